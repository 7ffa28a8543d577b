#include "evidence/amdahl.h"

#include <math.h>

double amdahl_speedup(double p, double s)
{
    return 1 / (1 - p + p / s);
}

double amdahl_ceiling(double p)
{
    if (!num_known(p))
        return NUM_UNKNOWN;
    return fmin(EVIDENCE_CEILING_MAX, p >= 1 ? HUGE_VAL : 1 / (1 - p));
}

double amdahl_gain(double p, double s, double kappa)
{
    return p * (1 - 1 / s) - kappa;
}

static double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

struct share amdahl_gain_range(struct share p, struct speed_range s, double kappa)
{
    if (!share_known(p))
        return SHARE_UNKNOWN;
    if (!num_known(s.lo) || !num_known(s.hi))
        return (struct share){ 0, NUM_UNKNOWN, clamp01(p.hi) };
    struct share g = { clamp01(amdahl_gain(p.lo, s.lo, kappa)), NUM_UNKNOWN, clamp01(amdahl_gain(p.hi, s.hi, kappa)) };
    /* A factor below 1 makes slower: the larger share is then the worse end. */
    if (s.lo < 1)
        g.lo = clamp01(amdahl_gain(p.hi, s.lo, kappa));
    if (num_known(s.mode) && num_known(p.est)) {
        double est = clamp01(amdahl_gain(p.est, s.mode, kappa));
        g.est = fmin(fmax(est, g.lo), g.hi);
    }
    return g;
}
