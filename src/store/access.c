/* Tokens and report links: only hashes are kept. */
#include "base/vec.h"
#include "store/db.h"

static bool token_insert_job(struct sql *db, void *user, struct err *err)
{
    const struct store_token *t = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO token (tenant_id, id, hash, name, scopes, project, created_us, "
                    "expires_us, revoked_us) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
                    &q, err))
        return false;
    query_text(&q, t->id);
    query_text(&q, t->hash);
    query_text(&q, t->name);
    query_text(&q, t->scopes);
    query_text(&q, t->project);
    query_int(&q, t->created_us);
    query_int(&q, t->expires_us);
    return query_run(&q, err);
}

bool store_token_put(struct store *s, const struct store_token *t, struct err *err)
{
    struct store_token copy = *t;
    return store_write(s, token_insert_job, &copy, err);
}

struct revoke {
    struct span id;
    int64_t now_us;
};

static bool token_revoke_job(struct sql *db, void *user, struct err *err)
{
    const struct revoke *r = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE token SET revoked_us = $2 WHERE tenant_id = $1 AND id = $3 AND revoked_us = 0", &q,
                    err))
        return false;
    query_int(&q, r->now_us);
    query_text(&q, r->id);
    if (!query_run(&q, err))
        return false;
    if (sql_changes(db) == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no valid token '%.*s'", SPAN_FMT(span_sub(r->id, 0, 60)));
    return true;
}

bool store_token_revoke(struct store *s, struct span id, int64_t now_us, struct err *err)
{
    struct revoke r = { id, now_us };
    return store_write(s, token_revoke_job, &r, err);
}

static void token_read(struct query *q, struct arena *arena, struct store_token *t)
{
    *t = (struct store_token){ .id = query_col(q, arena, 0),
                               .hash = query_col(q, arena, 1),
                               .name = query_col(q, arena, 2),
                               .scopes = query_col(q, arena, 3),
                               .project = query_col(q, arena, 4),
                               .created_us = sql_col_int(q->st, 5),
                               .expires_us = sql_col_int(q->st, 6),
                               .revoked_us = sql_col_int(q->st, 7) };
}

bool store_token_list(struct sql *db, struct arena *arena, struct store_tokens *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT id, hash, name, scopes, project, created_us, expires_us, revoked_us FROM token "
                    "WHERE tenant_id = $1 ORDER BY created_us, id",
                    &q, err))
        return false;
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_token t;
        token_read(&q, arena, &t);
        VEC_PUSH(ret, t);
    }
}

bool store_token_any(struct sql *db, bool *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    return query_open(db, "SELECT 1 FROM token WHERE tenant_id = $1 LIMIT 1", &q, err) && query_row(&q, ret, err);
}

bool store_token_find(struct sql *db, struct arena *arena, struct span hash, int64_t now_us, struct store_token *ret,
                      struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT id, hash, name, scopes, project, created_us, expires_us, revoked_us FROM token "
                    "WHERE tenant_id = $1 AND hash = $2 AND revoked_us = 0 AND (expires_us = 0 OR "
                    "expires_us > $3)",
                    &q, err))
        return false;
    query_text(&q, hash);
    query_int(&q, now_us);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_UNAUTHORISED, "the token is not known, has expired or was revoked");
    token_read(&q, arena, ret);
    return true;
}

static bool link_insert_job(struct sql *db, void *user, struct err *err)
{
    const struct store_link *l = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO share (tenant_id, hash, project, run, revision, created_us, expires_us) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    &q, err))
        return false;
    query_text(&q, l->hash);
    query_text(&q, l->project);
    query_text(&q, l->run);
    query_int(&q, l->revision);
    query_int(&q, l->created_us);
    query_int(&q, l->expires_us);
    return query_run(&q, err);
}

bool store_link_put(struct store *s, const struct store_link *l, struct err *err)
{
    struct store_link copy = *l;
    return store_write(s, link_insert_job, &copy, err);
}

bool store_link_find(struct sql *db, struct arena *arena, struct span hash, int64_t now_us, struct store_link *ret,
                     struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT hash, project, run, revision, created_us, expires_us FROM share "
                    "WHERE tenant_id = $1 AND hash = $2 AND expires_us > $3",
                    &q, err))
        return false;
    query_text(&q, hash);
    query_int(&q, now_us);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "the link is not known or has expired");
    *ret = (struct store_link){ .hash = query_col(&q, arena, 0),
                                .project = query_col(&q, arena, 1),
                                .run = query_col(&q, arena, 2),
                                .revision = sql_col_int(q.st, 3),
                                .created_us = sql_col_int(q.st, 4),
                                .expires_us = sql_col_int(q.st, 5) };
    return true;
}
