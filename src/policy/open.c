/* open.c - open questions: which rules without a value would change the verdict, which unknown facts they ask for, and
 * the smallest set of facts that touches all of them. */
#include <stdlib.h>

#include "policy/engine.h"

enum { ASKS_MAX = 64 };

/* Rules about rare circumstances ask only where somebody began to answer. */
static const char *const only_when_touched[] = { "GC-01", "LOOP-01", "CPU-06", "CPU-07", "CPU-09", "AD-07", "AD-08" };

/* Stated with the question or filled by a default: never asked for, and no sign that a rule matters. */
static bool is_question(enum fact_id f)
{
    return f == FACT_goal || f == FACT_goal_gain || f == FACT_min_useful_gain || f == FACT_cpu_bound_threshold ||
           f == FACT_wait_bound_threshold;
}

static bool of_comparison(enum fact_id f)
{
    return f == FACT_ab_measured || f == FACT_ab_scope || f == FACT_ab_gain_lo || f == FACT_ab_gain_est ||
           f == FACT_ab_gain_hi || f == FACT_component_saved_lo || f == FACT_component_saved_hi ||
           f == FACT_alt_gain_lo || f == FACT_alt_gain_est || f == FACT_alt_gain_hi;
}

static bool comparison_given(const struct engine *e, const struct policy_options *opt)
{
    if (opt->comparison_given || e->cells[FACT_ab_measured].num == 1)
        return true;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (of_comparison((enum fact_id)i) && i != FACT_ab_measured && engine_known(e, (enum fact_id)i))
            return true;
    }
    return false;
}

static bool starts(const char *text, const char *with)
{
    return span_starts(span_of(text), span_of(with));
}

static bool touched(const struct engine *e, const struct engine_rule *r)
{
    for (size_t i = 0; i < r->read_count; i++) {
        enum fact_id f = (enum fact_id)r->reads[i];
        if (!is_question(f) && engine_known(e, f))
            return true;
    }
    return false;
}

static bool may_ask(const struct engine *e, const struct engine_rule *r, const struct policy_options *opt)
{
    const char *id = r->rule->id;
    bool proposal = opt->proposal_given || opt->stage == STAGE_DECISION;
    if (!rule_applies(r->rule, opt->stage))
        return false;
    if ((starts(id, "ROI-") || strcmp(r->rule->pack, "score-sheet") == 0) && !proposal)
        return false;
    if ((starts(id, "AB-") || starts(id, "ALT-")) && !comparison_given(e, opt))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(only_when_touched); i++) {
        if (strcmp(id, only_when_touched[i]) == 0)
            return touched(e, r);
    }
    return true;
}

static bool asks_for(const struct engine *e, const struct policy_options *opt, struct span goal, enum fact_id f)
{
    return !engine_known(e, f) && !is_question(f) && fact_serves_goal(f, goal) &&
           (!of_comparison(f) || comparison_given(e, opt));
}

/* A fired `undecided` rule whose unknown facts all stand inside COALESCE asks for the yes or no that would lift it. */
static bool lifted_by_yes(const struct engine *e, const struct engine_rule *r, enum fact_id f)
{
    const struct expr *x = &r->rule->expr;
    if (x->opaque || fact_infos[f].kind != FACT_BOOL)
        return false;
    struct expr_value *values = xcalloc(x->node_count, sizeof *values);
    struct expr_cell *cells = xcalloc(FACT_COUNT, sizeof *cells);
    memcpy(cells, e->cells, sizeof e->cells);
    cells[f].num = 1;
    expr_values(x, cells, values);
    bool lifted = values[x->node_count - 1].num == 0;
    free(cells);
    free(values);
    return lifted;
}

static uint32_t add_once(enum fact_id *out, uint32_t n, enum fact_id f)
{
    for (uint32_t i = 0; i < n; i++) {
        if (out[i] == f)
            return n;
    }
    if (n < ASKS_MAX)
        out[n++] = f;
    return n;
}

/* Of overlapping work nobody can measure the share itself: operations, their mean time and the window give it. */
static uint32_t ask_add(const struct engine *e, enum fact_id f, enum fact_id *out, uint32_t n)
{
    static const enum fact_id window[] = { FACT_ops, FACT_op_s, FACT_wall_s };
    bool share = f == FACT_cpu_share_lo || f == FACT_cpu_share_est || f == FACT_cpu_share_hi;
    bool told = false;
    for (size_t i = 0; share && span_is(e->cells[FACT_concurrency].text, "overlapping") && i < ARRAY_LEN(window); i++) {
        if (!engine_known(e, window[i])) {
            n = add_once(out, n, window[i]);
            told = true;
        }
    }
    return told ? n : add_once(out, n, f);
}

uint32_t rule_asks(const struct engine *e, const struct engine_rule *r, const struct policy_options *opt,
                   struct span goal, enum fact_id out[64])
{
    uint32_t n = 0;
    if (r->value == SQL_FALSE || !may_ask(e, r, opt))
        return 0;
    for (uint32_t i = 0; i < r->rule->expr.read_count; i++) {
        const struct expr_read *read = &r->rule->expr.reads[i];
        /* Under IS an unknown fact has a value already: knowing it can only switch the rule off. */
        if (!read->plain || (r->value == SQL_NULL && read->is_tested))
            continue;
        if (asks_for(e, opt, goal, read->fact))
            n = ask_add(e, read->fact, out, n);
    }
    bool lift = n == 0 && r->value == SQL_TRUE;
    for (uint32_t i = 0; lift && i < r->rule->expr.read_count; i++) {
        enum fact_id f = r->rule->expr.reads[i].fact;
        if (asks_for(e, opt, goal, f) && lifted_by_yes(e, r, f))
            n = add_once(out, n, f);
    }
    return n;
}

static bool is_undecided(const struct policy_rule *r)
{
    for (uint32_t i = 0; i < r->effect_count; i++) {
        if (r->effects[i].kind == EFFECT_UNDECIDED)
            return true;
    }
    return false;
}

struct asking {
    const struct engine *e;
    const struct policy_options *opt;
    struct span goal;
    struct policy_result *ret;
};

static void open_add(struct asking *a, int32_t rule, const enum fact_id *facts, uint32_t n, enum policy_verdict v)
{
    struct policy_open *o = &a->ret->open[a->ret->open_count++];
    *o = (struct policy_open){ .rule = rule, .fact_count = n, .verdict = v };
    o->facts = ARENA_ARRAY(&a->ret->arena, n, enum fact_id);
    for (uint32_t i = 0; i < n; i++)
        o->facts[i] = facts[i];
}

static bool is_exempted(const struct policy_result *ret, int32_t rule)
{
    return ret->rules[rule].exempted;
}

/* Rules one by one: without a value as if true, fired `undecided` as if false. */
static void open_single(struct asking *a, bool fired)
{
    int32_t at = -1; /* index among the rules of this stage */
    for (uint32_t i = 0; i < a->e->count; i++) {
        const struct engine_rule *r = &a->e->rules[i];
        if (!rule_applies(r->rule, a->opt->stage))
            continue;
        at++;
        bool looked_at = fired ? r->value == SQL_TRUE && r->rule->basis == BASIS_ABSENCE && is_undecided(r->rule)
                               : r->value == SQL_NULL && may_ask(a->e, r, a->opt);
        if (!looked_at || is_exempted(a->ret, at))
            continue;
        struct resolve_options what_if = { .stage = a->opt->stage,
                                           .counts_as = (int32_t)i,
                                           .value = fired ? SQL_FALSE : SQL_TRUE };
        struct outcome o = engine_resolve(a->e, &what_if, NULL);
        enum fact_id facts[ASKS_MAX];
        uint32_t n = rule_asks(a->e, r, a->opt, a->goal, facts);
        if (fired || (o.verdict != a->ret->verdict && n > 0))
            open_add(a, at, facts, n, o.verdict);
    }
}

static void open_together(struct asking *a)
{
    CLEANUP(freep) bool *all = xcalloc(a->e->count, sizeof *all);
    enum fact_id facts[FACT_COUNT];
    bool seen[FACT_COUNT] = { false };
    uint32_t n = 0;
    for (uint32_t i = 0; i < a->e->count; i++) {
        const struct engine_rule *r = &a->e->rules[i];
        all[i] = r->value == SQL_NULL && may_ask(a->e, r, a->opt);
        enum fact_id own[ASKS_MAX];
        uint32_t k = all[i] ? rule_asks(a->e, r, a->opt, a->goal, own) : 0;
        for (uint32_t j = 0; j < k; j++) {
            if (!seen[own[j]])
                facts[n++] = own[j];
            seen[own[j]] = true;
        }
    }
    struct resolve_options what_if = { .stage = a->opt->stage, .counts_as = -1, .all_true = all };
    struct outcome o = engine_resolve(a->e, &what_if, NULL);
    if (o.verdict != a->ret->verdict && n > 0)
        open_add(a, -1, facts, n, o.verdict);
}

static uint32_t touches(const struct policy_result *ret, const bool *done, enum fact_id f)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ret->open_count; i++) {
        bool has = false;
        for (uint32_t k = 0; k < ret->open[i].fact_count; k++)
            has = has || ret->open[i].facts[k] == f;
        n += has && !done[i];
    }
    return n;
}

static void mark_done(const struct policy_result *ret, bool *done, enum fact_id f)
{
    for (uint32_t i = 0; i < ret->open_count; i++) {
        for (uint32_t k = 0; k < ret->open[i].fact_count; k++)
            done[i] = done[i] || ret->open[i].facts[k] == f;
    }
}

/* Greedy cover: the fact in most open rules first, ties by price, then in the order of the dictionary. */
static void ask_fill(struct policy_result *ret)
{
    CLEANUP(freep) bool *done = xcalloc(ret->open_count, sizeof *done);
    ret->ask = ARENA_ARRAY(&ret->arena, ret->open_count, enum fact_id);
    for (;;) {
        uint32_t best = 0;
        enum fact_id pick = FACT_goal;
        for (size_t i = 0; i < FACT_COUNT; i++) {
            uint32_t n = touches(ret, done, (enum fact_id)i);
            if (n > best || (n == best && n > 0 && fact_infos[i].price < fact_infos[pick].price)) {
                best = n;
                pick = (enum fact_id)i;
            }
        }
        if (best == 0)
            break;
        mark_done(ret, done, pick);
        uint32_t at = ret->ask_count++;
        /* printed cheapest first */
        for (; at > 0 && fact_infos[ret->ask[at - 1]].price > fact_infos[pick].price; at--)
            ret->ask[at] = ret->ask[at - 1];
        ret->ask[at] = pick;
    }
}

bool result_open(const struct engine *e, const struct policy_options *opt, struct span goal, struct policy_result *ret)
{
    struct asking a = { .e = e, .opt = opt, .goal = goal, .ret = ret };
    ret->open = ARENA_ARRAY(&ret->arena, e->count + 1, struct policy_open);
    open_single(&a, false);
    if (ret->open_count == 0)
        open_together(&a);
    if (ret->verdict == VERDICT_INSUFFICIENT)
        open_single(&a, true);
    ask_fill(ret);
    return true;
}
