/* record.h - accounting of a process tree from /proc and its cgroup, without root for one's own processes and without
 * a profiler: CPU, wall, run-queue delay, throttling, switches, I/O, threads, RSS; written as format stet-record. */
#ifndef STET_RECORD_RECORD_H
#define STET_RECORD_RECORD_H

#include <stdint.h>

#include "base/err.h"
#include "base/sb.h"

struct record_options {
    int64_t pid;          /* > 0: that process and its children */
    char *const *command; /* else: started here, NULL-terminated */
    double seconds;       /* NaN: until the program ends (or a signal) */
    double interval_s;    /* 0 = 0.1 */
};

/* record_run - measures and writes one JSON document into out.
 * Out:    *ret_exit: exit status of the command (128 + signal when it was killed), 0 in pid mode
 * Errors: ERR_NOT_FOUND (no such process, command not found), ERR_FORBIDDEN (not readable), ERR_IO
 * SIGINT and SIGTERM end a recording of a pid early; in command mode they are the command's business. */
bool record_run(const struct record_options *opt, struct sb *out, int *ret_exit, struct err *err) MUST_CHECK;

#endif
