#include "profile/builder.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

/* Open-addressing sets of indexes; the key of an entry is read from the profile itself, but only where the hash beside
 * the index is that of the key: tables are larger than caches, and every read of another one costs more than the rest. */
struct set {
    uint64_t *slot; /* hash << 32 | index + 1, 0 = free */
    uint32_t mask;
    uint32_t used;
};

struct builder {
    struct limits lim;
    struct profile *p;
    uint32_t frame_size, stack_size, row_size, thread_size, process_size, label_size, pair_size;
    struct set frame_set, stack_set, row_set, thread_set, process_set, label_set;
    uint32_t stacks_known; /* stacks below it are in stack_set: what is known to be new waits for the next look-up */
    uint64_t order_size;
    uint64_t order_stride; /* every k-th sample is kept */
    uint64_t order_seen;
    bool too_many_columns; /* told by the next call that can fail */
    bool order_off;
    double *comp; /* [column] running compensation of the totals (Neumaier) */
};

static uint64_t mix2(uint64_t a, uint64_t b)
{
    uint64_t h = a * 0x9e3779b97f4a7c15u ^ (b + 0x7f4a7c15u) * 0xc2b2ae3d27d4eb4fu;
    h ^= h >> 29;
    h *= 0xbf58476d1ce4e5b9u;
    return h ^ h >> 32;
}

static void set_init(struct set *s, uint32_t slots)
{
    s->slot = xcalloc(slots, sizeof *s->slot);
    s->mask = slots - 1;
    s->used = 0;
}

static void set_grow(struct set *s)
{
    struct set bigger;
    set_init(&bigger, (s->mask + 1) * 2);
    for (uint32_t i = 0; i <= s->mask; i++) {
        if (s->slot[i] == 0)
            continue;
        uint32_t at = (uint32_t)(s->slot[i] >> 32) & bigger.mask;
        while (bigger.slot[at] != 0)
            at = (at + 1) & bigger.mask;
        bigger.slot[at] = s->slot[i];
    }
    bigger.used = s->used;
    free(s->slot);
    *s = bigger;
}

static uint32_t set_first(const struct set *s, uint64_t key)
{
    return (uint32_t)key & s->mask;
}

static uint32_t set_next(const struct set *s, uint32_t at)
{
    return (at + 1) & s->mask;
}

/* True when slot `at` may hold the key; its index then. */
static bool set_maybe(const struct set *s, uint32_t at, uint64_t key, uint32_t *ret_ix)
{
    *ret_ix = (uint32_t)s->slot[at] - 1;
    return (uint32_t)(s->slot[at] >> 32) == (uint32_t)key;
}

/* Into the free slot `at`. */
static void set_put(struct set *s, uint32_t at, uint64_t key, uint32_t ix)
{
    s->slot[at] = (uint64_t)(uint32_t)key << 32 | (ix + 1u);
    /* Two thirds full: probes stay within a cache line or two, and the largest table of all stays half as large. */
    if (++s->used > s->mask / 3 * 2)
        set_grow(s);
}

struct builder *builder_new(const struct limits *lim)
{
    struct builder *b = xcalloc(1, sizeof *b);
    b->lim = *lim;
    b->p = xcalloc(1, sizeof *b->p);
    intern_init(&b->p->strings);
    b->stack_size = 64;
    b->p->stacks = xcalloc(b->stack_size, sizeof *b->p->stacks);
    b->p->stack_count = 1;
    b->stacks_known = 1;
    b->p->label_sets = xcalloc(2, sizeof *b->p->label_sets);
    b->label_size = 2;
    b->p->label_set_count = 1;
    b->order_stride = 1;
    set_init(&b->frame_set, 64);
    set_init(&b->stack_set, 64);
    set_init(&b->row_set, 64);
    set_init(&b->thread_set, 16);
    set_init(&b->process_set, 16);
    set_init(&b->label_set, 16);
    return b;
}

void builder_free(struct builder *b)
{
    if (!b)
        return;
    profile_free(b->p);
    free(b->frame_set.slot);
    free(b->stack_set.slot);
    free(b->row_set.slot);
    free(b->thread_set.slot);
    free(b->process_set.slot);
    free(b->label_set.slot);
    free(b->comp);
    free(b);
}

str_id builder_str(struct builder *b, struct span s)
{
    return (str_id){ intern_add(&b->p->strings, s) };
}

struct span builder_str_get(const struct builder *b, str_id s)
{
    return intern_get(&b->p->strings, s.ix);
}

static uint64_t frame_key(const struct profile_frame *f)
{
    uint64_t tail = (uint64_t)f->line << 16 | (uint64_t)f->kind << 8 | f->flags;
    return mix2(mix2(f->func.ix, f->file.ix), mix2(f->module.ix, tail));
}

static bool frame_same(const struct profile_frame *a, const struct profile_frame *b)
{
    return a->func.ix == b->func.ix && a->file.ix == b->file.ix && a->module.ix == b->module.ix && a->line == b->line &&
           a->kind == b->kind && a->flags == b->flags;
}

bool builder_frame(struct builder *b, const struct frame_desc *d, frame_id *ret, struct err *err)
{
    struct profile *p = b->p;
    struct profile_frame f = { .func = builder_str(b, d->func),
                               .file = builder_str(b, d->file),
                               .module = builder_str(b, d->module),
                               .line = d->line,
                               .kind = (uint8_t)d->kind,
                               .flags = d->flags };
    if (p->strings.bytes_len > b->lim.string_bytes)
        return err_set(err, ERR_LIMIT, "names of more than %llu bytes (limit string_bytes)",
                       (unsigned long long)b->lim.string_bytes);
    uint64_t key = frame_key(&f);
    uint32_t ix, at = set_first(&b->frame_set, key);
    for (; b->frame_set.slot[at] != 0; at = set_next(&b->frame_set, at)) {
        if (set_maybe(&b->frame_set, at, key, &ix) && frame_same(&p->frames[ix], &f)) {
            *ret = (frame_id){ ix };
            return true;
        }
    }
    if (p->frame_count >= b->lim.frames)
        return err_set(err, ERR_LIMIT, "more than %llu distinct frames (limit frames)",
                       (unsigned long long)b->lim.frames);
    if (p->frame_count == b->frame_size) {
        b->frame_size = b->frame_size ? b->frame_size * 2 : 64;
        p->frames = xrealloc(p->frames, b->frame_size, sizeof *p->frames);
    }
    p->frames[p->frame_count] = f;
    *ret = (frame_id){ p->frame_count };
    set_put(&b->frame_set, at, key, p->frame_count++);
    return true;
}

uint32_t builder_stack_depth(const struct builder *b, stack_id s)
{
    return b->p->stacks[s.ix].depth;
}

uint32_t builder_stack_count(const struct builder *b)
{
    return b->p->stack_count;
}

uint32_t builder_frame_count(const struct builder *b)
{
    return b->p->frame_count;
}

bool builder_stack_new(struct builder *b, stack_id parent, frame_id frame, stack_id *ret, struct err *err)
{
    struct profile *p = b->p;
    uint32_t depth = p->stacks[parent.ix].depth + 1;
    if (depth > b->lim.stack_depth)
        return err_set(err, ERR_LIMIT, "stack deeper than %llu frames (limit stack_depth)",
                       (unsigned long long)b->lim.stack_depth);
    if (p->stack_count >= b->lim.stacks)
        return err_set(err, ERR_LIMIT, "more than %llu distinct stacks (limit stacks)",
                       (unsigned long long)b->lim.stacks);
    if (p->stack_count == b->stack_size) {
        b->stack_size *= 2;
        p->stacks = xrealloc(p->stacks, b->stack_size, sizeof *p->stacks);
    }
    p->stacks[p->stack_count] = (struct profile_stack){ parent, frame, depth };
    *ret = (stack_id){ p->stack_count++ };
    return true;
}

/* Puts the stacks into the set that were added without it. */
static void stacks_catch_up(struct builder *b)
{
    struct profile *p = b->p;
    for (; b->stacks_known < p->stack_count; b->stacks_known++) {
        const struct profile_stack *s = &p->stacks[b->stacks_known];
        uint64_t key = mix2(s->parent.ix, s->frame.ix);
        uint32_t at = set_first(&b->stack_set, key);
        while (b->stack_set.slot[at] != 0)
            at = set_next(&b->stack_set, at);
        set_put(&b->stack_set, at, key, b->stacks_known);
    }
}

bool builder_stack_child(struct builder *b, stack_id parent, frame_id frame, stack_id *ret, struct err *err)
{
    struct profile *p = b->p;
    stacks_catch_up(b);
    uint64_t key = mix2(parent.ix, frame.ix);
    uint32_t ix, at = set_first(&b->stack_set, key);
    for (; b->stack_set.slot[at] != 0; at = set_next(&b->stack_set, at)) {
        if (set_maybe(&b->stack_set, at, key, &ix) && p->stacks[ix].parent.ix == parent.ix &&
            p->stacks[ix].frame.ix == frame.ix) {
            *ret = (stack_id){ ix };
            return true;
        }
    }
    if (!builder_stack_new(b, parent, frame, ret, err))
        return false;
    set_put(&b->stack_set, at, key, ret->ix);
    b->stacks_known = p->stack_count;
    return true;
}

/* A known pid names a process by itself; without one its name does. */
static uint64_t process_key(int64_t pid, str_id name)
{
    return mix2((uint64_t)pid, pid >= 0 ? 0 : name.ix);
}

process_id builder_process(struct builder *b, int64_t pid, struct span name, struct span command)
{
    struct profile *p = b->p;
    str_id name_id = builder_str(b, name);
    uint64_t key = process_key(pid, name_id);
    uint32_t ix, at = set_first(&b->process_set, key);
    for (; b->process_set.slot[at] != 0; at = set_next(&b->process_set, at)) {
        if (!set_maybe(&b->process_set, at, key, &ix))
            continue;
        const struct profile_process *q = &p->processes[ix];
        if (q->pid == pid && (pid >= 0 || q->name.ix == name_id.ix))
            return (process_id){ ix };
    }
    if (p->process_count == b->process_size) {
        b->process_size = b->process_size ? b->process_size * 2 : 16;
        p->processes = xrealloc(p->processes, b->process_size, sizeof *p->processes);
    }
    ix = p->process_count++;
    p->processes[ix] = (struct profile_process){ pid, name_id, builder_str(b, command) };
    set_put(&b->process_set, at, key, ix);
    return (process_id){ ix };
}

void builder_process_command(struct builder *b, process_id process, struct span command)
{
    b->p->processes[process.ix].command = builder_str(b, command);
}

static uint64_t thread_key(const struct profile_thread *t)
{
    return mix2(mix2(t->process.ix, (uint64_t)t->tid), t->name.ix);
}

bool builder_thread(struct builder *b, process_id process, int64_t tid, struct span name, thread_id *ret,
                    struct err *err)
{
    struct profile *p = b->p;
    struct profile_thread t = { process, tid, builder_str(b, name) };
    uint64_t key = thread_key(&t);
    uint32_t ix, at = set_first(&b->thread_set, key);
    for (; b->thread_set.slot[at] != 0; at = set_next(&b->thread_set, at)) {
        if (!set_maybe(&b->thread_set, at, key, &ix))
            continue;
        const struct profile_thread *o = &p->threads[ix];
        if (o->process.ix == process.ix && o->tid == tid && o->name.ix == t.name.ix) {
            *ret = (thread_id){ ix };
            return true;
        }
    }
    if (p->thread_count >= b->lim.threads)
        return err_set(err, ERR_LIMIT, "more than %llu threads (limit threads)", (unsigned long long)b->lim.threads);
    if (p->thread_count == b->thread_size) {
        b->thread_size = b->thread_size ? b->thread_size * 2 : 16;
        p->threads = xrealloc(p->threads, b->thread_size, sizeof *p->threads);
    }
    p->threads[p->thread_count] = t;
    *ret = (thread_id){ p->thread_count };
    set_put(&b->thread_set, at, key, p->thread_count++);
    return true;
}

uint32_t builder_column(struct builder *b, const struct column_desc *d)
{
    struct profile *p = b->p;
    str_id event = builder_str(b, d->event);
    for (uint32_t c = 0; c < p->column_count; c++) {
        if (p->columns[c].event.ix == event.ix && p->columns[c].unit == d->unit)
            return c;
    }
    if (p->column_count > 0 &&
        (p->column_count >= b->lim.columns || p->row_count > b->lim.cells / (p->column_count + 1u))) {
        b->too_many_columns = true;
        return 0;
    }
    uint32_t c = p->column_count++;
    p->columns = xrealloc(p->columns, p->column_count, sizeof *p->columns);
    p->row_value = xrealloc(p->row_value, p->column_count, sizeof *p->row_value);
    b->comp = xrealloc(b->comp, p->column_count, sizeof *b->comp);
    b->comp[c] = 0;
    p->columns[c] = (struct profile_column){ .event = event,
                                             .unit = d->unit,
                                             .clock = d->clock,
                                             .period = d->period,
                                             .rate_hz = d->rate_hz,
                                             .is_time = d->is_time };
    p->row_value[c] = xcalloc(b->row_size ? b->row_size : 1, sizeof *p->row_value[c]);
    return c;
}

struct profile_column *builder_column_edit(struct builder *b, uint32_t column)
{
    return &b->p->columns[column];
}

uint32_t builder_column_count(const struct builder *b)
{
    return b->p->column_count;
}

static uint64_t label_hash(const struct builder *b, uint32_t ix)
{
    uint64_t h = 0;
    for (uint32_t i = b->p->label_sets[ix]; i < b->p->label_sets[ix + 1]; i++)
        h = mix2(h, b->p->label_pairs[i].ix);
    return h;
}

uint32_t builder_labels(struct builder *b, const struct span *pairs, size_t n)
{
    struct profile *p = b->p;
    if (n == 0)
        return 0;
    uint32_t from = p->label_pair_count;
    for (size_t i = 0; i < n; i++) {
        if (p->label_pair_count == b->pair_size) {
            b->pair_size = b->pair_size ? b->pair_size * 2 : 64;
            p->label_pairs = xrealloc(p->label_pairs, b->pair_size, sizeof *p->label_pairs);
        }
        p->label_pairs[p->label_pair_count++] = builder_str(b, pairs[i]);
    }
    if (p->label_set_count + 1 >= b->label_size) {
        b->label_size *= 2;
        p->label_sets = xrealloc(p->label_sets, b->label_size, sizeof *p->label_sets);
    }
    uint32_t ix = p->label_set_count;
    p->label_sets[ix] = from;
    p->label_sets[ix + 1] = p->label_pair_count;
    uint64_t key = label_hash(b, ix);
    uint32_t other, at = set_first(&b->label_set, key);
    for (; b->label_set.slot[at] != 0; at = set_next(&b->label_set, at)) {
        if (!set_maybe(&b->label_set, at, key, &other))
            continue;
        uint32_t len = p->label_sets[other + 1] - p->label_sets[other];
        if (len == n &&
            memcmp(&p->label_pairs[p->label_sets[other]], &p->label_pairs[from], n * sizeof *p->label_pairs) == 0) {
            p->label_pair_count = from;
            return other;
        }
    }
    p->label_set_count++;
    set_put(&b->label_set, at, key, ix);
    return ix;
}

static uint64_t row_key(const struct sample_desc *d)
{
    return mix2(mix2(d->stack.ix, d->thread.ix), (uint64_t)d->labels << 8 | (uint64_t)d->state);
}

static void rows_grow(struct builder *b)
{
    struct profile *p = b->p;
    uint32_t old = b->row_size;
    b->row_size = old ? old * 2 : 64;
    p->row_stack = xrealloc(p->row_stack, b->row_size, sizeof *p->row_stack);
    p->row_thread = xrealloc(p->row_thread, b->row_size, sizeof *p->row_thread);
    p->row_state = xrealloc(p->row_state, b->row_size, sizeof *p->row_state);
    p->row_labels = xrealloc(p->row_labels, b->row_size, sizeof *p->row_labels);
    p->row_samples = xrealloc(p->row_samples, b->row_size, sizeof *p->row_samples);
    for (uint32_t c = 0; c < p->column_count; c++) {
        p->row_value[c] = xrealloc(p->row_value[c], b->row_size, sizeof *p->row_value[c]);
        for (uint32_t r = old; r < b->row_size; r++)
            p->row_value[c][r] = 0;
    }
}

/* Every row has a value for every event: few bytes of input could ask for rows times events. */
static bool check_cells(const struct builder *b, uint64_t rows, struct err *err)
{
    uint64_t columns = b->p->column_count;
    if (b->too_many_columns && columns >= b->lim.columns)
        return err_set(err, ERR_LIMIT, "more than %llu events (limit columns)", (unsigned long long)b->lim.columns);
    if (b->too_many_columns || (columns > 1 && rows > b->lim.cells / columns))
        return err_set(err, ERR_LIMIT, "more than %llu values: %llu distinct stacks with %llu events (limit cells)",
                       (unsigned long long)b->lim.cells, (unsigned long long)rows, (unsigned long long)columns);
    return true;
}

bool builder_row(struct builder *b, const struct sample_desc *d, uint32_t *ret_row, struct err *err)
{
    struct profile *p = b->p;
    if (b->too_many_columns)
        return check_cells(b, p->row_count, err);
    uint64_t key = row_key(d);
    uint32_t ix, at = set_first(&b->row_set, key);
    for (; b->row_set.slot[at] != 0; at = set_next(&b->row_set, at)) {
        if (set_maybe(&b->row_set, at, key, &ix) && p->row_stack[ix].ix == d->stack.ix &&
            p->row_thread[ix].ix == d->thread.ix && p->row_state[ix] == (uint8_t)d->state &&
            p->row_labels[ix] == d->labels) {
            *ret_row = ix;
            return true;
        }
    }
    if (p->row_count >= b->lim.stacks)
        return err_set(err, ERR_LIMIT, "more than %llu distinct stacks (limit stacks)",
                       (unsigned long long)b->lim.stacks);
    if (!check_cells(b, p->row_count + 1ull, err))
        return false;
    if (p->row_count == b->row_size)
        rows_grow(b);
    ix = p->row_count++;
    p->row_stack[ix] = d->stack;
    p->row_thread[ix] = d->thread;
    p->row_state[ix] = (uint8_t)d->state;
    p->row_labels[ix] = d->labels;
    p->row_samples[ix] = 0;
    *ret_row = ix;
    set_put(&b->row_set, at, key, ix);
    return true;
}

bool builder_value(struct builder *b, uint32_t row, uint32_t column, double value, struct err *err)
{
    if (!isfinite(value) || value < 0)
        return err_set(err, ERR_VALUE, "a weight is negative or not finite");
    struct profile_column *col = &b->p->columns[column];
    double sum = col->total + value;
    if (!isfinite(sum))
        return err_set(err, ERR_VALUE, "the weights sum to more than a number can hold");
    b->comp[column] += col->total >= value ? (col->total - sum) + value : (value - sum) + col->total;
    col->total = sum;
    b->p->row_value[column][row] += value;
    return true;
}

void builder_samples(struct builder *b, uint32_t row, uint64_t n)
{
    b->p->row_samples[row] += n;
    b->p->sample_count += n;
    b->p->samples_known = true;
}

/* Halves the order kept so far: a systematic sample keeps the sequence's shape and bounds the memory. */
static void order_thin(struct builder *b)
{
    struct profile *p = b->p;
    uint64_t n = p->order_count / 2;
    for (uint64_t i = 0; i < n; i++) {
        p->order[i] = p->order[2 * i];
        p->order[i].weight += p->order[2 * i + 1].weight;
    }
    p->order_count = n;
    p->order_thinned = true;
    b->order_stride *= 2;
}

void builder_order_off(struct builder *b)
{
    b->order_off = true;
}

void builder_order(struct builder *b, uint32_t row, double weight)
{
    struct profile *p = b->p;
    if (b->order_off)
        return;
    uint64_t turn = b->order_seen++ % b->order_stride;
    if (turn != 0) {
        p->order[p->order_count - 1].weight += (float)weight;
        return;
    }
    if (p->order_count >= b->lim.ordered_samples && p->order_count >= 2)
        order_thin(b);
    if (p->order_count == b->order_size) {
        b->order_size = b->order_size ? b->order_size * 2 : 1024;
        p->order = xrealloc(p->order, b->order_size, sizeof *p->order);
    }
    p->order[p->order_count++] = (struct profile_order){ row, (float)weight };
}

bool builder_finish(struct builder *b, struct profile **ret, struct err *err)
{
    struct profile *p = b->p;
    if (!check_cells(b, p->row_count, err))
        return false;
    for (uint32_t c = 0; c < p->column_count; c++) {
        p->columns[c].total += b->comp[c];
        b->comp[c] = 0;
    }
    if (!profile_freeze(p, &b->lim, err))
        return false;
    *ret = p;
    b->p = NULL;
    return true;
}
