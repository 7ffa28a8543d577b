/* demo.h - the recorded cases inside the binary, loaded by the same way that uploads take, and what was proposed for them. */
#ifndef STET_HTTP_DEMO_H
#define STET_HTTP_DEMO_H

#include "base/json.h"
#include "http/service.h"

/* Loads every case that is not there yet: one project a case, one run a recording, proposals with their decisions. */
bool demo_load(struct service *s, struct err *err) MUST_CHECK;

/* --- private to demo*.c --- */

/* A file of a case by its path in it; NULL text when it is not there. */
struct span demo_file(struct span folder, struct span path);
/* The decisions.json of a case: proposals are stored and decided in the order of the list, those marked `demo`. Proposals of
 * one title are versions of one. A project that has proposals stays as it is. */
bool demo_decisions(struct service *s, struct sql *db, struct span folder, const struct json *doc,
                    struct err *err) MUST_CHECK;

#endif
