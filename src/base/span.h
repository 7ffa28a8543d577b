/* span.h - a borrowed run of bytes. Never owns, never NUL-terminated; whoever stores one says whose memory it is.
 * The template shim reads this as C++, so functions here keep to what both languages have. */
#ifndef STET_BASE_SPAN_H
#define STET_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *ptr;
    size_t len;
};

#define SPAN(lit) ((struct span){ .ptr = (lit), .len = sizeof(lit) - 1 })
#define SPAN_FMT(s) (int)((s).len > 0x7fffffff ? 0x7fffffff : (s).len), ((s).ptr ? (s).ptr : "")

static inline struct span span_of(const char *cstr)
{
    struct span s = { cstr, cstr ? strlen(cstr) : 0 };
    return s;
}

static inline struct span span_make(const char *ptr, size_t len)
{
    struct span s = { ptr, len };
    return s;
}

/* Part [from, from+len), clamped to the span. */
static inline struct span span_sub(struct span s, size_t from, size_t len)
{
    if (from > s.len)
        from = s.len;
    if (len > s.len - from)
        len = s.len - from;
    /* An empty span may have no pointer, and even zero must not be added to none. */
    struct span part = { from > 0 ? s.ptr + from : s.ptr, len };
    return part;
}

static inline struct span span_from(struct span s, size_t from)
{
    return span_sub(s, from, s.len);
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_is(struct span a, const char *cstr)
{
    return span_eq(a, span_of(cstr));
}

static inline bool span_starts(struct span s, struct span prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool span_ends(struct span s, struct span suffix)
{
    return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* Index of the first byte c at or after from, or s.len. */
size_t span_chr(struct span s, size_t from, char c);
/* Index of the last byte c, or s.len. */
size_t span_rchr(struct span s, char c);
/* Index of the first occurrence of needle at or after from, or s.len. */
size_t span_find(struct span s, size_t from, struct span needle);
/* Without blanks, tabs, CR and LF at both ends. */
struct span span_trim(struct span s);
/* Takes the next line (without LF and a CR before it) off *rest; false at the end. */
bool span_line(struct span *rest, struct span *ret_line);
/* Takes the next blank-separated word off *rest; false when none is left. */
bool span_word(struct span *rest, struct span *ret_word);
/* Splits at the first byte c: head before it, tail after it. False (outputs untouched) without one. */
bool span_split(struct span s, char c, struct span *ret_head, struct span *ret_tail);
/* Splits at the last byte c. */
bool span_rsplit(struct span s, char c, struct span *ret_head, struct span *ret_tail);
/* 64-bit hash, the same on every machine and run. */
unsigned long long span_hash(struct span s);
/* True when s is well-formed UTF-8 without NUL. */
bool span_is_utf8(struct span s);

#endif
