/* Components by frame globs over real recordings: function, file, module, "function (file)"; what overlaps is never more
 * than the whole, and what matches nothing is not known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "evidence/evidence.h"
#include "import/importer.h"

struct world {
    struct artefact_list files;
    struct evidence *e;
};

static void world_open(struct world *w, const char *const *files, size_t n, const struct evidence_component_spec *specs,
                       uint32_t count, const char *goal)
{
    const char *root = getenv("STET_PROFILES");
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    struct err err = ERR_INIT;
    struct fact_set *declared = xcalloc(1, sizeof *declared);
    *w = (struct world){ 0 };
    for (size_t i = 0; i < n; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/cases/%s", root ? root : "profiles", files[i]);
        if (!import_path(path, NULL, &opt, &w->files, &err))
            fail_msg("%s: %s", path, err.text);
    }
    facts_set_text(declared, FACT_goal, span_of(goal), ORIGIN_DECLARED, "test");
    struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
    in.artefacts = w->files.items;
    in.artefact_count = w->files.count;
    in.declared = declared;
    in.components = specs;
    in.component_count = count;
    in.speed = (struct speed_range){ 3, 8, 20 };
    if (!evidence_build(&in, &w->e, &err))
        fail_msg("%s", err.text);
    free(declared);
}

static void world_close(struct world *w)
{
    evidence_free(w->e);
    artefact_list_release(&w->files);
}

static double fact(const struct world *w, enum fact_id id)
{
    return facts_num(&w->e->facts, id);
}

static const struct evidence_component *named(const struct world *w, const char *name)
{
    for (uint32_t i = 0; i < w->e->component_count; i++) {
        if (span_is(w->e->components[i].name, name))
            return &w->e->components[i];
    }
    fail_msg("no component %s", name);
    return NULL;
}

#define SPEC(name_, globs)                                                                                             \
    {                                                                                                                  \
        .name = SPAN(name_), .match = globs, .match_count = ARRAY_LEN(globs), .speed = SPEED_UNKNOWN                   \
    }

static const char *const node_gc[] = { "node-gc/server.cpuprofile" };

static void globs_of_every_kind(void **state)
{
    (void)state;
    const struct span by_func[] = { SPAN("collectSessions") };
    const struct span by_file[] = { SPAN("*/http_service.js") };
    const struct span by_both[] = { SPAN("collectSessions (*http_service.js)") };
    const struct span by_module[] = { SPAN("node:_http_*"), SPAN("node:internal/*") };
    const struct span by_any[] = { SPAN("*") };
    const struct span by_none[] = { SPAN("no_such_function"), SPAN("collectsessions") };
    const struct evidence_component_spec specs[] = { SPEC("function", by_func), SPEC("file", by_file),
                                                     SPEC("both", by_both),     SPEC("module", by_module),
                                                     SPEC("any", by_any),       SPEC("none", by_none) };
    struct world w;
    world_open(&w, node_gc, 1, specs, ARRAY_LEN(specs), "throughput");
    double one = named(&w, "function")->share.est;
    assert_true(one > 0.5 && one < 0.6);
    assert_true(named(&w, "both")->share.est == one);
    /* a file holds its functions, and all they call */
    assert_true(named(&w, "file")->share.est > one);
    assert_true(named(&w, "module")->share.est > 0.05);
    assert_true(named(&w, "any")->share.est > named(&w, "file")->share.est);
    assert_true(named(&w, "none")->unmatched);
    for (uint32_t i = 0; i < w.e->component_count; i++) {
        const struct evidence_component *c = &w.e->components[i];
        assert_true(c->share.lo >= 0 && c->share.lo <= c->share.est && c->share.est <= c->share.hi && c->share.hi <= 1);
        assert_true(c->addr_lo <= c->addr_est && c->addr_est <= c->addr_hi && c->addr_hi <= 1);
    }
    world_close(&w);
}

static void the_facts_are_those_of_the_best_component(void **state)
{
    (void)state;
    const struct span small[] = { SPAN("makeSession") };
    const struct span large[] = { SPAN("collectSessions"), SPAN("makeSession") };
    const struct evidence_component_spec specs[] = { SPEC("small", small), SPEC("large", large) };
    struct world w;
    world_open(&w, node_gc, 1, specs, 2, "throughput");
    const struct evidence_component *best = named(&w, "large");
    assert_true(fact(&w, FACT_component_cpu_share_est) == best->share.est);
    assert_true(fact(&w, FACT_gain_ext_lo) >= 0 && fact(&w, FACT_gain_ext_lo) < fact(&w, FACT_gain_ext_est));
    assert_true(fact(&w, FACT_gain_ext_est) < fact(&w, FACT_gain_ext_hi));
    assert_true(fact(&w, FACT_gain_ext_hi) <= fact(&w, FACT_component_cpu_share_hi));
    /* a part gives no more than the whole */
    assert_true(fact(&w, FACT_gain_ext_est) <= fact(&w, FACT_gain_full_est) + 1e-9);
    world_close(&w);
}

static void overlapping_components_are_no_sum(void **state)
{
    (void)state;
    const struct span outer[] = { SPAN("*/http_service.js") };
    const struct span inner[] = { SPAN("collectSessions") };
    const struct span again[] = { SPAN("collect*") };
    const struct evidence_component_spec specs[] = { SPEC("outer", outer), SPEC("inner", inner), SPEC("again", again) };
    struct world w;
    world_open(&w, node_gc, 1, specs, 3, "throughput");
    double outer_share = named(&w, "outer")->share.est;
    assert_true(named(&w, "inner")->share.est <= outer_share);
    assert_true(named(&w, "again")->share.est == named(&w, "inner")->share.est);
    assert_true(named(&w, "outer")->addr_hi <= 1);
    /* together they are above the whole; what is used is one of them */
    assert_true(fact(&w, FACT_component_cpu_share_est) <= outer_share);
    assert_true(fact(&w, FACT_gain_ext_hi) <= 1);
    world_close(&w);
}

static void two_globs_on_one_stack_count_it_once(void **state)
{
    (void)state;
    const struct span one[] = { SPAN("collectSessions") };
    const struct span two[] = { SPAN("collectSessions"), SPAN("makeSession"), SPAN("collectSessions") };
    const struct evidence_component_spec specs[] = { SPEC("one", one), SPEC("two", two) };
    struct world w;
    world_open(&w, node_gc, 1, specs, 2, "throughput");
    /* makeSession is called by collectSessions */
    assert_true(fabs(named(&w, "one")->share.est - named(&w, "two")->share.est) < 1e-9);
    world_close(&w);
}

static void native_code_stays(void **state)
{
    (void)state;
    static const char *const files[] = { "py-native/perf-script.txt.gz", "py-native/perf.time.txt" };
    const struct span archive[] = { SPAN("*archive.py") };
    const struct evidence_component_spec specs[] = { SPEC("archive", archive) };
    struct world w;
    world_open(&w, files, 2, specs, 1, "throughput");
    assert_true(fact(&w, FACT_component_cpu_share_est) > 0.9);
    /* four fifths of it are zlib's: no rewrite of the component wins them */
    assert_true(fact(&w, FACT_component_native_share_lo) > 0.7);
    assert_true(fact(&w, FACT_component_native_share_lo) < fact(&w, FACT_component_native_share_est));
    assert_true(fact(&w, FACT_component_native_share_est) < fact(&w, FACT_component_native_share_hi));
    assert_true(fact(&w, FACT_component_native_share_hi) < 1);
    assert_true(fact(&w, FACT_gain_ext_hi) < 0.3);
    world_close(&w);
    /* the same program by another recorder, within what both can tell */
    static const char *const other[] = { "py-native/py-spy.speedscope.json", "py-native/py-spy.time.txt" };
    world_open(&w, other, 2, specs, 1, "throughput");
    assert_true(fact(&w, FACT_component_cpu_share_est) > 0.9);
    assert_true(fact(&w, FACT_component_native_share_lo) > 0.7 && fact(&w, FACT_component_native_share_hi) < 1);
    world_close(&w);
    /* a recorder that does not see native frames: nobody knows how much of it is native */
    const struct span hot[] = { SPAN("collectSessions") };
    const struct evidence_component_spec unseen[] = { SPEC("hot", hot) };
    world_open(&w, node_gc, 1, unseen, 1, "throughput");
    assert_true(fact(&w, FACT_component_native_share_hi) == 1);
    world_close(&w);
}

static void a_share_of_cpu_needs_no_accounting_and_gives_no_gain(void **state)
{
    (void)state;
    const struct span hot[] = { SPAN("collectSessions") };
    const struct evidence_component_spec specs[] = { SPEC("hot", hot) };
    struct world w;
    world_open(&w, node_gc, 1, specs, 1, "latency");
    assert_false(num_known(fact(&w, FACT_cpu_share_lo)));
    assert_true(fact(&w, FACT_component_cpu_share_est) > 0.5);
    assert_false(num_known(fact(&w, FACT_gain_ext_lo)));
    world_close(&w);
}

static void what_matches_nothing_is_not_known(void **state)
{
    (void)state;
    const struct span wrong[] = { SPAN("collect_sessions") };
    const struct evidence_component_spec specs[] = { SPEC("wrong", wrong) };
    struct world w;
    world_open(&w, node_gc, 1, specs, 1, "throughput");
    assert_false(num_known(fact(&w, FACT_component_cpu_share_lo)));
    assert_false(num_known(fact(&w, FACT_component_native_share_lo)));
    assert_false(num_known(fact(&w, FACT_gain_ext_lo)));
    bool told = false;
    for (uint32_t i = 0; i < w.e->problem_count; i++)
        told = told || span_is(span_of(w.e->problems[i].code), "component_without_frames");
    assert_true(told);
    world_close(&w);
}

static void hostile_globs_end(void **state)
{
    (void)state;
    const struct span many[] = { SPAN("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"), SPAN("****************"), SPAN(""),
                                 SPAN("[") };
    const struct evidence_component_spec specs[] = { SPEC("many", many) };
    struct world w;
    world_open(&w, node_gc, 1, specs, 1, "throughput");
    assert_true(named(&w, "many")->share.est <= 1);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_of_every_kind),
        cmocka_unit_test(the_facts_are_those_of_the_best_component),
        cmocka_unit_test(overlapping_components_are_no_sum),
        cmocka_unit_test(two_globs_on_one_stack_count_it_once),
        cmocka_unit_test(native_code_stays),
        cmocka_unit_test(a_share_of_cpu_needs_no_accounting_and_gives_no_gain),
        cmocka_unit_test(what_matches_nothing_is_not_known),
        cmocka_unit_test(hostile_globs_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
