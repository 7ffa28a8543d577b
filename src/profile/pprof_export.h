/* pprof_export.h - a frozen profile as a gzipped pprof file with all its columns. Threads and processes are labels
 * (`thread`, `thread_id`, `process_id`, `process_name`, `thread_state`), inlined functions are lines of one location,
 * libraries are mappings; what a column sampled stands in a comment, since the format has no place for it.
 * The same profile gives the same bytes.
 * Source: https://github.com/google/pprof/blob/main/proto/profile.proto */
#ifndef STET_PROFILE_PPROF_EXPORT_H
#define STET_PROFILE_PPROF_EXPORT_H

#include "profile/artefact.h"
#include "profile/folded.h"

struct pprof_options {
    uint32_t column; /* the one that viewers show first; UINT32_MAX: the default column */
};

/* pprof_write - a's profile, with its length where it is known.
 * Units:  seconds become nanoseconds; everything is rounded to whole numbers, the format has no others. Rows of weight 0
 *         in every column are left out. Samples that no column counts are one more column.
 * Errors: ERR_EMPTY (no column, or no weight in any), ERR_VALUE (a weight of 2^63 and more), what write returns.
 * Cost:   O(distinct stacks) memory. */
bool pprof_write(const struct artefact *a, const struct pprof_options *opt, folded_write_fn write, void *user,
                 struct err *err) MUST_CHECK;

#endif
