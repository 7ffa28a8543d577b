/* Fields of the form as text and as JSON: the notation of quantities, and that nothing is made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/editor.h"

static void expect(enum editor_type type, const char *text, const char *want)
{
    struct sb out = { 0 };
    struct err err = ERR_INIT;
    if (!editor_json(type, span_of(text), &out, &err))
        fail_msg("'%s': %s", text, err.text);
    assert_string_equal(sb_cstr(&out), want);
    sb_release(&out);
}

static void refuse(enum editor_type type, const char *text)
{
    struct sb out = { 0 };
    struct err err = ERR_INIT;
    if (editor_json(type, span_of(text), &out, &err))
        fail_msg("'%s' was taken as %s", text, sb_cstr(&out));
    assert_int_equal(err.code, ERR_VALUE);
    sb_release(&out);
}

static void quantities_are_one_line(void **state)
{
    (void)state;
    expect(EDITOR_QUANTITY, "", "");
    expect(EDITOR_QUANTITY, "   ", "");
    expect(EDITOR_QUANTITY, "2", "2");
    expect(EDITOR_QUANTITY, " 1.1k ", "1100");
    expect(EDITOR_QUANTITY, "1.5M", "1500000");
    expect(EDITOR_QUANTITY, "30 %", "0.3");
    expect(EDITOR_QUANTITY, "18..24", "{\"lo\":18,\"hi\":24}");
    expect(EDITOR_QUANTITY, "18 .. 21 .. 24", "{\"lo\":18,\"mode\":21,\"hi\":24}");
    expect(EDITOR_QUANTITY, ".5..1e3", "{\"lo\":0.5,\"hi\":1000}");
    expect(EDITOR_QUANTITY, "p10 18 p90 24", "{\"p10\":18,\"p90\":24}");
    expect(EDITOR_QUANTITY, "p10 1k, p90 2k", "{\"p10\":1000,\"p90\":2000}");
    static const char *const wrong[] = { "two", "1,5", "1..",   "..1", "1..2..3..4", "p10 1", "p10",     "p1", "0x10",
                                         "inf", "NaN", "1e999", "k",   "%",          "..",    "p10 p90", "1 2" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        refuse(EDITOR_QUANTITY, wrong[i]);
    refuse(EDITOR_NUMBER, "1..2");
}

static void texts_and_lists(void **state)
{
    (void)state;
    expect(EDITOR_TEXT, " a \"b\" ", "\"a \\\"b\\\"\"");
    expect(EDITOR_GLOBS, "*a*\n\n  b.py \n", "[\"*a*\",\"b.py\"]");
    expect(EDITOR_GLOBS, "\n\n", "");
}

static void shown(enum editor_type type, const char *json, const char *want)
{
    struct sb out = { 0 };
    struct err err = ERR_INIT;
    CLEANUP(json_freep) struct json *doc = NULL;
    assert_true(json_parse(span_of(json), 8, &doc, &err));
    editor_text(type, doc, &out);
    assert_string_equal(sb_cstr(&out), want);
    sb_release(&out);
}

static void members_are_shown_or_left_empty(void **state)
{
    (void)state;
    shown(EDITOR_QUANTITY, "0.1", "0.1");
    shown(EDITOR_QUANTITY, "{\"lo\":1,\"mode\":2,\"hi\":3}", "1..2..3");
    shown(EDITOR_QUANTITY, "{\"p90\":3,\"p10\":1}", "p10 1 p90 3");
    shown(EDITOR_GLOBS, "[\"a\",\"b\"]", "a\nb");
    shown(EDITOR_GLOBS, "\"a\"", "a");
    shown(EDITOR_TEXT, "true", "yes");
    /* Another shape is not a zero. */
    static const char *const odd[] = { "null", "\"2\"", "[1]", "{\"lo\":1}", "{\"p10\":\"a\",\"p90\":1}", "true" };
    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        shown(EDITOR_QUANTITY, odd[i], "");
}

static void paths_of_errors_are_those_of_fields(void **state)
{
    (void)state;
    struct sb out = { 0 };
    editor_path(SPAN("components[2].match[0]"), &out);
    assert_string_equal(sb_cstr(&out), "components.2.match.0");
    sb_release(&out);
}

static void every_field_has_its_group(void **state)
{
    (void)state;
    for (size_t i = 0; i < editor_field_count; i++) {
        size_t g = 0;
        while (g < editor_group_count && strcmp(editor_groups[g].id, editor_fields[i].group) != 0)
            g++;
        assert_true(g < editor_group_count);
        assert_true(editor_fields[i].type != EDITOR_WORD || editor_fields[i].words[0]);
        /* A logarithm begins above 0. */
        assert_true(editor_fields[i].scale != EDITOR_LOG || editor_fields[i].lo > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_are_one_line),         cmocka_unit_test(texts_and_lists),
        cmocka_unit_test(members_are_shown_or_left_empty), cmocka_unit_test(paths_of_errors_are_those_of_fields),
        cmocka_unit_test(every_field_has_its_group),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
