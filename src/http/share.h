/* share.h - report links: a secret in the address, its hash in the store. */
#ifndef STET_HTTP_SHARE_H
#define STET_HTTP_SHARE_H

#include "http/request.h"
#include "store/store.h"

/* Makes a link to the run of the route and that revision (0 = newest, as a fixed one). Out: its path. */
bool share_make(struct request *rq, int64_t revision, struct sb *ret_path, int64_t *ret_expires_us,
                struct err *err) MUST_CHECK;
void share_hash(struct span secret, char out[65]);

#endif
