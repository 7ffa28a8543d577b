/* policy_json.c - results as members of the analysis document. */
#include "policy/policy.h"

static void facts_json(struct jsonw *w, const char *key, const enum fact_id *facts, uint32_t n)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < n; i++)
        jsonw_strz(w, NULL, fact_infos[facts[i]].name);
    jsonw_end_arr(w);
}

void policy_rules_json(struct jsonw *w, const char *key, const struct policy_result *r)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < r->rule_count; i++) {
        const struct policy_rule_result *x = &r->rules[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "id", x->rule->id);
        if (x->value == SQL_NULL)
            jsonw_null(w, "value");
        else
            jsonw_int(w, "value", x->value == SQL_TRUE);
        jsonw_strz(w, "effect", x->rule->effect);
        jsonw_strz(w, "basis", policy_basis_name(x->rule->basis));
        jsonw_strz(w, "reason", x->rule->reason);
        jsonw_strz(w, "source", x->rule->source);
        jsonw_strz(w, "remedy", x->rule->remedy);
        jsonw_strz(w, "pack", x->rule->pack);
        jsonw_bool(w, "exempted", x->exempted);
        facts_json(w, "missing", x->missing, x->missing_count);
        jsonw_num(w, "line", x->line);
        jsonw_num(w, "measured", x->measured);
        jsonw_num(w, "distance", x->distance);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void policy_open_json(struct jsonw *w, const char *key, const struct policy_result *r)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < r->open_count; i++) {
        const struct policy_open *o = &r->open[i];
        jsonw_obj(w, NULL);
        facts_json(w, "facts", o->facts, o->fact_count);
        jsonw_strz(w, "verdict", policy_verdict_name(o->verdict));
        jsonw_strz(w, "rule", o->rule >= 0 ? r->rules[o->rule].rule->id : NULL);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void policy_flips_json(struct jsonw *w, const char *key, const struct policy_result *r)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < r->flip_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "fact", fact_infos[r->flips[i].fact].name);
        jsonw_num(w, "now", r->flips[i].now);
        jsonw_num(w, "at", r->flips[i].at);
        jsonw_num(w, "factor", r->flips[i].factor);
        jsonw_strz(w, "verdict", policy_verdict_name(r->flips[i].verdict));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void policy_answers_json(struct jsonw *w, const char *key, const struct policy_result *r)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < r->answer_count; i++) {
        const struct policy_answer *a = &r->answers[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "goal", policy_goal_name(a->goal));
        jsonw_strz(w, "verdict", policy_verdict_name(a->verdict));
        jsonw_strz(w, "reason", a->main ? a->main->reason : "Nothing that was given speaks either way.");
        jsonw_strz(w, "rule", a->main ? a->main->id : NULL);
        facts_json(w, "missing", a->missing, a->missing_count);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}
