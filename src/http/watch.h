/* watch.h - what the service does with facts of the world, policies of a project and what is watched. */
#ifndef STET_HTTP_WATCH_H
#define STET_HTTP_WATCH_H

#include "base/json.h"
#include "base/jsonw.h"
#include "facts/facts.h"
#include "http/reply.h"
#include "policy/project.h"
#include "profile/artefact.h"
#include "roi/proposal.h"
#include "store/decisions.h"
#include "store/watch.h"

struct service;

/* --- reading what is told (fact_body.c) --- */

struct fact_telling {
    struct span scope, source, by; /* scope and source where a value states none */
    int64_t time_us, now_us;
};
/* The members of {"name": value, ...} as rows to be stored, in order; one error for each name that cannot be used.
 * A fact of a band without its end (cpu_share) gives all three of them. Owns: ret->items, free(); errors->items, free() */
void fact_body_read(const struct json *doc, const struct fact_telling *telling, struct arena *arena,
                    struct store_givens *ret, struct field_errors *errors);
/* project, run=R, scenario=S, commit=C. Errors: ERR_VALUE. */
bool fact_scope_check(struct span scope, struct err *err) MUST_CHECK;
/* "2026-03-01" or RFC 3339, not after tomorrow. Errors: ERR_VALUE. */
bool fact_time_read(struct span text, int64_t now_us, int64_t *ret_us, struct err *err) MUST_CHECK;
void field_error_add(struct field_errors *e, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* --- facts of the world in an analysis or a decision (world.c) --- */

/* Whose facts: those of the project, over them those of the scenario, the commit and the run ("" none). */
struct world_of {
    struct span project, run, commit, scenario;
};
/* world_load - one row a fact, the narrowest scope's; a band is taken from one scope as a whole.
 * Owns: ret->items, free(); texts in arena. */
bool world_load(struct sql *db, struct arena *arena, const struct world_of *of, struct store_givens *ret,
                struct err *err) MUST_CHECK;
/* world_take - adds them to what is declared nearer by, which stays as it is.
 * In:     measured: an analysis or decision document of the same evidence, so that what its files measured stays too;
 *         NULL: facts that have to be measured are left out where files = true, taken where there are no files
 * Out:    facts, with origin declared, who told it and when; a fact that contradicts the others is left out
 *         key (may be NULL): a line for each that was taken
 * Returns how many were taken. */
size_t world_take(const struct store_givens *world, bool files, const struct json *measured, struct fact_set *facts,
                  struct sb *key);
/* Whether any of them would have to be measured. */
bool world_measures(const struct store_givens *world);
/* What is told against what holds already in the same scope: bands in order, parts not above the whole.
 * Errors: ERR_VALUE. */
bool world_fits(struct sql *db, struct arena *arena, struct span project, const struct store_givens *told,
                struct err *err) MUST_CHECK;

/* --- the rules that a project decides by (project_rules.c) --- */

struct project_rules {
    struct policy_project *doc; /* NULL: the project has none of its own */
    struct policy_set packs;    /* after project_rules_packs */
    struct span text;           /* of doc; in the arena */
    int64_t version;            /* 0 without a document */
    int64_t changed_us;         /* when that version was set */
    char row_sha256[65];        /* of its row */
};
/* The document that holds. Errors: ERR_STORE, ERR_VALUE (one that this version of stet cannot use). */
bool project_rules_load(struct sql *db, struct arena *arena, struct span project, struct project_rules *ret,
                        struct err *err) MUST_CHECK;
/* From a text that is not stored. Errors: ERR_VALUE; *errors as policy_project_parse. */
bool project_rules_parse(struct span text, struct project_rules *ret, struct field_errors *errors,
                         struct err *err) MUST_CHECK;
/* Packs as of a moment: exemptions that ended before it are none. */
bool project_rules_packs(struct project_rules *r, int64_t as_of_us, struct err *err) MUST_CHECK;
/* as_of_us, or the moment behind the end of the last exemption that ended between it and now. */
int64_t project_rules_ended(const struct project_rules *r, int64_t as_of_us, int64_t now_us);
void project_rules_release(struct project_rules *r);

/* A document that somebody wants to set: parsed and checked as `stet policy check` does, on a job thread.
 * Out: *ret (release); *errors one for each field and each rule that cannot be used; *notes what is only doubtful.
 * Errors: ERR_BAD_REQUEST (no JSON), ERR_VALUE (errors: the first of them and how many more). Owns: items, free() */
bool project_rules_check(struct request *rq, struct span text, struct project_rules *ret, struct field_errors *errors,
                         struct field_errors *notes, struct err *err) MUST_CHECK;
/* What would become of all decisions and newest analyses under other rules (dry_run.c). Nothing is stored.
 * Out: the members "decisions", "analyses" and "changes" into the open object. For job threads. */
struct dry_run {
    struct span project;
    struct project_rules *now, *then; /* as they hold, as they would */
    int64_t now_us;
};
bool dry_run_write(struct sql *db, const struct dry_run *run, struct jsonw *w, struct err *err) MUST_CHECK;

/* Analyses the run anew as it stands (NULL: there is none) and writes member "analysis" (analyse_again.c). True when that is done. */
bool analysis_again(struct request *rq, const struct store_run *run, struct jsonw *w);
/* The same; *ret the new analysis where it was done, else revision 0. */
bool analysis_again_into(struct request *rq, const struct store_run *run, struct jsonw *w, struct store_analysis *ret);

/* Analyses the run anew where an exemption that its newest analysis rests on has ended since: a gate must not stay open by
 * nobody asking. */
void analysis_freshen(struct request *rq, const struct store_run *run);

/* What an upload without the right to write may set: packs, thresholds, goal. */
bool project_rules_plain(const struct project_rules *r);

/* --- what re-opens decisions (watch_sync.c, watch.c) --- */

/* Evidence that was just read, for the shares of components. */
struct watch_evidence {
    struct artefact *const *artefacts;
    size_t count;
    struct span process, scenario;
    enum runtime_kind runtime;
};
struct watch_result {
    size_t watched; /* rows that stand */
    struct store_watch_done done;
};
/* watch_project - brings the list up to date with the project's decisions and document, evaluates every condition over the
 * newest analyses and facts, and writes what fired, cleared or grew stale. What fired re-opens its decision and never
 * changes what that says. Doing it again changes nothing.
 * In:     evidence may be NULL: shares of components stay as they were; now_us: for dates and ages
 * Thread: any; two at a time log once. Cost: some ms for a hundred decisions */
bool watch_project(struct store *s, struct sql *db, struct span project, const struct watch_evidence *evidence,
                   int64_t now_us, struct watch_result *ret, struct err *err) MUST_CHECK;
/* One row as an object. */
void watch_write(struct jsonw *w, const struct store_watch *row);
/* told_decisions - looks at the project's decisions again, by the engine: up to at_once of them now, more of them on a
 * thread of their own after the answer (told.c). For job threads. */
void told_decisions(struct service *s, struct sql *db, struct span project, int64_t at_once);
/* For handlers: the log's newest entry before something is told, and member "watch": what fired and cleared since. */
int64_t watch_seq(struct request *rq, struct span project);
void watch_since(struct request *rq, struct span project, int64_t seq, bool analysed, struct jsonw *w);
/* The number and its line in words: "msg_rate_sustained is 12000, the line is 10000". */
void watch_words(struct sb *out, const struct store_watch *row, struct span fact, double now, double line);

/* Private to watch*.c: everything of one project. */
struct watching {
    struct store *store;
    struct sql *db;
    struct span project;
    int64_t now_us;
    struct arena arena;
    struct store_decisions standing; /* newest first */
    const struct store_decision **by_id;
    struct store_bases bases; /* sorted by decision */
    struct store_watches rows;
};
bool watching_load(struct watching *w, struct err *err) MUST_CHECK;
void watching_release(struct watching *w);
bool watching_sync(struct watching *w, bool *ret_changed, struct err *err) MUST_CHECK;
const struct store_decision *watching_standing(const struct watching *w, struct span decision); /* NULL: it does not */
bool watching_stands(const struct watching *w, struct span decision);
const struct store_basis *watching_basis(const struct watching *w, struct span decision);
bool watching_shares(struct watching *w, const struct watch_evidence *evidence, struct err *err) MUST_CHECK;

#endif
