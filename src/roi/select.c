#include "roi/select.h"

#include <math.h>

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

void quantiles_of(double *x, size_t n, const double *p, size_t count, double *ret)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        double at = p[i] * (double)(n - 1), floor_at = floor(at);
        size_t k = (size_t)floor_at;
        place(x, done < k ? done : k, n - 1, k);
        done = k;
        ret[i] = x[k];
        double part = at - floor_at;
        if (part > 0 && k + 1 < n) {
            double next = smallest(x + k + 1, n - k - 1);
            /* nothing to add where both are the same infinity */
            ret[i] = next > x[k] && isfinite(x[k]) ? x[k] + part * (next - x[k]) : x[k];
        }
    }
}
