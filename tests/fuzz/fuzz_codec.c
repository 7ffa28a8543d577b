/* Stored blobs are untrusted too. The input is the packed content, so that the fuzzer need not learn zstd: what decodes
 * encodes again to something that decodes to the same bytes, and its stacks can be written as a flame graph. */
#include "fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <zstd.h>

#include "profile/codec.h"
#include "report/flame_data.h"

/* Each column by function, and the first by line over itself: whole records, or a reason why not. */
static void flame(const struct artefact *a)
{
    const struct profile *p = a->profile;
    for (uint32_t k = 0; p && k <= p->column_count && k < 4; k++) {
        uint32_t column = k < p->column_count ? k : 0;
        enum clock_kind clock = column < p->column_count ? p->columns[column].clock : CLOCK_UNKNOWN;
        struct classification *cls = classify_profile(p, &(struct classify_options){ .clock = clock });
        struct flame_data_set set = { .file = a, .cls = cls, .column = column, .clock = clock };
        bool twice = k == p->column_count;
        struct flame_data_input in = { .sets = { set, set }, .set_count = twice ? 2 : 1, .lines = twice };
        struct sb out = { 0 };
        struct err err = ERR_INIT;
        if (flame_data_write(&in, &out, &err))
            assert(out.len % 8 == 0 && out.len > 64);
        else
            assert(err.code != ERR_NONE && out.len == 0);
        sb_release(&out);
        classification_free(cls);
    }
}

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
        flame(a);
        artefact_free(a);
        artefact_free(b);
        sb_release(&once);
        sb_release(&twice);
    }
    free(packed);
    return 0;
}
