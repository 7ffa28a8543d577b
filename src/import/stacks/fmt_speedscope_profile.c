/* One profile of a speedscope file, evented or sampled, with its members in any order. */
#include "import/stacks/fmt_speedscope.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

enum { RUN = 1024, PIECE_MAX = 65536 };

static void piece_add(struct scope *s, struct scope_part *part, uint32_t row, double weight)
{
    struct scope_piece *p = part->last;
    if (!p || p->count == p->size) {
        uint32_t size = p ? p->size * 2 : 16;
        if (size > PIECE_MAX)
            size = PIECE_MAX;
        struct scope_piece *more = xcalloc(1, sizeof *more + size * sizeof more->items[0]);
        more->size = size;
        if (p)
            p->next = more;
        else
            part->first = more;
        part->last = p = more;
    }
    p->items[p->count++] = (struct profile_order){ row, (float)weight };
    s->kept++;
}

static bool row_of(struct scope *s, const struct scope_part *part, stack_id stack, uint32_t *ret)
{
    struct sample_desc d = { stack, part->thread, STATE_UNKNOWN, 0 };
    return builder_row(s->scratch, &d, ret, s->err) || jscan_stop(s->js);
}

static bool check_count(struct scope *s)
{
    if (s->kept < s->opt->limits.ordered_samples * 2)
        return true;
    return jscan_fail(s->js, ERR_LIMIT, "more than %llu samples (twice the limit ordered_samples)",
                      (unsigned long long)s->opt->limits.ordered_samples * 2);
}

static bool weigh(struct scope *s, struct scope_part *part, uint32_t row, double weight)
{
    if (!isfinite(weight) || weight < 0)
        return jscan_fail(s->js, ERR_VALUE, "weight %llu is negative or not a number",
                          (unsigned long long)part->samples);
    if (part->samples++ == 0)
        part->weight = weight;
    else if (weight != part->weight)
        part->even = false;
    builder_samples(s->scratch, row, 1);
    return builder_value(s->scratch, row, s->column, weight, s->err) || jscan_stop(s->js);
}

bool scope_add(struct scope *s, struct scope_part *part, stack_id stack, double weight)
{
    uint32_t row;
    if (!check_count(s) || !row_of(s, part, stack, &row) || !weigh(s, part, row, weight))
        return false;
    piece_add(s, part, row, weight);
    return true;
}

/* Frame of the scratch profile for index ix of the file. */
static bool frame_at(struct scope *s, double ix, frame_id *ret)
{
    if (!(ix >= 0) || ix != floor(ix) || ix >= (double)s->opt->limits.frames)
        return jscan_fail(s->js, ERR_MALFORMED, "a frame must be an index from 0 to %llu",
                          (unsigned long long)s->opt->limits.frames - 1);
    uint32_t n = (uint32_t)ix;
    if (n >= s->frame_max)
        s->frame_max = n + 1;
    if (n >= s->frame_of.count) {
        uint32_t count = n < 512 ? 1024 : n * 2;
        s->frame_of.items = xrealloc(s->frame_of.items, count, sizeof *s->frame_of.items);
        memset(s->frame_of.items + s->frame_of.count, 0, (count - s->frame_of.count) * sizeof *s->frame_of.items);
        s->frame_of.count = count;
    }
    if (s->frame_of.items[n] == 0) {
        struct frame_desc d = { SPAN(""), SPAN(""), SPAN(""), n, FRAME_UNKNOWN, 0 };
        if (!builder_frame(s->scratch, &d, ret, s->err))
            return jscan_stop(s->js);
        s->frame_of.items[n] = ret->ix + 1;
    }
    ret->ix = s->frame_of.items[n] - 1;
    return true;
}

/* --- lists met before: a program is found in the same stacks again and again. A cache: when it is full, it is emptied. */

enum { MEMO_SETS = 1 << 15, MEMO_WAYS = 4, MEMO_NUMBERS = 1 << 20 };

struct memo_slot {
    uint32_t tag, from, count;
    uint32_t stack; /* + 1, 0 = free */
};

struct scope_memo {
    struct memo_slot slots[MEMO_SETS][MEMO_WAYS];
    uint32_t numbers[MEMO_NUMBERS];
    uint32_t used;
};

void scope_memo_free(struct scope_memo *m)
{
    free(m);
}

/* The list as whole numbers with its hash; false when it is no list of indexes. */
static bool memo_key(const double *list, size_t n, uint32_t *ret_key, uint64_t *ret_hash)
{
    uint64_t h = n * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < n; i++) {
        if (!(list[i] >= 0 && list[i] < 4294967295.0))
            return false;
        ret_key[i] = (uint32_t)list[i];
        if ((double)ret_key[i] != list[i])
            return false;
        h = (h ^ ret_key[i]) * 0x9fb21c651e98df25u;
        h ^= h >> 29;
    }
    *ret_hash = h ^ h >> 32;
    return true;
}

static bool memo_find(const struct scope_memo *m, uint64_t hash, const uint32_t *key, size_t n, stack_id *ret)
{
    const struct memo_slot *set = m->slots[hash & (MEMO_SETS - 1)];
    for (unsigned w = 0; w < MEMO_WAYS && set[w].stack != 0; w++) {
        if (set[w].tag == (uint32_t)(hash >> 32) && set[w].count == n &&
            memcmp(m->numbers + set[w].from, key, n * sizeof *key) == 0) {
            ret->ix = set[w].stack - 1;
            return true;
        }
    }
    return false;
}

static void memo_add(struct scope_memo *m, uint64_t hash, const uint32_t *key, size_t n, stack_id stack)
{
    if (MEMO_NUMBERS - m->used < n) {
        memset(m->slots, 0, sizeof m->slots);
        m->used = 0;
    }
    struct memo_slot *set = m->slots[hash & (MEMO_SETS - 1)];
    unsigned w = 0;
    while (w < MEMO_WAYS && set[w].stack != 0)
        w++;
    if (w == MEMO_WAYS)
        w = (unsigned)(hash >> 20) % MEMO_WAYS;
    set[w] = (struct memo_slot){ (uint32_t)(hash >> 32), m->used, (uint32_t)n, stack.ix + 1 };
    memcpy(m->numbers + m->used, key, n * sizeof *key);
    m->used += (uint32_t)n;
}

/* --- sampled --- */

/* Weights that stand before the samples, or have no samples yet. */
struct weights {
    double *items;
    uint64_t count, size;
};

static bool add_frames(struct scope *s, const double *list, size_t n, stack_id *stack)
{
    for (size_t i = 0; i < n; i++) {
        frame_id frame;
        if (!frame_at(s, list[i], &frame) ||
            !(builder_stack_child(s->scratch, *stack, frame, stack, s->err) || jscan_stop(s->js)))
            return false;
    }
    return true;
}

static void read_samples(struct scope *s, struct scope_part *part)
{
    double run[RUN];
    if (!s->memo)
        s->memo = xcalloc(1, sizeof *s->memo);
    jscan_arr(s->js);
    while (jscan_item(s->js)) {
        stack_id stack = { 0 };
        jscan_arr(s->js);
        size_t n = 0;
        for (size_t got = 1; got > 0 && n < RUN;) {
            got = jscan_doubles(s->js, run + n, RUN - n);
            n += got;
        }
        uint32_t key[RUN];
        uint64_t hash = 0;
        bool whole = n < RUN && n > 0 && memo_key(run, n, key, &hash);
        if (!whole || !memo_find(s->memo, hash, key, n, &stack)) {
            for (bool all = n<RUN; n> 0; n = all ? 0 : jscan_doubles(s->js, run, RUN)) {
                if (!add_frames(s, run, n, &stack))
                    return;
                if (whole)
                    memo_add(s->memo, hash, key, n, stack);
            }
        }
        uint32_t row;
        if (!jscan_ok(s->js) || !check_count(s) || !row_of(s, part, stack, &row))
            return;
        piece_add(s, part, row, 0);
    }
}

/* Where the next weight belongs. */
struct cursor {
    struct scope_piece *piece;
    uint32_t at;
};

static bool cursor_weigh(struct scope *s, struct scope_part *part, struct cursor *c, double weight)
{
    if (c->piece && c->at == c->piece->count) {
        c->piece = c->piece->next;
        c->at = 0;
    }
    if (!c->piece)
        return jscan_fail(s->js, ERR_MALFORMED, "more weights than the %llu samples",
                          (unsigned long long)part->samples);
    struct profile_order *o = &c->piece->items[c->at++];
    o->weight = (float)weight;
    return weigh(s, part, o->row, weight);
}

static void read_weights(struct scope *s, struct scope_part *part, struct weights *w, struct cursor *c)
{
    double run[RUN];
    jscan_arr(s->js);
    for (size_t n; (n = jscan_doubles(s->js, run, RUN)) > 0;) {
        if (c->piece) {
            for (size_t i = 0; i < n; i++) {
                if (!cursor_weigh(s, part, c, run[i]))
                    return;
            }
            continue;
        }
        if (w->count + n > s->opt->limits.ordered_samples) {
            (void)jscan_fail(s->js, ERR_LIMIT, "more than %llu weights before their samples",
                             (unsigned long long)s->opt->limits.ordered_samples);
            return;
        }
        if (w->count + n > w->size) {
            w->size = w->size ? w->size * 2 : 4 * RUN;
            w->items = xrealloc(w->items, w->size, sizeof *w->items);
        }
        memcpy(w->items + w->count, run, n * sizeof *run);
        w->count += n;
    }
}

static bool finish_sampled(struct scope *s, struct scope_part *part, const struct weights *w, struct cursor *c,
                           bool weights_seen)
{
    if (!c->piece)
        c->piece = part->first;
    for (uint64_t i = 0; i < w->count; i++) {
        if (!cursor_weigh(s, part, c, w->items[i]))
            return false;
    }
    uint64_t left = 0;
    for (struct cursor k = *c; k.piece; k = (struct cursor){ k.piece->next, 0 })
        left += k.piece->count - k.at;
    if (left > 0 && weights_seen)
        return jscan_fail(s->js, ERR_MALFORMED, "%llu samples but %llu weights",
                          (unsigned long long)(part->samples + left), (unsigned long long)part->samples);
    while (left-- > 0) { /* no weights at all: one each */
        if (!cursor_weigh(s, part, c, 1))
            return false;
    }
    return true;
}

/* --- evented --- */

struct events {
    struct {
        struct scope_open *items;
        uint32_t count, cap;
    } open;
    double at; /* of the last event; NaN before */
};

static bool event_time(struct scope *s, struct scope_part *part, struct events *e, double at)
{
    if (!isfinite(at))
        return jscan_fail(s->js, ERR_VALUE, "an event without a time");
    if (at < e->at)
        return jscan_fail(s->js, ERR_MALFORMED, "event at %g after one at %g", at, e->at);
    /* Time with nothing open is idle, or nothing at all: it belongs to no stack. */
    if (at > e->at && e->open.count > 0 && !scope_add(s, part, e->open.items[e->open.count - 1].stack, at - e->at))
        return false;
    e->at = at;
    return true;
}

static bool event_apply(struct scope *s, struct events *e, char type, frame_id frame)
{
    uint32_t n = e->open.count;
    if (type == 'O') {
        struct scope_open o = { frame, { 0 } };
        stack_id above = n > 0 ? e->open.items[n - 1].stack : (stack_id){ 0 };
        if (!builder_stack_child(s->scratch, above, frame, &o.stack, s->err))
            return jscan_stop(s->js);
        VEC_PUSH(&e->open, o);
        return true;
    }
    uint32_t k = n;
    while (k > 0 && e->open.items[k - 1].frame.ix != frame.ix)
        k--;
    if (k == 0)
        return jscan_fail(s->js, ERR_MALFORMED, "a frame is closed that is not open");
    s->unbalanced += k != n;
    e->open.count = k - 1;
    return true;
}

static void read_events(struct scope *s, struct scope_part *part, struct events *e)
{
    struct span key;
    jscan_arr(s->js);
    while (jscan_item(s->js)) {
        char type = '\0';
        double at = NUM_UNKNOWN, ix = NUM_UNKNOWN;
        jscan_obj(s->js);
        uint64_t from = jscan_offset(s->js);
        while (jscan_member(s->js, &key)) {
            if (span_is(key, "type")) {
                struct span t = jscan_str(s->js);
                type = t.len == 1 ? t.ptr[0] : '?';
            } else if (span_is(key, "at")) {
                at = jscan_double(s->js);
            } else if (span_is(key, "frame")) {
                ix = jscan_double(s->js);
            } else {
                jscan_skip(s->js);
            }
        }
        if (!jscan_ok(s->js))
            return;
        frame_id frame;
        if (type != 'O' && type != 'C') {
            (void)jscan_fail(s->js, ERR_MALFORMED, "the event from byte %llu is neither \"O\" nor \"C\"; it ends",
                             (unsigned long long)from);
            return;
        }
        if (!frame_at(s, ix, &frame) || !event_time(s, part, e, at) || !event_apply(s, e, type, frame))
            return;
    }
}

static bool finish_evented(struct scope *s, struct scope_part *part, struct events *e)
{
    if (e->open.count == 0)
        return true;
    s->unbalanced += e->open.count;
    return !(part->end > e->at) || event_time(s, part, e, part->end);
}

static bool part_begin(struct scope *s, struct scope_part *part)
{
    *part = (struct scope_part){ .start = NUM_UNKNOWN, .end = NUM_UNKNOWN, .even = true };
    return builder_thread(s->scratch, s->process, (int64_t)s->parts.count, SPAN(""), &part->thread, s->err) ||
           jscan_stop(s->js);
}

bool scope_read_profile(struct scope *s)
{
    struct scope_part part;
    struct events e = { .at = NUM_UNKNOWN };
    struct weights w = { 0 };
    struct cursor c = { 0 };
    bool weights_seen = false, sampled = false;
    struct span key;
    if (!part_begin(s, &part))
        return false;
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (span_is(key, "name")) {
            part.name = builder_str(s->scratch, jscan_str(s->js));
        } else if (span_is(key, "unit")) {
            part.unit = builder_str(s->scratch, jscan_str(s->js));
        } else if (span_is(key, "startValue")) {
            part.start = jscan_double(s->js);
        } else if (span_is(key, "endValue")) {
            part.end = jscan_double(s->js);
        } else if (span_is(key, "samples") && !sampled) {
            sampled = true;
            read_samples(s, &part);
            c.piece = weights_seen ? NULL : part.first;
        } else if (span_is(key, "weights") && !weights_seen) {
            weights_seen = true;
            read_weights(s, &part, &w, &c);
        } else if (span_is(key, "events") && !part.evented) {
            part.evented = true;
            read_events(s, &part, &e);
        } else {
            jscan_skip(s->js);
        }
    }
    if (jscan_ok(s->js) && sampled && part.evented)
        (void)jscan_fail(s->js, ERR_MALFORMED, "a profile with samples and events");
    bool ok = jscan_ok(s->js) &&
              (part.evented ? finish_evented(s, &part, &e) : finish_sampled(s, &part, &w, &c, weights_seen));
    free(e.open.items);
    free(w.items);
    VEC_PUSH(&s->parts, part); /* its pieces are released with the others */
    return ok;
}
