/* Thresholds that decide something: gaps, several bars for one thing, bounds that let nothing or everything through. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"

/* --- one condition with several bounds, in the scenarios of a decision --- */

struct bound {
    const struct quantity *q;
    unsigned long long key; /* of the sentence without its number */
    int32_t part;
};

/* Letters of the sentence without the quantity: two sentences that differ in the number alone have one key. */
static unsigned long long sentence_key(const struct claims *c, const struct quantity *q)
{
    char text[160];
    size_t n = 0;
    struct span s = q_unit(c, q)->text;
    for (size_t i = 0; i < s.len && n < sizeof text; i++) {
        char ch = s.ptr[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
        if ((i < q->at || i >= q->end) && letter)
            text[n++] = (char)(ch | 0x20);
    }
    return n >= 12 ? span_hash(span_make(text, n)) : 0;
}

/* Under a heading "Scenario 1: ...", "Option B: ...": that heading, else NONE. */
static int32_t scenario_of(const struct claims *c, const struct unit *u)
{
    int32_t h = u->part;
    if (h == NONE && u->section != NONE)
        h = c->doc.sections.items[u->section].heading;
    if (h == NONE)
        return NONE;
    return text_begins(text_bare(unit_at(c, (size_t)h)->text), "scenario|option|variant|alternative|case") ? h : NONE;
}

static size_t bounds_collect(const struct claims *c, struct bound *out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < c->doc.units.count && n < max; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->qn != 1 || (u->kind != UNIT_ITEM && u->kind != UNIT_TEXT))
            continue;
        const struct quantity *q = q_at(c, u, 0);
        int32_t part = q->dim == DIM_PERCENT || q->dim == DIM_FACTOR ? scenario_of(c, u) : NONE;
        unsigned long long key = part != NONE ? sentence_key(c, q) : 0;
        if (key != 0)
            out[n++] = (struct bound){ .q = q, .key = key, .part = part };
    }
    return n;
}

/* An improvement as a factor: 50 % better is 1.5. */
static double as_factor(const struct quantity *q)
{
    return q->dim == DIM_FACTOR ? q->lo : 1 + q->lo / 100;
}

static void put_bound(struct sb *out, const struct quantity *q)
{
    if (q->cmp == CMP_LT)
        sb_addc(out, '<');
    if (q->cmp == CMP_GT && !q->plus)
        sb_addc(out, '>');
    put_quantity(out, q);
}

static void mixed_note(struct claims *c, const struct quantity *percent, const struct quantity *factor)
{
    struct note n = NOTE(SCALE_MIX, percent->unit_ix);
    n.unit2 = factor->unit_ix;
    put_bound(&n.stated, percent);
    sb_adds(&n.stated, " and ");
    put_bound(&n.stated, factor);
    sb_printf(&n.computed, "%.4g %% better = %.4gx", percent->lo, as_factor(percent));
    put_bound(&n.text, percent);
    sb_adds(&n.text, " and ");
    put_bound(&n.text, factor);
    sb_printf(&n.text, " bound the same condition on two scales; %.4g %% better is %.4gx.", percent->lo,
              as_factor(percent));
    note_put(c, &n);
}

static void gap_note(struct claims *c, const struct quantity *below, const struct quantity *above)
{
    struct note n = NOTE(THRESHOLD_GAP, below->unit_ix);
    n.unit2 = above->unit_ix;
    put_bound(&n.stated, below);
    sb_adds(&n.stated, " and ");
    put_bound(&n.stated, above);
    sb_printf(&n.computed, "%.4gx to %.4gx", as_factor(below), as_factor(above));
    sb_printf(&n.text, "%.4gx to %.4gx falls between ", as_factor(below), as_factor(above));
    put_bound(&n.text, below);
    sb_adds(&n.text, " and ");
    put_bound(&n.text, above);
    sb_adds(&n.text, ": no scenario says what happens there.");
    note_put(c, &n);
}

static void both_note(struct claims *c, const struct bound *a, const struct bound *b)
{
    struct note n = NOTE(THRESHOLD_TWICE, b->q->unit_ix);
    n.unit2 = a->q->unit_ix;
    put_bound(&n.stated, a->q);
    sb_adds(&n.stated, " and ");
    put_bound(&n.stated, b->q);
    put_bound(&n.text, b->q);
    sb_adds(&n.text, " opens a second scenario by the condition of another (");
    put_bound(&n.text, a->q);
    sb_adds(&n.text, "): both hold at once and nothing says which one wins.");
    note_put(c, &n);
}

/* Bounds b[first..] with one key. */
static void bounds_of_key(struct claims *c, const struct bound *b, size_t n, size_t first)
{
    const struct quantity *below = NULL;
    const struct quantity *above = NULL;
    const struct quantity *percent = NULL;
    const struct quantity *factor = NULL;
    for (size_t i = first; i < n; i++) {
        const struct quantity *q = b[i].q;
        if (b[i].key != b[first].key)
            continue;
        if (q->cmp == CMP_LT && (!below || as_factor(q) > as_factor(below)))
            below = q;
        if (q->cmp != CMP_LT && (!above || as_factor(q) < as_factor(above)))
            above = q;
        percent = q->dim == DIM_PERCENT && !percent ? q : percent;
        factor = q->dim == DIM_FACTOR && !factor ? q : factor;
        if (i > first && b[i].part != b[first].part && q->cmp == CMP_GT && b[first].q->cmp == CMP_GT &&
            q->dim == b[first].q->dim && q->lo == b[first].q->lo)
            both_note(c, &b[first], &b[i]);
    }
    if (percent && factor)
        mixed_note(c, percent, factor);
    bool gain = below && text_has(q_unit(c, below)->text, "improvement|faster|speedup|gain|better");
    if (below && above && gain && as_factor(below) < as_factor(above) * 0.999)
        gap_note(c, below, above);
}

void check_threshold_gap(struct claims *c)
{
    struct bound bounds[CANDIDATES_MAX];
    size_t n = lex_in(c->doc.lex, W_SCENARIO) ? bounds_collect(c, bounds, ARRAY_LEN(bounds)) : 0;
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++)
            seen = seen || bounds[k].key == bounds[i].key;
        if (!seen)
            bounds_of_key(c, bounds, n, i);
    }
}

/* --- several bars of memory --- */

/* The saving that a bar asks for, in percent; NaN when the unit sets none. */
static double memory_bar(const struct claims *c, const struct unit *u, const struct quantity **ret)
{
    const struct quantity *q = unit_word(u, W_MEMORY) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
    if (!q || q->range || q->cmp == CMP_NONE)
        return NUM_UNKNOWN;
    *ret = q;
    if (q->cmp == CMP_LT && text_has(u->text, "uses|of"))
        return 100 - q->lo;
    return q->cmp == CMP_GT && unit_word(u, W_SAVE) ? q->lo : NUM_UNKNOWN;
}

void check_memory_bars(struct claims *c)
{
    const struct quantity *first = NULL;
    double bar = NUM_UNKNOWN;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_DECISION); i++) {
        const struct quantity *q = NULL;
        double here = memory_bar(c, unit_at(c, i), &q);
        if (!num_known(here) || unit_at(c, i)->kind == UNIT_CODE)
            continue;
        if (num_known(bar) && !near(bar, here, 0.5)) {
            struct note n = NOTE(BARS, (int32_t)i);
            n.unit2 = first->unit_ix;
            put_bound(&n.stated, first);
            sb_adds(&n.stated, " and ");
            put_bound(&n.stated, q);
            sb_printf(&n.text, "%.4g %% and %.4g %% less memory are both the bar for the same decision.", bar, here);
            note_put(c, &n);
            return;
        }
        if (!first) {
            first = q;
            bar = here;
        }
    }
}

/* --- several bars of concurrency --- */

static const char *concurrent_noun(const struct unit *u)
{
    static const char *const nouns[] = { "agents",   "users",    "connections", "clients",
                                         "requests", "sessions", "streams",     "workers" };
    static const char *const alternatives[] = { "agents|agent",   "users|user",       "connections|connection",
                                                "clients|client", "requests|request", "sessions|session",
                                                "streams|stream", "workers|worker" };
    for (size_t i = 0; unit_word(u, W_CONCURRENT) && i < ARRAY_LEN(nouns); i++) {
        if (text_has(u->text, alternatives[i]))
            return nouns[i];
    }
    return NULL;
}

void check_concurrency_bars(struct claims *c)
{
    const struct quantity *tested = NULL;
    const struct quantity *first = NULL;
    const char *noun = NULL;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_CONCURRENT); i++) {
        const struct unit *u = unit_at(c, i);
        const char *here = u->kind == UNIT_CODE ? NULL : concurrent_noun(u);
        const struct quantity *q = here ? unit_quantity(c, u, DIM_COUNT) : NULL;
        if (!q || (noun && noun != here))
            continue;
        if (q->range && text_has(u->text, "simulates|simulate|tests|test|tested|load"))
            tested = q;
        if (q->cmp != CMP_GT || q->per_s > 0 || q->lo < 10)
            continue;
        if (first && !near(first->lo, q->lo, 0.5)) {
            struct note n = NOTE(CONCURRENCY, (int32_t)i);
            n.unit2 = first->unit_ix;
            put_bound(&n.stated, first);
            sb_adds(&n.stated, " and >");
            put_num(&n.stated, q->lo);
            put_num(&n.text, first->lo);
            sb_adds(&n.text, " and ");
            put_num(&n.text, q->lo);
            sb_printf(&n.text, " concurrent %s are both the bound from which the answer changes", here);
            if (tested && tested->hi <= fmax(first->lo, q->lo)) {
                sb_adds(&n.text, "; the test ends at ");
                put_num(&n.text, tested->hi);
            }
            sb_addc(&n.text, '.');
            note_put(c, &n);
            return;
        }
        if (!first) {
            first = q;
            noun = here;
        }
    }
}

/* --- 95 % success beside no error at all --- */

void check_success_and_zero(struct claims *c)
{
    const struct quantity *success = NULL;
    int32_t zero = NONE;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_SUCCESS); i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind == UNIT_CODE)
            continue;
        const struct quantity *q =
            unit_word(u, W_SUCCESS) && unit_word(u, W_THREE_OUT) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        if (q && q->cmp == CMP_GT && q->lo >= 50 && q->lo < 100 && !success)
            success = q;
        if (zero == NONE && u->text.len < 80 && text_has(u->text, "errors = 0|zero errors|0 errors|error count = 0"))
            zero = (int32_t)i;
    }
    if (!success || zero == NONE)
        return;
    struct note n = NOTE(SUCCESS_ZERO, success->unit_ix);
    n.unit2 = zero;
    put_bound(&n.stated, success);
    sb_adds(&n.stated, " success and 0 errors");
    sb_printf(&n.computed, "100 - %.4g = %.4g %% may fail", success->lo, 100 - success->lo);
    sb_printf(&n.text, "%.4g %% of the attempts may fail by one line, none by another.", 100 - success->lo);
    note_put(c, &n);
}

/* --- a gate on a share of something that is small itself --- */

/* The largest share of the wall time that is said to be waiting, in percent. */
static const struct quantity *waiting_share(const struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if ((!unit_word(u, W_WAIT) && !unit_word(u, W_IO)) || u->kind == UNIT_CODE)
            continue;
        const struct quantity *q = unit_quantity(c, u, DIM_PERCENT);
        if (q && q->lo >= 90 && q->lo < 100 && (q->cmp == CMP_GT || q->plus) && unit_word(u, W_WALL))
            return q;
    }
    return NULL;
}

void check_materiality(struct claims *c)
{
    const struct quantity *wait = lex_in(c->doc.lex, W_WALL) ? waiting_share(c) : NULL;
    for (size_t i = 0; wait && i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q =
            unit_word(u, W_CPU) && unit_word(u, W_CONDITION) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        if (!q || q->cmp != CMP_GT || q->lo > 60 || !text_has(u->text, "if|when") || q->unit_ix == wait->unit_ix)
            continue;
        struct note n = NOTE(MATERIALITY, (int32_t)i);
        n.unit2 = wait->unit_ix;
        double part = q->lo * (100 - wait->lo) / 100;
        put_bound(&n.stated, q);
        sb_printf(&n.computed, "%.4g %% x (100 - %.4g) %% = %.3g %%", q->lo, wait->lo, part);
        sb_printf(&n.text, "%.3g %% of the wall time, at most, is what ", part);
        put_quantity(&n.text, q);
        sb_printf(&n.text,
                  " of the CPU amounts to where over %.4g %% is waiting: the gate can open on what nobody would notice",
                  wait->lo);
        if (text_has(span_from(u->text, q->end), "or"))
            sb_adds(&n.text, ", and whether each or the sum counts is not said");
        sb_addc(&n.text, '.');
        note_put(c, &n);
    }
}

/* --- the cost that a saving of memory brings --- */

/* "60% of savings translate to cost", also in a comment of code: the percentage, NaN without. */
static double passed_on(struct span s)
{
    size_t at = text_find(s, "of savings translate|of the savings translate|of savings become|of savings turn into");
    size_t end = at;
    if (at == s.len)
        return NUM_UNKNOWN;
    while (end > 0 && (s.ptr[end - 1] == ' ' || s.ptr[end - 1] == '%'))
        end--;
    size_t from = end;
    while (from > 0 && s.ptr[from - 1] >= '0' && s.ptr[from - 1] <= '9')
        from--;
    double x;
    return from < end && end < at && span_to_double(span_sub(s, from, end - from), &x) ? x : NUM_UNKNOWN;
}

void check_passed_on(struct claims *c)
{
    double share = NUM_UNKNOWN;
    size_t at = 0;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_SAVE); i++) {
        const struct unit *u = unit_at(c, i);
        double here = unit_word(u, W_SAVE) ? passed_on(u->text) : NUM_UNKNOWN;
        if (num_known(here)) {
            share = here;
            at = i;
        }
        if (!num_known(share) || u->qn != 2 || q_at(c, u, 1)->op != '>' || !unit_word(u, W_COST))
            continue;
        const struct quantity *a = q_at(c, u, 0);
        const struct quantity *b = q_at(c, u, 1);
        double want = a->lo * share / 100;
        if (a->dim != DIM_PERCENT || b->dim != DIM_PERCENT || (near(b->lo, want, 1) && near(b->hi, want, 1)))
            continue;
        struct note n = NOTE(PASSED_ON, (int32_t)i);
        n.unit2 = (int32_t)at;
        put_quantity(&n.stated, b);
        sb_printf(&n.computed, "%.4g %% x %.4g %% = %.4g %%", share, a->lo, want);
        sb_printf(&n.text, "%.4g %% is what %.4g %% of ", want, share);
        put_quantity(&n.text, a);
        sb_adds(&n.text, " gives; stated is ");
        put_quantity(&n.text, b);
        sb_printf(&n.text, ", which is %.3g to %.3g of it.", b->lo / a->lo, b->hi / a->lo);
        note_put(c, &n);
    }
}
