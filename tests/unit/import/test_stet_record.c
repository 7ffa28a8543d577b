/* stet-record: the CPU of the tree, what is refused, what stays unknown. */
#include "import_test.h"

#include "base/sb.h"

#define HEAD                                                                                                           \
    "{\"schema\":\"stet/record/1\",\"tool\":\"stet "                                                                   \
    "1.0.0\",\"mode\":\"command\",\"complete\":true,\"command\":[\"python3\",\"a.py\"],"                               \
    "\"pid\":10,\"exit\":{\"code\":0,\"signal\":null},\"started\":\"2026-01-05T10:00:00Z\",\"wall_s\":10.0,"           \
    "\"interval_s\":0.1,\"hz\":100,"                                                                                   \
    "\"cpus\":{\"online\":8,\"allowed\":4},"
#define THREAD(tid, user, run)                                                                                         \
    "{\"tid\":" #tid ",\"name\":\"t\",\"from_s\":0,\"to_s\":10,\"user_s\":" #user ",\"sys_s\":0,\"run_s\":" #run       \
    ",\"runq_s\":0.5}"
#define PROCESS(pid, ppid, more, threads)                                                                              \
    "{\"pid\":" #pid ",\"ppid\":" #ppid ",\"name\":\"p\",\"from_s\":0,\"to_s\":10," more ",\"threads\":[" threads "]}"

static void tree(void **state)
{
    (void)state;
    /* 10 waited for 2.5 s of children: 11 has a row (1.2 s), the rest has none. */
    struct artefact *a = test_import(
        NULL,
        HEAD "\"processes\":[" PROCESS(
            10, 1,
            "\"user_s\":3,\"sys_s\":1,\"children_user_s\":2,\"children_sys_s\":0.5,\"runq_s\":0.4,\"exited\":true",
            THREAD(10, 4, 3.9)) "," PROCESS(11, 10, "\"user_s\":1,\"sys_s\":0.2,\"runq_s\":0.1,\"exited\":true",
                                            THREAD(11, 1.2, 1.21)) "],"
                                                                   "\"cgroup\":{\"version\":2,\"quota\":1.5,"
                                                                   "\"throttled_s\":0.25},\"unknown\":{\"a\":[1]}}",
        NULL);
    const struct accounting *c = &a->acct[0];
    assert_string_equal(a->format, "stet-record");
    test_near(c->cpu_s, 4 + 2.5, 1e-9);
    test_near(c->children_cpu_s, 2.5 - 1.21, 1e-9);
    test_near(c->runq_s, 0.5, 1e-9);
    test_near(c->throttled_s, 0.25, 0);
    test_near(c->quota_cpus, 1.5, 0);
    test_near(c->cpus_allowed, 4, 0);
    test_near(c->busy_threads, 2, 0);
    test_near(c->max_thread_cpu_s, 3.9, 0);
    assert_int_equal(c->thread_count, 2);
    assert_int_equal(c->threads[1].pid, 11);
    assert_int_equal(c->scope, ACCT_TREE);
    assert_true(c->whole_life && !c->attached && a->one_job && !a->overlapping);
    assert_true(span_is(a->command, "python3 a.py"));
    assert_true(span_is(a->tool_version, "1.0.0"));
    assert_false(num_known(c->voluntary));
    artefact_free(a);
}

static void children_of_children_count_once(void **state)
{
    (void)state;
    /* 10 started 11, that started 12: both ended since they were last read, 12 before 11 was seen to have waited for it. */
    struct artefact *a = test_import(
        NULL,
        HEAD "\"processes\":[" PROCESS(
            10, 1, "\"user_s\":0,\"sys_s\":0,\"children_user_s\":5,\"children_sys_s\":0,\"exited\":true",
            "") "," PROCESS(11, 10,
                            "\"user_s\":1,\"sys_s\":0,\"children_user_s\":0,\"children_sys_s\":0,\"exited\":true",
                            "") "," PROCESS(12, 11, "\"user_s\":3.5,\"sys_s\":0,\"exited\":true", "")
        /* Nobody has waited for 13, which is alive, nor for 14, whose parent has gone. */
        "," PROCESS(13, 10, "\"user_s\":0.25,\"sys_s\":0,\"exited\":false",
                    "") "," PROCESS(14, 1, "\"user_s\":0.5,\"sys_s\":0,\"exited\":true", "") "]}",
        NULL);
    test_near(a->acct[0].cpu_s, 5 + 0.25 + 0.5, 1e-9);
    test_near(a->acct[0].children_cpu_s, 0.5, 1e-9);
    artefact_free(a);
}

static void attached(void **state)
{
    (void)state;
    struct artefact *a =
        test_import(NULL,
                    "{\"processes\":[" PROCESS(
                        10, 1, "\"user_s\":1,\"sys_s\":0,\"runq_s\":null",
                        THREAD(10, 1, null)) "],\"cgroup\":{\"version\":2,\"quota\":null},"
                                             "\"mode\":\"pid\",\"complete\":false,\"command\":[],\"pid\":10,\"exit\":"
                                             "null,\"started\":\"2026-01-05T10:00:00Z\",\"wall_s\":10,"
                                             "\"interval_s\":0.1,\"cpus\":{\"online\":8},\"schema\":\"stet/record/1\"}",
                    NULL);
    const struct accounting *c = &a->acct[0];
    test_near(c->cpu_s, 1, 0);
    test_near(c->cpu_lo_s, 0.98, 1e-9);
    test_near(c->cpu_hi_s, 1.02, 1e-9);
    assert_true(c->attached && !c->whole_life && a->overlapping && !a->one_job);
    assert_true(c->quota_none);
    assert_false(num_known(c->runq_s));
    assert_true(test_has_problem(a, "recording_incomplete"));
    artefact_free(a);
}

static void threads_that_exceed_their_process(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL, HEAD "\"processes\":[" PROCESS(10, 1, "\"user_s\":1,\"sys_s\":0", THREAD(10, 4, 4)) "]}", NULL);
    assert_true(test_has_problem(a, "threads_exceed_process"));
    artefact_free(a);
}

static void refused(void **state)
{
    (void)state;
#define ONE(more, threads) HEAD "\"processes\":[" PROCESS(10, 1, more, threads) "]"
    static const struct {
        const char *text, *word;
        enum err_code code;
    } cases[] = {
        { "{\"schema\":\"stet/record/2\"}", "newer", ERR_UNSUPPORTED },
        { "{\"schema\":\"stet/other\"}", "is not", ERR_UNRECOGNISED },
        { HEAD "\"processes\":[]}", "processes is missing", ERR_MALFORMED },
        { "{\"schema\":\"stet/record/1\"}", "is missing", ERR_MALFORMED },
        { ONE("\"user_s\":-1,\"sys_s\":0", "") "}", "negative", ERR_VALUE },
        { ONE("\"user_s\":1", "") "}", "a process needs", ERR_MALFORMED },
        { ONE("\"user_s\":1,\"sys_s\":0,\"to_s\":11", "") "}", "behind the end", ERR_VALUE },
        { ONE("\"user_s\":1,\"sys_s\":0,\"from_s\":11", "") "}", "before from_s", ERR_VALUE },
        { ONE("\"user_s\":1,\"sys_s\":0", THREAD(10, 11, 11)) "}", "more than its time", ERR_VALUE },
        { ONE("\"user_s\":1,\"sys_s\":0", "") ",\"series\":{\"t_s\":[0,1],\"cpu_s\":[0]}}", "unequal", ERR_VALUE },
        { ONE("\"user_s\":1,\"sys_s\":0", "") ",\"series\":{\"t_s\":[1,0]}}", "falls", ERR_VALUE },
        { ONE("\"user_s\":1,\"sys_s\":0", "") ",\"wall_s\":0}", "wall_s is 0", ERR_VALUE },
        { ONE("\"user_s\":1,\"sys_s\":0", "") ",\"x\":[[[[[[[[1]]]]]]]]}", "deeper than 8", ERR_LIMIT },
        { ONE("\"user_s\":1,\"sys_s\":0", ""), "ends inside", ERR_MALFORMED },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = test_import_fails("stet-record", cases[i].text);
        if (!strstr(err.text, cases[i].word) || err.code != cases[i].code)
            fail_msg("%s: got %s '%s', want '%s'", cases[i].text, err_slug(err.code), err.text, cases[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree),     cmocka_unit_test(children_of_children_count_once),
        cmocka_unit_test(attached), cmocka_unit_test(threads_that_exceed_their_process),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests_name("stet_record", tests, NULL, NULL);
}
