/* simulate.c - in one draw every input is drawn once, in the order of inputs.def, then the overrun factor of the project,
 * then whether it fails. */
#include "roi/simulate.h"

#include <math.h>

#include "roi/sampler.h"

struct run {
    const struct model *m;
    const struct stage *stage;
    struct sampler sampler[INPUT_COUNT], stage_months, stage_usd, stage_pf;
    enum input_id random[INPUT_COUNT];
    uint32_t random_count;
    double x[INPUT_COUNT];
    struct rng rng;
    bool benefits_fixed; /* outcome holds those of every draw */
    struct outcome outcome;
};

static void run_init(struct run *r, const struct model *m, const struct stage *stage, uint64_t seed,
                     struct roi_room *room)
{
    *r = (struct run){ .m = m, .stage = stage, .benefits_fixed = true };
    model_median(m, r->x);
    for (int i = 0; i < INPUT_COUNT; i++) {
        const struct quantity *q = &m->q[i];
        if (!m->used[i] || q->kind == QUANTITY_CONST)
            continue;
        sampler_init(&r->sampler[i], q, room);
        r->random[r->random_count++] = (enum input_id)i;
        r->benefits_fixed = r->benefits_fixed && !model_is_of_benefits((enum input_id)i);
    }
    model_benefits(m, r->x, &r->outcome);
    if (stage->used) {
        sampler_init(&r->stage_months, &stage->months, room);
        sampler_init(&r->stage_usd, &stage->usd, room);
        sampler_init(&r->stage_pf, &stage->residual_pf, room);
    }
    rng_seed(&r->rng, seed);
}

static void run_release(struct run *r)
{
    for (int i = 0; i < INPUT_COUNT; i++)
        sampler_release(&r->sampler[i]);
    sampler_release(&r->stage_months);
    sampler_release(&r->stage_usd);
    sampler_release(&r->stage_pf);
}

/* The next column of the room; every draw writes all of it. */
static double *column(bool known, struct draws *d, struct roi_room *room)
{
    return known ? room_column(room, d->columns++, d->n) : NULL;
}

static void draws_init(struct draws *d, const struct model *m, const struct stage *stage, uint32_t n,
                       struct roi_room *room)
{
    bool both = m->cost_known && m->benefit_known;
    *d = (struct draws){ .n = n };
    d->cost = column(m->cost_known, d, room);
    d->benefit = column(m->benefit_known, d, room);
    d->npv = column(both, d, room);
    d->roi = column(both, d, room);
    d->payback = column(both, d, room);
    d->stage_usd = column(stage->used, d, room);
    for (int k = 0; k < BENEFIT_COUNT; k++)
        d->kind[k] = column(m->kind[k], d, room);
}

static double ratio(double npv, double pv)
{
    return pv > 0 ? npv / pv : npv > 0 ? HUGE_VAL : npv < 0 ? -HUGE_VAL : 0;
}

/* The result of one draw in money. */
static void note_money(struct draws *d, uint32_t i, double npv, double pv, double payback)
{
    d->npv[i] = npv;
    d->roi[i] = ratio(npv, pv);
    d->payback[i] = payback;
    d->npv_sum += npv;
    if (npv > 0) {
        d->npv_gain_sum += npv;
        d->positive++;
    }
}

static void note_direct(struct draws *d, uint32_t i, const struct model *m, const struct outcome *o, bool failed)
{
    double done = o->benefit * o->annuity - o->pv_cost;
    double payback = failed || !(o->benefit > 0) ? HUGE_VAL : o->cost / o->benefit;
    note_money(d, i, failed ? -o->pv_cost : done, o->pv_cost, payback);
    d->positive_done += done > 0;
    if (m->ceiling_known && !failed)
        d->positive_ceiling += o->ceiling * o->annuity - o->pv_cost > 0;
}

/* The stage comes first: its cost lies in its middle, all of the plan is later by its length. */
static void note_staged(struct draws *d, uint32_t i, struct run *r, struct outcome *o, double pf, double u)
{
    double months = sampler_draw(&r->stage_months, &r->rng), residual = sampler_draw(&r->stage_pf, &r->rng);
    double usd = quantity_known(&r->stage->usd) ? sampler_draw(&r->stage_usd, &r->rng)
                                                : r->x[INPUT_DEVS] * months / 12 * r->x[INPUT_RATE] * r->x[INPUT_LOAD];
    double growth = r->m->rate_fixed ? r->m->growth : log1p(r->x[INPUT_DISCOUNT]), half = exp(-growth * months / 24),
           later = half * half;
    double kill = pf > residual && residual < 1 ? (pf - residual) / (1 - residual) : 0;
    bool killed = u < kill, failed = !killed && rng_uniform(&r->rng) < residual;
    double pv = usd * half + (killed ? 0 : o->pv_cost * later);
    double done = o->benefit * o->annuity * later - usd * half - o->pv_cost * later;
    bool out = killed || failed || !(o->benefit > 0);
    d->stage_usd[i] = usd;
    d->cost[i] = usd + (killed ? 0 : o->cost);
    d->kill_sum += kill;
    d->residual_sum += residual;
    note_money(d, i, killed || failed ? -pv : done, pv, out ? HUGE_VAL : d->cost[i] / o->benefit);
    d->positive_done += done > 0;
    d->passed += !killed;
    d->positive_passed += !killed && !failed && done > 0;
    d->positive_passed_done += !killed && done > 0;
    if (r->m->ceiling_known && !killed && !failed)
        d->positive_ceiling += o->ceiling * o->annuity * later > pv;
}

static void draw_one(struct run *r, struct draws *d, uint32_t i)
{
    const struct model *m = r->m;
    double overrun = 1;
    for (uint32_t k = 0; k < r->random_count; k++)
        r->x[r->random[k]] = sampler_draw(&r->sampler[r->random[k]], &r->rng);
    if (!m->overrun_none && m->cost_known) {
        double cap = quantity_known(&m->q[INPUT_CAP]) ? r->x[INPUT_CAP] : OVERRUN_CAP_NONE;
        overrun = overrun_at(rng_uniform(&r->rng), cap, m->cap_fixed ? m->overrun_cut : overrun_cut_of(cap));
    }
    double u = rng_uniform(&r->rng), pf = r->x[INPUT_PF];
    struct outcome *o = &r->outcome;
    if (!r->benefits_fixed)
        model_benefits(m, r->x, o);
    model_costs(m, r->x, overrun, o);
    if (d->cost)
        d->cost[i] = o->cost;
    if (d->benefit)
        d->benefit[i] = o->benefit;
    for (int k = 0; k < BENEFIT_COUNT; k++) {
        if (d->kind[k])
            d->kind[k][i] = o->kind[k];
    }
    if (!d->npv)
        return;
    if (r->stage->used)
        note_staged(d, i, r, o, pf, u);
    else
        note_direct(d, i, m, o, u < pf);
}

void simulate(const struct model *m, const struct stage *stage, uint64_t seed, uint32_t n, struct roi_room *room,
              struct draws *ret)
{
    struct run r;
    run_init(&r, m, stage, seed, room);
    draws_init(ret, m, stage, n, room);
    /* Without a known cost or benefit there is nothing to add up. */
    for (uint32_t i = 0; i < n && (m->cost_known || m->benefit_known); i++)
        draw_one(&r, ret, i);
    run_release(&r);
}
