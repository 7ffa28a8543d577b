/* perf_stat.h - what the counters of one perf stat report mean: the part of the importer behind the three syntaxes. */
#ifndef STET_IMPORT_PERF_STAT_H
#define STET_IMPORT_PERF_STAT_H

#include "import/importer.h"

enum counter_state { COUNTER_VALUE, COUNTER_NOT_COUNTED, COUNTER_NOT_SUPPORTED };

/* One counter line; spans borrow from the line (the importer copies what stays). */
struct counter {
    enum counter_state state;
    double value, half; /* as printed, and half of its last place */
    struct span unit, event;
    struct span key; /* thread, CPU or core of the line; empty */
    double metric, metric_half;
    struct span metric_unit;
    double stamp_s; /* -I */
    double spread_percent;
};
#define COUNTER_INIT                                                                                                   \
    ((struct counter){ .unit = { "", 0 },                                                                              \
                       .event = { "", 0 },                                                                             \
                       .key = { "", 0 },                                                                               \
                       .metric_unit = { "", 0 },                                                                       \
                       .metric = NUM_UNKNOWN,                                                                          \
                       .stamp_s = NUM_UNKNOWN,                                                                         \
                       .spread_percent = NUM_UNKNOWN })

enum stat_target { STAT_UNSAID, STAT_COMMAND, STAT_ATTACHED, STAT_SYSTEM };

struct stat_thread {
    struct span key;
    double cpu_s;
};

/* Seconds; NaN = not in the report. */
struct perf_stat_totals {
    enum stat_target target;
    struct span target_text;
    bool head_seen;
    uint32_t runs;
    uint64_t counters;
    struct span clock_event; /* "task-clock" or "cpu-clock", whichever stands first */
    double clock_s, clock_half;
    bool clock_not_counted;
    double clock_spread_percent;
    double ratio, ratio_half; /* "CPUs utilized" */
    double elapsed_s, elapsed_half, elapsed_spread_percent;
    double duration_s; /* event duration_time */
    double user_s, sys_s;
    double stamp_s; /* last -I stamp */
    double cycles, stalled;
    struct stat_thread *threads; /* --per-thread; owned */
    uint32_t thread_count;
};

void perf_stat_init(struct perf_stat_totals *t);
void perf_stat_release(struct perf_stat_totals **t);
/* Adds a counter. Its event and key must live as long as the artefact. */
void perf_stat_add(struct perf_stat_totals *t, const struct counter *c);
/* Writes one accounting with its problems. Errors: ERR_VALUE when nothing measures time. */
bool perf_stat_settle(const struct perf_stat_totals *t, const struct import_options *opt, struct artefact *out,
                      struct err *err) MUST_CHECK;

#endif
