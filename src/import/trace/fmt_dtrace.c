/* Stacks as DTrace's aggregations print them: blocks of indented frames, leaf first, `module`function+0x12`, and a count on a
 * line of its own. What was counted stands in no block: a profile-N probe in the header tells samples of the CPU. */
#include "import/frametext.h"
#include "import/trace/blocks_stage.h"

static bool is_frame(struct span line)
{
    struct span text = span_trim(line);
    size_t tick = span_chr(text, 0, '`');
    return line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t') && tick > 0 && tick < text.len &&
           span_chr(span_sub(text, 0, tick), 0, ' ') == tick && span_chr(span_sub(text, 0, tick), 0, ';') == tick;
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span line;
    uint64_t frames = 0;
    if (span_starts(head, SPAN("CPU     ID                    FUNCTION:NAME")))
        return SNIFF_YES;
    while (span_line(&head, &line)) {
        uint64_t count;
        frames += is_frame(line);
        if (frames > 0 && span_to_u64(span_trim(line), &count))
            return SNIFF_YES;
    }
    return SNIFF_NO;
}

static bool is_kernel_module(struct span module)
{
    static const char *const names[] = { "unix", "genunix", "kernel", "mach_kernel", "zfs",
                                         "lofs", "ip",      "sockfs", "ufs" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(module, names[i]))
            return true;
    }
    return span_starts(module, SPAN("kernel.")) || span_ends(module, SPAN(".ko")) ||
           span_starts(module, SPAN("com.apple."));
}

static void read_frame(struct span text, struct stage_frame *ret)
{
    size_t tick = span_chr(text, 0, '`');
    struct span module = tick < text.len ? span_sub(text, 0, tick) : SPAN("");
    struct span symbol = tick < text.len ? span_from(text, tick + 1) : text;
    struct frametext t;
    frametext_symbol(symbol, module, SPAN(""), &t);
    ret->d = t.d;
    if (t.d.func.ptr == t.buf)
        ret->d.func = symbol;
    ret->kernel = is_kernel_module(module);
}

static bool settle(struct blocks_stage *s, const struct block_notes *notes, const struct import_options *opt,
                   struct artefact *out, struct err *err)
{
    double rate = num_known(opt->rate_hz) ? opt->rate_hz : notes->rate_hz;
    struct column_desc d = { .event = SPAN("count"),
                             .unit = UNIT_SAMPLES,
                             .clock = notes->profile_probe ? CLOCK_CPU : CLOCK_UNKNOWN,
                             .period = NUM_UNKNOWN,
                             .rate_hz = rate,
                             .is_time = true };
    uint32_t column = builder_column(s->b, &d);
    static const double scale = 1;
    static const bool off = false;
    if (!blocks_stage_rows(s, &column, &scale, &off, err) || !builder_finish(s->b, &out->profile, err))
        return false;
    out->tool = SPAN("dtrace");
    out->rate_hz = rate;
    if (!notes->profile_probe && !opt->clock_given)
        artefact_problem(
            out, "counts_of_an_unknown_event", "say --clock cpu if the probe was profile-N",
            "the counts are of a probe that the file does not name: samples of the CPU if it was profile-N");
    import_settle(out, opt, CLOCK_UNKNOWN);
    /* Kernel leaves do not make counts of an unknown probe CPU samples. */
    if (!notes->profile_probe && !opt->clock_given) {
        out->clock = CLOCK_UNKNOWN;
        out->profile->columns[column].clock = CLOCK_UNKNOWN;
    }
    return true;
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct blocks_stage s;
    struct block_notes notes;
    blocks_stage_init(&s, &opt->limits, read_frame);
    bool ok = blocks_read_dtrace(in, &opt->limits, blocks_stage_add, &s, &notes, err);
    if (ok && s.entries.count == 0)
        ok = err_set(err, ERR_EMPTY, "no stack with a count in %llu lines of DTrace output",
                     (unsigned long long)source_lines(in));
    ok = ok && settle(&s, &notes, opt, out, err);
    blocks_stage_release(&s);
    return ok;
}

const struct importer import_dtrace = {
    .name = "dtrace",
    .title = "DTrace: aggregated stacks with counts",
    .proves = "of profile-N probes, what the CPU did, by stack",
    .cannot = "how long anything took, what was waited for, and which probe counted unless the header names it",
    .spec_url = "https://illumos.org/books/dtrace/chp-user.html",
    .extensions = "*.stacks *.txt *.out",
    .sniff = sniff,
    .parse = parse,
};
