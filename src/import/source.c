#include "import/source.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "import/utf16.h"

enum { BLOCK = 1 << 20, LINE_MAX_BYTES = 64 << 20, SPOOL_MEMORY = 8 << 20, DECODE_PIECE = 128 << 10 };

/* UTF-16 on its way to UTF-8. */
struct decoder {
    struct utf16 state;
    char *pending; /* read before decoding began; owned */
    size_t pending_len, pending_at;
    char raw[DECODE_PIECE];
};

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
    source_at_fn at_read; /* random access of who opened the bytes, or NULL */
    void *at_user;
    struct decoder *decoder; /* owned; NULL: bytes are handed on as they come */
    FILE *spool;             /* owned; all bytes of a source that had no random access */
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
    if (s->read || s->decoder)
        free(s->buf);
    if (s->decoder)
        free(s->decoder->pending);
    free(s->decoder);
    if (s->spool)
        (void)fclose(s->spool);
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

/* One piece of UTF-16 as UTF-8 into the buffer, which has room for it. */
static bool fill_decoded(struct source *s, struct err *err)
{
    struct decoder *d = s->decoder;
    size_t n = d->pending_len - d->pending_at;
    if (n > 0) {
        n = n < DECODE_PIECE ? n : DECODE_PIECE;
        s->end += utf16_decode(&d->state, span_make(d->pending + d->pending_at, n), s->buf + s->end);
        d->pending_at += n;
        return true;
    }
    if (s->read && !s->read(s->user, d->raw, DECODE_PIECE, &n, err))
        return false;
    s->eof = n == 0;
    s->end += n > 0 ? utf16_decode(&d->state, span_make(d->raw, n), s->buf + s->end)
                    : utf16_finish(&d->state, s->buf + s->end);
    return true;
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
    if (s->decoder)
        return fill_decoded(s, err);
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

bool source_decode_text(struct source *s, bool *ret_utf16, struct err *err)
{
    struct span head;
    *ret_utf16 = false;
    if (!source_peek(s, 3, &head, err))
        return false;
    if (span_starts(head, SPAN("\xef\xbb\xbf"))) {
        source_skip(s, 3);
        return true;
    }
    bool big = span_starts(head, SPAN("\xfe\xff"));
    if (!big && !span_starts(head, SPAN("\xff\xfe")))
        return true;
    source_skip(s, 2);
    struct decoder *d = xcalloc(1, sizeof *d);
    d->state.big = big;
    d->pending_len = s->end - s->at;
    d->pending = xcalloc(d->pending_len + 1, 1);
    memcpy(d->pending, s->buf + s->at, d->pending_len);
    if (!s->read) {
        s->buf = NULL; /* borrowed until now */
        s->size = 0;
    }
    s->base += s->at;
    s->at = s->end = 0;
    s->eof = false;
    s->decoder = d;
    *ret_utf16 = true;
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

bool source_read(struct source *s, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    while (s->decoder && s->at == s->end && !s->eof) {
        if (!fill(s, err))
            return false;
    }
    if (s->at == s->end && !s->eof) {
        s->base += s->end; /* nothing is kept of the buffer */
        s->at = s->end = 0;
        size_t got = 0;
        if (!s->read(s->user, buf, n, &got, err))
            return false;
        s->base += got;
        s->eof = got == 0;
        *ret_n = got;
        return true;
    }
    size_t have = s->end - s->at;
    *ret_n = have < n ? have : n;
    if (*ret_n > 0)
        memcpy(buf, s->buf + s->at, *ret_n);
    s->at += *ret_n;
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

void source_allow_at(struct source *s, source_at_fn at, void *user)
{
    s->at_read = at;
    s->at_user = user;
}

bool source_has_at(const struct source *s)
{
    return s->at_read != NULL || s->spool != NULL || (s->eof && s->base == 0);
}

static bool spool_write(struct source *s, struct err *err)
{
    size_t n = s->end - s->at;
    if (n > 0 && fwrite(s->buf + s->at, 1, n, s->spool) != n)
        return err_set(err, ERR_IO, "cannot write a temporary file: %s", strerror(errno));
    s->at = s->end;
    return true;
}

bool source_spool(struct source *s, struct err *err)
{
    if (source_offset(s) > 0)
        return err_at_byte(err, ERR_MALFORMED, 0, "byte 0: a byte order mark before binary data");
    while (!source_has_at(s) && s->end < SPOOL_MEMORY) {
        if (!fill(s, err))
            return false;
    }
    if (source_has_at(s))
        return true;
    FILE *tmp = tmpfile();
    if (!tmp)
        return err_set(err, ERR_IO, "cannot make a temporary file: %s", strerror(errno));
    s->spool = tmp;
    bool ok = spool_write(s, err);
    while (ok && !s->eof)
        ok = fill(s, err) && spool_write(s, err);
    return ok && (fflush(tmp) == 0 || err_set(err, ERR_IO, "cannot write a temporary file: %s", strerror(errno)));
}

static bool spool_read(struct source *s, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    *ret_n = 0;
    while (*ret_n < n) {
        ssize_t got = pread(fileno(s->spool), buf + *ret_n, n - *ret_n, (off_t)(offset + *ret_n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, ERR_IO, "cannot read a temporary file: %s", strerror(errno));
        if (got == 0)
            break;
        *ret_n += (size_t)got;
    }
    return true;
}

bool source_at(struct source *s, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    *ret_n = 0;
    if (offset > INT64_MAX - n)
        return true;
    if (s->at_read)
        return s->at_read(s->at_user, offset, buf, n, ret_n, err);
    if (s->spool)
        return spool_read(s, offset, buf, n, ret_n, err);
    assert(s->base == 0);
    if (offset >= s->end)
        return true;
    *ret_n = s->end - (size_t)offset < n ? s->end - (size_t)offset : n;
    memcpy(buf, s->buf + offset, *ret_n);
    return true;
}
