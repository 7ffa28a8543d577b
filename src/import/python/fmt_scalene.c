/* Scalene's JSON: CPU samples per source line, split into Python, native code and the rest.
 * Guarantees:
 *  1. Python and native seconds of a line are what Scalene saw the CPU do for the program. n_sys_percent is the part of the
 *     line's samples in which the process used no user CPU: the kernel's work and waiting, which the file cannot separate.
 *     Such rows are waiting that may be CPU, never CPU;
 *  2. `functions` repeats `lines` and is read for names alone;
 *  3. what no line holds (runtime threads, files that were left out) is a row without a name, so the sum is the whole.
 * Source: https://github.com/plasma-umass/scalene, scalene_json.py and scalene_cpu_profiler.py
 *
 * Example: python 40, native 10, system 50 of 4 s, nothing left out: 1.6 s and 0.4 s running, 2 s waiting or kernel. The
 * CPU share is 0.5, at least that within its sampling error, at most 1. */
#include "import/json_in.h"

#include <math.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"

/* The timer's documented default; the file does not say when another was asked for. */
static const double default_rate_hz = 100;

struct entry {
    uint32_t line;
    uint32_t func_line; /* start_function_line, 0 = module level, UINT32_MAX = not told */
    double python, native, system;
    bool any; /* one of the three was there */
    bool indented;
    str_id file, func;
};

struct function {
    uint32_t line;
    double total;    /* percent, as the function's own row says */
    double of_lines; /* percent, as the lines that seem to be its own sum up */
    str_id name;
};

struct entries {
    struct entry *items;
    uint32_t count, cap;
};

struct functions {
    struct function *items;
    uint32_t count, cap;
};

struct scalene {
    const struct import_options *opt;
    struct jscan *js;
    struct builder *b;
    struct err *err;
    struct artefact *a;
    struct entries lines;
    struct functions functions; /* of the file that is read */
    struct sb text, program, command;
    double elapsed_s, gpu;
    uint32_t files;
    bool is_child, virtual_time, has_files, has_fields;
    uint32_t column;
    thread_id thread;
};

static enum sniff scalene_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span t = span_trim(head);
    if (span_is(t, "{}"))
        return SNIFF_MAYBE;
    if (json_in_first(head) != '{' || json_in_has_key(head, "$schema"))
        return SNIFF_NO;
    if (json_in_has_key(head, "is_child") && head.len < 64)
        return SNIFF_YES;
    bool files = json_in_has_key(head, "files");
    if (json_in_has_key(head, "elapsed_time_sec") && (files || json_in_has_key(head, "max_footprint_mb")))
        return SNIFF_YES;
    return json_in_has_key(head, "alloc_samples") ? SNIFF_YES : SNIFF_NO;
}

/* --- reading --- */

static double read_percent(struct scalene *s, struct entry *e)
{
    if (jscan_peek(s->js) != JSCAN_NUM) {
        jscan_skip(s->js);
        return 0;
    }
    double x = jscan_double(s->js);
    if (jscan_ok(s->js) && x < 0)
        (void)jscan_fail(s->js, ERR_VALUE, "a percentage below zero");
    e->any = true;
    return x;
}

static uint32_t read_line_number(struct scalene *s)
{
    if (jscan_peek(s->js) != JSCAN_NUM) {
        jscan_skip(s->js);
        return 0;
    }
    struct jscan_number n = jscan_num(s->js);
    return n.is_int && n.i > 0 && n.i < UINT32_MAX ? (uint32_t)n.i : 0;
}

/* One object of `lines` or `functions`; its source text or name is left in s->text. */
static struct entry read_entry(struct scalene *s)
{
    struct entry e = { .func_line = UINT32_MAX };
    struct span key;
    sb_reset(&s->text);
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (span_is(key, "line") && jscan_peek(s->js) == JSCAN_STR)
            sb_add(&s->text, jscan_str(s->js));
        else if (span_is(key, "lineno"))
            e.line = read_line_number(s);
        else if (span_is(key, "start_function_line"))
            e.func_line = read_line_number(s);
        else if (span_is(key, "n_cpu_percent_python"))
            e.python = read_percent(s, &e);
        else if (span_is(key, "n_cpu_percent_c"))
            e.native = read_percent(s, &e);
        else if (span_is(key, "n_sys_percent"))
            e.system = read_percent(s, &e);
        else if (span_is(key, "n_gpu_percent") && jscan_peek(s->js) == JSCAN_NUM)
            s->gpu = fmax(s->gpu, jscan_double(s->js));
        else
            jscan_skip(s->js);
    }
    struct span text = sb_span(&s->text);
    e.indented = text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t');
    s->has_fields = s->has_fields || e.any;
    return e;
}

static double total_of(const struct entry *e)
{
    return e->python + e->native + e->system;
}

static void read_lines(struct scalene *s, str_id file)
{
    jscan_arr(s->js);
    while (jscan_item(s->js)) {
        struct entry e = read_entry(s);
        e.file = file;
        if (total_of(&e) <= 0)
            continue;
        if (s->lines.count >= s->opt->limits.frames) {
            (void)jscan_fail(s->js, ERR_LIMIT, "more than %llu lines", (unsigned long long)s->opt->limits.frames);
            return;
        }
        VEC_PUSH(&s->lines, e);
    }
}

static void read_functions(struct scalene *s)
{
    jscan_arr(s->js);
    while (jscan_item(s->js)) {
        struct entry e = read_entry(s);
        if (e.line == 0)
            continue;
        if (s->functions.count >= s->opt->limits.frames) {
            (void)jscan_fail(s->js, ERR_LIMIT, "more than %llu functions", (unsigned long long)s->opt->limits.frames);
            return;
        }
        struct function f = { e.line, total_of(&e), 0, builder_str(s->b, sb_span(&s->text)) };
        VEC_PUSH(&s->functions, f);
    }
}

/* --- whose lines they are --- */

static int by_line(const void *a, const void *b)
{
    uint32_t x = ((const struct function *)a)->line, y = ((const struct function *)b)->line;
    return x < y ? -1 : x > y;
}

/* The function that begins last at or before the line. */
static struct function *function_above(const struct scalene *s, uint32_t line)
{
    uint32_t lo = 0, hi = s->functions.count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->functions.items[mid].line <= line)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo > 0 ? &s->functions.items[lo - 1] : NULL;
}

static struct function *function_of(const struct scalene *s, const struct entry *e)
{
    if (e->func_line == 0)
        return NULL;
    bool told = e->func_line != UINT32_MAX;
    struct function *f = function_above(s, told ? e->func_line : e->line);
    if (!f || (told ? f->line != e->func_line : !e->indented && f->line != e->line))
        return NULL;
    return f;
}

/* Older versions do not say where a function ends: a name is believed when its lines sum up to what the function's own row
 * says, and the module's when all functions were believed. */
static void name_lines(struct scalene *s, uint32_t first)
{
    if (s->functions.count > 1)
        qsort(s->functions.items, s->functions.count, sizeof *s->functions.items, by_line);
    for (uint32_t i = first; i < s->lines.count; i++) {
        struct function *f = function_of(s, &s->lines.items[i]);
        if (f)
            f->of_lines += total_of(&s->lines.items[i]);
    }
    bool all = true;
    for (uint32_t i = 0; i < s->functions.count; i++) {
        struct function *f = &s->functions.items[i];
        all = all && fabs(f->of_lines - f->total) <= 0.05 + 0.01 * f->total;
    }
    for (uint32_t i = first; i < s->lines.count; i++) {
        struct entry *e = &s->lines.items[i];
        const struct function *f = function_of(s, e);
        bool sure = e->func_line != UINT32_MAX || all || (f && fabs(f->of_lines - f->total) <= 0.05 + 0.01 * f->total);
        struct span name = !sure ? SPAN("(line)") : f ? builder_str_get(s->b, f->name) : SPAN("<module>");
        e->func = builder_str(s->b, name);
    }
}

static void read_file(struct scalene *s, struct span path)
{
    str_id file = builder_str(s->b, path); /* the key lives until the next one */
    uint32_t first = s->lines.count;
    struct span key;
    s->functions.count = 0;
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (span_is(key, "lines") && jscan_peek(s->js) == JSCAN_ARR)
            read_lines(s, file);
        else if (span_is(key, "functions") && jscan_peek(s->js) == JSCAN_ARR)
            read_functions(s);
        else
            jscan_skip(s->js);
    }
    s->files++;
    name_lines(s, first);
}

/* The words of the program's own command line, the script first; some versions put Scalene's options there. */
static void read_args(struct scalene *s)
{
    jscan_arr(s->js);
    while (jscan_item(s->js)) {
        if (jscan_peek(s->js) == JSCAN_STR) {
            struct span arg = jscan_str(s->js);
            s->virtual_time = s->virtual_time || span_is(arg, "--use-virtual-time");
            sb_addc(&s->command, ' ');
            sb_add_shell(&s->command, arg);
        } else {
            jscan_skip(s->js);
        }
    }
}

static void read_document(struct scalene *s)
{
    struct span key;
    jscan_obj(s->js);
    while (jscan_member(s->js, &key)) {
        if (span_is(key, "files") && jscan_peek(s->js) == JSCAN_OBJ) {
            s->has_files = true;
            jscan_obj(s->js);
            while (jscan_member(s->js, &key))
                read_file(s, key);
        } else if (span_is(key, "elapsed_time_sec")) {
            s->elapsed_s = jscan_double(s->js);
        } else if (span_is(key, "program") && jscan_peek(s->js) == JSCAN_STR) {
            sb_reset(&s->program);
            sb_add(&s->program, jscan_str(s->js));
        } else if (span_is(key, "args") && jscan_peek(s->js) == JSCAN_ARR) {
            read_args(s);
        } else if (span_is(key, "is_child") && jscan_peek(s->js) == JSCAN_BOOL) {
            s->is_child = jscan_bool(s->js);
        } else {
            jscan_skip(s->js);
        }
    }
}

/* --- the profile --- */

static bool add_row(struct scalene *s, stack_id stack, enum sample_state state, double seconds)
{
    uint32_t row;
    if (!(seconds > 0))
        return true;
    struct sample_desc d = { stack, s->thread, state, 0 };
    if (!builder_row(s->b, &d, &row, s->err) || !builder_value(s->b, row, s->column, seconds, s->err))
        return false;
    builder_samples(s->b, row, (uint64_t)fmin(1e12, ceil(seconds * default_rate_hz)));
    return true;
}

static bool add_below(struct scalene *s, stack_id above, const struct frame_desc *d, enum sample_state state,
                      double seconds)
{
    frame_id frame;
    stack_id stack;
    if (!(seconds > 0))
        return true;
    return builder_frame(s->b, d, &frame, s->err) && builder_stack_child(s->b, above, frame, &stack, s->err) &&
           add_row(s, stack, state, seconds);
}

static bool add_line(struct scalene *s, const struct entry *e, double seconds_per_percent)
{
    static const struct frame_desc native = {
        { "(native code)", 13 }, { "", 0 }, { "native code", 11 }, 0, FRAME_NATIVE, 0
    };
    static const struct frame_desc system = { { "(kernel or waiting)", 19 }, { "", 0 }, { "", 0 }, 0, FRAME_META, 0 };
    struct frame_desc d = {
        builder_str_get(s->b, e->func), builder_str_get(s->b, e->file), SPAN(""), e->line, FRAME_MANAGED, 0
    };
    frame_id frame;
    stack_id stack;
    return builder_frame(s->b, &d, &frame, s->err) &&
           builder_stack_child(s->b, (stack_id){ 0 }, frame, &stack, s->err) &&
           add_row(s, stack, STATE_RUNNING, e->python * seconds_per_percent) &&
           add_below(s, stack, &native, STATE_RUNNING, e->native * seconds_per_percent) &&
           (s->virtual_time || add_below(s, stack, &system, STATE_WAITING, e->system * seconds_per_percent));
}

static void note_problems(struct scalene *s, double sum, double system)
{
    struct artefact *a = s->a;
    if (s->virtual_time) {
        artefact_problem(a, "waiting_not_sampled",
                         "record without --use-virtual-time, or add `time -v` of the same run",
                         "recorded with --use-virtual-time: only computing was sampled");
        return;
    }
    if (system > 0) /* the evidence reads this code: such waiting may be CPU */
        artefact_problem(a, "kernel_and_waiting_mixed",
                         "add `time -v` of the same command: it gives the CPU seconds, kernel included",
                         "%.0f %% of the time is Scalene's system share: the kernel's work and waiting together, which "
                         "the file does not separate",
                         system);
    if (sum < 99)
        artefact_problem(a, "time_without_lines", "record with --profile-all",
                         "%.1f %% of the samples fell on no line that is listed (threads of the runtime, other files): "
                         "what they did is unknown",
                         100 - sum);
    if (s->gpu > 0)
        artefact_problem(a, "gpu_in_waiting", NULL,
                         "a GPU was in use: while it works the program waits, which stands in the system share");
}

static bool fill(struct scalene *s)
{
    double sum = 0, system = 0;
    for (uint32_t i = 0; i < s->lines.count; i++) {
        sum += total_of(&s->lines.items[i]);
        system += s->lines.items[i].system;
    }
    double per_percent = s->elapsed_s / fmax(100, sum);
    for (uint32_t i = 0; i < s->lines.count; i++) {
        if (!add_line(s, &s->lines.items[i], per_percent))
            return false;
    }
    static const struct frame_desc rest = { { "(on no listed line)", 19 }, { "", 0 }, { "", 0 }, 0, FRAME_META, 0 };
    if (!s->virtual_time && 100 - sum > 0.5 &&
        !add_below(s, (stack_id){ 0 }, &rest, STATE_UNKNOWN, (100 - sum) * per_percent))
        return false;
    note_problems(s, sum, system);
    return true;
}

static bool refuse_empty(struct scalene *s)
{
    if (s->is_child)
        return err_set(s->err, ERR_EMPTY,
                       "Scalene wrote this for a child process: the samples are in the file of its parent");
    if (!s->has_files)
        return err_set(
            s->err, ERR_EMPTY,
            "an empty object: Scalene writes {} when it took no sample, the program was too short or was not "
            "Python; run it for some seconds");
    if (s->files == 0)
        return err_set(
            s->err, ERR_EMPTY,
            "Scalene took no sample of any file: it reads only files below the folder it is started in; start "
            "it there, or with --profile-all");
    if (!s->has_fields)
        return err_set(s->err, ERR_MALFORMED, "no line has n_cpu_percent_python, n_cpu_percent_c or n_sys_percent");
    if (s->lines.count == 0)
        return err_set(s->err, ERR_EMPTY, "no line has a CPU sample: memory alone was recorded, or nothing ran");
    return s->elapsed_s > 0 ||
           err_set(s->err, ERR_VALUE, "want elapsed_time_sec above zero: without it percentages are of nothing");
}

/* The interpreter's own name is not in the file; Scalene runs scripts of Python and nothing else. */
static void keep_command(struct scalene *s)
{
    if (s->program.len == 0 && s->command.len == 0)
        return;
    struct sb line = { 0 };
    sb_adds(&line, "python3");
    if (s->command.len == 0) {
        sb_addc(&line, ' ');
        sb_add_shell(&line, sb_span(&s->program));
    }
    sb_add(&line, sb_span(&s->command));
    s->a->command = artefact_text(s->a, sb_span(&line));
    sb_release(&line);
}

static bool finish(struct scalene *s)
{
    struct artefact *a = s->a;
    if (!refuse_empty(s))
        return false;
    bool cpu = s->opt->clock_given && s->opt->clock == CLOCK_CPU;
    s->virtual_time = s->virtual_time || cpu;
    enum clock_kind clock = s->virtual_time ? CLOCK_CPU : CLOCK_WALL;
    keep_command(s);
    struct column_desc d = {
        clock == CLOCK_CPU ? SPAN("cpu") : SPAN("wall"), UNIT_SECONDS, clock, NUM_UNKNOWN, NUM_UNKNOWN, true
    };
    s->column = builder_column(s->b, &d);
    process_id process = builder_process(s->b, -1, SPAN(""), a->command);
    if (!builder_thread(s->b, process, -1, SPAN(""), &s->thread, s->err) || !fill(s))
        return false;
    builder_column_edit(s->b, s->column)->rate_hz = default_rate_hz;
    if (!builder_finish(s->b, &a->profile, s->err))
        return false;
    /* Rows are worth so many ticks of the timer; how many were taken is not in the file. */
    a->profile->samples_known = false;
    a->profile->sample_count = 0;
    a->tool = SPAN("scalene");
    a->runtime = RUNTIME_PYTHON;
    /* Native calls that end between two ticks are counted as Python. */
    a->native_visible = TRI_NO;
    a->one_job = true;
    a->rate_hz = default_rate_hz;
    if (!s->virtual_time) {
        a->duration_s = s->elapsed_s;
        a->duration_source = WALL_FILE;
        a->all_states = a->states_exact = true;
    }
    import_settle(a, s->opt, clock);
    return true;
}

static bool scalene_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct scalene s = { .opt = opt, .err = err, .a = out, .elapsed_s = NUM_UNKNOWN };
    s.b = builder_new(&opt->limits);
    s.js = json_in_open(in, &opt->limits, err);
    read_document(&s);
    bool ok = jscan_end(s.js) && finish(&s);
    jscan_free(s.js);
    builder_free(s.b);
    sb_release(&s.text);
    sb_release(&s.program);
    sb_release(&s.command);
    free(s.lines.items);
    free(s.functions.items);
    return ok;
}

const struct importer import_scalene = {
    .name = "scalene",
    .title = "Scalene JSON (CPU per line: Python, native, system)",
    .proves = "CPU of Python code and of native code per line, over the wall time of the run",
    .cannot =
        "kernel work and waiting apart; a recording with --use-virtual-time looks the same and sees no waiting: say "
        "--clock cpu",
    .spec_url = "https://github.com/plasma-umass/scalene",
    .extensions = "scalene*.json profile.json",
    .sniff = scalene_sniff,
    .parse = scalene_parse,
};
