/* Parts against their whole: listings, tables, lists of savings. */
#include "claims/check.h"

#include <math.h>

struct sum {
    double lo, hi, slack;
    double smallest, percent, percent_slack;
    size_t parts, percents;
    size_t first, end; /* units */
    const struct quantity *like;
};

static void sum_add(struct sum *s, const struct quantity *q)
{
    s->smallest = s->parts == 0 ? q->lo : fmin(s->smallest, q->lo);
    s->lo += q->lo;
    s->hi += q->hi;
    s->slack += q->about ? fmax(q->fine / 2, q->hi * 0.1) : q->fine / 2;
    s->parts++;
    if (!s->like)
        s->like = q;
}

/* --- parts of a listing --- */

/* The stated whole in the lines before a listing: "(300 seconds total)". */
static const struct quantity *whole_before(const struct claims *c, size_t first, int32_t *ret_unit)
{
    const struct unit *u = unit_at(c, first);
    for (size_t k = first + 1; k-- > 0 && first - k <= 3;) {
        const struct unit *v = unit_at(c, k);
        if (v->section != u->section || v->kind == UNIT_ROW)
            return NULL;
        for (uint32_t i = 0; unit_word(v, W_TOTAL) && i < v->qn; i++) {
            const struct quantity *q = q_at(c, v, i);
            struct span tail = span_sub(v->text, q->end, 14);
            struct span head = span_sub(v->text, q->at > 14 ? q->at - 14 : 0, q->at > 14 ? 14 : q->at);
            if ((q->dim == DIM_TIME || q->dim == DIM_MONEY || q->dim == DIM_BYTES || q->dim == DIM_LINES) &&
                !q->range &&
                (text_has(tail, "total|in total|overall|altogether") || text_has(head, "total|total:|overall"))) {
                *ret_unit = (int32_t)k;
                return q;
            }
        }
    }
    return NULL;
}

static void parts_note(struct claims *c, const struct sum *s, const struct quantity *whole, int32_t whole_unit)
{
    double gap = whole->lo - s->lo;
    double free = s->slack + whole->step / 2;
    bool within = fabs(gap) <= free;
    if (s->lo != s->hi || gap == 0 || whole->about || whole->cmp != CMP_NONE)
        return;
    /* Within rounding it matters only where a part is smaller than what is left over. */
    if (within && (gap <= s->smallest * 2 || s->smallest <= 0))
        return;
    if (!within && (s->lo > whole->lo * 2 || s->lo < whole->lo / 2))
        return;
    struct note n = NOTE(PARTS, whole_unit);
    n.unit2 = (int32_t)s->first;
    put_quantity(&n.stated, whole);
    sb_printf(&n.computed, "%zu parts = ", s->parts);
    put_as(&n.computed, s->lo, whole);
    put_as(&n.text, s->lo, whole);
    sb_printf(&n.text, " is the sum of the %zu parts, not ", s->parts);
    put_quantity(&n.text, whole);
    sb_adds(&n.text, "; ");
    put_as(&n.text, fabs(gap), whole);
    sb_adds(&n.text, gap > 0 ? " has no row" : " is counted twice");
    if (gap > 0 && s->smallest > 0 && gap > s->smallest * 1.5) {
        sb_printf(&n.text, ", %.3g times the smallest part (", gap / s->smallest);
        put_as(&n.text, s->smallest, whole);
        sb_addc(&n.text, ')');
    }
    if (s->percents == s->parts && fabs(s->percent - 100) > 1e-9)
        sb_printf(&n.text, "; the percentages add up to %.6g %%", s->percent);
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

/* Lines of one listing with a label and a value each. */
static void listing_sum(const struct claims *c, size_t first, const struct quantity *whole, struct sum *s)
{
    const struct unit *u = unit_at(c, first);
    *s = (struct sum){ .first = first, .end = first };
    for (size_t k = first; k < c->doc.units.count; k++) {
        const struct unit *v = unit_at(c, k);
        if (v->para != u->para || v->kind != UNIT_LISTING || v->qn == 0 || q_at(c, v, 0)->dim != whole->dim)
            break;
        if (unit_label(v).len == 0 && q_at(c, v, 0)->at < 3)
            break;
        sum_add(s, q_at(c, v, 0));
        if (v->qn == 2 && q_at(c, v, 1)->dim == DIM_PERCENT) {
            s->percents++;
            s->percent += q_at(c, v, 1)->lo;
        }
        s->end = k + 1;
    }
}

void check_parts(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        int32_t at = NONE;
        struct sum s;
        bool begins = u->kind == UNIT_LISTING && (i == 0 || unit_at(c, i - 1)->para != u->para);
        const struct quantity *whole = begins && i > 0 ? whole_before(c, i - 1, &at) : NULL;
        if (!whole)
            continue;
        listing_sum(c, i, whole, &s);
        if (s.parts >= 3)
            parts_note(c, &s, whole, at);
    }
}

/* --- a table with a row for the total --- */

static void column_total(struct claims *c, const struct table *t, unsigned col)
{
    struct sum s = { .first = (size_t)t->first };
    const struct quantity *whole = NULL;
    for (int32_t r = t->first; r < t->end; r++) {
        const struct unit *row = unit_at(c, (size_t)r);
        const struct quantity *cell = NULL;
        for (uint32_t k = 0; k < row->qn; k++) {
            const struct quantity *q = q_at(c, row, k);
            if (row_cell_at(row, q->at) != col)
                continue;
            if (cell)
                return; /* two numbers in a cell: which one counts is not known */
            cell = q;
        }
        bool last = r + 1 == t->end;
        whole = last ? cell : NULL;
        if (!cell || cell->range || cell->cmp != CMP_NONE || cell->sign < 0 || cell->per_s > 0)
            return;
        if (s.like && (s.like->dim != cell->dim || s.like->scale != cell->scale))
            return;
        if (!last)
            sum_add(&s, cell);
    }
    if (!whole || s.parts < 2 || whole->dim == DIM_PERCENT || whole->dim == DIM_FACTOR || whole->dim == DIM_SCORE)
        return;
    if (near(s.lo, whole->lo, s.slack + whole->fine / 2) || s.lo > whole->lo * 1.5 || s.lo < whole->lo / 1.5)
        return;
    struct note n = NOTE(TOTAL, whole->unit_ix);
    put_quantity(&n.stated, whole);
    sb_printf(&n.computed, "%zu rows = ", s.parts);
    put_as(&n.computed, s.lo, whole);
    put_as(&n.text, s.lo, whole);
    sb_printf(&n.text, " is the sum of the %zu rows above, not ", s.parts);
    put_quantity(&n.text, whole);
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

void check_total(struct claims *c)
{
    for (size_t i = 0; i < c->doc.tables.count; i++) {
        const struct table *t = &c->doc.tables.items[i];
        if (t->end - t->first < 3)
            continue;
        const struct unit *last = unit_at(c, (size_t)t->end - 1);
        struct span label = row_cell(last, 0);
        if (!(text_begins(label, "total|sum") && label.len <= 12) || text_has(label, "total time|summary"))
            continue;
        unsigned cells = row_cells(last);
        for (unsigned col = 1; col < cells && col < 16; col++)
            column_total(c, t, col);
    }
}

/* --- savings one by one and their stated sum --- */

/* "75ms saved", "saves 1-5s": the quantity that is said to be saved, or NULL. */
static const struct quantity *saving_in(const struct claims *c, const struct unit *u)
{
    for (uint32_t k = 0; unit_word(u, W_SAVE) && k < u->qn; k++) {
        const struct quantity *q = q_at(c, u, k);
        struct span before = q_before(c, q);
        struct span after = span_trim(span_sub(u->text, q->end, 8));
        size_t verb = text_find(before, "saves|saving|save");
        if (q->dim != DIM_TIME && q->dim != DIM_MONEY && q->dim != DIM_BYTES)
            continue;
        if (text_begins(after, "saved") || (verb < before.len && before.len - verb <= 10))
            return q;
    }
    return NULL;
}

static bool same_list(const struct unit *a, const struct unit *b)
{
    return a->section == b->section && a->part == b->part && a->kind == b->kind && a->table == b->table;
}

static void saved_note(struct claims *c, const struct sum *s, size_t at, const struct quantity *want)
{
    double free = s->slack + want->fine / 2;
    if (want->dim != s->like->dim || want->cmp != CMP_NONE)
        return;
    if (want->about)
        free = fmax(free, want->hi * 0.1);
    bool fits = want->lo == want->hi ? want->lo >= s->lo - free && want->lo <= s->hi + free
                                     : near(want->lo, s->lo, free) && near(want->hi, s->hi, free);
    /* A value that is far off is the sum of something else. */
    if (fits || want->hi > s->hi * 2 || want->hi < s->hi / 2)
        return;
    struct note n = NOTE(SAVED, (int32_t)at);
    n.unit2 = (int32_t)s->first;
    put_quantity(&n.stated, want);
    sb_printf(&n.computed, "%zu savings = ", s->parts);
    put_span_as(&n.computed, s->lo, s->hi, want);
    put_span_as(&n.text, s->lo, s->hi, want);
    sb_printf(&n.text, " is the sum of the %zu savings listed, not ", s->parts);
    put_quantity(&n.text, want);
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

/* From the first saving of a list or table on; the sum stands in the text right behind it. Returns where it ended. */
static size_t saved_list(struct claims *c, size_t first)
{
    const struct unit *u = unit_at(c, first);
    struct sum s = { .first = first, .end = first + 1 };
    size_t k = first;
    unsigned between = 0;
    for (; k < c->doc.units.count; k++) {
        const struct unit *v = unit_at(c, k);
        if (!same_list(u, v) && !(u->kind == UNIT_ITEM && v->kind == UNIT_TEXT && v->para == unit_at(c, k - 1)->para))
            break;
        const struct quantity *q = saving_in(c, v);
        if (q && (!s.like || s.like->dim == q->dim))
            sum_add(&s, q);
    }
    for (size_t t = k; s.parts >= 2 && t < c->doc.units.count && between < 2; t++, between++) {
        const struct unit *v = unit_at(c, t);
        if (v->section != u->section || v->kind == UNIT_ROW)
            break;
        const struct quantity *want = saving_in(c, v);
        bool sums = unit_word(v, W_TOTAL) || text_begins(v->text, "**benefit|benefit|**saving|saving|**sum") ||
                    text_has(unit_label(v), "benefit|benefits|savings|sum");
        if (!want && sums && unit_word(v, W_SAVE) && v->qn > 0)
            want = unit_quantity(c, v, (enum dim)s.like->dim);
        if (want && sums) {
            saved_note(c, &s, t, want);
            break;
        }
    }
    return k;
}

void check_saved(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count;) {
        const struct unit *u = unit_at(c, i);
        bool list = u->kind == UNIT_ITEM || (u->kind == UNIT_ROW && u->table != NONE);
        size_t end = list && saving_in(c, u) ? saved_list(c, i) : i + 1;
        i = end > i ? end : i + 1;
    }
}
