/* Pages from fixtures: whole, escaped, and fit for a strict content policy. With STET_PAGES_OUT set to a folder, each
 * page is also written there, for the browser tests. */
#include "report/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"
#include "import/importer.h"
#include "report/flame.h"
#include "report/report.h"

static void keep(const char *name, const struct sb *page)
{
    const char *folder = getenv("STET_PAGES_OUT");
    if (!folder)
        return;
    struct sb path = { 0 };
    sb_printf(&path, "%s/%s", folder, name);
    FILE *out = fopen(sb_cstr(&path), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(sb_cstr(page), 1, page->len, out), page->len);
    assert_int_equal(fclose(out), 0);
    sb_release(&path);
}

/* What holds for every page. */
static void check_page(const char *name, const struct sb *page)
{
    assert_true(holds(page, "<!DOCTYPE html>"));
    assert_true(holds(page, "</html>"));
    assert_false(holds(page, "{{#"));
    assert_false(holds(page, "<script>"));
    assert_false(holds(page, " style="));
    assert_false(holds(page, "onclick"));
    assert_false(holds(page, "http://www.w3.org/2000/svg"));
    assert_int_equal(count_of(page, "<script"), count_of(page, "<script type=\"module\" src=\"/static/"));
    assert_true(span_is_utf8(sb_span(page)));
    keep(name, page);
}

static void flame(struct sb *svg)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    struct artefact_list list = { 0 };
    struct err err = ERR_INIT;
    assert_true(import_path("profiles/formats/svg/py-spy.svg", NULL, &opt, &list, &err));
    const struct profile *p = list.items[0]->profile;
    uint32_t column = profile_column_default(p);
    struct classify_options how = { .runtime = list.items[0]->runtime, .clock = p->columns[column].clock };
    struct classification *cls = classify_profile(p, &how);
    assert_true(report_flame_svg(p, column, cls, NULL, svg, &err));
    classification_free(cls);
    artefact_list_release(&list);
}

static void reports(void **state)
{
    (void)state;
    static const char *const names[] = { "w1a", "w1b", "w2", "w6a", "w9b", "w11", "hostile", "empty" };
    struct sb svg = { 0 };
    flame(&svg);
    struct json *meta = fixture("page_meta");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct json *doc = fixture(names[i]);
        struct sb page = { 0 };
        struct sb again = { 0 };
        struct sb file = { 0 };
        struct err err = ERR_INIT;
        sb_printf(&file, "report-%s.html", names[i]);
        assert_true(report_page_report(doc, meta, sb_span(&svg), &page, &err));
        assert_true(report_page_report(doc, meta, sb_span(&svg), &again, &err));
        assert_true(span_eq(sb_span(&page), sb_span(&again)));
        check_page(sb_cstr(&file), &page);
        assert_true(holds(&page, "<svg viewBox=\"0 0 1200"));
        sb_reset(&page);
        sb_reset(&file);
        sb_printf(&file, "alone-%s.html", names[i]);
        assert_true(report_html_standalone(doc, sb_span(&svg), &page, &err));
        check_page(sb_cstr(&file), &page);
        assert_true(holds(&page, "<style>"));
        assert_false(holds(&page, "src="));
        assert_false(holds(&page, "href="));
        sb_release(&page);
        sb_release(&again);
        sb_release(&file);
        json_free(doc);
    }
    json_free(meta);
    sb_release(&svg);
}

static void hostile_names_are_text(void **state)
{
    (void)state;
    struct json *doc = fixture("hostile");
    struct json *meta = fixture("page_meta");
    struct sb page = { 0 };
    struct err err = ERR_INIT;
    assert_true(report_page_report(doc, meta, SPAN(""), &page, &err));
    assert_true(holds(&page, "&lt;script&gt;alert(1)"));
    assert_false(holds(&page, "<script>alert"));
    assert_false(holds(&page, "\xe2\x80\xae"));
    assert_false(holds(&page, "\033"));
    assert_true(page.len < 100000);
    sb_release(&page);
    json_free(doc);
    json_free(meta);
}

static void lists(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct sb page = { 0 };
    struct json *in = fixture("page_home");
    assert_true(report_page_home(in, &page, &err));
    check_page("home.html", &page);
    assert_true(holds(&page, "not asked"));
    assert_true(holds(&page, "href=\"/projects/order-service\""));
    json_free(in);
    sb_reset(&page);
    in = fixture("page_project");
    assert_true(report_page_project(in, &page, &err));
    check_page("project.html", &page);
    assert_true(holds(&page, "0123abc, main, checkout"));
    json_free(in);
    sb_reset(&page);
    in = fixture("page_upload");
    assert_true(report_page_upload(in, &page, &err));
    check_page("upload.html", &page);
    assert_true(holds(&page, "537 MB"));
    json_free(in);
    sb_reset(&page);
    assert_true(report_page_error(415, SPAN(""), SPAN("<b>photo.png</b>"), SPAN("r-1"), &page, &err));
    check_page("error.html", &page);
    assert_true(holds(&page, "&lt;b&gt;photo.png"));
    sb_release(&page);
}

static void forms_need_somebody_who_may(void **state)
{
    (void)state;
    struct json *doc = fixture("w1a");
    struct json *meta = NULL;
    struct err err = ERR_INIT;
    struct sb page = { 0 };
    assert_true(json_parse(SPAN("{\"project\":\"p\",\"run\":\"r\",\"read_only\":true,\"upload_action\":\"/u\","
                                "\"facts_action\":\"/f\",\"newest_url\":\"//evil.example/"
                                "x\",\"revision\":1,\"revisions\":2}"),
                           10, &meta, &err));
    assert_true(report_page_report(doc, meta, SPAN(""), &page, &err));
    assert_false(holds(&page, "name=\"file\""));
    assert_false(holds(&page, "fact.ops"));
    assert_false(holds(&page, "evil.example"));
    json_free(meta);
    sb_reset(&page);
    assert_true(json_parse(SPAN("{\"project\":\"p\",\"run\":\"r\",\"facts_action\":\"/f\"}"), 10, &meta, &err));
    assert_true(report_page_report(doc, meta, SPAN(""), &page, &err));
    assert_true(holds(&page, "name=\"fact.wall_s\""));
    assert_true(holds(&page, "Would settle"));
    sb_reset(&page);
    json_free(meta);
    assert_true(json_parse(SPAN("{\"project\":\"p\",\"run\":\"r\",\"status\":\"failed\",\"error\":"
                                "\"line 3: want a number\"}"),
                           10, &meta, &err));
    assert_true(report_page_report(NULL, meta, SPAN(""), &page, &err));
    assert_true(holds(&page, "line 3: want a number"));
    sb_release(&page);
    json_free(meta);
    json_free(doc);
}

static void static_files(void **state)
{
    (void)state;
    struct report_asset asset;
    assert_true(report_static("app.css", &asset));
    assert_string_equal(asset.type, "text/css; charset=utf-8");
    assert_true(asset.bytes.len > 1000);
    assert_true(report_static("app.js", &asset));
    assert_int_equal(strlen(asset.etag), 18);
    assert_false(report_static("../templates/head.tpl", &asset));
    assert_false(report_static("", &asset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports),      cmocka_unit_test(hostile_names_are_text),
        cmocka_unit_test(lists),        cmocka_unit_test(forms_need_somebody_who_may),
        cmocka_unit_test(static_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
