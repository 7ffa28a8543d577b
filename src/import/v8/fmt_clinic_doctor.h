/* fmt_clinic_doctor.h - the parts of the clinic doctor reader: CPU per interval of the process, and V8's trace events. */
#ifndef STET_IMPORT_FMT_CLINIC_DOCTOR_H
#define STET_IMPORT_FMT_CLINIC_DOCTOR_H

#include "import/json_in.h"

/* One reading of doctor-processstat. NaN: not given. */
struct doctor_stat {
    double at_ms, delay_ms, cpu, rss_bytes, handles, loop_percent;
};

/* Sums over the readings. */
struct doctor_stats {
    uint64_t readings, backwards;
    double first_ms, last_ms;
    double cpu_ms; /* CPU milliseconds of the intervals between readings */
    double covered_ms;
    double delay_sum_ms, delay_max_ms;
    double rss_max_bytes, handles_max, loop_percent;
};

void doctor_stats_init(struct doctor_stats *s);
/* Errors: ERR_VALUE for a number that cannot be. */
bool doctor_stats_add(struct doctor_stats *s, const struct doctor_stat *stat, struct err *err);
/* Accounting and facts of the process. Errors: ERR_EMPTY when the readings bound no time. */
bool doctor_stats_finish(const struct doctor_stats *s, struct artefact *a, struct err *err);
/* The object form of the HTML report. */
bool doctor_stat_json(struct jscan *js, struct doctor_stat *ret);

/* Trace events: pauses of the collector, and the CPU clock of each thread. */
struct doctor_pause {
    double from_us, to_us;
};

struct doctor_thread {
    int64_t pid, tid;
    double first_us, last_us; /* of events with a CPU clock */
    double first_cpu_us, last_cpu_us;
};

struct doctor_trace {
    struct {
        struct doctor_pause *items;
        uint32_t count, cap;
    } pauses;
    struct {
        struct doctor_thread *items;
        uint32_t count, cap;
    } threads;
    uint64_t events, pauses_dropped, threads_dropped;
    double first_us, last_us; /* of every event with a time */
};

/* An array of events; the scanner stands before it. */
bool doctor_trace_read(struct jscan *js, struct doctor_trace *t, const struct limits *lim);
void doctor_trace_finish(struct doctor_trace *t, struct artefact *a);
/* A pause of the collector, and the facts of all of them over first_us to last_us; other importers of trace events use
 * these. source: as facts name it. */
void doctor_trace_pause(struct doctor_trace *t, double from_us, double to_us);
void doctor_trace_pause_facts(struct doctor_trace *t, struct artefact *a, const char *source);
void doctor_trace_release(struct doctor_trace *t);

#endif
