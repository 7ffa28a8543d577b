/* blocks.h - stacks as bpftrace and DTrace print them: a block of lines, one frame each, leaf first, and a number. */
#ifndef STET_IMPORT_TRACE_BLOCKS_H
#define STET_IMPORT_TRACE_BLOCKS_H

#include "base/limits.h"
#include "import/source.h"

struct block_frame {
    struct span text; /* trimmed */
    uint32_t group;   /* stacks of one key are counted from 0: kernel and user */
};

struct block {
    struct span map; /* bpftrace: name without '@'; DTrace: "" */
    struct span key; /* text parts of the key: comm, pid; without stacks */
    const struct block_frame *frames;
    size_t frame_count;
    double value;
    uint64_t line_no; /* of the value */
};

/* What stood beside the blocks. */
struct block_notes {
    uint64_t others; /* entries without a single number: histograms, statistics */
    bool profile_probe;
    double rate_hz; /* of a profile-N probe named in the header; NaN */
};

/* Frames are valid until it returns. False stops with err. */
typedef bool (*block_fn)(void *user, const struct block *b, struct err *err);

/* Errors: ERR_LIMIT (depth, length of a key), ERR_MALFORMED (an entry that the end of the file cuts), and what `each` says. */
bool blocks_read_bpftrace(struct source *in, const struct limits *lim, block_fn each, void *user,
                          struct block_notes *ret_notes, struct err *err) MUST_CHECK;
bool blocks_read_dtrace(struct source *in, const struct limits *lim, block_fn each, void *user,
                        struct block_notes *ret_notes, struct err *err) MUST_CHECK;

#endif
