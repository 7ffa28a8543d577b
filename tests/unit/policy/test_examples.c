/* Worked examples: facts with the printed numbers, the rules that fire, the verdict. */
#include "policy_test.h"

#define COMMON                                                                                                         \
    "load_representative=1 runs_n=3 evidence_age_days=1 code_changed=0 lost_share=0 broken_share=0 unknown_share=0 "   \
    "halves_z=0.5 runq_share=0 dep_sdk_ready=1 team_target_devs=2 goal=latency goal_gain=0.30 min_useful_gain=0.10 "

/* A profile with native frames and accounting of one run. */
#define BOTH "has_profile=1 has_cpu_accounting=1 native_visible=1 startup_share=0.01 coverage_ratio=1 "

struct example {
    const char *name, *packs, *facts;
    enum policy_verdict verdict;
    const char *main;  /* "" none */
    const char *fired; /* all that fired at the decision */
    enum policy_gate gate, evidence_gate;
    enum policy_verdict potential;
};

static const struct example examples[] = {
    { "W1a", "standing",
      COMMON
      "has_profile=1 profile_sees_wait=0 native_visible=1 samples_raw=178 samples_eff=9.4681 startup_share=0.1517",
      VERDICT_INSUFFICIENT, "EV-01", "EV-01, EV-03, EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT,
      GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W1b", "standing",
      COMMON BOTH
      "samples_raw=178 samples_eff=9.4681 cpu_share=0.0300/0.0300/0.0300 native_cpu_share=0.0146/0.0961/0.4150 "
      "addr_share=0.0176/0.0271/0.0296 amdahl_ceiling=1.0179/1.0279/1.0305",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W2", "standing",
      COMMON BOTH
      "samples_eff=250 cpu_share=0.9990..1.0000 component_cpu_share=0.7246/0.78/0.8269 native_cpu_share=0.0261..0.0898 "
      "amdahl_ceiling=10.8578/20/38.3142 gain_ext=0.4826/0.6825/0.7856 gain_full=0.6097/0.8312/0.9223 goal_gain=0.40 "
      "p_roi_pos_ext=0.91 p_roi_pos_full=0.35 kind=native_extension",
      VERDICT_EXTENSION, "AD-05", "CPU-01, AD-04, AD-05, ROI-01", GATE_PASS, GATE_PASS, VERDICT_EXTENSION },
    { "W3a", "standing",
      COMMON "has_profile=1 profile_sees_wait=1 samples_eff=440 startup_share=0 concurrency=overlapping "
             "util=0.3553/0.4000/0.4465",
      VERDICT_INSUFFICIENT, "EV-16", "EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W3b", "standing",
      COMMON BOTH
      "profile_sees_wait=1 samples_eff=440 ops=3000 op_s=0.5 util=0.3553/0.4000/0.4465 cpu_share=0.0080/0.0080/0.0080 "
      "cpu_queue_share=0/0.0053/0.0693 native_cpu_share=0.05..0.2 amdahl_ceiling=1.0050/1.0100/1.0793",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W3c, load not stepped", "standing",
      COMMON BOTH "goal=throughput samples_eff=440 util=0.36/0.40/0.45 native_cpu_share=0.05..0.2 amdahl_ceiling=3/5/8",
      VERDICT_INSUFFICIENT, "EV-09", "EV-09, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W3c, saturated", "standing",
      COMMON BOTH "goal=throughput load_saturating=1 samples_eff=440 util=0.36/0.40/0.45 native_cpu_share=0.05..0.2 "
                  "amdahl_ceiling=3/5/8",
      VERDICT_FIX_WAIT, "CPU-05", "CPU-05, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL, VERDICT_FIX_WAIT },
    { "W4a", "standing",
      COMMON BOTH "samples_eff=490 cpu_share=0.9800/0.9800/0.9800 native_cpu_share=0.7813/0.8189/0.8514 "
                  "addr_share=0.1456/0.1775/0.2143 "
                  "amdahl_ceiling=1.1705/1.2158/1.2728 gain_full=0.1383/0.1686/0.2036",
      VERDICT_OPTIMISE, "AD-02", "CPU-01, AD-02, ROI-04, ROI-05", GATE_FAIL, GATE_FAIL, VERDICT_OPTIMISE },
    { "W4b", "standing",
      COMMON BOTH
      "native_visible=0 samples_eff=490 cpu_share=0.9800/0.9800/0.9800 native_cpu_share=0..1 addr_share=0..0.98 "
      "amdahl_ceiling=1..50 gain_full=0..0.98",
      VERDICT_INSUFFICIENT, "EV-10", "EV-10, EV-17, CPU-01, ROI-04, ROI-05", GATE_INSUFFICIENT, GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W5a", "standing gc-and-triggers",
      COMMON BOTH "goal=throughput samples_eff=1080 util=0.88/0.90/0.92 gc_cpu_share=0.1020/0.12/0.1407 "
                  "deser_cpu_share=0.0316/0.042/0.0557 gc_tuned=0 native_cpu_share=0.1..0.2 amdahl_ceiling=5/7/10",
      VERDICT_OPTIMISE, "AD-03", "CPU-02, AD-03, ROI-04, ROI-05, P004-GATE", GATE_FAIL, GATE_FAIL, VERDICT_OPTIMISE },
    { "W5b", "standing gc-and-triggers",
      COMMON BOTH
      "samples_eff=1080 cpu_share=0.0002/0.0002/0.0002 util=0.0002..0.0002 gc_cpu_share=0.1020/0.12/0.1407 gc_tuned=0 "
      "native_cpu_share=0.1..0.2 amdahl_ceiling=1/1.0002/1.0002",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, AD-01, AD-03, ROI-04, ROI-05, P001-RULE, P004-IMM", GATE_FAIL,
      GATE_FAIL, VERDICT_FIX_WAIT },
    { "W6a", "standing",
      COMMON BOTH "samples_eff=300 goal_gain=0.50 cpu_share=0.9833/0.9833/0.9833 addr_share=0.9548/0.9735/0.9799 "
                  "native_cpu_share=0.0034..0.0290 "
                  "amdahl_ceiling=22/37.7358/50 gain_ext=0.7719/0.8650/0.9 gain_full=0.8593/0.9411/0.96 "
                  "p_roi_pos_ext=0.93 p_roi_pos_full=0.85 "
                  "kind=native_extension",
      VERDICT_EXTENSION, "AD-05", "CPU-01, AD-04, AD-05, AD-06", GATE_PASS, GATE_PASS, VERDICT_EXTENSION },
    { "W6b", "standing",
      COMMON BOTH
      "samples_eff=300 goal_gain=0.50 cpu_share=0.9833/0.9833/0.9833 native_cpu_share=0.0034..0.0290 "
      "amdahl_ceiling=22/37.7358/50 "
      "gain_ext=0.15/0.2376/0.24 gain_full=0.8593/0.9411/0.96 p_roi_pos_ext=0.6 p_roi_pos_full=0.85 kind=full_rewrite",
      VERDICT_FULL, "AD-06", "CPU-01, AD-06", GATE_PASS, GATE_PASS, VERDICT_FULL },
    { "W7", "standing",
      COMMON "has_profile=1 profile_sees_wait=1 samples_raw=60 samples_eff=3.1579 cpu_share=0.1781/0.6/0.9122",
      VERDICT_INSUFFICIENT, "EV-02", "EV-02, EV-03, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT,
      GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W8", "standing",
      COMMON "has_cpu_accounting=1 cpu_s=1.30735 wall_s=3.223969856 cpu_share=0.9957/0.9957/0.9957 "
             "throttled_share=0.5927 quota_use=1.0138",
      VERDICT_FIX_WAIT, "CPU-06", "EV-17, CPU-01, CPU-06, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W9a", "standing",
      COMMON BOTH "samples_eff=400 ops=118 op_s=0.5075 cpu_share=0.0059/0.0059/0.0059 cpu_queue_share=0/0/0.0005 "
                  "util=0.0059..0.0059 "
                  "native_cpu_share=0.1..0.2 amdahl_ceiling=1/1.0050/1.0064",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W9b", "standing",
      COMMON BOTH "samples_eff=400 ops=17400 op_s=0.517 cpu_share=0.0040/0.0040/0.0040 cpu_queue_share=0/0.0058/0.0751 "
                  "util=0.5935..0.5935 "
                  "native_cpu_share=0.1..0.2 amdahl_ceiling=1/1.0090/1.0859",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W10", "standing", COMMON "has_cpu_accounting=1 concurrency=overlapping util=0.0100..0.0100",
      VERDICT_INSUFFICIENT, "EV-16", "EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W11, sized by CPU", "standing",
      COMMON BOTH
      "goal=cost sized_by=cpu samples_eff=400 util=0.58/0.60/0.62 addr_share=0.70/0.78/0.85 "
      "native_cpu_share=0.15/0.22/0.30 "
      "amdahl_ceiling=3.3333/4.5455/6.6667 gain_full=0.3500/0.6027/0.6800 p_roi_pos_full=0.90 kind=full_rewrite",
      VERDICT_FULL, "AD-06", "CPU-10, AD-06", GATE_PASS, GATE_PASS, VERDICT_FULL },
    { "W11, not said by what", "standing",
      COMMON BOTH
      "goal=cost samples_eff=400 util=0.58/0.60/0.62 addr_share=0.70/0.78/0.85 native_cpu_share=0.15/0.22/0.30 "
      "amdahl_ceiling=3.3333/4.5455/6.6667 gain_full=0.3500/0.6027/0.6800 p_roi_pos_full=0.90 kind=full_rewrite",
      VERDICT_INSUFFICIENT, "EV-09", "EV-09, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W12a", "standing", COMMON "has_profile=0", VERDICT_INSUFFICIENT, "EV-00",
      "EV-00, EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W12b", "standing", COMMON "has_cpu_accounting=0", VERDICT_INSUFFICIENT, "EV-00",
      "EV-00, EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W12c", "standing", COMMON "has_phase_times=1 wait_share_lo=0.70", VERDICT_FIX_WAIT, "WT-01",
      "EV-17, WT-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_INSUFFICIENT, VERDICT_FIX_WAIT },
    { "W13a", "standing",
      COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.62..0.775 p_roi_pos_full=0.85 kind=full_rewrite",
      VERDICT_FULL, "AB-02", "AB-01, AB-02", GATE_PASS, GATE_PASS, VERDICT_FULL },
    { "W13b", "standing", COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.62..0.775 kind=full_rewrite",
      VERDICT_OPTIMISE, "AB-01", "AB-01, AB-02, ROI-04, ROI-05", GATE_INSUFFICIENT, GATE_PASS, VERDICT_FULL },
    { "W13c", "standing", COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.02..0.05 kind=full_rewrite",
      VERDICT_DO_NOT_MIGRATE, "AB-03", "AB-03, ROI-04, ROI-05, P001-RULE", GATE_FAIL, GATE_FAIL,
      VERDICT_DO_NOT_MIGRATE },
    { "W13d", "standing", COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.12..0.45 kind=full_rewrite",
      VERDICT_INSUFFICIENT, "AB-04", "AB-04, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "A1", "standing score-sheet",
      COMMON "red_n=5 dep_sdk_ready=0 dep_gap_years=2 dep_gap_blocking=1 kind=full_rewrite", VERDICT_INSUFFICIENT,
      "EV-00", "EV-00, EV-16, EV-17, ROI-04, ROI-05, P001-RULE, P000-R, P000-SDK", GATE_INSUFFICIENT, GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "A2", "standing score-sheet",
      COMMON "red_n=5 dep_sdk_ready=0 dep_gap_years=2 dep_gap_blocking=1 kind=full_rewrite ops_per_year=1000000 "
             "p_roi_pos_ceiling=0",
      VERDICT_DO_NOT_MIGRATE, "ROI-03", "EV-00, EV-16, EV-17, ROI-03, ROI-04, ROI-05, P001-RULE, P000-R, P000-SDK",
      GATE_FAIL, GATE_INSUFFICIENT, VERDICT_DO_NOT_MIGRATE },
    { "A3", "standing score-sheet",
      COMMON "red_n=5 dep_sdk_ready=0 dep_gap_years=2 dep_gap_blocking=1 kind=full_rewrite ops_per_year=1000000 "
             "p_roi_pos_ceiling=0 "
             "has_cpu_accounting=1 cpu_share=0.0003..0.0033 amdahl_ceiling=1.0003..1.0033",
      VERDICT_FIX_WAIT, "CPU-03", "EV-17, CPU-03, CPU-04, AD-01, ROI-03, ROI-04, ROI-05, P001-RULE, P000-R, P000-SDK",
      GATE_FAIL, GATE_FAIL, VERDICT_FIX_WAIT },
};

static void evaluate(const struct packs *p, const struct fact_set *f, enum policy_stage stage, struct policy_result *r)
{
    struct err err = ERR_INIT;
    struct policy_options opt = { .stage = stage };
    if (!policy_evaluate((const struct policy_pack *const *)p->items, p->count, f, &opt, r, &err))
        fail_msg("%s", err.text);
}

static void example_holds(void **state)
{
    const struct example *x = *state;
    struct packs packs;
    struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_result r;
    packs_open(&packs, x->packs);
    facts_type(f, x->facts);
    facts_defaults(f);
    struct err err = ERR_INIT;
    if (!facts_check(f, &err))
        fail_msg("%s", err.text);
    evaluate(&packs, f, STAGE_DECISION, &r);
    char *list = fired(&r, NULL, 0, false);
    assert_string_equal(list, x->fired);
    free(list);
    assert_string_equal(policy_verdict_name(r.verdict), policy_verdict_name(x->verdict));
    assert_string_equal(r.main >= 0 ? r.rules[r.main].rule->id : "", x->main);
    assert_string_equal(policy_gate_name(r.gate), policy_gate_name(x->gate));
    assert_string_equal(policy_verdict_name(r.potential.verdict), policy_verdict_name(x->potential));
    assert_int_equal(r.migration_allowed, x->verdict >= VERDICT_EXTENSION);
    policy_result_release(&r);
    evaluate(&packs, f, STAGE_EVIDENCE, &r);
    assert_string_equal(policy_gate_name(r.gate), policy_gate_name(x->evidence_gate));
    policy_result_release(&r);
    packs_close(&packs);
    free(f);
}

/* --- all packs chosen --- */

#define BASE COMMON BOTH "samples_eff=400 native_cpu_share_lo=0.1 amdahl_ceiling_hi=10 p_roi_pos_ceiling=0.9 "
#define BUS BASE "ab_measured=1 bus_agents_tested=1000 bus_p95_ms=60 "

struct rule_case {
    const char *facts;
    enum policy_verdict verdict;
    const char *fired;
};

static const struct rule_case rule_cases[] = {
    { BUS "bus_gain_x=3.2..3.2 bus_mem_saving_lo=0.65 bus_mem_ratio_hi=0.35 agents_concurrent=600 p_roi_pos_ext=0.85",
      VERDICT_EXTENSION, "P002-1B floor:4, P002-1D note, P002-AB exempt:P001-RULE, P002-S1 floor:4" },
    { BUS "bus_gain_x=2.1..2.1 tok_network_bound=1 persist_saving=0.55..0.55 p_roi_pos_ext=0.82", VERDICT_EXTENSION,
      "P002-1B floor:4, P002-AB exempt:P001-RULE, P002-S2 floor:4" },
    { BUS "bus_gain_x=2.1..2.1 tok_network_bound=1 persist_saving=0.55..0.55", VERDICT_OPTIMISE,
      "P002-1B floor:4, P002-AB exempt:P001-RULE, P002-S2 floor:4" },
    { BUS "bus_p95_ms=40 bus_gain_x=1.2..1.2 tok_network_bound=1 spawn_kill_ok=1", VERDICT_OPTIMISE,
      "P002-1A ceil:3, P002-S3 floor:3+ceil:3" },
    { BASE "ab_measured=1 suite_measured=1 msg_errors=3 persist_saving=0.58..0.58 persist_mem_stable=1 "
           "msg_success=0.97..0.97",
      VERDICT_INSUFFICIENT,
      "P002-2A act:adopt_persistent, P002-4A note, P002-4D act:review_errors, P002-S4 act:adopt_persistent" },
    { BUS "bus_gain_x=1.6..1.9", VERDICT_OPTIMISE, "P002-1C floor:3+ceil:3, P002-GAP floor:3+ceil:3" },
    { BASE "suite_measured=1 tok_ms=0.8..0.8 tok_cpu_cores=4..4", VERDICT_OPTIMISE, "P002-3D floor:3" },
    { BASE "suite_measured=1 tok_ms=0.2..0.2 tok_cpu_cores=0.1..0.1", VERDICT_DO_NOT_MIGRATE, "P002-3A ceil:3" },
    { BASE
      "cpu_share=0.0740..0.0741 amdahl_ceiling_hi=1.08 claimed_x=5 claim_evidence=borrowed benchmark_before_build=0",
      VERDICT_FIX_WAIT,
      "CPU-03 settle:2, CPU-04 ceil:3, AD-01 settle:3, P003-AMD refute, P003-BOR ceil:3, P003-BENCH ceil:3" },
    { BASE "msg_rate_sustained=12000 msg_rate_window_s=300", VERDICT_INSUFFICIENT, "P004-T1 reopen" },
    { BASE "swap_stable=0 environment=prod", VERDICT_INSUFFICIENT, "P004-FSX block:swap_prod" },
    { BASE "swap_stable=0 swap_api_compatible=1 environment=ci", VERDICT_INSUFFICIENT, "P004-FSD act:swap_dev" },
    { BASE "swap_stable=1 swap_durability_doc=1 swap_pattern_fit=1 incumbent_risk=1 environment=prod",
      VERDICT_INSUFFICIENT, "P004-FSP act:swap_prod" },
    { BASE "scope=firmware mp_prototype_proven=1", VERDICT_INSUFFICIENT, "P001-EX1 exempt:P001-RULE" },
    { BASE "scope=audio-dsp goal_gain=0.25 cpu_share=0.9..0.95 component_cpu_share=0.34/0.34/0.34 "
           "component_native_share=0.10/0.10/0.10 "
           "gain_ext=0.28/0.28/0.28 p_roi_pos_ext=0.9 ml_native_in_hot_path=1",
      VERDICT_EXTENSION, "CPU-01 floor:3, AD-04 ceil:4, AD-05 floor:4, P001-EX2 floor:4, P001-ML ceil:4" },
    { BASE "proto_startup_x=4.1 proto_op_s=301 op_s=300", VERDICT_INSUFFICIENT, "" },
    { BASE "proto_startup_x=1.6 proto_op_s=300 op_s=300", VERDICT_INSUFFICIENT, "P000-PROTO reopen" },
    { BASE "goal=memory mem_saving_usd_year_p50=11.5 annual_cost_extra_p50=5000", VERDICT_DO_NOT_MIGRATE,
      "MEM-01 settle:1" },
    { BASE "goal=memory mem_measured=1 mem_saving_usd_year_p50=90000 annual_cost_extra_p50=30000 p_roi_pos_ext=0.88",
      VERDICT_EXTENSION, "MEM-02 floor:4" },
};

static void rule_case_holds(void **state)
{
    static const char *const skip[] = { "EV-1", "EV-2", "ROI-", "P001-RULE" };
    const struct rule_case *x = *state;
    struct packs packs;
    struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_result r;
    packs_open(&packs, "all");
    facts_type(f, x->facts);
    facts_defaults(f);
    evaluate(&packs, f, STAGE_DECISION, &r);
    char *list = fired(&r, skip, ARRAY_LEN(skip), true);
    assert_string_equal(list, x->fired);
    assert_string_equal(policy_verdict_name(r.verdict), policy_verdict_name(x->verdict));
    free(list);
    policy_result_release(&r);
    packs_close(&packs);
    free(f);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(examples) + ARRAY_LEN(rule_cases)];
    static char names[ARRAY_LEN(rule_cases)][40];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        union {
            const struct example *in;
            void *out;
        } arg = { .in = &examples[i] };
        tests[n++] = (struct CMUnitTest){ examples[i].name, example_holds, NULL, NULL, arg.out };
    }
    for (size_t i = 0; i < ARRAY_LEN(rule_cases); i++) {
        union {
            const struct rule_case *in;
            void *out;
        } arg = { .in = &rule_cases[i] };
        (void)snprintf(names[i], sizeof names[i], "all packs, row %zu", i + 1);
        tests[n++] = (struct CMUnitTest){ names[i], rule_case_holds, NULL, NULL, arg.out };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
