#include "roi/select.h"

#include <math.h>
#include <stdbool.h>

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static double median3(double a, double b, double c)
{
    return a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
}

/* Puts the k-th smallest of x[lo..hi] in its place, smaller ones before it and larger ones behind. */
static void place(double *x, size_t lo, size_t hi, size_t k)
{
    while (lo < hi) {
        double pivot = median3(x[lo], x[lo + (hi - lo) / 2], x[hi]);
        size_t i = lo, j = hi;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (pivot < x[j])
                j--;
            if (i >= j)
                break;
            swap(&x[i++], &x[j--]);
        }
        /* x[lo..j] <= pivot <= x[j+1..hi]; both parts are smaller than the whole */
        if (i == j && !(x[j] < pivot) && !(pivot < x[j]) && k == j)
            return;
        if (k <= j)
            hi = j;
        else
            lo = j + 1;
    }
}

static double smallest(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}

/* A straight line between two neighbours; nothing to add where both are the same infinity. */
static double between(double lower, double upper, double part)
{
    return upper > lower && isfinite(lower) ? lower + part * (upper - lower) : lower;
}

/* For few numbers, and where the sample was not like the whole. */
static void quantiles_in_place(double *x, size_t n, const double *p, size_t count, double *ret)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        double at = p[i] * (double)(n - 1), floor_at = floor(at);
        size_t k = (size_t)floor_at;
        place(x, done < k ? done : k, n - 1, k);
        done = k;
        ret[i] = x[k];
        double part = at - floor_at;
        if (part > 0 && k + 1 < n)
            ret[i] = between(x[k], smallest(x + k + 1, n - k - 1), part);
    }
}

enum { SAMPLE = 1024, FEW = 8 * SAMPLE };

/* Where an order statistic lies for all but certain, by the sample; below: how many numbers lie below lo. */
struct bracket {
    double lo, hi;
    size_t below, held;
    double *x;
};

static double order_statistic(double *x, size_t n, size_t k)
{
    place(x, 0, n - 1, k);
    return x[k];
}

static void bracket_init(struct bracket *b, double *sample, double p, double *room)
{
    double mid = p * SAMPLE, half = 4 * sqrt(SAMPLE * p * (1 - p)) + 2;
    double from = mid - half, to = mid + half;
    *b = (struct bracket){ .lo = from < 0 ? -HUGE_VAL : order_statistic(sample, SAMPLE, (size_t)from),
                           .hi = to >= SAMPLE ? HUGE_VAL : order_statistic(sample, SAMPLE, (size_t)to),
                           .x = room };
}

static void bracket_fill(struct bracket *b, const double *x, size_t n)
{
    double lo = b->lo, hi = b->hi, *inside = b->x;
    size_t from = 0, held = 0;
    /* Written to in any case and kept only when inside: no jump to guess wrong. */
    for (size_t i = 0; i < n; i++) {
        double now = x[i];
        size_t reaches = now >= lo;
        inside[held] = now;
        from += reaches;
        held += reaches & (size_t)(now <= hi);
    }
    b->below = n - from;
    b->held = held;
}

static void sample_take(const double *x, size_t n, double sample[SAMPLE])
{
    for (size_t i = 0; i < SAMPLE; i++)
        sample[i] = x[i * (n / SAMPLE)];
}

/* What a bracket holds of many numbers may be many yet: a second one inside it, at the same place among all. */
static bool bracket_narrow(struct bracket *b, double *sample, size_t k, size_t last)
{
    struct bracket in;
    size_t below = b->below;
    if (b->held < FEW / 2)
        return true;
    sample_take(b->x, b->held, sample);
    bracket_init(&in, sample, (double)(k - below) / (double)b->held, b->x);
    /* in place: what is kept is never behind what is read */
    bracket_fill(&in, b->x, b->held);
    *b = in;
    b->below += below;
    return k >= b->below && last < b->below + b->held;
}

static bool bracket_quantile(struct bracket *b, double *sample, size_t n, double p, double *ret)
{
    double at = p * (double)(n - 1), floor_at = floor(at), part = at - floor_at;
    size_t k = (size_t)floor_at, last = part > 0 && k + 1 < n ? k + 1 : k;
    if (k < b->below || last >= b->below + b->held)
        return false;
    if (!(b->hi > b->lo)) {
        *ret = b->lo;
        return true;
    }
    if (!bracket_narrow(b, sample, k, last))
        return false;
    k -= b->below;
    place(b->x, 0, b->held - 1, k);
    *ret = last > k + b->below ? between(b->x[k], smallest(b->x + k + 1, b->held - k - 1), part) : b->x[k];
    return true;
}

static bool all_the_same(const double *x, size_t n)
{
    size_t i = 1;
    while (i < n && x[i] == x[0])
        i++;
    return i == n;
}

void quantiles_of(double *x, size_t n, const double *p, size_t count, double *scratch, double *ret)
{
    double sample[SAMPLE];
    bool ok = n >= FEW, same = all_the_same(x, n);
    for (size_t i = 0; same && i < count; i++)
        ret[i] = x[0];
    if (same)
        return;
    for (size_t i = 0; ok && i < count; i++) {
        struct bracket b;
        sample_take(x, n, sample);
        bracket_init(&b, sample, p[i], scratch);
        bracket_fill(&b, x, n);
        ok = bracket_quantile(&b, sample, n, p[i], &ret[i]);
    }
    if (!ok)
        quantiles_in_place(x, n, p, count, ret);
}
