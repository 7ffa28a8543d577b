/* decide_document.c - the members that a decision document has beside those of an analysis, in one order. */
#include "advise/decide_ctx.h"

#include <math.h>
#include <stdio.h>

#include "advise/words.h"

static void quantity_json(struct jsonw *w, const char *key, const struct quantity *q)
{
    switch (q->kind) {
    case QUANTITY_ABSENT:
        jsonw_null(w, key);
        return;
    case QUANTITY_CONST:
        jsonw_num(w, key, q->a);
        return;
    case QUANTITY_UNIFORM:
    case QUANTITY_PERT:
        jsonw_obj(w, key);
        jsonw_num(w, "lo", q->a);
        if (q->kind == QUANTITY_PERT)
            jsonw_num(w, "mode", q->mode);
        jsonw_num(w, "hi", q->b);
        jsonw_end_obj(w);
        return;
    case QUANTITY_LOGNORMAL:
        jsonw_obj(w, key);
        jsonw_num(w, "p10", q->a);
        jsonw_num(w, "p90", q->b);
        jsonw_end_obj(w);
        return;
    }
}

/* --- proposal --- */

static void components_json(const struct proposal *p, struct jsonw *w)
{
    jsonw_arr(w, "components");
    for (uint32_t i = 0; i < p->component_count; i++) {
        const struct proposal_component *c = &p->components[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", c->name);
        jsonw_text(w, "kind", c->kind);
        jsonw_text(w, "workload_class", c->workload_class);
        jsonw_arr(w, "match");
        for (uint32_t k = 0; k < c->match_count; k++)
            jsonw_str(w, NULL, c->match[k]);
        jsonw_end_arr(w);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void phases_json(const struct proposal *p, struct jsonw *w)
{
    jsonw_arr(w, "phases");
    for (uint32_t i = 0; i < p->phase_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "title", p->phases[i].title);
        quantity_json(w, "months", &p->phases[i].months);
        quantity_json(w, "stop_loss_usd", &p->phases[i].stop_loss_usd);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "risks");
    for (uint32_t i = 0; i < p->risk_count; i++)
        jsonw_str(w, NULL, p->risks[i]);
    jsonw_end_arr(w);
}

static void proposal_json(const struct decide *d, struct jsonw *w)
{
    const struct proposal *p = d->p;
    jsonw_obj(w, "proposal");
    jsonw_text(w, "title", p->title);
    jsonw_text(w, "scope", p->scope);
    jsonw_strz(w, "kind", p->kind_given ? proposal_kind_name(p->kind) : NULL);
    jsonw_text(w, "from", p->from);
    jsonw_text(w, "to", p->to);
    jsonw_text(w, "goal", p->goal);
    jsonw_num(w, "goal_gain", p->goal_gain);
    jsonw_strz(w, "sha256", p->sha256);
    components_json(p, w);
    jsonw_arr(w, "claims");
    for (uint32_t i = 0; i < p->claim_count; i++)
        jsonw_str(w, NULL, p->claims[i].text);
    jsonw_end_arr(w);
    phases_json(p, w);
    jsonw_obj(w, "cost");
    quantity_json(w, "loc", &p->cost.loc);
    quantity_json(w, "devs", &p->cost.devs);
    quantity_json(w, "months", &p->cost.months);
    quantity_json(w, "rate_usd_year", &p->cost.rate_usd_year);
    quantity_json(w, "failure_probability", &p->cost.failure_probability);
    jsonw_end_obj(w);
    jsonw_end_obj(w);
}

/* --- answer --- */

static void answer_json(const struct advise_ctx *c, struct jsonw *w)
{
    const struct decide *d = c->decision;
    struct sb question = { 0 }, whole = { 0 }, part = { 0 }, both = { 0 };
    decide_question(d, &question);
    decide_scope_words(c, &whole, &part, &both);
    jsonw_str(w, "question", sb_span(&question));
    jsonw_bool(w, "not_asked", d->not_asked);
    jsonw_obj(w, "whole");
    jsonw_bool(w, "open", decide_whole_open(d));
    jsonw_str(w, "sentence", sb_span(&whole));
    jsonw_end_obj(w);
    if (decide_part_asked(d)) {
        jsonw_obj(w, "part");
        jsonw_bool(w, "open", decide_part_open(d));
        jsonw_str(w, "sentence", sb_span(&part));
        jsonw_end_obj(w);
    } else {
        jsonw_null(w, "part");
    }
    jsonw_str(w, "scope_sentence", sb_span(&both));
    sb_release(&question);
    sb_release(&whole);
    sb_release(&part);
    sb_release(&both);
}

/* --- money --- */

static void roi_members(const struct decide *d, struct jsonw *w)
{
    if (d->has_roi)
        roi_json(w, "roi", &d->roi);
    else
        jsonw_null(w, "roi");
    jsonw_arr(w, "roi_missing");
    for (uint32_t i = 0; i < d->roi.missing_count; i++)
        jsonw_strz(w, NULL, d->roi.missing[i]);
    jsonw_end_arr(w);
    jsonw_text(w, "p_roi_pos_full_of", d->full_from);
    jsonw_text(w, "p_roi_pos_ext_of", d->ext_from);
    struct sb pf = { 0 };
    decide_pf_words(d, &pf);
    jsonw_text(w, "cannot_open", sb_span(&pf));
    sb_release(&pf);
}

static void alternatives_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "alternatives");
    for (uint32_t i = 0; i < d->alternative_count; i++) {
        const struct decide_alternative *a = &d->alternatives[i];
        jsonw_obj(w, NULL);
        jsonw_text(w, "title", a->title);
        jsonw_text(w, "kind", a->kind);
        jsonw_text(w, "covers", a->covers);
        ctx_json_share(w, "gain", a->gain);
        jsonw_num(w, "saved_s_per_op", a->saved_s);
        if (a->priced)
            roi_json(w, "roi", &a->roi);
        else
            jsonw_null(w, "roi");
        jsonw_bool(w, "own", a->own);
        jsonw_bool(w, "own_claim", a->own_claim);
        jsonw_bool(w, "bound", a->bound);
        jsonw_text(w, "text", a->text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void benefits_json(const struct decide *d, struct jsonw *w)
{
    static const char *const texts[] = {
        "time saved by people who wait",
        "CPU time that is not paid for",
        "memory that is not paid for",
        "fewer machines, by the larger of CPU and memory requests",
        "worth of faster answers, as stated",
        "incidents avoided, as stated",
        "other worth, as stated",
    };
    jsonw_arr(w, "benefits");
    for (uint32_t i = 0; d->has_roi && i < ARRAY_LEN(d->roi.by_kind); i++) {
        if (!num_known(d->roi.by_kind[i]))
            continue;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "kind", roi_benefit_kind(i));
        jsonw_num(w, "usd_year", d->roi.by_kind[i]);
        jsonw_strz(w, "text", i < ARRAY_LEN(texts) ? texts[i] : "");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* --- rules in other clothes --- */

enum listed { LISTED_ACT, LISTED_BLOCK, LISTED_REFUTE, LISTED_REOPEN };

static void effects_json(const struct decide *d, const char *key, enum effect_kind kind, struct jsonw *w)
{
    jsonw_arr(w, key);
    for (uint32_t i = 0; i < d->policy.rule_count; i++) {
        const struct policy_rule *r = d->policy.rules[i].rule;
        if (!policy_fired(&d->policy.rules[i]))
            continue;
        for (uint32_t k = 0; k < r->effect_count; k++) {
            if (r->effects[k].kind != kind)
                continue;
            jsonw_obj(w, NULL);
            if (kind == EFFECT_ACT || kind == EFFECT_BLOCK)
                jsonw_strz(w, "action", r->effects[k].name);
            jsonw_strz(w, "rule", r->id);
            jsonw_strz(w, "reason", r->reason);
            jsonw_end_obj(w);
        }
    }
    jsonw_end_arr(w);
}

static void gaps_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "gaps");
    for (uint32_t i = 0; i < d->p->gap_count; i++) {
        const struct proposal_gap *g = &d->p->gaps[i];
        jsonw_obj(w, NULL);
        jsonw_text(w, "id", g->id);
        jsonw_text(w, "title", g->title);
        jsonw_text(w, "status", g->status);
        jsonw_bool(w, "booked", g->booked);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_num(w, "v_open_count", facts_num(&d->ev->facts, FACT_v_open_count));
}

static void watch_json(const struct decide *d, struct jsonw *w)
{
    static const char *const states[] = { "unknown", "clear", "fired" };
    jsonw_arr(w, "watch");
    for (uint32_t i = 0; i < d->watch_count; i++) {
        const struct decide_watch *x = &d->watch[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", x->id);
        jsonw_text(w, "title", x->title);
        jsonw_strz(w, "kind", x->kind);
        jsonw_text(w, "when", x->when);
        jsonw_arr(w, "component");
        for (uint32_t k = 0; k < x->component_count; k++)
            jsonw_str(w, NULL, x->component[k]);
        jsonw_end_arr(w);
        jsonw_text(w, "fact", x->fact);
        jsonw_num(w, "now", x->now);
        jsonw_num(w, "line", x->line);
        jsonw_strz(w, "state", states[x->state]);
        jsonw_time(w, "date", x->date_us);
        jsonw_strz(w, "from", x->from);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_int(w, "watch_fired", d->watch_fired);
}

/* --- comparison --- */

static void comparison_json(const struct decide *d, struct jsonw *w)
{
    const struct fact_set *f = &d->ev->facts;
    double lo = facts_num(f, FACT_ab_gain_lo), hi = facts_num(f, FACT_ab_gain_hi);
    if (facts_num(f, FACT_ab_measured) != 1 && !num_known(lo) && !num_known(hi)) {
        jsonw_null(w, "comparison");
        return;
    }
    jsonw_obj(w, "comparison");
    jsonw_strz(w, "stage", d->after_build ? "after_build" : "before_build");
    jsonw_text(w, "ab_scope", facts_text(f, FACT_ab_scope));
    if (num_known(lo) || num_known(hi)) {
        jsonw_obj(w, "ab_gain");
        jsonw_num(w, "lo", lo);
        jsonw_num(w, "est", facts_num(f, FACT_ab_gain_est));
        jsonw_num(w, "hi", hi);
        jsonw_end_obj(w);
    } else {
        jsonw_null(w, "ab_gain");
    }
    jsonw_end_obj(w);
}

/* --- what is missing, taken as given, lifted --- */

static bool listed(const char *const *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(span_of(list[i]), name))
            return true;
    }
    return false;
}

static void missing_json(const struct decide *d, struct jsonw *w)
{
    enum { MOST = ROI_INPUTS_MAX + 8 };
    const char *names[MOST];
    size_t n = 0;
    for (uint32_t i = 0; i < d->roi.missing_count && n < MOST; i++)
        names[n++] = d->roi.missing[i];
    for (uint32_t i = 0; i < d->policy.potential.missing_count && n < MOST; i++) {
        enum fact_id id = d->policy.potential.missing[i];
        if (!listed(names, n, fact_infos[id].name))
            names[n++] = fact_infos[id].name;
    }
    jsonw_arr(w, "missing_inputs");
    for (size_t i = 0; i < n && !d->not_asked; i++)
        jsonw_strz(w, NULL, names[i]);
    jsonw_end_arr(w);
}

static void default_json(struct jsonw *w, const char *name, double value, const char *source)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "name", name);
    jsonw_num(w, "value", value);
    jsonw_strz(w, "source", source);
    jsonw_end_obj(w);
}

static void defaults_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "defaults");
    for (uint32_t i = 0; d->has_roi && i < d->roi.default_count; i++)
        default_json(w, d->roi.defaults[i], d->roi.default_values[i], NULL);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &d->ev->facts.v[i];
        bool told = d->has_roi && listed(d->roi.defaults, d->roi.default_count, fact_infos[i].name);
        if (v->known && v->origin == ORIGIN_DEFAULT && fact_infos[i].kind != FACT_TEXT &&
            fact_infos[i].group == FACTS_DECLARED && !told)
            default_json(w, fact_infos[i].name, v->num, NULL);
    }
    /* Where it is priced with, the return has told it. */
    if (num_known(d->ev->speed.lo) && d->p->component_count == 0 &&
        num_known(facts_num(&d->ev->facts, FACT_gain_full_lo)) &&
        !(d->has_roi && listed(d->roi.defaults, d->roi.default_count, "speed")))
        default_json(w, "speed_up", d->ev->speed.mode, d->speed_source);
    jsonw_end_arr(w);
}

static void ignored_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "ignored_facts");
    for (uint32_t i = 0; i < d->ignored_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", fact_infos[d->ignored[i].fact].name);
        jsonw_strz(w, "why", d->ignored[i].why);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* Members of the proposal that nobody knows: neither refused nor read. */
static void unread_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "not_read");
    for (uint32_t i = 0; i < d->p->unread_count; i++)
        jsonw_str(w, NULL, d->p->unread[i]);
    jsonw_end_arr(w);
}

static void speed_json(const struct decide *d, struct jsonw *w)
{
    jsonw_obj(w, "speed_range");
    jsonw_num(w, "lo", d->ev->speed.lo);
    jsonw_num(w, "mode", d->ev->speed.mode);
    jsonw_num(w, "hi", d->ev->speed.hi);
    jsonw_strz(w, "source", num_known(d->ev->speed.lo) ? d->speed_source : NULL);
    jsonw_end_obj(w);
}

static void waivers_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "waivers");
    for (size_t i = 0; i < d->in->waiver_count; i++) {
        const struct decide_waiver *x = &d->in->waivers[i];
        jsonw_obj(w, NULL);
        jsonw_text(w, "rule", x->rule);
        jsonw_str(w, "owner", x->owner);
        jsonw_str(w, "reason", x->reason);
        jsonw_time(w, "until", x->until_us);
        jsonw_strz(w, "state", decide_waiver_holds(d, x) ? "active" : d->base.as_of_us == 0 ? "unknown" : "expired");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_int(w, "waivers_held", d->waivers_held);
}

static void distances_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "distance");
    for (uint32_t i = 0; i < d->distance_count; i++) {
        const struct decide_distance *x = &d->distances[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "fact", x->fact);
        jsonw_num(w, "now", x->now);
        jsonw_num(w, "at", x->at);
        jsonw_num(w, "factor", x->factor);
        jsonw_strz(w, "verdict", policy_verdict_name(x->verdict));
        jsonw_str(w, "text", x->text);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void pack_versions_json(const struct decide *d, struct jsonw *w)
{
    jsonw_arr(w, "packs");
    for (size_t i = 0; i < d->pack_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", d->packs[i]->name);
        jsonw_strz(w, "version", d->packs[i]->version);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_strz(w, "project_policy", d->base.project_policy ? d->base.project_policy->sha256 : NULL);
}

void decide_members(const struct advise_ctx *c, struct jsonw *w)
{
    const struct decide *d = c->decision;
    proposal_json(d, w);
    answer_json(c, w);
    roi_members(d, w);
    alternatives_json(d, w);
    decide_operations_json(d, w);
    benefits_json(d, w);
    decide_claims_json(d, w);
    decide_score_json(d, w);
    gaps_json(d, w);
    effects_json(d, "actions", EFFECT_ACT, w);
    effects_json(d, "blocked", EFFECT_BLOCK, w);
    effects_json(d, "refuted", EFFECT_REFUTE, w);
    effects_json(d, "reopen", EFFECT_REOPEN, w);
    watch_json(d, w);
    comparison_json(d, w);
    missing_json(d, w);
    defaults_json(d, w);
    ignored_json(d, w);
    unread_json(d, w);
    speed_json(d, w);
    waivers_json(d, w);
    distances_json(d, w);
    pack_versions_json(d, w);
    policy_open_json(w, "open_rules", &d->policy);
}
