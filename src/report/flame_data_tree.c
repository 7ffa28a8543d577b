#include "report/flame_data_tree.h"

#include <stdlib.h>

#define NONE UINT32_MAX

/* --- sorting by digits --- */

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

void flame_data_sort(struct flame_data_item **items, size_t n, unsigned bits)
{
    if (n < 2)
        return;
    struct flame_data_item *from = *items;
    struct flame_data_item *to = xcalloc(n, sizeof *to);
    for (unsigned shift = 0; shift < bits; shift += DIGIT_BITS) {
        size_t at[DIGITS] = { 0 };
        for (size_t i = 0; i < n; i++)
            at[from[i].key >> shift & (DIGITS - 1)]++;
        if (at[from[0].key >> shift & (DIGITS - 1)] == n)
            continue;
        size_t sum = 0;
        for (size_t d = 0; d < DIGITS; d++) {
            size_t count = at[d];
            at[d] = sum;
            sum += count;
        }
        for (size_t i = 0; i < n; i++)
            to[at[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
        struct flame_data_item *swap = from;
        from = to;
        to = swap;
    }
    free(to);
    *items = from;
}

/* --- things met, by 64 bits of what they are --- */

/* Open addressing, at most half full; the tag spares most looks at what is no match. */
struct place {
    uint32_t tag;
    uint32_t id; /* + 1, 0 = free */
};

struct places {
    struct place *at;
    size_t mask;
};

static struct places places_make(size_t n)
{
    struct places p = { .mask = 64 };
    while (p.mask < n * 2)
        p.mask *= 2;
    p.at = xcalloc(p.mask, sizeof *p.at);
    p.mask--;
    return p;
}

static uint64_t mix(uint32_t a, uint32_t b)
{
    uint64_t h = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15ull;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93ull;
    return h ^ h >> 29;
}

/* --- frames --- */

struct frames {
    struct flame_data_tree *tree;
    struct places places;
    struct intern tails;
    uint32_t *tail; /* [frame] of the tree */
    bool lines;
    bool two; /* executions, each with addresses of its own */
};

/* The last two parts of a path. */
static struct span path_tail(struct span path)
{
    size_t slashes = 0;
    for (size_t i = path.len; i-- > 0;) {
        if ((path.ptr[i] == '/' || path.ptr[i] == '\\') && ++slashes == 2)
            return span_from(path, i + 1);
    }
    return path;
}

static bool frame_is(const struct frames *f, uint32_t i, uint32_t func, uint32_t module, uint32_t tail, uint32_t line)
{
    const struct flame_data_tree *t = f->tree;
    return t->func[i] == func && t->module[i] == module && f->tail[i] == tail && (!f->lines || t->line[i] == line);
}

struct frame_key {
    uint32_t func, module, file, tail, line;
    uint8_t kind;
};

static uint32_t frame_for(struct frames *f, const struct frame_key *k)
{
    struct flame_data_tree *t = f->tree;
    uint64_t h = mix((uint32_t)mix(k->func, k->module), (uint32_t)mix(k->tail, f->lines ? k->line : 0));
    uint32_t tag = (uint32_t)(h >> 32);
    size_t at = h & f->places.mask;
    for (; f->places.at[at].id != 0; at = (at + 1) & f->places.mask) {
        uint32_t i = f->places.at[at].id - 1;
        if (f->places.at[at].tag != tag || !frame_is(f, i, k->func, k->module, k->tail, k->line))
            continue;
        if (k->line != 0 && (t->line[i] == 0 || k->line < t->line[i]))
            t->line[i] = k->line;
        return i;
    }
    uint32_t i = t->frame_count++;
    f->places.at[at] = (struct place){ tag, i + 1 };
    t->func[i] = k->func;
    t->file[i] = k->file;
    t->module[i] = k->module;
    t->line[i] = k->line;
    t->kind[i] = k->kind;
    f->tail[i] = k->tail;
    return i;
}

/* Strings of one profile as strings of the tree, each looked up once. */
struct strings {
    const struct profile *p;
    uint32_t *of, *tail_of;
};

static uint32_t string_for(struct frames *f, struct strings *s, str_id id)
{
    if (s->of[id.ix] == NONE)
        s->of[id.ix] = intern_add(&f->tree->strings, profile_str(s->p, id));
    return s->of[id.ix];
}

static uint32_t tail_for(struct frames *f, struct strings *s, str_id id)
{
    if (s->tail_of[id.ix] == NONE)
        s->tail_of[id.ix] = intern_add(&f->tails, path_tail(profile_str(s->p, id)));
    return s->tail_of[id.ix];
}

static uint32_t *ids_make(size_t n)
{
    uint32_t *ids = xcalloc(n + 1, sizeof *ids);
    memset(ids, 0xff, (n + 1) * sizeof *ids);
    return ids;
}

/* Code without a name has another address in each execution: of two it is its module's. */
static str_id name_of(const struct frames *f, const struct profile *p, const struct profile_frame *from)
{
    struct span func = profile_str(p, from->func);
    uint64_t address;
    bool nameless = func.len == 0 || (f->two && from->module.ix != 0 && span_starts(func, SPAN("0x")) &&
                                      span_hex_to_u64(func, &address));
    return nameless ? from->module : from->func;
}

/* Frame of the tree for each frame of the profile. */
static uint32_t *frames_map(struct frames *f, const struct profile *p)
{
    uint32_t *map = xcalloc((size_t)p->frame_count + 1, sizeof *map);
    struct strings s = { p, ids_make(p->strings.count), ids_make(p->strings.count) };
    for (uint32_t i = 0; i < p->frame_count; i++) {
        const struct profile_frame *from = &p->frames[i];
        struct frame_key k = { .func = string_for(f, &s, name_of(f, p, from)),
                               .module = string_for(f, &s, from->module),
                               .file = string_for(f, &s, from->file),
                               .tail = tail_for(f, &s, from->file),
                               .line = from->line,
                               .kind = from->kind };
        map[i] = frame_for(f, &k);
    }
    free(s.of);
    free(s.tail_of);
    return map;
}

static struct frames frames_begin(const struct flame_data_input *in, struct flame_data_tree *tree)
{
    struct frames f = { .tree = tree, .lines = in->lines, .two = in->set_count > 1 };
    size_t n = 1;
    for (uint32_t i = 0; i < in->set_count; i++)
        n += in->sets[i].file->profile->frame_count;
    f.places = places_make(n);
    f.tail = xcalloc(n, sizeof *f.tail);
    intern_init(&f.tails);
    intern_init(&tree->strings);
    tree->func = xcalloc(n, sizeof *tree->func);
    tree->file = xcalloc(n, sizeof *tree->file);
    tree->module = xcalloc(n, sizeof *tree->module);
    tree->line = xcalloc(n, sizeof *tree->line);
    tree->kind = xcalloc(n, sizeof *tree->kind);
    tree->kind[0] = FRAME_META;
    tree->frame_count = 1;
    return f;
}

static void frames_end(struct frames *f)
{
    free(f->places.at);
    free(f->tail);
    intern_release(&f->tails);
}

/* --- nodes --- */

/* Nodes in the order in which their stacks come: parents before children. */
struct growing {
    uint32_t *parent, *frame;
    uint32_t count;
    double *total[FLAME_DATA_SETS];
    double *still;      /* weight of waiting and idle rows, of all sets */
    double *still_best; /* weight of still_row's category */
    uint32_t *still_row;
};

static uint32_t node_for(struct growing *g, struct places *p, uint32_t parent, uint32_t frame)
{
    uint64_t h = mix(parent, frame);
    uint32_t tag = (uint32_t)(h >> 32);
    for (size_t at = h & p->mask;; at = (at + 1) & p->mask) {
        if (p->at[at].id == 0) {
            p->at[at] = (struct place){ tag, g->count + 1 };
            g->parent[g->count] = parent;
            g->frame[g->count] = frame;
            return g->count++;
        }
        uint32_t i = p->at[at].id - 1;
        if (p->at[at].tag == tag && g->parent[i] == parent && g->frame[i] == frame)
            return i;
    }
}

static struct growing nodes_grow(struct flame_data_build *b)
{
    const struct flame_data_input *in = b->in;
    struct frames f = frames_begin(in, b->tree);
    size_t n = 1;
    for (uint32_t k = 0; k < in->set_count; k++)
        n += in->sets[k].file->profile->stack_count;
    struct growing g = { .count = 1 };
    g.parent = xcalloc(n, sizeof *g.parent);
    g.frame = xcalloc(n, sizeof *g.frame);
    struct places places = places_make(n);
    for (uint32_t k = 0; k < in->set_count; k++) {
        const struct profile *p = in->sets[k].file->profile;
        uint32_t *map = frames_map(&f, p);
        uint32_t *node_of = xcalloc((size_t)p->stack_count + 1, sizeof *node_of);
        for (uint32_t s = 1; s < p->stack_count; s++)
            node_of[s] = node_for(&g, &places, node_of[p->stacks[s].parent.ix], map[p->stacks[s].frame.ix]);
        b->node_of[k] = node_of;
        free(map);
    }
    free(places.at);
    frames_end(&f);
    return g;
}

bool flame_data_row_counts(const struct flame_data_set *set, uint32_t row)
{
    return set->file->profile->row_value[set->column][row] > 0 && !(set->cls->dropped && set->cls->dropped[row]);
}

static enum category category_at(const struct flame_data_input *in, uint32_t row)
{
    uint32_t first = in->sets[0].file->profile->row_count;
    const struct classification *cls = row < first ? in->sets[0].cls : in->sets[1].cls;
    return (enum category)cls->category[row < first ? row : row - first];
}

static bool category_still(enum category c)
{
    enum category_class k = category_class_of(c);
    return k == CLASS_WAIT || k == CLASS_INTERNAL_WAIT || k == CLASS_IDLE;
}

/* Weight of one category of waiting comes to a node: the heaviest stays, the same one grows. */
static void still_add(const struct flame_data_input *in, struct growing *g, uint32_t node, uint32_t row, double weight)
{
    if (g->still_row[node] != NONE && category_at(in, g->still_row[node]) == category_at(in, row)) {
        g->still_best[node] += weight;
    } else if (weight > g->still_best[node]) {
        g->still_best[node] = weight;
        g->still_row[node] = row;
    }
}

/* Rows of all sets are numbered through: those of the second behind those of the first. */
static void weights_add(struct flame_data_build *b, struct growing *g)
{
    const struct flame_data_input *in = b->in;
    g->still = xcalloc(g->count, sizeof *g->still);
    g->still_best = xcalloc(g->count, sizeof *g->still_best);
    g->still_row = ids_make(g->count);
    uint32_t first = 0;
    for (uint32_t k = 0; k < in->set_count; k++) {
        const struct flame_data_set *set = &in->sets[k];
        const struct profile *p = set->file->profile;
        g->total[k] = xcalloc(g->count, sizeof *g->total[k]);
        for (uint32_t row = 0; row < p->row_count; row++) {
            if (!flame_data_row_counts(set, row))
                continue;
            uint32_t node = b->node_of[k][p->row_stack[row].ix];
            double value = p->row_value[set->column][row];
            g->total[k][node] += value;
            if (category_still((enum category)set->cls->category[row])) {
                g->still[node] += value;
                still_add(in, g, node, first + row, value);
            }
        }
        first += p->row_count;
    }
    for (uint32_t i = g->count; i-- > 1;) {
        uint32_t parent = g->parent[i];
        for (uint32_t k = 0; k < in->set_count; k++)
            g->total[k][parent] += g->total[k][i];
        g->still[parent] += g->still[i];
        if (g->still_row[i] != NONE)
            still_add(in, g, parent, g->still_row[i], g->still_best[i]);
    }
    for (uint32_t k = 0; k < in->set_count; k++)
        b->tree->sum[k] = g->total[k][0];
}

/* For each frame the heaviest row that ends in it, or NONE. */
static uint32_t *frame_rows(const struct flame_data_build *b, const struct growing *g)
{
    uint32_t *best_row = ids_make(b->tree->frame_count);
    double *best = xcalloc(b->tree->frame_count, sizeof *best);
    uint32_t first = 0;
    for (uint32_t k = 0; k < b->in->set_count; k++) {
        const struct flame_data_set *set = &b->in->sets[k];
        const struct profile *p = set->file->profile;
        for (uint32_t row = 0; row < p->row_count; row++) {
            double value = p->row_value[set->column][row];
            uint32_t frame = g->frame[b->node_of[k][p->row_stack[row].ix]];
            if (frame == 0 || !(value > best[frame]) || !flame_data_row_counts(set, row))
                continue;
            best[frame] = value;
            best_row[frame] = first + row;
        }
        first += p->row_count;
    }
    free(best);
    return best_row;
}

uint16_t flame_data_rule(struct flame_data_build *b, const struct flame_data_set *set, uint32_t row)
{
    uint32_t rule = set->cls->rule[row];
    if (set != b->in->sets && rule >= classify_override_first())
        rule += OVERRIDES_MAX; /* another list of corrections than the first set's */
    if (rule >= b->rule_at_count) {
        uint32_t count = rule + 1 > b->rule_at_count * 2 ? rule + 1 : b->rule_at_count * 2;
        b->rule_at = xrealloc(b->rule_at, count, sizeof *b->rule_at);
        memset(b->rule_at + b->rule_at_count, 0xff, (count - b->rule_at_count) * sizeof *b->rule_at);
        b->rule_at_count = count;
        b->tree->rules = xrealloc(b->tree->rules, count, sizeof *b->tree->rules);
    }
    if (b->rule_at[rule] == FLAME_DATA_NO_RULE && b->tree->rule_count < FLAME_DATA_NO_RULE) {
        b->rule_at[rule] = (uint16_t)b->tree->rule_count;
        b->tree->rules[b->tree->rule_count++] = rule;
    }
    return b->rule_at[rule];
}

/* Above this part of its weight a node is waiting, not working. */
static const double STILL_SHARE = 0.9;

static void node_colour(struct flame_data_build *b, const struct growing *g, const uint32_t *frame_row, uint32_t old,
                        uint32_t node)
{
    uint32_t row = old > 0 ? frame_row[g->frame[old]] : NONE;
    double total = 0;
    for (uint32_t k = 0; k < b->in->set_count; k++)
        total += g->total[k][old];
    if (old > 0 && g->still_row[old] != NONE && g->still[old] > STILL_SHARE * total)
        row = g->still_row[old];
    b->tree->node_category[node] = FLAME_DATA_NO_CATEGORY;
    b->tree->node_rule[node] = FLAME_DATA_NO_RULE;
    if (row == NONE)
        return;
    uint32_t first = b->in->sets[0].file->profile->row_count;
    b->tree->node_category[node] = (uint8_t)category_at(b->in, row);
    b->tree->node_rule[node] =
        row < first ? flame_data_rule(b, &b->in->sets[0], row) : flame_data_rule(b, &b->in->sets[1], row - first);
}

static uint32_t float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Heaviest first. A float of weights that are never negative orders as its bits do, and a parent is never lighter than
 * its child, so the order of growth keeps it before. */
static struct flame_data_item *nodes_sort(const struct flame_data_build *b, const struct growing *g,
                                          uint32_t *ret_count)
{
    struct flame_data_item *items = xcalloc(g->count, sizeof *items);
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->count; i++) {
        double heavy = g->total[0][i];
        if (b->in->set_count > 1 && g->total[1][i] > heavy)
            heavy = g->total[1][i];
        if (i == 0 || heavy > 0)
            items[n++] = (struct flame_data_item){ UINT32_MAX - float_bits((float)heavy), i };
    }
    flame_data_sort(&items, n, 32);
    *ret_count = n;
    return items;
}

static void nodes_place(struct flame_data_build *b, const struct growing *g)
{
    struct flame_data_tree *t = b->tree;
    struct flame_data_item *items = nodes_sort(b, g, &t->node_count);
    uint32_t *frame_row = frame_rows(b, g);
    uint32_t *place = xcalloc(g->count, sizeof *place);
    t->parent = xcalloc(t->node_count, sizeof *t->parent);
    t->frame = xcalloc(t->node_count, sizeof *t->frame);
    t->node_rule = xcalloc(t->node_count, sizeof *t->node_rule);
    t->node_category = xcalloc(t->node_count, sizeof *t->node_category);
    for (uint32_t k = 0; k < b->in->set_count; k++)
        t->total[k] = xcalloc(t->node_count, sizeof *t->total[k]);
    for (uint32_t i = 0; i < t->node_count; i++) {
        uint32_t old = items[i].value;
        place[old] = i;
        t->parent[i] = place[g->parent[old]];
        t->frame[i] = g->frame[old];
        for (uint32_t k = 0; k < b->in->set_count; k++)
            t->total[k][i] = (float)g->total[k][old];
        node_colour(b, g, frame_row, old, i);
    }
    for (uint32_t k = 0; k < b->in->set_count; k++) {
        for (uint32_t s = 0; s < b->in->sets[k].file->profile->stack_count; s++)
            b->node_of[k][s] = place[b->node_of[k][s]];
    }
    free(place);
    free(frame_row);
    free(items);
}

static void growing_release(struct growing *g)
{
    free(g->parent);
    free(g->frame);
    for (uint32_t k = 0; k < FLAME_DATA_SETS; k++)
        free(g->total[k]);
    free(g->still);
    free(g->still_best);
    free(g->still_row);
}

bool flame_data_tree_make(const struct flame_data_input *in, struct flame_data_tree *ret, struct err *err)
{
    for (uint32_t k = 0; k < in->set_count; k++) {
        if (in->sets[k].column >= in->sets[k].file->profile->column_count)
            return err_set(err, ERR_VALUE, "the profile has no column %u", (unsigned)in->sets[k].column);
    }
    struct flame_data_tree tree = { 0 };
    struct flame_data_build b = { .in = in, .tree = &tree };
    struct growing g = nodes_grow(&b);
    weights_add(&b, &g);
    bool ok = tree.sum[0] > 0 || tree.sum[1] > 0;
    if (ok) {
        nodes_place(&b, &g);
        growing_release(&g);
        flame_data_rows_make(&b);
        *ret = tree;
    } else {
        growing_release(&g);
        flame_data_tree_release(&tree);
    }
    for (uint32_t k = 0; k < FLAME_DATA_SETS; k++) {
        free(b.node_of[k]);
        free(b.thread_of[k]);
    }
    free(b.row_of);
    free(b.rule_at);
    return ok || err_set(err, ERR_EMPTY, "nothing in the profile has weight");
}

void flame_data_tree_release(struct flame_data_tree *t)
{
    void *all[] = { t->func,          t->file,         t->module,     t->line,     t->kind,
                    t->parent,        t->frame,        t->total[0],   t->total[1], t->node_rule,
                    t->node_category, t->row_node,     t->row_thread, t->value[0], t->value[1],
                    t->row_rule,      t->row_category, t->order,      t->threads,  t->rules };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    intern_release(&t->strings);
    *t = (struct flame_data_tree){ 0 };
}
