/* Expressions over names: what matches, what is refused, and that none takes long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/regex.h"

static void test_matches(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fold, want;
    } cases[] = {
        { "loads", "json.loads", false, true },      { "^loads", "json.loads", false, false },
        { "loads$", "json.loads", false, true },     { "^json\\.(loads|dumps)$", "json.dumps", false, true },
        { "^json\\.(loads|dumps)$", "jsonxdumps", false, false },
        { "a*b", "b", false, true },                 { "a+b", "b", false, false },
        { "a+b", "xaab", false, true },              { "colou?r", "color", false, true },
        { "^[a-c]+$", "abcabc", false, true },       { "^[a-c]+$", "abcd", false, false },
        { "[^a-z]", "abc", false, false },           { "[^a-z]", "aBc", false, true },
        { "\\d\\d", "py3", false, false },           { "\\d\\d", "x86_64", false, true },
        { "^\\w+$", "a b", false, false },           { "\\s", "a b", false, true },
        { "LOADS", "json.loads", true, true },       { "LOADS", "json.loads", false, false },
        { "[A-Z]x", "Ax", true, true },              { "(?:a|b)c", "bc", false, true },
        { "a.c", "abc", false, true },               { "^$", "", false, true },
        { "[]a]", "]", false, true },                { "[a\\]b]+", "]", false, true },
        { "\\(\\)", "call()", false, true },         { "a|b|c", "c", false, true },
        { "(a(b(c)))+d", "abcabcd", false, true },   { "x*", "", false, true },
        { "a??b", "b", false, true },                { "^a", "ba", false, false },
        { "(^a|b$)", "ab", false, true },            { "[\\d.]+ms", "3.5ms", false, true },
        { "\\D", "123", false, false },              { "(a|ab)(c|bcd)$", "abcd", false, true },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regex *r = NULL;
        struct err err = ERR_INIT;
        assert_true(regex_compile(span_of(cases[i].pattern), cases[i].fold, &r, &err));
        if (regex_search(r, span_of(cases[i].text)) != cases[i].want)
            fail_msg("'%s' over '%s'", cases[i].pattern, cases[i].text);
        assert_int_equal(regex_search(r, span_of(cases[i].text)), cases[i].want);
        regex_free(r);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const cases[] = { "",   "*",   "a**", "a+*", "(",    ")",     "(a",   "a)",  "[a",  "[z-a]", "\\",
                                         "a|", "|a",  "()",  "a{2}", "(?=a)", "\\1", "\\b", "(|a)", "+",   "a|*" };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regex *r = NULL;
        struct err err = ERR_INIT;
        if (regex_compile(span_of(cases[i]), false, &r, &err))
            fail_msg("'%s' was taken", cases[i]);
        assert_int_equal(err.code, ERR_VALUE);
    }
}

/* Patterns that take other engines an age, and the longest there may be. */
static void test_hostile(void **state)
{
    (void)state;
    char text[20001];
    char pattern[REGEX_PATTERN_MAX + 2];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    static const char *const cases[] = { "(a*)*b", "(a|a)*b", "(a|aa)+$b", "((((a*)*)*)*)*b", "(.*)(.*)(.*)(.*)(.*)b" };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regex *r = NULL;
        struct err err = ERR_INIT;
        assert_true(regex_compile(span_of(cases[i]), true, &r, &err));
        assert_false(regex_search(r, span_make(text, sizeof text - 1)));
        regex_free(r);
    }
    static const char *const units[] = { "a", "a?", "a*", "(a)", "[a]", "\\d", "a|", "(a|b)*", "(", "(a?b)" };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        for (size_t n = 1; n <= REGEX_PATTERN_MAX + 1; n++) {
            struct regex *r = NULL;
            struct err err = ERR_INIT;
            size_t unit = strlen(units[i]);
            for (size_t k = 0; k < n; k++)
                pattern[k] = units[i][k % unit];
            if (!regex_compile(span_make(pattern, n), false, &r, &err))
                continue;
            assert_true(n <= REGEX_PATTERN_MAX);
            (void)regex_search(r, SPAN("aab[0]a"));
            regex_free(r);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
