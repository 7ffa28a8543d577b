/* syscalls.h - system calls of Linux by what a thread waits for in them, and their sums as a profile. */
#ifndef STET_IMPORT_TRACE_SYSCALLS_H
#define STET_IMPORT_TRACE_SYSCALLS_H

#include "profile/builder.h"

/* PLAIN calls return as soon as the kernel's work is done; OTHER ones may wait, for what cannot be told. */
enum syscall_kind {
    CALL_PLAIN,
    CALL_OTHER,
    CALL_RECEIVE, /* from a socket */
    CALL_SEND,
    CALL_CONNECT,
    CALL_ACCEPT,
    CALL_EPOLL,
    CALL_POLL,
    CALL_SELECT,
    CALL_DISK,
    CALL_LOCK,
    CALL_SLEEP,
    CALL_CHILD,
    CALL_PIPE,
    CALL_KIND_COUNT
};

/* What a file descriptor stands for, where the file tells it. */
enum fd_kind { FD_UNKNOWN, FD_FILE, FD_SOCKET, FD_LOCAL, FD_PIPE, FD_OTHER };

/* syscall_kind_of - kind of the call on that descriptor; read and write are CALL_OTHER on an unknown one. */
enum syscall_kind syscall_kind_of(struct span name, enum fd_kind fd);

/* True for kinds in which no kernel computes for a millisecond: a call that took longer was measured by wall clock. */
bool syscall_only_sleeps(enum syscall_kind kind);

/* Sums of calls under construction. Columns: "wait" (seconds off CPU, calls that may wait; only where `waits`), "inside"
 * (seconds in all calls, no share of anything), "calls". */
struct call_sums {
    struct builder *b;
    bool waits;
    uint32_t wait, inside, calls;
};

/* In: b fresh; clock of the seconds inside the calls. */
void call_sums_open(struct call_sums *c, struct builder *b, enum clock_kind clock, bool waits);
/* Calls of one name and thread: how many, the seconds in them, and the part of those that counts as waiting if the call
 * may wait at all. */
struct call_total {
    struct span name;
    enum syscall_kind kind;
    double count, seconds, waited_s;
};
/* Errors: ERR_LIMIT, ERR_VALUE. */
bool call_sums_add(struct call_sums *c, thread_id thread, const struct call_total *t, struct err *err) MUST_CHECK;

#endif
