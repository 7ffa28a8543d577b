/* jobs.h - threads with stacks of 8 MB and a reader's connection each, for everything that parses, analyses or renders:
 * the web server's own threads have 100 KB. */
#ifndef STET_HTTP_JOBS_H
#define STET_HTTP_JOBS_H

#include <stdint.h>

#include "base/err.h"

struct sql;
struct store;
struct jobs;

/* fn runs on a job thread; db is that thread's reader. */
typedef void (*job_fn)(void *user, struct sql *db);

bool jobs_new(const struct store *store, unsigned threads, unsigned waiting_max, struct jobs **ret,
              struct err *err) MUST_CHECK;
/* Runs what waits, then ends the threads. */
void jobs_free(struct jobs *j);
/* Hands a job over. Errors: ERR_BUSY when too many wait. */
bool jobs_submit(struct jobs *j, job_fn fn, void *user, struct err *err) MUST_CHECK;
/* Runs a job and waits for its end. */
bool jobs_call(struct jobs *j, job_fn fn, void *user, struct err *err) MUST_CHECK;
unsigned jobs_waiting(struct jobs *j);

#endif
