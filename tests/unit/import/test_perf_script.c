#include "import_test.h"

#include <stdlib.h>

#include "base/err.h"

static double state_sum(const struct artefact *a, const char *event, enum sample_state state)
{
    uint32_t c = profile_column_find(a->profile, span_of(event));
    assert_int_not_equal(c, UINT32_MAX);
    double sum = 0;
    for (uint32_t r = 0; r < a->profile->row_count; r++)
        sum += a->profile->row_state[r] == state ? a->profile->row_value[c][r] : 0;
    return sum;
}

static const struct profile_frame *frame_named(const struct artefact *a, const char *func)
{
    for (uint32_t i = 0; i < a->profile->frame_count; i++) {
        if (span_is(profile_str(a->profile, a->profile->frames[i].func), func))
            return &a->profile->frames[i];
    }
    return NULL;
}

static const char two_samples[] =
    "# ========\n# captured on    : Fri Nov 20 23:30:39 2026\n"
    "# cmdline : /usr/bin/perf record -q -e cpu-clock -F 499 -g -o /tmp/x -- /opt/a_half 4 \n# ========\n#\n"
    "a_half 24435  1304.511745:    2004008 cpu-clock: \n"
    "\t            1340 crunch+0x5f (/opt/a_half)\n"
    "\t            197d main+0x10c (/opt/a_half)\n\n"
    "a_half 24435  1304.513745:    2004008 cpu-clock: \n"
    "\tffffffff8104f45a vfs_read+0x1 ([kernel.kallsyms])\n"
    "\t            1340 crunch+0x51 (/opt/a_half)\n"
    "\t            197d main+0x10c (/opt/a_half)\n\n";

static void clock_samples_are_seconds(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, two_samples, NULL);
    assert_string_equal(a->format, "perf-script");
    test_near(test_stack_value(a, 0, "main;crunch"), 2004008e-9, 1e-12);
    test_near(a->profile->columns[0].total, 2 * 2004008e-9, 1e-12);
    assert_int_equal(a->profile->sample_count, 2);
    assert_int_equal(a->profile->order_count, 2);
    assert_int_equal(a->clock, CLOCK_CPU);
    assert_false(a->sees_wait);
    assert_false(num_known(a->duration_s));
    test_near(a->span_s, 0.002, 1e-6);
    test_near(a->rate_hz, 499, 0.01);
    assert_true(a->one_job && span_is(a->command, "/opt/a_half 4"));
    assert_true(frame_named(a, "crunch")->flags & FRAME_OWN_BINARY);
    assert_int_equal(frame_named(a, "vfs_read")->kind, FRAME_KERNEL);
    artefact_free(a);
}

static void event_lines_in_all_shapes(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "V8 WorkerThread 25607/25608 [003] 4794564.109216:     104345 cycles:uppp: \n\t 1 f (/x)\n\n",
        "kworker/0:1-eve 7 1.000000: 104345 cycles: \n\t 1 f (/x)\n\n",
        "thread 12 of 30 99 1.000000: 104345 cycles: \n\t 1 f (/x)\n\n",
        "           a_cpu 23807  1225.854476:    104345 cycles:      55ed09746279 f+0x40 (/x)\n",
        "x 1/2 1.000000000: 104345 cpu_core/cycles/: \r\n\t 1 f (/x)\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import("perf-script", texts[i], NULL);
        test_near(test_stack_value(a, 0, "f"), 104345, 0);
        assert_int_equal(a->profile->columns[0].unit, UNIT_CYCLES);
        assert_true(a->profile->columns[0].is_time);
        artefact_free(a);
    }
    struct artefact *a = test_import(NULL, texts[0], NULL);
    assert_int_equal(a->profile->threads[0].tid, 25608);
    assert_int_equal(a->profile->processes[a->profile->threads[0].process.ix].pid, 25607);
    assert_true(span_is(profile_str(a->profile, a->profile->threads[0].name), "V8 WorkerThread"));
    artefact_free(a);
}

static void events_are_kept_apart(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "x 1 1.0: 5000000 cpu-clock: \n\t 1 f (/x)\n\n"
                                     "x 1 1.1: 17 page-faults: \n\t 1 g (/x)\n\n",
                                     NULL);
    assert_int_equal(a->profile->column_count, 2);
    assert_false(a->profile->columns[1].is_time);
    test_near(test_stack_value(a, 1, "g"), 17, 0);
    test_near(test_stack_value(a, 0, "g"), 0, 0);
    assert_int_equal(a->profile->sample_count, 1);
    artefact_free(a);
    a = test_import(NULL, "x 1 1.1: 17 page-faults: \n\t 1 g (/x)\n\n", NULL);
    assert_true(test_has_problem(a, "no_time_event"));
    assert_int_equal(profile_column_default(a->profile), UINT32_MAX);
    artefact_free(a);
}

static void exec_and_exit_bound_the_life(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "x 7  10.000000: PERF_RECORD_COMM exec: x:7/7\n"
                                     "x 7  10.500000:    5000000 cpu-clock: \n\t 1 f (/x)\n\n"
                                     "x 7  12.000000: PERF_RECORD_LOST lost 1\n"
                                     "x 7  14.000000: PERF_RECORD_EXIT(7:7):(6:6)\n",
                                     NULL);
    test_near(a->duration_s, 4, 1e-9);
    assert_int_equal(a->duration_source, WALL_EXEC_EXIT);
    assert_int_equal(a->pid, 7);
    test_near(a->lost_share, 0.5, 1e-9);
    artefact_free(a);
}

#define COMMAND_HEAD                                                                                                   \
    "# ========\n# captured on    : Fri Nov 20 23:30:39 2026\n# cmdline : perf record -F 99 -- sh loop.sh\n# "         \
    "========\n#\n"

/* A shell that starts two programs: the wall of their CPU is the shell's life, not that of one of them. */
static void a_command_lives_as_long_as_its_root(void **state)
{
    (void)state;
    static const char text[] = COMMAND_HEAD "sh 5  10.000000: PERF_RECORD_COMM exec: sh:5/5\n"
                                            "sh 5  10.010000: PERF_RECORD_FORK(6:6):(5:5)\n"
                                            "sh 6  10.020000: PERF_RECORD_COMM exec: w:6/6\n"
                                            "w 6  10.020000: PERF_RECORD_SWITCH IN\n"
                                            "w 6  10.100000:  500000000 cpu-clock: \n\t 1 f (/w)\n\n"
                                            "w 6  10.500000: PERF_RECORD_EXIT(6:6):(5:5)\n"
                                            "sh 5  11.000000: PERF_RECORD_FORK(7:7):(5:5)\n"
                                            "sh 7  11.020000: PERF_RECORD_COMM exec: w:7/7\n"
                                            "w 7  11.020000: PERF_RECORD_SWITCH IN\n"
                                            "w 7  11.100000:  500000000 cpu-clock: \n\t 1 f (/w)\n\n"
                                            "w 7  11.500000: PERF_RECORD_EXIT(7:7):(5:5)\n"
                                            "sh 5  14.000000: PERF_RECORD_EXIT(5:5):(4:4)\n";
    struct artefact *a = test_import(NULL, text, NULL);
    assert_int_equal(a->duration_source, WALL_EXEC_EXIT);
    test_near(a->duration_s, 4, 1e-9);
    assert_int_equal(a->pid, 5);
    test_near(a->acct[0].wall_s, 4, 1e-9);
    test_near(a->acct[0].cpu_s, 0.16, 1e-9); /* of both children */
    assert_true(a->one_job);
    artefact_free(a);
    /* The same without the header: all that was sampled descends from one process that came and went. */
    a = test_import(NULL, text + strlen(COMMAND_HEAD), NULL);
    test_near(a->duration_s, 4, 1e-9);
    assert_true(a->one_job);
    artefact_free(a);
    /* Cut before the shell's end nothing tells how long the command took. */
    char *cut = xcalloc(sizeof text, 1);
    memcpy(cut, text, strlen(text) - strlen("sh 5  14.000000: PERF_RECORD_EXIT(5:5):(4:4)\n"));
    a = test_import(NULL, cut, NULL);
    assert_int_equal(a->duration_source, WALL_NONE);
    assert_false(num_known(a->duration_s));
    artefact_free(a);
    free(cut);
}

/* Attached to a server, a helper that it starts and ends gives no wall for the server's CPU. */
static void the_life_is_that_of_the_busiest_process(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "srv 5/5  10.100000:    5000000 cpu-clock: \n\t 1 f (/srv)\n\n"
                                     "srv 5/5  10.200000:    5000000 cpu-clock: \n\t 1 f (/srv)\n\n"
                                     "h 6/6  10.300000: PERF_RECORD_COMM exec: h:6/6\n"
                                     "h 6/6  10.400000:    5000000 cpu-clock: \n\t 1 g (/h)\n\n"
                                     "h 6/6  10.500000: PERF_RECORD_EXIT(6:6):(5:5)\n",
                                     NULL);
    assert_int_equal(a->duration_source, WALL_NONE);
    artefact_free(a);
}

static void lines_without_time_are_told_by_a_clock(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "w  5980     250000 cpu-clock:ppp:      7fdaae49a645 inner+0x1 (/w)\n"
                                     "w  5980     250000 cpu-clock:ppp:      7fdaae49a647 inner+0x3 (/w)\n",
                                     NULL);
    assert_string_equal(a->format, "perf-script");
    test_near(test_stack_value(a, 0, "inner"), 0.0005, 1e-12);
    assert_false(num_known(a->duration_s));
    artefact_free(a);
}

/* perf record -c 1 -e cpu-clock: each sample says 1 ns, whatever the timer did. */
static void periods_below_the_timer_are_no_seconds(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     COMMAND_HEAD "x 7  10.000000: PERF_RECORD_COMM exec: x:7/7\n"
                                                  "x 7  10.500000:          1 cpu-clock: \n\t 1 f (/x)\n\n"
                                                  "x 7  10.500010:          1 cpu-clock: \n\t 1 f (/x)\n\n"
                                                  "x 7  14.000000: PERF_RECORD_EXIT(7:7):(6:6)\n",
                                     NULL);
    assert_true(test_has_problem(a, "clock_period_false"));
    assert_int_equal(a->profile->columns[0].unit, UNIT_SAMPLES);
    test_near(a->profile->columns[0].total, 2, 0);
    assert_false(num_known(a->rate_hz));
    artefact_free(a);
}

static void switch_records_are_exact(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "x 7  10.000000: PERF_RECORD_SWITCH IN\n"
                                     "x 7  10.100000:    5000000 cpu-clock: \n\t 1 f (/x)\n\n"
                                     "x 7  10.200000: PERF_RECORD_SWITCH OUT\n"
                                     "x 7  11.200000: PERF_RECORD_SWITCH IN\n"
                                     "x 7  11.300000: PERF_RECORD_SWITCH OUT preempt\n"
                                     "x 7  11.350000: PERF_RECORD_SWITCH IN\n"
                                     "x 7  11.400000:    5000000 cpu-clock: \n\t 1 f (/x)\n\n",
                                     NULL);
    assert_true(a->all_states && a->states_exact && a->sees_wait);
    test_near(state_sum(a, "wall", STATE_WAITING), 1.0, 1e-6);
    test_near(state_sum(a, "wall", STATE_RUNNABLE), 0.05, 1e-6);
    test_near(state_sum(a, "wall", STATE_RUNNING), 0.35, 1e-6);
    assert_int_equal(a->acct_count, 1);
    test_near(a->acct[0].cpu_s, 0.35, 1e-6);
    test_near(a->acct[0].runq_s, 0.05, 1e-6);
    artefact_free(a);
}

#define SWITCH(time, state)                                                                                            \
    "x 7 [000] " time ":          1 sched:sched_switch: prev_comm=x prev_pid=7 prev_prio=120 prev_state=" state        \
    " ==> next_comm=y z next_pid=9 next_prio=120\n\tffffffff821facd8 __schedule ([kernel.kallsyms])\n\n"
#define TICK(time) "x 7 [000] " time ":  100000000 cpu-clock: \n\t 1 f (/x)\n\n"

static void sched_switch_is_an_upper_bound(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     TICK("1.000000") TICK("1.100000") SWITCH("1.150000", "S") TICK("2.200000")
                                         TICK("2.300000") SWITCH("2.350000", "R+") TICK("2.500000"),
                                     NULL);
    assert_true(a->all_states && !a->states_exact && !a->wait_refused);
    assert_true(test_has_problem(a, "wait_upper_bound"));
    double off = state_sum(a, "wall", STATE_WAITING) + state_sum(a, "wall", STATE_RUNNABLE);
    /* Never more than the span less the CPU that the clock saw. */
    test_near(off, 1.5 - 0.5, 1e-6);
    assert_true(state_sum(a, "wall", STATE_RUNNABLE) > 0);
    artefact_free(a);
}

static void sub_sampled_switches_are_refused(void **state)
{
    (void)state;
    /* Most of the time lies between two switches that say nothing of it. */
    struct artefact *a =
        test_import(NULL, TICK("1.000000") SWITCH("1.100000", "S") TICK("1.200000") TICK("5.000000"), NULL);
    assert_true(a->wait_refused && !a->sees_wait);
    assert_true(test_has_problem(a, "switch_subsampled"));
    artefact_free(a);
    a = test_import(NULL,
                    "# cmdline : /usr/bin/perf record -F 99 -e cpu-clock -e sched:sched_switch -- x\n" TICK("1.000000")
                        TICK("1.100000") SWITCH("1.150000", "S") TICK("2.200000"),
                    NULL);
    assert_true(a->wait_refused);
    artefact_free(a);
}

static void damaged_lines_are_survived_and_named(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        "perf-script", "x 1 1.0: 5 cycles: \n\tTHIS IS NO FRAME\n\t 1 f (/x)\n\nx 1 1.1: 5 cycles: \n\n\t 2 g (/x)\n\n",
        NULL);
    assert_true(test_has_problem(a, "bad_lines"));
    test_near(test_stack_value(a, 0, "f"), 5, 0);
    test_near(a->profile->columns[0].total, 10, 0);
    artefact_free(a);
    assert_int_equal(test_import_fails("perf-script", "").code, ERR_EMPTY);
    struct err err = test_import_fails("perf-script", "some text\nmore text\n");
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_int_equal(err.line, 1);
}

static void deep_stacks_hit_the_limit(void **state)
{
    (void)state;
    enum { DEPTH = 5000, LINE = 12 };
    char *text = xcalloc(DEPTH * LINE + 64, 1);
    size_t n = strlen("x 1 1.0: 5 cycles: \n");
    memcpy(text, "x 1 1.0: 5 cycles: \n", n);
    for (int i = 0; i < DEPTH; i++, n += LINE)
        memcpy(text + n, "\t 11 f (/x)\n", LINE);
    text[n] = '\n';
    struct err err = test_import_fails("perf-script", text);
    assert_int_equal(err.code, ERR_LIMIT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clock_samples_are_seconds),
        cmocka_unit_test(event_lines_in_all_shapes),
        cmocka_unit_test(events_are_kept_apart),
        cmocka_unit_test(exec_and_exit_bound_the_life),
        cmocka_unit_test(a_command_lives_as_long_as_its_root),
        cmocka_unit_test(the_life_is_that_of_the_busiest_process),
        cmocka_unit_test(lines_without_time_are_told_by_a_clock),
        cmocka_unit_test(periods_below_the_timer_are_no_seconds),
        cmocka_unit_test(switch_records_are_exact),
        cmocka_unit_test(sched_switch_is_an_upper_bound),
        cmocka_unit_test(sub_sampled_switches_are_refused),
        cmocka_unit_test(damaged_lines_are_survived_and_named),
        cmocka_unit_test(deep_stacks_hit_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
