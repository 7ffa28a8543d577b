#include "profile/folded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct line {
    uint64_t at, len; /* in the text */
    double value;
};

struct lines {
    struct sb text;
    struct line *items;
    size_t count, cap;
};

void folded_number(struct sb *out, double value)
{
    if (value == floor(value) && value < 1e15) {
        sb_printf(out, "%.0f", value);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        char buf[40];
        (void)snprintf(buf, sizeof buf, "%.*g", digits, value);
        double back;
        if (digits == 17 || (span_to_double(span_of(buf), &back) && back == value)) {
            sb_adds(out, buf);
            return;
        }
    }
}

static void add_name(struct sb *out, struct span name, bool root)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        sb_addc(out, c == ';' ? ':' : c == '\n' || c == '\r' || (root && c == ' ') ? '_' : c);
    }
}

static void add_frame(const struct profile *p, const struct folded_options *opt, const struct profile_frame *f,
                      struct sb *out)
{
    add_name(out, profile_str(p, f->func), false);
    struct span file = profile_str(p, f->file);
    if (opt->places && file.len > 0) {
        sb_adds(out, " (");
        add_name(out, file, false);
        if (f->line > 0)
            sb_printf(out, ":%u", (unsigned)f->line);
        sb_addc(out, ')');
    }
    if (opt->kernel && f->kind == FRAME_KERNEL)
        sb_adds(out, "_[k]");
    else if (opt->jit && (f->flags & FRAME_JIT))
        sb_adds(out, "_[j]");
}

static void add_row(const struct profile *p, const struct folded_options *opt, uint32_t row, stack_id *chain,
                    struct lines *out)
{
    uint64_t at = out->text.len;
    size_t n = 0;
    for (stack_id s = p->row_stack[row]; s.ix != 0; s = p->stacks[s.ix].parent)
        chain[n++] = s;
    struct span thread = opt->threads ? profile_str(p, p->threads[p->row_thread[row].ix].name) : SPAN("");
    add_name(&out->text, thread, true);
    bool first = thread.len == 0;
    while (n > 0) {
        if (!first)
            sb_addc(&out->text, ';');
        first = false;
        add_frame(p, opt, profile_frame_of(p, chain[--n]), &out->text);
    }
    if (first)
        sb_adds(&out->text, "[no stack]");
    if (out->count == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 256;
        out->items = xrealloc(out->items, out->cap, sizeof *out->items);
    }
    out->items[out->count++] = (struct line){ at, out->text.len - at, 0 };
}

static int compare(const struct lines *l, const struct line *a, const struct line *b)
{
    size_t n = (size_t)(a->len < b->len ? a->len : b->len);
    int c = memcmp(l->text.ptr + a->at, l->text.ptr + b->at, n);
    return c ? c : a->len < b->len ? -1 : a->len > b->len;
}

/* Bottom-up merge sort: stable, no global state. */
static void sort(struct lines *l)
{
    struct line *other = xcalloc(l->count + 1, sizeof *other);
    struct line *from = l->items;
    struct line *to = other;
    for (size_t width = 1; width < l->count; width *= 2) {
        for (size_t lo = 0; lo < l->count; lo += 2 * width) {
            size_t mid = lo + width < l->count ? lo + width : l->count;
            size_t hi = lo + 2 * width < l->count ? lo + 2 * width : l->count;
            size_t i = lo;
            size_t j = mid;
            for (size_t k = lo; k < hi; k++)
                to[k] = i < mid && (j == hi || compare(l, &from[i], &from[j]) <= 0) ? from[i++] : from[j++];
        }
        struct line *swap = from;
        from = to;
        to = swap;
    }
    if (from != l->items)
        memcpy(l->items, from, l->count * sizeof *from);
    free(other);
}

static bool write_lines(const struct lines *l, folded_write_fn write, void *user, struct err *err)
{
    enum { FLUSH = 1 << 18 };
    CLEANUP(sb_release) struct sb out = { 0 };
    for (size_t i = 0; i < l->count;) {
        const struct line *first = &l->items[i];
        double value = 0;
        for (; i < l->count && compare(l, first, &l->items[i]) == 0; i++)
            value += l->items[i].value;
        sb_add(&out, span_make(l->text.ptr + first->at, first->len));
        sb_addc(&out, ' ');
        folded_number(&out, value);
        sb_addc(&out, '\n');
        if (out.len >= FLUSH || i == l->count) {
            if (!write(user, sb_span(&out), err))
                return false;
            sb_reset(&out);
        }
    }
    return true;
}

bool folded_write(const struct profile *p, const struct folded_options *opt, folded_write_fn write, void *user,
                  struct err *err)
{
    uint32_t column = opt->column != UINT32_MAX ? opt->column : profile_column_default(p);
    if (column == UINT32_MAX)
        column = 0;
    if (column >= p->column_count)
        return err_set(err, ERR_EMPTY, "the profile holds no value to write");
    const struct profile_column *col = &p->columns[column];
    double scale = col->unit != UNIT_SECONDS ? 1 : col->clock == CLOCK_WALL || col->clock == CLOCK_OFF ? 1e6 : 1e9;
    uint32_t deepest = 0;
    for (uint32_t s = 0; s < p->stack_count; s++)
        deepest = p->stacks[s].depth > deepest ? p->stacks[s].depth : deepest;
    CLEANUP(freep) stack_id *chain = xcalloc((size_t)deepest + 1, sizeof *chain);
    struct lines l = { 0 };
    for (uint32_t r = 0; r < p->row_count; r++) {
        double value = p->row_value[column][r] * scale;
        if (!(value > 0))
            continue;
        add_row(p, opt, r, chain, &l);
        l.items[l.count - 1].value = scale > 1 ? round(value) : value;
    }
    sort(&l);
    bool ok = write_lines(&l, write, user, err);
    sb_release(&l.text);
    free(l.items);
    return ok;
}
