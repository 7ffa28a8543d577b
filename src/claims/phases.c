/* Durations of phases against the stated duration, and what that does to the cost. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"

enum { DAY_S = 86400, HEADLINES_MAX = 8 };

struct phases {
    double lo, hi;               /* all but the buffer */
    double buffer_lo, buffer_hi; /* rows called buffer or reserve */
    size_t rows;
    int32_t first;
    const struct quantity *like;
};

static bool long_time(const struct quantity *q)
{
    return q->dim == DIM_TIME && q->scale >= DAY_S;
}

static const struct quantity *long_time_in(const struct claims *c, const struct unit *u)
{
    for (uint32_t i = 0; i < u->qn; i++) {
        if (long_time(q_at(c, u, i)))
            return q_at(c, u, i);
    }
    return NULL;
}

/* The column of durations, 0 = none. */
static unsigned duration_column(const struct claims *c, const struct table *t)
{
    const struct unit *head = unit_at(c, (size_t)t->header);
    unsigned cells = row_cells(head);
    for (unsigned k = 1; k < cells && k < 16; k++) {
        if (text_has(row_cell(head, k), "duration|effort|estimate|time|weeks|months|days|length|timeline"))
            return k;
    }
    return 0;
}

static bool phases_of_table(const struct claims *c, const struct table *t, struct phases *p)
{
    unsigned col = duration_column(c, t);
    const struct unit *head = unit_at(c, (size_t)t->header);
    *p = (struct phases){ .first = t->header };
    if (col == 0 ||
        !text_has(row_cell(head, 0), "phase|stage|milestone|step|task|work|part|area|activity|work package|item"))
        return false;
    for (int32_t r = t->first; r < t->end; r++) {
        const struct unit *row = unit_at(c, (size_t)r);
        const struct quantity *q = NULL;
        for (uint32_t k = 0; k < row->qn && !q; k++)
            q = row_cell_at(row, q_at(c, row, k)->at) == col && long_time(q_at(c, row, k)) ? q_at(c, row, k) : NULL;
        struct span label = row_cell(row, 0);
        if (text_begins(label, "total|sum|overall"))
            continue;
        if (!q)
            return false;
        bool buffer = text_has(label, "buffer|contingency|reserve|slack");
        *(buffer ? &p->buffer_lo : &p->lo) += q->lo;
        *(buffer ? &p->buffer_hi : &p->hi) += q->hi;
        p->rows++;
        p->like = q;
    }
    return p->rows >= 3;
}

/* "Phase 1: Foundation (2 weeks)" as headings or items. Week numbers ("Weeks 1-2") are no durations: their unit stands
 * before the number. */
static bool phase_line(const struct unit *u)
{
    return (u->kind == UNIT_HEADING || u->kind == UNIT_ITEM ||
            (u->kind == UNIT_TEXT && text_begins(u->text, "**phase"))) &&
           text_begins(u->text, "phase|**phase|stage|milestone|step");
}

/* The headline: the section's own heading or a sentence before the table that speaks of time. */
static const struct quantity *headline_of(const struct claims *c, int32_t first)
{
    const struct unit *u = unit_at(c, (size_t)first);
    for (int32_t s = u->section; s != NONE; s = c->doc.sections.items[s].parent) {
        const struct quantity *q = long_time_in(c, unit_at(c, (size_t)c->doc.sections.items[s].heading));
        if (q)
            return q;
    }
    for (int32_t k = first - 1; k >= 0 && first - k <= 4; k--) {
        const struct unit *v = unit_at(c, (size_t)k);
        if (v->section != u->section)
            break;
        const struct quantity *q = long_time_in(c, v);
        if (q && (unit_word(v, W_DURATION) || unit_word(v, W_TOTAL)))
            return q;
    }
    return NULL;
}

/* A sentence before or behind a list of phases that says how long all of it takes. */
static const struct quantity *headline_beside(const struct claims *c, size_t first, size_t end)
{
    size_t from = first > 2 ? first - 2 : 0;
    for (size_t k = from; k < c->doc.units.count && k < end + 3; k++) {
        const struct unit *v = unit_at(c, k);
        if ((k >= first && k < end) || v->section != unit_at(c, first)->section || v->kind == UNIT_ROW)
            continue;
        if (text_has(v->text, "takes|take|total|altogether|overall|in all|timeline|duration|whole"))
            return long_time_in(c, v);
    }
    return NULL;
}

static bool speaks_of_parallel(const struct claims *c, int32_t first, int32_t section)
{
    for (size_t i = (size_t)first; i < c->doc.units.count && unit_at(c, i)->section == section; i++) {
        if (unit_word(unit_at(c, i), W_PARALLEL))
            return true;
    }
    return false;
}

/* A headline that another place of the text repeats is the same headline. */
static void phases_note(struct claims *c, const struct phases *p, const struct quantity *want)
{
    double lo = p->lo + p->buffer_lo;
    double hi = p->hi + p->buffer_hi;
    double give = want->about ? 0.15 : 0.07;
    bool fits_all = near(lo, want->lo, lo * give + want->fine / 2) && near(hi, want->hi, hi * give + want->fine / 2);
    bool fits_bare =
        near(p->lo, want->lo, p->lo * give + want->fine / 2) && near(p->hi, want->hi, p->hi * give + want->fine / 2);
    bool inside = !want->range && want->lo >= p->lo * (1 - give) && want->lo <= hi * (1 + give);
    if (fits_all || fits_bare || inside || lo > want->hi * 5 || hi < want->lo / 5)
        return;
    struct note n = NOTE(PHASES, want->unit_ix);
    n.unit2 = p->first;
    c->doc.quantities.items[want - c->doc.quantities.items].corrected = lo;
    put_quantity(&n.stated, want);
    sb_printf(&n.computed, "%zu rows = ", p->rows);
    if (p->buffer_hi > 0) {
        put_span_as(&n.computed, p->lo, p->hi, want);
        sb_adds(&n.computed, ", with buffer ");
    }
    put_span_as(&n.computed, lo, hi, want);
    put_span_as(&n.text, lo, hi, want);
    sb_printf(&n.text, " is the sum of the %zu phases", p->rows);
    if (p->buffer_hi > 0) {
        sb_adds(&n.text, " with their buffer (");
        put_span_as(&n.text, p->lo, p->hi, want);
        sb_adds(&n.text, " without)");
    }
    sb_adds(&n.text, ", not ");
    put_quantity(&n.text, want);
    sb_adds(&n.text, lo > want->lo ? "; the headline needs phases in parallel." : ".");
    note_put(c, &n);
}

void check_phases(struct claims *c)
{
    unsigned budget = CANDIDATES_MAX;
    for (size_t i = 0; i < c->doc.tables.count && budget > 0; i++) {
        struct phases p;
        if (!phases_of_table(c, &c->doc.tables.items[i], &p))
            continue;
        const struct quantity *want = headline_of(c, p.first);
        budget--;
        if (want && !speaks_of_parallel(c, p.first, unit_at(c, (size_t)p.first)->section))
            phases_note(c, &p, want);
    }
    for (size_t i = 0; i < c->doc.units.count && budget > 0; i++) {
        struct phases p = { .first = (int32_t)i };
        const struct unit *u = unit_at(c, i);
        int32_t section =
            u->kind == UNIT_HEADING && u->section != NONE ? c->doc.sections.items[u->section].parent : u->section;
        if (!phase_line(u) || !long_time_in(c, u))
            continue;
        size_t k = i;
        size_t last = i;
        budget--;
        for (; k < c->doc.units.count; k++) {
            const struct unit *v = unit_at(c, k);
            const struct quantity *q = long_time_in(c, v);
            if (v->kind == UNIT_HEADING && v->level <= 6 && v->level < u->level)
                break;
            if (v->kind != u->kind)
                continue;
            if (!phase_line(v) || !q || v->level != u->level)
                break;
            p.lo += q->lo;
            p.hi += q->hi;
            p.rows++;
            p.like = q;
            last = k;
        }
        const struct quantity *want = p.rows >= 3 && section != NONE
                                          ? long_time_in(c, unit_at(c, (size_t)c->doc.sections.items[section].heading))
                                          : NULL;
        if (p.rows >= 3 && !want)
            want = headline_beside(c, i, last + 1);
        if (want && !speaks_of_parallel(c, (int32_t)i, u->section))
            phases_note(c, &p, want);
        i = k > i ? k - 1 : i;
    }
}

/* --- cost = people x months x rate --- */

/* "2 senior X developers": people; NaN without. */
static double people_before(const struct claims *c, int32_t unit)
{
    int32_t section = unit_at(c, (size_t)unit)->section;
    for (int32_t k = unit; k >= 0 && unit - k < 40; k--) {
        const struct unit *v = unit_at(c, (size_t)k);
        if (!section_within(&c->doc, section, v->section))
            break;
        for (uint32_t i = 0; unit_word(v, W_DEVELOPERS) && i < v->qn; i++) {
            const struct quantity *q = q_at(c, v, i);
            if (q->dim == DIM_COUNT && !q->range && q->lo >= 1 && q->lo <= 500 && q->per_s == 0 &&
                text_has(q_noun(c, q), "developer|developers|engineer|engineers|people|devs|fte|ftes|programmers"))
                return q->lo;
        }
    }
    return NUM_UNKNOWN;
}

static const struct quantity *months_before(const struct claims *c, int32_t unit)
{
    int32_t section = unit_at(c, (size_t)unit)->section;
    return section != NONE ? headline_of(c, unit) : NULL;
}

static void cost_note(struct claims *c, const struct quantity *cost, double lo, double hi,
                      const struct quantity *months, const struct phases *p)
{
    struct note n = NOTE(COST_PHASES, cost->unit_ix);
    n.unit2 = months->unit_ix;
    put_quantity(&n.stated, cost);
    sb_adds(&n.computed, "people x months x rate = ");
    put_span_as(&n.computed, lo, hi, cost);
    put_span_as(&n.text, lo, hi, cost);
    sb_adds(&n.text, " is people x time x rate for ");
    if (p) {
        put_span_as(&n.text, p->lo + p->buffer_lo, p->hi + p->buffer_hi, months);
        sb_adds(&n.text, ", the sum of the phases; ");
        put_quantity(&n.text, cost);
        sb_adds(&n.text, " holds for ");
        put_quantity(&n.text, months);
        sb_adds(&n.text, " only.");
    } else {
        put_quantity(&n.text, months);
        sb_adds(&n.text, ", not ");
        put_quantity(&n.text, cost);
        sb_addc(&n.text, '.');
    }
    note_put(c, &n);
}

static bool phases_of_section(const struct claims *c, int32_t section, struct phases *p)
{
    for (size_t i = 0; i < c->doc.tables.count; i++) {
        if (unit_at(c, (size_t)c->doc.tables.items[i].header)->section == section &&
            phases_of_table(c, &c->doc.tables.items[i], p))
            return true;
    }
    return false;
}

void check_cost_of_phases(struct claims *c)
{
    unsigned budget = CANDIDATES_MAX;
    for (size_t i = 0; i < c->doc.units.count && budget > 0; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_COST) || u->qn < 2)
            continue;
        const struct quantity *cost = q_at(c, u, 0);
        const struct quantity *rate = q_at(c, u, 1);
        const struct quantity *months = months_before(c, (int32_t)i);
        double people = people_before(c, (int32_t)i);
        if (cost->dim != DIM_MONEY || cost->per_s > 0 || rate->dim != DIM_MONEY || rate->per_s <= 0 || rate->op != 0 ||
            !text_has(span_sub(u->text, rate->end, 20),
                      "per developer|per engineer|per person|per dev|each|/developer|/engineer|per head|/dev") ||
            !months || !num_known(people))
            continue;
        budget--;
        double a = people * rate->lo / rate->per_s;
        double b = people * rate->hi / rate->per_s;
        bool fits = near(a * months->lo, cost->lo, cost->fine / 2 + a * months->lo * 0.05) &&
                    near(b * months->hi, cost->hi, cost->fine / 2 + b * months->hi * 0.05);
        struct phases p;
        if (!fits)
            cost_note(c, cost, a * months->lo, b * months->hi, months, NULL);
        else if (num_known(months->corrected) && phases_of_section(c, u->section, &p))
            cost_note(c, cost, a * (p.lo + p.buffer_lo), b * (p.hi + p.buffer_hi), months, &p);
    }
}
