/* compare.h - two runs or uploads of the store as the sides of a comparison.
 *
 * What is named: an upload by its id, or a run as PROJECT/RUN; each with @REV behind it for a fixed revision, else the
 * newest. RUN may itself hold '/' and '@': a run of the whole name goes before one with a revision. */
#ifndef STET_HTTP_COMPARE_H
#define STET_HTTP_COMPARE_H

#include "advise/compare.h"
#include "http/request.h"
#include "store/store.h"

struct compare_id {
    struct span text;    /* as asked */
    struct span profile; /* "" = the run as a whole */
    struct span project, run;
    int64_t revision; /* 0 = newest */
};

/* Errors: ERR_BAD_REQUEST (what: "base" or "head"), ERR_NOT_FOUND, also for what the caller may not see. */
bool compare_id_find(struct request *rq, struct sql *db, const char *what, struct span text, struct compare_id *ret,
                     struct err *err) MUST_CHECK;

/* stet/compare/1 of both. For job threads. Errors: those of compare_make and of the store */
bool compare_stored(struct request *rq, struct sql *db, const struct compare_id *base, const struct compare_id *head,
                    struct sb *ret_json, struct err *err) MUST_CHECK;

#endif
