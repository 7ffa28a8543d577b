/* Query strings and multipart bodies: the first byte is the size of the pieces in which the rest arrives. */
#include "fuzz.h"

#include <assert.h>

#include "http/multipart.h"
#include "http/request.h"

static bool on_part(void *user, const struct multipart_part *p, struct err *err)
{
    size_t *open = user;
    (void)err;
    assert(*open == 0 && p->name.ptr != NULL);
    *open = 1;
    return true;
}

static bool on_data(void *user, struct span bytes, struct err *err)
{
    const size_t *open = user;
    (void)err;
    assert(*open == 1 && bytes.len > 0);
    return true;
}

static bool on_end(void *user, struct err *err)
{
    size_t *open = user;
    (void)err;
    assert(*open == 1);
    *open = 0;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct span body = span_make((const char *)data + 1, size - 1);
    size_t piece = (size_t)data[0] + 1;
    struct err err = ERR_INIT;
    struct arena arena = { 0 };
    struct pairs pairs = { 0 };
    size_t open = 0;
    if (pairs_decode(&pairs, &arena, body, &err))
        assert(pairs.count <= 1000);
    pairs_release(&pairs);
    arena_release(&arena);
    struct multipart m;
    struct multipart_sink sink = { on_part, on_data, on_end, &open };
    bool ok = multipart_init(&m, SPAN("multipart/form-data; boundary=b"), &sink, &err);
    for (size_t i = 0; ok && i < body.len; i += piece)
        ok = multipart_feed(&m, span_sub(body, i, piece), &err);
    if (ok && multipart_finish(&m, &err))
        assert(open == 0);
    multipart_release(&m);
    return 0;
}
