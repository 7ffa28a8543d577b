/* ordered.h - jobs done by several threads, results taken in the order in which they were put. Without threads a job is
 * done when it is taken, so the results are the same for every number of threads as long as a job needs nothing from
 * another one and `run` nothing but the job and what belongs to its worker.
 *
 * One thread puts and takes. */
#ifndef STET_BASE_ORDERED_H
#define STET_BASE_ORDERED_H

#include <stdbool.h>
#include <stddef.h>

/* worker: 0 .. threads - 1; one at a time runs under the same number. */
typedef void (*ordered_run_fn)(void *user, unsigned worker, void *job);

enum { ORDERED_THREADS_MAX = 64 };

struct ordered;
struct ordered *ordered_new(ordered_run_fn run, void *user);
/* Waits for the threads; jobs that were not taken may stay undone. NULL is allowed. */
void ordered_free(struct ordered *o);
/* From here on jobs are done by threads. A thread that cannot be made is done without. At most once. */
void ordered_start(struct ordered *o, unsigned threads);
/* Jobs that may wait: put at most that many more than were taken. 1 without threads. */
unsigned ordered_room(const struct ordered *o);
unsigned ordered_waiting(const struct ordered *o);
void ordered_put(struct ordered *o, void *job); /* borrowed until it is taken */
/* The oldest one, done; NULL when none waits. */
void *ordered_take(struct ordered *o);

#endif
