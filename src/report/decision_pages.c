/* decision_pages.c - pages of the service about proposals and what was decided on them. */
#include "report/decision_pages.h"

#include "report/decision_html.h"
#include "report/fmt.h"
#include "report/page_make.h"
#include "report/view_read.h"

enum { ROWS_MAX = 400 };

/* --- a decision --- */

static void decision_line(struct making *m, const struct dview *d, const struct json *meta)
{
    struct sb sb = { 0 };
    double number = read_num(meta, "number");
    double version = read_num(meta, "version");
    if (number >= 0 && number < 1e15)
        sb_printf(&sb, "decision %.0f", number);
    else
        sb_adds(&sb, "decision");
    sb_printf(&sb, ", %.*s", SPAN_FMT(d->status));
    if (version >= 1 && version < 1e9)
        sb_printf(&sb, ", on version %.0f of", version);
    tmpl_set(m->page, "RUNLINE", sb_span(&sb));
    sb_release(&sb);
    struct span url = page_path(m, meta, "proposal_url");
    if (url.len > 0) {
        struct tmpl *t = tmpl_add(m->page, "PROPOSAL");
        tmpl_set(t, "URL", url);
        tmpl_set(t, "TEXT", SPAN("the proposal"));
    }
    url = page_path(m, meta, "run_url");
    if (url.len > 0) {
        struct tmpl *t = tmpl_add(m->page, "EVIDENCE");
        tmpl_set(t, "URL", url);
        tmpl_set(t, "TEXT", page_text(m, meta, "run", 60));
    }
}

static void link_add(struct making *m, struct tmpl *t, const struct json *links, const char *key, const char *words)
{
    struct span url = page_path(m, links, key);
    if (url.len == 0)
        return;
    struct tmpl *link = tmpl_add(t, "LINK");
    tmpl_set(link, "URL", url);
    html_setz(link, "TEXT", words);
}

static void decision_links(struct making *m, const struct json *meta)
{
    const struct json *links = json_get(meta, "links");
    if (json_count(links) == 0)
        return;
    struct tmpl *t = tmpl_add(m->page, "DOWNLOADS");
    link_add(m, t, links, "json", "decision as JSON");
    link_add(m, t, links, "markdown", "record as Markdown");
    link_add(m, t, links, "html", "this page as one file");
    link_add(m, t, links, "verify", "compute it again");
}

/* The run that it was decided on comes first: the newest may be what somebody objected with. */
static void again_runs(struct tmpl *again, const struct json *meta, const struct dview *d)
{
    const struct json *runs = json_get(d->say, "runs");
    struct span own = json_str(json_get(meta, "run"));
    size_t shown = 0;
    if (json_count(runs) == 0)
        return;
    struct tmpl *t = tmpl_add(again, "RUNS");
    EACH (run, runs) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *o = tmpl_add(t, "RUN");
        tmpl_set(o, "NAME", json_str(run));
        if (span_eq(json_str(run), own))
            tmpl_show(o, "CHOSEN");
    }
}

/* The small navigation that stays in sight; only what is on the page. */
static void decision_jumps(struct making *m, const struct json *meta, const struct dview *d)
{
    static const char *const urls[][2] = { { "EDIT", "edit_url" },
                                           { "AGAIN", "decide_url" },
                                           { "FLAME", "flame_url" } };
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct span url = page_path(m, meta, urls[i][1]);
        struct tmpl *t = url.len > 0 ? tmpl_add(m->page, urls[i][0]) : NULL;
        if (t)
            tmpl_set(t, "URL", url);
        if (t && i == 1)
            again_runs(t, meta, d);
    }
    bool open = span_is(d->v.gate, "pass");
    if (!open && d->distance_count + d->reopen_count + d->watch_count + d->actions_count > 0)
        tmpl_show(m->page, "LINK_OPEN");
    if (d->say && json_bool(json_get(json_get(d->say, "may"), "upload"), false))
        tmpl_show(m->page, "LINK_SAY");
    if (d->money_lines_count > 0)
        tmpl_show(m->page, "LINK_MONEY");
    if (d->v.files_count > 0)
        tmpl_show(m->page, "LINK_FILES");
}

bool report_page_decision(const struct json *doc, const struct json *meta, const char *product, struct span svg,
                          struct sb *out, struct err *err)
{
    struct making m = page_begin(NULL, SPAN("Decision"));
    struct dview d;
    if (!dview_make(doc, meta, &m.arena, &d, err)) {
        tmpl_free(m.page);
        arena_release(&m.arena);
        return false;
    }
    struct span project = page_text(&m, meta, "project", 63);
    page_crumb(&m, project, page_path(&m, meta, "project_url"));
    page_crumb(&m, view_clean(&m.arena, d.title, 60), SPAN(""));
    tmpl_set(m.head, "TITLE", view_printf(&m.arena, "%.*s: %.*s - stet", SPAN_FMT(d.title), SPAN_FMT(d.v.headline)));
    page_style(&m, "editor.css");
    page_script(&m, "pages/decision.js");
    decision_line(&m, &d, meta);
    decision_jumps(&m, meta, &d);
    struct span newer = page_path(&m, meta, "newest_url");
    if (newer.len == 0)
        newer = page_path(&m, meta, "superseded_by_url");
    if (newer.len > 0) {
        struct tmpl *t = tmpl_add(m.page, "NEWER");
        tmpl_set(t, "TEXT", SPAN("A newer decision takes the place of this one."));
        tmpl_set(t, "URL", newer);
    }
    html_text(m.foot, "VERSION", span_of(product ? product : ""));
    decision_html_body(tmpl_include(m.page, "BODY", "decision_body.tpl"), doc, &d, svg.len > 0);
    decision_links(&m, meta);
    struct sb rendered = { 0 };
    bool ok = page_finish(&m, "decision.tpl", SPAN(""), &rendered, err);
    if (ok)
        (void)decision_html_pictures(doc, svg, &rendered, out);
    sb_release(&rendered);
    return ok;
}

/* --- lists --- */

enum view_state page_decision_state(const struct json *decision)
{
    struct span gate = json_str(json_get(decision, "gate"));
    enum view_state state = view_state_of(json_str(json_get(decision, "verdict")));
    if (span_is(gate, "pass"))
        return VIEW_OPEN;
    return state == VIEW_OPEN ? (span_is(gate, "fail") ? VIEW_CLOSED : VIEW_UNDECIDED) : state;
}

struct span page_decision_gate(const struct json *decision)
{
    struct span gate = json_str(json_get(decision, "gate"));
    bool part = span_is(json_str(json_get(decision, "verdict")), "native_extension");
    return span_is(gate, "pass")     ? SPAN("open")
           : span_is(gate, "waived") ? SPAN("waived")
           : span_is(gate, "fail")   ? (part ? SPAN("closed for the whole") : SPAN("closed: shown otherwise"))
                                     : SPAN("closed: not shown yet");
}

static struct span goal_words(struct making *m, const struct json *row)
{
    static const char *const words[][2] = {
        { "latency", "response time" }, { "throughput", "capacity" }, { "cost", "cost of CPU" },
        { "memory", "memory" },         { "startup", "start-up" },    { "tail", "slowest answers" },
    };
    struct span goal = page_text(m, row, "goal", 40);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (span_is(goal, words[i][0]))
            return span_of(words[i][1]);
    }
    return goal.len > 0 ? goal : SPAN("response time, assumed");
}

static struct span kind_words(struct making *m, const struct json *row)
{
    struct span kind = page_text(m, row, "kind", 40);
    return kind.len > 0 ? dview_kind(&m->arena, kind) : kind;
}

static void answer(struct making *m, struct tmpl *t, const struct json *decision)
{
    struct tmpl *a = tmpl_add(t, "ANSWER");
    html_setz(a, "STATE", view_state_name(page_decision_state(decision)));
    tmpl_set(a, "URL", page_path(m, decision, "url"));
    tmpl_set(a, "TEXT", view_clean(&m->arena, report_headline(decision), 60));
    struct span status = json_str(json_get(decision, "status"));
    html_text(a, "MARK",
              span_is(status, "reopened")                     ? SPAN("re-opened")
              : json_bool(json_get(decision, "stale"), false) ? SPAN("out of date")
                                                              : SPAN(""));
    html_text(a, "SUMMARY", page_text(m, decision, "summary", 300));
    tmpl_set(t, "GATE", page_decision_gate(decision));
}

void page_proposal_rows(struct making *m, struct tmpl *parent, const struct json *list)
{
    struct tmpl *table = tmpl_include(parent, "TABLE", "proposals_table.tpl");
    size_t shown = 0;
    EACH (row, list) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *t = tmpl_add(table, "ROW");
        struct tmpl *name = tmpl_add(t, "NAME");
        struct span title = page_text(m, row, "title", 120);
        tmpl_set(name, "TEXT", title.len ? title : SPAN("without a title"));
        tmpl_set(name, "URL", page_path(m, row, "url"));
        html_text(t, "KIND", kind_words(m, row));
        tmpl_set(t, "GOAL", goal_words(m, row));
        tmpl_set(t, "STATUS", page_text(m, row, "status", 20));
        if (page_text(m, row, "changed", 40).len > 0) {
            struct tmpl *since = tmpl_add(t, "SINCE");
            tmpl_set(since, "DATETIME", page_text(m, row, "changed", 40));
            tmpl_set(since, "TEXT", span_sub(page_time(m, row, "changed"), 0, 10));
        }
        const struct json *decision = json_get(row, "decision");
        if (json_kind_of(decision) == JSON_OBJ)
            answer(m, t, decision);
        else
            tmpl_show(t, "UNDECIDED");
    }
}

struct span page_waiver_words(struct making *m, const struct json *waivers)
{
    double active = json_num(json_get(waivers, "active"), 0);
    double requested = json_num(json_get(waivers, "requested"), 0);
    double expired = json_num(json_get(waivers, "expired"), 0) + json_num(json_get(waivers, "ended"), 0);
    if (!(active + requested + expired > 0 && active + requested + expired < 1e9))
        return SPAN("");
    return view_printf(&m->arena, "Waivers: %.0f in force, %.0f asked for, %.0f ended.", active, requested, expired);
}

bool report_page_proposals(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Proposals"));
    struct span project = page_text(&m, in, "project", 63);
    page_crumb(&m, project, page_path(&m, in, "project_url"));
    page_crumb(&m, SPAN("proposals"), SPAN(""));
    tmpl_set(m.page, "NAME", project);
    html_text(m.page, "WAIVERS", page_waiver_words(&m, json_get(in, "waivers")));
    if (page_path(&m, in, "new_url").len > 0)
        tmpl_set(tmpl_add(m.page, "NEW"), "URL", page_path(&m, in, "new_url"));
    const struct json *list = json_get(in, "proposals");
    if (json_count(list) > 0) {
        struct tmpl *t = tmpl_add(m.page, "LIST");
        page_proposal_rows(&m, t, list);
        if (page_path(&m, in, "more_url").len > 0)
            tmpl_set(tmpl_add(t, "MORE"), "URL", page_path(&m, in, "more_url"));
    } else {
        struct span post = page_text(&m, in, "post_url", 300);
        html_text(m.page, "NONE", post.len > 0 ? post : SPAN("/api/v1/projects/NAME/proposals"));
    }
    return page_finish(&m, "proposals.tpl", SPAN(""), out, err);
}

/* --- one proposal --- */

static void group_row(struct tmpl *group, struct span key, struct span value)
{
    if (value.len == 0)
        return;
    struct tmpl *row = tmpl_add(group, "ROW");
    tmpl_set(row, "KEY", key);
    tmpl_set(row, "VALUE", value);
}

static struct span value_words(struct making *m, const struct json *value, struct span name)
{
    switch (json_kind_of(value)) {
    case JSON_STR:
        if (span_is(name, "overrun"))
            return span_is(json_str(value), "none") ? SPAN("not reckoned with")
                                                    : SPAN("as finished projects of the same kind did");
        if (span_is(name, "kind"))
            return dview_kind(&m->arena, json_str(value));
        return view_clean(&m->arena, json_str(value), 300);
    case JSON_BOOL:
        return json_bool(value, false) ? SPAN("yes") : SPAN("no");
    case JSON_NUM:
    case JSON_OBJ: {
        bool usd = span_starts(name, SPAN("usd_")) || span_find(name, 0, SPAN("_usd")) < name.len;
        bool share = span_ends(name, SPAN("_probability")) || span_ends(name, SPAN("_share")) ||
                     span_is(name, "discount_rate") || span_is(name, "goal_gain");
        bool years = span_is(name, "horizon_years"), months = span_is(name, "months");
        return dview_quantity(&m->arena, value,
                              usd                       ? SPAN("USD")
                              : share                   ? SPAN("share")
                              : years                   ? SPAN("years")
                              : months                  ? SPAN("months")
                              : span_is(name, "factor") ? SPAN("times as fast")
                                                        : SPAN(""));
    }
    case JSON_ARR: {
        struct sb sb = { 0 };
        EACH (item, value)
            sb_printf(&sb, "%s%.*s", sb.len ? ", " : "", SPAN_FMT(view_clean(&m->arena, json_str(item), 80)));
        struct span kept = view_clean(&m->arena, sb_span(&sb), 300);
        sb_release(&sb);
        return kept;
    }
    case JSON_NULL:
    case JSON_ABSENT:
        break;
    }
    return SPAN("");
}

/* A declared fact, in the unit that the dictionary gives: "yes" and not 1. */
static struct span fact_words(struct making *m, const struct json *value, struct span name)
{
    if (span_is(json_str(value), "one_at_a_time"))
        return SPAN("one at a time");
    if (json_kind_of(value) != JSON_NUM)
        return value_words(m, value, name);
    struct sb sb = { 0 };
    fmt_fact(&sb, name, json_num(value, NUM_UNKNOWN));
    struct span kept = view_clean(&m->arena, sb_span(&sb), 60);
    sb_release(&sb);
    return kept;
}

static void members(struct making *m, const char *title, const struct json *obj)
{
    if (json_count(obj) == 0)
        return;
    struct tmpl *group = tmpl_add(m->page, "GROUP");
    html_setz(group, "TITLE", title);
    size_t shown = 0;
    bool facts = strcmp(title, "Facts that were declared") == 0;
    EACH (value, obj) {
        if (shown++ == ROWS_MAX)
            break;
        struct span words = facts ? fact_words(m, value, json_key(value)) : value_words(m, value, json_key(value));
        group_row(group, dview_name(&m->arena, json_key(value)), words.len ? words : SPAN("not given"));
    }
}

/* Rows of an array: what one is called, and the member that says the most. */
static void rows(struct making *m, const char *title, const struct json *list, const char *name, const char *detail)
{
    if (json_count(list) == 0)
        return;
    struct tmpl *group = tmpl_add(m->page, "GROUP");
    html_setz(group, "TITLE", title);
    size_t shown = 0;
    EACH (row, list) {
        if (shown++ == ROWS_MAX)
            break;
        bool plain = json_kind_of(row) == JSON_STR;
        struct span key = plain ? view_clean(&m->arena, json_str(row), 300) : page_text(m, row, name, 200);
        struct span value = plain ? SPAN("") : value_words(m, json_get(row, detail), span_of(detail));
        struct tmpl *t = tmpl_add(group, "ROW");
        tmpl_set(t, "KEY", key.len ? key : page_text(m, row, "id", 60));
        tmpl_set(t, "VALUE", value);
    }
}

static void document(struct making *m, const struct json *doc)
{
    members(m, "Cost", json_get(doc, "cost"));
    members(m, "Benefit", json_get(doc, "benefit"));
    struct tmpl *group = tmpl_add(m->page, "GROUP");
    html_setz(group, "TITLE", "Terms");
    static const char *const terms[] = { "goal_gain", "horizon_years", "discount_rate", "packs" };
    for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
        struct span value = value_words(m, json_get(doc, terms[i]), span_of(terms[i]));
        group_row(group, dview_name(&m->arena, span_of(terms[i])), value.len ? value : SPAN("not given"));
    }
    rows(m, "Parts", json_get(doc, "components"), "name", "match");
    rows(m, "Claims", json_get(doc, "claims"), "text", "factor");
    rows(m, "Phases", json_get(doc, "phases"), "title", "months");
    rows(m, "Risks", json_get(doc, "risks"), "text", "text");
    rows(m, "Alternatives", json_get(doc, "alternatives"), "title", "kind");
    rows(m, "What would open it again", json_get(doc, "watch"), "title", "when");
    members(m, "Facts that were declared", json_get(doc, "facts"));
}

/* A moment, which a module turns into the viewer's zone; false without one. */
static bool moment(struct making *m, struct tmpl *row, const struct json *of)
{
    struct span iso = page_text(m, of, "at", 40);
    if (iso.len == 0)
        return false;
    struct tmpl *t = tmpl_add(row, "TIME");
    tmpl_set(t, "ISO", iso);
    tmpl_set(t, "TEXT", page_time(m, of, "at"));
    return true;
}

static void decisions(struct making *m, const struct json *list)
{
    if (json_count(list) == 0) {
        tmpl_show(m->page, "NO_DECISION");
        return;
    }
    struct tmpl *t = tmpl_add(m->page, "DECISIONS");
    size_t shown = 0;
    EACH (d, list) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "URL", page_path(m, d, "url"));
        if (!moment(m, row, d))
            tmpl_show(row, "UNDATED");
        html_setz(row, "STATE", view_state_name(page_decision_state(d)));
        tmpl_set(row, "TEXT", view_clean(&m->arena, report_headline(d), 60));
        html_text(row, "SUMMARY", page_text(m, d, "summary", 300));
        tmpl_set(row, "GATE", page_decision_gate(d));
        struct span status = page_text(m, d, "status", 20);
        struct span words = span_is(status, "reopened") ? SPAN("re-opened") : status;
        tmpl_set(row, "STATUS",
                 json_bool(json_get(d, "stale"), false) ? view_printf(&m->arena, "%.*s, out of date", SPAN_FMT(words))
                                                        : words);
        double version = read_num(d, "version_no");
        if (version >= 0 && version < 1e9)
            tmpl_set(row, "VERSION", view_printf(&m->arena, "%.0f", version));
    }
}

static void versions(struct making *m, const struct json *list)
{
    struct tmpl *t = json_count(list) > 0 ? tmpl_add(m->page, "VERSIONS") : NULL;
    size_t shown = 0;
    EACH (v, t ? list : NULL) {
        if (shown++ == ROWS_MAX)
            break;
        struct tmpl *row = tmpl_add(t, "ROW");
        double n = read_num(v, "version_no");
        tmpl_set(row, "VERSION", view_printf(&m->arena, "%.0f", n >= 0 && n < 1e9 ? n : 0));
        tmpl_set(row, "URL", page_path(m, v, "url"));
        (void)moment(m, row, v);
        tmpl_set(row, "BY", page_text(m, v, "by", 100));
        tmpl_set(row, "SHA", page_text(m, v, "sha256", 64));
    }
}

bool report_page_proposal(const struct json *in, struct sb *out, struct err *err)
{
    struct making m = page_begin(in, SPAN("Proposal"));
    const struct json *doc = json_get(in, "proposal");
    struct span title = page_text(&m, doc, "title", 160);
    title = title.len ? title : SPAN("A proposal without a title");
    tmpl_set(m.head, "TITLE", view_printf(&m.arena, "%.*s - stet", SPAN_FMT(title)));
    page_crumb(&m, page_text(&m, in, "project", 63), page_path(&m, in, "project_url"));
    page_crumb(&m, view_clean(&m.arena, title, 60), SPAN(""));
    tmpl_set(m.page, "TITLE", title);
    html_text(m.page, "KIND", kind_words(&m, doc));
    struct span from = page_text(&m, doc, "from", 40);
    struct span to = page_text(&m, doc, "to", 40);
    if (from.len > 0 && to.len > 0)
        html_text(m.page, "CHANGE", view_printf(&m.arena, "from %.*s to %.*s", SPAN_FMT(from), SPAN_FMT(to)));
    html_text(m.page, "GOAL", goal_words(&m, doc));
    html_text(m.page, "SCOPE", page_text(&m, doc, "scope", 400));
    double version = read_num(in, "version_no");
    struct sb sb = { 0 };
    struct span status = page_text(&m, in, "status", 20);
    sb_printf(&sb, "Proposal %.*s", SPAN_FMT(status.len ? status : SPAN("open")));
    if (version >= 1 && version < 1e9)
        sb_printf(&sb, ", version %.0f", version);
    if (page_text(&m, in, "by", 80).len > 0)
        sb_printf(&sb, ", by %.*s", SPAN_FMT(page_text(&m, in, "by", 80)));
    if (page_time(&m, in, "at").len > 0)
        sb_printf(&sb, ", %.*s", SPAN_FMT(page_time(&m, in, "at")));
    tmpl_set(m.page, "STATE", sb_span(&sb));
    sb_release(&sb);
    if (version < read_num(in, "newest_no") && page_path(&m, in, "newest_url").len > 0)
        tmpl_set(tmpl_add(m.page, "OLDER"), "URL", page_path(&m, in, "newest_url"));
    struct span edit = page_path(&m, in, "edit_url"), decide = page_path(&m, in, "decide_url");
    if (edit.len > 0)
        tmpl_set(tmpl_add(m.page, "EDIT"), "URL", edit);
    if (decide.len > 0)
        tmpl_set(tmpl_add(m.page, "DECIDE"), "URL", decide);
    decisions(&m, json_get(in, "decisions"));
    document(&m, doc);
    versions(&m, json_get(in, "versions"));
    return page_finish(&m, "proposal.tpl", SPAN(""), out, err);
}
