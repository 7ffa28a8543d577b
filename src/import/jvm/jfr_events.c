#include "import/jvm/jfr_events.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/vec.h"
#include "import/frametext.h"

/* --- stacks --- */

/* "java/util/HashMap" and "getNode" as java.util.HashMap.getNode. */
static struct frame_desc java_frame(struct arena *texts, struct span cls, struct span method)
{
    struct frame_desc d = { SPAN(""), SPAN(""), SPAN(""), 0, FRAME_MANAGED, 0 };
    char *name = arena_alloc(texts, cls.len + method.len + 2, 1);
    for (size_t i = 0; i < cls.len; i++)
        name[i] = cls.ptr[i] == '/' ? '.' : cls.ptr[i];
    size_t len = cls.len;
    if (cls.len > 0 && method.len > 0)
        name[len++] = '.';
    if (method.len > 0)
        memcpy(name + len, method.ptr, method.len);
    d.func = span_make(name, len + method.len);
    return d;
}

static struct frame_desc describe(const struct jfr_chunk *c, const struct jfr_frame *f, struct arena *texts)
{
    uint32_t i;
    struct span cls = SPAN(""), method = SPAN("");
    if (jfr_map_get(&c->method_of, f->method, &i)) {
        cls = jfr_class_name(c, c->methods.items[i].class_key);
        method = jfr_symbol(c, c->methods.items[i].name_key);
    }
    struct span type = jfr_pool_name(c, &c->frame_type_of, f->type);
    struct frame_desc d;
    bool kernel = span_is(type, "Kernel");
    /* Native code in async-profiler's stacks has the library for a class, or none. */
    if (kernel || span_is(type, "C++") ||
        (span_is(type, "Native") && span_chr(cls, 0, '/') == cls.len &&
         (cls.len == 0 || span_find(cls, 0, SPAN(".so")) < cls.len))) {
        struct frametext text;
        frametext_symbol(method, kernel ? SPAN("[kernel.kallsyms]") : cls, SPAN(""), &text);
        d = text.d;
        d.func = arena_span(texts, d.func);
        d.module = arena_span(texts, d.module);
        d.file = SPAN("");
        d.kind = kernel ? FRAME_KERNEL : FRAME_NATIVE;
    } else {
        d = java_frame(texts, cls, method);
        d.line = f->line;
        if (span_is(type, "Native"))
            d.kind = FRAME_NATIVE;
        d.flags = span_is(type, "Inlined")         ? FRAME_INLINED
                  : span_is(type, "Interpreted")   ? FRAME_INTERPRETED
                  : span_starts(type, SPAN("JIT")) ? FRAME_JIT
                                                   : 0;
    }
    if (d.func.len == 0)
        d.func = SPAN("[unknown]");
    return d;
}

static bool stack_of(struct jfr_reader *r, struct jfr_chunk *c, int64_t key, stack_id *ret)
{
    uint32_t i;
    *ret = (stack_id){ 0 };
    if (!jfr_map_get(&c->trace_of, key, &i))
        return true;
    struct jfr_trace *t = &c->traces.items[i];
    if (t->stack == UINT32_MAX) {
        stack_id s = { 0 };
        for (uint32_t k = t->count; k-- > 0;) {
            struct arena texts = { 0 };
            struct frame_desc d = describe(c, &c->frames.items[t->first + k], &texts);
            frame_id frame;
            bool ok = builder_frame(r->b, &d, &frame, r->err) && builder_stack_child(r->b, s, frame, &s, r->err);
            arena_release(&texts);
            if (!ok)
                return false;
        }
        t->stack = s.ix;
    }
    ret->ix = t->stack;
    return true;
}

static bool thread_of(struct jfr_reader *r, const struct jfr_chunk *c, int64_t key, thread_id *ret)
{
    uint32_t i;
    struct jfr_thread none = { SPAN(""), SPAN(""), -1, -1 };
    const struct jfr_thread *t = jfr_map_get(&c->thread_of, key, &i) ? &c->threads.items[i] : &none;
    process_id process = builder_process(r->b, r->pid, SPAN(""), SPAN(""));
    if (!builder_thread(r->b, process, t->os_id > 0 ? t->os_id : t->java_id,
                        t->java_name.len > 0 ? t->java_name : t->os_name, ret, r->err))
        return false;
    if (ret->ix + 1 > r->sampled_threads)
        r->sampled_threads = ret->ix + 1;
    return true;
}

/* --- samples --- */

static uint32_t column(struct jfr_reader *r, enum jfr_count what)
{
    static const struct {
        const char *event;
        enum unit_kind unit;
        enum clock_kind clock;
    } kinds[JFR_COUNTS] = {
        [JFR_EXECUTION] = { "jdk.ExecutionSample", UNIT_SAMPLES, CLOCK_CPU },
        [JFR_WALL] = { "wall", UNIT_SAMPLES, CLOCK_WALL },
        [JFR_NATIVE] = { "jdk.NativeMethodSample", UNIT_SAMPLES, CLOCK_UNKNOWN },
        [JFR_WAIT] = { "waits", UNIT_SECONDS, CLOCK_OFF },
        [JFR_CPU_TIME] = { "cpu-time", UNIT_SECONDS, CLOCK_CPU },
        [JFR_ALLOC] = { "allocations", UNIT_COUNT_OTHER, CLOCK_UNKNOWN },
    };
    if (r->columns[what] == 0) {
        struct column_desc d = { .event = span_of(kinds[what].event),
                                 .unit = kinds[what].unit,
                                 .clock = kinds[what].clock,
                                 .period = NUM_UNKNOWN,
                                 .rate_hz = NUM_UNKNOWN,
                                 .is_time = what != JFR_NATIVE };
        if (what == JFR_EXECUTION && r->period_s > 0) {
            d.period = 1;
            d.rate_hz = 1 / r->period_s;
        }
        r->columns[what] = builder_column(r->b, &d) + 1;
    }
    return r->columns[what] - 1;
}

struct event {
    int64_t thread, stack;
    enum sample_state state;
    double at_s, value;
    uint64_t samples;
};

static void note_stack(struct jfr_reader *r, const struct jfr_chunk *c, const struct event *e)
{
    uint32_t i;
    uint64_t n = e->samples > 0 ? e->samples : 1;
    if (!jfr_map_get(&c->trace_of, e->stack, &i))
        r->stackless += n;
    else if (c->traces.items[i].truncated)
        r->truncated += n;
}

static bool add(struct jfr_reader *r, struct jfr_chunk *c, enum jfr_count what, const struct event *e)
{
    struct sample_desc d = { { 0 }, { 0 }, e->state, 0 };
    uint32_t row;
    if (!stack_of(r, c, e->stack, &d.stack) || !thread_of(r, c, e->thread, &d.thread) ||
        !builder_row(r->b, &d, &row, r->err) || !builder_value(r->b, row, column(r, what), e->value, r->err))
        return false;
    note_stack(r, c, e);
    r->count[what] += e->samples > 0 ? e->samples : 1;
    /* Samples of all states are what is analysed; those of CPU time beside them, and those in native methods, are not
     * samples of the same thing. */
    bool main = what == JFR_WALL || ((what == JFR_EXECUTION || what == JFR_CPU_TIME) && r->columns[JFR_WALL] == 0);
    builder_samples(r->b, row, main ? e->samples : 0);
    if (main)
        time_order_add(&r->order, e->at_s, row, e->value);
    return true;
}

/* --- events --- */

struct place {
    struct jfr_reader *r;
    struct jfr_chunk *c;
    const struct jfr_class *cls;
    struct jfr_cursor in;
};

static double seconds_at(const struct jfr_chunk *c, int64_t ticks)
{
    double per_s = c->ticks_per_s > 0 ? (double)c->ticks_per_s : 1e9;
    return (double)c->start_ns * 1e-9 + (double)(int64_t)((uint64_t)ticks - c->start_ticks) / per_s;
}

static enum sample_state state_of(const struct jfr_chunk *c, int64_t key)
{
    struct span name = jfr_pool_name(c, &c->state_of, key);
    if (span_find(name, 0, SPAN("SLEEPING")) < name.len || span_find(name, 0, SPAN("PARKED")) < name.len ||
        span_find(name, 0, SPAN("BLOCKED")) < name.len)
        return STATE_WAITING;
    return span_is(name, "STATE_RUNNABLE") || span_is(name, "STATE_DEFAULT") ? STATE_RUNNING : STATE_UNKNOWN;
}

static bool samples_wall(const struct jfr_reader *r)
{
    return r->async_profiler && (span_is(r->event, "wall") || r->wall_interval_s > 0);
}

/* async-profiler before version 4 writes the samples of both its clocks as jdk.ExecutionSample; since version 3 those of
 * CPU time have the state DEFAULT. */
static bool is_wall_sample(const struct place *p, int64_t state)
{
    struct span name = jfr_pool_name(p->c, &p->c->state_of, state);
    return samples_wall(p->r) && (span_is(p->r->event, "wall") || !span_is(name, "STATE_DEFAULT"));
}

static bool on_sample(struct place *p, enum jfr_count what)
{
    static const char *const names[] = { "startTime", "sampledThread", "stackTrace",    "state",
                                         "samples",   "eventThread",   "samplingPeriod" };
    struct jfr_value v[ARRAY_LEN(names)];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, ARRAY_LEN(names));
    if (p->in.bad)
        return true; /* counted by the caller */
    struct event e = { .thread = v[1].known ? v[1].key : v[5].key, .stack = v[2].key, .value = 1, .samples = 1 };
    e.at_s = seconds_at(p->c, v[0].key);
    e.state = state_of(p->c, v[3].key);
    if (what == JFR_NATIVE)
        e.state = STATE_UNKNOWN;
    if (what == JFR_WALL && v[4].known && v[4].key > 0 && v[4].key < INT32_MAX) {
        e.samples = (uint64_t)v[4].key;
        e.value = (double)v[4].key;
    }
    if (what == JFR_CPU_TIME) {
        e.value = v[6].known && v[6].key > 0 ? (double)v[6].key / 1e9 : 0;
        e.state = STATE_RUNNING;
    }
    if (what == JFR_EXECUTION && is_wall_sample(p, v[3].key))
        what = JFR_WALL;
    if (what == JFR_EXECUTION && e.state == STATE_WAITING)
        p->r->sleeping_samples++;
    return add(p->r, p->c, what, &e);
}

static bool on_wait(struct place *p)
{
    static const char *const names[] = { "startTime", "duration", "eventThread", "stackTrace" };
    struct jfr_value v[ARRAY_LEN(names)];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, ARRAY_LEN(names));
    double per_s = p->c->ticks_per_s > 0 ? (double)p->c->ticks_per_s : 1e9;
    if (p->in.bad || !v[1].known || v[1].key < 0)
        return true;
    struct event e = { v[2].key, v[3].key, STATE_WAITING, seconds_at(p->c, v[0].key), (double)v[1].key / per_s, 0 };
    p->r->wait_s += e.value;
    return add(p->r, p->c, JFR_WAIT, &e);
}

/* Fractions of all cores since the reading before; the first one has nothing before it. */
static void on_load(struct place *p)
{
    static const char *const names[] = { "startTime", "jvmUser", "jvmSystem" };
    struct jfr_value v[ARRAY_LEN(names)];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, ARRAY_LEN(names));
    double load = v[1].num + v[2].num;
    double now = seconds_at(p->c, v[0].key);
    if (p->in.bad || !(load >= 0) || load > 1.5)
        return;
    if (p->r->loads == 0)
        p->r->load_first_s = now;
    else if (now > p->r->load_last_s)
        p->r->load_share_s += load * (now - p->r->load_last_s);
    p->r->load_last_s = fmax(p->r->load_last_s, now);
    p->r->loads++;
}

/* "20 ms", "10 ms", "1 s", "everyChunk". */
static double period_of(struct span text)
{
    struct span number, unit;
    double n;
    if (!span_split(text, ' ', &number, &unit) || !span_to_double(number, &n) || !(n > 0))
        return 0;
    return span_is(unit, "ms")   ? n * 1e-3
           : span_is(unit, "s")  ? n
           : span_is(unit, "us") ? n * 1e-6
           : span_is(unit, "ns") ? n * 1e-9
                                 : 0;
}

/* Nanoseconds of time; of an event that counts something else, how many of it. */
static void on_async_setting(struct jfr_reader *r, const struct jfr_class *of, struct span name, struct span value)
{
    double n;
    bool sampler = of && span_is(of->name, "jdk.ExecutionSample");
    if (span_is(name, "event") && value.len > 0)
        r->event = arena_span(&r->texts, value);
    else if (!span_to_double(value, &n) || !(n > 0) || n > 3600e9)
        return;
    else if (sampler && span_is(name, "interval"))
        r->interval_s = n * 1e-9;
    else if (span_is(name, "wall"))
        r->wall_interval_s = n * 1e-9;
}

static void on_setting(struct place *p)
{
    static const char *const names[] = { "id", "name", "value" };
    struct jfr_value v[ARRAY_LEN(names)];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, ARRAY_LEN(names));
    const struct jfr_class *of = p->in.bad ? NULL : jfr_class_of(p->c, v[0].key);
    if (p->r->async_profiler && !p->in.bad)
        on_async_setting(p->r, of, v[1].text, v[2].text);
    if (of && span_is(of->name, "jdk.ExecutionSample") && span_is(v[1].text, "period") && period_of(v[2].text) > 0)
        p->r->period_s = period_of(v[2].text);
}

static void on_jvm(struct place *p)
{
    static const char *const names[] = { "javaArguments", "pid" };
    struct jfr_value v[ARRAY_LEN(names)];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, ARRAY_LEN(names));
    if (!p->in.bad && v[0].text.len > 0)
        p->r->command = arena_span(&p->r->texts, v[0].text);
    if (!p->in.bad && v[1].known && v[1].key > 0)
        p->r->pid = v[1].key;
}

static void on_cpu(struct place *p)
{
    static const char *const names[] = { "hwThreads" };
    struct jfr_value v[1];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, 1);
    if (!p->in.bad && v[0].known && v[0].key >= 1 && v[0].key < 100000)
        p->r->hw_threads = (double)v[0].key;
}

static void on_system(struct place *p)
{
    static const char *const names[] = { "osVersion" };
    struct jfr_value v[1];
    jfr_read_fields(p->c, &p->in, p->cls, names, v, 1);
    p->r->linux_host = !p->in.bad && span_find(v[0].text, 0, SPAN("Linux")) < v[0].text.len;
}

static bool is_wait(struct span name)
{
    static const char *const names[] = { "jdk.SocketRead",         "jdk.SocketWrite",     "jdk.FileRead",
                                         "jdk.FileWrite",          "jdk.FileForce",       "jdk.ThreadSleep",
                                         "jdk.ThreadPark",         "jdk.JavaMonitorWait", "jdk.JavaMonitorEnter",
                                         "jdk.VirtualThreadPinned" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (span_is(name, names[i]))
            return true;
    }
    return false;
}

static bool on_event(struct place *p)
{
    struct span name = p->cls->name;
    if (span_is(name, "jdk.ExecutionSample"))
        return on_sample(p, JFR_EXECUTION);
    if (span_is(name, "jdk.CPUTimeSample"))
        return on_sample(p, JFR_CPU_TIME);
    if (span_is(name, "profiler.WallClockSample"))
        return on_sample(p, JFR_WALL);
    if (span_is(name, "jdk.NativeMethodSample"))
        return on_sample(p, JFR_NATIVE);
    if (is_wait(name))
        return on_wait(p);
    if (span_is(name, "jdk.CPULoad"))
        on_load(p);
    else if (span_is(name, "jdk.CPUInformation"))
        on_cpu(p);
    else if (span_is(name, "jdk.OSInformation"))
        on_system(p);
    else if (span_starts(name, SPAN("jdk.ObjectAllocation")) || span_starts(name, SPAN("profiler.Malloc")))
        p->r->count[JFR_ALLOC]++;
    return true;
}

/* Settings and the JVM's own data first: they say what the samples of the chunk count. */
static bool walk(struct jfr_reader *r, struct jfr_chunk *c, bool settings)
{
    size_t at = JFR_HEADER_BYTES;
    int64_t type;
    struct jfr_cursor body;
    while (jfr_next_event(c, &at, &type, &body)) {
        const struct jfr_class *cls = type > 1 ? jfr_class_of(c, type) : NULL;
        if (!cls)
            continue;
        struct place p = { r, c, cls, body };
        bool setting = span_is(cls->name, "jdk.ActiveSetting") || span_is(cls->name, "jdk.JVMInformation");
        bool wall = span_is(cls->name, "profiler.WallClockSample") ||
                    (samples_wall(r) && span_is(cls->name, "jdk.ExecutionSample"));
        /* The column of all states comes first: an analysis takes the first one. */
        if (settings && wall)
            (void)column(r, JFR_WALL);
        if (settings && setting && span_is(cls->name, "jdk.ActiveSetting"))
            on_setting(&p);
        else if (settings && setting)
            on_jvm(&p);
        else if (!settings && !setting && !on_event(&p))
            return false;
    }
    return true;
}

bool jfr_events_read(struct jfr_reader *r, struct jfr_chunk *c, struct err *err)
{
    r->err = err;
    r->cut = r->cut || c->cut;
    r->pools_broken = r->pools_broken || c->pools_broken;
    if (c->classes.count == 0) {
        r->cut = true; /* its description was still to be written */
        return true;
    }
    for (uint32_t i = 0; i < c->classes.count; i++)
        r->async_profiler = r->async_profiler || span_starts(c->classes.items[i].name, SPAN("profiler."));
    double begin = (double)c->start_ns * 1e-9;
    r->begin_s = fmin(r->begin_s, begin);
    r->end_s = fmax(r->end_s, begin + (double)c->duration_ns * 1e-9);
    return walk(r, c, true) && walk(r, c, false);
}
