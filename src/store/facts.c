/* Facts of the world: added, never changed. fact_now says which one holds, so that a long history costs nothing. */
#include <stdlib.h>

#include "base/vec.h"
#include "store/db.h"
#include "store/watch.h"

struct given_put {
    struct span project;
    struct store_given *items;
    size_t n;
};

static bool seq_read(struct sql *db, struct span project, int64_t *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT COALESCE(MAX(seq), 0) FROM fact WHERE tenant_id = $1 AND project = $2", &q, err))
        return false;
    query_text(&q, project);
    if (!query_row(&q, &row, err))
        return false;
    *ret = sql_col_int(q.st, 0);
    return true;
}

static bool given_insert(struct sql *db, struct span project, int64_t seq, const struct store_given *g, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO fact (tenant_id, project, seq, scope, name, value, unit, lo, hi, source, time_us, "
                    "given_by, given_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                    &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, seq);
    query_text(&q, g->scope);
    query_text(&q, g->name);
    query_text(&q, g->value);
    query_text(&q, g->unit);
    query_num(&q, g->lo);
    query_num(&q, g->hi);
    query_text(&q, g->source);
    query_int(&q, g->time_us);
    query_text(&q, g->by);
    query_int(&q, g->given_us);
    return query_run(&q, err);
}

static bool now_write(struct sql *db, struct span project, int64_t seq, const struct store_given *g, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO fact_now (tenant_id, project, scope, name, seq, time_us) VALUES ($1, $2, $3, $4, $5, "
                    "$6) ON CONFLICT (tenant_id, project, scope, name) DO UPDATE SET seq = excluded.seq, time_us = "
                    "excluded.time_us WHERE excluded.time_us >= fact_now.time_us",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, g->scope);
    query_text(&q, g->name);
    query_int(&q, seq);
    query_int(&q, g->time_us);
    return query_run(&q, err);
}

static bool given_job(struct sql *db, void *user, struct err *err)
{
    const struct given_put *p = user;
    int64_t seq = 0;
    bool ok = p->n == 0 ||
              (store_project_ensure(db, p->project, p->items[0].given_us, err) && seq_read(db, p->project, &seq, err));
    for (size_t i = 0; ok && i < p->n; i++) {
        p->items[i].seq = ++seq;
        ok = given_insert(db, p->project, seq, &p->items[i], err) && now_write(db, p->project, seq, &p->items[i], err);
    }
    return ok;
}

bool store_given_put(struct store *s, struct span project, struct store_given *items, size_t n, struct err *err)
{
    struct given_put p = { project, items, n };
    return store_write(s, given_job, &p, err);
}

#define GIVEN_COLUMNS "f.seq, f.scope, f.name, f.value, f.unit, f.lo, f.hi, f.source, f.time_us, f.given_by, f.given_us"

static bool givens_read(struct query *q, struct arena *arena, struct store_givens *ret, struct err *err)
{
    for (;;) {
        bool row = false;
        if (!query_row(q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_given g = { .seq = sql_col_int(q->st, 0),
                                 .scope = query_col(q, arena, 1),
                                 .name = query_col(q, arena, 2),
                                 .value = query_col(q, arena, 3),
                                 .unit = query_col(q, arena, 4),
                                 .lo = sql_col_num(q->st, 5),
                                 .hi = sql_col_num(q->st, 6),
                                 .source = query_col(q, arena, 7),
                                 .time_us = sql_col_int(q->st, 8),
                                 .by = query_col(q, arena, 9),
                                 .given_us = sql_col_int(q->st, 10) };
        VEC_PUSH(ret, g);
    }
}

#define GIVEN_NOW                                                                                                      \
    "SELECT " GIVEN_COLUMNS                                                                                            \
    " FROM fact_now n JOIN fact f ON f.tenant_id = n.tenant_id AND f.project = n.project AND f.seq = n.seq WHERE "     \
    "n.tenant_id = $1 AND n.project = $2 "

/* Each by its own index: a project with a million runs may have as many scopes. */
bool store_given_now(struct sql *db, struct arena *arena, const struct store_given_query *query,
                     struct store_givens *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool scope = query->only_scope.len > 0;
    bool name = query->only_name.len > 0;
    const char *text = scope && name ? GIVEN_NOW "AND n.scope = $3 AND n.name = $4 AND n.name > $5 LIMIT $6"
                       : scope       ? GIVEN_NOW "AND n.scope = $3 AND n.name > $4 ORDER BY n.name LIMIT $5"
                       : name        ? GIVEN_NOW "AND n.name = $3 AND n.scope > $4 ORDER BY n.scope LIMIT $5"
                                     : GIVEN_NOW "AND (n.name, n.scope) > ($3, $4) ORDER BY n.name, n.scope LIMIT $5";
    if (!query_open(db, text, &q, err))
        return false;
    query_text(&q, query->project);
    if (scope)
        query_text(&q, query->only_scope);
    if (name)
        query_text(&q, query->only_name);
    if (scope || !name)
        query_text(&q, query->after_name);
    if (!scope)
        query_text(&q, query->after_scope);
    query_int(&q, query->limit);
    return givens_read(&q, arena, ret, err);
}

bool store_given_history(struct sql *db, struct arena *arena, const struct store_given_past *query,
                         struct store_givens *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " GIVEN_COLUMNS
                    " FROM fact f WHERE f.tenant_id = $1 AND f.project = $2 AND f.name = $3 AND (f.scope = $4 OR $4 = "
                    "'') AND (f.time_us, f.seq) < ($5, $6) ORDER BY f.time_us DESC, f.seq DESC LIMIT $7",
                    &q, err))
        return false;
    query_text(&q, query->project);
    query_text(&q, query->name);
    query_text(&q, query->scope);
    query_int(&q, query->before_us < 0 ? INT64_MAX : query->before_us);
    query_int(&q, query->before_us < 0 ? INT64_MAX : query->before_seq);
    query_int(&q, query->limit);
    return givens_read(&q, arena, ret, err);
}

bool store_given_mark(struct sql *db, struct span project, struct span scope, struct span name,
                      struct store_given_mark *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    *ret = (struct store_given_mark){ 0 };
    if (!query_open(
            db, "SELECT seq, time_us FROM fact_now WHERE tenant_id = $1 AND project = $2 AND scope = $3 AND name = $4",
            &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, scope);
    query_text(&q, name);
    if (!query_row(&q, &row, err))
        return false;
    if (row)
        *ret = (struct store_given_mark){ sql_col_int(q.st, 0), sql_col_int(q.st, 1) };
    return true;
}
