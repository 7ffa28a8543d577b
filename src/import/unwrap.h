/* unwrap.h - opens wrappers (gzip, zstd, xz, bzip2, zip, tar, nested up to three deep) and hands on member by member.
 * Nothing is ever written to disk under a member's name. Sole user of libarchive. */
#ifndef STET_IMPORT_UNWRAP_H
#define STET_IMPORT_UNWRAP_H

#include "import/source.h"

/* Bytes to be opened. seek NULL for a pipe: zip then relies on its local headers. */
struct unwrap_input {
    source_read_fn read;
    bool (*seek)(void *user, int64_t offset, int whence, int64_t *ret_at); /* as lseek */
    source_at_fn at; /* random access to the same bytes, or NULL */
    void *user;
};

enum wrapper { WRAP_NONE, WRAP_FILTER, WRAP_ARCHIVE };
/* What the first bytes (>= 512 where there are so many) say. A filter may still hold a tar. */
enum wrapper unwrap_kind(struct span head);

/* Called once a member, in archive order; name is "" for a file that is no archive's member. The source is the
 * callee's until it returns; what it leaves unread is skipped. False stops with err. */
typedef bool (*unwrap_member_fn)(void *user, struct span name, struct source *src, struct err *err);

struct unwrap_state {
    const struct limits *limits;
    uint64_t expanded; /* bytes handed out so far, all members */
    uint64_t members;
};

/* Opens `in` and calls each; archives inside archives are opened too. Errors: ERR_LIMIT (size, ratio, members, depth),
 * ERR_MALFORMED (damaged wrapper, a member name that leaves the archive), and what each returns. */
bool unwrap_open(const struct unwrap_input *in, struct unwrap_state *state, unsigned depth, unwrap_member_fn each,
                 void *user, struct err *err) MUST_CHECK;

#endif
