/* Projects, runs, the gate, report links. */
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"
#include "base/sha256.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/share.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500, DOC_DEPTH_MAX = 64 };

static bool limit_param(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "limit");
    uint64_t n = LIMIT_DEFAULT;
    if (v.ptr && v.len > 0 && (!span_to_u64(v, &n) || n == 0 || n > LIMIT_MAX))
        return err_set(err, ERR_BAD_REQUEST, "limit: want a whole number from 1 to %d", LIMIT_MAX);
    *ret = (int64_t)n;
    return true;
}

/* A cursor is "<time>-<key>" of the last item shown. */
static bool cursor_param(const struct request *rq, int64_t *ret_us, struct span *ret_key, struct err *err)
{
    struct span v = pairs_get(&rq->query, "cursor");
    struct span time;
    *ret_us = -1;
    *ret_key = SPAN("");
    if (!v.ptr || v.len == 0)
        return true;
    uint64_t us = 0;
    if (!span_split(v, '-', &time, ret_key) || !span_to_u64(time, &us) || us > INT64_MAX || ret_key->len > 100)
        return err_set(err, ERR_BAD_REQUEST, "cursor: want the value of `next` of an earlier answer");
    *ret_us = (int64_t)us;
    return true;
}

static void cursor_write(struct jsonw *w, bool more, int64_t us, struct span key)
{
    struct sb text = { 0 };
    sb_printf(&text, "%lld-%.*s", (long long)us, SPAN_FMT(key));
    if (more)
        jsonw_str(w, "next", sb_span(&text));
    else
        jsonw_null(w, "next");
    sb_release(&text);
}

bool h_projects(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_projects list = { 0 };
    int64_t limit = 0;
    int64_t before = 0;
    struct span key;
    bool ok = limit_param(rq, &limit, err) && cursor_param(rq, &before, &key, err) &&
              store_projects(rq->db, &rq->arena, rq->who.project, before, key, limit + 1, &list, err);
    if (ok) {
        size_t n = list.count > (size_t)limit ? (size_t)limit : list.count;
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_arr(&w, "projects");
        for (size_t i = 0; i < n; i++)
            json_project(&w, &list.items[i]);
        jsonw_end_arr(&w);
        cursor_write(&w, n > 0 && list.count > n, n > 0 ? list.items[n - 1].changed_us : 0,
                     n > 0 ? list.items[n - 1].name : SPAN(""));
        jsonw_end_obj(&w);
    }
    freep(&list.items);
    return ok;
}

static bool project_find(struct request *rq, struct span project, struct store_project *ret, struct err *err)
{
    struct store_projects list = { 0 };
    bool ok = name_project(project, err) && store_projects(rq->db, &rq->arena, project, -1, SPAN(""), 1, &list, err);
    if (ok && list.count == 0)
        ok = err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project));
    if (ok)
        *ret = list.items[0];
    freep(&list.items);
    return ok;
}

bool h_project(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_project p;
    struct store_runs runs = { 0 };
    int64_t limit = 0;
    bool ok = limit_param(rq, &limit, err) && project_find(rq, request_param(rq, "project"), &p, err) &&
              store_runs(rq->db, &rq->arena, p.name, limit, &runs, err);
    if (ok) {
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", p.name);
        jsonw_str(&w, "name", p.name);
        json_text(&w, "run", p.run);
        json_brief(&w, &p.newest);
        json_time(&w, "created", p.created_us);
        json_time(&w, "changed", p.changed_us);
        jsonw_int(&w, "profiles", p.profiles);
        jsonw_arr(&w, "runs");
        for (size_t i = 0; i < runs.count; i++)
            json_run(&w, &runs.items[i]);
        jsonw_end_arr(&w);
        jsonw_end_obj(&w);
    }
    freep(&runs.items);
    return ok;
}

bool h_profiles(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_project p;
    struct store_profiles list = { 0 };
    int64_t limit = 0;
    int64_t before = 0;
    struct span key;
    struct span run = pairs_get(&rq->query, "run");
    bool ok = limit_param(rq, &limit, err) && cursor_param(rq, &before, &key, err) &&
              project_find(rq, request_param(rq, "project"), &p, err) &&
              store_profiles(rq->db, &rq->arena, p.name, run.ptr ? run : SPAN(""), before, key, limit + 1, &list, err);
    if (ok) {
        size_t n = list.count > (size_t)limit ? (size_t)limit : list.count;
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_arr(&w, "profiles");
        for (size_t i = 0; i < n; i++) {
            jsonw_obj(&w, NULL);
            json_profile(&w, &list.items[i]);
            jsonw_end_obj(&w);
        }
        jsonw_end_arr(&w);
        cursor_write(&w, list.count > n, n > 0 ? list.items[n - 1].created_us : 0,
                     n > 0 ? list.items[n - 1].id : SPAN(""));
        jsonw_end_obj(&w);
    }
    freep(&list.items);
    return ok;
}

static bool run_analysis(struct request *rq, struct store_analysis *ret, struct err *err)
{
    struct store_project p;
    struct store_run run;
    int64_t revision = 0;
    struct span name = request_param(rq, "run");
    return request_revision(rq, &revision, err) && project_find(rq, request_param(rq, "project"), &p, err) &&
           name_key("run", name, err) && store_run_get(rq->db, &rq->arena, p.name, name, &run, err) &&
           store_analysis_get(rq->db, &rq->arena, p.name, run.name, revision, ret, err);
}

bool h_run_analysis(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_analysis a;
    return run_analysis(rq, &a, err) && analysis_reply(rq, rp, &a, SPAN(""), err);
}

/* --- gate --- */

static void gate_members(struct jsonw *w, const struct store_analysis *a, const struct json *doc)
{
    struct sb url = { 0 };
    path_run(&url, a->project, a->run);
    if (a->revision > 0)
        sb_printf(&url, "?rev=%lld", (long long)a->revision);
    bool open = service_gate_open(a);
    jsonw_str(w, "gate", a->gate);
    jsonw_str(w, "verdict", a->verdict);
    jsonw_arr(w, "reasons");
    if (!doc)
        jsonw_str(w, NULL, span_from(a->summary, sizeof "Not decided yet: " - 1));
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        struct sb text = { 0 };
        struct span reason = json_str(json_get(r, "reason"));
        if (json_num(json_get(r, "value"), 0) < 1 || reason.len == 0)
            continue;
        sb_printf(&text, "%.*s: %.*s", SPAN_FMT(json_str(json_get(r, "id"))), SPAN_FMT(reason));
        jsonw_str(w, NULL, sb_span(&text));
        sb_release(&text);
    }
    jsonw_end_arr(w);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_str(w, "project", a->project);
    jsonw_str(w, "run", a->run);
    jsonw_int(w, "revision", a->revision);
    jsonw_str(w, "summary", a->summary);
    jsonw_int(w, "exit_code", open ? 0 : span_is(a->gate, "fail") ? 1 : 2);
    sb_release(&url);
}

struct gate {
    const struct store_analysis *a;
    bool closed;
};

/* Why a run has no analysis yet. */
static struct span gate_pending(struct request *rq, const struct store_run *run)
{
    struct store_profiles files = { 0 };
    struct err none = ERR_INIT;
    bool failed = store_profiles(rq->db, &rq->arena, run->project, run->name, -1, SPAN(""), LIMIT_MAX, &files, &none) &&
                  files.count > 0;
    for (size_t i = 0; i < files.count; i++)
        failed = failed && span_is(files.items[i].status, "failed");
    freep(&files.items);
    return failed ? SPAN("Not decided yet: no file of the run could be read.")
                  : SPAN("Not decided yet: the analysis is under way.");
}

static bool gate_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct gate *g = user;
    struct json *doc = NULL;
    (void)db;
    if (g->a->doc.len > 0 && !json_parse(g->a->doc, DOC_DEPTH_MAX, &doc, err))
        return false;
    struct jsonw w = { .out = body };
    jsonw_obj(&w, NULL);
    if (g->closed)
        problem_members(&w, 409, "gate_closed", arena_dup(&rq->arena, g->a->summary));
    gate_members(&w, g->a, doc);
    jsonw_end_obj(&w);
    json_free(doc);
    return true;
}

bool h_gate(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_project p;
    struct store_run run;
    struct store_analysis a;
    struct err none = ERR_INIT;
    struct span name = pairs_get(&rq->query, "run");
    struct span enforce = pairs_get(&rq->query, "enforce");
    if (enforce.ptr && !span_is(enforce, "0") && !span_is(enforce, "1"))
        return err_set(err, ERR_BAD_REQUEST, "enforce: want 0 or 1");
    if ((name.len > 0 && !name_key("run", name, err)) || !project_find(rq, request_param(rq, "project"), &p, err) ||
        !store_run_get(rq->db, &rq->arena, p.name, name.ptr ? name : SPAN(""), &run, err))
        return false;
    if (!store_analysis_get(rq->db, &rq->arena, p.name, run.name, 0, &a, &none)) {
        if (none.code != ERR_NOT_FOUND) {
            *err = none;
            return false;
        }
        a = (struct store_analysis){ .project = p.name,
                                     .run = run.name,
                                     .gate = SPAN("insufficient"),
                                     .verdict = SPAN("insufficient_evidence"),
                                     .summary = gate_pending(rq, &run),
                                     .doc = SPAN("") };
    }
    struct gate g = { &a, span_is(enforce, "1") && !service_gate_open(&a) };
    rp->status = g.closed ? 409 : 200;
    if (request_accepts(rq, "text/markdown") && a.doc.len > 0)
        return markdown_reply(rq, rp, &a, SPAN(""), true, err);
    rp->type = g.closed ? "application/problem+json" : "application/json";
    return page_render(rq, gate_render, &g, &rp->body, err);
}

/* --- report links --- */

void share_hash(struct span secret, char out[65])
{
    sha256_hex(secret, out);
}

bool share_make(struct request *rq, int64_t revision, struct sb *ret_path, int64_t *ret_expires_us, struct err *err)
{
    struct span project = request_param(rq, "project");
    struct span run = request_param(rq, "run");
    struct store_analysis a;
    char secret[64];
    char hash[65];
    if (!name_project(project, err) || !name_key("run", run, err) ||
        !store_analysis_get(rq->db, &rq->arena, project, run, revision, &a, err) ||
        !access_secret("", secret, hash, err))
        return false;
    struct store_link link = { .hash = span_of(hash),
                               .project = project,
                               .run = run,
                               .revision = a.revision,
                               .created_us = rq->now_us,
                               .expires_us = rq->now_us + config_int(rq->service->config, CONFIG_share_days) * 86400 *
                                                              INT64_C(1000000) };
    if (!store_link_put(rq->service->store, &link, err))
        return false;
    sb_printf(ret_path, "/s/%s", secret);
    *ret_expires_us = link.expires_us;
    return true;
}

bool h_share(struct request *rq, struct reply *rp, struct err *err)
{
    int64_t revision = 0;
    int64_t expires_us = 0;
    struct sb path = { 0 };
    bool ok = request_revision(rq, &revision, err) && share_make(rq, revision, &path, &expires_us, err);
    if (ok) {
        reply_type(rp, 201, "application/json");
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "url", sb_span(&path));
        json_time(&w, "expires", expires_us);
        jsonw_end_obj(&w);
    }
    sb_release(&path);
    return ok;
}
