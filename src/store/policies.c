/* Versions of a project's own document; none is ever changed. */
#include "base/vec.h"
#include "store/db.h"
#include "store/watch.h"

struct policy_put {
    const struct store_policy *p;
    bool may_replace;
    int64_t version;
    bool fresh;
};

static bool newest_read(struct sql *db, struct policy_put *put, bool *ret_same, bool *ret_protected, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT version, sha256, protected FROM project_policy WHERE tenant_id = $1 AND project = $2 ORDER "
                    "BY version DESC LIMIT 1",
                    &q, err))
        return false;
    query_text(&q, put->p->project);
    if (!query_row(&q, &row, err))
        return false;
    put->version = row ? sql_col_int(q.st, 0) : 0;
    *ret_same = row && span_eq(sql_col_text(q.st, 1), put->p->sha256);
    *ret_protected = row && sql_col_int(q.st, 2) != 0;
    return true;
}

static bool version_insert(struct sql *db, const struct policy_put *put, struct err *err)
{
    const struct store_policy *p = put->p;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "INSERT INTO project_policy (tenant_id, project, version, sha256, doc, origin, protected, given_by, "
            "given_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &q, err))
        return false;
    query_text(&q, p->project);
    query_int(&q, put->version);
    query_text(&q, p->sha256);
    query_text(&q, p->doc);
    query_text(&q, p->origin);
    query_int(&q, p->is_protected);
    query_text(&q, p->by);
    query_int(&q, p->given_us);
    return query_run(&q, err);
}

static bool policy_job(struct sql *db, void *user, struct err *err)
{
    struct policy_put *put = user;
    bool same = false;
    bool is_protected = false;
    if (!store_project_ensure(db, put->p->project, put->p->given_us, err) ||
        !newest_read(db, put, &same, &is_protected, err))
        return false;
    if (same)
        return true;
    if (is_protected && !put->may_replace)
        return err_set(err, ERR_FORBIDDEN, "version %lld of the project's policies was set by somebody who may write",
                       (long long)put->version);
    put->version++;
    put->fresh = true;
    return version_insert(db, put, err);
}

bool store_policy_put(struct store *s, const struct store_policy *p, bool may_replace, int64_t *ret_version,
                      bool *ret_new, struct err *err)
{
    struct policy_put put = { .p = p, .may_replace = may_replace };
    if (!store_write(s, policy_job, &put, err))
        return false;
    *ret_version = put.version;
    *ret_new = put.fresh;
    return true;
}

static void policy_read(struct query *q, struct arena *arena, struct store_policy *p)
{
    *p = (struct store_policy){ .project = query_col(q, arena, 0),
                                .version = sql_col_int(q->st, 1),
                                .sha256 = query_col(q, arena, 2),
                                .origin = query_col(q, arena, 3),
                                .is_protected = sql_col_int(q->st, 4) != 0,
                                .by = query_col(q, arena, 5),
                                .given_us = sql_col_int(q->st, 6),
                                .doc = query_col(q, arena, 7) };
}

bool store_policy_get(struct sql *db, struct arena *arena, struct span project, int64_t version,
                      struct store_policy *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT project, version, sha256, origin, protected, given_by, given_us, doc FROM project_policy "
                    "WHERE tenant_id = $1 AND project = $2 AND (version = $3 OR $3 = 0) ORDER BY version DESC LIMIT 1",
                    &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, version);
    if (!query_row(&q, &row, err))
        return false;
    if (!row && version == 0)
        return err_set(err, ERR_NOT_FOUND, "project '%.*s' has no policies of its own",
                       SPAN_FMT(span_sub(project, 0, 64)));
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "there is no version %lld of the project's policies", (long long)version);
    policy_read(&q, arena, ret);
    return true;
}

bool store_policy_list(struct sql *db, struct arena *arena, struct span project, int64_t before_version, int64_t limit,
                       struct store_policies *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "SELECT project, version, sha256, origin, protected, given_by, given_us, '' FROM project_policy "
            "WHERE tenant_id = $1 AND project = $2 AND (version < $3 OR $3 <= 0) ORDER BY version DESC LIMIT $4",
            &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, before_version);
    query_int(&q, limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_policy p;
        policy_read(&q, arena, &p);
        VEC_PUSH(ret, p);
    }
}
