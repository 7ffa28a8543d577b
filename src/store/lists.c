/* Lists for pages and the API: projects and runs with their newest analysis. */
#include "base/vec.h"
#include "store/db.h"

/* Newest analysis of the run r. */
#define BRIEF_JOIN                                                                                                     \
    " LEFT JOIN analysis a ON a.tenant_id = r.tenant_id AND a.project = r.project AND a.run = "                        \
    "r.name AND a.revision = "                                                                                         \
    "(SELECT MAX(b.revision) FROM analysis b WHERE b.tenant_id = r.tenant_id AND b.project = "                         \
    "r.project AND "                                                                                                   \
    "b.run = r.name) "
#define BRIEF_COLUMNS                                                                                                  \
    "COALESCE(a.revision, 0), COALESCE(a.gate, ''), COALESCE(a.verdict, ''), COALESCE(a.summary, "                     \
    "''), a.cpu_lo, "                                                                                                  \
    "a.cpu_est, a.cpu_hi, COALESCE(a.created_us, 0), COALESCE(a.headline, '')"

static void brief_read(struct query *q, struct arena *arena, int at, struct store_brief *b)
{
    b->revision = sql_col_int(q->st, at);
    b->gate = query_col(q, arena, at + 1);
    b->verdict = query_col(q, arena, at + 2);
    b->summary = query_col(q, arena, at + 3);
    b->cpu = (struct store_share){ sql_col_num(q->st, at + 4), sql_col_num(q->st, at + 5), sql_col_num(q->st, at + 6) };
    b->created_us = sql_col_int(q->st, at + 7);
    b->headline = query_col(q, arena, at + 8);
}

bool store_projects(struct sql *db, struct arena *arena, struct span only, int64_t before_us, struct span before_name,
                    int64_t limit, struct store_projects *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "WITH p AS (SELECT x.name AS name, x.created_us AS created_us, COALESCE((SELECT "
                    "MAX(t.changed_us) FROM run t "
                    "WHERE t.tenant_id = x.tenant_id AND t.project = x.name AND EXISTS (SELECT 1 FROM "
                    "profile f WHERE "
                    "f.tenant_id = t.tenant_id AND f.project = t.project AND f.run = t.name)), "
                    "x.created_us) AS changed_us "
                    "FROM project x WHERE x.tenant_id = $1 AND (x.name = $2 OR $2 = '')) "
                    "SELECT p.name, p.created_us, p.changed_us, "
                    "(SELECT COUNT(DISTINCT f.run) FROM profile f WHERE f.tenant_id = $1 AND f.project = "
                    "p.name), "
                    "(SELECT COUNT(*) FROM profile f WHERE f.tenant_id = $1 AND f.project = p.name), "
                    "COALESCE(r.name, ''), " BRIEF_COLUMNS
                    " FROM p LEFT JOIN run r ON r.tenant_id = $1 AND r.project = p.name AND "
                    "r.name = (SELECT t.name FROM run t WHERE t.tenant_id = $1 AND t.project = p.name AND "
                    "EXISTS (SELECT 1 FROM "
                    "profile f WHERE f.tenant_id = t.tenant_id AND f.project = t.project AND f.run = "
                    "t.name) "
                    "ORDER BY t.changed_us DESC, t.name DESC LIMIT 1)" BRIEF_JOIN
                    "WHERE $3 < 0 OR (p.changed_us, p.name) < ($3, $4) ORDER BY p.changed_us DESC, p.name "
                    "DESC LIMIT $5",
                    &q, err))
        return false;
    query_text(&q, only);
    query_int(&q, before_us);
    query_text(&q, before_name);
    query_int(&q, limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_project p = { .name = query_col(&q, arena, 0),
                                   .created_us = sql_col_int(q.st, 1),
                                   .changed_us = sql_col_int(q.st, 2),
                                   .runs = sql_col_int(q.st, 3),
                                   .profiles = sql_col_int(q.st, 4),
                                   .run = query_col(&q, arena, 5) };
        brief_read(&q, arena, 6, &p.newest);
        VEC_PUSH(ret, p);
    }
}

static bool runs_read(struct query *q, struct arena *arena, struct store_runs *ret, struct err *err)
{
    for (;;) {
        bool row = false;
        if (!query_row(q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_run r = { .project = query_col(q, arena, 0),
                               .name = query_col(q, arena, 1),
                               .created_us = sql_col_int(q->st, 2),
                               .changed_us = sql_col_int(q->st, 3),
                               .profiles = sql_col_int(q->st, 4) };
        brief_read(q, arena, 5, &r.newest);
        VEC_PUSH(ret, r);
    }
}

#define RUN_SELECT                                                                                                     \
    "SELECT r.project, r.name, r.created_us, r.changed_us, (SELECT COUNT(*) FROM profile f WHERE "                     \
    "f.tenant_id = "                                                                                                   \
    "r.tenant_id AND f.project = r.project AND f.run = r.name), " BRIEF_COLUMNS " FROM run r" BRIEF_JOIN               \
    "WHERE r.tenant_id = $1 AND r.project = $2 "
#define RUN_FILLED                                                                                                     \
    "AND EXISTS (SELECT 1 FROM profile f WHERE f.tenant_id = r.tenant_id AND f.project = "                             \
    "r.project AND f.run = r.name) "

bool store_runs(struct sql *db, struct arena *arena, struct span project, int64_t limit, struct store_runs *ret,
                struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, RUN_SELECT RUN_FILLED "ORDER BY r.changed_us DESC, r.name DESC LIMIT $3", &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, limit);
    return runs_read(&q, arena, ret, err);
}

bool store_run_get(struct sql *db, struct arena *arena, struct span project, struct span run, struct store_run *ret,
                   struct err *err)
{
    struct store_runs list = { 0 };
    CLEANUP(query_closep) struct query q = { 0 };
    bool newest = run.len == 0;
    if (!query_open(db,
                    newest ? RUN_SELECT RUN_FILLED "ORDER BY r.changed_us DESC, r.name DESC LIMIT 1"
                           : RUN_SELECT "AND r.name = $3",
                    &q, err))
        return false;
    query_text(&q, project);
    if (!newest)
        query_text(&q, run);
    bool ok = runs_read(&q, arena, &list, err);
    if (ok && list.count == 0)
        ok = newest ? err_set(err, ERR_NOT_FOUND, "project '%.*s' has no run", SPAN_FMT(span_sub(project, 0, 64)))
                    : err_set(err, ERR_NOT_FOUND, "there is no run '%.*s'", SPAN_FMT(span_sub(run, 0, 100)));
    if (ok)
        *ret = list.items[0];
    freep(&list.items);
    return ok;
}
