/* k6: the same facts from three shapes, problems of the load, no share. */
#include "import_test.h"

static double fact(const struct artefact *a, const char *name)
{
    for (uint32_t i = 0; i < a->fact_count; i++) {
        if (span_is(a->facts[i].name, name))
            return a->facts[i].num;
    }
    return NUM_UNKNOWN;
}

static struct span fact_text(const struct artefact *a, const char *name)
{
    for (uint32_t i = 0; i < a->fact_count; i++) {
        if (span_is(a->facts[i].name, name))
            return a->facts[i].text;
    }
    return SPAN("");
}

static void three_shapes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"root_group\":{},\"metrics\":{\"http_reqs\":{\"count\":1000,\"rate\":100},\"http_req_duration\":{\"avg\":50,"
        "\"p(95)\":80},"
        "\"vus\":{\"value\":5,\"min\":5,\"max\":5},\"http_req_failed\":{\"passes\":50,\"fails\":950,\"value\":0.05,"
        "\"thresholds\":{\"rate<0.01\":true}}}}",
        "{\"root_group\":{},\"options\":{\"scenarios\":{\"a\":{\"executor\":\"constant-arrival-rate\"}}},\"state\":{"
        "\"testRunDurationMs\":10000},"
        "\"metrics\":{\"http_reqs\":{\"type\":\"counter\",\"values\":{\"count\":1000,\"rate\":100}},\"http_req_"
        "duration\":{\"type\":\"trend\",\"values\":{\"avg\":50,\"p(95)\":80}},"
        "\"vus\":{\"values\":{\"max\":5}},\"http_req_failed\":{\"values\":{\"rate\":0.05},\"thresholds\":{\"rate<0."
        "01\":{\"ok\":false}}}}}",
        "{\"version\":\"1.0.0\",\"metadata\":{\"k6Version\":\"1.8.1\"},\"config\":{\"duration\":10.0},\"results\":{"
        "\"checks\":[],\"metrics\":["
        "{\"name\":\"http_reqs\",\"type\":\"counter\",\"values\":{\"count\":1000,\"rate\":100}},{\"name\":\"http_req_"
        "duration\",\"values\":{\"avg\":50,\"p95\":80}},"
        "{\"name\":\"vus\",\"values\":{\"max\":5}},{\"name\":\"http_req_failed\",\"values\":{\"rate\":0.05},"
        "\"thresholds\":{\"rate<0.01\":{\"ok\":false}}}]}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import(NULL, texts[i], NULL);
        assert_string_equal(a->format, "k6");
        test_near(fact(a, "ops"), 1000, 0);
        test_near(fact(a, "op_s"), 0.05, 1e-12);
        test_near(fact(a, "x_window_s"), 10, 1e-9);
        test_near(fact(a, "x_p95_s"), 0.08, 1e-12);
        assert_false(num_known(fact(a, "wall_s")));
        assert_true(span_is(fact_text(a, "concurrency"), "overlapping"));
        assert_true(test_has_problem(a, "requests_failed"));
        assert_true(test_has_problem(a, "threshold_crossed"));
        assert_true(span_is(fact_text(a, "load_model"), i == 1 ? "open" : ""));
        assert_int_equal(a->acct_count, 0);
        assert_null(a->profile);
        artefact_free(a);
    }
}

static void one_user_one_at_a_time(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "{\"root_group\":{},\"metrics\":{\"iterations\":{\"count\":10,\"rate\":1},\"iteration_duration\":{"
                    "\"avg\":900},\"vus\":{\"max\":1},"
                    "\"checks\":{\"passes\":10,\"fails\":0,\"value\":1,\"thresholds\":{\"rate>0.9\":false}}}}",
                    NULL);
    test_near(fact(a, "ops"), 10, 0);
    test_near(fact(a, "op_s"), 0.9, 1e-12);
    assert_int_equal(fact_text(a, "concurrency").len, 0);
    assert_int_equal(a->problem_count, 0);
    artefact_free(a);
}

static void refused(void **state)
{
    (void)state;
    assert_int_equal(test_import_fails("k6", "{\"metrics\":{}}").code, ERR_EMPTY);
    assert_int_equal(test_import_fails("k6", "{\"a\":1}").code, ERR_UNRECOGNISED);
    assert_int_equal(test_import_fails("k6", "{\"metrics\":{").code, ERR_MALFORMED);
    assert_int_equal(test_import_fails("k6", " http_req_duration..: avg=1ms\n iterations......: 5\n").code,
                     ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(three_shapes), cmocka_unit_test(one_user_one_at_a_time),
                                        cmocka_unit_test(refused) };
    return cmocka_run_group_tests_name("k6", tests, NULL, NULL);
}
