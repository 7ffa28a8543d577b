/* speedscope_export.h - a frozen profile as a speedscope file: one sampled profile a thread, in time order where the
 * profile has one. Weights of a stack sum to its value in the chosen column, so reading the file back gives the same
 * totals (stacks that differ only in state, labels or inlining become one).
 * Source: https://www.speedscope.app/file-format-schema.json */
#ifndef STET_PROFILE_SPEEDSCOPE_EXPORT_H
#define STET_PROFILE_SPEEDSCOPE_EXPORT_H

#include "profile/folded.h"

struct speedscope_options {
    uint32_t column;   /* UINT32_MAX: the default column, or the first */
    struct span title; /* name of the file in the viewer */
};

/* speedscope_write - in pieces of some 64 KiB.
 * Errors: ERR_EMPTY (no column, or no weight in it), what write returns. Cost: O(rows + samples in order) memory. */
bool speedscope_write(const struct profile *p, const struct speedscope_options *opt, folded_write_fn write, void *user,
                      struct err *err) MUST_CHECK;

#endif
