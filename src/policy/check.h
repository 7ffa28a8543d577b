/* check.h - the parts of policy check; private to policy/. */
#ifndef STET_POLICY_CHECK_H
#define STET_POLICY_CHECK_H

#include "policy/pack.h"
#include "policy/satisfy.h"

enum { CHECK_BUDGET = 60000000, CHECK_BUDGET_ONE = 1000000 };

struct checking {
    struct policy_findings *out;
    struct sql_sandbox *box;
    const struct policy_check_inputs *in;
    struct expr_cell *cells; /* [FACT_COUNT], for the search */
    uint64_t budget;         /* evaluations left for all rules together: a hostile pack takes seconds, not minutes */
    bool built_in;           /* the text is that of a built-in pack */
    struct {
        struct {
            const char *id;
            uint64_t line;
        } * items;
        size_t count, cap;
    } ids;
    struct {
        struct {
            const char *id, *target;
            uint64_t line;
        } * items;
        size_t count, cap;
    } exempts;
};

void policy_finding_add(struct policy_findings *f, enum finding_weight weight, uint64_t line, const char *rule,
                        const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Texts where numbers are expected and the other way round, words that never occur, comparisons with NULL, numbers that
 * stand as conditions (check_words.c). False when something is wrong that makes the rest pointless. */
bool check_words(struct checking *c, const struct policy_rule *r);
/* Inputs that leave no evidence to satisfy it (check_inputs.c). */
void check_inputs(struct checking *c, const struct policy_rule *r);
/* Conditions that cannot come true, or cannot fail to. */
void check_truth(struct checking *c, const struct policy_rule *r);

#endif
