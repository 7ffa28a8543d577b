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

/* In front of every row; kept by copies, as rows are not aligned. */
struct head {
    uint32_t hash, labels_len, places_len;
};

enum { AT_BITS = 40 }; /* of a slot: where the row begins + 1; above it the tag */
static const uint64_t at_mask = ((uint64_t)1 << AT_BITS) - 1;

void pprof_stage_open(struct pprof_stage *s, const struct limits *lim)
{
    *s = (struct pprof_stage){ .limits = *lim, .slots = 256 };
    s->slot = xcalloc(s->slots, sizeof *s->slot);
}

void pprof_stage_release(struct pprof_stage *s)
{
    sb_release(&s->rows);
    sb_release(&s->key);
    free(s->row_at);
    free(s->slot);
    *s = (struct pprof_stage){ 0 };
}

size_t pprof_put_number(char *to, uint64_t v)
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

static struct head head_of(const struct pprof_stage *s, uint64_t at)
{
    struct head h;
    memcpy(&h, s->rows.ptr + at, sizeof h);
    return h;
}

/* Where the labels of the row begin; its places follow them. */
static const char *text_of(const struct pprof_stage *s, uint64_t at)
{
    return s->rows.ptr + at + sizeof(struct head) + s->columns * sizeof(double);
}

uint32_t pprof_stage_row(const struct pprof_stage *s, uint32_t ix, uint64_t *places, struct span *ret_labels)
{
    uint32_t n = 0;
    struct head h = head_of(s, s->row_at[ix]);
    const char *at = text_of(s, s->row_at[ix]);
    *ret_labels = span_make(at, h.labels_len);
    at += h.labels_len;
    for (const char *end = at + h.places_len; at < end;)
        places[n++] = get_number(&at);
    return n;
}

double pprof_stage_value(const struct pprof_stage *s, uint32_t ix, uint32_t column)
{
    double v;
    memcpy(&v, s->rows.ptr + s->row_at[ix] + sizeof(struct head) + column * sizeof v, sizeof v);
    return v;
}

static uint64_t slot_of(uint64_t hash, uint64_t at)
{
    return (hash & 0xffffffff) >> (AT_BITS - 32) << AT_BITS | (at + 1);
}

static uint32_t first_slot(const struct pprof_stage *s, uint64_t hash)
{
    return (uint32_t)hash & (s->slots - 1);
}

static void take_slot(struct pprof_stage *s, uint64_t hash, uint64_t row_at)
{
    uint32_t at = first_slot(s, hash);
    while (s->slot[at] != 0)
        at = (at + 1) & (s->slots - 1);
    s->slot[at] = slot_of(hash, row_at);
}

/* Rows hold their hashes: the smaller table is not needed for the larger one. */
static void slots_double(struct pprof_stage *s)
{
    free(s->slot);
    s->slots *= 2;
    s->slot = xcalloc(s->slots, sizeof *s->slot);
    for (uint32_t i = 0; i < s->count; i++)
        take_slot(s, head_of(s, s->row_at[i]).hash, s->row_at[i]);
}

uint64_t pprof_stage_find(struct pprof_stage *s, struct span places, struct span labels)
{
    uint64_t hash = span_hash(places);
    if (labels.len > 0)
        hash ^= span_hash(labels) * 0x9e3779b97f4a7c15u;
    s->hash = hash >> 32;
    for (uint32_t at = first_slot(s, s->hash); s->slot[at] != 0; at = (at + 1) & (s->slots - 1)) {
        uint64_t row = (s->slot[at] & at_mask) - 1;
        if (s->slot[at] != slot_of(s->hash, row))
            continue;
        struct head h = head_of(s, row);
        if (h.hash != (uint32_t)s->hash || h.labels_len != labels.len || h.places_len != places.len)
            continue;
        const char *text = text_of(s, row);
        if (span_eq(span_make(text, labels.len), labels) && span_eq(span_make(text + labels.len, places.len), places))
            return row;
    }
    return UINT64_MAX;
}

bool pprof_stage_put(struct pprof_stage *s, struct span places, uint32_t n, struct span labels, uint32_t value_count,
                     uint64_t *ret_at, struct err *err)
{
    static const double zero = 0;
    if (s->count == 0)
        s->columns = value_count;
    if (s->count >= s->limits.stacks || s->rows.len >= at_mask / 2)
        return err_set(err, ERR_LIMIT, "more than %llu distinct stacks", (unsigned long long)s->limits.stacks);
    if (s->columns > 1 && s->count >= s->limits.cells / s->columns)
        return err_set(err, ERR_LIMIT, "more than %llu values: %u distinct stacks with %u sample types",
                       (unsigned long long)s->limits.cells, s->count, s->columns);
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 256;
        s->row_at = xrealloc(s->row_at, s->cap, sizeof *s->row_at);
    }
    struct head h = { (uint32_t)s->hash, (uint32_t)labels.len, (uint32_t)places.len };
    uint64_t at = s->rows.len;
    s->row_at[s->count++] = at;
    sb_add(&s->rows, span_make((const char *)&h, sizeof h));
    for (uint32_t i = 0; i < s->columns; i++)
        sb_add(&s->rows, span_make((const char *)&zero, sizeof zero));
    sb_add(&s->rows, labels);
    sb_add(&s->rows, places);
    s->deepest = n > s->deepest ? n : s->deepest;
    if (s->count > s->slots / 2)
        slots_double(s);
    else
        take_slot(s, s->hash, at);
    *ret_at = at;
    return true;
}

void pprof_stage_sum(struct pprof_stage *s, uint64_t at, const int64_t *values, uint32_t value_count)
{
    char *cell = s->rows.ptr + at + sizeof(struct head);
    for (uint32_t i = 0; i < value_count && i < s->columns; i++, cell += sizeof(double)) {
        double v;
        memcpy(&v, cell, sizeof v);
        v += (double)values[i];
        memcpy(cell, &v, sizeof v);
    }
}

bool pprof_stage_add(struct pprof_stage *s, const uint64_t *places, uint32_t n, const int64_t *values,
                     uint32_t value_count, struct span labels, struct err *err)
{
    char buf[640];
    size_t used = 0;
    sb_reset(&s->key);
    for (uint32_t i = 0; i < n; i++) {
        if (used > sizeof buf - 10) {
            sb_add(&s->key, span_make(buf, used));
            used = 0;
        }
        used += pprof_put_number(buf + used, places[i]);
    }
    sb_add(&s->key, span_make(buf, used));
    uint64_t at = pprof_stage_find(s, sb_span(&s->key), labels);
    if (at == UINT64_MAX && !pprof_stage_put(s, sb_span(&s->key), n, labels, value_count, &at, err))
        return false;
    pprof_stage_sum(s, at, values, value_count);
    return true;
}
