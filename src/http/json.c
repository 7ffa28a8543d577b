#include "http/json.h"

#include "base/clock.h"
#include "base/json.h"
#include "http/pages.h"
#include "http/service.h"
#include "http/upload.h"
#include "http/waive.h"
#include "report/report.h"

enum { DOC_DEPTH_MAX = 64 };

void json_time(struct jsonw *w, const char *key, int64_t unix_us)
{
    struct sb text = { 0 };
    clock_format(&text, unix_us);
    jsonw_str(w, key, sb_span(&text));
    sb_release(&text);
}

void json_share(struct jsonw *w, const char *key, const struct store_share *s)
{
    if (!num_known(s->lo) && !num_known(s->est) && !num_known(s->hi)) {
        jsonw_null(w, key);
        return;
    }
    jsonw_obj(w, key);
    jsonw_num(w, "lo", s->lo);
    jsonw_num(w, "est", s->est);
    jsonw_num(w, "hi", s->hi);
    jsonw_end_obj(w);
}

void json_text(struct jsonw *w, const char *key, struct span s)
{
    jsonw_text(w, key, s);
}

void json_url(struct jsonw *w, const char *key, const char *prefix, struct span id, const char *suffix)
{
    struct sb url = { 0 };
    sb_adds(&url, prefix);
    url_encode(&url, id);
    sb_adds(&url, suffix);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

void json_pairs(struct jsonw *w, const char *key, const struct store_pairs *pairs)
{
    struct arena arena = { 0 };
    jsonw_obj(w, key);
    for (size_t i = 0; i < pairs->count; i++)
        jsonw_str(w, arena_dup(&arena, pairs->items[i].name), pairs->items[i].value);
    jsonw_end_obj(w);
    arena_release(&arena);
}

void json_profile(struct jsonw *w, const struct store_profile *p)
{
    struct sb url = { 0 };
    path_profile(&url, p->id, 0);
    jsonw_str(w, "id", p->id);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_str(w, "project", p->project);
    jsonw_str(w, "run", p->run);
    jsonw_str(w, "name", p->name);
    jsonw_str(w, "status", p->status);
    json_text(w, "format", p->kind.len > 0 ? p->kind : p->format);
    json_text(w, "clock", p->clock);
    jsonw_num(w, "rate_hz", p->rate_hz);
    jsonw_num(w, "duration_s", p->duration_s);
    json_text(w, "process", p->process);
    jsonw_str(w, "sha256", p->sha256);
    jsonw_int(w, "bytes", p->size_bytes);
    json_text(w, "commit", p->commit);
    json_text(w, "branch", p->branch);
    json_text(w, "scenario", p->scenario);
    json_time(w, "created", p->created_us);
    json_time(w, "changed", p->changed_us);
    jsonw_bool(w, "raw", p->raw_kept);
    if (p->error_code != ERR_NONE && p->error_code > 0 && p->error_code < ERR_COUNT) {
        jsonw_obj(w, "error");
        jsonw_strz(w, "code", err_slug((enum err_code)p->error_code));
        jsonw_int(w, "status", err_http_status((enum err_code)p->error_code));
        jsonw_str(w, "detail", p->error_text);
        jsonw_end_obj(w);
    } else {
        jsonw_null(w, "error");
    }
    sb_release(&url);
}

void json_brief(struct jsonw *w, const struct store_brief *b)
{
    if (b->revision > 0)
        jsonw_int(w, "revision", b->revision);
    else
        jsonw_null(w, "revision");
    json_text(w, "gate", b->gate);
    json_text(w, "verdict", b->verdict);
    json_text(w, "summary", b->summary);
    struct store_share none = { NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    json_share(w, "cpu_share", b->revision > 0 ? &b->cpu : &none);
}

void json_project(struct jsonw *w, const struct store_project *p)
{
    struct sb url = { 0 };
    path_project(&url, p->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "project", p->name);
    jsonw_str(w, "name", p->name);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_int(w, "runs", p->runs);
    jsonw_int(w, "profiles", p->profiles);
    json_text(w, "run", p->run);
    json_brief(w, &p->newest);
    json_time(w, "created", p->created_us);
    json_time(w, "changed", p->changed_us);
    jsonw_end_obj(w);
    sb_release(&url);
}

void json_run(struct jsonw *w, const struct store_run *r)
{
    struct sb url = { 0 };
    path_run(&url, r->project, r->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "run", r->name);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_int(w, "profiles", r->profiles);
    json_brief(w, &r->newest);
    json_time(w, "created", r->created_us);
    json_time(w, "changed", r->changed_us);
    jsonw_end_obj(w);
    sb_release(&url);
}

bool markdown_of(const struct request *rq, struct sql *db, const struct store_analysis *a, struct span profile_id,
                 bool gate, struct sb *body, struct err *err)
{
    struct sb base = { 0 };
    struct sb path = { 0 };
    struct json *doc = NULL;
    struct arena arena = { 0 };
    request_base(rq, &base);
    if (profile_id.len > 0) {
        path_profile(&path, profile_id, a->revision);
    } else {
        path_run(&path, a->project, a->run);
        sb_printf(&path, "?rev=%lld", (long long)a->revision);
    }
    struct report_markdown_options opt = { .base_url = sb_cstr(&base), .path = sb_cstr(&path) };
    struct span text;
    bool ok = waive_doc(db, &arena, a, false, rq->now_us, &text, NULL, err) &&
              json_parse(text, DOC_DEPTH_MAX, &doc, err) &&
              (gate ? report_gate_markdown(doc, &opt, body, err) : report_markdown(doc, &opt, body, err));
    json_free(doc);
    sb_release(&base);
    sb_release(&path);
    arena_release(&arena);
    return ok;
}

struct markdown {
    const struct store_analysis *a;
    struct span profile_id;
    bool gate;
};

static bool markdown_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct markdown *m = user;
    return markdown_of(rq, db, m->a, m->profile_id, m->gate, body, err);
}

bool markdown_reply(struct request *rq, struct reply *rp, const struct store_analysis *a, struct span profile_id,
                    bool gate, struct err *err)
{
    struct markdown m = { a, profile_id, gate };
    rp->type = "text/markdown; charset=utf-8";
    return page_render(rq, markdown_render, &m, &rp->body, err);
}
