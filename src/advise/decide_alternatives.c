/* decide_alternatives.c - other ways to the same end, held against the same evidence: those of the proposal with their
 * own cost, and those that the evidence itself suggests. What nothing measured bounds is marked as a claim. */
#include "advise/decide_ctx.h"

#include <math.h>
#include <stdio.h>

#include "advise/words.h"

enum { DRAWS = 20000, TITLE_MAX = 100 };

/* No rule reads them. */
static uint32_t fewer_draws(const struct decide *d)
{
    return d->in->draws > 0 && d->in->draws < DRAWS ? d->in->draws : DRAWS;
}

static double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static bool goal_is_time(const struct decide *d)
{
    return d->base.goal == GOAL_LATENCY || d->base.goal == GOAL_STARTUP || d->base.goal == GOAL_TAIL;
}

static const struct fact_set *time_facts(const struct decide *d)
{
    return goal_is_time(d) ? &d->ev->facts : &d->goal[GOAL_LATENCY];
}

static double of(const struct decide *d, enum fact_id id)
{
    return facts_num(time_facts(d), id);
}

/* --- what each kind can save at most --- */

struct reach {
    double est, hi;    /* fraction of the operation's time; NaN: nothing measured bounds it */
    const char *words; /* what that is */
};

/* How much of CPU time the change can touch at most, by what the CPU did (method 3.1). */
static double most_of_cpu(const struct decide *d, const double *alpha)
{
    double sum = 0;
    for (uint32_t i = 0; i < d->ev->cpu_count; i++)
        sum += alpha[d->ev->cpu[i].category] * d->ev->cpu[i].share_hi;
    return d->ev->cpu_count > 0 ? clamp01(sum) : NUM_UNKNOWN;
}

static double faster_runtime_of_cpu(const struct decide *d)
{
    static const double alpha[CAT_COUNT] = {
        [CAT_APP] = 1,    [CAT_STDLIB] = 1,   [CAT_DEP] = 1,       [CAT_VM] = 1,       [CAT_GC] = 1,
        [CAT_SERDE] = 1,  [CAT_JIT] = 0.5,    [CAT_STARTUP] = 0.3, [CAT_CRYPTO] = 0.1, [CAT_COMPRESS] = 0.1,
        [CAT_MATH] = 0.1, [CAT_NATIVE] = 0.1, [CAT_UNKNOWN] = 1
    };
    return most_of_cpu(d, alpha);
}

static double cpu_hi(const struct decide *d)
{
    double queue = of(d, FACT_cpu_queue_share_hi), cpu = of(d, FACT_cpu_share_hi);
    return num_known(cpu) ? fmin(1, cpu + (num_known(queue) ? queue : 0)) : NUM_UNKNOWN;
}

static struct reach reach_of(const struct decide *d, struct span kind)
{
    static const char *const waits[] = { "cache", "batch", "pool", "concurrency" };
    for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
        if (span_is(kind, waits[i]))
            return (struct reach){ of(d, FACT_wait_share_est), of(d, FACT_wait_share_hi), "the time that was waiting" };
    }
    if (span_is(kind, "gc_tuning"))
        return (struct reach){ of(d, FACT_cpu_share_est) * of(d, FACT_gc_cpu_share_est),
                               cpu_hi(d) * of(d, FACT_gc_cpu_share_hi), "the time in garbage collection" };
    if (span_is(kind, "faster_runtime") || span_is(kind, "runtime_upgrade"))
        return (struct reach){ NUM_UNKNOWN, cpu_hi(d) * faster_runtime_of_cpu(d), "the time that a runtime can touch" };
    return (struct reach){ NUM_UNKNOWN, NUM_UNKNOWN, "" };
}

static double operation_s(const struct decide *d)
{
    double own = quantity_quantile(&d->benefit.op_s, 0.5);
    return num_known(own) ? own : d->priced_with.op_s;
}

/* --- those of the proposal --- */

static void fill_in(struct quantity *q, const struct quantity *from)
{
    if (!quantity_known(q))
        *q = *from;
}

/* The same world: volume, time of an operation and prices of the proposal where the alternative does not state them. */
static struct proposal_benefit benefit_of(const struct decide *d, const struct proposal_alternative *a)
{
    struct proposal_benefit b = a->benefit;
    fill_in(&b.ops_per_year, &d->benefit.ops_per_year);
    fill_in(&b.op_s, &d->benefit.op_s);
    fill_in(&b.usd_per_hour, &d->benefit.usd_per_hour);
    fill_in(&b.usable_share, &d->benefit.usable_share);
    fill_in(&b.cpu_hours_year, &d->benefit.cpu_hours_year);
    fill_in(&b.usd_per_cpu_hour, &d->benefit.usd_per_cpu_hour);
    fill_in(&b.usd_per_gb_hour, &d->benefit.usd_per_gb_hour);
    return b;
}

static struct proposal_cost cost_of(const struct decide *d, const struct proposal_alternative *a)
{
    struct proposal_cost c = a->cost;
    fill_in(&c.rate_usd_year, &d->p->cost.rate_usd_year);
    fill_in(&c.salary_load, &d->p->cost.salary_load);
    return c;
}

/* Cut where the evidence ends; true when something was cut off. */
static bool cut_quantity(struct quantity *q, double most)
{
    bool cut = quantity_known(q) && quantity_highest(q) > most;
    if (!cut)
        return false;
    q->a = fmin(q->a, most);
    q->mode = fmin(q->mode, most);
    q->b = fmin(q->b, most);
    if (q->a >= q->b)
        *q = quantity_const(most);
    return true;
}

static const struct evidence_component *watched(const struct decide *d, uint32_t alternative, uint32_t component)
{
    char key[40];
    (void)snprintf(key, sizeof key, "alternative:%u:%u", (unsigned)alternative, (unsigned)component);
    for (uint32_t i = 0; i < d->ev->watched_count; i++) {
        if (span_is(d->ev->watched[i].name, key))
            return &d->ev->watched[i];
    }
    return NULL;
}

/* The component of the alternative that touches most; without patterns the best of the evidence. */
static const struct evidence_component *component_of(const struct decide *d, uint32_t i)
{
    const struct proposal_alternative *a = &d->p->alternatives[i];
    const struct evidence_component *best = NULL;
    for (uint32_t k = 0; k < a->component_count; k++) {
        const struct evidence_component *c = watched(d, i, k);
        if (c && !c->unmatched && (!best || c->addr_est > best->addr_est))
            best = c;
    }
    return best || a->component_count > 0 ? best : decide_best_component(d);
}

static void say(struct decide *d, struct decide_alternative *a, struct sb *text)
{
    a->text = arena_span(&d->arena, sb_span(text));
    sb_release(text);
}

static struct span covers_of(struct span kind)
{
    if (span_is(kind, "full_rewrite"))
        return SPAN("the whole");
    if (span_is(kind, "native_extension") || span_is(kind, "component_swap"))
        return SPAN("one part");
    if (span_is(kind, "prototype"))
        return SPAN("a first stage");
    return SPAN("the present program");
}

static struct share gain_of(const struct decide *d, const struct roi_evidence *r)
{
    struct share p = goal_is_time(d) ? r->p : r->q;
    if (!share_known(p) || !num_known(r->speed.lo))
        return SHARE_UNKNOWN;
    struct share g = { clamp01(p.lo * (1 - 1 / r->speed.lo) - r->kappa), NUM_UNKNOWN,
                       clamp01(p.hi * (1 - 1 / r->speed.hi) - r->kappa) };
    g.est = fmin(fmax(clamp01(p.est * (1 - 1 / r->speed.mode) - r->kappa), g.lo), g.hi);
    return g;
}

/* A first stage with a kill point, before what the proposal itself costs and brings. False where that is not known. */
static bool staged_way(struct decide *d, struct decide_alternative *a, const struct roi_stage *stage)
{
    struct roi_options opt = { .seed = d->base.seed, .draws = fewer_draws(d), .room = d->room, .direct = &d->roi };
    struct roi_plan plan = decide_plan(d);
    struct err none = ERR_INIT;
    struct roi_staged staged;
    struct sb text = { 0 };
    if (!num_known(d->roi.p_roi_pos) || !roi_staged(&plan, &d->priced_with, stage, &opt, &staged, &none))
        return false;
    sb_printf(&text, "%.2g months, about ", staged.prototype_months);
    words_usd(&text, staged.prototype_usd);
    sb_adds(&text, "; it ends the matter with a chance of ");
    words_share(&text, staged.p_kill);
    if (num_known(staged.p_roi_pos_after)) {
        sb_adds(&text, "; if it passes, the chance to pay back is ");
        words_share(&text, staged.p_roi_pos_after);
        sb_adds(&text, staged.opens ? ", above the 80 % line" : ", below the 80 % line");
    }
    say(d, a, &text);
    a->priced = true;
    a->roi = staged.result;
    return true;
}

/* A stage of its own cost in front of the proposal's plan. */
static bool own_prototype(struct decide *d, const struct proposal_cost *cost, struct decide_alternative *a)
{
    struct roi_stage stage = ROI_STAGE_DEFAULT;
    double devs = quantity_quantile(&cost->devs, 0.5), months = quantity_quantile(&cost->months, 0.5);
    double rate = quantity_quantile(&cost->rate_usd_year, 0.5), load = quantity_quantile(&cost->salary_load, 0.5);
    double usd = devs * months / 12 * rate * (num_known(load) ? load : 1);
    stage.months = cost->months;
    if (num_known(usd))
        stage.usd = quantity_const(usd);
    return staged_way(d, a, &stage);
}

bool decide_alternative_at(const struct decide *d, uint32_t i, double more, uint32_t draws, struct roi_result *ret,
                           struct err *err)
{
    const struct proposal_alternative *from = &d->p->alternatives[i];
    struct proposal_benefit benefit = benefit_of(d, from);
    struct proposal_cost cost = cost_of(d, from);
    struct roi_options opt = { .seed = d->base.seed, .draws = draws, .brief = true, .room = d->room };
    struct roi_plan plan = roi_plan_of_alternative(d->p, from);
    const struct evidence_component *c = span_is(from->kind, "full_rewrite") ? NULL : component_of(d, i);
    struct roi_evidence r = ROI_EVIDENCE_NONE;
    if (!d->after_build && (c || span_is(from->kind, "full_rewrite")))
        r = decide_roi_evidence(d, c);
    benefit.ops_per_year.a *= more;
    benefit.ops_per_year.mode *= more;
    benefit.ops_per_year.b *= more;
    plan.cost = &cost;
    plan.benefit = &benefit;
    plan.horizon_years = &d->horizon;
    plan.discount_rate = &d->discount;
    return roi_compute(&plan, &r, &opt, ret, err);
}

static bool own_alternative(struct decide *d, uint32_t i, struct err *err)
{
    const struct proposal_alternative *from = &d->p->alternatives[i];
    struct decide_alternative *a = &d->alternatives[d->alternative_count++];
    struct roi_options opt = { .seed = d->base.seed, .draws = d->in->draws, .room = d->room };
    *a = (struct decide_alternative){
        .title = from->title, .kind = from->kind, .covers = covers_of(from->kind), .gain = SHARE_UNKNOWN, .own = true
    };
    bool full = span_is(from->kind, "full_rewrite");
    bool part = span_is(from->kind, "native_extension") || span_is(from->kind, "component_swap");
    struct proposal_benefit benefit = benefit_of(d, from);
    struct proposal_cost cost = cost_of(d, from);
    struct roi_evidence r = ROI_EVIDENCE_NONE;
    struct sb text = { 0 };
    if (span_is(from->kind, "prototype") && own_prototype(d, &cost, a))
        return true;
    const struct evidence_component *c = part ? component_of(d, i) : NULL;
    double op_s = quantity_known(&benefit.op_s) ? quantity_quantile(&benefit.op_s, 0.5) : operation_s(d);
    a->own_claim = true;
    if (!d->after_build && (full || c)) {
        r = decide_roi_evidence(d, c);
        a->gain = gain_of(d, &r);
        a->own_claim = !share_known(a->gain);
    } else {
        struct reach reach = reach_of(d, from->kind);
        r.op_s = op_s;
        if (num_known(reach.hi)) {
            a->gain = (struct share){ 0, NUM_UNKNOWN, clamp01(reach.hi) };
            a->own_claim = false;
            a->bound = num_known(op_s) && cut_quantity(&benefit.saved_s_per_op, reach.hi * op_s);
            if (a->bound)
                sb_adds(&text, "stated saving cut to what was measured: ");
            sb_adds(&text, "at most ");
            words_share(&text, clamp01(reach.hi));
            sb_printf(&text, ", %s", reach.words);
        }
    }
    if (a->own_claim)
        sb_adds(&text, "as stated: nothing measured bounds it");
    a->saved_s = share_known(a->gain) && !(full || c) ? quantity_quantile(&benefit.saved_s_per_op, 0.5)
                 : share_known(a->gain) && goal_is_time(d) && num_known(op_s)
                     ? a->gain.est * op_s
                     : quantity_quantile(&benefit.saved_s_per_op, 0.5);
    say(d, a, &text);
    struct roi_plan plan = roi_plan_of_alternative(d->p, from);
    plan.cost = &cost;
    plan.benefit = &benefit;
    plan.horizon_years = &d->horizon;
    plan.discount_rate = &d->discount;
    if (!full && !part)
        opt.draws = fewer_draws(d);
    if (!roi_compute(&plan, &r, &opt, &a->roi, err))
        return err_wrap(err, "alternatives[%u]", (unsigned)i);
    a->priced = num_known(a->roi.point.cost) || num_known(a->roi.point.benefit);
    if (!a->priced)
        roi_release(&a->roi);
    return true;
}

/* --- those that the evidence suggests --- */

static bool named_already(const struct decide *d, const char *kind)
{
    for (uint32_t i = 0; i < d->p->alternative_count; i++) {
        if (span_is(d->p->alternatives[i].kind, kind))
            return true;
    }
    return d->p->kind_given && span_is(span_of(proposal_kind_name(d->p->kind)), kind);
}

static struct decide_alternative *suggest(struct decide *d, const char *kind, const char *title, double hi)
{
    double least = facts_num(&d->ev->facts, FACT_min_useful_gain);
    if (named_already(d, kind) || !num_known(hi) || hi < least || d->alternative_count == DECIDE_ALTERNATIVES_MAX)
        return NULL;
    struct decide_alternative *a = &d->alternatives[d->alternative_count++];
    double op_s = operation_s(d);
    *a = (struct decide_alternative){ .title = span_of(title),
                                      .kind = span_of(kind),
                                      .covers = covers_of(span_of(kind)),
                                      .gain = { 0, NUM_UNKNOWN, clamp01(hi) },
                                      .bound = true,
                                      .saved_s = num_known(op_s) ? clamp01(hi) * op_s : NUM_UNKNOWN };
    return a;
}

static void suggest_by_reach(struct decide *d, const char *kind, const char *title, const char *more)
{
    struct reach reach = reach_of(d, span_of(kind));
    /* The plain reading has to be worth it, not only the upper end. */
    if (num_known(reach.est) && reach.est < facts_num(&d->ev->facts, FACT_min_useful_gain))
        return;
    struct decide_alternative *a = suggest(d, kind, title, reach.hi);
    struct sb text = { 0 };
    if (!a)
        return;
    sb_adds(&text, "at most ");
    words_share(&text, clamp01(reach.hi));
    sb_printf(&text, " of an operation, %s; %s; not priced: its cost is not given", reach.words, more);
    say(d, a, &text);
}

static void suggest_component(struct decide *d)
{
    const struct evidence_component *c = decide_best_component(d);
    if (!c || d->after_build)
        return;
    struct decide_alternative *a = suggest(d, "native_extension", "", c->gain.hi);
    struct sb title = { 0 }, text = { 0 };
    if (!a)
        return;
    sb_adds(&title, "Only ");
    sb_add_plain(&title, span_sub(c->name, 0, TITLE_MAX));
    sb_adds(&title, " in native code");
    a->title = arena_span(&d->arena, sb_span(&title));
    a->gain = c->gain;
    a->bound = !num_known(c->gain.est);
    if (num_known(c->gain.est) && num_known(operation_s(d)) && goal_is_time(d))
        a->saved_s = c->gain.est * operation_s(d);
    else
        a->saved_s = NUM_UNKNOWN;
    words_share(&text, c->share.est);
    sb_printf(&text, " of the CPU time; not priced: its cost is not given");
    say(d, a, &text);
    sb_release(&title);
}

/* Published: the next versions of one interpreter 1.25 times (1.10 to 1.60), another interpreter up to 3. */
static void suggest_runtime(struct decide *d)
{
    static const double usual = 1.25, most = 3;
    struct reach reach = reach_of(d, SPAN("faster_runtime"));
    if (!span_is(facts_text(&d->ev->facts, FACT_source_runtime), "python"))
        return;
    struct decide_alternative *a =
        suggest(d, "faster_runtime", "A faster runtime of the same language", clamp01(reach.hi) * (1 - 1 / most));
    struct sb text = { 0 };
    if (!a)
        return;
    double est = of(d, FACT_cpu_share_est) * d->ev->q.est * (1 - 1 / usual);
    a->gain.est = num_known(est) ? fmin(a->gain.hi, est) : NUM_UNKNOWN;
    a->bound = !num_known(est);
    if (num_known(est) && num_known(a->saved_s))
        a->saved_s = a->gain.est * operation_s(d);
    sb_adds(&text,
            "published: 1.25 times for newer versions of an interpreter, up to 3 for another one; not priced: its "
            "cost is not given");
    say(d, a, &text);
}

static void suggest_prototype(struct decide *d)
{
    if (d->alternative_count == DECIDE_ALTERNATIVES_MAX || d->after_build || named_already(d, "prototype"))
        return;
    struct decide_alternative *a = &d->alternatives[d->alternative_count];
    *a = (struct decide_alternative){ .title = SPAN("A prototype first, then decide"),
                                      .kind = SPAN("prototype"),
                                      .covers = covers_of(SPAN("prototype")),
                                      .gain = SHARE_UNKNOWN,
                                      .saved_s = NUM_UNKNOWN };
    if (!staged_way(d, a, NULL))
        return;
    /* A stage as long as the plan itself saves nothing. */
    if (a->roi.cost.p50 > 1.5 * d->roi.cost.p50)
        roi_release(&a->roi);
    else
        d->alternative_count++;
}

static void suggest_from_evidence(struct decide *d)
{
    suggest_component(d);
    if (facts_num(&d->ev->facts, FACT_gc_tuned) != 1)
        suggest_by_reach(d, "gc_tuning", "Tune garbage collection", "a matter of settings");
    suggest_runtime(d);
    suggest_by_reach(d, "cache", "Reuse answers that repeat", "how many repeat has to be counted");
    suggest_by_reach(d, "concurrency", "Wait for several things at once", "as far as they do not depend on each other");
    suggest_by_reach(d, "pool", "Keep connections open", "as far as the waiting is for connecting");
    suggest_by_reach(d, "batch", "Ask for several things in one call", "as far as calls can be joined");
}

bool decide_alternatives(struct decide *d, struct err *err)
{
    for (uint32_t i = 0; i < d->p->alternative_count && d->alternative_count < DECIDE_ALTERNATIVES_MAX; i++) {
        if (!own_alternative(d, i, err))
            return false;
    }
    suggest_from_evidence(d);
    suggest_prototype(d);
    return true;
}
