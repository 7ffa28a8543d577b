/* Conditions over the newest facts: which decision they are read for, what fired, cleared or grew stale. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "http/service.h"
#include "http/watch.h"
#include "policy/probe.h"

enum { DOC_DEPTH_MAX = 64, AGE_DAYS_MAX = 180 };
static const int64_t day_us = INT64_C(86400) * 1000000;

/* The newest analysis of a scenario, and what the world is told about it. */
struct view {
    struct span scenario, run;
    bool any;
    int64_t made_us;
    struct fact_set facts; /* of the analysis */
    bool measured[FACT_COUNT];
    struct store_givens world;
};

struct evaluation {
    struct watching *w;
    struct policy_conditions *conditions;
    struct view **views;
    size_t view_count;
    struct fact_set facts; /* of the decision at hand */
    struct {
        struct store_watch_change *items;
        size_t count, cap;
    } changes;
};

/* --- facts --- */

static void facts_of(const struct json *obj, struct fact_set *f)
{
    enum fact_id id;
    for (const struct json *v = json_first(obj); v; v = json_next(v)) {
        if (!fact_find(json_key(v), &id) || json_is_null(v))
            continue;
        if (fact_infos[id].kind == FACT_TEXT)
            facts_set_text(f, id, json_str(v), ORIGIN_COMPUTED, "");
        else
            facts_set_num(f, id, json_num(v, NUM_UNKNOWN), ORIGIN_COMPUTED, "");
    }
}

static bool view_load(struct evaluation *e, struct view *v, struct err *err)
{
    struct watching *w = e->w;
    struct store_analysis a;
    struct json *doc = NULL;
    struct world_of of = { .project = w->project, .run = SPAN(""), .commit = SPAN(""), .scenario = v->scenario };
    if (!world_load(w->db, &w->arena, &of, &v->world, err) ||
        !store_watch_newest_run(w->db, &w->arena, w->project, v->scenario, &v->run, err))
        return false;
    if (v->run.len == 0)
        return true;
    if (!store_analysis_get(w->db, &w->arena, w->project, v->run, 0, &a, err) ||
        !json_parse(a.doc, DOC_DEPTH_MAX, &doc, err))
        return false;
    v->any = true;
    v->made_us = a.created_us;
    facts_of(json_get(doc, "facts"), &v->facts);
    for (const struct json *in = json_first(json_get(doc, "inputs")); in; in = json_next(in)) {
        enum fact_id id;
        struct span origin = json_str(json_get(in, "origin"));
        if (fact_find(json_str(json_get(in, "name")), &id))
            v->measured[id] = span_is(origin, "file") || span_is(origin, "computed");
    }
    json_free(doc);
    return true;
}

static bool view_of(struct evaluation *e, struct span scenario, const struct view **ret, struct err *err)
{
    for (size_t i = 0; i < e->view_count; i++) {
        if (span_eq(e->views[i]->scenario, scenario)) {
            *ret = e->views[i];
            return true;
        }
    }
    struct view *v = xcalloc(1, sizeof *v);
    e->views = xrealloc(e->views, e->view_count + 1, sizeof *e->views);
    e->views[e->view_count++] = v;
    v->scenario = scenario;
    *ret = v;
    return view_load(e, v, err);
}

/* What a decision asked stays what it asked; what the newest evidence says of a share is for the same goal alone. */
static bool overlays(enum fact_id id, bool same_goal)
{
    static const enum fact_id asked[] = {
        FACT_goal, FACT_goal_gain, FACT_min_useful_gain, FACT_cpu_bound_threshold, FACT_wait_bound_threshold,
        FACT_kind, FACT_scope
    };
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        if (asked[i] == id)
            return false;
    }
    enum fact_group g = fact_infos[id].group;
    return g != FACTS_ROI && (same_goal || (g != FACTS_TIME && g != FACTS_DERIVED));
}

static void world_over(const struct view *v, struct fact_set *f)
{
    struct err ignored = ERR_INIT;
    for (size_t i = 0; i < v->world.count; i++) {
        const struct store_given *g = &v->world.items[i];
        enum fact_id id;
        if (fact_find(g->name, &id) && !v->measured[id] && !facts_declare(f, g->name, g->value, "", &ignored))
            continue;
    }
}

/* The decision's own facts, over them those of the newest analysis of its scenario and of the world. */
static bool facts_compose(struct evaluation *e, const struct store_basis *b, const struct view *v, struct err *err)
{
    struct json *own = NULL;
    memset(&e->facts, 0, sizeof e->facts);
    if (b && !json_parse(b->facts, DOC_DEPTH_MAX, &own, err))
        return false;
    if (b)
        facts_of(own, &e->facts);
    json_free(own);
    bool same_goal = !b || span_eq(b->goal, facts_text(&v->facts, FACT_goal));
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (v->facts.v[i].known && (!b || overlays((enum fact_id)i, same_goal)))
            e->facts.v[i] = v->facts.v[i];
    }
    world_over(v, &e->facts);
    if (b && b->evidence_us > 0)
        facts_set_num(&e->facts, FACT_evidence_age_days,
                      fmax(0, floor((double)(e->w->now_us - b->evidence_us) / (double)day_us)), ORIGIN_COMPUTED, "");
    facts_defaults(&e->facts);
    return true;
}

/* --- one row --- */

static struct store_watch_change *change_add(struct evaluation *e, const struct store_watch *row)
{
    struct store_watch_change c = { .row = row,
                                    .project = e->w->project,
                                    .decision = row ? row->decision : SPAN(""),
                                    .fact = SPAN(""),
                                    .text = SPAN(""),
                                    .by = SPAN("watch"),
                                    .now = NUM_UNKNOWN,
                                    .line = NUM_UNKNOWN };
    VEC_PUSH(&e->changes, c);
    return &e->changes.items[e->changes.count - 1];
}

static bool same_number(double a, double b)
{
    return a == b || (!num_known(a) && !num_known(b));
}

void watch_words(struct sb *out, const struct store_watch *row, struct span fact, double now, double line)
{
    struct sb date = { 0 };
    if (row->date_us > 0) {
        clock_format(&date, row->date_us);
        sb_printf(out, "%.10s has come", sb_cstr(&date));
    } else if (fact.len > 0 && num_known(now)) {
        sb_printf(out, "%.*s is %.6g, the line is %.6g", SPAN_FMT(fact), now, line);
    } else {
        sb_add(out, row->condition);
    }
    sb_release(&date);
}

/* Notes the state that was found; what fired stays so until it is shown to be clear. */
static void row_found(struct evaluation *e, const struct store_watch *row, enum sql_truth truth, struct span fact,
                      double now, double line)
{
    bool was_fired = span_is(row->state, "fired");
    const char *state = truth == SQL_TRUE || (truth == SQL_NULL && was_fired) ? "fired"
                        : truth == SQL_FALSE                                  ? "clear"
                                                                              : "unknown";
    bool same = span_is(row->state, state);
    if (same && span_eq(row->fact, fact) && same_number(row->now, now) && same_number(row->line, line))
        return;
    struct store_watch_change *c = change_add(e, row);
    struct sb text = { 0 };
    c->fact = fact;
    c->now = now;
    c->line = line;
    if (!same) {
        c->state = state;
        c->event = truth == SQL_TRUE ? "FIRED" : was_fired ? "CLEARED" : NULL;
        watch_words(&text, row, fact, now, line);
        c->text = arena_span(&e->w->arena, sb_span(&text));
    }
    sb_release(&text);
}

static void component_facts(const struct store_watch *row, struct fact_set *f)
{
    for (unsigned i = 0; i < 3; i++) {
        facts_set_num(f, FACT_component_cpu_share_lo + i, row->share[i], ORIGIN_COMPUTED, "");
        facts_set_num(f, FACT_component_native_share_lo + i, row->native[i], ORIGIN_COMPUTED, "");
        facts_set_num(f, FACT_gain_ext_lo + i, row->gain[i], ORIGIN_COMPUTED, "");
    }
}

static void condition_turn(struct evaluation *e, const struct store_watch *row)
{
    struct policy_condition found;
    struct err refused = ERR_INIT;
    bool part = row->component.len > 0;
    /* No evidence was read since it is watched: what the decision found stands. */
    if (part && !num_known(row->share[0]) && !num_known(row->share[2]))
        return;
    if (part) {
        struct fact_set *f = xcalloc(1, sizeof *f);
        *f = e->facts;
        component_facts(row, f);
        policy_conditions_facts(e->conditions, f);
        free(f);
    }
    if (!policy_conditions_eval(e->conditions, row->condition, &found, &refused))
        log_event(LOG_WARN, "watch_not_evaluated", "id=%.*s error=\"%s\"", SPAN_FMT(row->id), refused.text);
    else
        row_found(e, row, found.value, span_of(found.has_deciding ? fact_infos[found.deciding].name : ""),
                  found.measured, found.line);
    if (part)
        policy_conditions_facts(e->conditions, &e->facts);
}

static void row_turn(struct evaluation *e, const struct store_watch *row)
{
    if (row->condition.len > 0)
        condition_turn(e, row);
    else if (row->date_us > 0)
        row_found(e, row, e->w->now_us >= row->date_us ? SQL_TRUE : SQL_FALSE, SPAN(""), NUM_UNKNOWN, NUM_UNKNOWN);
}

/* --- age and drift --- */

static void stale_add(struct evaluation *e, const struct store_basis *b, const char *fact, double now, double line,
                      const struct sb *text)
{
    struct store_watch_change *c = change_add(e, NULL);
    char item[60];
    bool age = strcmp(fact, "evidence_age_days") == 0;
    (void)snprintf(item, sizeof item, "%s%s", age ? "age" : "drift ", age ? "" : fact);
    c->item = arena_span(&e->w->arena, span_of(item));
    c->decision = b->decision;
    c->event = "STALE";
    c->fact = span_of(fact);
    c->now = now;
    c->line = line;
    c->text = arena_span(&e->w->arena, sb_span(text));
}

static bool drifted(struct evaluation *e, const struct store_basis *b, const struct view *v, const struct fact_set *own)
{
    static const struct {
        enum fact_id lo;
        const char *name;
    } shares[] = { { FACT_cpu_share_lo, "cpu_share" },
                   { FACT_util_lo, "util" },
                   { FACT_native_cpu_share_lo, "native_cpu_share" },
                   { FACT_gc_cpu_share_lo, "gc_cpu_share" } };
    bool same_goal = span_eq(b->goal, facts_text(&v->facts, FACT_goal));
    for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
        double lo = facts_num(own, shares[i].lo), hi = facts_num(own, shares[i].lo + 2);
        double now = facts_num(&v->facts, shares[i].lo + 1);
        bool of_goal = fact_infos[shares[i].lo].group == FACTS_TIME;
        if ((of_goal && !same_goal) || !num_known(lo) || !num_known(hi) || !num_known(now) ||
            (now >= lo - 1e-9 && now <= hi + 1e-9))
            continue;
        struct sb text = { 0 };
        sb_printf(&text, "%s is %.4g in run %.*s, outside %.4g to %.4g of the decision", shares[i].name, now,
                  SPAN_FMT(v->run), lo, hi);
        stale_add(e, b, shares[i].name, now, now < lo ? lo : hi, &text);
        sb_release(&text);
        return true;
    }
    return false;
}

static bool stale_turn(struct evaluation *e, const struct store_basis *b, const struct view *v, struct err *err)
{
    struct json *own = NULL;
    if (b->stale.len > 0 || watching_standing(e->w, b->decision)->stale)
        return true;
    double age = b->evidence_us > 0 ? floor((double)(e->w->now_us - b->evidence_us) / (double)day_us) : 0;
    if (age > AGE_DAYS_MAX) {
        struct sb text = { 0 };
        sb_printf(&text, "the evidence is %.0f days old, more than %d", age, AGE_DAYS_MAX);
        stale_add(e, b, "evidence_age_days", age, AGE_DAYS_MAX, &text);
        sb_release(&text);
        return true;
    }
    if (!v->any || v->made_us <= b->made_us)
        return true;
    struct fact_set *f = xcalloc(1, sizeof *f);
    bool ok = json_parse(b->facts, DOC_DEPTH_MAX, &own, err);
    if (ok) {
        facts_of(own, f);
        (void)drifted(e, b, v, f);
    }
    json_free(own);
    free(f);
    return ok;
}

/* --- all of them --- */

/* What concerns the whole project is read over the scenario of its newest run. */
static bool scenario_of_project(struct watching *w, struct span *ret, struct err *err)
{
    struct store_run run;
    struct err none = ERR_INIT;
    *ret = SPAN("");
    return !store_run_get(w->db, &w->arena, w->project, SPAN(""), &run, &none) ||
           store_watch_scenario(w->db, &w->arena, w->project, run.name, ret, err);
}

/* Rows come by decision: those of the whole project first. */
static bool rows_turn(struct evaluation *e, struct err *err)
{
    struct watching *w = e->w;
    const struct view *v = NULL;
    struct span usual;
    if (!scenario_of_project(w, &usual, err))
        return false;
    for (size_t i = 0; i < w->rows.count; i++) {
        const struct store_watch *row = &w->rows.items[i];
        bool first = i == 0 || !span_eq(w->rows.items[i - 1].decision, row->decision);
        if (first) {
            const struct store_basis *b = watching_basis(w, row->decision);
            if (!view_of(e, b ? b->scenario : usual, &v, err) || !facts_compose(e, b, v, err))
                return false;
            policy_conditions_facts(e->conditions, &e->facts);
        }
        row_turn(e, row);
    }
    for (size_t i = 0; i < w->bases.count; i++) {
        const struct store_basis *b = &w->bases.items[i];
        if (watching_stands(w, b->decision) && (!view_of(e, b->scenario, &v, err) || !stale_turn(e, b, v, err)))
            return false;
    }
    return true;
}

static void evaluation_release(struct evaluation *e)
{
    for (size_t i = 0; i < e->view_count; i++) {
        free(e->views[i]->world.items);
        free(e->views[i]);
    }
    free(e->views);
    free(e->changes.items);
    policy_conditions_free(e->conditions);
    free(e);
}

static bool evaluate(struct watching *w, struct watch_result *ret, struct err *err)
{
    struct evaluation *e = xcalloc(1, sizeof *e);
    e->w = w;
    ret->watched = w->rows.count;
    bool ok = policy_conditions_open(&e->conditions, err) && rows_turn(e, err) &&
              store_watch_apply(w->store, e->changes.items, e->changes.count, w->now_us, &ret->done, err);
    evaluation_release(e);
    return ok;
}

bool watch_project(struct store *s, struct sql *db, struct span project, const struct watch_evidence *evidence,
                   int64_t now_us, struct watch_result *ret, struct err *err)
{
    struct watching w = { .store = s, .db = db, .project = project, .now_us = now_us };
    bool changed = false;
    *ret = (struct watch_result){ 0 };
    bool ok = watching_load(&w, err) && watching_sync(&w, &changed, err);
    if (ok && changed) {
        watching_release(&w);
        w = (struct watching){ .store = s, .db = db, .project = project, .now_us = now_us };
        ok = watching_load(&w, err);
    }
    ok = ok && (!evidence || watching_shares(&w, evidence, err)) &&
         (w.rows.count + w.bases.count == 0 || evaluate(&w, ret, err));
    watching_release(&w);
    return ok;
}
