#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/fmt.h"
#include "report/view.h"

static void render(const char *name, bool ascii, struct sb *out)
{
    struct json *doc = fixture(name);
    struct err err = ERR_INIT;
    assert_true(report_text(doc, &(struct report_text_options){ .ascii = ascii }, out, &err));
    json_free(doc);
}

static void first_line_names_the_verdict(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        { "w1a", "NOT DECIDED YET [insufficient_evidence]\n" },
        { "w1b", "FIX THE WAITING FIRST [fix_wait_first]\n" },
        { "w2", "MOVE ONE PART TO NATIVE CODE [native_extension]\n" },
        { "w6a", "CPU-BOUND [optimise_in_place]\n" },
        { "w11", "A REWRITE IS SUPPORTED [full_migration]\n" },
        { "empty", "NOT DECIDED YET [insufficient_evidence]\n" },
    };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        struct sb out = { 0 };
        render(want[i][0], true, &out);
        assert_true(span_starts(sb_span(&out), span_of(want[i][1])));
        sb_release(&out);
    }
}

/* Commands alone may pass the width: a broken command cannot be copied. */
static void lines_fit(void **state)
{
    (void)state;
    static const char *const names[] = { "w1a", "w1b", "w2", "w6a", "w9b", "w11", "hostile", "empty" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (int ascii = 0; ascii < 2; ascii++) {
            struct sb out = { 0 };
            render(names[i], ascii, &out);
            struct span rest = sb_span(&out);
            struct span line;
            while (span_line(&rest, &line)) {
                bool command = span_find(line, 0, SPAN("perf stat")) < line.len;
                assert_true(command || view_columns(line) <= 100);
                for (size_t k = 0; k < line.len; k++)
                    assert_true((unsigned char)line.ptr[k] >= 0x20 && (!ascii || (unsigned char)line.ptr[k] < 0x7f));
            }
            assert_false(holds(&out, "\xe2\x80\xae"));
            assert_false(holds(&out, "\033"));
            sb_release(&out);
        }
    }
}

static void says_what_is_known_and_what_is_not(void **state)
{
    (void)state;
    struct sb out = { 0 };
    render("w1a", true, &out);
    assert_true(holds(&out, "every share is possible"));
    assert_true(holds(&out, "| fix the wait"));
    assert_true(holds(&out, "CANNOT SHOW  how long the program waited"));
    assert_true(holds(&out, "Gate: closed, not enough evidence (EV-01)."));
    assert_true(holds(&out, "perf stat -e task-clock -o cpu.txt -- python job.py"));
    assert_false(holds(&out, " 0.0 %"));
    sb_reset(&out);
    render("w1b", true, &out);
    assert_true(holds(&out, "58.2 s         97 %"));
    assert_true(holds(&out, "CPU share: 3.0 %, line 20 % (default), 6.7 times below"));
    assert_true(holds(&out, "if this is wrong: not decided"));
    assert_true(holds(&out, "1.03x at most"));
    assert_true(holds(&out, "FLIPS IF  CPU reaches 20 %"));
    sb_reset(&out);
    render("w9b", true, &out);
    assert_true(holds(&out, "one takes 517 ms and uses about 2.0 ms of CPU"));
    assert_true(holds(&out, "this is not the share of one request"));
    assert_true(holds(&out, "99th percentile: means say nothing about it"));
    sb_reset(&out);
    render("w6a", false, &out);
    assert_true(holds(&out, "\xe2\x96\x88"));
    assert_true(holds(&out, "NOT GIVEN load_representative"));
    assert_true(holds(&out, "another execution of the program"));
    sb_release(&out);
}

static void colour_is_asked_for(void **state)
{
    (void)state;
    struct json *doc = fixture("w1b");
    struct err err = ERR_INIT;
    struct sb out = { 0 };
    assert_true(report_text(doc, &(struct report_text_options){ .colour = true }, &out, &err));
    assert_true(span_starts(sb_span(&out), SPAN("\033[1;33mFIX")));
    sb_release(&out);
    json_free(doc);
}

static void refuses_other_documents(void **state)
{
    (void)state;
    static const char *const texts[] = { "{}", "[]", "{\"schema\":\"stet/roi/1\"}", "{\"schema\":\"stet/analysis/1\"}",
                                         "{\"schema\":\"stet/analysis/1\",\"verdict\":\"`x\"}" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct json *doc = NULL;
        struct err err = ERR_INIT;
        struct sb out = { 0 };
        assert_true(json_parse(span_of(texts[i]), 10, &doc, &err));
        assert_false(report_text(doc, &(struct report_text_options){ 0 }, &out, &err));
        assert_int_equal(err.code, ERR_VALUE);
        assert_int_equal(out.len, 0);
        json_free(doc);
    }
}

/* Members of the wrong kind are unknown, not a crash. */
static void wrong_kinds_are_unknown(void **state)
{
    (void)state;
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    struct sb out = { 0 };
    assert_true(json_parse(SPAN("{\"schema\":\"stet/analysis/"
                                "1\",\"verdict\":\"fix_wait_first\",\"artefacts\":{\"a\":1},"
                                "\"cpu\":[1,null,\"x\",{\"category\":7,\"share_of_cpu\":\"y\"}],\"time\":[],\"rules\":"
                                "[[],{}],"
                                "\"next\":[{\"needs\":7}],\"answers\":{\"goal\":{}},\"inputs\":[{\"value\":{}}],"
                                "\"flips\":[3],"
                                "\"facts\":{\"cpu_bound_threshold\":-1e300},\"levers\":[{\"speedup\":3}],\"top\":[{}],"
                                "\"time\":{\"cpu_share\":{\"lo\":1e300,\"est\":-5,\"hi\":0}}}"),
                           10, &doc, &err));
    assert_true(report_text(doc, &(struct report_text_options){ .ascii = true }, &out, &err));
    assert_true(report_markdown(doc, &(struct report_markdown_options){ 0 }, &out, &err));
    assert_true(report_html_standalone(doc, SPAN(""), &out, &err));
    sb_release(&out);
    json_free(doc);
}

static void markdown(void **state)
{
    (void)state;
    struct json *doc = fixture("w1b");
    struct err err = ERR_INIT;
    struct sb out = { 0 };
    struct report_markdown_options opt = { .base_url = "https://host.example", .path = "/projects/a/runs/b?rev=1" };
    assert_true(report_markdown(doc, &opt, &out, &err));
    assert_true(span_starts(sb_span(&out), SPAN("### Fix the waiting first `[fix_wait_first]`\n")));
    assert_true(holds(&out, "**Gate:** closed, shown otherwise for response time (CPU-03)."));
    assert_true(holds(&out, "| interpreter | 40 % | 16..69 % | yes |"));
    assert_true(holds(&out, "(https://host.example/projects/a/runs/b?rev=1)"));
    sb_reset(&out);
    assert_true(report_gate_markdown(doc, &opt, &out, &err));
    assert_true(span_starts(sb_span(&out), SPAN("### Gate: closed, shown otherwise for response time")));
    sb_reset(&out);
    json_free(doc);
    doc = fixture("hostile");
    assert_true(report_markdown(doc, &opt, &out, &err));
    assert_true(holds(&out, "&lt;script&gt;"));
    assert_true(out.len < 60000);
    sb_reset(&out);
    assert_true(report_summary(doc, &out, &err));
    assert_int_equal(count_of(&out, "\n"), 2);
    sb_release(&out);
    json_free(doc);
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        void (*fmt)(struct sb *, double);
        double x;
        const char *want;
    } rows[] = {
        { fmt_percent, 0.03, "3.0 %" },
        { fmt_percent, 0.98, "98 %" },
        { fmt_percent, 1, "100 %" },
        { fmt_percent, 0, "0 %" },
        { fmt_percent, 0.9998, "over 99.9 %" },
        { fmt_percent, 0.9962, "99.6 %" },
        { fmt_percent, 1e-9, "under 0.01 %" },
        { fmt_percent, 0.0996, "10 %" },
        { fmt_percent, 0.004, "0.40 %" },
        { fmt_seconds, 58.2, "58.2 s" },
        { fmt_seconds, 1.8, "1.8 s" },
        { fmt_seconds, 0.008, "8.0 ms" },
        { fmt_seconds, 0.517, "517 ms" },
        { fmt_seconds, 300, "300 s" },
        { fmt_seconds, 36000, "10 h" },
        { fmt_seconds, 0.000012, "12 us" },
        { fmt_seconds, 0, "0 s" },
        { fmt_factor, 1.0305, "1.03x" },
        { fmt_factor, 7.41, "7.4x" },
        { fmt_factor, 37.7, "38x" },
        { fmt_number, 1240, "1,240" },
        { fmt_number, 9.4681, "9.5" },
        { fmt_number, 0.0176, "0.018" },
        { fmt_number, 17400, "17,400" },
        { fmt_bytes, 536870912, "537 MB" },
        { fmt_percent, NUM_UNKNOWN, "not known" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sb out = { 0 };
        rows[i].fmt(&out, rows[i].x);
        assert_string_equal(sb_cstr(&out), rows[i].want);
        sb_release(&out);
    }
    struct sb out = { 0 };
    fmt_percent_range(&out, 0.585, 0.9854);
    assert_string_equal(sb_cstr(&out), "58..99");
    sb_reset(&out);
    fmt_percent_range(&out, 0.003, 0.004);
    assert_string_equal(sb_cstr(&out), "0.30..0.40");
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_line_names_the_verdict),
        cmocka_unit_test(lines_fit),
        cmocka_unit_test(says_what_is_known_and_what_is_not),
        cmocka_unit_test(colour_is_asked_for),
        cmocka_unit_test(refuses_other_documents),
        cmocka_unit_test(wrong_kinds_are_unknown),
        cmocka_unit_test(markdown),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
