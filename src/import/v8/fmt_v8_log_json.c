/* The preprocessed V8 log (node --prof-process --preprocess, and inside 0x folders): code objects, then ticks whose stacks
 * are pairs of an index into them and an offset, innermost first; -1 is an address that nothing was found for. */
#include "import/v8/fmt_v8_log.h"

#include <stdlib.h>

#include "base/vec.h"

enum { STACK_MAX = 4096 };

struct reader {
    struct v8_line line;
    struct jscan *js;
    struct err *err;
    struct sb name, kind, type;
    struct {
        struct piece {
            frame_id frame;
            bool js;
        } * items;
        uint32_t count, cap;
    } codes;
    double *stack; /* as read, innermost first */
    frame_id *frames;
};

bool v8_log_json_sniff(struct span head)
{
    bool code = json_in_has_key(head, "code") && json_in_has_key(head, "type") && json_in_has_key(head, "name");
    return code &&
           (span_find(head, 0, SPAN("\"SHARED_LIB\"")) < head.len || span_find(head, 0, SPAN("\"CPP\"")) < head.len ||
            span_find(head, 0, SPAN("\"CODE\"")) < head.len || span_find(head, 0, SPAN("\"JS\"")) < head.len);
}

static void keep(struct jscan *js, struct sb *to)
{
    sb_reset(to);
    if (jscan_peek(js) == JSCAN_STR)
        sb_add(to, jscan_str(js));
    else
        jscan_skip(js);
}

static bool read_code(struct reader *r)
{
    struct span key;
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        sb_reset(&r->name);
        sb_reset(&r->kind);
        sb_reset(&r->type);
        jscan_obj(r->js);
        while (jscan_member(r->js, &key)) {
            if (span_is(key, "name"))
                keep(r->js, &r->name);
            else if (span_is(key, "kind"))
                keep(r->js, &r->kind);
            else if (span_is(key, "type"))
                keep(r->js, &r->type);
            else
                jscan_skip(r->js);
        }
        struct piece piece = { .js = span_is(sb_span(&r->type), "JS") };
        if (r->codes.count >= r->line.opt->limits.frames * 4)
            return jscan_fail(r->js, ERR_LIMIT, "more than %llu pieces of code",
                              (unsigned long long)r->line.opt->limits.frames * 4);
        if (jscan_ok(r->js) &&
            !v8_ticks_code_frame(&r->line.t, sb_span(&r->name), sb_span(&r->type), sb_span(&r->kind), &piece.frame))
            return jscan_stop(r->js);
        if (jscan_ok(r->js))
            VEC_PUSH(&r->codes, piece);
    }
    return jscan_ok(r->js);
}

/* Pairs of index and offset; *ret_n indexes. */
static bool read_stack(struct reader *r, uint32_t *ret_n)
{
    uint32_t n = 0;
    *ret_n = 0;
    jscan_arr(r->js);
    for (double pair[2]; n < STACK_MAX; n++) {
        size_t got = jscan_doubles(r->js, pair, 2);
        if (got == 0)
            break;
        r->stack[n] = pair[0];
    }
    for (double more[64]; n == STACK_MAX && jscan_doubles(r->js, more, ARRAY_LEN(more)) > 0;) {
    }
    *ret_n = n;
    return jscan_ok(r->js);
}

static bool add_tick(struct reader *r, double at_us, double state, uint32_t n)
{
    uint32_t count = 0;
    enum v8_leaf leaf = V8_LEAF_UNKNOWN;
    for (uint32_t i = n; i-- > 0;) {
        double ix = r->stack[i];
        if (ix >= 0 && !(ix < (double)r->codes.count))
            return jscan_fail(r->js, ERR_MALFORMED, "a tick names code %.0f of %u", ix, r->codes.count);
        if (ix < 0 || !num_known(ix))
            continue;
        const struct piece *piece = &r->codes.items[(uint32_t)ix];
        r->frames[count++] = piece->frame;
        if (i == 0)
            leaf = piece->js ? V8_LEAF_SCRIPT : V8_LEAF_NATIVE;
    }
    enum v8_vm vm = v8_vm_of(state >= 0 && state < 64 ? (uint64_t)state : V8_VM_OTHER, 0, 0);
    return v8_line_tick(&r->line, at_us, vm, r->frames, count, leaf) || jscan_stop(r->js);
}

static bool read_ticks(struct reader *r)
{
    struct span key;
    jscan_arr(r->js);
    while (jscan_item(r->js)) {
        double at_us = NUM_UNKNOWN, state = V8_VM_OTHER;
        uint32_t n = 0;
        jscan_obj(r->js);
        while (jscan_member(r->js, &key)) {
            if (span_is(key, "tm"))
                at_us = jscan_double(r->js);
            else if (span_is(key, "vm"))
                state = jscan_double(r->js);
            else if (span_is(key, "s") && jscan_peek(r->js) == JSCAN_ARR)
                (void)read_stack(r, &n);
            else
                jscan_skip(r->js);
        }
        if (jscan_ok(r->js) && !add_tick(r, at_us, state, n))
            return false;
    }
    return jscan_ok(r->js);
}

bool v8_log_json_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct reader r = { .err = err };
    struct span key;
    r.js = json_in_open(in, &opt->limits, err);
    r.stack = xcalloc(STACK_MAX, sizeof *r.stack);
    r.frames = xcalloc(STACK_MAX, sizeof *r.frames);
    bool ok = v8_line_init(&r.line, opt, err);
    if (ok)
        jscan_obj(r.js);
    while (ok && jscan_member(r.js, &key)) {
        if (span_is(key, "code") && r.codes.count == 0)
            ok = read_code(&r);
        else if (span_is(key, "ticks") && jscan_peek(r.js) == JSCAN_ARR)
            ok = read_ticks(&r);
        else
            jscan_skip(r.js);
    }
    ok = ok && jscan_end(r.js) && v8_line_finish(&r.line, out);
    v8_line_release(&r.line);
    jscan_free(r.js);
    sb_release(&r.name);
    sb_release(&r.kind);
    sb_release(&r.type);
    free(r.codes.items);
    free(r.stack);
    free(r.frames);
    return ok;
}
