#include "report/pages.h"

#include <stdio.h>

#include "base/embed.h"
#include "report/flame_page.h"
#include "report/fmt.h"
#include "report/html.h"
#include "report/page_make.h"
#include "report/view_read.h"

EMBED_DECLARE(embed_static);
EMBED_DECLARE(embed_lib);
EMBED_DECLARE(embed_speedscope);

static const char *status_words(int status)
{
    switch (status) {
    case 400:
        return "This request cannot be read";
    case 401:
        return "A token is needed";
    case 403:
        return "Not allowed";
    case 404:
        return "Nothing here";
    case 405:
        return "Not possible here";
    case 409:
        return "In conflict with what is there";
    case 410:
        return "No longer kept";
    case 413:
        return "Too large";
    case 415:
        return "Not a format that can be read";
    case 422:
        return "The file is broken";
    case 429:
        return "Too many requests";
    case 503:
        return "Busy, try again";
    case 507:
        return "No room left on the disk";
    default:
        return "Something went wrong";
    }
}

bool report_page_error(int status, struct span title, struct span detail, struct span request_id, struct sb *out,
                       struct err *err)
{
    struct span words = title.len > 0 ? title : span_of(status_words(status));
    struct making m = page_begin(NULL, words);
    tmpl_set(m.page, "TITLE", view_clean(&m.arena, words, 120));
    struct span text = view_clean(&m.arena, detail, 1000);
    if (text.len > 0 && text.ptr[0] >= 'a' && text.ptr[0] <= 'z')
        text = view_printf(&m.arena, "%c%.*s", text.ptr[0] - 'a' + 'A', SPAN_FMT(span_from(text, 1)));
    tmpl_set(m.page, "DETAIL", text);
    tmpl_set(m.page, "STATUS", view_printf(&m.arena, "%d", status));
    html_text(m.page, "REQUEST", view_clean(&m.arena, request_id, 60));
    return page_finish(&m, "error.tpl", SPAN(""), out, err);
}

/* --- the report --- */

static void run_line(struct making *m, const struct json *meta)
{
    double revision = read_num(meta, "revision");
    double revisions = read_num(meta, "revisions");
    struct sb sb = { 0 };
    sb_printf(&sb, "run %.*s", SPAN_FMT(page_text(m, meta, "run", 60)));
    if (num_known(revision))
        sb_printf(&sb, ", revision %.0f", revision);
    if (num_known(revision) && num_known(revisions))
        sb_printf(&sb, revision >= revisions ? " of %.0f, newest" : " of %.0f", revisions);
    tmpl_set(m->page, "RUNLINE", view_clean(&m->arena, sb_span(&sb), 200));
    sb_reset(&sb);
    static const char *const keys[] = { "commit", "branch", "scenario", "created" };
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct span value = i == 3 ? page_time(m, meta, keys[i]) : page_text(m, meta, keys[i], 60);
        if (value.len > 0)
            sb_printf(&sb, "%s%s %.*s", sb.len ? ", " : "", i == 3 ? "received" : keys[i], SPAN_FMT(value));
    }
    EACH (label, json_get(meta, "labels"))
        sb_printf(&sb, "%s%.*s=%.*s", sb.len ? ", " : "", SPAN_FMT(view_clean(&m->arena, json_key(label), 40)),
                  SPAN_FMT(view_clean(&m->arena, json_str(label), 60)));
    html_text(m->page, "PARTS", view_clean(&m->arena, sb_span(&sb), 400));
    sb_release(&sb);
}

/* Whoever has but a link to one report may not follow the changes of the project. */
static void live(struct making *m, const struct json *meta)
{
    double revision = read_num(meta, "revision");
    struct tmpl *t = json_bool(json_get(meta, "read_only"), false) ? NULL : tmpl_add(m->page, "LIVE");
    if (!t)
        return;
    tmpl_set(t, "PROJECT", page_text(m, meta, "project", 63));
    tmpl_set(t, "URL", page_path(m, meta, "run_url"));
    tmpl_set(t, "REVISION", num_known(revision) ? view_printf(&m->arena, "%.0f", revision) : SPAN(""));
}

static void notices(struct making *m, const struct json *meta, bool analysed)
{
    bool read_only = json_bool(json_get(meta, "read_only"), false);
    live(m, meta);
    struct span newest = page_path(m, meta, "newest_url");
    double revision = read_num(meta, "revision");
    if (newest.len > 0 && revision < read_num(meta, "revisions")) {
        struct tmpl *t = tmpl_add(m->page, "OLDER");
        const struct json *changed = json_get(meta, "newest_changed");
        html_setz(t, "CHANGED",
                  json_is_null(changed)       ? "may have changed"
                  : json_bool(changed, false) ? "has changed"
                                              : "is unchanged");
        tmpl_set(t, "URL", newest);
    }
    if (!read_only && page_path(m, meta, "share_action").len > 0)
        tmpl_set(tmpl_add(m->page, "SHARE_FORM"), "ACTION", page_path(m, meta, "share_action"));
    if (!read_only && analysed && page_path(m, meta, "upload_action").len > 0)
        tmpl_show(m->page, "ADD");
    const struct json *share = json_get(meta, "share");
    if (json_str(json_get(share, "url")).len > 0) {
        struct tmpl *t = tmpl_add(m->page, "SHARED");
        tmpl_set(t, "URL", page_text(m, share, "url", 300));
        html_text(t, "EXPIRES", page_time(m, share, "expires"));
    }
}

static void link_add(struct making *m, struct tmpl *t, const struct json *row, const char *key, const char *words)
{
    struct span url = page_path(m, row, key);
    if (url.len == 0)
        return;
    struct tmpl *link = tmpl_add(t, "LINK");
    tmpl_set(link, "URL", url);
    html_setz(link, "TEXT", words);
}

static void downloads(struct making *m, const struct json *meta)
{
    const struct json *files = json_get(meta, "files");
    const struct json *links = json_get(meta, "links");
    if (json_count(files) + json_count(links) == 0)
        return;
    struct tmpl *t = tmpl_add(m->page, "DOWNLOADS");
    link_add(m, t, links, "json", "analysis as JSON");
    link_add(m, t, links, "markdown", "summary as Markdown");
    link_add(m, t, links, "html", "this report as one file");
    if (json_count(files) == 0)
        return;
    struct tmpl *table = tmpl_add(t, "FILES");
    EACH (row, files) {
        struct tmpl *file = tmpl_add(table, "FILE");
        struct span url = page_path(m, row, "url");
        struct tmpl *name = tmpl_add(file, url.len ? "NAMED" : "BARE");
        tmpl_set(name, "TEXT", page_text(m, row, "name", 80));
        if (url.len > 0)
            tmpl_set(name, "URL", url);
        link_add(m, file, row, "raw_url", "as uploaded");
        link_add(m, file, row, "folded_url", "folded stacks");
        link_add(m, file, row, "speedscope_url", "speedscope");
        link_add(m, file, row, "pprof_url", "pprof");
        link_add(m, file, row, "flamegraph_url", "flame graph");
        link_add(m, file, row, "flame_url", "flame graph");
    }
}

static void working(struct making *m, const struct json *meta)
{
    struct span status = json_str(json_get(meta, "status"));
    struct tmpl *t = tmpl_add(m->page, "WORKING");
    bool failed = span_is(status, "failed");
    html_setz(t, "KIND", failed ? "error" : "");
    if (failed && !json_bool(json_get(meta, "read_only"), false)) {
        struct sb url = { 0 };
        sb_printf(&url, "/upload?project=%.*s", SPAN_FMT(page_text(m, meta, "project", 63)));
        tmpl_set(tmpl_add(t, "WAY"), "URL", sb_span(&url));
        sb_release(&url);
    }
    html_setz(t, "TITLE",
              failed                       ? "This could not be analysed"
              : span_is(status, "running") ? "Being analysed"
                                           : "Waiting to be analysed");
    struct span error = page_text(m, meta, "error", 1000);
    tmpl_set(t, "TEXT",
             failed && error.len ? error
             : failed            ? SPAN("No reason was kept.")
                                 : SPAN("Load this page again in a moment."));
}

/* The flame graph that the browser draws; behind a link, where its data cannot be asked for, the picture stands instead. */
static void flame_live(struct making *m, struct tmpl *evidence, const struct json *flame)
{
    if (json_count(json_get(flame, "graphs")) == 0)
        return;
    struct tmpl *t = tmpl_add(evidence, "FLAME_LIVE");
    struct span window = page_path(m, json_first(json_get(flame, "graphs")), "page_url");
    if (window.len > 0)
        tmpl_set(tmpl_add(t, "WINDOW"), "URL", window);
    (void)page_flame(m, t, flame, false);
}

bool report_page_report(const struct json *doc, const struct json *meta, struct span svg, struct sb *out,
                        struct err *err)
{
    struct making m = page_begin(meta, SPAN("Report"));
    struct view v;
    if (doc && !view_make(doc, &m.arena, &v, err)) {
        tmpl_free(m.page);
        arena_release(&m.arena);
        return false;
    }
    struct span project = page_text(&m, meta, "project", 63);
    page_crumb(&m, project, page_path(&m, meta, "project_url"));
    struct span name = page_text(&m, meta, "name", 60);
    page_crumb(&m, view_printf(&m.arena, "run %.*s", SPAN_FMT(page_text(&m, meta, "run", 40))),
               name.len ? page_path(&m, meta, "run_url") : SPAN(""));
    page_crumb(&m, name, SPAN(""));
    page_style(&m, "upload.css");
    run_line(&m, meta);
    notices(&m, meta, doc != NULL);
    if (doc) {
        tmpl_set(m.head, "TITLE", view_printf(&m.arena, "%.*s: %.*s - stet", SPAN_FMT(project), SPAN_FMT(v.headline)));
        struct tmpl *evidence = html_body(tmpl_include(m.page, "BODY", "report_body.tpl"), &v, meta, svg.len > 0);
        flame_live(&m, evidence, json_get(meta, "flame"));
    } else {
        working(&m, meta);
    }
    downloads(&m, meta);
    return page_finish(&m, "report.tpl", svg, out, err);
}

/* --- static files --- */

static bool asset_of(const struct embed_file *file, struct report_asset *ret)
{
    static const char *const types[][2] = {
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".svg", "image/svg+xml" },
        { ".html", "text/html; charset=utf-8" },
        { ".png", "image/png" },
        { ".ico", "image/x-icon" },
        { ".woff2", "font/woff2" },
        { ".md", "text/plain; charset=utf-8" },
    };
    if (!file)
        return false;
    *ret = (struct report_asset){ .type = "application/octet-stream",
                                  .bytes = span_make((const char *)file->begin, embed_size(file)) };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (span_ends(span_of(file->name), span_of(types[i][0])))
            ret->type = types[i][1];
    }
    (void)snprintf(ret->etag, sizeof ret->etag, "\"%016llx\"", span_hash(ret->bytes));
    return true;
}

bool report_static(const char *name, struct report_asset *ret)
{
    return asset_of(embed_find(embed_static, embed_static_count, name), ret) ||
           asset_of(embed_find(embed_lib, embed_lib_count, name), ret);
}

bool report_speedscope(const char *name, struct report_asset *ret)
{
    return asset_of(embed_find(embed_speedscope, embed_speedscope_count, name), ret);
}
