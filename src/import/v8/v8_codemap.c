#include "import/v8/v8_codemap.h"

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

enum { CHUNK = 512 };

struct v8_code_chunk {
    uint32_t count; /* never 0 */
    struct v8_code_range at[CHUNK];
};

struct place {
    uint32_t chunk, ix;
};

void v8_codemap_release(struct v8_codemap *m)
{
    for (uint32_t i = 0; i < m->count; i++)
        free(m->items[i]);
    free(m->items);
    *m = (struct v8_codemap){ 0 };
}

/* The last range that begins at or before the address. */
static bool place_before(const struct v8_codemap *m, uint64_t address, struct place *ret)
{
    uint32_t lo = 0, hi = m->count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (m->items[mid]->at[0].start <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return false;
    const struct v8_code_chunk *c = m->items[lo - 1];
    ret->chunk = lo - 1;
    for (lo = 0, hi = c->count; lo < hi;) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (c->at[mid].start <= address)
            lo = mid + 1;
        else
            hi = mid;
    }
    ret->ix = lo - 1;
    return true;
}

static void remove_at(struct v8_codemap *m, struct place p)
{
    struct v8_code_chunk *c = m->items[p.chunk];
    m->ranges--;
    if (--c->count > 0) {
        memmove(&c->at[p.ix], &c->at[p.ix + 1], (c->count - p.ix) * sizeof *c->at);
        return;
    }
    free(c);
    m->count--;
    memmove(&m->items[p.chunk], &m->items[p.chunk + 1], (m->count - p.chunk) * sizeof *m->items);
}

static void insert_chunk(struct v8_codemap *m, uint32_t at)
{
    VEC_GROW(m);
    memmove(&m->items[at + 1], &m->items[at], (m->count - at) * sizeof *m->items);
    m->items[at] = xcalloc(1, sizeof *m->items[at]);
    m->count++;
}

static void insert_after(struct v8_codemap *m, bool any, struct place p, struct v8_code_range r)
{
    if (m->count == 0)
        insert_chunk(m, 0);
    struct place to = { any ? p.chunk : 0, any ? p.ix + 1 : 0 };
    struct v8_code_chunk *c = m->items[to.chunk];
    if (c->count == CHUNK) {
        insert_chunk(m, to.chunk + 1);
        struct v8_code_chunk *upper = m->items[to.chunk + 1];
        upper->count = CHUNK / 2;
        c->count = CHUNK - upper->count;
        memcpy(upper->at, &c->at[c->count], upper->count * sizeof *c->at);
        if (to.ix > c->count) {
            to.ix -= c->count;
            c = upper;
        }
    }
    memmove(&c->at[to.ix + 1], &c->at[to.ix], (c->count - to.ix) * sizeof *c->at);
    c->at[to.ix] = r;
    c->count++;
    m->ranges++;
}

void v8_codemap_add(struct v8_codemap *m, uint64_t start, uint64_t size, uint32_t code)
{
    if (size == 0)
        size = 1;
    if (size > UINT64_MAX - start)
        size = UINT64_MAX - start;
    struct place p;
    /* From the last one that begins inside, down to the one that reaches in. */
    while (place_before(m, start + (size > 0 ? size - 1 : 0), &p)) {
        const struct v8_code_range *r = &m->items[p.chunk]->at[p.ix];
        if (r->start < start && r->size <= start - r->start)
            break;
        remove_at(m, p);
    }
    bool any = place_before(m, start, &p);
    insert_after(m, any, p, (struct v8_code_range){ start, size, code });
}

bool v8_codemap_take(struct v8_codemap *m, uint64_t start, struct v8_code_range *ret)
{
    struct place p;
    if (!place_before(m, start, &p) || m->items[p.chunk]->at[p.ix].start != start)
        return false;
    *ret = m->items[p.chunk]->at[p.ix];
    remove_at(m, p);
    return true;
}

const struct v8_code_range *v8_codemap_find(const struct v8_codemap *m, uint64_t address)
{
    struct place p;
    if (!place_before(m, address, &p))
        return NULL;
    const struct v8_code_range *r = &m->items[p.chunk]->at[p.ix];
    return address - r->start < r->size ? r : NULL;
}
