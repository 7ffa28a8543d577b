/* Corrections of categories: given, listed, revoked; the run that people look at is analysed anew before the answer. */
#include <stdlib.h>

#include "http/body.h"
#include "http/json.h"
#include "http/overrides.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/watch.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000, REASON_MAX = 2000, KIND_MAX = 20, CATEGORY_MAX = 40 };

void override_members(struct jsonw *w, const struct store_override *o)
{
    enum category c;
    struct sb url = { 0 };
    path_api_override(&url, o->project, o->id);
    jsonw_str(w, "id", o->id);
    jsonw_str(w, "project", o->project);
    jsonw_str(w, "kind", o->kind);
    jsonw_str(w, "pattern", o->pattern);
    jsonw_str(w, "category", o->category);
    jsonw_strz(w, "words", category_from_name(o->category, &c) ? category_words(c) : NULL);
    json_text(w, "reason", o->reason);
    json_text(w, "by", o->by);
    json_time(w, "at", o->created_us);
    jsonw_bool(w, "active", o->revoked_us == 0);
    json_text(w, "revoked_by", o->revoked_by);
    jsonw_time(w, "revoked", o->revoked_us);
    jsonw_str(w, "url", sb_span(&url));
    sb_release(&url);
}

/* --- GET --- */

static bool limit_read(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "limit");
    uint64_t n = LIMIT_DEFAULT;
    if (v.ptr && v.len > 0 && (!span_to_u64(v, &n) || n == 0 || n > LIMIT_MAX))
        return err_set(err, ERR_BAD_REQUEST, "limit: want a whole number from 1 to %d", LIMIT_MAX);
    *ret = (int64_t)n;
    return true;
}

static bool state_read(const struct request *rq, enum store_override_state *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "state");
    *ret = OVERRIDES_ALL;
    if (!v.ptr || v.len == 0 || span_is(v, "all"))
        return true;
    *ret = span_is(v, "active") ? OVERRIDES_ACTIVE : OVERRIDES_REVOKED;
    return *ret == OVERRIDES_ACTIVE || span_is(v, "revoked") ||
           err_set(err, ERR_BAD_REQUEST, "state: want active, revoked or all");
}

static bool cursor_read(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "cursor");
    *ret = 0;
    return v.len == 0 || (span_to_i64(v, ret) && *ret > 0) ||
           err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
}

bool h_overrides(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_overrides list = { 0 };
    struct store_project p;
    int64_t limit = 0;
    int64_t before = 0;
    enum store_override_state state;
    struct span project = request_param(rq, "project");
    bool ok = project_find(rq, project, &p, err) && limit_read(rq, &limit, err) && state_read(rq, &state, err) &&
              cursor_read(rq, &before, err) &&
              store_override_list(rq->db, &rq->arena, project, state, before, limit + 1, &list, err);
    if (ok) {
        size_t n = list.count < (size_t)limit ? list.count : (size_t)limit;
        struct sb next = { 0 };
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", project);
        jsonw_int(&w, "at_most", OVERRIDES_STORED_MAX);
        jsonw_arr(&w, "overrides");
        for (size_t i = 0; i < n; i++) {
            jsonw_obj(&w, NULL);
            override_members(&w, &list.items[i]);
            jsonw_end_obj(&w);
        }
        jsonw_end_arr(&w);
        if (list.count > n)
            sb_printf(&next, "%lld", (long long)list.items[n - 1].seq);
        json_text(&w, "next", sb_span(&next));
        jsonw_end_obj(&w);
        sb_release(&next);
    }
    free(list.items);
    return ok;
}

bool h_override(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_override o;
    if (!store_override_get(rq->db, &rq->arena, request_param(rq, "project"), request_param(rq, "id"), &o, err))
        return false;
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    override_members(&w, &o);
    jsonw_end_obj(&w);
    return true;
}

/* --- POST and DELETE --- */

/* The run that is analysed before the answer: the one that was asked for, else the newest. *ret_any false: there is none
 * to be analysed. */
static bool run_choose(struct request *rq, struct span project, struct store_run *ret, bool *ret_any, struct err *err)
{
    struct err none = ERR_INIT;
    struct span run = pairs_get(&rq->query, "run");
    *ret_any = store_run_get(rq->db, &rq->arena, project, run.ptr ? run : SPAN(""), ret, &none);
    if (!*ret_any && (run.len > 0 || none.code != ERR_NOT_FOUND)) {
        *err = none;
        return false;
    }
    *ret_any = *ret_any && ret->profiles > 0;
    return true;
}

static void analysis_members(struct request *rq, const struct store_run *run, struct jsonw *w)
{
    struct store_analysis a;
    struct sb url = { 0 };
    bool done = analysis_again_into(rq, run, w, &a);
    if (done) {
        path_run(&url, a.project, a.run);
        sb_printf(&url, "?rev=%lld", (long long)a.revision);
        jsonw_int(w, "revision", a.revision);
    } else {
        jsonw_null(w, "revision");
    }
    json_text(w, "analysis_url", sb_span(&url));
    sb_release(&url);
}

bool override_words(const struct store_override *o, struct err *err)
{
    enum override_kind kind;
    enum category c;
    if (!override_kind_from_name(o->kind, &kind))
        return err_set(err, ERR_VALUE, "kind: want function, module, dso or file");
    if (!category_from_name(o->category, &c))
        return err_set(err, ERR_VALUE, "category: there is none '%.*s'", SPAN_FMT(span_sub(o->category, 0, 40)));
    return classify_override_check(o->pattern, c, err);
}

static bool body_read(struct request *rq, struct store_override *o, struct err *err)
{
    struct json *body = NULL;
    bool ok = body_object(rq, false, "pattern kind category reason by", &body, err) &&
              body_member(rq, body, "pattern", OVERRIDE_PATTERN_MAX, true, &o->pattern, err) &&
              body_member(rq, body, "kind", KIND_MAX, true, &o->kind, err) &&
              body_member(rq, body, "category", CATEGORY_MAX, true, &o->category, err) &&
              body_member(rq, body, "reason", REASON_MAX, false, &o->reason, err) && body_by(rq, body, &o->by, err);
    json_free(body);
    return ok && override_words(o, err);
}

static void changed_reply(struct request *rq, struct reply *rp, int status, const struct store_override *o,
                          const struct store_override_put *put, const struct store_run *run)
{
    struct jsonw w = { .out = &rp->body };
    reply_type(rp, status, "application/json");
    jsonw_obj(&w, NULL);
    override_members(&w, o);
    jsonw_bool(&w, "duplicate", put->known);
    json_text(&w, "replaced", put->replaced);
    analysis_members(rq, run, &w);
    jsonw_end_obj(&w);
    reclassify_later(rq->service, o->project);
}

bool h_override_new(struct request *rq, struct reply *rp, struct err *err)
{
    char id[27];
    struct store_project p;
    struct store_run run;
    struct store_override_put put;
    struct store_override o = { .project = request_param(rq, "project"), .created_us = rq->now_us };
    bool any = false;
    if (!project_find(rq, o.project, &p, err) || !run_choose(rq, o.project, &run, &any, err) ||
        !body_read(rq, &o, err) || !service_id(id, rq->now_us, err))
        return false;
    o.id = span_of(id);
    if (!store_override_put(rq->service->store, &rq->arena, &o, OVERRIDES_STORED_MAX, &put, err) ||
        !store_override_get(rq->db, &rq->arena, o.project, put.id, &o, err))
        return false;
    service_told(rq->service, "overrides", o.project, o.id);
    changed_reply(rq, rp, put.known ? 200 : 201, &o, &put, any ? &run : NULL);
    return true;
}

bool h_override_revoke(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_run run;
    struct store_override o;
    struct json *body = NULL;
    struct span by;
    bool any = false;
    bool changed = false;
    struct span project = request_param(rq, "project");
    bool ok = name_project(project, err) &&
              store_override_get(rq->db, &rq->arena, project, request_param(rq, "id"), &o, err) &&
              run_choose(rq, project, &run, &any, err) && body_object(rq, true, "by", &body, err) &&
              body_by(rq, body, &by, err);
    json_free(body);
    if (!ok || !store_override_revoke(rq->service->store, project, o.id, by, rq->now_us, &changed, err) ||
        !store_override_get(rq->db, &rq->arena, project, o.id, &o, err))
        return false;
    service_told(rq->service, "overrides", o.project, o.id);
    struct store_override_put put = { .known = !changed, .replaced = SPAN("") };
    changed_reply(rq, rp, 200, &o, &put, any ? &run : NULL);
    return true;
}
