/* A basis out of the store as it is now. */
#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "http/basis.h"
#include "http/watch.h"

enum { UPLOADS_MAX = 100000, DOC_DEPTH_MAX = 64 };
static const int64_t day_us = INT64_C(86400) * 1000000;

struct gather {
    const struct decider *decider;
    struct basis *b;
    const struct store_profile *of;
    int64_t part;
};

static bool blob_add(void *user, struct span blob, struct err *err)
{
    struct gather *g = user;
    char sha256[65];
    char row[65];
    sha256_hex(blob, sha256);
    basis_row_hash(g->of, row);
    struct store_evidence e = { arena_span(&g->b->arena, g->of->id), g->part++, arena_span(&g->b->arena, g->of->sha256),
                                arena_span(&g->b->arena, span_of(sha256)), arena_span(&g->b->arena, span_of(row)) };
    VEC_PUSH(&g->b->evidence, e);
    return basis_artefact(g->decider, g->b, sha256, blob, err);
}

static bool upload_facts(struct sql *db, struct basis *b, const struct store_profile *p, struct err *err)
{
    struct store_pairs pairs = { 0 };
    char by[120];
    (void)snprintf(by, sizeof by, "upload of %.80s", p->name.ptr ? p->name.ptr : "");
    bool ok = store_facts(db, &b->arena, p->id, &pairs, err);
    for (size_t i = 0; ok && i < pairs.count; i++)
        ok = facts_declare(b->facts, pairs.items[i].name, pairs.items[i].value, by, err);
    freep(&pairs.items);
    return ok;
}

static bool run_facts(struct sql *db, struct basis *b, struct err *err)
{
    struct store_run_facts list = { 0 };
    bool ok = store_run_facts(db, &b->arena, b->project, b->run, &list, err);
    for (size_t i = 0; ok && i < list.count; i++) {
        const struct store_fact *f = &list.items[i];
        ok = facts_declare(b->facts, f->name, f->value,
                           f->by.len > 0 ? arena_dup(&b->arena, f->by) : "form of the report", err);
        enum fact_id id;
        if (ok && fact_find(f->name, &id))
            b->facts->v[id].at_us = f->at_us;
    }
    freep(&list.items);
    return ok;
}

/* How old the evidence is, unless somebody stated it: by the oldest upload of the run. */
static void age_set(struct basis *b, int64_t oldest_us)
{
    if (facts_num(b->facts, FACT_evidence_age_days) == facts_num(b->facts, FACT_evidence_age_days))
        return;
    int64_t days = oldest_us < b->as_of_us ? (b->as_of_us - oldest_us) / day_us : 0;
    facts_set_num(b->facts, FACT_evidence_age_days, (double)days, ORIGIN_FILE, "time of the upload");
}

/* Oldest first, so that a later declaration wins; what could not be read takes no part. */
static bool members_add(const struct decider *d, struct sql *db, struct basis *b, int64_t *ret_oldest_us,
                        struct err *err)
{
    struct store_profiles all = { 0 };
    bool ok = store_profiles(db, &b->arena, b->project, b->run, -1, SPAN(""), UPLOADS_MAX, &all, err);
    *ret_oldest_us = INT64_MAX;
    for (size_t i = all.count; ok && i > 0; i--) {
        const struct store_profile *p = &all.items[i - 1];
        if (p->kind.len == 0)
            continue;
        struct gather g = { d, b, p, 0 };
        ok = store_artefacts(db, p->id, blob_add, &g, err) && upload_facts(db, b, p, err);
        if (p->process.len > 0)
            b->process = p->process;
        if (p->runtime.len > 0)
            (void)runtime_from_name(p->runtime, &b->runtime);
        if (p->created_us < *ret_oldest_us)
            *ret_oldest_us = p->created_us;
    }
    freep(&all.items);
    return ok;
}

static bool run_choose(struct sql *db, const struct basis_wish *wish, struct basis *b, struct store_run *ret,
                       bool *ret_any, struct err *err)
{
    struct err none = ERR_INIT;
    *ret_any = false;
    b->run = SPAN("");
    if (wish->no_run)
        return true;
    *ret_any = store_run_get(db, &b->arena, b->project, wish->run, ret, &none);
    if (*ret_any)
        b->run = ret->name;
    else if (wish->run.len > 0 || none.code != ERR_NOT_FOUND)
        *err = none;
    return *ret_any || (wish->run.len == 0 && none.code == ERR_NOT_FOUND);
}

static bool builtin_add(const struct decider *d, struct basis *b, struct span name, struct err *err)
{
    struct span text = policy_builtin_text(name);
    if (!text.ptr)
        return err_set(err, ERR_VALUE, "policy: there is no pack '%.*s'; `stet policies` lists them",
                       SPAN_FMT(span_sub(name, 0, 60)));
    return basis_pack_add(d, b, name, text, err);
}

static bool packs_choose(const struct decider *d, const struct basis_wish *wish, struct basis *b, struct err *err)
{
    bool ok = builtin_add(d, b, SPAN("standing"), err);
    for (uint32_t i = 0; ok && b->rules && i < b->rules->pack_count; i++)
        ok = builtin_add(d, b, span_of(b->rules->packs[i]), err);
    ok = ok && basis_own_add(b, err);
    for (uint32_t i = 0; ok && i < b->proposal->pack_count; i++)
        ok = builtin_add(d, b, b->proposal->packs[i], err);
    for (size_t i = 0; ok && i < wish->policy_count; i++)
        ok = builtin_add(d, b, wish->policy[i], err);
    return ok;
}

static void told_write(struct basis *b, const struct store_givens *world)
{
    struct jsonw w = { .out = &b->told };
    jsonw_arr(&w, NULL);
    for (size_t i = 0; i < world->count; i++) {
        char hash[65];
        basis_told_hash(&world->items[i], hash);
        jsonw_obj(&w, NULL);
        jsonw_int(&w, "seq", world->items[i].seq);
        jsonw_str(&w, "name", world->items[i].name);
        jsonw_strz(&w, "sha256", hash);
        jsonw_end_obj(&w);
    }
    jsonw_end_arr(&w);
}

/* Facts of the world give way to what the files measured; the newest analysis of the run says what that was. */
static bool world_add(struct sql *db, struct basis *b, const struct store_givens *world, struct err *err)
{
    struct store_analysis a;
    struct json *measured = NULL;
    struct err none = ERR_INIT;
    bool files = b->artefact_count > 0;
    bool ok = true;
    if (files && world_measures(world) && store_analysis_get(db, &b->arena, b->project, b->run, 0, &a, &none))
        ok = json_parse(a.doc, DOC_DEPTH_MAX, &measured, err);
    if (ok)
        (void)world_take(world, files, measured, b->facts, NULL);
    json_free(measured);
    told_write(b, world);
    return ok;
}

/* The day, not the moment: the same question asked twice a day is the same decision. Later where something that counts
 * was told later, and behind the end of an exemption that is over by now. */
static int64_t moment_of(const struct basis_wish *wish, const struct project_rules *rules,
                         const struct store_givens *world, const int64_t *changes, size_t n, int64_t now_us)
{
    int64_t at = now_us - now_us % day_us;
    if (wish->as_of_us != 0)
        return wish->as_of_us;
    for (size_t i = 0; i < n; i++)
        at = changes[i] > at ? changes[i] : at;
    for (size_t i = 0; i < world->count; i++)
        at = world->items[i].given_us > at ? world->items[i].given_us : at;
    return project_rules_ended(rules, at, now_us);
}

/* The proposal's goal is the question; one declared for the run only stands in for it. */
static void goal_choose(struct basis *b)
{
    struct span stated = facts_text(b->facts, FACT_goal);
    if (b->proposal->goal.len == 0 && stated.len > 0)
        b->goal_given = policy_goal_find(stated, &b->goal);
    facts_clear(b->facts, FACT_goal);
}

struct surroundings {
    struct store_run run;
    bool any; /* run */
    struct span commit, scenario;
    int64_t oldest_us;
    struct store_givens world;
    struct project_rules rules;
};

static bool surroundings_load(struct sql *db, const struct basis_wish *wish, struct basis *b, struct surroundings *s,
                              struct err *err)
{
    if (!run_choose(db, wish, b, &s->run, &s->any, err) ||
        !project_rules_load(db, &b->arena, b->project, &s->rules, err))
        return false;
    struct world_of of = { .project = b->project, .run = b->run, .commit = SPAN(""), .scenario = SPAN("") };
    struct store_profiles all = { 0 };
    bool ok = !s->any || store_profiles(db, &b->arena, b->project, b->run, -1, SPAN(""), UPLOADS_MAX, &all, err);
    for (size_t i = all.count; ok && i > 0; i--) {
        const struct store_profile *p = &all.items[i - 1];
        of.commit = p->kind.len > 0 && p->commit.len > 0 ? p->commit : of.commit;
        of.scenario = p->kind.len > 0 && p->scenario.len > 0 ? p->scenario : of.scenario;
    }
    freep(&all.items);
    return ok && world_load(db, &b->arena, &of, &s->world, err);
}

static bool gather_all(const struct decider *d, struct sql *db, const struct store_proposal *proposal,
                       const struct basis_wish *wish, int64_t now_us, struct basis *b, struct surroundings *s,
                       struct err *err)
{
    if (!surroundings_load(db, wish, b, s, err))
        return false;
    int64_t corrected_us = 0;
    if (!store_override_active(db, &b->arena, b->project, &b->overrides, err) ||
        !store_override_changed(db, b->project, &corrected_us, err))
        return false;
    const int64_t changes[] = { s->any ? s->run.changed_us : 0, proposal->version_us, s->rules.changed_us,
                                corrected_us };
    b->as_of_us = moment_of(wish, &s->rules, &s->world, changes, ARRAY_LEN(changes), now_us);
    b->rules_version = s->rules.doc ? s->rules.version : 0;
    (void)snprintf(b->rules_row, sizeof b->rules_row, "%s", s->rules.row_sha256);
    if (!basis_rules_set(b, s->rules.doc ? arena_span(&b->arena, s->rules.text) : SPAN(""), err))
        return false;
    basis_overrides_set(b);
    if (s->any && (!members_add(d, db, b, &s->oldest_us, err) || !run_facts(db, b, err)))
        return false;
    if (!world_add(db, b, &s->world, err))
        return false;
    if (b->artefact_count > 0)
        age_set(b, s->oldest_us);
    goal_choose(b);
    return packs_choose(d, wish, b, err);
}

bool basis_gather(const struct decider *d, struct sql *db, const struct store_proposal *proposal,
                  const struct basis_wish *wish, int64_t now_us, struct basis *ret, struct err *err)
{
    struct basis *b = ret;
    struct surroundings s = { 0 };
    *b = (struct basis){ .shelf = d->shelf, .version = proposal->version, .goal = GOAL_LATENCY, .process = SPAN("") };
    b->facts = xcalloc(1, sizeof *b->facts);
    b->proposal_id = arena_span(&b->arena, proposal->id);
    b->project = arena_span(&b->arena, proposal->project);
    b->seed = wish->seed;
    b->seed_given = wish->seed_given;
    b->draws = wish->draws;
    bool ok = basis_proposal_set(b, arena_span(&b->arena, proposal->doc), err) &&
              gather_all(d, db, proposal, wish, now_us, b, &s, err);
    freep(&s.world.items);
    project_rules_release(&s.rules);
    return ok;
}
