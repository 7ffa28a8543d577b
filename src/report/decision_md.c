/* decision_md.c - a decision as a record in the form of MADR 4: front matter, context, drivers, options, outcome,
 * consequences, confirmation, pros and cons, and everything that the answer rests on. */
#include "report/decision.h"

#include "base/jsonw.h"
#include "report/dview.h"
#include "report/fmt.h"
#include "report/md_write.h"

enum { FLIPS_MAX = 8, REASONS_MAX = 12 };

struct record {
    struct sb *out; /* borrowed */
    const struct dview *d;
};

static void item(struct record *r, struct span text)
{
    if (text.len == 0)
        return;
    md_z(r->out, "- ");
    md_text(r->out, text);
    md_z(r->out, "\n");
}

static void line(struct record *r, const char *own, struct span text)
{
    if (text.len == 0)
        return;
    md_z(r->out, "- ");
    md_z(r->out, own);
    md_text(r->out, text);
    md_z(r->out, "\n");
}

static void cell(struct record *r, struct span text)
{
    md_z(r->out, " ");
    md_text(r->out, text);
    md_z(r->out, " |");
}

static void end(struct record *r)
{
    md_z(r->out, "\n");
}

/* --- head --- */

static void front_matter(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "---\nstatus: ");
    json_quote(r->out, d->status);
    md_z(r->out, "\ndate: ");
    if (d->date.len > 0)
        sb_add(r->out, d->date);
    else
        md_z(r->out, "null");
    md_z(r->out, "\ndecision-makers: ");
    if (d->decided_by.len > 0) {
        md_z(r->out, "[");
        json_quote(r->out, d->decided_by);
        md_z(r->out, "]");
    } else {
        md_z(r->out, "[]");
    }
    md_z(r->out, "\n---\n\n# ");
    md_text(r->out, d->title);
    md_z(r->out, "\n");
}

static void paragraph(struct record *r, const char *own, struct span text)
{
    if (text.len == 0)
        return;
    md_z(r->out, "\n");
    md_z(r->out, own);
    md_text(r->out, text);
    md_z(r->out, "\n");
}

static void context(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n## Context and Problem Statement\n");
    paragraph(r, "", d->v.question);
    struct span gap = d->kind.len && d->change.len ? SPAN(", ") : SPAN("");
    struct span what = view_printf(d->v.arena, "%.*s%.*s%.*s", SPAN_FMT(d->kind), SPAN_FMT(gap), SPAN_FMT(d->change));
    paragraph(r, "Proposed: ", what);
    paragraph(r, "Scope: ", d->scope);
    for (size_t i = 0; i < d->notices_count; i++)
        paragraph(r, "> ", d->notices[i].value);
    paragraph(r, "How sure: ", d->v.sure);
    paragraph(r, "", d->comparison);
    const struct view *v = &d->v;
    if (v->time_count > 0) {
        md_z(r->out, "\n| where the time goes | amount | share |\n|---|--:|--:|\n");
        for (size_t i = 0; i < v->time_count && i < 12; i++) {
            const struct view_part *p = &v->time[i];
            md_z(r->out, "|");
            cell(r, p->words);
            md_z(r->out, " ");
            if (num_known(p->seconds))
                fmt_seconds(r->out, p->seconds);
            md_z(r->out, " | ");
            if (num_known(p->share))
                fmt_percent(r->out, p->share);
            md_z(r->out, " |\n");
        }
    }
    paragraph(r, "CPU time: ", v->touch_words);
    paragraph(r, "", v->corrected_words);
}

static void drivers(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n## Decision Drivers\n\n");
    size_t written = 0;
    for (size_t i = 0; i < d->v.why_count && i < REASONS_MAX; i++, written++) {
        const struct view_rule *w = &d->v.why[i];
        struct span reason = w->reason;
        /* What follows belongs to the sentence. */
        while (w->measured.len > 0 && reason.len > 0 && reason.ptr[reason.len - 1] == '.')
            reason.len--;
        md_z(r->out, "- ");
        md_text(r->out, reason);
        if (w->measured.len > 0) {
            md_z(r->out, "; measured ");
            md_text(r->out, w->measured);
        }
        if (w->line.len > 0) {
            md_z(r->out, ", line ");
            md_text(r->out, w->line);
        }
        if (w->owner.len > 0) {
            md_z(r->out, " (");
            md_text(r->out, w->owner);
            md_z(r->out, ")");
        }
        if (w->distance.len > 0) {
            md_z(r->out, ", ");
            md_text(r->out, w->distance);
        }
        md_z(r->out, " (");
        md_text(r->out, w->id);
        md_z(r->out, ")\n");
    }
    for (size_t i = 0; i < d->missing_count; i++, written++)
        line(r, "Not given: ", d->missing[i].value);
    if (d->not_asked)
        line(r, "", SPAN(DVIEW_OTHER_GOAL));
    else if (written == 0)
        md_z(r->out, "- none that was measured\n");
}

/* --- options --- */

static struct span as_it_is(void)
{
    return SPAN("Keep it as it is");
}

static struct span chosen(const struct dview *d)
{
    const struct view *v = &d->v;
    if (span_is(v->gate, "pass") || d->whole_open)
        return d->title;
    if (span_is(v->verdict, "native_extension"))
        return d->part_name.len > 0 ? view_printf(v->arena, "Move %.*s to native code", SPAN_FMT(d->part_name))
                                    : SPAN("Move one part to native code");
    if (span_is(v->verdict, "fix_wait_first") || span_is(v->verdict, "optimise_in_place"))
        return v->headline;
    return span_is(v->verdict, "insufficient_evidence") || d->not_asked ? SPAN("") : as_it_is();
}

static bool listed(const struct dview *d, struct span title)
{
    bool known = span_eq(title, as_it_is()) || span_eq(title, d->title);
    for (size_t i = 0; i < d->alternatives_count; i++)
        known = known || span_eq(title, d->alternatives[i].title);
    return known;
}

static void options(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n## Considered Options\n\n");
    item(r, as_it_is());
    item(r, d->title);
    for (size_t i = 0; i < d->alternatives_count; i++)
        item(r, d->alternatives[i].title);
    if (chosen(d).len > 0 && !listed(d, chosen(d)))
        item(r, chosen(d));
}

static void outcome(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n## Decision Outcome\n\n");
    struct span option = chosen(d);
    if (option.len > 0) {
        md_z(r->out, "Chosen option: \"");
        md_text(r->out, option);
        md_z(r->out, "\", because ");
    } else {
        md_z(r->out, d->not_asked ? "No option is chosen here: " : "No option is chosen yet: ");
    }
    struct span why = d->v.sentence;
    /* In the middle of a sentence; a name of capitals keeps them. */
    if (option.len > 0 && why.len > 1 && why.ptr[0] >= 'A' && why.ptr[0] <= 'Z' && why.ptr[1] >= 'a')
        why = view_printf(d->v.arena, "%c%.*s", why.ptr[0] - 'A' + 'a', SPAN_FMT(span_from(why, 1)));
    md_text(r->out, why);
    md_z(r->out, " `[");
    sb_add(r->out, d->v.verdict);
    md_z(r->out, "]`\n");
    if (d->has_part)
        paragraph(r, "", d->scope_sentence);
    if (d->scope_sentence.len == 0 && d->has_part) {
        paragraph(r, "", d->whole);
        paragraph(r, "", d->part);
    }
    md_z(r->out, "\n**Gate:** ");
    md_text(r->out, d->v.gate_words);
    if (d->v.reason_rule.len > 0 && !d->not_asked) {
        md_z(r->out, " (");
        md_text(r->out, d->v.reason_rule);
        md_z(r->out, ")");
    }
    sb_printf(r->out, ". Waivers: %zu.\n", d->waivers_counting);
    if (d->distance_count > 0) {
        md_z(r->out, "\nIt would be another answer if:\n\n");
        for (size_t i = 0; i < d->distance_count && i < FLIPS_MAX; i++)
            item(r, d->distance[i].value);
    }
}

static struct span money_line(const struct dview *d, const char *key)
{
    for (size_t i = 0; i < d->money_lines_count; i++) {
        if (span_starts(d->money_lines[i].key, span_of(key)) && !span_is(d->money_lines[i].value, "not given"))
            return d->money_lines[i].value;
    }
    return SPAN("");
}

static void benefit_lines(struct record *r, const char *own)
{
    const struct dview *d = r->d;
    for (size_t i = 0; i < d->benefits_count; i++) {
        const struct dview_benefit *b = &d->benefits[i];
        if (b->words.len == 0)
            continue;
        md_z(r->out, own);
        md_text(r->out, b->kind);
        md_z(r->out, ": ");
        md_text(r->out, b->words);
        md_z(r->out, " a year");
        if (b->text.len > 0) {
            md_z(r->out, " (");
            md_text(r->out, b->text);
            md_z(r->out, ")");
        }
        md_z(r->out, "\n");
    }
}

static void consequences(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n### Consequences\n\n");
    size_t before = r->out->len;
    struct span option = chosen(d);
    if (span_eq(option, d->title)) {
        benefit_lines(r, "- Good, because of ");
        line(r, "Bad, because it costs ", money_line(d, "Cost"));
        line(r, "Neutral, because its chance to pay back is ", money_line(d, "Chance to pay"));
        line(r, "Bad, because its chance of failure is ", money_line(d, "Chance of fail"));
    } else if (option.len > 0) {
        line(r, "Good, because this is not spent: ", money_line(d, "Cost"));
        benefit_lines(r, "- Bad, because this is given up: ");
    }
    for (size_t i = 0; i < d->actions_count; i++)
        line(r, "To be done first: ", d->actions[i].reason);
    for (size_t i = 0; i < d->blocked_count; i++)
        line(r, "Not to be done meanwhile: ", d->blocked[i].reason);
    if (r->out->len == before)
        md_z(r->out, "- Neutral, because nothing that was given can be priced\n");
}

static void confirmation(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n### Confirmation\n\n");
    if (d->verify.len > 0) {
        md_z(r->out, "Computed again from the record, the same bytes must come out:\n\n");
        md_code(r->out, d->verify);
    } else if (d->id.len > 0) {
        md_z(r->out, "Computed again from the record, the same bytes must come out:\n\n");
        md_code(r->out, view_printf(d->v.arena, "curl --fail-with-body \"$STET/api/v1/decisions/%.*s/verify\"",
                                    SPAN_FMT(d->id)));
    } else {
        md_z(r->out, "`stet decide` over the same proposal and files with the seed below gives the same bytes.\n");
    }
    for (size_t i = 0; i < d->audit_count; i++) {
        const struct dview_audit *a = &d->audit[i];
        md_z(r->out, i == 0 ? "\nForeseen, and measured afterwards:\n\n- " : "- ");
        md_text(r->out, a->scope.len ? a->scope : SPAN("the change"));
        md_z(r->out, ": foreseen ");
        md_text(r->out, a->predicted.len ? a->predicted : SPAN("not given"));
        md_z(r->out, ", measured ");
        md_text(r->out, a->real.len ? a->real : SPAN("not given"));
        if (a->words.len > 0) {
            md_z(r->out, "; ");
            md_text(r->out, a->words);
        }
        md_z(r->out, "\n");
    }
}

static void pros_and_cons(struct record *r)
{
    const struct dview *d = r->d;
    md_z(r->out, "\n## Pros and Cons of the Options\n\n### ");
    md_text(r->out, as_it_is());
    md_z(r->out, "\n\n- Good, because it costs nothing to build\n- Bad, because nothing gets better by itself\n\n### ");
    md_text(r->out, d->title);
    md_z(r->out, "\n\n");
    size_t before = r->out->len;
    for (size_t i = 0; i < d->operations_count && i < 20; i++) {
        const struct dview_operation *o = &d->operations[i];
        struct span expected = dview_speed(d->v.arena, &o->expected);
        md_z(r->out, "- ");
        md_text(r->out, o->name);
        md_z(r->out, ": expected ");
        md_text(r->out, expected.len ? expected : SPAN("not known"));
        if (o->ceiling_x < 1e6) {
            md_z(r->out, ", at most ");
            fmt_factor(r->out, o->ceiling_x);
        }
        if (o->claimed_x < 1e6) {
            md_z(r->out, ", claimed ");
            fmt_factor(r->out, o->claimed_x);
        }
        md_z(r->out, "\n");
    }
    benefit_lines(r, "- Good, because of ");
    line(r, "Bad, because it costs ", money_line(d, "Cost"));
    for (size_t i = 0; i < d->risks_count; i++)
        line(r, "Bad, because: ", d->risks[i].value);
    if (r->out->len == before)
        md_z(r->out, "- Neutral, because neither gain nor cost was given\n");
    for (size_t i = 0; i < d->alternatives_count; i++) {
        const struct dview_alternative *a = &d->alternatives[i];
        md_z(r->out, "\n### ");
        md_text(r->out, a->title);
        md_z(r->out, "\n\n");
        line(r, "Good, because it saves ", a->saves);
        line(r, "", a->money);
        line(r, "Neutral: ", a->text);
        if (a->saves.len + a->money.len + a->text.len == 0)
            md_z(r->out, "- Neutral, because it was not measured\n");
    }
}

static void money(struct record *r)
{
    const struct dview *d = r->d;
    if (d->money_lines_count + d->defaults_count + d->checks_count == 0)
        return;
    md_z(r->out, "\n### Money\n\n");
    if (d->money_lines_count > 0) {
        md_z(r->out, "| | |\n|---|---|\n");
        for (size_t i = 0; i < d->money_lines_count; i++) {
            md_z(r->out, "|");
            cell(r, d->money_lines[i].key);
            cell(r, d->money_lines[i].value);
            end(r);
        }
    }
    for (size_t i = 0; i < d->checks_count; i++) {
        if (i == 0)
            end(r);
        item(r, d->checks[i].value);
    }
    for (size_t i = 0; i < d->defaults_count; i++) {
        if (i == 0)
            end(r);
        line(r, "Assumed: ", d->defaults[i].value);
    }
}

static void claims(struct record *r)
{
    const struct dview *d = r->d;
    if (d->claims_count == 0)
        return;
    md_z(r->out, "\n### Claims against the evidence\n\n| claim | stated | at most | so |\n|---|--:|--:|---|\n");
    for (size_t i = 0; i < d->claims_count && i < 40; i++) {
        const struct dview_claim *c = &d->claims[i];
        md_z(r->out, "|");
        cell(r, c->text);
        cell(r, c->factor);
        md_z(r->out, " ");
        if (c->ceiling_x < 1e6)
            fmt_factor(r->out, c->ceiling_x);
        md_z(r->out, " |");
        cell(r, c->words);
        end(r);
    }
}

static void rules(struct record *r)
{
    const struct view *v = &r->d->v;
    size_t fired = 0;
    for (size_t i = 0; i < v->rules_count; i++) {
        const struct view_rule *x = &v->rules[i];
        if (!x->fired)
            continue;
        if (fired++ == 0)
            md_z(r->out, "\n### Rules that hold\n\n| rule | reason | number | line | source | remedy |\n"
                         "|---|---|--:|--:|---|---|\n");
        md_z(r->out, "|");
        cell(r, x->id);
        cell(r, x->reason);
        cell(r, x->measured);
        cell(r, x->line);
        cell(r, x->source);
        cell(r, x->remedy);
        end(r);
    }
}

static void watch(struct record *r)
{
    const struct dview *d = r->d;
    if (d->watch_count + d->reopen_count > 0)
        md_z(r->out, "\n### When it is opened again\n\n");
    for (size_t i = 0; i < d->watch_count; i++) {
        const struct dview_watch *w = &d->watch[i];
        md_z(r->out, "- ");
        md_text(r->out, w->title.len ? w->title : w->id);
        md_z(r->out, ": ");
        md_text(r->out, w->when.len ? w->when : w->kind);
        if (w->now.len > 0) {
            md_z(r->out, ", now ");
            md_text(r->out, w->now);
        }
        md_z(r->out, " (");
        md_text(r->out, w->state);
        md_z(r->out, ")\n");
    }
    for (size_t i = 0; i < d->reopen_count; i++)
        item(r, d->reopen[i].reason);
}

static void people(struct record *r)
{
    const struct dview *d = r->d;
    if (d->objections_count > 0)
        md_z(r->out, "\n### Objections\n\n");
    for (size_t i = 0; i < d->objections_count; i++) {
        const struct dview_objection *o = &d->objections[i];
        md_z(r->out, "- ");
        md_text(r->out, o->text);
        if (o->by.len > 0) {
            md_z(r->out, " (");
            md_text(r->out, o->by);
            md_z(r->out, ")");
        }
        md_z(r->out, o->open ? ": not answered" : ": answered");
        if (o->answer.len > 0) {
            md_z(r->out, ", ");
            md_text(r->out, o->answer);
        }
        md_z(r->out, "\n");
    }
    if (d->waivers_count > 0)
        md_z(r->out, "\n### Waivers\n\n| rule | owner | reason | until | state |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < d->waivers_count; i++) {
        const struct dview_waiver *w = &d->waivers[i];
        md_z(r->out, "|");
        cell(r, w->rule);
        cell(r, w->owner);
        cell(r, w->reason);
        cell(r, w->until);
        cell(r, w->state);
        end(r);
    }
}

static void next(struct record *r)
{
    const struct view *v = &r->d->v;
    if (v->next_count > 0)
        md_z(r->out, "\n### What to measure next\n");
    for (size_t i = 0; i < v->next_count && i < 4; i++) {
        const struct view_next *n = &v->next[i];
        paragraph(r, n->alternative ? "or: " : "", n->text.len ? n->text : n->why);
        if (n->command.len > 0) {
            md_z(r->out, "\n");
            md_code(r->out, n->command);
        }
    }
    if (v->cannot_count > 0)
        md_z(r->out, "\n### What this evidence cannot show\n\n");
    for (size_t i = 0; i < v->cannot_count; i++)
        item(r, v->cannot[i].value);
}

static void hashes(struct record *r)
{
    const struct dview *d = r->d;
    const struct view *v = &d->v;
    md_z(r->out, "\n### Evidence and versions\n\n| | |\n|---|---|\n");
    for (size_t i = 0; i < v->files_count; i++) {
        md_z(r->out, "|");
        cell(r, v->files[i].name);
        cell(r, v->files[i].sha256.len ? v->files[i].sha256 : SPAN("no hash"));
        end(r);
    }
    if (v->files_count == 0)
        md_z(r->out, "| evidence | none |\n");
    for (size_t i = 0; i < v->versions_count; i++) {
        md_z(r->out, "|");
        cell(r, v->versions[i].key);
        cell(r, v->versions[i].value);
        end(r);
    }
    for (size_t i = 0; i < d->chain_count; i++) {
        md_z(r->out, "|");
        cell(r, d->chain[i].key);
        cell(r, d->chain[i].value);
        end(r);
    }
}

bool report_decision_markdown(const struct json *doc, const struct json *meta, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct dview d;
    bool ok = dview_make(doc, meta, &arena, &d, err);
    if (ok) {
        struct record r = { out, &d };
        front_matter(&r);
        context(&r);
        drivers(&r);
        options(&r);
        outcome(&r);
        consequences(&r);
        confirmation(&r);
        pros_and_cons(&r);
        md_z(out, "\n## More Information\n");
        money(&r);
        claims(&r);
        rules(&r);
        watch(&r);
        people(&r);
        next(&r);
        hashes(&r);
        md_z(out, "\n" VIEW_SCOPE "\n");
    }
    arena_release(&arena);
    return ok;
}
