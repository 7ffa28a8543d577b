/* functions.c - every function of the composition with its share of CPU, alone and with what it calls, and what each
 * share is worth in independent samples: what two recordings are compared by.
 *
 * 1. A function is a name in a module or file, without folders: the same program in another folder has the same ones.
 *    Code without a name is one function a module. Where many files share a name ("__init__.py", "index.js") their folder belongs to it.
 * 2. Shares are of CPU samples as everywhere: alone they sum to at most 1.
 * 3. Effective samples are counted for functions above EVIDENCE_FUNCTION_FLOOR, the PARTS_MAX largest at most. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/sb.h"

enum { LISTED_MAX = 50000, PARTS_MAX = 400, MEMBERS_MAX = 32 << 20, NAME_MAX_BYTES = 400 };

struct totals {
    double self, total, best;
    uint8_t category, called; /* of its own time; of what it calls */
    double called_best;
    uint32_t frame;
    uint32_t stamp;
};

struct table {
    const struct view *v;
    struct intern keys;
    uint32_t *of_frame; /* [frame] function */
    struct totals *t;   /* [function] */
    double all;
};

static bool counted(const struct view *v, uint32_t r)
{
    if (v->p->row_stack[r].ix == 0)
        return false;
    if (v->clock == CLOCK_OFF)
        return v->role[r] != ROLE_NONE && v->role[r] != ROLE_IDLE;
    return v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
}

static size_t slash_before(struct span path, size_t end)
{
    while (end > 0 && path.ptr[end - 1] != '/' && path.ptr[end - 1] != '\\')
        end--;
    return end; /* behind the slash, 0 none */
}

/* The file without its folders; with the nearest one where the name alone tells nothing. */
static struct span place_of(const struct profile *p, const struct profile_frame *f)
{
    static const char *const common[] = { "__init__.py", "__main__.py", "index.js", "index.ts", "mod.rs", "lib.rs" };
    struct span path = profile_str(p, f->module);
    if (path.len == 0)
        path = profile_str(p, f->file);
    size_t at = slash_before(path, path.len);
    struct span base = span_from(path, at);
    /* Maps of code that was made at run time are named by the process. */
    if ((span_starts(base, SPAN("perf-")) && span_ends(base, SPAN(".map"))) || span_starts(base, SPAN("jitted-")))
        return SPAN("made at run time");
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        if (at > 1 && span_is(base, common[i]))
            return span_from(path, slash_before(path, at - 1));
    }
    return base;
}

/* An address differs from run to run: code without a name is one function a module. */
static struct span name_of(const struct profile *p, const struct profile_frame *f)
{
    struct span name = profile_str(p, f->func);
    uint64_t address;
    bool none = name.len == 0 || span_is(name, "[unknown]") ||
                (span_starts(name, SPAN("0x")) && span_hex_to_u64(name, &address));
    return none ? SPAN("(without a name)") : name;
}

static void table_fill(struct table *t)
{
    const struct profile *p = t->v->p;
    struct sb key = { 0 };
    intern_init(&t->keys);
    t->of_frame = xcalloc(p->frame_count + 1u, sizeof *t->of_frame);
    for (uint32_t i = 0; i < p->frame_count; i++) {
        sb_reset(&key);
        sb_add(&key, name_of(p, &p->frames[i]));
        sb_addc(&key, '\n');
        sb_add(&key, place_of(p, &p->frames[i]));
        t->of_frame[i] = intern_add(&t->keys, sb_span(&key));
    }
    sb_release(&key);
    t->t = xcalloc(t->keys.count + 1u, sizeof *t->t);
    for (uint32_t i = p->frame_count; i > 0; i--)
        t->t[t->of_frame[i - 1]].frame = i - 1;
}

static void table_sum(struct table *t)
{
    const struct view *v = t->v;
    const struct profile *p = v->p;
    for (uint32_t r = 0; r < p->row_count; r++) {
        double w = view_row_weight(v, r);
        if (!counted(v, r))
            continue;
        t->all += w;
        struct totals *leaf = &t->t[t->of_frame[p->stacks[p->row_stack[r].ix].frame.ix]];
        leaf->self += w;
        if (w > leaf->best) {
            leaf->best = w;
            leaf->category = v->c->category[r];
        }
        for (stack_id k = p->row_stack[r]; k.ix != 0; k = p->stacks[k.ix].parent) {
            struct totals *f = &t->t[t->of_frame[p->stacks[k.ix].frame.ix]];
            if (f->stamp == r + 1)
                continue;
            f->stamp = r + 1;
            f->total += w;
            if (w > f->called_best) {
                f->called_best = w;
                f->called = v->c->category[r];
            }
        }
    }
}

static int span_order(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int by_total(const void *a, const void *b)
{
    const struct evidence_function *x = a;
    const struct evidence_function *y = b;
    if (x->total != y->total)
        return x->total < y->total ? 1 : -1;
    if (x->self != y->self)
        return x->self < y->self ? 1 : -1;
    int name = span_order(x->name, y->name);
    return name != 0 ? name : span_order(x->place, y->place);
}

/* Before sorting, self_n_eff holds the function's number, so that the parts find their place. */
static void list(struct work *w, const struct table *t)
{
    struct evidence *e = w->e;
    const struct profile *p = t->v->p;
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->keys.count; i++)
        n += t->t[i].total > 0;
    struct evidence_function *all = xcalloc(n + 1u, sizeof *all);
    n = 0;
    for (uint32_t i = 0; i < t->keys.count; i++) {
        const struct totals *f = &t->t[i];
        if (!(f->total > 0))
            continue;
        const struct profile_frame *frame = &p->frames[f->frame];
        all[n++] = (struct evidence_function){ .name = name_of(p, frame),
                                               .place = place_of(p, frame),
                                               .file = profile_str(p, frame->file),
                                               .category = (enum category)(f->self > 0 ? f->category : f->called),
                                               .self = clamp01(f->self / t->all),
                                               .total = clamp01(f->total / t->all),
                                               .self_n_eff = i,
                                               .total_n_eff = NUM_UNKNOWN };
    }
    qsort(all, n, sizeof *all, by_total);
    e->function_total = n;
    e->function_count = n < LISTED_MAX ? n : LISTED_MAX;
    e->functions = ARENA_ARRAY(&e->arena, e->function_count + 1u, struct evidence_function);
    for (uint32_t i = 0; i < e->function_count; i++) {
        e->functions[i] = all[i];
        e->functions[i].name = arena_span(&e->arena, span_sub(all[i].name, 0, NAME_MAX_BYTES));
        e->functions[i].place = arena_span(&e->arena, span_sub(all[i].place, 0, NAME_MAX_BYTES));
        e->functions[i].file = arena_span(&e->arena, span_sub(all[i].file, 0, NAME_MAX_BYTES));
    }
    free(all);
}

/* Parts of the sequence: the largest functions with callees, the same alone, then the categories. */
struct parts {
    uint32_t functions;
    uint16_t *of; /* [function] place in the list + 1, 0 = not counted */
    bool *inside;
    uint32_t *first;
    uint16_t *member;
    size_t member_count, member_size;
    double *share, *n_eff;
};

static void parts_add(struct parts *s, uint32_t part)
{
    if (s->member_count == s->member_size) {
        s->member_size = s->member_size ? s->member_size * 2 : 1024;
        s->member = xrealloc(s->member, s->member_size, sizeof *s->member);
    }
    s->member[s->member_count++] = (uint16_t)part;
}

static void parts_of_row(const struct table *t, struct parts *s, uint32_t r, uint32_t *stamp)
{
    const struct profile *p = t->v->p;
    bool leaf = true;
    for (stack_id k = p->row_stack[r]; k.ix != 0; k = p->stacks[k.ix].parent) {
        uint32_t at = s->of[t->of_frame[p->stacks[k.ix].frame.ix]];
        if (at > 0 && leaf)
            parts_add(s, s->functions + at - 1);
        if (at > 0 && stamp[at - 1] != r + 1) {
            stamp[at - 1] = r + 1;
            parts_add(s, at - 1);
        }
        leaf = false;
    }
    parts_add(s, 2 * s->functions + t->v->c->category[r]);
}

static void parts_free(struct parts *s)
{
    free(s->of);
    free(s->inside);
    free(s->first);
    free(s->member);
    free(s->share);
    free(s->n_eff);
    *s = (struct parts){ 0 };
}

/* False when rows are in more parts than there is room for. */
static bool parts_make(struct work *w, const struct table *t, uint32_t most, struct parts *s)
{
    const struct profile *p = t->v->p;
    struct evidence *e = w->e;
    s->of = xcalloc(t->keys.count + 1u, sizeof *s->of);
    while (s->functions < e->function_count && s->functions < most &&
           e->functions[s->functions].total >= EVIDENCE_FUNCTION_FLOOR) {
        s->of[(uint32_t)e->functions[s->functions].self_n_eff] = (uint16_t)(s->functions + 1);
        s->functions++;
    }
    size_t n = 2u * s->functions + CAT_COUNT;
    s->inside = xcalloc(p->row_count + 1u, sizeof *s->inside);
    s->first = xcalloc(p->row_count + 2u, sizeof *s->first);
    s->share = xcalloc(n, sizeof *s->share);
    s->n_eff = xcalloc(n, sizeof *s->n_eff);
    uint32_t *stamp = xcalloc(s->functions + 1u, sizeof *stamp);
    for (uint32_t r = 0; r < p->row_count && s->member_count < MEMBERS_MAX; r++) {
        s->first[r] = (uint32_t)s->member_count;
        s->inside[r] = counted(t->v, r);
        if (s->inside[r])
            parts_of_row(t, s, r, stamp);
        for (size_t i = s->first[r]; i < s->member_count; i++)
            s->share[s->member[i]] += view_row_weight(t->v, r) / t->all;
    }
    s->first[p->row_count] = (uint32_t)s->member_count;
    free(stamp);
    for (size_t i = 0; i < n; i++) /* all of it is all, whatever the rounding of the sum */
        s->share[i] = s->share[i] > 1 - 1e-12 ? 1 : s->share[i];
    return s->member_count < MEMBERS_MAX;
}

static double at_most(const struct view *v, double n)
{
    return v->n_exact && v->cpu_n > 0 && v->clock != CLOCK_OFF && n > v->cpu_n ? v->cpu_n : n;
}

static void parts_take(struct work *w, const struct table *t, struct parts *s)
{
    struct evidence *e = w->e;
    struct parts_of_rows rows = { s->inside, s->first, s->member, 2 * s->functions + CAT_COUNT, s->share };
    neff_of_parts(t->v, &rows, e->rate_hz, s->n_eff);
    for (uint32_t i = 0; i < e->function_count; i++) {
        bool in = i < s->functions;
        e->functions[i].total_n_eff = in ? at_most(t->v, s->n_eff[i]) : NUM_UNKNOWN;
        e->functions[i].self_n_eff = in ? at_most(t->v, s->n_eff[s->functions + i]) : NUM_UNKNOWN;
    }
    for (uint32_t i = 0; i < e->cpu_count; i++)
        e->cpu[i].n_eff = at_most(t->v, s->n_eff[2 * s->functions + (uint32_t)e->cpu[i].category]);
    /* A category that nothing was in is none of it: what all or nothing of the sequence is worth. */
    e->whole.n_eff = at_most(t->v, s->n_eff[2 * s->functions + CAT_COUNT - 1]);
}

static bool waits_unmarked(const struct work *w, const struct view *v)
{
    bool found = false;
    for (uint32_t i = 0; i < w->e->problem_count; i++)
        found = found || (span_is(span_of(w->e->problems[i].code), "wait_frames_in_unknown_clock") &&
                          span_eq(w->e->problems[i].artefact, v->a->name));
    for (uint32_t i = 0; i < v->a->problem_count; i++)
        found = found || span_is(span_of(v->a->problems[i].code), "wait_frames_in_unknown_clock");
    return found && v->clock == CLOCK_UNKNOWN;
}

static void whole_of(struct work *w, const struct view *v, double all)
{
    const struct profile *p = v->p;
    struct evidence_whole *x = &w->e->whole;
    bool column = v->column < p->column_count;
    *x = (struct evidence_whole){
        .known = true,
        .clock = v->clock,
        .unit = column ? p->columns[v->column].unit : UNIT_SAMPLES,
        .is_time = !column || p->columns[v->column].is_time,
        .event = column ? arena_span(&w->e->arena, profile_str(p, p->columns[v->column].event)) : SPAN("samples"),
        .artefact = arena_span(&w->e->arena, v->a->name),
        .artefact_index = v->artefact,
        .waits_unmarked = waits_unmarked(w, v),
        .weight = all,
        .seconds = num_known(v->seconds_per_weight) ? all * v->seconds_per_weight : NUM_UNKNOWN,
        .samples = v->n_exact && v->clock != CLOCK_OFF ? v->cpu_n : NUM_UNKNOWN,
        .n_eff = NUM_UNKNOWN,
        .native_visible = v->native_visible,
        .ordered = p->order_count > 0,
    };
}

void functions_build(struct work *w)
{
    for (uint32_t i = 0; i < w->e->cpu_count; i++)
        w->e->cpu[i].n_eff = NUM_UNKNOWN;
    struct table t = { .v = w->composition ? w->composition : w->off };
    if (!w->in->functions || !t.v)
        return;
    table_fill(&t);
    table_sum(&t);
    if (t.all > 0) {
        struct parts s = { 0 };
        whole_of(w, t.v, t.all);
        list(w, &t);
        for (uint32_t most = PARTS_MAX; !parts_make(w, &t, most, &s) && most > 0; most /= 4)
            parts_free(&s);
        parts_take(w, &t, &s);
        parts_free(&s);
    }
    intern_release(&t.keys);
    free(t.of_frame);
    free(t.t);
}
