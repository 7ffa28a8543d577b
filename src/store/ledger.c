/* The chain of a project: hash = SHA-256 of the hash before, then the entry's canonical text. Appending reads the head
 * inside the writer's transaction, so two writers cannot follow the same entry. */
#include "store/ledger.h"

#include "base/clock.h"
#include "base/jcanon.h"
#include "base/jsonw.h"
#include "base/sha256.h"
#include "base/vec.h"

void store_ledger_hash(struct span prev, struct span body, char ret_hex[65])
{
    struct sha256 *h = sha256_new();
    sha256_add(h, prev);
    sha256_add(h, body);
    sha256_finish(h, ret_hex);
}

bool ledger_run(struct sql *db, const char *text, struct span a, struct span b, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, text, &q, err))
        return false;
    query_text(&q, a);
    if (b.ptr)
        query_text(&q, b);
    return query_run(&q, err);
}

/* The members that every entry has, then its own. */
static bool body_write(const struct store_entry *e, int64_t seq, struct sb *out, struct err *err)
{
    struct sb text = { 0 };
    struct sb at = { 0 };
    struct jsonw w = { .out = &text };
    clock_format(&at, e->at_us);
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "at", sb_span(&at));
    jsonw_str(&w, "by", e->by);
    jsonw_str(&w, "kind", e->kind);
    jsonw_str(&w, "project", e->project);
    jsonw_str(&w, "ref", e->ref);
    jsonw_int(&w, "seq", seq);
    struct span own = span_trim(e->body);
    if (own.len > 2) {
        sb_addc(&text, ',');
        sb_add(&text, span_sub(own, 1, own.len - 2));
    }
    sb_addc(&text, '}');
    bool ok = jcanon_text(sb_span(&text), out, err);
    sb_release(&text);
    sb_release(&at);
    return ok;
}

static bool entry_insert(struct sql *db, const struct store_entry *e, int64_t seq, struct span body, struct span prev,
                         struct span hash, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO ledger (tenant_id, project, seq, kind, ref, given_by, at_us, body, prev, hash) "
                    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    &q, err))
        return false;
    query_text(&q, e->project);
    query_int(&q, seq);
    query_text(&q, e->kind);
    query_text(&q, e->ref);
    query_text(&q, e->by);
    query_int(&q, e->at_us);
    query_text(&q, body);
    query_text(&q, prev);
    query_text(&q, hash);
    return query_run(&q, err);
}

static bool head_write(struct sql *db, struct span project, int64_t seq, struct span hash, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "INSERT INTO ledger_head (tenant_id, project, seq, hash) VALUES ($1, $2, $3, $4) "
                    "ON CONFLICT (tenant_id, project) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
                    &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, seq);
    query_text(&q, hash);
    return query_run(&q, err);
}

bool ledger_append(struct sql *db, const struct store_entry *e, int64_t *ret_seq, struct err *err)
{
    struct arena arena = { 0 };
    struct sb body = { 0 };
    struct span prev = SPAN("");
    int64_t seq = 0;
    char hash[65];
    bool ok = store_ledger_head(db, &arena, e->project, &seq, &prev, err) && body_write(e, ++seq, &body, err);
    if (ok) {
        store_ledger_hash(prev, sb_span(&body), hash);
        ok = entry_insert(db, e, seq, sb_span(&body), prev, span_of(hash), err) &&
             head_write(db, e->project, seq, span_of(hash), err);
    }
    if (ok && ret_seq)
        *ret_seq = seq;
    sb_release(&body);
    arena_release(&arena);
    return ok;
}

static bool append_job(struct sql *db, void *user, struct err *err)
{
    return ledger_append(db, user, NULL, err);
}

bool store_ledger_append(struct store *s, const struct store_entry *e, struct err *err)
{
    struct store_entry copy = *e;
    return store_write(s, append_job, &copy, err);
}

bool store_ledger_head(struct sql *db, struct arena *arena, struct span project, int64_t *ret_seq,
                       struct span *ret_hash, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(db, "SELECT seq, hash FROM ledger_head WHERE tenant_id = $1 AND project = $2", &q, err))
        return false;
    query_text(&q, project);
    if (!query_row(&q, &row, err))
        return false;
    *ret_seq = row ? sql_col_int(q.st, 0) : 0;
    *ret_hash = row ? query_col(&q, arena, 1) : SPAN("");
    return true;
}

/* --- reading --- */

#define ENTRY_SELECT                                                                                                   \
    "SELECT project, seq, kind, ref, given_by, at_us, body, prev, hash FROM ledger WHERE tenant_id = $1 "

static bool entries_read(struct query *q, struct arena *arena, struct store_entries *ret, struct err *err)
{
    for (;;) {
        bool row = false;
        if (!query_row(q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_entry e = { .project = query_col(q, arena, 0),
                                 .seq = sql_col_int(q->st, 1),
                                 .kind = query_col(q, arena, 2),
                                 .ref = query_col(q, arena, 3),
                                 .by = query_col(q, arena, 4),
                                 .at_us = sql_col_int(q->st, 5),
                                 .body = query_col(q, arena, 6),
                                 .prev = query_col(q, arena, 7),
                                 .hash = query_col(q, arena, 8) };
        VEC_PUSH(ret, e);
    }
}

bool store_ledger(struct sql *db, struct arena *arena, struct span project, int64_t after_seq, int64_t limit,
                  struct store_entries *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, ENTRY_SELECT "AND project = $2 AND seq > $3 ORDER BY seq LIMIT $4", &q, err))
        return false;
    query_text(&q, project);
    query_int(&q, after_seq);
    query_int(&q, limit);
    return entries_read(&q, arena, ret, err);
}

bool store_ledger_of(struct sql *db, struct arena *arena, struct span ref, struct store_entries *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, ENTRY_SELECT "AND ref = $2 ORDER BY seq", &q, err))
        return false;
    query_text(&q, ref);
    return entries_read(&q, arena, ret, err);
}

bool store_ledger_kinds(struct sql *db, struct arena *arena, struct span project, const char *a, const char *b,
                        const char *c, struct store_entries *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, ENTRY_SELECT "AND project = $2 AND kind IN ($3, $4, $5) ORDER BY seq", &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, span_of(a));
    query_text(&q, span_of(b));
    query_text(&q, span_of(c));
    return entries_read(&q, arena, ret, err);
}

bool store_ledger_projects(struct sql *db, struct arena *arena, struct store_projects *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    /* By the heads and by the entries: either may have been taken away. */
    if (!query_open(db,
                    "SELECT project FROM ledger_head WHERE tenant_id = $1 UNION SELECT project FROM ledger WHERE "
                    "tenant_id = $1 UNION SELECT project FROM decision WHERE tenant_id = $1 ORDER BY project",
                    &q, err))
        return false;
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_project p = { .name = query_col(&q, arena, 0) };
        VEC_PUSH(ret, p);
    }
}

bool store_ledger_orphan(struct sql *db, struct arena *arena, struct span project, struct span *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    if (!query_open(
            db,
            "SELECT l.ref FROM ledger l LEFT JOIN decision d ON d.tenant_id = l.tenant_id AND d.id = l.ref WHERE "
            "l.tenant_id = $1 AND l.project = $2 AND l.kind = 'decision' AND d.id IS NULL ORDER BY l.seq LIMIT 1",
            &q, err))
        return false;
    query_text(&q, project);
    if (!query_row(&q, &row, err))
        return false;
    *ret = row ? query_col(&q, arena, 0) : SPAN("");
    return true;
}
