/* Recordings with a known truth (getrusage around the very run): the bundled cases, and the corpus where STET_CORPUS names
 * one. Accounting of a whole life contains the truth within 0.1 or lies within 0.02 of it, processstat within 0.05; samples
 * without a wall length give no share. */
#include "worked.h"

#include <math.h>

#include "base/json.h"
#include "import/importer.h"

static char *read_all(const char *path, size_t *ret_len)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    char *text = NULL;
    size_t len = 0, size = 0;
    do {
        size = size ? size * 2 : 1 << 16;
        text = realloc(text, size);
        assert_non_null(text);
        len += fread(text + len, 1, size - len, f);
    } while (len == size);
    assert_int_equal(fclose(f), 0);
    *ret_len = len;
    return text;
}

static struct json *parse_file(const char *path)
{
    size_t len = 0;
    char *text = read_all(path, &len);
    if (!text)
        return NULL;
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    if (!json_parse(span_make(text, len), 40, &doc, &err))
        fail_msg("%s: %s", path, err.text);
    free(text);
    return doc;
}

/* Files into one set; false when a format is not read. */
static bool add_file(struct artefact_list *l, const char *dir, struct span name)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%.*s", dir, SPAN_FMT(name));
    struct import_options opt = IMPORT_OPTIONS_DEFAULT;
    struct err err = ERR_INIT;
    return import_path(path, NULL, &opt, l, &err);
}

static struct evidence *build(struct artefact_list *l, const char *facts)
{
    struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
    struct fact_set *f = calloc(1, sizeof *f);
    struct err err = ERR_INIT;
    assert_non_null(f);
    made_facts(f, facts);
    in.artefacts = l->items;
    in.artefact_count = l->count;
    in.declared = f;
    struct evidence *e = NULL;
    if (!evidence_build(&in, &e, &err))
        fail_msg("%s", err.text);
    if (!facts_check(&e->facts, &err))
        fail_msg("%s", err.text);
    free(f);
    artefact_list_release(l);
    return e;
}

static bool near_truth(struct share s, double truth, double within)
{
    truth = fmin(1, truth);
    bool inside = s.lo <= truth + 1e-9 && truth <= s.hi + 1e-9 && s.hi - s.lo <= 0.1;
    return share_known(s) && (inside || fabs(s.est - truth) <= within);
}

static bool starts(struct span s, const char *text)
{
    return span_starts(s, span_of(text));
}

/* --- bundled cases --- */

static const char *const cases[] = { "async-1",   "async-150",   "gate-opens",   "idle-service", "node-gc",
                                     "node-idle", "py-cpu-loop", "py-http-wait", "py-native",    "py-pool" };

static void case_run(const char *dir, const struct json *doc, const struct json *run)
{
    struct artefact_list l = { 0 };
    bool accounted = false, doctor = false, attached = false;
    for (const struct json *f = json_first(json_get(doc, "files")); f; f = json_next(f)) {
        if (!span_eq(json_str(json_get(f, "run")), json_key(run)))
            continue;
        struct span format = json_str(json_get(f, "format"));
        if (!add_file(&l, dir, json_str(json_get(f, "path"))))
            continue;
        accounted =
            accounted || span_is(format, "time") || span_is(format, "perf-stat") || span_is(format, "hyperfine");
        doctor = doctor || starts(json_str(json_get(f, "path")), "doctor");
    }
    for (uint32_t i = 0; i < l.count; i++) {
        for (uint32_t k = 0; k < l.items[i]->acct_count; k++)
            attached = attached || (l.items[i]->acct[k].attached && !doctor);
    }
    if (!accounted && !doctor) {
        artefact_list_release(&l);
        return;
    }
    char facts[80];
    (void)snprintf(facts, sizeof facts, "concurrency=%.*s", SPAN_FMT(json_str(json_path(doc, "declare.concurrency"))));
    struct evidence *e = build(&l, facts);
    double truth = json_num(json_path(run, attached ? "window.cpu_over_wall" : "truth.cpu_over_wall"), NUM_UNKNOWN);
    if (num_known(truth) && !near_truth(e->time.cpu_share, truth, accounted ? 0.02 : 0.05))
        fail_msg("%s %.*s: %.4f..%.4f..%.4f, truth %.4f", dir, SPAN_FMT(json_key(run)), e->time.cpu_share.lo,
                 e->time.cpu_share.est, e->time.cpu_share.hi, truth);
    evidence_free(e);
}

static void cases_hold(void **state)
{
    (void)state;
    const char *root = getenv("STET_PROFILES");
    if (!root)
        skip();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char dir[4000], path[4096];
        (void)snprintf(dir, sizeof dir, "%s/cases/%s", root, cases[i]);
        (void)snprintf(path, sizeof path, "%s/case.json", dir);
        struct json *doc = parse_file(path);
        assert_non_null(doc);
        for (const struct json *run = json_first(json_get(doc, "runs")); run; run = json_next(run))
            case_run(dir, doc, run);
        json_free(doc);
    }
}

/* One client with 1 and with 150 requests in flight: CPU over wall differs 65 times, the answer does not. */
static void two_loads_one_answer(void **state)
{
    (void)state;
    const char *root = getenv("STET_PROFILES");
    if (!root)
        skip();
    static const struct {
        const char *dir, *facts;
    } loads[] = { { "async-1", COMMON "concurrency=overlapping ops=60 op_s=0.503984 wall_s=30.3" },
                  { "async-150", COMMON "concurrency=overlapping ops=8956 op_s=0.507204 wall_s=30.5" } };
    double total[2], share[2];
    for (size_t i = 0; i < ARRAY_LEN(loads); i++) {
        char dir[4000];
        (void)snprintf(dir, sizeof dir, "%s/cases/%s", root, loads[i].dir);
        struct artefact_list l = { 0 };
        assert_true(add_file(&l, dir, SPAN("perf-stat.txt")));
        struct evidence *e = build(&l, loads[i].facts);
        total[i] = e->time.cpu_share.est;
        share[i] = fact(e, "cpu_share_est");
        worked_verdict(e, "standing", VERDICT_FIX_WAIT, "CPU-03", "CPU-01 EV-16");
        evidence_free(e);
    }
    assert_true(total[1] > 50 * total[0]);
    assert_true(share[1] < 0.02 && share[0] < 0.02);
}

static void nobody_called(void **state)
{
    (void)state;
    const char *root = getenv("STET_PROFILES");
    if (!root)
        skip();
    char dir[4000];
    (void)snprintf(dir, sizeof dir, "%s/cases/idle-service", root);
    struct artefact_list l = { 0 };
    assert_true(add_file(&l, dir, SPAN("all-states.speedscope.json")) && add_file(&l, dir, SPAN("time.txt")));
    struct evidence *e = build(&l, COMMON);
    assert_string_equal(e->facts.v[FACT_concurrency].text, "overlapping");
    worked_verdict(e, "standing", VERDICT_INSUFFICIENT, "EV-16", "CPU-03 WT-01");
    evidence_free(e);
}

/* --- corpus --- */

static const struct json *truth_of(const struct json *file, const char *root, struct json **ret_doc)
{
    struct span path, frag;
    if (!span_split(json_str(json_get(file, "truth")), '#', &path, &frag) || !starts(frag, "runs."))
        return NULL;
    char full[4096], name[200];
    (void)snprintf(full, sizeof full, "%s/%.*s", root, SPAN_FMT(path));
    (void)snprintf(name, sizeof name, "%.*s", SPAN_FMT(span_from(frag, 5)));
    *ret_doc = parse_file(full);
    return json_get(json_get(json_get(*ret_doc, "runs"), name), "processes");
}

/* True when some process of the run agrees. Where it lived for less than the accounting saw, start-up is not in its truth. */
static bool agrees(const struct evidence *e, const struct json *processes, double within)
{
    bool any = false;
    for (const struct json *p = json_first(processes); p; p = json_next(p)) {
        double wall = json_num(json_get(p, "wall_s"), NUM_UNKNOWN),
               truth = json_num(json_get(p, "cpu_over_wall"), NUM_UNKNOWN);
        if (!num_known(truth))
            continue;
        any = true;
        if (wall < 0.95 * e->time.wall_s || near_truth(e->time.cpu_share, truth, within))
            return true;
    }
    return !any;
}

static void corpus_file(const char *root, const struct json *file, unsigned *held, unsigned *null)
{
    struct span format = json_str(json_get(file, "format"));
    bool stat = starts(format, "perf-stat"), processstat = starts(format, "clinic-doctor-processstat");
    bool totals = starts(format, "gnu-time") || starts(format, "posix-time") || starts(format, "bash-time") || stat ||
                  starts(format, "hyperfine") || processstat;
    bool samples = starts(format, "folded") && span_is(json_str(json_get(file, "measures")), "on-CPU");
    struct artefact_list l = { 0 };
    if ((!totals && !samples) || !add_file(&l, root, json_str(json_get(file, "path")))) {
        artefact_list_release(&l);
        return;
    }
    struct evidence *e = build(&l, "");
    if (samples) {
        assert_false(share_known(e->time.cpu_share));
        assert_true(fact_unknown(e, "cpu_share_lo") && fact_unknown(e, "cpu_share_hi"));
        (*null)++;
    } else {
        struct json *doc = NULL;
        const struct json *processes = truth_of(file, root, &doc);
        if (processes && !agrees(e, processes, processstat ? 0.05 : 0.02))
            fail_msg("%.*s: %.4f..%.4f..%.4f", SPAN_FMT(json_str(json_get(file, "path"))), e->time.cpu_share.lo,
                     e->time.cpu_share.est, e->time.cpu_share.hi);
        *held += processes != NULL;
        json_free(doc);
    }
    evidence_free(e);
}

static void corpus_holds(void **state)
{
    (void)state;
    const char *root = getenv("STET_CORPUS");
    if (!root) {
        print_message("STET_CORPUS is not set: the corpus is not tested\n");
        skip();
    }
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/MANIFEST.json", root);
    struct json *doc = parse_file(path);
    assert_non_null(doc);
    unsigned held = 0, null = 0;
    for (const struct json *f = json_first(json_get(doc, "files")); f; f = json_next(f)) {
        if (starts(json_str(json_get(f, "path")), "generated/"))
            corpus_file(root, f, &held, &null);
    }
    print_message("%u totals hold the truth, %u files of samples give no share\n", held, null);
    assert_true(held > 50 && null > 50);
    json_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_hold),
        cmocka_unit_test(two_loads_one_answer),
        cmocka_unit_test(nobody_called),
        cmocka_unit_test(corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
