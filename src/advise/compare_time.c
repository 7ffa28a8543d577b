/* compare_time.c - shares of time and seconds of two runs (method 1.4, 4.1, 4.4).
 *
 * The interval of a difference has three parts: what was sampled (Newcombe's, effective samples), what one run differs from
 * the next by (measured where several runs of a side are known, else assumed: COMPARE_SPREAD of CPU and of waiting alike),
 * and what the evidence leaves open on either side, which adds up in full. Example: 0.98 (354 effective samples) against
 * 0.34 (400): -0.64, sampling and spread 0.05. */
#include "advise/compare_ctx.h"

#include <math.h>

#include "evidence/stats.h"

/* The ends that samples leave, and what is left of an interval beyond them. */
struct split {
    struct share sampled;
    double open_lo, open_hi;
};

static struct split split_of(struct share s, double n_eff)
{
    struct split x = { .sampled = { s.est, s.est, s.est } };
    if (num_known(n_eff)) {
        struct share w = stats_wilson(s.est, n_eff);
        x.sampled = (struct share){ fmax(w.lo, s.lo), s.est, fmin(w.hi, s.hi) };
    }
    x.open_lo = x.sampled.lo - s.lo;
    x.open_hi = s.hi - x.sampled.hi;
    return x;
}

/* Half width of a share whose CPU and waiting each vary by COMPARE_SPREAD. */
static double assumed_half(double p)
{
    return STATS_Z * p * (1 - p) * COMPARE_SPREAD * sqrt(2);
}

static struct share widened(struct share s, double half)
{
    return (struct share){ s.est - hypot(s.est - s.lo, half), s.est, s.est + hypot(s.hi - s.est, half) };
}

static double n_eff_of(const struct compare_side *s)
{
    return s->evidence->share_n_eff;
}

/* A program that is put off its core takes longer for the same CPU: its share was at most so much where nobody else wanted
 * the core. */
static double undisturbed(const struct compare_side *s, double share)
{
    double queue = s->evidence->queue_possible;
    return queue > 0 && queue < 1 ? fmin(1, share / (1 - queue)) : queue >= 1 && share > 0 ? 1 : share;
}

static bool several(const struct compare_side *s)
{
    return s->run_count >= 2 || s->evidence->share_runs >= 2;
}

static struct share of_run(const struct compare_run *r, bool rules)
{
    return rules ? r->rules_share : r->cpu_share;
}

static struct share of_runs(const struct compare_side *s, bool rules)
{
    enum { RUNS_MAX = 50 };
    struct share list[RUNS_MAX];
    double n[RUNS_MAX];
    size_t k = 0;
    for (uint32_t i = 0; i < s->run_count && k < RUNS_MAX; i++) {
        list[k] = of_run(&s->runs[i], rules);
        n[k++] = num_known(s->runs[i].n_eff) ? s->runs[i].n_eff : 0;
    }
    return k >= 2 ? stats_combine_runs(list, n, k) : SHARE_UNKNOWN;
}

static void share_change(const struct compare *c, struct compare_change *x, bool rules)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    struct share base_runs = of_runs(b, rules), head_runs = of_runs(h, rules);
    if (share_known(base_runs))
        x->base = base_runs;
    if (share_known(head_runs))
        x->head = head_runs;
    if (!share_known(x->base) || !share_known(x->head)) {
        x->diff = SHARE_UNKNOWN;
        compare_settle(x);
        return;
    }
    bool base_several = share_known(base_runs) || several(b), head_several = share_known(head_runs) || several(h);
    struct split p = split_of(x->base, share_known(base_runs) ? NUM_UNKNOWN : n_eff_of(b));
    struct split q = split_of(x->head, share_known(head_runs) ? NUM_UNKNOWN : n_eff_of(h));
    x->assumed = !base_several || !head_several;
    struct share base = widened(p.sampled, base_several ? 0 : assumed_half(x->base.est));
    struct share head = widened(q.sampled, head_several ? 0 : assumed_half(x->head.est));
    double base_more = base_several ? 0 : undisturbed(b, x->base.est) - x->base.est;
    double head_more = head_several ? 0 : undisturbed(h, x->head.est) - x->head.est;
    x->diff = stats_move(base, head);
    x->diff.lo = fmax(-1, x->diff.lo - fmax(p.open_hi, base_more) - q.open_lo);
    x->diff.hi = fmin(1, x->diff.hi + p.open_lo + fmax(q.open_hi, head_more));
    compare_settle(x);
    bool disturbed = fmax(base_more, head_more) > 0.01;
    if (x->more == TRI_NO && disturbed &&
        (x->diff.lo + fmax(0, base_more - p.open_hi) > 0 || x->diff.hi - fmax(0, head_more - q.open_hi) < 0))
        x->reason = "it lost its core to others and nobody measured for how long: what differs may be that "
                    "(stet record measures it)";
}

static struct share rules_share(const struct compare_side *s)
{
    struct share f = { compare_fact(s, "cpu_share_lo"), compare_fact(s, "cpu_share_est"),
                       compare_fact(s, "cpu_share_hi") };
    if (share_known(f) && !num_known(f.est))
        f.est = (f.lo + f.hi) / 2;
    return share_known(f) ? f : SHARE_UNKNOWN;
}

static struct span settle_step(const struct compare_side *s)
{
    return json_str(json_get(json_first(json_get(s->doc, "next")), "command"));
}

static void missing(struct compare *c, struct compare_change *x, const char *both, const char *one)
{
    bool base = share_known(x->base), head = share_known(x->head);
    if (base && head)
        return;
    const char *side = !base ? "base" : "head";
    x->reason = !base && !head ? both : arena_dup(&c->arena, compare_text(c, "%s %s", one, side));
    x->settles = settle_step(base ? &c->in->head : &c->in->base);
}

static void rules_change(struct compare *c)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    struct compare_change *x = &c->rules_share;
    struct span kb = compare_fact_text(b, "concurrency"), kh = compare_fact_text(h, "concurrency");
    bool request = span_is(kb, "overlapping");
    *x = (struct compare_change){ .name = "rules_share",
                                  .words = request ? "CPU of the time of one operation" : "CPU of the time of a run",
                                  .base = rules_share(b),
                                  .head = rules_share(h),
                                  .diff = SHARE_UNKNOWN,
                                  .chance = NUM_UNKNOWN,
                                  .more = TRI_UNKNOWN };
    if (!span_eq(kb, kh)) {
        x->words = "CPU of the time of what the goal names";
        x->reason =
            "base is a job that runs alone, head serves operations that overlap, or the other way round: a share "
            "of one is no share of the other";
        return;
    }
    share_change(c, x, true);
    missing(c, x,
            request ? "requests served and mean response time are not given for either"
                    : "how long they waited is not known for either",
            request ? "requests served and mean response time are not given for"
                    : "how long the program waited is not known for");
}

/* --- waiting and idle --- */

static const struct json *part_find(const struct json *doc, const char *path, struct span category)
{
    for (const struct json *p = json_first(json_path(doc, path)); p; p = json_next(p)) {
        if (span_eq(json_str(json_get(p, "category")), category))
            return p;
    }
    return NULL;
}

/* Of a profile of all states by its effective samples; the one wait of totals mirrors the CPU share. */
static struct share wait_share(const struct compare_side *s, struct span category)
{
    if (!share_known(compare_share_of(json_path(s->doc, "time.cpu_share"))))
        return SHARE_UNKNOWN;
    const struct json *part = part_find(s->doc, "time.wait", category);
    double p = part ? json_num(json_get(part, "share_of_wall"), NUM_UNKNOWN) : 0;
    double n = s->evidence->wall_n_eff;
    struct share cpu = compare_share_of(json_path(s->doc, "time.cpu_share"));
    if (part && json_count(json_path(s->doc, "time.wait")) == 1 && s->evidence->share_source != SHARE_FROM_WALL)
        return (struct share){ fmax(0, p - (cpu.hi - cpu.est)), p, fmin(1, p + (cpu.est - cpu.lo)) };
    if (!num_known(n)) /* a split of totals: of what nobody sampled nothing is known but the whole */
        return part ? (struct share){ p, p, p } : SHARE_UNKNOWN;
    return stats_wilson(p, n);
}

static bool splits_waits(const struct compare_side *s)
{
    const struct json *wait = json_path(s->doc, "time.wait");
    return json_count(wait) > 1 ||
           (json_count(wait) == 1 && !span_is(json_str(json_get(json_first(wait), "category")), "w_other"));
}

/* All that was not CPU, told apart by nobody: its difference is that of the CPU share, with the other sign. */
static bool mirrors_cpu(const struct compare *c, const struct compare_change *x)
{
    const struct share cpu = c->cpu_share.diff;
    return share_known(cpu) && fabs(x->head.est - x->base.est + cpu.est) < 1e-9 && c->wait_count == 1 &&
           json_count(json_path(c->in->base.doc, "time.wait")) <= 1 &&
           json_count(json_path(c->in->head.doc, "time.wait")) <= 1;
}

static void wait_change(struct compare *c, enum category k)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    struct span name = span_of(category_name(k));
    if (!part_find(b->doc, "time.wait", name) && !part_find(h->doc, "time.wait", name))
        return;
    struct compare_change *x = &c->wait[c->wait_count++];
    *x = (struct compare_change){ .name = category_name(k),
                                  .words = category_words(k),
                                  .base = wait_share(b, name),
                                  .head = wait_share(h, name),
                                  .diff = SHARE_UNKNOWN,
                                  .chance = NUM_UNKNOWN,
                                  .more = TRI_UNKNOWN };
    bool both = splits_waits(b) == splits_waits(h);
    if (!both) {
        if (k != CAT_W_OTHER)
            *(splits_waits(b) ? &x->head : &x->base) = SHARE_UNKNOWN;
        x->reason = "what was waited for is told apart on one side only";
        return;
    }
    if (!share_known(x->base) || !share_known(x->head)) {
        x->reason = "not known on one side";
        return;
    }
    x->assumed = !several(b) || !several(h);
    if (mirrors_cpu(c, x)) {
        x->diff = (struct share){ -c->cpu_share.diff.hi, -c->cpu_share.diff.est, -c->cpu_share.diff.lo };
        x->reason = c->cpu_share.reason;
        compare_settle(x);
        return;
    }
    x->diff = stats_move(widened(x->base, several(b) ? 0 : assumed_half(x->base.est)),
                         widened(x->head, several(h) ? 0 : assumed_half(x->head.est)));
    compare_settle(x);
}

/* Threads that had nothing to do, on average: idle seconds a second of wall. Beside, and in no sum. */
static void idle_change(struct compare *c, enum category k)
{
    const struct compare_side *s[2] = { &c->in->base, &c->in->head };
    struct share v[2] = { SHARE_UNKNOWN, SHARE_UNKNOWN };
    bool any = false;
    for (int i = 0; i < 2; i++) {
        const struct json *part = part_find(s[i]->doc, "time.idle", span_of(category_name(k)));
        double wall = json_num(json_path(s[i]->doc, "time.wall_s"), NUM_UNKNOWN);
        double idle = part ? json_num(json_get(part, "seconds"), NUM_UNKNOWN) : NUM_UNKNOWN;
        any = any || part;
        if (num_known(idle) && wall > 0)
            v[i] = (struct share){ idle / wall, idle / wall, idle / wall };
        else if (!part && num_known(s[i]->evidence->wall_n_eff))
            v[i] = (struct share){ 0, 0, 0 };
    }
    if (!any)
        return;
    struct compare_change *x = &c->idle[c->idle_count++];
    *x = (struct compare_change){ .name = category_name(k),
                                  .words = category_words(k),
                                  .base = v[0],
                                  .head = v[1],
                                  .diff = SHARE_UNKNOWN,
                                  .chance = NUM_UNKNOWN,
                                  .more = TRI_UNKNOWN,
                                  .reason = "threads without work are listed beside; how much that varies from run to "
                                            "run is not measured" };
}

void compare_time(struct compare *c)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    c->cpu_share = (struct compare_change){ .name = "cpu_share",
                                            .words = "CPU over wall of the process (how busy it was)",
                                            .base = compare_share_of(json_path(b->doc, "time.cpu_share")),
                                            .head = compare_share_of(json_path(h->doc, "time.cpu_share")),
                                            .diff = SHARE_UNKNOWN,
                                            .chance = NUM_UNKNOWN,
                                            .more = TRI_UNKNOWN };
    share_change(c, &c->cpu_share, false);
    missing(c, &c->cpu_share, "how long they waited is not known for either",
            "how long the program waited is not known for");
    rules_change(c);
    for (int k = 0; c->can.time && k < CAT_COUNT; k++) {
        enum category_class class = category_class_of((enum category)k);
        if (class == CLASS_WAIT || class == CLASS_INTERNAL_WAIT)
            wait_change(c, (enum category)k);
        else if (class == CLASS_IDLE)
            idle_change(c, (enum category)k);
    }
}
