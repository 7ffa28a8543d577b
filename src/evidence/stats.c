#include "evidence/stats.h"

#include <math.h>
#include <stdlib.h>

/* (1.959964 / 2.093024)^2 carries t(19), so that z can be used everywhere. */
static const double t19_correction = 0.877;

static double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

struct share stats_wilson(double p, double n_eff)
{
    if (!num_known(p))
        return SHARE_UNKNOWN;
    p = clamp01(p);
    if (!num_known(n_eff) || n_eff <= 0)
        return (struct share){ 0, p, 1 };
    double z2 = STATS_Z * STATS_Z;
    if (isinf(n_eff))
        return (struct share){ p, p, p };
    double scale = 1 + z2 / n_eff;
    double centre = (p + z2 / (2 * n_eff)) / scale;
    double half = STATS_Z * sqrt(p * (1 - p) / n_eff + z2 / (4 * n_eff * n_eff)) / scale;
    /* The formula touches 0 and 1 exactly at the ends; rounding must not leave the estimate outside. */
    double lo = p <= 0 ? 0 : clamp01(centre - half);
    double hi = p >= 1 ? 1 : clamp01(centre + half);
    return (struct share){ fmin(lo, p), p, fmax(hi, p) };
}

double stats_deff(double rate_hz, double phase_s)
{
    return fmax(1, rate_hz * phase_s - 1);
}

double stats_n_needed(double p, double theta)
{
    double d = p - theta;
    if (!num_known(d) || d == 0)
        return NUM_UNKNOWN;
    return ceil(STATS_Z * STATS_Z * theta * (1 - theta) / (d * d));
}

double stats_raw_needed(double n_needed, double deff)
{
    return ceil(n_needed * deff);
}

double stats_t975(uint32_t df)
{
    static const double table[] = { 12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
                                    2.2010,  2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
                                    2.0796,  2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423 };
    if (df == 0)
        return HUGE_VAL;
    if (df <= ARRAY_LEN(table))
        return table[df - 1];
    /* Cornish-Fisher around the normal quantile; better than 1e-4 above 30 degrees. */
    double z = STATS_Z, z3 = z * z * z, n = df;
    return z + (z3 + z) / (4 * n) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * n * n);
}

double stats_batch_variance(const double *means, size_t count)
{
    if (count < 2)
        return 0;
    double mean = 0, sum = 0;
    for (size_t i = 0; i < count; i++)
        mean += means[i];
    mean /= (double)count;
    for (size_t i = 0; i < count; i++)
        sum += (means[i] - mean) * (means[i] - mean);
    return sum / (double)(count - 1) / (double)count;
}

double stats_n_batch(double p, double variance_of_mean)
{
    return variance_of_mean > 0 ? t19_correction * p * (1 - p) / variance_of_mean : HUGE_VAL;
}

static struct share envelope(struct share a, struct share b)
{
    return (struct share){ fmin(a.lo, b.lo), (a.est + b.est) / 2, fmax(a.hi, b.hi) };
}

struct share stats_combine_runs(const struct share *runs, const double *n_eff, size_t count)
{
    double sum = 0, squares = 0, pooled = 0, pooled_n = 0;
    size_t k = 0;
    struct share first = SHARE_UNKNOWN, second = SHARE_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        if (!share_known(runs[i]) || !num_known(runs[i].est))
            continue;
        if (k == 0)
            first = runs[i];
        else if (k == 1)
            second = runs[i];
        k++;
        sum += runs[i].est;
        if (n_eff[i] > 0 && !isinf(n_eff[i])) {
            pooled += n_eff[i] * runs[i].est;
            pooled_n += n_eff[i];
        }
    }
    if (k < 2)
        return first;
    if (k == 2)
        return envelope(first, second);
    double mean = sum / (double)k;
    for (size_t i = 0; i < count; i++) {
        if (share_known(runs[i]) && num_known(runs[i].est))
            squares += (runs[i].est - mean) * (runs[i].est - mean);
    }
    double half = stats_t975((uint32_t)k - 1) * sqrt(squares / (double)(k - 1) / (double)k);
    struct share all = { clamp01(mean - half), mean, clamp01(mean + half) };
    if (pooled_n > 0) {
        struct share w = stats_wilson(pooled / pooled_n, pooled_n);
        all.lo = fmin(all.lo, w.lo);
        all.hi = fmax(all.hi, w.hi);
    }
    return all;
}

/* --- differences --- */

struct share stats_move(struct share base, struct share head)
{
    if (!share_known(base) || !share_known(head) || !num_known(base.est) || !num_known(head.est))
        return SHARE_UNKNOWN;
    double d = head.est - base.est;
    double below = hypot(head.est - head.lo, base.hi - base.est);
    double above = hypot(head.hi - head.est, base.est - base.lo);
    return (struct share){ d - below, d, d + above };
}

/* Wilson at any width. */
static struct share wilson_at(double p, double n_eff, double z)
{
    double scale = z / STATS_Z;
    return stats_wilson(p, num_known(n_eff) ? n_eff / (scale * scale) : n_eff);
}

struct share stats_difference(double base, double base_n, double head, double head_n, double z)
{
    if (!num_known(base) || !num_known(head))
        return SHARE_UNKNOWN;
    return stats_move(wilson_at(base, base_n, z), wilson_at(head, head_n, z));
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
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double step = 1;
        for (int k = 0; k < 2; k++) {
            double t = k == 0 ? even : odd;
            d = 1 + t * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + t / c;
            c = fabs(c) < tiny ? tiny : c;
            step = d * c;
            h *= step;
        }
        if (fabs(step - 1) < 1e-15)
            break;
    }
    return h;
}

/* Regularised incomplete beta function I_x(a, b). lgamma is not used: it writes a global. */
static double log_gamma(double x)
{
    /* Stirling's series after raising x above 15: better than 1e-14. */
    double shift = 0;
    for (; x < 15; x++)
        shift += log(x);
    double r = 1 / x, r2 = r * r;
    double series = r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 / 1680)));
    return (x - 0.5) * log(x) - x + 0.91893853320467274178 + series - shift;
}

static double beta_part(double x, double a, double b)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    double front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double stats_t_tail(double x, double df)
{
    if (!num_known(x) || !(df > 0))
        return NUM_UNKNOWN;
    return isinf(x) ? 0 : clamp01(beta_part(df / (df + x * x), df / 2, 0.5));
}

/* n_eff holds the factor t19_correction already: at 95 % one standard error of it is that of the normal law. */
static const double t19_scale = 2.093024 / STATS_Z;
static const double z_most = 1e6;

double stats_z_of(double alpha)
{
    double lo = 0, hi = z_most;
    for (int i = 0; i < 200 && hi - lo > 1e-12 * hi; i++) {
        double mid = i < 60 && lo > 0 ? sqrt(lo * hi) : (lo + hi) / 2;
        if (stats_t_tail(mid * t19_scale, STATS_BATCHES - 1) > alpha)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

double stats_chance(double base, double base_n, double head, double head_n)
{
    if (!num_known(base) || !num_known(head) || base == head)
        return 1;
    double lo = 0, hi = z_most;
    struct share widest = stats_difference(base, base_n, head, head_n, hi);
    if (widest.lo > 0 || widest.hi < 0)
        return 0;
    for (int i = 0; i < 200 && hi - lo > 1e-9 * hi; i++) {
        double mid = (lo + hi) / 2;
        struct share d = stats_difference(base, base_n, head, head_n, mid);
        if (d.lo > 0 || d.hi < 0)
            lo = mid;
        else
            hi = mid;
    }
    return stats_t_tail(lo * t19_scale, STATS_BATCHES - 1);
}

struct ranked {
    double chance;
    size_t at;
};

static int by_chance(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->chance != y->chance)
        return x->chance < y->chance ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

void stats_holm(const double *chance, size_t count, double *ret)
{
    struct ranked *order = xcalloc(count + 1, sizeof *order);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        ret[i] = NUM_UNKNOWN;
        if (num_known(chance[i]))
            order[n++] = (struct ranked){ chance[i], i };
    }
    qsort(order, n, sizeof *order, by_chance);
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fmin(1, order[i].chance * (double)(n - i)));
        ret[order[i].at] = most;
    }
    free(order);
}
