/* compare_document.c - schema stet/compare/1, members in one order. */
#include "advise/compare_ctx.h"

#include <math.h>

#include "advise/ctx.h"
#include "base/mask.h"
#include "evidence/stats.h"

static void write_tri(struct jsonw *w, const char *key, enum tri t)
{
    if (t == TRI_UNKNOWN)
        jsonw_null(w, key);
    else
        jsonw_bool(w, key, t == TRI_YES);
}

/* Nine digits: the last ones of exp and pow differ from machine to machine. */
static double rounded(double x)
{
    if (!num_known(x) || x == 0 || isinf(x))
        return x;
    double scale = pow(10, 8 - floor(log10(fabs(x))));
    return isinf(scale) || scale == 0 ? x : round(x * scale) / scale;
}

static void write_band(struct jsonw *w, const char *key, struct share s)
{
    ctx_json_share(w, key, (struct share){ rounded(s.lo), rounded(s.est), rounded(s.hi) });
}

static const char *direction(struct share diff, enum tri more)
{
    if (!share_known(diff))
        return NULL;
    return more != TRI_YES ? "same" : diff.est > 0 ? "up" : "down";
}

static void write_change(struct jsonw *w, const char *key, const struct compare_change *x)
{
    jsonw_obj(w, key);
    jsonw_strz(w, "name", x->name);
    jsonw_strz(w, "words", x->words);
    write_band(w, "base", x->base);
    write_band(w, "head", x->head);
    write_band(w, "difference", x->diff);
    jsonw_num(w, "chance", rounded(x->chance));
    write_tri(w, "more_than_noise", x->more);
    jsonw_strz(w, "direction", direction(x->diff, x->more));
    jsonw_bool(w, "assumed", x->assumed);
    jsonw_strz(w, "reason", x->reason);
    jsonw_text(w, "settles", x->settles);
    jsonw_end_obj(w);
}

static void write_changes(struct jsonw *w, const char *key, const struct compare_change *list, uint32_t n)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < n; i++)
        write_change(w, NULL, &list[i]);
    jsonw_end_arr(w);
}

/* --- sides --- */

static void write_stacks(struct jsonw *w, const struct compare_side *s)
{
    const struct evidence *e = s->evidence;
    const struct evidence_whole *x = &e->whole;
    if (!x->known) {
        jsonw_null(w, "stacks");
        return;
    }
    jsonw_obj(w, "stacks");
    jsonw_str(w, "artefact", x->artefact);
    jsonw_text(w, "profile",
               s->uploads && x->artefact_index < s->artefact_count ? s->uploads[x->artefact_index] : SPAN(""));
    jsonw_strz(w, "clock", clock_name(x->clock));
    jsonw_str(w, "event", x->event);
    jsonw_strz(w, "unit", unit_name(x->unit));
    jsonw_num(w, "seconds", x->seconds);
    jsonw_num(w, "samples", x->samples);
    jsonw_int(w, "functions", e->function_total);
    jsonw_bool(w, "native_visible", x->native_visible);
    jsonw_bool(w, "ordered", x->ordered);
    jsonw_end_obj(w);
}

static void copy_text(struct jsonw *w, const char *key, const struct json *obj, const char *from)
{
    jsonw_text(w, key, json_str(json_get(obj, from)));
}

static void write_side(struct jsonw *w, const char *key, const struct compare_side *s, struct share rules)
{
    struct sb command = { 0 };
    mask_command(compare_command(s), &command);
    jsonw_obj(w, key);
    jsonw_text(w, "label", s->label);
    jsonw_text(w, "project", s->project);
    jsonw_text(w, "run", s->run);
    double revision = json_num(json_get(s->doc, "revision"), 0);
    if (revision > 0)
        jsonw_int(w, "revision", (int64_t)revision);
    else
        jsonw_null(w, "revision");
    jsonw_text(w, "profile", s->profile);
    jsonw_text(w, "name", s->name);
    jsonw_text(w, "commit", s->commit);
    jsonw_text(w, "branch", s->branch);
    jsonw_text(w, "scenario", s->scenario);
    jsonw_time(w, "created", s->created_us);
    jsonw_text(w, "url", s->url);
    static const char *const words[] = { "verdict", "headline", "gate", "summary", "goal" };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        copy_text(w, words[i], s->doc, words[i]);
    jsonw_bool(w, "asked", json_bool(json_get(s->doc, "asked"), false));
    write_band(w, "cpu_share", compare_share_of(json_path(s->doc, "time.cpu_share")));
    write_band(w, "rules_share", rules);
    jsonw_text(w, "concurrency", compare_fact_text(s, "concurrency"));
    jsonw_text(w, "command", sb_span(&command));
    jsonw_text(w, "runtime", compare_fact_text(s, "source_runtime"));
    jsonw_num(w, "wall_s", json_num(json_path(s->doc, "time.wall_s"), NUM_UNKNOWN));
    jsonw_num(w, "cpu_s", json_num(json_path(s->doc, "time.cpu_s"), NUM_UNKNOWN));
    static const char *const facts[] = { "ops", "op_s", "samples_eff" };
    for (size_t i = 0; i < ARRAY_LEN(facts); i++)
        jsonw_num(w, facts[i], compare_fact(s, facts[i]));
    jsonw_int(w, "runs", s->run_count > 0 ? s->run_count : 1);
    write_stacks(w, s);
    jsonw_end_obj(w);
    sb_release(&command);
}

/* --- notes --- */

static void write_notes(const struct compare *c, struct jsonw *w)
{
    jsonw_obj(w, "comparable");
    jsonw_bool(w, "time", c->can.time);
    jsonw_bool(w, "seconds", c->second_count > 0);
    jsonw_bool(w, "cpu", c->can.cpu);
    jsonw_bool(w, "functions", c->can.functions);
    jsonw_end_obj(w);
    jsonw_arr(w, "refusals");
    for (uint32_t i = 0; i < c->refusal_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "part", c->refusals[i].part);
        jsonw_strz(w, "code", c->refusals[i].code);
        jsonw_str(w, "text", c->refusals[i].text);
        jsonw_text(w, "fix", c->refusals[i].fix);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "warnings");
    for (uint32_t i = 0; i < c->warning_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "code", c->warnings[i].code);
        jsonw_str(w, "text", c->warnings[i].text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void write_sentences(struct compare *c, struct jsonw *w)
{
    struct span list[COMPARE_SENTENCES_MAX];
    size_t n = compare_sentences(c, list);
    struct sb one = { 0 };
    for (size_t i = 0; i < n && (i == 0 || one.len + list[i].len < 400); i++)
        sb_printf(&one, "%s%.*s", i > 0 ? " " : "", SPAN_FMT(list[i]));
    jsonw_str(w, "sentence", sb_span(&one));
    sb_release(&one);
    jsonw_arr(w, "sentences");
    for (size_t i = 0; i < n; i++)
        jsonw_str(w, NULL, list[i]);
    jsonw_end_arr(w);
}

static void write_pair(const struct compare *c, struct jsonw *w, const char *key)
{
    struct span b = json_str(json_get(c->in->base.doc, key)), h = json_str(json_get(c->in->head.doc, key));
    jsonw_obj(w, key);
    jsonw_str(w, "base", b);
    jsonw_str(w, "head", h);
    jsonw_bool(w, "changed", !span_eq(b, h));
    jsonw_end_obj(w);
}

static void write_time(const struct compare *c, struct jsonw *w)
{
    jsonw_obj(w, "time");
    write_change(w, "cpu_share", &c->cpu_share);
    write_change(w, "rules_share", &c->rules_share);
    write_changes(w, "wait", c->wait, c->wait_count);
    write_changes(w, "idle", c->idle, c->idle_count);
    jsonw_end_obj(w);
    write_changes(w, "cpu", c->cpu, c->cpu_count);
}

static void write_seconds(const struct compare *c, struct jsonw *w)
{
    jsonw_arr(w, "seconds");
    for (uint32_t i = 0; i < c->second_count; i++) {
        const struct compare_seconds *x = &c->seconds[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", x->name);
        jsonw_strz(w, "words", x->words);
        write_band(w, "base", x->base);
        write_band(w, "head", x->head);
        write_band(w, "difference", x->diff);
        write_band(w, "factor", x->factor);
        write_tri(w, "more_than_noise", x->more);
        jsonw_strz(w, "direction", direction(x->diff, x->more));
        jsonw_bool(w, "assumed", x->assumed);
        if (c->same_work)
            jsonw_bool(w, "same_work", true);
        else
            jsonw_null(w, "same_work");
        jsonw_str(w, "source", x->source);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* --- rules --- */

static const struct json *rule_find(const struct json *doc, struct span id)
{
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        if (span_eq(json_str(json_get(r, "id")), id))
            return r;
    }
    return NULL;
}

static void write_value(struct jsonw *w, const char *key, const struct json *rule)
{
    double v = rule ? json_num(json_get(rule, "value"), NUM_UNKNOWN) : NUM_UNKNOWN;
    if (num_known(v))
        jsonw_int(w, key, v > 0);
    else
        jsonw_null(w, key);
}

/* A number, a text or an object of a rule: what was measured differs in kind from rule to rule. */
static void write_any(struct jsonw *w, const char *key, const struct json *v)
{
    switch (json_kind_of(v)) {
    case JSON_NUM:
        jsonw_num(w, key, json_num(v, NUM_UNKNOWN));
        return;
    case JSON_STR:
        jsonw_str(w, key, json_str(v));
        return;
    case JSON_BOOL:
        jsonw_bool(w, key, json_bool(v, false));
        return;
    case JSON_ABSENT:
    case JSON_NULL:
    case JSON_ARR:
    case JSON_OBJ:
        break;
    }
    jsonw_null(w, key);
}

static bool same_value(const struct json *a, const struct json *b)
{
    double x = a ? json_num(json_get(a, "value"), NUM_UNKNOWN) : NUM_UNKNOWN;
    double y = b ? json_num(json_get(b, "value"), NUM_UNKNOWN) : NUM_UNKNOWN;
    return num_known(x) == num_known(y) && (!num_known(x) || x == y);
}

static void write_rule(struct jsonw *w, const struct json *b, const struct json *h)
{
    const struct json *any = h ? h : b;
    jsonw_obj(w, NULL);
    copy_text(w, "id", any, "id");
    copy_text(w, "reason", any, "reason");
    copy_text(w, "effect", any, "effect");
    copy_text(w, "basis", any, "basis");
    write_value(w, "base", b);
    write_value(w, "head", h);
    write_any(w, "measured_base", json_get(b, "measured"));
    write_any(w, "measured_head", json_get(h, "measured"));
    write_any(w, "line", json_get(any, "line"));
    jsonw_end_obj(w);
}

static void write_rules(const struct compare *c, struct jsonw *w)
{
    const struct json *base = c->in->base.doc, *head = c->in->head.doc;
    jsonw_arr(w, "rules");
    for (const struct json *h = json_first(json_get(head, "rules")); h; h = json_next(h)) {
        const struct json *b = rule_find(base, json_str(json_get(h, "id")));
        if (!same_value(b, h))
            write_rule(w, b, h);
    }
    for (const struct json *b = json_first(json_get(base, "rules")); b; b = json_next(b)) {
        if (!rule_find(head, json_str(json_get(b, "id"))) && !same_value(b, NULL))
            write_rule(w, b, NULL);
    }
    jsonw_end_arr(w);
}

/* --- functions --- */

static void write_function(struct jsonw *w, const struct compare_function *f)
{
    struct sb name = { 0 };
    /* How py-spy draws a process that has children: its command line. */
    if (span_starts(f->name, SPAN("process ")))
        mask_command(f->name, &name);
    else
        sb_add(&name, f->name);
    jsonw_obj(w, NULL);
    jsonw_str(w, "function", sb_span(&name));
    sb_release(&name);
    jsonw_text(w, "place", f->place);
    jsonw_strz(w, "category", category_name(f->category));
    jsonw_strz(w, "words", category_words(f->category));
    write_change(w, "self", &f->self);
    write_change(w, "total", &f->total);
    if (share_known(f->base_s) && share_known(f->head_s)) {
        jsonw_obj(w, "seconds");
        write_band(w, "base", f->base_s);
        write_band(w, "head", f->head_s);
        jsonw_end_obj(w);
    } else {
        jsonw_null(w, "seconds");
    }
    jsonw_text(w, "note", f->note);
    jsonw_end_obj(w);
}

enum { BOTH, BASE_ONLY, HEAD_ONLY };

static int side_of(const struct compare_function *f)
{
    return f->base && f->head ? BOTH : f->base ? BASE_ONLY : HEAD_ONLY;
}

static void write_some(const struct compare *c, struct jsonw *w, const char *key, int side, uint32_t most)
{
    uint32_t n = 0;
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < c->function_count && n < most; i++) {
        if (side != BOTH && side_of(&c->functions[i]) != side)
            continue;
        write_function(w, &c->functions[i]);
        n++;
    }
    jsonw_end_arr(w);
}

static void write_functions(const struct compare *c, struct jsonw *w)
{
    uint32_t only[3] = { 0 }, more = 0;
    for (uint32_t i = 0; i < c->function_count; i++) {
        only[side_of(&c->functions[i])]++;
        more += c->functions[i].self.more == TRI_YES || c->functions[i].total.more == TRI_YES;
    }
    if (!c->can.functions) {
        jsonw_null(w, "functions");
        return;
    }
    jsonw_obj(w, "functions");
    jsonw_strz(w, "of", c->blocked ? "blocked" : "cpu");
    jsonw_int(w, "looked_at", c->function_count);
    jsonw_int(w, "more_than_noise", more);
    jsonw_num(w, "floor", EVIDENCE_FUNCTION_FLOOR);
    jsonw_int(w, "base_total", c->in->base.evidence->function_total);
    jsonw_int(w, "head_total", c->in->head.evidence->function_total);
    jsonw_int(w, "only_base_total", only[BASE_ONLY]);
    jsonw_int(w, "only_head_total", only[HEAD_ONLY]);
    write_some(c, w, "movers", BOTH, COMPARE_MOVERS_MAX);
    write_some(c, w, "only_base", BASE_ONLY, COMPARE_ONLY_MAX);
    write_some(c, w, "only_head", HEAD_ONLY, COMPARE_ONLY_MAX);
    jsonw_end_obj(w);
}

static bool any_assumed(const struct compare *c)
{
    bool any = (share_known(c->cpu_share.diff) && c->cpu_share.assumed) ||
               (share_known(c->rules_share.diff) && c->rules_share.assumed);
    for (uint32_t i = 0; i < c->second_count; i++)
        any = any || c->seconds[i].assumed;
    return any;
}

static void write_method(const struct compare *c, struct jsonw *w)
{
    jsonw_obj(w, "method");
    jsonw_num(w, "level", 0.95);
    jsonw_int(w, "family", c->can.functions ? 2 * (int64_t)c->function_count : 0);
    jsonw_num(w, "assumed_spread", any_assumed(c) ? COMPARE_SPREAD : NUM_UNKNOWN);
    jsonw_arr(w, "texts");
    jsonw_strz(
        w, NULL,
        "Shares have 95 % intervals by effective samples (Wilson); the interval of a difference is Newcombe's, and "
        "what the evidence leaves open on either side is added in full.");
    if (c->can.functions) {
        struct sb s = { 0 };
        sb_printf(
            &s,
            "%u functions of at least %.1f %% on either side were looked at, each alone and with what it calls: "
            "chances are adjusted for %u differences (Holm), so that noise passes in one comparison of twenty and "
            "not in one function of twenty.",
            c->function_count, EVIDENCE_FUNCTION_FLOOR * 100, 2 * c->function_count);
        jsonw_str(w, NULL, sb_span(&s));
        sb_release(&s);
    }
    if (any_assumed(c))
        jsonw_strz(
            w, NULL,
            "One run of a side tells nothing about the next one: a standard deviation of 5 % of CPU and of waiting "
            "is assumed between runs. Three runs a side, or hyperfine, would measure it.");
    jsonw_end_arr(w);
    jsonw_end_obj(w);
}

void compare_document(struct compare *c, struct jsonw *w)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "schema", "stet/compare/1");
    write_side(w, "base", &c->in->base, c->rules_share.base);
    write_side(w, "head", &c->in->head, c->rules_share.head);
    write_notes(c, w);
    write_sentences(c, w);
    write_pair(c, w, "verdict");
    write_pair(c, w, "gate");
    write_time(c, w);
    write_seconds(c, w);
    write_rules(c, w);
    write_functions(c, w);
    write_method(c, w);
    jsonw_end_obj(w);
}
