/* The worked examples as decisions: what holds for facts alone holds when a proposal stands beside them. Evidence adds
 * what follows from the facts: the waiting that a share of CPU leaves, and an open gain where no target is named. */
#include "decide_test.h"

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
    enum policy_gate gate;
    enum policy_verdict potential;
};

static const struct example examples[] = {
    { "W1a", "standing",
      COMMON
      "has_profile=1 profile_sees_wait=0 native_visible=1 samples_raw=178 samples_eff=9.4681 startup_share=0.1517",
      VERDICT_INSUFFICIENT, "EV-01", "EV-01, EV-03, EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W1b", "standing",
      COMMON BOTH
      "samples_raw=178 samples_eff=9.4681 cpu_share=0.0300/0.0300/0.0300 native_cpu_share=0.0146/0.0961/0.4150 "
      "addr_share=0.0176/0.0271/0.0296 amdahl_ceiling=1.0179/1.0279/1.0305",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, WT-01, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W2", "standing",
      COMMON BOTH
      "samples_eff=250 cpu_share=0.9990..1.0000 component_cpu_share=0.7246/0.78/0.8269 native_cpu_share=0.0261..0.0898 "
      "amdahl_ceiling=10.8578/20/38.3142 gain_ext=0.4826/0.6825/0.7856 gain_full=0.6097/0.8312/0.9223 goal_gain=0.40 "
      "p_roi_pos_ext=0.91 p_roi_pos_full=0.35 kind=native_extension",
      VERDICT_EXTENSION, "AD-05", "CPU-01, AD-04, AD-05, ROI-01", GATE_PASS, VERDICT_EXTENSION },
    { "W3a", "standing",
      COMMON "has_profile=1 profile_sees_wait=1 samples_eff=440 startup_share=0 concurrency=overlapping "
             "util=0.3553/0.4000/0.4465",
      VERDICT_INSUFFICIENT, "EV-16", "EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W3b", "standing",
      COMMON BOTH
      "profile_sees_wait=1 samples_eff=440 ops=3000 op_s=0.5 util=0.3553/0.4000/0.4465 cpu_share=0.0080/0.0080/0.0080 "
      "cpu_queue_share=0/0.0053/0.0693 native_cpu_share=0.05..0.2 amdahl_ceiling=1.0050/1.0100/1.0793",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, WT-01, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W3c, load not stepped", "standing",
      COMMON BOTH "goal=throughput samples_eff=440 util=0.36/0.40/0.45 native_cpu_share=0.05..0.2 amdahl_ceiling=3/5/8",
      VERDICT_INSUFFICIENT, "EV-09", "EV-09, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W3c, saturated", "standing",
      COMMON BOTH "goal=throughput load_saturating=1 samples_eff=440 util=0.36/0.40/0.45 native_cpu_share=0.05..0.2 "
                  "amdahl_ceiling=3/5/8",
      VERDICT_FIX_WAIT, "CPU-05", "CPU-05, ROI-04, ROI-05, P001-RULE", GATE_FAIL, VERDICT_FIX_WAIT },
    { "W4a", "standing",
      COMMON BOTH "samples_eff=490 cpu_share=0.9800/0.9800/0.9800 native_cpu_share=0.7813/0.8189/0.8514 "
                  "addr_share=0.1456/0.1775/0.2143 "
                  "amdahl_ceiling=1.1705/1.2158/1.2728 gain_full=0.1383/0.1686/0.2036",
      VERDICT_OPTIMISE, "AD-02", "CPU-01, AD-02, ROI-04, ROI-05", GATE_FAIL, VERDICT_OPTIMISE },
    { "W4b", "standing",
      COMMON BOTH
      "native_visible=0 samples_eff=490 cpu_share=0.9800/0.9800/0.9800 native_cpu_share=0..1 addr_share=0..0.98 "
      "amdahl_ceiling=1..50 gain_full=0..0.98",
      VERDICT_INSUFFICIENT, "EV-10", "EV-10, EV-17, CPU-01, ROI-04, ROI-05", GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W5a", "standing gc-and-triggers",
      COMMON BOTH "goal=throughput samples_eff=1080 util=0.88/0.90/0.92 gc_cpu_share=0.1020/0.12/0.1407 "
                  "deser_cpu_share=0.0316/0.042/0.0557 gc_tuned=0 native_cpu_share=0.1..0.2 amdahl_ceiling=5/7/10",
      VERDICT_OPTIMISE, "AD-03", "CPU-02, AD-03, ROI-04, ROI-05, P004-GATE", GATE_FAIL, VERDICT_OPTIMISE },
    { "W5b", "standing gc-and-triggers",
      COMMON BOTH
      "samples_eff=1080 cpu_share=0.0002/0.0002/0.0002 util=0.0002..0.0002 gc_cpu_share=0.1020/0.12/0.1407 gc_tuned=0 "
      "native_cpu_share=0.1..0.2 amdahl_ceiling=1/1.0002/1.0002",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, WT-01, AD-01, AD-03, ROI-04, ROI-05, P001-RULE, P004-IMM", GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W6a", "standing",
      COMMON BOTH "samples_eff=300 goal_gain=0.50 cpu_share=0.9833/0.9833/0.9833 addr_share=0.9548/0.9735/0.9799 "
                  "native_cpu_share=0.0034..0.0290 "
                  "amdahl_ceiling=22/37.7358/50 gain_ext=0.7719/0.8650/0.9 gain_full=0.8593/0.9411/0.96 "
                  "p_roi_pos_ext=0.93 p_roi_pos_full=0.85 "
                  "kind=native_extension",
      VERDICT_EXTENSION, "AD-05", "CPU-01, AD-04, AD-05, AD-06", GATE_PASS, VERDICT_EXTENSION },
    { "W6b", "standing",
      COMMON BOTH
      "samples_eff=300 goal_gain=0.50 cpu_share=0.9833/0.9833/0.9833 native_cpu_share=0.0034..0.0290 "
      "amdahl_ceiling=22/37.7358/50 "
      "gain_ext=0.15/0.2376/0.24 gain_full=0.8593/0.9411/0.96 p_roi_pos_ext=0.6 p_roi_pos_full=0.85 kind=full_rewrite",
      VERDICT_FULL, "AD-06", "CPU-01, AD-06", GATE_PASS, VERDICT_FULL },
    { "W7", "standing",
      COMMON "has_profile=1 profile_sees_wait=1 samples_raw=60 samples_eff=3.1579 cpu_share=0.1781/0.6/0.9122",
      VERDICT_INSUFFICIENT, "EV-02", "EV-02, EV-03, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W8", "standing",
      COMMON "has_cpu_accounting=1 cpu_s=1.30735 wall_s=3.223969856 cpu_share=0.9957/0.9957/0.9957 "
             "throttled_share=0.5927 quota_use=1.0138",
      VERDICT_FIX_WAIT, "CPU-06", "EV-10, EV-17, CPU-01, CPU-06, ROI-04, ROI-05, P001-RULE", GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W9a", "standing",
      COMMON BOTH "samples_eff=400 ops=118 op_s=0.5075 cpu_share=0.0059/0.0059/0.0059 cpu_queue_share=0/0/0.0005 "
                  "util=0.0059..0.0059 "
                  "native_cpu_share=0.1..0.2 amdahl_ceiling=1/1.0050/1.0064",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, WT-01, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W9b", "standing",
      COMMON BOTH "samples_eff=400 ops=17400 op_s=0.517 cpu_share=0.0040/0.0040/0.0040 cpu_queue_share=0/0.0058/0.0751 "
                  "util=0.5935..0.5935 "
                  "native_cpu_share=0.1..0.2 amdahl_ceiling=1/1.0090/1.0859",
      VERDICT_FIX_WAIT, "CPU-03", "CPU-03, CPU-04, WT-01, AD-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL,
      VERDICT_FIX_WAIT },
    { "W10", "standing", COMMON "has_cpu_accounting=1 concurrency=overlapping util=0.0100..0.0100",
      VERDICT_INSUFFICIENT, "EV-16", "EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT,
      VERDICT_INSUFFICIENT },
    { "W11, sized by CPU", "standing",
      COMMON BOTH
      "goal=cost sized_by=cpu samples_eff=400 util=0.58/0.60/0.62 addr_share=0.70/0.78/0.85 "
      "native_cpu_share=0.15/0.22/0.30 "
      "amdahl_ceiling=3.3333/4.5455/6.6667 gain_full=0.3500/0.6027/0.6800 p_roi_pos_full=0.90 kind=full_rewrite",
      VERDICT_FULL, "AD-06", "CPU-10, AD-06", GATE_PASS, VERDICT_FULL },
    { "W11, not said by what", "standing",
      COMMON BOTH
      "goal=cost samples_eff=400 util=0.58/0.60/0.62 addr_share=0.70/0.78/0.85 native_cpu_share=0.15/0.22/0.30 "
      "amdahl_ceiling=3.3333/4.5455/6.6667 gain_full=0.3500/0.6027/0.6800 p_roi_pos_full=0.90 kind=full_rewrite",
      VERDICT_INSUFFICIENT, "EV-09", "EV-09, P001-RULE", GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W12a", "standing", COMMON "has_profile=0", VERDICT_INSUFFICIENT, "EV-00",
      "EV-00, EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W12b", "standing", COMMON "has_cpu_accounting=0", VERDICT_INSUFFICIENT, "EV-00",
      "EV-00, EV-16, EV-17, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
    { "W12c", "standing", COMMON "has_phase_times=1 wait_share_lo=0.70", VERDICT_FIX_WAIT, "WT-01",
      "EV-17, WT-01, ROI-04, ROI-05, P001-RULE", GATE_FAIL, VERDICT_FIX_WAIT },
    { "W13a", "standing",
      COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.62..0.775 p_roi_pos_full=0.85 kind=full_rewrite",
      VERDICT_FULL, "AB-02", "AB-01, AB-02", GATE_PASS, VERDICT_FULL },
    { "W13b", "standing", COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.62..0.775 kind=full_rewrite",
      VERDICT_OPTIMISE, "AB-01", "AB-01, AB-02, ROI-04, ROI-05", GATE_INSUFFICIENT, VERDICT_FULL },
    { "W13c", "standing", COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.02..0.05 kind=full_rewrite",
      VERDICT_DO_NOT_MIGRATE, "AB-03", "AB-03, ROI-04, ROI-05, P001-RULE", GATE_FAIL, VERDICT_DO_NOT_MIGRATE },
    { "W13d", "standing", COMMON "goal=cost ab_measured=1 ab_scope=goal ab_gain=0.12..0.45 kind=full_rewrite",
      VERDICT_INSUFFICIENT, "AB-04", "AB-04, ROI-04, ROI-05, P001-RULE", GATE_INSUFFICIENT, VERDICT_INSUFFICIENT },
};

static const char *proposal_for(const char *facts)
{
    static char text[200];
    const char *kind = strstr(facts, "kind=");
    struct span word = SPAN(""), rest = span_of(kind ? kind + strlen("kind=") : "");
    (void)span_word(&rest, &word);
    (void)snprintf(text, sizeof text, "{\"schema\":\"stet/proposal/1\",\"title\":\"Another version\"%s%.*s%s}",
                   word.len ? ",\"kind\":\"" : "", SPAN_FMT(word), word.len ? "\"" : "");
    return text;
}

static void example_holds(void **state)
{
    const struct example *x = *state;
    struct decided d;
    decide_given(&(struct given){ .proposal = proposal_for(x->facts), .facts = x->facts, .packs = x->packs }, &d);
    assert_string_equal(fired_in(d.doc), x->fired);
    assert_string_equal(text_at(d.doc, "verdict"), policy_verdict_name(x->verdict));
    assert_string_equal(text_at(d.doc, "reason_rule"), x->main);
    assert_string_equal(text_at(d.doc, "gate"), policy_gate_name(x->gate));
    assert_string_equal(text_at(d.doc, "potential.verdict"), policy_verdict_name(x->potential));
    assert_string_equal(text_at(d.doc, "stage"), "decision");
    assert_int_equal(json_bool(json_get(d.doc, "migration_allowed"), false), x->verdict >= VERDICT_EXTENSION);
    struct span summary = json_str(json_get(d.doc, "summary"));
    assert_in_range(summary.len, 20, 240);
    decided_release(&d);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(examples)];
    for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
        union {
            const struct example *in;
            void *out;
        } arg = { .in = &examples[i] };
        tests[i] = (struct CMUnitTest){ examples[i].name, example_holds, NULL, NULL, arg.out };
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
