#include "base/num.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

bool span_to_u64(struct span s, uint64_t *ret)
{
    if (s.len == 0 || s.len > 20)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (v > (UINT64_MAX - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *ret = v;
    return true;
}

bool span_to_i64(struct span s, int64_t *ret)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t v;
    if (!span_to_u64(span_from(s, negative ? 1 : 0), &v))
        return false;
    if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *ret = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool span_hex_to_u64(struct span s, uint64_t *ret)
{
    if (span_starts(s, SPAN("0x")) || span_starts(s, SPAN("0X")))
        s = span_from(s, 2);
    if (s.len == 0 || s.len > 16)
        return false;
    uint64_t v = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        unsigned digit;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        else
            return false;
        v = v << 4 | digit;
    }
    *ret = v;
    return true;
}

static size_t digits(struct span s, size_t i)
{
    size_t start = i;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
        i++;
    return i - start;
}

bool span_to_double(struct span s, double *ret)
{
    char buf[400];
    if (s.len == 0 || s.len >= sizeof buf)
        return false;
    size_t i = s.ptr[0] == '-' || s.ptr[0] == '+' ? 1 : 0;
    size_t whole = digits(s, i);
    i += whole;
    size_t fraction = 0;
    if (i < s.len && s.ptr[i] == '.') {
        fraction = digits(s, i + 1);
        i += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
            i++;
        size_t exponent = digits(s, i);
        if (exponent == 0)
            return false;
        i += exponent;
    }
    if (i != s.len)
        return false;
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = '\0';
    errno = 0;
    /* The process never calls setlocale, so strtod reads the C locale. */
    double v = strtod(buf, NULL);
    if (!isfinite(v))
        return false;
    *ret = v;
    return true;
}
