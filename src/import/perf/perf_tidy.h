/* perf_tidy.h - frame lines of perf script text as names, the way the collapse tools of the field write them. The two
 * disagree here and there; tests/engine/README.md lists where. */
#ifndef STET_IMPORT_PERF_TIDY_H
#define STET_IMPORT_PERF_TIDY_H

#include "base/sb.h"

enum perf_style {
    PERF_STYLE_FLAMEGRAPH, /* stackcollapse-perf.pl */
    PERF_STYLE_INFERNO     /* inferno-collapse-perf: argument lists end by brackets, Rust names are demangled further */
};

struct perf_tidy {
    enum perf_style style;
    bool kernel; /* _[k] behind kernel frames */
    bool jit;    /* _[j] behind frames of a JIT's map */
    bool addrs;  /* address in place of an unknown symbol */
    bool java;   /* the thread's name begins with java: a class's leading L goes */
};

enum { PERF_TIDY_NAMES = 64 }; /* functions of one line, "a->b->c" */

/* perf_tidy - names of one frame line, outermost first.
 * In:  symbol, dso, address: as perf_scan splits the line
 * Out: the names back to back in `out` (reset first), end[i] where name i ends. Returns their number; 0: the line is none. */
size_t perf_tidy(const struct perf_tidy *opt, struct span symbol, struct span dso, struct span address, struct sb *out,
                 size_t end[PERF_TIDY_NAMES]);

#endif
