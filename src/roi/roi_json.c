/* roi_json.c - results as JSON and as facts. */
#include "roi/roi.h"

#include <math.h>
#include <stdio.h>

static void names(struct jsonw *w, const char *key, const char *const *items, uint32_t n)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < n; i++)
        jsonw_strz(w, NULL, items[i]);
    jsonw_end_arr(w);
}

static void quantiles(struct jsonw *w, const char *key, const struct roi_quantiles *q, bool p80)
{
    jsonw_obj(w, key);
    jsonw_num(w, "p5", q->p5);
    jsonw_num(w, "p50", q->p50);
    if (p80)
        jsonw_num(w, "p80", q->p80);
    jsonw_num(w, "p95", q->p95);
    jsonw_end_obj(w);
}

static void point(struct jsonw *w, const struct roi_result *r)
{
    jsonw_obj(w, "point");
    jsonw_num(w, "cost", r->point.cost);
    jsonw_num(w, "benefit", r->point.benefit);
    jsonw_num(w, "build_years", r->point.build_years);
    jsonw_num(w, "npv", r->point.npv);
    jsonw_num(w, "pv_cost", r->point.pv_cost);
    jsonw_num(w, "payback", r->point.payback);
    jsonw_num(w, "payback_discounted", r->point.payback_discounted);
    if (r->point.never < 0)
        jsonw_null(w, "never");
    else
        jsonw_bool(w, "never", r->point.never > 0);
    jsonw_num(w, "never_below_ops_year", r->point.never_below_ops_year);
    jsonw_num(w, "breakeven_ops", r->point.breakeven_ops);
    jsonw_num(w, "breakeven_ops_with_failure", r->point.breakeven_ops_with_failure);
    jsonw_num(w, "npv_zero_ops_year", r->point.npv_zero_ops_year);
    jsonw_end_obj(w);
}

static void probabilities(struct jsonw *w, const struct roi_result *r)
{
    jsonw_num(w, "p_roi_pos", r->p_roi_pos);
    jsonw_num(w, "p_roi_pos_full", r->p_roi_pos_full);
    jsonw_num(w, "p_roi_pos_ext", r->p_roi_pos_ext);
    jsonw_num(w, "p_roi_pos_ceiling", r->p_roi_pos_ceiling);
    jsonw_bool(w, "own_claim", r->own_claim);
    jsonw_bool(w, "gain_from_evidence", r->gain_from_evidence);
    jsonw_bool(w, "pf_default", r->pf_default);
    jsonw_num(w, "pf_mean", r->pf_mean);
    jsonw_num(w, "pf_that_opens", r->pf_that_opens);
    jsonw_num(w, "npv_mean", r->npv_mean);
    jsonw_num(w, "value_of_information", r->value_of_information);
}

static void swings(struct jsonw *w, const struct roi_result *r)
{
    jsonw_arr(w, "tornado");
    for (uint32_t i = 0; i < r->tornado_count; i++) {
        const struct roi_swing *s = &r->tornado[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", s->name);
        jsonw_num(w, "low", s->low);
        jsonw_num(w, "high", s->high);
        jsonw_num(w, "npv_low", s->npv_low);
        jsonw_num(w, "npv_high", s->npv_high);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void checks(struct jsonw *w, const struct roi_result *r)
{
    jsonw_arr(w, "checks");
    for (uint32_t i = 0; i < r->check_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", r->checks[i].code);
        jsonw_str(w, "text", r->checks[i].text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void curves(struct jsonw *w, const struct roi_result *r)
{
    jsonw_arr(w, "payback_curve");
    for (size_t i = 0; i < ARRAY_LEN(r->payback_curve); i++)
        jsonw_num(w, NULL, r->payback_curve[i]);
    jsonw_end_arr(w);
    if (r->hist_bins == 0)
        return;
    jsonw_obj(w, "histogram");
    jsonw_num(w, "lo", r->hist_lo);
    jsonw_num(w, "hi", r->hist_hi);
    jsonw_arr(w, "counts");
    for (uint32_t i = 0; i < r->hist_bins; i++)
        jsonw_int(w, NULL, r->hist[i]);
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

void roi_json_members(struct jsonw *w, const struct roi_result *r)
{
    char seed[24];
    jsonw_strz(w, "schema", "stet/roi/1");
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    jsonw_raw(w, "seed", span_of(seed));
    jsonw_int(w, "draws", r->draws);
    names(w, "defaults", r->defaults, r->default_count);
    jsonw_obj(w, "default_values");
    for (uint32_t i = 0; i < r->default_count; i++)
        jsonw_num(w, r->defaults[i], r->default_values[i]);
    jsonw_end_obj(w);
    names(w, "inputs", r->inputs, r->input_count);
    names(w, "missing", r->missing, r->missing_count);
    point(w, r);
    quantiles(w, "cost", &r->cost, true);
    quantiles(w, "benefit", &r->benefit, false);
    jsonw_obj(w, "by_kind");
    for (uint32_t k = 0; k < ARRAY_LEN(r->by_kind); k++)
        jsonw_num(w, roi_benefit_kind(k), r->by_kind[k]);
    jsonw_end_obj(w);
    jsonw_num(w, "annual_benefit", r->annual_benefit);
    jsonw_num(w, "annual_cost_extra", r->annual_cost_extra);
    jsonw_num(w, "mem_saving_usd_year", r->mem_saving_usd_year);
    quantiles(w, "npv", &r->npv, false);
    quantiles(w, "roi", &r->roi, false);
    quantiles(w, "payback", &r->payback, false);
    probabilities(w, r);
    jsonw_num(w, "horizon_years", r->horizon_years);
    jsonw_num(w, "discount_rate", r->discount_rate);
    jsonw_num(w, "ops_per_year", r->ops_per_year);
    swings(w, r);
    checks(w, r);
    curves(w, r);
}

void roi_json(struct jsonw *w, const char *key, const struct roi_result *r)
{
    jsonw_obj(w, key);
    roi_json_members(w, r);
    jsonw_end_obj(w);
}

void roi_staged_json(struct jsonw *w, const char *key, const struct roi_staged *s)
{
    jsonw_obj(w, key);
    jsonw_strz(w, "schema", "stet/roi-staged/1");
    jsonw_num(w, "prototype_usd", s->prototype_usd);
    jsonw_num(w, "prototype_months", s->prototype_months);
    jsonw_num(w, "p_kill", s->p_kill);
    jsonw_num(w, "residual_pf", s->residual_pf);
    jsonw_bool(w, "residual_default", s->residual_default);
    jsonw_bool(w, "stage_default", s->stage_default);
    jsonw_num(w, "p_roi_pos", s->result.p_roi_pos);
    jsonw_num(w, "p_roi_pos_after", s->p_roi_pos_after);
    jsonw_num(w, "pf_that_opens", s->pf_that_opens);
    jsonw_bool(w, "opens", s->opens);
    jsonw_num(w, "npv_mean", s->npv_mean);
    jsonw_num(w, "npv_mean_direct", s->npv_mean_direct);
    jsonw_num(w, "worth", s->worth);
    quantiles(w, "cost", &s->result.cost, true);
    quantiles(w, "npv", &s->result.npv, false);
    jsonw_end_obj(w);
}

static void set(struct fact_set *f, enum fact_id id, double value, const char *by)
{
    if (num_known(value) && isfinite(value))
        facts_set_num(f, id, value, ORIGIN_COMPUTED, by);
}

void roi_facts(const struct roi_result *r, const struct roi_plan *plan, struct fact_set *f, const char *by)
{
    char claim[100];
    (void)snprintf(claim, sizeof claim, "%s%s", by, r->own_claim ? ", on the proposal's own claim" : "");
    (void)plan;
    if (!r->pf_default) {
        set(f, FACT_p_roi_pos_full, r->p_roi_pos_full, by);
        set(f, FACT_p_roi_pos_ext, r->p_roi_pos_ext, by);
    }
    set(f, FACT_p_roi_pos_ceiling, r->p_roi_pos_ceiling, claim);
    set(f, FACT_cost_p50, r->cost.p50, by);
    set(f, FACT_annual_benefit_p50, r->annual_benefit < 0 ? 0 : r->annual_benefit, by);
    if (!r->pf_default)
        set(f, FACT_pf_mean, r->pf_mean, by);
    /* without a stated probability of failure the smaller number is the cautious one: nothing is added by a default */
    set(f, FACT_breakeven_ops, r->pf_default ? r->point.breakeven_ops : r->point.breakeven_ops_with_failure, by);
    set(f, FACT_ops_per_year, r->ops_per_year, by);
    set(f, FACT_mem_saving_usd_year_p50, r->mem_saving_usd_year, by);
    set(f, FACT_annual_cost_extra_p50, r->annual_cost_extra, by);
}
