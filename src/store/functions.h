/* functions.h - what the functions of a project cost, run by run: a dictionary of their names, and one packed value a run,
 * of its newest analysis. Runs that were analysed by an earlier version have none until they are analysed anew. */
#ifndef STET_STORE_FUNCTIONS_H
#define STET_STORE_FUNCTIONS_H

#include "store/store.h"

struct store_function {
    struct span name, place, file, category; /* category: its name */
    double own, total;                       /* shares of CPU, or of blocked time */
    double n_eff;                            /* NaN unknown */
};

/* Of one analysis. Borrowed by store_put_analysis. */
struct store_functions {
    const struct store_function *items;
    size_t count;
    bool off; /* shares of blocked time */
    struct span profile_id, commit;
    int64_t when_us;
};

/* Inside the transaction of the analysis (analyses.c). */
struct sql;
bool store_functions_write(struct sql *db, const struct store_analysis *a, struct err *err) MUST_CHECK;

/* Calls each with every function of the project that was ever listed, by id; texts are borrowed for the call. */
struct store_function_name {
    int64_t id;
    struct span name, place, file;
};
typedef bool (*store_name_fn)(void *user, const struct store_function_name *n, struct err *err);
bool store_function_names(struct sql *db, struct span project, store_name_fn each, void *user,
                          struct err *err) MUST_CHECK;
/* Those of the ids (ascending), in that order; texts in arena. *ret has room for n; one that is not there has id 0. */
bool store_function_named(struct sql *db, struct arena *arena, struct span project, const int64_t *ids, size_t n,
                          struct store_function_name *ret, struct err *err) MUST_CHECK;

/* Calls each with the runs of the project that have shares of that clock, newest first, at most limit of them. */
struct store_function_run {
    struct span run, profile_id, commit, categories; /* borrowed for the call */
    int64_t revision, when_us;
    struct span packed;
};
typedef bool (*store_function_run_fn)(void *user, const struct store_function_run *r, struct err *err);
bool store_function_runs(struct sql *db, struct span project, bool off, int64_t limit, store_function_run_fn each,
                         void *user, struct err *err) MUST_CHECK;

/* Reading a packed value. Errors: ERR_STORE: not what was written. */
struct function_shares {
    uint32_t count;
    const unsigned char *ids, *own, *total, *n_eff, *category; /* unaligned */
};
bool function_shares_open(struct span packed, struct function_shares *ret, struct err *err) MUST_CHECK;
uint32_t function_shares_id(const struct function_shares *s, uint32_t at);
struct function_point {
    float own, total, n_eff; /* n_eff NaN unknown */
    uint8_t category;        /* index in categories */
};
struct function_point function_shares_at(const struct function_shares *s, uint32_t at);
/* The k-th of comma-separated names; "" when there is none. */
struct span function_category(struct span categories, unsigned k);

#endif
