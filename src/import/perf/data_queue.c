#include "import/perf/data_queue.h"

#include <stdlib.h>

enum { POOL_MAX = 24 << 20, RECORDS_MAX = 1 << 19 };

void pdata_queue_release(struct pdata_queue *q)
{
    free(q->items);
    free(q->other);
    free(q->pool);
}

void pdata_queue_add(struct pdata_queue *q, uint64_t time, const struct pdata_record *r)
{
    if (q->count == q->cap) {
        q->cap = q->cap ? q->cap * 2 : 4096;
        q->items = xrealloc(q->items, q->cap, sizeof *q->items);
    }
    if (q->pool_size - q->pool_len < r->bytes.len) {
        q->pool_size = q->pool_size ? q->pool_size * 2 : 1 << 20;
        q->pool = xrealloc(q->pool, q->pool_size, 1);
    }
    memcpy(q->pool + q->pool_len, r->bytes.ptr, r->bytes.len);
    q->items[q->count++] = (struct pdata_queued){ time, r->offset, (uint32_t)q->pool_len, (uint32_t)r->bytes.len };
    q->pool_len += r->bytes.len;
    q->latest = time > q->latest ? time : q->latest;
    q->late += time < q->handed;
}

bool pdata_queue_pop(struct pdata_queue *q, const struct pdata_file *f, struct pdata_record *ret)
{
    if (q->next == q->ready)
        return false;
    const struct pdata_queued *i = &q->items[q->next++];
    const char *p = q->pool + i->at;
    *ret = (struct pdata_record){
        .type = pdata_u32(f, p), .misc = pdata_u16(f, p + 4), .bytes = span_make(p, i->len), .offset = i->offset
    };
    q->handed = i->time;
    return true;
}

/* Length of the ascending run that begins at `from`. */
static size_t run_length(const struct pdata_queued *v, size_t from, size_t n)
{
    size_t i = from + 1;
    while (i < n && v[i].time >= v[i - 1].time)
        i++;
    return i - from;
}

static void merge(const struct pdata_queued *from, size_t lo, size_t mid, size_t hi, struct pdata_queued *to)
{
    size_t i = lo;
    size_t j = mid;
    for (size_t k = lo; k < hi; k++)
        to[k] = i < mid && (j == hi || from[i].time <= from[j].time) ? from[i++] : from[j++];
}

/* Stable natural merge sort: each CPU's batch is sorted already. */
static void sort(struct pdata_queue *q)
{
    size_t n = q->count;
    if (n < 2 || run_length(q->items, 0, n) == n)
        return;
    if (q->other_cap < q->cap) {
        q->other = xrealloc(q->other, q->cap, sizeof *q->other);
        q->other_cap = q->cap;
    }
    for (size_t runs = 2; runs > 1;) {
        runs = 0;
        for (size_t lo = 0; lo < n; runs++) {
            size_t mid = lo + run_length(q->items, lo, n);
            size_t hi = mid < n ? mid + run_length(q->items, mid, n) : n;
            merge(q->items, lo, mid, hi, q->other);
            lo = hi;
        }
        struct pdata_queued *swap = q->items;
        q->items = q->other;
        q->other = swap;
        size_t cap = q->cap;
        q->cap = q->other_cap;
        q->other_cap = cap;
    }
}

/* The bytes of the records that are left, back to back in a new pool: one that waits long would hold all behind it. */
static void repack(struct pdata_queue *q, size_t wanted)
{
    char *pool = xcalloc(wanted + 1, 1);
    size_t at = 0;
    for (size_t i = q->ready; i < q->count; i++) {
        struct pdata_queued *item = &q->items[i];
        memcpy(pool + at, q->pool + item->at, item->len);
        item->at = (uint32_t)at;
        at += item->len;
    }
    free(q->pool);
    q->pool = pool;
    q->pool_size = wanted + 1;
    q->pool_len = at;
}

/* Drops what was handed out, and its bytes. */
static void compact(struct pdata_queue *q)
{
    size_t left = q->count - q->ready;
    size_t first = q->pool_len;
    size_t wanted = 0;
    for (size_t i = q->ready; i < q->count; i++) {
        first = q->items[i].at < first ? q->items[i].at : first;
        wanted += q->items[i].len;
    }
    if (q->pool_len - first > 2 * wanted + POOL_MAX / 8) {
        repack(q, wanted);
    } else if (first > 0) {
        memmove(q->pool, q->pool + first, q->pool_len - first);
        q->pool_len -= first;
        for (size_t i = q->ready; i < q->count; i++)
            q->items[i].at -= (uint32_t)first;
    }
    if (left > 0 && q->ready > 0)
        memmove(q->items, q->items + q->ready, left * sizeof *q->items);
    q->count = left;
    q->next = q->ready = 0;
}

/* Sorts, and makes everything up to `time` ready. */
static void flush(struct pdata_queue *q, uint64_t time)
{
    compact(q);
    sort(q);
    size_t lo = 0;
    size_t hi = q->count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (q->items[mid].time <= time)
            lo = mid + 1;
        else
            hi = mid;
    }
    q->ready = lo;
}

void pdata_queue_round(struct pdata_queue *q)
{
    flush(q, q->round_latest);
    q->round_latest = q->latest;
}

bool pdata_queue_full(const struct pdata_queue *q)
{
    return q->pool_len > POOL_MAX || q->count > RECORDS_MAX;
}

void pdata_queue_half(struct pdata_queue *q)
{
    compact(q);
    sort(q);
    q->ready = (q->count + 1) / 2;
}

void pdata_queue_end(struct pdata_queue *q)
{
    flush(q, UINT64_MAX);
}
