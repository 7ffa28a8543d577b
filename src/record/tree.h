/* tree.h - the process tree under observation: first and last reading of every process and thread. Private to record/. */
#ifndef STET_RECORD_TREE_H
#define STET_RECORD_TREE_H

#include "record/procfs.h"

struct rec_thread {
    int64_t tid;
    char name[64];
    double from_s, to_s;
    uint64_t start; /* start time in ticks: tells a reused id */
    struct proc_stat first, last;
    bool sched; /* schedstat was readable */
    uint64_t run0, wait0, run1, wait1;
    bool switches;
    uint64_t vol0, invol0, vol1, invol1;
    bool alive;
};

struct rec_process {
    int64_t pid;
    double from_s, to_s;
    bool exited, alive, from_birth; /* from_birth: counters began at 0 */
    struct proc_stat first, last;
    struct sb command; /* NUL-separated */
    bool io;
    uint64_t read0, write0, rchar0, wchar0, read1, write1, rchar1, wchar1;
    double rss_kb_max;
    bool exact;                       /* totals by wait4 */
    double exact_user_s, exact_sys_s; /* with waited-for children */
    struct rec_thread *items;         /* threads */
    uint32_t count, cap;
    uint64_t gone_run, gone_wait; /* schedstat of threads that ended */
    uint32_t gone;
};

struct rec_tree {
    struct rec_process *items;
    uint32_t count, cap;
    double hz;
    double page_kb;
    bool missed;   /* something could not be read */
    bool detailed; /* this reading also takes switches, I/O and memory */
    bool children_ok;
    int64_t start_ns; /* of the recording, on the monotonic clock */
    double now_s;     /* when this reading began */
    double before_s;  /* the reading before: what is first seen now was born since */
    uint32_t threads_seen;
};

void rec_tree_init(struct rec_tree *t);
void rec_tree_release(struct rec_tree *t);
/* Adds a process and takes its first reading; false when it cannot be read. birth: counters count from 0. */
bool rec_tree_add(struct rec_tree *t, int64_t pid, bool birth);
/* One reading of all, and discovery of new children. */
void rec_tree_read(struct rec_tree *t, double now_s, bool detailed);

struct rec_totals {
    double cpu_s, runq_s, rss_kb;
    double threads, running;
};
struct rec_totals rec_tree_totals(const struct rec_tree *t);
double rec_thread_cpu_s(const struct rec_tree *t, const struct rec_process *p, const struct rec_thread *th);

#endif
