#include "advise/ctx.h"

#include <stdio.h>

static const struct policy_pack *const *packs_of(const struct advise_input *in, struct policy_pack **standing,
                                                 size_t *ret_n, struct err *err)
{
    static const struct policy_pack *const none[1];
    if (in->pack_count > 0) {
        *ret_n = in->pack_count;
        return in->packs;
    }
    *ret_n = 1;
    return policy_pack_builtin(SPAN("standing"), standing, err) ? (const struct policy_pack *const *)standing : none;
}

static bool evidence_of(const struct advise_input *in, struct fact_set *facts, struct evidence **ret, struct err *err)
{
    struct evidence_input ei = EVIDENCE_INPUT_DEFAULT;
    if (in->declared)
        *facts = *in->declared;
    facts_set_text(facts, FACT_goal, span_of(policy_goal_name(in->goal)),
                   in->goal_given ? ORIGIN_DECLARED : ORIGIN_DEFAULT, in->goal_given ? "stated" : "assumed");
    ei.artefacts = in->artefacts;
    ei.artefact_count = (uint32_t)in->artefact_count;
    ei.declared = facts;
    ei.process = in->process;
    ei.runtime = in->runtime;
    ei.overrides = in->overrides;
    ei.functions = in->on_evidence != NULL;
    return evidence_build(&ei, ret, err);
}

/* Before anybody proposed a target, the gain is unknown for want of a speed-up factor, not for want of evidence: where
 * all that a change can touch would reach the goal, the rules see "not known" instead of "at least nothing". What the
 * evidence itself leaves open (native code unseen) stays a lower end of 0 and keeps the question open. */
void advise_leave_target_open(struct fact_set *f)
{
    double goal = facts_num(f, FACT_goal_gain);
    if (!f->v[FACT_gain_full_est].known && facts_num(f, FACT_addr_share_lo) >= goal) {
        facts_clear(f, FACT_gain_full_lo);
        if (!f->v[FACT_gain_ext_est].known)
            facts_clear(f, FACT_gain_ext_lo);
    }
}

static bool policy_of(const struct advise_input *in, const struct evidence *ev, struct fact_set *goal_facts,
                      struct fact_set *asked, struct policy_pack **standing, struct policy_result *ret, struct err *err)
{
    struct policy_options opt = { .stage = STAGE_EVIDENCE, .answers = true, .flips = true };
    for (int g = 0; g < GOAL_COUNT; g++) {
        evidence_for_goal(ev, span_of(policy_goal_name((enum policy_goal)g)), &goal_facts[g]);
        opt.goal_facts[g] = &goal_facts[g];
    }
    size_t n = 0;
    const struct policy_pack *const *packs = packs_of(in, standing, &n, err);
    *asked = ev->facts;
    advise_leave_target_open(asked);
    for (int g = 0; g < GOAL_COUNT; g++)
        advise_leave_target_open(&goal_facts[g]);
    return packs[0] != NULL && policy_evaluate(packs, n, asked, &opt, ret, err);
}

static void verdict_fill(const struct advise_ctx *c, struct advise_verdict *ret)
{
    struct sb summary = { 0 };
    struct sb headline = { 0 };
    summary_make(c, &summary, &headline);
    *ret = (struct advise_verdict){ .verdict = c->policy->verdict,
                                    .gate = c->policy->gate,
                                    .cpu_share_lo = c->ev->time.cpu_share.lo,
                                    .cpu_share_est = c->ev->time.cpu_share.est,
                                    .cpu_share_hi = c->ev->time.cpu_share.hi };
    (void)snprintf(ret->summary, sizeof ret->summary, "%s", sb_cstr(&summary));
    (void)snprintf(ret->headline, sizeof ret->headline, "%s", sb_cstr(&headline));
    sb_release(&summary);
    sb_release(&headline);
}

bool advise_analyse(const struct advise_input *in, struct sb *ret_json, struct advise_verdict *ret, struct err *err)
{
    if (in->artefact_count == 0)
        return err_set(err, ERR_EMPTY, "no file to analyse");
    /* Some 150 KB together: too much for the stack of a server's thread. */
    struct {
        struct fact_set declared, asked;
        struct fact_set goal[GOAL_COUNT];
    } *sets = xcalloc(1, sizeof *sets);
    struct evidence *ev = NULL;
    struct policy_pack *standing = NULL;
    struct policy_result policy = { 0 };
    bool ok = evidence_of(in, &sets->declared, &ev, err);
    if (ok && in->on_evidence)
        in->on_evidence(in->on_user, ev);
    ok = ok && policy_of(in, ev, sets->goal, &sets->asked, &standing, &policy, err);
    if (ok) {
        asks_translate(&policy, &ev->facts);
        struct advise_ctx c = { .in = in, .ev = ev, .facts = &ev->facts, .policy = &policy };
        next_make(&c);
        verdict_fill(&c, ret);
        document_write(&c, ret_json);
        next_free(&c);
    }
    policy_result_release(&policy);
    policy_pack_free(standing);
    evidence_free(ev);
    freep(&sets);
    return ok;
}

int advise_gate_exit(enum policy_gate gate)
{
    switch (gate) {
    case GATE_PASS:
    case GATE_WAIVED:
        return 0;
    case GATE_FAIL:
        return 1;
    case GATE_INSUFFICIENT:
        break;
    }
    return 2;
}
