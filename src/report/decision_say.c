/* decision_say.c - the forms of a decision: objections and answers, votes, waivers, its status. Each stands there only for
 * who may use it; who may not is told what to ask for. */
#include "report/decision_html.h"
#include "report/view_read.h"

enum { ROWS_MAX = 60, RUNS_MAX = 200 };

static bool may(const struct dview *d, const char *what)
{
    return json_bool(json_get(json_get(d->say, "may"), what), false);
}

static struct span own_path(const struct dview *d)
{
    struct span url = json_str(json_get(d->say, "base"));
    bool own = url.len > 1 && url.ptr[0] == '/' && url.ptr[1] != '/' && url.ptr[1] != '\\';
    return own ? view_clean(d->v.arena, url, 200) : SPAN("");
}

/* A form; who has no token says who it is. */
static struct tmpl *form(struct tmpl *t, const struct dview *d, const char *section)
{
    struct tmpl *f = tmpl_add(t, section);
    tmpl_set(f, "URL", own_path(d));
    if (json_is_null(json_get(d->say, "name")))
        tmpl_show(f, "NAME");
    return f;
}

static void votes(struct tmpl *t, const struct dview *d)
{
    static const char *const kinds[] = { "for", "against", "abstain" };
    const struct json *list = json_get(d->say, "votes");
    size_t counts[ARRAY_LEN(kinds)] = { 0 }, shown = 0;
    if (json_count(list) == 0)
        return;
    struct tmpl *v = tmpl_add(t, "VOTES");
    EACH (row, list) {
        struct span vote = json_str(json_get(row, "vote"));
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            counts[i] += span_is(vote, kinds[i]);
        if (shown++ >= ROWS_MAX)
            continue;
        struct tmpl *r = tmpl_add(v, "ROW");
        tmpl_set(r, "VOTE", view_clean(d->v.arena, vote, 20));
        html_text(r, "BY", view_clean(d->v.arena, json_str(json_get(row, "by")), 80));
        html_text(r, "WHY", view_clean(d->v.arena, json_str(json_get(row, "text")), 300));
    }
    tmpl_set(v, "TEXT",
             view_printf(d->v.arena, "%zu for, %zu against%s", counts[0], counts[1],
                         counts[2] > 0 ? ", and some abstained" : ""));
}

static void answers(struct tmpl *t, const struct dview *d)
{
    size_t shown = 0;
    EACH (o, json_get(d->say, "objections")) {
        if (!span_is(json_str(json_get(o, "state")), "open") || shown++ >= ROWS_MAX)
            continue;
        struct tmpl *f = form(t, d, "ANSWER");
        tmpl_set(f, "N", view_printf(d->v.arena, "%.0f", json_num(json_get(o, "n"), 0)));
        tmpl_set(f, "TEXT", view_clean(d->v.arena, json_str(json_get(o, "text")), 120));
    }
}

static void object(struct tmpl *t, const struct dview *d)
{
    struct tmpl *f = form(t, d, "OBJECT");
    size_t shown = 0;
    EACH (run, json_get(d->say, "runs")) {
        if (shown++ == RUNS_MAX)
            break;
        tmpl_set(tmpl_add(f, "RUN"), "NAME", json_str(run));
    }
}

/* Rules that fired and do not lift the answer. */
static void ask(struct tmpl *t, const struct json *doc, const struct dview *d)
{
    struct tmpl *f = form(t, d, "ASK");
    size_t shown = 0;
    EACH (rule, json_get(doc, "rules")) {
        struct span effect = json_str(json_get(rule, "effect"));
        if (json_num(json_get(rule, "value"), 0) < 1 || effect.len == 0 || span_starts(effect, SPAN("floor")) ||
            shown++ >= ROWS_MAX)
            continue;
        struct tmpl *o = tmpl_add(f, "RULE");
        tmpl_set(o, "ID", view_clean(d->v.arena, json_str(json_get(rule, "id")), 48));
        tmpl_set(o, "TEXT", view_clean(d->v.arena, json_str(json_get(rule, "reason")), 70));
    }
}

static void settle(struct tmpl *t, const struct dview *d)
{
    struct span status = json_str(json_get(d->say, "status"));
    static const char *const choices[][3] = { { "accepted", "Accept", "accepted" },
                                              { "rejected", "Reject", "rejected" },
                                              { "reopened", "Re-open", "reopened" } };
    if (span_is(status, "superseded"))
        return;
    struct tmpl *f = form(t, d, "SETTLE");
    bool waits = d->objections_open > 0;
    html_setz(f, "TEXT",
              waits ? "An objection is not answered yet: it can be accepted once it is."
                    : "Accepted or rejected, it stands until something re-opens it; the record keeps every step.");
    for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
        if (span_is(status, choices[i][2]) || (i == 0 && waits) || (i == 2 && span_is(status, "proposed")))
            continue;
        struct tmpl *c = tmpl_add(f, "CHOICE");
        html_setz(c, "VALUE", choices[i][0]);
        html_setz(c, "WORDS", choices[i][1]);
    }
}

static void grants(struct tmpl *t, const struct dview *d)
{
    size_t shown = 0;
    EACH (w, json_get(d->say, "waivers")) {
        bool asked = span_is(json_str(json_get(w, "state")), "asked");
        bool granted = span_is(json_str(json_get(w, "state")), "granted");
        struct span rule = json_str(json_get(w, "rule"));
        if ((!asked && !granted) || shown++ >= ROWS_MAX)
            continue;
        struct tmpl *f = form(t, d, "GRANT");
        tmpl_set(f, "WAIVER", view_clean(d->v.arena, json_str(json_get(w, "id")), 40));
        tmpl_set(f, "RULE", span_is(rule, "gate") ? SPAN("the gate") : view_clean(d->v.arena, rule, 48));
        html_setz(f, "STATE", asked ? "asked for" : "in force");
        tmpl_set(f, "REASON", view_clean(d->v.arena, json_str(json_get(w, "reason")), 300));
        tmpl_set(f, "UNTIL", span_sub(view_clean(d->v.arena, json_str(json_get(w, "until")), 40), 0, 10));
        if (asked)
            tmpl_show(f, "GIVE");
        html_setz(f, "END", asked ? "Refuse it" : "End it");
    }
}

void decision_html_say(struct tmpl *voices, const struct json *doc, const struct dview *d)
{
    struct tmpl *t = tmpl_include(voices, "SAY", "decision_say.tpl");
    tmpl_set(t, "ID", d->id);
    tmpl_set(t, "PROJECT", d->project);
    votes(t, d);
    if (may(d, "write"))
        answers(t, d);
    if (may(d, "upload")) {
        object(t, d);
        (void)form(t, d, "VOTE");
        ask(t, doc, d);
    }
    if (may(d, "write"))
        settle(t, d);
    if (may(d, "admin"))
        grants(t, d);
    if (!may(d, "upload"))
        html_text(t, "NEEDS",
                  SPAN("To object, vote or ask for a waiver you need a token with the scope upload; to answer or "
                       "settle, write; "
                       "to grant a waiver, admin. Whoever runs this service makes one: stet token create --scopes "
                       "read,upload"));
    else if (!may(d, "write"))
        html_text(t, "NEEDS",
                  SPAN("To answer an objection or settle the decision you need a token with the scope write."));
}
