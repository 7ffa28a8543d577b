/* decision_text.c - a decision for a terminal: verdict, what was asked, money, options, why, what would flip it. */
#include "report/decision.h"

#include <math.h>

#include "report/dview.h"
#include "report/fmt.h"
#include "report/text_parts.h"

enum { SHOWN = 8 };

static void labelled(struct page *p, const char *label, struct span text)
{
    if (text.len == 0)
        return;
    page_label(p, label);
    page_wrap(p, strlen(label) < 10 ? 10 : strlen(label) + 2, text);
}

static void asked(struct page *p, const struct dview *d)
{
    struct sb line = { 0 };
    sb_printf(&line, "%.*s", SPAN_FMT(d->title));
    if (d->kind.len + d->change.len > 0)
        sb_printf(&line, " (%.*s%s%.*s)", SPAN_FMT(d->kind), d->kind.len && d->change.len ? ", " : "",
                  SPAN_FMT(d->change));
    labelled(p, "ASKED", sb_span(&line));
    sb_release(&line);
    if (d->has_part && d->scope_sentence.len > 0) {
        labelled(p, "SCOPE", d->scope_sentence);
    } else if (d->has_part) {
        labelled(p, "WHOLE", d->whole);
        labelled(p, "PART", d->part);
    }
    for (size_t i = 0; i < d->notices_count; i++)
        labelled(p, i == 0 ? "NOTE" : "", d->notices[i].value);
    labelled(p, "MEASURED", d->comparison);
    labelled(p, "HOW SURE", d->v.sure);
}

static void rows(struct page *p, const char *label, const struct view_pair *items, size_t count, size_t key_width)
{
    for (size_t i = 0; i < count; i++) {
        page_label(p, i == 0 ? label : "");
        page_cell(p, items[i].key, key_width);
        page_add(p, "  ");
        page_wrap(p, 12 + key_width, items[i].value);
    }
}

static void joined(struct page *p, const char *own, const struct view_pair *items, size_t count)
{
    if (count == 0)
        return;
    struct sb line = { 0 };
    sb_adds(&line, own);
    for (size_t i = 0; i < count; i++)
        sb_printf(&line, "%s%.*s", i ? ", " : "", SPAN_FMT(items[i].value));
    page_label(p, "");
    page_wrap(p, 10, sb_span(&line));
    sb_release(&line);
}

static void money(struct page *p, const struct dview *d)
{
    size_t width = 0;
    for (size_t i = 0; i < d->money_lines_count; i++)
        width = d->money_lines[i].key.len > width ? d->money_lines[i].key.len : width;
    for (size_t i = 0; i < d->benefits_count; i++)
        width = d->benefits[i].kind.len + 2 > width ? d->benefits[i].kind.len + 2 : width;
    rows(p, "MONEY", d->money_lines, d->money_lines_count, width);
    for (size_t i = 0; i < d->benefits_count && i < SHOWN; i++) {
        const struct dview_benefit *b = &d->benefits[i];
        struct sb line = { 0 };
        sb_printf(&line, "%.*s%s", SPAN_FMT(b->words), b->words.len ? " a year" : "");
        if (b->text.len > 0)
            sb_printf(&line, "%s%.*s", line.len ? "; " : "", SPAN_FMT(b->text));
        if (line.len == 0)
            sb_adds(&line, "not given");
        page_label(p, d->money_lines_count + i == 0 ? "MONEY" : "");
        page_add(p, "+ ");
        page_cell(p, b->kind, width - 2);
        page_add(p, "  ");
        page_wrap(p, 12 + width, sb_span(&line));
        sb_release(&line);
    }
    if (d->money_lines_count + d->benefits_count == 0 && !d->not_asked)
        labelled(p, "MONEY", SPAN("not counted: the inputs were not given"));
    joined(p, "assumed: ", d->defaults, d->defaults_count);
    joined(p, "not given: ", d->missing, d->missing_count);
    joined(p, "not read: ", d->unread, d->unread_count);
}

static void factor_cell(struct page *p, double x, size_t width)
{
    struct sb cell = { 0 };
    if (fabs(x) < 1e6)
        fmt_factor(&cell, x);
    else
        sb_adds(&cell, num_known(x) ? "over 1e6x" : "-");
    page_right(p, sb_span(&cell), width);
    sb_release(&cell);
}

static void operations(struct page *p, const struct dview *d)
{
    if (d->operations_count == 0)
        return;
    size_t name = (size_t)(p->width > 100 ? 42 : p->width - 58);
    page_label(p, "SPEED");
    page_cell(p, SPAN("by operation or part"), name - 1);
    page_add(p, "  claimed   at most    expected\n");
    for (size_t i = 0; i < d->operations_count && i < SHOWN; i++) {
        const struct dview_operation *o = &d->operations[i];
        page_label(p, "");
        page_cell(p, o->name, name);
        factor_cell(p, o->claimed_x, 8);
        factor_cell(p, o->ceiling_x, 10);
        page_add(p, "    ");
        struct span expected = dview_speed(d->v.arena, &o->expected);
        page_clean(p, expected.len ? expected : SPAN("not known"));
        page_add(p, "\n");
        if (expected.len == 0 && o->text.len > 0) {
            page_indent(p, 12);
            page_wrap(p, 12, o->text);
        }
    }
    if (d->operations_count > SHOWN) {
        page_label(p, "");
        page_printf(p, "and %zu more\n", d->operations_count - SHOWN);
    }
}

static void options(struct page *p, const struct dview *d)
{
    for (size_t i = 0; i < d->alternatives_count && i < SHOWN; i++) {
        const struct dview_alternative *a = &d->alternatives[i];
        struct sb line = { 0 };
        sb_printf(&line, "%.*s%s", SPAN_FMT(a->title), a->own ? " (named in the proposal)" : "");
        labelled(p, i == 0 ? "OPTIONS" : "", sb_span(&line));
        sb_reset(&line);
        sb_printf(&line, "%s%.*s", a->saves.len ? "saves " : "saving not measured", SPAN_FMT(a->saves));
        if (a->money.len > 0)
            sb_printf(&line, "; %.*s", SPAN_FMT(a->money));
        if (a->text.len > 0)
            sb_printf(&line, "; %.*s", SPAN_FMT(a->text));
        page_indent(p, 12);
        page_wrap(p, 12, sb_span(&line));
        sb_release(&line);
    }
    if (d->alternatives_count > SHOWN) {
        page_label(p, "");
        page_printf(p, "and %zu more\n", d->alternatives_count - SHOWN);
    }
}

static void claims(struct page *p, const struct dview *d)
{
    size_t shown = 0;
    for (size_t i = 0; i < d->claims_count && shown < SHOWN; i++) {
        const struct dview_claim *c = &d->claims[i];
        struct sb line = { 0 };
        sb_printf(&line, "\"%.*s\": %.*s", SPAN_FMT(c->text), SPAN_FMT(c->words));
        if (c->ceiling_x < 1e6) {
            sb_adds(&line, ", at most ");
            fmt_factor(&line, c->ceiling_x);
        }
        labelled(p, shown == 0 ? "CLAIMS" : "", sb_span(&line));
        sb_release(&line);
        shown++;
    }
}

static void watch(struct page *p, const struct dview *d)
{
    for (size_t i = 0; i < d->watch_count && i < SHOWN; i++) {
        const struct dview_watch *w = &d->watch[i];
        page_label(p, i == 0 ? "WATCH" : "");
        page_paint(p, w->fired ? "1;33" : NULL);
        page_cell(p, w->fired ? SPAN("FIRED") : w->state, 16);
        page_paint(p, NULL);
        page_add(p, " ");
        struct sb line = { 0 };
        sb_add(&line, w->title.len ? w->title : w->when.len ? w->when : w->id);
        if (w->title.len > 0 && w->when.len > 0)
            sb_printf(&line, ": %.*s", SPAN_FMT(w->when));
        if (w->now.len > 0)
            sb_printf(&line, ", now %.*s", SPAN_FMT(w->now));
        if (w->line.len > 0)
            sb_printf(&line, ", line %.*s", SPAN_FMT(w->line));
        page_wrap(p, 27, sb_span(&line));
        sb_release(&line);
    }
    if (d->watch_count > SHOWN) {
        page_label(p, "");
        page_printf(p, "and %zu more\n", d->watch_count - SHOWN);
    }
    for (size_t i = 0; i < d->reopen_count && i < SHOWN; i++)
        labelled(p, i == 0 ? "RE-OPENS" : "", d->reopen[i].reason);
}

static void audit(struct page *p, const struct dview *d)
{
    for (size_t i = 0; i < d->audit_count && i < SHOWN; i++) {
        const struct dview_audit *a = &d->audit[i];
        struct sb line = { 0 };
        if (a->scope.len > 0)
            sb_printf(&line, "%.*s: ", SPAN_FMT(a->scope));
        sb_printf(&line, "foreseen %.*s, measured %.*s", SPAN_FMT(a->predicted.len ? a->predicted : SPAN("not given")),
                  SPAN_FMT(a->real.len ? a->real : SPAN("not given")));
        if (a->words.len > 0)
            sb_printf(&line, "; %.*s", SPAN_FMT(a->words));
        labelled(p, i == 0 ? "AFTERWARDS" : "", sb_span(&line));
        sb_release(&line);
    }
}

static void gate_words(const struct dview *d, struct sb *out)
{
    const struct view *v = &d->v;
    sb_add(out, v->gate_words);
    if (v->reason_rule.len > 0 && !d->not_asked && span_find(v->gate_words, 0, v->reason_rule) == v->gate_words.len)
        sb_printf(out, " (%.*s)", SPAN_FMT(v->reason_rule));
}

static void foot(struct page *p, const struct dview *d)
{
    struct sb line = { 0 };
    sb_adds(&line, "Gate: ");
    gate_words(d, &line);
    sb_adds(&line, ".");
    sb_printf(&line, " Waivers: %zu%s.", d->waivers_counting,
              d->waivers_total > d->waivers_counting ? " (others ended or were not granted)" : "");
    if (d->objections_open > 0)
        sb_printf(&line, " Objections not answered: %zu.", d->objections_open);
    page_wrap(p, 0, sb_span(&line));
    sb_release(&line);
    page_wrap(p, 0, SPAN(VIEW_SCOPE));
}

bool report_decision_text(const struct json *doc, const struct report_text_options *opt, struct sb *out,
                          struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    if (!dview_make(doc, NULL, &arena, &d, err)) {
        arena_release(&arena);
        return false;
    }
    int width = opt->width == 0 ? 100 : opt->width < 60 ? 60 : opt->width > 400 ? 400 : opt->width;
    struct page p = { .out = out, .width = width, .colour = opt->colour, .ascii = opt->ascii };
    text_head(&p, &d.v);
    asked(&p, &d);
    if (d.not_asked) {
        labelled(&p, "NEXT", SPAN(DVIEW_OTHER_GOAL));
        foot(&p, &d);
        arena_release(&arena);
        return true;
    }
    if (d.v.files_count > 0)
        text_files(&p, &d.v);
    if (d.has_evidence)
        text_time(&p, &d.v);
    page_add(&p, "\n");
    money(&p, &d);
    operations(&p, &d);
    options(&p, &d);
    claims(&p, &d);
    audit(&p, &d);
    text_why(&p, &d.v);
    size_t flips = d.distance_count < 5 ? d.distance_count : 5;
    for (size_t i = 0; i < flips; i++)
        labelled(&p, i == 0 ? "FLIPS IF" : "", d.distance[i].value);
    watch(&p, &d);
    text_list(&p, &d.v, "CANNOT SHOW", d.v.cannot, d.v.cannot_count);
    text_next(&p, &d.v);
    foot(&p, &d);
    arena_release(&arena);
    return true;
}

bool report_decision_gate_words(const struct json *doc, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    bool ok = dview_make(doc, NULL, &arena, &d, err);
    if (ok)
        gate_words(&d, out);
    arena_release(&arena);
    return ok;
}

bool report_decision_summary(const struct json *doc, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    bool ok = dview_make(doc, NULL, &arena, &d, err);
    if (ok) {
        sb_printf(out, "%.*s\nGate: ", SPAN_FMT(d.v.summary));
        gate_words(&d, out);
        sb_addc(out, '\n');
    }
    arena_release(&arena);
    return ok;
}
