/* html_below.c - below the fold: forms, files, composition, frames, threads, rules, inputs, versions. */
#include "report/html.h"

#include "report/view_read.h"

enum { ABSENT_MAX = 3 };

static void files(struct tmpl *evidence, struct view *v)
{
    for (size_t i = 0; i < v->files_count; i++) {
        const struct view_file *f = &v->files[i];
        struct tmpl *row = tmpl_add(evidence, "FILE");
        tmpl_set(row, "NAME", f->name);
        tmpl_set(row, "FORMAT", f->format);
        tmpl_set(row, "WORDS", f->words);
        tmpl_set(
            row, "DETAIL",
            view_printf(v->arena, "%.*s%s%.*s", SPAN_FMT(f->detail), f->detail.len ? "; " : "", SPAN_FMT(f->origin)));
        html_text(row, "PROBLEM", f->problems);
        tmpl_set(row, "PROVES", f->proves);
        tmpl_set(row, "CANNOT", f->cannot);
    }
    /* What is not in the set, and how it gets there. */
    size_t shown = 0;
    for (size_t i = 0; i < v->next_count && shown < ABSENT_MAX; i++) {
        const struct view_next *n = &v->next[i];
        if (n->settles.len == 0 || n->alternative)
            continue;
        struct tmpl *row = tmpl_add(evidence, "ABSENT");
        tmpl_set(row, "SETTLES", n->settles);
        html_text(row, "PLAIN", n->text.len > 0 ? n->text : n->command.len == 0 ? n->why : SPAN(""));
        html_text(row, "COMMAND", n->command);
        shown++;
    }
}

static void hashes(struct tmpl *proof, struct view *v)
{
    for (size_t i = 0; i < v->versions_count; i++) {
        struct tmpl *row = tmpl_add(proof, "VERSION_ROW");
        tmpl_set(row, "KEY", v->versions[i].key);
        tmpl_set(row, "VALUE", v->versions[i].value);
    }
    for (size_t i = 0; i < v->files_count; i++) {
        if (v->files[i].sha256.len == 0)
            continue;
        struct tmpl *hash = tmpl_add(proof, "HASH");
        tmpl_set(hash, "NAME", v->files[i].name);
        tmpl_set(hash, "SHA", v->files[i].sha256);
    }
}

static void cpu(struct tmpl *body, struct view *v)
{
    if (v->cpu_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "CPU");
    html_text(t, "SECONDS", html_seconds(v->arena, v->cpu_s));
    for (size_t i = 0; i < v->cpu_count; i++) {
        const struct view_part *p = &v->cpu[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "KLASS", p->klass);
        tmpl_set(row, "WORDS", p->words);
        html_coord(row, "W", p->share * 100);
        tmpl_set(row, "SHARE", html_percent(v->arena, p->share));
        tmpl_set(row, "INTERVAL", html_range(v->arena, p->lo, p->hi));
        html_setz(row, "TOUCH", p->touch_lo >= 0.9 ? "yes" : p->touch_hi <= 0.2 ? "no" : "in part, or not known");
        if (num_known(p->lo) && num_known(p->hi)) {
            struct tmpl *range = tmpl_add(row, "RANGE");
            html_coord(range, "X", p->lo * 100);
            html_coord(range, "W", (p->hi - p->lo) * 100);
        }
    }
    html_text(t, "TOUCH_WORDS", v->touch_words);
    if (v->corrected_words.len > 0) {
        struct tmpl *corrected = tmpl_add(t, "CORRECTED");
        tmpl_set(corrected, "TEXT", v->corrected_words);
        if (v->corrected_url.len > 0)
            tmpl_set(tmpl_add(corrected, "LINK"), "URL", v->corrected_url);
    }
    html_text(t, "SAMPLES", v->sample_words);
}

static void top(struct tmpl *body, struct view *v)
{
    if (v->top_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "TOP");
    for (size_t i = 0; i < v->top_count; i++) {
        const struct view_top *f = &v->top[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "SELF", html_percent(v->arena, f->self));
        tmpl_set(row, "TOTAL", html_percent(v->arena, f->total));
        tmpl_set(row, "FRAME", f->frame);
        tmpl_set(row, "PLACE", f->place);
        tmpl_set(row, "WORDS", f->words);
    }
}

static void components(struct tmpl *body, struct view *v)
{
    if (v->components_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "COMPONENTS");
    for (size_t i = 0; i < v->components_count; i++) {
        const struct view_component *c = &v->components[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "NAME", c->name);
        tmpl_set(row, "SHARE", html_percent(v->arena, c->share));
        tmpl_set(row, "NATIVE", html_percent(v->arena, c->native_share));
        tmpl_set(row, "CEILING", html_ceiling(v->arena, c->ceiling_hi));
        tmpl_set(row, "GAIN", html_range(v->arena, c->gain_lo, c->gain_hi));
    }
}

static void threads(struct tmpl *body, struct view *v)
{
    if (v->threads_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "THREADS");
    bool processes = false;
    size_t idle = 0;
    for (size_t i = 0; i < v->threads_count; i++) {
        processes = processes || v->threads[i].process.len > 0;
        idle += v->threads[i].samples == 0;
    }
    /* A pool of parked workers is one line, unless nothing else is there. */
    bool fold = idle > 3 && idle < v->threads_count;
    if (processes)
        tmpl_show(t, "PROCESSES");
    if (fold)
        html_text(t, "PARKED", view_printf(v->arena, "%zu more threads without a sample of CPU", idle));
    for (size_t i = 0; i < v->threads_count; i++) {
        if (fold && v->threads[i].samples == 0)
            continue;
        struct tmpl *row = tmpl_add(t, "ROW");
        if (processes)
            tmpl_set(tmpl_add(row, "PROCESS_CELL"), "PROCESS", v->threads[i].process);
        tmpl_set(row, "NAME", v->threads[i].name);
        tmpl_set(row, "SAMPLES", html_number(v->arena, v->threads[i].samples));
        tmpl_set(row, "SHARE", html_percent(v->arena, v->threads[i].cpu_share));
    }
}

/* Rules that hold and rules that wait for something are worth a row; the rest are named. */
static void rules(struct tmpl *body, struct view *v, bool fired_only)
{
    if (v->rules_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "RULES");
    struct sb ids = { 0 };
    size_t quiet = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < v->rules_count; i++) {
            const struct view_rule *r = &v->rules[i];
            if (pass == 0 ? !r->fired : r->fired)
                continue;
            bool measured = r->measured.len > 0;
            if (!r->fired && (fired_only || !measured)) {
                quiet++;
                sb_printf(&ids, "%s%.*s%s", ids.len ? ", " : "", SPAN_FMT(r->id), r->open ? " (open)" : "");
                continue;
            }
            struct tmpl *row = tmpl_add(t, "ROW");
            html_setz(row, "KIND", r->fired ? "fired" : r->open ? "open-rule" : "held");
            tmpl_set(row, "ID", r->id);
            tmpl_set(row, "VALUE", r->value);
            tmpl_set(row, "REASON", r->reason);
            html_text(row, "MISSING", r->open ? r->missing : SPAN(""));
            html_text(row, "REMEDY", r->fired ? r->remedy : SPAN(""));
            html_text(row, "SOURCE", r->source);
            tmpl_set(row, "MEASURED", r->measured);
            tmpl_set(row, "LINE", r->line);
            html_text(row, "OWNER", r->owner);
            tmpl_set(row, "DISTANCE", r->distance);
        }
    }
    if (quiet > 0) {
        struct tmpl *q = tmpl_add(t, "QUIET_RULES");
        tmpl_set(q, "TEXT", view_printf(v->arena, "%zu more rules that do not hold, or wait for a fact", quiet));
        tmpl_set(q, "IDS", sb_span(&ids));
    }
    sb_release(&ids);
}

static void inputs(struct tmpl *body, struct view *v)
{
    if (v->inputs_count == 0)
        return;
    struct tmpl *t = tmpl_add(body, "INPUTS");
    for (size_t i = 0; i < v->inputs_count; i++) {
        const struct view_input *in = &v->inputs[i];
        struct tmpl *row = tmpl_add(t, "ROW");
        tmpl_set(row, "NAME", in->name);
        tmpl_set(row, "MEANING", in->meaning);
        tmpl_set(row, "VALUE", in->value);
        tmpl_set(row, "ORIGIN", span_is(in->origin, "file") ? SPAN("read from the file") : in->origin);
        html_text(row, "BY", in->by);
        html_text(row, "WRONG", in->if_wrong);
    }
}

struct tmpl *html_evidence(struct tmpl *body, struct view *v, bool with_flame)
{
    struct tmpl *evidence = tmpl_include(body, "EVIDENCE", "report_evidence.tpl");
    files(evidence, v);
    cpu(evidence, v);
    top(evidence, v);
    components(evidence, v);
    threads(evidence, v);
    if (with_flame)
        tmpl_show(evidence, "FLAME");
    return evidence;
}

struct tmpl *html_proof(struct tmpl *body, struct view *v, bool fired_only)
{
    struct tmpl *proof = tmpl_include(body, "PROOF", "report_proof.tpl");
    rules(proof, v, fired_only);
    inputs(proof, v);
    hashes(proof, v);
    return proof;
}

struct tmpl *html_below(struct tmpl *body, struct view *v, const struct json *meta, bool with_flame)
{
    struct span project = json_str(json_get(meta, "project_url"));
    if (v->corrected_words.len > 0 && project.len > 0 && !json_bool(json_get(meta, "read_only"), false))
        v->corrected_url = view_printf(v->arena, "%.*s/overrides", SPAN_FMT(project));
    html_opens(body, v, meta);
    struct tmpl *evidence = html_evidence(body, v, with_flame);
    html_run(evidence, v, meta);
    (void)html_proof(body, v, false);
    return evidence;
}
