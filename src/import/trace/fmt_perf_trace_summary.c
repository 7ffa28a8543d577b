/* The summary of perf trace -s: a table of system calls for each thread, milliseconds of wall time in them.
 *
 *    a_half (21561), 474 events, 98.8%
 *      syscall            calls  errors  total       min       avg       max       stddev
 *                                        (msec)    (msec)    (msec)    (msec)        (%)
 *      recvfrom              92      0   971.517    10.098    10.560    14.429      0.83%
 *
 * Older ones have no column of errors; the header names the columns. Waiting is what threads spent in calls that may wait;
 * no thread's life is in the file, so no share is made of it. */
#include "import/importer.h"
#include "import/numtext.h"
#include "import/trace/syscalls.h"

enum { COLUMNS_MAX = 12, NONE = -1 };

struct table {
    int count, calls, total, max; /* columns; max may be NONE */
};

struct reader {
    struct artefact *out;
    struct builder *b;
    struct call_sums sums;
    process_id process;
    thread_id thread;
    struct table table;
    bool in_thread, in_table;
    uint64_t rows, threads;
};

/* " comm (tid), N events, P%" or " total, N events": false for any other line. Comms may hold blanks and parentheses. */
static bool thread_line(struct span line, struct span *ret_comm, int64_t *ret_tid)
{
    struct span t = span_trim(line);
    size_t at = span_find(t, 0, SPAN(" events"));
    size_t comma = span_rchr(span_sub(t, 0, at), ',');
    uint64_t events;
    if (at == t.len || comma >= at || !span_to_u64(span_trim(span_sub(t, comma + 1, at - comma - 1)), &events))
        return false;
    struct span who = span_trim(span_sub(t, 0, comma));
    *ret_tid = -1;
    *ret_comm = SPAN("");
    if (span_is(who, "total"))
        return true;
    size_t open = span_rchr(who, '(');
    if (open >= who.len || who.ptr[who.len - 1] != ')' ||
        !span_to_i64(span_sub(who, open + 1, who.len - open - 2), ret_tid))
        return false;
    *ret_comm = span_trim(span_sub(who, 0, open));
    return true;
}

static bool header_line(struct span line, struct table *ret)
{
    struct span rest = line;
    struct span word;
    struct table t = { .calls = NONE, .total = NONE, .max = NONE };
    if (!span_word(&rest, &word) || !span_is(word, "syscall"))
        return false;
    for (t.count = 1; t.count < COLUMNS_MAX && span_word(&rest, &word); t.count++) {
        if (span_is(word, "calls"))
            t.calls = t.count;
        else if (span_is(word, "total"))
            t.total = t.count;
        else if (span_is(word, "max"))
            t.max = t.count;
    }
    if (t.calls == NONE || t.total == NONE)
        return false;
    *ret = t;
    return true;
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span line;
    bool summary = false;
    bool thread = false;
    while (span_line(&head, &line)) {
        struct table t;
        struct span comm;
        int64_t tid;
        if (line.len > 300)
            continue;
        summary = summary || span_find(line, 0, SPAN("Summary of events")) < line.len;
        thread = thread || thread_line(line, &comm, &tid);
        if (summary && thread && header_line(line, &t))
            return SNIFF_YES;
    }
    return summary && thread ? SNIFF_MAYBE : SNIFF_NO;
}

static bool read_row(struct reader *r, struct span line, uint64_t line_no, struct err *err)
{
    struct span words[COLUMNS_MAX];
    struct span rest = line;
    int n = 0;
    while (n < COLUMNS_MAX && span_word(&rest, &words[n]))
        n++;
    double calls;
    double ms;
    double max_ms = NUM_UNKNOWN;
    if (n < r->table.count - 1 || n <= r->table.total || !numtext_plain(words[r->table.calls], &calls, NULL) ||
        !numtext_plain(words[r->table.total], &ms, NULL) || calls < 0 || ms < 0)
        return err_at_line(err, ERR_MALFORMED, line_no,
                           "line %llu: want a call and its numbers, as the header names them, got '%.*s'",
                           (unsigned long long)line_no, SPAN_FMT(span_sub(span_trim(line), 0, 60)));
    if (r->table.max != NONE && n > r->table.max)
        (void)numtext_plain(words[r->table.max], &max_ms, NULL);
    enum syscall_kind kind = syscall_kind_of(words[0], FD_UNKNOWN);
    static const double at_once_ms = 0.1;
    bool waits = syscall_only_sleeps(kind) || !(max_ms < at_once_ms);
    struct call_total total = {
        .name = words[0], .kind = kind, .count = calls, .seconds = ms / 1e3, .waited_s = waits ? ms / 1e3 : 0
    };
    r->rows++;
    return call_sums_add(&r->sums, r->thread, &total, err);
}

static bool read_line(struct reader *r, struct span line, uint64_t line_no, struct err *err)
{
    struct span text = span_trim(line);
    struct span comm;
    int64_t tid;
    if (text.len < 300 && thread_line(text, &comm, &tid)) {
        r->in_thread = true;
        r->in_table = false;
        if (r->threads++ == 0)
            r->process = builder_process(r->b, -1, comm, SPAN(""));
        return builder_thread(r->b, r->process, tid, comm, &r->thread, err);
    }
    if (r->in_thread && header_line(text, &r->table)) {
        r->in_table = true;
        return true;
    }
    if (text.len == 0) {
        r->in_table = r->in_table && r->rows == 0;
        return true;
    }
    if (!r->in_table || text.ptr[0] == '(' || text.ptr[0] == '-')
        return true; /* units, rules, and the trace of -S before the tables */
    return read_row(r, text, line_no, err);
}

static bool settle(struct reader *r, const struct import_options *opt)
{
    struct artefact *out = r->out;
    out->tool = SPAN("perf trace");
    out->platform = SPAN("linux");
    out->clock = CLOCK_OFF;
    out->sees_wait = true;
    out->runtime = opt->runtime;
    if (num_known(opt->duration_s)) {
        out->duration_s = opt->duration_s;
        out->duration_source = WALL_DECLARED;
    }
    artefact_problem(out, "calls_only", "add time -v or stet record of the same program",
                     "the table holds wall time inside system calls, not how long the program ran or computed");
    if (r->threads > 1)
        artefact_problem(
            out, "parked_threads", "off-CPU stacks or py-spy --idle name what each thread waits for",
            "a call does not tell a parked worker from one that waits inside a task: both are in the waits");
    return true;
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct reader r = { .out = out, .b = builder_new(&opt->limits) };
    bool eof = false;
    bool ok = true;
    call_sums_open(&r.sums, r.b, CLOCK_WALL, true);
    while (ok && !eof) {
        struct span line;
        ok = source_line(in, &line, &eof, err) && (eof || read_line(&r, line, source_lines(in), err));
    }
    if (ok && r.rows == 0)
        ok = err_set(err, ERR_EMPTY, "no system call in the summary of perf trace: %llu threads without a table",
                     (unsigned long long)r.threads);
    ok = ok && builder_finish(r.b, &out->profile, err) && settle(&r, opt);
    builder_free(r.b);
    return ok;
}

const struct importer import_perf_trace_summary = {
    .name = "perf-trace-summary",
    .title = "perf trace -s: wall time in system calls, by thread",
    .proves = "how long each thread spent in each blocking call",
    .cannot = "the CPU share: neither the run's length nor its CPU time is in the tables",
    .spec_url = "https://man7.org/linux/man-pages/man1/perf-trace.1.html",
    .extensions = "*.txt",
    .sniff = sniff,
    .parse = parse,
};
