#include "report/flame_page.h"

#include "base/jsonw.h"
#include "report/html.h"
#include "report/pages.h"
#include "report/view_read.h"

enum { NAME_MAX = 80, PROFILES_MAX = 100 };

/* --- words --- */

static const char *clock_short(struct span clock)
{
    return span_is(clock, "cpu")    ? "on CPU"
           : span_is(clock, "wall") ? "every state"
           : span_is(clock, "off")  ? "off CPU"
                                    : "clock not known";
}

static const char *clock_words(struct span clock)
{
    return span_is(clock, "cpu")    ? "On CPU: waiting is not in this file."
           : span_is(clock, "wall") ? "Every state of the threads: computing, waiting and idle."
           : span_is(clock, "off")  ? "Off CPU: time in which threads stood still. Computing is not in this file."
                                   : "The file does not say whether waiting threads were sampled: no waiting seen here "
                                     "is no proof of none.";
}

/* --- the partial --- */

/* What the script offers instead of the links: [{"id","name","clock","url"}]. */
static void profiles_json(struct making *m, struct tmpl *t, const struct json *flame)
{
    struct sb sb = { 0 };
    size_t n = 0;
    sb_adds(&sb, "[");
    EACH (p, json_get(flame, "profiles")) {
        if (n >= PROFILES_MAX)
            break;
        static const char *const keys[] = { "id", "name", "clock", "url", "page_url" };
        sb_adds(&sb, n++ ? ",{" : "{");
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
            sb_printf(&sb, "%s\"%s\":", i ? "," : "", keys[i]);
            json_quote(&sb, page_text(m, p, keys[i], 300));
        }
        sb_adds(&sb, "}");
    }
    sb_adds(&sb, "]");
    tmpl_set(t, "PROFILES", sb_span(&sb));
    sb_release(&sb);
}

static void chooser(struct making *m, struct tmpl *t, const struct json *flame)
{
    const struct json *profiles = json_get(flame, "profiles");
    struct span shown = json_str(json_get(json_first(json_get(flame, "graphs")), "id"));
    if (json_count(profiles) < 2 || json_count(json_get(flame, "graphs")) > 1)
        return;
    struct tmpl *list = tmpl_add(t, "CHOOSER");
    size_t n = 0;
    EACH (p, profiles) {
        if (n++ >= PROFILES_MAX)
            break;
        struct tmpl *item = tmpl_add(list, "ITEM");
        tmpl_set(item, "ID", page_text(m, p, "id", 60));
        tmpl_set(item, "URL", page_path(m, p, "page_url"));
        tmpl_set(item, "NAME", page_text(m, p, "name", NAME_MAX));
        html_setz(item, "CLOCK", clock_short(json_str(json_get(p, "clock"))));
        if (span_eq(json_str(json_get(p, "id")), shown))
            tmpl_show(item, "CHOSEN");
    }
}

bool page_flame(struct making *m, struct tmpl *parent, const struct json *flame, bool full)
{
    const struct json *graphs = json_get(flame, "graphs");
    if (json_count(graphs) == 0)
        return false;
    struct tmpl *t = tmpl_include(parent, "FLAME_GRAPH", "flame.tpl");
    chooser(m, t, flame);
    if (json_count(graphs) > 1)
        tmpl_show(t, "PAIR");
    EACH (g, graphs) {
        struct tmpl *graph = tmpl_add(t, "GRAPH");
        tmpl_set(graph, "URL", page_path(m, g, "url"));
        struct span picture = page_path(m, g, "picture_url");
        if (picture.len > 0)
            tmpl_set(tmpl_add(graph, "STILL"), "PICTURE", picture);
        tmpl_set(graph, "PAGE", page_path(m, g, "page_url"));
        tmpl_set(graph, "ID", page_text(m, g, "id", 60));
        tmpl_set(graph, "NAME", page_text(m, g, "name", NAME_MAX));
        tmpl_set(graph, "CODE", page_text(m, g, "clock", 10));
        tmpl_set(graph, "PROJECT", page_text(m, flame, "project", 63));
        tmpl_set(graph, "RUN", page_text(m, flame, "run", 100));
        profiles_json(m, graph, flame);
        if (full)
            tmpl_show(graph, "FULL");
        if (json_bool(json_get(flame, "may_write"), false))
            tmpl_show(graph, "WRITE");
    }
    page_style(m, "profile.css");
    struct report_asset script;
    if (report_static("flame/index.js", &script)) {
        page_script(m, "flame/index.js");
        page_style(m, "flame.css");
    }
    return true;
}

/* --- the page --- */

static void answer(struct making *m, const struct json *in, const struct view *v)
{
    struct tmpl *t = tmpl_add(m->page, "ANSWER");
    html_setz(t, "STATE", view_state_name(v->state));
    tmpl_set(t, "HEADLINE", v->headline);
    tmpl_set(t, "GATE", v->gate_words);
    tmpl_set(t, "URL", page_path(m, in, "report_url"));
    if (!v->asked)
        tmpl_show(t, "NOT_ASKED");
}

static void measured(struct making *m, const struct json *in)
{
    const struct json *of = json_get(in, "measured");
    struct span unit = page_text(m, of, "unit", 20);
    struct span event = page_text(m, of, "event", 60);
    bool time = unit.len == 0 || span_is(unit, "seconds") || span_is(unit, "samples") || span_is(unit, "cycles");
    static const char *const clocks[][2] = {
        { "CPU", "cpu" }, { "WALL", "wall" }, { "OFF", "off" }, { "UNKNOWN", "" }
    };
    struct span clock = json_str(json_get(of, "clock"));
    struct span words = clock.len > 0 ? span_of(clock_words(clock)) : SPAN("");
    /* Another event may be chosen in the graph: its words are at hand. */
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++)
        html_setz(m->page, clocks[i][0], clock_words(span_of(clocks[i][1])));
    if (!time)
        words = view_printf(&m->arena, "Not time: %.*s of %.*s.",
                            SPAN_FMT(span_is(unit, "count") ? SPAN("counts") : unit), SPAN_FMT(event));
    tmpl_set(m->page, "MEASURED", words);
}

/* Links of one kind: what else can be drawn. A list of one offers nothing. */
static struct tmpl *links(struct making *m, const struct json *list, const char *section, size_t least)
{
    if (json_count(list) < least)
        return NULL;
    struct tmpl *t = tmpl_add(m->page, section);
    EACH (row, list) {
        struct tmpl *item = tmpl_add(t, "ITEM");
        struct span text = page_text(m, row, "text", NAME_MAX);
        struct span name = page_text(m, row, "name", NAME_MAX);
        struct span event = page_text(m, row, "event", 60);
        struct span clock = json_str(json_get(row, "clock"));
        tmpl_set(item, "TEXT", text.len ? text : name.len ? name : event);
        if (event.len > 0)
            html_text(item, "DETAIL", page_text(m, row, "unit", 20));
        else if (clock.len > 0)
            html_text(item, "DETAIL", span_of(clock_short(clock)));
        tmpl_set(item, "URL", page_path(m, row, "url"));
        if (json_bool(json_get(row, "chosen"), false))
            tmpl_show(item, "CHOSEN");
        if (json_bool(json_get(row, "file"), false))
            tmpl_show(item, "FILE");
    }
    return t;
}

bool report_page_flame(const struct json *doc, const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Flame graph"));
    struct view v;
    if (doc && !view_make(doc, &m.arena, &v, err)) {
        tmpl_free(m.page);
        arena_release(&m.arena);
        return false;
    }
    struct span name = page_text(&m, in, "name", NAME_MAX);
    page_crumb(&m, page_text(&m, in, "project", 63), page_path(&m, in, "project_url"));
    page_crumb(&m, view_printf(&m.arena, "run %.*s", SPAN_FMT(page_text(&m, in, "run", 40))),
               page_path(&m, in, "run_url"));
    page_crumb(&m, SPAN("flame graph"), SPAN(""));
    tmpl_set(m.head, "TITLE", view_printf(&m.arena, "%.*s: flame graph - stet", SPAN_FMT(name)));
    tmpl_set(m.page, "NAME", name);
    tmpl_set(m.page, "REPORT", page_path(&m, in, "report_url"));
    if (doc)
        answer(&m, in, &v);
    measured(&m, in);
    (void)links(&m, json_get(in, "columns"), "COLUMNS", 2);
    struct tmpl *beside = links(&m, json_get(in, "beside"), "BESIDE", 1);
    (void)links(&m, json_get(in, "downloads"), "DOWNLOADS", 1);
    if (beside && page_path(&m, in, "alone_url").len > 0)
        tmpl_set(tmpl_add(beside, "ALONE"), "URL", page_path(&m, in, "alone_url"));
    if (page_path(&m, in, "speedscope_url").len > 0)
        tmpl_set(tmpl_add(m.page, "SPEEDSCOPE"), "URL", page_path(&m, in, "speedscope_url"));
    (void)page_flame(&m, m.page, json_get(in, "flame"), true);
    page_script(&m, "pages/profile.js");
    return page_finish(&m, "profile.tpl", SPAN(""), out, err);
}
