/* queue.c - utilisation, quota, run queue, interpreter lock; and for work that overlaps the CPU of one operation against
 * its response time (operational laws, method 1.4).
 *
 * Example: 12 s of CPU, 3000 operations of 0.5 s in 30 s on one loop: D = 4 ms, U = 0.40, D/R = 0.0080; waiting for the
 * own CPU U/(1-U)*D/R = 0.0053 expected, times (1+25)/2 at most = 0.0693. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>

static const double cv2_unknown = 25; /* squared coefficient of variation of CPU per operation, nothing known */
static const double saturated = 0.9;  /* from here on the queue has no useful upper end */
static const double window_tolerance = 0.10;

static struct share scaled(struct share s, double by)
{
    return (struct share){ clamp01(s.lo * by), clamp01(s.est * by), clamp01(s.hi * by) };
}

static void util_facts(struct work *w)
{
    double m = timing_usable_cores(w);
    if (!num_known(m) || !(m > 0))
        return;
    if (!w->given[FACT_usable_cores] && !num_known(work_fact(w, FACT_usable_cores)))
        work_num(w, FACT_usable_cores, m, ORIGIN_COMPUTED, "%s",
                 w->runtime == RUNTIME_NODE ? "one JavaScript loop"
                 : w->runtime == RUNTIME_PYTHON || w->runtime == RUNTIME_RUBY
                     ? "one interpreter lock"
                     : "processors, cpuset and quota in the files");
    if (!share_known(w->t.rate))
        return;
    struct share u = scaled(w->t.rate, 1 / m);
    for (uint32_t i = 0; i < w->in->other_run_count; i++) {
        struct share o = w->in->other_runs[i].util;
        if (share_known(o)) {
            u.lo = fmin(u.lo, o.lo);
            u.hi = fmax(u.hi, o.hi);
        }
    }
    work_share(w, FACT_util_lo, share_ordered(u), "CPU seconds over wall seconds times usable cores");
}

/* Below, one turn of another program is a fifth of the run: that says nothing about cores. */
static const double runq_wall_min_s = 0.5;

/* Exact states are not yet those of the run queue: a file of running and waiting alone has none, which is not 0. */
static bool tells_ready(const struct work *w, const struct view *v)
{
    if (!v->a->states_exact || (w->t.known && !runs_same(w, v->artefact)))
        return false;
    bool measured = v->role_weight[ROLE_RUNQ] > 0;
    for (uint32_t i = 0; i < v->a->acct_count; i++)
        measured = measured || num_known(v->a->acct[i].runq_s);
    return measured;
}

static void runq_facts(struct work *w)
{
    const struct accounting *c = w->t.acct;
    w->runq_share = NUM_UNKNOWN;
    if (w->given[FACT_runq_share]) {
        w->runq_share = work_fact(w, FACT_runq_share);
    } else if (c && num_known(c->runq_s) && c->wall_s >= runq_wall_min_s) {
        double k = num_known(w->t.busy_threads) ? fmax(1, w->t.busy_threads) : 1;
        w->runq_share = clamp01(c->runq_s / (c->wall_s * k));
        work_num(w, FACT_runq_share, w->runq_share, ORIGIN_COMPUTED, "%.*s: run-queue delay over wall time",
                 SPAN_FMT(work_artefact_name(w, w->t.artefact)));
    } else if (w->wall && tells_ready(w, w->wall) && w->wall_total->task > 0) {
        w->runq_share = w->wall_total->runq / w->wall_total->task;
        work_num(w, FACT_runq_share, w->runq_share, ORIGIN_COMPUTED, "%.*s: time ready without a core",
                 SPAN_FMT(w->wall->a->name));
    }
}

/* A thread that is put off its core waits for one. Where nobody measured how long, this is the most that a turn of the others
 * is taken for: a handful of competitors with a scheduler's slice of 3 to 4 ms each. */
static const double turn_hi_s = 0.02;
/* What gives up its core more often than a tenth of the times it loses it, waits for something else as well. */
static const double lost_over_given = 10;

static double turns_of_others(const struct work *w)
{
    const struct accounting *c = w->t.acct;
    if (!c || num_known(w->runq_share) || !num_known(c->involuntary) || !(c->wall_s > 0))
        return 0;
    return clamp01(c->involuntary * turn_hi_s / c->wall_s);
}

/* Also notes in e->queue_possible what may have been, where that says nothing against the program. */
double queue_unmeasured(const struct work *w)
{
    const struct accounting *c = w->t.acct;
    w->e->queue_possible = turns_of_others(w);
    if (!c || !num_known(c->voluntary) || c->involuntary <= lost_over_given * c->voluntary)
        return 0;
    return w->e->queue_possible;
}

static void quota_facts(struct work *w)
{
    const struct accounting *c = w->t.acct;
    w->throttled_share = NUM_UNKNOWN;
    if (w->given[FACT_throttled_share]) {
        w->throttled_share = work_fact(w, FACT_throttled_share);
    } else if (c && c->wall_s > 0 && (num_known(c->throttled_s) || c->quota_none)) {
        w->throttled_share = num_known(c->throttled_s) ? clamp01(c->throttled_s / c->wall_s) : 0;
        if (num_known(w->runq_share))
            w->throttled_share = fmin(w->throttled_share, 1 - w->runq_share);
        work_num(w, FACT_throttled_share, w->throttled_share, ORIGIN_COMPUTED, "%.*s: throttled time over wall time",
                 SPAN_FMT(work_artefact_name(w, w->t.artefact)));
    }
    if (c && c->quota_none)
        work_num(w, FACT_quota_use, 0, ORIGIN_COMPUTED, "%.*s: no quota is set",
                 SPAN_FMT(work_artefact_name(w, w->t.artefact)));
    if (c && num_known(c->quota_cpus) && c->quota_cpus > 0 && num_known(c->cpu_s) && c->wall_s > 0)
        work_num(w, FACT_quota_use, c->cpu_s / (c->quota_cpus * c->wall_s), ORIGIN_COMPUTED,
                 "%.*s: CPU seconds over quota times wall", SPAN_FMT(work_artefact_name(w, w->t.artefact)));
}

static void gil_facts(struct work *w)
{
    w->gil = SHARE_UNKNOWN;
    if (!w->wall || !(w->wall->by_category[CAT_W_GIL] > 0))
        return;
    w->gil = stats_wilson(w->wall->by_category[CAT_W_GIL] / w->wall_total->task, w->wall_total->n_eff);
    work_share(w, FACT_gil_wait_share_lo, w->gil, "samples waiting for the interpreter lock over task samples");
}

void queue_limits(struct work *w)
{
    runq_facts(w);
    quota_facts(w);
    gil_facts(w);
    util_facts(w);
    const struct accounting *c = w->t.acct;
    if (c && num_known(c->mem_stall_share)) {
        struct share s = { clamp01(c->mem_stall_share), clamp01(c->mem_stall_share), clamp01(c->mem_stall_share) };
        work_share(w, FACT_mem_stall_share_lo, s, "stalled cycles over cycles, perf stat");
    }
}

/* Length of the window in which the operations were counted; NaN when nothing tells. */
static double ops_window(const struct work *w)
{
    if (w->given[FACT_wall_s])
        return work_fact(w, FACT_wall_s);
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        for (uint32_t k = 0; k < a->fact_count && !w->e->artefacts[i].facts_unused; k++) {
            if (!a->facts[k].is_text && span_is(a->facts[k].name, "wall_s"))
                return a->facts[k].num;
        }
    }
    return w->t.wall_s;
}

/* Utilisation for the queue: measured, else CPU over wall, which is U on one core and more than U on several. */
static double utilisation(const struct work *w)
{
    double u = work_fact(w, FACT_util_est);
    return num_known(u) ? u : w->t.rate.est;
}

static struct share queue_of(const struct work *w, struct share cpu)
{
    double u = utilisation(w);
    double rest = 1 - cpu.est;
    double est = u < 1 ? fmin(rest, u / (1 - u) * cpu.est) : rest;
    double hi = u < saturated ? u / (1 - u) * (1 + cv2_unknown) / 2 * cpu.est : 1;
    struct share q = { 0, est, fmax(est, fmin(hi, 1 - cpu.hi)) };
    if (share_known(w->gil)) { /* measured: no less than that */
        q.lo = fmin(w->gil.lo, rest);
        q.est = fmin(fmax(q.est, w->gil.est), rest);
        q.hi = fmax(q.hi, fmin(w->gil.hi, rest));
    }
    return share_ordered(q);
}

void queue_operations(struct work *w)
{
    struct evidence *e = w->e;
    double ops = work_fact(w, FACT_ops), op_s = work_fact(w, FACT_op_s), window = ops_window(w);
    if (!share_known(w->t.rate) || !num_known(ops) || !num_known(op_s) || !(ops > 0) || !(op_s > 0) || !(window > 0))
        return;
    if (num_known(w->t.wall_s) && fabs(window - w->t.wall_s) > window_tolerance * fmax(window, w->t.wall_s)) {
        work_problem(
            w, "window_differs", SPAN(""), "count operations and CPU seconds over the same minute",
            "operations were counted over %.4g s and CPU over %.4g s: they are of different windows and do not combine",
            window, w->t.wall_s);
        return;
    }
    /* U = X D: CPU per second over operations per second; N = X R in flight. */
    double in_flight = ops / window * op_s;
    struct share rate = w->t.rate;
    if (rate.est / in_flight > 1 + window_tolerance) {
        work_problem(
            w, "operations_inconsistent", SPAN(""),
            "count operations, response time and CPU seconds over the same minute",
            "an operation takes %.3g s and would use %.3g s of CPU: the process did other work as well, an operation "
            "runs on several cores, or the numbers are of different windows",
            op_s, rate.est * window / ops);
        return;
    }
    if (e->share_source == SHARE_FROM_WALL && e->time.cpu_share.hi >= 1)
        rate.hi = fmax(rate.hi, 1); /* unseen threads */
    struct share cpu = scaled(rate, 1 / in_flight);
    e->fact_share_source = SHARE_FROM_OPERATIONS;
    work_share(w, FACT_cpu_share_lo, cpu, "CPU per operation over mean response time");
    work_share(w, FACT_cpu_queue_share_lo, queue_of(w, cpu),
               "queueing for the own CPU from utilisation and CPU per operation");
}
