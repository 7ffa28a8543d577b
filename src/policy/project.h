/* project.h - what a project decides by: packs it chose, rules of its own, thresholds, exemptions that end, its goal,
 * and what re-opens a decision. The document stands in the project's repository as .stet.json, or is stored:
 *
 *  { "schema":"stet/project/1", "packs":["score-sheet"],
 *    "rules": "text of a pack" | [{"id","when","effect","basis","reason","source","remedy"}],
 *    "thresholds":{"goal_gain","min_useful_gain","cpu_bound_threshold","wait_bound_threshold"},
 *    "exemptions":[{"rule","owner","reason","until":"2026-03-31"}], "goal":"latency",
 *    "watch":[{"id","title", one of "when":"predicate" | "date":"2026-06-30" | "manual":true, "component":["frame glob"]}],
 *    "overrides":[{"pattern","kind":"function|module|dso|file","category","reason"}] }
 *
 * All members but schema may be left out. A project is immutable once parsed and may be shared between threads. */
#ifndef STET_POLICY_PROJECT_H
#define STET_POLICY_PROJECT_H

#include "classify/classify.h"
#include "policy/policy.h"
#include "roi/proposal.h"

struct policy_exemption {
    const char *rule, *owner, *reason;
    char until[24];   /* as written: a day (its end counts) or a moment, UTC */
    int64_t until_us; /* last moment at which it holds */
};

enum watch_kind { WATCH_WHEN, WATCH_DATE, WATCH_MANUAL };
const char *watch_kind_name(enum watch_kind k); /* condition date manual */

struct policy_watch {
    const char *id, *title; /* id as written, else w1, w2 ... */
    enum watch_kind kind;
    struct span when;       /* WATCH_WHEN: an expression that was checked like that of a rule */
    struct expr expr;       /* the same, read */
    struct span *component; /* frame globs whose share `when` reads (facts component_*); none: facts of the whole */
    uint32_t component_count;
    int64_t date_us; /* WATCH_DATE: the first moment of that day, UTC */
};

struct policy_threshold {
    enum fact_id fact;
    double value;
};

struct policy_project {
    struct arena arena; /* owns all below but own */
    char sha256[65];    /* of the text as given */
    const char **packs; /* chosen beside standing, each a built-in */
    uint32_t pack_count;
    const char *rules;       /* own rules as the text of a pack; "" none */
    struct policy_pack *own; /* the same, parsed as pack `project`; NULL none */
    struct policy_threshold thresholds[4];
    uint32_t threshold_count;
    struct policy_exemption *exemptions;
    uint32_t exemption_count;
    bool goal_given;
    enum policy_goal goal;
    struct policy_watch *watch;
    uint32_t watch_count;
    struct classify_overrides overrides; /* categories of its own code; items in the arena */
};

/* Whether a text given as a policy is a project's document rather than a pack. */
bool policy_is_project(struct span text);

/* policy_project_parse - the document out of its JSON text.
 * In:     text at most 1 MiB
 * Out:    *ret, the caller's (policy_project_free); *errors one entry for each field that cannot be used, in the order of
 *         the document ("rules[2].when", "exemptions[0].until"); a member that is not known is one, with the nearest
 *         known name. free() its items.
 * Errors: ERR_MALFORMED (no JSON: byte), ERR_VALUE (fields: the first of them and how many more), ERR_LIMIT */
bool policy_project_parse(struct span text, struct policy_project **ret, struct field_errors *errors,
                          struct err *err) MUST_CHECK;
void policy_project_free(struct policy_project *p); /* NULL is fine */
void policy_project_freep(struct policy_project **p);

/* What `stet policy check` would say of the own rules and the watched conditions (conditions that cannot come true,
 * words that never occur ...), and exemptions that ended before as_of_us (0: not stated). Findings of weight error are
 * a reason not to save. Cost: some ms a rule. */
void policy_project_check(const struct policy_project *p, double failure_probability, int64_t as_of_us,
                          struct policy_findings *ret);
/* The same under the inputs of a proposal. */
void policy_project_check_with(const struct policy_project *p, const struct policy_check_inputs *in, int64_t as_of_us,
                               struct policy_findings *ret);

/* Holds at as_of_us; one whose moment is not stated (0) is not known to hold, so it does not. */
bool policy_exemption_holds(const struct policy_exemption *e, int64_t as_of_us);

/* The packs to evaluate, in order: standing, those chosen, and pack `project` with the own rules and, for each exemption
 * that holds, one rule EXEMPT-<rule> whose reason names owner, reason and end and that applies at every stage. Its
 * version changes with the rules and with the exemptions that hold.
 * In:     p may be NULL (standing alone)
 * Out:    *ret, released with policy_set_release
 * Errors: those of policy_pack_parse */
struct policy_set {
    struct policy_pack **packs; /* owned */
    size_t count;
};
bool policy_project_packs(const struct policy_project *p, int64_t as_of_us, struct policy_set *ret,
                          struct err *err) MUST_CHECK;
void policy_set_release(struct policy_set *s);

/* Thresholds as declared facts where f does not know them yet (a caller's own statement wins). */
void policy_project_facts(const struct policy_project *p, struct fact_set *f);

/* [{"rule","owner","reason","until","state":"holds|expired|unknown"}]; unknown where as_of_us is 0. */
void policy_exemptions_json(struct jsonw *w, const char *key, const struct policy_project *p, int64_t as_of_us);

#endif
