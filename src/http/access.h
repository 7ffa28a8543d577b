/* access.h - who may do what: bearer tokens with scopes, an open service on loopback, the Host and Origin rules. */
#ifndef STET_HTTP_ACCESS_H
#define STET_HTTP_ACCESS_H

#include <stdatomic.h>

#include "http/request.h"

struct config;

struct access {
    char host[256];   /* of the listen address */
    atomic_uint port; /* the real one, once it is known: the first requests may come before */
    bool loopback;
    bool open;         /* --open */
    struct span hosts; /* configured names; borrowed from the configuration */
};

/* Errors: ERR_USAGE for an address that is not ADDR:PORT. */
bool access_init(struct access *a, const struct config *config, struct err *err) MUST_CHECK;
/* The request's Host names this service, and a state-changing request comes from its own pages or from no page.
 * Errors: ERR_BAD_REQUEST (no Host), ERR_FORBIDDEN. */
bool access_origin(const struct access *a, const struct request *rq, struct err *err) MUST_CHECK;
/* Fills rq->who. Errors: ERR_UNAUTHORISED. */
bool access_identify(const struct access *a, struct request *rq, struct err *err) MUST_CHECK;
/* Errors: ERR_UNAUTHORISED unless that token is good. */
bool access_token_valid(struct request *rq, struct span token, struct err *err) MUST_CHECK;
/* Errors: ERR_UNAUTHORISED without any rights, ERR_FORBIDDEN without this one. project "" = needs the right for all. */
bool access_allowed(const struct request *rq, unsigned scope, struct span project, struct err *err) MUST_CHECK;
/* Whether anything of that project may be read: for lists. */
bool access_sees(const struct request *rq, struct span project);
/* "upload,read" -> bits. Errors: ERR_USAGE naming the unknown word. */
bool access_scopes(struct span words, unsigned *ret, struct err *err) MUST_CHECK;

/* A new secret of 256 bits and its hash. */
bool access_secret(const char *prefix, char secret[64], char hash[65], struct err *err) MUST_CHECK;

#endif
