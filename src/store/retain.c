/* Dropping raw bytes by age, one upload a transaction: a large database must not hold the writer for long. */
#include "base/vec.h"
#include "store/ledger.h"

#define HELD                                                                                                           \
    "EXISTS (SELECT 1 FROM decision_evidence e JOIN decision d ON d.tenant_id = e.tenant_id AND d.id = "               \
    "e.decision_id JOIN proposal p ON p.tenant_id = d.tenant_id AND p.id = d.proposal_id WHERE e.tenant_id = "         \
    "f.tenant_id AND e.profile_id = f.id AND d.superseded_by = '' AND d.status <> 'rejected' AND p.status <> "         \
    "'withdrawn')"

struct drop {
    struct span id;
    int64_t before_us;
    bool gone;
};

/* Asked again inside the transaction: a decision may have been made since the list was read. */
static bool drop_job(struct sql *db, void *user, struct err *err)
{
    struct drop *u = user;
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "UPDATE profile AS f SET raw_kept = 0 WHERE f.tenant_id = $1 AND f.id = $2 AND f.raw_kept = 1 AND "
                    "f.created_us < $3 AND NOT " HELD,
                    &q, err))
        return false;
    query_text(&q, u->id);
    query_int(&q, u->before_us);
    if (!query_run(&q, err))
        return false;
    u->gone = sql_changes(db) > 0;
    return !u->gone ||
           ledger_run(db, "DELETE FROM raw WHERE tenant_id = $1 AND profile_id = $2", u->id, (struct span){ 0 }, err);
}

struct old {
    struct span id;
    int64_t bytes;
    bool held;
};

struct olds {
    struct old *items;
    size_t count, cap;
};

static bool olds_read(struct store *s, struct arena *arena, int64_t before_us, struct olds *ret, struct err *err)
{
    struct sql *db = NULL;
    if (!store_reader_open(s, &db, err))
        return false;
    struct query q = { 0 };
    bool ok = query_open(db,
                         "SELECT f.id, f.size_bytes, " HELD " FROM profile f WHERE f.tenant_id = $1 AND f.raw_kept = 1 "
                         "AND f.status IN ('done', 'failed') AND f.created_us < $2 ORDER BY f.created_us, f.id",
                         &q, err);
    bool row = ok;
    if (ok)
        query_int(&q, before_us);
    while (ok && row) {
        ok = query_row(&q, &row, err);
        if (ok && row) {
            struct old one = { query_col(&q, arena, 0), sql_col_int(q.st, 1), sql_col_int(q.st, 2) != 0 };
            VEC_PUSH(ret, one);
        }
    }
    query_closep(&q);
    store_reader_close(db);
    return ok;
}

bool store_retain(struct store *s, int64_t before_us, struct store_retained *ret, struct err *err)
{
    struct arena arena = { 0 };
    struct olds list = { 0 };
    *ret = (struct store_retained){ 0 };
    bool ok = olds_read(s, &arena, before_us, &list, err);
    for (size_t i = 0; ok && i < list.count; i++) {
        struct drop u = { .id = list.items[i].id, .before_us = before_us };
        if (list.items[i].held) {
            ret->exempt++;
            continue;
        }
        ok = store_write(s, drop_job, &u, err);
        ret->dropped += u.gone;
        ret->bytes += u.gone ? list.items[i].bytes : 0;
        ret->exempt += !u.gone;
    }
    freep(&list.items);
    arena_release(&arena);
    return ok;
}
