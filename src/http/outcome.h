/* outcome.h - after the change: what was foreseen against what two runs measured. */
#ifndef STET_HTTP_OUTCOME_H
#define STET_HTTP_OUTCOME_H

#include "store/decisions.h"

struct outcome_order {
    struct span before, after; /* runs; before "" = the decision's own */
    struct span by;
    int64_t now_us;
};
/* Compares the gain that the decision foresaw with the one between both runs, by the goal's own metric, and writes that
 * to the ledger. *ret_body: the entry's members. Errors: ERR_NOT_FOUND (run, analysis), ERR_VALUE (a run that does not say
 * the metric; a decision that foresaw nothing). */
bool outcome_record(struct store *s, struct sql *db, struct arena *arena, const struct store_decision *d,
                    const struct outcome_order *order, struct span *ret_body, struct err *err) MUST_CHECK;

#endif
