/* target.h - the program that a next step measures: its pid or command line where a file of the set names it, and the
 * words of a command that depend on it. Private to advise/. */
#ifndef STET_ADVISE_TARGET_H
#define STET_ADVISE_TARGET_H

#include "advise/ctx.h"

struct target {
    int64_t pid;         /* -1 = none */
    struct span command; /* masked; empty = none */
    struct sb masked;
    bool mac, windows;
    bool service; /* measured in a window, not from start to end */
};

/* Out: *t, release with target_release. A picture drawn from a foreign program names nothing. */
void target_find(const struct advise_ctx *c, struct target *t);
void target_release(struct target *t);
/* "--pid 4242", "-- python3 app.py", or a word to be replaced. */
void target_add(struct sb *out, const struct target *t, const char *pid_option);
/* The command that is to be repeated with more: an analysis, or the decision that this is part of. */
const char *target_command(const struct advise_ctx *c);
/* The files of the set, and the options they were sent with, as words of a command line; a blank before each. */
void target_add_files(const struct advise_ctx *c, struct sb *out);
/* Recording for `seconds` where no file names a recorder: the one that the runtime has. Returns what to say beside it,
 * the caller's, freed with free. */
char *target_longer(const struct advise_ctx *c, const struct target *t, double seconds, struct sb *out);

#endif
