/* data_unwind.h - user chains of samples that hold registers and a piece of the stack (--call-graph dwarf). */
#ifndef STET_IMPORT_PERF_DATA_UNWIND_H
#define STET_IMPORT_PERF_DATA_UNWIND_H

#include "import/perf/data_sample.h"
#include "import/perf/data_space.h"
#include "symbol/unwind_remote.h"

struct pdata_feed;
struct pdata_unwind;

/* What came of the samples so far. */
struct pdata_unwind_stats {
    uint64_t samples;
    uint64_t ends[UNWIND_END_COUNT];
    uint64_t other_arch; /* recorded on a machine whose stacks this build does not walk */
    struct span missing; /* path of a binary that was not at hand, "" when all were */
};

/* pdata_unwind - user addresses of the sample, leaf first.
 * In:  maps of its process at that time
 * Out: *ret_ips borrowed until the next call; 0 where the registers do not even tell the leaf */
uint32_t pdata_unwind(struct pdata_feed *d, const struct pdata_sample *s, const struct pdata_maps *maps,
                      const uint64_t **ret_ips);
/* Before anything was unwound all is 0. */
void pdata_unwind_stats(const struct pdata_unwind *u, struct pdata_unwind_stats *ret);
void pdata_unwind_free(struct pdata_unwind *u); /* NULL is fine */

#endif
