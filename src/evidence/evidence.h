/* evidence.h - what a set of artefacts of one run proves: shares of time and of CPU with intervals, their parts, what a
 * rewrite could touch, and every fact that the rules read. Nothing here knows a rule, a threshold or a verdict.
 *
 * Two quantities that are never mixed:
 *   time.cpu_share    CPU over wall of the recorded process or tree, one core = 1, capped at 1 (for the report);
 *   facts cpu_share_* the CPU share of what the goal names: the same for one job at a time, CPU per operation over
 *                     response time for overlapping work, unknown without operations and response time (for the rules).
 * Unknown numbers are NaN (num_known), a share is known when its `lo` is. lo <= est <= hi always. */
#ifndef STET_EVIDENCE_EVIDENCE_H
#define STET_EVIDENCE_EVIDENCE_H

#include "base/arena.h"
#include "classify/classify.h"
#include "facts/facts.h"
#include "profile/artefact.h"

/* Fractions 0..1; all three NaN when unknown. */
struct share {
    double lo, est, hi;
};
#define SHARE_UNKNOWN ((struct share){ NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN })
static inline bool share_known(struct share s)
{
    return num_known(s.lo) && num_known(s.hi);
}

/* Speed-up factor of addressable code; NaN when no target language was named. */
struct speed_range {
    double lo, mode, hi;
};
#define SPEED_UNKNOWN ((struct speed_range){ NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN })

/* A component that a proposal names: samples with a frame (function, file or module) that matches one of the globs. */
struct evidence_component_spec {
    struct span name;
    const struct span *match;
    uint32_t match_count;
    struct speed_range speed; /* SPEED_UNKNOWN: that of the input */
    double kappa;             /* boundary cost, fraction of the whole; 0 */
    double crossing_s;        /* the same in seconds of one operation, for its time (or CPU time) as measured; 0 */
};

/* Share of another run of the same scenario. */
struct evidence_run {
    struct share cpu_share;
    struct share util;
    double n_eff; /* 0: accounting only */
};

struct evidence_input {
    struct artefact *const *artefacts;
    uint32_t artefact_count;
    const struct fact_set *declared; /* NULL: none. Facts of any origin; those of groups evidence, time and composition
                                        with origin ORIGIN_DECLARED replace what was computed */
    struct span process;             /* name or pid chosen among several; empty = most CPU outside idle */
    enum clock_kind clock;           /* declared clock of profiles; CLOCK_UNKNOWN = as the artefact says */
    enum runtime_kind runtime;       /* RUNTIME_UNKNOWN = as the artefacts say */
    const struct classify_overrides *overrides; /* categories that the project corrected; NULL none */
    struct speed_range speed;        /* of the proposal's target, or SPEED_UNKNOWN */
    const struct evidence_component_spec *components;
    uint32_t component_count; /* 0: modules of the profile */
    /* The whole goes as much faster as its components do, each by its own speed-up and its part of the time (the first
     * that matches a sample), and the rest by `speed`. */
    bool speed_of_parts;
    const struct evidence_component_spec *watched; /* shares that somebody watches; no part of the components */
    uint32_t watched_count;
    bool functions;  /* list every function with its share, for a comparison */
    uint32_t runs_n; /* runs with equal project, commit and scenario, this one included; 0 = not known */
    const struct evidence_run *other_runs;
    uint32_t other_run_count;
};
#define EVIDENCE_INPUT_DEFAULT ((struct evidence_input){ .process = { "", 0 }, .speed = SPEED_UNKNOWN })

enum execution { EXECUTION_UNKNOWN, EXECUTION_SAME, EXECUTION_OTHER };
const char *execution_name(enum execution e); /* unknown same other */

/* Judgement of one artefact, in the order of the input. */
struct evidence_artefact {
    enum execution execution;
    struct span reason; /* a sentence: what was matched or what differs; "" when there is one artefact */
    bool facts_unused;  /* its facts are of another execution or window */
    double samples;     /* of the chosen process; NaN */
    double threads;     /* NaN */
    bool gave_share, gave_composition, gave_waits; /* what the analysis took from it */
};

struct evidence_cpu {
    enum category category;
    double share, share_lo, share_hi;      /* of CPU; lo and hi by effective samples */
    double seconds;                        /* NaN when the CPU seconds are not known */
    double samples;                        /* weight in samples; NaN when the file has weights only */
    double addressable_lo, addressable_hi; /* alpha of a full rewrite */
    double n_eff;                          /* of this category; NaN unless functions were asked for */
};

struct evidence_part {
    enum category category;
    double share;   /* of task time; NaN for idle */
    double seconds; /* NaN */
};

/* cpu_share.est + sum(wait) + runq_share + throttled_share + unknown_share = 1 within 1e-9 when cpu_share is known. */
struct evidence_time {
    double wall_s, cpu_s;
    struct share cpu_share;
    struct evidence_part *wait;
    uint32_t wait_count;
    struct evidence_part *idle;
    uint32_t idle_count;
    double runq_share, throttled_share; /* the parts; 0 when not measured */
    double unknown_share;               /* NaN when cpu_share is unknown */
    bool runq_measured, throttled_measured;
};

struct evidence_component {
    struct span name;
    struct share share;                /* of CPU, inclusive of what it calls */
    double native_share;               /* part of it that is native or kernel and stays, 0..1 */
    struct share native;               /* the same as an interval, by the effective samples of the component */
    double addr_lo, addr_est, addr_hi; /* addressable part of all CPU by replacing it */
    double ceiling_hi;
    struct share gain; /* fraction saved of what the goal names; est NaN without a target */
    struct speed_range speed;
    double kappa, crossing_s;
    bool proposed;
    bool unmatched; /* no frame matches its patterns: nothing is known about it, and its gain is not */
};

struct evidence_frame {
    struct span frame, file;
    uint32_t line;
    enum category category;
    double self_share, total_share; /* of CPU samples */
};

/* A function of the composition (or, without one, of blocked time): all frames of one name in one module or file. */
struct evidence_function {
    struct span name, place;        /* place: module or file, without folders; "" unknown */
    struct span file;               /* as recorded, of one of its frames; "" unknown */
    enum category category;         /* of most of its own time; of what it calls where it has none */
    double self, total;             /* share of CPU (of blocked time), alone and with what it calls */
    double self_n_eff, total_n_eff; /* NaN for functions below EVIDENCE_FUNCTION_FLOOR */
};

/* What the shares of functions are shares of. */
struct evidence_whole {
    bool known;
    enum clock_kind clock;
    enum unit_kind unit;
    bool is_time;
    struct span event, artefact;
    uint32_t artefact_index;
    bool waits_unmarked;    /* nobody says what was sampled, and the stacks hold frames that wait */
    double weight, seconds; /* seconds NaN unknown */
    double samples, n_eff;  /* samples NaN unknown; n_eff of a part that is all or nothing */
    bool native_visible, ordered;
};

struct evidence_process {
    struct span name;
    int64_t pid;       /* -1 */
    double cpu_weight; /* part of all CPU outside idle, 0..1 */
};

struct evidence_thread {
    struct span process, name;
    double samples;   /* NaN */
    double cpu_share; /* CPU over its wall time; NaN when unknown */
    double cpu_part;  /* its part of the CPU of the process; NaN */
};

struct evidence_problem {
    const char *code;                /* static, snake_case */
    struct span text, fix, artefact; /* artefact name, "" = the set */
};

/* A number that the analysis used, where it came from and how it was made. */
struct evidence_number {
    struct span name;
    bool is_text;
    double num;
    struct span text;
    enum fact_origin origin;
    struct span by; /* file and metric, or formula */
    int64_t at_us;  /* when it was so, as declared; 0 not stated */
};

enum share_source {
    SHARE_FROM_NOTHING,
    SHARE_FROM_ACCOUNTING,
    SHARE_FROM_WALL,
    SHARE_FROM_CPU_OVER_WALL,
    SHARE_FROM_OPERATIONS,
    SHARE_FROM_DECLARED
};

struct evidence {
    struct arena arena; /* owns everything below */
    struct fact_set facts;
    struct evidence_artefact *artefacts;
    uint32_t artefact_count;
    bool two_executions; /* the set holds more than one execution of the program */

    struct evidence_time time;
    enum share_source share_source;      /* of time.cpu_share */
    enum share_source fact_share_source; /* of facts cpu_share_* */
    double queue_possible;               /* of the time at most that nobody measured as waiting for a core; 0 none */
    double wall_n_eff;                   /* of the profile of all states that the waits are of; NaN none */
    double share_n_eff;                  /* behind time.cpu_share; NaN: no sampling error */
    uint32_t share_runs;                 /* executions behind time.cpu_share; 0 unknown */
    bool given[FACT_COUNT];              /* facts that the caller stated: never computed anew */
    struct share queue_share;

    struct evidence_cpu *cpu; /* category order; share sums to 1 within 1e-9; empty without a profile of CPU */
    uint32_t cpu_count;
    struct share q;           /* addressable share of CPU, full rewrite; 0..1 when nothing is known */
    struct speed_range speed; /* of the whole: as given, or made of its components' */
    bool composition_on_cpu;  /* the composition is of samples that a file or the user says were taken on CPU */
    bool composition_other;   /* the composition is of another execution or does not match the accounting */
    double n_raw, n_eff;      /* behind q (or behind cpu_share without composition); NaN */
    double rate_hz;           /* used for effective samples; NaN */
    bool ordered;

    struct evidence_component *components; /* by gain, best first */
    uint32_t component_count;
    struct evidence_component *watched; /* in the order of the input; count 0 without a profile of CPU */
    uint32_t watched_count;
    struct evidence_frame *top; /* by self share */
    uint32_t top_count;
    struct evidence_function *functions; /* by total share, largest first, then by name; empty unless asked for */
    uint32_t function_count;
    uint32_t function_total; /* how many there are: of very many the largest are listed */
    struct evidence_whole whole;
    struct evidence_process process;
    struct evidence_process *others;
    uint32_t other_count; /* listed: of very many the largest */
    uint32_t other_total; /* how many there are */
    struct evidence_thread *threads;
    uint32_t thread_count;
    double busy_threads; /* that held a task; NaN */

    struct share addr_share, ceiling; /* for the goal in facts; ceiling.hi is capped at EVIDENCE_CEILING_MAX */
    struct evidence_problem *problems;
    uint32_t problem_count;
    struct evidence_number *inputs;
    uint32_t input_count;

    struct span cpu_from, wall_from, composition_from; /* plain words: "perf stat (stat.txt)"; "" */
};

#define EVIDENCE_CEILING_MAX 1e6
/* Share of CPU, alone or with callees, below which a function's effective samples are not counted. */
#define EVIDENCE_FUNCTION_FLOOR 0.002

/* evidence_build - everything the artefacts prove.
 * In:     in with frozen profiles; the artefacts must outlive the call only.
 * Out:    *ret, the caller's, freed with evidence_free. facts hold the defaults of facts_defaults as well.
 * Errors: ERR_VALUE: chosen process not found; a proposal's component without a glob; declared facts that contradict
 *         each other. Thread: re-entrant. Cost: O(rows * depth + ordered samples).
 * Source: method sections 1.4-1.8, 3.1, 3.3, 4. */
bool evidence_build(const struct evidence_input *in, struct evidence **ret, struct err *err) MUST_CHECK;
void evidence_free(struct evidence *e); /* NULL is fine */

/* evidence_same_program - whether two command lines are of one program, whatever its folder: 1 with the same arguments,
 * 0 of one program with others, -1 of two programs; -2 when either is not known. */
int evidence_same_program(struct span a, struct span b);

/* evidence_for_goal - the facts of the set with another goal: copies the facts, sets goal and what is derived for it
 * (addr_share, amdahl_ceiling_hi, gain_full, gain_ext ...). So that every other goal can be answered beside the asked one. */
void evidence_for_goal(const struct evidence *e, struct span goal, struct fact_set *ret);

#endif
