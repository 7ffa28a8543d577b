/* fmt_svg.c - flame-graph SVG (FlameGraph, inferno, py-spy, rbspy, flamegraph-rs): the tree rebuilt from rectangles.
 *
 * A box's parent is the box one row nearer the root that holds most of it; its own value is its count less its
 * children's. Boxes too narrow to be drawn are missing, so the self value of inner boxes is an upper bound: the share
 * that may be theirs is stated (dropped_share). Geometry: inferno's fg:x and fg:w are exact; pixels are rounded, so
 * overlap decides and not containment. */
#include "import/importer.h"

#include <math.h>
#include <stdlib.h>

#include "import/cmdline.h"
#include "import/frametext.h"
#include "import/rootframe.h"
#include "import/stacks/svg_boxes.h"
#include "profile/builder.h"

struct node {
    uint32_t box;
    uint32_t parent; /* index in nodes; UINT32_MAX = none */
    uint32_t row;    /* distance from the root's row */
    double children; /* sum of their counts */
    stack_id stack;
    bool identity; /* the root, a thread or a process: no frame */
    thread_id thread;
};

struct tree {
    const struct svg_boxes *boxes;
    struct node *nodes; /* by row, then x */
    uint32_t count;
    double root_count;
};

static const struct svg_box *box_of(const struct tree *t, uint32_t node)
{
    return &t->boxes->items[t->nodes[node].box];
}

struct key {
    uint32_t row, box;
    double x;
};

static int by_row_and_x(const void *a, const void *b)
{
    const struct key *p = a;
    const struct key *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    if (p->x < q->x || p->x > q->x)
        return p->x < q->x ? -1 : 1;
    return p->box < q->box ? -1 : p->box > q->box;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The widest box is the root; named "all" where the writer draws one. */
static uint32_t find_root(const struct svg_boxes *b)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < b->count; i++) {
        const struct svg_box *x = &b->items[i];
        const struct svg_box *y = &b->items[best];
        bool all = span_is(svg_box_name(b, x), "all");
        bool best_all = span_is(svg_box_name(b, y), "all");
        if ((all && !best_all) || (all == best_all && x->count > y->count))
            best = i;
    }
    return best;
}

/* Height of a row: the smallest step between two values of y. */
static double row_pitch(const struct svg_boxes *b)
{
    double *y = xcalloc(b->count, sizeof *y);
    for (uint64_t i = 0; i < b->count; i++)
        y[i] = b->items[i].y;
    qsort(y, b->count, sizeof *y, by_value);
    double pitch = NUM_UNKNOWN;
    for (uint64_t i = 1; i < b->count; i++) {
        double step = y[i] - y[i - 1];
        if (step > 0.5 && !(step >= pitch))
            pitch = step;
    }
    free(y);
    return num_known(pitch) ? pitch : 16;
}

static bool rows_assign(const struct svg_boxes *b, struct key *keys, const struct limits *lim, struct err *err)
{
    uint32_t root = find_root(b);
    double pitch = row_pitch(b);
    /* Rows grow away from the root: upwards as flames, downwards as icicles. The root's row is the first or the last. */
    for (uint64_t i = 0; i < b->count; i++) {
        double row = fabs(b->items[i].y - b->items[root].y) / pitch;
        if (!(row <= (double)lim->stack_depth))
            return err_set(err, ERR_LIMIT, "stack deeper than %llu frames (limit stack_depth)",
                           (unsigned long long)lim->stack_depth);
        keys[i] = (struct key){ (uint32_t)lround(row), (uint32_t)i, b->items[i].x };
    }
    qsort(keys, b->count, sizeof *keys, by_row_and_x);
    return true;
}

static double overlap(const struct svg_box *a, const struct svg_box *b)
{
    double from = fmax(a->x, b->x);
    double to = fmin(a->x + a->width, b->x + b->width);
    return to - from;
}

/* Both rows are sorted by x: the candidates of one box stand side by side. */
static uint32_t find_parent(const struct tree *t, uint32_t from, uint32_t to, const struct svg_box *child,
                            uint32_t *cursor)
{
    while (*cursor + 1 < to && box_of(t, *cursor)->x + box_of(t, *cursor)->width < child->x)
        (*cursor)++;
    uint32_t best = UINT32_MAX;
    double most = 0;
    for (uint32_t i = *cursor > from ? *cursor - 1 : from; i < to && box_of(t, i)->x <= child->x + child->width; i++) {
        double o = overlap(box_of(t, i), child);
        bool room = t->nodes[i].children + child->count <= box_of(t, i)->count * (1 + 1e-9) + 1e-9;
        if (o >= 0 && (best == UINT32_MAX || o > most * (1 + 1e-9)) && (room || best == UINT32_MAX)) {
            best = i;
            most = o;
        }
    }
    return best;
}

static void link_parents(struct tree *t)
{
    uint32_t prev_from = 0;
    uint32_t prev_to = 0;
    for (uint32_t from = 0; from < t->count;) {
        uint32_t to = from;
        uint32_t row = t->nodes[from].row;
        while (to < t->count && t->nodes[to].row == row)
            to++;
        uint32_t cursor = prev_from;
        bool above = prev_to > prev_from && t->nodes[prev_from].row + 1 == row;
        for (uint32_t i = from; i < to; i++) {
            uint32_t parent = above ? find_parent(t, prev_from, prev_to, box_of(t, i), &cursor) : UINT32_MAX;
            t->nodes[i].parent = parent;
            if (parent != UINT32_MAX)
                t->nodes[parent].children += box_of(t, i)->count;
        }
        prev_from = from;
        prev_to = to;
        from = to;
    }
}

static bool tree_make(const struct svg_boxes *b, const struct limits *lim, struct tree *ret, struct err *err)
{
    if (b->count > UINT32_MAX / 2)
        return err_set(err, ERR_LIMIT, "too many boxes");
    struct key *keys = xcalloc(b->count, sizeof *keys);
    if (!rows_assign(b, keys, lim, err)) {
        free(keys);
        return false;
    }
    *ret = (struct tree){ .boxes = b, .count = (uint32_t)b->count };
    ret->nodes = xcalloc(b->count, sizeof *ret->nodes);
    for (uint32_t i = 0; i < ret->count; i++)
        ret->nodes[i] = (struct node){ .box = keys[i].box, .row = keys[i].row, .parent = UINT32_MAX };
    free(keys);
    link_parents(ret);
    return true;
}

/* --- into a profile --- */

struct fill {
    struct builder *b;
    uint32_t column;
    thread_id nobody;
    double leaves;   /* value of boxes without children */
    double smallest; /* count of the narrowest box */
    double negative; /* by how much children exceed their parents */
    const struct tree *t;
    double unit_s;
};

static bool node_stack(struct fill *f, struct node *n, struct span name, struct err *err)
{
    const struct node *up = n->parent != UINT32_MAX ? &f->t->nodes[n->parent] : NULL;
    n->stack = up ? up->stack : (stack_id){ 0 };
    n->thread = up ? up->thread : f->nobody;
    if (n->row == 0 && span_is(name, "all")) {
        n->identity = true;
        return true;
    }
    bool near_root = !up || up->identity;
    struct rootframe root = near_root ? rootframe_read(name) : (struct rootframe){ .form = ROOT_NONE };
    if (root.form == ROOT_THREAD || root.form == ROOT_PROCESS || root.form == ROOT_COMM_PIDTID ||
        root.form == ROOT_COMM_PID) {
        process_id process =
            builder_process(f->b, root.pid, root.form == ROOT_THREAD ? SPAN("") : root.name, root.command);
        n->identity = true;
        return builder_thread(f->b, process, root.tid, root.name, &n->thread, err);
    }
    struct frametext text;
    frametext_read(name, &text);
    n->identity = false;
    if (text.separator)
        return true;
    frame_id frame;
    return builder_frame(f->b, &text.d, &frame, err) && builder_stack_child(f->b, n->stack, frame, &n->stack, err);
}

static bool node_add(struct fill *f, struct node *n, struct err *err)
{
    const struct svg_box *box = &f->t->boxes->items[n->box];
    if (!node_stack(f, n, svg_box_name(f->t->boxes, box), err))
        return false;
    double self = box->count - n->children;
    f->smallest = box->count > 0 ? fmin(f->smallest, box->count) : f->smallest;
    if (self < 0) {
        f->negative -= self;
        self = 0;
    }
    if (n->children <= 0)
        f->leaves += box->count;
    if (self <= 0 || n->stack.ix == 0)
        return true;
    uint32_t row;
    if (!builder_row(f->b, &(struct sample_desc){ n->stack, n->thread, STATE_UNKNOWN, 0 }, &row, err) ||
        !builder_value(f->b, row, f->column, self * f->unit_s, err))
        return false;
    if (f->unit_s == 1 && self == floor(self) && self < 9e15)
        builder_samples(f->b, row, (uint64_t)self);
    return true;
}

struct unit_row {
    const char *word;
    enum unit_kind unit;
    double seconds; /* of one */
};

static const struct unit_row units[] = {
    { "samples", UNIT_SAMPLES, 1 },         { "sample", UNIT_SAMPLES, 1 },
    { "ms", UNIT_SECONDS, 1e-3 },           { "us", UNIT_SECONDS, 1e-6 },
    { "ns", UNIT_SECONDS, 1e-9 },           { "s", UNIT_SECONDS, 1 },
    { "microseconds", UNIT_SECONDS, 1e-6 }, { "milliseconds", UNIT_SECONDS, 1e-3 },
    { "nanoseconds", UNIT_SECONDS, 1e-9 },  { "\xce\xbcs", UNIT_SECONDS, 1e-6 },
    { "\xc2\xb5s", UNIT_SECONDS, 1e-6 },    { "seconds", UNIT_SECONDS, 1 },
    { "cycles", UNIT_CYCLES, 1 },
};

static bool unit_find(const char *word, struct unit_row *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (span_is(span_of(word), units[i].word)) {
            *ret = units[i];
            return true;
        }
    }
    return false;
}

/* What the title says: a recorder's command line, or that the picture shows blocked time. */
static enum clock_kind title_read(const struct svg_boxes *b, struct artefact *out)
{
    struct recorder_options opt;
    struct span title = span_trim(span_of(b->title));
    bool off = span_find(title, 0, SPAN("Off-CPU")) < title.len || span_find(title, 0, SPAN("off-CPU")) < title.len ||
               span_find(title, 0, SPAN("offcpu")) < title.len || span_find(title, 0, SPAN("Off-Wake")) < title.len;
    out->tool = artefact_text(out, b->inferno ? SPAN("inferno") : b->flamegraph_pl ? SPAN("flamegraph.pl") : SPAN(""));
    if (!cmdline_recorder(title, &opt) || !span_is(opt.tool, "py-spy")) {
        out->foreign_picture = true;
        return off ? CLOCK_OFF : CLOCK_UNKNOWN;
    }
    out->tool = artefact_text(out, opt.tool);
    out->recorder = artefact_text(out, title);
    out->command = artefact_text(out, opt.program);
    out->pid = opt.pid;
    out->rate_hz = num_known(opt.rate_hz) ? opt.rate_hz : 100;
    out->native_visible = opt.native ? TRI_YES : TRI_NO;
    out->overlapping = opt.pid >= 0;
    out->foreign_picture = opt.pid < 0 && opt.program.len == 0;
    if (num_known(opt.duration_s) && opt.duration_s > 0) {
        out->duration_s = opt.duration_s;
        out->duration_source = WALL_RECORDER;
    }
    if (opt.gil)
        artefact_problem(out, "gil_only", "record again without --gil",
                         "recorded with --gil: only the thread that holds the interpreter lock was sampled");
    if (opt.idle)
        out->all_states = true;
    return opt.idle ? CLOCK_WALL : CLOCK_CPU;
}

static bool refuse(const struct svg_boxes *b, struct err *err)
{
    if (b->differential)
        return err_set(err, ERR_UNSUPPORTED,
                       "a differential flame graph shows a change, not a run: send the two profiles behind it");
    if (b->mixed_units)
        return err_set(err, ERR_UNSUPPORTED, "the picture mixes units: send the profiles behind it one by one");
    return true;
}

static bool fill_profile(struct fill *f, struct tree *t, struct artefact *out, struct err *err)
{
    process_id process = builder_process(f->b, out->pid, SPAN(""), out->command);
    if (!builder_thread(f->b, process, -1, SPAN(""), &f->nobody, err))
        return false;
    for (uint32_t i = 0; i < t->count; i++) {
        if (!node_add(f, &t->nodes[i], err))
            return false;
        if (t->nodes[i].row == 0)
            t->root_count += box_of(t, i)->count;
    }
    return builder_finish(f->b, &out->profile, err);
}

static void state_losses(const struct fill *f, const struct tree *t, struct artefact *out)
{
    if (t->root_count > 0) {
        /* Where a single sample is drawn, nothing is too narrow. */
        double inner = f->smallest <= 1 && f->unit_s == 1 ? 0 : 1 - f->leaves / t->root_count;
        out->dropped_share = inner > 0 ? inner : 0;
        if (out->dropped_share > 0.05)
            artefact_problem(out, "narrow_frames_missing", "send the folded or speedscope output of the same recorder",
                             "boxes too narrow to be drawn are missing; at most %.0f %% of the picture is theirs",
                             out->dropped_share * 100);
        if (f->negative > 0.02 * t->root_count)
            artefact_problem(out, "children_exceed_parents", NULL,
                             "children exceed their parents by %.1f %% of the picture: it may be merged or edited",
                             100 * f->negative / t->root_count);
    }
    if (t->boxes->skipped > 0)
        artefact_problem(out, "boxes_without_title", NULL, "%llu boxes without a readable title were left out",
                         (unsigned long long)t->boxes->skipped);
}

static bool svg_to_artefact(const struct svg_boxes *b, const struct import_options *opt, struct artefact *out,
                            struct err *err)
{
    struct unit_row unit = { "", UNIT_COUNT_OTHER, 1 };
    struct tree t = { 0 };
    bool is_time = unit_find(b->unit, &unit);
    if (!refuse(b, err))
        return false;
    if (!is_time)
        return err_set(err, ERR_UNSUPPORTED, "the boxes count %.40s, not time: send a CPU or wall profile", b->unit);
    enum clock_kind clock = title_read(b, out);
    if (!tree_make(b, &opt->limits, &t, err))
        return false;
    struct fill f = { .b = builder_new(&opt->limits),
                      .t = &t,
                      .smallest = (double)INFINITY,
                      .unit_s = unit.unit == UNIT_SECONDS ? unit.seconds : 1 };
    struct column_desc column = { .event = unit.unit == UNIT_SAMPLES ? SPAN("samples") : SPAN("time"),
                                  .unit = unit.unit,
                                  .clock = clock,
                                  .period = num_known(out->rate_hz) ? 1 / out->rate_hz : NUM_UNKNOWN,
                                  .rate_hz = out->rate_hz,
                                  .is_time = true };
    f.column = builder_column(f.b, &column);
    bool ok = fill_profile(&f, &t, out, err);
    if (ok) {
        state_losses(&f, &t, out);
        import_settle(out, opt, clock);
    }
    builder_free(f.b);
    free(t.nodes);
    return ok;
}

static bool svg_parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct svg_boxes boxes;
    if (!svg_boxes_read(in, &opt->limits, &boxes, err))
        return false;
    bool ok = svg_to_artefact(&boxes, opt, out, err);
    svg_boxes_release(&boxes);
    return ok;
}

static enum sniff svg_sniff(struct span head, struct span file_name)
{
    (void)file_name;
    struct span text = span_trim(span_sub(head, 0, 4096));
    if (!span_starts(text, SPAN("<")))
        return SNIFF_NO;
    return span_find(text, 0, SPAN("<svg")) < text.len ? SNIFF_YES : SNIFF_NO;
}

const struct importer import_svg = {
    .name = "svg",
    .title = "flame graph picture (FlameGraph, inferno, py-spy)",
    .proves = "where the recorded time went, frame by frame",
    .cannot = "the wall length and, unless recorded with --idle, any waiting; frames too narrow to be drawn",
    .spec_url = "https://github.com/brendangregg/FlameGraph",
    .extensions = "*.svg",
    .sniff = svg_sniff,
    .parse = svg_parse,
};
