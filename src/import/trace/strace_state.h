/* strace_state.h - threads, descriptors and sums while a strace log is read. */
#ifndef STET_IMPORT_TRACE_STRACE_STATE_H
#define STET_IMPORT_TRACE_STRACE_STATE_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/sb.h"
#include "import/trace/strace_line.h"
#include "import/trace/syscalls.h"

enum { NO_TRACEE = -1 };

struct tracee {
    int64_t tid;   /* -1: lines without a pid */
    int32_t maker; /* tracee that cloned it, or NO_TRACEE */
    bool thread;   /* of its maker's process */
    bool ended;
    double ended_at_s;   /* NaN unknown */
    struct span name;    /* in texts; "" unknown */
    struct span command; /* of its last successful exec, in texts */
    /* the call under way */
    bool pending, pending_thread;
    enum syscall_kind pending_kind;
    double pending_at_s;
    char pending_args[64]; /* their beginning */
    uint8_t pending_len;
};

/* Seconds and calls of one (tracee, call, kind). */
struct call_cell {
    uint32_t tracee;
    enum syscall_kind kind;
    str_id name;
    double seconds, waited_s, calls;
};

struct strace_state {
    const struct limits *limits;
    struct arena texts;
    struct intern tids;  /* decimal text -> tracee + 1 */
    struct intern cells; /* tracee, kind, name -> cell + 1 */
    struct intern names; /* of calls */
    struct intern fds;   /* process, fd -> fd_kind[] */
    struct {
        struct tracee *items;
        size_t count, cap;
    } tracees;
    struct {
        struct call_cell *items;
        size_t count, cap;
    } sums;
    struct {
        uint8_t *items;
        size_t count, cap;
    } fd_kinds;
    int32_t cloning; /* tracee whose clone is under way, or NO_TRACEE */
    int32_t twin;    /* tracee that the lines without a pid belong to, once its pid shows; NO_TRACEE */
    bool announcing; /* the tid comes from strace's own words or a clone's result */
    bool listens;    /* a socket was made to listen */
};

void strace_state_init(struct strace_state *s, const struct limits *limits);
void strace_state_release(struct strace_state *s);

/* Tracee of a tid, made when new. Errors: ERR_LIMIT (threads) */
bool strace_tracee(struct strace_state *s, int64_t tid, uint32_t *ret, struct err *err) MUST_CHECK;
/* strace said that it follows a new thread: made by the clone under way. Errors: ERR_LIMIT */
bool strace_attached(struct strace_state *s, int64_t tid, struct err *err) MUST_CHECK;
/* The tracee whose process it belongs to. */
uint32_t strace_leader(const struct strace_state *s, uint32_t tracee);
/* Takes in one line with a call. at_s: time of the line, NaN unknown. Errors: ERR_LIMIT */
bool strace_call(struct strace_state *s, uint32_t tracee, const struct strace_line *l, double at_s,
                 struct err *err) MUST_CHECK;
/* clone, fork and their kin: the result is the tid of what was made. */
bool strace_is_clone(struct span name);
/* Tracees that nobody made become threads of the one with the lowest tid: strace -p attaches to threads it cannot relate. */
void strace_join(struct strace_state *s);
/* The program of an execve's arguments as a shell command line, in s->texts; empty when the arguments cannot be read. */
struct span strace_exec_command(struct strace_state *s, struct span args);

#endif
