/* components.c - parts of the program that could be replaced alone: those that a proposal names, else modules (package or
 * file) with 5 % of CPU or more, with all they call. A library that calls the program's own code back cannot take that
 * code along: below a dependency or the standard library, a sample counts until the program's own frames begin. */
#include "evidence/amdahl.h"
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/intern.h"
#include "classify/rules.h"

enum { COMPONENTS_MAX = 8, SPECS_MAX = 64 };
static const double least_share = 0.05;

enum owner { OWNER_NONE, OWNER_APP, OWNER_LIBRARY };

struct modules {
    struct intern names;
    uint32_t *of_frame; /* [frame] module, 0 = none */
    uint8_t *owner;     /* [frame] */
    double *weight;     /* [module] */
    uint32_t *seen;     /* [module] stamp */
};

static struct span first_segment(struct span path)
{
    size_t n = 0;
    bool scoped = path.len > 0 && path.ptr[0] == '@';
    while (n < path.len && (path.ptr[n] != '/' || scoped)) {
        if (path.ptr[n] == '/')
            scoped = false;
        n++;
    }
    return span_sub(path, 0, n);
}

/* "a.b.C.method" -> "a.b.C" for languages whose functions carry their class. */
static struct span class_of(struct span func)
{
    size_t paren = span_chr(func, 0, '(');
    struct span head = span_sub(func, 0, paren);
    size_t dot = span_rchr(head, '.');
    return dot < head.len ? span_sub(head, 0, dot) : SPAN("");
}

static struct span module_of(const struct frame_view *f)
{
    if (f->runtime == RUNTIME_GO)
        return f->module;
    if (f->runtime == RUNTIME_JVM || f->runtime == RUNTIME_DOTNET)
        return class_of(f->func);
    if ((f->dep || f->stdlib) && f->module.len > 0)
        return first_segment(f->module);
    return f->file.len > 0 ? f->file : f->own_binary ? f->dso : SPAN("");
}

static enum owner owner_of(const struct frame_view *f)
{
    /* The interpreter's own binary is no part that could be replaced alone. */
    bool managed = f->runtime != RUNTIME_UNKNOWN && f->runtime != RUNTIME_NATIVE && f->runtime != RUNTIME_GO;
    if (f->kind == FRAME_KERNEL || f->kind == FRAME_META || f->unresolved || span_starts(f->func, SPAN("(")))
        return OWNER_NONE;
    if (f->dep || f->stdlib)
        return OWNER_LIBRARY;
    if (f->kind == FRAME_NATIVE)
        return f->own_binary && !managed ? OWNER_APP : OWNER_NONE;
    return f->file.len > 0 || f->kind == FRAME_MANAGED ? OWNER_APP : OWNER_NONE;
}

static void modules_init(struct modules *m, const struct view *v, enum runtime_kind runtime)
{
    const struct profile *p = v->p;
    intern_init(&m->names);
    m->of_frame = xcalloc(p->frame_count + 1u, sizeof *m->of_frame);
    m->owner = xcalloc(p->frame_count + 1u, sizeof *m->owner);
    for (uint32_t i = 0; i < p->frame_count; i++) {
        struct frame_view f;
        frame_view_of(p, &p->frames[i], runtime, &f);
        m->owner[i] = (uint8_t)owner_of(&f);
        if (m->owner[i] != OWNER_NONE)
            m->of_frame[i] = intern_add(&m->names, module_of(&f));
    }
    m->weight = xcalloc(m->names.count + 1u, sizeof *m->weight);
    m->seen = xcalloc(m->names.count + 1u, sizeof *m->seen);
}

static void modules_release(struct modules *m)
{
    intern_release(&m->names);
    free(m->of_frame);
    free(m->owner);
    free(m->weight);
    free(m->seen);
}

static bool is_cpu_row(const struct view *v, uint32_t r)
{
    return v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
}

static void modules_weigh(struct modules *m, const struct view *v)
{
    const struct profile *p = v->p;
    for (uint32_t r = 0; r < p->row_count; r++) {
        if (!is_cpu_row(v, r))
            continue;
        double w = view_row_weight(v, r);
        bool app_below = false;
        for (stack_id s = p->row_stack[r]; s.ix != 0; s = p->stacks[s.ix].parent) {
            uint32_t f = p->stacks[s.ix].frame.ix, k = m->of_frame[f];
            bool owns = k != 0 && (m->owner[f] == OWNER_APP || !app_below);
            app_below = app_below || m->owner[f] == OWNER_APP;
            if (!owns || m->seen[k] == r + 1)
                continue;
            m->seen[k] = r + 1;
            m->weight[k] += w;
        }
    }
}

struct sums {
    double share, native, lo, hi;
};

static bool stays_native(enum category c)
{
    enum category_class k = category_class_of(c);
    return k == CLASS_NATIVE || k == CLASS_KERNEL || c == CAT_SERDE_NATIVE || c == CAT_W_GPU;
}

/* Fills the component from member[row]. */
static void fill(struct work *w, const struct view *v, const bool *member, struct evidence_component *out)
{
    struct sums s = { 0 };
    float *x = xcalloc(v->p->row_count + 1u, sizeof *x);
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        x[r] = !is_cpu_row(v, r) ? (float)NUM_UNKNOWN : member[r] ? 1.0F : 0.0F;
        if (!member[r] || !is_cpu_row(v, r))
            continue;
        enum category c = (enum category)v->c->category[r];
        struct alpha a = compose_alpha_ext(c, v->native_visible);
        double share = view_row_weight(v, r) / v->cpu_weight;
        s.share += share;
        s.native += stays_native(c) ? share : 0;
        s.lo += a.lo * share;
        s.hi += a.hi * share;
    }
    struct sequence seq = { x, clamp01(s.share) };
    double n = neff_of(v, &seq, w->e->rate_hz);
    free(x);
    if (v->n_exact)
        n = fmin(n, v->cpu_n);
    out->share = stats_wilson(clamp01(s.share), n);
    out->native_share = s.share > 0 ? clamp01(s.native / s.share) : 0;
    out->native = SHARE_UNKNOWN;
    if (s.share > 0)
        out->native = stats_wilson(out->native_share, n * clamp01(s.share));
    out->addr_lo = s.lo > 0 ? stats_wilson(clamp01(s.lo), n).lo : 0;
    out->addr_est = clamp01((s.lo + s.hi) / 2);
    out->addr_hi = s.hi > 0 ? stats_wilson(clamp01(s.hi), n).hi : 0;
    bool doubtful = w->e->composition_other && w->e->q.lo <= 0 && w->e->q.hi >= 1;
    if (doubtful) {
        out->addr_lo = 0;
        out->addr_hi = 1;
    }
}

/* The heaviest modules, at most COMPONENTS_MAX. */
static uint32_t modules_choose(struct modules *m, const struct view *v, uint32_t *chosen)
{
    uint32_t n = 0;
    while (n < COMPONENTS_MAX) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < m->names.count; k++) {
            if (m->weight[k] > m->weight[best])
                best = k;
        }
        if (best == 0 || m->weight[best] < least_share * v->cpu_weight)
            break;
        m->weight[best] = 0;
        chosen[n++] = best;
    }
    return n;
}

/* [stack] the chosen modules that own it, a bit each, for all at once: a stack's parent stands before it. The program's
 * own modules are handed down to all callees, libraries only down to the next frame of the program. */
static uint8_t *modules_owning(const struct modules *m, const struct profile *p, const uint32_t *chosen, uint32_t n)
{
    _Static_assert(COMPONENTS_MAX <= 8, "a bit each");
    uint8_t *bit = xcalloc(m->names.count + 1u, sizeof *bit);
    uint8_t *app = xcalloc(p->stack_count + 1u, sizeof *app);
    uint8_t *all = xcalloc(p->stack_count + 1u, sizeof *all);
    for (uint32_t i = 0; i < n; i++)
        bit[chosen[i]] = (uint8_t)(1u << i);
    for (uint32_t s = 1; s < p->stack_count; s++) {
        uint32_t up = p->stacks[s].parent.ix, f = p->stacks[s].frame.ix;
        bool own = m->owner[f] == OWNER_APP;
        uint8_t here = bit[m->of_frame[f]];
        app[s] = (uint8_t)(app[up] | (own ? here : 0));
        all[s] = (uint8_t)((own ? app[s] : all[up]) | here);
    }
    free(bit);
    free(app);
    return all;
}

static void from_modules(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    struct modules m = { 0 };
    uint32_t chosen[COMPONENTS_MAX];
    modules_init(&m, v, v->a->runtime != RUNTIME_UNKNOWN ? v->a->runtime : w->runtime);
    modules_weigh(&m, v);
    e->components = ARENA_ARRAY(&e->arena, COMPONENTS_MAX, struct evidence_component);
    e->component_count = modules_choose(&m, v, chosen);
    uint8_t *owning = modules_owning(&m, v->p, chosen, e->component_count);
    bool *member = xcalloc(v->p->row_count + 1u, sizeof *member);
    for (uint32_t i = 0; i < e->component_count; i++) {
        for (uint32_t r = 0; r < v->p->row_count; r++)
            member[r] = is_cpu_row(v, r) && (owning[v->p->row_stack[r].ix] >> i & 1) != 0;
        struct evidence_component *c = &e->components[i];
        *c = (struct evidence_component){ .name = arena_span(&e->arena, intern_get(&m.names, chosen[i])) };
        fill(w, v, member, c);
    }
    free(owning);
    free(member);
    modules_release(&m);
}

/* A glob may speak of the function, its file, module or binary, or of "function (file)" as flame graphs show it, the
 * file with or without its folders. */
static bool spec_matches(const struct evidence_component_spec *s, const struct frame_view *f)
{
    char both[1024], brief[1024];
    struct span folders, base = f->file;
    (void)span_rsplit(f->file, '/', &folders, &base);
    int n = snprintf(both, sizeof both, "%.*s (%.*s)", SPAN_FMT(f->func), SPAN_FMT(f->file));
    int m = snprintf(brief, sizeof brief, "%.*s (%.*s)", SPAN_FMT(f->func), SPAN_FMT(base));
    struct span shown = span_make(both, n > 0 && (size_t)n < sizeof both && f->file.len > 0 ? (size_t)n : 0);
    struct span in_brief = span_make(brief, m > 0 && (size_t)m < sizeof brief && base.len > 0 ? (size_t)m : 0);
    for (uint32_t i = 0; i < s->match_count; i++) {
        char glob[256];
        if (s->match[i].len >= sizeof glob)
            continue;
        memcpy(glob, s->match[i].ptr, s->match[i].len);
        glob[s->match[i].len] = 0;
        if (glob_match(glob, f->func) || (shown.len > 0 && glob_match(glob, shown)) ||
            (in_brief.len > 0 && glob_match(glob, in_brief)) || (f->file.len > 0 && glob_match(glob, f->file)) ||
            (f->module.len > 0 && glob_match(glob, f->module)) || (f->dso.len > 0 && glob_match(glob, f->dso)))
            return true;
    }
    return false;
}

/* Frames that the globs match, and with them the rows whose stack holds one; false when no frame matches. */
static bool rows_of(const struct work *w, const struct view *v, const struct evidence_component_spec *s, bool *member)
{
    bool any = false;
    const struct profile *p = v->p;
    bool *hit = xcalloc(p->frame_count + 1u, sizeof *hit), *stack = xcalloc(p->stack_count + 1u, sizeof *stack);
    for (uint32_t f = 0; f < p->frame_count; f++) {
        struct frame_view view;
        frame_view_of(p, &p->frames[f], v->a->runtime != RUNTIME_UNKNOWN ? v->a->runtime : w->runtime, &view);
        hit[f] = spec_matches(s, &view);
        any = any || hit[f];
    }
    for (uint32_t k = 1; k < p->stack_count; k++)
        stack[k] = stack[p->stacks[k].parent.ix] || hit[p->stacks[k].frame.ix];
    for (uint32_t r = 0; r < p->row_count; r++)
        member[r] = stack[p->row_stack[r].ix];
    free(hit);
    free(stack);
    return any;
}

/* Addressable CPU by the component that takes it, each row once; the last is the rest. */
struct taken {
    bool *row;
    double part[SPECS_MAX + 1];
    double whole;
};

static void take_rows(struct taken *t, const struct work *w, const struct view *v, const bool *member, uint32_t by)
{
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        if (!is_cpu_row(v, r) || t->row[r] || (member && !member[r]))
            continue;
        struct alpha a = compose_alpha_full(w, (enum category)v->c->category[r], v->native_visible);
        double x = view_row_weight(v, r) * (a.lo + a.hi) / 2;
        t->row[r] = true;
        t->part[by] += x;
        t->whole += x;
    }
}

/* Time left over is the sum of what each part leaves: the whole's factor is the harmonic mean by their parts. */
static void speed_from_parts(struct evidence *e, const struct taken *t)
{
    double left[3] = { 0 };
    for (uint32_t i = 0; i <= e->component_count; i++) {
        struct speed_range s = i < e->component_count ? e->components[i].speed : e->speed;
        if (t->part[i] <= 0)
            continue;
        left[0] += t->part[i] / s.lo;
        left[1] += t->part[i] / s.mode;
        left[2] += t->part[i] / s.hi;
    }
    if (t->whole > 0)
        e->speed = (struct speed_range){ t->whole / left[0], t->whole / left[1], t->whole / left[2] };
}

static void from_specs(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    uint32_t n = w->in->component_count < SPECS_MAX ? w->in->component_count : SPECS_MAX;
    struct taken t = { .row = xcalloc(v->p->row_count + 1u, sizeof *t.row) };
    bool *member = xcalloc(v->p->row_count + 1u, sizeof *member);
    e->components = ARENA_ARRAY(&e->arena, n, struct evidence_component);
    for (uint32_t i = 0; i < n; i++) {
        const struct evidence_component_spec *s = &w->in->components[i];
        struct evidence_component *c = &e->components[e->component_count++];
        *c = (struct evidence_component){ .name = arena_span(&e->arena, s->name), .proposed = true };
        c->speed = num_known(s->speed.lo) ? s->speed : w->in->speed;
        c->kappa = s->kappa;
        c->crossing_s = s->crossing_s;
        c->unmatched = !rows_of(w, v, s, member);
        if (c->unmatched)
            work_problem(
                w, "component_without_frames", SPAN(""),
                "patterns are held against function, file, module and \"function (file)\"; * stands for anything",
                "no frame of the recording matches the patterns of component '%.*s'", SPAN_FMT(s->name));
        fill(w, v, member, c);
        take_rows(&t, w, v, member, i);
    }
    take_rows(&t, w, v, NULL, n);
    if (w->in->speed_of_parts && num_known(e->speed.lo))
        speed_from_parts(e, &t);
    free(t.row);
    free(member);
}

static void watch_specs(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    bool *member = xcalloc(v->p->row_count + 1u, sizeof *member);
    e->watched = ARENA_ARRAY(&e->arena, w->in->watched_count, struct evidence_component);
    for (uint32_t i = 0; i < w->in->watched_count; i++) {
        const struct evidence_component_spec *s = &w->in->watched[i];
        struct evidence_component *c = &e->watched[e->watched_count++];
        *c = (struct evidence_component){ .name = arena_span(&e->arena, s->name), .speed = SPEED_UNKNOWN };
        if (s->speed.lo > 0) /* a part that somebody would replace, not one that is only looked at */
            c->speed = s->speed;
        c->kappa = s->kappa;
        c->crossing_s = s->crossing_s;
        c->unmatched = !rows_of(w, v, s, member);
        fill(w, v, member, c);
    }
    free(member);
}

void components_build(struct work *w)
{
    const struct view *v = w->composition;
    if (!v)
        return;
    if (w->in->watched_count > 0)
        watch_specs(w, v);
    if (w->in->component_count > 0) {
        from_specs(w, v);
        return;
    }
    from_modules(w, v);
    for (uint32_t i = 0; i < w->e->component_count; i++)
        w->e->components[i].speed = w->in->speed;
}
