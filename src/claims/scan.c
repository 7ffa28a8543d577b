/* Quantities of a unit: number, range, unit, what stands before and behind. Hand-written: one pass, no backtracking but
 * over the few bytes of one number. Versions, dates, times of day, addresses, names and inline code are no quantities. */
#include "claims/doc.h"

#include <math.h>

#include "base/num.h"
#include "base/vec.h"

struct unit_word {
    const char *name;
    enum dim dim;
    double scale;
    const char *shown;
};

#define YEAR_S 31557600.0
#define MONTH_S (YEAR_S / 12)

/* Longest first where one begins another; attached or behind one blank or hyphen. */
static const struct unit_word unit_words[] = {
    { "milliseconds", DIM_TIME, 1e-3, "ms" },
    { "millisecond", DIM_TIME, 1e-3, "ms" },
    { "microseconds", DIM_TIME, 1e-6, "us" },
    { "microsecond", DIM_TIME, 1e-6, "us" },
    { "nanoseconds", DIM_TIME, 1e-9, "ns" },
    { "nanosecond", DIM_TIME, 1e-9, "ns" },
    { "seconds", DIM_TIME, 1, "s" },
    { "second", DIM_TIME, 1, "s" },
    { "minutes", DIM_TIME, 60, "minutes" },
    { "minute", DIM_TIME, 60, "minutes" },
    { "hours", DIM_TIME, 3600, "hours" },
    { "hour", DIM_TIME, 3600, "hours" },
    { "days", DIM_TIME, 86400, "days" },
    { "day", DIM_TIME, 86400, "days" },
    { "weeks", DIM_TIME, 604800, "weeks" },
    { "week", DIM_TIME, 604800, "weeks" },
    { "months", DIM_TIME, MONTH_S, "months" },
    { "month", DIM_TIME, MONTH_S, "months" },
    { "years", DIM_TIME, YEAR_S, "years" },
    { "year", DIM_TIME, YEAR_S, "years" },
    { "msec", DIM_TIME, 1e-3, "ms" },
    { "usec", DIM_TIME, 1e-6, "us" },
    { "secs", DIM_TIME, 1, "s" },
    { "sec", DIM_TIME, 1, "s" },
    { "mins", DIM_TIME, 60, "minutes" },
    { "min", DIM_TIME, 60, "minutes" },
    { "hrs", DIM_TIME, 3600, "hours" },
    { "hr", DIM_TIME, 3600, "hours" },
    { "yrs", DIM_TIME, YEAR_S, "years" },
    { "yr", DIM_TIME, YEAR_S, "years" },
    { "ms", DIM_TIME, 1e-3, "ms" },
    { "us", DIM_TIME, 1e-6, "us" },
    { "\xc2\xb5s", DIM_TIME, 1e-6, "us" },
    { "\xce\xbcs", DIM_TIME, 1e-6, "us" },
    { "ns", DIM_TIME, 1e-9, "ns" },
    { "s", DIM_TIME, 1, "s" },
    { "h", DIM_TIME, 3600, "hours" },
    { "kib", DIM_BYTES, 1024, "KiB" },
    { "mib", DIM_BYTES, 1048576, "MiB" },
    { "gib", DIM_BYTES, 1073741824, "GiB" },
    { "kb", DIM_BYTES, 1e3, "KB" },
    { "mb", DIM_BYTES, 1e6, "MB" },
    { "gb", DIM_BYTES, 1e9, "GB" },
    { "tb", DIM_BYTES, 1e12, "TB" },
    { "bytes", DIM_BYTES, 1, "bytes" },
    { "byte", DIM_BYTES, 1, "bytes" },
    { "usd", DIM_MONEY, 1, "USD" },
    { "dollars", DIM_MONEY, 1, "USD" },
    { "sloc", DIM_LINES, 1, "lines" },
    { "loc", DIM_LINES, 1, "lines" },
    { "kloc", DIM_LINES, 1000, "lines" },
    { "lines", DIM_LINES, 1, "lines" },
    { "line", DIM_LINES, 1, "lines" },
    { "percent", DIM_PERCENT, 1, "%" },
    { "%", DIM_PERCENT, 1, "%" },
    { "times", DIM_FACTOR, 1, "x" },
    { "fold", DIM_FACTOR, 1, "x" },
    { "x", DIM_FACTOR, 1, "x" },
    { "\xc3\x97", DIM_FACTOR, 1, "x" },
};

struct number {
    double value, step, fine;
    double suffix; /* 1000 of "5k", else 1 */
    size_t end;
    bool fraction, grouped;
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char byte_at(struct span s, size_t at)
{
    return at < s.len ? s.ptr[at] : '\0';
}

int glyph_at(struct span s, size_t at, unsigned *ret_len)
{
    static const struct {
        const char *bytes;
        int glyph;
    } wide[] = {
        { "\xe2\x80\x90", '-' },         { "\xe2\x80\x91", '-' },
        { "\xe2\x80\x92", '-' },         { "\xe2\x80\x93", '-' },
        { "\xe2\x80\x94", '-' },         { "\xe2\x88\x92", '-' },
        { "\xe2\x86\x92", GLYPH_ARROW }, { "\xe2\x87\x92", GLYPH_ARROW },
        { "\xe2\x9e\x9c", GLYPH_ARROW }, { "\xe2\x9f\xb6", GLYPH_ARROW },
        { "\xc3\x97", GLYPH_TIMES },     { "\xc2\xb7", GLYPH_TIMES },
        { "\xe2\x8b\x85", GLYPH_TIMES }, { "\xc3\xb7", '/' },
        { "\xe2\x89\x88", '~' },         { "\xe2\x89\xa5", GLYPH_GE },
        { "\xe2\x89\xa4", GLYPH_LE },    { "\xc2\xa0", ' ' },
        { "\xe2\x80\xaf", ' ' },         { "\xe2\x80\x89", ' ' },
    };
    unsigned char c = (unsigned char)byte_at(s, at);
    *ret_len = 1;
    if (c < 0x80) {
        if ((c == '-' || c == '=') && byte_at(s, at + 1) == '>')
            *ret_len = 2;
        if (c == '-' && byte_at(s, at + 1) == '-' && byte_at(s, at + 2) == '>')
            *ret_len = 3;
        return *ret_len > 1 ? GLYPH_ARROW : c == '\n' || c == '\t' || c == '\r' ? ' ' : c;
    }
    struct span rest = span_from(s, at);
    for (size_t i = 0; i < ARRAY_LEN(wide); i++) {
        struct span w = span_of(wide[i].bytes);
        if (span_starts(rest, w)) {
            *ret_len = (unsigned)w.len;
            return wide[i].glyph;
        }
    }
    *ret_len = c >= 0xf0 && rest.len >= 4 ? 4 : c >= 0xe0 && rest.len >= 3 ? 3 : c >= 0xc0 && rest.len >= 2 ? 2 : 1;
    return GLYPH_OTHER;
}

/* Digits with groups of three and a fraction. False for what goes on like a version or a date. */
static bool read_number(struct span s, size_t at, struct number *ret)
{
    char text[64];
    size_t n = 0;
    size_t begin = at;
    int fraction = -1;
    *ret = (struct number){ .suffix = 1 };
    while (at < s.len && n < sizeof text - 2) {
        char c = s.ptr[at];
        if (digit(c)) {
            text[n++] = c;
            fraction += fraction >= 0;
        } else if (c == ',' && fraction < 0 && (ret->grouped || at - begin <= 3) && digit(byte_at(s, at + 1)) &&
                   digit(byte_at(s, at + 2)) && digit(byte_at(s, at + 3)) && !digit(byte_at(s, at + 4))) {
            ret->grouped = true;
        } else if (c == '.' && fraction < 0 && digit(byte_at(s, at + 1))) {
            fraction = 0;
            text[n++] = c;
        } else {
            break;
        }
        at++;
    }
    char c = byte_at(s, at);
    if (digit(c) || (c == '.' && (digit(byte_at(s, at + 1)) || byte_at(s, at + 1) == 'x')) ||
        (c == ',' && digit(byte_at(s, at + 1)) && fraction < 0))
        return false;
    if (!span_to_double(span_make(text, n), &ret->value))
        return false;
    ret->fraction = fraction >= 0;
    ret->step = ret->fine = pow(10, fraction > 0 ? -fraction : 0);
    for (size_t k = n; fraction < 0 && k-- > 1 && text[k] == '0';)
        ret->step *= 10;
    ret->end = at;
    return true;
}

/* "k", "M", "million" behind a number. */
static void read_suffix(struct span s, struct number *n, bool money)
{
    static const struct {
        const char *word;
        double factor;
    } words[] = { { "thousand", 1e3 }, { "million", 1e6 }, { "billion", 1e9 } };
    char c = byte_at(s, n->end);
    char next = byte_at(s, n->end + 1);
    double factor = 0;
    if (!letter(next) && !digit(next) && next != '_')
        factor = c == 'k' || c == 'K' ? 1e3 : c == 'M' ? 1e6 : (c == 'm' && money) ? 1e6 : c == 'B' && money ? 1e9 : 0;
    if (factor > 0) {
        n->end++;
        n->suffix = factor;
    } else if (c == ' ') {
        struct span rest = span_from(s, n->end + 1);
        for (size_t i = 0; i < ARRAY_LEN(words) && n->suffix == 1; i++) {
            if (text_find(span_sub(rest, 0, 9), words[i].word) == 0) {
                n->suffix = words[i].factor;
                n->end += 1 + strlen(words[i].word);
            }
        }
        if (n->suffix == 1 && (byte_at(rest, 0) == 'K' || byte_at(rest, 0) == 'M') && !letter(byte_at(rest, 1)) &&
            !digit(byte_at(rest, 1)) && n->value < 1000) {
            n->suffix = rest.ptr[0] == 'K' ? 1e3 : 1e6;
            n->end += 2;
        }
    }
}

/* The unit at a position; *ret_end behind it. A single letter must be attached, or stand alone. */
static const struct unit_word *read_unit(struct span s, size_t at, size_t *ret_end)
{
    size_t from = at;
    bool apart =
        byte_at(s, at) == ' ' || (byte_at(s, at) == '-' && letter(byte_at(s, at + 1))) || byte_at(s, at) == '\n';
    from += apart;
    if ((unsigned char)byte_at(s, at) == 0xc2 && (unsigned char)byte_at(s, at + 1) == 0xa0) {
        apart = true;
        from += 2;
    }
    for (size_t i = 0; i < ARRAY_LEN(unit_words); i++) {
        const struct unit_word *u = &unit_words[i];
        size_t n = strlen(u->name);
        size_t k = 0;
        while (k < n && from + k < s.len && lower(s.ptr[from + k]) == u->name[k])
            k++;
        if (k < n)
            continue;
        char next = byte_at(s, from + n);
        if (u->dim != DIM_PERCENT && (letter(next) || digit(next) || next == '_'))
            continue;
        /* "3 x 5" multiplies; "m", "h" and "x" behind a blank are units only where nothing else fits. */
        if (apart && u->dim == DIM_FACTOR && n <= 2) {
            size_t word = from + n;
            while (byte_at(s, word) == ' ')
                word++;
            if (!letter(byte_at(s, word)))
                continue;
        }
        if (!apart && u->dim == DIM_FACTOR && digit(next))
            continue;
        *ret_end = from + n;
        return u;
    }
    return NULL;
}

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

static double per_seconds(struct span s, size_t *at)
{
    static const struct {
        const char *word;
        double seconds;
    } words[] = { { "second", 1 },      { "sec", 1 },      { "s", 1 },         { "minute", 60 }, { "min", 60 },
                  { "hour", 3600 },     { "hr", 3600 },    { "h", 3600 },      { "day", 86400 }, { "week", 604800 },
                  { "month", MONTH_S }, { "mo", MONTH_S }, { "year", YEAR_S }, { "yr", YEAR_S }, { "annum", YEAR_S } };
    size_t from = *at;
    if (byte_at(s, from) == '/')
        from++;
    else if (span_starts(span_from(s, from), SPAN(" per ")))
        from += 5;
    else
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct span w = span_of(words[i].word);
        if (span_starts(span_from(s, from), w) && !letter(byte_at(s, from + w.len))) {
            *at = from + w.len;
            return words[i].seconds;
        }
    }
    return 0;
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
    return end > at + 1 ? per_seconds(s, &end) : 0;
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
        !read_number(s, n->end + 1, &of) || of.fraction || letter(byte_at(s, of.end)) || byte_at(s, of.end) == '/' ||
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
    if (!range_follows(s, end, &at) || !read_number(s, at, &hi))
        return;
    bool dollar = at > 0 && s.ptr[at - 1] == '$';
    read_suffix(s, &hi, *money || dollar);
    size_t hi_end = hi.end;
    const struct unit_word *hi_unit = read_unit(s, hi.end, &hi_end);
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
    if (date > at || !read_number(s, at, &n)) {
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
    read_suffix(s, &n, money);
    q->lo = q->hi = n.value * n.suffix;
    q->step = n.step * n.suffix;
    q->fine = n.fine * n.suffix;
    q->end = (uint32_t)n.end;
    size_t unit_end = n.end;
    const struct unit_word *unit = money ? NULL : read_unit(s, n.end, &unit_end);
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
        if (!unit && (unit = read_unit(s, q->end, &unit_end)) != NULL) {
            apply_unit(q, unit);
            q->end = (uint32_t)unit_end;
        }
    }
    size_t end = q->end;
    q->per_s = q->dim == DIM_TIME ? 0 : per_seconds(s, &end);
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
    for (size_t at = 0; at < gap.len;) {
        unsigned len;
        int g = glyph_at(gap, at, &len);
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
        else if (g == '.' || g == ';' || g == ':' || g == '|' || g == ',' || g == '?' || g == '!' ||
                 g == '`' || g == '(')
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
    return (span_is(gap, "to") || span_is(gap, "down to") || span_is(gap, "up to") || span_is(gap, "to ~") ||
            span_is(gap, "to under") || span_is(gap, "to $")) &&
           (text_has(span_sub(s, before, a->at - before), "from") || a->lo > b->hi);
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
