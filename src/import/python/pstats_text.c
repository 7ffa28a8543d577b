/* The printed report of cProfile and pstats: "N function calls (P primitive calls) in T seconds", then a table. Lines of the
 * program's own output around it are passed over. What the report leaves out ("List reduced") is the rest of T.
 * Source: CPython, Lib/pstats.py, print_stats */
#include "import/python/pstats.h"

#include <math.h>

#include "import/numtext.h"

/* "5989780 function calls (5989648 primitive calls) in 3.004 seconds" */
static bool read_header(struct span line, double *ret_s, bool *ret_cpu)
{
    struct span rest = span_trim(line), word;
    uint64_t calls;
    if (!span_word(&rest, &word) || !span_to_u64(word, &calls) || !span_word(&rest, &word) ||
        !span_is(word, "function") || !span_word(&rest, &word) || !span_is(word, "calls"))
        return false;
    size_t in = span_find(rest, 0, SPAN(" in "));
    if (in == rest.len) {
        in = 0;
        if (!span_starts(rest, SPAN("in ")))
            return false;
        rest = span_from(rest, 3);
    } else {
        rest = span_from(rest, in + 4);
    }
    if (!span_word(&rest, &word) || !span_to_double(word, ret_s) || !(*ret_s >= 0))
        return false;
    rest = span_trim(rest);
    *ret_cpu = span_is(rest, "CPU seconds");
    return *ret_cpu || span_is(rest, "seconds");
}

/* "12" or "15/6": all calls, and those that were no recursion. */
static bool read_calls(struct span word, double *ret)
{
    struct span all, primitive;
    uint64_t n;
    if (!span_split(word, '/', &all, &primitive))
        all = word;
    if (!span_to_u64(all, &n))
        return false;
    *ret = (double)n;
    return true;
}

/* "lib/a.py:12(name)"; false for "{built-in method x}" and the like. */
static bool split_label(struct span label, struct span *ret_file, uint32_t *ret_line, struct span *ret_name)
{
    if (label.len == 0 || label.ptr[label.len - 1] != ')')
        return false;
    for (size_t at = span_chr(label, 0, ':'); at < label.len; at = span_chr(label, at + 1, ':')) {
        size_t open = span_chr(label, at, '(');
        uint64_t line;
        if (open == label.len || !span_to_u64(span_sub(label, at + 1, open - at - 1), &line))
            continue;
        *ret_file = span_sub(label, 0, at);
        *ret_line = line < UINT32_MAX ? (uint32_t)line : 0;
        *ret_name = span_sub(label, open + 1, label.len - open - 2);
        return true;
    }
    return false;
}

/* ncalls tottime percall cumtime percall filename:lineno(function). *ret_row false: the table is over. */
static bool read_row(struct pstats *p, struct span line, bool *ret_row)
{
    struct span rest = line, word, file = SPAN("~"), name;
    double calls, number[4];
    uint32_t at = 0, function;
    *ret_row = false;
    if (!span_word(&rest, &word) || !read_calls(word, &calls))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(number); i++) {
        if (!span_word(&rest, &word) || !span_to_double(word, &number[i]) || !(number[i] >= 0))
            return true;
    }
    name = span_trim(rest);
    if (name.len == 0)
        return true;
    if (!split_label(name, &file, &at, &name)) {
        file = SPAN("~");
        at = 0;
    }
    if (!pstats_function(p, file, at, name, &function))
        return false;
    p->functions.items[function].calls += calls;
    p->functions.items[function].self_s += number[0];
    *ret_row = true;
    return true;
}

bool pstats_read_text(struct pstats *p)
{
    enum { BEFORE, COLUMNS, ROWS, AFTER } part = BEFORE;
    for (;;) {
        struct span line;
        bool eof, row, cpu;
        double total;
        if (!source_line(p->in, &line, &eof, p->err))
            return false;
        if (eof)
            break;
        if (span_find(line, 0, SPAN(" function calls ")) < line.len && read_header(line, &total, &cpu)) {
            if (part != BEFORE) {
                p->more_reports = true;
                break;
            }
            p->total_s = total;
            p->clock = cpu ? CLOCK_UNKNOWN : CLOCK_WALL;
            part = COLUMNS;
        } else if (part == COLUMNS && span_find(line, 0, SPAN("tottime")) < line.len &&
                   span_find(line, 0, SPAN("filename:lineno(function)")) < line.len) {
            part = ROWS;
        } else if (part == ROWS) {
            if (!read_row(p, line, &row))
                return false;
            part = row || (p->functions.count == 0 && span_trim(line).len == 0) ? ROWS : AFTER;
        }
    }
    if (part == BEFORE)
        return err_set(p->err, ERR_MALFORMED, "want \"N function calls in T seconds\"");
    if (part == COLUMNS)
        return err_set(
            p->err, ERR_MALFORMED,
            "want the table of print_stats: ncalls tottime percall cumtime percall filename:lineno(function)");
    return true;
}
