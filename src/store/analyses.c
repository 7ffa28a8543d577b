/* Revisions of a run's analysis, and the facts that were declared for the run. */
#include "base/vec.h"
#include "store/db.h"
#include "store/functions.h"

#define ANALYSIS_COLUMNS                                                                                               \
    "a.project, a.run, a.revision, a.input_key, a.gate, a.verdict, a.summary, a.cpu_lo, "                              \
    "a.cpu_est, a.cpu_hi, "                                                                                            \
    "a.created_us, a.doc, a.headline, COALESCE((SELECT MIN(b.revision) FROM analysis b WHERE b.tenant_id = "           \
    "a.tenant_id AND "                                                                                                 \
    "b.project = a.project AND b.run = a.run AND b.revision > a.revision), 0)"

static void analysis_read(struct query *q, struct arena *arena, struct store_analysis *a)
{
    *a = (struct store_analysis){ 0 };
    a->project = query_col(q, arena, 0);
    a->run = query_col(q, arena, 1);
    a->revision = sql_col_int(q->st, 2);
    a->input_key = query_col(q, arena, 3);
    a->gate = query_col(q, arena, 4);
    a->verdict = query_col(q, arena, 5);
    a->summary = query_col(q, arena, 6);
    a->cpu = (struct store_share){ sql_col_num(q->st, 7), sql_col_num(q->st, 8), sql_col_num(q->st, 9) };
    a->created_us = sql_col_int(q->st, 10);
    a->doc = query_col(q, arena, 11);
    a->headline = query_col(q, arena, 12);
    a->superseded_by = sql_col_int(q->st, 13);
}

bool store_analysis_get(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t revision,
                        struct store_analysis *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT " ANALYSIS_COLUMNS
                    " FROM analysis a WHERE a.tenant_id = $1 AND a.project = $2 AND a.run = $3 "
                    "AND (a.revision = $4 OR $4 = 0) ORDER BY a.revision DESC LIMIT 1",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    query_int(&q, revision);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "run '%.*s' has no such analysis", SPAN_FMT(span_sub(run, 0, 100)));
    analysis_read(&q, arena, ret);
    return true;
}

bool store_revision_list(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t limit,
                         struct store_revisions *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    /* Columns that stand before the document: its pages are not read. */
    if (!query_open(db,
                    "SELECT revision, gate, verdict, summary, created_us FROM analysis WHERE tenant_id = $1 AND "
                    "project = $2 AND run = $3 ORDER BY revision DESC LIMIT $4",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    query_int(&q, limit);
    for (;;) {
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_analysis a = { .project = project, .run = run, .revision = sql_col_int(q.st, 0) };
        a.gate = query_col(&q, arena, 1);
        a.verdict = query_col(&q, arena, 2);
        a.summary = query_col(&q, arena, 3);
        a.created_us = sql_col_int(q.st, 4);
        VEC_PUSH(ret, a);
    }
}

bool store_analysis_of(struct sql *db, struct arena *arena, struct span profile_id, int64_t revision,
                       struct store_analysis *ret, struct err *err)
{
    struct store_profile p;
    if (!store_profile_get(db, arena, profile_id, &p, err))
        return false;
    if (revision == 0)
        return store_analysis_get(db, arena, p.project, p.run, 0, ret, err);
    struct span project = p.project;
    struct span run = p.run;
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT project, run FROM analysis_member WHERE tenant_id = $1 AND profile_id "
                    "= $2 AND revision = $3",
                    &q, err))
        return false;
    query_text(&q, profile_id);
    query_int(&q, revision);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "profile '%.*s' has no revision %lld", SPAN_FMT(span_sub(profile_id, 0, 60)),
                       (long long)revision);
    project = query_col(&q, arena, 0);
    run = query_col(&q, arena, 1);
    if (!store_analysis_get(db, arena, project, run, revision, ret, err))
        return false;
    /* The upload has joined another run since: what is said of it now is said there. */
    struct store_analysis now;
    struct err none = ERR_INIT;
    if (!span_eq(run, p.run) && store_analysis_get(db, arena, project, p.run, 0, &now, &none) &&
        now.revision > revision)
        ret->superseded_by = now.revision;
    return true;
}

bool store_next_revision(struct sql *db, struct span project, struct span run, int64_t *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT revision + 1 FROM run WHERE tenant_id = $1 AND project = $2 AND name = $3", &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "there is no run '%.*s'", SPAN_FMT(span_sub(run, 0, 100)));
    *ret = sql_col_int(q.st, 0);
    return true;
}

struct analysis_put {
    const struct store_analysis *a;
    const struct span *members;
    size_t n;
};

static bool analysis_insert(struct sql *db, const struct store_analysis *a, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO analysis (tenant_id, project, run, revision, input_key, gate, "
                    "verdict, summary, cpu_lo, "
                    "cpu_est, cpu_hi, created_us, doc, headline, trend) VALUES ($1, $2, $3, $4, $5, $6, $7, "
                    "$8, $9, $10, $11, $12, $13, $14, $15)",
                    &q, err))
        return false;
    query_text(&q, a->project);
    query_text(&q, a->run);
    query_int(&q, a->revision);
    query_text(&q, a->input_key);
    query_text(&q, a->gate);
    query_text(&q, a->verdict);
    query_text(&q, a->summary);
    query_num(&q, a->cpu.lo);
    query_num(&q, a->cpu.est);
    query_num(&q, a->cpu.hi);
    query_int(&q, a->created_us);
    query_text(&q, a->doc);
    query_text(&q, a->headline);
    query_text(&q, a->trend.ptr ? a->trend : SPAN(""));
    return query_run(&q, err);
}

static bool member_write(struct sql *db, const struct store_analysis *a, struct span id, struct err *err)
{
    /* A member that was deleted or moved away while the analysis ran keeps no trace of it. */
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO analysis_member (tenant_id, profile_id, revision, project, run) "
                    "SELECT $1, p.id, $2, p.project, p.run FROM profile p WHERE p.tenant_id = $1 "
                    "AND p.id = $3 "
                    "AND p.run = $4",
                    &q, err))
        return false;
    query_int(&q, a->revision);
    query_text(&q, id);
    query_text(&q, a->run);
    if (!query_run(&q, err))
        return false;
    CLEANUP(query_closep) struct query done = { 0 };
    if (!query_open(db,
                    "UPDATE profile SET status = 'done', error_code = 0, error_text = '' WHERE "
                    "tenant_id = $1 AND id = $2",
                    &done, err))
        return false;
    query_text(&done, id);
    return query_run(&done, err);
}

static bool analysis_job(struct sql *db, void *user, struct err *err)
{
    const struct analysis_put *p = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "UPDATE run SET revision = $2 WHERE tenant_id = $1 AND project = $3 AND name = "
                    "$4 AND revision < $2",
                    &q, err))
        return false;
    query_int(&q, p->a->revision);
    query_text(&q, p->a->project);
    query_text(&q, p->a->run);
    if (!query_run(&q, err))
        return false;
    if (sql_changes(db) == 0)
        return err_set(err, ERR_NOT_FOUND, "the run was changed while it was analysed");
    if (!analysis_insert(db, p->a, err))
        return false;
    for (size_t i = 0; i < p->n; i++) {
        if (!member_write(db, p->a, p->members[i], err))
            return false;
    }
    return store_functions_write(db, p->a, err);
}

bool store_put_analysis(struct store *s, const struct store_analysis *a, const struct span *members, size_t n,
                        struct err *err)
{
    struct analysis_put p = { a, members, n };
    return store_write(s, analysis_job, &p, err);
}

/* --- facts of a run --- */

bool store_run_facts(struct sql *db, struct arena *arena, struct span project, struct span run,
                     struct store_run_facts *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT name, value, given_by, given_us FROM run_fact WHERE tenant_id = $1 AND "
                    "project = $2 AND "
                    "run = $3 ORDER BY name",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_fact f = { query_col(&q, arena, 0), query_col(&q, arena, 1), query_col(&q, arena, 2),
                                sql_col_int(q.st, 3) };
        VEC_PUSH(ret, f);
    }
}

struct run_facts_put {
    struct span project, run, by;
    const struct store_pairs *facts;
    int64_t now_us;
};

static bool run_fact_write(struct sql *db, const struct run_facts_put *p, const struct store_pair *f, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool drop = f->value.len == 0;
    if (!query_open(db,
                    drop ? "DELETE FROM run_fact WHERE tenant_id = $1 AND project = $2 AND run = $3 AND "
                           "name = $4"
                         : "INSERT INTO run_fact (tenant_id, project, run, name, value, given_by, given_us) "
                           "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, project, run, name) "
                           "DO UPDATE SET value = excluded.value, given_by = excluded.given_by, "
                           "given_us = excluded.given_us",
                    &q, err))
        return false;
    query_text(&q, p->project);
    query_text(&q, p->run);
    query_text(&q, f->name);
    if (!drop) {
        query_text(&q, f->value);
        query_text(&q, p->by);
        query_int(&q, p->now_us);
    }
    return query_run(&q, err);
}

static bool run_facts_job(struct sql *db, void *user, struct err *err)
{
    const struct run_facts_put *p = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE run SET changed_us = $2 WHERE tenant_id = $1 AND project = $3 AND name = $4", &q, err))
        return false;
    query_int(&q, p->now_us);
    query_text(&q, p->project);
    query_text(&q, p->run);
    if (!query_run(&q, err))
        return false;
    if (sql_changes(db) == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no run '%.*s'", SPAN_FMT(span_sub(p->run, 0, 100)));
    for (size_t i = 0; i < p->facts->count; i++) {
        if (!run_fact_write(db, p, &p->facts->items[i], err))
            return false;
    }
    return true;
}

bool store_put_run_facts(struct store *s, struct span project, struct span run, const struct store_pairs *facts,
                         struct span by, int64_t now_us, struct err *err)
{
    struct run_facts_put p = { project, run, by, facts, now_us };
    return store_write(s, run_facts_job, &p, err);
}
