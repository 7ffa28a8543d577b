#include "roi/select.h"

#include <math.h>
#include <stdlib.h>

#include "base/err.h"

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

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void bracket_init(struct bracket *b, const double *sample, double p, double *room)
{
    double mid = p * SAMPLE, half = 4 * sqrt(SAMPLE * p * (1 - p)) + 2;
    double from = mid - half, to = mid + half;
    *b = (struct bracket){ .lo = from < 0 ? -HUGE_VAL : sample[(size_t)from],
                           .hi = to >= SAMPLE ? HUGE_VAL : sample[(size_t)to],
                           .x = room };
}

static void bracket_fill(struct bracket *b, const double *x, size_t n)
{
    size_t below = 0, held = 0;
    /* Written to in any case and kept only when inside: no jump to guess wrong. */
    for (size_t i = 0; i < n; i++) {
        b->x[held] = x[i];
        below += x[i] < b->lo;
        held += (x[i] >= b->lo) & (x[i] <= b->hi);
    }
    b->below = below;
    b->held = held;
}

static bool bracket_quantile(struct bracket *b, size_t n, double p, double *ret)
{
    double at = p * (double)(n - 1), floor_at = floor(at), part = at - floor_at;
    size_t k = (size_t)floor_at, last = part > 0 && k + 1 < n ? k + 1 : k;
    if (k < b->below || last >= b->below + b->held)
        return false;
    k -= b->below;
    if (!(b->hi > b->lo)) {
        *ret = b->lo;
        return true;
    }
    place(b->x, 0, b->held - 1, k);
    *ret = last > k + b->below ? between(b->x[k], smallest(b->x + k + 1, b->held - k - 1), part) : b->x[k];
    return true;
}

void quantiles_of(double *x, size_t n, const double *p, size_t count, double *ret)
{
    if (n < FEW) {
        quantiles_in_place(x, n, p, count, ret);
        return;
    }
    double sample[SAMPLE];
    double *room = xcalloc(n + 1, sizeof *room);
    bool ok = true;
    for (size_t i = 0; i < SAMPLE; i++)
        sample[i] = x[i * (n / SAMPLE)];
    qsort(sample, SAMPLE, sizeof *sample, ascending);
    for (size_t i = 0; ok && i < count; i++) {
        struct bracket b;
        bracket_init(&b, sample, p[i], room);
        bracket_fill(&b, x, n);
        ok = bracket_quantile(&b, n, p[i], &ret[i]);
    }
    free(room);
    if (!ok)
        quantiles_in_place(x, n, p, count, ret);
}
