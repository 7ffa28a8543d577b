/* satisfy.c - a search by single changes from random beginnings. Candidates are the ends and middles of ranges, and the
 * numbers and texts of the predicate with values just beside them; each step takes the change that brings the predicate
 * nearest to the truth wanted (expr_eval.c). SQLite confirms what is found. */
#include "policy/satisfy.h"

#include <math.h>
#include <stdlib.h>

enum { STARTS = 48, ROUNDS = 12, CHOICES_MAX = 120 };

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
    if (f == FACT_p_roi_pos_full)
        return s->lim->p_roi_full;
    return f == FACT_p_roi_pos_ext ? s->lim->p_roi_ext : fact_infos[f].hi;
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

/* One round over all facts; each takes the choice that brings the predicate nearest. */
static double improve(struct search *s, double best)
{
    for (uint32_t i = 0; i < s->expr->read_count && best > 0; i++) {
        struct expr_cell *cell = &s->cells[s->expr->reads[i].fact];
        const struct choices *c = &s->choices[i];
        struct expr_cell kept = *cell;
        size_t from = (size_t)(next(s) % c->count);
        for (size_t k = 0; k < c->count && best > 0; k++) {
            *cell = c->items[(from + k) % c->count];
            double d = distance(s);
            if (d <= best) { /* level steps keep the walk moving */
                best = d;
                kept = *cell;
            }
        }
        *cell = kept;
    }
    return best;
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

bool satisfy(const struct policy_rule *rule, struct sql_sandbox *box, const struct satisfy_limits *lim,
             struct expr_cell *cells, enum sql_truth wanted)
{
    struct search s = { .expr = &rule->expr, .lim = lim, .cells = cells, .wanted = wanted, .state = 1 };
    s.values = xcalloc(rule->expr.node_count, sizeof *s.values);
    s.choices = xcalloc(rule->expr.read_count, sizeof *s.choices);
    choices_fill(&s);
    bool found = false;
    for (int start = 0; start < STARTS && !found; start++) {
        for (size_t i = 0; i < FACT_COUNT; i++)
            cells[i] = (struct expr_cell){ .num = NUM_UNKNOWN };
        for (uint32_t i = 0; i < rule->expr.read_count; i++)
            cells[rule->expr.reads[i].fact] = s.choices[i].items[next(&s) % s.choices[i].count];
        double d = distance(&s);
        for (int round = 0; round < ROUNDS && d > 0; round++)
            d = improve(&s, d);
        found = d <= 0 && confirmed(&s, rule, box);
    }
    free(s.choices);
    free(s.values);
    return found;
}
