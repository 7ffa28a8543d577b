#include "http/shelf.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { SLOTS = 256, KEY_MAX = 120 };
static const size_t weight_max = (size_t)64 << 20;

struct thing {
    char key[KEY_MAX];
    void *it;
    void (*release)(void *it);
    size_t weight;
    unsigned held;
    uint64_t used; /* order of use */
};

struct shelf {
    pthread_mutex_t lock;
    struct thing things[SLOTS];
    size_t weight;
    uint64_t clock;
};

struct shelf *shelf_new(void)
{
    struct shelf *s = xcalloc(1, sizeof *s);
    (void)pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void drop(struct shelf *s, struct thing *t)
{
    s->weight -= t->weight;
    t->release(t->it);
    *t = (struct thing){ 0 };
}

void shelf_free(struct shelf *s)
{
    if (!s)
        return;
    for (int i = 0; i < SLOTS; i++) {
        if (s->things[i].it)
            drop(s, &s->things[i]);
    }
    (void)pthread_mutex_destroy(&s->lock);
    free(s);
}

static struct thing *find(struct shelf *s, const char *key)
{
    for (int i = 0; i < SLOTS; i++) {
        if (s->things[i].it && strcmp(s->things[i].key, key) == 0)
            return &s->things[i];
    }
    return NULL;
}

static void *hold(struct shelf *s, struct thing *t)
{
    t->held++;
    t->used = ++s->clock;
    return t->it;
}

void *shelf_take(struct shelf *s, const char *key)
{
    (void)pthread_mutex_lock(&s->lock);
    struct thing *t = find(s, key);
    void *it = t ? hold(s, t) : NULL;
    (void)pthread_mutex_unlock(&s->lock);
    return it;
}

/* The thing that has rested longest; NULL when all are in use. */
static struct thing *oldest(struct shelf *s)
{
    struct thing *best = NULL;
    for (int i = 0; i < SLOTS; i++) {
        struct thing *t = &s->things[i];
        if (t->it && t->held == 0 && (!best || t->used < best->used))
            best = t;
    }
    return best;
}

static struct thing *room(struct shelf *s, size_t weight)
{
    struct thing *t = NULL;
    while (s->weight + weight > weight_max && (t = oldest(s)) != NULL)
        drop(s, t);
    for (int i = 0; i < SLOTS; i++) {
        if (!s->things[i].it)
            return &s->things[i];
    }
    t = oldest(s);
    if (t)
        drop(s, t);
    return t;
}

void *shelf_put(struct shelf *s, const char *key, void *it, size_t weight, void (*release)(void *thing))
{
    (void)pthread_mutex_lock(&s->lock);
    struct thing *t = find(s, key);
    if (t) {
        release(it);
    } else {
        t = weight <= weight_max ? room(s, weight) : NULL;
        if (t) {
            *t = (struct thing){ .it = it, .release = release, .weight = weight };
            (void)snprintf(t->key, sizeof t->key, "%s", key);
            s->weight += weight;
        }
    }
    void *held = t ? hold(s, t) : NULL;
    (void)pthread_mutex_unlock(&s->lock);
    return held;
}

void shelf_give(struct shelf *s, void *it)
{
    (void)pthread_mutex_lock(&s->lock);
    for (int i = 0; i < SLOTS; i++) {
        if (s->things[i].it == it && s->things[i].held > 0) {
            s->things[i].held--;
            break;
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
}
