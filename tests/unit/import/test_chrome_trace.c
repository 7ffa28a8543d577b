/* Trace events: nesting whatever the order, thread clocks, profiles and samples inside, every broken shape. */
#include "import_test.h"

#define AT(ph, name, ts) "{\"pid\":7,\"tid\":7,\"ph\":\"" ph "\",\"name\":\"" name "\",\"ts\":" #ts "}"
#define CPU(ph, name, ts, tts)                                                                                         \
    "{\"pid\":7,\"tid\":7,\"ph\":\"" ph "\",\"name\":\"" name "\",\"ts\":" #ts ",\"tts\":" #tts "}"
#define X(name, ts, dur) "{\"pid\":7,\"tid\":7,\"ph\":\"X\",\"name\":\"" name "\",\"ts\":" #ts ",\"dur\":" #dur "}"

/* Microseconds of a stack in the last column, the spans' own. */
static double us(const struct artefact *a, const char *stack)
{
    return test_stack_value(a, a->profile->column_count - 1, stack) * 1e6;
}

static void spans_nest(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[" AT("B", "a", 0) "," AT("B", "b", 2) "," AT("E", "b", 5) "," AT("E", "a", 9) "]",
        /* complete events, the inner one first, and the outer one by its thread's clock alone */
        "[" X("b", 2, 3) "," X("a", 0, 9) "]",
        "{\"traceEvents\":[" AT("E", "a", 9) "," X("b", 2, 3) "," AT("B", "a", 0) "]}",
        /* a file that simply stops */
        "[" AT("B", "a", 0) "," X("b", 2, 3) "," AT("E", "a", 9) ",",
        "[" AT("B", "a", 0) "," X("b", 2, 3) "," AT("E", "a", 9) ",{\"pid\":7,\"tid\":7,\"ph\":\"B\",\"na",
        /* an end without a name ends what is innermost */
        "[" AT("B", "a", 0) "," X("b", 2, 3) ",{\"pid\":7,\"tid\":7,\"ph\":\"E\",\"ts\":9}]",
        /* numbers as texts, asynchronous spans beside */
        "[{\"pid\":\"7\",\"tid\":\"7\",\"ph\":\"B\",\"name\":\"a\",\"ts\":\"0\"}," AT("b", "z", 1) "," X(
            "b", 2, 3) "," AT("E", "a", 9) ",null," AT("e", "z", 40) "]",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import("chrome-trace", texts[i], NULL);
        test_near(us(a, "a"), 6, 1e-9);
        test_near(us(a, "a;b"), 3, 1e-9);
        assert_int_equal(a->clock, CLOCK_WALL);
        assert_true(!a->all_states && test_has_problem(a, "instrumented_spans"));
        assert_int_equal(a->duration_source, WALL_NONE);
        assert_int_equal(a->profile->processes[0].pid, 7);
        artefact_free(a);
    }
}

static void ends_that_do_not_fit(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "[" AT("E", "early", 0) "," AT("B", "a", 0) "," AT("B", "b", 5) "," AT("E", "none", 6) "," AT(
                        "E", "a", 10) "," AT("E", "b", 15) "," AT("B", "open", 20) "]",
                    NULL);
    test_near(us(a, "a"), 5, 1e-9);
    test_near(us(a, "a;b"), 5, 1e-9);
    test_near(us(a, "b"), 5, 1e-9);
    assert_true(test_has_problem(a, "spans_unbalanced"));
    artefact_free(a);
    /* spans that take no time, and ends at one time in the wrong order */
    a = test_import(NULL,
                    "[" AT("B", "a", 0) "," AT("B", "b", 1) "," AT("E", "a", 4) "," AT("E", "b", 4) "," X(
                        "zero", 4, 0) "," X("c", 4, 2) "]",
                    NULL);
    test_near(us(a, "a"), 1, 1e-9);
    test_near(us(a, "a;b"), 3, 1e-9);
    test_near(us(a, "c"), 2, 1e-9);
    assert_false(test_has_problem(a, "spans_unbalanced"));
    artefact_free(a);
}

static void thread_clocks(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "[" CPU("M", "thread_name", 0, 999) "," CPU("I", "start", 0, 100) "," CPU(
                        "B", "a", 1000, 200) ","
                                             "{\"pid\":7,\"tid\":7,\"ph\":\"X\",\"name\":\"V8.GCScavenger\",\"ts\":"
                                             "2000,\"dur\":1000,\"tts\":600,\"tdur\":500,"
                                             "\"cat\":\"v8\"}," CPU("E", "a", 4000, 1300) "," CPU("n", "TCPSERVERWRAP",
                                                                                                  9000, 2100) "]",
                    NULL);
    assert_int_equal(a->profile->column_count, 2);
    assert_int_equal(a->clock, CLOCK_CPU);
    test_near(test_stack_value(a, 0, "a") * 1e6, 600, 1e-9);
    test_near(test_stack_value(a, 0, "a;V8.GCScavenger") * 1e6, 500, 1e-9);
    test_near(test_stack_value(a, 0, "(outside all spans)") * 1e6, 900, 1e-9);
    test_near(us(a, "a"), 2000, 1e-9);
    assert_int_equal(a->acct_count, 1);
    assert_int_equal(a->acct[0].scope, ACCT_THREAD);
    test_near(a->acct[0].cpu_s, 2000e-6, 1e-12);
    test_near(a->acct[0].wall_s, 9000e-6, 1e-12);
    assert_false(num_known(a->acct[0].cpu_hi_s));
    assert_true(a->sees_wait && a->event_loop && a->one_thread_of_several && !num_known(a->duration_s));
    assert_int_equal(a->runtime, RUNTIME_NODE);
    artefact_free(a);
}

static void threads_and_names(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
        "{\"pid\":1,\"tid\":2,\"ph\":\"X\",\"name\":\"RunTask\",\"ts\":0,\"dur\":10},"
        "{\"pid\":1,\"tid\":2,\"ph\":\"X\",\"name\":\"RunTask\",\"ts\":30,\"dur\":10},"
        "{\"pid\":1,\"tid\":2,\"ph\":\"M\",\"name\":\"thread_name\",\"args\":{\"name\":\"CrRendererMain\"}},"
        "{\"pid\":1,\"ph\":\"M\",\"name\":\"process_name\",\"args\":{\"name\":\"Renderer\"}},"
        "{\"pid\":\"gpu\",\"tid\":\"worker\",\"ph\":\"X\",\"name\":\"draw\",\"ts\":5,\"dur\":1,\"id2\":{\"local\":"
        "\"0x1\"}}]}",
        NULL);
    assert_int_equal(a->profile->process_count, 2);
    int found = 0;
    for (uint32_t i = 0; i < a->profile->thread_count; i++) {
        struct span process = profile_str(a->profile, a->profile->processes[a->profile->threads[i].process.ix].name);
        struct span name = profile_str(a->profile, a->profile->threads[i].name);
        found += span_is(process, "Renderer") && span_is(name, "CrRendererMain");
        found += span_is(process, "gpu") && span_is(name, "worker");
    }
    assert_int_equal(found, 2);
    bool busy = false;
    for (uint32_t i = 0; i < a->fact_count; i++)
        busy = busy || (span_is(a->facts[i].name, "x_main_thread_busy_share") && a->facts[i].num > 0.6);
    assert_true(busy);
    artefact_free(a);
}

#define NODE(id, name, more) "{\"id\":" #id ",\"callFrame\":{\"functionName\":\"" name "\",\"scriptId\":0}" more "}"
#define CHUNK(ts, cpu, deltas)                                                                                         \
    "{\"args\":{\"data\":{\"cpuProfile\":{" cpu "},\"timeDeltas\":[" deltas "]}},\"id\":\"0x1\",\"pid\":3,\"tid\":9,"  \
    "\"ph\":\"P\",\"name\":\"ProfileChunk\",\"ts\":" #ts "}"
#define PROFILE                                                                                                        \
    "{\"args\":{\"data\":{\"startTime\":1000}},\"id\":\"0x1\",\"pid\":3,\"tid\":4,\"ph\":\"P\",\"name\":\"Profile\","  \
    "\"ts\":1000}"

static void profile_in_chunks(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "[" PROFILE "," X("RunTask", 0, 100000) "," CHUNK(
            1100, "\"nodes\":[" NODE(1, "(root)", "") "," NODE(2, "(idle)", ",\"parent\":1") "],\"samples\":[2,2]",
            "100,50") "," CHUNK(1200, "\"samples\":[2]",
                                "50") "," CHUNK(1300,
                                                "\"nodes\":[" NODE(3, "work", ",\"parent\":1") "],\"samples\":[3,2]",
                                                "200,100") ","
                                                           "{\"args\":{\"data\":{\"endTime\":2000}},\"id\":\"0x1\","
                                                           "\"pid\":3,\"tid\":9,\"ph\":\"P\",\"name\":\"ProfileChunk\","
                                                           "\"ts\":2000}]",
        NULL);
    assert_int_equal(a->profile->column_count, 1);
    test_near(test_stack_value(a, 0, "work") * 1e6, 100, 1e-9);
    test_near(test_stack_value(a, 0, "(idle)") * 1e6, 800, 1e-9);
    test_near(a->duration_s, 1000e-6, 1e-12);
    assert_int_equal(a->profile->threads[0].tid, 4);
    assert_int_equal(a->clock, CLOCK_WALL);
    assert_true(a->sees_wait && a->all_states && a->one_thread_of_several);
    artefact_free(a);
    /* two of them, the second one of the old kind, and one that nothing sampled */
    a = test_import(
        NULL,
        "[" PROFILE "," CHUNK(
            1100, "\"nodes\":[" NODE(1, "(root)", "") "," NODE(2, "(idle)", ",\"parent\":1") "],\"samples\":[2]",
            "100") ",{\"pid\":3,\"tid\":5,\"ph\":\"I\",\"name\":\"CpuProfile\",\"ts\":1,\"args\":{\"data\":{"
                   "\"cpuProfile\":{\"nodes\":[" NODE(1, "(root)",
                                                      ",\"children\":[2]") "," NODE(2, "old",
                                                                                    "") "],\"startTime\":0,\"endTime\":"
                                                                                        "500,\"samples\":[2,2],"
                                                                                        "\"timeDeltas\":[0,100]}}}},{"
                                                                                        "\"pid\":3,\"tid\":6,\"id\":"
                                                                                        "\"0x2\",\"ph\":\"P\",\"name\":"
                                                                                        "\"Profile\",\"ts\":5}]",
        NULL);
    assert_int_equal(a->profile->thread_count, 2);
    test_near(test_stack_value(a, 0, "old") * 1e6, 500, 1e-9);
    artefact_free(a);
}

#define SAMPLE(ts, sf)                                                                                                 \
    "{\"cpu\":\"-1\",\"name\":\"\",\"ts\":\"" #ts "\",\"pid\":1,\"tid\":\"5\",\"weight\":\"1\",\"sf\":" #sf "}"

static void samples_of_stack_frames(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{\"traceEvents\":[],\"samples\":[" SAMPLE(100, 1) "," SAMPLE(140, 2) "," SAMPLE(150, "3") "," SAMPLE(
            149, 3) "],"
                    "\"stackFrames\":{\"3\":{\"name\":\"f3(http://h/"
                    "i.bundle?x=1:41:4)\",\"parent\":\"2\"},\"1\":{\"name\":\"[root]\"},"
                    "\"2\":{\"name\":\"f2 (/app/a.js:3)\",\"parent\":1}}}",
        NULL);
    test_near(test_stack_value(a, 0, "[root]") * 1e6, 40, 1e-9);
    test_near(test_stack_value(a, 0, "[root];f2") * 1e6, 10, 1e-9);
    assert_int_equal(a->clock, CLOCK_UNKNOWN);
    assert_false(a->sees_wait);
    bool line = false;
    for (uint32_t i = 0; i < a->profile->frame_count; i++)
        line = line ||
               (a->profile->frames[i].line == 41 && span_is(profile_str(a->profile, a->profile->frames[i].func), "f3"));
    assert_true(line);
    artefact_free(a);
}

static void pyspy_is_no_clock(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "[{\"args\":{\"filename\":\"a.py\",\"line\":3},\"cat\":\"py-spy\",\"name\":\"f\","
                                     "\"ph\":\"B\",\"pid\":1,\"tid\":1,\"ts\":0},"
                                     "{\"args\":{\"filename\":\"a.py\",\"line\":4},\"cat\":\"py-spy\",\"name\":\"f\","
                                     "\"ph\":\"E\",\"pid\":1,\"tid\":1,\"ts\":10}]",
                                     NULL);
    assert_int_equal(a->clock, CLOCK_UNKNOWN);
    assert_true(!a->sees_wait && a->wait_refused && test_has_problem(a, "pyspy_chrometrace"));
    assert_int_equal(a->runtime, RUNTIME_PYTHON);
    artefact_free(a);
}

static void broken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
        const char *says;
    } rows[] = {
        { "[]", ERR_EMPTY, "no event" },
        { "{\"traceEvents\":[]}", ERR_EMPTY, "no event" },
        { "[" AT("M", "process_name", 0) "]", ERR_EMPTY, "no span" },
        { "[" AT("B", "a", 0) "," AT("E", "b", 9) "]", ERR_EMPTY, "no span" },
        { "[" PROFILE "," CHUNK(1, "\"nodes\":[" NODE(1, "(root)", "") "],\"samples\":[1,9]", "1,2") "]", ERR_MALFORMED,
          "node 9" },
        { "[" PROFILE "," CHUNK(1, "\"nodes\":[" NODE(1, "(root)", "") "],\"samples\":[1,1]", "1") "]", ERR_MALFORMED,
          "2 samples" },
        { "[" PROFILE "," CHUNK(1, "\"nodes\":[" NODE(1, "(root)", "") "]",
                                "") "," CHUNK(2, "\"nodes\":[" NODE(1, "x", "") "]", "") "]",
          ERR_MALFORMED, "node 1 stands twice" },
        { "{\"traceEvents\":[],\"samples\":[" SAMPLE(
              1, 1) "],\"stackFrames\":{\"1\":{\"parent\":2},\"2\":{\"parent\":1}}}",
          ERR_MALFORMED, "own ancestor" },
        { "{\"traceEvents\":[],\"samples\":[" SAMPLE(1, 1) "],\"stackFrames\":{\"1\":{\"parent\":2}}}", ERR_MALFORMED,
          "does not exist" },
        { "{\"traceEvents\":[],\"stackFrames\":{\"1\":{},\"1\":{}}}", ERR_MALFORMED, "stands twice" },
        { "[" AT("B", "a", 0) "}", ERR_MALFORMED, "" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err = test_import_fails("chrome-trace", rows[i].text);
        if (err.code != rows[i].code || !strstr(err.text, rows[i].says))
            fail_msg("%s: got '%s', want '%s'", rows[i].text, err.text, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_nest),
        cmocka_unit_test(ends_that_do_not_fit),
        cmocka_unit_test(thread_clocks),
        cmocka_unit_test(threads_and_names),
        cmocka_unit_test(profile_in_chunks),
        cmocka_unit_test(pyspy_is_no_clock),
        cmocka_unit_test(broken),
        cmocka_unit_test(samples_of_stack_frames),
    };
    return cmocka_run_group_tests_name("chrome-trace", tests, NULL, NULL);
}
