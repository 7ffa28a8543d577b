/* The run page beside its answer: what closes it and would open it, at most three questions first, what the recording
 * stands for with limits and unknowns in words, whether its files agree, its revisions. */
#include "report/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "fixture.h"
#include "report/view.h"

static const char forms_meta[] =
    "{\"project\":\"p\",\"run\":\"r\",\"revision\":1,\"revisions\":1,\"upload_action\":\"/u\","
    "\"facts_action\":\"/f\",\"age_days\":0}";

static void page_of(const char *name, const char *meta_text, struct sb *page)
{
    struct json *doc = fixture(name);
    struct json *meta = NULL;
    struct err err = ERR_INIT;
    assert_true(json_parse(span_of(meta_text), 20, &meta, &err));
    assert_true(report_page_report(doc, meta, SPAN(""), page, &err));
    json_free(meta);
    json_free(doc);
}

static void view_of(const char *text, struct arena *arena, struct view *v, struct json **doc)
{
    struct err err = ERR_INIT;
    assert_true(json_parse(span_of(text), 20, doc, &err));
    assert_true(view_make(*doc, arena, v, &err));
}

static const struct view_card *card_named(const struct view *v, const char *name)
{
    for (size_t i = 0; i < v->card_count; i++) {
        if (span_is(v->card[i].name, name))
            return &v->card[i];
    }
    fail_msg("no row %s", name);
    return NULL;
}

static void closed_by_evidence_opens_by_a_measurement(void **state)
{
    (void)state;
    struct sb page = { 0 };
    page_of("w1b", forms_meta, &page);
    assert_true(holds(&page, "href=\"#open\">What would open it"));
    assert_true(holds(&page, "Add counter-evidence"));
    assert_true(holds(&page, "The evidence itself keeps it closed"));
    assert_true(holds(&page, "a recording that shows 20 % or more in place of 3.0 %"));
    assert_true(holds(&page, "(default)"));
    assert_true(holds(&page, "The one measurement that would open it"));
    assert_true(holds(&page, "stet record"));
    /* Two clicks: the link leads to the section that holds the form. */
    assert_int_equal(count_of(&page, "id=\"open\""), 1);
    assert_int_equal(count_of(&page, "id=\"add\""), 1);
    sb_release(&page);
}

static void undecided_says_what_is_missing(void **state)
{
    (void)state;
    struct sb page = { 0 };
    page_of("w1a", forms_meta, &page);
    assert_true(holds(&page, "What would open it"));
    assert_true(holds(&page, "Nothing measured stands against it"));
    assert_true(holds(&page, "Add evidence"));
    assert_false(holds(&page, "The one measurement that would open it"));
    assert_true(holds(&page, "not in the set"));
    sb_release(&page);
}

static void an_open_gate_has_no_way_to_open_it(void **state)
{
    (void)state;
    struct sb page = { 0 };
    page_of("w11", forms_meta, &page);
    assert_false(holds(&page, "What would open it"));
    assert_true(holds(&page, "Add evidence to this run"));
    sb_reset(&page);
    page_of("w11", "{\"project\":\"p\",\"run\":\"r\",\"read_only\":true}", &page);
    assert_false(holds(&page, "id=\"open\""));
    sb_release(&page);
}

static void at_most_three_questions_first(void **state)
{
    (void)state;
    struct sb page = { 0 };
    page_of("w1a", forms_meta, &page);
    size_t more = span_find(sb_span(&page), 0, SPAN("more that can be stated"));
    assert_true(more < page.len);
    struct sb first = { 0 };
    sb_add(&first, span_sub(sb_span(&page), 0, more));
    assert_true(count_of(&first, "class=\"ask\"") >= 1);
    assert_true(count_of(&first, "class=\"ask\"") <= 3);
    assert_int_equal(count_of(&page, "class=\"ask\""), count_of(&page, "Would settle: "));
    assert_int_equal(count_of(&page, "class=\"ask\""), count_of(&page, "<label for=\"ask-"));
    sb_release(&first);
    sb_release(&page);
}

#define DOC(facts, rules)                                                                                              \
    "{\"schema\":\"stet/analysis/1\",\"verdict\":\"insufficient_evidence\",\"gate\":\"insufficient\",\"goal\":"        \
    "\"latency\",\"facts\":" facts ",\"rules\":" rules ",\"inputs\":[{\"name\":\"load_representative\",\"value\":1,"   \
    "\"origin\":\"declared\",\"by\":\"the team\",\"at\":\"2026-01-02T00:00:00Z\"}]}"
#define RULES                                                                                                          \
    "[{\"id\":\"EV-03\",\"value\":0,\"line\":50},{\"id\":\"EV-04\",\"value\":0,\"line\":0.05},{\"id\":\"EV-07\","      \
    "\"value\":1,\"effect\":\"undecided\",\"basis\":\"absence\",\"line\":3,\"measured\":4.5},{\"id\":\"EV-12\","       \
    "\"value\":null,\"line\":180}]"

static void card_holds_each_figure_against_its_line(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct json *doc = NULL;
    struct view v;
    view_of(DOC("{\"samples_raw\":1240,\"samples_eff\":65,\"halves_z\":4.5,\"lost_share\":0.01,\"has_profile\":1,"
                "\"load_representative\":1,\"environment\":\"prod\",\"evidence_age_days\":200,\"profile_s\":60}",
                RULES),
            &arena, &v, &doc);
    assert_int_equal(card_named(&v, "Samples")->fit, FIT_GOOD);
    assert_int_equal(card_named(&v, "First and second half")->fit, FIT_POOR);
    assert_int_equal(card_named(&v, "Lost")->fit, FIT_GOOD);
    assert_int_equal(card_named(&v, "Age")->fit, FIT_POOR);
    assert_int_equal(card_named(&v, "Environment")->fit, FIT_GOOD);
    const struct view_card *load = card_named(&v, "Load");
    assert_int_equal(load->fit, FIT_GOOD);
    assert_true(span_find(load->against, 0, SPAN("declared by the team, 2026-01-02")) < load->against.len);
    assert_int_equal(load->ask.len, 0);
    assert_true(span_is(card_named(&v, "Age")->against, "at most 180 days, and the same code"));
    json_free(doc);
    arena_release(&arena);
}

static void unknown_is_said_and_never_zero(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct json *doc = NULL;
    struct view v;
    view_of(DOC("{}", "[]"), &arena, &v, &doc);
    for (size_t i = 0; i < v.card_count; i++) {
        assert_int_equal(v.card[i].fit, FIT_UNKNOWN);
        assert_true(v.card[i].value.len > 0);
        assert_false(v.card[i].value.ptr[0] == '0');
    }
    assert_true(span_is(card_named(&v, "Load")->ask, "load_representative"));
    assert_int_equal(v.fits_count, 0);
    json_free(doc);
    arena_release(&arena);
}

static void files_that_disagree_are_named(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct json *doc = NULL;
    struct view v;
    view_of(
        "{\"schema\":\"stet/analysis/1\",\"verdict\":\"insufficient_evidence\",\"goal\":\"latency\",\"two_executions\":"
        "true,\"facts\":{\"coverage_ratio\":1.39,\"has_profile\":1,\"has_cpu_accounting\":1},\"rules\":[{\"id\":"
        "\"EV-14\",\"value\":1,\"effect\":\"ceil:3\",\"basis\":\"absence\",\"measured\":1.39,\"line\":1.2}],"
        "\"artefacts\":[{\"name\":\"a\",\"format\":\"svg\",\"execution\":\"same\",\"execution_reason\":\"pid 4\"},"
        "{\"name\":\"b\",\"format\":\"time\",\"execution\":\"other\",\"execution_reason\":\"pid 5 is not 4\"}]}",
        &arena, &v, &doc);
    assert_int_equal(v.fits_count, 4);
    assert_int_equal(v.fits[0].fit, FIT_POOR);
    assert_true(span_find(v.fits[0].value, 0, SPAN("139 %")) < v.fits[0].value.len);
    assert_true(span_starts(v.fits[1].value, SPAN("The set holds two executions")));
    assert_int_equal(v.fits[2].fit, FIT_GOOD);
    assert_true(span_is(v.fits[3].value, "b: another execution, pid 5 is not 4"));
    json_free(doc);
    arena_release(&arena);
}

static void revisions_are_listed_and_lead_to_each(void **state)
{
    (void)state;
    struct sb page = { 0 };
    page_of(
        "w1b",
        "{\"project\":\"p\",\"run\":\"r\",\"revision\":1,\"revisions\":2,\"revision_list\":[{\"revision\":2,\"url\":"
        "\"/projects/p/runs/r?rev=2\",\"created\":\"2026-03-01T09:30:00Z\",\"gate\":\"fail\",\"summary\":\"<b>new</"
        "b>\"},"
        "{\"revision\":1,\"url\":\"//evil.example\",\"created\":\"2026-02-01T09:30:00Z\",\"gate\":\"insufficient\","
        "\"summary\":\"old\"}]}",
        &page);
    assert_true(holds(&page, "Revisions of this answer"));
    assert_true(holds(&page, "href=\"/projects/p/runs/r?rev=2\""));
    assert_true(holds(&page, "1, this one"));
    assert_true(holds(&page, "datetime=\"2026-03-01T09:30:00Z\""));
    assert_true(holds(&page, "&lt;b&gt;new"));
    assert_false(holds(&page, "evil.example"));
    sb_release(&page);
}

static void hostile_texts_are_text(void **state)
{
    (void)state;
    struct sb page = { 0 };
    page_of("hostile",
            "{\"project\":\"p\",\"run\":\"r\",\"scenario\":\"<script>x</script>\",\"commit\":\"\\\"><img>\"}", &page);
    assert_true(holds(&page, "&lt;script&gt;x"));
    assert_false(holds(&page, "<img>"));
    sb_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_by_evidence_opens_by_a_measurement),
        cmocka_unit_test(undecided_says_what_is_missing),
        cmocka_unit_test(an_open_gate_has_no_way_to_open_it),
        cmocka_unit_test(at_most_three_questions_first),
        cmocka_unit_test(card_holds_each_figure_against_its_line),
        cmocka_unit_test(unknown_is_said_and_never_zero),
        cmocka_unit_test(files_that_disagree_are_named),
        cmocka_unit_test(revisions_are_listed_and_lead_to_each),
        cmocka_unit_test(hostile_texts_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
