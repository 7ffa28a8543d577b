/* decision_html.c - page one of a decision, and the page around it. Page one is one sheet: each list is cut to what
 * fits, and stands whole below the fold. */
#include "report/decision.h"

#include <math.h>

#include "report/decision_html.h"

enum { BENEFITS_MAX = 5, TEXTS_MAX = 3 };

static struct span factor(struct arena *a, double x)
{
    return x < 1e6 ? html_factor(a, x) : num_known(x) ? SPAN("over a million") : SPAN("");
}

struct span decision_html_saved(struct arena *a, const struct view_share *s)
{
    if (!num_known(s->est))
        return SPAN("");
    struct span mid = html_seconds(a, s->est);
    if (!num_known(s->lo) || !num_known(s->hi) || s->hi - s->lo < 0.01 * fabs(s->est))
        return mid;
    return view_printf(a, "%.*s (%.*s to %.*s)", SPAN_FMT(mid), SPAN_FMT(html_seconds(a, s->lo)),
                       SPAN_FMT(html_seconds(a, s->hi)));
}

void decision_html_operation(struct tmpl *row, const struct dview *d, const struct dview_operation *o)
{
    struct arena *a = d->v.arena;
    struct span expected = dview_speed(a, &o->expected);
    tmpl_set(row, "NAME", o->name);
    html_text(row, "TEXT_ROW", o->text);
    tmpl_set(row, "CLAIMED", factor(a, o->claimed_x));
    tmpl_set(row, "CEILING", factor(a, o->ceiling_x));
    tmpl_set(row, "EXPECTED", expected.len ? expected : SPAN("not known"));
    tmpl_set(row, "SAVED", decision_html_saved(a, &o->saved_s));
}

static void more(struct tmpl *t, const struct dview *d, size_t count, size_t shown, const char *what)
{
    if (count > shown)
        html_text(t, "MORE", view_printf(d->v.arena, "%zu more %s below.", count - shown, what));
}

static void speed(struct tmpl *body, const struct dview *d)
{
    if (d->operations_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "SPEED");
    for (size_t i = 0; i < d->operations_count && i < DECISION_SPEED_MAX; i++)
        decision_html_operation(tmpl_add(t, "ROW"), d, &d->operations[i]);
    more(t, d, d->operations_count, DECISION_SPEED_MAX, "stand");
}

static void money_row(struct tmpl *t, const char *kind, struct span key, struct span value, struct span from)
{
    struct tmpl *row = tmpl_add(t, "ROW");
    html_setz(row, "KIND", kind);
    tmpl_set(row, "KEY", key);
    tmpl_set(row, "VALUE", value);
    html_text(row, "FROM", from);
}

static void money(struct tmpl *body, const struct dview *d)
{
    if (d->not_asked || (d->after_build && d->money_lines_count + d->benefits_count == 0))
        return;
    struct tmpl *t = tmpl_add(body, "MONEY");
    if (d->money_lines_count + d->benefits_count == 0)
        money_row(t, "total", SPAN("Money"), SPAN("not counted: the inputs were not given"), SPAN(""));
    static const char *const keys[] = { "Cost", "Net", "Chance to pay", "Paid back" };
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        if (k == 1) {
            for (size_t i = 0; i < d->benefits_count && i < BENEFITS_MAX; i++) {
                const struct dview_benefit *b = &d->benefits[i];
                struct span value =
                    b->words.len ? view_printf(d->v.arena, "%.*s a year", SPAN_FMT(b->words)) : SPAN("not given");
                money_row(t, "benefit", view_printf(d->v.arena, "Gain: %.*s", SPAN_FMT(b->kind)), value, b->text);
            }
        }
        for (size_t i = 0; i < d->money_lines_count; i++) {
            if (span_starts(d->money_lines[i].key, span_of(keys[k])))
                money_row(t, "total", d->money_lines[i].key, d->money_lines[i].value, SPAN(""));
        }
    }
}

void decision_html_options(struct tmpl *t, const struct dview *d, size_t max)
{
    for (size_t i = 0; i < d->alternatives_count && i < max; i++) {
        const struct dview_alternative *o = &d->alternatives[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "NAME", o->title);
        if (o->own)
            tmpl_show(row, "OWN");
        tmpl_set(row, "SAVES", o->saves.len ? o->saves : SPAN("not measured"));
        tmpl_set(row, "PRICE", o->money.len ? o->money : SPAN("not given"));
        tmpl_set(row, "ASSUMES", o->text);
    }
}

static void options(struct tmpl *body, const struct dview *d)
{
    if (d->alternatives_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "OPTIONS");
    decision_html_options(t, d, DECISION_OPTIONS_MAX);
    more(t, d, d->alternatives_count, DECISION_OPTIONS_MAX, "stand");
}

static struct span texts(const struct dview *d, const struct view_pair *items, size_t count, size_t max)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < count && i < max; i++)
        sb_printf(&sb, "%s%.*s", i ? "; " : "", SPAN_FMT(items[i].value));
    if (count > max)
        sb_printf(&sb, "; and %zu more", count - max);
    struct span kept = view_clean(d->v.arena, sb_span(&sb), 700);
    sb_release(&sb);
    return kept;
}

static void small_print(struct tmpl *body, const struct dview *d)
{
    struct arena *a = d->v.arena;
    size_t flips = d->distance_plain > 0 ? d->distance_plain : d->distance_count;
    html_text(body, "FLIPS", texts(d, d->distance, flips, TEXTS_MAX));
    html_text(body, "CANNOT", texts(d, d->v.cannot, d->v.cannot_count, TEXTS_MAX));
    html_text(body, "NOT_GIVEN", texts(d, d->missing, d->missing_count, 6));
    html_text(body, "UNANSWERED", d->unanswered);
    html_text(body, "LINES", d->lines);
    if (d->objections_count == 0)
        html_setz(body, "OBJECTIONS", "none");
    else
        tmpl_set(body, "OBJECTIONS",
                 view_printf(a, "%zu, of these %zu not answered", d->objections_count, d->objections_open));
    if (d->waivers_total == 0)
        html_setz(body, "WAIVERS", "none");
    else
        tmpl_set(body, "WAIVERS",
                 view_printf(a, "%zu in force, %zu ended or not granted", d->waivers_counting,
                             d->waivers_total - d->waivers_counting));
    if (d->date.len == 0)
        return;
    struct tmpl *t = tmpl_add(body, "DECIDED");
    html_setz(t, "LABEL", d->decided_by.len > 0 ? "Decided" : "As of");
    tmpl_set(t, "TEXT",
             d->decided_by.len > 0 ? view_printf(a, "on %.*s by %.*s, %.*s", SPAN_FMT(d->date), SPAN_FMT(d->decided_by),
                                                 SPAN_FMT(d->status))
                                   : d->date);
}

static void head(struct tmpl *body, const struct dview *d)
{
    const struct view *v = &d->v;
    tmpl_set(body, "QUESTION", v->question);
    struct span gap = d->kind.len && d->change.len ? SPAN(", ") : SPAN("");
    struct span title = span_eq(d->title, v->question) ? SPAN("") : d->title;
    struct span mid = title.len && d->kind.len + d->change.len ? SPAN(": ") : SPAN("");
    html_text(body, "WHAT",
              view_printf(v->arena, "%.*s%.*s%.*s%.*s%.*s", SPAN_FMT(title), SPAN_FMT(mid), SPAN_FMT(d->kind),
                          SPAN_FMT(gap), SPAN_FMT(d->change)));
    for (size_t i = 0; i < d->notices_count && i < 5; i++) {
        struct tmpl *n = tmpl_add(body, "STATE_NOTE");
        html_setz(n, "KIND", "state");
        tmpl_set(n, "TEXT", d->notices[i].value);
    }
    html_setz(body, "STATE", view_state_name(v->state));
    tmpl_set(body, "HEADLINE", v->headline);
    tmpl_set(body, "GATE", v->gate_words);
    tmpl_set(body, "SENTENCE", v->sentence);
    if (d->has_part) {
        struct tmpl *s = tmpl_add(body, "SPLIT");
        struct tmpl *whole = tmpl_add(s, "WHOLE");
        html_setz(whole, "KIND", d->whole_open ? "open" : "closed");
        html_setz(whole, "TEXT", d->whole_open ? "the whole: open" : "the whole: closed");
        struct tmpl *part = tmpl_add(s, "PART");
        html_setz(part, "KIND", d->part_open ? "open" : "closed");
        html_setz(part, "TEXT", d->part_open ? "one part: open" : "one part: closed");
        struct span sentence = d->scope_sentence;
        if (sentence.len == 0 && d->whole.len + d->part.len > 0)
            sentence = view_printf(v->arena, "%.*s %.*s", SPAN_FMT(d->whole), SPAN_FMT(d->part));
        tmpl_set(s, "SENTENCE", sentence);
    }
    html_text(body, "SURE", v->sure);
    html_text(body, "MEASURED", d->comparison);
}

void decision_html_body(struct tmpl *body, const struct json *doc, struct dview *d, bool with_flame)
{
    head(body, d);
    if (d->not_asked) {
        html_text(body, "OTHER_GOAL", SPAN(DVIEW_OTHER_GOAL));
    } else {
        html_shown(body, &d->v);
        speed(body, d);
        money(body, d);
        options(body, d);
    }
    small_print(body, d);
    decision_html_below(body, doc, d, with_flame);
}

/* Pictures are put in after the templates, as they are: only what is drawn here from numbers. */
bool decision_html_pictures(const struct json *doc, struct span svg, const struct sb *rendered, struct sb *out)
{
    struct sb roi = { 0 };
    struct sb with_roi = { 0 };
    decision_html_returns(doc, &roi);
    bool drawn = html_replace(rendered, "<!--stet:roi-->", sb_span(&roi), &with_roi);
    (void)html_replace(&with_roi, "<!--stet:flame-->", svg, out);
    sb_release(&roi);
    sb_release(&with_roi);
    return drawn;
}

bool report_decision_html(const struct json *doc, const struct json *meta, struct span svg, struct sb *out,
                          struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    bool ok = dview_make(doc, meta, &arena, &d, err);
    if (ok) {
        CLEANUP(tmpl_freep) struct tmpl *body = tmpl_new();
        struct sb rendered = { 0 };
        decision_html_body(body, doc, &d, svg.len > 0);
        ok = tmpl_render("decision_body.tpl", body, &rendered, err);
        if (ok)
            (void)decision_html_pictures(doc, svg, &rendered, out);
        sb_release(&rendered);
    }
    arena_release(&arena);
    return ok;
}

bool report_decision_standalone(const struct json *doc, const struct json *meta, struct span svg, struct sb *out,
                                struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    if (!dview_make(doc, meta, &arena, &d, err)) {
        arena_release(&arena);
        return false;
    }
    CLEANUP(tmpl_freep) struct tmpl *page = tmpl_new();
    struct tmpl *top = tmpl_include(page, "HEAD", "head.tpl");
    tmpl_set(top, "TITLE", view_printf(&arena, "%.*s: %.*s - stet", SPAN_FMT(d.title), SPAN_FMT(d.v.headline)));
    tmpl_show(top, "OFFLINE");
    decision_html_body(tmpl_include(page, "BODY", "decision_body.tpl"), doc, &d, svg.len > 0);
    tmpl_include(page, "FOOT", "foot.tpl");
    struct sb rendered = { 0 };
    struct sb styled = { 0 };
    bool ok = tmpl_render("standalone.tpl", page, &rendered, err);
    if (ok) {
        html_style(&rendered, &styled);
        (void)decision_html_pictures(doc, svg, &styled, out);
    }
    sb_release(&rendered);
    sb_release(&styled);
    arena_release(&arena);
    return ok;
}
