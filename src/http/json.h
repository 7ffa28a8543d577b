/* json.h - members of the API's documents, shared by handlers. */
#ifndef STET_HTTP_JSON_H
#define STET_HTTP_JSON_H

#include "base/jsonw.h"
#include "http/reply.h"
#include "store/store.h"

void json_time(struct jsonw *w, const char *key, int64_t unix_us);
void json_share(struct jsonw *w, const char *key, const struct store_share *s); /* null when unknown */
void json_pairs(struct jsonw *w, const char *key, const struct store_pairs *pairs);
/* All members of an upload into an open object. */
void json_profile(struct jsonw *w, const struct store_profile *p);
/* revision, gate, verdict, summary, cpu_share into an open object; null without an analysis. */
void json_brief(struct jsonw *w, const struct store_brief *b);
void json_project(struct jsonw *w, const struct store_project *p); /* a whole object */
void json_run(struct jsonw *w, const struct store_run *r);         /* a whole object */
/* The text or null when it is empty. */
void json_text(struct jsonw *w, const char *key, struct span s);
/* prefix, the id escaped for a path, suffix. */
void json_url(struct jsonw *w, const char *key, const char *prefix, struct span id, const char *suffix);

/* The project of that name with its newest run. Errors: ERR_BAD_REQUEST, ERR_NOT_FOUND. */
bool project_find(struct request *rq, struct span project, struct store_project *ret, struct err *err) MUST_CHECK;

/* The analysis as JSON, or as Markdown when the client asks for it. */
bool analysis_reply(struct request *rq, struct reply *rp, const struct store_analysis *a, struct span profile_id,
                    struct err *err) MUST_CHECK;
bool markdown_reply(struct request *rq, struct reply *rp, const struct store_analysis *a, struct span profile_id,
                    bool gate, struct err *err) MUST_CHECK;

#endif
