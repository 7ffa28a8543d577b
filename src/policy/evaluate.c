/* evaluate.c - policy_evaluate: values, verdict, the rule that decided, gate, and what is still open. */
#include <math.h>
#include <stdlib.h>

#include "policy/engine.h"

/* --- single rules --- */

static void deciding_fill(const struct engine *e, const struct engine_rule *er, struct span goal,
                          struct policy_rule_result *r)
{
    r->measured = r->line = r->distance = NUM_UNKNOWN;
    const struct expr *x = &er->rule->expr;
    if (x->opaque || x->node_count == 0)
        return;
    struct expr_value *values = xcalloc(x->node_count, sizeof *values);
    expr_values(x, e->cells, values);
    struct expr_deciding d;
    if (expr_deciding(x, values, er->value, goal, &d)) {
        r->has_deciding = true;
        r->deciding = d.fact;
        r->measured = d.measured;
        r->line = d.line;
        /* COALESCE gives a fact that is not known a number to compare; nobody measured it. */
        if (!engine_known(e, d.fact))
            r->measured = NUM_UNKNOWN;
        if (fact_is_share(d.fact))
            r->distance = d.line - r->measured;
        else if (r->measured != 0)
            r->distance = d.line / r->measured;
    }
    free(values);
}

static void rules_fill(const struct engine *e, const struct policy_options *opt, struct span goal, const bool *exempted,
                       struct policy_result *ret)
{
    ret->rules = ARENA_ARRAY(&ret->arena, e->count, struct policy_rule_result);
    for (uint32_t i = 0; i < e->count; i++) {
        const struct engine_rule *er = &e->rules[i];
        if (!rule_applies(er->rule, opt->stage))
            continue;
        struct policy_rule_result *r = &ret->rules[ret->rule_count++];
        *r = (struct policy_rule_result){ .rule = er->rule, .value = er->value, .exempted = exempted[i] };
        deciding_fill(e, er, goal, r);
        enum fact_id asks[64];
        r->missing_count = rule_asks(e, er, opt, goal, asks);
        r->missing = ARENA_ARRAY(&ret->arena, r->missing_count, enum fact_id);
        for (uint32_t k = 0; k < r->missing_count; k++)
            r->missing[k] = asks[k];
    }
}

/* --- the rule that decided --- */

static bool has_effect(const struct policy_rule *r, enum effect_kind kind, int least, int most)
{
    for (uint32_t k = 0; k < r->effect_count; k++) {
        if (r->effects[k].kind == kind && (int)r->effects[k].level >= least && (int)r->effects[k].level <= most)
            return true;
    }
    return false;
}

/* How far a rule is from not firing: part of the larger of the two sides. */
static double margin(const struct policy_rule_result *r)
{
    double most = fmax(fabs(r->measured), fabs(r->line));
    if (!num_known(r->measured) || !num_known(r->line) || most == 0)
        return 0;
    return fabs(r->measured - r->line) / most;
}

/* The fired rule of that effect with the largest margin; the first one where margins are equal. */
static int32_t strongest(const struct policy_result *ret, enum effect_kind kind, int least, int most)
{
    int32_t found = -1;
    for (uint32_t i = 0; i < ret->rule_count; i++) {
        const struct policy_rule_result *r = &ret->rules[i];
        if (!policy_fired(r) || r->rule->basis == BASIS_ABSENCE || !has_effect(r->rule, kind, least, most))
            continue;
        if (found < 0 || margin(r) > margin(&ret->rules[found]))
            found = (int32_t)i;
    }
    return found;
}

/* Of several reasons why nothing is decided, packs name the more fundamental first. */
static int32_t first_undecided(const struct policy_result *ret)
{
    for (uint32_t i = 0; i < ret->rule_count; i++) {
        if (policy_fired(&ret->rules[i]) && has_effect(ret->rules[i].rule, EFFECT_UNDECIDED, 0, VERDICT_FULL))
            return (int32_t)i;
    }
    return -1;
}

static int32_t main_rule(const struct policy_result *ret, const struct outcome *o)
{
    int v = (int)o->verdict;
    if (v == VERDICT_INSUFFICIENT)
        return first_undecided(ret);
    if (o->settled)
        return strongest(ret, EFFECT_SETTLE, v, v);
    /* Approvals are carried by what lifts them, refusals by what holds them down. */
    struct candidate {
        enum effect_kind kind;
        int least, most;
    };
    const struct candidate lifted[] = { { EFFECT_FLOOR, v, v },
                                        { EFFECT_CEIL, v, v },
                                        { EFFECT_FLOOR, v, VERDICT_FULL } };
    const struct candidate vetoed[] = { { EFFECT_CEIL, VERDICT_EXTENSION, VERDICT_EXTENSION },
                                        { EFFECT_FLOOR, v, VERDICT_FULL } };
    const struct candidate held[] = { { EFFECT_CEIL, v, v },
                                      { EFFECT_FLOOR, v, VERDICT_FULL },
                                      { EFFECT_CEIL, VERDICT_DO_NOT_MIGRATE, VERDICT_FULL } };
    const struct candidate carried[] = { { EFFECT_FLOOR, v, v },
                                         { EFFECT_CEIL, VERDICT_DO_NOT_MIGRATE, VERDICT_FULL } };
    const struct candidate *order = carried;
    size_t n = ARRAY_LEN(carried);
    if (v >= VERDICT_EXTENSION) {
        order = lifted;
        n = ARRAY_LEN(lifted);
    } else if (o->veto_on_whole) {
        order = vetoed;
        n = ARRAY_LEN(vetoed);
    } else if (o->ceil <= o->floor) {
        order = held;
        n = ARRAY_LEN(held);
    }
    int32_t found = -1;
    for (size_t i = 0; i < n && found < 0; i++)
        found = strongest(ret, order[i].kind, order[i].least, order[i].most);
    return found;
}

/* --- gate --- */

static bool standing_rule_met(const struct policy_result *ret)
{
    const struct policy_rule_result *r = policy_rule_of(ret, "P001-RULE");
    return !r || !policy_fired(r);
}

static enum policy_gate gate_of_evidence(const struct policy_result *ret)
{
    bool closed = false, by_evidence = false;
    for (uint32_t i = 0; i < ret->rule_count; i++) {
        const struct policy_rule_result *r = &ret->rules[i];
        if (!policy_fired(r) || !(has_effect(r->rule, EFFECT_SETTLE, 0, VERDICT_FULL) ||
                                  has_effect(r->rule, EFFECT_CEIL, 0, VERDICT_OPTIMISE)))
            continue;
        closed = true;
        by_evidence = by_evidence || r->rule->basis == BASIS_EVIDENCE;
    }
    if (ret->verdict >= VERDICT_OPTIMISE && standing_rule_met(ret) && !closed)
        return GATE_PASS;
    return ret->verdict != VERDICT_INSUFFICIENT && by_evidence ? GATE_FAIL : GATE_INSUFFICIENT;
}

static bool gate_fill(struct engine *e, const struct policy_options *opt, struct policy_result *ret, struct err *err)
{
    if (opt->stage == STAGE_EVIDENCE) {
        ret->gate = gate_of_evidence(ret);
        return true;
    }
    enum policy_kind kind = opt->kind != KIND_UNKNOWN ? opt->kind : policy_kind_find(e->cells[FACT_kind].text);
    enum policy_verdict best = VERDICT_INSUFFICIENT;
    ret->gate = GATE_INSUFFICIENT;
    if (kind_covered(ret->verdict, kind)) {
        ret->gate = GATE_PASS;
        return true;
    }
    if (ret->verdict == VERDICT_INSUFFICIENT)
        return true;
    if (!verdict_at_best(e, &best, err))
        return false;
    /* Of an unknown kind it is not shown that nothing covers it while a part would be covered. */
    if (!kind_covered(best, kind == KIND_UNKNOWN ? KIND_NATIVE_EXTENSION : kind))
        ret->gate = GATE_FAIL;
    return true;
}

/* --- all of it --- */

struct chosen {
    const struct policy_pack **packs;
    size_t count;
    struct policy_pack *memory; /* owned until handed over */
};

static void chosen_release(struct chosen *c)
{
    free(c->packs);
    policy_pack_free(c->memory);
}

static bool choose(const struct policy_pack *const *packs, size_t n, struct span goal, bool exact, struct chosen *ret,
                   struct err *err)
{
    ret->packs = xcalloc(n + 1, sizeof *ret->packs);
    bool has_memory = false;
    for (size_t i = 0; i < n; i++) {
        ret->packs[i] = packs[i];
        has_memory = has_memory || strcmp(packs[i]->name, "memory") == 0;
    }
    ret->count = n;
    if (exact || has_memory || !span_is(goal, "memory"))
        return true;
    if (!policy_pack_builtin(SPAN("memory"), &ret->memory, err))
        return false;
    ret->packs[ret->count++] = ret->memory;
    return true;
}

static bool evaluate_opened(struct engine *e, const struct policy_options *opt, struct span goal,
                            struct policy_result *ret, struct err *err)
{
    bool *exempted = ARENA_ARRAY(&ret->arena, e->count, bool);
    struct resolve_options now = { .stage = opt->stage, .counts_as = -1 };
    struct outcome o = engine_resolve(e, &now, exempted);
    ret->stage = opt->stage;
    ret->verdict = o.verdict;
    ret->migration_allowed = o.verdict >= VERDICT_EXTENSION;
    rules_fill(e, opt, goal, exempted, ret);
    ret->main = main_rule(ret, &o);
    return result_open(e, opt, goal, ret) && gate_fill(e, opt, ret, err) && result_potential(e, ret, err) &&
           (!opt->flips || result_flips(e, ret, err));
}

/* e: empty, and open afterwards; texts of facts are borrowed. */
static bool evaluate_one(struct engine *e, const struct policy_pack *const *packs, size_t n,
                         const struct fact_set *facts, const struct policy_options *opt, struct policy_result *ret,
                         struct err *err)
{
    CLEANUP(chosen_release) struct chosen chosen = { 0 };
    struct span goal = facts_text(facts, FACT_goal);
    *ret = (struct policy_result){ .main = -1 };
    bool fine = choose(packs, n, goal, opt->packs_exact, &chosen, err) &&
                engine_open(e, chosen.packs, chosen.count, facts, err) && evaluate_opened(e, opt, goal, ret, err);
    if (!fine) {
        policy_result_release(ret);
        return false;
    }
    ret->memory_pack = chosen.memory;
    chosen.memory = NULL;
    return true;
}

static void answer_from(enum policy_goal goal, const struct policy_result *r, struct policy_result *ret)
{
    struct policy_answer *a = &ret->answers[ret->answer_count++];
    *a = (struct policy_answer){ .goal = goal, .verdict = r->verdict, .missing_count = r->ask_count };
    a->main = r->main >= 0 ? r->rules[r->main].rule : NULL;
    a->missing = ARENA_ARRAY(&ret->arena, r->ask_count, enum fact_id);
    for (uint32_t i = 0; i < r->ask_count; i++)
        a->missing[i] = r->ask[i];
}

/* The rules are prepared once for all goals; goal memory joins its own pack for its turn. */
static bool answer_with(struct engine *e, const struct policy_pack *const *packs, size_t n,
                        const struct fact_set *facts, const struct policy_options *opt, struct policy_result *ret,
                        struct err *err)
{
    CLEANUP(chosen_release) struct chosen chosen = { 0 };
    struct span goal = facts_text(facts, FACT_goal);
    *ret = (struct policy_result){ .main = -1 };
    bool fine = choose(packs, n, goal, opt->packs_exact, &chosen, err) &&
                (e->box ? engine_facts(e, facts, err) : engine_open(e, packs, n, facts, err));
    uint32_t count = e->count;
    fine = fine && (!chosen.memory || engine_add(e, chosen.memory, err)) && evaluate_opened(e, opt, goal, ret, err) &&
           engine_cut(e, count, err);
    if (!fine) {
        policy_result_release(ret);
        return false;
    }
    ret->memory_pack = chosen.memory;
    chosen.memory = NULL;
    return true;
}

static bool answers_fill(struct engine *shared, const struct policy_pack *const *packs, size_t n,
                         const struct fact_set *facts, const struct policy_options *opt, struct policy_result *ret,
                         struct err *err)
{
    struct policy_options plain = *opt;
    plain.answers = plain.flips = false;
    CLEANUP(freep) struct fact_set *copy = xcalloc(1, sizeof *copy);
    for (int g = 0; g < GOAL_COUNT; g++) {
        const char *name = policy_goal_name((enum policy_goal)g);
        if (span_is(facts_text(facts, FACT_goal), name)) {
            answer_from((enum policy_goal)g, ret, ret);
            continue;
        }
        *copy = opt->goal_facts[g] ? *opt->goal_facts[g] : *facts;
        facts_set_text(copy, FACT_goal, span_of(name), ORIGIN_COMPUTED, "");
        struct policy_result other;
        if (!answer_with(shared, packs, n, copy, &plain, &other, err))
            return false;
        answer_from((enum policy_goal)g, &other, ret);
        if (other.memory_pack && !ret->memory_pack) {
            ret->memory_pack = other.memory_pack; /* an answer may name one of its rules */
            other.memory_pack = NULL;
        }
        policy_result_release(&other);
    }
    return true;
}

bool policy_evaluate(const struct policy_pack *const *packs, size_t n, const struct fact_set *facts,
                     const struct policy_options *opt, struct policy_result *ret, struct err *err)
{
    CLEANUP(engine_close) struct engine e = { 0 };
    struct policy_result r;
    if (!evaluate_one(&e, packs, n, facts, opt, &r, err))
        return false;
    if (r.memory_pack)
        engine_close(&e); /* the other goals are not answered with its rules */
    if (opt->answers && !answers_fill(&e, packs, n, facts, opt, &r, err)) {
        policy_result_release(&r);
        return false;
    }
    *ret = r;
    return true;
}

void policy_result_release(struct policy_result *r)
{
    arena_release(&r->arena);
    policy_pack_free(r->memory_pack);
    *r = (struct policy_result){ .main = -1 };
}

const struct policy_rule_result *policy_rule_of(const struct policy_result *r, const char *id)
{
    for (uint32_t i = 0; i < r->rule_count; i++) {
        if (strcmp(r->rules[i].rule->id, id) == 0)
            return &r->rules[i];
    }
    return NULL;
}
