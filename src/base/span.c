#include "base/span.h"

#include <stdint.h>

size_t span_chr(struct span s, size_t from, char c)
{
    if (from >= s.len)
        return s.len;
    const char *hit = memchr(s.ptr + from, c, s.len - from);
    return hit ? (size_t)(hit - s.ptr) : s.len;
}

size_t span_rchr(struct span s, char c)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == c)
            return i - 1;
    }
    return s.len;
}

size_t span_find(struct span s, size_t from, struct span needle)
{
    if (needle.len == 0)
        return from < s.len ? from : s.len;
    while (from < s.len && s.len - from >= needle.len) {
        size_t at = span_chr(s, from, needle.ptr[0]);
        if (at == s.len || s.len - at < needle.len)
            return s.len;
        if (memcmp(s.ptr + at, needle.ptr, needle.len) == 0)
            return at;
        from = at + 1;
    }
    return s.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool span_line(struct span *rest, struct span *ret_line)
{
    if (rest->len == 0)
        return false;
    size_t at = span_chr(*rest, 0, '\n');
    struct span line = span_sub(*rest, 0, at);
    *rest = span_from(*rest, at < rest->len ? at + 1 : at);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    *ret_line = line;
    return true;
}

bool span_word(struct span *rest, struct span *ret_word)
{
    size_t i = 0;
    while (i < rest->len && is_blank(rest->ptr[i]))
        i++;
    size_t start = i;
    while (i < rest->len && !is_blank(rest->ptr[i]))
        i++;
    if (i == start)
        return false;
    *ret_word = span_sub(*rest, start, i - start);
    *rest = span_from(*rest, i);
    return true;
}

bool span_split(struct span s, char c, struct span *ret_head, struct span *ret_tail)
{
    size_t at = span_chr(s, 0, c);
    if (at == s.len)
        return false;
    *ret_head = span_sub(s, 0, at);
    *ret_tail = span_from(s, at + 1);
    return true;
}

bool span_rsplit(struct span s, char c, struct span *ret_head, struct span *ret_tail)
{
    size_t at = span_rchr(s, c);
    if (at == s.len)
        return false;
    *ret_head = span_sub(s, 0, at);
    *ret_tail = span_from(s, at + 1);
    return true;
}

/* Multiply-and-fold over 8-byte words (the mixing step of the wyhash family): tables keyed by
 * untrusted text stay balanced, and the value is part of no file. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t lo = (a & 0xffffffffu) * (b & 0xffffffffu);
    uint64_t m1 = (a >> 32) * (b & 0xffffffffu);
    uint64_t m2 = (a & 0xffffffffu) * (b >> 32);
    uint64_t hi = (a >> 32) * (b >> 32);
    uint64_t mid = m1 + (lo >> 32) + (m2 & 0xffffffffu);
    hi += (mid >> 32) + (m2 >> 32);
    lo = (mid << 32) | (lo & 0xffffffffu);
    return lo ^ hi;
}

unsigned long long span_hash(struct span s)
{
    uint64_t h = 0x9e3779b97f4a7c15u ^ (uint64_t)s.len;
    const char *p = s.ptr;
    size_t n = s.len;
    while (n >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        h = mix(h ^ w, 0xe7037ed1a0b428dbu);
        p += 8;
        n -= 8;
    }
    uint64_t tail = 0;
    if (n > 0)
        memcpy(&tail, p, n);
    h = mix(h ^ tail, 0x8ebc6af09c88c6e3u);
    return mix(h, 0x589965cc75374cc3u);
}

static size_t utf8_len(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        return n >= 2 && (p[1] & 0xc0) == 0x80 ? 2 : 0;
    if (p[0] >= 0xe0 && p[0] <= 0xef) {
        if (n < 3 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
            return 0;
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0))
            return 0;
        return 3;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        if (n < 4 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 || (p[3] & 0xc0) != 0x80)
            return 0;
        if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
            return 0;
        return 4;
    }
    return 0;
}

bool span_is_utf8(struct span s)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    for (size_t i = 0; i < s.len;) {
        size_t n = utf8_len(p + i, s.len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
