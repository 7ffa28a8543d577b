/* folded.h - a profile as folded stacks: `root;frame;leaf weight`, sorted, equal stacks summed. */
#ifndef STET_PROFILE_FOLDED_H
#define STET_PROFILE_FOLDED_H

#include "base/sb.h"
#include "profile/profile.h"

struct folded_options {
    uint32_t column; /* UINT32_MAX: the default column, or the first one where none measures time */
    bool threads;    /* the thread's name as root frame, where it has one (blanks become _) */
    bool places;     /* ` (file:line)` behind a function whose file is known */
    bool kernel;     /* _[k] behind kernel frames */
    bool jit;        /* _[j] behind frames compiled at run time */
    bool no_repeats; /* a frame that calls itself is written once */
};
#define FOLDED_DEFAULT ((struct folded_options){ .column = UINT32_MAX, .threads = true, .places = true })

typedef bool (*folded_write_fn)(void *user, struct span text, struct err *err);

/* folded_write - writes all stacks of one column.
 * Units:  counts and cycles as they are; seconds as microseconds where the clock is wall or off-CPU, else as nanoseconds, the
 *         units that the field's tools write. Rows of weight 0 are left out.
 * Errors: ERR_EMPTY (no column), what write returns. Cost: O(text) memory for the sorting. */
bool folded_write(const struct profile *p, const struct folded_options *opt, folded_write_fn write, void *user,
                  struct err *err) MUST_CHECK;

/* folded_number - a weight as folded files write it: whole where it is whole, else with the digits it needs. */
void folded_number(struct sb *out, double value);

#endif
