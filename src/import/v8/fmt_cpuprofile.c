/* V8 CPU profiles (.cpuprofile): the wall time of one JavaScript thread, idle included.
 * Guarantees: every sample is weighed by the time until the next one; the weights sum to the time from the first sample
 * to the end. Reads node --cpu-prof and Chrome (`nodes`, `samples`, `timeDeltas`) and the old form (`head`, with
 * `timestamps` or hit counts only). Streams: holds the distinct nodes and 4 bytes a sample until its time is read.
 * Source: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
#include "import/v8/fmt_cpuprofile.h"

#include <math.h>
#include <stdlib.h>

static enum sniff cpuprofile_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (json_in_first(head) != '{' || json_in_has_key(head, "traceEvents"))
        return SNIFF_NO;
    if (json_in_has_key(head, "nodes") && json_in_has_key(head, "callFrame"))
        return SNIFF_YES;
    if (json_in_has_key(head, "head") && json_in_has_key(head, "functionName"))
        return SNIFF_YES;
    return SNIFF_NO;
}

void v8_profile_members(struct v8_profile *v)
{
    struct span key;
    while (jscan_member(v->js, &key)) {
        if (span_is(key, "nodes") && (v->chunked || v->nodes.count == 0))
            (void)v8_read_nodes(v);
        else if (span_is(key, "head") && v->nodes.count == 0)
            (void)v8_read_head(v);
        else if (span_is(key, "samples") && jscan_peek(v->js) == JSCAN_ARR)
            (void)v8_read_samples(v);
        else if (span_is(key, "timeDeltas") && jscan_peek(v->js) == JSCAN_ARR)
            (void)v8_read_times(v);
        else if (span_is(key, "timestamps") && jscan_peek(v->js) == JSCAN_ARR) {
            v->absolute = true;
            (void)v8_read_times(v);
        } else if (span_is(key, "startTime"))
            v->start_us = jscan_double(v->js);
        else if (span_is(key, "endTime"))
            v->end_us = jscan_double(v->js);
        else
            jscan_skip(v->js);
    }
}

/* The old form gives start and end in seconds beside timestamps in microseconds. */
static void settle_span(struct v8_profile *v)
{
    if (!v->absolute || v->time_count == 0)
        return;
    double first = v->times[0];
    double last = v->times[v->time_count - 1];
    if (!(last > 1000 && v->end_us < last / 1000))
        return;
    bool whole = v->start_us == floor(v->start_us);
    v->start_us *= 1e6;
    v->end_us *= 1e6;
    /* Whole seconds bound nothing to the microsecond: then the samples do, the sampler never pauses. */
    if (whole && first > v->start_us)
        v->start_us = first;
    if (v->end_us < last)
        v->end_us = last;
}

/* Column of the profile: seconds where times are known, else hits. */
static bool fill_values(struct v8_profile *v, uint64_t *ret_samples)
{
    bool timed = v->has_times && v->emitted > 0;
    uint64_t total = 0;
    for (uint32_t i = 0; i < v->nodes.count; i++) {
        const struct v8_node *node = &v->nodes.items[i];
        uint64_t samples = v->emitted > 0 ? v->sums[i].samples : node->hits;
        if (samples == 0)
            continue;
        uint32_t row;
        if (!v8_node_row(v, i, &row) ||
            !builder_value(v->b, row, v->column, timed ? v->sums[i].weight_us * 1e-6 : (double)samples, v->err))
            return false;
        builder_samples(v->b, row, samples);
        total += samples;
    }
    *ret_samples = total;
    return total > 0 || err_set(v->err, ERR_EMPTY, "the profile holds no sample");
}

/* Samples without any times: one count each. */
static bool count_samples(struct v8_profile *v)
{
    for (; v->emitted < v->id_count; v->emitted++) {
        uint32_t node = v->ids[v->emitted];
        uint32_t row;
        if ((!v->ids_resolved && !v8_resolve(v, &node)) || !v8_node_row(v, node, &row))
            return false;
        v->sums[node].samples++;
        builder_order(v->b, row, 1);
    }
    return true;
}

static void note_problems(struct v8_profile *v, struct artefact *a)
{
    double all = 0, idle = 0, program = 0;
    for (uint32_t i = 0; i < v->nodes.count; i++) {
        const struct v8_node *n = &v->nodes.items[i];
        double w = v->has_times ? v->sums[i].weight_us : v->emitted > 0 ? v->sums[i].samples : n->hits;
        all += w;
        idle += n->idle ? w : 0;
        program += n->program ? w : 0;
    }
    if (idle == 0 && program > 0.5 * all)
        artefact_problem(
            a, "program_may_be_idle",
            "record with `node --cpu-prof`, or add accounting of the same run (time -v, perf stat)",
            "%.0f %% of the time is \"(program)\" and nothing is \"(idle)\": the program that wrote this file "
            "never marks idle time, so \"(program)\" may be waiting",
            100 * program / all);
    if (v->late > 0)
        artefact_problem(a, "samples_out_of_order", NULL,
                         "%llu samples came more than %d places late and were put as early as still possible",
                         (unsigned long long)v->late, V8_LATE);
}

bool v8_profile_settle(struct v8_profile *v, struct artefact *a, uint64_t *ret_samples, double *ret_wall_s)
{
    if (v->nodes.count == 0)
        return err_set(v->err, ERR_UNRECOGNISED, "no nodes: not a V8 CPU profile");
    if (v->end_us < v->start_us)
        return err_set(v->err, ERR_VALUE, "endTime lies before startTime");
    if (!v->linked && !v8_nodes_link(v))
        return false;
    settle_span(v);
    if (!(v->has_times ? v8_emit_rest(v) : count_samples(v)))
        return false;
    if (!v->has_times || v->emitted == 0)
        builder_column_edit(v->b, v->column)->unit = UNIT_SAMPLES;
    if (!fill_values(v, ret_samples))
        return false;
    note_problems(v, a);
    *ret_wall_s = (v->end_us - v->start_us) * 1e-6;
    return true;
}

bool v8_profile_append(struct v8_profile *v, struct v8_profile *piece)
{
    bool ok = v8_nodes_append(v, &piece->nodes) && v8_samples_append(v, piece);
    if (num_known(piece->start_us))
        v->start_us = piece->start_us;
    if (num_known(piece->end_us))
        v->end_us = piece->end_us;
    v8_nodes_release(&piece->nodes);
    piece->id_count = piece->time_count = 0;
    piece->has_ids = piece->has_times = false;
    piece->start_us = piece->end_us = NUM_UNKNOWN;
    return ok;
}

struct v8_profile *v8_profile_new(const struct import_options *opt, struct builder *b, struct jscan *js,
                                  struct err *err)
{
    struct v8_profile *v = xcalloc(1, sizeof *v);
    v->opt = opt;
    v->err = err;
    v->b = b;
    v->js = js;
    v->start_us = v->end_us = v->first_us = NUM_UNKNOWN;
    return v;
}

void v8_profile_free(struct v8_profile *v)
{
    if (!v)
        return;
    v8_nodes_release(&v->nodes);
    sb_release(&v->func);
    sb_release(&v->url);
    free(v->ids);
    free(v->times);
    free(v->sums);
    free(v);
}

static bool finish(struct v8_profile *v, struct artefact *a)
{
    uint64_t samples = 0;
    double wall = NUM_UNKNOWN;
    if (!v8_profile_settle(v, a, &samples, &wall))
        return false;
    struct profile_column *col = builder_column_edit(v->b, v->column);
    if (wall > 0) {
        a->duration_s = wall;
        a->duration_source = WALL_FILE;
        a->span_s = wall;
        col->rate_hz = (double)samples / wall;
        col->period = col->unit == UNIT_SAMPLES ? 1 : wall / (double)samples;
        a->rate_hz = col->rate_hz;
    }
    return builder_finish(v->b, &a->profile, v->err);
}

static bool cpuprofile_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct builder *b = builder_new(&opt->limits);
    struct v8_profile *v = v8_profile_new(opt, b, json_in_open(in, &opt->limits, err), err);
    if (opt->no_order)
        builder_order_off(b);
    struct column_desc wall = { SPAN("wall"), UNIT_SECONDS, CLOCK_WALL, NUM_UNKNOWN, NUM_UNKNOWN, true };
    v->column = builder_column(b, &wall);
    process_id process = builder_process(b, -1, SPAN(""), SPAN(""));
    bool ok = builder_thread(b, process, -1, SPAN("main"), &v->thread, err);
    if (ok && jscan_obj(v->js))
        v8_profile_members(v);
    ok = ok && jscan_end(v->js) && finish(v, out);
    if (ok) {
        out->tool = SPAN("V8");
        out->one_thread_of_several = true;
        out->all_states = true;
        out->runtime = RUNTIME_NODE;
        /* Functions of V8 and node in C++ (JSON.parse, sort, typed arrays) are charged to their callers. */
        out->native_visible = TRI_NO;
        import_settle(out, opt, CLOCK_WALL);
    }
    jscan_free(v->js);
    v8_profile_free(v);
    builder_free(b);
    return ok;
}

const struct importer import_cpuprofile = {
    .name = "cpuprofile",
    .title = "V8 CPU profile (node --cpu-prof, Chrome DevTools)",
    .proves = "wall time of one JavaScript thread: what it ran, and how long its event loop was idle",
    .cannot = "other threads (GC helpers, libuv pool); whether a synchronous call computed or waited",
    .spec_url = "https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile",
    .extensions = "*.cpuprofile",
    .sniff = cpuprofile_sniff,
    .parse = cpuprofile_parse,
};
