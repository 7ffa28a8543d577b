/* The numbers of a proposal's text, checked and held against a run. Nothing is stored. */
#include "base/json.h"
#include "base/num.h"
#include "claims/claims.h"
#include "http/pages.h"
#include "http/reply.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"

enum { DOC_DEPTH_MAX = 64 };

struct claims_job {
    struct span text;
    struct span run; /* empty = none */
    bool plain;
};

static bool evidence_of_run(struct request *rq, struct sql *db, struct span run, struct claims_evidence *ret,
                            struct err *err)
{
    struct span project = request_param(rq, "project");
    struct store_run found;
    struct store_analysis a;
    CLEANUP(json_freep) struct json *doc = NULL;
    if (!name_key("run", run, err) || !store_run_get(db, &rq->arena, project, run, &found, err) ||
        !store_analysis_get(db, &rq->arena, project, found.name, 0, &a, err) ||
        !json_parse(a.doc, DOC_DEPTH_MAX, &doc, err))
        return false;
    claims_evidence_read(doc, ret);
    return true;
}

/* Runs on a job thread: the web server's own stacks are small. */
static bool claims_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct claims_job *job = user;
    struct claims_evidence ev;
    CLEANUP(claims_freep) struct claims *c = NULL;
    bool held = job->run.len > 0;
    if ((held && !evidence_of_run(rq, db, job->run, &ev, err)) || !claims_read(job->text, held ? &ev : NULL, &c, err))
        return false;
    if (job->plain)
        claims_text(c, SPAN(""), body);
    else
        claims_json(c, SPAN(""), body);
    return true;
}

bool h_claims(struct request *rq, struct reply *rp, struct err *err)
{
    struct claims_job job = { .run = pairs_get(&rq->query, "run") };
    if (!name_project(request_param(rq, "project"), err) || !body_small(rq, CLAIMS_BYTES_MAX, &job.text, err))
        return false;
    if (span_trim(job.text).len == 0)
        return err_set(err, ERR_BAD_REQUEST, "want the proposal's text (Markdown) as the body");
    job.plain = request_accepts(rq, "text/plain");
    reply_type(rp, 200, job.plain ? "text/plain; charset=utf-8" : "application/json");
    return page_render(rq, claims_render, &job, &rp->body, err);
}
