/* What is said about a decision, from the forms of its page: they work without scripts and lead back to it. */
#include "base/num.h"
#include "http/access.h"
#include "http/body.h"
#include "http/decision_acts.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "http/upload.h"

static void back(struct reply *rp, struct span id, const char *place)
{
    struct sb url = { 0 };
    sb_adds(&url, "/decisions/");
    url_encode(&url, id);
    sb_adds(&url, place);
    reply_redirect(rp, sb_span(&url));
    sb_release(&url);
}

static bool form_take(struct request *rq, struct pairs *form, struct err *err)
{
    struct span body = SPAN("");
    return body_small(rq, rq->service->limits.json_body_bytes, &body, err) && pairs_decode(form, &rq->arena, body, err);
}

/* --- objections --- */

/* Files become a run of their own: evidence against a decision is never mixed into what it rests on. */
static bool evidence_take(struct request *rq, const struct store_decision *d, struct upload *u,
                          struct store_objection *o, struct err *err)
{
    if (u->files.count == 0)
        return true;
    if (o->run.len > 0)
        return err_set(err, ERR_VALUE, "choose a run or files, not both");
    u->profile.project = d->project;
    if (!upload_accept(rq->service, u, &rq->arena, rq->now_us, config_int(rq->service->config, CONFIG_sync_s), err))
        return false;
    o->run = u->profile.run;
    return true;
}

bool h_form_objection(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct pairs form = { 0 };
    struct upload u = { .query = &rq->query };
    struct store_objection o = { .at_us = rq->now_us };
    int64_t n = 0;
    bool ok = decision_find(rq, SCOPE_UPLOAD, &d, err) &&
              form_receive(rq, rq->service->spool, &rq->service->limits, &u.files, &form, err) &&
              form_member(rq, &form, "text", ACT_TEXT_MAX, true, &o.text, err) &&
              form_member(rq, &form, "evidence", 100, false, &o.run, err) && form_by(rq, &form, &o.by, err) &&
              evidence_take(rq, &d, &u, &o, err) && decision_object(rq, &d, &o, &n, err);
    if (ok)
        back(rp, d.id, "#objections");
    pairs_release(&form);
    upload_release(&u);
    return ok;
}

bool h_form_answer(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct pairs form = { 0 };
    struct span text, by;
    uint64_t n = 0;
    if (!span_to_u64(request_param(rq, "n"), &n) || n == 0 || n > 1000000)
        return err_set(err, ERR_NOT_FOUND, "the decision has no such objection");
    bool ok = decision_find(rq, SCOPE_WRITE, &d, err) && form_take(rq, &form, err) &&
              form_member(rq, &form, "text", ACT_TEXT_MAX, true, &text, err) && form_by(rq, &form, &by, err) &&
              store_objection_answer(rq->service->store, d.id, (int64_t)n, text, by, rq->now_us, err);
    pairs_release(&form);
    if (!ok)
        return false;
    service_told(rq->service, "decision", d.project, d.id);
    back(rp, d.id, "#objections");
    return true;
}

/* --- votes, status --- */

bool h_form_vote(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct pairs form = { 0 };
    struct span vote, text, by;
    bool ok = decision_find(rq, SCOPE_UPLOAD, &d, err) && form_take(rq, &form, err) &&
              form_member(rq, &form, "vote", 20, true, &vote, err) &&
              form_member(rq, &form, "text", ACT_TEXT_MAX, false, &text, err) && form_by(rq, &form, &by, err) &&
              decision_vote(rq, &d, vote, text, by, err);
    if (ok)
        back(rp, d.id, "#objections");
    pairs_release(&form);
    return ok;
}

bool h_form_status(struct request *rq, struct reply *rp, struct err *err)
{
    static const char *const statuses[] = { "accepted", "rejected", "reopened" };
    struct store_decision d;
    struct pairs form = { 0 };
    struct span status, text, by;
    bool ok = decision_find(rq, SCOPE_WRITE, &d, err) && form_take(rq, &form, err) &&
              form_member(rq, &form, "status", 20, true, &status, err) &&
              form_member(rq, &form, "text", ACT_TEXT_MAX, false, &text, err) && form_by(rq, &form, &by, err);
    size_t i = 0;
    while (ok && i < ARRAY_LEN(statuses) && !span_is(status, statuses[i]))
        i++;
    if (ok && i == ARRAY_LEN(statuses))
        ok = err_set(err, ERR_VALUE, "status: want accepted, rejected or reopened");
    ok = ok && store_decision_status(rq->service->store, d.id, statuses[i], text, by, rq->now_us, err);
    pairs_release(&form);
    if (!ok)
        return false;
    service_told(rq->service, "decision", d.project, d.id);
    back(rp, d.id, "");
    return true;
}

/* --- waivers --- */

bool h_form_waiver(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct pairs form = { 0 };
    struct span until;
    struct store_waiver w = { .asked_us = rq->now_us };
    bool ok = decision_find(rq, SCOPE_UPLOAD, &d, err) && form_take(rq, &form, err) &&
              form_member(rq, &form, "rule", ACT_RULE_MAX, true, &w.rule, err) &&
              form_member(rq, &form, "reason", ACT_REASON_MAX, true, &w.reason, err) &&
              form_member(rq, &form, "until", 40, true, &until, err) && form_by(rq, &form, &w.by, err);
    if (ok) {
        w.project = d.project;
        ok = waiver_ask(rq, &w, until, err);
    }
    if (ok)
        back(rp, d.id, "#objections");
    pairs_release(&form);
    return ok;
}

static bool waiver_act(struct request *rq, const struct pairs *form, const struct store_decision *d, struct err *err)
{
    struct store_waiver w;
    struct span act, by, text;
    struct span id = request_param(rq, "waiver");
    if (!form_member(rq, form, "do", 20, true, &act, err) || !form_by(rq, form, &by, err) ||
        !form_member(rq, form, "text", ACT_REASON_MAX, false, &text, err) ||
        !store_waiver_get(rq->db, &rq->arena, id, &w, err))
        return false;
    if (!span_eq(w.project, d->project))
        return err_set(err, ERR_NOT_FOUND, "there is no waiver '%.*s' in this project", SPAN_FMT(span_sub(id, 0, 60)));
    if (span_is(act, "end"))
        return store_waiver_end(rq->service->store, w.id, text, by, rq->now_us, err);
    if (!span_is(act, "grant"))
        return err_set(err, ERR_VALUE, "do: want grant or end");
    if (by.len == 0)
        return err_set(err, ERR_VALUE, "by: say who answers for the waiver");
    return store_waiver_grant(rq->service->store, w.id, by, by, rq->now_us, err);
}

bool h_form_waiver_act(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct pairs form = { 0 };
    bool ok = decision_find(rq, SCOPE_ADMIN, &d, err) && form_take(rq, &form, err) && waiver_act(rq, &form, &d, err);
    pairs_release(&form);
    if (!ok)
        return false;
    service_told(rq->service, "waiver", d.project, request_param(rq, "waiver"));
    back(rp, d.id, "#objections");
    return true;
}
