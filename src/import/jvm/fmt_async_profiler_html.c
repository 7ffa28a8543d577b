/* Flame graph pages of async-profiler: version 2 (absolute boxes with titles) and 3 and later (a pool of titles, boxes
 * against the one before). Boxes come depth first, so the stacks are rebuilt with one path.
 * Guarantees: a box's own weight is its width less its children's; the clock is what the heading says; pages of
 * allocations, comparisons and heatmaps are refused.
 * Source: the page's own script, https://github.com/async-profiler/async-profiler (src/res/flame.html) */
#include <stdlib.h>
#include <string.h>

#include "base/sb.h"
#include "base/vec.h"
#include "import/frametext.h"
#include "import/importer.h"
#include "import/rootframe.h"
#include "profile/builder.h"

/* A box that is open: its stack, and what its children have not taken yet. */
struct box {
    stack_id stack;
    thread_id thread;
    uint64_t left; /* width less that of the children so far */
};

struct page {
    const struct import_options *opt;
    struct builder *b;
    struct err *err;
    struct arena arena;
    struct {
        struct span *items; /* in the arena */
        uint32_t count, cap;
    } pool;
    struct box *path;
    uint32_t open; /* levels of the path in use */
    uint64_t level0, width0;
    thread_id nobody;
    process_id process;
    uint32_t column;
    bool in_pool, has_column, reversed, differential;
    uint64_t boxes, samples, root;
    char heading[64], unit[32];
};

static enum sniff page_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    bool html = span_starts(span_trim(head), SPAN("<!DOCTYPE html>")) || span_starts(span_trim(head), SPAN("<html"));
    bool ours = span_find(head, 0, SPAN("async-profiler")) < head.len;
    return html && ours && span_find(head, 0, SPAN("canvas")) < head.len ? SNIFF_YES : SNIFF_NO;
}

/* --- JavaScript literals --- */

/* A text in single quotes at the front of *in, escapes undone, into out. */
static bool take_text(struct span *in, struct sb *out)
{
    if (in->len == 0 || in->ptr[0] != '\'')
        return false;
    for (size_t i = 1; i < in->len; i++) {
        char c = in->ptr[i];
        if (c == '\'') {
            *in = span_from(*in, i + 1);
            return true;
        }
        if (c == '\\' && i + 1 < in->len)
            c = in->ptr[++i];
        sb_addc(out, c);
    }
    return false;
}

/* Decimal or nothing (an argument may be left out, or U for undefined); a comma behind it goes. */
static bool take_number(struct span *in, uint64_t *ret)
{
    size_t end = 0;
    while (end < in->len && in->ptr[end] != ',' && in->ptr[end] != ')')
        end++;
    struct span word = span_trim(span_sub(*in, 0, end));
    bool ok = span_to_u64(word, ret);
    if (!ok)
        *ret = 0;
    *in = span_from(*in, end < in->len && in->ptr[end] == ',' ? end + 1 : end);
    return ok;
}

/* The first n characters of a title, as the page's substring counts them: most are single bytes. */
static size_t prefix_bytes(struct span s, unsigned n)
{
    size_t i = 0;
    while (i < s.len && n > 0) {
        i++;
        while (i < s.len && ((unsigned char)s.ptr[i] & 0xc0) == 0x80)
            i++;
        n--;
    }
    return i;
}

/* One line of the pool: a text whose first character says how much of the one before it shares. */
static bool pool_line(struct page *p, struct span line)
{
    struct sb text = { .cap = 1 << 20 };
    bool ok = take_text(&line, &text);
    struct span s = sb_span(&text);
    if (ok && p->pool.count >= p->opt->limits.frames)
        ok = err_set(p->err, ERR_LIMIT, "more than %llu names", (unsigned long long)p->opt->limits.frames);
    else if (ok && p->arena.total > p->opt->limits.string_bytes)
        ok = err_set(p->err, ERR_LIMIT, "names of more than %llu bytes",
                     (unsigned long long)p->opt->limits.string_bytes);
    else if (!ok)
        (void)err_set(p->err, ERR_MALFORMED, "want a name in quotes");
    if (ok && p->pool.count == 0) {
        VEC_PUSH(&p->pool, arena_span(&p->arena, s));
    } else if (ok) {
        struct span before = p->pool.items[p->pool.count - 1];
        unsigned shared = s.len > 0 && (unsigned char)s.ptr[0] >= 32 ? (unsigned char)s.ptr[0] - 32u : 0;
        size_t keep = prefix_bytes(before, shared);
        size_t rest = s.len > 0 ? s.len - 1 : 0;
        char *name = arena_alloc(&p->arena, keep + rest + 1, 1);
        if (keep > 0)
            memcpy(name, before.ptr, keep);
        if (rest > 0)
            memcpy(name + keep, s.ptr + 1, rest);
        VEC_PUSH(&p->pool, span_make(name, keep + rest));
    }
    sb_release(&text);
    return ok;
}

/* --- boxes --- */

enum { TYPE_INTERPRETED, TYPE_JIT, TYPE_INLINED, TYPE_NATIVE, TYPE_CPP, TYPE_KERNEL, TYPE_C1 };

static struct frame_desc frame_of(struct span title, uint64_t type, struct frametext *text)
{
    bool java = type != TYPE_NATIVE && type != TYPE_CPP && type != TYPE_KERNEL;
    if (!java) {
        frametext_symbol(title, type == TYPE_KERNEL ? SPAN("[kernel.kallsyms]") : SPAN(""), SPAN(""), text);
        text->d.kind = type == TYPE_KERNEL ? FRAME_KERNEL : FRAME_NATIVE;
        text->d.module = SPAN("");
    } else {
        frametext_read(title, text);
        if (text->d.kind == FRAME_UNKNOWN)
            text->d.kind = FRAME_MANAGED;
        text->d.flags = type == TYPE_INLINED ? FRAME_INLINED : type == TYPE_INTERPRETED ? FRAME_INTERPRETED : FRAME_JIT;
    }
    if (text->d.func.len == 0)
        text->d.func = SPAN("[unknown]");
    return text->d;
}

/* Closes boxes down to that level; what their children left is their own. */
static bool close_to(struct page *p, uint64_t level)
{
    while (p->open > level) {
        const struct box *box = &p->path[--p->open];
        if (box->left == 0)
            continue;
        struct sample_desc d = { box->stack, box->thread, STATE_UNKNOWN, 0 };
        uint32_t row;
        if (!builder_row(p->b, &d, &row, p->err) || !builder_value(p->b, row, p->column, (double)box->left, p->err))
            return false;
        builder_samples(p->b, row, box->left);
        p->samples += box->left;
    }
    return true;
}

static bool add_box(struct page *p, uint64_t level, uint64_t width, uint64_t type, struct span title)
{
    p->boxes++;
    if (level >= p->opt->limits.stack_depth)
        return err_set(p->err, ERR_LIMIT, "stack deeper than %llu frames",
                       (unsigned long long)p->opt->limits.stack_depth);
    if (!close_to(p, level))
        return false;
    if (level > p->open || (level == 0 && p->root > 0))
        return err_set(p->err, ERR_MALFORMED, "a box of level %llu has none below it", (unsigned long long)level);
    struct box box = { { 0 }, p->nobody, width };
    if (level == 0) {
        p->root = width;
        p->path[p->open++] = box;
        return true;
    }
    struct box *parent = &p->path[level - 1];
    if (width > parent->left)
        return err_set(p->err, ERR_VALUE, "boxes of level %llu are wider than the one they stand on",
                       (unsigned long long)level);
    parent->left -= width;
    box.stack = parent->stack;
    box.thread = parent->thread;
    struct rootframe root = level == 1 ? rootframe_read(title) : (struct rootframe){ .form = ROOT_NONE };
    if (root.form == ROOT_THREAD) {
        if (!builder_thread(p->b, p->process, root.tid, root.name, &box.thread, p->err))
            return false;
    } else {
        struct frametext text;
        struct frame_desc d = frame_of(title, type, &text);
        frame_id frame;
        if (!builder_frame(p->b, &d, &frame, p->err) ||
            !builder_stack_child(p->b, parent->stack, frame, &box.stack, p->err))
            return false;
    }
    p->path[p->open++] = box;
    return true;
}

/* f(level,left,width,type,'title',...) of version 2. */
static bool old_box(struct page *p, struct span args)
{
    uint64_t level, left, width, type;
    struct sb title = { .cap = 1 << 20 };
    bool ok = take_number(&args, &level) && take_number(&args, &left) && take_number(&args, &width) &&
              take_number(&args, &type) && take_text(&args, &title);
    if (!ok)
        (void)err_set(p->err, ERR_MALFORMED, "want f(level,left,width,type,'title')");
    ok = ok && add_box(p, level, width, type, sb_span(&title));
    sb_release(&title);
    return ok;
}

/* f(key,level,left,width,...), u(key,width,...) one level up, n(key,width,...) beside the one before. */
static bool new_box(struct page *p, char call, struct span args)
{
    uint64_t key, level = call == 'u' ? p->level0 + 1 : p->level0, left, width;
    bool ok = take_number(&args, &key);
    if (call == 'f')
        ok = ok && take_number(&args, &level) && take_number(&args, &left);
    (void)take_number(&args, &width);
    if (!ok || key >> 3 >= p->pool.count)
        return err_set(p->err, ERR_MALFORMED, "want a box with the number of a name below %u", p->pool.count);
    p->level0 = level;
    p->width0 = width > 0 ? width : p->width0;
    return add_box(p, level, p->width0, key & 7, p->pool.items[key >> 3]);
}

/* --- the page --- */

static bool between(struct span line, const char *from, const char *to, char *out, size_t size)
{
    struct span start = span_of(from);
    size_t at = span_find(line, 0, start);
    if (at == line.len)
        return false;
    line = span_from(line, at + start.len);
    line = span_sub(line, 0, span_find(line, 0, span_of(to)));
    size_t n = line.len < size - 1 ? line.len : size - 1;
    memcpy(out, line.ptr, n);
    out[n] = '\0';
    return true;
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

static bool settle_column(struct page *p)
{
    struct column_desc d = { SPAN("samples"), UNIT_SAMPLES, CLOCK_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, true };
    if (has(p->heading, "lloc") || has(p->unit, "byte"))
        return err_set(p->err, ERR_UNSUPPORTED,
                       "a page of async-profiler about allocations, which are not time; record "
                       "with -e cpu or -e wall");
    if (p->differential)
        return err_set(p->err, ERR_UNSUPPORTED,
                       "a page of async-profiler that compares two profiles, which has no shares; "
                       "send one of the two");
    if (p->reversed)
        return err_set(p->err, ERR_UNSUPPORTED,
                       "the page was made with --reverse: its stacks stand on their heads; make it "
                       "without, or send the .jfr");
    d.clock = has(p->heading, "Wall")                             ? CLOCK_WALL
              : has(p->heading, "CPU") || has(p->heading, "imer") ? CLOCK_CPU
              : has(p->heading, "ock")                            ? CLOCK_OFF
                                                                  : CLOCK_UNKNOWN;
    p->column = builder_column(p->b, &d);
    p->has_column = true;
    return true;
}

static bool read_line(struct page *p, struct span line)
{
    if (p->in_pool) {
        struct span t = span_trim(line);
        p->in_pool = !span_starts(t, SPAN("]"));
        return !p->in_pool || t.len == 0 || pool_line(p, t);
    }
    bool call = line.len > 2 && line.ptr[1] == '(' && (line.ptr[0] == 'f' || line.ptr[0] == 'u' || line.ptr[0] == 'n');
    if (call) {
        if (!p->has_column && !settle_column(p))
            return false;
        struct span args = span_from(line, 2);
        return p->pool.count == 0 ? old_box(p, args) : new_box(p, line.ptr[0], args);
    }
    char number[32];
    if (p->heading[0] == '\0')
        (void)between(line, "<h1>", "</h1>", p->heading, sizeof p->heading);
    (void)between(line, "const units = '", "'", p->unit, sizeof p->unit);
    if (span_find(line, 0, SPAN(" reverse = true;")) < line.len)
        p->reversed = true;
    if (between(line, "maxdiff = /*maxdiff:*/", ";", number, sizeof number))
        p->differential = number[0] != '-';
    if (span_starts(line, SPAN("const cpool = [")))
        p->in_pool = true;
    return true;
}

static bool read_page(struct page *p, struct source *in)
{
    for (;;) {
        struct span line;
        bool eof;
        if (!source_line(in, &line, &eof, p->err))
            return false;
        if (eof)
            break;
        if (!read_line(p, line)) {
            if (p->err->line == 0 && p->err->code != ERR_UNSUPPORTED)
                p->err->line = source_lines(in);
            return false;
        }
    }
    if (p->boxes == 0)
        return err_set(p->err, ERR_UNSUPPORTED,
                       "a page of async-profiler without a flame graph (a heatmap or a tree view); "
                       "send the .jfr, or record with file=out.html");
    return close_to(p, 0);
}

static bool page_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct page p = { .opt = opt, .err = err };
    p.b = builder_new(&opt->limits);
    p.path = xcalloc(opt->limits.stack_depth + 1, sizeof *p.path);
    p.process = builder_process(p.b, -1, SPAN(""), SPAN(""));
    bool ok = builder_thread(p.b, p.process, -1, SPAN(""), &p.nobody, err) && read_page(&p, in);
    if (ok && p.samples == 0)
        ok = err_set(err, ERR_EMPTY, "the flame graph is empty");
    ok = ok && builder_finish(p.b, &out->profile, err);
    if (ok) {
        out->tool = SPAN("async-profiler");
        out->runtime = RUNTIME_JVM;
        out->native_visible = TRI_YES;
        out->all_states = out->profile->columns[p.column].clock == CLOCK_WALL;
        import_settle(out, opt, out->profile->columns[p.column].clock);
    }
    builder_free(p.b);
    arena_release(&p.arena);
    free(p.pool.items);
    free(p.path);
    return ok;
}

const struct importer import_async_profiler_html = {
    .name = "async-profiler-html",
    .title = "async-profiler flame graph page (version 2 and later)",
    .proves = "what the recorded threads ran, Java, native and kernel; with -e wall all states of them",
    .cannot = "how long it took: pages hold counts without a length; which of the samples of -e wall waited",
    .spec_url = "https://github.com/async-profiler/async-profiler",
    .extensions = "*.html",
    .sniff = page_sniff,
    .parse = page_parse,
};
