/* The two shares, what widens them, and what never becomes a share. */
#include "worked.h"

#include <math.h>

static struct evidence_input plain(void)
{
    return EVIDENCE_INPUT_DEFAULT;
}

#define RECV "run@/srv/app/main.py;recv@/usr/lib/python3.11/socket.py"
#define POOL "_bootstrap@/usr/lib/python3.11/threading.py;_worker@/usr/lib/python3.11/concurrent/futures/thread.py"

static double part(const struct evidence *e, enum category c)
{
    for (uint32_t i = 0; i < e->time.wait_count; i++) {
        if (e->time.wait[i].category == c)
            return e->time.wait[i].share;
    }
    return 0;
}

static void sums_hold(const struct evidence *e)
{
    double sum = e->time.cpu_share.est + e->time.runq_share + e->time.throttled_share + e->time.unknown_share;
    for (uint32_t i = 0; i < e->time.wait_count; i++) {
        assert_true(e->time.wait[i].share >= 0 && e->time.wait[i].share <= 1);
        sum += e->time.wait[i].share;
    }
    assert_true(fabs(sum - 1) < 1e-9);
    double cpu = 0;
    for (uint32_t i = 0; i < e->cpu_count; i++)
        cpu += e->cpu[i].share;
    assert_true(e->cpu_count == 0 || fabs(cpu - 1) < 1e-9);
    struct err err = ERR_INIT;
    if (!facts_check(&e->facts, &err))
        fail_msg("%s", err.text);
}

static bool has_problem(const struct evidence *e, const char *code)
{
    for (uint32_t i = 0; i < e->problem_count; i++) {
        if (strcmp(e->problems[i].code, code) == 0)
            return true;
    }
    return false;
}

/* Accounting says how much, a profile of all states says what for. */
static void accounting_sizes_the_kinds(void **state)
{
    (void)state;
    struct made m = made_profile("idle.json", CLOCK_WALL, UNIT_SECONDS, 100, false);
    made_add(&m, APP, STATE_UNKNOWN, 200, 2.0);
    made_add(&m, RECV, STATE_UNKNOWN, 600, 6.0);
    made_add(&m, "run@/srv/app/main.py;fsync@", STATE_UNKNOWN, 200, 2.0);
    struct artefact *set[] = { made_done(&m), made_accounting("time.txt", 1.0, 10.0) };
    struct evidence *e = made_evidence(set, 2, "", plain());
    NEAR(e->time.cpu_share.est, 0.1, 9);
    double named = part(e, CAT_W_NET) + part(e, CAT_W_HTTP) + part(e, CAT_W_DISK);
    assert_true(named > 0.5);
    sums_hold(e);
    evidence_free(e);
}

/* Put off its core 1000 times and never giving it up: that the rest was waiting is not proven. Beside many voluntary switches
 * it is. */
static void lost_cores_are_no_waiting(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("time.txt", 2.0, 15.0);
    a->acct[0].voluntary = 2;
    a->acct[0].involuntary = 1000;
    struct evidence *e = made_evidence(&a, 1, "", plain());
    NEAR(e->time.cpu_share.est, 2.0 / 15, 9);
    assert_true(has_problem(e, "runq_unmeasured"));
    assert_true(facts_num(&e->facts, FACT_cpu_queue_share_lo) == 0);
    assert_true(facts_num(&e->facts, FACT_cpu_queue_share_hi) > 0.8);
    assert_true(facts_num(&e->facts, FACT_wait_share_lo) < 0.05);
    sums_hold(e);
    evidence_free(e);
    a = made_accounting("time.txt", 2.0, 15.0);
    a->acct[0].voluntary = 500;
    a->acct[0].involuntary = 1000;
    e = made_evidence(&a, 1, "", plain());
    assert_false(has_problem(e, "runq_unmeasured"));
    NEAR(facts_num(&e->facts, FACT_wait_share_lo), 1 - 2.0 / 15, 9);
    evidence_free(e);
}

/* Running and waiting told exactly, ready not at all: the run queue is unknown, not empty. */
static void no_ready_state_is_no_empty_queue(void **state)
{
    (void)state;
    struct made m = made_profile("scalene.json", CLOCK_WALL, UNIT_SECONDS, 100, false);
    made_add(&m, APP, STATE_RUNNING, 200, 2.0);
    made_add(&m, RECV, STATE_WAITING, 800, 8.0);
    m.a->all_states = m.a->states_exact = true;
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, "", plain());
    assert_false(num_known(facts_num(&e->facts, FACT_runq_share)));
    sums_hold(e);
    evidence_free(e);
}

/* Thread-seconds are no share of wall: main reads for 50 s, then eight workers compute for 10 s. */
static void thread_seconds_are_no_wall(void **state)
{
    (void)state;
    struct made m = made_profile("threads.json", CLOCK_WALL, UNIT_SECONDS, 100, false);
    made_add(&m, RECV, STATE_WAITING, 5000, 50.0);
    made_add(&m, "run@/srv/app/main.py;wait@/usr/lib/python3.11/threading.py", STATE_WAITING, 1000, 10.0);
    for (int t = 0; t < 8; t++) {
        made_thread(&m, 100 + t, "worker");
        made_add(&m, POOL, STATE_WAITING, 5000, 50.0);
        made_add(&m, APP, STATE_RUNNING, 1000, 10.0);
    }
    struct artefact *set[] = { made_done(&m), made_accounting("time.txt", 80, 60) };
    struct evidence *e = made_evidence(set, 2, "concurrency=one_at_a_time", plain());
    assert_true(e->time.cpu_share.est == 1); /* capped: one core = 1 */
    assert_true(fact(e, "cpu_share_lo") <= 10.0 / 60 && fact(e, "cpu_share_hi") == 1);
    sums_hold(e);
    evidence_free(e);
}

static void parked_workers_leave_the_denominator(void **state)
{
    (void)state;
    struct made m = made_profile("pool.json", CLOCK_WALL, UNIT_SECONDS, 100, false);
    made_add(&m, APP, STATE_RUNNING, 600, 6.0);
    made_add(&m, RECV, STATE_WAITING, 400, 4.0);
    for (int t = 0; t < 10; t++) {
        made_thread(&m, 100 + t, "parked");
        made_add(&m, POOL, STATE_WAITING, 1000, 10.0);
    }
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, "", plain());
    NEAR(e->time.cpu_share.est, 0.6, 9);
    NEAR(fact(e, "cpu_share_est"), 0.6, 9);
    NEAR(e->time.idle[0].seconds, 100, 6);
    assert_string_equal(e->facts.v[FACT_concurrency].text, "one_at_a_time");
    sums_hold(e);
    evidence_free(e);
}

/* Two workers that take tasks overlap: nobody's response time is known. */
static void pool_with_tasks_overlaps(void **state)
{
    (void)state;
    struct made m = made_profile("pool.json", CLOCK_WALL, UNIT_SECONDS, 100, false);
    for (int t = 0; t < 2; t++) {
        made_thread(&m, 100 + t, "worker");
        made_add(&m, POOL, STATE_WAITING, 500, 5.0);
        made_add(&m, APP, STATE_RUNNING, 500, 5.0);
    }
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, "", plain());
    assert_string_equal(e->facts.v[FACT_concurrency].text, "overlapping");
    assert_true(fact_unknown(e, "cpu_share_lo"));
    NEAR(e->time.cpu_share.est, 1.0, 9);
    sums_hold(e);
    evidence_free(e);
}

static struct artefact *v8(const char *leaf, double leaf_s, bool problem)
{
    struct made m = made_profile("main.cpuprofile", CLOCK_WALL, UNIT_SECONDS, 100, false);
    made_add(&m, "handle@/srv/main.js", STATE_UNKNOWN, 300, 3.0);
    made_add(&m, leaf, STATE_UNKNOWN, 200, leaf_s);
    if (!problem)
        made_add(&m, "(idle)", STATE_UNKNOWN, 500, 5.0);
    m.a->runtime = RUNTIME_NODE;
    m.a->one_thread_of_several = true;
    m.a->native_visible = TRI_NO;
    m.a->duration_s = problem ? 3 + leaf_s : 8 + leaf_s;
    m.a->duration_source = WALL_FILE;
    if (problem)
        artefact_problem(m.a, "program_may_be_idle", NULL, "nothing is marked idle");
    return made_done(&m);
}

/* A synchronous call counts as CPU in the upper end and as waiting in the lower one; the other threads are unseen. */
static void synchronous_calls_widen(void **state)
{
    (void)state;
    struct artefact *a = v8("handle@/srv/main.js;spawnSync {node:binding}", 2.0, false);
    struct evidence *e = made_evidence(&a, 1, "usable_cores=1", plain());
    assert_true(e->time.cpu_share.lo < 0.3);
    assert_true(e->time.cpu_share.hi == 1);
    assert_true(fact(e, "util_lo") < 0.3 && fact(e, "util_hi") > 0.5 && fact(e, "util_hi") < 0.8);
    assert_true(fact(e, "cpu_share_hi") == 1);
    sums_hold(e);
    evidence_free(e);
    /* Nothing marked idle and most of it "(program)": that may be the idle. */
    a = v8("(program)", 7.0, true);
    e = made_evidence(&a, 1, "", plain());
    NEAR(e->time.cpu_share.est, 0.3, 9);
    assert_true(part(e, CAT_IDLE_LOOP) > 0.6);
    evidence_free(e);
}

/* Atomics.wait has no node of its own: one function that holds everything may have waited all the time. */
static void one_function_of_v8_may_have_waited(void **state)
{
    (void)state;
    struct made m = made_profile("x.cpuprofile", CLOCK_WALL, UNIT_SECONDS, 1000, false);
    m.a->runtime = RUNTIME_NODE;
    m.a->one_thread_of_several = true;
    made_add(&m, "main@/srv/main.js;pause@/srv/lib.js", STATE_UNKNOWN, 9900, 9.9);
    made_add(&m, "main@/srv/main.js;work@/srv/lib.js", STATE_UNKNOWN, 100, 0.1);
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, "", plain());
    assert_true(e->time.cpu_share.lo < 0.1 && e->time.cpu_share.hi == 1);
    assert_true(has_problem(e, "one_leaf"));
    sums_hold(e);
    evidence_free(e);
}

static void processstat_keeps_its_own_ends(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("doctor-processstat", 0.102 * 5, 5);
    a->acct[0].share_lo = 0.102;
    a->acct[0].share_hi = (0.102 * 5 + 0.3) / (5 + 0.3);
    struct evidence *e = made_evidence(&a, 1, "", plain());
    NEAR(e->time.cpu_share.lo, 0.102, 9);
    NEAR(e->time.cpu_share.hi, 0.1528, 4);
    evidence_free(e);
}

static void several_threads_without_counts(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("time.txt", 18, 10);
    struct evidence *e = made_evidence(&a, 1, "", plain());
    assert_true(e->time.cpu_share.est == 1 && e->time.cpu_share.lo == 1);
    assert_true(fact(e, "cpu_share_lo") == 0 && fact(e, "cpu_share_hi") == 1);
    evidence_free(e);
    a = made_accounting("perthread.txt", 18, 10);
    a->acct[0].busy_threads = 2;
    a->acct[0].max_thread_cpu_s = 9.5;
    e = made_evidence(&a, 1, "", plain());
    NEAR(fact(e, "cpu_share_lo"), 0.95, 9);
    evidence_free(e);
    a = made_accounting("cores.txt", 18, 10);
    e = made_evidence(&a, 1, "usable_cores=4", plain());
    NEAR(fact(e, "cpu_share_lo"), 0.45, 9);
    NEAR(fact(e, "util_est"), 0.45, 9);
    evidence_free(e);
    a = made_accounting("one.txt", 9, 10);
    e = made_evidence(&a, 1, "", plain());
    assert_true(fact(e, "cpu_share_lo") == 0.9 && fact(e, "cpu_share_hi") == 0.9);
    assert_true(has_problem(e, "threads_unknown"));
    evidence_free(e);
}

/* Two loops on two CPUs under a quota of 1.0: subtracting throttled time would read 1.96. */
static void quota_with_several_threads(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("record.json", 3.03, 3.0);
    a->acct[0].throttled_s = 1.45;
    a->acct[0].quota_cpus = 1.0;
    a->acct[0].busy_threads = 2;
    struct evidence *e = made_evidence(&a, 1, "", plain());
    NEAR(fact(e, "quota_use"), 1.01, 4);
    assert_true(fact(e, "cpu_share_hi") == 1 && fact(e, "cpu_share_est") <= 1);
    sums_hold(e);
    evidence_free(e);
}

static struct artefact *k6(double ops, double mean_s, double window_s)
{
    struct artefact *a = artefact_new();
    a->name = SPAN("summary.json");
    a->format = "k6";
    artefact_fact_num(a, "ops", ops, "http_reqs.count");
    artefact_fact_num(a, "op_s", mean_s, "http_req_duration.avg");
    artefact_fact_num(a, "wall_s", window_s, "rate");
    return a;
}

static void another_window_stays_unused(void **state)
{
    (void)state;
    struct artefact *set[] = { made_accounting("stat.txt", 6, 60), k6(1200, 0.5, 30) };
    set[0]->acct[0].attached = true;
    struct evidence *e = made_evidence(set, 2, "usable_cores=1", plain());
    assert_true(fact_unknown(e, "ops") && fact_unknown(e, "cpu_share_lo"));
    assert_int_equal(e->artefacts[1].execution, EXECUTION_OTHER);
    assert_true(e->artefacts[1].facts_unused && has_problem(e, "window_differs"));
    evidence_free(e);
    struct artefact *near[] = { made_accounting("stat.txt", 6, 60), k6(1200, 0.5, 57) };
    near[0]->acct[0].attached = true;
    e = made_evidence(near, 2, "usable_cores=1", plain());
    NEAR(fact(e, "cpu_share_est"), 6.0 / 60 / (1200 / 57.0 * 0.5), 9);
    evidence_free(e);
}

/* Operations stated for a service: the same share of a request at one call a second and at a hundred. */
static void traffic_never_flips(void **state)
{
    (void)state;
    for (double x = 1; x <= 250; x *= 5) {
        struct artefact *a = made_accounting("stat.txt", 0.003 * x * 60, 60);
        a->acct[0].attached = true;
        char facts[200];
        (void)snprintf(facts, sizeof facts, COMMON "usable_cores=1 op_s=0.5 wall_s=60 ops=%.0f", x * 60);
        struct evidence *e = made_evidence(&a, 1, facts, plain());
        NEAR(fact(e, "cpu_share_est"), 0.006, 9);
        worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-03", "CPU-01 EV-16");
        evidence_free(e);
    }
}

static void saturated_queue_has_no_upper_end(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("stat.txt", 57, 60);
    a->acct[0].attached = true;
    struct evidence *e = made_evidence(&a, 1, "usable_cores=1 op_s=0.5 wall_s=60 ops=6000", plain());
    NEAR(fact(e, "cpu_share_hi") + fact(e, "cpu_queue_share_hi"), 1.0, 9);
    evidence_free(e);
}

static void declared_measures_are_marked(void **state)
{
    (void)state;
    struct evidence *e = made_evidence(NULL, 0, "cpu_share=0.7/0.8/0.9", plain());
    assert_true(fact(e, "declared_measures") == 1);
    assert_int_equal(e->facts.v[FACT_cpu_share_lo].origin, ORIGIN_DECLARED);
    NEAR(fact(e, "wait_share_hi"), 0.3, 9);
    NEAR(fact(e, "addr_share_hi"), 0.9, 9);
    evidence_free(e);
    e = made_evidence(NULL, 0, "evidence_age_days=1 code_changed=0 runs_n=3 ab_measured=1 goal=cost", plain());
    assert_true(fact_unknown(e, "declared_measures"));
    evidence_free(e);
}

static void totals_declared_by_hand(void **state)
{
    (void)state;
    struct evidence *e = made_evidence(NULL, 0, "cpu_s=1.8 wall_s=60", plain());
    NEAR(fact(e, "cpu_share_est"), 0.03, 9);
    assert_true(fact(e, "has_cpu_accounting") == 1 && fact(e, "declared_measures") == 1);
    evidence_free(e);
}

/* A stated wall length turns samples of CPU into a share; a recorder's own length is the longest that it can have been. */
static void stated_wall_length(void **state)
{
    (void)state;
    struct made m = made_profile("cpu.svg", CLOCK_CPU, UNIT_SAMPLES, 100, false);
    made_add(&m, APP, STATE_UNKNOWN, 600, 600);
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, "wall_s=60", plain());
    NEAR(e->time.cpu_share.est, 0.1, 9);
    assert_true(fact(e, "cpu_share_lo") < 0.1 && fact(e, "cpu_share_hi") > 0.1 && fact(e, "cpu_share_hi") < 0.2);
    assert_true(fact(e, "has_cpu_accounting") == 1 && fact(e, "declared_measures") == 1);
    evidence_free(e);
    m = made_profile("cpu.svg", CLOCK_CPU, UNIT_SAMPLES, 100, false);
    made_add(&m, APP, STATE_UNKNOWN, 600, 600);
    m.a->duration_s = 120;
    m.a->duration_source = WALL_RECORDER;
    a = made_done(&m);
    e = made_evidence(&a, 1, "", plain());
    NEAR(e->time.cpu_share.est, 0.05, 9);
    assert_true(e->time.cpu_share.hi == 1);
    evidence_free(e);
    struct artefact *set[2];
    m = made_profile("cpu.svg", CLOCK_CPU, UNIT_SAMPLES, 100, false);
    made_add(&m, APP, STATE_UNKNOWN, 600, 600);
    m.a->duration_s = 120;
    m.a->duration_source = WALL_RECORDER;
    set[0] = made_done(&m);
    set[1] = made_accounting("time.txt", 6.1, 10);
    e = made_evidence(set, 2, "", plain());
    NEAR(e->time.cpu_share.est, 0.61, 9);
    NEAR(fact(e, "coverage_ratio"), 600 / 610.0, 9); /* the recorder stopped with the program */
    assert_int_equal(e->artefacts[0].execution, EXECUTION_UNKNOWN);
    evidence_free(e);
}

static void one_process_of_several(void **state)
{
    (void)state;
    for (int pass = 0; pass < 3; pass++) {
        struct made m = made_profile("all.perf.txt", CLOCK_CPU, UNIT_SAMPLES, 99, false);
        m.a->format = "perf-script";
        made_add(&m, APP, STATE_UNKNOWN, 100, 100);
        made_process(&m, 77, "other");
        made_add(&m, VM, STATE_UNKNOWN, 50, 50);
        struct artefact *a = made_done(&m);
        struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
        in.process = pass == 1 ? SPAN("other") : pass == 2 ? SPAN("99") : SPAN("");
        in.artefacts = &a;
        in.artefact_count = 1;
        struct evidence *e = NULL;
        struct err err = ERR_INIT;
        bool built = evidence_build(&in, &e, &err);
        assert_true(built == (pass < 2));
        if (built) {
            assert_int_equal(e->process.pid, pass == 1 ? 77 : 42);
            assert_int_equal(e->other_count, 1);
            NEAR(fact(e, "samples_raw"), pass == 1 ? 50 : 100, 0);
        }
        evidence_free(e);
        artefact_free(a);
    }
}

static void another_command_gives_no_composition(void **state)
{
    (void)state;
    struct made m = made_profile("a.folded", CLOCK_CPU, UNIT_SAMPLES, 99, false);
    made_add(&m, APP, STATE_UNKNOWN, 178, 178);
    m.a->command = SPAN("/opt/tool --serve");
    struct artefact *set[] = { made_done(&m), made_accounting("time.txt", 1.8, 60) };
    set[1]->command = SPAN("/usr/bin/other --batch");
    struct evidence *e = made_evidence(set, 2, "", plain());
    assert_int_equal(e->artefacts[0].execution, EXECUTION_OTHER);
    assert_true(e->two_executions && e->composition_other);
    assert_true(e->q.lo == 0 && e->q.hi == 1);
    assert_true(e->cpu_count > 0); /* shown, not used */
    evidence_free(e);
}

/* A profile that holds half of the CPU seconds cannot settle the ceiling. */
static void uncovered_composition_is_open(void **state)
{
    (void)state;
    struct made m = made_profile("half.folded", CLOCK_CPU, UNIT_SAMPLES, 100, false);
    made_add(&m, BLAS, STATE_UNKNOWN, 500, 500);
    struct artefact *set[] = { made_done(&m), made_accounting("time.txt", 10, 10) };
    struct evidence *e = made_evidence(set, 2, COMMON, plain());
    NEAR(fact(e, "coverage_ratio"), 0.5, 9);
    assert_true(e->q.lo == 0 && e->q.hi == 1);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-14", "AD-01 AD-02");
    evidence_free(e);
}

static void goals_beside_the_asked_one(void **state)
{
    (void)state;
    struct made m = made_profile("a.folded", CLOCK_CPU, UNIT_SAMPLES, 99, false);
    made_add(&m, APP, STATE_UNKNOWN, 178, 178);
    struct artefact *set[] = { made_done(&m), made_accounting("time.txt", 1.8, 60) };
    struct evidence *e = made_evidence(set, 2, "", plain());
    struct fact_set *f = calloc(1, sizeof *f);
    assert_non_null(f);
    evidence_for_goal(e, SPAN("cost"), f);
    assert_true(facts_num(f, FACT_addr_share_hi) > 0.9 && fact(e, "addr_share_hi") < 0.05);
    evidence_for_goal(e, SPAN("memory"), f);
    assert_false(num_known(facts_num(f, FACT_addr_share_hi)));
    assert_false(num_known(facts_num(f, FACT_amdahl_ceiling_hi)));
    free(f);
    evidence_free(e);
}

static void clock_proven_by_accounting(void **state)
{
    (void)state;
    struct made m = made_profile("all.speedscope.json", CLOCK_UNKNOWN, UNIT_SECONDS, 100, false);
    made_add(&m, APP, STATE_UNKNOWN, 20, 0.2);
    made_add(&m, RECV, STATE_UNKNOWN, 980, 9.8);
    struct artefact *set[] = { made_done(&m), made_accounting("time.txt", 0.2, 10.1) };
    struct evidence *e = made_evidence(set, 2, "", plain());
    assert_true(has_problem(e, "clock_inferred"));
    assert_true(part(e, CAT_W_NET) > 0.9);
    NEAR(fact(e, "samples_raw"), 20, 0);
    evidence_free(e);
    /* Without accounting nothing is known of the clock, whatever the leaves look like. */
    m = made_profile("all.speedscope.json", CLOCK_UNKNOWN, UNIT_SECONDS, 100, false);
    made_add(&m, APP, STATE_UNKNOWN, 20, 0.2);
    made_add(&m, RECV, STATE_UNKNOWN, 980, 9.8);
    struct artefact *a = made_done(&m);
    e = made_evidence(&a, 1, "", plain());
    assert_false(share_known(e->time.cpu_share));
    assert_true(fact(e, "profile_sees_wait") == 0);
    evidence_free(e);
}

static void nothing_at_all(void **state)
{
    (void)state;
    struct evidence *e = made_evidence(NULL, 0, "", plain());
    assert_true(fact(e, "has_profile") == 0 && fact_unknown(e, "amdahl_ceiling_hi"));
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-00", "CPU-03");
    evidence_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounting_sizes_the_kinds),
        cmocka_unit_test(lost_cores_are_no_waiting),
        cmocka_unit_test(no_ready_state_is_no_empty_queue),
        cmocka_unit_test(thread_seconds_are_no_wall),
        cmocka_unit_test(parked_workers_leave_the_denominator),
        cmocka_unit_test(pool_with_tasks_overlaps),
        cmocka_unit_test(synchronous_calls_widen),
        cmocka_unit_test(one_function_of_v8_may_have_waited),
        cmocka_unit_test(processstat_keeps_its_own_ends),
        cmocka_unit_test(several_threads_without_counts),
        cmocka_unit_test(quota_with_several_threads),
        cmocka_unit_test(another_window_stays_unused),
        cmocka_unit_test(traffic_never_flips),
        cmocka_unit_test(saturated_queue_has_no_upper_end),
        cmocka_unit_test(declared_measures_are_marked),
        cmocka_unit_test(totals_declared_by_hand),
        cmocka_unit_test(stated_wall_length),
        cmocka_unit_test(one_process_of_several),
        cmocka_unit_test(another_command_gives_no_composition),
        cmocka_unit_test(uncovered_composition_is_open),
        cmocka_unit_test(goals_beside_the_asked_one),
        cmocka_unit_test(clock_proven_by_accounting),
        cmocka_unit_test(nothing_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
