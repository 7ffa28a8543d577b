/* k6 summaries: what the load was, as facts; never a share of CPU, since the client cannot see the server's.
 *   --summary-export      metrics.NAME {avg, ...}; a threshold is true when it was crossed
 *   handleSummary data    metrics.NAME {type, contains, values{...}, thresholds{...: {ok}}}, state, options
 *   machine-readable      results.metrics [{name, type, values{...}}], config, metadata
 * Guarantees: times are milliseconds; op_s is the mean of http_req_duration (sending, waiting, receiving), without the
 * client's own waiting for a connection.
 * Source: https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ */
#include "import/importer.h"

#include <math.h>
#include <stdio.h>

#include "base/json.h"
#include "import/json_in.h"

enum { DOCUMENT_MAX = 8 << 20, DEPTH_MAX = 100 };

static bool has(struct span s, const char *part)
{
    return span_find(s, 0, span_of(part)) < s.len;
}

static bool is_text_summary(struct span head)
{
    return has(head, "http_req_duration..") && has(head, "iterations..");
}

static enum sniff k6_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (is_text_summary(head))
        return SNIFF_YES;
    if (json_in_first(head) != '{')
        return SNIFF_NO;
    bool metrics = json_in_has_key(head, "metrics");
    if (metrics && (json_in_has_key(head, "root_group") || json_in_has_key(head, "k6Version") ||
                    json_in_has_key(head, "iteration_duration") || json_in_has_key(head, "testRunDurationMs")))
        return SNIFF_YES;
    return metrics && (json_in_has_key(head, "http_reqs") || has(head, "\"iteration_duration\"")) ? SNIFF_YES
                                                                                                  : SNIFF_NO;
}

struct k6 {
    const struct json *metrics; /* object by name, or array of objects with a name */
    const struct json *root;
    struct artefact *a;
};

static const struct json *metric(const struct k6 *k, const char *name)
{
    if (json_kind_of(k->metrics) == JSON_OBJ)
        return json_get(k->metrics, name);
    for (const struct json *m = json_first(k->metrics); m; m = json_next(m)) {
        if (span_is(json_str(json_get(m, "name")), name))
            return m;
    }
    return NULL;
}

/* A number of a metric, in whichever shape; NaN when there is none. */
static double value(const struct k6 *k, const char *name, const char *field)
{
    const struct json *m = metric(k, name);
    const struct json *values = json_get(m, "values");
    double v = json_num(json_get(values ? values : m, field), NUM_UNKNOWN);
    return isfinite(v) && v >= 0 ? v : NUM_UNKNOWN;
}

static double first_of(double a, double b)
{
    return num_known(a) ? a : b;
}

/* Length of the test: said, or count over rate of a counter. */
static double window_s(const struct k6 *k)
{
    double counted = first_of(value(k, "http_reqs", "count") / value(k, "http_reqs", "rate"),
                              value(k, "iterations", "count") / value(k, "iterations", "rate"));
    double ms = json_num(json_path(k->root, "state.testRunDurationMs"), NUM_UNKNOWN);
    if (ms > 0)
        return ms * 1e-3;
    double said = json_num(json_path(k->root, "config.duration"), NUM_UNKNOWN);
    if (!(said > 0) || !isfinite(counted))
        return isfinite(counted) ? counted : said;
    /* Its unit differs between versions: the counters tell which it is. */
    static const double units[] = { 1, 1e-3, 1e-9 };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (fabs(said * units[i] / counted - 1) < 0.5)
            return said * units[i];
    }
    return counted;
}

/* Closed executors wait for a reply before they ask again, open ones keep a rate. */
static void load_model(struct k6 *k)
{
    const struct json *scenarios = json_path(k->root, "options.scenarios");
    bool open = false, closed = false;
    for (const struct json *s = json_first(scenarios); s; s = json_next(s)) {
        struct span executor = json_str(json_get(s, "executor"));
        open = open || span_ends(executor, SPAN("arrival-rate"));
        closed = closed || span_ends(executor, SPAN("-vus")) || span_ends(executor, SPAN("-iterations"));
    }
    if (json_num(json_path(k->root, "options.vus"), NUM_UNKNOWN) > 0 && !scenarios)
        closed = true;
    if (open != closed)
        artefact_fact_text(k->a, "load_model", open ? SPAN("open") : SPAN("closed"), "options.scenarios executor");
}

static void check_failures(struct k6 *k)
{
    double failed = first_of(value(k, "http_req_failed", "rate"), value(k, "http_req_failed", "value"));
    if (failed > 0.01)
        artefact_problem(k->a, "requests_failed", "repeat the load until requests succeed",
                         "%.1f %% of the requests failed: the load was not the one meant", 100 * failed);
    double passed = first_of(value(k, "checks", "rate"), value(k, "checks", "value"));
    if (passed < 1)
        artefact_problem(k->a, "checks_failed", NULL, "%.1f %% of the checks failed", 100 * (1 - passed));
}

/* {"p(95)<500": {"ok": false}} or {"p(95)<500": true}, which says that it was crossed. */
static bool crossed(const struct json *threshold)
{
    return json_kind_of(threshold) == JSON_OBJ ? !json_bool(json_get(threshold, "ok"), true)
                                               : json_bool(threshold, false);
}

static void check_thresholds(struct k6 *k)
{
    for (const struct json *m = json_first(k->metrics); m; m = json_next(m)) {
        const struct json *list = json_get(m, "thresholds");
        for (const struct json *t = json_first(list); t; t = json_next(t)) {
            if (!crossed(t))
                continue;
            struct span name = json_kind_of(k->metrics) == JSON_OBJ ? json_key(m) : json_str(json_get(m, "name"));
            artefact_problem(k->a, "threshold_crossed", NULL, "threshold %.*s of %.*s was crossed",
                             SPAN_FMT(span_sub(json_key(t), 0, 80)), SPAN_FMT(span_sub(name, 0, 80)));
        }
    }
}

static void percentile(struct k6 *k, const char *name, const char *fact, const char *field, const char *other)
{
    double v = first_of(value(k, name, field), value(k, name, other));
    if (num_known(v))
        artefact_fact_num(k->a, fact, v * 1e-3, name);
}

static bool fill(struct k6 *k, struct err *err)
{
    bool http = metric(k, "http_reqs") != NULL;
    double ops = first_of(value(k, "http_reqs", "count"), value(k, "iterations", "count"));
    const char *timed = http                             ? "http_req_duration"
                        : metric(k, "grpc_req_duration") ? "grpc_req_duration"
                                                         : "iteration_duration";
    double op_s = value(k, timed, "avg") * 1e-3;
    double window = window_s(k);
    if (!num_known(ops) && !num_known(op_s))
        return err_set(err, ERR_EMPTY, "the summary holds neither requests nor iterations");
    if (num_known(ops))
        artefact_fact_num(k->a, "ops", ops, http ? "http_reqs.count" : "iterations.count");
    if (num_known(op_s)) {
        char source[64];
        (void)snprintf(source, sizeof source, "%s.avg", timed);
        artefact_fact_num(k->a, "op_s", op_s, source);
    }
    if (window > 0 && isfinite(window)) {
        artefact_fact_num(k->a, "x_window_s", window, "length of the test");
        k->a->span_s = window;
    }
    double vus = first_of(value(k, "vus_max", "max"), first_of(value(k, "vus", "max"), value(k, "vus_max", "value")));
    if (num_known(vus))
        artefact_fact_num(k->a, "x_vus_max", vus, "vus_max");
    /* Little's law: requests in flight = rate * time of one. */
    double in_flight = ops / window * op_s;
    if (vus > 1 || in_flight > 1) {
        k->a->overlapping = true;
        artefact_fact_text(k->a, "concurrency", SPAN("overlapping"),
                           vus > 1 ? "vus.max" : "http_reqs.rate * http_req_duration.avg");
    }
    percentile(k, timed, "x_p95_s", "p(95)", "p95");
    percentile(k, timed, "x_p99_s", "p(99)", "p99");
    load_model(k);
    check_failures(k);
    check_thresholds(k);
    return true;
}

static bool k6_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    (void)opt;
    struct span head, text;
    if (!source_peek(in, SNIFF_BYTES, &head, err))
        return false;
    if (is_text_summary(head))
        return err_set(err, ERR_UNSUPPORTED,
                       "the text of a k6 summary, whose numbers are rounded; run k6 with --summary-export FILE.json");
    if (!source_all(in, DOCUMENT_MAX, &text, err))
        return false;
    CLEANUP(json_freep) struct json *doc = NULL;
    if (!json_parse(text, DEPTH_MAX, &doc, err))
        return false;
    struct k6 k = { .root = doc, .a = out, .metrics = json_get(doc, "metrics") };
    if (!k.metrics)
        k.metrics = json_path(doc, "results.metrics");
    if (json_kind_of(k.metrics) != JSON_OBJ && json_kind_of(k.metrics) != JSON_ARR)
        return err_set(err, ERR_UNRECOGNISED, "no metrics: not a k6 summary");
    out->tool = SPAN("k6");
    out->tool_version = artefact_text(out, json_str(json_path(doc, "metadata.k6Version")));
    out->clock = CLOCK_ACCT;
    return fill(&k, err);
}

const struct importer import_k6 = {
    .name = "k6",
    .title = "k6 summaries (--summary-export, handleSummary, machine-readable)",
    .proves = "the load on a server: requests, rate, response time, users",
    .cannot = "anything of the server's CPU: add accounting or a profile of the server over the same window",
    .spec_url = "https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/",
    .extensions = "*summary*.json *k6*.json",
    .sniff = k6_sniff,
    .parse = k6_parse,
};
