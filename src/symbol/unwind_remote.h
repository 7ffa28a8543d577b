/* unwind_remote.h - call chains out of the registers and the piece of stack that a sample holds (perf record
 * --call-graph dwarf), by the unwind tables (.eh_frame) of the recorded binaries.
 * libunwind walks; what it reads comes from the sample's stack, else from the binaries, and nothing else. A hostile
 * recording or binary costs a bounded number of steps and reads and gives a short chain. */
#ifndef STET_SYMBOL_UNWIND_REMOTE_H
#define STET_SYMBOL_UNWIND_REMOTE_H

#include "symbol/symbols.h"

enum unwind_arch { UNWIND_ARCH_OTHER, UNWIND_ARCH_X86_64, UNWIND_ARCH_AARCH64 };
/* Of the ARCH feature of a perf.data file: "x86_64", "aarch64", "arm64". */
enum unwind_arch unwind_arch_of(struct span name);
/* True where chains of that machine can be unwound by this build; else only leaves are known. */
bool unwind_can(enum unwind_arch arch);

/* One executable mapping of the sampled process. */
struct unwind_map {
    uint64_t start, end, pgoff;
    struct symbol_dso *dso; /* NULL: anonymous memory without a file */
};
/* The mapping that holds an address at the time of the sample, or false. Called often. */
typedef bool (*unwind_map_fn)(void *user, uint64_t address, struct unwind_map *ret);

/* What one process has in common for all its samples: the cache of unwound places. One for each process of the
 * recording; a fork begins a new one. Thread: one at a time. */
struct unwind_space;
/* NULL when unwind_can(arch) is false. */
struct unwind_space *unwind_space_new(enum unwind_arch arch);
void unwind_space_free(struct unwind_space *s); /* NULL is fine */
/* Forgets everything: at exec, and before the space serves another process. */
void unwind_space_flush(struct unwind_space *s);
/* To be called when any mapping of the process changed: forgets everything where a binary that was walked through is no
 * longer where it was. Growing heaps cost next to nothing. */
void unwind_space_changed(struct unwind_space *s, unwind_map_fn map, void *map_user);

enum { UNWIND_ABI_NONE = 0, UNWIND_ABI_32 = 1, UNWIND_ABI_64 = 2 };

struct unwind_sample {
    uint64_t abi;         /* of REGS_USER */
    uint64_t mask;        /* attr.sample_regs_user */
    const uint64_t *regs; /* one for each bit of mask, ascending, this machine's byte order */
    uint32_t reg_count;
    struct span stack; /* dyn_size bytes of STACK_USER, as recorded; begins at the stack pointer */
    unwind_map_fn map;
    void *map_user;
};

enum unwind_end {
    UNWIND_DONE,       /* the outermost frame */
    UNWIND_NO_REGS,    /* abi 0, or no instruction pointer: ret_count is 0 */
    UNWIND_LEAF_ONLY,  /* 32-bit process on a 64-bit machine */
    UNWIND_NO_BINARY,  /* a frame lies in a file that is not at hand */
    UNWIND_NO_TABLE,   /* a frame lies outside every mapping, or has no unwind table */
    UNWIND_STACK_ENDS, /* the recorded piece of stack was too short */
    UNWIND_LIMIT,      /* frames_max, or more reads than a sane table needs */
    UNWIND_END_COUNT
};

/* unwind_sample - user addresses of a sample, leaf first; each but the leaf (and a frame interrupted by a signal) is one
 * less than the return address, as perf has them, so that it lies in the call.
 * In:  cap >= 1 entries of ips; perf's own limit is 127
 * Out: *ret_count 0..cap. The leaf is there whenever the registers are, whatever the end is */
enum unwind_end unwind_sample(struct unwind_space *space, const struct unwind_sample *sample, uint64_t *ips,
                              uint32_t cap, uint32_t *ret_count);

#endif
