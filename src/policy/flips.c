/* flips.c - by how much one fact alone must change for another verdict, the others fixed. Partners of a band follow where
 * they would fall out of order. Found by steps away from the present value, then by halving. */
#include <math.h>
#include <stdlib.h>

#include "policy/engine.h"

enum { STEPS = 40, HALVINGS = 48 };

struct probe {
    struct engine *e;
    enum policy_stage stage;
    enum policy_verdict verdict; /* as it is */
    enum fact_id fact;
    enum fact_id band[3];
    double before[3]; /* values of the band */
    bool in_band;
    bool quick; /* SQLite is asked about what was found only */
};

static enum policy_verdict verdict_of(const struct probe *p)
{
    struct resolve_options opt = { .stage = p->stage, .counts_as = -1 };
    return engine_resolve(p->e, &opt, NULL).verdict;
}

static bool restore(struct probe *p, struct err *err)
{
    for (size_t i = 0; i < (p->in_band ? 3u : 1u); i++) {
        if (!engine_set(p->e, p->in_band ? p->band[i] : p->fact, p->before[i], err))
            return false;
    }
    return true;
}

static bool cell_set(struct probe *p, enum fact_id fact, double x, struct err *err)
{
    return p->quick ? engine_set_quick(p->e, fact, x, err) : engine_set(p->e, fact, x, err);
}

static bool verdict_at(struct probe *p, double x, enum policy_verdict *ret, struct err *err)
{
    size_t own = 0;
    for (size_t i = 0; p->in_band && i < 3; i++)
        own = p->band[i] == p->fact ? i : own;
    for (size_t i = 0; p->in_band && i < 3; i++) {
        double y = p->before[i];
        if (!num_known(y) || i == own)
            continue;
        if (!cell_set(p, p->band[i], i < own ? fmin(y, x) : fmax(y, x), err))
            return false;
    }
    if (!cell_set(p, p->fact, x, err))
        return false;
    *ret = verdict_of(p);
    return true;
}

/* The k-th step from now towards the end of the range; shares in even steps, quantities by factors. */
static double step(const struct probe *p, double now, bool up, int k)
{
    const struct fact_info *info = &fact_infos[p->fact];
    double end = up ? info->hi : info->lo;
    if (fact_is_share(p->fact) && info->lo >= -1)
        return now + (end - now) * k / STEPS;
    if (k == STEPS)
        return end;
    double from = fmax(fabs(now), 1e-3);
    double x = up ? now + from * (exp2(k) - 1) / 8 : now * exp2(-k / 4.0);
    return fmin(fmax(x, info->lo), info->hi);
}

/* Halves between `same` and `other`. */
static bool narrow(struct probe *p, double same, double *other, enum policy_verdict *verdict, struct err *err)
{
    for (int i = 0; i < HALVINGS; i++) {
        enum policy_verdict v;
        double mid = same + (*other - same) / 2;
        if (!verdict_at(p, mid, &v, err))
            return false;
        if (v == p->verdict) {
            same = mid;
        } else {
            *other = mid;
            *verdict = v;
        }
    }
    return true;
}

/* The line itself, not the first number beyond it: six digits. */
static double six_digits(double x)
{
    if (x == 0 || !isfinite(x))
        return x;
    double scale = pow(10, 5 - floor(log10(fabs(x))));
    double rounded = isfinite(scale) && scale > 0 ? round(x * scale) / scale : x;
    return isfinite(rounded) ? rounded : x;
}

static bool search(struct probe *p, bool up, struct policy_flip *f, bool *ret_found, struct err *err)
{
    double now = f->now, last = now;
    *ret_found = false;
    for (int k = 1; k <= STEPS; k++) {
        double x = step(p, now, up, k);
        enum policy_verdict v;
        if (x == last)
            continue;
        if (!verdict_at(p, x, &v, err))
            return false;
        if (v != p->verdict) {
            f->at = x;
            f->verdict = v;
            *ret_found = true;
            return narrow(p, last, &f->at, &f->verdict, err);
        }
        last = x;
    }
    return true;
}

/* Found quickly, then confirmed: where SQLite says otherwise it is asked at every step. */
static bool search_sure(struct probe *p, bool up, struct policy_flip *f, bool *ret_found, struct err *err)
{
    struct policy_flip first = *f;
    enum policy_verdict v;
    p->quick = true;
    bool ok = search(p, up, f, ret_found, err);
    p->quick = false;
    if (!ok || !*ret_found)
        return ok;
    if (!restore(p, err) || !verdict_at(p, f->at, &v, err))
        return false;
    if (v == f->verdict)
        return true;
    *f = first;
    return search(p, up, f, ret_found, err);
}

static double nearness(const struct policy_flip *f)
{
    if (fact_is_share(f->fact))
        return fabs(f->at - f->now);
    return f->now > 0 && f->at > 0 ? fabs(log(f->at / f->now)) : 1e9;
}

static bool probe_start(struct probe *p, enum fact_id f)
{
    const struct fact_info *info = &fact_infos[f];
    if (info->kind != FACT_NUM || !num_known(p->e->cells[f].num))
        return false;
    if (f == FACT_goal_gain || f == FACT_min_useful_gain || f == FACT_cpu_bound_threshold ||
        f == FACT_wait_bound_threshold)
        return false;
    bool read = false;
    for (uint32_t i = 0; i < p->e->count && !read; i++) {
        for (size_t k = 0; k < p->e->rules[i].read_count; k++)
            read = read || p->e->rules[i].reads[k] == (uint16_t)f;
    }
    p->fact = f;
    p->in_band =
        fact_band(f, FACT_LO, &p->band[0]) && fact_band(f, FACT_EST, &p->band[1]) && fact_band(f, FACT_HI, &p->band[2]);
    for (size_t i = 0; i < 3; i++)
        p->before[i] = p->e->cells[p->in_band ? p->band[i] : f].num;
    return read;
}

static bool probe_fact(struct probe *p, struct policy_result *ret, struct err *err)
{
    double now = p->e->cells[p->fact].num;
    struct policy_flip best = { .fact = p->fact, .now = now };
    bool any = false;
    for (int up = 0; up < 2; up++) {
        struct policy_flip f = { .fact = p->fact, .now = now };
        bool found;
        if (!search_sure(p, up != 0, &f, &found, err))
            return false;
        f.at = six_digits(f.at);
        if (!found || (any && nearness(&f) >= nearness(&best)))
            continue;
        best = f;
        any = true;
    }
    if (!restore(p, err))
        return false;
    if (any) {
        double factor = now != 0 ? best.at / now : NUM_UNKNOWN;
        best.factor = six_digits(fact_is_share(p->fact) ? best.at - now : factor);
        ret->flips[ret->flip_count++] = best;
    }
    return true;
}

static int flip_order(const void *a, const void *b)
{
    const struct policy_flip *x = a, *y = b;
    double d = nearness(x) - nearness(y);
    return d < 0 ? -1 : d > 0 ? 1 : (int)x->fact - (int)y->fact;
}

bool result_flips(struct engine *e, struct policy_result *ret, struct err *err)
{
    struct probe p = { .e = e, .stage = ret->stage, .verdict = ret->verdict };
    ret->flips = ARENA_ARRAY(&ret->arena, FACT_COUNT, struct policy_flip);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (probe_start(&p, (enum fact_id)i) && !probe_fact(&p, ret, err))
            return false;
    }
    qsort(ret->flips, ret->flip_count, sizeof *ret->flips, flip_order);
    return true;
}
