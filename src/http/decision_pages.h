/* decision_pages.h - proposals and decisions as pages and documents for people (h_decision_pages.c). */
#ifndef STET_HTTP_DECISION_PAGES_H
#define STET_HTTP_DECISION_PAGES_H

#include "base/jsonw.h"
#include "http/reply.h"
#include "http/request.h"
#include "store/decisions.h"

enum decision_form { DECISION_MARKDOWN, DECISION_HTML };

/* The record of a decision, with what happened since, as one document: for {id}.md and {id}.html.
 * In: d as store_decision_get gives it, seen by the caller's token */
bool decision_document(struct request *rq, struct reply *rp, const struct store_decision *d, enum decision_form form,
                       struct err *err) MUST_CHECK;

/* Members of report/pages.h that a project's page shows: "proposals" (newest first, with their newest decision),
 * "waivers", "fired", "proposals_url". Into the open object. Runs on a job thread. */
bool project_decisions_write(const struct request *rq, struct sql *db, struct arena *arena, struct span project,
                             struct jsonw *w, struct err *err) MUST_CHECK;

/* What a list of projects says of one: the title of its newest open proposal, and how many decisions that hold were
 * re-opened or are out of date. */
struct project_asked {
    struct span title; /* "" = none */
    int64_t reopened, stale;
};
bool project_asked(struct sql *db, struct arena *arena, struct span project, struct project_asked *ret,
                   struct err *err) MUST_CHECK;

#endif
