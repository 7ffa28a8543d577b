/* Runs of one branch and one scenario over time. */
#include "base/vec.h"
#include "store/db.h"
#include "store/lists.h"

/* Runs further back take no part: a project that records every commit has them by the ten thousand. */
#define RUNS_LOOKED_AT "1000"

/* A text of the run r's uploads: the newest that is not empty. */
#define OF_RUN(column)                                                                                                 \
    "COALESCE((SELECT f." column " FROM profile f WHERE f.tenant_id = r.tenant_id AND f.project = r.project AND "      \
    "f.run = r.name AND f." column " <> '' ORDER BY f.created_us DESC, f.id DESC LIMIT 1), '')"

/* The newest runs that hold an upload, with branch and scenario. $2 the project. */
#define RUNS                                                                                                           \
    "WITH r AS (SELECT * FROM run WHERE tenant_id = $1 AND project = $2 ORDER BY changed_us DESC, name DESC "          \
    "LIMIT " RUNS_LOOKED_AT "), s AS (SELECT r.*, " OF_RUN("branch") " AS branch, " OF_RUN(                            \
        "scenario") " AS "                                                                                             \
                    "scenario FROM r WHERE EXISTS (SELECT 1 FROM profile f WHERE f.tenant_id = r.tenant_id AND "       \
                    "f.project = r.project "                                                                           \
                    "AND f.run = r.name)) "

bool store_series_list(struct sql *db, struct arena *arena, struct span project, struct store_serieses *ret,
                       struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    RUNS "SELECT branch, scenario, COUNT(*), MAX(changed_us) FROM s GROUP BY branch, scenario ORDER BY "
                         "4 DESC, branch, scenario",
                    &q, err))
        return false;
    query_text(&q, project);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_series s = { .branch = query_col(&q, arena, 0),
                                  .scenario = query_col(&q, arena, 1),
                                  .runs = sql_col_int(q.st, 2),
                                  .changed_us = sql_col_int(q.st, 3) };
        VEC_PUSH(ret, s);
    }
}

bool store_series_of(struct sql *db, struct arena *arena, struct span project, struct span run,
                     struct store_series *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    *ret = (struct store_series){ .branch = SPAN(""), .scenario = SPAN("") };
    if (!query_open(
            db,
            "SELECT " OF_RUN("branch") ", " OF_RUN("scenario") ", r.changed_us FROM run r WHERE r.tenant_id = $1 "
                                                               "AND r.project = $2 AND r.name = $3",
            &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    if (!query_row(&q, &row, err))
        return false;
    if (row)
        *ret = (struct store_series){ .branch = query_col(&q, arena, 0),
                                      .scenario = query_col(&q, arena, 1),
                                      .runs = 1,
                                      .changed_us = sql_col_int(q.st, 2) };
    return true;
}

static void point_read(struct query *q, struct arena *arena, struct store_point *p)
{
    *p = (struct store_point){ .run = query_col(q, arena, 0),
                               .created_us = sql_col_int(q->st, 1),
                               .changed_us = sql_col_int(q->st, 2),
                               .commit = query_col(q, arena, 3),
                               .revision = sql_col_int(q->st, 4),
                               .gate = query_col(q, arena, 5),
                               .verdict = query_col(q, arena, 6),
                               .headline = query_col(q, arena, 7),
                               .cpu = { sql_col_num(q->st, 8), sql_col_num(q->st, 9), sql_col_num(q->st, 10) },
                               .trend = query_col(q, arena, 11),
                               .doc = query_col(q, arena, 12) };
}

bool store_trend(struct sql *db, struct arena *arena, struct span project, const struct store_series *series,
                 int64_t limit, bool with_time, struct store_points *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            RUNS "SELECT r.name, r.created_us, r.changed_us, " OF_RUN(
                "commit_id") ", COALESCE(a.revision, 0), "
                             "COALESCE(a.gate, ''), COALESCE(a.verdict, ''), COALESCE(a.headline, ''), a.cpu_lo, "
                             "a.cpu_est, "
                             "a.cpu_hi, CASE WHEN $5 = 0 THEN '' ELSE COALESCE(a.trend, '') END, "
                             "CASE WHEN $5 = 0 OR a.trend <> '' THEN '' ELSE COALESCE(a.doc, '') END FROM (SELECT * "
                             "FROM s "
                             "WHERE branch = $3 AND scenario = $4 ORDER BY created_us DESC, name DESC LIMIT $6) r LEFT "
                             "JOIN "
                             "analysis a ON a.tenant_id = r.tenant_id AND a.project = r.project AND a.run = r.name AND "
                             "a.revision = (SELECT MAX(b.revision) FROM analysis b WHERE b.tenant_id = r.tenant_id AND "
                             "b.project = r.project AND b.run = r.name) ORDER BY r.created_us, r.name",
            &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, series->branch);
    query_text(&q, series->scenario);
    query_int(&q, with_time);
    query_int(&q, limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_point p;
        point_read(&q, arena, &p);
        VEC_PUSH(ret, p);
    }
}
