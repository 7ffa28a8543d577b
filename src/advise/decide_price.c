/* decide_price.c - what the proposal costs and brings, with the evidence's gain rather than the claim, and the facts of
 * the return that the rules read. What project or caller state about volume, time, horizon and rate stands over the
 * proposal's own. */
#include "advise/decide_ctx.h"

#include <math.h>
#include <stdlib.h>

/* Draws for an alternative that no rule reads. */
enum { BINS = 60 };

/* A comparison says what is saved, not how much faster a part becomes: all of it, by code that takes no time. */
static const double no_time = 1e12;

static struct share band(const struct fact_set *f, enum fact_id lo)
{
    return (struct share){ facts_num(f, lo), facts_num(f, lo + 1), facts_num(f, lo + 2) };
}

static double or_zero(double x)
{
    return num_known(x) ? x : 0;
}

static bool goal_is_time(enum policy_goal g)
{
    return g == GOAL_LATENCY || g == GOAL_STARTUP || g == GOAL_TAIL;
}

/* Facts of an operation's time: those of the goal where it is about time. */
static const struct fact_set *time_facts(const struct decide *d)
{
    return goal_is_time(d->base.goal) ? &d->ev->facts : &d->goal[GOAL_LATENCY];
}

static struct share times(struct share a, struct share b)
{
    return (struct share){ a.lo * b.lo, a.est * b.est, a.hi * b.hi };
}

static struct share cpu_of_operation(const struct decide *d)
{
    const struct fact_set *f = time_facts(d);
    struct share cpu = band(f, FACT_cpu_share_lo);
    /* fmin() would make 1 of an unknown share, and what free CPU saves would seem known. */
    if (num_known(cpu.hi))
        cpu.hi = fmin(1, cpu.hi + or_zero(facts_num(f, FACT_cpu_queue_share_hi)));
    if (!num_known(cpu.est))
        cpu.est = (cpu.lo + cpu.hi) / 2;
    return cpu;
}

static struct share at_least_nothing(struct share s)
{
    double lo = fmax(0, s.lo), hi = fmax(0, s.hi);
    return (struct share){ lo, num_known(s.est) ? fmax(0, s.est) : (lo + hi) / 2, hi };
}

/* Both versions were measured: the gain is that, whatever a profile would let expect. */
static void take_comparison(const struct decide *d, struct roi_evidence *r)
{
    struct share gain = at_least_nothing(band(&d->ev->facts, FACT_ab_gain_lo));
    r->speed = (struct speed_range){ no_time, no_time, no_time };
    r->p = goal_is_time(d->base.goal) ? gain : SHARE_UNKNOWN;
    r->q = d->base.goal == GOAL_COST || d->base.goal == GOAL_THROUGHPUT ? gain : SHARE_UNKNOWN;
}

/* Somebody states the gain itself, and not what it follows from. */
static void take_stated_gain(const struct decide *d, enum fact_id lo, struct roi_evidence *r)
{
    struct share gain = band(&d->ev->facts, lo);
    if (share_known(r->p) || !d->ev->given[lo] || !share_known(gain))
        return;
    r->speed = (struct speed_range){ no_time, no_time, no_time };
    if (goal_is_time(d->base.goal))
        r->p = at_least_nothing(gain);
    else if (!share_known(r->q))
        r->q = at_least_nothing(gain);
}

static void take_whole(const struct decide *d, struct roi_evidence *r)
{
    const struct fact_set *f = &d->ev->facts;
    struct share native = band(f, FACT_native_cpu_share_lo);
    /* Where nobody saw what the CPU did, anything from nothing to all of it can be touched: no gain, only a ceiling. */
    bool seen = d->ev->cpu_count > 0 || d->ev->given[FACT_native_cpu_share_lo];
    if (seen || d->ev->given[FACT_addr_share_lo])
        r->p = band(time_facts(d), FACT_addr_share_lo);
    if (share_known(r->p) && !num_known(r->p.est))
        r->p.est = (r->p.lo + r->p.hi) / 2;
    if (seen && share_known(native)) {
        double est = num_known(native.est) ? native.est : (native.lo + native.hi) / 2;
        r->q = (struct share){ 1 - native.hi, 1 - est, 1 - native.lo };
    }
    r->speed = d->ev->speed;
    take_stated_gain(d, FACT_gain_full_lo, r);
}

static void take_component(const struct decide *d, const struct evidence_component *c, struct roi_evidence *r)
{
    struct share cpu = cpu_of_operation(d);
    double whole = num_known(r->op_s) ? r->op_s : NUM_UNKNOWN;
    r->q = (struct share){ c->addr_lo, c->addr_est, c->addr_hi };
    r->p = share_known(cpu) ? times(cpu, r->q) : SHARE_UNKNOWN;
    r->speed = c->speed;
    r->kappa = c->kappa;
    /* Nothing of it was seen running: nothing crosses its boundary either. */
    if (c->crossing_s > 0 && c->addr_hi > 0 && whole > 0)
        r->kappa += c->crossing_s / whole;
    /* The cost of crossing the boundary is stated and cannot be held against the operation. */
    if (c->crossing_s > 0 && !(whole > 0))
        r->p.lo = 0;
}

struct roi_evidence decide_roi_evidence(const struct decide *d, const struct evidence_component *c)
{
    const struct fact_set *f = &d->ev->facts;
    struct roi_evidence r = ROI_EVIDENCE_NONE;
    bool overlapping = span_is(facts_text(f, FACT_concurrency), "overlapping");
    r.cpu_share_hi = cpu_of_operation(d).hi;
    r.op_s = facts_num(f, FACT_op_s);
    double ops = facts_num(f, FACT_ops);
    if (!num_known(r.op_s) && !overlapping && d->ev->time.wall_s > 0)
        r.op_s = d->ev->time.wall_s / (ops >= 1 ? ops : 1);
    r.util_lo = facts_num(f, FACT_util_lo);
    r.sized_by_cpu = span_is(facts_text(f, FACT_sized_by), "cpu");
    r.goal_memory = d->base.goal == GOAL_MEMORY;
    if (d->after_build)
        take_comparison(d, &r);
    else if (c)
        take_component(d, c, &r);
    else
        take_whole(d, &r);
    if (!d->after_build && c && !share_known(r.p) && !share_known(r.q))
        take_stated_gain(d, FACT_gain_ext_lo, &r);
    return r;
}

/* --- the proposal itself --- */

static bool is_part(const struct decide *d)
{
    return d->p->kind_given && d->p->kind != PROPOSAL_FULL_REWRITE;
}

/* What is stated over the proposal: by project or caller, or in its own facts where the member is absent. */
static void state_over(const struct decide *d, enum fact_id id, struct quantity *q)
{
    const struct fact_set *over = d->in->base.declared;
    double x = over ? facts_num(over, id) : NUM_UNKNOWN;
    if (!num_known(x) && !quantity_known(q))
        x = d->p->facts ? facts_num(d->p->facts, id) : NUM_UNKNOWN;
    if (num_known(x))
        *q = quantity_const(x);
}

struct roi_plan decide_plan(const struct decide *d)
{
    struct roi_plan plan = roi_plan_of(d->p);
    plan.benefit = &d->benefit;
    plan.horizon_years = &d->horizon;
    plan.discount_rate = &d->discount;
    return plan;
}

/* P(ROI>0) of the best alternative of the kind that the proposal is not. */
static void facts_of_other_kind(struct decide *d, struct fact_set *roi)
{
    double best[2] = { -1, -1 };
    for (uint32_t i = 0; i < d->alternative_count; i++) {
        const struct decide_alternative *a = &d->alternatives[i];
        bool full = span_is(a->kind, "full_rewrite"), part = span_is(a->kind, "native_extension");
        if (!a->own || !a->priced || !(full || part) || full != is_part(d))
            continue;
        double p = full ? a->roi.p_roi_pos_full : a->roi.p_roi_pos_ext;
        if (!num_known(p) || a->roi.pf_default || p <= best[full])
            continue;
        best[full] = p;
        d->other_kind = (int32_t)i;
        *(full ? &d->full_from : &d->ext_from) = a->title;
        facts_set_num(roi, full ? FACT_p_roi_pos_full : FACT_p_roi_pos_ext, p, ORIGIN_COMPUTED,
                      "simulation of the best alternative of that kind");
    }
}

/* What project or caller state stands; what the proposal says of its own return gives way to the simulation. */
static void join_roi_facts(struct decide *d, const struct fact_set *roi)
{
    const struct fact_set *over = d->in->base.declared;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *now = &d->ev->facts.v[i];
        if (!roi->v[i].known || (over && over->v[i].known))
            continue;
        if (now->known && now->origin == ORIGIN_DECLARED && now->num != roi->v[i].num && i != FACT_ops_per_year)
            decide_ignore(d, (enum fact_id)i, "the simulation of the proposal's own inputs gives it");
        d->ev->facts.v[i] = roi->v[i];
    }
}

/* Horizon and rate that were filled in are what the rules compare with, shown as defaults. */
static void take_defaults(struct decide *d)
{
    struct fact_set *f = &d->ev->facts;
    if (d->has_roi && !f->v[FACT_horizon_years].known)
        facts_set_num(f, FACT_horizon_years, d->roi.horizon_years, ORIGIN_DEFAULT, "default of the return");
    if (d->has_roi && !f->v[FACT_discount_rate].known)
        facts_set_num(f, FACT_discount_rate, d->roi.discount_rate, ORIGIN_DEFAULT, "default of the return");
}

/* The component of that name; "" the best of the evidence. */
static const struct evidence_component *component_named(const struct decide *d, struct span name)
{
    if (name.len == 0)
        return is_part(d) ? decide_best_component(d) : NULL;
    for (uint32_t i = 0; i < d->ev->component_count; i++) {
        if (span_eq(d->ev->components[i].name, name) && !d->ev->components[i].unmatched)
            return &d->ev->components[i];
    }
    return NULL;
}

void decide_price_with(struct decide *d, struct span component)
{
    d->benefit = d->p->benefit;
    d->horizon = d->p->horizon_years;
    d->discount = d->p->discount_rate;
    state_over(d, FACT_ops_per_year, &d->benefit.ops_per_year);
    state_over(d, FACT_op_s, &d->benefit.op_s);
    state_over(d, FACT_horizon_years, &d->horizon);
    state_over(d, FACT_discount_rate, &d->discount);
    bool part = is_part(d) || component.len > 0;
    const struct evidence_component *c = component_named(d, component);
    d->priced_with = decide_roi_evidence(d, c);
    bool upgrade = d->p->kind_given && d->p->kind == PROPOSAL_RUNTIME_UPGRADE;
    if (part && (!c || upgrade) && !d->after_build) {
        struct roi_evidence none = decide_roi_evidence(d, NULL);
        none.p = none.q = SHARE_UNKNOWN; /* nothing says which part of the whole it is */
        take_stated_gain(d, FACT_gain_ext_lo, &none);
        d->priced_with = none;
    }
}

bool decide_price(struct decide *d, struct err *err)
{
    struct roi_options opt = { .seed = d->base.seed, .draws = d->in->draws, .bins = BINS };
    d->room = opt.room = roi_room_new();
    decide_price_with(d, SPAN(""));
    struct roi_plan plan = decide_plan(d);
    if (!roi_compute(&plan, &d->priced_with, &opt, &d->roi, err))
        return false;
    d->has_roi = num_known(d->roi.point.cost) || num_known(d->roi.point.benefit);
    if (!decide_alternatives(d, err))
        return false;
    CLEANUP(freep) struct fact_set *roi = xcalloc(1, sizeof *roi);
    roi_facts(&d->roi, &plan, roi, "simulation of the proposal");
    if (num_known(facts_num(roi, is_part(d) ? FACT_p_roi_pos_ext : FACT_p_roi_pos_full)))
        *(is_part(d) ? &d->ext_from : &d->full_from) = d->p->title;
    facts_of_other_kind(d, roi);
    join_roi_facts(d, roi);
    take_defaults(d);
    return true;
}

static struct quantity scaled(struct quantity q, double by)
{
    q.a *= by;
    q.mode *= by;
    q.b *= by;
    return q;
}

bool decide_price_at(const struct decide *d, double more, uint32_t draws, struct fact_set *f, struct err *err)
{
    CLEANUP(freep) struct fact_set *roi = xcalloc(1, sizeof *roi);
    CLEANUP(freep) struct roi_result *r = xcalloc(1, sizeof *r);
    struct roi_options opt = { .seed = d->base.seed, .draws = draws, .brief = true, .room = d->room };
    struct proposal_benefit benefit = d->benefit;
    struct roi_plan plan = decide_plan(d);
    benefit.ops_per_year = scaled(benefit.ops_per_year, more);
    plan.benefit = &benefit;
    if (!roi_compute(&plan, &d->priced_with, &opt, r, err))
        return false;
    roi_facts(r, &plan, roi, "simulation of the proposal");
    roi_release(r);
    if (d->other_kind >= 0) {
        if (!decide_alternative_at(d, (uint32_t)d->other_kind, more, draws, r, err))
            return false;
        facts_set_num(roi, FACT_p_roi_pos_full, is_part(d) ? r->p_roi_pos_full : facts_num(roi, FACT_p_roi_pos_full),
                      ORIGIN_COMPUTED, "what if");
        facts_set_num(roi, FACT_p_roi_pos_ext, is_part(d) ? facts_num(roi, FACT_p_roi_pos_ext) : r->p_roi_pos_ext,
                      ORIGIN_COMPUTED, "what if");
        roi_release(r);
    }
    for (size_t i = 0; i < FACT_COUNT; i++) {
        enum fact_group g = fact_infos[i].group;
        if (g == FACTS_ROI && roi->v[i].known && f->v[i].origin == ORIGIN_COMPUTED)
            f->v[i] = roi->v[i];
    }
    double ops = quantity_quantile(&benefit.ops_per_year, 0.5);
    facts_set_num(f, FACT_ops_per_year, fmin(ops, fact_infos[FACT_ops_per_year].hi), ORIGIN_COMPUTED, "what if");
    return true;
}
