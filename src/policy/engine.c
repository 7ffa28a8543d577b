/* engine.c - prepared rules over cells in memory. */
#include "policy/engine.h"

#include <stdlib.h>
#include <string.h>

#include "policy/pack.h"

static void cells_fill(struct expr_cell *cells, const struct fact_set *facts)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        cells[i] = (struct expr_cell){ .num = NUM_UNKNOWN };
        if (!facts->v[i].known)
            continue;
        if (fact_infos[i].kind == FACT_TEXT)
            cells[i].text = span_of(facts->v[i].text);
        else
            cells[i].num = facts->v[i].num;
    }
}

static bool rule_evaluate(struct engine_rule *r, struct err *err)
{
    if (!sql_predicate_eval(r->predicate, &r->value, err))
        return err_wrap(err, "rule %s", r->rule->id);
    return true;
}

static enum sql_truth truth_of(double whole)
{
    return !num_known(whole) ? SQL_NULL : whole != 0 ? SQL_TRUE : SQL_FALSE;
}

static enum sql_truth rule_reading(const struct engine *e, const struct engine_rule *r)
{
    struct expr_value values[EXPR_NODES_MAX];
    const struct expr *x = &r->rule->expr;
    expr_values(x, e->cells, values);
    return truth_of(values[x->node_count - 1].num);
}

static bool id_is_new(const struct engine *e, const struct policy_rule *rule, struct err *err)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if (strcmp(e->rules[i].rule->id, rule->id) == 0)
            return err_set(err, ERR_VALUE, "rule %s stands in packs %s and %s", rule->id, e->rules[i].rule->pack,
                           rule->pack);
    }
    return true;
}

static bool rule_add(struct engine *e, const struct policy_rule *rule, struct err *err)
{
    struct engine_rule *r = &e->rules[e->count];
    if (!id_is_new(e, rule, err))
        return false;
    if (!sql_predicate_new(e->box, rule->predicate, &r->predicate, err))
        return err_wrap(err, "rule %s", rule->id);
    r->rule = rule;
    r->reads = sql_predicate_columns(r->predicate, &r->read_count);
    e->count++;
    if (!rule_evaluate(r, err))
        return false;
    const struct expr *x = &rule->expr;
    r->quick = !x->opaque && x->node_count > 0 && x->node_count <= EXPR_NODES_MAX && rule_reading(e, r) == r->value;
    return true;
}

static bool exempts_fill(struct engine *e, struct err *err)
{
    if (!e->exempts)
        e->exempts = xcalloc(ENGINE_EXEMPTS_MAX, sizeof *e->exempts);
    e->exempt_count = 0;
    for (uint32_t i = 0; i < e->count; i++) {
        const struct policy_rule *r = e->rules[i].rule;
        for (uint32_t k = 0; k < r->effect_count; k++) {
            for (uint32_t j = 0; r->effects[k].kind == EFFECT_EXEMPT && j < e->count; j++) {
                if (i == j || strcmp(e->rules[j].rule->id, r->effects[k].name) != 0)
                    continue; /* nothing exempts itself */
                if (e->exempt_count == ENGINE_EXEMPTS_MAX)
                    return err_set(err, ERR_LIMIT, "more than %d exemptions in all packs", ENGINE_EXEMPTS_MAX);
                e->exempts[e->exempt_count].by = i;
                e->exempts[e->exempt_count++].of = j;
            }
        }
    }
    return true;
}

bool engine_open(struct engine *e, const struct policy_pack *const *packs, size_t n, const struct fact_set *facts,
                 struct err *err)
{
    *e = (struct engine){ 0 };
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += packs[i]->rule_count;
    e->rules = xcalloc(total, sizeof *e->rules);
    cells_fill(e->cells, facts);
    if (!policy_sandbox_open(e->cells, &e->box, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < packs[i]->rule_count; k++) {
            if (!rule_add(e, &packs[i]->rules[k], err))
                return false;
        }
    }
    return exempts_fill(e, err);
}

bool engine_add(struct engine *e, const struct policy_pack *pack, struct err *err)
{
    e->rules = xrealloc(e->rules, (size_t)e->count + pack->rule_count, sizeof *e->rules);
    memset(e->rules + e->count, 0, pack->rule_count * sizeof *e->rules);
    for (uint32_t k = 0; k < pack->rule_count; k++) {
        if (!rule_add(e, &pack->rules[k], err))
            return false;
    }
    return exempts_fill(e, err);
}

static void rule_release(struct engine_rule *r)
{
    sql_predicate_free(r->predicate);
    free(r->values);
    free(r->nodes);
    free(r->from);
}

bool engine_cut(struct engine *e, uint32_t count, struct err *err)
{
    if (e->count == count)
        return true;
    while (e->count > count)
        rule_release(&e->rules[--e->count]);
    return exempts_fill(e, err);
}

void engine_close(struct engine *e)
{
    for (uint32_t i = 0; i < e->count; i++)
        rule_release(&e->rules[i]);
    free(e->rules);
    free(e->exempts);
    sql_sandbox_close(e->box);
    *e = (struct engine){ 0 };
}

/* Which of its facts it is; read_count when the rule does not read it. */
static size_t read_of(const struct engine_rule *r, enum fact_id fact)
{
    size_t i = 0;
    while (i < r->read_count && r->reads[i] != (uint16_t)fact)
        i++;
    return i;
}

static void quick_prepare(struct engine_rule *r)
{
    const struct expr *x = &r->rule->expr;
    uint32_t n = 0;
    r->values = xcalloc(x->node_count, sizeof *r->values);
    r->nodes = xcalloc(r->read_count * x->node_count, sizeof *r->nodes);
    r->from = xcalloc(r->read_count + 1, sizeof *r->from);
    for (size_t i = 0; i < r->read_count; i++) {
        n += expr_dependents(x, (enum fact_id)r->reads[i], r->nodes + n);
        r->from[i + 1] = n;
    }
}

/* Of a long predicate one fact moves a few nodes only. */
static void quick_evaluate(const struct engine *e, struct engine_rule *r, size_t read)
{
    const struct expr *x = &r->rule->expr;
    if (!r->values)
        quick_prepare(r);
    if (r->fresh)
        expr_values_again(x, e->cells, r->nodes + r->from[read], r->from[read + 1] - r->from[read], r->values);
    else
        expr_values(x, e->cells, r->values);
    r->fresh = true;
    r->value = truth_of(r->values[x->node_count - 1].num);
}

bool engine_set(struct engine *e, enum fact_id fact, double num, struct err *err)
{
    e->cells[fact].num = num;
    sql_sandbox_set_num(e->box, (size_t)fact, num);
    for (uint32_t i = 0; i < e->count; i++) {
        struct engine_rule *r = &e->rules[i];
        if (read_of(r, fact) == r->read_count)
            continue;
        r->fresh = false;
        if (!rule_evaluate(r, err))
            return false;
    }
    return true;
}

bool engine_facts(struct engine *e, const struct fact_set *facts, struct err *err)
{
    cells_fill(e->cells, facts);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_infos[i].kind == FACT_TEXT)
            sql_sandbox_set_text(e->box, i, e->cells[i].text);
        else
            sql_sandbox_set_num(e->box, i, e->cells[i].num);
    }
    for (uint32_t i = 0; i < e->count; i++) {
        e->rules[i].fresh = false;
        if (!rule_evaluate(&e->rules[i], err))
            return false;
    }
    return true;
}

bool engine_set_quick(struct engine *e, enum fact_id fact, double num, struct err *err)
{
    e->cells[fact].num = num;
    sql_sandbox_set_num(e->box, (size_t)fact, num);
    for (uint32_t i = 0; i < e->count; i++) {
        struct engine_rule *r = &e->rules[i];
        size_t read = read_of(r, fact);
        if (read == r->read_count)
            continue;
        if (r->quick)
            quick_evaluate(e, r, read);
        else if (!rule_evaluate(r, err))
            return false;
    }
    return true;
}

bool engine_known(const struct engine *e, enum fact_id fact)
{
    return e->cells[fact].text.ptr || num_known(e->cells[fact].num);
}
