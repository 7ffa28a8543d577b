/* lists.h - what the pages of a team show over many runs and projects: trends, and what needs attention. Threads, errors
 * and texts as in store.h. */
#ifndef STET_STORE_LISTS_H
#define STET_STORE_LISTS_H

#include "store/store.h"

/* What is compared over time: one branch and one scenario, "" = none stated. */
struct store_series {
    struct span branch, scenario;
    int64_t runs;
    int64_t changed_us; /* of its newest run */
};
struct store_serieses {
    struct store_series *items; /* free; texts in the arena */
    size_t count, cap;
};
/* Branches and scenarios of the project's newest thousand runs, the one with the newest run first. */
bool store_series_list(struct sql *db, struct arena *arena, struct span project, struct store_serieses *ret,
                       struct err *err) MUST_CHECK;
/* Branch and scenario of a run: as its newest upload that states one says. */
bool store_series_of(struct sql *db, struct arena *arena, struct span project, struct span run,
                     struct store_series *ret, struct err *err) MUST_CHECK;

/* One run of a series with its newest analysis; revision 0: none. */
struct store_point {
    struct span run, commit;
    int64_t created_us, changed_us; /* of the run */
    int64_t revision;
    struct span gate, verdict, headline;
    struct store_share cpu;
    struct span trend; /* "" for an analysis made before trends were kept: then doc is there */
    struct span doc;
};
struct store_points {
    struct store_point *items;
    size_t count, cap;
};
/* The newest runs of a series, oldest first. with_time: also where the time went. */
bool store_trend(struct sql *db, struct arena *arena, struct span project, const struct store_series *series,
                 int64_t limit, bool with_time, struct store_points *ret, struct err *err) MUST_CHECK;

/* --- what needs attention --- */

enum store_alert_kind {
    ALERT_FIRED,     /* watched and met; ref the row, decision its decision or "" */
    ALERT_REOPENED,  /* a decision that holds; ref it */
    ALERT_STALE,     /* a decision that holds is out of date; ref it */
    ALERT_OBJECTION, /* count objections to a decision without an answer; ref it */
    ALERT_FAILED,    /* count uploads that could not be read; ref the newest */
    ALERT_OLD,       /* a project whose newest run is old; ref the run */
};
struct store_alert {
    enum store_alert_kind kind;
    struct span project, ref, decision, text; /* text: the proposal's, upload's or trigger's own title */
    int64_t count, at_us;
};
struct store_alerts {
    struct store_alert *items;
    size_t count, cap;
};
/* project "" = all. Within a kind the newest first, at most limit of each.
 * In: failed_after_us uploads that failed before are left out; old_before_us newest change that counts as old */
struct store_alert_query {
    struct span project;
    int64_t failed_after_us, old_before_us, limit;
};
bool store_alerts(struct sql *db, struct arena *arena, const struct store_alert_query *query, struct store_alerts *ret,
                  struct err *err) MUST_CHECK;
/* Projects that have proposals or waivers, by name. */
bool store_asked_projects(struct sql *db, struct arena *arena, struct span project, const char *kind,
                          struct store_projects *ret, struct err *err) MUST_CHECK;

#endif
