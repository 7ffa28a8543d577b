/* perf_table.h - open addressing by a 64-bit hash: slots hold half of the hash and a number, the things stand elsewhere. */
#ifndef STET_IMPORT_PERF_TABLE_H
#define STET_IMPORT_PERF_TABLE_H

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct perf_slot {
    uint32_t tag; /* high half of the hash */
    uint32_t ix;  /* number + 1, 0 = free */
};

struct perf_table {
    struct perf_slot *slot;
    uint32_t mask;
    uint32_t used;
};

typedef uint64_t (*perf_table_hash_fn)(const void *user, uint32_t ix);

static inline uint64_t perf_table_mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 29;
    h *= 0x9fb21c651e98df25u;
    return h ^ h >> 32;
}

/* Two lanes of eight bytes: a frame line is about fifty. */
static inline uint64_t perf_table_hash(const char *p, size_t n, uint64_t seed)
{
    uint64_t a = seed ^ n;
    uint64_t b = seed + 0x9e3779b97f4a7c15u;
    while (n >= 16) {
        uint64_t w[2];
        memcpy(w, p, 16);
        a = (a ^ w[0]) * 0x9fb21c651e98df25u;
        b = (b ^ w[1]) * 0xd6e8feb86659fd93u;
        a ^= a >> 31;
        b ^= b >> 29;
        p += 16;
        n -= 16;
    }
    uint64_t tail[2] = { 0, 0 };
    if (n > 0)
        memcpy(tail, p, n);
    a = (a ^ tail[0]) * 0x9fb21c651e98df25u;
    b = (b ^ tail[1]) * 0xd6e8feb86659fd93u;
    return perf_table_mix(a ^ (b << 23 | b >> 41));
}

static inline void perf_table_init(struct perf_table *t, uint32_t slots)
{
    t->slot = xcalloc(slots, sizeof *t->slot);
    t->mask = slots - 1;
    t->used = 0;
}

static inline uint32_t perf_table_first(const struct perf_table *t, uint64_t hash)
{
    return (uint32_t)hash & t->mask;
}

/* Fills the free slot `at`; the thing of that number is in its place already. */
static inline void perf_table_put(struct perf_table *t, uint32_t at, uint64_t hash, uint32_t ix,
                                  perf_table_hash_fn rehash, const void *user)
{
    t->slot[at] = (struct perf_slot){ (uint32_t)(hash >> 32), ix + 1 };
    if (++t->used * 2 <= t->mask)
        return;
    struct perf_table bigger;
    perf_table_init(&bigger, (t->mask + 1) * 4);
    for (uint32_t i = 0; i <= t->mask; i++) {
        if (t->slot[i].ix == 0)
            continue;
        uint32_t to = perf_table_first(&bigger, rehash(user, t->slot[i].ix - 1));
        while (bigger.slot[to].ix != 0)
            to = (to + 1) & bigger.mask;
        bigger.slot[to] = t->slot[i];
    }
    bigger.used = t->used;
    free(t->slot);
    *t = bigger;
}

#endif
