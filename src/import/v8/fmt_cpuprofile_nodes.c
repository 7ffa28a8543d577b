/* Nodes of a V8 CPU profile: by id, in any order, linked to stacks without recursion. */
#include "import/v8/fmt_cpuprofile.h"

#include <stdlib.h>

#include "base/vec.h"

void v8_nodes_release(struct v8_nodes *n)
{
    free(n->items);
    free(n->links.items);
    free(n->slot);
    *n = (struct v8_nodes){ 0 };
}

static uint32_t id_hash(uint32_t id)
{
    uint32_t h = id * 0x9e3779b1u;
    return h ^ h >> 15;
}

bool v8_nodes_counted(const struct v8_nodes *n)
{
    return !n->scattered;
}

int32_t v8_nodes_find(const struct v8_nodes *n, uint32_t id)
{
    if (v8_nodes_counted(n))
        return id >= 1 && id <= n->named ? (int32_t)(id - 1) : V8_NO_NODE;
    if (n->slots == 0)
        return V8_NO_NODE;
    for (uint32_t at = id_hash(id) & (n->slots - 1); n->slot[at] != 0; at = (at + 1) & (n->slots - 1)) {
        if (n->items[n->slot[at] - 1].id == id)
            return (int32_t)(n->slot[at] - 1);
    }
    return V8_NO_NODE;
}

static void slots_put(struct v8_nodes *n, uint32_t ix)
{
    uint32_t at = id_hash(n->items[ix].id) & (n->slots - 1);
    while (n->slot[at] != 0)
        at = (at + 1) & (n->slots - 1);
    n->slot[at] = ix + 1;
}

/* Appends a node that has no id yet. */
static bool node_push(struct v8_profile *v, const struct v8_node *node)
{
    struct v8_nodes *n = &v->nodes;
    if (n->count >= v->opt->limits.stacks || n->count >= INT32_MAX / 2)
        return jscan_fail(v->js, ERR_LIMIT, "more than %llu nodes (limit stacks)", (unsigned long long)v->opt->limits.stacks);
    VEC_PUSH(n, *node);
    return true;
}

/* Slots for one more name than there are. */
static void slots_reserve(struct v8_nodes *n)
{
    if ((n->named + 1) * 2 <= n->slots)
        return;
    n->slots = n->slots ? n->slots : 256;
    while ((n->named + 1) * 2 > n->slots)
        n->slots *= 2;
    free(n->slot);
    n->slot = xcalloc(n->slots, sizeof *n->slot);
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->items[i].named)
            slots_put(n, i);
    }
}

/* Makes node ix findable by its id. */
static bool node_name(struct v8_profile *v, uint32_t ix, uint32_t id)
{
    struct v8_nodes *n = &v->nodes;
    bool counted = !n->scattered && n->named == ix && id == ix + 1;
    if (!counted) {
        n->scattered = true;
        slots_reserve(n);
        if (v8_nodes_find(n, id) != V8_NO_NODE)
            return jscan_fail(v->js, ERR_MALFORMED, "node %u stands twice", id);
    }
    n->items[ix].id = id;
    n->items[ix].named = true;
    n->named++;
    if (!counted)
        slots_put(n, ix);
    return true;
}

/* An id or count: a whole number that fits. */
static bool read_u32(struct v8_profile *v, const char *what, uint32_t *ret)
{
    struct jscan_number n = jscan_num(v->js);
    if (!jscan_ok(v->js))
        return false;
    if (!n.is_int || n.i < 0 || n.i > UINT32_MAX)
        return jscan_fail(v->js, ERR_MALFORMED, "%s must be a whole number from 0", what);
    *ret = (uint32_t)n.i;
    return true;
}

/* What a node says of itself; both forms share it. */
struct raw {
    struct v8_node node;
    double line; /* from 0 */
    bool has_id, has_name, native;
};

static void keep(struct sb *to, struct span s)
{
    sb_reset(to);
    sb_add(to, s);
}

/* True when the member was one of a call frame. */
static bool frame_member(struct v8_profile *v, struct span key, struct raw *r)
{
    if (span_is(key, "functionName")) {
        keep(&v->func, jscan_str(v->js));
        r->has_name = true;
    } else if (span_is(key, "url")) {
        keep(&v->url, jscan_str(v->js));
    } else if (span_is(key, "lineNumber")) {
        r->line = jscan_double(v->js);
    } else if (span_is(key, "scriptId")) {
        /* A text now, a number in the old form; 0 is no script. */
        if (jscan_peek(v->js) == JSCAN_STR)
            r->native = span_is(jscan_str(v->js), "0");
        else
            r->native = jscan_double(v->js) == 0;
    } else {
        return false;
    }
    return true;
}

/* Lines are counted from 0 in both forms; -1 is none. */
static bool raw_frame(struct v8_profile *v, struct raw *r)
{
    double line = r->line + 1;
    uint32_t line_no = line >= 1 && line < (double)UINT32_MAX ? (uint32_t)line : 0;
    struct span func = sb_span(&v->func);
    /* The old form gives every function script 0: only a place below 0 says "no script at all". */
    struct frame_desc d = json_in_node_frame(func, sb_span(&v->url), line_no, r->native && r->line < 0);
    r->node.root = span_is(func, "(root)");
    r->node.idle = d.kind == FRAME_META && span_is(func, "(idle)");
    r->node.program = d.kind == FRAME_META && span_is(func, "(program)");
    return builder_frame(v->b, &d, &r->node.frame, v->err) || jscan_stop(v->js);
}

static void raw_reset(struct v8_profile *v, struct raw *r)
{
    /* Inside a trace a frame without a place is one without a script. */
    *r = (struct raw){ .node = { .parent = V8_NO_NODE, .parent_id = -1 },
                       .line = v->chunked ? -1 : NUM_UNKNOWN,
                       .native = true };
    sb_reset(&v->func);
    sb_reset(&v->url);
}

static bool link_add(struct v8_profile *v, uint32_t parent, uint32_t child_id)
{
    struct v8_link link = { parent, child_id };
    if (v->nodes.links.count >= v->opt->limits.stacks)
        return jscan_fail(v->js, ERR_LIMIT, "more than %llu nodes (limit stacks)", (unsigned long long)v->opt->limits.stacks);
    VEC_PUSH(&v->nodes.links, link);
    return true;
}

static void read_children(struct v8_profile *v)
{
    uint32_t id;
    if (jscan_peek(v->js) == JSCAN_NULL) {
        jscan_skip(v->js);
        return;
    }
    jscan_arr(v->js);
    while (jscan_item(v->js)) {
        if (read_u32(v, "a child's id", &id))
            (void)link_add(v, v->nodes.count, id);
    }
}

bool v8_read_nodes(struct v8_profile *v)
{
    struct jscan *js = v->js;
    struct raw r;
    struct span key;
    jscan_arr(js);
    while (jscan_item(js)) {
        raw_reset(v, &r);
        jscan_obj(js);
        while (jscan_member(js, &key)) {
            if (span_is(key, "id")) {
                r.has_id = read_u32(v, "a node's id", &r.node.id);
            } else if (span_is(key, "callFrame")) {
                jscan_obj(js);
                while (jscan_member(js, &key)) {
                    if (!frame_member(v, key, &r))
                        jscan_skip(js);
                }
            } else if (span_is(key, "hitCount")) {
                (void)read_u32(v, "hitCount", &r.node.hits);
            } else if (span_is(key, "children")) {
                read_children(v);
            } else if (span_is(key, "parent")) {
                uint32_t parent;
                if (read_u32(v, "a parent's id", &parent))
                    r.node.parent_id = parent;
            } else {
                jscan_skip(js);
            }
        }
        if (jscan_ok(js) && !r.has_id)
            (void)jscan_fail(js, ERR_MALFORMED, "a node without an id");
        if (jscan_ok(js) && raw_frame(v, &r) && node_push(v, &r.node))
            (void)node_name(v, v->nodes.count - 1, r.node.id);
    }
    return jscan_ok(js);
}

bool v8_nodes_append(struct v8_profile *v, const struct v8_nodes *from)
{
    uint32_t base = v->nodes.count;
    for (uint32_t i = 0; i < from->count; i++) {
        struct v8_node node = from->items[i];
        node.named = false;
        if (node.parent != V8_NO_NODE)
            node.parent += (int32_t)base;
        if (!node_push(v, &node) || !node_name(v, base + i, node.id))
            return false;
    }
    for (uint32_t i = 0; i < from->links.count; i++) {
        if (!link_add(v, base + from->links.items[i].parent, from->links.items[i].child_id))
            return false;
    }
    return true;
}

/* --- old form: a tree of nodes inside each other --- */

struct level {
    struct raw raw;
    uint32_t node;
    bool framed;
};

struct levels {
    struct level *items;
    uint32_t count, cap;
    uint32_t next_id; /* for trees whose nodes carry none */
};

static bool level_open(struct v8_profile *v, struct levels *s)
{
    struct level l = { .node = v->nodes.count };
    raw_reset(v, &l.raw);
    l.raw.node.parent = s->count > 0 ? (int32_t)s->items[s->count - 1].node : V8_NO_NODE;
    VEC_PUSH(s, l);
    return jscan_obj(v->js) && node_push(v, &l.raw.node);
}

/* The names are shared by all levels, so a frame is made before the children's names come. */
static bool level_frame(struct v8_profile *v, struct level *l)
{
    if (l->framed)
        return true;
    l->framed = true;
    if (!raw_frame(v, &l->raw))
        return false;
    struct v8_node *node = &v->nodes.items[l->node];
    node->frame = l->raw.node.frame;
    node->root = l->raw.node.root;
    node->idle = l->raw.node.idle;
    node->program = l->raw.node.program;
    return true;
}

static bool level_close(struct v8_profile *v, struct levels *s)
{
    struct level *l = &s->items[s->count - 1];
    if (!level_frame(v, l))
        return false;
    v->nodes.items[l->node].hits = l->raw.node.hits;
    uint32_t id = l->raw.has_id ? l->raw.node.id : s->next_id;
    s->next_id = id + 1;
    s->count--;
    return node_name(v, l->node, id);
}

/* Members of the innermost open node until it ends or its children begin. True when children begin. */
static bool level_members(struct v8_profile *v, struct level *l)
{
    struct jscan *js = v->js;
    struct span key;
    while (jscan_member(js, &key)) {
        if (span_is(key, "id"))
            l->raw.has_id = read_u32(v, "a node's id", &l->raw.node.id);
        else if (span_is(key, "hitCount"))
            (void)read_u32(v, "hitCount", &l->raw.node.hits);
        else if (span_is(key, "children") && jscan_peek(js) == JSCAN_ARR)
            return jscan_arr(js);
        else if (!frame_member(v, key, &l->raw))
            jscan_skip(js);
    }
    return false;
}

bool v8_read_head(struct v8_profile *v)
{
    struct levels s = { .next_id = 1 };
    bool ok = level_open(v, &s);
    while (ok && s.count > 0) {
        struct level *l = &s.items[s.count - 1];
        bool children = level_members(v, l);
        ok = jscan_ok(v->js);
        if (ok && children && l->raw.has_name)
            ok = level_frame(v, l);
        else if (ok && !children)
            ok = level_close(v, &s);
        /* The innermost open container is an array of children now: its next item, or the node around it goes on. */
        if (ok && s.count > 0 && jscan_item(v->js))
            ok = level_open(v, &s);
        ok = ok && jscan_ok(v->js);
    }
    free(s.items);
    return ok;
}

/* --- links --- */

static bool parent_set(struct v8_profile *v, int32_t child, int32_t parent)
{
    struct v8_node *c = &v->nodes.items[child];
    if (child == parent || (c->parent != V8_NO_NODE && c->parent != parent))
        return err_set(v->err, ERR_MALFORMED, "node %u is the child of two nodes", c->id);
    c->parent = parent;
    return true;
}

static bool parents_resolve(struct v8_profile *v)
{
    struct v8_nodes *n = &v->nodes;
    for (uint32_t i = 0; i < n->links.count; i++) {
        int32_t child = v8_nodes_find(n, n->links.items[i].child_id);
        if (child == V8_NO_NODE)
            return err_set(v->err, ERR_MALFORMED, "node %u names child %u, which does not exist",
                           n->items[n->links.items[i].parent].id, n->links.items[i].child_id);
        if (!parent_set(v, child, (int32_t)n->links.items[i].parent))
            return false;
    }
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->items[i].parent_id < 0)
            continue;
        int32_t parent = v8_nodes_find(n, (uint32_t)n->items[i].parent_id);
        if (parent == V8_NO_NODE)
            return err_set(v->err, ERR_MALFORMED, "node %u names parent %lld, which does not exist", n->items[i].id,
                           (long long)n->items[i].parent_id);
        if (!parent_set(v, (int32_t)i, parent))
            return false;
    }
    return true;
}

/* Stacks of the nodes on path[count-1] .. path[0], outermost first. */
static bool path_stacks(struct v8_profile *v, const uint32_t *path, uint32_t count)
{
    struct v8_node *items = v->nodes.items;
    for (uint32_t i = count; i-- > 0;) {
        struct v8_node *node = &items[path[i]];
        stack_id above = node->parent == V8_NO_NODE ? (stack_id){ 0 } : items[node->parent].stack;
        node->stack = above;
        if (!(node->root && node->parent == V8_NO_NODE) &&
            !builder_stack_child(v->b, above, node->frame, &node->stack, v->err))
            return false;
        node->linked = true;
    }
    return true;
}

bool v8_nodes_link(struct v8_profile *v)
{
    struct v8_nodes *n = &v->nodes;
    v->linked = true;
    if (!parents_resolve(v))
        return false;
    struct {
        uint32_t *items;
        uint32_t count, cap;
    } path = { 0 };
    bool ok = true;
    for (uint32_t i = 0; i < n->count && ok; i++) {
        path.count = 0;
        for (int32_t at = (int32_t)i; at != V8_NO_NODE && !n->items[at].linked && ok; at = n->items[at].parent) {
            if (path.count >= n->count)
                ok = err_set(v->err, ERR_MALFORMED, "node %u is its own ancestor", n->items[i].id);
            VEC_PUSH(&path, (uint32_t)at);
        }
        ok = ok && path_stacks(v, path.items, path.count);
    }
    free(path.items);
    v->sums = xcalloc(n->count, sizeof *v->sums);
    return ok;
}

bool v8_node_row(struct v8_profile *v, uint32_t node, uint32_t *ret_row)
{
    struct v8_sum *sum = &v->sums[node];
    if (sum->row == 0) {
        uint32_t row;
        struct sample_desc d = { v->nodes.items[node].stack, v->thread, STATE_UNKNOWN, 0 };
        if (!builder_row(v->b, &d, &row, v->err))
            return false;
        sum->row = row + 1;
    }
    *ret_row = sum->row - 1;
    return true;
}
