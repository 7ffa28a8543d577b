/* stackprof's JSON (Ruby): frames by id, and with `raw: true` every stack as [depth, ids root first ..., count].
 * Guarantees:
 *  1. mode is the clock: wall (every state of the thread that was sampled) or cpu; object counts allocations and is refused,
 *     and so is custom, whose samples are taken when the program asks;
 *  2. wall samples weigh what the file says has passed since the one before, else the interval. CPU samples are counted: the
 *     kernel's timer ticks more seldom than the interval asks for, so a count is no length;
 *  3. without raw stacks, each frame's own samples are a row of one frame.
 * Frames and stacks may come in any order. Source: https://github.com/tmm1/stackprof, ext/stackprof/stackprof.c */
#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"
#include "import/json_in.h"

struct frame {
    frame_id id;
    uint64_t own; /* samples */
    bool known;
};

struct run {
    uint32_t row, count;
};

enum mode { MODE_UNSTATED, MODE_WALL, MODE_CPU };

struct stackprof {
    const struct import_options *opt;
    struct jscan *js;
    struct builder *b;
    struct artefact *a;
    struct err *err;
    struct intern keys; /* the id's text -> index + 1 into frames */
    struct {
        struct frame *items;
        uint32_t count, cap;
    } frames;
    struct {
        uint32_t *items; /* raw as it stands: depth, frames, count ... */
        uint32_t count, cap;
    } raw;
    struct {
        struct run *items;
        uint32_t count, cap;
    } runs;
    struct {
        float *items; /* microseconds before each sample */
        uint32_t count, cap;
    } deltas;
    enum mode mode;
    double interval_us, samples, missed;
    thread_id thread;
    uint32_t column;
};

static enum sniff stackprof_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (json_in_first(head) != '{' || !json_in_has_key(head, "mode"))
        return SNIFF_NO;
    bool counts = json_in_has_key(head, "gc_samples") || json_in_has_key(head, "missed_samples");
    return counts && json_in_has_key(head, "frames") ? SNIFF_YES : SNIFF_NO;
}

/* --- reading --- */

/* Index of the frame of that id, made without a name when new. UINT32_MAX when it failed. */
static uint32_t frame_of(struct stackprof *s, struct span id)
{
    uint32_t known = s->keys.count;
    uint32_t ix = intern_add(&s->keys, id);
    if (ix == 0) {
        (void)jscan_fail(s->js, ERR_MALFORMED, "a frame without an id");
        return UINT32_MAX;
    }
    if (ix != known)
        return ix - 1;
    if (s->frames.count >= s->opt->limits.frames) {
        (void)jscan_fail(s->js, ERR_LIMIT, "more than %llu frames", (unsigned long long)s->opt->limits.frames);
        return UINT32_MAX;
    }
    struct frame none = { .known = false };
    VEC_PUSH(&s->frames, none);
    return ix - 1;
}

static struct frame_desc describe_frame(struct span name, struct span file, uint32_t line)
{
    struct frame_desc d = { name.len > 0 ? name : SPAN("(anonymous)"), file, SPAN(""), line, FRAME_MANAGED, 0 };
    if (name.len > 0 && name.ptr[0] == '(' && file.len == 0) {
        d.kind = FRAME_META; /* (garbage collection), (marking), (sweeping) */
    } else if (span_is(file, "<cfunc>")) {
        d.kind = FRAME_NATIVE; /* a method written in C, of Ruby itself or of a library */
        d.file = SPAN("");
        d.module = SPAN("cfunc");
    }
    return d;
}

static void read_frame(struct stackprof *s, struct frame *f, struct sb *name, struct sb *file)
{
    struct span key;
    uint32_t line = 0;
    sb_reset(name);
    sb_reset(file);
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        enum jscan_kind kind = jscan_peek(s->js);
        if (span_is(key, "name") && kind == JSCAN_STR) {
            sb_add(name, jscan_str(s->js));
        } else if (span_is(key, "file") && kind == JSCAN_STR) {
            sb_add(file, jscan_str(s->js));
        } else if ((span_is(key, "line") || span_is(key, "samples")) && kind == JSCAN_NUM) {
            bool is_line = span_is(key, "line");
            struct jscan_number n = jscan_num(s->js);
            bool fits = n.is_int && n.i >= 0 && n.i < UINT32_MAX;
            if (is_line)
                line = fits ? (uint32_t)n.i : 0;
            else if (fits)
                f->own = (uint64_t)n.i;
            else if (jscan_ok(s->js))
                (void)jscan_fail(s->js, ERR_VALUE, "samples that are no count");
        } else {
            jscan_skip(s->js);
        }
    }
    struct frame_desc d = describe_frame(sb_span(name), sb_span(file), line);
    f->known = true;
    if (jscan_ok(s->js) && !builder_frame(s->b, &d, &f->id, s->err))
        (void)jscan_stop(s->js);
}

static void read_frames(struct stackprof *s)
{
    struct span key;
    struct sb name = { 0 }, file = { 0 };
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        uint32_t ix = frame_of(s, key);
        if (ix == UINT32_MAX)
            break;
        read_frame(s, &s->frames.items[ix], &name, &file);
    }
    sb_release(&name);
    sb_release(&file);
}

static bool push_raw(struct stackprof *s, uint32_t x)
{
    if (s->raw.count >= s->opt->limits.cells)
        return jscan_fail(s->js, ERR_LIMIT, "raw stacks of more than %llu numbers",
                          (unsigned long long)s->opt->limits.cells);
    VEC_PUSH(&s->raw, x);
    return true;
}

/* A number of `raw` that is no id: a depth or a count. */
static bool read_count(struct stackprof *s, uint64_t max, const char *what, uint32_t *ret)
{
    struct jscan_number n = jscan_num(s->js);
    if (!jscan_ok(s->js))
        return false;
    if (!n.is_int || n.i < 0 || (uint64_t)n.i > max)
        return jscan_fail(s->js, max < UINT32_MAX ? ERR_LIMIT : ERR_VALUE, "%s that is no count, or too large", what);
    *ret = (uint32_t)n.i;
    return true;
}

static void read_raw(struct stackprof *s)
{
    char text[24];
    jscan_arr(s->js);
    while (jscan_item(s->js)) {
        uint32_t depth, count;
        if (!read_count(s, s->opt->limits.stack_depth, "a depth", &depth) || !push_raw(s, depth))
            return;
        for (uint32_t i = 0; i < depth; i++) {
            if (!jscan_item(s->js)) {
                (void)jscan_fail(s->js, ERR_MALFORMED, "raw ends inside a stack");
                return;
            }
            struct jscan_number n = jscan_num(s->js);
            int len = snprintf(text, sizeof text, "%lld", (long long)n.i);
            uint32_t ix = n.is_int && len > 0 ? frame_of(s, span_make(text, (size_t)len)) : UINT32_MAX;
            if (ix == UINT32_MAX || !push_raw(s, ix)) {
                (void)jscan_fail(s->js, ERR_VALUE, "a frame id that is no whole number");
                return;
            }
        }
        if (!jscan_item(s->js)) {
            (void)jscan_fail(s->js, ERR_MALFORMED, "raw ends before the count of a stack");
            return;
        }
        if (!read_count(s, UINT32_MAX, "a number of samples", &count) || !push_raw(s, count))
            return;
    }
}

static void read_deltas(struct stackprof *s)
{
    double x[256];
    jscan_arr(s->js);
    for (size_t n; (n = jscan_doubles(s->js, x, ARRAY_LEN(x))) > 0;) {
        for (size_t i = 0; i < n; i++) {
            if (s->deltas.count >= s->opt->limits.cells) {
                (void)jscan_fail(s->js, ERR_LIMIT, "more than %llu samples", (unsigned long long)s->opt->limits.cells);
                return;
            }
            VEC_PUSH(&s->deltas, (float)(x[i] > 0 ? x[i] : 0)); /* the clock was set back: no time */
        }
    }
}

static void read_mode(struct stackprof *s)
{
    struct span mode = jscan_str(s->js);
    if (span_is(mode, "wall"))
        s->mode = MODE_WALL;
    else if (span_is(mode, "cpu"))
        s->mode = MODE_CPU;
    else if (span_is(mode, "object"))
        (void)jscan_fail(
            s->js, ERR_UNSUPPORTED,
            "a stackprof recording of allocations (mode object): objects are not time; record with mode: :wall");
    else if (jscan_ok(s->js))
        (void)jscan_fail(s->js, ERR_UNSUPPORTED,
                         "a stackprof recording of mode %.*s, which is no clock; record with mode: :wall",
                         SPAN_FMT(span_sub(mode, 0, 20)));
}

static void read_document(struct stackprof *s)
{
    struct span key;
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        enum jscan_kind kind = jscan_peek(s->js);
        if (span_is(key, "mode") && kind == JSCAN_STR)
            read_mode(s);
        else if (span_is(key, "interval") && kind == JSCAN_NUM)
            s->interval_us = jscan_double(s->js);
        else if (span_is(key, "samples") && kind == JSCAN_NUM)
            s->samples = jscan_double(s->js);
        else if (span_is(key, "missed_samples") && kind == JSCAN_NUM)
            s->missed = jscan_double(s->js);
        else if (span_is(key, "frames") && kind == JSCAN_OBJ)
            read_frames(s);
        else if (span_is(key, "raw") && kind == JSCAN_ARR && s->raw.count == 0)
            read_raw(s);
        else if (span_is(key, "raw_timestamp_deltas") && kind == JSCAN_ARR && s->deltas.count == 0)
            read_deltas(s);
        else
            jscan_skip(s->js);
    }
}

/* --- rows --- */

static bool row_of(struct stackprof *s, stack_id stack, uint64_t samples, uint32_t *ret)
{
    struct sample_desc d = { stack, s->thread, STATE_UNKNOWN, 0 };
    if (!builder_row(s->b, &d, ret, s->err))
        return false;
    builder_samples(s->b, *ret, samples);
    return true;
}

static bool make_runs(struct stackprof *s)
{
    uint32_t at = 0;
    while (at < s->raw.count) {
        uint32_t depth = s->raw.items[at++];
        stack_id stack = { 0 };
        for (uint32_t i = 0; i < depth; i++) {
            const struct frame *f = &s->frames.items[s->raw.items[at++]];
            if (!f->known)
                return err_set(s->err, ERR_MALFORMED, "raw holds a frame that `frames` does not name");
            if (!builder_stack_child(s->b, stack, f->id, &stack, s->err))
                return false;
        }
        struct run r = { .count = s->raw.items[at++] };
        if (r.count == 0)
            continue;
        if (!row_of(s, stack, r.count, &r.row))
            return false;
        VEC_PUSH(&s->runs, r);
    }
    return true;
}

/* Values of the runs, in their order: the time before each sample, the interval where the file has none. */
static bool weigh_runs(struct stackprof *s, double each)
{
    uint32_t next = 0;
    bool timed = s->mode == MODE_WALL && s->deltas.count > 0;
    for (uint32_t i = 0; i < s->runs.count; i++) {
        const struct run *r = &s->runs.items[i];
        double sum = 0;
        for (uint32_t k = 0; timed && k < r->count && next < s->deltas.count; k++, next++) {
            builder_order(s->b, r->row, (double)s->deltas.items[next] * 1e-6);
            sum += (double)s->deltas.items[next] * 1e-6;
        }
        if (!timed) {
            sum = each * r->count;
            for (uint32_t k = 0; k < r->count && k < s->opt->limits.ordered_samples; k++)
                builder_order(s->b, r->row, each);
        }
        if (!builder_value(s->b, r->row, s->column, sum, s->err))
            return false;
    }
    return true;
}

static bool make_flat(struct stackprof *s, double each)
{
    for (uint32_t i = 0; i < s->frames.count; i++) {
        const struct frame *f = &s->frames.items[i];
        stack_id stack;
        uint32_t row;
        if (f->own == 0)
            continue;
        if (!builder_stack_child(s->b, (stack_id){ 0 }, f->id, &stack, s->err) || !row_of(s, stack, f->own, &row) ||
            !builder_value(s->b, row, s->column, each * (double)f->own, s->err))
            return false;
    }
    return true;
}

/* --- the artefact --- */

static void describe(struct stackprof *s)
{
    struct artefact *a = s->a;
    a->tool = SPAN("stackprof");
    a->runtime = RUNTIME_RUBY;
    a->native_visible = TRI_NO; /* methods in C show, the libraries that they call do not */
    a->one_thread_of_several = true;
    a->all_states = s->mode == MODE_WALL;
    if (s->missed > 0 && s->samples > 0)
        a->lost_share = s->missed / (s->samples + s->missed);
    if (s->mode == MODE_WALL && s->interval_us > 0) {
        struct profile_column *col = builder_column_edit(s->b, s->column);
        a->rate_hz = col->rate_hz = 1e6 / s->interval_us;
        col->period = s->interval_us * 1e-6;
    }
    double span_s = 0;
    for (uint32_t i = 0; i < s->deltas.count; i++)
        span_s += (double)s->deltas.items[i] * 1e-6;
    if (span_s > 0)
        a->span_s = span_s;
    if (s->raw.count == 0)
        artefact_problem(a, "no_stacks", "record with `raw: true`",
                         "the file holds each method's own samples and no stacks: who called is not told");
    if (s->mode == MODE_UNSTATED)
        artefact_problem(a, "mode_unstated", "say --clock wall or --clock cpu", "the file does not tell its mode");
}

static bool finish(struct stackprof *s)
{
    bool wall = s->mode == MODE_WALL && s->interval_us > 0;
    enum clock_kind clock = s->mode == MODE_WALL ? CLOCK_WALL : s->mode == MODE_CPU ? CLOCK_CPU : CLOCK_UNKNOWN;
    struct column_desc d = {
        wall ? SPAN("wall") : SPAN("samples"), wall ? UNIT_SECONDS : UNIT_SAMPLES, clock, NUM_UNKNOWN, NUM_UNKNOWN, true
    };
    double each = wall ? s->interval_us * 1e-6 : 1;
    if (s->interval_us < 0 || s->interval_us > 1e12)
        return err_set(s->err, ERR_VALUE, "want an interval in microseconds");
    s->column = builder_column(s->b, &d);
    process_id process = builder_process(s->b, -1, SPAN(""), SPAN(""));
    if (!builder_thread(s->b, process, -1, SPAN(""), &s->thread, s->err) || !make_runs(s) ||
        !(s->runs.count > 0 ? weigh_runs(s, each) : make_flat(s, each)))
        return false;
    describe(s);
    if (!builder_finish(s->b, &s->a->profile, s->err))
        return false;
    if (s->a->profile->sample_count == 0)
        return err_set(s->err, ERR_EMPTY, "the recording holds no sample");
    import_settle(s->a, s->opt, clock);
    return true;
}

static bool stackprof_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct stackprof s = { .opt = opt, .a = out, .err = err, .interval_us = 0, .samples = 0, .missed = 0 };
    s.b = builder_new(&opt->limits);
    if (opt->no_order)
        builder_order_off(s.b);
    intern_init(&s.keys);
    s.js = json_in_open(in, &opt->limits, err);
    read_document(&s);
    bool ok = jscan_end(s.js) && finish(&s);
    jscan_free(s.js);
    builder_free(s.b);
    intern_release(&s.keys);
    free(s.frames.items);
    free(s.raw.items);
    free(s.runs.items);
    free(s.deltas.items);
    return ok;
}

const struct importer import_stackprof = {
    .name = "stackprof",
    .title = "stackprof JSON (Ruby), modes wall and cpu",
    .proves = "what the sampled Ruby thread did: its wall time in every state, or in mode cpu its CPU samples",
    .cannot = "other threads; whether a method in C computed or waited; in mode cpu how long the program waited",
    .spec_url = "https://github.com/tmm1/stackprof",
    .extensions = "*.json",
    .sniff = stackprof_sniff,
    .parse = stackprof_parse,
};
