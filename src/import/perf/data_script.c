#include "import/perf/data_script.h"

#include <stdlib.h>

struct writer {
    struct perf_scan scan;
    struct pdata_feed feed;
    struct intern lines; /* distinct frame lines, by their ids */
    struct sb line;
    struct sb out;
    pdata_write_fn write;
    void *user;
    size_t event_width; /* of the longest name */
};

enum { FLUSH = 1 << 18 };

static bool resolve(void *user, struct perf_scan *scan, struct span symbol, struct span dso, struct span address,
                    struct err *err)
{
    struct writer *w = user;
    (void)err;
    sb_reset(&w->line);
    enum { ADDRESS_WIDTH = 16 };
    sb_fill(&w->line, ' ', address.len < ADDRESS_WIDTH ? ADDRESS_WIDTH - address.len : 0);
    sb_printf(&w->line, "%.*s %.*s (%.*s)", SPAN_FMT(address), SPAN_FMT(symbol), SPAN_FMT(dso));
    for (size_t i = 0; i < w->line.len; i++) {
        if (w->line.ptr[i] == '\n' || w->line.ptr[i] == '\r')
            w->line.ptr[i] = '?';
    }
    perf_scan_push(scan, intern_add(&w->lines, sb_span(&w->line)));
    return true;
}

static void header(void *user, struct span line)
{
    struct writer *w = user;
    sb_add(&w->out, line);
    sb_addc(&w->out, '\n');
}

/* comm pid/tid [cpu] seconds: */
static void write_who(struct writer *w, const struct perf_record *r)
{
    struct sb *out = &w->out;
    enum { COMM_WIDTH = 16 };
    if (r->kind == PERF_SAMPLE && !r->stacked && r->comm.len < COMM_WIDTH)
        sb_fill(out, ' ', COMM_WIDTH - r->comm.len);
    size_t from = out->len;
    sb_add(out, r->comm.len > 0 ? r->comm : SPAN(":-1"));
    for (size_t i = from; i < out->len; i++) {
        if (out->ptr[i] == '\n' || out->ptr[i] == '\r')
            out->ptr[i] = '?';
    }
    if (r->has_pid)
        sb_printf(out, " %5lld/%-5lld ", (long long)r->pid, (long long)r->tid);
    else
        sb_adds(out, "    -1/-1    ");
    if (r->has_cpu)
        sb_printf(out, "[%03u] ", r->cpu);
    const uint64_t second = 1000000000;
    if (r->has_time)
        sb_printf(out, "%5llu.%09llu: ", (unsigned long long)(r->time_ns / second),
                  (unsigned long long)(r->time_ns % second));
}

static void write_sample(struct writer *w, const struct perf_record *r)
{
    struct sb *out = &w->out;
    write_who(w, r);
    if (r->has_period)
        sb_printf(out, "%10llu ", (unsigned long long)r->period);
    struct span name = intern_get(&w->scan.names, r->event);
    sb_fill(out, ' ', name.len < w->event_width ? w->event_width - name.len : 0);
    sb_printf(out, "%.*s: ", SPAN_FMT(name));
    sb_add(out, r->text);
    if (!r->stacked && r->text.len == 0) {
        /* Here perf shows the address as it was sampled, not that in the file. */
        if (r->frame_count > 0) {
            struct span line = intern_get(&w->lines, r->frames[0]);
            struct span rest = span_trim(line);
            sb_printf(out, "%16llx%.*s", (unsigned long long)r->ip, SPAN_FMT(span_from(rest, span_chr(rest, 0, ' '))));
        }
        sb_addc(out, '\n');
        return;
    }
    sb_addc(out, '\n');
    for (size_t i = 0; i < r->frame_count; i++) {
        sb_addc(out, '\t');
        sb_add(out, intern_get(&w->lines, r->frames[i]));
        sb_addc(out, '\n');
    }
    sb_addc(out, '\n');
}

static void write_side(struct writer *w, const struct perf_record *r)
{
    write_who(w, r);
    struct span name = intern_get(&w->scan.names, r->event);
    bool joined = r->text.len > 0 && (r->text.ptr[0] == '(' || r->text.ptr[0] == ':');
    sb_printf(&w->out, "%.*s%s%.*s\n", SPAN_FMT(name), joined ? "" : " ", SPAN_FMT(r->text));
}

static bool flush(struct writer *w, struct err *err)
{
    bool ok = w->out.len == 0 || w->write(w->user, sb_span(&w->out), err);
    sb_reset(&w->out);
    return ok;
}

static void measure(struct writer *w)
{
    for (uint32_t i = 0; i < w->feed.file.count; i++) {
        size_t n = pdata_event_name(&w->feed.file, i).len;
        w->event_width = n > w->event_width ? n : w->event_width;
    }
}

static bool write_all(struct writer *w, struct err *err)
{
    uint64_t records = 0;
    sb_adds(&w->out, "# ========\n");
    for (;; records++) {
        struct perf_record r;
        if (!perf_scan_next(&w->scan, &r, err))
            return false;
        if (records == 0) {
            sb_adds(&w->out, "# ========\n#\n");
            measure(w);
        }
        if (r.kind == PERF_END)
            break;
        if (r.kind == PERF_SAMPLE)
            write_sample(w, &r);
        else
            write_side(w, &r);
        if (w->out.len >= FLUSH && !flush(w, err))
            return false;
    }
    return flush(w, err);
}

bool pdata_script(struct source *in, const struct pdata_options *options, pdata_write_fn write, void *user,
                  struct err *err)
{
    struct writer w = { .write = write, .user = user };
    intern_init(&w.lines);
    perf_scan_init(&w.scan, NULL, options->limits->stacks);
    w.scan.user = &w;
    w.scan.resolve = resolve;
    w.scan.header = header;
    bool ok = pdata_feed_open(&w.feed, in, options, err);
    pdata_feed_attach(&w.feed, &w.scan);
    ok = ok && write_all(&w, err);
    pdata_feed_close(&w.feed);
    perf_scan_release(&w.scan);
    intern_release(&w.lines);
    sb_release(&w.line);
    sb_release(&w.out);
    return ok;
}
