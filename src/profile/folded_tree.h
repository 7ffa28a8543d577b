/* folded_tree.h - the stacks of a folded file as one tree of names: equal lines meet, and its order is the order of the
 * written lines, byte by byte, without writing them first.
 *
 * 1. A name holds no ';' (folded.c replaces it), so a path of names is one line.
 * 2. node 0 is the root, its name is not written; a node's parent has a smaller index. */
#ifndef STET_PROFILE_FOLDED_TREE_H
#define STET_PROFILE_FOLDED_TREE_H

#include "base/intern.h"

struct folded_node {
    uint32_t parent;
    uint32_t name; /* in names */
    double value;
    bool written; /* a line ends here */
    bool inner;   /* has children */
};

struct folded_tree {
    struct intern names;
    struct folded_node *nodes;
    uint32_t count, size;
    uint32_t *slot; /* open addressing by (parent, name), index + 1 */
    uint32_t mask;
};

void folded_tree_init(struct folded_tree *t);
void folded_tree_release(struct folded_tree *t);
/* The node of that name below parent, made when new. At most UINT32_MAX / 4 nodes. */
uint32_t folded_tree_child(struct folded_tree *t, uint32_t parent, uint32_t name);

/* An entry of the written order: the line that ends at a node, or all lines that go on below it. */
struct folded_entry {
    uint32_t node;
    bool below;
};

/* folded_rank_keys - places of names in the byte order of whole lines, where what follows a name counts: key 2n ends the
 * line, key 2n + 1 goes on with ';'.
 * Out:   rank[key]: its place among all 2 * names->count keys
 * Owns:  the caller frees it */
uint32_t *folded_rank_keys(const struct intern *names);

/* folded_tree_order - the entries below each node in the order of their lines.
 * Out:   ret_first: node_count + 1 places; the entries below node n are [first[n], first[n + 1]) of the result
 * Owns:  the caller frees both. */
struct folded_entry *folded_tree_order(const struct folded_tree *t, uint32_t **ret_first);

#endif
