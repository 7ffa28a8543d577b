/* flame.h - a static flame graph of one value column: SVG with presentation attributes and <title>, no style, no
 * script, so that it can stand inside a page with a strict policy, in mail or alone.
 *
 * 1. Boxes are merged by (parent, function text); siblings in the order of their text, so equal profiles give equal
 *    pictures. 2. A box narrower than min_share is not drawn, and the picture says which share is hidden.
 * 3. Memory and time are bounded by the boxes drawn plus the distinct stacks; no recursion. */
#ifndef STET_REPORT_FLAME_H
#define STET_REPORT_FLAME_H

#include "base/err.h"
#include "base/sb.h"
#include "classify/classify.h"
#include "profile/profile.h"

struct report_flame_options {
    double min_share;   /* 0 = 0.001 */
    uint32_t depth_max; /* rows drawn; 0 = 96 */
    uint32_t boxes_max; /* 0 = 20000; the narrowest are hidden first */
    uint32_t width_px;  /* 0 = 1200 */
    bool cpu_only;      /* leave out rows whose category is waiting or idle */
    struct span title;  /* "" = none */
    bool standalone;    /* with XML declaration and name space; otherwise for a place inside HTML */
};

/* report_flame_svg - In: p frozen; column < p->column_count; cls one category per row, or NULL (uncoloured).
 * Out: SVG appended to out. Errors: ERR_EMPTY when no row of the column has weight, ERR_VALUE for a column that is
 * not there. Cost: O(rows * depth). */
bool report_flame_svg(const struct profile *p, uint32_t column, const struct classification *cls,
                      const struct report_flame_options *opt, struct sb *out, struct err *err) MUST_CHECK;

#endif
