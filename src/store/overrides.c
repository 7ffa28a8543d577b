/* Categories that projects corrected: added, revoked, never deleted. */
#include "store/overrides.h"

#include "base/vec.h"
#include "store/db.h"

#define OVERRIDE_COLUMNS "id, project, kind, pattern, category, reason, given_by, revoked_by, seq, created_us, revoked_us"

static void override_read(struct query *q, struct arena *arena, struct store_override *o)
{
    *o = (struct store_override){ .id = query_col(q, arena, 0),
                                  .project = query_col(q, arena, 1),
                                  .kind = query_col(q, arena, 2),
                                  .pattern = query_col(q, arena, 3),
                                  .category = query_col(q, arena, 4),
                                  .reason = query_col(q, arena, 5),
                                  .by = query_col(q, arena, 6),
                                  .revoked_by = query_col(q, arena, 7),
                                  .seq = sql_col_int(q->st, 8),
                                  .created_us = sql_col_int(q->st, 9),
                                  .revoked_us = sql_col_int(q->st, 10) };
}

static bool overrides_read(struct query *q, struct arena *arena, struct store_overrides *ret, struct err *err)
{
    for (;;) {
        bool row = false;
        if (!query_row(q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_override o;
        override_read(q, arena, &o);
        VEC_PUSH(ret, o);
    }
}

bool store_override_get(struct sql *db, struct arena *arena, struct span project, struct span id,
                        struct store_override *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT " OVERRIDE_COLUMNS
                    " FROM category_override WHERE tenant_id = $1 AND id = $2 AND project = $3",
                    &q, err))
        return false;
    query_text(&q, id);
    query_text(&q, project);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "the project has no correction '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    override_read(&q, arena, ret);
    return true;
}

bool store_override_list(struct sql *db, struct arena *arena, struct span project, enum store_override_state state,
                         int64_t before_seq, int64_t limit, struct store_overrides *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    static const char *const texts[] = {
        [OVERRIDES_ALL] = "SELECT " OVERRIDE_COLUMNS " FROM category_override WHERE tenant_id = $1 AND project = $2 AND "
                          "seq < $3 ORDER BY seq DESC LIMIT $4",
        [OVERRIDES_ACTIVE] = "SELECT " OVERRIDE_COLUMNS
                             " FROM category_override WHERE tenant_id = $1 AND project = $2 AND revoked_us = 0 AND "
                             "seq < $3 ORDER BY seq DESC LIMIT $4",
        [OVERRIDES_REVOKED] = "SELECT " OVERRIDE_COLUMNS
                              " FROM category_override WHERE tenant_id = $1 AND project = $2 AND revoked_us > 0 AND "
                              "seq < $3 ORDER BY seq DESC LIMIT $4",
    };
    if (!query_open(db, texts[state], &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, before_seq > 0 ? before_seq : INT64_MAX);
    query_int(&q, limit);
    return overrides_read(&q, arena, ret, err);
}

bool store_override_active(struct sql *db, struct arena *arena, struct span project, struct store_overrides *ret,
                           struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " OVERRIDE_COLUMNS
                    " FROM category_override WHERE tenant_id = $1 AND project = $2 AND revoked_us = 0 ORDER BY seq",
                    &q, err))
        return false;
    query_text(&q, project);
    return overrides_read(&q, arena, ret, err);
}

bool store_override_changed(struct sql *db, struct span project, int64_t *ret_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT COALESCE(MAX(created_us), 0), COALESCE(MAX(revoked_us), 0) FROM category_override WHERE "
                    "tenant_id = $1 AND project = $2",
                    &q, err))
        return false;
    query_text(&q, project);
    if (!query_row(&q, &row, err))
        return false;
    int64_t created = sql_col_int(q.st, 0);
    int64_t revoked = sql_col_int(q.st, 1);
    *ret_us = created > revoked ? created : revoked;
    return true;
}

bool store_override_projects(struct sql *db, struct arena *arena, struct store_names *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT DISTINCT project FROM category_override WHERE tenant_id = $1 ORDER BY project", &q, err))
        return false;
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct span name = query_col(&q, arena, 0);
        VEC_PUSH(ret, name);
    }
}

/* --- writing --- */

static bool revoke_write(struct sql *db, struct span project, struct span id, struct span by, int64_t now_us,
                         struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "UPDATE category_override SET revoked_us = $2, revoked_by = $3 WHERE tenant_id = $1 AND id = $4 "
                    "AND project = $5 AND revoked_us = 0",
                    &q, err))
        return false;
    query_int(&q, now_us);
    query_text(&q, by);
    query_text(&q, id);
    query_text(&q, project);
    return query_run(&q, err);
}

static bool seq_next(struct sql *db, struct span project, int64_t *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT COALESCE(MAX(seq), 0) + 1 FROM category_override WHERE tenant_id = $1 AND project = $2", &q,
                    err))
        return false;
    query_text(&q, project);
    if (!query_row(&q, &row, err))
        return false;
    *ret = sql_col_int(q.st, 0);
    return true;
}

static bool override_insert(struct sql *db, const struct store_override *o, int64_t seq, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO category_override (tenant_id, project, id, seq, kind, pattern, category, reason, "
                    "given_by, created_us, revoked_by, revoked_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
                    "'', 0)",
                    &q, err))
        return false;
    query_text(&q, o->project);
    query_text(&q, o->id);
    query_int(&q, seq);
    query_text(&q, o->kind);
    query_text(&q, o->pattern);
    query_text(&q, o->category);
    query_text(&q, o->reason);
    query_text(&q, o->by);
    query_int(&q, o->created_us);
    return query_run(&q, err);
}

struct override_put {
    struct arena *arena;
    const struct store_override *o;
    int64_t active_max;
    struct store_override_put *ret;
};

static bool put_over(struct sql *db, const struct override_put *p, const struct store_overrides *held, struct err *err)
{
    const struct store_override *o = p->o;
    int64_t seq = 0;
    int64_t active = (int64_t)held->count;
    for (size_t i = 0; i < held->count; i++) {
        const struct store_override *h = &held->items[i];
        if (!span_eq(h->kind, o->kind) || !span_eq(h->pattern, o->pattern))
            continue;
        if (span_eq(h->category, o->category)) {
            *p->ret = (struct store_override_put){ .known = true, .id = h->id, .replaced = SPAN("") };
            return true;
        }
        p->ret->replaced = h->id;
        active--;
        if (!revoke_write(db, o->project, h->id, o->by, o->created_us, err))
            return false;
    }
    if (active >= p->active_max)
        return err_set(err, ERR_CONFLICT, "the project has %lld corrections that hold, the most there may be; revoke one",
                       (long long)active);
    return seq_next(db, o->project, &seq, err) && override_insert(db, o, seq, err);
}

static bool put_job(struct sql *db, void *user, struct err *err)
{
    const struct override_put *p = user;
    struct store_overrides held = { 0 };
    *p->ret = (struct store_override_put){ .id = p->o->id, .replaced = SPAN("") };
    bool ok = store_project_ensure(db, p->o->project, p->o->created_us, err) &&
              store_override_active(db, p->arena, p->o->project, &held, err) && put_over(db, p, &held, err);
    freep(&held.items);
    return ok;
}

bool store_override_put(struct store *s, struct arena *arena, const struct store_override *o, int64_t active_max,
                        struct store_override_put *ret, struct err *err)
{
    struct override_put p = { arena, o, active_max, ret };
    return store_write(s, put_job, &p, err);
}

struct override_revoke {
    struct span project, id, by;
    int64_t now_us;
    bool *ret_changed;
};

static bool revoke_job(struct sql *db, void *user, struct err *err)
{
    const struct override_revoke *r = user;
    struct arena arena = { 0 };
    struct store_override o;
    bool ok = store_override_get(db, &arena, r->project, r->id, &o, err);
    *r->ret_changed = ok && o.revoked_us == 0;
    ok = ok && (!*r->ret_changed || revoke_write(db, r->project, r->id, r->by, r->now_us, err));
    arena_release(&arena);
    return ok;
}

bool store_override_revoke(struct store *s, struct span project, struct span id, struct span by, int64_t now_us,
                           bool *ret_changed, struct err *err)
{
    struct override_revoke r = { project, id, by, now_us, ret_changed };
    return store_write(s, revoke_job, &r, err);
}
