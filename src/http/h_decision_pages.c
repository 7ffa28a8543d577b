/* Pages of proposals and decisions, and decisions as Markdown or as one file. What is known beside a frozen document
 * changes with the hour (waivers end), so none of these is kept in the cache. */
#include "base/jcanon.h"
#include "base/json.h"
#include "http/access.h"
#include "http/decide.h"
#include "http/decision_pages.h"
#include "http/flame_meta.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/waive.h"
#include "report/decision_pages.h"
#include "store/watch.h"
#include "version.h"

enum {
    DOC_DEPTH_MAX = 128,
    PROPOSALS_MAX = 500,
    ON_PROJECT_MAX = 10,
    WATCHES_MAX = 500,
    FIRED_MAX = 20,
    STANDING_MAX = 50,
    RUNS_MAX = 200,
    FILES_MAX = 200
};
#define HTML "text/html; charset=utf-8"

/* --- a decision --- */

struct page {
    struct store_decision d;
    int form; /* enum decision_form; -1 = the page */
};

/* What is watched for a decision, or for all decisions of its project. */
static bool watches_write(struct jsonw *w, struct sql *db, struct arena *arena, struct span project,
                          struct span decision, struct err *err)
{
    struct store_watches list = { 0 };
    struct store_watch_query query = { .project = project, .limit = WATCHES_MAX };
    if (!store_watch_list(db, arena, &query, &list, err)) {
        freep(&list.items);
        return false;
    }
    /* A decision that is no longer watched keeps what was frozen with it. */
    bool any = false;
    for (size_t i = 0; i < list.count; i++) {
        const struct store_watch *x = &list.items[i];
        if (x->decision.len > 0 && !span_eq(x->decision, decision))
            continue;
        if (!any)
            jsonw_arr(w, "watch");
        any = true;
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", x->id);
        json_text(w, "title", x->title);
        jsonw_str(w, "kind", x->kind);
        json_text(w, "when", x->condition);
        if (x->date_us > 0)
            json_time(w, "date", x->date_us);
        json_text(w, "fact", x->fact);
        jsonw_num(w, "now", x->now);
        jsonw_num(w, "line", x->line);
        jsonw_str(w, "state", x->state);
        jsonw_end_obj(w);
    }
    if (any)
        jsonw_end_arr(w);
    freep(&list.items);
    return true;
}

/* What fired in a project, each with the decision that it opened. */
static bool fired_write(struct jsonw *w, struct sql *db, struct arena *arena, struct span project, struct err *err)
{
    struct store_watches list = { 0 };
    struct store_watch_query query = { .project = project, .state = SPAN("fired"), .limit = FIRED_MAX };
    if (!store_watch_list(db, arena, &query, &list, err)) {
        freep(&list.items);
        return false;
    }
    jsonw_arr(w, "fired");
    for (size_t i = 0; i < list.count; i++) {
        const struct store_watch *x = &list.items[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "text", x->title.len > 0 ? x->title : x->condition.len > 0 ? x->condition : x->id);
        if (x->decision.len > 0)
            json_url(w, "url", "/decisions/", x->decision, "");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    freep(&list.items);
    return true;
}

static bool may(const struct request *rq, unsigned scope, struct span project)
{
    struct err none = ERR_INIT;
    return access_allowed(rq, scope, project, &none);
}

/* Who may say what, and what it can be said about. */
static bool say_write(struct jsonw *w, struct request *rq, struct sql *db, const struct store_decision *d,
                      const struct json *meta, struct err *err)
{
    struct store_runs runs = { 0 };
    bool ok = store_runs(db, &rq->arena, d->project, RUNS_MAX, &runs, err);
    jsonw_obj(w, "say");
    json_url(w, "base", "/decisions/", d->id, "");
    json_text(w, "name", rq->who.name);
    jsonw_str(w, "status", d->superseded_by.len > 0 ? SPAN("superseded") : d->status);
    jsonw_obj(w, "may");
    jsonw_bool(w, "upload", may(rq, SCOPE_UPLOAD, d->project));
    jsonw_bool(w, "write", may(rq, SCOPE_WRITE, d->project));
    jsonw_bool(w, "admin", may(rq, SCOPE_ADMIN, d->project));
    jsonw_end_obj(w);
    jsonw_arr(w, "runs");
    for (size_t i = 0; i < runs.count; i++)
        jsonw_str(w, NULL, runs.items[i].name);
    jsonw_end_arr(w);
    static const char *const lists[] = { "objections", "waivers", "votes" };
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        struct sb text = { 0 };
        const struct json *list = json_get(meta, lists[i]);
        if (list)
            jcanon_write(list, &text);
        jsonw_raw(w, lists[i], text.len > 0 ? sb_span(&text) : SPAN("[]"));
        sb_release(&text);
    }
    jsonw_end_obj(w);
    freep(&runs.items);
    return ok;
}

/* The flame graph that says most of what it rests on, by the decision's own list of files. */
static void flame_link(struct jsonw *w, struct request *rq, struct sql *db, const struct store_decision *d,
                       const struct json *doc)
{
    struct store_profiles files = { 0 };
    struct sb text = { 0 };
    struct err none = ERR_INIT;
    CLEANUP(json_freep) struct json *found = NULL;
    if (d->run.len > 0 && store_profiles(db, &rq->arena, d->project, d->run, -1, SPAN(""), FILES_MAX, &files, &none)) {
        struct jsonw own = { .out = &text };
        jsonw_obj(&own, NULL);
        flame_meta_write(&own, &(struct flame_meta){ .project = d->project,
                                                     .run = d->run,
                                                     .files = &files,
                                                     .doc = doc,
                                                     .column = UINT32_MAX,
                                                     .artefact = UINT32_MAX });
        jsonw_end_obj(&own);
        if (json_parse(sb_span(&text), DOC_DEPTH_MAX, &found, &none))
            jsonw_text(w, "flame_url", json_str(json_get(json_first(json_path(found, "flame.graphs")), "page_url")));
    }
    freep(&files.items);
    sb_release(&text);
}

/* What the store knows, and over it what a page shows besides: where the proposal and the evidence are to be read, and
 * the gate as it is at this moment. Later members win. */
static bool page_meta(struct request *rq, struct sql *db, const struct store_decision *d, const struct json *doc,
                      bool forms, struct sb *out, struct err *err)
{
    struct span gate;
    CLEANUP(json_freep) struct json *known = NULL;
    if (!decision_meta(db, &rq->arena, d, rq->now_us, out, err) ||
        !decision_gate(db, &rq->arena, d, rq->now_us, &gate, err) ||
        !json_parse(sb_span(out), DOC_DEPTH_MAX, &known, err))
        return false;
    struct sb own = { 0 };
    struct jsonw w = { .out = &own };
    jsonw_obj(&w, NULL);
    json_url(&w, "proposal_url", "/proposals/", d->proposal, "");
    if (d->run.len > 0) {
        struct sb url = { 0 };
        path_run(&url, d->project, d->run);
        jsonw_str(&w, "run", d->run);
        jsonw_str(&w, "run_url", sb_span(&url));
        sb_release(&url);
    }
    jsonw_str(&w, "gate", gate);
    jsonw_str(&w, "state", d->status);
    bool ok = watches_write(&w, db, &rq->arena, d->project, d->id, err);
    if (forms) {
        flame_link(&w, rq, db, d, doc);
        json_url(&w, "edit_url", "/proposals/", d->proposal, "/edit");
        json_url(&w, "policies_url", "/projects/", d->project, "/policies");
        if (may(rq, SCOPE_WRITE, d->project))
            json_url(&w, "decide_url", "/proposals/", d->proposal, "/decide");
        ok = ok && say_write(&w, rq, db, d, known, err);
    }
    /* The first member of a name is the one that is read. */
    sb_addc(&own, ',');
    sb_add(&own, span_from(span_trim(sb_span(out)), 1));
    sb_reset(out);
    sb_add(out, sb_span(&own));
    sb_release(&own);
    return ok;
}

static bool decision_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct page *p = user;
    CLEANUP(json_freep) struct json *doc = NULL;
    CLEANUP(json_freep) struct json *meta = NULL;
    struct sb text = { 0 };
    bool ok = json_parse(p->d.doc, DOC_DEPTH_MAX, &doc, err) &&
              page_meta(rq, db, &p->d, doc, p->form < 0, &text, err) &&
              json_parse(sb_span(&text), DOC_DEPTH_MAX, &meta, err);
    sb_release(&text);
    if (!ok)
        return false;
    if (p->form == DECISION_MARKDOWN)
        return report_decision_markdown(doc, meta, body, err);
    if (p->form == DECISION_HTML)
        return report_decision_standalone(doc, meta, SPAN(""), body, err);
    return report_page_decision(doc, meta, STET_VERSION, SPAN(""), body, err);
}

bool decision_document(struct request *rq, struct reply *rp, const struct store_decision *d, enum decision_form form,
                       struct err *err)
{
    struct page p = { .d = *d, .form = (int)form };
    rp->type = form == DECISION_MARKDOWN ? "text/markdown; charset=utf-8" : HTML;
    return page_render(rq, decision_render, &p, &rp->body, err);
}

bool h_page_decision(struct request *rq, struct reply *rp, struct err *err)
{
    struct page p = { .form = -1 };
    struct span id = request_param(rq, "id");
    if (!store_decision_get(rq->db, &rq->arena, id, &p.d, err))
        return false;
    if (!access_sees(rq, p.d.project))
        return err_set(err, ERR_NOT_FOUND, "there is no decision '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    if (!access_allowed(rq, SCOPE_READ, p.d.project, err))
        return false;
    if (request_accepts(rq, "text/markdown"))
        return decision_document(rq, rp, &p.d, DECISION_MARKDOWN, err);
    return page_reply(rq, rp, HTML, NULL, decision_render, &p, err);
}

/* --- lists --- */

static void decision_brief_write(struct jsonw *w, const char *key, const struct store_decision *d)
{
    jsonw_obj(w, key);
    json_url(w, "url", "/decisions/", d->id, "");
    json_time(w, "at", d->created_us);
    jsonw_str(w, "verdict", d->verdict);
    jsonw_str(w, "gate", d->gate);
    jsonw_str(w, "summary", d->summary);
    jsonw_str(w, "status", d->superseded_by.len > 0 ? SPAN("superseded") : d->status);
    jsonw_bool(w, "stale", d->stale);
    jsonw_int(w, "version_no", d->version);
    jsonw_end_obj(w);
}

static void proposal_write(struct jsonw *w, const struct store_proposal *p, const struct store_decisions *decisions)
{
    jsonw_obj(w, NULL);
    jsonw_str(w, "title", p->title);
    json_url(w, "url", "/proposals/", p->id, "");
    json_text(w, "kind", p->kind);
    json_text(w, "goal", p->goal);
    jsonw_str(w, "status", p->status);
    json_time(w, "changed", p->changed_us);
    size_t i = 0;
    while (i < decisions->count && !(p->decision.len > 0 && span_eq(decisions->items[i].id, p->decision)))
        i++;
    if (i < decisions->count)
        decision_brief_write(w, "decision", &decisions->items[i]);
    else
        jsonw_null(w, "decision");
    jsonw_end_obj(w);
}

/* The gates of decisions that hold, as they are at this moment. */
static bool gates_now(const struct request *rq, struct sql *db, struct arena *arena, struct store_decisions *list,
                      struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct store_decision *d = &list->items[i];
        if (d->superseded_by.len == 0 && !decision_gate(db, arena, d, rq->now_us, &d->gate, err))
            return false;
    }
    return true;
}

static bool proposals_write(const struct request *rq, struct sql *db, struct arena *arena, struct span project,
                            int64_t max, struct jsonw *w, struct err *err)
{
    struct store_proposals list = { 0 };
    struct store_decisions decisions = { 0 };
    struct waive waivers = { 0 };
    bool ok = store_proposal_list(db, arena, project, SPAN(""), max, &list, err) &&
              store_decision_list(db, arena, project, SPAN(""), false, 0, PROPOSALS_MAX, &decisions, err) &&
              waive_load(db, arena, project, rq->now_us, &waivers, err) &&
              (waivers.active == 0 || gates_now(rq, db, arena, &decisions, err));
    if (ok) {
        jsonw_arr(w, "proposals");
        for (size_t i = 0; i < list.count; i++)
            proposal_write(w, &list.items[i], &decisions);
        jsonw_end_arr(w);
        waive_counts(&waivers, w);
    }
    waive_release(&waivers);
    freep(&list.items);
    freep(&decisions.items);
    return ok;
}

bool project_decisions_write(const struct request *rq, struct sql *db, struct arena *arena, struct span project,
                             struct jsonw *w, struct err *err)
{
    struct sb url = { 0 };
    path_project(&url, project);
    sb_adds(&url, "/proposals");
    jsonw_str(w, "proposals_url", sb_span(&url));
    sb_release(&url);
    return proposals_write(rq, db, arena, project, ON_PROJECT_MAX, w, err) && fired_write(w, db, arena, project, err);
}

bool project_asked(struct sql *db, struct arena *arena, struct span project, struct project_asked *ret, struct err *err)
{
    struct store_proposals list = { 0 };
    struct store_decisions decisions = { 0 };
    *ret = (struct project_asked){ 0 };
    bool ok = store_proposal_list(db, arena, project, SPAN("open"), 1, &list, err) &&
              store_decision_list(db, arena, project, SPAN(""), true, 0, STANDING_MAX, &decisions, err);
    if (ok && list.count > 0)
        ret->title = list.items[0].title;
    for (size_t i = 0; ok && i < decisions.count; i++) {
        ret->reopened += span_is(decisions.items[i].status, "reopened");
        ret->stale += decisions.items[i].stale;
    }
    freep(&list.items);
    freep(&decisions.items);
    return ok;
}

static bool proposals_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    (void)user;
    struct span project = request_param(rq, "project");
    struct store_projects found = { 0 };
    struct sb in = { 0 };
    CLEANUP(json_freep) struct json *doc = NULL;
    bool ok = name_project(project, err) && store_projects(db, &rq->arena, project, -1, SPAN(""), 1, &found, err) &&
              (found.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project)));
    if (ok) {
        struct jsonw w = { .out = &in };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", project);
        json_url(&w, "project_url", "/projects/", project, "");
        json_url(&w, "post_url", "/api/v1/projects/", project, "/proposals");
        json_url(&w, "new_url", "/projects/", project, "/proposals/new");
        jsonw_strz(&w, "version", STET_VERSION);
        ok = proposals_write(rq, db, &rq->arena, project, PROPOSALS_MAX, &w, err);
        jsonw_end_obj(&w);
    }
    ok = ok && json_parse(sb_span(&in), DOC_DEPTH_MAX, &doc, err) && report_page_proposals(doc, body, err);
    sb_release(&in);
    freep(&found.items);
    return ok;
}

bool h_page_proposals(struct request *rq, struct reply *rp, struct err *err)
{
    return page_reply(rq, rp, HTML, NULL, proposals_render, NULL, err);
}

/* --- one proposal --- */

static void versions_write(struct jsonw *w, const struct store_proposals *versions)
{
    jsonw_arr(w, "versions");
    for (size_t i = 0; i < versions->count; i++) {
        const struct store_proposal *v = &versions->items[i];
        struct sb suffix = { 0 };
        sb_printf(&suffix, "?version=%lld", (long long)v->version);
        jsonw_obj(w, NULL);
        jsonw_int(w, "version_no", v->version);
        json_url(w, "url", "/proposals/", v->id, sb_cstr(&suffix));
        json_time(w, "at", v->version_us);
        json_text(w, "by", v->by);
        jsonw_str(w, "sha256", v->sha256);
        jsonw_end_obj(w);
        sb_release(&suffix);
    }
    jsonw_end_arr(w);
}

static bool proposal_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct store_proposal *p = user;
    struct store_proposals versions = { 0 };
    struct store_decisions decisions = { 0 };
    struct sb in = { 0 };
    CLEANUP(json_freep) struct json *doc = NULL;
    bool ok = store_proposal_versions(db, &rq->arena, p->id, &versions, err) &&
              store_decision_list(db, &rq->arena, p->project, p->id, false, 0, PROPOSALS_MAX, &decisions, err) &&
              gates_now(rq, db, &rq->arena, &decisions, err);
    if (ok) {
        struct jsonw w = { .out = &in };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", p->project);
        json_url(&w, "project_url", "/projects/", p->project, "");
        jsonw_str(&w, "status", p->status);
        jsonw_int(&w, "version_no", p->version);
        jsonw_int(&w, "newest_no", p->newest);
        json_url(&w, "newest_url", "/proposals/", p->id, "");
        json_url(&w, "edit_url", "/proposals/", p->id, "/edit");
        if (may(rq, SCOPE_WRITE, p->project) && !span_is(p->status, "withdrawn"))
            json_url(&w, "decide_url", "/proposals/", p->id, "/decide");
        json_text(&w, "by", p->by);
        json_time(&w, "at", p->version_us);
        jsonw_strz(&w, "version", STET_VERSION);
        jsonw_raw(&w, "proposal", p->doc);
        jsonw_arr(&w, "decisions");
        for (size_t i = 0; i < decisions.count; i++)
            decision_brief_write(&w, NULL, &decisions.items[i]);
        jsonw_end_arr(&w);
        versions_write(&w, &versions);
        jsonw_end_obj(&w);
    }
    ok = ok && json_parse(sb_span(&in), DOC_DEPTH_MAX, &doc, err) && report_page_proposal(doc, body, err);
    sb_release(&in);
    freep(&versions.items);
    freep(&decisions.items);
    return ok;
}

bool h_page_proposal(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposal p;
    struct span id = request_param(rq, "id");
    struct span version = pairs_get(&rq->query, "version");
    uint64_t n = 0;
    if (version.len > 0 && (!span_to_u64(version, &n) || n == 0 || n > INT64_MAX))
        return err_set(err, ERR_BAD_REQUEST, "version: want a whole number from 1");
    if (!store_proposal_get(rq->db, &rq->arena, id, (int64_t)n, &p, err))
        return false;
    if (!access_sees(rq, p.project))
        return err_set(err, ERR_NOT_FOUND, "there is no proposal '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    return access_allowed(rq, SCOPE_READ, p.project, err) && page_reply(rq, rp, HTML, NULL, proposal_render, &p, err);
}
