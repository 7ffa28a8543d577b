/* wall.c - the share of time from samples of all states (method 1.4, 1.5).
 * 1. Parked workers and joining main threads are in no denominator.
 * 2. What the samples cannot separate widens: no state of the thread, synchronous calls, loops without work, no names. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>
#include <stdlib.h>

static double rank_of(const struct work *w, const struct view *v)
{
    double task = v->role_weight[ROLE_CPU] + v->role_weight[ROLE_WAIT] + v->role_weight[ROLE_LOOP];
    if (v->clock != CLOCK_WALL || !v->sees_wait || !(task > 0) || v->a->foreign_picture)
        return -1;
    if (!v->all_states)
        return -1;
    if (!runs_same(w, v->artefact) && w->match[v->artefact] < MATCH_PROGRAM)
        return -1;
    return 1 + (runs_same(w, v->artefact) ? 8 : 0) + (v->has_state ? 4 : 0) + (v->a->one_thread_of_several ? 0 : 2) +
           v->cpu_n / (v->cpu_n + 1e6);
}

void wall_choose(struct work *w)
{
    double best = 0;
    for (uint32_t i = 0; i < w->view_count; i++) {
        const struct view *v = &w->views[i];
        double rank = rank_of(w, v);
        if (rank > best) {
            best = rank;
            w->wall = v;
        }
        bool blocked = v->clock == CLOCK_OFF && v->role_weight[ROLE_WAIT] + v->role_weight[ROLE_LOOP] > 0;
        if (blocked && !w->off && (runs_same(w, v->artefact) || w->match[v->artefact] >= MATCH_PROGRAM))
            w->off = v;
    }
    if (!w->wall)
        return;
    w->wall_total = ARENA_NEW(&w->e->arena, struct wall_sum);
    *w->wall_total = wall_sum(w, w->wall);
}

static double task_neff(const struct work *w, const struct view *v)
{
    (void)w;
    float *x = xcalloc(v->p->row_count + 1u, sizeof *x);
    double cpu = v->role_weight[ROLE_CPU], all = 0;
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        enum role role = (enum role)v->role[r];
        bool task = role != ROLE_NONE && role != ROLE_IDLE;
        x[r] = !task ? (float)NUM_UNKNOWN : role == ROLE_CPU ? 1.0F : 0.0F;
        all += task ? view_row_weight(v, r) : 0;
    }
    struct sequence s = { x, all > 0 ? cpu / all : 0 };
    double rate = v->rate_hz;
    /* Uneven times: the mean rate over the thread's own time. */
    if (!num_known(rate) && num_known(v->seconds_per_weight) && all > 0)
        rate = (v->role_n[ROLE_CPU] + v->role_n[ROLE_WAIT] + v->role_n[ROLE_LOOP] + v->role_n[ROLE_UNKNOWN]) /
               (all * v->seconds_per_weight);
    double n = neff_of(v, &s, rate);
    free(x);
    return n;
}

static double thread_task(const struct view *v, uint32_t t)
{
    const double *r = &v->thread_role[(size_t)t * ROLE_COUNT];
    return r[ROLE_CPU] + r[ROLE_WAIT] + r[ROLE_LOOP] + r[ROLE_RUNQ] + r[ROLE_UNKNOWN];
}

/* Weight of one thread over the whole window: the stated length, else that of the thread seen longest. */
static double window_weight(const struct view *v)
{
    double longest = 0;
    for (uint32_t t = 0; t < v->p->thread_count; t++)
        longest = fmax(longest, thread_task(v, t) + v->thread_role[(size_t)t * ROLE_COUNT + ROLE_IDLE]);
    if (num_known(v->a->duration_s) && num_known(v->seconds_per_weight) && view_threads_named(v))
        longest = fmax(longest, v->a->duration_s / v->seconds_per_weight);
    return longest;
}

struct wall_sum wall_sum(const struct work *w, const struct view *v)
{
    const double *r = v->role_weight;
    struct wall_sum s = {
        .cpu = r[ROLE_CPU], .wait = r[ROLE_WAIT], .loop = r[ROLE_LOOP], .runq = r[ROLE_RUNQ], .unknown = r[ROLE_UNKNOWN]
    };
    s.task = s.cpu + s.wait + s.loop + s.runq + s.unknown;
    s.sync = v->v8 || v->wait_may_be_cpu ? s.wait : v->has_state ? 0 : v->by_category[CAT_W_DISK];
    s.threads = view_busy_threads(v, 0.01);
    s.wall = window_weight(v);
    s.n_eff = task_neff(w, v);
    return s;
}

static bool state_told(const struct work *w, const struct view *v)
{
    const struct accounting *c = w->t.acct;
    return v->has_state || (w->t.known && runs_same(w, v->artefact)) || (c && num_known(c->runq_s));
}

static double lost_of(const struct view *v)
{
    return num_known(v->a->lost_share) ? v->a->lost_share : 0;
}

struct share wall_task_share(const struct work *w, const struct view *v, const struct wall_sum *s,
                             bool idle_is_work_wait)
{
    double all = s->task;
    double hi_all = idle_is_work_wait ? all : all - s->loop;
    double lo_p = (s->cpu - v->maybe_wait_weight) / all;
    double hi_p = hi_all > 0 ? (s->cpu + s->unknown + s->sync) / hi_all : 1;
    struct share share = { stats_wilson(lo_p, s->n_eff).lo, s->cpu / all,
                           clamp01(stats_wilson(clamp01(hi_p), s->n_eff).hi + lost_of(v)) };
    if (!state_told(w, v))
        share.lo = 0;
    return share_ordered(share);
}

/* Several threads with tasks at the same time: their CPU over one wall clock. */
struct share wall_rate(const struct work *w, const struct view *v, const struct wall_sum *s)
{
    if (s->threads <= 1)
        return wall_task_share(w, v, s, true);
    double k = fmax(s->threads, s->task / s->wall);
    struct share lo = stats_wilson((s->cpu - v->maybe_wait_weight) / (k * s->wall), s->n_eff);
    struct share hi = stats_wilson(clamp01((s->cpu + s->unknown + s->sync) / (k * s->wall)), s->n_eff);
    struct share r = { lo.lo * k, s->cpu / s->wall, (hi.hi + lost_of(v)) * k };
    if (!state_told(w, v))
        r.lo = 0;
    return share_ordered(r);
}

/* Thread-seconds are no share of wall: the share per task, and that of each named thread, widen both ends. */
void wall_widen(const struct view *v, const struct wall_sum *s, struct share *share)
{
    double per_task = s->cpu / (s->task - s->unknown > 0 ? s->task - s->unknown : s->task);
    share->lo = fmin(share->lo, per_task);
    share->hi = fmax(share->hi, per_task);
    for (uint32_t t = 0; view_threads_named(v) && t < v->p->thread_count; t++) {
        double task = thread_task(v, t);
        if (!(task > 0) || task < 0.05 * s->task)
            continue;
        double own = v->thread_role[(size_t)t * ROLE_COUNT + ROLE_CPU] / task;
        share->lo = fmin(share->lo, own);
        share->hi = fmax(share->hi, own);
    }
    *share = share_ordered(*share);
}

double wall_busiest(const struct view *v, const struct wall_sum *s)
{
    double most = 0;
    for (uint32_t t = 0; t < v->p->thread_count; t++)
        most = fmax(most, v->thread_role[(size_t)t * ROLE_COUNT + ROLE_CPU]);
    return s->wall > 0 ? most / s->wall : NUM_UNKNOWN;
}
