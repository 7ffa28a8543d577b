#include "http/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/vec.h"
#include "http/decode.h"
#include "http/multipart.h"

enum { FIELD_MAX = 64 * 1024, FIELDS_MAX = 1000 };

void spool_name(struct span given, char out[256])
{
    size_t cut = 0;
    for (size_t i = 0; i < given.len; i++) {
        if (given.ptr[i] == '/' || given.ptr[i] == '\\')
            cut = i + 1;
    }
    struct span base = span_from(given, cut);
    size_t n = 0;
    for (size_t i = 0; i < base.len && n < 255; i++) {
        unsigned char c = (unsigned char)base.ptr[i];
        if (c >= 0x20 && c != 0x7f)
            out[n++] = (char)c;
    }
    while (n > 0 && !span_is_utf8(span_make(out, n)))
        n--;
    out[n] = '\0';
    if (n == 0 || strcmp(out, ".") == 0 || strcmp(out, "..") == 0)
        (void)snprintf(out, 256, "upload");
}

static bool io_failed(struct err *err, const char *what)
{
    bool full = errno == ENOSPC || errno == EDQUOT;
    return err_set(err, full ? ERR_DISK_FULL : ERR_IO, "%s: %s", what, strerror(errno));
}

bool spool_open(struct spool *s, const char *folder, struct span name, struct err *err)
{
    *s = (struct spool){ .fd = -1 };
    spool_name(name, s->name);
    struct sb path = { 0 };
    sb_printf(&path, "%s/stet-spool-XXXXXX", folder);
    char *file = sb_detach(&path);
    s->fd = mkstemp(file);
    if (s->fd >= 0) {
        (void)fcntl(s->fd, F_SETFD, FD_CLOEXEC);
        (void)unlink(file);
    }
    free(file);
    if (s->fd < 0)
        return io_failed(err, "cannot make a file for the upload");
    s->hash = sha256_new();
    return true;
}

bool spool_add(struct spool *s, struct span bytes, struct err *err)
{
    sha256_add(s->hash, bytes);
    s->bytes += bytes.len;
    while (bytes.len > 0) {
        ssize_t n = write(s->fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return io_failed(err, "cannot keep the upload");
        bytes = span_from(bytes, (size_t)n);
    }
    return true;
}

bool spool_finish(struct spool *s, struct err *err)
{
    sha256_finish(s->hash, s->sha256);
    s->hash = NULL;
    if (lseek(s->fd, 0, SEEK_SET) != 0)
        return io_failed(err, "cannot read the upload again");
    return true;
}

void spool_close(struct spool *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    sha256_free(s->hash);
    s->fd = -1;
    s->hash = NULL;
}

void spools_release(struct spools *s)
{
    for (size_t i = 0; i < s->count; i++)
        spool_close(&s->items[i]);
    freep(&s->items);
    *s = (struct spools){ 0 };
}

bool spool_read(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err)
{
    const struct spool *s = user;
    for (;;) {
        ssize_t got = pread(s->fd, buf, n, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_failed(err, "cannot read the upload again");
        *ret_n = (size_t)got;
        return true;
    }
}

/* --- multipart --- */

struct receiver {
    struct request *rq;
    const char *folder;
    const struct limits *lim;
    struct spools *files;
    struct pairs *fields;
    bool in_file;
    struct span field; /* name of the field under way, in the arena */
    struct sb value;
};

static bool receive_part(void *user, const struct multipart_part *p, struct err *err)
{
    struct receiver *r = user;
    /* A file input that was left empty comes as an empty part without a name. */
    r->in_file = span_is(p->name, "file") && p->file.ptr && p->file.len > 0;
    if (r->in_file) {
        struct spool s;
        if (!spool_open(&s, r->folder, p->file, err))
            return false;
        VEC_PUSH(r->files, s);
        return true;
    }
    if (r->fields->count >= FIELDS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d fields in one form", FIELDS_MAX);
    r->field = arena_span(&r->rq->arena, p->name);
    sb_reset(&r->value);
    return true;
}

static bool receive_data(void *user, struct span bytes, struct err *err)
{
    struct receiver *r = user;
    if (r->in_file)
        return spool_add(&r->files->items[r->files->count - 1], bytes, err);
    if (r->value.len + bytes.len > FIELD_MAX)
        return err_set(err, ERR_LIMIT, "a field of the form is longer than %d bytes", FIELD_MAX);
    sb_add(&r->value, bytes);
    return true;
}

static bool receive_end(void *user, struct err *err)
{
    struct receiver *r = user;
    if (r->in_file)
        return spool_finish(&r->files->items[r->files->count - 1], err);
    if (!span_is_utf8(r->field) || !span_is_utf8(sb_span(&r->value)))
        return err_set(err, ERR_BAD_REQUEST, "a field of the form is not UTF-8");
    pairs_add(r->fields, r->field, arena_span(&r->rq->arena, sb_span(&r->value)));
    return true;
}

static bool receive_form(struct receiver *r, struct decode *d, struct span content_type, struct err *err)
{
    struct multipart m;
    struct multipart_sink sink = { receive_part, receive_data, receive_end, r };
    if (!multipart_init(&m, content_type, &sink, err))
        return false;
    bool ok = true;
    struct span bytes = { 0 };
    do {
        ok = decode_next(d, &bytes, err) && multipart_feed(&m, bytes, err);
    } while (ok && bytes.len > 0);
    ok = ok && multipart_finish(&m, err);
    multipart_release(&m);
    sb_release(&r->value);
    return ok;
}

static bool receive_plain(struct receiver *r, struct decode *d, struct span name, struct err *err)
{
    struct spool s;
    if (!spool_open(&s, r->folder, name, err))
        return false;
    VEC_PUSH(r->files, s);
    struct spool *at = &r->files->items[r->files->count - 1];
    for (;;) {
        struct span bytes = { 0 };
        if (!decode_next(d, &bytes, err))
            return false;
        if (bytes.len == 0)
            return spool_finish(at, err);
        if (!spool_add(at, bytes, err))
            return false;
    }
}

static bool is_form(struct span content_type)
{
    static const char form[] = "multipart/form-data";
    return content_type.len >= sizeof form - 1 && strncasecmp(content_type.ptr, form, sizeof form - 1) == 0;
}

static bool files_hold(const struct spools *files, struct err *err)
{
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i].bytes == 0)
            return err_set(err, ERR_EMPTY, "%s is empty", files->items[i].name);
    }
    return true;
}

bool spool_receive(struct request *rq, const char *folder, const struct limits *lim, struct span name,
                   struct spools *ret_files, struct pairs *ret_fields, struct err *err)
{
    struct receiver r = { .rq = rq, .folder = folder, .lim = lim, .files = ret_files, .fields = ret_fields };
    struct span type = rq->header(rq, "Content-Type");
    struct decode *d = NULL;
    if (!decode_open(rq, lim->upload_bytes, lim->expand_ratio, &d, err))
        return false;
    bool ok = is_form(type) ? receive_form(&r, d, type, err) : receive_plain(&r, d, name, err);
    decode_close(d);
    return ok && files_hold(ret_files, err) &&
           (ret_files->count > 0 || err_set(err, ERR_BAD_REQUEST, "the form holds no file in a field named 'file'"));
}

bool form_receive(struct request *rq, const char *folder, const struct limits *lim, struct spools *ret_files,
                  struct pairs *ret_fields, struct err *err)
{
    struct receiver r = { .rq = rq, .folder = folder, .lim = lim, .files = ret_files, .fields = ret_fields };
    struct span type = rq->header(rq, "Content-Type");
    struct span body = SPAN("");
    struct decode *d = NULL;
    if (!is_form(type))
        return body_small(rq, lim->json_body_bytes, &body, err) && pairs_decode(ret_fields, &rq->arena, body, err);
    if (!decode_open(rq, lim->upload_bytes, lim->expand_ratio, &d, err))
        return false;
    bool ok = receive_form(&r, d, type, err);
    decode_close(d);
    return ok && files_hold(ret_files, err);
}

bool body_small(struct request *rq, uint64_t max, struct span *ret, struct err *err)
{
    struct decode *d = NULL;
    struct sb text = { 0 };
    struct span bytes = { 0 };
    if (!decode_open(rq, max, 1000, &d, err))
        return false;
    bool ok = true;
    do {
        ok = decode_next(d, &bytes, err);
        sb_add(&text, bytes);
    } while (ok && bytes.len > 0);
    decode_close(d);
    if (ok)
        *ret = arena_span(&rq->arena, sb_span(&text));
    sb_release(&text);
    return ok;
}
