/* roi.h - what a change costs, what it brings, and how sure that is: point figures, and a Monte Carlo over the inputs.
 * Money in USD, time in years from delivery. Unknown is NaN, "never" is INFINITY (null outside).
 * The same inputs and seed give the same bytes. Source: method 5. */
#ifndef STET_ROI_ROI_H
#define STET_ROI_ROI_H

#include "base/jsonw.h"
#include "evidence/evidence.h"
#include "roi/proposal.h"

/* What the evidence says about the change that is priced; all unknown without evidence. */
struct roi_evidence {
    struct share p; /* fraction of the operation's time that the change can touch (addr_share, or the component's) */
    struct share q; /* the same of CPU seconds */
    struct speed_range speed; /* of that code */
    double kappa;             /* boundary cost, fraction of the operation */
    double cpu_share_hi;      /* facts.cpu_share_hi + queue: what free CPU could save of an operation */
    double op_s;              /* mean seconds of one operation; the proposal's wins where it gives one */
    double util_lo;
    bool sized_by_cpu;
    bool goal_memory;
};
#define ROI_EVIDENCE_NONE                                                                                              \
    ((struct roi_evidence){ .p = SHARE_UNKNOWN,                                                                        \
                            .q = SHARE_UNKNOWN,                                                                        \
                            .speed = SPEED_UNKNOWN,                                                                    \
                            .cpu_share_hi = NUM_UNKNOWN,                                                               \
                            .op_s = NUM_UNKNOWN,                                                                       \
                            .util_lo = NUM_UNKNOWN })

/* One change that is priced: the proposal itself, or one of its alternatives. Pointers are borrowed. */
struct roi_plan {
    enum proposal_kind kind;
    bool kind_known; /* false: cache, batch, pool ...: no default failure probability but that of an upgrade */
    const struct proposal_cost *cost;
    const struct proposal_benefit *benefit;
    const struct quantity *horizon_years, *discount_rate; /* NULL or absent: defaults */
    const struct proposal_phase *phases;
    uint32_t phase_count;
};
struct roi_plan roi_plan_of(const struct proposal *p);
struct roi_plan roi_plan_of_alternative(const struct proposal *p, const struct proposal_alternative *a);

struct roi_room;
struct roi_result;

struct roi_options {
    uint64_t seed;
    uint32_t draws; /* 0 = 100,000 */
    uint32_t bins;  /* of the histogram for pictures; 0 = none */
    bool brief;     /* what roi_facts reads and no more: of cost and benefit the median alone, no tornado, no checks */
    struct roi_room *room;           /* for several prices one after another; NULL: one of its own */
    const struct roi_result *direct; /* of roi_staged: the price of the plan without a stage, where it is known */
};

/* Memory and tables that prices share; no result depends on it. One thread at a time. */
struct roi_room *roi_room_new(void);
void roi_room_free(struct roi_room *room); /* NULL is fine */
void roi_room_freep(struct roi_room **room);

struct roi_quantiles {
    double p5, p50, p80, p95;
};

struct roi_swing {
    const char *name; /* of the input, static */
    double low, high; /* the input's P10 and P90, or the stated range */
    double npv_low, npv_high;
};

struct roi_check {
    const char *code; /* cocomo_effort, productivity, phases ... static */
    struct span text; /* one sentence with both numbers */
};

enum { ROI_INPUTS_MAX = 40, ROI_BINS_MAX = 200 };

struct roi_result {
    struct arena arena; /* owns texts */
    uint64_t seed;
    uint32_t draws;
    const char *defaults[ROI_INPUTS_MAX];  /* inputs that were filled in */
    double default_values[ROI_INPUTS_MAX]; /* mean, of a speed-up its mode; NaN: a distribution (overrun) */
    uint32_t default_count;
    const char *inputs[ROI_INPUTS_MAX]; /* random inputs */
    uint32_t input_count;
    const char *missing[ROI_INPUTS_MAX]; /* inputs without which something stays null */
    uint32_t missing_count;
    struct {
        double cost, benefit, build_years, npv, pv_cost, payback, payback_discounted;
        double breakeven_ops, breakeven_ops_with_failure, npv_zero_ops_year;
        int never;                   /* 1, 0, -1 unknown */
        double never_below_ops_year; /* the condition: operations a year below which it never pays */
    } point;
    struct roi_quantiles cost, benefit, npv, roi, payback;
    /* p_roi_pos_done: were failure excluded; what pf_that_opens is taken from */
    double p_roi_pos, p_roi_pos_full, p_roi_pos_ext, p_roi_pos_ceiling, p_roi_pos_done;
    double npv_mean;
    bool own_claim; /* the benefit in time, or the ceiling, rests on the proposal's own saving */
    bool gain_from_evidence;
    bool pf_default;               /* failure probability is the kind's default: shown, never deciding */
    double pf_mean, pf_that_opens; /* largest failure probability at which P(ROI>0) reaches 0.8; NaN none */
    double value_of_information;
    /* Medians. annual_benefit: before failure, after the yearly extra cost; mem_saving_usd_year: what memory saves,
     * beside other machines or as the density of nodes */
    double horizon_years, discount_rate, ops_per_year, annual_cost_extra, mem_saving_usd_year, annual_benefit;
    /* Yearly benefit by kind at P50, before the extra cost, never blended: time, compute, memory, density, latency, incidents, other; NaN absent */
    double by_kind[7];
    struct roi_swing *tornado; /* widest first */
    uint32_t tornado_count;
    struct roi_check *checks;
    uint32_t check_count;
    double hist_lo, hist_hi; /* NPV histogram */
    uint32_t hist[ROI_BINS_MAX], hist_bins;
    double payback_curve[41]; /* P(paid back) after y = i * horizon / 40 years from delivery */
};
const char *roi_benefit_kind(uint32_t i); /* "time" "compute" "memory" "density" "latency" "incidents" "other" */

/* roi_compute - prices one plan.
 * In:     ev may be NULL (no evidence)
 * Out:    *ret, released with roi_release
 * Errors: ERR_VALUE (a combination of inputs that gives no finite number: names the fields)
 * Thread: re-entrant. Cost: under 0.15 s for 100,000 draws. Source: method 5.1 to 5.3 */
bool roi_compute(const struct roi_plan *plan, const struct roi_evidence *ev, const struct roi_options *opt,
                 struct roi_result *ret, struct err *err) MUST_CHECK;
void roi_release(struct roi_result *r);

/* A prototype first, and the plan only when it has shown that the plan can succeed.
 * Model: a plan fails with probability pf. The prototype shows a part of those failures and ends the matter there: of all
 * that passes it a residual part still fails. So P(kill) = (pf - residual) / (1 - residual), 0 where pf is not above the
 * residual. A draw that is killed costs the prototype and nothing else; one that passes costs the prototype and then
 * all that the plan costs, delivered later by the length of the prototype. The benefit is that of the plan.
 * Absent members are filled in: months U(0.46, 0.92) (two to four weeks); usd = people and rate of the plan over those
 * months; residual 0.10 (judgement). */
struct roi_stage {
    struct quantity months, usd, residual_pf;
};
#define ROI_STAGE_DEFAULT ((struct roi_stage){ .months = { .kind = QUANTITY_ABSENT } })
/* The first phase with a stop-loss as the stage (its months, its stop-loss as the cost); ROI_STAGE_DEFAULT without. */
struct roi_stage roi_stage_of(const struct roi_plan *plan);

struct roi_staged {
    struct roi_result result; /* the staged way as a whole, today: cost, npv, roi, p_roi_pos ...; tornado, checks and
                                 point are those of the plan without the stage. roi_staged_release */
    double p_kill;            /* mean probability that the prototype ends it */
    double residual_pf;       /* mean */
    bool residual_default, stage_default;   /* filled in */
    double prototype_usd, prototype_months; /* P50 */
    double p_roi_pos_after; /* P(NPV > 0) of those that passed, the prototype being paid for: what decides then */
    double npv_mean, npv_mean_direct, worth; /* worth = the difference: what the kill point is worth */
    double pf_that_opens; /* largest residual probability at which P(NPV > 0) after passing reaches 0.8; NaN none */
    bool opens;           /* p_roi_pos_after >= 0.8 */
};
/* As roi_compute; stage NULL: roi_stage_of(plan). Errors: as roi_compute, and ERR_VALUE where cost or benefit of the
 * plan is not known (names what is missing). */
bool roi_staged(const struct roi_plan *plan, const struct roi_evidence *ev, const struct roi_stage *stage,
                const struct roi_options *opt, struct roi_staged *ret, struct err *err) MUST_CHECK;
void roi_staged_release(struct roi_staged *s);
void roi_staged_json(struct jsonw *w, const char *key, const struct roi_staged *s);

/* Seconds of one operation that calls across the component's boundary take: calls_per_op and elements_per_call at their
 * medians; 0 where no calls are stated. Source: method 3.3 */
double roi_crossing_s(struct span from, const struct proposal_component *c);

/* Object of schema stet/roi/1 under key (NULL: as the whole document). */
void roi_json(struct jsonw *w, const char *key, const struct roi_result *r);
void roi_json_members(struct jsonw *w, const struct roi_result *r); /* the members alone, schema first */
/* Facts of group ROI that the rules read; kind says whether the result is that of a full rewrite or an extension. Only
 * what the rules may decide with is set: with pf_default p_roi_pos_full and _ext stay unknown. by = the fact's source */
void roi_facts(const struct roi_result *r, const struct roi_plan *plan, struct fact_set *f, const char *by);
/* First 64 bits of the SHA-256 over the proposal's canonical text and the hashes of the evidence, in order. */
uint64_t roi_seed(const struct proposal *p, const struct span *evidence_sha256, size_t n);

#endif
