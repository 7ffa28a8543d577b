/* document.h - a recording as the JSON document of format stet-record, schema stet/record/1. Private to record/. */
#ifndef STET_RECORD_DOCUMENT_H
#define STET_RECORD_DOCUMENT_H

#include "record/tree.h"

struct series_point {
    double t_s, cpu_s, runq_s, throttled_s, threads, running, rss_kb;
};

struct pressures {
    double cpu_some_s, io_some_s, io_full_s, memory_some_s;
};

struct recording {
    struct rec_tree tree;
    bool pid_mode, complete;
    int64_t start_ns, started_us;
    double wall_s, interval_s, cpus_allowed;
    bool exit_known;
    int exit_code, exit_signal;
    struct cgroup group;
    struct cgroup_cpu cpu0, cpu1;
    double oom0, oom1, memory_max;
    struct pressures psi0, psi1;
    struct series_point *items; /* series */
    uint32_t count, cap;
    uint32_t series_step, series_turn;
};

void record_document(const struct recording *r, char *const *command, struct sb *out);

#endif
