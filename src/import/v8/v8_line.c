/* Ticks on a line of time (see fmt_v8_log.h).
 * Worked example, interval 1000 us: ticks at 0, 1000, 9000 (idle), 12000, 20000 -> the first lasts 1000, the second as long
 * and then 7000 idle, the idle one 3000, the one at 12000 lasts 1000 and then 7000 not sampled, the last one an interval. */
#include "import/v8/fmt_v8_log.h"

#include <math.h>

enum { GAP_INTERVALS = 3 };

enum v8_vm v8_vm_of(uint64_t number, uint64_t major, uint64_t minor)
{
    static const enum v8_vm oldest[] = { V8_VM_JS, V8_VM_GC, V8_VM_COMPILER, V8_VM_OTHER, V8_VM_EXTERNAL, V8_VM_IDLE };
    if (major > 0 && (major < 6 || (major == 6 && minor == 0)))
        return number < ARRAY_LEN(oldest) ? oldest[number] : V8_VM_OTHER;
    bool no_atomics = major > 0 && (major < 7 || (major == 7 && minor < 7));
    if (no_atomics && number == 7)
        return V8_VM_IDLE;
    if (number == 10)
        return V8_VM_IDLE; /* idle, called from outside */
    return number <= V8_VM_LOGGING ? (enum v8_vm)number : V8_VM_OTHER;
}

static bool meta_frame(struct v8_line *l, const char *name, frame_id *ret)
{
    struct frame_desc d = { span_of(name), SPAN(""), SPAN(""), 0, FRAME_META, 0 };
    return builder_frame(l->t.b, &d, ret, l->err);
}

bool v8_line_init(struct v8_line *l, const struct import_options *opt, struct err *err)
{
    static const struct {
        enum v8_vm vm;
        const char *name;
    } vm[] = { { V8_VM_GC, "(garbage collector)" },
               { V8_VM_PARSER, "(parser)" },
               { V8_VM_BYTECODE, "(bytecode compiler)" },
               { V8_VM_COMPILER, "(compiler)" } };
    *l = (struct v8_line){ .opt = opt, .err = err, .interval_us = 1000, .first_us = NUM_UNKNOWN };
    l->t = (struct v8_ticks){ .opt = opt, .err = err, .b = builder_new(&opt->limits) };
    if (opt->no_order)
        builder_order_off(l->t.b);
    struct column_desc wall = { SPAN("wall"), UNIT_SECONDS, CLOCK_WALL, NUM_UNKNOWN, NUM_UNKNOWN, true };
    struct column_desc count = { SPAN("ticks"), UNIT_SAMPLES, CLOCK_CPU, 1, NUM_UNKNOWN, true };
    l->t.column = builder_column(l->t.b, &wall);
    l->count_column = builder_column(l->t.b, &count);
    process_id process = builder_process(l->t.b, -1, SPAN(""), SPAN(""));
    bool ok = builder_thread(l->t.b, process, -1, SPAN("main"), &l->t.thread, err) && meta_frame(l, "(idle)", &l->idle);
    struct frame_desc missed = { SPAN("(not sampled)"), SPAN(""), SPAN(""), 0, FRAME_UNKNOWN, 0 };
    frame_id gap;
    for (size_t i = 0; ok && i < ARRAY_LEN(vm); i++)
        ok = meta_frame(l, vm[i].name, &l->vm_frame[vm[i].vm]);
    struct frame_desc none = { SPAN("(unresolved function)"), SPAN(""), SPAN(""), 0, FRAME_UNKNOWN, 0 };
    return ok && builder_frame(l->t.b, &none, &l->unknown, err) && builder_frame(l->t.b, &missed, &gap, err) &&
           builder_stack_child(l->t.b, (stack_id){ 0 }, l->idle, &l->idle_stack, err) &&
           builder_stack_child(l->t.b, (stack_id){ 0 }, gap, &l->missed_stack, err);
}

void v8_line_release(struct v8_line *l)
{
    v8_ticks_release(&l->t);
}

static bool row_of(struct v8_line *l, stack_id stack, enum sample_state state, uint32_t *ret)
{
    struct sample_desc d = { stack, l->t.thread, state, 0 };
    return builder_row(l->t.b, &d, ret, l->err);
}

static bool lasts(struct v8_line *l, uint32_t row, double us)
{
    builder_order(l->t.b, row, us * 1e-6);
    return builder_value(l->t.b, row, l->t.column, us * 1e-6, l->err);
}

/* The open tick ends; next_idle: because the loop was found asleep. */
static bool close_tick(struct v8_line *l, double at_us, bool next_idle)
{
    double lasted = at_us - l->at_us;
    uint32_t rest;
    if (!l->open)
        return true;
    l->open = false;
    if (l->open_idle || lasted <= GAP_INTERVALS * l->interval_us)
        return lasts(l, l->open_row, lasted);
    double gap = lasted - l->interval_us;
    *(next_idle ? &l->slept_us : &l->missed_us) += gap;
    return lasts(l, l->open_row, l->interval_us) &&
           row_of(l, next_idle ? l->idle_stack : l->missed_stack, next_idle ? STATE_WAITING : STATE_UNKNOWN, &rest) &&
           lasts(l, rest, gap);
}

static bool tick_stack(struct v8_line *l, enum v8_vm vm, const frame_id *frames, uint32_t count, enum v8_leaf leaf,
                       stack_id *ret)
{
    frame_id inner = l->vm_frame[vm];
    bool is_vm = vm == V8_VM_GC || vm == V8_VM_PARSER || vm == V8_VM_BYTECODE || vm == V8_VM_COMPILER;
    *ret = (stack_id){ 0 };
    /* What the machine itself did is told by its state, better than by an address in the binary. */
    if (is_vm && leaf == V8_LEAF_NATIVE)
        count--;
    for (uint32_t i = 0; i < count; i++) {
        if (!builder_stack_child(l->t.b, *ret, frames[i], ret, l->err))
            return false;
    }
    if (is_vm)
        return builder_stack_child(l->t.b, *ret, inner, ret, l->err);
    if (leaf != V8_LEAF_UNKNOWN)
        return true;
    l->unresolved++;
    return builder_stack_child(l->t.b, *ret, l->unknown, ret, l->err);
}

bool v8_line_tick(struct v8_line *l, double at_us, enum v8_vm vm, const frame_id *frames, uint32_t count,
                  enum v8_leaf leaf)
{
    stack_id stack = l->idle_stack;
    uint32_t row;
    bool idle = vm == V8_VM_IDLE;
    /* Scripts, the collector and the compilers run; what lies outside of them (C++, callbacks) may block. */
    bool waits = idle || vm == V8_VM_ATOMICS, outside = vm == V8_VM_OTHER || vm == V8_VM_EXTERNAL;
    enum sample_state state = waits ? STATE_WAITING : outside ? STATE_UNKNOWN : STATE_RUNNING;
    if (!isfinite(at_us) || at_us < 0)
        return err_set(l->err, ERR_VALUE, "the time of tick %llu is no time", (unsigned long long)l->ticks);
    if (l->open && at_us < l->at_us) {
        l->backwards++;
        at_us = l->at_us;
    }
    if (!close_tick(l, at_us, idle) || (!idle && !tick_stack(l, vm, frames, count, leaf, &stack)) ||
        !row_of(l, stack, state, &row))
        return false;
    builder_samples(l->t.b, row, 1);
    if (!num_known(l->first_us))
        l->first_us = at_us;
    l->open = true;
    l->open_idle = idle;
    l->open_row = row;
    l->at_us = at_us;
    l->ticks++;
    l->idle_ticks += idle;
    return builder_value(l->t.b, row, l->count_column, 1, l->err);
}

static void note(const struct v8_line *l, struct artefact *a, double span_us)
{
    double busy = (double)(l->ticks - l->idle_ticks);
    if (l->missed_us > 0.02 * span_us)
        artefact_problem(
            a, "gaps_between_ticks", "record on a machine with a free core; for CPU over wall add `time -v`",
            "%.3g of %.3g s lie in gaps between ticks with no sign that the event loop slept: the sampler was "
            "late or stopped, and what the program did there is not known",
            l->missed_us * 1e-6, span_us * 1e-6);
    if (busy > 0 && (double)l->unresolved > 0.05 * busy)
        artefact_problem(a, "ticks_without_frames", NULL,
                         "%.0f %% of the ticks lie in code that the log does not name; they count as unknown",
                         100 * (double)l->unresolved / busy);
    if (l->backwards > 0)
        artefact_problem(
            a, "samples_out_of_order", "log each isolate to a file of its own (node's default)",
            "%llu ticks lie before the tick above them: several isolates wrote this log, or it is two logs",
            (unsigned long long)l->backwards);
}

bool v8_line_finish(struct v8_line *l, struct artefact *a)
{
    if (l->ticks == 0)
        return err_set(l->err, ERR_EMPTY, "the log holds no tick: record with `node --prof`");
    double span_us = l->at_us - l->first_us;
    if (!close_tick(l, l->at_us + l->interval_us, false))
        return false;
    struct profile_column *wall = builder_column_edit(l->t.b, l->t.column);
    wall->period = l->interval_us * 1e-6;
    a->rate_hz = wall->rate_hz = 1e6 / l->interval_us;
    if (!builder_finish(l->t.b, &a->profile, l->err))
        return false;
    a->span_s = span_us * 1e-6;
    a->tool = SPAN("node --prof");
    a->one_thread_of_several = true;
    a->all_states = true;
    a->runtime = RUNTIME_NODE;
    a->native_visible = TRI_YES;
    note(l, a, span_us);
    import_settle(a, l->opt, CLOCK_WALL);
    return true;
}
