/* spool.h - the body of an upload on its way in: undone from its Content-Encoding, hashed, written to a file without a
 * name, at constant memory. */
#ifndef STET_HTTP_SPOOL_H
#define STET_HTTP_SPOOL_H

#include "base/limits.h"
#include "base/sha256.h"
#include "http/request.h"

/* One file of an upload. */
struct spool {
    int fd; /* -1 none */
    uint64_t bytes;
    struct sha256 *hash;
    char sha256[65];
    char name[256]; /* as the client called it, without folders */
};

struct spools {
    struct spool *items;
    size_t count, cap;
};

/* folder: where the nameless file is made. Errors: ERR_IO, ERR_DISK_FULL. */
bool spool_open(struct spool *s, const char *folder, struct span name, struct err *err) MUST_CHECK;
bool spool_add(struct spool *s, struct span bytes, struct err *err) MUST_CHECK;
bool spool_finish(struct spool *s, struct err *err) MUST_CHECK; /* fills sha256, rewinds */
void spool_close(struct spool *s);
void spools_release(struct spools *s);
/* Reads at an offset (store_bytes_fn). user is a struct spool. */
bool spool_read(void *user, uint64_t offset, char *buf, size_t n, size_t *ret_n, struct err *err);
/* Name of a file as a client gave it: the part behind the last slash, at most 255 bytes, valid UTF-8. */
void spool_name(struct span given, char out[256]);

/* Receives the whole body of rq. With multipart/form-data each field `file` becomes a spool and every other field a
 * pair in fields; else the body is one spool called `name`.
 * Errors: ERR_LIMIT (413), ERR_BAD_REQUEST, ERR_TIMEOUT, ERR_IO, ERR_DISK_FULL, ERR_UNSUPPORTED for an unknown
 * Content-Encoding, ERR_EMPTY. On error the spools that were opened stay for the caller to release. */
bool spool_receive(struct request *rq, const char *folder, const struct limits *lim, struct span name,
                   struct spools *ret_files, struct pairs *ret_fields, struct err *err) MUST_CHECK;
/* The same of a form whose files may be missing: multipart, or its fields alone percent-encoded. */
bool form_receive(struct request *rq, const char *folder, const struct limits *lim, struct spools *ret_files,
                  struct pairs *ret_fields, struct err *err) MUST_CHECK;
/* A small body as text in the request's arena (forms, JSON). */
bool body_small(struct request *rq, uint64_t max, struct span *ret, struct err *err) MUST_CHECK;

#endif
