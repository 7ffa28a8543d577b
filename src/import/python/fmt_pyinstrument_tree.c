/* Trees and records of pyinstrument.
 * 1. A frame's own time is its time less that of its children; never below zero.
 * 2. "[self]" is its caller's own time, "[await]" is waiting of the task, "[out-of-context]" is what other tasks did
 *    meanwhile: nobody knows.
 * Trees are thousands of calls deep: an explicit stack, no recursion. */
#include "import/python/fmt_pyinstrument.h"

#include <stdlib.h>

#include "base/vec.h"
#include "import/python/py_builtin.h"

/* Separates the parts of a frame's text. The scanner gives U+FFFD for the file's U+0000. */
static const struct span separator = { "\xef\xbf\xbd", 3 };

static void split_identifier(struct span text, struct span *ret_func, struct span *ret_file, struct span *ret_line)
{
    text = span_sub(text, 0, span_chr(text, 0, '\x01')); /* what follows are attributes of the call */
    size_t first = span_find(text, 0, separator);
    *ret_func = span_sub(text, 0, first);
    *ret_file = *ret_line = SPAN("");
    if (first == text.len)
        return;
    struct span rest = span_from(text, first + separator.len);
    size_t second = span_find(rest, 0, separator);
    *ret_file = span_sub(rest, 0, second);
    if (second < rest.len)
        *ret_line = span_from(rest, second + separator.len);
}

static uint32_t line_of(struct span text)
{
    uint64_t n;
    return span_to_u64(text, &n) && n < UINT32_MAX ? (uint32_t)n : 0;
}

/* --- reading --- */

static void read_member(struct pyi *p, struct pyi_node *n, struct span key)
{
    struct span func, file, line;
    enum jscan_kind kind = jscan_peek(p->js);
    if (span_is(key, "function") && kind == JSCAN_STR) {
        n->func = builder_str(p->b, jscan_str(p->js));
    } else if (span_is(key, "file_path") && kind == JSCAN_STR) {
        n->file = builder_str(p->b, jscan_str(p->js));
    } else if (span_is(key, "identifier") && kind == JSCAN_STR) {
        split_identifier(jscan_str(p->js), &func, &file, &line);
        n->func = builder_str(p->b, func);
        n->file = builder_str(p->b, file);
        n->line = line_of(line);
    } else if (span_is(key, "line_no") && kind == JSCAN_NUM) {
        struct jscan_number x = jscan_num(p->js);
        n->line = x.is_int && x.i > 0 && x.i < UINT32_MAX ? (uint32_t)x.i : 0;
    } else if (span_is(key, "time") && kind == JSCAN_NUM) {
        n->time_s = jscan_double(p->js);
        if (jscan_ok(p->js) && n->time_s < 0)
            (void)jscan_fail(p->js, ERR_VALUE, "a time below zero");
    } else {
        jscan_skip(p->js);
    }
}

/* Enters the object that is next as a child of node `parent` (index + 1). */
static bool enter(struct pyi *p, uint32_t parent)
{
    if (p->nodes.count >= p->opt->limits.stacks)
        return jscan_fail(p->js, ERR_LIMIT, "more than %llu calls", (unsigned long long)p->opt->limits.stacks);
    struct pyi_node n = { .parent = parent };
    VEC_PUSH(&p->nodes, n);
    jscan_obj(p->js);
    return jscan_ok(p->js);
}

bool pyi_read_tree(struct pyi *p)
{
    p->has_tree = true;
    p->nodes.count = 0;
    if (jscan_peek(p->js) == JSCAN_NULL) {
        p->empty_tree = true;
        jscan_skip(p->js);
        return jscan_ok(p->js);
    }
    if (!enter(p, 0))
        return false;
    uint32_t at = 1; /* the open node, index + 1 */
    while (at != 0 && jscan_ok(p->js)) {
        struct pyi_node *n = &p->nodes.items[at - 1];
        struct span key;
        if (n->in_children) {
            if (!jscan_item(p->js))
                n->in_children = false;
            else if (enter(p, at))
                at = p->nodes.count;
        } else if (!jscan_member(p->js, &key)) {
            if (n->parent != 0)
                p->nodes.items[n->parent - 1].children_s += n->time_s;
            at = n->parent;
        } else if (span_is(key, "children") && jscan_peek(p->js) == JSCAN_ARR) {
            jscan_arr(p->js);
            n->in_children = true;
        } else {
            read_member(p, n, key);
        }
    }
    return jscan_ok(p->js);
}

/* --- rows --- */

struct call {
    struct frame_desc d;
    enum sample_state state; /* of its own time */
    bool of_caller;          /* its own time is its caller's; it is no frame */
};

static struct call call_of(struct pyi *p, struct span func, struct span file, uint32_t line, struct arena *scratch)
{
    struct call c = { .state = STATE_UNKNOWN };
    if (span_is(func, "[self]") || span_is(func, "[root]") || span_is(file, "<thread>")) {
        c.of_caller = true;
    } else if (span_is(func, "[await]")) {
        c.d = (struct frame_desc){ SPAN("[await]"), SPAN(""), SPAN(""), 0, FRAME_META, 0 };
        c.state = STATE_WAITING;
        p->awaits = true;
    } else if (func.len > 0 && func.ptr[0] == '[' && func.ptr[func.len - 1] == ']') {
        c.d = (struct frame_desc){ func, SPAN(""), SPAN(""), 0, FRAME_META, 0 };
        p->awaits = p->awaits || span_is(func, "[out-of-context]");
    } else if (span_is(func, "<out-of-context>")) {
        c.d = (struct frame_desc){ SPAN("[out-of-context]"), SPAN(""), SPAN(""), 0, FRAME_META, 0 };
        p->awaits = true;
    } else if (span_is(file, "<built-in>")) {
        struct py_builtin b = py_builtin_read(func, scratch);
        c.d = b.d;
        c.state = b.blocks ? STATE_WAITING : STATE_UNKNOWN;
    } else {
        c.d = py_frame(func, file, line);
    }
    return c;
}

static bool add_row(struct pyi *p, stack_id stack, thread_id thread, enum sample_state state, double seconds,
                    uint64_t samples, bool ordered)
{
    uint32_t row;
    struct sample_desc d = { stack, thread, state, 0 };
    if (!builder_row(p->b, &d, &row, p->err) || !builder_value(p->b, row, p->column, seconds, p->err))
        return false;
    builder_samples(p->b, row, samples);
    if (ordered)
        builder_order(p->b, row, seconds);
    p->recorded_s += seconds;
    return true;
}

bool pyi_make_tree(struct pyi *p)
{
    struct made {
        stack_id stack;
        enum sample_state state;
    } *made = xcalloc(p->nodes.count + 1u, sizeof *made);
    /* A row is worth its part of the samples; the file tells only how many there were. */
    double all = p->nodes.count > 0 ? p->nodes.items[0].time_s : 0;
    double per_second = num_known(p->samples) && all > 0 ? p->samples / all : NUM_UNKNOWN;
    struct arena scratch = { 0 };
    bool ok = true;
    for (uint32_t i = 0; i < p->nodes.count && ok; i++) {
        const struct pyi_node *n = &p->nodes.items[i];
        double own = n->time_s - n->children_s;
        frame_id frame;
        struct call c = call_of(p, builder_str_get(p->b, n->func), builder_str_get(p->b, n->file), n->line, &scratch);
        struct made *m = &made[i + 1];
        *m = made[n->parent];
        if (!c.of_caller) {
            m->state = c.state;
            ok = builder_frame(p->b, &c.d, &frame, p->err) &&
                 builder_stack_child(p->b, made[n->parent].stack, frame, &m->stack, p->err);
        }
        /* Times are rounded to a microsecond each: what is left over from that is no call. */
        if (ok && own > 1.5e-6) {
            double samples = num_known(per_second) ? own * per_second : 0;
            ok = add_row(p, m->stack, p->thread, m->state, own, samples < 1 ? 1 : (uint64_t)(samples + 0.5), false);
        }
        if (scratch.total > 0)
            arena_release(&scratch);
    }
    arena_release(&scratch);
    free(made);
    return ok;
}

/* "MainThread <thread> 1403" is whose stack it is, not a call. */
static bool thread_of(struct pyi *p, struct span func, struct span line, thread_id *ret)
{
    int64_t tid = -1;
    uint64_t n;
    if (span_to_u64(line, &n) && n <= INT64_MAX)
        tid = (int64_t)n;
    return builder_thread(p->b, p->process, tid, func, ret, p->err);
}

/* The stack of one record. */
static bool read_stack(struct pyi *p, stack_id *ret_stack, thread_id *ret_thread, enum sample_state *ret_state,
                       struct arena *scratch)
{
    struct span func, file, line;
    frame_id frame;
    jscan_arr(p->js);
    while (jscan_item(p->js)) {
        sb_reset(&p->text);
        sb_add(&p->text, jscan_str(p->js));
        split_identifier(sb_span(&p->text), &func, &file, &line);
        if (span_is(file, "<thread>")) {
            if (!thread_of(p, func, line, ret_thread))
                return jscan_stop(p->js);
            continue;
        }
        struct call c = call_of(p, func, file, line_of(line), scratch);
        if (c.of_caller)
            continue;
        *ret_state = c.state;
        if (!builder_frame(p->b, &c.d, &frame, p->err) ||
            !builder_stack_child(p->b, *ret_stack, frame, ret_stack, p->err))
            return jscan_stop(p->js);
    }
    return jscan_ok(p->js);
}

bool pyi_read_records(struct pyi *p)
{
    struct arena scratch = { 0 };
    p->has_records = true;
    jscan_arr(p->js);
    while (jscan_item(p->js)) {
        stack_id stack = { 0 };
        thread_id thread = p->thread;
        enum sample_state state = STATE_UNKNOWN;
        double seconds = NUM_UNKNOWN;
        jscan_arr(p->js);
        for (uint32_t k = 0; jscan_item(p->js); k++) {
            if (k == 0 && !read_stack(p, &stack, &thread, &state, &scratch))
                break;
            if (k == 1)
                seconds = jscan_double(p->js);
            else if (k > 1)
                jscan_skip(p->js);
        }
        if (!jscan_ok(p->js))
            break;
        if (!(seconds >= 0)) {
            (void)jscan_fail(p->js, ERR_VALUE, "want [[frames], seconds] with seconds from 0");
            break;
        }
        if (!add_row(p, stack, thread, state, seconds, 1, true)) {
            (void)jscan_stop(p->js);
            break;
        }
        p->records++;
        if (scratch.total > 0)
            arena_release(&scratch);
    }
    arena_release(&scratch);
    return jscan_ok(p->js);
}
