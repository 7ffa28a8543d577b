/* Stored blobs are untrusted too. The input is the packed content, so that the fuzzer need not learn zstd: what decodes
 * encodes again to something that decodes to the same bytes. */
#include "fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

#include "profile/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct limits limits = { .expanded_bytes = 64u << 20, .stack_depth = 4096 };
    struct err err = ERR_INIT;
    size_t bound = ZSTD_compressBound(size);
    char *packed = xcalloc(bound + 12, 1);
    memcpy(packed, "STA1", 4);
    for (unsigned i = 0; i < 8; i++)
        packed[4 + i] = (char)((uint64_t)size >> (8 * i));
    size_t n = ZSTD_compress(packed + 12, bound, data, size, 1);
    assert(!ZSTD_isError(n));
    struct artefact *a = NULL;
    if (artefact_decode(span_make(packed, n + 12), &limits, &a, &err)) {
        struct sb once = { 0 };
        struct sb twice = { 0 };
        struct artefact *b = NULL;
        assert(artefact_encode(a, &once, &err));
        assert(artefact_decode(sb_span(&once), &limits, &b, &err));
        assert(artefact_encode(b, &twice, &err));
        assert(span_eq(sb_span(&once), sb_span(&twice)));
        artefact_free(a);
        artefact_free(b);
        sb_release(&once);
        sb_release(&twice);
    }
    free(packed);
    return 0;
}
