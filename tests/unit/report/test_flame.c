#include "report/flame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fixture.h"
#include "import/importer.h"

static struct artefact_list folded(const char *text)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    struct artefact_list list = { 0 };
    struct err err = ERR_INIT;
    assert_true(import_memory(span_of(text), SPAN("a.folded"), "folded", &opt, &list, &err));
    return list;
}

static void draw(const char *text, const struct report_flame_options *opt, struct sb *out)
{
    struct artefact_list list = folded(text);
    const struct profile *p = list.items[0]->profile;
    struct err err = ERR_INIT;
    assert_true(report_flame_svg(p, profile_column_default(p), NULL, opt, out, &err));
    artefact_list_release(&list);
}

static void boxes_have_widths_and_titles(void **state)
{
    (void)state;
    struct sb out = { 0 };
    draw("main;b 25\nmain;a 75\n", NULL, &out);
    assert_true(holds(&out, "<title>main: 100 samples, 100 %</title>"));
    assert_true(holds(&out, "<title>a: 75 samples, 75 %</title><rect x=\"0.000%\""));
    assert_true(holds(&out, "<title>b: 25 samples, 25 %</title><rect x=\"75.000%\""));
    assert_true(holds(&out, "width=\"25.000%\""));
    assert_true(holds(&out, "everything is drawn"));
    assert_false(holds(&out, "style="));
    assert_false(holds(&out, "<script"));
    sb_release(&out);
}

static void narrow_boxes_are_hidden_and_said(void **state)
{
    (void)state;
    struct sb out = { 0 };
    draw("main;a 99980\nmain;tiny 20\n", NULL, &out);
    assert_false(holds(&out, "tiny"));
    assert_true(holds(&out, "not drawn: 0.020 % of the weight, in boxes narrower than 0.10 %"));
    sb_reset(&out);
    draw("main;a 50\nmain;b 30\nmain;c 20\n", &(struct report_flame_options){ .boxes_max = 3 }, &out);
    assert_int_equal(count_of(&out, "<g>"), 3);
    assert_true(holds(&out, "not drawn: 50 %"));
    sb_reset(&out);
    draw("a;b;c;d 10\n", &(struct report_flame_options){ .depth_max = 3 }, &out);
    assert_int_equal(count_of(&out, "<g>"), 3);
    assert_true(holds(&out, "not drawn: 100 %"));
    sb_release(&out);
}

static void names_are_text(void **state)
{
    (void)state;
    struct sb out = { 0 };
    draw("main;<script>alert(1)</script>\"' 10\nmain;\xe2\x80\xae"
         "cba 10\n",
         &(struct report_flame_options){ .standalone = true }, &out);
    assert_true(holds(&out, "&lt;script&gt;alert(1)"));
    assert_false(holds(&out, "<script"));
    assert_false(holds(&out, "\xe2\x80\xae"));
    assert_true(holds(&out, "xmlns="));
    assert_true(span_is_utf8(sb_span(&out)));
    sb_release(&out);
}

/* 4000 frames deep: no recursion, bounded picture. */
static void deep_stacks_are_cut(void **state)
{
    (void)state;
    struct sb text = { 0 };
    for (int i = 0; i < 4000; i++)
        sb_printf(&text, "%sf%d", i ? ";" : "", i);
    sb_adds(&text, " 7\n");
    struct sb out = { 0 };
    draw(sb_cstr(&text), NULL, &out);
    assert_int_equal(count_of(&out, "<g>"), 96);
    assert_true(holds(&out, "above row 96"));
    sb_release(&out);
    sb_release(&text);
}

static void no_weight_no_picture(void **state)
{
    (void)state;
    struct artefact_list list = folded("a;b 1\n");
    struct err err = ERR_INIT;
    struct sb out = { 0 };
    assert_false(report_flame_svg(list.items[0]->profile, 99, NULL, NULL, &out, &err));
    assert_int_equal(err.code, ERR_VALUE);
    assert_int_equal(out.len, 0);
    artefact_list_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_have_widths_and_titles),
        cmocka_unit_test(narrow_boxes_are_hidden_and_said),
        cmocka_unit_test(names_are_text),
        cmocka_unit_test(deep_stacks_are_cut),
        cmocka_unit_test(no_weight_no_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
