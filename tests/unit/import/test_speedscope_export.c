/* What is written as speedscope reads back with the same stacks, threads, order and totals. */
#include "import_test.h"

#include "base/sb.h"
#include "profile/speedscope_export.h"

static bool collect(void *user, struct span text, struct err *err)
{
    (void)err;
    sb_add(user, text);
    return true;
}

static struct artefact *again(const struct artefact *a)
{
    struct sb text = { 0 };
    struct err err = ERR_INIT;
    struct speedscope_options opt = { UINT32_MAX, SPAN("a \"title\"") };
    if (!speedscope_write(a->profile, &opt, collect, &text, &err))
        fail_msg("%s", err.text);
    struct artefact *b = test_import("speedscope", sb_cstr(&text), NULL);
    sb_release(&text);
    return b;
}

#define SCHEMA "\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","

static void threads_and_order(void **state)
{
    (void)state;
    struct artefact *a = test_import(
        NULL,
        "{" SCHEMA "\"profiles\":[{\"type\":\"sampled\",\"name\":\"Process 3 Thread 4 "
                   "\\\"one\\\"\",\"unit\":\"milliseconds\",\"samples\":[[0,1],[0],[0,1]],\"weights\":[1,2,4]},"
        "{\"type\":\"sampled\",\"name\":\"two\",\"unit\":\"milliseconds\",\"samples\":[[2]],\"weights\":[8]}],"
        "\"shared\":{\"frames\":[{\"name\":\"<b>\",\"file\":\"/x.py\",\"line\":3},{\"name\":\"inflate\",\"file\":\"/"
        "lib/libz.so.1\"},{\"name\":\"c\"}]}}",
        NULL);
    struct artefact *b = again(a);
    const struct profile *p = b->profile, *q = a->profile;
    test_near(p->columns[0].total, 0.015, 1e-12);
    test_near(test_stack_value(b, 0, "<b>;inflate"), 0.005, 1e-12);
    test_near(test_stack_value(b, 0, "<b>"), 0.002, 1e-12);
    assert_int_equal(p->thread_count, 2);
    assert_int_equal(p->threads[0].tid, 4);
    assert_int_equal(p->processes[p->threads[0].process.ix].pid, 3);
    assert_int_equal(p->order_count, q->order_count);
    for (uint64_t i = 0; i < p->order_count; i++)
        test_near((double)p->order[i].weight, (double)q->order[i].weight, 1e-9);
    assert_int_equal(b->native_visible, TRI_YES);
    artefact_free(a);
    artefact_free(b);
}

static void counts_without_order(void **state)
{
    (void)state;
    struct artefact *a = test_import("folded", "main;work 7\nmain;other 5\n", NULL);
    struct artefact *b = again(a);
    test_near(test_stack_value(b, 0, "main;work"), 7, 0);
    test_near(b->profile->columns[0].total, 12, 0);
    assert_int_equal(b->profile->columns[0].unit, UNIT_SAMPLES);
    artefact_free(a);
    artefact_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(threads_and_order), cmocka_unit_test(counts_without_order) };
    return cmocka_run_group_tests_name("speedscope_export", tests, NULL, NULL);
}
