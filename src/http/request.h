/* request.h - what a handler sees of a request: no socket, so handlers run in unit tests. */
#ifndef STET_HTTP_REQUEST_H
#define STET_HTTP_REQUEST_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sb.h"
#include "base/span.h"

struct service;
struct sql;
struct route;

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_DELETE, METHOD_OTHER, METHOD_COUNT };

enum { PARAMS_MAX = 4 };

/* Rights; a principal without a project holds them for all. */
enum scope { SCOPE_NONE = 0, SCOPE_READ = 1, SCOPE_UPLOAD = 2, SCOPE_WRITE = 4, SCOPE_ADMIN = 8 };

struct principal {
    unsigned scopes;
    struct span project; /* "" = all */
    struct span name;    /* for "declared by": token name, or "" when the service is open */
};

struct pair {
    struct span name, value;
};
struct pairs {
    struct pair *items; /* malloc'ed; texts in the request's arena */
    size_t count, cap;
};

struct request {
    enum method method;
    const struct route *route;
    struct span params[PARAMS_MAX]; /* captures of the pattern, decoded */
    struct pairs query;             /* decoded */
    struct arena arena;             /* lives as long as the request */
    struct principal who;
    struct service *service;
    struct sql *db; /* this thread's reader */
    char id[33];
    int64_t now_us;

    /* The connection, hidden. header: borrowed, ptr NULL when absent. body: *ret_n = 0 at the end of a complete body;
     * a body that breaks off or is too slow is an error. */
    void *conn;
    struct span (*header)(const struct request *rq, const char *name);
    bool (*body)(struct request *rq, char *buf, size_t n, size_t *ret_n, struct err *err);
    int64_t content_length; /* -1 unknown (chunked) or none */
    bool has_body;          /* a length above 0, or chunked */
};

/* First value of that name; ptr NULL when absent. */
struct span pairs_get(const struct pairs *p, const char *name);
void pairs_add(struct pairs *p, struct span name, struct span value);
void pairs_release(struct pairs *p);
/* Adds the pairs of a query string or urlencoded form (+ is a blank). Errors: ERR_BAD_REQUEST for a bad escape, a NUL, a
 * text that is not UTF-8, more than 1000 pairs. */
bool pairs_decode(struct pairs *p, struct arena *arena, struct span text, struct err *err) MUST_CHECK;
/* %XX undone. Errors: ERR_BAD_REQUEST: bad escape, NUL, not UTF-8. plus: '+' is a blank. */
bool url_decode(struct arena *arena, struct span text, bool plus, struct span *ret, struct err *err) MUST_CHECK;
/* Everything but unreserved characters as %XX. */
void url_encode(struct sb *out, struct span text);
enum method method_from_name(struct span s);
const char *method_name(enum method m);
/* True when the header's list names the media type (parameters are ignored) before any of the alternatives HTML and
 * JSON: what a client asks for when it writes `Accept: text/markdown`. */
bool request_accepts(const struct request *rq, const char *type);

#endif
