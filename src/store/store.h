/* store.h - what the service keeps. One writer thread with a queue: everything that waits is written in one
 * transaction (group commit, synchronous FULL), so a call that returned true survives a crash of the machine. Readers
 * open their own connection, one a thread. All SQL but the policies' stands in src/store, in the subset that SQLite
 * and PostgreSQL share. Ids are text made by the caller, times microseconds passed in. */
#ifndef STET_STORE_STORE_H
#define STET_STORE_STORE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/num.h"
#include "base/span.h"

struct sql;   /* a reader's connection */
struct store; /* the database and its writer; shared by all threads */

/* Opens or creates the database, brings its schema up to date, starts the writer.
 * In: now_us stamps new migrations. Errors: ERR_STORE (also: made by a newer stet), ERR_IO. */
bool store_open(const char *path, int64_t now_us, struct store **ret, struct err *err) MUST_CHECK;
/* Makes this process the one that serves the database, until it ends: revisions of a run follow each other in memory.
 * Takes hold of PATH.lock. Errors: ERR_CONFLICT naming the process that serves it, ERR_IO. */
bool store_claim(struct store *s, struct err *err) MUST_CHECK;
void store_close(struct store *s); /* writes what is queued first; NULL is fine */
/* A connection for the calling thread; release with store_reader_close. */
bool store_reader_open(const struct store *s, struct sql **ret, struct err *err) MUST_CHECK;
/* Between both, a reader sees the database as it was at the first read, whatever is written meanwhile. */
bool store_snapshot_begin(struct sql *db, struct err *err) MUST_CHECK;
void store_snapshot_end(struct sql *db);
void store_reader_close(struct sql *db);
/* True when a trivial query answers. */
bool store_ping(struct sql *db, struct err *err) MUST_CHECK;

/* --- projects and runs --- */

struct store_share {
    double lo, est, hi; /* NaN unknown */
};

/* The newest analysis of something, as lists show it. revision 0: none yet. */
struct store_brief {
    int64_t revision;
    struct span gate, verdict, summary, headline;
    struct store_share cpu;
    int64_t created_us;
};

struct store_run {
    struct span project, name;
    int64_t created_us, changed_us;
    int64_t profiles; /* uploads in it */
    struct store_brief newest;
};

struct store_project {
    struct span name;
    int64_t created_us;
    int64_t runs, profiles;
    struct span run; /* the newest one; "" none */
    int64_t changed_us;
    struct store_brief newest;
};

struct store_projects {
    struct store_project *items;
    size_t count, cap;
};
struct store_runs {
    struct store_run *items;
    size_t count, cap;
};
/* Lists are malloc'ed (free items), their texts stand in arena. */
/* Projects by last change, newest first; names that come after `after_*` in that order; only = one name or "". */
bool store_projects(struct sql *db, struct arena *arena, struct span only, int64_t before_us, struct span before_name,
                    int64_t limit, struct store_projects *ret, struct err *err) MUST_CHECK;
/* Runs that hold at least one upload, newest change first. */
bool store_runs(struct sql *db, struct arena *arena, struct span project, int64_t limit, struct store_runs *ret,
                struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when there is none. run "" = the newest that holds an upload. */
bool store_run_get(struct sql *db, struct arena *arena, struct span project, struct span run, struct store_run *ret,
                   struct err *err) MUST_CHECK;

/* --- uploads --- */

struct store_pair {
    struct span name, value;
};
struct store_pairs {
    struct store_pair *items;
    size_t count, cap;
};

struct store_profile {
    struct span id, project, run, identity, sha256, name, format, clock, process, runtime, kind;
    struct span commit, branch, scenario, status, error_text;
    double rate_hz, duration_s; /* NaN = not given */
    int64_t size_bytes, created_us, changed_us;
    int64_t error_code; /* enum err_code; 0 none */
    bool raw_kept;
};
struct store_profiles {
    struct store_profile *items;
    size_t count, cap;
};

/* Bytes of an upload, at most n from offset; *ret_n = 0 at the end. */
typedef bool (*store_bytes_fn)(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err);

struct store_upload {
    struct store_profile profile; /* run "" = that of the identical earlier upload, else new_run */
    struct span new_run;
    const struct store_pairs *labels, *facts;
    store_bytes_fn bytes;
    void *bytes_user;
    int64_t now_us;
};
/* Adds the upload with status queued, or finds the identical one and replaces its facts, labels, commit, branch and
 * scenario. Out: id and run as stored. Owns: copies into arena. */
struct store_put {
    struct span id, run;
    bool duplicate;
};
bool store_put_upload(struct store *s, struct arena *arena, const struct store_upload *up, struct store_put *ret,
                      struct err *err) MUST_CHECK;
bool store_profile_get(struct sql *db, struct arena *arena, struct span id, struct store_profile *ret,
                       struct err *err) MUST_CHECK;
/* Newest first; before_us < 0 = from the start. run "" = all. */
bool store_profiles(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t before_us,
                    struct span before_id, int64_t limit, struct store_profiles *ret, struct err *err) MUST_CHECK;
/* Uploads that took part in a revision, oldest first. */
bool store_revision_members(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t revision,
                            struct store_profiles *ret, struct err *err) MUST_CHECK;
/* Uploads that were accepted but not finished when the process ended. */
bool store_unfinished(struct sql *db, struct arena *arena, struct store_profiles *ret, struct err *err) MUST_CHECK;
bool store_labels(struct sql *db, struct arena *arena, struct span id, struct store_pairs *ret,
                  struct err *err) MUST_CHECK;
bool store_facts(struct sql *db, struct arena *arena, struct span id, struct store_pairs *ret,
                 struct err *err) MUST_CHECK;
/* status of a profile; code ERR_NONE clears the error. */
bool store_profile_status(struct store *s, struct span id, const char *status, enum err_code code, struct span text,
                          struct err *err) MUST_CHECK;
/* Stores what was read from the upload. kind: the format that is shown for it. */
struct store_blob {
    struct span kind, bytes;
};
bool store_put_artefacts(struct store *s, struct span id, struct span kind, const struct store_blob *blobs, size_t n,
                         struct err *err) MUST_CHECK;
/* Removes an upload with all that hangs on it. *ret_empty: its run holds nothing any more and went too.
 * Errors: ERR_NOT_FOUND. */
bool store_delete_profile(struct store *s, struct span id, int64_t now_us, bool *ret_empty, struct err *err) MUST_CHECK;
/* Moves an upload into a run of its project (made when new). Errors: ERR_NOT_FOUND, ERR_CONFLICT when the run already
 * holds the identical upload. */
bool store_join(struct store *s, struct span id, struct span run, int64_t now_us, struct err *err) MUST_CHECK;
/* Part of the raw bytes (1 MiB each); empty behind the last. */
bool store_raw_part(struct sql *db, struct arena *arena, struct span id, int64_t part, struct span *ret,
                    struct err *err) MUST_CHECK;
/* Calls each with every artefact blob of an upload, in order; blob is borrowed for the call. */
bool store_artefacts(struct sql *db, struct span id, bool (*each)(void *user, struct span blob, struct err *err),
                     void *user, struct err *err) MUST_CHECK;

/* --- facts of a run --- */

struct store_fact {
    struct span name, value, by;
    int64_t at_us;
};
struct store_run_facts {
    struct store_fact *items;
    size_t count, cap;
};
bool store_run_facts(struct sql *db, struct arena *arena, struct span project, struct span run,
                     struct store_run_facts *ret, struct err *err) MUST_CHECK;
/* An empty value removes the fact. Errors: ERR_NOT_FOUND for an unknown run. */
bool store_put_run_facts(struct store *s, struct span project, struct span run, const struct store_pairs *facts,
                         struct span by, int64_t now_us, struct err *err) MUST_CHECK;

/* --- analyses --- */

struct store_functions; /* store/functions.h */

struct store_analysis {
    struct span project, run;
    int64_t revision;      /* on put: as given by store_next_revision */
    int64_t superseded_by; /* 0 = newest; filled on get */
    struct span input_key, gate, verdict, summary, headline, doc;
    struct store_share cpu;
    int64_t created_us;
    struct span trend; /* on put: where the time went, for lists of runs (store/lists.h); may be empty */
    const struct store_functions *functions; /* on put: what the run's functions cost, replacing what was; NULL none */
};
/* Revision that the next analysis of the run has to carry. Only the holder of the run's lock may rely on it. */
bool store_next_revision(struct sql *db, struct span project, struct span run, int64_t *ret,
                         struct err *err) MUST_CHECK;
/* Stores the revision and marks its members done. */
bool store_put_analysis(struct store *s, const struct store_analysis *a, const struct span *members, size_t n,
                        struct err *err) MUST_CHECK;
/* revision 0 = newest. Errors: ERR_NOT_FOUND. */
bool store_analysis_get(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t revision,
                        struct store_analysis *ret, struct err *err) MUST_CHECK;
/* The newest revisions of a run, newest first, at most `limit`, without documents and headlines. */
struct store_revisions {
    struct store_analysis *items;
    size_t count, cap;
};
bool store_revision_list(struct sql *db, struct arena *arena, struct span project, struct span run, int64_t limit,
                         struct store_revisions *ret, struct err *err) MUST_CHECK;
/* By an upload that took part; revision 0 = the newest of the run in which it is now. */
bool store_analysis_of(struct sql *db, struct arena *arena, struct span profile_id, int64_t revision,
                       struct store_analysis *ret, struct err *err) MUST_CHECK;

/* --- access --- */

struct store_token {
    struct span id, hash, name, scopes, project;
    int64_t created_us, expires_us, revoked_us;
};
struct store_tokens {
    struct store_token *items;
    size_t count, cap;
};
bool store_token_put(struct store *s, const struct store_token *t, struct err *err) MUST_CHECK;
bool store_token_revoke(struct store *s, struct span id, int64_t now_us,
                        struct err *err) MUST_CHECK; /* ERR_NOT_FOUND */
bool store_token_list(struct sql *db, struct arena *arena, struct store_tokens *ret, struct err *err) MUST_CHECK;
/* Whether any token was ever made; a revoked one does not open the service again. */
bool store_token_any(struct sql *db, bool *ret, struct err *err) MUST_CHECK;
/* ERR_UNAUTHORISED unless a token of that hash is valid at now_us. */
bool store_token_find(struct sql *db, struct arena *arena, struct span hash, int64_t now_us, struct store_token *ret,
                      struct err *err) MUST_CHECK;

struct store_link {
    struct span hash, project, run;
    int64_t revision, created_us, expires_us;
};
bool store_link_put(struct store *s, const struct store_link *l, struct err *err) MUST_CHECK;
/* ERR_NOT_FOUND when unknown or expired at now_us. */
bool store_link_find(struct sql *db, struct arena *arena, struct span hash, int64_t now_us, struct store_link *ret,
                     struct err *err) MUST_CHECK;

#endif
