/* decide_ctx.h - what the parts of a decision share while one document is made. Private to advise/. */
#ifndef STET_ADVISE_DECIDE_CTX_H
#define STET_ADVISE_DECIDE_CTX_H

#include "advise/ctx.h"
#include "advise/decide.h"

enum { DECIDE_PACKS_MAX = 24, DECIDE_ALTERNATIVES_MAX = 48, DECIDE_DISTANCES_MAX = 16, DECIDE_IGNORED_MAX = 16 };

/* Another way to the same end, priced with the same evidence. */
struct decide_alternative {
    struct span title, kind, covers, text;
    struct share gain; /* fraction of what the goal names; est NaN where only a bound is known */
    double saved_s;    /* of one operation at most, NaN */
    bool own;          /* of the proposal */
    bool own_claim;    /* nothing measured bounds it */
    bool bound;        /* gain and saved_s are the most that it can be, no expectation */
    bool priced;
    struct roi_result roi; /* when priced */
};

struct decide_distance {
    struct span fact;
    double now, at, factor;
    enum policy_verdict verdict;
    struct span text;
};

enum watch_state { WATCH_UNKNOWN, WATCH_CLEAR, WATCH_FIRED };
struct decide_watch {
    struct span id, title, when, fact;
    const char *kind;             /* condition share date manual */
    const char *from;             /* proposal project policy */
    const struct span *component; /* frame globs of the share that `when` reads */
    uint32_t component_count;
    int64_t date_us;
    double now, line;
    enum watch_state state;
};

/* A fact of the proposal that the rules do not read. */
struct decide_ignored {
    enum fact_id fact;
    const char *why;
};

struct decide {
    const struct decide_input *in;
    const struct proposal *p;
    struct arena arena;
    struct advise_input base; /* goal, facts, packs and seed as settled */
    struct roi_room *room;    /* of all prices of this decision */

    /* packs.c of this folder: standing first; own ones freed at the end */
    const struct policy_pack *packs[DECIDE_PACKS_MAX];
    size_t pack_count;
    struct policy_pack *owned[DECIDE_PACKS_MAX];
    size_t owned_count;
    struct policy_set of_project;

    struct decide_ignored ignored[DECIDE_IGNORED_MAX];
    uint32_t ignored_count;
    struct fact_set *declared; /* of the proposal under those of project and caller */
    struct fact_set *goal;     /* [GOAL_COUNT] facts as each goal reads them */
    struct evidence *ev;       /* its facts get those of the return and the score sheet */
    struct span from;          /* present language */
    const char *goal_by;       /* who says what should become better */
    const char *speed_source;
    bool after_build; /* both versions were measured on the goal's own metric */
    bool not_asked;

    struct proposal_benefit benefit; /* of the proposal, with what the caller states over it */
    struct quantity horizon, discount;
    struct roi_evidence priced_with;
    struct roi_result roi;
    bool has_roi;
    struct decide_alternative alternatives[DECIDE_ALTERNATIVES_MAX];
    uint32_t alternative_count;
    int32_t other_kind;              /* the alternative whose chance the rules read beside the proposal's; -1 none */
    struct span full_from, ext_from; /* whose P(ROI>0) the rules read; "" nobody's */

    struct policy_result policy;
    enum policy_gate gate; /* with waivers */
    const struct decide_waiver *waived_by;
    uint32_t waivers_held;
    struct decide_distance distances[DECIDE_DISTANCES_MAX];
    uint32_t distance_count;
    struct decide_watch *watch;
    uint32_t watch_count, watch_fired;
};

/* --- decide_facts.c --- */
/* Goal, facts and packs. Errors: ERR_VALUE */
bool decide_settle(struct decide *d, struct err *err);
bool decide_evidence(struct decide *d, struct err *err);
void decide_ignore(struct decide *d, enum fact_id id, const char *why);
/* "a*, b*" as patterns, or those of the proposal's component of that name. Returns how many. */
uint32_t decide_globs(struct decide *d, struct span text, const struct span **ret);
/* What the proposal claims of what was recorded: known once that is priced. */
void decide_claim_facts(struct decide *d);
/* Facts as each goal reads them, from d->ev. */
void decide_goal_facts(struct decide *d);

/* The component with the largest gain of those that the recording shows; NULL when there is none. */
const struct evidence_component *decide_best_component(const struct decide *d);

/* --- decide_price.c --- */
/* The proposal, its alternatives and those that the evidence suggests; facts of the return join d->ev->facts. */
bool decide_price(struct decide *d, struct err *err);
/* d->priced_with, benefit, horizon and discount; component "" = what the proposal's kind names. */
void decide_price_with(struct decide *d, struct span component);
/* The facts of the return with `times` as many operations a year, from fewer draws; over f. */
bool decide_price_at(const struct decide *d, double times, uint32_t draws, struct fact_set *f, struct err *err);
/* The same for the change of a component; NULL: of the whole. */
struct roi_evidence decide_roi_evidence(const struct decide *d, const struct evidence_component *c);
struct roi_plan decide_plan(const struct decide *d);

/* --- decide_alternatives.c --- */
bool decide_alternatives(struct decide *d, struct err *err);
/* An alternative of the proposal again, with `times` as many operations a year. Release *ret with roi_release. */
bool decide_alternative_at(const struct decide *d, uint32_t i, double times, uint32_t draws, struct roi_result *ret,
                           struct err *err);

/* --- decide_score.c --- */
bool decide_has_pack(const struct decide *d, const char *name);
void decide_score_facts(struct decide *d);
void decide_score_json(const struct decide *d, struct jsonw *w);

/* --- decide_distance.c --- */
bool decide_distances(struct decide *d, struct err *err);

/* --- decide_watch.c --- */
bool decide_watch_list(struct decide *d, struct err *err);
/* The gate under the waivers that hold. */
bool decide_waive(struct decide *d, struct err *err);
bool decide_waiver_holds(const struct decide *d, const struct decide_waiver *w);

/* --- decide_words.c --- */
/* Sentences; all go to people. */
void decide_question(const struct decide *d, struct sb *out);
struct span decide_part_name(const struct decide *d);
/* " would save 48 to 79 % of the time"; nothing where the gain is not known. */
void decide_gain_words(const struct decide *d, enum fact_id lo, struct sb *out);
/* Closed for the whole, open for the part: both in one sentence. */
void decide_part_only_words(const struct decide *d, struct sb *out);
void decide_scope_words(const struct advise_ctx *c, struct sb *whole, struct sb *part, struct sb *both);
bool decide_part_open(const struct decide *d);
bool decide_whole_open(const struct decide *d);
bool decide_part_asked(const struct decide *d);
/* Which failure probability would open the gate; nothing where it does not stand in the way. */
void decide_pf_words(const struct decide *d, struct sb *out);
/* "12,000 USD", rounded to two digits. */
void words_usd(struct sb *out, double usd);

/* --- decide_summary.c --- */
void decide_summary(const struct advise_ctx *c, struct sb *summary, struct sb *headline);

/* --- decide_document.c --- */
void decide_members(const struct advise_ctx *c, struct jsonw *w);

/* --- decide_operations.c --- */
void decide_operations_json(const struct decide *d, struct jsonw *w);
void decide_claims_json(const struct decide *d, struct jsonw *w);
/* Whether the evidence bounds what the claim speaks of, and that is the whole of an operation. */
bool decide_claim_is_of_whole(const struct decide *d, const struct proposal_claim *c);

#endif
