/* What was sampled inside a trace:
 *   V8    "Profile" and "ProfileChunk" events of one pid and id (or one old "CpuProfile"): as a .cpuprofile each
 *   Hermes and others: `samples` that name entries of `stackFrames`; a sample lasts until the next one of its thread */
#include "import/v8/fmt_chrome_trace.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

bool trace_builder_thread(struct trace *t, struct builder *b, uint32_t thread, thread_id *ret)
{
    const struct trace_thread *th = &t->threads.items[thread];
    const struct trace_process *p = &t->processes.items[th->process];
    /* Ids that were texts are their own names. */
    struct span process = p->name       ? intern_get(&t->texts, p->name)
                          : p->pid < -1 ? intern_get(&t->texts, (uint32_t)(-2 - p->pid))
                                        : SPAN("");
    process_id pid = builder_process(b, p->pid < 0 ? -1 : p->pid, process, SPAN(""));
    struct span name = th->name       ? intern_get(&t->texts, th->name)
                       : th->tid < -1 ? intern_get(&t->texts, (uint32_t)(-2 - th->tid))
                                      : SPAN("");
    return builder_thread(b, pid, th->tid < 0 ? -1 : th->tid, name, ret, t->err);
}

/* --- V8 --- */

static struct trace_profile *profile_of(struct trace *t, uint32_t thread, bool alone)
{
    enum { PROFILES_MAX = 4096 }; /* looked through one by one */
    uint32_t id = intern_add(&t->texts, sb_span(&t->e.id));
    for (uint32_t i = t->profiles.count; i-- > 0 && !alone;) {
        if (t->profiles.items[i].pid == t->e.pid && t->profiles.items[i].id == id)
            return &t->profiles.items[i];
    }
    if (t->profiles.count >= PROFILES_MAX) {
        (void)jscan_fail(t->js, ERR_LIMIT, "more than %d sampled profiles in one trace", PROFILES_MAX);
        return NULL;
    }
    struct trace_profile fresh = { t->e.pid, id, thread, v8_profile_new(t->opt, t->samples, t->js, t->err) };
    fresh.v->chunked = true;
    VEC_PUSH(&t->profiles, fresh);
    return &t->profiles.items[t->profiles.count - 1];
}

/* A profile whose times cannot all be there: what was cut off is left out. */
static void cut(struct v8_profile *v)
{
    if (v->absolute)
        return;
    if (v->id_count > v->time_count)
        v->id_count = v->time_count;
    else
        v->time_count = v->id_count;
}

bool trace_profile_event(struct trace *t, uint32_t thread)
{
    struct span name = sb_span(&t->e.name);
    bool start = span_is(name, "Profile"), alone = span_is(name, "CpuProfile");
    if (!start && !alone && !span_is(name, "ProfileChunk")) {
        t->piece->start_us = t->piece->end_us = NUM_UNKNOWN;
        if (t->has_piece) { /* some other event's data that looks alike */
            v8_nodes_release(&t->piece->nodes);
            t->piece->id_count = t->piece->time_count = 0;
            t->piece->has_ids = t->piece->has_times = false;
        }
        return true;
    }
    struct trace_profile *p = profile_of(t, thread, alone);
    if (!p)
        return false;
    if (start)
        p->thread = thread;
    t->node = true;
    if (jscan_truncated(t->js))
        cut(t->piece);
    if (!v8_profile_append(p->v, t->piece))
        return jscan_stop(t->js);
    t->piece->absolute = false;
    return true;
}

bool trace_profiles_finish(struct trace *t, bool *ret_any)
{
    double longest = 0;
    uint64_t samples = 0;
    uint32_t known = 0;
    for (uint32_t i = 0; i < t->profiles.count; i++)
        known += t->profiles.items[i].v->id_count > 0 && t->profiles.items[i].v->has_times;
    if (known > 1) /* one after the other is no order of time */
        builder_order_off(t->samples);
    for (uint32_t i = 0; i < t->profiles.count; i++) {
        struct v8_profile *v = t->profiles.items[i].v;
        double wall = NUM_UNKNOWN;
        if (v->id_count == 0 || !v->has_times)
            continue;
        struct column_desc d = { SPAN("wall"), UNIT_SECONDS, CLOCK_WALL, NUM_UNKNOWN, NUM_UNKNOWN, true };
        v->column = builder_column(t->samples, &d);
        if (!trace_builder_thread(t, t->samples, t->profiles.items[i].thread, &v->thread) ||
            !v8_profile_settle(v, t->a, &samples, &wall))
            return false;
        if (!(wall > 0)) /* nothing says when it ended: with its last sample */
            wall = v->clock_us * 1e-6;
        longest = fmax(longest, wall);
        *ret_any = true;
        if (wall > 0 && known == 1) {
            builder_column_edit(t->samples, v->column)->rate_hz = (double)samples / wall;
            t->a->rate_hz = (double)samples / wall;
        }
    }
    if (longest > 0) {
        t->a->duration_s = longest;
        t->a->duration_source = WALL_FILE;
    }
    return true;
}

/* --- samples of stackFrames --- */

static struct trace_frame *frame_find(struct trace *t, uint32_t id)
{
    return id < t->frame_of_size && t->frame_of[id] != 0 ? &t->frames.items[t->frame_of[id] - 1] : NULL;
}

static uint32_t read_ref(struct trace *t)
{
    if (jscan_peek(t->js) == JSCAN_STR)
        return intern_add(&t->texts, jscan_str(t->js));
    if (jscan_peek(t->js) != JSCAN_NUM) {
        jscan_skip(t->js);
        return 0;
    }
    struct jscan_number n = jscan_num(t->js);
    struct sb text = { 0 };
    sb_printf(&text, "%lld", n.is_int ? (long long)n.i : -1LL);
    uint32_t id = intern_add(&t->texts, sb_span(&text));
    sb_release(&text);
    return id;
}

static bool frame_add(struct trace *t, const struct trace_frame *f)
{
    if (t->frames.count >= t->opt->limits.stacks)
        return jscan_fail(t->js, ERR_LIMIT, "more than %llu stack frames", (unsigned long long)t->opt->limits.stacks);
    if (f->id >= t->frame_of_size) {
        uint32_t size = f->id < 512 ? 1024 : f->id * 2;
        t->frame_of = xrealloc(t->frame_of, size, sizeof *t->frame_of);
        memset(t->frame_of + t->frame_of_size, 0, (size - t->frame_of_size) * sizeof *t->frame_of);
        t->frame_of_size = size;
    }
    if (t->frame_of[f->id] != 0)
        return jscan_fail(t->js, ERR_MALFORMED, "stack frame %.*s stands twice",
                          SPAN_FMT(span_sub(intern_get(&t->texts, f->id), 0, 60)));
    VEC_PUSH(&t->frames, *f);
    t->frame_of[f->id] = t->frames.count;
    return true;
}

bool trace_read_frames(struct trace *t)
{
    struct span key;
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        struct trace_frame f = { .id = intern_add(&t->texts, key) };
        jscan_obj(t->js);
        while (jscan_member(t->js, &key)) {
            if (span_is(key, "name") && jscan_peek(t->js) == JSCAN_STR)
                f.name = intern_add(&t->texts, jscan_str(t->js));
            else if (span_is(key, "parent"))
                f.parent = read_ref(t);
            else
                jscan_skip(t->js);
        }
        if (jscan_ok(t->js) && !frame_add(t, &f))
            return false;
    }
    return jscan_ok(t->js);
}

static bool sample_add(struct trace *t)
{
    const struct trace_event *e = &t->e;
    uint32_t thread = trace_thread_of(t, e->pid, e->tid);
    if (thread == TRACE_NONE)
        return false;
    struct trace_thread *th = &t->threads.items[thread];
    if (e->frame.len == 0 || !isfinite(e->ts_us)) {
        t->untimed++;
        return true;
    }
    if (t->sampled.count >= t->opt->limits.cells)
        return jscan_fail(t->js, ERR_LIMIT, "more than %llu stacks", (unsigned long long)t->opt->limits.cells);
    if (e->ts_us < th->last_sample_us) {
        t->late++;
        return true;
    }
    if (num_known(th->last_sample_us))
        trace_cell_of(&t->sampled, thread, th->last_frame)->wall_us += e->ts_us - th->last_sample_us;
    th->last_sample_us = e->ts_us;
    th->last_frame = intern_add(&t->texts, sb_span(&e->frame));
    trace_cell_of(&t->sampled, thread, th->last_frame)->samples++;
    return true;
}

bool trace_read_samples(struct trace *t)
{
    jscan_arr(t->js);
    while (jscan_item(t->js)) {
        if (jscan_peek(t->js) != JSCAN_OBJ)
            jscan_skip(t->js);
        else if (!trace_read_event(t) || (!jscan_truncated(t->js) && !sample_add(t)))
            return false;
    }
    return jscan_ok(t->js);
}

/* "fn(http://host/app.js:12:3)": the place behind a name, in brackets. */
static struct frame_desc sampled_frame(struct span text, struct arena *arena)
{
    struct span rest = text, column;
    size_t open = span_chr(text, 0, '(');
    uint64_t line;
    struct span head, tail;
    if (text.len > 0 && text.ptr[text.len - 1] == ')' && open > 0 && open < text.len && text.ptr[open - 1] != ' ') {
        rest = span_sub(text, open + 1, text.len - open - 2);
        if (span_rsplit(rest, ':', &head, &column) && span_rsplit(head, ':', &rest, &tail) && span_to_u64(tail, &line))
            return json_in_node_frame(span_sub(text, 0, open), rest, line < UINT32_MAX ? (uint32_t)line : 0, false);
    }
    return json_in_frame(text, SPAN(""), 0, arena);
}

/* Stack of frame `id`, made from the outermost one that has none yet. */
static bool frame_link(struct trace *t, uint32_t id, stack_id *ret)
{
    struct {
        uint32_t *items;
        uint32_t count, cap;
    } path = { 0 };
    struct arena arena = { 0 };
    bool ok = true;
    *ret = (stack_id){ 0 };
    while (ok && id != 0) {
        struct trace_frame *f = frame_find(t, id);
        if (!f) {
            ok = err_set(t->err, ERR_MALFORMED, "stack frame %.*s is named and does not exist",
                         SPAN_FMT(span_sub(intern_get(&t->texts, id), 0, 60)));
        } else if (f->linked) {
            *ret = f->stack;
            break;
        } else if (f->open) {
            ok = err_set(t->err, ERR_MALFORMED, "stack frame %.*s is its own ancestor",
                         SPAN_FMT(span_sub(intern_get(&t->texts, id), 0, 60)));
        } else {
            f->open = true;
            VEC_PUSH(&path, id);
            id = f->parent;
        }
    }
    for (uint32_t i = path.count; ok && i-- > 0;) {
        struct trace_frame *f = frame_find(t, path.items[i]);
        struct span name = intern_get(&t->texts, f->name);
        struct frame_desc d = sampled_frame(name.len > 0 ? name : SPAN("(anonymous)"), &arena);
        frame_id frame;
        ok = builder_frame(t->samples, &d, &frame, t->err) && builder_stack_child(t->samples, *ret, frame, ret, t->err);
        f->stack = *ret;
        f->linked = ok;
    }
    free(path.items);
    arena_release(&arena);
    return ok;
}

bool trace_samples_finish(struct trace *t, bool *ret_any)
{
    if (t->sampled.count == 0)
        return true;
    double sum = 0;
    for (uint32_t i = 0; i < t->sampled.count; i++)
        sum += t->sampled.items[i].wall_us;
    /* Nothing in such a file says whether a thread that waits is sampled. */
    struct column_desc d = { SPAN("samples"), sum > 0 ? UNIT_SECONDS : UNIT_SAMPLES,
                             CLOCK_UNKNOWN,   NUM_UNKNOWN,
                             NUM_UNKNOWN,     true };
    uint32_t column = builder_column(t->samples, &d);
    for (uint32_t i = 0; i < t->sampled.count; i++) {
        const struct trace_cell *c = &t->sampled.items[i];
        struct sample_desc s = { { 0 }, { 0 }, STATE_UNKNOWN, 0 };
        uint32_t row;
        if (!frame_link(t, c->stack, &s.stack) || !trace_builder_thread(t, t->samples, c->thread, &s.thread) ||
            !builder_row(t->samples, &s, &row, t->err) ||
            !builder_value(t->samples, row, column, sum > 0 ? c->wall_us * 1e-6 : (double)c->samples, t->err))
            return false;
        builder_samples(t->samples, row, c->samples);
    }
    *ret_any = true;
    return true;
}
