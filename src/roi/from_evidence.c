/* from_evidence.c - what the evidence says about the change that is priced. */
#include "roi/roi.h"

#include <math.h>

#include "roi/speed.h"

/* Crossing a language boundary once, and handing over one element that has to be converted (method 3.3: generated
 * bindings of Python 210 to 363 ns a call and 150 ns an element, cgo 131 ns). */
static const double call_s = 300e-9, call_go_s = 131e-9, element_s = 150e-9;

static struct share band(const struct fact_set *f, enum fact_id lo)
{
    return (struct share){ facts_num(f, lo), facts_num(f, lo + 1), facts_num(f, lo + 2) };
}

static struct share product(struct share a, struct share b)
{
    if (!share_known(a) || !share_known(b))
        return SHARE_UNKNOWN;
    return (struct share){ a.lo * b.lo, a.est * b.est, fmin(1, a.hi * b.hi) };
}

static bool cpu_only(const struct fact_set *f)
{
    struct span goal = facts_text(f, FACT_goal);
    return span_is(goal, "throughput") || span_is(goal, "cost");
}

/* CPU share of an operation with the queue for the CPU: less CPU is also less queueing. */
static struct share time_basis(const struct fact_set *f)
{
    struct share cpu = band(f, FACT_cpu_share_lo);
    double queue = facts_num(f, FACT_cpu_queue_share_hi);
    if (share_known(cpu))
        cpu.hi = fmin(1, cpu.hi + (num_known(queue) ? queue : 0));
    return cpu;
}

static bool composition_known(const struct evidence *ev, const struct fact_set *f)
{
    return ev->cpu_count > 0 || num_known(facts_num(f, FACT_native_cpu_share_lo));
}

/* The whole: what a full rewrite can touch. */
static void whole(const struct evidence *ev, const struct fact_set *f, struct roi_evidence *ret)
{
    struct share native = band(f, FACT_native_cpu_share_lo), addr = band(f, FACT_addr_share_lo);
    bool declared = f->v[FACT_addr_share_lo].origin == ORIGIN_DECLARED;
    if (ev && composition_known(ev, f))
        ret->q = ev->q;
    if (ev && share_known(native) && ev->given[FACT_native_cpu_share_lo] && ev->given[FACT_native_cpu_share_hi])
        ret->q = (struct share){ 1 - native.hi, 1 - native.est, 1 - native.lo };
    if (cpu_only(f) && share_known(addr) && (declared || share_known(ret->q)))
        ret->q = addr;
    ret->p = product(time_basis(f), ret->q);
    if (!cpu_only(f) && share_known(addr) && (declared || share_known(ret->q)))
        ret->p = addr;
}

static const struct evidence_component *component_find(const struct evidence *ev, struct span name)
{
    if (name.len == 0)
        return ev->component_count > 0 ? &ev->components[0] : NULL;
    for (uint32_t i = 0; i < ev->component_count; i++) {
        if (span_eq(ev->components[i].name, name))
            return &ev->components[i];
    }
    return NULL;
}

static const struct proposal_component *proposed_find(const struct proposal *p, struct span name)
{
    for (uint32_t i = 0; i < p->component_count; i++) {
        if (span_eq(p->components[i].name, name))
            return &p->components[i];
    }
    return NULL;
}

double roi_crossing_s(struct span from, const struct proposal_component *c)
{
    double calls = quantity_quantile(&c->calls_per_op, 0.5), elements = quantity_quantile(&c->elements_per_call, 0.5);
    bool go = span_is(from, "go") || span_is(from, "golang");
    if (!num_known(calls))
        return 0;
    return calls * ((go ? call_go_s : call_s) + (num_known(elements) ? elements * element_s : 0));
}

static void part(const struct evidence *ev, const struct fact_set *f, struct span name, struct roi_evidence *ret)
{
    const struct evidence_component *c = component_find(ev, name);
    if (!c)
        return;
    ret->q = (struct share){ c->addr_lo, c->addr_est, c->addr_hi };
    ret->p = product(time_basis(f), ret->q);
    ret->speed = c->speed;
    ret->kappa = c->kappa;
    /* nothing of it was seen running: nothing crosses its boundary either */
    if (c->crossing_s > 0 && c->addr_hi > 0 && ret->op_s > 0)
        ret->kappa += c->crossing_s / ret->op_s;
}

/* A job that runs alone is one operation: its run is its time. */
static double operation_s(const struct evidence *ev, const struct fact_set *f, const struct proposal *p)
{
    if (quantity_known(&p->benefit.op_s))
        return quantity_quantile(&p->benefit.op_s, 0.5);
    double op_s = facts_num(f, FACT_op_s), ops = facts_num(f, FACT_ops);
    if (num_known(op_s) || !ev || !span_is(facts_text(f, FACT_concurrency), "one_at_a_time"))
        return op_s;
    return ev->time.wall_s / (ops >= 1 ? ops : 1);
}

static struct speed_range speed_for(const struct proposal *p, const struct fact_set *f, struct span workload_class)
{
    struct span from = p->from.len > 0 ? p->from : facts_text(f, FACT_source_runtime);
    return speed_of(from, p->to, workload_class, NULL);
}

struct roi_evidence roi_evidence_of(const struct evidence *ev, const struct fact_set *facts, const struct proposal *p,
                                    enum proposal_kind kind, struct span component)
{
    struct roi_evidence r = ROI_EVIDENCE_NONE;
    double queue = facts_num(facts, FACT_cpu_queue_share_hi), cpu = facts_num(facts, FACT_cpu_share_hi);
    bool is_part = kind == PROPOSAL_NATIVE_EXTENSION || kind == PROPOSAL_COMPONENT_SWAP;
    r.cpu_share_hi = fmin(1, cpu + (num_known(queue) ? queue : 0));
    if (!num_known(cpu))
        r.cpu_share_hi = NUM_UNKNOWN;
    r.op_s = operation_s(ev, facts, p);
    r.util_lo = facts_num(facts, FACT_util_lo);
    r.sized_by_cpu = span_is(facts_text(facts, FACT_sized_by), "cpu");
    r.goal_memory = span_is(facts_text(facts, FACT_goal), "memory");
    /* a newer runtime of the same language has no published range here: only what is declared counts */
    if (kind == PROPOSAL_RUNTIME_UPGRADE)
        return r;
    if (is_part || component.len > 0) {
        if (ev)
            part(ev, facts, component, &r);
        const struct proposal_component *c = proposed_find(p, component);
        if (!num_known(r.speed.lo))
            r.speed = speed_for(p, facts, c ? c->workload_class : SPAN(""));
        return r;
    }
    whole(ev, facts, &r);
    r.speed = ev && num_known(ev->speed.lo) ? ev->speed : speed_for(p, facts, SPAN(""));
    return r;
}

uint32_t roi_component_specs(const struct proposal *p, struct arena *arena, struct evidence_component_spec **ret)
{
    uint32_t n = 0;
    bool upgrade = p->kind_given && p->kind == PROPOSAL_RUNTIME_UPGRADE;
    *ret = ARENA_ARRAY(arena, p->component_count + 1u, struct evidence_component_spec);
    for (uint32_t i = 0; i < p->component_count; i++) {
        const struct proposal_component *c = &p->components[i];
        if (c->match_count == 0)
            continue;
        (*ret)[n++] =
            (struct evidence_component_spec){ .name = c->name,
                                              .match = c->match,
                                              .match_count = c->match_count,
                                              .speed = upgrade ? SPEED_UNKNOWN
                                                               : speed_of(p->from, p->to, c->workload_class, NULL),
                                              .crossing_s = roi_crossing_s(p->from, c) };
    }
    return n;
}
