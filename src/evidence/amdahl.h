/* amdahl.h - what a faster part gives the whole. Pure functions. Source: method section 3.3. */
#ifndef STET_EVIDENCE_AMDAHL_H
#define STET_EVIDENCE_AMDAHL_H

#include "evidence/evidence.h"

/* amdahl_speedup - 1 / ((1-p) + p/s). Example: (0.9735, 30) -> 16.96. */
double amdahl_speedup(double p, double s);
/* amdahl_ceiling - 1 / (1-p), at most EVIDENCE_CEILING_MAX; NaN for unknown p. */
double amdahl_ceiling(double p);
/* amdahl_gain - fraction saved: p (1 - 1/s) - kappa; never negative unless kappa is larger than the gain. */
double amdahl_gain(double p, double s, double kappa);
/* amdahl_gain_range - lower end with the lower speed-up, upper with the upper, estimate with the mode. Without a target:
 * 0, unknown, p.hi. Clamped to 0..1. */
struct share amdahl_gain_range(struct share p, struct speed_range s, double kappa);

#endif
