/* perf_script.h - the parts of the perf script importer: events to columns (perf_columns.c), switches to waiting
 * (perf_switch.c), both fed by fmt_perf_script.c. */
#ifndef STET_IMPORT_PERF_SCRIPT_H
#define STET_IMPORT_PERF_SCRIPT_H

#include "import/cmdline.h"
#include "import/importer.h"
#include "import/perf/perf_scan.h"
#include "profile/builder.h"

/* What an event name measures. */
enum event_class { EVENT_CLOCK, EVENT_CYCLES, EVENT_SWITCH, EVENT_OTHER, EVENT_NAMELESS };
enum event_class perf_event_class(struct span name);

/* One event of the file and its column. */
struct perf_column {
    enum event_class class_of;
    bool open;         /* a column was made */
    bool periods;      /* its samples carry periods */
    bool false_period; /* a clock whose periods are below what its timer can do */
    uint32_t column;
    double scale; /* period to the column's unit */
    uint64_t samples;
    double period_min, period_max;
};

/* One thread while the file is read. Times in seconds of the file's clock; NaN unknown. */
struct perf_thread {
    thread_id id;
    int64_t pid, tid;
    uint32_t comm; /* index in scan.names */
    double first_s, last_s;
    double cpu_s;                 /* sum of clock periods */
    double run_s, wait_s, runq_s; /* from switches */
    bool in_known;                /* on or off is known since `since_s` */
    bool on;
    bool preempted; /* off, but runnable */
    double since_s;
    uint32_t stack; /* stack_id of the last sample or switch-out */
    uint64_t switches, ins, clock_samples;
    uint64_t time_samples; /* of events that measure time */
};

/* Seconds by (thread, stack, state), written when the file is known as a whole. */
struct switch_sum {
    uint32_t thread; /* index in threads */
    uint32_t stack;
    uint8_t state;
    double seconds;
};

struct perf_switches {
    struct switch_sum *items;
    uint32_t count, cap;
    uint32_t *slot;
    uint32_t mask;
    uint64_t records;     /* PERF_RECORD_SWITCH lines */
    uint64_t tracepoints; /* sched_switch lines */
    bool machine;         /* the idle task switches too: the whole machine was recorded */
    bool sampled;         /* a tracepoint with a period above 1 */
};

/* The life of a process from its side-band records. */
struct perf_life {
    int64_t pid, ppid; /* ppid -1: its fork was not seen */
    double exec_s, exit_s;
    uint32_t name; /* of its first task, in scan.names; 0 unknown */
};

struct perf_script {
    struct artefact *out;
    const struct import_options *opt;
    struct builder *b;
    struct perf_scan scan;
    struct recorder_options recorder;
    bool has_cmdline;
    double header_cpus;     /* online; NaN unknown */
    const char *input_name; /* in the source of accounting: "perf script" */
    struct span own_binary;
    stack_id *stacks; /* [scan stack] -> builder */
    uint32_t stack_cap;
    struct perf_column *columns; /* [event] */
    uint32_t column_cap;
    struct perf_thread *threads;
    uint32_t thread_count, thread_cap;
    uint32_t *thread_slot;
    uint32_t thread_mask;
    int64_t *tid_of, *pid_of; /* side-band knowledge, pairs */
    uint32_t pair_count, pair_cap;
    struct perf_life *lives;
    uint32_t life_count, life_cap;
    uint32_t *life_slot; /* open addressing by pid, index + 1 */
    int64_t root_pid;    /* the recorded command where its descendants count too, -1 otherwise */
    struct perf_switches sw;
    bool system_wide;
    double first_s, last_s;
    uint64_t lost;
    uint32_t order_column; /* the first time column */
};

/* fmt_perf_script.c: an import in three steps, for text and for whatever else feeds the scan. Between begin and run the
 * caller sets scan.feed or gives a source; end also after a failure. */
void perf_script_begin(struct perf_script *p, struct source *in, const struct import_options *opt,
                       struct artefact *out);
bool perf_script_run(struct perf_script *p, struct source *in, struct err *err) MUST_CHECK;
void perf_script_end(struct perf_script *p);

/* perf_columns.c */
/* Column and value of a sample; makes the column when new. */
uint32_t perf_column_of(struct perf_script *p, const struct perf_record *r, double *ret_value);
void perf_columns_settle(struct perf_script *p);

/* perf_switch.c: every sample and switch of a thread in file order. */
bool perf_switch_sample(struct perf_script *p, uint32_t thread, double time_s, uint32_t stack, double period_s);
void perf_switch_out(struct perf_script *p, uint32_t thread, double time_s, uint32_t stack, bool preempted);
void perf_switch_in(struct perf_script *p, uint32_t thread, double time_s);
bool perf_switch_settle(struct perf_script *p, struct err *err) MUST_CHECK;
void perf_switch_release(struct perf_script *p);

/* perf_side.c */
bool perf_side(struct perf_script *p, const struct perf_record *r, struct err *err) MUST_CHECK;
/* What side-band records call the first task of a process; "" when none told. */
struct span perf_side_name(const struct perf_script *p, int64_t pid);
int64_t perf_side_pid(const struct perf_script *p, int64_t tid); /* -1 when no record told */
/* Is the process the recorded command or one that descends from it? */
bool perf_side_in_tree(struct perf_script *p, int64_t pid);
/* Wall from exec to exit of the recorded command, else of the process with the most CPU, and what was lost. */
void perf_side_settle(struct perf_script *p);
void perf_side_release(struct perf_script *p);

/* perf_threads.c: thread of an event line, made when new; its name follows the comm. */
bool perf_thread_of(struct perf_script *p, const struct perf_record *r, uint32_t *ret, struct err *err) MUST_CHECK;
/* Index of a thread that was seen, UINT32_MAX for a strange one. */
uint32_t perf_thread_find(const struct perf_script *p, int64_t tid);

#endif
