#include "import_test.h"

#include <stdio.h>

static const char text_form[] =
    "# started on Fri Nov 20 23:29:25 2026\n\n\n Performance counter stats for 'python3 app.py --it's':\n\n"
    "          2,055.93 msec task-clock                       #    0.514 CPUs utilized          \n"
    "               197      context-switches                 #   95.821 /sec                   \n"
    "   <not supported>      cycles                                                      \n\n"
    "       4.000861371 seconds time elapsed\n\n       2.077380000 seconds user\n       0.001000000 seconds sys\n\n\n";

static void text_gives_cpu_wall_and_command(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, text_form, NULL);
    assert_string_equal(a->format, "perf-stat");
    assert_int_equal(a->acct_count, 1);
    const struct accounting *c = &a->acct[0];
    test_near(c->cpu_s, 2.05593, 1e-9);
    test_near(c->wall_s, 4.000861371, 1e-9);
    test_near(c->user_s, 2.07738, 1e-9);
    /* user + sys of the same report bound the CPU time from the other side. */
    test_near(c->cpu_hi_s, 2.07838, 1e-9);
    assert_true(c->cpu_lo_s < c->cpu_s);
    assert_true(c->whole_life && a->one_job && c->scope == ACCT_TREE);
    assert_true(span_is(c->command, "python3 app.py --it's"));
    assert_int_equal(a->clock, CLOCK_ACCT);
    assert_int_equal(a->runtime, RUNTIME_PYTHON);
    artefact_free(a);
}

static void locales_are_read(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "          3.003,45 msec task-clock    #    1,000 CPUs utilized\n",
        "          3 003,45 msec task-clock    #    1,000 CPUs utilized\n",
        "          3\342\200\257003,45 msec task-clock    #    1,000 CPUs utilized\n",
        "          3'003.45 msec task-clock    #    1.000 CPUs utilized\n",
        "       3003.450000 task-clock (msec)    #    1.000 CPUs utilized\n",
        "     3,003,450,000      task-clock:u    #    1.000 CPUs utilized\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char buf[400];
        (void)snprintf(buf, sizeof buf,
                       " Performance counter stats for './x':\n\n%s\n       3,004088542 seconds time elapsed\n",
                       lines[i]);
        struct artefact *a = test_import("perf-stat", buf, NULL);
        test_near(a->acct[0].cpu_s, 3.00345, 1e-9);
        test_near(a->acct[0].wall_s, 3.004088542, 1e-9);
        artefact_free(a);
    }
}

static void repeated_runs_give_the_spread(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    " Performance counter stats for './x' (4 runs):\n\n"
                    "            520.00 msec task-clock       #    0.513 CPUs utilized            ( +-  1.00% )\n\n"
                    "           1.00000 +- 0.00347 seconds time elapsed  ( +-  0.00% )\n",
                    NULL);
    assert_int_equal(a->acct[0].runs, 4);
    test_near(a->acct[0].share_run_lo, 0.52 * 0.98, 1e-9);
    test_near(a->acct[0].share_run_hi, 0.52 * 1.02, 1e-9);
    assert_true(span_is(a->acct[0].command, "./x"));
    artefact_free(a);
}

static void attached_and_machine_wide_are_told_apart(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    " Performance counter stats for process id '812':\n\n   <not counted> msec task-clock\n\n"
                    "       0.200414321 seconds time elapsed\n",
                    NULL);
    assert_true(a->acct[0].attached && a->overlapping && !a->one_job);
    assert_int_equal(a->acct[0].pid, 812);
    assert_true(a->acct[0].cpu_s == 0);
    assert_true(test_has_problem(a, "not_counted"));
    artefact_free(a);
    a = test_import(
        NULL,
        " Performance counter stats for 'system wide':\n\n  410.42 msec cpu-clock  # 2.003 CPUs utilized\n\n"
        "  0.204937854 seconds time elapsed\n",
        NULL);
    assert_int_equal(a->acct[0].scope, ACCT_SYSTEM);
    assert_false(num_known(a->acct[0].cpu_s));
    assert_true(test_has_problem(a, "system_wide"));
    artefact_free(a);
}

static void csv_in_four_separators(void **state)
{
    (void)state;
    static const char seps[] = ",;|\t";
    for (size_t i = 0; seps[i]; i++) {
        char buf[600] = "# started on Fri Nov 20 23:29:34 2026\n\n"
                        "2075.94;msec;task-clock;2075936869;100.00;0.516;CPUs utilized\n"
                        "4020851371;ns;duration_time;4020851371;100.00;1.937;G#sec\n"
                        "2077380000;ns;user_time;2077380000;100.00;1.001;G#sec\n"
                        "<not counted>;ns;system_time;0;100.00;;\n"
                        "<not supported>;;cycles;0;100.00;;\n";
        for (char *p = buf; *p; p++)
            *p = *p == ';' ? seps[i] : *p;
        struct artefact *a = test_import(NULL, buf, NULL);
        test_near(a->acct[0].cpu_s, 2.07594, 1e-9);
        test_near(a->acct[0].wall_s, 4.020851371, 1e-9);
        assert_true(a->acct[0].sys_s == 0);
        assert_false(test_has_problem(a, "not_counted"));
        artefact_free(a);
    }
    struct err err = test_import_fails("perf-stat", "2075.94^msec^task-clock^2075936869^100.00^0.516^CPUs utilized\n");
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_non_null(strstr(err.text, "'^'"));
}

static void csv_without_wall_uses_the_ratio_or_says_so(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL, "2077.17,msec,task-clock,2077173307,100.00,0.517,CPUs utilized\n", NULL);
    test_near(a->acct[0].wall_s, 2.07717 / 0.517, 1e-9);
    test_near(a->acct[0].wall_lo_s, 2.07717 / 0.5175, 1e-9);
    test_near(a->acct[0].wall_hi_s, 2.07717 / 0.5165, 1e-9);
    artefact_free(a);
    a = test_import(NULL, "0.62,msec,task-clock,615708,100.00,0.000,CPUs utilized\n", NULL);
    assert_false(num_known(a->acct[0].wall_s));
    assert_true(test_has_problem(a, "no_wall"));
    artefact_free(a);
    /* Attached, old versions count duration_time from elsewhere: the ratio wins. */
    a = test_import(NULL,
                    "1.08,msec,task-clock,1080000,100.00,0.005,CPUs utilized\n2647256846,ns,duration_time,1,100.00,,\n",
                    NULL);
    test_near(a->acct[0].wall_s, 0.216, 1e-9);
    assert_true(test_has_problem(a, "duration_time_disagrees"));
    artefact_free(a);
}

static void intervals_sum_and_the_last_stamp_is_the_wall(void **state)
{
    (void)state;
    struct artefact *a = test_import(NULL,
                                     "     0.200327942,100.62,msec,task-clock,615708,100.00,0.003,CPUs utilized\n"
                                     "     0.400761451,<not counted>,msec,task-clock,0,100.00,,\n"
                                     "     0.501340536,0.38,msec,task-clock,66118,100.00,0.000,CPUs utilized\n",
                                     NULL);
    test_near(a->acct[0].cpu_s, 0.101, 1e-9);
    test_near(a->acct[0].wall_s, 0.501340536, 1e-9);
    artefact_free(a);
    a = test_import(
        NULL,
        "#           time             counts unit events\n"
        "     0.200260842               0.49 msec task-clock                       #    0.002 CPUs utilized          \n"
        "     0.400631737      <not counted> msec task-clock                                                  \n",
        NULL);
    test_near(a->acct[0].cpu_s, 0.00049, 1e-9);
    test_near(a->acct[0].wall_s, 0.400631737, 1e-9);
    artefact_free(a);
}

static void json_lines(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "# started on Fri Nov 20 23:29:31 2026\n\n"
        "{\"counter-value\" : \"2076.922402\", \"unit\" : \"msec\", \"event\" : \"task-clock\", \"event-runtime\" : "
        "2076922402, "
        "\"pcnt-running\" : 100.00, \"metric-value\" : 0.518026, \"metric-unit\" : \"CPUs utilized\"}\n"
        "{\"counter-value\" : \"<not supported>\", \"unit\" : \"\", \"event\" : \"cycles\", \"event-runtime\" : 0, "
        "\"pcnt-running\" : 100.00, \"metric-value\" : 0.000000, \"metric-unit\" : \"\"}\n",
        NULL);
    test_near(a->acct[0].cpu_s, 2.076922402, 1e-9);
    test_near(a->acct[0].wall_s, 2.076922402 / 0.518026, 1e-6);
    artefact_free(a);
    struct err err = test_import_fails("perf-stat", "{\"counter-value\" : \"1\", \n");
    assert_int_equal(err.line, 1);
}

static void threads_are_listed(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    " Performance counter stats for process id '8359':\n\n"
                    "        V8 Worker-11              120.00 msec task-clock       #    0.300 CPUs utilized\n"
                    "            node-10               300.00 msec task-clock       #    0.700 CPUs utilized\n\n"
                    "       1.000000000 seconds time elapsed\n",
                    NULL);
    assert_int_equal(a->acct[0].thread_count, 2);
    assert_int_equal(a->acct[0].threads[0].tid, 11);
    assert_true(span_is(a->acct[0].threads[0].name, "V8 Worker"));
    test_near(a->acct[0].cpu_s, 0.42, 1e-9);
    test_near(a->acct[0].max_thread_cpu_s, 0.3, 1e-9);
    artefact_free(a);
}

static void broken_files_are_refused(void **state)
{
    (void)state;
    assert_int_equal(test_import_fails("perf-stat", "").code, ERR_MALFORMED);
    assert_int_equal(test_import_fails("perf-stat", " Performance counter stats for 'x':\n\n 5  page-faults\n").code,
                     ERR_VALUE);
    assert_int_equal(test_import_fails("perf-stat", "12,,page-faults,1,100.00,,\n").code, ERR_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_gives_cpu_wall_and_command),
        cmocka_unit_test(locales_are_read),
        cmocka_unit_test(repeated_runs_give_the_spread),
        cmocka_unit_test(attached_and_machine_wide_are_told_apart),
        cmocka_unit_test(csv_in_four_separators),
        cmocka_unit_test(csv_without_wall_uses_the_ratio_or_says_so),
        cmocka_unit_test(intervals_sum_and_the_last_stamp_is_the_wall),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(threads_are_listed),
        cmocka_unit_test(broken_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
