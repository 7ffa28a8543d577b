/* Lines into units: headings, list items, rows of pipe tables, listings and code in fences, sentences of paragraphs.
 * A text that stands on one line as a whole is broken where Markdown's marks would begin a line. */
#include "claims/doc.h"

#include "base/vec.h"

enum { LONG_LINE = 400, JOIN_MIN = 40, TABLE_COLUMNS_MAX = 64 };

struct reader {
    struct doc *d;
    uint32_t line;
    char fence; /* '`' or '~', 0 outside */
    unsigned fence_len;
    bool code; /* the fence names a language */
    bool comment;
    bool listing; /* indented lines below a line that ended with a colon */
    int32_t section, part, table;
    uint32_t para;
    /* A paragraph or item that is not cut into sentences yet. */
    const char *open_at;
    const char *open_end;
    uint32_t open_line;
    uint32_t open_ordinal;
    uint8_t open_kind;
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

struct span text_bare(struct span s)
{
    s = span_trim(s);
    while (s.len > 0 && (s.ptr[0] == '*' || s.ptr[0] == '_' || s.ptr[0] == '`' || blank(s.ptr[0])))
        s = span_from(s, 1);
    while (s.len > 0 &&
           (s.ptr[s.len - 1] == '*' || s.ptr[s.len - 1] == '_' || s.ptr[s.len - 1] == '`' || blank(s.ptr[s.len - 1])))
        s.len--;
    return s;
}

static int32_t add_unit(struct reader *r, uint8_t kind, struct span text, uint32_t line)
{
    struct doc *d = r->d;
    text = span_trim(text);
    if (text.len == 0)
        return NONE;
    if (d->units.count >= UNITS_MAX) {
        if (d->unread_from == 0)
            d->unread_from = line;
        return NONE;
    }
    if (text.len > UNIT_BYTES_MAX + 100) {
        d->lines_cut++;
        text.len = UNIT_BYTES_MAX;
    }
    struct unit u = {
        .text = text, .line = line, .section = r->section, .part = r->part, .table = NONE, .para = r->para, .kind = kind
    };
    lex_words(text, u.words);
    for (unsigned i = 0; i < LEX_SETS; i++)
        d->lex[i] |= u.words[i];
    VEC_PUSH(&d->units, u);
    return (int32_t)d->units.count - 1;
}

/* --- sentences --- */

static bool abbreviation(struct span text, size_t dot)
{
    static const char *const known[] = { "e.g", "i.e", "vs",  "approx", "ca",   "cf",  "resp", "No", "no",
                                         "Fig", "etc", "est", "incl",   "excl", "max", "min",  "avg" };
    size_t from = dot;
    while (from > 0 && !blank(text.ptr[from - 1]) && text.ptr[from - 1] != '(')
        from--;
    struct span word = span_sub(text, from, dot - from);
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (span_is(word, known[i]))
            return true;
    }
    bool number = word.len > 0 && word.len <= 2;
    for (size_t i = 0; number && i < word.len; i++)
        number = digit(word.ptr[i]);
    return number && from == 0; /* "1. item" */
}

/* Behind the mark at `at`: where the next sentence begins, or 0. */
static size_t sentence_end(struct span text, size_t at)
{
    size_t next = at + 1;
    while (next < text.len && (text.ptr[next] == '*' || text.ptr[next] == '"' || text.ptr[next] == ')' ||
                               text.ptr[next] == '_' || text.ptr[next] == '\''))
        next++;
    if (next >= text.len || !blank(text.ptr[next]))
        return 0;
    while (next < text.len && blank(text.ptr[next]))
        next++;
    if (next >= text.len)
        return 0;
    char c = text.ptr[next];
    bool begins = upper(c) || digit(c) || c == '*' || c == '`' || c == '"' || c == '~' || c == '$' || c == '<' ||
                  c == '>' || (unsigned char)c >= 0x80;
    return begins && !(text.ptr[at] == '.' && abbreviation(text, at)) ? next : 0;
}

static uint32_t lines_in(struct span s)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == '\n';
    return n;
}

static void add_sentences(struct reader *r, uint8_t kind, struct span text, uint32_t line, uint32_t ordinal)
{
    size_t from = 0;
    bool tick = false;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.ptr[at];
        tick = c == '`' ? !tick : tick;
        size_t next = !tick && (c == '.' || c == '!' || c == '?') ? sentence_end(text, at) : 0;
        if (next == 0 && at - from >= UNIT_BYTES_MAX)
            next = at + 1;
        if (next == 0)
            continue;
        struct span sentence = span_sub(text, from, next - from);
        int32_t unit = add_unit(r, kind, sentence, line);
        if (unit != NONE)
            r->d->units.items[unit].ordinal = ordinal;
        line += lines_in(sentence);
        from = next;
        at = next - 1;
        kind = kind == UNIT_ITEM ? UNIT_TEXT : kind;
        ordinal = 0;
        tick = false;
    }
    int32_t unit = add_unit(r, kind, span_from(text, from), line);
    if (unit != NONE)
        r->d->units.items[unit].ordinal = ordinal;
}

static void flush(struct reader *r)
{
    if (!r->open_at)
        return;
    struct span text = span_make(r->open_at, (size_t)(r->open_end - r->open_at));
    r->open_at = NULL;
    r->para++;
    add_sentences(r, r->open_kind, text, r->open_line, r->open_ordinal);
}

static void open_block(struct reader *r, uint8_t kind, struct span text, uint32_t ordinal)
{
    flush(r);
    r->open_at = text.ptr;
    r->open_end = text.ptr + text.len;
    r->open_line = r->line;
    r->open_kind = kind;
    r->open_ordinal = ordinal;
}

/* --- headings --- */

static void add_heading(struct reader *r, struct span text, uint8_t level)
{
    struct doc *d = r->d;
    flush(r);
    r->table = NONE;
    int32_t unit = add_unit(r, UNIT_HEADING, text, r->line);
    if (unit == NONE)
        return;
    d->units.items[unit].level = level;
    if (level > 6) {
        r->part = unit;
        d->units.items[unit].part = unit;
        return;
    }
    int32_t parent = r->section;
    while (parent != NONE && d->sections.items[parent].level >= level)
        parent = d->sections.items[parent].parent;
    struct section s = { .heading = unit, .parent = parent, .first = unit, .level = level };
    VEC_PUSH(&d->sections, s);
    r->section = (int32_t)d->sections.count - 1;
    r->part = NONE;
    d->units.items[unit].section = r->section;
    d->units.items[unit].part = NONE;
}

static void close_sections(struct doc *d)
{
    int32_t end = (int32_t)d->units.count;
    /* A section ends where the next one that is not below it begins; walking back finds it through the parents. */
    for (size_t i = d->sections.count; i-- > 0;) {
        struct section *s = &d->sections.items[i];
        if (s->end == 0)
            s->end = end;
        if (i > 0) {
            int32_t p = (int32_t)i - 1;
            while (p != NONE && p != s->parent) {
                if (d->sections.items[p].end == 0)
                    d->sections.items[p].end = s->first;
                p = d->sections.items[p].parent;
            }
        }
    }
}

/* --- rows --- */

static bool delimiter_row(struct span s)
{
    bool dash = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '-')
            dash = true;
        else if (s.ptr[i] != '|' && s.ptr[i] != ':' && !blank(s.ptr[i]))
            return false;
    }
    return dash && span_chr(s, 0, '|') < s.len;
}

static void add_row(struct reader *r, struct span text)
{
    struct doc *d = r->d;
    flush(r);
    if (delimiter_row(text)) {
        if (r->table == NONE && d->units.count > 0) {
            int32_t last = (int32_t)d->units.count - 1;
            struct unit *u = &d->units.items[last];
            if (u->kind == UNIT_ROW && u->table == NONE && d->unread_from == 0) {
                struct table t = { .header = last, .first = last + 1, .end = last + 1 };
                VEC_PUSH(&d->tables, t);
                r->table = (int32_t)d->tables.count - 1;
                u->table = r->table;
            }
        }
        return;
    }
    int32_t unit = add_unit(r, UNIT_ROW, text, r->line);
    if (unit == NONE)
        return;
    d->units.items[unit].table = r->table;
    if (r->table != NONE)
        d->tables.items[r->table].end = unit + 1;
}

/* Bars that separate cells: not escaped and not in code. */
static bool is_bar(struct span s, size_t at, bool *tick)
{
    char c = s.ptr[at];
    *tick = c == '`' ? !*tick : *tick;
    return c == '|' && !*tick && (at == 0 || s.ptr[at - 1] != '\\');
}

struct span row_cell(const struct unit *row, unsigned k)
{
    struct span s = row->text;
    bool tick = false;
    unsigned cell = 0;
    size_t from = s.len > 0 && s.ptr[0] == '|' ? 1 : 0;
    for (size_t at = from; at < s.len; at++) {
        if (!is_bar(s, at, &tick))
            continue;
        if (cell == k)
            return text_bare(span_sub(s, from, at - from));
        cell++;
        from = at + 1;
    }
    return cell == k ? text_bare(span_from(s, from)) : SPAN("");
}

unsigned row_cells(const struct unit *row)
{
    struct span s = row->text;
    bool tick = false;
    unsigned n = 1;
    for (size_t at = 1; at + 1 < s.len; at++)
        n += is_bar(s, at, &tick);
    return n < TABLE_COLUMNS_MAX ? n : TABLE_COLUMNS_MAX;
}

unsigned row_cell_at(const struct unit *row, uint32_t offset)
{
    struct span s = row->text;
    bool tick = false;
    unsigned n = 0;
    for (size_t at = s.len > 0 && s.ptr[0] == '|' ? 1 : 0; at < s.len && at < offset; at++)
        n += is_bar(s, at, &tick);
    return n;
}

/* --- lines --- */

/* "- ", "* ", "1. ", "[ ] " and the lines of a drawn tree: bytes before the text, 0 = no item. */
static size_t item_mark(struct span s, uint32_t *ret_ordinal)
{
    size_t at = 0;
    *ret_ordinal = 0;
    if (s.len > 1 && (s.ptr[0] == '-' || s.ptr[0] == '*' || s.ptr[0] == '+') && blank(s.ptr[1])) {
        at = 2;
    } else if (s.len > 3 && span_starts(s, SPAN("\xe2\x80\xa2"))) {
        at = 3;
    } else {
        uint32_t n = 0;
        while (at < s.len && at < 4 && digit(s.ptr[at]))
            n = n * 10 + (uint32_t)(s.ptr[at++] - '0');
        if (at == 0 || at + 1 >= s.len || (s.ptr[at] != '.' && s.ptr[at] != ')') || !blank(s.ptr[at + 1]))
            return 0;
        *ret_ordinal = n;
        at += 2;
    }
    while (at < s.len && blank(s.ptr[at]))
        at++;
    return at;
}

static bool fence_line(struct reader *r, struct span s)
{
    unsigned n = 0;
    char c = s.len > 0 ? s.ptr[0] : 0;
    if (c != '`' && c != '~')
        return false;
    while (n < s.len && s.ptr[n] == c)
        n++;
    struct span info = span_trim(span_from(s, n));
    if (n < 3 || (c == '`' && span_chr(info, 0, '`') < info.len))
        return false;
    if (r->fence) {
        if (c != r->fence || n < r->fence_len || info.len > 0)
            return false;
        r->fence = 0;
        return true;
    }
    flush(r);
    r->para++;
    r->fence = c;
    r->fence_len = n;
    r->code = info.len > 0 && !text_has(info, "text|txt|plaintext|plain|console|output|none");
    return true;
}

static unsigned heading_level(struct span s)
{
    unsigned n = 0;
    while (n < s.len && s.ptr[n] == '#')
        n++;
    return n >= 1 && n <= 6 && n < s.len && blank(s.ptr[n]) ? n : 0;
}

static bool all_of(struct span s, char c)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != c)
            return false;
    }
    return s.len >= 3;
}

/* "**as a whole**" without a colon at its end. */
static bool bold_line(struct span s)
{
    if (s.len < 7 || !span_starts(s, SPAN("**")) || !span_ends(s, SPAN("**")))
        return false;
    struct span in = span_sub(s, 2, s.len - 4);
    return span_find(in, 0, SPAN("**")) == in.len && in.ptr[in.len - 1] != ':';
}

/* "Label:" or "**" at the beginning of a line begins a statement of its own. */
static bool begins_statement(struct span s)
{
    if (span_starts(s, SPAN("**")) || span_starts(s, SPAN("[")))
        return true;
    size_t colon = span_chr(s, 0, ':');
    if (colon >= s.len || colon > 40 || !upper(s.ptr[0]))
        return false;
    for (size_t i = 0; i < colon; i++) {
        if (s.ptr[i] == '.' || s.ptr[i] == ',')
            return false;
    }
    return true;
}

static bool joins(const struct reader *r, struct span s)
{
    if (!r->open_at)
        return false;
    size_t last = 0;
    while (r->open_end - last > r->open_at && r->open_end[-(ptrdiff_t)last - 1] != '\n')
        last++;
    return last >= JOIN_MIN && r->open_end[-1] != ':' && !begins_statement(s);
}

/* Underlined headings: the paragraph above, when it is one line. */
static bool underline(struct reader *r, struct span s)
{
    if (!r->open_at || r->open_kind != UNIT_TEXT || !(all_of(s, '=') || all_of(s, '-')))
        return false;
    struct span text = span_make(r->open_at, (size_t)(r->open_end - r->open_at));
    if (lines_in(text) > 0 || text.len > 120)
        return false;
    uint32_t line = r->line;
    r->line = r->open_line;
    r->open_at = NULL;
    add_heading(r, text, s.ptr[0] == '=' ? 1 : 2);
    r->line = line;
    return true;
}

static bool comment_line(struct reader *r, struct span s)
{
    if (!r->comment && !span_starts(s, SPAN("<!--")))
        return false;
    flush(r);
    r->comment = span_find(s, 0, SPAN("-->")) == s.len;
    return true;
}

static bool is_row(const struct reader *r, struct span s)
{
    size_t bar = span_chr(s, 0, '|');
    if (bar == s.len)
        return false;
    if (bar == 0)
        return span_chr(s, 1, '|') < s.len;
    return r->table != NONE || delimiter_row(s);
}

/* Blank lines and drawn rules part a listing. */
static bool has_word(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (digit(s.ptr[i]) || upper(s.ptr[i]) || (s.ptr[i] >= 'a' && s.ptr[i] <= 'z'))
            return true;
    }
    return false;
}

static void take_line(struct reader *r, struct span raw)
{
    struct span s = span_trim(raw);
    uint32_t ordinal = 0;
    if (fence_line(r, s))
        return;
    if (r->fence) {
        if (has_word(s))
            (void)add_unit(r, r->code ? UNIT_CODE : UNIT_LISTING, s, r->line);
        else
            r->para++;
        return;
    }
    if (comment_line(r, s))
        return;
    while (s.len > 0 && s.ptr[0] == '>')
        s = span_trim(span_from(s, 1));
    if (s.len == 0) {
        flush(r);
        r->listing = false;
        r->table = NONE;
        r->para++;
        return;
    }
    unsigned level = heading_level(s);
    if (level > 0) {
        add_heading(r, span_from(s, level), (uint8_t)level);
        return;
    }
    if (underline(r, s) || (all_of(s, '-') || all_of(s, '=') || all_of(s, '*') || all_of(s, '_'))) {
        flush(r);
        return;
    }
    if (is_row(r, s)) {
        add_row(r, s);
        return;
    }
    r->table = NONE;
    size_t indent = 0;
    while (indent < raw.len && (raw.ptr[indent] == ' ' || raw.ptr[indent] == '\t'))
        indent++;
    bool below = r->open_at ? r->open_end[-1] == ':' : r->listing;
    bool goes_on = r->listing;
    r->listing = indent >= 2 && below && item_mark(s, &ordinal) == 0;
    if (r->listing) {
        flush(r);
        r->para += !goes_on;
        (void)add_unit(r, UNIT_LISTING, s, r->line);
        return;
    }
    size_t mark = item_mark(s, &ordinal);
    if (mark > 0) {
        open_block(r, UNIT_ITEM, span_from(s, mark), ordinal);
        return;
    }
    if (bold_line(s)) {
        add_heading(r, text_bare(s), 7);
        return;
    }
    if (joins(r, s))
        r->open_end = s.ptr + s.len;
    else
        open_block(r, UNIT_TEXT, s, 0);
}

/* Marks within a long line that would begin a line of their own: "## ", and the rows of a table. */
static size_t inner_break(struct span s, size_t from, bool table)
{
    for (size_t at = from; at + 2 < s.len; at++) {
        if (!blank(s.ptr[at]))
            continue;
        if (s.ptr[at + 1] == '#' && heading_level(span_sub(s, at + 1, 8)) > 1)
            return at + 1;
        if (table && at > 0 && s.ptr[at - 1] == '|' && s.ptr[at + 1] == '|')
            return at + 1;
    }
    return s.len;
}

static void take_long_line(struct reader *r, struct span line)
{
    bool table = span_find(line, 0, SPAN("|---")) < line.len;
    size_t from = 0;
    while (from < line.len) {
        size_t next = inner_break(line, from, table);
        struct span piece = span_trim(span_sub(line, from, next - from));
        /* Of a heading that runs on into its text only the first word is known to be the heading. */
        unsigned level = heading_level(piece);
        size_t first = span_find(piece, level, SPAN(" **"));
        if (level > 0 && first < piece.len && first < 80) {
            take_line(r, span_sub(piece, 0, first));
            take_line(r, span_from(piece, first));
        } else if (level > 0 && piece.len > 120) {
            take_line(r, span_from(piece, level));
        } else {
            take_line(r, piece);
        }
        flush(r);
        from = next;
    }
    r->table = NONE;
}

static void take_all(struct reader *r)
{
    struct span rest = r->d->text;
    struct span line;
    if (span_starts(rest, SPAN("\xef\xbb\xbf")))
        rest = span_from(rest, 3);
    while (r->d->unread_from == 0 && span_line(&rest, &line)) {
        r->line++;
        if (line.len > LONG_LINE && !r->fence)
            take_long_line(r, line);
        else
            take_line(r, line);
    }
    flush(r);
}

void doc_read(struct doc *d, struct span text)
{
    *d = (struct doc){ .text = text };
    struct reader r = { .d = d, .section = NONE, .part = NONE, .table = NONE };
    take_all(&r);
    d->lines = r.line;
    close_sections(d);
    for (size_t i = 0; i < d->units.count; i++)
        scan_unit(d, (int32_t)i);
}

void doc_release(struct doc *d)
{
    arena_release(&d->arena);
    freep(&d->units.items);
    freep(&d->sections.items);
    freep(&d->tables.items);
    freep(&d->quantities.items);
}

struct span unit_label(const struct unit *u)
{
    struct span s = u->kind == UNIT_ROW ? row_cell(u, 0) : u->text;
    if (u->kind == UNIT_ROW)
        return s;
    size_t colon = span_chr(s, 0, ':');
    return colon < s.len && colon < 60 ? text_bare(span_sub(s, 0, colon)) : SPAN("");
}

bool section_within(const struct doc *d, int32_t inner, int32_t outer)
{
    while (inner != NONE && inner != outer)
        inner = d->sections.items[inner].parent;
    return inner == outer;
}
