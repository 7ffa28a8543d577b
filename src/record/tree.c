#include "record/tree.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"

enum { THREADS_MAX = 4096, PROCESSES_MAX = 4096 };

void rec_tree_init(struct rec_tree *t)
{
    *t = (struct rec_tree){ .hz = (double)sysconf(_SC_CLK_TCK), .page_kb = (double)sysconf(_SC_PAGESIZE) / 1024 };
}

void rec_tree_release(struct rec_tree *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        sb_release(&t->items[i].command);
        free(t->items[i].items);
    }
    free(t->items);
    *t = (struct rec_tree){ 0 };
}

static struct rec_thread *thread_find(struct rec_process *p, int64_t tid, uint64_t start)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->items[i].tid == tid && p->items[i].start == start)
            return &p->items[i];
    }
    return NULL;
}

struct thread_visit {
    struct rec_tree *t;
    struct rec_process *p;
};

static void thread_counters(struct rec_tree *t, struct rec_process *p, struct rec_thread *th, bool first)
{
    uint64_t run;
    uint64_t wait;
    if (proc_schedstat(p->pid, th->tid, &run, &wait)) {
        th->sched = true;
        th->run1 = run;
        th->wait1 = wait;
        if (first && !p->from_birth) {
            th->run0 = run;
            th->wait0 = wait;
        }
    }
    if ((t->detailed || first) && proc_switches(p->pid, th->tid, &th->vol1, &th->invol1)) {
        if (first && !p->from_birth) {
            th->vol0 = th->vol1;
            th->invol0 = th->invol1;
        }
        th->switches = true;
    }
}

/* When the counters were read: a recorder that had to wait for a CPU may be late, and they went on meanwhile. */
static double read_at(const struct rec_tree *t)
{
    return (double)(clock_monotonic_ns() - t->start_ns) / 1e9;
}

static void on_thread(void *user, int64_t tid)
{
    struct thread_visit *v = user;
    struct proc_stat st;
    v->t->threads_seen++;
    if (!proc_stat(v->p->pid, tid, &st))
        return;
    struct rec_thread *th = thread_find(v->p, tid, st.start);
    bool first = th == NULL;
    if (first) {
        if (v->p->count >= THREADS_MAX) {
            v->t->missed = true;
            return;
        }
        /* A thread that appears after the process' first reading began at 0. */
        bool later = v->p->to_s > v->p->from_s;
        bool birth = v->p->from_birth || later;
        struct rec_thread fresh = { .tid = tid, .start = st.start, .from_s = later ? v->t->before_s : v->p->from_s };
        if (!birth)
            fresh.first = st;
        VEC_PUSH(v->p, fresh);
        th = &v->p->items[v->p->count - 1];
        thread_counters(v->t, v->p, th, !birth);
    } else {
        thread_counters(v->t, v->p, th, false);
    }
    memcpy(th->name, st.name, sizeof th->name); /* exec and the thread itself change it */
    th->last = st;
    th->to_s = read_at(v->t);
    th->alive = true;
}

static void process_details(struct rec_process *p, bool first)
{
    if (proc_io(p->pid, &p->read1, &p->write1, &p->rchar1, &p->wchar1)) {
        p->io = true;
        if (first && !p->from_birth) {
            p->read0 = p->read1;
            p->write0 = p->write1;
            p->rchar0 = p->rchar1;
            p->wchar0 = p->wchar1;
        }
    }
    double rss = proc_rss_peak_kb(p->pid);
    if (num_known(rss) && !(p->rss_kb_max >= rss))
        p->rss_kb_max = rss;
}

/* Reads one process; false when it is gone. */
static bool process_read(struct rec_tree *t, struct rec_process *p, bool first)
{
    struct proc_stat st;
    if (!proc_stat(p->pid, 0, &st) || (!first && st.start != p->last.start))
        return false;
    if (first && !p->from_birth)
        p->first = st;
    if (first)
        p->first.start = st.start;
    /* The image changes at exec: name and words of the newest one tell what ran. */
    if (first || memcmp(st.name, p->last.name, sizeof st.name) != 0) {
        sb_reset(&p->command);
        (void)proc_cmdline(p->pid, &p->command);
    }
    p->last = st;
    for (uint32_t i = 0; i < p->count; i++)
        p->items[i].alive = false;
    struct thread_visit visit = { t, p };
    (void)proc_each_thread(p->pid, on_thread, &visit);
    p->to_s = t->now_s;
    if (t->detailed || first)
        process_details(p, first);
    /* A command may be over before it was first looked at: its counters stand until it is waited for. */
    return first || st.state != 'Z';
}

bool rec_tree_add(struct rec_tree *t, int64_t pid, bool birth)
{
    if (t->count >= PROCESSES_MAX) {
        t->missed = true;
        return false;
    }
    struct rec_process p = { .pid = pid,
                             .from_s = birth ? t->before_s : t->now_s,
                             .to_s = t->now_s,
                             .from_birth = birth,
                             .alive = true,
                             .rss_kb_max = NUM_UNKNOWN };
    VEC_PUSH(t, p);
    struct rec_process *added = &t->items[t->count - 1];
    if (process_read(t, added, true))
        return true;
    sb_release(&added->command);
    free(added->items);
    t->count--;
    return false;
}

struct child_visit {
    struct rec_tree *t;
    int64_t found[256];
    uint32_t n;
};

/* A child that ended and was not waited for is still listed: it is the one that was read, unless its id was given anew. */
static bool child_known(const struct rec_tree *t, int64_t pid)
{
    struct proc_stat st;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct rec_process *p = &t->items[i];
        if (p->pid == pid && (p->alive || (proc_stat(pid, 0, &st) && st.start == p->last.start)))
            return true;
    }
    return false;
}

static void on_child(void *user, int64_t pid)
{
    struct child_visit *v = user;
    if (child_known(v->t, pid))
        return;
    if (v->n < ARRAY_LEN(v->found))
        v->found[v->n++] = pid;
}

void rec_tree_read(struct rec_tree *t, double now_s, bool detailed)
{
    t->before_s = t->now_s;
    t->now_s = now_s;
    t->detailed = detailed;
    t->threads_seen = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        struct rec_process *p = &t->items[i];
        if (p->alive && !process_read(t, p, false)) {
            p->alive = false;
            p->exited = true;
        }
    }
    /* New children last: the list grows while it is walked, so grandchildren are found in the same reading. */
    for (uint32_t i = 0; i < t->count; i++) {
        struct child_visit v = { .t = t };
        if (!t->items[i].alive)
            continue;
        if (proc_each_child(t->items[i].pid, on_child, &v))
            t->children_ok = true;
        for (uint32_t k = 0; k < v.n; k++)
            (void)rec_tree_add(t, v.found[k], true);
    }
}

double rec_thread_cpu_s(const struct rec_tree *t, const struct rec_process *p, const struct rec_thread *th)
{
    (void)p;
    if (th->sched)
        return (double)(th->run1 - th->run0) / 1e9;
    return (double)(th->last.utime + th->last.stime - th->first.utime - th->first.stime) / t->hz;
}

struct rec_totals rec_tree_totals(const struct rec_tree *t)
{
    struct rec_totals sum = { 0 };
    for (uint32_t i = 0; i < t->count; i++) {
        const struct rec_process *p = &t->items[i];
        sum.cpu_s += (double)(p->last.utime + p->last.stime - p->first.utime - p->first.stime) / t->hz;
        for (uint32_t k = 0; k < p->count; k++) {
            sum.runq_s += (double)(p->items[k].wait1 - p->items[k].wait0) / 1e9;
            sum.running += p->alive && p->items[k].alive && p->items[k].last.state == 'R';
            sum.threads += p->alive && p->items[k].alive;
        }
        if (p->alive)
            sum.rss_kb += (double)p->last.rss_pages * t->page_kb;
    }
    return sum;
}
