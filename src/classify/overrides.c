/* overrides.c - what a project corrected, over the table's decision.
 *
 * The nearest frame to the leaf that a correction names counts. It decides the row
 *   where that frame is the leaf itself, for any category that the sample can have;
 *   where it is a caller, for what its callees do not say by themselves: a row of the table nearer the leaf that owns its
 *   callees, the kernel, collection and compiling stay; corrections to managed code leave native callees native, so that
 *   no word of anybody makes time of a library something that a rewrite can win; corrections to waiting rename what waits
 *   below and turn nothing else into waiting.
 * 1. A row that was sampled on CPU (its clock or its state says so) never becomes waiting; one whose state is waiting, or
 *    whose clock counts blocked time, never becomes CPU; ready rows stay ready, empty processors empty.
 * 2. Kernel frames stay kernel, and no other frame becomes it. */
#include "classify/overriding.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/sha256.h"

static const char *const kind_names[] = {
    [OVERRIDE_FUNCTION] = "function",
    [OVERRIDE_MODULE] = "module",
    [OVERRIDE_DSO] = "dso",
    [OVERRIDE_FILE] = "file",
};
_Static_assert(ARRAY_LEN(kind_names) == OVERRIDE_KIND_COUNT, "one name per kind");

const char *override_kind_name(enum override_kind k)
{
    return kind_names[k];
}

bool override_kind_from_name(struct span s, enum override_kind *ret)
{
    for (int k = 0; k < OVERRIDE_KIND_COUNT; k++) {
        if (span_is(s, kind_names[k])) {
            *ret = (enum override_kind)k;
            return true;
        }
    }
    return false;
}

static size_t literal_length(struct span pattern)
{
    size_t n = 0;
    for (size_t i = 0; i < pattern.len; i++)
        n += pattern.ptr[i] != '*' && pattern.ptr[i] != '?';
    return n;
}

bool classify_override_check(struct span pattern, enum category c, struct err *err)
{
    if (pattern.len == 0)
        return err_set(err, ERR_VALUE, "pattern: is empty");
    if (pattern.len > OVERRIDE_PATTERN_MAX)
        return err_set(err, ERR_VALUE, "pattern: has %zu bytes, at most %d are taken", pattern.len,
                       OVERRIDE_PATTERN_MAX);
    for (size_t i = 0; i < pattern.len; i++) {
        if ((unsigned char)pattern.ptr[i] < 0x20 || pattern.ptr[i] == 0x7f)
            return err_set(err, ERR_VALUE, "pattern: holds a control character");
    }
    if (literal_length(pattern) < 2)
        return err_set(err, ERR_VALUE,
                       "pattern: names nearly everything; give at least two characters beside * and ?");
    if (c == CAT_RUNQ || c == CAT_IDLE_CPU || c == CAT_META)
        return err_set(err, ERR_VALUE, "category: %s is measured by the system, no property of code", category_name(c));
    return true;
}

void classify_overrides_version(const struct classify_overrides *o, char ret[13])
{
    char hex[65];
    struct sb text = { 0 };
    for (uint32_t i = 0; o && i < o->count; i++)
        sb_printf(&text, "%s\t%s\t%s\n", kind_names[o->items[i].kind], o->items[i].pattern,
                  category_name(o->items[i].category));
    sha256_hex(sb_span(&text), hex);
    (void)snprintf(ret, 13, "%.12s", text.len > 0 ? hex : "none");
    sb_release(&text);
}

/* --- which frames a correction names --- */

struct frame_texts {
    struct frame_view view;
    struct span func, last, file, module; /* as the profile has them; last: of a qualified name */
};

static void texts_of(const struct profile *p, const struct profile_frame *f, enum runtime_kind runtime,
                     struct frame_texts *ret)
{
    struct span head;
    frame_view_of(p, f, runtime, &ret->view);
    ret->func = profile_str(p, f->func);
    ret->file = profile_str(p, f->file);
    ret->module = profile_str(p, f->module);
    ret->last = SPAN("");
    if (ret->view.runtime == RUNTIME_PYTHON && f->kind != FRAME_NATIVE && f->kind != FRAME_KERNEL &&
        !span_rsplit(ret->func, '.', &head, &ret->last))
        ret->last = SPAN("");
}

static bool text_matches(const char *pattern, struct span text)
{
    return text.len > 0 && glob_match(pattern, text);
}

/* name@file: the last @ parts them, unless the name as a whole is meant ("memcpy@plt"). */
static bool function_matches(const char *pattern, const struct frame_texts *t)
{
    struct span name, file;
    char buf[OVERRIDE_PATTERN_MAX + 1];
    const struct span names[] = { t->func, t->view.func, t->last };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_matches(pattern, names[i]))
            return true;
    }
    if (!span_rsplit(span_of(pattern), '@', &name, &file) || name.len == 0 || name.len >= sizeof buf ||
        !text_matches(file.ptr, t->file))
        return false;
    memcpy(buf, name.ptr, name.len);
    buf[name.len] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (text_matches(buf, names[i]))
            return true;
    }
    return false;
}

static bool module_matches(const char *pattern, const struct frame_texts *t)
{
    struct span m = t->view.module;
    for (size_t n = 1; n <= m.len; n++) {
        bool end = n == m.len || m.ptr[n] == '.' || m.ptr[n] == '/' || m.ptr[n] == ':' || m.ptr[n] == '!';
        if (end && glob_match(pattern, span_sub(m, 0, n)))
            return true;
    }
    return text_matches(pattern, t->module) || text_matches(pattern, t->view.dso);
}

static bool matches(const struct classify_override *o, const struct frame_texts *t)
{
    switch (o->kind) {
    case OVERRIDE_FUNCTION:
        return function_matches(o->pattern, t);
    case OVERRIDE_MODULE:
        return module_matches(o->pattern, t);
    case OVERRIDE_DSO:
        return text_matches(o->pattern, t->view.dso) || text_matches(o->pattern, t->module);
    case OVERRIDE_FILE:
        return text_matches(o->pattern, t->file) || text_matches(o->pattern, t->view.file);
    case OVERRIDE_KIND_COUNT:
        break;
    }
    return false;
}

static uint16_t best_match(const struct overriding *o, const size_t *literal, const struct frame_texts *t)
{
    uint16_t best = 0;
    for (uint32_t i = 0; i < o->count; i++) {
        if ((best == 0 || literal[i] >= literal[best - 1]) && matches(&o->list->items[i], t))
            best = (uint16_t)(i + 1);
    }
    return best;
}

void overriding_init(struct overriding *o, const struct profile *p, const struct classify_options *opt,
                     enum runtime_kind runtime)
{
    size_t literal[OVERRIDES_MAX];
    *o = (struct overriding){ .p = p };
    if (!opt->overrides || opt->overrides->count == 0)
        return;
    o->list = opt->overrides;
    o->count = o->list->count < OVERRIDES_MAX ? o->list->count : OVERRIDES_MAX;
    o->frames = xcalloc(p->frame_count + 1u, sizeof *o->frames);
    o->paths = xcalloc(p->stack_count + 1u, sizeof *o->paths);
    for (uint32_t i = 0; i < o->count; i++)
        literal[i] = literal_length(span_of(o->list->items[i].pattern));
    for (uint32_t i = 0; i < p->frame_count; i++) {
        struct frame_texts t;
        texts_of(p, &p->frames[i], runtime, &t);
        o->frames[i] = best_match(o, literal, &t);
    }
}

void overriding_release(struct overriding *o)
{
    free(o->frames);
    free(o->paths);
}

void overriding_stack(struct overriding *o, uint32_t stack, struct override_frame f)
{
    if (!o->list)
        return;
    const struct profile_frame *frame = &o->p->frames[o->p->stacks[stack].frame.ix];
    uint16_t own = o->frames[o->p->stacks[stack].frame.ix];
    struct override_path up = o->paths[o->p->stacks[stack].parent.ix];
    if (own != 0)
        o->paths[stack] = (struct override_path){ own, true, false, frame->kind == FRAME_NATIVE };
    else if (up.native && f.managed) /* native code hosts managed code that it calls back, it does not own it */
        o->paths[stack] = (struct override_path){ 0 };
    else
        o->paths[stack] = (struct override_path){ up.at, false, up.claimed || f.claims, up.native };
}

/* --- what it may decide --- */

static bool waits(enum category c)
{
    enum category_class k = category_class_of(c);
    return k == CLASS_WAIT || k == CLASS_INTERNAL_WAIT || k == CLASS_IDLE;
}

/* Waiting of which nobody knows what for. */
static bool waits_for_anything(enum category c)
{
    return c == CAT_W_NET || c == CAT_W_IPC || c == CAT_W_OTHER || c == CAT_W_LOCK || c == CAT_W_TIMER ||
           category_class_of(c) == CLASS_IDLE;
}

static bool is_native_work(enum category c)
{
    return category_class_of(c) == CLASS_NATIVE || c == CAT_SERDE_NATIVE || c == CAT_SPIN || c == CAT_W_GPU;
}

/* The frame of the row is the one that the correction names. */
static enum override_turn decide_self(enum category c, const struct override_row *row, bool on_cpu, bool asleep)
{
    bool any = c == CAT_PROFILER || c == CAT_UNKNOWN;
    if (asleep && !waits(c) && c != CAT_PROFILER)
        return OVERRIDE_REFUSED;
    if (on_cpu && !category_is_cpu(c) && c != CAT_PROFILER)
        return OVERRIDE_REFUSED;
    if (!any && !waits(c) && c != CAT_SPIN && row->kernel != (category_class_of(c) == CLASS_KERNEL))
        return OVERRIDE_REFUSED;
    return OVERRIDE_SETS;
}

/* The row's frame is called by it. */
static enum override_turn decide_callee(enum category c, const struct override_row *row, bool claimed, bool on_cpu)
{
    enum category now = row->now;
    enum category_class k = category_class_of(now);
    if (c == CAT_PROFILER)
        return OVERRIDE_SETS;
    if (waits(c) && c != CAT_W_GPU && on_cpu)
        return OVERRIDE_REFUSED;
    if (waits(now) && now != CAT_W_GPU) {
        bool sets = waits(c) && (category_class_of(c) == CLASS_WAIT || waits_for_anything(now));
        return sets ? OVERRIDE_SETS : OVERRIDE_NONE;
    }
    bool work = is_native_work(c) || c == CAT_SERDE;
    if (claimed || row->kernel || k == CLASS_KERNEL || (k == CLASS_RUNTIME && now != CAT_VM) || now == CAT_PROFILER ||
        category_class_of(c) == CLASS_KERNEL || !category_is_cpu(c))
        return OVERRIDE_NONE;
    if (is_native_work(c) || (work && now == CAT_VM))
        return OVERRIDE_SETS;
    /* Managed code, or the like: what is known to be native stays so, what is not known stays unknown. */
    return k == CLASS_MANAGED || now == CAT_SERDE ? OVERRIDE_SETS : OVERRIDE_NONE;
}

enum override_turn overriding_decide(const struct overriding *o, const struct override_row *row, uint32_t *ret_at)
{
    if (!o->list || o->paths[row->stack].at == 0 || row->state == STATE_RUNNABLE || row->now == CAT_RUNQ)
        return OVERRIDE_NONE;
    struct override_path at = o->paths[row->stack];
    enum category c = o->list->items[at.at - 1].category;
    bool sees_wait = row->clock == CLOCK_WALL || row->clock == CLOCK_OFF;
    bool on_cpu = !sees_wait || (row->clock == CLOCK_WALL && row->state == STATE_RUNNING);
    bool asleep = row->clock == CLOCK_OFF || (sees_wait && row->state == STATE_WAITING);
    *ret_at = at.at - 1u;
    if (at.self)
        return decide_self(c, row, on_cpu, asleep);
    return decide_callee(c, row, at.claimed || row->unresolved, on_cpu);
}
