/* Compressed records: their payloads are one zstd stream that is never ended, and records straddle its pieces. */
#include <stdlib.h>
#include <zstd.h>

#include "import/perf/data_file.h"

struct pdata_inflate {
    ZSTD_DStream *stream;
    char *packed; /* the payload that is being read */
    size_t packed_len, packed_at, packed_size;
    char *plain; /* opened bytes, from plain_at on not handed out */
    size_t plain_len, plain_at, plain_size;
    uint64_t total, total_max;
    bool more;   /* the stream holds bytes back for want of room */
    bool broken; /* the record boundary is lost */
};

enum { PLAIN_BYTES = 1 << 18, RECORD_BYTES = 1 << 16 };

struct pdata_inflate *pdata_inflate_new(uint64_t plain_max)
{
    struct pdata_inflate *z = xcalloc(1, sizeof *z);
    z->stream = ZSTD_createDStream();
    if (!z->stream)
        fatal_oom();
    z->plain_size = PLAIN_BYTES;
    z->plain = xcalloc(1, z->plain_size);
    z->total_max = plain_max;
    return z;
}

void pdata_inflate_free(struct pdata_inflate *z)
{
    if (!z)
        return;
    (void)ZSTD_freeDStream(z->stream);
    free(z->packed);
    free(z->plain);
    free(z);
}

void pdata_inflate_feed(struct pdata_inflate *z, struct span payload)
{
    if (payload.len > z->packed_size) {
        z->packed = xrealloc(z->packed, payload.len, 1);
        z->packed_size = payload.len;
    }
    if (payload.len > 0)
        memcpy(z->packed, payload.ptr, payload.len);
    z->packed_len = payload.len;
    z->packed_at = 0;
}

/* Opens more into the room behind what is left. */
static bool inflate_some(struct pdata_inflate *z, struct err *err)
{
    memmove(z->plain, z->plain + z->plain_at, z->plain_len - z->plain_at);
    z->plain_len -= z->plain_at;
    z->plain_at = 0;
    ZSTD_inBuffer in = { z->packed, z->packed_len, z->packed_at };
    ZSTD_outBuffer out = { z->plain, z->plain_size, z->plain_len };
    size_t done = ZSTD_decompressStream(z->stream, &out, &in);
    if (ZSTD_isError(done))
        return err_set(err, ERR_MALFORMED, "compressed records: %s", ZSTD_getErrorName(done));
    z->more = out.pos == out.size;
    z->packed_at = in.pos;
    z->total += out.pos - z->plain_len;
    z->plain_len = out.pos;
    if (z->total > z->total_max)
        return err_set(err, ERR_LIMIT, "expands to more than %llu bytes", (unsigned long long)z->total_max);
    return true;
}

bool pdata_inflate_record(struct pdata_inflate *z, const struct pdata_file *f, struct span *ret, struct err *err)
{
    *ret = SPAN("");
    while (!z->broken) {
        size_t have = z->plain_len - z->plain_at;
        const char *p = z->plain + z->plain_at;
        uint16_t size = have >= 8 ? pdata_u16(f, p + 6) : 0;
        if (have >= 8 && size < 8) {
            z->broken = true;
            break;
        }
        if (have >= 8 && have >= size) {
            *ret = span_make(p, size);
            z->plain_at += size;
            return true;
        }
        if (z->packed_at == z->packed_len && !z->more)
            return true;
        size_t before = have;
        size_t packed = z->packed_at;
        if (!inflate_some(z, err))
            return false;
        if (z->plain_len == before && z->packed_at == packed && !z->more)
            return true;
    }
    z->packed_at = z->packed_len;
    return true;
}

bool pdata_inflate_partial(const struct pdata_inflate *z)
{
    return z->broken || z->plain_len > z->plain_at;
}
