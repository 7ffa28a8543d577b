/* One trace event. Members may come in any order (Chrome sorts them, so the arguments of a sampled profile come before the
 * name that tells what they are): a profile inside the arguments is read into a piece that its event then claims. */
#include "import/v8/fmt_chrome_trace.h"

#include <math.h>

#include "base/vec.h"

double trace_number(struct jscan *js)
{
    double x = NUM_UNKNOWN;
    if (jscan_peek(js) == JSCAN_NUM)
        return jscan_double(js);
    if (jscan_peek(js) == JSCAN_STR) {
        if (!span_to_double(jscan_str(js), &x))
            x = NUM_UNKNOWN;
        return x;
    }
    jscan_skip(js);
    return x;
}

static void keep(struct jscan *js, struct sb *to)
{
    sb_reset(to);
    if (jscan_peek(js) == JSCAN_STR) {
        sb_add(to, jscan_str(js));
    } else if (jscan_peek(js) == JSCAN_NUM) {
        struct jscan_number n = jscan_num(js);
        if (n.is_int)
            sb_printf(to, "%lld", (long long)n.i);
        else
            sb_printf(to, "%.17g", n.d);
    } else {
        jscan_skip(js);
    }
}

/* A pid or tid. Some writers give names: they become numbers that no system gives. */
static int64_t read_id(struct trace *t)
{
    int64_t n = -1;
    if (jscan_peek(t->js) == JSCAN_NUM) {
        struct jscan_number number = jscan_num(t->js);
        return number.is_int ? number.i : -1;
    }
    if (jscan_peek(t->js) != JSCAN_STR) {
        jscan_skip(t->js);
        return n;
    }
    struct span text = jscan_str(t->js);
    return span_to_i64(text, &n) ? n : -2 - (int64_t)intern_add(&t->texts, text);
}

/* args.data of sampled profiles. */
static void read_data(struct trace *t)
{
    struct span key;
    struct v8_profile *v = t->piece;
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        enum jscan_kind kind = jscan_peek(t->js);
        if (span_is(key, "cpuProfile") && kind == JSCAN_OBJ) {
            jscan_obj(t->js);
            v8_profile_members(v);
            t->has_piece = true;
        } else if (span_is(key, "timeDeltas") && kind == JSCAN_ARR) {
            (void)v8_read_times(v);
            t->has_piece = true;
        } else if (span_is(key, "startTime") && kind == JSCAN_NUM) {
            v->start_us = jscan_double(t->js);
        } else if (span_is(key, "endTime") && kind == JSCAN_NUM) {
            v->end_us = jscan_double(t->js);
        } else {
            jscan_skip(t->js);
        }
    }
}

static void read_args(struct trace *t, struct trace_event *e)
{
    struct span key;
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        enum jscan_kind kind = jscan_peek(t->js);
        if (span_is(key, "data") && kind == JSCAN_OBJ) {
            read_data(t);
        } else if (span_is(key, "name") && kind == JSCAN_STR) {
            keep(t->js, &e->value);
        } else if ((span_is(key, "filename") || span_is(key, "url")) && kind == JSCAN_STR) {
            keep(t->js, &e->file);
        } else if (span_is(key, "line") && (kind == JSCAN_NUM || kind == JSCAN_STR)) {
            double line = trace_number(t->js);
            e->line = line >= 1 && line < (double)UINT32_MAX ? (uint32_t)line : 0;
        } else {
            jscan_skip(t->js);
        }
    }
}

/* Ids in more than one process are told apart by a member of their own. */
static void read_id2(struct trace *t, struct trace_event *e)
{
    struct span key;
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        if (span_is(key, "local") || span_is(key, "global"))
            keep(t->js, &e->id);
        else
            jscan_skip(t->js);
    }
}

static void event_reset(struct trace_event *e)
{
    e->ts_us = e->dur_us = e->tts_us = e->tdur_us = NUM_UNKNOWN;
    e->pid = e->tid = -1;
    e->phase = '\0';
    e->line = 0;
    e->weight = NUM_UNKNOWN;
    struct sb *const texts[] = { &e->name, &e->category, &e->id, &e->value, &e->file, &e->frame };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        sb_reset(texts[i]);
}

/* True when the member was a number of the event. */
static bool read_times(struct trace *t, struct span key, struct trace_event *e)
{
    if (span_is(key, "ts"))
        e->ts_us = trace_number(t->js);
    else if (span_is(key, "dur"))
        e->dur_us = trace_number(t->js);
    else if (span_is(key, "tts"))
        e->tts_us = trace_number(t->js);
    else if (span_is(key, "tdur"))
        e->tdur_us = trace_number(t->js);
    else if (span_is(key, "weight"))
        e->weight = trace_number(t->js);
    else
        return false;
    return true;
}

bool trace_read_event(struct trace *t)
{
    struct trace_event *e = &t->e;
    struct span key;
    event_reset(e);
    t->has_piece = false;
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        if (read_times(t, key, e))
            continue;
        if (span_is(key, "pid")) {
            e->pid = read_id(t);
        } else if (span_is(key, "tid")) {
            e->tid = read_id(t);
        } else if (span_is(key, "ph") && jscan_peek(t->js) == JSCAN_STR) {
            struct span ph = jscan_str(t->js);
            e->phase = ph.len == 1 ? ph.ptr[0] : '\0';
        } else if (span_is(key, "name")) {
            keep(t->js, &e->name);
        } else if (span_is(key, "cat")) {
            keep(t->js, &e->category);
        } else if (span_is(key, "id")) {
            keep(t->js, &e->id);
        } else if (span_is(key, "sf")) {
            keep(t->js, &e->frame);
        } else if (span_is(key, "id2") && jscan_peek(t->js) == JSCAN_OBJ) {
            read_id2(t, e);
        } else if (span_is(key, "args") && jscan_peek(t->js) == JSCAN_OBJ) {
            read_args(t, e);
        } else {
            jscan_skip(t->js);
        }
    }
    return jscan_ok(t->js);
}

/* --- threads --- */

static uint32_t process_of(struct trace *t, int64_t pid)
{
    uint32_t known = t->process_keys.count;
    uint32_t ix = intern_add(&t->process_keys, span_make((const char *)&pid, sizeof pid)) - 1;
    if (t->process_keys.count > known) {
        struct trace_process p = { pid, 0 };
        VEC_PUSH(&t->processes, p);
    }
    return ix;
}

uint32_t trace_thread_of(struct trace *t, int64_t pid, int64_t tid)
{
    if (t->last_thread != TRACE_NONE && t->threads.items[t->last_thread].pid == pid &&
        t->threads.items[t->last_thread].tid == tid)
        return t->last_thread;
    const int64_t ids[2] = { pid, tid };
    uint32_t known = t->thread_keys.count;
    uint32_t ix = intern_add(&t->thread_keys, span_make((const char *)ids, sizeof ids)) - 1;
    if (t->thread_keys.count > known) {
        if (t->threads.count >= t->opt->limits.threads) {
            (void)jscan_fail(t->js, ERR_LIMIT, "more than %llu threads", (unsigned long long)t->opt->limits.threads);
            return TRACE_NONE;
        }
        double no = NUM_UNKNOWN;
        struct trace_thread th = { .pid = pid,
                                   .tid = tid,
                                   .process = process_of(t, pid),
                                   .first_us = no,
                                   .last_us = no,
                                   .first_cpu_at_us = no,
                                   .first_cpu_us = no,
                                   .last_cpu_at_us = no,
                                   .last_cpu_us = no,
                                   .at_us = no,
                                   .cpu_at_us = no,
                                   .last_sample_us = no };
        VEC_PUSH(&t->threads, th);
    }
    t->last_thread = ix;
    return ix;
}
