/* What was told reaches the analysis that people look at: the run is analysed anew, and the answer says what came of it. */
#include "http/ingest.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/service.h"
#include "http/watch.h"

static void analysis_write(struct jsonw *w, const struct store_analysis *a, enum ingest_end end, const struct err *why)
{
    struct sb url = { 0 };
    jsonw_obj(w, "analysis");
    jsonw_str(w, "run", a->run);
    jsonw_strz(w, "status", end == INGEST_DONE ? "done" : end == INGEST_LATE ? "queued" : "failed");
    if (end == INGEST_DONE) {
        path_run(&url, a->project, a->run);
        sb_printf(&url, "?rev=%lld", (long long)a->revision);
        jsonw_int(w, "revision", a->revision);
        jsonw_str(w, "verdict", a->verdict);
        jsonw_str(w, "gate", a->gate);
        jsonw_str(w, "url", sb_span(&url));
    }
    if (end == INGEST_FAILED)
        jsonw_strz(w, "error", why->text);
    jsonw_end_obj(w);
    sb_release(&url);
}

bool analysis_again(struct request *rq, const struct store_run *run, struct jsonw *w)
{
    struct store_analysis a;
    return analysis_again_into(rq, run, w, &a);
}

bool analysis_again_into(struct request *rq, const struct store_run *run, struct jsonw *w, struct store_analysis *ret)
{
    struct store_analysis a = { 0 };
    *ret = a;
    struct ingest *g = NULL;
    struct err why = ERR_INIT;
    if (!run) {
        jsonw_null(w, "analysis");
        return false;
    }
    bool asked = store_analysis_get(rq->db, &rq->arena, run->project, run->name, 0, &a, &why) &&
                 span_find(a.doc, 0, SPAN("\"asked\":true")) < a.doc.len;
    why = ERR_INIT;
    enum ingest_end end = INGEST_FAILED;
    if (ingest_start(rq->service, run->project, run->name, asked, NULL, 0, &g, &why))
        end = ingest_wait(g, config_int(rq->service->config, CONFIG_sync_s), &rq->arena, &a, &why);
    a.project = run->project;
    a.run = run->name;
    analysis_write(w, &a, end, &why);
    if (end == INGEST_DONE)
        *ret = a;
    return end == INGEST_DONE;
}

/* --- exemptions that ended --- */

struct ended {
    struct span project;
    int64_t made_us;
    bool since;
};

static bool ended_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct ended *e = user;
    struct arena arena = { 0 };
    struct project_rules rules;
    (void)body;
    bool ok = project_rules_load(db, &arena, e->project, &rules, err);
    e->since = ok && project_rules_ended(&rules, e->made_us, rq->now_us) > e->made_us;
    project_rules_release(&rules);
    arena_release(&arena);
    return ok;
}

void analysis_freshen(struct request *rq, const struct store_run *run)
{
    struct store_policy held;
    struct store_analysis a;
    struct ingest *g = NULL;
    struct err none = ERR_INIT;
    struct sb ignored = { 0 };
    if (!store_policy_get(rq->db, &rq->arena, run->project, 0, &held, &none) ||
        !store_analysis_get(rq->db, &rq->arena, run->project, run->name, 0, &a, &none))
        return;
    struct ended e = { .project = run->project, .made_us = a.created_us };
    bool asked = span_find(a.doc, 0, SPAN("\"asked\":true")) < a.doc.len;
    if (page_render(rq, ended_render, &e, &ignored, &none) && e.since &&
        ingest_start(rq->service, run->project, run->name, asked, NULL, 0, &g, &none))
        (void)ingest_wait(g, config_int(rq->service->config, CONFIG_sync_s), &rq->arena, &a, &none);
    sb_release(&ignored);
}
