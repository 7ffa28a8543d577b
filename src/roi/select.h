/* select.h - quantiles of many numbers without sorting all of them. Private to roi/. */
#ifndef STET_ROI_SELECT_H
#define STET_ROI_SELECT_H

#include <stddef.h>

/* quantiles_of - type 7 quantiles (straight line between the two order statistics).
 * In: x may be reordered, n > 0, no NaN (INFINITY may be among them); p ascending; scratch [n + 1]. Cost: O(n) for a few
 * p: of many numbers a sample says between which two each quantile lies, one pass collects those, and only they are put
 * in order. */
void quantiles_of(double *x, size_t n, const double *p, size_t count, double *scratch, double *ret);

#endif
