/* `/compare`: the page of a comparison, and the form that asks what to compare. */
#include "base/json.h"
#include "http/compare.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/compare_page.h"
#include "version.h"

#include <stdlib.h>

enum { DOC_DEPTH_MAX = 64, RUNS_MAX = 100, PROJECTS_MAX = 30, PROJECT_RUNS_MAX = 20 };
#define HTML "text/html; charset=utf-8"

struct asked {
    struct span base, head; /* as asked; "" not said */
    struct compare_id ids[2];
    bool both;
    struct span project; /* whose runs are offered; "" all */
    const char *problem; /* why there is no comparison */
};

/* --- the form --- */

static void choice_write(struct jsonw *w, const struct store_run *r)
{
    struct sb text = { 0 };
    sb_add(&text, r->project);
    sb_addc(&text, '/');
    sb_add(&text, r->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "value", sb_span(&text));
    sb_reset(&text);
    sb_printf(&text, "%.*s: %.*s", SPAN_FMT(r->name), SPAN_FMT(r->newest.headline));
    jsonw_str(w, "text", r->newest.headline.len > 0 ? sb_span(&text) : r->name);
    jsonw_str(w, "group", r->project);
    jsonw_end_obj(w);
    sb_release(&text);
}

static bool project_choices(struct request *rq, struct sql *db, struct span project, int64_t most, struct jsonw *w,
                            struct err *err)
{
    struct store_runs runs = { 0 };
    bool ok = store_runs(db, &rq->arena, project, most, &runs, err);
    for (size_t i = 0; ok && i < runs.count; i++) {
        if (runs.items[i].newest.revision > 0)
            choice_write(w, &runs.items[i]);
    }
    free(runs.items);
    return ok;
}

static bool choices_write(struct request *rq, struct sql *db, const struct asked *a, struct jsonw *w, struct err *err)
{
    struct store_projects list = { 0 };
    bool ok = true;
    jsonw_arr(w, "choices");
    if (a->project.len > 0) {
        ok = project_choices(rq, db, a->project, RUNS_MAX, w, err);
    } else {
        ok = store_projects(db, &rq->arena, rq->who.project, -1, SPAN(""), PROJECTS_MAX, &list, err);
        for (size_t i = 0; ok && i < list.count; i++)
            ok = project_choices(rq, db, list.items[i].name, PROJECT_RUNS_MAX, w, err);
    }
    jsonw_end_arr(w);
    free(list.items);
    return ok;
}

static void url_write(struct jsonw *w, const char *key, const char *path, struct span base, struct span head)
{
    struct sb url = { 0 };
    sb_printf(&url, "%s?base=", path);
    url_encode(&url, base);
    sb_adds(&url, "&head=");
    url_encode(&url, head);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

/* One graph of both: the uploads whose stacks were compared. */
static void flame_write(struct jsonw *w, const struct json *doc, const struct asked *a)
{
    const struct json *b = json_path(doc, "base.stacks"), *h = json_path(doc, "head.stacks");
    struct span base = json_str(json_get(b, "profile")), head = json_str(json_get(h, "profile"));
    bool both = base.len > 0 && head.len > 0;
    bool scale = span_eq(json_str(json_get(b, "unit")), json_str(json_get(h, "unit"))) &&
                 span_eq(json_str(json_get(b, "clock")), json_str(json_get(h, "clock")));
    jsonw_bool(w, "flame_apart", both && !scale);
    if (both) {
        json_url(w, "base_flame_url", "/profiles/", base, "/flame");
        json_url(w, "head_flame_url", "/profiles/", head, "/flame");
    }
    if (!both || !scale || !json_bool(json_path(doc, "comparable.functions"), false)) {
        jsonw_null(w, "flame");
        return;
    }
    jsonw_obj(w, "flame");
    jsonw_str(w, "project", a->ids[1].project);
    jsonw_str(w, "run", a->ids[1].run);
    jsonw_bool(w, "may_write", false);
    jsonw_arr(w, "graphs");
    jsonw_obj(w, NULL);
    jsonw_str(w, "id", head);
    jsonw_str(w, "name", json_str(json_get(h, "artefact")));
    jsonw_str(w, "clock", json_str(json_get(h, "clock")));
    url_write(w, "url", "/api/v1/compare/flame", base, head);
    json_url(w, "picture_url", "/api/v1/profiles/", head, "/flamegraph.svg");
    json_url(w, "page_url", "/profiles/", head, "/flame");
    jsonw_end_obj(w);
    jsonw_end_arr(w);
    jsonw_arr(w, "profiles");
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

static bool page_write(struct request *rq, struct sql *db, const struct asked *a, const struct json *doc,
                       struct sb *body, struct err *err)
{
    struct sb text = { 0 };
    struct json *in = NULL;
    struct jsonw w = { .out = &text };
    jsonw_obj(&w, NULL);
    json_text(&w, "base", a->base);
    json_text(&w, "head", a->head);
    json_text(&w, "project", a->project);
    if (a->project.len > 0)
        json_url(&w, "project_url", "/projects/", a->project, "");
    if (a->problem) {
        jsonw_obj(&w, "problem");
        jsonw_strz(&w, "detail", a->problem);
        jsonw_end_obj(&w);
    }
    if (a->both) {
        url_write(&w, "swap_url", "/compare", a->head, a->base);
        url_write(&w, "json_url", "/api/v1/compare", a->base, a->head);
    }
    if (doc)
        flame_write(&w, doc, a);
    bool ok = choices_write(rq, db, a, &w, err);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    ok = ok && json_parse(sb_span(&text), DOC_DEPTH_MAX, &in, err) && report_compare_page(doc, in, body, err);
    json_free(in);
    sb_release(&text);
    return ok;
}

/* --- rendering --- */

static bool form_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    return page_write(rq, db, user, NULL, body, err);
}

static bool compared_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct asked *a = user;
    struct sb text = { 0 };
    struct json *doc = NULL;
    bool ok = compare_stored(rq, db, &a->ids[0], &a->ids[1], &text, err) &&
              json_parse(sb_span(&text), DOC_DEPTH_MAX, &doc, err) && page_write(rq, db, a, doc, body, err);
    json_free(doc);
    sb_release(&text);
    return ok;
}

/* Whose runs are offered: those of the two, or of the project that the reader comes from. */
static void project_choose(struct request *rq, struct asked *a)
{
    struct span wanted = pairs_get(&rq->query, "project");
    struct err none = ERR_INIT;
    if (a->both)
        a->project = span_eq(a->ids[0].project, a->ids[1].project) ? a->ids[0].project : SPAN("");
    else if (wanted.ptr && name_project(wanted, &none) && access_sees(rq, wanted))
        a->project = wanted;
}

static bool asked_read(struct request *rq, struct asked *a, struct err *err)
{
    static const char *const names[] = { "base", "head" };
    struct span *texts[] = { &a->base, &a->head };
    unsigned said = 0;
    for (int i = 0; i < 2; i++) {
        struct span text = pairs_get(&rq->query, names[i]);
        *texts[i] = text.ptr ? span_trim(text) : SPAN("");
        if (texts[i]->len == 0)
            continue;
        if (!compare_id_find(rq, rq->db, names[i], *texts[i], &a->ids[i], err))
            return false;
        said++;
        a->project = a->ids[i].project;
    }
    a->both = said == 2;
    project_choose(rq, a);
    return true;
}

bool h_page_compare(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked a = { .project = SPAN("") };
    if (!asked_read(rq, &a, err))
        return false;
    if (!a.both)
        return page_reply(rq, rp, HTML, "compare form", form_render, &a, err);
    if (page_reply(rq, rp, HTML, "compare", compared_render, &a, err))
        return true;
    if (err->code != ERR_UNIT)
        return false;
    /* Refused in words, with the form to choose others. */
    a.problem = arena_dup(&rq->arena, span_of(err->text));
    *err = ERR_INIT;
    reply_type(rp, 422, HTML);
    return page_render(rq, form_render, &a, &rp->body, err);
}
