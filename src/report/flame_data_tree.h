/* flame_data_tree.h - stacks of one or two profiles merged into one tree of parallel arrays; for flame_data.c.
 *
 * 1. Node 0 is the root, frame 0 the root's (all names empty). Nodes stand heaviest first, by the larger of the sets'
 *    totals, so parents stand before children. Nodes without weight are left out.
 * 2. A node is (parent, frame); two frames are one when function, module and the last two parts of the file's path are
 *    the same (and the line, where lines are told apart): builds of one program may lie in different folders.
 * 3. Rows are sorted by node, thread and category, one row each. Rows that are no sample of any program are left out.
 * 4. Cost: O(stacks + rows), sorting by digits. Memory: bounded by the profiles. No recursion. */
#ifndef STET_REPORT_FLAME_DATA_TREE_H
#define STET_REPORT_FLAME_DATA_TREE_H

#include "report/flame_data.h"

#define FLAME_DATA_NO_RULE 65535u
#define FLAME_DATA_NO_CATEGORY 255u

struct flame_data_thread {
    struct span name, process; /* of the profiles */
    int64_t tid;
    double total[FLAME_DATA_SETS];
};

struct flame_data_tree {
    struct intern strings;

    uint32_t frame_count;
    uint32_t *func, *file, *module, *line; /* strings; smallest line that was seen, 0 = unknown */
    uint8_t *kind;

    uint32_t node_count;
    uint32_t *parent, *frame;
    float *total[FLAME_DATA_SETS];
    uint16_t *node_rule;
    uint8_t *node_category;

    uint32_t row_count;
    uint32_t *row_node, *row_thread;
    float *value[FLAME_DATA_SETS];
    uint16_t *row_rule;
    uint8_t *row_category;

    struct profile_order *order;
    uint32_t order_count;
    bool order_thinned;

    struct flame_data_thread *threads;
    uint32_t thread_count;
    uint32_t *rules; /* for classification_rule_id; of the second set corrections + OVERRIDES_MAX */
    uint32_t rule_count;
    double sum[FLAME_DATA_SETS]; /* weight of the rows that count */
};

/* Errors: ERR_VALUE for a column that is not there, ERR_EMPTY when nothing has weight.
 * Owns: *ret, released with flame_data_tree_release; borrows from the profiles. */
bool flame_data_tree_make(const struct flame_data_input *in, struct flame_data_tree *ret, struct err *err) MUST_CHECK;
void flame_data_tree_release(struct flame_data_tree *tree);

/* --- for the files of flame_data only --- */

struct flame_data_item {
    uint64_t key;
    uint32_t value;
};
/* Ascending by the low `bits` of key; equal keys keep their order. */
void flame_data_sort(struct flame_data_item **items, size_t n, unsigned bits);

/* The tree while it grows. */
struct flame_data_build {
    const struct flame_data_input *in;
    struct flame_data_tree *tree;
    uint32_t *node_of[FLAME_DATA_SETS]; /* [stack], in the order of growth; later by weight */
    uint32_t *thread_of[FLAME_DATA_SETS];
    uint32_t *row_of; /* [row] of the first set: row of the tree */
    uint16_t *rule_at;
    uint32_t rule_at_count;
};
/* The column that weighs the entries of the order: the first of time; column_count where none is, each then counts 1. */
uint32_t flame_data_order_column(const struct profile *p);
/* Rows of the tree out of the profiles' rows, and the order in time of a single set, where its column weighs that. */
void flame_data_rows_make(struct flame_data_build *b);
bool flame_data_row_counts(const struct flame_data_set *set, uint32_t row);
uint16_t flame_data_rule(struct flame_data_build *b, const struct flame_data_set *set, uint32_t row);

#endif
