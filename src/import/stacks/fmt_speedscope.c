/* speedscope files: stacks of one or several threads, evented or sampled.
 * Guarantees: values are kept in the unit of the file (times as seconds); the end of a profile is never taken for a wall
 * length, since exporters write samples / rate there; what was recorded is told by the exporter or the user, not by names.
 * Source: https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources */
#include "import/stacks/fmt_speedscope.h"
#include "import/python/py_builtin.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"

static enum sniff speedscope_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (json_in_first(head) != '{')
        return SNIFF_NO;
    if (json_in_has_key(head, "$schema") && span_find(head, 0, SPAN("speedscope")) < head.len)
        return SNIFF_YES;
    if (json_in_has_key(head, "shared") && json_in_has_key(head, "profiles") && json_in_has_key(head, "frames"))
        return SNIFF_YES;
    if (json_in_has_key(head, "profiles") && json_in_has_key(head, "unit"))
        return SNIFF_MAYBE;
    return SNIFF_NO;
}

/* --- reading --- */

/* py-spy --threads and --subprocesses put the thread and the process into frames at the root: identity, not code. */
static bool is_identity(struct span name)
{
    return span_starts(name, SPAN("thread (")) ||
           (span_starts(name, SPAN("process ")) && span_find(name, 0, SPAN(":\"")) < name.len);
}

static void frame_keep(struct scope *s, uint32_t line)
{
    struct span name = sb_span(&s->name);
    struct scope_frame f = { .identity = s->file.len == 0 && is_identity(name) };
    f.d = (struct frame_desc){ SPAN(""), SPAN(""), SPAN(""), 0, FRAME_UNKNOWN, 0 };
    if (f.identity)
        f.d.func = arena_span(s->arena, name);
    else if (span_is(sb_span(&s->file), "<built-in>")) /* pyinstrument's, without its module: "sleep" */
        f.d = py_builtin_read(name, s->arena).d;
    else
        f.d = json_in_frame(name, sb_span(&s->file), line, s->arena);
    VEC_PUSH(&s->frames, f);
}

static void read_frame(struct scope *s)
{
    struct span key;
    double line = 0;
    sb_reset(&s->name);
    sb_reset(&s->file);
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (span_is(key, "name"))
            sb_add(&s->name, jscan_str(s->js));
        else if (span_is(key, "file"))
            sb_add(&s->file, jscan_str(s->js));
        else if (span_is(key, "line"))
            line = jscan_double(s->js);
        else
            jscan_skip(s->js);
    }
    if (s->frames.count >= s->opt->limits.frames)
        (void)jscan_fail(s->js, ERR_LIMIT, "more than %llu frames (limit frames)",
                         (unsigned long long)s->opt->limits.frames);
    else if (s->arena->total > s->opt->limits.string_bytes)
        (void)jscan_fail(s->js, ERR_LIMIT, "names of more than %llu bytes (limit string_bytes)",
                         (unsigned long long)s->opt->limits.string_bytes);
    else
        frame_keep(s, line >= 1 && line < (double)UINT32_MAX ? (uint32_t)line : 0);
}

static void read_shared(struct scope *s)
{
    struct span key;
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (!span_is(key, "frames") || s->frames.count > 0) {
            jscan_skip(s->js);
            continue;
        }
        jscan_arr(s->js);
        while (jscan_item(s->js))
            read_frame(s);
    }
}

static void read_file(struct scope *s)
{
    struct span key;
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (span_is(key, "shared")) {
            read_shared(s);
        } else if (span_is(key, "profiles")) {
            jscan_arr(s->js);
            while (jscan_item(s->js))
                (void)scope_read_profile(s);
        } else if (span_is(key, "exporter") && jscan_peek(s->js) == JSCAN_STR) {
            s->exporter = arena_span(s->arena, jscan_str(s->js));
        } else if (span_is(key, "name") && jscan_peek(s->js) == JSCAN_STR) {
            s->title = arena_span(s->arena, jscan_str(s->js));
        } else {
            jscan_skip(s->js);
        }
    }
}

/* --- from the scratch profile to the real one --- */

struct make {
    struct scope *s;
    const struct profile *from;
    struct builder *b;
    enum clock_kind clock;
    stack_id *stack_of; /* by scratch stack */
    uint32_t *row_of;   /* by scratch row */
    struct part_map {
        uint32_t column;
        double scale;
        thread_id thread;
    } * parts;
};

/* A unit of the file: seconds per unit, or 0 for what is no time. */
static bool unit_scale(struct span unit, enum unit_kind *ret_kind, double *ret_scale)
{
    static const struct {
        const char *name;
        enum unit_kind kind;
        double scale;
    } units[] = {
        { "none", UNIT_SAMPLES, 1 },
        { "", UNIT_SAMPLES, 1 },
        { "seconds", UNIT_SECONDS, 1 },
        { "milliseconds", UNIT_SECONDS, 1e-3 },
        { "microseconds", UNIT_SECONDS, 1e-6 },
        { "nanoseconds", UNIT_SECONDS, 1e-9 },
        { "bytes", UNIT_BYTES, 1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (span_is(unit, units[i].name)) {
            *ret_kind = units[i].kind;
            *ret_scale = units[i].scale;
            return true;
        }
    }
    return false;
}

/* "Process 12 Thread 0x7f12 "worker"" as py-spy writes it; any other name is the thread's. */
static void thread_identity(struct span name, int64_t *pid, int64_t *tid, struct span *ret_name)
{
    *pid = *tid = -1;
    *ret_name = name;
    struct span rest = name, word, id;
    if (!span_word(&rest, &word))
        return;
    int64_t process = -1;
    if (span_is(word, "Process")) {
        uint64_t n;
        if (!span_word(&rest, &id) || !span_to_u64(id, &n) || n > INT64_MAX || !span_word(&rest, &word))
            return;
        process = (int64_t)n;
    }
    uint64_t thread;
    if (!span_is(word, "Thread") || !span_word(&rest, &id))
        return;
    if (!span_to_u64(id, &thread) && !(span_starts(id, SPAN("0x")) && span_hex_to_u64(id, &thread)))
        return;
    rest = span_trim(rest);
    if (rest.len >= 2 && rest.ptr[0] == '"' && rest.ptr[rest.len - 1] == '"')
        rest = span_sub(rest, 1, rest.len - 2);
    *pid = process;
    *tid = thread <= INT64_MAX ? (int64_t)thread : -1;
    *ret_name = rest;
}

static bool make_part(struct make *m, uint32_t k)
{
    const struct scope_part *part = &m->s->parts.items[k];
    struct span unit = profile_str(m->from, part->unit);
    enum unit_kind kind;
    double scale;
    if (!unit_scale(unit, &kind, &scale))
        return err_set(m->s->err, ERR_UNIT, "profile %u counts in \"%.*s\", which is no unit of a speedscope file", k,
                       SPAN_FMT(span_sub(unit, 0, 40)));
    struct column_desc d = { .event = kind == UNIT_SECONDS ? SPAN("time")
                                      : kind == UNIT_BYTES ? SPAN("bytes")
                                                           : SPAN("samples"),
                             .unit = kind,
                             .clock = kind == UNIT_BYTES ? CLOCK_UNKNOWN : m->clock,
                             .period = NUM_UNKNOWN,
                             .rate_hz = NUM_UNKNOWN,
                             .is_time = kind != UNIT_BYTES };
    m->parts[k].column = builder_column(m->b, &d);
    m->parts[k].scale = scale;
    int64_t pid, tid;
    struct span name;
    thread_identity(profile_str(m->from, part->name), &pid, &tid, &name);
    /* What our own writer calls a thread of which nothing is known. */
    if (span_starts(m->s->exporter, SPAN("stet@")) && tid < 0 && span_is(name, "all threads"))
        name = SPAN("");
    process_id process = builder_process(m->b, pid, SPAN(""), SPAN(""));
    return builder_thread(m->b, process, tid, name, &m->parts[k].thread, m->s->err);
}

/* "process 12:"python3 app.py"" gives process 12 its command line. */
static void keep_command(struct make *m, struct span name, struct artefact *a)
{
    struct span head, command;
    uint64_t pid;
    if (!span_starts(name, SPAN("process ")) || !span_split(span_from(name, 8), ':', &head, &command) ||
        !span_to_u64(head, &pid) || pid > INT64_MAX)
        return;
    if (command.len >= 2 && command.ptr[0] == '"' && command.ptr[command.len - 1] == '"')
        command = span_sub(command, 1, command.len - 2);
    process_id process = builder_process(m->b, (int64_t)pid, SPAN(""), SPAN(""));
    builder_process_command(m->b, process, command);
    if (a->command.len == 0) {
        a->command = artefact_text(a, command);
        a->pid = (int64_t)pid;
    }
}

static bool make_stacks(struct make *m, struct artefact *a)
{
    const struct profile *from = m->from;
    frame_id *frame_of = xcalloc(from->frame_count + 1u, sizeof *frame_of);
    bool ok = true;
    for (uint32_t i = 0; i < from->frame_count && ok; i++) {
        const struct scope_frame *f = &m->s->frames.items[from->frames[i].line];
        if (f->identity)
            keep_command(m, f->d.func, a);
        else
            ok = builder_frame(m->b, &f->d, &frame_of[i], m->s->err);
    }
    for (uint32_t i = 1; i < from->stack_count && ok; i++) {
        stack_id above = m->stack_of[from->stacks[i].parent.ix];
        uint32_t frame = from->stacks[i].frame.ix;
        if (above.ix == 0 && m->s->frames.items[from->frames[frame].line].identity)
            continue;
        if (m->s->frames.items[from->frames[frame].line].identity)
            ok = builder_frame(m->b, &m->s->frames.items[from->frames[frame].line].d, &frame_of[frame], m->s->err);
        ok = ok && builder_stack_child(m->b, above, frame_of[frame], &m->stack_of[i], m->s->err);
    }
    free(frame_of);
    return ok;
}

static bool make_rows(struct make *m)
{
    const struct profile *from = m->from;
    for (uint32_t r = 0; r < from->row_count; r++) {
        const struct part_map *part = &m->parts[from->row_thread[r].ix];
        struct sample_desc d = { m->stack_of[from->row_stack[r].ix], part->thread, STATE_UNKNOWN, 0 };
        if (!builder_row(m->b, &d, &m->row_of[r], m->s->err) ||
            !builder_value(m->b, m->row_of[r], part->column, from->row_value[0][r] * part->scale, m->s->err))
            return false;
        /* Counts are samples; spans between events are none. */
        double value = from->row_value[0][r];
        bool counts =
            builder_column_edit(m->b, part->column)->unit == UNIT_SAMPLES && value < 9e15 && value == floor(value);
        if (counts || !m->s->parts.items[from->row_thread[r].ix].evented)
            builder_samples(m->b, m->row_of[r], counts ? (uint64_t)value : from->row_samples[r]);
    }
    return true;
}

/* --- time order: the parts' own sequences, merged by the time each has reached on the file's axis --- */

struct head {
    double at;
    uint32_t part;
    uint32_t ix; /* within its first piece */
};

static bool head_before(const struct head *a, const struct head *b)
{
    return a->at < b->at || (a->at == b->at && a->part < b->part);
}

static void sift(struct head *heap, uint32_t n, uint32_t i)
{
    for (;;) {
        uint32_t least = i;
        for (uint32_t c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++) {
            if (head_before(&heap[c], &heap[least]))
                least = c;
        }
        if (least == i)
            return;
        struct head t = heap[i];
        heap[i] = heap[least];
        heap[least] = t;
        i = least;
    }
}

/* Steps a head over its sample and frees a used piece. False when the part is at its end. */
static bool head_step(struct make *m, struct head *h)
{
    struct scope_part *part = &m->s->parts.items[h->part];
    struct scope_piece *p = part->first;
    double w = (double)p->items[h->ix].weight * m->parts[h->part].scale;
    builder_order(m->b, m->row_of[p->items[h->ix].row], w);
    h->at += w;
    if (++h->ix < p->count)
        return true;
    part->first = p->next;
    free(p);
    h->ix = 0;
    if (!part->first)
        part->last = NULL;
    return part->first != NULL;
}

static void make_order(struct make *m)
{
    struct head *heap = xcalloc(m->s->parts.count + 1u, sizeof *heap);
    uint32_t n = 0;
    for (uint32_t k = 0; k < m->s->parts.count; k++) {
        const struct scope_part *part = &m->s->parts.items[k];
        double start = num_known(part->start) ? part->start * m->parts[k].scale : 0;
        if (part->first && part->first->count > 0)
            heap[n++] = (struct head){ start, k, 0 };
    }
    for (uint32_t i = n / 2; i-- > 0;)
        sift(heap, n, i);
    while (n > 0) {
        if (!head_step(m, &heap[0]))
            heap[0] = heap[--n];
        sift(heap, n, 0);
    }
    free(heap);
}

/* --- what the file says of itself --- */

/* True when `word` stands among the blank-separated words. */
static bool has_word(struct span text, const char *word)
{
    struct span w;
    while (span_word(&text, &w)) {
        if (span_is(w, word))
            return true;
    }
    return false;
}

static void describe(struct make *m, struct artefact *a)
{
    struct scope *s = m->s;
    struct span version;
    a->tool = s->exporter;
    if (span_split(s->exporter, '@', &a->tool, &version))
        a->tool_version = version;
    bool py_spy = span_starts(s->exporter, SPAN("py-spy"));
    if (py_spy)
        a->runtime = RUNTIME_PYTHON;
    bool native = false;
    for (uint32_t i = 0; i < s->frames.count; i++)
        native |= s->frames.items[i].d.kind == FRAME_NATIVE;
    a->native_visible = native ? TRI_YES : py_spy ? TRI_NO : TRI_UNKNOWN;
    double rate = NUM_UNKNOWN;
    bool even = s->parts.count > 0;
    for (uint32_t k = 0; k < s->parts.count; k++) {
        const struct scope_part *p = &s->parts.items[k];
        struct profile_column *col = builder_column_edit(m->b, m->parts[k].column);
        if (p->samples == 0)
            continue;
        even = even && p->even && !p->evented && col->unit == UNIT_SECONDS && p->weight > 0;
        double hz = even ? 1 / (p->weight * m->parts[k].scale) : NUM_UNKNOWN;
        even = even && (!num_known(rate) || hz == rate);
        rate = hz;
        if (p->evented && p->end > p->start && col->unit == UNIT_SECONDS) {
            double span_s = (p->end - p->start) * m->parts[k].scale;
            a->span_s = a->span_s >= span_s ? a->span_s : span_s;
        }
    }
    if (even && num_known(rate)) {
        struct profile_column *col = builder_column_edit(m->b, m->parts[0].column);
        a->rate_hz = col->rate_hz = rate;
        col->period = 1 / rate;
    }
    if (s->unbalanced > 0)
        artefact_problem(
            a, "unbalanced_events", "check the exporter",
            "%llu frames were never closed, or closed out of order; they end where the frame around them ends",
            (unsigned long long)s->unbalanced);
}

static bool make_profile(struct make *m, struct artefact *a)
{
    struct scope *s = m->s;
    m->stack_of = xcalloc(m->from->stack_count + 1u, sizeof *m->stack_of);
    m->row_of = xcalloc(m->from->row_count + 1u, sizeof *m->row_of);
    m->parts = xcalloc(s->parts.count + 1u, sizeof *m->parts);
    bool any_time = false;
    for (uint32_t k = 0; k < s->parts.count; k++) {
        if (!make_part(m, k))
            return false;
        any_time |= builder_column_edit(m->b, m->parts[k].column)->is_time;
    }
    if (!any_time)
        return err_set(s->err, ERR_UNSUPPORTED,
                       "a speedscope file that counts bytes: memory is not time; send a CPU or wall profile");
    if (!make_stacks(m, a) || !make_rows(m))
        return false;
    describe(m, a);
    make_order(m);
    return builder_finish(m->b, &a->profile, s->err);
}

static bool finish(struct scope *s, struct artefact *a)
{
    if (s->parts.count == 0)
        return err_set(s->err, ERR_EMPTY, "the file holds no profile");
    if (s->frame_max > s->frames.count)
        return err_set(s->err, ERR_MALFORMED, "frame %u is used, but only %u are described", s->frame_max - 1,
                       s->frames.count);
    struct profile *from = NULL;
    if (!builder_finish(s->scratch, &from, s->err))
        return false;
    /* py-spy records waiting threads only when it is told to; the file does not say whether it was. */
    bool idle = has_word(s->title, "--idle") || has_word(s->exporter, "--idle");
    /* pyinstrument knows no other clock: wall time of one thread. */
    bool pyinstrument = span_starts(s->exporter, SPAN("pyinstrument"));
    idle = idle || pyinstrument;
    struct make m = { .s = s, .from = from, .clock = idle ? CLOCK_WALL : CLOCK_UNKNOWN };
    m.b = builder_new(&s->opt->limits);
    bool ok = from->row_count > 0 || err_set(s->err, ERR_EMPTY, "the file holds no sample");
    ok = ok && make_profile(&m, a);
    if (ok) {
        a->all_states = idle;
        a->one_thread_of_several = pyinstrument;
        import_settle(a, s->opt, m.clock);
    }
    free(m.stack_of);
    free(m.row_of);
    free(m.parts);
    builder_free(m.b);
    profile_free(from);
    return ok;
}

static bool speedscope_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct scope s = { .opt = opt, .err = err, .arena = &out->arena, .exporter = SPAN(""), .title = SPAN("") };
    s.js = json_in_open(in, &opt->limits, err);
    s.scratch = builder_new(&opt->limits);
    s.process = builder_process(s.scratch, -1, SPAN(""), SPAN(""));
    struct column_desc raw = { SPAN("raw"), UNIT_SAMPLES, CLOCK_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, false };
    s.column = builder_column(s.scratch, &raw);
    read_file(&s);
    bool ok = jscan_end(s.js) && finish(&s, out);
    for (uint32_t k = 0; k < s.parts.count; k++) {
        for (struct scope_piece *p = s.parts.items[k].first; p;) {
            struct scope_piece *next = p->next;
            free(p);
            p = next;
        }
    }
    sb_release(&s.name);
    sb_release(&s.file);
    free(s.parts.items);
    free(s.frames.items);
    free(s.frame_of.items);
    scope_memo_free(s.memo);
    builder_free(s.scratch);
    jscan_free(s.js);
    return ok;
}

const struct importer import_speedscope = {
    .name = "speedscope",
    .title = "speedscope files (py-spy -f speedscope, and many exporters)",
    .proves = "what the recorded threads ran, stack by stack",
    .cannot =
        "wall time: the end value is samples over rate; whether waiting was recorded unless the exporter or you say so",
    .spec_url = "https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources",
    .extensions = "*.speedscope.json *.speedscope",
    .sniff = speedscope_sniff,
    .parse = speedscope_parse,
};
