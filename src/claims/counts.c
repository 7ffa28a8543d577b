/* Counts, numbering, and words that stand where a number should. */
#include "claims/check.h"

#include <stdio.h>

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* --- "16 ... (V1 through V13)" --- */

/* A letter and a number: "V13". Returns bytes, 0 = none. */
static size_t label_at(struct span s, size_t at, char *ret_letter, unsigned *ret_n)
{
    size_t end = at + 1;
    unsigned n = 0;
    if (at >= s.len || !upper(s.ptr[at]) ||
        (at > 0 && (upper(s.ptr[at - 1]) || digit(s.ptr[at - 1]) || s.ptr[at - 1] == '-')))
        return 0;
    while (end < s.len && end < at + 5 && digit(s.ptr[end]))
        n = n * 10 + (unsigned)(s.ptr[end++] - '0');
    if (end == at + 1 || (end < s.len && (upper(s.ptr[end]) || digit(s.ptr[end]) || s.ptr[end] == '.')))
        return 0;
    *ret_letter = s.ptr[at];
    *ret_n = n;
    return end - at;
}

/* "V1 through V13": how many that is, and where it begins; 0 = none. */
static unsigned labels_in(struct span s, size_t *ret_at)
{
    for (size_t at = 0; at + 4 < s.len; at++) {
        char a;
        char b;
        unsigned first;
        unsigned last;
        size_t len = label_at(s, at, &a, &first);
        if (len == 0)
            continue;
        struct span rest = span_sub(s, at + len, 16);
        size_t to = text_find(rest, "through|thru|to");
        size_t skip = to == 1 ? span_chr(rest, 2, ' ') + 1 : 0;
        unsigned dash;
        if (skip == 0 && glyph_at(rest, 0, &dash) == '-')
            skip = dash;
        if (skip > 0 && label_at(s, at + len + skip, &b, &last) > 0 && a == b && last > first) {
            *ret_at = at;
            return last - first + 1;
        }
    }
    return 0;
}

void check_labels(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        size_t at = 0;
        unsigned labels = u->qn > 0 && u->kind != UNIT_LISTING ? labels_in(u->text, &at) : 0;
        const struct quantity *q = labels > 2 ? q_at(c, u, 0) : NULL;
        if (!q || q->dim != DIM_COUNT || q->range || q->at > at || q->lo == labels || q->lo < 2 || q->lo > 1000 ||
            !text_has(u->text, "all") || q->cmp != CMP_NONE)
            continue;
        struct note n = NOTE(LABELS, (int32_t)i);
        put_quantity(&n.stated, q);
        sb_printf(&n.computed, "%u", labels);
        sb_printf(&n.text, "%u labels are named where ", labels);
        put_quantity(&n.text, q);
        sb_adds(&n.text, text_has(u->text, "sub-items|subitems|plus") ? " items are counted; the others are not listed."
                                                                      : " items are counted.");
        note_put(c, &n);
    }
}

/* --- numbering that does not begin at 1 --- */

static const char *const stages[] = {
    "test", "phase", "step", "scenario", "option", "stage", "experiment", "milestone"
};

/* "Test 2: ..." at the unit's beginning: the number, 0 = none. */
static unsigned stage_number(struct span s, const char *stage)
{
    size_t n = strlen(stage);
    s = text_bare(s);
    if (!text_begins(span_sub(s, 0, n + 1), stage) || s.len < n + 3 || s.ptr[n] != ' ' || !digit(s.ptr[n + 1]) ||
        (digit(s.ptr[n + 2]) && s.len > n + 3 && digit(s.ptr[n + 3])))
        return 0;
    unsigned value = (unsigned)(s.ptr[n + 1] - '0');
    size_t end = n + 2;
    if (digit(s.ptr[end]))
        value = value * 10 + (unsigned)(s.ptr[end++] - '0');
    return end < s.len && (s.ptr[end] == ':' || s.ptr[end] == ' ' || s.ptr[end] == '.') ? value : 0;
}

static void numbering_of(struct claims *c, const char *stage)
{
    uint64_t seen = 0;
    size_t at[64];
    char first[24];
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        unsigned k = u->kind == UNIT_HEADING || u->kind == UNIT_ITEM ? stage_number(u->text, stage) : 0;
        if (k == 0 || k >= 64)
            continue;
        if (!(seen >> k & 1))
            at[k] = i;
        seen |= UINT64_C(1) << k;
    }
    unsigned least = 1;
    while (least < 60 && !(seen >> least & 1))
        least++;
    unsigned most = least;
    while (most < 63 && seen >> (most + 1) & 1)
        most++;
    (void)snprintf(first, sizeof first, "%s 1", stage);
    if (seen == 0 || least < 2 || least > 9 || most - least < 2 || text_has(c->doc.text, first))
        return;
    struct note n = NOTE(NUMBERING, (int32_t)at[least]);
    sb_printf(&n.stated, "%s %u to %u", stage, least, most);
    sb_printf(&n.text, "%u to %u are the numbers of the list called '%s'; there is no %s 1.", least, most, stage,
              stage);
    note_put(c, &n);
}

void check_numbering(struct claims *c)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        numbering_of(c, stages[i]);
}

/* --- never, zero risk, a confidence --- */

/* A volume per day, week, month or year. */
static bool volume_stated(const struct claims *c)
{
    for (size_t i = 0; i < c->doc.quantities.count; i++) {
        const struct quantity *q = &c->doc.quantities.items[i];
        if (q->dim == DIM_COUNT && q->per_s >= 60)
            return true;
    }
    return false;
}

void check_never(struct claims *c)
{
    bool volume = volume_stated(c);
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_NEVER) && !volume; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_PAYBACK) || !unit_word(u, W_NEVER) || u->text.len > 60 || u->kind == UNIT_CODE)
            continue;
        struct note n = NOTE(NEVER, (int32_t)i);
        sb_adds(&n.stated, "never");
        sb_adds(&n.computed, "payback = cost / (operations a year x value of one)");
        sb_adds(
            &n.text,
            "0 volumes a year are stated in the text, so whether the payback is never cannot be computed: above some "
            "volume it comes.");
        note_put(c, &n);
    }
}

void check_confidence(struct claims *c)
{
    bool sample = lex_in(c->doc.lex, W_CONFIDENCE) &&
                  text_has(c->doc.text, "confidence interval|sample size|samples|standard deviation|confidence level|"
                                        "runs each|n =");
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_CONFIDENCE) && !sample; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q = unit_word(u, W_CONFIDENCE) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        if (q && !text_has(unit_label(u), "confidence") &&
            !text_begins(span_trim(span_sub(u->text, q->end, 12)), "confident"))
            q = NULL;
        if (!q || q->lo < 50 || u->kind == UNIT_CODE || u->kind == UNIT_ROW)
            continue;
        struct note n = NOTE(CONFIDENCE, (int32_t)i);
        put_quantity(&n.stated, q);
        put_quantity(&n.text, q);
        sb_adds(&n.text, " confidence is stated without a sample or an interval that it could come from.");
        note_put(c, &n);
    }
}

static int32_t fallback_unit(const struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (unit_word(u, W_FALLBACK) && u->kind != UNIT_CODE)
            return (int32_t)i;
    }
    return NONE;
}

void check_zero_risk(struct claims *c)
{
    int32_t fallback = lex_in(c->doc.lex, W_FALLBACK) ? fallback_unit(c) : NONE;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_MIGRATE); i++) {
        const struct unit *u = unit_at(c, i);
        bool risk = unit_word(u, W_ZERO) && text_has(u->text, "zero risk|zero-risk|risk-free|riskless") &&
                    (unit_word(u, W_MIGRATE) || text_has(u->text, "deployment|rollout|adoption|move"));
        bool single =
            fallback != NONE &&
            text_has(u->text, "single-language maintenance|single language maintenance|one language to maintain|"
                              "one codebase to maintain|single codebase to maintain");
        if ((!risk && !single) || u->kind == UNIT_CODE)
            continue;
        struct note n = NOTE(ZERO_RISK, (int32_t)i);
        if (single && !risk) {
            n.unit2 = fallback;
            sb_adds(&n.stated, "one language to maintain");
            sb_adds(&n.text, "2 versions are to be maintained and tested as long as the fallback stays, not one.");
        } else if (fallback != NONE) {
            n.unit2 = fallback;
            sb_adds(&n.stated, "zero risk");
            sb_adds(
                &n.text,
                "0 risk is stated beside a fallback: 2 versions have to be tested, and the fallback is there because "
                "the first may fail.");
        } else {
            sb_adds(&n.stated, "zero risk");
            sb_adds(&n.text, "0 risk is stated without a number that could show it.");
        }
        note_put(c, &n);
    }
}

/* --- cost of an option as a part of another's --- */

static bool months(const struct quantity *q)
{
    return q->dim == DIM_TIME && q->scale >= 604800;
}

/* The longest duration in a heading. */
static const struct quantity *longest_heading(const struct claims *c)
{
    const struct quantity *best = NULL;
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q = u->kind == UNIT_HEADING ? unit_quantity(c, u, DIM_TIME) : NULL;
        if (q && months(q) && (!best || q->lo > best->lo))
            best = q;
    }
    return best;
}

void check_cost_share(struct claims *c)
{
    const struct quantity *whole = lex_in(c->doc.lex, W_COST) ? longest_heading(c) : NULL;
    for (size_t i = 0; whole && i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_COST) || u->section == NONE)
            continue;
        for (uint32_t k = 0; k < u->qn; k++) {
            const struct quantity *p = q_at(c, u, k);
            const struct quantity *own =
                unit_quantity(c, unit_at(c, (size_t)c->doc.sections.items[u->section].heading), DIM_TIME);
            struct span after = span_sub(u->text, p->end, 16);
            if (p->dim != DIM_PERCENT || !text_begins(span_trim(after), "of cost|of the cost|cost|the cost") || !own ||
                !months(own) || own == whole || p->cmp != CMP_NONE)
                continue;
            double lo = own->lo / whole->hi * 100;
            double hi = own->hi / whole->lo * 100;
            if (p->lo >= lo * 0.9 && p->hi <= hi * 1.1)
                continue;
            struct note n = NOTE(COST_SHARE, (int32_t)i);
            n.unit2 = whole->unit_ix;
            put_quantity(&n.stated, p);
            put_quantity(&n.computed, own);
            sb_adds(&n.computed, " / ");
            put_quantity(&n.computed, whole);
            put_span_as(&n.text, lo, hi, p);
            sb_adds(&n.text, " of the cost is ");
            put_quantity(&n.text, own);
            sb_adds(&n.text, " against ");
            put_quantity(&n.text, whole);
            sb_adds(&n.text, " with as many people; stated is ");
            put_quantity(&n.text, p);
            sb_addc(&n.text, '.');
            note_put(c, &n);
        }
    }
}
