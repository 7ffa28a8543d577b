#include "http/events.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"

enum { KEPT = 1024 };

struct listener {
    struct listener *next;
    int fd;
};

struct events {
    pthread_mutex_t lock;
    struct event kept[KEPT]; /* by generation % KEPT */
    uint64_t first, newest;  /* numbers that are kept; newest 0: none yet */
    struct listener *head;
    unsigned count, max;
    bool stopped;
};

struct events *events_new(unsigned listeners_max)
{
    struct events *e = xcalloc(1, sizeof *e);
    (void)pthread_mutex_init(&e->lock, NULL);
    e->max = listeners_max;
    return e;
}

void events_free(struct events *e)
{
    if (!e)
        return;
    (void)pthread_mutex_destroy(&e->lock);
    free(e);
}

/* The counter of an eventfd takes 2^64 - 2 wakings before a write would wait. */
static void wake(const struct listener *l)
{
    const uint64_t one = 1;
    ssize_t put = write(l->fd, &one, sizeof one);
    (void)put;
}

void events_add(struct events *e, atomic_ullong *generation, const struct event *ev)
{
    (void)pthread_mutex_lock(&e->lock);
    uint64_t n = atomic_fetch_add(generation, 1) + 1;
    struct event *at = &e->kept[n % KEPT];
    *at = *ev;
    at->generation = n;
    e->newest = n;
    if (e->first == 0)
        e->first = n;
    if (e->newest - e->first >= KEPT)
        e->first = e->newest - KEPT + 1;
    for (const struct listener *l = e->head; l; l = l->next)
        wake(l);
    (void)pthread_mutex_unlock(&e->lock);
}

bool events_after(struct events *e, uint64_t since, struct event *ret, bool *ret_lost)
{
    (void)pthread_mutex_lock(&e->lock);
    bool any = e->newest > since;
    *ret_lost = any && since + 1 < e->first;
    if (any)
        *ret = e->kept[(*ret_lost ? e->first : since + 1) % KEPT];
    (void)pthread_mutex_unlock(&e->lock);
    return any;
}

struct listener *events_join(struct events *e)
{
    struct listener *l = NULL;
    (void)pthread_mutex_lock(&e->lock);
    int fd = !e->stopped && e->count < e->max ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (fd >= 0) {
        l = xcalloc(1, sizeof *l);
        *l = (struct listener){ .next = e->head, .fd = fd };
        e->head = l;
        e->count++;
    }
    (void)pthread_mutex_unlock(&e->lock);
    return l;
}

int events_fd(const struct listener *l)
{
    return l->fd;
}

void events_seen(struct listener *l)
{
    uint64_t n;
    ssize_t got = read(l->fd, &n, sizeof n);
    (void)got;
}

void events_leave(struct events *e, struct listener *l)
{
    (void)pthread_mutex_lock(&e->lock);
    struct listener **at = &e->head;
    while (*at && *at != l)
        at = &(*at)->next;
    if (*at) {
        *at = l->next;
        e->count--;
    }
    (void)pthread_mutex_unlock(&e->lock);
    (void)close(l->fd);
    free(l);
}

void events_stop(struct events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->stopped = true;
    for (const struct listener *l = e->head; l; l = l->next)
        wake(l);
    (void)pthread_mutex_unlock(&e->lock);
}

bool events_stopped(struct events *e)
{
    (void)pthread_mutex_lock(&e->lock);
    bool stopped = e->stopped;
    (void)pthread_mutex_unlock(&e->lock);
    return stopped;
}
