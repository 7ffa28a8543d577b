/* Every rule of every built-in pack: it can be 1, it can be 0, and it can be NULL or says why it never is. */
#include "policy/pack.h"
#include "policy/satisfy.h"
#include "policy_test.h"

/* Rules whose terms all have a value when facts are unknown (COALESCE, IS): missing facts are what they are about. */
static const char *const never_null[] = { "EV-00", "EV-05", "EV-11",  "EV-13",  "EV-15",
                                          "EV-17", "EV-21", "ROI-04", "ROI-05", "P001-RULE" };

static bool may_lack_null(const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(never_null); i++) {
        if (strcmp(id, never_null[i]) == 0)
            return true;
    }
    return false;
}

static bool null_somewhere(const struct policy_rule *rule, struct sql_sandbox *box, struct expr_cell *cells)
{
    /* All unknown; else from facts that make it true one at a time becomes unknown. */
    struct satisfy_limits lim = SATISFY_FREE;
    struct err err = ERR_INIT;
    enum sql_truth bare = SQL_FALSE;
    if (!sql_sandbox_eval(box, rule->predicate, &bare, &err))
        fail_msg("%s", err.text);
    if (bare == SQL_NULL)
        return true;
    if (satisfy(rule, box, &lim, cells, SQL_TRUE) != SATISFIED)
        return false;
    struct sql_sandbox *own = NULL;
    bool found = false;
    for (uint32_t i = 0; i < rule->expr.read_count && !found; i++) {
        enum fact_id f = rule->expr.reads[i].fact;
        struct expr_cell kept = cells[f];
        enum sql_truth value = SQL_FALSE;
        cells[f] = (struct expr_cell){ .num = NUM_UNKNOWN };
        if (!policy_sandbox_open(cells, &own, &err) || !sql_sandbox_eval(own, rule->predicate, &value, &err))
            fail_msg("%s", err.text);
        sql_sandbox_close(own);
        cells[f] = kept;
        found = value == SQL_NULL;
    }
    return found;
}

static void each_value_of_each_rule(void **state)
{
    (void)state;
    struct packs packs;
    struct err err = ERR_INIT;
    struct sql_sandbox *box = NULL;
    struct expr_cell *cells = xcalloc(FACT_COUNT, sizeof *cells);
    struct satisfy_limits lim = SATISFY_FREE;
    packs_open(&packs, "all");
    assert_true(policy_sandbox_open(NULL, &box, &err));
    size_t rules = 0;
    for (size_t i = 0; i < packs.count; i++) {
        for (uint32_t k = 0; k < packs.items[i]->rule_count; k++) {
            const struct policy_rule *r = &packs.items[i]->rules[k];
            assert_false(r->expr.opaque);
            if (satisfy(r, box, &lim, cells, SQL_TRUE) != SATISFIED)
                fail_msg("rule %s is never 1", r->id);
            if (satisfy(r, box, &lim, cells, SQL_FALSE) != SATISFIED)
                fail_msg("rule %s is never 0", r->id);
            if (null_somewhere(r, box, cells) == may_lack_null(r->id))
                fail_msg("rule %s: NULL %s", r->id, may_lack_null(r->id) ? "after all" : "never");
            rules++;
        }
    }
    assert_int_equal(rules, 114);
    sql_sandbox_close(box);
    free(cells);
    packs_close(&packs);
}

static void each_rule_has_words(void **state)
{
    (void)state;
    struct packs packs;
    packs_open(&packs, "all");
    for (size_t i = 0; i < packs.count; i++) {
        for (uint32_t k = 0; k < packs.items[i]->rule_count; k++) {
            const struct policy_rule *r = &packs.items[i]->rules[k];
            assert_true(r->source[0] != '\0');
            assert_true(r->effect_count > 0);
            assert_true(r->reason[strlen(r->reason) - 1] == '.');
            assert_string_equal(r->pack, packs.items[i]->name);
        }
    }
    packs_close(&packs);
}

static void own_reading_agrees_with_sqlite(void **state)
{
    /* Facts at random from their candidates: the tree and SQLite must give the same value. */
    (void)state;
    struct packs packs;
    struct err err = ERR_INIT;
    struct expr_cell *cells = xcalloc(FACT_COUNT, sizeof *cells);
    static const double numbers[] = { 0, 1, 0.05, 0.1, 0.2, 0.3, 0.5, 0.85, 0.95, 2, 3, 5, 50, 180, 1000 };
    uint64_t seed = 7;
    packs_open(&packs, "all");
    for (int round = 0; round < 40; round++) {
        for (size_t f = 0; f < FACT_COUNT; f++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint64_t r = seed >> 33;
            cells[f] = (struct expr_cell){ .num = NUM_UNKNOWN };
            if (r % 4 == 0)
                continue;
            struct span words = span_of(fact_infos[f].words), word = SPAN("firmware");
            for (uint64_t n = r % 5; n > 0 && span_word(&words, &word); n--) {
            }
            if (fact_infos[f].kind == FACT_TEXT)
                cells[f].text = word;
            else
                cells[f].num =
                    fact_infos[f].kind == FACT_BOOL ? (double)(r / 4 % 2) : numbers[r / 4 % ARRAY_LEN(numbers)];
        }
        struct sql_sandbox *box = NULL;
        assert_true(policy_sandbox_open(cells, &box, &err));
        for (size_t i = 0; i < packs.count; i++) {
            for (uint32_t k = 0; k < packs.items[i]->rule_count; k++) {
                const struct policy_rule *rule = &packs.items[i]->rules[k];
                struct expr_value *values = xcalloc(rule->expr.node_count, sizeof *values);
                enum sql_truth value = SQL_NULL;
                expr_values(&rule->expr, cells, values);
                const struct expr_value *root = &values[rule->expr.node_count - 1];
                assert_true(sql_sandbox_eval(box, rule->predicate, &value, &err));
                enum sql_truth own = !num_known(root->num) ? SQL_NULL : root->num != 0 ? SQL_TRUE : SQL_FALSE;
                if (own != value)
                    fail_msg("rule %s: %d by the tree, %d by SQLite", rule->id, (int)own, (int)value);
                free(values);
            }
        }
        sql_sandbox_close(box);
    }
    free(cells);
    packs_close(&packs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_of_each_rule),
        cmocka_unit_test(each_rule_has_words),
        cmocka_unit_test(own_reading_agrees_with_sqlite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
