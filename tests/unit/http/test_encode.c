/* Encodings of answers: what a client asks for, and that it reads back what was sent. */
#include "http/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <zlib.h>
#include <zstd.h>

static void the_best_that_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        enum coding want;
    } rows[] = {
        { "", CODING_NONE },
        { "gzip, deflate, br, zstd", CODING_ZSTD },
        { "gzip, deflate", CODING_GZIP },
        { "zstd;q=0, gzip;q=0.5", CODING_GZIP },
        { "gzip;q=0", CODING_NONE },
        { "gzip;q=0.0,zstd;q=0.000", CODING_NONE },
        { " , ;q=1,,identity;q=1, *", CODING_NONE },
        { "gzipped, xzstd", CODING_NONE },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(coding_choose(span_of(rows[i].accept)), rows[i].want);
    assert_int_equal(coding_choose((struct span){ 0 }), CODING_NONE);
}

static void only_what_gains(void **state)
{
    (void)state;
    assert_true(coding_fits("text/html; charset=utf-8", 5000));
    assert_true(coding_fits("application/vnd.stet.flame", 5000));
    assert_false(coding_fits("text/html; charset=utf-8", 100));
    assert_false(coding_fits("application/octet-stream", 5000));
    assert_false(coding_fits("font/woff2", 5000));
    assert_false(coding_fits(NULL, 5000));
    struct sb noise = { 0 };
    uint64_t x = 88172645463325252ull;
    for (int i = 0; i < 5000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        sb_addc(&noise, (char)(x & 0xff));
    }
    struct sb out = { 0 };
    assert_false(coding_encode(CODING_GZIP, sb_span(&noise), false, &out));
    assert_false(coding_encode(CODING_ZSTD, sb_span(&noise), false, &out));
    assert_false(coding_encode(CODING_NONE, sb_span(&noise), false, &out));
    assert_int_equal(out.len, 0);
    sb_release(&noise);
    sb_release(&out);
}

static void comes_back(void **state)
{
    (void)state;
    struct sb text = { 0 };
    for (unsigned i = 0; i < 200000; i++)
        sb_printf(&text, "line %u;", i * i % 977);
    struct sb z = { 0 };
    struct sb g = { 0 };
    assert_true(coding_encode(CODING_ZSTD, sb_span(&text), true, &z));
    assert_true(coding_encode(CODING_GZIP, sb_span(&text), true, &g));
    struct sb back = { 0 };
    char *to = sb_reserve(&back, text.len);
    assert_int_equal(ZSTD_decompress(to, text.len, z.ptr, z.len), text.len);
    assert_memory_equal(to, text.ptr, text.len);
    z_stream in = {
        .next_in = (Bytef *)g.ptr, .avail_in = (uInt)g.len, .next_out = (Bytef *)to, .avail_out = (uInt)text.len
    };
    assert_int_equal(inflateInit2(&in, 15 + 16), Z_OK);
    assert_int_equal(inflate(&in, Z_FINISH), Z_STREAM_END);
    assert_int_equal(in.total_out, text.len);
    assert_memory_equal(to, text.ptr, text.len);
    assert_int_equal(inflateEnd(&in), Z_OK);
    sb_release(&text);
    sb_release(&z);
    sb_release(&g);
    sb_release(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_that_is_read),
        cmocka_unit_test(only_what_gains),
        cmocka_unit_test(comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
