#include "report/compare_text.h"

#include "report/fmt.h"
#include "report/md_write.h"
#include "report/text_page.h"
#include "report/view.h"
#include "report/view_read.h"

enum { MOVERS_SHOWN = 15, RULES_SHOWN = 10 };

/* What both texts walk over: a row, or a heading where row is NULL. */
struct walker {
    void (*section)(void *user, const char *label, const char *words);
    void (*row)(void *user, const struct compare_row *r);
    void *user;
    struct arena *a;
};

static void change_row(const struct walker *w, const struct json *change, bool seconds)
{
    if (json_is_null(change))
        return;
    struct compare_row r =
        report_compare_row(w->a, change, view_clean(w->a, json_str(json_get(change, "words")), 60), SPAN(""), seconds);
    w->row(w->user, &r);
}

static void time_rows(const struct walker *w, const struct json *doc)
{
    w->section(w->user, "TIME", "share of the time");
    change_row(w, json_path(doc, "time.rules_share"), false);
    if (!report_compare_alone(doc))
        change_row(w, json_path(doc, "time.cpu_share"), false);
    EACH (x, json_path(doc, "time.wait"))
        change_row(w, x, false);
    if (json_count(json_get(doc, "seconds")) == 0)
        return;
    w->section(w->user, "SECONDS", "seconds of the same work");
    EACH (x, json_get(doc, "seconds"))
        change_row(w, x, true);
}

/* On its own, unless only what it calls moved. */
static void function_row(const struct walker *w, const struct json *x)
{
    const struct json *self = json_get(x, "self"), *total = json_get(x, "total");
    bool callees =
        json_bool(json_get(total, "more_than_noise"), false) && !json_bool(json_get(self, "more_than_noise"), false);
    struct span place = view_clean(w->a, json_str(json_get(x, "place")), 40);
    if (callees)
        place = view_printf(w->a, "%.*s%swith what it calls", SPAN_FMT(place), place.len > 0 ? ", " : "");
    struct compare_row r = report_compare_row(w->a, callees ? total : self,
                                              view_clean(w->a, json_str(json_get(x, "function")), 60), place, false);
    w->row(w->user, &r);
}

static void function_rows(const struct walker *w, const struct json *doc)
{
    const struct json *f = json_get(doc, "functions");
    if (json_count(json_get(doc, "cpu")) > 0) {
        w->section(w->user, "CPU TIME", "share of CPU");
        EACH (x, json_get(doc, "cpu")) {
            if (report_compare_notable(x))
                change_row(w, x, false);
        }
    }
    if (json_count(json_get(f, "movers")) == 0)
        return;
    w->section(w->user, "FUNCTIONS", "functions, share of CPU on their own");
    size_t n = 0;
    EACH (x, json_get(f, "movers")) {
        if (n++ == MOVERS_SHOWN)
            break;
        function_row(w, x);
    }
}

static void add_ranged(struct sb *out, struct span value, struct span range)
{
    sb_add(out, value);
    if (range.len > 0)
        sb_printf(out, " (%.*s)", SPAN_FMT(range));
}

/* --- terminal --- */

struct text {
    struct page page;
    struct arena arena;
    const char *label;
};

static void text_section(void *user, const char *label, const char *words)
{
    struct text *t = user;
    (void)words;
    page_add(&t->page, "\n");
    t->label = label;
}

static void text_row(void *user, const struct compare_row *r)
{
    struct text *t = user;
    page_label(&t->page, t->label);
    t->label = "";
    struct span name =
        r->detail.len > 0 ? view_printf(&t->arena, "%.*s  %.*s", SPAN_FMT(r->words), SPAN_FMT(r->detail)) : r->words;
    page_wrap(&t->page, 10, name);
    page_label(&t->page, "");
    struct sb line = { 0 };
    sb_adds(&line, "  ");
    add_ranged(&line, r->base, r->base_range);
    sb_adds(&line, " -> ");
    add_ranged(&line, r->head, r->head_range);
    if (r->change.len > 0)
        sb_adds(&line, ": ");
    add_ranged(&line, r->change, r->change_range);
    sb_printf(&line, ", %.*s", SPAN_FMT(r->verdict));
    if (r->reason.len > 0)
        sb_printf(&line, ": %.*s", SPAN_FMT(r->reason));
    page_wrap(&t->page, 12, sb_span(&line));
    sb_release(&line);
}

static void text_notes(struct text *t, const struct json *list, const char *label)
{
    EACH (x, list) {
        page_label(&t->page, label);
        label = "";
        page_wrap(&t->page, 10, view_clean(&t->arena, json_str(json_get(x, "text")), 400));
        struct span fix = view_clean(&t->arena, json_str(json_get(x, "fix")), 300);
        if (fix.len > 0) {
            page_label(&t->page, "");
            page_wrap(&t->page, 10, fix);
        }
    }
}

static void text_rules(struct text *t, const struct json *doc)
{
    const char *label = "RULES";
    size_t n = 0;
    EACH (x, json_get(doc, "rules")) {
        if (!report_rule_counts(x))
            continue;
        if (n++ == RULES_SHOWN)
            break;
        if (n == 1)
            page_add(&t->page, "\n");
        page_label(&t->page, label);
        label = "";
        page_wrap(&t->page, 10,
                  view_printf(&t->arena, "%.*s  %s -> %s: %.*s",
                              SPAN_FMT(view_clean(&t->arena, json_str(json_get(x, "id")), 40)),
                              report_rule_state(x, "base"), report_rule_state(x, "head"),
                              SPAN_FMT(view_clean(&t->arena, json_str(json_get(x, "reason")), 200))));
    }
}

static bool is_comparison(const struct json *doc, struct err *err)
{
    return span_is(json_str(json_get(doc, "schema")), "stet/compare/1") ||
           err_set(err, ERR_VALUE, "want a document of schema stet/compare/1");
}

bool report_compare_text(const struct json *doc, const struct report_text_options *opt, struct sb *out, struct err *err)
{
    if (!is_comparison(doc, err))
        return false;
    struct text t = {
        .page = { .out = out, .width = opt->width > 0 ? opt->width : 100, .colour = opt->colour, .ascii = opt->ascii }
    };
    struct walker w = { text_section, text_row, &t, &t.arena };
    page_wrap(&t.page, 0, view_clean(&t.arena, json_str(json_get(doc, "sentence")), 1000));
    page_add(&t.page, "\n");
    static const char *const sides[] = { "base", "head" };
    for (int i = 0; i < 2; i++) {
        const struct json *s = json_get(doc, sides[i]);
        page_label(&t.page, i == 0 ? "BASE" : "HEAD");
        page_wrap(&t.page, 10,
                  view_printf(&t.arena, "%.*s  %.*s",
                              SPAN_FMT(view_clean(&t.arena, json_str(json_get(s, "label")), 100)),
                              SPAN_FMT(view_clean(&t.arena, json_str(json_get(s, "headline")), 60))));
    }
    text_notes(&t, json_get(doc, "refusals"), "NOT SO");
    text_notes(&t, json_get(doc, "warnings"), "NOTE");
    time_rows(&w, doc);
    function_rows(&w, doc);
    text_rules(&t, doc);
    page_add(&t.page, "\n");
    const char *label = "METHOD";
    EACH (x, json_path(doc, "method.texts")) {
        page_label(&t.page, label);
        label = "";
        page_wrap(&t.page, 10, json_str(x));
    }
    arena_release(&t.arena);
    return true;
}

/* --- Markdown --- */

static void md_section(void *user, const char *label, const char *words)
{
    struct sb *out = user;
    (void)label;
    sb_printf(out, "\n| %s | before | after | change | |\n|---|--:|--:|--:|---|\n", words);
}

static void md_row(void *user, const struct compare_row *r)
{
    struct sb *out = user;
    struct sb cell = { 0 };
    const struct span values[] = { r->words, r->base, r->head, r->change, r->verdict };
    const struct span ranges[] = { r->detail, r->base_range, r->head_range, r->change_range, SPAN("") };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        md_z(out, i == 0 ? "| " : " | ");
        sb_reset(&cell);
        add_ranged(&cell, values[i], ranges[i]);
        md_text(out, sb_span(&cell));
    }
    md_z(out, " |\n");
    sb_release(&cell);
}

static void md_notes(struct sb *out, struct arena *a, const struct json *list)
{
    EACH (x, list) {
        struct span fix = view_clean(a, json_str(json_get(x, "fix")), 300);
        md_z(out, "- ");
        md_text(out, view_clean(a, json_str(json_get(x, "text")), 400));
        if (fix.len > 0) {
            md_z(out, "; ");
            md_text(out, fix);
        }
        md_z(out, "\n");
    }
}

bool report_compare_markdown(const struct json *doc, struct sb *out, struct err *err)
{
    if (!is_comparison(doc, err))
        return false;
    struct arena a = { 0 };
    struct walker w = { md_section, md_row, out, &a };
    md_z(out, "### ");
    md_text(out, view_clean(&a, json_path(doc, "base.label") ? json_str(json_path(doc, "base.label")) : SPAN(""), 100));
    md_z(out, " against ");
    md_text(out, view_clean(&a, json_str(json_path(doc, "head.label")), 100));
    md_z(out, "\n\n");
    EACH (x, json_get(doc, "sentences")) {
        md_z(out, "- ");
        md_text(out, view_clean(&a, json_str(x), 400));
        md_z(out, "\n");
    }
    if (json_count(json_get(doc, "refusals")) > 0)
        md_z(out, "\n**Not compared**\n\n");
    md_notes(out, &a, json_get(doc, "refusals"));
    if (json_count(json_get(doc, "warnings")) > 0)
        md_z(out, "\n**Compared although it differs**\n\n");
    md_notes(out, &a, json_get(doc, "warnings"));
    time_rows(&w, doc);
    function_rows(&w, doc);
    EACH (x, json_path(doc, "method.texts")) {
        md_z(out, "\n");
        md_text(out, json_str(x));
        md_z(out, "\n");
    }
    arena_release(&a);
    return true;
}
