/* Proposals: made, edited, listed, decided. Every body is judged field by field before anything is stored. */
#include <stdio.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "base/vec.h"
#include "http/body.h"
#include "http/decide.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/proposals.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/watch.h"
#include "policy/probe.h"

enum { LIST_MAX = 500, POLICIES_MAX = 16 };

bool proposal_find(struct request *rq, unsigned scope, int64_t version, struct store_proposal *ret, struct err *err)
{
    struct span id = request_param(rq, "id");
    if (!store_proposal_get(rq->db, &rq->arena, id, version, ret, err))
        return false;
    if (!access_sees(rq, ret->project))
        return err_set(err, ERR_NOT_FOUND, "there is no proposal '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    return access_allowed(rq, scope, ret->project, err);
}

static void proposal_url(struct jsonw *w, struct span id, int64_t version)
{
    struct sb url = { 0 };
    sb_adds(&url, "/api/v1/proposals/");
    url_encode(&url, id);
    if (version > 0)
        sb_printf(&url, "?version=%lld", (long long)version);
    jsonw_str(w, "url", sb_span(&url));
    sb_release(&url);
}

static void proposal_members(struct jsonw *w, const struct store_proposal *p)
{
    jsonw_str(w, "id", p->id);
    proposal_url(w, p->id, p->version < p->newest ? p->version : 0);
    jsonw_str(w, "project", p->project);
    jsonw_str(w, "status", p->status);
    jsonw_int(w, "version", p->version);
    jsonw_int(w, "newest", p->newest);
    jsonw_str(w, "title", p->title);
    json_text(w, "kind", p->kind);
    json_text(w, "goal", p->goal);
    json_text(w, "by", p->by);
    jsonw_str(w, "sha256", p->sha256);
    json_time(w, "created", p->created_us);
    json_time(w, "changed", p->version_us);
    json_text(w, "decision", p->decision);
}

/* --- sending one --- */

/* Packs that there are, conditions that can be read: what only deciding would refuse is refused when it is sent. */
static bool judge_rules(const struct proposal *p, struct field_errors *errors, struct err *err)
{
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    char field[60];
    for (uint32_t i = 0; i < p->pack_count; i++) {
        (void)snprintf(field, sizeof field, "packs[%u]", (unsigned)i);
        if (!policy_builtin_text(p->packs[i]).ptr)
            field_error_add(errors, field, "there is no pack '%.*s'; `stet policies` lists them",
                            SPAN_FMT(span_sub(p->packs[i], 0, 60)));
    }
    for (uint32_t i = 0; i < p->watch_count; i++) {
        struct policy_condition found;
        struct err why = ERR_INIT;
        (void)snprintf(field, sizeof field, "watch[%u].when", (unsigned)i);
        if (p->watch[i].when.len > 0 && !policy_condition_eval(p->watch[i].when, facts, &found, &why))
            field_error_add(errors, field, "%s", why.text);
    }
    freep(&facts);
    return errors->count == 0 || err_set(err, ERR_VALUE, "%s: %s%s", errors->items[0].field, errors->items[0].text,
                                         errors->count > 1 ? ", and more" : "");
}

bool proposal_judge(struct span text, struct proposal **ret_p, struct field_errors *errors, struct err *err)
{
    struct proposal *p = NULL;
    bool ok = proposal_parse(text, &p, errors, err) && judge_rules(p, errors, err);
    if (!ok && err->code == ERR_MALFORMED)
        err->code = ERR_BAD_REQUEST;
    if (!ok) {
        proposal_free(p);
        return false;
    }
    *ret_p = p;
    return true;
}

/* On a job thread: the document is checked with all its fields. */
static bool sent_take(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct proposal_sent *s = user;
    struct proposal *p = NULL;
    char id[27];
    int64_t version = 0;
    bool fresh = s->id.len == 0;
    (void)body;
    bool ok = proposal_judge(s->text, &p, &s->errors, err) && (!fresh || service_id(id, rq->now_us, err));
    if (ok) {
        struct store_proposal put = { .id = fresh ? arena_span(&rq->arena, span_of(id)) : s->id,
                                      .project = s->project,
                                      .title = p->title,
                                      .kind = p->kind_given ? span_of(proposal_kind_name(p->kind)) : SPAN(""),
                                      .goal = p->goal,
                                      .by = rq->who.name,
                                      .doc = s->text,
                                      .changed_us = rq->now_us };
        struct store_proposal before = { 0 };
        ok = (fresh || store_proposal_get(db, &rq->arena, s->id, 0, &before, err)) &&
             store_proposal_put(rq->service->store, &put, fresh, &version, err) &&
             store_proposal_get(db, &rq->arena, put.id, 0, &s->stored, err);
        s->same = !fresh && before.newest == version;
    }
    proposal_free(p);
    return ok;
}

bool proposal_send(struct request *rq, struct proposal_sent *s, struct err *err)
{
    struct sb none = { 0 };
    if (!page_render(rq, sent_take, s, &none, err))
        return false;
    service_told(rq->service, "proposal", s->stored.project, s->stored.id);
    return true;
}

static bool sent_reply(struct request *rq, struct reply *rp, struct proposal_sent *s, struct err *err)
{
    bool ok = proposal_send(rq, s, err);
    if (!ok && s->errors.count > 0) {
        reply_field_errors(rp, err, &s->errors);
        field_errors_release(&s->errors);
        return true;
    }
    field_errors_release(&s->errors);
    if (!ok)
        return false;
    reply_type(rp, s->same ? 200 : 201, "application/json");
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    proposal_members(&w, &s->stored);
    jsonw_bool(&w, "duplicate", s->same);
    jsonw_end_obj(&w);
    return true;
}

static bool sent_text(struct request *rq, struct proposal_sent *s, struct err *err)
{
    return body_text(rq, &s->text, err) &&
           (span_trim(s->text).len > 0 ||
            err_set(err, ERR_EMPTY, "the body is empty; want a proposal (schema stet/proposal/1)"));
}

bool h_proposal_new(struct request *rq, struct reply *rp, struct err *err)
{
    struct proposal_sent s = { .project = request_param(rq, "project"), .id = SPAN("") };
    return name_project(s.project, err) && sent_text(rq, &s, err) && sent_reply(rq, rp, &s, err);
}

bool h_proposal_edit(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposal p;
    if (!proposal_find(rq, SCOPE_WRITE, 0, &p, err))
        return false;
    struct proposal_sent s = { .project = p.project, .id = p.id };
    return sent_text(rq, &s, err) && sent_reply(rq, rp, &s, err);
}

/* --- reading --- */

bool h_proposal(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposal p;
    struct span v = pairs_get(&rq->query, "version");
    uint64_t version = 0;
    if (v.len > 0 && (!span_to_u64(v, &version) || version == 0 || version > INT64_MAX))
        return err_set(err, ERR_BAD_REQUEST, "version: want a whole number from 1");
    if (!proposal_find(rq, SCOPE_READ, (int64_t)version, &p, err))
        return false;
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    proposal_members(&w, &p);
    jsonw_raw(&w, "proposal", span_trim(p.doc));
    jsonw_end_obj(&w);
    return true;
}

static void list_write(struct jsonw *w, const char *key, const struct store_proposals *list)
{
    jsonw_obj(w, NULL);
    jsonw_arr(w, key);
    for (size_t i = 0; i < list->count; i++) {
        jsonw_obj(w, NULL);
        proposal_members(w, &list->items[i]);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

bool h_proposals(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposals list = { 0 };
    struct span project = request_param(rq, "project");
    struct span status = pairs_get(&rq->query, "status");
    bool ok = name_project(project, err) &&
              store_proposal_list(rq->db, &rq->arena, project, status.ptr ? status : SPAN(""), LIST_MAX, &list, err);
    if (ok) {
        struct jsonw w = { .out = &rp->body };
        list_write(&w, "proposals", &list);
    }
    freep(&list.items);
    return ok;
}

bool h_proposal_versions(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposals list = { 0 };
    struct store_proposal p;
    bool ok =
        proposal_find(rq, SCOPE_READ, 0, &p, err) && store_proposal_versions(rq->db, &rq->arena, p.id, &list, err);
    if (ok) {
        struct jsonw w = { .out = &rp->body };
        list_write(&w, "versions", &list);
    }
    freep(&list.items);
    return ok;
}

/* --- status --- */

static bool status_reply(struct request *rq, struct reply *rp, const char *status, struct err *err)
{
    struct store_proposal p;
    struct json *body = NULL;
    struct span text, by;
    bool ok = proposal_find(rq, SCOPE_WRITE, 0, &p, err) && body_object(rq, true, "text by", &body, err) &&
              body_member(rq, body, "text", 2000, false, &text, err) && body_by(rq, body, &by, err) &&
              store_proposal_status(rq->service->store, p.id, status, text, by, rq->now_us, err) &&
              store_proposal_get(rq->db, &rq->arena, p.id, 0, &p, err);
    json_free(body);
    if (!ok)
        return false;
    service_told(rq->service, "proposal", p.project, p.id);
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    proposal_members(&w, &p);
    jsonw_end_obj(&w);
    return true;
}

bool h_proposal_withdraw(struct request *rq, struct reply *rp, struct err *err)
{
    return status_reply(rq, rp, "withdrawn", err);
}

bool h_proposal_close(struct request *rq, struct reply *rp, struct err *err)
{
    return status_reply(rq, rp, "settled", err);
}

bool h_proposal_open(struct request *rq, struct reply *rp, struct err *err)
{
    return status_reply(rq, rp, "open", err);
}

/* --- deciding --- */

struct deciding {
    struct request *rq;
    const struct decide_order *order;
    struct store_decision *made;
    bool *duplicate, ok;
    struct err *err;
};

/* Beside the analyses: a decision takes as long as one of them. */
static void deciding_run(void *user, struct sql *db)
{
    struct deciding *d = user;
    struct request *rq = d->rq;
    d->ok = service_decide(rq->service, db, &rq->arena, d->order, rq->now_us, d->made, d->duplicate, d->err);
}

bool proposal_decide(struct request *rq, const struct decide_order *order, struct store_decision *ret,
                     bool *ret_duplicate, struct err *err)
{
    struct deciding d = { .rq = rq, .order = order, .made = ret, .duplicate = ret_duplicate, .err = err };
    return jobs_call(rq->service->analysis, deciding_run, &d, err) && d.ok;
}

struct asking {
    struct decide_order order;
    struct span policy[POLICIES_MAX];
    struct store_decision made;
    bool duplicate;
};

static bool policies_read(struct request *rq, const struct json *list, struct asking *d, struct err *err)
{
    enum json_kind k = json_kind_of(list);
    if (k == JSON_ABSENT || k == JSON_NULL)
        return true;
    if (k != JSON_ARR)
        return err_set(err, ERR_VALUE, "policy: want a list of names");
    for (const struct json *j = json_first(list); j; j = json_next(j)) {
        if (json_kind_of(j) != JSON_STR || d->order.wish.policy_count == POLICIES_MAX)
            return err_set(err, ERR_VALUE, "policy: want at most %d names of built-in packs", POLICIES_MAX);
        d->policy[d->order.wish.policy_count++] = arena_span(&rq->arena, json_str(j));
    }
    d->order.wish.policy = d->policy;
    return true;
}

static bool seed_read(const struct json *v, struct basis_wish *wish, struct err *err)
{
    double seed = json_num(v, -1);
    if (json_is_null(v))
        return true;
    /* Beyond 2^53 a JSON number is no longer the one that was written; a text is. */
    if (json_kind_of(v) == JSON_STR ? !span_to_u64(json_str(v), &wish->seed)
                                    : !(seed >= 0 && seed <= 9007199254740992.0 && seed == (double)(uint64_t)seed))
        return err_set(err, ERR_VALUE, "seed: want a whole number from 0, above 2^53 as a text");
    if (json_kind_of(v) != JSON_STR)
        wish->seed = (uint64_t)seed;
    wish->seed_given = true;
    return true;
}

static bool draws_read(const struct json *v, struct basis_wish *wish, struct err *err)
{
    double draws = json_num(v, 0);
    if (json_is_null(v))
        return true;
    if (json_kind_of(v) != JSON_NUM || !(draws >= PROPOSAL_DRAWS_MIN && draws <= PROPOSAL_DRAWS_MAX) ||
        draws != (double)(uint32_t)draws)
        return err_set(err, ERR_VALUE, "draws: want a whole number from %d to %d", PROPOSAL_DRAWS_MIN,
                       PROPOSAL_DRAWS_MAX);
    wish->draws = (uint32_t)draws;
    return true;
}

bool proposal_wish_read(const struct json *body, struct basis_wish *wish, struct err *err)
{
    return seed_read(json_get(body, "seed"), wish, err) && draws_read(json_get(body, "draws"), wish, err);
}

static bool order_read(struct request *rq, const struct json *body, struct asking *d, struct err *err)
{
    struct basis_wish *wish = &d->order.wish;
    struct span as_of;
    struct span query = pairs_get(&rq->query, "run");
    wish->no_run = json_kind_of(json_get(body, "run")) == JSON_NULL;
    if (!body_member(rq, body, "run", 100, false, &wish->run, err) ||
        !body_member(rq, body, "as_of", 40, false, &as_of, err) || !body_by(rq, body, &d->order.by, err) ||
        !proposal_wish_read(body, wish, err) || !policies_read(rq, json_get(body, "policy"), d, err))
        return false;
    if (wish->run.len == 0 && query.len > 0)
        wish->run = query;
    if (as_of.len > 0 && (!clock_parse(as_of, &wish->as_of_us) || wish->as_of_us <= 0))
        return err_set(err, ERR_VALUE, "as_of: want a time in UTC, as 2026-03-31T12:00:00Z");
    return wish->run.len == 0 || name_key("run", wish->run, err);
}

static bool decided_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct asking *d = user;
    return decision_write(db, &rq->arena, &d->made, rq->now_us, d->duplicate, body, err);
}

bool h_proposal_decide(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposal p;
    struct json *body = NULL;
    struct asking d = { .duplicate = false };
    bool ok = proposal_find(rq, SCOPE_WRITE, 0, &p, err) &&
              body_object(rq, true, "run by as_of seed draws policy", &body, err) && order_read(rq, body, &d, err);
    json_free(body);
    d.order.proposal = p.id;
    ok = ok && proposal_decide(rq, &d.order, &d.made, &d.duplicate, err) &&
         page_render(rq, decided_render, &d, &rp->body, err);
    if (ok) {
        struct sb url = { 0 };
        reply_type(rp, d.duplicate ? 200 : 201, "application/json");
        sb_adds(&url, "/api/v1/decisions/");
        url_encode(&url, d.made.id);
        reply_header(rp, "Location", sb_span(&url));
        sb_release(&url);
    }
    return ok;
}
