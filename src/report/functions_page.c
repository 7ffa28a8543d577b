/* Functions of a project over its runs, and what a search over all projects found. */
#include "report/functions_page.h"

#include "report/fmt.h"
#include "report/html.h"
#include "report/page_rows.h"
#include "report/view_read.h"

enum { BAR_WIDTH = 4, BAR_STEP = 5, BARS_MAX = 40, SPARK_HEIGHT = 24 };

/* --- one row --- */

static struct span percent(struct making *m, double share)
{
    return html_percent(&m->arena, share);
}

static void share_cell(struct making *m, struct tmpl *row, const char *section, const struct json *share)
{
    double est = read_num(share, "est");
    struct tmpl *t = tmpl_add(row, section);
    tmpl_set(t, "TEXT", num_known(est) ? percent(m, est) : SPAN("not known"));
    struct span range = html_range(&m->arena, read_num(share, "lo"), read_num(share, "hi"));
    if (num_known(est) && range.len > 0)
        tmpl_set(tmpl_add(t, "RANGE"), "TEXT", range);
}

/* "run r7, commit 1a2b3c". */
static struct span run_words(struct making *m, const struct json *run)
{
    struct span name = page_text(m, run, "run", 60);
    struct span commit = page_text(m, run, "commit", 12);
    if (commit.len == 0)
        return view_printf(&m->arena, "%.*s", SPAN_FMT(name));
    return view_printf(&m->arena, "%.*s, commit %.*s", SPAN_FMT(name), SPAN_FMT(commit));
}

static void since_cell(struct making *m, struct tmpl *row, const struct json *f)
{
    const struct json *since = json_get(f, "since");
    struct span kind = json_str(json_get(since, "kind"));
    struct span run = run_words(m, since);
    double before = read_num(since, "before");
    struct tmpl *t = tmpl_add(row, "SINCE");
    if (span_is(kind, "appeared"))
        tmpl_set(t, "TEXT", view_printf(&m->arena, "new with %.*s", SPAN_FMT(run)));
    else if (span_is(kind, "changed") && num_known(before))
        tmpl_set(t, "TEXT",
                 view_printf(&m->arena, "%.*s; %.*s before", SPAN_FMT(run), SPAN_FMT(percent(m, before))));
    else if (span_is(kind, "changed"))
        tmpl_set(t, "TEXT", view_printf(&m->arena, "%.*s; next to nothing before", SPAN_FMT(run)));
    else if (span_is(kind, "first_run"))
        tmpl_set(t, "TEXT", view_printf(&m->arena, "%.*s, the first that has it", SPAN_FMT(run)));
    else
        tmpl_set(t, "TEXT", SPAN("not known: too few samples"));
    if (!span_is(kind, "unknown"))
        page_moment(m, t, "AT", since, "when");
}

/* A bar a run, oldest first; a run that does not list the function has a mark instead of a bar. */
static void bars(struct making *m, struct tmpl *row, const struct json *trend)
{
    size_t n = json_count(trend);
    size_t left_out = n > BARS_MAX ? n - BARS_MAX : 0;
    double most = 0;
    size_t at = 0;
    if (n < 2)
        return;
    EACH (p, trend) {
        double total = read_num(p, "total");
        most = at++ >= left_out && total > most ? total : most;
    }
    struct tmpl *t = tmpl_add(row, "BARS");
    tmpl_set(t, "WIDTH", view_printf(&m->arena, "%zu", (n - left_out) * BAR_STEP));
    tmpl_set(t, "WORDS",
             view_printf(&m->arena, "share with callees in %zu runs, oldest first; the highest is %.*s", n - left_out,
                         SPAN_FMT(percent(m, most))));
    at = 0;
    EACH (p, trend) {
        size_t k = at++;
        double total = read_num(p, "total");
        if (k < left_out)
            continue;
        bool known = num_known(total) && most > 0;
        double height = known ? total / most * SPARK_HEIGHT : 0;
        struct tmpl *b = tmpl_add(t, known ? "BAR" : "GAP");
        html_coord(b, "X", (double)((k - left_out) * BAR_STEP));
        html_coord(b, "Y", SPARK_HEIGHT - (height < 1 ? 1 : height));
        html_coord(b, "H", height < 1 ? 1 : height);
    }
}

static void place_words(struct making *m, struct tmpl *row, const struct json *f)
{
    struct span file = page_text(m, f, "file", 120);
    struct span place = page_text(m, f, "place", 120);
    html_text(row, "PLACE", file.len > 0 ? file : place);
}

static void function_row(struct making *m, struct tmpl *table, const struct json *f, bool trend)
{
    struct tmpl *row = tmpl_add(table, "ROW");
    struct tmpl *name = tmpl_add(row, "NAME");
    tmpl_set(name, "URL", page_path(m, f, "flame_url"));
    tmpl_set(name, "TEXT", page_text(m, f, "name", 160));
    place_words(m, row, f);
    tmpl_set(row, "KLASS", page_text(m, f, "class", 20));
    tmpl_set(row, "WORDS", page_text(m, f, "words", 60));
    share_cell(m, row, "SELF", json_get(f, "self"));
    share_cell(m, row, "TOTAL", json_get(f, "total"));
    if (!json_bool(json_get(f, "in_newest_run"), true))
        tmpl_set(tmpl_add(row, "OLDER"), "TEXT", run_words(m, f));
    if (trend) {
        since_cell(m, row, f);
        bars(m, row, json_get(f, "trend"));
    }
}

static void table_head(struct tmpl *table, bool off, bool trend)
{
    tmpl_set(table, "OF", off ? SPAN("blocked time") : SPAN("CPU"));
    if (trend)
        tmpl_show(table, "TREND");
}

/* --- the form --- */

static void option(struct tmpl *form, const char *section, const char *value, const char *text, struct span chosen)
{
    struct tmpl *o = tmpl_add(tmpl_add(form, section), span_is(chosen, value) ? "CHOSEN" : "OTHER");
    html_setz(o, "VALUE", value);
    html_setz(o, "TEXT", text);
}

static void form_fill(struct making *m, const struct json *in, struct span action)
{
    struct span match = json_str(json_get(in, "match"));
    struct span clock = json_str(json_get(in, "clock"));
    struct tmpl *form = tmpl_add(m->page, "FORM");
    tmpl_set(form, "ACTION", action);
    tmpl_set(form, "Q", page_text(m, in, "q", 200));
    option(form, "MATCH", "text", "text", match);
    option(form, "MATCH", "glob", "pattern with * and ?", match);
    option(form, "MATCH", "regexp", "regular expression", match);
    option(form, "CLOCK", "cpu", "CPU time", clock);
    option(form, "CLOCK", "off", "blocked time", clock);
}

/* --- the pages --- */

bool report_page_functions(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Functions"));
    struct span project = page_text(&m, in, "project", 63);
    const struct json *list = json_get(in, "functions");
    double matched = read_num(in, "matched");
    double runs = read_num(in, "runs");
    double offset = read_num(in, "offset");
    bool off = span_is(json_str(json_get(in, "clock")), "off");
    page_wide(&m);
    page_style(&m, "functions.css");
    page_crumb(&m, project, page_path(&m, in, "project_url"));
    page_crumb(&m, SPAN("functions"), SPAN(""));
    tmpl_set(m.page, "NAME", project);
    form_fill(&m, in, page_path(&m, in, "functions_url"));
    if (json_count(list) > 0) {
        struct tmpl *section = tmpl_add(m.page, "FOUND");
        tmpl_set(section, "TEXT",
                 view_printf(&m.arena, "%.0f function%s in %.0f run%s, the largest first; shares are those of the newest run%s",
                             matched, matched < 2 ? "" : "s", runs, runs < 2 ? "" : "s",
                             json_bool(json_get(in, "partial"), false) ? "; more names match than are looked at" : ""));
        struct tmpl *table = tmpl_include(section, "TABLE", "functions_table.tpl");
        table_head(table, off, true);
        EACH (f, list)
            function_row(&m, table, f, true);
        if (json_str(json_get(in, "next")).len > 0)
            tmpl_set(tmpl_add(section, "MORE"), "URL", page_path(&m, in, "page_url"));
    } else if (runs > 0) {
        tmpl_show(m.page, offset > 0 ? "END" : "NONE");
    } else {
        tmpl_show(m.page, off ? "NO_BLOCKED" : "NO_RUNS");
    }
    return page_finish(&m, "functions.tpl", SPAN(""), out, err);
}

static void search_functions(struct making *m, const struct json *in, const struct json *list)
{
    struct tmpl *section = tmpl_add(m->page, "FUNCTIONS");
    struct tmpl *group = NULL;
    struct tmpl *table = NULL;
    struct span last = SPAN("");
    bool off = span_is(json_str(json_get(in, "clock")), "off");
    EACH (f, list) {
        struct span project = page_text(m, f, "project", 63);
        if (!group || !span_eq(project, last)) {
            group = tmpl_add(section, "PROJECT");
            tmpl_set(group, "NAME", project);
            tmpl_set(group, "URL", view_printf(&m->arena, "/projects/%.*s/functions", SPAN_FMT(project)));
            tmpl_set(group, "Q", page_text(m, in, "q", 200));
            table = tmpl_include(group, "TABLE", "functions_table.tpl");
            table_head(table, off, false);
            last = project;
        }
        function_row(m, table, f, false);
    }
}

bool report_page_search(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Search"));
    const struct json *projects = json_get(in, "projects");
    const struct json *functions = json_get(in, "functions");
    bool asked = json_str(json_get(in, "q")).len > 0;
    page_wide(&m);
    page_style(&m, "functions.css");
    page_crumb(&m, SPAN("search"), SPAN(""));
    form_fill(&m, in, SPAN("/search"));
    if (json_count(projects) > 0) {
        struct tmpl *section = tmpl_add(m.page, "PROJECTS");
        EACH (p, projects) {
            struct tmpl *row = tmpl_add(section, "ROW");
            tmpl_set(row, "URL", page_path(&m, p, "url"));
            tmpl_set(row, "NAME", page_text(&m, p, "name", 63));
            html_text(row, "SUMMARY", page_text(&m, p, "summary", 240));
        }
    }
    if (json_count(functions) > 0)
        search_functions(&m, in, functions);
    if (asked && json_count(projects) == 0 && json_count(functions) == 0)
        tmpl_show(m.page, "NONE");
    return page_finish(&m, "search.tpl", SPAN(""), out, err);
}
