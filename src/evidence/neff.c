/* neff.c - what a run of samples is worth: batch means where the order is known, the design effect where it is not.
 * Source: method 4.2. Per thread, because threads are sampled at the same ticks; of the 8 largest at most. */
#include "evidence/internal.h"
#include "evidence/stats.h"

#include <math.h>
#include <stdlib.h>

enum { THREADS_CANDIDATES = 64 };

struct lane {
    uint32_t thread;
    double n, weight; /* of the sequence */
    double sum;       /* value * weight */
    double batch[STATS_BATCHES];
    double batch_weight;
};

struct lanes {
    struct lane lane[THREADS_CANDIDATES];
    uint32_t count;
    uint32_t *of_thread; /* lane + 1 */
};

static bool in_sequence(const struct sequence *s, uint32_t row)
{
    return s->value[row] == s->value[row]; /* not NaN */
}

static double sample_count(const struct view *v, uint32_t row)
{
    return v->p->row_samples[row] > 0 ? (double)v->p->row_samples[row] : 1;
}

/* The threads with the most samples of the sequence, largest first. */
static void lanes_pick(const struct view *v, const struct sequence *s, struct lanes *l)
{
    const struct profile *p = v->p;
    double *n = xcalloc(p->thread_count + 1u, sizeof *n);
    for (uint32_t r = 0; r < p->row_count; r++) {
        if (in_sequence(s, r))
            n[p->row_thread[r].ix] += sample_count(v, r);
    }
    l->count = 0;
    for (uint32_t t = 0; t < p->thread_count; t++) {
        if (n[t] <= 0 || (l->count == THREADS_CANDIDATES && n[t] <= l->lane[l->count - 1].n))
            continue;
        uint32_t at = l->count < THREADS_CANDIDATES ? l->count++ : l->count - 1;
        for (; at > 0 && l->lane[at - 1].n < n[t]; at--)
            l->lane[at] = l->lane[at - 1];
        l->lane[at] = (struct lane){ .thread = t, .n = n[t] };
    }
    free(n);
}

/* Equal batches over a sequence: a stretch of weight and value goes to the batches that it lies in. */
struct stepper {
    double *batch;
    size_t count, b; /* b: the one that is being filled */
    double size, at, edge;
};

static struct stepper stepper_of(double *batch, size_t count, double size)
{
    return (struct stepper){ .batch = batch, .count = count, .size = size, .edge = size };
}

/* What lies beyond the last batch is left out. */
static void stepper_add(struct stepper *s, double weight, double value)
{
    double end = s->at + weight;
    while (end > s->edge && s->b < s->count) {
        s->batch[s->b] += (s->edge - s->at) * value;
        s->at = s->edge;
        s->b++;
        s->edge = (double)(s->b + 1) * s->size;
    }
    if (s->b < s->count)
        s->batch[s->b] += (end - s->at) * value;
    s->at = end;
}

static double batch_size(double n, double weight, bool fixed, size_t batches)
{
    if (!fixed)
        return weight / (double)batches;
    double per = floor(n / (double)batches); /* equal numbers of samples; the last n mod batches are left out */
    return per * weight / n;
}

static void lanes_sum(const struct view *v, const struct sequence *s, struct lanes *l)
{
    const struct profile *p = v->p;
    for (uint32_t r = 0; r < p->row_count; r++) {
        uint32_t k = l->of_thread[p->row_thread[r].ix];
        if (k == 0 || !in_sequence(s, r))
            continue;
        struct lane *lane = &l->lane[k - 1];
        lane->n += v->order_n[r];
        lane->weight += v->order_weight[r];
        lane->sum += v->order_weight[r] * (double)s->value[r];
    }
}

static void lanes_walk(const struct view *v, const struct sequence *s, struct lanes *l)
{
    const struct profile *p = v->p;
    l->of_thread = xcalloc(p->thread_count + 1u, sizeof *l->of_thread);
    for (uint32_t i = 0; i < l->count; i++) {
        l->of_thread[l->lane[i].thread] = i + 1;
        l->lane[i].n = 0;
    }
    lanes_sum(v, s, l);
    struct stepper step[THREADS_CANDIDATES];
    for (uint32_t k = 0; k < l->count; k++) {
        struct lane *lane = &l->lane[k];
        if (lane->n >= 2 * STATS_BATCHES && lane->weight > 0)
            lane->batch_weight = batch_size(lane->n, lane->weight, v->fixed_count, STATS_BATCHES);
        step[k] = stepper_of(lane->batch, STATS_BATCHES, lane->batch_weight);
    }
    for (uint64_t i = 0; i < p->order_count; i++) {
        uint32_t row = p->order[i].row;
        uint32_t k = l->of_thread[p->row_thread[row].ix];
        if (k != 0 && in_sequence(s, row) && l->lane[k - 1].batch_weight > 0)
            stepper_add(&step[k - 1], (double)p->order[i].weight, (double)s->value[row]);
    }
    free(l->of_thread);
}

static double lane_neff(struct lane *lane, double deff)
{
    double bound = lane->n / deff;
    if (!(lane->batch_weight > 0) || !(lane->weight > 0))
        return fmin(lane->n, bound);
    double p = clamp01(lane->sum / lane->weight);
    for (size_t b = 0; b < STATS_BATCHES; b++)
        lane->batch[b] /= lane->batch_weight;
    double n_bm = HUGE_VAL;
    double v = stats_batch_variance(lane->batch, STATS_BATCHES);
    /* Equal batches differ by rounding of the weights alone. */
    if (p > 0 && p < 1 && v > 1e-15)
        n_bm = stats_n_batch(p, v);
    return fmin(fmin(lane->n, bound), n_bm);
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

double neff_of(const struct view *v, const struct sequence *s, double rate_hz)
{
    double rate = num_known(rate_hz) ? rate_hz : STATS_RATE_UNKNOWN_HZ;
    bool ordered = v->p->order_count > 0;
    double deff = stats_deff(rate, ordered ? STATS_PHASE_ORDERED : STATS_PHASE_UNORDERED);
    ordered = ordered && s->p > 0 && s->p < 1; /* all or nothing: batches tell no more */
    struct lanes *l = xcalloc(1, sizeof *l);
    lanes_pick(v, s, l);
    if (ordered)
        lanes_walk(v, s, l);
    double each[THREADS_CANDIDATES];
    for (uint32_t k = 0; k < l->count; k++)
        each[k] = ordered ? lane_neff(&l->lane[k], deff) : l->lane[k].n / deff;
    qsort(each, l->count, sizeof *each, descending);
    double sum = 0;
    for (uint32_t k = 0; k < l->count && k < STATS_THREADS_MAX; k++)
        sum += each[k];
    free(l);
    return sum;
}

/* --- many parts at once --- */

struct many {
    struct lanes *l;
    const struct parts_of_rows *s;
    double *batch; /* [lane][part][batch], weight of the part */
    double *sum;   /* [lane][part] over the whole sequence */
};

static double *many_batch(const struct many *m, uint32_t lane, uint32_t part)
{
    return &m->batch[((size_t)lane * m->s->count + part) * STATS_BATCHES];
}

/* A stretch of weight in every part that the row is in; what lies beyond the last batch is left out. */
static void many_add(const struct many *m, struct stepper *s, uint32_t lane, uint32_t row, double weight)
{
    double end = s->at + weight;
    while (s->b < s->count && s->at < end) {
        double to = end < s->edge ? end : s->edge;
        for (uint32_t i = m->s->first[row]; i < m->s->first[row + 1]; i++)
            many_batch(m, lane, m->s->member[i])[s->b] += to - s->at;
        s->at = to;
        if (to < s->edge)
            break;
        s->b++;
        s->edge = (double)(s->b + 1) * s->size;
    }
    s->at = end;
}

static void many_sum(const struct view *v, const struct many *m, const uint32_t *of_thread)
{
    const struct profile *p = v->p;
    for (uint32_t r = 0; r < p->row_count; r++) {
        uint32_t k = of_thread[p->row_thread[r].ix];
        if (k == 0 || !m->s->inside[r])
            continue;
        struct lane *lane = &m->l->lane[k - 1];
        lane->n += v->order_n[r];
        lane->weight += v->order_weight[r];
        for (uint32_t i = m->s->first[r]; i < m->s->first[r + 1]; i++)
            m->sum[(size_t)(k - 1) * m->s->count + m->s->member[i]] += v->order_weight[r];
    }
}

static void many_walk(const struct view *v, const struct many *m)
{
    const struct profile *p = v->p;
    uint32_t *of_thread = xcalloc(p->thread_count + 1u, sizeof *of_thread);
    struct stepper step[THREADS_CANDIDATES];
    for (uint32_t i = 0; i < m->l->count; i++) {
        of_thread[m->l->lane[i].thread] = i + 1;
        m->l->lane[i].n = 0;
    }
    many_sum(v, m, of_thread);
    for (uint32_t k = 0; k < m->l->count; k++) {
        struct lane *lane = &m->l->lane[k];
        if (lane->n >= 2 * STATS_BATCHES && lane->weight > 0)
            lane->batch_weight = batch_size(lane->n, lane->weight, v->fixed_count, STATS_BATCHES);
        step[k] = stepper_of(NULL, STATS_BATCHES, lane->batch_weight);
    }
    for (uint64_t i = 0; i < p->order_count; i++) {
        uint32_t row = p->order[i].row;
        uint32_t k = of_thread[p->row_thread[row].ix];
        if (k != 0 && m->s->inside[row] && m->l->lane[k - 1].batch_weight > 0)
            many_add(m, &step[k - 1], k - 1, row, (double)p->order[i].weight);
    }
    free(of_thread);
}

static double many_neff(const struct many *m, uint32_t part, double deff)
{
    double each[THREADS_CANDIDATES];
    bool all_or_nothing = !(m->s->share[part] > 0 && m->s->share[part] < 1);
    for (uint32_t k = 0; k < m->l->count; k++) {
        struct lane lane = m->l->lane[k];
        lane.sum = m->sum ? m->sum[(size_t)k * m->s->count + part] : 0;
        for (size_t b = 0; m->batch && b < STATS_BATCHES; b++)
            lane.batch[b] = many_batch(m, k, part)[b];
        each[k] = m->batch && !all_or_nothing ? lane_neff(&lane, deff) : lane.n / deff;
    }
    qsort(each, m->l->count, sizeof *each, descending);
    double sum = 0;
    for (uint32_t k = 0; k < m->l->count && k < STATS_THREADS_MAX; k++)
        sum += each[k];
    return sum;
}

void neff_of_parts(const struct view *v, const struct parts_of_rows *s, double rate_hz, double *ret)
{
    double rate = num_known(rate_hz) ? rate_hz : STATS_RATE_UNKNOWN_HZ;
    bool ordered = v->p->order_count > 0;
    double deff = stats_deff(rate, ordered ? STATS_PHASE_ORDERED : STATS_PHASE_UNORDERED);
    float *value = xcalloc(v->p->row_count + 1u, sizeof *value);
    for (uint32_t r = 0; r < v->p->row_count; r++)
        value[r] = s->inside[r] ? 0 : (float)NUM_UNKNOWN;
    struct sequence sequence = { value, 0 };
    struct many m = { .l = xcalloc(1, sizeof *m.l), .s = s };
    lanes_pick(v, &sequence, m.l);
    if (ordered) {
        m.batch = xcalloc((size_t)(m.l->count + 1u) * (s->count + 1u) * STATS_BATCHES, sizeof *m.batch);
        m.sum = xcalloc((size_t)(m.l->count + 1u) * (s->count + 1u), sizeof *m.sum);
        many_walk(v, &m);
    }
    for (uint32_t i = 0; i < s->count; i++)
        ret[i] = many_neff(&m, i, deff);
    free(m.batch);
    free(m.sum);
    free(m.l);
    free(value);
}

double neff_halves_z(const struct view *v, const struct sequence *s, double rate_hz)
{
    const struct profile *p = v->p;
    double n = 0, weight = 0, batch[2 * STATS_BATCHES] = { 0 };
    for (uint32_t r = 0; r < p->row_count && p->order_count > 0; r++) {
        if (in_sequence(s, r)) {
            n += v->order_n[r];
            weight += v->order_weight[r];
        }
    }
    if (n < 4 * STATS_BATCHES || !(weight > 0))
        return NUM_UNKNOWN;
    double size = batch_size(n, weight, v->fixed_count, ARRAY_LEN(batch));
    struct stepper step = stepper_of(batch, ARRAY_LEN(batch), size);
    for (uint64_t i = 0; i < p->order_count; i++) {
        uint32_t row = p->order[i].row;
        if (in_sequence(s, row))
            stepper_add(&step, (double)p->order[i].weight, (double)s->value[row]);
    }
    double mean[2] = { 0, 0 }, var[2];
    for (size_t h = 0; h < 2; h++) {
        for (size_t b = 0; b < STATS_BATCHES; b++) {
            batch[h * STATS_BATCHES + b] /= size;
            mean[h] += batch[h * STATS_BATCHES + b] / STATS_BATCHES;
        }
        var[h] = stats_batch_variance(&batch[h * STATS_BATCHES], STATS_BATCHES);
    }
    /* The samples of a half are worth no more than the design effect allows, however smooth its batches look. */
    double pooled = clamp01((mean[0] + mean[1]) / 2);
    double deff = stats_deff(num_known(rate_hz) ? rate_hz : STATS_RATE_UNKNOWN_HZ, STATS_PHASE_ORDERED);
    double least = pooled * (1 - pooled) * deff / (n / 2);
    double se = sqrt(fmax(var[0], least) + fmax(var[1], least));
    double diff = fabs(mean[0] - mean[1]);
    return se > 0 ? diff / se : 0;
}
