/* Logs of V8's sampler as text, as JSON and as --prof-process prints them. */
#include "import_test.h"

static const char log_text[] = "v8-version,11,3,244,8,-node.38,0\n"
                               "shared-library,/usr/bin/node,0x400000,0x500000,0\n"
                               "profiler,begin,1000\n"
                               "new,CodeRange,0x7f0000000000,0\n"
                               "code-creation,Builtin,2,10,0x600000,256,Call_X\n"
                               "code-creation,JS,10,20,0x1000,100,outer /app/a\\x2Cb.js:3:7,0xabc,~\n"
                               "code-creation,JS,10,30,0x2000,100,inner /app/a.js:9:1,0xabd,*\n"
                               "tick,0x2010,1000,0,0x0,0,0x1004\n"
                               "tick,0x400010,2000,0,0x0,1,0x1004,+0x4\n"
                               "tick,0x7f0000000100,3000,0,0x0,0,overflow,0x1004\n"
                               "tick,0x400020,12000,0,0x0,8\n"
                               "code-move,0x2000,0x3000\n"
                               "tick,0x3010,13000,0,0x0,0,0x1004\n"
                               "code-delete,0x3000\n"
                               "tick,0x3010,14000,0,0x0,0,0x1004\n"
                               "tick,0x400030,15000,1,0x600010,6\n"
                               "tick,0x1010,25000,0,0x1020,0\n"
                               "tick,0x10\n";

static double ms(const struct artefact *a, const char *stack)
{
    return test_stack_value(a, 0, stack) * 1e3;
}

static void ticks_on_a_line_of_time(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, log_text, NULL);
    assert_string_equal(a->format, "v8-log");
    test_near(ms(a, "outer;inner"), 1 + 1, 1e-9); /* before and after it was moved */
    test_near(ms(a, "outer;(garbage collector)"), 0 + 0, 1e-9);
    test_near(ms(a, "outer;outer;(garbage collector)"), 1, 1e-9);
    test_near(ms(a, "outer;Builtin:unnamed"), 1, 1e-9);
    test_near(ms(a, "(idle)"), 8 + 1, 1e-9);                  /* the gap before the idle tick, and the tick */
    test_near(ms(a, "outer;(unresolved function)"), 1, 1e-9); /* deleted code */
    test_near(ms(a, "Builtin:Call_X"), 1, 1e-9);              /* a callback is what ran */
    test_near(ms(a, "(not sampled)"), 9, 1e-9);
    test_near(ms(a, "outer;outer"), 1, 1e-9); /* a caller without a frame */
    test_near(a->profile->columns[1].total, 8, 1e-9);
    test_near(a->span_s, 24e-3, 1e-12);
    assert_true(a->all_states && a->sees_wait && a->one_thread_of_several && !num_known(a->duration_s));
    assert_true(test_has_problem(a, "gaps_between_ticks") && test_has_problem(a, "lines_cut_off"));
    assert_int_equal(a->runtime, RUNTIME_NODE);
    bool file = false;
    for (uint32_t i = 0; i < a->profile->frame_count; i++)
        file = file || span_is(profile_str(a->profile, a->profile->frames[i].file), "/app/a,b.js");
    assert_true(file);
    artefact_free(a);
}

static void older_versions(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "v8-version,6,0,287,53,0\n"
                    "shared-library,\"/usr/local/bin/node\",0x100003200,0x1008b3cba,0\n"
                    "profiler,\"begin\",1000\n"
                    "code-creation,LazyCompile,20,116767,0x1000,232,\"say \"\"hi\"\" x.js:88:20\",0x3406,~\n"
                    "tick,0x1010,658,0,0x0,0\n"
                    "tick,0x100003210,1700,0,0x0,5\n"
                    "profiler,\"end\"\n",
                    NULL);
    test_near(ms(a, "say \"hi\""), 1.042, 1e-9);
    test_near(ms(a, "(idle)"), 1, 1e-9); /* state 5 was idle then */
    artefact_free(a);
    a = test_import(NULL,
                    "code-creation,LazyCompile,0x1000,232,\"*hot app.js:8:20\"\n"
                    "profiler,\"begin\",1000\n"
                    "tick,0x1010,658,0,0x0,0,0x1020,-0x8\n",
                    NULL);
    test_near(ms(a, "hot;hot;hot"), 1, 1e-9);
    artefact_free(a);
}

static void preprocessed(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "{\"code\":[{\"name\":\"/usr/bin/node\",\"type\":\"SHARED_LIB\"},{\"name\":\"outer "
                    "/app/"
                    "a.js:3:7\",\"type\":\"JS\",\"kind\":\"Unopt\",\"func\":0,\"tm\":1},{\"name\":\"Call_X\",\"type\":"
                    "\"CODE\",\"kind\":\"Builtin\"}],\"functions\":[{\"name\":\"outer\",\"codes\":[1]}],\"ticks\":[{"
                    "\"tm\":1000,\"vm\":0,\"s\":[2,4,1,9]},{\"tm\":2000,\"vm\":1,\"s\":[0,5,1,9]},{\"tm\":3000,\"vm\":"
                    "8,\"s\":[]},{\"tm\":9000,\"vm\":0,\"s\":[-1,77,1,9]}],\"scripts\":[]}\n",
                    NULL);
    assert_string_equal(a->format, "v8-log");
    test_near(ms(a, "outer;Builtin:Call_X"), 1, 1e-9);
    test_near(ms(a, "outer;(garbage collector)"), 1, 1e-9);
    test_near(ms(a, "(idle)"), 6, 1e-9);
    test_near(ms(a, "outer;(unresolved function)"), 1, 1e-9);
    artefact_free(a);
}

static void text_of_prof_process(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "Statistical profiling result from v8.log, (100 ticks, 40 unaccounted, 0 excluded).\n"
                    "\n"
                    " [Shared libraries]:\n"
                    "   ticks  total  nonlib   name\n"
                    "     10   10.0%          /usr/lib/libc.so.6\n"
                    "\n"
                    " [JavaScript]:\n"
                    "   ticks  total  nonlib   name\n"
                    "     45   45.0%   50.0%  JS: *inner /app/a.js:9:1\n"
                    "\n"
                    " [C++]:\n"
                    "   ticks  total  nonlib   name\n"
                    "      5    5.0%    5.5%  epoll_pwait@@GLIBC_2.6\n"
                    "\n"
                    " [Bottom up (heavy) profile]:\n"
                    "  Note: percentage shows a share of a particular caller in the total\n"
                    "  amount of its parent calls.\n"
                    "  Callers occupying less than 1.0% are not shown.\n"
                    "\n"
                    "   ticks parent  name\n"
                    "     45   45.0%  JS: *inner /app/a.js:9:1\n"
                    "     30   66.7%    JS: ~outer /app/a.js:3:7\n"
                    "     20   66.7%      Script: ~<anonymous> /app/a.js:1:1\n"
                    "      5   11.1%    LazyCompile: ^other /app/a.js:5:7\n"
                    "\n"
                    "     40   40.0%  UNKNOWN\n"
                    "     40  100.0%    JS: ~outer /app/a.js:3:7\n",
                    NULL);
    assert_string_equal(a->format, "v8-prof-text");
    test_near(a->profile->columns[0].total, 100, 1e-9);
    test_near(test_stack_value(a, 0, "inner"), 10, 1e-9);
    test_near(test_stack_value(a, 0, "outer;inner"), 10, 1e-9);
    test_near(test_stack_value(a, 0, "(anonymous);outer;inner"), 20, 1e-9);
    test_near(test_stack_value(a, 0, "other;inner"), 5, 1e-9);
    test_near(test_stack_value(a, 0, "outer;(unresolved function)"), 40, 1e-9);
    test_near(test_stack_value(a, 0, "[libc.so.6]"), 10, 1e-9);
    assert_int_equal(a->clock, CLOCK_CPU);
    assert_true(!a->sees_wait && test_has_problem(a, "no_times") && test_has_problem(a, "callers_cut"));
    artefact_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_on_a_line_of_time),
        cmocka_unit_test(older_versions),
        cmocka_unit_test(preprocessed),
        cmocka_unit_test(text_of_prof_process),
    };
    return cmocka_run_group_tests_name("v8-log", tests, NULL, NULL);
}
