#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/mask.h"

static const char *const rows[][2] = {
    { "app --password=hunter2 x", "app --password=*** x" },
    { "app --password hunter2 x", "app --password *** x" },
    { "app --verbose --token", "app --verbose --token" },
    { "API_KEY=abc app", "API_KEY=*** app" },
    { "app --url https://bob:pw@db:5432/x?token=abc&n=1", "app --url https://bob:***@db:5432/x?token=***&n=1" },
    { "curl -H 'Authorization: Bearer abc.def' http://h/", "curl -H 'Authorization: Bearer ***' http://h/" },
    { "app ghp_0123456789abcdef", "app ***" },
    { "python3 monkey.py --keyboard=us", "python3 monkey.py --keyboard=us" },
    { "app --secret='two words' end", "app --secret=*** end" },
    { "app --accessToken=abc", "app --accessToken=***" },
    { "app --key --next", "app --key --next" },
    { "PGPASSWORD=abc psql", "PGPASSWORD=*** psql" },
    { "{\"client_secret\": \"ab cd\", \"n\": 1}", "{\"client_secret\": \"***\", \"n\": 1}" },
    { "{\\\"token\\\":\\\"abc\\\"}", "{\\\"token\\\":\\\"***\\\"}" },
    { "", "" },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sb once = { 0 };
        struct sb twice = { 0 };
        mask_command(span_of(rows[i][0]), &once);
        assert_string_equal(sb_cstr(&once), rows[i][1]);
        mask_command(sb_span(&once), &twice);
        assert_string_equal(sb_cstr(&twice), rows[i][1]);
        sb_release(&once);
        sb_release(&twice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
