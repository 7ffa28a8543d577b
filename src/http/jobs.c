#include "http/jobs.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/unwind.h"
#include "store/store.h"

enum { STACK_BYTES = 8 << 20 };

struct job {
    struct job *next;
    job_fn fn;
    void *user;
};

struct worker {
    struct jobs *jobs;
    struct sql *db;
    pthread_t thread;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *head, **tail;
    unsigned waiting, waiting_max;
    bool stop;
    unsigned count;
    struct worker *workers;
};

static void *worker_main(void *user)
{
    struct worker *w = user;
    struct jobs *j = w->jobs;
    unwind_thread_prepare();
    (void)pthread_mutex_lock(&j->lock);
    for (;;) {
        while (!j->head && !j->stop)
            (void)pthread_cond_wait(&j->work, &j->lock);
        struct job *job = j->head;
        if (!job)
            break;
        j->head = job->next;
        if (!j->head)
            j->tail = &j->head;
        j->waiting--;
        (void)pthread_mutex_unlock(&j->lock);
        job->fn(job->user, w->db);
        free(job);
        (void)pthread_mutex_lock(&j->lock);
    }
    (void)pthread_mutex_unlock(&j->lock);
    return NULL;
}

static bool worker_start(struct jobs *j, const struct store *store, struct err *err)
{
    struct worker *w = &j->workers[j->count];
    w->jobs = j;
    if (!store_reader_open(store, &w->db, err))
        return false;
    pthread_attr_t attr;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    int failed = pthread_create(&w->thread, &attr, worker_main, w);
    (void)pthread_attr_destroy(&attr);
    if (failed) {
        store_reader_close(w->db);
        return err_set(err, ERR_IO, "cannot start a thread");
    }
    j->count++;
    return true;
}

bool jobs_new(const struct store *store, unsigned threads, unsigned waiting_max, struct jobs **ret, struct err *err)
{
    struct jobs *j = xcalloc(1, sizeof *j);
    (void)pthread_mutex_init(&j->lock, NULL);
    (void)pthread_cond_init(&j->work, NULL);
    j->tail = &j->head;
    j->waiting_max = waiting_max;
    j->workers = xcalloc(threads, sizeof *j->workers);
    for (unsigned i = 0; i < threads; i++) {
        if (!worker_start(j, store, err)) {
            jobs_free(j);
            return false;
        }
    }
    *ret = j;
    return true;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    (void)pthread_mutex_lock(&j->lock);
    j->stop = true;
    (void)pthread_cond_broadcast(&j->work);
    (void)pthread_mutex_unlock(&j->lock);
    for (unsigned i = 0; i < j->count; i++) {
        (void)pthread_join(j->workers[i].thread, NULL);
        store_reader_close(j->workers[i].db);
    }
    (void)pthread_cond_destroy(&j->work);
    (void)pthread_mutex_destroy(&j->lock);
    free(j->workers);
    free(j);
}

bool jobs_submit(struct jobs *j, job_fn fn, void *user, struct err *err)
{
    struct job *job = xcalloc(1, sizeof *job);
    job->fn = fn;
    job->user = user;
    (void)pthread_mutex_lock(&j->lock);
    bool room = j->waiting < j->waiting_max && !j->stop;
    if (room) {
        *j->tail = job;
        j->tail = &job->next;
        j->waiting++;
        (void)pthread_cond_signal(&j->work);
    }
    (void)pthread_mutex_unlock(&j->lock);
    if (room)
        return true;
    free(job);
    return err_set(err, ERR_BUSY, "too much work is waiting; try again in a few seconds");
}

struct call {
    job_fn fn;
    void *user;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
};

static void call_run(void *user, struct sql *db)
{
    struct call *c = user;
    c->fn(c->user, db);
    (void)pthread_mutex_lock(&c->lock);
    c->done = true;
    (void)pthread_cond_signal(&c->cond);
    (void)pthread_mutex_unlock(&c->lock);
}

bool jobs_call(struct jobs *j, job_fn fn, void *user, struct err *err)
{
    struct call c = { .fn = fn, .user = user };
    (void)pthread_mutex_init(&c.lock, NULL);
    (void)pthread_cond_init(&c.cond, NULL);
    bool ok = jobs_submit(j, call_run, &c, err);
    (void)pthread_mutex_lock(&c.lock);
    while (ok && !c.done)
        (void)pthread_cond_wait(&c.cond, &c.lock);
    (void)pthread_mutex_unlock(&c.lock);
    (void)pthread_cond_destroy(&c.cond);
    (void)pthread_mutex_destroy(&c.lock);
    return ok;
}

unsigned jobs_waiting(struct jobs *j)
{
    (void)pthread_mutex_lock(&j->lock);
    unsigned n = j->waiting;
    (void)pthread_mutex_unlock(&j->lock);
    return n;
}
