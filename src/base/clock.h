/* clock.h - the only place that reads a clock. Analyses never do: `as_of` is an input. */
#ifndef STET_BASE_CLOCK_H
#define STET_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/sb.h"

int64_t clock_unix_us(void); /* microseconds since 1970, UTC */
int64_t clock_monotonic_ns(void);
/* Moment wait_s from now, for pthread_cond_timedwait on a condition of that clock. */
struct timespec clock_deadline(int64_t wait_s);           /* CLOCK_REALTIME, the default of conditions */
struct timespec clock_deadline_monotonic(int64_t wait_s); /* CLOCK_MONOTONIC */
/* RFC 3339 UTC with microseconds, as 2026-01-05T10:00:00.123456Z. */
void clock_format(struct sb *out, int64_t unix_us);
/* Reads RFC 3339 in UTC (Z) with or without a fraction. */
bool clock_parse(struct span s, int64_t *ret_unix_us);

#endif
