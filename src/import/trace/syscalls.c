/* System calls as frames. A row is the call; where the call may wait, the kernel function in which such a call sleeps
 * stands above it, as its group: the classification knows what that one waits for. It is a name for the kind of wait, the
 * function itself was not recorded. */
#include "import/trace/syscalls.h"

struct call_row {
    const char *name;
    enum syscall_kind kind;
};

static const struct call_row rows[] = {
    { "recvfrom", CALL_RECEIVE },
    { "recvmsg", CALL_RECEIVE },
    { "recvmmsg", CALL_RECEIVE },
    { "recv", CALL_RECEIVE },
    { "recvmmsg_time64", CALL_RECEIVE },
    { "sendto", CALL_SEND },
    { "sendmsg", CALL_SEND },
    { "sendmmsg", CALL_SEND },
    { "send", CALL_SEND },
    { "sendfile", CALL_SEND },
    { "sendfile64", CALL_SEND },
    { "connect", CALL_CONNECT },
    { "accept", CALL_ACCEPT },
    { "accept4", CALL_ACCEPT },
    { "epoll_wait", CALL_EPOLL },
    { "epoll_pwait", CALL_EPOLL },
    { "epoll_pwait2", CALL_EPOLL },
    { "io_getevents", CALL_EPOLL },
    { "io_pgetevents", CALL_EPOLL },
    { "io_uring_enter", CALL_EPOLL },
    { "poll", CALL_POLL },
    { "ppoll", CALL_POLL },
    { "ppoll_time64", CALL_POLL },
    { "select", CALL_SELECT },
    { "_newselect", CALL_SELECT },
    { "pselect6", CALL_SELECT },
    { "pselect6_time64", CALL_SELECT },
    { "fsync", CALL_DISK },
    { "fdatasync", CALL_DISK },
    { "sync", CALL_DISK },
    { "syncfs", CALL_DISK },
    { "sync_file_range", CALL_DISK },
    { "msync", CALL_DISK },
    { "pread64", CALL_DISK },
    { "preadv", CALL_DISK },
    { "preadv2", CALL_DISK },
    { "pwrite64", CALL_DISK },
    { "pwritev", CALL_DISK },
    { "pwritev2", CALL_DISK },
    { "readahead", CALL_DISK },
    { "futex", CALL_LOCK },
    { "futex_time64", CALL_LOCK },
    { "futex_wait", CALL_LOCK },
    { "futex_waitv", CALL_LOCK },
    { "flock", CALL_LOCK },
    { "semop", CALL_LOCK },
    { "semtimedop", CALL_LOCK },
    { "nanosleep", CALL_SLEEP },
    { "clock_nanosleep", CALL_SLEEP },
    { "clock_nanosleep_time64", CALL_SLEEP },
    { "wait4", CALL_CHILD },
    { "waitid", CALL_CHILD },
    { "waitpid", CALL_CHILD },
    { "vfork", CALL_CHILD },
    { "msgrcv", CALL_PIPE },
    { "msgsnd", CALL_PIPE },
    { "mq_timedreceive", CALL_PIPE },
    { "mq_timedsend", CALL_PIPE },
    { "splice", CALL_PIPE },
    { "tee", CALL_PIPE },
    { "vmsplice", CALL_PIPE },
    { "read", CALL_OTHER },
    { "readv", CALL_OTHER },
    { "write", CALL_OTHER },
    { "writev", CALL_OTHER },
    { "ioctl", CALL_OTHER },
    { "pause", CALL_OTHER },
    { "rt_sigsuspend", CALL_OTHER },
    { "rt_sigtimedwait", CALL_OTHER },
    { "sigsuspend", CALL_OTHER },
    { "restart_syscall", CALL_OTHER },
};

static bool moves_bytes(struct span name, bool *ret_reads)
{
    *ret_reads = span_is(name, "read") || span_is(name, "readv");
    return *ret_reads || span_is(name, "write") || span_is(name, "writev");
}

enum syscall_kind syscall_kind_of(struct span name, enum fd_kind fd)
{
    enum syscall_kind kind = CALL_PLAIN;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (span_is(name, rows[i].name))
            kind = rows[i].kind;
    }
    bool reads;
    bool moves = moves_bytes(name, &reads);
    switch (fd) {
    case FD_FILE:
        return moves ? CALL_DISK : kind;
    case FD_SOCKET:
        return !moves ? kind : reads ? CALL_RECEIVE : CALL_SEND;
    case FD_LOCAL: /* a socket of this machine */
        return moves || kind == CALL_RECEIVE || kind == CALL_SEND || kind == CALL_CONNECT ? CALL_PIPE : kind;
    case FD_PIPE:
        return moves ? CALL_PIPE : kind;
    case FD_UNKNOWN:
    case FD_OTHER:
        break;
    }
    return kind;
}

bool syscall_only_sleeps(enum syscall_kind kind)
{
    return kind == CALL_EPOLL || kind == CALL_POLL || kind == CALL_SELECT || kind == CALL_LOCK || kind == CALL_SLEEP ||
           kind == CALL_CHILD || kind == CALL_ACCEPT;
}

/* Where the kernel sleeps in a call of that kind, by the names of the classification; NULL: no name. */
static const char *sleeps_in(enum syscall_kind kind)
{
    static const char *const names[CALL_KIND_COUNT] = {
        [CALL_RECEIVE] = "sk_wait_data",
        [CALL_SEND] = "sk_stream_wait_memory",
        [CALL_CONNECT] = "wait_for_connect",
        [CALL_ACCEPT] = "inet_csk_accept",
        [CALL_EPOLL] = "ep_poll",
        [CALL_POLL] = "do_sys_poll",
        [CALL_SELECT] = "do_select",
        [CALL_DISK] = "io_schedule",
        [CALL_LOCK] = "futex_wait_queue",
        [CALL_SLEEP] = "hrtimer_nanosleep",
        [CALL_CHILD] = "do_wait",
        [CALL_PIPE] = "pipe_read",
    };
    return names[kind];
}

void call_sums_open(struct call_sums *c, struct builder *b, enum clock_kind clock, bool waits)
{
    struct column_desc d = { .event = SPAN("wait"),
                             .unit = UNIT_SECONDS,
                             .clock = CLOCK_OFF,
                             .period = NUM_UNKNOWN,
                             .rate_hz = NUM_UNKNOWN,
                             .is_time = true };
    *c = (struct call_sums){ .b = b, .waits = waits };
    if (waits)
        c->wait = builder_column(b, &d);
    /* Seconds inside system calls are neither the program's CPU time nor its waiting: no share is made of them. */
    d.event = SPAN("inside");
    d.clock = clock;
    d.is_time = false;
    c->inside = builder_column(b, &d);
    d.event = SPAN("calls");
    d.unit = UNIT_COUNT_OTHER;
    d.clock = CLOCK_UNKNOWN;
    c->calls = builder_column(b, &d);
}

static bool push(struct call_sums *c, struct span func, stack_id *stack, struct err *err)
{
    struct frame_desc d = { .func = func, .file = { "", 0 }, .module = { "", 0 }, .kind = FRAME_KERNEL };
    frame_id frame;
    return builder_frame(c->b, &d, &frame, err) && builder_stack_child(c->b, *stack, frame, stack, err);
}

bool call_sums_add(struct call_sums *c, thread_id thread, const struct call_total *t, struct err *err)
{
    stack_id stack = { 0 };
    bool waits = c->waits && t->kind != CALL_PLAIN;
    const char *group = waits ? sleeps_in(t->kind) : NULL;
    if ((group && !push(c, span_of(group), &stack, err)) || !push(c, t->name, &stack, err))
        return false;
    struct sample_desc d = { .stack = stack, .thread = thread, .state = waits ? STATE_WAITING : STATE_UNKNOWN };
    uint32_t row;
    if (!builder_row(c->b, &d, &row, err) || (waits && !builder_value(c->b, row, c->wait, t->waited_s, err)))
        return false;
    return builder_value(c->b, row, c->inside, t->seconds, err) && builder_value(c->b, row, c->calls, t->count, err);
}
