/* cache.h - rendered answers by key, at most so many bytes, least recently used first out. Thread-safe. */
#ifndef STET_HTTP_CACHE_H
#define STET_HTTP_CACHE_H

#include <stdint.h>

#include "base/sb.h"

struct cached; /* one answer, counted */
struct span cached_bytes(const struct cached *c);
void cached_release(struct cached *c); /* NULL is fine */

struct cache;
struct cache *cache_new(uint64_t bytes_max);
void cache_free(struct cache *c);
/* A reference, or NULL. */
struct cached *cache_get(struct cache *c, struct span key);
/* Takes the bytes over (body is emptied) and hands back a reference, whether or not they found room. */
struct cached *cache_put(struct cache *c, struct span key, struct sb *body);

#endif
