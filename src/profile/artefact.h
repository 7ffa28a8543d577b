/* artefact.h - what one file of an evidence set holds: a profile, accounting, facts, or several of them, with the
 * provenance that says what it can and cannot prove. Made by an importer, then read-only. Texts live in `arena`. */
#ifndef STET_PROFILE_ARTEFACT_H
#define STET_PROFILE_ARTEFACT_H

#include "base/arena.h"
#include "profile/profile.h"

/* How far a wall length can be trusted (method 1.8): only these bound the wall; first to last sample never does. */
enum wall_source {
    WALL_NONE,
    WALL_DECLARED,  /* --duration-s */
    WALL_FILE,      /* the file's own begin and end: pprof duration_nanos, cpuprofile start/endTime, austin */
    WALL_RECORDER,  /* the recorder's own -d option */
    WALL_EXEC_EXIT, /* exec and EXIT records of the process: its whole life */
};

enum tri { TRI_UNKNOWN = -1, TRI_NO = 0, TRI_YES = 1 };

enum acct_scope {
    ACCT_TREE,    /* a command that was started, and its waited-for children (time, perf stat CMD, hyperfine) */
    ACCT_PROCESS, /* one process, all threads (rusage self, processstat, perf stat -p) */
    ACCT_THREAD,  /* one thread or loop (chrome-trace tts, elu) */
    ACCT_CGROUP,
    ACCT_SYSTEM, /* perf stat -a */
};

struct acct_thread {
    int64_t pid, tid;
    struct span name;
    double cpu_s, wall_s, runq_s; /* NaN unknown */
};

/* Accounting of one execution or window. Seconds; NaN = unknown. lo/hi hold clock resolution only. */
struct accounting {
    enum acct_scope scope;
    bool whole_life; /* from exec to exit */
    bool attached;   /* -p PID, cgroup, a window of something that ran before and after */
    double cpu_s, cpu_lo_s, cpu_hi_s;
    double user_s, sys_s, children_cpu_s;
    double wall_s, wall_lo_s, wall_hi_s;
    double share_lo, share_hi; /* set only where the source bounds the share better than lo/hi above (processstat) */
    uint32_t runs;             /* repetitions inside (hyperfine times, perf stat -r); 1 */
    double share_run_lo, share_run_hi; /* run-to-run spread of CPU/wall, where the file gives it */
    double runq_s, throttled_s;
    double quota_cpus; /* NaN: unknown or none */
    bool quota_none;   /* known to have no quota */
    double cpus_online, cpus_allowed;
    double voluntary, involuntary;
    double processes, busy_threads; /* threads that used CPU, where counted */
    double max_thread_cpu_s;
    double mem_stall_share; /* perf stat top-down or stalled-cycles-backend / cycles */
    double rss_max_bytes;
    struct acct_thread *threads;
    uint32_t thread_count;
    struct span command; /* the program's own command line */
    int64_t pid;         /* -1 unknown */
    struct span source;  /* "perf stat, task-clock" */
};

/* A fact read from a file, by its name in the facts dictionary. */
struct artefact_fact {
    struct span name;
    bool is_text;
    double num;
    struct span text;
    struct span source; /* the metric's own name: "http_reqs.count" */
};

struct artefact_problem {
    const char *code; /* static, snake_case: wait_frames_in_unknown_clock, threads_unknown ... */
    struct span text; /* one sentence for a person */
    struct span fix;  /* what to do, may be empty */
};

struct artefact {
    struct arena arena; /* owns every span below */
    struct span name;   /* file or member name as given */
    const char *format; /* contract name, static */
    char sha256[65];    /* of the file as uploaded (the archive's member: of the member) */
    uint64_t bytes;

    struct profile *profile; /* NULL when there are no stacks; owned */
    struct accounting *acct;
    uint32_t acct_count;
    struct artefact_fact *facts;
    uint32_t fact_count;
    struct artefact_problem *problems;
    uint32_t problem_count;

    enum clock_kind clock; /* of the profile's default column; CLOCK_ACCT when accounting only */
    bool clock_declared;   /* by the user */
    bool sees_wait;        /* waiting shows in this file */
    enum runtime_kind runtime;
    enum tri native_visible;    /* native frames of the managed runtime were recorded */
    bool one_thread_of_several; /* V8, cProfile, chrome-trace, austin one thread: the rest of the process is unseen */
    bool event_loop;            /* a loop or listening server is named by frames or command line */
    bool overlapping;           /* recorder facts say overlapping work (-p PID, several in flight) */
    bool one_job;               /* a command that was started and waited for */
    bool foreign_picture;       /* an SVG without a command line of its own: composition only */
    bool all_states;            /* every state of the recorded threads was sampled or switched */
    bool states_exact;          /* row_state comes from SWITCH records or an exact marker */
    bool wait_refused;          /* file holds switch events that are sub-sampled: waiting must not be computed */

    double rate_hz;    /* sampling rate; NaN */
    double duration_s; /* trustworthy wall length; NaN */
    enum wall_source duration_source;
    double span_s;                  /* first to last sample; NaN; never a wall length */
    double lost_share;              /* NaN unknown */
    double dropped_share;           /* SVG: share of the picture lost to narrow frames; NaN */
    int64_t pid;                    /* recorded process, -1 */
    struct span tool, tool_version; /* "py-spy", "0.4.1" */
    struct span recorder;           /* the recorder's whole command line, unmasked; mask before showing (base/mask.h) */
    struct span command;            /* the recorded program's own command line */
    struct span platform;           /* "linux", "darwin", "windows" where paths or headers tell */
};

struct artefact *artefact_new(void);
void artefact_free(struct artefact *a); /* NULL is fine */
/* Adds an accounting with every number unknown, runs 1, pid -1. Borrowed, valid until the next one is added. */
struct accounting *artefact_acct(struct artefact *a);
void artefact_fact_num(struct artefact *a, const char *name, double value, const char *source);
void artefact_fact_text(struct artefact *a, const char *name, struct span value, const char *source);
/* code must be static. Text and fix are formatted copies; fix NULL for none. Once per code and text. */
void artefact_problem(struct artefact *a, const char *code, const char *fix, const char *fmt, ...) PRINTF_LIKE(4, 5);
struct span artefact_text(struct artefact *a, struct span s); /* copy into the arena */

#endif
