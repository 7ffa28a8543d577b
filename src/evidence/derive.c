/* derive.c - from shares of time and of CPU to what a change could save, for one goal (method 3.3, 6.2).
 * latency, startup, tail: of the operation's time; throughput, cost: of its CPU seconds; memory: nothing. */
#include "evidence/amdahl.h"
#include "evidence/internal.h"

#include <math.h>
#include <stdio.h>

static bool counts_cpu_only(struct span goal)
{
    return span_is(goal, "throughput") || span_is(goal, "cost");
}

static struct share band(const struct fact_set *f, enum fact_id lo)
{
    return (struct share){ facts_num(f, lo), facts_num(f, lo + 1), facts_num(f, lo + 2) };
}

static void put(const bool *given, struct fact_set *f, enum fact_id lo, struct share s, const char *by)
{
    facts_band_set(f, given, lo, s, by);
}

/* What the addressable part of CPU is multiplied with. */
static struct share basis_of(const struct evidence *e, const struct fact_set *f, struct span goal)
{
    if (span_is(goal, "memory"))
        return SHARE_UNKNOWN;
    if (counts_cpu_only(goal)) {
        bool composed = e->cpu_count > 0 || num_known(facts_num(f, FACT_native_cpu_share_lo));
        return composed ? (struct share){ 1, 1, 1 } : SHARE_UNKNOWN;
    }
    struct share cpu = band(f, FACT_cpu_share_lo);
    double queue = facts_num(f, FACT_cpu_queue_share_hi);
    if (!share_known(cpu))
        return SHARE_UNKNOWN;
    /* Less CPU is also less queueing for it. */
    cpu.hi = fmin(1, cpu.hi + (num_known(queue) ? queue : 0));
    return cpu;
}

static struct share addressable_of(const struct evidence *e, const struct fact_set *f)
{
    bool stated = e->given[FACT_native_cpu_share_lo] && e->given[FACT_native_cpu_share_hi];
    if (!stated)
        return e->q;
    struct share n = band(f, FACT_native_cpu_share_lo);
    return (struct share){ 1 - n.hi, 1 - n.est, 1 - n.lo };
}

static struct share product(struct share a, struct share b)
{
    return (struct share){ a.lo * b.lo, a.est * b.est, a.hi * b.hi };
}

/* Seconds that a fraction of one operation is a fraction of: its time, or its CPU time; NaN when neither is known. */
static double operation_of(const struct evidence *e, const struct fact_set *f)
{
    double ops = facts_num(f, FACT_ops), op_s = facts_num(f, FACT_op_s);
    bool overlapping = span_is(facts_text(f, FACT_concurrency), "overlapping");
    if (counts_cpu_only(facts_text(f, FACT_goal)))
        return ops > 0 ? e->time.cpu_s / ops : overlapping ? NUM_UNKNOWN : e->time.cpu_s;
    return num_known(op_s) ? op_s : overlapping ? NUM_UNKNOWN : e->time.wall_s;
}

struct share component_gain(const struct evidence *e, const struct fact_set *f, const struct evidence_component *c,
                            struct share basis)
{
    struct share p = product(basis, (struct share){ c->addr_lo, c->addr_est, c->addr_hi });
    double whole = operation_of(e, f);
    if (c->unmatched)
        return SHARE_UNKNOWN;
    if (c->crossing_s > 0 && whole > 0)
        return amdahl_gain_range(p, c->speed, c->kappa + c->crossing_s / whole);
    struct share g = amdahl_gain_range(p, c->speed, c->kappa);
    /* What crossing the boundary costs is stated, and what it is a part of is not known. */
    if (c->crossing_s > 0 && share_known(g)) {
        g.lo = 0;
        g.est = NUM_UNKNOWN;
    }
    return g;
}

/* The component with the largest expected (else largest possible) gain; -1 when there is none. */
static int best_component(const struct evidence *e, const struct fact_set *f, struct share basis,
                          struct share *ret_gain)
{
    int best = -1;
    double most = -1;
    for (uint32_t i = 0; i < e->component_count; i++) {
        struct share g = component_gain(e, f, &e->components[i], basis);
        double rank = num_known(g.est) ? g.est : g.hi;
        if (rank > most) {
            most = rank;
            best = (int)i;
            *ret_gain = g;
        }
    }
    return best;
}

/* Where no gain can be told the one with the most that a change can touch: its share of CPU is measured all the same. */
static int largest_component(const struct evidence *e)
{
    int best = -1;
    for (uint32_t i = 0; i < e->component_count; i++) {
        const struct evidence_component *c = &e->components[i];
        if (!c->unmatched && (best < 0 || c->addr_est > e->components[best].addr_est))
            best = (int)i;
    }
    return best;
}

static void component_facts(const struct evidence *e, const bool *given, struct fact_set *f, struct share basis)
{
    struct share gain = SHARE_UNKNOWN;
    int best = best_component(e, f, basis, &gain);
    if (best < 0)
        best = largest_component(e);
    if (best < 0)
        return;
    const struct evidence_component *c = &e->components[best];
    char by[100];
    size_t n = c->name.len < 60 ? c->name.len : 60;
    (void)snprintf(by, sizeof by, "component %.*s", (int)n, c->name.ptr);
    put(given, f, FACT_gain_ext_lo, gain, by);
    put(given, f, FACT_component_cpu_share_lo, c->share, by);
    bool visible = facts_num(f, FACT_native_visible) > 0;
    struct share native = c->native;
    if (!visible && share_known(native))
        native.hi = 1;
    put(given, f, FACT_component_native_share_lo, native, by);
}

/* Without a share of time the most that a change can touch is what it can touch of CPU, were all the time CPU: that
 * bound holds for every share there may be, so it may refuse; it never approves. */
static void bound_for_every_share(const bool *given, struct fact_set *f, double q_hi)
{
    if (!given[FACT_addr_share_hi])
        facts_set_num(f, FACT_addr_share_hi, q_hi, ORIGIN_COMPUTED, "were all the time CPU: addressable share of CPU");
    if (!given[FACT_amdahl_ceiling_hi])
        facts_set_num(f, FACT_amdahl_ceiling_hi, amdahl_ceiling(q_hi), ORIGIN_COMPUTED, "1 / (1 - addressable share)");
}

void derive_goal(const struct evidence *e, const bool *given, struct fact_set *f, struct share *ret_addr)
{
    struct span goal = facts_text(f, FACT_goal);
    struct share basis = basis_of(e, f, goal), unknown = SHARE_UNKNOWN;
    put(given, f, FACT_addr_share_lo, unknown, "");
    put(given, f, FACT_amdahl_ceiling_lo, unknown, "");
    put(given, f, FACT_gain_full_lo, unknown, "");
    put(given, f, FACT_gain_ext_lo, unknown, "");
    *ret_addr = unknown;
    if (share_known(basis)) {
        struct share addr = product(basis, addressable_of(e, f));
        put(given, f, FACT_addr_share_lo, addr,
            counts_cpu_only(goal) ? "addressable share of CPU" : "CPU share times addressable share of CPU");
        addr = band(f, FACT_addr_share_lo);
        put(given, f, FACT_amdahl_ceiling_lo,
            (struct share){ amdahl_ceiling(addr.lo), amdahl_ceiling(addr.est), amdahl_ceiling(addr.hi) },
            "1 / (1 - addressable share)");
        put(given, f, FACT_gain_full_lo, amdahl_gain_range(addr, e->speed, 0),
            "addressable share times (1 - 1/speed-up)");
        *ret_addr = addr;
    }
    component_facts(e, given, f, basis);
    if (!share_known(basis) && e->composition_on_cpu && e->cpu_count > 0 && !counts_cpu_only(goal) &&
        !span_is(goal, "memory"))
        bound_for_every_share(given, f, addressable_of(e, f).hi);
    double full = facts_num(f, FACT_gain_full_lo), part = facts_num(f, FACT_gain_ext_lo);
    if (!given[FACT_user_facing_gain_lo] && num_known(e->speed.lo) && num_known(full) && !counts_cpu_only(goal))
        facts_set_num(f, FACT_user_facing_gain_lo, num_known(part) ? fmax(full, part) : full, ORIGIN_COMPUTED,
                      "the larger lower gain of whole and component");
}

void evidence_for_goal(const struct evidence *e, struct span goal, struct fact_set *ret)
{
    *ret = e->facts;
    facts_set_text(ret, FACT_goal, goal, ORIGIN_COMPUTED, "asked beside the goal of the run");
    if (!e->given[FACT_user_facing_gain_lo])
        facts_clear(ret, FACT_user_facing_gain_lo);
    struct share addr;
    derive_goal(e, e->given, ret, &addr);
}
