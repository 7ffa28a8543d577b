#include "import/stacks/svg_boxes.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/sb.h"
#include "base/vec.h"

enum { TITLE_MAX = 64 * 1024, GROUP_DEPTH_MAX = 64 };

struct reader {
    struct svg_boxes *out;
    const struct limits *lim;
    XML_Parser parser;
    struct err *err;
    bool failed;
    bool in_title, in_text, text_is_title, in_script;
    struct sb title; /* <title> of the current group */
    struct sb text;  /* <text> that is being read */
    bool pending;    /* a title waits for its rect */
    struct svg_box next;
    unsigned depth;
};

static void stop(struct reader *r)
{
    r->failed = true;
    (void)XML_StopParser(r->parser, XML_FALSE);
}

static const char *attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    }
    return NULL;
}

/* "12.5", "12.5%", "12.5px": the number in front. */
static double measure(const char *text)
{
    double v;
    struct span s = span_of(text);
    size_t n = 0;
    while (n < s.len && ((s.ptr[n] >= '0' && s.ptr[n] <= '9') || s.ptr[n] == '.' || s.ptr[n] == '-' || s.ptr[n] == 'e'))
        n++;
    return n > 0 && span_to_double(span_sub(s, 0, n), &v) ? v : NUM_UNKNOWN;
}

/* "12,589.5": digits with thousands separators. Returns the bytes used, 0 for none. */
static size_t grouped_number(struct span s, double *ret)
{
    char digits[64];
    size_t n = 0;
    size_t i = 0;
    for (; i < s.len && n + 1 < sizeof digits; i++) {
        char c = s.ptr[i];
        if ((c >= '0' && c <= '9') || c == '.')
            digits[n++] = c;
        else if (c != ',' || i + 1 >= s.len || s.ptr[i + 1] < '0' || s.ptr[i + 1] > '9')
            break;
    }
    return n > 0 && span_to_double(span_make(digits, n), ret) ? i : 0;
}

/* "COUNT UNIT, PCT%" or "COUNT UNIT, PCT%; DELTA%". */
static bool read_counts(struct span inside, double *ret_count, struct span *ret_unit, bool *ret_delta)
{
    size_t used = grouped_number(inside, ret_count);
    if (used == 0 || used >= inside.len || inside.ptr[used] != ' ')
        return false;
    struct span rest = span_from(inside, used + 1);
    size_t comma = rest.len;
    for (size_t at = span_find(rest, 0, SPAN(", ")); at < rest.len; at = span_find(rest, at + 1, SPAN(", ")))
        comma = at;
    if (comma == rest.len || rest.ptr[rest.len - 1] != '%')
        return false;
    struct span percent = span_from(rest, comma + 2);
    double v;
    size_t p = grouped_number(percent, &v);
    if (p == 0 || p >= percent.len || percent.ptr[p] != '%')
        return false;
    *ret_delta = p + 1 < percent.len && percent.ptr[p + 1] == ';';
    *ret_unit = span_sub(rest, 0, comma);
    return p + 1 == percent.len || *ret_delta;
}

/* NAME may hold " (" itself: the last one that begins a readable count wins. */
static bool read_title(struct span title, struct span *ret_name, double *ret_count, struct span *ret_unit,
                       bool *ret_delta)
{
    title = span_trim(title);
    if (!span_ends(title, SPAN("%)")))
        return false;
    for (size_t i = title.len; i >= 2; i--) {
        if (title.ptr[i - 2] != ' ' || title.ptr[i - 1] != '(')
            continue;
        struct span inside = span_sub(title, i, title.len - 1 - i);
        if (read_counts(inside, ret_count, ret_unit, ret_delta)) {
            *ret_name = span_sub(title, 0, i - 2);
            return true;
        }
    }
    return false;
}

static void keep_name(struct reader *r, struct span name)
{
    struct svg_boxes *b = r->out;
    if (b->names_size - b->names_len < name.len) {
        size_t size = b->names_size ? b->names_size * 2 : 65536;
        while (size - b->names_len < name.len)
            size *= 2;
        b->names = xrealloc(b->names, size, 1);
        b->names_size = size;
    }
    if (name.len > 0)
        memcpy(b->names + b->names_len, name.ptr, name.len);
    r->next.name_at = b->names_len;
    r->next.name_len = (uint32_t)name.len;
    b->names_len += name.len;
}

static void take_title(struct reader *r, struct span title)
{
    struct span name;
    struct span unit;
    double count;
    bool delta = false;
    r->pending = false;
    if (!read_title(title, &name, &count, &unit, &delta)) {
        r->out->skipped++;
        return;
    }
    if (r->out->names_len + name.len > r->lim->string_bytes) {
        (void)err_set(r->err, ERR_LIMIT, "names of more than %llu bytes (limit string_bytes)", (unsigned long long)r->lim->string_bytes);
        stop(r);
        return;
    }
    r->out->differential = r->out->differential || delta;
    if (r->out->count == 0 && r->out->unit[0] == '\0') {
        size_t n = unit.len < sizeof r->out->unit - 1 ? unit.len : sizeof r->out->unit - 1;
        memcpy(r->out->unit, unit.ptr, n);
        r->out->unit[n] = '\0';
    } else if (!span_eq(unit, span_of(r->out->unit))) {
        r->out->mixed_units = true;
    }
    r->next = (struct svg_box){ .count = count };
    keep_name(r, name);
    r->pending = true;
}

static void take_rect(struct reader *r, const char **attributes)
{
    const char *fg_x = attribute(attributes, "fg:x");
    const char *fg_w = attribute(attributes, "fg:w");
    const char *x = attribute(attributes, "x");
    const char *w = attribute(attributes, "width");
    const char *y = attribute(attributes, "y");
    r->pending = false;
    if (!x || !w || !y)
        return;
    bool fg = fg_x && fg_w;
    r->next.x = measure(fg ? fg_x : x);
    r->next.width = measure(fg ? fg_w : w);
    r->next.y = measure(y);
    if (!num_known(r->next.x) || !num_known(r->next.width) || !num_known(r->next.y) || r->next.width < 0) {
        r->out->skipped++;
        return;
    }
    r->out->has_fg = fg;
    if (r->out->count >= r->lim->stacks) {
        (void)err_set(r->err, ERR_LIMIT, "more than %llu boxes (limit stacks)", (unsigned long long)r->lim->stacks);
        stop(r);
        return;
    }
    VEC_PUSH(r->out, r->next);
}

/* DTrace-era pictures carry the text in onmouseover="s('NAME (COUNT UNIT, PCT%)')". */
static void take_mouseover(struct reader *r, const char *value)
{
    struct span s = span_of(value);
    if (span_starts(s, SPAN("s('")) && span_ends(s, SPAN("')")) && s.len > 5)
        take_title(r, span_sub(s, 3, s.len - 5));
}

static void on_start(void *user, const char *name, const char **attributes)
{
    struct reader *r = user;
    if (++r->depth > 4096) {
        (void)err_set(r->err, ERR_LIMIT, "elements nested more than 4096 deep");
        stop(r);
        return;
    }
    if (strcmp(name, "title") == 0) {
        r->in_title = true;
        sb_reset(&r->title);
    } else if (strcmp(name, "rect") == 0 && r->pending) {
        take_rect(r, attributes);
    } else if (strcmp(name, "text") == 0) {
        const char *id = attribute(attributes, "id");
        const char *anchor = attribute(attributes, "text-anchor");
        r->in_text = true;
        r->text_is_title = r->out->title[0] == '\0' &&
                           ((id && strcmp(id, "title") == 0) || (!id && anchor && strcmp(anchor, "middle") == 0));
        sb_reset(&r->text);
    } else if (strcmp(name, "g") == 0) {
        const char *over = attribute(attributes, "onmouseover");
        r->pending = false;
        if (over)
            take_mouseover(r, over);
    } else if (strcmp(name, "svg") == 0 && attribute(attributes, "xmlns:fg")) {
        r->out->inferno = true;
    }
}

static void on_end(void *user, const char *name)
{
    struct reader *r = user;
    r->depth--;
    if (strcmp(name, "title") == 0 && r->in_title) {
        r->in_title = false;
        take_title(r, sb_span(&r->title));
    } else if (strcmp(name, "text") == 0 && r->in_text) {
        struct span text = span_trim(sb_span(&r->text));
        r->in_text = false;
        if (span_starts(text, SPAN("ERROR: No valid input")))
            r->out->error_picture = true;
        if (r->text_is_title && text.len < sizeof r->out->title) {
            memcpy(r->out->title, text.ptr, text.len);
            r->out->title[text.len] = '\0';
        }
    }
}

static void on_text(void *user, const char *s, int len)
{
    struct reader *r = user;
    if (r->in_title)
        sb_add(&r->title, span_make(s, (size_t)len));
    else if (r->in_text)
        sb_add(&r->text, span_make(s, (size_t)len));
}

static void on_comment(void *user, const char *text)
{
    struct reader *r = user;
    if (strstr(text, "Flame graph stack visualization"))
        r->out->flamegraph_pl = true;
}

/* No flame graph declares entities; every entity bomb does. */
static void on_entity(void *user, const char *name, int is_parameter, const char *value, int value_length,
                      const char *base, const char *system_id, const char *public_id, const char *notation)
{
    struct reader *r = user;
    (void)name, (void)is_parameter, (void)value, (void)value_length;
    (void)base, (void)system_id, (void)public_id, (void)notation;
    uint64_t line = XML_GetCurrentLineNumber(r->parser);
    (void)err_at_line(r->err, ERR_MALFORMED, line, "line %llu declares an entity; a flame graph has none",
                      (unsigned long long)line);
    stop(r);
}

static bool feed(struct reader *r, struct source *in, struct err *err)
{
    for (;;) {
        struct span block;
        if (!source_block(in, &block, err))
            return false;
        bool last = block.len == 0;
        enum XML_Status status = XML_Parse(r->parser, block.ptr, (int)block.len, last);
        if (r->failed)
            return false;
        if (status != XML_STATUS_OK) {
            uint64_t line = XML_GetCurrentLineNumber(r->parser);
            return err_at_line(err, ERR_MALFORMED, line, "line %llu is not well-formed XML: %s",
                               (unsigned long long)line, XML_ErrorString(XML_GetErrorCode(r->parser)));
        }
        if (last)
            return true;
    }
}

bool svg_boxes_read(struct source *in, const struct limits *lim, struct svg_boxes *ret, struct err *err)
{
    struct reader r = {
        .out = ret, .lim = lim, .err = err, .title = { .cap = TITLE_MAX }, .text = { .cap = TITLE_MAX }
    };
    *ret = (struct svg_boxes){ 0 };
    r.parser = XML_ParserCreate(NULL);
    if (!r.parser)
        fatal_oom();
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    XML_SetCommentHandler(r.parser, on_comment);
    XML_SetEntityDeclHandler(r.parser, on_entity);
    bool ok = feed(&r, in, err);
    XML_ParserFree(r.parser);
    sb_release(&r.title);
    sb_release(&r.text);
    if (ok && ret->error_picture)
        ok = err_set(err, ERR_EMPTY, "an error picture: the flame-graph tool had no valid input");
    if (ok && ret->count == 0)
        ok = err_set(err, ERR_UNRECOGNISED,
                     "an SVG without flame-graph boxes (no '<title>NAME (COUNT samples, PCT%%)</title>')");
    if (!ok)
        svg_boxes_release(ret);
    return ok;
}

void svg_boxes_release(struct svg_boxes *b)
{
    free(b->items);
    free(b->names);
    *b = (struct svg_boxes){ 0 };
}

struct span svg_box_name(const struct svg_boxes *b, const struct svg_box *box)
{
    return span_make(b->names ? b->names + box->name_at : "", box->name_len);
}
