#include "http/decode.h"

#include <stdlib.h>
#include <strings.h>
#include <zlib.h>
#include <zstd.h>

enum { BLOCK = 64 * 1024, RATIO_FROM = 1 << 20 };
enum coding { PLAIN, GZIP, ZSTD };

struct decode {
    struct request *rq;
    enum coding coding;
    uint64_t in_bytes, out_bytes, bytes_max, ratio_max;
    z_stream z;
    ZSTD_DStream *zstd;
    char *in, *out;
    struct span left; /* of in, not yet decoded */
    bool ended;       /* the body is at its end */
    bool frame_open;  /* a coded frame is under way */
};

static bool coding_of(struct span s, enum coding *ret, struct err *err)
{
    static const struct {
        const char *name;
        enum coding coding;
    } names[] = { { "", PLAIN },      { "identity", PLAIN }, { "gzip", GZIP },
                  { "x-gzip", GZIP }, { "deflate", GZIP },   { "zstd", ZSTD } };
    s = span_trim(s);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (s.len == strlen(names[i].name) && (s.len == 0 || strncasecmp(s.ptr, names[i].name, s.len) == 0)) {
            *ret = names[i].coding;
            return true;
        }
    }
    return err_set(err, ERR_UNSUPPORTED, "Content-Encoding '%.*s' is not read; send gzip, zstd or none",
                   SPAN_FMT(span_sub(s, 0, 40)));
}

bool decode_open(struct request *rq, uint64_t bytes_max, uint64_t ratio_max, struct decode **ret, struct err *err)
{
    enum coding coding = PLAIN;
    struct span encoding = rq->header(rq, "Content-Encoding");
    if (!coding_of(encoding.ptr ? encoding : SPAN(""), &coding, err))
        return false;
    if (rq->content_length > 0 && (uint64_t)rq->content_length > bytes_max)
        return err_set(err, ERR_LIMIT, "the body has %lld bytes, at most %llu are taken", (long long)rq->content_length,
                       (unsigned long long)bytes_max);
    struct decode *d = xcalloc(1, sizeof *d);
    *d = (struct decode){ .rq = rq, .coding = coding, .bytes_max = bytes_max, .ratio_max = ratio_max };
    /* 32: the head says whether it is gzip or zlib. */
    if (coding == GZIP && inflateInit2(&d->z, 15 + 32) != Z_OK)
        fatal_oom();
    if (coding == ZSTD) {
        d->zstd = ZSTD_createDStream();
        if (!d->zstd || ZSTD_isError(ZSTD_DCtx_setParameter(d->zstd, ZSTD_d_windowLogMax, 27)))
            fatal_oom();
    }
    d->in = xcalloc(BLOCK, 1);
    d->out = xcalloc(BLOCK, 1);
    *ret = d;
    return true;
}

void decode_close(struct decode *d)
{
    if (!d)
        return;
    if (d->coding == GZIP)
        (void)inflateEnd(&d->z);
    if (d->zstd)
        (void)ZSTD_freeDStream(d->zstd);
    free(d->in);
    free(d->out);
    free(d);
}

static bool fill(struct decode *d, struct err *err)
{
    size_t n = 0;
    if (!d->rq->body(d->rq, d->in, BLOCK, &n, err))
        return false;
    d->in_bytes += n;
    d->left = span_make(d->in, n);
    d->ended = n == 0;
    return true;
}

/* One step of inflate; *ret_n bytes stand in out. A finished member may be followed by another. */
static bool step_gzip(struct decode *d, size_t *ret_n, struct err *err)
{
    if (!d->frame_open && d->in_bytes > d->left.len && inflateReset(&d->z) != Z_OK)
        fatal_oom();
    d->frame_open = true;
    unsigned char *from = (unsigned char *)d->in + (d->left.ptr - d->in);
    d->z.next_in = from;
    d->z.avail_in = (unsigned)d->left.len;
    d->z.next_out = (unsigned char *)d->out;
    d->z.avail_out = BLOCK;
    int rc = inflate(&d->z, Z_NO_FLUSH);
    d->left = span_from(d->left, d->left.len - d->z.avail_in);
    *ret_n = BLOCK - d->z.avail_out;
    if (rc == Z_STREAM_END)
        d->frame_open = false;
    return rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR ||
           err_set(err, ERR_BAD_REQUEST, "the body is not valid gzip: %s", d->z.msg ? d->z.msg : "bad data");
}

static bool step_zstd(struct decode *d, size_t *ret_n, struct err *err)
{
    ZSTD_inBuffer in = { d->left.ptr, d->left.len, 0 };
    ZSTD_outBuffer out = { d->out, BLOCK, 0 };
    size_t rc = ZSTD_decompressStream(d->zstd, &out, &in);
    d->left = span_from(d->left, in.pos);
    *ret_n = out.pos;
    if (ZSTD_isError(rc))
        return err_set(err, ERR_BAD_REQUEST, "the body is not valid zstd: %s", ZSTD_getErrorName(rc));
    d->frame_open = rc != 0;
    return true;
}

static bool bounded(struct decode *d, size_t n, struct err *err)
{
    d->out_bytes += n;
    if (d->out_bytes > d->bytes_max)
        return err_set(err, ERR_LIMIT, "the body is larger than %llu bytes", (unsigned long long)d->bytes_max);
    if (d->coding != PLAIN && d->out_bytes > RATIO_FROM && d->out_bytes / d->ratio_max > d->in_bytes)
        return err_set(err, ERR_LIMIT, "the body expands more than %llu times", (unsigned long long)d->ratio_max);
    return true;
}

bool decode_next(struct decode *d, struct span *ret, struct err *err)
{
    for (;;) {
        size_t n = 0;
        bool drained = d->left.len == 0;
        if (drained && !d->ended && !fill(d, err))
            return false;
        if (d->coding == PLAIN) {
            *ret = d->ended ? SPAN("") : d->left;
            d->left = span_from(d->left, d->left.len);
            return bounded(d, ret->len, err);
        }
        if (d->ended && !d->frame_open) {
            *ret = SPAN("");
            return true;
        }
        if (d->coding == GZIP ? !step_gzip(d, &n, err) : !step_zstd(d, &n, err))
            return false;
        if (n > 0) {
            *ret = span_make(d->out, n);
            return bounded(d, n, err);
        }
        if (d->ended && d->left.len == 0)
            return err_set(err, ERR_BAD_REQUEST, "the coded body is cut off");
    }
}
