/* One upload: status, analysis, raw bytes, removal, joining a run. */
#include "base/clock.h"
#include "base/jsonw.h"
#include "http/ingest.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/waive.h"
#include "report/report.h"

/* The upload of {id}, when the token may see its project: an upload of another project is as good as none. */
static bool profile_find(struct request *rq, unsigned scope, struct store_profile *ret, struct err *err)
{
    struct span id = request_param(rq, "id");
    if (!store_profile_get(rq->db, &rq->arena, id, ret, err))
        return false;
    if (!access_sees(rq, ret->project))
        return err_set(err, ERR_NOT_FOUND, "there is no profile '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    return access_allowed(rq, scope, ret->project, err);
}

bool h_profile(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_profile p;
    struct store_pairs labels = { 0 };
    struct store_pairs facts = { 0 };
    bool ok = profile_find(rq, SCOPE_READ, &p, err) && store_labels(rq->db, &rq->arena, p.id, &labels, err) &&
              store_facts(rq->db, &rq->arena, p.id, &facts, err);
    if (ok) {
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        json_profile(&w, &p);
        json_pairs(&w, "labels", &labels);
        json_pairs(&w, "facts", &facts);
        jsonw_end_obj(&w);
    }
    freep(&labels.items);
    freep(&facts.items);
    return ok;
}

/* What is left of a set is analysed anew; nobody waits for it. */
static void rest_analyse(struct request *rq, struct span project, struct span run)
{
    struct ingest *g = NULL;
    struct store_analysis ignored;
    struct err later = ERR_INIT;
    if (ingest_start(rq->service, project, run, false, NULL, 0, &g, &later))
        (void)ingest_wait(g, 0, &rq->arena, &ignored, &later);
}

bool h_profile_delete(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_profile p;
    bool empty = false;
    if (!profile_find(rq, SCOPE_WRITE, &p, err) ||
        !store_delete_profile(rq->service->store, p.id, rq->now_us, &empty, err))
        return false;
    service_told(rq->service, "run", p.project, p.run);
    reply_type(rp, 204, NULL);
    if (!empty)
        rest_analyse(rq, p.project, p.run);
    return true;
}

bool analysis_reply(struct request *rq, struct reply *rp, const struct store_analysis *a, struct span profile_id,
                    struct err *err)
{
    if (request_accepts(rq, "text/markdown"))
        return markdown_reply(rq, rp, a, profile_id, false, err);
    struct span doc;
    if (!waive_doc(rq->db, &rq->arena, a, false, rq->now_us, &doc, NULL, err))
        return false;
    rp->type = "application/json";
    sb_add(&rp->body, doc);
    return true;
}

bool h_profile_analysis(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_profile p;
    struct store_analysis a;
    int64_t revision = 0;
    if (!request_revision(rq, &revision, err) || !profile_find(rq, SCOPE_READ, &p, err))
        return false;
    if (revision == 0 && span_is(p.status, "failed"))
        return err_set(err, (enum err_code)p.error_code, "%.*s", SPAN_FMT(p.error_text));
    return store_analysis_of(rq->db, &rq->arena, p.id, revision, &a, err) && analysis_reply(rq, rp, &a, p.id, err);
}

bool h_join(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_profile p;
    struct span project = request_param(rq, "project");
    struct span run = request_param(rq, "run");
    if (!name_project(project, err) || !name_key("run", run, err) || !profile_find(rq, SCOPE_UPLOAD, &p, err))
        return false;
    if (!span_eq(p.project, project))
        return err_set(err, ERR_NOT_FOUND, "the profile is in another project");
    if (!store_join(rq->service->store, p.id, run, rq->now_us, err))
        return false;
    service_told(rq->service, "run", project, run);
    struct store_run left;
    struct err none = ERR_INIT;
    if (!span_eq(p.run, run) && store_run_get(rq->db, &rq->arena, project, p.run, &left, &none) && left.profiles > 0)
        rest_analyse(rq, project, p.run);
    struct ingest *g = NULL;
    struct store_analysis a = { 0 };
    struct ingest_item item = { .id = p.id };
    if (!ingest_start(rq->service, project, run, false, &item, 1, &g, err))
        return false;
    enum ingest_end end = ingest_wait(g, config_int(rq->service->config, CONFIG_sync_s), &rq->arena, &a, err);
    struct span doc = SPAN("");
    if (end == INGEST_FAILED ||
        (end == INGEST_DONE && !waive_doc(rq->db, &rq->arena, &a, false, rq->now_us, &doc, NULL, err)))
        return false;
    reply_type(rp, end == INGEST_LATE ? 202 : 200, "application/json");
    struct sb url = { 0 };
    path_profile(&url, p.id, a.revision);
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "id", p.id);
    jsonw_str(&w, "url", sb_span(&url));
    jsonw_str(&w, "project", project);
    jsonw_str(&w, "run", run);
    jsonw_strz(&w, "status", end == INGEST_LATE ? "queued" : "done");
    if (end == INGEST_DONE)
        jsonw_raw(&w, "analysis", doc);
    jsonw_end_obj(&w);
    sb_release(&url);
    return true;
}

/* --- raw bytes --- */

static bool raw_part(struct request *rq, struct span id, int64_t k, struct span *ret, struct err *err)
{
    arena_release(&rq->arena);
    rq->arena = (struct arena){ 0 };
    return store_raw_part(rq->db, &rq->arena, id, k, ret, err);
}

bool h_raw(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_profile p;
    if (!profile_find(rq, SCOPE_READ, &p, err))
        return false;
    if (!p.raw_kept)
        return err_set(err, ERR_GONE, "the bytes were removed by age; the profile and its hash are kept");
    rp->type = "application/octet-stream";
    rp->sandbox = true;
    struct sb disposition = { 0 };
    sb_adds(&disposition, "attachment; filename*=UTF-8''");
    url_encode(&disposition, p.name);
    reply_header(rp, "Content-Disposition", sb_span(&disposition));
    sb_release(&disposition);
    struct sb etag = { 0 };
    sb_printf(&etag, "\"%.*s\"", SPAN_FMT(p.sha256));
    reply_header(rp, "ETag", sb_span(&etag));
    sb_release(&etag);
    /* The arena is emptied between parts, so the id must stand elsewhere. */
    sb_add(&rp->body, p.id);
    rp->part = raw_part;
    rp->part_key = sb_span(&rp->body);
    rp->part_bytes = (uint64_t)p.size_bytes;
    return true;
}
