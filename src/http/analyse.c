/* The analysis of a run: its artefacts out of the store, its declared facts, the engine, a new revision. The engine
 * never reads the clock: `as_of` is the moment at which the run was last changed. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "classify/classify.h"
#include "http/functions.h"
#include "http/overrides.h"
#include "http/service.h"
#include "http/trend.h"
#include "http/watch.h"
#include "profile/codec.h"
#include "report/report.h"
#include "version.h"

enum { DOC_DEPTH_MAX = 64, DECISIONS_AT_ONCE = 10 };

struct gather {
    const struct limits *lim;
    struct artefact **items;
    size_t count, cap;
    size_t *member_of; /* [artefact] the upload that it is of */
    size_t member;
};

static void gather_release(struct gather *g)
{
    for (size_t i = 0; i < g->count; i++)
        artefact_free(g->items[i]);
    free(g->items);
    free(g->member_of);
}

static bool gather_one(void *user, struct span blob, struct err *err)
{
    struct gather *g = user;
    struct artefact *a = NULL;
    if (!artefact_decode(blob, g->lim, &a, err))
        return false;
    VEC_PUSH(g, a);
    g->member_of = xrealloc(g->member_of, g->count, sizeof *g->member_of);
    g->member_of[g->count - 1] = g->member;
    return true;
}

/* Oldest first, so that a later declaration wins over an earlier one; what could not be read takes no part. */
static bool members_load(struct sql *db, struct arena *arena, struct span project, struct span run,
                         struct store_profiles *ret, struct err *err)
{
    struct store_profiles all = { 0 };
    bool ok = store_profiles(db, arena, project, run, -1, SPAN(""), 100000, &all, err);
    for (size_t i = all.count; ok && i > 0; i--) {
        if (all.items[i - 1].kind.len > 0)
            VEC_PUSH(ret, all.items[i - 1]);
    }
    freep(&all.items);
    return ok;
}

static bool facts_of_profile(struct sql *db, struct arena *arena, const struct store_profile *p, struct fact_set *facts,
                             struct sb *key, struct err *err)
{
    struct store_pairs pairs = { 0 };
    bool ok = store_facts(db, arena, p->id, &pairs, err);
    for (size_t i = 0; ok && i < pairs.count; i++) {
        struct store_pair *f = &pairs.items[i];
        char by[120];
        (void)snprintf(by, sizeof by, "upload of %.80s", p->name.ptr ? p->name.ptr : "");
        sb_printf(key, "fact %.*s=%.*s\n", SPAN_FMT(f->name), SPAN_FMT(f->value));
        ok = facts_declare(facts, f->name, f->value, by, err);
    }
    freep(&pairs.items);
    return ok;
}

static bool facts_of_run(struct sql *db, struct arena *arena, struct span project, struct span run,
                         struct fact_set *facts, struct sb *key, struct err *err)
{
    struct store_run_facts list = { 0 };
    bool ok = store_run_facts(db, arena, project, run, &list, err);
    for (size_t i = 0; ok && i < list.count; i++) {
        struct store_fact *f = &list.items[i];
        sb_printf(key, "run fact %.*s=%.*s\n", SPAN_FMT(f->name), SPAN_FMT(f->value));
        const char *by = f->by.len > 0 ? arena_dup(arena, f->by) : "form of the report";
        ok = facts_declare(facts, f->name, f->value, by, err);
        enum fact_id id;
        if (ok && fact_find(f->name, &id))
            facts->v[id].at_us = f->at_us;
    }
    freep(&list.items);
    return ok;
}

/* What the project was told; how it reaches the analysis is engine_run's matter, what it says is part of the key. */
static bool world_of_run(struct sql *db, struct arena *arena, const struct store_profiles *members, struct span project,
                         struct span run, struct store_givens *world, struct sb *key, struct err *err)
{
    struct world_of of = { .project = project, .run = run, .commit = SPAN(""), .scenario = SPAN("") };
    for (size_t i = 0; i < members->count; i++) {
        if (members->items[i].commit.len > 0)
            of.commit = members->items[i].commit;
        if (members->items[i].scenario.len > 0)
            of.scenario = members->items[i].scenario;
    }
    if (!world_load(db, arena, &of, world, err))
        return false;
    for (size_t i = 0; i < world->count; i++)
        sb_printf(key, "world %.*s=%.*s\n", SPAN_FMT(world->items[i].name), SPAN_FMT(world->items[i].value));
    return true;
}

/* What an analysis is made from beside the artefacts. */
struct inputs {
    struct fact_set facts;     /* declared with the uploads and for the run; thresholds of the project */
    struct store_givens world; /* told to the project */
    struct project_rules rules;
    struct project_overrides overrides;
    struct functions_taken functions; /* what the engine listed */
    char key[65];     /* all of it but the moment */
    int64_t as_of_us; /* when the last of it was told, or ended */
};

static void inputs_free(struct inputs *in)
{
    free(in->world.items);
    project_rules_release(&in->rules);
    project_overrides_release(&in->overrides);
    functions_taken_release(&in->functions);
    free(in);
}

static bool rules_load(struct sql *db, struct arena *arena, struct span project, int64_t now_us, struct inputs *in,
                       struct sb *key, struct err *err)
{
    struct project_rules *r = &in->rules;
    if (!project_rules_load(db, arena, project, r, err))
        return false;
    if (r->changed_us > in->as_of_us)
        in->as_of_us = r->changed_us;
    in->as_of_us = project_rules_ended(r, in->as_of_us, now_us);
    if (!project_rules_packs(r, in->as_of_us, err))
        return false;
    if (r->doc)
        policy_project_facts(r->doc, &in->facts);
    if (r->doc && r->doc->goal_given && !in->facts.v[FACT_goal].known)
        facts_set_text(&in->facts, FACT_goal, span_of(policy_goal_name(r->doc->goal)), ORIGIN_DECLARED,
                       "the project's policy");
    for (size_t i = 0; i < r->packs.count; i++)
        sb_printf(key, "pack %s %s\n", r->packs.packs[i]->name, r->packs.packs[i]->version);
    for (uint32_t i = 0; r->doc && i < r->doc->threshold_count; i++)
        sb_printf(key, "threshold %s %.17g\n", fact_infos[r->doc->thresholds[i].fact].name,
                  r->doc->thresholds[i].value);
    sb_printf(key, "goal %.*s\n", SPAN_FMT(facts_text(&in->facts, FACT_goal)));
    return true;
}

/* What the project corrected, word by word: the document repeats it. */
static bool overrides_load(struct sql *db, struct arena *arena, struct span project, struct inputs *in, struct sb *key,
                           struct err *err)
{
    struct project_overrides *o = &in->overrides;
    if (!project_overrides_load(db, arena, project, in->rules.doc, o, err))
        return false;
    if (o->changed_us > in->as_of_us)
        in->as_of_us = o->changed_us;
    for (uint32_t i = 0; i < o->list.count; i++) {
        const struct classify_override *x = &o->list.items[i];
        sb_printf(key, "override %s\t%s\t%s\t%s\t%s\t%lld\n", override_kind_name(x->kind), x->pattern,
                  category_name(x->category), x->reason ? x->reason : "", x->by ? x->by : "", (long long)x->at_us);
    }
    return true;
}

/* Everything that the analysis depends on, but for the moment at which it is made. */
static bool inputs_load(struct sql *db, struct arena *arena, const struct store_profiles *members,
                        const struct store_run *run, bool asked, struct inputs *in, struct err *err)
{
    struct sb text = { 0 };
    sb_printf(&text, "stet %s\nclassification %s\nasked %d\n", STET_VERSION, classify_version(), asked);
    bool ok = true;
    for (size_t i = 0; ok && i < members->count; i++) {
        sb_printf(&text, "member %.*s\n", SPAN_FMT(members->items[i].id));
        ok = facts_of_profile(db, arena, &members->items[i], &in->facts, &text, err);
    }
    ok = ok && facts_of_run(db, arena, run->project, run->name, &in->facts, &text, err) &&
         world_of_run(db, arena, members, run->project, run->name, &in->world, &text, err);
    in->as_of_us = run->changed_us;
    for (size_t i = 0; ok && i < in->world.count; i++) {
        if (in->world.items[i].given_us > in->as_of_us)
            in->as_of_us = in->world.items[i].given_us;
    }
    ok = ok && rules_load(db, arena, run->project, clock_unix_us(), in, &text, err) &&
         overrides_load(db, arena, run->project, in, &text, err);
    sha256_hex(sb_span(&text), in->key);
    sb_release(&text);
    return ok;
}

static bool unchanged(struct service *s, struct sql *db, struct arena *arena, const struct store_profiles *members,
                      struct span project, struct span run, const char *key, struct store_analysis *ret)
{
    struct err none = ERR_INIT;
    if (!store_analysis_get(db, arena, project, run, 0, ret, &none) || !span_is(ret->input_key, key))
        return false;
    for (size_t i = 0; i < members->count; i++) {
        if (!span_is(members->items[i].status, "done") &&
            !store_profile_status(s->store, members->items[i].id, "done", ERR_NONE, SPAN(""), &none))
            return false;
    }
    return true;
}

/* What lists show of the document. */
static void listed_of(struct arena *arena, const struct sb *text, struct store_analysis *ret)
{
    struct json *doc = NULL;
    struct err none = ERR_INIT;
    struct sb trend = { 0 };
    ret->headline = ret->trend = SPAN("");
    if (!json_parse(sb_span(text), DOC_DEPTH_MAX, &doc, &none))
        return;
    ret->headline = arena_span(arena, report_headline(doc));
    trend_of(doc, &trend);
    ret->trend = arena_span(arena, sb_span(&trend));
    sb_release(&trend);
    json_free(doc);
}

/* One turn of the engine over what is declared; doc is replaced. */
static bool engine_turn(struct service *s, const struct advise_input *base, const struct fact_set *facts,
                        struct sb *doc, struct advise_verdict *ret, struct err *err)
{
    struct advise_input in = *base;
    struct span goal = facts_text(facts, FACT_goal);
    in.declared = facts;
    in.goal_given = goal.len > 0 && policy_goal_find(goal, &in.goal);
    sb_reset(doc);
    return s->analyse(&in, doc, ret, err);
}

/* Facts of the world give way to what the files measured, which only the engine can tell: where one of them would have to
 * be measured, a second turn takes those that the first left unknown. What the world is told never refuses an upload. */
static bool engine_world(struct service *s, const struct advise_input *in, const struct inputs *inputs, struct sb *doc,
                         struct advise_verdict *ret, struct err *err)
{
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    struct err refused = ERR_INIT;
    struct json *first = NULL;
    *facts = inputs->facts;
    size_t taken = world_take(&inputs->world, true, NULL, facts, NULL);
    bool ok = engine_turn(s, in, facts, doc, ret, &refused);
    if (!ok && taken > 0) {
        *facts = inputs->facts;
        ok = engine_turn(s, in, facts, doc, ret, err);
    } else if (!ok) {
        *err = refused;
    } else if (world_measures(&inputs->world) && json_parse(sb_span(doc), DOC_DEPTH_MAX, &first, &refused)) {
        struct sb again = { 0 };
        struct advise_verdict verdict;
        if (world_take(&inputs->world, true, first, facts, NULL) > 0 &&
            engine_turn(s, in, facts, &again, &verdict, &refused)) {
            sb_reset(doc);
            sb_add(doc, sb_span(&again));
            *ret = verdict;
        }
        sb_release(&again);
    }
    json_free(first);
    free(facts);
    return ok;
}

/* Which upload and which commit the shares of functions are of. */
static void functions_place(const struct gather *g, const struct store_run *run, const struct store_profiles *members,
                            struct functions_taken *t)
{
    if (t->artefact >= g->count)
        return;
    t->set.profile_id = members->items[g->member_of[t->artefact]].id;
    t->set.when_us = run->created_us;
    for (size_t i = 0; i < members->count; i++) {
        if (members->items[i].commit.len > 0)
            t->set.commit = members->items[i].commit;
    }
}

static bool engine_run(struct service *s, const struct gather *g, struct inputs *inputs,
                       const struct store_run *run, const struct store_profiles *members, bool asked, int64_t revision,
                       struct arena *arena, struct store_analysis *out, struct err *err)
{
    struct advise_input in = { .artefacts = g->items,
                               .artefact_count = g->count,
                               .packs = (const struct policy_pack *const *)inputs->rules.packs.packs,
                               .pack_count = inputs->rules.packs.count,
                               .overrides = &inputs->overrides.list,
                               .goal = GOAL_LATENCY,
                               .asked = asked,
                               .seed = 1,
                               .as_of_us = inputs->as_of_us,
                               .revision = (uint64_t)revision,
                               .project = run->project,
                               .run = run->name,
                               .process = SPAN(""),
                               .explain = SPAN(""),
                               .on_evidence = functions_take,
                               .on_user = &inputs->functions,
                               .platform = SPAN("") };
    for (size_t i = 0; i < members->count; i++) {
        if (members->items[i].process.len > 0)
            in.process = members->items[i].process;
        if (members->items[i].runtime.len > 0)
            (void)runtime_from_name(members->items[i].runtime, &in.runtime);
    }
    struct sb doc = { 0 };
    struct advise_verdict v = { 0 };
    bool ok = engine_world(s, &in, inputs, &doc, &v, err);
    functions_place(g, run, members, &inputs->functions);
    if (ok)
        *out = (struct store_analysis){ .project = run->project,
                                        .run = run->name,
                                        .revision = revision,
                                        .gate = span_of(policy_gate_name(v.gate)),
                                        .verdict = span_of(policy_verdict_name(v.verdict)),
                                        .summary = arena_span(arena, span_of(v.summary)),
                                        .cpu = { v.cpu_share_lo, v.cpu_share_est, v.cpu_share_hi },
                                        .created_us = inputs->as_of_us,
                                        .functions = &inputs->functions.set,
                                        .doc = arena_span(arena, sb_span(&doc)) };
    if (ok)
        listed_of(arena, &doc, out);
    sb_release(&doc);
    return ok;
}

static bool analysis_store(struct service *s, const struct store_profiles *members, const struct store_analysis *a,
                           struct err *err)
{
    struct span *ids = xcalloc(members->count + 1, sizeof *ids);
    for (size_t i = 0; i < members->count; i++)
        ids[i] = members->items[i].id;
    bool ok = store_put_analysis(s->store, a, ids, members->count, err);
    free(ids);
    return ok;
}

/* What the evidence says to what is watched; an upload does not fail for it. g NULL: nothing was read anew. */
static void watch_look(struct service *s, struct sql *db, const struct store_run *run,
                       const struct store_profiles *members, const struct gather *g)
{
    struct watch_evidence ev = { .process = SPAN(""), .scenario = SPAN(""), .runtime = RUNTIME_UNKNOWN };
    struct watch_result done;
    struct err err = ERR_INIT;
    for (size_t i = 0; g && i < members->count; i++) {
        const struct store_profile *p = &members->items[i];
        ev.process = p->process.len > 0 ? p->process : ev.process;
        ev.scenario = p->scenario.len > 0 ? p->scenario : ev.scenario;
        if (p->runtime.len > 0)
            (void)runtime_from_name(p->runtime, &ev.runtime);
    }
    if (g) {
        ev.artefacts = g->items;
        ev.count = g->count;
    }
    if (!watch_project(s->store, db, run->project, g ? &ev : NULL, clock_unix_us(), &done, &err))
        log_event(LOG_WARN, "watch_failed", "project=%.*s error=\"%s\"", SPAN_FMT(run->project), err.text);
    if (g)
        told_decisions(s, db, run->project, DECISIONS_AT_ONCE);
}

static bool analyse_locked(struct service *s, struct sql *db, struct arena *arena, struct span project,
                           struct span name, bool asked, bool quiet, struct store_analysis *ret, struct err *err)
{
    struct store_profiles members = { 0 };
    struct gather g = { .lim = &s->limits };
    struct inputs *in = xcalloc(1, sizeof *in);
    struct store_run run;
    int64_t revision = 0;
    bool ok =
        store_run_get(db, arena, project, name, &run, err) && members_load(db, arena, project, name, &members, err) &&
        (members.count > 0 || err_set(err, ERR_EMPTY, "run %.*s holds nothing that can be read", SPAN_FMT(name))) &&
        inputs_load(db, arena, &members, &run, asked, in, err);
    bool known = ok && unchanged(s, db, arena, &members, project, name, in->key, ret);
    if (ok && !known) {
        ok = store_next_revision(db, project, name, &revision, err);
        for (g.member = 0; ok && g.member < members.count; g.member++)
            ok = store_artefacts(db, members.items[g.member].id, gather_one, &g, err);
        ok = ok && engine_run(s, &g, in, &run, &members, asked, revision, arena, ret, err);
        if (ok) {
            ret->input_key = arena_span(arena, span_of(in->key));
            ok = analysis_store(s, &members, ret, err);
            ret->functions = NULL;
            (void)atomic_fetch_add(&s->metrics.analyses, 1);
        }
    }
    if (ok && !quiet)
        watch_look(s, db, &run, &members, known ? NULL : &g);
    gather_release(&g);
    inputs_free(in);
    freep(&members.items);
    return ok;
}

static bool analyse_run(struct service *s, struct sql *db, struct arena *arena, const struct store_analysis *of,
                        bool asked, bool quiet, struct store_analysis *ret, struct err *err)
{
    /* One analysis of a run at a time: revisions follow each other. */
    pthread_mutex_t *lock = &s->run_lock[(span_hash(of->project) * 31 + span_hash(of->run)) % RUN_LOCKS];
    (void)pthread_mutex_lock(lock);
    bool ok = analyse_locked(s, db, arena, of->project, of->run, asked, quiet, ret, err);
    (void)pthread_mutex_unlock(lock);
    service_told(s, "analysis", of->project, of->run);
    return ok;
}

bool service_analyse(struct service *s, struct sql *db, struct arena *arena, struct span project, struct span run,
                     bool asked, struct store_analysis *ret, struct err *err)
{
    return analyse_run(s, db, arena, &(struct store_analysis){ .project = project, .run = run }, asked, false, ret, err);
}

bool service_analyse_quietly(struct service *s, struct sql *db, struct arena *arena, struct span project,
                             struct span run, bool asked, struct store_analysis *ret, struct err *err)
{
    return analyse_run(s, db, arena, &(struct store_analysis){ .project = project, .run = run }, asked, true, ret, err);
}

struct span service_doc(struct arena *arena, const struct store_analysis *a)
{
    static const char member[] = "\"superseded_by\":null";
    size_t at = span_find(a->doc, 0, SPAN(member));
    if (a->superseded_by == 0 || at >= a->doc.len)
        return a->doc;
    struct sb out = { 0 };
    sb_add(&out, span_sub(a->doc, 0, at));
    sb_printf(&out, "\"superseded_by\":%lld", (long long)a->superseded_by);
    sb_add(&out, span_from(a->doc, at + sizeof member - 1));
    struct span doc = arena_span(arena, sb_span(&out));
    sb_release(&out);
    return doc;
}

bool service_gate_open(const struct store_analysis *a)
{
    return span_is(a->gate, "pass") || span_is(a->gate, "waived");
}
