/* md.c - the summary for a CI job page, in the Markdown that code hosts render. Names from files go through md_text:
 * markup, pipes and mentions are escaped, so that a function name cannot become a link, a table cell or a tag. */
#include "report/report.h"

#include "report/fmt.h"
#include "report/md_write.h"
#include "report/view.h"

static void interval(struct sb *out, double lo, double hi)
{
    if (!num_known(lo) || !num_known(hi))
        return;
    fmt_percent_range(out, lo, hi);
    md_z(out, " %");
}

static void share_table(struct sb *out, const struct view *v)
{
    if (v->time_count > 0) {
        md_z(out, "\n| time | amount | share | interval |\n|---|--:|--:|--:|\n");
        for (size_t i = 0; i < v->time_count && i < 12; i++) {
            const struct view_part *p = &v->time[i];
            md_z(out, "| ");
            md_text(out, p->words);
            md_z(out, " | ");
            if (num_known(p->seconds))
                fmt_seconds(out, p->seconds);
            md_z(out, " | ");
            if (num_known(p->share))
                fmt_percent(out, p->share);
            md_z(out, " | ");
            if (p->hi - p->lo > 0.0005)
                interval(out, p->lo, p->hi);
            md_z(out, " |\n");
        }
    }
    if (!v->time_known)
        md_z(out, "\nThe CPU share of the time is not known: with this evidence every share is "
                  "possible.\n");
    if (v->cpu_count == 0)
        return;
    md_z(out, "\n| CPU time | share | 95 % interval | a rewrite could touch |\n|---|--:|--:|--:|\n");
    for (size_t i = 0; i < v->cpu_count && i < 10; i++) {
        const struct view_part *p = &v->cpu[i];
        md_z(out, "| ");
        md_text(out, p->words);
        md_z(out, " | ");
        fmt_percent(out, p->share);
        md_z(out, " | ");
        interval(out, p->lo, p->hi);
        md_z(out, p->touch_lo >= 0.9   ? " | yes |\n"
                  : p->touch_hi <= 0.2 ? " | no |\n"
                                       : " | in part, or not known |\n");
    }
    if (v->touch_words.len > 0) {
        md_z(out, "\n");
        md_text(out, v->touch_words);
        md_z(out, ".\n");
    }
    if (v->corrected_words.len > 0) {
        md_z(out, "\n");
        md_text(out, v->corrected_words);
        md_z(out, ".\n");
    }
}

static void reasons(struct sb *out, const struct view *v)
{
    for (size_t i = 0; i < v->why_count && i < 8; i++) {
        const struct view_rule *r = &v->why[i];
        md_z(out, "- ");
        md_text(out, r->reason);
        if (r->measured.len > 0) {
            md_z(out, " Measured: ");
            md_text(out, r->measured);
        }
        if (r->line.len > 0) {
            md_z(out, ", line ");
            md_text(out, r->line);
            if (r->owner.len > 0) {
                md_z(out, " (");
                md_text(out, r->owner);
                md_z(out, ")");
            }
        }
        if (r->distance.len > 0) {
            md_z(out, ", ");
            md_text(out, r->distance);
        }
        md_z(out, " (");
        md_text(out, r->id);
        md_z(out, ")\n");
    }
    if (v->flips_count > 0) {
        md_z(out, "- It flips if ");
        for (size_t i = 0; i < v->flips_count; i++) {
            md_z(out, i ? "; " : "");
            md_text(out, v->flips[i].words);
        }
        md_z(out, ".\n");
    }
}

static void next_steps(struct sb *out, const struct view *v, size_t max)
{
    size_t number = 0;
    for (size_t i = 0; i < v->next_count && i < max; i++) {
        const struct view_next *n = &v->next[i];
        if (n->alternative)
            md_z(out, "\nor:");
        else
            sb_printf(out, "\n%zu.", ++number);
        struct span words = n->text.len ? n->text : n->why;
        if (words.len > 0) {
            md_z(out, " ");
            md_text(out, words);
        }
        if (n->takes.len > 0 || n->needs.len > 0) {
            md_z(out, " (");
            md_text(out, n->takes);
            md_z(out, n->takes.len > 0 && n->needs.len > 0 ? ", " : "");
            md_text(out, n->needs);
            md_z(out, ")");
        }
        if (n->settles.len > 0) {
            md_z(out, n->decides ? "; decides it by " : "; settles ");
            md_text(out, n->settles);
        }
        md_z(out, "\n\n");
        if (n->command.len > 0)
            md_code(out, n->command);
    }
}

static void link_to(struct sb *out, const struct report_markdown_options *opt)
{
    if (!opt || !opt->path || !opt->base_url || !opt->base_url[0])
        return;
    /* An address with a bracket or blank in it would end the link early; such a path is no path of ours. */
    if (strpbrk(opt->path, "()<> \n\"") || strpbrk(opt->base_url, "()<> \n\""))
        return;
    sb_printf(out, "\n[The whole report](%s%s)\n", opt->base_url, opt->path);
}

static void gate_line(struct sb *out, const struct view *v)
{
    md_z(out, v->asked ? "\n**Gate:** " : "\n**Gate** (nobody asked for it): ");
    md_text(out, v->gate_words);
    if (v->reason_rule.len > 0 && span_find(v->gate_words, 0, v->reason_rule) == v->gate_words.len) {
        md_z(out, " (");
        md_text(out, v->reason_rule);
        md_z(out, ")");
    }
    md_z(out, ".\n");
}

static void document(const struct view *v, const struct report_markdown_options *opt, struct sb *out)
{
    md_z(out, "### ");
    md_text(out, v->headline);
    md_z(out, " `[");
    sb_add(out, v->verdict);
    md_z(out, "]`\n\n");
    md_text(out, v->summary);
    md_z(out, "\n");
    gate_line(out, v);
    share_table(out, v);
    if (v->why_count + v->flips_count > 0) {
        md_z(out, "\n**Why**\n\n");
        reasons(out, v);
    }
    if (v->cannot_count > 0) {
        md_z(out, "\n**Cannot show:** ");
        for (size_t i = 0; i < v->cannot_count; i++) {
            md_z(out, i ? "; " : "");
            md_text(out, v->cannot[i].value);
        }
        md_z(out, ".\n");
    }
    if (v->next_count > 0) {
        md_z(out, "\n**Next**\n");
        next_steps(out, v, 4);
    }
    link_to(out, opt);
    md_z(out, "\n<sub>" VIEW_SCOPE "</sub>\n");
}

typedef void (*writer)(const struct view *v, const struct report_markdown_options *opt, struct sb *out);

static bool with_view(const struct json *doc, const struct report_markdown_options *opt, writer write, struct sb *out,
                      struct err *err)
{
    struct arena arena = { 0 };
    struct view v;
    bool ok = view_make(doc, &arena, &v, err);
    if (ok)
        write(&v, opt, out);
    arena_release(&arena);
    return ok;
}

static void gate(const struct view *v, const struct report_markdown_options *opt, struct sb *out)
{
    md_z(out, "### Gate: ");
    md_text(out, v->gate_words);
    md_z(out, "\n\n");
    md_text(out, v->summary);
    md_z(out, "\n\n");
    reasons(out, v);
    if (v->next_count > 0) {
        md_z(out, "\n**Next**\n");
        next_steps(out, v, 2);
    }
    link_to(out, opt);
}

bool report_markdown(const struct json *doc, const struct report_markdown_options *opt, struct sb *out, struct err *err)
{
    return with_view(doc, opt, document, out, err);
}

bool report_gate_markdown(const struct json *doc, const struct report_markdown_options *opt, struct sb *out,
                          struct err *err)
{
    return with_view(doc, opt, gate, out, err);
}
