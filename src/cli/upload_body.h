/* upload_body.h - the files of one run as one multipart body, packed with zstd, in an unlinked temporary file: it can be sent
 * again after a failure without reading the files twice. */
#ifndef STET_CLI_UPLOAD_BODY_H
#define STET_CLI_UPLOAD_BODY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct symbols;

struct upload_body {
    int fd;               /* -1 before it was made */
    uint64_t bytes;       /* to be sent */
    uint64_t plain_bytes; /* before packing */
    bool packed;          /* Content-Encoding: zstd */
    char content_type[96];
};

struct upload_files {
    char *const *paths; /* files, folders (their files, one level), "-" for standard input */
    size_t count;
    const char *name;   /* of the only file, or NULL */
    const char *config; /* path of the project's own document, sent as field `config`; NULL none */
    struct symbols
        *symbols; /* recordings of perf become text with names from them; NULL: everything is sent as it is */
};

/* upload_body_make - Errors: ERR_IO, ERR_EMPTY, and for a perf.data file that cannot be read those of its importer.
 * Owns: the file behind fd until upload_body_release. */
bool upload_body_make(const struct upload_files *files, struct upload_body *ret, struct err *err) MUST_CHECK;
void upload_body_release(struct upload_body *b);

#endif
