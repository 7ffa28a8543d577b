/* outcome.c - the formulas: one future of a plan from numbers to money. */
#include "roi/model.h"

#include <math.h>

static const double overrun_slows_to = 3; /* more overrun is paid for, but does not stretch the calendar further */

static const double overrun_tail = 1.5, overrun_alpha = 1.378;

double overrun_cut_of(double cap)
{
    double top = cap < OVERRUN_CAP_NONE ? cap : OVERRUN_CAP_NONE;
    return top > overrun_tail ? 1 - pow(overrun_tail / top, overrun_alpha) : 0;
}

double overrun_at(double u, double cap, double cut)
{
    const double body = 0.82, lo = 0.50, mode = 0.90, hi = 1.33;
    double top = cap < OVERRUN_CAP_NONE ? cap : OVERRUN_CAP_NONE, o;
    if (u < body) {
        double p = u / body, left = (mode - lo) / (hi - lo);
        o = p < left ? lo + sqrt(p * (hi - lo) * (mode - lo)) : hi - sqrt((1 - p) * (hi - lo) * (hi - mode));
    } else {
        double p = (u - body) / (1 - body);
        o = overrun_tail * pow(1 - p * cut, -1 / overrun_alpha);
    }
    return o < top ? o : top;
}

double overrun_quantile(double u, double cap)
{
    return overrun_at(u, cap, overrun_cut_of(cap));
}

double annuity_of(double years, double rate)
{
    double whole = floor(years), part = years - whole, growth = log1p(rate);
    if (rate <= 0)
        return years;
    double full = exp(0.5 * growth) * -expm1(-whole * growth) / rate;
    return full + part * exp(-(whole + part / 2) * growth);
}

double annuity_years(double worth, double rate)
{
    if (!(worth > 0))
        return 0;
    if (rate <= 0)
        return worth;
    double growth = log1p(rate), all = exp(0.5 * growth) / rate;
    if (worth >= all)
        return HUGE_VAL;
    double whole = floor(-log1p(-worth / all) / growth);
    while (whole > 0 && annuity_of(whole, rate) > worth)
        whole--;
    while (annuity_of(whole + 1, rate) <= worth)
        whole++;
    double lo = 0, hi = 1;
    for (int i = 0; i < 60; i++) {
        double mid = (lo + hi) / 2;
        if (annuity_of(whole + mid, rate) < worth)
            lo = mid;
        else
            hi = mid;
    }
    return whole + hi;
}

static double given(const struct model *m, const double *x, enum input_id i)
{
    return quantity_known(&m->q[i]) ? x[i] : 0;
}

static double saved_seconds(const struct model *m, const double *x)
{
    if (m->gain_from_evidence)
        return x[INPUT_OP_S] * (x[INPUT_ADDRESSABLE] * (1 - 1 / x[INPUT_SPEED]) - m->kappa);
    if (m->claim_capped)
        return fmin(x[INPUT_SAVED], x[INPUT_OP_S] * m->cpu_share_hi);
    return x[INPUT_SAVED];
}

static double second_value(const double *x)
{
    return x[INPUT_HOUR] * x[INPUT_USABLE] / 3600;
}

double model_op_value(const struct model *m, const double x[INPUT_COUNT])
{
    bool seconds = m->gain_from_evidence || quantity_known(&m->q[INPUT_SAVED]);
    if (!seconds || !quantity_known(&m->q[INPUT_HOUR]))
        return NUM_UNKNOWN;
    return saved_seconds(m, x) * second_value(x);
}

static double density_saved(const double *x)
{
    double c = x[INPUT_NODE_CPU], g = x[INPUT_NODE_MEM];
    double after = fmax(c * (1 - x[INPUT_CPU_REQUEST]), g * (1 - x[INPUT_MEM_REQUEST]));
    return x[INPUT_NODE_USD] * (1 - after / fmax(c, g));
}

static void benefits(const struct model *m, const double *x, double kind[BENEFIT_COUNT])
{
    if (m->kind[BENEFIT_TIME])
        kind[BENEFIT_TIME] = x[INPUT_OPS] * saved_seconds(m, x) * second_value(x);
    if (m->kind[BENEFIT_COMPUTE])
        kind[BENEFIT_COMPUTE] =
            x[INPUT_CPU_HOURS] * x[INPUT_ADDRESSABLE_CPU] * (1 - 1 / x[INPUT_SPEED]) * x[INPUT_CPU_PRICE];
    if (m->kind[BENEFIT_MEMORY])
        kind[BENEFIT_MEMORY] = x[INPUT_GB] * 730 * 12 * x[INPUT_GB_PRICE];
    if (m->kind[BENEFIT_DENSITY])
        kind[BENEFIT_DENSITY] = density_saved(x);
    if (m->kind[BENEFIT_LATENCY])
        kind[BENEFIT_LATENCY] = x[INPUT_LATENCY];
    if (m->kind[BENEFIT_INCIDENTS])
        kind[BENEFIT_INCIDENTS] = x[INPUT_INCIDENTS] * x[INPUT_INCIDENT_USD];
    if (m->kind[BENEFIT_OTHER])
        kind[BENEFIT_OTHER] = x[INPUT_OTHER];
}

/* All CPU time free: the operation loses its CPU part (or all that is claimed), and the whole compute bill falls away. */
static double ceiling(const struct model *m, const double *x, const double kind[BENEFIT_COUNT])
{
    double machines = kind[BENEFIT_MEMORY], sum = 0;
    if (quantity_known(&m->q[INPUT_OPS]) && quantity_known(&m->q[INPUT_HOUR])) {
        /* a lognormal has no end: what is drawn beyond its high end counts as drawn */
        double claim = m->used[INPUT_SAVED] ? fmax(m->ceiling_claim, x[INPUT_SAVED]) : m->ceiling_claim;
        double dt = num_known(m->ceiling_claim) ? claim : x[INPUT_OP_S] * m->cpu_share_hi;
        sum += x[INPUT_OPS] * dt * second_value(x);
    }
    if (quantity_known(&m->q[INPUT_CPU_HOURS]))
        machines += x[INPUT_CPU_HOURS] * x[INPUT_CPU_PRICE];
    sum += fmax(machines, kind[BENEFIT_DENSITY]);
    return sum + kind[BENEFIT_LATENCY] + kind[BENEFIT_INCIDENTS] + kind[BENEFIT_OTHER];
}

void model_benefits(const struct model *m, const double x[INPUT_COUNT], struct outcome *ret)
{
    double extra = given(m, x, INPUT_MAINTENANCE);
    *ret = (struct outcome){ .cost = 0 };
    benefits(m, x, ret->kind);
    for (int k = 0; k < BENEFIT_COUNT; k++)
        ret->benefit += ret->kind[k];
    ret->benefit -= extra;
    if (m->ceiling_known)
        ret->ceiling = ceiling(m, x, ret->kind) - extra;
}

bool model_is_of_benefits(enum input_id i)
{
    static const bool of_costs[INPUT_COUNT] = {
        [INPUT_DEVS] = true,        [INPUT_MONTHS] = true,  [INPUT_RATE] = true,    [INPUT_LOAD] = true,
        [INPUT_PF] = true,          [INPUT_CAP] = true,     [INPUT_RAMP] = true,    [INPUT_DUAL] = true,
        [INPUT_OPPORTUNITY] = true, [INPUT_HORIZON] = true, [INPUT_DISCOUNT] = true
    };
    return !of_costs[i];
}

void model_costs(const struct model *m, const double x[INPUT_COUNT], double overrun, struct outcome *ret)
{
    double growth = m->rate_fixed ? m->growth : log1p(x[INPUT_DISCOUNT]);
    if (m->cost_known) {
        double years = x[INPUT_MONTHS] / 12;
        ret->cost = x[INPUT_DEVS] * years * x[INPUT_RATE] * x[INPUT_LOAD] * overrun + given(m, x, INPUT_RAMP) +
                    given(m, x, INPUT_DUAL) + given(m, x, INPUT_OPPORTUNITY);
        ret->build_years = years * fmin(overrun, overrun_slows_to);
    }
    double half = exp(-growth * ret->build_years / 2);
    ret->pv_cost = ret->cost * half;
    ret->annuity = half * half * (m->rate_fixed ? m->annuity : annuity_of(x[INPUT_HORIZON], x[INPUT_DISCOUNT]));
}

void model_outcome(const struct model *m, const double x[INPUT_COUNT], double overrun, struct outcome *ret)
{
    model_benefits(m, x, ret);
    model_costs(m, x, overrun, ret);
}
