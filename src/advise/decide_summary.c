/* decide_summary.c - the one sentence of a decision by its main reason: what was measured or simulated, then what is
 * still to be given or what would overturn it. Reasons that an analysis knows too speak as they do there. */
#include <math.h>

#include "advise/decide_ctx.h"
#include "advise/words.h"
#include "base/clock.h"

enum { SUMMARY_MAX = 240, NAME_MAX_BYTES = 40, REASON_MAX = 60 };

static double fact(const struct decide *d, enum fact_id id)
{
    return facts_num(&d->ev->facts, id);
}

static bool is_whole(const struct decide *d)
{
    return d->p->kind_given && d->p->kind == PROPOSAL_FULL_REWRITE;
}

static void add_chance(const struct decide *d, struct sb *out, enum fact_id id)
{
    double p = fact(d, id);
    if (!num_known(p))
        return;
    sb_adds(out, ", ");
    words_share(out, p);
    sb_adds(out, " chance to pay back");
    if (num_known(d->roi.horizon_years))
        sb_printf(out, " within %.2g years", d->roi.horizon_years);
}

/* --- what is still to be given --- */

/* One input that is missing is named; of several, all kinds. */
static const char *return_words(const struct decide *d)
{
    static const char *const words[][2] = {
        { "ops_per_year", "the volume" },           { "failure_probability", "the failure probability" },
        { "months", "the months of work" },         { "devs", "how many people work on it" },
        { "rate_usd_year", "what a person costs" }, { "usd_per_hour", "what an hour is worth" }
    };
    for (size_t i = 0; d->roi.missing_count == 1 && i < ARRAY_LEN(words); i++) {
        if (span_is(span_of(d->roi.missing[0]), words[i][0]))
            return words[i][1];
    }
    return "cost, volume and failure probability";
}

static const char *input_words(const struct decide *d, enum fact_id id)
{
    switch ((int)id) {
    case FACT_load_representative:
        return "that this load is the real one";
    case FACT_evidence_age_days:
        return "the age of the evidence";
    case FACT_code_changed:
        return "whether the code has changed since";
    case FACT_runs_n:
        return "three runs";
    case FACT_dep_sdk_ready:
        return "whether all libraries exist for the target";
    case FACT_team_target_devs:
        return "who knows the target";
    default:
        /* The proposal's own are given: what is open is the level that it does not speak of. */
        if (d->has_roi && num_known(d->roi.p_roi_pos) && !d->roi.pf_default)
            return is_whole(d) ? "what one part alone would cost and bring"
                               : "what a whole rewrite would cost and bring";
        return return_words(d);
    }
}

static void add_missing(const struct decide *d, struct sb *out)
{
    uint32_t n = d->policy.potential.missing_count;
    for (uint32_t i = 0; i < n; i++) {
        const char *words = input_words(d, d->policy.potential.missing[i]);
        if (i > 0 && span_is(span_of(words), input_words(d, d->policy.potential.missing[i - 1])))
            continue;
        sb_printf(out, "%s%s", i == 0 ? "" : i + 1 == n ? " and " : ", ", words);
    }
}

static bool lowers(const struct policy_rule_result *r, enum policy_verdict to)
{
    for (uint32_t k = 0; policy_fired(r) && k < r->rule->effect_count; k++) {
        if (r->rule->effects[k].kind == EFFECT_CEIL && r->rule->effects[k].level <= to)
            return true;
    }
    return false;
}

/* Where the main reason would lift the answer higher: the inputs that are missing, else the first rule that holds it. */
static bool nothing_matched(const struct decide *d)
{
    bool proposed = false;
    for (uint32_t i = 0; i < d->ev->component_count; i++) {
        if (d->ev->components[i].proposed && !d->ev->components[i].unmatched)
            return false;
        proposed = proposed || d->ev->components[i].proposed;
    }
    return proposed && !is_whole(d);
}

static void add_held(const struct decide *d, struct sb *out)
{
    if (nothing_matched(d)) {
        sb_adds(out,
                "; no frame of the recording matches the part that is proposed, so what it would save is unknown.");
        return;
    }
    if (d->policy.potential.verdict > d->policy.verdict && d->policy.potential.missing_count > 0) {
        /* What is missing can open a part at most: whoever gives it must not expect the whole. */
        if (is_whole(d) && d->policy.potential.verdict == VERDICT_EXTENSION) {
            sb_adds(out, "; a whole rewrite stays closed");
            add_chance(d, out, FACT_p_roi_pos_full);
            sb_adds(out, "; for one part, still to be given: ");
        } else {
            sb_adds(out, "; still to be given: ");
        }
        add_missing(d, out);
        sb_addc(out, '.');
        return;
    }
    for (uint32_t i = 0; i < d->policy.rule_count; i++) {
        const struct policy_rule_result *r = &d->policy.rules[i];
        if (!lowers(r, d->policy.verdict) || (int32_t)i == d->policy.main)
            continue;
        sb_printf(out, "; held back by: %s", r->rule->reason);
        return;
    }
    sb_addc(out, '.');
}

/* The rule lifts higher than the answer is: something else holds it down. */
static bool is_held(const struct decide *d)
{
    if (d->policy.main < 0 || d->policy.verdict == VERDICT_INSUFFICIENT || d->policy.verdict >= VERDICT_EXTENSION)
        return false;
    const struct policy_rule *r = d->policy.rules[d->policy.main].rule;
    for (uint32_t k = 0; k < r->effect_count; k++) {
        if (r->effects[k].kind == EFFECT_FLOOR)
            return r->effects[k].level > d->policy.verdict || d->policy.potential.verdict > d->policy.verdict;
    }
    return false;
}

/* --- speakers --- */

static const struct decide_distance *volume_of_another_answer(const struct decide *d)
{
    for (uint32_t i = 0; i < d->distance_count; i++) {
        if (span_is(d->distances[i].fact, "ops_per_year") && d->distances[i].verdict != d->policy.verdict)
            return &d->distances[i];
    }
    return NULL;
}

static void say_free_cpu(const struct decide *d, struct sb *out)
{
    const struct decide_distance *flip = volume_of_another_answer(d);
    double ops = fact(d, FACT_ops_per_year);
    sb_adds(out, "Even if all its CPU became free, the chance to pay back");
    if (num_known(d->roi.horizon_years))
        sb_printf(out, " within %.2g years", d->roi.horizon_years);
    sb_adds(out, " is ");
    words_share(out, fact(d, FACT_p_roi_pos_ceiling));
    if (num_known(ops)) {
        sb_adds(out, " at ");
        words_count(out, ops);
        sb_adds(out, " operations a year");
    }
    if (num_known(d->roi.point.cost)) {
        sb_adds(out, " and a cost of ");
        words_usd(out, d->roi.point.cost);
    }
    if (flip && flip->factor > 1) {
        sb_adds(out, "; this flips at ");
        words_count(out, flip->at);
        sb_adds(out, ", ");
        words_factor(out, flip->factor);
        sb_adds(out, " times as many");
    }
    sb_addc(out, '.');
}

static void say_return(const struct decide *d, struct sb *out)
{
    enum fact_id chance = is_whole(d) ? FACT_p_roi_pos_full : FACT_p_roi_pos_ext;
    enum fact_id gain = is_whole(d) ? FACT_gain_full_lo : FACT_gain_ext_lo;
    double p = fact(d, chance);
    if (num_known(fact(d, gain)) && num_known(fact(d, gain + 1))) {
        sb_adds(out, "The change");
        decide_gain_words(d, gain, out);
        sb_adds(out, ", but the chance to pay back");
    } else {
        sb_adds(out, "The chance to pay back");
    }
    if (num_known(d->roi.horizon_years))
        sb_printf(out, " within %.2g years", d->roi.horizon_years);
    sb_adds(out, " is ");
    words_share(out, num_known(p) ? p : fact(d, FACT_p_roi_pos_full));
    sb_adds(out, ", below the 80 % line");
    if (num_known(d->roi.pf_mean) && 1 - d->roi.pf_mean < 0.8) {
        sb_adds(out, "; a failure probability of ");
        words_share(out, d->roi.pf_mean);
        sb_adds(out, " alone keeps it there");
    } else if (d->has_roi && d->roi.tornado_count > 0) {
        sb_printf(out, "; the input that matters most is %s", d->roi.tornado[0].name);
    }
    sb_addc(out, '.');
}

static void say_memory(const struct decide *d, struct sb *out)
{
    sb_adds(out, "The memory saved is worth ");
    words_usd(out, fact(d, FACT_mem_saving_usd_year_p50));
    sb_adds(out, " a year, and keeping a second language costs ");
    words_usd(out, fact(d, FACT_annual_cost_extra_p50));
    add_chance(d, out, FACT_p_roi_pos_ext);
    sb_addc(out, '.');
}

static void add_measured(const struct decide *d, struct sb *out)
{
    double lo = fact(d, FACT_ab_gain_lo), hi = fact(d, FACT_ab_gain_hi);
    sb_adds(out, "both versions were measured and ");
    if (num_known(lo) && num_known(hi) && lo >= 0)
        words_range(out, lo, hi);
    else
        words_share(out, num_known(hi) ? fmax(0, hi) : 0);
    sb_adds(out, " is saved at the worst and the best load");
}

static void say_measured_gain(const struct decide *d, struct sb *out)
{
    if (d->policy.verdict >= VERDICT_EXTENSION) {
        sb_adds(out, d->policy.verdict == VERDICT_FULL ? "A rewrite is supported: " : "The change is supported: ");
        add_measured(d, out);
        add_chance(d, out, is_whole(d) ? FACT_p_roi_pos_full : FACT_p_roi_pos_ext);
        sb_addc(out, '.');
        return;
    }
    sb_adds(out, "The goal is reached: ");
    add_measured(d, out);
    add_held(d, out);
}

static void say_measured_small(const struct decide *d, struct sb *out)
{
    sb_adds(out, "The finished version was measured and saves at most ");
    words_share(out, fmax(0, fact(d, FACT_ab_gain_hi)));
    sb_adds(out, " even at its best load, below the smallest useful gain of ");
    words_share(out, fact(d, FACT_min_useful_gain));
    sb_addc(out, '.');
}

static void say_measured_both_sides(const struct decide *d, struct sb *out)
{
    sb_adds(out, "Not decided yet: ");
    add_measured(d, out);
    sb_adds(out, ", on both sides of the wanted ");
    words_share(out, fact(d, FACT_goal_gain));
    sb_adds(out, "; the mix of operations would settle it.");
}

static void say_present_language(const struct decide *d, struct sb *out)
{
    sb_adds(out, "A measured change in the present language saves ");
    words_range(out, fact(d, FACT_alt_gain_lo),
                num_known(fact(d, FACT_alt_gain_hi)) ? fact(d, FACT_alt_gain_hi) : fact(d, FACT_alt_gain_lo));
    if (num_known(fact(d, FACT_ab_gain_hi))) {
        sb_adds(out, ", the new version at most ");
        words_share(out, fmax(0, fact(d, FACT_ab_gain_hi)));
    }
    sb_adds(out, ": the cheaper level is enough.");
}

static void say_part(const struct decide *d, struct sb *out)
{
    double whole = fact(d, FACT_gain_full_est), part = fact(d, FACT_gain_ext_est);
    bool swap = d->p->kind_given && d->p->kind == PROPOSAL_COMPONENT_SWAP;
    sb_adds(out, swap ? "Replacing " : "Moving ");
    sb_add_plain(out, span_sub(decide_part_name(d), 0, NAME_MAX_BYTES));
    sb_adds(out, swap ? "" : " to native code");
    decide_gain_words(d, FACT_gain_ext_lo, out);
    add_chance(d, out, FACT_p_roi_pos_ext);
    if (num_known(whole) && num_known(part) && whole > part) {
        sb_adds(out, "; rewriting the rest would add ");
        words_share(out, whole - part);
    }
    sb_addc(out, '.');
}

static void say_cpu_bound(const struct advise_ctx *c, struct sb *out)
{
    const struct decide *d = c->decision;
    bool time = ctx_goal_is_time(c);
    enum fact_id lo = time ? FACT_cpu_share_lo : FACT_util_lo;
    sb_adds(out, time ? "The program is CPU-bound (" : "CPU is in use at this load for ");
    if (num_known(fact(d, lo)) && num_known(fact(d, lo + 2)))
        words_range(out, fact(d, lo), fact(d, lo + 2));
    sb_adds(out, time ? ")" : "");
    add_held(d, out);
}

struct speaker {
    const char *rule, *headline;
    void (*say)(const struct decide *d, struct sb *out);
};

static const struct speaker speakers[] = {
    { "ROI-01", NULL, say_return },
    { "ROI-02", NULL, say_return },
    { "ROI-03", NULL, say_free_cpu },
    { "MEM-01", NULL, say_memory },
    { "MEM-02", NULL, say_memory },
    { "AB-01", "Measured to reach the goal", say_measured_gain },
    { "AB-02", NULL, say_measured_gain },
    { "AB-03", NULL, say_measured_small },
    { "AB-04", NULL, say_measured_both_sides },
    { "ALT-01", NULL, say_present_language },
    { "ALT-02", NULL, say_present_language },
    { "AD-05", NULL, say_part },
};

static const struct speaker *speaker_of(const struct decide *d)
{
    const char *main = d->policy.main >= 0 ? d->policy.rules[d->policy.main].rule->id : "";
    /* Whichever rule carries it: the comparison speaks, no expectation. */
    if (d->after_build && d->policy.verdict >= VERDICT_EXTENSION)
        main = "AB-02";
    for (size_t i = 0; i < ARRAY_LEN(speakers); i++) {
        if (span_is(span_of(speakers[i].rule), main))
            return &speakers[i];
    }
    return NULL;
}

static bool main_is(const struct decide *d, const char *id)
{
    return d->policy.main >= 0 && span_is(span_of(d->policy.rules[d->policy.main].rule->id), id);
}

static void by_rule(const struct advise_ctx *c, struct sb *out, struct sb *headline)
{
    const struct decide *d = c->decision;
    const struct speaker *s = speaker_of(d);
    CLEANUP(sb_release) struct sb plain = { 0 };
    CLEANUP(sb_release) struct sb usual = { 0 };
    summary_of_rules(c, &plain, &usual);
    bool cpu = main_is(d, "CPU-01") || main_is(d, "CPU-02") || main_is(d, "CPU-10");
    if (s && s->headline && is_held(d))
        sb_adds(headline, s->headline);
    else
        sb_add(headline, sb_span(&usual));
    if (cpu) {
        say_cpu_bound(c, out);
    } else if (s) {
        s->say(d, out);
    } else {
        sb_add(out, sb_span(&plain));
        if (is_held(d) && out->len > 0 && out->ptr[out->len - 1] == '.') {
            out->ptr[--out->len] = '\0';
            add_held(d, out);
        }
    }
}

/* --- all of it --- */

static void cut(struct sb *s, size_t most)
{
    if (s->len <= most)
        return;
    size_t n = most - 3;
    while (n > 0 && ((unsigned char)s->ptr[n] & 0xc0) == 0x80)
        n--;
    s->ptr[n] = '\0';
    s->len = n;
    sb_adds(s, "...");
}

static void say_not_asked(const struct decide *d, struct sb *out)
{
    sb_adds(out, "Not a question for a profile: the goal is ");
    if (d->p->goal.len > 0)
        sb_add_plain(out, span_sub(d->p->goal, 0, NAME_MAX_BYTES));
    else
        sb_adds(out, "not one of these");
    sb_adds(out, "; this judges speed, capacity, cost and memory, and says neither yes nor no to anything else.");
}

static void say_waived(const struct decide *d, struct sb *out)
{
    const struct decide_waiver *w = d->waived_by;
    CLEANUP(sb_release) struct sb until = { 0 };
    clock_format(&until, w->until_us);
    sb_adds(out, "Waived by ");
    sb_add_plain(out, span_sub(w->owner, 0, NAME_MAX_BYTES));
    sb_printf(out, " until %.*s for \"", SPAN_FMT(span_sub(sb_span(&until), 0, 10)));
    sb_add_plain(out, span_sub(w->reason, 0, REASON_MAX));
    sb_adds(out, "\"; the evidence says: ");
}

void decide_summary(const struct advise_ctx *c, struct sb *summary, struct sb *headline)
{
    const struct decide *d = c->decision;
    if (d->waived_by)
        say_waived(d, summary);
    if (d->not_asked) {
        say_not_asked(d, summary);
        sb_adds(headline, "Not a question for a profile");
    } else if (is_whole(d) && d->policy.verdict == VERDICT_EXTENSION) {
        decide_part_only_words(d, summary);
        sb_adds(headline, "Move one part to native code");
    } else {
        by_rule(c, summary, headline);
    }
    cut(summary, SUMMARY_MAX);
}
