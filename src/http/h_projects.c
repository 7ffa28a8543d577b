/* Projects, runs, the gate, report links. */
#include <stdlib.h>

#include "base/num.h"
#include "base/sha256.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/share.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 500 };

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

bool project_find(struct request *rq, struct span project, struct store_project *ret, struct err *err)
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
