/* Samples of a V8 CPU profile: put in time order, each lasting until the next one (forward weighting).
 * Worked example: samples [2,3,2], timeDeltas [500,1000,250], startTime 0, endTime 2000 (us): node 2 is entered at 500 and
 * lasts 1000, node 3 at 1500 for 250, node 2 at 1750 until the end, 250. The first 500 are start-up, spent nowhere.
 * A sample that came late (a negative delta) is put back where its time is, at most V8_LATE places back. */
#include "import/v8/fmt_cpuprofile.h"

#include <math.h>
#include <stdlib.h>

/* `samples` can only be weighed when their times come, so they are held: 4 bytes each. */
static bool too_many(struct v8_profile *v)
{
    return jscan_fail(v->js, ERR_LIMIT, "more than %llu samples in one profile",
                      (unsigned long long)v->opt->limits.ordered_samples * 2);
}

bool v8_resolve(struct v8_profile *v, uint32_t *id)
{
    int32_t node = v8_nodes_find(&v->nodes, *id);
    if (node == V8_NO_NODE)
        return err_set(v->err, ERR_MALFORMED, "a sample names node %u, which does not exist", *id);
    *id = (uint32_t)node;
    return true;
}

bool v8_read_samples(struct v8_profile *v)
{
    double run[V8_RUN];
    if (v->has_ids && !v->chunked)
        return jscan_fail(v->js, ERR_MALFORMED, "a second list of samples");
    v->has_ids = true;
    v->ids_resolved = v->nodes.count > 0 && !v->chunked;
    jscan_arr(v->js);
    for (size_t n; (n = jscan_doubles(v->js, run, V8_RUN)) > 0;) {
        if (v->id_count + n > v->opt->limits.ordered_samples * 2)
            return too_many(v);
        if (v->id_count + n > v->id_size) {
            v->id_size = v->id_size ? v->id_size * 2 : 4 * V8_RUN;
            v->ids = xrealloc(v->ids, v->id_size, sizeof *v->ids);
        }
        bool counted = v->ids_resolved && v8_nodes_counted(&v->nodes);
        for (size_t i = 0; i < n; i++) {
            uint32_t id = run[i] >= 0 && run[i] <= (double)UINT32_MAX ? (uint32_t)run[i] : 0;
            if ((double)id != run[i])
                return jscan_fail(v->js, ERR_MALFORMED, "sample %llu is not the id of a node",
                                  (unsigned long long)v->id_count);
            if (counted && id - 1 < v->nodes.count)
                id--;
            else if (v->ids_resolved && !v8_resolve(v, &id))
                return jscan_stop(v->js);
            v->ids[v->id_count++] = id;
        }
    }
    return jscan_ok(v->js);
}

static bool times_keep(struct v8_profile *v, const double *run, size_t n)
{
    if (v->time_count + n > v->opt->limits.ordered_samples * 2)
        return too_many(v);
    if (v->time_count + n > v->time_size) {
        v->time_size = (v->time_count + n) * 2;
        v->times = xrealloc(v->times, v->time_size, sizeof *v->times);
    }
    memcpy(v->times + v->time_count, run, n * sizeof *run);
    v->time_count += n;
    return true;
}

bool v8_samples_append(struct v8_profile *v, const struct v8_profile *piece)
{
    uint64_t ids = v->id_count + piece->id_count;
    if (ids > v->opt->limits.ordered_samples * 2)
        return too_many(v);
    if (ids > v->id_size) {
        v->id_size = ids * 2;
        v->ids = xrealloc(v->ids, v->id_size, sizeof *v->ids);
    }
    if (piece->id_count > 0)
        memcpy(v->ids + v->id_count, piece->ids, piece->id_count * sizeof *v->ids);
    v->id_count = ids;
    v->has_ids = v->has_ids || piece->has_ids;
    v->has_times = v->has_times || piece->has_times;
    v->absolute = v->absolute || piece->absolute;
    return piece->time_count == 0 || times_keep(v, piece->times, piece->time_count);
}

/* --- in time order --- */

/* The first n samples of the run leave; the one behind them says how long the last lasted. */
static bool run_leave(struct v8_profile *v, uint32_t n)
{
    uint32_t row;
    /* Rows first, in a loop of its own: nodes lie anywhere in memory, and so their loads overlap. */
    for (uint32_t i = 0; i < n; i++) {
        if (v->sums[v->run[i].node].row == 0 && !v8_node_row(v, v->run[i].node, &row))
            return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct v8_sum *sum = &v->sums[v->run[i].node];
        double lasted = v->run[i + 1].us - v->run[i].us;
        sum->weight_us += lasted;
        sum->samples++;
        builder_order(v->b, sum->row - 1, lasted * 1e-6);
    }
    v->run_count -= n;
    memmove(v->run, v->run + n, v->run_count * sizeof *v->run);
    return true;
}

/* A sample whose time lies before its neighbour's moves back to its place. */
static void move_back(struct v8_profile *v)
{
    uint32_t at = v->run_count - 1;
    uint32_t lowest = at > V8_LATE ? at - V8_LATE : 0;
    struct v8_at s = v->run[at];
    for (; at > lowest && v->run[at - 1].us > s.us; at--)
        v->run[at] = v->run[at - 1];
    if (at > 0 && v->run[at - 1].us > s.us) {
        s.us = v->run[at - 1].us;
        v->late++;
    }
    v->run[at] = s;
}

/* One time more than samples: older Chrome closes with the time from the last sample to the end. */
static bool closing_time(struct v8_profile *v, double time)
{
    if (v->extra || v->id_count == 0)
        return err_set(v->err, ERR_MALFORMED, "%llu samples but more times than that", (unsigned long long)v->id_count);
    v->extra = true;
    if (!num_known(v->end_us) && isfinite(time))
        v->end_us = (num_known(v->start_us) ? v->start_us : 0) + v->clock_us + time;
    return true;
}

/* Up to V8_RUN times. */
static bool emit(struct v8_profile *v, const double *times, size_t n)
{
    uint64_t left = v->id_count - v->emitted;
    size_t samples = n < left ? n : (size_t)left;
    double clock_us = v->clock_us;
    for (size_t i = 0; i < samples; i++) {
        uint32_t node = v->ids[v->emitted + i];
        if (!v->ids_resolved && !v8_resolve(v, &node))
            return false;
        clock_us = v->absolute ? times[i] : clock_us + times[i];
        if (!isfinite(clock_us))
            return err_set(v->err, ERR_VALUE, "the time of sample %llu is not a number",
                           (unsigned long long)v->emitted + i);
        uint32_t at = v->run_count++;
        v->run[at] = (struct v8_at){ clock_us, node };
        if (at > 0 && v->run[at - 1].us > clock_us)
            move_back(v);
    }
    if (v->emitted == 0 && samples > 0)
        v->first_us = v->absolute ? times[0] : v->clock_us + times[0];
    v->clock_us = clock_us;
    v->emitted += samples;
    for (size_t i = samples; i < n; i++) {
        if (!closing_time(v, times[i]))
            return false;
    }
    /* What a late sample could still move before stays; each that leaves has one behind it. */
    return v->run_count <= V8_LATE || run_leave(v, v->run_count - V8_LATE);
}

bool v8_read_times(struct v8_profile *v)
{
    double run[V8_RUN];
    if (v->has_times && !v->chunked)
        return jscan_fail(v->js, ERR_MALFORMED, "a second list of times");
    v->has_times = true;
    bool stream = v->has_ids && v->nodes.count > 0 && !v->absolute && !v->chunked;
    if (stream && !v->linked && !v8_nodes_link(v))
        return jscan_stop(v->js);
    jscan_arr(v->js);
    for (size_t n; (n = jscan_doubles(v->js, run, V8_RUN)) > 0;) {
        if (!stream && !times_keep(v, run, n))
            return false;
        if (stream && !emit(v, run, n))
            return jscan_stop(v->js);
    }
    return jscan_ok(v->js);
}

bool v8_emit_rest(struct v8_profile *v)
{
    uint64_t from = 0;
    if (v->absolute && v->time_count == v->id_count + 1) {
        v->start_us = v->times[0]; /* node 10 begins with the start of the recording */
        from = 1;
    }
    for (uint64_t i = from; i < v->time_count; i += V8_RUN) {
        uint64_t n = v->time_count - i;
        if (!emit(v, v->times + i, n < V8_RUN ? n : V8_RUN))
            return false;
    }
    if (v->has_times && v->emitted != v->id_count)
        return err_set(v->err, ERR_MALFORMED, "%llu samples but %llu times", (unsigned long long)v->id_count,
                       (unsigned long long)v->emitted);
    if (v->run_count == 0)
        return true;
    /* The last sample lasts until the end of the recording, where that is known and not before it. */
    struct v8_at last = v->run[v->run_count - 1];
    double end = v->absolute ? v->end_us : v->end_us - v->start_us;
    if (end > last.us)
        last.us = end;
    v->run[v->run_count++] = last;
    return run_leave(v, v->run_count - 1);
}
