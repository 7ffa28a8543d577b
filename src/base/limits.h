/* limits.h - what an input may make large. Every field is an option of the service and of the command line (limits.def). */
#ifndef STET_BASE_LIMITS_H
#define STET_BASE_LIMITS_H

#include <stdint.h>

#include "base/err.h"
#include "base/span.h"

struct limits {
    uint64_t upload_bytes;   /* as sent, after Content-Encoding is undone */
    uint64_t expanded_bytes; /* after wrappers are opened, all members together */
    uint64_t expand_ratio;   /* expanded over packed */
    uint64_t threads;
    uint64_t frames; /* distinct */
    uint64_t stacks; /* distinct nodes of the prefix tree */
    uint64_t stack_depth;
    uint64_t ordered_samples; /* beyond, order is thinned and the profile says so */
    uint64_t json_body_bytes; /* API bodies */
    uint64_t json_depth;
    uint64_t archive_members;
    uint64_t string_bytes; /* all strings of one profile */
    uint64_t columns;      /* events of one profile */
    uint64_t elf_bytes;    /* a binary that is opened for its names */
    uint64_t cells;        /* values: distinct (stack, thread, state, labels) times events */
};

#define LIMITS_DEFAULT                                                                                                 \
    ((struct limits){ .upload_bytes = 512ull << 20,                                                                    \
                      .expanded_bytes = 4ull << 30,                                                                    \
                      .expand_ratio = 200,                                                                             \
                      .threads = 1000000,                                                                              \
                      .frames = 1000000,                                                                               \
                      .stacks = 20000000,                                                                              \
                      .stack_depth = 4096,                                                                             \
                      .ordered_samples = 16ull << 20,                                                                  \
                      .json_body_bytes = 1ull << 20,                                                                   \
                      .json_depth = 100,                                                                               \
                      .archive_members = 10000,                                                                        \
                      .string_bytes = 1ull << 30,                                                                      \
                      .columns = 256,                                                                                  \
                      .elf_bytes = 4ull << 30,                                                                         \
                      .cells = 32ull << 20 })

/* The same as a table: name, default, range, unit and a line of help. */
struct limit_info {
    const char *name;
    size_t offset; /* in struct limits */
    uint64_t otherwise, least, most;
    const char *unit, *help;
};
extern const struct limit_info limit_infos[];
extern const size_t limit_count;

/* limits_set - "stack_depth=100" (also stack-depth). Errors: ERR_USAGE naming the limit and its range. */
bool limits_set(struct limits *l, struct span assignment, struct err *err) MUST_CHECK;

#endif
