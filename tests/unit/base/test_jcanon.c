/* One text for one value, and where two values differ first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jcanon.h"

static void expect_text(const char *json, const char *want)
{
    struct sb out = { 0 };
    struct err err = ERR_INIT;
    assert_true(jcanon_text(span_of(json), &out, &err));
    assert_string_equal(sb_cstr(&out), want);
    sb_release(&out);
}

static void members_are_sorted_and_numbers_rounded(void **state)
{
    (void)state;
    expect_text(" { \"b\" : 1.0 , \"a\" : [ true, null, \"x\\u0041\" ] } ", "{\"a\":[true,null,\"xA\"],\"b\":1}");
    expect_text("[0.1,0.30000000000000004,1e6,-0.0,123456789.123]", "[0.1,0.3,1000000,0,123456789]");
    expect_text("{\"a\":{},\"A\":[],\"\":[[{}]]}", "{\"\":[[{}]],\"A\":[],\"a\":{}}");
    expect_text("3", "3");
    expect_text("{\"aa\":1,\"a\":2,\"ab\":3}", "{\"a\":2,\"aa\":1,\"ab\":3}");
}

static void the_hash_is_of_the_value(void **state)
{
    (void)state;
    char a[65];
    char b[65];
    struct err err = ERR_INIT;
    assert_true(jcanon_sha256(SPAN("{\"x\":1.00000000001,\"y\":[2]}"), a, &err));
    assert_true(jcanon_sha256(SPAN("{ \"y\": [2.0], \"x\": 1 }"), b, &err));
    assert_string_equal(a, b);
    assert_true(jcanon_sha256(SPAN("{ \"y\": [2.0], \"x\": 1.00000001 }"), b, &err));
    assert_string_not_equal(a, b);
    assert_false(jcanon_sha256(SPAN("{\"x\":"), a, &err));
}

static void expect_difference(const char *a, const char *b, const char *path, const char *left, const char *right)
{
    struct json *x = NULL;
    struct json *y = NULL;
    struct err err = ERR_INIT;
    struct jcanon_difference d;
    assert_true(json_parse(span_of(a), 100, &x, &err));
    assert_true(json_parse(span_of(b), 100, &y, &err));
    assert_int_equal(jcanon_differs(x, y, &d), path != NULL);
    if (path) {
        assert_string_equal(sb_cstr(&d.path), path);
        assert_string_equal(sb_cstr(&d.left), left);
        assert_string_equal(sb_cstr(&d.right), right);
    }
    jcanon_difference_release(&d);
    json_free(x);
    json_free(y);
}

static void the_first_difference_is_named(void **state)
{
    (void)state;
    expect_difference("{\"a\":[1,{\"b\":2}],\"c\":3}", "{\"c\":3.0,\"a\":[1,{\"b\":2.0000000001}]}", NULL, "", "");
    expect_difference("{\"a\":[1,{\"b\":2}],\"c\":3}", "{\"c\":4,\"a\":[1,{\"b\":7}]}", "$.a[1].b", "2", "7");
    expect_difference("{\"a\":1,\"c\":1}", "{\"a\":1,\"b\":1,\"c\":1}", "$.b", "absent", "1");
    expect_difference("{\"a\":1,\"b\":[]}", "{\"a\":1}", "$.b", "[]", "absent");
    expect_difference("[1,2]", "[1,2,3]", "$[2]", "absent", "3");
    expect_difference("[1,2,3]", "[1]", "$[1]", "2", "absent");
    expect_difference("{\"a\":null}", "{\"a\":0}", "$.a", "null", "0");
    expect_difference("{\"a\":{\"b\":{}}}", "{\"a\":{\"b\":[]}}", "$.a.b", "{}", "[]");
    expect_difference("{}", "{}", NULL, "", "");
}

static void members_are_read_as_written(void **state)
{
    (void)state;
    struct span rest = SPAN("{\"a\": {\"x\":[1,\"}\\\"\"]} , \"b\\\"\":\"t,\",\"c\":-1.50}");
    struct jcanon_member m;
    assert_true(jcanon_member_next(&rest, &m));
    assert_true(span_is(m.key, "a"));
    assert_true(span_is(m.value, "{\"x\":[1,\"}\\\"\"]}"));
    assert_true(jcanon_member_next(&rest, &m));
    assert_true(span_is(m.key, "b\\\""));
    assert_true(span_is(m.value, "\"t,\""));
    assert_true(jcanon_member_next(&rest, &m));
    assert_true(span_is(m.value, "-1.50"));
    assert_false(jcanon_member_next(&rest, &m));
    rest = SPAN("{}");
    assert_false(jcanon_member_next(&rest, &m));
}

static void items_as_they_are_written(void **state)
{
    (void)state;
    struct span rest = SPAN(" 1.50 , \"a]b\",[ 2,{\"c\":3} ] ,null ] tail");
    struct span item;
    static const char *const want[] = { "1.50", "\"a]b\"", "[ 2,{\"c\":3} ]", "null" };
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_true(jcanon_item_next(&rest, &item));
        assert_true(span_is(item, want[i]));
    }
    assert_false(jcanon_item_next(&rest, &item));
    rest = SPAN("]");
    assert_false(jcanon_item_next(&rest, &item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_sorted_and_numbers_rounded),
        cmocka_unit_test(the_hash_is_of_the_value),
        cmocka_unit_test(the_first_difference_is_named),
        cmocka_unit_test(members_are_read_as_written),
        cmocka_unit_test(items_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
