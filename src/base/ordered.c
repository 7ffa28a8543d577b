#include "base/ordered.h"

#include <assert.h>
#include <pthread.h>

#include "base/err.h"
#include "base/unwind.h"

#include <stdlib.h>

/* A job that each thread works on, one that waits for it, and what is being filled and taken. */
enum { RING = 2 * ORDERED_THREADS_MAX + 2 };

struct ordered_thread {
    struct ordered *o;
    unsigned number;
    pthread_t thread;
};

struct ordered {
    ordered_run_fn run;
    void *user;
    struct {
        void *job;
        bool done;
    } ring[RING];
    unsigned put, begun, taken; /* counts, modulo RING their place */
    unsigned threads;
    bool stop;
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    struct ordered_thread thread[ORDERED_THREADS_MAX];
};

struct ordered *ordered_new(ordered_run_fn run, void *user)
{
    struct ordered *o = xcalloc(1, sizeof *o);
    o->run = run;
    o->user = user;
    (void)pthread_mutex_init(&o->lock, NULL);
    (void)pthread_cond_init(&o->work, NULL);
    (void)pthread_cond_init(&o->done, NULL);
    return o;
}

void ordered_free(struct ordered *o)
{
    if (!o)
        return;
    (void)pthread_mutex_lock(&o->lock);
    o->stop = true;
    (void)pthread_cond_broadcast(&o->work);
    (void)pthread_mutex_unlock(&o->lock);
    for (unsigned i = 0; i < o->threads; i++)
        (void)pthread_join(o->thread[i].thread, NULL);
    (void)pthread_cond_destroy(&o->done);
    (void)pthread_cond_destroy(&o->work);
    (void)pthread_mutex_destroy(&o->lock);
    free(o);
}

static void *thread_main(void *user)
{
    const struct ordered_thread *t = user;
    struct ordered *o = t->o;
    unwind_thread_prepare();
    (void)pthread_mutex_lock(&o->lock);
    for (;;) {
        while (o->begun == o->put && !o->stop)
            (void)pthread_cond_wait(&o->work, &o->lock);
        if (o->stop)
            break;
        unsigned at = o->begun++ % RING;
        (void)pthread_mutex_unlock(&o->lock);
        o->run(o->user, t->number, o->ring[at].job);
        (void)pthread_mutex_lock(&o->lock);
        o->ring[at].done = true;
        (void)pthread_cond_signal(&o->done);
    }
    (void)pthread_mutex_unlock(&o->lock);
    return NULL;
}

void ordered_start(struct ordered *o, unsigned threads)
{
    assert(o->threads == 0);
    if (threads > ORDERED_THREADS_MAX)
        threads = ORDERED_THREADS_MAX;
    /* What waits already was put before the first thread looks. */
    for (unsigned i = 0; i < threads; i++) {
        struct ordered_thread *t = &o->thread[i];
        t->o = o;
        t->number = i;
        if (pthread_create(&t->thread, NULL, thread_main, t) != 0)
            break;
        o->threads++;
    }
}

unsigned ordered_room(const struct ordered *o)
{
    return o->threads > 0 ? 2 * o->threads + 1 : 1;
}

unsigned ordered_waiting(const struct ordered *o)
{
    return o->put - o->taken;
}

void ordered_put(struct ordered *o, void *job)
{
    assert(ordered_waiting(o) < RING);
    (void)pthread_mutex_lock(&o->lock);
    o->ring[o->put % RING].job = job;
    o->ring[o->put % RING].done = false;
    o->put++;
    (void)pthread_cond_signal(&o->work);
    (void)pthread_mutex_unlock(&o->lock);
}

void *ordered_take(struct ordered *o)
{
    if (o->taken == o->put)
        return NULL;
    unsigned at = o->taken % RING;
    (void)pthread_mutex_lock(&o->lock);
    if (o->threads == 0) {
        o->begun++;
        (void)pthread_mutex_unlock(&o->lock);
        o->run(o->user, 0, o->ring[at].job);
        (void)pthread_mutex_lock(&o->lock);
        o->ring[at].done = true;
    }
    while (!o->ring[at].done)
        (void)pthread_cond_wait(&o->done, &o->lock);
    o->taken++;
    (void)pthread_mutex_unlock(&o->lock);
    return o->ring[at].job;
}
