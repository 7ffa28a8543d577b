/* Switches of threads to seconds of running, waiting and run queue.
 *
 * PERF_RECORD_SWITCH gives both ends and is never sub-sampled: exact. The tracepoint sched_switch gives the end of
 * running; unless the whole machine was recorded, the next sign of life ends the wait, so many short waits read too long:
 * they are clipped by the CPU that the clock samples saw. Under -F the tracepoint is itself sampled, most switches are
 * missing, and waiting is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "import/perf/perf_script.h"

static uint64_t key_hash(uint32_t thread, uint32_t stack, uint8_t state)
{
    uint64_t h = ((uint64_t)thread << 34 ^ (uint64_t)stack << 2 ^ state) * 0x9fb21c651e98df25u;
    return h ^ h >> 29;
}

static void rehash(struct perf_switches *s)
{
    uint32_t slots = s->slot ? (s->mask + 1) * 4 : 1024;
    free(s->slot);
    s->slot = xcalloc(slots, sizeof *s->slot);
    s->mask = slots - 1;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t at = (uint32_t)key_hash(s->items[i].thread, s->items[i].stack, s->items[i].state) & s->mask;
        while (s->slot[at] != 0)
            at = (at + 1) & s->mask;
        s->slot[at] = i + 1;
    }
}

static void add(struct perf_switches *s, uint32_t thread, uint32_t stack, enum sample_state state, double seconds)
{
    if (!(seconds > 0))
        return;
    if (!s->slot || s->count * 2 > s->mask)
        rehash(s);
    uint8_t st = (uint8_t)state;
    uint32_t at = (uint32_t)key_hash(thread, stack, st) & s->mask;
    for (; s->slot[at] != 0; at = (at + 1) & s->mask) {
        struct switch_sum *i = &s->items[s->slot[at] - 1];
        if (i->thread == thread && i->stack == stack && i->state == st) {
            i->seconds += seconds;
            return;
        }
    }
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 256;
        s->items = xrealloc(s->items, s->cap, sizeof *s->items);
    }
    s->items[s->count] = (struct switch_sum){ thread, stack, st, seconds };
    s->slot[at] = ++s->count;
}

/* Ends the current stretch at time_s and books it. */
static void close_stretch(struct perf_script *p, uint32_t thread, double time_s)
{
    struct perf_thread *t = &p->threads[thread];
    double dt = t->in_known ? time_s - t->since_s : 0;
    if (dt > 0) {
        enum sample_state state = t->on ? STATE_RUNNING : t->preempted ? STATE_RUNNABLE : STATE_WAITING;
        *(t->on ? &t->run_s : t->preempted ? &t->runq_s : &t->wait_s) += dt;
        add(&p->sw, thread, t->stack, state, dt);
    }
    t->since_s = time_s;
}

bool perf_switch_sample(struct perf_script *p, uint32_t thread, double time_s, uint32_t stack, double period_s)
{
    struct perf_thread *t = &p->threads[thread];
    t->cpu_s += period_s;
    t->clock_samples += period_s > 0;
    bool was_off = t->in_known && !t->on;
    if (t->on)
        t->stack = stack; /* what ran up to here, as far as the sample can tell */
    close_stretch(p, thread, time_s);
    /* The first sign of life after a switch-out: what ran before it left no trace. */
    t->on = true;
    t->in_known = t->in_known || p->sw.records > 0 || p->sw.tracepoints > 0;
    t->stack = stack;
    return was_off;
}

void perf_switch_out(struct perf_script *p, uint32_t thread, double time_s, uint32_t stack, bool preempted)
{
    struct perf_thread *t = &p->threads[thread];
    close_stretch(p, thread, time_s);
    t->in_known = true;
    t->on = false;
    t->preempted = preempted;
    t->stack = stack;
    t->switches++;
}

void perf_switch_in(struct perf_script *p, uint32_t thread, double time_s)
{
    struct perf_thread *t = &p->threads[thread];
    close_stretch(p, thread, time_s);
    t->in_known = true;
    t->on = true;
    t->stack = 0;
    t->ins++;
}

static void refuse(struct perf_script *p, const char *code, const char *why)
{
    p->out->wait_refused = true;
    artefact_problem(p->out, code,
                     "record with --switch-events, or sched_switch without -F (perf record -c 1 -e sched:sched_switch)",
                     "%s: waiting is not computed from this file", why);
}

/* Are the tracepoints complete? Time of a thread that neither clock samples nor waits explain means missing ones. */
static bool tracepoints_usable(struct perf_script *p)
{
    if (p->sw.sampled || (p->has_cmdline && num_known(p->recorder.rate_hz))) {
        refuse(p, "switch_subsampled", "sched_switch was itself sampled (-F holds for every event)");
        return false;
    }
    if (p->sw.machine)
        return true; /* the whole machine: every switch-in is another task's switch-out */
    double span = 0;
    double explained = 0;
    bool clock = false;
    for (uint32_t i = 0; i < p->thread_count; i++) {
        const struct perf_thread *t = &p->threads[i];
        if (t->tid == 0)
            continue;
        double own = t->last_s - t->first_s;
        span += own;
        explained += fmin(own, t->cpu_s + t->wait_s + t->runq_s);
        clock = clock || t->clock_samples > 0;
    }
    if (!clock) {
        refuse(p, "switch_without_clock",
               "switch-outs without clock samples or switch-ins do not tell when running began again");
        return false;
    }
    if (explained < 0.9 * span) {
        refuse(p, "switch_subsampled", "the switches leave much of the time unexplained, so most of them are missing");
        return false;
    }
    return true;
}

/* Share of a thread's off time that is booked: waits read from switch-outs alone are an upper bound. */
static double off_scale(const struct perf_thread *t, bool exact)
{
    double off = t->wait_s + t->runq_s;
    double room = t->last_s - t->first_s - t->cpu_s;
    if (exact || !(off > 0))
        return 1;
    return fmin(1, fmax(0, room) / off);
}

static bool write_sum(struct perf_script *p, const struct switch_sum *s, uint32_t column, double seconds,
                      struct err *err)
{
    uint32_t row;
    struct sample_desc d = { .stack = { s->stack },
                             .thread = p->threads[s->thread].id,
                             .state = (enum sample_state)s->state };
    return !(seconds > 0) || (builder_row(p->b, &d, &row, err) && builder_value(p->b, row, column, seconds, err));
}

static bool write_sums(struct perf_script *p, bool exact, struct err *err)
{
    /* exact: both ends of every stretch were recorded */
    uint32_t column = builder_column(p->b, &(struct column_desc){ .event = SPAN("wall"),
                                                                  .unit = UNIT_SECONDS,
                                                                  .clock = CLOCK_WALL,
                                                                  .period = NUM_UNKNOWN,
                                                                  .rate_hz = NUM_UNKNOWN,
                                                                  .is_time = true });
    for (uint32_t i = 0; i < p->sw.count; i++) {
        const struct switch_sum *s = &p->sw.items[i];
        const struct perf_thread *t = &p->threads[s->thread];
        double scale = off_scale(t, exact);
        if (s->state == STATE_RUNNING)
            scale =
                exact || !(t->run_s > 0) ? 1 : (t->last_s - t->first_s - (t->wait_s + t->runq_s) * scale) / t->run_s;
        if (!write_sum(p, s, column, s->seconds * fmax(0, scale), err))
            return false;
    }
    return true;
}

#define SWITCH_COST_S 5e-6
/* Where most runs are shorter than the clock's period, samples are a biased sum: 13 % too much was measured with waits
 * of 100 us at 4 kHz. */
#define SAMPLED_RUNS_ERROR 0.15

static void write_accounting(struct perf_script *p, bool exact)
{
    uint64_t switches = 0;
    uint64_t samples = 0;
    struct accounting *c = artefact_acct(p->out);
    c->scope = ACCT_PROCESS;
    c->pid = p->out->pid;
    c->command = p->out->command;
    char source[80];
    int n = snprintf(source, sizeof source, "%s, %s", p->input_name,
                     exact ? "switch records" : "clock samples and sched_switch");
    c->source = artefact_text(p->out, span_make(source, (size_t)n));
    c->cpus_online = p->header_cpus;
    c->threads = ARENA_ARRAY(&p->out->arena, p->thread_count, struct acct_thread);
    c->busy_threads = c->max_thread_cpu_s = c->cpu_s = c->runq_s = 0;
    for (uint32_t i = 0; i < p->thread_count; i++) {
        const struct perf_thread *t = &p->threads[i];
        bool own = p->out->pid < 0 || t->pid < 0 || t->pid == p->out->pid || perf_side_in_tree(p, t->pid);
        bool foreign = t->tid == 0 || !own;
        double cpu = exact ? t->run_s : t->cpu_s;
        if (foreign || (t->switches == 0 && cpu == 0))
            continue;
        struct acct_thread *a = &c->threads[c->thread_count++];
        *a = (struct acct_thread){ .pid = t->pid,
                                   .tid = t->tid,
                                   .name = SPAN(""),
                                   .cpu_s = cpu,
                                   .wall_s = t->last_s - t->first_s,
                                   .runq_s = t->runq_s };
        c->cpu_s += cpu;
        switches += t->switches;
        samples += t->clock_samples;
        c->runq_s += t->runq_s;
        c->busy_threads += cpu > 0;
        c->max_thread_cpu_s = fmax(c->max_thread_cpu_s, cpu);
    }
    /* The switch itself is the kernel's and lies outside the records; rusage counts it. */
    double error = !exact && switches > samples ? SAMPLED_RUNS_ERROR : 0.01;
    c->cpu_lo_s = c->cpu_s * (1 - error);
    c->cpu_hi_s = c->cpu_s * (1 + error) + (double)switches * SWITCH_COST_S;
    if (p->out->duration_source == WALL_EXEC_EXIT) {
        c->wall_s = c->wall_lo_s = c->wall_hi_s = p->out->duration_s;
        c->whole_life = true;
    }
}

bool perf_switch_settle(struct perf_script *p, struct err *err)
{
    bool exact = p->sw.records > 0;
    if (!exact && p->sw.tracepoints == 0)
        return true;
    for (uint32_t i = 0; i < p->thread_count; i++) {
        if (p->threads[i].in_known)
            close_stretch(p, i, p->threads[i].last_s);
    }
    if (!exact && !tracepoints_usable(p))
        return true;
    p->out->all_states = true;
    exact = exact || p->sw.machine;
    p->out->states_exact = exact;
    p->out->sees_wait = true;
    if (!exact)
        artefact_problem(
            p->out, "wait_upper_bound", "record with --switch-events for exact waits",
            "sched_switch shows when a thread stopped, not when it ran again: many short waits read too long");
    if (!write_sums(p, exact, err))
        return false;
    write_accounting(p, exact);
    return true;
}

void perf_switch_release(struct perf_script *p)
{
    free(p->sw.items);
    free(p->sw.slot);
}
