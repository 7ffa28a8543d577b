/* time, rusage and hyperfine. */
#include "import_test.h"

static void gnu_verbose(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "Command exited with non-zero status 3\n\tCommand being timed: \"python3 a.py: b\"\n"
        "\tUser time (seconds): 0.13\n\tSystem time (seconds): 0.53\n\tPercent of CPU this job got: ?%\n"
        "\tElapsed (wall clock) time (h:mm:ss or m:ss): 0:03.00\n\tMaximum resident set size (kbytes): 1736\n"
        "\tVoluntary context switches: 61808\n\tInvoluntary context switches: 18\n\tExit status: 3\n",
        NULL);
    assert_string_equal(a->format, "time");
    const struct accounting *c = &a->acct[0];
    test_near(c->cpu_s, 0.66, 1e-9);
    test_near(c->cpu_lo_s, 0.66, 1e-9);
    test_near(c->cpu_hi_s, 0.68, 1e-9);
    test_near(c->wall_lo_s, 3.00, 1e-9);
    test_near(c->wall_hi_s, 3.01, 1e-9);
    test_near(c->voluntary, 61808, 0);
    test_near(c->rss_max_bytes, 1736 * 1024, 0);
    assert_true(c->whole_life && a->one_job);
    assert_true(span_is(a->command, "python3 a.py: b"));
    assert_true(test_has_problem(a, "command_failed"));
    artefact_free(a);
}

static void every_shell(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ("0.51user 0.00system 0:01.00elapsed 51%CPU (0avgtext+0avgdata 1524maxresident)k\n0inputs+8outputs "
         "(0major+86minor)pagefaults 0swaps\n"),
        "program output\n0.51user 0.00system 0:01.00elapsed 51%CPU (0avgtext+0avgdata 1524maxresident)k\n",
        "real 1.00\nuser 0.51\nsys 0.00\n",
        "\nreal\t0m1.000s\nuser\t0m0.510s\nsys\t0m0.000s\n",
        "\nreal\t0m1,000s\nuser\t0m0,510s\nsys\t0m0,000s\n",
        "python3 x.py  0.51s user 0.00s system 51% cpu 1.000 total\n",
        "0.510u 0.000s 0:01.00 51.0%\t0+0k 0+8io 0pf+0w\n",
        "        1.00 real         0.51 user         0.00 sys\n             4096000  maximum resident set size\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import(NULL, texts[i], NULL);
        assert_string_equal(a->format, "time");
        test_near(a->acct[0].cpu_s, 0.51, 1e-9);
        test_near(a->acct[0].wall_s, 1.0, 1e-9);
        assert_true(a->acct[0].cpu_lo_s <= 0.51 && a->acct[0].cpu_hi_s > 0.51);
        assert_true(a->acct[0].wall_lo_s <= 1.0 && a->acct[0].wall_hi_s > 1.0);
        artefact_free(a);
    }
}

static void hours_have_seconds_only(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL, "10.51user 0.00system 1:02:03elapsed 51%CPU (0avgtext+0avgdata 1524maxresident)k\n", NULL);
    test_near(a->acct[0].wall_s, 3723, 1e-9);
    test_near(a->acct[0].wall_hi_s, 3724, 1e-9);
    artefact_free(a);
}

static void a_timed_recorder_is_named(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "\tCommand being timed: \"py-spy record -o x.svg -- python3 a.py\"\n\tUser time (seconds): 0.13\n"
                    "\tSystem time (seconds): 0.53\n\tElapsed (wall clock) time (h:mm:ss or m:ss): 0:03.00\n",
                    NULL);
    assert_true(span_is(a->command, "python3 a.py"));
    assert_true(test_has_problem(a, "accounting_includes_recorder"));
    artefact_free(a);
}

static void incomplete_times_are_refused(void **state)
{
    (void)state;
    assert_int_equal(test_import_fails("time", "real 1.0\nuser 2.0\n").code, ERR_MALFORMED);
    struct err err = test_import_fails("time", "\tCommand being timed: \"x\"\n\tUser time (seconds): many\n");
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_int_equal(err.line, 2);
    assert_int_equal(test_import_fails("time", "").code, ERR_MALFORMED);
}

static void hyperfine_gives_the_spread(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{\"results\":[{\"command\":\"./a 1\",\"mean\":2.0,\"stddev\":0.1,\"median\":2.0,\"user\":0.9,\"system\":0.1,"
        "\"min\":1.0,\"max\":4.0,\"times\":[1.0,1.0,4.0],\"exit_codes\":[0,1,null]},{\"command\":\"./b\"}]}",
        NULL);
    assert_string_equal(a->format, "hyperfine");
    assert_int_equal(a->acct[0].runs, 3);
    test_near(a->acct[0].cpu_s, 1.0, 1e-9);
    test_near(a->acct[0].wall_s, 2.0, 1e-9);
    test_near(a->acct[0].share_run_lo, 0.25, 1e-9);
    test_near(a->acct[0].share_run_hi, 1.0, 1e-9);
    assert_true(test_has_problem(a, "several_commands") && test_has_problem(a, "command_failed"));
    assert_true(span_is(a->command, "./a 1"));
    artefact_free(a);
    assert_int_equal(test_import_fails("hyperfine", "{\"results\":[]}").code, ERR_EMPTY);
    assert_int_equal(test_import_fails("hyperfine", "{\"results\":[{\"mean\":-1,\"user\":0,\"system\":0}]}").code,
                     ERR_VALUE);
    assert_int_equal(test_import_fails("hyperfine", "{\"results\":").code, ERR_MALFORMED);
}

static void rusage_as_printed(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "resource.struct_rusage(ru_utime=0.413507, ru_stime=0.1, ru_maxrss=23696, ru_nvcsw=1, ru_nivcsw=2)\n"
        "posix.times_result(user=0.41, system=0.1, children_user=0.5, children_system=0.25, elapsed=17182746.85)\n",
        NULL);
    assert_string_equal(a->format, "rusage");
    test_near(a->acct[0].cpu_s, 0.513507, 1e-9);
    test_near(a->acct[0].children_cpu_s, 0.75, 1e-9);
    assert_false(num_known(a->acct[0].wall_s));
    assert_true(test_has_problem(a, "no_wall"));
    artefact_free(a);
    a = test_import(NULL,
                    "{\"resourceUsage\":{\"userCPUTime\":486023,\"systemCPUTime\":1000,\"maxRSS\":46144},"
                    "\"cpuUsage\":{\"user\":486178,\"system\":0},\"uptime\":1.081897071}",
                    NULL);
    test_near(a->acct[0].cpu_s, 0.487023, 1e-9);
    test_near(a->acct[0].wall_s, 1.081897071, 1e-9);
    assert_int_equal(a->runtime, RUNTIME_NODE);
    artefact_free(a);
    a = test_import(NULL, "{ user: 38579, system: 6986 }\n", NULL);
    test_near(a->acct[0].cpu_s, 0.045565, 1e-9);
    artefact_free(a);
    assert_int_equal(test_import_fails("rusage", "struct_rusage(ru_utime=-1, ru_stime=0)").code, ERR_VALUE);
    assert_int_equal(test_import_fails("rusage", "nothing").code, ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gnu_verbose),
        cmocka_unit_test(every_shell),
        cmocka_unit_test(hours_have_seconds_only),
        cmocka_unit_test(a_timed_recorder_is_named),
        cmocka_unit_test(incomplete_times_are_refused),
        cmocka_unit_test(hyperfine_gives_the_spread),
        cmocka_unit_test(rusage_as_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
