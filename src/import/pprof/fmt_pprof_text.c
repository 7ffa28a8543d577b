/* Contention profiles as text: "--- contentionz", "--- contention:", "--- mutex:" of C++, Go and Java. Each record is
 * the waiting of one stack, in cycles, and how often it waited. */
#include "import/pprof/fmt_pprof.h"

#include <math.h>
#include <stdlib.h>

#include "import/frametext.h"
#include "import/pprof/addr_map.h"

enum { STACK_MAX = 4096 };

/* Places below this bit are addresses, with it texts of `names`. */
static const uint64_t NAMED = 1ull << 63;

struct text {
    const struct import_options *opt;
    struct err *err;
    struct pprof_stage stage;
    struct addr_map map;
    struct intern names;       /* "func\tfile:line" as the file writes it */
    struct pprof_ids java_ids; /* addresses that a line names */
    uint32_t *java_names;      /* by java_ids */
    uint32_t java_cap;
    bool java, in_map, header_done, pending, go;
    double cycles_per_s, period, ms, discarded, java_scale;
    int64_t values[2]; /* contentions, delay; of the record whose frames are being read */
    uint64_t *stack;
    uint32_t depth;
    bool named; /* the record's frames came as text */
    uint64_t line;
};

bool pprof_text_is(struct span head)
{
    return span_starts(head, SPAN("--- contentionz")) || span_starts(head, SPAN("--- contention:")) ||
           span_starts(head, SPAN("--- mutex:"));
}

static bool bad_line(struct text *t, const char *want, struct span line)
{
    return err_at_line(t->err, ERR_MALFORMED, t->line, "line %llu: want %s, got '%.*s'", (unsigned long long)t->line,
                       want, SPAN_FMT(span_sub(line, 0, 60)));
}

/* --- header --- */

static bool java_unit(struct text *t, struct span value)
{
    static const struct {
        const char *name;
        double scale;
    } units[] = { { "nanoseconds", 1 }, { "microseconds", 1e3 }, { "milliseconds", 1e6 }, { "seconds", 1e9 } };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (span_is(value, units[i].name)) {
            t->java_scale = units[i].scale;
            return true;
        }
    }
    return bad_line(t, "a unit of time behind 'resolution ='", value);
}

static bool attribute(struct text *t, struct span key, struct span value)
{
    const struct {
        const char *name;
        double *to;
    } numbers[] = { { "cycles/second", &t->cycles_per_s },
                    { "sampling period", &t->period },
                    { "ms since reset", &t->ms },
                    { "discarded samples", &t->discarded } };
    if (span_is(key, "format")) {
        t->java = span_is(value, "java");
        return t->java || bad_line(t, "format = java", value);
    }
    if (span_is(key, "resolution"))
        return java_unit(t, value);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (!span_is(key, numbers[i].name))
            continue;
        if (!span_to_double(value, numbers[i].to) || *numbers[i].to < 0)
            return bad_line(t, "a number that is not negative", value);
    }
    return true; /* what newer writers add */
}

/* --- records --- */

static bool flush(struct text *t)
{
    if (!t->pending)
        return true;
    t->pending = false;
    return pprof_stage_add(&t->stage, t->stack, t->depth, t->values, 2, SPAN(""), t->err);
}

static bool push(struct text *t, uint64_t place)
{
    if (t->depth >= STACK_MAX || t->depth >= t->opt->limits.stack_depth)
        return err_at_line(t->err, ERR_LIMIT, t->line, "line %llu: stack deeper than %u frames",
                           (unsigned long long)t->line, t->depth);
    t->stack[t->depth++] = place;
    return true;
}

/* "5896069432 73 @ 0x44aa45 0x630775" */
static bool record(struct text *t, struct span line)
{
    struct span rest = line, cycles, count, at, word;
    double delay, n;
    if (!span_word(&rest, &cycles) || !span_word(&rest, &count) || !span_word(&rest, &at) || !span_is(at, "@") ||
        !span_to_double(cycles, &delay) || !span_to_double(count, &n))
        return bad_line(t, "'CYCLES COUNT @ 0xADDRESS ...'", line);
    if (delay < 0 || n < 0)
        return err_at_line(t->err, ERR_VALUE, t->line, "line %llu: a negative value", (unsigned long long)t->line);
    double period = t->period > 0 ? t->period : 1;
    double per_ns = !t->java && t->cycles_per_s > 0 ? t->cycles_per_s / 1e9 : 1;
    double ns = floor(delay * period / per_ns * (t->java ? t->java_scale : 1));
    n *= period;
    /* Neither is a number where nothing is divided by a rate too small to be one. */
    if (!(ns < 9e18) || !(n < 9e18))
        return err_at_line(t->err, ERR_VALUE, t->line, "line %llu: more than a number can hold",
                           (unsigned long long)t->line);
    t->values[0] = (int64_t)n;
    t->values[1] = (int64_t)ns;
    t->depth = 0;
    t->named = false;
    t->pending = true;
    while (span_word(&rest, &word)) {
        uint64_t address;
        if (!span_hex_to_u64(word, &address))
            return bad_line(t, "an address", word);
        address &= ~NAMED;
        /* Where a call returns to is behind the call. */
        if (!push(t, address - (!t->java && address > 0)))
            return false;
    }
    return true;
}

/* "#	0x44aa44	runtime.selectgo+0x404			/usr/lib/go/src/runtime/select.go:509" below its record. */
static bool comment(struct text *t, struct span line)
{
    struct span rest = span_from(line, 1), address, func, file;
    if (!t->pending || !span_word(&rest, &address) || !span_starts(address, SPAN("0x")) || !span_word(&rest, &func))
        return true;
    file = span_trim(rest);
    if (!t->named)
        t->depth = 0;
    t->named = true;
    t->go = t->go || span_find(file, 0, SPAN(".go:")) < file.len;
    size_t offset = span_rchr(func, '+');
    if (offset < func.len && span_starts(span_from(func, offset), SPAN("+0x")))
        func = span_sub(func, 0, offset);
    struct sb text = { 0 };
    sb_printf(&text, "%.*s\t%.*s", SPAN_FMT(func), SPAN_FMT(file));
    uint32_t ix = intern_add(&t->names, sb_span(&text));
    sb_release(&text);
    return push(t, NAMED | ix);
}

/* "0x00000003 com.example.Pool.take (Pool.java:12)" behind the records. */
static bool java_name(struct text *t, struct span line)
{
    struct span rest = line, word;
    uint64_t address;
    if (!span_word(&rest, &word) || !span_hex_to_u64(word, &address))
        return bad_line(t, "'0xADDRESS NAME'", line);
    address &= ~NAMED;
    if (pprof_ids_find(&t->java_ids, address) != UINT32_MAX)
        return true;
    uint32_t ix = pprof_ids_put(&t->java_ids, address);
    if (ix >= t->java_cap) {
        t->java_cap = t->java_cap ? t->java_cap * 2 : 64;
        t->java_names = xrealloc(t->java_names, t->java_cap, sizeof *t->java_names);
    }
    t->java_names[ix] = intern_add(&t->names, span_trim(rest));
    return true;
}

static bool read_line(struct text *t, struct span line)
{
    struct span plain = span_trim(line), key, value;
    if (plain.len == 0)
        return true;
    if (plain.ptr[0] == '#')
        return comment(t, plain);
    if (span_starts(plain, SPAN("---")) || span_is(plain, "MAPPED_LIBRARIES:")) {
        t->in_map = t->line > 1;
        return true;
    }
    if (t->in_map)
        return addr_map_line(&t->map, plain, &t->opt->limits, t->err);
    if (!t->header_done && span_split(plain, '=', &key, &value))
        return attribute(t, span_trim(key), span_trim(value));
    t->header_done = true;
    if (t->java && span_starts(plain, SPAN("0x")))
        return flush(t) && java_name(t, plain);
    return flush(t) && record(t, plain);
}

static bool read_lines(struct text *t, struct source *in)
{
    struct span line;
    bool eof = false;
    for (;;) {
        if (!source_line(in, &line, &eof, t->err))
            return false;
        if (eof)
            return flush(t);
        t->line++;
        if (!read_line(t, line))
            return false;
        if (t->names.bytes_len > t->opt->limits.string_bytes)
            return err_set(t->err, ERR_LIMIT, "names of more than %llu bytes",
                           (unsigned long long)t->opt->limits.string_bytes);
    }
}

/* --- the profile --- */

struct making {
    struct text *t;
    struct builder *b;
    uint32_t delay, count; /* columns */
    struct sb buf;
};

/* "func\tfile:line" */
static struct frame_desc named_frame(struct span text, bool go)
{
    struct frame_desc d = { .kind = go ? FRAME_MANAGED : FRAME_NATIVE };
    struct span file = SPAN(""), path, number;
    uint64_t line;
    d.func = text;
    (void)span_split(text, '\t', &d.func, &file);
    d.file = file;
    if (span_rsplit(file, ':', &path, &number) && span_to_u64(number, &line) && line <= UINT32_MAX) {
        d.file = path;
        d.line = (uint32_t)line;
    }
    return d;
}

static bool place(struct making *m, uint64_t id, stack_id *stack)
{
    struct text *t = m->t;
    struct frametext text;
    uint32_t named = t->java ? pprof_ids_find(&t->java_ids, id) : UINT32_MAX;
    if (named != UINT32_MAX)
        frametext_read(intern_get(&t->names, t->java_names[named]), &text);
    else if (id & NAMED)
        text.d = named_frame(intern_get(&t->names, (uint32_t)(id & ~NAMED)), t->go);
    else
        addr_map_frame(&t->map, id, &text, &m->buf);
    if (text.d.func.len == 0)
        text.d.func = SPAN("[unknown]");
    frame_id frame;
    return builder_frame(m->b, &text.d, &frame, t->err) && builder_stack_child(m->b, *stack, frame, stack, t->err);
}

static bool make_row(struct making *m, uint32_t ix, thread_id thread)
{
    struct text *t = m->t;
    struct sample_desc d = { .thread = thread };
    struct span labels;
    uint32_t row, n = pprof_stage_row(&t->stage, ix, t->stack, &labels);
    while (n > 0) {
        if (!place(m, t->stack[--n], &d.stack))
            return false;
    }
    double count = pprof_stage_value(&t->stage, ix, 0), delay_ns = pprof_stage_value(&t->stage, ix, 1);
    return builder_row(m->b, &d, &row, t->err) && builder_value(m->b, row, m->count, count, t->err) &&
           builder_value(m->b, row, m->delay, delay_ns * 1e-9, t->err);
}

static bool make(struct making *m, struct artefact *out)
{
    struct text *t = m->t;
    thread_id thread;
    struct span program = frametext_base(addr_map_program(&t->map));
    bool ok = builder_thread(m->b, builder_process(m->b, -1, program, SPAN("")), -1, SPAN(""), &thread, t->err);
    addr_map_sort(&t->map);
    m->delay = builder_column(m->b, &(struct column_desc){ .event = SPAN("delay"),
                                                           .unit = UNIT_SECONDS,
                                                           .clock = CLOCK_OFF,
                                                           .period = NUM_UNKNOWN,
                                                           .rate_hz = NUM_UNKNOWN,
                                                           .is_time = true });
    m->count = builder_column(m->b, &(struct column_desc){ .event = SPAN("contentions"),
                                                           .unit = UNIT_COUNT_OTHER,
                                                           .period = t->period > 0 ? t->period : NUM_UNKNOWN,
                                                           .rate_hz = NUM_UNKNOWN });
    for (uint32_t i = 0; i < t->stage.count && ok; i++)
        ok = make_row(m, i, thread);
    return ok && builder_finish(m->b, &out->profile, t->err);
}

static bool parse(struct text *t, struct source *in, struct artefact *out)
{
    pprof_stage_open(&t->stage, &t->opt->limits);
    t->map.symbols = t->opt->symbols;
    if (!read_lines(t, in))
        return false;
    if (t->stage.count == 0)
        return err_set(t->err, ERR_EMPTY, "the profile holds no record: nothing waited for a lock, or it was not on");
    struct making m = { .t = t, .b = builder_new(&t->opt->limits) };
    bool ok = make(&m, out);
    builder_free(m.b);
    sb_release(&m.buf);
    if (!ok)
        return false;
    if (t->ms > 0 && t->ms < 366 * 86400e3) {
        out->duration_s = t->ms * 1e-3;
        out->duration_source = WALL_FILE;
        out->overlapping = true;
    }
    out->runtime = t->go ? RUNTIME_GO : t->java ? RUNTIME_JVM : RUNTIME_UNKNOWN;
    import_settle(out, t->opt, CLOCK_OFF);
    pprof_lock_notes(out);
    addr_map_note(&t->map, out);
    if (t->discarded > 0)
        artefact_problem(out, "samples_discarded", NULL, "the profiler threw %.0f records away", t->discarded);
    return true;
}

bool pprof_text_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct text t = { .opt = opt, .err = err, .java_scale = 1 };
    intern_init(&t.names);
    t.stack = xcalloc(STACK_MAX, sizeof *t.stack);
    bool ok = parse(&t, in, out);
    pprof_stage_release(&t.stage);
    addr_map_release(&t.map);
    intern_release(&t.names);
    pprof_ids_release(&t.java_ids);
    free(t.java_names);
    free(t.stack);
    return ok;
}
