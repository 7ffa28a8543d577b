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
/* Adds all of them at once, in order; makes the project on first use. */
bool store_given_put(struct store *s, struct span project, const struct store_given *items, size_t n,
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

#endif
