/* page_json.h - members that the documents of home and project share; for the handlers of pages. */
#ifndef STET_HTTP_PAGE_JSON_H
#define STET_HTTP_PAGE_JSON_H

#include "base/json.h"
#include "base/jsonw.h"
#include "http/request.h"
#include "store/lists.h"

enum { PAGE_DEPTH_MAX = 64 };

/* For page_reply: a page that names the address it is reached by, and waivers, which end by themselves; what is kept of
 * it is at most some seconds old. Lives as long as the request. */
const char *page_variant(struct request *rq);
/* "age_days" since a moment. */
void page_age_write(struct jsonw *w, const struct request *rq, int64_t since_us);
/* What lists show of an analysis, as report/pages.h names it: verdict, headline, gate, asked, cpu_share, summary, updated,
 * age_days. */
void page_brief_write(struct jsonw *w, const struct request *rq, const struct store_brief *b, int64_t changed_us);
/* The newest decision that holds, over what the newest files say by themselves; *ret false where nobody asked. */
bool page_decided_write(struct jsonw *w, struct request *rq, struct sql *db, const struct store_project *p, bool *ret,
                        struct err *err) MUST_CHECK;
/* The document that fn makes out of the JSON text. */
bool page_from(const struct sb *in, bool (*page)(const struct json *in, struct sb *out, struct err *err),
               struct sb *body, struct err *err) MUST_CHECK;

/* --- page_attention.c: what needs attention, of all projects that the reader sees, or of one --- */

struct attention {
    struct sb rows; /* the members of a JSON array */
    struct arena arena;
    struct store_projects projects; /* that have a row, each once: names alone */
    size_t count, left_out;
};
/* project "" = all that the reader sees. */
bool attention_load(struct request *rq, struct sql *db, struct span project, struct attention *ret,
                    struct err *err) MUST_CHECK;
/* The gate of the newest run is another than that of the run before it, of the same branch and scenario. */
void attention_gate(struct attention *a, struct span project, const struct store_points *points);
bool attention_has(const struct attention *a, struct span project);
void attention_write(const struct attention *a, struct jsonw *w);
void attention_release(struct attention *a);

#endif
