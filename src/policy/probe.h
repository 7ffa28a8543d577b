/* probe.h - single questions to the rules outside a full evaluation: is a condition met, and what would the verdict be
 * if some facts were others. */
#ifndef STET_POLICY_PROBE_H
#define STET_POLICY_PROBE_H

#include "policy/policy.h"

/* One condition over facts, and the comparison that decides it. */
struct policy_condition {
    enum sql_truth value;
    bool has_deciding;
    enum fact_id deciding;
    double measured, line; /* NaN where there is none, or unknown */
};

/* Errors: ERR_VALUE (an unknown name, SQL that has no place in a condition). Cost: under 1 ms */
bool policy_condition_eval(struct span when, const struct fact_set *facts, struct policy_condition *ret,
                           struct err *err) MUST_CHECK;

/* The comparison that decides a condition whose value is in ret: what policy_condition_eval adds to the value. */
void policy_condition_decide(const struct expr *x, const struct expr_cell *cells, struct span goal,
                             struct policy_condition *ret);

/* Many conditions over facts that change between them: one sandbox, each text prepared once. One thread at a time. */
struct policy_conditions;
/* Errors: ERR_STORE. Owns: *ret, free with policy_conditions_free. */
bool policy_conditions_open(struct policy_conditions **ret, struct err *err) MUST_CHECK;
/* Facts of the conditions that follow. */
void policy_conditions_facts(struct policy_conditions *c, const struct fact_set *facts);
/* Errors: as policy_condition_eval. */
bool policy_conditions_eval(struct policy_conditions *c, struct span when, struct policy_condition *ret,
                            struct err *err) MUST_CHECK;
void policy_conditions_free(struct policy_conditions *c); /* NULL is fine */

/* The verdict at stage decision, kept ready so that changed facts cost little. One thread at a time. */
struct policy_probe;
/* facts and packs must live as long. Errors: those of policy_evaluate. Owns: *ret, free with policy_probe_free. */
bool policy_probe_open(const struct policy_pack *const *packs, size_t n, const struct fact_set *facts,
                       struct policy_probe **ret, struct err *err) MUST_CHECK;
/* The verdict with the numbers of `facts` in place of those before; texts stay. */
bool policy_probe_verdict(struct policy_probe *p, const struct fact_set *facts, enum policy_verdict *ret,
                          struct err *err) MUST_CHECK;
void policy_probe_free(struct policy_probe *p); /* NULL is fine */
void policy_probe_freep(struct policy_probe **p);

#endif
