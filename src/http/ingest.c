#include "http/ingest.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "http/service.h"
#include "import/binaries.h"
#include "import/importer.h"
#include "profile/codec.h"
#include "symbol/store.h"

struct item {
    struct span id;
    bool fresh;
    bool read;
    struct spool spool; /* fd -1: from the store */
};

struct ingest {
    struct service *service;
    struct arena arena; /* owns the texts below, and the result's */
    struct span project, run;
    bool asked;
    struct item *items;
    size_t count;
    int count_read;

    atomic_int refs;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done, ok;
    bool settling; /* the job cleans up after a failure: its end is near, and too late to detach */
    bool detached; /* nobody waits any more: failures are kept for GET /api/v1/profiles/{id} */
    struct err err;
    struct store_analysis result;
};

static void ingest_unref(struct ingest *g)
{
    if (atomic_fetch_sub(&g->refs, 1) != 1)
        return;
    for (size_t i = 0; i < g->count; i++)
        spool_close(&g->items[i].spool);
    (void)pthread_cond_destroy(&g->cond);
    (void)pthread_mutex_destroy(&g->lock);
    arena_release(&g->arena);
    free(g);
}

/* --- reading one upload --- */

static bool spool_from_store(struct service *s, struct sql *db, struct item *item, struct span name, struct err *err)
{
    if (!spool_open(&item->spool, s->spool, name, err))
        return false;
    for (int64_t part = 0;; part++) {
        struct arena arena = { 0 };
        struct span bytes;
        bool ok = store_raw_part(db, &arena, item->id, part, &bytes, err);
        bool end = ok && bytes.len == 0;
        ok = ok && spool_add(&item->spool, bytes, err);
        arena_release(&arena);
        if (!ok)
            return false;
        if (end)
            return spool_finish(&item->spool, err);
    }
}

static bool options_of(const struct service *s, const struct store_profile *p, struct symbols *symbols,
                       struct import_options *ret, struct err *err)
{
    *ret = IMPORT_OPTIONS_DEFAULT;
    ret->limits = s->limits;
    ret->symbols = symbols;
    ret->threads = (unsigned)config_int(s->config, CONFIG_read_threads);
    ret->rate_hz = p->rate_hz;
    ret->duration_s = p->duration_s;
    ret->process = p->process;
    ret->clock_given = p->clock.len > 0;
    if (ret->clock_given && !clock_from_name(p->clock, &ret->clock))
        return err_set(err, ERR_BAD_REQUEST, "clock: want cpu, wall or off");
    if (p->runtime.len > 0 && !runtime_from_name(p->runtime, &ret->runtime))
        return err_set(err, ERR_BAD_REQUEST, "runtime: unknown");
    return true;
}

static bool known_kind(const struct sb *kinds, const char *format)
{
    struct span rest = sb_span(kinds);
    while (rest.len > 0) {
        size_t end = span_chr(rest, 0, ',');
        if (span_is(span_sub(rest, 0, end), format))
            return true;
        rest = span_from(rest, end + 1);
    }
    return false;
}

/* Packs what was read and stores it. */
static bool artefacts_store(struct service *s, struct span id, struct artefact_list *list, struct err *err)
{
    struct store_blob *blobs = xcalloc(list->count + 1, sizeof *blobs);
    struct sb *packed = xcalloc(list->count + 1, sizeof *packed);
    struct sb kinds = { .cap = 500 };
    bool ok = list->count > 0 || err_set(err, ERR_EMPTY, "there is nothing to read in the upload");
    for (uint32_t i = 0; ok && i < list->count; i++) {
        ok = artefact_encode(list->items[i], &packed[i], err);
        blobs[i] = (struct store_blob){ span_of(list->items[i]->format), sb_span(&packed[i]) };
        if (!known_kind(&kinds, list->items[i]->format))
            sb_printf(&kinds, "%s%s", kinds.len > 0 ? "," : "", list->items[i]->format);
        /* The model is no longer needed: an archive must not be held twice. */
        artefact_free(list->items[i]);
        list->items[i] = NULL;
    }
    uint32_t count = list->count;
    list->count = 0;
    ok = ok && store_put_artefacts(s->store, id, sb_span(&kinds), blobs, count, err);
    for (uint32_t i = 0; i < count; i++) {
        artefact_free(list->items[i]);
        sb_release(&packed[i]);
    }
    sb_release(&kinds);
    free(packed);
    free(blobs);
    return ok;
}

static bool item_read(struct ingest *g, struct item *item, struct symbols *symbols, struct sql *db, struct err *err)
{
    struct service *s = g->service;
    struct arena arena = { 0 };
    struct store_profile p;
    struct artefact_list list = { 0 };
    struct import_options opt;
    bool ok = store_profile_get(db, &arena, item->id, &p, err);
    bool read_before = ok && p.kind.len > 0;
    if (ok && !read_before) {
        ok = options_of(s, &p, symbols, &opt, err) &&
             (item->spool.fd >= 0 || spool_from_store(s, db, item, p.name, err)) &&
             store_profile_status(s->store, item->id, "running", ERR_NONE, SPAN(""), err);
        service_told_upload(s, g->project, item->id, "running", g->count_read, (int)g->count);
        const char *format = ok && p.format.len > 0 ? arena_dup(&arena, p.format) : NULL;
        ok = ok && import_fd(item->spool.fd, p.name, format, &opt, &list, err);
        ok = ok && artefacts_store(s, item->id, &list, err);
        artefact_list_release(&list);
    }
    arena_release(&arena);
    spool_close(&item->spool);
    return ok;
}

/* --- binaries and the recordings that they belong to --- */

static bool is_recording(const struct item *item)
{
    char head[16];
    ssize_t n = item->spool.fd >= 0 ? pread(item->spool.fd, head, sizeof head, 0) : 0;
    return n > 0 && binaries_wanted_by(span_make(head, (size_t)n));
}

static bool in_request(const struct ingest *g, struct span id)
{
    for (size_t i = 0; i < g->count; i++) {
        if (span_eq(g->items[i].id, id))
            return true;
    }
    return false;
}

/* Reads an earlier upload of the run once more: an archive for its binaries alone, or a recording with the binaries that
 * came after it. What is not of the wanted sort is left. */
static bool earlier_read(struct ingest *g, const struct store_profile *p, bool recording, struct symbols *symbols,
                         struct sql *db, struct err *err)
{
    struct item item = { .id = p->id, .spool = { .fd = -1 } };
    struct arena arena = { 0 };
    struct artefact_list list = { 0 };
    struct import_options opt;
    struct span first;
    bool ok = store_raw_part(db, &arena, p->id, 0, &first, err);
    bool wanted = ok && binaries_wanted_by(first) == recording;
    arena_release(&arena);
    if (wanted)
        ok = options_of(g->service, p, symbols, &opt, err) && spool_from_store(g->service, db, &item, p->name, err) &&
             import_fd(item.spool.fd, p->name, NULL, &opt, &list, err) &&
             (!recording || artefacts_store(g->service, p->id, &list, err));
    artefact_list_release(&list);
    spool_close(&item.spool);
    return ok;
}

/* The other uploads of the run, as far as they are kept. One that cannot be read again stays what it was. */
static bool earlier_all(struct ingest *g, bool recording, struct symbols *symbols, struct sql *db, struct err *err)
{
    enum { UPLOADS_MAX = 200 };
    struct arena arena = { 0 };
    struct store_profiles found = { 0 };
    bool ok = store_profiles(db, &arena, g->project, g->run, -1, SPAN(""), UPLOADS_MAX, &found, err);
    for (size_t i = 0; ok && i < found.count; i++) {
        const struct store_profile *p = &found.items[i];
        struct err why = ERR_INIT;
        if (in_request(g, p->id) || !p->raw_kept || !span_is(p->kind, "perf-data") || !span_is(p->status, "done"))
            continue;
        if (!earlier_read(g, p, recording, symbols, db, &why))
            log_event(LOG_WARN, "upload_not_read_again", "id=%.*s error=\"%s\"", SPAN_FMT(p->id), why.text);
    }
    free(found.items);
    arena_release(&arena);
    return ok;
}

static bool items_pass(struct ingest *g, bool recordings, struct symbols *symbols, struct sql *db, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < g->count; i++) {
        struct item *item = &g->items[i];
        if (item->read || (!recordings && is_recording(item)))
            continue;
        item->read = true;
        ok = item_read(g, item, symbols, db, err);
        if (ok)
            service_told_upload(g->service, g->project, item->id, "running", ++g->count_read, (int)g->count);
    }
    return ok;
}

/* Binaries in the same run give names to its recordings, which are therefore read last; a recording that came before its
 * binaries is read once more. An upload's own word opens no file of this machine: only those below symbols.root are. */
static bool items_read(struct ingest *g, struct sql *db, struct err *err)
{
    const char *root = config_text(g->service->config, CONFIG_symbols_root);
    struct symbol_options options = { .set_bytes_max = g->service->limits.expanded_bytes,
                                      .elf_bytes_max = g->service->limits.elf_bytes };
    if (root && root[0] != '\0')
        options.roots[options.root_count++] = root;
    struct symbols *symbols = symbols_new(&options);
    bool recordings = false;
    bool ok = items_pass(g, false, symbols, db, err);
    bool binaries = ok && symbol_store_count(symbols_store(symbols)) > 0;
    for (size_t i = 0; i < g->count; i++)
        recordings = recordings || !g->items[i].read;
    ok = ok && (!recordings || earlier_all(g, false, symbols, db, err));
    ok = ok && items_pass(g, true, symbols, db, err);
    ok = ok && (!binaries || earlier_all(g, true, symbols, db, err));
    symbols_free(symbols);
    return ok;
}

/* --- the job --- */

/* An upload that was read earlier stays what it was: only what this request brought is undone or marked. */
static bool item_failed(struct ingest *g, const struct item *item, bool detached, struct sql *db, const struct err *why,
                        struct err *err)
{
    struct store *store = g->service->store;
    struct arena arena = { 0 };
    struct store_profile p;
    bool empty = false;
    if (item->fresh && !detached)
        return store_delete_profile(store, item->id, clock_unix_us(), &empty, err);
    bool ok = store_profile_get(db, &arena, item->id, &p, err);
    bool done = ok && span_is(p.status, "done");
    arena_release(&arena);
    return ok && (done || store_profile_status(store, item->id, "failed", why->code, span_of(why->text), err));
}

static void failed(struct ingest *g, struct sql *db, struct err *err)
{
    (void)pthread_mutex_lock(&g->lock);
    bool detached = g->detached;
    g->settling = true;
    (void)pthread_mutex_unlock(&g->lock);
    for (size_t i = 0; i < g->count; i++) {
        struct err ignored = ERR_INIT;
        if (!item_failed(g, &g->items[i], detached, db, err, &ignored) && ignored.code != ERR_NOT_FOUND)
            log_event(LOG_ERROR, "upload_cleanup", "error=\"%s\"", ignored.text);
    }
    if (err_http_status(err->code) < 500)
        (void)atomic_fetch_add(&g->service->metrics.refused, 1);
}

static void ingest_run(void *user, struct sql *db)
{
    struct ingest *g = user;
    struct err err = ERR_INIT;
    bool ok = true;
    int64_t from = clock_monotonic_ns();
    /* What still waits at a stop stays queued in the store; the next start takes it up. */
    bool stopping = atomic_load(&g->service->stopping);
    if (stopping)
        ok = err_set(&err, ERR_BUSY, "the service is stopping");
    ok = ok && items_read(g, db, &err);
    ok = ok && service_analyse(g->service, db, &g->arena, g->project, g->run, g->asked, &g->result, &err);
    histogram_add(&g->service->metrics.analysis_s, clock_monotonic_ns() - from);
    if (!ok && !stopping)
        failed(g, db, &err);
    for (size_t i = 0; i < g->count && !stopping; i++)
        service_told_upload(g->service, g->project, g->items[i].id, ok ? "done" : "failed", ok ? (int)g->count : 0,
                            ok ? (int)g->count : 0);
    service_told(g->service, "run", g->project, g->run);
    (void)pthread_mutex_lock(&g->lock);
    g->ok = ok;
    g->err = err;
    g->done = true;
    (void)pthread_cond_broadcast(&g->cond);
    (void)pthread_mutex_unlock(&g->lock);
    ingest_unref(g);
}

static struct ingest *ingest_new(struct service *s, struct span project, struct span run, bool asked, size_t n)
{
    struct ingest *g = xcalloc(1, sizeof *g);
    g->service = s;
    g->project = arena_span(&g->arena, project);
    g->run = arena_span(&g->arena, run);
    g->asked = asked;
    g->items = ARENA_ARRAY(&g->arena, n, struct item);
    g->count = n;
    g->err = ERR_INIT;
    atomic_init(&g->refs, 2);
    (void)pthread_mutex_init(&g->lock, NULL);
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&g->cond, &attr);
    (void)pthread_condattr_destroy(&attr);
    return g;
}

bool ingest_start(struct service *s, struct span project, struct span run, bool asked, const struct ingest_item *items,
                  size_t n, struct ingest **ret, struct err *err)
{
    struct ingest *g = ingest_new(s, project, run, asked, n);
    for (size_t i = 0; i < n; i++) {
        g->items[i] =
            (struct item){ .id = arena_span(&g->arena, items[i].id), .fresh = items[i].fresh, .spool = { .fd = -1 } };
        if (items[i].spool) {
            g->items[i].spool = *items[i].spool;
            items[i].spool->fd = -1;
            items[i].spool->hash = NULL;
        }
    }
    if (!jobs_submit(s->analysis, ingest_run, g, err)) {
        atomic_store(&g->refs, 1);
        ingest_unref(g);
        return false;
    }
    *ret = g;
    return true;
}

static void result_copy(const struct store_analysis *from, struct arena *arena, struct store_analysis *to)
{
    *to = *from;
    to->project = arena_span(arena, from->project);
    to->run = arena_span(arena, from->run);
    to->input_key = arena_span(arena, from->input_key);
    to->gate = arena_span(arena, from->gate);
    to->verdict = arena_span(arena, from->verdict);
    to->summary = arena_span(arena, from->summary);
    to->headline = arena_span(arena, from->headline);
    to->doc = arena_span(arena, from->doc);
}

enum ingest_end ingest_wait(struct ingest *g, int64_t wait_s, struct arena *arena, struct store_analysis *ret,
                            struct err *err)
{
    struct timespec until = clock_deadline_monotonic(wait_s);
    (void)pthread_mutex_lock(&g->lock);
    bool late = wait_s == 0;
    while (!g->done && (!late || g->settling)) {
        if (g->settling)
            (void)pthread_cond_wait(&g->cond, &g->lock);
        else
            late = pthread_cond_timedwait(&g->cond, &g->lock, &until) != 0;
    }
    enum ingest_end end = !g->done ? INGEST_LATE : g->ok ? INGEST_DONE : INGEST_FAILED;
    if (end == INGEST_LATE)
        g->detached = true;
    if (end == INGEST_DONE)
        result_copy(&g->result, arena, ret);
    if (end == INGEST_FAILED)
        *err = g->err;
    (void)pthread_mutex_unlock(&g->lock);
    ingest_unref(g);
    return end;
}

bool ingest_resume(struct service *s, struct err *err)
{
    struct sql *db = NULL;
    struct arena arena = { 0 };
    struct store_profiles left = { 0 };
    if (!store_reader_open(s->store, &db, err))
        return false;
    bool ok = store_unfinished(db, &arena, &left, err);
    store_reader_close(db);
    for (size_t i = 0; ok && i < left.count; i++) {
        struct ingest *g = NULL;
        struct ingest_item item = { .id = left.items[i].id };
        struct err busy = ERR_INIT;
        /* What finds no place now stays queued for the next start or the next identical upload. */
        if (!ingest_start(s, left.items[i].project, left.items[i].run, false, &item, 1, &g, &busy))
            break;
        (void)ingest_wait(g, 0, &arena, &(struct store_analysis){ 0 }, &busy);
    }
    freep(&left.items);
    arena_release(&arena);
    return ok;
}
