#include "import/perf/data_space.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAPS_MAX = 1 << 17, DSOS_MAX = 1 << 20 };
#define MOVED_MAX (1ull << 30)

static struct pdata_maps no_maps = { .generation = 0 };

void pdata_spaces_init(struct pdata_spaces *s, const struct limits *limits)
{
    *s = (struct pdata_spaces){ .tasks_max = limits->threads, .generation = 1 };
    intern_init(&s->names);
    s->kernel = xcalloc(1, sizeof *s->kernel);
    *s->kernel = (struct pdata_maps){ .refs = 1, .generation = s->generation++ };
}

static void maps_unref(struct pdata_maps *m)
{
    if (!m || --m->refs > 0)
        return;
    free(m->items);
    free(m);
}

void pdata_spaces_release(struct pdata_spaces *s)
{
    for (uint32_t i = 0; i < s->space_count; i++)
        maps_unref(s->spaces[i].maps);
    maps_unref(s->kernel);
    free(s->dsos);
    free(s->dso_of_name);
    free(s->tasks);
    free(s->task_slot);
    free(s->spaces);
    free(s->space_slot);
    intern_release(&s->names);
}

static uint32_t hash_id(int64_t id)
{
    uint64_t h = (uint64_t)id * 0x9fb21c651e98df25u;
    return (uint32_t)(h >> 32);
}

/* --- dsos --- */

uint32_t pdata_space_dso(struct pdata_spaces *s, struct span name)
{
    uint32_t ix = intern_add(&s->names, name);
    if (ix >= s->dso_names) {
        uint32_t n = ix * 2 + 64;
        s->dso_of_name = xrealloc(s->dso_of_name, n, sizeof *s->dso_of_name);
        memset(s->dso_of_name + s->dso_names, 0, (size_t)(n - s->dso_names) * sizeof *s->dso_of_name);
        s->dso_names = n;
    }
    if (s->dso_of_name[ix] != 0)
        return s->dso_of_name[ix] - 1;
    if (s->dso_count == s->dso_cap) {
        s->dso_cap = s->dso_cap ? s->dso_cap * 2 : 64;
        s->dsos = xrealloc(s->dsos, s->dso_cap, sizeof *s->dsos);
    }
    s->dsos[s->dso_count] = (struct pdata_dso){ .name = ix };
    s->dso_of_name[ix] = ++s->dso_count;
    return s->dso_count - 1;
}

/* --- spaces --- */

static void spaces_rehash(struct pdata_spaces *s)
{
    uint32_t slots = s->space_slot ? (s->space_mask + 1) * 4 : 64;
    free(s->space_slot);
    s->space_slot = xcalloc(slots, sizeof *s->space_slot);
    s->space_mask = slots - 1;
    for (uint32_t i = 0; i < s->space_count; i++) {
        uint32_t at = hash_id(s->spaces[i].pid) & s->space_mask;
        while (s->space_slot[at] != 0)
            at = (at + 1) & s->space_mask;
        s->space_slot[at] = i + 1;
    }
}

static struct pdata_space *space_find(const struct pdata_spaces *s, int64_t pid)
{
    if (!s->space_slot)
        return NULL;
    uint32_t at = hash_id(pid) & s->space_mask;
    for (; s->space_slot[at] != 0; at = (at + 1) & s->space_mask) {
        if (s->spaces[s->space_slot[at] - 1].pid == pid)
            return &s->spaces[s->space_slot[at] - 1];
    }
    return NULL;
}

static struct pdata_space *space_of(struct pdata_spaces *s, int64_t pid, struct err *err)
{
    struct pdata_space *old = space_find(s, pid);
    if (old)
        return old;
    if (s->space_count >= s->tasks_max) {
        (void)err_set(err, ERR_LIMIT, "more than %llu processes", (unsigned long long)s->tasks_max);
        return NULL;
    }
    if (!s->space_slot || s->space_count * 2 > s->space_mask)
        spaces_rehash(s);
    if (s->space_count == s->space_cap) {
        s->space_cap = s->space_cap ? s->space_cap * 2 : 16;
        s->spaces = xrealloc(s->spaces, s->space_cap, sizeof *s->spaces);
    }
    uint32_t at = hash_id(pid) & s->space_mask;
    while (s->space_slot[at] != 0)
        at = (at + 1) & s->space_mask;
    s->spaces[s->space_count] = (struct pdata_space){ .pid = pid };
    s->space_slot[at] = ++s->space_count;
    return &s->spaces[s->space_count - 1];
}

const struct pdata_maps *pdata_space_maps(const struct pdata_spaces *s, int64_t pid)
{
    const struct pdata_space *p = space_find(s, pid);
    return p && p->maps ? p->maps : &no_maps;
}

/* Index of the first map that ends behind address. */
static uint32_t first_behind(const struct pdata_maps *m, uint64_t address)
{
    uint32_t lo = 0;
    uint32_t hi = m->count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (m->items[mid].end <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct pdata_map *pdata_maps_find(const struct pdata_maps *m, uint64_t address)
{
    uint32_t i = first_behind(m, address);
    return i < m->count && m->items[i].start <= address ? &m->items[i] : NULL;
}

static bool moved(struct pdata_spaces *s, uint64_t n, struct err *err)
{
    s->moved += n;
    return s->moved <= MOVED_MAX || err_set(err, ERR_LIMIT, "the maps of the processes change too often");
}

/* Own copy of the maps for a change, with room for two more. */
static bool maps_own(struct pdata_spaces *s, struct pdata_maps **at, struct err *err)
{
    struct pdata_maps *m = *at;
    if (!m || m->refs > 1) {
        struct pdata_maps *own = xcalloc(1, sizeof *own);
        own->refs = 1;
        if (m && m->count > 0) {
            if (!moved(s, m->count, err)) {
                free(own);
                return false;
            }
            own->cap = m->count + 16;
            own->items = xcalloc(own->cap, sizeof *own->items);
            memcpy(own->items, m->items, m->count * sizeof *own->items);
            own->count = m->count;
        }
        maps_unref(m);
        *at = m = own;
    }
    if (m->cap - m->count < 2) {
        m->cap = m->cap ? m->cap * 2 : 16;
        m->items = xrealloc(m->items, m->cap, sizeof *m->items);
    }
    m->generation = s->generation++;
    return true;
}

/* A new map hides what it covers of older ones. */
static bool maps_insert(struct pdata_spaces *s, struct pdata_maps **at, const struct pdata_map *n, struct err *err)
{
    if (n->end <= n->start)
        return true;
    if (*at && (*at)->count >= MAPS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d maps in one process", MAPS_MAX);
    if (!maps_own(s, at, err))
        return false;
    struct pdata_maps *m = *at;
    uint32_t lo = first_behind(m, n->start);
    uint32_t hi = lo;
    while (hi < m->count && m->items[hi].start < n->end)
        hi++;
    struct pdata_map part[3];
    uint32_t parts = 0;
    if (lo < hi && m->items[lo].start < n->start) {
        part[parts] = m->items[lo];
        part[parts++].end = n->start;
    }
    part[parts++] = *n;
    if (lo < hi && m->items[hi - 1].end > n->end) {
        part[parts] = m->items[hi - 1];
        part[parts].pgoff += n->end - part[parts].start;
        part[parts++].start = n->end;
    }
    if (!moved(s, m->count - hi + (hi - lo), err))
        return false;
    memmove(m->items + lo + parts, m->items + hi, (m->count - hi) * sizeof *m->items);
    memcpy(m->items + lo, part, parts * sizeof *part);
    m->count = m->count - (hi - lo) + parts;
    return true;
}

bool pdata_space_map(struct pdata_spaces *s, int64_t pid, const struct pdata_map *m, struct err *err)
{
    struct pdata_space *p = space_of(s, pid, err);
    if (s->dso_count > DSOS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d mapped files", DSOS_MAX);
    return p && maps_insert(s, &p->maps, m, err);
}

bool pdata_space_map_kernel(struct pdata_spaces *s, const struct pdata_map *m, struct err *err)
{
    if (s->dso_count > DSOS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d mapped files", DSOS_MAX);
    return maps_insert(s, &s->kernel, m, err);
}

/* --- tasks --- */

static void tasks_rehash(struct pdata_spaces *s)
{
    uint32_t slots = s->task_slot ? (s->task_mask + 1) * 4 : 256;
    free(s->task_slot);
    s->task_slot = xcalloc(slots, sizeof *s->task_slot);
    s->task_mask = slots - 1;
    for (uint32_t i = 0; i < s->task_count; i++) {
        uint32_t at = hash_id(s->tasks[i].tid) & s->task_mask;
        while (s->task_slot[at] != 0)
            at = (at + 1) & s->task_mask;
        s->task_slot[at] = i + 1;
    }
}

static struct pdata_task *task_find(const struct pdata_spaces *s, int64_t tid)
{
    if (!s->task_slot)
        return NULL;
    uint32_t at = hash_id(tid) & s->task_mask;
    for (; s->task_slot[at] != 0; at = (at + 1) & s->task_mask) {
        if (s->tasks[s->task_slot[at] - 1].tid == tid)
            return &s->tasks[s->task_slot[at] - 1];
    }
    return NULL;
}

static struct pdata_task *task_of(struct pdata_spaces *s, int64_t tid, struct err *err)
{
    struct pdata_task *old = task_find(s, tid);
    if (old)
        return old;
    if (s->task_count >= s->tasks_max) {
        (void)err_set(err, ERR_LIMIT, "more than %llu threads", (unsigned long long)s->tasks_max);
        return NULL;
    }
    if (!s->task_slot || s->task_count * 2 > s->task_mask)
        tasks_rehash(s);
    if (s->task_count == s->task_cap) {
        s->task_cap = s->task_cap ? s->task_cap * 2 : 64;
        s->tasks = xrealloc(s->tasks, s->task_cap, sizeof *s->tasks);
    }
    uint32_t at = hash_id(tid) & s->task_mask;
    while (s->task_slot[at] != 0)
        at = (at + 1) & s->task_mask;
    s->tasks[s->task_count] = (struct pdata_task){ tid, -1, 0 };
    s->task_slot[at] = ++s->task_count;
    return &s->tasks[s->task_count - 1];
}

bool pdata_space_comm(struct pdata_spaces *s, int64_t pid, int64_t tid, struct span comm, bool exec, struct err *err)
{
    struct pdata_task *t = task_of(s, tid, err);
    if (!t)
        return false;
    t->pid = pid;
    t->comm = intern_add(&s->names, comm);
    struct pdata_space *p = exec ? space_find(s, pid) : NULL;
    if (p) {
        maps_unref(p->maps);
        p->maps = NULL;
    }
    return true;
}

bool pdata_space_fork(struct pdata_spaces *s, int64_t pid, int64_t tid, int64_t ppid, int64_t ptid, bool clone,
                      struct err *err)
{
    const struct pdata_task *parent = task_find(s, ptid);
    uint32_t comm = parent ? parent->comm : 0;
    struct pdata_task *t = task_of(s, tid, err);
    if (!t)
        return false;
    *t = (struct pdata_task){ tid, pid, comm };
    if (pid == ppid || !clone)
        return true;
    struct pdata_space *child = space_of(s, pid, err);
    if (!child)
        return false;
    const struct pdata_space *from = space_find(s, ppid);
    struct pdata_maps *maps = from ? from->maps : NULL;
    if (maps)
        maps->refs++;
    maps_unref(child->maps);
    child->maps = maps;
    return true;
}

struct span pdata_space_comm_of(struct pdata_spaces *s, int64_t tid)
{
    const struct pdata_task *t = task_find(s, tid);
    if (t && t->comm != 0)
        return intern_get(&s->names, t->comm);
    if (tid == 0)
        return SPAN("swapper");
    char text[32];
    int n = snprintf(text, sizeof text, ":%lld", (long long)tid);
    return intern_get(&s->names, intern_add(&s->names, span_make(text, (size_t)n)));
}
