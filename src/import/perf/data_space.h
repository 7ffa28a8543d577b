/* data_space.h - tasks and address spaces while records are replayed: who is called what, which file is mapped where.
 *
 * A fork shares the map of its parent until one of them changes; an exec begins a new one. */
#ifndef STET_IMPORT_PERF_DATA_SPACE_H
#define STET_IMPORT_PERF_DATA_SPACE_H

#include "base/err.h"
#include "base/intern.h"
#include "base/limits.h"

enum { PDATA_BUILD_ID_MAX = 20 };

struct symbol_dso;

/* A file, or what stands in its place: "[kernel.kallsyms]", "[vdso]", "perf-12.map", the name of a BPF program. */
struct pdata_dso {
    uint32_t name;              /* in spaces.names */
    bool kernel;                /* addresses are shown as they are */
    bool symbol;                /* the name is that of the only function (KSYMBOL) */
    bool nameless;              /* memory without a file: its offsets say nothing */
    int64_t pid;                /* of the process that mapped it last */
    struct symbol_dso *code;    /* where its names are looked up; NULL: not asked yet */
    uint64_t inode;             /* 0 unknown */
    uint64_t base;              /* kernel: recorded address of _text or _stext; 0 unknown */
    unsigned char build_id_len; /* 0 unknown */
    unsigned char build_id[PDATA_BUILD_ID_MAX];
};

struct pdata_map {
    uint64_t start, end; /* [start, end) */
    uint64_t pgoff;
    uint32_t dso;
    bool identity; /* addresses are not made relative to the file */
};

struct pdata_maps {
    uint64_t generation; /* differs after every change, and between any two */
    uint32_t refs;
    uint32_t count, cap;
    struct pdata_map *items; /* ascending, disjoint */
};

struct pdata_task {
    int64_t tid, pid;
    uint32_t comm; /* in spaces.names; 0 unknown */
};

struct pdata_space {
    int64_t pid;
    struct pdata_maps *maps;
};

struct pdata_spaces {
    struct intern names;
    struct pdata_dso *dsos;
    uint32_t dso_count, dso_cap;
    uint32_t *dso_of_name; /* [name] dso + 1 */
    uint32_t dso_names;
    struct pdata_task *tasks;
    uint32_t task_count, task_cap, task_mask;
    uint32_t *task_slot;
    struct pdata_space *spaces;
    uint32_t space_count, space_cap, space_mask;
    uint32_t *space_slot;
    struct pdata_maps *kernel;
    struct pdata_map kernel_text; /* end 0: not recorded */
    uint64_t generation;
    uint64_t moved; /* maps copied or moved so far: hostile files would have them moved for ever */
    uint64_t tasks_max;
};

void pdata_spaces_init(struct pdata_spaces *s, const struct limits *limits);
void pdata_spaces_release(struct pdata_spaces *s);

/* Errors of all: ERR_LIMIT. */
bool pdata_space_map(struct pdata_spaces *s, int64_t pid, const struct pdata_map *m, struct err *err);
bool pdata_space_map_kernel(struct pdata_spaces *s, const struct pdata_map *m, struct err *err);
bool pdata_space_comm(struct pdata_spaces *s, int64_t pid, int64_t tid, struct span comm, bool exec, struct err *err);
/* clone: the child's process sees what the parent's saw. */
bool pdata_space_fork(struct pdata_spaces *s, int64_t pid, int64_t tid, int64_t ppid, int64_t ptid, bool clone,
                      struct err *err);
/* Comm of a task, ":tid" when no record told; borrowed until the next call. */
struct span pdata_space_comm_of(struct pdata_spaces *s, int64_t tid);
/* Never NULL. */
const struct pdata_maps *pdata_space_maps(const struct pdata_spaces *s, int64_t pid);
/* NULL when nothing is mapped there. */
const struct pdata_map *pdata_maps_find(const struct pdata_maps *m, uint64_t address);
/* The dso of that name, made when new. */
uint32_t pdata_space_dso(struct pdata_spaces *s, struct span name);

#endif
