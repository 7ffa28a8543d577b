/* hyperfine --export-json: mean user and system seconds of the children, and the wall seconds of each run. */
#include <math.h>

#include "base/json.h"
#include "import/cmdline.h"
#include "import/importer.h"

enum { BYTES_MAX = 8 << 20, DEPTH_MAX = 16 };

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span t = span_trim(head);
    if (t.len == 0 || t.ptr[0] != '{' || span_find(t, 0, SPAN("\"results\"")) == t.len)
        return SNIFF_NO;
    bool known = span_find(t, 0, SPAN("\"command\"")) < t.len && span_find(t, 0, SPAN("\"mean\"")) < t.len &&
                 span_find(t, 0, SPAN("\"system\"")) < t.len;
    return known ? SNIFF_YES : SNIFF_NO;
}

static const double shortest = 0.005; /* hyperfine itself warns below it */

/* Smallest and largest wall of the runs that are listed. */
static bool read_times(const struct json *times, struct accounting *c, double *ret_min, double *ret_max,
                       struct err *err)
{
    uint32_t n = 0;
    for (const struct json *t = json_first(times); t; t = json_next(t)) {
        double v = json_num(t, NUM_UNKNOWN);
        if (!num_known(v) || v < 0)
            return err_set(err, ERR_VALUE, "results[0].times[%u]: want seconds", n);
        *ret_min = n == 0 ? v : fmin(*ret_min, v);
        *ret_max = n == 0 ? v : fmax(*ret_max, v);
        n++;
    }
    if (n > 0)
        c->runs = n;
    return true;
}

static void read_exits(const struct json *first, struct artefact *out)
{
    size_t failed = 0;
    for (const struct json *e = json_first(json_get(first, "exit_codes")); e; e = json_next(e))
        failed += json_num(e, 0) != 0 || json_kind_of(e) == JSON_NULL;
    if (failed > 0)
        artefact_problem(out, "command_failed", "measure runs that succeed", "%zu of the timed runs failed", failed);
}

static bool convert(const struct json *doc, struct artefact *out, struct err *err)
{
    const struct json *results = json_get(doc, "results");
    const struct json *first = json_first(results);
    double mean = json_num(json_get(first, "mean"), NUM_UNKNOWN);
    double user = json_num(json_get(first, "user"), NUM_UNKNOWN);
    double system = json_num(json_get(first, "system"), NUM_UNKNOWN);
    if (!first)
        return err_set(err, ERR_EMPTY, "results: want at least one command");
    if (!(mean > 0) || !(user >= 0) || !(system >= 0))
        return err_set(err, ERR_VALUE, "results[0]: want mean above 0, user and system in seconds");
    struct accounting *c = artefact_acct(out);
    double min = json_num(json_get(first, "min"), mean);
    double max = json_num(json_get(first, "max"), mean);
    if (!read_times(json_get(first, "times"), c, &min, &max, err))
        return false;
    out->clock = CLOCK_ACCT;
    out->tool = SPAN("hyperfine");
    out->one_job = true;
    out->command = artefact_text(out, json_str(json_get(first, "command")));
    out->runtime = cmdline_runtime(out->command);
    c->scope = ACCT_TREE;
    c->whole_life = true;
    c->command = out->command;
    c->source = SPAN("hyperfine, (user + system) over mean");
    c->user_s = user;
    c->sys_s = system;
    c->cpu_s = c->cpu_lo_s = c->cpu_hi_s = user + system;
    c->wall_s = c->wall_lo_s = c->wall_hi_s = mean;
    if (min > 0 && max >= min && c->runs > 1) {
        c->share_run_lo = c->cpu_s / max;
        c->share_run_hi = c->cpu_s / min;
    }
    read_exits(first, out);
    if (mean < shortest) {
        /* What the shell took was estimated and subtracted: of the remainder nothing certain is left. */
        c->share_lo = 0;
        c->share_hi = 1;
        artefact_problem(out, "too_short", "run hyperfine with -N, or measure a longer command",
                         "a mean of %.2g ms is shorter than the start of a shell can be told apart from", mean * 1000);
    }
    if (json_count(results) > 1)
        artefact_problem(out, "several_commands", "export one command a file",
                         "the file holds %zu commands; the first one was read", json_count(results));
    if (c->cpu_s > c->wall_s && mean < 0.05)
        artefact_problem(out, "too_short", "run hyperfine with -N, or measure a longer command",
                         "CPU above wall: the start of the shell was subtracted from the wall alone");
    return true;
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    (void)opt;
    struct span text;
    if (!source_all(in, BYTES_MAX, &text, err))
        return false;
    CLEANUP(json_freep) struct json *doc = NULL;
    return json_parse(text, DEPTH_MAX, &doc, err) && convert(doc, out, err);
}

const struct importer import_hyperfine = {
    .name = "hyperfine",
    .title = "hyperfine --export-json",
    .proves = "CPU seconds and wall seconds of a command over several runs, with their spread",
    .cannot = "where the CPU went, and what was waited for",
    .spec_url = "https://github.com/sharkdp/hyperfine",
    .extensions = "*.json",
    .sniff = sniff,
    .parse = parse,
};
