/* Proposals and their versions. */
#include "base/jsonw.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "store/ledger.h"

#define PROPOSAL_COLUMNS                                                                                               \
    "p.id, p.project, p.status, p.version, p.created_us, p.changed_us, v.version, v.title, v.kind, v.goal, v.sha256, " \
    "v.given_by, v.created_us, COALESCE((SELECT d.id FROM decision d WHERE d.tenant_id = p.tenant_id AND "             \
    "d.proposal_id = p.id ORDER BY d.ledger_seq DESC LIMIT 1), '')"
#define PROPOSAL_FROM                                                                                                  \
    " FROM proposal p JOIN proposal_version v ON v.tenant_id = p.tenant_id AND v.proposal_id = p.id WHERE "            \
    "p.tenant_id = $1 "

static void proposal_read(struct query *q, struct arena *arena, bool doc, struct store_proposal *p)
{
    *p = (struct store_proposal){ .id = query_col(q, arena, 0),
                                  .project = query_col(q, arena, 1),
                                  .status = query_col(q, arena, 2),
                                  .newest = sql_col_int(q->st, 3),
                                  .created_us = sql_col_int(q->st, 4),
                                  .changed_us = sql_col_int(q->st, 5),
                                  .version = sql_col_int(q->st, 6),
                                  .title = query_col(q, arena, 7),
                                  .kind = query_col(q, arena, 8),
                                  .goal = query_col(q, arena, 9),
                                  .sha256 = query_col(q, arena, 10),
                                  .by = query_col(q, arena, 11),
                                  .version_us = sql_col_int(q->st, 12),
                                  .decision = query_col(q, arena, 13) };
    p->doc = doc ? query_col(q, arena, 14) : SPAN("");
}

bool store_proposal_get(struct sql *db, struct arena *arena, struct span id, int64_t version,
                        struct store_proposal *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db,
                    "SELECT " PROPOSAL_COLUMNS ", v.doc" PROPOSAL_FROM
                    "AND p.id = $2 AND v.version = CASE WHEN $3 = 0 THEN p.version ELSE $3 END",
                    &q, err))
        return false;
    query_text(&q, id);
    query_int(&q, version);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "there is no proposal '%.*s'%s", SPAN_FMT(span_sub(id, 0, 60)),
                       version > 0 ? " of that version" : "");
    proposal_read(&q, arena, true, ret);
    return true;
}

static bool proposals_read(struct query *q, struct arena *arena, struct store_proposals *ret, struct err *err)
{
    for (;;) {
        bool row = false;
        if (!query_row(q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_proposal p;
        proposal_read(q, arena, false, &p);
        VEC_PUSH(ret, p);
    }
}

bool store_proposal_list(struct sql *db, struct arena *arena, struct span project, struct span status, int64_t limit,
                         struct store_proposals *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " PROPOSAL_COLUMNS PROPOSAL_FROM "AND v.version = p.version AND p.project = $2 AND "
                    "(p.status = $3 OR $3 = '') ORDER BY p.created_us DESC, p.id DESC LIMIT $4",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, status);
    query_int(&q, limit);
    return proposals_read(&q, arena, ret, err);
}

bool store_proposal_versions(struct sql *db, struct arena *arena, struct span id, struct store_proposals *ret,
                             struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT " PROPOSAL_COLUMNS PROPOSAL_FROM "AND p.id = $2 ORDER BY v.version DESC", &q, err))
        return false;
    query_text(&q, id);
    return proposals_read(&q, arena, ret, err);
}

/* --- writing --- */

struct proposal_put {
    const struct store_proposal *p;
    bool fresh;
    char sha256[65];
    int64_t version;
};

static bool version_insert(struct sql *db, const struct proposal_put *u, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "INSERT INTO proposal_version (tenant_id, proposal_id, version, title, kind, goal, sha256, given_by, "
            "created_us, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            &q, err))
        return false;
    query_text(&q, u->p->id);
    query_int(&q, u->version);
    query_text(&q, u->p->title);
    query_text(&q, u->p->kind);
    query_text(&q, u->p->goal);
    query_text(&q, span_of(u->sha256));
    query_text(&q, u->p->by);
    query_int(&q, u->p->changed_us);
    query_text(&q, u->p->doc);
    return query_run(&q, err);
}

static bool proposal_write(struct sql *db, const struct proposal_put *u, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO proposal (tenant_id, id, project, version, status, created_us, changed_us) VALUES "
                    "($1, $2, $3, $4, 'open', $5, $6) ON CONFLICT (tenant_id, id) DO UPDATE SET "
                    "version = excluded.version, status = 'open', changed_us = excluded.changed_us",
                    &q, err))
        return false;
    query_text(&q, u->p->id);
    query_text(&q, u->p->project);
    query_int(&q, u->version);
    query_int(&q, u->p->changed_us);
    query_int(&q, u->p->changed_us);
    return query_run(&q, err);
}

static bool proposal_entry(struct sql *db, const struct proposal_put *u, struct err *err)
{
    struct sb body = { 0 };
    struct jsonw w = { .out = &body };
    jsonw_obj(&w, NULL);
    jsonw_int(&w, "version", u->version);
    jsonw_strz(&w, "sha256", u->sha256);
    jsonw_str(&w, "title", u->p->title);
    jsonw_str(&w, "change", u->p->kind);
    jsonw_str(&w, "goal", u->p->goal);
    jsonw_end_obj(&w);
    struct store_entry e = { .project = u->p->project,
                             .kind = SPAN("proposal"),
                             .ref = u->p->id,
                             .by = u->p->by,
                             .at_us = u->p->changed_us,
                             .body = sb_span(&body) };
    bool ok = ledger_append(db, &e, NULL, err);
    sb_release(&body);
    return ok;
}

static bool proposal_job(struct sql *db, void *user, struct err *err)
{
    struct proposal_put *u = user;
    struct arena arena = { 0 };
    struct store_proposal old = { 0 };
    bool ok = u->fresh ? store_project_ensure(db, u->p->project, u->p->changed_us, err)
                       : store_proposal_get(db, &arena, u->p->id, 0, &old, err);
    if (ok && !u->fresh && span_is(old.status, "withdrawn"))
        ok = err_set(err, ERR_CONFLICT, "the proposal was withdrawn; send it as a new one");
    u->version = old.version + 1;
    bool same = ok && !u->fresh && span_is(old.sha256, u->sha256);
    if (same)
        u->version = old.version;
    ok = ok && (same || (proposal_write(db, u, err) && version_insert(db, u, err) && proposal_entry(db, u, err)));
    arena_release(&arena);
    return ok;
}

bool store_proposal_put(struct store *s, const struct store_proposal *p, bool fresh, int64_t *ret_version,
                        struct err *err)
{
    struct proposal_put u = { .p = p, .fresh = fresh };
    sha256_hex(p->doc, u.sha256);
    if (!store_write(s, proposal_job, &u, err))
        return false;
    *ret_version = u.version;
    return true;
}

bool proposal_status_set(struct sql *db, struct span id, const char *status, struct span text, struct span by,
                         int64_t now_us, struct err *err)
{
    struct arena arena = { 0 };
    struct store_proposal p;
    bool ok = store_proposal_get(db, &arena, id, 0, &p, err);
    bool same = ok && span_is(p.status, status);
    if (ok && !same) {
        struct sb body = { 0 };
        struct jsonw w = { .out = &body };
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "status", status);
        jsonw_str(&w, "text", text);
        jsonw_end_obj(&w);
        struct store_entry e = {
            .project = p.project, .kind = SPAN("standing"), .ref = id, .by = by, .at_us = now_us, .body = sb_span(&body)
        };
        ok = ledger_run(db, "UPDATE proposal SET status = $2 WHERE tenant_id = $1 AND id = $3", span_of(status), id,
                        err) &&
             ledger_append(db, &e, NULL, err);
        sb_release(&body);
    }
    arena_release(&arena);
    return ok;
}

struct status_put {
    struct span id, text, by;
    const char *status;
    int64_t now_us;
};

static bool status_job(struct sql *db, void *user, struct err *err)
{
    const struct status_put *u = user;
    return proposal_status_set(db, u->id, u->status, u->text, u->by, u->now_us, err);
}

bool store_proposal_status(struct store *s, struct span id, const char *status, struct span text, struct span by,
                           int64_t now_us, struct err *err)
{
    struct status_put u = { id, text, by, status, now_us };
    return store_write(s, status_job, &u, err);
}
