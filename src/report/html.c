#include "report/html.h"

#include "base/embed.h"
#include "report/fmt.h"
#include "report/report.h"

EMBED_DECLARE(embed_static);

void html_text(struct tmpl *t, const char *section, struct span text)
{
    if (text.len > 0)
        tmpl_set(tmpl_add(t, section), "TEXT", text);
}

void html_setz(struct tmpl *t, const char *name, const char *value)
{
    tmpl_set(t, name, span_of(value));
}

void html_coord(struct tmpl *t, const char *name, double value)
{
    struct sb sb = { 0 };
    sb_printf(&sb, "%.2f", value > 0 ? value : 0.0);
    tmpl_set(t, name, sb_span(&sb));
    sb_release(&sb);
}

static struct span kept(struct arena *a, struct sb *sb)
{
    struct span s = arena_span(a, sb_span(sb));
    sb_release(sb);
    return s;
}

struct span html_percent(struct arena *a, double share)
{
    struct sb sb = { 0 };
    if (num_known(share))
        fmt_percent(&sb, share);
    return kept(a, &sb);
}

struct span html_range(struct arena *a, double lo, double hi)
{
    struct sb sb = { 0 };
    fmt_percent_range(&sb, lo, hi);
    if (sb.len > 0)
        sb_adds(&sb, " %");
    return kept(a, &sb);
}

struct span html_seconds(struct arena *a, double s)
{
    struct sb sb = { 0 };
    if (num_known(s))
        fmt_seconds(&sb, s);
    return kept(a, &sb);
}

struct span html_factor(struct arena *a, double x)
{
    struct sb sb = { 0 };
    if (num_known(x))
        fmt_factor(&sb, x);
    return kept(a, &sb);
}

struct span html_ceiling(struct arena *a, double x)
{
    struct sb sb = { 0 };
    if (num_known(x))
        fmt_ceiling(&sb, x);
    return kept(a, &sb);
}

struct span html_number(struct arena *a, double x)
{
    struct sb sb = { 0 };
    if (num_known(x))
        fmt_number(&sb, x);
    return kept(a, &sb);
}

bool html_replace(const struct sb *in, const char *marker, struct span text, struct sb *out)
{
    struct span all = sb_span(in);
    size_t at = span_find(all, 0, span_of(marker));
    if (at == all.len) {
        sb_add(out, all);
        return false;
    }
    sb_add(out, span_sub(all, 0, at));
    sb_add(out, text);
    sb_add(out, span_from(all, at + strlen(marker)));
    return true;
}

void html_style(const struct sb *in, struct sb *out)
{
    const struct embed_file *css = embed_find(embed_static, embed_static_count, "app.css");
    struct sb style = { 0 };
    sb_adds(&style, "<style>\n");
    if (css)
        sb_add(&style, span_make((const char *)css->begin, embed_size(css)));
    sb_adds(&style, "</style>");
    (void)html_replace(in, "<!--stet:style-->", sb_span(&style), out);
    sb_release(&style);
}

struct tmpl *html_body(struct tmpl *body, struct view *v, const struct json *meta, bool with_flame)
{
    html_sheet(body, v);
    return html_below(body, v, meta, with_flame);
}

bool report_html_standalone(const struct json *doc, struct span svg, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct view v;
    if (!view_make(doc, &arena, &v, err)) {
        arena_release(&arena);
        return false;
    }
    CLEANUP(tmpl_freep) struct tmpl *page = tmpl_new();
    struct tmpl *head = tmpl_include(page, "HEAD", "head.tpl");
    tmpl_set(head, "TITLE", view_printf(&arena, "%.*s - stet", SPAN_FMT(v.headline)));
    tmpl_show(head, "OFFLINE");
    (void)html_body(tmpl_include(page, "BODY", "report_body.tpl"), &v, NULL, svg.len > 0);
    tmpl_include(page, "FOOT", "foot.tpl");
    struct sb rendered = { 0 };
    struct sb styled = { 0 };
    bool ok = tmpl_render("standalone.tpl", page, &rendered, err);
    if (ok) {
        html_style(&rendered, &styled);
        (void)html_replace(&styled, "<!--stet:flame-->", svg, out);
    }
    sb_release(&rendered);
    sb_release(&styled);
    arena_release(&arena);
    return ok;
}
