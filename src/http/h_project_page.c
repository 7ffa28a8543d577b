/* `/projects/{p}`: what the store knows of a project, as one document for report/pages.h. */
#include <stdlib.h>

#include "base/num.h"
#include "base/vec.h"
#include "facts/facts.h"
#include "http/decision_pages.h"
#include "http/json.h"
#include "http/page_json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/trend.h"
#include "report/pages.h"
#include "store/overrides.h"
#include "store/watch.h"
#include "version.h"

enum { RUNS_MAX = 50, RUNS_ASKED_MAX = 1000, FILES_MAX = 60, UPLOADS_MAX = 400, TREND_RUNS = 100, LIST_MAX = 60 };

struct project_page {
    struct store_project project;
    struct store_runs runs;
    struct store_profiles uploads;
    struct store_serieses all;
    struct store_points points;
    struct store_series chosen;
    struct attention attention;
    struct store_analysis newest; /* revision 0: none */
    int64_t runs_asked;
};

static void page_release(struct project_page *p)
{
    freep(&p->runs.items);
    freep(&p->uploads.items);
    freep(&p->all.items);
    freep(&p->points.items);
    attention_release(&p->attention);
}

static void run_write(struct jsonw *w, const struct request *rq, const struct project_page *p,
                      const struct store_run *r)
{
    struct sb url = { 0 };
    struct span commit = SPAN(""), branch = SPAN(""), scenario = SPAN("");
    path_run(&url, r->project, r->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "run", r->name);
    jsonw_str(w, "url", sb_span(&url));
    page_brief_write(w, rq, &r->newest, r->changed_us);
    jsonw_int(w, "files", r->profiles);
    jsonw_int(w, "revision", r->newest.revision);
    /* As GET /compare takes a run. */
    sb_reset(&url);
    sb_printf(&url, "%.*s/%.*s", SPAN_FMT(r->project), SPAN_FMT(r->name));
    jsonw_str(w, "compare", r->newest.revision > 0 ? sb_span(&url) : SPAN(""));
    /* Uploads are newest first: what the newest one states holds. */
    for (size_t i = 0; i < p->uploads.count; i++) {
        const struct store_profile *u = &p->uploads.items[i];
        if (!span_eq(u->run, r->name))
            continue;
        commit = commit.len > 0 ? commit : u->commit;
        branch = branch.len > 0 ? branch : u->branch;
        scenario = scenario.len > 0 ? scenario : u->scenario;
    }
    json_text(w, "commit", commit);
    json_text(w, "branch", branch);
    json_text(w, "scenario", scenario);
    jsonw_end_obj(w);
    sb_release(&url);
}

static void upload_write(struct jsonw *w, const struct store_profile *p)
{
    struct sb url = { 0 };
    path_profile(&url, p->id, 0);
    jsonw_obj(w, NULL);
    jsonw_str(w, "id", p->id);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_str(w, "name", p->name);
    json_text(w, "format", p->kind);
    jsonw_str(w, "run", p->run);
    sb_reset(&url);
    path_run(&url, p->project, p->run);
    jsonw_str(w, "run_url", sb_span(&url));
    jsonw_int(w, "bytes", p->size_bytes);
    json_time(w, "created", p->created_us);
    jsonw_str(w, "status", p->status);
    json_text(w, "error", p->error_text);
    jsonw_end_obj(w);
    sb_release(&url);
}

/* The decision that holds, over what the newest run says by itself. */
static bool answer_write(struct jsonw *w, struct request *rq, struct sql *db, const struct project_page *p,
                         struct err *err)
{
    bool decided = false;
    struct sb url = { 0 };
    if (p->project.newest.revision == 0) {
        jsonw_null(w, "answer");
        return true;
    }
    jsonw_obj(w, "answer");
    bool ok = page_decided_write(w, rq, db, &p->project, &decided, err);
    if (ok && !decided)
        page_brief_write(w, rq, &p->project.newest, p->project.changed_us);
    path_run(&url, p->project.name, p->project.run);
    jsonw_str(w, "url", sb_span(&url));
    sb_release(&url);
    jsonw_end_obj(w);
    return ok;
}

static bool watch_list_write(struct jsonw *w, struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_watches list = { 0 };
    struct store_watch_query query = { .project = project, .limit = LIST_MAX };
    bool ok = store_watch_list(db, &rq->arena, &query, &list, err);
    jsonw_arr(w, "watch");
    for (size_t i = 0; ok && i < list.count; i++) {
        const struct store_watch *x = &list.items[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "title", x->title.len > 0 ? x->title : x->condition.len > 0 ? x->condition : x->id);
        jsonw_str(w, "state", x->state);
        json_text(w, "fact", x->fact);
        jsonw_num(w, "now", x->now);
        jsonw_num(w, "line", x->line);
        jsonw_time(w, "since", x->since_us);
        jsonw_time(w, "date", x->date_us);
        if (x->decision.len > 0)
            json_url(w, "url", "/decisions/", x->decision, "");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    freep(&list.items);
    return ok;
}

static void fact_write(struct jsonw *w, const struct store_given *g)
{
    enum fact_id id;
    double x = NUM_UNKNOWN;
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", g->name);
    if (span_is(g->value, "null"))
        jsonw_null(w, "value");
    else if (fact_find(g->name, &id) && fact_infos[id].kind != FACT_TEXT && span_to_double(g->value, &x))
        jsonw_num(w, "value", x);
    else
        jsonw_str(w, "value", g->value);
    jsonw_num(w, "lo", g->lo);
    jsonw_num(w, "hi", g->hi);
    jsonw_str(w, "scope", g->scope);
    json_text(w, "by", g->by);
    json_text(w, "source", g->source);
    jsonw_time(w, "time", g->time_us);
    jsonw_end_obj(w);
}

static bool told_write(struct jsonw *w, struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_givens list = { 0 };
    struct store_given_query query = { .project = project,
                                       .only_scope = SPAN(""),
                                       .only_name = SPAN(""),
                                       .after_name = SPAN(""),
                                       .after_scope = SPAN(""),
                                       .limit = LIST_MAX };
    bool ok = store_given_now(db, &rq->arena, &query, &list, err);
    jsonw_arr(w, "facts");
    for (size_t i = 0; ok && i < list.count; i++)
        fact_write(w, &list.items[i]);
    jsonw_end_arr(w);
    freep(&list.items);
    return ok;
}

static bool corrections_write(struct jsonw *w, struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_overrides list = { 0 };
    bool ok = store_override_active(db, &rq->arena, project, &list, err);
    jsonw_int(w, "overrides_count", (int64_t)list.count);
    jsonw_arr(w, "overrides");
    for (size_t i = 0; ok && i < list.count && i < LIST_MAX; i++) {
        const struct store_override *o = &list.items[i];
        struct sb url = { 0 };
        sb_adds(&url, "/api/v1");
        path_project(&url, project);
        sb_adds(&url, "/overrides/");
        url_encode(&url, o->id);
        jsonw_obj(w, NULL);
        jsonw_str(w, "kind", o->kind);
        jsonw_str(w, "pattern", o->pattern);
        jsonw_str(w, "category", o->category);
        json_text(w, "reason", o->reason);
        json_text(w, "by", o->by);
        jsonw_time(w, "created", o->created_us);
        jsonw_str(w, "url", sb_span(&url));
        jsonw_end_obj(w);
        sb_release(&url);
    }
    jsonw_end_arr(w);
    freep(&list.items);
    return ok;
}

static bool policy_write(struct jsonw *w, struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_policy row;
    struct err none = ERR_INIT;
    if (!store_policy_get(db, &rq->arena, project, 0, &row, &none)) {
        jsonw_null(w, "policy");
        if (none.code == ERR_NOT_FOUND)
            return true;
        *err = none;
        return false;
    }
    jsonw_obj(w, "policy");
    jsonw_int(w, "version_no", row.version);
    json_text(w, "by", row.by);
    jsonw_time(w, "given", row.given_us);
    jsonw_end_obj(w);
    return true;
}

static void trend_member(struct jsonw *w, const struct project_page *p)
{
    struct sb api = { 0 };
    sb_adds(&api, "/api/v1");
    path_project(&api, p->project.name);
    sb_adds(&api, "/trend?branch=");
    url_encode(&api, p->chosen.branch);
    sb_adds(&api, "&scenario=");
    url_encode(&api, p->chosen.scenario);
    jsonw_obj(w, "trend");
    jsonw_str(w, "api", sb_span(&api));
    trend_write(w, p->project.name, &p->all, &p->chosen, &p->points);
    jsonw_end_obj(w);
    sb_release(&api);
}

static void address(struct jsonw *w, const char *key, const char *before, struct span project, const char *after)
{
    struct sb url = { 0 };
    sb_adds(&url, before);
    url_encode(&url, project);
    sb_adds(&url, after);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

/* Links to pages that this program has. */
static bool has_page(const char *pattern)
{
    for (size_t i = 0; i < route_count; i++) {
        if (routes[i].method == METHOD_GET && strcmp(routes[i].pattern, pattern) == 0)
            return true;
    }
    return false;
}

static void page_links(struct jsonw *w, struct span name)
{
    static const struct {
        const char *pattern, *key, *before, *after;
    } pages[] = {
        { "/projects/{project}/proposals/new", "new_proposal_url", "/projects/", "/proposals/new" },
        { "/projects/{project}/policies", "policies_url", "/projects/", "/policies" },
        { "/projects/{project}/functions", "functions_url", "/projects/", "/functions" },
    };
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        if (has_page(pages[i].pattern))
            address(w, pages[i].key, pages[i].before, name, pages[i].after);
    }
    if (has_page("/compare"))
        jsonw_strz(w, "compare_action", "/compare");
}

static bool overrides_write(struct jsonw *w, struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_overrides held = { 0 };
    bool ok = store_override_active(db, &rq->arena, project, &held, err);
    address(w, "overrides_url", "/projects/", project, "/overrides");
    address(w, "functions_url", "/projects/", project, "/functions");
    jsonw_int(w, "overrides_count", (int64_t)held.count);
    free(held.items);
    return ok;
}

static bool addresses_write(struct jsonw *w, struct request *rq, struct sql *db, const struct project_page *p,
                            struct err *err)
{
    struct sb base = { 0 };
    bool any = false;
    struct span name = p->project.name;
    address(w, "upload_url", "/upload?project=", name, "");
    if (!overrides_write(w, rq, db, name, err))
        return false;
    if (p->runs.count == (size_t)p->runs_asked && p->runs_asked < RUNS_ASKED_MAX) {
        struct sb after = { 0 };
        sb_printf(&after, "?runs=%lld",
                  (long long)(p->runs_asked * 4 < RUNS_ASKED_MAX ? p->runs_asked * 4 : RUNS_ASKED_MAX));
        address(w, "more_url", "/projects/", name, sb_cstr(&after));
        sb_release(&after);
    }
    page_links(w, name);
    request_base(rq, &base);
    jsonw_str(w, "base_url", sb_span(&base));
    sb_release(&base);
    bool ok = store_token_any(db, &any, err);
    jsonw_bool(w, "token_needed", any && !rq->service->access.open);
    return ok;
}

static bool page_write(struct request *rq, struct sql *db, const struct project_page *p, unsigned long long generation,
                       struct sb *out, struct err *err)
{
    struct jsonw w = { .out = out };
    struct span name = p->project.name;
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", name);
    jsonw_null(&w, "question");
    bool ok = answer_write(&w, rq, db, p, err);
    attention_write(&p->attention, &w);
    trend_member(&w, p);
    jsonw_arr(&w, "runs");
    for (size_t i = 0; i < p->runs.count; i++)
        run_write(&w, rq, p, &p->runs.items[i]);
    jsonw_end_arr(&w);
    jsonw_arr(&w, "profiles");
    for (size_t i = 0; i < p->uploads.count && i < FILES_MAX; i++)
        upload_write(&w, &p->uploads.items[i]);
    jsonw_end_arr(&w);
    if (p->newest.revision > 0) {
        struct sb url = { 0 };
        path_run(&url, name, p->project.run);
        jsonw_raw(&w, "newest", p->newest.doc);
        jsonw_str(&w, "newest_url", sb_span(&url));
        sb_release(&url);
    }
    ok = ok && project_decisions_write(rq, db, &rq->arena, name, &w, err) && watch_list_write(&w, rq, db, name, err) &&
         told_write(&w, rq, db, name, err) && policy_write(&w, rq, db, name, err) &&
         corrections_write(&w, rq, db, name, err) && addresses_write(&w, rq, db, p, err);
    jsonw_int(&w, "generation", (int64_t)generation);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    return ok;
}

static bool runs_wanted(const struct request *rq, int64_t *ret, struct err *err)
{
    struct span v = pairs_get(&rq->query, "runs");
    uint64_t n = RUNS_MAX;
    if (v.ptr && v.len > 0 && (!span_to_u64(v, &n) || n == 0 || n > RUNS_ASKED_MAX))
        return err_set(err, ERR_BAD_REQUEST, "runs: want a whole number from 1 to %d", RUNS_ASKED_MAX);
    *ret = (int64_t)n;
    return true;
}

static bool page_load(struct request *rq, struct sql *db, struct project_page *p, struct err *err)
{
    struct span name = request_param(rq, "project");
    struct store_projects found = { 0 };
    struct err none = ERR_INIT;
    bool ok = name_project(name, err) && runs_wanted(rq, &p->runs_asked, err) &&
              store_projects(db, &rq->arena, name, -1, SPAN(""), 1, &found, err) &&
              (found.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(name)));
    if (ok)
        p->project = found.items[0];
    freep(&found.items);
    ok = ok && store_runs(db, &rq->arena, name, p->runs_asked, &p->runs, err) &&
         store_profiles(db, &rq->arena, name, SPAN(""), -1, SPAN(""), UPLOADS_MAX, &p->uploads, err) &&
         store_series_list(db, &rq->arena, name, &p->all, err) && attention_load(rq, db, name, &p->attention, err);
    if (!ok)
        return false;
    p->chosen = trend_chosen(rq, &p->all);
    if (p->project.run.len > 0 && !store_analysis_get(db, &rq->arena, name, p->project.run, 0, &p->newest, &none) &&
        none.code != ERR_NOT_FOUND) {
        *err = none;
        return false;
    }
    if (!store_trend(db, &rq->arena, name, &p->chosen, TREND_RUNS, true, &p->points, err))
        return false;
    attention_gate(&p->attention, name, &p->points);
    return true;
}

static bool project_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct project_page *p = xcalloc(1, sizeof *p);
    struct sb in = { 0 };
    unsigned long long generation = atomic_load(&rq->service->generation);
    (void)user;
    bool ok = page_load(rq, db, p, err) && page_write(rq, db, p, generation, &in, err) &&
              page_from(&in, report_page_project, body, err);
    sb_release(&in);
    page_release(p);
    free(p);
    return ok;
}

/* The summary of the newest run, for `Accept: text/markdown`. */
static bool project_markdown(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_run run;
    struct store_analysis a;
    struct span project = request_param(rq, "project");
    return name_project(project, err) && store_run_get(rq->db, &rq->arena, project, SPAN(""), &run, err) &&
           store_analysis_get(rq->db, &rq->arena, project, run.name, 0, &a, err) &&
           markdown_reply(rq, rp, &a, SPAN(""), false, err);
}

bool h_page_project(struct request *rq, struct reply *rp, struct err *err)
{
    if (request_accepts(rq, "text/markdown"))
        return project_markdown(rq, rp, err);
    return page_reply(rq, rp, "text/html; charset=utf-8", page_variant(rq), project_render, NULL, err);
}
