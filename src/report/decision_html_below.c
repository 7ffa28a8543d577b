/* decision_html_below.c - below the fold of a decision: returns, effort, claims, what is watched, voices, numbers. */
#include "report/decision_html.h"

#include "report/roi_svg.h"
#include "report/view_read.h"

static void pairs(struct tmpl *t, const struct view_pair *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "KEY", items[i].key);
        tmpl_set(row, "VALUE", items[i].value);
        tmpl_set(row, "TEXT", items[i].value);
    }
}

static void list(struct tmpl *t, const char *section, const struct view_pair *items, size_t count)
{
    if (count > 0)
        pairs(tmpl_add(t, section), items, count);
}

static void action_list(struct tmpl *t, const char *section, const struct dview_action *items, size_t count)
{
    struct tmpl *s = count > 0 ? tmpl_add(t, section) : NULL;
    for (size_t i = 0; s && i < count; i++)
        tmpl_set(tmpl_add(s, "ROW"), "TEXT", items[i].reason.len ? items[i].reason : items[i].what);
}

static void audit(struct tmpl *body, const struct dview *d)
{
    struct tmpl *t = d->audit_count > 0 ? tmpl_add(body, "AUDIT") : NULL;
    for (size_t i = 0; t && i < d->audit_count; i++) {
        const struct dview_audit *a = &d->audit[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "NAME", a->scope.len ? a->scope : SPAN("the change"));
        tmpl_set(row, "PREDICTED", a->predicted.len ? a->predicted : SPAN("not given"));
        tmpl_set(row, "REAL", a->real.len ? a->real : SPAN("not given"));
        tmpl_set(row, "WORDS", a->words);
        bool own = a->url.len > 1 && a->url.ptr[0] == '/' && a->url.ptr[1] != '/' && a->url.ptr[1] != '\\';
        struct tmpl *run = tmpl_add(row, own ? "LINK" : "BARE");
        tmpl_set(run, "TEXT", a->run);
        if (own)
            tmpl_set(run, "URL", a->url);
        html_text(row, "AT", a->at);
    }
}

static struct span joined(const struct dview *d, const struct view_pair *items, size_t count)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < count; i++)
        sb_printf(&sb, "%s%.*s", i ? ", " : "", SPAN_FMT(items[i].value));
    struct span kept = view_clean(d->v.arena, sb_span(&sb), 2000);
    sb_release(&sb);
    return kept;
}

static void returns(struct tmpl *body, const struct dview *d)
{
    if (d->money_lines_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "RETURNS");
    pairs(t, d->money_lines, d->money_lines_count);
    html_text(t, "DEFAULTS", joined(d, d->defaults, d->defaults_count));
    struct tmpl *s = d->tornado_count > 0 ? tmpl_add(t, "SWINGS") : NULL;
    for (size_t i = 0; s && i < d->tornado_count; i++) {
        const struct dview_swing *w = &d->tornado[i];
        struct tmpl *row = tmpl_add(s, "ROW");
        tmpl_set(row, "NAME", w->name);
        tmpl_set(row, "LOW", w->low);
        tmpl_set(row, "HIGH", w->high);
        tmpl_set(row, "NPV_LOW", dview_usd(d->v.arena, w->npv_low));
        tmpl_set(row, "NPV_HIGH", dview_usd(d->v.arena, w->npv_high));
    }
}

static void effort(struct tmpl *body, const struct dview *d)
{
    if (d->phases_count + d->risks_count + d->checks_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "EFFORT");
    struct tmpl *p = d->phases_count > 0 ? tmpl_add(t, "PHASES") : NULL;
    for (size_t i = 0; p && i < d->phases_count; i++) {
        struct tmpl *row = tmpl_add(p, "ROW");
        tmpl_set(row, "NAME", d->phases[i].title);
        tmpl_set(row, "MONTHS", d->phases[i].months.len ? d->phases[i].months : SPAN("not given"));
        tmpl_set(row, "LOSS", d->phases[i].stop_loss.len ? d->phases[i].stop_loss : SPAN("not given"));
    }
    list(t, "RISKS", d->risks, d->risks_count);
    list(t, "CHECKS", d->checks, d->checks_count);
}

static void claims(struct tmpl *body, const struct dview *d)
{
    struct tmpl *t = d->claims_count > 0 ? tmpl_add(body, "CLAIMS") : NULL;
    for (size_t i = 0; t && i < d->claims_count; i++) {
        const struct dview_claim *c = &d->claims[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "TEXT", c->text);
        tmpl_set(row, "FACTOR", c->factor);
        tmpl_set(row, "CEILING", c->ceiling_x < 1e6 ? html_factor(d->v.arena, c->ceiling_x) : SPAN(""));
        tmpl_set(row, "WORDS", c->words);
        tmpl_set(row, "SOURCE", c->evidence);
    }
}

static void signs(struct tmpl *t, const struct dview_sign *items, size_t count, const char *side)
{
    for (size_t i = 0; i < count; i++) {
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "NAME", items[i].name);
        html_setz(row, "SIDE", side);
        tmpl_set(row, "STATE", items[i].state);
    }
}

static void score(struct tmpl *body, const struct dview *d)
{
    if (d->green_count + d->red_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "SCORE");
    html_text(t, "SUM", d->score);
    signs(t, d->green, d->green_count, "for it");
    signs(t, d->red, d->red_count, "against it");
}

/* The answer if every input that is missing were favourable, in one sentence. */
static struct span potential(const struct json *doc, const struct dview *d)
{
    const struct json *p = json_get(doc, "potential");
    if (json_kind_of(p) != JSON_OBJ || d->not_asked || span_is(d->v.gate, "pass"))
        return SPAN("");
    struct span words = report_headline(p);
    struct sb sb = { 0 };
    size_t n = 0;
    EACH (item, json_get(p, "missing")) {
        struct span name = dview_name(d->v.arena, json_str(item));
        if (n < 6 && span_find(sb_span(&sb), 0, name) == sb.len)
            sb_printf(&sb, "%s%.*s", n++ ? ", " : "", SPAN_FMT(name));
    }
    struct span best = view_clean(d->v.arena, words, 80);
    struct span ret = SPAN("");
    if (n > 0)
        ret =
            view_printf(d->v.arena, "At best, once these are given and favourable: \"%.*s\". Still to be given: %.*s.",
                        SPAN_FMT(best), SPAN_FMT(sb_span(&sb)));
    else if (!span_is(json_str(json_get(p, "verdict")), "full_migration"))
        ret = view_printf(d->v.arena, "No input that is missing would change the answer; at best it is \"%.*s\".",
                          SPAN_FMT(best));
    sb_release(&sb);
    return ret;
}

static void watch(struct tmpl *t, const struct dview *d)
{
    struct tmpl *s = d->watch_count > 0 ? tmpl_add(t, "WATCH") : NULL;
    for (size_t i = 0; s && i < d->watch_count; i++) {
        const struct dview_watch *w = &d->watch[i];
        struct tmpl *row = tmpl_add(s, "ROW");
        html_setz(row, "KIND", w->fired ? "fired" : "held");
        tmpl_set(row, "NAME", w->title.len ? w->title : w->id);
        tmpl_set(row, "WHEN", w->when.len ? w->when : w->kind);
        tmpl_set(row, "NOW", w->now);
        tmpl_set(row, "LINE", w->line);
        tmpl_set(row, "STATE", w->state);
    }
}

static void when(struct tmpl *body, const struct json *doc, const struct dview *d)
{
    struct span best = potential(doc, d);
    if (best.len + d->distance_count + d->reopen_count + d->watch_count + d->actions_count + d->gaps_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "WHEN");
    html_text(t, "POTENTIAL", best);
    list(t, "FLIPS", d->distance, d->distance_count);
    action_list(t, "REOPEN", d->reopen, d->reopen_count);
    action_list(t, "ACTIONS", d->actions, d->actions_count);
    watch(t, d);
    struct tmpl *g = d->gaps_count > 0 ? tmpl_add(t, "GAPS") : NULL;
    if (g)
        signs(g, d->gaps, d->gaps_count, "");
}

static void voices(struct tmpl *body, const struct json *doc, const struct dview *d)
{
    bool service = d->id.len > 0 && d->project.len > 0;
    if (d->objections_count + d->waivers_count == 0 && !service)
        return;
    struct tmpl *t = tmpl_add(body, "VOICES");
    if (service && d->say) {
        decision_html_say(t, doc, d);
        tmpl_show(body, "VOICES_LINK");
    } else if (service) {
        struct tmpl *how = tmpl_add(t, "HOW");
        tmpl_set(how, "ID", d->id);
        tmpl_set(how, "PROJECT", d->project);
        tmpl_show(body, "VOICES_LINK");
    }
    struct tmpl *s = d->objections_count > 0 ? tmpl_add(t, "OBJECTIONS") : NULL;
    for (size_t i = 0; s && i < d->objections_count; i++) {
        const struct dview_objection *o = &d->objections[i];
        struct tmpl *row = tmpl_add(s, "ROW");
        bool own = o->url.len > 1 && o->url.ptr[0] == '/' && o->url.ptr[1] != '/' && o->url.ptr[1] != '\\';
        struct tmpl *part = tmpl_add(row, own ? "LINK" : "BARE");
        tmpl_set(part, "TEXT", o->text.len ? o->text : SPAN("a profile that speaks against it"));
        if (own)
            tmpl_set(part, "URL", o->url);
        tmpl_set(row, "BY", o->by);
        tmpl_set(row, "AT", o->at);
        tmpl_set(row, "ISO", o->iso);
        tmpl_set(row, "ANSWER", o->open ? SPAN("not answered yet") : o->answer.len ? o->answer : SPAN("answered"));
    }
    s = d->waivers_count > 0 ? tmpl_add(t, "WAIVERS") : NULL;
    for (size_t i = 0; s && i < d->waivers_count; i++) {
        const struct dview_waiver *w = &d->waivers[i];
        struct tmpl *row = tmpl_add(s, "ROW");
        tmpl_set(row, "RULE", w->rule.len ? w->rule : SPAN("the gate"));
        tmpl_set(row, "OWNER", w->owner);
        tmpl_set(row, "REASON", w->reason);
        tmpl_set(row, "UNTIL", w->until);
        tmpl_set(row, "STATE", w->state);
    }
}

static void all_operations(struct tmpl *body, const struct dview *d)
{
    struct tmpl *t = d->operations_count > DECISION_SPEED_MAX ? tmpl_add(body, "SPEED_ALL") : NULL;
    for (size_t i = 0; t && i < d->operations_count; i++) {
        struct tmpl *row = tmpl_add(t, "ROW");
        decision_html_operation(row, d, &d->operations[i]);
        tmpl_set(row, "TODAY", html_seconds(d->v.arena, d->operations[i].op_s));
    }
}

static void all_options(struct tmpl *body, const struct dview *d)
{
    if (d->alternatives_count > DECISION_OPTIONS_MAX)
        decision_html_options(tmpl_add(body, "OPTIONS_ALL"), d, d->alternatives_count);
}

static void record(struct tmpl *body, const struct dview *d)
{
    if (d->numbers_count > 0) {
        struct tmpl *t = tmpl_add(body, "NUMBERS");
        tmpl_set(t, "COUNT", view_printf(d->v.arena, "%zu", d->numbers_count));
        pairs(t, d->numbers, d->numbers_count);
    }
    if (d->chain_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "CHAIN");
    pairs(t, d->chain, d->chain_count);
    struct span verify = d->verify;
    if (verify.len == 0 && d->id.len > 0)
        verify =
            view_printf(d->v.arena, "curl --fail-with-body \"$STET/api/v1/decisions/%.*s/verify\"", SPAN_FMT(d->id));
    html_text(t, "VERIFY", verify);
}

void decision_html_below(struct tmpl *body, const struct json *doc, struct dview *d, bool with_flame)
{
    audit(body, d);
    returns(body, d);
    effort(body, d);
    claims(body, d);
    score(body, d);
    when(body, doc, d);
    html_steps(body, &d->v);
    list(body, "CANNOT_LIST", d->v.cannot, d->v.cannot_count);
    voices(body, doc, d);
    all_operations(body, d);
    all_options(body, d);
    if (d->v.files_count + d->v.cpu_count > 0)
        (void)html_evidence(body, &d->v, with_flame);
    (void)html_proof(body, &d->v, true);
    record(body, d);
}

/* --- pictures --- */

void decision_html_returns(const struct json *doc, struct sb *out)
{
    static const char *const captions[ROI_PICTURE_COUNT] = {
        [ROI_PICTURE_NPV] =
            "What is left after all costs, in money of today, over all outcomes: amber a loss, blue a gain",
        [ROI_PICTURE_TORNADO] = "What is left when this input alone goes from its low to its high value",
        [ROI_PICTURE_PAYBACK] = "How likely the cost has come back after so many years",
    };
    const struct json *roi = json_get(doc, "roi");
    for (int i = 0; i < ROI_PICTURE_COUNT; i++) {
        struct sb svg = { 0 };
        struct err none = ERR_INIT;
        /* A picture without numbers is left out. */
        if (report_roi_svg(roi, (enum roi_picture)i, false, &svg, &none))
            sb_printf(out, "<figure>%.*s<figcaption>%s.</figcaption></figure>\n", SPAN_FMT(sb_span(&svg)), captions[i]);
        sb_release(&svg);
    }
}
