/* stats.h - intervals of shares, effective numbers of samples, decisions against a line. Pure functions.
 * Source: method section 4. Everywhere z = 1.959964 (two-sided 95 %). */
#ifndef STET_EVIDENCE_STATS_H
#define STET_EVIDENCE_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "evidence/evidence.h"

#define STATS_Z 1.959964
/* Mean length of a busy or idle phase that is assumed where order shows more, and where nothing does. Seconds. */
#define STATS_PHASE_ORDERED 0.05
#define STATS_PHASE_UNORDERED 0.20
#define STATS_RATE_UNKNOWN_HZ 1000.0
enum { STATS_BATCHES = 20, STATS_THREADS_MAX = 8 };

/* stats_wilson - Wilson interval of share p (0..1) from n_eff effective samples; n_eff <= 0 or unknown gives 0..1.
 * Example: (0.5, 100) -> 0.403832..0.596168. */
struct share stats_wilson(double p, double n_eff);

/* stats_deff - variance inflation of samples at rate_hz of a chain with mean phase phase_s: max(1, rate * phase - 1). */
double stats_deff(double rate_hz, double phase_s);

/* stats_n_needed - effective samples until the Wilson interval of share p excludes theta; NaN when p = theta.
 * stats_raw_needed - raw samples for them. Example: (0.60, 0.50) -> 97, at deff 19 -> 1843. */
double stats_n_needed(double p, double theta);
double stats_raw_needed(double n_needed, double deff);

/* stats_t975 - 0.975 quantile of Student's t with df >= 1 degrees of freedom. */
double stats_t975(uint32_t df);

/* stats_combine_runs - runs of one scenario: one as it is; two the envelope; more: mean +- t*sd/sqrt(k), united with the
 * Wilson interval of the pooled share where runs have samples. est is the mean of the runs. Unknown runs are left out. */
struct share stats_combine_runs(const struct share *runs, const double *n_eff, size_t count);

/* Batch means. In: means of equal batches. Out: variance of the overall mean, sample variance of the batches over their
 * number; 0 below two batches. */
double stats_batch_variance(const double *means, size_t count);

/* stats_n_batch - effective samples by batch means: 0.877 p (1-p) / v; infinite when v = 0. */
double stats_n_batch(double p, double variance_of_mean);

/* stats_difference - head - base of two shares of independent samples: Newcombe's hybrid of both Wilson intervals, z
 * standard errors wide (STATS_Z = 95 %). An unknown share gives an unknown difference.
 * Example: 56/70 against 48/80 (z 1.959964) -> -0.339..-0.052 (Newcombe 1998, method 10). */
struct share stats_difference(double base, double base_n, double head, double head_n, double z);

/* stats_move - head - base of two quantities that have intervals of their own (MOVER): as stats_difference, with the
 * distances of the ends from the estimate in place of Wilson's. */
struct share stats_move(struct share base, struct share head);

/* stats_chance - probability that the difference of two draws of one process is as large: the level at which the
 * interval of stats_difference touches 0. Tails are those of t(19), which effective samples by batch means have.
 * 1 where nothing is known. */
double stats_chance(double base, double base_n, double head, double head_n);

/* stats_z_of - standard errors of effective samples that chance passes with probability alpha (two-sided), 0 < alpha < 1:
 * 0.05 -> 1.959964; smaller alphas by the tails of t(19). */
double stats_z_of(double alpha);

/* stats_t_tail - probability that |t| with df degrees of freedom is at least x. Example: (2.093024, 19) -> 0.05. */
double stats_t_tail(double x, double df);

/* stats_holm - Holm's step-down lines for count chances of one family: ret[i] = the chance of i adjusted, at most 1. It is
 * below alpha where i is more than noise although count differences were looked at. Unknown chances are left out. */
void stats_holm(const double *chance, size_t count, double *ret);

#endif
