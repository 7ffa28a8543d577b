/* numtext.h - numbers as tools print them for people: grouped digits, decimal commas, clock notation.
 * Each reader also gives half of the last printed place, the rounding that the text hides. */
#ifndef STET_IMPORT_NUMTEXT_H
#define STET_IMPORT_NUMTEXT_H

#include "base/span.h"

/* numtext_plain - a plain decimal, with a point or a comma before the fraction: "3.004", "0,51".
 * Out:    value and half of the last place (0.0005 for "3.004"). ret_half may be NULL. */
bool numtext_plain(struct span s, double *ret, double *ret_half);

/* numtext_grouped - as numtext_plain, but digits may be grouped in threes by point, comma, apostrophe, blank or a
 * no-break space: "1,234", "1.234.567", "1 234,56". A single separator before exactly three digits groups. */
bool numtext_grouped(struct span s, double *ret, double *ret_half);

/* numtext_clock - "[h:]m:ss[.ff]" or plain seconds, with an optional `s`; also bash's "0m1.007s" and "1h2m3.4s".
 * Out:    seconds, half of the last place */
bool numtext_clock(struct span s, double *ret_s, double *ret_half_s);

/* True for a byte sequence at s that groups digits but is no digit; *ret_len is its length. */
bool numtext_is_space(struct span s, size_t *ret_len);

#endif
