#include "http/encode.h"

#include <stdint.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

/* Shorter ones fit one packet anyway. */
enum { WORTH_BYTES = 1200, GZIP_LEVEL = 4, GZIP_KEPT_LEVEL = 9, GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8 };
/* Pages are small and sent often over slow lines, the numbers of a flame graph large and mostly over fast ones. */
enum { LARGE_BYTES = 1 << 20, ZSTD_SMALL_LEVEL = 3, ZSTD_LARGE_LEVEL = 1, ZSTD_KEPT_LEVEL = 19 };

static struct span token_next(struct span *rest)
{
    size_t end = span_chr(*rest, 0, ',');
    struct span token = span_trim(span_sub(*rest, 0, end));
    *rest = end < rest->len ? span_from(*rest, end + 1) : SPAN("");
    return token;
}

/* "gzip;q=0" refuses gzip; every other weight is taken. */
static bool refused(struct span parameters)
{
    size_t at = span_find(parameters, 0, SPAN("q="));
    struct span q = at < parameters.len ? span_trim(span_from(parameters, at + 2)) : SPAN("1");
    for (size_t i = 0; i < q.len; i++) {
        if (q.ptr[i] != '0' && q.ptr[i] != '.')
            return false;
    }
    return true;
}

enum coding coding_choose(struct span accept)
{
    enum coding best = CODING_NONE;
    for (struct span rest = accept; rest.len > 0;) {
        struct span token = token_next(&rest);
        size_t end = span_chr(token, 0, ';');
        struct span name = span_trim(span_sub(token, 0, end));
        enum coding c = span_is(name, "zstd") ? CODING_ZSTD : span_is(name, "gzip") ? CODING_GZIP : CODING_NONE;
        if (c > best && !(end < token.len && refused(span_from(token, end + 1))))
            best = c;
    }
    return best;
}

const char *coding_name(enum coding c)
{
    return c == CODING_ZSTD ? "zstd" : c == CODING_GZIP ? "gzip" : NULL;
}

bool coding_fits(const char *type, size_t bytes)
{
    static const char *const fitting[] = { "text/", "application/json", "application/problem+json", "image/svg+xml",
                                           "application/vnd.stet.flame" };
    if (!type || bytes < WORTH_BYTES)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(fitting); i++) {
        if (strncmp(type, fitting[i], strlen(fitting[i])) == 0)
            return true;
    }
    return false;
}

static bool encode_zstd(struct span bytes, bool kept, struct sb *out)
{
    size_t room = ZSTD_compressBound(bytes.len);
    char *to = sb_reserve(out, room);
    if (!to)
        return false;
    int level = kept ? ZSTD_KEPT_LEVEL : bytes.len > LARGE_BYTES ? ZSTD_LARGE_LEVEL : ZSTD_SMALL_LEVEL;
    size_t n = ZSTD_compress(to, room, bytes.ptr, bytes.len, level);
    if (ZSTD_isError(n))
        return false;
    out->len += n;
    return true;
}

static bool encode_gzip(struct span bytes, bool kept, struct sb *out)
{
    z_stream z = { 0 };
    if (bytes.len > UINT32_MAX || deflateInit2(&z, kept ? GZIP_KEPT_LEVEL : GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
                                               GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    uLong room = deflateBound(&z, (uLong)bytes.len);
    char *to = room <= UINT32_MAX ? sb_reserve(out, room) : NULL;
    bool ok = to != NULL;
    if (ok) {
        z.next_in = (const Bytef *)bytes.ptr;
        z.avail_in = (uInt)bytes.len;
        z.next_out = (Bytef *)to;
        z.avail_out = (uInt)room;
        ok = deflate(&z, Z_FINISH) == Z_STREAM_END;
        out->len += ok ? z.total_out : 0;
    }
    (void)deflateEnd(&z);
    return ok;
}

bool coding_encode(enum coding c, struct span bytes, bool kept, struct sb *out)
{
    size_t before = out->len;
    bool ok =
        (c == CODING_ZSTD && encode_zstd(bytes, kept, out)) || (c == CODING_GZIP && encode_gzip(bytes, kept, out));
    if (ok && out->len - before < bytes.len)
        return true;
    out->len = before;
    return false;
}
