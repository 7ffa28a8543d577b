/* events.h - what changed lately, for pages that are open: the newest changes in memory, each with the number that the
 * service's generation had then, and whoever waits for the next one. Nothing here is kept over a restart: a reader
 * whose number is not among the kept ones is told so, and reads its page anew. Thread-safe. */
#ifndef STET_HTTP_EVENTS_H
#define STET_HTTP_EVENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* One change. Kinds: run (an upload came, went or moved), analysis, upload (its status), proposal, decision, waiver,
 * watch, policy, facts, overrides, other. */
struct event {
    uint64_t generation;
    const char *kind;   /* lives as long as the program, as does status */
    char project[64];   /* "" = none, or several */
    char ref[104];      /* run, upload, proposal, decision ...: what the kind is of; "" none */
    const char *status; /* of an upload: queued, running, done, failed; NULL otherwise */
    int part, parts;    /* of an upload under way: files read, of how many; 0 of 0 not known */
};

struct events;
struct listener;

/* In: listeners_max how many may wait at once. */
struct events *events_new(unsigned listeners_max);
void events_free(struct events *e); /* NULL is fine; nobody may listen any more */

/* Counts the generation on and keeps the change under the new number. */
void events_add(struct events *e, atomic_ullong *generation, const struct event *ev);
/* The first change after `since`; false when there is none. *ret_lost: changes between are not kept any more, or `since`
 * is of another life of the service. */
bool events_after(struct events *e, uint64_t since, struct event *ret, bool *ret_lost);

/* NULL when as many listen as may, or after the stop. */
struct listener *events_join(struct events *e);
/* A descriptor that can be read when something changed since the last events_seen, or at the stop. */
int events_fd(const struct listener *l);
void events_seen(struct listener *l);
void events_leave(struct events *e, struct listener *l);
/* Wakes all listeners, and lets nobody listen any more. */
void events_stop(struct events *e);
bool events_stopped(struct events *e);

#endif
