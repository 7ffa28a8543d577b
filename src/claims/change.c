/* "A -> B" against the percentage or factor beside it, in sentences and in rows of tables. */
#include "claims/check.h"

#include <math.h>

struct change {
    const struct quantity *a, *b, *p; /* from, to, percentage or factor */
    bool difference;                  /* the words say "so much less", not "to so much" */
};

/* Relative uncertainty that writing A and B with so many digits leaves. */
static double pair_slack(const struct quantity *a, const struct quantity *b)
{
    double s = 0;
    if (a->lo > 0)
        s += a->fine / 2 / a->lo;
    if (b->lo > 0)
        s += b->fine / 2 / b->lo;
    return a->about || b->about ? fmax(s, 0.15) : s;
}

/* The stated p as one reading of the change would have it: lo and hi, in p's own scale. ends: of two ranges the lower
 * ends belong together, and the upper ends. */
static bool reading(const struct change *x, int which, bool ends, double *lo, double *hi)
{
    double up_lo = x->b->lo / x->a->hi;
    double up_hi = x->b->hi / x->a->lo;
    if (ends && x->a->range && x->b->range) {
        up_lo = x->b->lo / x->a->lo;
        up_hi = x->b->hi / x->a->hi;
    }
    bool factor = x->p->dim == DIM_FACTOR;
    double one = factor ? 1 : 100;
    double v[2] = { up_lo, up_hi };
    for (int i = 0; i < 2; i++) {
        switch (which) {
        case 0:
            v[i] = v[i] * one; /* B as part of A */
            break;
        case 1:
            v[i] = one / v[i]; /* A as part of B */
            break;
        case 2:
            v[i] = fabs(v[i] - 1) * one; /* difference over A */
            break;
        default:
            v[i] = fabs(1 / v[i] - 1) * one; /* difference over B */
            break;
        }
    }
    *lo = fmin(v[0], v[1]);
    *hi = fmax(v[0], v[1]);
    return isfinite(*lo) && isfinite(*hi);
}

/* Percentages are rounded to fives and tens, factors to halves and wholes. */
static double give(const struct quantity *p, double end)
{
    if (p->dim == DIM_FACTOR)
        return fmax(p->fine / 2, 0.05 * end);
    return p->fine >= 1 && fmod(end, 5) == 0 ? fmax(2.5, p->fine / 2) : p->fine / 2;
}

static bool reading_fits(const struct change *x, double lo, double hi)
{
    double slack = pair_slack(x->a, x->b);
    /* A difference of two near numbers keeps few digits. */
    double base = x->p->dim == DIM_FACTOR ? 1 : 100;
    double free_lo = give(x->p, x->p->lo) + slack * fmax(lo, base);
    double free_hi = give(x->p, x->p->hi) + slack * fmax(hi, base);
    if (x->p->about) {
        free_lo += 0.1 * x->p->lo;
        free_hi += 0.1 * x->p->hi;
    }
    if (x->p->cmp == CMP_LT)
        return lo <= x->p->hi + free_hi;
    if (x->p->cmp == CMP_GT)
        return hi >= x->p->lo - free_lo;
    if (x->p->range && lo < hi)
        return near(lo, x->p->lo, free_lo) && near(hi, x->p->hi, free_hi);
    if (x->p->range)
        return lo >= x->p->lo - free_lo && hi <= x->p->hi + free_hi;
    return x->p->lo >= lo - free_lo && x->p->lo <= hi + free_hi;
}

static void change_check(struct claims *c, const struct change *x)
{
    double lo;
    double hi;
    if (x->a->lo <= 0 || x->b->lo <= 0 || x->p->lo < 0)
        return;
    for (int which = x->difference && x->p->dim == DIM_PERCENT ? 2 : 0; which < 4; which++) {
        if (!reading(x, which, true, &lo, &hi) || reading_fits(x, lo, hi))
            return;
        /* Of two ranges any two values may belong together. */
        if (x->a->range && x->b->range && reading(x, which, false, &lo, &hi) && x->p->lo >= lo * 0.95 &&
            x->p->hi <= hi * 1.05)
            return;
    }
    bool factor = x->p->dim == DIM_FACTOR;
    bool down = x->b->hi < x->a->lo;
    if (!reading(x, factor ? (down ? 1 : 0) : 2, true, &lo, &hi))
        return;
    struct note n = NOTE(CHANGE, x->p->unit_ix);
    n.line = x->p->line;
    put_quantity(&n.stated, x->p);
    put_quantity(&n.computed, x->a);
    sb_adds(&n.computed, " -> ");
    put_quantity(&n.computed, x->b);
    sb_adds(&n.computed, " = ");
    if (!factor)
        sb_addc(&n.computed, down ? '-' : '+');
    put_span_as(&n.computed, lo, hi, x->p);
    put_span_as(&n.text, lo, hi, x->p);
    sb_adds(&n.text, factor ? "" : down ? " less" : " more");
    sb_adds(&n.text, " is the change from ");
    put_quantity(&n.text, x->a);
    sb_adds(&n.text, " to ");
    put_quantity(&n.text, x->b);
    sb_adds(&n.text, "; stated is ");
    put_quantity(&n.text, x->p);
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

static bool ratio_dim(uint8_t dim)
{
    return dim == DIM_TIME || dim == DIM_BYTES || dim == DIM_MONEY || dim == DIM_COUNT || dim == DIM_LINES;
}

/* One arrow, one percentage or factor: nothing else may be meant. */
static void change_in_sentence(struct claims *c, const struct unit *u)
{
    struct change x = { 0 };
    unsigned arrows = 0;
    unsigned stated = 0;
    for (uint32_t k = 0; k < u->qn; k++) {
        const struct quantity *q = q_at(c, u, k);
        if (k > 0 && (q->op == '>' || q->op == 'v') && q->dim == q_at(c, u, k - 1)->dim && ratio_dim(q->dim)) {
            arrows++;
            x.a = q_at(c, u, k - 1);
            x.b = q;
        } else if (q->op == '>' || q->op == 'v') {
            arrows += 2;
        }
        if (q->dim == DIM_PERCENT || q->dim == DIM_FACTOR) {
            stated++;
            x.p = q;
        }
    }
    if (arrows != 1 || stated != 1 || x.p->op == '>' || x.p->op == 'v')
        return;
    x.difference = text_has(span_sub(u->text, x.p->end, 24),
                            "reduction|less|lower|fewer|faster|decrease|saving|savings|saved|more|"
                            "higher|increase|larger|smaller|improvement");
    uint32_t gap = x.p->at > x.b->end ? x.p->at - x.b->end : x.a->at > x.p->end ? x.a->at - x.p->end : 0;
    bool says = unit_word(u, W_FASTER) || unit_word(u, W_IMPROVE) || unit_word(u, W_MORE) || unit_word(u, W_LESS) ||
                unit_word(u, W_SLOWER) || gap <= 3;
    struct span between = x.p->at > x.b->end ? span_sub(u->text, x.b->end, gap) : span_sub(u->text, x.p->end, gap);
    /* Behind a colon stands what the change does, not how large it is; plain counts may be of anything. */
    if (span_chr(between, 0, ':') < between.len ||
        (x.b->dim == DIM_COUNT && (gap > 4 || span_chr(between, 0, '(') == between.len)))
        return;
    if (says && gap < 40)
        change_check(c, &x);
}

/* Plain numbers are two values of one thing only where their columns say so. */
static bool value_column(struct span head, const struct quantity *q)
{
    return q->dim != DIM_COUNT || text_has(head, "before|after|old|new|current|proposed|now|then|baseline|today|python|"
                                                 "rust|node|node.js|go|java|ruby|php|typescript|c++");
}

/* A column that says how much better: never the share of something else. */
static bool change_column(struct span head)
{
    return text_has(head,
                    "speedup|speed-up|speed up|improvement|delta|change|reduction|faster|ratio|gain|diff|difference|"
                    "saving|savings|increase");
}

static void change_in_row(struct claims *c, const struct unit *u)
{
    const struct table *t = &c->doc.tables.items[u->table];
    const struct unit *head = unit_at(c, (size_t)t->header);
    struct change x = { 0 };
    unsigned values = 0;
    unsigned stated = 0;
    unsigned cell_a = 0;
    unsigned cell_b = 0;
    for (uint32_t k = 0; k < u->qn; k++) {
        const struct quantity *q = q_at(c, u, k);
        unsigned cell = row_cell_at(u, q->at);
        if (cell == 0)
            continue;
        if ((q->dim == DIM_PERCENT || q->dim == DIM_FACTOR) && change_column(row_cell(head, cell))) {
            stated += !x.p;
            x.p = x.p ? x.p : q;
            x.difference = text_has(row_cell(head, cell), "reduction|saving|savings|improvement|increase|less");
        } else if (!x.p && ratio_dim(q->dim) && value_column(row_cell(head, cell), q)) {
            values++;
            x.a = values == 1 ? q : x.a;
            cell_a = values == 1 ? cell : cell_a;
            x.b = values == 2 ? q : x.b;
            cell_b = values == 2 ? cell : cell_b;
        }
    }
    if (values == 2 && stated == 1 && cell_a != cell_b && x.a->dim == x.b->dim && x.a->cmp == CMP_NONE &&
        x.b->cmp == CMP_NONE && x.a->per_s == x.b->per_s)
        change_check(c, &x);
}

void check_change(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->qn < 2 || u->kind == UNIT_LISTING)
            continue;
        if (u->kind == UNIT_ROW && u->table != NONE && (int32_t)i != c->doc.tables.items[u->table].header)
            change_in_row(c, u);
        else if (u->qn >= 3 && u->kind != UNIT_ROW)
            change_in_sentence(c, u);
    }
}
