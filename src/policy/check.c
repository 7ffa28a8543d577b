/* check.c - what is wrong with a pack, rule by rule: names, SQL, conditions that cannot come true. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "policy/pack.h"
#include "policy/satisfy.h"

/* Defaults of the method for a full rewrite and for one component: means of 0.30 to 0.40 and 0.05 to 0.15. */
static const double pf_full = 0.35, pf_ext = 0.10;

static void finding_add(struct policy_findings *f, enum finding_weight weight, uint64_t line, const char *rule,
                        const char *fmt, ...) PRINTF_LIKE(5, 6);

static void finding_add(struct policy_findings *f, enum finding_weight weight, uint64_t line, const char *rule,
                        const char *fmt, ...)
{
    struct policy_finding x = { .weight = weight, .line = line };
    (void)snprintf(x.rule, sizeof x.rule, "%s", rule);
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(x.text, sizeof x.text, fmt, args);
    va_end(args);
    VEC_PUSH(f, x);
}

struct checking {
    struct policy_findings *out;
    struct sql_sandbox *box;
    double failure_probability;
    struct expr_cell *cells;
    struct {
        const char **items;
        size_t count, cap;
    } ids;
};

static bool reads_fact(const struct policy_rule *r, enum fact_id f)
{
    for (uint32_t i = 0; i < r->expr.read_count; i++) {
        if (r->expr.reads[i].fact == f)
            return true;
    }
    return false;
}

static bool can_be_true(struct checking *c, const struct policy_rule *r, const struct satisfy_limits *lim)
{
    return satisfy(r, c->box, lim, c->cells, SQL_TRUE);
}

/* A probability of paying cannot exceed the probability of not failing. */
static void check_inputs(struct checking *c, const struct policy_rule *r)
{
    bool full = reads_fact(r, FACT_p_roi_pos_full), ext = reads_fact(r, FACT_p_roi_pos_ext);
    if (!full && !ext)
        return;
    struct satisfy_limits own = { .p_roi_full = 1, .p_roi_ext = 1, .by_pf_mean = true };
    if (reads_fact(r, FACT_pf_mean) && !can_be_true(c, r, &own)) {
        finding_add(
            c->out, FINDING_ERROR, r->line, r->id,
            "no evidence can satisfy it: P(ROI>0) is at most 1 - pf_mean, and the failure probability that it asks "
            "for (pf_mean) leaves too little");
        return;
    }
    bool stated = num_known(c->failure_probability);
    struct satisfy_limits lim = { .p_roi_full = 1 - (stated ? c->failure_probability : pf_full),
                                  .p_roi_ext = 1 - (stated ? c->failure_probability : pf_ext) };
    if (can_be_true(c, r, &lim))
        return;
    double pf = stated ? c->failure_probability : full ? pf_full : pf_ext;
    finding_add(c->out, stated ? FINDING_WARNING : FINDING_NOTE, r->line, r->id,
                "no evidence can satisfy it under failure probability %.2f%s: P(ROI>0) is then at most %.2f", pf,
                stated ? ""
                : full ? " (the default of a full rewrite)"
                       : " (the default of one component)",
                1 - pf);
}

static void check_words(struct checking *c, const struct policy_rule *r)
{
    for (uint32_t i = 0; i < r->expr.node_count; i++) {
        const struct expr_node *n = &r->expr.nodes[i];
        if (n->op != EXPR_EQ && n->op != EXPR_NE && n->op != EXPR_IN)
            continue;
        const struct expr_node *left = &r->expr.nodes[n->args[0]];
        for (uint8_t k = 1; k < n->arg_count && left->op == EXPR_FACT; k++) {
            const struct expr_node *right = &r->expr.nodes[n->args[k]];
            const struct fact_info *info = &fact_infos[left->fact];
            struct span rest = span_of(info->words), word;
            bool found = right->op != EXPR_TEXT || rest.len == 0 || right->text.len == 0;
            while (!found && span_word(&rest, &word))
                found = span_eq(word, right->text);
            if (!found)
                finding_add(c->out, FINDING_WARNING, r->line, r->id, "%s is never '%.*s': its words are %s", info->name,
                            SPAN_FMT(span_sub(right->text, 0, 40)), info->words[0] ? info->words : "numbers");
        }
    }
}

static void check_truth(struct checking *c, const struct policy_rule *r)
{
    struct span division;
    if (expr_int_division(&r->expr, &division))
        finding_add(c->out, FINDING_WARNING, r->line, r->id,
                    "integer division: %.*s drops its fraction; write a decimal point", SPAN_FMT(division));
    if (r->expr.opaque) {
        finding_add(c->out, FINDING_NOTE, r->line, r->id, "too unusual an expression to tell whether it can be true");
        return;
    }
    check_words(c, r);
    struct satisfy_limits free_of_inputs = { .p_roi_full = 1, .p_roi_ext = 1 };
    if (can_be_true(c, r, &free_of_inputs)) {
        check_inputs(c, r);
        return;
    }
    char ranges[160] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < r->expr.read_count && used < sizeof ranges - 60; i++) {
        const struct fact_info *info = &fact_infos[r->expr.reads[i].fact];
        int n = info->kind == FACT_NUM ? snprintf(ranges + used, sizeof ranges - used, "%s%s %g to %g",
                                                  used ? ", " : "", info->name, info->lo, info->hi)
                                       : 0;
        used += n > 0 ? (size_t)n : 0;
    }
    finding_add(c->out, FINDING_ERROR, r->line, r->id, "never true: no facts within their ranges make it 1%s%s%s",
                used ? " (" : "", ranges, used ? ")" : "");
}

static void check_effects(struct checking *c, const struct policy_rule *r)
{
    int ceil = VERDICT_FULL, floor = VERDICT_DO_NOT_MIGRATE;
    for (uint32_t i = 0; i < r->effect_count; i++) {
        ceil = r->effects[i].kind == EFFECT_CEIL ? (int)r->effects[i].level : ceil;
        floor = r->effects[i].kind == EFFECT_FLOOR ? (int)r->effects[i].level : floor;
    }
    if (floor > ceil)
        finding_add(c->out, FINDING_WARNING, r->line, r->id, "floor:%d stands above ceil:%d of the same rule", floor,
                    ceil);
    if (floor > VERDICT_DO_NOT_MIGRATE && r->basis == BASIS_ABSENCE)
        finding_add(c->out, FINDING_WARNING, r->line, r->id,
                    "a floor of basis absence: something missing cannot approve");
}

static void check_row(struct checking *c, const struct pack_row *row, struct arena *a)
{
    struct policy_rule rule;
    struct err err = ERR_INIT;
    if (!pack_rule_parse(row, c->box, a, &rule, &err)) {
        struct span text = span_of(err.text), id;
        if (span_split(text, ':', &id, &text))
            text = span_trim(text);
        finding_add(c->out, FINDING_ERROR, row->line, rule.id, "%.*s", SPAN_FMT(text));
        return;
    }
    for (size_t i = 0; i < c->ids.count; i++) {
        if (strcmp(c->ids.items[i], rule.id) == 0)
            finding_add(c->out, FINDING_ERROR, row->line, rule.id, "the id stands there already");
    }
    VEC_PUSH(&c->ids, rule.id);
    check_effects(c, &rule);
    check_truth(c, &rule);
}

void policy_check_condition(const struct policy_rule *rule, double failure_probability, struct policy_findings *ret)
{
    struct err err = ERR_INIT;
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    struct checking c = { .out = ret, .failure_probability = failure_probability };
    if (!policy_sandbox_open(NULL, &box, &err)) {
        finding_add(ret, FINDING_ERROR, rule->line, rule->id, "%s", err.text);
        return;
    }
    c.box = box;
    c.cells = xcalloc(FACT_COUNT, sizeof *c.cells);
    check_truth(&c, rule);
    free(c.cells);
}

void policy_check(struct span text, double failure_probability, struct policy_findings *ret, size_t *ret_rules)
{
    struct arena arena = { 0 };
    struct err err = ERR_INIT;
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    CLEANUP(pack_reader_release) struct pack_reader reader = { .rest = text };
    struct checking c = { .out = ret, .failure_probability = failure_probability };
    *ret_rules = 0;
    if (!policy_text_check(text, &err) || !policy_sandbox_open(NULL, &box, &err)) {
        finding_add(ret, FINDING_ERROR, err.line, "", "%s", err.text);
        return;
    }
    c.box = box;
    c.cells = xcalloc(FACT_COUNT, sizeof *c.cells);
    struct pack_row row;
    while (pack_row_next(&reader, &row)) {
        check_row(&c, &row, &arena);
        ++*ret_rules;
    }
    if (*ret_rules == 0)
        finding_add(ret, FINDING_ERROR, 0, "", "the pack holds no rule");
    free(c.cells);
    free(c.ids.items);
    arena_release(&arena);
}
