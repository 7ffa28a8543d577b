/* Readers of stack blocks. The text of one block is gathered in one buffer; frames are cut from it when its number is read,
 * so that a block costs no allocation once the buffers have grown. */
#include "import/trace/blocks.h"

#include <stdlib.h>

#include "base/num.h"
#include "base/sb.h"
#include "base/vec.h"

struct piece {
    size_t at, len;
    uint32_t group;
};

struct gather {
    const struct limits *limits;
    struct sb text;
    struct {
        struct piece *items;
        size_t count, cap;
    } pieces;
    struct block_frame *frames;
    size_t frames_cap;
    uint32_t group;
    size_t map_len; /* the map's name is the first of the text */
    size_t key_at, key_len;
};

static void gather_reset(struct gather *g)
{
    sb_reset(&g->text);
    g->pieces.count = 0;
    g->group = 0;
    g->map_len = g->key_at = g->key_len = 0;
}

static void gather_release(struct gather *g)
{
    sb_release(&g->text);
    free(g->pieces.items);
    free(g->frames);
}

static bool gather_frame(struct gather *g, struct span frame, uint64_t line_no, struct err *err)
{
    if (g->pieces.count >= g->limits->stack_depth)
        return err_at_line(err, ERR_LIMIT, line_no, "line %llu: a stack of more than %llu frames (limit stack_depth)",
                           (unsigned long long)line_no, (unsigned long long)g->limits->stack_depth);
    VEC_PUSH(&g->pieces, ((struct piece){ g->text.len, frame.len, g->group }));
    sb_add(&g->text, frame);
    return true;
}

static bool gather_give(struct gather *g, double value, uint64_t line_no, block_fn each, void *user, struct err *err)
{
    if (g->frames_cap < g->pieces.count) {
        g->frames_cap = g->pieces.cap;
        g->frames = xrealloc(g->frames, g->frames_cap, sizeof *g->frames);
    }
    struct span text = sb_span(&g->text);
    for (size_t i = 0; i < g->pieces.count; i++) {
        const struct piece *p = &g->pieces.items[i];
        g->frames[i] = (struct block_frame){ span_sub(text, p->at, p->len), p->group };
    }
    struct block b = { .map = span_sub(text, 0, g->map_len),
                       .key = span_sub(text, g->key_at, g->key_len),
                       .frames = g->frames,
                       .frame_count = g->pieces.count,
                       .value = value,
                       .line_no = line_no };
    return each(user, &b, err);
}

/* --- bpftrace --- */

/* "@name[": the name may be empty. */
static bool map_start(struct span line, struct span *ret_name, struct span *ret_rest)
{
    if (line.len == 0 || line.ptr[0] != '@')
        return false;
    size_t n = 1;
    while (n < line.len && (line.ptr[n] == '_' || (line.ptr[n] >= '0' && line.ptr[n] <= '9') ||
                            (line.ptr[n] >= 'a' && line.ptr[n] <= 'z') || (line.ptr[n] >= 'A' && line.ptr[n] <= 'Z')))
        n++;
    if (n == line.len || line.ptr[n] != '[')
        return false;
    *ret_name = span_sub(line, 1, n - 1);
    *ret_rest = span_from(line, n + 1);
    return true;
}

/* "...]: 12" -> text before it and the number; `other` for "]: count 3, average 4" and the head of a histogram. */
static bool map_end(struct span line, struct span *ret_before, double *ret_value, bool *ret_other)
{
    size_t at = span_find(line, 0, SPAN("]:"));
    for (size_t next; at < line.len && (next = span_find(line, at + 1, SPAN("]:"))) < line.len;)
        at = next;
    if (at == line.len)
        return false;
    struct span value = span_trim(span_from(line, at + 2));
    *ret_before = span_sub(line, 0, at);
    *ret_other = !span_to_double(value, ret_value) || *ret_value < 0;
    return true;
}

/* Text parts of a key: ", a_half" or "a_half, 12, ". */
static void add_key(struct gather *g, struct span text)
{
    enum { KEY_MAX = 256 };
    struct span t = span_trim(text);
    while (t.len > 0 && t.ptr[0] == ',')
        t = span_trim(span_from(t, 1));
    while (t.len > 0 && t.ptr[t.len - 1] == ',')
        t = span_trim(span_sub(t, 0, t.len - 1));
    if (t.len == 0 || g->key_len > 0)
        return;
    g->key_at = g->text.len;
    g->key_len = span_sub(t, 0, KEY_MAX).len;
    sb_add(&g->text, span_sub(t, 0, KEY_MAX));
}

struct bpftrace {
    struct gather g;
    block_fn each;
    void *user;
    struct block_notes *notes;
    bool open; /* inside a key */
};

static bool bpftrace_end(struct bpftrace *b, struct span before, double value, bool other, uint64_t line_no,
                         struct err *err)
{
    add_key(&b->g, before);
    b->open = false;
    b->notes->others += other;
    return other || gather_give(&b->g, value, line_no, b->each, b->user, err);
}

static bool bpftrace_line(struct bpftrace *b, struct span line, uint64_t line_no, struct err *err)
{
    struct span name;
    struct span rest = line;
    struct span before;
    double value = 0;
    bool other = false;
    bool starts = map_start(line, &name, &rest);
    if (starts) {
        gather_reset(&b->g);
        sb_add(&b->g.text, name);
        b->g.map_len = name.len;
        b->open = true;
    }
    if (!b->open)
        return true; /* "Attaching 3 probes...", histograms, scalars */
    bool indented = !starts && rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t');
    if (!indented && map_end(rest, &before, &value, &other))
        return bpftrace_end(b, before, value, other, line_no, err);
    struct span text = span_trim(rest);
    if (starts || text.len == 0 || text.ptr[0] == ',') {
        b->g.group += b->g.pieces.count > 0;
        add_key(&b->g, rest);
        return true;
    }
    return gather_frame(&b->g, text, line_no, err);
}

bool blocks_read_bpftrace(struct source *in, const struct limits *lim, block_fn each, void *user,
                          struct block_notes *ret_notes, struct err *err)
{
    *ret_notes = (struct block_notes){ .rate_hz = NUM_UNKNOWN };
    struct bpftrace b = { .g = { .limits = lim }, .each = each, .user = user, .notes = ret_notes };
    bool ok = true;
    bool eof = false;
    while (ok && !eof) {
        struct span line;
        ok = source_line(in, &line, &eof, err) && (eof || bpftrace_line(&b, line, source_lines(in), err));
    }
    if (ok && b.open)
        ok = err_at_line(err, ERR_MALFORMED, source_lines(in),
                         "line %llu: the file ends inside an entry: want ']: <number>'",
                         (unsigned long long)source_lines(in));
    gather_release(&b.g);
    return ok;
}

/* --- DTrace --- */

/* "profile-997" in what DTrace prints before the stacks. */
static void note_probe(struct span text, struct block_notes *notes)
{
    size_t at = span_find(text, 0, SPAN("profile-"));
    if (at == text.len)
        return;
    struct span rest = span_from(text, at + 8);
    size_t n = 0;
    uint64_t rate;
    while (n < rest.len && rest.ptr[n] >= '0' && rest.ptr[n] <= '9')
        n++;
    if (!span_to_u64(span_sub(rest, 0, n), &rate) || rate == 0)
        return;
    notes->profile_probe = true;
    if (n == rest.len || rest.ptr[n] == ' ' || rest.ptr[n] == '\'' || rest.ptr[n] == 'h')
        notes->rate_hz = (double)rate;
}

bool blocks_read_dtrace(struct source *in, const struct limits *lim, block_fn each, void *user,
                        struct block_notes *ret_notes, struct err *err)
{
    *ret_notes = (struct block_notes){ .rate_hz = NUM_UNKNOWN };
    struct gather g = { .limits = lim };
    bool ok = true;
    bool first = true; /* no blank line yet: what stands here is the header */
    for (;;) {
        struct span line;
        bool eof;
        ok = source_line(in, &line, &eof, err);
        if (!ok || eof)
            break;
        struct span text = span_trim(line);
        uint64_t count;
        if (first)
            note_probe(text, ret_notes);
        if (text.len == 0) {
            first = false;
            gather_reset(&g);
        } else if (!first && g.pieces.count > 0 && span_to_u64(text, &count)) {
            ok = gather_give(&g, (double)count, source_lines(in), each, user, err);
            gather_reset(&g);
        } else if (!first) {
            ok = gather_frame(&g, text, source_lines(in), err);
        }
        if (!ok)
            break;
    }
    gather_release(&g);
    return ok;
}
