/* multipart.h - multipart/form-data (RFC 7578) as a push parser with constant memory.
 *
 * 1. Bytes go in by multipart_feed in pieces of any size; parts come out by the sink's functions.
 * 2. The buffer never holds more than one header block (16 KiB) or a delimiter and what came with it.
 * 3. A body without its closing delimiter is an error: multipart_finish says so. */
#ifndef STET_HTTP_MULTIPART_H
#define STET_HTTP_MULTIPART_H

#include "base/err.h"
#include "base/sb.h"

struct multipart_part {
    struct span name; /* of the field; borrowed for the call */
    struct span file; /* filename, ptr NULL when the part has none */
};

struct multipart_sink {
    bool (*part)(void *user, const struct multipart_part *p, struct err *err);
    bool (*data)(void *user, struct span bytes, struct err *err);
    bool (*end)(void *user, struct err *err);
    void *user;
};

enum multipart_state { MULTIPART_PREAMBLE, MULTIPART_AFTER, MULTIPART_HEAD, MULTIPART_DATA, MULTIPART_DONE };

struct multipart {
    struct multipart_sink sink;
    struct sb delimiter; /* CR LF -- boundary */
    struct sb buf;
    enum multipart_state state;
    unsigned parts;
};

/* In: the Content-Type header. Errors: ERR_BAD_REQUEST without a usable boundary. */
bool multipart_init(struct multipart *m, struct span content_type, const struct multipart_sink *sink,
                    struct err *err) MUST_CHECK;
void multipart_release(struct multipart *m);
bool multipart_feed(struct multipart *m, struct span bytes, struct err *err) MUST_CHECK;
bool multipart_finish(struct multipart *m, struct err *err) MUST_CHECK;

#endif
