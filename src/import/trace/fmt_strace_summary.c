/* The table of strace -c (-C: behind the log; -f: all threads added). Columns are named by the header, whichever were
 * chosen with -U, and only `errors` may be blank in a row.
 *
 * 1. Seconds are system CPU time, or with -w wall time, and the header is the same. The declared clock tells which; so does a
 *    shortest call (-U min-time) of zero, since no call takes no wall time. Long sleeping calls prove nothing: without -w
 *    strace charges a call with what all threads of the process used meanwhile (a sleep of 11 ms of "CPU" was recorded).
 * 2. Undeclared, no share and no wait is made of them. Also as CPU time they are no composition: what runs between the calls
 *    is not in the table. */
#include <math.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"
#include "import/importer.h"
#include "import/numtext.h"
#include "import/trace/syscalls.h"

enum column {
    COL_PERCENT,
    COL_SECONDS,
    COL_SHORTEST,
    COL_LONGEST,
    COL_USECS,
    COL_CALLS,
    COL_ERRORS,
    COL_NAME,
    COL_COUNT
};
enum { COLUMNS_MAX = 16 };

static const char *const titles[COL_COUNT] = { "% time",     "seconds", "shortest", "longest",
                                               "usecs/call", "calls",   "errors",   "syscall" };

struct table {
    enum column columns[COLUMNS_MAX];
    uint32_t column_count;
    bool has[COL_COUNT];
};

struct call {
    str_id name; /* into names */
    double seconds, calls, shortest;
};

struct reader {
    struct artefact *out;
    struct table table;
    struct intern names;
    struct {
        struct call *items;
        size_t count, cap;
    } calls;
    double total_s; /* of the total line, NaN without one */
    uint32_t tables;
    bool inside; /* between the header and the total line */
};

/* The header's columns; false when a word is none of strace's. */
static bool header_read(struct span line, struct table *ret)
{
    struct table t = { .column_count = 0 };
    struct span rest = span_trim(line);
    while (rest.len > 0) {
        uint32_t k = 0;
        while (k < COL_COUNT && !span_starts(rest, span_of(titles[k])))
            k++;
        if (k == COL_COUNT || t.column_count == COLUMNS_MAX || t.has[k])
            return false;
        rest = span_from(rest, strlen(titles[k]));
        if (rest.len > 0 && rest.ptr[0] != ' ')
            return false;
        t.has[k] = true;
        t.columns[t.column_count++] = (enum column)k;
        rest = span_trim(rest);
    }
    if (!t.has[COL_NAME] || t.column_count < 2)
        return false;
    *ret = t;
    return true;
}

static bool is_rule(struct span line)
{
    struct span t = span_trim(line);
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] != '-' && t.ptr[i] != ' ')
            return false;
    }
    return t.len >= 2 && t.ptr[0] == '-';
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span line;
    bool header = false;
    while (span_line(&head, &line)) {
        struct table t;
        if (header && is_rule(line))
            return SNIFF_YES;
        header = line.len < 300 && span_find(line, 0, SPAN("syscall")) < line.len && header_read(line, &t);
    }
    return SNIFF_NO;
}

static bool malformed(const char *want, struct span line, uint64_t line_no, struct err *err)
{
    return err_at_line(err, ERR_MALFORMED, line_no, "line %llu: want %s, got '%.*s'", (unsigned long long)line_no, want,
                       SPAN_FMT(span_sub(span_trim(line), 0, 60)));
}

/* Words of a line by the table's columns; a blank `errors` shifts nothing but itself. ret[k].len is 0 where blank. */
static bool row_words(const struct table *t, struct span line, struct span ret[COL_COUNT])
{
    struct span words[COLUMNS_MAX];
    struct span rest = line;
    uint32_t n = 0;
    for (int k = 0; k < COL_COUNT; k++)
        ret[k] = SPAN("");
    while (n < COLUMNS_MAX && span_word(&rest, &words[n]))
        n++;
    if (n == COLUMNS_MAX || n > t->column_count || n + t->has[COL_ERRORS] < t->column_count)
        return false;
    bool blank = n < t->column_count;
    for (uint32_t c = 0, w = 0; c < t->column_count; c++) {
        if (!blank || t->columns[c] != COL_ERRORS)
            ret[t->columns[c]] = words[w++];
    }
    return true;
}

static bool number(const struct table *t, const struct span words[COL_COUNT], enum column k, double *ret)
{
    *ret = NUM_UNKNOWN;
    return !t->has[k] || (numtext_plain(words[k], ret, NULL) && *ret >= 0);
}

static bool is_total(struct span line)
{
    struct span rest = line;
    struct span first;
    return span_ends(line, SPAN(" total")) || (span_word(&rest, &first) && span_is(first, "total"));
}

/* "100.00    0.591773        3630       163         2 total": older ones leave usecs/call blank, too. */
static void read_total(struct reader *r, struct span line)
{
    struct span words[COL_COUNT];
    struct span rest = line;
    struct span word;
    if (row_words(&r->table, line, words)) {
        (void)number(&r->table, words, COL_SECONDS, &r->total_s);
        return;
    }
    for (uint32_t c = 0; c < r->table.column_count && span_word(&rest, &word); c++) {
        if (r->table.columns[c] == COL_SECONDS)
            (void)numtext_plain(word, &r->total_s, NULL);
    }
}

static bool read_row(struct reader *r, const struct import_options *opt, struct span line, uint64_t line_no,
                     struct err *err)
{
    struct span words[COL_COUNT];
    struct call call;
    double skip;
    if (!row_words(&r->table, line, words))
        return malformed("one value for each column of the table's header", line, line_no, err);
    if (!number(&r->table, words, COL_SECONDS, &call.seconds) || !number(&r->table, words, COL_CALLS, &call.calls) ||
        !number(&r->table, words, COL_SHORTEST, &call.shortest) || !number(&r->table, words, COL_PERCENT, &skip))
        return malformed("numbers before the name of the call", line, line_no, err);
    if (r->names.bytes_len > opt->limits.string_bytes || r->calls.count >= opt->limits.frames)
        return err_at_line(err, ERR_LIMIT, line_no, "line %llu: more than %llu calls in the table (limit frames)",
                           (unsigned long long)line_no, (unsigned long long)opt->limits.frames);
    call.name.ix = intern_add(&r->names, words[COL_NAME]);
    VEC_PUSH(&r->calls, call);
    return true;
}

static bool read_line(struct reader *r, const struct import_options *opt, struct span line, uint64_t line_no,
                      struct err *err)
{
    struct table t;
    struct span text = span_trim(line);
    if (text.len == 0 || is_rule(line))
        return true;
    if (text.len < 300 && header_read(text, &t)) {
        r->tables++;
        r->inside = r->tables == 1;
        if (r->tables == 1)
            r->table = t;
        return r->tables > 1 || t.has[COL_SECONDS] ||
               malformed("the column `seconds` in the table", line, line_no, err);
    }
    if (!r->inside)
        return true; /* what the program printed, the log of -C, or a second table */
    if (is_total(text)) {
        r->inside = false;
        read_total(r, text);
        return true;
    }
    return read_row(r, opt, text, line_no, err);
}

/* As declared; CPU where a call took no time. */
static enum clock_kind clock_of(const struct reader *r, const struct import_options *opt)
{
    if (opt->clock_given && opt->clock != CLOCK_UNKNOWN)
        return opt->clock == CLOCK_CPU ? CLOCK_CPU : CLOCK_WALL;
    for (size_t i = 0; i < r->calls.count; i++) {
        if (r->calls.items[i].shortest <= 0)
            return CLOCK_CPU;
    }
    return CLOCK_UNKNOWN;
}

static void note_unknown(const struct reader *r)
{
    const struct call *most = &r->calls.items[0];
    for (size_t i = 1; i < r->calls.count; i++)
        most = r->calls.items[i].seconds > most->seconds ? &r->calls.items[i] : most;
    struct sb hint = { 0 };
    if (most->calls > 0 && most->seconds / most->calls >= 1e-3)
        sb_printf(&hint, "; %.*s took %.3g ms a call, which looks like -w but is no proof",
                  SPAN_FMT(intern_get(&r->names, most->name.ix)), most->seconds / most->calls * 1e3);
    artefact_problem(r->out, "strace_clock_unknown",
                     "say --clock wall if strace was run with -w and --clock cpu if not; best record again with strace "
                     "-f -T -ttt -o calls.log, which tells by itself",
                     "the seconds of strace -c are system CPU time, or wall time with -w, and the table does not say "
                     "which: no waiting is read from it%s",
                     sb_cstr(&hint));
    sb_release(&hint);
}

static void notes(const struct reader *r, enum clock_kind clock)
{
    double calls = 0;
    double sum = 0;
    for (size_t i = 0; i < r->calls.count; i++) {
        calls += num_known(r->calls.items[i].calls) ? r->calls.items[i].calls : 0;
        sum += r->calls.items[i].seconds;
    }
    if (clock == CLOCK_UNKNOWN)
        note_unknown(r);
    if (clock == CLOCK_CPU)
        artefact_problem(
            r->out, "calls_only", "add a profile for the CPU time and time -v for the wall time",
            "system CPU time inside system calls: neither the program's own code nor its waiting is in it");
    if (clock == CLOCK_WALL) {
        artefact_problem(r->out, "threads_added", "strace -f -T -ttt -o calls.log tells threads and waits apart",
                         "the times of all threads are added up, those of parked threads as well: they can exceed the "
                         "wall time and are no share of it");
        artefact_problem(r->out, "tracing_slows", "take the shares from stet record or time -v of a run without strace",
                         "strace stops the program at each of %.0f calls: the times hold that, too", calls);
    }
    if (r->tables > 1)
        artefact_problem(r->out, "several_tables", "send one table a file",
                         "the file holds %u tables of strace -c; the first one was read", r->tables);
    if (!num_known(r->total_s))
        artefact_problem(r->out, "table_cut", "send the whole table",
                         "the total line is missing: the table is cut off");
    else if (fabs(r->total_s - sum) > 1e-6 * (double)(r->calls.count + 1))
        artefact_problem(r->out, "table_incomplete", "send the whole table",
                         "the rows add up to %.6f s and the total line says %.6f s: rows are missing", sum, r->total_s);
}

static bool settle(struct reader *r, const struct import_options *opt, struct err *err)
{
    enum clock_kind clock = clock_of(r, opt);
    struct builder *b = builder_new(&opt->limits);
    struct call_sums sums;
    call_sums_open(&sums, b, clock, clock == CLOCK_WALL);
    thread_id thread;
    bool ok = builder_thread(b, builder_process(b, -1, SPAN(""), SPAN("")), -1, SPAN(""), &thread, err);
    for (size_t i = 0; ok && i < r->calls.count; i++) {
        const struct call *c = &r->calls.items[i];
        struct span name = intern_get(&r->names, c->name.ix);
        struct call_total total = { .name = name,
                                    .kind = syscall_kind_of(name, FD_UNKNOWN),
                                    .count = num_known(c->calls) ? c->calls : 0,
                                    .seconds = c->seconds,
                                    .waited_s = c->seconds };
        ok = call_sums_add(&sums, thread, &total, err);
    }
    ok = ok && builder_finish(b, &r->out->profile, err);
    builder_free(b);
    if (!ok)
        return false;
    r->out->tool = SPAN("strace");
    r->out->platform = SPAN("linux");
    r->out->runtime = opt->runtime;
    r->out->clock = clock == CLOCK_WALL ? CLOCK_OFF : clock;
    r->out->clock_declared = opt->clock_given;
    r->out->sees_wait = clock == CLOCK_WALL;
    if (num_known(opt->duration_s)) {
        r->out->duration_s = opt->duration_s;
        r->out->duration_source = WALL_DECLARED;
    }
    notes(r, clock);
    return true;
}

static bool read_all(struct reader *r, struct source *in, const struct import_options *opt, struct err *err)
{
    for (;;) {
        struct span line;
        bool eof;
        if (!source_line(in, &line, &eof, err))
            return false;
        if (eof)
            break;
        if (!read_line(r, opt, line, source_lines(in), err))
            return false;
    }
    if (r->tables == 0)
        return err_set(err, ERR_MALFORMED,
                       "no table of strace -c in %llu lines: want a header `%% time seconds ... "
                       "syscall`",
                       (unsigned long long)source_lines(in));
    if (r->calls.count == 0)
        return err_set(err, ERR_EMPTY, "the table of strace -c has no row: no system call was counted");
    return settle(r, opt, err);
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct reader r = { .out = out, .total_s = NUM_UNKNOWN };
    intern_init(&r.names);
    bool ok = read_all(&r, in, opt, err);
    intern_release(&r.names);
    free(r.calls.items);
    return ok;
}

const struct importer import_strace_summary = {
    .name = "strace-summary",
    .title = "strace -c: system calls counted and timed",
    .proves = "with -w (--clock wall): the seconds that all threads together spent in each blocking call",
    .cannot = "CPU against wall time; by default its seconds are system CPU time, in which waiting does not show",
    .spec_url = "https://man7.org/linux/man-pages/man1/strace.1.html",
    .extensions = "*.txt *.strace",
    .sniff = sniff,
    .parse = parse,
};
