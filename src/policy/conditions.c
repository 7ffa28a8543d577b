/* conditions.c - a list of conditions over one sandbox. Texts that stand there a thousand times are prepared once. */
#include <stdlib.h>

#include "base/vec.h"
#include "policy/pack.h"
#include "policy/probe.h"

struct prepared {
    struct span when; /* in the arena */
    struct expr expr;
    struct sql_predicate *predicate;
};

struct policy_conditions {
    struct arena arena;
    struct sql_sandbox *box;
    struct expr_cell cells[FACT_COUNT];
    struct fact_set facts; /* what the cells' texts point into */
    struct {
        struct prepared *items;
        size_t count, cap;
    } all;
};

bool policy_conditions_open(struct policy_conditions **ret, struct err *err)
{
    struct policy_conditions *c = xcalloc(1, sizeof *c);
    for (size_t i = 0; i < FACT_COUNT; i++)
        c->cells[i].num = NUM_UNKNOWN;
    if (!policy_sandbox_open(c->cells, &c->box, err)) {
        free(c);
        return false;
    }
    *ret = c;
    return true;
}

static bool same_text(struct span a, struct span b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && span_eq(a, b);
}

void policy_conditions_facts(struct policy_conditions *c, const struct fact_set *facts)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &facts->v[i];
        struct expr_cell *cell = &c->cells[i];
        if (fact_infos[i].kind == FACT_TEXT) {
            struct span was = cell->text;
            struct span is = v->known ? span_of(v->text) : (struct span){ 0 };
            if (!same_text(was, is))
                sql_sandbox_set_text(c->box, i, is);
            c->facts.v[i] = *v;
            cell->text = v->known ? span_of(c->facts.v[i].text) : (struct span){ 0 };
        } else {
            double is = v->known ? v->num : NUM_UNKNOWN;
            bool same = is == cell->num || (!num_known(is) && !num_known(cell->num));
            if (!same)
                sql_sandbox_set_num(c->box, i, is);
            cell->num = is;
        }
    }
}

static bool find(struct policy_conditions *c, struct span when, struct prepared **ret, struct err *err)
{
    for (size_t i = 0; i < c->all.count; i++) {
        if (span_eq(c->all.items[i].when, when)) {
            *ret = &c->all.items[i];
            return true;
        }
    }
    struct prepared p = { .when = arena_span(&c->arena, when) };
    if (!sql_expression_check(p.when, err) || !expr_parse(p.when, &c->arena, &p.expr, err) ||
        !sql_predicate_new(c->box, p.when, &p.predicate, err))
        return false;
    VEC_PUSH(&c->all, p);
    *ret = &c->all.items[c->all.count - 1];
    return true;
}

bool policy_conditions_eval(struct policy_conditions *c, struct span when, struct policy_condition *ret,
                            struct err *err)
{
    struct prepared *p = NULL;
    *ret = (struct policy_condition){ .value = SQL_NULL, .measured = NUM_UNKNOWN, .line = NUM_UNKNOWN };
    if (!find(c, when, &p, err) || !sql_predicate_eval(p->predicate, &ret->value, err))
        return false;
    policy_condition_decide(&p->expr, c->cells, c->cells[FACT_goal].text, ret);
    return true;
}

void policy_conditions_free(struct policy_conditions *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->all.count; i++)
        sql_predicate_free(c->all.items[i].predicate);
    free(c->all.items);
    sql_sandbox_close(c->box);
    arena_release(&c->arena);
    free(c);
}
