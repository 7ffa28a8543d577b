/* html_run.c - the run page beside its answer: what would open it, with the forms for more evidence in the same place; how
 * representative the recording is; whether its parts agree; its revisions. */
#include "report/html.h"

#include "report/page_make.h"
#include "report/view_read.h"

/* More questions than these are asked of those alone who open the rest. */
enum { ASKS_FIRST = 3, REVISIONS_MAX = 50 };

/* --- what would open it --- */

static void ask_fill(struct tmpl *ask, const struct view_ask *a)
{
    tmpl_set(ask, "NAME", a->name);
    tmpl_set(ask, "LABEL", a->label);
    tmpl_set(ask, "HINT", a->hint);
    tmpl_set(ask, "SETTLES", a->settles);
    if (a->choices.len == 0) {
        tmpl_show(ask, "NUMBER");
        return;
    }
    struct tmpl *choice = tmpl_add(ask, "CHOICE");
    struct span rest = a->choices;
    struct span word;
    while (span_word(&rest, &word)) {
        struct tmpl *option = tmpl_add(choice, "OPTION");
        tmpl_set(option, "VALUE", span_is(word, "yes") ? SPAN("1") : span_is(word, "no") ? SPAN("0") : word);
        tmpl_set(option, "TEXT",
                 span_is(word, "one_at_a_time") ? SPAN("one at a time")
                 : span_is(word, "prod")        ? SPAN("production")
                 : span_is(word, "ci")          ? SPAN("a build machine")
                 : span_is(word, "dev")         ? SPAN("a developer's machine")
                                                : word);
    }
}

/* What the form asks for and is known: with where it comes from. */
static void known(struct tmpl *form, struct view *v)
{
    static const char *const names[] = {
        "ops",         "op_s",         "wall_s",      "cpu_s",       "concurrency", "load_model", "load_representative",
        "environment", "usable_cores", "samples_raw", "ops_per_year"
    };
    struct tmpl *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < v->inputs_count; i++) {
        const struct view_input *in = &v->inputs[i];
        bool asked = false;
        for (size_t k = 0; k < ARRAY_LEN(names); k++)
            asked = asked || span_is(in->name, names[k]);
        if (!asked || span_is(in->origin, "default"))
            continue;
        list = list ? list : tmpl_add(form, "KNOWN");
        struct tmpl *row = tmpl_add(list, "FACT");
        tmpl_set(row, "LABEL", read_fact_words(in->name));
        tmpl_set(row, "VALUE", in->value);
        struct span origin = span_is(in->origin, "file") ? SPAN("read from the file") : in->origin;
        tmpl_set(row, "SOURCE",
                 in->by.len > 0 ? view_printf(v->arena, "%.*s, %.*s", SPAN_FMT(origin), SPAN_FMT(in->by)) : origin);
        count++;
    }
    if (list)
        tmpl_set(list, "TITLE", view_printf(v->arena, "What is known already, and from where (%zu)", count));
}

static void asks(struct tmpl *forms, struct view *v, struct span action)
{
    if (action.len == 0 || v->asks_count == 0)
        return;
    struct tmpl *t = tmpl_add(forms, "ASKS");
    size_t first = 0;
    while (first < v->asks_count && first < ASKS_FIRST)
        first++;
    tmpl_set(t, "ACTION", action);
    tmpl_set(t, "LEAD",
             v->asks[0].waited_for ? SPAN("Or answer what the files cannot.")
                                   : SPAN("Or say what nobody has said yet."));
    for (size_t i = 0; i < first; i++)
        ask_fill(tmpl_add(t, "ASK"), &v->asks[i]);
    if (first < v->asks_count) {
        struct tmpl *more = tmpl_add(t, "MORE");
        tmpl_set(more, "TITLE", view_printf(v->arena, "%zu more that can be stated", v->asks_count - first));
        for (size_t i = first; i < v->asks_count; i++)
            ask_fill(tmpl_add(more, "ASK"), &v->asks[i]);
    }
    known(t, v);
}

static void closed(struct tmpl *t, struct view *v)
{
    if (v->closed_count == 0 || v->state == VIEW_OPEN)
        return;
    struct tmpl *table = tmpl_add(t, "CLOSED");
    for (size_t i = 0; i < v->closed_count; i++) {
        const struct view_rule *r = &v->closed[i];
        struct tmpl *row = tmpl_add(table, "ROW");
        tmpl_set(row, "ID", r->id);
        tmpl_set(row, "REASON", r->reason);
        tmpl_set(row, "MEASURED", r->measured.len > 0 ? r->measured : SPAN("not measured"));
        tmpl_set(row, "LINE", r->line);
        html_text(row, "OWNER", r->line.len > 0 ? r->owner : SPAN(""));
        tmpl_set(row, "DISTANCE", r->distance);
        tmpl_set(row, "OPENS", r->remedy);
    }
}

static void changes(struct tmpl *t, struct view *v, bool with_form)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < v->flips_count; i++)
        sb_printf(&sb, "%s%.*s", i ? ", or " : "", SPAN_FMT(v->flips[i].words));
    html_text(t, "FLIPS", view_clean(v->arena, sb_span(&sb), 1200));
    sb_release(&sb);
    if (v->closed_by_evidence) {
        struct tmpl *again = tmpl_add(t, "FIRST");
        html_setz(again, "LEAD", "The one measurement that would open it:");
        html_setz(again, "WHY",
                  "the same work under its real load, counted once more, with a figure on the other side "
                  "of its line. A minute of totals is enough to tell:");
        html_text(again, "COMMAND", v->again);
        html_setz(again, "DETAIL", "no root; add the file below");
        return;
    }
    if (v->next_count == 0)
        return;
    /* The step that decides by itself, else the first. */
    const struct view_next *n = &v->next[0];
    for (size_t i = v->next_count; i > 0; i--) {
        if (v->next[i - 1].decides)
            n = &v->next[i - 1];
    }
    struct tmpl *first = tmpl_add(t, "FIRST");
    html_setz(first, "LEAD", n->decides ? "The one step that would decide it:" : "The step that helps most:");
    tmpl_set(first, "WHY", n->text.len > 0 ? n->text : n->why);
    /* Numbers go into the form that stands below, rather than behind a command. */
    if (with_form && span_starts(n->command, SPAN("stet analyze"))) {
        html_setz(first, "DETAIL", "Put them into the form below.");
        return;
    }
    html_text(first, "COMMAND", n->command);
    const struct span parts[] = { n->takes, n->needs, n->platform };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].len > 0)
            sb_printf(&sb, "%s%.*s", sb.len ? ", " : "", SPAN_FMT(parts[i]));
    }
    tmpl_set(first, "DETAIL", view_clean(v->arena, sb_span(&sb), 200));
    sb_release(&sb);
}

void html_opens(struct tmpl *body, struct view *v, const struct json *meta)
{
    struct span upload = json_str(json_get(meta, "upload_action"));
    struct span facts = json_str(json_get(meta, "facts_action"));
    bool adds = !json_bool(json_get(meta, "read_only"), false) && upload.len + facts.len > 0;
    bool shut = v->state != VIEW_OPEN;
    if (!adds && !shut)
        return;
    struct tmpl *t = tmpl_include(body, "OPENS", "report_opens.tpl");
    html_setz(t, "STATE", view_state_name(v->state));
    html_setz(t, "TITLE", shut ? "What would open it" : "Add evidence to this run");
    html_text(t, "WORDS", v->opens_words);
    closed(t, v);
    if (shut)
        changes(t, v, adds && facts.len > 0 && v->asks_count > 0);
    /* A report that stands alone holds no link. */
    if (shut && meta) {
        struct tmpl *way = tmpl_add(body, "WAY");
        if (adds && upload.len > 0)
            html_text(way, "COUNTER", v->state == VIEW_CLOSED ? SPAN("Add counter-evidence") : SPAN("Add evidence"));
    }
    if (!adds)
        return;
    struct tmpl *forms = tmpl_add(t, "FORMS");
    if (upload.len > 0)
        tmpl_set(tmpl_add(forms, "DROP"), "ACTION", upload);
    asks(forms, v, facts);
}

/* --- what the recording stands for --- */

static const char *fit_name(enum view_fit fit)
{
    static const char *const names[] = { [FIT_UNKNOWN] = "unknown", [FIT_GOOD] = "good", [FIT_POOR] = "poor" };
    return names[fit];
}

static const char *fit_words(enum view_fit fit)
{
    static const char *const words[] = {
        [FIT_UNKNOWN] = "not known", [FIT_GOOD] = "within its limit", [FIT_POOR] = "beyond its limit"
    };
    return words[fit];
}

static void card_row(struct tmpl *t, const struct view_card *c, bool may_state)
{
    struct tmpl *row = tmpl_add(t, "ROW");
    html_setz(row, "FIT", fit_name(c->fit));
    html_setz(row, "FIT_WORDS", fit_words(c->fit));
    tmpl_set(row, "NAME", c->name);
    tmpl_set(row, "VALUE", c->value);
    tmpl_set(row, "AGAINST", c->against);
    if (may_state && c->ask.len > 0)
        tmpl_set(tmpl_add(row, "ASK"), "FACT", c->ask);
}

static bool is_asked(const struct view *v, struct span name)
{
    for (size_t i = 0; i < v->asks_count; i++) {
        if (span_eq(v->asks[i].name, name))
            return true;
    }
    return false;
}

/* What the upload said of the work: a name for it, and the state of its code. */
static void card_of_upload(struct tmpl *t, struct view *v, const struct json *meta)
{
    struct span scenario = read_text(v, meta, "scenario", 100);
    struct span commit = read_text(v, meta, "commit", 100);
    struct span branch = read_text(v, meta, "branch", 100);
    double days = read_num(meta, "age_days");
    struct view_card work = { .name = SPAN("Workload"), .fit = scenario.len > 0 ? FIT_GOOD : FIT_UNKNOWN };
    work.value = scenario.len > 0 ? scenario : SPAN("no scenario was named");
    work.against = SPAN("runs of one scenario are held against each other");
    card_row(t, &work, false);
    struct view_card code = { .name = SPAN("Commit"), .fit = commit.len > 0 ? FIT_GOOD : FIT_UNKNOWN };
    code.value = commit.len == 0  ? SPAN("not stated")
                 : branch.len > 0 ? view_printf(v->arena, "%.*s on %.*s", SPAN_FMT(commit), SPAN_FMT(branch))
                                  : commit;
    if (num_known(days))
        code.against = days < 1 ? SPAN("uploaded today") : view_printf(v->arena, "uploaded %.0f days ago", days);
    card_row(t, &code, false);
}

static void revisions(struct tmpl *run, struct view *v, const struct json *meta)
{
    const struct json *list = json_get(meta, "revision_list");
    double now = read_num(meta, "revision");
    size_t shown = 0;
    if (json_count(list) < 2)
        return;
    struct tmpl *t = tmpl_add(run, "REVISIONS");
    EACH (r, list) {
        if (shown++ == REVISIONS_MAX)
            break;
        struct tmpl *row = tmpl_add(t, "ROW");
        double n = read_num(r, "revision");
        bool here = !(n < now) && !(n > now);
        struct tmpl *name = tmpl_add(row, here ? "BARE" : "NAMED");
        tmpl_set(name, "TEXT", view_printf(v->arena, "%.0f", n));
        if (!here)
            tmpl_set(name, "URL", page_own_path(v->arena, r, "url"));
        struct span at = read_text(v, r, "created", 40);
        tmpl_set(row, "RFC", at);
        tmpl_set(row, "TIME", page_utc(v->arena, at));
        tmpl_set(row, "GATE", read_text(v, r, "gate", 20));
        tmpl_set(row, "SUMMARY", read_text(v, r, "summary", 300));
    }
    double all = read_num(meta, "revisions");
    if (all > (double)shown)
        html_text(t, "CUT",
                  view_printf(v->arena, "The %.0f before these are kept too, at ?rev=N.", all - (double)shown));
}

void html_run(struct tmpl *evidence, struct view *v, const struct json *meta)
{
    struct tmpl *run = tmpl_include(evidence, "RUN", "report_run.tpl");
    bool may_state = json_str(json_get(meta, "facts_action")).len > 0 && !json_bool(json_get(meta, "read_only"), false);
    if (v->fits_count > 0) {
        struct tmpl *t = tmpl_add(run, "FITS");
        for (size_t i = 0; i < v->fits_count; i++) {
            struct tmpl *row = tmpl_add(t, "ROW");
            html_setz(row, "FIT", fit_name(v->fits[i].fit));
            tmpl_set(row, "WORDS", v->fits[i].value);
        }
    }
    struct tmpl *card = tmpl_add(run, "CARD");
    if (meta)
        card_of_upload(card, v, meta);
    for (size_t i = 0; i < v->card_count; i++)
        card_row(card, &v->card[i], may_state && is_asked(v, v->card[i].ask));
    revisions(run, v, meta);
}
