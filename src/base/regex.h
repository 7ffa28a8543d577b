/* regex.h - regular expressions over bytes for searching names: literals, ., [sets], ^, $, groups, |, *, + and ?, with the
 * escapes \d \w \s \D \W \S. Matching takes at most pattern times text steps whatever the pattern is, and no recursion.
 * Source: Thompson 1968, Regular Expression Search Algorithm. */
#ifndef STET_BASE_REGEX_H
#define STET_BASE_REGEX_H

#include "base/err.h"
#include "base/span.h"

enum { REGEX_PATTERN_MAX = 200 };

struct regex; /* one thread at a time */

/* In: fold: capitals of ASCII count as small letters. Errors: ERR_VALUE with the byte and what is not understood there.
 * Owns: *ret, regex_free. */
bool regex_compile(struct span pattern, bool fold, struct regex **ret, struct err *err) MUST_CHECK;
/* Whether it matches anywhere in the text. */
bool regex_search(struct regex *r, struct span text);
void regex_free(struct regex *r); /* NULL is fine */

#endif
