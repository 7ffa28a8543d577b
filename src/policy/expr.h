/* expr.h - a predicate as a tree: which facts it asks for, which comparison decides it, how far facts are from making it
 * true. SQLite alone decides its value; this reading explains it. Expressions outside this grammar (CASE, LIKE, ...)
 * are `opaque`: they evaluate all the same and explain nothing. */
#ifndef STET_POLICY_EXPR_H
#define STET_POLICY_EXPR_H

#include "base/arena.h"
#include "base/sql.h"
#include "facts/facts.h"

enum expr_op {
    EXPR_NUM,
    EXPR_TEXT,
    EXPR_NULL,
    EXPR_FACT,
    EXPR_NEG,
    EXPR_ADD,
    EXPR_SUB,
    EXPR_MUL,
    EXPR_DIV,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_EQ,
    EXPR_NE,
    EXPR_IS,
    EXPR_IS_NOT,
    EXPR_IN,      /* first argument is the operand */
    EXPR_BETWEEN, /* operand, low, high */
    EXPR_NOT,
    EXPR_AND,
    EXPR_OR,
    EXPR_COALESCE,
    EXPR_NULLIF,
    EXPR_ABS,
    EXPR_MIN,
    EXPR_MAX,
    EXPR_ROUND,
};

enum { EXPR_ARGS_MAX = 12, EXPR_NODES_MAX = 600 };

struct expr_node {
    enum expr_op op;
    uint16_t args[EXPR_ARGS_MAX]; /* indices of nodes, all smaller than the own */
    uint8_t arg_count;
    double num;
    struct span text; /* points into the predicate */
    enum fact_id fact;
};

/* How a predicate reads a fact. */
struct expr_read {
    enum fact_id fact;
    bool plain;     /* somewhere outside COALESCE and IFNULL */
    bool is_tested; /* somewhere under IS or IS NOT */
};

struct expr {
    bool opaque;
    struct expr_node *nodes; /* children before parents; the last is the root */
    uint32_t node_count;
    struct expr_read *reads; /* in the order of first use */
    uint32_t read_count;
};

/* Nodes and reads live in the arena, texts point into `text`.
 * Errors: ERR_VALUE with the byte: an unknown name (and the nearest one), an unclosed text. Text that this grammar does not
 * know is no error: *ret is opaque with the facts that its words name. */
bool expr_parse(struct span text, struct arena *a, struct expr *ret, struct err *err) MUST_CHECK;
/* First division of two whole numbers ("1/2" is 0 in SQL); false when there is none. */
bool expr_int_division(const struct expr *e, struct span *ret_at);

/* Cells that a reading is made over; text.ptr NULL and num NaN are NULL. */
struct expr_cell {
    double num;
    struct span text;
};

/* A value: a number (a condition is 0 or 1), a text, or NULL (num NaN, text.ptr NULL). */
struct expr_value {
    double num;
    struct span text;
    double to_true, to_false; /* conditions: 0 when it is so, else a distance; NULL is 1 away from both */
};

/* Values of all nodes, in `values[e->node_count]`. Not for opaque expressions. */
void expr_values(const struct expr *e, const struct expr_cell *cells, struct expr_value *values);
/* Nodes whose value hangs on that fact, children first, to ret[e->node_count]; returns how many. */
uint32_t expr_dependents(const struct expr *e, enum fact_id fact, uint16_t *ret);
/* Brings those nodes up to date; the values of all others are as they were. */
void expr_values_again(const struct expr *e, const struct expr_cell *cells, const uint16_t *nodes, uint32_t n,
                       struct expr_value *values);

/* The comparison of numbers that decides: where the whole is true the first that is true, where it is false the first
 * that is false, where it is NULL the first that is NULL, among those whose facts serve the goal. */
struct expr_deciding {
    enum fact_id fact;
    double measured, line;
};
bool expr_deciding(const struct expr *e, const struct expr_value *values, enum sql_truth whole, struct span goal,
                   struct expr_deciding *ret);

#endif
