/* watch.h - what a project is told besides its profiles: facts of the world, its policies, what is watched.
 * Facts, policies and the log are only ever added to. Threads and errors as in store.h. */
#ifndef STET_STORE_WATCH_H
#define STET_STORE_WATCH_H

#include "store/store.h"

/* --- facts of the world --- */

struct store_given {
    int64_t seq;                  /* within the project; filled by the store */
    struct span scope;            /* project, run=R, scenario=S, commit=C */
    struct span name, value;      /* value: a number or a text, "null" = unknown again */
    struct span unit, source, by; /* unit as it was stated, "" none */
    double lo, hi;                /* interval as it was stated, NaN none */
    int64_t time_us, given_us;    /* when it was so; when it was told */
};
struct store_givens {
    struct store_given *items; /* free(); texts in the arena */
    size_t count, cap;
};
/* Adds all of them at once, in order, and says which rows they are; makes the project on first use. */
bool store_given_put(struct store *s, struct span project, struct store_given *items, size_t n,
                     struct err *err) MUST_CHECK;
/* What holds now, by name and scope, behind that name and scope. only_scope, only_name "" = all. */
struct store_given_query {
    struct span project, only_scope, only_name, after_name, after_scope;
    int64_t limit;
};
bool store_given_now(struct sql *db, struct arena *arena, const struct store_given_query *query,
                     struct store_givens *ret, struct err *err) MUST_CHECK;
/* All that was ever told of a fact, latest time first; before_us < 0 = from the start. scope "" = all. */
struct store_given_past {
    struct span project, name, scope;
    int64_t before_us, before_seq, limit;
};
bool store_given_history(struct sql *db, struct arena *arena, const struct store_given_past *query,
                         struct store_givens *ret, struct err *err) MUST_CHECK;

/* Which row is marked as the one that holds; seq 0 = none is. */
struct store_given_mark {
    int64_t seq, time_us;
};
bool store_given_mark(struct sql *db, struct span project, struct span scope, struct span name,
                      struct store_given_mark *ret, struct err *err) MUST_CHECK;

/* --- a project's own document of packs, rules, thresholds, exemptions (policies.c) --- */

struct store_policy {
    struct span project, sha256, doc;
    int64_t version;    /* from 1; the highest holds */
    struct span origin; /* api, upload */
    bool is_protected;  /* set by somebody who may write: an upload alone does not replace it */
    struct span by;
    int64_t given_us;
};
struct store_policies {
    struct store_policy *items; /* free(); texts in the arena */
    size_t count, cap;
};
/* A new version, unless the newest has the same text; makes the project on first use. In: all but version; may_replace:
 * also a protected one. Out: *ret_version that holds, *ret_new. Errors: ERR_FORBIDDEN (protected). */
bool store_policy_put(struct store *s, const struct store_policy *p, bool may_replace, int64_t *ret_version,
                      bool *ret_new, struct err *err) MUST_CHECK;
/* version 0 = that which holds. Errors: ERR_NOT_FOUND. */
bool store_policy_get(struct sql *db, struct arena *arena, struct span project, int64_t version,
                      struct store_policy *ret, struct err *err) MUST_CHECK;
/* Newest first, without their texts; before_version <= 0 = from the start. */
bool store_policy_list(struct sql *db, struct arena *arena, struct span project, int64_t before_version, int64_t limit,
                       struct store_policies *ret, struct err *err) MUST_CHECK;

/* --- what re-opens decisions (watch.c) --- */

struct store_watch {
    struct span id, project, decision; /* decision "" = all of the project */
    struct span origin, item;          /* decision, policy, api; its id there */
    struct span title, kind;           /* condition, share, date, manual */
    struct span condition, component;  /* component: JSON array of frame globs, "" none */
    int64_t date_us;
    double share[3], native[3], gain[3]; /* of the component, lo est hi, when evidence was last read; NaN unknown */
    struct span state;                   /* clear, fired, unknown */
    int64_t since_us;
    struct span fact; /* the comparison that decided it: fact, its number, the line */
    double now, line;
    struct span note, by;
    int64_t created_us, removed_us;
};
struct store_watches {
    struct store_watch *items; /* free(); texts in the arena */
    size_t count, cap;
};
/* What a standing decision was made from, as far as conditions read it. */
struct store_basis {
    struct span project, decision, run, scenario, goal;
    int64_t made_us, evidence_us; /* 0 = no evidence */
    struct span facts, stale;
};
struct store_bases {
    struct store_basis *items;
    size_t count, cap;
};
/* Live rows, by decision, then age. project "" = all; decision "" = all; after_*: of the last row seen. */
struct store_watch_query {
    struct span project, decision, state, after_decision, after_id;
    int64_t limit;
};
bool store_watch_list(struct sql *db, struct arena *arena, const struct store_watch_query *query,
                      struct store_watches *ret, struct err *err) MUST_CHECK;
bool store_watch_get(struct sql *db, struct arena *arena, struct span id, struct store_watch *ret,
                     struct err *err) MUST_CHECK; /* ERR_NOT_FOUND, also when removed */
/* Whether the decision was taken up into what is watched. */
bool store_watch_based(struct sql *db, struct span project, struct span decision, bool *ret,
                       struct err *err) MUST_CHECK;
bool store_watch_bases(struct sql *db, struct arena *arena, struct span project, struct store_bases *ret,
                       struct err *err) MUST_CHECK;
/* Adds bases with their rows (by decision) and other rows, unless they are there, and removes rows by their ids. */
struct store_watch_sync {
    const struct store_basis *bases;
    size_t base_count;
    const struct store_watch *rows;
    size_t row_count;
    const struct span *removed; /* ids of rows */
    size_t removed_count;
    const struct span *fallen; /* decisions that stand no longer: should they again, they are taken up anew */
    size_t fallen_count;
    int64_t now_us;
};
bool store_watch_sync(struct store *s, const struct store_watch_sync *sync, struct err *err) MUST_CHECK;

/* What an evaluation found of a row; event NULL: only its numbers changed. FIRED and CLEARED are logged when the row was not
 * so already, FIRED re-opens its decision (or all standing ones). STALE: of decision alone, once. */
struct store_watch_change {
    const struct store_watch *row; /* NULL with STALE */
    struct span item;              /* with STALE: age, or drift and the fact */
    struct span project, decision;
    const char *event, *state;
    struct span fact, text, by;
    double now, line;
};
struct store_watch_done {
    int64_t fired, cleared, stale; /* events that were new */
};
bool store_watch_apply(struct store *s, const struct store_watch_change *changes, size_t n, int64_t now_us,
                       struct store_watch_done *ret, struct err *err) MUST_CHECK;
/* Shares of components as evidence shows them now: share, native and gain of each row. */
bool store_watch_shares(struct store *s, const struct store_watch *rows, size_t n, struct err *err) MUST_CHECK;

struct store_watch_event {
    int64_t seq, at_us;
    struct span watch, decision, event, title, fact, note, by;
    double now, line;
};
struct store_watch_events {
    struct store_watch_event *items;
    size_t count, cap;
};
/* Newest first; watch "" = all of the project; before_seq <= 0 = from the start. */
bool store_watch_log(struct sql *db, struct arena *arena, struct span project, struct span watch, int64_t before_seq,
                     int64_t limit, struct store_watch_events *ret, struct err *err) MUST_CHECK;
/* The run of that scenario that was changed last and has an analysis; "" = none. */
bool store_watch_newest_run(struct sql *db, struct arena *arena, struct span project, struct span scenario,
                            struct span *ret, struct err *err) MUST_CHECK;
/* Scenario of a run: that of its newest upload that states one. */
bool store_watch_scenario(struct sql *db, struct arena *arena, struct span project, struct span run, struct span *ret,
                          struct err *err) MUST_CHECK;

#endif
