#include "roi/tornado.h"

#include <math.h>
#include <stdlib.h>

static double npv_at(const struct model *m, const double *x, double overrun)
{
    struct outcome o;
    model_outcome(m, x, overrun, &o);
    return (1 - x[INPUT_PF]) * o.benefit * o.annuity - o.pv_cost;
}

static void ends(const struct model *m, enum input_id i, double *low, double *high)
{
    const struct quantity *q = &m->q[i];
    bool range = m->stated[i] && q->kind != QUANTITY_LOGNORMAL;
    *low = range ? q->a : quantity_quantile(q, 0.1);
    *high = range ? q->b : quantity_quantile(q, 0.9);
}

static double width(const struct roi_swing *s)
{
    return fabs(s->npv_high - s->npv_low);
}

static void put(struct roi_result *r, struct roi_swing s)
{
    uint32_t at = r->tornado_count++;
    while (at > 0 && width(&r->tornado[at - 1]) < width(&s)) {
        r->tornado[at] = r->tornado[at - 1];
        at--;
    }
    r->tornado[at] = s;
}

void tornado_make(const struct model *m, struct roi_result *r)
{
    double x[INPUT_COUNT];
    if (!m->cost_known || !m->benefit_known)
        return;
    model_median(m, x);
    double cap = quantity_known(&m->q[INPUT_CAP]) ? x[INPUT_CAP] : OVERRUN_CAP_NONE;
    double overrun = m->overrun_none ? 1 : overrun_quantile(0.5, cap);
    r->tornado = ARENA_ARRAY(&r->arena, INPUT_COUNT + 1, struct roi_swing);
    for (int i = 0; i < INPUT_COUNT; i++) {
        if (!m->used[i] || m->q[i].kind == QUANTITY_CONST)
            continue;
        struct roi_swing s = { .name = input_names[i] };
        double middle = x[i];
        ends(m, (enum input_id)i, &s.low, &s.high);
        x[i] = s.low;
        s.npv_low = npv_at(m, x, overrun);
        x[i] = s.high;
        s.npv_high = npv_at(m, x, overrun);
        x[i] = middle;
        put(r, s);
    }
    if (m->overrun_none)
        return;
    struct roi_swing s = { .name = "overrun", .low = overrun_quantile(0.1, cap), .high = overrun_quantile(0.9, cap) };
    s.npv_low = npv_at(m, x, s.low);
    s.npv_high = npv_at(m, x, s.high);
    put(r, s);
}
