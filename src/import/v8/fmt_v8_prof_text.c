/* The text of node --prof-process: flat lists of functions, and a tree of callers below each of the busiest.
 *   Statistical profiling result from v8.log, (2672 ticks, 1950 unaccounted, 0 excluded).
 *    [JavaScript]:  [C++]:  [Shared libraries]:  ticks of each function
 *    [Bottom up (heavy) profile]:   1950   73.0%  UNKNOWN
 *                                   1480   75.9%    JS: ^<anonymous> /app/a.js:4:31     (its caller)
 * Guarantees: the ticks add up to the number in the first line; what a line's callers do not cover stays with the callers
 * that are known. The text holds no times, so it shows CPU and never waiting.
 * Source: https://github.com/v8/v8/blob/main/tools/tickprocessor.mjs */
#include "import/v8/v8_ticks.h"

#include <stdlib.h>

#include "base/intern.h"
#include "base/num.h"
#include "base/vec.h"

enum section { SECTION_OTHER, SECTION_FLAT, SECTION_TREE };

/* A line of the tree: what it counts, less its callers. */
struct level {
    frame_id frame;
    uint64_t ticks, callers;
    size_t indent;
};

struct reader {
    struct v8_ticks t;
    struct source *in;
    struct err *err;
    struct artefact *a;
    uint64_t total, added;
    enum section section;
    struct intern names; /* of flat lines */
    struct {
        uint64_t *items; /* ticks by name; UINT64_MAX: the tree holds it */
        uint32_t count, cap;
    } flat;
    struct {
        struct level *items;
        uint32_t count, cap;
    } open;
};

static enum sniff text_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    return span_starts(span_trim(head), SPAN("Statistical profiling result from ")) ? SNIFF_YES : SNIFF_NO;
}

static bool broken(struct reader *r, const char *what)
{
    return err_at_line(r->err, ERR_MALFORMED, source_lines(r->in), "%s", what);
}

/* "... from v8.log, (2672 ticks, 1950 unaccounted, 0 excluded)." */
static bool read_title(struct reader *r, struct span line)
{
    size_t open = span_rchr(line, '(');
    struct span words = span_from(line, open < line.len ? open + 1 : line.len), count;
    if (!span_word(&words, &count) || !span_to_u64(count, &r->total) || r->total > UINT64_C(1) << 52)
        return broken(r, "the first line does not say how many ticks there are: \"(N ticks, ...)\"");
    if (r->total == 0)
        return err_set(r->err, ERR_EMPTY, "the log holds no tick");
    return true;
}

/* --- names --- */

/* "LazyCompile: *fn /app/a.js:1:2": what stands before the colon. */
static bool take_type(struct span *name, struct span *ret)
{
    size_t at = span_find(*name, 0, SPAN(": "));
    if (at == 0 || at == name->len)
        return false;
    for (size_t i = 0; i < at; i++) {
        char c = name->ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
            return false;
    }
    *ret = span_sub(*name, 0, at);
    *name = span_from(*name, at + 2);
    return true;
}

static bool is_script(struct span type)
{
    static const char *const types[] = { "JS", "LazyCompile", "Function", "Script", "Eval" };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (span_is(type, types[i]))
            return true;
    }
    return false;
}

static bool is_library(struct span name)
{
    static const char *const parts[] = { ".so", ".dylib", ".dll", ".exe" };
    bool path = name.ptr[0] == '/' || name.ptr[0] == '[' || (name.len > 2 && name.ptr[1] == ':' && name.ptr[2] == '\\');
    for (size_t i = 0; i < ARRAY_LEN(parts) && !path; i++)
        path = span_ends(name, span_of(parts[i]));
    return path;
}

static bool frame_of(struct reader *r, struct span name, frame_id *ret)
{
    struct span type;
    if (span_is(name, "UNKNOWN")) {
        struct frame_desc none = { SPAN("(unresolved function)"), SPAN(""), SPAN(""), 0, FRAME_UNKNOWN, 0 };
        return builder_frame(r->t.b, &none, ret, r->err);
    }
    if (is_library(name))
        return v8_ticks_code_frame(&r->t, name, SPAN("SHARED_LIB"), SPAN(""), ret);
    if (!take_type(&name, &type))
        return v8_ticks_code_frame(&r->t, name, SPAN("CPP"), SPAN(""), ret);
    if (!is_script(type))
        return v8_ticks_code_frame(&r->t, name, SPAN("CODE"), type, ret);
    char tier = name.len > 0 ? name.ptr[0] : '\0';
    if (tier == '*' || tier == '~' || tier == '^' || tier == '+')
        name = span_from(name, 1);
    struct span kind = tier == '*' || tier == '+' ? SPAN("Opt") : tier == '~' ? SPAN("Unopt") : SPAN("");
    return v8_ticks_code_frame(&r->t, name, SPAN("JS"), kind, ret);
}

/* --- sums --- */

static bool add(struct reader *r, stack_id stack, uint64_t ticks)
{
    struct sample_desc d = { stack, r->t.thread, STATE_UNKNOWN, 0 };
    uint32_t row;
    if (ticks > r->total - r->added)
        return broken(r, "more ticks than the first line says");
    if (!builder_row(r->t.b, &d, &row, r->err) || !builder_value(r->t.b, row, r->t.column, (double)ticks, r->err))
        return false;
    builder_samples(r->t.b, row, ticks);
    r->added += ticks;
    r->t.ticks += ticks;
    return true;
}

static bool add_alone(struct reader *r, frame_id frame, uint64_t ticks)
{
    stack_id stack;
    return builder_stack_child(r->t.b, (stack_id){ 0 }, frame, &stack, r->err) && add(r, stack, ticks);
}

/* The innermost open line ends: what its callers do not cover belongs to the chain down from it. */
static bool close_level(struct reader *r)
{
    const struct level *l = &r->open.items[--r->open.count];
    stack_id stack = { 0 };
    if (l->callers >= l->ticks)
        return true;
    for (uint32_t i = r->open.count + 1; i-- > 0;) {
        if (!builder_stack_child(r->t.b, stack, r->open.items[i].frame, &stack, r->err))
            return false;
    }
    return add(r, stack, l->ticks - l->callers);
}

static bool close_to(struct reader *r, size_t indent)
{
    while (r->open.count > 0 && r->open.items[r->open.count - 1].indent >= indent) {
        if (!close_level(r))
            return false;
    }
    return true;
}

/* --- lines --- */

static bool read_tree(struct reader *r, uint64_t ticks, size_t indent, struct span name)
{
    struct level l = { .ticks = ticks, .indent = indent };
    if (!close_to(r, indent) || !frame_of(r, name, &l.frame))
        return false;
    if (r->open.count == 0) {
        uint32_t ix;
        if (intern_find(&r->names, name, &ix))
            r->flat.items[ix] = UINT64_MAX;
    } else {
        struct level *callee = &r->open.items[r->open.count - 1];
        callee->callers += ticks;
        if (callee->callers > callee->ticks)
            return broken(r, "callers with more ticks than what they call");
    }
    if (r->open.count >= r->t.opt->limits.stack_depth)
        return err_at_line(r->err, ERR_LIMIT, source_lines(r->in), "callers nested deeper than %llu",
                           (unsigned long long)r->t.opt->limits.stack_depth);
    VEC_PUSH(&r->open, l);
    return true;
}

static bool read_flat(struct reader *r, uint64_t ticks, struct span name)
{
    uint32_t ix = intern_add(&r->names, name);
    if (ix > r->t.opt->limits.frames)
        return err_at_line(r->err, ERR_LIMIT, source_lines(r->in), "more than %llu functions",
                           (unsigned long long)r->t.opt->limits.frames);
    while (r->flat.count <= ix)
        VEC_PUSH(&r->flat, 0);
    if (ticks > r->total - r->flat.items[ix])
        return broken(r, "more ticks than the first line says");
    r->flat.items[ix] += ticks;
    return true;
}

static void section_begins(struct reader *r, struct span line)
{
    r->section = SECTION_OTHER;
    if (span_starts(line, SPAN("[JavaScript]")) || span_starts(line, SPAN("[C++]")) ||
        span_starts(line, SPAN("[Shared libraries]")))
        r->section = SECTION_FLAT;
    else if (span_starts(line, SPAN("[Bottom up")))
        r->section = SECTION_TREE;
}

/* "   293   11.0%   11.2%  JS: *fn /app/a.js:3:24", "   1480   75.9%    JS: ..." */
static bool read_line(struct reader *r, struct span line)
{
    struct span rest = line, count, share, name;
    uint64_t ticks;
    if (span_starts(span_trim(line), SPAN("["))) {
        section_begins(r, span_trim(line));
        return true;
    }
    if (r->section == SECTION_OTHER || !span_word(&rest, &count) || !span_to_u64(count, &ticks) ||
        !span_word(&rest, &share) || !span_ends(share, SPAN("%")))
        return true;
    if (r->section == SECTION_FLAT) {
        struct span again = rest, nonlib;
        if (span_word(&again, &nonlib) && span_ends(nonlib, SPAN("%")) && nonlib.ptr[0] >= '0' && nonlib.ptr[0] <= '9')
            rest = again;
    }
    name = span_trim(rest);
    if (name.len == 0)
        return broken(r, "a line without a name behind its ticks");
    if (r->section == SECTION_FLAT)
        return read_flat(r, ticks, name);
    return read_tree(r, ticks, (size_t)(name.ptr - (share.ptr + share.len)), name);
}

/* Functions that the tree leaves out stand alone, and so does what no line names. */
static bool finish(struct reader *r)
{
    frame_id frame;
    bool cut = r->open.count > 0 || r->section == SECTION_TREE;
    if (!close_to(r, 0))
        return false;
    for (uint32_t i = 1; i < r->flat.count; i++) {
        if (r->flat.items[i] == UINT64_MAX || r->flat.items[i] == 0)
            continue;
        if (!frame_of(r, intern_get(&r->names, i), &frame) || !add_alone(r, frame, r->flat.items[i]))
            return false;
    }
    if (r->total > r->added) {
        uint64_t rest = r->total - r->added;
        r->t.empty += rest;
        if (!frame_of(r, SPAN("UNKNOWN"), &frame) || !add_alone(r, frame, rest))
            return false;
    }
    r->a->tool = SPAN("node --prof-process");
    if (!v8_ticks_finish(&r->t, r->a))
        return false;
    if (cut)
        artefact_problem(r->a, "callers_cut", "send the log itself (isolate*-v8.log): it holds whole stacks and times",
                         "the text lists at most six callers of a function and none below 1 %%: stacks are cut");
    artefact_problem(r->a, "no_times", "send the log itself (isolate*-v8.log), or a .cpuprofile",
                     "the text holds no times: how long the program waited is not in it");
    return true;
}

static bool text_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct reader r = { .in = in, .err = err, .a = out };
    struct span line = SPAN("");
    bool eof = false;
    intern_init(&r.names);
    bool ok = v8_ticks_begin(&r.t, opt, err);
    while (ok && !eof && line.len == 0) {
        ok = source_line(in, &line, &eof, err);
        line = eof ? SPAN("") : span_trim(line);
    }
    if (ok && !span_starts(line, SPAN("Statistical profiling result from ")))
        ok = err_set(err, ERR_UNRECOGNISED, "the first line is not \"Statistical profiling result from ...\"");
    ok = ok && read_title(&r, line);
    while (ok && !eof) {
        ok = source_line(in, &line, &eof, err);
        if (ok && !eof)
            ok = read_line(&r, line);
    }
    ok = ok && finish(&r);
    v8_ticks_release(&r.t);
    intern_release(&r.names);
    free(r.flat.items);
    free(r.open.items);
    return ok;
}

const struct importer import_v8_prof_text = {
    .name = "v8-prof-text",
    .title = "text of node --prof-process",
    .proves = "what the CPU of the JavaScript thread did, by function and its nearest callers",
    .cannot = "waiting: the text holds no times, so an idle server looks busy; other threads; whole stacks",
    .spec_url = "https://nodejs.org/en/learn/getting-started/profiling",
    .extensions = "processed.txt prof.txt",
    .sniff = text_sniff,
    .parse = text_parse,
};
