#include "report/page_rows.h"

#include "report/html.h"
#include "report/view_read.h"

struct span page_age(struct making *m, const struct json *row)
{
    double days = read_num(row, "age_days");
    if (!num_known(days))
        return SPAN("");
    if (days < 1)
        return SPAN("today");
    return view_printf(&m->arena, "%.0f day%s", days, days < 2 ? "" : "s");
}

/* Nobody is shown a closed gate who did not ask for a rewrite; that one may be proposed is told to all. */
struct span page_row_gate(const struct json *row)
{
    struct span gate = json_str(json_get(row, "gate"));
    struct span verdict = json_str(json_get(row, "verdict"));
    if (json_bool(json_get(row, "decided"), false))
        return page_decision_gate(row);
    bool supported = span_is(verdict, "full_migration") || span_is(verdict, "native_extension");
    if (span_is(gate, "pass") && !supported)
        return SPAN("open: a rewrite may be proposed");
    if (!json_bool(json_get(row, "asked"), false) && !span_is(gate, "pass"))
        return SPAN("not asked");
    return span_is(gate, "pass") ? SPAN("open") : span_is(gate, "waived") ? SPAN("waived") : SPAN("closed");
}

enum view_state page_row_state(const struct json *row)
{
    if (json_bool(json_get(row, "decided"), false))
        return page_decision_state(row);
    if (span_is(json_str(json_get(row, "gate")), "pass"))
        return VIEW_OPEN;
    return view_state_of(json_str(json_get(row, "verdict")));
}

void page_row_answer(struct making *m, struct tmpl *t, const struct json *row)
{
    tmpl_set(t, "HEADLINE", view_clean(&m->arena, report_headline(row), 60));
    html_setz(t, "STATE", view_state_name(page_row_state(row)));
    tmpl_set(t, "GATE", page_row_gate(row));
}

void page_share_bar(struct making *m, struct tmpl *t, const struct json *value)
{
    struct view_share share = view_share_of(value);
    if (!num_known(share.lo) || !num_known(share.est) || !num_known(share.hi)) {
        tmpl_show(t, "UNKNOWN");
        tmpl_set(t, "SHARE", SPAN("not known"));
        return;
    }
    struct tmpl *k = tmpl_add(t, "KNOWN");
    html_coord(k, "W", share.est * 100);
    html_coord(k, "X", share.lo * 100);
    /* An interval that is narrower than a pixel is still one. */
    html_coord(k, "WW", share.hi - share.lo > 0.008 ? (share.hi - share.lo) * 100 : 0.8);
    tmpl_set(t, "SHARE",
             share.hi - share.lo > 0.0005 ? html_range(&m->arena, share.lo, share.hi)
                                          : html_percent(&m->arena, share.est));
}

void page_moment(struct making *m, struct tmpl *t, const char *section, const struct json *row, const char *key)
{
    struct span at = page_text(m, row, key, 40);
    if (at.len == 0)
        return;
    struct tmpl *s = tmpl_add(t, section);
    tmpl_set(s, "DATETIME", at);
    tmpl_set(s, "TEXT", page_time(m, row, key));
}

void page_row_age(struct making *m, struct tmpl *t, const struct json *row)
{
    struct span age = page_age(m, row);
    if (age.len == 0)
        return;
    struct tmpl *s = tmpl_add(t, "AGE");
    tmpl_set(s, "DATETIME", page_text(m, row, "updated", 40));
    tmpl_set(s, "TEXT", age);
}

void page_path_section(struct tmpl *t, const char *section, struct sb *path)
{
    if (path->len > 0)
        tmpl_set(tmpl_add(t, section), "D", sb_span(path));
    sb_release(path);
    *path = (struct sb){ 0 };
}

void page_spark(struct making *m, struct tmpl *t, const struct json *list)
{
    size_t n = read_count(list, TREND_POINTS_MAX);
    if (n < 2)
        return;
    struct view_share *points = ARENA_ARRAY(&m->arena, n, struct view_share);
    const struct trend_box box = { .width = 200, .height = 40, .top = 1 };
    size_t i = 0;
    EACH (p, list) {
        if (i == n)
            break;
        points[i++] = view_share_of(p);
    }
    struct tmpl *s = tmpl_add(t, "SPARK");
    struct sb path = { 0 };
    trend_band(&box, points, n, &path);
    page_path_section(s, "BAND", &path);
    trend_line(&box, points, n, &path);
    page_path_section(s, "LINE", &path);
    trend_gaps(&box, points, n, &path);
    page_path_section(s, "GAPS", &path);
    tmpl_set(s, "WORDS", trend_words(&m->arena, points, n));
}

/* The word in front, for those who do not see the colour. */
static struct span kind_words(struct span kind)
{
    static const char *const words[][2] = {
        { "fired", "trigger fired" }, { "reopened", "re-opened" },   { "stale", "out of date" },
        { "objection", "objection" }, { "failed", "upload failed" }, { "old", "old evidence" },
        { "gate", "gate changed" },   { "opened", "gate opened" },   { "waiver", "waiver ended" },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(kind, words[i][0]))
            return span_of(words[i][1]);
    }
    return SPAN("");
}

void page_attention(struct making *m, struct tmpl *parent, const struct json *list, bool of_many)
{
    if (json_count(list) == 0)
        return;
    struct tmpl *section = tmpl_add(parent, "ATTENTION");
    struct tmpl *rows = tmpl_include(section, "ROWS", "attention.tpl");
    EACH (row, list) {
        struct tmpl *t = tmpl_add(rows, "ROW");
        struct span url = page_path(m, row, "url");
        struct span kind = json_str(json_get(row, "kind"));
        struct tmpl *part = tmpl_add(t, url.len ? "LINKED" : "BARE");
        tmpl_set(part, "TEXT", page_text(m, row, "text", 300));
        if (url.len > 0)
            tmpl_set(part, "URL", url);
        struct span words = kind_words(kind);
        if (words.len > 0) {
            struct tmpl *k = tmpl_add(t, "KIND");
            tmpl_set(k, "TEXT", words);
            html_setz(k, "TONE", span_is(kind, "failed") ? "failed" : span_is(kind, "opened") ? "opened" : "asks");
        }
        struct span project = page_text(m, row, "project", 63);
        if (of_many && project.len > 0 && page_path(m, row, "project_url").len > 0) {
            struct tmpl *p = tmpl_add(t, "PROJECT");
            tmpl_set(p, "TEXT", project);
            tmpl_set(p, "URL", page_path(m, row, "project_url"));
        }
        page_moment(m, t, "AT", row, "at");
    }
}
