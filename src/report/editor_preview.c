/* editor_preview.c - a decision document in the words and pictures of its page, for whoever is still writing. */
#include "base/jsonw.h"
#include "base/num.h"
#include "report/decision.h"
#include "report/dview.h"
#include "report/editor.h"
#include "report/fmt.h"
#include "report/html.h"
#include "report/roi_svg.h"
#include "report/view_read.h"

enum { TEXTS_MAX = 8, SPEED_MAX = 6, NAMES_MAX = 60 };

static void texts(struct jsonw *w, const char *key, const struct view_pair *items, size_t n)
{
    jsonw_arr(w, key);
    for (size_t i = 0; i < n && i < TEXTS_MAX; i++)
        jsonw_str(w, NULL, items[i].value);
    jsonw_end_arr(w);
}

static void pair(struct jsonw *w, struct span key, struct span value)
{
    if (value.len == 0)
        return;
    jsonw_obj(w, NULL);
    jsonw_str(w, "key", key);
    jsonw_str(w, "value", value);
    jsonw_end_obj(w);
}

static void money(struct jsonw *w, const struct dview *d)
{
    jsonw_arr(w, "money");
    for (size_t i = 0; i < d->money_lines_count; i++)
        pair(w, d->money_lines[i].key, d->money_lines[i].value);
    for (size_t i = 0; i < d->benefits_count; i++) {
        const struct dview_benefit *b = &d->benefits[i];
        pair(w, view_printf(d->v.arena, "Gain: %.*s", SPAN_FMT(b->kind)),
             b->words.len ? view_printf(d->v.arena, "%.*s a year", SPAN_FMT(b->words)) : b->words);
    }
    jsonw_end_arr(w);
}

static void factor(struct jsonw *w, const char *key, struct arena *a, double x)
{
    jsonw_text(w, key, x < 1e6 ? html_factor(a, x) : num_known(x) ? SPAN("over a million") : SPAN(""));
}

/* As the form names its fields, for the place beside each. */
static void names(struct jsonw *w, const struct json *doc)
{
    size_t shown = 0;
    jsonw_arr(w, "missing_names");
    for (const struct json *n = json_first(json_get(doc, "missing_inputs")); n && shown++ < NAMES_MAX; n = json_next(n))
        jsonw_str(w, NULL, json_str(n));
    jsonw_end_arr(w);
    shown = 0;
    jsonw_arr(w, "default_values");
    for (const struct json *n = json_first(json_get(doc, "defaults")); n && shown++ < NAMES_MAX; n = json_next(n)) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", json_str(json_get(n, "name")));
        jsonw_num(w, "value", json_num(json_get(n, "value"), NUM_UNKNOWN));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* The whole first, as the evidence gives it, then operations and parts. */
static void speed(struct jsonw *w, const struct json *doc, const struct dview *d)
{
    struct arena *a = d->v.arena;
    struct view_share whole = view_share_of(json_path(doc, "speedup.ceiling"));
    jsonw_arr(w, "speed");
    jsonw_obj(w, NULL);
    jsonw_strz(w, "name", "the whole");
    jsonw_text(w, "ceiling", dview_speed(a, &whole));
    jsonw_null(w, "expected");
    jsonw_null(w, "claimed");
    jsonw_end_obj(w);
    for (size_t i = 0; i < d->operations_count && i < SPEED_MAX; i++) {
        const struct dview_operation *o = &d->operations[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", o->name);
        factor(w, "ceiling", a, o->ceiling_x);
        jsonw_text(w, "expected", dview_speed(a, &o->expected));
        factor(w, "claimed", a, o->claimed_x);
        jsonw_text(w, "text", o->text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void chance(struct jsonw *w, const struct dview *d)
{
    struct sb sb = { 0 };
    if (num_known(d->money.p_pos))
        fmt_percent(&sb, d->money.p_pos);
    jsonw_text(w, "chance", sb_span(&sb));
    sb_release(&sb);
}

static void words(struct jsonw *w, const struct json *doc, const struct dview *d)
{
    const struct view *v = &d->v;
    jsonw_obj(w, "words");
    jsonw_strz(w, "state", view_state_name(v->state));
    jsonw_str(w, "headline", v->headline);
    jsonw_str(w, "gate", v->gate_words);
    jsonw_str(w, "sentence", v->sentence);
    jsonw_text(w, "sure", v->sure);
    jsonw_text(w, "scope", d->scope_sentence);
    if (d->has_part) {
        jsonw_strz(w, "whole", d->whole_open ? "open" : "closed");
        jsonw_strz(w, "part", d->part_open ? "open" : "closed");
    } else {
        jsonw_null(w, "whole");
        jsonw_null(w, "part");
    }
    chance(w, d);
    speed(w, doc, d);
    money(w, d);
    texts(w, "missing", d->missing, d->missing_count);
    texts(w, "defaults", d->defaults, d->defaults_count);
    texts(w, "changes", d->distance, d->distance_plain > 0 ? d->distance_plain : d->distance_count);
    texts(w, "checks", d->checks, d->checks_count);
    names(w, doc);
    jsonw_end_obj(w);
}

static void pictures(struct jsonw *w, const struct json *doc)
{
    jsonw_obj(w, "pictures");
    for (int i = 0; i < ROI_PICTURE_COUNT; i++) {
        struct sb svg = { 0 };
        struct err none = ERR_INIT;
        bool drawn = report_roi_svg(json_get(doc, "roi"), (enum roi_picture)i, false, &svg, &none);
        jsonw_text(w, roi_picture_name((enum roi_picture)i), drawn ? sb_span(&svg) : SPAN(""));
        sb_release(&svg);
    }
    jsonw_end_obj(w);
}

bool report_preview(const struct json *doc, struct jsonw *w, struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    bool ok = dview_make(doc, NULL, &arena, &d, err);
    if (ok) {
        words(w, doc, &d);
        pictures(w, doc);
    }
    arena_release(&arena);
    return ok;
}
