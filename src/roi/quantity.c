/* quantity.c - reading, drawing and the quantiles of uncertain inputs. */
#include "roi/quantity.h"

#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "roi/sampler.h"

/* Ends of a lognormal further apart than this are a typing error, and its tail would leave all sense. */
static const double spread_max = 1e6;

static bool range_check(double x, double lowest, double highest, const char *which, struct err *err)
{
    if (!isfinite(x))
        return err_set(err, ERR_VALUE, "%sis not a finite number", which);
    if (x < lowest && lowest > 0 && lowest <= QUANTITY_SOME)
        return err_set(err, ERR_VALUE, "%s%.6g lies outside its range: want above 0, at most %.6g", which, x, highest);
    if (x < lowest || x > highest)
        return err_set(err, ERR_VALUE, "%s%.6g lies outside %.6g to %.6g", which, x, lowest, highest);
    return true;
}

enum part { PART_LO, PART_MODE, PART_HI, PART_P10, PART_P90, PART_COUNT };
static const char *const part_names[PART_COUNT] = { "lo", "mode", "hi", "p10", "p90" };

static bool parts_read(const struct json *v, double part[PART_COUNT], unsigned *ret_seen, struct err *err)
{
    *ret_seen = 0;
    for (const struct json *m = json_first(v); m; m = json_next(m)) {
        unsigned i = 0;
        while (i < PART_COUNT && !span_is(json_key(m), part_names[i]))
            i++;
        if (i == PART_COUNT)
            return err_set(err, ERR_VALUE, "has a member '%.*s'; want lo and hi, lo, mode and hi, or p10 and p90",
                           SPAN_FMT(span_sub(json_key(m), 0, 40)));
        if (*ret_seen & 1u << i)
            return err_set(err, ERR_VALUE, "has '%s' twice", part_names[i]);
        if (json_kind_of(m) != JSON_NUM)
            return err_set(err, ERR_VALUE, "%s is not a number", part_names[i]);
        *ret_seen |= 1u << i;
        part[i] = json_num(m, 0);
    }
    return true;
}

static bool pert_make(const double part[PART_COUNT], bool mode, struct quantity *ret, struct err *err)
{
    double lo = part[PART_LO], hi = part[PART_HI];
    if (lo > hi)
        return err_set(err, ERR_VALUE, "lo %.6g is above hi %.6g", lo, hi);
    if (mode && (part[PART_MODE] < lo || part[PART_MODE] > hi))
        return err_set(err, ERR_VALUE, "mode %.6g lies outside lo %.6g to hi %.6g", part[PART_MODE], lo, hi);
    enum quantity_kind kind = mode ? QUANTITY_PERT : QUANTITY_UNIFORM;
    struct quantity q = { .kind = kind, .a = lo, .mode = mode ? part[PART_MODE] : lo + (hi - lo) / 2, .b = hi };
    *ret = lo < hi ? q : quantity_const(lo);
    return true;
}

static bool lognormal_make(const double part[PART_COUNT], struct quantity *ret, struct err *err)
{
    double p10 = part[PART_P10], p90 = part[PART_P90];
    if (p10 <= 0)
        return err_set(err, ERR_VALUE, "p10 %.6g is not above 0, as a lognormal needs", p10);
    if (p10 > p90)
        return err_set(err, ERR_VALUE, "p10 %.6g is above p90 %.6g", p10, p90);
    if (p90 / p10 > spread_max)
        return err_set(err, ERR_VALUE, "p90 is over %g times p10", spread_max);
    struct quantity q = { .kind = QUANTITY_LOGNORMAL, .a = p10, .mode = sqrt(p10) * sqrt(p90), .b = p90 };
    *ret = p10 < p90 ? q : quantity_const(p10);
    return true;
}

static bool object_read(const struct json *v, double lowest, double highest, struct quantity *ret, struct err *err)
{
    enum { RANGE = 1 << PART_LO | 1 << PART_HI, TRIPLE = RANGE | 1 << PART_MODE, LOGS = 1 << PART_P10 | 1 << PART_P90 };
    double part[PART_COUNT] = { 0 };
    unsigned seen;
    if (!parts_read(v, part, &seen, err))
        return false;
    for (unsigned i = 0; i < PART_COUNT; i++) {
        char which[16];
        (void)snprintf(which, sizeof which, "%s ", part_names[i]);
        if (!(seen & 1u << i) || (i == PART_P10 && isfinite(part[i]) && part[i] <= 0))
            continue;
        if (!range_check(part[i], lowest, highest, which, err))
            return false;
    }
    if (seen == LOGS)
        return lognormal_make(part, ret, err);
    if (seen == RANGE || seen == TRIPLE)
        return pert_make(part, seen == TRIPLE, ret, err);
    return err_set(err, ERR_VALUE, "want a number, lo and hi, lo, mode and hi, or p10 and p90");
}

bool quantity_from_json(const struct json *v, double lowest, double highest, struct quantity *ret, struct err *err)
{
    switch (json_kind_of(v)) {
    case JSON_ABSENT:
    case JSON_NULL:
        *ret = QUANTITY_NONE;
        return true;
    case JSON_NUM:
        if (!range_check(json_num(v, 0), lowest, highest, "", err))
            return false;
        *ret = quantity_const(json_num(v, 0));
        return true;
    case JSON_OBJ:
        return object_read(v, lowest, highest, ret, err);
    case JSON_BOOL:
    case JSON_STR:
    case JSON_ARR:
        break;
    }
    return err_set(err, ERR_VALUE, "is neither a number nor an object of lo and hi, lo, mode and hi, or p10 and p90");
}

double quantity_draw(const struct quantity *q, struct rng *r)
{
    return quantity_quantile(q, rng_uniform(r));
}

double quantity_quantile(const struct quantity *q, double p)
{
    switch (q->kind) {
    case QUANTITY_ABSENT:
        return NUM_UNKNOWN;
    case QUANTITY_CONST:
        return q->a;
    case QUANTITY_UNIFORM:
        return q->a + (q->b - q->a) * p;
    case QUANTITY_PERT:
        return q->a + (q->b - q->a) * pert_quantile(pert_shape(q), p);
    case QUANTITY_LOGNORMAL:
        return exp(lognormal_mu(q) + lognormal_sigma(q) * normal_quantile(p));
    }
    return NUM_UNKNOWN;
}

double quantity_mean(const struct quantity *q)
{
    switch (q->kind) {
    case QUANTITY_ABSENT:
        return NUM_UNKNOWN;
    case QUANTITY_CONST:
        return q->a;
    case QUANTITY_UNIFORM:
        return q->a + (q->b - q->a) / 2;
    case QUANTITY_PERT:
        return (q->a + 4 * q->mode + q->b) / 6;
    case QUANTITY_LOGNORMAL: {
        double s = lognormal_sigma(q);
        return exp(lognormal_mu(q) + s * s / 2);
    }
    }
    return NUM_UNKNOWN;
}

double quantity_lowest(const struct quantity *q)
{
    return q->kind == QUANTITY_ABSENT ? NUM_UNKNOWN : q->kind == QUANTITY_LOGNORMAL ? quantity_quantile(q, 0.01) : q->a;
}

double quantity_highest(const struct quantity *q)
{
    return q->kind == QUANTITY_ABSENT ? NUM_UNKNOWN : q->kind == QUANTITY_LOGNORMAL ? quantity_quantile(q, 0.99) : q->b;
}
