/* Output of time(1) and of the shells' time: GNU -v and default, POSIX -p, bash, zsh, csh, macOS.
 * GNU time cuts each field to its last place, others round: the interval of each number holds both. The integer percent is
 * never used. */
#include <math.h>

#include "import/cmdline.h"
#include "import/importer.h"
#include "import/numtext.h"

enum time_form { FORM_NONE, FORM_GNU_V, FORM_GNU, FORM_POSIX, FORM_BASH, FORM_ZSH, FORM_CSH, FORM_MACOS, FORM_TIMES };

/* A printed time: value, and the width of its last place. */
struct field {
    double s, place;
};
#define FIELD_NONE ((struct field){ NUM_UNKNOWN, 0 })

struct report {
    enum time_form form;
    struct field real, user, sys;
    double rss_bytes, voluntary, involuntary;
    int64_t status; /* of the command; 0 when not said */
    int64_t signal;
    struct span command;
    uint32_t reports;
    uint32_t pairs; /* lines of the shells' times so far */
};

static bool field_clock(struct span text, struct field *ret)
{
    double v;
    double half;
    if (!numtext_clock(text, &v, &half))
        return false;
    *ret = (struct field){ v, 2 * half };
    return true;
}

/* Number directly before the word `unit` inside a word: "0.51user". */
static bool field_glued(struct span word, const char *unit, struct field *ret)
{
    struct span u = span_of(unit);
    return word.len > u.len && span_ends(word, u) && field_clock(span_sub(word, 0, word.len - u.len), ret);
}

/* "0.51user 0.00system 0:01.00elapsed 51%CPU (...)k" */
static bool line_gnu(struct span line, struct report *r)
{
    struct span words = line;
    struct span w[4];
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        if (!span_word(&words, &w[i]))
            return false;
    }
    return field_glued(w[0], "user", &r->user) && field_glued(w[1], "system", &r->sys) &&
           field_glued(w[2], "elapsed", &r->real) && span_ends(w[3], SPAN("CPU"));
}

/* "cmd  0.51s user 0.00s system 51% cpu 1.004 total" */
static bool line_zsh(struct span line, struct report *r)
{
    static const char *const mark = " user ";
    size_t at = span_find(line, 0, span_of(mark));
    if (at == line.len || !span_ends(line, SPAN(" total")))
        return false;
    struct span before = span_sub(line, 0, at);
    struct span command;
    struct span user;
    if (!span_rsplit(before, ' ', &command, &user)) {
        command = SPAN("");
        user = before;
    }
    struct span words = span_from(line, at + 6);
    struct span w[6];
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        if (!span_word(&words, &w[i]))
            return false;
    }
    if (!span_is(w[1], "system") || !span_is(w[3], "cpu") || !field_clock(user, &r->user) ||
        !field_clock(w[0], &r->sys) || !field_clock(w[4], &r->real))
        return false;
    r->command = span_trim(command);
    return true;
}

/* "0.510u 0.000s 0:01.00 51.0%	0+0k 0+8io 0pf+0w" */
static bool line_csh(struct span line, struct report *r)
{
    struct span words = line;
    struct span w[4];
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        if (!span_word(&words, &w[i]))
            return false;
    }
    return span_ends(w[3], SPAN("%")) && field_glued(w[0], "u", &r->user) && w[1].len > 1 &&
           span_ends(w[1], SPAN("s")) && field_clock(w[1], &r->sys) && span_chr(w[2], 0, ':') < w[2].len &&
           field_clock(w[2], &r->real);
}

/* "        1.00 real         0.51 user         0.00 sys" */
static bool line_macos(struct span line, struct report *r)
{
    struct span words = line;
    struct span w[6];
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        if (!span_word(&words, &w[i]))
            return false;
    }
    return span_is(w[1], "real") && span_is(w[3], "user") && span_is(w[5], "sys") && field_clock(w[0], &r->real) &&
           field_clock(w[2], &r->user) && field_clock(w[4], &r->sys);
}

/* "real 1.00" (POSIX) or "real\t0m1.007s" (bash, ksh): one of three lines. */
static enum time_form line_three(struct span line, struct report *r)
{
    struct span words = line;
    struct span key;
    struct span value;
    struct span more;
    if (!span_word(&words, &key) || !span_word(&words, &value) || span_word(&words, &more))
        return FORM_NONE;
    struct field f;
    if (!field_clock(value, &f))
        return FORM_NONE;
    if (span_is(key, "real"))
        r->real = f;
    else if (span_is(key, "user"))
        r->user = f;
    else if (span_is(key, "sys"))
        r->sys = f;
    else
        return FORM_NONE;
    return span_chr(value, 0, 'm') < value.len || span_ends(value, SPAN("s")) ? FORM_BASH : FORM_POSIX;
}

/* The shells' `times`: user and system of the shell, then those of its children: "0m0.790000s 0m0.190000s". */
static bool line_times(struct span line, struct report *r)
{
    struct span words = line;
    struct span user;
    struct span sys;
    struct span more;
    struct field u;
    struct field s;
    if (!span_word(&words, &user) || !span_word(&words, &sys) || span_word(&words, &more) ||
        span_chr(user, 0, 'm') == user.len || span_chr(sys, 0, 'm') == sys.len || !field_clock(user, &u) ||
        !field_clock(sys, &s))
        return false;
    if (++r->pairs == 2) {
        r->user = u;
        r->sys = s;
    }
    return true;
}

static bool starts_key(struct span line, const char *key, struct span *ret_value)
{
    struct span k = span_of(key);
    if (!span_starts(line, k))
        return false;
    /* The key of the elapsed time holds colons: the value is behind the last ": ". */
    struct span rest = span_from(line, k.len);
    size_t at = span_find(rest, 0, SPAN(": "));
    for (size_t next; (next = span_find(rest, at + 1, SPAN(": "))) < rest.len;)
        at = next;
    *ret_value = span_trim(span_from(rest, at < rest.len ? at + 2 : rest.len));
    return true;
}

static void number(struct span v, double scale, double *ret)
{
    double x;
    if (span_to_double(v, &x) && x >= 0)
        *ret = x * scale;
}

static bool line_gnu_v(struct span line, struct report *r)
{
    struct span t = span_trim(line);
    struct span v;
    if (span_starts(t, SPAN("Command being timed: "))) {
        v = span_from(t, 21);
        if (v.len >= 2 && v.ptr[0] == '"' && v.ptr[v.len - 1] == '"')
            v = span_sub(v, 1, v.len - 2);
        r->command = v;
    } else if (starts_key(t, "User time (seconds)", &v)) {
        return field_clock(v, &r->user);
    } else if (starts_key(t, "System time (seconds)", &v)) {
        return field_clock(v, &r->sys);
    } else if (starts_key(t, "Elapsed (wall clock) time", &v)) {
        return field_clock(v, &r->real);
    } else if (starts_key(t, "Maximum resident set size (kbytes)", &v)) {
        number(v, 1024, &r->rss_bytes);
    } else if (starts_key(t, "Voluntary context switches", &v)) {
        number(v, 1, &r->voluntary);
    } else if (starts_key(t, "Involuntary context switches", &v)) {
        number(v, 1, &r->involuntary);
    }
    return true;
}

/* "Command exited with non-zero status 3", "Command terminated by signal 9" and -v's "Exit status: 3". */
static void line_status(struct span line, struct report *r)
{
    struct span t = span_trim(line);
    struct span v;
    int64_t n;
    if (span_starts(t, SPAN("Command exited with non-zero status ")) && span_to_i64(span_from(t, 36), &n))
        r->status = n;
    else if (span_starts(t, SPAN("Command terminated by signal ")) && span_to_i64(span_from(t, 29), &n))
        r->signal = n;
    else if (starts_key(t, "Exit status", &v) && span_to_i64(v, &n))
        r->status = n;
}

static void line_macos_l(struct span line, struct report *r)
{
    struct span words = span_trim(line);
    struct span value;
    if (!span_word(&words, &value))
        return;
    struct span what = span_trim(words);
    if (span_is(what, "maximum resident set size"))
        number(value, 1, &r->rss_bytes);
    else if (span_is(what, "voluntary context switches"))
        number(value, 1, &r->voluntary);
    else if (span_is(what, "involuntary context switches"))
        number(value, 1, &r->involuntary);
}

static struct report report_none(void)
{
    return (struct report){ .real = FIELD_NONE,
                            .user = FIELD_NONE,
                            .sys = FIELD_NONE,
                            .rss_bytes = NUM_UNKNOWN,
                            .voluntary = NUM_UNKNOWN,
                            .involuntary = NUM_UNKNOWN,
                            .command = { "", 0 } };
}

static bool complete(const struct report *r)
{
    return (num_known(r->real.s) || r->form == FORM_TIMES) && num_known(r->user.s) && num_known(r->sys.s);
}

/* One whole report on one line. */
static enum time_form line_single(struct span line, struct report *r)
{
    struct span t = span_trim(line);
    if (line_gnu(t, r))
        return FORM_GNU;
    if (line_zsh(t, r))
        return FORM_ZSH;
    if (line_macos(t, r))
        return FORM_MACOS;
    return line_csh(t, r) ? FORM_CSH : FORM_NONE;
}

/* Feeds one line; false on a field of -v that is no time. */
static bool feed(struct report *r, struct span line)
{
    struct report next = report_none();
    bool head = span_starts(span_trim(line), SPAN("Command being timed: "));
    enum time_form single = line_single(line, &next);
    if (head || single != FORM_NONE) {
        r->reports++;
        if (complete(r) || r->form == FORM_GNU_V)
            return true; /* the first report stands */
        next.form = head ? FORM_GNU_V : single;
        next.reports = r->reports;
        next.status = r->status;
        next.signal = r->signal;
        *r = next;
        return head ? line_gnu_v(line, r) : true;
    }
    if (r->form == FORM_GNU_V && r->reports == 1) {
        line_status(line, r);
        return line_gnu_v(line, r);
    }
    if (r->form == FORM_MACOS)
        line_macos_l(line, r);
    if (r->form == FORM_NONE && line_times(line, r)) {
        r->form = r->pairs == 2 ? FORM_TIMES : FORM_NONE;
        return true;
    }
    enum time_form three = complete(r) ? FORM_NONE : line_three(line, r);
    if (three != FORM_NONE && (r->form == FORM_NONE || r->form == FORM_POSIX))
        r->form = three;
    if (r->reports == 0)
        line_status(line, r);
    return true;
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (span_find(head, 0, SPAN("Command being timed: ")) < head.len &&
        span_find(head, 0, SPAN("Elapsed (wall clock) time")) < head.len)
        return SNIFF_YES;
    struct report r = report_none();
    struct span line;
    uint64_t lines = 0;
    while (span_line(&head, &line) && lines++ < 400) {
        struct report one = report_none();
        if (line.len < 200 && line_single(line, &one) != FORM_NONE)
            return SNIFF_YES;
        if (line.len < 60 && line_three(line, &r) != FORM_NONE && complete(&r))
            return SNIFF_YES;
        if (line.len < 60 && line_times(line, &r) && r.pairs == 2)
            return SNIFF_YES;
    }
    return SNIFF_NO;
}

/* GNU time cuts, bash cuts, others round: what the true value may be. */
static double low(const struct report *r, struct field f)
{
    bool cut = r->form == FORM_GNU_V || r->form == FORM_GNU || r->form == FORM_BASH;
    return fmax(0, f.s - (cut ? 0 : f.place / 2));
}

static double high(struct field f)
{
    return f.s + f.place;
}

static void settle(const struct report *r, struct artefact *out)
{
    struct accounting *c = artefact_acct(out);
    out->clock = CLOCK_ACCT;
    out->tool = SPAN("time");
    out->one_job = true;
    if (r->form == FORM_MACOS)
        out->platform = SPAN("darwin");
    c->scope = ACCT_TREE;
    c->whole_life = true;
    c->source = SPAN("time, user + system");
    c->user_s = r->user.s;
    c->sys_s = r->sys.s;
    c->cpu_s = r->user.s + r->sys.s;
    c->cpu_lo_s = low(r, r->user) + low(r, r->sys);
    c->cpu_hi_s = high(r->user) + high(r->sys);
    if (num_known(r->real.s)) {
        c->wall_s = r->real.s;
        c->wall_lo_s = low(r, r->real);
        c->wall_hi_s = high(r->real);
    } else {
        artefact_problem(out, "no_wall", "run the command under time, which prints the elapsed time as well",
                         "the shell's times gives CPU time without wall time");
    }
    c->voluntary = r->voluntary;
    c->involuntary = r->involuntary;
    c->rss_max_bytes = r->rss_bytes;
    struct recorder_options recorder;
    out->command = artefact_text(out, r->command);
    if (cmdline_recorder(r->command, &recorder)) {
        out->recorder = out->command;
        out->command = artefact_text(out, recorder.program);
        artefact_problem(out, "accounting_includes_recorder", "run time around the program alone",
                         "the timed command is %.*s: its own CPU is in these numbers", SPAN_FMT(recorder.tool));
    }
    c->command = out->command;
    out->runtime = cmdline_runtime(out->command);
    if (r->signal != 0)
        artefact_problem(out, "command_killed", "measure a run that ends by itself",
                         "the timed command was ended by signal %lld", (long long)r->signal);
    else if (r->status != 0)
        artefact_problem(out, "command_failed", "measure a run that succeeds",
                         "the timed command ended with status %lld", (long long)r->status);
    if (r->reports > 1)
        artefact_problem(out, "several_reports", "send one report a file",
                         "the file holds %u reports of time; the first one was read", r->reports);
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    (void)opt;
    struct report r = report_none();
    for (;;) {
        struct span line;
        bool eof;
        if (!source_line(in, &line, &eof, err))
            return false;
        if (eof)
            break;
        bool had_command = r.command.len > 0;
        if (!feed(&r, line))
            return err_at_line(err, ERR_MALFORMED, source_lines(in), "line %llu: want a time behind ': ', got '%.*s'",
                               (unsigned long long)source_lines(in), SPAN_FMT(span_sub(span_trim(line), 0, 80)));
        if (!had_command && r.command.len > 0)
            r.command = artefact_text(out, r.command);
    }
    if (!complete(&r))
        return err_at_line(err, ERR_MALFORMED, source_lines(in), "no complete report of time in %llu lines: want %s",
                           (unsigned long long)source_lines(in),
                           !num_known(r.real.s) ? "the elapsed time" : "user and system time");
    if (num_known(r.real.s) && r.real.s <= 0 && r.user.s + r.sys.s <= 0)
        artefact_problem(out, "too_short", "measure a longer run, or use hyperfine",
                         "the command ended within the resolution of time");
    settle(&r, out);
    return true;
}

const struct importer import_time = {
    .name = "time",
    .title = "time (GNU -v and default, POSIX -p, bash, zsh, csh, macOS) and the shells' times",
    .proves = "CPU seconds and wall seconds of a command and the children it waited for",
    .cannot = "where the CPU went, and what was waited for",
    .spec_url = "https://man7.org/linux/man-pages/man1/time.1.html",
    .extensions = "*.txt *.time",
    .sniff = sniff,
    .parse = parse,
};
