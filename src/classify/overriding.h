/* overriding.h - corrections of a project while one profile is classified. Private to classify/. */
#ifndef STET_CLASSIFY_OVERRIDING_H
#define STET_CLASSIFY_OVERRIDING_H

#include "classify/rules.h"

/* What a stack knows of corrections: of its own frame, else of the nearest caller that one names. */
struct override_path {
    uint16_t at;  /* number + 1; 0 none */
    bool self;    /* it names this stack's own frame */
    bool claimed; /* a frame between says by itself what it does */
    bool native;  /* it names a native frame */
};

struct overriding {
    const struct profile *p;
    const struct classify_overrides *list; /* NULL: there are none, nothing else is filled */
    uint32_t count;
    uint16_t *frames;            /* [frame] number + 1 */
    struct override_path *paths; /* [stack] */
};

void overriding_init(struct overriding *o, const struct profile *p, const struct classify_options *opt,
                     enum runtime_kind runtime);
void overriding_release(struct overriding *o);

/* What the table knows of a stack's own frame. */
struct override_frame {
    bool managed;
    bool claims; /* a row that owns what the frame calls */
};
/* For every stack, parents first. */
void overriding_stack(struct overriding *o, uint32_t stack, struct override_frame f);

struct override_row {
    uint32_t stack;
    enum clock_kind clock;
    enum sample_state state;
    bool kernel;     /* the leaf is the kernel's */
    bool unresolved; /* the leaf has no name */
    enum category now; /* as the table decides */
};
enum override_turn { OVERRIDE_NONE, OVERRIDE_SETS, OVERRIDE_REFUSED };
/* Whether a correction decides the row; *ret_at its number. */
enum override_turn overriding_decide(const struct overriding *o, const struct override_row *row, uint32_t *ret_at);

#endif
