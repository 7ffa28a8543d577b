/* decide.c - a decision in its stages: facts, evidence, return, rules, distances, watch list, document. */
#include "advise/decide.h"

#include <stdio.h>
#include <stdlib.h>

#include "advise/decide_ctx.h"

static void settle_seed(struct decide *d)
{
    if (d->in->seed_given)
        return;
    size_t n = d->base.artefact_count;
    struct span *hashes = ARENA_ARRAY(&d->arena, n + 1, struct span);
    for (size_t i = 0; i < n; i++)
        hashes[i] = span_of(d->base.artefacts[i]->sha256);
    d->base.seed = roi_seed(d->p, hashes, n);
}

static bool judge(struct decide *d, struct err *err)
{
    struct policy_options opt = { .stage = STAGE_DECISION,
                                  .proposal_given = true,
                                  .kind = d->p->kind_given ? policy_kind_find(span_of(proposal_kind_name(d->p->kind)))
                                                           : KIND_UNKNOWN,
                                  .answers = true,
                                  .flips = !d->not_asked };
    decide_goal_facts(d); /* with the return in them */
    for (int g = 0; g < GOAL_COUNT; g++)
        opt.goal_facts[g] = &d->goal[g];
    return policy_evaluate(d->packs, d->pack_count, &d->ev->facts, &opt, &d->policy, err);
}

/* A question that no profile answers is neither decided nor refused: what the rules say of speed stays in the record. */
static void leave_open(struct decide *d)
{
    d->policy.verdict = VERDICT_INSUFFICIENT;
    d->policy.main = -1;
    d->policy.gate = GATE_INSUFFICIENT;
    d->policy.migration_allowed = false;
    d->policy.potential.verdict = VERDICT_INSUFFICIENT;
    d->policy.potential.missing_count = d->policy.ask_count = d->policy.answer_count = 0;
}

static void finish(struct decide *d, struct sb *ret_json, struct decide_verdict *ret)
{
    struct advise_ctx c = { .in = &d->base, .ev = d->ev, .facts = &d->ev->facts, .policy = &d->policy, .decision = d };
    struct sb summary = { 0 }, headline = { 0 };
    if (!d->not_asked)
        next_make(&c);
    summary_make(&c, &summary, &headline);
    *ret = (struct decide_verdict){ .v = { .verdict = d->policy.verdict,
                                           .gate = d->gate,
                                           .cpu_share_lo = d->ev->time.cpu_share.lo,
                                           .cpu_share_est = d->ev->time.cpu_share.est,
                                           .cpu_share_hi = d->ev->time.cpu_share.hi },
                                    .part_open = !decide_whole_open(d) && decide_part_open(d),
                                    .not_asked = d->not_asked,
                                    .seed = d->base.seed,
                                    .waivers_held = d->waivers_held,
                                    .watch_fired = d->watch_fired };
    (void)snprintf(ret->v.summary, sizeof ret->v.summary, "%s", sb_cstr(&summary));
    (void)snprintf(ret->v.headline, sizeof ret->v.headline, "%s", sb_cstr(&headline));
    document_write(&c, ret_json);
    next_free(&c);
    sb_release(&summary);
    sb_release(&headline);
}

static bool run(struct decide *d, struct sb *ret_json, struct decide_verdict *ret, struct err *err)
{
    if (!decide_settle(d, err) || !decide_evidence(d, err))
        return false;
    settle_seed(d);
    if (!decide_price(d, err))
        return false;
    decide_claim_facts(d);
    decide_score_facts(d);
    if (!judge(d, err))
        return false;
    if (d->not_asked)
        leave_open(d);
    asks_translate(&d->policy, &d->ev->facts);
    if (!decide_distances(d, err) || !decide_watch_list(d, err) || !decide_waive(d, err))
        return false;
    finish(d, ret_json, ret);
    return true;
}

static void release(struct decide *d)
{
    for (uint32_t i = 0; i < d->alternative_count; i++) {
        if (d->alternatives[i].priced)
            roi_release(&d->alternatives[i].roi);
    }
    roi_release(&d->roi);
    roi_room_free(d->room);
    policy_result_release(&d->policy);
    for (size_t i = 0; i < d->owned_count; i++)
        policy_pack_free(d->owned[i]);
    policy_set_release(&d->of_project);
    evidence_free(d->ev);
    free(d->declared);
    free(d->goal);
    arena_release(&d->arena);
    free(d);
}

static struct decide *begin(const struct decide_input *in)
{
    struct decide *d = xcalloc(1, sizeof *d);
    d->in = in;
    d->p = in->proposal;
    d->declared = xcalloc(1, sizeof *d->declared);
    d->goal = xcalloc(GOAL_COUNT, sizeof *d->goal);
    d->policy.main = d->other_kind = -1;
    return d;
}

bool decide_pricing(const struct decide_input *in, struct span component, struct decide_pricing *ret, struct err *err)
{
    struct decide *d = begin(in);
    bool ok = decide_settle(d, err) && decide_evidence(d, err);
    if (ok) {
        settle_seed(d);
        decide_price_with(d, component);
        *ret = (struct decide_pricing){ .evidence = d->priced_with,
                                        .benefit = d->benefit,
                                        .horizon = d->horizon,
                                        .discount = d->discount,
                                        .seed = d->base.seed };
    }
    release(d);
    return ok;
}

bool decide_make(const struct decide_input *in, struct sb *ret_json, struct decide_verdict *ret, struct err *err)
{
    struct decide *d = begin(in);
    bool ok = run(d, ret_json, ret, err);
    release(d);
    return ok;
}
