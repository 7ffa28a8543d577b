/* The worked example of a command line tool in Python whose rewrite is proposed: every number of the method, stated
 * and obtained; then what each rule of the calculation does by itself. */
#include "roi/roi.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sb.h"
#include "roi/checks.h"

static void close_to(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("got %.12g, want %.12g within %g", got, want, tolerance);
}

static void near(double got, double want, double part)
{
    close_to(got, want, fabs(want) * part);
}

static struct proposal *parsed(const char *text)
{
    struct proposal *p = NULL;
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    if (!proposal_parse(span_of(text), &p, &errors, &err))
        fail_msg("%s", err.text);
    return p;
}

static void price(const char *text, const struct roi_evidence *ev, uint32_t draws, struct roi_result *ret)
{
    struct proposal *p = parsed(text);
    struct roi_plan plan = roi_plan_of(p);
    struct roi_options opt = { .seed = 1, .draws = draws, .bins = 40 };
    struct err err = ERR_INIT;
    if (!roi_compute(&plan, ev, &opt, ret, &err))
        fail_msg("%s", err.text);
    proposal_free(p);
}

/* 2 people, 150 k a year, the whole plan with numbers put in. */
static void priced(const char *months, const char *pf, const char *volume, const char *saved, const char *hour,
                   const char *more, struct roi_result *ret)
{
    char text[800];
    (void)snprintf(text, sizeof text,
                   "{\"kind\":\"full_rewrite\",\"cost\":{\"devs\":2,\"months\":%s,\"rate_usd_year\":150000,"
                   "\"failure_probability\":%s,\"overrun\":\"none\"%s},\"benefit\":{\"ops_per_year\":%s,"
                   "\"saved_s_per_op\":%s,\"usd_per_hour\":%s}}",
                   months, pf, more, volume, saved, hour);
    price(text, NULL, 100, ret);
}

static void build_cost_and_break_even(void **state)
{
    static const struct {
        const char *months, *pf;
        double cost, breakeven, with_failure;
    } rows[] = { { "18", "0", 450e3, 108e6, 108e6 },
                 { "24", "0", 600e3, 144e6, 144e6 },
                 { "24", "0.30", 600e3, 144e6, 205.7e6 },
                 { "24", "0.35", 600e3, 144e6, 221.5e6 },
                 { "24", "0.40", 600e3, 144e6, 240e6 } };
    struct roi_result r;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        priced(rows[i].months, rows[i].pf, "1e6", "0.075", "200", "", &r);
        near(r.point.cost, rows[i].cost, 1e-12);
        near(r.point.breakeven_ops, rows[i].breakeven, 1e-9);
        near(r.point.breakeven_ops_with_failure, rows[i].with_failure, 3e-4);
        roi_release(&r);
    }
    /* the phases of the same plan, with its buffer of 30 % */
    priced("29", "0", "1", "1", "1", "", &r);
    near(r.point.cost, 725e3, 1e-12);
    roi_release(&r);
    priced("40", "0", "1", "1", "1", "", &r);
    near(r.point.cost, 1e6, 1e-12);
    roi_release(&r);
}

static void benefit_and_payback(void **state)
{
    static const struct {
        const char *volume;
        double benefit, payback;
    } rows[] = { { "1", 0.0041667, 0 },
                 { "8e6", 33333.33, 18 },
                 { "1e6", 4166.667, 144 },
                 { "1e7", 41666.67, 14.4 },
                 { "1e8", 416666.7, 1.44 } };
    struct roi_result r;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        priced("24", "0", rows[i].volume, "0.075", "200", "", &r);
        near(r.point.benefit, rows[i].benefit, 1e-5);
        if (rows[i].payback > 0)
            near(r.point.payback, rows[i].payback, 1e-9);
        roi_release(&r);
    }
    /* 8 M operations of 75 ms are 166.67 hours */
    priced("24", "0", "8e6", "0.075", "1", "", &r);
    near(r.point.benefit, 166.667, 1e-5);
    roi_release(&r);
    /* batch instead: 12 to 27 s an operation for 12.5 to 25 k */
    priced("1", "0", "8333.33", "27", "200", "", &r);
    near(12500 / (r.point.benefit / 8333.33), 8333.33, 1e-4);
    roi_release(&r);
    priced("1", "0", "37500", "12", "200", "", &r);
    near(25000 / (r.point.benefit / 37500), 37500, 1e-9);
    roi_release(&r);
}

static void never_has_a_condition(void **state)
{
    struct roi_result r;
    (void)state;
    priced("24", "0", "14.3e6", "0.075", "200", "", &r);
    near(r.point.never_below_ops_year, 14.4e6, 1e-9);
    assert_int_equal(r.point.never, 1);
    roi_release(&r);
    priced("24", "0", "14.5e6", "0.075", "200", "", &r);
    assert_int_equal(r.point.never, 0);
    roi_release(&r);
    priced("18", "0", "1e6", "0.075", "200", "", &r);
    near(r.point.never_below_ops_year, 10.8e6, 1e-9);
    roi_release(&r);
    /* without a volume nobody knows */
    price("{\"cost\":{\"devs\":2,\"months\":24,\"rate_usd_year\":150000,\"failure_probability\":0},\"benefit\":{"
          "\"saved_s_per_op\":0.075,\"usd_per_hour\":200}}",
          NULL, 100, &r);
    assert_int_equal(r.point.never, -1);
    near(r.point.never_below_ops_year, 14.4e6, 1e-9);
    near(r.point.breakeven_ops, 144e6, 1e-9);
    assert_false(num_known(r.point.npv) || num_known(r.p_roi_pos) || num_known(r.p_roi_pos_ceiling));
    assert_int_equal(r.missing_count, 1);
    assert_string_equal(r.missing[0], "ops_per_year");
    roi_release(&r);
}

static void net_present_value(void **state)
{
    static const struct {
        const char *volume;
        double npv;
    } rows[] = { { "1e6", -473879 }, { "1e7", -391857 }, { "1e8", 428369 } };
    struct roi_result r;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        priced("21", "0.35", rows[i].volume, "0.075", "200", "", &r);
        close_to(r.point.pv_cost, 482993, 0.5);
        close_to(r.point.npv, rows[i].npv, 0.5);
        near(r.point.npv_zero_ops_year, 53.0e6, 2e-3);
        close_to(r.point.build_years, 1.75, 1e-12);
        roi_release(&r);
    }
    priced("21", "0", "1e8", "0.075", "200", "", &r);
    near(r.point.npv_zero_ops_year, 34.4e6, 2e-3);
    roi_release(&r);
}

static const char simulated[] =
    "{\"kind\":\"full_rewrite\",\"cost\":{\"devs\":2,\"months\":{\"lo\":18,\"mode\":21,\"hi\":24},\"rate_usd_year\":"
    "150000,"
    "\"failure_probability\":{\"lo\":0.3,\"hi\":0.4}},\"benefit\":{\"ops_per_year\":%s,\"saved_s_per_op\":0.075,"
    "\"usd_per_hour\":200}}";

/* Probabilities within 0.01, quantiles within 2 %; 200,000 draws as the table has, three seeds. */
static void the_simulated_table(void **state)
{
    static const struct {
        const char *volume;
        double p, p5, p50, p95, payback;
    } rows[] = { { "1e6", 0.000, -1.362e6, -0.455e6, -0.306e6, 150 },
                 { "1e7", 0.000, -1.305e6, -0.379e6, -0.184e6, 15 },
                 { "1e8", 0.599, -0.976e6, 0.790e6, 1.149e6, 1.5 },
                 { "3e8", 0.645, -0.803e6, 3.504e6, 4.112e6, 0.5 } };
    (void)state;
    for (size_t i = 0; i < 3 * ARRAY_LEN(rows); i++) {
        size_t row = i / 3;
        char text[600];
        (void)snprintf(text, sizeof text, simulated, rows[row].volume);
        struct proposal *p = parsed(text);
        struct roi_plan plan = roi_plan_of(p);
        struct roi_options opt = { .seed = 17 + i, .draws = 200000 };
        struct roi_result r;
        struct err err = ERR_INIT;
        assert_true(roi_compute(&plan, NULL, &opt, &r, &err));
        print_message("%s a year: P %.4f, NPV %.0f %.0f %.0f, payback %.4g\n", rows[row].volume, r.p_roi_pos, r.npv.p5,
                      r.npv.p50, r.npv.p95, r.payback.p50);
        close_to(r.p_roi_pos, rows[row].p, 0.01);
        near(r.npv.p5, rows[row].p5, 0.02);
        near(r.npv.p50, rows[row].p50, 0.02);
        near(r.npv.p95, rows[row].p95, 0.02);
        near(r.payback.p50, rows[row].payback, 0.05); /* stated with two digits */
        near(r.cost.p5, 334e3, 0.02);
        near(r.cost.p50, 503e3, 0.02);
        near(r.cost.p80, 661e3, 0.02);
        near(r.cost.p95, 1759e3, 0.02);
        assert_true(r.p_roi_pos_full == r.p_roi_pos && !num_known(r.p_roi_pos_ext) && !r.pf_default);
        close_to(r.pf_mean, 0.35, 1e-12);
        roi_release(&r);
        proposal_free(p);
    }
}

static double swing(const struct roi_result *r, const char *name)
{
    for (uint32_t i = 0; i < r->tornado_count; i++) {
        if (strcmp(r->tornado[i].name, name) == 0)
            return fabs(r->tornado[i].npv_high - r->tornado[i].npv_low);
    }
    fail_msg("%s is not in the tornado", name);
    return 0;
}

/* Each range alone, all others as planned: 100 M a year, 75 ms, 200 USD, 21 months, pf 0.35. */
static void the_tornado(void **state)
{
    static const struct {
        const char *name, *months, *pf, *volume, *saved, *hour, *more;
        double want;
    } rows[] = {
        { "ops_per_year", "21", "0.35", "{\"lo\":3e7,\"hi\":3e8}", "0.075", "200", "", 2.46e6 },
        { "usd_per_hour", "21", "0.35", "1e8", "0.075", "{\"lo\":72,\"hi\":200}", "", 0.58e6 },
        { "saved_s_per_op", "21", "0.35", "1e8", "{\"lo\":0.05,\"hi\":0.0889}", "200", "", 0.47e6 },
        { "salary_load", "21", "0.35", "1e8", "0.075", "200", ",\"salary_load\":{\"lo\":1,\"hi\":1.42}", 0.20e6 },
        { "months", "{\"lo\":18,\"mode\":21,\"hi\":24}", "0.35", "1e8", "0.075", "200", "", 0.17e6 },
        { "failure_probability", "21", "{\"lo\":0.3,\"hi\":0.4}", "1e8", "0.075", "200", "", 0.14e6 },
    };
    struct roi_result r;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        priced(rows[i].months, rows[i].pf, rows[i].volume, rows[i].saved, rows[i].hour, rows[i].more, &r);
        print_message("tornado %s: %.0f\n", rows[i].name, swing(&r, rows[i].name));
        close_to(swing(&r, rows[i].name), rows[i].want, 0.0051e6);
        assert_int_equal(r.tornado_count, 1);
        roi_release(&r);
    }
    char text[600];
    (void)snprintf(text, sizeof text, simulated, "1e8");
    price(text, NULL, 100, &r);
    print_message("tornado overrun: %.0f\n", swing(&r, "overrun"));
    close_to(swing(&r, "overrun"), 0.83e6, 0.0051e6);
    assert_int_equal(r.tornado_count, 3);
    assert_string_equal(r.tornado[0].name, "overrun");
    roi_release(&r);
}

static const char *check_text(const struct roi_result *r, const char *code)
{
    for (uint32_t i = 0; i < r->check_count; i++) {
        if (strcmp(r->checks[i].code, code) == 0)
            return r->checks[i].text.ptr;
    }
    return NULL;
}

static void effort_against_cocomo(void **state)
{
    struct roi_result r;
    (void)state;
    close_to(cocomo_effort(51.1e3), 222, 0.6);
    close_to(cocomo_effort(64.3e3), 286, 0.6);
    close_to(cocomo_months(222), 20.5, 0.06);
    close_to(cocomo_months(286), 22.2, 0.06);
    assert_true(cocomo_effort(51.1e3) / cocomo_months(222) > 10.5 && cocomo_effort(64.3e3) / cocomo_months(286) < 13);
    price(
        "{\"cost\":{\"loc\":37824,\"loc_factor\":{\"lo\":1.35,\"hi\":1.7},\"devs\":2,\"months\":{\"lo\":18,\"mode\":21,"
        "\"hi\":24},\"rate_usd_year\":150000},\"phases\":[{\"months\":{\"lo\":22,\"hi\":31}}]}",
        NULL, 100, &r);
    assert_non_null(check_text(&r, "cocomo_effort"));
    assert_non_null(strstr(check_text(&r, "productivity"), "1373 a person"));
    assert_non_null(strstr(check_text(&r, "phases"), "22 to 31 months, the headline says 18 to 24"));
    roi_release(&r);
    price("{\"cost\":{\"loc\":10000,\"devs\":4,\"months\":6,\"rate_usd_year\":1},\"phases\":[{\"months\":2},{"
          "\"months\":4.2}]}",
          NULL, 100, &r);
    assert_null(check_text(&r, "cocomo_effort"));
    assert_null(check_text(&r, "productivity"));
    assert_null(check_text(&r, "phases"));
    roi_release(&r);
}

static void kinds_of_benefit_are_added_once(void **state)
{
    struct roi_result r;
    (void)state;
    price("{\"cost\":{\"maintenance_usd_year\":1000},\"benefit\":{\"mem_saved_gb\":100,\"latency_usd_year\":5000,"
          "\"incidents_avoided_year\":2,\"usd_per_incident\":3000,\"other_usd_year\":7}}",
          NULL, 100, &r);
    close_to(r.by_kind[2], 100 * 730 * 12 * 0.004445, 1e-6);
    close_to(r.by_kind[4], 5000, 0);
    close_to(r.by_kind[5], 6000, 0);
    close_to(r.by_kind[6], 7, 0);
    assert_false(num_known(r.by_kind[0]) || num_known(r.by_kind[1]) || num_known(r.by_kind[3]));
    close_to(r.point.benefit, 3893.82 + 5000 + 6000 + 7 - 1000, 1e-6);
    close_to(r.mem_saving_usd_year, 3893.82, 1e-6);
    close_to(r.annual_cost_extra, 1000, 0);
    roi_release(&r);
    /* half the memory saved is 30 % of the bill where CPU requests are 0.7 of the memory requests */
    price("{\"benefit\":{\"mem_saved_gb\":100,\"node_cpu_share\":0.7,\"node_mem_share\":1,\"mem_request_saved\":0.5,"
          "\"node_usd_year\":100000}}",
          NULL, 100, &r);
    close_to(r.point.benefit, 30000, 1e-6);
    close_to(r.mem_saving_usd_year, 30000, 1e-6);
    assert_false(num_known(r.by_kind[2]));
    assert_non_null(check_text(&r, "counted_once"));
    roi_release(&r);
}

static struct roi_evidence measured(void)
{
    struct roi_evidence ev = ROI_EVIDENCE_NONE;
    ev.p = (struct share){ 0.2, 0.2, 0.2 };
    ev.q = (struct share){ 0.8, 0.8, 0.8 };
    ev.speed = (struct speed_range){ 5, 5, 5 };
    ev.op_s = 0.3;
    ev.cpu_share_hi = 0.25;
    return ev;
}

static void the_gain_is_that_of_the_evidence(void **state)
{
    static const char text[] =
        "{\"kind\":\"native_extension\",\"cost\":{\"devs\":1,\"months\":2,\"rate_usd_year\":150000,"
        "\"failure_probability\":0},\"benefit\":{\"ops_per_year\":1e7,\"saved_s_per_op\":0.2,"
        "\"usd_per_hour\":200,\"cpu_hours_year\":10000}}";
    struct roi_result r;
    struct roi_evidence ev = measured();
    (void)state;
    price(text, &ev, 100, &r);
    near(r.point.benefit, 1e7 * 0.3 * 0.16 / 3600 * 200, 1e-12);
    assert_true(r.gain_from_evidence && !r.own_claim && num_known(r.p_roi_pos_ext) && !num_known(r.p_roi_pos_full));
    assert_non_null(check_text(&r, "saving_from_evidence"));
    assert_non_null(check_text(&r, "compute_not_counted"));
    roi_release(&r);
    ev.util_lo = 0.9;
    price(text, &ev, 100, &r);
    near(r.by_kind[1], 10000 * 0.64 * 0.04048, 1e-12);
    roi_release(&r);
    ev.util_lo = 0.5;
    ev.sized_by_cpu = true;
    ev.kappa = 0.01;
    price(text, &ev, 100, &r);
    near(r.by_kind[0], 1e7 * 0.3 * 0.15 / 3600 * 200, 1e-12);
    near(r.by_kind[1], 10000 * 0.64 * 0.04048, 1e-12);
    roi_release(&r);
    /* no target language: the claim counts, but never more than free CPU would give */
    ev = measured();
    ev.speed = SPEED_UNKNOWN;
    price(text, &ev, 100, &r);
    near(r.point.benefit, 1e7 * 0.3 * 0.25 / 3600 * 200, 1e-12);
    assert_true(!r.gain_from_evidence && r.own_claim);
    assert_non_null(check_text(&r, "saving_capped"));
    roi_release(&r);
}

static void the_ceiling_is_free_cpu(void **state)
{
    static const char text[] =
        "{\"cost\":{\"devs\":2,\"months\":21,\"rate_usd_year\":150000,\"failure_probability\":0,\"overrun\":\"none\"},"
        "\"benefit\":{\"ops_per_year\":%s,\"saved_s_per_op\":{\"lo\":0.05,\"hi\":0.075},\"usd_per_hour\":200}}";
    char low[400], high[400];
    struct roi_result r;
    struct roi_evidence ev = measured();
    (void)state;
    (void)snprintf(low, sizeof low, text, "1e6");
    (void)snprintf(high, sizeof high, text, "4e7");
    price(low, NULL, 100, &r);
    assert_true(r.p_roi_pos_ceiling == 0 && r.own_claim);
    roi_release(&r);
    /* 40 M a year: 75 ms always pays, what is claimed on average does not */
    price(high, NULL, 1000, &r);
    assert_true(r.p_roi_pos_ceiling == 1 && r.p_roi_pos < 1);
    roi_release(&r);
    ev.p = SHARE_UNKNOWN;
    ev.cpu_share_hi = 0.1; /* 30 ms */
    price(high, &ev, 1000, &r);
    assert_true(r.p_roi_pos_ceiling == 0);
    roi_release(&r);
    ev.goal_memory = true;
    price(high, &ev, 1000, &r);
    assert_false(num_known(r.p_roi_pos_ceiling));
    roi_release(&r);
}

static void a_missing_failure_probability_never_decides(void **state)
{
    static const struct {
        const char *kind;
        double mean;
    } rows[] = {
        { "full_rewrite", 0.35 }, { "native_extension", 0.10 }, { "runtime_upgrade", 0.05 }, { "component_swap", 0.05 }
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char text[400];
        (void)snprintf(text, sizeof text,
                       "{\"kind\":\"%s\",\"cost\":{\"devs\":1,\"months\":1,\"rate_usd_year\":120000},\"benefit\":{"
                       "\"other_usd_year\":1e6}}",
                       rows[i].kind);
        struct proposal *p = parsed(text);
        struct roi_plan plan = roi_plan_of(p);
        struct roi_options opt = { .seed = 3, .draws = 20000 };
        struct roi_result r;
        struct err err = ERR_INIT;
        struct fact_set *f = xcalloc(1, sizeof *f);
        assert_true(roi_compute(&plan, NULL, &opt, &r, &err));
        assert_true(r.pf_default);
        close_to(r.pf_mean, rows[i].mean, 1e-12);
        close_to(r.p_roi_pos, 1 - rows[i].mean, 0.012);
        close_to(r.pf_that_opens, 0.2, 1e-12);
        assert_non_null(check_text(&r, "failure_probability"));
        roi_facts(&r, &plan, f, "test");
        assert_false(f->v[FACT_p_roi_pos_full].known || f->v[FACT_p_roi_pos_ext].known || f->v[FACT_pf_mean].known);
        near(facts_num(f, FACT_annual_benefit_p50), 1e6, 1e-12);
        assert_true(facts_num(f, FACT_cost_p50) > 9000 && facts_num(f, FACT_cost_p50) < 10000);
        free(f);
        roi_release(&r);
        proposal_free(p);
    }
}

static void facts_of_a_stated_plan(void **state)
{
    char text[600];
    (void)state;
    (void)snprintf(text, sizeof text, simulated, "1e8");
    struct proposal *p = parsed(text);
    struct roi_plan plan = roi_plan_of(p);
    struct roi_options opt = { .seed = 3, .draws = 20000 };
    struct roi_result r;
    struct err err = ERR_INIT;
    struct fact_set *f = xcalloc(1, sizeof *f);
    assert_true(roi_compute(&plan, NULL, &opt, &r, &err));
    roi_facts(&r, &plan, f, "simulation");
    close_to(facts_num(f, FACT_p_roi_pos_full), r.p_roi_pos, 0);
    close_to(facts_num(f, FACT_pf_mean), 0.35, 1e-12);
    close_to(facts_num(f, FACT_ops_per_year), 1e8, 0);
    near(facts_num(f, FACT_breakeven_ops), 525e3 / (0.65 * 0.0041666667), 1e-6);
    assert_non_null(strstr(f->v[FACT_p_roi_pos_ceiling].by, "own claim"));
    assert_false(f->v[FACT_annual_cost_extra_p50].known || f->v[FACT_mem_saving_usd_year_p50].known);
    assert_false(f->v[FACT_p_roi_pos_ext].known);
    free(f);
    roi_release(&r);
    proposal_free(p);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct sb out[3] = { { 0 } };
    char text[600];
    (void)state;
    (void)snprintf(text, sizeof text, simulated, "{\"p10\":1e7,\"p90\":3e8}");
    struct proposal *p = parsed(text);
    struct roi_plan plan = roi_plan_of(p);
    for (uint32_t i = 0; i < 3; i++) {
        struct roi_options opt = { .seed = i == 2 ? 6 : 5, .draws = 5000, .bins = 20 };
        struct roi_result r;
        struct err err = ERR_INIT;
        assert_true(roi_compute(&plan, NULL, &opt, &r, &err));
        struct jsonw w = { .out = &out[i] };
        roi_json(&w, NULL, &r);
        uint32_t in_bins = 0;
        for (uint32_t k = 0; k < r.hist_bins; k++)
            in_bins += r.hist[k];
        assert_int_equal(in_bins, 5000);
        assert_true(r.payback_curve[40] <= 1 && r.payback_curve[0] == 0);
        roi_release(&r);
    }
    assert_string_equal(sb_cstr(&out[0]), sb_cstr(&out[1]));
    assert_string_not_equal(sb_cstr(&out[0]), sb_cstr(&out[2]));
    for (int i = 0; i < 3; i++)
        sb_release(&out[i]);
    struct span hashes[2] = { SPAN("aa"), SPAN("bb") };
    assert_true(roi_seed(p, hashes, 2) != roi_seed(p, hashes, 1) && roi_seed(p, hashes, 2) == roi_seed(p, hashes, 2));
    proposal_free(p);
}

/* A kill point does not make success likelier; it makes failure cheaper, and what is left is likelier to succeed. */
static void a_prototype_first(void **state)
{
    char text[600];
    (void)state;
    (void)snprintf(text, sizeof text, simulated, "3e8");
    struct proposal *p = parsed(text);
    struct roi_plan plan = roi_plan_of(p);
    struct roi_options opt = { .seed = 3, .draws = 100000 };
    struct roi_staged s;
    struct err err = ERR_INIT;
    assert_true(roi_staged(&plan, NULL, NULL, &opt, &s, &err));
    assert_true(s.stage_default && s.residual_default && s.opens);
    close_to(s.residual_pf, 0.10, 1e-12);
    close_to(s.p_kill, 0.25 / 0.9, 1e-3);
    close_to(s.result.p_roi_pos, 0.645, 0.01);
    close_to(s.p_roi_pos_after, 0.89, 0.015);
    close_to(s.prototype_months, 0.69, 1e-9);
    close_to(s.prototype_usd, 2 * 0.69 / 12 * 150000, 200);
    assert_true(s.worth > 0 && s.pf_that_opens > 0.18 && s.pf_that_opens <= 0.2);
    close_to(s.npv_mean - s.npv_mean_direct, s.worth, 1e-6);
    roi_staged_release(&s);
    /* a prototype that shows nothing costs its price */
    struct roi_stage blind = { .months = quantity_const(0.5),
                               .usd = quantity_const(20000),
                               .residual_pf = quantity_const(1) };
    assert_true(roi_staged(&plan, NULL, &blind, &opt, &s, &err));
    assert_true(s.p_kill == 0 && s.worth < 0 && !s.opens && s.result.p_roi_pos == 0);
    roi_staged_release(&s);
    proposal_free(p);
    p = parsed(
        "{\"cost\":{\"devs\":1},\"phases\":[{\"title\":\"a\",\"months\":1},{\"months\":0.7,\"stop_loss_usd\":9000}]}");
    plan = roi_plan_of(p);
    struct roi_stage own = roi_stage_of(&plan);
    assert_true(own.usd.a == 9000 && own.months.a == 0.7);
    assert_false(roi_staged(&plan, NULL, NULL, &opt, &s, &err));
    assert_non_null(strstr(err.text, "months"));
    proposal_free(p);
}

static void a_stop_loss_is_worth_money(void **state)
{
    static const char text[] =
        "{\"cost\":{\"devs\":2,\"months\":21,\"rate_usd_year\":150000,\"failure_probability\":0.3%s},"
        "\"benefit\":{\"other_usd_year\":1e6}}";
    char plain[300], capped[300];
    struct roi_result a, b;
    (void)state;
    (void)snprintf(plain, sizeof plain, text, "");
    (void)snprintf(capped, sizeof capped, text, ",\"overrun_cap\":2");
    price(plain, NULL, 50000, &a);
    price(capped, NULL, 50000, &b);
    assert_true(b.npv.p5 > a.npv.p5 && b.cost.p95 <= 2 * 525e3 && a.cost.p95 > 2 * 525e3);
    roi_release(&a);
    roi_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_cost_and_break_even),
        cmocka_unit_test(benefit_and_payback),
        cmocka_unit_test(never_has_a_condition),
        cmocka_unit_test(net_present_value),
        cmocka_unit_test(the_simulated_table),
        cmocka_unit_test(the_tornado),
        cmocka_unit_test(effort_against_cocomo),
        cmocka_unit_test(kinds_of_benefit_are_added_once),
        cmocka_unit_test(the_gain_is_that_of_the_evidence),
        cmocka_unit_test(the_ceiling_is_free_cpu),
        cmocka_unit_test(a_missing_failure_probability_never_decides),
        cmocka_unit_test(facts_of_a_stated_plan),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(a_prototype_first),
        cmocka_unit_test(a_stop_loss_is_worth_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
