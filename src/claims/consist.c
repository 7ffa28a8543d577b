/* The same thing stated with two values. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"

/* --- lines of one code base --- */

struct code_size {
    const struct quantity *q;
    double lo, hi;
};

static bool about_current_code(const struct claims *c, const struct unit *u, const struct quantity *q, uint32_t k)
{
    bool source = k + 1 < u->qn && q_at(c, u, k + 1)->op == '>';
    struct span before = q_before(c, q);
    if (q->op == '>' || q->range || q->lo < 1000 || text_has(before, "projected|rewritten|new|adds|target|would be"))
        return false;
    return source || text_has(u->text, "current|currently|codebase|code base|total lines|existing code") ||
           text_has(unit_label(u), "size|loc");
}

void check_code_size(struct claims *c)
{
    struct code_size least = { .q = NULL };
    struct code_size most = { .q = NULL };
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        for (uint32_t k = 0; k < u->qn; k++) {
            const struct quantity *q = q_at(c, u, k);
            if (q->dim != DIM_LINES || q->cmp != CMP_NONE || !about_current_code(c, u, q, k))
                continue;
            if (!least.q || q->lo < least.q->lo)
                least.q = q;
            if (!most.q || q->lo > most.q->lo)
                most.q = q;
            break; /* what follows in the unit are its parts */
        }
    }
    if (!least.q || most.q->lo < least.q->lo * 1.2 || least.q->unit_ix == most.q->unit_ix)
        return;
    /* A part that is named beside the whole is no second size. */
    const struct unit *u = q_unit(c, most.q);
    for (uint32_t k = 0; k < u->qn; k++) {
        if (near(q_at(c, u, k)->lo, least.q->lo, least.q->fine))
            return;
    }
    struct note n = NOTE(CODE_SIZE, most.q->unit_ix);
    n.unit2 = least.q->unit_ix;
    put_quantity(&n.stated, least.q);
    sb_adds(&n.stated, " and ");
    put_quantity(&n.stated, most.q);
    sb_printf(&n.computed, "factor %.3g", most.q->lo / least.q->lo);
    put_as(&n.text, least.q->lo, least.q);
    sb_adds(&n.text, " and ");
    put_as(&n.text, most.q->lo, most.q);
    sb_printf(&n.text, " are both stated as the size of the present code, a factor of %.3g.", most.q->lo / least.q->lo);
    note_put(c, &n);
}

/* --- an example against the factor of its section --- */

void check_example(struct claims *c)
{
    unsigned budget = CANDIDATES_MAX;
    for (size_t i = 0; i < c->doc.units.count && budget > 0; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *factor = unit_quantity(c, u, DIM_FACTOR);
        if (!factor || u->section == NONE || !text_has(u->text, "multiplier|more code|more lines|more loc"))
            continue;
        budget--;
        for (size_t k = i + 1; k < c->doc.units.count && unit_at(c, k)->section == u->section; k++) {
            const struct unit *v = unit_at(c, k);
            if (v->qn != 2 || q_at(c, v, 0)->dim != DIM_LINES || q_at(c, v, 1)->op != '>' || q_at(c, v, 0)->lo <= 0)
                continue;
            const struct quantity *a = q_at(c, v, 0);
            const struct quantity *b = q_at(c, v, 1);
            double ratio = b->lo / a->lo;
            if (ratio < factor->hi * 1.5 && ratio > factor->lo / 1.5)
                continue;
            struct note n = NOTE(EXAMPLE, (int32_t)k);
            n.unit2 = (int32_t)i;
            put_quantity(&n.stated, factor);
            put_quantity(&n.computed, a);
            sb_adds(&n.computed, " -> ");
            put_quantity(&n.computed, b);
            sb_printf(&n.computed, " = %.3gx", ratio);
            sb_printf(&n.text, "%.3gx is the factor of the example, ", ratio);
            put_quantity(&n.text, factor);
            sb_adds(&n.text, " the one it stands for.");
            note_put(c, &n);
            break;
        }
    }
}

/* --- years until something is ready, per name --- */

static bool years(const struct quantity *q)
{
    return q->dim == DIM_TIME && q->scale > 3e7 && q->hi >= q->scale;
}

/* The text of a unit and of the few before it in the same list. */
static bool context_has(const struct claims *c, size_t i, const char *name)
{
    const struct unit *u = unit_at(c, i);
    for (size_t k = i + 1; k-- > 0 && i - k <= 3;) {
        const struct unit *v = unit_at(c, k);
        if (v->section != u->section)
            break;
        if (text_has(v->text, name))
            return true;
        if (v->ordinal > 0 || v->kind == UNIT_HEADING)
            break;
    }
    return false;
}

static bool lower_copy(struct span s, char *out, size_t size)
{
    bool word2 = false;
    if (s.len + 1 > size || s.len < 5)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.ptr[i];
        if (ch == '|' || ch == '*' || (unsigned char)ch >= 0x80)
            return false;
        out[i] = (char)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
        word2 = word2 || ch == ' ';
    }
    out[s.len] = '\0';
    return word2;
}

/* Sentences that say how long until something has caught up. */
struct waits {
    size_t units[CANDIDATES_MAX];
    size_t count;
};

static void years_of_row(struct claims *c, size_t row, const struct waits *waits)
{
    const struct unit *u = unit_at(c, row);
    const struct quantity *q = NULL;
    char name[64];
    for (uint32_t k = 0; k < u->qn && !q; k++)
        q = years(q_at(c, u, k)) ? q_at(c, u, k) : NULL;
    if (!q || !lower_copy(row_cell(u, 0), name, sizeof name))
        return;
    for (size_t w = 0; w < waits->count; w++) {
        size_t i = waits->units[w];
        const struct unit *v = unit_at(c, i);
        const struct quantity *p = unit_quantity(c, v, DIM_TIME);
        if (!p || !years(p) || (p->lo == q->lo && p->hi == q->hi) || !context_has(c, i, name))
            continue;
        struct note n = NOTE(TWO_WAITS, (int32_t)row);
        n.unit2 = (int32_t)i;
        put_quantity(&n.stated, q);
        sb_adds(&n.stated, " and ");
        put_quantity(&n.stated, p);
        put_quantity(&n.text, p);
        sb_adds(&n.text, " and ");
        put_quantity(&n.text, q);
        sb_printf(&n.text, " are both stated as the time until '%s' has caught up.", name);
        note_put(c, &n);
        return;
    }
}

void check_two_waits(struct claims *c)
{
    struct waits waits = { .count = 0 };
    unsigned budget = CANDIDATES_MAX;
    for (size_t i = 0; i < c->doc.units.count && waits.count < ARRAY_LEN(waits.units); i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind != UNIT_ROW && unit_word(u, W_PARITY) && unit_quantity(c, u, DIM_TIME))
            waits.units[waits.count++] = i;
    }
    for (size_t i = 0; i < c->doc.tables.count && waits.count > 0; i++) {
        const struct table *t = &c->doc.tables.items[i];
        bool waiting = unit_word(unit_at(c, (size_t)t->header), W_PARITY);
        for (int32_t r = t->first; waiting && r < t->end && budget > 0; r++, budget--)
            years_of_row(c, (size_t)r, &waits);
    }
}

/* --- people who are planned and people who are not there --- */

/* "2 senior X developers": X, one word with a capital. */
static struct span skill_of(const struct claims *c, const struct quantity *q)
{
    struct span noun = q_noun(c, q);
    size_t end = text_find(noun, "developers|engineers|programmers|developer|engineer");
    struct span rest = span_trim(span_sub(noun, 0, end));
    size_t blank = span_rchr(rest, ' ');
    struct span word = blank < rest.len ? span_from(rest, blank + 1) : rest;
    bool capital = word.len >= 2 && word.ptr[0] >= 'A' && word.ptr[0] <= 'Z';
    return end < noun.len && capital ? word : SPAN("");
}

static bool denied(const struct unit *u)
{
    return span_find(u->text, 0, SPAN("\xe2\x9d\x8c")) < u->text.len || span_starts(u->text, SPAN("[ ]")) ||
           text_has(u->text, "no|lacks|lack|without|missing|none|nobody|not yet");
}

void check_staffing(struct claims *c)
{
    char name[40];
    unsigned budget = 16;
    for (size_t i = 0; i < c->doc.quantities.count && lex_in(c->doc.lex, W_EXPERTISE) && budget > 0; i++) {
        const struct quantity *q = &c->doc.quantities.items[i];
        struct span skill = q->dim == DIM_COUNT && q->lo >= 1 && q->lo < 200 ? skill_of(c, q) : SPAN("");
        if (skill.len == 0 || skill.len >= sizeof name || !unit_word(q_unit(c, q), W_DEVELOPERS))
            continue;
        for (size_t k = 0; k < skill.len; k++)
            name[k] = (char)(skill.ptr[k] >= 'A' && skill.ptr[k] <= 'Z' ? skill.ptr[k] + 32 : skill.ptr[k]);
        name[skill.len] = '\0';
        budget--;
        for (size_t k = 0; k < c->doc.units.count; k++) {
            const struct unit *v = unit_at(c, k);
            if (!unit_word(v, W_EXPERTISE) || !text_has(v->text, name) || !denied(v) || (int32_t)k == q->unit_ix)
                continue;
            struct note n = NOTE(STAFFING, q->unit_ix);
            n.unit2 = (int32_t)k;
            put_quantity(&n.stated, q);
            sb_addc(&n.stated, ' ');
            put_text(&n.stated, q_noun(c, q), 40);
            put_num(&n.text, q->lo);
            sb_printf(&n.text, " people with %.*s experience are planned; another line says that there is none.",
                      SPAN_FMT(skill));
            note_put(c, &n);
            return;
        }
    }
}

/* --- no gain and a gain for work side by side --- */

void check_two_gains(struct claims *c)
{
    const struct quantity *none = NULL;
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q = unit_word(u, W_BATCH) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        if (!q)
            continue;
        if (u->kind == UNIT_ROW && q->hi == 0 && text_has(row_cell(u, 0), "batch|parallel|concurrent") && !none)
            none = q;
        if (none && q->lo > 0 && unit_word(u, W_FASTER) && u->kind != UNIT_ROW) {
            struct note n = NOTE(TWO_GAINS, (int32_t)i);
            n.unit2 = none->unit_ix;
            put_quantity(&n.stated, none);
            sb_adds(&n.stated, " and ");
            put_quantity(&n.stated, q);
            put_quantity(&n.text, q);
            sb_adds(&n.text, " and ");
            put_quantity(&n.text, none);
            sb_adds(&n.text, " are both stated as the gain for work that runs side by side.");
            note_put(c, &n);
            return;
        }
    }
}

/* --- an overhead that is start-up alone --- */

void check_overhead(struct claims *c)
{
    const struct quantity *start = NULL;
    for (size_t i = 0; i < c->doc.units.count && !start; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind == UNIT_ROW && u->table != NONE && text_has(row_cell(u, 0), "startup|start-up"))
            start = unit_quantity(c, u, DIM_TIME);
    }
    for (size_t i = 0; start && i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q =
            u->kind == UNIT_LISTING && text_has(unit_label(u), "overhead") ? unit_quantity(c, u, DIM_TIME) : NULL;
        if (!q || q->range || !near(q->lo, start->lo, q->lo * 0.001))
            continue;
        struct note n = NOTE(OVERHEAD, (int32_t)i);
        n.unit2 = start->unit_ix;
        put_quantity(&n.stated, q);
        put_quantity(&n.computed, q);
        sb_adds(&n.computed, " - ");
        put_quantity(&n.computed, start);
        sb_adds(&n.computed, " = 0");
        put_quantity(&n.text, q);
        sb_adds(&n.text, " of overhead is the start-up of ");
        put_quantity(&n.text, start);
        sb_adds(&n.text, " alone: nothing is left for the work itself.");
        note_put(c, &n);
        return;
    }
}

/* --- effort without knowing who does it --- */

void check_unknown_team(struct claims *c)
{
    const struct quantity *effort = NULL;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_EXPERTISE); i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q =
            unit_word(u, W_MIGRATE) && text_has(u->text, "effort|rewrite") ? unit_quantity(c, u, DIM_TIME) : NULL;
        if (q && q->scale >= 86400 && !effort)
            effort = q;
        if (effort && unit_word(u, W_EXPERTISE) && text_has(u->text, "not assessed|unknown|unclear|tbd|not known")) {
            struct note n = NOTE(UNKNOWN_TEAM, effort->unit_ix);
            n.unit2 = (int32_t)i;
            put_quantity(&n.stated, effort);
            put_quantity(&n.text, effort);
            sb_adds(&n.text, " of effort is stated while the team's experience is said to be unknown.");
            note_put(c, &n);
            return;
        }
    }
}

/* --- fewer failures --- */

void check_reliability(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        if (u->qn != 2 || !unit_word(u, W_SUCCESS) || q_at(c, u, 0)->dim != DIM_PERCENT ||
            q_at(c, u, 1)->dim != DIM_PERCENT)
            continue;
        double a = q_at(c, u, 0)->lo;
        double b = q_at(c, u, 1)->lo;
        bool change = q_at(c, u, 1)->op == '>' ||
                      (u->kind == UNIT_ROW && row_cell_at(u, q_at(c, u, 0)->at) != row_cell_at(u, q_at(c, u, 1)->at));
        if (!change || a < 80 || b >= 100 || b <= a || (100 - a) / (100 - b) < 5 || unit_word(u, W_MEASURED))
            continue;
        struct note n = NOTE(RELIABILITY, (int32_t)i);
        put_quantity(&n.stated, q_at(c, u, 0));
        sb_adds(&n.stated, " -> ");
        put_quantity(&n.stated, q_at(c, u, 1));
        sb_printf(&n.computed, "%.3g %% -> %.3g %% failures", 100 - a, 100 - b);
        put_num(&n.text, (100 - a) / (100 - b));
        sb_adds(&n.text, " times fewer failures are stated and no count of runs; to show ");
        put_num(&n.text, b);
        sb_adds(&n.text, " % takes about ");
        put_num(&n.text, ceil(3 / (1 - b / 100) - 1e-6));
        sb_adds(&n.text, " runs without a failure.");
        note_put(c, &n);
    }
}

/* --- one share of the wall time for two things --- */

/* What the time is spent on: behind "waiting on", "waiting for", "on". */
static struct span spent_on(const struct claims *c, const struct quantity *q)
{
    struct span rest = span_from(q_unit(c, q)->text, q->end);
    size_t at = text_find(rest, "waiting on|waiting for|on|in");
    if (at == rest.len || at > 60)
        return SPAN("");
    rest = span_from(rest, at);
    size_t blank = text_find(rest, "on|for|in");
    rest = span_trim(span_from(rest, blank + 3));
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '.' && rest.ptr[end] != ',' && rest.ptr[end] != ';' &&
           rest.ptr[end] != '(')
        end++;
    return span_trim(span_sub(rest, 0, end));
}

void check_same_share(struct claims *c)
{
    const struct quantity *first = NULL;
    struct span on = SPAN("");
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_WALL); i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q = unit_word(u, W_WALL) ? unit_quantity(c, u, DIM_PERCENT) : NULL;
        struct span what = q && q->cmp == CMP_GT && q->lo >= 90 ? spent_on(c, q) : SPAN("");
        if (what.len == 0 || what.len > 60)
            continue;
        if (first && first->lo == q->lo && !span_eq(what, on) && span_find(what, 0, on) == what.len &&
            span_find(on, 0, what) == on.len) {
            struct note n = NOTE(SAME_SHARE, (int32_t)i);
            n.unit2 = first->unit_ix;
            sb_addc(&n.stated, '>');
            put_quantity(&n.stated, q);
            sb_addc(&n.text, '>');
            put_quantity(&n.text, q);
            sb_adds(&n.text, " of the wall time is given to '");
            put_text(&n.text, on, 50);
            sb_adds(&n.text, "' in one place and to '");
            put_text(&n.text, what, 50);
            sb_adds(&n.text, "' in another; a part and the whole cannot both be measured as the same share.");
            note_put(c, &n);
            return;
        }
        if (!first) {
            first = q;
            on = what;
        }
    }
}

/* --- a breakdown that uses one end of a range --- */

/* The first two words, each with a capital letter: a name. */
static struct span two_names(struct span s)
{
    s = text_bare(s);
    size_t first = span_chr(s, 0, ' ');
    size_t second = first + 1;
    while (second < s.len && ((s.ptr[second] | 0x20) >= 'a' && (s.ptr[second] | 0x20) <= 'z'))
        second++;
    bool names = first >= 2 && second > first + 2 && second <= s.len && s.ptr[0] >= 'A' && s.ptr[0] <= 'Z' &&
                 s.ptr[first + 1] >= 'A' && s.ptr[first + 1] <= 'Z';
    return names ? span_sub(s, 0, second) : SPAN("");
}

void check_range_end(struct claims *c)
{
    unsigned budget = CANDIDATES_MAX;
    for (size_t i = 0; i < c->doc.units.count && budget > 0; i++) {
        const struct unit *u = unit_at(c, i);
        const struct quantity *q = u->kind == UNIT_LISTING && u->qn > 0 ? q_at(c, u, 0) : NULL;
        struct span name = q && q->dim == DIM_TIME && !q->range && q->cmp == CMP_NONE ? two_names(u->text) : SPAN("");
        if (name.len == 0)
            continue;
        budget--;
        for (size_t k = 0; k < c->doc.units.count; k++) {
            const struct unit *v = unit_at(c, k);
            const struct quantity *r =
                k != i && v->kind == UNIT_ITEM && span_eq(two_names(v->text), name) && v->qn > 0 ? q_at(c, v, 0) : NULL;
            if (!r || r->dim != DIM_TIME || !r->range || !near(r->lo, q->lo, q->lo * 0.005) || r->hi < r->lo * 1.2)
                continue;
            struct note n = NOTE(RANGE_END, (int32_t)i);
            n.unit2 = (int32_t)k;
            put_quantity(&n.stated, q);
            sb_adds(&n.stated, " and ");
            put_quantity(&n.stated, r);
            put_quantity(&n.text, q);
            sb_adds(&n.text, " in the breakdown is the lower end of ");
            put_quantity(&n.text, r);
            sb_adds(&n.text, ", which another line states for '");
            put_text(&n.text, name, 40);
            sb_adds(&n.text, "': the shares hold for that end alone.");
            note_put(c, &n);
            break;
        }
    }
}
