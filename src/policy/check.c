/* check.c - what is wrong with a pack, rule by rule: names, SQL, conditions that cannot come true. */
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "policy/check.h"

void policy_finding_add(struct policy_findings *f, enum finding_weight weight, uint64_t line, const char *rule,
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

/* --- conditions that cannot come true --- */

static void ranges_of(const struct policy_rule *r, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < r->expr.read_count && used + 60 < size; i++) {
        const struct fact_info *info = &fact_infos[r->expr.reads[i].fact];
        int n = info->kind == FACT_NUM ? snprintf(out + used, size - used, "%s%s %g to %g", used ? ", " : " (",
                                                  info->name, info->lo, info->hi)
                                       : 0;
        used += n > 0 ? (size_t)n : 0;
    }
    if (used > 0)
        (void)snprintf(out + used, size - used, ")");
}

static bool has_floor(const struct policy_rule *r)
{
    for (uint32_t i = 0; i < r->effect_count; i++) {
        if (r->effects[i].kind == EFFECT_FLOOR && r->effects[i].level > VERDICT_DO_NOT_MIGRATE)
            return true;
    }
    return false;
}

/* A rule that fires on nothing at all. */
static void check_always(struct checking *c, const struct policy_rule *r)
{
    struct err err = ERR_INIT;
    enum sql_truth bare = SQL_NULL;
    if (!sql_sandbox_eval(c->box, r->predicate, &bare, &err) || bare != SQL_TRUE)
        return;
    struct satisfy_limits any = SATISFY_FREE;
    any.budget = &c->budget;
    if (satisfy(r, c->box, &any, c->cells, SQL_FALSE) == NEVER)
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id, "always true: the rule fires whatever is known");
    else if (has_floor(r) && r->basis != BASIS_ABSENCE)
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "it is true when nothing is known, and it lifts: a missing fact cannot approve");
}

void check_truth(struct checking *c, const struct policy_rule *r)
{
    struct span division;
    char ranges[240];
    if (expr_int_division(&r->expr, &division))
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "integer division: %.*s drops its fraction; write a decimal point", SPAN_FMT(division));
    if (r->expr.opaque) {
        policy_finding_add(c->out, FINDING_NOTE, r->line, r->id,
                           "too unusual an expression to tell whether it can be true");
        return;
    }
    struct satisfy_limits any = SATISFY_FREE;
    any.budget = &c->budget;
    if (!check_words(c, r))
        return;
    enum satisfied can = satisfy(r, c->box, &any, c->cells, SQL_TRUE);
    if (can == SATISFIED) {
        check_inputs(c, r);
        check_always(c, r);
        return;
    }
    ranges_of(r, ranges, sizeof ranges);
    if (can == NEVER)
        policy_finding_add(c->out, FINDING_ERROR, r->line, r->id,
                           "never true: no facts within their ranges make it 1%s", ranges);
    else
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "no facts were found that make it 1; look whether any can%s", ranges);
}

static void check_effects(struct checking *c, const struct policy_rule *r)
{
    int ceil = VERDICT_FULL, floor = VERDICT_DO_NOT_MIGRATE;
    for (uint32_t i = 0; i < r->effect_count; i++) {
        ceil = r->effects[i].kind == EFFECT_CEIL ? (int)r->effects[i].level : ceil;
        floor = r->effects[i].kind == EFFECT_FLOOR ? (int)r->effects[i].level : floor;
    }
    if (floor > ceil)
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id, "floor:%d stands above ceil:%d of the same rule",
                           floor, ceil);
    if (floor > VERDICT_DO_NOT_MIGRATE && r->basis == BASIS_ABSENCE)
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "a floor of basis absence: something missing cannot approve");
}

/* Ids of this text and of the built-in packs, which stand beside it. */
static void check_id(struct checking *c, const struct policy_rule *r)
{
    const char *pack = c->built_in ? NULL : pack_of_builtin_rule(span_of(r->id));
    if (pack)
        policy_finding_add(c->out, FINDING_WARNING, r->line, r->id,
                           "the id stands in the built-in pack %s too: both cannot be chosen together", pack);
    for (size_t i = 0; i < c->ids.count; i++) {
        if (strcmp(c->ids.items[i].id, r->id) == 0) {
            policy_finding_add(c->out, FINDING_ERROR, r->line, r->id, "the id stands there already, in line %llu",
                               (unsigned long long)c->ids.items[i].line);
            break;
        }
    }
    VEC_GROW(&c->ids);
    c->ids.items[c->ids.count].id = r->id;
    c->ids.items[c->ids.count++].line = r->line;
    for (uint32_t i = 0; i < r->effect_count; i++) {
        if (r->effects[i].kind != EFFECT_EXEMPT)
            continue;
        VEC_GROW(&c->exempts);
        c->exempts.items[c->exempts.count].id = r->id;
        c->exempts.items[c->exempts.count].target = r->effects[i].name;
        c->exempts.items[c->exempts.count++].line = r->line;
    }
}

/* Rules that are named may stand further down, so they are looked for last. */
static void check_exempts(struct checking *c)
{
    for (size_t i = 0; i < c->exempts.count; i++) {
        const char *id = c->exempts.items[i].id, *target = c->exempts.items[i].target;
        bool found = pack_of_builtin_rule(span_of(target)) != NULL;
        for (size_t k = 0; k < c->ids.count && !found; k++)
            found = strcmp(c->ids.items[k].id, target) == 0;
        if (!found)
            policy_finding_add(c->out, FINDING_ERROR, c->exempts.items[i].line, id,
                               "exempt:%s: there is no rule of that id", target);
        else if (strcmp(id, target) == 0)
            policy_finding_add(c->out, FINDING_WARNING, c->exempts.items[i].line, id,
                               "it exempts itself, which does nothing");
    }
}

static void check_row(struct checking *c, const struct pack_row *row, struct arena *a)
{
    struct policy_rule rule;
    struct err err = ERR_INIT;
    if (!pack_rule_parse(row, c->box, a, &rule, &err)) {
        struct span text = span_of(err.text), id;
        if (span_split(text, ':', &id, &text))
            text = span_trim(text);
        policy_finding_add(c->out, FINDING_ERROR, row->line, rule.id, "%.*s", SPAN_FMT(text));
        return;
    }
    check_id(c, &rule);
    check_effects(c, &rule);
    check_truth(c, &rule);
}

static bool is_builtin_text(struct span text)
{
    for (size_t i = 0; i < policy_builtin_count(); i++) {
        if (span_eq(text, policy_builtin_text(span_of(policy_builtin_name(i)))))
            return true;
    }
    return false;
}

static int by_line(const void *a, const void *b)
{
    const struct policy_finding *x = a, *y = b;
    return x->line < y->line ? -1 : x->line > y->line ? 1 : x->weight < y->weight ? -1 : x->weight > y->weight;
}

void policy_check_condition(const struct policy_rule *rule, const struct policy_check_inputs *in,
                            struct policy_findings *ret)
{
    struct err err = ERR_INIT;
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    struct checking c = { .out = ret, .in = in, .budget = CHECK_BUDGET_ONE };
    if (!policy_sandbox_open(NULL, &box, &err)) {
        policy_finding_add(ret, FINDING_ERROR, rule->line, rule->id, "%s", err.text);
        return;
    }
    c.box = box;
    c.cells = xcalloc(FACT_COUNT, sizeof *c.cells);
    check_truth(&c, rule);
    free(c.cells);
}

void policy_check_with(struct span text, const struct policy_check_inputs *in, struct policy_findings *ret,
                       size_t *ret_rules)
{
    struct arena arena = { 0 };
    struct err err = ERR_INIT;
    CLEANUP(sql_sandbox_closep) struct sql_sandbox *box = NULL;
    CLEANUP(pack_reader_release) struct pack_reader reader = { .rest = text };
    struct checking c = { .out = ret, .in = in, .budget = CHECK_BUDGET, .built_in = is_builtin_text(text) };
    *ret_rules = 0;
    if (!policy_text_check(text, &err) || !policy_sandbox_open(NULL, &box, &err)) {
        policy_finding_add(ret, FINDING_ERROR, err.line, "", "%s", err.text);
        return;
    }
    c.box = box;
    c.cells = xcalloc(FACT_COUNT, sizeof *c.cells);
    struct pack_row row;
    while (pack_row_next(&reader, &row)) {
        check_row(&c, &row, &arena);
        ++*ret_rules;
    }
    check_exempts(&c);
    if (*ret_rules == 0)
        policy_finding_add(ret, FINDING_ERROR, 0, "", "the pack holds no rule");
    if (ret->count > 0)
        qsort(ret->items, ret->count, sizeof *ret->items, by_line);
    free(c.cells);
    free(c.ids.items);
    free(c.exempts.items);
    arena_release(&arena);
}

void policy_check(struct span text, double failure_probability, struct policy_findings *ret, size_t *ret_rules)
{
    policy_check_with(text, &(struct policy_check_inputs){ .failure_probability = failure_probability }, ret,
                      ret_rules);
}
