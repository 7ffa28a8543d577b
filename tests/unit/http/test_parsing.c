/* What arrives from outside: addresses, forms, coded bodies by pieces of every size, cached answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/cache.h"
#include "http/multipart.h"
#include "http/request.h"
#include "http/spool.h"

static void test_url(void **state)
{
    (void)state;
    struct arena arena = { 0 };
    struct span out;
    struct err err = ERR_INIT;
    assert_true(url_decode(&arena, SPAN("a%2Fb%C3%A9+c"), false, &out, &err));
    assert_true(span_is(out, "a/b\xc3\xa9+c"));
    static const char *const bad[] = { "%", "%4", "%zz", "%0x", "%x0", "a%00b", "%ff", "%-1" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(url_decode(&arena, span_of(bad[i]), false, &out, &err));
    struct pairs p = { 0 };
    assert_true(pairs_decode(&p, &arena, SPAN("a=1&b=x+y&&c&label.k=%3D"), &err));
    assert_int_equal(p.count, 4);
    assert_true(span_is(pairs_get(&p, "b"), "x y"));
    assert_true(span_is(pairs_get(&p, "label.k"), "="));
    assert_true(pairs_get(&p, "c").ptr != NULL && pairs_get(&p, "d").ptr == NULL);
    pairs_release(&p);
    arena_release(&arena);
}

struct seen {
    struct sb text;
};

static bool seen_part(void *user, const struct multipart_part *p, struct err *err)
{
    struct seen *s = user;
    (void)err;
    sb_printf(&s->text, "[%.*s|%.*s]", SPAN_FMT(p->name), SPAN_FMT(p->file));
    return true;
}

static bool seen_data(void *user, struct span bytes, struct err *err)
{
    struct seen *s = user;
    (void)err;
    sb_add(&s->text, bytes);
    return true;
}

static bool seen_end(void *user, struct err *err)
{
    struct seen *s = user;
    (void)err;
    sb_adds(&s->text, ".");
    return true;
}

static bool parse(struct span type, struct span body, size_t piece, struct seen *s, struct err *err)
{
    struct multipart m;
    struct multipart_sink sink = { seen_part, seen_data, seen_end, s };
    if (!multipart_init(&m, type, &sink, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < body.len; i += piece)
        ok = multipart_feed(&m, span_sub(body, i, piece), err);
    ok = ok && multipart_finish(&m, err);
    multipart_release(&m);
    return ok;
}

static void test_multipart(void **state)
{
    (void)state;
    static const char body[] =
        "preamble\r\n--xy\r\nContent-Disposition: form-data; name=\"run\"\r\n\r\nr1\r\n"
        "--xy  \r\ncontent-disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".txt\"\r\n"
        "Content-Type: text/plain\r\n\r\n\r\n--x\r\n-\r\n--xy\r\n"
        "Content-Disposition: form-data; filename=e; name=file\r\n\r\n\r\n--xy--\r\nepilogue";
    for (size_t piece = 1; piece < sizeof body; piece++) {
        struct err err = ERR_INIT;
        struct seen s = { { 0 } };
        assert_true(parse(SPAN("multipart/form-data; boundary=xy"), SPAN(body), piece, &s, &err));
        assert_string_equal(sb_cstr(&s.text), "[run|]r1.[file|a \"b\".txt]\r\n--x\r\n-.[file|e].");
        sb_release(&s.text);
    }
}

static void test_multipart_broken(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body;
    } cases[] = {
        { "multipart/form-data", "--xy--" },
        { "multipart/form-data; boundary=", "--xy--" },
        { "multipart/form-data; boundary=xy", "" },
        { "multipart/form-data; boundary=xy", "--xy\r\n" },
        { "multipart/form-data; boundary=xy", "--xy\r\n\r\nno name\r\n--xy--" },
        { "multipart/form-data; boundary=xy", "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\n--xy--" },
        { "multipart/form-data; boundary=xy", "--xy\r\nContent-Disposition: form-data; name=a\r\n\r\ncut" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = ERR_INIT;
        struct seen s = { { 0 } };
        assert_false(parse(span_of(cases[i].type), span_of(cases[i].body), 3, &s, &err));
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        sb_release(&s.text);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *given, *want;
    } cases[] = { { "a.svg", "a.svg" }, { "/etc/passwd", "passwd" }, { "C:\\x\\y.json", "y.json" },
                  { "", "upload" },     { "..", "upload" },          { "a\nb", "ab" },
                  { "x\xff", "x" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[256];
        spool_name(span_of(cases[i].given), out);
        assert_string_equal(out, cases[i].want);
    }
}

static void test_cache(void **state)
{
    (void)state;
    struct cache *c = cache_new(4000);
    for (int i = 0; i < 100; i++) {
        struct sb body = { 0 };
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        sb_fill(&body, 'x', 300);
        cached_release(cache_put(c, span_of(key), &body));
        struct cached *hit = cache_get(c, span_of(key));
        assert_non_null(hit);
        assert_int_equal(cached_bytes(hit).len, 300);
        cached_release(hit);
    }
    assert_null(cache_get(c, SPAN("k0")));
    /* Too large to be kept, but handed back. */
    struct sb body = { 0 };
    sb_fill(&body, 'y', 3000);
    struct cached *big = cache_put(c, SPAN("big"), &body);
    assert_int_equal(cached_bytes(big).len, 3000);
    assert_null(cache_get(c, SPAN("big")));
    cache_free(c);
    cached_release(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url),   cmocka_unit_test(test_multipart), cmocka_unit_test(test_multipart_broken),
        cmocka_unit_test(test_names), cmocka_unit_test(test_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
