/* `/`: what needs attention, the projects, and where to begin. */
#include "report/html.h"
#include "report/page_rows.h"
#include "report/pages.h"
#include "report/view_read.h"

static void project_row(struct making *m, struct tmpl *table, const struct json *row)
{
    struct tmpl *t = tmpl_add(table, "ROW");
    tmpl_set(t, "URL", page_path(m, row, "url"));
    tmpl_set(t, "NAME", page_text(m, row, "name", 63));
    double runs = read_num(row, "runs");
    if (num_known(runs))
        tmpl_set(tmpl_add(t, "RUNS"), "TEXT",
                 runs < 1 ? SPAN("no run yet") : view_printf(&m->arena, "%.0f run%s", runs, runs < 2 ? "" : "s"));
    struct span question = page_text(m, row, "question", 100);
    struct tmpl *q = tmpl_add(t, question.len ? "ASKED" : "NOBODY");
    tmpl_set(q, "TEXT", question.len ? question : SPAN("nobody asked"));
    page_row_answer(m, t, row);
    page_share_bar(m, t, json_get(row, "cpu_share"));
    page_row_age(m, t, row);
    page_spark(m, t, json_get(row, "trend"));
}

static void start(struct making *m, struct tmpl *parent, const struct json *in)
{
    struct span action = page_path(m, in, "upload_action");
    struct span quick = page_path(m, in, "quick_action");
    struct tmpl *t = tmpl_include(tmpl_add(parent, "START"), "FORMS", "start.tpl");
    if (action.len > 0)
        tmpl_set(tmpl_add(t, "DROP"), "ACTION", action);
    if (quick.len > 0)
        tmpl_set(tmpl_add(t, "QUICK"), "ACTION", quick);
    if (json_str(json_get(in, "base_url")).len > 0)
        tmpl_set(tmpl_add(t, "CURL"), "BASE", page_text(m, in, "base_url", 200));
}

static void examples(struct making *m, const struct json *in)
{
    const struct json *list = json_get(in, "examples");
    struct tmpl *section = json_count(list) > 0 ? tmpl_add(m->page, "EXAMPLES") : NULL;
    EACH (row, section ? list : NULL) {
        struct tmpl *t = tmpl_add(section, "ROW");
        tmpl_set(t, "URL", page_path(m, row, "url"));
        tmpl_set(t, "TITLE", page_text(m, row, "title", 100));
        tmpl_set(t, "TEXT", page_text(m, row, "text", 400));
        html_setz(t, "STATE", view_state_name(page_row_state(row)));
    }
}

/* The choice of answers: each an option, one of them chosen. */
static void filter(struct making *m, const struct json *in, bool filtered)
{
    static const char *const states[][2] = {
        { "", "any answer" },
        { "open", "open" },
        { "closed", "closed" },
        { "undecided", "not decided" },
        { "attention", "needs attention" },
    };
    struct tmpl *t = tmpl_add(m->page, "FILTER");
    struct span chosen = json_str(json_get(in, "state"));
    tmpl_set(t, "WORDS", page_text(m, in, "search", 100));
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        struct tmpl *o = tmpl_add(tmpl_add(t, "OPTION"), span_is(chosen, states[i][0]) ? "CHOSEN" : "OTHER");
        html_setz(o, "VALUE", states[i][0]);
        html_setz(o, "TEXT", states[i][1]);
    }
    if (filtered)
        tmpl_show(t, "CLEAR");
}

bool report_page_home(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN(""));
    const struct json *projects = json_get(in, "projects");
    bool filtered = json_str(json_get(in, "search")).len > 0 || json_str(json_get(in, "state")).len > 0;
    bool further = json_bool(json_get(in, "further"), false);
    bool first = json_count(projects) == 0 && !filtered && !further;
    bool teach = !filtered && !further && (first || json_count(json_get(in, "examples")) > 0);
    page_wide(&m);
    page_script(&m, "pages/home.js");
    page_style(&m, "pages.css");
    if (teach) {
        struct tmpl *intro = tmpl_add(m.page, "INTRO");
        start(&m, intro, in);
        examples(&m, in);
    } else {
        tmpl_show(m.page, "TITLE");
    }
    if (!filtered && !further)
        page_attention(&m, m.page, json_get(in, "attention"), true);
    if (!first)
        filter(&m, in, filtered);
    if (json_count(projects) > 0) {
        struct tmpl *list = tmpl_add(m.page, "LIST");
        struct tmpl *table = tmpl_include(list, "TABLE", "projects_table.tpl");
        EACH (row, projects)
            project_row(&m, table, row);
        if (page_path(&m, in, "more_url").len > 0)
            tmpl_set(tmpl_add(list, "MORE"), "URL", page_path(&m, in, "more_url"));
    } else {
        html_text(m.page, "NONE",
                  filtered && json_str(json_get(in, "state")).len == 0 ? SPAN("No project of that name.")
                  : filtered                                           ? SPAN("No project fits that.")
                             : SPAN("No project yet: the first upload makes one."));
    }
    if (!teach && !filtered)
        start(&m, tmpl_add(m.page, "AGAIN"), in);
    return page_finish(&m, "home.tpl", SPAN(""), out, err);
}
