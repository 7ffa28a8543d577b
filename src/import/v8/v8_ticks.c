#include "import/v8/v8_ticks.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"

bool v8_ticks_init(struct v8_ticks *t, struct source *in, const struct import_options *opt, struct err *err)
{
    bool ok = v8_ticks_begin(t, opt, err);
    t->js = json_in_open(in, &opt->limits, err);
    return ok;
}

bool v8_ticks_begin(struct v8_ticks *t, const struct import_options *opt, struct err *err)
{
    *t = (struct v8_ticks){ .opt = opt, .err = err };
    t->b = builder_new(&opt->limits);
    struct column_desc d = { SPAN("ticks"), UNIT_SAMPLES, CLOCK_CPU, 1, NUM_UNKNOWN, true };
    t->column = builder_column(t->b, &d);
    process_id process = builder_process(t->b, -1, SPAN(""), SPAN(""));
    return builder_thread(t->b, process, -1, SPAN("main"), &t->thread, err);
}

void v8_ticks_release(struct v8_ticks *t)
{
    jscan_free(t->js);
    builder_free(t->b);
    sb_release(&t->name);
    sb_release(&t->kind);
    sb_release(&t->type);
}

bool v8_ticks_sniff(struct span head)
{
    struct span t = span_trim(head);
    if (t.len < 3 || t.ptr[0] != '[')
        return false;
    struct span inner = span_trim(span_from(t, 1));
    if (inner.len == 0 || inner.ptr[0] != '[')
        return false;
    return json_in_has_key(head, "name") && json_in_has_key(head, "type") &&
           (span_find(head, 0, SPAN("\"JS\"")) < head.len || span_find(head, 0, SPAN("\"CPP\"")) < head.len ||
            span_find(head, 0, SPAN("\"SHARED_LIB\"")) < head.len || span_find(head, 0, SPAN("\"CODE\"")) < head.len);
}

bool v8_ticks_seek(struct source *in, struct span marker, size_t keep, struct err *err)
{
    for (;;) {
        struct span piece;
        if (!source_peek(in, 1 << 16, &piece, err))
            return false;
        size_t at = span_find(piece, 0, marker);
        if (at < piece.len) {
            source_skip(in, at + marker.len - keep);
            return true;
        }
        if (piece.len <= marker.len)
            return err_set(err, ERR_UNRECOGNISED, "the page holds no \"%.*s\"", SPAN_FMT(marker));
        source_skip(in, piece.len - marker.len);
    }
}

/* --- frames --- */

/* Takes ":12" off the end; false without. */
static bool take_number(struct span *s, uint32_t *ret)
{
    struct span head, tail;
    uint64_t n;
    if (!span_rsplit(*s, ':', &head, &tail) || !span_to_u64(tail, &n))
        return false;
    *s = head;
    *ret = n < UINT32_MAX ? (uint32_t)n : 0;
    return true;
}

/* Where the place begins in "fn place": both may hold blanks, so the place is known by its shape. */
static size_t place_of(struct span s)
{
    static const char *const shapes[] = { " /",       " file://",  " node:",   " internal/",
                                          " http://", " https://", " wasm://", " evalmachine." };
    size_t first = s.len;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        size_t at = span_find(s, 0, span_of(shapes[i]));
        first = at < first ? at : first;
    }
    return first < s.len ? first : span_rchr(s, ' ');
}

static struct frame_desc js_frame(struct span name)
{
    uint32_t line = 0, column = 0;
    if (span_starts(name, SPAN("<anonymous> ")))
        name = span_from(name, sizeof "<anonymous>" - 1);
    struct span rest = name;
    /* "fn file:line:col" */
    if (take_number(&rest, &column) && take_number(&rest, &line)) {
        size_t at = place_of(rest);
        if (at < rest.len)
            return json_in_node_frame(span_sub(rest, 0, at), span_from(rest, at + 1), line, false);
        return json_in_node_frame(SPAN(""), rest, line, false);
    }
    return json_in_node_frame(name, SPAN(""), 0, false);
}

static bool native_frame(struct v8_ticks *t, struct span name, frame_id *ret)
{
    struct frametext text;
    size_t version = span_find(name, 1, SPAN("@"));
    frametext_symbol(span_sub(name, 0, version), SPAN(""), SPAN(""), &text);
    text.d.kind = FRAME_NATIVE;
    return builder_frame(t->b, &text.d, ret, t->err);
}

bool v8_ticks_code_frame(struct v8_ticks *t, struct span name, struct span type, struct span kind, frame_id *ret)
{
    struct frame_desc d;
    if (span_is(type, "CPP"))
        return native_frame(t, name, ret);
    if (span_is(type, "SHARED_LIB")) {
        sb_reset(&t->name);
        sb_printf(&t->name, "[%.*s]", SPAN_FMT(frametext_base(name)));
        d = (struct frame_desc){ sb_span(&t->name), SPAN(""), name, 0, FRAME_NATIVE, 0 };
    } else if (span_is(type, "CODE") && kind.len > 0) {
        sb_reset(&t->name);
        sb_printf(&t->name, "%.*s:%s%.*s", SPAN_FMT(kind), span_is(kind, "RegExp") ? " " : "", SPAN_FMT(name));
        d = (struct frame_desc){ sb_span(&t->name), SPAN(""), SPAN(""), 0, FRAME_NATIVE, FRAME_JIT };
    } else {
        d = js_frame(name);
        if (span_is(kind, "Opt"))
            d.flags = FRAME_JIT;
        else if (span_is(kind, "Unopt"))
            d.flags = FRAME_INTERPRETED;
    }
    return builder_frame(t->b, &d, ret, t->err);
}

/* --- stacks --- */

static bool add(struct v8_ticks *t, stack_id stack, double n, bool ordered)
{
    uint32_t row;
    if (stack.ix == 0) {
        frame_id none;
        struct frame_desc d = { SPAN("(unresolved function)"), SPAN(""), SPAN(""), 0, FRAME_UNKNOWN, 0 };
        if (!builder_frame(t->b, &d, &none, t->err) || !builder_stack_child(t->b, stack, none, &stack, t->err))
            return jscan_stop(t->js);
        t->empty += (uint64_t)n;
    }
    struct sample_desc d = { stack, t->thread, STATE_UNKNOWN, 0 };
    if (!builder_row(t->b, &d, &row, t->err) || !builder_value(t->b, row, t->column, n, t->err))
        return jscan_stop(t->js);
    builder_samples(t->b, row, (uint64_t)n);
    if (ordered)
        builder_order(t->b, row, n);
    t->ticks += (uint64_t)n;
    return true;
}

static bool read_code(struct v8_ticks *t, stack_id *stack)
{
    struct span key;
    struct sb name = { 0 };
    sb_reset(&t->type);
    sb_reset(&t->kind);
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        if (span_is(key, "name")) {
            sb_reset(&name);
            sb_add(&name, jscan_str(t->js));
        } else if (span_is(key, "type")) {
            sb_reset(&t->type);
            sb_add(&t->type, jscan_str(t->js));
        } else if (span_is(key, "kind")) {
            sb_reset(&t->kind);
            sb_add(&t->kind, jscan_str(t->js));
        } else {
            jscan_skip(t->js);
        }
    }
    frame_id frame;
    bool ok =
        jscan_ok(t->js) && ((v8_ticks_code_frame(t, sb_span(&name), sb_span(&t->type), sb_span(&t->kind), &frame) &&
                             builder_stack_child(t->b, *stack, frame, stack, t->err)) ||
                            jscan_stop(t->js));
    sb_release(&name);
    return ok;
}

bool v8_ticks_read_stacks(struct v8_ticks *t)
{
    jscan_arr(t->js);
    while (jscan_item(t->js)) {
        stack_id stack = { 0 };
        jscan_arr(t->js);
        while (jscan_item(t->js)) {
            if (!read_code(t, &stack))
                return false;
        }
        if (jscan_ok(t->js) && !add(t, stack, 1, true))
            return false;
    }
    return jscan_ok(t->js);
}

/* --- trees --- */

struct level {
    stack_id stack;
    double value, self, children;
    bool named;
};

struct levels {
    struct level *items;
    uint32_t count, cap;
};

static void level_open(struct v8_ticks *t, struct levels *s, stack_id above)
{
    struct level l = { .stack = above, .value = NUM_UNKNOWN, .self = NUM_UNKNOWN };
    VEC_PUSH(s, l);
    (void)jscan_obj(t->js);
}

/* "fn /a.js:1:2 [INIT]", "*fn ...", "write@@GLIBC_2.2.5 [CPP]". */
static bool level_name(struct v8_ticks *t, struct level *l, struct span raw)
{
    struct span name = raw, type = SPAN("JS");
    size_t at = span_rchr(raw, '[');
    if (raw.len > 2 && raw.ptr[raw.len - 1] == ']' && at > 0 && at < raw.len && raw.ptr[at - 1] == ' ') {
        type = span_sub(raw, at + 1, raw.len - at - 2);
        name = span_sub(raw, 0, at - 1);
    }
    bool code = span_starts(type, SPAN("CODE"));
    struct span kind = code && type.len > 5 ? span_from(type, 5) : code ? SPAN("Code") : SPAN("");
    if (!span_is(type, "CPP") && !span_is(type, "SHARED_LIB") && !code) {
        type = SPAN("JS");
        if (name.len > 1 && (name.ptr[0] == '*' || name.ptr[0] == '~' || name.ptr[0] == '^'))
            name = span_from(name, 1);
    } else if (code) {
        type = SPAN("CODE");
    }
    l->named = true;
    frame_id frame;
    if (span_is(raw, "all stacks"))
        return true;
    bool ok = (v8_ticks_code_frame(t, name, type, kind, &frame) &&
               builder_stack_child(t->b, l->stack, frame, &l->stack, t->err)) ||
              jscan_stop(t->js);
    return ok;
}

static void read_top(struct v8_ticks *t, struct level *l)
{
    struct span key;
    if (jscan_peek(t->js) != JSCAN_OBJ) {
        l->self = jscan_double(t->js);
        return;
    }
    jscan_obj(t->js);
    while (jscan_member(t->js, &key)) {
        if (span_is(key, "base"))
            l->self = jscan_double(t->js);
        else
            jscan_skip(t->js);
    }
}

/* Members until the node ends or its children begin. True when children begin. */
static bool level_members(struct v8_ticks *t, struct level *l)
{
    struct span key;
    while (jscan_member(t->js, &key)) {
        if (span_is(key, "name") && !l->named) {
            if (!level_name(t, l, jscan_str(t->js)))
                return false;
        } else if (span_is(key, "value")) {
            l->value = jscan_double(t->js);
        } else if (span_is(key, "top") || span_is(key, "onStackTop")) {
            read_top(t, l);
        } else if (span_is(key, "children") && jscan_peek(t->js) == JSCAN_ARR) {
            if (!l->named)
                return jscan_fail(t->js, ERR_MALFORMED, "a node whose children stand before its name");
            return jscan_arr(t->js);
        } else {
            jscan_skip(t->js);
        }
    }
    return false;
}

static bool level_close(struct v8_ticks *t, struct levels *s)
{
    struct level l = s->items[--s->count];
    double self = num_known(l.self) ? l.self : l.value - l.children;
    if (s->count > 0 && num_known(l.value))
        s->items[s->count - 1].children += l.value;
    if (!num_known(self))
        return jscan_fail(t->js, ERR_MALFORMED, "a node without a number of ticks");
    if (!(self >= 0) || self != floor(self) || self > 9e15)
        return jscan_fail(t->js, ERR_VALUE, "a node of %g ticks", self);
    return self == 0 || add(t, l.stack, self, false);
}

bool v8_ticks_read_tree(struct v8_ticks *t)
{
    struct levels s = { 0 };
    level_open(t, &s, (stack_id){ 0 });
    bool ok = jscan_ok(t->js);
    while (ok && s.count > 0) {
        bool children = level_members(t, &s.items[s.count - 1]);
        ok = jscan_ok(t->js) && (children || level_close(t, &s));
        if (ok && s.count > 0 && jscan_item(t->js))
            level_open(t, &s, s.items[s.count - 1].stack);
        ok = ok && jscan_ok(t->js);
    }
    free(s.items);
    return ok;
}

/* Ticks whose leaf is the loop's call to the kernel for work: V8 takes one as the loop goes to sleep, and none after. */
static double sleepers(const struct artefact *a)
{
    const struct profile *p = a->profile;
    double n = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        struct span leaf = profile_str(p, profile_frame_of(p, p->row_stack[r])->func);
        if (span_is(leaf, "epoll_pwait") || span_is(leaf, "epoll_wait") || span_is(leaf, "kevent"))
            n += p->row_value[0][r];
    }
    return n;
}

bool v8_ticks_finish(struct v8_ticks *t, struct artefact *a)
{
    if (t->ticks == 0)
        return err_set(t->err, ERR_EMPTY, "the file holds no tick");
    if (!builder_finish(t->b, &a->profile, t->err))
        return false;
    a->one_thread_of_several = true;
    a->runtime = RUNTIME_NODE;
    import_settle(a, t->opt, CLOCK_CPU);
    double asleep = sleepers(a) / (double)t->ticks;
    if (asleep > 0.05)
        artefact_problem(
            a, "idle_ticks", "for the composition of CPU, record under load or send a .cpuprofile",
            "%.0f %% of the ticks are those that V8 takes as the event loop goes to sleep: neither CPU nor a "
            "measure of waiting",
            100 * asleep);
    if (t->empty * 20 > t->ticks)
        artefact_problem(a, "ticks_without_frames", NULL,
                         "%.0f %% of the ticks could not be resolved to any function; they count as unknown",
                         100 * (double)t->empty / (double)t->ticks);
    return true;
}
