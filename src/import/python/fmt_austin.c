/* austin: stacks of every thread of a Python process in time order, each with the microseconds since the one before.
 * Guarantees:
 *  1. the header's mode is the clock: wall (all states), cpu (idle samples left out), full (all states, idle marked: a
 *     sleeping thread is waiting, any other one running); memory is refused. Without a header nobody knows;
 *  2. the times of one thread add up to the wall time over which it was sampled.
 * Text of 1.x ("function (file);L12"), of 2.x and later ("file:function:line"), and MOJO.
 * Source: https://github.com/P403n1x87/austin, wiki "The MOJO file format"
 *
 * Example: mode full, one thread, 1.0 s marked idle of 4.0 s: CPU share 0.75 of its time. */
#include "import/python/austin.h"

#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "import/python/py_builtin.h"

static bool is_sample_line(struct span line)
{
    struct span process, rest;
    uint64_t pid;
    return line.len > 3 && line.ptr[0] == 'P' && span_split(line, ';', &process, &rest) &&
           span_to_u64(span_from(process, 1), &pid) && rest.len > 1 && rest.ptr[0] == 'T';
}

static enum sniff austin_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    if (span_starts(head, SPAN("MOJ")) && head.len > 3 && (unsigned char)head.ptr[3] < 0x20)
        return SNIFF_YES;
    struct span rest = head, line;
    for (int i = 0; i < 64 && span_line(&rest, &line); i++) {
        line = span_trim(line);
        if (span_starts(line, SPAN("# austin:")))
            return SNIFF_YES;
        if (line.len > 0 && line.ptr[0] != '#')
            return is_sample_line(line) ? SNIFF_YES : SNIFF_NO;
    }
    return SNIFF_NO;
}

/* --- what both formats share --- */

/* "400000-423000 /usr/bin/python3.11" */
static void keep_map(struct austin *x, struct span value)
{
    enum { MAPS_MAX = 1 << 16 };
    struct span range, path, from, to;
    struct austin_map m;
    if (x->maps.count < MAPS_MAX && span_split(value, ' ', &range, &path) && span_split(range, '-', &from, &to) &&
        span_hex_to_u64(from, &m.from) && span_hex_to_u64(to, &m.to)) {
        m.path = builder_str(x->b, span_trim(path));
        VEC_PUSH(&x->maps, m);
    }
}

/* "native@7f90062c4a50" is an address in one of the maps. */
static struct span module_at(const struct austin *x, struct span file)
{
    uint64_t address;
    if (!span_starts(file, SPAN("native@")) || !span_hex_to_u64(span_from(file, 7), &address))
        return file;
    for (uint32_t i = 0; i < x->maps.count; i++) {
        if (address >= x->maps.items[i].from && address < x->maps.items[i].to)
            return builder_str_get(x->b, x->maps.items[i].path);
    }
    return SPAN("");
}

bool austin_metadata(struct austin *x, struct span key, struct span value)
{
    uint64_t n;
    key = span_trim(key);
    value = span_trim(value);
    if (span_is(key, "austin") || span_is(key, "austinp")) {
        x->a->tool_version = artefact_text(x->a, span_sub(value, 0, 40));
    } else if (span_is(key, "mode")) {
        if (span_is(value, "memory"))
            return err_set(x->err, ERR_UNSUPPORTED,
                           "an austin recording of memory (mode: memory): memory is not time; record without -m");
        x->mode = span_is(value, "wall")   ? AUSTIN_WALL
                  : span_is(value, "cpu")  ? AUSTIN_CPU
                  : span_is(value, "full") ? AUSTIN_FULL
                                           : AUSTIN_UNSTATED;
    } else if (span_is(key, "map")) {
        keep_map(x, value);
    } else if (span_is(key, "duration") && span_to_u64(value, &n)) {
        x->duration_s = (double)n * 1e-6;
    } else if (span_is(key, "interval") && span_to_u64(value, &n) && n > 0) {
        x->interval_s = (double)n * 1e-6;
    }
    return true;
}

static int64_t id_of(struct span text)
{
    uint64_t n;
    return span_to_u64(text, &n) && n <= INT64_MAX ? (int64_t)n : -1;
}

bool austin_thread(struct austin *x, struct span pid, struct span tid, uint32_t *ret)
{
    char key[256];
    if (pid.len + tid.len + 1 > sizeof key)
        return err_set(x->err, ERR_MALFORMED, "a thread's name longer than %zu bytes", sizeof key - 1);
    memcpy(key, pid.ptr, pid.len);
    key[pid.len] = '\0';
    memcpy(key + pid.len + 1, tid.ptr, tid.len);
    uint32_t known = x->thread_keys.count;
    uint32_t ix = intern_add(&x->thread_keys, span_make(key, pid.len + tid.len + 1));
    *ret = ix - 1;
    if (ix != known)
        return true;
    struct span number = tid, interpreter;
    if (span_split(tid, ':', &interpreter, &number) && number.len == 0) /* "0:1234": interpreter and thread */
        number = tid;
    int64_t id = id_of(number);
    struct austin_thread t = { .seconds = 0 };
    process_id process = builder_process(x->b, id_of(pid), SPAN(""), SPAN(""));
    if (!builder_thread(x->b, process, id, id < 0 ? number : SPAN(""), &t.id, x->err))
        return false;
    VEC_PUSH(&x->threads, t);
    return true;
}

static bool is_python(struct span file)
{
    return file.len == 0 || span_ends(file, SPAN(".py")) || span_ends(file, SPAN(".pyx")) ||
           span_ends(file, SPAN(".ipynb")) || (file.ptr[0] == '<' && file.ptr[file.len - 1] == '>');
}

bool austin_frame(struct austin *x, struct span file, struct span func, uint32_t line, frame_id *ret, bool *ret_native)
{
    struct frame_desc d = py_frame(func, file, line);
    bool kernel = span_is(file, "kernel");
    *ret_native = kernel || !is_python(file);
    if (*ret_native) {
        d = (struct frame_desc){ d.func, SPAN(""), module_at(x, file), 0, kernel ? FRAME_KERNEL : FRAME_NATIVE, 0 };
        x->native = x->native || !kernel;
    }
    return builder_frame(x->b, &d, ret, x->err);
}

bool austin_mark(struct austin *x, bool gc, frame_id *ret)
{
    static const struct frame_desc collector = { { "gc.collect", 10 }, { "", 0 }, { "gc", 2 }, 0, FRAME_NATIVE, 0 };
    static const struct frame_desc torn = { { "(torn stack)", 12 }, { "", 0 }, { "", 0 }, 0, FRAME_META, 0 };
    return builder_frame(x->b, gc ? &collector : &torn, ret, x->err);
}

bool austin_add(struct austin *x, const struct austin_sample *s)
{
    uint32_t row;
    if (!(s->time_us >= 0) || s->time_us > 1e15)
        return err_set(x->err, ERR_VALUE, "a time below zero, or of more than thirty years");
    enum sample_state state = x->mode != AUSTIN_FULL ? (s->idle ? STATE_WAITING : STATE_UNKNOWN)
                              : s->idle              ? STATE_WAITING
                                                     : STATE_RUNNING;
    struct austin_thread *t = &x->threads.items[s->thread];
    struct sample_desc d = { s->stack, t->id, state, 0 };
    if (!builder_row(x->b, &d, &row, x->err) || !builder_value(x->b, row, x->column, s->time_us * 1e-6, x->err))
        return false;
    builder_samples(x->b, row, 1);
    builder_order(x->b, row, s->time_us * 1e-6);
    t->seconds += s->time_us * 1e-6;
    x->samples++;
    x->invalid += s->invalid;
    x->marked_idle += s->idle;
    return true;
}

/* --- text --- */

/* "file:function:line", "function (file)" of 1.x with its line in the next token, "function (file:line)" of its tools. */
static void split_frame(struct span token, struct span *file, struct span *func, uint32_t *line)
{
    struct span head, tail, mid;
    uint64_t n;
    *file = SPAN("");
    *func = token;
    *line = 0;
    size_t open = span_find(token, 0, SPAN(" ("));
    if (open < token.len && token.ptr[token.len - 1] == ')') {
        *func = span_sub(token, 0, open);
        *file = span_sub(token, open + 2, token.len - open - 3);
        if (span_rsplit(*file, ':', &head, &tail) && span_to_u64(tail, &n)) {
            *file = head;
            *line = n < UINT32_MAX ? (uint32_t)n : 0;
        }
        return;
    }
    if (!span_rsplit(token, ':', &head, &tail) || !span_rsplit(head, ':', &mid, func))
        return;
    *file = mid;
    if (span_to_u64(tail, &n) && n < UINT32_MAX)
        *line = (uint32_t)n;
}

/* "L12" after a frame of 1.x. */
static bool is_line_token(struct span token, uint32_t *ret)
{
    uint64_t n;
    if (token.len < 2 || token.ptr[0] != 'L' || !span_to_u64(span_from(token, 1), &n))
        return false;
    *ret = n < UINT32_MAX ? (uint32_t)n : 0;
    return true;
}

static bool push_token(struct austin *x, struct span token, uint32_t line_after, struct austin_sample *s)
{
    frame_id frame;
    struct span file, func;
    uint32_t line;
    bool native;
    bool gc = span_is(token, ":GC:"), torn = span_is(token, ":INVALID:");
    if (token.len == 0)
        return true;
    if (gc || torn) {
        s->invalid = s->invalid || torn;
        return austin_mark(x, gc, &frame) && builder_stack_child(x->b, s->stack, frame, &s->stack, x->err);
    }
    split_frame(token, &file, &func, &line);
    return austin_frame(x, file, func, line_after ? line_after : line, &frame, &native) &&
           builder_stack_child(x->b, s->stack, frame, &s->stack, x->err);
}

static bool push_stack(struct austin *x, struct span frames, struct austin_sample *s)
{
    struct span token, next;
    while (frames.len > 0) {
        uint32_t line = 0;
        if (!span_split(frames, ';', &token, &frames)) {
            token = frames;
            frames = SPAN("");
        }
        if (frames.len > 0 && frames.ptr[0] == 'L') {
            struct span rest = SPAN("");
            if (!span_split(frames, ';', &next, &rest))
                next = frames;
            if (is_line_token(next, &line))
                frames = rest;
        }
        if (!push_token(x, token, line, s))
            return false;
    }
    return true;
}

/* "123", "123,1,4096", or three numbers apart; *ret_head is what stands before them. */
static bool split_metrics(const struct austin *x, struct span line, struct span *ret_head, struct austin_sample *s)
{
    struct span head, last, time, rest;
    if (!span_rsplit(line, ' ', &head, &last))
        return false;
    *ret_head = head;
    time = last;
    if (span_split(last, ',', &time, &rest)) {
        struct span idle = rest, memory;
        (void)span_split(rest, ',', &idle, &memory);
        s->idle = span_is(idle, "1");
    } else if (x->mode == AUSTIN_FULL) {
        struct span idle, before;
        if (!span_rsplit(head, ' ', &before, &idle) || !span_rsplit(before, ' ', ret_head, &time))
            return false;
        s->idle = span_is(idle, "1");
    }
    return span_to_double(time, &s->time_us);
}

static bool read_sample(struct austin *x, struct span line)
{
    struct austin_sample s = { .stack = { 0 } };
    struct span head, process, thread, frames = SPAN("");
    if (!is_sample_line(line) || !split_metrics(x, line, &head, &s) || !span_split(head, ';', &process, &thread))
        return err_set(x->err, ERR_MALFORMED, "want P<pid>;T<tid>;<frames> <microseconds>");
    struct span rest = thread;
    if (span_split(rest, ';', &thread, &frames) && frames.len == 0)
        frames = SPAN("");
    return austin_thread(x, span_from(process, 1), span_from(thread, 1), &s.thread) && push_stack(x, frames, &s) &&
           austin_add(x, &s);
}

static bool read_text(struct austin *x, struct source *in)
{
    for (;;) {
        struct span line, key, value;
        bool eof;
        if (!source_line(in, &line, &eof, x->err))
            return false;
        if (eof)
            return true;
        line = span_trim(line);
        bool ok = true;
        if (line.len > 0 && line.ptr[0] == '#')
            ok = !span_split(span_from(line, 1), ':', &key, &value) || austin_metadata(x, key, value);
        else if (line.len > 0)
            ok = read_sample(x, line);
        if (!ok) {
            if (x->err->line == 0 && x->err->code != ERR_UNSUPPORTED)
                x->err->line = source_lines(in);
            return false;
        }
    }
}

/* --- the artefact --- */

static double longest_thread(const struct austin *x)
{
    double longest = 0;
    for (uint32_t i = 0; i < x->threads.count; i++)
        longest = fmax(longest, x->threads.items[i].seconds);
    return longest;
}

static void describe(struct austin *x)
{
    struct artefact *a = x->a;
    a->tool = SPAN("austin");
    a->runtime = RUNTIME_PYTHON;
    a->native_visible = x->native ? TRI_YES : TRI_NO;
    a->all_states = x->mode == AUSTIN_WALL || x->mode == AUSTIN_FULL;
    if (x->interval_s > 0)
        a->rate_hz = 1 / x->interval_s;
    struct profile_column *col = builder_column_edit(x->b, x->column);
    col->rate_hz = a->rate_hz;
    col->period = x->interval_s;
    if (x->duration_s > 0 || a->all_states) {
        a->duration_s = a->span_s = x->duration_s > 0 ? x->duration_s : longest_thread(x);
        a->duration_source = WALL_FILE;
    }
    a->lost_share = x->samples > 0 && x->invalid > 0 ? (double)x->invalid / (double)x->samples : a->lost_share;
    if (x->mode == AUSTIN_UNSTATED)
        artefact_problem(a, "mode_unstated", "say --clock wall, or --clock cpu for a recording with -s",
                         "the file has no header that tells its mode: wall time, CPU time or memory");
    if (x->mode == AUSTIN_WALL && x->marked_idle == 0)
        artefact_problem(a, "idle_not_marked", "record with austin -f: it marks threads that sleep",
                         "every state was sampled, but no sample says whether its thread ran");
    if (x->mode == AUSTIN_CPU)
        artefact_problem(
            a, "idle_left_out", "add `time -v` of the same command",
            "recorded with -s: samples of sleeping threads were left out, those of threads that were ready "
            "and waited for a core were not");
    if (x->mode == AUSTIN_FULL)
        artefact_problem(
            a, "ready_looks_running", "add `time -v` of the same command",
            "the idle mark parts sleeping threads from all others: one that was ready and waited for a core "
            "looks like running");
}

static bool finish(struct austin *x)
{
    if (x->samples == 0)
        return err_set(x->err, ERR_EMPTY,
                       "austin took no sample: the program ended first, or it was not allowed to look");
    static const enum clock_kind clocks[] = { [AUSTIN_UNSTATED] = CLOCK_UNKNOWN,
                                              [AUSTIN_WALL] = CLOCK_WALL,
                                              [AUSTIN_CPU] = CLOCK_CPU,
                                              [AUSTIN_MEMORY] = CLOCK_UNKNOWN,
                                              [AUSTIN_FULL] = CLOCK_WALL };
    describe(x);
    builder_column_edit(x->b, x->column)->clock = clocks[x->mode];
    if (!builder_finish(x->b, &x->a->profile, x->err))
        return false;
    import_settle(x->a, x->opt, clocks[x->mode]);
    return true;
}

static bool austin_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct span head;
    if (!source_peek(in, 4, &head, err))
        return false;
    struct austin x = { .opt = opt, .a = out, .err = err, .duration_s = NUM_UNKNOWN, .interval_s = NUM_UNKNOWN };
    x.b = builder_new(&opt->limits);
    if (opt->no_order)
        builder_order_off(x.b);
    intern_init(&x.thread_keys);
    struct column_desc d = { SPAN("time"), UNIT_SECONDS, CLOCK_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, true };
    x.column = builder_column(x.b, &d);
    bool ok = (span_starts(head, SPAN("MOJ")) ? austin_read_mojo(&x, in) : read_text(&x, in)) && finish(&x);
    builder_free(x.b);
    intern_release(&x.thread_keys);
    free(x.threads.items);
    free(x.maps.items);
    return ok;
}

const struct importer import_austin = {
    .name = "austin",
    .title = "austin: text and MOJO, modes wall, cpu and full",
    .proves = "wall time of every Python thread by stack; with -f also which of it was waiting",
    .cannot =
        "running and waiting apart unless recorded with -f; time inside native libraries unless recorded with austinp",
    .spec_url = "https://github.com/P403n1x87/austin/wiki/The-MOJO-file-format",
    .extensions = "*.austin *.mojo",
    .sniff = austin_sniff,
    .parse = austin_parse,
};
