#include "import/stacks/folded_stage.h"

#include <math.h>
#include <stdlib.h>

#include "profile/builder.h"

/* The last line's frames: the next line mostly begins with the same ones. */
struct previous {
    char *text; /* its stack; owned */
    size_t len, size;
    uint32_t *end;   /* byte behind each frame */
    stack_id *stack; /* node of each frame */
    uint32_t depth, cap;
};

struct reader {
    struct builder *b;
    uint32_t column;
    struct previous prev;
    struct folded_stage *out;
    uint64_t two_counts; /* lines with two numbers at the end */
    uint64_t joined;     /* lines with a semicolon */
    struct span bad_text;
    char bad_buf[80];
};

bool folded_split(struct span line, struct span *ret_stack, double *ret_count)
{
    size_t end = line.len;
    while (end > 0 && (line.ptr[end - 1] == ' ' || line.ptr[end - 1] == '\t'))
        end--;
    size_t at = end;
    while (at > 0 && line.ptr[at - 1] != ' ' && line.ptr[at - 1] != '\t')
        at--;
    if (at == 0 || at == end)
        return false;
    struct span word = span_sub(line, at, end - at);
    uint64_t whole;
    if (span_to_u64(word, &whole))
        *ret_count = (double)whole;
    else if (!span_to_double(word, ret_count))
        return false;
    *ret_stack = span_sub(line, 0, at - 1);
    return true;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

static void weigh(struct folded_stage *s, double count)
{
    s->sum += count;
    s->integral = s->integral && count == floor(count) && count < 9007199254740992.0;
    if (s->integral && s->divisor != 1)
        s->divisor = gcd((uint64_t)count, s->divisor);
}

/* Number of leading frames that this stack shares with the previous line. */
static uint32_t shared(const struct previous *p, struct span stack)
{
    size_t n = p->len < stack.len ? p->len : stack.len;
    size_t same = 0;
    while (same < n && p->text[same] == stack.ptr[same])
        same++;
    uint32_t k = 0;
    while (k < p->depth && p->end[k] <= same &&
           (p->end[k] == stack.len || (p->end[k] < stack.len && stack.ptr[p->end[k]] == ';')))
        k++;
    return k;
}

static void previous_push(struct previous *p, size_t end, stack_id stack)
{
    if (p->depth == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 64;
        p->end = xrealloc(p->end, p->cap, sizeof *p->end);
        p->stack = xrealloc(p->stack, p->cap, sizeof *p->stack);
    }
    p->end[p->depth] = (uint32_t)end;
    p->stack[p->depth++] = stack;
}

static void previous_text(struct previous *p, struct span stack)
{
    if (stack.len > p->size) {
        p->size = stack.len * 2;
        p->text = xrealloc(p->text, p->size, 1);
    }
    memcpy(p->text, stack.ptr, stack.len);
    p->len = stack.len;
}

static bool add_stack(struct reader *r, struct span stack, double count, struct err *err)
{
    struct previous *p = &r->prev;
    p->depth = shared(p, stack);
    size_t at = p->depth > 0 ? p->end[p->depth - 1] + 1 : 0;
    stack_id node = p->depth > 0 ? p->stack[p->depth - 1] : (stack_id){ 0 };
    while (at < stack.len) {
        size_t end = span_chr(stack, at, ';');
        struct span text = span_sub(stack, at, end - at);
        /* Empty frames occur (";;"); they are nothing that ran. */
        if (text.len > 0) {
            struct frame_desc d = { .func = text, .file = { "", 0 }, .module = { "", 0 } };
            frame_id frame;
            if (!builder_frame(r->b, &d, &frame, err) || !builder_stack_child(r->b, node, frame, &node, err))
                return false;
        }
        previous_push(p, end, node);
        at = end + 1;
    }
    previous_text(p, stack);
    uint32_t row;
    thread_id none = { 0 };
    if (!builder_row(r->b, &(struct sample_desc){ .stack = node, .thread = none }, &row, err))
        return false;
    builder_samples(r->b, row, 1);
    return builder_value(r->b, row, r->column, count, err);
}

static void note_bad(struct reader *r, struct span line, uint64_t line_no)
{
    if (r->out->bad++ > 0)
        return;
    r->out->first_bad = line_no;
    size_t n = line.len < sizeof r->bad_buf ? line.len : sizeof r->bad_buf;
    memcpy(r->bad_buf, line.ptr, n);
    r->bad_text = span_make(r->bad_buf, n);
}

static bool read_line(struct reader *r, struct span line, uint64_t line_no, struct err *err)
{
    if (line_no == 1 && span_starts(line, SPAN("\xef\xbb\xbf")))
        line = span_from(line, 3);
    if (span_trim(line).len == 0 || line.ptr[0] == '#')
        return true;
    struct span stack;
    double count;
    if (!folded_split(line, &stack, &count) || span_trim(stack).len == 0) {
        note_bad(r, line, line_no);
        return true;
    }
    if (count < 0)
        return err_at_line(err, ERR_VALUE, line_no, "line %llu: a count below zero", (unsigned long long)line_no);
    struct span before;
    double first;
    r->two_counts += folded_split(stack, &before, &first);
    r->joined += span_chr(stack, 0, ';') < stack.len;
    r->out->lines++;
    weigh(r->out, count);
    if (!add_stack(r, stack, count, err)) {
        err->line = line_no;
        return err_wrap(err, "line %llu", (unsigned long long)line_no);
    }
    return true;
}

static bool verdict(const struct reader *r, uint64_t lines, struct err *err)
{
    const struct folded_stage *s = r->out;
    if (s->bad > s->lines)
        return err_at_line(err, ERR_MALFORMED, s->first_bad, "line %llu: want '<frame>;<frame> <count>', got '%.*s'",
                           (unsigned long long)s->first_bad, SPAN_FMT(r->bad_text));
    if (s->lines == 0)
        return err_set(err, ERR_EMPTY, "no stack in %llu lines", (unsigned long long)lines);
    if (r->two_counts == s->lines && r->joined * 2 >= s->lines)
        return err_set(
            err, ERR_UNSUPPORTED,
            "a differential profile (two counts a line); send the two folded files it was made from, one a run");
    return true;
}

static bool read_all(struct reader *r, struct source *in, const struct import_options *opt, struct err *err)
{
    enum { PROGRESS_LINES = 1 << 16 };
    for (;;) {
        struct span line;
        bool eof;
        if (!source_line(in, &line, &eof, err))
            return false;
        if (eof)
            return verdict(r, source_lines(in), err);
        if (!read_line(r, line, source_lines(in), err))
            return false;
        if (opt->progress && source_lines(in) % PROGRESS_LINES == 0)
            opt->progress(opt->progress_user, source_offset(in));
    }
}

bool folded_stage_read(struct source *in, const struct import_options *opt, struct folded_stage *ret, struct err *err)
{
    *ret = (struct folded_stage){ .integral = true };
    struct reader r = { .out = ret, .bad_text = { "", 0 } };
    r.b = builder_new(&opt->limits);
    r.column = builder_column(
        r.b, &(struct column_desc){
                 .event = SPAN("samples"), .unit = UNIT_SAMPLES, .period = NUM_UNKNOWN, .rate_hz = NUM_UNKNOWN });
    process_id process = builder_process(r.b, -1, SPAN(""), SPAN(""));
    thread_id thread;
    bool ok = builder_thread(r.b, process, -1, SPAN(""), &thread, err) && read_all(&r, in, opt, err) &&
              builder_finish(r.b, &ret->raw, err);
    builder_free(r.b);
    free(r.prev.text);
    free(r.prev.end);
    free(r.prev.stack);
    return ok;
}

void folded_stage_release(struct folded_stage *s)
{
    profile_free(s->raw);
    s->raw = NULL;
}
