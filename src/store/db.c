/* The writer: callers hang a job into the queue and sleep; the thread takes all that waits, runs each in a savepoint
 * of one transaction, commits once and wakes them. A job is on the stack of its caller, who outlives it. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sb.h"

enum { GROUP_MAX = 64, BUSY_TRIES = 5 };

struct job {
    struct job *next;
    store_write_fn fn;
    void *user;
    struct err *err;
    struct err own; /* filled on the writer's thread, copied at the end */
    bool ok;
    bool done;
    pthread_cond_t cond;
};

struct store {
    char *path;
    struct sql *db; /* the writer's */
    int claim;      /* PATH.lock, -1 none */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct job *head, **tail;
    bool stop;
};

/* --- queries --- */

bool query_open(struct sql *db, const char *text, struct query *ret, struct err *err)
{
    *ret = (struct query){ 0 };
    if (!sql_prepare(db, text, &ret->st, err))
        return false;
    query_text(ret, STORE_TENANT);
    return true;
}

void query_closep(struct query *q)
{
    sql_finish(q->st);
    q->st = NULL;
}

void query_text(struct query *q, struct span v)
{
    sql_bind_text(q->st, ++q->at, v.ptr ? v : SPAN(""));
}

void query_blob(struct query *q, struct span v)
{
    sql_bind_blob(q->st, ++q->at, v);
}

void query_int(struct query *q, int64_t v)
{
    sql_bind_int(q->st, ++q->at, v);
}

void query_num(struct query *q, double v)
{
    sql_bind_num(q->st, ++q->at, v);
}

bool query_row(struct query *q, bool *ret_row, struct err *err)
{
    return sql_step(q->st, ret_row, err);
}

bool query_run(struct query *q, struct err *err)
{
    return sql_run(q->st, err);
}

struct span query_col(struct query *q, struct arena *arena, int at)
{
    return arena_span(arena, sql_col_text(q->st, at));
}

/* --- the writer --- */

void store_rollback(struct sql *db)
{
    struct err ignored = ERR_INIT;
    if (!sql_exec(db, "ROLLBACK", &ignored))
        return;
}

static bool job_run(struct store *s, struct job *j)
{
    if (!sql_exec(s->db, "SAVEPOINT job", &j->own))
        return false;
    if (j->fn(s->db, j->user, &j->own))
        return sql_exec(s->db, "RELEASE SAVEPOINT job", &j->own);
    struct err undo = ERR_INIT;
    if (!sql_exec(s->db, "ROLLBACK TO SAVEPOINT job", &undo) || !sql_exec(s->db, "RELEASE SAVEPOINT job", &undo))
        j->own = undo;
    return false;
}

/* Another process (a token command) may hold the lock for a moment. */
static bool group_begin(struct store *s, struct err *err)
{
    for (int i = 0;; i++) {
        if (sql_exec(s->db, "BEGIN", err))
            return true;
        if (err->code != ERR_BUSY || i == BUSY_TRIES)
            return false;
    }
}

static void group_run(struct store *s, struct job *group)
{
    struct err err = ERR_INIT;
    bool ok = group_begin(s, &err);
    for (struct job *j = group; ok && j; j = j->next)
        j->ok = job_run(s, j);
    if (ok && !sql_exec(s->db, "COMMIT", &err)) {
        store_rollback(s->db);
        ok = false;
    }
    for (struct job *j = group; !ok && j; j = j->next) {
        if (j->ok || j->own.code == ERR_NONE)
            j->own = err;
        j->ok = false;
    }
}

static void *writer_main(void *user)
{
    struct store *s = user;
    (void)pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->head && !s->stop)
            (void)pthread_cond_wait(&s->work, &s->lock);
        if (!s->head)
            break;
        struct job *group = s->head;
        struct job *last = group;
        for (int n = 1; n < GROUP_MAX && last->next; n++)
            last = last->next;
        s->head = last->next;
        if (!s->head)
            s->tail = &s->head;
        last->next = NULL;
        (void)pthread_mutex_unlock(&s->lock);
        group_run(s, group);
        (void)pthread_mutex_lock(&s->lock);
        for (struct job *j = group, *next; j; j = next) {
            next = j->next;
            j->done = true;
            (void)pthread_cond_signal(&j->cond);
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

bool store_write(struct store *s, store_write_fn fn, void *user, struct err *err)
{
    struct job j = { .fn = fn, .user = user, .own = ERR_INIT };
    (void)pthread_cond_init(&j.cond, NULL);
    (void)pthread_mutex_lock(&s->lock);
    *s->tail = &j;
    s->tail = &j.next;
    (void)pthread_cond_signal(&s->work);
    while (!j.done)
        (void)pthread_cond_wait(&j.cond, &s->lock);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_cond_destroy(&j.cond);
    if (!j.ok && err)
        *err = j.own;
    return j.ok;
}

bool store_open(const char *path, int64_t now_us, struct store **ret, struct err *err)
{
    struct sql *db = NULL;
    if (!sql_open(path, false, &db, err))
        return false;
    if (!store_migrate(db, now_us, err)) {
        sql_close(db);
        return err_wrap(err, "%s", path);
    }
    struct store *s = xcalloc(1, sizeof *s);
    s->path = xstrndup(path, strlen(path));
    s->db = db;
    s->claim = -1;
    s->tail = &s->head;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_cond_init(&s->work, NULL);
    if (pthread_create(&s->thread, NULL, writer_main, s) != 0) {
        sql_close(db);
        free(s->path);
        free(s);
        return err_set(err, ERR_IO, "cannot start a thread");
    }
    *ret = s;
    return true;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->stop = true;
    (void)pthread_cond_signal(&s->work);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL);
    (void)pthread_mutex_destroy(&s->lock);
    (void)pthread_cond_destroy(&s->work);
    sql_close(s->db);
    if (s->claim >= 0)
        (void)close(s->claim);
    free(s->path);
    free(s);
}

bool store_claim(struct store *s, struct err *err)
{
    struct sb path = { 0 };
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    sb_printf(&path, "%s.lock", s->path);
    s->claim = open(sb_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool ok = s->claim >= 0 || err_set(err, ERR_IO, "cannot open %s: %s", sb_cstr(&path), strerror(errno));
    if (ok && fcntl(s->claim, F_SETLK, &lock) != 0) {
        struct flock held = lock;
        pid_t pid = fcntl(s->claim, F_GETLK, &held) == 0 && held.l_type != F_UNLCK ? held.l_pid : 0;
        ok = err_set(err, ERR_CONFLICT, "%s is served by another process already (pid %ld)", s->path, (long)pid);
    }
    sb_release(&path);
    return ok;
}

bool store_reader_open(const struct store *s, struct sql **ret, struct err *err)
{
    struct sql *db = NULL;
    if (!sql_open(s->path, true, &db, err))
        return false;
    /* One connection a worker thread: many of them, so small caches. */
    if (!sql_exec(db, "PRAGMA cache_size = -512", err)) {
        sql_close(db);
        return false;
    }
    *ret = db;
    return true;
}

void store_reader_close(struct sql *db)
{
    sql_close(db);
}

bool store_ping(struct sql *db, struct err *err)
{
    CLEANUP(query_closep) struct query q = { 0 };
    bool row = false;
    return query_open(db, "SELECT 1 FROM project WHERE tenant_id = $1 LIMIT 1", &q, err) && query_row(&q, &row, err);
}

bool store_snapshot_begin(struct sql *db, struct err *err)
{
    return sql_exec(db, "BEGIN", err);
}

void store_snapshot_end(struct sql *db)
{
    store_rollback(db);
}
