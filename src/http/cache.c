#include "http/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/err.h"

enum { SLOTS = 1024 };

struct cached {
    struct cached *next;          /* of the slot */
    struct cached *newer, *older; /* order of use */
    char *key;
    size_t key_len;
    char *bytes;
    size_t len;
    atomic_int refs;
};

struct cache {
    pthread_mutex_t lock;
    struct cached *slot[SLOTS];
    struct cached *newest, *oldest;
    uint64_t used, max;
};

struct span cached_bytes(const struct cached *c)
{
    return span_make(c->bytes, c->len);
}

void cached_release(struct cached *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    free(c->key);
    free(c->bytes);
    free(c);
}

struct cache *cache_new(uint64_t bytes_max)
{
    struct cache *c = xcalloc(1, sizeof *c);
    c->max = bytes_max;
    (void)pthread_mutex_init(&c->lock, NULL);
    return c;
}

static struct cached **place(struct cache *c, struct span key)
{
    struct cached **at = &c->slot[span_hash(key) % SLOTS];
    while (*at && !span_eq(span_make((*at)->key, (*at)->key_len), key))
        at = &(*at)->next;
    return at;
}

static void unlink_use(struct cache *c, struct cached *e)
{
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    e->newer = e->older = NULL;
}

static void link_newest(struct cache *c, struct cached *e)
{
    e->older = c->newest;
    *(c->newest ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
}

static size_t cost(const struct cached *e)
{
    return sizeof *e + e->key_len + e->len;
}

static void drop(struct cache *c, struct cached *e)
{
    struct cached **at = place(c, span_make(e->key, e->key_len));
    *at = e->next;
    unlink_use(c, e);
    c->used -= cost(e);
    cached_release(e);
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    while (c->oldest)
        drop(c, c->oldest);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

struct cached *cache_get(struct cache *c, struct span key)
{
    (void)pthread_mutex_lock(&c->lock);
    struct cached *e = *place(c, key);
    if (e) {
        (void)atomic_fetch_add(&e->refs, 1);
        unlink_use(c, e);
        link_newest(c, e);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return e;
}

struct cached *cache_put(struct cache *c, struct span key, struct sb *body)
{
    struct cached *e = xcalloc(1, sizeof *e);
    e->key = xstrndup(key.ptr, key.len);
    e->key_len = key.len;
    e->len = body->len;
    e->bytes = sb_detach(body);
    atomic_init(&e->refs, 1);
    if (cost(e) > c->max / 4)
        return e;
    (void)pthread_mutex_lock(&c->lock);
    struct cached *old = *place(c, key);
    if (old)
        drop(c, old);
    while (c->oldest && c->used + cost(e) > c->max)
        drop(c, c->oldest);
    (void)atomic_fetch_add(&e->refs, 1);
    struct cached **at = place(c, key);
    *at = e;
    link_newest(c, e);
    c->used += cost(e);
    (void)pthread_mutex_unlock(&c->lock);
    return e;
}
