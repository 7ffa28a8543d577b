/* The order of a plan and the form of its conditions. */
#include "claims/check.h"

#include <math.h>

#include "base/num.h"

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The heading above a unit: a bold line of the section, else the section's own. */
static int32_t heading_of(const struct claims *c, const struct unit *u)
{
    return u->part != NONE ? u->part : u->section != NONE ? c->doc.sections.items[u->section].heading : NONE;
}

/* --- measuring after building --- */

/* "Phase 3: ..." as heading: its number, 0 = none. */
static unsigned phase_number(const struct unit *u)
{
    struct span s = text_bare(u->text);
    size_t at = text_begins(span_sub(s, 0, 10), "phase|stage|milestone|step") ? span_chr(s, 0, ' ') : s.len;
    return at + 1 < s.len && digit(s.ptr[at + 1]) ? (unsigned)(s.ptr[at + 1] - '0') : 0;
}

void check_late_baseline(struct claims *c)
{
    int32_t built = NONE;
    unsigned phase = 0;
    unsigned last = 0;
    int32_t found = NONE;
    unsigned found_phase = 0;
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_PHASE); i++) {
        const struct unit *u = unit_at(c, i);
        if (u->kind == UNIT_HEADING) {
            phase = phase_number(u);
            last = phase > last ? phase : last;
            continue;
        }
        if (phase == 0 || u->kind == UNIT_CODE)
            continue;
        if (built == NONE && text_has(u->text, "implement|create|build|write|port|rewrite|migrate"))
            built = (int32_t)i;
        bool measures = text_has(u->text, "baseline|benchmarking|benchmark against|profile the|profiling|measure the");
        if (measures && found == NONE && built == NONE)
            return; /* measured first */
        if (measures && found == NONE && phase > 1 &&
            (text_has(u->text, "baseline|profiling") ||
             (text_has(u->text, "benchmarking") && text_has(u->text, "vs|versus|against|compared|comparison")))) {
            found = (int32_t)i;
            found_phase = phase;
        }
    }
    if (found == NONE || built == NONE || last < 3)
        return;
    struct note n = NOTE(LATE_BASELINE, found);
    n.unit2 = built;
    sb_printf(&n.stated, "phase %u of %u", found_phase, last);
    sb_printf(&n.text,
              "%u is the phase, of %u, in which the present program is first measured, after building began in an "
              "earlier one: "
              "the measurement cannot stop what it should decide.",
              found_phase, last);
    note_put(c, &n);
}

/* --- numbers from elsewhere --- */

void check_borrowed(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_BENCHMARK); i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_BENCHMARK) || u->kind == UNIT_CODE || u->kind == UNIT_HEADING ||
            !text_has(u->text, "based on industry benchmarks|based on published benchmarks|based on public "
                               "benchmarks|based on vendor benchmarks|"
                               "based on online benchmarks|according to industry benchmarks|per industry "
                               "benchmarks|from industry benchmarks|"
                               "according to published benchmarks|from published benchmarks"))
            continue;
        /* What it leads into: a row or the sentence itself with a factor or percentage. */
        size_t claims = 0;
        for (size_t k = i; k < c->doc.units.count && k < i + 20 && unit_at(c, k)->section == u->section; k++) {
            const struct unit *v = unit_at(c, k);
            claims += unit_quantity(c, v, DIM_FACTOR) || unit_quantity(c, v, DIM_PERCENT);
        }
        if (claims == 0)
            continue;
        struct note n = NOTE(BORROWED, (int32_t)i);
        sb_printf(&n.text,
                  "%zu statement%s with factor or percentage rest on benchmarks of other programs; none is a "
                  "measurement of this one.",
                  claims, claims == 1 ? "" : "s");
        note_put(c, &n);
    }
}

/* --- conditions without and/or --- */

void check_and_or(struct claims *c)
{
    for (size_t i = 0; i + 3 < c->doc.units.count; i++) {
        const struct unit *u = unit_at(c, i);
        struct span s = text_bare(u->text);
        size_t items = 0;
        if ((u->kind != UNIT_TEXT && u->kind != UNIT_HEADING) || s.len > 90 || s.len < 5 || s.ptr[s.len - 1] != ':' ||
            !unit_word(u, W_MIGRATE) || !text_has(s, "if|when") || unit_word(u, W_ALL))
            continue;
        if (!text_begins(s, "migrate|rewrite|switch|port|adopt|replace|reconsider|reassess|revisit"))
            continue;
        while (i + 1 + items < c->doc.units.count && unit_at(c, i + 1 + items)->ordinal == items + 1)
            items++;
        if (items < 3)
            continue;
        struct note n = NOTE(AND_OR, (int32_t)i);
        sb_printf(&n.stated, "%zu conditions", items);
        sb_printf(&n.text, "%zu conditions are listed; whether all of them or any one is needed is not said.", items);
        note_put(c, &n);
    }
}

/* --- scenarios --- */

enum { WORDS_MAX = 24 };

struct word_set {
    unsigned long long words[WORDS_MAX];
    size_t count;
};

static void words_of(struct span s, struct word_set *ret)
{
    *ret = (struct word_set){ .count = 0 };
    for (size_t at = 0; at < s.len && ret->count < WORDS_MAX;) {
        char text[24];
        size_t n = 0;
        while (at < s.len && n < sizeof text) {
            char ch = s.ptr[at];
            bool part = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || digit(ch) || (ch == '.' && n > 0);
            if (!part)
                break;
            text[n++] = (char)(ch >= 'A' && ch <= 'Z' ? ch + 32 : ch);
            at++;
        }
        at += n == 0;
        struct span word = span_make(text, n);
        if (n < 3 ||
            text_has(word, "for|the|and|use|keep|build|with|move|into|recommendation|recommended|stay|only|but"))
            continue;
        unsigned long long key = span_hash(word);
        bool seen = false;
        for (size_t i = 0; i < ret->count; i++)
            seen = seen || ret->words[i] == key;
        if (!seen)
            ret->words[ret->count++] = key;
    }
}

static bool same_words(const struct word_set *a, const struct word_set *b)
{
    size_t both = 0;
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++)
            both += a->words[i] == b->words[k];
    }
    size_t all = a->count + b->count - both;
    return both >= 4 && both * 10 >= all * 8;
}

static bool is_scenario(const struct unit *heading)
{
    struct span s = text_bare(heading->text);
    size_t blank = span_chr(s, 0, ' ');
    return text_begins(s, "scenario|option|variant|alternative") && blank + 2 < s.len &&
           (digit(s.ptr[blank + 1]) || s.ptr[blank + 2] == ':');
}

void check_same_advice(struct claims *c)
{
    struct word_set sets[32];
    size_t at[32];
    size_t count = 0;
    for (size_t i = 0; i < c->doc.units.count && count < ARRAY_LEN(at) && lex_in(c->doc.lex, W_SCENARIO); i++) {
        const struct unit *u = unit_at(c, i);
        int32_t heading = heading_of(c, u);
        if (u->kind == UNIT_HEADING || !text_begins(text_bare(u->text), "recommendation|recommended") ||
            heading == NONE || !is_scenario(unit_at(c, (size_t)heading)))
            continue;
        words_of(u->text, &sets[count]);
        for (size_t k = 0; k < count; k++) {
            int32_t other = heading_of(c, unit_at(c, at[k]));
            if (other == heading || !same_words(&sets[k], &sets[count]))
                continue;
            struct note n = NOTE(SAME_ADVICE, (int32_t)i);
            n.unit2 = (int32_t)at[k];
            sb_adds(&n.text, "2 scenarios end in the same recommendation: '");
            put_text(&n.text, unit_at(c, (size_t)other)->text, 50);
            sb_adds(&n.text, "' and '");
            put_text(&n.text, unit_at(c, (size_t)heading)->text, 50);
            sb_adds(&n.text, "'; the conditions between them decide nothing.");
            note_put(c, &n);
        }
        at[count++] = i;
    }
}

/* A heading that says "(recommended)" above conditions on results. */
void check_recommended_first(struct claims *c)
{
    for (size_t i = 0; i < c->doc.units.count && lex_in(c->doc.lex, W_RECOMMEND); i++) {
        const struct unit *u = unit_at(c, i);
        size_t bounds = 0;
        if (u->kind != UNIT_HEADING || !text_has(u->text, "(recommended)") || !is_scenario(u))
            continue;
        for (size_t k = i + 1; k < c->doc.units.count && unit_at(c, k)->kind == UNIT_ITEM; k++)
            bounds += (unit_quantity(c, unit_at(c, k), DIM_FACTOR) || unit_quantity(c, unit_at(c, k), DIM_PERCENT)) &&
                      text_has(unit_at(c, k)->text, "shows|improvement|saves|saved|faster|exceeds|measures");
        if (bounds == 0)
            continue;
        struct note n = NOTE(RECOMMENDED_FIRST, (int32_t)i);
        n.unit2 = (int32_t)i + 1;
        sb_printf(&n.text, "%zu measured condition%s stand%s below a scenario that is already called recommended.",
                  bounds, bounds == 1 ? "" : "s", bounds == 1 ? "s" : "");
        note_put(c, &n);
    }
}

/* --- a rule that asks for evidence, and a text without any --- */

static bool numbers_of_speed(const struct claims *c)
{
    for (size_t i = 0; i < c->doc.quantities.count; i++) {
        uint8_t dim = c->doc.quantities.items[i].dim;
        if (dim == DIM_PERCENT || dim == DIM_TIME || dim == DIM_FACTOR)
            return true;
    }
    return false;
}

void check_own_rule(struct claims *c)
{
    bool numbers = numbers_of_speed(c);
    for (size_t i = 0; i < c->doc.units.count && !numbers && lex_in(c->doc.lex, W_PROFILING); i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_PROFILING) ||
            !text_has(u->text, "without profiling evidence|without profiling data|without a profile|without profiling|"
                               "profiling evidence is required|requires profiling evidence"))
            continue;
        if (!text_has(u->text, "do not|don't|never|must not|not propose|no rewrite|requires|required"))
            continue;
        struct note n = NOTE(OWN_RULE, (int32_t)i);
        sb_adds(&n.stated, "profiling evidence first");
        sb_adds(&n.computed, "0 measurements in the text");
        sb_adds(
            &n.text,
            "0 measurements are cited by the text that asks for profiling evidence; its own statements on what is slow "
            "stand without any.");
        note_put(c, &n);
    }
}

/* "only if profiling shows a bottleneck": from which number on. */
void check_no_threshold(struct claims *c)
{
    bool cpu_bound = false;
    for (size_t i = 0; i < c->doc.quantities.count && !cpu_bound; i++) {
        const struct quantity *q = &c->doc.quantities.items[i];
        cpu_bound = q->dim == DIM_PERCENT && q->cmp == CMP_GT && unit_word(q_unit(c, q), W_CPU);
    }
    for (size_t i = 0; i < c->doc.units.count && !cpu_bound && lex_in(c->doc.lex, W_PROFILING); i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_PROFILING) || !unit_word(u, W_BOTTLENECK) || u->qn > 0 || u->kind == UNIT_CODE ||
            !text_has(
                u->text,
                "only if profiling|if profiling shows|after profiling shows|unless profiling|once profiling shows|"
                "when profiling shows"))
            continue;
        struct note n = NOTE(NO_THRESHOLD, (int32_t)i);
        sb_adds(&n.text, "0 thresholds are given for the bottleneck that profiling has to show: which share of CPU "
                         "opens the question is "
                         "left to the reader.");
        note_put(c, &n);
    }
}

/* --- a tool without benefit, and with --- */

/* Names in back ticks or brackets within a unit. */
static bool ticked(struct span s, size_t *from, struct span *ret)
{
    size_t a = span_chr(s, *from, '`');
    size_t b = a < s.len ? span_chr(s, a + 1, '`') : s.len;
    if (b >= s.len)
        return false;
    *ret = span_sub(s, a + 1, b - a - 1);
    *from = b + 1;
    return ret->len > 0;
}

void check_both_ways(struct claims *c)
{
    size_t without[32];
    size_t count = 0;
    for (size_t i = 0; i < c->doc.units.count && count < ARRAY_LEN(without) && lex_in(c->doc.lex, W_BENEFIT); i++) {
        if (unit_word(unit_at(c, i), W_BENEFIT) &&
            text_has(unit_at(c, i)->text, "no benefit|without benefit|no advantage"))
            without[count++] = i;
    }
    for (size_t i = 0; i < c->doc.units.count && count > 0; i++) {
        const struct unit *u = unit_at(c, i);
        if (!unit_word(u, W_BENEFIT) ||
            !text_has(u->text, "could benefit from|would benefit from|benefits from|benefit from"))
            continue;
        for (size_t k = 0; k < count; k++) {
            struct span other = unit_at(c, without[k])->text;
            size_t no = text_find(other, "no benefit|without benefit|no advantage");
            struct span near_no = span_sub(other, no > 120 ? no - 120 : 0, no > 120 ? 120 : no);
            struct span gain = span_from(u->text, text_find(u->text, "benefit from|benefits from"));
            struct span name;
            for (size_t from = 0; ticked(near_no, &from, &name);) {
                if (name.len < 3 || span_find(span_sub(gain, 0, 60), 0, name) >= span_sub(gain, 0, 60).len ||
                    without[k] == i)
                    continue;
                struct note n = NOTE(BOTH_WAYS, (int32_t)i);
                n.unit2 = (int32_t)without[k];
                sb_adds(&n.text, "2 places judge '");
                put_text(&n.text, name, 30);
                sb_adds(&n.text, "' differently: no benefit in one, a benefit in the other; what tells the cases apart "
                                 "is not said.");
                note_put(c, &n);
            }
        }
    }
}

/* --- measured at one size --- */

/* A row whose label is a size, with a factor: where the measurement was made. */
static const struct quantity *measured_size(const struct claims *c, const struct unit *u)
{
    const struct quantity *size = u->qn > 0 ? q_at(c, u, 0) : NULL;
    if (u->kind != UNIT_ROW || !size || size->dim != DIM_BYTES || size->range || size->cmp != CMP_NONE ||
        row_cell_at(u, size->at) != 0 || !unit_quantity(c, u, DIM_FACTOR))
        return NULL;
    return size;
}

void check_one_size(struct claims *c)
{
    for (size_t i = 0; i < c->doc.tables.count; i++) {
        const struct table *t = &c->doc.tables.items[i];
        const struct quantity *size = NULL;
        unsigned sizes = 0;
        for (int32_t r = t->first; r < t->end; r++) {
            const struct quantity *q = measured_size(c, unit_at(c, (size_t)r));
            sizes += q != NULL;
            size = q ? q : size;
        }
        for (size_t k = (size_t)t->end; sizes == 1 && k < c->doc.units.count && k < (size_t)t->end + 4; k++) {
            const struct unit *u = unit_at(c, k);
            const struct quantity *used = unit_quantity(c, u, DIM_BYTES);
            if (u->section != q_unit(c, size)->section)
                break;
            if (!used || !used->range || used->hi < used->lo * 4 || size->lo < used->lo || size->lo > used->hi ||
                !text_has(u->text, "typically|usually|pattern|mostly|predominantly|in use|usage"))
                continue;
            struct note n = NOTE(ONE_SIZE, size->unit_ix);
            n.unit2 = (int32_t)k;
            put_quantity(&n.stated, size);
            put_quantity(&n.text, size);
            sb_adds(&n.text, " is the one size with a stated factor; what is used goes from ");
            put_as(&n.text, used->lo, used);
            sb_adds(&n.text, " to ");
            put_as(&n.text, used->hi, used);
            sb_addc(&n.text, '.');
            note_put(c, &n);
        }
    }
}

/* --- gains of many operations and no mix --- */

void check_no_mix(struct claims *c)
{
    bool decision = lex_in(c->doc.lex, W_MIGRATE) && lex_in(c->doc.lex, W_COST);
    bool money = false;
    for (size_t i = 0; i < c->doc.quantities.count && !money; i++)
        money = c->doc.quantities.items[i].dim == DIM_MONEY && c->doc.quantities.items[i].lo >= 1000;
    for (size_t i = 0; decision && money && i < c->doc.tables.count; i++) {
        const struct table *t = &c->doc.tables.items[i];
        const struct unit *head = unit_at(c, (size_t)t->header);
        const struct quantity *least = NULL;
        const struct quantity *most = NULL;
        size_t rows = 0;
        double lo = 0;
        double hi = 0;
        if (!text_has(head->text, "speedup|speed-up|faster") ||
            !text_has(row_cell(head, 0), "operation|operations|task|command|case") || unit_word(head, W_FREQUENCY))
            continue;
        for (int32_t r = t->first; r < t->end; r++) {
            const struct unit *u = unit_at(c, (size_t)r);
            for (uint32_t k = 0; k < u->qn; k++) {
                const struct quantity *q = q_at(c, u, k);
                if ((q->dim != DIM_FACTOR && q->dim != DIM_PERCENT) ||
                    !text_has(row_cell(head, row_cell_at(u, q->at)), "speedup|speed-up|faster"))
                    continue;
                double f = q->dim == DIM_FACTOR ? q->lo : 1 + q->lo / 100;
                least = !least || f < lo ? q : least;
                lo = least == q ? f : lo;
                most = !most || f > hi ? q : most;
                hi = most == q ? f : hi;
                rows++;
                break;
            }
        }
        if (rows < 3 || !(hi > lo * 3))
            continue;
        struct note n = NOTE(NO_MIX, t->header);
        n.unit2 = most->unit_ix;
        put_quantity(&n.stated, least);
        sb_adds(&n.stated, " to ");
        put_quantity(&n.stated, most);
        sb_printf(&n.text, "%zu operations gain between ", rows);
        put_quantity(&n.text, least);
        sb_adds(&n.text, " and ");
        put_quantity(&n.text, most);
        sb_adds(&n.text, "; how often each runs is not said, so the table gives no gain of the whole.");
        note_put(c, &n);
    }
}

/* --- decided, and open --- */

void check_still_open(struct claims *c)
{
    if (c->doc.units.count < 2 || !text_has(unit_at(c, 0)->text, "decided|rejected|declined|accepted"))
        return;
    for (size_t i = 1; i < c->doc.units.count && i < 8; i++) {
        if (!span_is(text_bare(unit_at(c, i)->text), "Open"))
            continue;
        struct note n = NOTE(STILL_OPEN, (int32_t)i);
        n.unit2 = 0;
        sb_adds(&n.text, "2 states are given: the title says that it is decided, the status is open.");
        note_put(c, &n);
        return;
    }
}
