#include "import/stacks/folded_chunk.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/num.h"
#include "base/vec.h"
#include "import/perf/perf_table.h"

struct folded_reader {
    uint64_t seed;
    struct arena memory; /* the names */
    struct {
        struct span *items;
        size_t count, cap;
    } names;
    struct perf_table table;
    /* The stack before in the chunk: mostly the next one begins with the same frames. */
    struct span before;
    struct {
        uint32_t *items; /* byte behind each of its frames */
        size_t count, cap;
    } end;
};

struct folded_reader *folded_reader_new(uint64_t seed)
{
    struct folded_reader *r = xcalloc(1, sizeof *r);
    r->seed = seed;
    perf_table_init(&r->table, 1024);
    return r;
}

void folded_reader_free(struct folded_reader *r)
{
    if (!r)
        return;
    free(r->names.items);
    free(r->table.slot);
    free(r->end.items);
    arena_release(&r->memory);
    free(r);
}

void folded_chunk_release(struct folded_chunk *c)
{
    free(c->bytes);
    free(c->lines.items);
    free(c->ids.items);
    free(c->names.items);
    *c = (struct folded_chunk){ 0 };
}

/* The last word of a text as a number; what stands before it is *ret_stack. A semicolon is part of no number, so the
 * search for its beginning ends there. */
bool folded_split(struct span line, struct span *ret_stack, double *ret_count)
{
    size_t end = line.len;
    while (end > 0 && (line.ptr[end - 1] == ' ' || line.ptr[end - 1] == '\t'))
        end--;
    size_t at = end;
    while (at > 0 && line.ptr[at - 1] != ' ' && line.ptr[at - 1] != '\t' && line.ptr[at - 1] != ';')
        at--;
    if (at == 0 || at == end || line.ptr[at - 1] == ';')
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

static uint64_t name_hash(const void *user, uint32_t ix)
{
    const struct folded_reader *r = user;
    return perf_table_hash(r->names.items[ix].ptr, r->names.items[ix].len, r->seed);
}

static uint32_t name_find(struct folded_reader *r, struct folded_chunk *c, struct span name)
{
    uint64_t hash = perf_table_hash(name.ptr, name.len, r->seed);
    uint32_t at = perf_table_first(&r->table, hash);
    for (; r->table.slot[at].ix != 0; at = (at + 1) & r->table.mask) {
        uint32_t ix = r->table.slot[at].ix - 1;
        if (r->table.slot[at].tag == (uint32_t)(hash >> 32) && span_eq(r->names.items[ix], name))
            return ix;
    }
    struct span kept = arena_span(&r->memory, name);
    uint32_t ix = (uint32_t)r->names.count;
    VEC_PUSH(&r->names, kept);
    VEC_PUSH(&c->names, kept);
    perf_table_put(&r->table, at, hash, ix, name_hash, r);
    return ix;
}

/* Leading bytes that two texts share. */
static size_t same_bytes(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t left, right;
        memcpy(&left, a.ptr + i, 8);
        memcpy(&right, b.ptr + i, 8);
        if (left != right)
            break;
    }
    while (i < n && a.ptr[i] == b.ptr[i])
        i++;
    return i;
}

/* Number of leading frames that this stack shares with the one before. */
static size_t shared_frames(const struct folded_reader *r, struct span stack)
{
    size_t same = same_bytes(r->before, stack);
    size_t from = 0;
    size_t to = r->end.count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (r->end.items[middle] <= same)
            from = middle + 1;
        else
            to = middle;
    }
    /* Behind the last of them the frame must end in this stack too; of the others it does. */
    if (from > 0) {
        size_t end = r->end.items[from - 1];
        if (end < stack.len && stack.ptr[end] != ';')
            from--;
    }
    return from;
}

static void add_stack(struct folded_reader *r, struct folded_chunk *c, struct span stack, double count)
{
    size_t shared = shared_frames(r, stack);
    size_t first = c->ids.count;
    size_t at = shared > 0 ? r->end.items[shared - 1] + 1u : 0;
    r->end.count = shared;
    while (at < stack.len) {
        const char *semicolon = memchr(stack.ptr + at, ';', stack.len - at);
        size_t end = semicolon ? (size_t)(semicolon - stack.ptr) : stack.len;
        /* Empty frames occur (";;"); they are nothing that ran. */
        if (end > at) {
            VEC_PUSH(&c->ids, name_find(r, c, span_sub(stack, at, end - at)));
            VEC_PUSH(&r->end, (uint32_t)end);
        }
        at = end + 1;
    }
    r->before = stack;
    c->joined += memchr(stack.ptr, ';', stack.len) != NULL;
    struct folded_line line = { .count = count,
                                .shared = (uint32_t)shared,
                                .fresh = (uint32_t)(c->ids.count - first),
                                .line = (uint32_t)c->line_count,
                                .hash = (uint32_t)perf_table_hash(stack.ptr, stack.len, r->seed) };
    VEC_PUSH(&c->lines, line);
}

static void read_line(struct folded_reader *r, struct folded_chunk *c, struct span line)
{
    if (span_trim(line).len == 0 || line.ptr[0] == '#')
        return;
    struct span stack;
    double count;
    if (!folded_split(line, &stack, &count) || span_trim(stack).len == 0) {
        if (c->bad++ == 0) {
            c->first_bad = c->line_count;
            c->bad_text = line;
        }
        return;
    }
    struct span before;
    double first;
    c->two_counts += folded_split(stack, &before, &first);
    add_stack(r, c, stack, count);
}

void folded_chunk_read(struct folded_reader *r, struct folded_chunk *c)
{
    c->lines.count = c->ids.count = c->names.count = 0;
    c->line_count = c->two_counts = c->joined = c->bad = c->first_bad = 0;
    c->bad_text = SPAN("");
    r->before = SPAN("");
    r->end.count = 0;
    const char *p = c->bytes;
    const char *end = p + c->len;
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        const char *stop = lf ? lf : end;
        struct span line = span_make(p, (size_t)(stop - p));
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        c->line_count++;
        read_line(r, c, line);
        p = lf ? lf + 1 : end;
    }
}
