/* Reading and removing uploads. */
#include "base/vec.h"
#include "store/db.h"

#define PROFILE_COLUMNS                                                                                                \
    "id, project, run, identity, sha256, size_bytes, name, format, clock, rate_hz, duration_s, "                       \
    "process, runtime, kind, "                                                                                         \
    "commit_id, branch, scenario, status, error_code, error_text, created_us, changed_us, "                            \
    "raw_kept"

static void profile_read(struct query *q, struct arena *arena, struct store_profile *p)
{
    *p = (struct store_profile){ 0 };
    p->id = query_col(q, arena, 0);
    p->project = query_col(q, arena, 1);
    p->run = query_col(q, arena, 2);
    p->identity = query_col(q, arena, 3);
    p->sha256 = query_col(q, arena, 4);
    p->size_bytes = sql_col_int(q->st, 5);
    p->name = query_col(q, arena, 6);
    p->format = query_col(q, arena, 7);
    p->clock = query_col(q, arena, 8);
    p->rate_hz = sql_col_num(q->st, 9);
    p->duration_s = sql_col_num(q->st, 10);
    p->process = query_col(q, arena, 11);
    p->runtime = query_col(q, arena, 12);
    p->kind = query_col(q, arena, 13);
    p->commit = query_col(q, arena, 14);
    p->branch = query_col(q, arena, 15);
    p->scenario = query_col(q, arena, 16);
    p->status = query_col(q, arena, 17);
    p->error_code = sql_col_int(q->st, 18);
    p->error_text = query_col(q, arena, 19);
    p->created_us = sql_col_int(q->st, 20);
    p->changed_us = sql_col_int(q->st, 21);
    p->raw_kept = sql_col_int(q->st, 22) != 0;
}

bool store_profile_get(struct sql *db, struct arena *arena, struct span id, struct store_profile *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT " PROFILE_COLUMNS " FROM profile WHERE tenant_id = $1 AND id = $2", &q, err))
        return false;
    query_text(&q, id);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "there is no profile '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    profile_read(&q, arena, ret);
    return true;
}

static bool profiles_read(struct query *q, struct arena *arena, struct store_profiles *ret, struct err *err)
{
    for (;;) {
        bool row = false;
        if (!query_row(q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_profile p;
        profile_read(q, arena, &p);
        VEC_PUSH(ret, p);
    }
}

bool store_profiles(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t before_us,
                    struct span before_id, int64_t limit, struct store_profiles *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " PROFILE_COLUMNS " FROM profile WHERE tenant_id = $1 AND project = $2 "
                    "AND (run = $3 OR $3 = '') AND ($4 < 0 OR (created_us, id) < ($4, $5)) "
                    "ORDER BY created_us DESC, id DESC LIMIT $6",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    query_int(&q, before_us);
    query_text(&q, before_id);
    query_int(&q, limit);
    return profiles_read(&q, arena, ret, err);
}

bool store_revision_members(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t revision,
                            struct store_profiles *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " PROFILE_COLUMNS " FROM profile WHERE tenant_id = $1 AND id IN (SELECT m.profile_id FROM "
                    "analysis_member m WHERE m.tenant_id = $1 AND m.project = $2 AND m.run = $3 "
                    "AND m.revision = $4) "
                    "ORDER BY created_us, id",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    query_int(&q, revision);
    return profiles_read(&q, arena, ret, err);
}

bool store_unfinished(struct sql *db, struct arena *arena, struct store_profiles *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    return query_open(db,
                      "SELECT " PROFILE_COLUMNS
                      " FROM profile WHERE tenant_id = $1 AND status IN ('queued', 'running') "
                      "ORDER BY created_us, id",
                      &q, err) &&
           profiles_read(&q, arena, ret, err);
}

static bool pairs_read(struct sql *db, const char *text, struct arena *arena, struct span id, struct store_pairs *ret,
                       struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, text, &q, err))
        return false;
    query_text(&q, id);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_pair p = { query_col(&q, arena, 0), query_col(&q, arena, 1) };
        VEC_PUSH(ret, p);
    }
}

bool store_labels(struct sql *db, struct arena *arena, struct span id, struct store_pairs *ret, struct err *err)
{
    return pairs_read(db,
                      "SELECT name, value FROM profile_label WHERE tenant_id = $1 AND profile_id = "
                      "$2 ORDER BY name",
                      arena, id, ret, err);
}

bool store_facts(struct sql *db, struct arena *arena, struct span id, struct store_pairs *ret, struct err *err)
{
    return pairs_read(db,
                      "SELECT name, value FROM profile_fact WHERE tenant_id = $1 AND profile_id = "
                      "$2 ORDER BY name",
                      arena, id, ret, err);
}

bool store_raw_part(struct sql *db, struct arena *arena, struct span id, int64_t part, struct span *ret,
                    struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT bytes FROM raw WHERE tenant_id = $1 AND profile_id = $2 AND part = $3", &q, err))
        return false;
    query_text(&q, id);
    query_int(&q, part);
    if (!query_row(&q, &row, err))
        return false;
    *ret = row ? arena_span(arena, sql_col_blob(q.st, 0)) : SPAN("");
    return true;
}

bool store_artefacts(struct sql *db, struct span id, bool (*each)(void *user, struct span blob, struct err *err),
                     void *user, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT bytes FROM artefact WHERE tenant_id = $1 AND profile_id = $2 ORDER BY part", &q, err))
        return false;
    query_text(&q, id);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        if (!each(user, sql_col_blob(q.st, 0), err))
            return false;
    }
}

/* --- removal --- */

struct removal {
    struct span id;
    int64_t now_us;
    bool empty;
};

static bool delete_by(struct sql *db, const char *text, struct span a, struct span b, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, text, &q, err))
        return false;
    query_text(&q, a);
    if (b.ptr)
        query_text(&q, b);
    return query_run(&q, err);
}

/* The run keeps its revisions as long as anything is in it. */
static bool run_clean(struct sql *db, const struct store_profile *p, struct removal *r, struct err *err)
{
    struct store_profiles left = { 0 };
    struct arena arena = { 0 };
    bool ok = store_profiles(db, &arena, p->project, p->run, -1, SPAN(""), 1, &left, err);
    r->empty = left.count == 0;
    freep(&left.items);
    arena_release(&arena);
    if (!ok || !r->empty) {
        CLEANUP(query_closep) struct query q = { 0 };
        if (!ok || !query_open(db,
                               "UPDATE run SET changed_us = $2 WHERE tenant_id = $1 AND project = "
                               "$3 AND name = $4",
                               &q, err))
            return false;
        query_int(&q, r->now_us);
        query_text(&q, p->project);
        query_text(&q, p->run);
        return query_run(&q, err);
    }
    static const char *const drops[] = { "DELETE FROM share WHERE tenant_id = $1 AND project = $2 AND run = $3",
                                         "DELETE FROM function_share WHERE tenant_id = $1 AND project = $2 AND run = $3",
                                         "DELETE FROM analysis WHERE tenant_id = $1 AND project = $2 AND run = $3",
                                         "DELETE FROM run_fact WHERE tenant_id = $1 AND project = $2 AND run = $3",
                                         "DELETE FROM run WHERE tenant_id = $1 AND project = $2 AND name = $3" };
    for (size_t i = 0; i < ARRAY_LEN(drops); i++) {
        if (!delete_by(db, drops[i], p->project, p->run, err))
            return false;
    }
    return true;
}

/* A decision that holds must stay provable. */
static bool not_decided_on(struct sql *db, struct span id, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT d.id FROM decision_evidence e JOIN decision d ON d.tenant_id = e.tenant_id AND d.id = "
                    "e.decision_id JOIN proposal p ON p.tenant_id = d.tenant_id AND p.id = d.proposal_id WHERE "
                    "e.tenant_id = $1 AND e.profile_id = $2 AND d.superseded_by = '' AND d.status <> 'rejected' AND "
                    "p.status <> 'withdrawn' ORDER BY d.ledger_seq LIMIT 1",
                    &q, err))
        return false;
    query_text(&q, id);
    if (!query_row(&q, &row, err))
        return false;
    return !row || err_set(err, ERR_CONFLICT, "decision %.*s rests on the upload; it cannot be removed while it holds",
                           SPAN_FMT(sql_col_text(q.st, 0)));
}

static bool delete_job(struct sql *db, void *user, struct err *err)
{
    struct removal *r = user;
    static const char *const drops[] = { "DELETE FROM raw WHERE tenant_id = $1 AND profile_id = $2",
                                         "DELETE FROM artefact WHERE tenant_id = $1 AND profile_id = $2",
                                         "DELETE FROM profile_label WHERE tenant_id = $1 AND profile_id = $2",
                                         "DELETE FROM profile_fact WHERE tenant_id = $1 AND profile_id = $2",
                                         "DELETE FROM analysis_member WHERE tenant_id = $1 AND profile_id = $2",
                                         "DELETE FROM profile WHERE tenant_id = $1 AND id = $2" };
    struct arena arena = { 0 };
    struct store_profile p;
    bool ok = store_profile_get(db, &arena, r->id, &p, err) && not_decided_on(db, r->id, err);
    for (size_t i = 0; ok && i < ARRAY_LEN(drops); i++)
        ok = delete_by(db, drops[i], r->id, (struct span){ 0 }, err);
    ok = ok && run_clean(db, &p, r, err);
    arena_release(&arena);
    return ok;
}

bool store_delete_profile(struct store *s, struct span id, int64_t now_us, bool *ret_empty, struct err *err)
{
    struct removal r = { .id = id, .now_us = now_us };
    if (!store_write(s, delete_job, &r, err))
        return false;
    *ret_empty = r.empty;
    return true;
}
