/* verify.h - whether a stored decision is what was decided: its chain, its row, all that it rests on, and the document
 * made anew from what was frozen. Needs no service. */
#ifndef STET_HTTP_VERIFY_H
#define STET_HTTP_VERIFY_H

#include "base/jsonw.h"
#include "http/basis.h"

enum { FINDINGS_MAX = 20 };

struct verify_finding {
    char what[40];  /* chain, entry, head, decision, evidence, proposal, profile, raw, artefact, pack, document */
    char where[80]; /* the row: "ledger seq 4", "decision 01..., column gate" */
    char text[400]; /* one sentence */
};

struct verify_report {
    struct verify_finding items[FINDINGS_MAX];
    size_t count; /* findings, kept or not */
};

/* What was found about one decision. ok: nothing was changed, and the document is the same where it could be made. */
struct verified {
    struct arena arena; /* owns the texts; verified_release */
    struct store_decision decision;
    struct verify_report report;
    int64_t entries; /* of the chain */
    bool ok;
    int identical;                      /* 1, 0, -1 not made anew: see note */
    struct sb path, stored, recomputed; /* the first difference */
    char note[300];                     /* other engine, evidence no longer kept ... "" */
};

/* The chain of a project: hashes, order, head, and that each decision it names is there. Out: findings added. */
bool verify_chain(struct sql *db, struct span project, struct verify_report *report, int64_t *ret_entries,
                  struct err *err) MUST_CHECK;
/* One decision. chain_known: the chain was looked at already. Errors: ERR_NOT_FOUND, ERR_STORE; what was changed is no
 * error but a finding. */
bool verify_decision(const struct decider *d, struct sql *db, struct span id, bool chain_known, struct verified *ret,
                     struct err *err) MUST_CHECK;
void verified_release(struct verified *v);
/* The answer of GET .../verify. */
void verified_write(const struct verified *v, struct jsonw *w);
/* One sentence for people. */
void verified_words(const struct verified *v, struct sb *out);

void finding_add(struct verify_report *r, const char *what, const char *where, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* verify_rows.c: the rows of the decision against its entry, and the rows that it rests on. */
bool verify_rows(struct sql *db, struct verified *v, struct err *err) MUST_CHECK;
/* verify_world.c: facts, policies and watched conditions that the project was told. */
bool verify_world(struct sql *db, struct verified *v, struct err *err) MUST_CHECK;

#endif
