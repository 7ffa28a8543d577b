/* httpc.h - one HTTP request as a client. Sole user of libcurl. Only http and https, no redirects, proxies as the environment
 * says. Nothing of a request but its address is ever put into an error. */
#ifndef STET_BASE_HTTPC_H
#define STET_BASE_HTTPC_H

#include <stdint.h>

#include "base/err.h"
#include "base/sb.h"

struct httpc_request {
    const char *url;
    const char *token;            /* sent as Authorization: Bearer; NULL for none */
    const char *content_type;     /* of the body; NULL without one: then it is a GET */
    const char *content_encoding; /* or NULL */
    int body;                     /* descriptor of a file, sent from its start to its end; -1 without one */
    uint64_t body_bytes;
    size_t answer_max; /* bytes of the answer that are kept; more is an error */
};

struct httpc_answer {
    int status;
    struct sb body;    /* owned */
    int retry_after_s; /* -1: not said */
    bool is_json;
    bool nobody; /* after a failure: there was no connection at all */
};

/* httpc_do - Out: *ret for any answer, whatever its status; release with httpc_answer_release, also after a failure.
 * Errors: ERR_USAGE (not an address), ERR_IO (nobody answers, a broken answer), ERR_LIMIT (too long an answer) */
bool httpc_do(const struct httpc_request *rq, struct httpc_answer *ret, struct err *err) MUST_CHECK;
void httpc_answer_release(struct httpc_answer *a);

#endif
