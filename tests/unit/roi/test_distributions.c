/* The distributions behind the inputs against closed forms, and the numbers that every machine must give. */
#include "roi/quantity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "roi/model.h"
#include "roi/sampler.h"
#include "roi/select.h"

static void close_to(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("got %.12g, want %.12g within %g", got, want, tolerance);
}

/* First numbers of the published generator from the published seeding of 1. */
static void the_generator_is_the_published_one(void **state)
{
    struct rng r;
    (void)state;
    rng_seed(&r, 0);
    assert_true(r.s[0] == 0xe220a8397b1dcdafu && r.s[1] == 0x6e789e6aa1b965f4u);
    assert_true(r.s[2] == 0x06c45d188009454fu && r.s[3] == 0xf88bb8a8724c81ecu);
    r = (struct rng){ .s = { 1, 2, 3, 4 } };
    assert_true(rng_next(&r) == 11520u && rng_next(&r) == 0u && rng_next(&r) == 1509978240u);
    assert_true(rng_next(&r) == 1215971899390074240u);
}

static void vectors_of_the_method(void **state)
{
    (void)state;
    struct quantity months = { QUANTITY_PERT, 18, 21, 24 };
    close_to(quantity_mean(&months), 21, 0);
    close_to(pert_shape(&months), 3, 0);
    close_to(quantity_quantile(&months, 0.5), 21, 1e-9);
    struct quantity l = { QUANTITY_LOGNORMAL, 1, 2, 4 };
    close_to(lognormal_mu(&l), 0.693147, 5e-7);
    close_to(lognormal_sigma(&l), 0.540866, 5e-7);
    close_to(quantity_mean(&l), 2.315012, 5e-7);
    close_to(quantity_quantile(&l, 0.1), 1, 1e-9);
    close_to(quantity_quantile(&l, 0.9), 4, 1e-9);
    close_to(quantity_quantile(&l, 0.5), 2, 1e-9);
}

/* I_x(a, 6-a) for whole a is a binomial tail: an exact other way to the same number. */
static double binomial_tail(int a, double x)
{
    double sum = 0, choose = 1;
    for (int k = 0; k <= 5; k++) {
        if (k >= a)
            sum += choose * pow(x, k) * pow(1 - x, 5 - k);
        choose = choose * (5 - k) / (k + 1);
    }
    return sum;
}

static void pert_quantiles_are_exact(void **state)
{
    (void)state;
    for (int a = 1; a <= 5; a++) {
        for (int i = 1; i < 100; i++)
            close_to(binomial_tail(a, pert_quantile(a, i / 100.0)), i / 100.0, 1e-12);
    }
}

static void normal_quantiles_are_exact(void **state)
{
    (void)state;
    for (int i = 1; i < 200; i++)
        close_to(0.5 * erfc(-normal_quantile(i / 200.0) / sqrt(2)), i / 200.0, 1e-14);
    close_to(normal_quantile(1e-10), -6.361340902404056, 1e-12);
    close_to(normal_quantile(0.9), 1.2815515655446004, 1e-14);
    assert_true(isfinite(normal_quantile(0)));
}

/* The table that draws use against the exact quantiles, on the scale of probability. */
static void tables_hold_the_distribution(void **state)
{
    static const double modes[] = { 0, 0.03, 0.31, 0.5, 0.77, 1 };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        struct quantity q = { QUANTITY_PERT, 0, modes[i], 1 };
        struct sampler s;
        sampler_init(&s, &q, NULL);
        for (int k = 0; k <= SAMPLER_KNOTS; k += 64) {
            double p = (double)k / SAMPLER_KNOTS;
            double below = pert_quantile(pert_shape(&q), fmax(0, p - 5e-5));
            double above = pert_quantile(pert_shape(&q), fmin(1, p + 5e-5));
            if (s.knot[k] < below - 1e-12 || s.knot[k] > above + 1e-12)
                fail_msg("mode %g: knot %d is %.9g, want %.9g to %.9g", modes[i], k, s.knot[k], below, above);
        }
        sampler_release(&s);
    }
}

static void overrun_quantiles_of_the_method(void **state)
{
    static const struct {
        double p, want;
    } rows[] = { { 0.05, 0.64 }, { 0.50, 0.96 }, { 0.80, 1.24 }, { 0.90, 2.20 }, { 0.95, 3.35 }, { 0.99, 6.79 } };
    enum { CELLS = 200000 };
    double sum = 0, tail = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        close_to(overrun_quantile(rows[i].p, OVERRUN_CAP_NONE), rows[i].want, 0.005);
    close_to(overrun_quantile(0.5, OVERRUN_CAP_NONE), 0.957, 5e-4);
    for (int i = 0; i < CELLS; i++)
        sum += overrun_quantile((i + 0.5) / CELLS, OVERRUN_CAP_NONE) / CELLS;
    close_to(sum, 1.29, 0.005);
    for (int i = 0; i < CELLS; i++)
        tail += overrun_quantile(0.82 + 0.18 * (i + 0.5) / CELLS, OVERRUN_CAP_NONE) / CELLS;
    close_to(tail, 3.02, 0.005);
    assert_true(overrun_quantile(0.9999999, OVERRUN_CAP_NONE) <= 10 && overrun_quantile(1 - 1e-16, 3) <= 3);
    assert_true(overrun_quantile(0.999, 1) <= 1 && overrun_quantile(0, 10) == 0.5);
}

enum { MANY = 50003 };
static double scratch[MANY + 1];

static void quantiles_are_of_type_7(void **state)
{
    static const double at[] = { 0, 0.25, 0.5, 0.8, 1 };
    double x[] = { 7, 1, 4, 10 }, got[5];
    double paid[] = { 1, HUGE_VAL, 3, HUGE_VAL, HUGE_VAL };
    (void)state;
    quantiles_of(x, 4, at, 5, scratch, got);
    close_to(got[0], 1, 0);
    close_to(got[1], 3.25, 1e-12);
    close_to(got[2], 5.5, 1e-12);
    close_to(got[3], 8.2, 1e-12);
    close_to(got[4], 10, 0);
    quantiles_of(paid, 5, at, 5, scratch, got);
    close_to(got[0], 1, 0);
    close_to(got[1], 3, 0);
    assert_true(isinf(got[2]) && isinf(got[3]) && isinf(got[4]));
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* In: x[n]; sorted[n] is room. */
static void selects_as_sorting_does(double *x, double *sorted, int n)
{
    static const double at[] = { 0, 0.001, 0.05, 0.5, 0.8, 0.95, 0.9999, 1 };
    double got[8];
    memcpy(sorted, x, (size_t)n * sizeof *x);
    qsort(sorted, (size_t)n, sizeof sorted[0], by_value);
    quantiles_of(x, (size_t)n, at, 8, scratch, got);
    for (int i = 0; i < 8; i++) {
        double place = at[i] * (n - 1), part = place - floor(place);
        size_t k = (size_t)place, next = k + 1 < (size_t)n ? k + 1 : k;
        if (isinf(sorted[k]))
            assert_true(got[i] == sorted[k]);
        else
            close_to(got[i], part > 0 ? sorted[k] + part * (sorted[next] - sorted[k]) : sorted[k], 1e-9);
    }
}

static void selection_equals_sorting(void **state)
{
    static double x[MANY], sorted[MANY];
    struct rng r;
    (void)state;
    rng_seed(&r, 7);
    for (int kinds = 1; kinds <= 1000000; kinds *= 10) {
        for (int n = 4001; n <= MANY; n += MANY - 4001) {
            for (int i = 0; i < n; i++)
                x[i] = floor(rng_uniform(&r) * kinds);
            selects_as_sorting_does(x, sorted, n);
        }
    }
    /* a third without end, as where a project failed */
    for (int i = 0; i < MANY; i++)
        x[i] = rng_uniform(&r) < 0.35 ? HUGE_VAL : rng_uniform(&r);
    selects_as_sorting_does(x, sorted, MANY);
    /* every number that the sample sees is one of the largest: it is of no use, and must not be believed */
    for (int i = 0; i < MANY; i++)
        x[i] = i % (MANY / 1024) == 0 ? 1e6 + i : rng_uniform(&r);
    selects_as_sorting_does(x, sorted, MANY);
}

static void years_and_annuities_agree(void **state)
{
    (void)state;
    close_to(annuity_of(3, 0), 3, 0);
    close_to(annuity_of(1, 0.1), 1 / sqrt(1.1), 1e-12);
    close_to(annuity_of(2.5, 0.1), pow(1.1, -0.5) + pow(1.1, -1.5) + 0.5 * pow(1.1, -2.25), 1e-12);
    for (double years = 0.1; years < 60; years += 0.7)
        close_to(annuity_years(annuity_of(years, 0.07), 0.07), years, 1e-6);
    assert_true(isinf(annuity_years(1000, 0.1)));
    close_to(annuity_years(4.2, 0), 4.2, 0);
    close_to(annuity_years(0, 0.1), 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_the_published_one),
        cmocka_unit_test(vectors_of_the_method),
        cmocka_unit_test(pert_quantiles_are_exact),
        cmocka_unit_test(normal_quantiles_are_exact),
        cmocka_unit_test(tables_hold_the_distribution),
        cmocka_unit_test(overrun_quantiles_of_the_method),
        cmocka_unit_test(quantiles_are_of_type_7),
        cmocka_unit_test(selection_equals_sorting),
        cmocka_unit_test(years_and_annuities_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
