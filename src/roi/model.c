#include "roi/model.h"

#include <math.h>

const char *const input_names[] = {
#define INPUT(id, name) name,
#include "roi/inputs.def"
#undef INPUT
};
_Static_assert(ARRAY_LEN(input_names) == INPUT_COUNT, "one name per input");
_Static_assert((int)INPUT_COUNT < (int)ROI_INPUTS_MAX, "all names fit a list");

static const double usd_per_cpu_hour = 0.04048, usd_per_gb_hour = 0.004445; /* list prices of a container service */
static const double years_default = 5, discount_default = 0.10, sized_by_cpu_from = 0.85;

const char *roi_benefit_kind(uint32_t i)
{
    static const char *const names[] = { "time", "compute", "memory", "density", "latency", "incidents", "other" };
    _Static_assert(ARRAY_LEN(names) == BENEFIT_COUNT, "one name per kind");
    return names[i];
}

static bool known(const struct model *m, enum input_id i)
{
    return quantity_known(&m->q[i]);
}

static void take(struct model *m, enum input_id i, const struct quantity *q)
{
    if (!q || !quantity_known(q))
        return;
    m->q[i] = *q;
    m->stated[i] = true;
}

static void fill(struct model *m, enum input_id i, struct quantity q)
{
    if (known(m, i))
        return;
    m->q[i] = q;
    m->filled[i] = true;
}

static void take_cost(struct model *m, const struct proposal_cost *c)
{
    take(m, INPUT_DEVS, &c->devs);
    take(m, INPUT_MONTHS, &c->months);
    take(m, INPUT_RATE, &c->rate_usd_year);
    take(m, INPUT_LOAD, &c->salary_load);
    take(m, INPUT_PF, &c->failure_probability);
    take(m, INPUT_CAP, &c->overrun_cap);
    take(m, INPUT_RAMP, &c->ramp_usd);
    take(m, INPUT_DUAL, &c->dual_usd);
    take(m, INPUT_OPPORTUNITY, &c->opportunity_usd);
    take(m, INPUT_MAINTENANCE, &c->maintenance_usd_year);
    m->overrun_none = c->overrun_none;
    m->overrun_default = !c->overrun_given;
    m->cost_known = known(m, INPUT_DEVS) && known(m, INPUT_MONTHS) && known(m, INPUT_RATE);
}

static void take_benefit(struct model *m, const struct proposal_benefit *b)
{
    take(m, INPUT_OPS, &b->ops_per_year);
    take(m, INPUT_SAVED, &b->saved_s_per_op);
    take(m, INPUT_OP_S, &b->op_s);
    take(m, INPUT_HOUR, &b->usd_per_hour);
    take(m, INPUT_USABLE, &b->usable_share);
    take(m, INPUT_CPU_HOURS, &b->cpu_hours_year);
    take(m, INPUT_CPU_PRICE, &b->usd_per_cpu_hour);
    take(m, INPUT_GB, &b->mem_saved_gb);
    take(m, INPUT_GB_PRICE, &b->usd_per_gb_hour);
    take(m, INPUT_NODE_CPU, &b->node_cpu_share);
    take(m, INPUT_NODE_MEM, &b->node_mem_share);
    take(m, INPUT_CPU_REQUEST, &b->cpu_request_saved);
    take(m, INPUT_MEM_REQUEST, &b->mem_request_saved);
    take(m, INPUT_NODE_USD, &b->node_usd_year);
    take(m, INPUT_LATENCY, &b->latency_usd_year);
    take(m, INPUT_INCIDENTS, &b->incidents_avoided_year);
    take(m, INPUT_INCIDENT_USD, &b->usd_per_incident);
    take(m, INPUT_OTHER, &b->other_usd_year);
}

static struct quantity pert(double lo, double mode, double hi)
{
    if (!(lo < hi))
        return quantity_const(lo);
    if (!num_known(mode))
        return (struct quantity){ .kind = QUANTITY_UNIFORM, .a = lo, .mode = lo + (hi - lo) / 2, .b = hi };
    return (struct quantity){ .kind = QUANTITY_PERT, .a = lo, .mode = fmin(fmax(mode, lo), hi), .b = hi };
}

static void take_evidence(struct model *m, const struct roi_evidence *ev)
{
    m->cpu_share_hi = NUM_UNKNOWN;
    if (!ev)
        return;
    m->cpu_share_hi = num_known(ev->cpu_share_hi) ? fmin(1, ev->cpu_share_hi) : NUM_UNKNOWN;
    m->kappa = num_known(ev->kappa) ? ev->kappa : 0;
    m->goal_memory = ev->goal_memory;
    if (share_known(ev->p))
        m->q[INPUT_ADDRESSABLE] = pert(ev->p.lo, ev->p.est, ev->p.hi);
    if (share_known(ev->q))
        m->q[INPUT_ADDRESSABLE_CPU] = pert(ev->q.lo, ev->q.est, ev->q.hi);
    if (num_known(ev->speed.lo) && num_known(ev->speed.hi))
        m->q[INPUT_SPEED] = pert(ev->speed.lo, ev->speed.mode, ev->speed.hi);
    if (num_known(ev->op_s) && !known(m, INPUT_OP_S))
        m->q[INPUT_OP_S] = quantity_const(ev->op_s);
}

/* Which seconds an operation is shortened by: those of the evidence, else those that are claimed. */
static void settle_time(struct model *m)
{
    m->gain_from_evidence = known(m, INPUT_ADDRESSABLE) && known(m, INPUT_SPEED) && known(m, INPUT_OP_S);
    bool dt = m->gain_from_evidence || known(m, INPUT_SAVED);
    m->claim_capped =
        !m->gain_from_evidence && known(m, INPUT_SAVED) && known(m, INPUT_OP_S) && num_known(m->cpu_share_hi);
    m->kind[BENEFIT_TIME] = dt && known(m, INPUT_OPS) && known(m, INPUT_HOUR);
    if (known(m, INPUT_OPS) || known(m, INPUT_HOUR) || known(m, INPUT_SAVED))
        fill(m, INPUT_USABLE, quantity_const(1));
}

static void settle_machines(struct model *m, const struct roi_evidence *ev)
{
    bool sized = ev && (ev->sized_by_cpu || (num_known(ev->util_lo) && ev->util_lo >= sized_by_cpu_from));
    if (known(m, INPUT_CPU_HOURS))
        fill(m, INPUT_CPU_PRICE, quantity_const(usd_per_cpu_hour));
    if (known(m, INPUT_GB))
        fill(m, INPUT_GB_PRICE, quantity_const(usd_per_gb_hour));
    bool nodes = known(m, INPUT_NODE_CPU) && known(m, INPUT_NODE_MEM) && known(m, INPUT_NODE_USD);
    m->kind[BENEFIT_DENSITY] = nodes && (known(m, INPUT_CPU_REQUEST) || known(m, INPUT_MEM_REQUEST));
    if (m->kind[BENEFIT_DENSITY]) {
        fill(m, INPUT_CPU_REQUEST, quantity_const(0));
        fill(m, INPUT_MEM_REQUEST, quantity_const(0));
    }
    bool compute = known(m, INPUT_CPU_HOURS) && known(m, INPUT_ADDRESSABLE_CPU) && known(m, INPUT_SPEED);
    m->compute_idle = compute && !sized;
    /* Nodes are bought by whichever request fills them first: the same gigabytes and cores are not paid for again. */
    m->packed_otherwise = m->kind[BENEFIT_DENSITY] && ((compute && sized) || known(m, INPUT_GB));
    m->kind[BENEFIT_COMPUTE] = compute && sized && !m->kind[BENEFIT_DENSITY];
    m->kind[BENEFIT_MEMORY] = known(m, INPUT_GB) && !m->kind[BENEFIT_DENSITY];
}

static void settle_ceiling(struct model *m)
{
    bool touches = m->kind[BENEFIT_TIME] || known(m, INPUT_CPU_HOURS);
    /* Volume without the worth of an hour, or the other way round: the ceiling of time is then not known either. */
    bool begun = known(m, INPUT_OPS) || known(m, INPUT_HOUR) || known(m, INPUT_SAVED);
    bool timed = known(m, INPUT_OPS) && known(m, INPUT_HOUR);
    bool free_cpu = num_known(m->cpu_share_hi) && (known(m, INPUT_OP_S) || !begun);
    m->ceiling_claim = NUM_UNKNOWN;
    if (!free_cpu && known(m, INPUT_SAVED)) {
        m->ceiling_claim = quantity_highest(&m->q[INPUT_SAVED]);
        m->own_claim = timed;
    }
    bool bound = free_cpu || num_known(m->ceiling_claim);
    m->ceiling_known = !m->goal_memory && bound && (timed || (!begun && touches));
}

/* Of what is known, the claim gives way to the evidence, and what stands alone changes nothing. */
static void settle_use(struct model *m)
{
    bool gain = m->gain_from_evidence && m->kind[BENEFIT_TIME], compute = m->kind[BENEFIT_COMPUTE];
    bool free_cpu = m->ceiling_known && !num_known(m->ceiling_claim);
    for (int i = 0; i < INPUT_COUNT; i++)
        m->used[i] = known(m, (enum input_id)i);
    m->used[INPUT_ADDRESSABLE] = gain;
    m->used[INPUT_ADDRESSABLE_CPU] = compute;
    m->used[INPUT_SPEED] = gain || compute;
    m->used[INPUT_SAVED] = m->used[INPUT_SAVED] && !m->gain_from_evidence;
    m->used[INPUT_OP_S] = m->used[INPUT_OP_S] && (gain || m->claim_capped || free_cpu);
}

static struct quantity pf_of_kind(const struct roi_plan *plan)
{
    static const double range[][2] = { { 0.30, 0.40 }, { 0.05, 0.15 }, { 0.02, 0.08 }, { 0.02, 0.08 } };
    const double *r = range[plan->kind_known ? plan->kind : PROPOSAL_RUNTIME_UPGRADE];
    return (struct quantity){ .kind = QUANTITY_UNIFORM, .a = r[0], .mode = (r[0] + r[1]) / 2, .b = r[1] };
}

static bool fixed(const struct model *m, enum input_id i)
{
    return m->q[i].kind == QUANTITY_CONST;
}

static void settle_fixed(struct model *m)
{
    double rate = quantity_quantile(&m->q[INPUT_DISCOUNT], 0.5), cap = OVERRUN_CAP_NONE;
    m->rate_fixed = fixed(m, INPUT_DISCOUNT) && fixed(m, INPUT_HORIZON);
    m->growth = log1p(rate);
    m->annuity = m->rate_fixed ? annuity_of(quantity_quantile(&m->q[INPUT_HORIZON], 0.5), rate) : NUM_UNKNOWN;
    m->cap_fixed = !known(m, INPUT_CAP) || fixed(m, INPUT_CAP);
    if (fixed(m, INPUT_CAP))
        cap = quantity_quantile(&m->q[INPUT_CAP], 0.5);
    m->overrun_cut = overrun_cut_of(cap);
}

void model_make(const struct roi_plan *plan, const struct roi_evidence *ev, struct model *ret)
{
    struct model *m = ret;
    *m = (struct model){ .kappa = 0 };
    take_cost(m, plan->cost);
    take_benefit(m, plan->benefit);
    take(m, INPUT_HORIZON, plan->horizon_years);
    take(m, INPUT_DISCOUNT, plan->discount_rate);
    take_evidence(m, ev);
    fill(m, INPUT_LOAD, quantity_const(1));
    m->pf_default = !known(m, INPUT_PF);
    fill(m, INPUT_PF, pf_of_kind(plan));
    fill(m, INPUT_HORIZON, quantity_const(years_default));
    fill(m, INPUT_DISCOUNT, quantity_const(discount_default));
    settle_time(m);
    settle_machines(m, ev);
    m->kind[BENEFIT_LATENCY] = known(m, INPUT_LATENCY);
    m->kind[BENEFIT_INCIDENTS] = known(m, INPUT_INCIDENTS) && known(m, INPUT_INCIDENT_USD);
    m->kind[BENEFIT_OTHER] = known(m, INPUT_OTHER);
    for (int k = 0; k < BENEFIT_COUNT; k++)
        m->benefit_known = m->benefit_known || m->kind[k];
    settle_ceiling(m);
    settle_use(m);
    settle_fixed(m);
}

static void want(const struct model *m, enum input_id i, const char *ret[ROI_INPUTS_MAX], uint32_t *n)
{
    for (uint32_t k = 0; k < *n; k++) {
        if (ret[k] == input_names[i])
            return;
    }
    if (!known(m, i))
        ret[(*n)++] = input_names[i];
}

static void want_all(const struct model *m, const enum input_id *ids, size_t count, const char *ret[ROI_INPUTS_MAX],
                     uint32_t *n)
{
    for (size_t i = 0; i < count; i++)
        want(m, ids[i], ret, n);
}

/* The kind of benefit was begun: one of its inputs is there. */
static bool begun(const struct model *m, const enum input_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (m->stated[ids[i]])
            return true;
    }
    return false;
}

uint32_t model_missing(const struct model *m, const char *ret[ROI_INPUTS_MAX])
{
    static const enum input_id cost[] = { INPUT_DEVS, INPUT_MONTHS, INPUT_RATE };
    static const enum input_id claimed[] = { INPUT_OPS, INPUT_SAVED, INPUT_HOUR };
    static const enum input_id measured[] = { INPUT_OPS, INPUT_OP_S, INPUT_HOUR };
    static const enum input_id compute[] = { INPUT_CPU_HOURS, INPUT_ADDRESSABLE_CPU, INPUT_SPEED };
    static const enum input_id incidents[] = { INPUT_INCIDENTS, INPUT_INCIDENT_USD };
    static const enum input_id density[] = { INPUT_NODE_CPU, INPUT_NODE_MEM, INPUT_NODE_USD };
    uint32_t n = 0;
    want_all(m, cost, ARRAY_LEN(cost), ret, &n);
    if (m->pf_default)
        ret[n++] = input_names[INPUT_PF];
    bool shares = known(m, INPUT_ADDRESSABLE) && known(m, INPUT_SPEED);
    if (!m->kind[BENEFIT_TIME] && (!m->benefit_known || begun(m, claimed, ARRAY_LEN(claimed))))
        want_all(m, shares ? measured : claimed, 3, ret, &n);
    if (m->stated[INPUT_CPU_HOURS] && !m->kind[BENEFIT_COMPUTE] && !m->compute_idle && !m->packed_otherwise)
        want_all(m, compute, ARRAY_LEN(compute), ret, &n);
    if (!m->kind[BENEFIT_INCIDENTS] && begun(m, incidents, ARRAY_LEN(incidents)))
        want_all(m, incidents, ARRAY_LEN(incidents), ret, &n);
    bool requests = m->stated[INPUT_CPU_REQUEST] || m->stated[INPUT_MEM_REQUEST];
    if (!m->kind[BENEFIT_DENSITY] && (requests || begun(m, density, ARRAY_LEN(density)))) {
        want_all(m, density, ARRAY_LEN(density), ret, &n);
        if (!requests)
            want(m, INPUT_MEM_REQUEST, ret, &n);
    }
    return n;
}

void model_median(const struct model *m, double ret_x[INPUT_COUNT])
{
    for (int i = 0; i < INPUT_COUNT; i++)
        ret_x[i] = quantity_quantile(&m->q[i], 0.5);
}
