/* compare_functions.c - functions and kinds of CPU time that take another share than before.
 *
 * Every function that takes at least EVIDENCE_FUNCTION_FLOOR on either side is looked at, alone and with what it calls: a
 * family of differences, of which one in twenty would pass a line for one. So chances are adjusted by Holm's method over
 * the family, and only what passes then is more than noise. Categories are a family of their own. */
#include "advise/compare_ctx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/stats.h"

/* A part that is absent on one side was not sampled there: it is worth what the same part is worth on the other. */
static double n_eff_beside(double own, double other, double whole, double other_whole)
{
    if (num_known(own))
        return own;
    if (num_known(other) && other_whole > 0)
        return fmin(whole, other * whole / other_whole);
    return whole;
}

struct sample {
    double p, n;
};

static struct compare_change change_of(const char *name, const char *words, struct sample b, struct sample h)
{
    struct compare_change x = { .name = name, .words = words, .chance = NUM_UNKNOWN, .more = TRI_UNKNOWN };
    x.base = num_known(b.p) ? stats_wilson(b.p, b.n) : SHARE_UNKNOWN;
    x.head = num_known(h.p) ? stats_wilson(h.p, h.n) : SHARE_UNKNOWN;
    x.diff = stats_difference(b.p, b.n, h.p, h.n, STATS_Z);
    if (share_known(x.diff))
        x.chance = stats_chance(b.p, b.n, h.p, h.n);
    return x;
}

/* --- categories --- */

static const struct evidence_cpu *category_find(const struct evidence *e, enum category k)
{
    for (uint32_t i = 0; i < e->cpu_count; i++) {
        if (e->cpu[i].category == k)
            return &e->cpu[i];
    }
    return NULL;
}

static void categories(struct compare *c)
{
    const struct evidence *b = c->in->base.evidence, *h = c->in->head.evidence;
    double chance[CAT_COUNT], line[CAT_COUNT];
    for (int k = 0; k < CAT_COUNT; k++) {
        const struct evidence_cpu *x = category_find(b, (enum category)k), *y = category_find(h, (enum category)k);
        if (!x && !y)
            continue;
        double nx = x ? x->n_eff : NUM_UNKNOWN, ny = y ? y->n_eff : NUM_UNKNOWN;
        struct sample p = { x ? x->share : 0, n_eff_beside(nx, ny, b->whole.n_eff, h->whole.n_eff) };
        struct sample q = { y ? y->share : 0, n_eff_beside(ny, nx, h->whole.n_eff, b->whole.n_eff) };
        c->cpu[c->cpu_count++] = change_of(category_name((enum category)k), category_words((enum category)k), p, q);
    }
    for (uint32_t i = 0; i < c->cpu_count; i++)
        chance[i] = c->cpu[i].chance;
    stats_holm(chance, c->cpu_count, line);
    for (uint32_t i = 0; i < c->cpu_count; i++) {
        c->cpu[i].chance = line[i];
        compare_settle(&c->cpu[i]);
    }
}

/* --- functions --- */

static int order(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int k = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return k != 0 ? k : (a.len > b.len) - (a.len < b.len);
}

static int by_key(const void *a, const void *b)
{
    const struct evidence_function *x = *(const struct evidence_function *const *)a;
    const struct evidence_function *y = *(const struct evidence_function *const *)b;
    int k = order(x->name, y->name);
    return k != 0 ? k : order(x->place, y->place);
}

static const struct evidence_function **sorted(const struct evidence *e)
{
    const struct evidence_function **list = xcalloc(e->function_count + 1u, sizeof *list);
    for (uint32_t i = 0; i < e->function_count; i++)
        list[i] = &e->functions[i];
    qsort(list, e->function_count, sizeof *list, by_key);
    return list;
}

static bool looked_at(const struct evidence_function *f)
{
    return f && num_known(f->total_n_eff);
}

/* Absent from a list that was cut is not known to be absent. */
static struct sample sample_of(const struct evidence *e, const struct evidence_function *own,
                               const struct evidence_function *other, const struct evidence *other_e, bool self)
{
    double n_own = !own ? NUM_UNKNOWN : self ? own->self_n_eff : own->total_n_eff;
    double n_other = !other ? NUM_UNKNOWN : self ? other->self_n_eff : other->total_n_eff;
    double absent = e->function_total > e->function_count ? NUM_UNKNOWN : 0;
    return (struct sample){ !own   ? absent
                            : self ? own->self
                                   : own->total,
                            n_eff_beside(n_own, n_other, e->whole.n_eff, other_e->whole.n_eff) };
}

static void pair_add(struct compare *c, const struct evidence_function *b, const struct evidence_function *h)
{
    if (!looked_at(b) && !looked_at(h))
        return;
    const struct evidence *eb = c->in->base.evidence, *eh = c->in->head.evidence;
    const struct evidence_function *f = !h || (b && b->total > h->total) ? b : h;
    struct compare_function *x = &c->functions[c->function_count++];
    *x = (struct compare_function){ .name = f->name,
                                    .place = f->place,
                                    .category = f->category,
                                    .base = b,
                                    .head = h,
                                    .base_s = SHARE_UNKNOWN,
                                    .head_s = SHARE_UNKNOWN,
                                    .note = SPAN("") };
    x->self = change_of("self", "on its own", sample_of(eb, b, h, eh, true), sample_of(eh, h, b, eb, true));
    x->total = change_of("total", "with what it calls", sample_of(eb, b, h, eh, false), sample_of(eh, h, b, eb, false));
}

static void pairs_make(struct compare *c)
{
    const struct evidence *eb = c->in->base.evidence, *eh = c->in->head.evidence;
    const struct evidence_function **b = sorted(eb), **h = sorted(eh);
    c->functions = xcalloc((size_t)eb->function_count + eh->function_count + 1u, sizeof *c->functions);
    uint32_t i = 0, k = 0;
    while (i < eb->function_count || k < eh->function_count) {
        int side = i == eb->function_count ? 1 : k == eh->function_count ? -1 : by_key(&b[i], &h[k]);
        pair_add(c, side <= 0 ? b[i] : NULL, side >= 0 ? h[k] : NULL);
        i += side <= 0;
        k += side >= 0;
    }
    free(b);
    free(h);
}

static void family(struct compare *c)
{
    size_t n = 2u * c->function_count;
    double *chance = xcalloc(n + 1, sizeof *chance), *line = xcalloc(n + 1, sizeof *line);
    for (uint32_t i = 0; i < c->function_count; i++) {
        chance[2 * i] = c->functions[i].self.chance;
        chance[2 * i + 1] = c->functions[i].total.chance;
    }
    stats_holm(chance, n, line);
    for (uint32_t i = 0; i < c->function_count; i++) {
        c->functions[i].self.chance = line[2 * i];
        c->functions[i].total.chance = line[2 * i + 1];
        compare_settle(&c->functions[i].self);
        compare_settle(&c->functions[i].total);
    }
    free(chance);
    free(line);
}

/* Seconds of its own in the same work, where both sides know it. */
static struct share seconds_of(struct share part, struct share whole)
{
    return (struct share){ part.lo * whole.lo, part.est * whole.est, part.hi * whole.hi };
}

static double moved(const struct compare_change *x)
{
    return share_known(x->diff) ? fabs(x->diff.est) : 0;
}

/* More than noise first; then by what it takes on its own; then with what it calls. */
static int by_move(const void *a, const void *b)
{
    const struct compare_function *x = a;
    const struct compare_function *y = b;
    int nx = (x->self.more == TRI_YES) * 2 + (x->total.more == TRI_YES);
    int ny = (y->self.more == TRI_YES) * 2 + (y->total.more == TRI_YES);
    if (nx != ny)
        return ny - nx;
    if (moved(&x->self) != moved(&y->self))
        return moved(&x->self) < moved(&y->self) ? 1 : -1;
    if (moved(&x->total) != moved(&y->total))
        return moved(&x->total) < moved(&y->total) ? 1 : -1;
    int k = order(x->name, y->name);
    return k != 0 ? k : order(x->place, y->place);
}

void compare_functions(struct compare *c)
{
    if (!c->can.functions)
        return;
    if (c->can.cpu)
        categories(c);
    pairs_make(c);
    family(c);
    for (uint32_t i = 0; i < c->function_count && c->same_work && c->can.cpu; i++) {
        struct compare_function *f = &c->functions[i];
        if (!share_known(f->self.base) || !share_known(f->self.head))
            continue;
        f->base_s = seconds_of(f->self.base, c->base_cpu_s);
        f->head_s = seconds_of(f->self.head, c->head_cpu_s);
    }
    qsort(c->functions, c->function_count, sizeof *c->functions, by_move);
}
