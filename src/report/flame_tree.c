#include "report/flame_tree.h"

#include <stdlib.h>

/* (parent box, function) -> box, open addressing; at most half full. */
struct merge {
    uint32_t *slot; /* box + 1, 0 = free */
    size_t mask;
};

static uint64_t mix(uint32_t parent, uint32_t func)
{
    uint64_t h = ((uint64_t)parent << 32 | func) * 0x9e3779b97f4a7c15ull;
    return h ^ h >> 29;
}

static uint32_t func_of(const struct profile *p, frame_id frame)
{
    const struct profile_frame *f = &p->frames[frame.ix];
    return f->func.ix != 0 ? f->func.ix : f->module.ix;
}

static uint32_t box_for(struct flame_tree *tree, struct merge *m, const struct profile *p, uint32_t parent,
                        frame_id frame)
{
    uint32_t func = func_of(p, frame);
    for (size_t i = mix(parent, func) & m->mask;; i = (i + 1) & m->mask) {
        if (m->slot[i] == 0) {
            m->slot[i] = tree->count + 1;
            tree->boxes[tree->count] = (struct flame_box){ .parent = parent,
                                                           .depth = tree->boxes[parent].depth + 1,
                                                           .frame = frame,
                                                           .category = CAT_COUNT,
                                                           .klass = CLASS_META };
            return tree->count++;
        }
        const struct flame_box *box = &tree->boxes[m->slot[i] - 1];
        if (box->parent == parent && func_of(p, box->frame) == func)
            return m->slot[i] - 1;
    }
}

static bool row_counts(const struct classification *cls, const struct report_flame_options *opt, uint32_t row)
{
    if (!cls)
        return true;
    if (cls->dropped && cls->dropped[row])
        return false;
    return !opt->cpu_only || category_is_cpu((enum category)cls->category[row]);
}

static enum category_class kind_class(const struct profile_frame *f)
{
    switch ((enum frame_kind)f->kind) {
    case FRAME_KERNEL:
        return CLASS_KERNEL;
    case FRAME_NATIVE:
        return CLASS_NATIVE;
    case FRAME_META:
        return CLASS_META;
    case FRAME_MANAGED:
    case FRAME_UNKNOWN:
    case FRAME_KIND_COUNT:
        return CLASS_MANAGED;
    }
    return CLASS_META;
}

/* Of a box's weight: above it the box is waiting, not working. */
static const double STILL_SHARE = 0.9;

/* A frame takes the category of the heaviest row that ends in it; one that none ends in, the colour of its kind. */
static void colour(const struct profile *p, uint32_t column, const struct classification *cls, struct flame_tree *tree)
{
    uint8_t *category = xcalloc(p->frame_count ? p->frame_count : 1, sizeof *category);
    double *best = xcalloc(p->frame_count ? p->frame_count : 1, sizeof *best);
    memset(category, CAT_COUNT, p->frame_count);
    for (uint32_t row = 0; row < p->row_count; row++) {
        uint32_t stack = p->row_stack[row].ix;
        double value = p->row_value[column][row];
        uint32_t frame = p->stacks[stack].frame.ix;
        if (stack == 0 || value <= best[frame])
            continue;
        best[frame] = value;
        category[frame] = cls->category[row];
    }
    for (uint32_t i = 1; i < tree->count; i++) {
        struct flame_box *box = &tree->boxes[i];
        box->category = category[box->frame.ix];
        box->klass = (uint8_t)(box->category == CAT_COUNT ? kind_class(&p->frames[box->frame.ix])
                                                          : category_class_of((enum category)box->category));
        /* The way to a wait is no work: it has the colour of what was waited for most. */
        if (box->waiting + box->idle > STILL_SHARE * box->total)
            box->klass = (uint8_t)(box->waiting >= box->idle ? CLASS_WAIT : CLASS_IDLE);
    }
    free(category);
    free(best);
}

/* Weights of the rows go to the box of their stack, and up. */
static void fill(const struct profile *p, uint32_t column, const struct classification *cls,
                 const struct report_flame_options *opt, struct flame_tree *tree)
{
    struct merge m = { .mask = 64 };
    while (m.mask < (size_t)p->stack_count * 2)
        m.mask *= 2;
    m.slot = xcalloc(m.mask, sizeof *m.slot);
    m.mask--;
    uint32_t *box_of = xcalloc(p->stack_count ? p->stack_count : 1, sizeof *box_of);
    tree->boxes = xcalloc((size_t)p->stack_count + 1, sizeof *tree->boxes);
    tree->boxes[0] = (struct flame_box){ .parent = FLAME_NONE, .category = CAT_COUNT, .klass = CLASS_META };
    tree->count = 1;
    for (uint32_t s = 1; s < p->stack_count; s++)
        box_of[s] = box_for(tree, &m, p, box_of[p->stacks[s].parent.ix], p->stacks[s].frame);
    for (uint32_t row = 0; row < p->row_count; row++) {
        if (!row_counts(cls, opt, row))
            continue;
        struct flame_box *box = &tree->boxes[box_of[p->row_stack[row].ix]];
        double value = p->row_value[column][row];
        enum category_class klass = cls ? category_class_of((enum category)cls->category[row]) : CLASS_META;
        box->self += value;
        box->waiting += klass == CLASS_WAIT || klass == CLASS_INTERNAL_WAIT ? value : 0;
        box->idle += klass == CLASS_IDLE ? value : 0;
    }
    for (uint32_t i = tree->count; i-- > 0;) {
        struct flame_box *box = &tree->boxes[i];
        box->total += box->self;
        if (i == 0)
            continue;
        tree->boxes[box->parent].total += box->total;
        tree->boxes[box->parent].waiting += box->waiting;
        tree->boxes[box->parent].idle += box->idle;
    }
    tree->total = tree->boxes[0].total;
    free(m.slot);
    free(box_of);
}

static int by_weight(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? 1 : left > right ? -1 : 0;
}

/* Smallest weight drawn, so that no more than boxes_max are. */
static void threshold(const struct report_flame_options *opt, struct flame_tree *tree)
{
    tree->min_weight = tree->total * opt->min_share;
    double *weights = xcalloc(tree->count, sizeof *weights);
    size_t n = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        if (tree->boxes[i].total >= tree->min_weight && tree->boxes[i].depth < opt->depth_max)
            weights[n++] = tree->boxes[i].total;
    }
    if (n > opt->boxes_max) {
        qsort(weights, n, sizeof *weights, by_weight);
        /* Boxes of equal weight at the edge all go. */
        size_t k = opt->boxes_max;
        while (k > 1 && weights[k - 1] <= weights[opt->boxes_max])
            k--;
        tree->min_weight = weights[k - 1];
    }
    free(weights);
}

/* A few thin spires must not make the picture twice as high: rows that hold less than this together are cut. */
static const double ROW_SHARE = 0.005;

static void rows_limit(const struct report_flame_options *opt, struct flame_tree *tree)
{
    double *row = xcalloc(opt->depth_max, sizeof *row);
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct flame_box *box = &tree->boxes[i];
        if (box->depth < opt->depth_max && box->total >= tree->min_weight)
            row[box->depth] += box->total;
    }
    tree->rows_max = opt->depth_max;
    while (tree->rows_max > 1 && row[tree->rows_max - 1] < tree->total * ROW_SHARE)
        tree->rows_max--;
    free(row);
}

/* qsort has no context argument: what is compared stands in the items. */
struct item {
    uint32_t parent, box;
    struct span name;
};

static int by_place(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;
    if (left->parent != right->parent)
        return left->parent < right->parent ? -1 : 1;
    size_t n = left->name.len < right->name.len ? left->name.len : right->name.len;
    int order = n ? memcmp(left->name.ptr, right->name.ptr, n) : 0;
    if (order != 0)
        return order;
    if (left->name.len != right->name.len)
        return left->name.len < right->name.len ? -1 : 1;
    return left->box < right->box ? -1 : left->box > right->box;
}

static void layout(const struct profile *p, struct flame_tree *tree)
{
    struct item *items = xcalloc(tree->count, sizeof *items);
    size_t n = 0;
    for (uint32_t i = 1; i < tree->count; i++) {
        const struct flame_box *box = &tree->boxes[i];
        if (box->total < tree->min_weight || box->total <= 0)
            continue;
        if (box->depth >= tree->rows_max) {
            tree->cut_deep = true;
            continue;
        }
        items[n++] = (struct item){ box->parent, i, profile_str(p, (str_id){ func_of(p, box->frame) }) };
    }
    qsort(items, n, sizeof *items, by_place);
    tree->shown = xcalloc(n + 1, sizeof *tree->shown);
    double *next = xcalloc(tree->count, sizeof *next);
    tree->shown[tree->shown_count++] = 0;
    tree->shown_self = tree->boxes[0].self;
    for (size_t i = 0; i < n; i++) {
        struct flame_box *box = &tree->boxes[items[i].box];
        box->x = tree->boxes[box->parent].x + next[box->parent];
        next[box->parent] += box->total;
        tree->shown[tree->shown_count++] = items[i].box;
        tree->shown_self += box->self;
    }
    free(next);
    free(items);
}

bool flame_tree_make(const struct profile *p, uint32_t column, const struct classification *cls,
                     const struct report_flame_options *opt, struct flame_tree *ret, struct err *err)
{
    if (column >= p->column_count)
        return err_set(err, ERR_VALUE, "the profile has no column %u", column);
    struct flame_tree tree = { 0 };
    fill(p, column, cls, opt, &tree);
    if (!(tree.total > 0)) {
        flame_tree_release(&tree);
        return err_set(err, ERR_EMPTY, "nothing in the profile has weight");
    }
    threshold(opt, &tree);
    rows_limit(opt, &tree);
    layout(p, &tree);
    if (cls)
        colour(p, column, cls, &tree);
    *ret = tree;
    return true;
}

void flame_tree_release(struct flame_tree *tree)
{
    free(tree->boxes);
    free(tree->shown);
    *tree = (struct flame_tree){ 0 };
}
