/* Which thread is in which call for how long, and what its descriptors are. Descriptors belong to the process; a forked
 * child starts with its maker's. A closed one is kept, since a child may still use it; what is opened next under its number
 * replaces it. Where the log does not show how a descriptor was made, its kind is unknown. */
#include "import/trace/strace_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "base/vec.h"

void strace_state_init(struct strace_state *s, const struct limits *limits)
{
    *s = (struct strace_state){ .limits = limits, .cloning = NO_TRACEE, .twin = NO_TRACEE };
    intern_init(&s->tids);
    intern_init(&s->cells);
    intern_init(&s->names);
    intern_init(&s->fds);
}

void strace_state_release(struct strace_state *s)
{
    intern_release(&s->tids);
    intern_release(&s->cells);
    intern_release(&s->names);
    intern_release(&s->fds);
    free(s->tracees.items);
    free(s->sums.items);
    free(s->fd_kinds.items);
    arena_release(&s->texts);
}

static struct tracee *tracee_of(struct strace_state *s, uint32_t ix)
{
    return &s->tracees.items[ix];
}

bool strace_tracee(struct strace_state *s, int64_t tid, uint32_t *ret, struct err *err)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%" PRId64, tid);
    uint32_t ix = intern_add(&s->tids, span_make(text, (size_t)n)) - 1;
    *ret = ix;
    if (ix < s->tracees.count)
        return true;
    if (s->tracees.count >= s->limits->threads)
        return err_set(err, ERR_LIMIT, "more than %" PRIu64 " threads (limit threads)", s->limits->threads);
    struct tracee t = { .tid = tid, .maker = NO_TRACEE, .name = { "", 0 }, .command = { "", 0 } };
    /* A child's first line may stand before the end of the call that made it. */
    if (s->cloning != NO_TRACEE) {
        t.thread = s->tracees.items[s->cloning].pending_thread;
        t.maker = t.thread ? (int32_t)strace_leader(s, (uint32_t)s->cloning) : s->cloning;
        s->cloning = NO_TRACEE;
    } else if (s->tracees.count > 0 && s->tracees.items[0].tid < 0 && s->twin == NO_TRACEE && !s->announcing) {
        /* strace writes no pid while it follows one thread, and [pid N] once there are two: N that nobody made is the
         * first one. */
        t.maker = 0;
        t.thread = true;
        s->twin = (int32_t)ix;
    }
    VEC_PUSH(&s->tracees, t);
    return true;
}

bool strace_attached(struct strace_state *s, int64_t tid, struct err *err)
{
    uint32_t ix;
    s->announcing = true;
    bool ok = strace_tracee(s, tid, &ix, err);
    s->announcing = false;
    return ok;
}

/* A thread's maker is its process's leader as far as that was known, so the way up is short; a forged log may go in circles. */
uint32_t strace_leader(const struct strace_state *s, uint32_t tracee)
{
    enum { STEPS_MAX = 64 };
    for (int step = 0; step < STEPS_MAX; step++) {
        const struct tracee *t = &s->tracees.items[tracee];
        if (!t->thread || t->maker == NO_TRACEE || (uint32_t)t->maker == tracee)
            break;
        tracee = (uint32_t)t->maker;
    }
    return tracee;
}

void strace_join(struct strace_state *s)
{
    uint32_t lowest = 0;
    for (uint32_t i = 1; i < s->tracees.count; i++) {
        if (s->tracees.items[i].maker == NO_TRACEE && s->tracees.items[i].tid < s->tracees.items[lowest].tid)
            lowest = i;
    }
    for (uint32_t i = 0; i < s->tracees.count; i++) {
        struct tracee *t = &s->tracees.items[i];
        if (i != lowest && t->maker == NO_TRACEE) {
            t->maker = (int32_t)lowest;
            t->thread = true;
        }
    }
}

/* --- descriptors --- */

static struct span fd_key(char buf[48], uint32_t leader, int64_t fd)
{
    return span_make(buf, (size_t)snprintf(buf, 48, "%" PRIu32 ":%" PRId64, leader, fd));
}

static void fd_set_kind(struct strace_state *s, uint32_t tracee, int64_t fd, enum fd_kind kind)
{
    char buf[48];
    if (fd < 0 || s->fds.bytes_len > s->limits->string_bytes)
        return;
    uint32_t ix = intern_add(&s->fds, fd_key(buf, strace_leader(s, tracee), fd));
    while (s->fd_kinds.count <= ix)
        VEC_PUSH(&s->fd_kinds, FD_UNKNOWN);
    s->fd_kinds.items[ix] = (uint8_t)kind;
}

static enum fd_kind fd_get_kind(const struct strace_state *s, uint32_t tracee, int64_t fd)
{
    enum { FORKS_MAX = 16 };
    for (int depth = 0; depth < FORKS_MAX; depth++) {
        uint32_t leader = strace_leader(s, tracee);
        char buf[48];
        uint32_t ix;
        if (intern_find(&s->fds, fd_key(buf, leader, fd), &ix) && ix < s->fd_kinds.count)
            return (enum fd_kind)s->fd_kinds.items[ix];
        if (s->tracees.items[leader].maker == NO_TRACEE)
            break;
        tracee = (uint32_t)s->tracees.items[leader].maker;
    }
    return FD_UNKNOWN;
}

/* "3", "3</path>", "3<socket:[81]>", "3<TCP:[127.0.0.1:80->...]>": number, and what -y says. */
static bool fd_argument(struct span args, int64_t *ret_fd, enum fd_kind *ret_kind)
{
    size_t n = 0;
    while (n < args.len && args.ptr[n] >= '0' && args.ptr[n] <= '9')
        n++;
    *ret_kind = FD_UNKNOWN;
    if (n == 0 || !span_to_i64(span_sub(args, 0, n), ret_fd))
        return false;
    struct span told = span_from(args, n);
    static const struct {
        const char *start;
        enum fd_kind kind;
    } words[] = { { "<socket:", FD_SOCKET },    { "<TCP", FD_SOCKET },    { "<UDP", FD_SOCKET },
                  { "<UNIX", FD_LOCAL },        { "<NETLINK", FD_LOCAL }, { "<pipe:", FD_PIPE },
                  { "<anon_inode:", FD_OTHER }, { "</dev/", FD_OTHER },   { "</", FD_FILE } };
    for (size_t i = 0; i < ARRAY_LEN(words) && *ret_kind == FD_UNKNOWN; i++) {
        if (span_starts(told, span_of(words[i].start)))
            *ret_kind = words[i].kind;
    }
    return true;
}

static bool one_of(struct span name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(name, list[i]))
            return true;
    }
    return false;
}

/* "[3, 4]" within the arguments of pipe and socketpair. */
static void fd_pair(struct strace_state *s, uint32_t tracee, struct span args, enum fd_kind kind)
{
    size_t open = span_rchr(args, '[');
    struct span pair = span_from(args, open < args.len ? open + 1 : args.len);
    enum fd_kind told;
    int64_t fd;
    if (fd_argument(pair, &fd, &told))
        fd_set_kind(s, tracee, fd, kind);
    size_t comma = span_chr(pair, 0, ',');
    if (fd_argument(span_trim(span_from(pair, comma + 1)), &fd, &told))
        fd_set_kind(s, tracee, fd, kind);
}

static void fd_follow(struct strace_state *s, uint32_t tracee, const struct strace_line *l, struct span args)
{
    static const char *const opens[] = { "open", "openat", "openat2", "creat", "memfd_create" };
    static const char *const others[] = { "epoll_create",   "epoll_create1", "eventfd2",  "eventfd",
                                          "timerfd_create", "inotify_init1", "signalfd4", "pidfd_open" };
    int64_t fd;
    enum fd_kind told;
    bool made = l->ret_known && l->ret >= 0;
    bool local = span_starts(args, SPAN("AF_UNIX")) || span_starts(args, SPAN("AF_NETLINK"));
    if (!made) {
        return;
    } else if (span_is(l->name, "socket")) {
        fd_set_kind(s, tracee, l->ret, local ? FD_LOCAL : FD_SOCKET);
    } else if (span_is(l->name, "pipe") || span_is(l->name, "pipe2") || span_is(l->name, "socketpair")) {
        fd_pair(s, tracee, args, FD_PIPE);
    } else if (one_of(l->name, opens, ARRAY_LEN(opens))) {
        bool device = span_find(args, 0, SPAN("\"/dev/")) < args.len;
        fd_set_kind(s, tracee, l->ret, device ? FD_OTHER : FD_FILE);
    } else if (one_of(l->name, others, ARRAY_LEN(others))) {
        fd_set_kind(s, tracee, l->ret, FD_OTHER);
    } else if (fd_argument(args, &fd, &told)) {
        bool copies = span_starts(l->name, SPAN("dup")) ||
                      (span_is(l->name, "fcntl") && span_find(args, 0, SPAN("F_DUPFD")) < args.len);
        if (copies || span_starts(l->name, SPAN("accept")))
            fd_set_kind(s, tracee, l->ret, fd_get_kind(s, tracee, fd));
        s->listens = s->listens || span_is(l->name, "listen");
    }
}

static enum syscall_kind kind_of(const struct strace_state *s, uint32_t tracee, struct span name, struct span args)
{
    int64_t fd;
    enum fd_kind kind = FD_UNKNOWN;
    if (fd_argument(args, &fd, &kind) && kind == FD_UNKNOWN)
        kind = fd_get_kind(s, tracee, fd);
    /* Waking others returns at once. */
    if (span_is(name, "futex") && span_find(args, 0, SPAN("FUTEX_WAKE")) < args.len)
        return CALL_PLAIN;
    return syscall_kind_of(name, kind);
}

/* --- calls --- */

/* A call that moves bytes and was back before any other thread could have run did not wait. Waiting for an event, a lock or
 * a time always counts. */
static bool returned_at_once(enum syscall_kind kind, double seconds)
{
    static const double at_once = 1e-4;
    return seconds < at_once && !syscall_only_sleeps(kind) && kind != CALL_RECEIVE;
}

static bool add(struct strace_state *s, uint32_t tracee, struct span name, enum syscall_kind kind, double seconds,
                struct err *err)
{
    char key[128];
    int n = snprintf(key, sizeof key, "%" PRIu32 " %d %.*s", tracee, (int)kind, SPAN_FMT(span_sub(name, 0, 64)));
    uint32_t ix = intern_add(&s->cells, span_make(key, (size_t)n)) - 1;
    if (ix == s->sums.count) {
        if (s->sums.count >= s->limits->cells || s->cells.bytes_len > s->limits->string_bytes)
            return err_set(err, ERR_LIMIT, "more than %" PRIu64 " sums of calls (limit cells)", s->limits->cells);
        VEC_PUSH(&s->sums,
                 ((struct call_cell){
                     .tracee = tracee, .kind = kind, .name = { intern_add(&s->names, span_sub(name, 0, 64)) } }));
    }
    struct call_cell *cell = &s->sums.items[ix];
    double known = num_known(seconds) && seconds > 0 ? seconds : 0;
    cell->calls += 1;
    cell->seconds += known;
    cell->waited_s += returned_at_once(kind, known) ? 0 : known;
    return true;
}

bool strace_is_clone(struct span name)
{
    return span_is(name, "clone") || span_is(name, "clone3") || span_is(name, "fork") || span_is(name, "vfork");
}

/* The result of a clone is the tid of what it made. */
static bool made_tracee(struct strace_state *s, uint32_t maker, int64_t tid, bool thread, struct err *err)
{
    uint32_t child;
    s->cloning = NO_TRACEE;
    if (!strace_attached(s, tid, err) || !strace_tracee(s, tid, &child, err))
        return false;
    if (child != maker) {
        tracee_of(s, child)->maker = (int32_t)(thread ? strace_leader(s, maker) : maker);
        tracee_of(s, child)->thread = thread;
    }
    return true;
}

static bool begin(struct strace_state *s, uint32_t tracee, const struct strace_line *l, double at_s, struct err *err)
{
    struct tracee *t = tracee_of(s, tracee);
    t->pending = true;
    t->pending_at_s = at_s;
    t->pending_kind = kind_of(s, tracee, l->name, l->args);
    t->pending_thread = span_find(l->args, 0, SPAN("CLONE_THREAD")) < l->args.len;
    struct span args = span_sub(l->args, 0, span_find(l->args, 0, SPAN(" <unfinished")));
    t->pending_len = (uint8_t)span_sub(args, 0, sizeof t->pending_args).len;
    if (t->pending_len > 0)
        memcpy(t->pending_args, args.ptr, t->pending_len);
    if (span_is(l->name, "execve"))
        t->command = strace_exec_command(s, l->args);
    if (!strace_is_clone(l->name))
        return l->attached < 0 || strace_attached(s, l->attached, err);
    if (l->attached >= 0)
        return made_tracee(s, tracee, l->attached, t->pending_thread, err);
    s->cloning = (int32_t)tracee;
    return true;
}

static void name_thread(struct strace_state *s, uint32_t tracee, const struct strace_line *l)
{
    struct tracee *t = tracee_of(s, tracee);
    if (l->comm.len > 0 && !span_eq(l->comm, t->name))
        t->name = arena_span(&s->texts, span_sub(l->comm, 0, 64));
    if (!span_is(l->name, "prctl") || !span_starts(l->args, SPAN("PR_SET_NAME, \"")))
        return;
    struct span text = span_from(l->args, 14);
    size_t end = span_chr(text, 0, '"');
    if (end < text.len && end <= 16)
        t->name = arena_span(&s->texts, span_sub(text, 0, end));
}

bool strace_call(struct strace_state *s, uint32_t tracee, const struct strace_line *l, double at_s, struct err *err)
{
    struct tracee *t = tracee_of(s, tracee);
    name_thread(s, tracee, l);
    if (l->kind == STRACE_UNFINISHED)
        return begin(s, tracee, l, at_s, err);
    enum syscall_kind kind = t->pending_kind;
    bool thread = t->pending_thread;
    double took = l->took_s;
    if (l->kind == STRACE_CALL) {
        kind = kind_of(s, tracee, l->name, l->args);
        thread = span_find(l->args, 0, SPAN("CLONE_THREAD")) < l->args.len;
        if (span_is(l->name, "execve") && l->ret_known && l->ret == 0)
            t->command = strace_exec_command(s, l->args);
    } else if (!t->pending) {
        kind = syscall_kind_of(l->name, FD_UNKNOWN); /* the log begins within the call */
    } else if (!num_known(took)) {
        took = at_s - t->pending_at_s; /* both ends are there without -T, too */
    }
    char text[160];
    int n = l->kind == STRACE_CALL ? 0
                                   : snprintf(text, sizeof text, "%.*s%.*s", (int)t->pending_len, t->pending_args,
                                              SPAN_FMT(span_sub(l->args, 0, 80)));
    t->pending = false;
    t->pending_len = 0;
    fd_follow(s, tracee, l, l->kind == STRACE_CALL ? l->args : span_make(text, (size_t)n));
    if (strace_is_clone(l->name) && l->ret_known && l->ret > 0 && !made_tracee(s, tracee, l->ret, thread, err))
        return false;
    return add(s, tracee, l->name, kind, took, err);
}

/* One quoted string at the start of *rest, escapes undone. */
static bool take_string(struct span *rest, struct sb *out)
{
    if (rest->len == 0 || rest->ptr[0] != '"')
        return false;
    size_t i = 1;
    while (i < rest->len && rest->ptr[i] != '"') {
        char c = rest->ptr[i++];
        if (c != '\\' || i == rest->len) {
            sb_addc(out, c);
            continue;
        }
        char e = rest->ptr[i++];
        if (e == 'n' || e == 't' || e == 'r' || e == 'v' || e == 'f')
            sb_addc(out, ' ');
        else if (e >= '0' && e <= '7')
            sb_addc(out, '?');
        else
            sb_addc(out, e);
    }
    if (i >= rest->len)
        return false;
    *rest = span_from(*rest, i + 1);
    if (span_starts(*rest, SPAN("..."))) {
        sb_adds(out, "...");
        *rest = span_from(*rest, 3);
    }
    return true;
}

struct span strace_exec_command(struct strace_state *s, struct span args)
{
    struct sb command = { .cap = 4096 };
    struct sb word = { .cap = 4096 };
    size_t at = span_find(args, 0, SPAN("[\""));
    struct span rest = span_from(args, at < args.len ? at + 1 : args.len);
    while (take_string(&rest, &word)) {
        if (command.len > 0)
            sb_addc(&command, ' ');
        sb_add_shell(&command, sb_span(&word));
        sb_reset(&word);
        if (!span_starts(rest, SPAN(", ")))
            break;
        rest = span_from(rest, 2);
    }
    struct span text = command.len > 0 ? arena_span(&s->texts, sb_span(&command)) : SPAN("");
    sb_release(&command);
    sb_release(&word);
    return text;
}
