/* The ladder by itself: small packs whose rules fire or not by one fact each, every effect, and their conflicts. */
#include "policy_test.h"

struct ladder_case {
    const char *name, *rules, *facts;
    enum policy_verdict verdict;
    const char *fired, *main;
};

#define ON "gc_tuned = 1"
#define RULE(id, effect, basis) id " | " ON " | " effect " | " basis " | r.\n"
#define OFF(id, effect, basis) id " | gc_tuned = 0 | " effect " | " basis " | r.\n"

static const struct ladder_case cases[] = {
    { "nothing fires", OFF("A", "floor:5", "evidence"), "gc_tuned=1", VERDICT_INSUFFICIENT, "", "" },
    { "unknown neither fires nor passes", RULE("A", "floor:5", "evidence"), "", VERDICT_INSUFFICIENT, "", "" },
    { "a ceiling alone", RULE("A", "ceil:3", "evidence"), "gc_tuned=1", VERDICT_DO_NOT_MIGRATE, "A ceil:3", "A" },
    { "a ceiling of absence carries nothing", RULE("A", "ceil:3", "absence"), "gc_tuned=1", VERDICT_INSUFFICIENT,
      "A ceil:3", "" },
    { "a ceiling of an input carries", RULE("A", "ceil:3", "input"), "gc_tuned=1", VERDICT_DO_NOT_MIGRATE, "A ceil:3",
      "A" },
    { "a floor alone", RULE("A", "floor:4", "evidence"), "gc_tuned=1", VERDICT_EXTENSION, "A floor:4", "A" },
    { "the highest floor", RULE("A", "floor:2", "evidence") RULE("B", "floor:5", "input"), "gc_tuned=1", VERDICT_FULL,
      "A floor:2, B floor:5", "B" },
    { "ceilings beat floors", RULE("A", "floor:5", "evidence") RULE("B", "ceil:2", "evidence"), "gc_tuned=1",
      VERDICT_FIX_WAIT, "A floor:5, B ceil:2", "B" },
    { "a ceiling of absence holds a floor down", RULE("A", "floor:5", "evidence") RULE("B", "ceil:3", "absence"),
      "gc_tuned=1", VERDICT_OPTIMISE, "A floor:5, B ceil:3", "A" },
    { "a veto on the whole says nothing for a part", RULE("A", "floor:5", "evidence") RULE("B", "ceil:4", "evidence"),
      "gc_tuned=1", VERDICT_OPTIMISE, "A floor:5, B ceil:4", "B" },
    { "a part that stands by itself",
      RULE("A", "floor:5", "evidence") RULE("B", "ceil:4", "evidence") RULE("C", "floor:4", "evidence"), "gc_tuned=1",
      VERDICT_EXTENSION, "A floor:5, B ceil:4, C floor:4", "C" },
    { "undecided blocks", RULE("A", "floor:4", "evidence") RULE("B", "undecided", "absence"), "gc_tuned=1",
      VERDICT_INSUFFICIENT, "A floor:4, B undecided", "B" },
    { "settle beats undecided", RULE("A", "settle:1", "evidence") RULE("B", "undecided", "absence"), "gc_tuned=1",
      VERDICT_DO_NOT_MIGRATE, "A settle:1, B undecided", "A" },
    { "settle 2 before 3 before 1",
      RULE("A", "settle:1", "evidence") RULE("B", "settle:3", "evidence") RULE("C", "settle:2", "evidence"),
      "gc_tuned=1", VERDICT_FIX_WAIT, "A settle:1, B settle:3, C settle:2", "C" },
    { "settle 3 before 1", RULE("A", "settle:1", "evidence") RULE("B", "settle:3", "evidence"), "gc_tuned=1",
      VERDICT_OPTIMISE, "A settle:1, B settle:3", "B" },
    { "settle beats floor and ceiling",
      RULE("A", "settle:3", "evidence") RULE("B", "floor:5", "evidence") RULE("C", "ceil:1", "evidence"), "gc_tuned=1",
      VERDICT_OPTIMISE, "A settle:3, B floor:5, C ceil:1", "A" },
    { "two effects of one rule", RULE("A", "floor:2+ceil:3", "evidence"), "gc_tuned=1", VERDICT_FIX_WAIT,
      "A floor:2+ceil:3", "A" },
    { "actions, notes and triggers leave the ladder alone",
      RULE("A", "act:x", "evidence") RULE("B", "block:y", "input") RULE("C", "note", "evidence")
          RULE("D", "refute", "evidence") RULE("E", "reopen", "evidence"),
      "gc_tuned=1", VERDICT_INSUFFICIENT, "A act:x, B block:y, C note, D refute, E reopen", "" },
    { "an exempted rule is skipped", RULE("A", "ceil:3", "evidence") RULE("B", "exempt:A+floor:4", "evidence"),
      "gc_tuned=1", VERDICT_EXTENSION, "B exempt:A+floor:4", "B" },
    { "an exemption that does not fire", RULE("A", "ceil:3", "evidence") OFF("B", "exempt:A", "evidence"), "gc_tuned=1",
      VERDICT_DO_NOT_MIGRATE, "A ceil:3", "A" },
    { "exempt beats the named rule only",
      RULE("A", "ceil:3", "evidence") RULE("B", "ceil:2", "evidence") RULE("C", "exempt:A+floor:5", "evidence"),
      "gc_tuned=1", VERDICT_FIX_WAIT, "B ceil:2, C exempt:A+floor:5", "B" },
    { "an exempted exemption exempts nothing",
      RULE("A", "ceil:3", "evidence") RULE("B", "exempt:A+floor:4", "evidence")
          RULE("C", "exempt:B+floor:5", "evidence"),
      "gc_tuned=1", VERDICT_OPTIMISE, "A ceil:3, C exempt:B+floor:5", "A" },
    { "the same, written the other way round",
      RULE("C", "exempt:B+floor:5", "evidence") RULE("B", "exempt:A+floor:4", "evidence")
          RULE("A", "ceil:3", "evidence"),
      "gc_tuned=1", VERDICT_OPTIMISE, "C exempt:B+floor:5, A ceil:3", "A" },
    { "a ring of exemptions leaves all standing",
      RULE("A", "exempt:B+ceil:3", "evidence") RULE("B", "exempt:A+floor:4", "evidence"), "gc_tuned=1",
      VERDICT_OPTIMISE, "A exempt:B+ceil:3, B exempt:A+floor:4", "A" },
    { "nothing exempts itself", RULE("A", "exempt:A+floor:4", "evidence"), "gc_tuned=1", VERDICT_EXTENSION,
      "A exempt:A+floor:4", "A" },
};

static void case_holds(void **state)
{
    const struct ladder_case *x = *state;
    struct err err = ERR_INIT;
    struct policy_pack *pack = NULL;
    struct policy_result r;
    struct fact_set *f = xcalloc(1, sizeof *f);
    struct policy_options opt = { .stage = STAGE_DECISION };
    if (!policy_pack_parse(span_of(x->rules), "own", &pack, &err))
        fail_msg("%s", err.text);
    facts_type(f, x->facts);
    facts_defaults(f);
    if (!policy_evaluate((const struct policy_pack *const *)&pack, 1, f, &opt, &r, &err))
        fail_msg("%s", err.text);
    char *list = fired(&r, NULL, 0, true);
    assert_string_equal(list, x->fired);
    assert_string_equal(policy_verdict_name(r.verdict), policy_verdict_name(x->verdict));
    assert_string_equal(r.main >= 0 ? r.rules[r.main].rule->id : "", x->main);
    assert_int_equal(r.migration_allowed, x->verdict >= VERDICT_EXTENSION);
    free(list);
    policy_result_release(&r);
    policy_pack_free(pack);
    free(f);
}

static void packs_say_what_they_are(void **state)
{
    (void)state;
    struct packs packs;
    packs_open(&packs, "all");
    for (size_t i = 0; i < packs.count; i++) {
        assert_true(packs.items[i]->title[0] != '\0' && strlen(packs.items[i]->title) < 40);
        assert_true(packs.items[i]->about[0] != '\0' && strlen(packs.items[i]->about) < 200);
        for (uint32_t k = 0; k < packs.items[i]->rule_count; k++) {
            if (packs.items[i]->rules[k].remedy[0] == '\0')
                fail_msg("rule %s has no remedy", packs.items[i]->rules[k].id);
        }
    }
    packs_close(&packs);
}

static void the_staged_way_is_named(void **state)
{
    static const char *const rules[] = { "ROI-01", "ROI-02", "ROI-05" };
    (void)state;
    struct packs packs;
    packs_open(&packs, "standing");
    for (uint32_t k = 0; k < packs.items[0]->rule_count; k++) {
        const struct policy_rule *r = &packs.items[0]->rules[k];
        for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
            if (strcmp(r->id, rules[i]) == 0 && !strstr(r->remedy, "prototype of 2 to 4 weeks with a kill point"))
                fail_msg("%s: %s", r->id, r->remedy);
        }
    }
    packs_close(&packs);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(cases) + 2];
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        union {
            const struct ladder_case *in;
            void *out;
        } arg = { .in = &cases[i] };
        tests[n++] = (struct CMUnitTest){ cases[i].name, case_holds, NULL, NULL, arg.out };
    }
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(packs_say_what_they_are);
    tests[n++] = (struct CMUnitTest)cmocka_unit_test(the_staged_way_is_named);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
