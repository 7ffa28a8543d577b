#include "report/text_page.h"

#include "base/num.h"
#include "report/view.h"

void page_add(struct page *p, const char *own)
{
    sb_adds(p->out, own);
}

void page_printf(struct page *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    sb_vprintf(p->out, fmt, args);
    va_end(args);
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

void page_clean(struct page *p, struct span text)
{
    if (!p->ascii) {
        sb_add(p->out, text);
        return;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!continues(text.ptr[i]))
            sb_addc(p->out, (unsigned char)text.ptr[i] < 0x80 ? text.ptr[i] : '?');
    }
}

void page_indent(struct page *p, size_t columns)
{
    sb_fill(p->out, ' ', columns);
}

void page_label(struct page *p, const char *label)
{
    size_t n = strlen(label);
    if (n > 0)
        page_paint(p, "1");
    sb_adds(p->out, label);
    if (n > 0)
        page_paint(p, NULL);
    sb_fill(p->out, ' ', n < 10 ? 10 - n : 2);
}

static size_t columns_of(const struct page *p, struct span text)
{
    if (!p->ascii)
        return view_columns(text);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += !continues(text.ptr[i]);
    return n;
}

/* Bytes of the longest head that fits. */
static size_t fitting(const struct page *p, struct span text, size_t columns)
{
    size_t end = 0;
    for (size_t i = 0; i < text.len;) {
        size_t n = i + 1;
        while (n < text.len && continues(text.ptr[n]))
            n++;
        if (columns_of(p, span_sub(text, 0, n)) > columns)
            return end;
        end = n;
        i = n;
        if (i > columns * 4)
            break;
    }
    return end;
}

void page_cell(struct page *p, struct span text, size_t columns)
{
    size_t n = columns_of(p, text);
    if (n > columns && columns > 3) {
        struct span part = span_sub(text, 0, fitting(p, text, columns - 3));
        page_clean(p, part);
        page_add(p, "...");
        n = columns_of(p, part) + 3;
    } else {
        page_clean(p, text);
    }
    if (n < columns)
        page_indent(p, columns - n);
}

void page_right(struct page *p, struct span text, size_t columns)
{
    size_t n = columns_of(p, text);
    if (n < columns)
        page_indent(p, columns - n);
    page_clean(p, text);
}

void page_cut(struct page *p, struct span text, size_t used)
{
    size_t room = (size_t)p->width > used + 8 ? (size_t)p->width - used : 8;
    if (columns_of(p, text) <= room) {
        page_clean(p, text);
        return;
    }
    page_clean(p, span_sub(text, 0, fitting(p, text, room - 3)));
    page_add(p, "...");
}

/* A number keeps its unit beside it: "10 %" is one word. */
static void keep_unit(struct span *rest, struct span *word)
{
    static const char *const units[] = { "%", "s", "ms", "us", "h", "Hz", "KB", "MB", "GB", "USD" };
    char last = word->len ? word->ptr[word->len - 1] : ' ';
    if (last < '0' || last > '9')
        return;
    struct span after = *rest;
    struct span unit;
    if (!span_word(&after, &unit))
        return;
    size_t bare = unit.len;
    while (bare > 0 && strchr(",.;:)", unit.ptr[bare - 1]))
        bare--;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (span_is(span_sub(unit, 0, bare), units[i])) {
            word->len = (size_t)(unit.ptr + unit.len - word->ptr);
            *rest = after;
            return;
        }
    }
}

void page_wrap(struct page *p, size_t indent, struct span text)
{
    size_t room = (size_t)p->width > indent + 20 ? (size_t)p->width - indent : 20;
    size_t used = 0;
    struct span word;
    while (span_word(&text, &word)) {
        keep_unit(&text, &word);
        for (;;) {
            size_t n = columns_of(p, word);
            if (used > 0 && used + 1 + n <= room) {
                sb_addc(p->out, ' ');
                page_clean(p, word);
                used += 1 + n;
                break;
            }
            if (used > 0) {
                sb_addc(p->out, '\n');
                page_indent(p, indent);
                used = 0;
            }
            if (n <= room) {
                page_clean(p, word);
                used = n;
                break;
            }
            size_t cut = fitting(p, word, room);
            page_clean(p, span_sub(word, 0, cut ? cut : 1));
            word = span_from(word, cut ? cut : 1);
            used = room;
        }
    }
    sb_addc(p->out, '\n');
}

void page_bar(struct page *p, double share, size_t columns, const char *colour)
{
    if (!num_known(share)) {
        page_indent(p, columns);
        return;
    }
    double full = share * (double)columns;
    size_t n = full > (double)columns ? columns : full > 0 ? (size_t)(full + 0.5) : 0;
    page_paint(p, colour);
    for (size_t i = 0; i < n; i++)
        sb_adds(p->out, p->ascii ? "#" : "\xe2\x96\x88");
    /* Something that is too small for a mark is still something. */
    bool trace = n == 0 && share > 0;
    if (trace)
        sb_adds(p->out, p->ascii ? "." : "\xe2\x96\x8f");
    page_paint(p, NULL);
    page_indent(p, columns - n - trace);
}

void page_paint(struct page *p, const char *sgr)
{
    if (p->colour)
        sb_printf(p->out, "\033[%sm", sgr ? sgr : "0");
}
