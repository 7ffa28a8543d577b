/* service.h - what all handlers share. Made once by service_start; its parts are thread-safe. */
#ifndef STET_HTTP_SERVICE_H
#define STET_HTTP_SERVICE_H

#include <pthread.h>
#include <stdatomic.h>

#include "advise/advise.h"
#include "base/limits.h"
#include "config/config.h"
#include "http/access.h"
#include "http/basis.h"
#include "http/cache.h"
#include "http/events.h"
#include "http/jobs.h"
#include "http/metrics.h"
#include "store/store.h"

enum { RUN_LOCKS = 64 };

struct service {
    const struct config *config;
    struct limits limits;
    struct store *store;
    struct jobs *analysis;         /* imports and analyses */
    struct jobs *render;           /* pages and exports */
    struct jobs *later;            /* one thread: decisions that are looked at again after the answer */
    struct told *told;             /* projects that wait there (told.c) */
    struct reclassify *reclassify; /* projects whose runs are analysed anew there (reclassify.c) */
    pthread_mutex_t told_lock;     /* of both */
    struct cache *cache;
    char *spool; /* folder */
    struct access access;
    struct metrics metrics;
    atomic_bool stopping;     /* jobs that wait are left for the next start */
    atomic_ullong generation; /* grows with every write: part of the key of what is cached. Begins with the time in ms,
                                 so that no number comes twice over a restart */
    struct events *events;    /* what these writes were */
    pthread_mutex_t run_lock[RUN_LOCKS];
    /* advise_analyse, unless a test puts another in its place. */
    bool (*analyse)(const struct advise_input *in, struct sb *ret_json, struct advise_verdict *ret, struct err *err);
    struct decider decider; /* how decisions are made */
};

/* Opens the store and starts the job threads; takes up uploads that an earlier process left unfinished.
 * In: config outlives the service. Errors: those of the store, ERR_USAGE for a listen address that needs a token. */
bool service_start(struct service *s, const struct config *config, struct err *err) MUST_CHECK;
void service_stop(struct service *s);
/* After every write: kind as http/events.h names it (a literal), project "" where it concerns none or more than one, ref what
 * it is of. */
void service_told(struct service *s, const char *kind, struct span project, struct span ref);
/* An upload's status changed; part of parts files of its request are read, 0 of 0 not known. */
void service_told_upload(struct service *s, struct span project, struct span id, const char *status, int part,
                         int parts);
/* 26 lower-case characters, sortable by time. False when the system gives no randomness. */
bool service_id(char out[27], int64_t now_us, struct err *err) MUST_CHECK;

/* --- analyse.c --- */

struct analysis {
    struct store_analysis stored; /* texts in the arena given */
};
/* Analyses the run as it stands, as a new revision unless nothing changed since the newest. Runs on a job thread. */
bool service_analyse(struct service *s, struct sql *db, struct arena *arena, struct span project, struct span run,
                     bool asked, struct store_analysis *ret, struct err *err) MUST_CHECK;
/* The same of a run that nobody told anything: what is watched, and decisions, are not looked at for it. */
bool service_analyse_quietly(struct service *s, struct sql *db, struct arena *arena, struct span project,
                             struct span run, bool asked, struct store_analysis *ret, struct err *err) MUST_CHECK;
/* The document with superseded_by as it is now. */
struct span service_doc(struct arena *arena, const struct store_analysis *a);
/* True for gate pass and waived. */
bool service_gate_open(const struct store_analysis *a);

#endif
