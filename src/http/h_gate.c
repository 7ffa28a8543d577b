/* The gate of a project: that of its open proposals, else of a run's analysis, which nobody asked about. */
#include <stdlib.h>

#include "base/json.h"
#include "http/decide.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/waive.h"
#include "http/watch.h"
#include "report/report.h"

enum { FILES_MAX = 500, PROPOSALS_MAX = 100, DOC_DEPTH_MAX = 128 };

/* What is answered: an analysis, or a decision (or the want of one) of an open proposal. */
struct gate {
    struct span project, run, gate, verdict, summary, doc;
    int64_t revision;
    struct span decision, proposal, status; /* of the proposal that is shown; "" none */
    struct store_proposals open;
    struct span *gates; /* one an open proposal */
    struct waive waive;
    bool asked, closed;
};

static bool is_open(struct span gate)
{
    return span_is(gate, "pass") || span_is(gate, "waived");
}

static void url_write(struct jsonw *w, const struct gate *g)
{
    struct sb url = { 0 };
    if (g->decision.len > 0) {
        sb_adds(&url, "/decisions/");
        url_encode(&url, g->decision);
    } else if (g->proposal.len > 0) {
        sb_adds(&url, "/api/v1/proposals/");
        url_encode(&url, g->proposal);
    } else {
        path_run(&url, g->project, g->run);
        if (g->revision > 0)
            sb_printf(&url, "?rev=%lld", (long long)g->revision);
    }
    jsonw_str(w, "url", sb_span(&url));
    sb_release(&url);
}

static void reasons_write(struct jsonw *w, const struct gate *g, const struct json *doc)
{
    jsonw_arr(w, "reasons");
    if (!doc)
        jsonw_str(w, NULL, span_from(g->summary, sizeof "Not decided yet: " - 1));
    if (span_is(g->status, "reopened"))
        jsonw_strz(w, NULL, "The decision was re-opened; its verdict stays until it is decided again.");
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        struct sb text = { 0 };
        struct span reason = json_str(json_get(r, "reason"));
        if (json_num(json_get(r, "value"), 0) < 1 || reason.len == 0)
            continue;
        sb_printf(&text, "%.*s: %.*s", SPAN_FMT(json_str(json_get(r, "id"))), SPAN_FMT(reason));
        jsonw_str(w, NULL, sb_span(&text));
        sb_release(&text);
    }
    jsonw_end_arr(w);
}

static void proposals_write(struct jsonw *w, const struct gate *g)
{
    jsonw_arr(w, "proposals");
    for (size_t i = 0; i < g->open.count; i++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", g->open.items[i].id);
        jsonw_str(w, "title", g->open.items[i].title);
        json_text(w, "decision", g->open.items[i].decision);
        jsonw_str(w, "gate", g->gates[i]);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void gate_members(struct jsonw *w, const struct gate *g, const struct json *doc)
{
    jsonw_str(w, "gate", g->gate);
    jsonw_str(w, "verdict", g->verdict);
    reasons_write(w, g, doc);
    url_write(w, g);
    jsonw_str(w, "project", g->project);
    json_text(w, "run", g->run);
    jsonw_int(w, "revision", g->revision);
    jsonw_strz(w, "stage", g->proposal.len > 0 ? "decision" : "evidence");
    jsonw_bool(w, "asked", g->asked);
    json_text(w, "decision", g->decision);
    json_text(w, "proposal", g->proposal);
    json_text(w, "decision_status", g->status);
    jsonw_str(w, "summary", g->summary);
    proposals_write(w, g);
    waive_counts(&g->waive, w);
    jsonw_int(w, "exit_code", is_open(g->gate) ? 0 : span_is(g->gate, "fail") ? 1 : 2);
}

static bool gate_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct gate *g = user;
    struct json *doc = NULL;
    (void)db;
    if (g->doc.len > 0 && !json_parse(g->doc, DOC_DEPTH_MAX, &doc, err))
        return false;
    struct jsonw w = { .out = body };
    jsonw_obj(&w, NULL);
    if (g->closed)
        problem_members(&w, 409, "gate_closed", arena_dup(&rq->arena, g->summary));
    gate_members(&w, g, doc);
    jsonw_end_obj(&w);
    json_free(doc);
    return true;
}

static bool markdown_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct gate *g = user;
    struct json *doc = NULL;
    struct sb base = { 0 };
    struct sb url = { 0 };
    (void)db;
    request_base(rq, &base);
    sb_adds(&url, "/decisions/");
    url_encode(&url, g->decision);
    struct report_markdown_options opt = { .base_url = sb_cstr(&base), .path = sb_cstr(&url) };
    bool ok = json_parse(g->doc, DOC_DEPTH_MAX, &doc, err) && report_gate_markdown(doc, &opt, body, err);
    json_free(doc);
    sb_release(&base);
    sb_release(&url);
    return ok;
}

/* --- of a run --- */

/* Why a run has no analysis yet. */
static struct span gate_pending(struct request *rq, const struct store_run *run)
{
    struct store_profiles files = { 0 };
    struct err none = ERR_INIT;
    bool failed = store_profiles(rq->db, &rq->arena, run->project, run->name, -1, SPAN(""), FILES_MAX, &files, &none) &&
                  files.count > 0;
    for (size_t i = 0; i < files.count; i++)
        failed = failed && span_is(files.items[i].status, "failed");
    freep(&files.items);
    return failed ? SPAN("Not decided yet: no file of the run could be read.")
                  : SPAN("Not decided yet: the analysis is under way.");
}

static bool run_gate(struct request *rq, struct span name, struct gate *g, struct store_analysis *ret, struct err *err)
{
    struct store_run run;
    struct err none = ERR_INIT;
    if (!store_run_get(rq->db, &rq->arena, g->project, name, &run, err))
        return false;
    g->run = run.name;
    analysis_freshen(rq, &run);
    *ret = (struct store_analysis){ .project = g->project, .run = run.name, .doc = SPAN("") };
    if (store_analysis_get(rq->db, &rq->arena, g->project, run.name, 0, ret, &none)) {
        g->revision = ret->revision;
        g->verdict = ret->verdict;
        g->summary = ret->summary;
        return waive_doc(rq->db, &rq->arena, ret, g->asked, rq->now_us, &g->doc, &g->gate, err);
    }
    g->gate = SPAN("insufficient");
    g->verdict = SPAN("insufficient_evidence");
    g->summary = gate_pending(rq, &run);
    g->doc = SPAN("");
    if (none.code != ERR_NOT_FOUND)
        *err = none;
    return none.code == ERR_NOT_FOUND;
}

/* --- of the open proposals --- */

static int weight(struct span gate)
{
    return is_open(gate) ? 0 : span_is(gate, "fail") ? 2 : 1;
}

static bool proposal_gate(struct request *rq, struct gate *g, size_t at, struct span run, struct store_decision *ret,
                          struct err *err)
{
    const struct store_proposal *p = &g->open.items[at];
    *ret = (struct store_decision){ .gate = SPAN("") };
    g->gates[at] = SPAN("insufficient");
    if (p->decision.len == 0)
        return true;
    if (!store_decision_get(rq->db, &rq->arena, p->decision, ret, err) ||
        !decision_gate(rq->db, &rq->arena, ret, rq->now_us, &g->gates[at], err))
        return false;
    if (run.len > 0 && !span_eq(run, ret->run))
        ret->id = SPAN("");
    return true;
}

static void proposal_show(struct request *rq, struct gate *g, size_t at, const struct store_decision *d)
{
    const struct store_proposal *p = &g->open.items[at];
    struct sb text = { 0 };
    g->proposal = p->id;
    g->gate = g->gates[at];
    g->decision = d->id;
    g->run = d->run;
    g->verdict = d->id.len > 0 ? d->verdict : SPAN("insufficient_evidence");
    g->status = d->status;
    g->doc = d->doc.ptr ? waive_shown(&rq->arena, d->doc, &g->waive, true, span_is(g->gate, "waived")) : SPAN("");
    sb_printf(&text, "Not decided yet: proposal '%.*s' is open; POST /api/v1/proposals/%.*s/decide.",
              SPAN_FMT(span_sub(p->title, 0, 120)), SPAN_FMT(p->id));
    g->summary = d->id.len > 0 ? d->summary : arena_span(&rq->arena, sb_span(&text));
    sb_release(&text);
}

/* All open proposals count, and the worst of them is shown: a gate is open when each of them may go on. With a run, only
 * those that were decided on it. */
static bool proposals_gate(struct request *rq, struct span run, struct gate *g, bool *ret_shown, struct err *err)
{
    int worst = -1;
    *ret_shown = false;
    g->gates = ARENA_ARRAY(&rq->arena, g->open.count + 1, struct span);
    for (size_t i = 0; i < g->open.count; i++) {
        struct store_decision d;
        if (!proposal_gate(rq, g, i, run, &d, err))
            return false;
        if ((run.len > 0 && d.id.len == 0) || weight(g->gates[i]) <= worst)
            continue;
        worst = weight(g->gates[i]);
        proposal_show(rq, g, i, &d);
        *ret_shown = true;
    }
    return true;
}

static void only_one(struct gate *g, struct span id)
{
    size_t n = 0;
    for (size_t i = 0; i < g->open.count; i++) {
        if (span_eq(g->open.items[i].id, id))
            g->open.items[n++] = g->open.items[i];
    }
    g->open.count = n;
}

static bool gate_reply(struct request *rq, struct reply *rp, struct span run, bool enforce, struct gate *g,
                       struct err *err)
{
    struct store_analysis a = { 0 };
    struct span only = pairs_get(&rq->query, "proposal");
    bool shown = false;
    if (!waive_load(rq->db, &rq->arena, g->project, rq->now_us, &g->waive, err) ||
        !store_proposal_list(rq->db, &rq->arena, g->project, SPAN("open"), PROPOSALS_MAX, &g->open, err))
        return false;
    if (only.len > 0)
        only_one(g, only);
    g->asked = enforce || g->open.count > 0;
    if (!proposals_gate(rq, run, g, &shown, err) || (!shown && !run_gate(rq, run, g, &a, err)))
        return false;
    g->closed = enforce && !is_open(g->gate);
    rp->status = g->closed ? 409 : 200;
    if (request_accepts(rq, "text/markdown") && g->doc.len > 0) {
        if (!shown)
            return markdown_reply(rq, rp, &a, SPAN(""), true, err);
        rp->type = "text/markdown; charset=utf-8";
        return page_render(rq, markdown_render, g, &rp->body, err);
    }
    rp->type = g->closed ? "application/problem+json" : "application/json";
    return page_render(rq, gate_render, g, &rp->body, err);
}

bool h_gate(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_project p;
    struct span run = pairs_get(&rq->query, "run");
    struct span enforce = pairs_get(&rq->query, "enforce");
    if (enforce.ptr && !span_is(enforce, "0") && !span_is(enforce, "1"))
        return err_set(err, ERR_BAD_REQUEST, "enforce: want 0 or 1");
    if ((run.len > 0 && !name_key("run", run, err)) || !project_find(rq, request_param(rq, "project"), &p, err))
        return false;
    struct gate g = { .project = p.name,
                      .run = SPAN(""),
                      .doc = SPAN(""),
                      .decision = SPAN(""),
                      .proposal = SPAN(""),
                      .status = SPAN("") };
    bool ok = gate_reply(rq, rp, run.ptr ? run : SPAN(""), span_is(enforce, "1"), &g, err);
    waive_release(&g.waive);
    freep(&g.open.items);
    return ok;
}
