/* export.h - the model of an upload out of the store, for exports and pictures. For job threads. */
#ifndef STET_HTTP_EXPORT_H
#define STET_HTTP_EXPORT_H

#include "http/request.h"
#include "profile/artefact.h"

/* The artefact with stacks of these uploads that shows most: CPU samples before others, more samples before fewer.
 * Errors: ERR_NOT_FOUND when none holds stacks. Owns: *ret, artefact_free. */
bool export_load(struct request *rq, struct sql *db, const struct span *ids, size_t n, struct artefact **ret,
                 struct err *err) MUST_CHECK;
/* Flame graph of an artefact with stacks. */
bool export_flame(const struct artefact *a, bool standalone, struct sb *out, struct err *err) MUST_CHECK;

#endif
