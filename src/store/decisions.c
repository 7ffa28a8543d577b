/* Decisions: written once, then only status, stale and superseded_by move, each with an entry of the ledger. */
#include "store/ledger.h"

#include "base/jcanon.h"
#include "base/jsonw.h"
#include "base/sha256.h"
#include "base/vec.h"

#define DECISION_COLUMNS                                                                                               \
    "d.id, d.project, d.proposal_id, d.proposal_version, d.run, d.created_us, d.made_by, d.input_key, d.verdict, "     \
    "d.gate, d.summary, d.ledger_seq, d.status, d.stale, d.superseded_by, d.changed_us, "                              \
    "COALESCE((SELECT l.prev FROM ledger l WHERE l.tenant_id = d.tenant_id AND l.project = d.project AND "             \
    "l.seq = d.ledger_seq), ''), COALESCE((SELECT l.hash FROM ledger l WHERE l.tenant_id = d.tenant_id AND "           \
    "l.project = d.project AND l.seq = d.ledger_seq), '')"
enum { DOC_AT = 18 };
/* What still holds: its evidence is not removed. */
#define STANDING                                                                                                       \
    "d.superseded_by = '' AND d.status <> 'rejected' AND EXISTS (SELECT 1 FROM proposal p WHERE p.tenant_id = "        \
    "d.tenant_id AND p.id = d.proposal_id AND p.status <> 'withdrawn')"

static void decision_read(struct query *q, struct arena *arena, bool doc, struct store_decision *d)
{
    *d = (struct store_decision){ .id = query_col(q, arena, 0),
                                  .project = query_col(q, arena, 1),
                                  .proposal = query_col(q, arena, 2),
                                  .version = sql_col_int(q->st, 3),
                                  .run = query_col(q, arena, 4),
                                  .created_us = sql_col_int(q->st, 5),
                                  .by = query_col(q, arena, 6),
                                  .input_key = query_col(q, arena, 7),
                                  .verdict = query_col(q, arena, 8),
                                  .gate = query_col(q, arena, 9),
                                  .summary = query_col(q, arena, 10),
                                  .seq = sql_col_int(q->st, 11),
                                  .status = query_col(q, arena, 12),
                                  .stale = sql_col_int(q->st, 13) != 0,
                                  .superseded_by = query_col(q, arena, 14),
                                  .changed_us = sql_col_int(q->st, 15),
                                  .prev = query_col(q, arena, 16),
                                  .hash = query_col(q, arena, 17) };
    d->frozen = doc ? query_col(q, arena, DOC_AT) : SPAN("");
    d->doc = doc ? query_col(q, arena, DOC_AT + 1) : SPAN("");
}

static bool decision_one(struct query *q, struct arena *arena, struct span what, struct store_decision *ret,
                         struct err *err)
{
    bool row = false;
    if (!query_row(q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "there is no decision '%.*s'", SPAN_FMT(span_sub(what, 0, 60)));
    decision_read(q, arena, true, ret);
    return true;
}

bool store_decision_get(struct sql *db, struct arena *arena, struct span id, struct store_decision *ret,
                        struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " DECISION_COLUMNS ", d.frozen, d.doc FROM decision d WHERE d.tenant_id = $1 AND d.id = $2",
                    &q, err))
        return false;
    query_text(&q, id);
    return decision_one(&q, arena, id, ret, err);
}

bool store_decision_newest(struct sql *db, struct arena *arena, struct span proposal, struct store_decision *ret,
                           struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " DECISION_COLUMNS ", d.frozen, d.doc FROM decision d WHERE d.tenant_id = $1 AND "
                    "d.proposal_id = $2 ORDER BY d.ledger_seq DESC LIMIT 1",
                    &q, err))
        return false;
    query_text(&q, proposal);
    return decision_one(&q, arena, proposal, ret, err);
}

bool store_decision_list(struct sql *db, struct arena *arena, struct span project, struct span proposal, bool standing,
                         int64_t before_seq, int64_t limit, struct store_decisions *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT " DECISION_COLUMNS " FROM decision d WHERE d.tenant_id = $1 AND d.project = $2 AND "
                    "(d.proposal_id = $3 OR $3 = '') AND ($4 = 0 OR (" STANDING ")) AND ($5 <= 0 OR d.ledger_seq < $5) "
                    "ORDER BY d.ledger_seq DESC LIMIT $6",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, proposal);
    query_int(&q, standing);
    query_int(&q, before_seq);
    query_int(&q, limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_decision d;
        decision_read(&q, arena, false, &d);
        VEC_PUSH(ret, d);
    }
}

bool store_decision_ids(struct sql *db, struct arena *arena, struct span project, struct store_pairs *ret,
                        struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT project, id FROM decision WHERE tenant_id = $1 AND (project = $2 OR $2 = '') ORDER BY "
                    "project, ledger_seq",
                    &q, err))
        return false;
    query_text(&q, project);
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

bool store_decision_evidence(struct sql *db, struct arena *arena, struct span id, struct store_evidences *ret,
                             struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT profile_id, part, upload_sha256, artefact_sha256 FROM decision_evidence WHERE "
                    "tenant_id = $1 AND decision_id = $2 ORDER BY profile_id, part",
                    &q, err))
        return false;
    query_text(&q, id);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_evidence e = { query_col(&q, arena, 0), sql_col_int(q.st, 1), query_col(&q, arena, 2),
                                    query_col(&q, arena, 3), SPAN("") };
        VEC_PUSH(ret, e);
    }
}

bool store_decision_after(struct sql *db, struct arena *arena, struct span id, struct span proposal, int64_t seq,
                          struct span *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(
            db,
            "SELECT id FROM decision WHERE tenant_id = $1 AND proposal_id = $2 AND ledger_seq > $3 AND id <> $4 "
            "ORDER BY ledger_seq LIMIT 1",
            &q, err))
        return false;
    query_text(&q, proposal);
    query_int(&q, seq);
    query_text(&q, id);
    if (!query_row(&q, &row, err))
        return false;
    *ret = row ? query_col(&q, arena, 0) : SPAN("");
    return true;
}

/* --- what is kept by its hash --- */

bool store_kept(struct sql *db, struct arena *arena, struct span sha256, struct span *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT bytes FROM kept WHERE tenant_id = $1 AND sha256 = $2", &q, err))
        return false;
    query_text(&q, sha256);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "nothing is kept under %.12s", sha256.len >= 12 ? sha256.ptr : "");
    *ret = arena_span(arena, sql_col_blob(q.st, 0));
    return true;
}

static bool keep(struct sql *db, struct span bytes, struct err *err)
{
    char sha256[65];
    CLEANUP(query_closep) struct query q = { 0 };
    sha256_hex(bytes, sha256);
    if (!query_open(db,
                    "INSERT INTO kept (tenant_id, sha256, bytes) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, sha256) "
                    "DO NOTHING",
                    &q, err))
        return false;
    query_text(&q, span_of(sha256));
    query_blob(&q, bytes);
    return query_run(&q, err);
}

bool store_artefact_part(struct sql *db, struct arena *arena, struct span profile, int64_t part, struct span *ret,
                         struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT bytes FROM artefact WHERE tenant_id = $1 AND profile_id = $2 AND part = $3", &q, err))
        return false;
    query_text(&q, profile);
    query_int(&q, part);
    if (!query_row(&q, &row, err))
        return false;
    if (!row)
        return err_set(err, ERR_NOT_FOUND, "upload '%.*s' has no part %lld", SPAN_FMT(span_sub(profile, 0, 60)),
                       (long long)part);
    *ret = arena_span(arena, sql_col_blob(q.st, 0));
    return true;
}

/* --- a new decision --- */

struct decision_put {
    const struct store_decision *d;
    const struct store_evidences *evidence;
    const struct span *keep;
    size_t keep_count;
    struct arena *arena;
    struct store_decision_put out;
};

static bool decision_insert(struct sql *db, const struct decision_put *u, int64_t seq, struct err *err)
{
    const struct store_decision *d = u->d;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(
            db,
            "INSERT INTO decision (tenant_id, id, project, proposal_id, proposal_version, run, created_us, "
            "made_by, input_key, verdict, gate, summary, frozen, doc, ledger_seq, status, stale, superseded_by, "
            "changed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'proposed', "
            "0, '', $16)",
            &q, err))
        return false;
    query_text(&q, d->id);
    query_text(&q, d->project);
    query_text(&q, d->proposal);
    query_int(&q, d->version);
    query_text(&q, d->run);
    query_int(&q, d->created_us);
    query_text(&q, d->by);
    query_text(&q, d->input_key);
    query_text(&q, d->verdict);
    query_text(&q, d->gate);
    query_text(&q, d->summary);
    query_text(&q, d->frozen);
    query_text(&q, d->doc);
    query_int(&q, seq);
    query_int(&q, d->created_us);
    return query_run(&q, err);
}

static bool evidence_insert(struct sql *db, struct span decision, const struct store_evidence *e, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO decision_evidence (tenant_id, decision_id, profile_id, part, upload_sha256, "
                    "artefact_sha256) VALUES ($1, $2, $3, $4, $5, $6)",
                    &q, err))
        return false;
    query_text(&q, decision);
    query_text(&q, e->profile);
    query_int(&q, e->part);
    query_text(&q, e->upload_sha256);
    query_text(&q, e->artefact_sha256);
    return query_run(&q, err);
}

/* An upload that was deleted, or read anew, between reading and writing is none to decide on. */
static bool evidence_there(struct sql *db, const struct store_evidence *e, struct err *err)
{
    struct arena arena = { 0 };
    struct span blob;
    char sha256[65];
    bool ok = store_artefact_part(db, &arena, e->profile, e->part, &blob, err);
    if (ok) {
        sha256_hex(blob, sha256);
        ok = span_is(e->artefact_sha256, sha256);
    }
    arena_release(&arena);
    return ok || err_set(err, ERR_CONFLICT, "the evidence was changed while the decision was made; decide again");
}

static bool decision_entry(struct sql *db, const struct decision_put *u, struct span before, int64_t *ret_seq,
                           struct err *err)
{
    const struct store_decision *d = u->d;
    struct sb body = { 0 };
    struct jsonw w = { .out = &body };
    char canonical[65];
    char doc[65];
    char frozen[65];
    if (!jcanon_sha256(d->doc, canonical, err))
        return false;
    sha256_hex(d->doc, doc);
    sha256_hex(d->frozen, frozen);
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "doc_canonical_sha256", canonical);
    jsonw_strz(&w, "doc_sha256", doc);
    jsonw_strz(&w, "frozen_sha256", frozen);
    jsonw_str(&w, "gate", d->gate);
    jsonw_str(&w, "input_key", d->input_key);
    jsonw_str(&w, "proposal", d->proposal);
    jsonw_int(&w, "version", d->version);
    jsonw_str(&w, "run", d->run);
    jsonw_str(&w, "summary", d->summary);
    jsonw_str(&w, "supersedes", before);
    jsonw_str(&w, "verdict", d->verdict);
    jsonw_arr(&w, "evidence");
    for (size_t i = 0; i < u->evidence->count; i++) {
        const struct store_evidence *e = &u->evidence->items[i];
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "profile", e->profile);
        jsonw_int(&w, "part", e->part);
        jsonw_str(&w, "upload_sha256", e->upload_sha256);
        jsonw_str(&w, "artefact_sha256", e->artefact_sha256);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
    jsonw_end_obj(&w);
    struct store_entry e = { .project = d->project,
                             .kind = SPAN("decision"),
                             .ref = d->id,
                             .by = d->by,
                             .at_us = d->created_us,
                             .body = sb_span(&body) };
    bool ok = ledger_append(db, &e, ret_seq, err);
    sb_release(&body);
    return ok;
}

static bool decision_rows(struct sql *db, struct decision_put *u, struct span before, struct err *err)
{
    int64_t seq = 0;
    for (size_t i = 0; i < u->evidence->count; i++) {
        if (!evidence_there(db, &u->evidence->items[i], err))
            return false;
    }
    for (size_t i = 0; i < u->keep_count; i++) {
        if (!keep(db, u->keep[i], err))
            return false;
    }
    if (!decision_entry(db, u, before, &seq, err) || !decision_insert(db, u, seq, err))
        return false;
    for (size_t i = 0; i < u->evidence->count; i++) {
        if (!evidence_insert(db, u->d->id, &u->evidence->items[i], err))
            return false;
    }
    u->out = (struct store_decision_put){ arena_span(u->arena, u->d->id), seq, false };
    return before.len == 0 || ledger_run(db, "UPDATE decision SET superseded_by = $2 WHERE tenant_id = $1 AND id = $3",
                                         u->d->id, before, err);
}

static bool decision_job(struct sql *db, void *user, struct err *err)
{
    struct decision_put *u = user;
    struct arena arena = { 0 };
    struct store_proposal p;
    struct store_decision old = { 0 };
    struct err none = ERR_INIT;
    bool ok = store_proposal_get(db, &arena, u->d->proposal, 0, &p, err);
    if (ok && span_is(p.status, "withdrawn"))
        ok = err_set(err, ERR_CONFLICT, "the proposal was withdrawn");
    if (ok && p.newest != u->d->version)
        ok = err_set(err, ERR_CONFLICT, "the proposal was edited while the decision was made; decide again");
    bool any = ok && store_decision_newest(db, &arena, u->d->proposal, &old, &none);
    if (ok && !any && none.code != ERR_NOT_FOUND) {
        *err = none;
        ok = false;
    }
    if (ok && any && span_eq(old.input_key, u->d->input_key) && !span_is(old.status, "reopened"))
        u->out = (struct store_decision_put){ arena_span(u->arena, old.id), old.seq, true };
    else if (ok)
        ok = decision_rows(db, u, any ? old.id : SPAN(""), err) &&
             (!span_is(p.status, "settled") ||
              proposal_status_set(db, p.id, "open", SPAN("decided again"), u->d->by, u->d->created_us, err));
    arena_release(&arena);
    return ok;
}

bool store_decision_put(struct store *s, struct arena *arena, const struct store_decision *d,
                        const struct store_evidences *evidence, const struct span *keep_texts, size_t keep_count,
                        struct store_decision_put *ret, struct err *err)
{
    struct decision_put u = {
        .d = d, .evidence = evidence, .keep = keep_texts, .keep_count = keep_count, .arena = arena
    };
    if (!store_write(s, decision_job, &u, err))
        return false;
    *ret = u.out;
    return true;
}
