/* roi.c - the price of a plan: point figures, then the draws summed up. */
#include "roi/roi.h"

#include <math.h>
#include <stdlib.h>

#include "base/sha256.h"
#include "roi/checks.h"
#include "roi/price.h"
#include "roi/select.h"
#include "roi/tornado.h"

enum { DRAWS_DEFAULT = 100000, DRAWS_MAX = 10000000 };

struct roi_plan roi_plan_of(const struct proposal *p)
{
    return (struct roi_plan){ .kind = p->kind,
                              .kind_known = p->kind_given,
                              .cost = &p->cost,
                              .benefit = &p->benefit,
                              .horizon_years = &p->horizon_years,
                              .discount_rate = &p->discount_rate,
                              .phases = p->phases,
                              .phase_count = p->phase_count };
}

struct roi_plan roi_plan_of_alternative(const struct proposal *p, const struct proposal_alternative *a)
{
    struct roi_plan plan = {
        .cost = &a->cost, .benefit = &a->benefit, .horizon_years = &p->horizon_years, .discount_rate = &p->discount_rate
    };
    for (int k = PROPOSAL_FULL_REWRITE; k <= PROPOSAL_COMPONENT_SWAP; k++) {
        if (span_is(a->kind, proposal_kind_name((enum proposal_kind)k))) {
            plan.kind = (enum proposal_kind)k;
            plan.kind_known = true;
        }
    }
    return plan;
}

uint64_t roi_seed(const struct proposal *p, const struct span *evidence_sha256, size_t n)
{
    struct sha256 *h = sha256_new();
    char hex[65];
    uint64_t seed = 0;
    sha256_add(h, span_of(p->sha256));
    for (size_t i = 0; i < n; i++) {
        sha256_add(h, SPAN("\n"));
        sha256_add(h, evidence_sha256[i]);
    }
    sha256_finish(h, hex);
    (void)span_hex_to_u64(span_make(hex, 16), &seed);
    return seed;
}

static void note_default(struct roi_result *r, const char *name, double value)
{
    r->default_values[r->default_count] = value;
    r->defaults[r->default_count++] = name;
}

static void note_inputs(const struct model *m, struct roi_result *r)
{
    for (int i = 0; i < INPUT_COUNT; i++) {
        const struct quantity *q = &m->q[i];
        if (m->filled[i])
            note_default(r, input_names[i], quantity_mean(q));
        if (m->used[i] && q->kind != QUANTITY_CONST)
            r->inputs[r->input_count++] = input_names[i];
    }
    /* a published range stands in for a measurement of the new code; the reference class for the team's own record */
    if (m->used[INPUT_SPEED] && m->q[INPUT_SPEED].kind != QUANTITY_CONST)
        note_default(r, input_names[INPUT_SPEED], m->q[INPUT_SPEED].mode);
    if (m->overrun_default && m->cost_known)
        note_default(r, "overrun", NUM_UNKNOWN);
    if (!m->overrun_none && m->cost_known)
        r->inputs[r->input_count++] = "overrun";
    r->missing_count = model_missing(m, r->missing);
    r->own_claim = m->own_claim || (m->kind[BENEFIT_TIME] && !m->gain_from_evidence);
    r->gain_from_evidence = m->gain_from_evidence && m->kind[BENEFIT_TIME];
    r->pf_default = m->pf_default;
    r->pf_mean = quantity_mean(&m->q[INPUT_PF]);
    r->horizon_years = quantity_quantile(&m->q[INPUT_HORIZON], 0.5);
    r->discount_rate = quantity_quantile(&m->q[INPUT_DISCOUNT], 0.5);
    r->ops_per_year = quantity_quantile(&m->q[INPUT_OPS], 0.5);
    r->annual_cost_extra = quantity_quantile(&m->q[INPUT_MAINTENANCE], 0.5);
}

/* What depends on the number of operations: `value` a year each, the rest of the benefit whatever their number. */
static void point_volume(const struct model *m, const double *x, const struct outcome *o, struct roi_result *r)
{
    double value = model_op_value(m, x), pf = x[INPUT_PF], rate = x[INPUT_DISCOUNT];
    if (!m->cost_known || !num_known(value))
        return;
    double rest = o->benefit - o->kind[BENEFIT_TIME];
    bool pays = value > 0;
    r->point.breakeven_ops = pays ? o->cost / value : HUGE_VAL;
    r->point.breakeven_ops_with_failure = pays && pf < 1 ? o->cost / ((1 - pf) * value) : HUGE_VAL;
    double worth = (1 - pf) * o->annuity;
    r->point.npv_zero_ops_year = pays && worth > 0 ? fmax(0, (o->pv_cost / worth - rest) / value) : HUGE_VAL;
    r->point.never_below_ops_year = pays && pf < 1 ? fmax(0, (rate * o->cost / (1 - pf) - rest) / value) : HUGE_VAL;
}

static void point_figures(const struct model *m, struct roi_result *r)
{
    double x[INPUT_COUNT], growth;
    struct outcome o;
    model_median(m, x);
    model_outcome(m, x, 1, &o);
    growth = log1p(x[INPUT_DISCOUNT]);
    if (m->cost_known) {
        r->point.cost = o.cost;
        r->point.pv_cost = o.pv_cost;
        r->point.build_years = o.build_years;
    }
    if (m->benefit_known)
        r->point.benefit = o.benefit;
    point_volume(m, x, &o, r);
    if (!m->cost_known || !m->benefit_known)
        return;
    r->point.npv = (1 - x[INPUT_PF]) * o.benefit * o.annuity - o.pv_cost;
    r->point.payback = o.benefit > 0 ? o.cost / o.benefit : HUGE_VAL;
    /* B annuity(d, h) >= C / (1+r)^(d/2), both taken to the day of delivery */
    double later = exp(growth * o.build_years);
    r->point.payback_discounted =
        o.benefit > 0 ? annuity_years(o.pv_cost / o.benefit * later, x[INPUT_DISCOUNT]) : HUGE_VAL;
    r->point.never = (1 - x[INPUT_PF]) * o.benefit < x[INPUT_DISCOUNT] * o.cost;
}

static void summarise(double *x, uint32_t n, double *scratch, struct roi_quantiles *ret)
{
    static const double at[] = { 0.05, 0.50, 0.80, 0.95 };
    double q[4];
    if (!x)
        return;
    quantiles_of(x, n, at, 4, scratch, q);
    *ret = (struct roi_quantiles){ q[0], q[1], q[2], q[3] };
}

static double median(double *x, uint32_t n, double *scratch)
{
    const double at = 0.5;
    double q = NUM_UNKNOWN;
    if (x)
        quantiles_of(x, n, &at, 1, scratch, &q);
    return q;
}

/* The middle 98 % of the results; what lies outside counts in the end bins. */
static void histogram(double *npv, uint32_t n, uint32_t bins, double *scratch, struct roi_result *r)
{
    static const double at[] = { 0.01, 0.99 };
    double end[2];
    if (!npv || bins == 0)
        return;
    quantiles_of(npv, n, at, 2, scratch, end);
    if (!(end[1] > end[0]))
        return;
    r->hist_bins = bins < ROI_BINS_MAX ? bins : ROI_BINS_MAX;
    r->hist_lo = end[0];
    r->hist_hi = end[1];
    for (uint32_t i = 0; i < n; i++) {
        double k = (npv[i] - end[0]) / (end[1] - end[0]) * r->hist_bins;
        double last = r->hist_bins - 1;
        r->hist[(size_t)(k < 0 ? 0 : k > last ? last : k)]++;
    }
}

static void payback_curve(const double *payback, uint32_t n, struct roi_result *r)
{
    enum { STEPS = ARRAY_LEN(r->payback_curve) - 1 };
    uint32_t count[STEPS + 1] = { 0 };
    if (!payback)
        return;
    for (uint32_t i = 0; i < n; i++) {
        double at = payback[i] / r->horizon_years * STEPS;
        if (!(at <= STEPS))
            continue;
        size_t step = at > 0 ? (size_t)at : 0; /* rounded up without a call of ceil() */
        count[step + (at > (double)step)]++;
    }
    double sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        sum += count[i];
        r->payback_curve[i] = sum / n;
    }
}

static void by_kind(struct draws *d, double *scratch, struct roi_result *r)
{
    for (int k = 0; k < BENEFIT_COUNT; k++)
        r->by_kind[k] = median(d->kind[k], d->n, scratch);
    r->mem_saving_usd_year = r->by_kind[BENEFIT_MEMORY];
    if (d->kind[BENEFIT_DENSITY])
        r->mem_saving_usd_year = r->by_kind[BENEFIT_DENSITY];
}

static const double gate = 0.8; /* P(ROI>0) that the rules ask for */

double roi_pf_opens(double p_done)
{
    return p_done >= gate ? 1 - gate / p_done : NUM_UNKNOWN;
}

static void probabilities(const struct roi_plan *plan, const struct draws *d, struct roi_result *r)
{
    double n = d->n;
    if (!d->npv)
        return;
    r->p_roi_pos = d->positive / n;
    r->p_roi_pos_done = d->positive_done / n;
    if (plan->kind_known && plan->kind == PROPOSAL_FULL_REWRITE)
        r->p_roi_pos_full = r->p_roi_pos;
    /* The level of one component covers every kind but a rewrite of the whole. */
    if (plan->kind_known && plan->kind != PROPOSAL_FULL_REWRITE)
        r->p_roi_pos_ext = r->p_roi_pos;
    r->pf_that_opens = roi_pf_opens(r->p_roi_pos_done);
    r->npv_mean = d->npv_sum / n;
    r->value_of_information = d->npv_gain_sum / n - fmax(r->npv_mean, 0);
}

static bool sum_up(const struct model *m, const struct roi_plan *plan, struct draws *d, const struct roi_options *opt,
                   struct roi_room *room, struct roi_result *r, struct err *err)
{
    if (d->npv && !isfinite(d->npv_sum))
        return err_set(err, ERR_VALUE, "cost and benefit multiply beyond all numbers: look at the ranges of %s",
                       r->input_count > 0 ? r->inputs[0] : "the inputs");
    probabilities(plan, d, r);
    if (m->ceiling_known && m->cost_known)
        r->p_roi_pos_ceiling = d->positive_ceiling / (double)d->n;
    double *scratch = room_column(room, d->columns, d->n + 1);
    if (opt->brief) {
        r->cost.p50 = median(d->cost, d->n, scratch);
        r->benefit.p50 = median(d->benefit, d->n, scratch);
    } else {
        histogram(d->npv, d->n, opt->bins, scratch, r);
        payback_curve(d->payback, d->n, r);
        summarise(d->cost, d->n, scratch, &r->cost);
        summarise(d->benefit, d->n, scratch, &r->benefit);
        summarise(d->npv, d->n, scratch, &r->npv);
        summarise(d->roi, d->n, scratch, &r->roi);
        summarise(d->payback, d->n, scratch, &r->payback);
    }
    r->annual_benefit = r->benefit.p50;
    by_kind(d, scratch, r);
    return true;
}

static void result_init(struct roi_result *r, const struct roi_options *opt)
{
    const struct roi_quantiles none = { NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    *r = (struct roi_result){ .seed = opt->seed, .draws = opt->draws > 0 ? opt->draws : DRAWS_DEFAULT };
    r->point.cost = r->point.benefit = r->point.build_years = r->point.npv = r->point.pv_cost = NUM_UNKNOWN;
    r->point.payback = r->point.payback_discounted = r->point.breakeven_ops = NUM_UNKNOWN;
    r->point.breakeven_ops_with_failure = r->point.npv_zero_ops_year = r->point.never_below_ops_year = NUM_UNKNOWN;
    r->point.never = -1;
    r->cost = r->benefit = r->npv = r->roi = r->payback = none;
    r->p_roi_pos = r->p_roi_pos_full = r->p_roi_pos_ext = r->p_roi_pos_ceiling = r->p_roi_pos_done = NUM_UNKNOWN;
    r->npv_mean = r->pf_that_opens = r->value_of_information = NUM_UNKNOWN;
    r->annual_benefit = r->mem_saving_usd_year = NUM_UNKNOWN;
    for (int k = 0; k < BENEFIT_COUNT; k++)
        r->by_kind[k] = NUM_UNKNOWN;
    for (size_t i = 0; i < ARRAY_LEN(r->payback_curve); i++)
        r->payback_curve[i] = NUM_UNKNOWN;
}

bool roi_price(const struct roi_plan *plan, const struct roi_evidence *ev, const struct stage *stage,
               const struct roi_options *opt, struct draws *ret_draws, struct roi_result *ret, struct err *err)
{
    struct model m;
    struct draws d;
    if (opt->draws > DRAWS_MAX)
        return err_set(err, ERR_VALUE, "at most %d draws are made, %u are asked for", DRAWS_MAX, opt->draws);
    model_make(plan, ev, &m);
    result_init(ret, opt);
    note_inputs(&m, ret);
    point_figures(&m, ret);
    CLEANUP(roi_room_freep) struct roi_room *own = opt->room ? NULL : roi_room_new();
    struct roi_room *room = own ? own : opt->room;
    simulate(&m, stage, opt->seed, ret->draws, room, &d);
    bool ok = sum_up(&m, plan, &d, opt, room, ret, err);
    if (ok && !opt->brief) {
        tornado_make(&m, ret);
        checks_make(&m, plan, ret);
    }
    if (ok && ret_draws)
        *ret_draws = d;
    if (!ok)
        roi_release(ret);
    return ok;
}

bool roi_compute(const struct roi_plan *plan, const struct roi_evidence *ev, const struct roi_options *opt,
                 struct roi_result *ret, struct err *err)
{
    const struct stage none = { .used = false };
    return roi_price(plan, ev, &none, opt, NULL, ret, err);
}

void roi_release(struct roi_result *r)
{
    arena_release(&r->arena);
}
