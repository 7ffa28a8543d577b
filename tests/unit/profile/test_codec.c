/* A whole artefact through the column blob and back; hostile blobs end in an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "profile/builder.h"
#include "profile/codec.h"

static struct limits limits;

static void profile_fill(struct builder *b, struct err *err)
{
    process_id process = builder_process(b, 42, SPAN("app"), SPAN("python app.py"));
    thread_id threads[2];
    assert_true(builder_thread(b, process, 42, SPAN("main"), &threads[0], err));
    assert_true(builder_thread(b, process, 43, SPAN("worker"), &threads[1], err));
    uint32_t seconds =
        builder_column(b, &(struct column_desc){ SPAN("cpu"), UNIT_SECONDS, CLOCK_CPU, 0.01, 100, true });
    uint32_t faults = builder_column(
        b, &(struct column_desc){ SPAN("faults"), UNIT_COUNT_OTHER, CLOCK_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, false });
    struct span label[2] = { SPAN("endpoint"), SPAN("/x") };
    uint32_t labels = builder_labels(b, label, 2);
    for (uint32_t i = 0; i < 300; i++) {
        char name[32];
        frame_id frame;
        stack_id root;
        stack_id leaf;
        uint32_t row;
        (void)snprintf(name, sizeof name, "f%u", i % 17);
        struct frame_desc d = { span_of(name), SPAN("app.py"), SPAN("app"), i % 17, FRAME_MANAGED, FRAME_JIT };
        assert_true(builder_frame(b, &d, &frame, err));
        assert_true(builder_stack_child(b, (stack_id){ 0 }, frame, &root, err));
        assert_true(builder_stack_child(b, root, frame, &leaf, err));
        struct sample_desc sample = { i % 3 ? leaf : root, threads[i % 2], STATE_RUNNING, i % 5 ? 0 : labels };
        assert_true(builder_row(b, &sample, &row, err));
        assert_true(builder_value(b, row, seconds, 0.01 * (double)(i % 7), err));
        assert_true(builder_value(b, row, faults, i, err));
        builder_samples(b, row, 1);
        builder_order(b, row, 0.01);
    }
}

static struct artefact *artefact_make(void)
{
    struct err err = ERR_INIT;
    struct artefact *a = artefact_new();
    a->name = artefact_text(a, SPAN("run.svg"));
    a->format = "svg";
    a->clock = CLOCK_CPU;
    a->native_visible = TRI_NO;
    a->rate_hz = 100;
    a->command = artefact_text(a, SPAN("python app.py --token=x"));
    a->bytes = 12345;
    struct accounting *c = artefact_acct(a);
    c->cpu_s = 1.25;
    c->whole_life = true;
    c->threads = ARENA_ARRAY(&a->arena, 1, struct acct_thread);
    c->threads[0] = (struct acct_thread){ 1, 2, artefact_text(a, SPAN("t")), 0.5, NUM_UNKNOWN, 0 };
    c->thread_count = 1;
    artefact_fact_num(a, "ops", 7, "http_reqs.count");
    artefact_problem(a, "threads_unknown", "send threads", "%d threads", 3);
    struct builder *b = builder_new(&limits);
    profile_fill(b, &err);
    assert_true(builder_finish(b, &a->profile, &err));
    builder_free(b);
    return a;
}

static void test_round_trip(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct artefact *a = artefact_make();
    struct artefact *back = NULL;
    struct sb blob = { 0 };
    struct sb again = { 0 };
    assert_true(artefact_encode(a, &blob, &err));
    assert_true(artefact_decode(sb_span(&blob), &limits, &back, &err));
    assert_true(artefact_encode(back, &again, &err));
    assert_true(span_eq(sb_span(&blob), sb_span(&again)));
    assert_string_equal(back->format, "svg");
    assert_int_equal(back->native_visible, TRI_NO);
    assert_int_equal(back->pid, -1);
    assert_true(isnan(back->duration_s));
    assert_true(back->acct[0].cpu_s == 1.25 && back->acct[0].whole_life && isnan(back->acct[0].wall_s));
    assert_true(span_is(back->acct[0].threads[0].name, "t"));
    assert_true(back->facts[0].num == 7);
    assert_string_equal(back->problems[0].code, "threads_unknown");
    assert_int_equal(back->profile->row_count, a->profile->row_count);
    assert_int_equal(back->profile->order_count, 300);
    for (uint32_t r = 0; r < a->profile->row_count; r++)
        assert_true(back->profile->row_value[0][r] == a->profile->row_value[0][r]);
    artefact_free(a);
    artefact_free(back);
    sb_release(&blob);
    sb_release(&again);
}

/* Every cut and every flipped byte: an error or an artefact that passed validation, never a crash. */
static void test_broken(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct artefact *a = artefact_make();
    struct sb blob = { 0 };
    assert_true(artefact_encode(a, &blob, &err));
    for (size_t n = 0; n < blob.len; n++) {
        struct artefact *back = NULL;
        assert_false(artefact_decode(span_sub(sb_span(&blob), 0, n), &limits, &back, &err));
    }
    for (size_t i = 0; i < blob.len; i++) {
        struct artefact *back = NULL;
        blob.ptr[i] = (char)(blob.ptr[i] ^ 0x11);
        if (artefact_decode(sb_span(&blob), &limits, &back, &err))
            artefact_free(back);
        blob.ptr[i] = (char)(blob.ptr[i] ^ 0x11);
    }
    artefact_free(a);
    sb_release(&blob);
}

static void test_limits(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct artefact *a = artefact_make();
    struct artefact *back = NULL;
    struct sb blob = { 0 };
    struct limits small = limits;
    assert_true(artefact_encode(a, &blob, &err));
    small.expanded_bytes = 100;
    assert_false(artefact_decode(sb_span(&blob), &small, &back, &err));
    assert_int_equal(err.code, ERR_LIMIT);
    artefact_free(a);
    sb_release(&blob);
}

int main(void)
{
    limits = LIMITS_DEFAULT;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
