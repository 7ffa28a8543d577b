/* flame_tree.h - the boxes of a flame graph: stacks merged by the text of their functions, laid out. */
#ifndef STET_REPORT_FLAME_TREE_H
#define STET_REPORT_FLAME_TREE_H

#include "report/flame.h"

#define FLAME_NONE UINT32_MAX

struct flame_box {
    uint32_t parent;  /* FLAME_NONE for the root; else a smaller index */
    uint32_t depth;   /* root 0 */
    frame_id frame;   /* first of those that were merged */
    uint8_t category; /* enum category, CAT_COUNT = no sample ended in this frame, so nobody asked */
    uint8_t klass;    /* enum category_class, for the colour */
    double self, total;
    double waiting, idle; /* parts of total */
    double x;             /* weight left of it */
};

struct flame_tree {
    struct flame_box *boxes; /* [0] is the root; parents before children */
    uint32_t count;
    uint32_t *shown; /* boxes to draw: parents before children */
    uint32_t shown_count;
    double total, shown_self, min_weight;
    uint32_t rows_max; /* boxes of this depth and above are not drawn */
    bool cut_deep;
};

/* opt has no zero members. Errors: ERR_EMPTY, ERR_VALUE. Owns: *ret, released with flame_tree_release. */
bool flame_tree_make(const struct profile *p, uint32_t column, const struct classification *cls,
                     const struct report_flame_options *opt, struct flame_tree *ret, struct err *err) MUST_CHECK;
void flame_tree_release(struct flame_tree *tree);

#endif
