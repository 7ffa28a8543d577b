/* folded_merge.h - stacks as lists of frames, merged into the prefix tree of struct folded_stage.
 *
 * Files of collapse tools are sorted. As long as the children of a node come in rising order a new one needs no look-up,
 * and what stands below a new node is new; so the table of nodes is filled when the first look-up needs it, and for a
 * sorted file never. */
#ifndef STET_IMPORT_FOLDED_MERGE_H
#define STET_IMPORT_FOLDED_MERGE_H

#include "import/perf/perf_table.h"
#include "import/stacks/folded_stage.h"

struct folded_step {
    uint32_t node, frame;
    bool rising; /* the children of the node above came in rising order, this one last */
};

struct folded_merge {
    struct folded_stage *out;
    const struct limits *limits;
    uint64_t seed;
    struct folded_step *path; /* of the stack before; [cap] */
    uint32_t depth, cap;
    struct perf_table nodes, rows; /* by (parent, frame); by the hash of the stack's text */
    uint32_t nodes_known, rows_known;
};

void folded_merge_init(struct folded_merge *t, struct folded_stage *out, const struct limits *limits, uint64_t seed);
void folded_merge_release(struct folded_merge *t);
/* Adds weight to the stack of the first `shared` frames of the stack before and n more. hash: of its text; equal stacks
 * mostly have equal ones. Errors: ERR_LIMIT. */
bool folded_merge_add(struct folded_merge *t, uint32_t shared, const uint32_t *frames, uint32_t n, uint32_t hash,
                     double weight, struct err *err) MUST_CHECK;

#endif
