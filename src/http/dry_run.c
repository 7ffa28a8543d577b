/* A project's decisions and analyses under other rules. Rules see facts alone, and the documents hold all facts: nothing is
 * measured or simulated again, so that a thousand of them take seconds. */
#include <stdlib.h>

#include "advise/advise.h"
#include "base/vec.h"
#include "http/service.h"
#include "http/watch.h"

enum { RUNS_MAX = 500, DOC_DEPTH_MAX = 64, PACKS_MAX = 40, RULES_SHOWN = 12 };

#define OF_POLICY "the project's policy"

struct turn {
    const struct dry_run *of;
    struct jsonw *w;
    const struct json *doc;
    bool decision;
    struct span id, run, status;
    struct fact_set *facts;
    int64_t checked, changed, failed;
};

/* --- facts of a document --- */

static void facts_read(const struct json *doc, struct fact_set *f)
{
    enum fact_id id;
    for (size_t i = 0; i < FACT_COUNT; i++)
        facts_clear(f, (enum fact_id)i);
    for (const struct json *v = json_first(json_get(doc, "facts")); v; v = json_next(v)) {
        if (!fact_find(json_key(v), &id))
            continue;
        if (fact_infos[id].kind == FACT_TEXT)
            facts_set_text(f, id, json_str(v), ORIGIN_COMPUTED, "");
        else
            facts_set_num(f, id, json_num(v, NUM_UNKNOWN), ORIGIN_COMPUTED, "");
    }
}

/* Nobody nearer than the policy said it. */
static bool is_of_policy(const struct json *doc, const char *name)
{
    for (const struct json *in = json_first(json_get(doc, "inputs")); in; in = json_next(in)) {
        if (span_is(json_str(json_get(in, "name")), name))
            return span_is(json_str(json_get(in, "origin")), "default") ||
                   span_is(json_str(json_get(in, "by")), OF_POLICY);
    }
    return true;
}

static void facts_under(const struct turn *t, const struct project_rules *rules, struct fact_set *f)
{
    static const enum fact_id thresholds[] = { FACT_goal_gain, FACT_min_useful_gain, FACT_cpu_bound_threshold,
                                               FACT_wait_bound_threshold };
    facts_read(t->doc, f);
    for (size_t i = 0; i < ARRAY_LEN(thresholds); i++) {
        /* A decision asks for what its proposal wants to gain. */
        bool own = t->decision && thresholds[i] == FACT_goal_gain &&
                   json_kind_of(json_path(t->doc, "proposal.goal_gain")) == JSON_NUM;
        if (!own && is_of_policy(t->doc, fact_infos[thresholds[i]].name))
            facts_clear(f, thresholds[i]);
    }
    if (rules->doc)
        policy_project_facts(rules->doc, f);
    facts_defaults(f);
    if (!t->decision)
        advise_leave_target_open(f);
}

/* --- packs --- */

struct packs {
    const struct policy_pack *items[PACKS_MAX];
    size_t count;
    struct policy_set more; /* those that the proposal chose by itself */
};

static bool holds(const struct policy_set *set, struct span name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (span_is(name, set->packs[i]->name))
            return true;
    }
    return false;
}

static bool packs_under(const struct turn *t, const struct project_rules *rules, struct packs *p, struct err *err)
{
    *p = (struct packs){ .more = { .packs = xcalloc(PACKS_MAX, sizeof *p->more.packs) } };
    for (size_t i = 0; i < rules->packs.count && p->count < PACKS_MAX / 2; i++)
        p->items[p->count++] = rules->packs.packs[i];
    const struct json *named = json_path(t->doc, "versions.policy");
    for (const struct json *n = json_first(named); n && p->count < PACKS_MAX; n = json_next(n)) {
        struct span name = json_str(n);
        if (holds(&t->of->now->packs, name) || holds(&rules->packs, name) || holds(&p->more, name) ||
            !policy_builtin_text(name).ptr)
            continue;
        if (!policy_pack_builtin(name, &p->more.packs[p->more.count], err))
            return false;
        p->items[p->count++] = p->more.packs[p->more.count++];
    }
    return true;
}

static bool judge(const struct turn *t, const struct project_rules *rules, struct packs *p, struct policy_result *ret,
                  struct err *err)
{
    struct policy_options opt = { .stage = t->decision ? STAGE_DECISION : STAGE_EVIDENCE,
                                  .proposal_given = t->decision };
    if (t->decision)
        opt.kind = policy_kind_find(json_str(json_path(t->doc, "proposal.kind")));
    if (!packs_under(t, rules, p, err))
        return false;
    facts_under(t, rules, t->facts);
    return policy_evaluate(p->items, p->count, t->facts, &opt, ret, err);
}

/* --- what differs --- */

static void outcome_write(struct jsonw *w, const char *key, const struct policy_result *r)
{
    jsonw_obj(w, key);
    jsonw_strz(w, "verdict", policy_verdict_name(r->verdict));
    jsonw_strz(w, "gate", policy_gate_name(r->gate));
    jsonw_end_obj(w);
}

/* Rules that have an effect in one result and not in the other. */
static void only_in(struct jsonw *w, const char *key, const struct policy_result *in, const struct policy_result *other)
{
    size_t shown = 0;
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < in->rule_count && shown < RULES_SHOWN; i++) {
        const struct policy_rule_result *r = &in->rules[i];
        const struct policy_rule_result *o = policy_rule_of(other, r->rule->id);
        if (!policy_fired(r) || (o && policy_fired(o)))
            continue;
        jsonw_strz(w, NULL, r->rule->id);
        shown++;
    }
    jsonw_end_arr(w);
}

static void change_write(struct turn *t, const struct policy_result *now, const struct policy_result *then)
{
    struct jsonw *w = t->w;
    jsonw_obj(w, NULL);
    jsonw_strz(w, "kind", t->decision ? "decision" : "analysis");
    if (t->decision) {
        jsonw_str(w, "id", t->id);
        jsonw_str(w, "title", json_str(json_path(t->doc, "proposal.title")));
        jsonw_str(w, "status", t->status);
    }
    if (t->run.len > 0)
        jsonw_str(w, "run", t->run);
    jsonw_obj(w, "old");
    jsonw_str(w, "verdict", json_str(json_get(t->doc, "verdict")));
    jsonw_str(w, "gate", json_str(json_get(t->doc, "gate")));
    jsonw_end_obj(w);
    outcome_write(w, "current", now);
    outcome_write(w, "new", then);
    only_in(w, "fires", then, now);
    only_in(w, "stops", now, then);
    jsonw_end_obj(w);
}

/* A document that the rules cannot judge (of an older dictionary) is counted, not hidden. */
static void doc_turn(struct turn *t)
{
    struct policy_result now = { .main = -1 };
    struct policy_result then = { .main = -1 };
    struct packs p_now = { .count = 0 };
    struct packs p_then = { .count = 0 };
    struct err err = ERR_INIT;
    t->checked++;
    if (!judge(t, t->of->now, &p_now, &now, &err) || !judge(t, t->of->then, &p_then, &then, &err)) {
        t->failed++;
    } else if (now.verdict != then.verdict || now.gate != then.gate) {
        t->changed++;
        change_write(t, &now, &then);
    }
    policy_result_release(&now);
    policy_result_release(&then);
    policy_set_release(&p_now.more);
    policy_set_release(&p_then.more);
}

static void text_turn(struct turn *t, struct span text)
{
    struct json *doc = NULL;
    struct err broken = ERR_INIT;
    if (!json_parse(text, DOC_DEPTH_MAX, &doc, &broken)) {
        t->checked++;
        t->failed++;
        return;
    }
    t->doc = doc;
    doc_turn(t);
    json_free(doc);
}

static bool analyses_turn(struct sql *db, struct turn *t, struct err *err)
{
    struct arena list = { 0 };
    struct store_runs runs = { 0 };
    bool ok = store_runs(db, &list, t->of->project, RUNS_MAX, &runs, err);
    for (size_t i = 0; ok && i < runs.count; i++) {
        struct arena arena = { 0 };
        struct store_analysis a;
        if (runs.items[i].newest.revision > 0) {
            ok = store_analysis_get(db, &arena, t->of->project, runs.items[i].name, 0, &a, err);
            t->run = runs.items[i].name;
            if (ok)
                text_turn(t, a.doc);
        }
        arena_release(&arena);
    }
    free(runs.items);
    arena_release(&list);
    return ok;
}

static bool decisions_turn(struct sql *db, struct turn *t, struct err *err)
{
    struct arena list = { 0 };
    struct store_decisions all = { 0 };
    bool ok = store_decision_list(db, &list, t->of->project, SPAN(""), false, 0, INT32_MAX, &all, err);
    for (size_t i = 0; ok && i < all.count; i++) {
        struct arena arena = { 0 };
        struct store_decision d;
        ok = store_decision_get(db, &arena, all.items[i].id, &d, err);
        t->id = all.items[i].id;
        t->run = all.items[i].run;
        t->status = all.items[i].superseded_by.len > 0 ? SPAN("superseded") : all.items[i].status;
        if (ok)
            text_turn(t, d.doc);
        arena_release(&arena);
    }
    free(all.items);
    arena_release(&list);
    return ok;
}

static void count_write(struct jsonw *w, const char *key, const struct turn *t)
{
    jsonw_obj(w, key);
    jsonw_int(w, "checked", t->checked);
    jsonw_int(w, "changed", t->changed);
    jsonw_int(w, "not_judged", t->failed);
    jsonw_end_obj(w);
}

bool dry_run_write(struct sql *db, const struct dry_run *run, struct jsonw *w, struct err *err)
{
    struct turn decisions = { .of = run, .w = w, .decision = true, .facts = xcalloc(1, sizeof *decisions.facts) };
    struct turn analyses = { .of = run, .w = w, .facts = decisions.facts };
    jsonw_arr(w, "changes");
    bool ok = decisions_turn(db, &decisions, err) && analyses_turn(db, &analyses, err);
    jsonw_end_arr(w);
    count_write(w, "decisions", &decisions);
    count_write(w, "analyses", &analyses);
    free(decisions.facts);
    return ok;
}
