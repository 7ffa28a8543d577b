/* Threads and processes of perf script text. Default output prints a tid alone: then side-band records name the process,
 * else a recorded command is one process, and in a recording of the whole machine each comm is its own. */
#include <stdlib.h>

#include "import/perf/perf_script.h"

/* tids up to 0 (swapper, tasks of another PID namespace) are many tasks: there the comm tells them apart. */
static uint64_t thread_hash(int64_t tid, uint32_t comm)
{
    uint64_t h = ((uint64_t)tid << 24 ^ (tid <= 0 ? comm : 0)) * 0x9fb21c651e98df25u;
    return h ^ h >> 29;
}

static bool same(const struct perf_thread *t, int64_t tid, uint32_t comm)
{
    return t->tid == tid && (tid > 0 || t->comm == comm);
}

static void rehash(struct perf_script *p)
{
    uint32_t slots = p->thread_slot ? (p->thread_mask + 1) * 4 : 256;
    free(p->thread_slot);
    p->thread_slot = xcalloc(slots, sizeof *p->thread_slot);
    p->thread_mask = slots - 1;
    for (uint32_t i = 0; i < p->thread_count; i++) {
        uint32_t at = (uint32_t)thread_hash(p->threads[i].tid, p->threads[i].comm) & p->thread_mask;
        while (p->thread_slot[at] != 0)
            at = (at + 1) & p->thread_mask;
        p->thread_slot[at] = i + 1;
    }
}

static process_id process_of(struct perf_script *p, int64_t pid, struct span comm)
{
    bool main = p->recorder.program.len > 0 && !p->system_wide;
    struct span command = main ? p->recorder.program : SPAN("");
    struct span known = pid > 0 ? perf_side_name(p, pid) : SPAN("");
    if (pid >= 0)
        return builder_process(p->b, pid, known.len > 0 ? known : comm, command);
    if (p->system_wide)
        return builder_process(p->b, -1, comm, SPAN(""));
    return builder_process(p->b, -1, main ? cmdline_program_name(command) : SPAN(""), command);
}

static bool name_thread(struct perf_script *p, struct perf_thread *t, struct span comm, struct err *err)
{
    return builder_thread(p->b, process_of(p, t->pid, comm), t->tid, comm, &t->id, err);
}

uint32_t perf_thread_find(const struct perf_script *p, int64_t tid)
{
    if (!p->thread_slot || tid <= 0)
        return UINT32_MAX;
    uint32_t at = (uint32_t)thread_hash(tid, 0) & p->thread_mask;
    for (; p->thread_slot[at] != 0; at = (at + 1) & p->thread_mask) {
        if (p->threads[p->thread_slot[at] - 1].tid == tid)
            return p->thread_slot[at] - 1;
    }
    return UINT32_MAX;
}

bool perf_thread_of(struct perf_script *p, const struct perf_record *r, uint32_t *ret, struct err *err)
{
    uint32_t comm = intern_add(&p->scan.names, r->comm);
    if (!p->thread_slot || p->thread_count * 2 > p->thread_mask)
        rehash(p);
    uint32_t at = (uint32_t)thread_hash(r->tid, comm) & p->thread_mask;
    for (; p->thread_slot[at] != 0; at = (at + 1) & p->thread_mask) {
        uint32_t ix = p->thread_slot[at] - 1;
        struct perf_thread *t = &p->threads[ix];
        if (!same(t, r->tid, comm))
            continue;
        *ret = ix;
        int64_t pid = t->pid >= 0 ? t->pid : r->has_pid ? r->pid : perf_side_pid(p, r->tid);
        if (t->comm == comm && t->pid == pid)
            return true;
        t->comm = comm;
        t->pid = pid;
        return name_thread(p, t, r->comm, err);
    }
    if (p->thread_count >= p->opt->limits.threads)
        return err_set(err, ERR_LIMIT, "more than %llu threads (limit threads)", (unsigned long long)p->opt->limits.threads);
    if (p->thread_count == p->thread_cap) {
        p->thread_cap = p->thread_cap ? p->thread_cap * 2 : 32;
        p->threads = xrealloc(p->threads, p->thread_cap, sizeof *p->threads);
    }
    struct perf_thread *t = &p->threads[p->thread_count];
    *t = (struct perf_thread){ .pid = r->has_pid ? r->pid : perf_side_pid(p, r->tid),
                               .tid = r->tid,
                               .comm = comm,
                               .first_s = r->has_time ? r->time_s : NUM_UNKNOWN,
                               .last_s = r->has_time ? r->time_s : NUM_UNKNOWN };
    *ret = p->thread_count;
    p->thread_slot[at] = ++p->thread_count;
    return name_thread(p, t, r->comm, err);
}
