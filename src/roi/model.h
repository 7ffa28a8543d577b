/* model.h - one plan with all its inputs settled: what is known, what was filled in, what can be computed from it.
 * Private to roi/. */
#ifndef STET_ROI_MODEL_H
#define STET_ROI_MODEL_H

#include "roi/roi.h"

enum input_id {
#define INPUT(id, name) INPUT_##id,
#include "roi/inputs.def"
#undef INPUT
    INPUT_COUNT
};
extern const char *const input_names[];

enum benefit_kind {
    BENEFIT_TIME,
    BENEFIT_COMPUTE,
    BENEFIT_MEMORY,
    BENEFIT_DENSITY,
    BENEFIT_LATENCY,
    BENEFIT_INCIDENTS,
    BENEFIT_OTHER,
    BENEFIT_COUNT
};

struct model {
    struct quantity q[INPUT_COUNT];
    bool stated[INPUT_COUNT];       /* in the proposal: its range is that of the tornado */
    bool filled[INPUT_COUNT];       /* by a default */
    bool used[INPUT_COUNT];         /* known, and something depends on it: drawn, and part of the tornado */
    bool kind[BENEFIT_COUNT];       /* counted */
    bool cost_known, benefit_known; /* benefit: at least one kind */
    bool gain_from_evidence;        /* saved seconds = op_s * gain, else as declared */
    bool claim_capped;              /* as declared, and never above op_s * cpu_share_hi */
    bool overrun_none, overrun_default, pf_default;
    bool compute_idle;     /* CPU hours are stated, but are not what the machines are sized by */
    bool packed_otherwise; /* memory or compute left out beside density */
    bool ceiling_known, own_claim;
    double ceiling_claim; /* seconds; NaN: op_s * cpu_share_hi */
    double cpu_share_hi, kappa;
    bool goal_memory;
    /* What is the same in every draw where its inputs are constants: else worked out anew each time. */
    bool rate_fixed, cap_fixed;
    double growth, annuity; /* ln(1+r); of the horizon */
    double overrun_cut;     /* of the cap */
};

/* plan and ev (NULL: none) in; nothing is owned. */
void model_make(const struct roi_plan *plan, const struct roi_evidence *ev, struct model *ret);
/* Names of inputs that are not known and without which cost, or a benefit that was begun, stays unknown. */
uint32_t model_missing(const struct model *m, const char *ret[ROI_INPUTS_MAX]);

/* One future of the plan, the inputs given as numbers. */
struct outcome {
    double cost, build_years;
    double kind[BENEFIT_COUNT]; /* USD a year, 0 where not counted */
    double benefit;             /* a year, after the extra cost of a year */
    double ceiling;             /* the same, were all CPU time free */
    double pv_cost;             /* discounted cost */
    double annuity;             /* present value of 1 USD a year over the horizon */
};
/* In: x by input (unknown ones are not read), overrun factor. Source: method 5.1 to 5.3. */
void model_outcome(const struct model *m, const double x[INPUT_COUNT], double overrun, struct outcome *ret);
/* Its two halves, for draws whose benefits are all the same: the first begins *ret, the second fills in the rest. */
void model_benefits(const struct model *m, const double x[INPUT_COUNT], struct outcome *ret);
void model_costs(const struct model *m, const double x[INPUT_COUNT], double overrun, struct outcome *ret);
bool model_is_of_benefits(enum input_id i); /* the first half reads it */
/* Value of one operation, USD: what ops_per_year is multiplied with. */
double model_op_value(const struct model *m, const double x[INPUT_COUNT]);
/* Inputs at their medians. */
void model_median(const struct model *m, double ret_x[INPUT_COUNT]);

/* Present value of 1 USD a year for `years`, paid in the middle of each, the last part of a year in its own middle,
 * seen from delivery. */
double annuity_of(double years, double rate);
/* Smallest number of years whose annuity reaches `worth`; INFINITY when none does. */
double annuity_years(double worth, double rate);

/* Overrun factor of the reference class at probability u; cap: the stop-loss as a multiple of the plan.
 * 0.82 Triangular(0.50, 0.90, 1.33), else Pareto(1.5, 1.378) cut at 10, or at the cap where that is lower. */
double overrun_quantile(double u, double cap);
/* The same with what depends on the cap alone worked out before. */
double overrun_cut_of(double cap);
double overrun_at(double u, double cap, double cut);
#define OVERRUN_CAP_NONE 10.0

#endif
