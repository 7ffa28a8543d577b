/* quantity.h - an input of a proposal that may be uncertain: a number, a range, or a distribution given by three or two
 * of its points. Drawn once a draw, independently of all others.
 * Source: method 5.3 (PERT by its Beta shape, lognormal by its P10 and P90). */
#ifndef STET_ROI_QUANTITY_H
#define STET_ROI_QUANTITY_H

#include "base/err.h"
#include "base/json.h"
#include "roi/rng.h"

enum quantity_kind {
    QUANTITY_ABSENT,    /* not given: unknown, never 0 */
    QUANTITY_CONST,     /* a */
    QUANTITY_UNIFORM,   /* a..b */
    QUANTITY_PERT,      /* a, mode, b */
    QUANTITY_LOGNORMAL, /* a = P10, b = P90 */
};

struct quantity {
    enum quantity_kind kind;
    double a, mode, b;
};
#define QUANTITY_NONE ((struct quantity){ .kind = QUANTITY_ABSENT })
static inline struct quantity quantity_const(double x)
{
    return (struct quantity){ .kind = QUANTITY_CONST, .a = x, .mode = x, .b = x };
}
static inline bool quantity_known(const struct quantity *q)
{
    return q->kind != QUANTITY_ABSENT;
}

#define QUANTITY_SOME 1e-6 /* as `lowest`: above 0 */
/* Reads a number, {lo,hi}, {lo,mode,hi} or {p10,p90}; equal ends are a constant; null or absent is QUANTITY_ABSENT.
 * In:     lowest, highest: allowed range of every value drawn
 * Errors: ERR_VALUE saying what is wrong with the field (the caller names it): not finite, lo > hi, mode outside,
 *         p10 <= 0, out of range, other members. */
bool quantity_from_json(const struct json *v, double lowest, double highest, struct quantity *ret,
                        struct err *err) MUST_CHECK;

double quantity_draw(const struct quantity *q, struct rng *r); /* not for QUANTITY_ABSENT */
double quantity_quantile(const struct quantity *q, double p);  /* NaN when absent */
double quantity_mean(const struct quantity *q);                /* NaN when absent */
double quantity_lowest(const struct quantity *q);              /* end of the range; lognormal: P1 */
double quantity_highest(const struct quantity *q);             /* end of the range; lognormal: P99 */

#endif
