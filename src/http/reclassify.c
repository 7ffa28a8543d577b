/* Runs that are analysed anew after a correction was answered: one a job, so that what else waits for that thread has its
 * turn between them. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/overrides.h"
#include "http/service.h"

struct reclassify {
    struct reclassify *next;
    struct service *service;
    struct arena arena; /* owns the name */
    struct span project;
    struct store_runs runs;
    struct arena names; /* of the runs */
    size_t at;
    int64_t changed_us;
    bool loaded;
    bool again; /* corrections changed while it ran */
};

static void reclassify_end(struct reclassify *r)
{
    struct service *s = r->service;
    for (struct reclassify **at = &s->reclassify; *at; at = &(*at)->next) {
        if (*at == r) {
            *at = r->next;
            break;
        }
    }
    free(r->runs.items);
    arena_release(&r->names);
    arena_release(&r->arena);
    free(r);
}

static bool runs_load(struct reclassify *r, struct sql *db, struct err *err)
{
    freep(&r->runs.items);
    r->runs = (struct store_runs){ 0 };
    arena_release(&r->names);
    r->names = (struct arena){ 0 };
    r->at = 0;
    r->loaded = true;
    return store_override_changed(db, r->project, &r->changed_us, err) &&
           store_runs(db, &r->names, r->project, RECLASSIFIED_MAX, &r->runs, err);
}

static bool run_turn(struct reclassify *r, struct sql *db, const struct store_run *run, struct err *err)
{
    struct arena arena = { 0 };
    struct store_analysis a;
    bool ok = store_analysis_get(db, &arena, r->project, run->name, 0, &a, err);
    bool asked = ok && span_find(a.doc, 0, SPAN("\"asked\":true")) < a.doc.len;
    /* What is watched, and decisions, rest on the newest one alone. */
    bool newest = run == r->runs.items;
    ok = ok && (newest ? service_analyse(r->service, db, &arena, r->project, run->name, asked, &a, err)
                       : service_analyse_quietly(r->service, db, &arena, r->project, run->name, asked, &a, err));
    arena_release(&arena);
    return ok;
}

/* The next run that is behind; false when there is none. */
static bool turn(struct reclassify *r, struct sql *db)
{
    struct err err = ERR_INIT;
    if (!r->loaded && !runs_load(r, db, &err)) {
        log_event(LOG_WARN, "reclassify", "project=%.*s error=\"%s\"", SPAN_FMT(r->project), err.text);
        return false;
    }
    while (r->at < r->runs.count) {
        const struct store_run *run = &r->runs.items[r->at++];
        if (run->newest.revision == 0 || run->newest.created_us >= r->changed_us)
            continue;
        if (!run_turn(r, db, run, &err))
            log_event(LOG_WARN, "reclassify", "project=%.*s run=\"%.*s\" error=\"%s\"", SPAN_FMT(r->project),
                      SPAN_FMT(run->name), err.text);
        return true;
    }
    return false;
}

static void reclassify_run(void *user, struct sql *db)
{
    struct reclassify *r = user;
    struct service *s = r->service;
    struct err busy = ERR_INIT;
    bool more = true;
    while (more) {
        more = !atomic_load(&s->stopping) && turn(r, db);
        (void)pthread_mutex_lock(&s->told_lock);
        if (r->again) {
            r->again = r->loaded = false;
            more = true;
        }
        more = more && !atomic_load(&s->stopping);
        if (!more)
            reclassify_end(r);
        (void)pthread_mutex_unlock(&s->told_lock);
        if (more && jobs_submit(s->later, reclassify_run, r, &busy))
            return;
    }
}

void reclassify_later(struct service *s, struct span project)
{
    struct err busy = ERR_INIT;
    (void)pthread_mutex_lock(&s->told_lock);
    struct reclassify *r = s->reclassify;
    while (r && !span_eq(r->project, project))
        r = r->next;
    bool under_way = r != NULL;
    if (under_way) {
        r->again = true;
    } else {
        r = xcalloc(1, sizeof *r);
        r->service = s;
        r->project = arena_span(&r->arena, project);
        r->next = s->reclassify;
        s->reclassify = r;
    }
    (void)pthread_mutex_unlock(&s->told_lock);
    if (under_way || jobs_submit(s->later, reclassify_run, r, &busy))
        return;
    log_event(LOG_WARN, "reclassify", "project=%.*s error=\"%s\"", SPAN_FMT(project), busy.text);
    (void)pthread_mutex_lock(&s->told_lock);
    reclassify_end(r);
    (void)pthread_mutex_unlock(&s->told_lock);
}

bool reclassify_resume(struct service *s, struct err *err)
{
    struct sql *db = NULL;
    struct arena arena = { 0 };
    struct store_names names = { 0 };
    bool ok = store_reader_open(s->store, &db, err);
    ok = ok && store_override_projects(db, &arena, &names, err);
    for (size_t i = 0; ok && i < names.count; i++)
        reclassify_later(s, names.items[i]);
    free(names.items);
    arena_release(&arena);
    store_reader_close(db);
    return ok;
}
