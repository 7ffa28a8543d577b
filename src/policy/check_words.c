/* check_words.c - what is compared with what. */
#include "policy/check.h"

/* The fact that a side stands for: itself, or what COALESCE and NULLIF fill up. */
static bool fact_of(const struct expr *e, uint16_t at, enum fact_id *ret)
{
    const struct expr_node *n = &e->nodes[at];
    while ((n->op == EXPR_COALESCE || n->op == EXPR_NULLIF) && n->arg_count > 0)
        n = &e->nodes[n->args[0]];
    *ret = n->fact;
    return n->op == EXPR_FACT;
}

static bool word_allowed(const struct fact_info *info, struct span word)
{
    struct span rest = span_of(info->words), w;
    if (rest.len == 0 || word.len == 0) /* '' is how COALESCE spells unknown */
        return true;
    while (span_word(&rest, &w)) {
        if (span_eq(w, word))
            return true;
    }
    return false;
}

static bool is_number(const struct expr_node *n)
{
    return n->op == EXPR_NUM || (n->op >= EXPR_NEG && n->op <= EXPR_DIV) ||
           (n->op >= EXPR_ABS && n->op <= EXPR_ROUND) || (n->op == EXPR_FACT && fact_infos[n->fact].kind != FACT_TEXT);
}

/* One side against the other; false when they can never be compared. */
static bool sides_fit(struct checking *c, const struct policy_rule *r, uint16_t left, uint16_t right)
{
    enum fact_id f;
    const struct expr_node *other = &r->expr.nodes[right];
    if (!fact_of(&r->expr, left, &f))
        return true;
    const struct fact_info *info = &fact_infos[f];
    if (info->kind == FACT_TEXT && is_number(other)) {
        policy_finding_add(c->out, FINDING_ERROR, r->line, r->id, "%s is a text: it cannot be compared with a number",
                           info->name);
        return false;
    }
    if (info->kind != FACT_TEXT && other->op == EXPR_TEXT) {
        policy_finding_add(c->out, FINDING_ERROR, r->line, r->id, "%s is a %s (%s): it is never '%.*s'", info->name,
                           fact_kind_word(info->kind), info->unit, SPAN_FMT(span_sub(other->text, 0, 40)));
        return false;
    }
    if (info->kind == FACT_TEXT && other->op == EXPR_TEXT && !word_allowed(info, other->text))
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id, "%s is never '%.*s': its words are %s", info->name,
                           SPAN_FMT(span_sub(other->text, 0, 40)), info->words);
    return true;
}

static bool is_comparison(const struct expr_node *n)
{
    return (n->op >= EXPR_LT && n->op <= EXPR_IS_NOT) || n->op == EXPR_IN || n->op == EXPR_BETWEEN;
}

static bool compared(struct checking *c, const struct policy_rule *r, const struct expr_node *n)
{
    bool fine = true;
    for (uint8_t k = 1; k < n->arg_count && fine; k++) {
        fine = sides_fit(c, r, n->args[0], n->args[k]) &&
               (r->expr.nodes[n->args[0]].op == EXPR_FACT || sides_fit(c, r, n->args[k], n->args[0]));
        bool null = r->expr.nodes[n->args[k]].op == EXPR_NULL || r->expr.nodes[n->args[0]].op == EXPR_NULL;
        if (fine && null && n->op != EXPR_IS && n->op != EXPR_IS_NOT)
            policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                               "a comparison with NULL is neither true nor false: write IS NULL or IS NOT NULL");
    }
    return fine;
}

/* AND, OR and NOT take a number for true as soon as it is not 0. */
static void taken_for_truth(struct checking *c, const struct policy_rule *r, const struct expr_node *n)
{
    for (uint8_t k = 0; k < n->arg_count; k++) {
        const struct expr_node *a = &r->expr.nodes[n->args[k]];
        bool number = (a->op == EXPR_FACT && fact_infos[a->fact].kind != FACT_BOOL) || a->op == EXPR_TEXT ||
                      (a->op == EXPR_NUM && a->num != 0 && a->num != 1) || (a->op >= EXPR_NEG && a->op <= EXPR_DIV);
        if (number)
            policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                               "%.*s stands as a condition: compare it with something",
                               SPAN_FMT(a->text.len > 0 ? span_sub(a->text, 0, 60) : SPAN("a number")));
    }
}

bool check_words(struct checking *c, const struct policy_rule *r)
{
    bool fine = true;
    for (uint32_t i = 0; i < r->expr.node_count && fine; i++) {
        const struct expr_node *n = &r->expr.nodes[i];
        if (is_comparison(n))
            fine = compared(c, r, n);
        else if (n->op == EXPR_AND || n->op == EXPR_OR || n->op == EXPR_NOT)
            taken_for_truth(c, r, n);
    }
    return fine;
}
