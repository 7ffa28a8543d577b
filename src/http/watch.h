/* watch.h - what the service does with facts of the world, policies of a project and what is watched. */
#ifndef STET_HTTP_WATCH_H
#define STET_HTTP_WATCH_H

#include "base/json.h"
#include "facts/facts.h"
#include "http/reply.h"
#include "roi/proposal.h"
#include "store/watch.h"

/* --- reading what is told (fact_body.c) --- */

struct fact_telling {
    struct span scope, source, by; /* scope and source where a value states none */
    int64_t time_us, now_us;
};
/* The members of {"name": value, ...} as rows to be stored, in order; one error for each name that cannot be used.
 * A fact of a band without its end (cpu_share) gives all three of them. Owns: ret->items, free(); errors->items, free() */
void fact_body_read(const struct json *doc, const struct fact_telling *telling, struct arena *arena,
                    struct store_givens *ret, struct field_errors *errors);
/* project, run=R, scenario=S, commit=C. Errors: ERR_VALUE. */
bool fact_scope_check(struct span scope, struct err *err) MUST_CHECK;
/* "2026-03-01" or RFC 3339, not after tomorrow. Errors: ERR_VALUE. */
bool fact_time_read(struct span text, int64_t now_us, int64_t *ret_us, struct err *err) MUST_CHECK;
void field_error_add(struct field_errors *e, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* --- facts of the world in an analysis or a decision (world.c) --- */

/* Whose facts: those of the project, over them those of the scenario, the commit and the run ("" none). */
struct world_of {
    struct span project, run, commit, scenario;
};
/* world_load - one row a fact, the narrowest scope's; a band is taken from one scope as a whole.
 * Owns: ret->items, free(); texts in arena. */
bool world_load(struct sql *db, struct arena *arena, const struct world_of *of, struct store_givens *ret,
                struct err *err) MUST_CHECK;
/* world_take - adds them to what is declared nearer by, which stays as it is.
 * In:     measured: an analysis or decision document of the same evidence, so that what its files measured stays too;
 *         NULL: facts that have to be measured are left out where files = true, taken where there are no files
 * Out:    facts, with origin declared, who told it and when; a fact that contradicts the others is left out
 *         key (may be NULL): a line for each that was taken
 * Returns how many were taken. */
size_t world_take(const struct store_givens *world, bool files, const struct json *measured, struct fact_set *facts,
                  struct sb *key);
/* Whether any of them would have to be measured. */
bool world_measures(const struct store_givens *world);
/* What is told against what holds already in the same scope: bands in order, parts not above the whole.
 * Errors: ERR_VALUE. */
bool world_fits(struct sql *db, struct arena *arena, struct span project, const struct store_givens *told,
                struct err *err) MUST_CHECK;

#endif
