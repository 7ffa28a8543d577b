#include "profile/folded_tree.h"

#include <stdlib.h>

#include "base/err.h"

void folded_tree_init(struct folded_tree *t)
{
    *t = (struct folded_tree){ .size = 1024, .mask = 4095, .count = 1 };
    intern_init(&t->names);
    t->nodes = xcalloc(t->size, sizeof *t->nodes);
    t->slot = xcalloc((size_t)t->mask + 1, sizeof *t->slot);
}

void folded_tree_release(struct folded_tree *t)
{
    intern_release(&t->names);
    free(t->nodes);
    free(t->slot);
    *t = (struct folded_tree){ 0 };
}

static uint32_t place(const struct folded_tree *t, uint32_t parent, uint32_t name)
{
    uint64_t h = ((uint64_t)parent << 32 | name) * 0x9fb21c651e98df25u;
    return (uint32_t)(h >> 32) & t->mask;
}

static void slots_grow(struct folded_tree *t)
{
    free(t->slot);
    t->mask = t->mask * 2 + 1;
    t->slot = xcalloc((size_t)t->mask + 1, sizeof *t->slot);
    for (uint32_t i = 1; i < t->count; i++) {
        uint32_t at = place(t, t->nodes[i].parent, t->nodes[i].name);
        while (t->slot[at] != 0)
            at = (at + 1) & t->mask;
        t->slot[at] = i + 1;
    }
}

uint32_t folded_tree_child(struct folded_tree *t, uint32_t parent, uint32_t name)
{
    uint32_t at = place(t, parent, name);
    for (; t->slot[at] != 0; at = (at + 1) & t->mask) {
        const struct folded_node *n = &t->nodes[t->slot[at] - 1];
        if (n->parent == parent && n->name == name)
            return t->slot[at] - 1;
    }
    if (t->count >= UINT32_MAX / 4)
        fatal_oom();
    if (t->count == t->size) {
        t->size *= 2;
        t->nodes = xrealloc(t->nodes, t->size, sizeof *t->nodes);
    }
    t->nodes[parent].inner = true;
    t->nodes[t->count] = (struct folded_node){ .parent = parent, .name = name };
    t->slot[at] = t->count + 1;
    if (++t->count > t->mask / 2)
        slots_grow(t);
    return t->count - 1;
}

/* --- order --- */

/* A name with what follows it in a line: key 2n ends the line, key 2n + 1 goes on with ';'. */
static int compare_keys(const struct intern *names, uint32_t a, uint32_t b)
{
    struct span x = intern_get(names, a / 2);
    struct span y = intern_get(names, b / 2);
    size_t n = x.len < y.len ? x.len : y.len;
    int c = n > 0 ? memcmp(x.ptr, y.ptr, n) : 0;
    if (c != 0)
        return c;
    int next_x = x.len > n ? (unsigned char)x.ptr[n] : a % 2 ? ';' : -1;
    int next_y = y.len > n ? (unsigned char)y.ptr[n] : b % 2 ? ';' : -1;
    return next_x - next_y;
}

/* Bottom-up merge sort. */
uint32_t *folded_rank_keys(const struct intern *names)
{
    uint32_t n = names->count * 2;
    uint32_t *from = xcalloc((size_t)n + 1, sizeof *from);
    uint32_t *to = xcalloc((size_t)n + 1, sizeof *to);
    for (uint32_t i = 0; i < n; i++)
        from[i] = i;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t mid = lo + width < n ? lo + width : n;
            size_t hi = lo + 2 * width < n ? lo + 2 * width : n;
            size_t i = lo;
            size_t j = mid;
            for (size_t k = lo; k < hi; k++)
                to[k] = i < mid && (j == hi || compare_keys(names, from[i], from[j]) <= 0) ? from[i++] : from[j++];
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    for (uint32_t i = 0; i < n; i++)
        to[from[i]] = i;
    free(from);
    return to;
}

static uint32_t key_of(const struct folded_tree *t, struct folded_entry e)
{
    return t->nodes[e.node].name * 2 + e.below;
}

/* counts[i + 1] holds how many; afterwards counts[i] is where the first of them goes. */
static void counts_sum(uint32_t *counts, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        counts[i + 1] += counts[i];
}

/* All entries by rank: a counting sort, so that a second one by parent keeps this order within a parent. */
static struct folded_entry *entries_by_rank(const struct folded_tree *t, const uint32_t *rank, uint32_t *ret_n)
{
    uint32_t keys = t->names.count * 2;
    uint32_t *next = xcalloc((size_t)keys + 2, sizeof *next);
    for (uint32_t i = 1; i < t->count; i++) {
        next[rank[t->nodes[i].name * 2] + 1] += t->nodes[i].written;
        next[rank[t->nodes[i].name * 2 + 1] + 1] += t->nodes[i].inner;
    }
    counts_sum(next, keys);
    *ret_n = next[keys];
    struct folded_entry *sorted = xcalloc((size_t)*ret_n + 1, sizeof *sorted);
    for (uint32_t i = 1; i < t->count; i++) {
        struct folded_entry both[] = { { i, false }, { i, true } };
        if (t->nodes[i].written)
            sorted[next[rank[key_of(t, both[0])]]++] = both[0];
        if (t->nodes[i].inner)
            sorted[next[rank[key_of(t, both[1])]]++] = both[1];
    }
    free(next);
    return sorted;
}

struct folded_entry *folded_tree_order(const struct folded_tree *t, uint32_t **ret_first)
{
    uint32_t *rank = folded_rank_keys(&t->names);
    uint32_t n = 0;
    struct folded_entry *by_rank = entries_by_rank(t, rank, &n);
    free(rank);
    uint32_t *first = xcalloc((size_t)t->count + 1, sizeof *first);
    for (uint32_t i = 0; i < n; i++)
        first[t->nodes[by_rank[i].node].parent + 1]++;
    counts_sum(first, t->count);
    uint32_t *next = xcalloc((size_t)t->count + 1, sizeof *next);
    memcpy(next, first, ((size_t)t->count + 1) * sizeof *next);
    struct folded_entry *sorted = xcalloc((size_t)n + 1, sizeof *sorted);
    for (uint32_t i = 0; i < n; i++)
        sorted[next[t->nodes[by_rank[i].node].parent]++] = by_rank[i];
    free(next);
    free(by_rank);
    *ret_first = first;
    return sorted;
}
