/* suite.c - two buses of a benchmark suite held against each other, and messages that arrived.
 * A gain is one at equal P95 under the same load, memory is resident memory of both; where a file does not show that,
 * the fact stays unknown and a problem says why. */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/internal.h"
#include "evidence/stats.h"

enum { BUSES_MAX = 32 };

struct bus {
    uint32_t artefact;
    double throughput, p95_ms, routed, agents, rss_mb, heap_mb;
};

struct buses {
    struct bus items[BUSES_MAX];
    uint32_t count;
};

struct pair {
    struct buses present, alternative;
    bool together; /* in one report */
    double vus;    /* users of a load generator in the set */
};

static void bus_number(struct bus *b, const struct artefact_fact *f)
{
    static const struct {
        const char *name;
        size_t offset;
    } numbers[] = {
        { "x_bus_throughput", offsetof(struct bus, throughput) }, { "x_bus_p95_ms", offsetof(struct bus, p95_ms) },
        { "x_bus_routed", offsetof(struct bus, routed) },         { "x_bus_agents", offsetof(struct bus, agents) },
        { "x_bus_rss_mb", offsetof(struct bus, rss_mb) },         { "x_bus_heap_mb", offsetof(struct bus, heap_mb) },
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        if (span_is(f->name, numbers[i].name))
            memcpy((char *)b + numbers[i].offset, &f->num, sizeof f->num);
    }
}

static bool same_number(double a, double b)
{
    return a == b || (!num_known(a) && !num_known(b));
}

/* The part of a report and the file that it was put together from are one measurement. */
static void bus_once(struct buses *list)
{
    struct bus *last = &list->items[list->count - 1];
    for (uint32_t i = 0; i + 1 < list->count; i++) {
        const struct bus *b = &list->items[i];
        if (same_number(b->throughput, last->throughput) && same_number(b->routed, last->routed) &&
            same_number(b->rss_mb, last->rss_mb) && same_number(b->p95_ms, last->p95_ms)) {
            list->count--;
            return;
        }
    }
}

static void buses_of(const struct work *w, uint32_t at, struct pair *p)
{
    const struct artefact *a = w->in->artefacts[at];
    struct buses *open = NULL;
    for (uint32_t k = 0; k < a->fact_count; k++) {
        const struct artefact_fact *f = &a->facts[k];
        if (span_is(f->name, "x_bus")) {
            if (open)
                bus_once(open);
            open = span_is(f->text, "present") ? &p->present : span_is(f->text, "alternative") ? &p->alternative : NULL;
            if (open && open->count == BUSES_MAX)
                open = NULL;
            if (open)
                open->items[open->count++] =
                    (struct bus){ at, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
        } else if (open && !f->is_text) {
            bus_number(&open->items[open->count - 1], f);
        }
        p->together = p->together || span_is(f->name, "x_bus_together");
        if (span_is(f->name, "x_vus_max"))
            p->vus = f->num;
    }
    if (open)
        bus_once(open);
}

/* Largest and smallest of a number over repetitions; NaN when any lacks it. */
static struct share range_of(const struct buses *list, size_t offset)
{
    struct share s = SHARE_UNKNOWN;
    double sum = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        double x;
        memcpy(&x, (const char *)&list->items[i] + offset, sizeof x);
        if (!num_known(x))
            return SHARE_UNKNOWN;
        s.lo = i == 0 ? x : fmin(s.lo, x);
        s.hi = i == 0 ? x : fmax(s.hi, x);
        sum += x;
    }
    if (list->count > 0)
        s.est = sum / list->count;
    return s;
}

static struct span name_of(const struct work *w, const struct buses *list)
{
    return list->count > 0 ? w->in->artefacts[list->items[0].artefact]->name : SPAN("");
}

/* The same number of agents in both, or one report of both that says nothing else. */
static bool same_load(struct work *w, const struct pair *p)
{
    struct share a = range_of(&p->present, offsetof(struct bus, agents));
    struct share b = range_of(&p->alternative, offsetof(struct bus, agents));
    struct span file = name_of(w, &p->alternative);
    if (num_known(a.est) && num_known(b.est)) {
        if (a.lo == b.lo && a.hi == b.hi)
            return true;
        work_problem(w, "load_differs", file, "measure both with the same number of agents",
                     "the present bus was measured with %.6g agents and the alternative with %.6g", a.est, b.est);
        return false;
    }
    if (!num_known(a.est) && !num_known(b.est) && p->together)
        return true;
    work_problem(w, "load_unknown", file, "send the suite's report of both, or files that count their connections",
                 "the files do not say whether both buses carried the same load");
    return false;
}

static void gain_facts(struct work *w, const struct pair *p)
{
    struct share from = range_of(&p->present, offsetof(struct bus, throughput));
    struct share to = range_of(&p->alternative, offsetof(struct bus, throughput));
    struct share slow = range_of(&p->present, offsetof(struct bus, p95_ms));
    struct share fast = range_of(&p->alternative, offsetof(struct bus, p95_ms));
    struct share sent = range_of(&p->present, offsetof(struct bus, routed));
    struct share got = range_of(&p->alternative, offsetof(struct bus, routed));
    struct span file = name_of(w, &p->alternative);
    static const char by[] = "throughput of the alternative over that of the present";
    if (!(from.lo > 0) || !(to.lo > 0))
        return;
    if (!(slow.lo > 0) || !(fast.lo > 0)) {
        work_problem(w, "p95_unknown", file, "measure latency with a clock that is finer than it",
                     "a gain counts at equal P95, and the files do not show both (0 is below their clock)");
        return;
    }
    if (fast.est > slow.est * 1.1) {
        work_problem(
            w, "p95_differs", file, "lower the load of the alternative until its P95 is that of the present",
            "the alternative answers slower: P95 %.4g ms against %.4g ms, so its throughput is no gain at equal P95",
            fast.est, slow.est);
        return;
    }
    if (sent.est > 0 && fabs(got.est / sent.est - 1) < 0.02)
        work_problem(w, "same_messages", file, "raise the load until throughput stops rising",
                     "both routed the same messages: if the load was paced, the ratio says how long they ran");
    work_num(w, FACT_bus_gain_x_lo, to.lo / from.hi, ORIGIN_FILE, "%s", by);
    work_num(w, FACT_bus_gain_x_est, to.est / from.est, ORIGIN_FILE, "%s", by);
    if (fast.est >= slow.est / 1.1) {
        work_num(w, FACT_bus_gain_x_hi, to.hi / from.lo, ORIGIN_FILE, "%s", by);
        return;
    }
    work_problem(w, "p95_better", file, "raise the load of the alternative until its P95 is that of the present",
                 "P95 %.4g ms against %.4g ms: at equal P95 the alternative may carry more than it was given", fast.est,
                 slow.est);
}

static bool memory_facts(struct work *w, const struct pair *p)
{
    struct share from = range_of(&p->present, offsetof(struct bus, rss_mb));
    struct share to = range_of(&p->alternative, offsetof(struct bus, rss_mb));
    bool heap = num_known(range_of(&p->present, offsetof(struct bus, heap_mb)).est) ||
                num_known(range_of(&p->alternative, offsetof(struct bus, heap_mb)).est);
    static const char by[] = "resident memory of the alternative over that of the present";
    if (!(from.lo > 0) || !(to.lo > 0)) {
        if (heap)
            work_problem(w, "heap_against_rss", name_of(w, &p->present), "write resident memory (rss) of both",
                         "used heap against resident memory is no comparison: the heap leaves out the runtime itself");
        return false;
    }
    work_num(w, FACT_bus_mem_ratio_lo, to.lo / from.hi, ORIGIN_FILE, "%s", by);
    work_num(w, FACT_bus_mem_ratio_est, to.est / from.est, ORIGIN_FILE, "%s", by);
    work_num(w, FACT_bus_mem_ratio_hi, to.hi / from.lo, ORIGIN_FILE, "%s", by);
    work_num(w, FACT_bus_mem_saving_lo, fmax(0, 1 - to.hi / from.lo), ORIGIN_FILE, "%s", by);
    work_num(w, FACT_bus_mem_saving_est, fmax(0, 1 - to.est / from.est), ORIGIN_FILE, "%s", by);
    work_num(w, FACT_bus_mem_saving_hi, fmax(0, 1 - to.lo / from.hi), ORIGIN_FILE, "%s", by);
    return true;
}

static void pair_facts(struct work *w, const struct pair *p)
{
    struct share p95 = range_of(&p->present, offsetof(struct bus, p95_ms));
    struct share agents = range_of(&p->present, offsetof(struct bus, agents));
    /* Connections that came and went count more than once; users of the load generator do not. */
    double tested = num_known(agents.lo) && p->vus > 0 ? fmin(agents.lo, p->vus) : agents.lo;
    work_num(w, FACT_bus_p95_ms, p95.hi, ORIGIN_FILE, "the present bus, worst repetition");
    work_num(w, FACT_bus_agents_tested, tested, ORIGIN_FILE, "the present bus, fewest of all repetitions");
    if (p->alternative.count == 0 || !same_load(w, p))
        return;
    work_num(w, FACT_ab_measured, 1, ORIGIN_FILE, "both buses under the same load");
    if (p->present.count < 2 || p->alternative.count < 2)
        work_problem(w, "one_run_each", name_of(w, &p->alternative), "repeat the suite and send all results",
                     "each bus was measured once: the spread between runs is not known");
    gain_facts(w, p);
    if (memory_facts(w, p))
        work_num(w, FACT_mem_measured, 1, ORIGIN_FILE, "resident memory of both buses under the same load");
}

static void message_facts(struct work *w)
{
    double fine = 0, total = 0;
    for (uint32_t i = 0; i < w->in->artefact_count; i++) {
        const struct artefact *a = w->in->artefacts[i];
        double own_fine = 0, own_total = 0;
        for (uint32_t k = 0; k < a->fact_count; k++) {
            own_fine = span_is(a->facts[k].name, "x_msg_fine") ? a->facts[k].num : own_fine;
            own_total = span_is(a->facts[k].name, "x_msg_total") ? a->facts[k].num : own_total;
        }
        if (own_total == total && own_fine == fine)
            continue; /* the same result in a report and by itself */
        fine += own_fine;
        total += own_total;
    }
    if (total > 0)
        work_share(w, FACT_msg_success_lo, stats_wilson(fmin(1, fine / total), total), "messages that arrived");
}

void suite_facts(struct work *w)
{
    struct pair *p = xcalloc(1, sizeof *p);
    p->vus = NUM_UNKNOWN;
    for (uint32_t i = 0; i < w->in->artefact_count; i++)
        buses_of(w, i, p);
    if (p->present.count > 0)
        pair_facts(w, p);
    message_facts(w);
    free(p);
}
