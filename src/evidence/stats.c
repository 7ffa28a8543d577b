#include "evidence/stats.h"

#include <math.h>

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
