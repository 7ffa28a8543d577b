/* satisfy.h - whether any values of the facts make a predicate true; private to policy/. */
#ifndef STET_POLICY_SATISFY_H
#define STET_POLICY_SATISFY_H

#include "policy/policy.h"

/* What inputs leave of the ranges; 1 where nothing is known. */
struct satisfy_limits {
    double p_roi_full, p_roi_ext; /* highest P(ROI>0) */
    bool by_pf_mean;              /* P(ROI>0) is at most 1 - pf_mean where a predicate reads both */
};

/* satisfy - searches facts within their ranges, in order and with parts within their whole.
 * In:     e not opaque; box any sandbox over all facts, left all unknown
 * Out:    true and the facts in cells[FACT_COUNT] when SQLite finds the predicate 1
 * Cost:   some ms; deterministic */
bool satisfy(const struct policy_rule *rule, struct sql_sandbox *box, const struct satisfy_limits *lim,
             struct expr_cell *cells, enum sql_truth wanted);

#endif
