/* Small JSON documents: what is refused and where, and the writer's texts read back equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/num.h"

static bool parses(struct span text, size_t depth, struct err *err)
{
    struct json *doc = NULL;
    *err = ERR_INIT;
    bool ok = json_parse(text, depth, &doc, err);
    if (!ok)
        assert_null(doc);
    json_free(doc);
    return ok;
}

static void good_and_bad(void **state)
{
    (void)state;
    static const struct {
        struct span text;
        enum err_code code;
    } rows[] = {
        { { "{}", 2 }, ERR_NONE },
        { { " [1, 2.5e3, -0, \"x\\u00e9\\n\", true, null] \n", 42 }, ERR_NONE },
        { { "0", 1 }, ERR_NONE },
        { { "", 0 }, ERR_MALFORMED },
        { { "{} x", 4 }, ERR_MALFORMED },
        { { "{}{}", 4 }, ERR_MALFORMED },
        { { "[1,]", 4 }, ERR_MALFORMED },
        { { "{\"a\":1", 6 }, ERR_MALFORMED },
        { { "{a:1}", 5 }, ERR_MALFORMED },
        { { "[NaN]", 5 }, ERR_MALFORMED },
        { { "[Infinity]", 10 }, ERR_MALFORMED },
        { { "[1e999]", 7 }, ERR_MALFORMED },
        { { "\"a\nb\"", 5 }, ERR_MALFORMED },
        { { "\"a\0b\"", 5 }, ERR_MALFORMED },
        { { "\"a\\u0000b\"", 10 }, ERR_MALFORMED },
        { { "\"\xff\"", 3 }, ERR_MALFORMED },
        { { "{}\0", 3 }, ERR_MALFORMED },
        { { "[[[[1]]]]", 9 }, ERR_LIMIT },
        { { "{\"a\":{\"b\":{\"c\":{}}}}", 20 }, ERR_LIMIT },
        { { "\"[[[[[[\"", 8 }, ERR_NONE }, /* brackets in a text are no depth */
        { { "\"\\\"[[[[[\"", 9 }, ERR_NONE },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct err err;
        bool ok = parses(rows[i].text, 3, &err);
        if (ok != (rows[i].code == ERR_NONE) || err.code != rows[i].code)
            fail_msg("row %zu: code %d, %s", i, (int)err.code, err.text);
    }
}

static void a_million_deep(void **state)
{
    (void)state;
    struct sb text = { 0 };
    struct err err;
    sb_fill(&text, '[', 1000000);
    assert_false(parses(sb_span(&text), 100, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(err.byte, 100);
    sb_release(&text);
}

static void reading(void **state)
{
    (void)state;
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    assert_true(
        json_parse(SPAN("{\"a\":{\"b\":{\"c\":1.5}},\"n\":null,\"t\":true,\"one\":1,\"s\":\"x\",\"l\":[1,2],\"A\":2}"),
                   10, &doc, &err));
    assert_true(json_num(json_path(doc, "a.b.c"), -1) == 1.5);
    assert_true(json_num(json_path(doc, "a.x.c"), -1) == -1);
    assert_true(json_num(json_get(doc, "A"), -1) == 2);
    assert_true(json_num(json_get(doc, "s"), -1) == -1);
    assert_true(json_is_null(json_get(doc, "n")) && json_is_null(json_get(doc, "absent")) && json_is_null(NULL));
    assert_false(json_is_null(json_get(doc, "s")));
    assert_int_equal(json_kind_of(json_get(doc, "n")), JSON_NULL);
    assert_int_equal(json_kind_of(json_get(doc, "absent")), JSON_ABSENT);
    assert_true(json_bool(json_get(doc, "t"), false) && json_bool(json_get(doc, "one"), false));
    assert_true(span_is(json_str(json_get(doc, "s")), "x"));
    assert_int_equal(json_str(json_get(doc, "l")).len, 0);
    assert_int_equal(json_count(json_get(doc, "l")), 2);
    assert_true(json_num(json_next(json_first(json_get(doc, "l"))), 0) == 2);
    assert_true(span_is(json_key(json_first(doc)), "a"));
    json_free(doc);
}

static void written_texts_read_back(void **state)
{
    (void)state;
    static const struct span texts[] = {
        { "plain", 5 },
        { "", 0 },
        { "q\"b\\s/", 6 },
        { "\n\t\r\b\f\x01\x1f\x7f", 8 },
        { "\xe2\x82\xac\xf0\x9f\x98\x80", 7 },
        { "</script>", 9 },
    };
    static const double numbers[] = { 0,      -1, 0.1, 1.0 / 3, 1e300, 5e-324, 9007199254740993.0, 123456789.123456789,
                                      -2.5e-7 };
    struct sb out = { 0 };
    struct jsonw w = { .out = &out };
    jsonw_obj(&w, NULL);
    jsonw_arr(&w, "texts");
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        jsonw_str(&w, NULL, texts[i]);
    jsonw_end_arr(&w);
    jsonw_arr(&w, "numbers");
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        jsonw_num(&w, NULL, numbers[i]);
    jsonw_end_arr(&w);
    jsonw_num(&w, "nan", NUM_UNKNOWN);
    jsonw_num(&w, "inf", HUGE_VAL);
    jsonw_strz(&w, "none", NULL);
    jsonw_int(&w, "int", INT64_MIN);
    jsonw_bool(&w, "no", false);
    jsonw_raw(&w, "raw", SPAN("[{}]"));
    jsonw_str(&w, "k\"ey", SPAN("\xff\x00z"));
    jsonw_end_obj(&w);
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    if (!json_parse(sb_span(&out), 5, &doc, &err))
        fail_msg("%s in %s", err.text, sb_cstr(&out));
    const struct json *v = json_first(json_get(doc, "texts"));
    for (size_t i = 0; i < ARRAY_LEN(texts); i++, v = json_next(v)) {
        if (!span_eq(json_str(v), texts[i]))
            fail_msg("text %zu", i);
    }
    v = json_first(json_get(doc, "numbers"));
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++, v = json_next(v)) {
        if (json_num(v, -7) != numbers[i])
            fail_msg("number %zu", i);
    }
    assert_int_equal(json_kind_of(json_get(doc, "nan")), JSON_NULL);
    assert_int_equal(json_kind_of(json_get(doc, "inf")), JSON_NULL);
    assert_int_equal(json_kind_of(json_get(doc, "none")), JSON_NULL);
    assert_non_null(strstr(sb_cstr(&out), "\"int\":-9223372036854775808,\"no\":false,\"raw\":[{}]"));
    assert_true(span_starts(json_str(json_get(doc, "k\"ey")), SPAN("\xef\xbf\xbd")));
    json_free(doc);
    sb_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(good_and_bad), cmocka_unit_test(a_million_deep),
                                        cmocka_unit_test(reading), cmocka_unit_test(written_texts_read_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
