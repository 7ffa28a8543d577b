/* The worked examples from artefacts to verdict: what the files prove, then what the rules make of it. */
#include "worked.h"

#include <math.h>

#include "evidence/amdahl.h"

static struct evidence_input plain(void)
{
    return EVIDENCE_INPUT_DEFAULT;
}

static struct evidence_input with_speed(double lo, double mode, double hi)
{
    struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
    in.speed = (struct speed_range){ lo, mode, hi };
    return in;
}

/* --- W1: on-CPU samples of a program that waits --- */

static struct artefact *w1_profile(void)
{
    struct made m = made_profile("perf.folded", CLOCK_CPU, UNIT_SAMPLES, 99, false);
    m.a->lost_share = 0;
    made_add(&m, APP, STATE_UNKNOWN, 62, 62);
    made_add(&m, VM, STATE_UNKNOWN, 71, 71);
    made_add(&m, STARTUP, STATE_UNKNOWN, 27, 27);
    made_add(&m, KNET, STATE_UNKNOWN, 18, 18);
    return made_done(&m);
}

static void w1a_samples_alone(void **state)
{
    (void)state;
    struct artefact *a = w1_profile();
    struct evidence *e = made_evidence(&a, 1, COMMON, plain());
    assert_true(fact_unknown(e, "cpu_share_lo") && fact_unknown(e, "cpu_share_est") && fact_unknown(e, "cpu_share_hi"));
    assert_false(share_known(e->time.cpu_share));
    assert_int_equal(e->time.wait_count, 0);
    NEAR(fact(e, "samples_eff"), 9.4681, 4);
    assert_true(fact(e, "has_profile") == 1 && fact(e, "has_cpu_accounting") == 0 && fact(e, "profile_sees_wait") == 0);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-01 EV-03 EV-16 EV-17 ROI-04 ROI-05 P001-RULE",
                   "EV-00 CPU-03 AD-01");
    assert_int_equal(worked_gate(e, STAGE_EVIDENCE), GATE_INSUFFICIENT);
    evidence_free(e);
}

static void w1b_with_totals(void **state)
{
    (void)state;
    struct artefact *set[] = { w1_profile(), made_accounting("stat.txt", 1.8, 60.0) };
    struct evidence *e = made_evidence(set, 2, COMMON, with_speed(10, 10, 10));
    NEAR(fact(e, "cpu_share_est"), 0.0300, 4);
    NEAR(e->time.cpu_share.est, 0.0300, 4);
    NEAR(e->q.lo, 0.5850, 4);
    NEAR(e->q.est, 0.9039, 4);
    NEAR(e->q.hi, 0.9854, 4);
    NEAR(fact(e, "addr_share_lo"), 0.0176, 4);
    NEAR(fact(e, "addr_share_est"), 0.0271, 4);
    NEAR(fact(e, "addr_share_hi"), 0.0296, 4);
    NEAR(fact(e, "amdahl_ceiling_est"), 1.0279, 4);
    NEAR(fact(e, "amdahl_ceiling_hi"), 1.0305, 4);
    NEAR(amdahl_speedup(fact(e, "addr_share_est"), 10), 1.0250, 4);
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-03 AD-01", "EV-01 EV-03 EV-16 EV-14");
    assert_int_equal(worked_gate(e, STAGE_EVIDENCE), GATE_FAIL);
    evidence_free(e);
}

/* --- W2: 32 parked workers and one that computes --- */

static struct artefact *w2_profile(bool states)
{
    struct made m = made_profile("pool.speedscope.json", CLOCK_WALL, UNIT_SECONDS, 100, true);
    m.a->lost_share = 0;
    enum sample_state running = states ? STATE_RUNNING : STATE_UNKNOWN,
                      waiting = states ? STATE_WAITING : STATE_UNKNOWN;
    for (int t = 0; t < 32; t++) {
        char name[32];
        (void)snprintf(name, sizeof name, "worker-%d", t);
        made_thread(&m, 100 + t, name);
        made_add(&m,
                 "_bootstrap@/usr/lib/python3.11/threading.py;_worker@/usr/lib/python3.11/concurrent/futures/thread.py",
                 waiting, 1000, 10.0);
    }
    made_thread(&m, 42, "main");
    /* 78 % in one component, 95 % addressable: the rest is the kernel's. */
    for (int i = 0; i < 100; i++) {
        made_add(&m, "run@/srv/app/main.py;solve@/srv/app/solver.py", running, 8 - (i % 5 == 0),
                 (8 - (i % 5 == 0)) * 0.01);
        made_add(&m, VM, running, 1 + (i % 10 < 7), (1 + (i % 10 < 7)) * 0.01);
        if (i % 2 == 0)
            made_add(&m, "run@/srv/app/main.py;sha256_block_data_order {libcrypto.so.3}", running, 1, 0.01);
    }
    return made_done(&m);
}

static struct artefact *w2_time(void)
{
    struct artefact *a = made_accounting("time.txt", 10.00, 10.00);
    struct accounting *c = &a->acct[0];
    c->cpu_lo_s = 10.00;
    c->cpu_hi_s = 10.02;
    c->wall_lo_s = 10.00;
    c->wall_hi_s = 10.01;
    return a;
}

static void w2_parked_pool(void **state)
{
    (void)state;
    struct artefact *set[] = { w2_profile(false), w2_time() };
    struct evidence_input in = with_speed(3, 8, 20);
    struct span glob = SPAN("solve");
    struct evidence_component_spec spec = {
        .name = SPAN("solver"), .match = &glob, .match_count = 1, .speed = SPEED_UNKNOWN
    };
    in.components = &spec;
    in.component_count = 1;
    struct evidence *e =
        made_evidence(set, 2, COMMON "goal_gain=0.40 p_roi_pos_ext=0.91 p_roi_pos_full=0.35 kind=native_extension", in);
    NEAR(fact(e, "cpu_share_lo"), 0.9990, 4);
    NEAR(fact(e, "cpu_share_hi"), 1.0000, 4);
    NEAR(fact(e, "samples_eff"), 250, 0);
    NEAR(fact(e, "coverage_ratio"), 1, 3);
    NEAR(fact(e, "native_cpu_share_est"), 0.05, 4);
    NEAR(fact(e, "component_cpu_share_lo"), 0.7246, 4);
    NEAR(fact(e, "component_cpu_share_est"), 0.78, 4);
    NEAR(fact(e, "component_cpu_share_hi"), 0.8269, 4);
    NEAR(fact(e, "gain_ext_lo"), 0.4826, 4);
    NEAR(fact(e, "gain_ext_est"), 0.6825, 4);
    NEAR(fact(e, "gain_ext_hi"), 0.7856, 4);
    NEAR(fact(e, "gain_full_lo"), 0.6097, 4);
    NEAR(fact(e, "gain_full_est"), 0.8312, 4);
    NEAR(fact(e, "gain_full_hi"), 0.9223, 4);
    assert_int_equal(e->time.idle_count, 1);
    assert_int_equal(e->time.idle[0].category, CAT_IDLE_POOL);
    NEAR(e->time.idle[0].seconds, 320, 6);
    worked_verdict(e, "standing", VERDICT_EXTENSION, "AD-05 AD-04 CPU-01", "EV-02 EV-03 EV-07 EV-14 EV-17 EV-21");
    assert_int_equal(worked_gate(e, STAGE_EVIDENCE), GATE_PASS);
    evidence_free(e);
}

static void w2_samples_alone(void **state)
{
    (void)state;
    struct artefact *a = w2_profile(true);
    struct evidence *e = made_evidence(&a, 1, COMMON, plain());
    NEAR(fact(e, "cpu_share_lo"), 0.9849, 4);
    NEAR(fact(e, "cpu_share_est"), 1.0, 9);
    NEAR(fact(e, "cpu_share_hi"), 1.0, 9);
    evidence_free(e);
    /* Without a state of the threads nothing says that those samples ran. */
    a = w2_profile(false);
    e = made_evidence(&a, 1, COMMON, plain());
    assert_true(fact(e, "cpu_share_lo") == 0 && e->time.cpu_share.lo == 0);
    NEAR(e->time.cpu_share.est, 1.0, 9);
    evidence_free(e);
}

/* --- W3: a server's loop at 40 % --- */

static struct artefact *v8_profile(struct made *m)
{
    m->a->runtime = RUNTIME_NODE;
    m->a->one_thread_of_several = true;
    m->a->native_visible = TRI_NO;
    return made_done(m);
}

/* Batches of equal time alternate around 0.40 so that batch means give n_eff 440. */
static struct artefact *w3_profile(void)
{
    struct made m = made_profile("server.cpuprofile", CLOCK_WALL, UNIT_SECONDS, 2000 / 30.0, true);
    m.a->event_loop = true;
    m.a->duration_s = 30;
    m.a->duration_source = WALL_FILE;
    double d = sqrt(19 * 0.877 * 0.24 / 440);
    for (int b = 0; b < 20; b++) {
        double cpu = 1.5 * (0.4 + (b % 2 ? d : -d));
        made_add(&m, "(idle)", STATE_UNKNOWN, 50, 1.5 - cpu);
        made_add(&m, "(program)", STATE_UNKNOWN, 5, cpu * 0.05);
        made_add(&m, "(garbage collector)", STATE_UNKNOWN, 5, cpu * 0.05);
        made_add(&m, "handle@/srv/server.js", STATE_UNKNOWN, 40, cpu * 0.9);
    }
    return v8_profile(&m);
}

static struct artefact *k6(double ops, double mean_s, double window_s)
{
    struct artefact *a = artefact_new();
    a->name = SPAN("summary.json");
    a->format = "k6";
    artefact_fact_num(a, "ops", ops, "http_reqs.count");
    artefact_fact_num(a, "op_s", mean_s, "http_req_duration.avg");
    artefact_fact_num(a, "wall_s", window_s, "http_reqs.count / http_reqs.rate");
    artefact_fact_text(a, "concurrency", SPAN("overlapping"), "vus");
    artefact_fact_text(a, "load_model", SPAN("closed"), "executor");
    return a;
}

static void w3a_server_alone(void **state)
{
    (void)state;
    struct artefact *a = w3_profile();
    struct evidence *e = made_evidence(&a, 1, COMMON, plain());
    assert_true(fact_unknown(e, "cpu_share_lo") && fact_unknown(e, "cpu_share_est") && fact_unknown(e, "cpu_share_hi"));
    NEAR(e->time.cpu_share.lo, 0.3553, 4);
    NEAR(e->time.cpu_share.est, 0.4000, 4);
    NEAR(e->time.cpu_share.hi, 1.0, 9);
    NEAR(fact(e, "util_lo"), 0.3553, 4);
    NEAR(fact(e, "util_est"), 0.4000, 4);
    NEAR(fact(e, "util_hi"), 0.4465, 4);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-16", "EV-00 EV-01 EV-02 EV-03 CPU-03");
    evidence_free(e);
}

static void w3b_with_requests(void **state)
{
    (void)state;
    struct artefact *set[] = { w3_profile(), k6(3000, 0.5, 30) };
    struct evidence *e = made_evidence(set, 2, COMMON, plain());
    double share = fact(e, "cpu_share_est"), queue = fact(e, "cpu_queue_share_est"),
           most = fact(e, "cpu_queue_share_hi");
    NEAR(share, 0.0080, 4);
    NEAR(share * 500, 4.0, 1); /* D, ms */
    NEAR((share + queue) * 500, 6.6667, 4);
    NEAR(share + queue, 0.0133, 4);
    NEAR((share + most) * 500, 38.6667, 4);
    NEAR(share + most, 0.0773, 4);
    assert_true(fact(e, "cpu_share_lo") < share && share < fact(e, "cpu_share_hi"));
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-03 AD-01", "EV-16 EV-02");
    evidence_free(e);
}

static void w3c_throughput(void **state)
{
    (void)state;
    struct artefact *set[] = { w3_profile(), k6(3000, 0.5, 30) };
    struct evidence *e = made_evidence(set, 2, COMMON "goal=throughput", plain());
    NEAR(fact(e, "util_lo"), 0.36, 2);
    NEAR(fact(e, "util_hi"), 0.45, 2);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-09", "EV-16 CPU-05");
    evidence_free(e);
    struct artefact *again[] = { w3_profile(), k6(3000, 0.5, 30) };
    e = made_evidence(again, 2, COMMON "goal=throughput load_saturating=1", plain());
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-05", "EV-09");
    evidence_free(e);
}

/* --- W4: Python that computes in BLAS --- */

static void w4a_native_visible(void **state)
{
    (void)state;
    struct made m = made_profile("numpy.perf.txt", CLOCK_CPU, UNIT_SAMPLES, 100, true);
    m.a->lost_share = 0;
    made_spread(&m, (struct spread[]){ { BLAS, 1568, 1568 }, { VM, 216, 216 }, { APP, 137, 137 }, { KMM, 39, 39 } }, 4);
    struct artefact *set[] = { made_done(&m), made_accounting("stat.txt", 19.6, 20.0) };
    struct evidence *e = made_evidence(set, 2, COMMON, with_speed(20, 20, 20));
    NEAR(fact(e, "samples_eff"), 490, 0);
    NEAR(fact(e, "cpu_share_lo"), 0.9800, 4);
    NEAR(fact(e, "cpu_share_hi"), 0.9800, 4);
    NEAR(e->q.lo, 0.1486, 4);
    NEAR(e->q.est, 0.1811, 4);
    NEAR(e->q.hi, 0.2187, 4);
    NEAR(fact(e, "native_cpu_share_est"), 0.8189, 4);
    NEAR(fact(e, "native_cpu_share_lo"), 0.7813, 4);
    NEAR(fact(e, "addr_share_lo"), 0.1456, 4);
    NEAR(fact(e, "addr_share_est"), 0.1775, 4);
    NEAR(fact(e, "addr_share_hi"), 0.2143, 4);
    NEAR(fact(e, "amdahl_ceiling_lo"), 1.1705, 4);
    NEAR(fact(e, "amdahl_ceiling_est"), 1.2158, 4);
    NEAR(fact(e, "amdahl_ceiling_hi"), 1.2728, 4);
    NEAR(amdahl_speedup(fact(e, "addr_share_est"), 20), 1.2028, 4);
    worked_verdict(e, "standing", VERDICT_OPTIMISE, "CPU-01 AD-02", "EV-02 EV-03 EV-10 EV-14");
    evidence_free(e);
}

static void w4b_native_hidden(void **state)
{
    (void)state;
    struct made m = made_profile("numpy.speedscope.json", CLOCK_CPU, UNIT_SAMPLES, 100, true);
    m.a->native_visible = TRI_NO;
    made_spread(&m, (struct spread[]){ { "run@/srv/app/main.py;mul@/srv/app/main.py", 1705, 1705 }, { APP, 255, 255 } },
                2);
    struct artefact *set[] = { made_done(&m), made_accounting("stat.txt", 19.6, 20.0) };
    struct evidence *e = made_evidence(set, 2, COMMON, plain());
    NEAR(fact(e, "native_cpu_share_lo"), 0, 9);
    NEAR(fact(e, "native_cpu_share_hi"), 1, 9);
    NEAR(fact(e, "addr_share_lo"), 0, 9);
    NEAR(fact(e, "addr_share_hi"), 0.98, 4);
    NEAR(fact(e, "amdahl_ceiling_hi"), 50, 0);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-10", "EV-16 AD-01 AD-02");
    evidence_free(e);
}

/* --- W5: Node with a collector that takes 12 % of CPU --- */

static struct artefact *w5_profile(void)
{
    struct made m = made_profile("consumer.cpuprofile", CLOCK_WALL, UNIT_SECONDS, 20, true);
    m.a->duration_s = 60;
    m.a->duration_source = WALL_FILE;
    m.a->event_loop = true;
    made_spread(&m,
                (struct spread[]){ { "(idle)", 120, 6.0 },
                                   { "(program)", 24, 1.2 },
                                   { "(garbage collector)", 130, 6.48 },
                                   { "processMsg@/srv/node_modules/nats/lib/protocol.js;JSON.parse@", 45, 2.268 },
                                   { "handle@/srv/consumer.js", 881, 44.052 } },
                5);
    return v8_profile(&m);
}

static void w5a_collector(void **state)
{
    (void)state;
    struct artefact *a = w5_profile();
    struct evidence *e = made_evidence(&a, 1, COMMON "goal=throughput gc_tuned=0", plain());
    NEAR(fact(e, "util_est"), 0.90, 4);
    NEAR(fact(e, "util_lo"), 0.88, 2);
    NEAR(fact(e, "util_hi"), 0.92, 2);
    NEAR(fact(e, "samples_eff"), 1080, 0);
    NEAR(fact(e, "gc_cpu_share_lo"), 0.1020, 4);
    NEAR(fact(e, "gc_cpu_share_hi"), 0.1407, 4);
    NEAR(fact(e, "deser_cpu_share_lo"), 0.0316, 4);
    NEAR(fact(e, "deser_cpu_share_hi"), 0.0557, 4);
    worked_verdict(e, "standing gc-and-triggers", VERDICT_OPTIMISE, "AD-03 P004-GATE CPU-02", "EV-09 EV-16");
    evidence_free(e);
}

/* The seed's own load: 6 ms of CPU in a cycle of 30.157 s, nothing else. */
static void w5b_immaterial(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("stat.txt", 0.006, 30.157);
    struct evidence *e =
        made_evidence(&a, 1, COMMON "gc_cpu_share=0.1020/0.12/0.1407 gc_tuned=0 usable_cores=1", plain());
    NEAR(fact(e, "cpu_share_est"), 0.0002, 4);
    NEAR(fact(e, "cpu_share_est") * fact(e, "gc_cpu_share_est"), 0.000024, 6);
    worked_verdict(e, "standing gc-and-triggers", VERDICT_FIX_WAIT, "CPU-03 P004-IMM", "P004-GATE");
    evidence_free(e);
}

/* --- W6: a pure Python loop --- */

static struct artefact *w6_hyperfine(void)
{
    struct artefact *a = made_accounting("hyperfine.json", 11.8, 12.0);
    a->acct[0].runs = 10;
    return a;
}

static struct evidence *w6(const struct spread *s, size_t n, const char *component, const char *facts)
{
    struct made m = made_profile("loop.json", CLOCK_CPU, UNIT_SAMPLES, 100, true);
    m.a->lost_share = 0;
    made_spread(&m, s, n);
    struct artefact *set[] = { made_done(&m), w6_hyperfine() };
    struct evidence_input in = with_speed(10, 30, 60);
    struct span glob = span_of(component);
    struct evidence_component_spec spec = { .name = glob, .match = &glob, .match_count = 1, .speed = SPEED_UNKNOWN };
    in.components = &spec;
    in.component_count = 1;
    return made_evidence(set, 2, facts, in);
}

static void w6a_one_function(void **state)
{
    (void)state;
    struct evidence *e =
        w6((struct spread[]){ { "run@/srv/model.py;simulate@/srv/model.py", 1092, 1092 },
                              { "run@/srv/model.py;report@/srv/model.py", 96, 96 },
                              { "run@/srv/model.py;zlib_deflate {libz.so.1}", 12, 12 } },
           3, "simulate", COMMON "goal_gain=0.50 p_roi_pos_ext=0.93 p_roi_pos_full=0.85 kind=native_extension");
    NEAR(fact(e, "samples_eff"), 300, 0);
    NEAR(fact(e, "cpu_share_lo"), 0.9833, 4);
    NEAR(fact(e, "cpu_share_est"), 0.9833, 4);
    NEAR(e->q.lo, 0.9710, 4);
    NEAR(e->q.hi, 0.9966, 4);
    NEAR(fact(e, "component_cpu_share_lo"), 0.8722, 4);
    NEAR(fact(e, "component_cpu_share_hi"), 0.9374, 4);
    NEAR(fact(e, "addr_share_est"), 0.9735, 4);
    NEAR(fact(e, "amdahl_ceiling_est"), 37.7358, 4);
    NEAR(amdahl_speedup(fact(e, "addr_share_est"), 30), 16.96, 2);
    NEAR(1 / (1 - fact(e, "gain_ext_est")), 7.41, 2);
    NEAR(1 / (1 - fact(e, "gain_ext_lo")), 4.38, 2);
    NEAR(fact(e, "gain_ext_lo"), 0.7719, 4);
    NEAR(fact(e, "gain_ext_est"), 0.8650, 4);
    NEAR(fact(e, "gain_full_lo"), 0.8593, 4);
    NEAR(fact(e, "gain_full_est"), 0.9411, 4);
    worked_verdict(e, "standing", VERDICT_EXTENSION, "AD-05 AD-06 AD-04 CPU-01", "EV-14 EV-17 EV-21");
    evidence_free(e);
}

static void w6b_flat(void **state)
{
    (void)state;
    struct evidence *e = w6((struct spread[]){ { "run@/srv/model.py;a@/srv/model.py", 300, 300 },
                                               { "run@/srv/model.py;b@/srv/model.py", 300, 300 },
                                               { "run@/srv/model.py;c@/srv/model.py", 294, 294 },
                                               { "run@/srv/model.py;d@/srv/model.py", 294, 294 },
                                               { "run@/srv/model.py;zlib_deflate {libz.so.1}", 12, 12 } },
                            5, "a", COMMON "goal_gain=0.50 p_roi_pos_ext=0.6 p_roi_pos_full=0.85 kind=full_rewrite");
    NEAR(fact(e, "gain_ext_est"), 0.2376, 4);
    NEAR(1 / (1 - fact(e, "gain_ext_est")), 1.31, 2);
    worked_verdict(e, "standing", VERDICT_FULL, "AD-06", "AD-04 AD-05 EV-17");
    evidence_free(e);
}

/* --- W7, W8 --- */

static void w7_sixty_samples(void **state)
{
    (void)state;
    struct made m = made_profile("short.txt", CLOCK_WALL, UNIT_SAMPLES, 100, false);
    made_add(&m, APP, STATE_RUNNING, 36, 36);
    made_add(&m, "run@/srv/app/main.py;recv@/usr/lib/python3.11/socket.py", STATE_WAITING, 24, 24);
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, COMMON, plain());
    NEAR(fact(e, "cpu_share_lo"), 0.1781, 4);
    NEAR(fact(e, "cpu_share_est"), 0.6, 9);
    NEAR(fact(e, "cpu_share_hi"), 0.9122, 4);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-02 EV-03", "EV-01 EV-16");
    evidence_free(e);
}

static void w8_throttled(void **state)
{
    (void)state;
    struct artefact *a = made_accounting("record.json", 1.30735, 3.223969856);
    a->acct[0].throttled_s = 1.910957137;
    a->acct[0].quota_cpus = 0.4;
    struct evidence *e = made_evidence(&a, 1, COMMON, plain());
    NEAR(e->time.cpu_share.est, 0.4055, 4);
    NEAR(fact(e, "throttled_share"), 0.5927, 4);
    NEAR(fact(e, "cpu_share_est"), 0.9957, 4);
    NEAR(fact(e, "quota_use"), 1.0138, 4);
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-06 CPU-01", "EV-02 EV-16");
    evidence_free(e);
}

/* --- W9: one client, two loads --- */

static struct evidence *w9(double cpu_s, double ops, double mean_s)
{
    struct made m = made_profile("client.speedscope.json", CLOCK_CPU, UNIT_SAMPLES, 100, true);
    m.a->runtime = RUNTIME_PYTHON;
    m.a->event_loop = true;
    made_spread(&m, (struct spread[]){ { APP, 1000, 1000 }, { VM, 500, 500 }, { KNET, 100, 100 } }, 3);
    struct artefact *set[] = { made_done(&m), made_accounting("stat.txt", cpu_s, 60), k6(ops, mean_s, 60) };
    set[0]->rate_hz = NUM_UNKNOWN; /* the composition stands for both loads */
    set[0]->profile->columns[0].rate_hz = NUM_UNKNOWN;
    set[1]->acct[0].attached = true;
    return made_evidence(set, 3, COMMON, plain());
}

static void w9_two_loads(void **state)
{
    (void)state;
    struct evidence *e = w9(0.354, 118, 0.5075);
    NEAR(e->time.cpu_share.est, 0.0059, 4);
    NEAR(fact(e, "cpu_share_est"), 0.0059, 4);
    NEAR(fact(e, "cpu_queue_share_hi"), 0.0005, 4);
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-03", "EV-16 CPU-01");
    evidence_free(e);
    e = w9(35.61, 17400, 0.517);
    NEAR(e->time.cpu_share.est, 0.5935, 4);
    NEAR(fact(e, "cpu_share_est") * 517, 2.0466, 4);
    NEAR(fact(e, "cpu_share_est"), 0.0040, 4);
    NEAR(fact(e, "cpu_queue_share_est"), 0.0058, 4);
    NEAR(fact(e, "cpu_queue_share_hi"), 0.0751, 4);
    NEAR(fact(e, "cpu_share_hi") + fact(e, "cpu_queue_share_hi"), 0.0791, 4);
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-03", "EV-16 CPU-01");
    evidence_free(e);
}

/* --- W10: a service nobody called --- */

static void w10_nobody_called(void **state)
{
    (void)state;
    static const double cpu[] = { 0.6, 0 };
    for (size_t i = 0; i < ARRAY_LEN(cpu); i++) {
        struct artefact *a = made_accounting("stat.txt", cpu[i], 60);
        a->acct[0].attached = true;
        a->acct[0].whole_life = false;
        a->acct[0].scope = ACCT_PROCESS;
        struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
        in.runtime = RUNTIME_PYTHON;
        struct evidence *e = made_evidence(&a, 1, COMMON, in);
        NEAR(e->time.cpu_share.est, cpu[i] / 60, 4);
        NEAR(fact(e, "util_est"), cpu[i] / 60, 4);
        assert_true(fact_unknown(e, "cpu_share_lo") && fact_unknown(e, "wait_share_lo"));
        assert_string_equal(e->facts.v[FACT_concurrency].text, "overlapping");
        worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-16", "CPU-03 WT-01 EV-00");
        evidence_free(e);
    }
}

/* --- W11 to W13, A1 to A3: stated facts --- */

static void w11_sized_by_cpu(void **state)
{
    (void)state;
    const char *facts =
        COMMON "goal=cost has_profile=1 has_cpu_accounting=1 native_visible=1 samples_eff=400 util=0.58/0.60/0.62 "
               "native_cpu_share=0.15/0.22/0.30 p_roi_pos_full=0.90 startup_share=0.01 coverage_ratio=1 lost_share=0 "
               "unknown_share=0 broken_share=0 halves_z=0.5 kind=full_rewrite ";
    char with[900];
    (void)snprintf(with, sizeof with, "%s sized_by=cpu", facts);
    struct evidence *e = made_evidence(NULL, 0, with, with_speed(2, 4.4, 5));
    NEAR(fact(e, "gain_full_lo"), 0.3500, 4);
    NEAR(fact(e, "gain_full_est"), 0.6027, 4);
    NEAR(fact(e, "gain_full_hi"), 0.6800, 4);
    NEAR(fact(e, "amdahl_ceiling_hi"), 6.6667, 4);
    assert_true(fact(e, "declared_measures") == 1);
    facts_clear(&e->facts, FACT_declared_measures); /* as if measured */
    worked_verdict(e, "standing", VERDICT_FULL, "CPU-10 AD-06", "EV-09");
    evidence_free(e);
    e = made_evidence(NULL, 0, facts, with_speed(2, 4.4, 5));
    facts_clear(&e->facts, FACT_declared_measures);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-09", "CPU-10");
    evidence_free(e);
}

static void w12_half_evidence(void **state)
{
    (void)state;
    struct made m = made_profile("offcpu.folded", CLOCK_OFF, UNIT_SECONDS, NUM_UNKNOWN, false);
    made_add(&m, "run@/srv/app/main.py;recv@/usr/lib/python3.11/socket.py", STATE_WAITING, 0, 12.5);
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, COMMON, plain());
    assert_true(fact(e, "has_profile") == 0 && fact(e, "has_cpu_accounting") == 0);
    assert_int_equal(e->cpu_count, 0);
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-00 EV-16", "CPU-03 WT-01");
    evidence_free(e);
    a = made_accounting("stat.csv", 1.8, NUM_UNKNOWN);
    e = made_evidence(&a, 1, COMMON, plain());
    assert_true(fact(e, "has_cpu_accounting") == 0);
    assert_false(share_known(e->time.cpu_share));
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-00 EV-16", "CPU-03 WT-01");
    evidence_free(e);
    e = made_evidence(NULL, 0, COMMON "has_phase_times=1 wait_share_lo=0.70", plain());
    worked_verdict(e, "standing", VERDICT_FIX_WAIT, "WT-01", "EV-00 EV-16");
    evidence_free(e);
}

static void w13_finished_port(void **state)
{
    (void)state;
    const char *base = COMMON "goal=cost ab_measured=1 ab_scope=goal kind=full_rewrite ";
    char text[400];
    (void)snprintf(text, sizeof text, "%s ab_gain=0.62..0.775 p_roi_pos_full=0.85", base);
    struct evidence *e = made_evidence(NULL, 0, text, plain());
    assert_true(fact_unknown(e, "declared_measures"));
    worked_verdict(e, "standing", VERDICT_FULL, "AB-01 AB-02", "");
    evidence_free(e);
    (void)snprintf(text, sizeof text, "%s ab_gain=0.62..0.775", base);
    e = made_evidence(NULL, 0, text, plain());
    worked_verdict(e, "standing", VERDICT_OPTIMISE, "ROI-04 ROI-05", "");
    assert_int_equal(worked_gate(e, STAGE_DECISION), GATE_INSUFFICIENT);
    enum fact_id missing;
    assert_int_equal(worked_potential(e, &missing), VERDICT_FULL);
    assert_int_equal(missing, FACT_p_roi_pos_full);
    evidence_free(e);
    (void)snprintf(text, sizeof text, "%s ab_gain=0.02..0.05", base);
    e = made_evidence(NULL, 0, text, plain());
    worked_verdict(e, "standing", VERDICT_DO_NOT_MIGRATE, "AB-03", "");
    evidence_free(e);
    (void)snprintf(text, sizeof text, "%s ab_gain=0.12..0.45", base);
    e = made_evidence(NULL, 0, text, plain());
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "AB-04", "");
    evidence_free(e);
}

static void a1_to_a3(void **state)
{
    (void)state;
    const char *base =
        "load_representative=1 runs_n=3 evidence_age_days=1 code_changed=0 team_target_devs=2 red_n=5 dep_sdk_ready=0 "
        "dep_gap_years=2 dep_gap_blocking=1 kind=full_rewrite ";
    struct evidence *e = made_evidence(NULL, 0, base, plain());
    worked_verdict(e, "standing score-sheet", VERDICT_INSUFFICIENT, "EV-00 P001-RULE P000-R P000-SDK", "ROI-03");
    evidence_free(e);
    char text[400];
    (void)snprintf(text, sizeof text, "%s ops_per_year=1000000 p_roi_pos_ceiling=0", base);
    e = made_evidence(NULL, 0, text, plain());
    worked_verdict(e, "standing score-sheet", VERDICT_DO_NOT_MIGRATE, "ROI-03", "");
    evidence_free(e);
    struct artefact *a = made_accounting("time.txt", 0.1, 300);
    a->acct[0].cpu_lo_s = 0.1;
    a->acct[0].cpu_hi_s = 1.0;
    e = made_evidence(&a, 1, text, plain());
    NEAR(fact(e, "cpu_share_lo"), 0.0003, 4);
    NEAR(fact(e, "cpu_share_hi"), 0.0033, 4);
    NEAR(fact(e, "amdahl_ceiling_hi"), 1.0033, 4);
    worked_verdict(e, "standing score-sheet", VERDICT_FIX_WAIT, "CPU-03", "");
    evidence_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(w1a_samples_alone), cmocka_unit_test(w1b_with_totals),    cmocka_unit_test(w2_parked_pool),
        cmocka_unit_test(w2_samples_alone),  cmocka_unit_test(w3a_server_alone),   cmocka_unit_test(w3b_with_requests),
        cmocka_unit_test(w3c_throughput),    cmocka_unit_test(w4a_native_visible), cmocka_unit_test(w4b_native_hidden),
        cmocka_unit_test(w5a_collector),     cmocka_unit_test(w5b_immaterial),     cmocka_unit_test(w6a_one_function),
        cmocka_unit_test(w6b_flat),          cmocka_unit_test(w7_sixty_samples),   cmocka_unit_test(w8_throttled),
        cmocka_unit_test(w9_two_loads),      cmocka_unit_test(w10_nobody_called),  cmocka_unit_test(w11_sized_by_cpu),
        cmocka_unit_test(w12_half_evidence), cmocka_unit_test(w13_finished_port),  cmocka_unit_test(a1_to_a3),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
