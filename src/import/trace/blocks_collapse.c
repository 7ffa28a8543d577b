#include "import/trace/blocks_collapse.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/sb.h"
#include "import/trace/blocks.h"

struct fold {
    const struct limits *limits;
    collapse_write_fn write;
    void *user;
    struct sb line;
    bool offsets;
    struct intern stacks;
    uint64_t *counts; /* [index in stacks] */
    size_t counts_cap;
};

static void fold_release(struct fold *f)
{
    sb_release(&f->line);
    intern_release(&f->stacks);
    free(f->counts);
}

static void separate(struct sb *line)
{
    if (line->len > 0)
        sb_addc(line, ';');
}

static bool bpftrace_block(void *user, const struct block *b, struct err *err)
{
    struct fold *f = user;
    sb_reset(&f->line);
    sb_add(&f->line, b->key);
    for (size_t i = b->frame_count; i-- > 0;) {
        if (i + 1 < b->frame_count && b->frames[i].group != b->frames[i + 1].group) {
            separate(&f->line);
            sb_adds(&f->line, ", ");
        }
        separate(&f->line);
        sb_add(&f->line, b->frames[i].text);
    }
    sb_printf(&f->line, " %.0f\n", b->value);
    return f->line.len == 0 || f->write(f->user, sb_span(&f->line), err);
}

bool blocks_collapse_bpftrace(struct source *in, const struct limits *lim, collapse_write_fn write, void *user,
                              struct err *err)
{
    struct fold f = { .limits = lim, .write = write, .user = user };
    struct block_notes notes;
    intern_init(&f.stacks);
    bool ok = blocks_read_bpftrace(in, lim, bpftrace_block, &f, &notes, err);
    fold_release(&f);
    return ok;
}

/* --- DTrace --- */

/* The leaf never keeps its offset. "libx`A::b(int)+0x5" -> "libx`A::b": the offset, and what follows the last ( or < behind the first ::. */
static struct span tidy(struct span frame, bool offsets)
{
    size_t plus = span_rchr(frame, '+');
    if (!offsets && plus < frame.len)
        frame = span_sub(frame, 0, plus);
    size_t scope = span_find(frame, 0, SPAN("::"));
    size_t cut = frame.len;
    while (cut > scope + 1 && frame.ptr[cut - 1] != '(' && frame.ptr[cut - 1] != '<')
        cut--;
    if (scope < frame.len && cut > scope + 1)
        frame = span_sub(frame, 0, cut - 1);
    return frame.len > 0 ? frame : SPAN("-");
}

/* "a->b": b was inlined into a. */
static void add_inlined(struct sb *line, struct span frame)
{
    bool inlined = false;
    for (;;) {
        size_t end = span_find(frame, 0, SPAN("->"));
        struct span part = span_sub(frame, 0, end);
        if (part.len > 0 && part.ptr[0] == 'L')
            part = span_from(part, 1);
        separate(line);
        for (size_t i = 0; i < part.len; i++)
            sb_addc(line, part.ptr[i] == ';' ? ':' : part.ptr[i]);
        sb_adds(line, inlined ? "_[i]" : "");
        if (end == frame.len)
            return;
        inlined = true;
        frame = span_from(frame, end + 2);
    }
}

static bool dtrace_block(void *user, const struct block *b, struct err *err)
{
    struct fold *f = user;
    sb_reset(&f->line);
    for (size_t i = b->frame_count; i-- > 0;)
        add_inlined(&f->line, tidy(b->frames[i].text, f->offsets && i > 0));
    if (f->stacks.bytes_len > f->limits->string_bytes)
        return err_at_line(err, ERR_LIMIT, b->line_no, "line %llu: more than %llu bytes of distinct stacks",
                           (unsigned long long)b->line_no, (unsigned long long)f->limits->string_bytes);
    uint32_t ix = intern_add(&f->stacks, sb_span(&f->line));
    if (ix >= f->counts_cap) {
        size_t cap = (size_t)ix * 2 + 64;
        f->counts = xrealloc(f->counts, cap, sizeof *f->counts);
        memset(f->counts + f->counts_cap, 0, (cap - f->counts_cap) * sizeof *f->counts);
        f->counts_cap = cap;
    }
    f->counts[ix] += (uint64_t)b->value;
    return true;
}

struct sorted {
    struct span text;
    uint64_t count;
};

static int by_text(const void *a, const void *b)
{
    const struct sorted *x = a;
    const struct sorted *y = b;
    size_t n = x->text.len < y->text.len ? x->text.len : y->text.len;
    int order = memcmp(x->text.ptr, y->text.ptr, n);
    return order != 0 ? order : (x->text.len > y->text.len) - (x->text.len < y->text.len);
}

static bool dtrace_write(struct fold *f, struct err *err)
{
    struct sorted *lines = xcalloc(f->stacks.count + 1u, sizeof *lines);
    uint32_t n = 0;
    for (uint32_t i = 1; i < f->stacks.count; i++)
        lines[n++] = (struct sorted){ intern_get(&f->stacks, i), f->counts[i] };
    qsort(lines, n, sizeof *lines, by_text);
    bool ok = true;
    for (uint32_t i = 0; ok && i < n; i++) {
        sb_reset(&f->line);
        sb_printf(&f->line, "%.*s %llu\n", SPAN_FMT(lines[i].text), (unsigned long long)lines[i].count);
        ok = f->write(f->user, sb_span(&f->line), err);
    }
    free(lines);
    return ok;
}

bool blocks_collapse_dtrace(struct source *in, const struct limits *lim, bool offsets, collapse_write_fn write,
                            void *user, struct err *err)
{
    struct fold f = { .limits = lim, .write = write, .user = user, .offsets = offsets };
    struct block_notes notes;
    intern_init(&f.stacks);
    bool ok = blocks_read_dtrace(in, lim, dtrace_block, &f, &notes, err) && dtrace_write(&f, err);
    fold_release(&f);
    return ok;
}
