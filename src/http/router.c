#include "http/router.h"

#include "http/access.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"

enum { SEGMENTS_MAX = 12, PATH_MAX_BYTES = 4096 };

struct path {
    struct span segment[SEGMENTS_MAX]; /* decoded */
    size_t count;
};

/* Splits at slashes first and decodes then, so that %2F belongs to a segment. */
static bool path_split(struct request *rq, struct span path, struct path *ret, struct err *err)
{
    if (path.len == 0 || path.ptr[0] != '/' || path.len > PATH_MAX_BYTES)
        return err_set(err, ERR_BAD_REQUEST, "the path must begin with a slash and have at most %d bytes",
                       PATH_MAX_BYTES);
    struct span rest = span_from(path, 1);
    ret->count = 0;
    while (rest.len > 0) {
        size_t end = span_chr(rest, 0, '/');
        struct span raw = span_sub(rest, 0, end);
        if (raw.len == 0 || span_is(raw, ".") || span_is(raw, ".."))
            return err_set(err, ERR_BAD_REQUEST, "the path has an empty or dotted segment");
        if (ret->count == SEGMENTS_MAX)
            return err_set(err, ERR_NOT_FOUND, "there is nothing here");
        if (!url_decode(&rq->arena, raw, false, &ret->segment[ret->count++], err))
            return false;
        rest = span_from(rest, end + 1);
    }
    return true;
}

static bool route_matches(const struct route *route, const struct path *path, struct span params[PARAMS_MAX])
{
    struct span rest = span_from(span_of(route->pattern), 1);
    size_t param = 0;
    for (size_t i = 0; i < path->count; i++) {
        if (rest.len == 0)
            return false;
        size_t end = span_chr(rest, 0, '/');
        struct span want = span_sub(rest, 0, end);
        rest = span_from(rest, end + 1);
        if (want.ptr[0] == '{' && param < PARAMS_MAX)
            params[param++] = path->segment[i];
        else if (!span_eq(want, path->segment[i]))
            return false;
    }
    return rest.len == 0;
}

static void allow_header(const struct path *path, struct reply *rp)
{
    struct span ignored[PARAMS_MAX];
    struct sb allow = { 0 };
    for (size_t i = 0; i < route_count; i++) {
        if (route_matches(&routes[i], path, ignored))
            sb_printf(&allow, "%s%s%s", allow.len > 0 ? ", " : "", method_name(routes[i].method),
                      routes[i].method == METHOD_GET ? ", HEAD" : "");
    }
    reply_header(rp, "Allow", sb_span(&allow));
    sb_release(&allow);
}

static bool route_find(struct request *rq, const struct path *path, struct reply *rp, struct err *err)
{
    bool other = false;
    enum method method = rq->method == METHOD_HEAD ? METHOD_GET : rq->method;
    for (size_t i = 0; i < route_count; i++) {
        struct span params[PARAMS_MAX] = { { 0 } };
        if (!route_matches(&routes[i], path, params))
            continue;
        if (routes[i].method == method) {
            memcpy(rq->params, params, sizeof params);
            rq->route = &routes[i];
            return true;
        }
        rq->route = &routes[i];
        other = true;
    }
    if (!other)
        return err_set(err, ERR_NOT_FOUND, "there is nothing at this address");
    allow_header(path, rp);
    return err_set(err, ERR_METHOD, "this address does not take that method");
}

static bool body_allowed(struct request *rq, struct reply *rp, struct err *err)
{
    if (!rq->has_body)
        return true;
    uint64_t max = rq->route->body == BODY_UPLOAD  ? rq->service->limits.upload_bytes
                   : rq->route->body == BODY_SMALL ? rq->service->limits.json_body_bytes
                                                   : 0;
    if (rq->route->body == BODY_NONE) {
        /* A GET may carry a body; nobody reads it, so the connection ends with the answer. */
        rp->close = true;
        return true;
    }
    if (rq->content_length > 0 && (uint64_t)rq->content_length > max)
        return err_set(err, ERR_LIMIT, "the body has %lld bytes, at most %llu are taken", (long long)rq->content_length,
                       (unsigned long long)max);
    return true;
}

static bool handle(struct request *rq, struct span path, struct span query, struct reply *rp, struct err *err)
{
    struct path segments;
    if (!access_origin(&rq->service->access, rq, err) || !path_split(rq, path, &segments, err) ||
        !route_find(rq, &segments, rp, err) || !pairs_decode(&rq->query, &rq->arena, query, err))
        return false;
    struct span project = rq->route->project[0] ? request_param(rq, rq->route->project) : SPAN("");
    if (rq->route->scope != SCOPE_NONE) {
        if (!access_identify(&rq->service->access, rq, err))
            return false;
        /* Without a project in the address the handler holds what it finds against the token's project. */
        struct span against = rq->route->project[0] ? project : rq->who.project;
        if (!access_allowed(rq, rq->route->scope, against, err))
            return false;
    }
    return body_allowed(rq, rp, err) && rq->route->handle(rq, rp, err);
}

void router_handle(struct request *rq, struct span path, struct span query, struct reply *rp)
{
    struct err err = ERR_INIT;
    if (handle(rq, path, query, rp, &err))
        return;
    reply_error(rp, &err);
    bool page = rq->route ? rq->route->page : !span_starts(path, SPAN("/api/"));
    if (page && rp->status == 401 && rq->method == METHOD_GET) {
        /* Browsers have no header to send a token in. */
        rp->type = "text/html; charset=utf-8";
        rp->fixed = login_page();
        return;
    }
    if (page && (rq->method == METHOD_GET || rq->method == METHOD_POST) && !request_accepts(rq, "application/json"))
        pages_error(rq, rp, &err);
}
