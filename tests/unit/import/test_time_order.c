/* Samples in the order of time, from runs that are each in order, from none, and from one alone. */
#include "import_test.h"

#include "import/time_order.h"

static void check(const double *at, size_t n, bool in_order, uint64_t most, const char *want)
{
    struct err err = ERR_INIT;
    struct limits lim = LIMITS_DEFAULT;
    struct builder *b = builder_new(&lim);
    uint32_t column = builder_column(
        b, &(struct column_desc){
               .event = SPAN("n"), .unit = UNIT_SAMPLES, .period = NUM_UNKNOWN, .rate_hz = NUM_UNKNOWN });
    process_id process = builder_process(b, 1, SPAN("p"), SPAN(""));
    struct time_order order = { .b = b, .most = most, .in_order = in_order };
    for (size_t i = 0; i < n; i++) {
        struct sample_desc d = { 0 };
        char name[2] = { (char)('a' + i), '\0' };
        frame_id frame;
        uint32_t row;
        assert_true(builder_thread(b, process, 1, SPAN("t"), &d.thread, &err));
        assert_true(builder_frame(b, &(struct frame_desc){ .func = span_of(name) }, &frame, &err));
        assert_true(builder_stack_child(b, (stack_id){ 0 }, frame, &d.stack, &err));
        assert_true(builder_row(b, &d, &row, &err) && builder_value(b, row, column, 1, &err));
        time_order_add(&order, at[i], row, 1);
    }
    time_order_write(&order);
    time_order_release(&order);
    struct profile *p = NULL;
    if (!builder_finish(b, &p, &err))
        fail_msg("%s", err.text);
    assert_int_equal(p->order_count, strlen(want));
    for (size_t i = 0; i < p->order_count; i++)
        assert_int_equal(p->order[i].row, want[i] - 'a');
    profile_free(p);
    builder_free(b);
}

static void test_runs(void **state)
{
    (void)state;
    check((const double[]){ 1, 3, 5, 2, 4, 6, 0 }, 7, false, 100, "gadbecf");
    check((const double[]){ 1, 2, 3 }, 3, false, 100, "abc");
    check((const double[]){ 3, 2, 1 }, 3, false, 100, "cba");
    check((const double[]){ 2, 2, 1, 2 }, 4, false, 100, "cabd");
    check(NULL, 0, false, 100, "");
}

static void test_bounds(void **state)
{
    (void)state;
    check((const double[]){ 3, 1, 2 }, 3, false, 2, "ba");
    check((const double[]){ 3, 1, 2 }, 3, false, 0, "");
    check((const double[]){ 1, 2, 3 }, 3, true, 100, "abc");
    check((const double[]){ 1, 2, 3 }, 3, true, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_runs), cmocka_unit_test(test_bounds) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
