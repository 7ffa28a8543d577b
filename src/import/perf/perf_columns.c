/* Events of perf to value columns: what measures time, in which unit, and what only counts. */
#include <math.h>

#include "import/perf/perf_script.h"

enum event_class perf_event_class(struct span name)
{
    if (name.len == 0)
        return EVENT_NAMELESS;
    if (span_starts(name, SPAN("sched:sched_switch")))
        return EVENT_SWITCH;
    /* "cycles:uppp", "cpu_core/cycles/", "cpu/cpu-cycles/u", "cpu-clock/freq=99/" */
    size_t slash = span_chr(name, 0, '/');
    struct span base = span_sub(name, 0, slash);
    bool pmu = span_is(base, "cpu") || span_is(base, "cpu_core") || span_is(base, "cpu_atom");
    if (slash < name.len && pmu)
        base = span_sub(name, slash + 1, span_chr(name, slash + 1, '/') - slash - 1);
    base = span_sub(base, 0, span_chr(base, 0, ':'));
    base = span_sub(base, 0, span_chr(base, 0, ','));
    if (span_is(base, "cpu-clock") || span_is(base, "task-clock"))
        return EVENT_CLOCK;
    if (span_is(base, "cycles") || span_is(base, "cpu-cycles") || span_is(base, "ref-cycles") ||
        span_is(base, "bus-cycles") || (pmu && span_is(base, "event=0x3c")))
        return EVENT_CYCLES;
    return EVENT_OTHER;
}

/* The kernel's timer takes no period below 10 us, and a sample repeats the period that was asked for: with perf record -c 1
 * every sample says 1 ns. */
#define CLOCK_PERIOD_MIN_NS 10000

static void open_column(struct perf_script *p, struct perf_column *c, struct span name, bool periods)
{
    static const struct {
        enum unit_kind with, without;
        enum clock_kind clock;
        bool is_time;
        double scale;
    } kinds[] = {
        [EVENT_CLOCK] = { UNIT_SECONDS, UNIT_SAMPLES, CLOCK_CPU, true, 1e-9 },
        [EVENT_CYCLES] = { UNIT_CYCLES, UNIT_SAMPLES, CLOCK_CPU, true, 1 },
        [EVENT_SWITCH] = { UNIT_COUNT_OTHER, UNIT_COUNT_OTHER, CLOCK_UNKNOWN, false, 1 },
        [EVENT_OTHER] = { UNIT_COUNT_OTHER, UNIT_COUNT_OTHER, CLOCK_UNKNOWN, false, 1 },
        [EVENT_NAMELESS] = { UNIT_SAMPLES, UNIT_SAMPLES, CLOCK_UNKNOWN, true, 1 },
    };
    enum event_class k = perf_event_class(name);
    c->class_of = k;
    c->open = true;
    c->periods = periods;
    c->scale = periods ? kinds[k].scale : 1;
    struct column_desc d = { .event = name.len > 0 ? name : SPAN("samples"),
                             .unit = periods ? kinds[k].with : kinds[k].without,
                             .clock = kinds[k].clock,
                             .period = NUM_UNKNOWN,
                             .rate_hz = NUM_UNKNOWN,
                             .is_time = kinds[k].is_time };
    c->column = builder_column(p->b, &d);
    if (d.is_time && p->order_column == UINT32_MAX)
        p->order_column = c->column;
}

uint32_t perf_column_of(struct perf_script *p, const struct perf_record *r, double *ret_value)
{
    if (r->event >= p->column_cap) {
        uint32_t cap = (r->event + 1) * 2;
        p->columns = xrealloc(p->columns, cap, sizeof *p->columns);
        for (uint32_t i = p->column_cap; i < cap; i++)
            p->columns[i] = (struct perf_column){ 0 };
        p->column_cap = cap;
    }
    struct perf_column *c = &p->columns[r->event];
    if (!c->open) {
        struct span name = intern_get(&p->scan.names, r->event);
        bool false_period = r->has_period && r->period < CLOCK_PERIOD_MIN_NS && perf_event_class(name) == EVENT_CLOCK;
        open_column(p, c, name, r->has_period && !false_period);
        c->false_period = false_period;
    }
    double period = r->has_period ? (double)r->period : 1;
    /* A sample without its period among others that have one: one nominal sample. */
    if (c->periods && !r->has_period)
        period = c->samples > 0 ? c->period_max : 0;
    c->period_min = c->samples == 0 ? period : fmin(c->period_min, period);
    c->period_max = c->samples == 0 ? period : fmax(c->period_max, period);
    c->samples++;
    *ret_value = c->periods ? period * c->scale : 1;
    return c->column;
}

/* Nominal period and rate: the file's own where all periods are equal, else the recorder's -F or -c. */
void perf_columns_settle(struct perf_script *p)
{
    for (uint32_t e = 0; e < p->column_cap; e++) {
        const struct perf_column *c = &p->columns[e];
        if (!c->open)
            continue;
        struct profile_column *col = builder_column_edit(p->b, c->column);
        bool clock = c->class_of == EVENT_CLOCK;
        if (c->periods && c->period_min == c->period_max && c->period_max > 0) {
            col->period = c->period_max * c->scale;
            if (clock)
                col->rate_hz = 1e9 / c->period_max;
        }
        if (!num_known(col->rate_hz) && (clock || c->class_of == EVENT_CYCLES))
            col->rate_hz = p->recorder.rate_hz;
        if (c->false_period) {
            col->rate_hz = NUM_UNKNOWN;
            artefact_problem(p->out, "clock_period_false",
                             "record the clock with -F 999 and the switches with --switch-events instead of -c 1",
                             "the clock's samples say %.4g ns, less than its timer can do: how much CPU time a sample "
                             "stands for is unknown",
                             c->period_max);
        }
        if (c->column == p->order_column)
            p->out->rate_hz = col->rate_hz;
    }
}
