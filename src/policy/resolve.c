/* resolve.c - from the rules that fire to a verdict.
 *
 *   any settle fired:     2 if a settle:2 fired, else 3 if a settle:3 fired, else 1
 *   any undecided fired:  0
 *   no floor, and no ceil of basis evidence or input fired: 0
 *   else c = the lowest ceil (5), g = the highest floor (1); a veto on the whole (g 5, c 4, no floor:4) says nothing
 *        for a part: g = 3; verdict = min(c, g)
 *
 * Ceilings beat floors: a veto needs one reason, an approval needs all. */
#include <math.h>
#include <stdlib.h>

#include "policy/engine.h"
#include "roi/proposal.h"

bool policy_fired(const struct policy_rule_result *r)
{
    return r->value == SQL_TRUE && !r->exempted;
}

/* What only a proposal brings: return, the dossier of a decision, and declared inputs. */
bool rule_applies(const struct policy_rule *r, enum policy_stage stage)
{
    static const char *const dossier[] = { "EV-11", "EV-13", "EV-17" };
    if (stage == STAGE_DECISION || r->every_stage)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(dossier); i++) {
        if (strcmp(r->id, dossier[i]) == 0)
            return false;
    }
    return r->basis != BASIS_INPUT && strncmp(r->id, "ROI-", 4) != 0;
}

static bool counts(const struct engine *e, uint32_t i, const struct resolve_options *opt)
{
    const struct policy_rule *r = e->rules[i].rule;
    if (!rule_applies(r, opt->stage) || (opt->without_absence && r->basis == BASIS_ABSENCE))
        return false;
    if (opt->counts_as == (int32_t)i)
        return opt->value == SQL_TRUE;
    return e->rules[i].value == SQL_TRUE || (opt->all_true && opt->all_true[i]);
}

/* An exempted rule is skipped with all that it does, so it exempts nothing itself: first those count that nobody can
 * exempt any more, then what they leave. Rules that exempt each other in a ring leave each other standing. */
static void exempt(const struct engine *e, const struct resolve_options *opt, bool *out)
{
    bool done[ENGINE_EXEMPTS_MAX];
    for (uint32_t i = 0; i < e->exempt_count; i++)
        done[i] = !counts(e, e->exempts[i].by, opt);
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < e->exempt_count; i++) {
            bool waits = done[i];
            for (uint32_t k = 0; !out[e->exempts[i].by] && k < e->exempt_count; k++)
                waits = waits || (!done[k] && e->exempts[k].of == e->exempts[i].by);
            if (waits)
                continue;
            out[e->exempts[i].of] = out[e->exempts[i].of] || !out[e->exempts[i].by];
            done[i] = more = true;
        }
    }
}

/* What the fired rules say together, before the ladder. */
struct tally {
    bool settle[VERDICT_COUNT], undecided, floor[VERDICT_COUNT], carried;
    int ceil, floor_max;
};

static void tally_rule(struct tally *t, const struct policy_rule *r)
{
    for (uint32_t k = 0; k < r->effect_count; k++) {
        const struct policy_effect *f = &r->effects[k];
        if (f->kind == EFFECT_SETTLE) {
            t->settle[f->level] = true;
        } else if (f->kind == EFFECT_UNDECIDED) {
            t->undecided = true;
        } else if (f->kind == EFFECT_CEIL) {
            t->ceil = (int)f->level < t->ceil ? (int)f->level : t->ceil;
            t->carried = t->carried || r->basis != BASIS_ABSENCE;
        } else if (f->kind == EFFECT_FLOOR) {
            t->floor[f->level] = true;
            t->floor_max = (int)f->level > t->floor_max ? (int)f->level : t->floor_max;
            t->carried = t->carried || r->basis != BASIS_ABSENCE;
        }
    }
}

static struct outcome ladder(const struct tally *t)
{
    struct outcome o = { .ceil = t->ceil, .floor = t->floor_max, .undecided = t->undecided };
    o.settled = t->settle[VERDICT_DO_NOT_MIGRATE] || t->settle[VERDICT_FIX_WAIT] || t->settle[VERDICT_OPTIMISE];
    if (o.settled) {
        o.verdict = t->settle[VERDICT_FIX_WAIT]   ? VERDICT_FIX_WAIT
                    : t->settle[VERDICT_OPTIMISE] ? VERDICT_OPTIMISE
                                                  : VERDICT_DO_NOT_MIGRATE;
        return o;
    }
    if (t->undecided || !t->carried)
        return o; /* 0 */
    int g = t->floor_max;
    if (g == VERDICT_FULL && t->ceil == VERDICT_EXTENSION && !t->floor[VERDICT_EXTENSION]) {
        g = VERDICT_OPTIMISE;
        o.veto_on_whole = true;
    }
    o.verdict = (enum policy_verdict)(g < t->ceil ? g : t->ceil);
    return o;
}

struct outcome engine_resolve(const struct engine *e, const struct resolve_options *opt, bool *exempted)
{
    bool *out = exempted ? exempted : xcalloc(e->count, sizeof *out);
    exempt(e, opt, out);
    struct tally t = { .ceil = VERDICT_FULL, .floor_max = VERDICT_DO_NOT_MIGRATE };
    for (uint32_t i = 0; i < e->count; i++) {
        if (!out[i] && counts(e, i, opt))
            tally_rule(&t, e->rules[i].rule);
    }
    if (!exempted)
        free(out);
    return ladder(&t);
}

enum policy_kind policy_kind_find(struct span name)
{
    static const struct {
        enum proposal_kind of;
        enum policy_kind kind;
    } kinds[] = { { PROPOSAL_FULL_REWRITE, KIND_FULL_REWRITE },
                  { PROPOSAL_NATIVE_EXTENSION, KIND_NATIVE_EXTENSION },
                  { PROPOSAL_RUNTIME_UPGRADE, KIND_RUNTIME_UPGRADE },
                  { PROPOSAL_COMPONENT_SWAP, KIND_COMPONENT_SWAP } };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (span_is(name, proposal_kind_name(kinds[i].of)))
            return kinds[i].kind;
    }
    return KIND_UNKNOWN;
}

bool kind_covered(enum policy_verdict v, enum policy_kind kind)
{
    /* Nobody said which kind: only what covers all of them counts. */
    if (kind == KIND_FULL_REWRITE || kind == KIND_UNKNOWN)
        return v == VERDICT_FULL;
    return v >= VERDICT_EXTENSION;
}
