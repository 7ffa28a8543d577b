/* Facts of the world in an analysis: which scope's counts, and what gives way to what is known nearer by. */
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"
#include "http/watch.h"

enum { NOW_MAX = 10000 };

/* The lower end stands for a band: its ends are told, and give way, together. */
static enum fact_id band_of(enum fact_id id)
{
    enum fact_id lo;
    return fact_band(id, FACT_LO, &lo) ? lo : id;
}

/* What only a measurement can tell, and files therefore tell better. */
static bool has_to_be_measured(enum fact_id id)
{
    const struct fact_info *info = &fact_infos[id];
    bool group = info->group == FACTS_EVIDENCE || info->group == FACTS_TIME || info->group == FACTS_COMPOSITION;
    return group && (info->price != PRICE_STATEMENT || id == FACT_source_runtime);
}

static bool scope_load(struct sql *db, struct arena *arena, struct span project, const char *kind, struct span key,
                       struct store_givens *ret, struct err *err)
{
    struct sb scope = { 0 };
    if (kind[0] != '\0' && key.len == 0)
        return true;
    if (kind[0] == '\0')
        sb_adds(&scope, "project");
    else
        sb_printf(&scope, "%s=%.*s", kind, SPAN_FMT(key));
    struct store_given_query q = { .project = project,
                                   .only_scope = sb_span(&scope),
                                   .only_name = SPAN(""),
                                   .after_name = SPAN(""),
                                   .after_scope = SPAN(""),
                                   .limit = NOW_MAX };
    bool ok = store_given_now(db, arena, &q, ret, err);
    sb_release(&scope);
    return ok;
}

static bool shadowed(const struct store_givens *all, size_t at)
{
    enum fact_id own, other;
    if (!fact_find(all->items[at].name, &own))
        return true;
    for (size_t i = at + 1; i < all->count; i++) {
        if (!span_eq(all->items[i].scope, all->items[at].scope) && fact_find(all->items[i].name, &other) &&
            band_of(other) == band_of(own))
            return true;
    }
    return false;
}

bool world_load(struct sql *db, struct arena *arena, const struct world_of *of, struct store_givens *ret,
                struct err *err)
{
    struct store_givens all = { 0 };
    bool ok = scope_load(db, arena, of->project, "", SPAN(""), &all, err) &&
              scope_load(db, arena, of->project, "scenario", of->scenario, &all, err) &&
              scope_load(db, arena, of->project, "commit", of->commit, &all, err) &&
              scope_load(db, arena, of->project, "run", of->run, &all, err);
    for (size_t i = 0; ok && i < all.count; i++) {
        if (!shadowed(&all, i))
            VEC_PUSH(ret, all.items[i]);
    }
    free(all.items);
    return ok;
}

bool world_measures(const struct store_givens *world)
{
    enum fact_id id;
    for (size_t i = 0; i < world->count; i++) {
        if (fact_find(world->items[i].name, &id) && has_to_be_measured(id) && !span_is(world->items[i].value, "null"))
            return true;
    }
    return false;
}

/* Bands that the files themselves gave. */
static void measured_read(const struct json *doc, bool taken[FACT_COUNT])
{
    for (const struct json *in = json_first(json_get(doc, "inputs")); in; in = json_next(in)) {
        enum fact_id id;
        struct span origin = json_str(json_get(in, "origin"));
        if ((span_is(origin, "file") || span_is(origin, "computed")) &&
            fact_find(json_str(json_get(in, "name")), &id) && has_to_be_measured(id))
            taken[band_of(id)] = true;
    }
}

static void said_by(const struct store_given *g, char out[100])
{
    char scope[40];
    bool project = span_is(g->scope, "project");
    (void)snprintf(scope, sizeof scope, "%.*s", SPAN_FMT(span_sub(g->scope, 0, sizeof scope - 1)));
    struct span who = g->source.len > 0 ? g->source : g->by;
    (void)snprintf(out, 100, "fact of %s%s%.*s", project ? "the project" : scope, who.len > 0 ? ": " : "",
                   SPAN_FMT(span_sub(who, 0, 40)));
}

static bool row_take(const struct store_given *g, enum fact_id id, struct fact_set *facts)
{
    struct err ignored = ERR_INIT;
    char by[100];
    said_by(g, by);
    if (span_is(g->value, "null") || !facts_declare(facts, g->name, g->value, by, &ignored))
        return false;
    facts->v[id].at_us = g->time_us;
    return true;
}

/* The rows of one band, from `at` on; undone when they contradict what stands there. */
static size_t band_take(const struct store_givens *world, size_t at, enum fact_id band, struct fact_set *facts,
                        struct sb *key)
{
    enum fact_id id, taken[3];
    struct err contradiction = ERR_INIT;
    struct fact_value declared = facts->v[FACT_declared_measures];
    size_t n = 0;
    size_t before = key ? key->len : 0;
    for (size_t i = at; i < world->count && n < ARRAY_LEN(taken); i++) {
        const struct store_given *g = &world->items[i];
        if (!fact_find(g->name, &id) || band_of(id) != band || !row_take(g, id, facts))
            continue;
        taken[n++] = id;
        if (key)
            sb_printf(key, "world %.*s=%.*s\n", SPAN_FMT(g->name), SPAN_FMT(g->value));
    }
    if (n == 0 || facts_check(facts, &contradiction))
        return n;
    for (size_t i = 0; i < n; i++)
        facts_clear(facts, taken[i]);
    facts->v[FACT_declared_measures] = declared;
    if (key)
        key->len = before;
    return 0;
}

size_t world_take(const struct store_givens *world, bool files, const struct json *measured, struct fact_set *facts,
                  struct sb *key)
{
    bool taken[FACT_COUNT] = { false };
    size_t n = 0;
    for (size_t i = 0; i < FACT_COUNT; i++)
        taken[band_of((enum fact_id)i)] = taken[band_of((enum fact_id)i)] || facts->v[i].known;
    measured_read(measured, taken);
    for (size_t i = 0; i < world->count; i++) {
        enum fact_id id;
        if (!fact_find(world->items[i].name, &id) || taken[band_of(id)] ||
            (has_to_be_measured(id) && files && !measured))
            continue;
        taken[band_of(id)] = true;
        n += band_take(world, i, band_of(id), facts, key);
    }
    return n;
}

/* Told afterwards about an earlier time: history, not what holds. */
static bool is_past(const struct store_givens *now, const struct store_given *told)
{
    for (size_t i = 0; i < now->count; i++) {
        if (span_eq(now->items[i].name, told->name) && now->items[i].time_us > told->time_us)
            return true;
    }
    return false;
}

bool world_fits(struct sql *db, struct arena *arena, struct span project, const struct store_givens *told,
                struct err *err)
{
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    bool ok = true;
    for (size_t i = 0; ok && i < told->count; i++) {
        struct span scope = told->items[i].scope;
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && !span_eq(told->items[k].scope, scope);
        if (!first)
            continue;
        struct store_givens all = { 0 };
        struct store_given_query q = { project, scope, SPAN(""), SPAN(""), SPAN(""), NOW_MAX };
        ok = store_given_now(db, arena, &q, &all, err);
        for (size_t k = i; ok && k < told->count; k++) {
            if (span_eq(told->items[k].scope, scope) && !is_past(&all, &told->items[k]))
                VEC_PUSH(&all, told->items[k]);
        }
        memset(facts, 0, sizeof *facts);
        struct err ignored = ERR_INIT;
        for (size_t k = 0; ok && k < all.count; k++) {
            /* A row of an older dictionary says nothing any more. */
            if (!facts_declare(facts, all.items[k].name, all.items[k].value, "", &ignored))
                continue;
        }
        ok = ok && (facts_check(facts, err) || err_wrap(err, "with what holds already"));
        free(all.items);
    }
    free(facts);
    return ok;
}
