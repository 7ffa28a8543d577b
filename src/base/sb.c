#include "base/sb.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"

void sb_release(struct sb *s)
{
    free(s->ptr);
    *s = (struct sb){ .cap = s->cap };
}

void sb_reset(struct sb *s)
{
    s->len = 0;
    s->overflow = false;
    if (s->ptr)
        s->ptr[0] = '\0';
}

static bool reserve(struct sb *s, size_t more)
{
    if (s->overflow)
        return false;
    if (s->cap != 0 && more > s->cap - s->len) {
        s->overflow = true;
        return false;
    }
    if (more >= SIZE_MAX / 4 || s->len >= SIZE_MAX / 4)
        fatal_oom();
    if (s->len + more + 1 > s->size) {
        size_t size = s->size ? s->size * 2 : 128;
        while (size < s->len + more + 1)
            size *= 2;
        s->ptr = xrealloc(s->ptr, size, 1);
        s->size = size;
    }
    return true;
}

char *sb_reserve(struct sb *s, size_t n)
{
    return reserve(s, n) ? s->ptr + s->len : NULL;
}

void sb_add(struct sb *s, struct span text)
{
    if (text.len == 0 || !reserve(s, text.len))
        return;
    memcpy(s->ptr + s->len, text.ptr, text.len);
    s->len += text.len;
    s->ptr[s->len] = '\0';
}

void sb_adds(struct sb *s, const char *cstr)
{
    sb_add(s, span_of(cstr));
}

void sb_addc(struct sb *s, char c)
{
    sb_add(s, span_make(&c, 1));
}

void sb_fill(struct sb *s, char c, size_t n)
{
    if (n == 0 || !reserve(s, n))
        return;
    memset(s->ptr + s->len, c, n);
    s->len += n;
    s->ptr[s->len] = '\0';
}

void sb_vprintf(struct sb *s, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n <= 0 || !reserve(s, (size_t)n))
        return;
    (void)vsnprintf(s->ptr + s->len, (size_t)n + 1, fmt, args);
    s->len += (size_t)n;
}

void sb_printf(struct sb *s, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sb_vprintf(s, fmt, args);
    va_end(args);
}

struct span sb_span(const struct sb *s)
{
    return span_make(s->ptr ? s->ptr : "", s->len);
}

char *sb_detach(struct sb *s)
{
    char *p = s->ptr ? s->ptr : xcalloc(1, 1);
    *s = (struct sb){ .cap = s->cap };
    return p;
}

const char *sb_cstr(const struct sb *s)
{
    return s->ptr ? s->ptr : "";
}

/* Length of the well-formed UTF-8 sequence at s[i], 0 if there is none. */
static size_t sequence(struct span s, size_t i)
{
    size_t left = s.len - i;
    for (size_t n = 1; n <= 4 && n <= left; n++) {
        if (span_is_utf8(span_sub(s, i, n)))
            return n;
    }
    return 0;
}

static const char *xml_entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_control(char c)
{
    unsigned char u = (unsigned char)c;
    return u < 0x20 || u == 0x7f;
}

/* U+FFFE and U+FFFF: an XML reader takes no document with one of them. */
static bool is_xml_outlaw(struct span one)
{
    return one.len == 3 && memcmp(one.ptr, "\xef\xbf", 2) == 0 && (unsigned char)one.ptr[2] >= 0xbe;
}

void sb_add_xml(struct sb *s, struct span text)
{
    for (size_t i = 0; i < text.len;) {
        char c = text.ptr[i];
        size_t n = sequence(text, i);
        const char *entity = xml_entity(c);
        if (entity)
            sb_adds(s, entity);
        else if (n == 0 || (is_control(c) && c != '\n' && c != '\t') || is_xml_outlaw(span_sub(text, i, n)))
            sb_adds(s, "\xef\xbf\xbd");
        else
            sb_add(s, span_sub(text, i, n));
        i += n ? n : 1;
    }
}

void sb_add_plain(struct sb *s, struct span text)
{
    for (size_t i = 0; i < text.len;) {
        size_t n = sequence(text, i);
        /* U+0080..U+009F are control characters too: some terminals obey them. */
        bool c1 = n == 2 && (unsigned char)text.ptr[i] == 0xc2 && (unsigned char)text.ptr[i + 1] < 0xa0;
        if (n == 0 || is_control(text.ptr[i]) || c1)
            sb_addc(s, '?');
        else
            sb_add(s, span_sub(text, i, n));
        i += n ? n : 1;
    }
}

void sb_add_shell(struct sb *out, struct span word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./@%+=:,-";
    bool plain = word.len > 0;
    for (size_t i = 0; i < word.len && plain; i++)
        plain = memchr(safe, word.ptr[i], sizeof safe - 1) != NULL;
    if (plain) {
        sb_add(out, word);
        return;
    }
    sb_addc(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == '\'')
            sb_adds(out, "'\\''");
        else
            sb_addc(out, word.ptr[i]);
    }
    sb_addc(out, '\'');
}
