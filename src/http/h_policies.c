/* Policies of a project: the document that holds, its versions, a new one, and what a new one would change. */
#include <stdlib.h>

#include "base/num.h"
#include "base/sha256.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "http/watch.h"

enum { VERSIONS_DEFAULT = 50, VERSIONS_MAX = 500 };

static bool number_param(const struct request *rq, const char *name, int64_t otherwise, int64_t max, int64_t *ret,
                         struct err *err)
{
    struct span v = pairs_get(&rq->query, name);
    uint64_t n = 0;
    *ret = otherwise;
    if (!v.ptr || v.len == 0)
        return true;
    if (!span_to_u64(v, &n) || n == 0 || n > (uint64_t)max)
        return err_set(err, ERR_BAD_REQUEST, "%s: want a whole number from 1 to %lld", name, (long long)max);
    *ret = (int64_t)n;
    return true;
}

static void row_write(struct jsonw *w, const struct store_policy *p)
{
    jsonw_int(w, "version", p->version);
    jsonw_str(w, "sha256", p->sha256);
    jsonw_str(w, "origin", p->origin);
    jsonw_bool(w, "protected", p->is_protected);
    json_text(w, "by", p->by);
    json_time(w, "at", p->given_us);
}

static void notes_write(struct jsonw *w, const char *key, const struct field_errors *notes)
{
    jsonw_arr(w, key);
    for (size_t i = 0; i < notes->count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "field", notes->items[i].field);
        jsonw_strz(w, "text", notes->items[i].text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void packs_write(struct jsonw *w, const struct project_rules *r)
{
    jsonw_arr(w, "packs");
    for (size_t i = 0; i < r->packs.count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", r->packs.packs[i]->name);
        jsonw_strz(w, "version", r->packs.packs[i]->version);
        jsonw_int(w, "rules", r->packs.packs[i]->rule_count);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* --- GET --- */

struct shown {
    struct span project;
    struct store_policy row;
    bool any;
};

static bool shown_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct shown *s = user;
    struct project_rules r = { .text = SPAN("") };
    struct field_errors errors = { 0 };
    struct err broken = ERR_INIT;
    (void)db;
    bool usable = !s->any || project_rules_parse(s->row.doc, &r, &errors, &broken);
    struct jsonw w = { .out = body };
    bool ok = !usable || project_rules_packs(&r, rq->now_us, err);
    if (ok) {
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", s->project);
        if (s->any)
            row_write(&w, &s->row);
        else
            jsonw_int(&w, "version", 0);
        if (s->any)
            jsonw_raw(&w, "document", s->row.doc);
        else
            jsonw_null(&w, "document");
        packs_write(&w, &r);
        policy_exemptions_json(&w, "exemptions", r.doc, rq->now_us);
        notes_write(&w, "errors", &errors);
        jsonw_end_obj(&w);
    }
    field_errors_release(&errors);
    project_rules_release(&r);
    return ok;
}

static bool versions_reply(struct request *rq, struct reply *rp, struct span project, struct err *err)
{
    struct store_policies list = { 0 };
    int64_t limit = 0;
    int64_t before = 0;
    bool ok = number_param(rq, "limit", VERSIONS_DEFAULT, VERSIONS_MAX, &limit, err) &&
              number_param(rq, "cursor", 0, INT64_MAX, &before, err) &&
              store_policy_list(rq->db, &rq->arena, project, before, limit + 1, &list, err);
    if (ok) {
        size_t n = list.count < (size_t)limit ? list.count : (size_t)limit;
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", project);
        jsonw_arr(&w, "versions");
        for (size_t i = 0; i < n; i++) {
            jsonw_obj(&w, NULL);
            row_write(&w, &list.items[i]);
            jsonw_end_obj(&w);
        }
        jsonw_end_arr(&w);
        if (list.count > n)
            jsonw_int(&w, "next", list.items[n - 1].version);
        else
            jsonw_null(&w, "next");
        jsonw_end_obj(&w);
    }
    free(list.items);
    return ok;
}

bool h_policies(struct request *rq, struct reply *rp, struct err *err)
{
    struct shown s = { .project = request_param(rq, "project") };
    struct store_projects list = { 0 };
    struct err none = ERR_INIT;
    struct span versions = pairs_get(&rq->query, "versions");
    int64_t version = 0;
    bool ok = name_project(s.project, err) && number_param(rq, "version", 0, INT64_MAX, &version, err) &&
              store_projects(rq->db, &rq->arena, s.project, -1, SPAN(""), 1, &list, err);
    if (ok && list.count == 0)
        ok = err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(s.project));
    free(list.items);
    if (!ok)
        return false;
    if (versions.ptr && !span_is(versions, "0"))
        return versions_reply(rq, rp, s.project, err);
    s.any = store_policy_get(rq->db, &rq->arena, s.project, version, &s.row, &none);
    if (!s.any && (version > 0 || none.code != ERR_NOT_FOUND)) {
        *err = none;
        return false;
    }
    return page_render(rq, shown_render, &s, &rp->body, err);
}

/* --- PUT --- */

static void problem(struct reply *rp, struct err *err, const struct field_errors *errors, bool *ret_ok)
{
    if (errors->count == 0)
        return;
    reply_field_errors(rp, err, errors);
    *ret_ok = true;
}

static bool again(struct request *rq, struct span project, struct jsonw *w)
{
    struct store_run run;
    struct err none = ERR_INIT;
    bool any = store_run_get(rq->db, &rq->arena, project, SPAN(""), &run, &none);
    return analysis_again(rq, any ? &run : NULL, w);
}

bool h_policies_put(struct request *rq, struct reply *rp, struct err *err)
{
    struct span project = request_param(rq, "project");
    struct span text = SPAN("");
    struct project_rules rules = { .text = SPAN("") };
    struct field_errors errors = { 0 };
    struct field_errors notes = { 0 };
    struct store_policy row = { .project = project, .origin = SPAN("api"), .is_protected = true };
    bool fresh = false;
    int64_t seq = 0;
    bool ok = name_project(project, err) && body_small(rq, rq->service->limits.json_body_bytes, &text, err) &&
              project_rules_check(rq, text, &rules, &errors, &notes, err);
    char sha256[65];
    if (ok) {
        sha256_hex(text, sha256);
        row.sha256 = span_of(sha256);
        row.doc = text;
        row.by = rq->who.name;
        row.given_us = rq->now_us;
        seq = watch_seq(rq, project);
        ok = store_policy_put(rq->service->store, &row, true, &row.version, &fresh, err);
        service_told(rq->service, "policy", project, SPAN(""));
    }
    if (ok) {
        reply_type(rp, fresh ? 201 : 200, "application/json");
        struct jsonw w = { .out = &rp->body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", project);
        jsonw_int(&w, "version", row.version);
        jsonw_bool(&w, "unchanged", !fresh);
        jsonw_str(&w, "sha256", row.sha256);
        notes_write(&w, "notes", &notes);
        bool analysed = again(rq, project, &w);
        watch_since(rq, project, seq, analysed, &w);
        jsonw_end_obj(&w);
    } else {
        problem(rp, err, &errors, &ok);
    }
    project_rules_release(&rules);
    field_errors_release(&errors);
    free(notes.items);
    return ok;
}

/* --- dry run --- */

struct trial {
    struct span project;
    struct project_rules then;
    struct field_errors notes;
};

static bool trial_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct trial *t = user;
    struct arena arena = { 0 };
    struct project_rules now;
    struct jsonw w = { .out = body };
    struct dry_run run = { .project = t->project, .now = &now, .then = &t->then, .now_us = rq->now_us };
    bool ok = project_rules_load(db, &arena, t->project, &now, err) && project_rules_packs(&now, rq->now_us, err) &&
              project_rules_packs(&t->then, rq->now_us, err);
    if (ok) {
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", t->project);
        jsonw_int(&w, "against_version", now.version);
        json_time(&w, "as_of", rq->now_us);
        notes_write(&w, "notes", &t->notes);
        packs_write(&w, &t->then);
        ok = dry_run_write(db, &run, &w, err);
        jsonw_end_obj(&w);
    }
    project_rules_release(&now);
    arena_release(&arena);
    return ok;
}

bool h_policies_dry_run(struct request *rq, struct reply *rp, struct err *err)
{
    struct trial t = { .project = request_param(rq, "project") };
    struct field_errors errors = { 0 };
    struct span text = SPAN("");
    bool ok = name_project(t.project, err) && body_small(rq, rq->service->limits.json_body_bytes, &text, err) &&
              project_rules_check(rq, text, &t.then, &errors, &t.notes, err) &&
              page_render(rq, trial_render, &t, &rp->body, err);
    if (!ok)
        problem(rp, err, &errors, &ok);
    project_rules_release(&t.then);
    field_errors_release(&errors);
    free(t.notes.items);
    return ok;
}
