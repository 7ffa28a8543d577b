/* speedscope files: both kinds of profile, units, threads, py-spy, every broken shape. */
#include "import_test.h"

#define SCHEMA "\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
#define FRAMES                                                                                                         \
    "\"shared\":{\"frames\":[{\"name\":\"a\"},{\"name\":\"b\",\"file\":\"/x/b.py\",\"line\":7},{\"name\":\"c\"}]}"

static void sampled_and_weights_first(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{" SCHEMA
        "\"profiles\":[{\"type\":\"sampled\",\"name\":\"m\",\"unit\":\"milliseconds\",\"startValue\":0,\"endValue\":60,"
        "\"samples\":[[0,1],[0],[0,1]],\"weights\":[10,20,30]}]," FRAMES "}",
        "{" SCHEMA FRAMES
        ",\"profiles\":[{\"weights\":[10,20,30],\"samples\":[[0,1],[0],[0,1]],\"type\":\"sampled\",\"name\":\"m\","
        "\"unit\":\"milliseconds\",\"startValue\":0,\"endValue\":60}]}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import(NULL, texts[i], NULL);
        assert_string_equal(a->format, "speedscope");
        test_near(test_stack_value(a, 0, "a;b"), 0.04, 1e-12);
        test_near(test_stack_value(a, 0, "a"), 0.02, 1e-12);
        assert_int_equal(a->profile->columns[0].unit, UNIT_SECONDS);
        assert_int_equal(a->clock, CLOCK_UNKNOWN);
        assert_false(num_known(a->duration_s));
        assert_false(a->sees_wait);
        assert_int_equal(a->profile->sample_count, 3);
        assert_int_equal(a->profile->order_count, 3);
        test_near((double)a->profile->order[1].weight, 0.02, 1e-9);
        artefact_free(a);
    }
}

static void built_ins_of_pyinstrument_get_their_module(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{" SCHEMA
        "\"exporter\":\"pyinstrument\",\"shared\":{\"frames\":[{\"name\":\"nap\",\"file\":\"a.py\",\"line\":9},"
        "{\"name\":\"sleep\",\"file\":\"<built-in>\",\"line\":0}]},"
        "\"profiles\":[{\"type\":\"evented\",\"name\":\"m\",\"unit\":\"seconds\",\"startValue\":0,\"endValue\":2,"
        "\"events\":[{\"type\":\"O\",\"at\":0,\"frame\":0},{\"type\":\"O\",\"at\":0,\"frame\":1},"
        "{\"type\":\"C\",\"at\":2,\"frame\":1},{\"type\":\"C\",\"at\":2,\"frame\":0}]}]}",
        NULL);
    test_near(test_stack_value(a, 0, "nap;time.sleep"), 2, 1e-12);
    artefact_free(a);
}

static void evented_gaps_belong_to_nothing(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{" SCHEMA FRAMES
        ",\"profiles\":[{\"type\":\"evented\",\"name\":\"m\",\"unit\":\"seconds\",\"startValue\":0,\"endValue\":10,"
        "\"events\":[{\"type\":\"O\",\"frame\":0,\"at\":1},{\"type\":\"O\",\"frame\":2,\"at\":2},{\"type\":\"C\","
        "\"frame\":2,\"at\":5},"
        "{\"type\":\"C\",\"frame\":0,\"at\":6},{\"at\":9,\"frame\":1,\"type\":\"O\"}]}]}",
        NULL);
    test_near(test_stack_value(a, 0, "a"), 2, 1e-12);
    test_near(test_stack_value(a, 0, "a;c"), 3, 1e-12);
    test_near(test_stack_value(a, 0, "b"), 1, 1e-12);
    test_near(a->profile->columns[0].total, 6, 1e-12);
    test_near(a->span_s, 10, 1e-12);
    assert_true(test_has_problem(a, "unbalanced_events"));
    assert_false(num_known(a->duration_s));
    artefact_free(a);
}

static void py_spy_threads(void **state)
{
    (void)state;
    static const char text[] =
        "{" SCHEMA "\"profiles\":["
        "{\"type\":\"sampled\",\"name\":\"Process 12 Thread 14 "
        "\\\"MainThread\\\"\",\"unit\":\"seconds\",\"startValue\":0.0,\"endValue\":0.02,"
        "\"samples\":[[0,1,2],[0,1,2]],\"weights\":[0.01,0.01]},"
        "{\"type\":\"sampled\",\"name\":\"Process 12 Thread 15 \\\"pool "
        "one\\\"\",\"unit\":\"seconds\",\"startValue\":0.0,\"endValue\":0.01,"
        "\"samples\":[[0,3]],\"weights\":[0.01]}],"
        "\"shared\":{\"frames\":[{\"name\":\"process 12:\\\"python3 "
        "app.py\\\"\"},{\"name\":\"<module>\",\"file\":\"app.py\",\"line\":3},"
        "{\"name\":\"deflate\",\"file\":\"/usr/lib/"
        "libz.so.1.2.13\",\"line\":0},{\"name\":\"wait\",\"file\":\"threading.py\",\"line\":327}]},"
        "\"exporter\":\"py-spy@0.4.0\",\"name\":\"py-spy profile\"}";
    struct artefact *a = test_import(NULL, text, NULL);
    const struct profile *p = a->profile;
    test_near(a->rate_hz, 100, 1e-9);
    test_near(test_stack_value(a, 0, "<module>;deflate"), 0.02, 1e-12);
    assert_int_equal(p->thread_count, 2);
    assert_int_equal(p->threads[1].tid, 15);
    assert_true(span_is(profile_str(p, p->threads[1].name), "pool one"));
    assert_int_equal(p->process_count, 1);
    assert_int_equal(p->processes[0].pid, 12);
    assert_true(span_is(profile_str(p, p->processes[0].command), "python3 app.py"));
    assert_true(span_is(a->tool, "py-spy") && span_is(a->tool_version, "0.4.0"));
    assert_int_equal(a->native_visible, TRI_YES);
    assert_int_equal(a->runtime, RUNTIME_PYTHON);
    assert_int_equal(a->clock, CLOCK_UNKNOWN);
    artefact_free(a);
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    opt.clock_given = true;
    opt.clock = CLOCK_WALL;
    a = test_import(NULL, text, &opt);
    assert_int_equal(a->clock, CLOCK_WALL);
    assert_true(a->clock_declared && a->sees_wait);
    artefact_free(a);
}

static void broken_files(void **state)
{
    (void)state;
#define PROFILE(body) "{" SCHEMA FRAMES ",\"profiles\":[{\"name\":\"m\",\"startValue\":0,\"endValue\":9," body "}]}"
    static const struct {
        const char *text, *word;
        enum err_code code;
    } cases[] = {
        { PROFILE("\"unit\":\"none\",\"samples\":[[0],[9]],\"weights\":[1,1]"), "frame 9 is used", ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"samples\":[[0],[1]],\"weights\":[1]"), "2 samples but 1 weights",
          ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"samples\":[[0]],\"weights\":[1,1]"), "more weights", ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"samples\":[[0]],\"weights\":[-1]"), "negative", ERR_VALUE },
        { PROFILE("\"unit\":\"none\",\"samples\":[[0]],\"weights\":[null]"), "not a number", ERR_VALUE },
        { PROFILE("\"unit\":\"none\",\"samples\":[[-1]],\"weights\":[1]"), "index", ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"samples\":[[0.5]],\"weights\":[1]"), "index", ERR_MALFORMED },
        { PROFILE("\"unit\":\"parsecs\",\"samples\":[[0]],\"weights\":[1]"), "parsecs", ERR_UNIT },
        { PROFILE("\"unit\":\"bytes\",\"samples\":[[0]],\"weights\":[1]"), "memory", ERR_UNSUPPORTED },
        { PROFILE("\"unit\":\"none\",\"samples\":[],\"weights\":[]"), "no sample", ERR_EMPTY },
        { PROFILE("\"unit\":\"none\",\"events\":[{\"type\":\"C\",\"frame\":0,\"at\":1}]"), "not open", ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"events\":[{\"type\":\"O\",\"frame\":0,\"at\":2},{\"type\":\"C\",\"frame\":0,"
                  "\"at\":1}]"),
          "after one at", ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"events\":[{\"type\":\"X\",\"frame\":0,\"at\":2}]"), "neither", ERR_MALFORMED },
        { PROFILE("\"unit\":\"none\",\"events\":[{\"type\":\"O\",\"frame\":0}]"), "without a time", ERR_VALUE },
        { "{" SCHEMA FRAMES ",\"profiles\":[]}", "no profile", ERR_EMPTY },
        { "{" SCHEMA FRAMES ",\"profiles\":[{\"unit\":\"none\",\"samples\":[[0", "ends inside", ERR_MALFORMED },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = test_import_fails("speedscope", cases[i].text);
        if (!strstr(err.text, cases[i].word) || err.code != cases[i].code)
            fail_msg("%s: got %s '%s', want '%s'", cases[i].text, err_slug(err.code), err.text, cases[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sampled_and_weights_first),
        cmocka_unit_test(built_ins_of_pyinstrument_get_their_module),
        cmocka_unit_test(evented_gaps_belong_to_nothing),
        cmocka_unit_test(py_spy_threads),
        cmocka_unit_test(broken_files),
    };
    return cmocka_run_group_tests_name("speedscope", tests, NULL, NULL);
}
