/* The grammar of one line of perf script: event lines and frame lines. */
#include "import/perf/perf_scan.h"

#include "base/num.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "412", "412/413", "-1/0": pid first; with one number it is the tid. */
static bool read_ids(struct span word, struct perf_record *r)
{
    struct span pid;
    struct span tid;
    r->pid = r->tid = -1;
    r->has_pid = span_split(word, '/', &pid, &tid);
    if (!r->has_pid)
        return word.len > 0 && (is_digit(word.ptr[0]) || word.ptr[0] == '-') && span_to_i64(word, &r->tid);
    return span_to_i64(pid, &r->pid) && span_to_i64(tid, &r->tid);
}

static bool is_cpu(struct span word)
{
    if (word.len < 3 || word.ptr[0] != '[' || word.ptr[word.len - 1] != ']')
        return false;
    for (size_t i = 1; i + 1 < word.len; i++) {
        if (!is_digit(word.ptr[i]))
            return false;
    }
    return true;
}

/* "1304.511745:" */
static bool read_time(struct span word, double *ret)
{
    if (word.len < 4 || word.ptr[word.len - 1] != ':' || !is_digit(word.ptr[0]))
        return false;
    word.len--;
    uint64_t whole = 0;
    uint64_t part = 0;
    double scale = 1;
    size_t i = 0;
    for (; i < word.len && is_digit(word.ptr[i]); i++) {
        if (whole > UINT64_MAX / 20)
            return false;
        whole = whole * 10 + (uint64_t)(word.ptr[i] - '0');
    }
    if (i == word.len || word.ptr[i] != '.' || i + 1 == word.len)
        return false;
    for (i++; i < word.len; i++) {
        if (!is_digit(word.ptr[i]))
            return false;
        if (scale < 1e15) {
            part = part * 10 + (uint64_t)(word.ptr[i] - '0');
            scale *= 10;
        }
    }
    *ret = (double)whole + (double)part / scale;
    return true;
}

/* Event name at the front of rest: "cycles:uppp:", "sched:sched_switch:", "cpu-clock:". */
static bool read_event(struct span *rest, struct span *ret)
{
    struct span word;
    struct span left = *rest;
    if (!span_word(&left, &word))
        return false;
    if (span_starts(word, SPAN("PERF_RECORD_"))) {
        /* "PERF_RECORD_EXIT(1:2):(3:4)": the numbers are text. */
        size_t n = 12;
        while (n < word.len &&
               ((word.ptr[n] >= 'A' && word.ptr[n] <= 'Z') || is_digit(word.ptr[n]) || word.ptr[n] == '_'))
            n++;
        *ret = span_sub(word, 0, n);
        *rest = span_make(word.ptr + n, (size_t)(left.ptr + left.len - word.ptr) - n);
        return true;
    }
    if (word.len < 2 || word.ptr[word.len - 1] != ':' || word.ptr[0] == '(')
        return false;
    *ret = span_sub(word, 0, word.len - 1);
    *rest = left;
    return true;
}

/* What follows the ids: [cpu] time: period event: text. strict: without a time there must be an event. */
static bool read_rest(struct span rest, struct perf_record *r, struct span *ret_event)
{
    struct span word;
    struct span left = rest;
    *ret_event = SPAN("");
    r->has_cpu = r->has_time = r->has_period = false;
    if (!span_word(&left, &word))
        return false;
    if (is_cpu(word)) {
        r->has_cpu = true;
        rest = left;
        if (!span_word(&left, &word)) {
            r->text = SPAN("");
            return true;
        }
    }
    r->has_time = read_time(word, &r->time_s);
    if (r->has_time) {
        rest = left;
        if (!span_word(&left, &word))
            word = SPAN("");
    }
    if (word.len > 0 && span_to_u64(word, &r->period)) {
        r->has_period = true;
        rest = left;
    }
    bool event = read_event(&rest, ret_event);
    r->text = span_trim(rest);
    return event || r->has_time;
}

bool perf_scan_header(struct span line, struct perf_record *ret, struct span *ret_event)
{
    enum { WORDS_MAX = 12 };
    struct span all = span_trim(line);
    struct span rest = all;
    struct span word;
    bool found = false;
    /* comm may hold blanks and numbers: the ids are the last word before "[cpu]" or a time that read as ids; without
     * either, the first. */
    for (int i = 0; i < WORDS_MAX && span_word(&rest, &word); i++) {
        struct perf_record r = *ret;
        struct span event;
        double time;
        if (i > 0 && !found && (is_cpu(word) || read_time(word, &time))) {
            /* Fields without ids: "comm time:". */
            struct span from = span_make(word.ptr, (size_t)(all.ptr + all.len - word.ptr));
            r.pid = r.tid = -1;
            r.has_pid = false;
            if (!read_rest(from, &r, &event))
                break;
        } else if (i == 0 || !read_ids(word, &r) || !read_rest(rest, &r, &event)) {
            continue; /* a lone number at the front would leave no comm */
        }
        bool anchored = r.has_cpu || r.has_time;
        if (found && !anchored)
            break;
        struct span comm = span_make(all.ptr, (size_t)(word.ptr - all.ptr));
        r.comm = span_trim(comm);
        r.kind = span_starts(event, SPAN("PERF_RECORD_")) ? PERF_SIDE : PERF_SAMPLE;
        *ret = r;
        *ret_event = event;
        found = true;
        if (anchored)
            break;
    }
    return found;
}

/* The final balanced group: "(/usr/bin/x (deleted))". Index of its opening parenthesis, or the length. */
static size_t last_group(struct span text)
{
    int depth = 0;
    for (size_t i = text.len; i > 0; i--) {
        char c = text.ptr[i - 1];
        depth += c == ')' ? 1 : c == '(' ? -1 : 0;
        if (depth == 0)
            return i - 1;
    }
    return text.len;
}

void perf_scan_frame(struct span text, struct span *ret_symbol, struct span *ret_dso)
{
    text = span_trim(text);
    *ret_symbol = text;
    *ret_dso = SPAN("");
    if (text.len == 0 || text.ptr[text.len - 1] != ')')
        return;
    size_t open = last_group(text);
    if (open == text.len) {
        /* Unbalanced (a damaged line): the last group that begins behind a blank. */
        for (open = text.len; open > 0; open--) {
            if (text.ptr[open - 1] == '(' && (open == 1 || text.ptr[open - 2] == ' '))
                break;
        }
        open = open > 0 ? open - 1 : text.len;
    }
    if (open >= text.len || (open > 0 && text.ptr[open - 1] != ' '))
        return;
    *ret_dso = span_sub(text, open + 1, text.len - open - 2);
    *ret_symbol = span_sub(text, 0, open > 0 ? open - 1 : 0);
}
