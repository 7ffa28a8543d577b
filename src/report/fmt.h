/* fmt.h - numbers as people read them: two significant digits with the amount beside, counts in full. Unknown (NaN)
 * prints as "not known". Nothing here looks at the locale. */
#ifndef STET_REPORT_FMT_H
#define STET_REPORT_FMT_H

#include <stdint.h>

#include "base/sb.h"

/* 0.018, 1.8, 12, 1,240: two significant digits below 100, whole numbers with thousands' commas above. */
void fmt_number(struct sb *out, double x);
/* 0.030 -> "3.0 %"; what is not all does not print as 100 %, what is not nothing not as 0 %. */
void fmt_percent(struct sb *out, double share);
/* "30..53" without the sign, for tables; "0.3..0.4". Nothing when an end is unknown. */
void fmt_percent_range(struct sb *out, double lo, double hi);
/* 58.2 s, 1.8 s, 8.0 ms, 12 us; above two hours "3.5 h". */
void fmt_seconds(struct sb *out, double seconds);
/* 1.03x, 7.4x, 38x */
void fmt_factor(struct sb *out, double x);
/* A speed-up that is a limit: "over 100x" from there on, where the figure only tells how little was left over. */
void fmt_ceiling(struct sb *out, double x);
void fmt_bytes(struct sb *out, double bytes);
/* The value of a fact in the unit that the dictionary gives: a share as percent, seconds, money, yes or no. */
void fmt_fact(struct sb *out, struct span name, double value);
/* A unit word of a document: "share", "s", "x", "USD"; anything else is a plain number. */
void fmt_unit(struct sb *out, struct span unit, double value);

#endif
