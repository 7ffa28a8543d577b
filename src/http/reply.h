/* reply.h - an answer under construction. Head and body leave in one write; only raw downloads and changes are streamed. */
#ifndef STET_HTTP_REPLY_H
#define STET_HTTP_REPLY_H

#include "base/err.h"
#include "base/sb.h"
#include "http/request.h"

struct cached; /* http/cache.h */

/* Where a stream goes: on the thread of the web server that holds the connection. */
struct stream {
    void *conn;
    int socket; /* to be looked at, not to be read or written; -1 not known */
    bool (*write)(const struct stream *to, struct span bytes); /* false when the client is gone */
    int64_t (*now_ns)(void);                                   /* monotonic */
};

struct reply {
    int status;
    const char *type;  /* Content-Type */
    struct sb headers; /* further lines, each "Name: value\r\n" */
    struct sb body;
    struct cached *shared; /* instead of body: one reference, given back by reply_release */
    struct span fixed;     /* instead of body: bytes that live as long as the program */
    bool coded;            /* the handler saw to the encoding of its body */
    bool sandbox;          /* Content-Security-Policy: sandbox instead of the page policy */
    const char *policy;    /* another Content-Security-Policy; NULL = that of the pages */
    bool close;            /* the connection cannot be used again */

    /* Streamed body of known length: part k, empty behind the last. */
    bool (*part)(struct request *rq, struct span key, int64_t k, struct span *ret, struct err *err);
    struct span part_key; /* stands in body */
    uint64_t part_bytes;

    /* Streamed body without a known length, on a connection that ends with it: writes until it returns. */
    void (*stream)(struct request *rq, const struct stream *to, void *user);
    void *stream_user;
};

void reply_init(struct reply *rp);
void reply_release(struct reply *rp);
void reply_header(struct reply *rp, const char *name, struct span value); /* CR, LF and other controls are dropped */
void reply_type(struct reply *rp, int status, const char *type);
/* 303 to a path of this service. */
void reply_redirect(struct reply *rp, struct span path);
/* application/problem+json. Replaces what the body held. */
void reply_problem(struct reply *rp, int status, const char *code, const char *detail);
void reply_error(struct reply *rp, const struct err *err);
/* The same with "errors": [{"field","text"}], one for each thing that is wrong. Status of the code of err. */
struct field_errors;
void reply_field_errors(struct reply *rp, const struct err *err, const struct field_errors *errors);
const char *status_words(int status);
/* The members type, title, status, detail, code into an object that is open. */
struct jsonw;
void problem_members(struct jsonw *w, int status, const char *code, const char *detail);

#endif
