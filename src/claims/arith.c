/* Calculations that the text itself writes out. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"

/* A value with its exponents of money, time and bytes. */
struct measure {
    double lo, hi;
    int money, time, bytes;
    double slack; /* relative */
    bool known;
};

static struct measure measure_of(const struct quantity *q)
{
    struct measure m = { .lo = q->lo, .hi = q->hi, .known = true };
    double size = fmax(fabs(q->lo), fabs(q->hi));
    bool exact = (q->dim == DIM_COUNT || q->dim == DIM_FACTOR || q->dim == DIM_PERCENT) && q->fine <= 1;
    m.slack = exact || size == 0 ? 0 : fmin(q->fine / 2 / size, 0.1);
    if (q->about)
        m.slack = 0.1;
    switch ((enum dim)q->dim) {
    case DIM_MONEY:
        m.money = 1;
        break;
    case DIM_TIME:
        m.time = 1;
        break;
    case DIM_BYTES:
        m.bytes = 1;
        break;
    case DIM_PERCENT:
        m.lo /= 100;
        m.hi /= 100;
        break;
    case DIM_SCORE:
        m.known = false;
        break;
    case DIM_COUNT:
    case DIM_LINES:
    case DIM_FACTOR:
    case DIM_N:
        break;
    }
    if (q->per_s > 0) {
        m.lo /= q->per_s;
        m.hi /= q->per_s;
        m.time--;
    }
    return m;
}

static bool same_kind(const struct measure *a, const struct measure *b)
{
    return a->money == b->money && a->time == b->time && a->bytes == b->bytes;
}

static void combine(struct measure *a, const struct measure *b, char op)
{
    int sign = op == '*' ? 1 : -1;
    if (op == '+') {
        a->known = a->known && b->known && same_kind(a, b);
        a->lo += b->lo;
        a->hi += b->hi;
        a->slack = fmax(a->slack, b->slack);
        return;
    }
    a->known = a->known && b->known && (op == '*' || b->lo > 0);
    a->money += sign * b->money;
    a->time += sign * b->time;
    a->bytes += sign * b->bytes;
    double lo = op == '*' ? a->lo * b->lo : a->lo / b->hi;
    double hi = op == '*' ? a->hi * b->hi : a->hi / b->lo;
    a->lo = lo;
    a->hi = hi;
    a->slack += b->slack;
}

/* True when the stated result fits; ends of a range are compared one by one. */
static bool result_fits(const struct measure *got, const struct measure *want, double want_slack)
{
    double slack = fmax(fmin(got->slack, 0.2), 0.005);
    double lo = got->lo * (1 - slack) - want_slack;
    double hi = got->hi * (1 + slack) + want_slack;
    if (want->lo == want->hi)
        return want->lo >= lo && want->lo <= hi;
    return near(got->lo, want->lo, got->lo * slack + want_slack) &&
           near(got->hi, want->hi, got->hi * slack + want_slack);
}

/* Of the factors first..last and their result. */
static void product_note(struct claims *c, const struct unit *u, uint32_t first, uint32_t last, uint32_t result,
                         const struct measure *got)
{
    struct quantity *want = &c->doc.quantities.items[u->q0 + result];
    double per = want->per_s > 0 ? want->per_s : 1;
    double unit = want->dim == DIM_PERCENT ? 100 : 1;
    struct note n = NOTE(PRODUCT, want->unit_ix);
    n.line = want->line;
    want->corrected = got->lo * per * unit;
    const struct quantity *a = q_at(c, u, first);
    put_quantity(&n.stated, want);
    put_text(&n.computed, span_sub(u->text, a->at, q_at(c, u, last)->end - a->at), 80);
    sb_adds(&n.computed, " = ");
    put_span_as(&n.computed, got->lo * per * unit, got->hi * per * unit, want);
    put_span_as(&n.text, got->lo * per * unit, got->hi * per * unit, want);
    sb_adds(&n.text, " is what the stated factors give, not ");
    put_quantity(&n.text, want);
    if (want->lo == want->hi && got->lo == got->hi && got->lo > 0)
        sb_printf(&n.text, " (%+.1f %%)", (want->lo / (got->lo * per * unit) - 1) * 100);
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

/* Zeros at the end may be rounding, but not of more than a twentieth. */
static double result_slack(const struct quantity *want)
{
    double size = fabs(want->hi);
    return want->about ? size * 0.1 : fmax(fmin(want->step / 2, size * 0.05), want->fine / 2);
}

/* An operator before the first factor: the calculation began earlier. */
static bool goes_on_before(const struct unit *u, const struct quantity *q)
{
    size_t at = q->at;
    while (at > 0 && (u->text.ptr[at - 1] == ' ' || u->text.ptr[at - 1] == '$' || u->text.ptr[at - 1] == '~'))
        at--;
    char c = at > 0 ? u->text.ptr[at - 1] : ' ';
    return c == '+' || c == '*' || c == '/' || c == '^' || c == ')' || c == ']' || c == '[' || c == '{' ||
           (c == '-' && at > 1 && q->at - at > 0) ||
           (at >= 2 && span_starts(span_from(u->text, at - 2), SPAN("\xc3\x97")));
}

/* From quantity i on: "a * b = c", at most one kind of operator. Returns the index of the result, or i. */
static uint32_t product_at(struct claims *c, const struct unit *u, uint32_t i)
{
    struct measure got = measure_of(q_at(c, u, i));
    char kind = 0;
    uint32_t k = i + 1;
    for (; k < u->qn; k++) {
        const struct quantity *q = q_at(c, u, k);
        if (q->op != '*' && q->op != '+' && q->op != '/')
            break;
        if (kind && (kind == '+') != (q->op == '+'))
            return i;
        kind = q->op;
        struct measure m = measure_of(q);
        combine(&got, &m, q->op);
    }
    if (k >= u->qn || q_at(c, u, k)->op != '=' || !kind || !got.known || goes_on_before(u, q_at(c, u, i)))
        return i;
    const struct quantity *want = q_at(c, u, k);
    struct measure w = measure_of(want);
    if (!w.known || !same_kind(&got, &w) || want->cmp != CMP_NONE || want->sign != 0)
        return k;
    double slack = result_slack(want);
    double per = want->per_s > 0 ? want->per_s : 1;
    slack = slack / per / (want->dim == DIM_PERCENT ? 100 : 1);
    if (isfinite(got.lo) && isfinite(got.hi) && !result_fits(&got, &w, slack))
        product_note(c, u, i, k - 1, k, &got);
    return k;
}

/* "$600k (3 x $100k x 2)": the result stands before its calculation. */
static void product_in_brackets(struct claims *c, const struct unit *u, uint32_t i)
{
    const struct quantity *want = q_at(c, u, i);
    const struct quantity *first = q_at(c, u, i + 1);
    struct span gap = span_trim(span_sub(u->text, want->end, first->at - want->end));
    struct measure got = measure_of(first);
    struct measure w = measure_of(want);
    uint32_t k = i + 2;
    if (!span_is(gap, "(") && !span_is(gap, "($") && !span_is(gap, "(~"))
        return;
    for (; k < u->qn && q_at(c, u, k)->op == '*'; k++) {
        struct measure m = measure_of(q_at(c, u, k));
        combine(&got, &m, '*');
    }
    uint32_t end = q_at(c, u, k - 1)->end;
    struct span tail = span_sub(u->text, end, 24);
    size_t close = span_chr(tail, 0, ')');
    if (k < i + 3 || close == tail.len || span_chr(tail, 0, ',') < close || !got.known || !w.known ||
        !same_kind(&got, &w) || want->cmp != CMP_NONE || (k < u->qn && q_at(c, u, k)->at < end + close))
        return;
    if (isfinite(got.lo) && isfinite(got.hi) && !result_fits(&got, &w, result_slack(want)))
        product_note(c, u, i + 1, k - 1, i, &got);
}

void check_product(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        for (uint32_t k = 0; k + 2 < u->qn;) {
            product_in_brackets(c, u, k);
            uint32_t end = product_at(c, u, k);
            k = end > k ? end : k + 1;
        }
    }
}

/* --- a rate applied to an earlier result --- */

/* The last result of a calculation in time within the few units before. */
static const struct quantity *result_before(const struct claims *c, size_t i)
{
    const struct unit *u = unit_at(c, i);
    for (size_t k = i; k-- > 0 && i - k <= 4;) {
        const struct unit *v = unit_at(c, k);
        if (v->section != u->section)
            return NULL;
        for (uint32_t j = v->qn; j-- > 1;) {
            if (q_at(c, v, j)->op == '=' && q_at(c, v, j)->dim == DIM_TIME)
                return q_at(c, v, j);
        }
    }
    return NULL;
}

static void chain_at(struct claims *c, size_t i, const struct quantity *rate, struct quantity *value)
{
    const struct quantity *t = result_before(c, i);
    if (!t || t->lo != t->hi)
        return;
    double per_second = rate->lo / rate->per_s;
    double stated = t->lo * per_second;
    bool carried = near(stated, value->lo, value->step / 2 + stated * 0.005);
    double right = num_known(t->corrected) ? t->corrected * per_second : stated;
    if (near(right, value->lo, value->step / 2 + right * 0.02))
        return;
    struct note n = NOTE(CHAIN, (int32_t)i);
    n.unit2 = t->unit_ix;
    value->corrected = right;
    put_quantity(&n.stated, value);
    put_as(&n.computed, num_known(t->corrected) ? t->corrected : t->lo, t);
    sb_adds(&n.computed, " x ");
    put_quantity(&n.computed, rate);
    sb_adds(&n.computed, " = ");
    put_as(&n.computed, right, value);
    put_as(&n.text, right, value);
    sb_adds(&n.text, " follows at ");
    put_quantity(&n.text, rate);
    sb_adds(&n.text, ", not ");
    put_quantity(&n.text, value);
    if (carried) {
        sb_adds(&n.text, ": the stated ");
        put_quantity(&n.text, t);
        sb_adds(&n.text, " is carried on");
    }
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

void check_chain(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        for (uint32_t k = 1; k < u->qn; k++) {
            struct quantity *value = &c->doc.quantities.items[u->q0 + k];
            const struct quantity *rate = q_at(c, u, k - 1);
            if (value->op == '=' && value->dim == DIM_MONEY && rate->dim == DIM_MONEY && rate->per_s > 0 &&
                rate->op == 0 && (value->per_s == 0 || value->per_s > rate->per_s) && value->lo == value->hi &&
                rate->lo == rate->hi)
                chain_at(c, i, rate, value);
        }
    }
}

/* --- break-even --- */

struct break_even {
    const struct quantity *money, *count, *saved, *rate;
};

static void break_even_take(const struct claims *c, const struct unit *u, struct break_even *b)
{
    for (uint32_t k = 0; k < u->qn; k++) {
        const struct quantity *q = q_at(c, u, k);
        struct span noun = q->dim == DIM_COUNT ? q_noun(c, q) : SPAN("");
        uint64_t words[LEX_SETS] = { 0 };
        if (q->dim == DIM_MONEY && q->per_s == 0 && !b->money && unit_word(u, W_JUSTIFY))
            b->money = q;
        if (q->dim == DIM_COUNT && !b->count && unit_word(u, W_NEED)) {
            lex_words(noun, words);
            b->count = lex_in(words, W_OPERATION) ? q : NULL;
        }
        if (q->dim == DIM_TIME && !b->saved && k > 0 && q->op == '*')
            b->saved = q;
        if (q->dim == DIM_MONEY && q->per_s > 0 && !b->rate)
            b->rate = q;
    }
}

static void break_even_note(struct claims *c, const struct break_even *b)
{
    double value = b->saved->lo * b->rate->lo / b->rate->per_s;
    double need = b->money->lo / value;
    if (!(value > 0) || !isfinite(need) || (b->count->lo > need * 0.8 && b->count->lo < need * 1.25))
        return;
    struct note n = NOTE(BREAKEVEN, b->count->unit_ix);
    n.unit2 = b->money->unit_ix;
    struct quantity plain = { .scale = 1, .unit = "" };
    put_quantity(&n.stated, b->count);
    put_quantity(&n.computed, b->money);
    sb_adds(&n.computed, " / (");
    put_quantity(&n.computed, b->saved);
    sb_adds(&n.computed, " x ");
    put_quantity(&n.computed, b->rate);
    sb_adds(&n.computed, ") = ");
    put_as(&n.computed, need, &plain);
    put_as(&n.text, need, &plain);
    sb_adds(&n.text, " operations earn ");
    put_quantity(&n.text, b->money);
    sb_adds(&n.text, " at the stated saving and rate, not ");
    put_quantity(&n.text, b->count);
    sb_printf(&n.text, " (factor %.3g)", need / b->count->lo);
    if (near(b->money->lo / b->saved->lo, b->count->lo, b->count->lo * 0.01))
        sb_adds(&n.text, "; the stated number is the money divided by the seconds saved, dollars by seconds");
    sb_addc(&n.text, '.');
    note_put(c, &n);
}

void check_break_even(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        struct break_even b = { 0 };
        if (!unit_word(u, W_JUSTIFY) || !unit_quantity(c, u, DIM_MONEY))
            continue;
        for (size_t k = i; k < c->doc.units.count && k < i + 10 && unit_at(c, k)->section == u->section; k++)
            break_even_take(c, unit_at(c, k), &b);
        if (b.money && b.count && b.saved && b.rate)
            break_even_note(c, &b);
    }
}
