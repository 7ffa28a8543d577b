/* engine.h - one set of facts under one set of rules, kept so that a changed fact costs little; private to policy/. */
#ifndef STET_POLICY_ENGINE_H
#define STET_POLICY_ENGINE_H

#include "policy/policy.h"

struct engine_rule {
    const struct policy_rule *rule;
    struct sql_predicate *predicate;
    const uint16_t *reads;
    size_t read_count;
    enum sql_truth value; /* of the cells as they are */
    bool quick;           /* expr.h and SQLite agreed about the cells as they were at first */
    bool fresh;           /* `values` are of the cells as they are */
    /* Made at the first search: the values of all nodes, and for each read fact the nodes that hang on it,
     * nodes[from[k]..from[k+1]]. */
    struct expr_value *values;
    uint16_t *nodes;
    uint32_t *from;
};

enum { ENGINE_EXEMPTS_MAX = 1024 };

struct engine {
    struct sql_sandbox *box;
    struct expr_cell cells[FACT_COUNT];
    struct engine_rule *rules; /* of all packs, whatever the stage */
    uint32_t count;
    struct {
        uint32_t by, of; /* rules by index: the first exempts the second */
    } * exempts;
    uint32_t exempt_count;
};

/* Errors: ERR_VALUE (an id twice, SQLite refuses a rule). Texts of facts are borrowed until close. */
bool engine_open(struct engine *e, const struct policy_pack *const *packs, size_t n, const struct fact_set *facts,
                 struct err *err) MUST_CHECK;
void engine_close(struct engine *e);
/* One more pack, behind the others; and back to the first `count` rules. */
bool engine_add(struct engine *e, const struct policy_pack *pack, struct err *err) MUST_CHECK;
bool engine_cut(struct engine *e, uint32_t count, struct err *err) MUST_CHECK;
/* Changes one number and brings the rules that read it up to date. */
bool engine_set(struct engine *e, enum fact_id fact, double num, struct err *err) MUST_CHECK;
/* Other facts under the same rules; texts are borrowed as at engine_open. */
bool engine_facts(struct engine *e, const struct fact_set *facts, struct err *err) MUST_CHECK;
/* The same for a search over many values: rules that this reading understands (expr.h) are not asked of SQLite, which
 * has the last word about what is found. */
bool engine_set_quick(struct engine *e, enum fact_id fact, double num, struct err *err) MUST_CHECK;
bool engine_known(const struct engine *e, enum fact_id fact);

/* Which rules count in a resolution. */
struct resolve_options {
    enum policy_stage stage;
    bool without_absence; /* rules of basis absence left out */
    int32_t counts_as;    /* index of a rule whose value is replaced by `value`; -1 none */
    enum sql_truth value;
    const bool *all_true; /* [count] rules that count as 1; NULL none */
};

struct outcome {
    enum policy_verdict verdict;
    int ceil, floor;    /* 5 and 1 where none fired */
    bool veto_on_whole; /* floor 5 under ceiling 4 */
    bool settled, undecided;
};

bool rule_applies(const struct policy_rule *r, enum policy_stage stage);
/* Method: the ladder. exempted[count] is filled when not NULL. Pure. */
struct outcome engine_resolve(const struct engine *e, const struct resolve_options *opt, bool *exempted);
bool kind_covered(enum policy_verdict v, enum policy_kind kind);

/* The parts of a result; each fills its members of ret. */
bool result_open(const struct engine *e, const struct policy_options *opt, struct span goal, struct policy_result *ret);
bool result_potential(struct engine *e, struct policy_result *ret, struct err *err) MUST_CHECK;
/* The verdict with absence left out and every missing input favourable. */
bool verdict_at_best(struct engine *e, enum policy_verdict *ret, struct err *err) MUST_CHECK;
bool result_flips(struct engine *e, struct policy_result *ret, struct err *err) MUST_CHECK;
/* Facts that the rule asks for; returns how many were written to out[64]. */
uint32_t rule_asks(const struct engine *e, const struct engine_rule *r, const struct policy_options *opt,
                   struct span goal, enum fact_id out[64]);

#endif
