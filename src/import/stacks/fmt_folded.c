/* Folded stacks, `frame;frame count`: collapse tools, py-spy raw, bcc and bpftrace off-CPU, async-profiler collapsed.
 * The file is staged as it stands (folded_stage.c); then the whole of it decides what the weights are (samples, clock
 * periods, off-CPU microseconds), which root frames are threads, and each frame is taken apart once. */
#include "import/stacks/folded_stage.h"

#include <math.h>
#include <stdlib.h>

#include "import/frametext.h"
#include "import/rootframe.h"
#include "import/stacks/folded_chunk.h"
#include "import/stacks/off_frames.h"
#include "profile/builder.h"

enum weight_kind { WEIGHT_SAMPLES, WEIGHT_UNKNOWN, WEIGHT_PERIOD, WEIGHT_CLOCK, WEIGHT_OFF };

/* What a raw frame says by itself; the position in the stack may add "kernel". */
struct part {
    struct frame_desc d;
    bool separator, waker_end, entry, off_leaf, preempt;
};

/* What a node of the file became: what its path alone decides. */
struct replayed {
    stack_id stack;
    uint32_t identity; /* last node above or at it that names its thread; 0 = none */
    bool own;          /* the stack was made for this node */
    bool kernel;
    bool preempted;
    bool ended; /* what follows is the waker's stack */
};

struct fold {
    struct folded_stage stage;
    struct artefact *out;
    struct builder *b;
    struct part *parts; /* [raw frame] */
    struct arena texts; /* rewritten names of the parts */
    enum weight_kind weight;
    double scale;              /* to the column's unit */
    double period;             /* of one sample in the file's own unit; 1 for samples */
    bool comm_roots;           /* root frames are thread names */
    bool identity_roots;       /* every root frame carries an id */
    bool perf_like;            /* symbols of a system profiler: plain names are native */
    bool marked;               /* _[k] marks are present: position says nothing more */
    struct replayed *replayed; /* [node] */
    frame_id *frames[2];       /* [of the kernel][raw frame] + 1 */
    uint32_t *root_child;      /* [frame] stack right below the root; 0 = none */
    bool *shared;              /* [stack] more than one node became it, so its children may be there already */
    bool *twin;                /* [frame] more than one raw frame became it */
    uint32_t column;
    process_id process; /* of comm roots and files without identity */
};

static struct span frame_text(const struct fold *f, uint32_t frame)
{
    return intern_get(&f->stage.names, frame);
}

static struct span node_text(const struct fold *f, uint32_t node)
{
    return frame_text(f, f->stage.nodes.items[node].frame);
}

/* Takes each distinct raw frame apart once. */
static void read_parts(struct fold *f)
{
    f->parts = xcalloc(f->stage.names.count, sizeof *f->parts);
    for (uint32_t i = 1; i < f->stage.names.count; i++) {
        struct frametext t;
        struct span text = frame_text(f, i);
        frametext_read(text, &t);
        struct part *p = &f->parts[i];
        p->d = t.d;
        if (t.d.func.ptr == t.buf)
            p->d.func = arena_span(&f->texts, t.d.func);
        p->separator = t.separator;
        p->waker_end = t.waker_end;
        p->entry = frametext_is_kernel_entry(t.d.func);
        p->off_leaf = off_frames_is_leaf(t.d.func);
        p->preempt = off_frames_is_preempted(t.d.func);
        f->marked = f->marked || span_ends(text, SPAN("_[k]"));
    }
}

/* Share of the weight that ends in a frame of the scheduler. */
static double off_share(const struct fold *f)
{
    const struct folded_stage *s = &f->stage;
    double off = 0;
    for (uint32_t r = 0; r < s->rows.count; r++) {
        if (f->parts[s->nodes.items[s->rows.items[r].node].frame].off_leaf)
            off += s->rows.items[r].weight;
    }
    return f->stage.sum > 0 ? off / f->stage.sum : 0;
}

/* The clock period behind a divisor: nanoseconds of a usual rate, a few of them when every stack has several. 0: none. */
static double clock_period(uint64_t divisor)
{
    static const unsigned rates[] = { 10000, 9999, 5000, 4000, 3999, 2000, 1999, 1000, 999, 997, 500, 499,
                                      250,   249,  200,  199,  100,  99,   97,   50,   49,  19,  10 };
    if (divisor < 100000)
        return 0;
    if (divisor <= 100000000) {
        double rate = round(1e9 / (double)divisor);
        if (fabs(1e9 / rate - (double)divisor) <= 1)
            return (double)divisor;
    }
    for (size_t i = ARRAY_LEN(rates); i-- > 0;) {
        uint64_t period = 1000000000u / rates[i];
        if (divisor % period == 0)
            return (double)period;
    }
    return 0;
}

static void decide_weight(struct fold *f)
{
    const struct folded_stage *s = &f->stage;
    enum { PERIOD_MIN = 1000, PLAIN_MAX = 10000000 };
    double clock = s->integral ? clock_period(s->divisor) : 0;
    f->scale = 1;
    f->period = 1;
    bool plain = s->integral && s->sum <= PLAIN_MAX;
    if (off_share(f) >= 0.9) {
        f->weight = WEIGHT_OFF;
        f->scale = 1e-6;
    } else if (clock > 0) {
        f->weight = WEIGHT_CLOCK;
        f->scale = 1e-9;
        f->period = clock;
    } else if (s->integral && s->divisor >= PERIOD_MIN && (s->lines >= 3 || !plain)) {
        f->weight = WEIGHT_PERIOD;
        f->period = (double)s->divisor;
    } else {
        f->weight = plain ? WEIGHT_SAMPLES : WEIGHT_UNKNOWN;
    }
}

/* Do the root frames name threads? With an id, all of them must; bare names need the look of a system profiler. */
static void decide_roots(struct fold *f)
{
    const struct folded_node *nodes = f->stage.nodes.items;
    f->identity_roots = f->stage.nodes.count > 1; /* lines without a frame name no thread */
    bool comm = f->identity_roots;
    uint64_t started = 0;
    uint64_t second = 0;
    for (uint32_t i = 1; i < f->stage.nodes.count; i++) {
        uint32_t parent = nodes[i].parent;
        if (parent == 0) {
            struct span text = node_text(f, i);
            struct rootframe r = rootframe_read(text);
            f->identity_roots = f->identity_roots && r.form != ROOT_NONE;
            const struct part *p = &f->parts[nodes[i].frame];
            comm = comm && rootframe_may_be_comm(text) && p->d.kind == FRAME_UNKNOWN && p->d.flags == 0;
        } else if (nodes[parent].parent == 0) {
            second++;
            started += rootframe_is_start(node_text(f, i));
        }
    }
    bool system_profiler = f->marked || f->weight == WEIGHT_CLOCK || f->weight == WEIGHT_OFF;
    f->comm_roots = !f->identity_roots && comm && (system_profiler || (second > 0 && started * 2 >= second));
    f->perf_like = f->comm_roots || f->marked || f->weight == WEIGHT_CLOCK || f->weight == WEIGHT_OFF;
    if (f->identity_roots) {
        enum rootframe_form form = rootframe_read(node_text(f, 1)).form;
        f->perf_like = f->perf_like || form == ROOT_COMM_PID || form == ROOT_COMM_PIDTID;
    }
}

/* The comm with the most weight names the process of a file whose roots are bare comms. */
static struct span heaviest_root(const struct fold *f)
{
    const struct folded_stage *s = &f->stage;
    double *weight = xcalloc(s->nodes.count, sizeof *weight);
    for (uint32_t r = 0; r < s->rows.count; r++)
        weight[s->rows.items[r].node] += s->rows.items[r].weight;
    uint32_t best = 0;
    for (uint32_t i = s->nodes.count - 1; i > 0; i--) {
        uint32_t parent = s->nodes.items[i].parent;
        if (parent != 0)
            weight[parent] += weight[i];
        else if (best == 0 || weight[i] >= weight[best])
            best = i;
    }
    free(weight);
    return best ? node_text(f, best) : SPAN("");
}

static bool open_builder(struct fold *f, const struct import_options *opt)
{
    static const struct column_desc columns[] = {
        [WEIGHT_SAMPLES] = { { "samples", 7 }, UNIT_SAMPLES, CLOCK_UNKNOWN, 0, 0, true },
        [WEIGHT_UNKNOWN] = { { "samples", 7 }, UNIT_SAMPLES, CLOCK_UNKNOWN, 0, 0, true },
        [WEIGHT_PERIOD] = { { "samples", 7 }, UNIT_SAMPLES, CLOCK_UNKNOWN, 0, 0, true },
        [WEIGHT_CLOCK] = { { "clock", 5 }, UNIT_SECONDS, CLOCK_UNKNOWN, 0, 0, true },
        [WEIGHT_OFF] = { { "off-cpu", 7 }, UNIT_SECONDS, CLOCK_OFF, 0, 0, true },
    };
    f->b = builder_new(&opt->limits);
    struct column_desc d = columns[f->weight];
    d.period = f->weight == WEIGHT_PERIOD || f->weight == WEIGHT_CLOCK ? f->period * f->scale : NUM_UNKNOWN;
    d.rate_hz = f->weight == WEIGHT_CLOCK ? 1 / d.period : opt->rate_hz;
    f->column = builder_column(f->b, &d);
    f->process = builder_process(f->b, -1, f->comm_roots ? heaviest_root(f) : SPAN(""), SPAN(""));
    f->out->rate_hz = d.rate_hz;
    return true;
}

/* Does the node name a thread or a process? Only the first two frames of a stack may. */
static bool is_identity(const struct fold *f, uint32_t node)
{
    uint32_t parent = f->stage.nodes.items[node].parent;
    if (parent == 0)
        return f->comm_roots || f->identity_roots;
    if (!f->identity_roots || f->replayed[parent].identity != parent || f->stage.nodes.items[parent].parent != 0)
        return false;
    /* py-spy with --subprocesses and --threads writes a process, then a thread. */
    enum rootframe_form above = rootframe_read(node_text(f, parent)).form;
    return (above == ROOT_PROCESS || above == ROOT_THREAD) && rootframe_read(node_text(f, node)).form == ROOT_THREAD;
}

/* Thread of the stacks below an identity node. */
static bool identity_thread(struct fold *f, uint32_t node, thread_id *ret, struct err *err)
{
    process_id process = f->process;
    struct span name = SPAN("");
    int64_t tid = -1;
    if (f->comm_roots && node != 0)
        name = node_text(f, node);
    uint32_t above = node != 0 ? f->stage.nodes.items[node].parent : 0;
    const uint32_t nodes[2] = { above != 0 ? above : node, above != 0 ? node : 0 };
    for (size_t k = 0; f->identity_roots && k < 2 && nodes[k] != 0; k++) {
        struct rootframe r = rootframe_read(node_text(f, nodes[k]));
        if (r.form == ROOT_PROCESS) {
            process = builder_process(f->b, r.pid, SPAN(""), r.command);
            continue;
        }
        if (r.form != ROOT_THREAD && r.pid >= 0)
            process = builder_process(f->b, r.pid, r.name, SPAN(""));
        name = r.name;
        tid = r.tid;
    }
    return builder_thread(f->b, process, tid, name, ret, err);
}

/* The frame's child of now->stack. A look-up where the child may be there; what stands below a stack that was made for one
 * node alone is new. */
static bool replay_child(struct fold *f, frame_id frame, bool parent_own, struct replayed *now, struct err *err)
{
    stack_id parent = now->stack;
    stack_id child = { 0 };
    bool ok = true;
    uint32_t before = builder_stack_count(f->b);
    if (parent.ix == 0)
        child.ix = f->root_child[frame.ix];
    if (parent.ix == 0 || (parent_own && !f->shared[parent.ix] && !f->twin[frame.ix]))
        ok = child.ix != 0 || builder_stack_new(f->b, parent, frame, &child, err);
    else
        ok = builder_stack_child(f->b, parent, frame, &child, err);
    if (!ok)
        return false;
    if (parent.ix == 0)
        f->root_child[frame.ix] = child.ix;
    now->own = child.ix >= before;
    f->shared[child.ix] = f->shared[child.ix] || !now->own;
    now->stack = child;
    return true;
}

static bool replay_frame(struct fold *f, uint32_t raw_frame, struct replayed *now, struct err *err)
{
    const struct part *p = &f->parts[raw_frame];
    bool parent_own = now->own;
    now->own = false;
    now->ended = now->ended || p->waker_end;
    now->kernel = now->kernel || (!p->waker_end && p->separator);
    if (now->ended || p->separator) {
        f->shared[now->stack.ix] = true;
        return true;
    }
    now->kernel = now->kernel || (p->entry && !f->marked);
    now->preempted = p->preempt || (now->preempted && p->off_leaf);
    bool pseudo = p->d.func.len > 0 && p->d.func.ptr[0] == '[';
    enum frame_kind kind = p->d.kind;
    if (now->kernel && kind != FRAME_META)
        kind = FRAME_KERNEL;
    else if (f->perf_like && kind == FRAME_UNKNOWN && !pseudo)
        kind = FRAME_NATIVE;
    frame_id *known = &f->frames[kind == FRAME_KERNEL][raw_frame];
    if (known->ix == 0) {
        struct frame_desc d = p->d;
        d.kind = kind;
        uint32_t before = builder_frame_count(f->b);
        if (!builder_frame(f->b, &d, known, err))
            return false;
        f->twin[known->ix] = known->ix < before;
        known->ix++;
    }
    return replay_child(f, (frame_id){ known->ix - 1 }, parent_own, now, err);
}

/* Every node once, those above it first. */
static bool replay_nodes(struct fold *f, struct err *err)
{
    const struct folded_stage *s = &f->stage;
    for (uint32_t i = 1; i < s->nodes.count; i++) {
        struct replayed now = f->replayed[s->nodes.items[i].parent];
        if (now.stack.ix == 0 && is_identity(f, i))
            now = (struct replayed){ .identity = i };
        else if (now.ended)
            now.own = false;
        else if (!replay_frame(f, s->nodes.items[i].frame, &now, err))
            return false;
        f->replayed[i] = now;
    }
    return true;
}

static enum sample_state state_of(const struct fold *f, const struct replayed *r)
{
    return f->weight != WEIGHT_OFF ? STATE_UNKNOWN : r->preempted ? STATE_RUNNABLE : STATE_WAITING;
}

static bool replay_row(struct fold *f, const struct folded_row *from, thread_id thread, struct err *err)
{
    const struct replayed *got = &f->replayed[from->node];
    uint32_t row;
    if (!builder_row(f->b,
                     &(struct sample_desc){ .stack = got->stack, .thread = thread, .state = state_of(f, got) }, &row,
                     err))
        return false;
    if (f->weight == WEIGHT_SAMPLES || f->weight == WEIGHT_PERIOD || f->weight == WEIGHT_CLOCK)
        builder_samples(f->b, row, (uint64_t)llround(from->weight / f->period));
    return builder_value(f->b, row, f->column, from->weight * f->scale, err);
}

static bool replay_rows(struct fold *f, struct err *err)
{
    const struct folded_stage *s = &f->stage;
    uint32_t identity = UINT32_MAX;
    thread_id thread = { 0 };
    for (uint32_t r = 0; r < s->rows.count; r++) {
        const struct folded_row *row = &s->rows.items[r];
        if (f->replayed[row->node].identity != identity) {
            identity = f->replayed[row->node].identity;
            if (!identity_thread(f, identity, &thread, err))
                return false;
        }
        if (!replay_row(f, row, thread, err))
            return false;
    }
    return true;
}

static void report(const struct fold *f)
{
    const struct folded_stage *s = &f->stage;
    if (s->bad > 0)
        artefact_problem(f->out, "bad_lines", "look at the line, or make the file again",
                         "%llu of %llu lines are no '<stack> <count>' and were left out, the first is line %llu",
                         (unsigned long long)s->bad, (unsigned long long)(s->bad + s->lines),
                         (unsigned long long)s->first_bad);
    if (f->weight == WEIGHT_CLOCK)
        artefact_problem(f->out, "weights_are_periods", NULL,
                         "every count is a multiple of %.0f: read as nanoseconds of a clock at %.0f samples a second",
                         f->period, 1e9 / f->period);
    if (f->weight == WEIGHT_PERIOD)
        artefact_problem(f->out, "weights_are_periods", NULL,
                         "every count is a multiple of %.0f: read as that many units a sample", f->period);
    if (f->weight == WEIGHT_UNKNOWN)
        artefact_problem(f->out, "sample_count_unknown", "send perf script text, which holds every sample",
                         "the counts are weights, not samples: how many samples stand behind them is unknown");
    if (f->weight == WEIGHT_OFF)
        artefact_problem(f->out, "off_cpu_unit_assumed", "say --clock cpu if the file counts samples",
                         "nearly every stack ends in the scheduler: read as off-CPU time in microseconds");
}

static bool convert(struct fold *f, const struct import_options *opt, struct err *err)
{
    read_parts(f);
    decide_weight(f);
    if (opt->clock_given && opt->clock != CLOCK_OFF && f->weight == WEIGHT_OFF) {
        f->weight = f->stage.integral ? WEIGHT_SAMPLES : WEIGHT_UNKNOWN;
        f->scale = 1;
    }
    decide_roots(f);
    if (!open_builder(f, opt))
        return false;
    size_t names = f->stage.names.count;
    f->replayed = xcalloc(f->stage.nodes.count, sizeof *f->replayed);
    f->shared = xcalloc(f->stage.nodes.count, sizeof *f->shared);
    f->root_child = xcalloc(2 * names, sizeof *f->root_child);
    f->twin = xcalloc(2 * names, sizeof *f->twin);
    for (int kernel = 0; kernel < 2; kernel++)
        f->frames[kernel] = xcalloc(names, sizeof *f->frames[kernel]);
    return replay_nodes(f, err) && replay_rows(f, err) && builder_finish(f->b, &f->out->profile, err);
}

static bool parse(struct source *in, const struct import_options *opt, struct artefact *out, struct err *err)
{
    struct fold f = { .out = out };
    bool ok = folded_stage_read(in, opt, &f.stage, err) && convert(&f, opt, err);
    if (ok) {
        out->all_states = false;
        report(&f);
        import_settle(out, opt, f.weight == WEIGHT_OFF ? CLOCK_OFF : CLOCK_UNKNOWN);
    }
    builder_free(f.b);
    free(f.parts);
    free(f.replayed);
    free(f.shared);
    free(f.root_child);
    free(f.twin);
    free(f.frames[0]);
    free(f.frames[1]);
    arena_release(&f.texts);
    folded_stage_release(&f.stage);
    return ok;
}

/* `P12;T34;` begins every line of austin, which has a meaning of its own. */
static bool is_austin(struct span line)
{
    size_t semicolon = span_chr(line, 0, ';');
    uint64_t pid;
    return line.len > 2 && line.ptr[0] == 'P' && span_to_u64(span_sub(line, 1, semicolon - 1), &pid) &&
           semicolon + 1 < line.len && line.ptr[semicolon + 1] == 'T';
}

/* Nothing but the shape of its lines marks the format: the weakest claim of all. */
static enum sniff sniff(struct span head, struct span file_name)
{
    if (span_starts(head, SPAN("\xef\xbb\xbf")))
        head = span_from(head, 3);
    bool cut = head.len >= SNIFF_BYTES - 3;
    uint64_t good = 0;
    uint64_t bad = 0;
    uint64_t joined = 0;
    uint64_t placed = 0;
    struct span line;
    while (span_line(&head, &line)) {
        if (head.len == 0 && cut && good + bad > 0)
            break; /* the last line may be cut */
        struct span stack;
        double count;
        if (span_trim(line).len == 0 || line.ptr[0] == '#')
            continue;
        if (memchr(line.ptr, '\0', line.len) || is_austin(line))
            return SNIFF_NO;
        bool ok =
            line.ptr[0] != '{' && line.ptr[0] != '\t' && folded_split(line, &stack, &count) && span_trim(stack).len > 0;
        good += ok;
        bad += !ok;
        joined += ok && span_chr(stack, 0, ';') < stack.len;
        placed += ok && span_ends(stack, SPAN(")"));
    }
    bool named = span_ends(file_name, SPAN(".folded")) || span_ends(file_name, SPAN(".collapsed")) ||
                 span_ends(file_name, SPAN(".collapse"));
    if (named)
        return good > 0 || bad > 0 ? SNIFF_MAYBE : SNIFF_NO;
    /* Mostly broken, but the good lines have the look of frames: ours to refuse, with the line that is wrong. */
    if (good == 0 || bad > 2 * good)
        return SNIFF_NO;
    return joined > 0 || bad == 0 || (placed > 0 && placed == good) ? SNIFF_MAYBE : SNIFF_NO;
}

const struct importer import_folded = {
    .name = "folded",
    .title = "folded stacks (stackcollapse, py-spy raw, async-profiler collapsed, off-CPU)",
    .proves = "what the CPU did, by stack; for off-CPU files what was waited for",
    .cannot = "how long anything took: counts without a clock give no share of time",
    .spec_url = "https://github.com/brendangregg/FlameGraph",
    .extensions = "*.folded *.collapsed *.collapse *.txt",
    .sniff = sniff,
    .parse = parse,
};
