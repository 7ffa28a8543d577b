/* procfs.h - single readings from /proc and the cgroup. Private to record/. Every function answers false (or NaN) when a
 * file is not there or not readable: unknown is never 0. */
#ifndef STET_RECORD_PROCFS_H
#define STET_RECORD_PROCFS_H

#include <stdint.h>

#include "base/num.h"
#include "base/sb.h"

/* /proc/PID/stat or /proc/PID/task/TID/stat. Times in clock ticks. */
struct proc_stat {
    int64_t ppid;
    char state;
    char name[64];
    uint64_t minflt, majflt, utime, stime, cutime, cstime, start;
    uint64_t threads;
    int64_t rss_pages;
};
bool proc_stat(int64_t pid, int64_t tid, struct proc_stat *ret); /* tid 0: the process */
/* schedstat: nanoseconds on CPU and waiting for one. */
bool proc_schedstat(int64_t pid, int64_t tid, uint64_t *ret_run_ns, uint64_t *ret_wait_ns);
/* Voluntary and involuntary context switches. */
bool proc_switches(int64_t pid, int64_t tid, uint64_t *ret_voluntary, uint64_t *ret_involuntary);
bool proc_io(int64_t pid, uint64_t *ret_read, uint64_t *ret_write, uint64_t *ret_rchar, uint64_t *ret_wchar);
double proc_rss_peak_kb(int64_t pid);
double proc_cpus_allowed(int64_t pid);
/* NUL-separated words as in /proc/PID/cmdline. */
bool proc_cmdline(int64_t pid, struct sb *out);

/* Calls each with every numeric name below /proc/PID/task, or with every child of PID. */
typedef void (*proc_each_fn)(void *user, int64_t id);
bool proc_each_thread(int64_t pid, proc_each_fn each, void *user);
bool proc_each_child(int64_t pid, proc_each_fn each, void *user);

struct cgroup {
    int version;    /* 0: none found */
    char path[512]; /* folder of the cpu controller */
    char memory_path[512];
};
void cgroup_find(int64_t pid, struct cgroup *ret);
struct cgroup_cpu {
    double quota_cpus; /* NaN: none or unknown */
    double periods, throttled, throttled_s, user_s, sys_s;
};
void cgroup_read(const struct cgroup *g, struct cgroup_cpu *ret);
double cgroup_throttled_s(const struct cgroup *g);
double cgroup_number(const char *folder, const char *file, const char *key); /* key NULL: the file is one number */
/* Total of "some" or "full" in /proc/pressure/<what>, seconds. */
double pressure_total_s(const char *what, const char *line);

#endif
