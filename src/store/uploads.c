/* Accepting an upload: project and run are made on first use, an identical upload is found by its identity. */
#include "store/db.h"

enum { RAW_PART_BYTES = 1 << 20 };

struct put {
    const struct store_upload *up;
    struct arena *arena;
    struct store_put out;
};

bool store_project_ensure(struct sql *db, struct span project, int64_t now_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO project (tenant_id, name, created_us) VALUES ($1, $2, $3) "
                    "ON CONFLICT (tenant_id, name) DO NOTHING",
                    &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, now_us);
    return query_run(&q, err);
}

/* A run is newest when something was added to it last. */
static bool run_touch(struct sql *db, struct span project, struct span run, int64_t now_us, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO run (tenant_id, project, name, created_us, changed_us, revision) "
                    "VALUES ($1, $2, $3, $4, $5, 0) "
                    "ON CONFLICT (tenant_id, project, name) DO UPDATE SET changed_us = "
                    "CASE WHEN excluded.changed_us > run.changed_us THEN excluded.changed_us ELSE "
                    "run.changed_us + 1 END",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, run);
    query_int(&q, now_us);
    query_int(&q, now_us);
    return query_run(&q, err);
}

static bool run_choose(struct sql *db, struct put *p, struct err *err)
{
    const struct store_profile *in = &p->up->profile;
    if (in->run.len > 0) {
        p->out.run = arena_span(p->arena, in->run);
        return true;
    }
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT run FROM profile WHERE tenant_id = $1 AND project = $2 AND identity = $3 "
                    "ORDER BY created_us DESC, id DESC LIMIT 1",
                    &q, err))
        return false;
    query_text(&q, in->project);
    query_text(&q, in->identity);
    if (!query_row(&q, &row, err))
        return false;
    p->out.run = row ? query_col(&q, p->arena, 0) : arena_span(p->arena, p->up->new_run);
    return true;
}

static bool twin_find(struct sql *db, struct put *p, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT id FROM profile WHERE tenant_id = $1 AND project = $2 AND run = $3 AND "
                    "identity = $4",
                    &q, err))
        return false;
    query_text(&q, p->up->profile.project);
    query_text(&q, p->out.run);
    query_text(&q, p->up->profile.identity);
    if (!query_row(&q, &row, err))
        return false;
    p->out.duplicate = row;
    p->out.id = row ? query_col(&q, p->arena, 0) : arena_span(p->arena, p->up->profile.id);
    return true;
}

static bool profile_insert(struct sql *db, const struct put *p, struct err *err)
{
    const struct store_profile *in = &p->up->profile;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO profile (tenant_id, id, project, run, identity, sha256, "
                    "size_bytes, name, format, clock, "
                    "rate_hz, duration_s, process, runtime, kind, commit_id, branch, scenario, "
                    "status, error_code, "
                    "error_text, created_us, changed_us, raw_kept) VALUES ($1, $2, $3, $4, $5, $6, "
                    "$7, $8, $9, $10, $11, "
                    "$12, $13, $14, '', $15, $16, $17, 'queued', 0, '', $18, $19, 1)",
                    &q, err))
        return false;
    query_text(&q, p->out.id);
    query_text(&q, in->project);
    query_text(&q, p->out.run);
    query_text(&q, in->identity);
    query_text(&q, in->sha256);
    query_int(&q, in->size_bytes);
    query_text(&q, in->name);
    query_text(&q, in->format);
    query_text(&q, in->clock);
    query_num(&q, in->rate_hz);
    query_num(&q, in->duration_s);
    query_text(&q, in->process);
    query_text(&q, in->runtime);
    query_text(&q, in->commit);
    query_text(&q, in->branch);
    query_text(&q, in->scenario);
    query_int(&q, p->up->now_us);
    query_int(&q, p->up->now_us);
    return query_run(&q, err);
}

static bool profile_replace(struct sql *db, const struct put *p, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "UPDATE profile SET commit_id = $2, branch = $3, scenario = $4, changed_us = $5 "
                    "WHERE tenant_id = $1 AND id = $6",
                    &q, err))
        return false;
    query_text(&q, p->up->profile.commit);
    query_text(&q, p->up->profile.branch);
    query_text(&q, p->up->profile.scenario);
    query_int(&q, p->up->now_us);
    query_text(&q, p->out.id);
    return query_run(&q, err);
}

static bool pairs_write(struct sql *db, const char *drop, const char *add, struct span id,
                        const struct store_pairs *pairs, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, drop, &q, err))
        return false;
    query_text(&q, id);
    if (!query_run(&q, err))
        return false;
    for (size_t i = 0; pairs && i < pairs->count; i++) {
        CLEANUP(query_closep) struct query one = { 0 };
        if (!query_open(db, add, &one, err))
            return false;
        query_text(&one, id);
        query_text(&one, pairs->items[i].name);
        query_text(&one, pairs->items[i].value);
        if (!query_run(&one, err))
            return false;
    }
    return true;
}

static bool raw_write(struct sql *db, const struct put *p, char *buf, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "INSERT INTO raw (tenant_id, profile_id, part, bytes) VALUES ($1, $2, $3, $4)", &q, err))
        return false;
    uint64_t offset = 0;
    for (int64_t part = 0;; part++) {
        size_t have = 0;
        while (have < RAW_PART_BYTES) {
            size_t n = 0;
            if (!p->up->bytes(p->up->bytes_user, offset + have, buf + have, RAW_PART_BYTES - have, &n, err))
                return false;
            if (n == 0)
                break;
            have += n;
        }
        if (have == 0)
            return true;
        q.at = 0;
        query_text(&q, STORE_TENANT);
        query_text(&q, p->out.id);
        query_int(&q, part);
        query_blob(&q, span_make(buf, have));
        if (!query_run(&q, err) || !sql_reset(q.st, err))
            return false;
        offset += have;
    }
}

static bool put_job(struct sql *db, void *user, struct err *err)
{
    struct put *p = user;
    const struct store_upload *up = p->up;
    if (!store_project_ensure(db, up->profile.project, up->now_us, err) || !run_choose(db, p, err) ||
        !run_touch(db, up->profile.project, p->out.run, up->now_us, err) || !twin_find(db, p, err))
        return false;
    if (p->out.duplicate ? !profile_replace(db, p, err) : !profile_insert(db, p, err))
        return false;
    if (!pairs_write(db, "DELETE FROM profile_label WHERE tenant_id = $1 AND profile_id = $2",
                     "INSERT INTO profile_label (tenant_id, profile_id, name, value) VALUES ($1, "
                     "$2, $3, $4)",
                     p->out.id, up->labels, err) ||
        !pairs_write(db, "DELETE FROM profile_fact WHERE tenant_id = $1 AND profile_id = $2",
                     "INSERT INTO profile_fact (tenant_id, profile_id, name, value) VALUES ($1, $2, $3, $4)", p->out.id,
                     up->facts, err))
        return false;
    if (p->out.duplicate)
        return true;
    char *buf = xcalloc(RAW_PART_BYTES, 1);
    bool ok = raw_write(db, p, buf, err);
    freep(&buf);
    return ok;
}

bool store_put_upload(struct store *s, struct arena *arena, const struct store_upload *up, struct store_put *ret,
                      struct err *err)
{
    struct put p = { .up = up, .arena = arena };
    if (!store_write(s, put_job, &p, err))
        return false;
    *ret = p.out;
    return true;
}

/* --- what was read from it --- */

struct artefacts_put {
    struct span id, kind;
    const struct store_blob *blobs;
    size_t n;
};

/* A recording is read anew when its binaries come after it: what was decided on before stays. */
static bool artefacts_keep(struct sql *db, struct span id, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO kept (tenant_id, sha256, bytes) SELECT DISTINCT e.tenant_id, e.artefact_sha256, a.bytes "
                    "FROM decision_evidence e JOIN artefact a ON a.tenant_id = e.tenant_id AND a.profile_id = "
                    "e.profile_id AND a.part = e.part WHERE e.tenant_id = $1 AND e.profile_id = $2 "
                    "ON CONFLICT (tenant_id, sha256) DO NOTHING",
                    &q, err))
        return false;
    query_text(&q, id);
    return query_run(&q, err);
}

static bool artefacts_job(struct sql *db, void *user, struct err *err)
{
    const struct artefacts_put *p = user;
    CLEANUP(query_closep) struct query kind = { 0 };
    if (!query_open(db, "UPDATE profile SET kind = $2 WHERE tenant_id = $1 AND id = $3", &kind, err))
        return false;
    query_text(&kind, p->kind);
    query_text(&kind, p->id);
    if (!query_run(&kind, err))
        return false;
    if (sql_changes(db) == 0)
        return err_set(err, ERR_NOT_FOUND, "the upload was deleted meanwhile");
    if (!artefacts_keep(db, p->id, err))
        return false;
    CLEANUP(query_closep) struct query drop = { 0 };
    if (!query_open(db, "DELETE FROM artefact WHERE tenant_id = $1 AND profile_id = $2", &drop, err))
        return false;
    query_text(&drop, p->id);
    if (!query_run(&drop, err))
        return false;
    for (size_t i = 0; i < p->n; i++) {
        CLEANUP(query_closep) struct query q = { 0 };
        if (!query_open(db,
                        "INSERT INTO artefact (tenant_id, profile_id, part, kind, bytes) VALUES "
                        "($1, $2, $3, $4, $5)",
                        &q, err))
            return false;
        query_text(&q, p->id);
        query_int(&q, (int64_t)i);
        query_text(&q, p->blobs[i].kind);
        query_blob(&q, p->blobs[i].bytes);
        if (!query_run(&q, err))
            return false;
    }
    return true;
}

bool store_put_artefacts(struct store *s, struct span id, struct span kind, const struct store_blob *blobs, size_t n,
                         struct err *err)
{
    struct artefacts_put p = { id, kind, blobs, n };
    return store_write(s, artefacts_job, &p, err);
}

struct status_put {
    struct span id, text;
    const char *status;
    enum err_code code;
};

static bool status_job(struct sql *db, void *user, struct err *err)
{
    const struct status_put *p = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "UPDATE profile SET status = $2, error_code = $3, error_text = $4 WHERE "
                    "tenant_id = $1 AND id = $5",
                    &q, err))
        return false;
    query_text(&q, span_of(p->status));
    query_int(&q, (int64_t)p->code);
    query_text(&q, p->text);
    query_text(&q, p->id);
    return query_run(&q, err);
}

bool store_profile_status(struct store *s, struct span id, const char *status, enum err_code code, struct span text,
                          struct err *err)
{
    struct status_put p = { id, text, status, code };
    return store_write(s, status_job, &p, err);
}

/* --- joining another run --- */

struct join {
    struct span id, run;
    int64_t now_us;
};

/* Revisions of one upload must stay distinct, so the run goes on above what the upload has seen. */
static bool run_raise(struct sql *db, struct span project, const struct join *j, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "UPDATE run SET revision = (SELECT MAX(m.revision) FROM analysis_member m "
                    "WHERE m.tenant_id = $1 "
                    "AND m.profile_id = $2) WHERE tenant_id = $1 AND project = $3 AND name = $4 "
                    "AND revision < "
                    "(SELECT MAX(m.revision) FROM analysis_member m WHERE m.tenant_id = $1 AND "
                    "m.profile_id = $2)",
                    &q, err))
        return false;
    query_text(&q, j->id);
    query_text(&q, project);
    query_text(&q, j->run);
    return query_run(&q, err);
}

static bool profile_move(struct sql *db, const struct join *j, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "UPDATE profile SET run = $2, changed_us = $3 WHERE tenant_id = $1 AND id = $4", &q, err))
        return false;
    query_text(&q, j->run);
    query_int(&q, j->now_us);
    query_text(&q, j->id);
    return query_run(&q, err) ||
           (err->code == ERR_CONFLICT && err_set(err, ERR_CONFLICT, "the run already holds the identical upload"));
}

static bool join_job(struct sql *db, void *user, struct err *err)
{
    struct join *j = user;
    struct arena arena = { 0 };
    struct store_profile p;
    bool ok = store_profile_get(db, &arena, j->id, &p, err);
    if (ok && !span_eq(p.run, j->run))
        ok = run_touch(db, p.project, j->run, j->now_us, err) && run_raise(db, p.project, j, err) &&
             profile_move(db, j, err);
    arena_release(&arena);
    return ok;
}

bool store_join(struct store *s, struct span id, struct span run, int64_t now_us, struct err *err)
{
    struct join j = { id, run, now_us };
    return store_write(s, join_job, &j, err);
}
