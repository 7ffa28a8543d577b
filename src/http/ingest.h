/* ingest.h - from a stored upload to an analysed run, on a job thread. */
#ifndef STET_HTTP_INGEST_H
#define STET_HTTP_INGEST_H

#include "http/spool.h"
#include "store/store.h"

struct service;
struct ingest; /* counted: the caller and the job hold one reference each */

struct ingest_item {
    struct span id;
    bool fresh;          /* made by this request: removed again when it cannot be read */
    struct spool *spool; /* taken over (its descriptor is closed by the job); NULL = from the stored bytes */
};

/* Hands the uploads of one run to a job thread. Copies all texts.
 * Errors: ERR_BUSY; then nothing was started. */
bool ingest_start(struct service *s, struct span project, struct span run, bool asked, const struct ingest_item *items,
                  size_t n, struct ingest **ret, struct err *err) MUST_CHECK;
enum ingest_end { INGEST_DONE, INGEST_FAILED, INGEST_LATE };
/* Waits at most so long. DONE: *ret in arena. FAILED: *err. LATE: the job goes on by itself, uploads that cannot be read
 * stay as failed. Gives the caller's reference back. */
enum ingest_end ingest_wait(struct ingest *g, int64_t wait_s, struct arena *arena, struct store_analysis *ret,
                            struct err *err);
/* After a restart: uploads that were accepted but not finished. */
bool ingest_resume(struct service *s, struct err *err) MUST_CHECK;

#endif
