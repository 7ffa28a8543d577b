/* strace_line.h - one line of a strace log, taken apart: `[pid] [stamp] call(args) = ret <seconds>` and its relatives. */
#ifndef STET_IMPORT_TRACE_STRACE_LINE_H
#define STET_IMPORT_TRACE_STRACE_LINE_H

#include <stdint.h>

#include "base/num.h"
#include "base/span.h"

enum strace_kind {
    STRACE_FOREIGN,    /* no line of strace: what the program printed */
    STRACE_NOTE,       /* strace's own words, a stack line of -k, a signal */
    STRACE_CALL,       /* a whole call */
    STRACE_UNFINISHED, /* begun, another thread's line follows */
    STRACE_RESUMED,    /* its end */
    STRACE_EXITED,
    STRACE_KILLED
};

enum strace_stamp { STAMP_NONE, STAMP_CLOCK /* -t, -tt: time of day */, STAMP_UNIX /* -ttt */ };

struct strace_line {
    enum strace_kind kind;
    int64_t pid;      /* -1: no prefix */
    struct span comm; /* of -Y, else empty */
    enum strace_stamp stamp;
    double at_s, place_s; /* absolute stamp and its last place; NaN without one */
    double since_s;       /* -r: since the line before, of whichever thread; NaN */
    struct span name;     /* of the call */
    struct span args;     /* text behind "name(", or behind "resumed>" */
    double took_s;        /* -T; NaN */
    int64_t ret;
    bool ret_known;
    int64_t attached; /* "strace: Process N attached", alone or in the middle of a line; -1 */
};

/* strace_line_read - never fails: what is no line of strace is STRACE_FOREIGN. Spans borrow from line. */
void strace_line_read(struct span line, struct strace_line *ret);

#endif
