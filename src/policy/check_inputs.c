/* check_inputs.c - which input leaves a rule no evidence that could satisfy it. A probability of paying cannot exceed the
 * probability of not failing; a price that a proposal does not give leaves its probability unknown. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "policy/check.h"
#include "roi/proposal.h"

/* Defaults of the method for a full rewrite and for one component: means of 0.30 to 0.40 and 0.05 to 0.15. */
static const double pf_full = 0.35, pf_ext = 0.10;

static bool reads_fact(const struct policy_rule *r, enum fact_id f)
{
    for (uint32_t i = 0; i < r->expr.read_count; i++) {
        if (r->expr.reads[i].fact == f)
            return true;
    }
    return false;
}

static bool impossible(struct checking *c, const struct policy_rule *r, const struct satisfy_limits *lim)
{
    return satisfy(r, c->box, lim, c->cells, SQL_TRUE) == NEVER;
}

static bool possible(struct checking *c, const struct policy_rule *r, const struct satisfy_limits *lim)
{
    return satisfy(r, c->box, lim, c->cells, SQL_TRUE) == SATISFIED;
}

/* --- without a proposal: a failure probability by itself --- */

static void by_probability(struct checking *c, const struct policy_rule *r)
{
    bool stated = num_known(c->in->failure_probability);
    bool full = reads_fact(r, FACT_p_roi_pos_full) || reads_fact(r, FACT_p_roi_pos_ceiling);
    double pf = stated ? c->in->failure_probability : full ? pf_full : pf_ext;
    struct satisfy_limits lim = SATISFY_FREE;
    lim.budget = &c->budget;
    lim.p_roi_full = lim.p_roi_ceiling = 1 - (stated ? pf : pf_full);
    lim.p_roi_ext = 1 - (stated ? pf : pf_ext);
    if (!impossible(c, r, &lim))
        return;
    policy_finding_add(c->out, stated ? FINDING_WARNING : FINDING_NOTE, r->line, r->id,
                       "no evidence can satisfy it under failure probability %.2f%s: P(ROI>0) is then at most %.2f", pf,
                       stated ? ""
                       : full ? " (the default of a full rewrite)"
                              : " (the default of one component)",
                       1 - pf);
}

/* --- with a proposal --- */

/* The best plan of a kind: the proposal itself, or an alternative. */
struct plan {
    bool any, priced;
    double pf;
};

static void plan_take(struct plan *p, const struct proposal_cost *cost)
{
    double pf = quantity_mean(&cost->failure_probability);
    p->any = true;
    if (num_known(pf) && (!p->priced || pf < p->pf)) {
        p->priced = true;
        p->pf = pf;
    }
}

static struct plan plan_of(const struct proposal *p, enum proposal_kind kind)
{
    struct plan best = { false, false, NUM_UNKNOWN };
    if (p->kind_given && p->kind == kind)
        plan_take(&best, &p->cost);
    for (uint32_t i = 0; i < p->alternative_count; i++) {
        if (span_is(p->alternatives[i].kind, proposal_kind_name(kind)))
            plan_take(&best, &p->alternatives[i].cost);
    }
    return best;
}

/* Highest P(ROI>0) that the rules can see; NaN: none, since nothing of that kind was priced. */
static double highest_p(const struct checking *c, enum proposal_kind kind)
{
    struct plan plan = plan_of(c->in->proposal, kind);
    if (plan.any && num_known(c->in->failure_probability))
        return 1 - c->in->failure_probability;
    return plan.priced ? 1 - plan.pf : NUM_UNKNOWN;
}

static void why_unpaid(const struct checking *c, enum proposal_kind kind, double p, char *out, size_t size)
{
    struct plan plan = plan_of(c->in->proposal, kind);
    if (!plan.any)
        (void)snprintf(out, size, "the proposal has no plan of kind %s, so its P(ROI>0) stays unknown",
                       proposal_kind_name(kind));
    else if (!num_known(p))
        (void)snprintf(out, size, "cost.failure_probability of %s is not given, so its P(ROI>0) stays unknown",
                       proposal_kind_name(kind));
    else
        (void)snprintf(out, size, "failure probability %.2f of %s leaves P(ROI>0) at most %.2f", 1 - p,
                       proposal_kind_name(kind), p);
}

/* What a proposal states and no measurement changes; the goal chooses between rules and makes none impossible. */
static void fixed_by(const struct proposal *p, struct fact_set *out)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        enum fact_group g = fact_infos[i].group;
        facts_clear(out, (enum fact_id)i);
        if (p->facts && p->facts->v[i].known && i != FACT_goal && (g == FACTS_DECLARED || g == FACTS_PACK))
            out->v[i] = p->facts->v[i];
    }
    if (p->kind_given)
        facts_set_text(out, FACT_kind, span_of(proposal_kind_name(p->kind)), ORIGIN_DECLARED, "the proposal");
}

static bool approves(const struct policy_rule *r)
{
    for (uint32_t i = 0; i < r->effect_count; i++) {
        if (r->effects[i].kind == EFFECT_FLOOR && r->effects[i].level >= VERDICT_EXTENSION)
            return true;
    }
    return false;
}

/* The single stated fact without which the rule could come true. */
static bool by_stated_fact(struct checking *c, const struct policy_rule *r, struct satisfy_limits lim)
{
    for (uint32_t i = 0; i < r->expr.read_count; i++) {
        enum fact_id f = r->expr.reads[i].fact;
        const struct fact_value *v = &lim.fixed->v[f];
        lim.freed = (int32_t)f;
        if (!v->known || !possible(c, r, &lim))
            continue;
        char value[80];
        (void)snprintf(value, sizeof value, "%s", v->text);
        if (fact_infos[f].kind != FACT_TEXT)
            (void)snprintf(value, sizeof value, "%g", v->num);
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "no evidence can satisfy it under this proposal: it states %s = %s", fact_infos[f].name,
                           value);
        return true;
    }
    return false;
}

static void by_proposal(struct checking *c, const struct policy_rule *r)
{
    CLEANUP(freep) struct fact_set *fixed = xcalloc(1, sizeof *fixed);
    char why[2][160];
    fixed_by(c->in->proposal, fixed);
    struct satisfy_limits lim = SATISFY_FREE, paid;
    lim.budget = &c->budget;
    lim.fixed = fixed;
    paid = lim;
    lim.p_roi_full = highest_p(c, PROPOSAL_FULL_REWRITE);
    lim.p_roi_ext = highest_p(c, PROPOSAL_NATIVE_EXTENSION);
    if (!approves(r) || !impossible(c, r, &lim))
        return;
    bool stated = !possible(c, r, &paid);
    if (stated && !by_stated_fact(c, r, paid))
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "no evidence can satisfy it under this proposal: several facts that it states forbid it "
                           "together");
    struct satisfy_limits unpaid = lim;
    unpaid.fixed = NULL;
    if (stated && !impossible(c, r, &unpaid))
        return;
    bool full = reads_fact(r, FACT_p_roi_pos_full), ext = reads_fact(r, FACT_p_roi_pos_ext);
    why_unpaid(c, PROPOSAL_FULL_REWRITE, lim.p_roi_full, why[0], sizeof why[0]);
    why_unpaid(c, PROPOSAL_NATIVE_EXTENSION, lim.p_roi_ext, why[1], sizeof why[1]);
    policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                       "no evidence can satisfy it under this proposal: %s%s%s", full ? why[0] : why[1],
                       full && ext ? "; " : "", full && ext ? why[1] : "");
}

void check_inputs(struct checking *c, const struct policy_rule *r)
{
    bool p = reads_fact(r, FACT_p_roi_pos_full) || reads_fact(r, FACT_p_roi_pos_ext) ||
             reads_fact(r, FACT_p_roi_pos_ceiling);
    struct satisfy_limits own = SATISFY_FREE;
    own.budget = &c->budget;
    own.by_pf_mean = true;
    if (p && reads_fact(r, FACT_pf_mean) && satisfy(r, c->box, &own, c->cells, SQL_TRUE) == NEVER) {
        policy_finding_add(
            c->out, FINDING_ERROR, r->line, r->id,
            "no evidence can satisfy it: P(ROI>0) is at most 1 - pf_mean, and the failure probability that it asks "
            "for (pf_mean) leaves too little");
        return;
    }
    if (c->in->proposal)
        by_proposal(c, r);
    else if (p)
        by_probability(c, r);
}
