/* The pages: documents for report/pages.h out of the store. */
#include "base/json.h"
#include "base/vec.h"
#include "http/decide.h"
#include "http/decision_pages.h"
#include "http/export.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/pages.h"
#include "report/report.h"
#include "version.h"

enum { DOC_DEPTH_MAX = 64, LIST_MAX = 200, ATTENTION_BYTES_MAX = 4000 };
#define HTML "text/html; charset=utf-8"

static void age_write(struct jsonw *w, const struct request *rq, int64_t since_us)
{
    int64_t days = (rq->now_us - since_us) / (INT64_C(86400) * 1000000);
    jsonw_int(w, "age_days", days > 0 ? days : 0);
}

/* What lists show of an analysis, as report/pages.h names it. */
static void brief_write(struct jsonw *w, const struct request *rq, const struct store_brief *b, int64_t changed_us)
{
    struct store_share none = { NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    jsonw_str(w, "verdict", b->revision > 0 ? b->verdict : SPAN("insufficient_evidence"));
    json_text(w, "headline", b->headline);
    jsonw_str(w, "gate", b->revision > 0 ? b->gate : SPAN("insufficient"));
    jsonw_bool(w, "asked", false);
    json_share(w, "cpu_share", b->revision > 0 ? &b->cpu : &none);
    json_text(w, "summary", b->summary);
    json_time(w, "updated", changed_us);
    age_write(w, rq, changed_us);
}

static bool page_from(const struct sb *in, bool (*page)(const struct json *in, struct sb *out, struct err *err),
                      struct sb *body, struct err *err)
{
    struct json *doc = NULL;
    bool ok = json_parse(sb_span(in), DOC_DEPTH_MAX, &doc, err) && page(doc, body, err);
    json_free(doc);
    return ok;
}

/* --- home --- */

/* Of the samples, one of each kind of answer. */
static void examples_write(struct jsonw *w, const struct store_projects *list)
{
    static const char *const cases[] = { "gate-opens", "py-native", "py-http-wait" };
    jsonw_arr(w, "examples");
    for (size_t i = 0; i < ARRAY_LEN(cases) * list->count; i++) {
        const struct store_project *p = &list->items[i % list->count];
        if (!span_is(p->name, cases[i / list->count]) || p->newest.revision == 0)
            continue;
        struct sb url = { 0 };
        path_run(&url, p->name, p->run);
        jsonw_obj(w, NULL);
        jsonw_str(w, "title", p->newest.headline);
        jsonw_str(w, "url", sb_span(&url));
        jsonw_str(w, "text", p->newest.summary);
        jsonw_end_obj(w);
        sb_release(&url);
    }
    jsonw_end_arr(w);
}

/* The newest decision that holds, over what the newest files say by themselves; *ret false where nobody asked. */
static bool decided_write(struct jsonw *w, struct request *rq, struct sql *db, const struct store_project *p, bool *ret,
                          struct err *err)
{
    struct store_decisions list = { 0 };
    struct store_share none = { NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    struct store_proposal asked;
    struct span gate;
    bool ok = store_decision_list(db, &rq->arena, p->name, SPAN(""), true, 0, 1, &list, err);
    *ret = ok && list.count > 0;
    if (*ret) {
        const struct store_decision *d = &list.items[0];
        ok = store_proposal_get(db, &rq->arena, d->proposal, d->version, &asked, err) &&
             decision_gate(db, &rq->arena, d, rq->now_us, &gate, err);
        if (ok) {
            jsonw_str(w, "question", asked.title);
            jsonw_bool(w, "decided", true);
            jsonw_str(w, "verdict", d->verdict);
            jsonw_str(w, "gate", gate);
            jsonw_bool(w, "asked", true);
            json_share(w, "cpu_share", p->newest.revision > 0 ? &p->newest.cpu : &none);
            json_text(w, "summary", d->summary);
            json_time(w, "updated", d->changed_us);
            age_write(w, rq, d->changed_us);
        }
    }
    freep(&list.items);
    return ok;
}

static void attention_add(struct sb *out, struct span project, const struct project_asked *q)
{
    struct jsonw w = { .out = out, .comma = out->len > 1 };
    const struct {
        int64_t count;
        const char *one, *many;
    } kinds[] = { { q->reopened, "decision was re-opened", "decisions were re-opened" },
                  { q->stale, "decision is out of date", "decisions are out of date" } };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].count == 0 || out->len > ATTENTION_BYTES_MAX)
            continue;
        struct sb text = { 0 };
        sb_printf(&text, "%.*s: %lld %s", SPAN_FMT(project), (long long)kinds[i].count,
                  kinds[i].count == 1 ? kinds[i].one : kinds[i].many);
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "text", sb_span(&text));
        sb_reset(&text);
        path_project(&text, project);
        jsonw_str(&w, "url", sb_span(&text));
        jsonw_end_obj(&w);
        sb_release(&text);
    }
}

static bool home_row(struct jsonw *w, struct request *rq, struct sql *db, const struct store_project *p,
                     struct sb *attention, struct err *err)
{
    struct sb url = { 0 };
    struct project_asked asked;
    bool decided = false;
    path_project(&url, p->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", p->name);
    jsonw_str(w, "url", sb_span(&url));
    bool ok = project_asked(db, &rq->arena, p->name, &asked, err) && decided_write(w, rq, db, p, &decided, err);
    if (ok)
        attention_add(attention, p->name, &asked);
    if (ok && !decided) {
        json_text(w, "question", asked.title);
        brief_write(w, rq, &p->newest, p->changed_us);
    }
    jsonw_int(w, "runs", p->runs);
    jsonw_end_obj(w);
    sb_release(&url);
    return ok;
}

static bool home_write(struct request *rq, struct sql *db, struct span words, const struct store_projects *list,
                       struct sb *out, struct err *err)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    json_text(&w, "search", words);
    jsonw_arr(&w, "projects");
    struct sb attention = { 0 };
    sb_addc(&attention, '[');
    bool ok = true;
    for (size_t i = 0; ok && i < list->count; i++)
        ok = home_row(&w, rq, db, &list->items[i], &attention, err);
    jsonw_end_arr(&w);
    sb_addc(&attention, ']');
    jsonw_raw(&w, "attention", sb_span(&attention));
    sb_release(&attention);
    if (words.len == 0 && config_int(rq->service->config, CONFIG_demo))
        examples_write(&w, list);
    jsonw_strz(&w, "upload_action", "/upload");
    struct sb base = { 0 };
    request_base(rq, &base);
    jsonw_str(&w, "base_url", sb_span(&base));
    sb_release(&base);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    return ok;
}

/* Projects whose name holds the words searched for, at most LIST_MAX of them. Names have no capitals. */
static bool projects_find(struct request *rq, struct sql *db, struct span words, struct store_projects *ret,
                          struct err *err)
{
    struct sb wanted = { 0 };
    for (size_t i = 0; i < words.len; i++)
        sb_addc(&wanted, words.ptr[i] >= 'A' && words.ptr[i] <= 'Z' ? (char)(words.ptr[i] - 'A' + 'a') : words.ptr[i]);
    int64_t before_us = -1;
    struct span before = SPAN("");
    bool ok = true;
    bool more = true;
    while (ok && more && ret->count < LIST_MAX) {
        struct store_projects page = { 0 };
        ok = store_projects(db, &rq->arena, rq->who.project, before_us, before, LIST_MAX, &page, err);
        for (size_t i = 0; ok && i < page.count && ret->count < LIST_MAX; i++) {
            struct store_project *p = &page.items[i];
            if (wanted.len == 0 || span_find(p->name, 0, sb_span(&wanted)) < p->name.len)
                VEC_PUSH(ret, *p);
            before_us = p->changed_us;
            before = p->name;
        }
        more = page.count == LIST_MAX;
        freep(&page.items);
    }
    sb_release(&wanted);
    return ok;
}

static bool home_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    (void)user;
    struct store_projects list = { 0 };
    struct sb in = { 0 };
    struct span words = pairs_get(&rq->query, "q");
    words = words.ptr ? span_sub(span_trim(words), 0, 100) : SPAN("");
    bool ok = projects_find(rq, db, words, &list, err);
    ok = ok && home_write(rq, db, words, &list, &in, err);
    ok = ok && page_from(&in, report_page_home, body, err);
    sb_release(&in);
    freep(&list.items);
    return ok;
}

bool h_page_home(struct request *rq, struct reply *rp, struct err *err)
{
    struct arena arena = { 0 };
    struct span host = rq->header(rq, "Host");
    bool ok = page_reply(rq, rp, HTML, arena_dup(&arena, host), home_render, NULL, err);
    arena_release(&arena);
    return ok;
}

/* --- project --- */

static void run_write(struct jsonw *w, const struct request *rq, const struct store_run *r,
                      const struct store_profiles *profiles)
{
    struct sb url = { 0 };
    path_run(&url, r->project, r->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "run", r->name);
    jsonw_str(w, "url", sb_span(&url));
    brief_write(w, rq, &r->newest, r->changed_us);
    jsonw_int(w, "files", r->profiles);
    jsonw_int(w, "revision", r->newest.revision);
    for (size_t i = 0; i < profiles->count; i++) {
        const struct store_profile *p = &profiles->items[i];
        if (!span_eq(p->run, r->name))
            continue;
        json_text(w, "commit", p->commit);
        json_text(w, "branch", p->branch);
        json_text(w, "scenario", p->scenario);
        break;
    }
    jsonw_end_obj(w);
    sb_release(&url);
}

static void profile_row_write(struct jsonw *w, const struct store_profile *p)
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
    jsonw_end_obj(w);
    sb_release(&url);
}

static bool project_write(struct request *rq, struct sql *db, struct span project, const struct store_runs *runs,
                          const struct store_profiles *profiles, struct sb *out, struct err *err)
{
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", project);
    jsonw_null(&w, "question");
    jsonw_arr(&w, "runs");
    for (size_t i = 0; i < runs->count; i++)
        run_write(&w, rq, &runs->items[i], profiles);
    jsonw_end_arr(&w);
    jsonw_arr(&w, "profiles");
    for (size_t i = 0; i < profiles->count; i++)
        profile_row_write(&w, &profiles->items[i]);
    jsonw_end_arr(&w);
    struct sb url = { 0 };
    sb_adds(&url, "/upload?project=");
    url_encode(&url, project);
    jsonw_str(&w, "upload_url", sb_span(&url));
    sb_release(&url);
    bool ok = project_decisions_write(rq, db, &rq->arena, project, &w, err);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    return ok;
}

static bool project_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    (void)user;
    struct span project = request_param(rq, "project");
    struct store_projects found = { 0 };
    struct store_runs runs = { 0 };
    struct store_profiles profiles = { 0 };
    struct sb in = { 0 };
    bool ok = name_project(project, err) && store_projects(db, &rq->arena, project, -1, SPAN(""), 1, &found, err) &&
              (found.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project))) &&
              store_runs(db, &rq->arena, project, LIST_MAX, &runs, err) &&
              store_profiles(db, &rq->arena, project, SPAN(""), -1, SPAN(""), LIST_MAX, &profiles, err);
    ok = ok && project_write(rq, db, project, &runs, &profiles, &in, err);
    ok = ok && page_from(&in, report_page_project, body, err);
    sb_release(&in);
    freep(&found.items);
    freep(&runs.items);
    freep(&profiles.items);
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
    /* Waivers end by the hour: how many are in force is counted anew each time. */
    return page_reply(rq, rp, HTML, NULL, project_render, NULL, err);
}
