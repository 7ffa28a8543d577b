/* evidence.c - the stages of evidence_build in order, and how facts, problems and inputs are written down. */
#include "evidence/evidence.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/sb.h"
#include "evidence/amdahl.h"
#include "evidence/internal.h"
#include "import/cmdline.h"

const char *execution_name(enum execution e)
{
    static const char *const names[] = { "unknown", "same", "other" };
    return names[e];
}

/* --- writing down --- */

struct span work_text(struct work *w, const char *fmt, ...)
{
    struct sb s = { .cap = 1000 };
    va_list args;
    va_start(args, fmt);
    sb_vprintf(&s, fmt, args);
    va_end(args);
    struct span text = arena_span(&w->e->arena, sb_span(&s));
    sb_release(&s);
    return text;
}

struct span work_artefact_name(const struct work *w, uint32_t artefact)
{
    return artefact < w->in->artefact_count ? w->in->artefacts[artefact]->name : SPAN("declared");
}

static void problem_add(struct evidence *e, struct evidence_problem p)
{
    for (uint32_t i = 0; i < e->problem_count; i++) {
        if (span_is(span_of(e->problems[i].code), p.code) && span_eq(e->problems[i].text, p.text) &&
            span_eq(e->problems[i].artefact, p.artefact))
            return;
    }
    struct evidence_problem *more = ARENA_ARRAY(&e->arena, e->problem_count + 1u, struct evidence_problem);
    for (uint32_t i = 0; i < e->problem_count; i++)
        more[i] = e->problems[i];
    more[e->problem_count++] = p;
    e->problems = more;
}

void work_problem(struct work *w, const char *code, struct span artefact, const char *fix, const char *fmt, ...)
{
    struct sb s = { .cap = 1000 };
    va_list args;
    va_start(args, fmt);
    sb_vprintf(&s, fmt, args);
    va_end(args);
    struct arena *a = &w->e->arena;
    problem_add(w->e, (struct evidence_problem){ code, arena_span(a, sb_span(&s)), arena_span(a, span_of(fix)),
                                                 arena_span(a, artefact) });
    sb_release(&s);
}

double work_fact(const struct work *w, enum fact_id id)
{
    return facts_num(&w->e->facts, id);
}

void work_num(struct work *w, enum fact_id id, double value, enum fact_origin origin, const char *fmt, ...)
{
    if (w->given[id] || !num_known(value))
        return;
    char by[100];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(by, sizeof by, fmt, args);
    va_end(args);
    facts_set_num(&w->e->facts, id, value, origin, by);
}

void work_share(struct work *w, enum fact_id lo, struct share s, const char *by)
{
    if (share_known(s))
        facts_band_set(&w->e->facts, w->given, lo, s, by);
}

void facts_band_set(struct fact_set *f, const bool *given, enum fact_id lo, struct share s, const char *by)
{
    const double v[3] = { s.lo, s.est, s.hi };
    for (unsigned i = 0; i < 3; i++) {
        double x = v[i];
        for (unsigned k = 0; k < 3; k++) {
            double stated = given[lo + k] ? facts_num(f, lo + k) : NUM_UNKNOWN;
            if (num_known(x) && num_known(stated) && k != i)
                x = k < i ? fmax(x, stated) : fmin(x, stated);
        }
        if (!given[lo + i])
            facts_set_num(f, lo + i, x, ORIGIN_COMPUTED, by);
    }
}

/* --- stages --- */

/* Measured by nature, but stated by people or counted elsewhere: declaring one is no claim about a measurement. */
static bool may_be_stated(enum fact_id id)
{
    static const enum fact_id free_to_state[] = { FACT_evidence_age_days, FACT_code_changed,     FACT_runs_n,
                                                  FACT_ab_measured,       FACT_suite_measured,   FACT_tail_evidence,
                                                  FACT_has_phase_times,   FACT_declared_measures };
    for (size_t i = 0; i < ARRAY_LEN(free_to_state); i++) {
        if (free_to_state[i] == id)
            return true;
    }
    enum fact_group g = fact_infos[id].group;
    return g != FACTS_EVIDENCE && g != FACTS_TIME && g != FACTS_COMPOSITION;
}

static bool take_declared(struct work *w)
{
    struct fact_set *f = &w->e->facts;
    for (size_t i = 0; i < FACT_COUNT; i++)
        facts_clear(f, (enum fact_id)i);
    if (!w->in->declared)
        return true;
    if (!facts_check(w->in->declared, w->err))
        return false;
    const char *measured = NULL;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &w->in->declared->v[i];
        if (!v->known || i == FACT_declared_measures)
            continue;
        f->v[i] = *v;
        w->given[i] = v->origin != ORIGIN_DEFAULT;
        if (v->origin == ORIGIN_DECLARED && !may_be_stated((enum fact_id)i) && !measured)
            measured = fact_infos[i].name;
    }
    if (measured)
        facts_set_num(f, FACT_declared_measures, 1, ORIGIN_COMPUTED, measured);
    return true;
}

static void settle_runtime(struct work *w)
{
    enum runtime_kind r = w->in->runtime;
    if (r == RUNTIME_UNKNOWN && w->given[FACT_source_runtime])
        (void)runtime_from_name(facts_text(&w->e->facts, FACT_source_runtime), &r);
    struct span by = SPAN("as stated");
    for (int pass = 0; pass < 2; pass++) { /* profiles know better than totals */
        for (uint32_t i = 0; i < w->in->artefact_count && r == RUNTIME_UNKNOWN; i++) {
            const struct artefact *a = w->in->artefacts[i];
            if ((pass == 0) != (a->profile != NULL))
                continue;
            r = a->runtime != RUNTIME_UNKNOWN ? a->runtime
                : a->command.len > 0          ? cmdline_runtime(a->command)
                                              : RUNTIME_UNKNOWN;
            by = a->name;
        }
    }
    w->runtime = r;
    if (r != RUNTIME_UNKNOWN && !w->given[FACT_source_runtime]) {
        struct span text = work_text(w, "%.*s", SPAN_FMT(by));
        facts_set_text(&w->e->facts, FACT_source_runtime, span_of(runtime_name(r)), ORIGIN_COMPUTED,
                       arena_dup(&w->e->arena, text));
    }
}

/* Facts that files state; the window length only says which window they are of. */
static void take_file_facts(struct work *w)
{
    struct fact_set *f = &w->e->facts;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        for (uint32_t k = 0; k < a->fact_count && !w->e->artefacts[i].facts_unused; k++) {
            const struct artefact_fact *x = &a->facts[k];
            enum fact_id id;
            if (!fact_find(x->name, &id) || w->given[id] || f->v[id].known || id == FACT_wall_s ||
                id == FACT_concurrency)
                continue;
            const struct fact_info *info = &fact_infos[id];
            char by[100];
            (void)snprintf(by, sizeof by, "%.*s: %.*s", SPAN_FMT(span_sub(a->name, 0, 50)), SPAN_FMT(x->source));
            if (x->is_text && info->kind == FACT_TEXT)
                facts_set_text(f, id, x->text, ORIGIN_FILE, by);
            else if (!x->is_text && info->kind != FACT_TEXT && x->num >= info->lo && x->num <= info->hi)
                facts_set_num(f, id, x->num, ORIGIN_FILE, by);
        }
    }
}

static void artefacts_init(struct work *w)
{
    struct evidence *e = w->e;
    e->artefact_count = w->in->artefact_count;
    e->artefacts = ARENA_ARRAY(&e->arena, e->artefact_count + 1u, struct evidence_artefact);
    w->match = ARENA_ARRAY(&e->arena, e->artefact_count + 1u, enum match);
    for (uint32_t i = 0; i < e->artefact_count; i++) {
        e->artefacts[i] =
            (struct evidence_artefact){ .reason = SPAN(""), .samples = NUM_UNKNOWN, .threads = NUM_UNKNOWN };
        w->match[i] = MATCH_UNKNOWN;
    }
}

static void copy_problems(struct work *w)
{
    struct arena *mem = &w->e->arena;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        for (uint32_t k = 0; k < a->problem_count; k++)
            problem_add(w->e,
                        (struct evidence_problem){ a->problems[k].code, arena_span(mem, a->problems[k].text),
                                                   arena_span(mem, a->problems[k].fix), arena_span(mem, a->name) });
    }
}

static void list_inputs(struct work *w)
{
    struct evidence *e = w->e;
    e->inputs = ARENA_ARRAY(&e->arena, FACT_COUNT, struct evidence_number);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &e->facts.v[i];
        enum fact_group g = fact_infos[i].group;
        bool own = g == FACTS_DECLARED || g == FACTS_EVIDENCE || g == FACTS_TIME || g == FACTS_COMPOSITION;
        if (!v->known || (v->origin == ORIGIN_COMPUTED && !own))
            continue;
        e->inputs[e->input_count++] = (struct evidence_number){ .name = span_of(fact_infos[i].name),
                                                                .is_text = fact_infos[i].kind == FACT_TEXT,
                                                                .num = v->num,
                                                                .text = arena_span(&e->arena, span_of(v->text)),
                                                                .origin = v->origin,
                                                                .by = arena_span(&e->arena, span_of(v->by)),
                                                                .at_us = v->at_us };
    }
}

static void say_sources(struct work *w)
{
    struct evidence *e = w->e;
    e->cpu_from = e->wall_from = e->composition_from = SPAN("");
    if (w->t.acct && w->t.acct->source.len > 0)
        e->cpu_from =
            work_text(w, "%.*s (%.*s)", SPAN_FMT(w->t.acct->source), SPAN_FMT(work_artefact_name(w, w->t.artefact)));
    else if (e->share_source != SHARE_FROM_NOTHING)
        e->cpu_from = work_text(
            w, "%.*s",
            SPAN_FMT(e->share_source == SHARE_FROM_DECLARED ? SPAN("declared") : work_artefact_name(w, w->t.artefact)));
    if (num_known(e->time.wall_s))
        e->wall_from = e->cpu_from;
    if (w->composition)
        e->composition_from = work_text(w, "%.*s", SPAN_FMT(w->composition->a->name));
}

static void of_components(struct work *w, struct share basis)
{
    struct evidence *e = w->e;
    for (uint32_t i = 0; i < e->component_count; i++) {
        struct evidence_component *c = &e->components[i];
        struct share p = { basis.lo * c->addr_lo, basis.est * c->addr_est, basis.hi * c->addr_hi };
        c->gain = component_gain(e, &e->facts, c, basis);
        c->ceiling_hi = c->unmatched ? NUM_UNKNOWN : amdahl_ceiling(p.hi);
    }
    for (uint32_t i = 1; i < e->component_count; i++) {
        struct evidence_component c = e->components[i];
        double rank = num_known(c.gain.est) ? c.gain.est : c.addr_est;
        uint32_t at = i;
        for (; at > 0; at--) {
            const struct evidence_component *o = &e->components[at - 1];
            if ((num_known(o->gain.est) ? o->gain.est : o->addr_est) >= rank)
                break;
            e->components[at] = *o;
        }
        e->components[at] = c;
    }
}

static void derive(struct work *w)
{
    struct evidence *e = w->e;
    memcpy(e->given, w->given, sizeof e->given);
    facts_defaults(&e->facts);
    derive_goal(e, e->given, &e->facts, &e->addr_share);
    e->ceiling = (struct share){ work_fact(w, FACT_amdahl_ceiling_lo), work_fact(w, FACT_amdahl_ceiling_est),
                                 work_fact(w, FACT_amdahl_ceiling_hi) };
    struct span goal = facts_text(&e->facts, FACT_goal);
    bool cpu_only = span_is(goal, "throughput") || span_is(goal, "cost");
    double queue = num_known(e->queue_share.hi) ? e->queue_share.hi : 0;
    struct share basis = { 1, 1, 1 };
    if (!cpu_only)
        basis = (struct share){ work_fact(w, FACT_cpu_share_lo), work_fact(w, FACT_cpu_share_est),
                                fmin(1, work_fact(w, FACT_cpu_share_hi) + queue) };
    if (span_is(goal, "memory") || !share_known(basis))
        basis = SHARE_UNKNOWN;
    of_components(w, basis);
}

static bool check_specs(const struct evidence_input *in, struct err *err)
{
    for (uint32_t i = 0; i < in->component_count; i++) {
        if (in->components[i].match_count == 0)
            return err_set(err, ERR_VALUE, "component '%.*s' has no frame pattern", SPAN_FMT(in->components[i].name));
    }
    for (uint32_t i = 0; i < in->watched_count; i++) {
        if (in->watched[i].match_count == 0)
            return err_set(err, ERR_VALUE, "watched component '%.*s' has no frame pattern",
                           SPAN_FMT(in->watched[i].name));
    }
    return true;
}

static bool build(struct work *w)
{
    artefacts_init(w);
    if (!take_declared(w) || !check_specs(w->in, w->err))
        return false;
    settle_runtime(w);
    if (!views_build(w))
        return false;
    timing_choose(w);
    runs_judge(w);
    views_settle_clocks(w);
    corrections_refused(w);
    take_file_facts(w);
    suite_facts(w);
    wall_choose(w);
    if (w->wall)
        w->e->wall_n_eff = w->wall_total->n_eff;
    w->overlapping = share_is_overlapping(w);
    share_time(w);
    queue_limits(w);
    share_facts(w);
    parts_time(w);
    compose_build(w);
    w->e->speed = w->in->speed;
    components_build(w);
    quality_facts(w);
    frames_top(w);
    frames_threads(w);
    functions_build(w);
    derive(w);
    copy_problems(w);
    say_sources(w);
    list_inputs(w);
    return true;
}

bool evidence_build(const struct evidence_input *in, struct evidence **ret, struct err *err)
{
    struct work *w = xcalloc(1, sizeof *w);
    w->in = in;
    w->err = err;
    w->e = xcalloc(1, sizeof *w->e);
    w->e->busy_threads = w->e->share_n_eff = w->e->wall_n_eff = NUM_UNKNOWN;
    bool ok = build(w);
    if (w->views)
        views_release(w);
    if (ok)
        *ret = w->e;
    else
        evidence_free(w->e);
    free(w);
    return ok;
}

void evidence_free(struct evidence *e)
{
    if (!e)
        return;
    arena_release(&e->arena);
    free(e);
}
