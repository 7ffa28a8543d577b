#include "http/reply.h"

#include "base/jsonw.h"
#include "http/cache.h"
#include "roi/proposal.h"

static const struct {
    int status;
    const char *words;
} statuses[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
    { 507, "Insufficient Storage" },
};

const char *status_words(int status)
{
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (statuses[i].status == status)
            return statuses[i].words;
    }
    return "Error";
}

void reply_init(struct reply *rp)
{
    *rp = (struct reply){ .status = 200, .type = "application/json" };
}

void reply_release(struct reply *rp)
{
    sb_release(&rp->headers);
    sb_release(&rp->body);
    cached_release(rp->shared);
    rp->shared = NULL;
}

void reply_header(struct reply *rp, const char *name, struct span value)
{
    sb_printf(&rp->headers, "%s: ", name);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if (c >= 0x20 && c != 0x7f)
            sb_addc(&rp->headers, (char)c);
    }
    sb_adds(&rp->headers, "\r\n");
}

void reply_type(struct reply *rp, int status, const char *type)
{
    rp->status = status;
    rp->type = type;
}

void reply_redirect(struct reply *rp, struct span path)
{
    reply_type(rp, 303, "text/plain; charset=utf-8");
    reply_header(rp, "Location", path);
    sb_reset(&rp->body);
    sb_adds(&rp->body, "see ");
    sb_add(&rp->body, path);
    sb_addc(&rp->body, '\n');
}

void problem_members(struct jsonw *w, int status, const char *code, const char *detail)
{
    struct sb type = { 0 };
    sb_printf(&type, "urn:stet:problem:%s", code);
    jsonw_str(w, "type", sb_span(&type));
    jsonw_strz(w, "title", status_words(status));
    jsonw_int(w, "status", status);
    jsonw_strz(w, "detail", detail);
    jsonw_strz(w, "code", code);
    sb_release(&type);
}

void reply_problem(struct reply *rp, int status, const char *code, const char *detail)
{
    reply_type(rp, status, "application/problem+json");
    cached_release(rp->shared);
    rp->shared = NULL;
    rp->fixed = (struct span){ 0 };
    rp->part = NULL;
    rp->stream = NULL;
    sb_reset(&rp->body);
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    problem_members(&w, status, code, detail);
    jsonw_end_obj(&w);
}

void reply_field_errors(struct reply *rp, const struct err *err, const struct field_errors *errors)
{
    reply_error(rp, err);
    sb_reset(&rp->body);
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    problem_members(&w, rp->status, err_slug(err->code), err->text);
    jsonw_arr(&w, "errors");
    for (size_t i = 0; i < errors->count; i++) {
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "field", errors->items[i].field);
        jsonw_strz(&w, "text", errors->items[i].text);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
    jsonw_int(&w, "left_out", (int64_t)errors->left_out);
    jsonw_end_obj(&w);
}

void reply_error(struct reply *rp, const struct err *err)
{
    int status = err_http_status(err->code);
    reply_problem(rp, status < 400 ? 500 : status, err_slug(err->code), err->text);
    if (status == 401)
        reply_header(rp, "WWW-Authenticate", SPAN("Bearer realm=\"stet\""));
    if (status == 503)
        reply_header(rp, "Retry-After", SPAN("5"));
}
