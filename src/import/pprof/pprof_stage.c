#include "import/pprof/pprof_stage.h"

#include <stdlib.h>

enum { DIRECT_MAX = 1 << 20 };

/* --- ids --- */

static uint32_t id_hash(uint64_t id)
{
    id *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(id >> 32);
}

uint32_t pprof_ids_find(const struct pprof_ids *t, uint64_t id)
{
    if (id < t->direct_size)
        return t->direct[id] - 1;
    if (id < DIRECT_MAX || t->slots == 0)
        return UINT32_MAX;
    for (uint32_t at = id_hash(id) & (t->slots - 1); t->slot[at] != 0; at = (at + 1) & (t->slots - 1)) {
        if (t->ids[t->slot[at] - 1] == id)
            return t->slot[at] - 1;
    }
    return UINT32_MAX;
}

static void slot_put(struct pprof_ids *t, uint32_t ix)
{
    uint32_t at = id_hash(t->ids[ix]) & (t->slots - 1);
    while (t->slot[at] != 0)
        at = (at + 1) & (t->slots - 1);
    t->slot[at] = ix + 1;
}

static void slots_grow(struct pprof_ids *t)
{
    t->slots = t->slots ? t->slots * 2 : 256;
    free(t->slot);
    t->slot = xcalloc(t->slots, sizeof *t->slot);
    for (uint32_t i = 0; i < t->count; i++) {
        if (t->ids[i] >= DIRECT_MAX)
            slot_put(t, i);
    }
}

uint32_t pprof_ids_put(struct pprof_ids *t, uint64_t id)
{
    uint32_t ix = t->count;
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 256;
        t->ids = xrealloc(t->ids, t->cap, sizeof *t->ids);
    }
    t->ids[t->count++] = id;
    if (id >= DIRECT_MAX) {
        if (++t->used * 2 > t->slots)
            slots_grow(t);
        else
            slot_put(t, ix);
        return ix;
    }
    if (id >= t->direct_size) {
        uint32_t old = t->direct_size;
        t->direct_size = old ? old : 256;
        while (id >= t->direct_size)
            t->direct_size *= 2;
        t->direct = xrealloc(t->direct, t->direct_size, sizeof *t->direct);
        memset(t->direct + old, 0, (t->direct_size - old) * sizeof *t->direct);
    }
    t->direct[id] = ix + 1;
    return ix;
}

void pprof_ids_release(struct pprof_ids *t)
{
    free(t->ids);
    free(t->direct);
    free(t->slot);
    *t = (struct pprof_ids){ 0 };
}

/* --- samples --- */

void pprof_stage_open(struct pprof_stage *s, const struct limits *lim)
{
    *s = (struct pprof_stage){ .limits = *lim, .slots = 256 };
    s->slot = xcalloc(s->slots, sizeof *s->slot);
    s->key_at = xcalloc(1, sizeof *s->key_at);
}

void pprof_stage_release(struct pprof_stage *s)
{
    sb_release(&s->keys);
    sb_release(&s->key);
    free(s->key_at);
    free(s->values);
    free(s->slot);
    *s = (struct pprof_stage){ 0 };
}

static size_t put_number(char *to, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        to[n++] = (char)(v | 0x80);
    to[n++] = (char)v;
    return n;
}

static uint64_t get_number(const char **at)
{
    uint64_t v = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char c = (unsigned char)*(*at)++;
        v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80)
            return v;
    }
}

/* Length of the labels, the labels, number of places, the places. */
static struct span make_key(struct pprof_stage *s, const uint64_t *places, uint32_t n, struct span labels)
{
    char buf[640];
    size_t used = put_number(buf, labels.len);
    sb_reset(&s->key);
    sb_add(&s->key, span_make(buf, used));
    sb_add(&s->key, labels);
    used = put_number(buf, n);
    for (uint32_t i = 0; i < n; i++) {
        if (used > sizeof buf - 10) {
            sb_add(&s->key, span_make(buf, used));
            used = 0;
        }
        used += put_number(buf + used, places[i]);
    }
    sb_add(&s->key, span_make(buf, used));
    return sb_span(&s->key);
}

static struct span key_of(const struct pprof_stage *s, uint32_t ix)
{
    return span_sub(sb_span(&s->keys), (size_t)s->key_at[ix], (size_t)(s->key_at[ix + 1] - s->key_at[ix]));
}

uint32_t pprof_stage_row(const struct pprof_stage *s, uint32_t ix, uint64_t *places, struct span *ret_labels)
{
    const char *at = key_of(s, ix).ptr;
    size_t len = (size_t)get_number(&at);
    *ret_labels = span_make(at, len);
    at += len;
    uint32_t n = (uint32_t)get_number(&at);
    for (uint32_t i = 0; i < n; i++)
        places[i] = get_number(&at);
    return n;
}

enum { INDEX_BITS = 32 };

static void slots_double(struct pprof_stage *s)
{
    uint32_t old = s->slots;
    uint64_t *bigger = xcalloc((size_t)old * 2, sizeof *bigger);
    s->slots *= 2;
    for (uint32_t i = 0; i < old; i++) {
        uint32_t at = (uint32_t)(s->slot[i] >> INDEX_BITS) & (s->slots - 1);
        while (s->slot[i] != 0 && bigger[at] != 0)
            at = (at + 1) & (s->slots - 1);
        if (s->slot[i] != 0)
            bigger[at] = s->slot[i];
    }
    free(s->slot);
    s->slot = bigger;
}

static bool add_row(struct pprof_stage *s, struct span key, struct err *err)
{
    if (s->count >= s->limits.stacks)
        return err_set(err, ERR_LIMIT, "more than %llu distinct stacks", (unsigned long long)s->limits.stacks);
    if (s->columns > 1 && s->count >= s->limits.cells / s->columns)
        return err_set(err, ERR_LIMIT, "more than %llu values: %u distinct stacks with %u sample types",
                       (unsigned long long)s->limits.cells, s->count, s->columns);
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 256;
        s->key_at = xrealloc(s->key_at, (size_t)s->cap + 1, sizeof *s->key_at);
        s->values = xrealloc(s->values, (size_t)s->cap * (s->columns ? s->columns : 1), sizeof *s->values);
    }
    memset(s->values + (size_t)s->count * s->columns, 0, s->columns * sizeof *s->values);
    sb_add(&s->keys, key);
    s->key_at[++s->count] = s->keys.len;
    return true;
}

/* Row of the key, made when new. */
static bool row_of(struct pprof_stage *s, struct span key, uint32_t *ret, struct err *err)
{
    uint64_t hash = span_hash(key) >> INDEX_BITS << INDEX_BITS;
    uint32_t at = (uint32_t)(hash >> INDEX_BITS) & (s->slots - 1);
    for (; s->slot[at] != 0; at = (at + 1) & (s->slots - 1)) {
        uint32_t ix = (uint32_t)s->slot[at] - 1;
        if (s->slot[at] >> INDEX_BITS << INDEX_BITS == hash && span_eq(key_of(s, ix), key)) {
            *ret = ix;
            return true;
        }
    }
    if (!add_row(s, key, err))
        return false;
    *ret = s->count - 1;
    s->slot[at] = hash | s->count;
    if (s->count > s->slots / 2)
        slots_double(s);
    return true;
}

bool pprof_stage_add(struct pprof_stage *s, const uint64_t *places, uint32_t n, const int64_t *values,
                     uint32_t value_count, struct span labels, struct err *err)
{
    uint32_t row;
    if (s->count == 0)
        s->columns = value_count;
    if (!row_of(s, make_key(s, places, n, labels), &row, err))
        return false;
    for (uint32_t i = 0; i < value_count && i < s->columns; i++)
        s->values[(size_t)row * s->columns + i] += (double)values[i];
    return true;
}
