/* What was told (an upload, a fact, a rule) may give decisions another answer. A few are looked at before the request is
 * answered, many of them afterwards, one project at a time; what comes meanwhile is looked at once more, not once each. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/decide.h"
#include "http/service.h"
#include "http/watch.h"

struct told {
    struct told *next;
    struct service *service;
    struct arena arena;
    struct span project;
    bool again; /* something was told while it ran */
};

static void look(struct service *s, struct sql *db, struct span project)
{
    int64_t count = 0;
    struct err err = ERR_INIT;
    if (!decisions_reevaluate(s, db, project, clock_unix_us(), &count, &err))
        log_event(LOG_WARN, "reevaluate", "project=%.*s error=\"%s\"", SPAN_FMT(project), err.text);
}

static void unlink_told(struct service *s, const struct told *t)
{
    for (struct told **at = &s->told; *at; at = &(*at)->next) {
        if (*at == t) {
            *at = t->next;
            return;
        }
    }
}

static void told_run(void *user, struct sql *db)
{
    struct told *t = user;
    struct service *s = t->service;
    bool more = true;
    while (more) {
        (void)pthread_mutex_lock(&s->told_lock);
        t->again = false;
        (void)pthread_mutex_unlock(&s->told_lock);
        look(s, db, t->project);
        (void)pthread_mutex_lock(&s->told_lock);
        more = t->again && !atomic_load(&s->stopping);
        if (!more)
            unlink_told(s, t);
        (void)pthread_mutex_unlock(&s->told_lock);
    }
    arena_release(&t->arena);
    free(t);
}

static void look_later(struct service *s, struct span project)
{
    struct err busy = ERR_INIT;
    (void)pthread_mutex_lock(&s->told_lock);
    struct told *t = s->told;
    while (t && !span_eq(t->project, project))
        t = t->next;
    bool under_way = t != NULL;
    if (under_way) {
        t->again = true;
    } else {
        t = xcalloc(1, sizeof *t);
        t->service = s;
        t->project = arena_span(&t->arena, project);
        t->next = s->told;
        s->told = t;
    }
    (void)pthread_mutex_unlock(&s->told_lock);
    if (under_way || jobs_submit(s->later, told_run, t, &busy))
        return;
    log_event(LOG_WARN, "reevaluate", "project=%.*s error=\"%s\"", SPAN_FMT(project), busy.text);
    (void)pthread_mutex_lock(&s->told_lock);
    unlink_told(s, t);
    (void)pthread_mutex_unlock(&s->told_lock);
    arena_release(&t->arena);
    free(t);
}

void told_decisions(struct service *s, struct sql *db, struct span project, int64_t at_once)
{
    struct arena arena = { 0 };
    struct store_decisions list = { 0 };
    struct err none = ERR_INIT;
    if (store_decision_list(db, &arena, project, SPAN(""), true, 0, at_once + 1, &list, &none) && list.count > 0) {
        if (list.count <= (size_t)at_once)
            look(s, db, project);
        else
            look_later(s, project);
    }
    free(list.items);
    arena_release(&arena);
}
