/* flame_data_rows.c - what ended in each node, by thread and category; and the order in time. */
#include <stdlib.h>

#include "report/flame_data_tree.h"

#define NONE UINT32_MAX

enum { ORDER_MAX = 1000000, CATEGORY_BITS = 6 };

_Static_assert(CAT_COUNT <= 1 << CATEGORY_BITS, "a category fits its bits");

static unsigned bits_of(uint64_t n)
{
    unsigned bits = 1;
    while (bits < 64 && n >> bits != 0)
        bits++;
    return bits;
}

/* --- threads --- */

/* Two profiles number their threads as they like: threads of one name in processes of one name are one. */
struct thread_names {
    struct intern names;
    uint32_t *thread; /* [name] */
    struct sb text;
};

static uint32_t thread_new(struct flame_data_tree *t, const struct profile *p, uint32_t thread, uint32_t *room)
{
    if (t->thread_count == *room) {
        *room = *room ? *room * 2 : 16;
        t->threads = xrealloc(t->threads, *room, sizeof *t->threads);
    }
    const struct profile_thread *from = &p->threads[thread];
    t->threads[t->thread_count] =
        (struct flame_data_thread){ .name = profile_str(p, from->name),
                                    .process = profile_str(p, p->processes[from->process.ix].name),
                                    .tid = from->tid };
    return t->thread_count++;
}

static uint32_t thread_named(struct flame_data_tree *t, struct thread_names *n, const struct profile *p,
                             uint32_t thread, uint32_t *room)
{
    const struct profile_thread *from = &p->threads[thread];
    sb_reset(&n->text);
    sb_add(&n->text, profile_str(p, p->processes[from->process.ix].name));
    sb_addc(&n->text, '\n');
    sb_add(&n->text, profile_str(p, from->name));
    uint32_t before = n->names.count;
    uint32_t name = intern_add(&n->names, sb_span(&n->text));
    if (n->names.count > before) {
        n->thread = xrealloc(n->thread, n->names.count, sizeof *n->thread);
        n->thread[name] = thread_new(t, p, thread, room);
    }
    return n->thread[name];
}

/* Threads with weight, in the order of the profiles. */
static void threads_make(struct flame_data_build *b)
{
    struct flame_data_tree *t = b->tree;
    struct thread_names names = { 0 };
    uint32_t room = 0;
    intern_init(&names.names);
    for (uint32_t k = 0; k < b->in->set_count; k++) {
        const struct flame_data_set *set = &b->in->sets[k];
        const struct profile *p = set->file->profile;
        double *total = xcalloc((size_t)p->thread_count + 1, sizeof *total);
        for (uint32_t row = 0; row < p->row_count; row++) {
            if (flame_data_row_counts(set, row))
                total[p->row_thread[row].ix] += p->row_value[set->column][row];
        }
        b->thread_of[k] = xcalloc((size_t)p->thread_count + 1, sizeof *b->thread_of[k]);
        for (uint32_t i = 0; i < p->thread_count; i++) {
            if (!(total[i] > 0))
                continue;
            uint32_t thread = b->in->set_count > 1 ? thread_named(t, &names, p, i, &room) : thread_new(t, p, i, &room);
            b->thread_of[k][i] = thread;
            t->threads[thread].total[k] += total[i];
        }
        free(total);
    }
    intern_release(&names.names);
    free(names.thread);
    sb_release(&names.text);
}

/* --- rows --- */

static struct flame_data_item *items_make(const struct flame_data_build *b, size_t *ret_count, unsigned *ret_bits)
{
    unsigned thread_bits = bits_of(b->tree->thread_count);
    size_t room = 1;
    size_t n = 0;
    for (uint32_t k = 0; k < b->in->set_count; k++)
        room += b->in->sets[k].file->profile->row_count;
    struct flame_data_item *items = xcalloc(room, sizeof *items);
    uint32_t first = 0;
    for (uint32_t k = 0; k < b->in->set_count; k++) {
        const struct flame_data_set *set = &b->in->sets[k];
        const struct profile *p = set->file->profile;
        for (uint32_t row = 0; row < p->row_count; row++) {
            if (!flame_data_row_counts(set, row))
                continue;
            uint64_t key = (uint64_t)b->node_of[k][p->row_stack[row].ix] << thread_bits;
            key = (key | b->thread_of[k][p->row_thread[row].ix]) << CATEGORY_BITS | set->cls->category[row];
            items[n++] = (struct flame_data_item){ key, first + row };
        }
        first += p->row_count;
    }
    *ret_count = n;
    *ret_bits = bits_of(b->tree->node_count) + thread_bits + CATEGORY_BITS;
    return items;
}

static void rows_alloc(struct flame_data_tree *t, uint32_t sets, size_t n)
{
    t->row_node = xcalloc(n + 1, sizeof *t->row_node);
    t->row_thread = xcalloc(n + 1, sizeof *t->row_thread);
    t->row_rule = xcalloc(n + 1, sizeof *t->row_rule);
    t->row_category = xcalloc(n + 1, sizeof *t->row_category);
    for (uint32_t k = 0; k < sets; k++)
        t->value[k] = xcalloc(n + 1, sizeof *t->value[k]);
}

/* One row of the tree: items of one key. The rule is the heaviest one's. */
static void row_merge(struct flame_data_build *b, const struct flame_data_item *items, size_t n)
{
    struct flame_data_tree *t = b->tree;
    uint32_t first = b->in->sets[0].file->profile->row_count;
    uint32_t at = t->row_count++;
    double sum[FLAME_DATA_SETS] = { 0 };
    double heaviest = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t k = items[i].value < first ? 0 : 1;
        uint32_t row = k == 0 ? items[i].value : items[i].value - first;
        const struct flame_data_set *set = &b->in->sets[k];
        const struct profile *p = set->file->profile;
        double value = p->row_value[set->column][row];
        sum[k] += value;
        if (b->row_of)
            b->row_of[row] = at;
        if (value <= heaviest)
            continue;
        heaviest = value;
        t->row_node[at] = b->node_of[k][p->row_stack[row].ix];
        t->row_thread[at] = b->thread_of[k][p->row_thread[row].ix];
        t->row_category[at] = set->cls->category[row];
        t->row_rule[at] = flame_data_rule(b, set, row);
    }
    for (uint32_t k = 0; k < b->in->set_count; k++)
        t->value[k][at] = (float)sum[k];
}

/* --- order --- */

/* Samples of one thread on their way into one entry. */
struct pending {
    struct profile_order heaviest;
    double weight;
    uint64_t count;
};

struct thinning {
    struct flame_data_tree *tree;
    struct pending *of; /* [thread] */
    uint64_t every;
};

static void order_add(struct thinning *o, uint32_t thread)
{
    struct pending *p = &o->of[thread];
    if (p->count > 0)
        o->tree->order[o->tree->order_count++] = (struct profile_order){ p->heaviest.row, (float)p->weight };
    *p = (struct pending){ 0 };
}

/* Each thread's samples by so many, the row of the heaviest with the weight of all, so that sums of threads stay. */
static void order_thin(struct flame_data_build *b, struct thinning *o, const struct profile *p)
{
    for (uint64_t i = 0; i < p->order_count; i++) {
        uint32_t row = b->row_of[p->order[i].row];
        if (row == NONE)
            continue;
        uint32_t thread = b->tree->row_thread[row];
        struct pending *to = &o->of[thread];
        if (to->count == 0 || p->order[i].weight > to->heaviest.weight)
            to->heaviest = (struct profile_order){ row, p->order[i].weight };
        to->weight += (double)p->order[i].weight;
        if (++to->count >= o->every)
            order_add(o, thread);
    }
    for (uint32_t thread = 0; thread < b->tree->thread_count; thread++)
        order_add(o, thread);
}

uint32_t flame_data_order_column(const struct profile *p)
{
    uint32_t column = 0;
    while (column < p->column_count && !p->columns[column].is_time)
        column++;
    return column;
}

/* Samples are weighed in one column: of another the order would show amounts of this one. */
static void order_make(struct flame_data_build *b)
{
    const struct profile *p = b->in->sets[0].file->profile;
    struct flame_data_tree *t = b->tree;
    uint32_t column = flame_data_order_column(p);
    bool like = column == b->in->sets[0].column || column == p->column_count;
    if (!b->row_of || p->order_count == 0 || !like)
        return;
    uint64_t room = p->order_count;
    struct thinning o = { .tree = t, .every = 1 };
    if (room > ORDER_MAX) {
        /* A last entry of each thread may be a part. */
        uint64_t rest = t->thread_count < ORDER_MAX / 2 ? ORDER_MAX - t->thread_count : ORDER_MAX / 2;
        o.every = (room + rest - 1) / rest;
        room = room / o.every + t->thread_count;
    }
    if (room > ORDER_MAX) /* about as many threads as samples: their order says nothing */
        return;
    t->order_thinned = p->order_thinned || o.every > 1;
    t->order = xcalloc((size_t)room + 1, sizeof *t->order);
    o.of = xcalloc((size_t)t->thread_count + 1, sizeof *o.of);
    order_thin(b, &o, p);
    free(o.of);
}

void flame_data_rows_make(struct flame_data_build *b)
{
    size_t n = 0;
    unsigned bits = 0;
    threads_make(b);
    struct flame_data_item *items = items_make(b, &n, &bits);
    flame_data_sort(&items, n, bits);
    rows_alloc(b->tree, b->in->set_count, n);
    if (b->in->set_count == 1) {
        size_t rows = b->in->sets[0].file->profile->row_count;
        b->row_of = xcalloc(rows + 1, sizeof *b->row_of);
        memset(b->row_of, 0xff, (rows + 1) * sizeof *b->row_of);
    }
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && items[end].key == items[i].key)
            end++;
        row_merge(b, items + i, end - i);
        i = end;
    }
    free(items);
    order_make(b);
}
