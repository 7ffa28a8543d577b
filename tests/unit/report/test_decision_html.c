/* The page of a decision: page one without a term of art, everything escaped, nothing that a strict content policy
 * refuses. With STET_PAGES_OUT set to a folder each document is also written there, for the browser tests. */
#include "report/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/decision_pages.h"

static void keep(const char *name, const struct sb *page)
{
    const char *folder = getenv("STET_PAGES_OUT");
    if (!folder)
        return;
    struct sb path = { 0 };
    sb_printf(&path, "%s/%s.html", folder, name);
    FILE *out = fopen(sb_cstr(&path), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(sb_cstr(page), 1, page->len, out), page->len);
    assert_int_equal(fclose(out), 0);
    sb_release(&path);
}

static void body(const char *name, const char *meta_name, struct sb *out)
{
    struct json *doc = fixture(name);
    struct json *meta = meta_name ? fixture(meta_name) : NULL;
    struct err err = ERR_INIT;
    assert_true(report_decision_html(doc, meta, SPAN(""), out, &err));
    json_free(meta);
    json_free(doc);
}

static const char *const names[] = { "decision_closed", "decision_open",    "decision_part",   "decision_bare",
                                     "decision_after",  "decision_foreign", "decision_hostile" };

static void whole_and_without_script(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct json *doc = fixture(names[i]);
        struct err err = ERR_INIT;
        struct sb page = { 0 };
        assert_true(report_decision_standalone(doc, NULL, SPAN(""), &page, &err));
        assert_true(span_starts(sb_span(&page), SPAN("<!DOCTYPE html>")));
        assert_true(holds(&page, "</html>"));
        assert_false(holds(&page, "{{"));
        assert_false(holds(&page, "<!--stet:"));
        assert_false(holds(&page, "<script"));
        assert_false(holds(&page, " style="));
        assert_false(holds(&page, "http://www"));
        assert_false(holds(&page, "nan"));
        assert_true(span_is_utf8(sb_span(&page)));
        assert_int_equal(count_of(&page, "<h1"), 1);
        assert_true(page.len < 300000);
        struct sb name = { 0 };
        sb_printf(&name, "alone-%s", names[i]);
        keep(sb_cstr(&name), &page);
        sb_release(&name);
        sb_release(&page);
        json_free(doc);
    }
}

static void everything_is_escaped(void **state)
{
    (void)state;
    struct sb out = { 0 };
    body("decision_hostile", NULL, &out);
    assert_false(holds(&out, "<script"));
    assert_false(holds(&out, "<img"));
    assert_false(holds(&out, "<b>odd"));
    assert_false(holds(&out, "<svg onload"));
    assert_false(holds(&out, "\"a\" to"));
    assert_true(holds(&out, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_false(holds(&out, "href=\"javascript"));
    sb_release(&out);
}

/* A manager reads page one: no rule, no name of a fact, no word of statistics. */
static void page_one_has_no_term_of_art(void **state)
{
    (void)state;
    static const char *const words[] = { "CPU-0", "AD-0",   "ROI-", "EV-1", "NPV",   "_lo",   "_hi",
                                         "P50",   "p_roi_", "P5/",  "PERT", "Monte", "Amdahl" };
    for (size_t i = 0; i < ARRAY_LEN(names) - 1; i++) {
        struct sb out = { 0 };
        body(names[i], NULL, &out);
        size_t end = span_find(sb_span(&out), 0, SPAN("<div class=\"below\">"));
        assert_true(end < out.len);
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            assert_true(span_find(span_sub(sb_span(&out), 0, end), 0, span_of(words[k])) >= end);
        sb_release(&out);
    }
}

static void page_one_answers(void **state)
{
    (void)state;
    struct sb out = { 0 };
    body("decision_closed", NULL, &out);
    size_t fold = span_find(sb_span(&out), 0, SPAN("<div class=\"below\">"));
    static const char *const first[] = {
        "Should the ledger import be rewritten",
        "Fix the waiting first",
        "gate: closed, shown otherwise",
        "How sure:",
        "Where the time went",
        "claimed",
        "610,000 USD",
        "Gain: computing",
        "Fetch rows in one query",
        "What would change it",
        "volume must rise 53",
        "What is not known",
        "Not given",
        "Objections</dt><dd>none",
        "Waivers</dt><dd>none",
        "Not judged",
    };
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_LEN(first); i++) {
        at = span_find(sb_span(&out), at, span_of(first[i]));
        assert_true(at < fold);
    }
    static const char *const later[] = { "Whether it pays back",
                                         "Effort and risk",
                                         "Claims against the evidence",
                                         "When it would make sense",
                                         "Watch list",
                                         "What this evidence cannot show",
                                         "CPU-03",
                                         "All numbers of the simulation" };
    for (size_t i = 0; i < ARRAY_LEN(later); i++) {
        at = span_find(sb_span(&out), fold, span_of(later[i]));
        assert_true(at > fold && at < out.len);
    }
    assert_true(holds(&out, "What would help: measure the waits"));
    sb_release(&out);
}

static void both_halves_are_said(void **state)
{
    (void)state;
    struct sb out = { 0 };
    body("decision_part", NULL, &out);
    assert_true(holds(&out, "verdict closed"));
    assert_true(holds(&out, "the whole: closed"));
    assert_true(holds(&out, "pill open\">one part: open"));
    assert_true(holds(&out, "1 in force, 1 ended or not granted"));
    sb_reset(&out);
    body("decision_open", NULL, &out);
    assert_true(holds(&out, "verdict open"));
    sb_reset(&out);
    body("decision_foreign", NULL, &out);
    assert_true(holds(&out, "Not a question for a profile"));
    assert_false(holds(&out, "What it costs"));
    assert_false(holds(&out, "Whether it pays back"));
    assert_true(holds(&out, "the same proposal can be judged"));
    sb_release(&out);
}

static void what_happened_since(void **state)
{
    (void)state;
    struct sb out = { 0 };
    body("decision_closed", "decision_meta", &out);
    assert_true(holds(&out, "Re-opened on 2026-05-01 10:00 UTC"));
    assert_true(holds(&out, "Out of date: the evidence is 201 days old"));
    assert_true(holds(&out, "1 objection is not answered yet."));
    assert_true(holds(&out, "<td data-label=\"state\">fired</td>"));
    assert_true(holds(&out, "hash of this record"));
    assert_true(holds(&out, "curl --fail-with-body"));
    assert_true(holds(&out, "on 2026-03-02 by token ci, accepted"));
    sb_reset(&out);
    body("decision_after", NULL, &out);
    assert_true(holds(&out, "foreseen before"));
    assert_true(holds(&out, "within what was foreseen"));
    assert_true(holds(&out, "href=\"/projects/sim/runs/after-1\""));
    assert_false(holds(&out, ">expected<"));
    sb_release(&out);
}

/* What holds for every page of the service. */
static void check_page(const char *name, const struct sb *page)
{
    assert_true(holds(page, "<!DOCTYPE html>"));
    assert_true(holds(page, "</html>"));
    assert_false(holds(page, "{{"));
    assert_false(holds(page, "<script>"));
    assert_false(holds(page, "<i>"));
    assert_false(holds(page, " style="));
    assert_false(holds(page, "href=\"javascript"));
    assert_int_equal(count_of(page, "<script"), 1);
    assert_int_equal(count_of(page, "<h1"), 1);
    assert_true(span_is_utf8(sb_span(page)));
    keep(name, page);
}

static void decision_page(void **state)
{
    (void)state;
    struct json *meta = fixture("decision_meta");
    struct err err = ERR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct json *doc = fixture(names[i]);
        struct sb page = { 0 };
        assert_true(report_page_decision(doc, i == 0 ? meta : NULL, "0.1.0", SPAN(""), &page, &err));
        assert_false(holds(&page, "<!--stet:"));
        /* Modules of its own and of every page; none inside. */
        assert_true(count_of(&page, "<script") == count_of(&page, "<script type=\"module\" src=\"/static/"));
        keep(names[i], &page);
        if (i == 0) {
            assert_true(holds(&page, "decision 12, accepted, on version 2 of <a href=\"/proposals/prop_1\">"));
            assert_true(holds(&page, "<a href=\"/decisions/dec_8\">See the newest decision</a>"));
            assert_true(holds(&page, "href=\"/api/v1/decisions/dec_7Qx.md\""));
            assert_true(holds(&page, "stet 0.1.0"));
        }
        sb_release(&page);
        json_free(doc);
    }
    json_free(meta);
}

static void proposals_page(void **state)
{
    (void)state;
    struct json *in = fixture("page_proposals");
    struct err err = ERR_INIT;
    struct sb page = { 0 };
    assert_true(report_page_proposals(in, &page, &err));
    check_page("page_proposals", &page);
    assert_true(holds(&page, "Waivers: 1 in force, 1 asked for, 2 ended."));
    assert_true(holds(&page, "<a class=\"pill closed\" href=\"/decisions/dec_7\">Fix the waiting first</a>"));
    assert_true(holds(&page, "re-opened"));
    assert_true(holds(&page, "closed: shown otherwise"));
    assert_true(holds(&page, "out of date"));
    assert_true(holds(&page, "not decided yet"));
    assert_true(holds(&page, "&lt;script&gt;"));
    sb_reset(&page);
    json_free(in);
    assert_true(json_parse(SPAN("{\"project\":\"a\",\"proposals\":[]}"), 10, &in, &err));
    assert_true(report_page_proposals(in, &page, &err));
    check_page("page_proposals_none", &page);
    assert_true(holds(&page, "No proposal yet."));
    sb_release(&page);
    json_free(in);
}

static void proposal_page(void **state)
{
    (void)state;
    struct json *in = fixture("page_proposal");
    struct err err = ERR_INIT;
    struct sb page = { 0 };
    assert_true(report_page_proposal(in, &page, &err));
    check_page("page_proposal", &page);
    assert_true(holds(&page, "This is an older version."));
    assert_true(holds(&page, "21 (18 to 24)"));
    assert_true(holds(&page, "150,000 USD"));
    assert_true(holds(&page, "30 to 40 %"));
    assert_true(holds(&page, "superseded, out of date"));
    assert_true(holds(&page, "cpu_share_lo &gt;= 0.5"));
    sb_reset(&page);
    json_free(in);
    assert_true(json_parse(SPAN("{}"), 10, &in, &err));
    assert_true(report_page_proposal(in, &page, &err));
    check_page("page_proposal_empty", &page);
    assert_true(holds(&page, "A proposal without a title"));
    sb_release(&page);
    json_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_and_without_script),
        cmocka_unit_test(everything_is_escaped),
        cmocka_unit_test(page_one_has_no_term_of_art),
        cmocka_unit_test(page_one_answers),
        cmocka_unit_test(both_halves_are_said),
        cmocka_unit_test(what_happened_since),
        cmocka_unit_test(decision_page),
        cmocka_unit_test(proposals_page),
        cmocka_unit_test(proposal_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
