/* Published speed-ups by pair and class, and what the evidence says about a change. */
#include "roi/speed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "roi/roi.h"

static void ranges_of_the_table(void **state)
{
    static const struct {
        const char *from, *to, *class;
        double lo, mode, hi;
    } rows[] = {
        { "python", "rust", "numeric", 20, 60, 200 },
        { "Python", "Rust", "numeric loops", 20, 60, 200 },
        { "js", "rust", "allocation-heavy", 2, 6, 17 },
        { "TypeScript", "rust", "serde (managed)", 1.2, 2, 4 },
        { "golang", "rust", "request glue (framework code)", 1.1, 1.5, 4.4 },
        { "ruby", "rust", "objects, dicts, strings", 6, 25, 70 },
        { "php", "rust", "numeric", 15, 30, 60 },
        { "C#", "rust", "allocation", 2, 4, 9 },
        { "python", "c", "numeric", 20, 60, 200 }, /* native targets share the column */
        { "python", "C++", "numeric", 20, 60, 200 },
        { "python", "rust", "", 2, 12, 200 }, /* smallest lo and largest hi of the pair */
        { "node", "rust", "", 1.2, 4, 17 },
        { "python", "rust", "native", 1, 1, 1 },
        { "c", "rust", "", 0.9, 1.0, 1.1 },
        { "c++", "rust", "numeric", 0.9, 1.0, 1.1 },
        { "java", "go", "", 0.9, 1.0, 1.1 },
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *source = NULL;
        struct speed_range s = speed_of(span_of(rows[i].from), span_of(rows[i].to), span_of(rows[i].class), &source);
        if (s.lo != rows[i].lo || s.mode != rows[i].mode || s.hi != rows[i].hi)
            fail_msg("%s to %s, %s: %g %g %g", rows[i].from, rows[i].to, rows[i].class, s.lo, s.mode, s.hi);
        assert_true(source && source[0]);
    }
}

static void without_a_target_nothing_is_known(void **state)
{
    (void)state;
    assert_false(num_known(speed_of(SPAN("python"), SPAN(""), SPAN(""), NULL).lo));
    assert_false(num_known(speed_of(SPAN(""), SPAN("rust"), SPAN("numeric"), NULL).lo));
    assert_false(num_known(speed_of(SPAN("python"), SPAN("Python3"), SPAN(""), NULL).lo));
}

static void an_assumption_says_so(void **state)
{
    const char *source = NULL;
    (void)state;
    (void)speed_of(SPAN("python"), SPAN("rust"), SPAN("glue"), &source);
    assert_non_null(strstr(source, "assumption"));
    (void)speed_of(SPAN("go"), SPAN("rust"), SPAN("glue"), &source);
    assert_null(strstr(source, "assumption"));
}

static void classes_by_their_first_word(void **state)
{
    (void)state;
    assert_true(speed_class_known(SPAN("Numeric loops")) && speed_class_known(SPAN("alloc")));
    assert_true(speed_class_known(SPAN("native-bound remainder")));
    assert_false(speed_class_known(SPAN("")) || speed_class_known(SPAN("fast")) || speed_class_known(SPAN("<b>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_of_the_table),
        cmocka_unit_test(without_a_target_nothing_is_known),
        cmocka_unit_test(an_assumption_says_so),
        cmocka_unit_test(classes_by_their_first_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
