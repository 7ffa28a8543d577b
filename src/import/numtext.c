#include "import/numtext.h"

#include <math.h>

#include "base/num.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool numtext_is_space(struct span s, size_t *ret_len)
{
    static const char *const spaces[] = { "\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89", " ", "\xa0" };
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        if (span_starts(s, span_of(spaces[i]))) {
            *ret_len = strlen(spaces[i]);
            return true;
        }
    }
    return false;
}

static double half_place(size_t decimals)
{
    return decimals > 30 ? 0 : 0.5 * pow(10, -(double)decimals);
}

bool numtext_plain(struct span s, double *ret, double *ret_half)
{
    char buf[64];
    if (s.len == 0 || s.len >= sizeof buf)
        return false;
    size_t decimals = 0;
    bool fraction = false;
    for (size_t i = 0; i < s.len; i++) {
        buf[i] = s.ptr[i] == ',' ? '.' : s.ptr[i];
        decimals += fraction && is_digit(buf[i]);
        fraction = fraction || buf[i] == '.';
    }
    if (!span_to_double(span_make(buf, s.len), ret))
        return false;
    if (ret_half)
        *ret_half = half_place(decimals);
    return true;
}

/* Digits and separators of s without the blanks between them; separators become one byte each. */
static bool squeeze(struct span s, char *buf, size_t size, size_t *ret_len)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len;) {
        size_t skip;
        char c = s.ptr[i];
        if (is_digit(c) || c == '.' || c == ',' || c == '\'') {
            if (n == size)
                return false;
            buf[n++] = c;
            i++;
        } else if (span_starts(span_from(s, i), SPAN("\xe2\x80\x99"))) {
            i += 3;
        } else if (numtext_is_space(span_from(s, i), &skip)) {
            i += skip;
        } else {
            return false;
        }
    }
    *ret_len = n;
    return n > 0 && is_digit(buf[0]);
}

bool numtext_grouped(struct span s, double *ret, double *ret_half)
{
    char buf[64];
    size_t n;
    if (!squeeze(s, buf, sizeof buf, &n))
        return false;
    size_t last = n; /* the last separator */
    for (size_t i = 0; i < n; i++) {
        if (!is_digit(buf[i]))
            last = i;
    }
    bool decimal = last < n && buf[last] != '\'' && n - last - 1 != 3;
    char out[64];
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_digit(buf[i]))
            out[m++] = buf[i];
        else if (decimal && i == last)
            out[m++] = '.';
    }
    return numtext_plain(span_make(out, m), ret, ret_half);
}

/* One number with its unit letter off the front: "1h" or "2m" or "3.4s". */
static bool take_part(struct span *s, double *ret_s, double *ret_half)
{
    size_t i = 0;
    while (i < s->len && (is_digit(s->ptr[i]) || s->ptr[i] == '.' || s->ptr[i] == ','))
        i++;
    double v;
    double half;
    if (i == 0 || !numtext_plain(span_sub(*s, 0, i), &v, &half))
        return false;
    double unit = 1;
    if (i < s->len) {
        char c = s->ptr[i];
        if (c != 'h' && c != 'm' && c != 's')
            return false;
        unit = c == 'h' ? 3600 : c == 'm' ? 60 : 1;
        i++;
    }
    *ret_s += v * unit;
    *ret_half = half * unit;
    *s = span_from(*s, i);
    return true;
}

bool numtext_clock(struct span s, double *ret_s, double *ret_half_s)
{
    double total = 0;
    double half = 0;
    struct span head;
    if (span_chr(s, 0, ':') < s.len) {
        int parts = 0;
        if (s.len > 0 && s.ptr[s.len - 1] == 's')
            s.len--;
        while (span_split(s, ':', &head, &s)) {
            uint64_t v;
            if (++parts > 2 || !span_to_u64(head, &v))
                return false;
            total = (total + (double)v) * 60;
        }
        double sec;
        if (!numtext_plain(s, &sec, &half) || sec < 0)
            return false;
        total += sec;
    } else {
        if (s.len == 0)
            return false;
        while (s.len > 0) {
            if (!take_part(&s, &total, &half))
                return false;
        }
    }
    *ret_s = total;
    if (ret_half_s)
        *ret_half_s = half;
    return true;
}
