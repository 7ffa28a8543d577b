#include "roi/sampler.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

double pert_shape(const struct quantity *q)
{
    double x = 1 + 4 * (q->mode - q->a) / (q->b - q->a);
    return x < 1 ? 1 : x > 5 ? 5 : x;
}

double lognormal_mu(const struct quantity *q)
{
    return (log(q->a) + log(q->b)) / 2;
}

double lognormal_sigma(const struct quantity *q)
{
    return (log(q->b) - log(q->a)) / 2.5631031310892007;
}

/* Continued fraction of the incomplete beta function (Lentz). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 300; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        h *= d * c;
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        double step = d * c;
        h *= step;
        if (fabs(step - 1) < 1e-15)
            break;
    }
    return h;
}

/* ln B(a, 6-a) = ln Gamma(a) + ln Gamma(6-a) - ln Gamma(6). lgamma() writes a global sign, so this is Lanczos's series. */
static double log_gamma(double x)
{
    static const double g[] = { 0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                                771.32342877765313,   -176.61502916214059,   12.507343278686905,
                                -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7 };
    double sum = g[0], t = x + 6.5;
    for (int i = 1; i < 9; i++)
        sum += g[i] / (x - 1 + i);
    return 0.91893853320467274178 + (x - 0.5) * log(t) - t + log(sum);
}

static double beta_cdf(double a, double b, double log_norm, double x)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    double front = exp(a * log(x) + b * log1p(-x) - log_norm);
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double pert_quantile(double shape, double p)
{
    double a = shape, b = 6 - shape, log_norm = log_gamma(a) + log_gamma(b) - log_gamma(6);
    double lo = 0, hi = 1;
    if (p <= 0)
        return 0;
    if (p >= 1)
        return 1;
    for (int i = 0; i < 60; i++) {
        double mid = lo + (hi - lo) / 2;
        if (beta_cdf(a, b, log_norm, mid) < p)
            lo = mid;
        else
            hi = mid;
    }
    return lo + (hi - lo) / 2;
}

static double ratio(const double *top, const double *below, int n, double r)
{
    double num = top[n - 1], den = below[n - 1];
    for (int i = n - 2; i >= 0; i--) {
        num = num * r + top[i];
        den = den * r + below[i];
    }
    return num / den;
}

/* Source: Wichura 1988, "The percentage points of the normal distribution", AS 241. */
double normal_quantile(double p)
{
    static const double a[] = { 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                3.3430575583588128105e4, 2.5090809287301226727e3 };
    static const double b[] = { 1.0,
                                4.2313330701600911252e1,
                                6.8718700749205790830e2,
                                5.3941960214247511077e3,
                                2.1213794301586595867e4,
                                3.9307895800092710610e4,
                                2.8729085735721942674e4,
                                5.2264952788528545610e3 };
    static const double c[] = { 1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4 };
    static const double d[] = { 1.0,
                                2.05319162663775882187e0,
                                1.67638483018380384940e0,
                                6.89767334985100004550e-1,
                                1.48103976427480074590e-1,
                                1.51986665636164571966e-2,
                                5.47593808499534494600e-4,
                                1.05075007164441684324e-9 };
    static const double e[] = { 6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                                2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                2.71155556874348757815e-5, 2.01033439929228813265e-7 };
    static const double f[] = { 1.0,
                                5.99832206555887937690e-1,
                                1.36929880922735805310e-1,
                                1.48753612908506148525e-2,
                                7.86869131145613259100e-4,
                                1.84631831751005468180e-5,
                                1.42151175831644588870e-7,
                                2.04426310338993978564e-15 };
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(a, b, 8, 0.180625 - q * q);
    double tail = q < 0 ? p : 1 - p;
    double r = sqrt(-log(tail > 1e-300 ? tail : 1e-300));
    double x = r <= 5 ? ratio(c, d, 8, r - 1.6) : ratio(e, f, 8, r - 5);
    return q < 0 ? -x : x;
}

static double density(double a, double x)
{
    return pow(x, a - 1) * pow(1 - x, 5 - a);
}

/* Integrates the density once (Simpson) and reads the quantiles off the running sum. */
static double *pert_table(double shape, double lo, double width)
{
    enum { CELLS = 8192 };
    double *sum = xcalloc(CELLS + 1, sizeof *sum), *knot = xcalloc(SAMPLER_KNOTS + 1, sizeof *knot);
    double left = density(shape, 0);
    for (int i = 0; i < CELLS; i++) {
        double x = (double)i / CELLS, right = density(shape, (i + 1.0) / CELLS);
        sum[i + 1] = sum[i] + (left + 4 * density(shape, x + 0.5 / CELLS) + right) / 6;
        left = right;
    }
    int cell = 0;
    for (int k = 1; k < SAMPLER_KNOTS; k++) {
        double target = sum[CELLS] * k / SAMPLER_KNOTS;
        while (sum[cell + 1] < target)
            cell++;
        double part = (target - sum[cell]) / (sum[cell + 1] - sum[cell]);
        knot[k] = lo + width * (cell + part) / CELLS;
    }
    knot[0] = lo;
    knot[SAMPLER_KNOTS] = lo + width;
    free(sum);
    return knot;
}

void sampler_init(struct sampler *s, const struct quantity *q, struct roi_room *room)
{
    *s = (struct sampler){ .kind = q->kind, .a = q->a, .b = q->b };
    if (q->kind == QUANTITY_PERT) {
        struct room_table key = { .a = q->a, .mode = q->mode, .b = q->b };
        s->knot = room_table_get(room, &key);
        if (!s->knot) {
            key.knot = pert_table(pert_shape(q), q->a, q->b - q->a);
            s->knot = key.knot;
            if (!room_table_keep(room, &key))
                s->own = key.knot;
        }
    }
    if (q->kind == QUANTITY_LOGNORMAL) {
        s->a = lognormal_mu(q);
        s->b = lognormal_sigma(q);
    }
}

void sampler_release(struct sampler *s)
{
    free(s->own);
    s->own = NULL;
    s->knot = NULL;
}
