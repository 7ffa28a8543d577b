#include "report/compare_page.h"

#include <math.h>

#include "classify/classify.h"
#include "report/compare_text.h"
#include "report/flame_page.h"
#include "report/fmt.h"
#include "report/html.h"
#include "report/page_make.h"
#include "report/pages.h"
#include "report/view_read.h"

enum { NAME_MAX = 100, MOVERS_MAX = 30, STILL_MAX = 8, ONLY_MAX = 15, CHOICES_MAX = 500 };
static const char *const sides[] = { "base", "head" };

/* --- the form --- */

static void choices(struct making *m, struct tmpl *t, const struct json *in, const struct json *doc, const char *side)
{
    struct span wanted = page_text(m, in, side, 200);
    bool found = wanted.len == 0;
    struct span group = SPAN("");
    struct tmpl *list = NULL;
    size_t n = 0;
    EACH (c, json_get(in, "choices")) {
        struct span value = page_text(m, c, "value", 200);
        struct span of = page_text(m, c, "group", 63);
        if (n++ == CHOICES_MAX)
            break;
        if (!list || !span_eq(of, group)) {
            list = tmpl_add(t, "GROUP");
            tmpl_set(list, "NAME", of);
            group = of;
        }
        struct tmpl *o = tmpl_add(list, "OPTION");
        tmpl_set(o, "VALUE", value);
        tmpl_set(o, "TEXT", page_text(m, c, "text", 160));
        if (span_eq(value, wanted)) {
            tmpl_show(o, "CHOSEN");
            found = true;
        }
    }
    if (found)
        return;
    /* A profile by its id, a commit: chosen from elsewhere, so it is named here as on its card. */
    const struct json *s = json_get(doc, side);
    struct span run = page_text(m, s, "run", NAME_MAX), name = page_text(m, s, "name", NAME_MAX);
    struct tmpl *asked = tmpl_add(t, "ASKED");
    tmpl_set(asked, "VALUE", wanted);
    if (run.len > 0 && name.len > 0)
        tmpl_set(asked, "TEXT",
                 view_printf(&m->arena, "%.*s / %.*s: %.*s", SPAN_FMT(page_text(m, s, "project", 63)), SPAN_FMT(run),
                             SPAN_FMT(name)));
    else
        tmpl_set(asked, "TEXT", wanted);
}

static void form(struct making *m, const struct json *in, const struct json *doc)
{
    struct tmpl *t = tmpl_add(m->page, "FORM");
    static const char *const labels[] = { "before", "after" };
    if (!doc)
        tmpl_show(t, "OPEN");
    for (int i = 0; i < 2; i++) {
        struct tmpl *side = tmpl_add(t, "SIDE");
        html_setz(side, "SIDE_NAME", sides[i]);
        html_setz(side, "LABEL", labels[i]);
        choices(m, side, in, doc, sides[i]);
    }
    if (page_path(m, in, "swap_url").len > 0)
        tmpl_set(tmpl_add(t, "SWAP"), "URL", page_path(m, in, "swap_url"));
}

/* --- two heads --- */

static const char *gate_words(const struct json *side)
{
    struct span gate = json_str(json_get(side, "gate"));
    if (span_is(gate, "pass"))
        return "open: a rewrite may be proposed";
    if (span_is(gate, "waived"))
        return "waived";
    if (!json_bool(json_get(side, "asked"), false))
        return "nobody asked for a rewrite";
    return span_is(gate, "fail") ? "closed: shown otherwise" : "closed: not enough evidence";
}

static void share_bar(struct tmpl *t, struct making *m, const struct json *share)
{
    struct view_share s = view_share_of(share);
    if (!num_known(s.lo) || !num_known(s.est) || !num_known(s.hi)) {
        tmpl_show(t, "UNKNOWN");
        return;
    }
    struct tmpl *k = tmpl_add(t, "KNOWN");
    html_coord(k, "W", s.est * 100);
    html_coord(k, "X", s.lo * 100);
    html_coord(k, "WW", fmax(0.6, (s.hi - s.lo) * 100));
    tmpl_set(k, "SHARE", html_percent(&m->arena, s.est));
    if (s.hi - s.lo > 0.0005)
        html_text(k, "RANGE", html_range(&m->arena, s.lo, s.hi));
}

static void side_card(struct making *m, const struct json *doc, int i)
{
    const struct json *s = json_get(doc, sides[i]);
    struct tmpl *t = tmpl_add(m->page, "CARD");
    html_setz(t, "WHICH", i == 0 ? "before" : "after");
    struct span label = page_text(m, s, "label", NAME_MAX);
    struct span run = page_text(m, s, "run", NAME_MAX);
    tmpl_set(t, "NAME", run.len > 0 ? run : label);
    tmpl_set(t, "URL", page_path(m, s, "url"));
    html_text(t, "FILE", page_text(m, s, "name", NAME_MAX));
    html_text(t, "PROJECT", page_text(m, s, "project", 63));
    html_text(t, "COMMIT", page_text(m, s, "commit", 40));
    html_text(t, "SCENARIO", page_text(m, s, "scenario", 60));
    if (page_text(m, s, "created", 40).len > 0) {
        struct tmpl *when = tmpl_add(t, "WHEN");
        tmpl_set(when, "ISO", page_text(m, s, "created", 40));
        tmpl_set(when, "TEXT", page_time(m, s, "created"));
    }
    double revision = read_num(s, "revision"), runs = read_num(s, "runs");
    if (num_known(revision))
        tmpl_set(t, "REVISION", view_printf(&m->arena, "revision %.0f", revision));
    if (runs > 1)
        html_text(t, "RUNS", view_printf(&m->arena, "%.0f runs of this commit", runs));
    enum view_state state = view_state_of(json_str(json_get(s, "verdict")));
    html_setz(t, "STATE", view_state_name(span_is(json_str(json_get(s, "gate")), "pass") ? VIEW_OPEN : state));
    tmpl_set(t, "HEADLINE", page_text(m, s, "headline", 60));
    html_setz(t, "GATE", gate_words(s));
    tmpl_set(t, "SUMMARY", page_text(m, s, "summary", 400));
    bool request = span_is(json_str(json_get(s, "concurrency")), "overlapping");
    html_setz(t, "SHARE_OF", request ? "CPU of one operation's time" : "CPU of the time");
    share_bar(t, m, json_get(s, "rules_share"));
}

/* --- rows --- */

static double widest(const double d[3])
{
    return num_known(d[1]) ? fmax(fabs(d[0]), fabs(d[2])) : 0;
}

/* Two bars on one scale: before above after, each with its interval. */
static void pair_bars(struct tmpl *t, const struct compare_row *r, double scale)
{
    const double *v[2] = { r->b, r->h };
    struct tmpl *bars = tmpl_add(t, "BARS");
    for (int i = 0; i < 2; i++) {
        if (!num_known(v[i][1]) || !(scale > 0)) {
            html_coord(tmpl_add(bars, "NONE"), "Y", i * 8);
            continue;
        }
        struct tmpl *b = tmpl_add(bars, i == 0 ? "BEFORE" : "AFTER");
        html_coord(b, "W", fmin(100, v[i][1] / scale * 100));
        html_coord(b, "X", fmin(100, v[i][0] / scale * 100));
        html_coord(b, "WW", fmax(0.5, fmin(100, v[i][2] / scale * 100) - fmin(100, v[i][0] / scale * 100)));
    }
}

/* The difference on both sides of a line in the middle, with its interval. */
static void difference_bar(struct tmpl *t, const struct compare_row *r, double scale)
{
    if (!num_known(r->d[1]) || !(scale > 0)) {
        tmpl_show(t, "NO_DIFFERENCE");
        return;
    }
    struct tmpl *d = tmpl_add(t, "DIFFERENCE");
    double half = 50 / scale, est = r->d[1] * half;
    html_setz(d, "TONE", r->more ? "moved" : "noise");
    html_coord(d, "X", est < 0 ? 50 + est : 50);
    html_coord(d, "W", fabs(est));
    html_coord(d, "LO", 50 + r->d[0] * half);
    html_coord(d, "LOHI", fmax(0.5, (r->d[2] - r->d[0]) * half));
}

static void row_fill(struct tmpl *t, const struct compare_row *r, double scale, double change_scale)
{
    tmpl_set(t, "NAME", r->words);
    html_text(t, "DETAIL", r->detail);
    tmpl_set(t, "BEFORE_TEXT", r->base);
    tmpl_set(t, "AFTER_TEXT", r->head);
    tmpl_set(t, "CHANGE", r->change);
    html_text(t, "BEFORE_RANGE", r->base_range);
    html_text(t, "AFTER_RANGE", r->head_range);
    html_text(t, "CHANGE_RANGE", r->change_range);
    tmpl_set(t, "NOISE", r->verdict);
    html_text(t, "REASON", r->reason);
    html_setz(t, "TONE", r->more ? "moved" : "noise");
    pair_bars(t, r, scale);
    difference_bar(t, r, change_scale);
}

struct rows {
    struct compare_row *items;
    size_t count;
};

static void rows_add(struct making *m, struct rows *rows, size_t most, const struct json *change, bool seconds)
{
    if (rows->count < most && !json_is_null(change))
        rows->items[rows->count++] =
            report_compare_row(&m->arena, change, page_text(m, change, "words", 80), SPAN(""), seconds);
}

static void table(struct making *m, const struct rows *rows, const char *title, const char *what, bool shares)
{
    double most = 0;
    if (rows->count == 0)
        return;
    struct tmpl *t = tmpl_add(m->page, "TABLE_OF");
    html_setz(t, "TITLE", title);
    html_setz(t, "WHAT", what);
    for (size_t i = 0; i < rows->count; i++)
        most = fmax(most, widest(rows->items[i].d));
    for (size_t i = 0; i < rows->count; i++) {
        const struct compare_row *r = &rows->items[i];
        /* Seconds of a run and of an operation have no scale in common: each row its own. */
        double own = fmax(num_known(r->b[2]) ? r->b[2] : 0, num_known(r->h[2]) ? r->h[2] : 0);
        row_fill(tmpl_add(t, "ROW"), r, shares ? 1 : own, shares ? most : fmax(own, widest(r->d)));
    }
}

static void time_tables(struct making *m, const struct json *doc)
{
    enum { MOST = 64 };
    struct rows rows = { .items = ARENA_ARRAY(&m->arena, MOST, struct compare_row) };
    EACH (x, json_get(doc, "seconds"))
        rows_add(m, &rows, MOST, x, true);
    table(m, &rows, "Seconds", "seconds", false);
    rows.count = 0;
    rows_add(m, &rows, MOST, json_path(doc, "time.rules_share"), false);
    if (!report_compare_alone(doc))
        rows_add(m, &rows, MOST, json_path(doc, "time.cpu_share"), false);
    EACH (x, json_path(doc, "time.wait"))
        rows_add(m, &rows, MOST, x, false);
    table(m, &rows, "Time", "share of the time", true);
    rows.count = 0;
    EACH (x, json_get(doc, "cpu")) {
        if (report_compare_notable(x))
            rows_add(m, &rows, MOST, x, false);
    }
    table(m, &rows, "CPU time by kind", "share of CPU", true);
}

/* --- functions --- */

static void category_mark(struct tmpl *t, const struct json *x)
{
    tmpl_set(t, "CATEGORY", json_str(json_get(x, "category")));
    tmpl_set(t, "CATEGORY_WORDS", json_str(json_get(x, "words")));
    enum category k;
    html_setz(t, "CLASS",
              category_from_name(json_str(json_get(x, "category")), &k) ? category_class_name(category_class_of(k))
                                                                        : "unknown");
}

static void seconds_words(struct making *m, struct tmpl *t, const struct json *x)
{
    double b = json_num(json_path(x, "seconds.base.est"), NUM_UNKNOWN);
    double h = json_num(json_path(x, "seconds.head.est"), NUM_UNKNOWN);
    if (num_known(b) && num_known(h))
        html_text(t, "SECONDS",
                  view_printf(&m->arena, "%.*s, then %.*s", SPAN_FMT(html_seconds(&m->arena, b)),
                              SPAN_FMT(html_seconds(&m->arena, h))));
}

static void function_row(struct making *m, struct tmpl *t, const struct json *x, double scale)
{
    struct compare_row self = report_compare_row(&m->arena, json_get(x, "self"), page_text(m, x, "function", 90),
                                                 page_text(m, x, "place", 60), false);
    struct compare_row total = report_compare_row(&m->arena, json_get(x, "total"), SPAN(""), SPAN(""), false);
    if (total.more && !self.more)
        self.verdict = SPAN("more than noise with what it calls");
    row_fill(t, &self, 1, scale);
    category_mark(t, x);
    tmpl_set(t, "TOTAL_CHANGE", total.change);
    html_text(t, "TOTAL_RANGE", total.change_range);
    html_setz(t, "TOTAL_TONE", total.more ? "moved" : "noise");
    html_setz(t, "TOTAL_NOISE", total.known ? total.more ? "more than noise" : "within noise" : "not compared");
    seconds_words(m, t, x);
    html_text(t, "NOTE", page_text(m, x, "note", 300));
}

static void function_table(struct making *m, const struct json *f)
{
    double scale = 0;
    size_t n = 0, still = 0;
    EACH (x, json_get(f, "movers"))
        scale = fmax(scale, fabs(json_num(json_path(x, "self.difference.est"), 0)));
    scale = fmin(1, fmax(scale * 1.25, 0.02));
    struct tmpl *t = tmpl_add(m->page, "FUNCTIONS");
    double looked = read_num(f, "looked_at"), moved = read_num(f, "more_than_noise");
    bool blocked = span_is(json_str(json_get(f, "of")), "blocked");
    tmpl_set(t, "LOOKED",
             view_printf(&m->arena,
                         "%.0f of %.0f functions moved by more than noise; shares of %s, chances adjusted for so many "
                         "looks",
                         moved, looked, blocked ? "blocked time" : "CPU"));
    EACH (x, json_get(f, "movers")) {
        bool sure = json_bool(json_path(x, "self.more_than_noise"), false) ||
                    json_bool(json_path(x, "total.more_than_noise"), false);
        double size = fmax(fabs(json_num(json_path(x, "self.difference.est"), 0)),
                           fabs(json_num(json_path(x, "total.difference.est"), 0)));
        if (!sure && (size < 0.005 || still++ >= STILL_MAX))
            continue;
        if (n++ == MOVERS_MAX)
            break;
        function_row(m, tmpl_add(t, "ROW"), x, scale);
    }
}

static void only_list(struct making *m, const struct json *f, const char *key, const char *title)
{
    size_t n = 0;
    bool base = span_is(span_of(key), "only_base");
    if (json_count(json_get(f, key)) == 0)
        return;
    struct tmpl *t = tmpl_add(m->page, "ONLY");
    html_setz(t, "TITLE", title);
    EACH (x, json_get(f, key)) {
        const struct json *share = json_get(json_get(x, "total"), base ? "base" : "head");
        struct view_share s = view_share_of(share);
        if (n > 0 && s.est < 0.005)
            continue;
        if (n++ == ONLY_MAX)
            break;
        struct tmpl *item = tmpl_add(t, "ITEM");
        tmpl_set(item, "NAME", page_text(m, x, "function", 90));
        html_text(item, "DETAIL", page_text(m, x, "place", 60));
        category_mark(item, x);
        tmpl_set(item, "SHARE", html_percent(&m->arena, s.est));
        tmpl_set(item, "RANGE", html_range(&m->arena, s.lo, s.hi));
        const struct json *more = json_path(x, "total.more_than_noise");
        html_setz(item, "NOISE", json_bool(more, false) ? "more than noise" : "within noise: may be chance");
    }
}

static void functions(struct making *m, const struct json *doc)
{
    const struct json *f = json_get(doc, "functions");
    if (json_count(json_get(f, "movers")) == 0)
        return;
    function_table(m, f);
    only_list(m, f, "only_base", "Only before");
    only_list(m, f, "only_head", "Only after");
}

/* --- words --- */

static void sentences(struct making *m, const struct json *doc)
{
    struct tmpl *t = tmpl_add(m->page, "CHANGED");
    size_t n = 0;
    EACH (x, json_get(doc, "sentences"))
        tmpl_set(tmpl_add(t, n++ == 0 ? "FIRST" : "FURTHER"), "TEXT", view_clean(&m->arena, json_str(x), 400));
}

static void notes(struct making *m, const struct json *list, const char *section)
{
    if (json_count(list) == 0)
        return;
    struct tmpl *t = tmpl_add(m->page, section);
    EACH (x, list) {
        struct tmpl *item = tmpl_add(t, "ITEM");
        tmpl_set(item, "TEXT", page_text(m, x, "text", 400));
        html_text(item, "FIX", page_text(m, x, "fix", 300));
    }
}

static struct span rule_number(struct making *m, const struct json *v)
{
    double x = json_num(v, NUM_UNKNOWN);
    return num_known(x) ? view_printf(&m->arena, "%.3g", x) : SPAN("not known");
}

static void rules(struct making *m, const struct json *doc)
{
    struct tmpl *t = NULL;
    EACH (x, json_get(doc, "rules")) {
        if (!report_rule_counts(x))
            continue;
        t = t ? t : tmpl_add(m->page, "RULES");
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "ID", page_text(m, x, "id", 40));
        tmpl_set(row, "REASON", page_text(m, x, "reason", 300));
        html_setz(row, "BEFORE", report_rule_state(x, "base"));
        html_setz(row, "AFTER", report_rule_state(x, "head"));
        bool measured = num_known(json_num(json_get(x, "line"), NUM_UNKNOWN));
        if (!measured)
            continue;
        struct tmpl *n = tmpl_add(row, "NUMBERS");
        tmpl_set(n, "LINE", rule_number(m, json_get(x, "line")));
        tmpl_set(n, "B", rule_number(m, json_get(x, "measured_base")));
        tmpl_set(n, "H", rule_number(m, json_get(x, "measured_head")));
    }
}

static void method(struct making *m, const struct json *doc, const struct json *in)
{
    struct tmpl *t = tmpl_add(m->page, "METHOD");
    EACH (x, json_path(doc, "method.texts"))
        tmpl_set(tmpl_add(t, "ITEM"), "TEXT", view_clean(&m->arena, json_str(x), 500));
    tmpl_set(t, "JSON", page_path(m, in, "json_url"));
}

static void compared(struct making *m, const struct json *doc, const struct json *in)
{
    tmpl_show(m->page, "CARDS");
    for (int i = 0; i < 2; i++)
        side_card(m, doc, i);
    sentences(m, doc);
    notes(m, json_get(doc, "refusals"), "REFUSED");
    notes(m, json_get(doc, "warnings"), "WARNED");
    time_tables(m, doc);
    struct tmpl *flame = json_is_null(json_get(in, "flame")) ? NULL : tmpl_add(m->page, "FLAME");
    if (flame)
        (void)page_flame(m, flame, json_get(in, "flame"), false);
    if (json_bool(json_get(in, "flame_apart"), false)) {
        struct tmpl *apart = tmpl_add(m->page, "APART");
        tmpl_set(apart, "BASE", page_path(m, in, "base_flame_url"));
        tmpl_set(apart, "HEAD_URL", page_path(m, in, "head_flame_url"));
    }
    functions(m, doc);
    rules(m, doc);
    method(m, doc, in);
}

bool report_compare_page(const struct json *doc, const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Compare"));
    page_style(&m, "compare.css");
    page_crumb(&m, page_text(&m, in, "project", 63), page_path(&m, in, "project_url"));
    page_crumb(&m, SPAN("compare"), SPAN(""));
    if (!json_is_null(json_get(in, "problem"))) {
        struct tmpl *t = tmpl_add(m.page, "PROBLEM");
        tmpl_set(t, "DETAIL", page_text(&m, json_get(in, "problem"), "detail", 600));
    } else if (!doc) {
        tmpl_show(m.page, "INTRO");
    }
    form(&m, in, doc);
    if (doc)
        compared(&m, doc, in);
    return page_finish(&m, "compare.tpl", SPAN(""), out, err);
}
