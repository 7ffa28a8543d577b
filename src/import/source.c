#include "import/source.h"

#include <assert.h>
#include <stdlib.h>

enum { BLOCK = 1 << 20, LINE_MAX_BYTES = 64 << 20 };

struct source {
    source_read_fn read;
    void *user;
    char *buf; /* owned, or borrowed memory when read is NULL */
    size_t size;
    size_t at;     /* next unread byte */
    size_t end;    /* bytes in buf */
    uint64_t base; /* offset of buf[0] in the member */
    uint64_t lines;
    bool eof;
};

struct source *source_new(source_read_fn read, void *user)
{
    struct source *s = xcalloc(1, sizeof *s);
    s->read = read;
    s->user = user;
    return s;
}

struct source *source_memory(struct span bytes)
{
    struct source *s = xcalloc(1, sizeof *s);
    /* Never written through: every write path below is behind `read`. */
    memcpy(&s->buf, &bytes.ptr, sizeof s->buf);
    s->end = bytes.len;
    s->eof = true;
    return s;
}

void source_free(struct source *s)
{
    if (!s)
        return;
    if (s->read)
        free(s->buf);
    free(s);
}

void source_freep(struct source **s)
{
    source_free(*s);
    *s = NULL;
}

uint64_t source_offset(const struct source *s)
{
    return s->base + s->at;
}

uint64_t source_lines(const struct source *s)
{
    return s->lines;
}

/* Reads one more piece behind the unread bytes, which move to the front first. */
static bool fill(struct source *s, struct err *err)
{
    if (s->at > 0) {
        memmove(s->buf, s->buf + s->at, s->end - s->at);
        s->base += s->at;
        s->end -= s->at;
        s->at = 0;
    }
    if (s->size - s->end < BLOCK / 2) {
        s->size = s->size ? s->size * 2 : BLOCK;
        s->buf = xrealloc(s->buf, s->size, 1);
    }
    size_t n = 0;
    if (!s->read(s->user, s->buf + s->end, s->size - s->end, &n, err))
        return false;
    s->end += n;
    s->eof = n == 0;
    return true;
}

bool source_peek(struct source *s, size_t n, struct span *ret, struct err *err)
{
    while (!s->eof && s->end - s->at < n) {
        if (!fill(s, err))
            return false;
    }
    size_t have = s->end - s->at;
    *ret = span_make(s->end > 0 ? s->buf + s->at : "", have < n ? have : n);
    return true;
}

void source_skip(struct source *s, size_t n)
{
    assert(n <= s->end - s->at);
    s->at += n;
}

bool source_line(struct source *s, struct span *ret_line, bool *ret_eof, struct err *err)
{
    size_t from = 0; /* bytes of the line known to hold no LF */
    for (;;) {
        size_t have = s->end - s->at;
        const char *hit = have > from ? memchr(s->buf + s->at + from, '\n', have - from) : NULL;
        if (hit || s->eof) {
            size_t len = hit ? (size_t)(hit - (s->buf + s->at)) : have;
            *ret_eof = !hit && have == 0;
            struct span line = span_make(have > 0 ? s->buf + s->at : "", len);
            s->at += hit ? len + 1 : len;
            s->lines += !*ret_eof;
            if (line.len > 0 && line.ptr[line.len - 1] == '\r')
                line.len--;
            *ret_line = line;
            return true;
        }
        if (have > LINE_MAX_BYTES)
            return err_at_line(err, ERR_LIMIT, s->lines + 1, "line %llu is longer than %d MiB",
                               (unsigned long long)s->lines + 1, LINE_MAX_BYTES >> 20);
        from = have;
        if (!fill(s, err))
            return false;
    }
}

/* Length of the buffered text up to and with its last LF; 0 without one. */
static size_t whole_lines(const struct source *s)
{
    size_t n = s->end - s->at;
    while (n > 0 && s->buf[s->at + n - 1] != '\n')
        n--;
    return n;
}

bool source_line_run(struct source *s, struct span *ret, struct err *err)
{
    size_t n = s->end > s->at ? whole_lines(s) : 0;
    while (n == 0 && !s->eof) {
        if (s->end - s->at > LINE_MAX_BYTES)
            return err_at_byte(err, ERR_LIMIT, source_offset(s), "a line is longer than %d MiB", LINE_MAX_BYTES >> 20);
        if (!fill(s, err))
            return false;
        n = whole_lines(s);
    }
    if (n == 0)
        n = s->end - s->at;
    *ret = span_make(n > 0 ? s->buf + s->at : "", n);
    s->at += n;
    return true;
}

bool source_block(struct source *s, struct span *ret, struct err *err)
{
    if (s->at == s->end && !s->eof && !fill(s, err))
        return false;
    *ret = span_make(s->end > 0 ? s->buf + s->at : "", s->end - s->at);
    s->at = s->end;
    return true;
}

bool source_all(struct source *s, uint64_t max, struct span *ret, struct err *err)
{
    while (!s->eof) {
        if (s->end - s->at > max)
            return err_set(err, ERR_LIMIT, "larger than %llu bytes", (unsigned long long)max);
        if (!fill(s, err))
            return false;
    }
    if (s->end - s->at > max)
        return err_set(err, ERR_LIMIT, "larger than %llu bytes", (unsigned long long)max);
    *ret = span_make(s->end > 0 ? s->buf + s->at : "", s->end - s->at);
    s->at = s->end;
    return true;
}
