#include "http/service.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "http/ingest.h"
#include "http/overrides.h"
#include "http/shelf.h"

bool service_id(char out[27], int64_t now_us, struct err *err)
{
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    unsigned char random[16];
    if (!random_bytes(random, sizeof random))
        return err_set(err, ERR_IO, "the system gives no random bytes");
    /* 10 characters of milliseconds, 16 of chance. */
    uint64_t ms = (uint64_t)now_us / 1000;
    for (int i = 9; i >= 0; i--, ms >>= 5)
        out[i] = alphabet[ms & 31];
    for (int i = 0; i < 16; i++)
        out[10 + i] = alphabet[random[i] & 31];
    out[26] = '\0';
    return true;
}

static struct event event_of(const char *kind, struct span project, struct span ref)
{
    struct event ev = { .kind = kind };
    (void)snprintf(ev.project, sizeof ev.project, "%.*s", SPAN_FMT(span_sub(project, 0, sizeof ev.project - 1)));
    (void)snprintf(ev.ref, sizeof ev.ref, "%.*s", SPAN_FMT(span_sub(ref, 0, sizeof ev.ref - 1)));
    return ev;
}

void service_told(struct service *s, const char *kind, struct span project, struct span ref)
{
    struct event ev = event_of(kind, project, ref);
    events_add(s->events, &s->generation, &ev);
}

void service_told_upload(struct service *s, struct span project, struct span id, const char *status, int part, int parts)
{
    struct event ev = event_of("upload", project, id);
    ev.status = status;
    ev.part = part;
    ev.parts = parts;
    events_add(s->events, &s->generation, &ev);
}

/* Uploads stand beside the database unless told otherwise: the same disk, the same room. */
static char *spool_folder(const struct config *config)
{
    const char *given = config_text(config, CONFIG_spool);
    struct span db = span_of(config_text(config, CONFIG_db));
    if (given[0] != '\0')
        return xstrndup(given, strlen(given));
    size_t slash = span_rchr(db, '/');
    if (slash >= db.len)
        return xstrndup(".", 1);
    return slash == 0 ? xstrndup("/", 1) : xstrndup(db.ptr, slash);
}

/* Another address than loopback must not be open by accident. */
static bool address_settled(const struct service *s, struct err *err)
{
    struct sql *db = NULL;
    bool any = false;
    if (s->access.loopback || s->access.open)
        return true;
    if (!store_reader_open(s->store, &db, err))
        return false;
    bool ok = store_token_any(db, &any, err);
    store_reader_close(db);
    if (ok && !any)
        return err_set(err, ERR_USAGE,
                       "%s can be reached from other machines: make a token first (stet token create --db %s), or give "
                       "--open",
                       s->access.host, config_text(s->config, CONFIG_db));
    return ok;
}

bool service_start(struct service *s, const struct config *config, struct err *err)
{
    *s = (struct service){ .config = config, .limits = config_limits(config), .analyse = advise_analyse };
    for (int i = 0; i < RUN_LOCKS; i++)
        (void)pthread_mutex_init(&s->run_lock[i], NULL);
    (void)pthread_mutex_init(&s->told_lock, NULL);
    s->spool = spool_folder(config);
    atomic_store(&s->generation, (unsigned long long)(clock_unix_us() / 1000));
    /* The other threads answer requests. */
    s->events = events_new((unsigned)(config_int(config, CONFIG_threads) + 3) / 4);
    s->decider = (struct decider){ .limits = &s->limits, .shelf = shelf_new(), .decide = decide_make };
    s->cache = cache_new((uint64_t)config_int(config, CONFIG_cache_bytes));
    unsigned jobs = (unsigned)config_int(config, CONFIG_jobs);
    if (access_init(&s->access, config, err) &&
        store_open(config_text(config, CONFIG_db), clock_unix_us(), &s->store, err) && store_claim(s->store, err) &&
        address_settled(s, err) &&
        jobs_new(s->store, jobs, (unsigned)config_int(config, CONFIG_queue), &s->analysis, err) &&
        jobs_new(s->store, 2, 4096, &s->render, err) && jobs_new(s->store, 1, 1024, &s->later, err) &&
        ingest_resume(s, err) && reclassify_resume(s, err))
        return true;
    service_stop(s);
    return false;
}

void service_stop(struct service *s)
{
    atomic_store(&s->stopping, true);
    jobs_free(s->render);
    jobs_free(s->analysis);
    jobs_free(s->later); /* the others hand work over to it */
    cache_free(s->cache);
    shelf_free(s->decider.shelf);
    store_close(s->store);
    events_free(s->events);
    free(s->spool);
    for (int i = 0; i < RUN_LOCKS; i++)
        (void)pthread_mutex_destroy(&s->run_lock[i]);
    (void)pthread_mutex_destroy(&s->told_lock);
}
