#include "record/document.h"

#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mask.h"
#include "version.h"

static double ticks(const struct recording *r, uint64_t last, uint64_t first)
{
    return last >= first ? (double)(last - first) / r->tree.hz : 0;
}

static void write_word(struct jsonw *w, struct span word)
{
    struct sb masked = { 0 };
    mask_command(word, &masked);
    jsonw_str(w, NULL, sb_span(&masked));
    sb_release(&masked);
}

/* The words together are masked first, so that `--password X` is seen; then they are taken apart again. */
static void write_words(struct jsonw *w, const char *key, struct span words)
{
    jsonw_arr(w, key);
    bool secret_next = false;
    while (words.len > 0) {
        size_t n = span_chr(words, 0, '\0');
        struct span word = span_sub(words, 0, n);
        struct sb probe = { 0 };
        struct sb masked = { 0 };
        sb_printf(&probe, "%.*s value", SPAN_FMT(word));
        mask_command(sb_span(&probe), &masked);
        if (secret_next)
            jsonw_strz(w, NULL, "***");
        else
            write_word(w, word);
        secret_next = !secret_next && span_ends(sb_span(&masked), SPAN(" ***")) && span_starts(word, SPAN("--"));
        sb_release(&probe);
        sb_release(&masked);
        words = span_from(words, n + 1);
    }
    jsonw_end_arr(w);
}

static void write_command(struct jsonw *w, const struct recording *r, char *const *command)
{
    struct sb words = { 0 };
    for (size_t i = 0; command && command[i]; i++)
        sb_add(&words, span_make(command[i], strlen(command[i]) + 1));
    write_words(w, "command", command ? sb_span(&words) : sb_span(&r->tree.items[0].command));
    sb_release(&words);
}

static void num_or_null(struct jsonw *w, const char *key, bool known, double value)
{
    jsonw_num(w, key, known ? value : NUM_UNKNOWN);
}

static double at_least_zero(double x)
{
    return x > 0 ? x : 0;
}

static void write_thread(struct jsonw *w, const struct recording *r, const struct rec_thread *t)
{
    jsonw_obj(w, NULL);
    jsonw_int(w, "tid", t->tid);
    jsonw_strz(w, "name", t->name);
    jsonw_num(w, "from_s", fmin(t->from_s, r->wall_s));
    jsonw_num(w, "to_s", fmin(t->to_s, r->wall_s));
    jsonw_num(w, "user_s", ticks(r, t->last.utime, t->first.utime));
    jsonw_num(w, "sys_s", ticks(r, t->last.stime, t->first.stime));
    num_or_null(w, "run_s", t->sched, (double)(t->run1 - t->run0) / 1e9);
    num_or_null(w, "runq_s", t->sched, (double)(t->wait1 - t->wait0) / 1e9);
    num_or_null(w, "voluntary", t->switches, (double)(t->vol1 - t->vol0));
    num_or_null(w, "involuntary", t->switches, (double)(t->invol1 - t->invol0));
    jsonw_num(w, "minflt", (double)(t->last.minflt - t->first.minflt));
    jsonw_num(w, "majflt", (double)(t->last.majflt - t->first.majflt));
    jsonw_end_obj(w);
}

struct sums {
    double user, sys, runq, vol, invol;
    bool sched, switches;
    uint32_t gone;
    double gone_user, gone_sys, gone_runq;
};

static struct sums sum_threads(const struct recording *r, const struct rec_process *p)
{
    struct sums s = { .sched = p->count > 0, .switches = p->count > 0 };
    for (uint32_t i = 0; i < p->count; i++) {
        const struct rec_thread *t = &p->items[i];
        s.user += ticks(r, t->last.utime, t->first.utime);
        s.sys += ticks(r, t->last.stime, t->first.stime);
        s.runq += (double)(t->wait1 - t->wait0) / 1e9;
        s.vol += (double)(t->vol1 - t->vol0);
        s.invol += (double)(t->invol1 - t->invol0);
        s.sched = s.sched && t->sched;
        s.switches = s.switches && t->switches;
    }
    return s;
}

/* Own CPU seconds of a process. With wait4: its total less what it waited for. */
static void own_cpu(const struct recording *r, const struct rec_process *p, double *ret_user, double *ret_sys)
{
    double child_user = ticks(r, p->last.cutime, p->first.cutime);
    double child_sys = ticks(r, p->last.cstime, p->first.cstime);
    *ret_user = p->exact ? at_least_zero(p->exact_user_s - child_user) : ticks(r, p->last.utime, p->first.utime);
    *ret_sys = p->exact ? at_least_zero(p->exact_sys_s - child_sys) : ticks(r, p->last.stime, p->first.stime);
}

static void write_process(struct jsonw *w, const struct recording *r, const struct rec_process *p)
{
    struct sums s = sum_threads(r, p);
    double user;
    double sys;
    own_cpu(r, p, &user, &sys);
    jsonw_obj(w, NULL);
    jsonw_int(w, "pid", p->pid);
    jsonw_int(w, "ppid", p->last.ppid);
    jsonw_strz(w, "name", p->last.name);
    write_words(w, "command", sb_span(&p->command));
    jsonw_num(w, "from_s", fmin(p->from_s, r->wall_s));
    jsonw_num(w, "to_s", fmin(p->to_s, r->wall_s));
    jsonw_bool(w, "exited", p->exited);
    jsonw_num(w, "user_s", user);
    jsonw_num(w, "sys_s", sys);
    jsonw_num(w, "children_user_s", ticks(r, p->last.cutime, p->first.cutime));
    jsonw_num(w, "children_sys_s", ticks(r, p->last.cstime, p->first.cstime));
    num_or_null(w, "runq_s", s.sched, s.runq);
    num_or_null(w, "voluntary", s.switches, s.vol);
    num_or_null(w, "involuntary", s.switches, s.invol);
    jsonw_num(w, "minflt", (double)(p->last.minflt - p->first.minflt));
    jsonw_num(w, "majflt", (double)(p->last.majflt - p->first.majflt));
    num_or_null(w, "read_bytes", p->io, (double)(p->read1 - p->read0));
    num_or_null(w, "write_bytes", p->io, (double)(p->write1 - p->write0));
    num_or_null(w, "rchar", p->io, (double)(p->rchar1 - p->rchar0));
    num_or_null(w, "wchar", p->io, (double)(p->wchar1 - p->wchar0));
    jsonw_num(w, "rss_kb_max", p->rss_kb_max);
    jsonw_arr(w, "threads");
    for (uint32_t i = 0; i < p->count; i++)
        write_thread(w, r, &p->items[i]);
    jsonw_end_arr(w);
    /* Threads that came and went between two readings: what the process used beyond those that were seen. */
    jsonw_obj(w, "threads_gone");
    jsonw_int(w, "n", 0);
    jsonw_num(w, "user_s", at_least_zero(user - s.user));
    jsonw_num(w, "sys_s", at_least_zero(sys - s.sys));
    jsonw_num(w, "runq_s", 0);
    jsonw_end_obj(w);
    jsonw_end_obj(w);
}

static void write_cgroup(struct jsonw *w, const struct recording *r)
{
    if (r->group.version == 0) {
        jsonw_null(w, "cgroup");
        return;
    }
    jsonw_obj(w, "cgroup");
    jsonw_int(w, "version", r->group.version);
    jsonw_num(w, "quota", r->cpu1.quota_cpus);
    jsonw_num(w, "periods", r->cpu1.periods - r->cpu0.periods);
    jsonw_num(w, "throttled", r->cpu1.throttled - r->cpu0.throttled);
    jsonw_num(w, "throttled_s", r->cpu1.throttled_s - r->cpu0.throttled_s);
    jsonw_num(w, "user_s", r->cpu1.user_s - r->cpu0.user_s);
    jsonw_num(w, "sys_s", r->cpu1.sys_s - r->cpu0.sys_s);
    jsonw_num(w, "memory_max_kb", r->memory_max / 1024);
    jsonw_num(w, "oom_kills", r->oom1 - r->oom0);
    jsonw_end_obj(w);
}

static void write_pressure(struct jsonw *w, const struct recording *r)
{
    if (!num_known(r->psi0.cpu_some_s) && !num_known(r->psi0.io_some_s)) {
        jsonw_null(w, "psi");
        return;
    }
    jsonw_obj(w, "psi");
    jsonw_num(w, "cpu_some_s", r->psi1.cpu_some_s - r->psi0.cpu_some_s);
    jsonw_num(w, "io_some_s", r->psi1.io_some_s - r->psi0.io_some_s);
    jsonw_num(w, "io_full_s", r->psi1.io_full_s - r->psi0.io_full_s);
    jsonw_num(w, "memory_some_s", r->psi1.memory_some_s - r->psi0.memory_some_s);
    jsonw_end_obj(w);
}

static void write_column(struct jsonw *w, const struct recording *r, const char *key, size_t offset)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < r->count; i++) {
        double v;
        memcpy(&v, (const char *)&r->items[i] + offset, sizeof v);
        jsonw_num(w, NULL, round(v * 1e6) / 1e6);
    }
    jsonw_end_arr(w);
}

static void write_series(struct jsonw *w, const struct recording *r)
{
    jsonw_obj(w, "series");
    write_column(w, r, "t_s", offsetof(struct series_point, t_s));
    write_column(w, r, "cpu_s", offsetof(struct series_point, cpu_s));
    write_column(w, r, "runq_s", offsetof(struct series_point, runq_s));
    write_column(w, r, "throttled_s", offsetof(struct series_point, throttled_s));
    write_column(w, r, "threads", offsetof(struct series_point, threads));
    write_column(w, r, "running", offsetof(struct series_point, running));
    write_column(w, r, "rss_kb", offsetof(struct series_point, rss_kb));
    jsonw_end_obj(w);
}

static void write_notes(struct jsonw *w, const struct recording *r)
{
    jsonw_arr(w, "notes");
    if (r->tree.missed) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", "too_many");
        jsonw_strz(w, "text",
                   "more processes or threads than are kept; totals of the processes hold them all the same");
        jsonw_end_obj(w);
    }
    if (!r->tree.children_ok) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", "children_unseen");
        jsonw_strz(w, "text", "this kernel does not list children; those that were waited for stand in children_*");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void record_document(const struct recording *r, char *const *command, struct sb *out)
{
    struct jsonw w = { .out = out };
    struct sb at = { 0 };
    clock_format(&at, r->started_us);
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/record/1");
    jsonw_strz(&w, "tool", "stet " STET_VERSION);
    jsonw_strz(&w, "mode", r->pid_mode ? "pid" : "command");
    jsonw_bool(&w, "complete", r->complete);
    write_command(&w, r, command);
    jsonw_int(&w, "pid", r->tree.items[0].pid);
    if (r->exit_known) {
        jsonw_obj(&w, "exit");
        num_or_null(&w, "code", r->exit_code >= 0, r->exit_code);
        num_or_null(&w, "signal", r->exit_signal > 0, r->exit_signal);
        jsonw_end_obj(&w);
    } else {
        jsonw_null(&w, "exit");
    }
    jsonw_str(&w, "started", sb_span(&at));
    jsonw_num(&w, "wall_s", r->wall_s);
    jsonw_num(&w, "interval_s", r->interval_s);
    jsonw_num(&w, "hz", r->tree.hz);
    jsonw_obj(&w, "cpus");
    jsonw_num(&w, "online", (double)sysconf(_SC_NPROCESSORS_ONLN));
    jsonw_num(&w, "allowed", r->cpus_allowed);
    jsonw_end_obj(&w);
    jsonw_arr(&w, "processes");
    for (uint32_t i = 0; i < r->tree.count; i++)
        write_process(&w, r, &r->tree.items[i]);
    jsonw_end_arr(&w);
    write_cgroup(&w, r);
    write_pressure(&w, r);
    write_series(&w, r);
    write_notes(&w, r);
    jsonw_end_obj(&w);
    sb_addc(out, '\n');
    sb_release(&at);
}
