/* The dictionary and sets of values: unknown is unknown, and nothing impossible gets in. */
#include "facts/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void rows_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_info *f = &fact_infos[i];
        enum fact_id id;
        assert_true(fact_find(span_of(f->name), &id));
        assert_int_equal(id, i);
        assert_true(f->meaning[0] && f->measured[0] && f->unit[0]);
        if (f->kind == FACT_NUM)
            assert_true(f->lo < f->hi);
        if (f->kind == FACT_BOOL)
            assert_true(f->lo == 0 && f->hi == 1);
        assert_true(f->lo >= 0 || span_starts(span_of(f->name), SPAN("ab_gain_")));
    }
    enum fact_id id;
    assert_false(fact_find(SPAN("cpu_shar"), &id));
    assert_false(fact_find(SPAN(""), &id));
}

static void the_nearest_name_is_told(void **state)
{
    static const struct {
        const char *typed, *near;
    } rows[] = { { "cpu_shar_lo", "cpu_share_lo" },
                 { "cpu_share", "cpu_share_lo" },
                 { "gaol", "goal" },
                 { "laod_representative", "load_representative" },
                 { "zzzzzzzzzz", NULL },
                 { "", NULL } };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *near = fact_nearest(span_of(rows[i].typed));
        if (rows[i].near)
            assert_string_equal(near, rows[i].near);
        else
            assert_null(near);
    }
}

static void bands_find_their_ends(void **state)
{
    (void)state;
    enum fact_id other;
    assert_true(fact_band(FACT_cpu_share_lo, FACT_HI, &other));
    assert_int_equal(other, FACT_cpu_share_hi);
    assert_true(fact_band(FACT_ab_gain_hi, FACT_LO, &other));
    assert_int_equal(other, FACT_ab_gain_lo);
    assert_true(fact_band(FACT_util_est, FACT_EST, &other));
    assert_int_equal(other, FACT_util_est);
    assert_false(fact_band(FACT_claimed_x_lo, FACT_HI, &other));
    assert_false(fact_band(FACT_user_facing_gain_lo, FACT_HI, &other));
    assert_false(fact_band(FACT_goal, FACT_HI, &other));
    assert_false(fact_band(FACT_ops, FACT_LO, &other));
}

static struct fact_set *set_new(void)
{
    return xcalloc(1, sizeof(struct fact_set));
}

static void declared_values_are_checked(void **state)
{
    static const struct {
        const char *name, *value, *says; /* says NULL: taken */
    } rows[] = {
        { "cpu_share_lo", "0.5", NULL },
        { "cpu_share_lo", "1.5", "outside 0 to 1" },
        { "cpu_share_lo", "-0.1", "outside" },
        { "ab_gain_lo", "-0.5", NULL },
        { "ab_gain_lo", "1.5", "outside" },
        { "cpu_share_lo", "half", "not a number" },
        { "cpu_share_lo", "nan", "not a number" },
        { "cpu_share_lo", "", "not a number" },
        { "gc_tuned", "yes", NULL },
        { "gc_tuned", "false", NULL },
        { "gc_tuned", "1", NULL },
        { "gc_tuned", "0.5", "neither 0 nor 1" },
        { "goal", "cost", NULL },
        { "goal", "speed", "none of: latency" },
        { "goal", "", "1 to" },
        { "scope", "anything", NULL },
        { "amdahl_ceiling_hi", "0.5", "outside" },
        { "ops", "1e16", "outside" },
        { "cpu_shar_lo", "0.5", "did you mean 'cpu_share_lo'?" },
        { "ops", "null", NULL },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fact_set *f = set_new();
        struct err err = ERR_INIT;
        bool taken = facts_declare(f, span_of(rows[i].name), span_of(rows[i].value), "somebody", &err);
        if (taken == (rows[i].says != NULL) || (rows[i].says && !strstr(err.text, rows[i].says)))
            fail_msg("%s=%s: %s", rows[i].name, rows[i].value, taken ? "taken" : err.text);
        free(f);
    }
}

static void a_declared_measure_is_marked(void **state)
{
    (void)state;
    struct fact_set *f = set_new();
    struct err err = ERR_INIT;
    assert_true(facts_declare(f, SPAN("goal_gain"), SPAN("0.2"), "x", &err));
    assert_true(facts_declare(f, SPAN("p_roi_pos_full"), SPAN("0.9"), "x", &err));
    assert_true(facts_declare(f, SPAN("gc_tuned"), SPAN("1"), "x", &err));
    assert_false(f->v[FACT_declared_measures].known);
    assert_true(facts_declare(f, SPAN("cpu_share_lo"), SPAN("0.9"), "x", &err));
    assert_true(facts_num(f, FACT_declared_measures) == 1);
    assert_int_equal(f->v[FACT_cpu_share_lo].origin, ORIGIN_DECLARED);
    assert_string_equal(f->v[FACT_cpu_share_lo].by, "x");
    free(f);
}

static void unknown_is_not_zero(void **state)
{
    (void)state;
    struct fact_set *f = set_new();
    assert_false(num_known(facts_num(f, FACT_ops)));
    assert_int_equal(facts_text(f, FACT_goal).len, 0);
    facts_set_num(f, FACT_ops, 0, ORIGIN_FILE, "x");
    assert_true(facts_num(f, FACT_ops) == 0);
    facts_set_num(f, FACT_ops, NUM_UNKNOWN, ORIGIN_FILE, "x");
    assert_false(f->v[FACT_ops].known);
    facts_defaults(f);
    assert_true(span_is(facts_text(f, FACT_goal), "latency"));
    assert_true(facts_num(f, FACT_goal_gain) == 0.30 && facts_num(f, FACT_min_useful_gain) == 0.10);
    assert_true(facts_num(f, FACT_cpu_bound_threshold) == 0.50 && facts_num(f, FACT_wait_bound_threshold) == 0.20);
    assert_int_equal(f->v[FACT_goal].origin, ORIGIN_DEFAULT);
    facts_set_text(f, FACT_goal, SPAN("cost"), ORIGIN_DECLARED, "x");
    facts_defaults(f);
    assert_true(span_is(facts_text(f, FACT_goal), "cost"));
    free(f);
}

static void objects_are_read_or_refused(void **state)
{
    static const struct {
        const char *json, *says;
    } rows[] = {
        { "{}", NULL },
        { "{\"cpu_share_lo\":0.2,\"cpu_share_hi\":0.4,\"goal\":\"cost\",\"gc_tuned\":true,\"ops\":null}", NULL },
        { "{\"ab_gain_lo\":-3,\"ab_gain_hi\":-1}", NULL },
        { "{\"cpu_share_lo\":0.5,\"wait_share_lo\":0.5}", NULL },
        { "{\"cpu_share_lo\":0.4,\"cpu_share_hi\":0.2}", "lies above cpu_share_hi" },
        { "{\"cpu_share_lo\":0.4,\"cpu_share_est\":0.2}", "lies above cpu_share_est" },
        { "{\"cpu_share_lo\":0.8,\"wait_share_lo\":0.5}", "above the time" },
        { "{\"cpu_share_lo\":0.6,\"cpu_queue_share_lo\":0.3,\"wait_share_lo\":0.3}", "above the time" },
        { "{\"unknown_share\":0.7,\"broken_share\":0.6}", "above all CPU samples" },
        { "{\"throttled_share\":0.7,\"runq_share\":0.6}", "above the run" },
        { "{\"gc_cpu_share_lo\":0.7,\"deser_cpu_share_lo\":0.6}", "above all CPU time" },
        { "{\"samples_raw\":10,\"samples_eff\":20}", "independent samples" },
        { "{\"green_n\":5,\"red_n\":5}", "seven flags" },
        { "{\"nothing\":1}", "unknown fact" },
        { "{\"cpu_share_lo\":\"0.5\"}", "want a number" },
        { "{\"cpu_share_lo\":true}", "want a number" },
        { "{\"cpu_share_lo\":{}}", "want a number" },
        { "{\"goal\":1}", "want a text" },
        { "{\"ops\":1,\"ops\":2}", "twice" },
        { "[]", "flat object" },
        { "7", "flat object" },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct fact_set *f = set_new();
        struct json *doc = NULL;
        struct err err = ERR_INIT;
        assert_true(json_parse(span_of(rows[i].json), 100, &doc, &err));
        bool taken = facts_from_json(f, doc, ORIGIN_DECLARED, "facts.json", &err);
        if (taken == (rows[i].says != NULL) || (rows[i].says && !strstr(err.text, rows[i].says)))
            fail_msg("%s: %s", rows[i].json, taken ? "taken" : err.text);
        assert_false(f->v[FACT_declared_measures].known); /* nothing is derived */
        json_free(doc);
        free(f);
    }
}

static void goals_have_their_facts(void **state)
{
    (void)state;
    assert_true(fact_serves_goal(FACT_cpu_share_lo, SPAN("latency")));
    assert_true(fact_serves_goal(FACT_cpu_share_lo, SPAN("tail")));
    assert_false(fact_serves_goal(FACT_cpu_share_lo, SPAN("cost")));
    assert_true(fact_serves_goal(FACT_util_lo, SPAN("throughput")));
    assert_false(fact_serves_goal(FACT_util_lo, SPAN("startup")));
    assert_true(fact_serves_goal(FACT_mem_measured, SPAN("memory")));
    assert_false(fact_serves_goal(FACT_mem_measured, SPAN("latency")));
    assert_true(fact_serves_goal(FACT_samples_eff, SPAN("memory")));
    assert_false(fact_serves_goal(FACT_tail_evidence, SPAN("latency")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(the_nearest_name_is_told),
        cmocka_unit_test(bands_find_their_ends),
        cmocka_unit_test(declared_values_are_checked),
        cmocka_unit_test(a_declared_measure_is_marked),
        cmocka_unit_test(unknown_is_not_zero),
        cmocka_unit_test(objects_are_read_or_refused),
        cmocka_unit_test(goals_have_their_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
