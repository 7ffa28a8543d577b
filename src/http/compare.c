#include "http/compare.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "http/overrides.h"
#include "http/pages.h"
#include "http/service.h"
#include "http/shelf.h"
#include "profile/codec.h"

/* A decoded artefact takes about so many times its blob. */
enum { GROWTH = 12, DOC_DEPTH_MAX = 64, SIBLINGS_MAX = 20, LOOKED_AT_MAX = 500 };

/* --- what is named --- */

static bool not_found(const char *what, struct span text, struct err *err)
{
    return err_set(err, ERR_NOT_FOUND, "%s: there is no upload or run '%.*s'", what, SPAN_FMT(span_sub(text, 0, 170)));
}

/* "x@3" -> "x" and 3. */
static bool revision_cut(struct span text, struct span *ret_name, int64_t *ret_revision)
{
    struct span name, digits;
    uint64_t n = 0;
    if (!span_rsplit(text, '@', &name, &digits) || !span_to_u64(digits, &n) || n == 0 || n > INT64_MAX)
        return false;
    *ret_name = name;
    *ret_revision = (int64_t)n;
    return true;
}

static bool run_find(struct request *rq, struct sql *db, struct span project, struct span run, int64_t revision,
                     struct compare_id *ret)
{
    struct store_run found;
    struct err none = ERR_INIT;
    if (!store_run_get(db, &rq->arena, project, run, &found, &none))
        return false;
    ret->project = found.project;
    ret->run = found.name;
    ret->revision = revision;
    return true;
}

static bool run_named(struct request *rq, struct sql *db, struct span text, struct compare_id *ret, struct err *err)
{
    struct span project, run, name;
    int64_t revision = 0;
    (void)span_split(text, '/', &project, &run);
    if (!name_project(project, err) || !name_key("run", run, err))
        return false;
    return run_find(rq, db, project, run, 0, ret) ||
           (revision_cut(run, &name, &revision) && name.len > 0 && run_find(rq, db, project, name, revision, ret)) ||
           err_set(err, ERR_NOT_FOUND, "there is no run");
}

static bool upload_named(struct request *rq, struct sql *db, struct span text, struct compare_id *ret, struct err *err)
{
    struct store_profile p;
    struct span id = text;
    (void)revision_cut(text, &id, &ret->revision);
    if (!store_profile_get(db, &rq->arena, id, &p, err))
        return false;
    ret->profile = p.id;
    ret->project = p.project;
    ret->run = p.run;
    return true;
}

bool compare_id_find(struct request *rq, struct sql *db, const char *what, struct span text, struct compare_id *ret,
                     struct err *err)
{
    *ret = (struct compare_id){ .text = text, .profile = SPAN("") };
    if (!text.ptr || text.len == 0)
        return err_set(err, ERR_BAD_REQUEST, "%s: want the id of an upload, or a run as PROJECT/RUN or PROJECT/RUN@REV",
                       what);
    bool run = span_chr(text, 0, '/') < text.len;
    if (!(run ? run_named(rq, db, text, ret, err) : upload_named(rq, db, text, ret, err)))
        return err->code == ERR_NOT_FOUND ? not_found(what, text, err) : err_wrap(err, "%s", what);
    return access_sees(rq, ret->project) || not_found(what, text, err);
}

/* --- one side --- */

struct loaded {
    struct request *rq;
    struct store_analysis a;
    struct json *doc;
    struct store_profiles members;
    struct artefact **artefacts;
    size_t count;
    struct span *upload; /* [artefact] id of the upload that holds it */
    bool *own;           /* [artefact] not on the shelf */
    size_t member;       /* that is being read */
    struct evidence *evidence;
    struct compare_run runs[SIBLINGS_MAX];
    struct compare_side side;
};

static void artefact_release(void *it)
{
    artefact_free(it);
}

static bool blob_add(void *user, struct span blob, struct err *err)
{
    struct loaded *l = user;
    struct shelf *shelf = l->rq->service->decider.shelf;
    char sha256[65];
    sha256_hex(blob, sha256);
    struct artefact *a = shelf_take(shelf, sha256);
    bool own = false;
    if (!a) {
        if (!artefact_decode(blob, &l->rq->service->limits, &a, err))
            return false;
        void *held = shelf_put(shelf, sha256, a, blob.len * GROWTH, artefact_release);
        own = held == NULL;
        a = held ? held : a;
    }
    l->artefacts = xrealloc(l->artefacts, l->count + 1, sizeof *l->artefacts);
    l->own = xrealloc(l->own, l->count + 1, sizeof *l->own);
    l->upload = xrealloc(l->upload, l->count + 1, sizeof *l->upload);
    l->artefacts[l->count] = a;
    l->upload[l->count] = l->members.items[l->member].id;
    l->own[l->count++] = own;
    return true;
}

static void loaded_release(struct loaded *l)
{
    evidence_free(l->evidence);
    for (size_t i = 0; i < l->count; i++) {
        if (l->own[i])
            artefact_free(l->artefacts[i]);
        else
            shelf_give(l->rq->service->decider.shelf, l->artefacts[i]);
    }
    free(l->artefacts);
    free(l->own);
    free(l->upload);
    free(l->members.items);
    json_free(l->doc);
}

static bool document_load(struct request *rq, struct sql *db, const struct compare_id *id, struct loaded *l,
                          struct err *err)
{
    bool ok = id->profile.len > 0 ? store_analysis_of(db, &rq->arena, id->profile, id->revision, &l->a, err)
                                  : store_analysis_get(db, &rq->arena, id->project, id->run, id->revision, &l->a, err);
    return ok && json_parse(l->a.doc, DOC_DEPTH_MAX, &l->doc, err);
}

/* What an upload is compared as: the run that it is in, with everything that belongs to it. */
static bool members_load(struct request *rq, struct sql *db, struct loaded *l, struct err *err)
{
    bool ok = store_revision_members(db, &rq->arena, l->a.project, l->a.run, l->a.revision, &l->members, err);
    for (l->member = 0; ok && l->member < l->members.count; l->member++)
        ok = store_artefacts(db, l->members.items[l->member].id, blob_add, l, err);
    return ok &&
           (l->count > 0 || err_set(err, ERR_GONE, "the files of run '%.*s' are no longer there", SPAN_FMT(l->a.run)));
}

static bool evidence_load(struct loaded *l, struct err *err)
{
    struct evidence_input of = EVIDENCE_INPUT_DEFAULT;
    struct project_overrides corrected;
    for (size_t i = 0; i < l->members.count; i++) {
        const struct store_profile *p = &l->members.items[i];
        of.process = p->process.len > 0 ? p->process : of.process;
        if (p->runtime.len > 0)
            (void)runtime_from_name(p->runtime, &of.runtime);
    }
    project_overrides_of(l->doc, &l->rq->arena, &corrected);
    of.artefacts = l->artefacts;
    of.artefact_count = (uint32_t)l->count;
    of.overrides = &corrected.list;
    bool ok = compare_evidence(l->doc, &of, &l->evidence, err);
    project_overrides_release(&corrected);
    return ok;
}

static void side_fill(const struct compare_id *id, struct loaded *l)
{
    struct sb url = { 0 };
    struct compare_side *s = &l->side;
    *s = (struct compare_side){ .doc = l->doc,
                                .evidence = l->evidence,
                                .artefacts = l->artefacts,
                                .artefact_count = (uint32_t)l->count,
                                .uploads = l->upload,
                                .label = id->text,
                                .profile = id->profile,
                                .project = l->a.project,
                                .run = l->a.run,
                                .created_us = l->a.created_us };
    for (size_t i = 0; i < l->members.count; i++) {
        const struct store_profile *p = &l->members.items[i];
        s->commit = p->commit.len > 0 ? p->commit : s->commit;
        s->branch = p->branch.len > 0 ? p->branch : s->branch;
        s->scenario = p->scenario.len > 0 ? p->scenario : s->scenario;
        if (span_eq(p->id, id->profile))
            s->name = p->name;
    }
    path_run(&url, l->a.project, l->a.run);
    sb_printf(&url, "?rev=%lld", (long long)l->a.revision);
    s->url = arena_span(&l->rq->arena, sb_span(&url));
    sb_release(&url);
}

/* --- other runs of the same commit and scenario --- */

static struct share facts_share(const struct json *doc)
{
    const struct json *f = json_get(doc, "facts");
    struct share s = { json_num(json_get(f, "cpu_share_lo"), NUM_UNKNOWN),
                       json_num(json_get(f, "cpu_share_est"), NUM_UNKNOWN),
                       json_num(json_get(f, "cpu_share_hi"), NUM_UNKNOWN) };
    return s;
}

static struct span command_of(const struct json *doc)
{
    for (const struct json *a = json_first(json_get(doc, "artefacts")); a; a = json_next(a)) {
        struct span command = json_str(json_get(a, "command"));
        if (command.len > 0)
            return command;
    }
    return SPAN("");
}

static void run_add(struct loaded *l, const struct store_analysis *a, const struct json *doc, double n_eff)
{
    if (l->side.run_count < SIBLINGS_MAX)
        l->runs[l->side.run_count++] =
            (struct compare_run){ .cpu_share = { a->cpu.lo, a->cpu.est, a->cpu.hi },
                                  .rules_share = facts_share(doc),
                                  .n_eff = n_eff,
                                  .wall_s = json_num(json_path(doc, "time.wall_s"), NUM_UNKNOWN),
                                  .cpu_s = json_num(json_path(doc, "time.cpu_s"), NUM_UNKNOWN) };
}

/* The same program with the same arguments, working in the same way. */
static bool alike(const struct json *a, const struct json *b)
{
    int same = evidence_same_program(command_of(a), command_of(b));
    return (same == 1 || same == -2) &&
           span_eq(json_str(json_path(a, "facts.concurrency")), json_str(json_path(b, "facts.concurrency")));
}

static bool sibling_add(struct sql *db, struct loaded *l, struct span run, struct err *err)
{
    struct store_analysis a;
    struct json *doc = NULL;
    struct err none = ERR_INIT;
    if (!store_analysis_get(db, &l->rq->arena, l->a.project, run, 0, &a, &none))
        return none.code == ERR_NOT_FOUND || err_set(err, none.code, "%s", none.text);
    bool ok = json_parse(a.doc, DOC_DEPTH_MAX, &doc, err);
    if (ok && alike(l->doc, doc))
        run_add(l, &a, doc, NUM_UNKNOWN);
    json_free(doc);
    return ok;
}

static bool siblings_load(struct sql *db, struct loaded *l, struct err *err)
{
    struct store_profiles all = { 0 };
    struct {
        struct span *items;
        size_t count, cap;
    } seen = { 0 };
    const struct compare_side *s = &l->side;
    bool ok = store_profiles(db, &l->rq->arena, l->a.project, SPAN(""), -1, SPAN(""), LOOKED_AT_MAX, &all, err);
    run_add(l, &l->a, l->doc, l->evidence->share_n_eff);
    VEC_PUSH(&seen, l->a.run);
    for (size_t i = 0; ok && i < all.count && l->side.run_count < SIBLINGS_MAX; i++) {
        const struct store_profile *p = &all.items[i];
        bool known = !span_eq(p->commit, s->commit) || !span_eq(p->scenario, s->scenario) || p->kind.len == 0;
        for (size_t k = 0; !known && k < seen.count; k++)
            known = span_eq(seen.items[k], p->run);
        if (known)
            continue;
        VEC_PUSH(&seen, p->run);
        ok = sibling_add(db, l, p->run, err);
    }
    l->side.runs = l->runs;
    free(seen.items);
    free(all.items);
    return ok;
}

/* --- both --- */

static bool side_load(struct request *rq, struct sql *db, const char *what, const struct compare_id *id,
                      struct loaded *l, struct err *err)
{
    l->rq = rq;
    if (!document_load(rq, db, id, l, err) || !members_load(rq, db, l, err) || !evidence_load(l, err))
        return err_wrap(err, "%s", what);
    side_fill(id, l);
    return true;
}

bool compare_stored(struct request *rq, struct sql *db, const struct compare_id *base, const struct compare_id *head,
                    struct sb *ret_json, struct err *err)
{
    struct loaded *l = xcalloc(2, sizeof *l);
    bool ok = side_load(rq, db, "base", base, &l[0], err) && side_load(rq, db, "head", head, &l[1], err);
    if (ok) {
        const struct compare_side *b = &l[0].side, *h = &l[1].side;
        /* Two runs of one commit and scenario are each other's siblings: they stand alone. */
        bool one =
            span_eq(b->commit, h->commit) && span_eq(b->scenario, h->scenario) && span_eq(b->project, h->project);
        for (int i = 0; ok && !one && i < 2; i++)
            ok = l[i].side.commit.len == 0 || siblings_load(db, &l[i], err);
    }
    if (ok) {
        struct compare_input in = { l[0].side, l[1].side };
        ok = compare_make(&in, ret_json, err);
    }
    for (int i = 0; i < 2; i++) {
        if (l[i].rq)
            loaded_release(&l[i]);
    }
    free(l);
    return ok;
}
