/* `/projects/{p}`: the answer now, its trend, runs to compare, and all that the project decides by. */
#include "report/page_project.h"
#include "report/fmt.h"
#include "report/html.h"
#include "report/page_rows.h"
#include "report/pages.h"
#include "report/view_read.h"

static void runs(struct making *m, const struct json *in)
{
    const struct json *list = json_get(in, "runs");
    if (json_count(list) == 0) {
        tmpl_show(m->page, "NONE");
        return;
    }
    struct tmpl *section = tmpl_add(m->page, "LIST");
    struct tmpl *table = tmpl_include(section, "TABLE", "runs_table.tpl");
    struct span compare = page_path(m, in, "compare_action");
    size_t comparable = 0;
    EACH (row, list)
        comparable += page_text(m, row, "compare", 200).len > 0;
    bool choose = compare.len > 0 && comparable > 1;
    if (choose) {
        tmpl_set(tmpl_add(section, "COMPARE"), "ACTION", compare);
        tmpl_show(table, "CHOOSE");
        tmpl_show(section, "COMPARE_END");
    }
    size_t at = 0;
    EACH (row, list) {
        struct tmpl *t = tmpl_add(table, "ROW");
        tmpl_set(t, "URL", page_path(m, row, "url"));
        tmpl_set(t, "NAME", page_text(m, row, "run", 100));
        struct sb detail = { 0 };
        static const char *const keys[] = { "commit", "branch", "scenario" };
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            struct span value = page_text(m, row, keys[i], 60);
            if (value.len > 0)
                sb_printf(&detail, "%s%.*s", detail.len ? ", " : "", SPAN_FMT(value));
        }
        html_text(t, "DETAIL", sb_span(&detail));
        sb_release(&detail);
        page_row_answer(m, t, row);
        page_share_bar(m, t, json_get(row, "cpu_share"));
        page_row_age(m, t, row);
        double files = read_num(row, "files");
        if (num_known(files))
            tmpl_set(t, "FILES", view_printf(&m->arena, "%.0f file%s", files, files < 2 ? "" : "s"));
        struct span id = page_text(m, row, "compare", 200);
        if (!choose)
            continue;
        struct tmpl *cell = tmpl_add(t, "CELL");
        struct tmpl *pick = id.len > 0 ? tmpl_add(cell, "PICK") : NULL;
        if (pick) {
            tmpl_set(pick, "ID", id);
            tmpl_set(pick, "RUN", page_text(m, row, "run", 100));
            tmpl_show(pick, at == 1 ? "BASE" : at == 0 ? "HEAD" : "NEITHER");
            at++;
        }
    }
    if (page_path(m, in, "more_url").len > 0)
        tmpl_set(tmpl_add(section, "MORE"), "URL", page_path(m, in, "more_url"));
}

/* What was proposed and decided, what fired, and how many waivers count. */
static void asked(struct making *m, const struct json *in)
{
    struct span waivers = page_waiver_words(m, json_get(in, "waivers"));
    bool proposed = json_count(json_get(in, "proposals")) > 0;
    struct span write = page_path(m, in, "new_proposal_url");
    if (!proposed && waivers.len == 0 && write.len == 0)
        return;
    struct tmpl *t = tmpl_add(m->page, "ASKED");
    html_setz(t, "TITLE", proposed ? "Proposals and decisions" : "Proposals");
    html_text(t, "WAIVERS", waivers);
    if (proposed)
        page_proposal_rows(m, tmpl_add(t, "PROPOSALS"), json_get(in, "proposals"));
    else
        tmpl_show(t, "NOBODY");
    if (write.len > 0)
        tmpl_set(tmpl_add(t, "WRITE"), "URL", write);
    if (proposed && page_path(m, in, "proposals_url").len > 0)
        tmpl_set(tmpl_add(t, "ALL"), "URL", page_path(m, in, "proposals_url"));
}

static void files(struct making *m, const struct json *in)
{
    const struct json *list = json_get(in, "profiles");
    struct tmpl *section = json_count(list) > 0 ? tmpl_add(m->page, "PROFILES") : NULL;
    if (section)
        tmpl_set(section, "COUNT", view_printf(&m->arena, "%zu", json_count(list)));
    EACH (row, section ? list : NULL) {
        struct tmpl *t = tmpl_add(section, "ROW");
        tmpl_set(t, "URL", page_path(m, row, "url"));
        tmpl_set(t, "NAME", page_text(m, row, "name", 80));
        tmpl_set(t, "FORMAT", page_text(m, row, "format", 30));
        tmpl_set(t, "RUN", page_text(m, row, "run", 40));
        tmpl_set(t, "RUN_URL", page_path(m, row, "run_url"));
        page_moment(m, t, "AT", row, "created");
        struct span status = json_str(json_get(row, "status"));
        if (status.len > 0 && !span_is(status, "done")) {
            struct tmpl *s = tmpl_add(t, span_is(status, "failed") ? "FAILED" : "UNDER_WAY");
            tmpl_set(s, "TEXT",
                     span_is(status, "failed") ? page_text(m, row, "error", 200) : view_clean(&m->arena, status, 20));
        }
        struct sb bytes = { 0 };
        if (num_known(read_num(row, "bytes")))
            fmt_bytes(&bytes, read_num(row, "bytes"));
        tmpl_set(t, "BYTES", sb_span(&bytes));
        sb_release(&bytes);
    }
}

/* The answer of the newest run, or of the decision that holds. */
static void answer(struct making *m, const struct json *in)
{
    const struct json *now = json_get(in, "answer");
    if (json_kind_of(now) != JSON_OBJ)
        return;
    struct tmpl *t = tmpl_add(m->page, "NOW");
    page_row_answer(m, t, now);
    html_text(t, "SUMMARY", page_text(m, now, "summary", 300));
    page_row_age(m, t, now);
    struct span url = page_path(m, now, "url");
    if (url.len > 0)
        tmpl_set(tmpl_add(t, "MORE"), "URL", url);
}

static void head(struct making *m, const struct json *in, struct span name)
{
    tmpl_set(m->head, "TITLE", view_printf(&m->arena, "%.*s - stet", SPAN_FMT(name)));
    page_crumb(m, name, SPAN(""));
    tmpl_set(m->page, "NAME", name);
    html_text(m->page, "QUESTION", page_text(m, in, "question", 200));
    if (page_path(m, in, "upload_url").len > 0)
        tmpl_set(tmpl_add(m->page, "UPLOAD"), "URL", page_path(m, in, "upload_url"));
    if (page_path(m, in, "functions_url").len > 0)
        tmpl_set(tmpl_add(m->page, "FUNCTIONS"), "ACTION", page_path(m, in, "functions_url"));
}

bool report_page_project(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN(""));
    const struct json *doc = json_get(in, "newest");
    struct view v;
    bool analysed = json_kind_of(doc) == JSON_OBJ;
    if (analysed && !view_make(doc, &m.arena, &v, err)) {
        tmpl_free(m.page);
        arena_release(&m.arena);
        return false;
    }
    page_wide(&m);
    page_script(&m, "pages/project.js");
    page_style(&m, "pages.css");
    struct report_asset plot;
    if (report_static("lib/uplot.css", &plot))
        page_style(&m, "lib/uplot.css");
    head(&m, in, page_text(&m, in, "project", 63));
    answer(&m, in);
    page_attention(&m, m.page, json_get(in, "attention"), false);
    page_trend(&m, m.page, json_get(in, "trend"), analysed ? &v : NULL);
    asked(&m, in);
    runs(&m, in);
    project_components(&m, m.page, in, analysed ? &v : NULL);
    project_watch(&m, m.page, in);
    project_rules_shown(&m, m.page, in, analysed ? &v : NULL);
    project_corrections(&m, m.page, in);
    project_told(&m, m.page, in);
    project_upload(&m, m.page, in);
    files(&m, in);
    return page_finish(&m, "project.tpl", SPAN(""), out, err);
}
