/* Paths of trends: gaps stay gaps, what stands alone is seen, nothing leaves the box. */
#include "report/trend_draw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NONE                                                                                                           \
    {                                                                                                                  \
        NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN                                                                          \
    }

static const struct trend_box box = { .width = 100, .height = 50, .top = 0.5 };

static void path_is(struct sb *path, const char *want)
{
    assert_string_equal(sb_cstr(path), want);
    sb_release(path);
    *path = (struct sb){ 0 };
}

static void gaps_are_never_bridged(void **state)
{
    (void)state;
    const struct view_share points[] = { { 0.1, 0.2, 0.3 }, { 0.2, 0.25, 0.3 }, NONE, { 0.4, 0.5, 0.6 }, NONE };
    struct sb path = { 0 };
    trend_line(&box, points, 5, &path);
    path_is(&path, "M6.0 28.8 L28.0 25.0 M72.0 6.0 h0.01");
    trend_band(&box, points, 5, &path);
    path_is(&path, "M6.0 21.2 L28.0 21.2 L28.0 28.8 L6.0 36.4 Z M69.0 6.0 L75.0 6.0 L75.0 13.6 L69.0 13.6 Z");
    trend_gaps(&box, points, 5, &path);
    path_is(&path, "M50.0 50.0 V0 M94.0 50.0 V0");
}

static void an_estimate_without_interval_has_no_band(void **state)
{
    (void)state;
    const struct view_share points[] = { { NUM_UNKNOWN, 0.2, NUM_UNKNOWN }, { 0.2, 0.2, 0.2 } };
    struct sb path = { 0 };
    trend_band(&box, points, 1, &path);
    path_is(&path, "");
    trend_line(&box, points, 2, &path);
    path_is(&path, "M6.0 28.8 L94.0 28.8");
    trend_gaps(&box, points, 2, &path);
    path_is(&path, "");
}

static void one_run_stands_in_the_middle(void **state)
{
    (void)state;
    const struct view_share points[] = { { 0.1, 0.25, 0.3 } };
    struct sb path = { 0 };
    trend_line(&box, points, 1, &path);
    path_is(&path, "M50.0 25.0 h0.01");
    trend_level(&box, 0.2, &path);
    path_is(&path, "M0.0 28.8 H100");
    trend_level(&box, 0.6, &path);
    trend_level(&box, NUM_UNKNOWN, &path);
    path_is(&path, "");
    trend_line(&box, points, 0, &path);
    trend_band(&box, points, 0, &path);
    trend_gaps(&box, points, 0, &path);
    path_is(&path, "");
}

static void the_scale_holds_what_is_known(void **state)
{
    (void)state;
    const struct view_share low[] = { { 0.001, 0.004, 0.009 }, NONE };
    const struct view_share mid[] = { { 0.1, 0.15, 0.21 } };
    const struct view_share none[] = { NONE, NONE };
    const struct view_share zero[] = { { 0, 0, 0 } };
    const struct view_share all[] = { { 0.9, 1, 1 } };
    assert_true(trend_top(low, 2) == 0.01);
    assert_true(trend_top(mid, 1) == 0.5);
    assert_true(trend_top(none, 2) == 1);
    assert_true(trend_top(zero, 1) == 0.01);
    assert_true(trend_top(all, 1) == 1);
    assert_true(trend_y(&box, 7) == 6);
    assert_true(trend_y(&box, -1) == 44);
}

static void words_say_what_is_seen(void **state)
{
    (void)state;
    struct arena a = { 0 };
    const struct view_share points[] = { { 0.1, 0.2, 0.3 }, NONE, { 0.25, 0.25, 0.25 } };
    assert_true(span_is(trend_words(&a, points, 3), "3 runs, 10..30 %, 1 not known"));
    assert_true(span_is(trend_words(&a, points + 1, 1), "1 run, not known"));
    assert_true(span_is(trend_words(&a, points + 2, 1), "1 run, 25 %"));
    assert_true(span_is(trend_words(&a, points, 0), "0 runs"));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_are_never_bridged),       cmocka_unit_test(an_estimate_without_interval_has_no_band),
        cmocka_unit_test(one_run_stands_in_the_middle), cmocka_unit_test(the_scale_holds_what_is_known),
        cmocka_unit_test(words_say_what_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
