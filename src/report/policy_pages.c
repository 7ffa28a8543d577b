/* policy_pages.c - what a project decides by: packs, lines, rules of its own, exemptions, versions. */
#include "report/policy_pages.h"

#include "report/html.h"
#include "report/page_make.h"
#include "report/view_read.h"

enum { ROWS_MAX = 200, VERSIONS_MAX = 100 };

static struct span own(const struct json *row, const char *key)
{
    return json_str(json_get(row, key));
}

/* A moment, which a module turns into the viewer's zone. */
static void moment(struct making *m, struct tmpl *t, const struct json *row)
{
    struct span iso = page_text(m, row, "at", 40);
    if (iso.len == 0)
        return;
    struct tmpl *time = tmpl_add(t, "TIME");
    tmpl_set(time, "ISO", iso);
    tmpl_set(time, "TEXT", page_time(m, row, "at"));
}

static void packs(struct making *m, const struct json *list)
{
    EACH (row, list) {
        struct tmpl *t = tmpl_add(m->page, "PACK");
        struct span title = page_text(m, row, "title", 100);
        tmpl_set(t, "NAME", page_text(m, row, "name", 60));
        tmpl_set(t, "TITLE", title.len ? title : page_text(m, row, "name", 60));
        tmpl_set(t, "ABOUT", page_text(m, row, "about", 400));
        tmpl_set(t, "RULES", view_printf(&m->arena, "%.0f", json_num(json_get(row, "rules"), 0)));
        bool chosen = json_bool(json_get(row, "chosen"), false);
        if (json_bool(json_get(row, "always"), false)) {
            tmpl_show(t, "ALWAYS");
            continue;
        }
        struct tmpl *pick = tmpl_add(t, "PICK");
        html_setz(pick, "WORDS", chosen ? "yes" : "no");
        if (chosen)
            tmpl_show(pick, "CHOSEN");
    }
}

static void lines(struct making *m, const struct json *in)
{
    EACH (row, json_get(in, "thresholds")) {
        struct tmpl *t = tmpl_add(m->page, "LINE");
        bool set = json_bool(json_get(row, "set"), false);
        struct span value = view_printf(&m->arena, "%.6g", json_num(json_get(row, "value"), NUM_UNKNOWN));
        tmpl_set(t, "NAME", page_text(m, row, "name", 60));
        tmpl_set(t, "WORDS", page_text(m, row, "words", 160));
        tmpl_set(t, "VALUE", set ? value : SPAN(""));
        tmpl_set(t, "DEFAULT",
                 view_printf(&m->arena, "%.6g, default", json_num(json_get(row, "default"), NUM_UNKNOWN)));
        struct span by = page_text(m, in, "by", 80);
        tmpl_set(t, "SET",
                 !set         ? SPAN("default")
                 : by.len > 0 ? view_printf(&m->arena, "this project, %.*s", SPAN_FMT(by))
                              : SPAN("this project"));
    }
}

static void rules(struct making *m, const struct json *list)
{
    size_t shown = 0;
    if (json_count(list) == 0) {
        tmpl_show(m->page, "NO_RULES");
        return;
    }
    struct tmpl *t = tmpl_add(m->page, "RULES");
    EACH (row, list) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *r = tmpl_add(t, "RULE");
        tmpl_set(r, "ID", page_text(m, row, "id", 60));
        tmpl_set(r, "WHEN", page_text(m, row, "when", 1000));
        tmpl_set(r, "EFFECT", page_text(m, row, "effect", 100));
        tmpl_set(r, "REASON", page_text(m, row, "reason", 400));
    }
}

static void exemptions(struct making *m, const struct json *list)
{
    size_t shown = 0;
    if (json_count(list) == 0) {
        tmpl_show(m->page, "NO_EXEMPTIONS");
        return;
    }
    struct tmpl *t = tmpl_add(m->page, "EXEMPTIONS");
    EACH (row, list) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *r = tmpl_add(t, "EXEMPTION");
        tmpl_set(r, "RULE", page_text(m, row, "rule", 60));
        tmpl_set(r, "OWNER", page_text(m, row, "owner", 120));
        tmpl_set(r, "REASON", page_text(m, row, "reason", 300));
        tmpl_set(r, "UNTIL", page_text(m, row, "until", 40));
        tmpl_set(r, "STATE", page_text(m, row, "state", 20));
    }
}

static void watch(struct making *m, const struct json *list)
{
    size_t shown = 0;
    struct tmpl *t = json_count(list) > 0 ? tmpl_add(m->page, "WATCH") : NULL;
    EACH (row, t ? list : NULL) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *r = tmpl_add(t, "ROW");
        struct span title = page_text(m, row, "title", 200);
        tmpl_set(r, "TEXT", title.len ? title : page_text(m, row, "id", 60));
        struct span when = page_text(m, row, "when", 400);
        html_text(r, "WHEN", when.len ? when : page_text(m, row, "date", 40));
    }
}

static void versions(struct making *m, const struct json *list)
{
    size_t shown = 0;
    struct tmpl *t = json_count(list) > 0 ? tmpl_add(m->page, "VERSIONS") : NULL;
    EACH (row, t ? list : NULL) {
        if (shown++ == VERSIONS_MAX)
            break;
        struct tmpl *r = tmpl_add(t, "ROW");
        tmpl_set(r, "NUMBER", view_printf(&m->arena, "%.0f", json_num(json_get(row, "version_no"), 0)));
        tmpl_set(r, "URL", page_path(m, row, "url"));
        tmpl_set(r, "API", page_path(m, row, "api_url"));
        moment(m, r, row);
        struct span by = page_text(m, row, "by", 80);
        tmpl_set(r, "BY", by.len ? by : SPAN("not named"));
        tmpl_set(r, "ORIGIN", span_is(own(row, "origin"), "upload") ? SPAN("with an upload") : SPAN("by itself"));
    }
}

static void head(struct making *m, const struct json *in)
{
    double version = json_num(json_get(in, "version_no"), 0), newest = json_num(json_get(in, "newest_no"), 0);
    bool may_write = json_bool(json_get(in, "may_write"), false), may_try = json_bool(json_get(in, "may_try"), false);
    struct span by = page_text(m, in, "by", 80);
    tmpl_set(m->page, "PROJECT", page_text(m, in, "project", 63));
    tmpl_set(m->page, "DOCUMENT", own(in, "document_text"));
    tmpl_set(m->page, "RULES_TEXT", own(in, "rules_text"));
    tmpl_set(m->page, "SAVE_URL", page_path(m, in, "save_url"));
    tmpl_set(m->page, "TRIAL_URL", page_path(m, in, "trial_url"));
    tmpl_set(m->page, "FACTS_URL", page_path(m, in, "facts_url"));
    html_setz(m->page, "MAY_WRITE", may_write && version == newest ? "1" : "");
    html_setz(m->page, "MAY_TRY", may_try && version == newest ? "1" : "");
    tmpl_set(m->page, "VERSION_NO", view_printf(&m->arena, "%.0f", version));
    if (version < 1)
        html_setz(m->page, "STATE",
                  "Nothing was set for this project: the standing rules hold, with their default lines.");
    else
        tmpl_set(m->page, "STATE",
                 view_printf(&m->arena, "Version %.0f%s%.*s", version, by.len ? ", set by " : "", SPAN_FMT(by)));
    if (version >= 1)
        moment(m, m->page, in);
    if (version >= 1 && json_bool(json_get(in, "protected"), false))
        html_text(m->page, "KEPT", SPAN("an upload alone does not replace it"));
    if (version < newest)
        tmpl_set(tmpl_add(m->page, "OLDER"), "URL", page_path(m, in, "newest_url"));
    html_text(m->page, "BROKEN", page_text(m, in, "broken", 300));
    if (!may_write)
        html_text(m->page, "READER",
                  SPAN("Changing the rules needs a token with the scope write; trying a change out needs upload. "
                       "Whoever runs this "
                       "service makes one: stet token create --scopes read,upload,write"));
}

bool report_page_policies(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Rules"));
    page_script(&m, "pages/policies.js");
    page_style(&m, "editor.css");
    page_crumb(&m, page_text(&m, in, "project", 63), page_path(&m, in, "project_url"));
    page_crumb(&m, SPAN("rules"), SPAN(""));
    head(&m, in);
    packs(&m, json_get(in, "packs"));
    lines(&m, in);
    rules(&m, json_get(in, "rules"));
    exemptions(&m, json_get(in, "exemptions"));
    watch(&m, json_get(in, "watch"));
    versions(&m, json_get(in, "versions"));
    return page_finish(&m, "policies.tpl", SPAN(""), out, err);
}
