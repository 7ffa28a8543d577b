#include "profile/folded.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "profile/folded_tree.h"

/* Digits of a whole number, behind what is in out. */
static void add_whole(struct sb *out, uint64_t v)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    sb_add(out, span_make(digits + at, sizeof digits - at));
}

void folded_number(struct sb *out, double value)
{
    if (value >= 0 && value < 1e15 && value == floor(value)) {
        add_whole(out, (uint64_t)value);
        return;
    }
    for (int digits = 6; digits <= 17; digits++) {
        char buf[40];
        (void)snprintf(buf, sizeof buf, "%.*g", digits, value);
        double back;
        if (digits == 17 || (span_to_double(span_of(buf), &back) && back == value)) {
            sb_adds(out, buf);
            return;
        }
    }
}

static void add_name(struct sb *out, struct span name, bool root)
{
    size_t at = out->len;
    sb_add(out, name);
    for (; at < out->len; at++) {
        char c = out->ptr[at];
        out->ptr[at] = c == ';' ? ':' : c == '\n' || c == '\r' || (root && c == ' ') ? '_' : c;
    }
}

static void add_frame(const struct profile *p, const struct folded_options *opt, const struct profile_frame *f,
                      struct sb *out)
{
    add_name(out, profile_str(p, f->func), false);
    struct span file = profile_str(p, f->file);
    if (opt->places && file.len > 0) {
        sb_adds(out, " (");
        add_name(out, file, false);
        if (f->line > 0)
            sb_printf(out, ":%u", (unsigned)f->line);
        sb_addc(out, ')');
    }
    if (opt->kernel && f->kind == FRAME_KERNEL)
        sb_adds(out, "_[k]");
    else if (opt->jit && (f->flags & FRAME_JIT))
        sb_adds(out, "_[j]");
}

/* The rows of a profile on their way into the tree. */
struct fold {
    const struct profile *p;
    const struct folded_options *opt;
    struct folded_tree tree;
    uint32_t *frame_name; /* [frame] name + 1, 0 = not met yet */
    struct {
        uint32_t root, node;
    } * at;                /* [stack] its node below the root it was last seen under; node 0 = none */
    stack_id *chain;       /* as long as the deepest stack */
    uint32_t thread, root; /* of the last row */
    struct sb text;
};

static uint32_t frame_name(struct fold *f, frame_id frame)
{
    uint32_t *known = &f->frame_name[frame.ix];
    if (*known == 0) {
        sb_reset(&f->text);
        add_frame(f->p, f->opt, &f->p->frames[frame.ix], &f->text);
        *known = intern_add(&f->tree.names, sb_span(&f->text)) + 1;
    }
    return *known - 1;
}

/* The node of a row's thread; the tree's root where none is named. */
static uint32_t root_node(struct fold *f, uint32_t thread)
{
    if (f->thread != thread) {
        struct span name = f->opt->threads ? profile_str(f->p, f->p->threads[thread].name) : SPAN("");
        sb_reset(&f->text);
        add_name(&f->text, name, true);
        f->thread = thread;
        f->root = name.len > 0 ? folded_tree_child(&f->tree, 0, intern_add(&f->tree.names, sb_span(&f->text))) : 0;
    }
    return f->root;
}

static void add_row(struct fold *f, uint32_t row, double value)
{
    const struct profile *p = f->p;
    uint32_t root = root_node(f, p->row_thread[row].ix);
    uint32_t node = root;
    size_t n = 0;
    for (stack_id s = p->row_stack[row]; s.ix != 0; s = p->stacks[s.ix].parent) {
        if (f->at[s.ix].node != 0 && f->at[s.ix].root == root) {
            node = f->at[s.ix].node;
            break;
        }
        f->chain[n++] = s;
    }
    while (n > 0) {
        stack_id s = f->chain[--n];
        uint32_t name = frame_name(f, p->stacks[s.ix].frame);
        bool repeated = f->opt->no_repeats && node != root && f->tree.nodes[node].name == name;
        node = repeated ? node : folded_tree_child(&f->tree, node, name);
        f->at[s.ix].root = root;
        f->at[s.ix].node = node;
    }
    if (node == 0)
        node = folded_tree_child(&f->tree, 0, intern_add(&f->tree.names, SPAN("[no stack]")));
    f->tree.nodes[node].value += value;
    f->tree.nodes[node].written = true;
}

/* The nodes that are open while lines are written. */
struct open_node {
    uint32_t next, end; /* entries left */
    size_t prefix;      /* length of the line up to this node's names and ';' */
};

/* Lines in order, by an own stack. `open` holds a place for each level. */
static bool write_lines(const struct folded_tree *t, const struct folded_entry *entries, const uint32_t *first,
                        struct open_node *open, folded_write_fn write, void *user, struct err *err)
{
    enum { FLUSH = 1 << 18 };
    CLEANUP(sb_release) struct sb out = { 0 };
    CLEANUP(sb_release) struct sb line = { 0 };
    uint32_t depth = 0;
    open[0] = (struct open_node){ first[0], first[1], 0 };
    for (;;) {
        struct open_node *top = &open[depth];
        if (top->next == top->end) {
            if (depth-- == 0)
                break;
            continue;
        }
        struct folded_entry e = entries[top->next++];
        const struct folded_node *node = &t->nodes[e.node];
        line.len = top->prefix;
        sb_add(&line, intern_get(&t->names, node->name));
        if (e.below) {
            sb_addc(&line, ';');
            open[++depth] = (struct open_node){ first[e.node], first[e.node + 1], line.len };
            continue;
        }
        sb_add(&out, sb_span(&line));
        sb_addc(&out, ' ');
        folded_number(&out, node->value);
        sb_addc(&out, '\n');
        if (out.len < FLUSH)
            continue;
        if (!write(user, sb_span(&out), err))
            return false;
        sb_reset(&out);
    }
    return out.len == 0 || write(user, sb_span(&out), err);
}

static bool write_tree(const struct folded_tree *t, uint32_t deepest, folded_write_fn write, void *user,
                       struct err *err)
{
    CLEANUP(freep) uint32_t *first = NULL;
    CLEANUP(freep) struct folded_entry *entries = folded_tree_order(t, &first);
    /* The root, a thread's name, the frames. */
    CLEANUP(freep) struct open_node *open = xcalloc((size_t)deepest + 3, sizeof *open);
    return write_lines(t, entries, first, open, write, user, err);
}

bool folded_write(const struct profile *p, const struct folded_options *opt, folded_write_fn write, void *user,
                  struct err *err)
{
    uint32_t column = opt->column != UINT32_MAX ? opt->column : profile_column_default(p);
    if (column == UINT32_MAX)
        column = 0;
    if (column >= p->column_count)
        return err_set(err, ERR_EMPTY, "the profile holds no value to write");
    const struct profile_column *col = &p->columns[column];
    double scale = col->unit != UNIT_SECONDS ? 1 : col->clock == CLOCK_WALL || col->clock == CLOCK_OFF ? 1e6 : 1e9;
    uint32_t deepest = 0;
    for (uint32_t s = 0; s < p->stack_count; s++)
        deepest = p->stacks[s].depth > deepest ? p->stacks[s].depth : deepest;
    struct fold f = { .p = p, .opt = opt, .thread = UINT32_MAX };
    folded_tree_init(&f.tree);
    f.frame_name = xcalloc((size_t)p->frame_count + 1, sizeof *f.frame_name);
    f.at = xcalloc(p->stack_count, sizeof *f.at);
    f.chain = xcalloc((size_t)deepest + 1, sizeof *f.chain);
    for (uint32_t r = 0; r < p->row_count; r++) {
        double value = p->row_value[column][r] * scale;
        if (value > 0)
            add_row(&f, r, scale > 1 ? round(value) : value);
    }
    free(f.frame_name);
    free(f.at);
    free(f.chain);
    bool ok = write_tree(&f.tree, deepest, write, user, err);
    folded_tree_release(&f.tree);
    sb_release(&f.text);
    return ok;
}
