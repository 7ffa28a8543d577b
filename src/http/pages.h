/* pages.h - what pages and forms share: rendering on a job thread, the cache, failures as pages. */
#ifndef STET_HTTP_PAGES_H
#define STET_HTTP_PAGES_H

#include "http/reply.h"
#include "http/request.h"

/* Writes one document into body; runs on a job thread with that thread's reader. */
typedef bool (*page_fn)(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err);

/* Answers with what fn writes: out of memory when nothing was written to the store since it was rendered.
 * variant tells apart what one address can give (NULL = never kept). */
bool page_reply(struct request *rq, struct reply *rp, const char *type, const char *variant, page_fn fn, void *user,
                struct err *err) MUST_CHECK;
/* Runs fn on a job thread without keeping what it writes. */
bool page_render(struct request *rq, page_fn fn, void *user, struct sb *body, struct err *err) MUST_CHECK;
/* The failure as a page with the status that rp has. */
void pages_error(struct request *rq, struct reply *rp, const struct err *err);

/* The form that asks for a token (h_system.c). */
struct span login_page(void);

/* Paths, percent-encoded. */
void path_project(struct sb *out, struct span project);
void path_run(struct sb *out, struct span project, struct span run);
void path_api_override(struct sb *out, struct span project, struct span id);
void path_profile(struct sb *out, struct span id, int64_t revision); /* revision 0 = none */

/* ?rev=N; 0 when absent. Errors: ERR_BAD_REQUEST. */
bool request_revision(const struct request *rq, int64_t *ret, struct err *err) MUST_CHECK;
/* "http://HOST" as the client called us. */
void request_base(const struct request *rq, struct sb *out);
/* Checks the shape of names from outside. Errors: ERR_BAD_REQUEST. */
bool name_project(struct span s, struct err *err) MUST_CHECK;
bool name_key(const char *what, struct span s, struct err *err) MUST_CHECK; /* run, commit, branch, scenario, labels */

#endif
