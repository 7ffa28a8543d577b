/* decide_distance.c - how far each deciding fact is from another answer, in words. The yearly volume acts through the
 * return: the simulation runs again with more or fewer operations, with few draws, until the verdict turns. */
#include "advise/decide_ctx.h"

#include <math.h>
#include <stdlib.h>

#include "advise/words.h"
#include "policy/probe.h"

enum { DRAWS = 2000, HALVINGS = 10, FACTS_SHOWN = 10 };
static const double farthest = 1e4; /* times as many, or as few */

/* The volume is looked for by the simulation, its products follow it. */
static bool follows_from_volume(enum fact_id id)
{
    return id == FACT_ops_per_year || id == FACT_annual_benefit_p50 || id == FACT_breakeven_ops;
}

static const char *verdict_words(enum policy_verdict v)
{
    static const char *const words[] = {
        [VERDICT_INSUFFICIENT] = "not decided yet",           [VERDICT_DO_NOT_MIGRATE] = "a rewrite would not pay",
        [VERDICT_FIX_WAIT] = "fix the waiting first",         [VERDICT_OPTIMISE] = "optimise in place first",
        [VERDICT_EXTENSION] = "move one part to native code", [VERDICT_FULL] = "a rewrite is supported",
    };
    return words[v];
}

static void add_value(struct sb *out, enum fact_id id, double x)
{
    const char *unit = fact_infos[id].unit;
    if (fact_is_share(id))
        words_share(out, x);
    else if (span_is(span_of(unit), "s"))
        words_seconds(out, x);
    else if (span_is(span_of(unit), "USD"))
        words_usd(out, x);
    else if (fabs(x) >= 1000)
        words_count(out, x);
    else
        sb_printf(out, "%.3g", x);
}

static void add_times(struct sb *out, double now, double at)
{
    if (!(now > 0) || !(at > 0))
        return;
    bool up = at > now;
    sb_adds(out, " (");
    words_factor(out, up ? at / now : now / at);
    sb_adds(out, up ? " times as much)" : " times less)");
}

/* What decided first, then what was measured or priced, then how well it was measured. */
static int place_of(const struct decide *d, enum fact_id id)
{
    const struct policy_rule_result *main = d->policy.main >= 0 ? &d->policy.rules[d->policy.main] : NULL;
    if (main && main->has_deciding && main->deciding == id)
        return 0;
    return fact_infos[id].group == FACTS_EVIDENCE ? 2 : 1;
}

static void from_flips(struct decide *d, int place)
{
    for (uint32_t i = 0; i < d->policy.flip_count && d->distance_count < FACTS_SHOWN; i++) {
        const struct policy_flip *f = &d->policy.flips[i];
        struct sb text = { 0 };
        if (follows_from_volume(f->fact) || place_of(d, f->fact) != place)
            continue;
        sb_adds(&text, fact_infos[f->fact].meaning);
        sb_adds(&text, ": ");
        add_value(&text, f->fact, f->now);
        sb_adds(&text, " now; at ");
        add_value(&text, f->fact, f->at);
        add_times(&text, f->now, f->at);
        sb_printf(&text, " the answer would be: %s", verdict_words(f->verdict));
        d->distances[d->distance_count++] = (struct decide_distance){ .fact = span_of(fact_infos[f->fact].name),
                                                                      .now = f->now,
                                                                      .at = f->at,
                                                                      .factor = f->factor,
                                                                      .verdict = f->verdict,
                                                                      .text = arena_span(&d->arena, sb_span(&text)) };
        sb_release(&text);
    }
}

struct volume {
    struct decide *d;
    struct policy_probe *probe;
    struct fact_set *facts; /* scratch */
};

static bool verdict_at(struct volume *v, double times, enum policy_verdict *ret, struct err *err)
{
    uint32_t draws = v->d->in->draws > 0 && v->d->in->draws < DRAWS ? v->d->in->draws : DRAWS;
    *v->facts = v->d->ev->facts;
    return decide_price_at(v->d, times, draws, v->facts, err) && policy_probe_verdict(v->probe, v->facts, ret, err);
}

/* Halves the way on the scale of factors. */
static bool narrow(struct volume *v, enum policy_verdict now, double *other, enum policy_verdict *verdict,
                   struct err *err)
{
    double same = 1;
    for (int i = 0; i < HALVINGS; i++) {
        enum policy_verdict here;
        double middle = sqrt(same * *other);
        if (!verdict_at(v, middle, &here, err))
            return false;
        if (here == now) {
            same = middle;
        } else {
            *other = middle;
            *verdict = here;
        }
    }
    return true;
}

/* Two digits: the draws are few. */
static double two_digits(double x)
{
    double scale = pow(10, 1 - floor(log10(x)));
    return round(x * scale) / scale;
}

static void volume_add(struct decide *d, double at, enum policy_verdict verdict, const char *then)
{
    double now = facts_num(&d->ev->facts, FACT_ops_per_year), factor = at / now;
    struct sb text = { 0 };
    sb_printf(&text, "The volume must %s ", factor > 1 ? "rise" : "fall");
    words_factor(&text, factor > 1 ? factor : 1 / factor);
    sb_adds(&text, " times, to ");
    words_count(&text, at);
    sb_printf(&text, " operations a year, %s", then);
    struct decide_distance x = { .fact = SPAN("ops_per_year"),
                                 .now = now,
                                 .at = at,
                                 .factor = factor,
                                 .verdict = verdict,
                                 .text = arena_span(&d->arena, sb_span(&text)) };
    d->distances[d->distance_count++] = x;
    sb_release(&text);
}

static bool of_volume(struct decide *d, struct volume *v, struct err *err)
{
    double now = facts_num(&d->ev->facts, FACT_ops_per_year);
    double zero = d->roi.point.npv_zero_ops_year;
    for (int up = 1; up >= 0; up--) {
        enum policy_verdict other;
        double at = up ? farthest : 1 / farthest;
        if (!verdict_at(v, at, &other, err))
            return false;
        if (other == d->policy.verdict)
            continue;
        if (!narrow(v, d->policy.verdict, &at, &other, err))
            return false;
        struct sb then = { 0 };
        sb_printf(&then, "for another answer: %s", verdict_words(other));
        volume_add(d, two_digits(now * at), other, sb_cstr(&then));
        sb_release(&then);
        break;
    }
    if (num_known(zero) && isfinite(zero) && zero > 0 && zero != now)
        volume_add(d, two_digits(zero), d->policy.verdict,
                   zero > now ? "before cost and benefit are equal within the horizon"
                              : "before the benefit no longer covers the cost within the horizon");
    return true;
}

bool decide_distances(struct decide *d, struct err *err)
{
    if (d->not_asked)
        return true;
    for (int place = 0; place < 3; place++)
        from_flips(d, place);
    bool computed = d->ev->facts.v[FACT_p_roi_pos_ceiling].origin == ORIGIN_COMPUTED ||
                    d->ev->facts.v[FACT_p_roi_pos_full].origin == ORIGIN_COMPUTED ||
                    d->ev->facts.v[FACT_p_roi_pos_ext].origin == ORIGIN_COMPUTED;
    if (!quantity_known(&d->benefit.ops_per_year) || !computed || !(facts_num(&d->ev->facts, FACT_ops_per_year) > 0))
        return true;
    const struct policy_pack *packs[DECIDE_PACKS_MAX + 1];
    size_t n = d->pack_count;
    for (size_t i = 0; i < n; i++)
        packs[i] = d->packs[i];
    if (d->policy.memory_pack && !decide_has_pack(d, "memory"))
        packs[n++] = d->policy.memory_pack;
    CLEANUP(freep) struct fact_set *scratch = xcalloc(1, sizeof *scratch);
    struct volume v = { .d = d, .facts = scratch };
    bool ok = policy_probe_open(packs, n, &d->ev->facts, &v.probe, err) && of_volume(d, &v, err);
    policy_probe_free(v.probe);
    return ok;
}
