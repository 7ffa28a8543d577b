/* JDK Flight Recorder files, of the JDK and of async-profiler.
 * Guarantees: execution samples are running code and nothing else; samples in native methods keep a column of their own,
 * since they hold blocked reads beside work; waits are those above the recorder's threshold, a lower bound; the CPU of the
 * process comes from jdk.CPULoad alone, with what lies outside its readings in the interval.
 * Source: the metadata of the file; https://docs.oracle.com/en/java/javase/17/docs/api/jdk.jfr/module-summary.html */
#include "import/jvm/jfr_events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

static enum sniff jfr_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    return span_starts(head, (struct span){ "FLR\0", 4 }) ? SNIFF_YES : SNIFF_NO;
}

/* --- chunks --- */

/* Appends up to n bytes of the source to the buffer; fewer at the end of input. */
static bool gather(struct jfr_reader *r, struct source *in, uint64_t n, struct err *err)
{
    while (n > 0) {
        struct span piece;
        if (!source_peek(in, n < SOURCE_PIECE ? (size_t)n : SOURCE_PIECE, &piece, err))
            return false;
        if (piece.len == 0)
            return true;
        if (r->size - r->len < piece.len) {
            r->size = r->size < SOURCE_PIECE ? 2 * (size_t)SOURCE_PIECE : r->size * 2;
            r->buf = xrealloc(r->buf, r->size, 1);
        }
        memcpy(r->buf + r->len, piece.ptr, piece.len);
        r->len += piece.len;
        n -= piece.len;
        source_skip(in, piece.len);
    }
    return true;
}

static uint64_t size_in_header(const struct jfr_reader *r)
{
    uint64_t size = 0;
    for (size_t i = 8; i < 16; i++)
        size = size << 8 | (unsigned char)r->buf[i];
    return size;
}

/* One chunk of the file. *ret_more is false at the end of input. */
static bool next_chunk(struct jfr_reader *r, struct source *in, bool *ret_more, struct err *err)
{
    r->len = 0;
    if (!gather(r, in, JFR_HEADER_BYTES, err))
        return false;
    *ret_more = r->len > 0;
    if (r->len == 0)
        return true;
    if (r->len < JFR_HEADER_BYTES || memcmp(r->buf, "FLR\0", 4) != 0) {
        if (r->chunks == 0)
            return err_set(err, ERR_MALFORMED, "the header of the first chunk is cut: %zu bytes, wanted %d", r->len,
                           JFR_HEADER_BYTES);
        r->cut = true;
        *ret_more = false;
        return true;
    }
    /* A chunk that was still written to has no size yet: all the rest belongs to it. */
    uint64_t size = size_in_header(r);
    bool open = size < JFR_HEADER_BYTES;
    if (!gather(r, in, open ? UINT64_MAX : size - JFR_HEADER_BYTES, err))
        return false;
    r->cut = r->cut || open || r->len < size;
    struct jfr_chunk chunk;
    bool ok = jfr_chunk_open(&chunk, span_make(r->buf, r->len), r->lim, err) && jfr_events_read(r, &chunk, err);
    jfr_chunk_release(&chunk);
    r->chunks++;
    return ok;
}

/* --- what the file is --- */

static bool add_accounting(const struct jfr_reader *r, struct artefact *out)
{
    double window = r->load_last_s - r->load_first_s;
    double total = r->end_s - r->begin_s;
    if (r->loads < 2 || !(window > 0) || !(r->hw_threads >= 1))
        return false;
    struct accounting *a = artefact_acct(out);
    a->scope = ACCT_PROCESS;
    a->attached = true; /* a window: the start of the JVM lies before it */
    a->cpu_s = r->load_share_s * r->hw_threads;
    a->wall_s = window;
    a->cpus_online = r->hw_threads;
    a->pid = r->pid;
    a->command = artefact_text(out, r->command);
    a->source = SPAN("JFR, jdk.CPULoad");
    /* What the readings leave out of the recording may have been all work or none. */
    double rest = fmax(0, total - window);
    if (total > 0) {
        a->share_lo = a->cpu_s / (window + rest);
        a->share_hi = (a->cpu_s + rest * r->hw_threads) / (window + rest);
    }
    return true;
}

static void note_problems(const struct jfr_reader *r, struct artefact *out)
{
    bool jdk = !r->async_profiler;
    if (r->cut)
        artefact_problem(out, "recording_cut", "stop the recording (jcmd PID JFR.stop) before it is copied",
                         "the last chunk is not complete: what had reached the file was read");
    if (r->pools_broken)
        artefact_problem(out, "pools_incomplete", NULL,
                         "a constant pool of an unknown type was left out: some stacks "
                         "have no names");
    if (r->stackless > 0)
        artefact_problem(out, "stacks_missing", NULL, "%llu samples or waits have no stack in the file",
                         (unsigned long long)r->stackless);
    if (r->truncated > 0)
        artefact_problem(out, "stacks_truncated",
                         "record with a greater depth (-XX:FlightRecorderOptions=stackdepth=512, or -j 4096)",
                         "%llu stacks were cut at the recorder's depth: their root frames are missing",
                         (unsigned long long)r->truncated);
    if (jdk && r->columns[JFR_EXECUTION] && r->sampled_threads > 5)
        artefact_problem(out, "few_threads_a_round", "for many busy threads record with async-profiler -e cpu",
                         "the JDK samples at most five Java threads a round: with more of them busy the shares are not "
                         "in proportion");
    if (r->columns[JFR_NATIVE])
        artefact_problem(out, "native_samples_unclear", "add accounting of the same run (time -v, stet record)",
                         "%llu samples lie in native methods, where the JVM cannot tell work from a blocked read: they "
                         "are counted apart",
                         (unsigned long long)r->count[JFR_NATIVE]);
    if (r->columns[JFR_WAIT])
        artefact_problem(out, "waits_above_threshold", NULL,
                         "waits show only above the recorder's threshold (20 ms by default): %.3g s in all is a lower "
                         "bound, threads added",
                         r->wait_s);
}

static bool is_cpu_event(struct span event)
{
    static const char *const names[] = { "cpu", "itimer", "ctimer", "cpu-clock", "task-clock" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(event, names[i]))
            return true;
    }
    return false;
}

/* async-profiler writes what else it counts (page-faults, cache-misses, calls of a method) as execution samples, too. */
static bool counts_something_else(const struct jfr_reader *r)
{
    return r->count[JFR_EXECUTION] > 0 && r->event.len > 0 && !is_cpu_event(r->event) && !span_is(r->event, "wall") &&
           !span_is(r->event, "cycles") && !span_is(r->event, "cpu-cycles");
}

/* async-profiler's intervals are in its settings, 0 for the default of the clock. */
static void set_async_rates(struct jfr_reader *r)
{
    enum { CPU_DEFAULT_HZ = 100, WALL_DEFAULT_HZ = 20 };
    if (!r->async_profiler)
        return;
    if (r->columns[JFR_EXECUTION] && is_cpu_event(r->event)) {
        struct profile_column *c = builder_column_edit(r->b, r->columns[JFR_EXECUTION] - 1);
        c->period = 1;
        c->rate_hz = r->interval_s > 0 ? 1 / r->interval_s : CPU_DEFAULT_HZ;
        r->period_s = 1 / c->rate_hz;
    }
    if (r->columns[JFR_WALL]) {
        double s = r->wall_interval_s > 0 ? r->wall_interval_s : span_is(r->event, "wall") ? r->interval_s : 0;
        struct profile_column *c = builder_column_edit(r->b, r->columns[JFR_WALL] - 1);
        c->period = 1;
        c->rate_hz = s > 0 ? 1 / s : WALL_DEFAULT_HZ;
        r->period_s = 1 / c->rate_hz;
    }
}

static bool finish(struct jfr_reader *r, const struct import_options *opt, struct artefact *out, struct err *err)
{
    uint64_t samples = r->count[JFR_EXECUTION] + r->count[JFR_WALL] + r->count[JFR_NATIVE] + r->count[JFR_WAIT] +
                       r->count[JFR_CPU_TIME];
    bool accounted = add_accounting(r, out);
    if (samples == 0 && !accounted && r->count[JFR_ALLOC] > 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "a flight recording of allocations, which are not time; record "
                       "jdk.ExecutionSample (settings=profile), or async-profiler -e cpu,wall");
    if (samples == 0 && !accounted && r->cut)
        return err_set(err, ERR_MALFORMED,
                       "the recording is cut: the description of its events, which the JDK writes "
                       "last, or the events are missing; stop it (jcmd PID JFR.stop), then copy");
    if (samples == 0 && !accounted)
        return err_set(err, ERR_EMPTY,
                       "the recording holds no execution samples, no waits and no CPU load: record with "
                       "settings=profile for a minute");
    if (counts_something_else(r))
        return err_set(err, ERR_UNSUPPORTED,
                       "a recording of async-profiler's event %.*s, which is not time: record -e cpu or -e wall",
                       SPAN_FMT(span_sub(r->event, 0, 60)));
    time_order_write(&r->order);
    set_async_rates(r);
    bool wall = r->columns[JFR_WALL] || r->sleeping_samples > 0;
    if (r->columns[JFR_EXECUTION] && !r->columns[JFR_WALL])
        builder_column_edit(r->b, r->columns[JFR_EXECUTION] - 1)->clock = wall ? CLOCK_WALL : CLOCK_CPU;
    if (samples > 0 && !builder_finish(r->b, &out->profile, err))
        return false;
    out->tool = r->async_profiler ? SPAN("async-profiler") : SPAN("JFR");
    out->runtime = RUNTIME_JVM;
    out->command = artefact_text(out, r->command);
    out->pid = r->pid;
    out->platform = r->linux_host ? SPAN("linux") : SPAN("");
    out->native_visible = r->async_profiler ? TRI_YES : TRI_NO;
    out->all_states = wall;
    /* The JDK samples Java code: compilers, collectors and native code of the same process use CPU that it never sees. */
    out->one_thread_of_several = !r->async_profiler || r->columns[JFR_CPU_TIME] != 0;
    out->sees_wait = wall || r->columns[JFR_WAIT] != 0 || accounted;
    out->rate_hz = wall && !r->columns[JFR_WALL] ? NUM_UNKNOWN : r->period_s > 0 ? 1 / r->period_s : NUM_UNKNOWN;
    /* The header of a chunk that was cut tells how long it was, not how much of it is here. */
    if (r->end_s > r->begin_s && !r->cut) {
        out->duration_s = r->end_s - r->begin_s;
        out->duration_source = WALL_FILE;
        out->span_s = out->duration_s;
    }
    note_problems(r, out);
    if (out->profile)
        import_settle(out, opt,
                      wall                                                    ? CLOCK_WALL
                      : r->columns[JFR_EXECUTION] || r->columns[JFR_CPU_TIME] ? CLOCK_CPU
                      : r->columns[JFR_WAIT] && !r->columns[JFR_NATIVE]       ? CLOCK_OFF
                                                                              : CLOCK_UNKNOWN);
    else
        out->clock = CLOCK_ACCT;
    return true;
}

static bool jfr_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct jfr_reader r = { .lim = &opt->limits, .err = err, .pid = -1, .begin_s = (double)INFINITY };
    r.end_s = -(double)INFINITY;
    r.b = builder_new(&opt->limits);
    r.order = (struct time_order){ .b = r.b, .most = opt->no_order ? 0 : opt->limits.ordered_samples };
    bool more = true, ok = true;
    while (ok && more)
        ok = next_chunk(&r, in, &more, err);
    ok = ok && finish(&r, opt, out, err);
    builder_free(r.b);
    arena_release(&r.texts);
    time_order_release(&r.order);
    free(r.buf);
    return ok;
}

const struct importer import_jfr = {
    .name = "jfr",
    .title = "JDK Flight Recorder (JDK, async-profiler)",
    .proves = "CPU of the JVM against wall (jdk.CPULoad), running Java code by stack, waits above the threshold",
    .cannot = "whether a sample in a native method computed or waited; many busy threads in proportion (JDK)",
    .spec_url = "https://openjdk.org/jeps/328",
    .extensions = "*.jfr",
    .sniff = jfr_sniff,
    .parse = jfr_parse,
};
