/* functions.h - what the functions of a project cost over its runs: taken from each analysis, searched by name. */
#ifndef STET_HTTP_FUNCTIONS_H
#define STET_HTTP_FUNCTIONS_H

#include "base/json.h"
#include "base/jsonw.h"
#include "evidence/evidence.h"
#include "http/request.h"
#include "store/functions.h"

/* --- out of an analysis (functions_take.c) --- */

/* The largest by total, and beside them all whose own share is above FUNCTIONS_OWN_MIN. */
enum { FUNCTIONS_KEPT = 2000 };
#define FUNCTIONS_OWN_MIN 1e-4

struct functions_taken {
    struct arena arena;
    struct store_function *items;
    struct store_functions set; /* of these; profile_id, commit and when_us are the caller's to fill */
    uint32_t artefact;          /* index of the artefact that they are of */
};
/* For advise_input.on_evidence; called again it starts anew. */
void functions_take(void *user, const struct evidence *ev);
void functions_taken_release(struct functions_taken *t);

/* --- search (functions_match.c, functions_search.c) --- */

enum name_match_kind { MATCH_NAME_TEXT, MATCH_NAME_GLOB, MATCH_NAME_REGEXP };

/* What a name is searched by; capitals count as small letters. Held against the name, the name with its module in front
 * ("json.decoder.loads", from the file), the place and the file. An empty text matches everything. */
struct name_match;
/* Errors: ERR_VALUE: too long, or no regular expression. Owns: *ret, name_match_free. One thread at a time. */
bool name_match_new(enum name_match_kind kind, struct span text, struct name_match **ret, struct err *err) MUST_CHECK;
bool name_match_kind_from(struct span name, enum name_match_kind *ret); /* text glob regexp */
bool name_match_test(struct name_match *m, const struct store_function_name *n);
/* So much was tried that no more should be: long names and an expression that follows many ways through them. */
bool name_match_tired(const struct name_match *m);
void name_match_free(struct name_match *m); /* NULL is fine */

enum { FUNCTION_RUNS_MAX = 1000, FUNCTION_MATCHES_MAX = 20000, FUNCTION_POINTS_MAX = 100, FUNCTION_HITS_MAX = 100 };

struct function_query {
    struct span project;
    struct name_match *match;
    bool off; /* blocked time instead of CPU */
    size_t offset, limit;
    bool trend; /* what each was in every run, and since when it is what it is */
};

/* A run that has shares. Newest is number 0. */
struct function_run {
    struct span run, commit, profile_id, categories;
    int64_t revision, when_us;
};

struct function_seen {
    uint32_t run; /* number; UINT32_MAX never */
    struct function_point is;
};

enum function_since { SINCE_FIRST_RUN, SINCE_APPEARED, SINCE_CHANGED, SINCE_UNKNOWN };

struct function_hit {
    int64_t id;
    struct span name, place, file;
    struct function_seen newest, first, highest; /* highest by total */
    struct function_point *points;               /* [runs]; total NaN where it is not listed; NULL without trend */
    enum function_since since;
    uint32_t since_run; /* the oldest run from which on the share is not told from today's */
    double before;      /* total in the run before that; NaN */
};

struct function_found {
    struct arena arena;
    struct function_run *runs;
    uint32_t run_count;
    struct function_hit *hits; /* of the page: the newest run's first, by total share */
    size_t hit_count;
    size_t matched;        /* functions of that name in any of these runs */
    bool partial;          /* more names match than are looked at */
};
/* function_search - for job threads. Cost: the names of the project once, its packed runs once, with trend twice.
 * Owns: *ret, function_found_release, also after a failure. */
bool function_search(struct sql *db, const struct function_query *q, struct function_found *ret,
                     struct err *err) MUST_CHECK;
void function_found_release(struct function_found *f);
/* One hit as an object: names, category, shares with intervals, where it was first and highest, since when, trend. */
void function_hit_write(struct jsonw *w, const struct function_query *q, const struct function_found *f,
                        const struct function_hit *h);
/* 95 % interval of a point's share. */
struct share function_interval(double share, float n_eff);

#endif
