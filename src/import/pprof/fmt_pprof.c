/* pprof profiles (protocol buffers; gzip is undone before): Go, gperftools, node, Java, Parca, Pyroscope.
 * Guarantees: every sample type is a column of its own with its unit and clock; times become seconds; values sum to what
 * the file holds; duration_nanos is the wall length when it is above 0, and nothing else is.
 * Source: https://github.com/google/pprof/blob/main/proto/profile.proto */
#include "import/pprof/fmt_pprof.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import/frametext.h"

static enum sniff pprof_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (pprof_text_is(head))
        return SNIFF_YES;
    struct pb in = pb_of(head);
    struct pb_field f;
    struct err err = ERR_INIT;
    uint32_t fields = 0, types = 0, samples = 0, tables = 0;
    while (pb_next(&in, &f, &err)) {
        if (f.number > 15 || (f.wire != PB_VARINT && f.wire != PB_BYTES))
            return SNIFF_NO;
        bool message = f.number <= PPROF_STRING || f.number == PPROF_PERIOD_TYPE;
        if (message != (f.wire == PB_BYTES) && !(f.number >= 7 && f.number <= 15))
            return SNIFF_NO;
        types += f.number == PPROF_SAMPLE_TYPE && f.bytes.len <= 12;
        samples += f.number == PPROF_SAMPLE;
        tables += f.number > PPROF_SAMPLE && f.number <= PPROF_STRING;
        fields++;
    }
    /* A head that was cut ends inside a field; a broken one does so near its beginning. */
    bool cut = err.code != ERR_NONE && (head.len >= SNIFF_BYTES || fields > 8);
    if ((err.code != ERR_NONE && !cut) || fields < 3)
        return SNIFF_NO;
    return (types > 0 && tables + samples > 0) || (tables > 2 && samples > 2) ? SNIFF_YES : SNIFF_NO;
}

/* --- what the whole says --- */

/* Samples where no column counts them: time over the period. */
static void count_by_period(const struct pprof *p, struct profile *made)
{
    for (uint32_t i = 0; i < p->types.count; i++) {
        const struct pprof_column *c = &p->columns[i];
        double period = made->columns[c->column].period;
        if (made->samples_known || !c->is_time || c->clock == CLOCK_OFF || !(period > 0))
            continue;
        bool whole = true; /* every value a number of periods, or the period is not what a sample weighs */
        for (uint32_t row = 0; row < made->row_count && whole; row++) {
            double n = made->row_value[c->column][row] / period;
            whole = fabs(n - round(n)) < 0.01 && n < 9e15;
        }
        for (uint32_t row = 0; row < made->row_count && whole; row++) {
            made->row_samples[row] = (uint64_t)llround(made->row_value[c->column][row] / period);
            made->sample_count += made->row_samples[row];
        }
        made->samples_known = whole;
    }
}

static struct span leaf_name(const struct profile *p, uint32_t row)
{
    return p->row_stack[row].ix ? profile_str(p, profile_frame_of(p, p->row_stack[row])->func) : SPAN("");
}

/* Who is charged with a wait: in Go's mutex profiles the one that unlocked. */
static bool is_unlock(struct span leaf)
{
    bool lock = span_starts(leaf, SPAN("sync.")) || span_starts(leaf, SPAN("internal/sync."));
    return (lock && (span_ends(leaf, SPAN(").Unlock")) || span_ends(leaf, SPAN(").RUnlock")) ||
                     span_ends(leaf, SPAN(").unlockSlow")) || span_ends(leaf, SPAN(").rUnlockSlow")))) ||
           span_is(leaf, "runtime.unlock") || span_is(leaf, "runtime.unlock2") ||
           span_is(leaf, "runtime._LostContendedRuntimeLock");
}

void pprof_lock_notes(struct artefact *a)
{
    const struct profile *p = a->profile;
    uint32_t column = profile_column_default(p);
    double unlock = 0, all = 0;
    for (uint32_t r = 0; r < p->row_count && column != UINT32_MAX; r++) {
        unlock += is_unlock(leaf_name(p, r)) ? p->row_value[column][r] : 0;
        all += p->row_value[column][r];
    }
    if (unlock > all / 2)
        artefact_problem(a, "mutex_blames_unlocker", NULL,
                         "a mutex profile charges the time others waited to the code that unlocked");
    else if (a->runtime == RUNTIME_GO)
        artefact_problem(
            a, "go_block_only", "add fgprof or a CPU profile of the same time",
            "a Go block profile holds waits on channels, select and sync only: no network, no system calls, no sleep");
    else
        artefact_problem(a, "locks_only", "add accounting of the same run (time -v, perf stat)",
                         "a contention profile holds waits for locks only: no network, no files, no sleep");
}

static void note_problems(struct artefact *a, enum clock_kind clock, uint64_t labels_dropped)
{
    if (clock == CLOCK_OFF)
        pprof_lock_notes(a);
    else if (!num_known(a->duration_s))
        artefact_problem(a, "duration_missing",
                         "say --duration-s, or add accounting of the same run (time -v, perf stat)",
                         "the profile does not say how long it was recorded");
    if (labels_dropped > 0)
        artefact_problem(a, "labels_dropped", NULL,
                         "too many different sets of labels; those of %llu rows were dropped",
                         (unsigned long long)labels_dropped);
}

/* --- node --- */

static double leaf_sum(const struct profile *p, uint32_t column, const char *leaf)
{
    double sum = 0;
    for (uint32_t row = 0; row < p->row_count; row++) {
        if (span_is(leaf_name(p, row), leaf))
            sum += p->row_value[column][row];
    }
    return sum;
}

static bool said_wall(const struct pprof *p, uint32_t column)
{
    for (uint32_t i = 0; i < p->types.count; i++) {
        if (p->columns[i].said_wall && p->columns[i].column == column)
            return true;
    }
    return false;
}

/* Node's wall profiles leave out "(idle)" and "(program)": what is there is the busy time of the loop's thread. With CPU
 * times on, a row holds what the other threads used, so that the sum is the process's. What our own
 * writer calls wall stays so. */
static void node_busy_time(const struct pprof *p, struct artefact *a)
{
    struct profile *made = a->profile;
    bool process_cpu = false;
    if (a->runtime != RUNTIME_NODE)
        return;
    for (uint32_t c = 0; c < made->column_count; c++) {
        bool seconds = made->columns[c].clock == CLOCK_CPU && made->columns[c].unit == UNIT_SECONDS;
        process_cpu = process_cpu || (seconds && leaf_sum(made, c, "Non JS threads activity") > 0);
    }
    a->one_thread_of_several = !process_cpu;
    for (uint32_t c = 0; c < made->column_count; c++) {
        struct profile_column *col = &made->columns[c];
        if (col->clock != CLOCK_WALL || leaf_sum(made, c, "(idle)") > 0 || said_wall(p, c))
            continue;
        col->clock = CLOCK_CPU;
        if (!process_cpu)
            artefact_problem(a, "idle_left_out", "add accounting of the same run (time -v, perf stat)",
                             "the profile leaves idle time out: its sum is the busy time of the JavaScript thread, and "
                             "waiting is what is missing to the duration");
    }
}

/* --- the whole --- */

static void take_duration(const struct pprof *p, struct artefact *a)
{
    /* Some converters write a point in time there. */
    bool plausible = p->duration_ns < 366 * 86400e9;
    if (p->duration_ns > 0 && plausible) {
        a->duration_s = p->duration_ns * 1e-9;
        a->duration_source = WALL_FILE;
        /* A window that the process opened on itself, as a rule while it served: nothing says that one job ran. */
        a->overlapping = true;
    } else if (!plausible) {
        artefact_problem(a, "duration_implausible", NULL,
                         "the duration in the file, %.0f s, is no recording's; it was not used", p->duration_ns * 1e-9);
    }
}

static bool no_samples(const struct pprof *p)
{
    for (uint32_t i = 0; i < p->types.count; i++) {
        if (p->columns[i].clock == CLOCK_OFF)
            return err_set(p->err, ERR_EMPTY,
                           "the profile holds no sample: nothing waited for a lock, or it was not switched on "
                           "(Go: runtime.SetBlockProfileRate, runtime.SetMutexProfileFraction)");
    }
    return err_set(p->err, ERR_EMPTY, "the profile holds no sample");
}

static bool finish(struct pprof *p, struct artefact *a, uint64_t labels_dropped)
{
    take_duration(p, a);
    if (!builder_finish(p->b, &a->profile, p->err))
        return false;
    if (a->profile->row_count == 0 && !num_known(a->duration_s))
        return no_samples(p);
    count_by_period(p, a->profile);
    a->runtime = p->runtime;
    node_busy_time(p, a);
    uint32_t main = profile_column_default(a->profile);
    enum clock_kind clock = CLOCK_UNKNOWN;
    if (main != UINT32_MAX) {
        clock = a->profile->columns[main].clock;
        a->rate_hz = a->profile->columns[main].rate_hz;
    }
    /* fgprof takes every goroutine on each tick. */
    a->all_states = clock == CLOCK_WALL;
    if (p->runtime == RUNTIME_GO)
        a->native_visible = TRI_YES;
    import_settle(a, p->opt, clock);
    note_problems(a, clock, labels_dropped);
    return true;
}

static bool read_all(struct pprof *p, struct source *in, struct artefact *out)
{
    uint64_t dropped = 0;
    pprof_stage_open(&p->stage, &p->opt->limits);
    if (!pprof_read(p, in))
        return false;
    if (p->types.count == 0)
        return err_set(p->err, ERR_UNRECOGNISED, "no sample types: not a pprof profile");
    if (!pprof_columns_plan(p))
        return false;
    p->runtime = pprof_runtime(p);
    pprof_columns_make(p);
    struct span binary = p->mappings.count > 0 ? frametext_base(pprof_text(p, p->mappings.items[0])) : SPAN("");
    process_id process = builder_process(p->b, -1, binary, SPAN(""));
    return pprof_rows(p, process, &dropped) && finish(p, out, dropped);
}

static bool pprof_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, 64, &head, err))
        return false;
    if (pprof_text_is(head))
        return pprof_text_parse(in, opt, out, err);
    struct pprof p = { .opt = opt, .err = err, .b = builder_new(&opt->limits) };
    bool ok = read_all(&p, in, out);
    builder_free(p.b);
    pprof_release(&p);
    return ok;
}

const struct importer import_pprof = {
    .name = "pprof",
    .title = "pprof profiles (Go, gperftools, node, Java, Parca, Pyroscope)",
    .proves = "what the program ran; with a duration in the file, how much of the wall time was CPU",
    .cannot = "waiting of a CPU profile's threads; block and mutex profiles see only waits on locks and channels",
    .spec_url = "https://github.com/google/pprof/blob/main/proto/profile.proto",
    .extensions = "*.pb.gz *.pprof *.pb *.prof",
    .sniff = pprof_sniff,
    .parse = pprof_parse,
};
