/* perf.data: the recording itself, read without perf. Replayed into the importer of perf script text, so both give the
 * same profile. */
#include "import/perf/data_feed.h"
#include "import/perf/perf_script.h"

static void describe_damage(const struct pdata_feed *d, struct artefact *a)
{
    const struct pdata_file *f = &d->file;
    if (f->killed)
        artefact_problem(a, "recording_killed", "end perf record with Ctrl-C and let it write its end",
                         "the recorder was ended before it wrote the length and the description of the recording");
    if (f->broken)
        artefact_problem(a, "bad_records", "record again",
                         "the record at byte %llu has a length below 8: nothing behind it is read",
                         (unsigned long long)f->broken_at);
    else if (f->truncated)
        artefact_problem(a, "cut_off", "send the whole file", "the recording is cut off in its last record");
    if (d->bad > 0)
        artefact_problem(a, "bad_samples", "record again",
                         "%llu samples are shorter than their fields and are left out", (unsigned long long)d->bad);
    if (d->unknown > 0)
        artefact_problem(a, "unknown_events", NULL, "%llu samples belong to no event of the file and are left out",
                         (unsigned long long)d->unknown);
    if (d->queue.late > 0)
        artefact_problem(a, "out_of_order", NULL,
                         "%llu records came after later ones were read: near them names may be wrong",
                         (unsigned long long)d->queue.late);
}

/* Stacks that were recorded as memory: what was and what was not made of them. */
static void describe_stacks(const struct pdata_feed *d, struct artefact *a)
{
    const double cut_worth_saying = 0.05;
    struct pdata_unwind_stats u;
    pdata_unwind_stats(d->unwind, &u);
    if (u.other_arch > 0)
        artefact_problem(a, "stacks_not_unwound", "send the text of `perf script --no-inline`",
                         "the stacks of %llu samples are memory of another kind of machine (%.*s): only the innermost "
                         "function of each is known",
                         (unsigned long long)u.other_arch, SPAN_FMT(d->meta.arch));
    if (u.ends[UNWIND_LEAF_ONLY] > 0)
        artefact_problem(a, "stacks_not_unwound", "send the text of `perf script --no-inline`",
                         "the stacks of %llu samples are memory of 32-bit processes: only the innermost function of "
                         "each is known",
                         (unsigned long long)u.ends[UNWIND_LEAF_ONLY]);
    const char *fix = "send a `perf archive` together with the recording, or the text of `perf script --no-inline`";
    if (u.ends[UNWIND_NO_BINARY] > 0 && u.ends[UNWIND_NO_BINARY] == u.samples && u.missing.len == 0)
        artefact_problem(a, "stacks_not_unwound", fix,
                         "the stacks of %llu samples were recorded as memory (--call-graph dwarf) and the binaries are "
                         "not at hand: only the innermost function of each is known",
                         (unsigned long long)u.samples);
    else if (u.ends[UNWIND_NO_BINARY] > 0)
        artefact_problem(a, "stacks_not_unwound", fix,
                         "the stacks of %llu of %llu samples (--call-graph dwarf) end where a binary is not at hand: "
                         "%.*s; behind it nothing is known",
                         (unsigned long long)u.ends[UNWIND_NO_BINARY], (unsigned long long)u.samples,
                         SPAN_FMT(u.missing));
    if ((double)u.ends[UNWIND_STACK_ENDS] > cut_worth_saying * (double)u.samples)
        artefact_problem(a, "stacks_cut_off", "record with --call-graph dwarf,65528",
                         "%llu of %llu stacks were deeper than the piece of memory that was recorded",
                         (unsigned long long)u.ends[UNWIND_STACK_ENDS], (unsigned long long)u.samples);
}

/* Files that are there but are not those that were recorded. */
static void describe_names(const struct import_options *opt, struct artefact *a)
{
    struct symbol_stats stats;
    if (!opt->symbols)
        return;
    symbols_stats(opt->symbols, &stats);
    if (stats.dsos[SYMBOL_MISMATCH] > 0)
        artefact_problem(a, "binaries_differ", "analyse where it was recorded, or send a `perf archive` with it",
                         "%lu files are not the ones that were recorded and give no names (build-id): %.*s%s",
                         (unsigned long)stats.dsos[SYMBOL_MISMATCH], SPAN_FMT(stats.first[SYMBOL_MISMATCH]),
                         stats.dsos[SYMBOL_MISMATCH] > 1 ? ", ..." : "");
}

static void describe(const struct pdata_feed *d, const struct import_options *opt, struct artefact *a)
{
    describe_damage(d, a);
    describe_stacks(d, a);
    describe_names(opt, a);
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct pdata_feed d;
    struct perf_script p;
    struct pdata_options options = { .limits = &opt->limits, .symbols = opt->symbols, .offsets = true };
    bool ok = pdata_feed_open(&d, in, &options, err);
    if (!ok) {
        pdata_feed_close(&d);
        return false;
    }
    perf_script_begin(&p, NULL, opt, out);
    p.input_name = "perf.data";
    pdata_feed_attach(&d, &p.scan);
    ok = perf_script_run(&p, in, err);
    perf_script_end(&p);
    if (ok)
        describe(&d, opt, out);
    pdata_feed_close(&d);
    return ok;
}

static enum sniff sniff(struct span head, struct span file_name)
{
    (void)file_name;
    return pdata_magic(head) ? SNIFF_YES : SNIFF_NO;
}

const struct importer import_perf_data = {
    .name = "perf-data",
    .title = "perf.data, as perf record writes it",
    .proves = "what the CPU did, by thread and stack; with --switch-events also what each thread waited",
    .cannot = "names of functions where their files are not at hand; without switches, how long anything waited",
    .spec_url = "https://github.com/torvalds/linux/blob/master/tools/perf/Documentation/perf.data-file-format.txt",
    .extensions = "*.data *.perf.data",
    .sniff = sniff,
    .parse = parse,
};
