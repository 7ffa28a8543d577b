/* Functions by name and what they cost in each run (db/migrations/0009_functions.sql says how it is packed). */
#include "store/functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/sb.h"
#include "store/db.h"

enum { ENTRY_BYTES = 17, COUNT_MAX = 100000, CATEGORIES_MAX = 64 };

/* --- packing --- */

struct entry {
    uint32_t id;
    float own, total, n_eff;
    uint8_t category;
};

static int by_id(const void *a, const void *b)
{
    uint32_t x = ((const struct entry *)a)->id;
    uint32_t y = ((const struct entry *)b)->id;
    return (x > y) - (x < y);
}

static void put_u32(struct sb *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        sb_addc(out, (char)(v >> (8 * i) & 0xff));
}

static void put_f32(struct sb *out, float f)
{
    uint32_t v;
    memcpy(&v, &f, sizeof v);
    put_u32(out, v);
}

static void pack(const struct entry *e, size_t n, struct sb *out)
{
    put_u32(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        put_u32(out, e[i].id);
    for (size_t i = 0; i < n; i++)
        put_f32(out, e[i].own);
    for (size_t i = 0; i < n; i++)
        put_f32(out, e[i].total);
    for (size_t i = 0; i < n; i++)
        put_f32(out, e[i].n_eff);
    for (size_t i = 0; i < n; i++)
        sb_addc(out, (char)e[i].category);
}

static uint32_t get_u32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float get_f32(const unsigned char *p)
{
    uint32_t v = get_u32(p);
    float f;
    memcpy(&f, &v, sizeof f);
    return f;
}

bool function_shares_open(struct span packed, struct function_shares *ret, struct err *err)
{
    const unsigned char *p = (const unsigned char *)packed.ptr;
    uint32_t n = packed.len >= 4 ? get_u32(p) : UINT32_MAX;
    if (n > COUNT_MAX || packed.len != 4 + (size_t)n * ENTRY_BYTES)
        return err_set(err, ERR_STORE, "the shares of a run's functions are damaged");
    *ret = (struct function_shares){ .count = n,
                                     .ids = p + 4,
                                     .own = p + 4 + (size_t)n * 4,
                                     .total = p + 4 + (size_t)n * 8,
                                     .n_eff = p + 4 + (size_t)n * 12,
                                     .category = p + 4 + (size_t)n * 16 };
    return true;
}

uint32_t function_shares_id(const struct function_shares *s, uint32_t at)
{
    return get_u32(s->ids + (size_t)at * 4);
}

struct function_point function_shares_at(const struct function_shares *s, uint32_t at)
{
    return (struct function_point){ get_f32(s->own + (size_t)at * 4), get_f32(s->total + (size_t)at * 4),
                                    get_f32(s->n_eff + (size_t)at * 4), s->category[at] };
}

struct span function_category(struct span categories, unsigned k)
{
    for (;;) {
        size_t end = span_chr(categories, 0, ',');
        if (k == 0)
            return span_sub(categories, 0, end);
        if (end >= categories.len)
            return SPAN("");
        categories = span_from(categories, end + 1);
        k--;
    }
}

static uint8_t category_at(struct sb *names, unsigned *count, struct span name)
{
    for (unsigned k = 0; k < *count; k++) {
        if (span_eq(function_category(sb_span(names), k), name))
            return (uint8_t)k;
    }
    if (*count == CATEGORIES_MAX)
        return CATEGORIES_MAX - 1;
    if (*count > 0)
        sb_addc(names, ',');
    sb_add(names, name);
    return (uint8_t)(*count)++;
}

/* --- writing --- */

/* Statements that are used for every function. */
struct dictionary {
    struct query find, add;
    struct span project;
    int64_t last; /* id given out */
};

static void dictionary_close(struct dictionary *d)
{
    query_closep(&d->find);
    query_closep(&d->add);
}

static bool dictionary_open(struct sql *db, struct span project, struct dictionary *d, struct err *err)
{
    CLEANUP(query_closep) struct query last = { 0 };
    bool row = false;
    d->project = project;
    if (!query_open(db,
                    "SELECT id FROM function_name WHERE tenant_id = $1 AND project = $2 AND name = $3 AND place = $4",
                    &d->find, err) ||
        !query_open(db,
                    "INSERT INTO function_name (tenant_id, project, id, name, place, file) VALUES ($1, $2, $3, $4, $5, "
                    "$6)",
                    &d->add, err) ||
        !query_open(db, "SELECT COALESCE(MAX(id), 0) FROM function_name WHERE tenant_id = $1 AND project = $2", &last,
                    err))
        return false;
    query_text(&last, project);
    if (!query_row(&last, &row, err))
        return false;
    d->last = sql_col_int(last.st, 0);
    return true;
}

static bool again(struct query *q, struct err *err)
{
    if (!sql_reset(q->st, err))
        return false;
    q->at = 0;
    query_text(q, STORE_TENANT);
    return true;
}

static bool dictionary_id(struct dictionary *d, const struct store_function *f, uint32_t *ret, struct err *err)
{
    bool row = false;
    if (!again(&d->find, err))
        return false;
    query_text(&d->find, d->project);
    query_text(&d->find, f->name);
    query_text(&d->find, f->place);
    if (!query_row(&d->find, &row, err))
        return false;
    *ret = row ? (uint32_t)sql_col_int(d->find.st, 0) : (uint32_t)(d->last + 1);
    if (row)
        return true;
    d->last++;
    if (!again(&d->add, err))
        return false;
    query_text(&d->add, d->project);
    query_int(&d->add, d->last);
    query_text(&d->add, f->name);
    query_text(&d->add, f->place);
    query_text(&d->add, f->file);
    return query_run(&d->add, err);
}

static bool shares_drop(struct sql *db, const struct store_analysis *a, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "DELETE FROM function_share WHERE tenant_id = $1 AND project = $2 AND run = $3", &q, err))
        return false;
    query_text(&q, a->project);
    query_text(&q, a->run);
    return query_run(&q, err);
}

static bool shares_put(struct sql *db, const struct store_analysis *a, struct span categories, struct span packed,
                       struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    const struct store_functions *f = a->functions;
    if (!query_open(db,
                    "INSERT INTO function_share (tenant_id, project, run, revision, clock, profile_id, commit_id, "
                    "when_us, categories, shares) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    &q, err))
        return false;
    query_text(&q, a->project);
    query_text(&q, a->run);
    query_int(&q, a->revision);
    query_text(&q, f->off ? SPAN("off") : SPAN("cpu"));
    query_text(&q, f->profile_id);
    query_text(&q, f->commit);
    query_int(&q, f->when_us);
    query_text(&q, categories);
    query_blob(&q, packed);
    return query_run(&q, err);
}

bool store_functions_write(struct sql *db, const struct store_analysis *a, struct err *err)
{
    const struct store_functions *f = a->functions;
    struct dictionary d = { 0 };
    struct sb categories = { 0 };
    struct sb packed = { 0 };
    unsigned named = 0;
    if (!shares_drop(db, a, err))
        return false;
    if (!f || f->count == 0)
        return true;
    size_t n = f->count < COUNT_MAX ? f->count : COUNT_MAX;
    struct entry *entries = xcalloc(n, sizeof *entries);
    bool ok = dictionary_open(db, a->project, &d, err);
    for (size_t i = 0; ok && i < n; i++) {
        const struct store_function *x = &f->items[i];
        entries[i] = (struct entry){ 0, (float)x->own, (float)x->total, (float)x->n_eff,
                                     category_at(&categories, &named, x->category) };
        ok = dictionary_id(&d, x, &entries[i].id, err);
    }
    if (ok) {
        qsort(entries, n, sizeof *entries, by_id);
        pack(entries, n, &packed);
        ok = shares_put(db, a, sb_span(&categories), sb_span(&packed), err);
    }
    dictionary_close(&d);
    sb_release(&packed);
    sb_release(&categories);
    free(entries);
    return ok;
}

/* --- reading --- */

bool store_function_names(struct sql *db, struct span project, store_name_fn each, void *user, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT id, name, place, file FROM function_name WHERE tenant_id = $1 AND project = $2", &q,
                    err))
        return false;
    query_text(&q, project);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_function_name n = { sql_col_int(q.st, 0), sql_col_text(q.st, 1), sql_col_text(q.st, 2),
                                         sql_col_text(q.st, 3) };
        if (!each(user, &n, err))
            return false;
    }
}

bool store_function_named(struct sql *db, struct arena *arena, struct span project, const int64_t *ids, size_t n,
                          struct store_function_name *ret, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db, "SELECT name, place, file FROM function_name WHERE tenant_id = $1 AND project = $2 AND id = $3",
                    &q, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool row = false;
        if (!again(&q, err))
            return false;
        query_text(&q, project);
        query_int(&q, ids[i]);
        if (!query_row(&q, &row, err))
            return false;
        ret[i] = (struct store_function_name){ 0 };
        if (row)
            ret[i] = (struct store_function_name){ ids[i], query_col(&q, arena, 0), query_col(&q, arena, 1),
                                                   query_col(&q, arena, 2) };
    }
    return true;
}

bool store_function_runs(struct sql *db, struct span project, bool off, int64_t limit, store_function_run_fn each,
                         void *user, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    if (!query_open(db,
                    "SELECT run, profile_id, commit_id, categories, revision, when_us, shares FROM function_share WHERE "
                    "tenant_id = $1 AND project = $2 AND clock = $3 ORDER BY when_us DESC, run DESC LIMIT $4",
                    &q, err))
        return false;
    query_text(&q, project);
    query_text(&q, off ? SPAN("off") : SPAN("cpu"));
    query_int(&q, limit);
    for (;;) {
        bool row = false;
        if (!query_row(&q, &row, err))
            return false;
        if (!row)
            return true;
        struct store_function_run r = { .run = sql_col_text(q.st, 0),
                                        .profile_id = sql_col_text(q.st, 1),
                                        .commit = sql_col_text(q.st, 2),
                                        .categories = sql_col_text(q.st, 3),
                                        .revision = sql_col_int(q.st, 4),
                                        .when_us = sql_col_int(q.st, 5),
                                        .packed = sql_col_blob(q.st, 6) };
        if (!each(user, &r, err))
            return false;
    }
}
