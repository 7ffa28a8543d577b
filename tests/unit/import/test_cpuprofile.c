/* V8 CPU profiles: forward weighting, late samples, both forms, every broken shape. */
#include "import_test.h"

#define FRAME(id, name, url, line, more)                                                                               \
    "{\"id\":" #id ",\"callFrame\":{\"functionName\":\"" name "\",\"scriptId\":\"0\",\"url\":\"" url                   \
    "\",\"lineNumber\":" #line ",\"columnNumber\":-1},\"hitCount\":0" more "}"
#define NODES                                                                                                          \
    "\"nodes\":[" FRAME(1, "(root)", "", -1, ",\"children\":[2,3,4]") "," FRAME(2, "(idle)", "", -1, "") "," FRAME(    \
        3, "work", "file:///app/a.js", 4, ",\"children\":[5]") "," FRAME(4, "(program)", "", -1,                       \
                                                                         "") "," FRAME(5, "fsync", "", -1, "") "]"

static void forward_weights(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL, "{" NODES ",\"startTime\":1000,\"endTime\":3000,\"samples\":[2,3,5,2],\"timeDeltas\":[100,1000,250,150]}",
        NULL);
    assert_string_equal(a->format, "cpuprofile");
    test_near(test_stack_value(a, 0, "(idle)"), 1500e-6, 1e-12);
    test_near(test_stack_value(a, 0, "work"), 250e-6, 1e-12);
    test_near(test_stack_value(a, 0, "work;fsync"), 150e-6, 1e-12);
    test_near(a->profile->columns[0].total, 1900e-6, 1e-12);
    test_near(a->duration_s, 2000e-6, 1e-12);
    assert_int_equal(a->duration_source, WALL_FILE);
    assert_int_equal(a->clock, CLOCK_WALL);
    assert_true(a->sees_wait && a->one_thread_of_several);
    assert_int_equal(a->runtime, RUNTIME_NODE);
    assert_int_equal(a->profile->order_count, 4);
    for (uint32_t i = 0; i < a->profile->frame_count; i++) {
        const struct profile_frame *f = &a->profile->frames[i];
        if (span_is(profile_str(a->profile, f->func), "fsync")) {
            assert_int_equal(f->kind, FRAME_NATIVE);
            assert_true(span_is(profile_str(a->profile, f->module), "node:binding"));
        }
        if (span_is(profile_str(a->profile, f->func), "work")) {
            assert_int_equal(f->line, 5);
            assert_true(span_is(profile_str(a->profile, f->file), "/app/a.js"));
        }
    }
    artefact_free(a);
}

/* The third sample was taken 300 before the second: 2 at 100, 5 at 800, 3 at 1100, 2 at 1250. */
static void late_samples_go_back_to_their_time(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL, "{" NODES ",\"startTime\":0,\"endTime\":2000,\"samples\":[2,3,5,2],\"timeDeltas\":[100,1000,-300,450]}",
        NULL);
    test_near(test_stack_value(a, 0, "(idle)"), (700 + 750) * 1e-6, 1e-12);
    test_near(test_stack_value(a, 0, "work;fsync"), 300e-6, 1e-12);
    test_near(test_stack_value(a, 0, "work"), 150e-6, 1e-12);
    artefact_free(a);
}

static void members_in_any_order(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"timeDeltas\":[100,1000,250,150],\"samples\":[2,3,5,2]," NODES ",\"endTime\":3000,\"startTime\":1000}",
        "{\"samples\":[2,3,5,2]," NODES ",\"timeDeltas\":[100,1000,250,150],\"endTime\":3000,\"startTime\":1000}",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct artefact *a = test_import("cpuprofile", texts[i], NULL);
        test_near(test_stack_value(a, 0, "(idle)"), 1500e-6, 1e-12);
        test_near(test_stack_value(a, 0, "work;fsync"), 150e-6, 1e-12);
        artefact_free(a);
    }
}

#define OLD(name, id, hits, children)                                                                                  \
    "{\"functionName\":\"" name "\",\"url\":\"x.js\",\"lineNumber\":1,\"scriptId\":0,\"id\":" #id                      \
    ",\"hitCount\":" #hits ",\"children\":[" children "]}"

static void old_form(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{\"head\":" OLD(
            "(root)", 1, 0,
            OLD("a", 2, 3, OLD("b", 3, 1, "")) "," OLD(
                "c", 4, 0,
                "")) ",\"startTime\":5,\"endTime\":6,\"samples\":[2,3,4],\"timestamps\":[5100000,5300000,5600000]}",
        NULL);
    test_near(test_stack_value(a, 0, "a"), 0.2, 1e-9);
    test_near(test_stack_value(a, 0, "a;b"), 0.3, 1e-9);
    test_near(test_stack_value(a, 0, "c"), 0.4, 1e-9);
    artefact_free(a);
    a = test_import(NULL, "{\"head\":" OLD("(root)", 1, 0, OLD("a", 2, 3, OLD("b", 3, 1, ""))) "}", NULL);
    assert_int_equal(a->profile->columns[0].unit, UNIT_SAMPLES);
    test_near(test_stack_value(a, 0, "a"), 3, 0);
    test_near(test_stack_value(a, 0, "a;b"), 1, 0);
    artefact_free(a);
    /* Members in the order of their names: children stand before the function's name. */
    a = test_import("cpuprofile",
                    "{\"head\":{\"children\":[{\"children\":[{\"functionName\":\"b\",\"hitCount\":1,\"id\":3}],"
                    "\"functionName\":\"a\","
                    "\"hitCount\":2,\"id\":2}],\"functionName\":\"(root)\",\"hitCount\":0,\"id\":1}}",
                    NULL);
    test_near(test_stack_value(a, 0, "a;b"), 1, 0);
    test_near(test_stack_value(a, 0, "a"), 2, 0);
    artefact_free(a);
}

static void an_embedder_that_never_idles(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL, "{" NODES ",\"startTime\":0,\"endTime\":2000,\"samples\":[4,3],\"timeDeltas\":[100,1500]}", NULL);
    assert_true(test_has_problem(a, "program_may_be_idle"));
    artefact_free(a);
}

static void broken_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *word;
    } cases[] = {
        { "{" NODES ",\"samples\":[2,9],\"timeDeltas\":[1,1]}", "node 9" },
        { "{" NODES ",\"samples\":[2,2],\"timeDeltas\":[1]}", "2 samples but 1 times" },
        { "{" NODES ",\"samples\":[2],\"timeDeltas\":[1,1,1]}", "more times" },
        { "{" NODES ",\"samples\":[2.5],\"timeDeltas\":[1]}", "not the id" },
        { "{" NODES ",\"samples\":[-1],\"timeDeltas\":[1]}", "not the id" },
        { "{" NODES ",\"samples\":[2],\"timeDeltas\":[1e999]}", "too large" },
        { "{" NODES ",\"samples\":[2],\"timeDeltas\":[NaN]}", "expected a number" },
        { "{" NODES ",\"samples\":[2],\"timeDeltas\":[1]", "ends inside" },
        { "{" NODES ",\"samples\":[],\"timeDeltas\":[]}", "no sample" },
        { "{" NODES ",\"startTime\":5,\"endTime\":1,\"samples\":[2],\"timeDeltas\":[1]}", "before startTime" },
        { "{\"nodes\":[" FRAME(1, "a", "", 1, ",\"children\":[2]") "," FRAME(
              2, "b", "", 1, ",\"children\":[1]") "],\"samples\":[2],\"timeDeltas\":[1]}",
          "ancestor" },
        { "{\"nodes\":[" FRAME(1, "a", "", 1, ",\"children\":[7]") "],\"samples\":[1],\"timeDeltas\":[1]}",
          "does not exist" },
        { "{\"nodes\":[" FRAME(1, "a", "", 1, "") "," FRAME(1, "a", "", 1, "") "],\"samples\":[1],\"timeDeltas\":[1]}",
          "twice" },
        { "{\"nodes\":[" FRAME(1, "a", "", 1, ",\"children\":[3]") "," FRAME(
              2, "a", "", 1, ",\"children\":[3]") "," FRAME(3, "a", "", 1, "") "],\"samples\":[1],\"timeDeltas\":[1]}",
          "two nodes" },
        { "{\"nodes\":[]}", "no nodes" },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = test_import_fails("cpuprofile", cases[i].text);
        if (!strstr(err.text, cases[i].word))
            fail_msg("%s: got '%s', want '%s'", cases[i].text, err.text, cases[i].word);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_weights),
        cmocka_unit_test(late_samples_go_back_to_their_time),
        cmocka_unit_test(members_in_any_order),
        cmocka_unit_test(old_form),
        cmocka_unit_test(an_embedder_that_never_idles),
        cmocka_unit_test(broken_files),
    };
    return cmocka_run_group_tests_name("cpuprofile", tests, NULL, NULL);
}
