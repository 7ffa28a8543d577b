/* satisfy.h - whether any values of the facts make a predicate true; private to policy/. */
#ifndef STET_POLICY_SATISFY_H
#define STET_POLICY_SATISFY_H

#include "policy/policy.h"

/* What inputs leave of the ranges. */
struct satisfy_limits {
    double p_roi_full, p_roi_ext, p_roi_ceiling; /* highest P(ROI>0); 1 where nothing is known, NaN: it stays unknown */
    bool by_pf_mean;                             /* P(ROI>0) is at most 1 - pf_mean where a predicate reads both */
    const struct fact_set *fixed;                /* facts that have these values, whatever is measured; NULL none */
    int32_t freed;                               /* one of them that is free all the same; -1 none */
    uint64_t *budget;                            /* evaluations left for all searches together; NULL: no such limit */
};
#define SATISFY_FREE ((struct satisfy_limits){ .p_roi_full = 1, .p_roi_ext = 1, .p_roi_ceiling = 1, .freed = -1 })

enum satisfied {
    SATISFIED, /* cells hold facts that SQLite confirms */
    NEVER,     /* none: every comparison was tried on both sides of every line, or the ranges alone forbid it */
    NOT_FOUND  /* the search ended without facts and without a proof */
};

/* satisfy - searches facts within their ranges, in order and with parts within their whole, that give the value wanted.
 * In:     e not opaque; box any sandbox over all facts, left all unknown
 * Out:    the facts in cells[FACT_COUNT]
 * Cost:   some ms, at most some tens; deterministic */
enum satisfied satisfy(const struct policy_rule *rule, struct sql_sandbox *box, const struct satisfy_limits *lim,
                       struct expr_cell *cells, enum sql_truth wanted);
/* Whether the ranges of the facts by themselves leave it no way to be 1 (interval arithmetic, no search). */
bool ranges_forbid(const struct expr *e, const struct satisfy_limits *lim);

#endif
