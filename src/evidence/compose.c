/* compose.c - what the CPU did, and how much of it a rewrite could touch (method 3.1).
 * Shares are of CPU samples of the chosen process; the profiler and pseudo time leave the denominator, spinning stays.
 *
 * Example: app 62, interpreter 71, start-up 27, kernel network 18 of 178 samples: lo 160/178, est 160.9/178 = 0.9039,
 * hi 161.8/178, each with the Wilson interval of the effective samples. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>
#include <stdlib.h>

#include "classify/rules.h"

struct alpha compose_alpha_ext(enum category c, bool native_visible)
{
    double sure = native_visible ? 1 : 0;
    switch ((int)c) {
    case CAT_APP:
    case CAT_STDLIB:
    case CAT_DEP:
    case CAT_VM:
        return (struct alpha){ sure, 1 };
    case CAT_SERDE:
        return (struct alpha){ 1, 1 };
    case CAT_GC:
    case CAT_REGEX_NATIVE:
    case CAT_ALLOC:
    case CAT_MEM:
        return (struct alpha){ 0, 0.5 };
    case CAT_UNKNOWN:
        return (struct alpha){ 0, 1 };
    default:
        return (struct alpha){ 0, 0 };
    }
}

struct alpha compose_alpha_full(const struct work *w, enum category c, bool native_visible)
{
    double sure = native_visible ? 1 : 0;
    /* An equivalent of every dependency was stated; without that nobody knows. */
    bool dep_ready = facts_num(&w->e->facts, FACT_dep_sdk_ready) > 0;
    switch ((int)c) {
    case CAT_APP:
    case CAT_STDLIB:
    case CAT_VM:
        return (struct alpha){ sure, 1 };
    case CAT_DEP:
        return (struct alpha){ dep_ready ? sure : 0, 1 };
    case CAT_GC:
    case CAT_JIT:
    case CAT_STARTUP:
    case CAT_SERDE:
        return (struct alpha){ 1, 1 };
    case CAT_SERDE_NATIVE:
    case CAT_REGEX_NATIVE:
        return (struct alpha){ 0, 0.5 };
    case CAT_ALLOC:
    case CAT_MEM:
        return (struct alpha){ 0, 0.7 };
    case CAT_UNKNOWN:
        return (struct alpha){ 0, 1 };
    default:
        return category_class_of(c) == CLASS_KERNEL ? (struct alpha){ 0, 0.1 } : (struct alpha){ 0, 0 };
    }
}

static bool composable(const struct work *w, const struct view *v)
{
    (void)w;
    return v->cpu_weight > 0 && v->clock != CLOCK_OFF && v->role_weight[ROLE_CPU] > 0;
}

/* This execution before another; native frames before none; then the more CPU samples. */
static double rank_of(const struct work *w, const struct view *v)
{
    double rank = v->cpu_n / (v->cpu_n + 1e6);
    rank += v->native_visible ? 4 : 0;
    rank += v->clock == CLOCK_CPU ? 1 : v->clock == CLOCK_WALL && v->has_state ? 0.5 : 0;
    rank += runs_same(w, v->artefact) ? 16 : w->match[v->artefact] == MATCH_NONE ? 0 : 8;
    return rank - (v->a->foreign_picture ? 4 : 0);
}

static void choose(struct work *w)
{
    double best = -HUGE_VAL;
    for (uint32_t i = 0; i < w->view_count; i++) {
        if (composable(w, &w->views[i]) && rank_of(w, &w->views[i]) > best) {
            best = rank_of(w, &w->views[i]);
            w->composition = &w->views[i];
        }
    }
}

static double rate_for_neff(const struct work *w, const struct view *v)
{
    if (num_known(v->rate_hz))
        return v->rate_hz;
    double seconds = num_known(v->seconds_per_weight) ? v->cpu_weight * v->seconds_per_weight : NUM_UNKNOWN;
    if (!num_known(seconds) && w->t.known && runs_same(w, v->artefact) && v->n_exact)
        seconds = w->t.cpu_s;
    return num_known(seconds) && seconds > 0 ? v->cpu_n / seconds : NUM_UNKNOWN;
}

/* Share of CPU of a quantity with its effective samples. */
struct part {
    double p, n_eff;
};

static struct part part_of(const struct view *v, const float *x, double rate)
{
    double sum = 0;
    for (uint32_t r = 0; r < v->p->row_count; r++)
        sum += x[r] == x[r] ? (double)x[r] * view_row_weight(v, r) : 0;
    struct sequence s = { x, clamp01(sum / v->cpu_weight) };
    return (struct part){ s.p, neff_of(v, &s, rate) };
}

static bool is_cpu_row(const struct view *v, uint32_t r)
{
    return v->role[r] == ROLE_CPU || v->role[r] == ROLE_UNKNOWN;
}

static double known_n(const struct view *v, double neff)
{
    return v->n_exact ? fmin(neff, v->cpu_n) : neff;
}

static void addressable(struct work *w, const struct view *v, double rate, float *x)
{
    double lo = 0, hi = 0;
    struct evidence *e = w->e;
    for (int c = 0; c < CAT_COUNT; c++) {
        struct alpha a = compose_alpha_full(w, (enum category)c, v->native_visible);
        lo += a.lo * e->cpu[c].share;
        hi += a.hi * e->cpu[c].share;
    }
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        struct alpha a = compose_alpha_full(w, (enum category)v->c->category[r], v->native_visible);
        x[r] = is_cpu_row(v, r) ? (float)((a.lo + a.hi) / 2) : (float)NUM_UNKNOWN;
    }
    struct part q = part_of(v, x, rate);
    w->composition_n_eff = known_n(v, q.n_eff);
    double dropped = num_known(v->a->dropped_share) ? v->a->dropped_share : 0;
    e->q = (struct share){ stats_wilson(clamp01(lo), w->composition_n_eff).lo * (1 - dropped), clamp01((lo + hi) / 2),
                           clamp01(stats_wilson(clamp01(hi), w->composition_n_eff).hi + dropped) };
    e->q = share_ordered(e->q);
    struct sequence s = { x, q.p };
    double z = v->p->order_count > 0 ? neff_halves_z(v, &s, rate) : NUM_UNKNOWN;
    if (num_known(z))
        work_num(w, FACT_halves_z, z, ORIGIN_COMPUTED, "%.*s: first against second half", SPAN_FMT(v->a->name));
}

static void category_share(struct work *w, const struct view *v, double rate, float *x,
                           bool (*in)(const struct view *, uint32_t), enum fact_id lo, const char *by)
{
    for (uint32_t r = 0; r < v->p->row_count; r++)
        x[r] = !is_cpu_row(v, r) ? (float)NUM_UNKNOWN : in(v, r) ? 1.0F : 0.0F;
    struct part p = part_of(v, x, rate);
    work_share(w, lo, stats_wilson(p.p, known_n(v, p.n_eff)), by);
}

static bool in_gc(const struct view *v, uint32_t r)
{
    return v->c->category[r] == CAT_GC;
}

/* Encoding and decoding with a messaging client on the stack, and the client's own code while it does so. */
static bool is_messaging(struct span text)
{
    static const char *const clients[] = { "nats",     "kafka", "amqp",   "pika",      "paho",   "mqtt",
                                           "rabbitmq", "stomp", "pulsar", "jetstream", "rdkafka" };
    for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
        struct span c = span_of(clients[i]);
        size_t at = span_find(text, 0, c);
        /* a whole word of the path or package: "nats" is in "/nats/", "nats.ws", "@nats-io", never in "alternatives" */
        bool begins = at < text.len && (at == 0 || !((text.ptr[at - 1] | 32) >= 'a' && (text.ptr[at - 1] | 32) <= 'z'));
        if (begins)
            return true;
    }
    return false;
}

static bool *messaging_frames(const struct view *v, enum runtime_kind runtime)
{
    bool *is = xcalloc(v->p->frame_count + 1u, sizeof *is);
    for (uint32_t i = 0; i < v->p->frame_count; i++) {
        struct frame_view f;
        frame_view_of(v->p, &v->p->frames[i], runtime, &f);
        is[i] = f.kind != FRAME_KERNEL && is_messaging(f.module.len > 0 ? f.module : SPAN(""));
    }
    return is;
}

static void deser_share(struct work *w, const struct view *v, double rate, float *x)
{
    bool *client = messaging_frames(v, v->a->runtime != RUNTIME_UNKNOWN ? v->a->runtime : w->runtime);
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        enum category c = (enum category)v->c->category[r];
        bool serde = c == CAT_SERDE || c == CAT_SERDE_NATIVE, below = false;
        for (stack_id s = v->p->row_stack[r]; serde && !below && s.ix != 0; s = v->p->stacks[s.ix].parent)
            below = client[v->p->stacks[s.ix].frame.ix];
        x[r] = !is_cpu_row(v, r) ? (float)NUM_UNKNOWN : below ? 1.0F : 0.0F;
    }
    free(client);
    struct part p = part_of(v, x, rate);
    work_share(w, FACT_deser_cpu_share_lo, stats_wilson(p.p, known_n(v, p.n_eff)),
               "samples decoding below a messaging client over CPU samples");
}

static void rows(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    double seconds = w->t.known || e->share_source == SHARE_FROM_WALL ? w->t.cpu_s : view_cpu_seconds(v);
    double samples[CAT_COUNT] = { 0 }, weight[CAT_COUNT] = { 0 };
    for (uint32_t r = 0; r < v->p->row_count; r++) {
        if (is_cpu_row(v, r)) {
            weight[v->c->category[r]] += view_row_weight(v, r);
            samples[v->c->category[r]] += (double)v->p->row_samples[r];
        }
    }
    for (int c = 0; c < CAT_COUNT; c++) {
        double share = weight[c] / v->cpu_weight;
        struct alpha a = compose_alpha_full(w, (enum category)c, v->native_visible);
        e->cpu[c] = (struct evidence_cpu){ .category = (enum category)c,
                                           .share = share,
                                           .seconds = share * seconds,
                                           .samples = v->n_exact ? samples[c] : NUM_UNKNOWN,
                                           .addressable_lo = a.lo,
                                           .addressable_hi = a.hi };
    }
}

/* Categories that occur, in order; intervals by the effective samples behind q. */
static void pack_rows(struct work *w)
{
    struct evidence *e = w->e;
    e->cpu_count = 0;
    for (int c = 0; c < CAT_COUNT; c++) {
        if (!(e->cpu[c].share > 0))
            continue;
        struct share s = stats_wilson(e->cpu[c].share, w->composition_n_eff);
        e->cpu[e->cpu_count] = e->cpu[c];
        e->cpu[e->cpu_count].share_lo = s.lo;
        e->cpu[e->cpu_count++].share_hi = s.hi;
    }
}

/* CPU seconds of the profile against those of the accounting (method 1.8). */
static void coverage(struct work *w, const struct view *v)
{
    const struct timing *t = &w->t;
    double own = view_cpu_seconds(v);
    if (!t->acct || !num_known(own) || v->a->foreign_picture)
        return;
    double lo = t->cpu_lo_s, hi = t->cpu_hi_s, est = t->cpu_s;
    double window = v->a->duration_s;
    /* Windows of two lengths are compared by the second; a recorder that outlived the program was told a length, no more. */
    if (v->a->duration_source == WALL_RECORDER && t->acct->whole_life && window > t->wall_s)
        window = t->wall_s;
    if (num_known(window) && window > 0 && fabs(window - t->wall_s) > 0.1 * fmax(window, t->wall_s)) {
        own /= window;
        lo /= t->wall_s;
        hi /= t->wall_s;
        est /= t->wall_s;
    }
    if (!(hi > 0) || (!(own > 0) && !(lo > 0)))
        return;
    double ratio = est > 0 ? own / est : own / hi;
    /* A clock that counts in hundredths cannot speak against a profile within its own resolution. */
    double low = own / hi, high = lo > 0 ? own / lo : HUGE_VAL;
    if (ratio < 1)
        ratio = fmin(1, high);
    else
        ratio = fmax(1, low);
    if (isfinite(ratio))
        work_num(w, FACT_coverage_ratio, ratio, ORIGIN_COMPUTED, "CPU seconds of %.*s over those of %.*s",
                 SPAN_FMT(v->a->name), SPAN_FMT(work_artefact_name(w, t->artefact)));
}

static void doubt(struct work *w, const struct view *v)
{
    struct evidence *e = w->e;
    double ratio = work_fact(w, FACT_coverage_ratio);
    bool far = num_known(ratio) && (ratio < 0.8 || ratio > 1.2);
    bool foreign = v->a->foreign_picture || (!runs_same(w, v->artefact) && w->match[v->artefact] == MATCH_NONE);
    e->composition_other = far || foreign || !runs_same(w, v->artefact);
    e->composition_on_cpu = v->clock == CLOCK_CPU && !e->composition_other;
    if (far && w->t.artefact == v->artefact && ratio > 1) /* one file's own totals against its own stacks */
        work_problem(w, "waiting_looks_like_cpu", v->a->name, "record with native frames: py-spy record --native",
                     "the stacks of %.*s hold %.0f %% of its own CPU seconds: a part of what looks like computing was "
                     "waiting, for a core or in a call that hides it",
                     SPAN_FMT(v->a->name), ratio * 100);
    else if (far && w->t.artefact == v->artefact)
        work_problem(
            w, "stacks_are_a_part", v->a->name, "record with all threads and native frames (perf, async-profiler)",
            "the stacks of %.*s hold %.0f %% of its own CPU seconds: the rest ran where its sampler does not look, "
            "in other threads, compilers, collectors or native code",
            SPAN_FMT(v->a->name), ratio * 100);
    else if (far)
        work_problem(w, "composition_not_of_this_run", v->a->name,
                     "record the profile and the totals over the same time",
                     "%.*s holds %.0f %% of the CPU seconds that were accounted: it is not of this run, or not of the "
                     "same processes",
                     SPAN_FMT(v->a->name), ratio * 100);
    if (far || (foreign && w->t.known))
        e->q = (struct share){ 0, 0.5, 1 };
}

void compose_build(struct work *w)
{
    struct evidence *e = w->e;
    e->q = (struct share){ 0, 0.5, 1 };
    e->n_raw = e->n_eff = e->rate_hz = NUM_UNKNOWN;
    choose(w);
    const struct view *v = w->composition;
    if (!v)
        return;
    e->artefacts[v->artefact].gave_composition = true;
    double rate = rate_for_neff(w, v);
    e->rate_hz = rate;
    e->ordered = v->p->order_count > 0;
    e->cpu = ARENA_ARRAY(&e->arena, CAT_COUNT, struct evidence_cpu);
    rows(w, v);
    float *x = xcalloc(v->p->row_count + 1u, sizeof *x);
    addressable(w, v, rate, x);
    category_share(w, v, rate, x, in_gc, FACT_gc_cpu_share_lo, "samples in the collector over CPU samples");
    deser_share(w, v, rate, x);
    free(x);
    e->n_raw = v->cpu_n;
    e->n_eff = w->composition_n_eff;
    pack_rows(w);
    coverage(w, v);
    doubt(w, v);
    struct share native = { 1 - e->q.hi, 1 - e->q.est, 1 - e->q.lo };
    work_share(w, FACT_native_cpu_share_lo, native, "1 - addressable share of CPU");
}
