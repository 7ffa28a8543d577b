/* Facts of the world: told, listed, their history. */
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"
#include "base/vec.h"
#include "http/ingest.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "http/watch.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MAX = 1000 };

static bool limit_read(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "limit");
    uint64_t n = LIMIT_DEFAULT;
    if (v.ptr && v.len > 0 && (!span_to_u64(v, &n) || n == 0 || n > LIMIT_MAX))
        return err_set(err, ERR_BAD_REQUEST, "limit: want a whole number from 1 to %d", LIMIT_MAX);
    *ret = (int64_t)n;
    return true;
}

static bool scope_param(const struct request *rq, struct span *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "scope");
    *ret = v.ptr ? v : SPAN("");
    if (ret->len == 0 || fact_scope_check(*ret, err))
        return true;
    err->code = ERR_BAD_REQUEST;
    return false;
}

/* --- documents --- */

static void value_write(struct jsonw *w, const struct store_given *g)
{
    enum fact_id id;
    double x = NUM_UNKNOWN;
    if (span_is(g->value, "null") || !fact_find(g->name, &id))
        jsonw_null(w, "value");
    else if (fact_infos[id].kind == FACT_TEXT)
        jsonw_str(w, "value", g->value);
    else if (span_to_double(g->value, &x))
        jsonw_num(w, "value", x);
    else
        jsonw_null(w, "value");
    if (fact_find(g->name, &id))
        jsonw_strz(w, "unit", fact_infos[id].unit);
}

static void given_write(struct jsonw *w, const struct store_given *g)
{
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", g->name);
    value_write(w, g);
    json_text(w, "given_unit", g->unit);
    jsonw_num(w, "lo", g->lo);
    jsonw_num(w, "hi", g->hi);
    jsonw_str(w, "scope", g->scope);
    json_text(w, "source", g->source);
    json_time(w, "time", g->time_us);
    json_text(w, "by", g->by);
    json_time(w, "at", g->given_us);
    jsonw_int(w, "seq", g->seq);
    jsonw_end_obj(w);
}

static void givens_write(struct jsonw *w, const struct store_givens *list, size_t n)
{
    jsonw_arr(w, "facts");
    for (size_t i = 0; i < n; i++)
        given_write(w, &list->items[i]);
    jsonw_end_arr(w);
}

/* --- GET --- */

static bool project_known(struct request *rq, struct span project, struct err *err)
{
    struct store_projects list = { 0 };
    bool ok = name_project(project, err) && store_projects(rq->db, &rq->arena, project, -1, SPAN(""), 1, &list, err) &&
              (list.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project)));
    free(list.items);
    return ok;
}

/* What holds now. The cursor is "<name>~<scope>" of the last one shown. */
static bool now_reply(struct request *rq, struct reply *rp, struct span only, struct err *err)
{
    struct store_givens list = { 0 };
    struct store_given_query q = {
        .project = request_param(rq, "project"), .only_name = only, .after_name = SPAN(""), .after_scope = SPAN("")
    };
    struct span cursor = pairs_get(&rq->query, "cursor");
    if (cursor.len > 0 && !span_split(cursor, '~', &q.after_name, &q.after_scope))
        return err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
    if (!limit_read(rq, &q.limit, err) || !scope_param(rq, &q.only_scope, err) || !project_known(rq, q.project, err))
        return false;
    size_t limit = (size_t)q.limit++;
    bool ok = store_given_now(rq->db, &rq->arena, &q, &list, err);
    if (ok) {
        size_t n = list.count < limit ? list.count : limit;
        struct sb next = { 0 };
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", q.project);
        givens_write(&w, &list, n);
        if (list.count > n)
            sb_printf(&next, "%.*s~%.*s", SPAN_FMT(list.items[n - 1].name), SPAN_FMT(list.items[n - 1].scope));
        json_text(&w, "next", sb_span(&next));
        jsonw_end_obj(&w);
        sb_release(&next);
    }
    free(list.items);
    return ok;
}

bool h_facts(struct request *rq, struct reply *rp, struct err *err)
{
    return now_reply(rq, rp, SPAN(""), err);
}

/* Latest first; rows of one telling follow each other. */
static int past_order(const void *a, const void *b)
{
    const struct store_given *x = a;
    const struct store_given *y = b;
    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? 1 : -1;
    return x->seq < y->seq ? 1 : x->seq > y->seq ? -1 : 0;
}

static bool names_of(struct span name, enum fact_id *ret_first, unsigned *ret_n, struct err *err)
{
    char stem[80];
    const char *near = fact_nearest(span_sub(name, 0, 60));
    (void)snprintf(stem, sizeof stem, "%.*s_lo", SPAN_FMT(span_sub(name, 0, 60)));
    *ret_n = 1;
    if (fact_find(name, ret_first))
        return true;
    *ret_n = 3;
    enum fact_id hi;
    if (name.len <= 60 && fact_find(span_of(stem), ret_first) && fact_band(*ret_first, FACT_HI, &hi))
        return true;
    return err_set(err, ERR_NOT_FOUND, "there is no fact '%.*s'%s%s", SPAN_FMT(span_sub(name, 0, 60)),
                   near ? "; did you mean " : "", near ? near : "");
}

static bool cursor_read(const struct request *rq, struct store_given_past *q, struct err *err)
{
    struct span cursor = pairs_get(&rq->query, "cursor"), time, seq;
    q->before_us = q->before_seq = -1;
    if (cursor.len == 0)
        return true;
    return (span_split(cursor, '-', &time, &seq) && span_to_i64(time, &q->before_us) &&
            span_to_i64(seq, &q->before_seq) && q->before_us >= 0) ||
           err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
}

/* The cursor is "<time>-<seq>" of the last one shown. */
static bool history_reply(struct request *rq, struct reply *rp, enum fact_id first, unsigned names, struct err *err)
{
    struct store_givens list = { 0 };
    struct store_given_past q = { .project = request_param(rq, "project") };
    if (!limit_read(rq, &q.limit, err) || !scope_param(rq, &q.scope, err) || !cursor_read(rq, &q, err))
        return false;
    size_t limit = (size_t)q.limit++;
    bool ok = true;
    for (unsigned i = 0; ok && i < names; i++) {
        q.name = span_of(fact_infos[first + i].name);
        ok = store_given_history(rq->db, &rq->arena, &q, &list, err);
    }
    if (ok) {
        if (list.count > 0)
            qsort(list.items, list.count, sizeof *list.items, past_order);
        size_t n = list.count < limit ? list.count : limit;
        struct sb next = { 0 };
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", q.project);
        jsonw_str(&w, "name", request_param(rq, "name"));
        givens_write(&w, &list, n);
        if (list.count > n)
            sb_printf(&next, "%lld-%lld", (long long)list.items[n - 1].time_us, (long long)list.items[n - 1].seq);
        json_text(&w, "next", sb_span(&next));
        jsonw_end_obj(&w);
        sb_release(&next);
    }
    free(list.items);
    return ok;
}

bool h_fact(struct request *rq, struct reply *rp, struct err *err)
{
    enum fact_id first;
    unsigned names = 0;
    struct span history = pairs_get(&rq->query, "history");
    struct span name = request_param(rq, "name");
    if (history.ptr && !span_is(history, "0") && !span_is(history, "1"))
        return err_set(err, ERR_BAD_REQUEST, "history: want 0 or 1");
    if (!names_of(name, &first, &names, err) || !project_known(rq, request_param(rq, "project"), err))
        return false;
    if (span_is(history, "1"))
        return history_reply(rq, rp, first, names, err);
    if (names == 1)
        return now_reply(rq, rp, name, err);
    /* The ends of a band stand under one name: one answer for the three. */
    struct jsonw w = { .out = &rp->body };
    bool ok = true;
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", request_param(rq, "project"));
    jsonw_arr(&w, "facts");
    for (unsigned i = 0; ok && i < names; i++) {
        struct store_givens list = { 0 };
        struct store_given_query q = { .project = request_param(rq, "project"),
                                       .only_name = span_of(fact_infos[first + i].name),
                                       .after_name = SPAN(""),
                                       .after_scope = SPAN(""),
                                       .limit = LIMIT_MAX };
        ok = scope_param(rq, &q.only_scope, err) && store_given_now(rq->db, &rq->arena, &q, &list, err);
        for (size_t k = 0; ok && k < list.count; k++)
            given_write(&w, &list.items[k]);
        free(list.items);
    }
    jsonw_end_arr(&w);
    jsonw_null(&w, "next");
    jsonw_end_obj(&w);
    return ok;
}

/* --- POST --- */

struct post {
    struct span text;
    struct store_givens told;
    struct field_errors errors;
    struct err err; /* what refuses the whole */
};

static bool telling_read(const struct request *rq, struct fact_telling *t, struct err *err)
{
    struct span source = pairs_get(&rq->query, "source");
    struct span time = pairs_get(&rq->query, "time");
    *t = (struct fact_telling){ .source = source.ptr ? span_sub(source, 0, 200) : SPAN(""),
                                .by = rq->who.name,
                                .time_us = rq->now_us,
                                .now_us = rq->now_us };
    if (!scope_param(rq, &t->scope, err))
        return false;
    if (t->scope.len == 0)
        t->scope = SPAN("project");
    if (time.len == 0 || fact_time_read(time, rq->now_us, &t->time_us, err))
        return true;
    err->code = ERR_BAD_REQUEST;
    return false;
}

/* Lifting the standing rule is not for whoever may send profiles. */
static bool rights_suffice(const struct request *rq, const struct post *p, struct err *err)
{
    for (size_t i = 0; i < p->told.count; i++) {
        if (span_is(p->told.items[i].name, "exempt_001") &&
            !access_allowed(rq, SCOPE_WRITE, request_param(rq, "project"), err))
            return false;
    }
    return true;
}

/* Runs on a job thread: sets of facts are too large for the web server's stacks. */
static bool post_check(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct post *p = user;
    struct json *doc = NULL;
    struct fact_telling telling;
    (void)body;
    bool ok = telling_read(rq, &telling, err) && json_parse(p->text, rq->service->limits.json_depth, &doc, err);
    if (!ok && err->code == ERR_MALFORMED)
        err->code = ERR_BAD_REQUEST;
    if (ok && json_kind_of(doc) != JSON_OBJ)
        ok = err_set(err, ERR_BAD_REQUEST, "want one object of names and values: {\"name\":value}");
    if (ok && json_count(doc) == 0)
        ok = err_set(err, ERR_BAD_REQUEST, "the object holds no fact");
    if (ok) {
        fact_body_read(doc, &telling, &rq->arena, &p->told, &p->errors);
        if (p->errors.count == 0 && !world_fits(db, &rq->arena, request_param(rq, "project"), &p->told, &p->err))
            field_error_add(&p->errors, "", "%s", p->err.text);
    }
    json_free(doc);
    return ok;
}

static void refuse(struct reply *rp, const struct post *p)
{
    struct err err = ERR_INIT;
    const struct field_error *first = &p->errors.items[0];
    size_t more = p->errors.count + p->errors.left_out - 1;
    if (more > 0)
        (void)err_set(&err, ERR_VALUE, "%s%s%s, and %zu more; nothing was stored", first->field,
                      first->field[0] ? ": " : "", first->text, more);
    else
        (void)err_set(&err, ERR_VALUE, "%s%s%s; nothing was stored", first->field, first->field[0] ? ": " : "",
                      first->text);
    reply_field_errors(rp, &err, &p->errors);
}

/* The run whose analysis shows the facts first: the scope's own, else the newest. */
static bool run_of(struct request *rq, const struct post *p, struct store_run *ret)
{
    struct err none = ERR_INIT;
    struct span scope = p->told.items[0].scope;
    struct span run = span_starts(scope, SPAN("run=")) ? span_from(scope, 4) : SPAN("");
    return store_run_get(rq->db, &rq->arena, request_param(rq, "project"), run, ret, &none) && ret->profiles > 0;
}

bool h_facts_post(struct request *rq, struct reply *rp, struct err *err)
{
    struct post p = { .err = ERR_INIT };
    struct span project = request_param(rq, "project");
    bool ok = name_project(project, err) && body_small(rq, rq->service->limits.json_body_bytes, &p.text, err) &&
              page_render(rq, post_check, &p, &rp->body, err) && rights_suffice(rq, &p, err);
    if (ok && p.errors.count > 0) {
        refuse(rp, &p);
    } else if (ok) {
        int64_t seq = watch_seq(rq, project);
        ok = store_given_put(rq->service->store, project, p.told.items, p.told.count, err);
        service_told(rq->service, "facts", project, SPAN(""));
        if (ok) {
            reply_type(rp, 201, "application/json");
            struct jsonw w = { .out = &rp->body };
            jsonw_obj(&w, NULL);
            jsonw_str(&w, "project", project);
            jsonw_int(&w, "stored", (int64_t)p.told.count);
            givens_write(&w, &p.told, p.told.count);
            struct store_run run;
            bool analysed = analysis_again(rq, run_of(rq, &p, &run) ? &run : NULL, &w);
            watch_since(rq, project, seq, analysed, &w);
            jsonw_end_obj(&w);
        }
    }
    free(p.told.items);
    field_errors_release(&p.errors);
    return ok;
}

bool h_fact_names(struct request *rq, struct reply *rp, struct err *err)
{
    (void)rq;
    (void)err;
    facts_names_json(&rp->body);
    return true;
}
