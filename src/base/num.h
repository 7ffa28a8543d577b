/* num.h - numbers out of text, whole span or nothing: no blanks, no trailing bytes, no locale. */
#ifndef STET_BASE_NUM_H
#define STET_BASE_NUM_H

#include <stdint.h>

#include "base/span.h"

bool span_to_u64(struct span s, uint64_t *ret);
bool span_to_i64(struct span s, int64_t *ret);
bool span_hex_to_u64(struct span s, uint64_t *ret); /* optional 0x */
/* Decimal with optional sign, fraction and exponent. Refuses inf, nan, hex and anything that overflows. */
bool span_to_double(struct span s, double *ret);

/* Unknown is NaN inside the engine and null in every document. */
#define NUM_UNKNOWN ((double)__builtin_nan(""))
static inline bool num_known(double x)
{
    return x == x;
}

#endif
