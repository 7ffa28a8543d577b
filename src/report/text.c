/* text.c - the report for a terminal. Rows are built in a scratch sb and laid out by columns, not bytes. */
#include "report/report.h"

#include "report/fmt.h"
#include "report/text_parts.h"
#include "report/view.h"

#include <stdio.h>

void text_head(struct page *p, const struct view *v)
{
    struct sb line = { 0 };
    for (size_t i = 0; i < v->headline.len; i++) {
        char c = v->headline.ptr[i];
        sb_addc(&line, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    page_paint(p, v->state == VIEW_OPEN ? "1;34" : v->state == VIEW_CLOSED ? "1;33" : "1");
    page_clean(p, sb_span(&line));
    page_paint(p, NULL);
    page_add(p, " [");
    page_clean(p, v->verdict);
    page_add(p, "]\n");
    sb_release(&line);
    page_wrap(p, 0, v->sentence);
    page_add(p, "\n");
}

/* What was declared and is said elsewhere: the proposal's own terms. */
static bool is_term(const struct view_input *in)
{
    static const char *const terms[] = { "goal", "goal_gain", "scope", "kind", "horizon_years" };
    if (!span_is(in->origin, "declared"))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
        if (span_is(in->name, terms[i]) && span_is(in->by, "the proposal"))
            return true;
    }
    return false;
}

static size_t names_width(const struct view *v, size_t files)
{
    size_t width = 0;
    for (size_t i = 0; i < files + v->inputs_count; i++) {
        if (i >= files && is_term(&v->inputs[i - files]))
            continue;
        size_t n = view_columns(i < files ? v->files[i].name : v->inputs[i - files].name);
        width = n > width ? n : width;
    }
    return width < 24 ? width : 24;
}

static void declared(struct page *p, const struct view *v, size_t name_width)
{
    size_t said = 0;
    for (size_t i = 0; i < v->inputs_count && said < 8; i++) {
        const struct view_input *in = &v->inputs[i];
        if (is_term(in))
            continue;
        said++;
        page_label(p, "");
        page_cell(p, in->name, name_width);
        page_add(p, "  ");
        struct sb line = { 0 };
        sb_printf(&line, "%.*s  (declared%s%.*s)", SPAN_FMT(in->value), in->by.len ? " by " : "", SPAN_FMT(in->by));
        if (in->if_wrong.len > 0)
            sb_printf(&line, "; if this is wrong: %.*s", SPAN_FMT(in->if_wrong));
        page_wrap(p, 12 + name_width, sb_span(&line));
        sb_release(&line);
    }
}

void text_files(struct page *p, const struct view *v)
{
    size_t shown = v->files_count < 8 ? v->files_count : 8;
    size_t name_width = names_width(v, shown);
    for (size_t i = 0; i < shown; i++) {
        const struct view_file *f = &v->files[i];
        page_label(p, i == 0 ? (v->files_count == 1 ? "FILE" : "FILES") : "");
        page_cell(p, f->name, name_width);
        page_add(p, "  ");
        page_wrap(p, 12 + name_width, f->words);
        if (f->detail.len > 0) {
            page_indent(p, 12 + name_width);
            page_wrap(p, 12 + name_width, f->detail);
        }
        if (f->origin.len > 0 && !span_is(f->origin, "read from the file")) {
            page_indent(p, 12 + name_width);
            page_wrap(p, 12 + name_width, f->origin);
        }
        if (f->problems.len > 0) {
            page_indent(p, 12 + name_width);
            page_wrap(p, 12 + name_width, f->problems);
        }
    }
    if (v->files_count > shown) {
        page_label(p, "");
        page_printf(p, "and %zu more\n", v->files_count - shown);
    }
    declared(p, v, name_width);
}
/* The whole range of the share, cut at the two lines: what each third would decide. */
static void strip(struct page *p, const struct view *v)
{
    page_label(p, "TIME");
    page_wrap(p, 10,
              SPAN("not known; with this evidence every share is possible. What the number would "
                   "decide:"));
    int width = p->width - 12;
    int first = (int)(v->wait_line * width);
    int second = (int)(v->cpu_line * width);
    if (first < 16 || second < first + 24 || second > width - 28 || width > 400)
        return;
    char marks[4][24];
    (void)snprintf(marks[0], sizeof marks[0], "0 %%");
    (void)snprintf(marks[1], sizeof marks[1], "%.0f %%", v->wait_line * 100);
    (void)snprintf(marks[2], sizeof marks[2], "%.0f %%", v->cpu_line * 100);
    (void)snprintf(marks[3], sizeof marks[3], "100 %%");
    page_indent(p, 10);
    page_printf(p, "%-*s%-*s%-*s%*s\n", first, marks[0], second - first, marks[1], width - second - 6, marks[2], 6,
                marks[3]);
    page_indent(p, 10);
    page_printf(p, "|%-*s|%-*s|%-*s|\n", first - 1, " fix the wait", second - first - 1, " tune, fix the wait",
                width - second - 2, " a rewrite may be proposed");
}

static void time_row(struct page *p, struct span words, const struct view_part *part)
{
    page_indent(p, 2);
    page_cell(p, words, 26);
    page_add(p, " ");
    page_bar(p, part->share, 32, span_is(part->name, "cpu") ? "34" : "33");
    struct sb cell = { 0 };
    if (num_known(part->seconds))
        fmt_seconds(&cell, part->seconds);
    page_right(p, sb_span(&cell), 10);
    sb_reset(&cell);
    if (num_known(part->share))
        fmt_percent(&cell, part->share);
    page_right(p, sb_span(&cell), 13);
    sb_reset(&cell);
    if (num_known(part->lo) && num_known(part->hi) && part->hi - part->lo > 0.0005) {
        sb_adds(&cell, "  ");
        fmt_percent_range(&cell, part->lo, part->hi);
    }
    page_clean(p, sb_span(&cell));
    page_add(p, "\n");
    sb_release(&cell);
}

static void operation(struct page *p, const struct view *v)
{
    if (!num_known(v->op_s) || !num_known(v->op_cpu_s.est))
        return;
    page_label(p, "REQUEST");
    struct sb line = { 0 };
    sb_adds(&line, "one takes ");
    fmt_seconds(&line, v->op_s);
    sb_adds(&line, " and uses about ");
    fmt_seconds(&line, v->op_cpu_s.est);
    sb_adds(&line, " of CPU");
    if (num_known(v->rules_share.lo) && num_known(v->rules_share.hi)) {
        sb_adds(&line, ": CPU share ");
        fmt_percent(&line, v->rules_share.est);
        if (v->rules_share.hi - v->rules_share.lo > 0.0005) {
            sb_adds(&line, " (");
            fmt_percent_range(&line, v->rules_share.lo, v->rules_share.hi);
            sb_adds(&line, ")");
        }
    }
    if (num_known(v->ops)) {
        sb_adds(&line, "; ");
        fmt_number(&line, v->ops);
        sb_adds(&line, " requests in the recording");
    }
    page_wrap(p, 10, sb_span(&line));
    sb_release(&line);
}

void text_time(struct page *p, const struct view *v)
{
    operation(p, v);
    if (v->time_known && v->time_count == 0 && v->idle_count == 0 && !num_known(v->wall_s)) {
        page_label(p, "TIME");
        page_wrap(p, 10, v->time_note.len > 0 ? v->time_note : SPAN("length not known"));
        return;
    }
    if (!v->time_known && v->time_count == 0 && v->idle_count == 0) {
        strip(p, v);
        return;
    }
    page_label(p, "TIME");
    struct sb line = { 0 };
    if (num_known(v->wall_s))
        fmt_seconds(&line, v->wall_s);
    if (v->overlapping)
        sb_printf(&line, "%sof the process: work overlaps, so this is not the share of one request",
                  line.len ? " " : "");
    if (!v->time_known)
        sb_printf(&line, "%sthe CPU share is not known", line.len ? ", " : "");
    page_wrap(p, 10, line.len ? sb_span(&line) : SPAN("length not known"));
    sb_release(&line);
    for (size_t i = 0; i < v->time_count; i++)
        time_row(p, v->time[i].words, &v->time[i]);
    for (size_t i = 0; i < v->idle_count; i++)
        time_row(p, view_printf(v->arena, "(%.*s)", SPAN_FMT(v->idle[i].words)), &v->idle[i]);
    if (v->idle_count > 0) {
        page_indent(p, 2);
        page_wrap(p, 2, SPAN("in brackets: nobody waits for it, so it is in no sum"));
    }
    if (v->time_note.len > 0) {
        page_indent(p, 2);
        page_wrap(p, 2, v->time_note);
    }
}

static struct span touch_mark(const struct view_part *part)
{
    if (part->touch_lo >= 0.9)
        return SPAN("a rewrite can touch it");
    if (part->touch_hi <= 0.2)
        return SPAN("it cannot");
    return SPAN("in part, or not known");
}

static void cpu_part(struct page *p, const struct view *v)
{
    if (v->cpu_count == 0)
        return;
    page_label(p, "CPU TIME");
    struct sb cell = { 0 };
    if (num_known(v->cpu_s))
        fmt_seconds(&cell, v->cpu_s);
    else
        sb_adds(&cell, "what the processor did");
    page_cell(p, sb_span(&cell), 42);
    page_add(p, "share   95 % interval\n");
    double rest = 0;
    for (size_t i = 0; i < v->cpu_count; i++) {
        const struct view_part *part = &v->cpu[i];
        if (i >= 10 || (i >= 4 && part->share < 0.005)) {
            rest += part->share;
            continue;
        }
        page_indent(p, 2);
        page_cell(p, part->words, 26);
        page_add(p, " ");
        page_bar(p, part->share, 20, "36");
        sb_reset(&cell);
        fmt_percent(&cell, part->share);
        page_right(p, sb_span(&cell), 9);
        sb_reset(&cell);
        fmt_percent_range(&cell, part->lo, part->hi);
        page_right(p, sb_span(&cell), 12);
        page_add(p, "   ");
        page_clean(p, touch_mark(part));
        page_add(p, "\n");
    }
    if (rest > 0) {
        sb_reset(&cell);
        sb_adds(&cell, "the rest ");
        fmt_percent(&cell, rest);
        page_indent(p, 2);
        page_wrap(p, 2, sb_span(&cell));
    }
    sb_release(&cell);
    if (v->touch_words.len > 0) {
        page_indent(p, 2);
        page_wrap(p, 2, v->touch_words);
    }
    if (v->corrected_words.len > 0) {
        page_indent(p, 2);
        page_wrap(p, 2, v->corrected_words);
    }
    if (v->sample_words.len > 0) {
        page_indent(p, 2);
        page_wrap(p, 2, v->sample_words);
    }
}

static void levers(struct page *p, const struct view *v)
{
    if (v->levers_count == 0)
        return;
    page_label(p, "LEVERS");
    page_cell(p, SPAN("from this evidence"), 34);
    page_add(p, "a run   faster              assumes\n");
    for (size_t i = 0; i < v->levers_count; i++) {
        const struct view_lever *l = &v->levers[i];
        struct sb cell = { 0 };
        page_indent(p, 2);
        page_cell(p, l->name, 40);
        if (num_known(l->run_s))
            fmt_seconds(&cell, l->run_s);
        page_right(p, sb_span(&cell), 8);
        sb_reset(&cell);
        if (num_known(l->speedup.est))
            fmt_factor(&cell, l->speedup.est);
        page_right(p, sb_span(&cell), 7);
        sb_reset(&cell);
        if (num_known(l->speedup.lo) && num_known(l->speedup.hi))
            sb_printf(&cell,
                      l->speedup.hi < 2    ? "%.2f..%.2f"
                      : l->speedup.hi < 10 ? "%.1f..%.1f"
                                           : "%.0f..%.0f",
                      l->speedup.lo, l->speedup.hi);
        page_add(p, "  ");
        page_cell(p, sb_span(&cell), 10);
        page_add(p, " ");
        page_wrap(p, 70, l->assumes);
        sb_release(&cell);
    }
}

static void top(struct page *p, const struct view *v)
{
    size_t shown = v->top_count < 8 ? v->top_count : 8;
    for (size_t i = 0; i < shown; i++) {
        const struct view_top *t = &v->top[i];
        page_label(p, i == 0 ? "TOP" : "");
        struct sb cell = { 0 };
        fmt_percent(&cell, t->self);
        page_right(p, sb_span(&cell), 7);
        page_add(p, "  ");
        page_cell(p, t->words, 20);
        page_add(p, " ");
        sb_reset(&cell);
        sb_add(&cell, t->frame);
        if (t->place.len > 0)
            sb_printf(&cell, " (%.*s)", SPAN_FMT(t->place));
        page_cut(p, sb_span(&cell), 40);
        page_add(p, "\n");
        sb_release(&cell);
    }
}

void text_why(struct page *p, const struct view *v)
{
    size_t shown = v->why_count < 8 ? v->why_count : 8;
    for (size_t i = 0; i < shown; i++) {
        const struct view_rule *r = &v->why[i];
        page_label(p, i == 0 ? "WHY" : "");
        page_cell(p, r->id, 11);
        page_add(p, " ");
        struct sb line = { 0 };
        sb_add(&line, r->reason);
        while (line.len > 0 && line.ptr[line.len - 1] == '.')
            line.ptr[--line.len] = '\0';
        if (r->measured.len > 0)
            sb_printf(&line, ": %.*s", SPAN_FMT(r->measured));
        if (r->line.len > 0) {
            sb_printf(&line, ", line %.*s", SPAN_FMT(r->line));
            if (r->owner.len > 0)
                sb_printf(&line, " (%.*s)", SPAN_FMT(r->owner));
        }
        if (r->distance.len > 0)
            sb_printf(&line, ", %.*s", SPAN_FMT(r->distance));
        page_wrap(p, 22, sb_span(&line));
        sb_release(&line);
    }
}

void text_list(struct page *p, const struct view *v, const char *label, const struct view_pair *items, size_t count)
{
    (void)v;
    if (count == 0)
        return;
    page_label(p, label);
    struct sb line = { 0 };
    for (size_t i = 0; i < count; i++)
        sb_printf(&line, "%s%.*s", i ? "; " : "", SPAN_FMT(items[i].value));
    page_wrap(p, 10, sb_span(&line));
    sb_release(&line);
}

/* "60 s, no restart, no root, linux; settles what is waited for. Why it is asked." */
static void next_detail(struct page *p, const struct view_next *n)
{
    struct sb line = { 0 };
    const struct span parts[] = { n->takes, n->needs, n->platform };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].len > 0)
            sb_printf(&line, "%s%.*s", line.len ? ", " : "", SPAN_FMT(parts[i]));
    }
    if (n->settles.len > 0)
        sb_printf(&line, "%s%s %.*s", line.len ? "; " : "", n->decides ? "decides it by" : "settles",
                  SPAN_FMT(n->settles));
    else if (n->decides)
        sb_printf(&line, "%sdecides it", line.len ? "; " : "");
    if (n->command.len > 0 && n->why.len > 0)
        sb_printf(&line, "%s%.*s", line.len ? ". " : "", SPAN_FMT(n->why));
    if (line.len > 0) {
        page_indent(p, 13);
        page_wrap(p, 13, sb_span(&line));
    }
    sb_release(&line);
}

void text_next(struct page *p, const struct view *v)
{
    int number = 0;
    for (size_t i = 0; i < v->next_count; i++) {
        const struct view_next *n = &v->next[i];
        page_label(p, i == 0 ? "NEXT" : "");
        if (n->alternative)
            page_add(p, "or ");
        else
            page_printf(p, "%-3d", ++number);
        if (n->text.len > 0 || n->command.len == 0)
            page_wrap(p, 13, n->text.len ? n->text : n->why);
        if (n->command.len > 0) {
            /* A command must survive being copied: it keeps its line whatever its length. */
            if (n->text.len > 0)
                page_indent(p, 13);
            page_paint(p, "1");
            page_clean(p, n->command);
            page_paint(p, NULL);
            page_add(p, "\n");
        }
        next_detail(p, n);
    }
}

static void goals(struct page *p, const struct view *v)
{
    struct sb line = { 0 };
    for (size_t i = 0; i < v->answers_count; i++) {
        const struct view_answer *a = &v->answers[i];
        if (!a->asked)
            sb_printf(&line, "%s%.*s: %.*s", line.len ? ". " : "", SPAN_FMT(a->goal), SPAN_FMT(a->words));
    }
    if (line.len > 0) {
        page_label(p, "ELSE");
        page_wrap(p, 10, sb_span(&line));
    }
    sb_release(&line);
}

static void foot(struct page *p, const struct view *v)
{
    struct sb line = { 0 };
    sb_printf(&line, "Gate: %.*s", SPAN_FMT(v->gate_words));
    if (v->reason_rule.len > 0 && span_find(v->gate_words, 0, v->reason_rule) == v->gate_words.len)
        sb_printf(&line, " (%.*s)", SPAN_FMT(v->reason_rule));
    sb_adds(&line, ".");
    if (v->assumed_count > 0) {
        sb_adds(&line, " Assumed: ");
        for (size_t i = 0; i < v->assumed_count; i++)
            sb_printf(&line, "%s%.*s", i ? ", " : "", SPAN_FMT(v->assumed[i].value));
        sb_adds(&line, ".");
    }
    page_wrap(p, 0, sb_span(&line));
    sb_release(&line);
    page_wrap(p, 0, SPAN(VIEW_SCOPE));
}

bool report_text(const struct json *doc, const struct report_text_options *opt, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct view v;
    if (!view_make(doc, &arena, &v, err)) {
        arena_release(&arena);
        return false;
    }
    int width = opt->width == 0 ? 100 : opt->width < 60 ? 60 : opt->width > 400 ? 400 : opt->width;
    struct page p = { .out = out, .width = width, .colour = opt->colour, .ascii = opt->ascii };
    text_head(&p, &v);
    text_files(&p, &v);
    text_time(&p, &v);
    cpu_part(&p, &v);
    page_add(&p, "\n");
    levers(&p, &v);
    top(&p, &v);
    text_list(&p, &v, "CANNOT SHOW", v.cannot, v.cannot_count);
    text_why(&p, &v);
    if (v.flips_count > 0) {
        struct view_pair *flips = ARENA_ARRAY(&arena, v.flips_count, struct view_pair);
        size_t shown = v.flips_count < 4 ? v.flips_count : 4;
        for (size_t i = 0; i < shown; i++)
            flips[i].value = v.flips[i].words;
        text_list(&p, &v, "FLIPS IF", flips, shown);
    }
    text_list(&p, &v, "NOT GIVEN", v.not_given, v.not_given_count);
    goals(&p, &v);
    text_next(&p, &v);
    foot(&p, &v);
    arena_release(&arena);
    return true;
}

bool report_gate_words(const struct json *doc, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct view v;
    bool ok = view_make(doc, &arena, &v, err);
    if (ok) {
        sb_add(out, v.gate_words);
        if (v.reason_rule.len > 0)
            sb_printf(out, " (%.*s)", SPAN_FMT(v.reason_rule));
    }
    arena_release(&arena);
    return ok;
}

bool report_summary(const struct json *doc, struct sb *out, struct err *err)
{
    struct arena arena = { 0 };
    struct view v;
    bool ok = view_make(doc, &arena, &v, err);
    if (ok) {
        sb_printf(out, "%.*s\nGate: %.*s", SPAN_FMT(v.summary), SPAN_FMT(v.gate_words));
        if (v.reason_rule.len > 0)
            sb_printf(out, " (%.*s)", SPAN_FMT(v.reason_rule));
        sb_addc(out, '\n');
    }
    arena_release(&arena);
    return ok;
}
