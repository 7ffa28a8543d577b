/* What is watched: the list with its states, the log, and what people add, fire and take away. */
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"
#include "base/vec.h"
#include "http/body.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "http/watch.h"

enum {
    LIMIT_DEFAULT = 200,
    LIMIT_MAX = 1000,
    PROJECTS_MAX = 500,
    NOTE_MAX = 500,
    NAME_MAX_BYTES = 100,
    DECISIONS_AT_ONCE = 10
};

/* --- documents --- */

void watch_write(struct jsonw *w, const struct store_watch *row)
{
    jsonw_obj(w, NULL);
    jsonw_str(w, "id", row->id);
    jsonw_str(w, "project", row->project);
    json_text(w, "decision", row->decision);
    jsonw_str(w, "title", row->title);
    jsonw_str(w, "kind", row->kind);
    json_text(w, "condition", row->condition);
    if (row->component.len > 0)
        jsonw_raw(w, "component", row->component);
    else
        jsonw_raw(w, "component", SPAN("[]"));
    if (row->date_us > 0)
        json_time(w, "date", row->date_us);
    else
        jsonw_null(w, "date");
    json_text(w, "fact", row->fact);
    jsonw_num(w, "now", row->now);
    jsonw_num(w, "line", row->line);
    jsonw_str(w, "state", row->state);
    json_time(w, "since", row->since_us);
    json_text(w, "note", row->note);
    jsonw_str(w, "origin", row->origin);
    json_text(w, "by", row->by);
    json_time(w, "created", row->created_us);
    jsonw_end_obj(w);
}

static void event_write(struct jsonw *w, const struct store_watch_event *e)
{
    jsonw_obj(w, NULL);
    jsonw_int(w, "seq", e->seq);
    json_time(w, "at", e->at_us);
    jsonw_str(w, "event", e->event);
    jsonw_str(w, "watch", e->watch);
    json_text(w, "decision", e->decision);
    jsonw_str(w, "title", e->title);
    json_text(w, "fact", e->fact);
    jsonw_num(w, "now", e->now);
    jsonw_num(w, "line", e->line);
    json_text(w, "text", e->note);
    json_text(w, "by", e->by);
    jsonw_end_obj(w);
}

static bool limit_read(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "limit");
    uint64_t n = LIMIT_DEFAULT;
    if (v.ptr && v.len > 0 && (!span_to_u64(v, &n) || n == 0 || n > LIMIT_MAX))
        return err_set(err, ERR_BAD_REQUEST, "limit: want a whole number from 1 to %d", LIMIT_MAX);
    *ret = (int64_t)n;
    return true;
}

static struct span text_of(const struct request *rq, const char *name)
{
    struct span v = pairs_get(&rq->query, name);
    return v.ptr ? v : SPAN("");
}

static bool project_known(struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_projects list = { 0 };
    bool ok = name_project(project, err) && store_projects(db, &rq->arena, project, -1, SPAN(""), 1, &list, err) &&
              (list.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project)));
    free(list.items);
    return ok;
}

/* --- the list --- */

struct listing {
    struct store_watch_query query; /* project "" = all that the token sees */
    int64_t limit;
};

/* Dates come by themselves: the list is brought up to date before it is shown. */
static bool refresh(struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct watch_result result;
    return watch_project(rq->service->store, db, project, NULL, rq->now_us, &result, err);
}

static bool refresh_all(struct request *rq, struct sql *db, struct err *err)
{
    struct arena arena = { 0 };
    struct store_projects all = { 0 };
    bool ok = store_projects(db, &arena, rq->who.project, -1, SPAN(""), PROJECTS_MAX, &all, err);
    for (size_t i = 0; ok && i < all.count; i++)
        ok = refresh(rq, db, all.items[i].name, err);
    free(all.items);
    arena_release(&arena);
    return ok;
}

static bool list_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct listing *l = user;
    struct store_watches rows = { 0 };
    struct arena arena = { 0 };
    bool ok = (l->query.project.len > 0
                   ? project_known(rq, db, l->query.project, err) && refresh(rq, db, l->query.project, err)
                   : refresh_all(rq, db, err));
    if (l->query.project.len == 0)
        l->query.project = rq->who.project;
    l->query.limit = l->limit + 1;
    ok = ok && store_watch_list(db, &arena, &l->query, &rows, err);
    if (ok) {
        size_t n = rows.count < (size_t)l->limit ? rows.count : (size_t)l->limit;
        struct sb next = { 0 };
        struct jsonw w = { .out = body };
        jsonw_obj(&w, NULL);
        jsonw_arr(&w, "watch");
        for (size_t i = 0; i < n; i++)
            watch_write(&w, &rows.items[i]);
        jsonw_end_arr(&w);
        if (rows.count > n)
            sb_printf(&next, "%.*s~%.*s", SPAN_FMT(rows.items[n - 1].decision), SPAN_FMT(rows.items[n - 1].id));
        json_text(&w, "next", sb_span(&next));
        jsonw_end_obj(&w);
        sb_release(&next);
    }
    free(rows.items);
    arena_release(&arena);
    return ok;
}

static bool list_reply(struct request *rq, struct reply *rp, struct span project, struct err *err)
{
    struct listing l = { .query = { .project = project,
                                    .decision = text_of(rq, "decision"),
                                    .state = text_of(rq, "state"),
                                    .after_decision = SPAN(""),
                                    .after_id = SPAN("") } };
    struct span cursor = text_of(rq, "cursor");
    if (!limit_read(rq, &l.limit, err))
        return false;
    if (l.query.state.len > 0 && !span_is(l.query.state, "clear") && !span_is(l.query.state, "fired") &&
        !span_is(l.query.state, "unknown"))
        return err_set(err, ERR_BAD_REQUEST, "state: want clear, fired or unknown");
    if (cursor.len > 0 && !span_split(cursor, '~', &l.query.after_decision, &l.query.after_id))
        return err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
    return page_render(rq, list_render, &l, &rp->body, err);
}

bool h_watch_all(struct request *rq, struct reply *rp, struct err *err)
{
    struct span project = text_of(rq, "project");
    if (project.len > 0 && !access_sees(rq, project))
        return err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(span_sub(project, 0, 64)));
    return list_reply(rq, rp, project, err);
}

bool h_watch_list(struct request *rq, struct reply *rp, struct err *err)
{
    return list_reply(rq, rp, request_param(rq, "project"), err);
}

bool h_watch_log(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_watch_events list = { 0 };
    struct span project = request_param(rq, "project");
    struct span cursor = text_of(rq, "cursor");
    int64_t limit = 0;
    int64_t before = 0;
    if (cursor.len > 0 && (!span_to_i64(cursor, &before) || before <= 0))
        return err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
    bool ok = limit_read(rq, &limit, err) && project_known(rq, rq->db, project, err) &&
              store_watch_log(rq->db, &rq->arena, project, text_of(rq, "watch"), before, limit + 1, &list, err);
    if (ok) {
        size_t n = list.count < (size_t)limit ? list.count : (size_t)limit;
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", project);
        jsonw_arr(&w, "log");
        for (size_t i = 0; i < n; i++)
            event_write(&w, &list.items[i]);
        jsonw_end_arr(&w);
        if (list.count > n)
            jsonw_int(&w, "next", list.items[n - 1].seq);
        else
            jsonw_null(&w, "next");
        jsonw_end_obj(&w);
    }
    free(list.items);
    return ok;
}

/* --- what was told, looked at by the list --- */

struct since {
    struct span project;
    bool decisions; /* look at their answers as well */
};

int64_t watch_seq(struct request *rq, struct span project)
{
    struct store_watch_events list = { 0 };
    struct err none = ERR_INIT;
    int64_t seq = 0;
    if (store_watch_log(rq->db, &rq->arena, project, SPAN(""), 0, 1, &list, &none) && list.count > 0)
        seq = list.items[0].seq;
    free(list.items);
    return seq;
}

static bool since_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct since *s = user;
    (void)body;
    if (!refresh(rq, db, s->project, err))
        return false;
    if (s->decisions)
        told_decisions(rq->service, db, s->project, DECISIONS_AT_ONCE);
    return true;
}

void watch_since(struct request *rq, struct span project, int64_t seq, bool analysed, struct jsonw *w)
{
    struct since s = { project, !analysed };
    struct sb ignored = { 0 };
    struct err why = ERR_INIT;
    struct store_watch_events list = { 0 };
    bool ok = page_render(rq, since_render, &s, &ignored, &why) &&
              store_watch_log(rq->db, &rq->arena, project, SPAN(""), 0, LIMIT_MAX, &list, &why);
    jsonw_arr(w, "watch");
    for (size_t i = list.count; ok && i > 0; i--) {
        if (list.items[i - 1].seq > seq)
            event_write(w, &list.items[i - 1]);
    }
    jsonw_end_arr(w);
    free(list.items);
    sb_release(&ignored);
}

/* --- POST --- */

struct adding {
    struct span text, project, decision;
    struct store_watch row;
    struct field_errors errors;
};

/* The item as one of a project's document, so that the same checks hold for both. */
static void wrapped(const struct json *body, struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/project/1");
    jsonw_arr(&w, "watch");
    jsonw_obj(&w, NULL);
    for (const struct json *m = json_first(body); m; m = json_next(m)) {
        if (span_is(json_key(m), "decision"))
            continue;
        struct arena name = { 0 };
        const char *key = arena_dup(&name, span_sub(json_key(m), 0, 60));
        if (json_kind_of(m) == JSON_STR)
            jsonw_str(&w, key, json_str(m));
        else if (json_kind_of(m) == JSON_BOOL)
            jsonw_bool(&w, key, json_bool(m, false));
        else if (json_kind_of(m) == JSON_NUM)
            jsonw_num(&w, key, json_num(m, 0));
        else if (json_kind_of(m) == JSON_ARR) {
            jsonw_arr(&w, key);
            for (const struct json *x = json_first(m); x; x = json_next(x)) {
                if (json_kind_of(x) == JSON_STR)
                    jsonw_str(&w, NULL, json_str(x));
                else
                    jsonw_null(&w, NULL);
            }
            jsonw_end_arr(&w);
        } else {
            jsonw_null(&w, key);
        }
        arena_release(&name);
    }
    jsonw_end_obj(&w);
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
}

static void row_of(struct adding *a, struct arena *arena, const struct policy_watch *p)
{
    struct sb globs = { 0 };
    struct jsonw w = { .out = &globs };
    struct store_watch *row = &a->row;
    jsonw_arr(&w, NULL);
    for (uint32_t i = 0; i < p->component_count; i++)
        jsonw_str(&w, NULL, p->component[i]);
    jsonw_end_arr(&w);
    row->title = arena_span(arena, span_of(p->title));
    row->kind = p->kind == WATCH_WHEN && p->component_count > 0 ? SPAN("share") : span_of(watch_kind_name(p->kind));
    row->condition = p->kind == WATCH_WHEN ? arena_span(arena, p->when) : SPAN("");
    row->component = p->component_count > 0 ? arena_span(arena, sb_span(&globs)) : SPAN("");
    row->date_us = p->kind == WATCH_DATE ? p->date_us : 0;
    row->state = p->kind == WATCH_WHEN ? SPAN("unknown") : SPAN("clear");
    sb_release(&globs);
}

static bool add_check(struct request *rq, struct sql *db, void *user, struct sb *out, struct err *err)
{
    struct adding *a = user;
    struct json *body = NULL;
    struct project_rules rules = { .text = SPAN("") };
    struct policy_findings found = { 0 };
    struct sb text = { 0 };
    struct store_decision d;
    (void)out;
    bool ok = json_parse(a->text, rq->service->limits.json_depth, &body, err);
    if (!ok && err->code == ERR_MALFORMED)
        err->code = ERR_BAD_REQUEST;
    if (ok && json_kind_of(body) != JSON_OBJ)
        ok = err_set(err, ERR_BAD_REQUEST, "want an object with title and one of when, date, manual");
    if (ok) {
        a->decision = arena_span(&rq->arena, json_str(json_get(body, "decision")));
        wrapped(body, &text);
        ok = project_rules_parse(sb_span(&text), &rules, &a->errors, err);
    }
    if (ok) {
        policy_project_check(rules.doc, NUM_UNKNOWN, rq->now_us, &found);
        for (size_t i = 0; i < found.count; i++) {
            if (found.items[i].weight == FINDING_ERROR)
                field_error_add(&a->errors, found.items[i].rule, "%s", found.items[i].text);
        }
        ok = a->errors.count == 0 || err_set(err, ERR_VALUE, "%s", a->errors.items[0].text);
    }
    if (ok && a->decision.len > 0) {
        ok = store_decision_get(db, &rq->arena, a->decision, &d, err) &&
             (span_eq(d.project, a->project) ||
              err_set(err, ERR_NOT_FOUND, "there is no decision '%.*s' in the project", SPAN_FMT(a->decision))) &&
             (d.superseded_by.len == 0 ||
              err_set(err, ERR_CONFLICT, "the decision was superseded by %.*s", SPAN_FMT(d.superseded_by)));
    }
    if (ok)
        row_of(a, &rq->arena, &rules.doc->watch[0]);
    free(found.items);
    sb_release(&text);
    project_rules_release(&rules);
    json_free(body);
    return ok;
}

static bool add_store(struct request *rq, struct adding *a, struct err *err)
{
    char *id = ARENA_ARRAY(&rq->arena, 27, char);
    char text[27];
    if (!service_id(text, rq->now_us, err))
        return false;
    (void)memcpy(id, text, sizeof text);
    struct store_watch *row = &a->row;
    row->id = row->item = span_of(id);
    row->project = a->project;
    row->decision = a->decision;
    row->origin = SPAN("api");
    row->fact = row->note = SPAN("");
    row->by = rq->who.name;
    row->now = row->line = NUM_UNKNOWN;
    row->created_us = row->since_us = rq->now_us;
    for (int i = 0; i < 3; i++)
        row->share[i] = row->native[i] = row->gain[i] = NUM_UNKNOWN;
    struct store_watch_sync sync = { .rows = row, .row_count = 1, .now_us = rq->now_us };
    bool ok = store_watch_sync(rq->service->store, &sync, err);
    service_told(rq->service, "watch", a->project, row->id);
    return ok;
}

bool h_watch_add(struct request *rq, struct reply *rp, struct err *err)
{
    struct adding a = { .project = request_param(rq, "project"), .decision = SPAN("") };
    struct sb none = { 0 };
    bool ok = project_known(rq, rq->db, a.project, err) &&
              body_small(rq, rq->service->limits.json_body_bytes, &a.text, err) &&
              page_render(rq, add_check, &a, &none, err) && add_store(rq, &a, err);
    if (ok) {
        struct store_watch now = a.row;
        struct sb events = { 0 };
        struct jsonw e = { .out = &events };
        struct err ignored = ERR_INIT;
        watch_since(rq, a.project, 0, true, &e); /* a condition that is met already fires at once */
        if (!store_watch_get(rq->db, &rq->arena, a.row.id, &now, &ignored))
            now = a.row;
        reply_type(rp, 201, "application/json");
        struct jsonw w = { .out = &rp->body };
        watch_write(&w, &now);
        sb_release(&events);
    } else if (a.errors.count > 0) {
        reply_field_errors(rp, err, &a.errors);
        ok = true;
    }
    field_errors_release(&a.errors);
    sb_release(&none);
    return ok;
}

/* --- one row --- */

static bool row_find(struct request *rq, unsigned scope, struct store_watch *ret, struct err *err)
{
    struct span id = request_param(rq, "watch");
    if (!store_watch_get(rq->db, &rq->arena, id, ret, err))
        return false;
    if (!access_sees(rq, ret->project))
        return err_set(err, ERR_NOT_FOUND, "nothing is watched as '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    return access_allowed(rq, scope, ret->project, err);
}

bool h_watch_get(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_watch row;
    if (!row_find(rq, SCOPE_READ, &row, err))
        return false;
    struct jsonw w = { .out = &rp->body };
    watch_write(&w, &row);
    return true;
}

bool h_watch_remove(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_watch row;
    if (!row_find(rq, SCOPE_WRITE, &row, err))
        return false;
    if (!span_is(row.origin, "api"))
        return err_set(err, ERR_CONFLICT, "it is watched by %s; it goes with that",
                       span_is(row.origin, "policy") ? "the project's policies" : "its decision");
    struct store_watch_sync sync = { .removed = &row.id, .removed_count = 1, .now_us = rq->now_us };
    if (!store_watch_sync(rq->service->store, &sync, err))
        return false;
    service_told(rq->service, "watch", row.project, row.id);
    rp->status = 204;
    return true;
}

struct told {
    struct span by, note;
};

static bool told_read(struct request *rq, struct told *t, struct err *err)
{
    struct json *body = NULL;
    struct span by;
    *t = (struct told){ .by = rq->who.name, .note = SPAN("") };
    bool ok = body_object(rq, true, "by note", &body, err) &&
              body_member(rq, body, "by", NAME_MAX_BYTES, false, &by, err) &&
              body_member(rq, body, "note", NOTE_MAX, false, &t->note, err);
    json_free(body);
    /* A token has a name of its own; whoever has none says who they are. */
    if (ok && by.len > 0 && t->by.len == 0) {
        t->by = by;
    } else if (ok && by.len > 0) {
        struct sb both = { 0 };
        sb_printf(&both, "%.*s (token %.*s)", SPAN_FMT(by), SPAN_FMT(t->by));
        t->by = arena_span(&rq->arena, sb_span(&both));
        sb_release(&both);
    }
    return ok;
}

static bool manual(struct request *rq, struct reply *rp, bool fire, struct err *err)
{
    struct store_watch row;
    struct told t;
    struct store_watch_done done;
    if (!row_find(rq, SCOPE_WRITE, &row, err) || !told_read(rq, &t, err))
        return false;
    if (!span_is(row.kind, "manual"))
        return err_set(err, ERR_CONFLICT, "it is no manual trigger: facts and dates say whether it is met");
    struct store_watch_change c = { .row = &row,
                                    .project = row.project,
                                    .decision = row.decision,
                                    .event = fire ? "FIRED" : "CLEARED",
                                    .state = fire ? "fired" : "clear",
                                    .fact = SPAN(""),
                                    .text = t.note.len > 0 ? t.note : row.title,
                                    .by = t.by,
                                    .now = NUM_UNKNOWN,
                                    .line = NUM_UNKNOWN };
    if (!store_watch_apply(rq->service->store, &c, 1, rq->now_us, &done, err) ||
        !store_watch_get(rq->db, &rq->arena, row.id, &row, err))
        return false;
    service_told(rq->service, "watch", row.project, row.id);
    struct jsonw w = { .out = &rp->body };
    watch_write(&w, &row);
    return true;
}

bool h_watch_fire(struct request *rq, struct reply *rp, struct err *err)
{
    return manual(rq, rp, true, err);
}

bool h_watch_clear(struct request *rq, struct reply *rp, struct err *err)
{
    return manual(rq, rp, false, err);
}
