/* A form over a document: what it does not know stays to the byte, what it empties is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "http/form_doc.h"

struct change {
    const char *path, *json;
};

static void expect(const char *doc, const struct change *changes, size_t n, const char *want)
{
    struct form_edit items[8];
    struct form_edits edits = { items, n, 8 };
    struct sb out = { 0 };
    assert_true(n <= ARRAY_LEN(items));
    for (size_t i = 0; i < n; i++)
        items[i] = (struct form_edit){ span_of(changes[i].path), span_of(changes[i].json) };
    form_doc_merge(span_of(doc), &edits, &out);
    assert_string_equal(sb_cstr(&out), want);
    sb_release(&out);
}
#define EXPECT(doc, want, ...)                                                                                         \
    do {                                                                                                               \
        const struct change all[] = { __VA_ARGS__ };                                                                   \
        expect(doc, all, ARRAY_LEN(all), want);                                                                        \
    } while (0)

static void members_are_set_and_taken_away(void **state)
{
    (void)state;
    expect("{\"a\" : 1.50}", NULL, 0, "{\"a\" : 1.50}");
    EXPECT("{}", "{\"a\":1}", { "a", "1" });
    EXPECT("{\"a\":1}", "{}", { "a", "" });
    EXPECT("{\"cost\":{\"devs\":1,\"x\":12345678901234567890}}", "{\"cost\":{\"devs\":2,\"x\":12345678901234567890}}",
           { "cost.devs", "2" });
    EXPECT("{\"cost\":{\"devs\":1}}", "{}", { "cost.devs", "" });
    EXPECT("{}", "{\"cost\":{\"devs\":1,\"months\":2},\"b\":3}", { "cost.devs", "1" }, { "b", "3" },
           { "cost.months", "2" });
    /* Another shape gives way. */
    EXPECT("{\"cost\":\"much\"}", "{\"cost\":{\"devs\":1}}", { "cost.devs", "1" });
    EXPECT("{\"cost\":[1]}", "{\"cost\":{\"devs\":1}}", { "cost.devs", "1" });
    /* A name with a point is another name. */
    EXPECT("{\"cost.devs\":7,\"cost\":{\"devs\":1}}", "{\"cost.devs\":7,\"cost\":{\"devs\":2}}", { "cost.devs", "2" });
}

static void items_of_lists(void **state)
{
    (void)state;
    EXPECT("{\"l\":[{\"a\":1,\"x\":[ 2 ]},{\"a\":3}]}", "{\"l\":[{\"a\":9,\"x\":[ 2 ]},{\"a\":3}]}", { "l.0.a", "9" });
    EXPECT("{\"l\":[{\"a\":1},{\"a\":3}]}", "{\"l\":[{\"a\":3}]}", { "l.0.a", "" });
    EXPECT("{\"l\":[{\"a\":1}]}", "{}", { "l.0.a", "" });
    EXPECT("{}", "{\"l\":[{\"a\":1},{\"b\":{\"c\":2}}]}", { "l.1.b.c", "2" }, { "l.0.a", "1" });
    EXPECT("{\"l\":[\"x\",{\"t\":1}, 3 ]}", "{\"l\":[\"y\",{\"t\":1},3,4]}", { "l.0", "\"y\"" }, { "l.3", "4" });
    EXPECT("{\"l\":[\"]\",\"a,b\"]}", "{\"l\":[\"]\",\"c\"]}", { "l.1", "\"c\"" });
    EXPECT("{\"l\":{\"a\":1}}", "{\"l\":[1]}", { "l.0", "1" });
}

static void paths_end_somewhere(void **state)
{
    (void)state;
    /* Deeper than any form goes: left as it is. */
    EXPECT("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":1}}}}}}}}}",
           "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":1}}}}}}}}}", { "a.b.c.d.e.f.g.h.i", "2" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_set_and_taken_away),
        cmocka_unit_test(items_of_lists),
        cmocka_unit_test(paths_end_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
