/* compare_seconds.c - seconds of the same work on both sides: of a run from start to end, or of one operation.
 *
 * Totals of the same tool that repeated the program are taken before those of one run (a program under a profiler takes
 * longer). Where one run was measured, COMPARE_SPREAD is assumed between runs and said. */
#include "advise/compare_ctx.h"

#include <math.h>
#include <string.h>

#include "evidence/stats.h"

struct measured {
    struct share wall, cpu;
    uint32_t runs;
    struct span source;
};

static double or_else(double a, double b)
{
    return num_known(a) ? a : b;
}

static bool usable(const struct accounting *t)
{
    return t->whole_life && !t->attached && t->scope == ACCT_TREE && num_known(t->wall_s) && t->wall_s > 0 &&
           num_known(t->cpu_s);
}

/* Slowest and fastest of several runs follow from the spread of CPU over wall, which their mean CPU was divided by. */
static struct measured measured_of(const struct artefact *a, const struct accounting *t)
{
    struct measured m = { .runs = t->runs, .source = a->name };
    m.wall = (struct share){ or_else(t->wall_lo_s, t->wall_s), t->wall_s, or_else(t->wall_hi_s, t->wall_s) };
    m.cpu = (struct share){ or_else(t->cpu_lo_s, t->cpu_s), t->cpu_s, or_else(t->cpu_hi_s, t->cpu_s) };
    if (t->runs > 1 && t->share_run_lo > 0 && t->share_run_hi > 0) {
        double slow = t->cpu_s / t->share_run_lo / t->wall_s, fast = t->cpu_s / t->share_run_hi / t->wall_s;
        m.wall = (struct share){ fmin(m.wall.lo, fast * t->wall_s), t->wall_s, fmax(m.wall.hi, slow * t->wall_s) };
        m.cpu = (struct share){ fmin(m.cpu.lo, fast * t->cpu_s), t->cpu_s, fmax(m.cpu.hi, slow * t->cpu_s) };
    }
    return m;
}

/* The pair of totals of one tool with the most runs on the side that has fewer; false when no tool measured both. */
static bool pair_find(const struct compare *c, struct measured *base, struct measured *head)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    uint32_t best = 0;
    for (uint32_t i = 0; i < b->artefact_count; i++) {
        for (uint32_t k = 0; k < h->artefact_count; k++) {
            const struct artefact *x = b->artefacts[i], *y = h->artefacts[k];
            if (x->acct_count == 0 || y->acct_count == 0 || strcmp(x->format, y->format) != 0 || !usable(&x->acct[0]) ||
                !usable(&y->acct[0]))
                continue;
            uint32_t runs = x->acct[0].runs < y->acct[0].runs ? x->acct[0].runs : y->acct[0].runs;
            if (runs <= best)
                continue;
            best = runs;
            *base = measured_of(x, &x->acct[0]);
            *head = measured_of(y, &y->acct[0]);
        }
    }
    return best > 0;
}

/* Mean of several runs of one side; t over their number. */
static struct share mean_of(const struct compare_run *runs, uint32_t count, bool wall)
{
    double sum = 0, squares = 0;
    uint32_t k = 0;
    for (uint32_t i = 0; i < count; i++) {
        double x = wall ? runs[i].wall_s : runs[i].cpu_s;
        sum += num_known(x) ? x : 0;
        k += num_known(x);
    }
    if (k < 2)
        return SHARE_UNKNOWN;
    double mean = sum / k;
    for (uint32_t i = 0; i < count; i++) {
        double x = wall ? runs[i].wall_s : runs[i].cpu_s;
        squares += num_known(x) ? (x - mean) * (x - mean) : 0;
    }
    double half = stats_t975(k - 1) * sqrt(squares / (k - 1) / k);
    return (struct share){ fmax(0, mean - half), mean, mean + half };
}

static struct share spread(struct share s)
{
    double half = STATS_Z * COMPARE_SPREAD * s.est;
    return (struct share){ fmax(0, s.est - hypot(s.est - s.lo, half)), s.est, s.est + hypot(s.hi - s.est, half) };
}

static struct share logs(struct share s)
{
    return (struct share){ log(s.lo), log(s.est), log(s.hi) };
}

/* Base over head by the ends of both; unknown where an end is nothing. */
static struct share factor_of(struct share base, struct share head)
{
    if (!(base.lo > 0) || !(head.lo > 0))
        return SHARE_UNKNOWN;
    struct share d = stats_move(logs(head), logs(base));
    return (struct share){ exp(d.lo), exp(d.est), exp(d.hi) };
}

static struct compare_seconds *add(struct compare *c, const char *name, const char *words, struct share base,
                                   struct share head, bool assumed, struct span source)
{
    if (c->second_count == COMPARE_SECONDS_MAX || !share_known(base) || !share_known(head))
        return NULL;
    struct compare_seconds *x = &c->seconds[c->second_count++];
    *x = (struct compare_seconds){ .name = name,
                                   .words = words,
                                   .base = base,
                                   .head = head,
                                   .diff = stats_move(base, head),
                                   .factor = factor_of(base, head),
                                   .assumed = assumed,
                                   .source = source };
    x->more = x->diff.lo > 0 || x->diff.hi < 0 ? TRI_YES : TRI_NO;
    return x;
}

/* --- of one operation --- */

static struct share operation_cpu(const struct compare_side *s)
{
    struct share cpu = compare_share_of(json_path(s->doc, "operation.cpu_s"));
    double ops = compare_fact(s, "ops"), total = compare_fact(s, "cpu_s");
    if (!share_known(cpu) && ops > 0 && num_known(total))
        cpu = (struct share){ total / ops, total / ops, total / ops };
    return cpu;
}

static void operations(struct compare *c)
{
    const struct compare_side *b = &c->in->base, *h = &c->in->head;
    struct share base = operation_cpu(b), head = operation_cpu(h);
    if (!share_known(base) || !share_known(head))
        return;
    c->per_operation = c->same_work = true;
    c->base_cpu_s = spread(base);
    c->head_cpu_s = spread(head);
    (void)add(c, "op_cpu_s", "CPU of one operation", c->base_cpu_s, c->head_cpu_s, true, SPAN("CPU over operations"));
    double x = compare_fact(b, "op_s"), y = compare_fact(h, "op_s");
    if (x > 0 && y > 0)
        (void)add(c, "op_s", "mean response time", spread((struct share){ x, x, x }), spread((struct share){ y, y, y }),
                  true, SPAN("as given"));
}

/* --- of one run --- */

static struct share point(double x)
{
    return x > 0 ? (struct share){ x, x, x } : SHARE_UNKNOWN;
}

static bool whole_runs(const struct compare *c, struct measured *base, struct measured *head)
{
    const struct compare_side *s[2] = { &c->in->base, &c->in->head };
    if (pair_find(c, base, head))
        return true;
    /* Two different tools: each its own totals, from start to end. */
    struct measured *m[2] = { base, head };
    for (int i = 0; i < 2; i++) {
        const struct artefact *a = NULL;
        for (uint32_t k = 0; k < s[i]->artefact_count; k++) {
            if (s[i]->artefacts[k]->acct_count > 0 && usable(&s[i]->artefacts[k]->acct[0]) &&
                (!a || s[i]->artefacts[k]->acct[0].runs > a->acct[0].runs))
                a = s[i]->artefacts[k];
        }
        if (!a)
            return false;
        *m[i] = measured_of(a, &a->acct[0]);
    }
    return true;
}

static void of_runs(const struct compare_side *s, struct measured *m)
{
    struct share wall = mean_of(s->runs, s->run_count, true), cpu = mean_of(s->runs, s->run_count, false);
    if (m->runs > 1 || !share_known(wall) || !share_known(cpu))
        return;
    m->wall = wall;
    m->cpu = cpu;
    m->runs = s->run_count;
}

/* One run that lost its core to others took longer for it, by all that it did not compute at most. */
static struct share one_run(const struct compare_side *s, const struct measured *m)
{
    struct share wall = m->wall;
    if (s->artefact_count > 0 && s->evidence->share_source == SHARE_FROM_ACCOUNTING)
        wall.lo = fmin(wall.lo, fmax(m->cpu.est, wall.est * (1 - s->evidence->queue_possible)));
    return spread(wall);
}

void compare_seconds(struct compare *c)
{
    struct measured b, h;
    bool overlapping = span_is(compare_fact_text(&c->in->base, "concurrency"), "overlapping") ||
                       span_is(compare_fact_text(&c->in->head, "concurrency"), "overlapping");
    operations(c);
    if (c->per_operation || overlapping || !whole_runs(c, &b, &h))
        return;
    of_runs(&c->in->base, &b);
    of_runs(&c->in->head, &h);
    bool assumed = b.runs < 2 || h.runs < 2;
    int same = evidence_same_program(compare_command(&c->in->base), compare_command(&c->in->head));
    c->same_work = same == 1 || same == -2;
    struct share bw = b.runs < 2 ? one_run(&c->in->base, &b) : b.wall;
    struct share hw = h.runs < 2 ? one_run(&c->in->head, &h) : h.wall;
    c->base_cpu_s = b.runs < 2 ? spread(b.cpu) : b.cpu;
    c->head_cpu_s = h.runs < 2 ? spread(h.cpu) : h.cpu;
    struct span source = compare_text(c, "%.*s and %.*s", SPAN_FMT(b.source), SPAN_FMT(h.source));
    (void)add(c, "wall_s", "wall time of a run", bw, hw, assumed, source);
    (void)add(c, "cpu_s", "CPU of a run", c->base_cpu_s, c->head_cpu_s, assumed, source);
    if (!share_known(point(c->base_cpu_s.est)) || !share_known(point(c->head_cpu_s.est)))
        c->same_work = false;
}
