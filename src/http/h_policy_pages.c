/* The page of a project's policies: what holds, what held, and with scripts a new version tried out before it is saved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/jcanon.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/num.h"
#include "http/access.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/watch.h"
#include "report/policy_pages.h"
#include "version.h"

enum { VERSIONS_SHOWN = 50, DOC_DEPTH_MAX = 128 };
#define HTML "text/html; charset=utf-8"

struct shown {
    struct span project;
    struct store_policy row;
    bool any;
    int64_t newest;
};

static bool may(const struct request *rq, unsigned scope, struct span project)
{
    struct err none = ERR_INIT;
    return access_allowed(rq, scope, project, &none);
}

static bool is_chosen(const struct policy_project *p, const char *name)
{
    for (uint32_t i = 0; p && i < p->pack_count; i++) {
        if (strcmp(p->packs[i], name) == 0)
            return true;
    }
    return false;
}

static bool packs_write(struct jsonw *w, const struct policy_project *p, struct err *err)
{
    bool ok = true;
    jsonw_arr(w, "packs");
    for (size_t i = 0; ok && i < policy_builtin_count(); i++) {
        CLEANUP(policy_pack_freep) struct policy_pack *pack = NULL;
        const char *name = policy_builtin_name(i);
        ok = policy_pack_builtin(span_of(name), &pack, err);
        if (!ok)
            break;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", name);
        jsonw_strz(w, "title", pack->title);
        jsonw_strz(w, "about", pack->about);
        jsonw_strz(w, "version", pack->version);
        jsonw_int(w, "rules", pack->rule_count);
        jsonw_bool(w, "always", strcmp(name, "standing") == 0);
        jsonw_bool(w, "chosen", is_chosen(p, name));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    return ok;
}

static void lines_write(struct jsonw *w, const struct policy_project *p)
{
    static const enum fact_id lines[] = { FACT_goal_gain, FACT_min_useful_gain, FACT_cpu_bound_threshold,
                                          FACT_wait_bound_threshold };
    struct fact_set *f = xcalloc(1, sizeof *f), *usual = xcalloc(1, sizeof *usual);
    if (p)
        policy_project_facts(p, f);
    facts_defaults(usual);
    jsonw_arr(w, "thresholds");
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        double set = facts_num(f, lines[i]);
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", fact_infos[lines[i]].name);
        jsonw_strz(w, "words", fact_infos[lines[i]].meaning);
        jsonw_num(w, "default", facts_num(usual, lines[i]));
        jsonw_num(w, "value", num_known(set) ? set : facts_num(usual, lines[i]));
        jsonw_bool(w, "set", num_known(set));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    freep(&f);
    freep(&usual);
}

static void rules_write(struct jsonw *w, const struct policy_project *p)
{
    jsonw_arr(w, "rules");
    for (uint32_t i = 0; p && p->own && i < p->own->rule_count; i++) {
        const struct policy_rule *r = &p->own->rules[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "id", r->id);
        jsonw_str(w, "when", r->predicate);
        jsonw_strz(w, "effect", r->effect);
        jsonw_strz(w, "basis", policy_basis_name(r->basis));
        jsonw_strz(w, "reason", r->reason);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_strz(w, "rules_text", p ? p->rules : "");
}

static bool versions_write(struct request *rq, struct sql *db, const struct shown *s, struct jsonw *w, struct err *err)
{
    struct store_policies list = { 0 };
    bool ok = store_policy_list(db, &rq->arena, s->project, 0, VERSIONS_SHOWN, &list, err);
    jsonw_arr(w, "versions");
    for (size_t i = 0; ok && i < list.count; i++) {
        char query[48];
        (void)snprintf(query, sizeof query, "/policies?version=%lld", (long long)list.items[i].version);
        jsonw_obj(w, NULL);
        jsonw_int(w, "version_no", list.items[i].version);
        json_url(w, "url", "/projects/", s->project, query);
        json_url(w, "api_url", "/api/v1/projects/", s->project, query);
        json_text(w, "by", list.items[i].by);
        json_time(w, "at", list.items[i].given_us);
        jsonw_str(w, "origin", list.items[i].origin);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    free(list.items);
    return ok;
}

static void head_write(const struct request *rq, const struct shown *s, struct jsonw *w)
{
    jsonw_str(w, "project", s->project);
    json_url(w, "project_url", "/projects/", s->project, "");
    json_url(w, "newest_url", "/projects/", s->project, "/policies");
    json_url(w, "save_url", "/api/v1/projects/", s->project, "/policies");
    json_url(w, "trial_url", "/api/v1/projects/", s->project, "/policies/dry-run");
    jsonw_strz(w, "facts_url", "/api/v1/facts");
    jsonw_bool(w, "may_write", may(rq, SCOPE_WRITE, s->project));
    jsonw_bool(w, "may_try", may(rq, SCOPE_UPLOAD, s->project));
    jsonw_int(w, "newest_no", s->newest);
    jsonw_strz(w, "version", STET_VERSION);
    jsonw_int(w, "version_no", s->any ? s->row.version : 0);
    if (!s->any)
        return;
    json_text(w, "by", s->row.by);
    json_time(w, "at", s->row.given_us);
    jsonw_bool(w, "protected", s->row.is_protected);
    jsonw_str(w, "document_text", s->row.doc);
}

static bool policies_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct shown *s = user;
    struct project_rules r = { .text = SPAN("") };
    struct field_errors errors = { 0 };
    struct err broken = ERR_INIT;
    struct sb in = { 0 };
    struct jsonw w = { .out = &in };
    CLEANUP(json_freep) struct json *own = NULL;
    CLEANUP(json_freep) struct json *doc = NULL;
    jsonw_obj(&w, NULL);
    head_write(rq, s, &w);
    if (s->any && !project_rules_parse(s->row.doc, &r, &errors, &broken))
        jsonw_strz(&w, "broken", broken.text);
    bool ok = packs_write(&w, r.doc, err);
    if (ok) {
        lines_write(&w, r.doc);
        rules_write(&w, r.doc);
        policy_exemptions_json(&w, "exemptions", r.doc, rq->now_us);
        struct sb watch = { 0 };
        if (s->any && json_parse(s->row.doc, DOC_DEPTH_MAX, &own, &broken) && json_get(own, "watch"))
            jcanon_write(json_get(own, "watch"), &watch);
        jsonw_raw(&w, "watch", watch.len > 0 ? sb_span(&watch) : SPAN("[]"));
        sb_release(&watch);
        ok = versions_write(rq, db, s, &w, err);
    }
    jsonw_end_obj(&w);
    ok = ok && json_parse(sb_span(&in), DOC_DEPTH_MAX, &doc, err) && report_page_policies(doc, body, err);
    sb_release(&in);
    field_errors_release(&errors);
    project_rules_release(&r);
    return ok;
}

bool h_page_policies(struct request *rq, struct reply *rp, struct err *err)
{
    struct shown s = { .project = request_param(rq, "project") };
    struct store_project found;
    struct store_policy newest;
    struct err none = ERR_INIT;
    struct span v = pairs_get(&rq->query, "version");
    uint64_t version = 0;
    if (v.len > 0 && (!span_to_u64(v, &version) || version == 0 || version > INT64_MAX))
        return err_set(err, ERR_BAD_REQUEST, "version: want a whole number from 1");
    if (!project_find(rq, s.project, &found, err))
        return false;
    s.any = store_policy_get(rq->db, &rq->arena, s.project, (int64_t)version, &s.row, &none);
    if (!s.any && (version > 0 || none.code != ERR_NOT_FOUND)) {
        *err = none;
        return false;
    }
    if (s.any && store_policy_get(rq->db, &rq->arena, s.project, 0, &newest, &none))
        s.newest = newest.version;
    char variant[40];
    (void)snprintf(variant, sizeof variant, "policies %u", rq->who.scopes);
    return page_reply(rq, rp, HTML, variant, policies_render, &s, err);
}
