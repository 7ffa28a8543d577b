#include "policy_test.h"

static void fail_with(const struct err *err)
{
    fail_msg("line %llu: %s", (unsigned long long)err->line, err->text);
}

void packs_open(struct packs *p, const char *names)
{
    struct span rest = span_of(names), word;
    struct err err = ERR_INIT;
    bool all = strcmp(names, "all") == 0;
    p->count = 0;
    for (size_t i = 0; all && i < policy_builtin_count(); i++) {
        if (!policy_pack_builtin(span_of(policy_builtin_name(i)), &p->items[p->count++], &err))
            fail_with(&err);
    }
    while (!all && span_word(&rest, &word)) {
        if (!policy_pack_builtin(word, &p->items[p->count++], &err))
            fail_with(&err);
    }
}

void packs_close(struct packs *p)
{
    for (size_t i = 0; i < p->count; i++)
        policy_pack_free(p->items[i]);
    p->count = 0;
}

static void set_one(struct fact_set *f, struct span name, const char *tail, struct span value)
{
    char full[80];
    enum fact_id id;
    double x;
    (void)snprintf(full, sizeof full, "%.*s%s", SPAN_FMT(name), tail);
    if (!fact_find(span_of(full), &id))
        fail_msg("no fact %s", full);
    if (span_is(value, "null"))
        facts_clear(f, id);
    else if (fact_infos[id].kind == FACT_TEXT)
        facts_set_text(f, id, value, ORIGIN_FILE, "");
    else if (span_to_double(value, &x))
        facts_set_num(f, id, x, ORIGIN_FILE, "");
    else
        fail_msg("fact %s: '%.*s'", full, SPAN_FMT(value));
}

void facts_type(struct fact_set *f, const char *text)
{
    struct span rest = span_of(text), word, name, value;
    while (span_word(&rest, &word)) {
        assert_true(span_split(word, '=', &name, &value));
        size_t dots = span_find(value, 0, SPAN(".."));
        struct span lo, mid, hi;
        if (dots < value.len) {
            set_one(f, name, "_lo", span_sub(value, 0, dots));
            set_one(f, name, "_hi", span_from(value, dots + 2));
        } else if (span_split(value, '/', &lo, &mid) && span_split(mid, '/', &mid, &hi)) {
            set_one(f, name, "_lo", lo);
            set_one(f, name, "_est", mid);
            set_one(f, name, "_hi", hi);
        } else {
            set_one(f, name, "", value);
        }
    }
}

char *fired(const struct policy_result *r, const char *const *skip, size_t skips, bool effects)
{
    struct sb out = { 0 };
    for (uint32_t i = 0; i < r->rule_count; i++) {
        const struct policy_rule *rule = r->rules[i].rule;
        bool shown = policy_fired(&r->rules[i]);
        for (size_t k = 0; k < skips; k++)
            shown = shown && !span_starts(span_of(rule->id), span_of(skip[k]));
        if (!shown)
            continue;
        sb_printf(&out, "%s%s", out.len ? ", " : "", rule->id);
        if (effects)
            sb_printf(&out, " %s", rule->effect);
    }
    return sb_detach(&out);
}

bool has_fired(const struct policy_result *r, const char *id)
{
    const struct policy_rule_result *rule = policy_rule_of(r, id);
    return rule && policy_fired(rule);
}
