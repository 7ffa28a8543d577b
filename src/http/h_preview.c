/* What a proposal would come to, while it is still being written. Nothing is stored. */
#include "base/jcanon.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "http/body.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/proposals.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/editor.h"

/* Enough for two digits of a chance; a tenth of what a decision draws. */
enum { DRAWS_DEFAULT = 10000, DRAWS_TOP = 100000, DOC_DEPTH_MAX = 128 };

struct preview {
    struct store_proposal proposal; /* as if it had been sent just now */
    struct basis_wish wish;
    struct field_errors errors;
    bool brief; /* words and pictures, without the document */
};

static bool preview_decide(struct request *rq, struct sql *db, struct preview *p, struct sb *doc, struct err *err)
{
    struct basis b = { 0 };
    struct decide_verdict *v = xcalloc(1, sizeof *v);
    bool ok = basis_gather(&rq->service->decider, db, &p->proposal, &p->wish, rq->now_us, &b, err) &&
              basis_decide(&rq->service->decider, &b, doc, v, err);
    basis_release(&b);
    freep(&v);
    return ok;
}

static bool preview_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct preview *p = user;
    struct proposal *judged = NULL;
    CLEANUP(json_freep) struct json *doc = NULL;
    struct sb text = { 0 };
    bool ok = proposal_judge(p->proposal.doc, &judged, &p->errors, err);
    proposal_free(judged);
    ok = ok && preview_decide(rq, db, p, &text, err) && json_parse(sb_span(&text), DOC_DEPTH_MAX, &doc, err);
    if (ok) {
        struct jsonw w = { .out = body };
        jsonw_obj(&w, NULL);
        jsonw_strz(&w, "schema", "stet/preview/1");
        jsonw_int(&w, "draws", p->wish.draws);
        json_text(&w, "run", json_str(json_get(doc, "run")));
        ok = report_preview(doc, &w, err);
        if (!p->brief)
            jsonw_raw(&w, "decision", span_trim(sb_span(&text)));
        jsonw_end_obj(&w);
    }
    sb_release(&text);
    return ok;
}

/* The document as it was written: what it hashes to, and so its seed, must be what a stored one has. */
static bool proposal_text(struct span body, struct span *ret, struct err *err)
{
    struct span rest = span_from(span_trim(body), 1);
    struct jcanon_member m;
    while (jcanon_member_next(&rest, &m)) {
        if (span_is(m.key, "proposal") && m.value.len > 0 && m.value.ptr[0] == '{') {
            *ret = m.value;
            return true;
        }
    }
    return err_set(err, ERR_VALUE, "proposal: want the document, an object of schema stet/proposal/1");
}

static bool wish_read(struct request *rq, const struct json *body, struct preview *p, struct err *err)
{
    p->wish.draws = DRAWS_DEFAULT;
    p->wish.no_run = json_kind_of(json_get(body, "run")) == JSON_NULL;
    if (!body_member(rq, body, "run", 100, false, &p->wish.run, err) || !proposal_wish_read(body, &p->wish, err))
        return false;
    if (p->wish.draws > DRAWS_TOP)
        return err_set(err, ERR_VALUE, "draws: a preview takes at most %d", (int)DRAWS_TOP);
    p->brief = json_bool(json_get(body, "brief"), false);
    return p->wish.run.len == 0 || name_key("run", p->wish.run, err);
}

bool h_proposal_preview(struct request *rq, struct reply *rp, struct err *err)
{
    struct preview p = { .proposal = { .id = SPAN("preview"),
                                       .project = request_param(rq, "project"),
                                       .status = SPAN("open"),
                                       .version = 1,
                                       .version_us = rq->now_us } };
    struct span text = SPAN("");
    struct json *body = NULL;
    bool ok = name_project(p.proposal.project, err) && body_text(rq, &text, err) &&
              (span_trim(text).len > 0 || err_set(err, ERR_EMPTY, "the body is empty; want {\"proposal\": {...}}"));
    ok = ok && json_parse(text, rq->service->limits.json_depth, &body, err);
    if (!ok && err->code == ERR_MALFORMED)
        err->code = ERR_BAD_REQUEST;
    if (ok && json_kind_of(body) != JSON_OBJ)
        ok = err_set(err, ERR_BAD_REQUEST, "the body is not a JSON object");
    ok = ok && proposal_text(text, &p.proposal.doc, err) && wish_read(rq, body, &p, err);
    json_free(body);
    ok = ok && page_render(rq, preview_render, &p, &rp->body, err);
    if (!ok && p.errors.count > 0) {
        reply_field_errors(rp, err, &p.errors);
        ok = true;
    }
    field_errors_release(&p.errors);
    return ok;
}
