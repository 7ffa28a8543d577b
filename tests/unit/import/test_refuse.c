/* What is refused by name: each row of the table is reached by a file of its kind, and its sentence helps a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/sb.h"
#include "import/importer.h"
#include "import/refuse.h"

struct row {
    struct span start, needle, needle2;
    const char *test, *what;
};

static const struct row rows[] = {
#define REFUSAL(start, n1, n2, check, is, good, send)                                                                  \
    { { (start), sizeof(start) - 1 }, { (n1), sizeof(n1) - 1 }, { (n2), sizeof(n2) - 1 }, #check, (is) },
#include "import/refusals.def"
#undef REFUSAL
};

static bool contains(const char *text, const char *part)
{
    return span_find(span_of(text), 0, span_of(part)) < strlen(text);
}

static void says(struct span bytes, const char *what)
{
    struct err err = ERR_INIT;
    const struct importer *imp = import_detect(bytes, SPAN("unknown"), &err);
    if (imp || !contains(err.text, what))
        (void)fprintf(stderr, "want '%s', got '%s' %s\n", what, err.text, imp ? imp->name : "");
    assert_null(imp);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_true(contains(err.text, "this seems to be "));
    assert_true(contains(err.text, what));
}

static void test_each_row_is_reached(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].test, "NULL") != 0)
            continue; /* below, by a sample of its own */
        struct sb file = { 0 };
        sb_add(&file, rows[i].start);
        sb_adds(&file, "\n ");
        sb_add(&file, rows[i].needle);
        sb_adds(&file, "\n ");
        sb_add(&file, rows[i].needle2);
        sb_addc(&file, '\n');
        says(sb_span(&file), rows[i].what);
        sb_release(&file);
    }
}

static void test_files_that_need_a_closer_look(void **state)
{
    (void)state;
    says(SPAN("v 10400 2\nx /srv/app/waits\n"), "heaptrack");
    says(SPAN("672679ceaecf17b7a879e56c56802afc568aa242 [kernel.kallsyms]\n"), "build-ids");
    says(SPAN("gmon\1\0\0\0\0\0\0\0"), "gmon.out");
    says(SPAN("gmon\0\0\0\1\0\0\0\0"), "gmon.out");
    says(SPAN("Function Stack,CPU Time:Self,Module\nmain,1.0,app\n"), "VTune");
    says(SPAN("Level,Function Name,Inclusive Samples,Exclusive Samples\n0,main,3,1\n"), "vsprof");
    struct sb packets = { 0 };
    for (int i = 0; i < 40; i++)
        sb_add(&packets, SPAN("\x0a\x02\x40\x01"));
    says(sb_span(&packets), "Perfetto");
    sb_release(&packets);
}

/* Names the thing, says what it is good for, and what to send; short enough for one message, and no full stop. */
static void test_sentences(void **state)
{
    (void)state;
    assert_int_equal(refuse_count(), ARRAY_LEN(rows));
    for (size_t i = 0; i < refuse_count(); i++) {
        const char *what;
        const char *good_for;
        const char *instead;
        refuse_row(i, &what, &good_for, &instead);
        assert_true(strlen(what) > 4 && strlen(good_for) > 3 && strlen(instead) > 10);
        assert_true(strlen(what) + strlen(good_for) + strlen(instead) < 320);
        bool acts = contains(instead, "send ") || contains(instead, "record ") || contains(instead, "export ");
        if (!acts)
            (void)fprintf(stderr, "%s: '%s' does not say what to do\n", what, instead);
        assert_true(acts);
        assert_true(instead[strlen(instead) - 1] != '.');
    }
}

static void test_unknown_files_are_described(void **state)
{
    (void)state;
    static const struct {
        struct span bytes;
        const char *says;
    } files[] = {
        { { "just some words\n", 16 }, "begins with 'just some words'" },
        { { "{\"a\": 1}", 8 }, "JSON of no known" },
        { { "\0\1\2\3\4\5\6\7", 8 }, "binary data of no known" },
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct err err = ERR_INIT;
        assert_null(import_detect(files[i].bytes, SPAN("unknown"), &err));
        assert_int_equal(err.code, ERR_UNRECOGNISED);
        assert_true(contains(err.text, files[i].says));
        assert_true(contains(err.text, "stet formats"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_row_is_reached),
        cmocka_unit_test(test_files_that_need_a_closer_look),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_unknown_files_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
