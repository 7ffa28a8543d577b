/* Decisions: shown, verified, accepted, objected to. */
#include "base/jcanon.h"
#include "base/json.h"
#include "base/num.h"
#include "base/vec.h"
#include "http/body.h"
#include "http/decide.h"
#include "http/decision_acts.h"
#include "http/decision_pages.h"
#include "http/json.h"
#include "http/outcome.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/verify.h"

enum { LIST_MAX = 200, TEXT_MAX = ACT_TEXT_MAX, LEDGER_MAX = 500 };

static bool decision_seen(struct request *rq, struct span id, unsigned scope, struct store_decision *ret,
                          struct err *err)
{
    if (!store_decision_get(rq->db, &rq->arena, id, ret, err))
        return false;
    if (!access_sees(rq, ret->project))
        return err_set(err, ERR_NOT_FOUND, "there is no decision '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    return access_allowed(rq, scope, ret->project, err);
}

bool decision_find(struct request *rq, unsigned scope, struct store_decision *ret, struct err *err)
{
    return decision_seen(rq, request_param(rq, "id"), scope, ret, err);
}

static bool decision_reply(struct request *rq, struct reply *rp, struct span id, struct err *err)
{
    struct store_decision d;
    return store_decision_get(rq->db, &rq->arena, id, &d, err) &&
           decision_write(rq->db, &rq->arena, &d, rq->now_us, false, &rp->body, err);
}

/* --- one --- */

struct shown {
    struct store_decision d;
};

static bool json_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct shown *s = user;
    return decision_write(db, &rq->arena, &s->d, rq->now_us, false, body, err);
}

/* {id}, {id}.json, {id}.md, {id}.html. */
bool h_decision(struct request *rq, struct reply *rp, struct err *err)
{
    struct shown s;
    struct span id = request_param(rq, "id");
    bool md = span_ends(id, SPAN(".md"));
    bool html = span_ends(id, SPAN(".html"));
    if (md || html || span_ends(id, SPAN(".json")))
        id = span_sub(id, 0, span_rchr(id, '.'));
    if (!decision_seen(rq, id, SCOPE_READ, &s.d, err))
        return false;
    if (md || html)
        return decision_document(rq, rp, &s.d, md ? DECISION_MARKDOWN : DECISION_HTML, err);
    return page_render(rq, json_render, &s, &rp->body, err);
}

bool h_decisions(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decisions list = { 0 };
    struct span project = request_param(rq, "project");
    struct span proposal = pairs_get(&rq->query, "proposal");
    struct span cursor = pairs_get(&rq->query, "cursor");
    uint64_t before = 0;
    if (cursor.len > 0 && (!span_to_u64(cursor, &before) || before > INT64_MAX))
        return err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
    bool ok =
        name_project(project, err) &&
        store_decision_list(rq->db, &rq->arena, project, proposal.ptr ? proposal : SPAN(""),
                            span_is(pairs_get(&rq->query, "standing"), "1"), (int64_t)before, LIST_MAX + 1, &list, err);
    if (ok) {
        size_t n = list.count > LIST_MAX ? LIST_MAX : list.count;
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_arr(&w, "decisions");
        for (size_t i = 0; i < n; i++)
            decision_brief(&w, &list.items[i]);
        jsonw_end_arr(&w);
        if (list.count > n)
            jsonw_int(&w, "next", list.items[n - 1].seq);
        else
            jsonw_null(&w, "next");
        jsonw_end_obj(&w);
    }
    freep(&list.items);
    return ok;
}

/* --- verify --- */

struct verifying {
    struct request *rq;
    struct span id;
    struct sb body;
    struct err *err;
    bool ok;
};

static void verify_run(void *user, struct sql *db)
{
    struct verifying *y = user;
    struct verified *v = xcalloc(1, sizeof *v);
    y->ok = verify_decision(&y->rq->service->decider, db, y->id, false, v, y->err);
    if (y->ok) {
        struct jsonw w = { .out = &y->body };
        verified_write(v, &w);
    }
    verified_release(v);
    freep(&v);
}

bool h_decision_verify(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct verifying y = { .rq = rq, .err = err };
    if (!decision_find(rq, SCOPE_READ, &d, err))
        return false;
    y.id = d.id;
    bool ok = jobs_call(rq->service->analysis, verify_run, &y, err) && y.ok;
    if (ok)
        sb_add(&rp->body, sb_span(&y.body));
    sb_release(&y.body);
    return ok;
}

/* --- the ledger --- */

bool h_ledger(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_entries list = { 0 };
    struct span project = request_param(rq, "project");
    struct span after = pairs_get(&rq->query, "after");
    uint64_t seq = 0;
    if (after.len > 0 && (!span_to_u64(after, &seq) || seq > INT64_MAX))
        return err_set(err, ERR_BAD_REQUEST, "after: want the seq of an entry");
    bool ok = name_project(project, err) &&
              store_ledger(rq->db, &rq->arena, project, (int64_t)seq, LEDGER_MAX + 1, &list, err);
    if (ok) {
        size_t n = list.count > LEDGER_MAX ? LEDGER_MAX : list.count;
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_arr(&w, "entries");
        for (size_t i = 0; i < n; i++) {
            const struct store_entry *e = &list.items[i];
            jsonw_obj(&w, NULL);
            jsonw_int(&w, "seq", e->seq);
            jsonw_str(&w, "kind", e->kind);
            jsonw_str(&w, "ref", e->ref);
            json_text(&w, "by", e->by);
            json_time(&w, "at", e->at_us);
            jsonw_str(&w, "prev", e->prev);
            jsonw_str(&w, "hash", e->hash);
            jsonw_raw(&w, "body", e->body);
            jsonw_end_obj(&w);
        }
        jsonw_end_arr(&w);
        if (list.count > n)
            jsonw_int(&w, "next", list.items[n - 1].seq);
        else
            jsonw_null(&w, "next");
        jsonw_end_obj(&w);
    }
    freep(&list.items);
    return ok;
}

/* --- status --- */

static bool status_change(struct request *rq, struct reply *rp, const char *status, struct err *err)
{
    struct store_decision d;
    struct json *body = NULL;
    struct span text, by;
    bool ok = decision_find(rq, SCOPE_WRITE, &d, err) && body_object(rq, true, "text by", &body, err) &&
              body_member(rq, body, "text", TEXT_MAX, false, &text, err) && body_by(rq, body, &by, err) &&
              store_decision_status(rq->service->store, d.id, status, text, by, rq->now_us, err);
    json_free(body);
    if (!ok)
        return false;
    service_told(rq->service, "decision", d.project, d.id);
    return decision_reply(rq, rp, d.id, err);
}

bool h_decision_accept(struct request *rq, struct reply *rp, struct err *err)
{
    return status_change(rq, rp, "accepted", err);
}

bool h_decision_reject(struct request *rq, struct reply *rp, struct err *err)
{
    return status_change(rq, rp, "rejected", err);
}

bool h_decision_reopen(struct request *rq, struct reply *rp, struct err *err)
{
    return status_change(rq, rp, "reopened", err);
}

/* --- objections and votes --- */

bool decision_object(struct request *rq, const struct store_decision *d, const struct store_objection *o,
                     int64_t *ret_n, struct err *err)
{
    struct store_run run;
    struct store_profile p;
    if (o->run.len > 0 &&
        (!name_key("run", o->run, err) || !store_run_get(rq->db, &rq->arena, d->project, o->run, &run, err)))
        return false;
    if (o->profile.len > 0 && !store_profile_get(rq->db, &rq->arena, o->profile, &p, err))
        return false;
    if (o->profile.len > 0 && !span_eq(p.project, d->project))
        return err_set(err, ERR_NOT_FOUND, "the profile is in another project");
    if (!store_objection_put(rq->service->store, d->id, o, ret_n, err))
        return false;
    service_told(rq->service, "decision", d->project, d->id);
    return true;
}

bool h_objection(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct json *body = NULL;
    struct store_objection o = { .at_us = rq->now_us };
    int64_t n = 0;
    bool ok = decision_find(rq, SCOPE_UPLOAD, &d, err) && body_object(rq, false, "text run profile by", &body, err) &&
              body_member(rq, body, "text", TEXT_MAX, true, &o.text, err) &&
              body_member(rq, body, "run", 100, false, &o.run, err) &&
              body_member(rq, body, "profile", 60, false, &o.profile, err) && body_by(rq, body, &o.by, err) &&
              decision_object(rq, &d, &o, &n, err);
    json_free(body);
    if (!ok)
        return false;
    reply_type(rp, 201, "application/json");
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    jsonw_int(&w, "n", n);
    jsonw_str(&w, "decision", d.id);
    jsonw_strz(&w, "state", "open");
    jsonw_end_obj(&w);
    return true;
}

bool h_objection_answer(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct json *body = NULL;
    struct span text, by;
    uint64_t n = 0;
    if (!span_to_u64(request_param(rq, "n"), &n) || n == 0 || n > 1000000)
        return err_set(err, ERR_NOT_FOUND, "the decision has no such objection");
    bool ok = decision_find(rq, SCOPE_WRITE, &d, err) && body_object(rq, false, "text by", &body, err) &&
              body_member(rq, body, "text", TEXT_MAX, true, &text, err) && body_by(rq, body, &by, err) &&
              store_objection_answer(rq->service->store, d.id, (int64_t)n, text, by, rq->now_us, err);
    json_free(body);
    if (!ok)
        return false;
    service_told(rq->service, "decision", d.project, d.id);
    return decision_reply(rq, rp, d.id, err);
}

bool decision_vote(struct request *rq, const struct store_decision *d, struct span vote, struct span text,
                   struct span by, struct err *err)
{
    struct sb members = { 0 };
    if (!span_is(vote, "for") && !span_is(vote, "against") && !span_is(vote, "abstain"))
        return err_set(err, ERR_VALUE, "vote: want for, against or abstain");
    struct jsonw w = { .out = &members };
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "vote", vote);
    jsonw_str(&w, "text", text);
    jsonw_end_obj(&w);
    struct store_entry e = { .project = d->project,
                             .kind = SPAN("vote"),
                             .ref = d->id,
                             .by = by,
                             .at_us = rq->now_us,
                             .body = sb_span(&members) };
    bool ok = store_ledger_append(rq->service->store, &e, err);
    sb_release(&members);
    if (ok)
        service_told(rq->service, "decision", d->project, d->id);
    return ok;
}

bool h_vote(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct json *body = NULL;
    struct span text, by, vote;
    bool ok = decision_find(rq, SCOPE_UPLOAD, &d, err) && body_object(rq, false, "vote text by", &body, err) &&
              body_member(rq, body, "vote", 20, true, &vote, err) &&
              body_member(rq, body, "text", TEXT_MAX, false, &text, err) && body_by(rq, body, &by, err) &&
              decision_vote(rq, &d, vote, text, by, err);
    json_free(body);
    return ok && decision_reply(rq, rp, d.id, err);
}

/* --- looking again, and afterwards --- */

struct again {
    struct request *rq;
    struct span id;
    struct reevaluated found;
    struct err *err;
    bool ok;
};

static void again_run(void *user, struct sql *db)
{
    struct again *a = user;
    a->ok = decision_reevaluate(a->rq->service, db, a->id, a->rq->now_us, &a->found, a->err);
}

bool h_decision_reevaluate(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct again a = { .rq = rq, .err = err };
    if (!decision_find(rq, SCOPE_WRITE, &d, err))
        return false;
    a.id = d.id;
    if (!jobs_call(rq->service->analysis, again_run, &a, err) || !a.ok)
        return false;
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "id", d.id);
    jsonw_bool(&w, "looked", a.found.looked);
    jsonw_bool(&w, "changed", a.found.changed);
    jsonw_int(&w, "fired", a.found.fired);
    jsonw_int(&w, "cleared", a.found.cleared);
    jsonw_bool(&w, "reopened", a.found.reopened);
    jsonw_bool(&w, "stale", a.found.stale);
    jsonw_end_obj(&w);
    return true;
}

struct after {
    struct request *rq;
    const struct store_decision *d;
    struct outcome_order order;
    struct span body;
};

static bool outcome_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct after *a = user;
    if (!outcome_record(rq->service->store, db, &rq->arena, a->d, &a->order, &a->body, err))
        return false;
    sb_add(body, a->body);
    return true;
}

bool h_outcome(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_decision d;
    struct json *body = NULL;
    struct after a = { .rq = rq, .d = &d, .order = { .now_us = rq->now_us } };
    bool ok = decision_find(rq, SCOPE_WRITE, &d, err) && body_object(rq, false, "run before by", &body, err) &&
              body_member(rq, body, "run", 100, true, &a.order.after, err) && name_key("run", a.order.after, err) &&
              body_member(rq, body, "before", 100, false, &a.order.before, err) &&
              (a.order.before.len == 0 || name_key("before", a.order.before, err)) &&
              body_by(rq, body, &a.order.by, err);
    json_free(body);
    if (!ok || !page_render(rq, outcome_render, &a, &rp->body, err))
        return false;
    service_told(rq->service, "decision", d.project, d.id);
    reply_type(rp, 201, "application/json");
    return true;
}
