/* The builder: one of each, limits before anything grows, sums, thinning of the time order; and each invariant of a frozen
 * profile, broken one at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "profile/builder.h"

static const struct column_desc samples = { { "samples", 7 }, UNIT_SAMPLES, CLOCK_CPU, 1, 100, true };

static frame_id frame(struct builder *b, const char *name)
{
    struct err err = ERR_INIT;
    frame_id id;
    assert_true(builder_frame(b, &(struct frame_desc){ .func = span_of(name) }, &id, &err));
    return id;
}

static stack_id child(struct builder *b, stack_id parent, const char *name)
{
    struct err err = ERR_INIT;
    stack_id id;
    assert_true(builder_stack_child(b, parent, frame(b, name), &id, &err));
    return id;
}

static thread_id thread(struct builder *b, int64_t tid)
{
    struct err err = ERR_INIT;
    thread_id id;
    assert_true(builder_thread(b, builder_process(b, 1, SPAN("p"), SPAN("")), tid, SPAN("t"), &id, &err));
    return id;
}

static uint32_t row(struct builder *b, stack_id stack, thread_id t)
{
    struct err err = ERR_INIT;
    uint32_t r;
    assert_true(builder_row(b, &(struct sample_desc){ stack, t, STATE_RUNNING, 0 }, &r, &err));
    return r;
}

static void one_of_each(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&LIMITS_DEFAULT);
    assert_int_equal(frame(b, "f").ix, frame(b, "f").ix);
    assert_int_not_equal(frame(b, "f").ix, frame(b, "g").ix);
    frame_id with_line;
    assert_true(builder_frame(b, &(struct frame_desc){ .func = SPAN("f"), .line = 3 }, &with_line, &err));
    assert_int_not_equal(with_line.ix, frame(b, "f").ix);
    stack_id f = child(b, (stack_id){ 0 }, "f");
    assert_int_equal(child(b, (stack_id){ 0 }, "f").ix, f.ix);
    assert_int_not_equal(child(b, f, "f").ix, f.ix);
    assert_int_equal(builder_stack_depth(b, child(b, f, "f")), 2);
    assert_int_equal(thread(b, 7).ix, thread(b, 7).ix);
    assert_int_not_equal(thread(b, 7).ix, thread(b, 8).ix);
    uint32_t column = builder_column(b, &samples);
    assert_int_equal(builder_column(b, &samples), column);
    struct column_desc other_unit = samples;
    other_unit.unit = UNIT_SECONDS;
    assert_int_not_equal(builder_column(b, &other_unit), column);
    struct span pairs[4] = { SPAN("k"), SPAN("v"), SPAN("l"), SPAN("w") };
    assert_int_equal(builder_labels(b, pairs, 0), 0);
    uint32_t set = builder_labels(b, pairs, 4);
    assert_int_not_equal(set, 0);
    assert_int_equal(builder_labels(b, pairs, 4), set);
    assert_int_not_equal(builder_labels(b, pairs, 2), set);
    assert_int_equal(row(b, f, thread(b, 7)), row(b, f, thread(b, 7)));
    assert_int_not_equal(row(b, f, thread(b, 7)), row(b, f, thread(b, 8)));
    builder_free(b);
}

static void sums_are_what_was_added(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&LIMITS_DEFAULT);
    uint32_t column = builder_column(b, &samples);
    uint32_t r = row(b, child(b, (stack_id){ 0 }, "f"), thread(b, 1));
    /* A tenth, a million times: the plain sum is off by more than 1e-6. */
    for (int i = 0; i < 1000000; i++)
        assert_true(builder_value(b, r, column, 0.1, &err));
    struct err refused = ERR_INIT;
    static const double bad[] = { -1, -1e-300, HUGE_VAL, -HUGE_VAL };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(builder_value(b, r, column, bad[i], &refused));
        assert_int_equal(refused.code, ERR_VALUE);
    }
    assert_false(builder_value(b, r, column, NUM_UNKNOWN, &refused));
    struct profile *p;
    assert_true(builder_finish(b, &p, &err));
    assert_true(fabs(p->columns[column].total - 1e5) < 1e-9);
    profile_free(p);
    builder_free(b);
}

static void the_sum_may_not_overflow(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct builder *b = builder_new(&LIMITS_DEFAULT);
    uint32_t column = builder_column(b, &samples);
    uint32_t r = row(b, child(b, (stack_id){ 0 }, "f"), thread(b, 1));
    assert_true(builder_value(b, r, column, 1e308, &err));
    assert_false(builder_value(b, r, column, 1e308, &err));
    assert_int_equal(err.code, ERR_VALUE);
    builder_free(b);
}

static void limits_hold(void **state)
{
    (void)state;
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    frame_id f;
    stack_id s = { 0 };
    thread_id t;
    uint32_t r;
    lim.frames = 2;
    lim.stack_depth = 3;
    lim.threads = 2;
    lim.stacks = 5;
    struct builder *b = builder_new(&lim);
    (void)frame(b, "f");
    (void)frame(b, "g");
    assert_false(builder_frame(b, &(struct frame_desc){ .func = SPAN("h") }, &f, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "2"));
    for (int i = 0; i < 3; i++)
        s = child(b, s, "f");
    err = ERR_INIT;
    assert_false(builder_stack_child(b, s, frame(b, "f"), &s, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(builder_stack_depth(b, s), 3); /* untouched */
    (void)thread(b, 1);
    (void)thread(b, 2);
    err = ERR_INIT;
    assert_false(builder_thread(b, (process_id){ 0 }, 3, SPAN("t"), &t, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    (void)row(b, s, thread(b, 1));
    err = ERR_INIT;
    (void)child(b, (stack_id){ 0 }, "g"); /* the empty stack counts as one */
    assert_false(builder_stack_child(b, child(b, (stack_id){ 0 }, "g"), frame(b, "g"), &s, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_true(builder_row(b, &(struct sample_desc){ s, thread(b, 1), STATE_RUNNING, 0 }, &r, &err));
    builder_free(b);
}

static void events_are_limited(void **state)
{
    (void)state;
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    struct profile *p;
    uint32_t r;
    lim.columns = 3;
    struct builder *b = builder_new(&lim);
    struct sample_desc d = { child(b, (stack_id){ 0 }, "f"), thread(b, 1), STATE_RUNNING, 0 };
    for (int i = 0; i < 3; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "e%d", i);
        struct column_desc c = samples;
        c.event = span_of(name);
        assert_int_equal(builder_column(b, &c), i);
        assert_true(builder_row(b, &d, &r, &err));
    }
    struct column_desc more = samples;
    more.event = SPAN("one more");
    assert_int_equal(builder_column(b, &more), 0);
    assert_int_equal(builder_column_count(b), 3);
    assert_false(builder_row(b, &d, &r, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "3 events"));
    assert_false(builder_finish(b, &p, &err));
    builder_free(b);
}

static void events_times_rows_are_limited(void **state)
{
    (void)state;
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    lim.cells = 100;
    struct builder *b = builder_new(&lim);
    struct column_desc second = samples;
    second.event = SPAN("second");
    (void)builder_column(b, &samples);
    (void)builder_column(b, &second);
    uint32_t rows = 0;
    uint32_t r;
    while (builder_row(b, &(struct sample_desc){ { 0 }, thread(b, rows), STATE_RUNNING, 0 }, &r, &err))
        rows++;
    assert_int_equal(rows, 50);
    assert_int_equal(err.code, ERR_LIMIT);
    builder_free(b);
    /* The other way round: rows first, then an event that would not fit. */
    b = builder_new(&lim);
    (void)builder_column(b, &samples);
    for (uint32_t i = 0; i < 60; i++)
        (void)row(b, (stack_id){ 0 }, thread(b, i));
    assert_int_equal(builder_column(b, &second), 0);
    assert_int_equal(builder_column_count(b), 1);
    err = ERR_INIT;
    assert_false(builder_row(b, &(struct sample_desc){ { 0 }, thread(b, 0), STATE_RUNNING, 0 }, &r, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    builder_free(b);
}

static void order_is_thinned(void **state)
{
    (void)state;
    struct limits lim = LIMITS_DEFAULT;
    struct err err = ERR_INIT;
    struct profile *p;
    lim.ordered_samples = 8;
    struct builder *b = builder_new(&lim);
    uint32_t column = builder_column(b, &samples);
    thread_id t = thread(b, 1);
    uint32_t rows[2] = { row(b, child(b, (stack_id){ 0 }, "f"), t), row(b, child(b, (stack_id){ 0 }, "g"), t) };
    double sum = 0;
    for (int i = 0; i < 100; i++) {
        assert_true(builder_value(b, rows[i % 2], column, 1, &err));
        builder_samples(b, rows[i % 2], 1);
        builder_order(b, rows[i % 2], 1);
    }
    assert_true(builder_finish(b, &p, &err));
    assert_true(p->order_thinned);
    assert_true(p->order_count <= 8 && p->order_count >= 4);
    for (uint64_t i = 0; i < p->order_count; i++)
        sum += (double)p->order[i].weight;
    assert_true(sum == 100); /* no weight is lost */
    assert_int_equal(p->sample_count, 100);
    assert_true(p->columns[column].total == 100);
    profile_free(p);
    builder_free(b);
}

/* A small frozen profile with one of everything. */
static struct profile *frozen(void)
{
    struct err err = ERR_INIT;
    struct profile *p;
    struct builder *b = builder_new(&LIMITS_DEFAULT);
    struct span pairs[2] = { SPAN("k"), SPAN("v") };
    uint32_t column = builder_column(b, &samples);
    stack_id f = child(b, (stack_id){ 0 }, "f");
    uint32_t r;
    assert_true(
        builder_row(b, &(struct sample_desc){ f, thread(b, 1), STATE_WAITING, builder_labels(b, pairs, 2) }, &r, &err));
    assert_true(builder_value(b, r, column, 2, &err));
    builder_order(b, r, 2);
    uint32_t second = row(b, child(b, f, "g"), thread(b, 1));
    assert_true(builder_value(b, second, column, 3, &err));
    builder_order(b, second, 3);
    assert_true(builder_finish(b, &p, &err));
    builder_free(b);
    return p;
}

enum { BREAKAGES = 20 };

static void break_it(struct profile *p, int what)
{
    const uint32_t far = 1000000;
    switch (what) {
    case 0:
        p->frames[0].func.ix = far;
        break;
    case 1:
        p->frames[0].file.ix = far;
        break;
    case 2:
        p->frames[0].module.ix = far;
        break;
    case 3:
        p->frames[0].kind = FRAME_KIND_COUNT;
        break;
    case 4:
        p->stacks[1].parent.ix = 2;
        break;
    case 5:
        p->stacks[2].frame.ix = far;
        break;
    case 6:
        p->stacks[2].depth = 1;
        break;
    case 7:
        p->processes[0].name.ix = far;
        break;
    case 8:
        p->threads[0].process.ix = far;
        break;
    case 9:
        p->threads[0].name.ix = far;
        break;
    case 10:
        p->label_pairs[0].ix = far;
        break;
    case 11:
        p->label_sets[p->label_set_count] = far;
        break;
    case 12:
        p->row_stack[0].ix = far;
        break;
    case 13:
        p->row_thread[0].ix = far;
        break;
    case 14:
        p->row_state[0] = STATE_KIND_COUNT;
        break;
    case 15:
        p->row_labels[0] = far;
        break;
    case 16:
        p->row_value[0][0] = -2;
        break;
    case 17:
        p->row_value[0][0] = NUM_UNKNOWN;
        break;
    case 18:
        p->columns[0].total = 5.001;
        break;
    default:
        p->order[0].row = far;
        break;
    }
}

static void each_broken_invariant_is_told(void **state)
{
    (void)state;
    struct limits lim = LIMITS_DEFAULT;
    for (int i = 0; i < BREAKAGES; i++) {
        struct profile *p = frozen();
        struct err err = ERR_INIT;
        if (!profile_freeze(p, &lim, &err))
            fail_msg("a good profile: %s", err.text);
        break_it(p, i);
        if (profile_freeze(p, &lim, &err))
            fail_msg("breakage %d is not seen", i);
        assert_true(strlen(err.text) > 10);
        profile_free(p);
    }
    struct profile *p = frozen();
    struct err err = ERR_INIT;
    lim.stack_depth = 1;
    assert_false(profile_freeze(p, &lim, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    profile_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_each),
        cmocka_unit_test(sums_are_what_was_added),
        cmocka_unit_test(the_sum_may_not_overflow),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(events_are_limited),
        cmocka_unit_test(events_times_rows_are_limited),
        cmocka_unit_test(order_is_thinned),
        cmocka_unit_test(each_broken_invariant_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
