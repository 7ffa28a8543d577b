/* Maps of stacks as bpftrace prints them at its end: `@name[` stack, stack, comm `]: number`, leaf first, kernel frames as
 * func+offset, user frames as func+offset, with (dso) in perf mode, or a bare address of a process that was gone.
 *
 * 1. The file does not say what was summed. A name ending in us, ns or ms tells the unit; stacks that end in the scheduler
 *    are off-CPU time, in microseconds unless the name says otherwise. Everything else are counts of an unknown event.
 * 2. The window of a script is no wall length, and a wait that outlasts it is not in it. */
#include <stdlib.h>

#include "import/frametext.h"
#include "import/trace/blocks_stage.h"

enum map_kind { MAP_COUNTS, MAP_TIMES /* of what is not known */, MAP_OFF };

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span line;
    bool open = false;
    bool cut = head.len >= SNIFF_BYTES;
    while (span_line(&head, &line)) {
        if (line.len > 1 && line.ptr[0] == '@' && span_chr(line, 0, '[') < line.len &&
            span_find(line, 0, SPAN("]:")) == line.len)
            open = true;
        else if (open && line.len > 3 && (line.ptr[0] == ']' || line.ptr[0] == ',') &&
                 span_find(line, 0, SPAN("]: ")) < line.len)
            return SNIFF_YES;
        else if (open && line.len > 0 && line.ptr[0] != ' ' && line.ptr[0] != '\t' && line.ptr[0] != ',')
            return SNIFF_NO;
        if (line.len > 3 && line.ptr[0] == '@' && span_find(line, 0, SPAN("]: ")) < line.len)
            return SNIFF_MAYBE;
    }
    return open && cut ? SNIFF_YES : SNIFF_NO;
}

static bool all_hex(struct span s)
{
    uint64_t v;
    return s.len >= 8 && s.ptr[1] != 'x' && span_hex_to_u64(s, &v);
}

/* Takes "+35" or "+0x23" off the end. */
static struct span without_offset(struct span s)
{
    size_t plus = span_rchr(s, '+');
    uint64_t v;
    if (plus == 0 || plus >= s.len)
        return s;
    struct span offset = span_from(s, plus + 1);
    return span_to_u64(offset, &v) || (span_starts(offset, SPAN("0x")) && span_hex_to_u64(offset, &v))
               ? span_sub(s, 0, plus)
               : s;
}

static void read_frame(struct span text, struct stage_frame *ret)
{
    struct span rest = text;
    struct span word;
    struct span dso = SPAN("");
    if (span_word(&rest, &word) && all_hex(word) && span_trim(rest).len > 0)
        text = span_trim(rest);
    size_t open = text.len;
    if (text.len > 2 && text.ptr[text.len - 1] == ')') {
        for (size_t at = span_find(text, 0, SPAN(" (")); at < text.len; at = span_find(text, at + 1, SPAN(" (")))
            open = at;
    }
    if (open < text.len) {
        dso = span_sub(text, open + 2, text.len - open - 3);
        text = span_sub(text, 0, open);
    }
    struct frametext t;
    frametext_symbol(without_offset(text), dso, SPAN(""), &t);
    ret->d = t.d;
    /* Rewritten names stand in the frame's own buffer, which ends here; plain ones borrow from the line. */
    if (t.d.func.ptr == t.buf)
        ret->d.func = text;
    ret->kernel = t.d.kind == FRAME_KERNEL;
}

/* "offcpu_us", "ns", "usecs": seconds of one unit; 0 when the name says nothing. */
static double unit_by_name(struct span name)
{
    static const struct {
        const char *end;
        double s;
    } units[] = { { "nsecs", 1e-9 }, { "usecs", 1e-6 }, { "msecs", 1e-3 },
                  { "ns", 1e-9 },    { "us", 1e-6 },    { "ms", 1e-3 } };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct span end = span_of(units[i].end);
        if (!span_ends(name, end))
            continue;
        struct span before = span_sub(name, 0, name.len - end.len);
        if (before.len == 0 || before.ptr[before.len - 1] == '_')
            return units[i].s;
    }
    return 0;
}

static bool names_off_cpu(struct span name)
{
    return span_find(name, 0, SPAN("offcpu")) < name.len || span_find(name, 0, SPAN("off_cpu")) < name.len ||
           span_find(name, 0, SPAN("blocked")) < name.len;
}

struct shape {
    enum map_kind kind;
    double scale;
};

static struct shape shape_of(const struct blocks_stage *s, uint32_t map, const struct import_options *opt)
{
    static const double mostly = 0.9, microsecond = 1e-6;
    const struct stage_map *m = &s->maps.items[map];
    struct span name = intern_get(&s->map_names, map);
    double unit = unit_by_name(name);
    bool off = names_off_cpu(name) || (m->sum > 0 && m->off >= mostly * m->sum);
    if (opt->clock_given && opt->clock != CLOCK_UNKNOWN)
        off = opt->clock == CLOCK_OFF || (off && opt->clock == CLOCK_WALL);
    if (off)
        return (struct shape){ MAP_OFF, unit > 0 ? unit : microsecond };
    return (struct shape){ unit > 0 ? MAP_TIMES : MAP_COUNTS, unit > 0 ? unit : 1 };
}

static uint32_t open_column(struct blocks_stage *s, uint32_t map, struct shape shape, bool one_count)
{
    struct span name = intern_get(&s->map_names, map);
    bool off = shape.kind == MAP_OFF;
    struct column_desc d = { .event = name.len > 0 ? name
                                      : off        ? SPAN("off-cpu")
                                                   : SPAN("count"),
                             .unit = shape.kind == MAP_COUNTS ? UNIT_SAMPLES : UNIT_SECONDS,
                             .clock = off ? CLOCK_OFF : CLOCK_UNKNOWN,
                             .period = NUM_UNKNOWN,
                             .rate_hz = NUM_UNKNOWN,
                             .is_time = off || (shape.kind == MAP_COUNTS && one_count) };
    return builder_column(s->b, &d);
}

static void note_map(struct artefact *out, struct span name, struct shape shape, bool named)
{
    switch (shape.kind) {
    case MAP_OFF:
        if (!named)
            artefact_problem(out, "off_cpu_unit_assumed", "name the map for its unit (@offcpu_us) in the script",
                             "the stacks of @%.*s end in the scheduler: read as off-CPU time in microseconds",
                             SPAN_FMT(name));
        break;
    case MAP_COUNTS:
        artefact_problem(
            out, "counts_of_an_unknown_event",
            "say --clock cpu if the probe was profile:hz:N; for waiting sum (nsecs - @start) / 1000 as @offcpu_us",
            "@%.*s counts events, and the file does not say of which probe", SPAN_FMT(name));
        break;
    case MAP_TIMES:
        artefact_problem(out, "times_of_an_unknown_event", "say --clock off if the script summed time off the CPU",
                         "@%.*s sums times, and the file does not say of what: no share is made of them",
                         SPAN_FMT(name));
        break;
    }
}

static bool settle(struct blocks_stage *s, const struct block_notes *notes, const struct import_options *opt,
                   struct artefact *out, struct err *err)
{
    size_t n = s->maps.count;
    CLEANUP(freep) uint32_t *columns = xcalloc(n, sizeof *columns);
    CLEANUP(freep) double *scale = xcalloc(n, sizeof *scale);
    CLEANUP(freep) bool *off = xcalloc(n, sizeof *off);
    bool any_off = false;
    uint32_t counts = 0;
    for (uint32_t i = 0; i < n; i++)
        counts += s->maps.items[i].entries > 0 && shape_of(s, i, opt).kind == MAP_COUNTS;
    for (uint32_t i = 0; i < n; i++) {
        if (s->maps.items[i].entries == 0)
            continue;
        struct shape shape = shape_of(s, i, opt);
        struct span name = intern_get(&s->map_names, i);
        /* Of several counts nobody knows which one is the CPU's. */
        columns[i] = open_column(s, i, shape, counts == 1);
        scale[i] = shape.scale;
        off[i] = shape.kind == MAP_OFF;
        any_off = any_off || off[i];
        note_map(out, name, shape, unit_by_name(name) > 0);
    }
    if (!blocks_stage_rows(s, columns, scale, off, err) || !builder_finish(s->b, &out->profile, err))
        return false;
    out->tool = SPAN("bpftrace");
    out->platform = SPAN("linux");
    if (notes->others > 0)
        artefact_problem(out, "maps_left_out", "sum() or count() by stack can be read",
                         "%llu entries hold a histogram or statistics and were left out",
                         (unsigned long long)notes->others);
    if (any_off)
        artefact_problem(
            out, "window_only", "trace longer than the longest wait",
            "only waits that begin and end while the script runs are in it, and its window is no wall length");
    import_settle(out, opt, any_off && !opt->clock_given ? CLOCK_OFF : CLOCK_UNKNOWN);
    if (opt->clock_given)
        return true;
    /* Kernel leaves do not make counts of an unknown probe CPU samples. */
    for (uint32_t c = 0; c < out->profile->column_count; c++) {
        if (out->profile->columns[c].clock != CLOCK_OFF)
            out->profile->columns[c].clock = CLOCK_UNKNOWN;
    }
    out->clock = any_off ? CLOCK_OFF : CLOCK_UNKNOWN;
    return true;
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct blocks_stage s;
    struct block_notes notes;
    blocks_stage_init(&s, &opt->limits, read_frame);
    bool ok = blocks_read_bpftrace(in, &opt->limits, blocks_stage_add, &s, &notes, err);
    if (ok && s.entries.count == 0)
        ok = err_set(err, ERR_EMPTY,
                     "no map of stacks with a number in %llu lines (%llu entries without a stack): key a "
                     "map by kstack or ustack",
                     (unsigned long long)source_lines(in), (unsigned long long)(s.stackless + notes.others));
    ok = ok && settle(&s, &notes, opt, out, err);
    blocks_stage_release(&s);
    return ok;
}

const struct importer import_bpftrace = {
    .name = "bpftrace",
    .title = "bpftrace: maps keyed by kernel and user stacks",
    .proves = "of off-CPU maps, what threads waited for, by stack; of profile:hz maps, what the CPU did",
    .cannot = "how long the program ran; waits that outlast the script are not in it",
    .spec_url = "https://github.com/bpftrace/bpftrace",
    .extensions = "*.txt *.bt.out",
    .sniff = sniff,
    .parse = parse,
};
