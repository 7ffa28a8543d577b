/* canon.h - one text for all writings of the same JSON value: keys sorted by bytes, numbers by value, no blanks,
 * members that are null left out. Private to roi/. */
#ifndef STET_ROI_CANON_H
#define STET_ROI_CANON_H

#include "base/json.h"
#include "base/sb.h"

enum { CANON_DEPTH_MAX = 128 };
/* In: doc at most CANON_DEPTH_MAX deep. */
void canon_write(const struct json *doc, struct sb *out);

#endif
