/* Quantities of a unit: number, range, unit, what stands before and behind. Hand-written: one pass, no backtracking but
 * over the few bytes of one number. Versions, dates, times of day, addresses, names and inline code are no quantities. */
#include "claims/number.h"

#include <math.h>

#include "base/num.h"
#include "base/vec.h"

static void apply_unit(struct quantity *q, const struct unit_word *u)
{
    q->dim = (uint8_t)u->dim;
    q->unit = u->shown;
    q->scale = u->scale;
    q->lo *= u->scale;
    q->hi *= u->scale;
    q->step *= u->scale;
    q->fine *= u->scale;
}

/* A dash, "to" or ".." and another number behind the first: *ret_at where that number begins. */
static bool range_follows(struct span s, size_t at, size_t *ret_at)
{
    unsigned len;
    bool gap = byte_at(s, at) == ' ';
    at += gap;
    int g = glyph_at(s, at, &len);
    if (g == '-') {
        at += len;
        if (gap != (byte_at(s, at) == ' '))
            return false;
    } else if (span_starts(span_from(s, at), SPAN("to ")) && gap) {
        at += 2;
    } else if (span_starts(span_from(s, at), SPAN(".."))) {
        at += 2;
    } else {
        return false;
    }
    at += byte_at(s, at) == ' ';
    at += byte_at(s, at) == '~';
    at += byte_at(s, at) == '$';
    *ret_at = at;
    return digit(byte_at(s, at));
}

/* "10K messages/second": the noun and its rate. */
static double noun_per_seconds(struct span s, size_t at)
{
    size_t end = at;
    if (byte_at(s, end) != ' ')
        return 0;
    end++;
    while (letter(byte_at(s, end)) && end - at < 20)
        end++;
    return end > at + 1 ? number_per(s, &end) : 0;
}

/* What stands before: "<", "more than", "~", a sign. */
static void look_before(struct span s, size_t begin, struct quantity *q)
{
    static const struct {
        const char *words;
        int what; /* enum cmp, or -1 for "about" */
    } phrases[] = {
        { "less than|fewer than|under|below|at most|up to|within", CMP_LT },
        { "more than|greater than|over|above|at least|exceeds|exceed|beyond|exceeding", CMP_GT },
        { "about|around|roughly|approximately|approx.|circa|nearly|almost|some", -1 },
    };
    size_t at = begin;
    while (at > 0 && (s.ptr[at - 1] == '$' || s.ptr[at - 1] == ' ' || s.ptr[at - 1] == '*'))
        at--;
    char c = at > 0 ? s.ptr[at - 1] : '\0';
    if (c == '~' || (at >= 3 && span_starts(span_from(s, at - 3), SPAN("\xe2\x89\x88"))))
        q->about = true;
    if (c == '~' && at > 1)
        c = s.ptr[at - 2];
    if (c == '<' || (at >= 3 && span_starts(span_from(s, at - 3), SPAN("\xe2\x89\xa4"))))
        q->cmp = CMP_LT;
    if ((c == '>' && (at < 2 || (s.ptr[at - 2] != '-' && s.ptr[at - 2] != '='))) ||
        (at >= 3 && span_starts(span_from(s, at - 3), SPAN("\xe2\x89\xa5"))))
        q->cmp = CMP_GT;
    if (c == '=' && at > 1 && (s.ptr[at - 2] == '<' || s.ptr[at - 2] == '>'))
        q->cmp = s.ptr[at - 2] == '<' ? CMP_LT : CMP_GT;
    if ((c == '+' || c == '-') &&
        (at < 2 || (!letter(s.ptr[at - 2]) && !digit(s.ptr[at - 2]) && s.ptr[at - 2] != ')')) && begin - at <= 1)
        q->sign = c == '-' ? -1 : 1;
    if (at >= 3 && begin - at <= 1 && span_starts(span_from(s, at - 3), SPAN("\xe2\x88\x92")))
        q->sign = -1;
    size_t from = at > 14 ? at - 14 : 0;
    struct span before = span_trim(span_sub(s, from, at - from));
    for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
        size_t found = text_find(before, phrases[i].words);
        if (found == before.len)
            continue;
        /* Only directly before the number. */
        struct span tail = span_from(before, found);
        unsigned words = 1;
        for (size_t k = 0; k < tail.len; k++)
            words += tail.ptr[k] == ' ';
        if (words > 2 || span_chr(tail, 0, ',') < tail.len)
            continue;
        if (phrases[i].what < 0)
            q->about = true;
        else
            q->cmp = (uint8_t)phrases[i].what;
    }
}

/* Bytes that a number may follow. */
static bool may_begin(struct span s, size_t at)
{
    if (at == 0)
        return true;
    char c = s.ptr[at - 1];
    if (letter(c) || digit(c) || c == '_' || c == '.' || c == '/' || c == '#' || c == '@' || c == '\\' || c == '&' ||
        c == '^')
        return false;
    if (c == ':')
        return at < 2 || !digit(s.ptr[at - 2]);
    if (c == '-')
        return at < 2 || (!letter(s.ptr[at - 2]) && !digit(s.ptr[at - 2]) && s.ptr[at - 2] != '-');
    return true;
}

/* "2020-2024", "2025-10-28", "10/28/2025", "21:17": where such a thing ends, or at. */
static size_t skip_date(struct span s, size_t at)
{
    size_t end = at;
    unsigned seps = 0;
    unsigned run = 0;
    bool colon = false;
    while (end < s.len && (digit(s.ptr[end]) || s.ptr[end] == '-' || s.ptr[end] == '/' || s.ptr[end] == ':')) {
        if (!digit(s.ptr[end])) {
            if (!digit(byte_at(s, end + 1)))
                break;
            colon = colon || s.ptr[end] == ':';
            seps++;
            run = 0;
        } else {
            run++;
        }
        end++;
    }
    (void)run;
    return seps >= 2 || colon ? end : at;
}

static bool year_like(const struct number *n)
{
    return !n->fraction && !n->grouped && n->suffix == 1 && n->value >= 1900 && n->value <= 2100;
}

/* "9/10": a score, or a part of a whole. */
static bool read_score(struct span s, struct number *n, struct quantity *q)
{
    struct number of;
    if (byte_at(s, n->end) != '/' || !digit(byte_at(s, n->end + 1)) || n->fraction ||
        !number_read(s, n->end + 1, &of) || of.fraction || letter(byte_at(s, of.end)) || byte_at(s, of.end) == '/' ||
        of.value < n->value || of.value <= 0)
        return false;
    q->lo = n->value;
    q->hi = of.value;
    q->dim = DIM_SCORE;
    q->unit = "of";
    q->end = (uint32_t)of.end;
    return true;
}

/* The second number of a range, with its suffix and unit. */
static void read_range(struct span s, struct number *n, const struct unit_word **unit, size_t *unit_end, bool *money,
                       struct quantity *q)
{
    struct number hi;
    size_t at;
    size_t end = *unit ? *unit_end : n->end;
    if (!range_follows(s, end, &at) || !number_read(s, at, &hi))
        return;
    bool dollar = at > 0 && s.ptr[at - 1] == '$';
    number_suffix(s, &hi, *money || dollar);
    size_t hi_end = hi.end;
    const struct unit_word *hi_unit = number_unit(s, hi.end, &hi_end);
    if (year_like(n) && year_like(&hi) && !hi_unit)
        return;
    if (*unit && hi_unit && (*unit)->dim != hi_unit->dim)
        return;
    if (*unit && !hi_unit)
        return;
    double factor = n->suffix == 1 && hi.suffix > 1 ? hi.suffix : n->suffix;
    double scale = *unit && hi_unit ? (*unit)->scale / hi_unit->scale : 1;
    double lo_value = n->value * factor * scale;
    double hi_value = hi.value * hi.suffix;
    if (!(hi_value > lo_value) ||
        (text_find(span_from(s, end), "to") <= 1 && q->at >= 5 && text_has(span_sub(s, q->at - 5, 5), "from")))
        return;
    q->range = true;
    q->lo = lo_value;
    q->hi = hi_value;
    q->step = fmin(n->step * factor * scale, hi.step * hi.suffix);
    q->fine = fmin(n->fine * factor * scale, hi.fine * hi.suffix);
    q->end = (uint32_t)hi.end;
    *unit = hi_unit;
    *unit_end = hi_end;
    *money = *money || dollar;
}

/* One quantity at a digit; *ret_next where scanning goes on. False: a number that is none. */
static bool read_quantity(struct span s, size_t at, struct quantity *q, size_t *ret_next)
{
    struct number n;
    size_t date = skip_date(s, at);
    *ret_next = at;
    if (date > at || !number_read(s, at, &n)) {
        *ret_next = date > at ? date : at + 1;
        while (*ret_next < s.len && (digit(s.ptr[*ret_next]) || letter(s.ptr[*ret_next]) || s.ptr[*ret_next] == '.'))
            (*ret_next)++;
        return false;
    }
    bool money = at > 0 && s.ptr[at - 1] == '$';
    *q = (struct quantity){ .at = (uint32_t)at, .scale = 1, .unit = "", .corrected = NUM_UNKNOWN };
    if (!money && read_score(s, &n, q)) {
        *ret_next = q->end;
        return true;
    }
    number_suffix(s, &n, money);
    q->lo = q->hi = n.value * n.suffix;
    q->step = n.step * n.suffix;
    q->fine = n.fine * n.suffix;
    q->end = (uint32_t)n.end;
    size_t unit_end = n.end;
    const struct unit_word *unit = money ? NULL : number_unit(s, n.end, &unit_end);
    char c = byte_at(s, n.end);
    if (!unit && (letter(c) || c == '_' || (c == '-' && letter(byte_at(s, n.end + 1)) && n.suffix == 1)) && !money) {
        *ret_next = n.end;
        while (*ret_next < s.len && (digit(s.ptr[*ret_next]) || letter(s.ptr[*ret_next])))
            (*ret_next)++;
        return false;
    }
    read_range(s, &n, &unit, &unit_end, &money, q);
    if (!q->range && !unit && !money && year_like(&n)) {
        *ret_next = n.end;
        return false;
    }
    if (unit) {
        apply_unit(q, unit);
        q->end = (uint32_t)unit_end;
    } else if (money) {
        q->dim = DIM_MONEY;
        q->unit = "USD";
    }
    if (byte_at(s, q->end) == '+' && !digit(byte_at(s, q->end + 1))) {
        q->plus = true;
        q->cmp = CMP_GT;
        q->end++;
        if (!unit && (unit = number_unit(s, q->end, &unit_end)) != NULL) {
            apply_unit(q, unit);
            q->end = (uint32_t)unit_end;
        }
    }
    size_t end = q->end;
    q->per_s = number_per(s, &end);
    if (q->dim == DIM_TIME && q->per_s < 86400)
        q->per_s = 0;
    else
        q->end = (uint32_t)end;
    if (q->per_s == 0 && q->dim == DIM_COUNT)
        q->per_s = noun_per_seconds(s, end);
    *ret_next = q->end;
    return true;
}

/* --- what stands between two quantities --- */

static char gap_op(struct span gap)
{
    char op = 0;
    unsigned words = 0;
    bool in_word = false;
    bool bracket = false;
    for (size_t at = 0; at < gap.len;) {
        unsigned len;
        int g = glyph_at(gap, at, &len);
        bracket = bracket || g == ')' || g == ']' || g == '[' || g == '{' || g == '}' || g == '\\';
        char found = 0;
        char next = byte_at(gap, at + len);
        bool spaced =
            (at == 0 || gap.ptr[at - 1] == ' ') && (next == ' ' || at + len >= gap.len || next == '$' || next == '~');
        if (g == GLYPH_ARROW)
            found = '>';
        else if (g == GLYPH_TIMES || (g == '*' && spaced) || ((g == 'x' || g == 'X') && spaced))
            found = '*';
        else if (g == '=')
            found = '=';
        else if (g == '~' && at + len < gap.len && len == 3)
            found = op ? 0 : '=';
        else if ((g == '+' || g == '/') && spaced)
            found = (char)g;
        else if (g == '.' || g == ';' || g == ':' || g == '|' || g == ',' || g == '?' || g == '!' || g == '`' ||
                 g == '(')
            return 0;
        if (found && op)
            return 0;
        if (found)
            op = found;
        bool word = letter(byte_at(gap, at)) && !found;
        words += word && !in_word;
        in_word = word;
        at += len;
    }
    if (bracket && op != '>')
        return 0; /* what stands in brackets belongs together */
    return words <= 4 && !(op != '>' && text_has(gap, "for|in|at|of|with|where|when|if|is|on")) ? op : 0;
}

/* "63k -> 85k LOC": the unit of the second holds for the first. */
static void share_unit(struct quantity *a, const struct quantity *b)
{
    if (b->op != '>' || a->dim != DIM_COUNT || b->dim == DIM_COUNT || b->dim == DIM_SCORE || b->dim == DIM_FACTOR)
        return;
    a->dim = b->dim;
    a->unit = b->unit;
    a->scale = b->scale;
    a->lo *= b->scale;
    a->hi *= b->scale;
    a->step *= b->scale;
    a->fine *= b->scale;
}

static bool from_to(struct span s, const struct quantity *a, const struct quantity *b)
{
    struct span gap = span_trim(span_sub(s, a->end, b->at - a->end));
    size_t before = a->at > 6 ? a->at - 6 : 0;
    if (gap.len > 0 && gap.ptr[0] == ')')
        gap = span_trim(span_from(gap, 1));
    if (span_is(gap, "would become") || span_is(gap, "becomes") || span_is(gap, "will become") ||
        span_is(gap, "grows to") || span_is(gap, "would grow to") || span_is(gap, "shrinks to") ||
        span_is(gap, "drops to") || span_is(gap, "falls to"))
        return true;
    return (span_is(gap, "to") || span_is(gap, "down to") || span_is(gap, "up to") || span_is(gap, "to ~") ||
            span_is(gap, "to under") || span_is(gap, "to $")) &&
           (text_has(span_sub(s, before, a->at - before), "from") || a->lo > b->hi);
}

/* Ends in one of the phrases, at a word's beginning. */
static bool ends_in(struct span gap, const char *const *phrases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct span p = span_of(phrases[i]);
        if (span_ends(gap, p) && (gap.len == p.len || gap.ptr[gap.len - p.len - 1] == ' '))
            return true;
    }
    return false;
}

/* Operators in words: "8M calls at 75 ms each come to 185 hours", "30% of 200", "3 people for 12 months". They mean
 * something only within a calculation that has a result. 'v' is "against". */
static char word_op(struct span gap, const struct quantity *a, const struct quantity *b)
{
    static const char *const against[] = { "vs", "vs.", "versus", "compared to", "compared with" };
    static const char *const equal[] = { "is",    "are",   "equals",     "comes to", "come to",
                                         "gives", "makes", "amounts to", "totals",   "that is" };
    static const char *const rate[] = { "at", "@", "at about", "costing" };
    static const char *const during[] = { "for", "over" };
    gap = span_trim(gap);
    unsigned words = 1;
    for (size_t i = 0; i < gap.len; i++) {
        char c = gap.ptr[i];
        words += c == ' ';
        if (c == ',' || c == ';' || c == ':' || c == '(' || c == '|' || c == '`' || (c == '.' && i + 1 < gap.len))
            return 0;
    }
    if (gap.len == 0 || words > 5)
        return 0;
    if (words <= 2 && ends_in(gap, against, ARRAY_LEN(against)))
        return 'v';
    if (a->dim == DIM_PERCENT && (span_is(gap, "of") || span_is(gap, "of the")))
        return '*';
    if (ends_in(gap, rate, ARRAY_LEN(rate)) &&
        ((a->dim == DIM_COUNT && b->dim != DIM_COUNT && b->dim != DIM_PERCENT) || (a->dim == DIM_TIME && b->per_s > 0)))
        return '*';
    if (ends_in(gap, during, ARRAY_LEN(during)) && b->dim == DIM_TIME && (a->dim == DIM_COUNT || a->per_s > 0))
        return '*';
    return ends_in(gap, equal, ARRAY_LEN(equal)) ? '=' : 0;
}

static void relate(struct doc *d, const struct unit *u)
{
    for (uint32_t i = 1; i < u->qn; i++) {
        struct quantity *a = &d->quantities.items[u->q0 + i - 1];
        struct quantity *b = &d->quantities.items[u->q0 + i];
        size_t end = b->at;
        while (end > a->end && (u->text.ptr[end - 1] == '$' || u->text.ptr[end - 1] == '~'))
            end--;
        b->op = gap_op(span_sub(u->text, a->end, end - a->end));
        if (b->op == 0 && from_to(u->text, a, b))
            b->op = '>';
        if (b->op == 0)
            b->op = word_op(span_sub(u->text, a->end, end - a->end), a, b);
        share_unit(a, b);
    }
}

static size_t skip_address(struct span s, size_t at)
{
    while (at < s.len && s.ptr[at] != ' ' && s.ptr[at] != ')' && s.ptr[at] != '>' && s.ptr[at] != '\n')
        at++;
    return at;
}

void scan_unit(struct doc *d, int32_t unit_ix)
{
    struct unit *u = &d->units.items[unit_ix];
    struct span s = u->text;
    bool tick = false;
    u->q0 = (uint32_t)d->quantities.count;
    if (u->kind == UNIT_CODE)
        return;
    for (size_t at = 0; at < s.len;) {
        char c = s.ptr[at];
        tick = c == '`' ? !tick : tick;
        if (c == ':' && span_starts(span_from(s, at), SPAN("://"))) {
            at = skip_address(s, at);
            continue;
        }
        if (!digit(c) || tick || !may_begin(s, at)) {
            at++;
            while (digit(c) && at < s.len && (digit(s.ptr[at]) || letter(s.ptr[at])))
                at++;
            continue;
        }
        struct quantity q;
        size_t next = at + 1;
        bool found = read_quantity(s, at, &q, &next);
        if (found && (u->qn >= UNIT_QUANTITIES_MAX || d->quantities.count >= QUANTITIES_MAX)) {
            d->quantities_left_out++;
        } else if (found && isfinite(q.lo) && isfinite(q.hi)) {
            look_before(s, at, &q);
            q.unit_ix = unit_ix;
            q.text = span_trim(span_sub(s, at, q.end - at));
            q.line = u->line;
            for (size_t i = 0; i < at; i++)
                q.line += s.ptr[i] == '\n';
            VEC_PUSH(&d->quantities, q);
            u->qn++;
        }
        at = next > at ? next : at + 1;
    }
    relate(d, u);
}
