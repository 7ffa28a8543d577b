/* expr_eval.c - values of a predicate's parts, and how far each condition is from being true or false.
 * The distances steer a search (policy check); verdicts come from SQLite alone. */
#include <math.h>

#include "policy/expr.h"

static const struct expr_value unknown = { .num = NUM_UNKNOWN, .to_true = 1, .to_false = 1 };

static bool is_null(const struct expr_value *v)
{
    return !num_known(v->num) && !v->text.ptr;
}

static struct expr_value number(double x)
{
    if (!isfinite(x))
        return unknown;
    return (struct expr_value){ .num = x, .to_true = x != 0 ? 0 : 1, .to_false = x != 0 ? 1 : 0 };
}

static struct expr_value condition(bool holds, double distance)
{
    return (struct expr_value){ .num = holds, .to_true = holds ? 0 : distance, .to_false = holds ? distance : 0 };
}

/* Between 0 and 1, never 0: two numbers that are not as wanted. */
static double apart(double a, double b)
{
    double d = fabs(a - b) / (fabs(a) + fabs(b) + 1e-6);
    return 0.01 + 0.9 * (d > 1 ? 1 : d);
}

static struct expr_value compare(enum expr_op op, const struct expr_value *a, const struct expr_value *b)
{
    if (is_null(a) || is_null(b))
        return unknown;
    if (a->text.ptr || b->text.ptr) {
        bool same = a->text.ptr && b->text.ptr && span_eq(a->text, b->text);
        return condition(op == EXPR_EQ ? same : op == EXPR_NE ? !same : false, 0.9);
    }
    bool holds = (op == EXPR_LT && a->num < b->num) || (op == EXPR_LE && a->num <= b->num) ||
                 (op == EXPR_GT && a->num > b->num) || (op == EXPR_GE && a->num >= b->num) ||
                 (op == EXPR_EQ && a->num == b->num) || (op == EXPR_NE && a->num != b->num);
    return condition(holds, apart(a->num, b->num));
}

static struct expr_value is_same(const struct expr_value *a, const struct expr_value *b, bool negated)
{
    if (is_null(a) || is_null(b))
        return condition((is_null(a) && is_null(b)) != negated, 0.9);
    struct expr_value eq = compare(EXPR_EQ, a, b);
    return negated ? condition(eq.num == 0, 0.9) : eq;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static struct expr_value both(const struct expr_value *a, const struct expr_value *b)
{
    bool no = a->num == 0 || b->num == 0;
    bool yes = !no && !is_null(a) && !is_null(b);
    return (struct expr_value){ .num = no    ? 0
                                       : yes ? 1
                                             : NUM_UNKNOWN,
                                .to_true = a->to_true + b->to_true,
                                .to_false = least(a->to_false, b->to_false) };
}

static struct expr_value invert(const struct expr_value *a)
{
    return (struct expr_value){ .num = is_null(a) ? NUM_UNKNOWN : a->num == 0,
                                .to_true = a->to_false,
                                .to_false = a->to_true };
}

static struct expr_value either(const struct expr_value *a, const struct expr_value *b)
{
    struct expr_value na = invert(a), nb = invert(b);
    struct expr_value none = both(&na, &nb);
    return invert(&none);
}

static struct expr_value arithmetic(enum expr_op op, const struct expr_value *a, const struct expr_value *b)
{
    if (!num_known(a->num) || !num_known(b->num))
        return unknown;
    double x = op == EXPR_ADD   ? a->num + b->num
               : op == EXPR_SUB ? a->num - b->num
               : op == EXPR_MUL ? a->num * b->num
               : b->num == 0    ? NUM_UNKNOWN
                                : a->num / b->num;
    return number(x);
}

static struct expr_value extreme(const struct expr_node *n, const struct expr_value *v)
{
    double x = v[n->args[0]].num;
    for (uint8_t i = 0; i < n->arg_count; i++) {
        double y = v[n->args[i]].num;
        if (!num_known(y))
            return unknown;
        x = n->op == EXPR_MIN ? fmin(x, y) : fmax(x, y);
    }
    return number(x);
}

static struct expr_value round_to(const struct expr_node *n, const struct expr_value *v)
{
    double digits = n->arg_count > 1 ? v[n->args[1]].num : 0;
    if (!num_known(digits))
        return unknown;
    double scale = pow(10, fmin(fmax(digits, 0), 15));
    return number(round(v[n->args[0]].num * scale) / scale);
}

static struct expr_value one_of(const struct expr_node *n, const struct expr_value *v)
{
    struct expr_value found = condition(false, 0.9);
    for (uint8_t i = 1; i < n->arg_count; i++) {
        struct expr_value eq = compare(EXPR_EQ, &v[n->args[0]], &v[n->args[i]]);
        found = either(&found, &eq);
    }
    return found;
}

static struct expr_value first_known(const struct expr_node *n, const struct expr_value *v)
{
    for (uint8_t i = 0; i < n->arg_count; i++) {
        if (!is_null(&v[n->args[i]]))
            return v[n->args[i]];
    }
    return unknown;
}

static struct expr_value leaf(const struct expr_node *n, const struct expr_cell *cells)
{
    if (n->op == EXPR_NUM)
        return number(n->num);
    if (n->op == EXPR_TEXT)
        return (struct expr_value){ .num = NUM_UNKNOWN, .text = n->text, .to_true = 1, .to_false = 1 };
    if (n->op == EXPR_NULL)
        return unknown;
    const struct expr_cell *c = &cells[n->fact];
    if (c->text.ptr)
        return (struct expr_value){ .num = NUM_UNKNOWN, .text = c->text, .to_true = 1, .to_false = 1 };
    return num_known(c->num) ? number(c->num) : unknown;
}

static struct expr_value call(const struct expr_node *n, const struct expr_value *v)
{
    const struct expr_value *a = &v[n->args[0]];
    if (n->op == EXPR_COALESCE)
        return first_known(n, v);
    if (n->op == EXPR_NULLIF)
        return compare(EXPR_EQ, a, &v[n->args[1]]).num == 1 ? unknown : *a;
    if (n->op == EXPR_ABS)
        return number(fabs(a->num));
    return n->op == EXPR_ROUND ? round_to(n, v) : extreme(n, v);
}

static struct expr_value between(const struct expr_value *x, const struct expr_value *low,
                                 const struct expr_value *high)
{
    struct expr_value above = compare(EXPR_GE, x, low), below = compare(EXPR_LE, x, high);
    return both(&above, &below);
}

static struct expr_value inner(const struct expr_node *n, const struct expr_value *v)
{
    const struct expr_value *a = &v[n->args[0]], *b = &v[n->args[n->arg_count > 1 ? 1 : 0]];
    if (n->op >= EXPR_ADD && n->op <= EXPR_DIV)
        return arithmetic(n->op, a, b);
    if (n->op >= EXPR_LT && n->op <= EXPR_NE)
        return compare(n->op, a, b);
    if (n->op == EXPR_NEG)
        return number(-a->num);
    if (n->op == EXPR_IS || n->op == EXPR_IS_NOT)
        return is_same(a, b, n->op == EXPR_IS_NOT);
    if (n->op == EXPR_IN)
        return one_of(n, v);
    if (n->op == EXPR_BETWEEN)
        return between(a, b, &v[n->args[2]]);
    if (n->op == EXPR_NOT)
        return invert(a);
    if (n->op == EXPR_AND)
        return both(a, b);
    return n->op == EXPR_OR ? either(a, b) : call(n, v);
}

void expr_values(const struct expr *e, const struct expr_cell *cells, struct expr_value *values)
{
    for (uint32_t i = 0; i < e->node_count; i++) {
        const struct expr_node *n = &e->nodes[i];
        values[i] = n->op <= EXPR_FACT ? leaf(n, cells) : inner(n, values);
    }
}

void expr_values_again(const struct expr *e, const struct expr_cell *cells, const uint16_t *nodes, uint32_t n,
                       struct expr_value *values)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct expr_node *x = &e->nodes[nodes[i]];
        values[nodes[i]] = x->op <= EXPR_FACT ? leaf(x, cells) : inner(x, values);
    }
}

uint32_t expr_dependents(const struct expr *e, enum fact_id fact, uint16_t *ret)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->node_count; i++) {
        const struct expr_node *x = &e->nodes[i];
        bool hangs = x->op == EXPR_FACT && x->fact == fact;
        for (uint8_t k = 0; !hangs && x->op > EXPR_FACT && k < x->arg_count; k++) {
            for (uint32_t j = 0; j < n && !hangs; j++)
                hangs = ret[j] == x->args[k];
        }
        if (hangs)
            ret[n++] = (uint16_t)i;
    }
    return n;
}

/* --- the comparison that decides --- */

/* The first fact under a node that is a number of its own (no threshold, no yes or no). */
static bool main_fact(const struct expr *e, uint16_t at, enum fact_id *ret)
{
    uint16_t stack[EXPR_NODES_MAX];
    size_t depth = 0;
    stack[depth++] = at;
    while (depth > 0) {
        const struct expr_node *n = &e->nodes[stack[--depth]];
        if (n->op == EXPR_FACT && fact_infos[n->fact].kind == FACT_NUM) {
            *ret = n->fact;
            return true;
        }
        for (uint8_t i = n->arg_count; i > 0; i--)
            stack[depth++] = n->args[i - 1];
    }
    return false;
}

static bool is_threshold(enum fact_id f)
{
    return f == FACT_goal_gain || f == FACT_min_useful_gain || f == FACT_cpu_bound_threshold ||
           f == FACT_wait_bound_threshold;
}

static bool atom_read(const struct expr *e, const struct expr_node *n, struct span goal, struct expr_deciding *ret,
                      uint16_t *ret_line)
{
    bool order = (n->op >= EXPR_LT && n->op <= EXPR_GE) || n->op == EXPR_EQ || n->op == EXPR_BETWEEN;
    if (!order || !main_fact(e, n->args[0], &ret->fact) || is_threshold(ret->fact))
        return false;
    *ret_line = n->args[1];
    return fact_serves_goal(ret->fact, goal);
}

static bool atom_wanted(const struct expr_value *v, enum sql_truth whole)
{
    if (whole == SQL_NULL)
        return !num_known(v->num);
    return num_known(v->num) && (v->num != 0) == (whole == SQL_TRUE);
}

bool expr_deciding(const struct expr *e, const struct expr_value *values, enum sql_truth whole, struct span goal,
                   struct expr_deciding *ret)
{
    /* Second pass: under NOT a true predicate stands on a comparison that is false. */
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < e->node_count; i++) {
            const struct expr_node *n = &e->nodes[i];
            struct expr_deciding d;
            uint16_t line;
            if (!atom_read(e, n, goal, &d, &line) || (pass == 0 && !atom_wanted(&values[i], whole)))
                continue;
            d.measured = values[n->args[0]].num;
            d.line = values[line].num;
            if (n->op == EXPR_BETWEEN && fabs(d.measured - values[n->args[2]].num) < fabs(d.measured - d.line))
                d.line = values[n->args[2]].num;
            *ret = d;
            return true;
        }
    }
    return false;
}
