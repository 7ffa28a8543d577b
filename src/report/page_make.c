/* page_make.c - head, foot and the reading of inputs that all pages of the service share. */
#include "report/page_make.h"

#include <string.h>

#include "base/embed.h"
#include "report/html.h"

EMBED_DECLARE(embed_static);

struct span page_text(struct making *m, const struct json *obj, const char *key, size_t max)
{
    return view_clean(&m->arena, json_str(json_get(obj, key)), max);
}

/* "2026-03-01 09:30 UTC" of an RFC 3339 time in UTC; anything else as it is. */
struct span page_utc(struct arena *a, struct span t)
{
    if (t.len < 17 || t.ptr[10] != 'T' || t.ptr[16] != ':' || !span_ends(t, SPAN("Z")))
        return t;
    return view_printf(a, "%.*s %.*s UTC", SPAN_FMT(span_sub(t, 0, 10)), SPAN_FMT(span_sub(t, 11, 5)));
}

struct span page_time(struct making *m, const struct json *obj, const char *key)
{
    return page_utc(&m->arena, page_text(m, obj, key, 40));
}

/* Only paths of this service become links: an address with a scheme or a host never does. */
struct span page_own_path(struct arena *a, const struct json *obj, const char *key)
{
    struct span url = json_str(json_get(obj, key));
    bool own = url.len > 0 && url.ptr[0] == '/' && !(url.len > 1 && (url.ptr[1] == '/' || url.ptr[1] == '\\'));
    return own ? view_clean(a, url, 2000) : SPAN("");
}

struct span page_path(struct making *m, const struct json *obj, const char *key)
{
    return page_own_path(&m->arena, obj, key);
}

/* A whole number as it is, "" when there is none. */
static struct span page_number(struct making *m, const struct json *obj, const char *key)
{
    double n = json_num(json_get(obj, key), -1);
    return n >= 0 && n < 9e15 ? view_printf(&m->arena, "%.0f", n) : SPAN("");
}

/* Modules import each other: without this a browser would learn of each layer when it has read the one above. All of these
 * folders are imported by their first module. */
static void preload(struct making *m, const char *folder)
{
    for (size_t i = 0; i < embed_static_count; i++) {
        struct span name = span_of(embed_static[i].name);
        if (span_starts(name, span_of(folder)) && span_ends(name, SPAN(".js")))
            tmpl_set(tmpl_add(m->online, "PRELOAD"), "FILE", name);
    }
}

struct making page_begin(const struct json *in, struct span title)
{
    struct making m = { .page = tmpl_new() };
    m.head = tmpl_include(m.page, "HEAD", "head.tpl");
    struct span shown = title.len > 0 ? view_printf(&m.arena, "%.*s - stet", SPAN_FMT(title)) : SPAN("stet");
    tmpl_set(m.head, "TITLE", shown);
    tmpl_set(m.head, "SEARCH", page_text(&m, in, "search", 100));
    m.online = tmpl_add(m.head, "ONLINE");
    tmpl_set(m.online, "GENERATION", page_number(&m, in, "generation"));
    preload(&m, "ui/");
    html_text(m.head, "NOTICE", page_text(&m, in, "notice", 300));
    m.foot = tmpl_include(m.page, "FOOT", "foot.tpl");
    html_text(m.foot, "VERSION", page_text(&m, in, "version", 60));
    return m;
}

void page_script(struct making *m, const char *file)
{
    if (strcmp(file, "flame/index.js") == 0)
        preload(m, "flame/");
    tmpl_set(tmpl_add(m->online, "SCRIPT"), "FILE", span_of(file));
}

void page_style(struct making *m, const char *file)
{
    tmpl_set(tmpl_add(m->online, "STYLE"), "FILE", span_of(file));
}

void page_wide(struct making *m)
{
    html_setz(m->online, "WIDTH", "wide");
}

void page_crumb(struct making *m, struct span text, struct span url)
{
    if (text.len == 0)
        return;
    struct tmpl *c = tmpl_add(m->online, "CRUMB");
    struct tmpl *part = tmpl_add(c, url.len > 0 ? "CRUMB_LINK" : "CRUMB_TEXT");
    tmpl_set(part, "TEXT", text);
    if (url.len > 0)
        tmpl_set(part, "URL", url);
}

bool page_finish(struct making *m, const char *file, struct span svg, struct sb *out, struct err *err)
{
    struct sb rendered = { 0 };
    bool ok = tmpl_render(file, m->page, &rendered, err);
    if (ok && svg.len > 0)
        (void)html_replace(&rendered, "<!--stet:flame-->", svg, out);
    else if (ok)
        sb_add(out, sb_span(&rendered));
    sb_release(&rendered);
    tmpl_free(m->page);
    arena_release(&m->arena);
    return ok;
}
