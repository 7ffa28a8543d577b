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

/* --- columns --- */

struct unit_name {
    const char *name;
    enum unit_kind kind;
    double scale;
};

static bool unit_of(struct span unit, enum unit_kind *ret_kind, double *ret_scale)
{
    static const struct unit_name units[] = {
        { "nanoseconds", UNIT_SECONDS, 1e-9 },
        { "nanosecond", UNIT_SECONDS, 1e-9 },
        { "ns", UNIT_SECONDS, 1e-9 },
        { "microseconds", UNIT_SECONDS, 1e-6 },
        { "us", UNIT_SECONDS, 1e-6 },
        { "milliseconds", UNIT_SECONDS, 1e-3 },
        { "ms", UNIT_SECONDS, 1e-3 },
        { "seconds", UNIT_SECONDS, 1 },
        { "s", UNIT_SECONDS, 1 },
        { "bytes", UNIT_BYTES, 1 },
        { "byte", UNIT_BYTES, 1 },
        { "cycles", UNIT_CYCLES, 1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (span_is(unit, units[i].name)) {
            *ret_kind = units[i].kind;
            *ret_scale = units[i].scale;
            return true;
        }
    }
    *ret_kind = UNIT_COUNT_OTHER;
    *ret_scale = 1;
    return false;
}

static bool contains(struct span s, const char *part)
{
    return span_find(s, 0, span_of(part)) < s.len;
}

/* What a type of samples in units of time sampled. */
static enum clock_kind clock_of(struct span type)
{
    static const char *const off[] = { "delay", "lock", "mutex", "block", "contention", "off" };
    for (size_t i = 0; i < ARRAY_LEN(off); i++) {
        if (contains(type, off[i]))
            return CLOCK_OFF;
    }
    if (contains(type, "wall") || span_is(type, "time"))
        return CLOCK_WALL;
    return contains(type, "cpu") ? CLOCK_CPU : CLOCK_UNKNOWN;
}

struct col {
    struct span type;
    enum unit_kind unit;
    double scale;
    enum clock_kind clock;
    bool is_time;
    bool is_samples; /* counts of samples: says n */
    uint32_t column;
    double total;
};

static bool is_sample_count(struct span type)
{
    return span_is(type, "samples") || span_is(type, "sample") || span_is(type, "events");
}

/* Meaning of every sample type. True when one of them is about time. */
static bool columns_plan(struct pprof *p, struct col *cols, bool *ret_time)
{
    enum clock_kind counted = CLOCK_UNKNOWN; /* what the counted samples are samples of */
    struct span unit, period_type = pprof_text(p, p->period_type.type);
    bool heap = false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        struct col *c = &cols[i];
        *c = (struct col){ 0 };
        if (!pprof_string(p, p->types.items[i].type, &c->type) || !pprof_string(p, p->types.items[i].unit, &unit))
            return false;
        (void)unit_of(unit, &c->unit, &c->scale);
        c->is_time = c->unit == UNIT_SECONDS || (c->unit == UNIT_CYCLES && contains(c->type, "cpu"));
        if (c->is_time)
            c->clock = clock_of(c->type);
        c->is_samples = c->unit == UNIT_COUNT_OTHER && is_sample_count(c->type);
        heap = heap || c->unit == UNIT_BYTES;
        if (c->is_time && (counted == CLOCK_UNKNOWN || counted == CLOCK_OFF))
            counted = c->clock;
    }
    if (counted == CLOCK_UNKNOWN)
        counted = clock_of(period_type);
    *ret_time = false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        struct col *c = &cols[i];
        if (c->is_samples && (!heap || counted != CLOCK_UNKNOWN)) {
            c->unit = UNIT_SAMPLES;
            c->clock = counted;
            c->is_time = true;
        }
        *ret_time = *ret_time || c->is_time;
    }
    return true;
}

static bool refuse(struct pprof *p, const struct col *cols)
{
    struct sb names = { .cap = 120 };
    bool heap = false, goroutine = false, thread = false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        sb_printf(&names, "%s%.*s", i ? ", " : "", SPAN_FMT(span_sub(cols[i].type, 0, 30)));
        heap = heap || cols[i].unit == UNIT_BYTES || contains(cols[i].type, "alloc") || contains(cols[i].type, "inuse");
        goroutine = goroutine || span_is(cols[i].type, "goroutine");
        thread = thread || span_is(cols[i].type, "threadcreate");
    }
    const char *what = heap        ? "memory, not time"
                       : goroutine ? "one moment's goroutines, not time"
                       : thread    ? "threads as they were created, not time"
                                   : "nothing that is time";
    (void)err_set(p->err, ERR_UNSUPPORTED,
                  "a pprof profile of %s (%s); send a CPU profile (Go: /debug/pprof/profile?seconds=30) or fgprof",
                  what, sb_cstr(&names));
    sb_release(&names);
    return false;
}

static void columns_make(struct pprof *p, struct col *cols)
{
    enum unit_kind period_unit;
    double period_scale;
    (void)unit_of(pprof_text(p, p->period_type.unit), &period_unit, &period_scale);
    /* A period without a meaning, or one that no sampler has (1 ns), is none. */
    if (pprof_text(p, p->period_type.type).len == 0 || (period_unit == UNIT_SECONDS && p->period * period_scale < 1e-6))
        p->period = 0;
    struct span period_type = pprof_text(p, p->period_type.type);
    struct span wanted = pprof_text(p, p->default_type);
    /* Node's wall times leave idle out, its CPU times do not leave anything out. */
    bool cpu_first = false;
    for (uint32_t i = 0; i < p->types.count && p->runtime == RUNTIME_NODE; i++)
        cpu_first = cpu_first || (cols[i].clock == CLOCK_CPU && cols[i].unit == UNIT_SECONDS);
    /* The default type of the file comes first, so that it is the default here as well. */
    for (uint32_t turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < p->types.count; i++) {
            struct col *c = &cols[i];
            bool first = wanted.len > 0 && span_eq(c->type, wanted) && c->is_time;
            /* Without one it is the time, not the count of samples. */
            if (wanted.len == 0)
                first = c->is_time && c->unit != UNIT_SAMPLES && (c->clock == CLOCK_CPU || !cpu_first);
            if (first != (turn == 0))
                continue;
            bool own_period =
                p->period > 0 && c->unit == period_unit && c->is_time &&
                (span_eq(c->type, period_type) || c->clock == clock_of(period_type) || c->clock == CLOCK_WALL);
            double period = own_period ? p->period * period_scale : c->unit == UNIT_SAMPLES ? 1 : NUM_UNKNOWN;
            bool timed = p->period > 0 && period_unit == UNIT_SECONDS && c->is_time && c->clock != CLOCK_OFF;
            struct column_desc d = { .event = c->type,
                                     .unit = c->unit,
                                     .clock = c->clock,
                                     .period = period,
                                     .rate_hz = timed ? 1 / (p->period * period_scale) : NUM_UNKNOWN,
                                     .is_time = c->is_time };
            c->column = builder_column(p->b, &d);
        }
    }
}

/* --- samples --- */

struct sample {
    struct {
        uint64_t *items;
        uint32_t count, cap;
    } locations;
    int64_t values[PPROF_TYPES_MAX];
    uint32_t value_count;
    struct span labels[PPROF_LABELS_MAX];
    uint32_t label_count;
};

struct reading {
    struct pprof *p;
    struct col *cols;
    struct sample s;
    struct artefact *a;
    process_id process;
    thread_id nobody;
    uint64_t labels_dropped;
    struct sb numbers; /* texts of numeric labels of one sample */
};

enum { LABEL_SETS_MAX = 100000 };

/* A repeated number: one field each, or packed. */
static bool read_repeated(struct reading *r, const struct pb_field *f, bool values)
{
    struct pb in = pb_inside(&r->p->all, f->bytes);
    uint64_t v = f->value;
    bool more = f->wire == PB_VARINT || (f->wire == PB_BYTES && pb_varint(&in, &v, r->p->err));
    while (more) {
        if (values) {
            if (r->s.value_count == PPROF_TYPES_MAX)
                return err_set(r->p->err, ERR_MALFORMED, "a sample of more than %d values", PPROF_TYPES_MAX);
            r->s.values[r->s.value_count++] = (int64_t)v;
        } else {
            if (r->s.locations.count >= r->p->opt->limits.stack_depth)
                return err_set(r->p->err, ERR_LIMIT, "stack deeper than %llu frames",
                               (unsigned long long)r->p->opt->limits.stack_depth);
            VEC_PUSH(&r->s.locations, v);
        }
        more = f->wire == PB_BYTES && pb_varint(&in, &v, r->p->err);
    }
    return r->p->err->code == ERR_NONE;
}

struct identity {
    int64_t pid, tid;
    struct span thread;
};

/* Labels that name the thread or process are identity, not labels. */
static bool take_identity(struct identity *who, struct span key, struct span text, bool is_number, int64_t number)
{
    static const char *const names[] = { "thread", "thread_name", "thread name", "threadname", "comm" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(key, names[i]) && !is_number) {
            who->thread = text;
            return true;
        }
    }
    bool tid = span_is(key, "thread_id") || span_is(key, "thread id") || span_is(key, "tid") ||
               span_is(key, "native_thread_id");
    bool pid = span_is(key, "process_id") || span_is(key, "pid") || span_is(key, "process id");
    if (!tid && !pid)
        return false;
    if (!is_number && !span_to_i64(text, &number))
        return false;
    *(tid ? &who->tid : &who->pid) = number >= 0 ? number : -1;
    return true;
}

static bool read_label(struct reading *r, struct span message, struct identity *who)
{
    struct pb in = pb_inside(&r->p->all, message);
    struct pb_field f;
    uint64_t v[5] = { 0 };
    bool is_number = false;
    while (pb_next(&in, &f, r->p->err)) {
        if (f.number < 5 && f.wire == PB_VARINT)
            v[f.number] = f.value;
        is_number = is_number || f.number == 3;
    }
    struct span key, text, unit;
    if (r->p->err->code != ERR_NONE || !pprof_string(r->p, v[1], &key) || !pprof_string(r->p, v[2], &text) ||
        !pprof_string(r->p, v[4], &unit))
        return false;
    is_number = is_number && text.len == 0;
    if (take_identity(who, key, text, is_number, (int64_t)v[3]) || r->s.label_count + 2 > PPROF_LABELS_MAX)
        return true;
    if (is_number) {
        size_t from = r->numbers.len;
        sb_printf(&r->numbers, "%lld%s%.*s", (long long)v[3], unit.len ? " " : "", SPAN_FMT(unit));
        text = span_from(sb_span(&r->numbers), from);
    }
    r->s.labels[r->s.label_count++] = key;
    r->s.labels[r->s.label_count++] = text;
    return true;
}

static bool sample_thread(struct reading *r, const struct identity *who, thread_id *ret)
{
    *ret = r->nobody;
    if (who->pid < 0 && who->tid < 0 && who->thread.len == 0)
        return true;
    process_id process = who->pid >= 0 ? builder_process(r->p->b, who->pid, SPAN(""), SPAN("")) : r->process;
    return builder_thread(r->p->b, process, who->tid, who->thread, ret, r->p->err);
}

static uint32_t sample_labels(struct reading *r)
{
    if (r->s.label_count == 0)
        return 0;
    uint32_t set = builder_labels(r->p->b, r->s.labels, r->s.label_count / 2 * 2);
    if (set < LABEL_SETS_MAX)
        return set;
    r->labels_dropped++;
    return 0;
}

static bool sample_store(struct reading *r, const struct identity *who)
{
    struct pprof *p = r->p;
    if (r->s.value_count != p->types.count)
        return err_at_byte(p->err, ERR_MALFORMED, pb_offset(&p->all), "a sample of %u values, but %u sample types",
                           r->s.value_count, p->types.count);
    struct sample_desc d = { .stack = { 0 } };
    for (uint32_t i = r->s.locations.count; i-- > 0;) {
        if (!pprof_stack(p, r->s.locations.items[i], &d.stack))
            return false;
    }
    uint32_t row;
    if (!sample_thread(r, who, &d.thread))
        return false;
    d.labels = sample_labels(r);
    if (!builder_row(p->b, &d, &row, p->err))
        return false;
    for (uint32_t i = 0; i < p->types.count; i++) {
        int64_t v = r->s.values[i];
        if (v < 0)
            return err_at_byte(p->err, ERR_VALUE, pb_offset(&p->all),
                               "a negative value: the difference of two profiles; send one of the two");
        if (!builder_value(p->b, row, r->cols[i].column, (double)v * r->cols[i].scale, p->err))
            return false;
        r->cols[i].total += (double)v * r->cols[i].scale;
        if (r->cols[i].is_samples && r->cols[i].is_time)
            builder_samples(p->b, row, (uint64_t)v);
    }
    return true;
}

static bool read_sample(struct reading *r, struct span message)
{
    struct identity who = { -1, -1, SPAN("") };
    r->s.locations.count = r->s.value_count = r->s.label_count = 0;
    sb_reset(&r->numbers);
    struct pb in = pb_inside(&r->p->all, message);
    struct pb_field f;
    while (pb_next(&in, &f, r->p->err)) {
        bool ok = true;
        if (f.number == 1 || f.number == 2)
            ok = read_repeated(r, &f, f.number == 2);
        else if (f.number == 3 && f.wire == PB_BYTES)
            ok = read_label(r, f.bytes, &who);
        if (!ok)
            return false;
    }
    return r->p->err->code == ERR_NONE && sample_store(r, &who);
}

static bool read_samples(struct reading *r)
{
    struct pb_field f;
    while (pb_next(&r->p->all, &f, r->p->err)) {
        if (f.number == PPROF_SAMPLE && f.wire == PB_BYTES && !read_sample(r, f.bytes))
            return false;
    }
    return r->p->err->code == ERR_NONE;
}

/* --- what the whole says --- */

/* Samples where no column counts them: time over the period. */
static void count_by_period(struct reading *r)
{
    struct pprof *p = r->p;
    struct profile *made = r->a->profile;
    for (uint32_t i = 0; i < p->types.count; i++) {
        const struct col *c = &r->cols[i];
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

static bool leaf_named(const struct profile *p, const char *func, bool anywhere)
{
    for (uint32_t i = 0; i < p->row_count; i++) {
        for (stack_id s = p->row_stack[i]; s.ix != 0; s = p->stacks[s.ix].parent) {
            if (span_is(profile_str(p, profile_frame_of(p, s)->func), func))
                return true;
            if (!anywhere)
                break;
        }
    }
    return false;
}

static void note_problems(struct reading *r, enum clock_kind clock)
{
    struct artefact *a = r->a;
    const struct profile *made = a->profile;
    if (clock == CLOCK_OFF && leaf_named(made, "sync.(*Mutex).Unlock", false))
        artefact_problem(a, "mutex_blames_unlocker", NULL,
                         "a mutex profile charges the time others waited to the code that unlocked");
    else if (clock == CLOCK_OFF && a->runtime == RUNTIME_GO)
        artefact_problem(
            a, "go_block_only", "add fgprof or a CPU profile of the same time",
            "a Go block profile holds waits on channels, select and sync only: no network, no system calls, no sleep");
    if (!num_known(a->duration_s) && clock != CLOCK_OFF)
        artefact_problem(a, "duration_missing",
                         "say --duration-s, or add accounting of the same run (time -v, perf stat)",
                         "the profile does not say how long it was recorded");
    if (r->labels_dropped > 0)
        artefact_problem(a, "labels_dropped", NULL,
                         "more than %d different sets of labels; those of %llu samples were dropped", LABEL_SETS_MAX,
                         (unsigned long long)r->labels_dropped);
}

/* Node's wall profiles leave out "(idle)" and "(program)": what is there is the busy time of the loop's thread. */
static void node_busy_time(struct reading *r)
{
    struct artefact *a = r->a;
    struct profile *made = a->profile;
    if (a->runtime != RUNTIME_NODE)
        return;
    a->one_thread_of_several = true;
    for (uint32_t c = 0; c < made->column_count; c++) {
        struct profile_column *col = &made->columns[c];
        if (col->clock != CLOCK_WALL)
            continue;
        double idle = 0;
        for (uint32_t row = 0; row < made->row_count; row++) {
            if (made->row_stack[row].ix != 0 &&
                span_is(profile_str(made, profile_frame_of(made, made->row_stack[row])->func), "(idle)"))
                idle += made->row_value[c][row];
        }
        if (idle > 0)
            continue;
        col->clock = CLOCK_CPU;
        artefact_problem(a, "idle_left_out", "add accounting of the same run (time -v, perf stat)",
                         "the profile leaves idle time out: its sum is the busy time of the JavaScript thread, and "
                         "waiting is what is missing to the duration");
    }
}

static bool finish(struct reading *r, struct artefact *a)
{
    struct pprof *p = r->p;
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
    if (!builder_finish(p->b, &a->profile, p->err))
        return false;
    if (a->profile->row_count == 0 && !num_known(a->duration_s))
        return err_set(p->err, ERR_EMPTY, "the profile holds no sample");
    count_by_period(r);
    a->runtime = p->runtime;
    node_busy_time(r);
    uint32_t main = profile_column_default(a->profile);
    enum clock_kind clock = a->profile->columns[main].clock;
    a->rate_hz = a->profile->columns[main].rate_hz;
    /* fgprof takes every goroutine on each tick. */
    a->all_states = clock == CLOCK_WALL;
    if (p->runtime == RUNTIME_GO)
        a->native_visible = TRI_YES;
    import_settle(a, p->opt, clock);
    note_problems(r, clock);
    return true;
}

static bool read_all(struct pprof *p, struct artefact *out)
{
    struct col cols[PPROF_TYPES_MAX];
    bool any_time;
    if (!pprof_tables(p))
        return false;
    if (p->types.count == 0)
        return err_set(p->err, ERR_UNRECOGNISED, "no sample types: not a pprof profile");
    if (!columns_plan(p, cols, &any_time))
        return false;
    if (!any_time)
        return refuse(p, cols);
    p->runtime = pprof_runtime(p);
    columns_make(p, cols);
    struct reading r = { .p = p, .cols = cols, .a = out };
    struct span binary = p->mappings.count > 0 ? frametext_base(pprof_text(p, p->mappings.items[0])) : SPAN("");
    r.process = builder_process(p->b, -1, binary, SPAN(""));
    bool ok = builder_thread(p->b, r.process, -1, SPAN(""), &r.nobody, p->err) && read_samples(&r) && finish(&r, out);
    free(r.s.locations.items);
    sb_release(&r.numbers);
    return ok;
}

static bool pprof_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct pprof p = { .opt = opt, .err = err };
    struct span bytes;
    if (!source_all(in, opt->limits.string_bytes, &bytes, err))
        return false;
    p.all = pb_of(bytes);
    p.b = builder_new(&opt->limits);
    bool ok = read_all(&p, out);
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
