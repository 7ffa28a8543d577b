#include "import/perf/perf_scan.h"

#include <stdlib.h>

#include "base/ordered.h"
#include "base/vec.h"
#include "import/perf/perf_chunk.h"
#include "import/perf/perf_table.h"

/* Threads begin behind THREADS_FROM bytes: small files are read before they would have started. */
enum { CHUNK_BYTES = 1 << 19, CHUNK_MAX_BYTES = 64 << 20, THREADS_FROM = 8 << 20 };

/* One distinct frame text in one context. */
struct resolved {
    struct span text; /* owned by the reader that met it first, with the address where that matters */
    uint32_t context;
    uint32_t first, count; /* its ids */
};

struct stack_entry {
    uint64_t first; /* in the pool of ids */
    uint32_t count;
};

/* What one reader's numbers mean, by context: number + 1, 0 = not asked for yet. */
struct meaning {
    struct perf_reader *reader;
    struct perf_text_list texts;
    struct perf_stack_list stacks;
    uint32_t *text[PERF_CONTEXTS]; /* resolved */
    uint32_t *stack[PERF_CONTEXTS];
    size_t text_cap, stack_cap;
};

struct perf_scan_state {
    struct source *in;
    uint64_t seed;
    uint64_t stacks_max;
    unsigned reader_count;
    struct meaning *of; /* [reader] */
    struct ordered *jobs;
    struct perf_chunk *chunks; /* [chunk_count] */
    unsigned chunk_count;
    struct perf_chunk **idle;
    unsigned idle_count;
    struct perf_chunk *cur;
    size_t at;       /* next record of cur */
    uint64_t before; /* lines before cur */
    char *rest;      /* read, behind the last chunk's end */
    size_t rest_len, rest_size;
    uint64_t bytes;
    bool begun, eof, threads_on;
    struct err failed; /* of reading, told when what was read before is used up */
    struct {
        struct resolved *items;
        uint32_t count, cap;
    } texts;
    struct perf_table text_table;
    struct {
        uint32_t *items;
        uint64_t count, cap;
    } frame_ids, stack_ids, chain;
    struct {
        struct stack_entry *items;
        uint32_t count, cap;
    } stacks;
    struct perf_table stack_table;
    uint64_t events; /* event lines met */
};

enum { STACK_IDS_MAX = 1 << 26 };

static void read_job(void *user, unsigned worker, void *job)
{
    struct perf_scan_state *st = user;
    struct perf_chunk *chunk = job;
    chunk->reader = worker;
    perf_chunk_read(st->of[worker].reader, chunk);
}

void perf_scan_init(struct perf_scan *scan, struct source *in, uint64_t stacks_max)
{
    *scan = (struct perf_scan){ 0 };
    intern_init(&scan->names);
    struct perf_scan_state *st = xcalloc(1, sizeof *st);
    scan->st = st;
    st->in = in;
    st->seed = perf_table_mix((uint64_t)(uintptr_t)st);
    st->stacks_max = stacks_max < PERF_STACK_NONE ? stacks_max : PERF_STACK_NONE - 1;
    st->failed = ERR_INIT;
    perf_table_init(&st->text_table, 1024);
    perf_table_init(&st->stack_table, 1024);
}

/* The options are set between perf_scan_init and the first record. */
static void begin(struct perf_scan *scan)
{
    struct perf_scan_state *st = scan->st;
    if (scan->threads > ORDERED_THREADS_MAX)
        scan->threads = ORDERED_THREADS_MAX;
    st->reader_count = scan->threads > 1 ? scan->threads : 1;
    st->of = xcalloc(st->reader_count, sizeof *st->of);
    st->of[0].reader = perf_reader_new(scan, st->stacks_max);
    st->jobs = ordered_new(read_job, st);
    /* One more than may wait: the one whose records are taken. */
    st->chunk_count = scan->threads > 1 ? 2 * scan->threads + 2 : 2;
    st->chunks = xcalloc(st->chunk_count, sizeof *st->chunks);
    st->idle = xcalloc(st->chunk_count, sizeof *st->idle);
    for (unsigned i = 0; i < st->chunk_count; i++)
        st->idle[st->idle_count++] = &st->chunks[i];
    st->begun = true;
}

void perf_scan_release(struct perf_scan *scan)
{
    struct perf_scan_state *st = scan->st;
    if (!st)
        return;
    ordered_free(st->jobs);
    for (unsigned i = 0; st->of && i < st->reader_count; i++) {
        struct meaning *m = &st->of[i];
        perf_reader_free(m->reader);
        free(m->texts.items);
        free(m->stacks.items);
        for (unsigned c = 0; c < PERF_CONTEXTS; c++) {
            free(m->text[c]);
            free(m->stack[c]);
        }
    }
    free(st->of);
    for (unsigned i = 0; i < st->chunk_count; i++)
        perf_chunk_release(&st->chunks[i]);
    free(st->chunks);
    free(st->idle);
    free(st->rest);
    free(st->texts.items);
    free(st->text_table.slot);
    free(st->frame_ids.items);
    free(st->stacks.items);
    free(st->stack_table.slot);
    free(st->stack_ids.items);
    free(st->chain.items);
    free(st);
    scan->st = NULL;
    intern_release(&scan->names);
}

void perf_scan_push(struct perf_scan *scan, uint32_t id)
{
    VEC_PUSH(&scan->st->frame_ids, id);
}

const uint32_t *perf_scan_stack(const struct perf_scan *scan, uint32_t stack, size_t *ret_n)
{
    const struct stack_entry *s = &scan->st->stacks.items[stack];
    *ret_n = s->count;
    return s->count > 0 ? scan->st->stack_ids.items + s->first : NULL;
}

/* --- chunks --- */

static bool read_more(struct perf_scan_state *st, struct perf_chunk *c, struct err *err)
{
    if (c->size - c->len < CHUNK_BYTES / 2) {
        c->size = c->size ? c->size * 2 : CHUNK_BYTES;
        c->bytes = xrealloc(c->bytes, c->size, 1);
    }
    size_t n = 0;
    if (!source_read(st->in, c->bytes + c->len, c->size - c->len, &n, err))
        return false;
    c->len += n;
    st->bytes += n;
    st->eof = n == 0;
    return true;
}

/* Bytes up to a place where an event surely ends; what is behind it is kept for the next chunk. */
static bool fill(struct perf_scan_state *st, struct perf_chunk *c, struct err *err)
{
    bool first = st->bytes == 0;
    c->len = 0;
    if (st->rest_len > 0) {
        if (c->size < st->rest_len + CHUNK_BYTES) {
            c->size = st->rest_len + CHUNK_BYTES;
            c->bytes = xrealloc(c->bytes, c->size, 1);
        }
        memcpy(c->bytes, st->rest, st->rest_len);
        c->len = st->rest_len;
        st->rest_len = 0;
    }
    size_t end = 0;
    size_t want = CHUNK_BYTES;
    while (end == 0 && !st->eof) {
        while (c->len < want && !st->eof) {
            if (!read_more(st, c, err))
                return false;
        }
        end = st->eof ? c->len : perf_chunk_end(span_make(c->bytes, c->len));
        if (end == 0 && c->len > CHUNK_MAX_BYTES)
            return err_set(err, ERR_LIMIT, "a line or a sample is longer than %d MiB", CHUNK_MAX_BYTES >> 20);
        want = c->len * 2;
    }
    end = st->eof ? c->len : end;
    st->rest_len = c->len - end;
    if (st->rest_len > st->rest_size) {
        st->rest_size = st->rest_len * 2;
        st->rest = xrealloc(st->rest, st->rest_size, 1);
    }
    if (st->rest_len > 0)
        memcpy(st->rest, c->bytes + end, st->rest_len);
    c->len = end;
    if (first && span_starts(span_make(c->bytes, c->len), SPAN("\xef\xbb\xbf"))) {
        c->len -= 3;
        memmove(c->bytes, c->bytes + 3, c->len);
    }
    return true;
}

static void start_threads(struct perf_scan *scan)
{
    struct perf_scan_state *st = scan->st;
    for (unsigned i = 1; i < st->reader_count; i++)
        st->of[i].reader = perf_reader_new(scan, st->stacks_max);
    ordered_start(st->jobs, scan->threads);
    st->threads_on = true;
}

/* The reader's new texts and lists become part of what its numbers mean. */
static void take_over(struct perf_scan_state *st, const struct perf_chunk *c)
{
    struct meaning *m = &st->of[c->reader];
    for (size_t i = 0; i < c->texts.count; i++)
        VEC_PUSH(&m->texts, c->texts.items[i]);
    for (size_t i = 0; i < c->stacks.count; i++)
        VEC_PUSH(&m->stacks, c->stacks.items[i]);
    for (unsigned x = 0; x < PERF_CONTEXTS; x++) {
        if (m->text_cap < m->texts.cap) {
            m->text[x] = xrealloc(m->text[x], m->texts.cap, sizeof *m->text[x]);
            memset(m->text[x] + m->text_cap, 0, (m->texts.cap - m->text_cap) * sizeof *m->text[x]);
        }
        if (m->stack_cap < m->stacks.cap) {
            m->stack[x] = xrealloc(m->stack[x], m->stacks.cap, sizeof *m->stack[x]);
            memset(m->stack[x] + m->stack_cap, 0, (m->stacks.cap - m->stack_cap) * sizeof *m->stack[x]);
        }
    }
    m->text_cap = m->texts.cap;
    m->stack_cap = m->stacks.cap;
}

static void note_bad(struct perf_scan *scan, uint64_t n, uint64_t line)
{
    if (scan->bad == 0 || line < scan->first_bad)
        scan->first_bad = line;
    scan->bad += n;
}

/* The next chunk, read; *ret false at the end. */
static bool next_chunk(struct perf_scan *scan, bool *ret, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    if (!st->begun)
        begin(scan);
    if (st->cur) {
        st->before += st->cur->lines;
        st->idle[st->idle_count++] = st->cur;
        st->cur = NULL;
    }
    if (!st->threads_on && scan->threads > 1 && st->bytes > THREADS_FROM)
        start_threads(scan);
    while (!st->eof && st->failed.code == ERR_NONE && ordered_waiting(st->jobs) < ordered_room(st->jobs)) {
        struct perf_chunk *c = st->idle[--st->idle_count];
        c->records.count = c->texts.count = c->stacks.count = 0;
        c->lines = c->bad = c->first_bad = 0;
        c->skip = scan->settled && scan->skip;
        if (!fill(st, c, &st->failed))
            st->idle[st->idle_count++] = c;
        else
            ordered_put(st->jobs, c);
    }
    st->cur = ordered_take(st->jobs);
    st->at = 0;
    *ret = st->cur != NULL;
    if (!st->cur && st->failed.code != ERR_NONE) {
        *err = st->failed;
        return false;
    }
    if (!st->cur)
        return true;
    take_over(st, st->cur);
    if (st->cur->bad > 0)
        note_bad(scan, st->cur->bad, st->before + st->cur->first_bad);
    scan->line = st->before + st->cur->lines;
    return true;
}

/* --- what the numbers of a reader mean --- */

static uint64_t text_hash(const void *user, uint32_t ix)
{
    const struct perf_scan_state *st = user;
    const struct resolved *r = &st->texts.items[ix];
    return perf_table_hash(r->text.ptr, r->text.len, st->seed + r->context);
}

/* Number of the resolved text. */
static bool resolve_text(struct perf_scan *scan, const struct perf_text *t, uint32_t *ret, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    bool both = scan->address_matters && span_starts(t->text, SPAN("[unknown]"));
    const char *end = t->text.ptr + t->text.len;
    struct span key = both ? span_make(t->address.ptr, (size_t)(end - t->address.ptr)) : t->text;
    uint64_t hash = perf_table_hash(key.ptr, key.len, st->seed + scan->context);
    uint32_t at = perf_table_first(&st->text_table, hash);
    for (; st->text_table.slot[at].ix != 0; at = (at + 1) & st->text_table.mask) {
        const struct resolved *r = &st->texts.items[st->text_table.slot[at].ix - 1];
        if (st->text_table.slot[at].tag == (uint32_t)(hash >> 32) && r->context == scan->context &&
            span_eq(r->text, key)) {
            *ret = st->text_table.slot[at].ix - 1;
            return true;
        }
    }
    struct span symbol;
    struct span dso;
    perf_scan_frame(t->text, &symbol, &dso);
    uint64_t first = st->frame_ids.count;
    if (!scan->resolve(scan->user, scan, symbol, dso, t->address, err))
        return false;
    struct resolved r = { key, scan->context, (uint32_t)first, (uint32_t)(st->frame_ids.count - first) };
    *ret = st->texts.count;
    VEC_PUSH(&st->texts, r);
    perf_table_put(&st->text_table, at, hash, *ret, text_hash, st);
    return true;
}

static uint64_t stack_hash(const void *user, uint32_t ix)
{
    const struct perf_scan_state *st = user;
    const struct stack_entry *s = &st->stacks.items[ix];
    const uint32_t *ids = s->count > 0 ? st->stack_ids.items + s->first : NULL;
    return perf_table_hash((const char *)ids, s->count * sizeof *ids, st->seed);
}

/* Number of the list in st->chain. */
static uint32_t number_chain(struct perf_scan_state *st, bool *ret_new)
{
    const uint32_t *ids = st->chain.items;
    size_t n = st->chain.count;
    uint64_t hash = perf_table_hash((const char *)ids, n * sizeof *ids, st->seed);
    uint32_t at = perf_table_first(&st->stack_table, hash);
    *ret_new = false;
    for (; st->stack_table.slot[at].ix != 0; at = (at + 1) & st->stack_table.mask) {
        const struct stack_entry *s = &st->stacks.items[st->stack_table.slot[at].ix - 1];
        if (st->stack_table.slot[at].tag == (uint32_t)(hash >> 32) && s->count == n &&
            (n == 0 || memcmp(st->stack_ids.items + s->first, ids, n * sizeof *ids) == 0))
            return st->stack_table.slot[at].ix - 1;
    }
    if (st->stacks.count >= st->stacks_max || st->stack_ids.count + n > STACK_IDS_MAX)
        return PERF_STACK_NONE;
    struct stack_entry s = { st->stack_ids.count, (uint32_t)n };
    for (size_t i = 0; i < n; i++)
        VEC_PUSH(&st->stack_ids, ids[i]);
    uint32_t ix = st->stacks.count;
    VEC_PUSH(&st->stacks, s);
    perf_table_put(&st->stack_table, at, hash, ix, stack_hash, st);
    *ret_new = true;
    return ix;
}

void perf_scan_begin(struct perf_scan *scan)
{
    scan->st->chain.count = 0;
}

void perf_scan_repeat(struct perf_scan *scan, uint64_t first, uint32_t count)
{
    struct perf_scan_state *st = scan->st;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t id = st->frame_ids.items[first + i];
        bool repeated = st->chain.count > 0 && st->chain.items[st->chain.count - 1] == id;
        if (!repeated || !scan->no_repeats)
            VEC_PUSH(&st->chain, id);
    }
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

void perf_scan_number(struct perf_scan *scan, struct perf_record *r)
{
    struct perf_scan_state *st = scan->st;
    r->stack = number_chain(st, &r->stack_new);
    r->frames = st->chain.items;
    r->frame_count = st->chain.count;
}

/* Puts the stack that the reader numbered into the record. */
static bool find_stack(struct perf_scan *scan, struct perf_record *r, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    struct meaning *m = &st->of[st->cur->reader];
    uint32_t context = scan->context;
    r->stack_new = false;
    if (r->stack == PERF_STACK_NONE)
        return true;
    uint32_t *known = &m->stack[context][r->stack];
    if (*known == 0) {
        const struct perf_texts *texts = &m->stacks.items[r->stack];
        perf_scan_begin(scan);
        for (uint32_t i = 0; i < texts->count; i++) {
            uint32_t *text = &m->text[context][texts->ids[i]];
            uint32_t ix = *text - 1;
            if (*text == 0 && !resolve_text(scan, &m->texts.items[texts->ids[i]], &ix, err))
                return false;
            *text = ix + 1;
            perf_scan_repeat(scan, st->texts.items[ix].first, st->texts.items[ix].count);
        }
        uint32_t number = number_chain(st, &r->stack_new);
        if (number == PERF_STACK_NONE) {
            r->stack = number;
            return true;
        }
        *known = number + 1;
    }
    r->stack = *known - 1;
    if (r->stack_new)
        r->frames = perf_scan_stack(scan, r->stack, &r->frame_count);
    return true;
}

/* One record of the chunk; *ret_told whether the user gets it. */
static bool tell(struct perf_scan *scan, const struct perf_raw *raw, struct perf_record *ret, bool *ret_told,
                 struct err *err)
{
    struct perf_scan_state *st = scan->st;
    *ret_told = false;
    if (raw->comment) {
        scan->header(scan->user, raw->rec.text);
        return true;
    }
    *ret = raw->rec;
    ret->line += st->before;
    if (raw->bare && st->events > 0) {
        note_bad(scan, 1, ret->line); /* its event line is missing */
        return true;
    }
    if (!raw->bare) {
        st->events++;
        ret->event = intern_add(&scan->names, raw->event);
    }
    *ret_told = ret->kind == PERF_SIDE;
    if (*ret_told || (scan->wanted && !scan->wanted(scan->user, ret)))
        return true;
    if (!find_stack(scan, ret, err)) {
        err->line = ret->line;
        return err_wrap(err, "line %llu", (unsigned long long)ret->line);
    }
    scan->samples++;
    *ret_told = true;
    return true;
}

bool perf_scan_next(struct perf_scan *scan, struct perf_record *ret, struct err *err)
{
    struct perf_scan_state *st = scan->st;
    if (scan->feed)
        return scan->feed(scan->feeder, scan, ret, err);
    for (;;) {
        bool told = false;
        while (st->cur && st->at < st->cur->records.count) {
            if (!tell(scan, &st->cur->records.items[st->at++], ret, &told, err))
                return false;
            if (told)
                return true;
        }
        bool more = false;
        if (!next_chunk(scan, &more, err))
            return false;
        if (!more) {
            *ret = (struct perf_record){ .kind = PERF_END };
            return true;
        }
    }
}
