#include "http/multipart.h"

#include <strings.h>

enum { BOUNDARY_MAX = 70, HEAD_MAX = 16 * 1024, PARTS_MAX = 2000 };

static bool starts_nocase(struct span s, const char *prefix)
{
    size_t n = strlen(prefix);
    return s.len >= n && strncasecmp(s.ptr, prefix, n) == 0;
}

/* Parameter `name=value` or `name="value"` of a header; the value unescaped into out. */
static bool param_get(struct span header, const char *name, struct sb *out)
{
    size_t n = strlen(name);
    size_t i = span_chr(header, 0, ';');
    while (i < header.len) {
        struct span p = span_trim(span_from(header, i + 1));
        size_t from = (size_t)(p.ptr - header.ptr);
        bool hit = starts_nocase(p, name) && p.len > n && p.ptr[n] == '=';
        size_t at = span_chr(p, 0, '=');
        size_t semi = span_chr(p, 0, ';');
        if (at >= p.len || at > semi) {
            i = from + semi;
            continue;
        }
        at++;
        bool quoted = at < p.len && p.ptr[at] == '"';
        sb_reset(out);
        for (at += quoted; at < p.len && p.ptr[at] != (quoted ? '"' : ';'); at++) {
            /* Browsers leave backslashes of Windows paths alone; only \" and \\ are escapes. */
            if (quoted && p.ptr[at] == '\\' && at + 1 < p.len && (p.ptr[at + 1] == '"' || p.ptr[at + 1] == '\\'))
                at++;
            sb_addc(out, p.ptr[at]);
        }
        if (hit)
            return true;
        i = from + at;
        i = span_chr(header, i < header.len ? i : header.len, ';');
    }
    return false;
}

bool multipart_init(struct multipart *m, struct span content_type, const struct multipart_sink *sink, struct err *err)
{
    *m = (struct multipart){ .sink = *sink };
    struct sb boundary = { .cap = 1000 };
    bool ok = param_get(content_type, "boundary", &boundary) && boundary.len > 0 && boundary.len <= BOUNDARY_MAX;
    if (ok) {
        sb_adds(&m->delimiter, "\r\n--");
        sb_add(&m->delimiter, sb_span(&boundary));
        /* So that the first delimiter looks like all others. */
        sb_adds(&m->buf, "\r\n");
    }
    sb_release(&boundary);
    return ok ||
           err_set(err, ERR_BAD_REQUEST, "multipart/form-data without a boundary of 1 to %d characters", BOUNDARY_MAX);
}

void multipart_release(struct multipart *m)
{
    sb_release(&m->delimiter);
    sb_release(&m->buf);
}

static bool head_parse(struct multipart *m, struct span head, struct err *err)
{
    struct sb name = { .cap = HEAD_MAX };
    struct sb file = { .cap = HEAD_MAX };
    bool has_name = false;
    bool has_file = false;
    struct span line;
    while (span_line(&head, &line)) {
        if (!starts_nocase(line, "content-disposition:"))
            continue;
        has_name = param_get(line, "name", &name);
        has_file = param_get(line, "filename", &file);
    }
    bool ok = has_name || err_set(err, ERR_BAD_REQUEST, "a part of the form has no name");
    if (ok && ++m->parts > PARTS_MAX)
        ok = err_set(err, ERR_LIMIT, "more than %d parts in one form", PARTS_MAX);
    struct multipart_part part = { .name = sb_span(&name) };
    if (has_file)
        part.file = sb_span(&file);
    ok = ok && m->sink.part(m->sink.user, &part, err);
    sb_release(&name);
    sb_release(&file);
    return ok;
}

/* Each step looks at what is buffered, takes what it can and says how much; 0 = more bytes are needed. */
static bool step_after(struct multipart *m, struct span rest, size_t *ret_used, struct err *err)
{
    *ret_used = 0;
    if (rest.len < 2)
        return true;
    if (span_starts(rest, SPAN("--"))) {
        m->state = MULTIPART_DONE;
        *ret_used = 2;
        return true;
    }
    size_t end = span_find(rest, 0, SPAN("\r\n"));
    if (end >= rest.len)
        return rest.len < 256 || err_set(err, ERR_BAD_REQUEST, "a delimiter of the form is followed by other text");
    if (span_trim(span_sub(rest, 0, end)).len != 0)
        return err_set(err, ERR_BAD_REQUEST, "a delimiter of the form is followed by other text");
    m->state = MULTIPART_HEAD;
    /* The line end stays, so that an empty header block ends like any other. */
    *ret_used = end;
    return true;
}

static bool step_head(struct multipart *m, struct span rest, size_t *ret_used, struct err *err)
{
    *ret_used = 0;
    size_t end = span_find(rest, 0, SPAN("\r\n\r\n"));
    if (end >= rest.len)
        return rest.len < HEAD_MAX ||
               err_set(err, ERR_BAD_REQUEST, "the head of a part is longer than %d bytes", HEAD_MAX);
    m->state = MULTIPART_DATA;
    *ret_used = end + 4;
    return head_parse(m, span_sub(rest, 0, end + 2), err);
}

static bool step_data(struct multipart *m, struct span rest, size_t *ret_used, struct err *err)
{
    bool inside = m->state == MULTIPART_DATA;
    size_t end = span_find(rest, 0, sb_span(&m->delimiter));
    bool found = end < rest.len;
    size_t keep = m->delimiter.len - 1;
    size_t plain = found ? end : rest.len > keep ? rest.len - keep : 0;
    *ret_used = found ? end + m->delimiter.len : plain;
    if (inside && plain > 0 && !m->sink.data(m->sink.user, span_sub(rest, 0, plain), err))
        return false;
    if (!found)
        return true;
    m->state = MULTIPART_AFTER;
    return !inside || m->sink.end(m->sink.user, err);
}

static bool step(struct multipart *m, struct span rest, size_t *ret_used, struct err *err)
{
    switch (m->state) {
    case MULTIPART_AFTER:
        return step_after(m, rest, ret_used, err);
    case MULTIPART_HEAD:
        return step_head(m, rest, ret_used, err);
    case MULTIPART_PREAMBLE:
    case MULTIPART_DATA:
        return step_data(m, rest, ret_used, err);
    case MULTIPART_DONE:
        *ret_used = rest.len;
        return true;
    }
    return true;
}

bool multipart_feed(struct multipart *m, struct span bytes, struct err *err)
{
    sb_add(&m->buf, bytes);
    size_t at = 0;
    for (;;) {
        size_t used = 0;
        enum multipart_state before = m->state;
        if (!step(m, span_from(sb_span(&m->buf), at), &used, err))
            return false;
        at += used;
        if (used == 0 && m->state == before)
            break;
    }
    memmove(m->buf.ptr, m->buf.ptr + at, m->buf.len - at);
    m->buf.len -= at;
    return true;
}

bool multipart_finish(struct multipart *m, struct err *err)
{
    return m->state == MULTIPART_DONE || err_set(err, ERR_BAD_REQUEST, "the form ends before its closing delimiter");
}
