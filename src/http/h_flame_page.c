/* The page of one flame graph, as large as the window; or of two beside each other. */
#include <stdio.h>

#include "base/json.h"
#include "http/export.h"
#include "http/flame_meta.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/waive.h"
#include "report/flame_page.h"
#include "version.h"

enum { DOC_DEPTH_MAX = 64 };

struct flame_page {
    struct store_profile profile;
    int64_t revision; /* 0 = newest */
    uint32_t column, artefact;
    struct span beside; /* id, "" = none */
    struct store_profiles files;
    struct json *doc;
    struct flame_source source;
    bool has_source;
};

static bool page_load(struct request *rq, struct sql *db, struct flame_page *f, struct err *err)
{
    struct store_analysis a;
    struct span shown;
    struct err why = ERR_INIT;
    if (!store_analysis_of(db, &rq->arena, f->profile.id, f->revision, &a, &why)) {
        if (f->revision == 0 && why.code == ERR_NOT_FOUND)
            return store_profiles(db, &rq->arena, f->profile.project, f->profile.run, -1, SPAN(""), 100, &f->files,
                                  err);
        *err = why;
        return false;
    }
    if (!store_revision_members(db, &rq->arena, a.project, a.run, a.revision, &f->files, err) ||
        !waive_doc(db, &rq->arena, &a, false, rq->now_us, &shown, NULL, err) ||
        !json_parse(shown, DOC_DEPTH_MAX, &f->doc, err))
        return false;
    f->has_source = flame_source_find(f->doc, &f->files, &f->profile, &f->source);
    return true;
}

/* This page with another column, artefact or neighbour. */
static void self_url(struct jsonw *w, const char *key, const struct flame_page *f, uint32_t column, uint32_t artefact,
                     struct span beside)
{
    struct sb url = { 0 };
    char mark = '?';
    path_profile(&url, f->profile.id, 0);
    sb_adds(&url, "/flame");
    if (column != UINT32_MAX) {
        sb_printf(&url, "%ccolumn=%u", mark, (unsigned)column);
        mark = '&';
    }
    if (artefact != UINT32_MAX) {
        sb_printf(&url, "%cartefact=%u", mark, (unsigned)artefact);
        mark = '&';
    }
    if (beside.len > 0) {
        sb_printf(&url, "%cbeside=", mark);
        url_encode(&url, beside);
        mark = '&';
    }
    if (f->revision > 0)
        sb_printf(&url, "%crev=%lld", mark, (long long)f->revision);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

static void measured_write(struct jsonw *w, const struct flame_page *f)
{
    uint32_t shown = 0;
    const struct json *column = f->has_source ? flame_source_column(&f->source, &shown) : NULL;
    uint32_t usual = shown;
    uint32_t i = 0;
    for (const struct json *e = json_first(json_get(f->source.entry, "events")); e; e = json_next(e), i++) {
        if (f->column == i) {
            column = e;
            shown = i;
        }
    }
    struct span clock = shown != usual ? json_str(json_get(column, "clock")) : span_of(f->source.clock);
    jsonw_obj(w, "measured");
    jsonw_str(w, "clock", f->artefact != UINT32_MAX ? SPAN("") : f->has_source ? clock : SPAN("unknown"));
    json_text(w, "event", json_str(json_get(column, "event")));
    json_text(w, "unit", json_str(json_get(column, "unit")));
    jsonw_end_obj(w);
    jsonw_arr(w, "columns");
    i = 0;
    for (const struct json *e = json_first(json_get(f->source.entry, "events")); e; e = json_next(e), i++) {
        if (f->artefact != UINT32_MAX)
            break;
        jsonw_obj(w, NULL);
        jsonw_str(w, "event", json_str(json_get(e, "event")));
        jsonw_str(w, "unit", json_str(json_get(e, "unit")));
        jsonw_bool(w, "chosen", i == shown);
        self_url(w, "url", f, i, UINT32_MAX, f->beside);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* What is taken away is what is shown. */
static void shown_add(struct sb *url, const struct flame_page *f)
{
    char mark = '?';
    if (f->column != UINT32_MAX) {
        sb_printf(url, "%ccolumn=%u", mark, (unsigned)f->column);
        mark = '&';
    }
    if (f->artefact != UINT32_MAX)
        sb_printf(url, "%cartefact=%u", mark, (unsigned)f->artefact);
}

static void downloads_write(struct jsonw *w, const struct flame_page *f)
{
    static const char *const rows[][2] = {
        { "pprof", "/pprof" },        { "folded stacks", "/folded" }, { "speedscope", "/speedscope.json" },
        { "SVG", "/flamegraph.svg" }, { "as uploaded", "/raw" },
    };
    jsonw_arr(w, "downloads");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (i + 1 == ARRAY_LEN(rows) && !f->profile.raw_kept)
            continue;
        struct sb tail = { 0 };
        sb_adds(&tail, rows[i][1]);
        if (i + 1 < ARRAY_LEN(rows))
            shown_add(&tail, f);
        jsonw_obj(w, NULL);
        jsonw_strz(w, "text", rows[i][0]);
        json_url(w, "url", "/api/v1/profiles/", f->profile.id, sb_cstr(&tail));
        sb_release(&tail);
        jsonw_bool(w, "file", true);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    struct sb data = { 0 };
    struct sb url = { 0 };
    sb_adds(&data, "/api/v1/profiles/");
    url_encode(&data, f->profile.id);
    sb_adds(&data, "/speedscope.json");
    shown_add(&data, f);
    sb_adds(&url, "/speedscope/index.html#profileURL=");
    url_encode(&url, sb_span(&data));
    sb_adds(&url, "&title=");
    url_encode(&url, span_sub(f->profile.name, 0, 200));
    jsonw_str(w, "speedscope_url", sb_span(&url));
    sb_release(&data);
    sb_release(&url);
}

static void beside_write(struct jsonw *w, const struct flame_page *f)
{
    jsonw_arr(w, "beside");
    for (size_t i = 0; i < f->files.count; i++) {
        const struct store_profile *p = &f->files.items[i];
        struct flame_source s;
        if (span_eq(p->id, f->profile.id) || !flame_source_find(f->doc, &f->files, p, &s))
            continue;
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", p->name);
        jsonw_strz(w, "clock", s.clock);
        jsonw_bool(w, "chosen", span_eq(p->id, f->beside));
        self_url(w, "url", f, f->column, f->artefact, p->id);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    if (f->beside.len > 0)
        self_url(w, "alone_url", f, f->column, f->artefact, SPAN(""));
}

static void input_write(const struct request *rq, const struct flame_page *f, struct sb *out)
{
    struct jsonw w = { .out = out };
    struct sb url = { 0 };
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", f->profile.project);
    json_url(&w, "project_url", "/projects/", f->profile.project, "");
    jsonw_str(&w, "run", f->profile.run);
    path_run(&url, f->profile.project, f->profile.run);
    jsonw_str(&w, "run_url", sb_span(&url));
    sb_reset(&url);
    path_profile(&url, f->profile.id, f->revision);
    jsonw_str(&w, "report_url", sb_span(&url));
    jsonw_str(&w, "name", f->profile.name);
    measured_write(&w, f);
    downloads_write(&w, f);
    beside_write(&w, f);
    flame_meta_write(&w, &(struct flame_meta){ .project = f->profile.project,
                                               .run = f->profile.run,
                                               .revision = f->revision,
                                               .may_write = (rq->who.scopes & SCOPE_WRITE) != 0,
                                               .files = &f->files,
                                               .doc = f->doc,
                                               .shown = { f->profile.id, f->beside },
                                               .column = f->column,
                                               .artefact = f->artefact });
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    sb_release(&url);
}

static bool page_write(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct flame_page *f = user;
    struct json *in = NULL;
    struct sb text = { 0 };
    bool ok = page_load(rq, db, f, err);
    if (ok && f->doc && !f->has_source)
        ok = err_set(err, ERR_NOT_FOUND, "there are no stacks in this upload: %.*s holds numbers alone",
                     SPAN_FMT(span_sub(f->profile.name, 0, 100)));
    if (ok) {
        input_write(rq, f, &text);
        ok = json_parse(sb_span(&text), DOC_DEPTH_MAX, &in, err) && report_page_flame(f->doc, in, body, err);
    }
    json_free(in);
    json_free(f->doc);
    sb_release(&text);
    freep(&f->files.items);
    f->doc = NULL;
    return ok;
}

bool h_page_flame(struct request *rq, struct reply *rp, struct err *err)
{
    struct flame_page f = { .beside = pairs_get(&rq->query, "beside") };
    struct span id = request_param(rq, "id");
    if (!store_profile_get(rq->db, &rq->arena, id, &f.profile, err))
        return false;
    if (!access_sees(rq, f.profile.project))
        return err_set(err, ERR_NOT_FOUND, "there is no profile '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    char variant[60];
    (void)snprintf(variant, sizeof variant, "flame page %u", rq->who.scopes);
    return request_revision(rq, &f.revision, err) && export_index(rq, "column", &f.column, err) &&
           export_index(rq, "artefact", &f.artefact, err) &&
           page_reply(rq, rp, "text/html; charset=utf-8", variant, page_write, &f, err);
}
