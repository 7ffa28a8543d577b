#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "record/document.h"

enum { SERIES_MAX = 20000, DETAIL_EVERY = 10 };

/* Set by SIGINT and SIGTERM: the one thing a handler may do. */
static volatile sig_atomic_t stop_asked;

static void on_stop(int signal_number)
{
    (void)signal_number;
    stop_asked = 1;
}

static void series_add(struct recording *r, double t_s)
{
    struct rec_totals now = rec_tree_totals(&r->tree);
    double throttled_s = cgroup_throttled_s(&r->group);
    if (r->count >= SERIES_MAX) {
        /* Every second point goes: the plot keeps its shape, the file its size. */
        for (uint32_t i = 0; i < r->count / 2; i++)
            r->items[i] = r->items[2 * i];
        r->count /= 2;
        r->series_step *= 2;
    }
    if (r->series_turn++ % r->series_step != 0)
        return;
    struct series_point p = { t_s,         now.cpu_s,   now.runq_s, throttled_s - r->cpu0.throttled_s,
                              now.threads, now.running, now.rss_kb };
    VEC_PUSH(r, p);
}

static double since(const struct recording *r)
{
    return (double)(clock_monotonic_ns() - r->start_ns) / 1e9;
}

/* The end of the command cuts the sleep short (SIGCHLD is blocked and waited for), so that the wall length is exact. */
static void sleep_until(const struct recording *r, double t_s)
{
    int64_t left = r->start_ns + (int64_t)(t_s * 1e9) - clock_monotonic_ns();
    struct timespec ts = { .tv_sec = (time_t)(left / 1000000000), .tv_nsec = (long)(left % 1000000000) };
    sigset_t ends;
    if (left <= 0)
        return;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGCHLD);
    (void)sigtimedwait(&ends, NULL, &ts);
}

static void first_reading(struct recording *r, int64_t pid)
{
    cgroup_find(pid, &r->group);
    cgroup_read(&r->group, &r->cpu0);
    r->cpus_allowed = proc_cpus_allowed(pid);
    r->oom0 = cgroup_number(r->group.memory_path, "memory.events", "oom_kill");
    r->psi0 = (struct pressures){ pressure_total_s("cpu", "some"), pressure_total_s("io", "some"),
                                  pressure_total_s("io", "full"), pressure_total_s("memory", "some") };
    r->series_step = 1;
}

static void last_reading(struct recording *r)
{
    cgroup_read(&r->group, &r->cpu1);
    r->oom1 = cgroup_number(r->group.memory_path, "memory.events", "oom_kill");
    r->memory_max =
        cgroup_number(r->group.memory_path, r->group.version == 2 ? "memory.peak" : "memory.max_usage_in_bytes", NULL);
    r->psi1 = (struct pressures){ pressure_total_s("cpu", "some"), pressure_total_s("io", "some"),
                                  pressure_total_s("io", "full"), pressure_total_s("memory", "some") };
}

/* The command has ended but is not reaped: its last counters can still be read. */
static bool command_ended(int64_t pid)
{
    siginfo_t info = { 0 };
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == (pid_t)pid;
}

static void watch(struct recording *r, double limit_s, bool command)
{
    uint32_t turn = 0;
    double next = r->interval_s;
    for (;;) {
        bool last = num_known(limit_s) && next >= limit_s;
        sleep_until(r, last ? limit_s : next);
        bool ended = command && command_ended(r->tree.items[0].pid);
        double now = since(r);
        bool stop = last || ended || (!command && stop_asked);
        rec_tree_read(&r->tree, now, stop || ++turn % DETAIL_EVERY == 0);
        series_add(r, now);
        if (stop || !r->tree.items[0].alive) {
            r->wall_s = ended ? now : since(r); /* the last counters were read a little later */
            return;
        }
        next += r->interval_s;
        if (next < now)
            next = now + r->interval_s;
    }
}

static bool run_pid(struct recording *r, const struct record_options *opt, struct err *err)
{
    r->pid_mode = true;
    r->start_ns = r->tree.start_ns = clock_monotonic_ns();
    r->started_us = clock_unix_us();
    errno = 0;
    if (!rec_tree_add(&r->tree, opt->pid, false))
        return err_set(err, errno == EACCES ? ERR_FORBIDDEN : ERR_NOT_FOUND, "no readable process with pid %lld",
                       (long long)opt->pid);
    first_reading(r, opt->pid);
    rec_tree_read(&r->tree, since(r), true);
    watch(r, opt->seconds, false);
    r->complete = !r->tree.missed && r->tree.items[0].alive;
    last_reading(r);
    return true;
}

static double seconds_of(struct timeval tv)
{
    return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

/* Reaps the command. It is the only child that was waited for, so the children's usage before and after differ by the
 * exact totals of it and of all that it waited for. */
static void reap(struct recording *r, pid_t child, bool ended, int *ret_exit)
{
    int status = 0;
    struct rusage before;
    struct rusage usage;
    if (!ended || getrusage(RUSAGE_CHILDREN, &before) != 0 || waitpid(child, &status, 0) != child ||
        getrusage(RUSAGE_CHILDREN, &usage) != 0)
        return;
    struct rec_process *p = &r->tree.items[0];
    p->exact = true;
    p->exited = true;
    p->exact_user_s = seconds_of(usage.ru_utime) - seconds_of(before.ru_utime);
    p->exact_sys_s = seconds_of(usage.ru_stime) - seconds_of(before.ru_stime);
    r->exit_known = true;
    r->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    r->exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    *ret_exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + r->exit_signal;
}

/* Starts the command held at a pipe, so that it is in the tree before its first instruction. */
static pid_t start_held(char *const *command, int *ret_go, int *ret_failed)
{
    int go[2];
    int failed[2];
    if (pipe(go) != 0 || pipe(failed) != 0)
        return -1;
    (void)fcntl(failed[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        char byte;
        sigset_t none;
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)signal(SIGINT, SIG_DFL);
        (void)close(go[1]);
        (void)close(failed[0]);
        if (read(go[0], &byte, 1) == 1) {
            (void)close(go[0]);
            (void)execvp(command[0], command);
            int reason = errno;
            (void)!write(failed[1], &reason, sizeof reason);
        }
        _exit(127);
    }
    (void)close(go[0]);
    (void)close(failed[1]);
    *ret_go = go[1];
    *ret_failed = failed[0];
    return child;
}

static bool release_held(pid_t child, int go, int failed, const char *name, struct err *err)
{
    int reason = 0;
    bool sent = write(go, "g", 1) == 1;
    (void)close(go);
    ssize_t n = read(failed, &reason, sizeof reason); /* ends with exec, which closes it */
    (void)close(failed);
    if (sent && n == 0)
        return true;
    (void)waitpid(child, NULL, 0);
    return err_set(err, reason == EACCES ? ERR_FORBIDDEN : ERR_NOT_FOUND, "cannot start '%s': %s", name,
                   strerror(reason));
}

static bool run_command(struct recording *r, const struct record_options *opt, int *ret_exit, struct err *err)
{
    int go = -1;
    int failed = -1;
    pid_t child = start_held(opt->command, &go, &failed);
    if (child < 0)
        return err_set(err, ERR_IO, "cannot start a process: %s", strerror(errno));
    r->start_ns = r->tree.start_ns = clock_monotonic_ns();
    r->started_us = clock_unix_us();
    if (!release_held(child, go, failed, opt->command[0], err))
        return false;
    if (!rec_tree_add(&r->tree, child, true)) {
        (void)waitpid(child, NULL, 0);
        return err_set(err, ERR_IO, "cannot read /proc/%ld", (long)child);
    }
    first_reading(r, child);
    watch(r, opt->seconds, true);
    bool ended = command_ended(child);
    last_reading(r);
    reap(r, child, ended, ret_exit);
    r->complete = ended && !r->tree.missed;
    return true;
}

static void signals_set(bool command, struct sigaction old[2])
{
    struct sigaction act = { 0 };
    stop_asked = 0;
    (void)sigemptyset(&act.sa_mask);
    /* Ctrl-C reaches the command as well; the recorder stays to write what it saw. */
    act.sa_handler = command ? SIG_IGN : on_stop;
    (void)sigaction(SIGINT, &act, &old[0]);
    act.sa_handler = command ? SIG_DFL : on_stop;
    (void)sigaction(SIGTERM, &act, &old[1]);
}

bool record_run(const struct record_options *opt, struct sb *out, int *ret_exit, struct err *err)
{
    struct recording r = { .interval_s = opt->interval_s > 0 ? opt->interval_s : 0.1 };
    struct sigaction old[2];
    bool command = opt->pid <= 0;
    sigset_t ends;
    sigset_t mask;
    *ret_exit = 0;
    rec_tree_init(&r.tree);
    signals_set(command, old);
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &ends, &mask);
    bool ok = command ? run_command(&r, opt, ret_exit, err) : run_pid(&r, opt, err);
    (void)sigprocmask(SIG_SETMASK, &mask, NULL);
    (void)sigaction(SIGINT, &old[0], NULL);
    (void)sigaction(SIGTERM, &old[1], NULL);
    if (ok)
        record_document(&r, opt->command, out);
    rec_tree_release(&r.tree);
    free(r.items);
    return ok;
}
