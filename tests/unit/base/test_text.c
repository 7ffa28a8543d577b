/* Spans, buffers with a cap, numbers, interning, times and arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/intern.h"
#include "base/num.h"

static void spans(void **state)
{
    (void)state;
    struct span rest = SPAN("a\r\n\nlast");
    struct span got;
    assert_true(span_line(&rest, &got) && span_is(got, "a"));
    assert_true(span_line(&rest, &got) && got.len == 0);
    assert_true(span_line(&rest, &got) && span_is(got, "last"));
    assert_false(span_line(&rest, &got));
    rest = SPAN("  one\ttwo ");
    assert_true(span_word(&rest, &got) && span_is(got, "one"));
    assert_true(span_word(&rest, &got) && span_is(got, "two"));
    assert_false(span_word(&rest, &got));
    struct span head = SPAN("kept");
    struct span tail = SPAN("kept");
    assert_false(span_split(SPAN("abc"), ':', &head, &tail));
    assert_true(span_is(head, "kept") && span_is(tail, "kept"));
    assert_true(span_split(SPAN("a:b:c"), ':', &head, &tail) && span_is(head, "a") && span_is(tail, "b:c"));
    assert_true(span_rsplit(SPAN("a:b:c"), ':', &head, &tail) && span_is(head, "a:b") && span_is(tail, "c"));
    assert_int_equal(span_chr(SPAN("abcabc"), 3, 'b'), 4);
    assert_int_equal(span_chr(SPAN("abc"), 9, 'b'), 3);
    assert_int_equal(span_rchr(SPAN("abcabc"), 'b'), 4);
    assert_int_equal(span_find(SPAN("ababac"), 0, SPAN("abac")), 2);
    assert_int_equal(span_find(SPAN("ab"), 0, SPAN("abc")), 2);
    assert_true(span_is(span_trim(SPAN(" \t x y\r\n")), "x y"));
    assert_int_equal(span_trim(SPAN(" \n")).len, 0);
    assert_true(span_is(span_sub(SPAN("abc"), 1, SIZE_MAX), "bc"));
    assert_int_equal(span_from(SPAN("abc"), 7).len, 0);
    assert_true(span_hash(SPAN("a")) != span_hash(SPAN("b")));
}

static void utf8(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        bool good;
    } rows[] = {
        { { "plain", 5 }, true },
        { { "", 0 }, true },
        { { "\xc3\xa9", 2 }, true },
        { { "\xe2\x82\xac", 3 }, true },
        { { "\xf0\x9f\x98\x80", 4 }, true },
        { { "\xf4\x8f\xbf\xbf", 4 }, true },
        { { "a\0b", 3 }, false },
        { { "\x80", 1 }, false },
        { { "\xc3", 1 }, false },
        { { "\xc0\xaf", 2 }, false }, /* overlong */
        { { "\xe0\x80\xaf", 3 }, false },
        { { "\xed\xa0\x80", 3 }, false }, /* surrogate */
        { { "\xf4\x90\x80\x80", 4 }, false },
        { { "\xff", 1 }, false }, /* beyond U+10FFFF */
        { { "\xf0\x9f\x98", 3 }, false },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is_utf8(rows[i].text) != rows[i].good)
            fail_msg("row %zu", i);
    }
}

static void numbers(void **state)
{
    (void)state;
    uint64_t u = 7;
    int64_t i = 7;
    double d = 7;
    assert_true(span_to_u64(SPAN("18446744073709551615"), &u) && u == UINT64_MAX);
    static const char *const no_u64[] = { "", "18446744073709551616", "-1", "+1", " 1", "1 ", "0x1", "1.0", "1e3" };
    u = 7;
    for (size_t k = 0; k < ARRAY_LEN(no_u64); k++)
        assert_false(span_to_u64(span_of(no_u64[k]), &u));
    assert_true(u == 7);
    assert_true(span_to_i64(SPAN("-9223372036854775808"), &i) && i == INT64_MIN);
    assert_true(span_to_i64(SPAN("9223372036854775807"), &i) && i == INT64_MAX);
    assert_false(span_to_i64(SPAN("9223372036854775808"), &i));
    assert_false(span_to_i64(SPAN("-9223372036854775809"), &i));
    assert_true(span_hex_to_u64(SPAN("0xffffffffffffffff"), &u) && u == UINT64_MAX);
    assert_true(span_hex_to_u64(SPAN("Ff"), &u) && u == 255);
    static const char *const no_hex[] = { "", "0x", "10000000000000000", "g" };
    for (size_t k = 0; k < ARRAY_LEN(no_hex); k++)
        assert_false(span_hex_to_u64(span_of(no_hex[k]), &u));
    assert_true(span_to_double(SPAN("-1.5e-3"), &d) && d == -1.5e-3);
    assert_true(span_to_double(SPAN(".5"), &d) && d == 0.5);
    assert_true(span_to_double(SPAN("5."), &d) && d == 5);
    d = 7;
    static const char *const no_double[] = { "",     ".",     "e5",    "1e",  "1e+", "nan", "inf",
                                             "-inf", "0x1p3", "1e999", "1,5", "1 ",  "--1" };
    for (size_t k = 0; k < ARRAY_LEN(no_double); k++)
        assert_false(span_to_double(span_of(no_double[k]), &d));
    assert_true(d == 7);
}

static void buffers(void **state)
{
    (void)state;
    struct sb s = { .cap = 8 };
    assert_string_equal(sb_cstr(&s), "");
    sb_adds(&s, "12345678");
    assert_false(s.overflow);
    sb_addc(&s, '9');
    assert_true(s.overflow);
    assert_true(s.len <= 8);
    sb_reset(&s);
    assert_int_equal(s.len, 0);
    sb_release(&s);
    struct sb t = { 0 };
    for (int i = 0; i < 1000; i++)
        sb_printf(&t, "%d,", i);
    assert_int_equal(t.len, 10 * 2 + 90 * 3 + 900 * 4);
    sb_reset(&t);
    sb_add_xml(&t, SPAN("<a b=\"'\">&\x01\xff</a>"));
    assert_null(strchr(sb_cstr(&t), '<'));
    assert_null(strchr(sb_cstr(&t), '"'));
    assert_null(strchr(sb_cstr(&t), '\x01'));
    assert_non_null(strstr(sb_cstr(&t), "&lt;a b=&quot;"));
    assert_non_null(strstr(sb_cstr(&t), "\xef\xbf\xbd"));
    sb_reset(&t);
    /* Characters of which UTF-8 thinks nothing bad, and XML does. */
    sb_add_xml(&t, SPAN("a\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"));
    assert_string_equal(sb_cstr(&t), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    sb_reset(&t);
    sb_add_plain(&t, SPAN("\x1b[31mred\x07"));
    assert_null(strchr(sb_cstr(&t), '\x1b'));
    char *own = sb_detach(&t);
    assert_non_null(own);
    free(own);
    assert_int_equal(t.len, 0);
    own = sb_detach(&t);
    assert_string_equal(own, "");
    free(own);
}

static void interning(void **state)
{
    (void)state;
    struct intern t;
    uint32_t ix;
    intern_init(&t);
    assert_int_equal(intern_add(&t, SPAN("")), 0);
    for (uint32_t i = 0; i < 50000; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "s%u", i);
        assert_int_equal(intern_add(&t, span_of(text)), i + 1);
    }
    assert_int_equal(intern_add(&t, SPAN("s123")), 124);
    assert_int_equal(t.count, 50001);
    assert_true(span_is(intern_get(&t, 124), "s123"));
    assert_true(intern_find(&t, SPAN("s49999"), &ix) && ix == 50000);
    assert_false(intern_find(&t, SPAN("s50000"), &ix));
    uint32_t nul = intern_add(&t, SPAN("a\0b"));
    assert_int_not_equal(nul, intern_add(&t, SPAN("a")));
    assert_int_equal(intern_get(&t, nul).len, 3);
    intern_release(&t);
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        { "1970-01-01T00:00:00.000000Z", 0 },
        { "1969-12-31T23:59:59.999999Z", -1 },
        { "2000-02-29T12:34:56.000001Z", 951827696000001 },
        { "2026-01-05T10:00:00.123456Z", 1767607200123456 },
        { "9999-12-31T23:59:59.999999Z", 253402300799999999 },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct sb s = { 0 };
        int64_t us = 7;
        clock_format(&s, rows[i].us);
        assert_string_equal(sb_cstr(&s), rows[i].text);
        assert_true(clock_parse(sb_span(&s), &us) && us == rows[i].us);
        sb_release(&s);
    }
    int64_t us = 7;
    assert_true(clock_parse(SPAN("2000-02-29T12:34:56Z"), &us) && us == 951827696000000);
    assert_true(clock_parse(SPAN("2000-02-29 12:34:56.5Z"), &us) && us == 951827696500000);
    us = 7;
    static const char *const bad[] = { "",
                                       "2000-02-30T00:00:00Z",
                                       "2001-02-29T00:00:00Z",
                                       "2000-13-01T00:00:00Z",
                                       "2000-00-01T00:00:00Z",
                                       "2000-01-00T00:00:00Z",
                                       "2000-01-01T24:00:00Z",
                                       "2000-01-01T00:60:00Z",
                                       "2000-01-01T00:00:00",
                                       "2000-01-01T00:00:00+01:00",
                                       "2000-01-01T00:00:00.Z",
                                       "2000-01-01T00:00:00.1234567890Z",
                                       "2000-01-01T00:00:00.1xZ",
                                       "20000101T000000Z",
                                       "2000-01-01X00:00:00Z",
                                       "+200-01-01T00:00:00Z" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (clock_parse(span_of(bad[i]), &us))
            fail_msg("taken: %s", bad[i]);
    }
    assert_true(us == 7);
}

static void arenas(void **state)
{
    (void)state;
    struct arena a = { 0 };
    unsigned char *blocks[200];
    size_t sizes[200];
    for (size_t i = 0; i < 200; i++) {
        sizes[i] = i * 97 % 401 * (i % 50 == 0 ? 300 : 1); /* small ones, and some beyond a block */
        blocks[i] = arena_alloc(&a, sizes[i], 1);
        assert_true((uintptr_t)blocks[i] % sizeof(void *) == 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 255) + 1, sizes[i]);
    }
    for (size_t i = 0; i < 200; i++) {
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(blocks[i][k], i % 255 + 1); /* nobody wrote into another's room */
    }
    char *copy = arena_dup(&a, SPAN("text"));
    assert_string_equal(copy, "text");
    assert_true(a.total >= 5);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans),     cmocka_unit_test(utf8),  cmocka_unit_test(numbers), cmocka_unit_test(buffers),
        cmocka_unit_test(interning), cmocka_unit_test(times), cmocka_unit_test(arenas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
