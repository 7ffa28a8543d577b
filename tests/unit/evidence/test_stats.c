/* Intervals and sample numbers against the printed vectors. */
#include "made.h"

#include <math.h>

#include "evidence/amdahl.h"
#include "evidence/stats.h"

static void wilson_vectors(void **state)
{
    (void)state;
    static const struct {
        double p, n, lo, hi;
    } v[] = { { 0.5, 100, 0.403832, 0.596168 }, { 0.6, 60, 0.473661, 0.714305 }, { 0.03, 200, 0.013820, 0.063894 },
              { 0, 50, 0, 0.071348 },           { 1, 250, 0.984867, 1 },         { 0.12, 1080, 0.101954, 0.140740 } };
    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        struct share s = stats_wilson(v[i].p, v[i].n);
        NEAR(s.lo, v[i].lo, 6);
        NEAR(s.hi, v[i].hi, 6);
        assert_true(s.lo <= s.est && s.est <= s.hi);
    }
}

static void wilson_of_nothing(void **state)
{
    (void)state;
    struct share s = stats_wilson(0.3, 0);
    assert_true(s.lo == 0 && s.est == 0.3 && s.hi == 1);
    assert_false(share_known(stats_wilson(NUM_UNKNOWN, 100)));
    s = stats_wilson(0.3, HUGE_VAL);
    assert_true(s.lo == 0.3 && s.hi == 0.3);
}

static void needed_samples(void **state)
{
    (void)state;
    NEAR(stats_n_needed(0.60, 0.50), 97, 0);
    NEAR(stats_n_needed(0.55, 0.50), 385, 0);
    NEAR(stats_n_needed(0.12, 0.10), 865, 0);
    NEAR(stats_n_needed(0.03, 0.20), 22, 0);
    NEAR(stats_raw_needed(97, stats_deff(100, STATS_PHASE_UNORDERED)), 1843, 0);
    NEAR(stats_raw_needed(385, 19), 7315, 0);
    assert_false(num_known(stats_n_needed(0.5, 0.5)));
}

/* The interval excludes theta from exactly n_needed samples on. */
static void needed_is_the_least(void **state)
{
    (void)state;
    double n = stats_n_needed(0.60, 0.50);
    assert_true(stats_wilson(0.60, n).lo >= 0.50);
    assert_true(stats_wilson(0.60, n - 1).lo < 0.50);
}

static void design_effects(void **state)
{
    (void)state;
    NEAR(stats_deff(100, STATS_PHASE_ORDERED), 4, 9);
    NEAR(stats_deff(100, STATS_PHASE_UNORDERED), 19, 9);
    NEAR(stats_deff(1000, STATS_PHASE_ORDERED), 49, 9);
    NEAR(stats_deff(1000, STATS_PHASE_UNORDERED), 199, 9);
    NEAR(stats_deff(10, STATS_PHASE_ORDERED), 1, 9);
}

static void students_t(void **state)
{
    (void)state;
    NEAR(stats_t975(19), 2.093024, 4);
    NEAR(stats_t975(2), 4.302653, 4);
    NEAR(stats_t975(60), 2.000298, 4);
    assert_true(isinf(stats_t975(0)));
}

static void runs_combined(void **state)
{
    (void)state;
    struct share runs[] = { { 0.50, 0.52, 0.54 }, { 0.55, 0.58, 0.61 }, { 0.53, 0.55, 0.57 } };
    double n[] = { 0, 0, 0 };
    struct share one = stats_combine_runs(runs, n, 1);
    assert_true(one.lo == 0.50 && one.hi == 0.54);
    struct share two = stats_combine_runs(runs, n, 2);
    NEAR(two.lo, 0.50, 9);
    NEAR(two.est, 0.55, 9);
    NEAR(two.hi, 0.61, 9);
    struct share three = stats_combine_runs(runs, n, 3);
    /* sd 0.03, t(2) 4.3027: 0.55 +- 0.0745 */
    NEAR(three.est, 0.55, 9);
    NEAR(three.lo, 0.4755, 4);
    NEAR(three.hi, 0.6245, 4);
}

static void amdahl_table(void **state)
{
    (void)state;
    static const double p[] = { 0.03, 0.10, 0.25, 0.50, 0.90, 0.99 };
    static const double ceiling[] = { 1.0309, 1.1111, 1.3333, 2.0, 10.0, 100.0 };
    static const double five[] = { 1.0246, 1.0870, 1.2500, 1.6667, 3.5714, 4.8077 };
    for (size_t i = 0; i < ARRAY_LEN(p); i++) {
        NEAR(amdahl_ceiling(p[i]), ceiling[i], 4);
        NEAR(amdahl_speedup(p[i], 5), five[i], 4);
    }
    assert_true(amdahl_ceiling(1) == EVIDENCE_CEILING_MAX);
    assert_false(num_known(amdahl_ceiling(NUM_UNKNOWN)));
}

static void gain_without_target(void **state)
{
    (void)state;
    struct share g = amdahl_gain_range((struct share){ 0.2, 0.3, 0.4 }, SPEED_UNKNOWN, 0);
    assert_true(g.lo == 0 && !num_known(g.est) && g.hi == 0.4);
    g = amdahl_gain_range((struct share){ 0.2, 0.3, 0.4 }, (struct speed_range){ 0.9, 1.0, 1.1 }, 0);
    assert_true(g.lo == 0 && g.est == 0); /* native to native: no lever */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wilson_vectors),      cmocka_unit_test(wilson_of_nothing),
        cmocka_unit_test(needed_samples),      cmocka_unit_test(needed_is_the_least),
        cmocka_unit_test(design_effects),      cmocka_unit_test(students_t),
        cmocka_unit_test(runs_combined),       cmocka_unit_test(amdahl_table),
        cmocka_unit_test(gain_without_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
