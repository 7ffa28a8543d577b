/* frames.c - the frames and threads that a report names. Shares are of CPU samples. */
#include "evidence/internal.h"

#include <stdlib.h>

enum { TOP_MAX = 25, THREADS_MAX = 50 };

static bool counted(const struct view *v, uint32_t r)
{
    if (v->clock == CLOCK_OFF)
        return v->role[r] != ROLE_NONE && v->role[r] != ROLE_IDLE;
    return v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
}

struct frame_sums {
    double *self, *total;
    double *best; /* weight of the largest category of the frame as leaf */
    uint8_t *category;
    uint32_t *stamp;
};

static void walk(const struct view *v, struct frame_sums *s, double *ret_all)
{
    const struct profile *p = v->p;
    *ret_all = 0;
    for (uint32_t r = 0; r < p->row_count; r++) {
        double w = view_row_weight(v, r);
        if (!counted(v, r) || p->row_stack[r].ix == 0)
            continue;
        *ret_all += w;
        uint32_t leaf = p->stacks[p->row_stack[r].ix].frame.ix;
        s->self[leaf] += w;
        if (w > s->best[leaf]) {
            s->best[leaf] = w;
            s->category[leaf] = v->c->category[r];
        }
        for (stack_id k = p->row_stack[r]; k.ix != 0; k = p->stacks[k.ix].parent) {
            uint32_t f = p->stacks[k.ix].frame.ix;
            if (s->stamp[f] != r + 1) {
                s->stamp[f] = r + 1;
                s->total[f] += w;
            }
        }
    }
}

void frames_top(struct work *w)
{
    struct evidence *e = w->e;
    const struct view *v = w->composition ? w->composition : w->off;
    if (!v)
        return;
    const struct profile *p = v->p;
    size_t n = (size_t)p->frame_count + 1;
    struct frame_sums s = { xcalloc(n, sizeof(double)), xcalloc(n, sizeof(double)), xcalloc(n, sizeof(double)),
                            xcalloc(n, 1), xcalloc(n, sizeof(uint32_t)) };
    double all;
    walk(v, &s, &all);
    e->top = ARENA_ARRAY(&e->arena, TOP_MAX, struct evidence_frame);
    while (all > 0 && e->top_count < TOP_MAX) {
        uint32_t best = 0;
        for (uint32_t f = 1; f < p->frame_count; f++) {
            if (s.self[f] > s.self[best])
                best = f;
        }
        if (p->frame_count == 0 || !(s.self[best] > 0))
            break;
        const struct profile_frame *f = &p->frames[best];
        struct span name = profile_str(p, f->func);
        if (name.len == 0)
            name = profile_str(p, f->module);
        e->top[e->top_count++] = (struct evidence_frame){ arena_span(&e->arena, name),
                                                          arena_span(&e->arena, profile_str(p, f->file)),
                                                          f->line,
                                                          (enum category)s.category[best],
                                                          clamp01(s.self[best] / all),
                                                          clamp01(s.total[best] / all) };
        s.self[best] = 0;
    }
    free(s.self);
    free(s.total);
    free(s.best);
    free(s.category);
    free(s.stamp);
}

static struct span process_name(const struct work *w, const struct profile *p, uint32_t ix)
{
    struct span name = profile_str(p, p->processes[ix].name);
    if (name.len == 0)
        name = profile_str(p, p->processes[ix].command);
    return arena_span(&w->e->arena, name);
}

/* Part of all CPU outside idle that ran under this thread's name. */
static double thread_part(const struct view *v, uint32_t thread, double all)
{
    double sum = 0;
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        bool own = v->p->row_thread[r].ix == thread && !v->c->dropped[r];
        sum += own && category_is_cpu((enum category)v->c->category[r]) ? view_row_weight(v, r) : 0;
    }
    return all > 0 ? sum / all : 0;
}

enum { OTHERS_MAX = 1000 };

static int by_weight(const void *a, const void *b)
{
    const struct evidence_process *x = a;
    const struct evidence_process *y = b;
    if (x->cpu_weight != y->cpu_weight)
        return x->cpu_weight < y->cpu_weight ? 1 : -1;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

/* A file may name a million processes: a document lists those that used most. */
static void limit_others(struct evidence *e)
{
    e->other_total = e->other_count;
    if (e->other_count <= OTHERS_MAX)
        return;
    qsort(e->others, e->other_count, sizeof *e->others, by_weight);
    e->other_count = OTHERS_MAX;
}

static void processes(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    const struct profile *p = v->p;
    double *sum = xcalloc(p->process_count + 1u, sizeof *sum), all = 0, most = -1;
    /* roles of unchosen processes are gone: weigh them by what a running thread would be */
    for (uint32_t r = 0; r < p->row_count; r++) {
        enum category c = (enum category)v->c->category[r];
        if (v->c->dropped[r] || !category_is_cpu(c))
            continue;
        sum[p->threads[p->row_thread[r].ix].process.ix] += view_row_weight(v, r);
        all += view_row_weight(v, r);
    }
    uint32_t others = 0;
    for (uint32_t i = 0; i < p->process_count; i++)
        others += !v->chosen[i];
    for (uint32_t t = 0; v->left_out && t < p->thread_count; t++)
        others += v->left_out[t];
    e->others = ARENA_ARRAY(&e->arena, others, struct evidence_process);
    for (uint32_t i = 0; i < p->process_count; i++) {
        struct evidence_process q = { process_name(w, p, i), p->processes[i].pid, all > 0 ? sum[i] / all : 0 };
        if (!v->chosen[i]) {
            e->others[e->other_count++] = q;
        } else if (sum[i] > most) {
            most = sum[i];
            e->process = q;
        }
    }
    for (uint32_t t = 0; v->left_out && t < p->thread_count; t++) {
        struct span name = arena_span(&e->arena, profile_str(p, p->threads[t].name));
        if (v->left_out[t])
            e->others[e->other_count++] = (struct evidence_process){ name, -1, thread_part(v, t, all) };
        else
            e->process = (struct evidence_process){ name, -1, thread_part(v, t, all) };
    }
    free(sum);
    limit_others(e);
}

/* CPU over the thread's own time; unknown for a clock that sees no waiting. */
static double thread_share(const struct work *w, const struct view *v, const double *role)
{
    double task = role[ROLE_CPU] + role[ROLE_WAIT] + role[ROLE_LOOP] + role[ROLE_RUNQ] + role[ROLE_UNKNOWN];
    if (v->sees_wait)
        return task > 0 ? role[ROLE_CPU] / task : NUM_UNKNOWN;
    bool window = w->t.known && runs_same(w, v->artefact) && num_known(v->seconds_per_weight) && w->t.wall_s > 0;
    return window ? clamp01(role[ROLE_CPU] * v->seconds_per_weight / w->t.wall_s) : NUM_UNKNOWN;
}

static void threads_of_view(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    const struct profile *p = v->p;
    bool *taken = xcalloc(p->thread_count + 1u, sizeof *taken);
    e->threads = ARENA_ARRAY(&e->arena, THREADS_MAX, struct evidence_thread);
    while (e->thread_count < THREADS_MAX) {
        uint32_t best = UINT32_MAX;
        for (uint32_t t = 0; t < p->thread_count; t++) {
            const double *role = &v->thread_role[(size_t)t * ROLE_COUNT];
            bool any = v->thread_n[t] > 0 || role[ROLE_IDLE] > 0;
            if (!taken[t] && any && (best == UINT32_MAX || v->thread_n[t] > v->thread_n[best]))
                best = t;
        }
        if (best == UINT32_MAX)
            break;
        taken[best] = true;
        const double *role = &v->thread_role[(size_t)best * ROLE_COUNT];
        double cpu = v->role_weight[ROLE_CPU];
        e->threads[e->thread_count++] =
            (struct evidence_thread){ process_name(w, p, p->threads[best].process.ix),
                                      arena_span(&e->arena, profile_str(p, p->threads[best].name)),
                                      v->n_exact ? v->thread_n[best] : NUM_UNKNOWN, thread_share(w, v, role),
                                      cpu > 0 ? role[ROLE_CPU] / cpu : NUM_UNKNOWN };
    }
    free(taken);
}

static void threads_of_accounting(struct work *w, const struct accounting *c)
{
    struct evidence *e = w->e;
    uint32_t n = c->thread_count < THREADS_MAX ? c->thread_count : THREADS_MAX;
    e->threads = ARENA_ARRAY(&e->arena, n, struct evidence_thread);
    for (uint32_t i = 0; i < n; i++) {
        const struct acct_thread *t = &c->threads[i];
        double wall = num_known(t->wall_s) ? t->wall_s : c->wall_s;
        double share = num_known(t->cpu_s) && wall > 0 ? clamp01(t->cpu_s / wall) : NUM_UNKNOWN;
        double part = num_known(t->cpu_s) && c->cpu_s > 0 ? clamp01(t->cpu_s / c->cpu_s) : NUM_UNKNOWN;
        e->threads[e->thread_count++] =
            (struct evidence_thread){ SPAN(""), arena_span(&e->arena, t->name), NUM_UNKNOWN, share, part };
    }
}

void frames_threads(struct work *w)
{
    struct evidence *e = w->e;
    const struct view *v = w->wall ? w->wall : w->composition ? w->composition : w->off;
    e->process = (struct evidence_process){ SPAN(""), -1, NUM_UNKNOWN };
    if (v) {
        processes(w, v);
        threads_of_view(w, v);
    } else if (w->t.acct) {
        threads_of_accounting(w, w->t.acct);
    }
    if (e->process.pid < 0 && w->t.acct)
        e->process.pid = w->t.acct->pid >= 0 ? w->t.acct->pid : w->in->artefacts[w->t.artefact]->pid;
    for (uint32_t i = 0; i < w->view_count; i++) {
        const struct view *x = &w->views[i];
        struct evidence_artefact *a = &e->artefacts[x->artefact];
        if (num_known(a->samples))
            continue;
        double n = 0, threads = 0;
        for (uint32_t t = 0; t < x->p->thread_count; t++) {
            const double *role = &x->thread_role[(size_t)t * ROLE_COUNT];
            n += x->thread_n[t];
            threads += x->thread_n[t] > 0 || role[ROLE_IDLE] > 0;
        }
        a->samples = x->n_exact ? n + x->role_n[ROLE_IDLE] : NUM_UNKNOWN;
        a->threads = threads;
    }
}
