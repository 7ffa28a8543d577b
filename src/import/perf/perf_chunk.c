#include "import/perf/perf_chunk.h"

#include <stdlib.h>

#include "base/num.h"
#include "base/vec.h"
#include "import/perf/perf_table.h"

/* Lines as they are printed, address included, found again without looking for their end. Four places a set; what does
 * not fit throws an older one out, so many addresses cost time and never memory. */
enum { SETS = 1 << 14, WAYS = 4, CACHE_BYTES = 2 << 20, KEY_BYTES = 32 };

struct cached {
    uint32_t len;
    uint32_t text; /* number of its text */
    /* then the bytes of the line */
};

struct way {
    uint32_t tag;
    uint32_t at; /* of its struct cached in bytes, + 1; 0 = free */
};

struct perf_reader {
    const struct perf_scan *scan;
    uint64_t seed; /* differs from process to process: names in hostile files cannot be made to collide */
    struct way (*sets)[WAYS];
    char *cache;
    uint32_t cache_len;
    unsigned victim;
    struct arena memory;         /* texts and lists, handed over to whoever takes the chunk */
    struct perf_text_list texts; /* all of them */
    struct perf_table text_table;
    struct perf_stack_list stacks;
    uint64_t stack_ids, stacks_max;
    struct perf_table stack_table;
    struct {
        uint32_t *items;
        size_t count, cap;
    } chain;         /* of the current sample */
    bool chain_lost; /* more texts than there are numbers */
    /* The current chunk. */
    struct perf_chunk *chunk;
    struct perf_raw *open; /* its event line was read, its stack is not at its end; the last of the records */
    bool skip;             /* the stack of this event is not wanted */
    uint64_t line;
};

enum { TEXTS_MAX = 1 << 24, STACK_IDS_MAX = 1 << 26 };

struct perf_reader *perf_reader_new(const struct perf_scan *scan, uint64_t stacks_max)
{
    struct perf_reader *r = xcalloc(1, sizeof *r);
    r->scan = scan;
    r->seed = perf_table_mix((uint64_t)(uintptr_t)r);
    r->stacks_max = stacks_max;
    r->sets = xcalloc(SETS, sizeof *r->sets);
    perf_table_init(&r->text_table, 1024);
    perf_table_init(&r->stack_table, 1024);
    return r;
}

void perf_reader_free(struct perf_reader *r)
{
    if (!r)
        return;
    free(r->sets);
    free(r->cache);
    free(r->texts.items);
    free(r->text_table.slot);
    free(r->stacks.items);
    free(r->stack_table.slot);
    free(r->chain.items);
    arena_release(&r->memory);
    free(r);
}

void perf_chunk_release(struct perf_chunk *c)
{
    free(c->bytes);
    free(c->records.items);
    free(c->texts.items);
    free(c->stacks.items);
    *c = (struct perf_chunk){ 0 };
}

/* --- texts and lists --- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* `<blanks><hex> <text>`: true with both parts. */
static bool split_frame(struct span line, struct span *ret_address, struct span *ret_text)
{
    const char *p = line.ptr;
    const char *end = line.ptr + line.len;
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    const char *hex = p;
    while (p < end && is_hex(*p))
        p++;
    if (p == hex || p == end || (*p != ' ' && *p != '\t'))
        return false;
    *ret_address = span_make(hex, (size_t)(p - hex));
    p++;
    *ret_text = span_make(p, (size_t)(end - p));
    return true;
}

/* The address of an unknown symbol may be part of its name: then it is part of what is looked up. */
static struct span text_key(const struct perf_reader *r, const struct perf_text *t)
{
    bool both = r->scan->address_matters && span_starts(t->text, SPAN("[unknown]"));
    return both ? span_make(t->address.ptr, (size_t)(t->text.ptr + t->text.len - t->address.ptr)) : t->text;
}

static uint64_t text_hash(const void *user, uint32_t ix)
{
    const struct perf_reader *r = user;
    struct span key = text_key(r, &r->texts.items[ix]);
    return perf_table_hash(key.ptr, key.len, r->seed);
}

static uint64_t stack_hash(const void *user, uint32_t ix)
{
    const struct perf_reader *r = user;
    return perf_table_hash((const char *)r->stacks.items[ix].ids, r->stacks.items[ix].count * sizeof(uint32_t),
                           r->seed);
}

/* Number of a text, UINT32_MAX when there are too many. */
static uint32_t text_find(struct perf_reader *r, struct span address, struct span text)
{
    struct perf_text t = { address, text };
    struct span key = text_key(r, &t);
    uint64_t hash = perf_table_hash(key.ptr, key.len, r->seed);
    struct perf_table *table = &r->text_table;
    uint32_t at = perf_table_first(table, hash);
    for (; table->slot[at].ix != 0; at = (at + 1) & table->mask) {
        uint32_t ix = table->slot[at].ix - 1;
        if (table->slot[at].tag == (uint32_t)(hash >> 32) && span_eq(text_key(r, &r->texts.items[ix]), key))
            return ix;
    }
    if (r->texts.count >= TEXTS_MAX)
        return UINT32_MAX;
    /* Address and text stand behind each other in the line, and do so in the copy. */
    struct span both = span_make(address.ptr, (size_t)(text.ptr + text.len - address.ptr));
    const char *copy = arena_dup(&r->memory, both);
    t.address.ptr = copy;
    t.text.ptr = copy + (text.ptr - address.ptr);
    uint32_t ix = (uint32_t)r->texts.count;
    VEC_PUSH(&r->texts, t);
    VEC_PUSH(&r->chunk->texts, t);
    perf_table_put(table, at, hash, ix, text_hash, r);
    return ix;
}

/* Numbers the chain. */
static uint32_t stack_find(struct perf_reader *r)
{
    size_t n = r->chain.count;
    uint64_t hash = perf_table_hash((const char *)r->chain.items, n * sizeof *r->chain.items, r->seed);
    struct perf_table *table = &r->stack_table;
    uint32_t at = perf_table_first(table, hash);
    for (; table->slot[at].ix != 0; at = (at + 1) & table->mask) {
        const struct perf_texts *s = &r->stacks.items[table->slot[at].ix - 1];
        if (table->slot[at].tag == (uint32_t)(hash >> 32) && s->count == n &&
            (n == 0 || memcmp(s->ids, r->chain.items, n * sizeof *r->chain.items) == 0))
            return table->slot[at].ix - 1;
    }
    if (r->chain_lost || r->stacks.count >= r->stacks_max || r->stack_ids + n > STACK_IDS_MAX)
        return PERF_STACK_NONE;
    uint32_t *ids = ARENA_ARRAY(&r->memory, n, uint32_t);
    if (n > 0)
        memcpy(ids, r->chain.items, n * sizeof *ids);
    struct perf_texts s = { ids, (uint32_t)n };
    r->stack_ids += n;
    uint32_t ix = (uint32_t)r->stacks.count;
    VEC_PUSH(&r->stacks, s);
    VEC_PUSH(&r->chunk->stacks, s);
    perf_table_put(table, at, hash, ix, stack_hash, r);
    return ix;
}

static inline void chain_push(struct perf_reader *r, uint32_t text)
{
    r->chain_lost = r->chain_lost || text == UINT32_MAX;
    VEC_PUSH(&r->chain, text);
}

/* --- the cache of lines --- */

/* Of what differs from line to line: the low digits of the address and the symbol behind it. */
static inline uint64_t line_key(const struct perf_reader *r, const char *p)
{
    uint64_t w[4];
    memcpy(w, p, KEY_BYTES);
    uint64_t a = (w[0] ^ r->seed) * 0x9fb21c651e98df25u ^ w[1];
    uint64_t b = (w[2] ^ r->seed) * 0xd6e8feb86659fd93u ^ w[3];
    a = (a ^ a >> 32) * 0x9fb21c651e98df25u + b;
    a = (a ^ a >> 29) * 0xd6e8feb86659fd93u;
    return a ^ a >> 32;
}

/* Length of the line at p when it was met before, with its text; 0 otherwise. */
static inline size_t cache_find(const struct perf_reader *r, const char *p, size_t left, uint64_t key,
                                uint32_t *ret_text)
{
    const struct way *set = r->sets[key & (SETS - 1)];
    for (unsigned w = 0; w < WAYS; w++) {
        if (set[w].tag != (uint32_t)(key >> 32) || set[w].at == 0)
            continue;
        struct cached c;
        const char *entry = r->cache + set[w].at - 1;
        memcpy(&c, entry, sizeof c);
        if (left > c.len && p[c.len] == '\n' && memcmp(p, entry + sizeof c, c.len) == 0) {
            *ret_text = c.text;
            return c.len;
        }
    }
    return 0;
}

static void cache_add(struct perf_reader *r, struct span line, uint64_t key, uint32_t text)
{
    size_t need = sizeof(struct cached) + line.len;
    if (need > CACHE_BYTES / 16)
        return;
    if (!r->cache)
        r->cache = xcalloc(CACHE_BYTES, 1);
    if (CACHE_BYTES - r->cache_len < need) {
        memset(r->sets, 0, SETS * sizeof *r->sets);
        r->cache_len = 0;
    }
    struct way *set = r->sets[key & (SETS - 1)];
    unsigned w = 0;
    while (w < WAYS && set[w].at != 0)
        w++;
    if (w == WAYS)
        w = r->victim++ % WAYS;
    set[w] = (struct way){ (uint32_t)(key >> 32), r->cache_len + 1 };
    struct cached c = { (uint32_t)line.len, text };
    memcpy(r->cache + r->cache_len, &c, sizeof c);
    memcpy(r->cache + r->cache_len + sizeof c, line.ptr, line.len);
    r->cache_len += (uint32_t)need;
}

/* --- lines --- */

static struct perf_raw *record_new(struct perf_reader *r)
{
    struct perf_raws *v = &r->chunk->records;
    VEC_GROW(v);
    struct perf_raw *raw = &v->items[v->count++];
    *raw = (struct perf_raw){ .rec = { .kind = PERF_SAMPLE,
                                       .comm = { "", 0 },
                                       .text = { "", 0 },
                                       .pid = -1,
                                       .tid = -1,
                                       .line = r->line,
                                       .stack = PERF_STACK_NONE },
                              .event = { "", 0 } };
    return raw;
}

/* Ends the open event. ended: by its blank line, not by the next event. */
static void close_event(struct perf_reader *r, bool ended)
{
    if (!r->open)
        return;
    r->open->rec.ended = ended;
    if (!r->skip) {
        r->open->rec.stack = stack_find(r);
        r->open->rec.frame_count = r->chain.count;
    }
    r->open = NULL;
}

static void note_bad(struct perf_reader *r)
{
    if (r->chunk->bad++ == 0)
        r->chunk->first_bad = r->line;
}

static void begin(struct perf_reader *r, struct perf_raw *raw)
{
    r->open = raw;
    r->chain.count = 0;
    r->chain_lost = false;
    r->skip = !raw->bare && r->chunk->skip && r->scan->skip(r->scan->user, &raw->rec, raw->event);
}

static void open_event(struct perf_reader *r, struct span line)
{
    struct perf_record next = { .comm = { "", 0 }, .text = { "", 0 } };
    struct span event;
    if (!perf_scan_header(line, &next, &event)) {
        note_bad(r);
        return;
    }
    /* An event before that had no stack and no blank line is a sample of its own. */
    close_event(r, false);
    struct perf_raw *raw = record_new(r);
    next.line = r->line;
    next.stack = PERF_STACK_NONE;
    raw->rec = next;
    raw->event = event;
    if (next.kind == PERF_SIDE)
        return;
    begin(r, raw);
    struct span address;
    struct span text;
    bool single =
        next.text.len > 0 && next.text.ptr[next.text.len - 1] == ')' && split_frame(next.text, &address, &text);
    if (single) {
        if (!r->skip)
            chain_push(r, text_find(r, address, text));
        close_event(r, true);
    }
}

/* perf indents frames by a tab; an event line of a short comm is aligned by blanks. */
static bool reads_as_event(struct span line, bool frame, struct span text)
{
    if (frame && (text.len == 0 || text.ptr[0] < '0' || text.ptr[0] > '9'))
        return false;
    struct perf_record r = { .comm = { "", 0 }, .text = { "", 0 } };
    struct span event;
    return perf_scan_header(line, &r, &event) && (r.has_time || r.has_cpu);
}

/* A line that begins with a blank: a frame, a right-aligned event line, or a source line. */
static void indented(struct perf_reader *r, struct span line)
{
    struct span address;
    struct span text;
    bool frame = split_frame(line, &address, &text);
    if (line.ptr[0] == ' ' && reads_as_event(line, frame && r->open, text)) {
        open_event(r, line);
        return;
    }
    if (!frame) {
        bool source_line = span_chr(line, 0, ':') < line.len || span_chr(line, 0, '[') < line.len;
        if (!source_line || !r->open)
            note_bad(r);
        return;
    }
    if (!r->open) {
        struct perf_raw *raw = record_new(r);
        raw->bare = true;
        begin(r, raw);
    }
    if (!r->skip)
        chain_push(r, text_find(r, address, text));
}

static void one_line(struct perf_reader *r, struct span line)
{
    if (line.len == 0) {
        close_event(r, true);
    } else if (line.ptr[0] == '\t' || line.ptr[0] == ' ') {
        if (span_trim(line).len == 0)
            close_event(r, true);
        else
            indented(r, line);
    } else if (line.ptr[0] == '#') {
        if (r->scan->header) {
            /* Kept as a record, so that it is seen in its place; the open event stays the last one. */
            struct perf_raw *raw = record_new(r);
            raw->comment = true;
            raw->rec.text = line;
            if (r->open) {
                struct perf_raw swap = *raw;
                *raw = raw[-1];
                raw[-1] = swap;
                r->open = raw;
            }
        }
    } else {
        open_event(r, line);
    }
}

static const char *next_line(struct perf_reader *r, const char *p, const char *end, uint64_t key)
{
    const char *lf = memchr(p, '\n', (size_t)(end - p));
    const char *stop = lf ? lf : end;
    struct span line = span_make(p, (size_t)(stop - p));
    struct span raw_line = line;
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    struct span address;
    struct span text;
    if (line.len > 0 && *p == '\t' && r->open && split_frame(line, &address, &text)) {
        if (!r->skip) {
            uint32_t id = text_find(r, address, text);
            chain_push(r, id);
            if (raw_line.len >= KEY_BYTES && lf && id != UINT32_MAX)
                cache_add(r, raw_line, key, id);
        }
    } else {
        one_line(r, line);
    }
    return lf ? lf + 1 : end;
}

void perf_chunk_read(struct perf_reader *r, struct perf_chunk *chunk)
{
    r->chunk = chunk;
    r->open = NULL;
    r->line = 0;
    const char *p = chunk->bytes;
    const char *end = p + chunk->len;
    while (p < end) {
        size_t left = (size_t)(end - p);
        uint64_t key = 0;
        r->line++;
        if (*p == '\t' && r->open && !r->skip && left > KEY_BYTES) {
            key = line_key(r, p);
            uint32_t text;
            size_t len = cache_find(r, p, left, key, &text);
            if (len > 0) {
                chain_push(r, text);
                p += len + 1;
                continue;
            }
        }
        p = next_line(r, p, end, key);
    }
    close_event(r, false);
    chunk->lines = r->line;
    r->chunk = NULL;
}

size_t perf_chunk_end(struct span text)
{
    /* From the back, line by line; `at` is where a line begins. */
    size_t end = text.len;
    while (end > 0 && text.ptr[end - 1] != '\n')
        end--;
    while (end > 0) {
        size_t at = end - 1;
        while (at > 0 && text.ptr[at - 1] != '\n')
            at--;
        struct span line = span_sub(text, at, end - 1 - at);
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0)
            return end;
        struct span address;
        struct span rest = SPAN("");
        bool frame = split_frame(line, &address, &rest);
        bool event = false;
        struct perf_record r = { .comm = { "", 0 }, .text = { "", 0 } };
        struct span name;
        if (line.ptr[0] == ' ')
            event = reads_as_event(line, frame, rest);
        else if (line.ptr[0] != '\t' && line.ptr[0] != '#')
            event = perf_scan_header(line, &r, &name);
        if (event)
            return at; /* 0: the first line of all */
        end = at;
    }
    return 0;
}
