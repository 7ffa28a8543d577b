/* speed.h - published speed-up ranges of addressable code by pair of languages and class of work (speed.def, with the
 * source of each row). Source: method 3.2. */
#ifndef STET_ROI_SPEED_H
#define STET_ROI_SPEED_H

#include "evidence/evidence.h"

/* In:  from, to: languages ("python", "rust" ...); workload_class "" = not declared: smallest lo and largest hi of the
 *      pair's rows. Out: SPEED_UNKNOWN when no target was named; PERT(0.9, 1.0, 1.1) for native to native and for pairs
 *      that are not listed. *ret_source one phrase for the report. */
struct speed_range speed_of(struct span from, struct span to, struct span workload_class, const char **ret_source);
/* Whether the class is one of the table; nearest known name for errors. */
bool speed_class_known(struct span workload_class);

#endif
