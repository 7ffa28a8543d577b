/* summary.c - the verdict as one sentence: number first, then reason, then what overturns it. At most 240 characters,
 * with a number in it or the missing one named, no rule id, no target language, no guess at the cause. */
#include "advise/decide_ctx.h"

#include <math.h>

#include "advise/words.h"

enum { SUMMARY_MAX = 240, NAME_MAX_BYTES = 40 };

static double num(const struct advise_ctx *c, enum fact_id id)
{
    return ctx_num(c, id);
}

static double or_zero(double x)
{
    return num_known(x) ? x : 0;
}

/* Running plus waiting for the own CPU: what the time rules compare. */
static double cpu_end(const struct advise_ctx *c, bool upper)
{
    double share = num(c, upper ? FACT_cpu_share_hi : FACT_cpu_share_lo);
    if (!num_known(share))
        share = upper ? 1 : 0;
    return fmin(1, share + or_zero(num(c, upper ? FACT_cpu_queue_share_hi : FACT_cpu_queue_share_lo)));
}

static void cpu_words(const struct advise_ctx *c, struct sb *out)
{
    if (ctx_goal_is_time(c) && ctx_known(c, FACT_cpu_share_est) &&
        fabs(num(c, FACT_cpu_share_hi) - num(c, FACT_cpu_share_lo)) < 0.02)
        words_share(out, num(c, FACT_cpu_share_est));
    else if (ctx_goal_is_time(c))
        words_range(out, cpu_end(c, false), cpu_end(c, true));
    else
        words_range(out, num(c, FACT_util_lo), num(c, FACT_util_hi));
}

static const char *first_next(const struct advise_ctx *c)
{
    if (c->next_count == 0)
        return "a measurement of CPU and wall time";
    const struct next_step *s = &c->next[0];
    const char *command = s->command ? s->command : "";
    if (span_starts(span_of(command), SPAN("py-spy record --idle")))
        return "a minute of py-spy with --idle";
    if (span_starts(span_of(command), SPAN("py-spy")))
        return "a longer py-spy recording";
    if (span_starts(span_of(command), SPAN("perf stat")))
        return "perf stat";
    if (span_starts(span_of(command), SPAN("perf record")))
        return "a longer perf recording";
    if (span_starts(span_of(command), SPAN("stet record")))
        return "stet record";
    if (span_starts(span_of(command), SPAN("node ")) || span_starts(span_of(command), SPAN("curl ")))
        return "a longer CPU profile";
    if (span_starts(span_of(command), SPAN("/usr/bin/time")))
        return "the time command";
    return "the next step below";
}

static struct span main_name(const struct advise_ctx *c)
{
    const struct artefact *a = ctx_main_artefact(c);
    if (!a)
        return SPAN("the file");
    size_t slash = span_rchr(a->name, '/');
    struct span name = slash < a->name.len ? span_from(a->name, slash + 1) : a->name;
    return span_sub(name, 0, NAME_MAX_BYTES);
}

static bool is_asked_for(const struct advise_ctx *c, enum fact_id id)
{
    for (uint32_t i = 0; i < c->policy->ask_count; i++) {
        if (c->policy->ask[i] == id)
            return true;
    }
    return false;
}

static bool wants_requests(const struct advise_ctx *c)
{
    return ctx_overlapping(c) && ctx_goal_is_time(c) && (is_asked_for(c, FACT_ops) || !ctx_known(c, FACT_ops));
}

/* --- not decided yet --- */

static void say_nothing_measured(const struct advise_ctx *c, struct sb *out)
{
    sb_printf(
        out,
        "Not decided yet: nothing was measured that shows CPU against time; %s, about 1 min, would settle whether "
        "CPU is the limit.",
        first_next(c));
}

static void say_cpu_samples_alone(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "Not decided yet: ");
    sb_add_plain(out, main_name(c));
    sb_printf(
        out,
        " shows where CPU time went but not how long the program waited; %s%s of the same program would settle it.",
        first_next(c), wants_requests(c) ? " and two numbers, requests and mean response time," : "");
}

/* What a goal other than response time lacks; false where its share is a matter of CPU and wall seconds. */
static bool say_goal_unknown(const struct advise_ctx *c, struct sb *out)
{
    if (c->in->goal == GOAL_MEMORY) {
        sb_adds(out, "Not decided yet: memory was not measured; the resident memory of both versions at the same load "
                     "would settle it.");
        return true;
    }
    if (ctx_goal_is_time(c) || !num_known(c->ev->time.cpu_s) || !(c->ev->time.wall_s > 0) ||
        ctx_known(c, FACT_usable_cores))
        return false;
    sb_printf(
        out,
        "Not decided yet: the program used the CPU of %.2g cores, but how many it may use is not known; the number of "
        "usable cores would settle how much of them that is.",
        c->ev->time.cpu_s / c->ev->time.wall_s);
    return true;
}

static void say_share_unknown(const struct advise_ctx *c, struct sb *out)
{
    if (say_goal_unknown(c, out))
        return;
    if (wants_requests(c)) {
        sb_adds(out, "Not decided yet: ");
        if (ctx_known(c, FACT_util_est)) {
            words_share(out, num(c, FACT_util_est));
            sb_adds(out, " of the CPU was in use, which says nothing about one request; ");
        } else {
            sb_adds(out, "the CPU share of one request is not known; ");
        }
        sb_adds(out, "requests served and mean response time would settle it.");
        return;
    }
    bool have_totals = ctx_num(c, FACT_has_cpu_accounting) == 1;
    if (ctx_overlapping(c) && ctx_goal_is_time(c) && ctx_num(c, FACT_ops) == 0) {
        sb_adds(out, "Not decided yet: 0 requests were served in the recorded window, which says nothing about a "
                     "request; the same "
                     "under load, with requests and mean response time, would settle it.");
        return;
    }
    if (ctx_overlapping(c) && ctx_goal_is_time(c) && have_totals) {
        sb_adds(
            out,
            "Not decided yet: requests, response time and CPU seconds do not belong together; requests served and mean "
            "response time of the recorded window would settle it.");
        return;
    }
    if (ctx_num(c, FACT_has_profile) == 1 && !have_totals) {
        say_cpu_samples_alone(c, out);
        return;
    }
    sb_adds(out, "Not decided yet: CPU seconds and wall seconds of the same run are not both known; ");
    sb_printf(out, "%s would settle it.", first_next(c));
}

static void say_both_sides(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "Not decided yet: CPU was ");
    words_range(out, cpu_end(c, false), cpu_end(c, true));
    if (wants_requests(c)) {
        sb_adds(out, " of the time, depending on whether the idle part waited for answers or for work; requests served "
                     "and mean response time would settle it.");
        return;
    }
    sb_adds(out, " of the time, on both sides of the ");
    words_share(out, num(c, FACT_cpu_bound_threshold));
    sb_printf(out, " line; %s would settle it.", first_next(c));
}

static void say_thin(const struct advise_ctx *c, struct sb *out, const char *rule)
{
    sb_adds(out, "Not decided yet: ");
    if (span_is(span_of(rule), "EV-03")) {
        words_count(out, num(c, FACT_samples_raw));
        sb_adds(out, " samples are worth about ");
        words_count(out, fmax(1, num(c, FACT_samples_eff)));
        sb_adds(out, " independent ones, too few to split the CPU time");
    } else if (span_is(span_of(rule), "EV-05")) {
        words_share(out, or_zero(num(c, FACT_unknown_share)) + or_zero(num(c, FACT_broken_share)));
        sb_adds(out, " of the CPU time has no names");
    } else if (span_is(span_of(rule), "EV-06")) {
        words_share(out, num(c, FACT_startup_share));
        sb_adds(out, " of the CPU time is start-up");
    } else {
        sb_printf(out, "the first and the second half of the recording differ (by %.1f standard errors)",
                  num(c, FACT_halves_z));
    }
    sb_printf(out, "; %s would settle it.", first_next(c));
}

/* What was measured, in seconds where the seconds are known: those are true however many jobs were under way. */
static void say_computed(const struct advise_ctx *c, struct sb *out)
{
    bool time = ctx_goal_is_time(c);
    if (time && num_known(c->ev->time.cpu_s) && num_known(c->ev->time.wall_s) && !ctx_overlapping(c)) {
        sb_adds(out, "The program computed for ");
        words_seconds(out, c->ev->time.cpu_s);
        sb_adds(out, " of ");
        words_seconds(out, c->ev->time.wall_s);
        sb_adds(out, " (");
        cpu_words(c, out);
        sb_adds(out, ")");
    } else {
        sb_adds(out, time ? "The program is CPU-bound (" : "CPU is in use at this load for ");
        cpu_words(c, out);
        sb_adds(out, time ? ")" : "");
    }
}

static void say_native_unseen(const struct advise_ctx *c, struct sb *out)
{
    say_computed(c, out);
    /* Nothing in the set speaks of overlap: whoever knows that jobs overlap has to see what the number rests on. */
    if (c->facts->v[FACT_concurrency].origin == ORIGIN_DEFAULT)
        sb_adds(out, ", taken to do one job at a time");
    sb_adds(out, "; whether the time is in its own code or in native libraries is not visible; a recording with native "
                 "frames would settle it.");
}

static void say_not_saturated(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "Not decided yet: ");
    words_range(out, num(c, FACT_util_lo), num(c, FACT_util_hi));
    sb_adds(out, " of the usable CPU was in use; whether CPU is the limit shows at the load where throughput stops "
                 "rising, or say "
                 "what the fleet is sized by.");
}

static void say_tail_unknown(const struct advise_ctx *c, struct sb *out)
{
    (void)c;
    sb_adds(out, "Not decided yet: means say nothing about the slowest requests; traces, loop delay or pauses of the "
                 "slowest 1 % would "
                 "settle it.");
}

static void say_undecided_other(const struct advise_ctx *c, struct sb *out, const struct policy_rule_result *r)
{
    sb_adds(out, "Not decided yet: ");
    if (r && num_known(r->measured) && r->has_deciding && fact_infos[r->deciding].hi <= 1) {
        words_share(out, r->measured);
        sb_printf(out, " (%s): ", fact_infos[r->deciding].meaning);
    } else if (c->policy->ask_count > 0) {
        sb_printf(out, "%s is not known: ", fact_infos[c->policy->ask[0]].name);
    }
    if (r)
        sb_adds(out, r->rule->reason);
}

/* --- decided --- */

/* Where the nearest change of verdict by more CPU lies: searched by the rules' own evaluation, else the line itself. */
static double flip_of_cpu(const struct advise_ctx *c, double line)
{
    for (uint32_t i = 0; i < c->policy->flip_count; i++) {
        const struct policy_flip *f = &c->policy->flips[i];
        if ((f->fact == FACT_cpu_share_hi || f->fact == FACT_cpu_share_lo) && f->at > f->now)
            return fmin(1, f->at + or_zero(num(c, FACT_cpu_queue_share_hi)));
    }
    return line;
}

static void say_wait_bound(const struct advise_ctx *c, struct sb *out)
{
    double line = flip_of_cpu(c, num(c, FACT_wait_bound_threshold));
    double hi = cpu_end(c, true);
    if (ctx_overlapping(c) && ctx_known(c, FACT_op_s) && ctx_known(c, FACT_ops) && ctx_known(c, FACT_cpu_share_est)) {
        double r = num(c, FACT_op_s);
        double d = num(c, FACT_cpu_share_est) * r;
        sb_adds(out, "A request takes ");
        words_seconds(out, r);
        sb_adds(out, " and uses ");
        words_seconds(out, d);
        sb_adds(out, " of CPU (");
        words_share(out, num(c, FACT_cpu_share_est));
        sb_adds(out, "), so even free CPU would save at most ");
        words_seconds(out, hi * r);
        sb_adds(out, " each; this flips if CPU per request grows ");
        words_factor(out, hi > 0 ? line / hi : 1000);
        sb_adds(out, " times.");
        return;
    }
    sb_adds(out, "The program computed for ");
    if (num_known(c->ev->time.cpu_s) && num_known(c->ev->time.wall_s)) {
        words_seconds(out, c->ev->time.cpu_s);
        sb_adds(out, " of ");
        words_seconds(out, c->ev->time.wall_s);
    } else {
        sb_adds(out, "part of the time");
    }
    sb_adds(out, " (");
    cpu_words(c, out);
    sb_adds(out, "), so even free CPU would save at most ");
    words_share(out, hi);
    sb_adds(out, "; this flips if CPU reaches ");
    words_share(out, line);
    sb_addc(out, '.');
}

static void say_waits(const struct advise_ctx *c, struct sb *out)
{
    unsigned named = 0;
    for (uint32_t i = 0; i < c->ev->time.wait_count && named < 2; i++) {
        const struct evidence_part *w = &c->ev->time.wait[i];
        if (w->category == CAT_W_OTHER || !(w->share >= 0.02))
            continue;
        sb_adds(out, named++ ? ", " : "");
        sb_adds(out, category_words((enum category)w->category));
    }
    if (named == 0)
        sb_adds(out, ctx_known(c, FACT_runq_share) ? "of a kind that these files do not show"
                                                   : "for a core or for something that these files do not show");
}

static void say_external_wait(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "At least ");
    words_share(out, num(c, FACT_wait_share_lo));
    sb_adds(out, " of the time is waiting (");
    say_waits(c, out);
    sb_adds(out, ")");
    if (ctx_known(c, FACT_cpu_share_hi)) {
        sb_adds(out, "; free CPU would save at most ");
        words_share(out, cpu_end(c, true));
    }
    sb_addc(out, '.');
}

static void say_not_cpu_bound(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "CPU is ");
    cpu_words(c, out);
    sb_adds(out, " of the time, below the ");
    words_share(out, num(c, FACT_cpu_bound_threshold));
    sb_adds(out, " line from which a rewrite is looked at; the rest is ");
    say_waits(c, out);
    sb_adds(out, "; this flips at ");
    words_share(out, num(c, FACT_cpu_bound_threshold));
    sb_addc(out, '.');
}

static void say_capacity(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "CPU does not limit throughput at this load (");
    words_range(out, num(c, FACT_util_lo), num(c, FACT_util_hi));
    if (ctx_known(c, FACT_usable_cores))
        sb_printf(out, " of %.3g cores", num(c, FACT_usable_cores));
    sb_adds(out, "); this flips if it reaches 85 % where throughput stops rising.");
}

static void say_quota(const struct advise_ctx *c, struct sb *out)
{
    if (ctx_known(c, FACT_throttled_share)) {
        sb_adds(out, "The CPU quota stopped the program for ");
        words_share(out, num(c, FACT_throttled_share));
        sb_adds(out, " of the run");
    } else {
        sb_adds(out, "The program used ");
        words_share(out, num(c, FACT_quota_use));
        sb_adds(out, " of its CPU quota");
    }
    sb_adds(out, "; with the quota raised, measure again before judging the code.");
}

static void say_run_queue(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "For ");
    words_share(out, num(c, FACT_runq_share));
    sb_adds(out,
            " of the run the program was ready but had no free core; add cores or reduce threads, then measure again.");
}

static void say_small_ceiling(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "Code that a rewrite could touch is at most ");
    words_share(out, num(c, FACT_addr_share_hi));
    sb_adds(out, ctx_goal_is_time(c) ? " of the time" : " of the CPU time");
    sb_adds(out, ", so even infinitely fast it would give ");
    words_factor(out, num(c, FACT_amdahl_ceiling_hi));
    sb_adds(out, "x; the smallest useful gain is ");
    words_factor(out, 1 / (1 - num(c, FACT_min_useful_gain)));
    sb_adds(out, "x.");
}

static void say_native(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "The program is CPU-bound (");
    cpu_words(c, out);
    sb_adds(out, "), but at least ");
    words_share(out, num(c, FACT_native_cpu_share_lo));
    sb_adds(out, " of that already runs in native libraries or the kernel; the rest allows at most ");
    words_factor(out, num(c, FACT_amdahl_ceiling_hi));
    sb_adds(out, "x.");
}

static void say_collector(const struct advise_ctx *c, struct sb *out)
{
    words_share(out, num(c, FACT_gc_cpu_share_lo));
    sb_adds(out,
            " or more of the CPU time is garbage collection that has not been tuned; tune it, then measure again.");
}

static void say_free_cpu_does_not_pay(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "Even if all its CPU became free, the chance that a rewrite pays back is ");
    words_share(out, num(c, FACT_p_roi_pos_ceiling));
    sb_adds(out, ", below the 5 % line");
    if (ctx_known(c, FACT_ops_per_year)) {
        sb_adds(out, " at ");
        words_count(out, num(c, FACT_ops_per_year));
        sb_adds(out, " operations a year");
    }
    sb_addc(out, '.');
}

static void say_extension(const struct advise_ctx *c, struct sb *out)
{
    struct span name = c->ev->component_count > 0 ? c->ev->components[0].name : SPAN("one component");
    sb_adds(out, "Moving ");
    sb_add_plain(out, span_sub(name, 0, NAME_MAX_BYTES));
    sb_adds(out, " to native code would save ");
    words_range(out, or_zero(num(c, FACT_gain_ext_lo)), or_zero(num(c, FACT_gain_ext_hi)));
    sb_adds(out, ctx_goal_is_time(c) ? " of the time" : " of the CPU time");
    if (ctx_known(c, FACT_p_roi_pos_ext)) {
        sb_adds(out, " with a ");
        words_share(out, num(c, FACT_p_roi_pos_ext));
        sb_adds(out, " chance to pay back");
    }
    sb_addc(out, '.');
}

static void say_full(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "A rewrite is supported: CPU-bound (");
    cpu_words(c, out);
    sb_adds(out, "), ");
    words_range(out, or_zero(num(c, FACT_gain_full_lo)), or_zero(num(c, FACT_gain_full_hi)));
    sb_adds(out, " expected to be saved");
    if (ctx_known(c, FACT_p_roi_pos_full)) {
        sb_adds(out, ", ");
        words_share(out, num(c, FACT_p_roi_pos_full));
        sb_adds(out, " chance to pay back");
    }
    sb_adds(out, "; it stops being supported if CPU falls below ");
    words_share(out, ctx_goal_is_time(c) ? num(c, FACT_cpu_bound_threshold) : 0.85);
    sb_addc(out, '.');
}

static void say_part_worth_improving(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, "CPU is ");
    cpu_words(c, out);
    sb_adds(out, " of the time: a part worth improving in place, but below the ");
    words_share(out, num(c, FACT_cpu_bound_threshold));
    sb_adds(out, " line from which a rewrite is looked at.");
}

/* What a decision still needs beside the evidence; what was stated is not asked for again. */
static void say_still_to_give(const struct advise_ctx *c, struct sb *out)
{
    sb_adds(out, " and a rewrite may be proposed; still to be given: ");
    if (!ctx_known(c, FACT_load_representative))
        sb_adds(out, "a statement that this load is the real one, ");
    double runs = num(c, FACT_runs_n);
    if (ctx_known(c, FACT_load_representative) && (!num_known(runs) || runs < 3))
        sb_adds(out, "three runs of it, ");
    sb_adds(out, "volume and cost.");
}

static void say_cpu_bound(const struct advise_ctx *c, struct sb *out)
{
    say_computed(c, out);
    if (c->policy->gate == GATE_PASS)
        say_still_to_give(c, out);
    else
        sb_adds(out, "; whether a rewrite would help is not shown yet.");
}

struct speaker {
    const char *rule;
    const char *headline; /* NULL: the verdict's */
    void (*say)(const struct advise_ctx *c, struct sb *out);
};

static const struct speaker speakers[] = {
    { "EV-00", NULL, say_nothing_measured },
    { "EV-01", NULL, say_cpu_samples_alone },
    { "EV-16", NULL, say_share_unknown },
    { "EV-02", NULL, say_both_sides },
    { "EV-10", "CPU-bound, but native code unseen", say_native_unseen },
    { "EV-09", NULL, say_not_saturated },
    { "EV-18", NULL, say_tail_unknown },
    { "CPU-03", NULL, say_wait_bound },
    { "CPU-04", NULL, say_not_cpu_bound },
    { "CPU-05", "CPU is not the limit", say_capacity },
    { "CPU-11", "CPU is not the limit", say_capacity },
    { "CPU-06", "Raise the quota first", say_quota },
    { "CPU-07", "Add cores first", say_run_queue },
    { "CPU-08", NULL, say_part_worth_improving },
    { "WT-01", NULL, say_external_wait },
    { "AD-01", NULL, say_small_ceiling },
    { "AD-02", NULL, say_native },
    { "AD-03", NULL, say_collector },
    { "AD-05", NULL, say_extension },
    { "MEM-02", NULL, say_extension },
    { "AD-06", NULL, say_full },
    { "ROI-03", NULL, say_free_cpu_does_not_pay },
    { "CPU-01", "CPU-bound", say_cpu_bound },
    { "CPU-02", "CPU-bound", say_cpu_bound },
    { "CPU-10", "CPU is the bill", say_cpu_bound },
};

static const struct speaker *speaker_of(const char *rule)
{
    for (size_t i = 0; i < ARRAY_LEN(speakers); i++) {
        if (span_is(span_of(speakers[i].rule), rule))
            return &speakers[i];
    }
    return NULL;
}

static bool fired(const struct advise_ctx *c, const char *rule)
{
    const struct policy_rule_result *r = policy_rule_of(c->policy, rule);
    return r && policy_fired(r);
}

/* Of the rules that keep the question open, the one whose lack is the most basic speaks. */
static void say_undecided(const struct advise_ctx *c, struct sb *out)
{
    static const char *const order[] = { "EV-00", "EV-16", "EV-01", "EV-02", "EV-10", "EV-03",
                                         "EV-05", "EV-06", "EV-07", "EV-09", "EV-18" };
    static const char *const thin[] = { "EV-03", "EV-05", "EV-06", "EV-07" };
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        if (!fired(c, order[i]))
            continue;
        for (size_t k = 0; k < ARRAY_LEN(thin); k++) {
            if (span_is(span_of(order[i]), thin[k])) {
                say_thin(c, out, thin[k]);
                return;
            }
        }
        speaker_of(order[i])->say(c, out);
        return;
    }
    for (uint32_t i = 0; i < c->policy->rule_count; i++) {
        const struct policy_rule_result *r = &c->policy->rules[i];
        if (policy_fired(r) && r->rule->effect_count > 0 && r->rule->effects[0].kind == EFFECT_UNDECIDED) {
            say_undecided_other(c, out, r);
            return;
        }
    }
    sb_adds(out, "Not decided yet: ");
    if (ctx_known(c, FACT_cpu_share_est)) {
        sb_adds(out, "CPU is ");
        cpu_words(c, out);
        sb_adds(out, " of the time, and ");
    }
    sb_printf(out, "nothing measured speaks for or against a rewrite; %s would.", first_next(c));
}

static const char *verdict_words(enum policy_verdict v)
{
    static const char *const words[] = {
        [VERDICT_INSUFFICIENT] = "Not decided yet",           [VERDICT_DO_NOT_MIGRATE] = "A rewrite would not pay",
        [VERDICT_FIX_WAIT] = "Fix the waiting first",         [VERDICT_OPTIMISE] = "Optimise in place first",
        [VERDICT_EXTENSION] = "Move one part to native code", [VERDICT_FULL] = "A rewrite is supported",
    };
    return words[v];
}

/* Cuts at a character's border, so that the limit never breaks UTF-8. */
static void cut(struct sb *s)
{
    if (s->len <= SUMMARY_MAX)
        return;
    size_t n = SUMMARY_MAX - 3;
    while (n > 0 && ((unsigned char)s->ptr[n] & 0xc0) == 0x80)
        n--;
    s->ptr[n] = '\0';
    s->len = n;
    sb_adds(s, "...");
}

void summary_of_rules(const struct advise_ctx *c, struct sb *ret_summary, struct sb *ret_headline)
{
    const struct policy_result *p = c->policy;
    const char *headline = verdict_words(p->verdict);
    if (p->verdict == VERDICT_INSUFFICIENT) {
        say_undecided(c, ret_summary);
    } else {
        const struct policy_rule *main = p->main >= 0 ? p->rules[p->main].rule : NULL;
        const struct speaker *s = main ? speaker_of(main->id) : NULL;
        if (s) {
            s->say(c, ret_summary);
            if (s->headline)
                headline = s->headline;
        } else {
            if (ctx_known(c, FACT_cpu_share_est)) {
                sb_adds(ret_summary, "CPU is ");
                cpu_words(c, ret_summary);
                sb_adds(ret_summary, " of the time. ");
            }
            sb_adds(ret_summary, main ? main->reason : "Nothing measured speaks for a rewrite.");
        }
    }
    sb_adds(ret_headline, headline);
}

void summary_make(const struct advise_ctx *c, struct sb *ret_summary, struct sb *ret_headline)
{
    if (c->decision)
        decide_summary(c, ret_summary, ret_headline);
    else
        summary_of_rules(c, ret_summary, ret_headline);
    cut(ret_summary);
}
