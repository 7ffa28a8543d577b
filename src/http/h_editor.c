/* Where a proposal is written: the form, new or filled from a stored one, and what it posts without scripts. */
#include <string.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "http/access.h"
#include "http/form_doc.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/proposals.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "report/editor.h"
#include "version.h"

enum { DOC_DEPTH_MAX = 128, RUNS_SHOWN = 100, MATCH_MAX = 32 };
#define HTML "text/html; charset=utf-8"

struct editing {
    struct span project, id, run; /* id "" = a new one */
    struct store_proposal stored;
    struct span document;       /* "" = made from the query */
    const struct pairs *values; /* of a form that could not be taken */
    const struct field_errors *errors;
    bool may_write;
};

static struct span query(const struct request *rq, const char *name)
{
    struct span v = pairs_get(&rq->query, name);
    return v.ptr ? v : SPAN("");
}

/* --- a new document, out of the address --- */

/* What the newest recording says the program is written in. */
static struct span runtime_of(struct request *rq, struct sql *db, const struct editing *e)
{
    struct store_analysis a;
    struct err none = ERR_INIT;
    CLEANUP(json_freep) struct json *doc = NULL;
    if (!store_analysis_get(db, &rq->arena, e->project, e->run, 0, &a, &none) ||
        !json_parse(a.doc, DOC_DEPTH_MAX, &doc, &none))
        return SPAN("");
    for (const struct json *f = json_first(json_get(doc, "artefacts")); f; f = json_next(f)) {
        struct span runtime = json_str(json_get(f, "runtime"));
        if (runtime.len > 0 && !span_is(runtime, "unknown"))
            return arena_span(&rq->arena, runtime);
    }
    return SPAN("");
}

static void component_write(const struct request *rq, struct jsonw *w, struct span name)
{
    unsigned n = 0;
    jsonw_arr(w, "components");
    jsonw_obj(w, NULL);
    jsonw_str(w, "name", name);
    jsonw_arr(w, "match");
    for (size_t i = 0; i < rq->query.count && n < MATCH_MAX; i++) {
        if (span_is(rq->query.items[i].name, "match") && rq->query.items[i].value.len > 0) {
            jsonw_str(w, NULL, rq->query.items[i].value);
            n++;
        }
    }
    jsonw_end_arr(w);
    jsonw_text(w, "workload_class", query(rq, "workload_class"));
    jsonw_end_obj(w);
    jsonw_end_arr(w);
}

static struct span document_new(struct request *rq, struct sql *db, const struct editing *e)
{
    struct sb out = { 0 };
    struct jsonw w = { .out = &out };
    struct span name = query(rq, "name"), match = query(rq, "match"), kind = query(rq, "kind");
    struct span from = runtime_of(rq, db, e);
    bool part = name.len > 0 || match.len > 0;
    name = name.len > 0 ? name : match;
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/proposal/1");
    jsonw_str(&w, "title", query(rq, "title"));
    if (kind.len > 0 || part)
        jsonw_str(&w, "kind", kind.len > 0 ? kind : SPAN("native_extension"));
    if (from.len > 0)
        jsonw_str(&w, "from", from);
    if (part)
        component_write(rq, &w, name);
    jsonw_end_obj(&w);
    struct span kept = arena_span(&rq->arena, sb_span(&out));
    sb_release(&out);
    return kept;
}

/* --- the page --- */

static bool runs_write(struct request *rq, struct sql *db, struct span project, struct jsonw *w, struct err *err)
{
    struct store_runs runs = { 0 };
    bool ok = store_runs(db, &rq->arena, project, RUNS_SHOWN, &runs, err);
    jsonw_arr(w, "runs");
    for (size_t i = 0; ok && i < runs.count; i++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "run", runs.items[i].name);
        json_text(w, "verdict", runs.items[i].newest.revision > 0 ? runs.items[i].newest.verdict : SPAN(""));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    freep(&runs.items);
    return ok;
}

static void faults_write(struct jsonw *w, const struct editing *e)
{
    if (e->values) {
        jsonw_obj(w, "values");
        for (size_t i = 0; i < e->values->count; i++) {
            struct sb name = { 0 };
            sb_add(&name, e->values->items[i].name);
            jsonw_str(w, sb_cstr(&name), e->values->items[i].value);
            sb_release(&name);
        }
        jsonw_end_obj(w);
    }
    jsonw_arr(w, "errors");
    for (size_t i = 0; e->errors && i < e->errors->count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "field", e->errors->items[i].field);
        jsonw_strz(w, "text", e->errors->items[i].text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void urls_write(struct jsonw *w, const struct editing *e)
{
    struct sb upload = { 0 };
    json_url(w, "project_url", "/projects/", e->project, "");
    json_url(w, "proposals_url", "/projects/", e->project, "/proposals");
    json_url(w, "preview_url", "/api/v1/projects/", e->project, "/proposals/preview");
    json_url(w, "claims_url", "/api/v1/projects/", e->project, "/claims");
    jsonw_strz(w, "facts_url", "/api/v1/facts");
    sb_adds(&upload, "/upload?project=");
    url_encode(&upload, e->project);
    jsonw_str(w, "upload_url", sb_span(&upload));
    sb_release(&upload);
    if (e->id.len > 0) {
        json_url(w, "action", "/proposals/", e->id, "/edit");
        json_url(w, "save_url", "/api/v1/proposals/", e->id, "");
        json_url(w, "url", "/proposals/", e->id, "");
    } else {
        json_url(w, "action", "/projects/", e->project, "/proposals/new");
        json_url(w, "save_url", "/api/v1/projects/", e->project, "/proposals");
    }
}

static bool editor_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct editing *e = user;
    struct sb in = { 0 };
    struct jsonw w = { .out = &in };
    CLEANUP(json_freep) struct json *own = NULL;
    CLEANUP(json_freep) struct json *doc = NULL;
    struct err broken = ERR_INIT;
    struct span text = e->document.ptr ? e->document : e->id.len > 0 ? e->stored.doc : document_new(rq, db, e);
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", e->project);
    jsonw_str(&w, "title", e->stored.title.len > 0 ? e->stored.title : SPAN("A proposal without a title"));
    json_text(&w, "id", e->id);
    jsonw_int(&w, "version_no", e->stored.version);
    jsonw_str(&w, "run", e->run);
    jsonw_bool(&w, "may_write", e->may_write);
    jsonw_strz(&w, "version", STET_VERSION);
    urls_write(&w, e);
    jsonw_str(&w, "document_text", text);
    if (json_parse_wide(text, DOC_DEPTH_MAX, &own, &broken) && json_kind_of(own) == JSON_OBJ)
        jsonw_raw(&w, "document", text);
    faults_write(&w, e);
    bool ok = runs_write(rq, db, e->project, &w, err);
    jsonw_end_obj(&w);
    ok = ok && json_parse_wide(sb_span(&in), DOC_DEPTH_MAX + 4, &doc, err) && report_page_proposal_edit(doc, body, err);
    sb_release(&in);
    return ok;
}

static bool may_write(const struct request *rq, struct span project)
{
    struct err none = ERR_INIT;
    return access_allowed(rq, SCOPE_WRITE, project, &none);
}

bool h_page_proposal_new(struct request *rq, struct reply *rp, struct err *err)
{
    struct editing e = { .project = request_param(rq, "project"), .run = query(rq, "run") };
    e.may_write = may_write(rq, e.project);
    return name_project(e.project, err) && (e.run.len == 0 || name_key("run", e.run, err)) &&
           page_reply(rq, rp, HTML, NULL, editor_render, &e, err);
}

bool h_page_proposal_edit(struct request *rq, struct reply *rp, struct err *err)
{
    struct editing e = { .id = request_param(rq, "id"), .run = query(rq, "run") };
    if (!proposal_find(rq, SCOPE_READ, 0, &e.stored, err))
        return false;
    e.project = e.stored.project;
    e.may_write = may_write(rq, e.project);
    return page_reply(rq, rp, HTML, NULL, editor_render, &e, err);
}

/* --- the form without scripts --- */

struct posted {
    struct editing e;
    struct pairs form;
    struct field_errors errors;
    struct sb document;
};

static bool document_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct posted *p = user;
    (void)db;
    (void)body;
    return form_doc_read(&rq->arena, &p->form, &p->document, &p->errors, err);
}

static bool decided_redirect(struct request *rq, struct reply *rp, struct span proposal, struct span run,
                             struct err *err)
{
    struct decide_order order = { .proposal = proposal, .by = rq->who.name, .wish = { .run = run } };
    struct store_decision made;
    bool duplicate = false;
    if (!proposal_decide(rq, &order, &made, &duplicate, err))
        return false;
    struct sb url = { 0 };
    sb_adds(&url, "/decisions/");
    url_encode(&url, made.id);
    reply_redirect(rp, sb_span(&url));
    sb_release(&url);
    return true;
}

static bool form_text(struct request *rq, struct pairs *form, struct err *err)
{
    struct span body = SPAN("");
    return body_small(rq, rq->service->limits.json_body_bytes, &body, err) && pairs_decode(form, &rq->arena, body, err);
}

/* The form again, with what is wrong beside its fields. */
static bool form_again(struct request *rq, struct reply *rp, struct posted *p, struct err *err)
{
    bool fields = !span_is(pairs_get(&p->form, "source"), "document");
    p->e.values = fields ? &p->form : NULL;
    p->e.errors = &p->errors;
    p->e.document = pairs_get(&p->form, "document");
    p->e.document = p->e.document.ptr ? p->e.document : SPAN("{}");
    struct err none = ERR_INIT;
    (void)err;
    if (!page_render(rq, editor_render, &p->e, &rp->body, &none)) {
        *err = none;
        return false;
    }
    reply_type(rp, 422, HTML);
    return true;
}

static bool form_send(struct request *rq, struct reply *rp, struct posted *p, struct err *err)
{
    struct proposal_sent s = { .project = p->e.project, .id = p->e.id };
    struct sb none = { 0 };
    p->e.run = span_trim(pairs_get(&p->form, "run"));
    bool ok = (p->e.run.len == 0 || name_key("run", p->e.run, err)) && page_render(rq, document_render, p, &none, err);
    if (ok) {
        s.text = sb_span(&p->document);
        ok = proposal_send(rq, &s, err);
        if (s.errors.count > 0) {
            field_errors_release(&p->errors);
            p->errors = s.errors;
        }
    }
    if (!ok)
        return p->errors.count > 0 && form_again(rq, rp, p, err);
    if (span_is(pairs_get(&p->form, "then"), "decide"))
        return decided_redirect(rq, rp, s.stored.id, p->e.run, err);
    struct sb url = { 0 };
    sb_adds(&url, "/proposals/");
    url_encode(&url, s.stored.id);
    reply_redirect(rp, sb_span(&url));
    sb_release(&url);
    return true;
}

static bool form_post(struct request *rq, struct reply *rp, struct posted *p, struct err *err)
{
    p->e.may_write = true;
    bool ok = form_text(rq, &p->form, err) && form_send(rq, rp, p, err);
    field_errors_release(&p->errors);
    pairs_release(&p->form);
    sb_release(&p->document);
    return ok;
}

bool h_form_proposal_new(struct request *rq, struct reply *rp, struct err *err)
{
    struct posted p = { .e = { .project = request_param(rq, "project") } };
    return name_project(p.e.project, err) && form_post(rq, rp, &p, err);
}

bool h_form_proposal_edit(struct request *rq, struct reply *rp, struct err *err)
{
    struct posted p = { .e = { .id = request_param(rq, "id") } };
    if (!proposal_find(rq, SCOPE_WRITE, 0, &p.e.stored, err))
        return false;
    p.e.project = p.e.stored.project;
    return form_post(rq, rp, &p, err);
}

bool h_form_proposal_decide(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_proposal p;
    struct pairs form = { 0 };
    bool ok = proposal_find(rq, SCOPE_WRITE, 0, &p, err) && form_text(rq, &form, err);
    struct span run = ok ? span_trim(pairs_get(&form, "run")) : SPAN("");
    ok = ok && (run.len == 0 || name_key("run", run, err)) && decided_redirect(rq, rp, p.id, run, err);
    pairs_release(&form);
    return ok;
}
