/* decide_operations.c - claimed, possible at most, and expected, for each operation and component; and each claim held
 * against the ceiling of what it speaks of. A recording speaks of the operation that it recorded. */
#include "advise/decide_ctx.h"

#include <math.h>

#include "advise/words.h"
#include "evidence/amdahl.h"

/* How near a stated time must be to the measured one to be taken for the same operation. */
static const double same_operation = 0.2;

static double fact(const struct decide *d, enum fact_id id)
{
    return facts_num(&d->ev->facts, id);
}

static bool goal_is_time(const struct decide *d)
{
    return d->base.goal == GOAL_LATENCY || d->base.goal == GOAL_STARTUP || d->base.goal == GOAL_TAIL;
}

/* Time left of 1 becomes a factor. */
static struct share factor_of(struct share gain)
{
    if (!share_known(gain))
        return SHARE_UNKNOWN;
    double most = EVIDENCE_CEILING_MAX;
    struct share x = { 1 / (1 - gain.lo), 1 / (1 - gain.est), 1 / (1 - gain.hi) };
    x.lo = fmin(x.lo, most);
    x.est = num_known(x.est) ? fmin(x.est, most) : NUM_UNKNOWN;
    x.hi = fmin(x.hi, most);
    return x;
}

static struct share gain_fact(const struct decide *d, enum fact_id lo)
{
    return (struct share){ fact(d, lo), fact(d, lo + 1), fact(d, lo + 2) };
}

static bool is_whole(const struct decide *d)
{
    return !d->p->kind_given || d->p->kind == PROPOSAL_FULL_REWRITE;
}

/* What the change as proposed is expected to save of what the goal names; a measured comparison stands elsewhere. */
static struct share expected_gain(const struct decide *d)
{
    if (d->after_build)
        return SHARE_UNKNOWN;
    struct share g = gain_fact(d, is_whole(d) ? FACT_gain_full_lo : FACT_gain_ext_lo);
    /* Without a target language the upper end alone is known: a ceiling, no expectation. */
    return num_known(g.est) ? g : SHARE_UNKNOWN;
}

/* Most that the change as proposed can give: that of the component where one is proposed. */
static double ceiling_of_change(const struct decide *d)
{
    const struct evidence_component *best = decide_best_component(d);
    if (!is_whole(d) && best)
        return best->ceiling_hi;
    return fact(d, FACT_amdahl_ceiling_hi);
}

/* --- operations --- */

enum match { OPERATION_RECORDED, OPERATION_OTHER, OPERATION_UNRECORDED };

static enum match match_of(const struct decide *d, const struct proposal_operation *o)
{
    double stated = quantity_quantile(&o->op_s, 0.5), measured = d->priced_with.op_s;
    if (!num_known(fact(d, FACT_amdahl_ceiling_hi)))
        return OPERATION_UNRECORDED;
    if (num_known(stated) && num_known(measured))
        return fabs(stated / measured - 1) <= same_operation ? OPERATION_RECORDED : OPERATION_OTHER;
    return d->p->operation_count == 1 ? OPERATION_RECORDED : OPERATION_OTHER;
}

static double finite_ratio(double a, double b)
{
    return num_known(a) && b > 0 ? a / b : NUM_UNKNOWN;
}

static void operation_json(const struct decide *d, const struct proposal_operation *o, struct jsonw *w)
{
    double op_s = quantity_quantile(&o->op_s, 0.5), claimed_s = quantity_quantile(&o->claimed_s, 0.5);
    enum match m = match_of(d, o);
    bool recorded = m == OPERATION_RECORDED;
    struct share gain = recorded && goal_is_time(d) ? expected_gain(d) : SHARE_UNKNOWN;
    double ceiling = recorded && goal_is_time(d) ? ceiling_of_change(d) : NUM_UNKNOWN;
    double claimed_x = finite_ratio(op_s, claimed_s);
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", o->name);
    jsonw_num(w, "op_s", op_s);
    jsonw_num(w, "claimed_s", claimed_s);
    jsonw_num(w, "claimed_x", claimed_x);
    jsonw_num(w, "ceiling_x", ceiling);
    ctx_json_share(w, "expected_x", factor_of(gain));
    struct share saved = SHARE_UNKNOWN;
    if (share_known(gain) && num_known(op_s))
        saved = (struct share){ gain.lo * op_s, gain.est * op_s, gain.hi * op_s };
    ctx_json_share(w, "saved_s", saved);
    jsonw_num(w, "share", quantity_quantile(&o->share, 0.5));
    bool above = num_known(claimed_x) && num_known(ceiling) && claimed_x > ceiling;
    jsonw_strz(w, "text",
               m == OPERATION_UNRECORDED ? "not measured: nothing bounds what a change can save of it"
               : m == OPERATION_OTHER    ? "another operation than the one recorded: measure it by itself"
               : !goal_is_time(d)        ? "the goal is not its time"
               : d->after_build          ? "both versions were measured: see the comparison"
               : above                   ? "more is claimed than even free code would give"
               : share_known(gain)       ? "as expected from the recording"
                                         : "how much faster the code would be is not known");
    jsonw_end_obj(w);
}

/* --- components --- */

static const struct proposal_claim *claim_of(const struct decide *d, struct span component)
{
    const struct proposal_claim *best = NULL;
    for (uint32_t i = 0; i < d->p->claim_count; i++) {
        const struct proposal_claim *c = &d->p->claims[i];
        if (!quantity_known(&c->factor) || !span_eq(c->component, component) || component.len == 0)
            continue;
        if (!best || quantity_highest(&c->factor) > quantity_highest(&best->factor))
            best = c;
    }
    return best;
}

/* Most that the component by itself can become faster: what of it stays is native already, or waiting. */
static double own_ceiling(const struct evidence_component *c)
{
    if (!(c->share.est > 0))
        return NUM_UNKNOWN;
    double touched = fmin(1, c->addr_hi / c->share.est);
    return touched >= 1 ? EVIDENCE_CEILING_MAX : 1 / (1 - touched);
}

/* A factor of the component as one of the whole: the rest takes its time. */
static double as_whole(const struct decide *d, const struct evidence_component *c, double factor)
{
    double cpu = goal_is_time(d) ? fact(d, FACT_cpu_share_est) : 1;
    double part = c->share.est * cpu;
    return num_known(part) && factor > 0 ? 1 / (1 - part + part / factor) : NUM_UNKNOWN;
}

static void component_json(const struct decide *d, const struct evidence_component *c, struct jsonw *w)
{
    const struct proposal_claim *claim = claim_of(d, c->name);
    double claimed = claim ? quantity_highest(&claim->factor) : NUM_UNKNOWN;
    struct share gain = d->after_build || !num_known(c->gain.est) ? SHARE_UNKNOWN : c->gain;
    double op_s = goal_is_time(d) ? d->priced_with.op_s : NUM_UNKNOWN;
    struct share saved = SHARE_UNKNOWN;
    if (share_known(gain) && num_known(op_s))
        saved = (struct share){ gain.lo * op_s, gain.est * op_s, gain.hi * op_s };
    struct sb text = { 0 };
    if (c->unmatched) {
        sb_adds(&text, "no frame of the recording matches its patterns");
    } else {
        sb_adds(&text, "the whole, if this part alone were replaced; it takes ");
        words_share(&text, c->share.est);
        sb_adds(&text, " of the CPU time");
    }
    jsonw_obj(w, NULL);
    jsonw_str(w, "component", c->name);
    jsonw_bool(w, "proposed", c->proposed);
    jsonw_num(w, "op_s", op_s);
    jsonw_null(w, "claimed_s");
    jsonw_num(w, "claimed_x", c->unmatched ? NUM_UNKNOWN : as_whole(d, c, claimed));
    jsonw_num(w, "claimed_part_x", claimed);
    jsonw_num(w, "ceiling_x", c->ceiling_hi);
    jsonw_num(w, "ceiling_part_x", own_ceiling(c));
    ctx_json_share(w, "expected_x", factor_of(gain));
    ctx_json_share(w, "saved_s", saved);
    jsonw_str(w, "text", sb_span(&text));
    jsonw_end_obj(w);
    sb_release(&text);
}

void decide_operations_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "operations");
    for (uint32_t i = 0; i < d->p->operation_count; i++)
        operation_json(d, &d->p->operations[i], w);
    for (uint32_t i = 0; i < d->ev->component_count; i++)
        component_json(d, &d->ev->components[i], w);
    jsonw_end_arr(w);
}

/* --- claims --- */

/* Why the evidence says nothing about what a claim speaks of; NULL where it does. */
static const char *claim_outside(const struct decide *d, const struct proposal_claim *c)
{
    static const char other[] = "another operation than the one recorded";
    bool profiled = fact(d, FACT_has_profile) == 1, timed = fact(d, FACT_has_cpu_accounting) == 1;
    const char *part = profiled ? "a part that the recording does not tell apart"
                       : timed  ? "a part, and only the whole was measured"
                                : NULL;
    for (uint32_t i = 0; c->operation.len > 0 && i < d->p->operation_count; i++) {
        if (span_eq(d->p->operations[i].name, c->operation) && match_of(d, &d->p->operations[i]) == OPERATION_OTHER)
            return other;
    }
    if (c->component.len == 0)
        return NULL;
    for (uint32_t i = 0; i < d->ev->component_count; i++) {
        if (span_eq(d->ev->components[i].name, c->component))
            return d->ev->components[i].unmatched ? part : NULL;
    }
    return part;
}

bool decide_claim_is_of_whole(const struct decide *d, const struct proposal_claim *c)
{
    return c->component.len == 0 && !claim_outside(d, c);
}

static double claim_ceiling(const struct decide *d, const struct proposal_claim *c)
{
    if (claim_outside(d, c))
        return NUM_UNKNOWN;
    if (c->component.len == 0)
        return fact(d, FACT_amdahl_ceiling_hi);
    for (uint32_t i = 0; i < d->ev->component_count; i++) {
        if (span_eq(d->ev->components[i].name, c->component))
            return own_ceiling(&d->ev->components[i]);
    }
    return NUM_UNKNOWN;
}

/* Measured means by the fact that says so, or by both versions on the goal's own metric. */
static bool is_measured(const struct decide *d, const struct proposal_claim *c, double lo)
{
    double part = fact(d, FACT_measured_x_lo), gain = fact(d, FACT_ab_gain_lo);
    bool whole = decide_claim_is_of_whole(d, c) && d->after_build && num_known(gain) && 1 / (1 - gain) >= lo;
    return whole || (c->evidence == CLAIM_EVIDENCE_OWN && c->operation.len == 0 && num_known(part) && part >= lo);
}

static const char *claim_verdict(const struct decide *d, const struct proposal_claim *c, double ceiling)
{
    double lo = quantity_lowest(&c->factor), hi = quantity_highest(&c->factor);
    if (!quantity_known(&c->factor))
        return "unproven";
    if (is_measured(d, c, lo))
        return "measured";
    if (!num_known(ceiling))
        return "unproven";
    return hi > ceiling ? "above_ceiling" : "within_ceiling";
}

/* The rules refuted this very claim by the facts that were stated for it. */
static bool is_refuted(const struct decide *d, const struct proposal_claim *c)
{
    const struct policy_rule_result *r = policy_rule_of(&d->policy, "P003-AMD");
    return r && policy_fired(r) && quantity_known(&c->factor) && !claim_outside(d, c) &&
           quantity_highest(&c->factor) >= fact(d, FACT_claimed_x);
}

void decide_claims_json(const struct decide *d, struct jsonw *w)
{
    static const char *const evidence[] = { "unstated", "none", "borrowed", "own" };
    jsonw_arr(w, "claims");
    for (uint32_t i = 0; i < d->p->claim_count; i++) {
        const struct proposal_claim *c = &d->p->claims[i];
        double ceiling = claim_ceiling(d, c);
        if (!num_known(ceiling) && is_refuted(d, c))
            ceiling = fact(d, FACT_amdahl_ceiling_hi);
        jsonw_obj(w, NULL);
        jsonw_str(w, "text", c->text);
        if (quantity_known(&c->factor)) {
            jsonw_obj(w, "factor");
            jsonw_num(w, "lo", quantity_lowest(&c->factor));
            jsonw_num(w, "hi", quantity_highest(&c->factor));
            jsonw_end_obj(w);
        } else {
            jsonw_null(w, "factor");
        }
        if (c->component.len > 0)
            jsonw_str(w, "component", c->component);
        else
            jsonw_null(w, "component");
        if (c->operation.len > 0)
            jsonw_str(w, "operation", c->operation);
        else
            jsonw_null(w, "operation");
        jsonw_strz(w, "outside", claim_outside(d, c));
        jsonw_strz(w, "evidence", evidence[c->evidence]);
        jsonw_num(w, "ceiling_x", ceiling);
        jsonw_strz(w, "verdict", claim_verdict(d, c, ceiling));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}
