#include "import/perf/perf_scan.h"

#include <stdlib.h>

#include "base/num.h"

/* One distinct frame text in one context. */
struct frame_entry {
    uint64_t at; /* of its text in the pool */
    uint32_t len;
    uint32_t context;
    uint32_t first, count; /* its ids */
};

struct stack_entry {
    uint64_t first; /* in the pool of ids */
    uint32_t count;
};

struct slot {
    uint32_t tag; /* high half of the hash */
    uint32_t ix;  /* entry + 1, 0 = free */
};

struct table {
    struct slot *slot;
    uint32_t mask;
    uint32_t used;
};

struct ids {
    uint32_t *items;
    uint64_t count, cap;
};

struct perf_scan_state {
    struct source *in;
    uint64_t seed;     /* differs from process to process: names in hostile files cannot be made to collide */
    struct span block; /* unread lines */
    char *text;
    uint64_t text_len, text_size;
    struct frame_entry *frames;
    uint32_t frame_count, frame_size;
    struct table frame_table;
    struct ids frame_ids;
    struct stack_entry *stacks;
    uint32_t stack_count, stack_size;
    uint64_t stacks_max;
    struct table stack_table;
    struct ids stack_ids;
    struct ids chain; /* of the current sample */
    uint64_t events;  /* event lines read */
    bool open;        /* an event line was read, its stack is not at its end */
    bool skip;        /* the stack of this event is not wanted */
    bool single;      /* the event line held its only frame */
    struct perf_record rec;
    char *copy; /* comm and text of the current event; owned */
    size_t copy_size;
};

enum { STACK_IDS_MAX = 1 << 26 };

static uint64_t mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 29;
    h *= 0x9fb21c651e98df25u;
    return h ^ h >> 32;
}

/* Two lanes of eight bytes: a frame line is about fifty. */
static uint64_t hash_bytes(const char *p, size_t n, uint64_t seed)
{
    uint64_t a = seed ^ n;
    uint64_t b = seed + 0x9e3779b97f4a7c15u;
    while (n >= 16) {
        uint64_t w[2];
        memcpy(w, p, 16);
        a = (a ^ w[0]) * 0x9fb21c651e98df25u;
        b = (b ^ w[1]) * 0xd6e8feb86659fd93u;
        a ^= a >> 31;
        b ^= b >> 29;
        p += 16;
        n -= 16;
    }
    uint64_t tail[2] = { 0, 0 };
    if (n > 0)
        memcpy(tail, p, n);
    a = (a ^ tail[0]) * 0x9fb21c651e98df25u;
    b = (b ^ tail[1]) * 0xd6e8feb86659fd93u;
    return mix(a ^ (b << 23 | b >> 41));
}

static void table_init(struct table *t, uint32_t slots)
{
    t->slot = xcalloc(slots, sizeof *t->slot);
    t->mask = slots - 1;
    t->used = 0;
}

static void table_grow(struct table *t, const struct perf_scan_state *st,
                       uint64_t (*hash)(const struct perf_scan_state *st, uint32_t ix))
{
    struct table bigger;
    table_init(&bigger, (t->mask + 1) * 4);
    for (uint32_t i = 0; i <= t->mask; i++) {
        if (t->slot[i].ix == 0)
            continue;
        uint32_t at = (uint32_t)hash(st, t->slot[i].ix - 1) & bigger.mask;
        while (bigger.slot[at].ix != 0)
            at = (at + 1) & bigger.mask;
        bigger.slot[at] = t->slot[i];
    }
    bigger.used = t->used;
    free(t->slot);
    *t = bigger;
}

static inline void ids_push(struct ids *v, uint32_t id)
{
    if (v->count == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 256;
        v->items = xrealloc(v->items, v->cap, sizeof *v->items);
    }
    v->items[v->count++] = id;
}

void perf_scan_push(struct perf_scan *scan, uint32_t id)
{
    ids_push(&scan->st->frame_ids, id);
}

void perf_scan_init(struct perf_scan *scan, struct source *in, uint64_t stacks_max)
{
    *scan = (struct perf_scan){ 0 };
    intern_init(&scan->names);
    struct perf_scan_state *st = xcalloc(1, sizeof *st);
    scan->st = st;
    st->in = in;
    st->seed = mix((uint64_t)(uintptr_t)st);
    st->stacks_max = stacks_max < PERF_STACK_NONE ? stacks_max : PERF_STACK_NONE - 1;
    table_init(&st->frame_table, 1024);
    table_init(&st->stack_table, 1024);
}

void perf_scan_release(struct perf_scan *scan)
{
    struct perf_scan_state *st = scan->st;
    if (!st)
        return;
    free(st->text);
    free(st->frames);
    free(st->frame_table.slot);
    free(st->frame_ids.items);
    free(st->stacks);
    free(st->stack_table.slot);
    free(st->stack_ids.items);
    free(st->chain.items);
    free(st->copy);
    free(st);
    scan->st = NULL;
    intern_release(&scan->names);
}

const uint32_t *perf_scan_stack(const struct perf_scan *scan, uint32_t stack, size_t *ret_n)
{
    const struct stack_entry *s = &scan->st->stacks[stack];
    *ret_n = s->count;
    return scan->st->stack_ids.items + s->first;
}

static uint64_t frame_hash(const struct perf_scan_state *st, uint32_t ix)
{
    const struct frame_entry *f = &st->frames[ix];
    return hash_bytes(st->text + f->at, f->len, st->seed + f->context);
}

static uint64_t chain_hash(const uint32_t *ids, uint64_t n, uint64_t seed)
{
    return hash_bytes((const char *)ids, n * sizeof *ids, seed);
}

static uint64_t stack_hash(const struct perf_scan_state *st, uint32_t ix)
{
    return chain_hash(st->stack_ids.items + st->stacks[ix].first, st->stacks[ix].count, st->seed);
}

void perf_scan_begin(struct perf_scan *scan)
{
    scan->st->chain.count = 0;
}

void perf_scan_repeat(struct perf_scan *scan, uint64_t first, uint32_t count)
{
    struct perf_scan_state *st = scan->st;
    for (uint32_t i = 0; i < count; i++)
        ids_push(&st->chain, st->frame_ids.items[first + i]);
}

bool perf_scan_resolve(struct perf_scan *scan, struct span symbol, struct span dso, struct span address,
                       uint64_t *ret_first, uint32_t *ret_count, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    *ret_first = st->frame_ids.count;
    if (!scan->resolve(scan->user, scan, symbol, dso, address, err))
        return false;
    *ret_count = (uint32_t)(st->frame_ids.count - *ret_first);
    perf_scan_repeat(scan, *ret_first, *ret_count);
    return true;
}

void perf_scan_forget(struct perf_scan *scan, uint64_t first)
{
    scan->st->frame_ids.count = first;
}

static bool frame_new(struct perf_scan *scan, struct span text, struct span address, bool keep, uint64_t hash,
                      uint32_t at, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    struct span symbol;
    struct span dso;
    perf_scan_frame(text, &symbol, &dso);
    uint64_t first;
    uint32_t count;
    if (!perf_scan_resolve(scan, symbol, dso, address, &first, &count, err))
        return false;
    struct frame_entry f = { .at = st->text_len,
                             .len = (uint32_t)text.len,
                             .context = scan->context,
                             .first = (uint32_t)first,
                             .count = count };
    if (!keep) {
        perf_scan_forget(scan, first);
        return true;
    }
    if (st->text_size - st->text_len < text.len) {
        st->text_size = (st->text_size + text.len) * 2;
        st->text = xrealloc(st->text, st->text_size, 1);
    }
    if (text.len > 0)
        memcpy(st->text + st->text_len, text.ptr, text.len);
    st->text_len += text.len;
    if (st->frame_count == st->frame_size) {
        st->frame_size = st->frame_size ? st->frame_size * 2 : 1024;
        st->frames = xrealloc(st->frames, st->frame_size, sizeof *st->frames);
    }
    st->frames[st->frame_count] = f;
    st->frame_table.slot[at] = (struct slot){ (uint32_t)(hash >> 32), ++st->frame_count };
    if (++st->frame_table.used * 2 > st->frame_table.mask)
        table_grow(&st->frame_table, st, frame_hash);
    return true;
}

/* Appends the ids of a frame line (text behind the address) to the chain. */
static bool frame_add(struct perf_scan *scan, struct span text, struct span address, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    uint64_t hash = hash_bytes(text.ptr, text.len, st->seed + scan->context);
    const struct table *t = &st->frame_table;
    uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & t->mask;
    for (; t->slot[at].ix != 0; at = (at + 1) & t->mask) {
        const struct frame_entry *f = &st->frames[t->slot[at].ix - 1];
        if (t->slot[at].tag == tag && f->len == text.len && f->context == scan->context &&
            (text.len == 0 || memcmp(st->text + f->at, text.ptr, text.len) == 0)) {
            if (f->count == 1)
                ids_push(&st->chain, st->frame_ids.items[f->first]);
            else
                perf_scan_repeat(scan, f->first, f->count);
            return true;
        }
    }
    enum { FRAME_TEXTS_MAX = 1 << 24 };
    bool keep = st->frame_count < FRAME_TEXTS_MAX && text.len < UINT32_MAX &&
                !(scan->address_matters && span_starts(text, SPAN("[unknown]")));
    return frame_new(scan, text, address, keep, hash, at, err);
}

static void chain_squeeze(struct ids *chain)
{
    uint64_t kept = chain->count > 0 ? 1 : 0;
    for (uint64_t i = 1; i < chain->count; i++) {
        if (chain->items[i] != chain->items[kept - 1])
            chain->items[kept++] = chain->items[i];
    }
    chain->count = kept;
}

void perf_scan_number(struct perf_scan *scan, struct perf_record *r)
{
    struct perf_scan_state *st = scan->st;
    if (scan->no_repeats)
        chain_squeeze(&st->chain);
    const uint32_t *ids = st->chain.items;
    uint64_t n = st->chain.count;
    r->frames = ids;
    r->frame_count = n;
    r->stack_new = false;
    uint64_t hash = chain_hash(ids, n, st->seed);
    const struct table *t = &st->stack_table;
    uint32_t tag = (uint32_t)(hash >> 32);
    uint32_t at = (uint32_t)hash & t->mask;
    for (; t->slot[at].ix != 0; at = (at + 1) & t->mask) {
        const struct stack_entry *s = &st->stacks[t->slot[at].ix - 1];
        if (t->slot[at].tag == tag && s->count == n &&
            (n == 0 || memcmp(st->stack_ids.items + s->first, ids, n * sizeof *ids) == 0)) {
            r->stack = t->slot[at].ix - 1;
            return;
        }
    }
    r->stack = PERF_STACK_NONE;
    if (st->stack_count >= st->stacks_max || st->stack_ids.count + n > STACK_IDS_MAX)
        return;
    if (st->stack_count == st->stack_size) {
        st->stack_size = st->stack_size ? st->stack_size * 2 : 1024;
        st->stacks = xrealloc(st->stacks, st->stack_size, sizeof *st->stacks);
    }
    st->stacks[st->stack_count] = (struct stack_entry){ st->stack_ids.count, (uint32_t)n };
    for (uint64_t i = 0; i < n; i++)
        ids_push(&st->stack_ids, ids[i]);
    r->stack = st->stack_count;
    r->stack_new = true;
    st->stack_table.slot[at] = (struct slot){ tag, ++st->stack_count };
    if (++st->stack_table.used * 2 > st->stack_table.mask)
        table_grow(&st->stack_table, st, stack_hash);
}

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

/* comm and text outlive the block that the event line stood in. */
static void keep_event(struct perf_scan_state *st)
{
    struct perf_record *r = &st->rec;
    size_t need = r->comm.len + r->text.len + 1;
    if (need > st->copy_size) {
        st->copy_size = need * 2;
        st->copy = xrealloc(st->copy, st->copy_size, 1);
    }
    if (r->comm.len > 0)
        memcpy(st->copy, r->comm.ptr, r->comm.len);
    if (r->text.len > 0)
        memcpy(st->copy + r->comm.len, r->text.ptr, r->text.len);
    r->comm.ptr = st->copy;
    r->text.ptr = st->copy + r->comm.len;
}

static bool text_is_frame(struct span text, struct span *ret_address, struct span *ret_text)
{
    return text.len > 0 && text.ptr[text.len - 1] == ')' && split_frame(text, ret_address, ret_text);
}

/* STEP_AGAIN: a record is ready, and the line has not been read yet. */
enum step { STEP_MORE, STEP_RECORD, STEP_AGAIN, STEP_ERROR };

/* Ends the open event; STEP_RECORD when it counts. ended: by its blank line, not by the next event. */
static enum step close_event(struct perf_scan *scan, bool ended)
{
    struct perf_scan_state *st = scan->st;
    if (!st->open)
        return STEP_MORE;
    st->open = false;
    if (st->skip)
        return STEP_MORE;
    st->rec.ended = ended;
    perf_scan_number(scan, &st->rec);
    scan->samples++;
    return STEP_RECORD;
}

static void note_bad(struct perf_scan *scan)
{
    if (scan->bad++ == 0)
        scan->first_bad = scan->line;
}

/* Reads an event line into the record. */
static enum step open_event(struct perf_scan *scan, struct span line, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    struct perf_record next = { .comm = { "", 0 }, .text = { "", 0 } };
    struct span event;
    if (!perf_scan_header(line, &next, &event)) {
        note_bad(scan);
        return STEP_MORE;
    }
    /* The event before had no stack and no blank line: it is a sample of its own. */
    if (st->open && close_event(scan, false) == STEP_RECORD)
        return STEP_AGAIN;
    st->rec = next;
    st->events++;
    st->rec.line = scan->line;
    st->rec.event = intern_add(&scan->names, event);
    keep_event(st);
    st->chain.count = 0;
    if (st->rec.kind == PERF_SIDE) {
        st->rec.frames = NULL;
        st->rec.frame_count = 0;
        return STEP_RECORD;
    }
    st->open = true;
    st->skip = scan->wanted && !scan->wanted(scan->user, &st->rec);
    struct span address;
    struct span text;
    st->single = text_is_frame(st->rec.text, &address, &text);
    if (st->single) {
        if (!st->skip && !frame_add(scan, text, address, err))
            return STEP_ERROR;
        return close_event(scan, true);
    }
    return STEP_MORE;
}

/* A stack without any event line (-F ip,sym): one sample of nothing known. */
static void open_bare(struct perf_scan *scan)
{
    struct perf_scan_state *st = scan->st;
    st->rec = (struct perf_record){
        .kind = PERF_SAMPLE, .comm = { "", 0 }, .text = { "", 0 }, .pid = -1, .tid = -1, .line = scan->line
    };
    st->chain.count = 0;
    st->open = true;
    st->skip = st->events > 0 || (scan->wanted && !scan->wanted(scan->user, &st->rec));
    if (st->events > 0)
        note_bad(scan); /* its event line is missing */
}

/* A line that begins with a blank: a frame, a right-aligned event line, or a source line. */
static enum step indented(struct perf_scan *scan, struct span line, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    struct span address;
    struct span text;
    bool frame = split_frame(line, &address, &text);
    /* perf indents frames by a tab; an event line of a short comm is aligned by blanks. */
    if (line.ptr[0] == ' ' && (!frame || (text.len > 0 && text.ptr[0] >= '0' && text.ptr[0] <= '9') || !st->open)) {
        struct perf_record r = { 0 };
        struct span event;
        if (perf_scan_header(line, &r, &event) && (r.has_time || r.has_cpu))
            return open_event(scan, line, err);
    }
    if (!frame) {
        bool source_line = span_chr(line, 0, ':') < line.len || span_chr(line, 0, '[') < line.len;
        if (!source_line || !st->open)
            note_bad(scan);
        return STEP_MORE;
    }
    if (!st->open)
        open_bare(scan);
    if (!st->skip && !frame_add(scan, text, address, err))
        return STEP_ERROR;
    return STEP_MORE;
}

static enum step one_line(struct perf_scan *scan, struct span line, struct err *err)
{
    if (line.len == 0)
        return close_event(scan, true);
    if (line.ptr[0] == '\t' || line.ptr[0] == ' ')
        return span_trim(line).len == 0 ? close_event(scan, true) : indented(scan, line, err);
    if (line.ptr[0] == '#') {
        if (scan->header)
            scan->header(scan->user, line);
        return STEP_MORE;
    }
    return open_event(scan, line, err);
}

/* Lines of the block until a record is ready. Frame lines, nearly all there is, stay in this loop. */
static enum step scan_block(struct perf_scan *scan, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    const char *p = st->block.ptr;
    const char *end = p + st->block.len;
    enum step step = STEP_MORE;
    while (p < end && step == STEP_MORE) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        const char *stop = lf ? lf : end;
        struct span line = span_make(p, (size_t)(stop - p));
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        scan->line++;
        struct span address;
        struct span text;
        if (line.len > 0 && *p == '\t' && st->open && split_frame(line, &address, &text)) {
            if (!st->skip && !frame_add(scan, text, address, err))
                step = STEP_ERROR;
        } else {
            step = one_line(scan, line, err);
        }
        if (step == STEP_AGAIN) {
            scan->line--;
            break;
        }
        p = lf ? lf + 1 : end;
    }
    st->block = span_make(p, (size_t)(end - p));
    return step;
}

bool perf_scan_next(struct perf_scan *scan, struct perf_record *ret, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    enum step step = STEP_MORE;
    if (scan->feed)
        return scan->feed(scan->feeder, scan, ret, err);
    while (step == STEP_MORE) {
        if (st->block.len == 0) {
            if (!source_line_run(st->in, &st->block, err))
                return false;
            if (scan->line == 0 && span_starts(st->block, SPAN("\xef\xbb\xbf")))
                st->block = span_from(st->block, 3);
            if (st->block.len == 0) {
                if (close_event(scan, false) == STEP_RECORD)
                    break;
                *ret = (struct perf_record){ .kind = PERF_END };
                return true;
            }
        }
        step = scan_block(scan, err);
    }
    if (step == STEP_ERROR) {
        err->line = err->line ? err->line : scan->line;
        return err_wrap(err, "line %llu", (unsigned long long)scan->line);
    }
    *ret = st->rec;
    return true;
}
