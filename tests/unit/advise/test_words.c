/* Numbers as they are printed: two significant digits, and the ends that must not be rounded away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "advise/words.h"

struct row {
    void (*say)(struct sb *out, double x);
    double x;
    const char *text;
};

static const struct row rows[] = {
    { words_share, 0, "0 %" },
    { words_share, 1, "100 %" },
    { words_share, 0.03, "3.0 %" },
    { words_share, 0.0304, "3.0 %" },
    { words_share, 0.97, "97 %" },
    { words_share, 0.996, "99.6 %" },
    { words_share, 0.9999, "99.9 %" },
    { words_share, 0.0041, "0.41 %" },
    { words_share, 0.00041, "0.04 %" },
    { words_share, 0.00001, "under 0.01 %" },
    { words_seconds, 60, "60.0 s" },
    { words_seconds, 1.8, "1.8 s" },
    { words_seconds, 0.0075, "7.5 ms" },
    { words_seconds, 300, "300 s" },
    { words_seconds, 5400, "90 min" },
    { words_seconds, 2e-6, "2.0 us" },
    { words_seconds, 0, "0 s" },
    { words_factor, 1.0279, "1.03" },
    { words_factor, 37.7358, "38" },
    { words_factor, 7.41, "7.4" },
    { words_count, 17400, "17,400" },
    { words_count, 999, "999" },
    { words_count, 1234567, "1,234,567" },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sb out = { 0 };
        rows[i].say(&out, rows[i].x);
        assert_string_equal(sb_cstr(&out), rows[i].text);
        sb_release(&out);
    }
}

static void test_range(void **state)
{
    struct sb out = { 0 };
    (void)state;
    words_range(&out, 0.16, 0.69);
    sb_adds(&out, " | ");
    words_range(&out, 0.0301, 0.0302);
    assert_string_equal(sb_cstr(&out), "16 to 69 % | 3.0 %");
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_range) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
