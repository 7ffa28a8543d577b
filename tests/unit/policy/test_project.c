/* A project's own document: an error per field, packs in order, exemptions that end. */
#include "base/clock.h"
#include "policy/project.h"
#include "policy_test.h"

static struct policy_project *project;
static struct field_errors errors;
static struct err err;

static bool parse(const char *text)
{
    policy_project_free(project);
    project = NULL;
    free(errors.items);
    errors = (struct field_errors){ 0 };
    err = ERR_INIT;
    return policy_project_parse(span_of(text), &project, &errors, &err);
}

static int forget(void **state)
{
    (void)state;
    policy_project_free(project);
    project = NULL;
    free(errors.items);
    errors = (struct field_errors){ 0 };
    return 0;
}

static int64_t moment(const char *text)
{
    int64_t us = 0;
    assert_true(clock_parse(span_of(text), &us));
    return us;
}

#define DOC(members) "{\"schema\":\"stet/project/1\"" members "}"

static const char whole[] = DOC(
    ",\"packs\":[\"standing\",\"score-sheet\",\"memory\"],"
    "\"rules\":[{\"id\":\"OWN-1\",\"when\":\"cpu_share_lo >= 0.9 AND gc_tuned = 1\",\"effect\":\"floor:3\","
    "\"basis\":\"evidence\",\"reason\":\"Very busy.\",\"source\":\"The team\",\"remedy\":\"look\"},"
    "{\"id\":\"OWN-2\",\"when\":\"scope = 'billing'\",\"effect\":\"ceil:3+exempt:OWN-1\",\"basis\":\"input\","
    "\"reason\":\"Billing stays.\"}],"
    "\"thresholds\":{\"goal_gain\":0.25,\"cpu_bound_threshold\":0.6},"
    "\"exemptions\":[{\"rule\":\"P001-RULE\",\"owner\":\"the platform team\",\"reason\":\"A trial\","
    "\"until\":\"2026-03-31\"},{\"rule\":\"EV-12\",\"owner\":\"the platform team\",\"reason\":\"Frozen code.\","
    "\"until\":\"2026-01-31T12:00:00Z\"}],"
    "\"goal\":\"cost\",\"watch\":[{\"title\":\"Traffic\",\"when\":\"ops_per_year > 50e6\"},"
    "{\"id\":\"hot\",\"title\":\"The parser\",\"when\":\"component_cpu_share_lo > 0.3\",\"component\":[\"parse_*\"]},"
    "{\"title\":\"Review\",\"date\":\"2026-06-30\"},{\"title\":\"Prototype proven\",\"manual\":true}]");

static void a_whole_document_is_read(void **state)
{
    (void)state;
    if (!parse(whole))
        fail_msg("%s", err.text);
    assert_int_equal(project->pack_count, 2);
    assert_string_equal(project->packs[0], "score-sheet");
    assert_int_equal(project->own->rule_count, 2);
    assert_string_equal(project->own->rules[0].source, "The team");
    assert_string_equal(project->own->rules[0].pack, "project");
    assert_int_equal(project->threshold_count, 2);
    assert_int_equal(project->exemption_count, 2);
    assert_true(project->goal_given && project->goal == GOAL_COST);
    assert_int_equal(project->watch_count, 4);
    assert_string_equal(project->watch[0].id, "w1");
    assert_int_equal(project->watch[0].kind, WATCH_WHEN);
    assert_string_equal(project->watch[1].id, "hot");
    assert_int_equal(project->watch[1].component_count, 1);
    assert_int_equal(project->watch[2].kind, WATCH_DATE);
    assert_true(project->watch[2].date_us == moment("2026-06-30T00:00:00Z"));
    assert_int_equal(project->watch[3].kind, WATCH_MANUAL);
    assert_int_equal(strlen(project->sha256), 64);
    struct policy_findings found = { 0 };
    policy_project_check(project, NUM_UNKNOWN, moment("2026-01-01T00:00:00Z"), &found);
    for (size_t i = 0; i < found.count; i++)
        fail_msg("%s: %s", found.items[i].rule, found.items[i].text);
    free(found.items);
}

static void thresholds_become_facts(void **state)
{
    (void)state;
    struct fact_set *f = xcalloc(1, sizeof *f);
    assert_true(parse(whole));
    facts_set_num(f, FACT_cpu_bound_threshold, 0.4, ORIGIN_DECLARED, "the command line");
    policy_project_facts(project, f);
    facts_defaults(f);
    assert_true(facts_num(f, FACT_goal_gain) == 0.25);
    assert_int_equal(f->v[FACT_goal_gain].origin, ORIGIN_DECLARED);
    assert_true(facts_num(f, FACT_cpu_bound_threshold) == 0.4);
    assert_true(facts_num(f, FACT_min_useful_gain) == 0.10);
    free(f);
}

static void packs_come_in_order_and_exemptions_end(void **state)
{
    (void)state;
    static const struct {
        const char *as_of;
        uint32_t rules;
        const char *states;
    } rows[] = { { "2026-01-01T00:00:00Z", 4, "holds holds" },     { "2026-01-31T12:00:00Z", 4, "holds holds" },
                 { "2026-01-31T12:00:01Z", 3, "holds expired" },   { "2026-03-31T23:59:59Z", 3, "holds expired" },
                 { "2026-04-01T00:00:00Z", 2, "expired expired" }, { NULL, 2, "unknown unknown" } };
    static const char *const names[] = { "standing", "score-sheet", "memory", "project" };
    char before[13] = "";
    assert_true(parse(whole));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct policy_set set;
        int64_t as_of = rows[i].as_of ? moment(rows[i].as_of) : 0;
        assert_true(policy_project_packs(project, as_of, &set, &err));
        assert_int_equal(set.count, 4);
        for (size_t k = 0; k < 4; k++)
            assert_string_equal(set.packs[k]->name, names[k]);
        assert_int_equal(set.packs[3]->rule_count, rows[i].rules);
        assert_true((strcmp(before, set.packs[3]->version) == 0) == (i == 1 || i == 3 || i == 5));
        (void)snprintf(before, sizeof before, "%s", set.packs[3]->version);
        policy_set_release(&set);
        struct sb json = { 0 };
        struct jsonw w = { .out = &json };
        char want[60];
        policy_exemptions_json(&w, NULL, project, as_of);
        (void)snprintf(want, sizeof want, "\"state\":\"%.*s\"", (int)strcspn(rows[i].states, " "), rows[i].states);
        assert_non_null(strstr(sb_cstr(&json), want));
        (void)snprintf(want, sizeof want, "\"state\":\"%s\"", strchr(rows[i].states, ' ') + 1);
        assert_non_null(strstr(sb_cstr(&json), want));
        sb_release(&json);
    }
    struct policy_findings found = { 0 };
    policy_project_check(project, NUM_UNKNOWN, moment("2026-02-15T00:00:00Z"), &found);
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0].rule, "EV-12");
    assert_non_null(strstr(found.items[0].text, "the platform team"));
    free(found.items);
}

static void without_a_project_standing_stands_alone(void **state)
{
    (void)state;
    struct policy_set set;
    assert_true(policy_project_packs(NULL, 0, &set, &err));
    assert_int_equal(set.count, 1);
    assert_string_equal(set.packs[0]->name, "standing");
    policy_set_release(&set);
    assert_true(parse(DOC("")));
    assert_true(policy_project_packs(project, 0, &set, &err));
    assert_int_equal(set.count, 1);
    policy_set_release(&set);
    assert_true(parse(DOC(",\"rules\":\"# nothing yet\\n\"")));
    assert_true(policy_project_packs(project, 0, &set, &err));
    assert_int_equal(set.count, 1);
    policy_set_release(&set);
}

static enum policy_verdict verdict_with(const struct policy_set *set, const char *facts, enum policy_stage stage,
                                        bool *ret_standing)
{
    struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_options opt = { .stage = stage };
    struct policy_result r;
    facts_type(f, facts);
    facts_defaults(f);
    if (!policy_evaluate((const struct policy_pack *const *)set->packs, set->count, f, &opt, &r, &err))
        fail_msg("%s", err.text);
    enum policy_verdict v = r.verdict;
    *ret_standing = has_fired(&r, "P001-RULE");
    policy_result_release(&r);
    free(f);
    return v;
}

static void exemptions_reach_both_stages(void **state)
{
    (void)state;
    static const char facts[] =
        "has_cpu_accounting=1 goal=throughput util=0.4..0.5 load_saturating=1 load_representative=1";
    struct policy_set set;
    bool standing;
    assert_true(parse(whole));
    for (int stage = STAGE_EVIDENCE; stage <= STAGE_DECISION; stage++) {
        assert_true(policy_project_packs(project, moment("2026-03-01T00:00:00Z"), &set, &err));
        (void)verdict_with(&set, facts, (enum policy_stage)stage, &standing);
        assert_false(standing);
        policy_set_release(&set);
        assert_true(policy_project_packs(project, moment("2026-05-01T00:00:00Z"), &set, &err));
        (void)verdict_with(&set, facts, (enum policy_stage)stage, &standing);
        assert_true(standing);
        policy_set_release(&set);
    }
}

static void own_rules_count(void **state)
{
    (void)state;
    struct policy_set set;
    bool standing;
    static const char facts[] = "has_profile=1 has_cpu_accounting=1 goal=latency cpu_share=0.95..0.97 samples_eff=400 "
                                "gc_tuned=1 lost_share=0 gain_full=0.5..0.6 gain_ext=0.4..0.5 scope=billing";
    assert_true(parse(whole));
    assert_true(policy_project_packs(project, 0, &set, &err));
    assert_int_equal(verdict_with(&set, facts, STAGE_DECISION, &standing), VERDICT_OPTIMISE);
    policy_set_release(&set);
}

static void each_field_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field, *says;
    } rows[] = {
        { "{}", "schema", "stet/project/1" },
        { "[]", "", "want an object" },
        { DOC(",\"pack\":[]"), "pack", "did you mean 'packs'?" },
        { DOC(",\"goal\":\"cost\",\"goal\":\"cost\""), "goal", "twice" },
        { DOC(",\"packs\":\"memory\""), "packs", "array" },
        { DOC(",\"packs\":[\"memory\",\"nothing\"]"), "packs[1]", "score-sheet" },
        { DOC(",\"packs\":[\"memory\",\"memory\"]"), "packs[1]", "twice" },
        { DOC(",\"packs\":[\"../standing\"]"), "packs[0]", "built-in" },
        { DOC(",\"goal\":\"speed\""), "goal", "latency" },
        { DOC(",\"thresholds\":[]"), "thresholds", "object" },
        { DOC(",\"thresholds\":{\"goal\":0.1}"), "thresholds.goal", "goal_gain" },
        { DOC(",\"thresholds\":{\"goal_gain\":30}"), "thresholds.goal_gain", "fraction" },
        { DOC(",\"thresholds\":{\"goal_gain\":\"0.3\"}"), "thresholds.goal_gain", "fraction" },
        { DOC(",\"thresholds\":{\"wait_bound_threshold\":0.7}"), "thresholds", "above cpu_bound_threshold 0.5" },
        { DOC(",\"rules\":7"), "rules", "text of a pack" },
        { DOC(",\"rules\":\"X | cpu_shar_lo > 1 | note | evidence | r\""), "rules", "did you mean 'cpu_share_lo'" },
        { DOC(",\"rules\":\"EV-00 | gc_tuned = 1 | note | evidence | r\""), "rules", "built-in pack standing" },
        { DOC(",\"rules\":[7]"), "rules[0]", "object" },
        { DOC(",\"rules\":[{\"id\":\"X\"}]"), "rules[0].when", "missing" },
        { DOC(",\"rules\":[{\"id\":\"X Y\",\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].id", "cannot be the id" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"gc_tune = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].when", "did you mean 'gc_tuned'" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"(SELECT 1)\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].when", "SELECT" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"gc_tuned = 1\",\"effect\":\"lift:5\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].effect", "undecided" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"gc_tuned = 1\",\"effect\":\"exempt:NO-1\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].effect", "no rule 'NO-1'" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"guess\","
              "\"reason\":\"r\"}]"),
          "rules[0].basis", "evidence, absence or input" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"a | b\"}]"),
          "rules[0].reason", "bar" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"a\\nY\"}]"),
          "rules[0].reason", "line break" },
        { DOC(",\"rules\":[{\"id\":\"CPU-01\",\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].id", "built-in pack standing" },
        { DOC(",\"rules\":[{\"id\":\"EXEMPT-1\",\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].id", "kept for exemptions" },
        { DOC(",\"rules\":[{\"id\":\"X\",\"wen\":1,\"when\":\"gc_tuned = 1\",\"effect\":\"note\",\"basis\":\"input\","
              "\"reason\":\"r\"}]"),
          "rules[0].wen", "did you mean 'when'" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-99\",\"owner\":\"o\",\"reason\":\"r\",\"until\":\"2026-01-01\"}]"),
          "exemptions[0].rule", "no rule 'EV-99'" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-11\",\"reason\":\"r\",\"until\":\"2026-01-01\"}]"),
          "exemptions[0].owner", "missing" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-11\",\"owner\":\"o\",\"reason\":\"\",\"until\":\"2026-01-01\"}]"),
          "exemptions[0].reason", "empty" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-11\",\"owner\":\"o\",\"reason\":\"r\"}]"), "exemptions[0].until",
          "has to end" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-11\",\"owner\":\"o\",\"reason\":\"r\",\"until\":\"2026-02-30\"}]"),
          "exemptions[0].until", "calendar" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-11\",\"owner\":\"o\",\"reason\":\"r\",\"until\":\"soon\"}]"),
          "exemptions[0].until", "calendar" },
        { DOC(",\"exemptions\":[{\"rule\":\"EV-11\",\"owner\":\"o\",\"reason\":\"r\",\"until\":\"2026-01-01\"},"
              "{\"rule\":\"EV-11\",\"owner\":\"o\",\"reason\":\"r\",\"until\":\"2026-01-01\"}]"),
          "exemptions[1].rule", "twice" },
        { DOC(",\"watch\":[{\"title\":\"t\"}]"), "watch[0]", "one of when, date and manual" },
        { DOC(",\"watch\":[{\"title\":\"t\",\"date\":\"2026-01-01\",\"manual\":true}]"), "watch[0]", "one of" },
        { DOC(",\"watch\":[{\"when\":\"gc_tuned = 1\"}]"), "watch[0].title", "missing" },
        { DOC(",\"watch\":[{\"title\":\"t\",\"when\":\"gc_tuned = 1; DROP TABLE f\"}]"), "watch[0].when", "';'" },
        { DOC(",\"watch\":[{\"title\":\"t\",\"date\":\"31 March\"}]"), "watch[0].date", "calendar" },
        { DOC(",\"watch\":[{\"title\":\"t\",\"manual\":true,\"component\":[7]}]"), "watch[0].component", "text" },
        { DOC(",\"watch\":[{\"title\":\"t\",\"manual\":true,\"id\":\"a\"},{\"title\":\"t\",\"manual\":true,"
              "\"id\":\"a\"}]"),
          "watch[1].id", "twice" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (parse(rows[i].text))
            fail_msg("accepted: %s", rows[i].text);
        assert_int_equal(err.code, ERR_VALUE);
        bool found = false;
        for (size_t k = 0; k < errors.count; k++)
            found = found ||
                    (strcmp(errors.items[k].field, rows[i].field) == 0 && strstr(errors.items[k].text, rows[i].says));
        if (!found)
            fail_msg("%s: %s", rows[i].text, err.text);
    }
}

static void all_errors_are_told_at_once(void **state)
{
    (void)state;
    assert_false(parse("{\"schema\":\"stet/project/2\",\"packs\":[\"x\"],\"goal\":7,\"watch\":{}}"));
    assert_int_equal(errors.count, 4);
    assert_non_null(strstr(err.text, "and 3 more"));
    assert_false(parse("{\"schema\":"));
    assert_int_equal(err.code, ERR_MALFORMED);
    assert_int_equal(errors.count, 0);
    struct sb many = { 0 };
    sb_adds(&many, "{\"schema\":\"stet/project/1\"");
    for (int i = 0; i < 150; i++)
        sb_printf(&many, ",\"unknown%d\":1", i);
    sb_adds(&many, "}");
    assert_false(parse(sb_cstr(&many)));
    assert_int_equal(errors.count, FIELD_ERRORS_MAX);
    assert_int_equal(errors.left_out, 50);
    sb_release(&many);
}

static void conditions_that_cannot_be_true_are_found(void **state)
{
    (void)state;
    struct policy_findings found = { 0 };
    assert_true(
        parse(DOC(",\"rules\":\"X | cpu_share_lo > 1.5 | ceil:3 | evidence | r\","
                  "\"watch\":[{\"id\":\"never\",\"title\":\"t\",\"when\":\"gc_tuned = 1 AND gc_tuned = 0\"}]")));
    policy_project_check(project, NUM_UNKNOWN, 0, &found);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.items[0].weight, FINDING_ERROR);
    assert_string_equal(found.items[0].rule, "X");
    assert_string_equal(found.items[1].rule, "never");
    free(found.items);
}

static void a_document_is_told_from_a_pack(void **state)
{
    (void)state;
    assert_true(policy_is_project(SPAN(" \n{\"schema\":1}")));
    assert_false(policy_is_project(SPAN("# {\nX | 1 | note | input | r")));
    assert_false(policy_is_project(SPAN("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_whole_document_is_read, forget),
        cmocka_unit_test_teardown(thresholds_become_facts, forget),
        cmocka_unit_test_teardown(packs_come_in_order_and_exemptions_end, forget),
        cmocka_unit_test_teardown(without_a_project_standing_stands_alone, forget),
        cmocka_unit_test_teardown(exemptions_reach_both_stages, forget),
        cmocka_unit_test_teardown(own_rules_count, forget),
        cmocka_unit_test_teardown(each_field_is_judged, forget),
        cmocka_unit_test_teardown(all_errors_are_told_at_once, forget),
        cmocka_unit_test_teardown(conditions_that_cannot_be_true_are_found, forget),
        cmocka_unit_test(a_document_is_told_from_a_pack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
