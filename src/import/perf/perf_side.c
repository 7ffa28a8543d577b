/* Side-band lines of perf script: which tid belongs to which process, when it was executed and ended, what was lost,
 * and the switches. */
#include <math.h>
#include <stdlib.h>

#include "import/perf/perf_script.h"

static void pair_add(struct perf_script *p, int64_t tid, int64_t pid)
{
    enum { PAIRS_MAX = 1 << 20 };
    if (tid <= 0 || pid <= 0 || p->pair_count == PAIRS_MAX || perf_side_pid(p, tid) == pid)
        return;
    if (p->pair_count == p->pair_cap) {
        p->pair_cap = p->pair_cap ? p->pair_cap * 2 : 64;
        p->tid_of = xrealloc(p->tid_of, p->pair_cap, sizeof *p->tid_of);
        p->pid_of = xrealloc(p->pid_of, p->pair_cap, sizeof *p->pid_of);
    }
    p->tid_of[p->pair_count] = tid;
    p->pid_of[p->pair_count++] = pid;
}

int64_t perf_side_pid(const struct perf_script *p, int64_t tid)
{
    /* Newest first: ids are used again. Bounded, as hostile files hold many. */
    enum { LOOK_BACK = 4096 };
    for (uint32_t i = p->pair_count, n = 0; i > 0 && n < LOOK_BACK; i--, n++) {
        if (p->tid_of[i - 1] == tid)
            return p->pid_of[i - 1];
    }
    return -1;
}

enum { LIVES_MAX = 1 << 14, LIFE_SLOTS = 1 << 15 };

/* Slot of the process: its own, or the free one where it would stand. */
static uint32_t life_slot(const struct perf_script *p, int64_t pid)
{
    uint32_t at = (uint32_t)((uint64_t)pid * 0x9fb21c651e98df25u >> 32) & (LIFE_SLOTS - 1);
    while (p->life_slot[at] != 0 && p->lives[p->life_slot[at] - 1].pid != pid)
        at = (at + 1) & (LIFE_SLOTS - 1);
    return at;
}

static struct perf_life *life_of(struct perf_script *p, int64_t pid, bool make)
{
    if (!p->life_slot && !make)
        return NULL;
    if (!p->life_slot)
        p->life_slot = xcalloc(LIFE_SLOTS, sizeof *p->life_slot);
    uint32_t at = life_slot(p, pid);
    if (p->life_slot[at] != 0)
        return &p->lives[p->life_slot[at] - 1];
    if (!make || p->life_count == LIVES_MAX)
        return NULL;
    if (p->life_count == p->life_cap) {
        p->life_cap = p->life_cap ? p->life_cap * 2 : 16;
        p->lives = xrealloc(p->lives, p->life_cap, sizeof *p->lives);
    }
    p->lives[p->life_count] =
        (struct perf_life){ .pid = pid, .ppid = -1, .exec_s = NUM_UNKNOWN, .exit_s = NUM_UNKNOWN };
    p->life_slot[at] = ++p->life_count;
    return &p->lives[p->life_count - 1];
}

struct span perf_side_name(const struct perf_script *p, int64_t pid)
{
    if (!p->life_slot)
        return SPAN("");
    uint32_t at = life_slot(p, pid);
    return p->life_slot[at] != 0 ? intern_get(&p->scan.names, p->lives[p->life_slot[at] - 1].name) : SPAN("");
}

/* Two numbers with c between them at the front of s: "24435:24436". */
static bool two_numbers(struct span s, char c, int64_t *a, int64_t *b)
{
    struct span x;
    struct span y;
    if (!span_split(s, c, &x, &y))
        return false;
    size_t n = 0;
    while (n < y.len && ((y.ptr[n] >= '0' && y.ptr[n] <= '9') || (n == 0 && y.ptr[n] == '-')))
        n++;
    return span_to_i64(span_trim(x), a) && span_to_i64(span_sub(y, 0, n), b);
}

/* ": name:pid/tid" and " exec: name:pid/tid" */
static void side_comm(struct perf_script *p, const struct perf_record *r)
{
    struct span head;
    struct span ids;
    int64_t pid;
    int64_t tid;
    if (!span_rsplit(r->text, ':', &head, &ids) || !two_numbers(ids, '/', &pid, &tid))
        return;
    pair_add(p, tid, pid);
    bool exec = span_starts(r->text, SPAN("exec:"));
    struct perf_life *l = pid > 0 && (pid == tid || exec) ? life_of(p, pid, true) : NULL;
    if (l && exec && r->has_time && !num_known(l->exec_s))
        l->exec_s = r->time_s;
    struct span name = span_from(head, span_chr(head, 0, ':') + 1);
    if (l && pid == tid)
        l->name = intern_add(&p->scan.names, span_trim(name));
}

/* "(pid:tid):(ppid:ptid)" of FORK and EXIT */
static void side_task(struct perf_script *p, const struct perf_record *r, bool leave)
{
    int64_t pid;
    int64_t tid;
    struct span text = span_from(r->text, span_starts(r->text, SPAN("(")) ? 1 : 0);
    if (!two_numbers(text, ':', &pid, &tid))
        return;
    pair_add(p, tid, pid);
    struct perf_life *l = leave && pid == tid && r->has_time ? life_of(p, pid, false) : NULL;
    if (l)
        l->exit_s = r->time_s;
    /* A child is called what its parent is until it says otherwise. */
    int64_t ppid;
    int64_t ptid;
    struct span parent = span_from(text, span_find(text, 0, SPAN(":(")) + 2);
    if (leave || pid != tid || pid <= 0 || !two_numbers(parent, ':', &ppid, &ptid) || ppid == pid)
        return;
    l = life_of(p, pid, true);
    if (!l)
        return;
    l->ppid = ppid;
    struct span name = perf_side_name(p, ppid);
    if (name.len > 0)
        l->name = intern_add(&p->scan.names, name);
}

static void side_lost(struct perf_script *p, const struct perf_record *r)
{
    struct span rest = r->text;
    struct span word;
    uint64_t n;
    while (span_word(&rest, &word)) {
        if (span_to_u64(word, &n) && n < UINT32_MAX)
            p->lost += n;
    }
}

static bool side_switch(struct perf_script *p, const struct perf_record *r, struct err *err)
{
    if (!r->has_time || r->tid <= 0)
        return true;
    uint32_t thread;
    if (!perf_thread_of(p, r, &thread, err))
        return false;
    p->sw.records++;
    if (span_starts(r->text, SPAN("OUT"))) {
        bool preempted = span_find(r->text, 0, SPAN("preempt")) < r->text.len;
        perf_switch_out(p, thread, r->time_s, 0, preempted);
    } else if (span_starts(r->text, SPAN("IN"))) {
        perf_switch_in(p, thread, r->time_s);
    }
    return true;
}

bool perf_side(struct perf_script *p, const struct perf_record *r, struct err *err)
{
    struct span name = intern_get(&p->scan.names, r->event);
    int64_t pid;
    int64_t tid;
    if (span_is(name, "PERF_RECORD_SWITCH") || span_is(name, "PERF_RECORD_SWITCH_CPU_WIDE"))
        return side_switch(p, r, err);
    if (span_is(name, "PERF_RECORD_COMM"))
        side_comm(p, r);
    else if (span_is(name, "PERF_RECORD_FORK") || span_is(name, "PERF_RECORD_EXIT"))
        side_task(p, r, span_is(name, "PERF_RECORD_EXIT"));
    else if (span_is(name, "PERF_RECORD_LOST") || span_is(name, "PERF_RECORD_LOST_SAMPLES"))
        side_lost(p, r);
    else if (span_starts(name, SPAN("PERF_RECORD_MMAP")) && two_numbers(r->text, '/', &pid, &tid))
        pair_add(p, tid, pid);
    return true;
}

/* The life of the parent, NULL where no record tells. */
static const struct perf_life *parent_of(struct perf_script *p, const struct perf_life *l)
{
    return l->ppid > 0 ? life_of(p, l->ppid, false) : NULL;
}

static bool whole(const struct perf_life *l)
{
    return num_known(l->exec_s) && num_known(l->exit_s) && l->exit_s > l->exec_s;
}

enum { ANCESTORS_MAX = 256 }; /* ids are used again, so a chain of parents may be a circle */

static bool descends(struct perf_script *p, int64_t pid, int64_t root)
{
    const struct perf_life *l = life_of(p, pid, false);
    for (int n = 0; l && n < ANCESTORS_MAX; n++) {
        if (l->pid == root)
            return true;
        l = parent_of(p, l);
    }
    return false;
}

bool perf_side_in_tree(struct perf_script *p, int64_t pid)
{
    return p->root_pid > 0 && descends(p, pid, p->root_pid);
}

static int64_t pid_of(const struct perf_script *p, const struct perf_thread *t)
{
    return t->pid >= 0 ? t->pid : perf_side_pid(p, t->tid);
}

static bool is_wanted(const struct perf_script *p, const struct perf_life *l)
{
    int64_t pid;
    if (span_to_i64(p->opt->process, &pid))
        return l->pid == pid;
    return span_eq(intern_get(&p->scan.names, l->name), p->opt->process);
}

/* The process whose stacks will be counted: the one asked for, else the one with the most samples of time. */
static const struct perf_life *main_life(struct perf_script *p)
{
    const struct perf_life *best = NULL;
    for (uint32_t i = 0; p->opt->process.len > 0 && i < p->life_count && !best; i++)
        best = is_wanted(p, &p->lives[i]) ? &p->lives[i] : NULL;
    if (p->opt->process.len > 0 || p->life_count == 0)
        return best;
    uint64_t *sum = xcalloc(p->life_count, sizeof *sum);
    uint64_t most = 0;
    uint64_t strange = 0; /* a process of which no record tells */
    for (uint32_t t = 0; t < p->thread_count; t++) {
        int64_t pid = pid_of(p, &p->threads[t]);
        const struct perf_life *l = pid > 0 ? life_of(p, pid, false) : NULL;
        if (l)
            sum[l - p->lives] += p->threads[t].time_samples;
        else if (pid > 0)
            strange = p->threads[t].time_samples > strange ? p->threads[t].time_samples : strange;
    }
    for (uint32_t i = 0; i < p->life_count; i++) {
        if (!best || sum[i] > most || (sum[i] == most && !whole(best))) {
            most = sum[i];
            best = &p->lives[i];
        }
    }
    free(sum);
    return strange > most ? NULL : best;
}

/* The command that perf started: the first ancestor with a whole life, if all that was sampled descends from it. A child's
 * life is no measure for the CPU of the tree. */
static const struct perf_life *command_life(struct perf_script *p, const struct perf_life *from)
{
    const struct perf_life *top = NULL;
    for (int n = 0; from && n < ANCESTORS_MAX; n++) {
        top = whole(from) ? from : top;
        from = parent_of(p, from);
    }
    for (uint32_t i = 0; top && i < p->thread_count; i++) {
        int64_t pid = pid_of(p, &p->threads[i]);
        if (pid > 0 && p->threads[i].time_samples > 0 && !descends(p, pid, top->pid))
            return NULL;
    }
    return top;
}

void perf_side_settle(struct perf_script *p)
{
    bool attached = p->recorder.system_wide || p->recorder.pid >= 0;
    const struct perf_life *best = main_life(p);
    const struct perf_life *top = best && !attached && p->opt->process.len == 0 ? command_life(p, best) : NULL;
    bool command = p->recorder.program.len > 0 && !attached && p->opt->process.len == 0;
    /* Without its command line, a recording in which all descends from one process that came and went is of a command. */
    bool tree = top || command;
    if (tree)
        best = top;
    if (best && whole(best)) {
        p->out->duration_s = best->exit_s - best->exec_s;
        p->out->duration_source = WALL_EXEC_EXIT;
        p->out->pid = best->pid;
        p->root_pid = tree ? best->pid : -1;
    }
    if (p->lost > 0)
        p->out->lost_share = (double)p->lost / ((double)p->lost + (double)p->scan.samples);
}

void perf_side_release(struct perf_script *p)
{
    free(p->tid_of);
    free(p->pid_of);
    free(p->lives);
    free(p->life_slot);
}
