/* perf_collapse.h - perf script text, or perf.data, to folded stacks as the field's collapse tools write them: the direct path of
 * `stet collapse`, on the scanner that the importer uses. */
#ifndef STET_IMPORT_PERF_COLLAPSE_H
#define STET_IMPORT_PERF_COLLAPSE_H

#include "base/limits.h"
#include "import/perf/perf_tidy.h"
#include "import/source.h"

struct collapse_options {
    struct limits limits;
    struct perf_tidy tidy;
    bool pid;                /* root is comm-pid */
    bool tid;                /* root is comm-pid/tid */
    bool recursive;          /* a frame called by itself counts once */
    unsigned threads;        /* 0 and 1: none but the caller's */
    struct symbols *symbols; /* names for perf.data; NULL: none */
    struct span event;       /* only this event; empty: the first one met */
};

struct collapse_result {
    uint64_t samples;
    uint64_t stacks;
    uint64_t bad; /* lines that are none of perf script */
    uint64_t first_bad;
    bool cut;          /* the last sample lacks its blank line: left out, as the other tools do */
    bool other_events; /* events of another name were left out */
};

typedef bool (*collapse_write_fn)(void *user, struct span text, struct err *err);

/* Writes sorted lines `root;frame;frame weight`; the weight is the sum of the periods, or 1 a sample without them.
 * ret_event receives the event's name (NUL-terminated, cut to its size). */
bool perf_collapse(struct source *in, const struct collapse_options *opt, collapse_write_fn write, void *user,
                   struct collapse_result *ret, char *ret_event, size_t event_size, struct err *err) MUST_CHECK;

#endif
