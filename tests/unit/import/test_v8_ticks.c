/* 0x and clinic flame: stacks, trees, ticks without frames, broken shapes. */
#include "import_test.h"

static void stacks_root_first(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "[[{\"name\":\"main /app/a b.js:3:24\",\"type\":\"JS\",\"kind\":\"Opt\"},{\"name\":\"get x "
        "node:net:12:5\",\"type\":\"JS\",\"kind\":\"Unopt\"}],"
        "[],[{\"name\":\"__write@@GLIBC_2.2.5\",\"type\":\"CPP\"}],[{\"name\":\"/usr/lib/"
        "libc.so.6\",\"type\":\"SHARED_LIB\"}],"
        "[{\"name\":\" "
        "node:internal/main/"
        "run_main_module:1:1\",\"type\":\"JS\"},{\"name\":\"^a+$\",\"type\":\"CODE\",\"kind\":\"RegExp\"}]]",
        NULL);
    assert_string_equal(a->format, "0x");
    test_near(test_stack_value(a, 0, "main;get x"), 1, 0);
    test_near(test_stack_value(a, 0, "(unresolved function)"), 1, 0);
    test_near(test_stack_value(a, 0, "__write"), 1, 0);
    test_near(test_stack_value(a, 0, "[libc.so.6]"), 1, 0);
    test_near(test_stack_value(a, 0, "(anonymous);RegExp: ^a+$"), 1, 0);
    assert_int_equal(a->clock, CLOCK_CPU);
    assert_false(a->sees_wait);
    assert_false(num_known(a->duration_s));
    assert_int_equal(a->profile->order_count, 5);
    assert_true(test_has_problem(a, "ticks_without_frames"));
    for (uint32_t i = 0; i < a->profile->frame_count; i++) {
        const struct profile_frame *f = &a->profile->frames[i];
        if (span_is(profile_str(a->profile, f->func), "main")) {
            assert_true(span_is(profile_str(a->profile, f->file), "/app/a b.js"));
            assert_int_equal(f->line, 3);
        }
    }
    artefact_free(a);
}

static void only_the_name_tells_clinic_flame(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct span text = SPAN("[[{\"name\":\"a /b.js:1:1\",\"type\":\"JS\"}]]");
    assert_string_equal(import_detect(text, SPAN("7.clinic-flame-samples"), &err)->name, "clinic-flame");
    assert_string_equal(import_detect(text, SPAN("unknown"), &err)->name, "0x");
}

static void trees(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"merged\":{\"name\":\"all stacks\",\"value\":9,\"top\":0,\"children\":[{\"S\":0,\"name\":\"*f "
        "/a.js:1:2\",\"value\":9,\"top\":4,"
        "\"children\":[{\"name\":\"write@@GLIBC_2.2.5 [CPP]\",\"value\":5,\"top\":5}]}]},\"unmerged\":{\"name\":\"all "
        "stacks\",\"value\":9,\"top\":9}}",
        "{\"unmerged\":{\"name\":\"all stacks\",\"value\":9,\"children\":[{\"name\":\"f /a.js:1:2 "
        "[INIT]\",\"children\":["
        "{\"name\":\"write@@GLIBC_2.2.5 [CPP]\",\"value\":5}],\"value\":9}]}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import(NULL, texts[i], NULL);
        test_near(test_stack_value(a, 0, "f"), 4, 0);
        test_near(test_stack_value(a, 0, "f;write"), 5, 0);
        artefact_free(a);
    }
}

static void broken_files(void **state)
{
    (void)state;
    static const struct {
        const char *format, *text, *word;
    } cases[] = {
        { "0x", "[]", "no tick" },
        { "0x", "[[{\"name\":\"a\",\"type\":\"JS\"}]", "ends inside" },
        { "0x", "[1]", "expected an array" },
        { "0x", "{\"merged\":{\"name\":\"all stacks\",\"children\":[{\"name\":\"a\"}]}}", "without a number" },
        { "0x", "{\"merged\":{\"name\":\"a\",\"value\":1,\"children\":[{\"name\":\"b\",\"value\":2}]}}", "-1 ticks" },
        { "0x", "{\"merged\":{\"children\":[]}}", "before its name" },
        { "0x", "<html>TACHYONS", "holds no" },
        { "clinic-flame", "<html><title>Clinic Flame", "holds no" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = test_import_fails(cases[i].format, cases[i].text);
        if (!strstr(err.text, cases[i].word))
            fail_msg("%s: got '%s', want '%s'", cases[i].text, err.text, cases[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stacks_root_first),
        cmocka_unit_test(only_the_name_tells_clinic_flame),
        cmocka_unit_test(trees),
        cmocka_unit_test(broken_files),
    };
    return cmocka_run_group_tests_name("v8_ticks", tests, NULL, NULL);
}
