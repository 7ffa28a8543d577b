/* data_feature.h - what the recorder wrote about the recording: command line, versions, names of events, build ids, and
 * the layout of sched_switch. */
#ifndef STET_IMPORT_PERF_DATA_FEATURE_H
#define STET_IMPORT_PERF_DATA_FEATURE_H

#include "base/sb.h"
#include "import/perf/data_file.h"
#include "import/perf/data_space.h"

/* Places of the fields of sched:sched_switch in a tracepoint's bytes. */
struct pdata_switch_layout {
    uint32_t prev_comm, prev_pid, prev_prio, prev_state, next_comm, next_pid, next_prio;
    uint32_t state_bytes;
};

struct pdata_meta {
    struct span cmdline; /* words as a shell would take them */
    struct span version, os_release, arch;
    uint32_t cpus_online, cpus_avail; /* 0 unknown */
    bool has_clockid;
    uint32_t clockid;
    struct pdata_switch_layout layout;
};

/* pdata_features - reads the features of a file; of a pipe nothing yet. Features that are damaged are passed over.
 * Errors: ERR_IO. */
bool pdata_features(struct pdata_file *f, struct pdata_meta *m, struct pdata_spaces *s, struct err *err) MUST_CHECK;
/* pdata_feature_record - a record that carries what a file has in its features: HEADER_FEATURE, EVENT_UPDATE, BUILD_ID,
 * HEADER_TRACING_DATA. Errors: ERR_IO. */
bool pdata_feature_record(struct pdata_file *f, struct pdata_meta *m, struct pdata_spaces *s,
                          const struct pdata_record *r, struct err *err) MUST_CHECK;
/* The description as perf script --header prints it, without the host's name, times and ids. */
void pdata_meta_header(const struct pdata_file *f, const struct pdata_meta *m, struct sb *out);

/* pdata_event_name - as perf calls an event that nobody named: "cycles:u", "cpu-clock", "raw 0x1c4". */
struct span pdata_event_name(struct pdata_file *f, uint32_t event);

#endif
