/* What a project says of its code against the table: listed, given and revoked. */
#include "report/overrides_page.h"

#include "report/html.h"
#include "report/page_rows.h"
#include "report/view_read.h"

static const char *const kinds[][2] = {
    { "function", "function" },
    { "module", "module" },
    { "dso", "binary" },
    { "file", "file" },
};

static void option(struct tmpl *form, const char *section, struct span value, struct span text, struct span chosen)
{
    struct tmpl *o = tmpl_add(tmpl_add(form, section), span_eq(chosen, value) ? "CHOSEN" : "OTHER");
    tmpl_set(o, "VALUE", value);
    tmpl_set(o, "TEXT", text);
}

static void form_fill(struct making *m, const struct json *in)
{
    struct tmpl *form = tmpl_add(m->page, "FORM");
    tmpl_set(form, "ACTION", page_path(m, in, "action"));
    tmpl_set(form, "PATTERN", page_text(m, in, "pattern", 300));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        option(form, "KIND", span_of(kinds[i][0]), span_of(kinds[i][1]), json_str(json_get(in, "kind")));
    EACH (c, json_get(in, "categories"))
        option(form, "CATEGORY", json_str(json_get(c, "name")), json_str(json_get(c, "words")),
               json_str(json_get(in, "category")));
}

static struct span kind_words(struct span kind)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (span_is(kind, kinds[i][0]))
            return span_of(kinds[i][1]);
    }
    return kind;
}

static void row_add(struct making *m, struct tmpl *table, const struct json *o)
{
    bool active = json_bool(json_get(o, "active"), false);
    struct tmpl *row = tmpl_add(table, "ROW");
    tmpl_set(row, "STATE", active ? SPAN("holds") : SPAN("revoked"));
    tmpl_set(row, "PATTERN", page_text(m, o, "pattern", 300));
    tmpl_set(row, "KIND", kind_words(page_text(m, o, "kind", 20)));
    tmpl_set(row, "WORDS", page_text(m, o, "words", 60));
    html_text(row, "REASON", page_text(m, o, "reason", 500));
    html_text(row, "BY", page_text(m, o, "by", 120));
    page_moment(m, row, "AT", o, "at");
    if (active) {
        tmpl_set(tmpl_add(row, "REVOKE"), "ACTION", page_path(m, o, "revoke_action"));
        return;
    }
    struct tmpl *gone = tmpl_add(row, "REVOKED");
    html_text(gone, "WHO", page_text(m, o, "revoked_by", 120));
    page_moment(m, gone, "WHEN", o, "revoked");
}

bool report_page_overrides(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Corrections"));
    struct span project = page_text(&m, in, "project", 63);
    const struct json *list = json_get(in, "overrides");
    page_style(&m, "functions.css");
    page_crumb(&m, project, page_path(&m, in, "project_url"));
    page_crumb(&m, SPAN("corrections"), SPAN(""));
    tmpl_set(m.page, "NAME", project);
    form_fill(&m, in);
    if (json_count(list) > 0) {
        struct tmpl *table = tmpl_add(m.page, "LIST");
        EACH (o, list)
            row_add(&m, table, o);
        if (page_path(&m, in, "more_url").len > 0)
            tmpl_set(tmpl_add(table, "MORE"), "URL", page_path(&m, in, "more_url"));
    } else {
        tmpl_show(m.page, "NONE");
    }
    return page_finish(&m, "overrides.tpl", SPAN(""), out, err);
}
