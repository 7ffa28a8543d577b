/* Spans of a trace: beginnings and ends put in order of time, their time given to the innermost open span of the thread.
 *
 * Order at equal times: ends before beginnings, but a span that takes no time begins before it ends; events of their own
 * before complete ones; of complete ones the longest first; else as in the file. Of several ends at one time the one that
 * names the innermost span leaves first. An end that names a span further out takes that one away; one that names none is
 * ignored. What is never ended ends with the last span of its thread that is.
 * Guarantees: at most TRACE_PENDING edges are held. Files are nearly in order, so an edge that comes later than half of
 * that is rare; it is dropped and counted.
 * Worked example: B a 0, B b 2, E b 5, E a 9 -> a 6 (2 + 4), a;b 3. With CPU clocks 10, 11, 13, 13 -> a 1 + 0, a;b 2. */
#include "import/v8/fmt_chrome_trace.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

enum { TRACE_PENDING = 1 << 19, SWAP_MAX = 256 };

/* --- sums --- */

static uint32_t cell_hash(uint32_t thread, uint32_t stack)
{
    uint64_t h = ((uint64_t)thread << 32 | stack) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

static void cells_grow(struct trace_cells *c)
{
    c->slots = c->slots ? c->slots * 2 : 1024;
    free(c->slot);
    c->slot = xcalloc(c->slots, sizeof *c->slot);
    for (uint32_t i = 0; i < c->count; i++) {
        uint32_t at = cell_hash(c->items[i].thread, c->items[i].stack) & (c->slots - 1);
        while (c->slot[at] != 0)
            at = (at + 1) & (c->slots - 1);
        c->slot[at] = i + 1;
    }
}

struct trace_cell *trace_cell_of(struct trace_cells *c, uint32_t thread, uint32_t stack)
{
    if ((c->count + 1) * 2 > c->slots)
        cells_grow(c);
    uint32_t at = cell_hash(thread, stack) & (c->slots - 1);
    for (; c->slot[at] != 0; at = (at + 1) & (c->slots - 1)) {
        struct trace_cell *cell = &c->items[c->slot[at] - 1];
        if (cell->thread == thread && cell->stack == stack)
            return cell;
    }
    struct trace_cell fresh = { .thread = thread, .stack = stack };
    VEC_PUSH(c, fresh);
    c->slot[at] = c->count;
    return &c->items[c->count - 1];
}

/* --- the innermost span takes the time --- */

static void advance(struct trace *t, uint32_t thread, double ts_us, double cpu_us)
{
    struct trace_thread *th = &t->threads.items[thread];
    double wall = ts_us - th->at_us, cpu = cpu_us - th->cpu_at_us;
    if (th->open.count > 0) {
        struct trace_cell *cell = trace_cell_of(&t->cells, thread, th->open.items[th->open.count - 1].stack.ix);
        if (wall > 0) {
            cell->wall_us += wall;
            th->inside_us += wall;
        }
        if (cpu > 0) {
            cell->cpu_us += cpu;
            th->inside_cpu_us += cpu;
        }
    }
    th->at_us = ts_us;
    if (num_known(cpu_us))
        th->cpu_at_us = cpu_us;
}

static bool enter(struct trace *t, const struct trace_edge *e)
{
    struct trace_thread *th = &t->threads.items[e->thread];
    struct trace_open o = { e->label, { 0 } };
    stack_id above = th->open.count > 0 ? th->open.items[th->open.count - 1].stack : (stack_id){ 0 };
    advance(t, e->thread, e->ts_us, e->cpu_us);
    if (!builder_stack_child(t->spans, above, t->label.items[e->label].frame, &o.stack, t->err))
        return jscan_stop(t->js);
    VEC_PUSH(&th->open, o);
    return true;
}

static bool names(const struct trace *t, const struct trace_open *o, uint32_t name)
{
    return t->label.items[o->label].name == name;
}

/* Takes span `at` away; those inside it move out. */
static bool remove_open(struct trace *t, struct trace_thread *th, uint32_t at)
{
    th->open.count--;
    for (uint32_t i = at; i < th->open.count; i++) {
        struct trace_open *o = &th->open.items[i];
        o->label = th->open.items[i + 1].label;
        stack_id above = i > 0 ? th->open.items[i - 1].stack : (stack_id){ 0 };
        if (!builder_stack_child(t->spans, above, t->label.items[o->label].frame, &o->stack, t->err))
            return jscan_stop(t->js);
    }
    return true;
}

/* The label of an end is a name in `texts`; 0 ends whatever is innermost. */
static bool leave(struct trace *t, const struct trace_edge *e)
{
    struct trace_thread *th = &t->threads.items[e->thread];
    if (th->open.count == 0) {
        t->unopened++;
        return true;
    }
    uint32_t lowest = th->open.count > SWAP_MAX ? th->open.count - SWAP_MAX : 0;
    uint32_t at = th->open.count;
    while (at > lowest && e->label != 0 && !names(t, &th->open.items[at - 1], e->label))
        at--;
    if (at == lowest && (lowest > 0 || e->label != 0)) {
        t->mismatched++;
        return true;
    }
    t->mismatched += at < th->open.count;
    advance(t, e->thread, e->ts_us, e->cpu_us);
    return remove_open(t, th, at - 1);
}

/* --- order --- */

static int by_time(const struct trace_edge *x, const struct trace_edge *y)
{
    if (x->ts_us != y->ts_us)
        return x->ts_us < y->ts_us ? -1 : 1;
    if (x->thread != y->thread)
        return x->thread < y->thread ? -1 : 1;
    return 0;
}

/* Events of their own (-1) first, then complete ones, longest first: of ends at one time those began first. */
static int edge_order(const void *a, const void *b)
{
    const struct trace_edge *x = a, *y = b;
    int time = by_time(x, y);
    bool own_x = x->dur_us < 0, own_y = y->dur_us < 0;
    if (time != 0)
        return time;
    if (own_x != own_y)
        return own_x ? -1 : 1;
    if (x->dur_us != y->dur_us)
        return x->dur_us > y->dur_us ? -1 : 1;
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void sort_edges(struct trace_edges *s)
{
    bool sorted = true;
    for (uint32_t i = 1; i < s->count && sorted; i++)
        sorted = edge_order(&s->items[i - 1], &s->items[i]) <= 0;
    if (!sorted)
        qsort(s->items, s->count, sizeof *s->items, edge_order);
}

/* The end that names the innermost span comes to the front of those of its time. */
static void front_end(struct trace *t, uint32_t from)
{
    struct trace_edge *ends = t->ends.items;
    const struct trace_thread *th = &t->threads.items[ends[from].thread];
    if (th->open.count == 0)
        return;
    const struct trace_open *top = &th->open.items[th->open.count - 1];
    for (uint32_t i = from; i < t->ends.count && i - from < SWAP_MAX && by_time(&ends[i], &ends[from]) == 0; i++) {
        if (names(t, top, ends[i].label)) {
            struct trace_edge found = ends[i];
            ends[i] = ends[from];
            ends[from] = found;
            return;
        }
    }
}

static bool begins_next(const struct trace *t, uint32_t b, uint32_t e)
{
    if (b == t->begins.count || e == t->ends.count)
        return e == t->ends.count;
    const struct trace_edge *begin = &t->begins.items[b], *end = &t->ends.items[e];
    int order = by_time(begin, end);
    /* An end that has no length has its beginning here as well. */
    return order != 0 ? order < 0 : end->dur_us == 0 || t->label.items[begin->label].name == end->label;
}

static void drop_front(struct trace_edges *s, uint32_t n)
{
    s->count -= n;
    if (n > 0 && s->count > 0)
        memmove(s->items, s->items + n, s->count * sizeof *s->items);
}

/* Edges before `until` leave; infinity: all. */
static bool emit(struct trace *t, double until)
{
    uint32_t b = 0, e = 0;
    bool ok = true;
    while (ok && (b < t->begins.count || e < t->ends.count)) {
        bool begin = begins_next(t, b, e);
        if (!((begin ? t->begins.items[b].ts_us : t->ends.items[e].ts_us) < until))
            break;
        if (begin) {
            ok = enter(t, &t->begins.items[b++]);
        } else {
            front_end(t, e);
            ok = leave(t, &t->ends.items[e++]);
        }
    }
    drop_front(&t->begins, b);
    drop_front(&t->ends, e);
    t->emitted_us = until;
    return ok;
}

static bool make_room(struct trace *t)
{
    if (t->begins.count + t->ends.count < TRACE_PENDING)
        return true;
    sort_edges(&t->begins);
    sort_edges(&t->ends);
    const struct trace_edges *most = t->begins.count > t->ends.count ? &t->begins : &t->ends;
    double until = most->items[most->count / 2].ts_us;
    /* All at one time: then nothing lies before the middle, and the whole of it leaves. */
    if (until <= most->items[0].ts_us)
        until = nextafter(until, HUGE_VAL);
    return emit(t, until);
}

/* --- events --- */

static bool label_of(struct trace *t, uint32_t name, uint32_t *ret)
{
    const struct trace_event *e = &t->e;
    struct sb key = { 0 };
    sb_add(&key, sb_span(&e->name));
    if (e->file.len > 0) {
        sb_addc(&key, '\0');
        sb_add(&key, sb_span(&e->file));
        sb_printf(&key, ":%u", e->line);
    }
    uint32_t known = t->labels.count;
    *ret = intern_add(&t->labels, key.len > 0 ? sb_span(&key) : SPAN("\x01")) - 1;
    sb_release(&key);
    if (t->labels.count == known)
        return true;
    struct arena arena = { 0 };
    struct frame_desc d =
        json_in_frame(e->name.len > 0 ? sb_span(&e->name) : SPAN("(unnamed)"), sb_span(&e->file), e->line, &arena);
    struct trace_label label = { name, { 0 } };
    bool ok = builder_frame(t->spans, &d, &label.frame, t->err) || jscan_stop(t->js);
    arena_release(&arena);
    VEC_PUSH(&t->label, label);
    return ok;
}

static void edge_add(struct trace *t, struct trace_edges *to, struct trace_edge edge)
{
    edge.seq = t->seq++;
    if (edge.ts_us < t->emitted_us)
        t->late++;
    else
        VEC_PUSH(to, edge);
}

bool trace_span_add(struct trace *t, uint32_t thread)
{
    const struct trace_event *e = &t->e;
    if (!isfinite(e->ts_us)) {
        t->untimed++;
        return true;
    }
    uint32_t name = intern_add(&t->texts, sb_span(&e->name));
    double cpu = e->tts_us > 0 ? e->tts_us : NUM_UNKNOWN;
    t->edges++;
    if (e->phase == 'E') {
        edge_add(t, &t->ends, (struct trace_edge){ e->ts_us, cpu, -1, thread, name, 0 });
        return make_room(t);
    }
    uint32_t label;
    if (!label_of(t, name, &label))
        return false;
    if (e->phase == 'B') {
        edge_add(t, &t->begins, (struct trace_edge){ e->ts_us, cpu, -1, thread, label, 0 });
        return make_room(t);
    }
    double dur = e->dur_us >= 0 ? e->dur_us : e->tdur_us >= 0 ? e->tdur_us : 0;
    if (!isfinite(dur) || e->ts_us < t->emitted_us) {
        t->late += isfinite(dur) ? 1 : 0;
        t->untimed += isfinite(dur) ? 0 : 1;
        return true;
    }
    double cpu_end = e->tdur_us >= 0 ? cpu + e->tdur_us : NUM_UNKNOWN;
    edge_add(t, &t->begins, (struct trace_edge){ e->ts_us, cpu, dur, thread, label, 0 });
    edge_add(t, &t->ends, (struct trace_edge){ e->ts_us + dur, cpu_end, dur, thread, name, 0 });
    return make_room(t);
}

/* --- the end --- */

static double thread_cpu_us(const struct trace_thread *th)
{
    return th->last_cpu_us - th->first_cpu_us;
}

/* What the thread computed while no span of it was open. */
static bool add_outside(struct trace *t, uint32_t column)
{
    struct frame_desc d = { SPAN("(outside all spans)"), SPAN(""), SPAN(""), 0, FRAME_UNKNOWN, 0 };
    frame_id frame;
    stack_id stack;
    if (!builder_frame(t->spans, &d, &frame, t->err) ||
        !builder_stack_child(t->spans, (stack_id){ 0 }, frame, &stack, t->err))
        return false;
    for (uint32_t i = 0; i < t->threads.count; i++) {
        double rest = thread_cpu_us(&t->threads.items[i]) - t->threads.items[i].inside_cpu_us;
        struct sample_desc s = { stack, { 0 }, STATE_UNKNOWN, 0 };
        uint32_t row;
        if (!(rest > 0))
            continue;
        if (!trace_builder_thread(t, t->spans, i, &s.thread) || !builder_row(t->spans, &s, &row, t->err) ||
            !builder_value(t->spans, row, column, rest * 1e-6, t->err))
            return false;
    }
    return true;
}

static bool add_rows(struct trace *t, uint32_t wall, uint32_t cpu, bool has_cpu)
{
    for (uint32_t i = 0; i < t->cells.count; i++) {
        const struct trace_cell *cell = &t->cells.items[i];
        struct sample_desc s = { { cell->stack }, { 0 }, STATE_UNKNOWN, 0 };
        uint32_t row;
        if (!(cell->wall_us > 0 || cell->cpu_us > 0))
            continue;
        if (!trace_builder_thread(t, t->spans, cell->thread, &s.thread) || !builder_row(t->spans, &s, &row, t->err) ||
            !builder_value(t->spans, row, wall, cell->wall_us * 1e-6, t->err))
            return false;
        if (has_cpu && !builder_value(t->spans, row, cpu, cell->cpu_us * 1e-6, t->err))
            return false;
    }
    return true;
}

bool trace_spans_finish(struct trace *t)
{
    double wall_sum = 0, cpu_sum = 0;
    sort_edges(&t->begins);
    sort_edges(&t->ends);
    if (!emit(t, HUGE_VAL))
        return false;
    for (uint32_t i = 0; i < t->threads.count; i++) {
        const struct trace_thread *th = &t->threads.items[i];
        t->unclosed += th->open.count;
        wall_sum += th->inside_us;
        cpu_sum += th->inside_cpu_us;
    }
    if (!(wall_sum > 0))
        return true;
    bool has_cpu = cpu_sum > 0;
    uint32_t cpu = 0;
    /* The CPU clock comes first: of the two it is the one that composition may be read from. */
    if (has_cpu) {
        struct column_desc d = { SPAN("thread CPU"), UNIT_SECONDS, CLOCK_CPU, NUM_UNKNOWN, NUM_UNKNOWN, true };
        cpu = builder_column(t->spans, &d);
    }
    struct column_desc d = { SPAN("spans"), UNIT_SECONDS, t->pyspy ? CLOCK_UNKNOWN : CLOCK_WALL,
                             NUM_UNKNOWN,   NUM_UNKNOWN,  true };
    uint32_t wall = builder_column(t->spans, &d);
    return add_rows(t, wall, cpu, has_cpu) && (!has_cpu || add_outside(t, cpu));
}
