/* A basis out of what a decision froze. Everything is held against its hash before it is used, so that what was changed
 * is named rather than computed with. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "http/basis.h"
#include "http/overrides.h"

enum { FROZEN_DEPTH = 16 };

static bool fact_thaw(struct basis *b, const struct json *f, struct err *err)
{
    enum fact_id id;
    const struct json *value = json_get(f, "value");
    struct span origin = json_str(json_get(f, "origin"));
    enum fact_origin o = ORIGIN_NONE;
    if (!fact_find(json_str(json_get(f, "name")), &id))
        return err_set(err, ERR_VALUE, "fact '%.*s' is not known to this version",
                       SPAN_FMT(json_str(json_get(f, "name"))));
    for (enum fact_origin i = ORIGIN_FILE; i <= ORIGIN_DEFAULT; i++)
        o = span_is(origin, fact_origin_name(i)) ? i : o;
    const char *by = arena_dup(&b->arena, json_str(json_get(f, "by")));
    if (json_kind_of(value) == JSON_STR)
        facts_set_text(b->facts, id, json_str(value), o, by);
    else
        facts_set_num(b->facts, id, json_num(value, NUM_UNKNOWN), o, by);
    if (!clock_parse(json_str(json_get(f, "at")), &b->facts->v[id].at_us))
        b->facts->v[id].at_us = 0;
    return true;
}

static bool blob_load(struct sql *db, struct basis *b, const struct store_evidence *e, struct span *ret,
                      struct err *err)
{
    char sha256[65] = "";
    struct err none = ERR_INIT;
    if (store_artefact_part(db, &b->arena, e->profile, e->part, ret, &none))
        sha256_hex(*ret, sha256);
    if (span_is(e->artefact_sha256, sha256))
        return true;
    /* Read anew since, or changed by another hand. */
    if (store_kept(db, &b->arena, e->artefact_sha256, ret, &none)) {
        sha256_hex(*ret, sha256);
        if (span_is(e->artefact_sha256, sha256))
            return true;
    }
    struct store_profile p;
    if (sha256[0] == '\0' && !store_profile_get(db, &b->arena, e->profile, &p, &none))
        return err_set(err, ERR_GONE, "upload %.*s is no longer kept", SPAN_FMT(e->profile));
    if (sha256[0] == '\0')
        return err_set(err, ERR_VALUE, "artefact %lld of upload %.*s is missing", (long long)e->part,
                       SPAN_FMT(e->profile));
    return err_set(err, ERR_VALUE, "artefact %lld of upload %.*s was changed: SHA-256 %.12s, it was %.12s",
                   (long long)e->part, SPAN_FMT(e->profile), sha256, e->artefact_sha256.ptr);
}

static bool evidence_thaw(const struct decider *d, struct sql *db, struct basis *b, const struct json *frozen,
                          struct err *err)
{
    for (const struct json *j = json_first(json_get(frozen, "evidence")); j; j = json_next(j)) {
        struct span blob;
        struct store_evidence e = { arena_span(&b->arena, json_str(json_get(j, "profile"))),
                                    (int64_t)json_num(json_get(j, "part"), 0),
                                    arena_span(&b->arena, json_str(json_get(j, "upload_sha256"))),
                                    arena_span(&b->arena, json_str(json_get(j, "artefact_sha256"))),
                                    arena_span(&b->arena, json_str(json_get(j, "row_sha256"))) };
        if (!blob_load(db, b, &e, &blob, err) ||
            !basis_artefact(d, b, arena_dup(&b->arena, e.artefact_sha256), blob, err))
            return false;
        VEC_PUSH(&b->evidence, e);
    }
    return true;
}

/* A text that was kept by its hash. */
static bool text_thaw(struct sql *db, struct basis *b, struct span name, struct span want, struct span *ret,
                      struct err *err)
{
    char sha256[65];
    if (!store_kept(db, &b->arena, want, ret, err))
        return err_wrap(err, "pack %.*s", SPAN_FMT(span_sub(name, 0, 60)));
    sha256_hex(*ret, sha256);
    return span_is(want, sha256) ||
           err_set(err, ERR_VALUE, "the text of pack %.*s was changed: SHA-256 %.12s, it was %.*s",
                   SPAN_FMT(span_sub(name, 0, 60)), sha256, SPAN_FMT(span_sub(want, 0, 12)));
}

static bool packs_thaw(const struct decider *d, struct sql *db, struct basis *b, const struct json *frozen,
                       struct err *err)
{
    struct span rules = json_str(json_get(frozen, "project_policy"));
    struct span doc = SPAN("");
    if (rules.len > 0 && (!text_thaw(db, b, SPAN("project"), rules, &doc, err) || !basis_rules_set(b, doc, err)))
        return false;
    for (const struct json *j = json_first(json_get(frozen, "packs")); j; j = json_next(j)) {
        struct span name = json_str(json_get(j, "name"));
        struct span text;
        bool own = span_is(name, "project");
        if (!own && !text_thaw(db, b, name, json_str(json_get(j, "sha256")), &text, err))
            return false;
        if (own ? !basis_own_add(b, err) : !basis_pack_add(d, b, name, text, err))
            return false;
    }
    return true;
}

/* As they were frozen: what was revoked since holds here. verify_world.c holds them against their rows. */
static bool overrides_thaw(struct basis *b, const struct json *frozen, struct err *err)
{
    const struct json *list = json_get(frozen, "overrides");
    for (const struct json *j = json_first(list); j; j = json_next(j)) {
        struct store_override o = { .project = b->project,
                                    .id = arena_span(&b->arena, json_str(json_get(j, "id"))),
                                    .seq = (int64_t)json_num(json_get(j, "seq"), 0),
                                    .kind = arena_span(&b->arena, json_str(json_get(j, "kind"))),
                                    .pattern = arena_span(&b->arena, json_str(json_get(j, "pattern"))),
                                    .category = arena_span(&b->arena, json_str(json_get(j, "category"))),
                                    .reason = arena_span(&b->arena, json_str(json_get(j, "reason"))),
                                    .by = arena_span(&b->arena, json_str(json_get(j, "by"))),
                                    .revoked_by = SPAN("") };
        char hash[65];
        if (!clock_parse(json_str(json_get(j, "at")), &o.created_us))
            o.created_us = 0;
        override_row_hash(&o, hash);
        if (!span_is(json_str(json_get(j, "sha256")), hash))
            return err_set(err, ERR_VALUE, "correction %.*s was changed: SHA-256 %.12s, it was %.12s", SPAN_FMT(o.id),
                           hash, json_str(json_get(j, "sha256")).ptr);
        VEC_PUSH(&b->overrides, o);
    }
    if (json_kind_of(list) == JSON_ARR)
        basis_overrides_set(b);
    return true;
}

static bool proposal_thaw(struct sql *db, struct basis *b, const struct json *frozen, struct err *err)
{
    struct store_proposal p;
    b->version = (int64_t)json_num(json_path(frozen, "proposal.version"), 0);
    b->proposal_id = arena_span(&b->arena, json_str(json_path(frozen, "proposal.id")));
    struct span want = json_str(json_path(frozen, "proposal.sha256"));
    if (!store_proposal_get(db, &b->arena, b->proposal_id, b->version > 0 ? b->version : -1, &p, err))
        return false;
    char sha256[65];
    sha256_hex(p.doc, sha256);
    if (!span_is(want, sha256))
        return err_set(err, ERR_VALUE, "version %lld of proposal %.*s was changed: SHA-256 %.12s, it was %.12s",
                       (long long)b->version, SPAN_FMT(b->proposal_id), sha256, want.ptr);
    return basis_proposal_set(b, p.doc, err);
}

static bool frozen_read(const struct decider *d, struct sql *db, struct basis *b, const struct json *f, struct err *err)
{
    struct span seed = json_str(json_get(f, "seed"));
    struct span goal = json_str(json_get(f, "goal"));
    b->project = arena_span(&b->arena, json_str(json_get(f, "project")));
    b->run = arena_span(&b->arena, json_str(json_get(f, "run")));
    b->process = arena_span(&b->arena, json_str(json_get(f, "process")));
    (void)runtime_from_name(json_str(json_get(f, "runtime")), &b->runtime);
    b->goal_given = goal.len > 0 && policy_goal_find(goal, &b->goal);
    b->seed_given = seed.len > 0 && span_to_u64(seed, &b->seed);
    b->draws = (uint32_t)json_num(json_get(f, "draws"), 0);
    if (!clock_parse(json_str(json_get(f, "as_of")), &b->as_of_us))
        b->as_of_us = 0;
    for (const struct json *j = json_first(json_get(f, "facts")); j; j = json_next(j)) {
        if (!fact_thaw(b, j, err))
            return false;
    }
    return proposal_thaw(db, b, f, err) && evidence_thaw(d, db, b, f, err) && packs_thaw(d, db, b, f, err) &&
           overrides_thaw(b, f, err);
}

bool basis_thaw(const struct decider *d, struct sql *db, const struct store_decision *decision, struct basis *ret,
                struct err *err)
{
    struct json *frozen = NULL;
    *ret = (struct basis){ .shelf = d->shelf, .goal = GOAL_LATENCY, .process = SPAN("") };
    ret->facts = xcalloc(1, sizeof *ret->facts);
    if (!json_parse(decision->frozen, FROZEN_DEPTH, &frozen, err))
        return false;
    bool ok = frozen_read(d, db, ret, frozen, err);
    json_free(frozen);
    return ok;
}
