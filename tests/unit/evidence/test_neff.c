/* What a run of samples is worth, seen through the interval of the CPU share and fact samples_eff. */
#include "made.h"

#include <math.h>

#include "evidence/stats.h"

static const char busy[] = "run@/srv/app/main.py;work@/srv/app/main.py";
static const char waiting[] = "run@/srv/app/main.py;recv@/usr/lib/python3.11/socket.py";

static void one_thread(struct made *m, unsigned phases, unsigned n)
{
    for (unsigned k = 0; k < phases; k++)
        made_add(m, k % 2 ? waiting : busy, k % 2 ? STATE_WAITING : STATE_RUNNING, n / phases, n / phases);
}

static struct evidence *profile(bool ordered, double rate, unsigned threads, unsigned phases, unsigned n)
{
    struct made m = made_profile("p.txt", CLOCK_WALL, UNIT_SAMPLES, rate, ordered);
    for (unsigned t = 0; t < threads; t++) {
        char name[20];
        (void)snprintf(name, sizeof name, "t%u", t);
        made_thread(&m, 100 + (int64_t)t, name);
        one_thread(&m, phases, n);
    }
    struct artefact *a = made_done(&m);
    return made_evidence(&a, 1, "", EVIDENCE_INPUT_DEFAULT);
}

/* The interval that the engine gives must be Wilson's with that many effective samples. */
static void expect_neff(const struct evidence *e, double n_eff)
{
    struct share want = stats_wilson(0.5, n_eff);
    NEAR(e->time.cpu_share.lo, want.lo, 6);
    NEAR(e->time.cpu_share.hi, want.hi, 6);
}

static void without_order(void **state)
{
    (void)state;
    struct evidence *e = profile(false, 100, 1, 2, 2000);
    expect_neff(e, 2000 / 19.0);
    assert_true(fact_unknown(e, "halves_z"));
    evidence_free(e);
    e = profile(false, NUM_UNKNOWN, 1, 2, 2000); /* 1000 Hz is taken */
    expect_neff(e, 2000 / 199.0);
    evidence_free(e);
}

static void short_phases(void **state)
{
    (void)state;
    struct evidence *e = profile(true, 100, 1, 400, 2000); /* 5 samples a phase: every batch is half busy */
    expect_neff(e, 500);
    assert_true(fact(e, "halves_z") < 0.1);
    evidence_free(e);
}

/* One long phase after the other: 2000 samples are worth 17, and the halves are not one regime. */
static void two_regimes(void **state)
{
    (void)state;
    struct evidence *e = profile(true, 100, 1, 2, 2000);
    expect_neff(e, 0.877 * 0.25 / (5.0 / 19 / 20));
    assert_true(fact(e, "halves_z") > 3);
    evidence_free(e);
}

static void below_forty_samples(void **state)
{
    (void)state;
    struct evidence *e = profile(true, 100, 1, 2, 38);
    expect_neff(e, 38 / 4.0);
    assert_true(fact_unknown(e, "halves_z"));
    evidence_free(e);
}

/* Rate is not information: the same ten seconds at 1 kHz. */
static void rate_buys_nothing(void **state)
{
    (void)state;
    struct evidence *slow = profile(true, 100, 1, 200, 1000), *fast = profile(true, 1000, 1, 200, 10000);
    double a = slow->time.cpu_share.hi - slow->time.cpu_share.lo, b = fast->time.cpu_share.hi - fast->time.cpu_share.lo;
    assert_true(b > 0.9 * a);
    evidence_free(slow);
    evidence_free(fast);
}

/* A profile of CPU on twelve threads: the eight largest count. */
static void eight_threads_at_most(void **state)
{
    (void)state;
    struct made m = made_profile("p.txt", CLOCK_CPU, UNIT_SAMPLES, 100, false);
    for (int t = 0; t < 12; t++) {
        char name[20];
        (void)snprintf(name, sizeof name, "t%d", t);
        made_thread(&m, 100 + t, name);
        made_add(&m, busy, STATE_UNKNOWN, 190, 190);
    }
    struct artefact *a = made_done(&m);
    struct evidence *e = made_evidence(&a, 1, "", EVIDENCE_INPUT_DEFAULT);
    NEAR(fact(e, "samples_raw"), 12 * 190, 0);
    NEAR(fact(e, "samples_eff"), 80, 6);
    evidence_free(e);
}

/* Time-weighted samples: equal batches are batches of equal time, whatever the number of samples in them. */
static void batches_of_equal_time(void **state)
{
    (void)state;
    struct made m = made_profile("p.cpuprofile", CLOCK_WALL, UNIT_SECONDS, 50, true);
    for (int b = 0; b < 40; b++) {
        made_add(&m, busy, STATE_RUNNING, b % 2 ? 10 : 40, 0.5);
        made_add(&m, waiting, STATE_WAITING, b % 3 ? 5 : 60, 0.5);
    }
    struct artefact *a = made_done(&m);
    double n = 0;
    for (uint32_t r = 0; r < a->profile->row_count; r++)
        n += (double)a->profile->row_samples[r];
    struct evidence *e = made_evidence(&a, 1, "", EVIDENCE_INPUT_DEFAULT);
    expect_neff(e, n / 1.5); /* every batch of two seconds is half busy; deff(50 Hz, 0.05 s) = 1.5 */
    evidence_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_order),         cmocka_unit_test(short_phases),
        cmocka_unit_test(two_regimes),           cmocka_unit_test(below_forty_samples),
        cmocka_unit_test(rate_buys_nothing),     cmocka_unit_test(eight_threads_at_most),
        cmocka_unit_test(batches_of_equal_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
