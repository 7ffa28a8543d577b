/* Functions of a project over its runs: which match, what they cost in the newest run that lists them, and since when. */
#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "evidence/stats.h"
#include "http/functions.h"
#include "http/json.h"
#include "http/pages.h"

/* A difference that chance gives less often than this is a change; many runs are looked at. */
#define CHANGE_CHANCE 0.01
/* Ids count from 1 a project; beyond this they are not those of the store. */
enum { FUNCTION_ID_MAX = 50000000 };

struct searching {
    const struct function_query *q;
    struct function_found *found;
    struct {
        struct function_hit *items;
        size_t count, cap;
    } all; /* by id */
    uint32_t *place; /* [id] place in all + 1, 0 none; as far as ids of all go */
    size_t places;
    bool with_points; /* so few match that their points are taken in the first turn */
    uint32_t run;
    /* second turn: the hits of the page */
    struct function_hit **page;
    size_t page_count;
};

static bool name_take(void *user, const struct store_function_name *n, struct err *err)
{
    struct searching *s = user;
    (void)err;
    if (name_match_tired(s->q->match)) {
        s->found->partial = true;
        return true;
    }
    if (n->id <= 0 || n->id > FUNCTION_ID_MAX || !name_match_test(s->q->match, n))
        return true;
    if (s->all.count == FUNCTION_MATCHES_MAX) {
        s->found->partial = true;
        return true;
    }
    struct function_hit h = { .id = n->id,
                              .newest = { .run = UINT32_MAX },
                              .first = { .run = UINT32_MAX },
                              .highest = { .run = UINT32_MAX },
                              .before = NUM_UNKNOWN };
    VEC_PUSH(&s->all, h);
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct function_hit *x = a;
    const struct function_hit *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Place of the first id that is not below; both sides ascend, so the next search begins there. */
static uint32_t lower_bound(const struct function_shares *s, uint32_t from, int64_t id)
{
    uint32_t lo = from;
    uint32_t hi = s->count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if ((int64_t)function_shares_id(s, mid) < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void places_fill(struct searching *s)
{
    if (s->all.count == 0)
        return;
    s->places = (size_t)s->all.items[s->all.count - 1].id + 1;
    s->place = xcalloc(s->places, sizeof *s->place);
    for (size_t i = 0; i < s->all.count; i++)
        s->place[s->all.items[i].id] = (uint32_t)i + 1;
}

static void points_make(struct function_found *f, struct function_hit *h, uint32_t runs)
{
    h->points = ARENA_ARRAY(&f->arena, runs + 1u, struct function_point);
    for (uint32_t k = 0; k < runs; k++)
        h->points[k].total = h->points[k].own = h->points[k].n_eff = (float)NUM_UNKNOWN;
}

static void seen(struct function_hit *h, uint32_t run, struct function_point is)
{
    struct function_seen here = { run, is };
    if (h->points)
        h->points[run] = is;
    if (h->newest.run == UINT32_MAX)
        h->newest = here;
    h->first = here;
    if (h->highest.run == UINT32_MAX || is.total > h->highest.is.total)
        h->highest = here;
}

static bool run_take(void *user, const struct store_function_run *r, struct err *err)
{
    struct searching *s = user;
    struct function_found *f = s->found;
    struct function_shares shares;
    if (!function_shares_open(r->packed, &shares, err))
        return false;
    f->runs = xrealloc(f->runs, f->run_count + 1u, sizeof *f->runs);
    f->runs[f->run_count] = (struct function_run){ .run = arena_span(&f->arena, r->run),
                                                   .commit = arena_span(&f->arena, r->commit),
                                                   .profile_id = arena_span(&f->arena, r->profile_id),
                                                   .categories = arena_span(&f->arena, r->categories),
                                                   .revision = r->revision,
                                                   .when_us = r->when_us };
    uint32_t at = 0;
    bool few = s->all.count < shares.count / 16;
    for (size_t i = 0; few && i < s->all.count; i++) {
        at = lower_bound(&shares, at, s->all.items[i].id);
        if (at < shares.count && (int64_t)function_shares_id(&shares, at) == s->all.items[i].id)
            seen(&s->all.items[i], f->run_count, function_shares_at(&shares, at));
    }
    for (uint32_t i = 0; !few && i < shares.count; i++) {
        uint32_t id = function_shares_id(&shares, i);
        if (id < s->places && s->place[id] > 0)
            seen(&s->all.items[s->place[id] - 1], f->run_count, function_shares_at(&shares, i));
    }
    f->run_count++;
    return true;
}

/* Newest first; of one run the largest. */
static int by_newest(const void *a, const void *b)
{
    const struct function_hit *x = a;
    const struct function_hit *y = b;
    if (x->newest.run != y->newest.run)
        return x->newest.run < y->newest.run ? -1 : 1;
    if (x->newest.run != UINT32_MAX && fabsf(x->newest.is.total - y->newest.is.total) > 0)
        return x->newest.is.total < y->newest.is.total ? 1 : -1;
    return by_id(a, b);
}

/* --- the page --- */

static bool names_add(struct sql *db, struct searching *s, struct err *err)
{
    struct function_found *f = s->found;
    int64_t *ids = xcalloc(f->hit_count + 1, sizeof *ids);
    struct store_function_name *names = xcalloc(f->hit_count + 1, sizeof *names);
    for (size_t i = 0; i < f->hit_count; i++)
        ids[i] = f->hits[i].id;
    bool ok = store_function_named(db, &f->arena, s->q->project, ids, f->hit_count, names, err);
    for (size_t i = 0; ok && i < f->hit_count; i++) {
        f->hits[i].name = names[i].name;
        f->hits[i].place = names[i].place;
        f->hits[i].file = names[i].file;
    }
    free(ids);
    free(names);
    return ok;
}

static bool points_take(void *user, const struct store_function_run *r, struct err *err)
{
    struct searching *s = user;
    struct function_shares shares;
    if (!function_shares_open(r->packed, &shares, err))
        return false;
    if (s->run >= s->found->run_count)
        return true;
    for (size_t i = 0; i < s->page_count; i++) {
        struct function_hit *h = s->page[i];
        uint32_t at = lower_bound(&shares, 0, h->id);
        if (at < shares.count && (int64_t)function_shares_id(&shares, at) == h->id)
            h->points[s->run] = function_shares_at(&shares, at);
    }
    s->run++;
    return true;
}

static bool changed(const struct function_point *then, const struct function_point *now)
{
    /* Not listed is below what is listed: nothing, with as many samples. */
    bool there = num_known((double)then->total);
    double n = (double)now->n_eff;
    return stats_chance(there ? (double)then->total : 0, there ? (double)then->n_eff : n, (double)now->total, n) <
           CHANGE_CHANCE;
}

/* Back from the newest run that lists it, as long as the share is not told from the one there. */
static void since_find(const struct function_found *f, struct function_hit *h)
{
    if (h->newest.run == UINT32_MAX)
        return;
    const struct function_point *now = &h->points[h->newest.run];
    uint32_t last = h->newest.run;
    h->since = SINCE_FIRST_RUN;
    for (uint32_t k = h->newest.run + 1; k < f->run_count; k++) {
        bool there = num_known((double)h->points[k].total);
        if (changed(&h->points[k], now)) {
            h->since = k > h->first.run ? SINCE_APPEARED : SINCE_CHANGED;
            h->before = there ? (double)h->points[k].total : NUM_UNKNOWN;
            break;
        }
        last = there ? k : last;
    }
    h->since_run = last;
    if (!num_known((double)now->n_eff))
        h->since = SINCE_UNKNOWN;
}

static bool trend_add(struct sql *db, struct searching *s, struct err *err)
{
    struct function_found *f = s->found;
    s->page = xcalloc(f->hit_count + 1, sizeof *s->page);
    s->page_count = f->hit_count;
    for (size_t i = 0; i < f->hit_count; i++) {
        s->page[i] = &f->hits[i];
        if (!s->with_points)
            points_make(f, s->page[i], f->run_count);
    }
    bool ok = s->with_points ||
              store_function_runs(db, s->q->project, s->q->off, FUNCTION_RUNS_MAX, points_take, s, err);
    for (size_t i = 0; ok && i < f->hit_count; i++)
        since_find(f, &f->hits[i]);
    free(s->page);
    return ok;
}

bool function_search(struct sql *db, const struct function_query *q, struct function_found *ret, struct err *err)
{
    struct searching s = { .q = q, .found = ret };
    *ret = (struct function_found){ 0 };
    /* Both turns must see the same runs. */
    if (!store_snapshot_begin(db, err))
        return false;
    bool ok = store_function_names(db, q->project, name_take, &s, err);
    if (ok && s.all.count > 0)
        qsort(s.all.items, s.all.count, sizeof *s.all.items, by_id);
    places_fill(&s);
    s.with_points = q->trend && s.all.count <= FUNCTION_HITS_MAX;
    for (size_t i = 0; s.with_points && i < s.all.count; i++)
        points_make(ret, &s.all.items[i], FUNCTION_RUNS_MAX);
    ok = ok && store_function_runs(db, q->project, q->off, FUNCTION_RUNS_MAX, run_take, &s, err);
    if (ok && s.all.count > 0)
        qsort(s.all.items, s.all.count, sizeof *s.all.items, by_newest);
    while (ret->matched < s.all.count && s.all.items[ret->matched].newest.run != UINT32_MAX)
        ret->matched++;
    ret->hits = xcalloc(q->limit + 1, sizeof *ret->hits);
    for (size_t i = q->offset; ok && i < ret->matched && ret->hit_count < q->limit; i++)
        ret->hits[ret->hit_count++] = s.all.items[i];
    ok = ok && names_add(db, &s, err) && (!q->trend || trend_add(db, &s, err));
    store_snapshot_end(db);
    free(s.all.items);
    free(s.place);
    return ok;
}

void function_found_release(struct function_found *f)
{
    free(f->runs);
    free(f->hits);
    arena_release(&f->arena);
    *f = (struct function_found){ 0 };
}

/* --- the document --- */

struct share function_interval(double share, float n_eff)
{
    struct share s = stats_wilson(share, (double)n_eff);
    s.est = share;
    return s;
}

static void share_write(struct jsonw *w, const char *key, double share, float n_eff)
{
    struct share s = function_interval(share, n_eff);
    struct store_share out = { s.lo, s.est, s.hi };
    json_share(w, key, &out);
}

static void run_members(struct jsonw *w, const struct function_found *f, uint32_t run)
{
    jsonw_str(w, "run", f->runs[run].run);
    json_text(w, "commit", f->runs[run].commit);
    json_time(w, "when", f->runs[run].when_us);
}

static void since_write(struct jsonw *w, const struct function_found *f, const struct function_hit *h)
{
    static const char *const names[] = { [SINCE_FIRST_RUN] = "first_run",
                                         [SINCE_APPEARED] = "appeared",
                                         [SINCE_CHANGED] = "changed",
                                         [SINCE_UNKNOWN] = "unknown" };
    if (!h->points) {
        jsonw_null(w, "since");
        return;
    }
    jsonw_obj(w, "since");
    jsonw_strz(w, "kind", names[h->since]);
    run_members(w, f, h->since_run);
    jsonw_num(w, "before", h->before);
    jsonw_end_obj(w);
}

/* Oldest first; of many runs the newest. */
static void trend_write(struct jsonw *w, const struct function_found *f, const struct function_hit *h)
{
    if (!h->points)
        return;
    jsonw_arr(w, "trend");
    uint32_t n = f->run_count < FUNCTION_POINTS_MAX ? f->run_count : FUNCTION_POINTS_MAX;
    for (uint32_t k = n; k-- > 0;) {
        jsonw_obj(w, NULL);
        run_members(w, f, k);
        jsonw_num(w, "self", (double)h->points[k].own);
        jsonw_num(w, "total", (double)h->points[k].total);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void flame_url(struct jsonw *w, struct span profile, struct span name)
{
    struct sb url = { 0 };
    sb_adds(&url, "/profiles/");
    url_encode(&url, profile);
    sb_adds(&url, "/flame?q=");
    url_encode(&url, name);
    jsonw_str(w, "flame_url", sb_span(&url));
    sb_release(&url);
}

void function_hit_write(struct jsonw *w, const struct function_query *q, const struct function_found *f,
                        const struct function_hit *h)
{
    const struct function_run *newest = &f->runs[h->newest.run];
    struct span category = function_category(newest->categories, h->newest.is.category);
    enum category c;
    jsonw_obj(w, NULL);
    jsonw_str(w, "project", q->project);
    jsonw_str(w, "name", h->name);
    json_text(w, "place", h->place);
    json_text(w, "file", h->file);
    jsonw_str(w, "category", category);
    bool known = category_from_name(category, &c);
    jsonw_strz(w, "class", known ? category_class_name(category_class_of(c)) : NULL);
    jsonw_strz(w, "words", known ? category_words(c) : NULL);
    share_write(w, "self", (double)h->newest.is.own, h->newest.is.n_eff);
    share_write(w, "total", (double)h->newest.is.total, h->newest.is.n_eff);
    run_members(w, f, h->newest.run);
    jsonw_bool(w, "in_newest_run", h->newest.run == 0);
    flame_url(w, newest->profile_id, h->name);
    jsonw_obj(w, "first_seen");
    run_members(w, f, h->first.run);
    jsonw_num(w, "total", (double)h->first.is.total);
    jsonw_end_obj(w);
    jsonw_obj(w, "highest");
    run_members(w, f, h->highest.run);
    jsonw_num(w, "total", (double)h->highest.is.total);
    jsonw_end_obj(w);
    since_write(w, f, h);
    trend_write(w, f, h);
    jsonw_end_obj(w);
}
