/* The page that takes files: projects to choose from, what can be read. */
#include "base/json.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "import/importer.h"
#include "report/pages.h"
#include "version.h"

enum { DOC_DEPTH_MAX = 64, PROJECTS_MAX = 200 };

static void formats_write(struct jsonw *w)
{
    jsonw_arr(w, "formats");
    for (size_t i = 0; i < importer_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", importers[i]->name);
        jsonw_strz(w, "title", importers[i]->title);
        jsonw_strz(w, "proves", importers[i]->proves);
        jsonw_strz(w, "cannot", importers[i]->cannot);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void page_write(const struct request *rq, const struct store_projects *list, struct sb *out)
{
    struct jsonw w = { .out = out };
    struct sb base = { 0 };
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "upload_action", "/upload");
    json_text(&w, "project", pairs_get(&rq->query, "project"));
    json_text(&w, "run", pairs_get(&rq->query, "run"));
    jsonw_arr(&w, "projects");
    for (size_t i = 0; i < list->count; i++)
        jsonw_str(&w, NULL, list->items[i].name);
    jsonw_end_arr(&w);
    jsonw_int(&w, "limit_bytes", (int64_t)rq->service->limits.upload_bytes);
    request_base(rq, &base);
    jsonw_str(&w, "base_url", sb_span(&base));
    sb_release(&base);
    formats_write(&w);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
}

static bool upload_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct store_projects list = { 0 };
    struct sb in = { 0 };
    struct json *doc = NULL;
    (void)user;
    bool ok = store_projects(db, &rq->arena, rq->who.project, -1, SPAN(""), PROJECTS_MAX, &list, err);
    if (ok)
        page_write(rq, &list, &in);
    ok = ok && json_parse(sb_span(&in), DOC_DEPTH_MAX, &doc, err) && report_page_upload(doc, body, err);
    json_free(doc);
    sb_release(&in);
    freep(&list.items);
    return ok;
}

bool h_page_upload(struct request *rq, struct reply *rp, struct err *err)
{
    struct sb variant = { 0 };
    /* The address that the page shows is the one that it was asked by. */
    sb_adds(&variant, "upload ");
    request_base(rq, &variant);
    bool ok = page_reply(rq, rp, "text/html; charset=utf-8", sb_cstr(&variant), upload_render, NULL, err);
    sb_release(&variant);
    return ok;
}
