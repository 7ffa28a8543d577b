/* sampler.h - the distributions behind quantities, exact and as tables that draw fast. Private to roi/.
 * PERT(a,m,b) is a + (b-a) Beta(x, 6-x) with x = 1 + 4(m-a)/(b-a), its shape. */
#ifndef STET_ROI_SAMPLER_H
#define STET_ROI_SAMPLER_H

#include <math.h>

#include "roi/quantity.h"
#include "roi/room.h"

double pert_shape(const struct quantity *q);
double pert_quantile(double shape, double p); /* of Beta(shape, 6 - shape), to 1e-12; p in [0, 1] */
double lognormal_mu(const struct quantity *q);
double lognormal_sigma(const struct quantity *q);
double normal_quantile(double p); /* of the standard normal, to 1e-15 relative; p = 0 gives a large negative number */

/* Draws of one quantity. A PERT is drawn from a table of its quantiles, straight lines between SAMPLER_KNOTS + 1 of
 * them. At a knot the table is right within 5e-5 of probability, between knots within one of them (2.5e-4). */
enum { SAMPLER_KNOTS = 4096 };
struct sampler {
    enum quantity_kind kind;
    double a, b;  /* constant, range; lognormal: mu and sigma */
    const double *knot; /* PERT; the room's, or owned */
    double *own;
};
void sampler_init(struct sampler *s, const struct quantity *q, struct roi_room *room); /* q known; room NULL: none */
void sampler_release(struct sampler *s);

static inline double sampler_draw(const struct sampler *s, struct rng *r)
{
    if (s->kind == QUANTITY_PERT) {
        double at = rng_uniform(r) * SAMPLER_KNOTS;
        unsigned k = (unsigned)at;
        return s->knot[k] + (s->knot[k + 1] - s->knot[k]) * (at - k);
    }
    if (s->kind == QUANTITY_UNIFORM)
        return s->a + (s->b - s->a) * rng_uniform(r);
    if (s->kind == QUANTITY_LOGNORMAL)
        return exp(s->a + s->b * normal_quantile(rng_uniform(r)));
    return s->a;
}

#endif
