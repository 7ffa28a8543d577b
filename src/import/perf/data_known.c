#include "import/perf/data_known.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { SLOTS = 1 << 15, ENTRIES_MAX = SLOTS / 2, WORDS_MAX = 1 << 20, CHAIN_MAX = 1 << 16 };

struct known {
    uint64_t hash, user, kernel;
    uint32_t at, count; /* in the words */
    uint32_t plain;
    uint32_t stack, context;
};

struct pdata_known {
    struct known items[ENTRIES_MAX];
    uint32_t slot[SLOTS]; /* item + 1, 0 = free */
    uint32_t count;
    uint32_t free_at; /* the slot that the last search ended at */
    uint64_t hash;    /* of that search */
    uint32_t used, size;
    uint64_t *words;
};

struct pdata_known *pdata_known_new(void)
{
    return xcalloc(1, sizeof(struct pdata_known));
}

void pdata_known_free(struct pdata_known *k)
{
    if (!k)
        return;
    free(k->words);
    free(k);
}

/* Two lanes, so that one product does not wait for the other. */
static uint64_t key_hash(const struct pdata_known_key *key)
{
    uint64_t a = key->user ^ key->count;
    uint64_t b = key->kernel << 1 ^ key->context ^ 0x9e3779b97f4a7c15u;
    size_t i = 0;
    for (; i + 2 <= key->count; i += 2) {
        a = (a ^ key->words[i]) * 0x9fb21c651e98df25u;
        b = (b ^ key->words[i + 1]) * 0xd6e8feb86659fd93u;
        a ^= a >> 31;
        b ^= b >> 29;
    }
    if (i < key->count)
        a = (a ^ key->words[i]) * 0x9fb21c651e98df25u;
    a ^= b << 23 | b >> 41;
    a ^= a >> 32;
    a *= 0xd6e8feb86659fd93u;
    return a ^ a >> 29;
}

uint32_t pdata_known_find(struct pdata_known *k, const struct pdata_known_key *key)
{
    uint64_t hash = key_hash(key);
    uint32_t at = (uint32_t)hash & (SLOTS - 1);
    for (; k->slot[at] != 0; at = (at + 1) & (SLOTS - 1)) {
        const struct known *e = &k->items[k->slot[at] - 1];
        if (e->hash == hash && e->count == key->count && e->plain == key->plain && e->user == key->user &&
            e->kernel == key->kernel && e->context == key->context &&
            (key->count == 0 || memcmp(k->words + e->at, key->words, key->count * sizeof *key->words) == 0))
            return e->stack;
    }
    k->free_at = at;
    k->hash = hash;
    return UINT32_MAX;
}

void pdata_known_add(struct pdata_known *k, const struct pdata_known_key *key, uint32_t stack)
{
    if (key->count > CHAIN_MAX)
        return;
    if (k->count == ENTRIES_MAX || k->used + key->count > WORDS_MAX) {
        memset(k->slot, 0, sizeof k->slot);
        k->count = k->used = 0;
        k->free_at = (uint32_t)k->hash & (SLOTS - 1);
    }
    if (k->size - k->used < key->count) {
        uint32_t want = (k->used + (uint32_t)key->count) * 2;
        k->size = want < 4096 ? 4096 : want;
        k->words = xrealloc(k->words, k->size, sizeof *k->words);
    }
    if (key->count > 0)
        memcpy(k->words + k->used, key->words, key->count * sizeof *key->words);
    k->items[k->count] = (struct known){ .hash = k->hash,
                                         .user = key->user,
                                         .kernel = key->kernel,
                                         .at = k->used,
                                         .count = (uint32_t)key->count,
                                         .plain = (uint32_t)key->plain,
                                         .stack = stack,
                                         .context = key->context };
    k->used += (uint32_t)key->count;
    k->slot[k->free_at] = ++k->count;
}
