/* decisions.h - proposals, decisions and the ledger. Every step is an entry of the project's chain: its hash covers the
 * entry before it, so that nothing can be changed, put between or taken away unseen. The same rules as store.h: ids and
 * times come from the caller, a call that returned true survives a crash of the machine. */
#ifndef STET_STORE_DECISIONS_H
#define STET_STORE_DECISIONS_H

#include "store/store.h"

/* --- the ledger --- */

/* Kinds, and what their body holds beside at, by, kind, project, ref and seq:
 *  proposal   ref proposal  version sha256 title change goal         (made or edited)
 *  standing   ref proposal  status text                              (open, settled, withdrawn)
 *  decision   ref decision  the row's columns, hashes of doc and frozen
 *  status     ref decision  status text                              (accepted, rejected, reopened)
 *  objection  ref decision  n text run profile;   answer: n text;   vote: vote text
 *  watch      ref decision  event watch text ...                     (FIRED, CLEARED, STALE)
 *  outcome    ref decision  before after and what was found
 *  waiver     ref waiver    rule reason until;    grant: owner;     end: text */
struct store_entry {
    struct span project, kind, ref, by, body, prev, hash;
    int64_t seq, at_us;
};
struct store_entries {
    struct store_entry *items; /* free; texts in the arena */
    size_t count, cap;
};
/* The chain from behind after_seq on, at most limit entries. */
bool store_ledger(struct sql *db, struct arena *arena, struct span project, int64_t after_seq, int64_t limit,
                  struct store_entries *ret, struct err *err) MUST_CHECK;
/* What the chain's newest entry should be; seq 0 without one. */
bool store_ledger_head(struct sql *db, struct arena *arena, struct span project, int64_t *ret_seq,
                       struct span *ret_hash, struct err *err) MUST_CHECK;
bool store_ledger_of(struct sql *db, struct arena *arena, struct span ref, struct store_entries *ret,
                     struct err *err) MUST_CHECK;
/* Entries of a project of up to three kinds ("" = none), oldest first. */
bool store_ledger_kinds(struct sql *db, struct arena *arena, struct span project, const char *a, const char *b,
                        const char *c, struct store_entries *ret, struct err *err) MUST_CHECK;
/* Projects that have a chain. */
bool store_ledger_projects(struct sql *db, struct arena *arena, struct store_projects *ret, struct err *err) MUST_CHECK;
/* Appends one entry. e->body: a JSON object with the members of its kind. Errors: ERR_NOT_FOUND (project). */
bool store_ledger_append(struct store *s, const struct store_entry *e, struct err *err) MUST_CHECK;
/* A decision that the chain names and whose row is missing; "" none. */
bool store_ledger_orphan(struct sql *db, struct arena *arena, struct span project, struct span *ret,
                         struct err *err) MUST_CHECK;
/* Hash of an entry as the chain wants it. */
void store_ledger_hash(struct span prev, struct span body, char ret_hex[65]);

/* --- proposals --- */

struct store_proposal {
    struct span id, project, status;
    int64_t version; /* of the texts below */
    int64_t newest;  /* version */
    int64_t created_us, changed_us;
    struct span title, kind, goal, sha256, by, doc;
    int64_t version_us;
    struct span decision; /* the newest one; "" none. Filled on get and list */
};
struct store_proposals {
    struct store_proposal *items;
    size_t count, cap;
};
/* A new proposal (its project is made on first use), or a new version of the one with that id. The text of the newest
 * version again makes none. In: id project title kind goal by doc, changed_us = now. Out: *ret_version.
 * Errors: ERR_CONFLICT (withdrawn). */
bool store_proposal_put(struct store *s, const struct store_proposal *p, bool fresh, int64_t *ret_version,
                        struct err *err) MUST_CHECK;
/* version 0 = newest. Errors: ERR_NOT_FOUND. */
bool store_proposal_get(struct sql *db, struct arena *arena, struct span id, int64_t version,
                        struct store_proposal *ret, struct err *err) MUST_CHECK;
/* Of a project, newest first, without their texts; status "" = all. */
bool store_proposal_list(struct sql *db, struct arena *arena, struct span project, struct span status, int64_t limit,
                         struct store_proposals *ret, struct err *err) MUST_CHECK;
/* All versions, newest first, without their texts. */
bool store_proposal_versions(struct sql *db, struct arena *arena, struct span id, struct store_proposals *ret,
                             struct err *err) MUST_CHECK;
/* Errors: ERR_NOT_FOUND. The same status again changes nothing. */
bool store_proposal_status(struct store *s, struct span id, const char *status, struct span text, struct span by,
                           int64_t now_us, struct err *err) MUST_CHECK;

/* --- decisions --- */

struct store_evidence {
    struct span profile;
    int64_t part;
    struct span upload_sha256, artefact_sha256;
    struct span row_sha256; /* of the upload's row; not in the table */
};
struct store_evidences {
    struct store_evidence *items;
    size_t count, cap;
};
struct store_decision {
    struct span id, project, proposal, run; /* run "" = none */
    int64_t version;                        /* of the proposal */
    int64_t created_us, changed_us;
    struct span by, input_key, verdict, gate, summary;
    struct span frozen, doc;
    int64_t seq;
    struct span prev, hash; /* of its entry; filled on get */
    struct span status, superseded_by;
    bool stale;
};
struct store_decisions {
    struct store_decision *items;
    size_t count, cap;
};
struct store_decision_put {
    struct span id; /* of the decision that holds now */
    int64_t seq;
    bool duplicate;
};
/* Adds a decision, which supersedes the one before it; when the newest one of the proposal has the same input_key and was
 * not re-opened, that one is the answer. keep: texts that it rests on.
 * Errors: ERR_CONFLICT when the proposal was edited or withdrawn, or evidence taken away, meanwhile. */
bool store_decision_put(struct store *s, struct arena *arena, const struct store_decision *d,
                        const struct store_evidences *evidence, const struct span *keep, size_t keep_count,
                        struct store_decision_put *ret, struct err *err) MUST_CHECK;
bool store_decision_get(struct sql *db, struct arena *arena, struct span id, struct store_decision *ret,
                        struct err *err) MUST_CHECK;
/* The newest decision of a proposal. Errors: ERR_NOT_FOUND. */
bool store_decision_newest(struct sql *db, struct arena *arena, struct span proposal, struct store_decision *ret,
                           struct err *err) MUST_CHECK;
/* Newest first, without frozen and doc. proposal "" = all of the project; standing: only those that hold (not
 * superseded, not rejected, proposal not withdrawn). before_seq <= 0 = from the start. */
bool store_decision_list(struct sql *db, struct arena *arena, struct span project, struct span proposal, bool standing,
                         int64_t before_seq, int64_t limit, struct store_decisions *ret, struct err *err) MUST_CHECK;
/* Ids of all decisions, by project and age; project "" = all. */
bool store_decision_ids(struct sql *db, struct arena *arena, struct span project, struct store_pairs *ret,
                        struct err *err) MUST_CHECK;
bool store_decision_evidence(struct sql *db, struct arena *arena, struct span id, struct store_evidences *ret,
                             struct err *err) MUST_CHECK;
/* status: accepted, rejected (both settle the proposal), reopened (opens it again). With an entry of the ledger.
 * Errors: ERR_NOT_FOUND; ERR_CONFLICT: superseded, already so, or accepted with an objection without an answer. */
bool store_decision_status(struct store *s, struct span id, const char *status, struct span text, struct span by,
                           int64_t now_us, struct err *err) MUST_CHECK;
/* An entry of kind watch: event FIRED, CLEARED or STALE, members as given. FIRED re-opens an accepted or proposed
 * decision, STALE marks it; neither changes what it says. */
bool store_decision_watch(struct store *s, struct span id, const char *event, struct span members, int64_t now_us,
                          struct err *err) MUST_CHECK;
/* The decision of the same proposal that came next after that entry; "" none. */
bool store_decision_after(struct sql *db, struct arena *arena, struct span id, struct span proposal, int64_t seq,
                          struct span *ret, struct err *err) MUST_CHECK;
/* A text or blob by its SHA-256. Errors: ERR_NOT_FOUND. */
bool store_kept(struct sql *db, struct arena *arena, struct span sha256, struct span *ret, struct err *err) MUST_CHECK;
/* A part of an upload's artefacts as it is now. Errors: ERR_NOT_FOUND. */
bool store_artefact_part(struct sql *db, struct arena *arena, struct span profile, int64_t part, struct span *ret,
                         struct err *err) MUST_CHECK;

/* --- objections: an opposing profile or text, to be answered before a decision is accepted (objections.c) --- */

struct store_objection {
    int64_t n; /* from 1 */
    struct span text, run, profile, by, answer, answer_by;
    int64_t at_us, answer_us; /* 0 = no answer */
};
struct store_objections {
    struct store_objection *items;
    size_t count, cap;
};
bool store_objections(struct sql *db, struct arena *arena, struct span decision, struct store_objections *ret,
                      struct err *err) MUST_CHECK;
bool store_objection_put(struct store *s, struct span decision, const struct store_objection *o, int64_t *ret_n,
                         struct err *err) MUST_CHECK;
/* Errors: ERR_NOT_FOUND, ERR_CONFLICT (has an answer). */
bool store_objection_answer(struct store *s, struct span decision, int64_t n, struct span text, struct span by,
                            int64_t now_us, struct err *err) MUST_CHECK;

/* --- waivers (waivers.c) --- */

struct store_waiver {
    struct span id, project, rule, reason, by, owner, ended_by; /* rule: an id, or "gate" */
    int64_t asked_us, until_us, granted_us, ended_us;           /* 0 = not yet */
};
struct store_waivers {
    struct store_waiver *items;
    size_t count, cap;
};
/* requested, active, expired, ended at that moment. */
const char *store_waiver_state(const struct store_waiver *w, int64_t now_us);
bool store_waivers(struct sql *db, struct arena *arena, struct span project, struct store_waivers *ret,
                   struct err *err) MUST_CHECK;
bool store_waiver_get(struct sql *db, struct arena *arena, struct span id, struct store_waiver *ret,
                      struct err *err) MUST_CHECK;
bool store_waiver_put(struct store *s, const struct store_waiver *w, struct err *err) MUST_CHECK;
/* owner "" only when ending. Errors: ERR_NOT_FOUND, ERR_CONFLICT (granted, expired or ended already). */
bool store_waiver_grant(struct store *s, struct span id, struct span owner, struct span by, int64_t now_us,
                        struct err *err) MUST_CHECK;
bool store_waiver_end(struct store *s, struct span id, struct span text, struct span by, int64_t now_us,
                      struct err *err) MUST_CHECK;

/* --- age (retain.c) --- */

struct store_retained {
    int64_t dropped, bytes; /* uploads whose raw bytes went */
    int64_t exempt;         /* old ones that a standing decision rests on */
};
/* Drops the raw bytes of uploads made before before_us; profiles, analyses and hashes stay. */
bool store_retain(struct store *s, int64_t before_us, struct store_retained *ret, struct err *err) MUST_CHECK;

#endif
