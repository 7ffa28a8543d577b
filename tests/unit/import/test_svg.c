/* Flame-graph pictures: the tree out of rectangles, provenance out of the title, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "import/importer.h"

#define BOX(name, counts, x, y, w)                                                                                     \
    "<g><title>" name " (" counts ")</title><rect x=\"" x "\" y=\"" y "\" width=\"" w "\" height=\"15\"/></g>"
#define HEAD "<?xml version=\"1.0\"?><svg width=\"1200\" xmlns=\"http://www.w3.org/2000/svg\">"

static bool read_svg(const char *text, struct artefact_list *out, struct err *err)
{
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    return import_memory(span_of(text), SPAN("x.svg"), NULL, &opt, out, err);
}

static double value_of_leaf(const struct profile *p, const char *func)
{
    double sum = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        if (span_is(profile_str(p, profile_frame_of(p, p->row_stack[r])->func), func))
            sum += p->row_value[0][r];
    }
    return sum;
}

static void test_tree(void **state)
{
    (void)state;
    struct artefact_list l = { 0 };
    struct err err = ERR_INIT;
    /* Root at the bottom, rounded pixels: "b" overlaps two parents and belongs to the one that holds most of it. */
    const char *text = HEAD BOX("all", "1,000 samples, 100%", "10", "100", "1000")
        BOX("main", "900 samples, 90.00%", "10", "84", "900") BOX("other", "100 samples, 10.00%", "910", "84", "100")
            BOX("a (x) &lt;y&gt;", "600 samples, 60.00%", "10", "68", "600")
                BOX("b", "200 samples, 20.00%", "611", "68", "200") "</svg>";
    assert_true(read_svg(text, &l, &err));
    const struct profile *p = l.items[0]->profile;
    assert_float_equal(p->columns[0].total, 1000, 1e-9);
    assert_float_equal(value_of_leaf(p, "main"), 100, 1e-9);
    assert_float_equal(value_of_leaf(p, "b"), 200, 1e-9);
    assert_float_equal(value_of_leaf(p, "other"), 100, 1e-9);
    assert_true(l.items[0]->foreign_picture);
    assert_false(l.items[0]->sees_wait);
    artefact_list_release(&l);
}

static void test_icicle_with_exact_geometry(void **state)
{
    (void)state;
    struct artefact_list l = { 0 };
    struct err err = ERR_INIT;
    const char *text =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:fg=\"http://github.com/jonhoo/inferno\">"
        "<text id=\"title\">py-spy record --idle -r 50 -d 20 -o o.svg -- python3 app.py --idle -i x</text>"
        "<g><title>all (8 samples, 100%)</title><rect x=\"0%\" y=\"36\" width=\"100%\" height=\"15\" fg:x=\"0\" "
        "fg:w=\"8\"/></g>"
        "<g><title>work (app.py:3) (8 samples, 100.00%)</title><rect x=\"0%\" y=\"52\" width=\"100%\" height=\"15\" "
        "fg:x=\"0\" "
        "fg:w=\"8\"/></g>"
        "<g><title>select (selectors.py:469) (6 samples, 75.00%)</title><rect x=\"0%\" y=\"68\" width=\"75%\" "
        "height=\"15\" "
        "fg:x=\"0\" fg:w=\"6\"/></g></svg>";
    assert_true(read_svg(text, &l, &err));
    const struct artefact *a = l.items[0];
    assert_int_equal(a->clock, CLOCK_WALL);
    assert_true(a->sees_wait);
    assert_float_equal(a->rate_hz, 50, 0);
    assert_float_equal(a->duration_s, 20, 0);
    assert_int_equal(a->duration_source, WALL_RECORDER);
    assert_true(span_is(a->command, "python3 app.py --idle -i x"));
    assert_float_equal(value_of_leaf(a->profile, "work"), 2, 1e-9);
    artefact_list_release(&l);
}

static const struct {
    const char *name, *text;
    enum err_code code;
} refused[] = {
    { "differential",
      HEAD BOX("all", "10 samples, 100%", "0", "20", "100")
          BOX("a", "5 samples, 50.00%; +1.00%", "0", "4", "50") "</svg>",
      ERR_UNSUPPORTED },
    { "bytes", HEAD BOX("all", "10 bytes, 100%", "0", "20", "100") "</svg>", ERR_UNSUPPORTED },
    { "entities",
      "<!DOCTYPE svg [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>"
      "<svg><title>&b;</title></svg>",
      ERR_MALFORMED },
    { "cut off", HEAD BOX("all", "10 samples, 100%", "0", "20", "100") "<g><title>x", ERR_MALFORMED },
    { "no flame graph", HEAD "<rect x=\"1\" y=\"1\" width=\"3\" height=\"3\"/></svg>", ERR_UNRECOGNISED },
    { "error picture", HEAD "<text>ERROR: No valid input provided to flamegraph</text></svg>", ERR_EMPTY },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        struct artefact_list l = { 0 };
        struct err err = ERR_INIT;
        assert_false(read_svg(refused[i].text, &l, &err));
        if (err.code != refused[i].code)
            print_message("%s: %s\n", refused[i].name, err.text);
        assert_int_equal(err.code, refused[i].code);
        artefact_list_release(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_icicle_with_exact_geometry),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
