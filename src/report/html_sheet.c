/* html_sheet.c - page one of the report: the answer, the bar, what was asked, what to do next. */
#include "report/html.h"

static const char *bar_class(const struct view_part *p)
{
    if (span_is(p->name, "cpu"))
        return "cpu";
    if (span_is(p->name, "unknown"))
        return "unknown";
    if (span_is(p->klass, "wait"))
        return "wait";
    return span_is(p->klass, "internal_wait") ? "internal_wait" : "idle";
}

static struct span range_of(struct view *v, const struct view_part *p)
{
    if (!num_known(p->lo) || !num_known(p->hi) || p->hi - p->lo <= 0.0005)
        return SPAN("");
    return html_range(v->arena, p->lo, p->hi);
}

static void request(struct tmpl *body, struct view *v)
{
    if (!num_known(v->op_s) || !num_known(v->rules_share.est))
        return;
    struct tmpl *t = tmpl_add(body, "REQUEST");
    tmpl_set(t, "OP_S", html_seconds(v->arena, v->op_s));
    tmpl_set(t, "CPU_S", html_seconds(v->arena, v->op_cpu_s.est));
    struct span range = v->rules_share.hi - v->rules_share.lo > 0.0005
                            ? html_range(v->arena, v->rules_share.lo, v->rules_share.hi)
                            : html_percent(v->arena, v->rules_share.est);
    tmpl_set(t, "CPU_SHARE", range);
    double cpu = v->rules_share.est * 1000;
    html_coord(t, "CPU_W", cpu > 0 && cpu < 3 ? 3 : cpu);
    double queue = v->op_queue_hi;
    html_coord(t, "QUEUE_W", num_known(queue) ? cpu + queue * 1000 : 0);
    if (num_known(queue) && queue > 0.0005)
        html_text(t, "QUEUE", html_percent(v->arena, queue));
    tmpl_set(t, "LABEL", view_printf(v->arena, "CPU %.*s of one request", SPAN_FMT(range)));
    if (v->time_count + v->idle_count == 0)
        html_text(t, "NOTE", v->time_note);
}

static void time_bar(struct tmpl *body, struct view *v)
{
    if (v->time_count == 0 && v->idle_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "TIME");
    struct span wall = html_seconds(v->arena, v->wall_s);
    tmpl_set(t, "TITLE",
             v->overlapping ? view_printf(v->arena, "The process, %.*s (work overlaps: not the share of one request)",
                                          SPAN_FMT(wall.len ? wall : SPAN("length not known")))
             : wall.len > 0 ? view_printf(v->arena, "Where the time went, %.*s", SPAN_FMT(wall))
                            : SPAN("Where the time went"));
    double x = 0;
    struct sb label = { 0 };
    for (size_t i = 0; i < v->time_count; i++) {
        const struct view_part *p = &v->time[i];
        struct span share = html_percent(v->arena, p->share);
        if (num_known(p->share)) {
            struct tmpl *part = tmpl_add(t, "PART");
            double w = p->share * 1000;
            html_setz(part, "KLASS", bar_class(p));
            html_coord(part, "X", x);
            /* A trace stays visible: three thousandths of the bar at least. */
            html_coord(part, "W", w > 0 && w < 3 ? 3 : w);
            tmpl_set(part, "WORDS", p->words);
            tmpl_set(part, "SHARE", share);
            x += w;
        }
        struct tmpl *key = tmpl_add(t, "KEY");
        html_setz(key, "KLASS", bar_class(p));
        tmpl_set(key, "WORDS", p->words);
        tmpl_set(key, "SHARE", share);
        html_text(key, "SECONDS", html_seconds(v->arena, p->seconds));
        html_text(key, "RANGE", range_of(v, p));
        sb_printf(&label, "%s%.*s %.*s", i ? ", " : "", SPAN_FMT(p->words), SPAN_FMT(share));
    }
    tmpl_set(t, "LABEL", sb_span(&label));
    sb_release(&label);
    for (size_t i = 0; i < v->idle_count; i++) {
        struct tmpl *beside = tmpl_add(t, "BESIDE");
        tmpl_set(beside, "WORDS", v->idle[i].words);
        html_text(beside, "SECONDS", html_seconds(v->arena, v->idle[i].seconds));
    }
    html_text(t, "NOTE", v->time_note);
}

static void strip(struct tmpl *body, struct view *v)
{
    if (v->time_known || num_known(v->rules_share.est) || num_known(v->rules_share.lo))
        return;
    struct tmpl *t = tmpl_add(body, "STRIP");
    double a = v->wait_line * 1000;
    double b = v->cpu_line * 1000;
    html_coord(t, "W1", a);
    html_coord(t, "X2", a);
    html_coord(t, "W2", b - a);
    html_coord(t, "X3", b);
    html_coord(t, "W3", 1000 - b);
    struct span wait = html_percent(v->arena, v->wait_line);
    struct span cpu = html_percent(v->arena, v->cpu_line);
    tmpl_set(t, "WAIT_LINE", wait);
    tmpl_set(t, "CPU_LINE", cpu);
    tmpl_set(
        t, "LABEL",
        view_printf(v->arena, "the CPU share is not known; lines at %.*s and %.*s", SPAN_FMT(wait), SPAN_FMT(cpu)));
}

static void answers(struct tmpl *body, struct view *v)
{
    if (v->answers_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "ANSWERS");
    bool figures = false;
    for (size_t i = 0; i < v->answers_count; i++)
        figures = figures || v->answers[i].today.len + v->answers[i].best.len > 0;
    if (figures)
        tmpl_show(t, "FIGURES");
    for (size_t i = 0; i < v->answers_count; i++) {
        const struct view_answer *a = &v->answers[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        html_setz(row, "ASKED", a->asked ? "asked" : "other");
        tmpl_set(row, "GOAL", a->goal);
        tmpl_set(row, "WORDS", a->words);
        if (!figures)
            continue;
        struct tmpl *cells = tmpl_add(row, "FIGURES");
        tmpl_set(cells, "TODAY", a->today.len ? a->today : SPAN("not measured"));
        tmpl_set(cells, "BEST", a->best);
    }
}

static void levers(struct tmpl *body, struct view *v)
{
    if (v->levers_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "LEVERS");
    for (size_t i = 0; i < v->levers_count; i++) {
        const struct view_lever *l = &v->levers[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "NAME", l->name);
        tmpl_set(row, "RUN", html_seconds(v->arena, l->run_s));
        tmpl_set(row, "SPEEDUP", html_factor(v->arena, l->speedup.est));
        if (num_known(l->speedup.lo) && num_known(l->speedup.hi)) {
            struct span lo = html_factor(v->arena, l->speedup.lo);
            struct span hi = html_factor(v->arena, l->speedup.hi);
            tmpl_set(row, "RANGE", view_printf(v->arena, "%.*s to %.*s", SPAN_FMT(lo), SPAN_FMT(hi)));
        }
        tmpl_set(row, "ASSUMES", l->assumes);
    }
}

void html_steps(struct tmpl *body, struct view *v)
{
    if (v->next_count == 0)
        return;
    struct tmpl *t = tmpl_add(tmpl_include(body, "STEPS", "report_steps.tpl"), "NEXT");
    for (size_t i = 0; i < v->next_count; i++) {
        const struct view_next *n = &v->next[i];
        struct tmpl *step = tmpl_add(t, "STEP");
        html_setz(step, "KIND", n->alternative ? "alternative" : "step");
        html_text(step, "COMMAND", n->command);
        if (n->command.len == 0 || n->text.len > 0)
            html_text(step, "PLAIN", n->text.len ? n->text : n->why);
        struct sb detail = { 0 };
        const struct span parts[] = { n->takes, n->needs, n->platform };
        for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
            if (parts[k].len > 0)
                sb_printf(&detail, "%s%.*s", detail.len ? ", " : "", SPAN_FMT(parts[k]));
        }
        if (n->settles.len > 0)
            sb_printf(&detail, "%s%s %.*s", detail.len ? "; " : "", n->decides ? "decides it by" : "settles",
                      SPAN_FMT(n->settles));
        if (n->command.len > 0 && n->why.len > 0)
            sb_printf(&detail, "%s%.*s", detail.len ? ". " : "", SPAN_FMT(n->why));
        tmpl_set(step, "DETAIL", sb_span(&detail));
        sb_release(&detail);
    }
}

static struct span list(struct view *v, const struct view_pair *items, size_t count)
{
    struct sb sb = { 0 };
    for (size_t i = 0; i < count; i++)
        sb_printf(&sb, "%s%.*s", i ? "; " : "", SPAN_FMT(items[i].value));
    struct span kept = view_clean(v->arena, sb_span(&sb), 2000);
    sb_release(&sb);
    return kept;
}

/* On page one a default is told in words, and the two lines stand in a row of their own. */
static struct span assumed_words(struct view *v)
{
    static const char *const words[][2] = {
        { "goal", "the question is about" },
        { "goal_gain", "the gain asked for is" },
        { "min_useful_gain", "the smallest useful gain is" },
        { "concurrency", "the program works on" },
    };
    struct view_pair *kept = ARENA_ARRAY(v->arena, v->assumed_count + 1, struct view_pair);
    size_t count = 0;
    for (size_t i = 0; i < v->assumed_count; i++) {
        struct span text = v->assumed[i].value;
        struct span name = span_sub(text, 0, span_chr(text, 0, ' '));
        if (span_ends(name, SPAN("_bound_threshold")))
            continue;
        for (size_t k = 0; k < ARRAY_LEN(words); k++) {
            if (span_is(name, words[k][0]))
                text = view_printf(v->arena, "%s%.*s", words[k][1], SPAN_FMT(span_from(text, name.len)));
        }
        struct sb plain = { 0 };
        for (size_t k = 0; k < text.len; k++)
            sb_addc(&plain, text.ptr[k] == '_' ? ' ' : text.ptr[k]);
        kept[count++].value = view_clean(v->arena, sb_span(&plain), 120);
        sb_release(&plain);
    }
    return list(v, kept, count);
}

static void small_print(struct tmpl *body, struct view *v)
{
    struct view_pair *flips = ARENA_ARRAY(v->arena, v->flips_count + 1, struct view_pair);
    for (size_t i = 0; i < v->flips_count; i++)
        flips[i].value = v->flips[i].words;
    html_text(body, "FLIPS", list(v, flips, v->flips_count));
    html_text(body, "CANNOT", list(v, v->cannot, v->cannot_count));
    html_text(body, "NOT_GIVEN", list(v, v->not_given, v->not_given_count));
    html_text(body, "ASSUMED", assumed_words(v));
    struct span wait = html_percent(v->arena, v->wait_line);
    struct span cpu = html_percent(v->arena, v->cpu_line);
    tmpl_set(body, "LINES",
             view_printf(v->arena, "waiting below %.*s of CPU (%.*s), CPU-bound from %.*s (%.*s)", SPAN_FMT(wait),
                         SPAN_FMT(v->wait_owner), SPAN_FMT(cpu), SPAN_FMT(v->cpu_owner)));
}

void html_shown(struct tmpl *body, struct view *v)
{
    struct tmpl *shown = tmpl_include(body, "SHOWN", "report_shown.tpl");
    request(shown, v);
    time_bar(shown, v);
    strip(shown, v);
    answers(shown, v);
}

void html_sheet(struct tmpl *body, struct view *v)
{
    tmpl_set(body, "QUESTION", v->question);
    html_setz(body, "STATE", view_state_name(v->state));
    tmpl_set(body, "HEADLINE", v->headline);
    tmpl_set(body, "GATE", v->gate_words);
    if (!v->asked)
        tmpl_show(body, "NOT_ASKED");
    tmpl_set(body, "SENTENCE", v->sentence);
    html_text(body, "SURE", v->sure);
    html_shown(body, v);
    levers(body, v);
    html_steps(body, v);
    small_print(body, v);
}
