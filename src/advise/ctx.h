/* ctx.h - what the parts of advise/ share while one document is made. Private to advise/. */
#ifndef STET_ADVISE_CTX_H
#define STET_ADVISE_CTX_H

#include "advise/advise.h"
#include "base/jsonw.h"
#include "evidence/evidence.h"

struct next_step {
    char *why, *command, *text, *settles_words; /* owned; command or text may be NULL */
    enum fact_id settles[8];
    uint32_t settles_count;
    bool decides;
    bool alternative; /* does what the step before it does */
    double takes_s;   /* NaN = not a matter of time */
    const char *needs[4];
    uint32_t needs_count;
    const char *platform; /* "linux", "any" */
};

struct decide;

struct advise_ctx {
    const struct advise_input *in;
    const struct evidence *ev;
    const struct fact_set *facts;
    const struct policy_result *policy; /* of the goal */
    const struct decide *decision;      /* NULL: an analysis, nobody proposed anything */
    struct next_step *next;
    uint32_t next_count;
};

/* Open facts of overlapping work, in the numbers that somebody can look up (asks.c). */
void asks_translate(struct policy_result *p, const struct fact_set *facts);

/* Steps that settle what is open, the best first (next.c). */
void next_make(struct advise_ctx *c);
void next_free(struct advise_ctx *c);

/* The one sentence of the report, at most 240 characters, and the headline (summary.c). */
void summary_make(const struct advise_ctx *c, struct sb *ret_summary, struct sb *ret_headline);
/* The same by the rules alone, at full length. */
void summary_of_rules(const struct advise_ctx *c, struct sb *ret_summary, struct sb *ret_headline);

/* Member "overrides", where the input speaks of them (overrides.c). */
void overrides_write(const struct advise_ctx *c, struct jsonw *w);

/* Writes the whole document (document.c). */
void document_write(const struct advise_ctx *c, struct sb *out);

/* --- small questions that several parts ask --- */
double ctx_num(const struct advise_ctx *c, enum fact_id id);
bool ctx_known(const struct advise_ctx *c, enum fact_id id);
bool ctx_overlapping(const struct advise_ctx *c);
/* The artefact whose stacks make the composition, else the first with stacks, else the first. */
const struct artefact *ctx_main_artefact(const struct advise_ctx *c);
bool ctx_goal_is_time(const struct advise_ctx *c);                     /* latency, startup, tail */
void ctx_json_share(struct jsonw *w, const char *key, struct share s); /* lo, est, hi; null when unknown */

#endif
