/* shelf.h - what was decoded or parsed lately, by the SHA-256 of its bytes. Things are read-only, counted, and leave when
 * they are the oldest and nobody holds them. */
#ifndef STET_HTTP_SHELF_H
#define STET_HTTP_SHELF_H

#include <stdbool.h>
#include <stddef.h>

struct shelf;

struct shelf *shelf_new(void);
void shelf_free(struct shelf *s); /* NULL is fine; nothing may be held any more */

/* A thing by its key, held until shelf_give; NULL when it is not there. */
void *shelf_take(struct shelf *s, const char *key);
/* Puts a thing there and holds it. weight: about its bytes. When another was put there meanwhile, that one is returned and
 * this one freed; NULL (it stays the caller's) when there is no room. */
void *shelf_put(struct shelf *s, const char *key, void *thing, size_t weight, void (*release)(void *thing));
void shelf_give(struct shelf *s, void *thing);

#endif
