/* Jobs of several threads: results come in the order in which the jobs were put, whatever the number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ordered.h"

enum { JOBS = 500 };

struct work {
    uint64_t in, out;
    unsigned worker;
};

static void square(void *user, unsigned worker, void *job)
{
    (void)user;
    struct work *w = job;
    w->worker = worker;
    /* Jobs of different length, so that they end in another order than they begin. */
    uint64_t sum = 0;
    for (uint64_t i = 0; i < w->in % 7 * 1000; i++)
        sum += i * w->in;
    w->out = w->in * w->in + (sum & 0);
}

static void run_with(unsigned threads)
{
    static struct work work[JOBS];
    struct ordered *o = ordered_new(square, NULL);
    if (threads > 0)
        ordered_start(o, threads);
    assert_null(ordered_take(o));
    unsigned put = 0;
    for (unsigned taken = 0; taken < JOBS; taken++) {
        while (put < JOBS && ordered_waiting(o) < ordered_room(o)) {
            work[put] = (struct work){ .in = put };
            ordered_put(o, &work[put++]);
        }
        const struct work *w = ordered_take(o);
        assert_ptr_equal(w, &work[taken]);
        assert_int_equal(w->out, (uint64_t)taken * taken);
        assert_true(w->worker < (threads > 0 ? threads : 1));
    }
    assert_int_equal(ordered_waiting(o), 0);
    ordered_free(o);
}

static void results_come_in_order(void **state)
{
    (void)state;
    run_with(0);
    run_with(1);
    run_with(2);
    run_with(ORDERED_THREADS_MAX + 1);
}

/* What was put and never taken is left alone. */
static void may_be_left_early(void **state)
{
    (void)state;
    struct work work[3] = { { .in = 1 }, { .in = 2 }, { .in = 3 } };
    struct ordered *o = ordered_new(square, NULL);
    ordered_start(o, 2);
    for (unsigned i = 0; i < 3; i++)
        ordered_put(o, &work[i]);
    ordered_free(o);
    ordered_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_order),
        cmocka_unit_test(may_be_left_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
