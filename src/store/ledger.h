/* ledger.h - inside src/store: entries appended as part of a larger write. */
#ifndef STET_STORE_LEDGER_H
#define STET_STORE_LEDGER_H

#include "store/db.h"
#include "store/decisions.h"

/* Appends one entry inside the writer's transaction. e->body: an object with the members of its kind; at, by, kind,
 * project, ref and seq are added. Out: *ret_seq (may be NULL). */
bool ledger_append(struct sql *db, const struct store_entry *e, int64_t *ret_seq, struct err *err) MUST_CHECK;
/* Runs a statement whose texts after the tenant are a and, when it has one, b. */
bool ledger_run(struct sql *db, const char *text, struct span a, struct span b, struct err *err) MUST_CHECK;
/* proposals.c: sets the status with its entry; the same again does nothing. */
bool proposal_status_set(struct sql *db, struct span id, const char *status, struct span text, struct span by,
                         int64_t now_us, struct err *err) MUST_CHECK;

/* standing.c: what store_decision_watch does, inside the writer's transaction. */
bool decision_watch_write(struct sql *db, struct span id, const char *event, struct span members, int64_t now_us,
                          struct err *err) MUST_CHECK;

#endif
