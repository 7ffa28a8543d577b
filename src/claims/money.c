/* Payback, person-months, lists and shares that add up, conversions. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"
#include "claims/number.h"

/* Hours and days of work are no hours and days of the calendar: rates are compared from the week on. */
enum { HOUR_S = 3600, DAY_S = 86400, WEEK_S = 604800 };

/* --- one rate in two units: "$2,000/month = $30,000/year" --- */

void check_conversion(struct claims *c)
{
    for (size_t i = 0; i < c->doc.quantities.count; i++) {
        const struct quantity *b = &c->doc.quantities.items[i];
        const struct quantity *a = i > 0 ? b - 1 : NULL;
        if (!a || b->op != '=' || a->unit_ix != b->unit_ix || a->op != 0 || a->dim != b->dim || b->cmp != CMP_NONE ||
            a->cmp != CMP_NONE || a->range != b->range)
            continue;
        bool rates = b->dim == DIM_MONEY && a->per_s >= WEEK_S && b->per_s >= WEEK_S && a->per_s != b->per_s;
        bool times = b->dim == DIM_TIME && a->per_s == 0 && b->per_s == 0 && a->scale != b->scale &&
                     a->scale <= HOUR_S && b->scale <= HOUR_S;
        struct span gap = span_sub(q_unit(c, b)->text, a->end, b->at - a->end);
        if (!span_is(text_bare(gap), "=") && !span_is(text_bare(gap), "= $"))
            continue;
        double ratio = rates ? b->per_s / a->per_s : 1;
        double slack = (a->about || b->about ? 0.15 : 0.03) * a->lo * ratio + b->step / 2;
        if ((!rates && !times) || (near(a->lo * ratio, b->lo, slack) && near(a->hi * ratio, b->hi, slack)))
            continue;
        struct note n = NOTE(CONVERSION, b->unit_ix);
        n.line = b->line;
        put_quantity(&n.stated, b);
        put_quantity(&n.computed, a);
        sb_adds(&n.computed, " = ");
        put_span_as(&n.computed, a->lo * ratio, a->hi * ratio, b);
        put_span_as(&n.text, a->lo * ratio, a->hi * ratio, b);
        sb_adds(&n.text, " is what ");
        put_quantity(&n.text, a);
        sb_adds(&n.text, " comes to, not ");
        put_quantity(&n.text, b);
        sb_addc(&n.text, '.');
        note_put(c, &n);
    }
}

/* --- payback = cost / saving a year --- */

struct payback {
    const struct quantity *cost, *saving, *time;
};

static void payback_take(const struct claims *c, const struct unit *u, struct payback *p)
{
    for (uint32_t k = 0; k < u->qn; k++) {
        const struct quantity *q = q_at(c, u, k);
        struct span before = q_before(c, q);
        bool saved = text_has(before, "saves|saving|savings|save|benefit|benefits") ||
                     text_has(unit_label(u), "savings|saving|benefit|benefits");
        bool cost = text_has(before, "cost|costs|investment|invest|budget") ||
                    text_has(unit_label(u), "cost|costs|investment|budget");
        if (q->dim == DIM_MONEY && q->per_s >= DAY_S && saved && !p->saving)
            p->saving = q;
        else if (q->dim == DIM_MONEY && q->per_s == 0 && cost && !saved && !p->cost)
            p->cost = q;
        else if (q->dim == DIM_TIME && q->scale >= DAY_S && q->cmp == CMP_NONE && unit_word(u, W_PAYBACK) && !p->time &&
                 (text_has(before, "payback|break-even|breakeven|pays for itself|pays back|paid back") ||
                  text_has(unit_label(u), "payback|break-even|breakeven")))
            p->time = q;
    }
}

void check_payback(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        struct payback p = { 0 };
        if (!unit_word(u, W_PAYBACK) || !unit_quantity(c, u, DIM_TIME) || u->kind == UNIT_CODE)
            continue;
        payback_take(c, u, &p);
        for (size_t k = i; p.time && k-- > 0 && i - k <= 6 && unit_at(c, k)->section == u->section;)
            payback_take(c, unit_at(c, k), &p);
        if (!p.time || !p.cost || !p.saving || p.saving->lo <= 0)
            continue;
        double lo = p.cost->lo / p.saving->hi * p.saving->per_s;
        double hi = p.cost->hi / p.saving->lo * p.saving->per_s;
        double slack = p.time->step / 2 + hi * (p.time->about || p.cost->about || p.saving->about ? 0.2 : 0.08);
        if (p.time->hi >= lo - slack && p.time->lo <= hi + slack)
            continue;
        struct note n = NOTE(PAYBACK, p.time->unit_ix);
        n.unit2 = p.cost->unit_ix != p.time->unit_ix ? p.cost->unit_ix : NONE;
        put_quantity(&n.stated, p.time);
        put_quantity(&n.computed, p.cost);
        sb_adds(&n.computed, " / ");
        put_quantity(&n.computed, p.saving);
        sb_adds(&n.computed, " = ");
        put_span_as(&n.computed, lo, hi, p.time);
        put_span_as(&n.text, lo, hi, p.time);
        sb_adds(&n.text, " is what ");
        put_quantity(&n.text, p.cost);
        sb_adds(&n.text, " takes to come back at ");
        put_quantity(&n.text, p.saving);
        sb_adds(&n.text, ", not ");
        put_quantity(&n.text, p.time);
        sb_addc(&n.text, '.');
        note_put(c, &n);
    }
}

/* --- people x months --- */

static bool people_noun(const struct claims *c, const struct quantity *q)
{
    return q->dim == DIM_COUNT && q->per_s == 0 && q->lo >= 1 && q->lo <= 500 &&
           text_has(q_noun(c, q), "developer|developers|engineer|engineers|people|devs|fte|ftes|programmers");
}

void check_person_months(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *people = NULL;
        const struct quantity *time = NULL;
        const struct quantity *effort = NULL;
        unsigned times = 0;
        for (uint32_t k = 0; unit_word(u, W_DEVELOPERS) && k < u->qn; k++) {
            const struct quantity *q = q_at(c, u, k);
            struct span noun = q->dim == DIM_COUNT ? span_trim(span_sub(u->text, q->end, 18)) : SPAN("");
            if (text_begins(noun, "person-months|developer-months|engineer-months|person months|dev-months|man-months"))
                effort = q;
            else if (people_noun(c, q))
                people = people ? people : q;
            else if (q->dim == DIM_TIME && q->scale > DAY_S) {
                time = q;
                times++;
            }
        }
        if (!people || !time || !effort || times != 1 || effort->cmp != CMP_NONE)
            continue;
        double lo = people->lo * time->lo / MONTH_S;
        double hi = people->hi * time->hi / MONTH_S;
        double slack = effort->fine / 2 + hi * (effort->about ? 0.15 : 0.06);
        if (effort->hi >= lo - slack && effort->lo <= hi + slack)
            continue;
        struct note n = NOTE(PERSON_MONTHS, (int32_t)i);
        put_quantity(&n.stated, effort);
        put_quantity(&n.computed, people);
        sb_adds(&n.computed, " x ");
        put_quantity(&n.computed, time);
        put_span_as(&n.text, lo, hi, effort);
        sb_adds(&n.text, " person-months is ");
        put_quantity(&n.text, people);
        sb_adds(&n.text, " people for ");
        put_quantity(&n.text, time);
        sb_adds(&n.text, ", not ");
        put_quantity(&n.text, effort);
        sb_addc(&n.text, '.');
        note_put(c, &n);
    }
}

/* --- "- A: $100k ... - Total: $170k" --- */

static bool total_label(struct span label)
{
    return text_begins(label, "total|sum|grand total|total cost|total effort") && label.len <= 20;
}

void check_list_total(struct claims *c)
{
    double lo = 0;
    double hi = 0;
    double slack = 0;
    size_t parts = 0;
    int32_t first = NONE;
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        struct span label = unit_label(u);
        const struct quantity *q = u->qn > 0 ? q_at(c, u, 0) : NULL;
        bool simple = (u->kind == UNIT_ITEM || u->kind == UNIT_TEXT || u->kind == UNIT_LISTING) && label.len > 0 && q &&
                      (q->dim == DIM_MONEY || q->dim == DIM_TIME || q->dim == DIM_LINES) && q->cmp == CMP_NONE &&
                      q->at <= label.len + 12;
        const struct quantity *like = first != NONE ? q_at(c, unit_at(c, (size_t)first), 0) : NULL;
        bool same = like && simple && like->dim == q->dim && like->per_s == q->per_s &&
                    unit_at(c, (size_t)first)->kind == u->kind && unit_at(c, (size_t)first)->section == u->section &&
                    (q->dim != DIM_TIME || like->scale == q->scale);
        if (simple && same && total_label(text_bare(label)) && parts >= 2) {
            double free = slack + q->step / 2 + (q->about ? q->hi * 0.1 : 0);
            bool sums = lo <= q->lo * 1.6 && hi >= q->hi / 1.6;
            if (sums && !(near(lo, q->lo, free) && near(hi, q->hi, free)) &&
                !(q->lo == q->hi && q->lo >= lo - free && q->lo <= hi + free)) {
                struct note n = NOTE(LIST_TOTAL, (int32_t)i);
                n.unit2 = first;
                put_quantity(&n.stated, q);
                sb_printf(&n.computed, "%zu parts = ", parts);
                put_span_as(&n.computed, lo, hi, q);
                put_span_as(&n.text, lo, hi, q);
                sb_printf(&n.text, " is the sum of the %zu parts above, not ", parts);
                put_quantity(&n.text, q);
                sb_addc(&n.text, '.');
                note_put(c, &n);
            }
            simple = false;
        }
        if (!simple || !same) {
            lo = hi = slack = 0;
            parts = 0;
            first = simple ? (int32_t)i : NONE;
        }
        if (simple) {
            lo += q->lo;
            hi += q->hi;
            slack += q->about ? fmax(q->fine / 2, q->hi * 0.1) : q->fine / 2;
            parts++;
        }
    }
}

/* --- shares of one whole that add up to more than the whole --- */

static void shares_of_column(struct claims *c, const struct table *t, unsigned col)
{
    double sum = 0;
    double slack = 0;
    size_t rows = 0;
    for (int32_t r = t->first; r < t->end; r++) {
        const struct unit *u = unit_at(c, (size_t)r);
        const struct quantity *q = NULL;
        unsigned found = 0;
        for (uint32_t k = 0; k < u->qn && u->qn <= 16; k++) {
            if (row_cell_at(u, q_at(c, u, k)->at) != col)
                continue;
            q = q_at(c, u, k);
            found++;
        }
        if (total_label(row_cell(u, 0)))
            continue;
        if (found != 1 || q->dim != DIM_PERCENT || q->range || q->cmp == CMP_GT || q->sign != 0)
            return;
        sum += q->lo;
        slack += q->about ? fmax(q->fine / 2, q->lo * 0.1) : q->fine / 2;
        rows++;
    }
    if (rows < 3 || sum <= 100 + slack || sum > 200)
        return;
    struct note n = NOTE(SHARES, t->header);
    sb_printf(&n.stated, "%zu shares", rows);
    sb_printf(&n.computed, "%.5g %%", sum);
    sb_printf(&n.text, "%.5g %% is the sum of the %zu shares in this column; parts of one whole are at most 100 %%.",
              sum, rows);
    note_put(c, &n);
}

void check_shares(struct claims *c)
{
    for (size_t i = 0; i < c->doc.tables.count; i++) {
        const struct table *t = &c->doc.tables.items[i];
        const struct unit *head = unit_at(c, (size_t)t->header);
        if (t->end - t->first < 3 || text_has(head->text, "cumulative|inclusive|coverage"))
            continue;
        unsigned cells = row_cells(head);
        for (unsigned col = 1; col < cells && col < 16; col++) {
            if (text_has(row_cell(head, col),
                         "share of|% of total|% of time|% of cpu|share|percent of total|% of runtime|time share|"
                         "% of wall time|portion of"))
                shares_of_column(c, t, col);
        }
    }
}
