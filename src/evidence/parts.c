/* parts.c - what the time of a task is made of. cpu_share.est + waits + run queue + throttled + unknown = 1 within 1e-9;
 * parked workers are listed beside and stand in no sum. Accounting gives the size of the rest, a profile its kinds. */
#include "evidence/internal.h"

#include <math.h>

static bool is_waiting(enum category c)
{
    enum category_class k = category_class_of(c);
    return (k == CLASS_WAIT || k == CLASS_INTERNAL_WAIT || c == CAT_IDLE_LOOP) && c != CAT_RUNQ;
}

/* Weights of the kinds of waiting, by the best evidence that sees them; false when none does. */
static bool kinds(const struct work *w, double *weight, double *unknown, double *ret_sum)
{
    const struct view *v = w->wall ? w->wall : w->off;
    double sum = 0;
    *unknown = 0;
    for (int c = 0; c < CAT_COUNT; c++) {
        weight[c] = v && is_waiting((enum category)c) ? v->by_category[c] : 0;
        /* Blocked time of on-CPU categories has no name of its own. */
        if (v && v == w->off && !is_waiting((enum category)c) && c != CAT_RUNQ &&
            category_class_of((enum category)c) != CLASS_IDLE)
            weight[CAT_W_OTHER] += v->by_category[c];
    }
    for (int c = 0; c < CAT_COUNT; c++)
        sum += weight[c];
    if (v && v == w->wall) {
        *unknown = w->wall_total->unknown;
        sum += *unknown;
    }
    *ret_sum = sum;
    if (v && sum > 0)
        w->e->artefacts[v->artefact].gave_waits = true;
    return sum > 0;
}

static void add_part(struct evidence_part *list, uint32_t *n, enum category c, double share, double seconds)
{
    list[(*n)++] = (struct evidence_part){ c, share, seconds };
}

static void idle_parts(struct work *w)
{
    struct evidence_time *t = &w->e->time;
    const struct view *v = w->wall;
    static const enum category idle[] = { CAT_IDLE_POOL, CAT_IDLE_MAIN, CAT_IDLE_CPU };
    t->idle = ARENA_ARRAY(&w->e->arena, ARRAY_LEN(idle), struct evidence_part);
    for (size_t i = 0; v && i < ARRAY_LEN(idle); i++) {
        if (v->by_category[idle[i]] > 0)
            add_part(t->idle, &t->idle_count, idle[i], NUM_UNKNOWN, v->by_category[idle[i]] * v->seconds_per_weight);
    }
}

void parts_time(struct work *w)
{
    struct evidence_time *t = &w->e->time;
    t->unknown_share = NUM_UNKNOWN;
    idle_parts(w);
    t->runq_measured = num_known(w->runq_share);
    t->throttled_measured = num_known(w->throttled_share);
    if (!share_known(t->cpu_share))
        return;
    bool sampled = w->e->share_source == SHARE_FROM_WALL && w->wall;
    double runq = t->runq_measured ? w->runq_share : 0;
    if (sampled)
        runq = w->wall_total->runq / w->wall_total->task;
    double rest = fmax(0, 1 - t->cpu_share.est);
    t->throttled_share = fmin(rest, t->throttled_measured ? w->throttled_share : 0);
    rest -= t->throttled_share;
    t->runq_share = fmin(rest, runq);
    rest -= t->runq_share;
    /* Clocks of two sources never agree to the last bit: what is below their resolution is no waiting. */
    double base = t->wall_s;
    if (sampled && w->wall_total->threads <= 1)
        base = w->wall_total->task * w->wall->seconds_per_weight;
    double weight[CAT_COUNT], unknown, sum;
    bool named = kinds(w, weight, &unknown, &sum);
    t->wait = ARENA_ARRAY(&w->e->arena, CAT_COUNT, struct evidence_part);
    t->unknown_share = 0;
    if (rest <= 0)
        return;
    if (!named) {
        add_part(t->wait, &t->wait_count, CAT_W_OTHER, rest, rest * base);
        return;
    }
    for (int c = 0; c < CAT_COUNT; c++) {
        if (weight[c] > 0)
            add_part(t->wait, &t->wait_count, (enum category)c, rest * weight[c] / sum, rest * weight[c] / sum * base);
    }
    t->unknown_share = rest * unknown / sum;
}
