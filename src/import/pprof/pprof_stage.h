/* pprof_stage.h - samples of the pprof family as they stand in the file: stacks of numbered places (location ids,
 * addresses) with their sums. What a place is called shows only later in the file, so each distinct stack is held once,
 * as few bytes, and named when everything is known; the samples themselves are never kept. */
#ifndef STET_IMPORT_PPROF_STAGE_H
#define STET_IMPORT_PPROF_STAGE_H

#include "base/err.h"
#include "base/limits.h"
#include "base/sb.h"

/* Entries by an arbitrary number, in the order in which they came. */
struct pprof_ids {
    uint64_t *ids;
    uint32_t count, cap;
    uint32_t *direct; /* small numbers: index + 1, 0 = none */
    uint32_t direct_size;
    uint32_t *slot; /* all others: open addressing, index + 1 */
    uint32_t slots, used;
};

/* UINT32_MAX when it is not known. */
uint32_t pprof_ids_find(const struct pprof_ids *t, uint64_t id);
/* Index of a new entry; the number must not be known yet. */
uint32_t pprof_ids_put(struct pprof_ids *t, uint64_t id);
void pprof_ids_release(struct pprof_ids *t);

struct pprof_stage {
    struct limits limits;
    uint32_t columns;
    uint32_t count, cap; /* rows */
    uint32_t deepest;    /* places of the longest row */
    struct sb rows;      /* one behind the other: head, a double for each column, labels, places as varints */
    uint64_t *row_at;    /* where each begins */
    uint64_t *slot;      /* open addressing: part of the hash and where the row begins + 1, 0 = free */
    uint32_t slots;
    uint64_t hash; /* of the last search */
    struct sb key; /* places under construction */
};

void pprof_stage_open(struct pprof_stage *s, const struct limits *lim);
void pprof_stage_release(struct pprof_stage *s);
/* One sample; equal samples are summed. places: leaf first; labels: any bytes, compared as such. Every sample has the same
 * number of values, at least 0 each.
 * Errors: ERR_LIMIT */
bool pprof_stage_add(struct pprof_stage *s, const uint64_t *places, uint32_t n, const int64_t *values,
                     uint32_t value_count, struct span labels, struct err *err) MUST_CHECK;
/* The same in steps, for places that stand in the file as varints already: those of a known row need no second look.
 * pprof_stage_find - where its row begins, or UINT64_MAX. pprof_stage_put - the row that was just not found; the caller
 * has seen that `places` are n whole varints. pprof_stage_sum - adds the values of a sample. */
uint64_t pprof_stage_find(struct pprof_stage *s, struct span places, struct span labels);
bool pprof_stage_put(struct pprof_stage *s, struct span places, uint32_t n, struct span labels, uint32_t value_count,
                     uint64_t *ret_at, struct err *err) MUST_CHECK;
void pprof_stage_sum(struct pprof_stage *s, uint64_t at, const int64_t *values, uint32_t value_count);
/* Row `ix` as it was added: up to `deepest` places, leaf first; returns how many. labels borrows. */
uint32_t pprof_stage_row(const struct pprof_stage *s, uint32_t ix, uint64_t *places, struct span *ret_labels);
double pprof_stage_value(const struct pprof_stage *s, uint32_t ix, uint32_t column);
/* The varint of a number: up to 10 bytes; returns how many. */
size_t pprof_put_number(char *to, uint64_t v);

#endif
