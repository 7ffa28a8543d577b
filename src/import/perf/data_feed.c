#include "import/perf/data_feed.h"

#include <stdlib.h>

bool pdata_magic(struct span head)
{
    return span_starts(head, SPAN("PERFILE2")) || span_starts(head, SPAN("2ELIFREP")) ||
           span_starts(head, SPAN("PERFFILE")) || span_starts(head, SPAN("ELIFFREP"));
}

bool pdata_feed_open(struct pdata_feed *d, struct source *in, const struct pdata_options *options, struct err *err)
{
    *d = (struct pdata_feed){ .options = *options };
    pdata_spaces_init(&d->spaces, options->limits);
    return pdata_open(&d->file, in, options->limits, err) && pdata_features(&d->file, &d->meta, &d->spaces, err);
}

void pdata_feed_close(struct pdata_feed *d)
{
    pdata_close(&d->file);
    pdata_queue_release(&d->queue);
    pdata_spaces_release(&d->spaces);
    pdata_chain_release(d);
    pdata_unwind_free(d->unwind);
    free(d->event_names);
    sb_release(&d->text);
    sb_release(&d->symbol);
}

/* Seconds as the scanner of text reads them. */
static double seconds(uint64_t ns)
{
    const uint64_t second = 1000000000;
    return (double)(ns / second) + (double)(ns % second) / (double)second;
}

void pdata_who(struct pdata_feed *d, const struct pdata_sample *s, struct perf_record *ret)
{
    ret->pid = s->pid;
    ret->tid = s->tid;
    ret->has_pid = s->has_tid;
    ret->has_time = s->has_time;
    ret->time_ns = s->time;
    ret->time_s = seconds(s->time);
    ret->has_cpu = s->has_cpu;
    ret->cpu = s->cpu;
    ret->comm = pdata_space_comm_of(&d->spaces, s->tid);
    ret->line = d->offset;
}

static uint32_t event_name(struct pdata_feed *d, struct perf_scan *scan, uint32_t event)
{
    if (event >= d->event_name_count) {
        d->event_names = xrealloc(d->event_names, d->file.count, sizeof *d->event_names);
        for (uint32_t i = d->event_name_count; i < d->file.count; i++)
            d->event_names[i] = intern_add(&scan->names, pdata_event_name(&d->file, i));
        d->event_name_count = d->file.count;
    }
    return d->event_names[event];
}

/* The state a task is left in, as the tracepoint prints it. */
static void state_text(uint64_t state, struct sb *out)
{
    static const char letters[] = "SDTtXZPI";
    enum { NEW_OR_PREEMPTED = 0x100 };
    size_t before = out->len;
    for (unsigned i = 0; i < 8; i++) {
        if (!(state >> i & 1))
            continue;
        if (out->len > before)
            sb_addc(out, '|');
        sb_addc(out, letters[i]);
    }
    if (out->len == before)
        sb_addc(out, 'R');
    if (state & NEW_OR_PREEMPTED)
        sb_addc(out, '+');
}

static struct span raw_comm(struct span raw, uint32_t at)
{
    enum { COMM = 16 };
    struct span s = span_sub(raw, at, COMM);
    return span_sub(s, 0, span_chr(s, 0, '\0'));
}

static int64_t raw_s32(const struct pdata_file *f, struct span raw, uint32_t at)
{
    return raw.len >= at + 4ul ? pdata_s32(f, raw.ptr + at) : 0;
}

/* Fields of sched:sched_switch; the layout of 64-bit kernels where the file does not describe it. */
static void switch_text(struct pdata_feed *d, struct span raw, struct sb *out)
{
    static const struct pdata_switch_layout usual = { 8, 24, 28, 32, 40, 56, 60, 8 };
    const struct pdata_file *f = &d->file;
    const struct pdata_switch_layout *l = d->meta.layout.state_bytes ? &d->meta.layout : &usual;
    if (raw.len < l->next_pid + 4ul || raw.len < l->prev_state + 8ul)
        return;
    uint64_t state =
        l->state_bytes == 8 ? pdata_u64(f, raw.ptr + l->prev_state) : pdata_u32(f, raw.ptr + l->prev_state);
    sb_printf(out, "prev_comm=%.*s prev_pid=%lld prev_prio=%lld prev_state=", SPAN_FMT(raw_comm(raw, l->prev_comm)),
              (long long)raw_s32(f, raw, l->prev_pid), (long long)raw_s32(f, raw, l->prev_prio));
    state_text(state, out);
    sb_printf(out, " ==> next_comm=%.*s next_pid=%lld next_prio=%lld", SPAN_FMT(raw_comm(raw, l->next_comm)),
              (long long)raw_s32(f, raw, l->next_pid), (long long)raw_s32(f, raw, l->next_prio));
}

/* A sample: false in *ret_shown where it is left out. */
static bool sample(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_record *r, struct perf_record *ret,
                   bool *ret_shown, struct err *err)
{
    struct pdata_sample s;
    *ret_shown = false;
    if (!pdata_sample_read(&d->file, r, &s)) {
        *(s.event == UINT32_MAX ? &d->unknown : &d->bad) += 1;
        return true;
    }
    struct span name = pdata_event_name(&d->file, s.event);
    pdata_who(d, &s, ret);
    ret->kind = PERF_SAMPLE;
    ret->event = event_name(d, scan, s.event);
    ret->has_period = s.has_period;
    ret->period = s.period;
    /* Without a period in the samples each stands for the fixed one. */
    if (!s.has_period && !(d->file.events[s.event].flags & PDATA_FLAG_FREQ) && d->file.events[s.event].period > 0) {
        ret->has_period = true;
        ret->period = d->file.events[s.event].period;
    }
    ret->ended = true;
    ret->stacked = s.has_chain;
    ret->ip = s.ip;
    ret->text = SPAN("");
    sb_reset(&d->text);
    if (s.raw.len > 0 && span_is(name, "sched:sched_switch")) {
        switch_text(d, s.raw, &d->text);
        ret->text = sb_span(&d->text);
    }
    if (scan->wanted && !scan->wanted(scan->user, ret))
        return true;
    if (!pdata_chain(d, scan, r, &s, ret, err))
        return false;
    scan->samples++;
    d->samples++;
    *ret_shown = true;
    return true;
}

static bool replay(struct pdata_feed *d, struct perf_scan *scan, const struct pdata_record *r, struct perf_record *ret,
                   bool *ret_shown, struct err *err)
{
    *ret = (struct perf_record){ .comm = { "", 0 }, .text = { "", 0 }, .pid = -1, .tid = -1 };
    d->offset = r->offset;
    return r->type == PDATA_SAMPLE ? sample(d, scan, r, ret, ret_shown, err)
                                   : pdata_side(d, scan, r, ret, ret_shown, err);
}

/* What the recording says of itself, as comment lines. */
static void header(struct pdata_feed *d, struct perf_scan *scan)
{
    for (uint32_t i = 0; i < d->file.count; i++)
        (void)pdata_event_name(&d->file, i);
    struct sb text = { 0 };
    pdata_meta_header(&d->file, &d->meta, &text);
    struct span rest = sb_span(&text);
    struct span line;
    while (scan->header && span_line(&rest, &line))
        scan->header(scan->user, line);
    sb_release(&text);
}

/* Reads one record of the file. *ret: to be replayed at once, since it has no place in time. */
static bool read_one(struct pdata_feed *d, struct pdata_record *ret, bool *ret_now, struct err *err)
{
    bool end;
    *ret_now = false;
    if (!pdata_next(&d->file, ret, &end, err))
        return false;
    if (end) {
        d->ended = true;
        pdata_queue_end(&d->queue);
        return true;
    }
    if (ret->type == PDATA_FINISHED_ROUND) {
        pdata_queue_round(&d->queue);
        return true;
    }
    if (ret->type >= PDATA_USER_FIRST)
        return pdata_feature_record(&d->file, &d->meta, &d->spaces, ret, err);
    uint64_t time = pdata_time(&d->file, ret);
    *ret_now = time == 0 || time == UINT64_MAX;
    if (*ret_now)
        return true;
    pdata_queue_add(&d->queue, time, ret);
    if (pdata_queue_full(&d->queue))
        pdata_queue_half(&d->queue);
    return true;
}

static bool feed(void *feeder, struct perf_scan *scan, struct perf_record *ret, struct err *err)
{
    struct pdata_feed *d = feeder;
    for (;;) {
        struct pdata_record r;
        bool now = pdata_queue_pop(&d->queue, &d->file, &r);
        if (!now && d->ended) {
            if (!d->started)
                header(d, scan);
            d->started = true;
            *ret = (struct perf_record){ .kind = PERF_END };
            return true;
        }
        if (!now && !read_one(d, &r, &now, err))
            return false;
        if (!now)
            continue;
        /* In a pipe the description comes before the first record of the kernel. */
        if (!d->started)
            header(d, scan);
        d->started = true;
        bool shown;
        if (!replay(d, scan, &r, ret, &shown, err))
            return false;
        if (shown)
            return true;
    }
}

void pdata_feed_attach(struct pdata_feed *d, struct perf_scan *scan)
{
    scan->feed = feed;
    scan->feeder = d;
}
