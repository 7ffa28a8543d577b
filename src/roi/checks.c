/* checks.c - none of these is a verdict: each is arithmetic to look at. */
#include "roi/checks.h"

#include <math.h>

#include "base/sb.h"

enum { CHECKS_MAX = 16 };
static const double times_apart = 3, lines_a_month_max = 1000, phases_apart = 0.10, p_gate = 0.8;

/* sum of the five nominal scale factors 18.97 */
static const double exponent = 0.91 + 0.01 * 18.97;

double cocomo_effort(double lines)
{
    return 2.94 * pow(lines / 1000, exponent);
}

double cocomo_months(double effort)
{
    return 3.67 * pow(effort, 0.28 + 0.2 * (exponent - 0.91));
}

static void add(struct roi_result *r, const char *code, struct sb *text)
{
    if (!r->checks)
        r->checks = ARENA_ARRAY(&r->arena, CHECKS_MAX, struct roi_check);
    if (r->check_count < CHECKS_MAX)
        r->checks[r->check_count++] = (struct roi_check){ .code = code, .text = arena_span(&r->arena, sb_span(text)) };
    sb_reset(text);
}

static double middle(const struct quantity *q)
{
    return quantity_quantile(q, 0.5);
}

static void check_effort(const struct roi_plan *plan, struct roi_result *r, struct sb *s)
{
    const struct proposal_cost *c = plan->cost;
    double lines = middle(&c->loc), factor = quantity_known(&c->loc_factor) ? middle(&c->loc_factor) : 1;
    double effort = middle(&c->devs) * middle(&c->months);
    if (!(lines * factor > 0) || !(effort > 0))
        return;
    double expected = cocomo_effort(lines * factor), months = cocomo_months(expected);
    double apart = expected > effort ? expected / effort : effort / expected;
    if (apart > times_apart) {
        sb_printf(
            s,
            "%.0f person-months are planned for %.0f new source lines; COCOMO II expects %.0f (%.0f people for %.0f "
            "months), %.1f times %s; it was calibrated on projects of the 1990s, and a rewrite that has tests may be 2 "
            "to 4 times cheaper",
            effort, lines * factor, expected, expected / months, months, apart, expected > effort ? "as much" : "less");
        add(r, "cocomo_effort", s);
    }
    if (lines * factor / effort > lines_a_month_max) {
        sb_printf(s, "%.0f new lines in %.0f person-months are %.0f a person and month; above %.0f that needs evidence",
                  lines * factor, effort, lines * factor / effort, lines_a_month_max);
        add(r, "productivity", s);
    }
}

static void check_phases(const struct roi_plan *plan, struct roi_result *r, struct sb *s)
{
    double lo = 0, mid = 0, hi = 0;
    const struct quantity *months = &plan->cost->months;
    for (uint32_t i = 0; i < plan->phase_count; i++) {
        const struct quantity *q = &plan->phases[i].months;
        if (!quantity_known(q))
            return;
        lo += quantity_lowest(q);
        mid += middle(q);
        hi += quantity_highest(q);
    }
    if (plan->phase_count == 0 || !quantity_known(months) || fabs(mid / middle(months) - 1) <= phases_apart)
        return;
    if (plan->phase_count == 1)
        sb_adds(s, "the one phase takes");
    else
        sb_printf(s, "the %u phases add up to", plan->phase_count);
    sb_printf(s, " %.3g to %.3g months, the headline says %.3g to %.3g", lo, hi, quantity_lowest(months),
              quantity_highest(months));
    add(r, "phases", s);
}

static void check_counting(const struct model *m, struct roi_result *r, struct sb *s)
{
    if (m->packed_otherwise) {
        sb_adds(s,
                "density of nodes is counted; memory and CPU hours are not, as the same machines would be saved twice");
        add(r, "counted_once", s);
    }
    if (m->compute_idle) {
        sb_adds(s, "CPU hours are not counted: nothing shows that the machines are sized by CPU (busy 85 % or more, or "
                   "sized_by cpu), so CPU that is saved stays idle");
        add(r, "compute_not_counted", s);
    }
    if (m->kind[BENEFIT_TIME] && m->kind[BENEFIT_LATENCY]) {
        sb_adds(s,
                "time of operations and a yearly value of faster answers are both counted; they must not be the same "
                "seconds");
        add(r, "latency_beside_time", s);
    }
    if (m->kind[BENEFIT_TIME] && m->filled[INPUT_USABLE]) {
        sb_adds(s, "every second saved is counted as usable (usable_share 1, a default); short waits rarely add up to "
                   "work that is done");
        add(r, "usable_share", s);
    }
}

static void check_saving(const struct model *m, struct roi_result *r, struct sb *s)
{
    double saved = middle(&m->q[INPUT_SAVED]), op = middle(&m->q[INPUT_OP_S]);
    if (m->kind[BENEFIT_TIME] && m->claim_capped && saved > op * m->cpu_share_hi) {
        sb_printf(s,
                  "%.4g s are said to be saved of an operation of %.4g s; with all CPU time gone it would be %.4g s, "
                  "which is what is counted",
                  saved, op, op * m->cpu_share_hi);
        add(r, "saving_capped", s);
    }
    if (m->kind[BENEFIT_TIME] && m->gain_from_evidence && num_known(saved)) {
        double p = middle(&m->q[INPUT_ADDRESSABLE]), f = middle(&m->q[INPUT_SPEED]);
        sb_printf(s,
                  "the proposal says %.4g s saved per operation; the evidence gives %.4g s, which is what is counted",
                  saved, op * (p * (1 - 1 / f) - m->kappa));
        add(r, "saving_from_evidence", s);
    }
    if (num_known(op) && num_known(saved) && saved > op && !m->gain_from_evidence && !m->claim_capped) {
        sb_printf(s, "%.4g s are said to be saved of an operation that takes %.4g s", saved, op);
        add(r, "saving_above_operation", s);
    }
}

static void check_gate(const struct model *m, struct roi_result *r, struct sb *s)
{
    if (!num_known(r->p_roi_pos))
        return;
    if (m->pf_default) {
        sb_printf(s, "no failure probability is stated: %.0f %% is the default of the kind, shown and not deciding; ",
                  100 * r->pf_mean);
        if (num_known(r->pf_that_opens))
            sb_printf(s, "P(ROI>0) reaches %.1f up to %.1f %%", p_gate, 100 * r->pf_that_opens);
        else
            sb_printf(s, "P(ROI>0) stays below %.1f even without failure", p_gate);
        add(r, "failure_probability", s);
    }
    if (1 - r->pf_mean < p_gate) {
        sb_printf(
            s,
            "with a failure probability of %.0f %% P(ROI>0) is at most %.2f, whatever the volume: %.1f needs 20 %% or "
            "less, as after a prototype that may end the matter",
            100 * r->pf_mean, 1 - r->pf_mean, p_gate);
        add(r, "gate_unreachable", s);
    }
}

static void check_left_out(const struct model *m, struct roi_result *r, struct sb *s)
{
    static const struct {
        enum input_id id;
        const char *words;
    } parts[] = { { INPUT_RAMP, "ramp-up" },
                  { INPUT_DUAL, "running both" },
                  { INPUT_OPPORTUNITY, "features not built meanwhile" },
                  { INPUT_MAINTENANCE, "yearly maintenance" } };
    if (!m->cost_known)
        return;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!quantity_known(&m->q[parts[i].id]))
            sb_printf(s, "%s%s", s->len > 0 ? ", " : "no figure is given, so nothing is counted for: ", parts[i].words);
    }
    if (s->len > 0)
        add(r, "cost_left_out", s);
}

void checks_make(const struct model *m, const struct roi_plan *plan, struct roi_result *r)
{
    struct sb s = { 0 };
    check_effort(plan, r, &s);
    check_phases(plan, r, &s);
    check_saving(m, r, &s);
    check_counting(m, r, &s);
    check_gate(m, r, &s);
    check_left_out(m, r, &s);
    sb_release(&s);
}
