/* claims.h - what a proposal in Markdown or plain text states in numbers, and whether the numbers agree with one
 * another and with the evidence.
 *
 * 1. Rules are fixed tables (checks.def, knowledge.def); no network, no clock, no chance: the same text, the same bytes.
 * 2. A finding is arithmetic to look at: what is stated, what was computed, where. There is no score and no verdict.
 * 3. A check that cannot be sure stays silent: units that do not match, rounding and "about" are never findings.
 * 4. Text is hostile: one pass, bounded lists that say what they left out, no recursion; what is shown is escaped. */
#ifndef STET_CLAIMS_CLAIMS_H
#define STET_CLAIMS_CLAIMS_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

struct claims; /* one text, read and checked */

/* Ceilings that the evidence puts on a gain in speed; NaN = not known. */
struct claims_evidence {
    double ceiling_hi;   /* 1/(1-p) of the part of time that a rewrite can touch, favourable end */
    double cpu_share_hi; /* CPU over wall, favourable end */
    bool given;          /* an analysis was there, whether it knows the ceiling or not */
    size_t component_count;
    struct claims_component {
        char name[64];
        double ceiling_hi;
    } components[16];
};

/* claims_evidence_read - takes the ceilings out of an analysis or decision document. Absent members stay NaN. */
void claims_evidence_read(const struct json *doc, struct claims_evidence *ret);

/* claims_read - finds quantities, checks them and holds each claim of speed against the evidence.
 * In:     text any bytes, up to CLAIMS_BYTES_MAX; borrowed until claims_free. ev may be NULL
 * Errors: ERR_LIMIT for a text that is too large
 * Owns:   *ret, free with claims_free.  Cost: O(bytes), at most about 100 MB */
enum { CLAIMS_BYTES_MAX = 32 << 20 };
bool claims_read(struct span text, const struct claims_evidence *ev, struct claims **ret, struct err *err) MUST_CHECK;
void claims_free(struct claims *c);
void claims_freep(struct claims **c);

/* claims_json - one object of schema stet/claims/1. file may be empty. */
void claims_json(const struct claims *c, struct span file, struct sb *out);
/* claims_text - for a terminal: each finding with line, calculation and excerpt, then the claims of speed. */
void claims_text(const struct claims *c, struct span file, struct sb *out);

/* --- the parts, for other documents --- */

enum claim_verdict { CLAIM_UNPROVEN, CLAIM_MEASURED, CLAIM_WITHIN, CLAIM_ABOVE, CLAIM_VERDICT_COUNT };
enum claim_source { CLAIM_NONE, CLAIM_BORROWED, CLAIM_OWN, CLAIM_SOURCE_COUNT };
extern const char *const claim_verdict_names[CLAIM_VERDICT_COUNT];
extern const char *const claim_source_names[CLAIM_SOURCE_COUNT];

struct claim {
    struct span text; /* owned by the claims */
    uint64_t line;
    double factor_lo, factor_hi; /* 1 = no change */
    double ceiling;              /* NaN = none known */
    enum claim_source source;
    enum claim_verdict verdict;
};

struct claims_finding {
    const char *code;              /* id of checks.def */
    uint64_t line;                 /* from 1 */
    uint64_t line2;                /* the other place; 0 = none */
    struct span text;              /* one sentence; these texts are owned by the claims */
    struct span stated, computed;  /* may be empty */
    struct span excerpt, excerpt2; /* the source, blanks collapsed, cut */
    struct span about;             /* what the check looks at, a few words */
};

size_t claims_finding_count(const struct claims *c);
const struct claims_finding *claims_finding_at(const struct claims *c, size_t i);
size_t claims_claim_count(const struct claims *c);
const struct claim *claims_claim_at(const struct claims *c, size_t i);

/* --- the table of checks --- */
struct claims_check_info {
    const char *code, *about, *reason;
};
extern const struct claims_check_info claims_checks[];
extern const size_t claims_check_count;
/* The table itself, as text or as one JSON document. */
void claims_checks_text(struct sb *out);
void claims_checks_json(struct sb *out);

#endif
