/* perf stat: totals of one command, process or machine as text, CSV (-x) or JSON lines (-j).
 * The reader of a line fills one struct counter; perf_stat_add and perf_stat_settle give it a meaning. */
#include "import/perf/perf_stat.h"

#include "base/json.h"
#include "import/cmdline.h"
#include "import/numtext.h"

struct reader {
    struct perf_stat_totals t;
    struct artefact *out;
    bool in_report; /* text: behind "Performance counter stats for" */
    bool interval;  /* text: header of -I was seen */
    uint32_t reports;
    char sep; /* CSV; 0 = not CSV */
};

static bool is_not(struct span word)
{
    return span_starts(word, SPAN("<not "));
}

static bool value_of(struct span word, struct counter *c)
{
    if (is_not(word)) {
        c->state = span_starts(word, SPAN("<not counted")) ? COUNTER_NOT_COUNTED : COUNTER_NOT_SUPPORTED;
        return true;
    }
    c->state = COUNTER_VALUE;
    return numtext_plain(word, &c->value, &c->half) && c->value >= 0;
}

static bool is_unit(struct span f)
{
    for (size_t i = 0; i < f.len; i++) {
        char c = f.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%' || c == '/'))
            return false;
    }
    return f.len <= 12;
}

static bool is_event(struct span f)
{
    return f.len > 1 && f.ptr[f.len - 1] != '%' &&
           ((f.ptr[0] >= 'a' && f.ptr[0] <= 'z') || (f.ptr[0] >= 'A' && f.ptr[0] <= 'Z') || f.ptr[0] == '{');
}

enum { CSV_FIELDS = 24 };

/* Fields of one line; the value is the first that a unit and an event name follow (-I, -A, --per-core and
 * --per-thread put columns before it). */
static bool csv_line(struct span line, char sep, struct counter *c)
{
    struct span f[CSV_FIELDS];
    size_t n = 0;
    struct span head;
    while (n < CSV_FIELDS - 1 && span_split(line, sep, &head, &line))
        f[n++] = span_trim(head);
    f[n++] = span_trim(line);
    for (size_t i = 0; i + 2 < n; i++) {
        *c = COUNTER_INIT;
        if (!value_of(f[i], c) || !is_unit(f[i + 1]) || !is_event(f[i + 2]))
            continue;
        c->unit = f[i + 1];
        c->event = f[i + 2];
        double stamp;
        size_t key = 0;
        if (i > 0 && span_chr(f[0], 0, '.') < f[0].len && numtext_plain(f[0], &stamp, NULL)) {
            c->stamp_s = stamp;
            key = 1;
        }
        if (key < i)
            c->key = f[key];
        size_t at = i + 3;
        if (at < n && f[at].len > 1 && f[at].ptr[f[at].len - 1] == '%')
            (void)numtext_plain(span_sub(f[at], 0, f[at].len - 1), &c->spread_percent, NULL), at++;
        if (at + 3 < n) {
            (void)numtext_plain(f[at + 2], &c->metric, &c->metric_half);
            c->metric_unit = f[at + 3];
        }
        return true;
    }
    return false;
}

static bool text_is_value(struct span word)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        bool byte = (c >= '0' && c <= '9') || c == '.' || c == ',' || c == '\'' || (unsigned char)c >= 0x80;
        if (!byte)
            return false;
    }
    return word.len > 0 && word.ptr[0] >= '0' && word.ptr[0] <= '9';
}

/* Three digits, perhaps with a decimal mark behind them: the continuation of a number grouped by blanks. */
static bool text_is_group(struct span word)
{
    return text_is_value(word) && word.len >= 3 && (word.len == 3 || word.ptr[3] == ',' || word.ptr[3] == '.') &&
           word.ptr[1] >= '0' && word.ptr[1] <= '9' && word.ptr[2] >= '0' && word.ptr[2] <= '9';
}

/* "( +-  0.32% )" anywhere in the tail of a line. */
static void text_spread(struct span tail, double *ret_percent)
{
    size_t at = span_find(tail, 0, SPAN("+-"));
    size_t end = span_chr(tail, at, '%');
    if (end < tail.len)
        (void)numtext_plain(span_trim(span_sub(tail, at + 2, end - at - 2)), ret_percent, NULL);
}

/* The number at the front of the words: value, or several words of a number grouped by blanks. */
static bool text_value(struct span *left, struct counter *c)
{
    struct span word;
    struct span rest = *left;
    if (!span_word(&rest, &word))
        return false;
    if (span_is(word, "<not")) {
        struct span second;
        if (!span_word(&rest, &second) ||
            !value_of(span_make(word.ptr, (size_t)(second.ptr + second.len - word.ptr)), c))
            return false;
        *left = rest;
        return true;
    }
    if (!text_is_value(word))
        return false;
    const char *end = word.ptr + word.len;
    struct span next = rest;
    while (span_word(&next, &word) && text_is_group(word) && word.ptr == end + 1) {
        end = word.ptr + word.len;
        rest = next;
    }
    const char *begin = span_trim(*left).ptr;
    c->state = COUNTER_VALUE;
    *left = rest;
    return numtext_grouped(span_make(begin, (size_t)(end - begin)), &c->value, &c->half);
}

static bool looks_like_core(struct span word)
{
    return word.len > 1 && (word.ptr[0] == 'S' || word.ptr[0] == 'N') && word.ptr[1] >= '0' && word.ptr[1] <= '9';
}

/* `<value> [unit] <event> [(unit)] [# metric] [( +- x% )]`, with a time stamp (-I) or a thread, CPU or core before it. */
static bool text_line(struct span line, bool interval, struct counter *c)
{
    *c = COUNTER_INIT;
    size_t hash = span_chr(line, 0, '#');
    struct span left = span_sub(line, 0, hash);
    struct span tail = span_from(line, hash < line.len ? hash + 1 : line.len);
    struct span word;
    if (interval) {
        if (!span_word(&left, &word) || !numtext_plain(word, &c->stamp_s, NULL))
            return false;
    }
    struct span start = span_trim(left);
    while (!text_value(&left, c)) {
        if (!span_word(&left, &word) || left.len == 0)
            return false;
        c->key = span_make(start.ptr, (size_t)(word.ptr + word.len - start.ptr));
        if (looks_like_core(word) && !span_word(&left, &word))
            return false;
    }
    if (!span_word(&left, &word) || word.ptr[0] == '(')
        return false;
    c->event = word;
    struct span second;
    if (span_word(&left, &second)) {
        if (second.ptr[0] == '(') {
            size_t close = span_chr(second, 0, ')');
            struct span inner = span_sub(second, 1, close > 0 ? close - 1 : 0);
            if (is_unit(inner))
                c->unit = inner;
        } else {
            c->unit = word;
            c->event = second;
        }
    }
    if (!is_event(c->event))
        return false;
    text_spread(line, &c->spread_percent);
    struct span metric = tail;
    if (span_word(&metric, &word) && numtext_plain(word, &c->metric, &c->metric_half))
        c->metric_unit = span_trim(span_sub(metric, 0, span_chr(metric, 0, '(')));
    return true;
}

/* "1.003766 +- 0.000801 seconds time elapsed  ( +-  0.08% )" and "0.51 seconds user". */
static bool text_seconds(struct reader *r, struct span line)
{
    size_t at = span_find(line, 0, SPAN(" seconds "));
    if (at == line.len)
        return false;
    struct span what = span_trim(span_from(line, at + 9));
    struct span words = span_sub(line, 0, at);
    struct span word;
    double v;
    double half;
    if (!span_word(&words, &word) || !numtext_plain(word, &v, &half) || v < 0)
        return false;
    if (span_starts(what, SPAN("time elapsed"))) {
        r->t.elapsed_s = v;
        r->t.elapsed_half = half;
        text_spread(what, &r->t.elapsed_spread_percent);
    } else if (span_is(what, "user")) {
        r->t.user_s = v;
    } else if (span_is(what, "sys")) {
        r->t.sys_s = v;
    } else {
        return false;
    }
    return true;
}

/* "Performance counter stats for 'CMD' (3 runs):", "... for process id '12':", "... for 'system wide':". */
static void text_head(struct reader *r, struct span rest)
{
    r->in_report = true;
    rest = span_trim(rest);
    size_t runs = span_find(rest, 0, SPAN("' ("));
    for (size_t next; (next = span_find(rest, runs + 1, SPAN("' ("))) < rest.len;)
        runs = next;
    if (runs < rest.len && span_ends(rest, SPAN(" runs):"))) {
        uint64_t n;
        struct span count = span_sub(rest, runs + 3, rest.len - runs - 3 - 7);
        if (span_to_u64(count, &n) && n > 0 && n < UINT32_MAX)
            r->t.runs = (uint32_t)n;
        rest = span_sub(rest, 0, runs + 1);
    } else if (span_ends(rest, SPAN(":"))) {
        rest.len--;
    }
    size_t open = span_chr(rest, 0, '\'');
    struct span kind = span_trim(span_sub(rest, 0, open));
    struct span name = span_from(rest, open + 1);
    if (name.len > 0 && name.ptr[name.len - 1] == '\'')
        name.len--;
    r->t.head_seen = true;
    if (kind.len > 0) {
        r->t.target = STAT_ATTACHED;
        r->t.target_text = artefact_text(r->out, name);
    } else if (span_is(name, "system wide") || span_starts(name, SPAN("CPU(s) "))) {
        r->t.target = STAT_SYSTEM;
    } else {
        r->t.target = STAT_COMMAND;
        r->t.target_text = artefact_text(r->out, name);
    }
}

static void counter_add(struct reader *r, const struct counter *c)
{
    struct counter own = *c;
    own.event = artefact_text(r->out, c->event);
    own.key = artefact_text(r->out, c->key);
    perf_stat_add(&r->t, &own);
}

static void read_text(struct reader *r, struct span line)
{
    static const struct span head = { "Performance counter stats for", 29 };
    size_t at = span_find(line, 0, head);
    if (at < line.len) {
        if (r->reports++ == 0)
            text_head(r, span_from(line, at + head.len));
        else
            r->in_report = false;
        return;
    }
    struct span trimmed = span_trim(line);
    if (span_starts(trimmed, SPAN("#")) && span_find(trimmed, 0, SPAN(" counts ")) < trimmed.len) {
        r->in_report = r->interval = true;
        return;
    }
    struct counter c;
    if (!r->in_report || trimmed.len == 0 || text_seconds(r, line))
        return;
    if (text_line(line, r->interval, &c))
        counter_add(r, &c);
}

static void json_text(const struct json *doc, const char *key, struct span *ret)
{
    const struct json *v = json_get(doc, key);
    if (json_kind_of(v) == JSON_STR)
        *ret = json_str(v);
}

static bool read_json(struct reader *r, struct span line, uint64_t line_no, struct err *err)
{
    CLEANUP(json_freep) struct json *doc = NULL;
    if (!json_parse(line, 4, &doc, err)) {
        err->line = line_no;
        return err_wrap(err, "line %llu: want one JSON object of perf stat -j", (unsigned long long)line_no);
    }
    struct counter c = COUNTER_INIT;
    struct span value = SPAN("");
    json_text(doc, "counter-value", &value);
    json_text(doc, "event", &c.event);
    json_text(doc, "unit", &c.unit);
    json_text(doc, "metric-unit", &c.metric_unit);
    json_text(doc, "thread", &c.key);
    if (value.len == 0 || c.event.len == 0)
        return true; /* lines of metrics alone */
    if (!value_of(value, &c))
        return err_at_line(err, ERR_MALFORMED, line_no, "line %llu: want a number in counter-value, got '%.*s'",
                           (unsigned long long)line_no, SPAN_FMT(value));
    c.metric = json_num(json_get(doc, "metric-value"), NUM_UNKNOWN);
    c.metric_half = 0.5e-6;
    c.stamp_s = json_num(json_get(doc, "interval"), NUM_UNKNOWN);
    c.spread_percent = json_num(json_get(doc, "variance"), NUM_UNKNOWN);
    counter_add(r, &c);
    return true;
}

static const char csv_separators[] = ",;|\t";

/* The separator with which this line reads as a counter; 0 when none. */
static char csv_separator(struct span line)
{
    struct counter c;
    for (size_t i = 0; csv_separators[i]; i++) {
        if (csv_line(line, csv_separators[i], &c))
            return csv_separators[i];
    }
    return 0;
}

/* The byte before a well-known event name, where a value stands before it: the separator of a CSV we do not read. */
static char foreign_separator(struct span line)
{
    static const char *const names[] = { "task-clock", "cpu-clock", "cycles", "instructions", "context-switches" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t at = span_find(line, 0, span_of(names[i]));
        if (at < 2 || at == line.len)
            continue;
        char c = line.ptr[at - 1];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' || c == '"';
        struct span head;
        struct span tail;
        struct counter v = COUNTER_INIT;
        if (!plain && span_split(line, c, &head, &tail) && value_of(span_trim(head), &v) &&
            span_chr(tail, 0, c) < tail.len)
            return c;
    }
    return 0;
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (span_find(head, 0, SPAN("Performance counter stats for")) < head.len)
        return SNIFF_YES;
    struct span line;
    while (span_line(&head, &line)) {
        struct span t = span_trim(line);
        if (t.len == 0)
            continue;
        if (t.ptr[0] == '#') {
            if (span_find(t, 0, SPAN("counts unit events")) < t.len)
                return SNIFF_YES;
            continue;
        }
        if (t.ptr[0] == '{')
            return span_find(t, 0, SPAN("\"counter-value\"")) < t.len ? SNIFF_YES : SNIFF_NO;
        return csv_separator(line) != 0 || foreign_separator(line) != 0 ? SNIFF_YES : SNIFF_NO;
    }
    return SNIFF_NO;
}

static bool read_line(struct reader *r, struct span line, uint64_t line_no, struct err *err)
{
    struct span t = span_trim(line);
    if (!r->in_report && t.len > 0 && t.ptr[0] == '{' && span_find(t, 0, SPAN("\"counter-value\"")) < t.len)
        return read_json(r, t, line_no, err);
    if (r->in_report || t.len == 0 || t.ptr[0] == '#' ||
        span_find(t, 0, SPAN("Performance counter stats for")) < t.len) {
        read_text(r, line);
        return true;
    }
    if (r->sep == 0)
        r->sep = csv_separator(line);
    struct counter c;
    if (r->sep != 0 && csv_line(line, r->sep, &c)) {
        counter_add(r, &c);
        return true;
    }
    char other = r->t.counters == 0 ? foreign_separator(line) : 0;
    if (other != 0)
        return err_at_line(err, ERR_UNSUPPORTED, line_no,
                           "line %llu: perf stat CSV with separator '%c'; send it with one of , ; | or tab (-x,)",
                           (unsigned long long)line_no, other);
    return true;
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct reader r = { .out = out };
    CLEANUP(perf_stat_release) struct perf_stat_totals *owner = &r.t;
    (void)owner;
    perf_stat_init(&r.t);
    for (;;) {
        struct span line;
        bool eof;
        if (!source_line(in, &line, &eof, err))
            return false;
        if (eof)
            break;
        if (source_lines(in) == 1 && span_starts(line, SPAN("\xef\xbb\xbf")))
            line = span_from(line, 3);
        if (!read_line(&r, line, source_lines(in), err))
            return false;
    }
    if (r.t.counters == 0 && !num_known(r.t.elapsed_s))
        return err_at_line(err, ERR_MALFORMED, source_lines(in),
                           "no counter in %llu lines: want lines like '<value> <unit> <event>'",
                           (unsigned long long)source_lines(in));
    if (r.reports > 1)
        artefact_problem(out, "several_reports", "send one perf stat report a file",
                         "the file holds %u perf stat reports; the first one was read", r.reports);
    return perf_stat_settle(&r.t, opt, out, err);
}

const struct importer import_perf_stat = {
    .name = "perf-stat",
    .title = "perf stat (text, CSV with -x, JSON with -j)",
    .proves = "CPU seconds, and wall seconds where they are printed, of a command, a process or a machine",
    .cannot = "where the CPU went, and what was waited for",
    .spec_url = "https://man7.org/linux/man-pages/man1/perf-stat.1.html",
    .extensions = "*.txt *.csv *.json",
    .sniff = sniff,
    .parse = parse,
};
