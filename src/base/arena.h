/* arena.h - memory that is freed all at once. Debug builds with STET_ARENA_MALLOC give each block its
 * own malloc, so that ASan sees overruns. Not thread-safe. */
#ifndef STET_BASE_ARENA_H
#define STET_BASE_ARENA_H

#include <stddef.h>

#include "base/span.h"

struct arena_block;
struct arena {
    struct arena_block *head;
    size_t used;  /* in the head block */
    size_t total; /* bytes handed out, all blocks */
};

void *arena_alloc(struct arena *a, size_t n, size_t size); /* zeroed, aligned for any type, never NULL */
char *arena_dup(struct arena *a, struct span s);           /* NUL-terminated copy */
struct span arena_span(struct arena *a, struct span s);    /* copy as span */
void arena_release(struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), 1, sizeof(type)))
#define ARENA_ARRAY(a, n, type) ((type *)arena_alloc((a), (n), sizeof(type)))

#endif
