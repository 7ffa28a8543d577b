/* gperftools' own CPU profiles: machine words of the recorded program (4 or 8 bytes, either end first) with stacks of
 * addresses, then the memory map as text. On-CPU by ITIMER_PROF, all threads added; no length, no threads, no names.
 * Source: https://gperftools.github.io/gperftools/cpuprofile-fileformat.html */
#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"
#include "import/importer.h"
#include "import/pprof/addr_map.h"
#include "import/pprof/pprof_stage.h"
#include "profile/builder.h"

enum { HEADER_WORDS = 5, PERIOD_MAX_US = 100000000 };

struct words {
    size_t size;
    bool big;
};

struct gperf {
    const struct import_options *opt;
    struct err *err;
    struct builder *b;
    struct words w;
    struct pprof_stage stage;
    struct addr_map map;
    struct intern names; /* of Java: "name (file)" */
    struct pprof_ids java_ids;
    struct {
        uint32_t *items;
        uint32_t count, cap;
    } java_names;
    struct {
        uint64_t *items;
        uint32_t count, cap;
    } stack;
    uint64_t period_us;
    bool java;
    struct sb buf;
    uint64_t handler[2]; /* pcs of the profiler's signal handler, to be passed over */
    uint32_t handlers;
};

static uint64_t word_at(const struct words *w, struct span bytes, size_t ix)
{
    uint64_t v = 0;
    for (size_t i = 0; i < w->size; i++) {
        size_t at = ix * w->size + (w->big ? i : w->size - 1 - i);
        v = v << 8 | (unsigned char)bytes.ptr[at];
    }
    return v;
}

static bool header_of(struct span head, struct words *ret, uint64_t *ret_period, bool *ret_java)
{
    for (int k = 0; k < 4; k++) {
        struct words w = { k < 2 ? 8 : 4, k % 2 == 1 };
        if (head.len < HEADER_WORDS * w.size)
            continue;
        uint64_t version = word_at(&w, head, 2), period = word_at(&w, head, 3);
        if (word_at(&w, head, 0) != 0 || word_at(&w, head, 1) != 3 || version > 1 || period == 0 ||
            period > PERIOD_MAX_US || word_at(&w, head, 4) != 0)
            continue;
        *ret = w;
        *ret_period = period;
        *ret_java = version == 1;
        return true;
    }
    return false;
}

static enum sniff gperf_sniff(struct span head, struct span file_name)
{
    struct words w;
    uint64_t period;
    bool java;
    (void)file_name;
    return header_of(head, &w, &period, &java) ? SNIFF_YES : SNIFF_NO;
}

/* --- records --- */

static bool cut(struct gperf *g, const struct source *in)
{
    return err_at_byte(g->err, ERR_MALFORMED, source_offset(in), "cut off: no end mark behind the records");
}

/* The pcs of a record, leaf first: where a call returns to is behind the call. */
static bool take_stack(struct gperf *g, struct span bytes, uint64_t n)
{
    g->stack.count = 0;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t pc = word_at(&g->w, bytes, (size_t)(2 + i));
        pc -= i > 0 && pc > 0 && !g->java;
        VEC_PUSH(&g->stack, pc);
    }
    return true;
}

static bool read_records(struct gperf *g, struct source *in)
{
    for (;;) {
        struct span bytes;
        if (!source_peek(in, 2 * g->w.size, &bytes, g->err))
            return false;
        if (bytes.len < 2 * g->w.size)
            return cut(g, in);
        uint64_t count = word_at(&g->w, bytes, 0), n = word_at(&g->w, bytes, 1);
        if (n == 0 || n > g->opt->limits.stack_depth)
            return err_at_byte(g->err, n ? ERR_LIMIT : ERR_MALFORMED, source_offset(in),
                               "a stack of %llu frames; at most %llu are read", (unsigned long long)n,
                               (unsigned long long)g->opt->limits.stack_depth);
        size_t size = (size_t)(2 + n) * g->w.size;
        if (!source_peek(in, size, &bytes, g->err))
            return false;
        if (bytes.len < size)
            return cut(g, in);
        if (count == 0 && n == 1 && word_at(&g->w, bytes, 2) == 0) {
            source_skip(in, size);
            return true;
        }
        if (count > (1ull << 53))
            return err_at_byte(g->err, ERR_VALUE, source_offset(in), "a stack of %llu samples",
                               (unsigned long long)count);
        int64_t value = (int64_t)count;
        if (!take_stack(g, bytes, n) ||
            !pprof_stage_add(&g->stage, g->stack.items, g->stack.count, &value, 1, SPAN(""), g->err))
            return false;
        source_skip(in, size);
    }
}

static bool name_line(struct gperf *g, struct span line)
{
    struct span rest = line, word;
    uint64_t address;
    if (!span_word(&rest, &word) || !span_hex_to_u64(word, &address) ||
        pprof_ids_find(&g->java_ids, address) != UINT32_MAX)
        return true;
    (void)pprof_ids_put(&g->java_ids, address);
    uint32_t name = intern_add(&g->names, span_trim(rest));
    VEC_PUSH(&g->java_names, name);
    return g->names.bytes_len <= g->opt->limits.string_bytes ||
           err_set(g->err, ERR_LIMIT, "names of more than %llu bytes", (unsigned long long)g->opt->limits.string_bytes);
}

static bool read_text(struct gperf *g, struct source *in)
{
    struct span line;
    bool eof = false;
    for (;;) {
        if (!source_line(in, &line, &eof, g->err))
            return false;
        if (eof)
            return true;
        struct span plain = span_trim(line);
        bool name = g->java && span_starts(plain, SPAN("0x"));
        if (!(name ? name_line(g, plain) : addr_map_line(&g->map, plain, &g->opt->limits, g->err)))
            return false;
    }
}

/* --- stacks --- */

/* Row `ix`, leaf first, without the handler and without a second leaf. */
static uint32_t stack_of(struct gperf *g, uint32_t ix)
{
    struct span labels;
    uint64_t *pcs = g->stack.items;
    uint32_t n = pprof_stage_row(&g->stage, ix, pcs, &labels), drop = 0;
    for (uint32_t i = 0; i < g->handlers && drop + 1 < n && pcs[1 + drop] == g->handler[i]; i++)
        drop++;
    /* The leaf comes from the signal's context; some stacks hold it once more. */
    if (drop + 1 < n && pcs[1 + drop] + 1 == pcs[0])
        drop++;
    if (drop > 0)
        memmove(pcs + 1, pcs + 1 + drop, (n - 1 - drop) * sizeof *pcs);
    return n - drop;
}

/* The handler of the profiler's signal leaves a frame or two between the leaf and its caller: a second frame that
 * (nearly) every stack has is none of the program's. */
static bool find_handler(struct gperf *g)
{
    struct pprof_ids seen = { 0 };
    uint32_t *times = xcalloc(g->stage.count + 1u, sizeof *times);
    bool found = false;
    for (uint32_t r = 0; r < g->stage.count && !found; r++) {
        struct span labels;
        uint32_t n = pprof_stage_row(&g->stage, r, g->stack.items, &labels);
        bool known = g->handlers == 0 || (n > 1 && g->stack.items[1] == g->handler[0]);
        uint32_t at = known ? 1 + g->handlers : 1;
        if (at >= n)
            continue;
        uint64_t pc = g->stack.items[at];
        uint32_t ix = pprof_ids_find(&seen, pc);
        ix = ix == UINT32_MAX ? pprof_ids_put(&seen, pc) : ix;
        found = ++times[ix] >= g->stage.count - g->stage.count / 32;
        if (found)
            g->handler[g->handlers++] = pc;
    }
    pprof_ids_release(&seen);
    free(times);
    return found;
}

static bool place(struct gperf *g, uint64_t pc, stack_id *stack)
{
    uint32_t named = pprof_ids_find(&g->java_ids, pc);
    struct frametext text;
    if (named != UINT32_MAX)
        frametext_read(intern_get(&g->names, g->java_names.items[named]), &text);
    else
        addr_map_frame(&g->map, pc, &text, &g->buf);
    if (text.d.func.len == 0)
        text.d.func = SPAN("[unknown]");
    frame_id frame;
    return builder_frame(g->b, &text.d, &frame, g->err) && builder_stack_child(g->b, *stack, frame, stack, g->err);
}

static bool make_rows(struct gperf *g, thread_id thread)
{
    double period = (double)g->period_us * 1e-6;
    uint32_t cpu = builder_column(g->b, &(struct column_desc){ .event = SPAN("cpu"),
                                                               .unit = UNIT_SECONDS,
                                                               .clock = CLOCK_CPU,
                                                               .period = period,
                                                               .rate_hz = 1 / period,
                                                               .is_time = true });
    uint32_t samples = builder_column(g->b, &(struct column_desc){ .event = SPAN("samples"),
                                                                   .unit = UNIT_SAMPLES,
                                                                   .clock = CLOCK_CPU,
                                                                   .period = 1,
                                                                   .rate_hz = 1 / period,
                                                                   .is_time = true });
    for (uint32_t i = 0; i < g->stage.count; i++) {
        struct sample_desc d = { .thread = thread };
        double n = pprof_stage_value(&g->stage, i, 0);
        uint32_t row, depth = stack_of(g, i);
        while (depth > 0) {
            if (!place(g, g->stack.items[--depth], &d.stack))
                return false;
        }
        if (!builder_row(g->b, &d, &row, g->err) || !builder_value(g->b, row, cpu, n * period, g->err) ||
            !builder_value(g->b, row, samples, n, g->err))
            return false;
        builder_samples(g->b, row, (uint64_t)n);
    }
    return true;
}

static bool make(struct gperf *g, struct artefact *out)
{
    thread_id thread;
    struct span program = frametext_base(addr_map_program(&g->map));
    addr_map_sort(&g->map);
    if (find_handler(g))
        (void)find_handler(g);
    if (!builder_thread(g->b, builder_process(g->b, -1, program, SPAN("")), -1, SPAN(""), &thread, g->err) ||
        !make_rows(g, thread) || !builder_finish(g->b, &out->profile, g->err))
        return false;
    out->rate_hz = 1e6 / (double)g->period_us;
    out->tool = SPAN("gperftools");
    out->runtime = g->java ? RUNTIME_JVM : RUNTIME_UNKNOWN;
    import_settle(out, g->opt, CLOCK_CPU);
    addr_map_note(&g->map, out);
    artefact_problem(out, "duration_missing",
                     "say --duration-s, or add accounting of the same run (time -v, perf stat)",
                     "the profile does not say how long it was recorded");
    return true;
}

static bool read_all(struct gperf *g, struct source *in, struct artefact *out)
{
    struct span head;
    if (!source_peek(in, HEADER_WORDS * sizeof(uint64_t), &head, g->err))
        return false;
    if (!header_of(head, &g->w, &g->period_us, &g->java))
        return err_at_byte(g->err, ERR_UNRECOGNISED, 0, "want the words 0, 3, 0, PERIOD, 0");
    source_skip(in, HEADER_WORDS * g->w.size);
    pprof_stage_open(&g->stage, &g->opt->limits);
    g->map.symbols = g->opt->symbols;
    if (!read_records(g, in) || !read_text(g, in))
        return false;
    if (g->stage.count == 0)
        return err_set(g->err, ERR_EMPTY, "the profile holds no sample");
    return make(g, out);
}

static bool gperf_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct gperf g = { .opt = opt, .err = err, .b = builder_new(&opt->limits) };
    intern_init(&g.names);
    bool ok = read_all(&g, in, out);
    builder_free(g.b);
    pprof_stage_release(&g.stage);
    addr_map_release(&g.map);
    intern_release(&g.names);
    pprof_ids_release(&g.java_ids);
    free(g.java_names.items);
    free(g.stack.items);
    sb_release(&g.buf);
    return ok;
}

const struct importer import_gperftools = {
    .name = "gperftools",
    .title = "gperftools CPU profiles (CPUPROFILE=file)",
    .proves = "what the program ran on the CPU, all threads added",
    .cannot = "waiting, threads and how long it took; names need the binaries where they were: elsewhere `pprof "
              "-proto` of it tells more",
    .spec_url = "https://gperftools.github.io/gperftools/cpuprofile-fileformat.html",
    .extensions = "*.prof *.cpu",
    .sniff = gperf_sniff,
    .parse = gperf_parse,
};
