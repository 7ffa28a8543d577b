#include "report/view.h"

#include <stdio.h>

#include "base/sb.h"

/* Bytes of the well-formed sequence at i, 1 for a byte that begins none. */
static size_t sequence_at(struct span s, size_t i)
{
    for (size_t n = 1; n <= 4 && i + n <= s.len; n++) {
        if (span_is_utf8(span_sub(s, i, n)))
            return n;
    }
    return 1;
}

static uint32_t code_at(struct span s, size_t i, size_t n)
{
    unsigned char c = (unsigned char)s.ptr[i];
    uint32_t code = n == 1 ? c : n == 2 ? c & 0x1fu : n == 3 ? c & 0x0fu : c & 0x07u;
    for (size_t k = 1; k < n; k++)
        code = code << 6 | ((unsigned char)s.ptr[i + k] & 0x3fu);
    return code;
}

/* Characters that change how the rest of a line is shown, or show nothing: direction marks, zero width, separators. */
static bool misleading(uint32_t code)
{
    return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0x061c || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

static bool wide(uint32_t code)
{
    return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
           (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
           (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
           (code >= 0x1f300 && code <= 0x1faff) || (code >= 0x20000 && code <= 0x3fffd);
}

/* A line of a thousand combining marks would climb over its neighbours: they count as a column each. */
size_t view_columns(struct span text)
{
    size_t columns = 0;
    for (size_t i = 0; i < text.len;) {
        size_t n = sequence_at(text, i);
        columns += wide(code_at(text, i, n)) ? 2 : 1;
        i += n;
    }
    return columns;
}

static void clean_range(struct sb *out, struct span s)
{
    bool blank = false;
    for (size_t i = 0; i < s.len;) {
        size_t n = sequence_at(s, i);
        bool space = n == 1 && (s.ptr[i] == '\n' || s.ptr[i] == '\t' || s.ptr[i] == '\r' || s.ptr[i] == ' ');
        if (space && !blank)
            sb_addc(out, ' ');
        else if (!space && n > 1 && misleading(code_at(s, i, n)))
            sb_addc(out, '?');
        else if (!space)
            sb_add_plain(out, span_sub(s, i, n));
        blank = space;
        i += n;
    }
}

static size_t code_points(struct span s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i += sequence_at(s, i))
        count++;
    return count;
}

static size_t offset_of(struct span s, size_t code_point)
{
    size_t i = 0;
    while (i < s.len && code_point-- > 0)
        i += sequence_at(s, i);
    return i;
}

struct span view_clean(struct arena *a, struct span text, size_t max)
{
    struct sb out = { 0 };
    size_t count = code_points(text);
    if (count <= max || max < 8) {
        clean_range(&out, span_sub(text, 0, offset_of(text, max)));
    } else {
        /* Both ends of a name say more than its middle. */
        size_t head = (max - 3) * 2 / 3;
        clean_range(&out, span_sub(text, 0, offset_of(text, head)));
        sb_adds(&out, "...");
        clean_range(&out, span_from(text, offset_of(text, count - (max - 3 - head))));
    }
    struct span kept = arena_span(a, sb_span(&out));
    sb_release(&out);
    return kept;
}

struct span view_printf(struct arena *a, const char *fmt, ...)
{
    struct sb out = { 0 };
    va_list args;
    va_start(args, fmt);
    sb_vprintf(&out, fmt, args);
    va_end(args);
    struct span kept = arena_span(a, sb_span(&out));
    sb_release(&out);
    return kept;
}
