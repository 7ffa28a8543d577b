/* Waivers: asked for by whoever may upload, granted and ended by whoever administers. */
#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "http/body.h"
#include "http/decision_acts.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/waive.h"

enum { TEXT_MAX = ACT_REASON_MAX, RULE_MAX = ACT_RULE_MAX };

/* An id of a rule as packs write them, or the gate as a whole. */
static bool rule_check(struct span rule, struct err *err)
{
    bool ok = rule.len > 0 && rule.len <= RULE_MAX;
    for (size_t i = 0; ok && i < rule.len; i++) {
        char c = rule.ptr[i];
        ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.';
    }
    return ok || err_set(err, ERR_VALUE, "rule: want the id of a rule, or gate");
}

static void waiver_reply(struct request *rq, struct reply *rp, int status, const struct store_waiver *w)
{
    struct jsonw out = { .out = &rp->body };
    reply_type(rp, status, "application/json");
    waive_write(w, rq->now_us, &out);
}

bool waiver_ask(struct request *rq, struct store_waiver *w, struct span until, struct err *err)
{
    char id[27], day[48];
    if (!rule_check(w->rule, err))
        return false;
    if (until.len == 10) {
        (void)snprintf(day, sizeof day, "%.*sT23:59:59Z", SPAN_FMT(until));
        until = span_of(day);
    }
    if (!clock_parse(until, &w->until_us))
        return err_set(err, ERR_VALUE, "until: want a time in UTC, as 2026-03-31T12:00:00Z, or a day");
    if (w->until_us <= rq->now_us)
        return err_set(err, ERR_VALUE, "until: lies in the past");
    if (!service_id(id, rq->now_us, err))
        return false;
    w->id = arena_span(&rq->arena, span_of(id));
    w->asked_us = rq->now_us;
    if (!store_waiver_put(rq->service->store, w, err) || !store_waiver_get(rq->db, &rq->arena, w->id, w, err))
        return false;
    service_told(rq->service, "waiver", w->project, w->id);
    return true;
}

bool h_waiver_new(struct request *rq, struct reply *rp, struct err *err)
{
    struct json *body = NULL;
    struct span until = SPAN("");
    struct store_waiver w = { .project = request_param(rq, "project") };
    bool ok = name_project(w.project, err) && body_object(rq, false, "rule reason until by", &body, err) &&
              body_member(rq, body, "rule", RULE_MAX, true, &w.rule, err) && rule_check(w.rule, err) &&
              body_member(rq, body, "reason", TEXT_MAX, true, &w.reason, err) &&
              body_member(rq, body, "until", 40, true, &until, err) && body_by(rq, body, &w.by, err) &&
              waiver_ask(rq, &w, until, err);
    json_free(body);
    if (ok)
        waiver_reply(rq, rp, 201, &w);
    return ok;
}

bool h_waivers(struct request *rq, struct reply *rp, struct err *err)
{
    struct waive all = { 0 };
    struct span project = request_param(rq, "project");
    bool ok = name_project(project, err) && waive_load(rq->db, &rq->arena, project, rq->now_us, &all, err);
    if (ok) {
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        waive_counts(&all, &w);
        jsonw_arr(&w, "list");
        for (size_t i = 0; i < all.list.count; i++)
            waive_write(&all.list.items[i], rq->now_us, &w);
        jsonw_end_arr(&w);
        jsonw_end_obj(&w);
    }
    waive_release(&all);
    return ok;
}

static bool waiver_find(struct request *rq, unsigned scope, struct store_waiver *ret, struct err *err)
{
    struct span id = request_param(rq, "id");
    if (!store_waiver_get(rq->db, &rq->arena, id, ret, err))
        return false;
    if (!access_sees(rq, ret->project))
        return err_set(err, ERR_NOT_FOUND, "there is no waiver '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    return access_allowed(rq, scope, ret->project, err);
}

bool h_waiver_grant(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_waiver w;
    struct json *body = NULL;
    struct span owner, by;
    bool ok = waiver_find(rq, SCOPE_ADMIN, &w, err) && body_object(rq, true, "owner by", &body, err) &&
              body_member(rq, body, "owner", 120, false, &owner, err) && body_by(rq, body, &by, err);
    json_free(body);
    if (ok && owner.len == 0)
        owner = by;
    if (ok && owner.len == 0)
        ok = err_set(err, ERR_VALUE, "owner: say who answers for the waiver");
    if (!ok || !store_waiver_grant(rq->service->store, w.id, owner, by, rq->now_us, err) ||
        !store_waiver_get(rq->db, &rq->arena, w.id, &w, err))
        return false;
    service_told(rq->service, "waiver", w.project, w.id);
    waiver_reply(rq, rp, 200, &w);
    return true;
}

bool h_waiver_end(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_waiver w;
    struct json *body = NULL;
    struct span text, by;
    bool ok = waiver_find(rq, SCOPE_ADMIN, &w, err) && body_object(rq, true, "text by", &body, err) &&
              body_member(rq, body, "text", TEXT_MAX, false, &text, err) && body_by(rq, body, &by, err) &&
              store_waiver_end(rq->service->store, w.id, text, by, rq->now_us, err) &&
              store_waiver_get(rq->db, &rq->arena, w.id, &w, err);
    json_free(body);
    if (!ok)
        return false;
    service_told(rq->service, "waiver", w.project, w.id);
    waiver_reply(rq, rp, 200, &w);
    return true;
}
