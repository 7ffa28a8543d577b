/* decide.h - decisions of the service: made, looked at again, shown. */
#ifndef STET_HTTP_DECIDE_H
#define STET_HTTP_DECIDE_H

#include "base/jsonw.h"
#include "http/basis.h"

struct service;

struct decide_order {
    struct span proposal, by;
    struct basis_wish wish;
};
/* Decides the proposal as it stands, on the evidence as it stands, and stores that; the same inputs as the newest decision
 * (that was not re-opened) give that one. Runs on a job thread.
 * Errors: ERR_NOT_FOUND, ERR_CONFLICT (withdrawn), those of the engine. */
bool service_decide(struct service *s, struct sql *db, struct arena *arena, const struct decide_order *order,
                    int64_t now_us, struct store_decision *ret, bool *ret_duplicate, struct err *err) MUST_CHECK;

/* What looking again found. */
struct reevaluated {
    bool looked;          /* false: the inputs are those that it was made from */
    bool changed;         /* the verdict or the gate would be another now */
    int fired, cleared;   /* by that */
    bool reopened, stale; /* as the decision stands now */
};
/* Looks again at a standing decision: its project's watch list (http/watch.h), then the engine on the newest evidence and
 * facts. The stored verdict stays; another answer is an entry of the ledger and re-opens the decision. One that is
 * superseded is left alone. Runs on a job thread. Cost: that of a decision. */
bool decision_reevaluate(struct service *s, struct sql *db, struct span id, int64_t now_us, struct reevaluated *ret,
                         struct err *err) MUST_CHECK;
/* All standing decisions of a project; one that cannot be evaluated is logged and left. *ret_count how many there are. */
bool decisions_reevaluate(struct service *s, struct sql *db, struct span project, int64_t now_us, int64_t *ret_count,
                          struct err *err) MUST_CHECK;

/* The decision as the API shows it: the frozen document's members, and beside them what happened since. */
bool decision_write(struct sql *db, struct arena *arena, const struct store_decision *d, int64_t now_us, bool duplicate,
                    struct sb *out, struct err *err) MUST_CHECK;
/* The same without the document, as a member of a list. */
void decision_brief(struct jsonw *w, const struct store_decision *d);
/* The gate of a decision at that moment: `waived` where waivers open it. */
bool decision_gate(struct sql *db, struct arena *arena, const struct store_decision *d, int64_t now_us,
                   struct span *ret_gate, struct err *err) MUST_CHECK;
/* What is known beside the frozen document, for report/decision.h. */
bool decision_meta(struct sql *db, struct arena *arena, const struct store_decision *d, int64_t now_us, struct sb *out,
                   struct err *err) MUST_CHECK;

#endif
