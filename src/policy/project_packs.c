/* project_packs.c - a project's document at work: the packs it evaluates, its thresholds as facts, what it exempts. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"
#include "policy/pack.h"
#include "policy/project.h"

bool policy_exemption_holds(const struct policy_exemption *e, int64_t as_of_us)
{
    return as_of_us != 0 && as_of_us <= e->until_us;
}

/* Own rules, and a rule for each exemption that holds. */
static void own_text(const struct policy_project *p, int64_t as_of_us, struct sb *out)
{
    sb_adds(out, p->rules);
    if (out->len > 0 && out->ptr[out->len - 1] != '\n')
        sb_addc(out, '\n');
    for (uint32_t i = 0; i < p->exemption_count; i++) {
        const struct policy_exemption *e = &p->exemptions[i];
        if (policy_exemption_holds(e, as_of_us))
            sb_printf(
                out, "EXEMPT-%s | 1 | exempt:%s | input | Exempted by %s until %s: %s%s | Exemption of the project\n",
                e->rule, e->rule, e->owner, e->until, e->reason, span_ends(span_of(e->reason), SPAN(".")) ? "" : ".");
    }
}

static bool own_pack(const struct policy_project *p, int64_t as_of_us, struct policy_pack **ret, struct err *err)
{
    CLEANUP(sb_release) struct sb text = { 0 };
    own_text(p, as_of_us, &text);
    if (span_trim(sb_span(&text)).len == 0 || (p->exemption_count == 0 && !p->own))
        return true;
    if (!policy_pack_parse(sb_span(&text), "project", ret, err))
        return err->code == ERR_EMPTY || err_wrap(err, "the project's own rules"); /* comments alone */
    for (uint32_t i = 0; i < (*ret)->rule_count; i++)
        (*ret)->rules[i].every_stage = span_starts(span_of((*ret)->rules[i].id), SPAN("EXEMPT-"));
    return true;
}

bool policy_project_packs(const struct policy_project *p, int64_t as_of_us, struct policy_set *ret, struct err *err)
{
    *ret = (struct policy_set){ .packs = xcalloc(2 + (p ? p->pack_count : 0), sizeof *ret->packs) };
    struct policy_pack *own = NULL;
    bool fine = policy_pack_builtin(SPAN("standing"), &ret->packs[0], err);
    ret->count = fine;
    for (uint32_t i = 0; fine && p && i < p->pack_count; i++) {
        fine = policy_pack_builtin(span_of(p->packs[i]), &ret->packs[ret->count], err);
        ret->count += fine;
    }
    fine = fine && (!p || own_pack(p, as_of_us, &own, err));
    if (own)
        ret->packs[ret->count++] = own;
    if (!fine)
        policy_set_release(ret);
    return fine;
}

void policy_set_release(struct policy_set *s)
{
    for (size_t i = 0; i < s->count; i++)
        policy_pack_free(s->packs[i]);
    free(s->packs);
    *s = (struct policy_set){ 0 };
}

void policy_project_facts(const struct policy_project *p, struct fact_set *f)
{
    for (uint32_t i = 0; i < p->threshold_count; i++) {
        if (!f->v[p->thresholds[i].fact].known)
            facts_set_num(f, p->thresholds[i].fact, p->thresholds[i].value, ORIGIN_DECLARED, "the project's policy");
    }
}

void policy_exemptions_json(struct jsonw *w, const char *key, const struct policy_project *p, int64_t as_of_us)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; p && i < p->exemption_count; i++) {
        const struct policy_exemption *e = &p->exemptions[i];
        jsonw_obj(w, NULL);
        jsonw_strz(w, "rule", e->rule);
        jsonw_strz(w, "owner", e->owner);
        jsonw_strz(w, "reason", e->reason);
        jsonw_strz(w, "until", e->until);
        jsonw_strz(w, "state", as_of_us == 0 ? "unknown" : policy_exemption_holds(e, as_of_us) ? "holds" : "expired");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void finding_add(struct policy_findings *f, enum finding_weight weight, const char *rule, const char *text)
{
    struct policy_finding x = { .weight = weight };
    (void)snprintf(x.rule, sizeof x.rule, "%s", rule);
    (void)snprintf(x.text, sizeof x.text, "%s", text);
    VEC_PUSH(f, x);
}

void policy_project_check(const struct policy_project *p, double failure_probability, int64_t as_of_us,
                          struct policy_findings *ret)
{
    struct policy_check_inputs in = { .failure_probability = failure_probability };
    policy_project_check_with(p, &in, as_of_us, ret);
}

void policy_project_check_with(const struct policy_project *p, const struct policy_check_inputs *in, int64_t as_of_us,
                               struct policy_findings *ret)
{
    size_t rules;
    if (p->own)
        policy_check_with(span_of(p->rules), in, ret, &rules);
    for (uint32_t i = 0; i < p->watch_count; i++) {
        const struct policy_watch *w = &p->watch[i];
        struct policy_rule rule = { .id = w->id, .pack = "watch", .predicate = w->when, .expr = w->expr };
        if (w->kind == WATCH_WHEN)
            policy_check_condition(&rule, in, ret);
    }
    for (uint32_t i = 0; i < p->exemption_count; i++) {
        const struct policy_exemption *e = &p->exemptions[i];
        char text[300];
        if (as_of_us == 0 || policy_exemption_holds(e, as_of_us))
            continue;
        (void)snprintf(text, sizeof text, "the exemption by %s ended %s: the rule applies again", e->owner, e->until);
        finding_add(ret, FINDING_WARNING, e->rule, text);
    }
}
