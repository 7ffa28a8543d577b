/* Beside the runs of a project: components, what is watched, what it decides by, what it was told, how to upload. */
#include "classify/classify.h"
#include "report/fmt.h"
#include "report/html.h"
#include "report/page_project.h"
#include "report/page_rows.h"
#include "report/view_read.h"

enum { COMPONENTS_MAX = 8, WATCH_MAX = 40, FACTS_MAX = 60, CORRECTIONS_MAX = 20 };

void project_components(struct making *m, struct tmpl *parent, const struct json *in, const struct view *newest)
{
    const struct json *list = json_path(in, "newest.components");
    if (!newest || json_count(list) == 0)
        return;
    struct tmpl *section = tmpl_add(parent, "COMPONENTS");
    struct span url = page_path(m, in, "newest_url");
    if (url.len > 0)
        tmpl_set(tmpl_add(section, "FROM"), "URL", url);
    size_t n = 0;
    EACH (row, list) {
        if (n++ == COMPONENTS_MAX)
            break;
        struct tmpl *t = tmpl_add(section, "ROW");
        struct view_share share = { read_num(row, "share_lo"), read_num(row, "share_of_cpu"),
                                    read_num(row, "share_hi") };
        bool band = num_known(share.lo) && num_known(share.hi);
        double ceiling = read_num(row, "ceiling_hi");
        tmpl_set(t, "NAME", page_text(m, row, "name", 60));
        tmpl_set(t, "SHARE", num_known(share.est) ? html_percent(&m->arena, share.est) : SPAN("not known"));
        html_text(t, "BAND", band ? html_range(&m->arena, share.lo, share.hi) : SPAN(""));
        tmpl_set(t, "CEILING", num_known(ceiling) ? html_ceiling(&m->arena, ceiling) : SPAN("not known"));
    }
}

static struct span watch_state(const struct json *row)
{
    struct span state = json_str(json_get(row, "state"));
    return span_is(state, "fired") ? SPAN("fired") : span_is(state, "clear") ? SPAN("quiet") : SPAN("not known");
}

static struct span fact_value(struct making *m, const struct json *row, const char *name, const char *value)
{
    struct sb sb = { 0 };
    double x = read_num(row, value);
    if (num_known(x))
        fmt_fact(&sb, json_str(json_get(row, name)), x);
    struct span words = arena_span(&m->arena, sb_span(&sb));
    sb_release(&sb);
    return words;
}

void project_watch(struct making *m, struct tmpl *parent, const struct json *in)
{
    const struct json *list = json_get(in, "watch");
    if (json_count(list) == 0)
        return;
    struct tmpl *section = tmpl_add(parent, "WATCH");
    size_t n = 0;
    size_t fired_count = 0;
    EACH (row, list)
        fired_count += span_is(json_str(json_get(row, "state")), "fired");
    if (fired_count > 0)
        html_text(section, "FIRED", view_printf(&m->arena, "%zu of %zu", fired_count, json_count(list)));
    EACH (row, list) {
        if (n++ == WATCH_MAX)
            break;
        struct tmpl *t = tmpl_add(section, "ROW");
        struct span url = page_path(m, row, "url");
        struct tmpl *name = tmpl_add(t, url.len ? "LINKED" : "BARE");
        tmpl_set(name, "TEXT", page_text(m, row, "title", 120));
        if (url.len > 0)
            tmpl_set(name, "URL", url);
        bool fired = span_is(json_str(json_get(row, "state")), "fired");
        html_setz(t, "TONE", fired ? "fired" : "calm");
        tmpl_set(t, "STATE", watch_state(row));
        page_moment(m, t, "SINCE", row, "since");
        struct span fact = page_text(m, row, "fact", 60);
        struct span now = fact_value(m, row, "fact", "now");
        struct span line = fact_value(m, row, "fact", "line");
        if (fact.len > 0)
            html_text(t, "NUMBER",
                      view_printf(&m->arena, "%.*s %.*s%s%.*s", SPAN_FMT(fact),
                                  SPAN_FMT(now.len ? now : SPAN("not known")), line.len ? ", line " : "",
                                  SPAN_FMT(line)));
        page_moment(m, t, "DATE", row, "date");
    }
}

static void line_row(struct making *m, struct tmpl *section, const char *words, struct span value, struct span owner)
{
    struct tmpl *t = tmpl_add(section, "LINE");
    html_setz(t, "WORDS", words);
    tmpl_set(t, "VALUE", value);
    tmpl_set(t, "OWNER", owner.len ? owner : SPAN("default"));
    (void)m;
}

/* An input of the newest analysis and who gave it. */
static void input_row(struct making *m, struct tmpl *section, const struct json *doc, const char *name,
                      const char *words)
{
    EACH (row, json_get(doc, "inputs")) {
        if (!span_is(json_str(json_get(row, "name")), name))
            continue;
        struct sb value = { 0 };
        double x = read_num(row, "value");
        if (num_known(x))
            fmt_fact(&value, span_of(name), x);
        struct span origin = page_text(m, row, "origin", 20);
        struct span by = page_text(m, row, "by", 60);
        line_row(m, section, words, sb_span(&value), span_is(origin, "default") || by.len == 0 ? origin : by);
        sb_release(&value);
        return;
    }
}

void project_rules_shown(struct making *m, struct tmpl *parent, const struct json *in, const struct view *newest)
{
    struct span url = page_path(m, in, "policies_url");
    if (url.len == 0 && !newest)
        return;
    struct tmpl *section = tmpl_add(parent, "RULES");
    const struct json *policy = json_get(in, "policy");
    if (newest) {
        line_row(m, section, "below this CPU share the waiting decides", html_percent(&m->arena, newest->wait_line),
                 newest->wait_owner);
        line_row(m, section, "from this CPU share on a program is CPU-bound", html_percent(&m->arena, newest->cpu_line),
                 newest->cpu_owner);
        input_row(m, section, json_get(in, "newest"), "goal_gain", "the gain that is wanted");
        input_row(m, section, json_get(in, "newest"), "min_useful_gain", "the smallest useful gain");
    }
    struct tmpl *own = tmpl_add(section, json_kind_of(policy) == JSON_OBJ ? "OWN" : "STANDING");
    if (json_kind_of(policy) == JSON_OBJ) {
        struct span by = page_text(m, policy, "by", 60);
        tmpl_set(own, "VERSION", view_printf(&m->arena, "%.0f", json_num(json_get(policy, "version_no"), 0)));
        html_text(own, "BY", by);
        page_moment(m, own, "AT", policy, "given");
    }
    if (url.len > 0)
        tmpl_set(tmpl_add(section, "EDIT"), "URL", url);
}

static struct span correction_words(struct making *m, const struct json *row)
{
    enum category c;
    if (category_from_name(json_str(json_get(row, "category")), &c))
        return span_of(category_words(c));
    return page_text(m, row, "category", 40);
}

void project_corrections(struct making *m, struct tmpl *parent, const struct json *in)
{
    const struct json *list = json_get(in, "overrides");
    if (json_count(list) == 0)
        return;
    struct tmpl *section = tmpl_add(parent, "CORRECTIONS");
    size_t n = 0;
    EACH (row, list) {
        if (n++ == CORRECTIONS_MAX)
            break;
        struct tmpl *t = tmpl_add(section, "ROW");
        tmpl_set(t, "KIND", page_text(m, row, "kind", 20));
        tmpl_set(t, "PATTERN", page_text(m, row, "pattern", 120));
        tmpl_set(t, "CATEGORY", correction_words(m, row));
        html_text(t, "BY", page_text(m, row, "by", 60));
        html_text(t, "REASON", page_text(m, row, "reason", 200));
        page_moment(m, t, "AT", row, "created");
        tmpl_set(t, "URL", page_path(m, row, "url"));
    }
    double all = read_num(in, "overrides_count");
    if (all > CORRECTIONS_MAX)
        html_text(section, "MORE", view_printf(&m->arena, "%.0f in all", all));
}

static struct span scope_words(struct making *m, const struct json *row)
{
    struct span scope = page_text(m, row, "scope", 120);
    return span_is(scope, "project") ? SPAN("") : scope;
}

void project_told(struct making *m, struct tmpl *parent, const struct json *in)
{
    const struct json *list = json_get(in, "facts");
    if (json_count(list) == 0)
        return;
    struct tmpl *section = tmpl_add(parent, "FACTS");
    size_t n = 0;
    EACH (row, list) {
        if (n++ == FACTS_MAX)
            break;
        struct tmpl *t = tmpl_add(section, "ROW");
        struct span number = fact_value(m, row, "name", "value");
        struct span text = page_text(m, row, "value", 60);
        double lo = read_num(row, "lo");
        double hi = read_num(row, "hi");
        tmpl_set(t, "NAME", page_text(m, row, "name", 60));
        tmpl_set(t, "VALUE", number.len ? number : text.len ? text : SPAN("not known"));
        if (num_known(lo) && num_known(hi))
            html_text(t, "BAND",
                      view_printf(&m->arena, "%.*s to %.*s", SPAN_FMT(fact_value(m, row, "name", "lo")),
                                  SPAN_FMT(fact_value(m, row, "name", "hi"))));
        html_text(t, "SCOPE", scope_words(m, row));
        html_text(t, "BY", page_text(m, row, "by", 60));
        html_text(t, "SOURCE", page_text(m, row, "source", 120));
        page_moment(m, t, "AT", row, "time");
    }
}

void project_upload(struct making *m, struct tmpl *parent, const struct json *in)
{
    struct span base = page_text(m, in, "base_url", 200);
    struct span project = page_text(m, in, "project", 63);
    if (base.len == 0)
        return;
    struct tmpl *t = tmpl_include(tmpl_add(parent, "HOW"), "UPLOADING", "uploading.tpl");
    tmpl_set(t, "BASE", base);
    tmpl_set(t, "PROJECT", project);
    /* In braces that a template would take for its own. */
    tmpl_set(t, "SECRET", SPAN("${{ secrets.STET_TOKEN }}"));
    if (json_bool(json_get(in, "token_needed"), false))
        tmpl_show(t, "TOKEN");
}
