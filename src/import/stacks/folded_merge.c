#include "import/stacks/folded_merge.h"

#include "base/vec.h"

void folded_merge_init(struct folded_merge *t, struct folded_stage *out, const struct limits *limits, uint64_t seed)
{
    *t = (struct folded_merge){ .out = out, .limits = limits, .seed = seed, .cap = 64 };
    t->path = xcalloc(t->cap, sizeof *t->path);
    VEC_PUSH(&out->nodes, (struct folded_node){ 0 });
    t->nodes_known = 1;
}

void folded_merge_release(struct folded_merge *t)
{
    free(t->path);
    free(t->nodes.slot);
    free(t->rows.slot);
    *t = (struct folded_merge){ 0 };
}

static uint64_t child_hash(const struct folded_merge *t, uint32_t parent, uint32_t frame)
{
    return perf_table_mix(((uint64_t)parent << 32 | frame) ^ t->seed);
}

static uint64_t node_hash(const void *user, uint32_t ix)
{
    const struct folded_merge *t = user;
    return child_hash(t, t->out->nodes.items[ix].parent, t->out->nodes.items[ix].frame);
}

static uint64_t text_hash(uint32_t hash)
{
    return hash * 0x9e3779b97f4a7c15u;
}

static uint64_t row_hash(const void *user, uint32_t ix)
{
    const struct folded_merge *t = user;
    return text_hash(t->out->rows.items[ix].hash);
}

/* Into the table what was added without it. */
static void table_catch_up(struct folded_merge *t, struct perf_table *table, uint32_t *known, uint32_t count,
                           perf_table_hash_fn hash_of)
{
    if (!table->slot) {
        uint32_t slots = 1024;
        while (slots < (uint64_t)count * 4 && slots < 1u << 30)
            slots *= 2;
        perf_table_init(table, slots);
    }
    for (; *known < count; ++*known) {
        uint64_t hash = hash_of(t, *known);
        uint32_t at = perf_table_first(table, hash);
        while (table->slot[at].ix != 0)
            at = (at + 1) & table->mask;
        perf_table_put(table, at, hash, *known, hash_of, t);
    }
}

/* 0 when there is none. */
static uint32_t child_find(struct folded_merge *t, uint32_t parent, uint32_t frame)
{
    table_catch_up(t, &t->nodes, &t->nodes_known, t->out->nodes.count, node_hash);
    uint64_t hash = child_hash(t, parent, frame);
    uint32_t at = perf_table_first(&t->nodes, hash);
    for (; t->nodes.slot[at].ix != 0; at = (at + 1) & t->nodes.mask) {
        uint32_t ix = t->nodes.slot[at].ix - 1;
        const struct folded_node *n = &t->out->nodes.items[ix];
        if (t->nodes.slot[at].tag == (uint32_t)(hash >> 32) && n->parent == parent && n->frame == frame)
            return ix;
    }
    return 0;
}

static void path_room(struct folded_merge *t, uint32_t depth)
{
    while (t->cap < depth)
        t->cap *= 2;
    t->path = xrealloc(t->path, t->cap, sizeof *t->path);
}

/* The frames of path[from..depth) as nodes below the one before. */
static bool append(struct folded_merge *t, uint32_t from, uint32_t depth, struct err *err)
{
    struct folded_stage *s = t->out;
    if ((uint64_t)s->nodes.count + (depth - from) > t->limits->stacks || s->nodes.count > UINT32_MAX - 1 - depth)
        return err_set(err, ERR_LIMIT, "more than %llu distinct stacks (limit stacks)",
                       (unsigned long long)t->limits->stacks);
    uint32_t parent = from > 0 ? t->path[from - 1].node : 0;
    for (uint32_t k = from; k < depth; k++) {
        VEC_PUSH(&s->nodes, ((struct folded_node){ .parent = parent, .frame = t->path[k].frame }));
        parent = t->path[k].node = s->nodes.count - 1;
        t->path[k].rising = t->path[k].rising || k > from;
    }
    return true;
}

/* A stack met before by the same text: true when all nodes of path[same..depth) are those that lead there. */
static bool known_stack(struct folded_merge *t, uint32_t same, uint32_t depth, uint32_t text)
{
    table_catch_up(t, &t->rows, &t->rows_known, t->out->rows.count, row_hash);
    uint64_t hash = text_hash(text);
    uint32_t top = same > 0 ? t->path[same - 1].node : 0;
    for (uint32_t at = perf_table_first(&t->rows, hash); t->rows.slot[at].ix != 0; at = (at + 1) & t->rows.mask) {
        const struct folded_row *row = &t->out->rows.items[t->rows.slot[at].ix - 1];
        if (row->hash != text)
            continue;
        uint32_t node = row->node;
        uint32_t k = depth;
        while (k > same && node != 0 && t->out->nodes.items[node].frame == t->path[k - 1].frame) {
            t->path[--k].node = node;
            t->path[k].rising = false;
            node = t->out->nodes.items[node].parent;
        }
        if (k == same && node == top)
            return true;
    }
    return false;
}

/* Nodes for the frames of path[same..depth): found, else new. */
static bool find_or_append(struct folded_merge *t, uint32_t same, uint32_t depth, uint32_t hash, struct err *err)
{
    if (known_stack(t, same, depth, hash))
        return true;
    uint32_t parent = same > 0 ? t->path[same - 1].node : 0;
    uint32_t k = same;
    for (; k < depth; k++) {
        uint32_t child = child_find(t, parent, t->path[k].frame);
        t->path[k].rising = false;
        if (child == 0)
            break;
        parent = t->path[k].node = child;
    }
    return append(t, k, depth, err);
}

static bool comes_after(const struct folded_merge *t, uint32_t frame, uint32_t last)
{
    struct span a = intern_get(&t->out->names, frame);
    struct span b = intern_get(&t->out->names, last);
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order > 0 || (order == 0 && a.len > b.len);
}

static void add_weight(struct folded_merge *t, uint32_t node, uint32_t hash, double weight)
{
    struct folded_stage *s = t->out;
    uint32_t row = s->nodes.items[node].row;
    if (row == 0) {
        VEC_PUSH(&s->rows, ((struct folded_row){ .node = node, .hash = hash }));
        row = s->nodes.items[node].row = s->rows.count;
    }
    s->rows.items[row - 1].weight += weight;
}

bool folded_merge_add(struct folded_merge *t, uint32_t shared, const uint32_t *frames, uint32_t n, uint32_t hash,
                     double weight, struct err *err)
{
    uint32_t same = shared;
    /* The first line of a piece tells all of its frames. */
    while (n > 0 && same < t->depth && t->path[same].frame == *frames) {
        same++;
        frames++;
        n--;
    }
    uint32_t depth = same + n;
    if (depth > t->limits->stack_depth)
        return err_set(err, ERR_LIMIT, "stack deeper than %llu frames (limit stack_depth)",
                       (unsigned long long)t->limits->stack_depth);
    path_room(t, depth);
    bool fresh = false;
    if (n > 0) {
        struct folded_step *step = &t->path[same];
        uint32_t above = same > 0 ? t->path[same - 1].node : 0;
        /* The node made last has no children yet. */
        fresh = same == t->depth ? above == t->out->nodes.count - 1
                                 : step->rising && comes_after(t, *frames, step->frame);
        step->rising = fresh;
        for (uint32_t k = 0; k < n; k++)
            t->path[same + k].frame = frames[k];
        for (uint32_t k = 1; k < n; k++)
            t->path[same + k].rising = false;
    }
    t->depth = 0; /* an error leaves no half path */
    if (n > 0 && !(fresh ? append(t, same, depth, err) : find_or_append(t, same, depth, hash, err)))
        return false;
    t->depth = depth;
    add_weight(t, depth > 0 ? t->path[depth - 1].node : 0, hash, weight);
    return true;
}
