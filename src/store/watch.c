/* What re-opens decisions: rows, what they are read over, and the log of what fired and cleared. An evaluation is written in
 * one transaction: what it found, its entries in log and ledger, and the decisions that it re-opens. */
#include "store/watch.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "store/ledger.h"

#define WATCH_COLUMNS                                                                                                  \
    "id, project, decision, origin, item, title, kind, condition, component, date_us, share_lo, share_est, share_hi, " \
    "native_lo, native_est, native_hi, gain_lo, gain_est, gain_hi, state, since_us, fact, now, line, note, given_by, " \
    "created_us, removed_us"

static void bands_read(struct query *q, int at, double band[3])
{
    for (int i = 0; i < 3; i++)
        band[i] = sql_col_num(q->st, at + i);
}

static void watch_read(struct query *q, struct arena *arena, struct store_watch *w)
{
    *w = (struct store_watch){ .id = query_col(q, arena, 0),
                               .project = query_col(q, arena, 1),
                               .decision = query_col(q, arena, 2),
                               .origin = query_col(q, arena, 3),
                               .item = query_col(q, arena, 4),
                               .title = query_col(q, arena, 5),
                               .kind = query_col(q, arena, 6),
                               .condition = query_col(q, arena, 7),
                               .component = query_col(q, arena, 8),
                               .date_us = sql_col_int(q->st, 9),
                               .state = query_col(q, arena, 19),
                               .since_us = sql_col_int(q->st, 20),
                               .fact = query_col(q, arena, 21),
                               .now = sql_col_num(q->st, 22),
                               .line = sql_col_num(q->st, 23),
                               .note = query_col(q, arena, 24),
                               .by = query_col(q, arena, 25),
                               .created_us = sql_col_int(q->st, 26),
                               .removed_us = sql_col_int(q->st, 27) };
    bands_read(q, 10, w->share);
    bands_read(q, 13, w->native);
    bands_read(q, 16, w->gain);
}

#define LIST_SELECT                                                                                                    \
    "SELECT " WATCH_COLUMNS " FROM watch WHERE tenant_id = $1 AND (project = $2 OR $2 = '') AND removed_us = 0 AND "
#define LIST_ORDER " AND (state = $4 OR $4 = '') AND (decision, id) > ($5, $6) ORDER BY decision, id LIMIT $7"

bool store_watch_list(struct sql *db, struct arena *arena, const struct store_watch_query *query,
                      struct store_watches *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    /* Those of one decision by their index: a project may watch for a thousand. */
    const char *text =
        query->decision.len > 0 ? LIST_SELECT "decision = $3" LIST_ORDER : LIST_SELECT "$3 = ''" LIST_ORDER;
    if (!query_open(db, text, &q, err))
        return false;
    query_text(&q, query->project);
    query_text(&q, query->decision);
    query_text(&q, query->state);
    query_text(&q, query->after_decision);
    query_text(&q, query->after_id);
    query_int(&q, query->limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_watch w;
        watch_read(&q, arena, &w);
        VEC_PUSH(ret, w);
    }
}

bool store_watch_get(struct sql *db, struct arena *arena, struct span id, struct store_watch *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT " WATCH_COLUMNS " FROM watch WHERE tenant_id = $1 AND id = $2 AND removed_us = 0", &q,
                    err))
        return false;
    query_text(&q, id);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "nothing is watched as '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    watch_read(&q, arena, ret);
    return true;
}

bool store_watch_bases(struct sql *db, struct arena *arena, struct span project, struct store_bases *ret,
                       struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT project, decision_id, run, scenario, goal, made_us, evidence_us, facts, stale FROM "
                    "watch_basis WHERE tenant_id = $1 AND project = $2 ORDER BY decision_id",
                    &q, err))
        return false;
    query_text(&q, project);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_basis b = { .project = query_col(&q, arena, 0),
                                 .decision = query_col(&q, arena, 1),
                                 .run = query_col(&q, arena, 2),
                                 .scenario = query_col(&q, arena, 3),
                                 .goal = query_col(&q, arena, 4),
                                 .made_us = sql_col_int(q.st, 5),
                                 .evidence_us = sql_col_int(q.st, 6),
                                 .facts = query_col(&q, arena, 7),
                                 .stale = query_col(&q, arena, 8) };
        VEC_PUSH(ret, b);
    }
}

/* --- what stands --- */

static bool basis_insert(struct sql *db, const struct store_basis *b, bool *ret_new, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "INSERT INTO watch_basis (tenant_id, project, decision_id, run, scenario, goal, made_us, "
            "evidence_us, facts, stale) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (tenant_id, "
            "project, decision_id) DO NOTHING",
            &q, err))
        return false;
    query_text(&q, b->project);
    query_text(&q, b->decision);
    query_text(&q, b->run);
    query_text(&q, b->scenario);
    query_text(&q, b->goal);
    query_int(&q, b->made_us);
    query_int(&q, b->evidence_us);
    query_text(&q, b->facts);
    query_text(&q, b->stale);
    if (!query_run(&q, err))
        return false;
    *ret_new = sql_changes(db) > 0;
    return true;
}

static void bands_bind(struct query *q, const struct store_watch *w)
{
    for (int i = 0; i < 3; i++)
        query_num(q, w->share[i]);
    for (int i = 0; i < 3; i++)
        query_num(q, w->native[i]);
    for (int i = 0; i < 3; i++)
        query_num(q, w->gain[i]);
}

static bool row_insert(struct sql *db, const struct store_watch *w, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "INSERT INTO watch (tenant_id, id, project, decision, origin, item, title, kind, condition, component, "
            "date_us, share_lo, share_est, share_hi, native_lo, native_est, native_hi, gain_lo, gain_est, gain_hi, "
            "state, since_us, fact, now, line, note, given_by, created_us, removed_us) VALUES ($1, $2, $3, $4, $5, "
            "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, "
            "$27, $28, 0) ON CONFLICT (tenant_id, project, decision, origin, item, removed_us) DO NOTHING",
            &q, err))
        return false;
    query_text(&q, w->id);
    query_text(&q, w->project);
    query_text(&q, w->decision);
    query_text(&q, w->origin);
    query_text(&q, w->item);
    query_text(&q, w->title);
    query_text(&q, w->kind);
    query_text(&q, w->condition);
    query_text(&q, w->component);
    query_int(&q, w->date_us);
    bands_bind(&q, w);
    query_text(&q, w->state);
    query_int(&q, w->since_us);
    query_text(&q, w->fact);
    query_num(&q, w->now);
    query_num(&q, w->line);
    query_text(&q, w->note);
    query_text(&q, w->by);
    query_int(&q, w->created_us);
    return query_run(&q, err);
}

static bool row_remove(struct sql *db, struct span id, int64_t now_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE watch SET removed_us = $2 WHERE tenant_id = $1 AND id = $3 AND removed_us = 0", &q,
                    err))
        return false;
    query_int(&q, now_us);
    query_text(&q, id);
    return query_run(&q, err);
}

static bool basis_remove(struct sql *db, struct span decision, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "DELETE FROM watch_basis WHERE tenant_id = $1 AND decision_id = $2 AND project = (SELECT project "
                    "FROM decision WHERE tenant_id = $1 AND id = $2)",
                    &q, err))
        return false;
    query_text(&q, decision);
    return query_run(&q, err);
}

static bool sync_job(struct sql *db, void *user, struct err *err)
{
    const struct store_watch_sync *y = user;
    for (size_t i = 0; i < y->fallen_count; i++) {
        if (!basis_remove(db, y->fallen[i], err))
            return false;
    }
    for (size_t i = 0; i < y->removed_count; i++) {
        if (!row_remove(db, y->removed[i], y->now_us + (int64_t)i, err))
            return false;
    }
    for (size_t i = 0; i < y->base_count; i++) {
        bool fresh = false;
        if (!basis_insert(db, &y->bases[i], &fresh, err))
            return false;
        for (size_t k = 0; fresh && k < y->row_count; k++) {
            if (span_eq(y->rows[k].decision, y->bases[i].decision) && !row_insert(db, &y->rows[k], err))
                return false;
        }
    }
    for (size_t k = 0; k < y->row_count; k++) {
        bool based = false;
        for (size_t i = 0; y->rows[k].decision.len > 0 && i < y->base_count && !based; i++)
            based = span_eq(y->rows[k].decision, y->bases[i].decision);
        if (!based && !row_insert(db, &y->rows[k], err))
            return false;
    }
    return true;
}

bool store_watch_sync(struct store *s, const struct store_watch_sync *sync, struct err *err)
{
    struct store_watch_sync copy = *sync;
    return store_write(s, sync_job, &copy, err);
}

struct shares_put {
    const struct store_watch *rows;
    size_t n;
};

static bool shares_job(struct sql *db, void *user, struct err *err)
{
    const struct shares_put *p = user;
    for (size_t i = 0; i < p->n; i++) {
        CLEANUP(query_closep) struct query q = { 0 };
        if (!query_open(
                db,
                "UPDATE watch SET share_lo = $2, share_est = $3, share_hi = $4, native_lo = $5, native_est = $6, "
                "native_hi = $7, gain_lo = $8, gain_est = $9, gain_hi = $10 WHERE tenant_id = $1 AND id = $11",
                &q, err))
            return false;
        bands_bind(&q, &p->rows[i]);
        query_text(&q, p->rows[i].id);
        if (!query_run(&q, err))
            return false;
    }
    return true;
}

bool store_watch_shares(struct store *s, const struct store_watch *rows, size_t n, struct err *err)
{
    struct shares_put p = { rows, n };
    return store_write(s, shares_job, &p, err);
}

/* --- reading beside it --- */

bool store_watch_log(struct sql *db, struct arena *arena, struct span project, struct span watch, int64_t before_seq,
                     int64_t limit, struct store_watch_events *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "SELECT seq, at_us, watch_id, decision, event, title, fact, note, given_by, now, line FROM watch_log "
            "WHERE tenant_id = $1 AND project = $2 AND (watch_id = $3 OR $3 = '') AND (seq < $4 OR $4 <= 0) "
            "ORDER BY seq DESC LIMIT $5",
            &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, watch);
    query_int(&q, before_seq);
    query_int(&q, limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_watch_event e = { .seq = sql_col_int(q.st, 0),
                                       .at_us = sql_col_int(q.st, 1),
                                       .watch = query_col(&q, arena, 2),
                                       .decision = query_col(&q, arena, 3),
                                       .event = query_col(&q, arena, 4),
                                       .title = query_col(&q, arena, 5),
                                       .fact = query_col(&q, arena, 6),
                                       .note = query_col(&q, arena, 7),
                                       .by = query_col(&q, arena, 8),
                                       .now = sql_col_num(q.st, 9),
                                       .line = sql_col_num(q.st, 10) };
        VEC_PUSH(ret, e);
    }
}

bool store_watch_newest_run(struct sql *db, struct arena *arena, struct span project, struct span scenario,
                            struct span *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(
            db,
            "SELECT r.name FROM run r WHERE r.tenant_id = $1 AND r.project = $2 AND EXISTS (SELECT 1 FROM profile "
            "p WHERE p.tenant_id = r.tenant_id AND p.project = r.project AND p.run = r.name AND p.scenario = $3) "
            "AND EXISTS (SELECT 1 FROM analysis a WHERE a.tenant_id = r.tenant_id AND a.project = r.project AND "
            "a.run = r.name) ORDER BY r.changed_us DESC, r.name DESC LIMIT 1",
            &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, scenario);
    if (!query_row(&q, &row, err))
        return false;
    *ret = row ? query_col(&q, arena, 0) : SPAN("");
    return true;
}

bool store_watch_scenario(struct sql *db, struct arena *arena, struct span project, struct span run, struct span *ret,
                          struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(
            db,
            "SELECT scenario FROM profile WHERE tenant_id = $1 AND project = $2 AND run = $3 AND scenario <> '' "
            "ORDER BY created_us DESC, id DESC LIMIT 1",
            &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    if (!query_row(&q, &row, err))
        return false;
    *ret = row ? query_col(&q, arena, 0) : SPAN("");
    return true;
}

bool store_watch_based(struct sql *db, struct span project, struct span decision, bool *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT 1 FROM watch_basis WHERE tenant_id = $1 AND project = $2 AND decision_id = $3", &q,
                    err))
        return false;
    query_text(&q, project);
    query_text(&q, decision);
    return query_row(&q, ret, err);
}
