/* Differences of two shares: intervals, chances, lines for many of them; functions of a profile and what their shares are
 * worth; and that two draws of one process are rarely called different. Numbers were made by a separate calculation. */
#include "made.h"

#include <math.h>

#include "evidence/stats.h"
#include "roi/rng.h"

/* Newcombe 1998, method 10: 56/70 against 48/80 is 0.0524..0.3339. */
static void intervals(void **state)
{
    (void)state;
    static const struct {
        double base, base_n, head, head_n, lo, hi;
    } rows[] = {
        { 0.8, 70, 0.6, 80, -0.333873, -0.052431 },
        { 0, 50, 0.1, 60, 0.010908, 0.201495 },
        { 1, 250, 0.9, 100, -0.174366, -0.052741 },
        { 0.98, 354.95, 0.34, 400, -0.685860, -0.588033 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct share d = stats_difference(rows[i].base, rows[i].base_n, rows[i].head, rows[i].head_n, STATS_Z);
        NEAR(d.lo, rows[i].lo, 6);
        NEAR(d.est, rows[i].head - rows[i].base, 9);
        NEAR(d.hi, rows[i].hi, 6);
    }
    assert_false(share_known(stats_difference(NUM_UNKNOWN, 10, 0.5, 10, STATS_Z)));
    assert_false(share_known(stats_move(SHARE_UNKNOWN, (struct share){ 0, 0.5, 1 })));
}

static void chances(void **state)
{
    (void)state;
    NEAR(stats_t_tail(2.093024, 19), 0.05, 6);
    NEAR(stats_t_tail(1, 19), 0.329877, 6);
    NEAR(stats_t_tail(3, 19), 0.00736172, 8);
    NEAR(stats_t_tail(6, 19), 8.97924e-06, 11);
    NEAR(stats_t_tail(2.5, 4), 0.0667665, 7);
    NEAR(stats_t_tail(12.7062, 1), 0.05, 6);
    NEAR(stats_t_tail(0, 19), 1, 9);
    NEAR(stats_z_of(0.05), 1.95996, 5);
    NEAR(stats_z_of(0.01), 2.67906, 4);
    NEAR(stats_z_of(0.001), 3.63653, 4);
    NEAR(stats_z_of(1e-5), 5.57113, 3);
    NEAR(stats_chance(0.8, 70, 0.6, 80), 0.0107901, 6);
    NEAR(stats_chance(0.5, 100, 0.55, 100), 0.458793, 5);
    NEAR(stats_chance(0, 50, 0.1, 60), 0.0351766, 6);
    NEAR(stats_chance(0.2, 400, 0.35, 400), 6.87804e-05, 8);
    NEAR(stats_chance(0.3, 40, 0.3, 900), 1, 9);
    NEAR(stats_chance(0.3, NUM_UNKNOWN, 0.9, 900), 1, 9); /* nothing is known of one side */
}

static void many_at_once(void **state)
{
    (void)state;
    const double chance[] = { 0.04, 0.001, NUM_UNKNOWN, 0.02, 0.9 };
    double line[5];
    stats_holm(chance, 5, line);
    NEAR(line[1], 0.004, 9);
    NEAR(line[3], 0.06, 9);
    NEAR(line[0], 0.08, 9);
    NEAR(line[4], 0.9, 9);
    assert_true(isnan(line[2]));
}

/* --- functions --- */

static struct evidence *with_functions(struct artefact *a)
{
    struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
    in.functions = true;
    return made_evidence(&a, 1, "", in);
}

static const struct evidence_function *find(const struct evidence *e, const char *name, const char *place)
{
    for (uint32_t i = 0; i < e->function_count; i++) {
        if (span_is(e->functions[i].name, name) && span_is(e->functions[i].place, place))
            return &e->functions[i];
    }
    return NULL;
}

static void shares(void **state)
{
    (void)state;
    struct made m = made_profile("p.folded", CLOCK_CPU, UNIT_SAMPLES, 100, false);
    made_add(&m, "run@/srv/app/main.py;work@/srv/app/main.py", STATE_UNKNOWN, 600, 600);
    made_add(&m, "run@/srv/app/main.py;work@/srv/app/main.py;work@/srv/app/main.py", STATE_UNKNOWN, 200, 200);
    made_add(&m, "run@/srv/app/main.py;get@/srv/lib/requests/__init__.py", STATE_UNKNOWN, 150, 150);
    made_add(&m, "run@/srv/app/main.py;get@/srv/lib/other/__init__.py", STATE_UNKNOWN, 50, 50);
    struct evidence *e = with_functions(made_done(&m));
    assert_true(e->whole.known);
    assert_int_equal(e->function_total, 4);
    const struct evidence_function *work = find(e, "work", "main.py"), *run = find(e, "run", "main.py");
    assert_non_null(work);
    assert_non_null(run);
    NEAR(work->self, 0.8, 9);
    NEAR(work->total, 0.8, 9); /* a function below itself counts once */
    NEAR(run->self, 0, 9);
    NEAR(run->total, 1, 9);
    NEAR(work->self_n_eff, 1000 / 19.0, 6);
    assert_non_null(find(e, "get", "requests/__init__.py")); /* the folder tells one from the other */
    assert_non_null(find(e, "get", "other/__init__.py"));
    double sum = 0;
    for (uint32_t i = 0; i < e->function_count; i++)
        sum += e->functions[i].self;
    NEAR(sum, 1, 9);
    evidence_free(e);
}

/* A chain that switches at ticks between two functions; mean phase in samples. */
static struct artefact *chain(struct rng *rng, unsigned n, double phase, const char *const *stacks, unsigned kinds)
{
    struct made m = made_profile("p.txt", CLOCK_CPU, UNIT_SAMPLES, 100, true);
    unsigned now = (unsigned)(rng_uniform(rng) * kinds);
    for (unsigned i = 0; i < n; i++) {
        if (rng_uniform(rng) < 1 / phase)
            now = (unsigned)(rng_uniform(rng) * kinds);
        made_add(&m, stacks[now], STATE_UNKNOWN, 1, 1);
    }
    return made_done(&m);
}

/* The same by the way that one quantity alone goes: the interval of q. */
static void one_by_one(void **state)
{
    (void)state;
    static const char *const two[] = { "a@/srv/app/main.py", "g {libfoo.so}" };
    struct rng rng;
    rng_seed(&rng, 7);
    struct evidence *e = with_functions(chain(&rng, 3000, 30, two, 2));
    const struct evidence_function *a = find(e, "a", "main.py");
    assert_non_null(a);
    /* Addressable is what a() is, so the effective samples of q are those of a(). */
    struct share want = stats_wilson(a->self, a->self_n_eff);
    NEAR(a->self_n_eff, e->n_eff, 6);
    assert_true(a->self_n_eff < 400);
    assert_true(want.lo < a->self && a->self < want.hi);
    evidence_free(e);
}

/* Two draws of one process: how often a given function, and how often any of them, is called different. */
static void false_alarms(void **state)
{
    (void)state;
    enum { ROUNDS = 400, KINDS = 6 };
    static const char *const stacks[KINDS] = { "a@/srv/app/m.py", "b@/srv/app/m.py", "c@/srv/app/m.py",
                                               "d@/srv/app/m.py", "e@/srv/app/m.py", "f@/srv/app/m.py" };
    static const double phases[] = { 1, 5, 20 };
    for (size_t p = 0; p < 3; p++) {
        struct rng rng;
        rng_seed(&rng, 11 + p);
        unsigned one = 0, any = 0;
        for (unsigned i = 0; i < ROUNDS; i++) {
            struct evidence *x = with_functions(chain(&rng, 3000, phases[p], stacks, KINDS));
            struct evidence *y = with_functions(chain(&rng, 3000, phases[p], stacks, KINDS));
            double chance[KINDS], line[KINDS];
            bool alarm = false;
            for (unsigned k = 0; k < KINDS; k++) {
                char name[2] = { (char)('a' + k), 0 };
                const struct evidence_function *f = find(x, name, "m.py"), *g = find(y, name, "m.py");
                assert_true(f && g);
                chance[k] = stats_chance(f->self, f->self_n_eff, g->self, g->self_n_eff);
            }
            stats_holm(chance, KINDS, line);
            one += chance[0] < 0.05;
            for (unsigned k = 0; k < KINDS; k++)
                alarm = alarm || line[k] < 0.05;
            any += alarm;
            evidence_free(x);
            evidence_free(y);
        }
        print_message("mean phase %.0f samples: one function %u of %d, any of %d %u of %d\n", phases[p], one, ROUNDS,
                      KINDS, any, ROUNDS);
        /* 5 % of 400 is 20; three standard errors above it 33. */
        assert_true(one <= 33);
        assert_true(any <= 33);
    }
}

/* What is there is found: 20 % against 35 % of the CPU, 3000 samples each. */
static void found(void **state)
{
    (void)state;
    enum { ROUNDS = 100 };
    static const char *const base[] = { "a@/m.py", "b@/m.py", "b@/m.py", "c@/m.py", "c@/m.py" };
    static const char *const head[] = { "a@/m.py", "a@/m.py", "b@/m.py", "c@/m.py", "c@/m.py" };
    struct rng rng;
    rng_seed(&rng, 5);
    unsigned seen = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct evidence *x = with_functions(chain(&rng, 3000, 5, base, 5));
        struct evidence *y = with_functions(chain(&rng, 3000, 5, head, 5));
        const struct evidence_function *f = find(x, "a", "m.py"), *g = find(y, "a", "m.py");
        assert_true(f && g);
        seen += stats_chance(f->self, f->self_n_eff, g->self, g->self_n_eff) < 0.05;
        evidence_free(x);
        evidence_free(y);
    }
    assert_true(seen >= 95);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals), cmocka_unit_test(chances),    cmocka_unit_test(many_at_once),
        cmocka_unit_test(shares),    cmocka_unit_test(one_by_one), cmocka_unit_test(false_alarms),
        cmocka_unit_test(found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
