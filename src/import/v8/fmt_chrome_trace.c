/* Trace events of Chrome, node, Electron, py-spy and whatever else writes them.
 * Guarantees: spans keep their nesting whatever order their ends come in; asynchronous spans stand in no stack; a profile
 * that was sampled inside the trace is read as a .cpuprofile, and then the instrumented spans around it are left out. The
 * CPU clock that events carry (tts) gives each thread a lower bound of what it computed, never the process. A file that
 * simply stops is read up to there. Streams.
 * Source: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
#include "import/v8/fmt_chrome_trace.h"

#include <math.h>
#include <stdlib.h>

static enum sniff trace_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    char first = json_in_first(head);
    if (first == '{' && json_in_has_key(head, "traceEvents"))
        return SNIFF_YES;
    if (first == '{' && json_in_has_key(head, "displayTimeUnit"))
        return SNIFF_MAYBE; /* something long stands before the events */
    if (first != '[')
        return SNIFF_NO;
    struct span inner = span_trim(span_from(span_trim(head), 1));
    bool events = inner.len > 0 && inner.ptr[0] == '{' && json_in_has_key(head, "ph");
    return events && (json_in_has_key(head, "ts") || json_in_has_key(head, "pid")) ? SNIFF_YES : SNIFF_NO;
}

/* --- events --- */

static void note_names(struct trace *t, uint32_t thread)
{
    struct trace_thread *th = &t->threads.items[thread];
    struct span name = sb_span(&t->e.name);
    if (span_is(name, "thread_name"))
        th->name = intern_add(&t->texts, sb_span(&t->e.value));
    else if (span_is(name, "process_name"))
        t->processes.items[th->process].name = intern_add(&t->texts, sb_span(&t->e.value));
}

static void note_clocks(struct trace_thread *th, const struct trace_event *e)
{
    if (!isfinite(e->ts_us))
        return;
    if (!(th->first_us <= e->ts_us))
        th->first_us = e->ts_us;
    if (!(th->last_us >= e->ts_us))
        th->last_us = e->ts_us;
    if (!(e->tts_us > 0))
        return;
    if (!(th->first_cpu_at_us <= e->ts_us)) {
        th->first_cpu_at_us = e->ts_us;
        th->first_cpu_us = e->tts_us;
    }
    if (!(th->last_cpu_at_us > e->ts_us)) {
        th->last_cpu_at_us = e->ts_us;
        th->last_cpu_us = e->tts_us;
    }
    /* A complete event is written where it began; its end is known as well. */
    double end = e->ts_us + e->dur_us;
    if (e->phase == 'X' && e->dur_us >= 0 && e->tdur_us >= 0 && !(th->last_cpu_at_us > end)) {
        th->last_cpu_at_us = end;
        th->last_cpu_us = e->tts_us + e->tdur_us;
    }
}

static void note_source(struct trace *t)
{
    const struct trace_event *e = &t->e;
    struct span category = sb_span(&e->category), name = sb_span(&e->name);
    t->pyspy = t->pyspy || span_is(category, "py-spy");
    t->node = t->node || span_starts(category, SPAN("node")) || span_is(category, "v8");
    t->server = t->server || span_is(name, "TCPSERVERWRAP") || span_is(name, "HTTPINCOMINGMESSAGE") ||
                span_is(name, "PIPESERVERWRAP");
    bool pause = e->phase == 'X' && span_starts(name, SPAN("V8.GC")) && !span_starts(name, SPAN("V8.GC_"));
    if (pause && e->dur_us >= 0 && isfinite(e->ts_us) && e->pid == e->tid)
        doctor_trace_pause(&t->pauses, e->ts_us, e->ts_us + e->dur_us);
}

static bool take_event(struct trace *t)
{
    const struct trace_event *e = &t->e;
    uint32_t thread = trace_thread_of(t, e->pid, e->tid);
    if (thread == TRACE_NONE)
        return false;
    t->events++;
    if (t->texts.count > 4 * t->opt->limits.frames + 1024 || t->texts.bytes_len > t->opt->limits.string_bytes)
        return jscan_fail(t->js, ERR_LIMIT, "more than %llu distinct names",
                          4 * (unsigned long long)t->opt->limits.frames);
    if (e->phase == 'M') {
        note_names(t, thread);
        return true;
    }
    note_clocks(&t->threads.items[thread], e);
    note_source(t);
    if (!trace_profile_event(t, thread))
        return false;
    if (e->phase == 'B' || e->phase == 'E' || e->phase == 'X')
        return trace_span_add(t, thread);
    if (e->phase == 'b' || e->phase == 'e')
        trace_async_event(t);
    t->async += e->phase == 'b' || e->phase == 'n' || e->phase == 'e' || e->phase == 'S' || e->phase == 'F';
    return true;
}

static bool read_events(struct trace *t)
{
    jscan_arr(t->js);
    while (jscan_item(t->js)) {
        if (jscan_peek(t->js) != JSCAN_OBJ)
            jscan_skip(t->js);
        else if (!trace_read_event(t))
            return false;
        /* The event in which a killed writer stopped is not whole. */
        else if ((!jscan_truncated(t->js) || t->has_piece) && !take_event(t))
            return false;
    }
    return jscan_ok(t->js);
}

static bool read_document(struct trace *t)
{
    struct span key;
    if (jscan_peek(t->js) == JSCAN_ARR)
        return read_events(t) && jscan_end(t->js);
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        enum jscan_kind kind = jscan_peek(t->js);
        if (span_is(key, "traceEvents") && kind == JSCAN_ARR)
            (void)read_events(t);
        else if (span_is(key, "samples") && kind == JSCAN_ARR)
            (void)trace_read_samples(t);
        else if (span_is(key, "stackFrames") && kind == JSCAN_OBJ && t->frames.count == 0)
            (void)trace_read_frames(t);
        else
            jscan_skip(t->js);
    }
    return jscan_end(t->js);
}

/* --- what the threads' clocks say --- */

static double thread_cpu_s(const struct trace_thread *th)
{
    double cpu = th->last_cpu_us - th->first_cpu_us;
    return cpu > 0 && th->last_cpu_at_us > th->first_cpu_at_us ? cpu * 1e-6 : 0;
}

/* A lower bound of one thread: start-up, and what came after its last event, are missing. */
static void thread_accounting(struct trace *t)
{
    const struct trace_thread *most = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->threads.count; i++) {
        const struct trace_thread *th = &t->threads.items[i];
        n += thread_cpu_s(th) > 0;
        if (thread_cpu_s(th) > 0 && (!most || thread_cpu_s(th) > thread_cpu_s(most)))
            most = th;
    }
    if (!most)
        return;
    struct accounting *c = artefact_acct(t->a);
    c->scope = ACCT_THREAD;
    c->cpu_s = c->cpu_lo_s = c->max_thread_cpu_s = thread_cpu_s(most);
    c->wall_s = (most->last_cpu_at_us - most->first_cpu_at_us) * 1e-6;
    c->share_lo = c->cpu_s / c->wall_s < 1 ? c->cpu_s / c->wall_s : 1;
    c->pid = most->pid < 0 ? -1 : most->pid;
    c->source = artefact_text(t->a, SPAN("trace events: CPU clock of the busiest thread, a lower bound"));
    c->threads = ARENA_ARRAY(&t->a->arena, n, struct acct_thread);
    for (uint32_t i = 0; i < t->threads.count; i++) {
        const struct trace_thread *th = &t->threads.items[i];
        if (thread_cpu_s(th) > 0)
            c->threads[c->thread_count++] = (struct acct_thread){ th->pid,
                                                                  th->tid,
                                                                  artefact_text(t->a, intern_get(&t->texts, th->name)),
                                                                  thread_cpu_s(th),
                                                                  (th->last_cpu_at_us - th->first_cpu_at_us) * 1e-6,
                                                                  NUM_UNKNOWN };
    }
}

/* Spans against gaps on the thread that a browser's page or a program's loop runs on. */
static void main_thread(struct trace *t)
{
    const struct trace_thread *main = NULL;
    for (uint32_t i = 0; i < t->threads.count; i++) {
        const struct trace_thread *th = &t->threads.items[i];
        if (span_ends(intern_get(&t->texts, th->name), SPAN("RendererMain")) && th->last_us > th->first_us &&
            th->inside_us > 0 && (!main || th->inside_us > main->inside_us))
            main = th;
    }
    if (!main)
        return;
    double share = main->inside_us / (main->last_us - main->first_us);
    artefact_fact_num(t->a, "x_main_thread_busy_share", share < 1 ? share : 1, "spans of CrRendererMain over its time");
}

/* --- the artefact --- */

static void note_spans(struct trace *t)
{
    struct artefact *a = t->a;
    if (t->mismatched + t->unopened + t->unclosed > 0)
        artefact_problem(a, "spans_unbalanced", NULL,
                         "of %llu events %llu ended a span that was not the innermost one, %llu ended none, and %llu "
                         "spans never ended; those last until the last end of their thread",
                         (unsigned long long)t->edges, (unsigned long long)t->mismatched,
                         (unsigned long long)t->unopened, (unsigned long long)t->unclosed);
    if (t->pyspy) {
        artefact_problem(a, "pyspy_chrometrace", "record with `py-spy record --format speedscope` or `--format raw`",
                         "py-spy's Chrome trace draws the stack before an idle gap over the gap: its times say neither "
                         "how long a function computed nor how long it waited");
        return;
    }
    artefact_problem(a, "instrumented_spans",
                     "for shares add accounting of the same run (time -v, perf stat, stet record)",
                     "spans are what somebody chose to mark, from beginning to end, waiting included: they are no "
                     "sample of the program's time and give no CPU share");
}

static void note_trace(struct trace *t)
{
    struct artefact *a = t->a;
    if (jscan_truncated(t->js))
        artefact_problem(a, "trace_cut_off", NULL,
                         "the trace stops in the middle: the writer was ended before it could close the file");
    if (t->late + t->untimed > 0)
        artefact_problem(a, "events_left_out", NULL,
                         "%llu events came too late to be put in order and %llu carried no usable time; they are left "
                         "out",
                         (unsigned long long)t->late, (unsigned long long)t->untimed);
    if (a->acct_count > 0)
        artefact_problem(
            a, "thread_cpu_is_a_lower_bound", "add `time -v`, or `stet record`, of the same run",
            "the CPU clock of the events covers the time between the first and the last event of each "
            "thread: start-up, pool, collector and compiler threads are missing, so the process used more");
}

static bool finish(struct trace *t)
{
    struct artefact *a = t->a;
    bool sampled = false;
    double first = NUM_UNKNOWN, last = NUM_UNKNOWN;
    if (!trace_profiles_finish(t, &sampled) || !trace_samples_finish(t, &sampled) || !trace_spans_finish(t))
        return false;
    for (uint32_t i = 0; i < t->threads.count; i++) {
        first = fmin(first, t->threads.items[i].first_us);
        last = fmax(last, t->threads.items[i].last_us);
    }
    if (last > first)
        a->span_s = (last - first) * 1e-6;
    struct builder *b = sampled ? t->samples : t->spans;
    bool spans = !sampled && builder_column_count(t->spans) > 0;
    thread_accounting(t);
    main_thread(t);
    if (t->pauses.pauses.count > 0) {
        t->pauses.first_us = first;
        t->pauses.last_us = last;
        doctor_trace_pause_facts(&t->pauses, a, "trace events V8.GC*");
    }
    if (!sampled && !spans && a->acct_count == 0)
        return err_set(t->err, ERR_EMPTY, "the trace holds no span that lasts, no CPU clock and no sampled profile");
    if ((sampled || spans) && !builder_finish(b, &a->profile, t->err))
        return false;
    if (spans)
        note_spans(t);
    note_trace(t);
    trace_async_report(&t->resources, &t->texts, a, "node.async_hooks: from made or last called until called");
    return true;
}

static void settle(struct trace *t)
{
    struct artefact *a = t->a;
    bool v8 = a->duration_source == WALL_FILE;
    a->one_thread_of_several = true;
    a->all_states = v8;
    a->event_loop = t->server;
    a->runtime = t->pyspy ? RUNTIME_PYTHON : t->node ? RUNTIME_NODE : RUNTIME_UNKNOWN;
    a->tool = t->pyspy ? SPAN("py-spy") : v8 ? SPAN("V8") : SPAN("trace events");
    a->native_visible = v8 ? TRI_NO : TRI_UNKNOWN;
    a->wait_refused = t->pyspy;
    if (!a->profile) {
        a->clock = CLOCK_ACCT;
        a->sees_wait = true; /* wall less CPU of each thread */
        if (t->opt->runtime != RUNTIME_UNKNOWN)
            a->runtime = t->opt->runtime;
        return;
    }
    a->sees_wait = a->acct_count > 0;
    import_settle(a, t->opt, CLOCK_UNKNOWN);
    if (t->pyspy)
        a->sees_wait = false;
}

static void trace_release(struct trace *t)
{
    struct sb *const texts[] = { &t->e.name, &t->e.category, &t->e.id, &t->e.value, &t->e.file, &t->e.frame };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        sb_release(texts[i]);
    for (uint32_t i = 0; i < t->threads.count; i++)
        free(t->threads.items[i].open.items);
    for (uint32_t i = 0; i < t->profiles.count; i++)
        v8_profile_free(t->profiles.items[i].v);
    v8_profile_free(t->piece);
    doctor_trace_release(&t->pauses);
    trace_async_release(&t->resources);
    struct intern *const interns[] = { &t->texts, &t->labels, &t->thread_keys, &t->process_keys };
    for (size_t i = 0; i < ARRAY_LEN(interns); i++)
        intern_release(interns[i]);
    void *const blocks[] = { t->label.items,  t->threads.items,  t->processes.items, t->begins.items,
                             t->ends.items,   t->cells.items,    t->cells.slot,      t->sampled.items,
                             t->sampled.slot, t->profiles.items, t->frames.items,    t->frame_of };
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++)
        free(blocks[i]);
    builder_free(t->spans);
    builder_free(t->samples);
    jscan_free(t->js);
}

bool trace_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct trace t = { .opt = opt, .err = err, .a = out, .last_thread = TRACE_NONE, .emitted_us = NUM_UNKNOWN };
    struct intern *const interns[] = { &t.texts, &t.labels, &t.thread_keys, &t.process_keys };
    for (size_t i = 0; i < ARRAY_LEN(interns); i++)
        intern_init(interns[i]);
    t.js = json_in_open(in, &opt->limits, err);
    t.spans = builder_new(&opt->limits);
    t.samples = builder_new(&opt->limits);
    if (opt->no_order)
        builder_order_off(t.samples);
    t.piece = v8_profile_new(opt, t.samples, t.js, err);
    t.piece->chunked = true;
    jscan_allow_open_end(t.js);
    bool ok = read_document(&t);
    if (ok && t.events == 0 && t.sampled.count == 0)
        ok = err_set(err, ERR_EMPTY, "the trace holds no event");
    ok = ok && finish(&t);
    if (ok)
        settle(&t);
    trace_release(&t);
    return ok;
}

const struct importer import_chrome_trace = {
    .name = "chrome-trace",
    .title = "Chrome trace events (Chrome, node, Electron, Hermes)",
    .proves =
        "with a sampled profile inside: as a .cpuprofile; with thread clocks (tts): CPU against wall of each thread",
    .cannot = "the CPU share of the process; what happened between spans; whether a span without a thread clock waited",
    .spec_url = "https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU",
    .extensions = "*.trace.json *.trace node_trace.*.log",
    .sniff = trace_sniff,
    .parse = trace_parse,
};
