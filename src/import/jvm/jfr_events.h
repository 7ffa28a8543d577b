/* jfr_events.h - events of a flight recording into a profile: samples, waits, loads, and what names the program. */
#ifndef STET_IMPORT_JVM_JFR_EVENTS_H
#define STET_IMPORT_JVM_JFR_EVENTS_H

#include "import/importer.h"
#include "import/jvm/jfr_chunk.h"
#include "import/time_order.h"

enum { SOURCE_PIECE = 1 << 20 };

/* What is counted; those with stacks have a column each. */
enum jfr_count { JFR_EXECUTION, JFR_WALL, JFR_NATIVE, JFR_WAIT, JFR_CPU_TIME, JFR_ALLOC, JFR_COUNTS };

struct jfr_reader {
    const struct limits *lim;
    struct builder *b;
    struct err *err;
    struct arena texts; /* lives as long as the reader */
    char *buf;          /* one chunk */
    size_t len, size;
    uint32_t chunks;
    bool cut, pools_broken, async_profiler, linux_host;

    uint32_t columns[JFR_COUNTS]; /* index + 1; 0 = none yet */
    uint64_t count[JFR_COUNTS];
    uint64_t sleeping_samples; /* execution samples of threads that slept: a wall clock in an old async-profiler */
    uint32_t sampled_threads;
    double wait_s;
    double period_s; /* of execution samples; 0 unknown */
    struct span event;                    /* async-profiler's: cpu, itimer, wall, page-faults */
    double interval_s, wall_interval_s;   /* async-profiler's; 0: its default */
    uint64_t stackless, truncated;        /* samples and waits */

    double begin_s, end_s; /* of all chunks, Unix seconds */
    double load_first_s, load_last_s, load_share_s;
    uint32_t loads;
    double hw_threads;
    int64_t pid;
    struct span command;

    struct time_order order;
};

bool jfr_events_read(struct jfr_reader *r, struct jfr_chunk *c, struct err *err) MUST_CHECK;

#endif
