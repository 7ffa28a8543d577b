/* The streaming scanner: every kind of value, blocks of every size, every way to be broken. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/jscan.h"
#include "base/sb.h"

struct feed {
    struct span text;
    size_t at, step;
};

static bool feed_read(void *user, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    (void)err;
    struct feed *f = user;
    size_t left = f->text.len - f->at;
    size_t k = f->step < n ? f->step : n;
    k = k < left ? k : left;
    memcpy(buf, f->text.ptr + f->at, k);
    f->at += k;
    *ret_n = k;
    return true;
}

/* The document again, written from what the scanner says. */
static void echo(struct jscan *js, struct sb *out)
{
    struct span key;
    bool comma = false;
    switch (jscan_peek(js)) {
    case JSCAN_OBJ:
        sb_adds(out, "{");
        (void)jscan_obj(js);
        while (jscan_member(js, &key)) {
            sb_printf(out, "%s%.*s:", comma ? "," : "", SPAN_FMT(key));
            comma = true;
            echo(js, out);
        }
        sb_adds(out, "}");
        break;
    case JSCAN_ARR:
        sb_adds(out, "[");
        (void)jscan_arr(js);
        while (jscan_item(js)) {
            sb_adds(out, comma ? "," : "");
            comma = true;
            echo(js, out);
        }
        sb_adds(out, "]");
        break;
    case JSCAN_STR: {
        struct span s = jscan_str(js);
        sb_printf(out, "'%.*s'", SPAN_FMT(s));
        break;
    }
    case JSCAN_NUM: {
        struct jscan_number n = jscan_num(js);
        if (n.is_int)
            sb_printf(out, "%lldi", (long long)n.i);
        else
            sb_printf(out, "%.17g", n.d);
        break;
    }
    case JSCAN_BOOL:
        sb_adds(out, jscan_bool(js) ? "T" : "F");
        break;
    case JSCAN_NULL:
        jscan_skip(js);
        sb_adds(out, "N");
        break;
    case JSCAN_END:
        jscan_skip(js); /* notes where the value is missing */
        break;
    }
}

static bool echo_text(const char *text, size_t step, struct sb *out, struct err *err)
{
    struct feed f = { span_of(text), 0, step };
    *err = ERR_INIT;
    struct jscan *js = jscan_new(feed_read, &f, 100, err);
    echo(js, out);
    bool ok = jscan_end(js);
    jscan_free(js);
    return ok;
}

static void values_in_blocks_of_any_size(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "{}", "{}" },
        { " [ ] ", "[]" },
        { "[1,-2,0,9223372036854775807,-9223372036854775808]",
          "[1i,-2i,0i,9223372036854775807i,-9223372036854775808i]" },
        { "[1.5,-0.25,1e3,1E-2,9007199254740993.5,123456789012345678901]",
          "[1.5,-0.25,1000i,0.01,9007199254740994,1.2345678901234568e+20]" },
        { "[0.1,3.141592653589793,2.2250738585072014e-308]",
          "[0.10000000000000001,3.1415926535897931,2.2250738585072014e-308]" },
        { "{\"a\":[true,false,null],\"\":{\"b\":\"c\"}}", "{a:[T,F,N],:{b:'c'}}" },
        { "[\"a\\n\\u00e9\\u20ac\\ud83d\\ude00\\\"\\\\\\/\"]", "['a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"\\/']" },
        { "[\"\\ud83d\",\"\\u0000x\"]", "['\xef\xbf\xbd','\xef\xbf\xbdx']" },
        { "{\"k\\u0041ey\" : \"a long enough text to lie across a few blocks\"}",
          "{kAey:'a long enough text to lie across a few blocks'}" },
        { "\"\xff raw bytes pass\"", "'\xff raw bytes pass'" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t step = 1; step < 40; step += step < 9 ? 1 : 30) {
            struct sb out = { 0 };
            struct err err;
            if (!echo_text(cases[i].text, step, &out, &err))
                fail_msg("%s: %s", cases[i].text, err.text);
            assert_string_equal(sb_cstr(&out), cases[i].want);
            sb_release(&out);
        }
    }
}

static void broken_documents_name_the_byte(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t byte;
    } cases[] = {
        { "", 0 },
        { "{\"a\":1", 6 },
        { "[1,2", 4 },
        { "[1 2]", 3 },
        { "{\"a\" 1}", 5 },
        { "{1:2}", 1 },
        { "[NaN]", 1 },
        { "[Infinity]", 1 },
        { "[-Infinity]", 1 },
        { "[1e999]", 1 },
        { "[1,]", 3 },
        { "{\"a\":1,}", 7 },
        { "[1}", 2 },
        { "[\"abc", 5 },
        { "[\"\\x\"]", 2 },
        { "[\"\\u12g4\"]", 2 },
        { "[tru]", 1 },
        { "[1] x", 4 },
        { "[.5]", 1 },
        { "[1.]", 1 },
        { "[1e]", 1 },
        { "[-]", 1 },
        { "{\"a\":}", 5 },
        { "[+1]", 1 },
        { "nul", 0 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t step = 1; step < 8; step += 6) {
            struct sb out = { 0 };
            struct err err;
            bool ok = echo_text(cases[i].text, step, &out, &err);
            sb_release(&out);
            if (ok)
                fail_msg("%s was accepted", cases[i].text);
            assert_int_equal(err.code, ERR_MALFORMED);
            if (err.byte != cases[i].byte)
                fail_msg("%s: byte %lld, want %lld: %s", cases[i].text, (long long)err.byte, (long long)cases[i].byte,
                         err.text);
        }
    }
}

static void depth_is_bounded_and_needs_no_stack(void **state)
{
    (void)state;
    struct sb text = { 0 };
    sb_fill(&text, '[', 1000000);
    struct err err = ERR_INIT;
    struct feed f = { sb_span(&text), 0, 65536 };
    struct jscan *js = jscan_new(feed_read, &f, 5000, &err);
    jscan_skip(js);
    assert_false(jscan_ok(js));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(err.byte, 5000);
    jscan_free(js);
    f.at = 0;
    err = ERR_INIT;
    js = jscan_new(feed_read, &f, 2000000, &err);
    jscan_skip(js);
    assert_false(jscan_ok(js));
    assert_int_equal(err.code, ERR_MALFORMED);
    jscan_free(js);
    sb_release(&text);
}

static void skipping_is_exact(void **state)
{
    (void)state;
    static const char text[] = "{\"x\":{\"a\":[1,\"]}\\\"\",{\"b\":null}],\"c\":-1.5e3},\"y\":\"\\\\\",\"z\":7}";
    for (size_t step = 1; step < sizeof text; step += 5) {
        struct feed f = { span_of(text), 0, step };
        struct err err = ERR_INIT;
        struct jscan *js = jscan_new(feed_read, &f, 10, &err);
        struct span key;
        double z = 0;
        (void)jscan_obj(js);
        while (jscan_member(js, &key)) {
            if (span_is(key, "z"))
                z = jscan_double(js);
            else
                jscan_skip(js);
        }
        assert_true(jscan_end(js));
        assert_true(z == 7);
        jscan_free(js);
    }
}

static void long_columns(void **state)
{
    (void)state;
    struct sb text = { 0 };
    sb_adds(&text, "{\"c\":[");
    double want = 0;
    for (int i = 0; i < 100000; i++) {
        int v = (i * 7919) % 100003 - 50000;
        want += v;
        sb_printf(&text, "%s%d", i ? (i % 1000 ? "," : " ,\n ") : "", v);
    }
    sb_adds(&text, ",12345678901.5,1e2],\"d\":[],\"e\":[3]}");
    for (size_t step = 7; step < 300000; step *= 41) {
        struct feed f = { sb_span(&text), 0, step };
        struct err err = ERR_INIT;
        struct jscan *js = jscan_new(feed_read, &f, 10, &err);
        struct span key;
        double sum = 0;
        size_t count = 0;
        (void)jscan_obj(js);
        while (jscan_member(js, &key)) {
            double run[64];
            (void)jscan_arr(js);
            for (size_t n; (n = jscan_doubles(js, run, ARRAY_LEN(run))) > 0; count += n) {
                for (size_t k = 0; k < n; k++)
                    sum += run[k];
            }
        }
        assert_true(jscan_end(js));
        assert_int_equal(count, 100003);
        assert_true(fabs(sum - (want + 12345678901.5 + 100 + 3)) < 1e-3);
        jscan_free(js);
    }
    sb_release(&text);
}

static void open_ends(void **state)
{
    (void)state;
    static const char *const texts[] = { "[{\"a\":1},{\"a\":2},", "[{\"a\":1},{\"a\":2}", "[{\"a\":1},{\"a\":2},]",
                                         "[{\"a\":1},{\"a\":2},{\"a", "[{\"a\":1},{\"a\":2},{" };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct feed f = { span_of(texts[i]), 0, 3 };
        struct err err = ERR_INIT;
        struct jscan *js = jscan_new(feed_read, &f, 10, &err);
        jscan_allow_open_end(js);
        struct span key;
        double sum = 0;
        (void)jscan_arr(js);
        while (jscan_item(js)) {
            (void)jscan_obj(js);
            while (jscan_member(js, &key))
                sum += jscan_double(js);
        }
        assert_true(jscan_end(js));
        assert_true(jscan_truncated(js) == (i != 2));
        assert_true(sum == 3);
        jscan_free(js);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_blocks_of_any_size),
        cmocka_unit_test(broken_documents_name_the_byte),
        cmocka_unit_test(depth_is_bounded_and_needs_no_stack),
        cmocka_unit_test(skipping_is_exact),
        cmocka_unit_test(long_columns),
        cmocka_unit_test(open_ends),
    };
    return cmocka_run_group_tests_name("jscan", tests, NULL, NULL);
}
