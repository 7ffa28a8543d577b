/* A decision for a terminal: from documents made by hand, none of them a real proposal. */
#include "report/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/dview.h"

static void render(const char *name, bool ascii, struct sb *out)
{
    struct json *doc = fixture(name);
    struct err err = ERR_INIT;
    assert_true(report_decision_text(doc, &(struct report_text_options){ .ascii = ascii }, out, &err));
    json_free(doc);
}

static const char *const names[] = { "decision_closed", "decision_open",    "decision_part",   "decision_bare",
                                     "decision_after",  "decision_foreign", "decision_hostile" };

static void first_line_names_the_verdict(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        { "decision_closed", "FIX THE WAITING FIRST [fix_wait_first]\n" },
        { "decision_open", "A REWRITE IS SUPPORTED [full_migration]\n" },
        { "decision_part", "MOVE ONE PART TO NATIVE CODE [native_extension]\n" },
        { "decision_bare", "NOT DECIDED YET [insufficient_evidence]\n" },
        { "decision_foreign", "NOT A QUESTION FOR A PROFILE [insufficient_evidence]\n" },
        { "decision_hostile", "A REWRITE WOULD NOT PAY [do_not_migrate]\n" },
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        struct sb out = { 0 };
        render(want[i][0], true, &out);
        assert_true(span_starts(sb_span(&out), span_of(want[i][1])));
        sb_release(&out);
    }
}

static void lines_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct sb out = { 0 };
            render(names[i], ascii, &out);
            struct span rest = sb_span(&out);
            struct span line;
            while (span_line(&rest, &line)) {
                assert_true(view_columns(line) <= 100);
                for (size_t k = 0; k < line.len; k++)
                    assert_true((unsigned char)line.ptr[k] >= 0x20 && (!ascii || (unsigned char)line.ptr[k] < 0x7f));
            }
            assert_true(out.len < 40000);
            assert_false(holds(&out, "\xe2\x80\xae"));
            assert_false(holds(&out, "nan"));
            assert_true(holds(&out, "Gate: "));
            sb_release(&out);
        }
    }
}

static void money_has_its_range(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_closed", true, &out);
    assert_true(holds(&out, "610,000 USD (9 of 10 outcomes: 430,000 to 1.7 million USD)"));
    assert_true(holds(&out, "Net over 5 years"));
    assert_true(holds(&out, "none of 100,000 outcomes within 5 years"));
    assert_true(holds(&out, "this decides nothing"));
    assert_true(holds(&out, "never below 12.6 million operations a year"));
    assert_true(holds(&out, "126 million operations, 194 million with the chance of failure"));
    assert_true(holds(&out, "+ time of people"));
    assert_true(holds(&out, "not given: what an hour of waiting costs"));
    sb_reset(&out);
    render("decision_part", true, &out);
    assert_true(holds(&out, "not counted: the inputs were not given"));
    assert_true(holds(&out, "not given: months of work, cost of a person a year, how often it runs in a year"));
    sb_release(&out);
}

static void options_and_flips(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_closed", true, &out);
    assert_true(holds(&out, "Fetch rows in one query"));
    assert_true(holds(&out, "  saves 36.0 s; assumes that 60 % of the wait"));
    assert_true(holds(&out, "(named in the proposal)"));
    assert_true(holds(&out, "10x     1.03x    1.02x (1.01 to 1.03)"));
    assert_true(holds(&out, "more than the evidence allows, at most 1.03x"));
    assert_true(holds(&out, "FLIPS IF  the CPU share reaches 20 % (now 3.0 %)"));
    assert_true(holds(&out, "volume must rise 53 times"));
    assert_true(holds(&out, "WATCH     not reached"));
    assert_true(holds(&out, "A prototype shows it"));
    assert_true(holds(&out, "Waivers: 0."));
    sb_release(&out);
}

static void closed_for_the_whole_open_for_the_part(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_part", true, &out);
    assert_true(holds(&out, "Gate: closed for the whole, open for the part"));
    assert_true(holds(&out, "SCOPE     Closed for the whole rewrite, open for solver/kernel.py alone"));
    assert_true(holds(&out, "Waived by platform lead until 2027-01-31: one machine was all there was"));
    assert_true(holds(&out, "ended on 2026-05-01 and no longer counts"));
    assert_true(holds(&out, "Waivers: 1 (others ended or were not"));
    sb_release(&out);
}

/* What was foreseen and what was measured never stand beside each other as if both were expected. */
static void after_the_build(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_after", true, &out);
    assert_true(holds(&out, "MEASURED  Both versions were measured"));
    assert_true(holds(&out, "78 % (74..81) less"));
    assert_false(holds(&out, "expected"));
    assert_true(holds(&out, "AFTERWARDS  a run: foreseen 7.4x (4.4 to 11), measured 4.5x (3.9 to 5.3)"));
    assert_true(holds(&out, "within what was foreseen"));
    sb_release(&out);
}

static void nothing_measured(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("decision_bare", true, &out);
    assert_true(holds(&out, "nothing was measured"));
    assert_false(holds(&out, "TIME"));
    sb_reset(&out);
    render("decision_foreign", true, &out);
    assert_true(holds(&out, "Gate: not judged."));
    assert_true(holds(&out, "Safety is not judged here"));
    assert_false(holds(&out, "MONEY"));
    assert_false(holds(&out, "WHY"));
    assert_true(holds(&out, "the same proposal can be judged"));
    sb_release(&out);
}

static void summary_is_two_lines(void **state)
{
    (void)state;
    struct json *doc = fixture("decision_part");
    struct err err = ERR_INIT;
    struct sb out = { 0 };
    assert_true(report_decision_summary(doc, &out, &err));
    assert_int_equal(count_of(&out, "\n"), 2);
    assert_true(holds(&out, "\nGate: closed for the whole, open for the part (AD-05)\n"));
    sb_reset(&out);
    assert_true(report_decision_gate_words(doc, &out, &err));
    assert_true(span_is(sb_span(&out), "closed for the whole, open for the part (AD-05)"));
    sb_release(&out);
    json_free(doc);
}

static void refuses_other_documents(void **state)
{
    (void)state;
    static const char *const texts[] = { "{}", "[]", "{\"schema\":\"stet/analysis/1\",\"verdict\":\"do_not_migrate\"}",
                                         "{\"schema\":\"stet/decision/1\"}" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct json *doc = NULL;
        struct err err = ERR_INIT;
        struct sb out = { 0 };
        assert_true(json_parse(span_of(texts[i]), 10, &doc, &err));
        assert_false(report_decision_text(doc, &(struct report_text_options){ 0 }, &out, &err));
        assert_int_equal(err.code, ERR_VALUE);
        assert_int_equal(out.len, 0);
        sb_release(&out);
        json_free(doc);
    }
}

static void money_words(void **state)
{
    (void)state;
    static const struct {
        double usd;
        const char *want;
    } rows[] = {
        { 0, "0 USD" },
        { 284, "280 USD" },
        { 999400, "1.0 million USD" },
        { 612345, "610,000 USD" },
        { 1234567, "1.2 million USD" },
        { -560000, "-560,000 USD" },
        { 96e6, "96 million USD" },
        { 2.5e9, "2.5 billion USD" },
        { NUM_UNKNOWN, "" },
    };
    struct arena arena = { 0 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_true(span_is(dview_usd(&arena, rows[i].usd), rows[i].want));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_line_names_the_verdict),
        cmocka_unit_test(lines_fit),
        cmocka_unit_test(money_has_its_range),
        cmocka_unit_test(options_and_flips),
        cmocka_unit_test(closed_for_the_whole_open_for_the_part),
        cmocka_unit_test(after_the_build),
        cmocka_unit_test(nothing_measured),
        cmocka_unit_test(summary_is_two_lines),
        cmocka_unit_test(refuses_other_documents),
        cmocka_unit_test(money_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
