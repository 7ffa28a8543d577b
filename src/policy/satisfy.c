/* satisfy.c - a search by single changes from random beginnings. Candidates are the ends and middles of ranges, and the
 * numbers and texts of the predicate with values just beside them; each step takes the change that brings the predicate
 * nearest to the truth wanted (expr_eval.c). SQLite confirms what is found. */
#include "policy/satisfy.h"

#include <math.h>
#include <stdlib.h>

enum { STARTS = 48, ROUNDS = 12, CHOICES_MAX = 400, ROOT_STEPS = 6, VISITS_MAX = 6000000 };

struct choices {
    struct expr_cell items[CHOICES_MAX];
    size_t count;
};

struct search {
    const struct expr *expr;
    const struct satisfy_limits *lim;
    struct expr_cell *cells;
    struct expr_value *values;
    struct choices *choices; /* [read_count] */
    enum sql_truth wanted;
    uint64_t state;
    uint64_t visits, most; /* nodes that were evaluated, and may be: bounds the time */
    bool arithmetic;
};

/* Steele, Lea and Flood 2014, SplitMix64: the same walk on every machine. */
static uint64_t next(struct search *s)
{
    s->state += 0x9e3779b97f4a7c15u;
    uint64_t z = s->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void choice_add(struct choices *c, struct expr_cell cell)
{
    if (c->count < CHOICES_MAX)
        c->items[c->count++] = cell;
}

static void number_add(struct choices *c, double x, double lo, double hi)
{
    if (x >= lo && x <= hi)
        choice_add(c, (struct expr_cell){ .num = x });
}

static double highest(const struct search *s, enum fact_id f)
{
    return f == FACT_p_roi_pos_full      ? s->lim->p_roi_full
           : f == FACT_p_roi_pos_ext     ? s->lim->p_roi_ext
           : f == FACT_p_roi_pos_ceiling ? s->lim->p_roi_ceiling
                                         : fact_infos[f].hi;
}

static int by_value(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;
    return d < 0 ? -1 : d > 0;
}

/* Between two neighbouring lines of the predicate there is a value, however near they are. */
static void between_lines(const struct search *s, double lo, double hi, struct choices *c)
{
    double lines[EXPR_NODES_MAX];
    size_t n = 0;
    for (uint32_t i = 0; i < s->expr->node_count; i++) {
        if (s->expr->nodes[i].op == EXPR_NUM)
            lines[n++] = s->expr->nodes[i].num;
    }
    qsort(lines, n, sizeof *lines, by_value);
    for (size_t i = 0; i + 1 < n; i++) {
        if (lines[i] < lines[i + 1])
            number_add(c, lines[i] + (lines[i + 1] - lines[i]) / 2, lo, hi);
    }
}

static void numbers_fill(const struct search *s, enum fact_id f, struct choices *c)
{
    static const double usual[] = { 0, 1, 0.1, 0.2, 0.3, 0.5, 0.25, 0.75, 2, 10, 1000 };
    const struct fact_info *info = &fact_infos[f];
    double lo = info->lo, hi = highest(s, f);
    number_add(c, lo, lo, hi);
    number_add(c, hi, lo, hi);
    if (info->kind == FACT_NUM)
        number_add(c, (lo + hi) / 2, lo, hi);
    for (size_t i = 0; info->kind == FACT_NUM && i < ARRAY_LEN(usual); i++)
        number_add(c, usual[i], lo, hi);
    for (uint32_t i = 0; info->kind == FACT_NUM && i < s->expr->node_count; i++) {
        const struct expr_node *n = &s->expr->nodes[i];
        double beside = fmax(1e-3, fabs(n->num) * 1e-2);
        if (n->op != EXPR_NUM)
            continue;
        number_add(c, n->num, lo, hi);
        number_add(c, n->num - beside, lo, hi);
        number_add(c, n->num + beside, lo, hi);
    }
    if (info->kind == FACT_NUM)
        between_lines(s, lo, hi, c);
}

static bool word_in(const char *words, struct span word)
{
    struct span rest = span_of(words), w;
    if (rest.len == 0)
        return true;
    while (span_word(&rest, &w)) {
        if (span_eq(w, word))
            return true;
    }
    return false;
}

static void words_fill(const struct search *s, enum fact_id f, struct choices *c)
{
    const char *words = fact_infos[f].words;
    struct span rest = span_of(words), word;
    while (span_word(&rest, &word))
        choice_add(c, (struct expr_cell){ .num = NUM_UNKNOWN, .text = word });
    if (words[0] == '\0')
        choice_add(c, (struct expr_cell){ .num = NUM_UNKNOWN, .text = SPAN("other") });
    for (uint32_t i = 0; i < s->expr->node_count; i++) {
        const struct expr_node *n = &s->expr->nodes[i];
        if (n->op == EXPR_TEXT && n->text.len > 0 && words[0] == '\0' && word_in(words, n->text))
            choice_add(c, (struct expr_cell){ .num = NUM_UNKNOWN, .text = n->text });
    }
}

static void choices_fill(struct search *s)
{
    for (uint32_t i = 0; i < s->expr->read_count; i++) {
        enum fact_id f = s->expr->reads[i].fact;
        const struct fact_value *fixed = s->lim->fixed ? &s->lim->fixed->v[f] : NULL;
        if (fixed && fixed->known && (int32_t)f != s->lim->freed) {
            bool text = fact_infos[f].kind == FACT_TEXT;
            choice_add(&s->choices[i], (struct expr_cell){ .num = text ? NUM_UNKNOWN : fixed->num,
                                                           .text = text ? span_of(fixed->text) : (struct span){ 0 } });
            continue;
        }
        choice_add(&s->choices[i], (struct expr_cell){ .num = NUM_UNKNOWN });
        if (fact_infos[f].kind == FACT_TEXT)
            words_fill(s, f, &s->choices[i]);
        else
            numbers_fill(s, f, &s->choices[i]);
    }
}

static double number_of(const void *from, enum fact_id id)
{
    return ((const struct expr_cell *)from)[id].num;
}

static double distance(struct search *s)
{
    expr_values(s->expr, s->cells, s->values);
    s->visits += s->expr->node_count;
    const struct expr_value *root = &s->values[s->expr->node_count - 1];
    double d = s->wanted == SQL_TRUE ? root->to_true : root->to_false;
    d += facts_excess(number_of, s->cells);
    double pf = s->cells[FACT_pf_mean].num;
    if (s->lim->by_pf_mean && num_known(pf)) {
        double full = s->cells[FACT_p_roi_pos_full].num, ext = s->cells[FACT_p_roi_pos_ext].num;
        d += num_known(full) ? fmax(0, full - (1 - pf) - 1e-9) : 0;
        d += num_known(ext) ? fmax(0, ext - (1 - pf) - 1e-9) : 0;
    }
    return d;
}

/* Left less right of a comparison at a value of one fact. */
static double gap_at(struct search *s, const struct expr_node *n, struct expr_cell *cell, double x)
{
    cell->num = x;
    (void)distance(s);
    return s->values[n->args[0]].num - s->values[n->args[1]].num;
}

/* Secant steps towards the line of each comparison, for what only arithmetic reaches. */
static double solve(struct search *s, enum fact_id f, double best)
{
    struct expr_cell *cell = &s->cells[f], kept = *cell;
    double lo = fact_infos[f].lo, hi = highest(s, f);
    for (uint32_t i = 0; i < s->expr->node_count && best > 0 && s->visits < s->most; i++) {
        const struct expr_node *n = &s->expr->nodes[i];
        if (!((n->op >= EXPR_LT && n->op <= EXPR_EQ) || n->op == EXPR_BETWEEN))
            continue;
        double x0 = num_known(kept.num) ? kept.num : lo, x1 = x0 + fmax(1e-3, fabs(x0) * 1e-2);
        double g0 = gap_at(s, n, cell, x0), g1 = gap_at(s, n, cell, x1);
        for (int k = 0; k < ROOT_STEPS && isfinite(g0) && isfinite(g1) && g0 != g1; k++) {
            double x2 = x1 - g1 * (x1 - x0) / (g1 - g0), beside = fmax(1e-6, fabs(x2) * 1e-6);
            const double tries[] = { x2, x2 - beside, x2 + beside };
            for (size_t t = 0; t < ARRAY_LEN(tries) && best > 0; t++) {
                cell->num = fmin(fmax(tries[t], lo), hi);
                double d = distance(s);
                if (d < best) {
                    best = d;
                    kept = *cell;
                }
            }
            x0 = x1;
            g0 = g1;
            x1 = fmin(fmax(x2, lo), hi);
            g1 = gap_at(s, n, cell, x1);
        }
    }
    *cell = kept;
    return best;
}

static bool solvable(const struct search *s, enum fact_id f)
{
    return s->arithmetic && fact_infos[f].kind == FACT_NUM && num_known(highest(s, f)) &&
           !(s->lim->fixed && s->lim->fixed->v[f].known && (int32_t)f != s->lim->freed);
}

/* One round over all facts; each takes the choice that brings the predicate nearest. */
static double improve(struct search *s, double best)
{
    for (uint32_t i = 0; i < s->expr->read_count && best > 0; i++) {
        struct expr_cell *cell = &s->cells[s->expr->reads[i].fact];
        const struct choices *c = &s->choices[i];
        struct expr_cell kept = *cell;
        size_t from = (size_t)(next(s) % c->count);
        for (size_t k = 0; k < c->count && best > 0 && s->visits < s->most; k++) {
            *cell = c->items[(from + k) % c->count];
            double d = distance(s);
            if (d <= best) { /* level steps keep the walk moving */
                best = d;
                kept = *cell;
            }
        }
        *cell = kept;
        if (best > 0 && solvable(s, s->expr->reads[i].fact))
            best = solve(s, s->expr->reads[i].fact, best);
    }
    return best;
}

static bool has_arithmetic(const struct expr *e)
{
    for (uint32_t i = 0; i < e->node_count; i++) {
        enum expr_op op = e->nodes[i].op;
        if ((op >= EXPR_NEG && op <= EXPR_DIV) || (op >= EXPR_NULLIF && op <= EXPR_ROUND))
            return true;
    }
    return false;
}

static bool confirmed(struct search *s, const struct policy_rule *rule, struct sql_sandbox *box)
{
    struct err err = ERR_INIT;
    enum sql_truth value = SQL_NULL;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < s->expr->read_count; i++) {
            enum fact_id f = s->expr->reads[i].fact;
            struct expr_cell cell = pass == 0 ? s->cells[f] : (struct expr_cell){ .num = NUM_UNKNOWN };
            if (fact_infos[f].kind == FACT_TEXT)
                sql_sandbox_set_text(box, (size_t)f, cell.text);
            else
                sql_sandbox_set_num(box, (size_t)f, cell.num);
        }
        if (pass == 0 && !sql_sandbox_eval(box, rule->predicate, &value, &err))
            value = SQL_NULL;
    }
    return value == s->wanted;
}

enum satisfied satisfy(const struct policy_rule *rule, struct sql_sandbox *box, const struct satisfy_limits *lim,
                       struct expr_cell *cells, enum sql_truth wanted)
{
    struct search s = { .expr = &rule->expr, .lim = lim, .cells = cells, .wanted = wanted, .state = 1 };
    s.arithmetic = has_arithmetic(&rule->expr);
    s.most = lim->budget && *lim->budget < VISITS_MAX ? *lim->budget : VISITS_MAX;
    s.values = xcalloc(rule->expr.node_count, sizeof *s.values);
    s.choices = xcalloc(rule->expr.read_count, sizeof *s.choices);
    choices_fill(&s);
    bool found = false;
    for (int start = 0; start < STARTS && !found && s.visits < s.most; start++) {
        for (size_t i = 0; i < FACT_COUNT; i++)
            cells[i] = (struct expr_cell){ .num = NUM_UNKNOWN };
        for (uint32_t i = 0; i < rule->expr.read_count; i++)
            cells[rule->expr.reads[i].fact] = s.choices[i].items[next(&s) % s.choices[i].count];
        double d = distance(&s);
        for (int round = 0; round < ROUNDS && d > 0 && s.visits < s.most; round++)
            d = improve(&s, d);
        found = d <= 0 && confirmed(&s, rule, box);
    }
    bool searched = !s.arithmetic && s.visits < s.most;
    if (lim->budget)
        *lim->budget -= s.visits < *lim->budget ? s.visits : *lim->budget;
    free(s.choices);
    free(s.values);
    if (found)
        return SATISFIED;
    return searched || (wanted == SQL_TRUE && ranges_forbid(&rule->expr, lim)) ? NEVER : NOT_FOUND;
}
