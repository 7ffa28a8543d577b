/* data_known.h - chains of addresses that were met before, with the number of the stack that they are. Recordings repeat
 * the same chain again and again: what is known needs no look at any of its addresses. */
#ifndef STET_IMPORT_PERF_DATA_KNOWN_H
#define STET_IMPORT_PERF_DATA_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the addresses mean hangs on these, too. */
struct pdata_known_key {
    const uint64_t *words; /* addresses and the markers between them */
    size_t count, plain;   /* words from `plain` on are no markers */
    uint64_t user, kernel; /* generations of the maps */
    uint32_t context;      /* scan.context */
};

struct pdata_known;

/* Number of the stack, or UINT32_MAX; remembers where it would stand, for pdata_known_add. */
uint32_t pdata_known_find(struct pdata_known *k, const struct pdata_known_key *key);
/* Keeps the stack of the key that was not found just now. Bounded: forgets everything when it is full. */
void pdata_known_add(struct pdata_known *k, const struct pdata_known_key *key, uint32_t stack);
struct pdata_known *pdata_known_new(void);
void pdata_known_free(struct pdata_known *k); /* NULL is fine */

#endif
