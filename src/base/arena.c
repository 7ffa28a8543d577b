#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/err.h"

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) unsigned char data[];
};

/* The first block is small: an archive may hold ten thousand members, each with an arena. */
enum { FIRST_BYTES = 4 * 1024, BLOCK_BYTES = 64 * 1024 };

static struct arena_block *block_new(size_t size)
{
    struct arena_block *b = xcalloc(1, sizeof *b + size);
    b->size = size;
    return b;
}

void *arena_alloc(struct arena *a, size_t n, size_t size)
{
    if (size != 0 && n > (SIZE_MAX / 4) / size)
        fatal_oom();
    size_t align = alignof(max_align_t);
    size_t want = (n * size + align - 1) / align * align;
    if (want == 0)
        want = align;
    a->total += want;
#ifdef STET_ARENA_MALLOC
    bool alone = true;
#else
    bool alone = want > BLOCK_BYTES / 4;
#endif
    if (alone) {
        struct arena_block *b = block_new(want);
        /* Behind the head, so that the room left in the head stays in use. */
        if (a->head) {
            b->next = a->head->next;
            a->head->next = b;
        } else {
            a->head = b;
            a->used = want;
        }
        return b->data;
    }
    if (!a->head || a->head->size - a->used < want) {
        size_t room = a->total <= FIRST_BYTES ? FIRST_BYTES : BLOCK_BYTES;
        struct arena_block *b = block_new(room);
        b->next = a->head;
        a->head = b;
        a->used = 0;
    }
    void *p = a->head->data + a->used;
    a->used += want;
    return p;
}

char *arena_dup(struct arena *a, struct span s)
{
    char *p = arena_alloc(a, s.len + 1, 1);
    if (s.len > 0)
        memcpy(p, s.ptr, s.len);
    return p;
}

struct span arena_span(struct arena *a, struct span s)
{
    return span_make(arena_dup(a, s), s.len);
}

void arena_release(struct arena *a)
{
    struct arena_block *b = a->head;
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    *a = (struct arena){ 0 };
}
