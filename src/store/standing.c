/* What becomes of a decision after it was made: accepted, rejected, re-opened, stale. What it says never changes. */
#include "base/jsonw.h"
#include "store/ledger.h"

static bool status_write(struct sql *db, const struct store_decision *d, const char *status, int64_t now_us,
                         struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE decision SET status = $2, changed_us = $3 WHERE tenant_id = $1 AND id = $4", &q, err))
        return false;
    query_text(&q, span_of(status));
    query_int(&q, now_us);
    query_text(&q, d->id);
    return query_run(&q, err);
}

static bool status_entry(struct sql *db, const struct store_decision *d, const char *status, struct span text,
                         struct span by, int64_t now_us, struct err *err)
{
    struct sb body = { 0 };
    struct jsonw w = { .out = &body };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "status", status);
    jsonw_str(&w, "text", text);
    jsonw_end_obj(&w);
    struct store_entry e = {
        .project = d->project, .kind = SPAN("status"), .ref = d->id, .by = by, .at_us = now_us, .body = sb_span(&body)
    };
    bool ok = ledger_append(db, &e, NULL, err);
    sb_release(&body);
    return ok;
}

static bool status_set(struct sql *db, const struct store_decision *d, const char *status, struct span text,
                       struct span by, int64_t now_us, struct err *err)
{
    const char *proposal = span_is(span_of(status), "reopened") ? "open" : "settled";
    return status_write(db, d, status, now_us, err) && status_entry(db, d, status, text, by, now_us, err) &&
           proposal_status_set(db, d->proposal, proposal, span_of(status), by, now_us, err);
}

static bool objections_answered(struct sql *db, struct arena *arena, struct span id, struct err *err)
{
    struct store_objections list = { 0 };
    bool ok = store_objections(db, arena, id, &list, err);
    for (size_t i = 0; ok && i < list.count; i++) {
        if (list.items[i].answer_us == 0)
            ok = err_set(err, ERR_CONFLICT, "objection %lld has no answer yet: %.*s", (long long)list.items[i].n,
                         SPAN_FMT(span_sub(list.items[i].text, 0, 120)));
    }
    freep(&list.items);
    return ok;
}

struct status_put {
    struct span id, text, by;
    const char *status;
    int64_t now_us;
};

static bool status_job(struct sql *db, void *user, struct err *err)
{
    const struct status_put *u = user;
    struct arena arena = { 0 };
    struct store_decision d;
    struct store_proposal p;
    bool ok = store_decision_get(db, &arena, u->id, &d, err) && store_proposal_get(db, &arena, d.proposal, 0, &p, err);
    if (ok && d.superseded_by.len > 0)
        ok = err_set(err, ERR_CONFLICT, "the decision was superseded by %.*s", SPAN_FMT(d.superseded_by));
    if (ok && span_is(p.status, "withdrawn"))
        ok = err_set(err, ERR_CONFLICT, "the proposal was withdrawn");
    if (ok && span_is(d.status, u->status))
        ok = err_set(err, ERR_CONFLICT, "the decision is %s already", u->status);
    if (ok && strcmp(u->status, "accepted") == 0)
        ok = (!span_is(d.status, "reopened") ||
              err_set(err, ERR_CONFLICT, "the decision was re-opened; decide again, then accept the new one")) &&
             objections_answered(db, &arena, u->id, err);
    ok = ok && status_set(db, &d, u->status, u->text, u->by, u->now_us, err);
    arena_release(&arena);
    return ok;
}

bool store_decision_status(struct store *s, struct span id, const char *status, struct span text, struct span by,
                           int64_t now_us, struct err *err)
{
    struct status_put u = { id, text, by, status, now_us };
    return store_write(s, status_job, &u, err);
}

/* --- the watch list's log --- */

struct watch_put {
    struct span id, members;
    const char *event;
    int64_t now_us;
};

static bool watch_entry(struct sql *db, const struct watch_put *u, struct span project, struct err *err)
{
    struct sb body = { 0 };
    struct span own = span_trim(u->members);
    sb_printf(&body, "{\"event\":\"%s\"", u->event);
    if (own.len > 2) {
        sb_addc(&body, ',');
        sb_add(&body, span_sub(own, 1, own.len - 2));
    }
    sb_addc(&body, '}');
    struct store_entry e = { .project = project,
                             .kind = SPAN("watch"),
                             .ref = u->id,
                             .by = SPAN("watch"),
                             .at_us = u->now_us,
                             .body = sb_span(&body) };
    bool ok = ledger_append(db, &e, NULL, err);
    sb_release(&body);
    return ok;
}

static bool stale_write(struct sql *db, struct span id, int64_t now_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE decision SET stale = 1, changed_us = $2 WHERE tenant_id = $1 AND id = $3", &q, err))
        return false;
    query_int(&q, now_us);
    query_text(&q, id);
    return query_run(&q, err);
}

static bool watch_write(struct sql *db, const struct watch_put *u, struct err *err)
{
    struct arena arena = { 0 };
    struct store_decision d;
    bool ok = store_decision_get(db, &arena, u->id, &d, err) && watch_entry(db, u, d.project, err);
    bool fired = strcmp(u->event, "FIRED") == 0;
    if (ok && strcmp(u->event, "STALE") == 0)
        ok = stale_write(db, u->id, u->now_us, err);
    if (ok && fired && d.superseded_by.len == 0 && (span_is(d.status, "accepted") || span_is(d.status, "proposed")))
        ok = status_set(db, &d, "reopened", SPAN("a watched condition was met"), SPAN("watch"), u->now_us, err);
    arena_release(&arena);
    return ok;
}

bool decision_watch_write(struct sql *db, struct span id, const char *event, struct span members, int64_t now_us,
                          struct err *err)
{
    struct watch_put u = { id, members, event, now_us };
    return watch_write(db, &u, err);
}

static bool watch_job(struct sql *db, void *user, struct err *err)
{
    return watch_write(db, user, err);
}

bool store_decision_watch(struct store *s, struct span id, const char *event, struct span members, int64_t now_us,
                          struct err *err)
{
    struct watch_put u = { id, members, event, now_us };
    return store_write(s, watch_job, &u, err);
}
