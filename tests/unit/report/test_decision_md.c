/* The record of a decision in Markdown: the sections that MADR names, in order, and nothing of a proposal that could
 * become markup. */
#include "report/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"

static void render(const char *name, const char *meta_name, struct sb *out)
{
    struct json *doc = fixture(name);
    struct json *meta = meta_name ? fixture(meta_name) : NULL;
    struct err err = ERR_INIT;
    assert_true(report_decision_markdown(doc, meta, out, &err));
    json_free(meta);
    json_free(doc);
}

static const char *const names[] = { "decision_closed", "decision_open",    "decision_part",   "decision_bare",
                                     "decision_after",  "decision_foreign", "decision_hostile" };

static void sections_stand_in_order(void **state)
{
    (void)state;
    static const char *const sections[] = {
        "---\nstatus: \"proposed\"\ndate: ",
        "\ndecision-makers: []\n---\n\n# ",
        "\n## Context and Problem Statement\n",
        "\n## Decision Drivers\n",
        "\n## Considered Options\n",
        "\n## Decision Outcome\n",
        "\n### Consequences\n",
        "\n### Confirmation\n",
        "\n## Pros and Cons of the Options\n",
        "\n## More Information\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct sb out = { 0 };
        render(names[i], NULL, &out);
        size_t at = 0;
        for (size_t k = 0; k < ARRAY_LEN(sections); k++) {
            size_t next = span_find(sb_span(&out), at, span_of(sections[k]));
            assert_true(next < out.len);
            assert_true(k > 0 || next == 0);
            at = next;
        }
        assert_true(out.len < 60000);
        assert_true(span_is_utf8(sb_span(&out)));
        sb_release(&out);
    }
}

static void tables_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct sb out = { 0 };
        render(names[i], NULL, &out);
        struct span rest = sb_span(&out);
        struct span line;
        while (span_line(&rest, &line)) {
            if (!span_starts(line, SPAN("|")))
                continue;
            assert_true(span_ends(line, SPAN("|")));
            assert_true(line.len < 2000);
        }
        sb_release(&out);
    }
}

static void nothing_becomes_markup(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_hostile", NULL, &out);
    assert_false(holds(&out, "<script"));
    assert_false(holds(&out, "<img"));
    assert_false(holds(&out, "<b>"));
    assert_int_equal(count_of(&out, "](javascript"), count_of(&out, "\\](javascript"));
    assert_false(holds(&out, "@everyone"));
    assert_false(holds(&out, "\xe2\x80\xae"));
    assert_false(holds(&out, "nan"));
    sb_release(&out);
}

static void outcome_says_what_and_why(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_closed", NULL, &out);
    assert_true(holds(&out, "Chosen option: \"Fix the waiting first\", because the program computed for 1.8 of 60 s"));
    assert_true(holds(&out, "**Gate:** closed, shown otherwise for response time (CPU-03). Waivers: 0."));
    assert_true(holds(&out, "- volume must rise 53 times"));
    assert_true(holds(&out, "- Good, because this is not spent: 610,000 USD"));
    assert_true(holds(&out, "- import one file: expected 1.02x (1.01 to 1.03), at most 1.03x, claimed 10x"));
    assert_true(holds(&out, "| imports become ten times faster | 10x | 1.03x | more than the evidence allows |"));
    assert_true(holds(&out, "The phases add up to 29 to 40 months"));
    assert_true(holds(&out, "measure the waits, then ask again"));
    sb_reset(&out);
    render("decision_open", NULL, &out);
    assert_true(holds(&out, "Chosen option: \"Rewrite the pricing service\", because"));
    assert_true(holds(&out, "- Bad, because it costs 330,000 USD"));
    sb_reset(&out);
    render("decision_part", NULL, &out);
    assert_true(holds(&out, "Chosen option: \"Move solver/kernel.py to native code\", because"));
    assert_true(holds(&out, "Closed for the whole rewrite, open for solver/kernel.py alone"));
    sb_reset(&out);
    render("decision_bare", NULL, &out);
    assert_true(holds(&out, "No option is chosen yet: "));
    assert_true(holds(&out, "| evidence | none |"));
    sb_release(&out);
}

static void the_record_lives_on(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_closed", "decision_meta", &out);
    assert_true(span_starts(sb_span(&out), SPAN("---\nstatus: \"accepted\"\ndate: 2026-03-02\n"
                                                "decision-makers: [\"token ci\"]\n---\n")));
    assert_true(holds(&out, "> Re-opened on 2026-05-01 10:00 UTC: the share of the parser reached 41 %"));
    assert_true(holds(&out, "> Out of date: the evidence is 201 days old"));
    assert_true(holds(&out, "curl --fail-with-body \"$STET/api/v1/decisions/dec_7Qx/verify\""));
    assert_true(holds(&out, "The profile was taken on a quiet day. (token api-team): not answered"));
    assert_true(holds(&out, "now 41 % (fired)"));
    assert_true(holds(&out, "| computed again | the same, byte for byte |"));
    sb_reset(&out);
    render("decision_after", NULL, &out);
    assert_true(
        holds(&out, "- a run: foreseen 7.4x (4.4 to 11), measured 4.5x (3.9 to 5.3); within what was foreseen"));
    assert_false(holds(&out, "expected"));
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_stand_in_order), cmocka_unit_test(tables_are_whole),
        cmocka_unit_test(nothing_becomes_markup),  cmocka_unit_test(outcome_says_what_and_why),
        cmocka_unit_test(the_record_lives_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
