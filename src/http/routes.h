/* routes.h - the table of all routes. Router, openapi.json and the answers 405 and 413 are read off it.
 * To add a route: a handler in src/http/h_<resource>.c and a row in routes.def. */
#ifndef STET_HTTP_ROUTES_H
#define STET_HTTP_ROUTES_H

#include "http/reply.h"
#include "http/request.h"

enum body_cap { BODY_NONE, BODY_SMALL, BODY_UPLOAD };

struct route {
    enum method method;
    const char *pattern; /* {name} takes one segment */
    bool (*handle)(struct request *rq, struct reply *rp, struct err *err);
    enum body_cap body;
    unsigned scope;      /* enum scope; SCOPE_NONE = open to all */
    const char *project; /* name of the capture that is the project; "" = the handler checks, or all */
    bool page;           /* failures are shown as a page */
    const char *summary;
};

extern const struct route routes[];
extern const size_t route_count;

/* Name of the k-th capture of a pattern, len 0 behind the last. */
struct span route_param(const struct route *route, size_t k);
/* Value of a capture by name. */
struct span request_param(const struct request *rq, const char *name);

#define ROUTE(method, pattern, handle, body, scope, project, page, summary)                                            \
    bool handle(struct request *rq, struct reply *rp, struct err *err);
#include "http/routes.def"
#undef ROUTE

#endif
