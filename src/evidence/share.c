/* share.c - the CPU share, twice: of the process's time (report) and of what the goal names (rules). Method 1.4.
 *
 * Example, one job: 1.8 s of CPU in 60.0 s -> both 0.0300. Example, a service: 35.61 s of CPU in 60 s and 17,400
 * requests of 0.517 s -> time 0.5935, rules 35.61/17400/0.517 = 0.0040. More traffic moves the first and not the second. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>

#include "import/cmdline.h"

static const double one_thread_limit = 1.02; /* CPU over wall that one thread can reach, clocks being clocks */

static struct share capped(struct share s)
{
    return share_ordered((struct share){ clamp01(s.lo), clamp01(s.est), clamp01(s.hi) });
}

/* --- does work overlap? --- */

/* Threads of a pool that took tasks during the window. */
static uint32_t pool_threads(const struct view *v)
{
    if (!v)
        return 0;
    const struct profile *p = v->p;
    uint32_t n = 0;
    for (uint32_t t = 0; t < p->thread_count; t++) {
        const double *r = &v->thread_role[(size_t)t * ROLE_COUNT];
        double task = r[ROLE_CPU] + r[ROLE_WAIT] + r[ROLE_UNKNOWN];
        n += r[ROLE_IDLE] > 0 && task > 0.05 * (task + r[ROLE_IDLE]);
    }
    return n;
}

static const char *overlap_of_artefact(const struct artefact *a)
{
    for (uint32_t i = 0; i < a->fact_count; i++) {
        if (span_is(a->facts[i].name, "concurrency") && span_is(a->facts[i].text, "overlapping"))
            return "several requests in flight";
    }
    if (a->event_loop)
        return "an event loop or a server in the frames or the command line";
    if (a->overlapping)
        return "a window of a running process";
    for (uint32_t i = 0; i < a->acct_count; i++) {
        if (a->acct[i].attached)
            return "a running process was attached to";
        if (a->acct[i].scope == ACCT_CGROUP)
            return "a container or cgroup was measured";
    }
    return NULL;
}

/* Operations in flight by Little's law, where the numbers were given; NaN otherwise. More than one at a time is no
 * matter of opinion. */
static double in_flight(const struct work *w)
{
    double wall = work_fact(w, FACT_wall_s);
    return work_fact(w, FACT_ops) * work_fact(w, FACT_op_s) / (num_known(wall) ? wall : w->t.wall_s);
}

bool share_is_overlapping(struct work *w)
{
    struct fact_set *f = &w->e->facts;
    bool crowded = in_flight(w) > 1.1;
    if (w->given[FACT_concurrency]) {
        bool said = span_is(facts_text(f, FACT_concurrency), "overlapping");
        if (!said && crowded)
            work_problem(
                w, "concurrency_contradicted", SPAN(""), "check the numbers, or state concurrency=overlapping",
                "one at a time was stated, but operations times response time over the window is %.3g in flight",
                in_flight(w));
        return said || crowded;
    }
    const char *why = crowded ? "operations times response time exceed the window" : NULL;
    struct span by = crowded ? SPAN("Little's law") : SPAN("");
    for (uint32_t i = 0; i < w->in->artefact_count && !why; i++) {
        why = overlap_of_artefact(w->in->artefacts[i]);
        by = why ? w->in->artefacts[i]->name : by;
    }
    /* V8 marks the idle of every script so; there the frames decide. */
    if (!why && w->wall && !w->wall->v8 && w->wall->by_category[CAT_IDLE_LOOP] > 0.0005 * w->wall_total->task) {
        why = "an event loop or a listening socket in the samples";
        by = w->wall->a->name;
    }
    if (!why && pool_threads(w->wall) >= 2) {
        why = "several pool threads held tasks";
        by = w->wall->a->name;
    }
    struct span text =
        why ? work_text(w, "%.*s: %s", SPAN_FMT(by), why) : SPAN("nothing names a server, a loop or a pool with tasks");
    facts_set_text(f, FACT_concurrency, why ? SPAN("overlapping") : SPAN("one_at_a_time"),
                   why ? ORIGIN_COMPUTED : ORIGIN_DEFAULT, text.ptr);
    return why != NULL;
}

/* --- of the process's time --- */

void share_time(struct work *w)
{
    struct evidence *e = w->e;
    struct timing *t = &w->t;
    struct evidence_time *time = &e->time;
    time->cpu_share = SHARE_UNKNOWN;
    time->cpu_s = t->cpu_s;
    time->wall_s = t->wall_s;
    if (t->known) {
        time->cpu_share = capped(t->rate);
        e->share_source = t->source;
        e->share_n_eff = t->n_eff;
        e->share_runs = t->acct ? t->acct->runs : 1;
        e->artefacts[t->artefact].gave_share = t->source != SHARE_FROM_DECLARED && w->in->artefact_count > 0;
        return;
    }
    const struct view *v = w->wall;
    if (!v || !runs_same(w, v->artefact))
        return;
    const struct wall_sum *s = w->wall_total;
    t->rate = wall_rate(w, v, s);
    t->n_eff = s->n_eff;
    t->source = e->share_source = SHARE_FROM_WALL;
    e->share_n_eff = s->n_eff;
    e->share_runs = 1;
    t->artefact = v->artefact;
    time->cpu_share = capped(t->rate);
    bool hidden_threads =
        v->a->one_thread_of_several ||
        (!view_threads_named(v) && s->threads <= 1 && num_known(v->a->duration_s) && num_known(v->seconds_per_weight) &&
         s->task * v->seconds_per_weight > 1.05 * v->a->duration_s);
    if (hidden_threads)
        time->cpu_share.hi = 1; /* the rest of the process is unseen */
    if (num_known(v->seconds_per_weight)) {
        time->wall_s = num_known(v->a->duration_s) ? v->a->duration_s : s->wall * v->seconds_per_weight;
        time->cpu_s = s->cpu * v->seconds_per_weight;
        t->wall_s = time->wall_s;
        t->cpu_s = time->cpu_s;
    }
    e->artefacts[v->artefact].gave_share = true;
}

/* --- of what the goal names: one job at a time --- */

/* Threads that hold a task, and the CPU of the busiest one per wall second, where a profile of this run tells. */
static void threads_from_views(const struct work *w, double *k, double *most)
{
    for (uint32_t i = 0; i < w->view_count; i++) {
        const struct view *v = &w->views[i];
        if (!runs_same(w, v->artefact) || !view_threads_named(v) || v->clock == CLOCK_OFF || !(v->cpu_weight > 0))
            continue;
        if (!num_known(*k))
            *k = fmax(1, view_busy_threads(v, 0.01));
        double top = 0;
        for (uint32_t t = 0; t < v->p->thread_count; t++)
            top = fmax(top, v->thread_role[(size_t)t * ROLE_COUNT + ROLE_CPU]);
        if (!num_known(*most) && v->role_weight[ROLE_CPU] > 0)
            *most = top / v->role_weight[ROLE_CPU] * w->t.rate.est;
    }
}

/* Throttled time is neither CPU nor waiting: the share of the time in which the program could have run. */
static struct share demand(const struct work *w, struct share rate, double k, double cores)
{
    double stopped = fmax(w->throttled_share, num_known(w->runq_share) ? w->runq_share : 0);
    struct share d = { rate.lo / (1 - stopped), rate.est / (1 - stopped), rate.hi / (1 - stopped) };
    bool one_thread = k <= 1 || (!num_known(k) && stopped < 1 && d.est <= one_thread_limit);
    if (one_thread && stopped < 1)
        return capped(d);
    double lo = num_known(cores) && cores > 0 ? rate.lo / cores : rate.lo;
    return capped((struct share){ lo, num_known(cores) && cores > 0 ? rate.est / cores : rate.est, 1 });
}

/* Another execution in the set was accounted from start to end as well: what is concluded has to hold for both. */
static struct share with_other_executions(struct work *w, struct share s)
{
    for (uint32_t i = 0; i < w->in->artefact_count && w->t.acct && w->in->process.len == 0; i++) {
        const struct artefact *a = w->in->artefacts[i];
        struct share o = SHARE_UNKNOWN;
        if (runs_same(w, i) || a->acct_count == 0 || !timing_whole_life_rate(&a->acct[0], &o))
            continue;
        o = capped(o);
        if (o.lo < s.lo || o.hi > s.hi)
            work_problem(w, "executions_differ", a->name, "send the files of one execution as one run",
                         "CPU over wall was %.3g in this execution and %.3g in that of %.*s; what is concluded has to "
                         "hold for both",
                         o.est, s.est, SPAN_FMT(work_artefact_name(w, w->t.artefact)));
        s.lo = fmin(s.lo, o.lo);
        s.hi = fmax(s.hi, o.hi);
    }
    return s;
}

static struct share one_job_accounted(struct work *w)
{
    const struct timing *t = &w->t;
    double k = t->busy_threads, most = t->max_thread, cores = timing_usable_cores(w);
    threads_from_views(w, &k, &most);
    w->e->busy_threads = k;
    if (num_known(w->throttled_share) && w->throttled_share > 0)
        return demand(w, t->rate, k, cores);
    struct share s = capped(t->rate);
    bool several = k > 1 || (!num_known(k) && t->rate.est > one_thread_limit);
    if (!several) {
        if (!num_known(k))
            work_problem(w, "threads_unknown", SPAN(""),
                         "a recording that tells threads apart (stet record, perf, py-spy --threads)",
                         "nothing in the set tells how many threads did the work; one is taken");
        return s;
    }
    if (num_known(most)) {
        s.lo = fmin(s.lo, most * (t->rate.est > 0 ? t->rate.lo / t->rate.est : 1));
    } else {
        double share_of = num_known(k) && num_known(cores) ? fmin(k, fmax(cores, 1)) : num_known(k) ? k : cores;
        s.lo = num_known(share_of) ? fmin(s.lo, t->rate.lo / share_of) : 0;
    }
    if (w->wall && runs_same(w, w->wall->artefact))
        wall_widen(w->wall, w->wall_total, &s);
    return share_ordered(s);
}

/* Somebody waits for every reply: idle of the loop is waiting and nothing else. */
static bool idle_waits(const struct work *w)
{
    struct span load = facts_text(&w->e->facts, FACT_load_model), kind = facts_text(&w->e->facts, FACT_program_kind);
    return span_is(load, "batch") || span_is(load, "closed") || span_is(kind, "batch") || span_is(kind, "cli");
}

static struct share one_job_sampled(struct work *w)
{
    const struct view *v = w->wall;
    const struct wall_sum *s = w->wall_total;
    w->e->busy_threads = v->a->one_thread_of_several || !view_threads_named(v) ? NUM_UNKNOWN : s->threads;
    if (s->threads <= 1) {
        struct share one = wall_task_share(w, v, s, idle_waits(w));
        if (w->e->time.cpu_share.hi >= 1 && v->a->one_thread_of_several)
            one.hi = 1;
        return one;
    }
    struct share many = capped(wall_rate(w, v, s));
    double scale = s->cpu > 0 ? wall_rate(w, v, s).lo / (s->cpu / s->wall) : 1;
    many.lo = fmin(many.lo, wall_busiest(v, s) * scale);
    wall_widen(v, s, &many);
    if (wall_rate(w, v, s).lo <= 0)
        many.lo = 0;
    return many;
}

static const char *one_job_words(enum share_source s)
{
    switch (s) {
    case SHARE_FROM_ACCOUNTING:
        return "CPU seconds over wall seconds";
    case SHARE_FROM_WALL:
        return "samples running over samples running or waiting";
    case SHARE_FROM_CPU_OVER_WALL:
        return "CPU seconds of the samples over the stated length";
    case SHARE_FROM_DECLARED:
        return "declared CPU seconds over wall seconds";
    case SHARE_FROM_NOTHING:
    case SHARE_FROM_OPERATIONS:
        break;
    }
    return "";
}

/* --- waiting --- */

/* Waiting for a lock or a timer is waiting, but nobody else's: what a profile of all states shows of it. */
static double internal_wait(const struct work *w)
{
    const struct view *v = w->wall;
    if (!v || !(w->wall_total->task > 0))
        return 0;
    double sum = v->by_category[CAT_W_LOCK] + v->by_category[CAT_W_TIMER];
    return sum / w->wall_total->task;
}

static void wait_facts(struct work *w)
{
    struct share cpu = { work_fact(w, FACT_cpu_share_lo), work_fact(w, FACT_cpu_share_est),
                         work_fact(w, FACT_cpu_share_hi) };
    if (!share_known(cpu))
        return;
    double est = num_known(cpu.est) ? cpu.est : cpu.lo;
    double queue_hi = work_fact(w, FACT_cpu_queue_share_hi), queue_est = work_fact(w, FACT_cpu_queue_share_est);
    double throttled = work_fact(w, FACT_throttled_share), runq = work_fact(w, FACT_runq_share);
    queue_hi = num_known(queue_hi) ? queue_hi : 0;
    queue_est = num_known(queue_est) ? queue_est : 0;
    throttled = num_known(throttled) ? throttled : 0;
    /* Measured run-queue delay stands in the queue share already, for one job at a time. */
    runq = num_known(runq) ? runq : 0;
    double others_hi = fmax(queue_hi, runq) + throttled + internal_wait(w);
    double others_est = fmax(queue_est, runq) + throttled + internal_wait(w);
    double hi = clamp01(1 - cpu.lo);
    double lo = fmin(hi, clamp01(1 - cpu.hi - others_hi));
    struct share wait = { lo, fmin(hi, fmax(lo, clamp01(1 - est - others_est))), hi };
    /* The parts of one whole must not exceed it after rounding. */
    work_share(w, FACT_wait_share_lo, wait, "1 - CPU share - own queue - throttled");
}

/* Totals alone: what did not run may have waited for a core that others had, which method 1.4 counts as 0 and says. Where
 * voluntary and involuntary switches are told apart, queue_unmeasured has judged. */
static void doubt_run_queue(struct work *w, struct share s)
{
    const struct accounting *c = w->t.acct;
    if (!w->t.known || !c || num_known(w->runq_share) || num_known(c->voluntary) || !share_known(s) || 1 - s.hi <= 0.2)
        return;
    work_problem(
        w, "runq_unmeasured", work_artefact_name(w, w->t.artefact),
        "run it on an idle machine, or under stet record, which measures waiting for a core",
        "nothing tells how long the program was ready and had no core: on a busy machine a part of what is shown as "
        "waiting is that");
}

void share_facts(struct work *w)
{
    struct evidence *e = w->e;
    struct share s = SHARE_UNKNOWN;
    if (w->overlapping) {
        queue_operations(w);
    } else {
        if (w->t.known)
            s = with_other_executions(w, one_job_accounted(w));
        else if (e->share_source == SHARE_FROM_WALL)
            s = one_job_sampled(w);
        e->fact_share_source = share_known(s) ? w->t.source : SHARE_FROM_NOTHING;
        work_share(w, FACT_cpu_share_lo, s, one_job_words(w->t.source));
        double runq = num_known(w->runq_share) ? w->runq_share : 0;
        double unmeasured = queue_unmeasured(w);
        doubt_run_queue(w, s);
        if (share_known(w->gil) || runq > 0 || unmeasured > 0) {
            struct share gil = share_known(w->gil) ? w->gil : (struct share){ 0, 0, 0 };
            struct share queue = { clamp01(gil.lo + runq), clamp01(gil.est + runq),
                                   clamp01(gil.hi + runq + unmeasured) };
            if (share_known(s)) {
                queue.lo = fmin(queue.lo, 1 - s.lo);
                queue.est = fmin(queue.est, 1 - s.est);
                queue.hi = fmax(queue.est, fmin(queue.hi, 1 - s.lo));
            }
            work_share(w, FACT_cpu_queue_share_lo, share_ordered(queue),
                       unmeasured > 0 ? "run queue: involuntary switches of unknown length"
                                      : "interpreter lock and run queue, measured");
            if (unmeasured > 0 && share_known(s) && 1 - s.hi > 0.05)
                work_problem(w, "runq_unmeasured", work_artefact_name(w, w->t.artefact),
                             "run it on an idle machine, or under stet record, which measures waiting for a core",
                             "the program lost its core %.0f times against its will: part of what is shown as waiting "
                             "may be waiting for a core",
                             w->t.acct->involuntary);
        }
    }
    e->queue_share = (struct share){ work_fact(w, FACT_cpu_queue_share_lo), work_fact(w, FACT_cpu_queue_share_est),
                                     work_fact(w, FACT_cpu_queue_share_hi) };
    wait_facts(w);
}
