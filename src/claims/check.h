/* check.h - what the checks share: the text as read, findings under construction, numbers in words. */
#ifndef STET_CLAIMS_CHECK_H
#define STET_CLAIMS_CHECK_H

#include "claims/claims.h"
#include "claims/doc.h"

enum { FINDINGS_MAX = 500, CLAIMS_MAX = 500, EXCERPT_MAX = 200, CANDIDATES_MAX = 128 };

enum check {
#define CHECK(id, code, run, about, reason) CHECK_##id,
#include "claims/checks.def"
#undef CHECK
#define KNOW(id, code, kinds, first, second, without, needs, sentence, source) CHECK_KNOW_##id,
#include "claims/knowledge.def"
#undef KNOW
    CHECK_COUNT
};

struct claims {
    struct doc doc;
    struct claims_evidence evidence;
    struct {
        struct claims_finding *items;
        size_t count, cap;
    } findings;
    struct {
        struct claim *items;
        size_t count, cap;
    } claims;
    uint64_t findings_left_out, claims_left_out;
};

/* A finding being written. Units may be NONE. */
struct note {
    enum check check;
    int32_t unit, unit2;
    uint32_t line; /* 0 = the unit's */
    struct sb text, stated, computed;
};
#define NOTE(check_id, unit_ix) ((struct note){ .check = CHECK_##check_id, .unit = (unit_ix), .unit2 = NONE })
/* Adds and releases it. The same sentence at the same values is added once. */
void note_put(struct claims *c, struct note *n);

/* --- numbers in words --- */
void put_num(struct sb *out, double x); /* 4 digits, thousands grouped */
/* A factor: a gain of 0.03 % is 1.0003, not 1. */
void put_factor(struct sb *out, double x);
void put_as(struct sb *out, double base, const struct quantity *as); /* in that quantity's unit */
void put_span_as(struct sb *out, double lo, double hi, const struct quantity *as);
void put_quantity(struct sb *out, const struct quantity *q); /* as it was written */
void put_text(struct sb *out, struct span s, size_t max);    /* blanks collapsed, emphasis dropped */

static inline const struct unit *unit_at(const struct claims *c, size_t i)
{
    return &c->doc.units.items[i];
}
static inline const struct quantity *q_at(const struct claims *c, const struct unit *u, uint32_t i)
{
    return &c->doc.quantities.items[u->q0 + i];
}
static inline const struct unit *q_unit(const struct claims *c, const struct quantity *q)
{
    return &c->doc.units.items[q->unit_ix];
}
/* First quantity of that dimension in the unit, or NULL. */
const struct quantity *unit_quantity(const struct claims *c, const struct unit *u, enum dim dim);
/* What follows the quantity up to the next punctuation mark, at most 40 bytes. */
struct span q_noun(const struct claims *c, const struct quantity *q);
/* What stands before it in the unit, at most 40 bytes, back to punctuation. */
struct span q_before(const struct claims *c, const struct quantity *q);
static inline bool near(double a, double b, double slack)
{
    double d = a > b ? a - b : b - a;
    return d <= slack;
}

#define CHECK(id, code, run, about, reason) void check_##run(struct claims *c);
#include "claims/checks.def"
#undef CHECK

void check_knowledge(struct claims *c);
void speed_claims(struct claims *c);

#endif
