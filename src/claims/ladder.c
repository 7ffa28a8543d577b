/* Steps of one quantity that decide: "< 2x: stay, 2-3x: part of it, > 5x: all of it"; and claims of the whole that the text's
 * own share of waiting forbids. */
#include "claims/check.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"

enum { STEPS_MAX = 12 };

struct step {
    const struct quantity *q;
    double lo, hi;
};

static int by_bound(const void *a, const void *b)
{
    const struct step *x = a;
    const struct step *y = b;
    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return x->hi < y->hi ? -1 : x->hi > y->hi;
}

static void put_step(struct sb *out, const struct quantity *q)
{
    if (q->cmp == CMP_LT)
        sb_adds(out, "< ");
    if (q->cmp == CMP_GT && !q->plus)
        sb_adds(out, "> ");
    put_quantity(out, q);
}

static void ladder_check(struct claims *c, struct step *steps, size_t n)
{
    struct step *up = steps;
    qsort(up, n, sizeof *up, by_bound);
    if (up[0].q->cmp != CMP_LT || up[n - 1].q->cmp != CMP_GT)
        return;
    for (size_t i = 1; i < n; i++) {
        bool gap = up[i].lo > up[i - 1].hi * 1.0001 &&
                   !(up[i].q->dim == DIM_COUNT && near(up[i].lo, up[i - 1].hi, up[i].q->fine * 1.01));
        bool both = up[i].lo < up[i - 1].hi * 0.9999;
        if (!gap && !both)
            continue;
        struct note note = NOTE(LADDER, up[i].q->unit_ix);
        note.unit2 = up[i - 1].q->unit_ix;
        put_step(&note.stated, up[i - 1].q);
        sb_adds(&note.stated, " and ");
        put_step(&note.stated, up[i].q);
        put_span_as(&note.text, gap ? up[i - 1].hi : up[i].lo, gap ? up[i].lo : up[i - 1].hi, up[i].q);
        sb_adds(&note.text, gap ? " lies between two steps of the list (" : " belongs to two steps of the list (");
        put_step(&note.text, up[i - 1].q);
        sb_adds(&note.text, " and ");
        put_step(&note.text, up[i].q);
        sb_adds(&note.text, gap ? "): no step says what happens there." : "): nothing says which one counts.");
        note_put(c, &note);
    }
}

/* A step: the item begins with a bound or a range, and goes on with what follows from it. */
static bool step_of(const struct claims *c, const struct unit *u, const struct step *first, struct step *ret)
{
    const struct quantity *q = u->kind == UNIT_ITEM && u->qn > 0 ? q_at(c, u, 0) : NULL;
    if (!q || (q->cmp == CMP_NONE && !q->range) || q->at > 40 || q->sign != 0)
        return false;
    struct span after = span_trim(span_sub(u->text, q->end, 40));
    unsigned len;
    bool leads = after.len > 0 &&
                 (glyph_at(after, 0, &len) == GLYPH_ARROW || after.ptr[0] == ':' || text_has(after, "means|then"));
    if (!leads && span_chr(after, 0, ':') == after.len && span_find(after, 0, SPAN("\xe2\x86\x92")) == after.len &&
        span_find(after, 0, SPAN("->")) == after.len)
        return false;
    if (first && (first->q->dim != q->dim || first->q->per_s != q->per_s || (first->q->at > 3) != (q->at > 3)))
        return false;
    ret->q = q;
    ret->lo = q->cmp == CMP_LT ? -HUGE_VAL : q->lo;
    ret->hi = q->cmp == CMP_GT ? HUGE_VAL : q->hi;
    return true;
}

void check_ladder(struct claims *c)
{
    struct step steps[STEPS_MAX];
    size_t n = 0;
    for (size_t i = 0; i <= c->doc.units.count; i++) {
        const struct unit *u = i < c->doc.units.count ? unit_at(c, i) : NULL;
        struct step s = { 0 };
        if (u && u->kind == UNIT_TEXT && n > 0 && u->para == unit_at(c, i - 1)->para)
            continue; /* the item goes on */
        if (u && n < STEPS_MAX && step_of(c, u, n > 0 ? steps : NULL, &s)) {
            steps[n++] = s;
            continue;
        }
        if (n >= 3)
            ladder_check(c, steps, n);
        n = u && step_of(c, u, NULL, &s) ? 1 : 0;
        steps[0] = s;
    }
}

/* --- a gain of the whole above what the text's own waiting leaves --- */

static const struct quantity *own_waiting(const struct claims *c)
{
    const struct quantity *best = NULL;
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind == UNIT_CODE || u->kind == UNIT_ROW || (!unit_word(u, W_WAIT) && !unit_word(u, W_IO)))
            continue;
        const struct quantity *q = unit_quantity(c, u, DIM_PERCENT);
        struct span after = q ? span_sub(u->text, q->end, 70) : SPAN("");
        bool waits = text_has(after, "waiting for|waiting on|in i/o|on i/o|waiting") &&
                     text_has(after, "of its time|of the time|of wall|of its wall|of the wall|of request time|of the "
                                     "request|of time|of each "
                                     "request|of response time|of every request");
        if (waits && q->lo >= 20 && q->hi < 100 && q->cmp != CMP_LT && !text_has(u->text, "cpu"))
            best = best && best->lo <= q->lo ? best : q;
    }
    return best;
}

void check_own_ceiling(struct claims *c)
{
    const struct quantity *wait = lex_in(c->doc.lex, W_FASTER) ? own_waiting(c) : NULL;
    for (size_t i = 0; wait && i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q =
            unit_word(u, W_FASTER) || unit_word(u, W_IMPROVE) ? unit_quantity(c, u, DIM_FACTOR) : NULL;
        double ceiling = 100 / wait->lo;
        if (!q || u->kind == UNIT_CODE || u->kind == UNIT_LISTING || q->lo <= ceiling * 1.02 || q->plus ||
            !text_has(
                u->text,
                "overall|end-to-end|end to end|whole|entire|total|service|application|system|requests|responses") ||
            text_has(u->text, "if|unless|startup|start-up|not|instead of|parsing|per core|cpu"))
            continue;
        struct note n = NOTE(OWN_CEILING, (int32_t)i);
        n.unit2 = wait->unit_ix;
        put_quantity(&n.stated, q);
        sb_printf(&n.computed, "1 / %.4g %% = %.3gx", wait->lo, ceiling);
        sb_printf(&n.text, "%.3gx is the most that the whole can gain where ", ceiling);
        put_quantity(&n.text, wait);
        sb_adds(&n.text, " of its time is waiting by the text's own word; stated is ");
        put_quantity(&n.text, q);
        sb_addc(&n.text, '.');
        note_put(c, &n);
    }
}
