#include "import/stacks/folded_stage.h"

#include <math.h>
#include <stdlib.h>

#include "base/ordered.h"
#include "base/vec.h"
#include "import/stacks/folded_chunk.h"
#include "import/stacks/folded_merge.h"

/* Threads begin behind THREADS_FROM bytes: small files are read before they would have started. */
enum { CHUNK_BYTES = 1 << 18, LINE_MAX_BYTES = 64 << 20, THREADS_FROM = 4 << 20 };

struct worker {
    struct folded_reader *reader;
    struct {
        struct named {
            struct span text;
            uint32_t frame; /* index in the stage's names; 0 = not asked for yet */
        } *items;
        size_t count, cap;
    } names; /* by the reader's number */
};

struct reading {
    struct source *in;
    const struct import_options *opt;
    struct folded_stage *out;
    struct folded_merge tree;
    unsigned threads;
    struct worker *workers; /* [threads], at least one */
    struct ordered *jobs;
    struct folded_chunk *chunks;
    unsigned chunk_count;
    struct folded_chunk **idle;
    unsigned idle_count;
    struct {
        char *bytes;
        size_t len, size;
    } rest; /* read, behind the last line of the last chunk */
    uint64_t bytes;
    bool eof, threads_on;
    struct err failed; /* of reading, told when what was read before is used up */
    uint64_t before;   /* lines before the chunk that is taken */
    uint64_t two_counts, joined;
    char bad_buf[80];
    size_t bad_len;
};

static void read_job(void *user, unsigned worker, void *job)
{
    struct reading *r = user;
    struct folded_chunk *chunk = job;
    chunk->reader = worker;
    folded_chunk_read(r->workers[worker].reader, chunk);
}

/* --- chunks --- */

static bool read_more(struct reading *r, struct folded_chunk *c, struct err *err)
{
    if (c->size - c->len < CHUNK_BYTES / 2) {
        c->size = c->size ? c->size * 2 : CHUNK_BYTES;
        c->bytes = xrealloc(c->bytes, c->size, 1);
    }
    size_t n = 0;
    if (!source_read(r->in, c->bytes + c->len, c->size - c->len, &n, err))
        return false;
    c->len += n;
    r->bytes += n;
    r->eof = n == 0;
    return true;
}

static bool fill_to_line_end(struct reading *r, struct folded_chunk *c, size_t *ret_end, struct err *err)
{
    size_t end = 0;
    size_t want = CHUNK_BYTES;
    while (end == 0 && !r->eof) {
        size_t from = c->len;
        while (c->len < want && !r->eof) {
            if (!read_more(r, c, err))
                return false;
        }
        end = c->len;
        while (end > from && c->bytes[end - 1] != '\n')
            end--;
        end = end > from ? end : 0;
        if (end == 0 && c->len > LINE_MAX_BYTES)
            return err_set(err, ERR_LIMIT, "a line is longer than %d MiB", LINE_MAX_BYTES >> 20);
        want = c->len * 2;
    }
    *ret_end = r->eof ? c->len : end;
    return true;
}

/* Whole lines; what is behind the last one is kept for the next chunk. */
static bool fill(struct reading *r, struct folded_chunk *c, struct err *err)
{
    bool first = r->bytes == 0;
    if (c->size < r->rest.len + CHUNK_BYTES) {
        c->size = r->rest.len + CHUNK_BYTES;
        c->bytes = xrealloc(c->bytes, c->size, 1);
    }
    if (r->rest.len > 0)
        memcpy(c->bytes, r->rest.bytes, r->rest.len);
    c->len = r->rest.len;
    r->rest.len = 0;
    size_t end = 0;
    if (!fill_to_line_end(r, c, &end, err))
        return false;
    r->rest.len = c->len - end;
    if (r->rest.len > r->rest.size) {
        r->rest.size = r->rest.len * 2;
        r->rest.bytes = xrealloc(r->rest.bytes, r->rest.size, 1);
    }
    if (r->rest.len > 0)
        memcpy(r->rest.bytes, c->bytes + end, r->rest.len);
    c->len = end;
    if (first && span_starts(span_make(c->bytes, c->len), SPAN("\xef\xbb\xbf"))) {
        c->len -= 3;
        memmove(c->bytes, c->bytes + 3, c->len);
    }
    return true;
}

static void reading_init(struct reading *r, struct source *in, const struct import_options *opt,
                         struct folded_stage *out)
{
    *r = (struct reading){ .in = in, .opt = opt, .out = out, .failed = ERR_INIT };
    uint64_t seed = perf_table_mix((uint64_t)(uintptr_t)r);
    r->threads = opt->threads > ORDERED_THREADS_MAX ? ORDERED_THREADS_MAX : opt->threads;
    unsigned workers = r->threads > 1 ? r->threads : 1;
    r->workers = xcalloc(workers, sizeof *r->workers);
    for (unsigned i = 0; i < workers; i++)
        r->workers[i].reader = folded_reader_new(seed);
    folded_merge_init(&r->tree, out, &opt->limits, seed);
    r->jobs = ordered_new(read_job, r);
    /* One more than may wait: the one whose lines are taken. */
    r->chunk_count = r->threads > 1 ? 2 * r->threads + 2 : 2;
    r->chunks = xcalloc(r->chunk_count, sizeof *r->chunks);
    r->idle = xcalloc(r->chunk_count, sizeof *r->idle);
    for (unsigned i = 0; i < r->chunk_count; i++)
        r->idle[r->idle_count++] = &r->chunks[i];
}

static void reading_release(struct reading *r)
{
    ordered_free(r->jobs);
    for (unsigned i = 0; i < (r->threads > 1 ? r->threads : 1); i++) {
        folded_reader_free(r->workers[i].reader);
        free(r->workers[i].names.items);
    }
    for (unsigned i = 0; i < r->chunk_count; i++)
        folded_chunk_release(&r->chunks[i]);
    folded_merge_release(&r->tree);
    free(r->workers);
    free(r->chunks);
    free(r->idle);
    free(r->rest.bytes);
}

/* The next chunk, read; NULL at the end, or with err. */
static struct folded_chunk *next_chunk(struct reading *r, struct err *err)
{
    if (!r->threads_on && r->threads > 1 && r->bytes > THREADS_FROM) {
        ordered_start(r->jobs, r->threads);
        r->threads_on = true;
    }
    while (!r->eof && r->failed.code == ERR_NONE && ordered_waiting(r->jobs) < ordered_room(r->jobs)) {
        struct folded_chunk *c = r->idle[--r->idle_count];
        if (fill(r, c, &r->failed))
            ordered_put(r->jobs, c);
        else
            r->idle[r->idle_count++] = c;
    }
    struct folded_chunk *c = ordered_take(r->jobs);
    if (!c && r->failed.code != ERR_NONE)
        *err = r->failed;
    return c;
}

/* --- lines --- */

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

/* The stage's index of a name, in the order in which the lines use them. */
static bool frame_of(struct reading *r, struct named *name, uint32_t *ret, struct err *err)
{
    const struct limits *limits = &r->opt->limits;
    struct intern *names = &r->out->names;
    if (name->frame == 0) {
        name->frame = intern_add(names, name->text);
        if (names->bytes_len > limits->string_bytes)
            return err_set(err, ERR_LIMIT, "names of more than %llu bytes (limit string_bytes)",
                           (unsigned long long)limits->string_bytes);
        if (names->count - 1 > limits->frames)
            return err_set(err, ERR_LIMIT, "more than %llu distinct frames (limit frames)",
                           (unsigned long long)limits->frames);
    }
    *ret = name->frame;
    return true;
}

static bool take_line(struct reading *r, const struct folded_line *line, uint32_t *ids, const struct worker *w,
                      struct err *err)
{
    unsigned long long line_no = r->before + line->line;
    if (line->count < 0)
        return err_at_line(err, ERR_VALUE, line_no, "line %llu: a count below zero", line_no);
    r->out->lines++;
    weigh(r->out, line->count);
    bool ok =
        isfinite(r->out->sum) || err_set(err, ERR_VALUE, "the weights sum to more than a number can hold");
    for (uint32_t i = 0; ok && i < line->fresh; i++)
        ok = frame_of(r, &w->names.items[ids[i]], &ids[i], err);
    if (ok && folded_merge_add(&r->tree, line->shared, ids, line->fresh, line->hash, line->count, err))
        return true;
    err->line = line_no;
    return err_wrap(err, "line %llu", line_no);
}

static bool take_chunk(struct reading *r, struct folded_chunk *c, struct err *err)
{
    struct worker *w = &r->workers[c->reader];
    for (size_t i = 0; i < c->names.count; i++)
        VEC_PUSH(&w->names, ((struct named){ .text = c->names.items[i] }));
    if (c->bad > 0 && r->out->bad == 0) {
        r->out->first_bad = r->before + c->first_bad;
        r->bad_len = c->bad_text.len < sizeof r->bad_buf ? c->bad_text.len : sizeof r->bad_buf;
        memcpy(r->bad_buf, c->bad_text.ptr, r->bad_len);
    }
    r->out->bad += c->bad;
    r->two_counts += c->two_counts;
    r->joined += c->joined;
    uint32_t *ids = c->ids.items;
    for (size_t i = 0; i < c->lines.count; i++) {
        if (!take_line(r, &c->lines.items[i], ids, w, err))
            return false;
        ids += c->lines.items[i].fresh;
    }
    r->before += c->line_count;
    r->idle[r->idle_count++] = c;
    return true;
}

static bool verdict(const struct reading *r, struct err *err)
{
    const struct folded_stage *s = r->out;
    if (s->bad > s->lines)
        return err_at_line(err, ERR_MALFORMED, s->first_bad, "line %llu: want '<frame>;<frame> <count>', got '%.*s'",
                           (unsigned long long)s->first_bad, SPAN_FMT(span_make(r->bad_buf, r->bad_len)));
    if (s->lines == 0)
        return err_set(err, ERR_EMPTY, "no stack in %llu lines", (unsigned long long)r->before);
    if (r->two_counts == s->lines && r->joined * 2 >= s->lines)
        return err_set(
            err, ERR_UNSUPPORTED,
            "a differential profile (two counts a line); send the two folded files it was made from, one a run");
    return true;
}

bool folded_stage_read(struct source *in, const struct import_options *opt, struct folded_stage *ret, struct err *err)
{
    *ret = (struct folded_stage){ .integral = true };
    intern_init(&ret->names);
    struct reading r;
    reading_init(&r, in, opt, ret);
    struct err why = ERR_INIT;
    struct folded_chunk *c;
    bool ok = true;
    while (ok && (c = next_chunk(&r, &why)) != NULL) {
        ok = take_chunk(&r, c, &why);
        if (ok && opt->progress)
            opt->progress(opt->progress_user, source_offset(in));
    }
    ok = ok && why.code == ERR_NONE && verdict(&r, &why);
    if (!ok)
        *err = why;
    reading_release(&r);
    return ok;
}

void folded_stage_release(struct folded_stage *s)
{
    intern_release(&s->names);
    free(s->nodes.items);
    free(s->rows.items);
    *s = (struct folded_stage){ 0 };
}
