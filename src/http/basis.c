/* What both ways to a basis share: artefacts and packs of the shelf, the proposal, the call of the engine. */
#include "http/basis.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/jsonw.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "classify/classify.h"
#include "http/overrides.h"
#include "http/shelf.h"
#include "profile/codec.h"
#include "version.h"

/* A decoded artefact takes about so many times its blob. */
enum { GROWTH = 12, PACK_WEIGHT = 200000 };

static void artefact_release(void *it)
{
    artefact_free(it);
}

static void pack_release(void *it)
{
    policy_pack_free(it);
}

/* Keeps what was made on the shelf, or, where there is no room, in the basis alone. */
static void *shelve(struct basis *b, const char *key, void *it, size_t weight, void (*release)(void *it))
{
    void *held = shelf_put(b->shelf, key, it, weight, release);
    struct basis_taken t = { held ? held : it, held ? NULL : release };
    VEC_PUSH(&b->taken, t);
    return t.it;
}

static void *shelved(struct basis *b, const char *key)
{
    void *it = shelf_take(b->shelf, key);
    if (it) {
        struct basis_taken t = { it, NULL };
        VEC_PUSH(&b->taken, t);
    }
    return it;
}

bool basis_artefact(const struct decider *d, struct basis *b, const char *sha256, struct span blob, struct err *err)
{
    struct artefact *a = shelved(b, sha256);
    if (!a) {
        if (!artefact_decode(blob, d->limits, &a, err))
            return false;
        a = shelve(b, sha256, a, blob.len * GROWTH, artefact_release);
    }
    b->artefacts = xrealloc(b->artefacts, b->artefact_count + 1, sizeof *b->artefacts);
    b->artefacts[b->artefact_count++] = a;
    return true;
}

void basis_row_hash(const struct store_profile *p, char ret_hex[65])
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    const struct span texts[] = { p->id, p->sha256, p->identity, p->name, p->format, p->clock, p->process, p->runtime };
    jsonw_arr(&w, NULL);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        jsonw_str(&w, NULL, texts[i]);
    jsonw_num(&w, NULL, p->rate_hz);
    jsonw_num(&w, NULL, p->duration_s);
    jsonw_int(&w, NULL, p->size_bytes);
    jsonw_int(&w, NULL, p->created_us);
    jsonw_end_arr(&w);
    sha256_hex(sb_span(&text), ret_hex);
    sb_release(&text);
}

void basis_told_hash(const struct store_given *g, char ret_hex[65])
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    const struct span texts[] = { g->scope, g->name, g->value, g->unit, g->source, g->by };
    jsonw_arr(&w, NULL);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        jsonw_str(&w, NULL, texts[i]);
    jsonw_num(&w, NULL, g->lo);
    jsonw_num(&w, NULL, g->hi);
    jsonw_int(&w, NULL, g->seq);
    jsonw_int(&w, NULL, g->time_us);
    jsonw_int(&w, NULL, g->given_us);
    jsonw_end_arr(&w);
    sha256_hex(sb_span(&text), ret_hex);
    sb_release(&text);
}

void basis_policy_hash(const struct store_policy *p, char ret_hex[65])
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    const struct span texts[] = { p->project, p->sha256, p->doc, p->origin, p->by };
    jsonw_arr(&w, NULL);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        jsonw_str(&w, NULL, texts[i]);
    jsonw_bool(&w, NULL, p->is_protected);
    jsonw_int(&w, NULL, p->version);
    jsonw_int(&w, NULL, p->given_us);
    jsonw_end_arr(&w);
    sha256_hex(sb_span(&text), ret_hex);
    sb_release(&text);
}

static bool pack_there(const struct basis *b, struct span name)
{
    for (size_t i = 0; i < b->pack_count; i++) {
        if (span_is(name, b->packs[i].name))
            return true;
    }
    return false;
}

static bool pack_slot(struct basis *b, struct span name, struct span text, struct basis_pack **ret, struct err *err)
{
    if (b->pack_count == BASIS_PACKS_MAX)
        return err_set(err, ERR_LIMIT, "more than %d packs", BASIS_PACKS_MAX);
    *ret = &b->packs[b->pack_count];
    **ret = (struct basis_pack){ .name = arena_dup(&b->arena, name), .text = text };
    sha256_hex(text, (*ret)->sha256);
    return true;
}

bool basis_pack_add(const struct decider *d, struct basis *b, struct span name, struct span text, struct err *err)
{
    struct basis_pack *p = NULL;
    char key[120];
    (void)d;
    if (pack_there(b, name))
        return true;
    if (!pack_slot(b, name, text, &p, err))
        return false;
    /* The name is part of the pack: the same text under another is another. */
    (void)snprintf(key, sizeof key, "%s %.40s", p->sha256, p->name);
    struct policy_pack *pack = shelved(b, key);
    if (!pack) {
        if (!policy_pack_parse(text, p->name, &pack, err))
            return false;
        pack = shelve(b, key, pack, PACK_WEIGHT, pack_release);
    }
    p->pack = pack;
    b->pack_count++;
    return true;
}

bool basis_rules_set(struct basis *b, struct span text, struct err *err)
{
    struct field_errors errors = { 0 };
    if (text.len == 0)
        return true;
    b->rules_text = text;
    sha256_hex(text, b->rules_sha256);
    bool ok = policy_project_parse(text, &b->rules, &errors, err) &&
              policy_project_packs(b->rules, b->as_of_us, &b->own, err);
    field_errors_release(&errors);
    return ok;
}

void basis_overrides_set(struct basis *b)
{
    overrides_join(&b->arena, b->rules, &b->overrides, &b->corrected);
    b->overrides_known = true;
}

bool basis_own_add(struct basis *b, struct err *err)
{
    struct basis_pack *p = NULL;
    for (size_t i = 0; i < b->own.count; i++) {
        if (strcmp(b->own.packs[i]->name, "project") != 0)
            continue;
        if (!pack_slot(b, SPAN("project"), b->rules_text, &p, err))
            return false;
        p->pack = b->own.packs[i];
        b->pack_count++;
    }
    return true;
}

bool basis_proposal_set(struct basis *b, struct span text, struct err *err)
{
    struct field_errors errors = { 0 };
    b->proposal_text = text;
    sha256_hex(text, b->proposal_sha256);
    bool ok = proposal_parse(text, &b->proposal, &errors, err);
    field_errors_release(&errors);
    return ok;
}

void basis_release(struct basis *b)
{
    for (size_t i = 0; i < b->taken.count; i++) {
        struct basis_taken *t = &b->taken.items[i];
        if (t->release)
            t->release(t->it);
        else
            shelf_give(b->shelf, t->it);
    }
    freep(&b->taken.items);
    freep(&b->artefacts);
    freep(&b->evidence.items);
    freep(&b->overrides.items);
    freep(&b->corrected.items);
    freep(&b->facts);
    sb_release(&b->told);
    policy_set_release(&b->own);
    policy_project_free(b->rules);
    proposal_free(b->proposal);
    arena_release(&b->arena);
}

bool basis_decide(const struct decider *d, const struct basis *b, struct sb *ret_doc, struct decide_verdict *ret,
                  struct err *err)
{
    const struct policy_pack *packs[BASIS_PACKS_MAX];
    for (size_t i = 0; i < b->pack_count; i++)
        packs[i] = b->packs[i].pack;
    struct decide_input in = { .proposal = b->proposal,
                               .base = { .artefacts = b->artefacts,
                                         .artefact_count = b->artefact_count,
                                         .declared = b->facts,
                                         .packs = packs,
                                         .pack_count = b->pack_count,
                                         .project_policy = b->rules,
                                         .overrides = b->overrides_known ? &b->corrected : NULL,
                                         .goal = b->goal,
                                         .goal_given = b->goal_given,
                                         .process = b->process,
                                         .runtime = b->runtime,
                                         .asked = true,
                                         .seed = b->seed,
                                         .as_of_us = b->as_of_us,
                                         .project = b->project,
                                         .run = b->run,
                                         .explain = SPAN(""),
                                         .files = SPAN(""),
                                         .platform = SPAN("") },
                               .project = b->rules,
                               .packs_settled = true,
                               .seed_given = b->seed_given,
                               .draws = b->draws };
    return d->decide(&in, ret_doc, ret, err);
}

/* --- freezing --- */

static void facts_write(const struct basis *b, struct jsonw *w)
{
    jsonw_arr(w, "facts");
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const struct fact_value *v = &b->facts->v[i];
        if (!v->known)
            continue;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", fact_infos[i].name);
        if (fact_infos[i].kind == FACT_TEXT)
            jsonw_strz(w, "value", v->text);
        else
            jsonw_num(w, "value", v->num);
        jsonw_strz(w, "origin", fact_origin_name(v->origin));
        jsonw_strz(w, "by", v->by);
        jsonw_time(w, "at", v->at_us);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void evidence_write(const struct basis *b, struct jsonw *w)
{
    jsonw_arr(w, "evidence");
    for (size_t i = 0; i < b->evidence.count; i++) {
        const struct store_evidence *e = &b->evidence.items[i];
        jsonw_obj(w, NULL);
        jsonw_str(w, "profile", e->profile);
        jsonw_int(w, "part", e->part);
        jsonw_str(w, "upload_sha256", e->upload_sha256);
        jsonw_str(w, "artefact_sha256", e->artefact_sha256);
        jsonw_str(w, "row_sha256", e->row_sha256);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "packs");
    for (size_t i = 0; i < b->pack_count; i++) {
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", b->packs[i].name);
        jsonw_strz(w, "sha256", b->packs[i].sha256);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void overrides_write(const struct basis *b, struct jsonw *w)
{
    jsonw_arr(w, "overrides");
    for (size_t i = 0; i < b->overrides.count; i++) {
        const struct store_override *o = &b->overrides.items[i];
        char hash[65];
        override_row_hash(o, hash);
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", o->id);
        jsonw_int(w, "seq", o->seq);
        jsonw_str(w, "kind", o->kind);
        jsonw_str(w, "pattern", o->pattern);
        jsonw_str(w, "category", o->category);
        jsonw_str(w, "reason", o->reason);
        jsonw_str(w, "by", o->by);
        jsonw_time(w, "at", o->created_us);
        jsonw_strz(w, "sha256", hash);
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void basis_freeze(const struct basis *b, struct sb *out)
{
    struct jsonw w = { .out = out };
    char seed[32];
    (void)snprintf(seed, sizeof seed, "%llu", (unsigned long long)b->seed);
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "schema", "stet/frozen/1");
    jsonw_strz(&w, "stet", STET_VERSION);
    jsonw_strz(&w, "classification", classify_version());
    jsonw_str(&w, "project", b->project);
    jsonw_obj(&w, "proposal");
    jsonw_str(&w, "id", b->proposal_id);
    jsonw_int(&w, "version", b->version);
    jsonw_strz(&w, "sha256", b->proposal_sha256);
    jsonw_end_obj(&w);
    jsonw_str(&w, "run", b->run);
    jsonw_str(&w, "process", b->process);
    jsonw_strz(&w, "runtime", runtime_name(b->runtime));
    jsonw_strz(&w, "goal", b->goal_given ? policy_goal_name(b->goal) : NULL);
    jsonw_strz(&w, "seed", b->seed_given ? seed : NULL);
    jsonw_int(&w, "draws", b->draws);
    jsonw_time(&w, "as_of", b->as_of_us);
    jsonw_strz(&w, "project_policy", b->rules ? b->rules_sha256 : NULL);
    jsonw_int(&w, "project_policy_version", b->rules_version);
    jsonw_strz(&w, "project_policy_row", b->rules_version > 0 ? b->rules_row : NULL);
    facts_write(b, &w);
    if (b->overrides_known)
        overrides_write(b, &w);
    jsonw_raw(&w, "told", b->told.len > 0 ? sb_span(&b->told) : SPAN("[]"));
    evidence_write(b, &w);
    jsonw_end_obj(&w);
}
