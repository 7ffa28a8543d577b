/* proposal.h - the proposal document (schema stet/proposal/1): what is to be changed, what it costs, what it is said to
 * bring. Every field is checked by itself, and all that is wrong is told at once. Missing stays missing. */
#ifndef STET_ROI_PROPOSAL_H
#define STET_ROI_PROPOSAL_H

#include "base/arena.h"
#include "facts/facts.h"
#include "roi/quantity.h"

enum proposal_kind {
    PROPOSAL_FULL_REWRITE,
    PROPOSAL_NATIVE_EXTENSION,
    PROPOSAL_RUNTIME_UPGRADE,
    PROPOSAL_COMPONENT_SWAP
};
const char *proposal_kind_name(enum proposal_kind k); /* full_rewrite ... */

/* What building, moving to and living with the change costs. Money in USD. */
struct proposal_cost {
    struct quantity loc, loc_factor; /* lines today (source), new lines over old */
    struct quantity devs, months;    /* people, calendar months */
    struct quantity rate_usd_year;   /* of one person */
    struct quantity salary_load;     /* 1.0 = salary only */
    struct quantity failure_probability;
    bool overrun_given, overrun_none;                    /* "overrun":"none"; default reference_class */
    struct quantity overrun_cap;                         /* stop-loss as a multiple of the plan */
    struct quantity ramp_usd, dual_usd, opportunity_usd; /* once, not multiplied by the overrun */
    struct quantity maintenance_usd_year;                /* extra, from delivery on */
};

/* What it brings a year; each optional, none counted twice. */
struct proposal_benefit {
    struct quantity ops_per_year, saved_s_per_op, op_s, usd_per_hour, usable_share; /* time */
    struct quantity cpu_hours_year, usd_per_cpu_hour;                               /* compute */
    struct quantity mem_saved_gb, usd_per_gb_hour;                                  /* memory, RSS against RSS */
    /* density: CPU and memory requests as fractions of a node, what of each is saved, and the bill they share */
    struct quantity node_cpu_share, node_mem_share, cpu_request_saved, mem_request_saved, node_usd_year;
    struct quantity latency_usd_year; /* value of faster answers, as stated */
    struct quantity incidents_avoided_year, usd_per_incident;
    struct quantity other_usd_year; /* any other yearly value, as stated */
};

struct proposal_component {
    struct span name, kind, workload_class; /* "" not given */
    struct span *match;                     /* frame globs */
    uint32_t match_count;
    struct quantity calls_per_op, elements_per_call; /* boundary crossings, for kappa */
};

enum claim_evidence { CLAIM_EVIDENCE_UNSTATED, CLAIM_EVIDENCE_NONE, CLAIM_EVIDENCE_BORROWED, CLAIM_EVIDENCE_OWN };
struct proposal_claim {
    struct span text;
    struct quantity factor; /* "N x" */
    struct span component;  /* of which component it speaks; "" = the whole */
    struct span operation;  /* of which operation, a name of `operations`; "" = the one that is recorded */
    enum claim_evidence evidence;
};

struct proposal_phase {
    struct span title;
    struct quantity months, stop_loss_usd;
};

struct proposal_gap { /* an item of a language-agnostic checklist */
    struct span id, title;
    struct span status; /* open partial done */
    bool booked;        /* the proposal books closing it as a benefit */
};

struct proposal_operation { /* one kind of operation and its weight in the mix */
    struct span name;
    struct quantity op_s, claimed_s; /* today, as claimed after the change */
    struct quantity share;           /* of all operations */
};

struct proposal_watch { /* what re-opens the decision */
    struct span id, title;
    struct span when;      /* predicate over facts; "" = manual or by date */
    struct span component; /* frame globs of a component whose share `when` reads; "" none */
    int64_t date_us;       /* 0 none */
    bool manual;
};

struct proposal_alternative {
    struct span title;
    struct span
        kind; /* one of the four kinds, or cache, batch, pool, concurrency, gc_tuning, faster_runtime, prototype, other */
    struct proposal_cost cost;
    struct proposal_benefit benefit;
    struct proposal_component *components;
    uint32_t component_count;
};

enum { PROPOSAL_UNREAD_MAX = 50 };
struct proposal {
    struct arena arena; /* owns all below */
    struct span title, scope, from, to;
    bool kind_given;
    enum proposal_kind kind;
    struct span goal;  /* as written; "" = not given (latency, assumed) */
    bool goal_foreign; /* a goal that no profile can speak about (safety, packaging, hiring ...); "speed" is latency and
                          "capacity" throughput */
    double goal_gain;  /* NaN = not given */
    struct proposal_component *components;
    uint32_t component_count;
    struct proposal_cost cost;
    struct proposal_benefit benefit;
    struct quantity horizon_years, discount_rate; /* absent: 5 and 0.10 by default */
    struct proposal_claim *claims;
    uint32_t claim_count;
    struct proposal_phase *phases;
    uint32_t phase_count;
    struct span *risks;
    uint32_t risk_count;
    struct proposal_alternative *alternatives;
    uint32_t alternative_count;
    struct proposal_gap *gaps;
    uint32_t gap_count;
    struct proposal_operation *operations;
    uint32_t operation_count;
    struct proposal_watch *watch;
    uint32_t watch_count;
    struct span *packs; /* policy packs that the proposal asks for */
    uint32_t pack_count;
    struct span *unread; /* paths of members of no known name, at most PROPOSAL_UNREAD_MAX */
    uint32_t unread_count;
    struct fact_set *facts; /* member `facts`, declared */
    char sha256[65];        /* of the canonical text: keys sorted, numbers by value */
};

/* One thing wrong with a document. */
struct field_error {
    char field[160]; /* "cost.months.lo", "components[2].match" */
    char text[240];  /* what was found and what was expected */
};
struct field_errors {
    struct field_error *items; /* free() */
    size_t count, cap;
    size_t left_out; /* beyond FIELD_ERRORS_MAX */
};
enum { FIELD_ERRORS_MAX = 100 };
void field_errors_release(struct field_errors *e);

/* proposal_parse - the document out of its JSON text.
 * In:     text at most 1 MiB, depth 100
 * Out:    *ret, the caller's, freed with proposal_free; *errors one entry for each field that cannot be used, in
 *         document order (released by the caller). A member whose name is near a known one is an error with that name;
 *         any other of no known name is left alone and listed in `unread`.
 * Errors: ERR_MALFORMED (no JSON: byte), ERR_VALUE (fields: the first of them, and how many more), ERR_LIMIT */
bool proposal_parse(struct span text, struct proposal **ret, struct field_errors *errors, struct err *err) MUST_CHECK;
void proposal_free(struct proposal *p); /* NULL is fine */
/* Fills inputs that the document leaves open from declared facts of the same meaning: ops_per_year, op_s, horizon_years,
 * discount_rate, goal, goal_gain, scope. proposal_parse has done so with the document's own facts; further facts
 * (those of a project) may be added later and fill what is open still. */
void proposal_take_facts(struct proposal *p, const struct fact_set *facts);

#endif
