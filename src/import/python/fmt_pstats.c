/* cProfile and pstats: own seconds of each function of the thread that was traced.
 * Guarantees:
 *  1. rows sum up to the own seconds of all functions; of a printed report, to the total that it states;
 *  2. there are no stacks in such a file. A row's stack is what is certain: the caller that the file names for this part of
 *     the function's own time, and above it callers that have only one caller themselves;
 *  3. blocking built-ins are waiting; time of Python code may hide waiting for the interpreter lock or a core, so nothing
 *     is marked as running.
 * Source: https://docs.python.org/3/library/profile.html
 *
 * Example: recv_into 1.9 s called by readinto alone, readinto called by two functions: one row "readinto;recv_into" of
 * 1.9 s, waiting. */
#include <math.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"
#include "import/json_in.h"
#include "import/python/pstats.h"
#include "import/python/py_builtin.h"

enum { CHAIN_MAX = 64 };

static bool is_marshal(struct span head)
{
    if (head.len < 2 || ((unsigned char)head.ptr[0] & 0x7f) != '{')
        return false;
    unsigned next = (unsigned char)head.ptr[1];
    if (head.len == 2)
        return next == '0';
    if ((next & 0x7f) == '(')
        return head.len >= 6 && memcmp(head.ptr + 2, "\3\0\0\0", 4) == 0;
    return (next & 0x7f) == ')' && head.ptr[2] == 3;
}

static enum sniff pstats_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (is_marshal(head))
        return SNIFF_YES;
    bool report =
        span_find(head, 0, SPAN(" function calls ")) < head.len && span_find(head, 0, SPAN(" seconds")) < head.len;
    return report && span_find(head, 0, SPAN("filename:lineno(function)")) < head.len ? SNIFF_YES : SNIFF_NO;
}

bool pstats_function(struct pstats *p, struct span file, uint32_t line, struct span name, uint32_t *ret)
{
    struct sb key = { 0 };
    sb_add(&key, file);
    sb_addc(&key, '\0');
    sb_printf(&key, "%u", line);
    sb_addc(&key, '\0');
    sb_add(&key, name);
    uint32_t known = p->keys.count;
    uint32_t ix = intern_add(&p->keys, sb_span(&key));
    sb_release(&key);
    if (ix == known) {
        if (p->functions.count >= p->opt->limits.frames)
            return err_set(p->err, ERR_LIMIT, "more than %llu functions", (unsigned long long)p->opt->limits.frames);
        if (p->keys.bytes_len > p->opt->limits.string_bytes)
            return err_set(p->err, ERR_LIMIT, "names of more than %llu bytes",
                           (unsigned long long)p->opt->limits.string_bytes);
        struct pstats_function f = { .file = builder_str(p->b, file), .name = builder_str(p->b, name), .line = line };
        VEC_PUSH(&p->functions, f);
    }
    *ret = ix - 1; /* 0 is the empty text */
    return true;
}

bool pstats_edge(struct pstats *p, uint32_t caller, uint32_t callee, double calls, double self_s)
{
    if (p->edges.count >= p->opt->limits.cells)
        return err_set(p->err, ERR_LIMIT, "more than %llu pairs of caller and function",
                       (unsigned long long)p->opt->limits.cells);
    struct pstats_function *f = &p->functions.items[callee];
    struct pstats_edge e = { caller, callee, fmax(0, calls), fmax(0, self_s) };
    f->callers++;
    f->caller = caller + 1;
    f->edges_calls += e.calls;
    if (!num_known(self_s))
        return true; /* counts alone: who called is known, for how long is not */
    f->edges_self_s += e.self_s;
    VEC_PUSH(&p->edges, e);
    return true;
}

/* --- rows --- */

struct made {
    frame_id frame;
    bool blocks;
    stack_id stack; /* with what is certain above it; {0} = not made yet */
};

struct make {
    struct pstats *p;
    struct made *made; /* by function */
    uint32_t column;
    thread_id thread;
    double sum_s;
};

static bool make_frames(struct make *m)
{
    struct arena scratch = { 0 };
    bool ok = true;
    for (uint32_t i = 0; i < m->p->functions.count && ok; i++) {
        const struct pstats_function *f = &m->p->functions.items[i];
        struct span file = builder_str_get(m->p->b, f->file), name = builder_str_get(m->p->b, f->name);
        struct frame_desc d = py_frame(name, file, f->line);
        if (f->line == 0 && (file.len == 0 || span_is(file, "~") || span_is(file, "<built-in>"))) {
            struct py_builtin b = py_builtin_read(name, &scratch);
            d = b.d;
            m->made[i].blocks = b.blocks;
        }
        ok = builder_frame(m->p->b, &d, &m->made[i].frame, m->p->err);
        if (scratch.total > 0)
            arena_release(&scratch);
    }
    arena_release(&scratch);
    return ok;
}

/* The one function that all calls came from; -1 when there are several, or some came from outside the recording. */
static int64_t only_caller(const struct pstats *p, uint32_t i)
{
    const struct pstats_function *f = &p->functions.items[i];
    return f->callers == 1 && f->edges_calls >= f->calls ? (int64_t)f->caller - 1 : -1;
}

/* The stack of function i below its only caller, and that below its own. */
static bool chain(struct make *m, uint32_t i, stack_id *ret)
{
    uint32_t path[CHAIN_MAX], n = 0;
    stack_id above = { 0 };
    for (int64_t at = i; at >= 0 && n < CHAIN_MAX; at = only_caller(m->p, (uint32_t)at)) {
        bool circle = false;
        for (uint32_t k = 0; k < n; k++)
            circle = circle || path[k] == at;
        if (circle)
            break;
        above = m->made[at].stack;
        if (above.ix != 0)
            break;
        path[n++] = (uint32_t)at;
    }
    while (n > 0) {
        uint32_t at = path[--n];
        if (!builder_stack_child(m->p->b, above, m->made[at].frame, &m->made[at].stack, m->p->err))
            return false;
        above = m->made[at].stack;
    }
    *ret = above;
    return true;
}

static bool add_row(struct make *m, stack_id stack, bool blocks, double calls, double seconds)
{
    uint32_t row;
    struct sample_desc d = { stack, m->thread, blocks ? STATE_WAITING : STATE_UNKNOWN, 0 };
    if (!builder_row(m->p->b, &d, &row, m->p->err) || !builder_value(m->p->b, row, m->column, seconds, m->p->err))
        return false;
    builder_samples(m->p->b, row, calls < 1 ? 1 : calls < 1e15 ? (uint64_t)calls : (uint64_t)1e15);
    m->sum_s += seconds;
    return true;
}

static bool make_rows(struct make *m)
{
    struct pstats *p = m->p;
    for (uint32_t i = 0; i < p->edges.count; i++) {
        const struct pstats_edge *e = &p->edges.items[i];
        const struct made *f = &m->made[e->callee];
        stack_id above, stack;
        if (!(e->self_s > 0))
            continue;
        if (!chain(m, e->caller, &above) || !builder_stack_child(p->b, above, f->frame, &stack, p->err) ||
            !add_row(m, stack, f->blocks, e->calls, e->self_s))
            return false;
    }
    for (uint32_t i = 0; i < p->functions.count; i++) {
        const struct pstats_function *f = &p->functions.items[i];
        double rest = f->self_s - f->edges_self_s;
        stack_id stack;
        if (!(rest > 1e-9 + 1e-9 * f->self_s))
            continue;
        if (!chain(m, i, &stack) || !add_row(m, stack, m->made[i].blocks, f->calls - f->edges_calls, rest))
            return false;
    }
    return true;
}

/* Of a printed report: what its total holds and its rows do not. Each row is rounded to a millisecond. */
static bool make_rest(struct make *m, double *ret_rest)
{
    struct pstats *p = m->p;
    static const struct frame_desc left_out = {
        { "(functions not listed)", 22 }, { "", 0 }, { "", 0 }, 0, FRAME_META, 0
    };
    double rest = p->total_s - m->sum_s;
    frame_id frame;
    stack_id stack;
    *ret_rest = 0;
    if (!num_known(p->total_s) || !(rest > 0.002))
        return true;
    *ret_rest = rest;
    return builder_frame(p->b, &left_out, &frame, p->err) &&
           builder_stack_child(p->b, (stack_id){ 0 }, frame, &stack, p->err) && add_row(m, stack, false, 1, rest);
}

/* --- the artefact --- */

static void describe(struct pstats *p, struct artefact *a, double sum_s, double rest_s)
{
    a->tool = SPAN("cProfile");
    a->runtime = RUNTIME_PYTHON;
    a->native_visible = TRI_NO; /* calls of C functions show, C code behind operators does not */
    a->one_thread_of_several = true;
    a->all_states = p->clock == CLOCK_WALL;
    if (p->clock == CLOCK_WALL) {
        a->duration_s = a->span_s = fmax(sum_s, num_known(p->total_s) ? p->total_s : 0);
        a->duration_source = WALL_FILE;
    }
    artefact_problem(
        a, "traced_not_sampled",
        "for the split of the CPU time: py-spy record --native, or perf record -g with python3 -X perf",
        "cProfile stops at every call: small functions look larger than they are, and the run is slower than "
        "without it");
    if (p->clock == CLOCK_UNKNOWN)
        artefact_problem(a, "clock_of_report_unclear", "record with Python 3 and say --clock wall",
                         "the report says \"CPU seconds\", as old versions did whatever they measured");
    /* Each row of a report is rounded to a millisecond. */
    if (rest_s > 0.01 * sum_s + 0.0005 * p->functions.count)
        artefact_problem(a, "functions_not_listed", "send the file of -o, or print the whole table",
                         "the report was shortened: %.0f %% of its time is of functions that it does not list",
                         100 * rest_s / (sum_s > 0 ? sum_s : 1));
    if (p->more_reports)
        artefact_problem(a, "several_reports", "send them one by one",
                         "the file holds several reports; the first was read");
}

static bool finish(struct pstats *p, struct artefact *a)
{
    struct column_desc d = {
        p->clock == CLOCK_CPU ? SPAN("cpu") : SPAN("wall"), UNIT_SECONDS, p->clock, NUM_UNKNOWN, NUM_UNKNOWN, true
    };
    struct make m = { .p = p, .column = builder_column(p->b, &d) };
    process_id process = builder_process(p->b, -1, SPAN(""), SPAN(""));
    m.made = xcalloc(p->functions.count + 1u, sizeof *m.made);
    double rest_s = 0;
    bool ok = builder_thread(p->b, process, -1, SPAN(""), &m.thread, p->err) && make_frames(&m) && make_rows(&m) &&
              make_rest(&m, &rest_s);
    free(m.made);
    if (!ok)
        return false;
    if (!(m.sum_s > 0))
        return err_set(p->err, ERR_EMPTY, "no function has any time: nothing was traced");
    describe(p, a, m.sum_s, rest_s);
    if (!builder_finish(p->b, &a->profile, p->err))
        return false;
    /* Calls are counted, not samples. */
    a->profile->samples_known = false;
    a->profile->sample_count = 0;
    import_settle(a, p->opt, p->clock);
    return true;
}

static bool pstats_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, 64, &head, err))
        return false;
    struct pstats p = { .opt = opt, .in = in, .err = err, .total_s = NUM_UNKNOWN, .clock = CLOCK_WALL };
    p.b = builder_new(&opt->limits);
    intern_init(&p.keys);
    bool binary = head.len > 0 && ((unsigned char)head.ptr[0] & 0x7f) == '{';
    bool ok = (binary ? pstats_read_marshal(&p) : pstats_read_text(&p)) && finish(&p, out);
    builder_free(p.b);
    intern_release(&p.keys);
    free(p.functions.items);
    free(p.edges.items);
    return ok;
}

const struct importer import_pstats = {
    .name = "pstats",
    .title = "cProfile: the file of -o and the printed report",
    .proves = "wall seconds of each function of the thread that was traced; waiting where a built-in call blocks",
    .cannot = "other threads; CPU and waiting apart inside a function; small functions look larger than they are",
    .spec_url = "https://docs.python.org/3/library/profile.html",
    .extensions = "*.pstats *.prof *.txt",
    .sniff = pstats_sniff,
    .parse = pstats_parse,
};
