/* decide_words.c - the sentences of a decision: what was asked, the answer for the whole and for a part, and what no
 * volume can change. Number first, then reason; no target language beyond what the proposal names. */
#include "advise/decide_ctx.h"

#include <math.h>

#include "advise/words.h"

enum { NAME_MAX_BYTES = 40 };

void words_usd(struct sb *out, double usd)
{
    if (usd < 0)
        sb_addc(out, '-');
    double x = fabs(usd);
    if (x >= 100) {
        double scale = pow(10, floor(log10(x)) - 1);
        words_count(out, round(x / scale) * scale);
    } else {
        sb_printf(out, "%.2g", x);
    }
    sb_adds(out, " USD");
}

static bool is_kind(const struct decide *d, enum proposal_kind k)
{
    return d->p->kind_given && d->p->kind == k;
}

static void add_name(struct sb *out, struct span name)
{
    sb_add_plain(out, span_sub(name, 0, NAME_MAX_BYTES));
}

/* --- the question --- */

static const char *goal_words(enum policy_goal g)
{
    static const char *const words[GOAL_COUNT] = {
        [GOAL_LATENCY] = "to answer faster", [GOAL_THROUGHPUT] = "to do more in the same time",
        [GOAL_COST] = "to cost less",        [GOAL_MEMORY] = "to need less memory",
        [GOAL_STARTUP] = "to start faster",  [GOAL_TAIL] = "to make the slowest requests faster",
    };
    return words[g];
}

static struct span subject(const struct decide *d)
{
    return d->p->scope.len > 0 ? d->p->scope : d->p->title.len > 0 ? d->p->title : SPAN("the program");
}

void decide_question(const struct decide *d, struct sb *out)
{
    bool part =
        (is_kind(d, PROPOSAL_NATIVE_EXTENSION) || is_kind(d, PROPOSAL_COMPONENT_SWAP)) && d->p->component_count > 0;
    sb_adds(out, "Should ");
    if (part) {
        add_name(out, d->p->components[0].name);
        sb_adds(out, d->p->component_count > 1 ? " and others of " : " of ");
    }
    sb_add_plain(out, span_sub(subject(d), 0, 80));
    sb_adds(out, is_kind(d, PROPOSAL_NATIVE_EXTENSION)  ? " move to native code"
                 : is_kind(d, PROPOSAL_RUNTIME_UPGRADE) ? " move to another runtime"
                 : is_kind(d, PROPOSAL_COMPONENT_SWAP)  ? " be replaced"
                                                        : " be rewritten");
    if (d->p->from.len > 0 && d->p->to.len > 0) {
        sb_adds(out, " (");
        add_name(out, d->p->from);
        sb_adds(out, " to ");
        add_name(out, d->p->to);
        sb_adds(out, ")");
    }
    if (d->not_asked) {
        sb_adds(out, " for ");
        add_name(out, d->p->goal);
    } else {
        sb_printf(out, " %s", goal_words(d->base.goal));
    }
    sb_addc(out, '?');
}

/* --- whole and part --- */

bool decide_part_asked(const struct decide *d)
{
    if (d->not_asked)
        return false;
    return d->ev->component_count > 0 || d->p->component_count > 0 || d->ext_from.len > 0 ||
           is_kind(d, PROPOSAL_NATIVE_EXTENSION) || is_kind(d, PROPOSAL_COMPONENT_SWAP);
}

bool decide_whole_open(const struct decide *d)
{
    return !d->not_asked && d->policy.verdict == VERDICT_FULL;
}

bool decide_part_open(const struct decide *d)
{
    return !d->not_asked && d->policy.verdict >= VERDICT_EXTENSION && decide_part_asked(d);
}

const struct evidence_component *decide_best_component(const struct decide *d)
{
    for (uint32_t i = 0; i < d->ev->component_count; i++) {
        if (!d->ev->components[i].unmatched)
            return &d->ev->components[i];
    }
    return NULL;
}

struct span decide_part_name(const struct decide *d)
{
    return d->ev->component_count > 0          ? d->ev->components[0].name
           : d->p->component_count > 0         ? d->p->components[0].name
           : is_kind(d, PROPOSAL_FULL_REWRITE) ? SPAN("one part")
                                               : subject(d);
}

static double fact(const struct decide *d, enum fact_id id)
{
    return facts_num(&d->ev->facts, id);
}

void decide_gain_words(const struct decide *d, enum fact_id lo, struct sb *out)
{
    bool time = d->base.goal == GOAL_LATENCY || d->base.goal == GOAL_STARTUP || d->base.goal == GOAL_TAIL;
    double a = fact(d, lo), b = fact(d, lo + 2);
    if (!num_known(a) || !num_known(b))
        return;
    sb_adds(out, " would save ");
    words_range(out, a, b);
    sb_adds(out, time ? " of the time" : " of the CPU time");
}

static void add_chance(struct sb *out, double p, const char *before, const char *after)
{
    if (!num_known(p))
        return;
    sb_adds(out, before);
    words_share(out, p);
    sb_adds(out, after);
}

void decide_part_only_words(const struct decide *d, struct sb *out)
{
    double whole = fact(d, FACT_gain_full_est), part = fact(d, FACT_gain_ext_est);
    sb_adds(out, "Closed for the whole, open for the part: moving ");
    add_name(out, decide_part_name(d));
    sb_adds(out, " to native code");
    decide_gain_words(d, FACT_gain_ext_lo, out);
    add_chance(out, fact(d, FACT_p_roi_pos_ext), " with a ", " chance to pay back");
    if (num_known(whole) && num_known(part) && whole > part) {
        sb_adds(out, "; rewriting the rest would add ");
        words_share(out, whole - part);
    }
    sb_addc(out, '.');
}

/* What the whole lacks, by the first thing that holds it down. */
/* The first rule that would keep the whole closed whatever is still given; NULL none. */
static const struct policy_rule *veto_on_whole(const struct decide *d)
{
    for (uint32_t i = 0; i < d->policy.rule_count; i++) {
        const struct policy_rule_result *r = &d->policy.rules[i];
        bool stays = policy_fired(r) && r->rule->basis != BASIS_ABSENCE;
        for (uint32_t k = 0; stays && k < r->rule->effect_count; k++) {
            if (r->rule->effects[k].kind == EFFECT_CEIL && r->rule->effects[k].level < VERDICT_FULL)
                return r->rule;
        }
    }
    return NULL;
}

static void say_whole(const struct advise_ctx *c, struct sb *out)
{
    const struct decide *d = c->decision;
    if (d->not_asked) {
        sb_adds(out, "Neither open nor closed: not a question for a profile.");
        return;
    }
    if (decide_whole_open(d)) {
        sb_adds(out, "Open: a rewrite of the whole is supported.");
        return;
    }
    if (!is_kind(d, PROPOSAL_FULL_REWRITE) && d->p->kind_given) {
        sb_adds(out, "A rewrite of the whole was not proposed.");
        return;
    }
    sb_adds(out, "Closed");
    for (uint32_t i = 0; i < d->policy.rule_count; i++) {
        const struct policy_rule_result *r = &d->policy.rules[i];
        if (!policy_fired(r) || r->rule->effect_count == 0)
            continue;
        enum effect_kind k = r->rule->effects[0].kind;
        bool closes = k == EFFECT_UNDECIDED || k == EFFECT_SETTLE || k == EFFECT_CEIL;
        bool of_verdict = d->policy.main < 0 || (int32_t)i == d->policy.main || d->policy.verdict == VERDICT_EXTENSION;
        if (closes && of_verdict) {
            sb_printf(out, ": %s", r->rule->reason);
            return;
        }
    }
    const struct policy_rule *veto = veto_on_whole(d);
    if (veto && d->policy.verdict != VERDICT_INSUFFICIENT)
        sb_printf(out, ": %s", veto->reason);
    else
        sb_adds(out, d->policy.verdict == VERDICT_INSUFFICIENT ? ": it is not decided yet." : ".");
}

static void say_part(const struct decide *d, struct sb *out)
{
    if (!decide_part_open(d) && d->policy.verdict < VERDICT_EXTENSION &&
        d->policy.potential.verdict == VERDICT_EXTENSION) {
        sb_adds(out, "Not decided yet: ");
        add_name(out, decide_part_name(d));
        sb_adds(out, " may be worth it by itself once the missing inputs are given.");
        return;
    }
    sb_adds(out, decide_part_open(d) ? "Open: " : "Closed: ");
    add_name(out, decide_part_name(d));
    if (!decide_part_open(d)) {
        sb_adds(out, " is not shown to be worth it by itself.");
        return;
    }
    sb_adds(out, " in native code");
    decide_gain_words(d, FACT_gain_ext_lo, out);
    add_chance(out, fact(d, FACT_p_roi_pos_ext), ", chance to pay back ", "");
    sb_addc(out, '.');
}

void decide_scope_words(const struct advise_ctx *c, struct sb *whole, struct sb *part, struct sb *both)
{
    const struct decide *d = c->decision;
    say_whole(c, whole);
    if (decide_part_asked(d))
        say_part(d, part);
    if (is_kind(d, PROPOSAL_FULL_REWRITE) && d->policy.verdict == VERDICT_EXTENSION && !d->not_asked)
        decide_part_only_words(d, both);
    else
        sb_add(both, sb_span(whole));
}

/* --- what no volume can change --- */

void decide_pf_words(const struct decide *d, struct sb *out)
{
    double pf = d->roi.pf_mean, opens = d->roi.pf_that_opens, highest = 1 - pf;
    if (!d->has_roi || !num_known(pf) || highest >= 0.8)
        return;
    sb_adds(out, d->roi.pf_default ? "With the failure probability usual for such a change ("
                                   : "With a failure probability of ");
    words_share(out, pf);
    sb_adds(out, d->roi.pf_default ? ", not given by the proposal) the chance to pay back is at most "
                                   : " the chance to pay back is at most ");
    words_share(out, highest);
    sb_adds(out, " at any volume, below the 80 % line; it can open from ");
    words_share(out, num_known(opens) ? fmin(opens, 0.2) : 0.2);
    sb_adds(out, " down, as after a prototype of 2 to 4 weeks, or in stages with a stop.");
}
