/* probe.c - conditions and what-ifs by the same sandbox and ladder as an evaluation. */
#include "policy/probe.h"

#include <stdlib.h>

#include "policy/engine.h"
#include "policy/pack.h"

static void cells_of(const struct fact_set *facts, struct expr_cell *cells)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &facts->v[i];
        cells[i] = (struct expr_cell){ .num = NUM_UNKNOWN };
        if (v->known && fact_infos[i].kind == FACT_TEXT)
            cells[i].text = span_of(v->text);
        else if (v->known)
            cells[i].num = v->num;
    }
}

void policy_condition_decide(const struct expr *x, const struct expr_cell *cells, struct span goal,
                             struct policy_condition *ret)
{
    struct expr_deciding by;
    if (x->opaque || x->node_count == 0)
        return;
    CLEANUP(freep) struct expr_value *values = xcalloc(x->node_count, sizeof *values);
    expr_values(x, cells, values);
    if (!expr_deciding(x, values, ret->value, goal, &by))
        return;
    bool is_known = num_known(cells[by.fact].num) || cells[by.fact].text.ptr;
    ret->has_deciding = true;
    ret->deciding = by.fact;
    ret->measured = is_known ? by.measured : NUM_UNKNOWN;
    ret->line = by.line;
}

bool policy_condition_eval(struct span when, const struct fact_set *facts, struct policy_condition *ret,
                           struct err *err)
{
    CLEANUP(arena_release) struct arena arena = { 0 };
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    CLEANUP(freep) struct expr_cell *cells = xcalloc(FACT_COUNT, sizeof *cells);
    struct expr x;
    *ret = (struct policy_condition){ .value = SQL_NULL, .measured = NUM_UNKNOWN, .line = NUM_UNKNOWN };
    cells_of(facts, cells);
    if (!sql_expression_check(when, err) || !expr_parse(when, &arena, &x, err) ||
        !policy_sandbox_open(cells, &box, err) || !sql_sandbox_eval(box, when, &ret->value, err))
        return false;
    policy_condition_decide(&x, cells, facts_text(facts, FACT_goal), ret);
    return true;
}

struct policy_probe {
    struct engine engine;
};

bool policy_probe_open(const struct policy_pack *const *packs, size_t n, const struct fact_set *facts,
                       struct policy_probe **ret, struct err *err)
{
    *ret = xcalloc(1, sizeof **ret);
    if (engine_open(&(*ret)->engine, packs, n, facts, err))
        return true;
    policy_probe_freep(ret);
    return false;
}

bool policy_probe_verdict(struct policy_probe *p, const struct fact_set *facts, enum policy_verdict *ret,
                          struct err *err)
{
    struct resolve_options opt = { .stage = STAGE_DECISION, .counts_as = -1 };
    for (size_t i = 0; i < FACT_COUNT; i++) {
        double now = p->engine.cells[i].num, then = facts->v[i].known ? facts->v[i].num : NUM_UNKNOWN;
        bool same = now == then || (!num_known(now) && !num_known(then));
        if (fact_infos[i].kind != FACT_TEXT && !same && !engine_set(&p->engine, (enum fact_id)i, then, err))
            return false;
    }
    *ret = engine_resolve(&p->engine, &opt, NULL).verdict;
    return true;
}

void policy_probe_free(struct policy_probe *p)
{
    if (!p)
        return;
    engine_close(&p->engine);
    free(p);
}

void policy_probe_freep(struct policy_probe **p)
{
    policy_probe_free(*p);
    *p = NULL;
}
