#include "import/perf/perf_stat.h"

#include <math.h>
#include <stdlib.h>

#include "import/cmdline.h"

void perf_stat_init(struct perf_stat_totals *t)
{
    *t = (struct perf_stat_totals){ .runs = 1 };
    t->target_text = t->clock_event = SPAN("");
    double *unknown[] = { &t->clock_s,
                          &t->clock_spread_percent,
                          &t->ratio,
                          &t->elapsed_s,
                          &t->elapsed_spread_percent,
                          &t->duration_s,
                          &t->user_s,
                          &t->sys_s,
                          &t->stamp_s,
                          &t->cycles,
                          &t->stalled };
    for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
        *unknown[i] = NUM_UNKNOWN;
}

void perf_stat_release(struct perf_stat_totals **t)
{
    free((*t)->threads);
}

static void sum(double *to, double v)
{
    *to = num_known(*to) ? *to + v : v;
}

/* Seconds of a value: the unit says ns or msec; without one a fraction means milliseconds. */
static double seconds(const struct counter *c, double v)
{
    if (span_is(c->unit, "ns"))
        return v * 1e-9;
    if (span_is(c->unit, "usec") || span_is(c->unit, "us"))
        return v * 1e-6;
    if (span_is(c->unit, "sec") || span_is(c->unit, "s"))
        return v;
    return c->unit.len == 0 && c->half >= 0.5 ? v * 1e-9 : v * 1e-3;
}

static void add_thread(struct perf_stat_totals *t, struct span key, double cpu_s)
{
    for (uint32_t i = 0; i < t->thread_count; i++) {
        if (span_eq(t->threads[i].key, key)) {
            t->threads[i].cpu_s += cpu_s;
            return;
        }
    }
    enum { THREADS_MAX = 4096 };
    if (t->thread_count == THREADS_MAX)
        return;
    t->threads = xrealloc(t->threads, t->thread_count + 1, sizeof *t->threads);
    t->threads[t->thread_count++] = (struct stat_thread){ key, cpu_s };
}

/* `comm-tid`; CPUs, cores, sockets and nodes ("CPU3", "S0-D0-C1", "N0") are no threads. */
static bool key_is_thread(struct span key, int64_t *ret_tid)
{
    struct span comm;
    struct span tid;
    return span_rsplit(key, '-', &comm, &tid) && span_to_i64(tid, ret_tid);
}

static void add_clock(struct perf_stat_totals *t, const struct counter *c, bool cpu_clock)
{
    int64_t tid;
    bool thread = key_is_thread(c->key, &tid);
    if (c->state == COUNTER_NOT_COUNTED)
        t->clock_not_counted = true;
    double v = c->state == COUNTER_VALUE ? seconds(c, c->value) : 0;
    if (thread)
        add_thread(t, c->key, v);
    else if (c->key.len > 0 && t->target == STAT_UNSAID)
        t->target = STAT_SYSTEM;
    if (c->state != COUNTER_VALUE)
        return;
    sum(&t->clock_s, v);
    t->clock_half += seconds(c, c->half);
    t->clock_spread_percent = c->spread_percent;
    if (span_is(c->metric_unit, "CPUs utilized") && num_known(c->metric)) {
        /* A whole number of CPUs in cpu-clock is the machine's clock, not a program's. */
        if (cpu_clock && t->target == STAT_UNSAID && c->metric > 1.9 && fabs(c->metric - round(c->metric)) < 0.01)
            t->target = STAT_SYSTEM;
        t->ratio = c->key.len == 0 && !num_known(c->stamp_s) ? c->metric : NUM_UNKNOWN;
        t->ratio_half = c->metric_half;
    }
}

void perf_stat_add(struct perf_stat_totals *t, const struct counter *c)
{
    t->counters++;
    if (num_known(c->stamp_s))
        t->stamp_s = c->stamp_s;
    struct span event = span_sub(c->event, 0, span_chr(c->event, 0, ':'));
    bool task_clock = span_is(event, "task-clock");
    if (task_clock || span_is(event, "cpu-clock")) {
        /* Both in one report measure the same: the first of them stands. */
        if (t->clock_event.len == 0)
            t->clock_event = event;
        if (span_eq(t->clock_event, event))
            add_clock(t, c, !task_clock);
        return;
    }
    double v = c->state == COUNTER_VALUE ? c->value : 0;
    if (c->state == COUNTER_NOT_SUPPORTED)
        return;
    if (span_is(event, "duration_time"))
        sum(&t->duration_s, seconds(c, v));
    else if (span_is(event, "user_time"))
        sum(&t->user_s, seconds(c, v)); /* a zero is printed as <not counted> */
    else if (span_is(event, "system_time"))
        sum(&t->sys_s, seconds(c, v));
    else if (span_is(event, "cycles") || span_is(event, "cpu-cycles"))
        sum(&t->cycles, v);
    else if (span_is(event, "stalled-cycles-backend"))
        sum(&t->stalled, v);
}

/* Wall: what the report prints, else the tool event, else the last interval's stamp, else task-clock over the printed
 * ratio, widened by the rounding of both. */
static void settle_wall(const struct perf_stat_totals *t, struct accounting *c, struct artefact *out)
{
    double by_ratio = num_known(t->ratio) && t->ratio > 0 && num_known(c->cpu_s) ? t->clock_s / t->ratio : NUM_UNKNOWN;
    double low = t->ratio > 0 ? t->clock_s / (t->ratio + t->ratio_half) : NUM_UNKNOWN;
    double high = t->ratio > t->ratio_half ? t->clock_s / (t->ratio - t->ratio_half) : NUM_UNKNOWN;
    c->source = SPAN("perf stat, task-clock");
    double wall = t->elapsed_s;
    double half = t->elapsed_half;
    if (!num_known(wall)) {
        wall = t->duration_s;
        half = 0;
        /* Attached to a process, some versions count duration_time from elsewhere; the ratio's wall is the real one. */
        if (num_known(wall) && num_known(by_ratio) && (wall < low * 0.98 - 0.001 || wall > high * 1.02 + 0.001)) {
            artefact_problem(out, "duration_time_disagrees", "record the text form, which prints the time elapsed",
                             "duration_time says %.3f s, task-clock and CPUs utilized say %.3f s; the latter was used",
                             wall, by_ratio);
            wall = NUM_UNKNOWN;
        }
    }
    if (!num_known(wall))
        wall = t->stamp_s;
    if (num_known(wall) && wall > 0) {
        c->wall_s = wall;
        c->wall_lo_s = wall - half;
        c->wall_hi_s = wall + half;
    } else if (num_known(by_ratio) && num_known(high)) {
        c->wall_s = by_ratio;
        c->wall_lo_s = low;
        c->wall_hi_s = high;
        c->source = SPAN("perf stat, task-clock over CPUs utilized");
    }
}

/* The program's own rusage stands beside task-clock, which leaves out part of the switching: both bound the CPU time. */
static void settle_rusage(const struct perf_stat_totals *t, struct accounting *c, struct artefact *out)
{
    bool whole = t->target == STAT_COMMAND || (t->target == STAT_UNSAID && out->problem_count == 0);
    double usage = t->user_s + t->sys_s;
    if (!whole || !num_known(usage) || !num_known(t->clock_s))
        return;
    c->cpu_lo_s = fmin(c->cpu_lo_s, usage);
    c->cpu_hi_s = fmax(c->cpu_hi_s, usage);
}

static void settle_spread(const struct perf_stat_totals *t, struct accounting *c)
{
    if (t->runs < 2 || !num_known(c->cpu_s) || !num_known(c->wall_s))
        return;
    /* Printed is the standard error of the mean in percent; one run spreads by sqrt(runs) of it. */
    double cpu = num_known(t->clock_spread_percent) ? t->clock_spread_percent : 0;
    double wall = num_known(t->elapsed_spread_percent) ? t->elapsed_spread_percent : 0;
    double sd = hypot(cpu, wall) / 100 * sqrt((double)t->runs);
    double share = c->cpu_s / c->wall_s;
    c->share_run_lo = fmax(0, share * (1 - sd));
    c->share_run_hi = share * (1 + sd);
}

static void settle_threads(const struct perf_stat_totals *t, struct accounting *c, struct artefact *out)
{
    if (t->thread_count == 0)
        return;
    c->threads = ARENA_ARRAY(&out->arena, t->thread_count, struct acct_thread);
    c->thread_count = t->thread_count;
    c->busy_threads = 0;
    c->max_thread_cpu_s = 0;
    for (uint32_t i = 0; i < t->thread_count; i++) {
        struct acct_thread *a = &c->threads[i];
        struct span tid;
        *a = (struct acct_thread){
            .pid = -1, .cpu_s = t->threads[i].cpu_s, .wall_s = NUM_UNKNOWN, .runq_s = NUM_UNKNOWN
        };
        (void)key_is_thread(t->threads[i].key, &a->tid);
        (void)span_rsplit(t->threads[i].key, '-', &a->name, &tid);
        c->busy_threads += a->cpu_s > 0;
        c->max_thread_cpu_s = fmax(c->max_thread_cpu_s, a->cpu_s);
    }
}

static void settle_cpu(const struct perf_stat_totals *t, struct accounting *c, struct artefact *out)
{
    if (t->target == STAT_SYSTEM) {
        artefact_problem(
            out, "system_wide", "record one command: perf stat -- COMMAND, or one process: perf stat -p PID",
            "the report covers the whole machine, whose clock counts idle CPUs as well: no CPU time of a program");
        return;
    }
    c->user_s = t->user_s;
    c->sys_s = t->sys_s;
    if (num_known(t->clock_s)) {
        c->cpu_s = t->clock_s;
        c->cpu_lo_s = fmax(0, t->clock_s - t->clock_half);
        c->cpu_hi_s = t->clock_s + t->clock_half;
    } else if (t->clock_not_counted) {
        c->cpu_s = c->cpu_lo_s = c->cpu_hi_s = 0;
        artefact_problem(out, "not_counted", "check that the program was meant to be idle in this window",
                         "task-clock was not counted: the program never ran while it was watched, so it used no CPU");
    } else if (num_known(t->user_s) && num_known(t->sys_s)) {
        c->cpu_s = c->cpu_lo_s = c->cpu_hi_s = t->user_s + t->sys_s;
    }
}

static void settle_target(const struct perf_stat_totals *t, struct accounting *c, struct artefact *out)
{
    uint64_t pid;
    switch (t->target) {
    case STAT_COMMAND:
        c->scope = ACCT_TREE;
        c->whole_life = true;
        out->one_job = true;
        out->command = c->command = t->target_text;
        break;
    case STAT_ATTACHED:
        c->scope = ACCT_PROCESS;
        c->attached = true;
        out->overlapping = true;
        if (span_to_u64(t->target_text, &pid) && pid < INT32_MAX)
            out->pid = c->pid = (int64_t)pid;
        break;
    case STAT_SYSTEM:
        c->scope = ACCT_SYSTEM;
        c->attached = true;
        break;
    case STAT_UNSAID:
        c->scope = ACCT_TREE;
        break;
    }
    if (out->command.len > 0)
        out->runtime = cmdline_runtime(out->command);
}

bool perf_stat_settle(const struct perf_stat_totals *t, const struct import_options *opt, struct artefact *out,
                      struct err *err)
{
    struct accounting *c = artefact_acct(out);
    out->clock = CLOCK_ACCT;
    out->tool = SPAN("perf stat");
    out->platform = SPAN("linux");
    c->runs = t->runs;
    settle_target(t, c, out);
    settle_cpu(t, c, out);
    if (!num_known(c->cpu_s) && t->target != STAT_SYSTEM)
        return err_set(err, ERR_VALUE, "no counter of CPU time: want task-clock, or user_time and system_time");
    settle_wall(t, c, out);
    settle_rusage(t, c, out);
    if (!num_known(c->wall_s) && num_known(opt->duration_s))
        c->wall_s = c->wall_lo_s = c->wall_hi_s = opt->duration_s;
    if (!num_known(c->wall_s))
        artefact_problem(out, "no_wall", "record the text form, or add -e duration_time,task-clock",
                         "the report holds CPU time but no wall time");
    if (num_known(t->stalled) && num_known(t->cycles) && t->cycles > 0)
        c->mem_stall_share = fmin(1, t->stalled / t->cycles);
    settle_threads(t, c, out);
    settle_spread(t, c);
    return true;
}
