/* Health, metrics, the description of the API, static files, the recorder, the login of browsers. */
#include "base/embed.h"
#include "base/jsonw.h"
#include "http/cache.h"
#include "http/encode.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "report/pages.h"
#include "version.h"

EMBED_DECLARE(stet_web_files);

bool h_health(struct request *rq, struct reply *rp, struct err *err)
{
    (void)rq;
    (void)err;
    sb_adds(&rp->body, "{\"status\":\"ok\",\"version\":\"" STET_VERSION "\"}");
    return true;
}

bool h_ready(struct request *rq, struct reply *rp, struct err *err)
{
    if (!store_ping(rq->db, err))
        return err_wrap(err, "the store does not answer");
    sb_adds(&rp->body, "{\"status\":\"ready\"}");
    return true;
}

static void project_gauges(const struct store_projects *list, struct sb *out)
{
    sb_adds(out, "# HELP stet_project_gate Gate of the newest run: 1 for the one that holds\n"
                 "# TYPE stet_project_gate gauge\n");
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].newest.revision == 0)
            continue;
        sb_adds(out, "stet_project_gate{project=\"");
        metrics_label(out, list->items[i].name);
        sb_printf(out, "\",gate=\"%.*s\"} 1\n", SPAN_FMT(list->items[i].newest.gate));
    }
    sb_adds(out,
            "# HELP stet_project_cpu_share CPU over wall of the newest run\n# TYPE stet_project_cpu_share gauge\n");
    for (size_t i = 0; i < list->count; i++) {
        const struct store_share *c = &list->items[i].newest.cpu;
        const struct {
            const char *bound;
            double value;
        } bounds[] = { { "lo", c->lo }, { "est", c->est }, { "hi", c->hi } };
        for (size_t b = 0; b < ARRAY_LEN(bounds); b++) {
            if (list->items[i].newest.revision == 0 || !num_known(bounds[b].value))
                continue;
            sb_adds(out, "stet_project_cpu_share{project=\"");
            metrics_label(out, list->items[i].name);
            sb_printf(out, "\",bound=\"%s\"} %.9g\n", bounds[b].bound, bounds[b].value);
        }
    }
}

bool h_metrics(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_projects list = { 0 };
    bool ok = store_projects(rq->db, &rq->arena, rq->who.project, -1, SPAN(""), 1000, &list, err);
    if (ok) {
        rp->type = "text/plain; version=0.0.4; charset=utf-8";
        metrics_write(&rq->service->metrics, jobs_waiting(rq->service->analysis), &rp->body);
        project_gauges(&list, &rp->body);
    }
    freep(&list.items);
    return ok;
}

/* --- openapi.json --- */

/* What a route takes behind the question mark; kept beside the table that is written out. */
static const struct {
    const char *pattern;
    enum method method;
    const char *names; /* blanks between */
} route_query[] = {
    { "/", METHOD_GET, "q" },
    { "/answer", METHOD_GET, "wall_s cpu_s ops op_s" },
    { "/upload", METHOD_GET, "project run" },
    { "/compare", METHOD_GET, "base head project" },
    { "/projects/{project}/policies", METHOD_GET, "version" },
    { "/projects/{project}/proposals/new", METHOD_GET, "run name match kind workload_class title" },
    { "/proposals/{id}/edit", METHOD_GET, "run" },
    { "/projects/{project}/runs/{run}", METHOD_GET, "rev" },
    { "/projects/{project}/runs/{run}/share", METHOD_POST, "rev" },
    { "/projects/{project}/runs/{run}/report.html", METHOD_GET, "rev" },
    { "/profiles/{id}", METHOD_GET, "rev" },
    { "/api/v1/recognise", METHOD_POST, "name complete" },
    { "/api/v1/events", METHOD_GET, "project since" },
    { "/api/v1/changes", METHOD_GET, "project since" },
    { "/api/v1/projects", METHOD_GET, "limit cursor" },
    { "/api/v1/projects/{project}", METHOD_GET, "limit" },
    { "/api/v1/projects/{project}/profiles", METHOD_POST,
      "run name format clock rate duration_s process runtime commit branch scenario enforce config label.{key} "
      "fact.{name}" },
    { "/api/v1/projects/{project}/profiles", METHOD_GET, "run limit cursor" },
    { "/api/v1/projects/{project}/trend", METHOD_GET, "branch scenario limit" },
    { "/api/v1/projects/{project}/gate", METHOD_GET, "run enforce" },
    { "/api/v1/projects/{project}/facts", METHOD_POST, "scope source time" },
    { "/api/v1/projects/{project}/facts", METHOD_GET, "scope limit cursor" },
    { "/api/v1/projects/{project}/facts/{name}", METHOD_GET, "scope history limit cursor" },
    { "/api/v1/projects/{project}/watch", METHOD_GET, "state decision limit cursor" },
    { "/api/v1/projects/{project}/watch/log", METHOD_GET, "watch limit cursor" },
    { "/api/v1/watch", METHOD_GET, "project state decision limit cursor" },
    { "/api/v1/projects/{project}/policies", METHOD_GET, "version versions limit cursor" },
    { "/api/v1/projects/{project}/overrides", METHOD_POST, "run" },
    { "/api/v1/projects/{project}/functions", METHOD_GET, "q match clock limit cursor" },
    { "/api/v1/functions", METHOD_GET, "q match clock limit" },
    { "/projects/{project}/functions", METHOD_GET, "q match clock limit cursor" },
    { "/projects/{project}/overrides", METHOD_GET, "pattern kind category cursor" },
    { "/search", METHOD_GET, "q match clock limit" },
    { "/api/v1/projects/{project}/overrides", METHOD_GET, "state limit cursor" },
    { "/api/v1/projects/{project}/overrides/{id}", METHOD_DELETE, "run" },
    { "/api/v1/projects/{project}/runs/{run}/analysis", METHOD_GET, "rev" },
    { "/api/v1/projects/{project}/runs/{run}/share", METHOD_POST, "rev" },
    { "/api/v1/profiles/{id}/analysis", METHOD_GET, "rev" },
    { "/api/v1/profiles/{id}/flame", METHOD_GET, "column merge artefact rev" },
    { "/api/v1/profiles/{id}/flamegraph.svg", METHOD_GET, "column artefact" },
    { "/api/v1/profiles/{id}/folded", METHOD_GET, "column artefact" },
    { "/api/v1/profiles/{id}/speedscope.json", METHOD_GET, "column artefact" },
    { "/api/v1/profiles/{id}/pprof", METHOD_GET, "column artefact" },
    { "/profiles/{id}/flame", METHOD_GET, "column artefact beside rev" },
    { "/api/v1/compare", METHOD_GET, "base head" },
    { "/api/v1/compare/flame", METHOD_GET, "base head column merge" },
};

static void parameter_write(struct jsonw *w, struct span name, const char *in, bool required)
{
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", name);
    jsonw_strz(w, "in", in);
    jsonw_bool(w, "required", required);
    jsonw_raw(w, "schema", SPAN("{\"type\":\"string\"}"));
    jsonw_end_obj(w);
}

static void query_write(struct jsonw *w, const struct route *route)
{
    struct span rest = SPAN("");
    for (size_t i = 0; i < ARRAY_LEN(route_query); i++) {
        if (route_query[i].method == route->method && strcmp(route_query[i].pattern, route->pattern) == 0)
            rest = span_of(route_query[i].names);
    }
    while (rest.len > 0) {
        size_t end = span_chr(rest, 0, ' ');
        parameter_write(w, span_sub(rest, 0, end), "query", false);
        rest = span_from(rest, end + 1);
    }
}

static void operation_write(struct jsonw *w, const struct route *route)
{
    static const char *const keys[] = {
        [METHOD_GET] = "get", [METHOD_HEAD] = "head",     [METHOD_POST] = "post",
        [METHOD_PUT] = "put", [METHOD_DELETE] = "delete", [METHOD_OTHER] = "x",
    };
    jsonw_obj(w, keys[route->method]);
    jsonw_strz(w, "summary", route->summary);
    jsonw_arr(w, "parameters");
    for (size_t k = 0; route_param(route, k).len > 0; k++)
        parameter_write(w, route_param(route, k), "path", true);
    query_write(w, route);
    jsonw_end_arr(w);
    if (route->body == BODY_UPLOAD)
        jsonw_raw(
            w, "requestBody",
            SPAN("{\"content\":{\"application/octet-stream\":{},\"multipart/form-data\":{\"schema\":{\"type\":"
                 "\"object\",\"properties\":{\"file\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"format\":"
                 "\"binary\"}}}}}}}"));
    jsonw_raw(w, "responses",
              SPAN("{\"default\":{\"description\":\"answer, or a problem document\",\"content\":{\"application/"
                   "problem+json\":{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}"));
    if (route->scope == SCOPE_NONE)
        jsonw_raw(w, "security", SPAN("[]"));
    jsonw_end_obj(w);
}

bool h_openapi(struct request *rq, struct reply *rp, struct err *err)
{
    (void)rq;
    (void)err;
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "openapi", "3.0.3");
    jsonw_raw(&w, "info", SPAN("{\"title\":\"stet\",\"version\":\"" STET_VERSION "\"}"));
    jsonw_obj(&w, "paths");
    for (size_t i = 0; i < route_count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(routes[k].pattern, routes[i].pattern) != 0;
        if (!first)
            continue;
        jsonw_obj(&w, routes[i].pattern);
        for (size_t k = i; k < route_count; k++) {
            if (strcmp(routes[k].pattern, routes[i].pattern) == 0)
                operation_write(&w, &routes[k]);
        }
        jsonw_end_obj(&w);
    }
    jsonw_end_obj(&w);
    jsonw_raw(
        &w, "components",
        SPAN("{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"}},\"schemas\":{\"Problem\":{"
             "\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},"
             "\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"}}}}}"));
    jsonw_raw(&w, "security", SPAN("[{\"bearer\":[]}]"));
    jsonw_end_obj(&w);
    return true;
}

/* --- files --- */

/* Files of the program never change while it runs: each is made small once, and kept. */
static void asset_encode(struct request *rq, struct reply *rp, const struct report_asset *asset)
{
    enum coding coding = coding_choose(rq->header(rq, "Accept-Encoding"));
    if (coding == CODING_NONE || !coding_fits(asset->type, asset->bytes.len))
        return;
    struct sb key = { 0 };
    sb_printf(&key, "asset %s %s", coding_name(coding), asset->etag);
    struct cached *kept = cache_get(rq->service->cache, sb_span(&key));
    struct sb small = { 0 };
    if (!kept && coding_encode(coding, asset->bytes, true, &small))
        kept = cache_put(rq->service->cache, sb_span(&key), &small);
    sb_release(&small);
    sb_release(&key);
    if (!kept)
        return;
    rp->shared = kept;
    rp->coded = true;
    reply_header(rp, "Vary", SPAN("Accept-Encoding"));
    reply_header(rp, "Content-Encoding", span_of(coding_name(coding)));
}

static bool asset_reply(struct request *rq, struct reply *rp, const struct report_asset *asset)
{
    /* What a page loads follows the page's policy; its own is as short as can be, for there are many of them. */
    if (!rp->policy)
        rp->policy = "default-src 'none'";
    /* Weak: an encoding may change the bytes. */
    struct sb etag = { 0 };
    sb_printf(&etag, "W/%s", asset->etag);
    reply_header(rp, "ETag", sb_span(&etag));
    sb_release(&etag);
    reply_header(rp, "Cache-Control", SPAN("no-cache"));
    struct span match = rq->header(rq, "If-None-Match");
    if (match.ptr && span_find(match, 0, span_of(asset->etag)) < match.len) {
        reply_type(rp, 304, NULL);
        return true;
    }
    rp->type = asset->type;
    rp->fixed = asset->bytes;
    asset_encode(rq, rp, asset);
    return true;
}

bool h_static(struct request *rq, struct reply *rp, struct err *err)
{
    struct report_asset asset;
    struct sb name = { 0 };
    struct span folder = request_param(rq, "folder");
    if (folder.len > 0)
        sb_printf(&name, "%.*s/", SPAN_FMT(folder));
    sb_add(&name, request_param(rq, "file"));
    bool found = report_static(sb_cstr(&name), &asset);
    sb_release(&name);
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "there is no such file");
    return asset_reply(rq, rp, &asset);
}

bool h_speedscope_app(struct request *rq, struct reply *rp, struct err *err)
{
    struct report_asset asset;
    if (!report_speedscope(arena_dup(&rq->arena, request_param(rq, "file")), &asset))
        return err_set(err, ERR_NOT_FOUND, "there is no such file; a build without npm holds no speedscope");
    rp->policy = REPORT_APP_CSP;
    return asset_reply(rq, rp, &asset);
}

bool h_record(struct request *rq, struct reply *rp, struct err *err)
{
    (void)rq;
    const struct embed_file *file = embed_find(stet_web_files, stet_web_files_count, "record.sh");
    if (!file)
        return err_set(err, ERR_NOT_FOUND, "this build holds no recorder");
    rp->type = "text/x-shellscript; charset=utf-8";
    rp->fixed = span_make((const char *)file->begin, embed_size(file));
    return true;
}

/* --- login of browsers --- */

static const char login_html[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
    "content=\"width=device-width, initial-scale=1\"><title>stet: sign in</title><link rel=\"stylesheet\" "
    "href=\"/static/app.css\"><link rel=\"icon\" href=\"/static/icon.svg\" type=\"image/svg+xml\"></head><body><header "
    "class=\"top\"><div class=\"bar-top\"><a class=\"brand\" href=\"/\">stet</a></div></header><main><h1>Sign "
    "in</h1><form method=\"post\" "
    "action=\"/login\"><input class=\"hidden\" name=\"username\" value=\"token\" autocomplete=\"username\" "
    "tabindex=\"-1\" aria-hidden=\"true\" readonly><p><label for=\"token\">Access token</label> <input id=\"token\" "
    "name=\"token\" type=\"password\" required "
    "autocomplete=\"current-password\"></p><p><button class=\"main\">Sign in</button></p></form><p>A token is made on "
    "the server by "
    "<code>stet token create</code>.</p></main></body></html>\n";

struct span login_page(void)
{
    return SPAN(login_html);
}

bool h_page_login(struct request *rq, struct reply *rp, struct err *err)
{
    (void)rq;
    (void)err;
    rp->type = "text/html; charset=utf-8";
    rp->fixed = login_page();
    return true;
}

bool h_form_login(struct request *rq, struct reply *rp, struct err *err)
{
    struct span body = SPAN("");
    struct pairs form = { 0 };
    bool ok =
        body_small(rq, rq->service->limits.json_body_bytes, &body, err) && pairs_decode(&form, &rq->arena, body, err);
    struct span token = ok ? pairs_get(&form, "token") : SPAN("");
    ok = ok && access_token_valid(rq, token.ptr ? token : SPAN(""), err);
    if (ok) {
        struct sb cookie = { 0 };
        struct span proto = rq->header(rq, "X-Forwarded-Proto");
        sb_printf(&cookie, "stet_token=%.*s; Path=/; HttpOnly; SameSite=Strict%s", SPAN_FMT(token),
                  proto.ptr && span_is(proto, "https") ? "; Secure" : "");
        reply_header(rp, "Set-Cookie", sb_span(&cookie));
        reply_redirect(rp, SPAN("/"));
        sb_release(&cookie);
    }
    pairs_release(&form);
    return ok;
}
