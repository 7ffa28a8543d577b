/* dview.h - the view of a decision: the view of its evidence (view.h) and, beside it, what a proposal brings: operations,
 * money, alternatives, claims, watch list, waivers. As there: texts live in the arena, cleaned and bounded, NOT escaped;
 * NaN = unknown, an empty span = leave it out. Private to report/. */
#ifndef STET_REPORT_DVIEW_H
#define STET_REPORT_DVIEW_H

#include "report/view.h"

struct dview_operation {
    struct span name, text;
    bool component;
    double op_s, claimed_s, claimed_x, ceiling_x;
    struct view_share expected, saved_s;
};

/* Something with a price; the words say it whole. */
struct dview_benefit {
    struct span kind, words, text;
};

struct dview_alternative {
    struct span title, kind, covers, text, money; /* money: "12 % chance to pay back, costs 40,000 USD" */
    struct view_share gain;                       /* of the operation's time */
    struct span saves;                            /* "30 % (20..40)", "at most 300 s"; "" = not measured */
    bool own;                                     /* the proposal names it */
    bool bound;                                   /* what it saves is the most that it can be */
};

struct dview_claim {
    struct span text, factor, evidence, words; /* words: how it stands against the evidence */
    double ceiling_x;
    bool above;
};

struct dview_watch {
    struct span id, title, kind, when, now, line, state;
    bool fired;
};

struct dview_waiver {
    struct span rule, owner, reason, until, state;
    bool counts; /* granted and not expired */
};

struct dview_objection {
    struct span text, by, at, iso, answer, url;
    bool open;
};

struct dview_audit {
    struct span scope, at, run, url, predicted, real, words;
};

struct dview_phase {
    struct span title, months, stop_loss;
};

struct dview_swing {
    struct span name, low, high;
    double npv_low, npv_high;
};

struct dview_quantiles {
    double p5, p50, p80, p95;
};

struct dview_action {
    struct span what, rule, reason;
};

struct dview_sign { /* of a score sheet, or a gap of a checklist */
    struct span name, state;
};

struct dview_money {
    bool known;
    struct dview_quantiles cost, benefit, npv, roi, payback;
    double p_pos, p_ceiling, build_years, horizon, discount, breakeven, breakeven_failure, ops_year, value_of_more;
    double never_below, pf_mean, pf_opens, draws, extra;
    bool never, own_claim, pf_default;
};

struct dview {
    struct view v; /* of the evidence */
    struct span title, scope, kind, change, sha256;
    bool not_asked, whole_open, part_open, has_part, has_evidence, after_build;
    struct span whole, part, scope_sentence, part_name;
    struct span gate_short; /* "closed", "open", "open for one part", "waived" */
    struct span lines;      /* "smallest useful gain 10 % (default), computing from 50 % (default)" */
    struct span unanswered; /* goals that were not measured: "capacity, memory" */
    struct span comparison; /* one sentence on a comparison of both versions */
    struct span status, date, decided_by, id, project, verify;
    VIEW_LIST(dview_operation, operations);
    VIEW_LIST(dview_benefit, benefits);
    VIEW_LIST(dview_alternative, alternatives);
    VIEW_LIST(dview_claim, claims);
    VIEW_LIST(dview_watch, watch);
    VIEW_LIST(dview_waiver, waivers);
    VIEW_LIST(dview_objection, objections);
    VIEW_LIST(dview_audit, audit);
    VIEW_LIST(dview_phase, phases);
    VIEW_LIST(dview_swing, tornado);
    VIEW_LIST(dview_action, actions);
    VIEW_LIST(dview_action, blocked);
    VIEW_LIST(dview_action, refuted);
    VIEW_LIST(dview_action, reopen);
    VIEW_LIST(dview_sign, green);
    VIEW_LIST(dview_sign, red);
    VIEW_LIST(dview_sign, gaps);
    VIEW_LIST(view_pair, distance); /* value: one way to another verdict */
    VIEW_LIST(view_pair, risks);    /* value */
    VIEW_LIST(view_pair, checks);   /* key code, value */
    VIEW_LIST(view_pair, unread);   /* value: path of a member of no known name; told among the checks too */
    VIEW_LIST(view_pair, missing);  /* value: inputs not given */
    VIEW_LIST(view_pair, defaults); /* value: "discount rate 10 %" */
    VIEW_LIST(view_pair, notices);  /* value: reopened, stale, superseded, waived */
    VIEW_LIST(view_pair, money_lines);
    VIEW_LIST(view_pair, numbers); /* every number of the document that has a name, for the appendix */
    VIEW_LIST(view_pair, chain);
    struct dview_money money;
    struct span score;     /* "2 of 5 green lights, 1 of 4 red flags" */
    const struct json *say; /* meta's forms, borrowed; NULL none */
    size_t distance_plain; /* so many of distance, from the first, need no knowledge of the rules */
    size_t waivers_counting, waivers_total, watch_fired, objections_open;
};

/* What is said where the goal is none of those that a profile can speak about. */
#define DVIEW_OTHER_GOAL                                                                                               \
    "with response time, capacity, cost or memory as its goal the same proposal can be judged, on that alone"

/* dview_make - In: doc a decision document, meta see decision.h or NULL. Out: *ret, texts in a. Errors: ERR_VALUE. */
bool dview_make(const struct json *doc, const struct json *meta, struct arena *a, struct dview *ret,
                struct err *err) MUST_CHECK;

/* Parts of dview_make, one file each. */
void dview_proposal(const struct json *doc, struct dview *d);                      /* dview_proposal.c */
void dview_money_make(const struct json *doc, struct dview *d);                    /* dview_money.c */
void dview_life(const struct json *doc, const struct json *meta, struct dview *d); /* dview_life.c */

/* "full_rewrite" -> "a whole rewrite". */
struct span dview_kind(struct arena *a, struct span kind);
/* "280,000 USD", "1.2 million USD"; nothing when unknown. */
struct span dview_usd(struct arena *a, double usd);
/* A number, {lo,hi}, {lo,mode,hi} or {p10,p90} with its unit behind; "" when absent. */
struct span dview_quantity(struct arena *a, const struct json *q, struct span unit);
/* "1.3x (1.1 to 1.6)"; "" when unknown. */
struct span dview_speed(struct arena *a, const struct view_share *x);
/* "12 % (8 to 17)". */
struct span dview_percent(struct arena *a, const struct view_share *x);
/* A member between 0 and 1, else unknown. */
double dview_chance(const struct json *obj, const char *key);
/* An input's name as people read it: "failure_probability" -> "failure probability". */
struct span dview_name(struct arena *a, struct span name);

#endif
