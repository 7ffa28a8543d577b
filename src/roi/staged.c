/* staged.c - a prototype that may end the matter, then the plan. */
#include "roi/roi.h"

#include <math.h>

#include "roi/price.h"
#include "roi/select.h"

static const double residual_default = 0.10, weeks_from = 0.46, weeks_to = 0.92, gate = 0.8;

struct roi_stage roi_stage_of(const struct roi_plan *plan)
{
    for (uint32_t i = 0; i < plan->phase_count; i++) {
        const struct proposal_phase *f = &plan->phases[i];
        if (quantity_known(&f->stop_loss_usd))
            return (struct roi_stage){ .months = f->months, .usd = f->stop_loss_usd };
    }
    return ROI_STAGE_DEFAULT;
}

static void no_plan(const struct model *m, struct err *err)
{
    const char *missing[ROI_INPUTS_MAX];
    uint32_t n = model_missing(m, missing);
    (void)err_set(err, ERR_VALUE, "a staged plan needs cost and benefit; missing: %s%s%s",
                  n > 0 ? missing[0] : "a benefit", n > 1 ? ", " : "", n > 1 ? missing[1] : "");
}

static double middle(struct draws *d, struct roi_room *room)
{
    const double at = 0.5;
    double q;
    quantiles_of(d->stage_usd, d->n, &at, 1, room_column(room, d->columns, d->n + 1), &q);
    return q;
}

static void staged_fill(const struct stage *stage, struct draws *d, double direct, struct roi_room *room,
                        struct roi_staged *ret)
{
    double n = d->n;
    ret->p_kill = d->kill_sum / n;
    ret->residual_pf = d->residual_sum / n;
    ret->prototype_months = quantity_quantile(&stage->months, 0.5);
    ret->prototype_usd = middle(d, room);
    ret->p_roi_pos_after = d->passed > 0 ? d->positive_passed / (double)d->passed : NUM_UNKNOWN;
    ret->pf_that_opens = d->passed > 0 ? roi_pf_opens(d->positive_passed_done / (double)d->passed) : NUM_UNKNOWN;
    ret->opens = num_known(ret->p_roi_pos_after) && ret->p_roi_pos_after >= gate;
    ret->npv_mean = ret->result.npv_mean;
    ret->npv_mean_direct = direct;
    ret->worth = ret->npv_mean - direct;
}

static bool direct_mean(const struct roi_plan *plan, const struct roi_evidence *ev, const struct roi_options *opt,
                        double *ret, struct err *err)
{
    struct roi_options brief = *opt;
    struct roi_result r;
    brief.brief = true;
    if (opt->direct) {
        *ret = opt->direct->npv_mean;
        return true;
    }
    if (!roi_compute(plan, ev, &brief, &r, err))
        return false;
    *ret = r.npv_mean;
    roi_release(&r);
    return true;
}

bool roi_staged(const struct roi_plan *plan, const struct roi_evidence *ev, const struct roi_stage *stage,
                const struct roi_options *opt, struct roi_staged *ret, struct err *err)
{
    struct roi_stage own = stage ? *stage : roi_stage_of(plan);
    struct stage s = { .used = true, .months = own.months, .usd = own.usd, .residual_pf = own.residual_pf };
    struct model m;
    struct draws d;
    model_make(plan, ev, &m);
    if (!m.cost_known || !m.benefit_known) {
        no_plan(&m, err);
        return false;
    }
    *ret = (struct roi_staged){ .stage_default = !quantity_known(&s.months),
                                .residual_default = !quantity_known(&s.residual_pf) };
    if (ret->stage_default)
        s.months = (struct quantity){ QUANTITY_UNIFORM, weeks_from, (weeks_from + weeks_to) / 2, weeks_to };
    if (ret->residual_default)
        s.residual_pf = quantity_const(residual_default);
    double direct = NUM_UNKNOWN;
    CLEANUP(roi_room_freep) struct roi_room *room = opt->room ? NULL : roi_room_new();
    struct roi_options with = *opt;
    with.room = room ? room : opt->room;
    if (!direct_mean(plan, ev, &with, &direct, err) || !roi_price(plan, ev, &s, &with, &d, &ret->result, err))
        return false;
    staged_fill(&s, &d, direct, with.room, ret);
    return true;
}

void roi_staged_release(struct roi_staged *s)
{
    roi_release(&s->result);
}
