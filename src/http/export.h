/* export.h - the model of an upload out of the store, for exports and pictures. For job threads. */
#ifndef STET_HTTP_EXPORT_H
#define STET_HTTP_EXPORT_H

#include "base/json.h"
#include "http/request.h"
#include "profile/artefact.h"

/* Secrets in names of processes and threads, which often are command lines, are masked in it.
 * The artefact with stacks of these uploads that shows most: CPU samples before others, more samples before fewer.
 * Errors: ERR_NOT_FOUND when none holds stacks. Owns: *ret, artefact_free. */
bool export_load(struct request *rq, struct sql *db, const struct span *ids, size_t n, struct artefact **ret,
                 struct err *err) MUST_CHECK;
/* The clock by which the stacks are told apart: the file's own, or the one that the analysis inferred (doc may be NULL). */
enum clock_kind export_clock(const struct artefact *a, const struct json *doc);
/* Flame graph of an artefact with stacks. */
bool export_flame(const struct artefact *a, enum clock_kind clock, bool standalone, struct sb *out,
                  struct err *err) MUST_CHECK;

#endif
