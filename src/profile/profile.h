/* profile.h - the one normalised profile. Structure of arrays, filled by builder.h, frozen, then read-only.
 *
 * Invariants after profile_freeze (checked there, relied on everywhere):
 *  1. every index is in range; index 0 of strings is "", of stacks the empty stack (no frame), of label sets none;
 *  2. a stack's parent has a smaller index; depth <= limits.stack_depth;
 *  3. values are finite and >= 0; counts are what the input held;
 *  4. per column: sum over rows = total, within 1e-9 relative, and = what the input said where it says so;
 *  5. rows are unique by (stack, thread, state, labels). */
#ifndef STET_PROFILE_PROFILE_H
#define STET_PROFILE_PROFILE_H

#include <stdint.h>

#include "base/err.h"
#include "base/intern.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/span.h"

typedef struct {
    uint32_t ix;
} str_id;
typedef struct {
    uint32_t ix;
} frame_id;
typedef struct {
    uint32_t ix;
} stack_id;
typedef struct {
    uint32_t ix;
} process_id;
typedef struct {
    uint32_t ix;
} thread_id;

/* What a clock sampled (method 1.2): only running threads; all threads each tick; blocked time; a census; nobody knows. */
enum clock_kind { CLOCK_UNKNOWN, CLOCK_CPU, CLOCK_WALL, CLOCK_OFF, CLOCK_ACCT, CLOCK_KIND_COUNT };
/* Unit of a value column. Times are stored in the unit's SI base: UNIT_SECONDS values are seconds whatever the file used. */
enum unit_kind { UNIT_SAMPLES, UNIT_SECONDS, UNIT_CYCLES, UNIT_COUNT_OTHER, UNIT_BYTES, UNIT_KIND_COUNT };
enum frame_kind { FRAME_UNKNOWN, FRAME_MANAGED, FRAME_NATIVE, FRAME_KERNEL, FRAME_META, FRAME_KIND_COUNT };
enum { FRAME_INLINED = 1, FRAME_JIT = 2, FRAME_INTERPRETED = 4, FRAME_OWN_BINARY = 8 };
/* State of the thread at the sample, where the input tells. */
enum sample_state { STATE_UNKNOWN, STATE_RUNNING, STATE_RUNNABLE, STATE_WAITING, STATE_KIND_COUNT };
enum runtime_kind {
    RUNTIME_UNKNOWN,
    RUNTIME_PYTHON,
    RUNTIME_NODE,
    RUNTIME_GO,
    RUNTIME_JVM,
    RUNTIME_RUBY,
    RUNTIME_PHP,
    RUNTIME_DOTNET,
    RUNTIME_NATIVE,
    RUNTIME_KIND_COUNT
};

const char *clock_name(enum clock_kind k); /* cpu wall off acct unknown */
bool clock_from_name(struct span s, enum clock_kind *ret);
const char *unit_name(enum unit_kind u);        /* samples seconds cycles count bytes */
const char *frame_kind_name(enum frame_kind k); /* unknown managed native kernel meta */
const char *runtime_name(enum runtime_kind r);  /* python node go jvm ruby php dotnet native; "" when unknown */
bool runtime_from_name(struct span s, enum runtime_kind *ret);

struct profile_frame {
    str_id func;   /* as normalised by method 2.2: no offsets, no tier marks, no argument lists for C++ */
    str_id file;   /* "" when unknown */
    str_id module; /* DSO path or basename, package, class; "" when unknown */
    uint32_t line; /* 0 = unknown */
    uint8_t kind;  /* enum frame_kind */
    uint8_t flags;
};

struct profile_stack {
    stack_id parent; /* 0 = root */
    frame_id frame;
    uint32_t depth; /* root is 0 */
};

struct profile_process {
    int64_t pid; /* -1 = unknown */
    str_id name;
    str_id command;
};

struct profile_thread {
    process_id process;
    int64_t tid; /* -1 = unknown */
    str_id name;
};

struct profile_column {
    str_id event; /* "cpu-clock", "cpu", "wall", "samples" ... as the file calls it */
    enum unit_kind unit;
    enum clock_kind clock;
    double total;   /* sum over rows */
    double period;  /* nominal value of one sample in `unit`; NaN unknown */
    double rate_hz; /* sampling rate; NaN unknown */
    bool is_time;   /* false: counts of something else (faults, misses): never a share of time */
};

/* One entry of the time order: a row and its weight in the first time column (or 1 for counts). 8 bytes a sample. */
struct profile_order {
    uint32_t row;
    float weight;
};

struct profile {
    struct intern strings;
    struct profile_frame *frames;
    uint32_t frame_count;
    struct profile_stack *stacks; /* [0] = empty stack */
    uint32_t stack_count;
    struct profile_process *processes;
    uint32_t process_count;
    struct profile_thread *threads;
    uint32_t thread_count;
    struct profile_column *columns;
    uint32_t column_count;

    /* rows: one per distinct (stack, thread, state, labels) */
    uint32_t row_count;
    stack_id *row_stack;
    thread_id *row_thread;
    uint8_t *row_state;
    uint32_t *row_labels;  /* label set, 0 = none */
    uint64_t *row_samples; /* samples merged into the row (0 when the input has only weights) */
    double **row_value;    /* [column][row] */

    /* label sets: label_sets[k] .. label_sets[k+1] index pairs (key, value) in label_pairs */
    uint32_t *label_sets;
    uint32_t label_set_count;
    str_id *label_pairs;
    uint32_t label_pair_count;

    /* time order, absent (NULL, 0) when the input has none; ascending in time, all threads interleaved */
    struct profile_order *order;
    uint64_t order_count;
    bool order_thinned; /* limits.ordered_samples was passed: every k-th sample is kept */

    uint64_t sample_count; /* as the input counts them; 0 = unknown */
    bool samples_known;
};

void profile_free(struct profile *p);
struct span profile_str(const struct profile *p, str_id s);
const struct profile_frame *profile_frame_of(const struct profile *p, stack_id s); /* leaf frame; s.ix > 0 */
/* Checks the invariants. Errors: ERR_VALUE naming the first broken one. */
bool profile_freeze(struct profile *p, const struct limits *lim, struct err *err) MUST_CHECK;
/* Column by event name; UINT32_MAX when there is none. */
uint32_t profile_column_find(const struct profile *p, struct span event);
/* The column that an analysis uses by default: the first time column with clock cpu or wall, else the first time column,
 * else UINT32_MAX. */
uint32_t profile_column_default(const struct profile *p);

#endif
