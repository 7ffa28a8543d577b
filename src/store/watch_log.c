/* What an evaluation found, written at once: state, log, ledger, and the decisions that are re-opened. */
#include "base/jsonw.h"
#include "base/vec.h"
#include "store/ledger.h"
#include "store/watch.h"

struct apply {
    const struct store_watch_change *changes;
    size_t n;
    int64_t now_us;
    struct store_watch_done done;
};

static bool numbers_write(struct sql *db, const struct store_watch_change *c, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE watch SET fact = $2, now = $3, line = $4 WHERE tenant_id = $1 AND id = $5", &q, err))
        return false;
    query_text(&q, c->fact);
    query_num(&q, c->now);
    query_num(&q, c->line);
    query_text(&q, c->row->id);
    return query_run(&q, err);
}

/* True in *ret_new when the row was not so already: two evaluations at a time log once. */
static bool state_write(struct sql *db, const struct store_watch_change *c, int64_t now_us, bool *ret_new,
                        struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "UPDATE watch SET state = $2, since_us = $3, note = $4 WHERE tenant_id = $1 AND id = $5 AND state <> "
            "$2 AND removed_us = 0",
            &q, err))
        return false;
    query_text(&q, span_of(c->state));
    query_int(&q, now_us);
    query_text(&q, c->text);
    query_text(&q, c->row->id);
    if (!query_run(&q, err))
        return false;
    *ret_new = sql_changes(db) > 0;
    return true;
}

static bool log_insert(struct sql *db, const struct store_watch_change *c, int64_t now_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "INSERT INTO watch_log (tenant_id, project, seq, watch_id, decision, event, title, fact, now, line, "
            "note, given_by, at_us) SELECT $1, $2, COALESCE(MAX(l.seq), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, "
            "$11, $12 FROM watch_log l WHERE l.tenant_id = $1 AND l.project = $2",
            &q, err))
        return false;
    query_text(&q, c->row->project);
    query_text(&q, c->row->id);
    query_text(&q, c->row->decision);
    query_text(&q, span_of(c->event));
    query_text(&q, c->row->title);
    query_text(&q, c->fact);
    query_num(&q, c->now);
    query_num(&q, c->line);
    query_text(&q, c->text);
    query_text(&q, c->by);
    query_int(&q, now_us);
    return query_run(&q, err);
}

static void members_write(const struct store_watch_change *c, struct sb *out)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    /* The id by which the decision's own document knows it: "proposal/a" is its item a. */
    struct span item = c->row ? c->row->item : c->item;
    size_t slash = c->row && span_is(c->row->origin, "decision") ? span_chr(item, 0, '/') : item.len;
    jsonw_str(&w, "watch", slash < item.len ? span_from(item, slash + 1) : item);
    jsonw_str(&w, "title", c->row ? c->row->title : SPAN("age and drift"));
    jsonw_str(&w, "text", c->text);
    jsonw_str(&w, "fact", c->fact);
    jsonw_num(&w, "now", c->now);
    jsonw_num(&w, "line", c->line);
    jsonw_str(&w, "told_by", c->by);
    jsonw_end_obj(&w);
}

/* Decisions of the project that hold, for what is watched for all of them. */
static bool standing_ids(struct sql *db, struct arena *arena, struct span project, struct store_pairs *ret,
                         struct err *err)
{
    struct store_decisions list = { 0 };
    bool ok = store_decision_list(db, arena, project, SPAN(""), true, 0, INT32_MAX, &list, err);
    for (size_t i = 0; ok && i < list.count; i++) {
        struct store_pair p = { list.items[i].id, SPAN("") };
        VEC_PUSH(ret, p);
    }
    freep(&list.items);
    return ok;
}

static bool decisions_tell(struct sql *db, const struct store_watch_change *c, int64_t now_us, struct err *err)
{
    struct arena arena = { 0 };
    struct store_pairs ids = { 0 };
    struct sb members = { 0 };
    members_write(c, &members);
    bool ok = true;
    if (c->row->decision.len > 0) {
        struct store_pair one = { c->row->decision, SPAN("") };
        VEC_PUSH(&ids, one);
    } else {
        ok = standing_ids(db, &arena, c->row->project, &ids, err);
    }
    for (size_t i = 0; ok && i < ids.count; i++)
        ok = decision_watch_write(db, ids.items[i].name, c->event, sb_span(&members), now_us, err);
    freep(&ids.items);
    sb_release(&members);
    arena_release(&arena);
    return ok;
}

static bool stale_write(struct sql *db, struct apply *a, const struct store_watch_change *c, struct err *err)
{
    struct sb members = { 0 };
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "UPDATE watch_basis SET stale = $2 WHERE tenant_id = $1 AND project = $3 AND decision_id = $4 AND stale "
            "= ''",
            &q, err))
        return false;
    query_text(&q, c->text);
    query_text(&q, c->project);
    query_text(&q, c->decision);
    if (!query_run(&q, err))
        return false;
    if (sql_changes(db) == 0)
        return true;
    a->done.stale++;
    members_write(c, &members);
    bool ok = decision_watch_write(db, c->decision, "STALE", sb_span(&members), a->now_us, err);
    sb_release(&members);
    return ok;
}

static bool change_write(struct sql *db, struct apply *a, const struct store_watch_change *c, struct err *err)
{
    bool fresh = false;
    if (!c->row)
        return stale_write(db, a, c, err);
    if (!numbers_write(db, c, err) || (c->state && !state_write(db, c, a->now_us, &fresh, err)))
        return false;
    if (!c->event || !fresh)
        return true;
    bool fired = strcmp(c->event, "FIRED") == 0;
    a->done.fired += fired;
    a->done.cleared += !fired;
    return log_insert(db, c, a->now_us, err) && decisions_tell(db, c, a->now_us, err);
}

static bool apply_job(struct sql *db, void *user, struct err *err)
{
    struct apply *a = user;
    for (size_t i = 0; i < a->n; i++) {
        if (!change_write(db, a, &a->changes[i], err))
            return false;
    }
    return true;
}

bool store_watch_apply(struct store *s, const struct store_watch_change *changes, size_t n, int64_t now_us,
                       struct store_watch_done *ret, struct err *err)
{
    struct apply a = { .changes = changes, .n = n, .now_us = now_us };
    if (n > 0 && !store_write(s, apply_job, &a, err))
        return false;
    *ret = a.done;
    return true;
}
