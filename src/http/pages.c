#include "http/pages.h"

#include "base/num.h"
#include "http/jobs.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/pages.h"

struct render {
    struct request *rq;
    page_fn fn;
    void *user;
    struct sb *body;
    struct err *err;
    bool ok;
};

static void render_job(void *user, struct sql *db)
{
    struct render *r = user;
    r->ok = r->fn(r->rq, db, r->user, r->body, r->err);
}

bool page_render(struct request *rq, page_fn fn, void *user, struct sb *body, struct err *err)
{
    struct render r = { rq, fn, user, body, err, false };
    return jobs_call(rq->service->render, render_job, &r, err) && r.ok;
}

/* Ages are counted in days, so what is kept is good for a day at most. */
static void cache_key(const struct request *rq, const char *variant, unsigned long long generation, struct sb *key)
{
    sb_printf(key, "%llu %lld %s %s %.*s", generation, (long long)(rq->now_us / 86400000000), variant,
              rq->route->pattern, SPAN_FMT(rq->who.project));
    for (size_t i = 0; i < PARAMS_MAX && rq->params[i].ptr; i++) {
        sb_addc(key, '\n');
        sb_add(key, rq->params[i]);
    }
    for (size_t i = 0; i < rq->query.count; i++) {
        sb_addc(key, '\n');
        sb_add(key, rq->query.items[i].name);
        sb_addc(key, '=');
        sb_add(key, rq->query.items[i].value);
    }
}

bool page_reply(struct request *rq, struct reply *rp, const char *type, const char *variant, page_fn fn, void *user,
                struct err *err)
{
    struct service *s = rq->service;
    struct sb key = { 0 };
    /* Read before the store is: what is rendered from older data is never found under the newer number. */
    if (variant)
        cache_key(rq, variant, atomic_load(&s->generation), &key);
    rp->type = type;
    rp->shared = variant ? cache_get(s->cache, sb_span(&key)) : NULL;
    (void)atomic_fetch_add(rp->shared ? &s->metrics.cache_hits : &s->metrics.cache_misses, 1);
    bool ok = rp->shared || page_render(rq, fn, user, &rp->body, err);
    if (ok && variant && !rp->shared)
        rp->shared = cache_put(s->cache, sb_span(&key), &rp->body);
    sb_release(&key);
    return ok;
}

struct failure {
    int status;
    struct span detail;
};

static bool failure_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct failure *f = user;
    (void)db;
    return report_page_error(f->status, SPAN(""), f->detail, span_of(rq->id), body, err);
}

void pages_error(struct request *rq, struct reply *rp, const struct err *err)
{
    struct failure f = { rp->status, span_of(err->text) };
    struct sb body = { 0 };
    struct err ignored = ERR_INIT;
    if (page_render(rq, failure_render, &f, &body, &ignored)) {
        sb_release(&rp->body);
        rp->body = body;
        rp->type = "text/html; charset=utf-8";
        return;
    }
    sb_release(&body);
}

void path_project(struct sb *out, struct span project)
{
    sb_adds(out, "/projects/");
    url_encode(out, project);
}

void path_run(struct sb *out, struct span project, struct span run)
{
    path_project(out, project);
    sb_adds(out, "/runs/");
    url_encode(out, run);
}

void path_api_override(struct sb *out, struct span project, struct span id)
{
    sb_adds(out, "/api/v1/projects/");
    url_encode(out, project);
    sb_adds(out, "/overrides/");
    url_encode(out, id);
}

void path_profile(struct sb *out, struct span id, int64_t revision)
{
    sb_adds(out, "/profiles/");
    url_encode(out, id);
    if (revision > 0)
        sb_printf(out, "?rev=%lld", (long long)revision);
}

bool request_revision(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span rev = pairs_get(&rq->query, "rev");
    uint64_t n = 0;
    *ret = 0;
    if (!rev.ptr || rev.len == 0)
        return true;
    if (!span_to_u64(rev, &n) || n == 0 || n > INT64_MAX)
        return err_set(err, ERR_BAD_REQUEST, "rev: want a whole number from 1");
    *ret = (int64_t)n;
    return true;
}

void request_base(const struct request *rq, struct sb *out)
{
    struct span proto = rq->header(rq, "X-Forwarded-Proto");
    sb_adds(out, proto.ptr && span_is(proto, "https") ? "https://" : "http://");
    sb_add(out, rq->header(rq, "Host"));
}

bool name_project(struct span s, struct err *err)
{
    bool ok = s.len > 0 && s.len <= 63;
    for (size_t i = 0; ok && i < s.len; i++) {
        char c = s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        ok = plain || (i > 0 && (c == '.' || c == '_' || c == '-'));
    }
    return ok || err_set(err, ERR_BAD_REQUEST,
                         "project: want 1 to 63 of a-z, 0-9, '.', '_' and '-', the first a letter or digit");
}

bool name_key(const char *what, struct span s, struct err *err)
{
    bool ok = s.len > 0 && s.len <= 100;
    for (size_t i = 0; ok && i < s.len; i++) {
        char c = s.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             span_chr(SPAN("._:/@+-"), 0, c) < 7;
    }
    return ok || err_set(err, ERR_BAD_REQUEST, "%s: want 1 to 100 of A-Z, a-z, 0-9 and . _ : / @ + -", what);
}
