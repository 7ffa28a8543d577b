#include "import/perf/perf_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "profile/folded_tree.h"

/* A row while it is sorted: the rank of its name at the depth looked at, 0 behind its end. */
struct item {
    uint32_t key;
    uint32_t row;
};

/* Rows [lo, hi) are equal above depth. */
struct group {
    uint32_t lo, hi;
    uint32_t depth;
};

struct order {
    const struct perf_scan *scan;
    const struct perf_row *rows;
    const uint32_t *rank;
    struct item *items, *spare;
    struct {
        struct group *items;
        size_t count, cap;
    } open;
};

/* Depth 0 is the root. */
static uint32_t key_at(const struct order *o, uint32_t row, uint32_t depth)
{
    size_t n;
    const uint32_t *ids = perf_scan_stack(o->scan, o->rows[row].stack, &n);
    if (depth == 0)
        return o->rank[o->rows[row].root * 2 + (n > 0)] + 1;
    if (depth > n)
        return 0;
    return o->rank[ids[n - depth] * 2 + (depth < n)] + 1;
}

/* Reads the keys of a group; true when they are all equal. */
static bool load(struct order *o, struct group g)
{
    bool same = true;
    for (uint32_t i = g.lo; i < g.hi; i++) {
        o->items[i].key = key_at(o, o->items[i].row, g.depth);
        same = same && o->items[i].key == o->items[g.lo].key;
    }
    return same;
}

static void sort_by_key(struct order *o, struct group g)
{
    struct item *from = o->items + g.lo;
    struct item *to = o->spare + g.lo;
    size_t n = g.hi - g.lo;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n;
            size_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            size_t i = lo;
            size_t j = mid;
            for (size_t k = lo; k < hi; k++)
                to[k] = i < mid && (j == hi || from[i].key <= from[j].key) ? from[i++] : from[j++];
        }
        struct item *swap = from;
        from = to;
        to = swap;
    }
    if (from != o->items + g.lo)
        memcpy(o->items + g.lo, from, n * sizeof *from);
}

/* Sorts a group by its names at one depth and leaves what is still equal open for the next. */
static void split(struct order *o, struct group g)
{
    while (load(o, g)) {
        if (o->items[g.lo].key == 0)
            return; /* equal lines; there are none */
        g.depth++;
    }
    sort_by_key(o, g);
    for (uint32_t i = g.lo; i < g.hi;) {
        uint32_t j = i + 1;
        while (j < g.hi && o->items[j].key == o->items[i].key)
            j++;
        if (j - i > 1 && o->items[i].key != 0) {
            struct group part = { i, j, g.depth + 1 };
            VEC_PUSH(&o->open, part);
        }
        i = j;
    }
}

uint32_t *perf_order_rows(const struct intern *names, const struct perf_scan *scan, const struct perf_row *rows,
                          uint32_t count)
{
    uint32_t *rank = folded_rank_keys(names);
    struct order o = { .scan = scan, .rows = rows, .rank = rank };
    o.items = xcalloc((size_t)count + 1, sizeof *o.items);
    o.spare = xcalloc((size_t)count + 1, sizeof *o.spare);
    for (uint32_t i = 0; i < count; i++)
        o.items[i].row = i;
    if (count > 1) {
        struct group all = { 0, count, 0 };
        VEC_PUSH(&o.open, all);
    }
    while (o.open.count > 0)
        split(&o, o.open.items[--o.open.count]);
    uint32_t *order = xcalloc((size_t)count + 1, sizeof *order);
    for (uint32_t i = 0; i < count; i++)
        order[i] = o.items[i].row;
    free(rank);
    free(o.items);
    free(o.spare);
    free(o.open.items);
    return order;
}
