/* ranges.c - which values the parts of a predicate can have, from the ranges of its facts alone. Each part by itself: what
 * two parts forbid together is not seen, so that "cannot" is certain and "can" is not. */
#include <math.h>

#include "policy/satisfy.h"

/* Numbers lie in lo..hi; a condition can be 1 where hi is 1, and 0 where lo is 0. */
struct reach {
    double lo, hi;
    bool is_text; /* or may be: nothing is known of it */
    bool null;    /* may be NULL */
    bool known;   /* may be something else */
};

static const struct reach anything = { -HUGE_VAL, HUGE_VAL, false, true, true };
static const struct reach condition = { 0, 1, false, true, true };

static struct reach of_fact(enum fact_id f, const struct satisfy_limits *lim)
{
    const struct fact_info *info = &fact_infos[f];
    struct reach r = { info->lo, info->hi, info->kind == FACT_TEXT, true, true };
    double top = f == FACT_p_roi_pos_full      ? lim->p_roi_full
                 : f == FACT_p_roi_pos_ext     ? lim->p_roi_ext
                 : f == FACT_p_roi_pos_ceiling ? lim->p_roi_ceiling
                                               : info->hi;
    r.known = num_known(top);
    r.hi = r.known ? fmin(r.hi, top) : r.hi;
    const struct fact_value *fixed = lim->fixed ? &lim->fixed->v[f] : NULL;
    if (fixed && fixed->known && (int32_t)f != lim->freed && !r.is_text)
        r = (struct reach){ fixed->num, fixed->num, false, false, true };
    return r;
}

static struct reach hull(struct reach r, double a, double b, double c, double d)
{
    r.lo = fmin(fmin(a, b), fmin(c, d));
    r.hi = fmax(fmax(a, b), fmax(c, d));
    if (!(r.lo <= r.hi)) { /* infinity times nothing */
        r.lo = -HUGE_VAL;
        r.hi = HUGE_VAL;
    }
    return r;
}

static struct reach arithmetic(enum expr_op op, const struct reach *a, const struct reach *b)
{
    struct reach r = { 0, 0, a->is_text || b->is_text, a->null || b->null, a->known && b->known };
    if (r.is_text)
        return anything;
    if (op == EXPR_ADD)
        return hull(r, a->lo + b->lo, a->hi + b->hi, a->lo + b->lo, a->hi + b->hi);
    if (op == EXPR_SUB)
        return hull(r, a->lo - b->hi, a->hi - b->lo, a->lo - b->hi, a->hi - b->lo);
    if (op == EXPR_DIV) {
        r.null = true;
        if (b->lo == 0 && b->hi == 0)
            r.known = false;
        if (b->lo <= 0 && b->hi >= 0)
            return (struct reach){ -HUGE_VAL, HUGE_VAL, false, true, r.known };
        return hull(r, a->lo / b->lo, a->lo / b->hi, a->hi / b->lo, a->hi / b->hi);
    }
    if (isinf(a->lo) || isinf(a->hi) || isinf(b->lo) || isinf(b->hi))
        return (struct reach){ -HUGE_VAL, HUGE_VAL, false, r.null, r.known };
    return hull(r, a->lo * b->lo, a->lo * b->hi, a->hi * b->lo, a->hi * b->hi);
}

static struct reach order(enum expr_op op, const struct reach *a, const struct reach *b)
{
    struct reach r = condition;
    r.null = a->null || b->null;
    r.known = a->known && b->known;
    if (a->is_text || b->is_text)
        return r;
    bool can = op == EXPR_LT   ? a->lo < b->hi
               : op == EXPR_LE ? a->lo <= b->hi
               : op == EXPR_GT ? a->hi > b->lo
               : op == EXPR_GE ? a->hi >= b->lo
               : op == EXPR_EQ ? a->lo <= b->hi && b->lo <= a->hi
                               : !(a->lo == a->hi && b->lo == b->hi && a->lo == b->lo);
    r.hi = can ? 1 : 0;
    return r;
}

static bool can_be_one(const struct reach *r)
{
    return r->known && (r->is_text || r->hi > 0 || r->lo < 0);
}

static struct reach logic(enum expr_op op, const struct reach *a, const struct reach *b)
{
    struct reach r = condition;
    bool yes = op == EXPR_AND ? can_be_one(a) && can_be_one(b) : can_be_one(a) || can_be_one(b);
    r.hi = yes ? 1 : 0;
    return r;
}

static struct reach inner(const struct expr_node *n, const struct reach *v)
{
    const struct reach *a = &v[n->args[0]], *b = &v[n->args[n->arg_count > 1 ? 1 : 0]];
    if (n->op >= EXPR_ADD && n->op <= EXPR_DIV)
        return arithmetic(n->op, a, b);
    if (n->op >= EXPR_LT && n->op <= EXPR_NE)
        return order(n->op, a, b);
    if (n->op == EXPR_AND || n->op == EXPR_OR)
        return logic(n->op, a, b);
    if (n->op == EXPR_BETWEEN) {
        struct reach above = order(EXPR_GE, a, b), below = order(EXPR_LE, a, &v[n->args[2]]);
        return logic(EXPR_AND, &above, &below);
    }
    if (n->op == EXPR_NEG && !a->is_text)
        return (struct reach){ -a->hi, -a->lo, false, a->null, a->known };
    if (n->op == EXPR_ABS && !a->is_text) {
        double least = a->lo > 0 ? a->lo : a->hi < 0 ? -a->hi : 0;
        return (struct reach){ least, fmax(fabs(a->lo), fabs(a->hi)), false, a->null, a->known };
    }
    /* IS, IN, NOT, COALESCE and the rest: conditions may be either, values anything. */
    bool truth = n->op == EXPR_IS || n->op == EXPR_IS_NOT || n->op == EXPR_IN || n->op == EXPR_NOT;
    return truth ? condition : anything;
}

bool ranges_forbid(const struct expr *e, const struct satisfy_limits *lim)
{
    struct reach v[EXPR_NODES_MAX];
    for (uint32_t i = 0; i < e->node_count; i++) {
        const struct expr_node *n = &e->nodes[i];
        if (n->op == EXPR_NUM)
            v[i] = (struct reach){ n->num, n->num, false, false, true };
        else if (n->op == EXPR_TEXT)
            v[i] = (struct reach){ 0, 0, true, false, true };
        else if (n->op == EXPR_NULL)
            v[i] = (struct reach){ 0, 0, false, true, false };
        else
            v[i] = n->op == EXPR_FACT ? of_fact(n->fact, lim) : inner(n, v);
    }
    return e->node_count > 0 && !can_be_one(&v[e->node_count - 1]);
}
