/* Taking profiles: the API and the forms of the pages come together in accept_files. */
#include "base/jsonw.h"
#include "base/num.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/waive.h"
#include "http/upload.h"
#include "import/importer.h"
#include "roi/proposal.h"
#include "report/report.h"

static struct span text_param(const struct pairs *query, const struct pairs *fields, const char *name)
{
    struct span v = pairs_get(query, name);
    if (!v.ptr || v.len == 0)
        v = pairs_get(fields, name);
    return v.ptr ? v : SPAN("");
}

static bool key_param(const struct upload *u, const char *name, struct span *ret, struct err *err)
{
    *ret = text_param(u->query, &u->fields, name);
    return ret->len == 0 || name_key(name, *ret, err);
}

static bool num_param(const struct upload *u, const char *name, double *ret, struct err *err)
{
    struct span v = text_param(u->query, &u->fields, name);
    *ret = NUM_UNKNOWN;
    if (v.len == 0)
        return true;
    if (!span_to_double(v, ret) || !(*ret > 0))
        return err_set(err, ERR_BAD_REQUEST, "%s: want a number above 0, got '%.*s'", name,
                       SPAN_FMT(span_sub(v, 0, 40)));
    return true;
}

static void pair_replace(struct store_pairs *list, struct span name, struct span value)
{
    for (size_t i = 0; i < list->count; i++) {
        if (span_eq(list->items[i].name, name)) {
            list->items[i].value = value;
            return;
        }
    }
    struct store_pair p = { name, value };
    VEC_PUSH(list, p);
}

/* label.K=V and fact.K=V; facts are checked against the dictionary before anything is kept. */
bool upload_pairs(const struct pairs *from, struct store_pairs *labels, struct store_pairs *facts,
                  struct fact_set *check, struct err *err)
{
    for (size_t i = 0; i < from->count; i++) {
        struct span name = from->items[i].name;
        struct span value = from->items[i].value;
        if (span_starts(name, SPAN("label.")) && labels) {
            name = span_from(name, 6);
            if (!name_key("label", name, err))
                return false;
            if (value.len > 500)
                return err_set(err, ERR_BAD_REQUEST, "label %.*s is longer than 500 bytes", SPAN_FMT(name));
            pair_replace(labels, name, value);
        } else if (span_starts(name, SPAN("fact.")) && value.len > 0) {
            name = span_from(name, 5);
            if (!facts_declare(check, name, value, "upload", err)) {
                /* The request is wrong, not the file. */
                err->code = ERR_BAD_REQUEST;
                return false;
            }
            pair_replace(facts, name, value);
        }
    }
    return true;
}

static bool params_read(struct upload *u, struct err *err)
{
    struct store_profile *p = &u->profile;
    p->format = text_param(u->query, &u->fields, "format");
    p->clock = text_param(u->query, &u->fields, "clock");
    p->process = text_param(u->query, &u->fields, "process");
    p->runtime = text_param(u->query, &u->fields, "runtime");
    struct span enforce = text_param(u->query, &u->fields, "enforce");
    u->enforce = span_is(enforce, "1");
    if (enforce.len > 0 && !u->enforce && !span_is(enforce, "0"))
        return err_set(err, ERR_BAD_REQUEST, "enforce: want 0 or 1");
    enum clock_kind clock;
    enum runtime_kind runtime;
    if (p->run.len == 0 && !key_param(u, "run", &p->run, err))
        return false;
    if (!key_param(u, "commit", &p->commit, err) || !key_param(u, "branch", &p->branch, err) ||
        !key_param(u, "scenario", &p->scenario, err) || !num_param(u, "rate", &p->rate_hz, err) ||
        !num_param(u, "duration_s", &p->duration_s, err))
        return false;
    if (p->format.len > 0 && !importer_find(p->format))
        return err_set(err, ERR_UNRECOGNISED, "format '%.*s' is not read; see stet formats",
                       SPAN_FMT(span_sub(p->format, 0, 60)));
    if (p->clock.len > 0 &&
        !(clock_from_name(p->clock, &clock) && (clock == CLOCK_CPU || clock == CLOCK_WALL || clock == CLOCK_OFF)))
        return err_set(err, ERR_BAD_REQUEST, "clock: want cpu, wall or off");
    if (p->runtime.len > 0 && !runtime_from_name(p->runtime, &runtime))
        return err_set(err, ERR_BAD_REQUEST, "runtime: want python, node, go, jvm, ruby, php, dotnet or native");
    if (p->process.len > 200)
        return err_set(err, ERR_BAD_REQUEST, "process: longer than 200 bytes");
    struct fact_set *check = xcalloc(1, sizeof *check);
    bool ok = upload_pairs(&u->fields, &u->labels, &u->facts, check, err) &&
              upload_pairs(u->query, &u->labels, &u->facts, check, err);
    freep(&check);
    return ok;
}

/* What makes an upload the same upload, within a run. */
static void identity(const struct store_profile *p, struct span sha256, char out[65])
{
    struct sb text = { 0 };
    sb_printf(&text, "%.*s\n%.*s\n%.*s\n%.17g\n%.17g\n%.*s\n", SPAN_FMT(sha256), SPAN_FMT(p->format),
              SPAN_FMT(p->clock), num_known(p->rate_hz) ? p->rate_hz : 0.0,
              num_known(p->duration_s) ? p->duration_s : 0.0, SPAN_FMT(p->process));
    sha256_hex(sb_span(&text), out);
    sb_release(&text);
}

static bool file_store(struct service *s, struct upload *u, struct arena *arena, size_t i, const char *new_run,
                       int64_t now_us, struct err *err)
{
    struct spool *file = &u->files.items[i];
    char id[27];
    char ident[65];
    if (!service_id(id, now_us, err))
        return false;
    struct store_upload up = { .profile = u->profile,
                               .new_run = span_of(new_run),
                               .labels = &u->labels,
                               .facts = &u->facts,
                               .bytes = spool_read,
                               .bytes_user = file,
                               .now_us = now_us };
    identity(&u->profile, span_of(file->sha256), ident);
    up.profile.id = span_of(id);
    up.profile.identity = span_of(ident);
    up.profile.sha256 = span_of(file->sha256);
    up.profile.size_bytes = (int64_t)file->bytes;
    up.profile.name = span_of(file->name);
    struct store_put put;
    if (!store_put_upload(s->store, arena, &up, &put, err))
        return false;
    /* The first file settles the run for all. */
    u->profile.run = put.run;
    u->items[i] = (struct ingest_item){ .id = put.id, .fresh = !put.duplicate, .spool = file };
    u->duplicate = i == 0 ? put.duplicate : u->duplicate && put.duplicate;
    (void)atomic_fetch_add(put.duplicate ? &s->metrics.duplicates : &s->metrics.uploads, 1);
    (void)atomic_fetch_add(&s->metrics.upload_bytes, file->bytes);
    return true;
}

static void undo(struct service *s, const struct upload *u, size_t n, int64_t now_us)
{
    for (size_t i = 0; i < n; i++) {
        struct err ignored = ERR_INIT;
        bool empty = false;
        if (u->items[i].fresh && !store_delete_profile(s->store, u->items[i].id, now_us, &empty, &ignored))
            continue;
    }
}

bool upload_accept(struct service *s, struct upload *u, struct arena *arena, int64_t now_us, int64_t wait_s,
                   struct err *err)
{
    char new_run[32] = "r-";
    char id[27];
    if (!params_read(u, err) || !service_id(id, now_us, err))
        return false;
    (void)memcpy(new_run + 2, id, sizeof id);
    u->items = ARENA_ARRAY(arena, u->files.count, struct ingest_item);
    for (size_t i = 0; i < u->files.count; i++) {
        if (!file_store(s, u, arena, i, new_run, now_us, err)) {
            undo(s, u, i, now_us);
            return false;
        }
    }
    service_told(s, "run", u->profile.project, u->profile.run);
    for (size_t i = 0; i < u->files.count; i++) {
        if (u->items[i].fresh)
            service_told_upload(s, u->profile.project, u->items[i].id, "queued", 0, (int)u->files.count);
    }
    struct ingest *g = NULL;
    if (!upload_config_store(s, u, now_us, err) ||
        !ingest_start(s, u->profile.project, u->profile.run, u->enforce, u->items, u->files.count, &g, err)) {
        undo(s, u, u->files.count, now_us);
        return false;
    }
    enum ingest_end end = ingest_wait(g, wait_s, arena, &u->analysis, err);
    u->late = end == INGEST_LATE;
    return end != INGEST_FAILED;
}

void upload_release(struct upload *u)
{
    spools_release(&u->files);
    pairs_release(&u->fields);
    freep(&u->labels.items);
    freep(&u->facts.items);
}

/* --- the API --- */

static void upload_members(const struct upload *u, struct span doc, struct jsonw *w)
{
    struct sb url = { 0 };
    path_profile(&url, u->items[0].id, u->late ? 0 : u->analysis.revision);
    jsonw_str(w, "id", u->items[0].id);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_str(w, "project", u->profile.project);
    jsonw_str(w, "run", u->profile.run);
    jsonw_bool(w, "duplicate", u->duplicate);
    jsonw_strz(w, "status", u->late ? "queued" : "done");
    jsonw_arr(w, "profiles");
    for (size_t i = 0; i < u->files.count; i++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", u->items[i].id);
        jsonw_strz(w, "name", u->files.items[i].name);
        jsonw_strz(w, "sha256", u->files.items[i].sha256);
        jsonw_int(w, "bytes", (int64_t)u->files.items[i].bytes);
        jsonw_bool(w, "duplicate", !u->items[i].fresh);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    upload_config_write(u, w);
    if (!u->late)
        jsonw_raw(w, "analysis", doc);
    sb_release(&url);
}

static bool markdown_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct upload *u = user;
    return markdown_of(rq, db, &u->analysis, u->items[0].id, false, body, err);
}

static bool wants_async(const struct request *rq)
{
    struct span prefer = rq->header(rq, "Prefer");
    return prefer.ptr && span_find(prefer, 0, SPAN("respond-async")) < prefer.len;
}

static bool upload_reply(struct request *rq, struct upload *u, struct reply *rp, struct err *err)
{
    struct span doc = SPAN("");
    struct span gate = SPAN("");
    if (!u->late && !waive_doc(rq->db, &rq->arena, &u->analysis, u->enforce, rq->now_us, &doc, &gate, err))
        return false;
    bool closed = u->enforce && !u->late && !span_is(gate, "pass") && !span_is(gate, "waived");
    int status = u->late ? 202 : closed ? 409 : u->duplicate ? 200 : 201;
    if (!u->late && request_accepts(rq, "text/markdown")) {
        reply_type(rp, status, "text/markdown; charset=utf-8");
        return page_render(rq, markdown_render, u, &rp->body, err);
    }
    reply_type(rp, status, closed ? "application/problem+json" : "application/json");
    struct jsonw w = { .out = &rp->body };
    jsonw_obj(&w, NULL);
    if (closed)
        problem_members(&w, 409, "gate_closed", arena_dup(&rq->arena, u->analysis.summary));
    upload_members(u, doc, &w);
    jsonw_end_obj(&w);
    struct sb url = { 0 };
    sb_adds(&url, "/api/v1/profiles/");
    url_encode(&url, u->items[0].id);
    reply_header(rp, "Location", sb_span(&url));
    sb_release(&url);
    if (u->late && wants_async(rq))
        reply_header(rp, "Preference-Applied", SPAN("respond-async"));
    return true;
}

bool h_upload(struct request *rq, struct reply *rp, struct err *err)
{
    struct upload u = { .query = &rq->query };
    u.profile.project = request_param(rq, "project");
    if (!name_project(u.profile.project, err))
        return false;
    if (!rq->has_body)
        return rq->content_length < 0
                   ? err_set(err, ERR_LENGTH, "send the file as the body, with Content-Length or chunked")
                   : err_set(err, ERR_EMPTY, "the body is empty");
    struct span name = pairs_get(&rq->query, "name");
    bool ok = spool_receive(rq, rq->service->spool, &rq->service->limits, name.ptr ? name : SPAN("upload"), &u.files,
                            &u.fields, err);
    int64_t wait_s = wants_async(rq) ? 0 : config_int(rq->service->config, CONFIG_sync_s);
    struct field_errors errors = { 0 };
    ok = ok && upload_config(rq, &u, &errors, err) &&
         upload_accept(rq->service, &u, &rq->arena, rq->now_us, wait_s, err) && upload_reply(rq, &u, rp, err);
    if (!ok && errors.count > 0) {
        reply_field_errors(rp, err, &errors);
        ok = true;
    }
    freep(&errors.items);
    upload_release(&u);
    return ok;
}

/* --- forms --- */

static bool form_take(struct request *rq, struct upload *u, struct reply *rp, struct err *err)
{
    if (!rq->has_body)
        return err_set(err, ERR_BAD_REQUEST, "the form is empty");
    if (!spool_receive(rq, rq->service->spool, &rq->service->limits, SPAN("upload"), &u->files, &u->fields, err))
        return false;
    if (u->profile.project.len == 0)
        u->profile.project = text_param(&rq->query, &u->fields, "project");
    if (!name_project(u->profile.project, err) || !access_allowed(rq, SCOPE_UPLOAD, u->profile.project, err) ||
        !upload_accept(rq->service, u, &rq->arena, rq->now_us, config_int(rq->service->config, CONFIG_sync_s), err))
        return false;
    struct sb url = { 0 };
    path_profile(&url, u->items[0].id, u->late ? 0 : u->analysis.revision);
    reply_redirect(rp, sb_span(&url));
    sb_release(&url);
    return true;
}

bool h_form_upload(struct request *rq, struct reply *rp, struct err *err)
{
    struct upload u = { .query = &rq->query };
    bool ok = form_take(rq, &u, rp, err);
    upload_release(&u);
    return ok;
}

bool h_form_files(struct request *rq, struct reply *rp, struct err *err)
{
    struct upload u = { .query = &rq->query };
    u.profile.project = request_param(rq, "project");
    u.profile.run = request_param(rq, "run");
    bool ok = name_key("run", u.profile.run, err) && form_take(rq, &u, rp, err);
    upload_release(&u);
    return ok;
}
