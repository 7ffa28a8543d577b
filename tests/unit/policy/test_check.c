/* stet policy check: one wrong rule a row, and what is said about it. */
#include "policy_test.h"
#include "roi/proposal.h"

static struct policy_findings found;
static size_t rules;

static void check(const char *text, double pf)
{
    free(found.items);
    found = (struct policy_findings){ 0 };
    policy_check(span_of(text), pf, &found, &rules);
}

static int forget(void **state)
{
    (void)state;
    free(found.items);
    found = (struct policy_findings){ 0 };
    return 0;
}

static const struct {
    const char *row;
    int weight; /* -1: nothing */
    const char *says;
} rows[] = {
    { "X | cpu_share_lo > 0.5 | ceil:3 | evidence | r", -1, "" },
    { "X | cpu_share_lo > 0.5 | ceil:3 | evidence | r | s | m", -1, "" },
    { "X | cpu_share_lo > 1.5 | ceil:3 | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo > 50 | ceil:3 | evidence | r", FINDING_ERROR, "cpu_share_lo 0 to 1" },
    { "X | amdahl_ceiling_hi < 1 | ceil:3 | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo > 0.5 AND cpu_share_hi < 0.4 | ceil:3 | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo >= 0.6 AND wait_share_lo >= 0.5 | ceil:3 | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo >= 0.5 AND wait_share_lo >= 0.5 | ceil:3 | evidence | r", -1, "" },
    { "X | samples_eff > 400 AND samples_raw < 100 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | gc_tuned = 1 AND gc_tuned = 0 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | gc_tuned = 0.5 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | scope = 'a' AND scope = 'b' | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | scope = 'a' AND scope IN ('b', 'a') | note | evidence | r", -1, "" },
    { "X | goal = 'speed' OR gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "never 'speed'" },
    { "X | cpu_shar_lo > 0.5 | ceil:3 | evidence | r", FINDING_ERROR, "did you mean 'cpu_share_lo'?" },
    { "X | cpu_share > 0.5 | ceil:3 | evidence | r", FINDING_ERROR, "did you mean 'cpu_share_lo'?" },
    { "X | \"cpu_share_lo\" > 0.5 | ceil:3 | evidence | r", FINDING_ERROR, "'\"' is not allowed" },
    { "X | `cpu_share_lo` > 0.5 | ceil:3 | evidence | r", FINDING_ERROR, "'`' is not allowed" },
    { "X | cpu_share_lo > 1/2 | ceil:3 | evidence | r", FINDING_WARNING, "integer division: 1/2" },
    { "X | cpu_share_lo > 1/2.0 | ceil:3 | evidence | r", -1, "" },
    { "X | cpu_share_lo + 1 | ceil:3 | evidence | r", FINDING_ERROR, "not a condition" },
    { "X | cpu_share_lo | ceil:3 | evidence | r", FINDING_ERROR, "not a condition" },
    { "X | (SELECT 1) | ceil:3 | evidence | r", FINDING_ERROR, "SELECT" },
    { "X | random() > 0 | ceil:3 | evidence | r", FINDING_ERROR, "function random" },
    { "X | gc_tuned = 1; DROP TABLE f | ceil:3 | evidence | r", FINDING_ERROR, "';' is not allowed" },
    { "X |  | ceil:3 | evidence | r", FINDING_ERROR, "empty" },
    { "X | gc_tuned = 1 | ceil:9 | evidence | r", FINDING_ERROR, "level from 1 to 5" },
    { "X | gc_tuned = 1 | settle:4 | evidence | r", FINDING_ERROR, "level from 1 to 3" },
    { "X | gc_tuned = 1 | note:x | evidence | r", FINDING_ERROR, "note" },
    { "X | gc_tuned = 1 | act | evidence | r", FINDING_ERROR, "act:NAME" },
    { "X | gc_tuned = 1 | lift:3 | evidence | r", FINDING_ERROR, "undecided, settle:N" },
    { "X | gc_tuned = 1 | note+note+note+note+note | evidence | r", FINDING_ERROR, "more than 4 effects" },
    { "X | gc_tuned = 1 | floor:4+ceil:3 | evidence | r", FINDING_WARNING, "floor:4 stands above ceil:3" },
    { "X | gc_tuned IS NULL | floor:4 | absence | r", FINDING_WARNING, "cannot approve" },
    { "X | gc_tuned = 1 | note | hearsay | r", FINDING_ERROR, "evidence, absence or input" },
    { "X | gc_tuned = 1 | note | evidence |", FINDING_ERROR, "reason is empty" },
    { "X | gc_tuned = 1 | note", FINDING_ERROR, "found 3" },
    { "X | gc_tuned = 1 | note | evidence | r | s | m | n", FINDING_ERROR, "found 8" },
    { "no id | gc_tuned = 1 | note | evidence | r", FINDING_ERROR, "cannot be the id" },
    { "X | CASE WHEN gc_tuned = 1 THEN 1 ELSE 0 END | note | evidence | r", FINDING_NOTE, "too unusual" },
    { "X | p_roi_pos_full >= 0.8 AND pf_mean >= 0.35 | floor:5 | evidence | r", FINDING_ERROR, "pf_mean" },
    { "X | p_roi_pos_full >= 0.8 AND pf_mean >= 0.15 | floor:5 | evidence | r", FINDING_NOTE,
      "failure probability 0.35" },
    { "X | p_roi_pos_ext >= 0.8 | floor:4 | evidence | r", -1, "" },
    { "X | p_roi_pos_ceiling >= 0.8 | floor:4 | evidence | r", FINDING_NOTE, "failure probability 0.35" },
    { "X | p_roi_pos_full >= 0.8 AND p_roi_pos_ext >= 0.8 | floor:4 | evidence | r", FINDING_NOTE, "at most 0.65" },
    { "X | p_roi_pos_full >= 0.8 OR p_roi_pos_ext >= 0.8 | floor:4 | evidence | r", -1, "" },
    /* lines near each other, and what only arithmetic reaches */
    { "X | cpu_share_lo > 0.5 AND cpu_share_lo < 0.5005 | ceil:3 | evidence | r", -1, "" },
    { "X | cpu_share_lo > 0.5 AND cpu_share_lo < 0.2 | ceil:3 | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo BETWEEN 0.9 AND 0.1 | ceil:3 | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_s / wall_s BETWEEN 0.331 AND 0.332 AND wall_s > 1000 AND cpu_s < 350 | note | evidence | r", -1, "" },
    { "X | breakeven_ops > ops_per_year * horizon_years AND ops_per_year = 123457 | note | input | r", -1, "" },
    { "X | cpu_share_lo * 2.0 > 2.5 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | 1.0 - 1.0 / amdahl_ceiling_hi > 1.5 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | ABS(cpu_share_lo) < 0 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo / 0 > 1 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | cpu_share_lo + wait_share_lo - cpu_share_hi > 1.5 | note | evidence | r", FINDING_WARNING,
      "no facts were found" },
    /* kinds, words, NULL */
    { "X | goal > 0.5 | note | evidence | r", FINDING_ERROR, "goal is a text" },
    { "X | 0 = COALESCE(goal, 0) | note | evidence | r", FINDING_ERROR, "goal is a text" },
    { "X | goal IN (1, 2) | note | evidence | r", FINDING_ERROR, "goal is a text" },
    { "X | gc_tuned = 'yes' | note | evidence | r", FINDING_ERROR, "never 'yes'" },
    { "X | 'high' = cpu_share_lo | note | evidence | r", FINDING_ERROR, "never 'high'" },
    { "X | 'speed' = goal OR gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "never 'speed'" },
    { "X | COALESCE(goal, '') = 'speed' OR gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "never 'speed'" },
    { "X | goal IS NOT 'speed' AND gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "never 'speed'" },
    { "X | goal NOT IN ('cost', 'speed') AND gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "never 'speed'" },
    { "X | goal = 'speed' | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | COALESCE(goal, '') = '' | note | absence | r", -1, "" },
    { "X | gc_tuned = NULL | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | gc_tuned <> NULL OR gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "IS NULL" },
    { "X | NULL | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | gc_tuned IS NULL AND gc_tuned = 1 | note | evidence | r", FINDING_ERROR, "never true" },
    { "X | NOT cpu_share_lo | note | evidence | r", FINDING_WARNING, "cpu_share_lo stands as a condition" },
    { "X | gc_tuned = 1 AND cpu_share_lo | note | evidence | r", FINDING_WARNING, "stands as a condition" },
    /* rules that say nothing */
    { "X | 1 | note | evidence | r", FINDING_WARNING, "always true" },
    { "X | gc_tuned = 1 OR gc_tuned IS NOT 1 | note | evidence | r", FINDING_WARNING, "always true" },
    { "X | COALESCE(cpu_share_hi, 0) < 0.5 | floor:4 | evidence | r", FINDING_WARNING, "cannot approve" },
    { "X | COALESCE(cpu_share_hi, 0) < 0.5 | ceil:3 | evidence | r", -1, "" },
    /* SQL */
    { "X | ATTACH 'x' AS y | note | evidence | r", FINDING_ERROR, "ATTACH is not allowed" },
    { "X | PRAGMA table_info(f) | note | evidence | r", FINDING_ERROR, "PRAGMA is not allowed" },
    { "X | gc_tuned IN (SELECT 1) | note | evidence | r", FINDING_ERROR, "SELECT is not allowed" },
    { "X | EXISTS (SELECT 1) | note | evidence | r", FINDING_ERROR, "SELECT is not allowed" },
    { "X | gc_tuned IN (VALUES (1)) | note | evidence | r", FINDING_ERROR, "not allowed" },
    { "X | gc_tuned IN f | note | evidence | r", FINDING_ERROR, "unknown fact 'f'" },
    { "X | f.gc_tuned = 1 | note | evidence | r", FINDING_ERROR, "unknown fact 'f'" },
    { "X | rowid = 1 | note | evidence | r", FINDING_ERROR, "unknown fact 'rowid'" },
    { "X | load_extension('x') = 1 | note | evidence | r", FINDING_ERROR, "function load_extension" },
    { "X | hex(zeroblob(1000000000)) = 'x' | note | evidence | r", FINDING_ERROR, "not allowed" },
    { "X | goal LIKE 'lat%' | note | evidence | r", FINDING_ERROR, "function like" },
    { "X | gc_tuned = 1 -- off | note | evidence | r", FINDING_ERROR, "comments" },
    { "X | gc_tuned = 1 /* off */ | note | evidence | r", FINDING_ERROR, "comments" },
    { "X | gc_tuned = 1 ) OR ( 1 = 1 | note | evidence | r", FINDING_ERROR, "parenthesis" },
    { "X | gc_tuned = ?1 | note | evidence | r", FINDING_ERROR, "'?' is not allowed" },
    /* ids and exemptions */
    { "CPU-01 | gc_tuned = 1 | note | evidence | r", FINDING_WARNING, "built-in pack standing" },
    { "X | gc_tuned = 1 | exempt:EV-99 | input | r", FINDING_ERROR, "exempt:EV-99: there is no rule" },
    { "X | gc_tuned = 1 | exempt:EV-11 | input | r", -1, "" },
    { "X | gc_tuned = 1 | exempt:X | input | r", FINDING_WARNING, "exempts itself" },
};

static void each_row_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        check(rows[i].row, NUM_UNKNOWN);
        if (rows[i].weight < 0 && found.count > 0)
            fail_msg("%s: %s", rows[i].row, found.items[0].text);
        if (rows[i].weight < 0)
            continue;
        if (found.count == 0)
            fail_msg("%s: nothing found", rows[i].row);
        if ((int)found.items[0].weight != rows[i].weight || !strstr(found.items[0].text, rows[i].says))
            fail_msg("%s: %s", rows[i].row, found.items[0].text);
        assert_int_equal(found.items[0].line, 1);
    }
}

static void lines_are_counted_and_joined(void **state)
{
    (void)state;
    check("# comment\n\nA | gc_tuned = 1\n    AND cpu_share_lo > 0.5\n    | note\n    | evidence | r\n\n# c\nB | "
          "nofact = 1 | note | evidence | r\r\n"
          "A | gc_tuned = 1 | note | evidence | r\n",
          NUM_UNKNOWN);
    assert_int_equal(rules, 3);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.items[0].line, 9);
    assert_string_equal(found.items[0].rule, "B");
    assert_int_equal(found.items[1].line, 10);
    assert_non_null(strstr(found.items[1].text, "already"));
    check("# nothing\n", NUM_UNKNOWN);
    assert_int_equal(found.count, 1);
    check("X | gc_tuned = 1 | note | evidence | \xff\n", NUM_UNKNOWN);
    assert_non_null(strstr(found.items[0].text, "UTF-8"));
}

static void a_stated_failure_probability_decides(void **state)
{
    (void)state;
    static const char row[] = "X | p_roi_pos_full >= 0.80 | floor:5 | evidence | r";
    check(row, 0.35);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.items[0].weight, FINDING_WARNING);
    assert_non_null(strstr(found.items[0].text, "0.35"));
    assert_non_null(strstr(found.items[0].text, "0.65"));
    check(row, 0.2);
    assert_int_equal(found.count, 0);
}

/* Findings of one row under a proposal; NULL none. */
static const char *under(const char *row, const char *proposal)
{
    struct proposal *p = NULL;
    struct field_errors errors = { 0 };
    struct err err = ERR_INIT;
    free(found.items);
    found = (struct policy_findings){ 0 };
    if (!proposal_parse(span_of(proposal), &p, &errors, &err))
        fail_msg("%s", err.text);
    struct policy_check_inputs in = { .failure_probability = NUM_UNKNOWN, .proposal = p };
    policy_check_with(span_of(row), &in, &found, &rules);
    field_errors_release(&errors);
    proposal_free(p);
    return found.count > 0 ? found.items[0].text : NULL;
}

#define PROPOSAL(rest) "{\"schema\":\"stet/proposal/1\",\"title\":\"t\"," rest "}"
#define PF(x) "\"cost\":{\"failure_probability\":" x "}"

static void a_proposal_names_the_input(void **state)
{
    (void)state;
    static const char full[] = "X | p_roi_pos_full >= 0.80 | floor:5 | evidence | r";
    static const char ext[] = "X | p_roi_pos_ext >= 0.80 | floor:4 | evidence | r";
    static const char sdk[] = "X | p_roi_pos_full >= 0.80 AND dep_sdk_ready = 1 | floor:5 | evidence | r";
    static const struct {
        const char *row, *proposal, *says;
    } rows_of[] = {
        { full, PROPOSAL("\"kind\":\"full_rewrite\"," PF("{\"lo\":0.3,\"hi\":0.4}")),
          "failure probability 0.35 of full_rewrite leaves P(ROI>0) at most 0.65" },
        { full, PROPOSAL("\"kind\":\"full_rewrite\"," PF("0.2")), NULL },
        { full, PROPOSAL("\"kind\":\"full_rewrite\""), "cost.failure_probability of full_rewrite is not given" },
        { full, PROPOSAL("\"kind\":\"native_extension\"," PF("0.1")), "no plan of kind full_rewrite" },
        { ext, PROPOSAL("\"kind\":\"native_extension\"," PF("0.1")), NULL },
        { ext, PROPOSAL("\"kind\":\"full_rewrite\"," PF("0.35")), "no plan of kind native_extension" },
        { ext,
          PROPOSAL("\"kind\":\"full_rewrite\"," PF("0.35") ",\"alternatives\":[{\"title\":\"a\",\"kind\":"
                                                           "\"native_extension\"," PF("0.1") "}]"),
          NULL },
        { "X | p_roi_pos_full >= 0.80 OR p_roi_pos_ext >= 0.80 | floor:4 | evidence | r",
          PROPOSAL("\"kind\":\"native_extension\"," PF("0.1")), NULL },
        { sdk, PROPOSAL("\"kind\":\"full_rewrite\"," PF("0.1") ",\"facts\":{\"dep_sdk_ready\":0}"),
          "it states dep_sdk_ready = 0" },
        { sdk, PROPOSAL("\"kind\":\"full_rewrite\"," PF("0.1") ",\"facts\":{\"dep_sdk_ready\":1}"), NULL },
        { "X | ab_measured = 1 AND kind = 'full_rewrite' | floor:5 | evidence | r",
          PROPOSAL("\"kind\":\"native_extension\"," PF("0.1")), "it states kind = native_extension" },
        /* a rule that only refuses is no approval that could be missing */
        { "X | p_roi_pos_full < 0.80 AND p_roi_pos_ext < 0.80 | ceil:3 | input | r",
          PROPOSAL("\"kind\":\"full_rewrite\"," PF("0.35")), NULL },
        /* what is measured is not fixed by what somebody wrote */
        { "X | cpu_share_lo >= 0.9 | floor:4 | evidence | r",
          PROPOSAL("\"kind\":\"full_rewrite\",\"facts\":{\"cpu_share_lo\":0.1}"), NULL },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows_of); i++) {
        const char *text = under(rows_of[i].row, rows_of[i].proposal);
        if (!rows_of[i].says != !text || (text && !strstr(text, rows_of[i].says)))
            fail_msg("%s\n%s\n%s", rows_of[i].row, rows_of[i].proposal, text ? text : "nothing found");
    }
}

static void a_large_rule_ends_in_time(void **state)
{
    /* Bounded by evaluations, not by the clock: it ends, and does not call unproven what it could not search. */
    (void)state;
    struct sb row = { 0 };
    sb_adds(&row, "X | ");
    for (int i = 0; i < 60; i++)
        sb_printf(&row, "%scpu_s * %d.5 + wall_s * ops - samples_raw / 7.0 > %d", i ? " AND " : "", i + 1, i * 1000);
    sb_adds(&row, " AND cpu_s + wall_s < 0.0 | note | evidence | r");
    check(sb_cstr(&row), NUM_UNKNOWN);
    assert_int_equal(rules, 1);
    assert_true(found.count > 0);
    sb_release(&row);
}

static void built_in_packs_are_clean(void **state)
{
    (void)state;
    for (size_t i = 0; i < policy_builtin_count(); i++) {
        struct span text = policy_builtin_text(span_of(policy_builtin_name(i)));
        free(found.items);
        found = (struct policy_findings){ 0 };
        policy_check(text, NUM_UNKNOWN, &found, &rules);
        for (size_t k = 0; k < found.count; k++) {
            if (found.items[k].weight != FINDING_NOTE)
                fail_msg("%s: %s: %s", policy_builtin_name(i), found.items[k].rule, found.items[k].text);
        }
    }
}

static void reasons_name_nobody(void **state)
{
    /* What users read is neutral: no language, no tool and no product of a case. */
    static const char *const words[] = { "Rust", "rust", "Python", "Node", "NATS", "PyO3", "GIL", "tokio", "seed" };
    (void)state;
    struct packs p;
    packs_open(&p, "all");
    for (size_t i = 0; i < p.count; i++) {
        for (uint32_t k = 0; k < p.items[i]->rule_count; k++) {
            const struct policy_rule *r = &p.items[i]->rules[k];
            for (size_t w = 0; w < ARRAY_LEN(words); w++) {
                if (strstr(r->reason, words[w]) || strstr(r->source, words[w]) || strstr(r->remedy, words[w]))
                    fail_msg("rule %s says '%s'", r->id, words[w]);
            }
        }
    }
    packs_close(&p);
}

static void packs_have_a_version(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct policy_pack *a = NULL, *b = NULL;
    assert_true(policy_pack_parse(SPAN("X | gc_tuned = 1 | note | evidence | r"), "a", &a, &err));
    assert_true(policy_pack_parse(SPAN("X | gc_tuned = 0 | note | evidence | r"), "a", &b, &err));
    assert_int_equal(strlen(a->version), 12);
    assert_true(strcmp(a->version, b->version) != 0);
    assert_string_equal(a->rules[0].predicate.ptr, "gc_tuned = 1");
    policy_pack_free(a);
    policy_pack_free(b);
    a = NULL;
    assert_false(policy_pack_parse(
        SPAN("X | gc_tuned = 1 | note | evidence | r\nY | gc_tune = 1 | note | evidence | r"), "a", &a, &err));
    assert_int_equal(err.line, 2);
    assert_null(a);
    assert_false(policy_pack_builtin(SPAN("nothing"), &a, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_row_is_judged, forget),
        cmocka_unit_test_teardown(lines_are_counted_and_joined, forget),
        cmocka_unit_test_teardown(a_stated_failure_probability_decides, forget),
        cmocka_unit_test_teardown(a_proposal_names_the_input, forget),
        cmocka_unit_test_teardown(a_large_rule_ends_in_time, forget),
        cmocka_unit_test_teardown(built_in_packs_are_clean, forget),
        cmocka_unit_test(reasons_name_nobody),
        cmocka_unit_test(packs_have_a_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
