#include "import_test.h"

#include <stdlib.h>

#include "base/err.h"

static double total(const struct artefact *a)
{
    return a->profile->columns[0].total;
}

static void plain_counts_are_samples(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "<module> (app.py:1);work (app.py:12) 62\r\n"
                                     "<module> (app.py:1);work (app.py:12);encode (json/encoder.py:200) 71\r\n\r\n"
                                     "# a comment\n<module> (app.py:1) 45\n",
                                     NULL);
    assert_string_equal(a->format, "folded");
    test_near(total(a), 178, 0);
    assert_int_equal(a->profile->sample_count, 178);
    assert_int_equal(a->profile->columns[0].unit, UNIT_SAMPLES);
    assert_int_equal(a->clock, CLOCK_UNKNOWN);
    assert_int_equal(a->runtime, RUNTIME_PYTHON);
    test_near(test_stack_value(a, 0, "<module>;work;encode"), 71, 0);
    assert_int_equal(a->profile->thread_count, 1);
    artefact_free(a);
}

static void clock_periods_become_seconds(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "a_cpu;_start;main;crunch 20100500\n"
                                     "a_cpu;_start;main;crunch;do_syscall_64_[k];vfs_read_[k] 5025125\n"
                                     "a_cpu;_start;main 10050250\n",
                                     NULL);
    test_near(total(a), 7 * 5025125e-9, 1e-12);
    assert_int_equal(a->profile->sample_count, 7);
    assert_int_equal(a->profile->columns[0].unit, UNIT_SECONDS);
    test_near(a->rate_hz, 199, 0.001);
    assert_int_equal(a->clock, CLOCK_CPU);
    assert_true(test_has_problem(a, "weights_are_periods"));
    test_near(test_stack_value(a, 0, "_start;main;crunch;do_syscall_64;vfs_read"), 5025125e-9, 1e-12);
    assert_true(span_is(profile_str(a->profile, a->profile->threads[0].name), "a_cpu") ||
                span_is(profile_str(a->profile, a->profile->threads[1].name), "a_cpu"));
    artefact_free(a);
}

static void cycles_have_no_known_sample_count(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, "java;start_thread;f 1234567891\njava;start_thread;g 7\n", NULL);
    assert_false(a->profile->samples_known);
    assert_true(test_has_problem(a, "sample_count_unknown"));
    artefact_free(a);
}

static void off_cpu_is_recognised_by_its_leaves(void **state)
{
    (void)state;
    static const char text[] =
        "a_net;main+245;recv+25;, "
        ";entry_SYSCALL_64_after_hwframe+118;do_syscall_64+113;tcp_recvmsg+110;schedule+35;__schedule+1560 955989\n"
        "a_net;main+268;crunch+100;, "
        ";asm_sysvec_apic_timer_interrupt+22;irqentry_exit_to_user_mode+272;schedule+35;__schedule+1560 113\n";
    struct artefact *a = test_import(NULL, text, NULL);
    assert_int_equal(a->clock, CLOCK_OFF);
    assert_true(a->sees_wait);
    test_near(total(a), 0.956102, 1e-9);
    bool runnable = false;
    bool waiting = false;
    for (uint32_t r = 0; r < a->profile->row_count; r++) {
        runnable = runnable || a->profile->row_state[r] == STATE_RUNNABLE;
        waiting = waiting || a->profile->row_state[r] == STATE_WAITING;
    }
    assert_true(runnable && waiting);
    const struct profile_frame *leaf = profile_frame_of(a->profile, a->profile->row_stack[0]);
    assert_int_equal(leaf->kind, FRAME_KERNEL);
    assert_true(span_is(profile_str(a->profile, leaf->func), "__schedule"));
    artefact_free(a);
}

static void root_frames_become_threads(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "process 12:\"python app.py --password=x\";thread (140): MainThread;main (app.py:3) 4\n"
                    "process 12:\"python app.py --password=x\";thread (141): Thread-1;run (app.py:9) 6\n",
                    NULL);
    assert_int_equal(test_stack_value(a, 0, "main"), 4);
    bool found = false;
    for (uint32_t t = 0; t < a->profile->thread_count; t++)
        found = found || (a->profile->threads[t].tid == 141 &&
                          span_is(profile_str(a->profile, a->profile->threads[t].name), "Thread-1"));
    assert_true(found);
    artefact_free(a);
    a = test_import(NULL, "node-?/6483;f;g 3\nV8_WorkerThread-?/6484;f;h 1\n", NULL);
    assert_int_equal(test_stack_value(a, 0, "f;g"), 3);
    artefact_free(a);
    /* One root that is no thread: then none is. */
    a = test_import(NULL, "[main tid=12];f;g 3\nf;h 1\n", NULL);
    assert_int_equal(test_stack_value(a, 0, "[main tid=12];f;g"), 3);
    artefact_free(a);
}

static void fractions_and_exponents(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, "a;b 12.5\na;c 1e3\na;d 1.0\n", NULL);
    test_near(total(a), 1013.5, 1e-9);
    assert_false(a->profile->samples_known);
    artefact_free(a);
}

static void bad_lines_are_counted_and_named(void **state)
{
    (void)state;
    struct artefact *a =
        test_import("folded", " 123\n<module> (x.py:24) 7\n<module> (x.py:123123123)\n<module> (x.py:25) 421\n", NULL);
    assert_true(test_has_problem(a, "bad_lines"));
    test_near(total(a), 428, 0);
    artefact_free(a);
    struct err err = test_import_fails("folded", "a;b 1\nnothing here\nnor here\n");
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_int_equal(err.line, 2);
    assert_int_equal(test_import_fails("folded", "\n\n").code, ERR_EMPTY);
    assert_int_equal(test_import_fails("folded", "a;b -4\n").code, ERR_VALUE);
    assert_int_equal(test_import_fails("folded", "a;b nan\na;b inf\na;c 1e999\n").code, ERR_MALFORMED);
}

static void differential_is_refused_by_name(void **state)
{
    (void)state;
    struct err err = test_import_fails("folded", "main;a 10 12\nmain;b 0 5\n");
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "two"));
    /* A name that ends in a number is no second count. */
    struct artefact *a = test_import("folded", "main;worker 1 10\nmain;b 5\n", NULL);
    test_near(test_stack_value(a, 0, "main;worker 1"), 10, 0);
    artefact_free(a);
}

static void deep_stacks_hit_the_limit(void **state)
{
    (void)state;
    enum { DEPTH = 5000 };
    char *text = xcalloc(DEPTH * 2 + 16, 1);
    for (int i = 0; i < DEPTH; i++)
        memcpy(text + i * 2, "f;", 2);
    memcpy(text + DEPTH * 2, "g 1\n", 4);
    struct err err = test_import_fails("folded", text);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(err.line, 1);
    free(text);
}

static void wait_leaves_raise_a_problem_and_no_clock(void **state)
{
    (void)state;
    static const char text[] = "main (a.py:1);recv_into (socket.py:705) 50\nmain (a.py:1);work (a.py:9) 50\n";
    struct artefact *a =
        test_import(NULL, "main (a.py:1);readinto (socket.py:705) 50\nmain (a.py:1);work (a.py:9) 50\n", NULL);
    assert_int_equal(a->clock, CLOCK_UNKNOWN);
    assert_false(a->sees_wait);
    assert_true(test_has_problem(a, "wait_frames_in_unknown_clock"));
    artefact_free(a);
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    opt.clock_given = true;
    opt.clock = CLOCK_WALL;
    a = test_import(NULL, text, &opt);
    assert_int_equal(a->clock, CLOCK_WALL);
    assert_true(a->sees_wait && a->clock_declared);
    assert_int_equal(a->profile->columns[0].clock, CLOCK_WALL);
    assert_false(test_has_problem(a, "wait_frames_in_unknown_clock"));
    artefact_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_counts_are_samples),          cmocka_unit_test(clock_periods_become_seconds),
        cmocka_unit_test(cycles_have_no_known_sample_count), cmocka_unit_test(off_cpu_is_recognised_by_its_leaves),
        cmocka_unit_test(root_frames_become_threads),        cmocka_unit_test(fractions_and_exponents),
        cmocka_unit_test(bad_lines_are_counted_and_named),   cmocka_unit_test(differential_is_refused_by_name),
        cmocka_unit_test(deep_stacks_hit_the_limit),         cmocka_unit_test(wait_leaves_raise_a_problem_and_no_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
