/* The report of an evidence set: by upload, by run, behind a link, and the forms that stand on it. */
#include "base/json.h"
#include "base/vec.h"
#include "http/export.h"
#include "http/flame_meta.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/share.h"
#include "http/upload.h"
#include "http/waive.h"
#include "report/pages.h"
#include "report/report.h"
#include "version.h"

enum { REVISIONS_MAX = 50, DOC_DEPTH_MAX = 64 };
#define HTML "text/html; charset=utf-8"

/* What one report page is about. */
struct subject {
    struct span project, run;
    int64_t revision;       /* 0 = newest */
    struct span profile_id; /* "" = the run as a whole */
    bool read_only;         /* behind a link */
    struct span share_path; /* a link just made */
    int64_t share_expires_us;
    struct store_profile profile; /* with profile_id */
};

struct loaded {
    const struct subject *subject;
    bool has_analysis;
    struct store_analysis a, newest;
    struct store_profiles files;
    struct store_pairs labels;
    struct store_revisions revisions;
    unsigned long long generation; /* of the service, before the store was read */
};

static void files_write(struct jsonw *w, const struct loaded *l, const struct json *doc)
{
    struct flame_source stacks;
    jsonw_arr(w, "files");
    for (size_t i = 0; i < l->files.count && !l->subject->read_only; i++) {
        const struct store_profile *p = &l->files.items[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", p->id);
        jsonw_str(w, "name", p->name);
        json_url(w, "url", "/profiles/", p->id, "");
        if (p->raw_kept)
            json_url(w, "raw_url", "/api/v1/profiles/", p->id, "/raw");
        else
            jsonw_null(w, "raw_url");
        if (!span_is(p->status, "done") || (doc && !flame_source_find(doc, &l->files, p, &stacks))) {
            jsonw_end_obj(w);
            continue;
        }
        json_url(w, "folded_url", "/api/v1/profiles/", p->id, "/folded");
        json_url(w, "speedscope_url", "/api/v1/profiles/", p->id, "/speedscope.json");
        json_url(w, "pprof_url", "/api/v1/profiles/", p->id, "/pprof");
        json_url(w, "flame_url", "/profiles/", p->id, "/flame");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void run_url(struct jsonw *w, const char *key, const struct subject *s, const char *suffix)
{
    struct sb url = { 0 };
    path_run(&url, s->project, s->run);
    sb_adds(&url, suffix);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

static void links_write(struct jsonw *w, const struct loaded *l)
{
    struct sb url = { 0 };
    if (!l->has_analysis || l->subject->read_only)
        return;
    jsonw_obj(w, "links");
    sb_adds(&url, "/api/v1");
    path_run(&url, l->a.project, l->a.run);
    sb_printf(&url, "/analysis?rev=%lld", (long long)l->a.revision);
    jsonw_str(w, "json", sb_span(&url));
    sb_reset(&url);
    path_run(&url, l->a.project, l->a.run);
    sb_printf(&url, "/report.html?rev=%lld", (long long)l->a.revision);
    jsonw_str(w, "html", sb_span(&url));
    jsonw_end_obj(w);
    sb_release(&url);
}

static void revision_write(struct jsonw *w, const struct loaded *l)
{
    struct sb url = { 0 };
    jsonw_int(w, "revision", l->a.revision);
    jsonw_int(w, "revisions", l->newest.revision);
    if (l->a.revision < l->newest.revision && !l->subject->read_only) {
        if (l->subject->profile_id.len > 0)
            path_profile(&url, l->subject->profile_id, 0);
        else
            path_run(&url, l->a.project, l->a.run);
        jsonw_str(w, "newest_url", sb_span(&url));
    } else {
        jsonw_null(w, "newest_url");
    }
    if (l->a.revision < l->newest.revision)
        jsonw_bool(w, "newest_changed", !span_eq(l->a.verdict, l->newest.verdict));
    else
        jsonw_null(w, "newest_changed");
    json_time(w, "created", l->a.created_us);
    sb_release(&url);
}

/* Every revision has an address of its own. */
static void revisions_write(struct jsonw *w, const struct loaded *l)
{
    jsonw_arr(w, "revision_list");
    for (size_t i = 0; i < l->revisions.count && !l->subject->read_only; i++) {
        const struct store_analysis *a = &l->revisions.items[i];
        struct sb url = { 0 };
        path_run(&url, l->a.project, l->a.run);
        sb_printf(&url, "?rev=%lld", (long long)a->revision);
        jsonw_obj(w, NULL);
        jsonw_int(w, "revision", a->revision);
        jsonw_str(w, "url", sb_span(&url));
        json_time(w, "created", a->created_us);
        jsonw_str(w, "gate", a->gate);
        jsonw_str(w, "summary", a->summary);
        jsonw_end_obj(w);
        sb_release(&url);
    }
    jsonw_end_arr(w);
}

static void forms_write(struct jsonw *w, const struct request *rq, const struct loaded *l)
{
    const struct subject *s = l->subject;
    bool adds = !s->read_only && (rq->who.scopes & SCOPE_UPLOAD) != 0;
    bool shares = !s->read_only && (rq->who.scopes & SCOPE_WRITE) != 0 && l->has_analysis;
    jsonw_bool(w, "read_only", !adds);
    if (adds) {
        run_url(w, "upload_action", s, "/files");
        run_url(w, "facts_action", s, "/facts");
    }
    if (shares) {
        char suffix[48];
        (void)snprintf(suffix, sizeof suffix, "/share?rev=%lld", (long long)l->a.revision);
        run_url(w, "share_action", s, suffix);
    }
    if (s->share_path.len > 0) {
        struct sb url = { 0 };
        request_base(rq, &url);
        sb_add(&url, s->share_path);
        jsonw_obj(w, "share");
        jsonw_str(w, "url", sb_span(&url));
        json_time(w, "expires", s->share_expires_us);
        jsonw_end_obj(w);
        sb_release(&url);
    }
}

/* Behind a link nobody may ask for data: there the page holds a picture. */
static void flame_write(struct jsonw *w, const struct request *rq, const struct loaded *l, const struct json *doc)
{
    const struct subject *s = l->subject;
    if (!doc || s->read_only)
        return;
    flame_meta_write(w, &(struct flame_meta){ .project = s->project,
                                              .run = s->run,
                                              .revision = s->revision,
                                              .may_write = (rq->who.scopes & SCOPE_WRITE) != 0,
                                              .files = &l->files,
                                              .doc = doc,
                                              .shown = { s->profile_id },
                                              .column = UINT32_MAX,
                                              .artefact = UINT32_MAX });
}

static void meta_write(const struct request *rq, const struct loaded *l, const struct json *doc, struct sb *out)
{
    const struct subject *s = l->subject;
    const struct store_profile *p = s->profile_id.len > 0 ? &s->profile
                                    : l->files.count > 0  ? &l->files.items[0]
                                                          : NULL;
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", s->project);
    jsonw_str(&w, "run", s->run);
    if (!s->read_only) {
        json_url(&w, "project_url", "/projects/", s->project, "");
        run_url(&w, "run_url", s, "");
    }
    json_text(&w, "profile", s->profile_id);
    if (p) {
        if (s->profile_id.len > 0)
            json_text(&w, "name", p->name);
        json_text(&w, "commit", p->commit);
        json_text(&w, "branch", p->branch);
        json_text(&w, "scenario", p->scenario);
        jsonw_str(&w, "status", l->has_analysis ? SPAN("done") : p->status);
        json_text(&w, "error", p->error_text);
        int64_t days = (rq->now_us - p->created_us) / (INT64_C(86400) * 1000000);
        jsonw_int(&w, "age_days", days > 0 ? days : 0);
    }
    json_pairs(&w, "labels", &l->labels);
    if (l->has_analysis)
        revision_write(&w, l);
    revisions_write(&w, l);
    forms_write(&w, rq, l);
    links_write(&w, l);
    files_write(&w, l, doc);
    flame_write(&w, rq, l, doc);
    jsonw_int(&w, "generation", (int64_t)l->generation);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
}

static bool analysis_find(struct sql *db, struct arena *arena, const struct subject *s, struct store_analysis *ret,
                          bool *ret_has, struct err *err)
{
    struct err local = ERR_INIT;
    bool ok = s->profile_id.len > 0 ? store_analysis_of(db, arena, s->profile_id, s->revision, ret, &local)
                                    : store_analysis_get(db, arena, s->project, s->run, s->revision, ret, &local);
    *ret_has = ok;
    if (ok || (local.code == ERR_NOT_FOUND && s->revision == 0))
        return true;
    *err = local;
    return false;
}

static bool subject_load(struct sql *db, struct arena *arena, const struct subject *s, struct loaded *l,
                         struct err *err)
{
    *l = (struct loaded){ .subject = s };
    if (!analysis_find(db, arena, s, &l->a, &l->has_analysis, err))
        return false;
    /* An upload that failed has nothing to say about the analysis that its run had before. */
    if (s->profile_id.len > 0 && s->revision == 0 && !span_is(s->profile.status, "done"))
        l->has_analysis = false;
    if (l->has_analysis && (!store_analysis_get(db, arena, s->project, s->run, 0, &l->newest, err) ||
                            !store_revision_members(db, arena, l->a.project, l->a.run, l->a.revision, &l->files, err)))
        return false;
    if (l->has_analysis &&
        !store_revision_list(db, arena, l->a.project, l->a.run, REVISIONS_MAX, &l->revisions, err))
        return false;
    if (!l->has_analysis && !store_profiles(db, arena, s->project, s->run, -1, SPAN(""), 100, &l->files, err))
        return false;
    struct span first = s->profile_id.len > 0 ? s->profile_id : l->files.count > 0 ? l->files.items[0].id : SPAN("");
    return first.len == 0 || store_labels(db, arena, first, &l->labels, err);
}

/* The picture is an extra: a set without stacks has none. */
static void flame_draw(struct request *rq, struct sql *db, const struct loaded *l, const struct json *doc,
                       struct sb *svg)
{
    struct artefact *a = NULL;
    struct err ignored = ERR_INIT;
    struct span *ids = xcalloc(l->files.count + 1, sizeof *ids);
    for (size_t i = 0; i < l->files.count; i++)
        ids[i] = l->files.items[i].id;
    if (export_load(rq, db, ids, l->files.count, &a, &ignored) &&
        !export_flame(a, profile_column_default(a->profile), doc, false, svg, &ignored))
        sb_reset(svg);
    artefact_free(a);
    freep(&ids);
}

static bool report_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct loaded l;
    struct json *doc = NULL;
    struct json *meta = NULL;
    struct sb text = { 0 };
    struct sb svg = { 0 };
    struct arena arena = { 0 };
    unsigned long long generation = atomic_load(&rq->service->generation);
    bool ok = subject_load(db, &arena, user, &l, err);
    l.generation = generation;
    if (ok && l.has_analysis) {
        struct span shown;
        ok = waive_doc(db, &arena, &l.a, false, rq->now_us, &shown, NULL, err) &&
             json_parse(shown, DOC_DEPTH_MAX, &doc, err);
        if (ok && l.subject->read_only)
            flame_draw(rq, db, &l, doc, &svg);
    }
    if (ok) {
        meta_write(rq, &l, doc, &text);
        ok = json_parse(sb_span(&text), DOC_DEPTH_MAX, &meta, err);
    }
    ok = ok && report_page_report(doc, meta, sb_span(&svg), body, err);
    json_free(doc);
    json_free(meta);
    sb_release(&text);
    sb_release(&svg);
    freep(&l.revisions.items);
    freep(&l.files.items);
    freep(&l.labels.items);
    arena_release(&arena);
    return ok;
}

static bool report_reply(struct request *rq, struct reply *rp, struct subject *s, bool keep, struct err *err)
{
    char variant[100];
    struct waive w = { 0 };
    /* A waiver ends by itself, without a write: what is kept is good for the counts that it shows. */
    if (!waive_load(rq->db, &rq->arena, s->project, rq->now_us, &w, err))
        return false;
    (void)snprintf(variant, sizeof variant, "report %u %lld %lld", rq->who.scopes, (long long)w.active,
                   (long long)w.expired);
    waive_release(&w);
    return page_reply(rq, rp, HTML, keep ? variant : NULL, report_render, s, err);
}

static bool subject_profile(struct request *rq, struct subject *s, struct err *err)
{
    struct span id = request_param(rq, "id");
    *s = (struct subject){ .profile_id = id };
    if (!request_revision(rq, &s->revision, err) || !store_profile_get(rq->db, &rq->arena, id, &s->profile, err))
        return false;
    s->project = s->profile.project;
    s->run = s->profile.run;
    return access_sees(rq, s->project) ||
           err_set(err, ERR_NOT_FOUND, "there is no profile '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
}

/* The report as a page, or as the summary for a job page where the client asks for Markdown. */
static bool subject_reply(struct request *rq, struct reply *rp, struct subject *s, struct err *err)
{
    struct store_analysis a;
    bool has = false;
    if (!request_accepts(rq, "text/markdown"))
        return report_reply(rq, rp, s, true, err);
    return analysis_find(rq->db, &rq->arena, s, &a, &has, err) &&
           (has || err_set(err, ERR_NOT_FOUND, "the run has no analysis yet")) &&
           markdown_reply(rq, rp, &a, s->profile_id, false, err);
}

bool h_page_profile(struct request *rq, struct reply *rp, struct err *err)
{
    struct subject s;
    return subject_profile(rq, &s, err) && subject_reply(rq, rp, &s, err);
}

static bool subject_run(struct request *rq, struct subject *s, struct err *err)
{
    struct store_run run;
    *s = (struct subject){ .project = request_param(rq, "project"), .run = request_param(rq, "run") };
    return request_revision(rq, &s->revision, err) && name_project(s->project, err) && name_key("run", s->run, err) &&
           store_run_get(rq->db, &rq->arena, s->project, s->run, &run, err);
}

bool h_page_run(struct request *rq, struct reply *rp, struct err *err)
{
    struct subject s;
    return subject_run(rq, &s, err) && subject_reply(rq, rp, &s, err);
}

bool h_page_shared(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_link link;
    char hash[65];
    share_hash(request_param(rq, "link"), hash);
    if (!store_link_find(rq->db, &rq->arena, span_of(hash), rq->now_us, &link, err))
        return false;
    struct subject s = { .project = link.project, .run = link.run, .revision = link.revision, .read_only = true };
    reply_header(rp, "Cache-Control", SPAN("private, no-store"));
    /* Not kept: a link that has expired must not be answered from memory. */
    return report_reply(rq, rp, &s, false, err);
}

bool h_form_share(struct request *rq, struct reply *rp, struct err *err)
{
    struct subject s;
    struct sb path = { 0 };
    bool ok = subject_run(rq, &s, err) && share_make(rq, s.revision, &path, &s.share_expires_us, err);
    s.share_path = sb_span(&path);
    ok = ok && report_reply(rq, rp, &s, false, err);
    sb_release(&path);
    return ok;
}

/* --- one file --- */

static bool standalone_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct loaded l;
    struct json *doc = NULL;
    struct sb svg = { 0 };
    struct arena arena = { 0 };
    bool ok = subject_load(db, &arena, user, &l, err) &&
              (l.has_analysis || err_set(err, ERR_NOT_FOUND, "the run has no analysis yet"));
    if (ok) {
        struct span shown;
        ok = waive_doc(db, &arena, &l.a, false, rq->now_us, &shown, NULL, err) &&
             json_parse(shown, DOC_DEPTH_MAX, &doc, err);
        if (ok)
            flame_draw(rq, db, &l, doc, &svg);
        ok = ok && report_html_standalone(doc, sb_span(&svg), body, err);
    }
    json_free(doc);
    sb_release(&svg);
    freep(&l.revisions.items);
    freep(&l.files.items);
    freep(&l.labels.items);
    arena_release(&arena);
    return ok;
}

bool h_report_html(struct request *rq, struct reply *rp, struct err *err)
{
    struct subject s;
    rp->sandbox = true;
    reply_header(rp, "Content-Disposition", SPAN("attachment; filename=\"report.html\""));
    return subject_run(rq, &s, err) && page_reply(rq, rp, HTML, "standalone", standalone_render, &s, err);
}

/* --- missing numbers --- */

/* What the form changes, as it was before: put back when the analysis refuses the new values. */
static void facts_before(const struct store_run_facts *old, const struct store_pairs *now, struct store_pairs *ret)
{
    for (size_t i = 0; i < now->count; i++) {
        struct store_pair p = { now->items[i].name, SPAN("") };
        for (size_t k = 0; k < old->count; k++) {
            if (span_eq(old->items[k].name, p.name))
                p.value = old->items[k].value;
        }
        VEC_PUSH(ret, p);
    }
}

static bool facts_apply(struct request *rq, const struct subject *s, const struct store_pairs *facts,
                        struct store_analysis *ret, bool *ret_late, struct err *err)
{
    struct service *sv = rq->service;
    struct ingest *g = NULL;
    struct span by = rq->who.name.len > 0 ? rq->who.name : SPAN("form of the report");
    if (!store_put_run_facts(sv->store, s->project, s->run, facts, by, rq->now_us, err))
        return false;
    service_told(sv, "facts", s->project, s->run);
    if (!ingest_start(sv, s->project, s->run, false, NULL, 0, &g, err))
        return false;
    enum ingest_end end = ingest_wait(g, config_int(sv->config, CONFIG_sync_s), &rq->arena, ret, err);
    *ret_late = end == INGEST_LATE;
    return end != INGEST_FAILED;
}

static bool form_read(struct request *rq, struct store_pairs *facts, struct err *err)
{
    struct span body = SPAN("");
    struct pairs form = { 0 };
    struct fact_set *check = xcalloc(1, sizeof *check);
    bool ok = body_small(rq, rq->service->limits.json_body_bytes, &body, err) &&
              pairs_decode(&form, &rq->arena, body, err) && upload_pairs(&form, NULL, facts, check, err) &&
              (facts->count > 0 || err_set(err, ERR_BAD_REQUEST, "the form holds no number"));
    freep(&check);
    pairs_release(&form);
    return ok;
}

bool h_form_facts(struct request *rq, struct reply *rp, struct err *err)
{
    struct subject s;
    struct store_pairs facts = { 0 };
    struct store_pairs before = { 0 };
    struct store_run_facts old = { 0 };
    struct store_analysis a = { 0 };
    bool late = false;
    bool ok = subject_run(rq, &s, err) && form_read(rq, &facts, err) &&
              store_run_facts(rq->db, &rq->arena, s.project, s.run, &old, err);
    if (ok) {
        facts_before(&old, &facts, &before);
        ok = facts_apply(rq, &s, &facts, &a, &late, err);
        struct err ignored = ERR_INIT;
        if (!ok && store_put_run_facts(rq->service->store, s.project, s.run, &before, SPAN(""), rq->now_us, &ignored))
            service_told(rq->service, "facts", s.project, s.run);
    }
    if (ok) {
        struct sb url = { 0 };
        path_run(&url, s.project, s.run);
        if (!late)
            sb_printf(&url, "?rev=%lld", (long long)a.revision);
        reply_redirect(rp, sb_span(&url));
        sb_release(&url);
    }
    freep(&facts.items);
    freep(&before.items);
    freep(&old.items);
    return ok;
}
