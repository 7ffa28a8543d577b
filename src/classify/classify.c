/* classify.c - the decision procedure of method 2.4 over the prefix tree.
 *
 * Rows are matched once a frame (struct frame_rules: the best row for each question that the procedure asks). What a
 * stack knows is its parent's knowledge plus its own frame's (struct known), because parents precede children: the cost
 * is O(frames + stacks), however deep the stacks are. Row numbers are stored plus one; 0 = none. */
#include "classify/overriding.h"

#include <stdlib.h>

#include "base/intern.h"

enum fallback {
#define FALLBACK_ROW(id, text) FALLBACK_##id,
#include "classify/fallback.def"
#undef FALLBACK_ROW
    FALLBACK_COUNT
};

/* Waiting or idle in the eyes of step 3; w_gpu and runq have rules of their own. */
static bool is_wait(uint8_t c)
{
    enum category_class k = category_class_of((enum category)c);
    return c != CAT_RUNQ && c != CAT_IDLE_CPU && (k == CLASS_WAIT || k == CLASS_INTERNAL_WAIT || k == CLASS_IDLE);
}

static bool is_spinning(uint8_t c)
{
    return c == CAT_SPIN || c == CAT_W_GPU;
}

static bool is_claimed_work(uint8_t c) /* step 7 */
{
    return c == CAT_SERDE || c == CAT_SERDE_NATIVE || c == CAT_CRYPTO || c == CAT_COMPRESS || c == CAT_MATH ||
           c == CAT_REGEX_NATIVE || c == CAT_NATIVE || c == CAT_ALLOC;
}

/* Rank of a refiner (step 3 d); 0 = none. */
static unsigned refiner_rank(uint8_t c)
{
    switch ((int)c) {
    case CAT_W_LLM:
        return 5;
    case CAT_W_BROKER:
        return 4;
    case CAT_W_DB:
        return 3;
    case CAT_W_OBJ:
        return 2;
    case CAT_W_HTTP:
        return 1;
    default:
        return 0;
    }
}

/* The questions that the procedure asks of one frame; each holds the best row + 1. */
struct frame_rules {
    uint16_t any_profiler, any_idle_cpu, any_gc, any_jit, any_irq, any_mm, any_startup, any_runq, any_unknown;
    uint16_t refiner;     /* any, w_llm .. w_http, of a language runtime: the highest rank */
    uint16_t kernel_wait; /* any, w_ or idle_ of the kernel */
    uint16_t leaf_wait;   /* leaf or self-or-callee or any(non-refiner): w_ or idle_ */
    uint16_t soc_wait, soc_wait_not_loop, soc_loop, soc_pool, soc_spin, leaf_spin;
    uint16_t soc_work, soc_other;
    uint16_t kernel_row;                /* k_*, other than k_other */
    uint16_t leaf_function, leaf_place; /* CPU rows: by function; by dso, file or module (no origin rows) */
    uint8_t flags;
};
enum { F_UNRESOLVED = 1, F_KERNEL = 2, F_DEP = 4, F_STDLIB = 8, F_OWN = 16, F_NATIVE = 32, F_FILE = 64, F_DSO = 128 };

/* What a stack knows about itself and its ancestors: innermost row + 1 each. Few differ, so each is held once; compared
 * as bytes, all members have one size. */
struct known {
    uint16_t profiler, idle_cpu, gc, jit, irq, mm, startup, runq, truncated;
    uint16_t refiner, kernel_wait;
    uint16_t soc_wait, soc_wait_not_loop, soc_loop, soc_pool, soc_spin, soc_work, soc_other;
    uint16_t kernel_row;   /* first row other than k_other, leaf to root through contiguous kernel frames */
    uint16_t kernel;       /* 1: this frame is the kernel's */
    uint16_t native_claim; /* 1: soc_work is claimed by a native frame */
};

struct path {
    uint32_t known;   /* index */
    uint32_t leaf;    /* stack whose frame is the leaf-most resolved one; 0 = none */
    uint32_t managed; /* stack of the leaf-most managed frame; 0 = none */
};

struct matching {
    struct frame_rules *out;
    bool kernel;
};

static void take(uint16_t *slot, uint16_t rule)
{
    if (*slot == 0 || rule_beats(rule, (uint16_t)(*slot - 1)))
        *slot = (uint16_t)(rule + 1);
}

static void hit_any(struct frame_rules *f, uint16_t rule, uint8_t c)
{
    switch ((int)c) {
    case CAT_PROFILER:
        take(&f->any_profiler, rule);
        return;
    case CAT_IDLE_CPU:
        take(&f->any_idle_cpu, rule);
        return;
    case CAT_GC:
        take(&f->any_gc, rule);
        return;
    case CAT_JIT:
        take(&f->any_jit, rule);
        return;
    case CAT_K_IRQ:
        take(&f->any_irq, rule);
        return;
    case CAT_K_MM:
        take(&f->any_mm, rule);
        return;
    case CAT_STARTUP:
        take(&f->any_startup, rule);
        return;
    case CAT_RUNQ:
        take(&f->any_runq, rule);
        return;
    case CAT_UNKNOWN:
        take(&f->any_unknown, rule);
        return;
    default:
        break;
    }
    if (rules[rule].runtime == RULE_RUNTIME_KERNEL && is_wait(c))
        take(&f->kernel_wait, rule);
    else if (refiner_rank(c) > 0 && (f->refiner == 0 || refiner_rank(c) > refiner_rank(rules[f->refiner - 1].category)))
        f->refiner = (uint16_t)(rule + 1);
}

static void hit_self_or_callee(struct frame_rules *f, uint16_t rule, uint8_t c)
{
    if (is_spinning(c)) {
        take(&f->soc_spin, rule);
    } else if (is_wait(c)) {
        take(&f->soc_wait, rule);
        take(c == CAT_IDLE_LOOP ? &f->soc_loop : &f->soc_wait_not_loop, rule);
        if (c == CAT_IDLE_POOL)
            take(&f->soc_pool, rule);
    } else if (is_claimed_work(c)) {
        take(&f->soc_work, rule);
    } else {
        take(&f->soc_other, rule);
    }
}

static bool is_kernel_category(uint8_t c)
{
    return category_class_of((enum category)c) == CLASS_KERNEL;
}

static void on_hit(void *user, uint16_t rule)
{
    struct matching *m = user;
    struct frame_rules *f = m->out;
    const struct rule *r = &rules[rule];
    uint8_t c = r->category;
    if (r->position == POSITION_ANY)
        hit_any(f, rule, c);
    if (r->position == POSITION_SELF_OR_CALLEE)
        hit_self_or_callee(f, rule, c);
    if (r->runtime == RULE_RUNTIME_KERNEL && is_kernel_category(c) && c != CAT_K_OTHER)
        take(&f->kernel_row, rule);
    if (r->position == POSITION_ANY)
        return;
    /* A row that may own its callees owns itself, too. */
    if (is_spinning(c))
        take(&f->leaf_spin, rule);
    else if (is_wait(c))
        take(&f->leaf_wait, rule);
    else if (r->kind == RULE_FUNCTION)
        take(&f->leaf_function, rule);
    else if (c == CAT_DEP)
        f->flags |= F_DEP;
    else if (c == CAT_STDLIB)
        f->flags |= F_STDLIB;
    else if (c != CAT_APP)
        take(&f->leaf_place, rule);
}

static bool is_kernel_entry(struct span func)
{
    static const struct span starts[] = {
        { "entry_SYSCALL_", 14 }, { "do_syscall_64", 13 },    { "__x64_sys_", 10 },   { "asm_sysvec_", 11 },
        { "asm_exc_", 8 },        { "ret_from_fork", 13 },    { "el0_svc", 7 },       { "el0t_64_sync", 12 },
        { "__arm64_sys_", 12 },   { "system_call_fast", 16 }, { "x64_sys_call", 12 },
    };
    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (span_starts(func, starts[i]))
            return true;
    }
    return false;
}

static void frame_match(const struct profile *p, const struct profile_frame *f, enum runtime_kind runtime, bool kernel,
                        struct frame_rules *out)
{
    struct frame_view v;
    frame_view_of(p, f, runtime, &v);
    if (kernel)
        v.kind = FRAME_KERNEL;
    *out = (struct frame_rules){ 0 };
    struct matching m = { .out = out };
    rules_match_frame(&v, on_hit, &m);
    unsigned flags = out->flags;
    flags |= v.unresolved ? F_UNRESOLVED : 0;
    flags |= v.kind == FRAME_KERNEL ? F_KERNEL : 0;
    flags |= v.dep ? F_DEP : 0;
    flags |= v.stdlib ? F_STDLIB : 0;
    flags |= v.own_binary ? F_OWN : 0;
    flags |= v.kind == FRAME_NATIVE ? F_NATIVE : 0;
    flags |= v.file.len > 0 || v.kind == FRAME_MANAGED ? F_FILE : 0;
    flags |= v.dso.len > 0 ? F_DSO : 0;
    out->flags = (uint8_t)flags;
}

static uint16_t inner(uint16_t own, uint16_t above)
{
    return own != 0 ? own : above;
}

static uint16_t higher_refiner(uint16_t own, uint16_t above)
{
    if (own == 0 || above == 0)
        return own != 0 ? own : above;
    return refiner_rank(rules[own - 1].category) >= refiner_rank(rules[above - 1].category) ? own : above;
}

static struct known known_below(const struct known *up, const struct frame_rules *f, bool managed)
{
    bool kernel = (f->flags & F_KERNEL) != 0;
    /* Native code that calls back into managed code hosts it: libuv's read callback does not own the handler's work. */
    bool hosted = managed && up->native_claim;
    /* A profiler that runs the program, or labels a part of it, stands above the program's own frames. */
    bool own_code = (managed || (f->flags & F_OWN)) && !(f->flags & (F_DEP | F_STDLIB | F_UNRESOLVED));
    /* A server library that calls the program's handlers, or another package, does not own what those do. */
    bool called_back = managed && !(f->flags & (F_STDLIB | F_UNRESOLVED)) && f->soc_other == 0;
    return (struct known){
        .profiler = inner(f->any_profiler, own_code ? 0 : up->profiler),
        .idle_cpu = inner(f->any_idle_cpu, up->idle_cpu),
        .gc = inner(f->any_gc, up->gc),
        .jit = inner(f->any_jit, up->jit),
        .irq = inner(f->any_irq, up->irq),
        .mm = inner(f->any_mm, up->mm),
        .startup = inner(f->any_startup, up->startup),
        .runq = inner(f->any_runq, up->runq),
        .truncated = inner(f->any_unknown, up->truncated),
        .refiner = higher_refiner(f->refiner, up->refiner),
        .kernel_wait = inner(f->kernel_wait, up->kernel_wait),
        .soc_wait = inner(f->soc_wait, up->soc_wait),
        .soc_wait_not_loop = inner(f->soc_wait_not_loop, up->soc_wait_not_loop),
        .soc_loop = inner(f->soc_loop, up->soc_loop),
        .soc_pool = inner(f->soc_pool, up->soc_pool),
        .soc_spin = inner(f->soc_spin, up->soc_spin),
        .soc_work = inner(f->soc_work, hosted ? 0 : up->soc_work),
        .native_claim = f->soc_work ? (f->flags & F_NATIVE) != 0 : !hosted && up->native_claim,
        .soc_other = inner(f->soc_other, called_back ? 0 : up->soc_other),
        .kernel = kernel,
        .kernel_row = kernel ? inner(f->kernel_row, up->kernel ? up->kernel_row : 0) : 0,
    };
}

struct run {
    const struct profile *p;
    struct frame_rules *frames;  /* [frame], as its own kind */
    struct frame_rules *kernels; /* [frame], as kernel; NULL unless some unknown frame stands below a kernel entry */
    struct path *paths;          /* [stack] */
    struct intern knowledge;     /* each distinct struct known */
    uint16_t *comm;              /* [thread] best comm row + 1 */
    bool *in_kernel;             /* [stack] */
    enum clock_kind clock;
    struct overriding overriding;
};

static const struct frame_rules *rules_of(const struct run *r, uint32_t stack)
{
    uint32_t f = r->p->stacks[stack].frame.ix;
    return r->in_kernel[stack] && r->kernels ? &r->kernels[f] : &r->frames[f];
}

static struct known known_of(const struct run *r, uint32_t stack)
{
    struct known k;
    memcpy(&k, intern_get(&r->knowledge, r->paths[stack].known).ptr, sizeof k);
    return k;
}

static uint32_t known_put(struct run *r, const struct known *k)
{
    return intern_add(&r->knowledge, span_make((const char *)k, sizeof *k));
}

struct decision {
    uint8_t category;
    uint32_t rule;
};

static struct decision by_rule(uint16_t rule_plus_1)
{
    return (struct decision){ rules[rule_plus_1 - 1].category, (uint32_t)(rule_plus_1 - 1) };
}

static struct decision by_fallback(enum category c, enum fallback f)
{
    return (struct decision){ (uint8_t)c, rule_count + (uint32_t)f };
}

/* Step 3; false when nothing triggered. */
static bool decide_wait(const struct run *r, uint32_t stack, uint16_t comm, bool asleep, struct decision *ret)
{
    const struct path *at = &r->paths[stack];
    const struct known known = known_of(r, stack), *path = &known;
    const struct frame_rules *leaf = at->leaf ? rules_of(r, at->leaf) : NULL;
    const struct frame_rules *managed = at->managed ? rules_of(r, at->managed) : NULL;
    uint16_t base = leaf && leaf->leaf_wait ? leaf->leaf_wait : path->soc_wait;
    /* With native frames recorded, the call that blocks stands below the managed leaf that says what it is for. */
    if (leaf && leaf->leaf_wait && managed && managed->leaf_wait)
        base = managed->leaf_wait;
    if (base == 0 && comm != 0 && is_wait(rules[comm - 1].category))
        base = comm;
    if (base == 0 && asleep) {
        if (path->kernel_wait == 0) {
            *ret = by_fallback(CAT_W_OTHER, FALLBACK_W_OTHER);
            return true;
        }
        base = path->kernel_wait;
    }
    if (base == 0)
        return false;
    uint8_t c = rules[base - 1].category;
    uint16_t chosen = base;
    if (c == CAT_IDLE_LOOP && path->soc_wait_not_loop)
        chosen = path->soc_wait_not_loop;
    else if (c == CAT_IDLE_LOOP && path->refiner && !path->soc_loop)
        chosen = path->refiner;
    else if ((c == CAT_W_LOCK || c == CAT_IDLE_LOOP) && path->soc_pool)
        chosen = path->soc_pool;
    else if ((c == CAT_W_NET || c == CAT_W_OTHER || c == CAT_W_LOCK || c == CAT_W_IPC) && path->refiner)
        chosen = path->refiner;
    *ret = by_rule(chosen);
    return true;
}

/* Step 9: whose code the leaf is. */
static struct decision decide_origin(const struct frame_rules *leaf)
{
    if (leaf->flags & F_UNRESOLVED)
        return by_fallback(CAT_UNKNOWN, FALLBACK_UNKNOWN);
    if (leaf->flags & F_DEP)
        return by_fallback(CAT_DEP, FALLBACK_DEP);
    if (leaf->flags & F_STDLIB)
        return by_fallback(CAT_STDLIB, FALLBACK_STDLIB);
    if (leaf->flags & F_NATIVE)
        return (leaf->flags & F_OWN) ? by_fallback(CAT_APP, FALLBACK_APP)
                                     : by_fallback(leaf->flags & F_DSO ? CAT_NATIVE : CAT_UNKNOWN,
                                                   leaf->flags & F_DSO ? FALLBACK_NATIVE : FALLBACK_UNKNOWN);
    if (leaf->flags & F_FILE)
        return by_fallback(CAT_APP, FALLBACK_APP);
    return by_fallback(CAT_UNKNOWN, FALLBACK_UNKNOWN);
}

/* Steps 4 to 9. */
static struct decision decide_cpu(const struct known *path, const struct frame_rules *leaf, uint16_t comm)
{
    if (path->gc || path->jit || path->irq || path->mm)
        return by_rule(path->gc ? path->gc : path->jit ? path->jit : path->irq ? path->irq : path->mm);
    if (path->kernel)
        return path->kernel_row ? by_rule(path->kernel_row) : by_fallback(CAT_K_OTHER, FALLBACK_K_OTHER);
    if (path->startup)
        return by_rule(path->startup);
    if (path->soc_work)
        return by_rule(path->soc_work);
    if (leaf->leaf_function && !(leaf->flags & F_UNRESOLVED))
        return by_rule(leaf->leaf_function);
    if (comm != 0 && rules[comm - 1].category != CAT_APP && !is_wait(rules[comm - 1].category))
        return by_rule(comm);
    if (leaf->leaf_place)
        return by_rule(leaf->leaf_place);
    if (leaf->leaf_function)
        return by_rule(leaf->leaf_function);
    if (path->soc_other && !(leaf->flags & F_UNRESOLVED))
        return by_rule(path->soc_other);
    if (path->truncated)
        return by_rule(path->truncated);
    return decide_origin(leaf);
}

static struct decision decide(const struct run *r, uint32_t row, bool *ret_dropped)
{
    uint32_t stack = r->p->row_stack[row].ix;
    uint16_t comm = r->comm[r->p->row_thread[row].ix];
    enum sample_state state = (enum sample_state)r->p->row_state[row];
    static const struct frame_rules none = { .flags = F_UNRESOLVED };
    const struct known known = known_of(r, stack), *path = &known;
    const struct frame_rules *leaf = stack ? rules_of(r, stack) : &none;
    struct decision d;
    uint8_t comm_category = comm ? rules[comm - 1].category : CAT_APP;
    *ret_dropped = false;
    if (path->profiler || comm_category == CAT_PROFILER)
        return by_rule(path->profiler ? path->profiler : comm);
    if (path->idle_cpu || comm_category == CAT_IDLE_CPU) {
        *ret_dropped = true;
        return by_rule(path->idle_cpu ? path->idle_cpu : comm);
    }
    if (state == STATE_RUNNABLE)
        return by_fallback(CAT_RUNQ, FALLBACK_RUNQ);
    bool sees_wait = r->clock == CLOCK_WALL || r->clock == CLOCK_OFF;
    if (sees_wait && state != STATE_RUNNING) {
        bool asleep = r->clock == CLOCK_OFF || state == STATE_WAITING;
        if (asleep && path->runq && state != STATE_WAITING)
            return by_rule(path->runq);
        if (decide_wait(r, stack, comm, asleep, &d))
            return d;
    }
    uint32_t seen = r->paths[stack].leaf;
    const struct frame_rules *resolved = seen ? rules_of(r, seen) : &none;
    if (resolved->leaf_spin || path->soc_spin)
        return by_rule(resolved->leaf_spin ? resolved->leaf_spin : path->soc_spin);
    return decide_cpu(path, leaf, comm);
}

struct comm_match {
    uint16_t best;
};

static void on_comm(void *user, uint16_t rule)
{
    take(&((struct comm_match *)user)->best, rule);
}

/* Frames of unknown kind below a kernel entry symbol are the kernel's (folded text carries no kinds). */
static bool mark_kernel(struct run *r)
{
    const struct profile *p = r->p;
    bool any = false;
    for (uint32_t s = 1; s < p->stack_count; s++) {
        const struct profile_frame *f = &p->frames[p->stacks[s].frame.ix];
        bool unknown = f->kind == FRAME_UNKNOWN || (f->kind == FRAME_NATIVE && f->module.ix == 0);
        r->in_kernel[s] =
            f->kind == FRAME_KERNEL ||
            (unknown && (r->in_kernel[p->stacks[s].parent.ix] || is_kernel_entry(profile_str(p, f->func))));
        any = any || (r->in_kernel[s] && f->kind != FRAME_KERNEL);
    }
    return any;
}

static void paths_fill(struct run *r)
{
    const struct profile *p = r->p;
    intern_init(&r->knowledge);
    r->paths[0].known = known_put(r, &(struct known){ 0 });
    for (uint32_t s = 1; s < p->stack_count; s++) {
        uint32_t parent = p->stacks[s].parent.ix;
        const struct path *up = &r->paths[parent];
        const struct frame_rules *f = rules_of(r, s);
        bool managed = p->frames[p->stacks[s].frame.ix].kind == FRAME_MANAGED;
        struct known above = known_of(r, parent), own = known_below(&above, f, managed);
        /* Most frames add nothing to what their callers know. */
        bool same = memcmp(&own, &above, sizeof own) == 0;
        r->paths[s] = (struct path){ .known = same ? up->known : known_put(r, &own),
                                     .leaf = (f->flags & F_UNRESOLVED) ? up->leaf : s,
                                     .managed = managed ? s : up->managed };
        overriding_stack(&r->overriding, s, (struct override_frame){ managed, f->soc_work || f->soc_spin });
    }
}

static void run_prepare(struct run *r, const struct classify_options *opt, enum runtime_kind runtime)
{
    const struct profile *p = r->p;
    r->frames = xcalloc(p->frame_count, sizeof *r->frames);
    r->in_kernel = xcalloc(p->stack_count, sizeof *r->in_kernel);
    r->paths = xcalloc(p->stack_count, sizeof *r->paths);
    r->comm = xcalloc(p->thread_count, sizeof *r->comm);
    bool guessed = mark_kernel(r);
    if (guessed)
        r->kernels = xcalloc(p->frame_count, sizeof *r->kernels);
    for (uint32_t i = 0; i < p->frame_count; i++) {
        frame_match(p, &p->frames[i], runtime, false, &r->frames[i]);
        if (guessed)
            frame_match(p, &p->frames[i], runtime, true, &r->kernels[i]);
    }
    overriding_init(&r->overriding, p, opt, runtime);
    paths_fill(r);
    for (uint32_t t = 0; t < p->thread_count; t++) {
        struct comm_match m = { 0 };
        rules_match_comm(profile_str(p, p->threads[t].name), runtime, on_comm, &m);
        r->comm[t] = m.best;
    }
}

uint32_t classify_override_first(void)
{
    return rule_count + FALLBACK_COUNT;
}

/* What the project corrected, over what the table says. */
static void override_row(const struct run *r, struct classification *c, uint32_t row)
{
    uint32_t stack = r->p->row_stack[row].ix;
    const struct frame_rules *leaf = stack ? rules_of(r, stack) : NULL;
    struct override_row of = { .stack = stack,
                               .clock = r->clock,
                               .state = (enum sample_state)r->p->row_state[row],
                               .kernel = leaf && (leaf->flags & F_KERNEL),
                               .unresolved = !leaf || (leaf->flags & F_UNRESOLVED),
                               .now = (enum category)c->category[row] };
    uint32_t at = 0;
    enum override_turn turn = c->dropped[row] ? OVERRIDE_NONE : overriding_decide(&r->overriding, &of, &at);
    if (turn == OVERRIDE_NONE)
        return;
    struct override_use *use = &c->overrides[at];
    if (turn == OVERRIDE_REFUSED) {
        use->refused++;
        use->refusing = row;
        return;
    }
    use->decided++;
    c->category[row] = (uint8_t)r->overriding.list->items[at].category;
    c->rule[row] = classify_override_first() + at;
}

static void overrides_name(struct classification *c, const struct overriding *o)
{
    c->override_count = o->count;
    c->overrides = xcalloc(o->count + 1u, sizeof *c->overrides);
    for (uint32_t i = 0; i < o->count; i++) {
        struct sb id = { 0 };
        sb_printf(&id, "project/%s/%s", override_kind_name(o->list->items[i].kind), o->list->items[i].pattern);
        c->overrides[i].id = xstrndup(id.ptr, id.len);
        sb_release(&id);
    }
}

struct classification *classify_profile(const struct profile *p, const struct classify_options *opt)
{
    struct run r = { .p = p, .clock = opt->clock };
    enum runtime_kind runtime = opt->runtime != RUNTIME_UNKNOWN ? opt->runtime : frame_guess_runtime(p);
    run_prepare(&r, opt, runtime);
    struct classification *c = xcalloc(1, sizeof *c);
    c->row_count = p->row_count;
    c->category = xcalloc(p->row_count, sizeof *c->category);
    c->rule = xcalloc(p->row_count, sizeof *c->rule);
    c->dropped = xcalloc(p->row_count, sizeof *c->dropped);
    overrides_name(c, &r.overriding);
    for (uint32_t row = 0; row < p->row_count; row++) {
        struct decision d = decide(&r, row, &c->dropped[row]);
        c->category[row] = d.category;
        c->rule[row] = d.rule;
        override_row(&r, c, row);
    }
    free(r.frames);
    free(r.kernels);
    free(r.paths);
    intern_release(&r.knowledge);
    free(r.comm);
    free(r.in_kernel);
    overriding_release(&r.overriding);
    return c;
}

void classification_free(struct classification *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->override_count; i++)
        free(c->overrides[i].id);
    free(c->overrides);
    free(c->category);
    free(c->rule);
    free(c->dropped);
    free(c);
}

void classification_rule_id(const struct classification *c, uint32_t rule, struct sb *out)
{
    uint32_t first = classify_override_first();
    if (rule >= first && rule - first < c->override_count)
        sb_adds(out, c->overrides[rule - first].id);
    else
        classify_rule_id(rule, out);
}
