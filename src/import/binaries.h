/* binaries.h - binaries that lie beside a recording in an archive or folder (`perf archive`, or the programs themselves):
 * they give names and call chains to the perf.data of the same set, so recordings wait until all were seen. Nothing is
 * written to disk under a name of the archive. */
#ifndef STET_IMPORT_BINARIES_H
#define STET_IMPORT_BINARIES_H

#include "import/source.h"
#include "symbol/symbols.h"

enum { BINARIES_HELD_MAX = 64 }; /* recordings of one archive that wait; further ones are read as they come */

struct binaries_held {
    char *name;
    int fd; /* an unlinked temporary file */
};

struct binaries {
    struct symbols *symbols; /* NULL: nothing is taken or held. Borrowed */
    uint32_t taken;          /* binaries kept, in this archive or folder */
    uint32_t useless;        /* without a build-id: nothing tells what they belong to */
    struct binaries_held held[BINARIES_HELD_MAX];
    uint32_t held_count;
};

/* Looks at a member: keeps a binary, puts a recording aside, leaves all else. *ret_taken: nothing is left to do with it.
 * Errors: ERR_LIMIT, ERR_IO. */
bool binaries_offer(struct binaries *b, struct span name, struct source *src, bool *ret_taken,
                    struct err *err) MUST_CHECK;
/* Hands on what was put aside, in order. each as in unwrap.h. */
bool binaries_replay(struct binaries *b,
                     bool (*each)(void *user, struct span name, struct source *src, struct err *err), void *user,
                     struct err *err) MUST_CHECK;
void binaries_release(struct binaries *b);

/* True for the first bytes of a perf.data file: in a set of several files it is read after the others. */
bool binaries_wanted_by(struct span head);

#endif
