/* Digits, units and rates: no backtracking but over the few bytes of one number. */
#include "claims/number.h"

#include <math.h>

#include "base/cleanup.h"
#include "base/num.h"

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
bool number_read(struct span s, size_t at, struct number *ret)
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
void number_suffix(struct span s, struct number *n, bool money)
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
            if (text_begins(span_sub(rest, 0, 9), words[i].word)) {
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
const struct unit_word *number_unit(struct span s, size_t at, size_t *ret_end)
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

double number_per(struct span s, size_t *at)
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
    else if (span_starts(span_from(s, from), SPAN(" a ")))
        from += 3;
    else if (span_starts(span_from(s, from), SPAN(" an ")))
        from += 4;
    else if (span_starts(span_from(s, from), SPAN(" annual")) || span_starts(span_from(s, from), SPAN(" yearly")))
        return YEAR_S;
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
