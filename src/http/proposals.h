/* proposals.h - what the API, the pages and the preview of a proposal share (h_proposals.c). */
#ifndef STET_HTTP_PROPOSALS_H
#define STET_HTTP_PROPOSALS_H

#include "http/decide.h"
#include "http/request.h"
#include "roi/proposal.h"

enum { PROPOSAL_DRAWS_MIN = 100, PROPOSAL_DRAWS_MAX = 1000000 };

/* The proposal of {id}, when the token may see its project. */
bool proposal_find(struct request *rq, unsigned scope, int64_t version, struct store_proposal *ret,
                   struct err *err) MUST_CHECK;

/* The document, its fields, packs and conditions judged. Runs on a job thread.
 * Owns: *ret_p, proposal_free. Errors: ERR_VALUE with *errors, ERR_BAD_REQUEST (no JSON), ERR_LIMIT. */
bool proposal_judge(struct span text, struct proposal **ret_p, struct field_errors *errors,
                    struct err *err) MUST_CHECK;

struct proposal_sent {
    struct span project, id, text; /* id "" = a new one */
    struct store_proposal stored;
    struct field_errors errors; /* field_errors_release */
    bool same;                  /* as the newest version */
};
/* Judges and stores it. Errors: as proposal_judge; ERR_CONFLICT (withdrawn). */
bool proposal_send(struct request *rq, struct proposal_sent *s, struct err *err) MUST_CHECK;

/* service_decide on a job thread. */
bool proposal_decide(struct request *rq, const struct decide_order *order, struct store_decision *ret,
                     bool *ret_duplicate, struct err *err) MUST_CHECK;

/* Members `seed` and `draws` of a body. Errors: ERR_VALUE. */
struct json;
bool proposal_wish_read(const struct json *body, struct basis_wish *wish, struct err *err) MUST_CHECK;

#endif
