/* A line of strace is read from both ends: the name of the call from the left, result and duration from the right, so that
 * quoted strings with parentheses, arrows and equal signs between them need not be understood. */
#include "import/trace/strace_line.h"

enum { PID_MAX = 4194304 }; /* of Linux; a larger number alone in front is a time */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct span skip_blanks(struct span s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = span_from(s, 1);
    return s;
}

/* "123" or "123<comm>" */
static bool pid_word(struct span word, int64_t *ret_pid, struct span *ret_comm)
{
    size_t n = 0;
    while (n < word.len && is_digit(word.ptr[n]))
        n++;
    if (n == 0 || !span_to_i64(span_sub(word, 0, n), ret_pid))
        return false;
    *ret_comm = SPAN("");
    if (n == word.len)
        return true;
    if (word.ptr[n] != '<' || word.ptr[word.len - 1] != '>')
        return false;
    *ret_comm = span_sub(word, n + 1, word.len - n - 2);
    return true;
}

/* "[pid   123] " or "123 ". Comms may hold blanks, and end before a `> ` or `>]`. */
static struct span take_pid(struct span s, struct strace_line *ret)
{
    int64_t pid;
    struct span comm;
    if (span_starts(s, SPAN("[pid "))) {
        size_t angle = span_chr(s, 0, '<');
        size_t end = span_chr(s, 0, ']');
        if (angle < end)
            end = span_find(s, angle, SPAN(">]")) + 1;
        if (end >= s.len || !pid_word(span_trim(span_sub(s, 5, end - 5)), &pid, &comm))
            return s;
        ret->pid = pid;
        ret->comm = comm;
        return skip_blanks(span_from(s, end + 1));
    }
    size_t n = 0;
    while (n < s.len && is_digit(s.ptr[n]))
        n++;
    if (n == 0 || n == s.len)
        return s;
    size_t end = s.ptr[n] == '<' ? span_find(s, n, SPAN("> ")) + 1 : n;
    if (end >= s.len || s.ptr[end] != ' ' || !pid_word(span_sub(s, 0, end), &pid, &comm) || pid > PID_MAX)
        return s;
    ret->pid = pid;
    ret->comm = comm;
    return skip_blanks(span_from(s, end));
}

static double place_of(struct span word)
{
    size_t dot = span_chr(word, 0, '.');
    double place = 1;
    for (size_t i = dot + 1; i < word.len; i++)
        place /= 10;
    return place;
}

/* "23:38:27.321756" */
static bool time_of_day(struct span w, double *ret)
{
    uint64_t h;
    uint64_t m;
    double s;
    if (w.len < 8 || w.ptr[2] != ':' || w.ptr[5] != ':' || !span_to_u64(span_sub(w, 0, 2), &h) ||
        !span_to_u64(span_sub(w, 3, 2), &m) || !is_digit(w.ptr[6]) || !span_to_double(span_from(w, 6), &s))
        return false;
    *ret = (double)(h * 3600 + m * 60) + s;
    return h < 24 && m < 60 && s < 61;
}

static struct span take_since(struct span s, struct strace_line *ret)
{
    size_t end = span_chr(s, 0, ')');
    double v;
    if (span_starts(s, SPAN("(+")) && end < s.len && span_to_double(span_trim(span_sub(s, 2, end - 2)), &v)) {
        ret->since_s = v;
        return skip_blanks(span_from(s, end + 1));
    }
    return s;
}

static struct span take_stamp(struct span s, struct strace_line *ret)
{
    enum { YEAR_2001 = 1000000000 };
    struct span rest = s;
    struct span word;
    double v;
    if (!span_word(&rest, &word) || word.len > 40 || !is_digit(word.ptr[0]))
        return s;
    if (time_of_day(word, &v)) {
        ret->stamp = STAMP_CLOCK;
    } else if (!span_to_double(word, &v)) {
        return s;
    } else if (v >= YEAR_2001) {
        ret->stamp = STAMP_UNIX;
    } else if (span_chr(word, 0, '.') < word.len) {
        ret->since_s = v;
        return skip_blanks(rest);
    } else {
        return s;
    }
    ret->at_s = v;
    ret->place_s = place_of(word);
    return take_since(skip_blanks(rest), ret);
}

/* "[00007f14a2b3c4d5] " of -i and "[  59] " of -n. */
static struct span skip_brackets(struct span s)
{
    while (s.len > 0 && s.ptr[0] == '[') {
        size_t end = span_chr(span_sub(s, 0, 40), 0, ']');
        if (end + 1 >= s.len || s.ptr[end] != ']')
            break;
        s = skip_blanks(span_from(s, end + 1));
    }
    return s;
}

/* Takes " <0.014073>" off the end. */
static struct span take_duration(struct span s, double *ret)
{
    size_t at = span_rchr(s, '<');
    double v;
    if (at == s.len || at == 0 || s.ptr[s.len - 1] != '>' || s.ptr[at - 1] != ' ' || !is_digit(s.ptr[at + 1]) ||
        !span_to_double(span_sub(s, at + 1, s.len - at - 2), &v))
        return s;
    *ret = v;
    return span_trim(span_sub(s, 0, at));
}

/* ") = 3", ")     = ?", ") = -1 ENOENT (...)", ") = 0x8000 (flags ...)": the last " = " behind a parenthesis. */
static bool find_result(struct span s, struct strace_line *ret)
{
    size_t hit = s.len;
    for (size_t at = s.len; at-- > 1;) {
        if (s.ptr[at] != '=' || s.ptr[at - 1] != ' ' || (at + 1 < s.len && s.ptr[at + 1] != ' '))
            continue;
        size_t before = at - 1;
        while (before > 0 && s.ptr[before] == ' ')
            before--;
        if (s.ptr[before] == ')') {
            hit = at;
            break;
        }
    }
    if (hit == s.len)
        return false;
    struct span value = skip_blanks(span_from(s, hit + 1));
    size_t n = 0;
    while (n < value.len && value.ptr[n] != ' ' && value.ptr[n] != '<')
        n++;
    ret->ret_known = span_to_i64(span_sub(value, 0, n), &ret->ret);
    return true;
}

static bool attached_pid(struct span s, int64_t *ret)
{
    struct span words = s;
    struct span pid;
    return span_starts(s, SPAN("Process ")) && span_word(&words, &pid) && span_word(&words, &pid) &&
           span_to_i64(pid, ret) && span_is(span_trim(words), "attached");
}

static void read_resumed(struct span s, struct strace_line *ret)
{
    struct span rest = span_from(s, 5);
    size_t end = span_find(rest, 0, SPAN(" resumed>"));
    ret->name = span_trim(span_sub(rest, 0, end));
    if (end == rest.len || ret->name.len == 0)
        return;
    ret->kind = STRACE_RESUMED;
    ret->args = take_duration(span_trim(span_from(rest, end + 9)), &ret->took_s);
    (void)find_result(ret->args, ret);
}

static void read_call(struct span s, struct strace_line *ret)
{
    size_t n = 0;
    while (n < s.len &&
           ((s.ptr[n] >= 'a' && s.ptr[n] <= 'z') || is_digit(s.ptr[n]) || s.ptr[n] == '_' || s.ptr[n] == '?'))
        n++;
    if (n == 0 || n > 64 || n == s.len || s.ptr[n] != '(')
        return;
    struct span text = span_trim(s);
    ret->name = span_sub(s, 0, n);
    ret->args = span_from(text, n + 1);
    size_t glued = span_find(text, 0, SPAN("strace: Process "));
    if (glued < text.len && attached_pid(span_from(text, glued + 8), &ret->attached)) {
        ret->kind = STRACE_UNFINISHED; /* the rest of the line stands behind the message */
        return;
    }
    if (span_ends(text, SPAN("<unfinished ...>")) || span_ends(text, SPAN("<detached ...>")) ||
        span_ends(text, SPAN("<ptrace(SYSCALL):No such process>"))) {
        ret->kind = STRACE_UNFINISHED;
        return;
    }
    struct span body = take_duration(text, &ret->took_s);
    if (find_result(body, ret))
        ret->kind = STRACE_CALL;
}

void strace_line_read(struct span line, struct strace_line *ret)
{
    *ret = (struct strace_line){ .pid = -1,
                                 .comm = { "", 0 },
                                 .at_s = NUM_UNKNOWN,
                                 .place_s = NUM_UNKNOWN,
                                 .since_s = NUM_UNKNOWN,
                                 .name = { "", 0 },
                                 .args = { "", 0 },
                                 .took_s = NUM_UNKNOWN,
                                 .attached = -1 };
    if (span_starts(line, SPAN(" > "))) {
        ret->kind = STRACE_NOTE;
        return;
    }
    struct span s = skip_blanks(line);
    s = take_pid(s, ret);
    s = take_stamp(s, ret);
    s = skip_brackets(s);
    if (span_starts(s, SPAN("+++ exited with ")))
        ret->kind = STRACE_EXITED;
    else if (span_starts(s, SPAN("+++ killed by ")))
        ret->kind = STRACE_KILLED;
    else if (span_starts(s, SPAN("--- ")) || span_starts(s, SPAN("+++ ")) || span_starts(s, SPAN("<unfinished ...>")) ||
             attached_pid(s, &ret->attached))
        ret->kind = STRACE_NOTE;
    else if (span_starts(s, SPAN("strace: "))) {
        ret->kind = STRACE_NOTE;
        (void)attached_pid(span_from(s, 8), &ret->attached);
    } else if (span_starts(s, SPAN("<... "))) {
        read_resumed(s, ret);
    } else {
        read_call(s, ret);
    }
}
