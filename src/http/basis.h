/* basis.h - everything that a decision is made from: gathered from the store for a new one, or taken from what an earlier
 * one froze. The same basis gives the same document. Needs no service, so that a command line can verify. */
#ifndef STET_HTTP_BASIS_H
#define STET_HTTP_BASIS_H

#include "advise/decide.h"
#include "base/limits.h"
#include "policy/project.h"
#include "store/decisions.h"
#include "store/overrides.h"
#include "store/watch.h"

struct sql;
struct shelf; /* http/shelf.h */

/* How decisions are made; decide is decide_make unless a test puts another in its place. */
struct decider {
    const struct limits *limits;
    struct shelf *shelf;
    bool (*decide)(const struct decide_input *in, struct sb *ret_json, struct decide_verdict *ret, struct err *err);
};

struct basis_pack {
    const char *name;
    struct span text; /* of pack `project`: the document from which rules and exemptions are read */
    char sha256[65];
    const struct policy_pack *pack; /* borrowed from the shelf, or from own */
};

enum { BASIS_PACKS_MAX = 24 };

struct basis {
    struct arena arena; /* owns the texts below */
    struct span proposal_id, project, run, process;
    int64_t version;
    struct span proposal_text;
    char proposal_sha256[65];
    struct proposal *proposal;
    enum runtime_kind runtime;
    bool goal_given;
    enum policy_goal goal;
    uint64_t seed;
    bool seed_given;
    uint32_t draws; /* 0 = the engine's own number */
    int64_t as_of_us;
    struct fact_set *facts; /* declared ones */
    struct sb told;         /* rows of the project's facts that were read: [{"seq","name","sha256"}] */
    struct store_evidences evidence;
    struct artefact **artefacts; /* one a row of evidence; borrowed from the shelf */
    size_t artefact_count;
    struct basis_pack packs[BASIS_PACKS_MAX];
    size_t pack_count;
    struct policy_project *rules; /* the project's document; NULL none */
    struct span rules_text;
    char rules_sha256[65];
    int64_t rules_version; /* of the project's policies, and the SHA-256 of its row; 0 none */
    char rules_row[65];
    bool overrides_known;  /* false: frozen before there were any, so the document says nothing of them */
    struct store_overrides overrides;    /* categories that the project had corrected; rows of the store */
    struct classify_overrides corrected; /* those, behind the ones of its document; items owned */
    struct policy_set own; /* its packs; of these only `project` is used, the others by their text */
    struct shelf *shelf;
    struct {
        struct basis_taken {
            void *it;
            void (*release)(void *it); /* NULL: back to the shelf */
        } * items;
        size_t count, cap;
    } taken; /* given back at the end */
};

/* What a caller may say about a decision to be made. */
struct basis_wish {
    struct span run;  /* "" = the newest that holds an upload, or none */
    bool no_run;      /* decide without evidence */
    int64_t as_of_us; /* 0 = the day that it is */
    uint64_t seed;
    bool seed_given;
    uint32_t draws;            /* 0 = the engine's own number */
    const struct span *policy; /* built-in packs beside those of project and proposal */
    size_t policy_count;
};

/* From the store as it is. In: proposal the newest version, now_us. Errors: ERR_NOT_FOUND (run, pack), ERR_CONFLICT (an
 * upload was taken away meanwhile), those of the parsers. Owns: *ret, release with basis_release, also after a failure. */
bool basis_gather(const struct decider *d, struct sql *db, const struct store_proposal *proposal,
                  const struct basis_wish *wish, int64_t now_us, struct basis *ret, struct err *err) MUST_CHECK;
/* From what a decision froze. Errors: ERR_GONE for an upload that was removed; ERR_NOT_FOUND and ERR_VALUE naming what is
 * missing or was changed. */
bool basis_thaw(const struct decider *d, struct sql *db, const struct store_decision *decision, struct basis *ret,
                struct err *err) MUST_CHECK;
void basis_release(struct basis *b);

/* What basis_thaw reads, as JSON; the same basis gives the same bytes. */
void basis_freeze(const struct basis *b, struct sb *out);
/* The document. */
bool basis_decide(const struct decider *d, const struct basis *b, struct sb *ret_doc, struct decide_verdict *ret,
                  struct err *err) MUST_CHECK;

/* SHA-256 over the row of a fact that a project was told. */
void basis_told_hash(const struct store_given *g, char ret_hex[65]);
/* SHA-256 over the row of a version of a project's policies. */
void basis_policy_hash(const struct store_policy *p, char ret_hex[65]);
/* SHA-256 over the columns of an upload's row that never change. */
void basis_row_hash(const struct store_profile *p, char ret_hex[65]);

/* --- private to basis*.c --- */

/* The next artefact, of the shelf or decoded from its blob; one a row of evidence. */
bool basis_artefact(const struct decider *d, struct basis *b, const char *sha256, struct span blob,
                    struct err *err) MUST_CHECK;
/* A pack by its text; one of that name that is there already stays. */
bool basis_pack_add(const struct decider *d, struct basis *b, struct span name, struct span text,
                    struct err *err) MUST_CHECK;
/* The project's document; "" none. In: as_of_us set. */
bool basis_rules_set(struct basis *b, struct span text, struct err *err) MUST_CHECK;
/* What holds of the project's corrections. In: overrides and rules set. */
void basis_overrides_set(struct basis *b);
/* Pack `project` out of it, where it has rules or exemptions that hold. */
bool basis_own_add(struct basis *b, struct err *err) MUST_CHECK;
bool basis_proposal_set(struct basis *b, struct span text, struct err *err) MUST_CHECK;

#endif
