/* What is still open, what would be favourable, what would flip, and the answers for other goals. */
#include "policy_test.h"

#define COMMON                                                                                                         \
    "load_representative=1 runs_n=3 evidence_age_days=1 code_changed=0 lost_share=0 broken_share=0 unknown_share=0 "   \
    "halves_z=0.5 runq_share=0 dep_sdk_ready=1 team_target_devs=2 "
#define BOTH "has_profile=1 has_cpu_accounting=1 native_visible=1 startup_share=0.01 coverage_ratio=1 samples_eff=400 "
#define CPU_BOUND                                                                                                      \
    BOTH "cpu_share=0.98/0.98/0.98 native_cpu_share=0.02..0.1 amdahl_ceiling=10/20/30 gain_full=0.6/0.7/0.8 "          \
         "gain_ext=0.1/0.2/0.3 "

struct world {
    struct packs packs;
    struct fact_set *facts;
    struct policy_result r;
};

static void world_open(struct world *w, const char *packs, const char *facts, struct policy_options opt)
{
    struct err err = ERR_INIT;
    packs_open(&w->packs, packs);
    w->facts = xcalloc(1, sizeof *w->facts);
    facts_type(w->facts, facts);
    facts_defaults(w->facts);
    if (!policy_evaluate((const struct policy_pack *const *)w->packs.items, w->packs.count, w->facts, &opt, &w->r,
                         &err))
        fail_msg("%s", err.text);
}

static void world_close(struct world *w)
{
    policy_result_release(&w->r);
    packs_close(&w->packs);
    free(w->facts);
}

static const struct policy_open *open_of(const struct policy_result *r, const char *rule)
{
    for (uint32_t i = 0; i < r->open_count; i++) {
        int32_t at = r->open[i].rule;
        if ((at < 0 && !rule) || (at >= 0 && rule && strcmp(r->rules[at].rule->id, rule) == 0))
            return &r->open[i];
    }
    return NULL;
}

static char *names(const enum fact_id *facts, uint32_t n)
{
    struct sb out = { 0 };
    for (uint32_t i = 0; i < n; i++)
        sb_printf(&out, "%s%s", i ? " " : "", fact_infos[facts[i]].name);
    return sb_detach(&out);
}

static void assert_names(const enum fact_id *facts, uint32_t n, const char *wanted)
{
    char *got = names(facts, n);
    assert_string_equal(got, wanted);
    free(got);
}

#define DECIDE ((struct policy_options){ .stage = STAGE_DECISION })
#define LOOK ((struct policy_options){ .stage = STAGE_EVIDENCE })

static void nothing_measured(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "standing", "", LOOK);
    assert_int_equal(w.r.verdict, VERDICT_INSUFFICIENT);
    const struct policy_open *o = open_of(&w.r, "EV-00");
    assert_non_null(o);
    assert_names(o->facts, o->fact_count, "has_profile has_cpu_accounting has_phase_times");
    o = open_of(&w.r, "CPU-03");
    assert_non_null(o);
    assert_names(o->facts, o->fact_count, "cpu_share_hi");
    assert_int_equal(o->verdict, VERDICT_FIX_WAIT);
    assert_null(open_of(&w.r, "ROI-03")); /* nobody proposed anything */
    assert_null(open_of(&w.r, "AB-03"));  /* nobody spoke of a comparison */
    assert_null(open_of(&w.r, "CPU-06")); /* no word of a quota */
    assert_null(policy_rule_of(&w.r, "EV-17"));
    assert_null(policy_rule_of(&w.r, "ROI-04"));
    /* the smallest set touches every open rule, cheapest first */
    for (uint32_t i = 0; i < w.r.open_count; i++) {
        bool touched = w.r.open[i].fact_count == 0;
        for (uint32_t k = 0; k < w.r.open[i].fact_count; k++) {
            for (uint32_t a = 0; a < w.r.ask_count; a++)
                touched = touched || w.r.ask[a] == w.r.open[i].facts[k];
        }
        assert_true(touched);
    }
    for (uint32_t a = 1; a < w.r.ask_count; a++)
        assert_true(fact_infos[w.r.ask[a - 1]].price <= fact_infos[w.r.ask[a]].price);
    world_close(&w);
}

static void overlapping_work_asks_for_three_numbers(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "standing",
               COMMON "has_profile=1 profile_sees_wait=1 samples_eff=440 concurrency=overlapping util=0.36..0.45",
               LOOK);
    const struct policy_rule_result *r = policy_rule_of(&w.r, "EV-16");
    assert_names(r->missing, r->missing_count, "ops op_s wall_s");
    world_close(&w);
    world_open(
        &w, "standing",
        COMMON
        "has_profile=1 profile_sees_wait=1 samples_eff=440 concurrency=overlapping util=0.36..0.45 wall_s=30 ops=9",
        LOOK);
    r = policy_rule_of(&w.r, "EV-16");
    assert_names(r->missing, r->missing_count, "op_s");
    world_close(&w);
}

static void rules_ask_where_somebody_began(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "standing", COMMON CPU_BOUND "quota_use=0.5 ab_measured=1 ab_scope=goal", LOOK);
    const struct policy_rule_result *r = policy_rule_of(&w.r, "CPU-06");
    assert_names(r->missing, r->missing_count, "throttled_share");
    r = policy_rule_of(&w.r, "AB-03");
    assert_names(r->missing, r->missing_count, "ab_gain_hi");
    r = policy_rule_of(&w.r, "CPU-09");
    assert_int_equal(r->missing_count, 0);
    assert_non_null(open_of(&w.r, "CPU-06"));
    world_close(&w);
}

static void all_together_where_no_rule_alone_matters(void **state)
{
    /* Two ceilings of one pack hold only together: none of its rules alone changes anything. */
    (void)state;
    static const char text[] = "T-1 | cpu_share_lo >= 0.5 | floor:4 | evidence | Up.\n"
                               "T-2 | p_roi_pos_ext >= 0.8 | floor:5 | evidence | Further up.\n"
                               "T-3 | COALESCE(gc_tuned, 0) = 0 | ceil:4 | evidence | Held.\n"
                               "T-4 | gc_tuned = 1 | exempt:T-3 | evidence | Let go.\n";
    struct err err = ERR_INIT;
    struct policy_pack *pack = NULL;
    struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_result r;
    assert_true(policy_pack_parse(SPAN(text), "own", &pack, &err));
    facts_type(f, "cpu_share=0.6..0.7");
    facts_defaults(f);
    assert_true(policy_evaluate((const struct policy_pack *const *)&pack, 1, f, &DECIDE, &r, &err));
    assert_int_equal(r.verdict, VERDICT_EXTENSION);
    assert_int_equal(r.open_count, 1);
    const struct policy_open *o = open_of(&r, NULL);
    assert_non_null(o);
    assert_int_equal(o->verdict, VERDICT_FULL);
    assert_names(o->facts, o->fact_count, "p_roi_pos_ext gc_tuned");
    policy_result_release(&r);
    policy_pack_free(pack);
    free(f);
}

static void potential_grants_inputs_alone(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "standing", CPU_BOUND "lost_share=0 broken_share=0 unknown_share=0 halves_z=0.5", LOOK);
    assert_int_equal(w.r.verdict, VERDICT_OPTIMISE);
    assert_int_equal(w.r.potential.verdict, VERDICT_FULL);
    assert_names(
        w.r.potential.missing, w.r.potential.missing_count,
        "load_representative evidence_age_days code_changed runs_n dep_sdk_ready team_target_devs p_roi_pos_full");
    world_close(&w);
    world_open(&w, "standing", COMMON, LOOK);
    assert_int_equal(w.r.potential.verdict, VERDICT_INSUFFICIENT);
    assert_int_equal(w.r.potential.missing_count, 0);
    world_close(&w);
}

static void gate_tells_not_given_from_shown_otherwise(void **state)
{
    (void)state;
    struct world w;
    struct policy_options opt = DECIDE;
    opt.kind = KIND_FULL_REWRITE;
    world_open(&w, "standing", COMMON CPU_BOUND, opt); /* the case for money is missing */
    assert_int_equal(w.r.gate, GATE_INSUFFICIENT);
    world_close(&w);
    world_open(&w, "standing", COMMON CPU_BOUND "p_roi_pos_full=0.5 p_roi_pos_ext=0.4",
               opt); /* it is there and does not hold */
    assert_int_equal(w.r.gate, GATE_FAIL);
    assert_string_equal(w.r.rules[w.r.main].rule->id, "ROI-02");
    world_close(&w);
    world_open(&w, "standing", COMMON CPU_BOUND "p_roi_pos_full=0.9", opt);
    assert_int_equal(w.r.verdict, VERDICT_FULL);
    assert_int_equal(w.r.gate, GATE_PASS);
    world_close(&w);
    world_open(&w, "standing", COMMON CPU_BOUND, LOOK); /* nobody proposed: one may */
    assert_int_equal(w.r.gate, GATE_PASS);
    assert_false(w.r.migration_allowed);
    world_close(&w);
    /* An extension is covered by level 4, the whole is not. */
    world_open(&w, "standing",
               COMMON CPU_BOUND "gain_ext=0.4/0.5/0.6 p_roi_pos_full=0.5 p_roi_pos_ext=0.9 kind=native_extension",
               DECIDE);
    assert_int_equal(w.r.verdict, VERDICT_EXTENSION);
    assert_int_equal(w.r.gate, GATE_PASS);
    world_close(&w);
    world_open(&w, "standing", COMMON CPU_BOUND "gain_ext=0.4/0.5/0.6 p_roi_pos_full=0.5 p_roi_pos_ext=0.9", opt);
    assert_int_equal(w.r.gate, GATE_FAIL);
    world_close(&w);
}

static void veto_on_the_whole_says_nothing_for_a_part(void **state)
{
    (void)state;
    static const char text[] = "T-1 | cpu_share_lo >= 0.5 | floor:5 | evidence | Up.\n"
                               "T-2 | p_roi_pos_full < 0.8 | ceil:4 | input | Held.\n"
                               "T-3 | gc_tuned = 1 | floor:4 | evidence | A part.\n";
    struct err err = ERR_INIT;
    struct policy_pack *pack = NULL;
    struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_result r;
    assert_true(policy_pack_parse(SPAN(text), "own", &pack, &err));
    facts_type(f, "cpu_share=0.6..0.7 p_roi_pos_full=0.5");
    facts_defaults(f);
    assert_true(policy_evaluate((const struct policy_pack *const *)&pack, 1, f, &DECIDE, &r, &err));
    assert_int_equal(r.verdict, VERDICT_OPTIMISE);
    assert_string_equal(r.rules[r.main].rule->id, "T-2");
    policy_result_release(&r);
    facts_type(f, "gc_tuned=1");
    assert_true(policy_evaluate((const struct policy_pack *const *)&pack, 1, f, &DECIDE, &r, &err));
    assert_int_equal(r.verdict, VERDICT_EXTENSION);
    assert_string_equal(r.rules[r.main].rule->id, "T-3");
    policy_result_release(&r);
    policy_pack_free(pack);
    free(f);
}

static const struct policy_flip *flip_of(const struct policy_result *r, enum fact_id f)
{
    for (uint32_t i = 0; i < r->flip_count; i++) {
        if (r->flips[i].fact == f)
            return &r->flips[i];
    }
    return NULL;
}

static void flips_name_the_line(void **state)
{
    (void)state;
    struct world w;
    struct policy_options opt = DECIDE;
    opt.flips = true;
    world_open(&w, "standing",
               COMMON BOTH "cpu_share=0.03/0.03/0.03 native_cpu_share=0.02..0.1 amdahl_ceiling_hi=1.0309", opt);
    assert_int_equal(w.r.verdict, VERDICT_FIX_WAIT);
    const struct policy_flip *f = flip_of(&w.r, FACT_cpu_share_hi);
    assert_non_null(f);
    assert_true(f->at == 0.2);
    assert_true(f->factor == 0.17);
    assert_int_equal(f->verdict, VERDICT_OPTIMISE);
    /* nothing moved for good */
    assert_true(facts_num(w.facts, FACT_cpu_share_lo) == 0.03);
    assert_true(policy_rule_of(&w.r, "CPU-03")->measured == 0.03);
    assert_true(policy_rule_of(&w.r, "CPU-03")->line == 0.2);
    assert_true(policy_rule_of(&w.r, "CPU-03")->distance > 0.1699 && policy_rule_of(&w.r, "CPU-03")->distance < 0.1701);
    world_close(&w);
    world_open(&w, "score-sheet", "breakeven_ops=53000 ops_per_year=200 horizon_years=5", opt);
    f = flip_of(&w.r, FACT_ops_per_year);
    assert_non_null(f);
    assert_true(f->factor == 53); /* volume must rise 53 times */
    world_close(&w);
}

static void every_goal_is_answered(void **state)
{
    (void)state;
    struct world w;
    struct policy_options opt = LOOK;
    opt.answers = true;
    world_open(&w, "standing",
               COMMON BOTH "cpu_share=0.03/0.03/0.03 util=0.03..0.03 native_cpu_share=0.02..0.1 "
                           "mem_saving_usd_year_p50=10 annual_cost_extra_p50=100",
               opt);
    assert_int_equal(w.r.answer_count, GOAL_COUNT);
    static const struct {
        enum policy_verdict verdict;
        const char *rule;
    } wanted[] = {
        [GOAL_LATENCY] = { VERDICT_FIX_WAIT, "CPU-03" }, [GOAL_THROUGHPUT] = { VERDICT_INSUFFICIENT, "EV-09" },
        [GOAL_COST] = { VERDICT_INSUFFICIENT, "EV-09" }, [GOAL_MEMORY] = { VERDICT_INSUFFICIENT, "EV-16" },
        [GOAL_STARTUP] = { VERDICT_FIX_WAIT, "CPU-03" }, [GOAL_TAIL] = { VERDICT_INSUFFICIENT, "EV-18" },
    };
    for (int g = 0; g < GOAL_COUNT; g++) {
        assert_int_equal(w.r.answers[g].goal, g);
        assert_int_equal(w.r.answers[g].verdict, wanted[g].verdict);
        assert_non_null(w.r.answers[g].main);
        assert_string_equal(w.r.answers[g].main->id, wanted[g].rule);
    }
    world_close(&w);
    /* memory brings its pack along, at the decision with inputs */
    opt.stage = STAGE_DECISION;
    world_open(&w, "standing", COMMON BOTH "mem_saving_usd_year_p50=10 annual_cost_extra_p50=100", opt);
    assert_int_equal(w.r.answers[GOAL_MEMORY].verdict, VERDICT_DO_NOT_MIGRATE);
    assert_string_equal(w.r.answers[GOAL_MEMORY].main->id, "MEM-01");
    world_close(&w);
}

static void same_rule_twice_is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct packs p;
    struct policy_result r;
    struct fact_set *f = xcalloc(1, sizeof *f);
    packs_open(&p, "memory memory");
    facts_defaults(f);
    assert_false(policy_evaluate((const struct policy_pack *const *)p.items, p.count, f, &DECIDE, &r, &err));
    assert_int_equal(err.code, ERR_VALUE);
    packs_close(&p);
    free(f);
}

static void every_verdict_is_carried(void **state)
{
    /* Facts at random: a verdict other than 0 names a fired rule of basis evidence or input. */
    (void)state;
    static const char *const names_of_numbers[] = { "cpu_share_hi",
                                                    "cpu_share_lo",
                                                    "util_lo",
                                                    "util_hi",
                                                    "gain_full_lo",
                                                    "gain_ext_lo",
                                                    "native_cpu_share_lo",
                                                    "p_roi_pos_full",
                                                    "p_roi_pos_ext",
                                                    "p_roi_pos_ceiling",
                                                    "ab_gain_lo",
                                                    "ab_gain_hi",
                                                    "gc_cpu_share_lo",
                                                    "wait_share_lo",
                                                    "has_profile",
                                                    "has_cpu_accounting",
                                                    "native_visible",
                                                    "load_representative",
                                                    "ab_measured",
                                                    "gc_tuned",
                                                    "load_saturating",
                                                    "dep_sdk_ready",
                                                    "samples_eff",
                                                    "amdahl_ceiling_hi",
                                                    "runs_n" };
    static const double numbers[] = { 0, 0.02, 0.15, 0.3, 0.6, 0.9, 1, 3, 400 };
    static const char *const goals[] = { "latency", "throughput", "cost", "memory", "startup", "tail" };
    struct packs p;
    struct err err = ERR_INIT;
    struct fact_set *f = xcalloc(1, sizeof *f);
    uint64_t seed = 11;
    packs_open(&p, "all");
    for (int round = 0; round < 300; round++) {
        *f = (struct fact_set){ 0 };
        for (size_t i = 0; i < ARRAY_LEN(names_of_numbers); i++) {
            enum fact_id id;
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint64_t r = seed >> 33;
            assert_true(fact_find(span_of(names_of_numbers[i]), &id));
            if (r % 3)
                facts_set_num(
                    f, id, fact_infos[id].kind == FACT_BOOL ? (double)(r / 3 % 2) : numbers[r / 3 % ARRAY_LEN(numbers)],
                    ORIGIN_FILE, "");
        }
        facts_set_text(f, FACT_goal, span_of(goals[round % 6]), ORIGIN_DECLARED, "");
        facts_set_text(f, FACT_ab_scope, span_of(round % 4 ? "" : "goal"), ORIGIN_DECLARED, "");
        facts_defaults(f);
        struct policy_result r;
        struct policy_options opt = { .stage = round % 2 ? STAGE_DECISION : STAGE_EVIDENCE };
        assert_true(policy_evaluate((const struct policy_pack *const *)p.items, p.count, f, &opt, &r, &err));
        if (r.verdict != VERDICT_INSUFFICIENT) {
            assert_true(r.main >= 0);
            assert_true(policy_fired(&r.rules[r.main]));
            assert_true(r.rules[r.main].rule->basis != BASIS_ABSENCE);
        }
        assert_true(r.potential.verdict >= VERDICT_INSUFFICIENT && r.potential.missing_count <= 8);
        policy_result_release(&r);
    }
    packs_close(&p);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_measured),
        cmocka_unit_test(overlapping_work_asks_for_three_numbers),
        cmocka_unit_test(rules_ask_where_somebody_began),
        cmocka_unit_test(all_together_where_no_rule_alone_matters),
        cmocka_unit_test(potential_grants_inputs_alone),
        cmocka_unit_test(gate_tells_not_given_from_shown_otherwise),
        cmocka_unit_test(veto_on_the_whole_says_nothing_for_a_part),
        cmocka_unit_test(flips_name_the_line),
        cmocka_unit_test(every_goal_is_answered),
        cmocka_unit_test(same_rule_twice_is_refused),
        cmocka_unit_test(every_verdict_is_carried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
