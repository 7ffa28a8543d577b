/* perf_scan.h - perf script text, event by event: the scanner that the importer and `stet collapse` share.
 *
 * Text is read in chunks (perf_chunk.h), by several threads where there is much of it; records come in the order of the
 * file, and everything that calls back is called by the user's thread in that order, so nothing that the user sees depends
 * on the number of threads. Each distinct frame line (its text behind the address) is resolved once by the user into ids;
 * each distinct list of ids gets a dense stack number. */
#ifndef STET_IMPORT_PERF_SCAN_H
#define STET_IMPORT_PERF_SCAN_H

#include "base/intern.h"
#include "import/source.h"

/* Resolves a frame line into ids, appended with perf_scan_push in leaf-first order (none: the frame is dropped).
 * symbol and dso as printed, address without leading blanks; dso "" when the line has none.
 * context: the value of perf_scan.context when the line was met (part of the cache key). */
struct perf_scan;
typedef bool (*perf_resolve_fn)(void *user, struct perf_scan *scan, struct span symbol, struct span dso,
                                struct span address, struct err *err);

enum perf_kind { PERF_END, PERF_SAMPLE, PERF_SIDE };

#define PERF_STACK_NONE UINT32_MAX /* not numbered: the table is full */
enum { PERF_CONTEXTS = 2 };

struct perf_record {
    enum perf_kind kind;
    struct span comm; /* as printed, blanks kept; valid until the next call */
    int64_t pid, tid; /* -1 not printed (or unknown to perf) */
    bool has_pid;
    bool has_time, has_period, has_cpu;
    uint32_t cpu;
    double time_s;
    uint64_t time_ns; /* of a feeder; text has time_s only */
    uint64_t period;
    uint32_t event;         /* index in scan->names */
    struct span text;       /* behind the event: trace fields, or the side-band record's text */
    const uint32_t *frames; /* leaf first, given with a new stack; perf_scan_stack has the others */
    size_t frame_count;     /* of frames; otherwise lines of the stack */
    uint32_t stack;         /* dense number of this list of frames */
    bool stack_new;
    bool stacked;  /* of a feeder: the frames are a call chain, else the one place that was sampled */
    uint64_t ip;   /* of a feeder, where the frames are no chain */
    bool ended;    /* by its blank line or on its own line; false: the next event or the end of the file
                         * followed at once */
    uint64_t line; /* of the event */
};

struct perf_scan {
    struct intern names;  /* event names */
    uint32_t context;     /* set by `wanted`, < PERF_CONTEXTS; same text, other context: resolved again */
    bool address_matters; /* the address of an unknown symbol is part of its name */
    bool no_repeats;      /* frames equal to the one before them are dropped */
    uint64_t line;        /* lines read */
    uint64_t bad;         /* lines that are none of perf script */
    uint64_t first_bad;
    uint64_t samples;
    struct perf_scan_state *st;
    void (*header)(void *user, struct span line); /* comment lines, may be NULL */
    perf_resolve_fn resolve;
    /* Tells whether the stack of this event is wanted; NULL: always. */
    bool (*wanted)(void *user, const struct perf_record *rec);
    /* Once `settled` is set: events for which `wanted` will surely say no, asked by other threads. */
    bool (*skip)(const void *user, const struct perf_record *rec, struct span event);
    bool settled;
    unsigned threads; /* set before the first record; 0 and 1: none but the user's */
    void *user;
    /* A feeder other than text (perf.data): makes the next record. NULL: lines of the source. */
    bool (*feed)(void *feeder, struct perf_scan *scan, struct perf_record *ret, struct err *err);
    void *feeder;
};

/* in may be NULL when feed is set. */
void perf_scan_init(struct perf_scan *scan, struct source *in, uint64_t stacks_max);
void perf_scan_release(struct perf_scan *scan);
/* Next record. Errors: ERR_LIMIT, ERR_IO, and those of resolve. */
bool perf_scan_next(struct perf_scan *scan, struct perf_record *ret, struct err *err) MUST_CHECK;
void perf_scan_push(struct perf_scan *scan, uint32_t id);
/* Frames of a numbered stack, leaf first. */
const uint32_t *perf_scan_stack(const struct perf_scan *scan, uint32_t stack, size_t *ret_n);

/* For feeders: a chain is begun, its frames are added leaf first, and perf_scan_number fills the record's frames and stack.
 * perf_scan_resolve adds a frame and tells where its ids are kept, so that perf_scan_repeat can add them again. */
void perf_scan_begin(struct perf_scan *scan);
bool perf_scan_resolve(struct perf_scan *scan, struct span symbol, struct span dso, struct span address,
                       uint64_t *ret_first, uint32_t *ret_count, struct err *err) MUST_CHECK;
void perf_scan_repeat(struct perf_scan *scan, uint64_t first, uint32_t count);
/* Gives up the ids that were kept since `first`. */
void perf_scan_forget(struct perf_scan *scan, uint64_t first);
void perf_scan_number(struct perf_scan *scan, struct perf_record *r);

/* perf_scan_header - reads an event line. ret: spans borrow from line; kind PERF_SAMPLE or PERF_SIDE; event_name out. */
bool perf_scan_header(struct span line, struct perf_record *ret, struct span *ret_event);
/* `symbol+0x1 (dso)` -> parts; dso "" when there is none. */
void perf_scan_frame(struct span text, struct span *ret_symbol, struct span *ret_dso);

#endif
