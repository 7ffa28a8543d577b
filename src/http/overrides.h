/* overrides.h - the categories that a project corrected, as everything that classifies its profiles must take them.
 *
 * What shows or exports a profile in colours of categories loads them and hands `list` to classify_options.overrides:
 *   project_overrides_load  as they hold now (an analysis that is to be made);
 *   project_overrides_of    as one revision was made with (pictures, flame data and exports beside a report: the colours
 *                           then agree with its shares, also on a link to an old revision).
 * Texts stand in the arena; release with project_overrides_release. For job threads and handlers alike. */
#ifndef STET_HTTP_OVERRIDES_H
#define STET_HTTP_OVERRIDES_H

#include "base/json.h"
#include "base/jsonw.h"
#include "classify/classify.h"
#include "http/request.h"
#include "policy/project.h"
#include "store/overrides.h"

struct service;

/* Members of one as the API shows it, into an open object (h_overrides.c). */
void override_members(struct jsonw *w, const struct store_override *o);
/* Whether kind, pattern and category are such. Errors: ERR_VALUE. */
bool override_words(const struct store_override *o, struct err *err) MUST_CHECK;

/* Corrections that are stored, and as many in the project's document. */
enum { OVERRIDES_STORED_MAX = OVERRIDES_MAX / 2 };

struct project_overrides {
    struct classify_overrides list; /* items owned */
    struct store_overrides rows;    /* those of the store among them, oldest first */
    int64_t changed_us;             /* when one was last given or revoked; 0 never */
};

/* The corrections of the project's document (doc may be NULL), then those that were given one by one. */
bool project_overrides_load(struct sql *db, struct arena *arena, struct span project, const struct policy_project *doc,
                            struct project_overrides *ret, struct err *err) MUST_CHECK;
/* Those that an analysis or decision document was made with; none where it lists none (doc may be NULL). */
void project_overrides_of(const struct json *doc, struct arena *arena, struct project_overrides *ret);
void project_overrides_release(struct project_overrides *o);

/* Rows behind the document's, as one list; rows that this version does not understand are left out. Owns: items, free(). */
void overrides_join(struct arena *arena, const struct policy_project *doc, const struct store_overrides *rows,
                    struct classify_overrides *ret);
/* SHA-256 over the columns of a row that never change. */
void override_row_hash(const struct store_override *o, char ret_hex[65]);

/* Analyses the runs of the project anew that were last analysed before its corrections changed, all but `done` ("" none):
 * one at a time, after the answer, at most RECLASSIFIED_MAX newest ones. What comes meanwhile starts it over. */
enum { RECLASSIFIED_MAX = 500 };
void reclassify_later(struct service *s, struct span project);
/* After a start: projects of which an earlier process left runs behind. */
bool reclassify_resume(struct service *s, struct err *err) MUST_CHECK;

#endif
