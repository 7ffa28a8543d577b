/* internal.h - the workings shared by the files of evidence/. Private to this folder. */
#ifndef STET_EVIDENCE_INTERNAL_H
#define STET_EVIDENCE_INTERNAL_H

#include "evidence/evidence.h"

/* What a sample of a thread is for the time of its task. */
enum role {
    ROLE_NONE, /* no time of the program: other process, profiler, empty core */
    ROLE_CPU,
    ROLE_WAIT,    /* external or internal waiting inside a task */
    ROLE_LOOP,    /* event loop without work: waiting for a reply, or nobody asked */
    ROLE_RUNQ,    /* ready, no core */
    ROLE_UNKNOWN, /* no name, and no state that would tell */
    ROLE_IDLE,    /* parked worker, joining main: no part of any task */
    ROLE_COUNT,
};

/* One value column of one artefact's profile, classified. Weights are in the column's unit. */
struct view {
    const struct artefact *a;
    uint32_t artefact; /* index in the input */
    const struct profile *p;
    uint32_t column; /* UINT32_MAX: no column, weights are sample counts */
    enum clock_kind clock;
    struct classification *c;
    uint8_t *role;        /* [row], enum role */
    bool *maybe_wait;     /* [row] CPU role, but a synchronous call that may have waited; NULL when none */
    bool *chosen;         /* [process] */
    bool *left_out;       /* [thread] another program; NULL when none is */
    double *thread_role;  /* [thread * ROLE_COUNT + role], weight */
    double *thread_n;     /* [thread], samples of the task roles */
    double *order_weight; /* [row], sums over the time order, so that a walk needs one pass; NULL without an order */
    uint32_t *order_n;    /* [row] */
    double by_category[CAT_COUNT]; /* kept rows */
    double role_weight[ROLE_COUNT];
    double role_n[ROLE_COUNT]; /* samples */
    double maybe_wait_weight;
    double cpu_n; /* samples behind the composition: CPU and unknown */
    double cpu_weight;
    bool n_exact;              /* false: the file has weights only, n is a lower bound */
    double seconds_per_weight; /* NaN unknown */
    double rate_hz;            /* NaN unknown; never derived from the accounting */
    bool v8, has_state, sees_wait;
    bool one_function;    /* of V8: one holds nearly all that is not idle, so whether it ran or waited is not told */
    bool wait_may_be_cpu; /* rows marked waiting hold kernel work, too, which the file cannot part from it */
    bool all_states;      /* the samples are of every state, by the file, its user or the accounting */
    bool native_visible;
    bool fixed_count; /* samples of equal weight */
};

struct wall_sum;

enum match { MATCH_NONE, MATCH_UNKNOWN, MATCH_PROGRAM, MATCH_COMMAND };

/* CPU and wall of one execution or window, from accounting, a profile with a wall length, or declared. */
struct timing {
    bool known;                       /* CPU and wall of one execution */
    struct share rate;                /* CPU seconds per wall second, not capped */
    double cpu_s, cpu_lo_s, cpu_hi_s; /* NaN */
    double wall_s;
    double n_eff;                  /* NaN: no sampling error */
    const struct accounting *acct; /* NULL: not from accounting */
    uint32_t artefact;
    enum share_source source;
    bool attached;
    double busy_threads; /* k; NaN */
    double max_thread;   /* CPU seconds per wall second of the busiest thread; NaN */
};

struct work {
    const struct evidence_input *in;
    struct evidence *e;
    struct err *err;
    bool given[FACT_COUNT]; /* stated by the caller: never replaced */
    struct view *views;
    uint32_t view_count;
    enum runtime_kind runtime;
    struct timing t;
    enum match *match;       /* [artefact] its command against that of the leading artefact */
    const struct view *wall; /* best profile of all states of this execution, or NULL */
    const struct view *off;  /* off-CPU */
    const struct view *composition;
    double composition_n_eff;
    struct wall_sum *wall_total;        /* of `wall` */
    double runq_share, throttled_share; /* NaN not measured */
    bool overlapping;
    struct share gil; /* of task time */
};

/* --- evidence.c --- */
void work_problem(struct work *w, const char *code, struct span artefact, const char *fix, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
struct span work_text(struct work *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Sets a fact unless the caller stated it, or (for bands) any of its ends. */
void work_num(struct work *w, enum fact_id id, double value, enum fact_origin origin, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
void work_share(struct work *w, enum fact_id lo, struct share s, const char *by);
/* Sets the members of a band that nobody stated; those that were stated hold, and the others keep in order with them. */
void facts_band_set(struct fact_set *f, const bool *given, enum fact_id lo, struct share s, const char *by);
double work_fact(const struct work *w, enum fact_id id);

struct span work_artefact_name(const struct work *w, uint32_t artefact);

/* --- view.c --- */
bool views_build(struct work *w);
void views_settle_clocks(struct work *w);
void views_release(struct work *w);
double view_row_weight(const struct view *v, uint32_t row);
/* Threads that hold a task with at least `part` of all task weight. */
uint32_t view_busy_threads(const struct view *v, double part);
bool view_threads_named(const struct view *v);
/* Seconds of CPU in the profile (all chosen threads); NaN when the unit or rate does not tell. */
double view_cpu_seconds(const struct view *v);

/* --- corrected.c --- */
/* A problem for each correction of the project that samples contradict. */
void corrections_refused(struct work *w);

/* --- neff.c --- */
/* A quantity of each row: value[row] in 0..1, NaN = the row is not part of the sequence. */
struct sequence {
    const float *value;
    double p; /* the overall share */
};
/* Effective samples of the quantity; ordered by batch means, else by the design effect. rate NaN = unknown. */
double neff_of(const struct view *v, const struct sequence *s, double rate_hz);
/* Effective samples of many parts of one sequence, which every row belongs to or not: row r is in the parts
 * member[first[r]] .. member[first[r + 1] - 1]. inside[row]: the row is part of the sequence at all.
 * Out: ret[part]; share[part] is the overall one. Cost: O(rows + ordered samples * parts a row is in). */
struct parts_of_rows {
    const bool *inside;
    const uint32_t *first;
    const uint16_t *member;
    uint32_t count;
    const double *share;
};
void neff_of_parts(const struct view *v, const struct parts_of_rows *s, double rate_hz, double *ret);
/* |p1-p2| over the standard error of the difference of both halves; NaN without order. */
double neff_halves_z(const struct view *v, const struct sequence *s, double rate_hz);

/* --- runs.c: which artefacts are of one execution, which accounting leads --- */
void runs_judge(struct work *w);
bool runs_same(const struct work *w, uint32_t artefact); /* not known to be another execution */
enum match runs_command_match(struct span a, struct span b);

/* --- timing.c --- */
void timing_choose(struct work *w);
/* CPU over wall of an accounting from start to end; false when it is none. */
bool timing_whole_life_rate(const struct accounting *c, struct share *ret);
double timing_usable_cores(const struct work *w);

/* --- wall.c: what a profile of all states says about time --- */
void wall_choose(struct work *w);
struct wall_sum {
    double cpu, wait, loop, runq, unknown, sync, task; /* weights; sync: synchronous calls that count either way */
    double wall; /* weight of one wall clock second times the window, in the unit of the weights */
    double n_eff;
    uint32_t threads; /* that hold a task */
};
struct wall_sum wall_sum(const struct work *w, const struct view *v);
struct share wall_task_share(const struct work *w, const struct view *v, const struct wall_sum *s,
                             bool idle_is_work_wait);
struct share wall_rate(const struct work *w, const struct view *v, const struct wall_sum *s); /* CPU per wall second */
void wall_widen(const struct view *v, const struct wall_sum *s, struct share *share);
double wall_busiest(const struct view *v, const struct wall_sum *s); /* CPU of the busiest thread per wall second */

/* --- share.c --- */
bool share_is_overlapping(struct work *w);
void share_time(struct work *w);  /* e->time.cpu_share */
void share_facts(struct work *w); /* facts cpu_share_*, wait_share_* */

/* --- queue.c --- */
void queue_limits(struct work *w);     /* util, throttling, run queue, interpreter lock: facts and w->gil */
void queue_operations(struct work *w); /* D/R and the queue, overlapping work */
/* Most of the time that may be waiting for a core where nobody measured it: share of wall, from involuntary switches. */
double queue_unmeasured(const struct work *w);

/* --- parts.c --- */
void parts_time(struct work *w);

/* --- compose.c --- */
void compose_build(struct work *w);
struct alpha {
    double lo, hi;
};
struct alpha compose_alpha_full(const struct work *w, enum category c, bool native_visible);
struct alpha compose_alpha_ext(enum category c, bool native_visible);

/* --- components.c --- */
void components_build(struct work *w);

/* --- derive.c --- */
/* Fraction of what the goal in f names that replacing the component saves; basis as for the whole. */
struct share component_gain(const struct evidence *e, const struct fact_set *f, const struct evidence_component *c,
                            struct share basis);

/* --- suite.c --- */
void suite_facts(struct work *w); /* results of a benchmark suite that take two files or an interval */

/* --- frames.c --- */
void frames_top(struct work *w);
void frames_threads(struct work *w);

/* --- functions.c --- */
void functions_build(struct work *w);

/* --- quality.c --- */
void quality_facts(struct work *w);

/* --- derive.c --- */
void derive_goal(const struct evidence *e, const bool *given, struct fact_set *f, struct share *ret_addr);

static inline double clamp01(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

static inline struct share share_ordered(struct share s)
{
    if (s.lo > s.est)
        s.lo = s.est;
    if (s.hi < s.est)
        s.hi = s.est;
    return s;
}

#endif
