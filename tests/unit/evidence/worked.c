#include "worked.h"

static size_t packs_open(const char *names, struct policy_pack **out)
{
    struct err err = ERR_INIT;
    size_t n = 0;
    struct span rest = span_of(names), word;
    while (span_word(&rest, &word)) {
        if (!policy_pack_builtin(word, &out[n++], &err))
            fail_msg("%s", err.text);
    }
    return n;
}

static bool listed(const char *ids, const struct policy_result *r, bool want)
{
    struct span rest = span_of(ids), id;
    bool fine = true;
    while (span_word(&rest, &id)) {
        char text[40];
        (void)snprintf(text, sizeof text, "%.*s", SPAN_FMT(id));
        const struct policy_rule_result *x = policy_rule_of(r, text);
        if (!x)
            fail_msg("no rule %s", text);
        if (policy_fired(x) != want) {
            print_error("%s %s\n", text, want ? "did not fire" : "fired");
            fine = false;
        }
    }
    return fine;
}

static void evaluate(const struct evidence *e, const char *packs, enum policy_stage stage, struct policy_result *r,
                     struct policy_pack **open, size_t *count)
{
    struct err err = ERR_INIT;
    if (!facts_check(&e->facts, &err))
        fail_msg("%s", err.text);
    *count = packs_open(packs, open);
    struct policy_options opt = { .stage = stage };
    if (!policy_evaluate((const struct policy_pack *const *)open, *count, &e->facts, &opt, r, &err))
        fail_msg("%s", err.text);
}

static void close_all(struct policy_result *r, struct policy_pack **open, size_t count)
{
    policy_result_release(r);
    for (size_t i = 0; i < count; i++)
        policy_pack_free(open[i]);
}

void worked_verdict(const struct evidence *e, const char *packs, enum policy_verdict verdict, const char *fires,
                    const char *silent)
{
    struct policy_pack *open[8];
    size_t n;
    struct policy_result r;
    evaluate(e, packs, STAGE_DECISION, &r, open, &n);
    bool fine = listed(fires, &r, true);
    fine = listed(silent, &r, false) && fine;
    if (!fine || r.verdict != verdict) {
        for (uint32_t i = 0; i < r.rule_count; i++) {
            if (policy_fired(&r.rules[i]))
                print_error("fired %s\n", r.rules[i].rule->id);
        }
    }
    assert_int_equal(r.verdict, verdict);
    assert_true(fine);
    close_all(&r, open, n);
}

enum policy_gate worked_gate(const struct evidence *e, enum policy_stage stage)
{
    struct policy_pack *open[8];
    size_t n;
    struct policy_result r;
    evaluate(e, "standing", stage, &r, open, &n);
    enum policy_gate gate = r.gate;
    close_all(&r, open, n);
    return gate;
}

enum policy_verdict worked_potential(const struct evidence *e, enum fact_id *ret_first_missing)
{
    struct policy_pack *open[8];
    size_t n;
    struct policy_result r;
    evaluate(e, "standing", STAGE_DECISION, &r, open, &n);
    enum policy_verdict v = r.potential.verdict;
    *ret_first_missing = r.potential.missing_count > 0 ? r.potential.missing[0] : FACT_goal;
    close_all(&r, open, n);
    return v;
}
