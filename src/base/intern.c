#include "base/intern.h"

#include <assert.h>
#include <stdlib.h>

#include "base/err.h"

void intern_init(struct intern *t)
{
    *t = (struct intern){ 0 };
    (void)intern_add(t, SPAN(""));
}

void intern_release(struct intern *t)
{
    free(t->bytes);
    free(t->offset);
    free(t->slot);
    *t = (struct intern){ 0 };
}

struct span intern_get(const struct intern *t, uint32_t ix)
{
    assert(ix < t->count);
    uint64_t end = ix + 1 < t->count ? t->offset[ix + 1] : t->bytes_len;
    return span_make(t->bytes + t->offset[ix], (size_t)(end - t->offset[ix] - 1));
}

static uint32_t probe(const struct intern *t, struct span s)
{
    uint32_t mask = t->slots - 1;
    uint32_t at = (uint32_t)span_hash(s) & mask;
    while (t->slot[at] != 0 && !span_eq(intern_get(t, t->slot[at] - 1), s))
        at = (at + 1) & mask;
    return at;
}

static void rehash(struct intern *t)
{
    t->slots = t->slots ? t->slots * 2 : 64;
    free(t->slot);
    t->slot = xcalloc(t->slots, sizeof *t->slot);
    for (uint32_t i = 0; i < t->count; i++)
        t->slot[probe(t, intern_get(t, i))] = i + 1;
}

bool intern_find(const struct intern *t, struct span s, uint32_t *ret)
{
    uint32_t at = probe(t, s);
    if (t->slot[at] == 0)
        return false;
    *ret = t->slot[at] - 1;
    return true;
}

uint32_t intern_add(struct intern *t, struct span s)
{
    if (t->count * 2 >= t->slots)
        rehash(t);
    uint32_t at = probe(t, s);
    if (t->slot[at] != 0)
        return t->slot[at] - 1;
    if (t->count == t->size) {
        t->size = t->size ? t->size * 2 : 64;
        t->offset = xrealloc(t->offset, t->size, sizeof *t->offset);
    }
    if (t->bytes_size - t->bytes_len < s.len + 1) {
        size_t size = t->bytes_size ? t->bytes_size * 2 : 4096;
        while (size - t->bytes_len < s.len + 1)
            size *= 2;
        t->bytes = xrealloc(t->bytes, size, 1);
        t->bytes_size = size;
    }
    if (s.len > 0)
        memcpy(t->bytes + t->bytes_len, s.ptr, s.len);
    t->bytes[t->bytes_len + s.len] = '\0';
    t->offset[t->count] = t->bytes_len;
    t->bytes_len += s.len + 1;
    t->slot[at] = ++t->count;
    return t->count - 1;
}
