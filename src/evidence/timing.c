/* timing.c - CPU seconds and wall seconds of one execution: the accounting that leads, a profile with a wall length, or
 * what was declared (method 1.8). Without both there is no CPU share, whatever the profile's colours say. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>

static double or_else(double a, double b)
{
    return num_known(a) ? a : b;
}

static bool acct_usable(const struct accounting *c)
{
    if (c->scope == ACCT_SYSTEM || c->scope == ACCT_THREAD)
        return false;
    bool share = num_known(c->share_lo) && num_known(c->share_hi);
    return num_known(c->wall_s) && c->wall_s > 0 && (num_known(c->cpu_s) || share);
}

static struct share acct_rate(const struct accounting *c)
{
    double wall_lo = or_else(c->wall_lo_s, c->wall_s), wall_hi = or_else(c->wall_hi_s, c->wall_s);
    if (!(wall_lo > 0))
        wall_lo = c->wall_s;
    struct share r = SHARE_UNKNOWN;
    if (num_known(c->cpu_s)) {
        r.est = c->cpu_s / c->wall_s;
        r.lo = or_else(c->cpu_lo_s, c->cpu_s) / wall_hi;
        r.hi = or_else(c->cpu_hi_s, c->cpu_s) / wall_lo;
    } else {
        r.est = (c->share_lo + c->share_hi) / 2;
    }
    if (num_known(c->share_lo))
        r.lo = c->share_lo;
    if (num_known(c->share_hi))
        r.hi = c->share_hi;
    if (num_known(c->share_run_lo))
        r.lo = fmin(r.lo, c->share_run_lo);
    if (num_known(c->share_run_hi))
        r.hi = fmax(r.hi, c->share_run_hi);
    return share_ordered(r);
}

bool timing_whole_life_rate(const struct accounting *c, struct share *ret)
{
    if (!c->whole_life || c->attached || !acct_usable(c))
        return false;
    *ret = acct_rate(c);
    return true;
}

/* Whole life before window, tree and process before cgroup, then the narrower interval. */
static double acct_score(const struct work *w, const struct artefact *a, const struct accounting *c)
{
    struct share r = acct_rate(c);
    double score = (c->whole_life ? 100 : 0) + (c->scope == ACCT_CGROUP ? 0 : 50) - fmin(40, 100 * (r.hi - r.lo));
    int64_t pid;
    if (w->in->process.len > 0 && span_to_i64(w->in->process, &pid) && (c->pid == pid || a->pid == pid))
        score += 1000;
    /* Accounting of the very process that was sampled beats any other. */
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *o = w->in->artefacts[i];
        int64_t own = c->pid >= 0 ? c->pid : a->pid;
        if (o != a && o->profile && own >= 0 && o->pid == own)
            score += 200;
    }
    return score;
}

static void count_threads(struct timing *t, const struct accounting *c)
{
    double most = NUM_UNKNOWN, sum = 0;
    uint32_t busy = 0;
    for (uint32_t i = 0; i < c->thread_count; i++) {
        double s = c->threads[i].cpu_s;
        if (!num_known(s))
            continue;
        sum += s;
        most = num_known(most) ? fmax(most, s) : s;
    }
    for (uint32_t i = 0; i < c->thread_count; i++)
        busy += num_known(c->threads[i].cpu_s) && c->threads[i].cpu_s >= 0.01 * sum && c->threads[i].cpu_s > 0;
    most = or_else(c->max_thread_cpu_s, most);
    if (busy > 0)
        t->busy_threads = busy;
    else if (num_known(c->busy_threads))
        t->busy_threads = c->busy_threads;
    if (num_known(most) && num_known(c->wall_s))
        t->max_thread = most / c->wall_s;
}

static void from_accounting(struct timing *t, uint32_t artefact, const struct accounting *c)
{
    t->known = true;
    t->acct = c;
    t->artefact = artefact;
    t->source = SHARE_FROM_ACCOUNTING;
    t->rate = acct_rate(c);
    t->wall_s = c->wall_s;
    t->cpu_s = or_else(c->cpu_s, t->rate.est * c->wall_s);
    t->cpu_lo_s = or_else(c->cpu_lo_s, t->cpu_s);
    t->cpu_hi_s = or_else(c->cpu_hi_s, t->cpu_s);
    t->attached = c->attached;
    count_threads(t, c);
}

/* The recorder's own -d is the longest a recording can have taken; whoever knows better says so. NaN: nothing tells. */
static double recorded_wall(const struct work *w, const struct artefact *a)
{
    double stated = w->given[FACT_wall_s] ? work_fact(w, FACT_wall_s) : NUM_UNKNOWN;
    if (a->duration_source == WALL_NONE || !(a->duration_s > 0))
        return stated;
    bool shorter = a->duration_source == WALL_RECORDER && stated > 0 && stated < a->duration_s;
    return shorter ? stated : a->duration_s;
}

/* On-CPU samples over a wall length that can be trusted; binomial over the ticks of one core. */
static bool from_cpu_samples(struct work *w, const struct view *v)
{
    const struct artefact *a = v->a;
    double cpu = view_cpu_seconds(v);
    double wall = recorded_wall(w, a);
    if (v->clock != CLOCK_CPU || !(wall > 0) || !num_known(cpu) || a->foreign_picture)
        return false;
    bool idle_left_out = false;
    for (uint32_t i = 0; i < a->problem_count; i++) {
        if (span_is(span_of(a->problems[i].code), "wait_frames_in_unknown_clock"))
            return false;
        idle_left_out = idle_left_out || span_is(span_of(a->problems[i].code), "idle_left_out");
    }
    /* Samples without one of the program (all of a profiler, all without a stack) are no proof that it did not run. */
    if (cpu <= 0 && v->p->sample_count > 0)
        return false;
    struct timing *t = &w->t;
    double rate = num_known(v->rate_hz) ? v->rate_hz : 100;
    double n = rate * wall / stats_deff(rate, v->p->order_count > 0 ? STATS_PHASE_ORDERED : STATS_PHASE_UNORDERED);
    double cores = fmax(1, ceil(cpu / wall));
    struct share p = stats_wilson(cpu / wall / cores, n);
    t->known = true;
    t->source = SHARE_FROM_CPU_OVER_WALL;
    t->artefact = v->artefact;
    t->rate = (struct share){ p.lo * cores, p.est * cores, p.hi * cores };
    if (num_known(a->lost_share))
        t->rate.hi += a->lost_share;
    if (a->duration_source == WALL_RECORDER && wall >= a->duration_s) {
        work_problem(
            w, "duration_is_a_limit", a->name, "say how long it took with --fact wall_s=SECONDS",
            "the recorder stops when the program ends: %.4g s is the longest that the recording can have taken",
            a->duration_s);
        /* A program that ends first, started or attached to, computed for a larger part of a shorter time. */
        t->rate.hi = fmax(t->rate.hi, 1);
    }
    t->wall_s = wall;
    t->cpu_s = t->cpu_lo_s = t->cpu_hi_s = cpu;
    t->n_eff = n;
    t->attached = a->overlapping;
    if (a->one_thread_of_several)
        t->rate.hi = fmax(t->rate.hi, 1); /* the other threads are unseen */
    if (idle_left_out)
        t->rate.lo = 0; /* every state but idle was sampled: a call that blocks looks like work */
    return true;
}

static void from_declared(struct work *w)
{
    struct timing *t = &w->t;
    double cpu = w->given[FACT_cpu_s] ? work_fact(w, FACT_cpu_s) : NUM_UNKNOWN;
    double wall = w->given[FACT_wall_s] ? work_fact(w, FACT_wall_s) : NUM_UNKNOWN;
    for (uint32_t i = 0; i < w->in->artefact_count && !(num_known(cpu) && num_known(wall)); i++) {
        const struct artefact *a = w->in->artefacts[i];
        for (uint32_t k = 0; k < a->acct_count; k++) {
            bool scope = a->acct[k].scope != ACCT_SYSTEM && a->acct[k].scope != ACCT_THREAD;
            if (!num_known(cpu) && scope) {
                cpu = a->acct[k].cpu_s;
                t->artefact = i;
            }
            if (!num_known(wall) && scope)
                wall = or_else(a->acct[k].wall_s, a->duration_s);
        }
    }
    if (!num_known(cpu) || !num_known(wall) || !(wall > 0)) {
        t->artefact = 0;
        return;
    }
    t->known = true;
    t->source = w->given[FACT_cpu_s] || w->given[FACT_wall_s] ? SHARE_FROM_DECLARED : SHARE_FROM_ACCOUNTING;
    double r = cpu / wall;
    t->rate = (struct share){ r, r, r };
    t->wall_s = wall;
    t->cpu_s = t->cpu_lo_s = t->cpu_hi_s = cpu;
}

void timing_choose(struct work *w)
{
    struct timing *t = &w->t;
    *t = (struct timing){ .rate = SHARE_UNKNOWN,
                          .cpu_s = NUM_UNKNOWN,
                          .cpu_lo_s = NUM_UNKNOWN,
                          .cpu_hi_s = NUM_UNKNOWN,
                          .wall_s = NUM_UNKNOWN,
                          .n_eff = NUM_UNKNOWN,
                          .busy_threads = NUM_UNKNOWN,
                          .max_thread = NUM_UNKNOWN };
    if (w->given[FACT_cpu_s] && w->given[FACT_wall_s])
        from_declared(w);
    if (t->known)
        return;
    double best = -HUGE_VAL;
    const struct accounting *chosen = NULL;
    uint32_t artefact = 0;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        for (uint32_t k = 0; k < a->acct_count; k++) {
            if (acct_usable(&a->acct[k]) && acct_score(w, a, &a->acct[k]) > best) {
                best = acct_score(w, a, &a->acct[k]);
                chosen = &a->acct[k];
                artefact = i;
            }
        }
    }
    if (chosen) {
        from_accounting(t, artefact, chosen);
        return;
    }
    from_declared(w);
    for (uint32_t i = 0; i < w->view_count && !t->known; i++)
        (void)from_cpu_samples(w, &w->views[i]);
}

/* Cores that the program can use (method 1.4): declared, 1 for an interpreter lock or one loop, what the files tell. */
double timing_usable_cores(const struct work *w)
{
    if (w->given[FACT_usable_cores])
        return work_fact(w, FACT_usable_cores);
    double m = NUM_UNKNOWN;
    const struct accounting *c = w->t.acct;
    if (w->runtime == RUNTIME_PYTHON || w->runtime == RUNTIME_RUBY || w->runtime == RUNTIME_NODE)
        m = c && num_known(c->processes) && c->processes > 1 ? c->processes : 1; /* one core each */
    if (c) {
        double told[] = { c->cpus_online, c->cpus_allowed, c->quota_cpus };
        for (size_t i = 0; i < ARRAY_LEN(told); i++) {
            if (num_known(told[i]) && told[i] > 0)
                m = num_known(m) ? fmin(m, told[i]) : told[i];
        }
    }
    if (!num_known(m))
        m = work_fact(w, FACT_usable_cores); /* from a file: NRCPUS, JFR */
    return m;
}
