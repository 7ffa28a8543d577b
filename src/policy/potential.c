/* potential.c - the verdict at the decision if every missing input were favourable. Inputs alone are granted, never
 * measurements: potential of missing evidence is insufficient evidence. */
#include "policy/engine.h"

static const struct {
    enum fact_id fact;
    double favourable;
} inputs[] = {
    { FACT_load_representative, 1 }, { FACT_evidence_age_days, 0 },
    { FACT_code_changed, 0 },        { FACT_runs_n, 3 },
    { FACT_dep_sdk_ready, 1 },       { FACT_team_target_devs, 1 },
    { FACT_p_roi_pos_ext, 1 },       { FACT_p_roi_pos_full, 1 },
};

enum { INPUTS = ARRAY_LEN(inputs) };

/* Inputs that are unknown, as bits. */
static unsigned missing_inputs(const struct engine *e)
{
    unsigned mask = 0;
    for (unsigned i = 0; i < INPUTS; i++)
        mask |= engine_known(e, inputs[i].fact) ? 0 : 1u << i;
    return mask;
}

/* Moves the cells from the inputs granted in `from` to those in `to`. */
static bool grant(struct engine *e, unsigned from, unsigned to, struct err *err)
{
    for (unsigned i = 0; i < INPUTS; i++) {
        unsigned bit = 1u << i;
        if ((from & bit) != (to & bit) &&
            !engine_set(e, inputs[i].fact, to & bit ? inputs[i].favourable : NUM_UNKNOWN, err))
            return false;
    }
    return true;
}

static enum policy_verdict verdict_now(const struct engine *e, bool without_absence)
{
    struct resolve_options opt = { .stage = STAGE_DECISION, .counts_as = -1, .without_absence = without_absence };
    return engine_resolve(e, &opt, NULL).verdict;
}

static unsigned bits(unsigned x)
{
    unsigned n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

/* The smallest part of `all` that gives the verdict; all inputs cost a statement or a repetition, so size decides. */
static bool smallest(struct engine *e, unsigned all, enum policy_verdict wanted, unsigned *ret, struct err *err)
{
    unsigned granted = all;
    *ret = all;
    for (unsigned size = 0; size < bits(all); size++) {
        for (unsigned mask = 0; mask < 1u << INPUTS; mask++) {
            if ((mask & ~all) || bits(mask) != size)
                continue;
            if (!grant(e, granted, mask, err))
                return false;
            granted = mask;
            if (verdict_now(e, false) == wanted) {
                *ret = mask;
                return grant(e, granted, 0, err);
            }
        }
    }
    return grant(e, granted, 0, err);
}

bool result_potential(struct engine *e, struct policy_result *ret, struct err *err)
{
    unsigned all = missing_inputs(e), least = 0;
    if (!grant(e, 0, all, err))
        return false;
    ret->potential.verdict = verdict_now(e, false);
    if (!smallest(e, all, ret->potential.verdict, &least, err))
        return false;
    for (unsigned i = 0; i < INPUTS; i++) {
        if (least & 1u << i)
            ret->potential.missing[ret->potential.missing_count++] = inputs[i].fact;
    }
    return true;
}

bool verdict_at_best(struct engine *e, enum policy_verdict *ret, struct err *err)
{
    unsigned all = missing_inputs(e);
    if (!grant(e, 0, all, err))
        return false;
    *ret = verdict_now(e, true);
    return grant(e, all, 0, err);
}
