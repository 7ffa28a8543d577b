/* policy.h - rules as three-valued SQL over the facts, and the verdict that follows from those that fire.
 *
 * A pack is a text of rules, one a line: id | predicate | effect | basis | reason | source | remedy
 * (source and remedy may be left out; # begins a comment; a line that begins with blanks continues the rule above;
 * `# title: ...` and `# about: ...` name the pack for people).
 * A predicate that is 1 fires; 0 and NULL do not. Packs are immutable and may be shared between threads. */
#ifndef STET_POLICY_POLICY_H
#define STET_POLICY_POLICY_H

#include "base/arena.h"
#include "base/jsonw.h"
#include "facts/facts.h"
#include "policy/expr.h"

enum policy_verdict {
    VERDICT_INSUFFICIENT,
    VERDICT_DO_NOT_MIGRATE,
    VERDICT_FIX_WAIT,
    VERDICT_OPTIMISE,
    VERDICT_EXTENSION,
    VERDICT_FULL,
    VERDICT_COUNT
};
const char *policy_verdict_name(enum policy_verdict v); /* insufficient_evidence ... full_migration */
bool policy_verdict_find(struct span name, enum policy_verdict *ret);

enum policy_basis { BASIS_EVIDENCE, BASIS_ABSENCE, BASIS_INPUT, BASIS_COUNT };
const char *policy_basis_name(enum policy_basis b);

enum policy_stage { STAGE_EVIDENCE, STAGE_DECISION };
const char *policy_stage_name(enum policy_stage s);

enum policy_gate { GATE_PASS, GATE_FAIL, GATE_INSUFFICIENT, GATE_WAIVED };
const char *policy_gate_name(enum policy_gate g);

enum policy_goal { GOAL_LATENCY, GOAL_THROUGHPUT, GOAL_COST, GOAL_MEMORY, GOAL_STARTUP, GOAL_TAIL, GOAL_COUNT };
const char *policy_goal_name(enum policy_goal g);
bool policy_goal_find(struct span name, enum policy_goal *ret);

enum policy_kind { KIND_UNKNOWN, KIND_FULL_REWRITE, KIND_NATIVE_EXTENSION, KIND_RUNTIME_UPGRADE, KIND_COMPONENT_SWAP };
enum policy_kind policy_kind_find(struct span name); /* names as of proposal_kind_name(); else KIND_UNKNOWN */

/* --- packs --- */

enum effect_kind {
    EFFECT_UNDECIDED,
    EFFECT_SETTLE,
    EFFECT_CEIL,
    EFFECT_FLOOR,
    EFFECT_EXEMPT,
    EFFECT_ACT,
    EFFECT_BLOCK,
    EFFECT_NOTE,
    EFFECT_REFUTE,
    EFFECT_REOPEN
};

struct policy_effect {
    enum effect_kind kind;
    enum policy_verdict level; /* settle, ceil, floor */
    const char *name;          /* exempt: a rule; act, block: what */
};

enum { POLICY_EFFECTS_MAX = 4 };

struct policy_rule {
    const char *id;
    const char *pack;
    struct span predicate;
    const char *effect; /* as written */
    struct policy_effect effects[POLICY_EFFECTS_MAX];
    uint32_t effect_count;
    enum policy_basis basis;
    const char *reason;
    const char *source; /* "" when the pack gives none */
    const char *remedy;
    uint64_t line;    /* of the pack's text */
    bool every_stage; /* applies at stage evidence whatever its basis (an exemption that somebody signed) */
    struct expr expr;
};

struct policy_pack {
    struct arena arena; /* owns all below */
    const char *name;
    const char *title, *about; /* comment lines `# title: ...` and `# about: ...` before the first rule; "" none */
    char version[13];          /* first 12 hex digits of the text's SHA-256 */
    struct policy_rule *rules;
    uint32_t rule_count;
};

/* Parses and checks a pack: fields, effects, ids, facts that are read, allowed SQL.
 * Errors: ERR_MALFORMED with the line, ERR_LIMIT.  Owns: *ret, free with policy_pack_free. */
bool policy_pack_parse(struct span text, const char *name, struct policy_pack **ret, struct err *err) MUST_CHECK;
void policy_pack_free(struct policy_pack *p); /* NULL is fine */
void policy_pack_freep(struct policy_pack **p);
/* Text of a pack that stands in the binary; ptr NULL when there is none of that name. */
struct span policy_builtin_text(struct span name);
/* Parses a built-in pack. Errors: ERR_NOT_FOUND naming those that exist. */
bool policy_pack_builtin(struct span name, struct policy_pack **ret, struct err *err) MUST_CHECK;
/* A built-in pack of that name, else the pack in that file (named after the file).
 * Errors: those of policy_pack_parse with file and line in their text, ERR_IO, ERR_USAGE when there is neither. */
bool policy_pack_load(const char *file_or_name, struct policy_pack **ret, struct err *err) MUST_CHECK;
size_t policy_builtin_count(void);
const char *policy_builtin_name(size_t i); /* `standing` first, then by name */

/* --- evaluation --- */

struct policy_options {
    enum policy_stage stage;
    bool proposal_given;   /* ROI and score rules may ask; decision stage implies it */
    bool comparison_given; /* AB and ALT rules may ask; implied by any known fact of a comparison */
    enum policy_kind kind; /* of the proposal; KIND_UNKNOWN: read from fact `kind` */
    bool answers;          /* also evaluate every goal */
    bool flips;            /* also search distances to another verdict */
    bool packs_exact;      /* do not join pack `memory` for goal memory */
    /* Facts as they read for another goal (the shares that goal names); NULL: the same facts with the goal changed. */
    const struct fact_set *goal_facts[GOAL_COUNT];
};

struct policy_rule_result {
    const struct policy_rule *rule;
    enum sql_truth value;
    bool exempted;         /* by a rule that fired: it has a value but no effect */
    enum fact_id *missing; /* what it asks for */
    uint32_t missing_count;
    /* The comparison that decides its value; NaN where there is none or a side is unknown. */
    double measured, line, distance; /* distance: what measured must change by (shares), or its factor, to reach line */
    bool has_deciding;
    enum fact_id deciding; /* the fact that measured is, or mainly is */
};

struct policy_open {
    int32_t rule; /* index in rules; -1: all rules without a value together */
    enum fact_id *facts;
    uint32_t fact_count;
    enum policy_verdict verdict; /* if the rule counted as 1; for a fired `undecided`: if it were lifted */
};

struct policy_flip {
    enum fact_id fact;
    double now, at;
    double factor;               /* shares: at - now; else at / now, NaN when now is 0 */
    enum policy_verdict verdict; /* at `at` */
};

struct policy_answer {
    enum policy_goal goal;
    enum policy_verdict verdict;
    const struct policy_rule *main; /* NULL: nothing speaks either way */
    enum fact_id *missing;
    uint32_t missing_count;
};

struct policy_result {
    struct arena arena; /* owns all below; rules point into the packs, which must live as long */
    enum policy_stage stage;
    struct policy_rule_result *rules; /* those that apply at this stage, in the order of the packs */
    uint32_t rule_count;
    enum policy_verdict verdict;
    int32_t main; /* the rule that decided, of basis evidence or input unless the verdict is 0; -1 none */
    enum policy_gate gate;
    bool migration_allowed;
    struct {
        enum policy_verdict verdict;
        enum fact_id missing[8]; /* the smallest set of missing inputs that gives it */
        uint32_t missing_count;
    } potential;
    struct policy_open *open;
    uint32_t open_count;
    enum fact_id *ask; /* smallest set of unknown facts that touches every open rule, cheapest first */
    uint32_t ask_count;
    struct policy_flip *flips; /* nearest first */
    uint32_t flip_count;
    struct policy_pack *memory_pack;          /* joined for goal memory; owned */
    struct policy_answer answers[GOAL_COUNT]; /* with options.answers */
    uint32_t answer_count;
};

/* policy_evaluate - all rules of the packs over one set of facts.
 * In:     facts already with their defaults (facts_defaults) and checked; packs in order, no id twice
 * Out:    *ret, release with policy_result_release
 * Errors: ERR_VALUE (an id twice, a rule that SQLite refuses), ERR_STORE
 * Thread: re-entrant. Cost: about 1 ms; flips 10 to 50 ms */
bool policy_evaluate(const struct policy_pack *const *packs, size_t n, const struct fact_set *facts,
                     const struct policy_options *opt, struct policy_result *ret, struct err *err) MUST_CHECK;
void policy_result_release(struct policy_result *r);

/* A rule that fired and has its effect. */
bool policy_fired(const struct policy_rule_result *r);
/* The result of the rule of that id; NULL when it is not chosen or does not apply at this stage. */
const struct policy_rule_result *policy_rule_of(const struct policy_result *r, const char *id);

/* Members `rules`, `open` and `flips` of the analysis document. */
void policy_rules_json(struct jsonw *w, const char *key, const struct policy_result *r);
void policy_open_json(struct jsonw *w, const char *key, const struct policy_result *r);
void policy_flips_json(struct jsonw *w, const char *key, const struct policy_result *r);
void policy_answers_json(struct jsonw *w, const char *key, const struct policy_result *r);

/* --- checking a pack (stet policy check) --- */

enum finding_weight { FINDING_ERROR, FINDING_WARNING, FINDING_NOTE };
struct policy_finding {
    enum finding_weight weight;
    uint64_t line;
    char rule[48];
    char text[360];
};
struct policy_findings {
    struct policy_finding *items; /* free() */
    size_t count, cap;
};
/* Reads the text rule by rule and collects all that is wrong with it, not only the first.
 * In:     failure_probability of the proposal, NaN for the default of a full rewrite
 * Out:    findings in the order of lines; *ret_rules how many rules were read */
void policy_check(struct span text, double failure_probability, struct policy_findings *ret, size_t *ret_rules);
/* What a proposal leaves to the rules: which of its inputs make an approval impossible, whatever is measured. */
struct proposal;
struct policy_check_inputs {
    double failure_probability;      /* NaN: the proposal's, else the default of the kind */
    const struct proposal *proposal; /* may be NULL */
};
void policy_check_with(struct span text, const struct policy_check_inputs *in, struct policy_findings *ret,
                       size_t *ret_rules);

#endif
