/* decide_facts.c - what is settled before anything is priced: goal, packs, facts in their order of precedence (project
 * and caller, then the project's thresholds, then the proposal), and the evidence with the proposal's components. */
#include "advise/decide_ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "roi/speed.h"

enum { SPECS_MAX = 64, GLOBS_MAX = 16 };

/* --- packs --- */

bool decide_has_pack(const struct decide *d, const char *name)
{
    for (size_t i = 0; i < d->pack_count; i++) {
        if (strcmp(d->packs[i]->name, name) == 0)
            return true;
    }
    return false;
}

static bool pack_add(struct decide *d, const struct policy_pack *pack, struct err *err)
{
    if (decide_has_pack(d, pack->name))
        return true;
    if (d->pack_count == DECIDE_PACKS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d policies", DECIDE_PACKS_MAX);
    d->packs[d->pack_count++] = pack;
    return true;
}

static bool settle_packs(struct decide *d, struct err *err)
{
    bool settled = d->in->packs_settled;
    if (!settled && !policy_project_packs(d->base.project_policy, d->base.as_of_us, &d->of_project, err))
        return false;
    for (size_t i = 0; i < d->of_project.count; i++) {
        if (!pack_add(d, d->of_project.packs[i], err))
            return false;
    }
    for (size_t i = 0; i < d->in->base.pack_count; i++) {
        if (!pack_add(d, d->in->base.packs[i], err))
            return false;
    }
    for (uint32_t i = 0; !settled && i < d->p->pack_count; i++) {
        struct policy_pack *pack = NULL;
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", SPAN_FMT(d->p->packs[i]));
        if (decide_has_pack(d, name))
            continue;
        if (d->owned_count == DECIDE_PACKS_MAX)
            return err_set(err, ERR_LIMIT, "more than %d policies", DECIDE_PACKS_MAX);
        if (!policy_pack_builtin(d->p->packs[i], &pack, err)) {
            err->code = ERR_VALUE;
            return err_wrap(err, "packs[%u]", (unsigned)i);
        }
        d->owned[d->owned_count++] = pack;
        if (!pack_add(d, pack, err))
            return false;
    }
    d->base.packs = d->packs;
    d->base.pack_count = d->pack_count;
    return true;
}

/* --- goal and facts --- */

static void settle_goal(struct decide *d)
{
    struct span of_facts = d->p->facts ? facts_text(d->p->facts, FACT_goal) : SPAN("");
    struct span of_caller = d->in->base.declared ? facts_text(d->in->base.declared, FACT_goal) : SPAN("");
    d->not_asked = d->p->goal_foreign;
    d->goal_by = "stated";
    if (!d->base.goal_given)
        d->base.goal_given = policy_goal_find(of_caller, &d->base.goal);
    if (d->base.goal_given) {
        d->not_asked = false; /* the caller asks about another goal */
    } else if (policy_goal_find(d->p->goal, &d->base.goal) || policy_goal_find(of_facts, &d->base.goal)) {
        d->base.goal_given = true;
        d->goal_by = "the proposal";
    } else if (d->base.project_policy && d->base.project_policy->goal_given && !d->not_asked) {
        d->base.goal = d->base.project_policy->goal;
        d->base.goal_given = true;
        d->goal_by = "the project's policy";
    }
}

static bool known(const struct decide *d, enum fact_id id)
{
    return d->declared->v[id].known;
}

static void put(struct decide *d, enum fact_id id, double x)
{
    if (!known(d, id) && num_known(x) && x >= fact_infos[id].lo && x <= fact_infos[id].hi)
        facts_set_num(d->declared, id, x, ORIGIN_DECLARED, "the proposal");
}

/* Whether project or caller speak of the fact: of a band any end counts, so that two sources are never mixed in one. */
static bool overruled(const struct fact_set *over, enum fact_id id)
{
    enum fact_id end;
    bool any = over->v[id].known;
    for (int k = FACT_LO; k <= FACT_HI; k++)
        any = any || (fact_band(id, (enum fact_end)k, &end) && over->v[end].known);
    return any;
}

void decide_ignore(struct decide *d, enum fact_id id, const char *why)
{
    if (d->ignored_count < DECIDE_IGNORED_MAX)
        d->ignored[d->ignored_count++] = (struct decide_ignored){ id, why };
}

static void join_proposal(struct decide *d)
{
    const struct fact_set *given = d->p->facts;
    CLEANUP(freep) struct fact_set *over = xcalloc(1, sizeof *over);
    *over = *d->declared;
    for (size_t i = 0; given && i < FACT_COUNT; i++) {
        if (!given->v[i].known || i == FACT_goal || i == FACT_declared_measures || overruled(over, (enum fact_id)i))
            continue;
        if (i == FACT_exempt_001) {
            decide_ignore(d, (enum fact_id)i, "a rule is lifted by its owner: by the project, or by the caller");
            continue;
        }
        d->declared->v[i] = given->v[i];
        d->declared->v[i].origin = ORIGIN_DECLARED;
    }
}

static void put_gaps(struct decide *d)
{
    double open = 0, booked = 0;
    for (uint32_t i = 0; i < d->p->gap_count; i++) {
        open += !span_is(d->p->gaps[i].status, "done");
        booked += d->p->gaps[i].booked;
    }
    if (d->p->gap_count == 0)
        return;
    put(d, FACT_v_open_count, open);
    put(d, FACT_v_rewrite_credit, booked);
}

static void put_members(struct decide *d)
{
    const struct proposal *p = d->p;
    const struct proposal_benefit *b = &p->benefit;
    if (!known(d, FACT_kind) && p->kind_given)
        facts_set_text(d->declared, FACT_kind, span_of(proposal_kind_name(p->kind)), ORIGIN_DECLARED, "the proposal");
    if (!known(d, FACT_scope) && p->scope.len > 0 && p->scope.len < sizeof d->declared->v[0].text)
        facts_set_text(d->declared, FACT_scope, p->scope, ORIGIN_DECLARED, "the proposal");
    put(d, FACT_goal_gain, p->goal_gain);
    put(d, FACT_horizon_years, quantity_quantile(&p->horizon_years, 0.5));
    put(d, FACT_discount_rate, quantity_quantile(&p->discount_rate, 0.5));
    put(d, FACT_ops_per_year, quantity_quantile(&b->ops_per_year, 0.5));
    /* The time of an operation has to be measured: the proposal's own is a fact only where a rule could not be read
     * without it, and is marked then as every declared measurement is. */
    if (known(d, FACT_ops) || known(d, FACT_proto_op_s))
        put(d, FACT_op_s, quantity_quantile(&b->op_s, 0.5));
    put_gaps(d);
}

bool decide_settle(struct decide *d, struct err *err)
{
    d->base = d->in->base;
    if (!d->base.project_policy)
        d->base.project_policy = d->in->project;
    settle_goal(d);
    if (d->in->base.declared)
        *d->declared = *d->in->base.declared;
    facts_clear(d->declared, FACT_goal);
    if (d->base.project_policy)
        policy_project_facts(d->base.project_policy, d->declared);
    join_proposal(d);
    put_members(d);
    facts_set_text(d->declared, FACT_goal, span_of(policy_goal_name(d->base.goal)),
                   d->base.goal_given ? ORIGIN_DECLARED : ORIGIN_DEFAULT, d->base.goal_given ? d->goal_by : "assumed");
    d->base.declared = d->declared;
    return settle_packs(d, err);
}

/* --- evidence --- */

static struct evidence_component_spec spec_of(const struct decide *d, const struct proposal_component *c)
{
    const char *source;
    struct evidence_component_spec s = { .name = c->name, .match = c->match, .match_count = c->match_count };
    s.speed = d->p->kind_given && d->p->kind == PROPOSAL_RUNTIME_UPGRADE
                  ? SPEED_UNKNOWN
                  : speed_of(d->from, d->p->to, c->workload_class, &source);
    s.crossing_s = roi_crossing_s(d->from, c);
    return s;
}

uint32_t decide_globs(struct decide *d, struct span text, const struct span **ret)
{
    for (uint32_t i = 0; i < d->p->component_count; i++) {
        if (span_eq(d->p->components[i].name, text)) {
            *ret = d->p->components[i].match;
            return d->p->components[i].match_count;
        }
    }
    struct span *globs = ARENA_ARRAY(&d->arena, GLOBS_MAX, struct span);
    uint32_t n = 0;
    struct span rest = text, head;
    while (n < GLOBS_MAX && rest.len > 0) {
        if (!span_split(rest, ',', &head, &rest)) {
            head = rest;
            rest = SPAN("");
        }
        head = span_trim(head);
        if (head.len > 0)
            globs[n++] = head;
    }
    *ret = globs;
    return n;
}

struct specs {
    struct evidence_component_spec items[SPECS_MAX];
    uint32_t count;
};

/* The key by which a watched share is found again. */
static struct span key_of(struct decide *d, const char *what, uint32_t i, uint32_t k)
{
    char key[40];
    (void)snprintf(key, sizeof key, "%s:%u:%u", what, (unsigned)i, (unsigned)k);
    return arena_span(&d->arena, span_of(key));
}

static void spec_add(struct specs *s, struct evidence_component_spec spec)
{
    if (s->count < SPECS_MAX && spec.match_count > 0)
        s->items[s->count++] = spec;
}

static void watched_specs(struct decide *d, struct specs *s)
{
    for (uint32_t i = 0; i < d->p->alternative_count; i++) {
        const struct proposal_alternative *a = &d->p->alternatives[i];
        for (uint32_t k = 0; k < a->component_count; k++) {
            struct evidence_component_spec spec = spec_of(d, &a->components[k]);
            spec.name = key_of(d, "alternative", i, k);
            spec_add(s, spec);
        }
    }
    for (uint32_t i = 0; i < d->p->watch_count; i++) {
        struct evidence_component_spec spec = { .name = key_of(d, "watch", i, 0) };
        spec.match_count = decide_globs(d, d->p->watch[i].component, &spec.match);
        spec_add(s, spec);
    }
    for (uint32_t i = 0; d->base.project_policy && i < d->base.project_policy->watch_count; i++) {
        const struct policy_watch *w = &d->base.project_policy->watch[i];
        spec_add(s, (struct evidence_component_spec){
                        .name = key_of(d, "project", i, 0), .match = w->component, .match_count = w->component_count });
    }
}

/* The present language where the proposal does not say it: as stated, or as the recordings show. */
static void settle_from(struct decide *d)
{
    enum runtime_kind runtime = d->base.runtime;
    d->from = d->p->from.len > 0 ? d->p->from : facts_text(d->declared, FACT_source_runtime);
    for (size_t i = 0; i < d->base.artefact_count && runtime == RUNTIME_UNKNOWN; i++)
        runtime = d->base.artefacts[i]->profile ? d->base.artefacts[i]->runtime : RUNTIME_UNKNOWN;
    if (d->from.len == 0 && runtime != RUNTIME_UNKNOWN)
        d->from = span_of(runtime_name(runtime));
}

/* Both versions were measured on the goal's own metric: what the change saves is that, whatever a profile of the old
 * version would let expect. */
static void take_comparison(struct decide *d)
{
    bool part = d->p->kind_given && d->p->kind != PROPOSAL_FULL_REWRITE;
    enum fact_id to = part ? FACT_gain_ext_lo : FACT_gain_full_lo;
    struct fact_set *f = &d->ev->facts;
    for (unsigned k = 0; k < 3; k++) {
        double x = facts_num(f, FACT_ab_gain_lo + k);
        if (!d->ev->given[to + k])
            facts_set_num(f, to + k, x < 0 ? 0 : x, ORIGIN_COMPUTED, "the comparison of both versions");
    }
}

bool decide_evidence(struct decide *d, struct err *err)
{
    CLEANUP(freep) struct specs *own = xcalloc(1, sizeof *own), *watched = xcalloc(1, sizeof *watched);
    struct evidence_input ei = EVIDENCE_INPUT_DEFAULT;
    settle_from(d);
    for (uint32_t i = 0; i < d->p->component_count; i++)
        spec_add(own, spec_of(d, &d->p->components[i]));
    watched_specs(d, watched);
    ei.artefacts = d->base.artefacts;
    ei.artefact_count = (uint32_t)d->base.artefact_count;
    ei.declared = d->declared;
    ei.process = d->base.process;
    ei.runtime = d->base.runtime;
    ei.overrides = d->base.overrides;
    /* For a newer runtime of the same language no range is published: what is declared or measured counts. */
    if (!d->p->kind_given || d->p->kind != PROPOSAL_RUNTIME_UPGRADE)
        ei.speed = speed_of(d->from, d->p->to, SPAN(""), &d->speed_source);
    ei.components = own->items;
    ei.component_count = own->count;
    ei.speed_of_parts = d->p->kind_given && d->p->kind == PROPOSAL_FULL_REWRITE;
    ei.watched = watched->items;
    ei.watched_count = watched->count;
    if (!evidence_build(&ei, &d->ev, err))
        return false;
    const struct fact_set *f = &d->ev->facts;
    d->after_build = facts_num(f, FACT_ab_measured) == 1 && span_is(facts_text(f, FACT_ab_scope), "goal") &&
                     num_known(facts_num(f, FACT_ab_gain_lo)) && num_known(facts_num(f, FACT_ab_gain_hi));
    decide_goal_facts(d);
    if (d->after_build)
        take_comparison(d);
    return true;
}

/* The claim with the largest factor for the whole of what was recorded stands for all of them in the rules: one about
 * another operation is held against nothing that was measured. */
static const struct proposal_claim *largest_claim(const struct decide *d)
{
    const struct proposal_claim *best = NULL;
    for (uint32_t i = 0; i < d->p->claim_count; i++) {
        const struct proposal_claim *c = &d->p->claims[i];
        if (!quantity_known(&c->factor) || !decide_claim_is_of_whole(d, c))
            continue;
        if (!best || quantity_highest(&c->factor) > quantity_highest(&best->factor))
            best = c;
    }
    return best;
}

static void claim_fact(struct decide *d, enum fact_id id, double x)
{
    struct fact_set *f = &d->ev->facts;
    if (!f->v[id].known && num_known(x) && x >= fact_infos[id].lo && x <= fact_infos[id].hi)
        facts_set_num(f, id, x, ORIGIN_DECLARED, "the proposal");
}

void decide_claim_facts(struct decide *d)
{
    static const char *const words[] = { "", "none", "borrowed", "own" };
    struct fact_set *f = &d->ev->facts;
    const struct proposal_claim *c = largest_claim(d);
    if (!c)
        return;
    claim_fact(d, FACT_claimed_x, quantity_highest(&c->factor));
    claim_fact(d, FACT_claimed_x_lo, quantity_lowest(&c->factor));
    if (!f->v[FACT_claim_evidence].known && c->evidence != CLAIM_EVIDENCE_UNSTATED)
        facts_set_text(f, FACT_claim_evidence, span_of(words[c->evidence]), ORIGIN_DECLARED, "the proposal");
}

void decide_goal_facts(struct decide *d)
{
    for (int g = 0; g < GOAL_COUNT; g++)
        evidence_for_goal(d->ev, span_of(policy_goal_name((enum policy_goal)g)), &d->goal[g]);
}
