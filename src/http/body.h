/* body.h - small JSON bodies: one object, its members told apart from what nobody reads. */
#ifndef STET_HTTP_BODY_H
#define STET_HTTP_BODY_H

#include "base/json.h"
#include "http/request.h"

/* The body as text, within the limit for JSON; in the request's arena. Errors: ERR_LIMIT, ERR_BAD_REQUEST. */
bool body_text(struct request *rq, struct span *ret, struct err *err) MUST_CHECK;
/* The body as one object; an empty body is an empty object where that is allowed. A member that is none of `known`
 * (blank-separated) is an error with its name. Owns: *ret, json_free. Errors: also ERR_MALFORMED, ERR_VALUE. */
bool body_object(struct request *rq, bool may_be_empty, const char *known, struct json **ret,
                 struct err *err) MUST_CHECK;
/* A text member of one or more lines, in the request's arena; "" when absent. Errors: ERR_VALUE (missing though required,
 * not a text, longer than max bytes, control characters). */
bool body_member(struct request *rq, const struct json *body, const char *name, size_t max, bool required,
                 struct span *ret, struct err *err) MUST_CHECK;
/* The same of a form's field. */
bool form_member(struct request *rq, const struct pairs *form, const char *name, size_t max, bool required,
                 struct span *ret, struct err *err) MUST_CHECK;
/* Who speaks: member `by`, else the name of the token, else "". */
bool body_by(struct request *rq, const struct json *body, struct span *ret, struct err *err) MUST_CHECK;
/* The same of a form: who has a token speaks by its name. */
bool form_by(struct request *rq, const struct pairs *form, struct span *ret, struct err *err) MUST_CHECK;

#endif
