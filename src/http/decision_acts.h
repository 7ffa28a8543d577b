/* decision_acts.h - what people do to a decision, for the API and for forms (h_decisions.c, h_waivers.c). */
#ifndef STET_HTTP_DECISION_ACTS_H
#define STET_HTTP_DECISION_ACTS_H

#include "http/request.h"
#include "store/decisions.h"

enum { ACT_TEXT_MAX = 4000, ACT_RULE_MAX = 48, ACT_REASON_MAX = 2000 };

/* The decision of {id}, when the token may see its project and holds the scope there. */
bool decision_find(struct request *rq, unsigned scope, struct store_decision *ret, struct err *err) MUST_CHECK;
/* In: o text, run or profile ("" none), by. What it points at must be in the decision's own project. */
bool decision_object(struct request *rq, const struct store_decision *d, const struct store_objection *o,
                     int64_t *ret_n, struct err *err) MUST_CHECK;
/* In: vote for, against or abstain. Errors: ERR_VALUE. */
bool decision_vote(struct request *rq, const struct store_decision *d, struct span vote, struct span text,
                   struct span by, struct err *err) MUST_CHECK;
/* In: w project rule reason by; until RFC 3339, or a day that is the last. Out: w as it is stored.
 * Errors: ERR_VALUE (no such rule id, a time that is none or over). */
bool waiver_ask(struct request *rq, struct store_waiver *w, struct span until, struct err *err) MUST_CHECK;

#endif
