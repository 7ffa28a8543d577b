/* router.h - from a request to a finished reply: path, access, handler, errors as problem+json or page. */
#ifndef STET_HTTP_ROUTER_H
#define STET_HTTP_ROUTER_H

#include "http/reply.h"
#include "http/request.h"

/* In: method, header, body, service, db, id, now_us set; path and query as they stand in the request line.
 * Out: rp complete. Never fails. */
void router_handle(struct request *rq, struct span path, struct span query, struct reply *rp);

#endif
