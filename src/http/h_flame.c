/* Flame graphs as arrays: of one upload, and of two laid over each other. */
#include <stdio.h>

#include "base/json.h"
#include "http/export.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/flame_data.h"
#include "version.h"

enum { DOC_DEPTH_MAX = 64 };

/* One side of what is asked for. */
struct side {
    struct span id;
    struct store_profile profile;
    int64_t revision; /* 0 = newest */
    struct export_stacks stacks;
    struct classification *cls;
    struct json *doc; /* NULL without an analysis */
};

struct flame_request {
    struct side sides[FLAME_DATA_SETS];
    uint32_t count;
    uint32_t column, artefact; /* UINT32_MAX = not said */
    bool lines;
};

/* --- what is asked for --- */

static bool merge_read(const struct request *rq, bool *ret_lines, struct err *err)
{
    struct span text = pairs_get(&rq->query, "merge");
    *ret_lines = text.ptr && span_is(text, "line");
    return *ret_lines || !text.ptr || text.len == 0 || span_is(text, "function") ||
           err_set(err, ERR_BAD_REQUEST, "merge: want 'function' or 'line'");
}

static bool side_find(struct request *rq, struct span id, struct side *ret, struct err *err)
{
    struct span shown = span_sub(id, 0, 60);
    ret->id = id;
    return store_profile_get(rq->db, &rq->arena, id, &ret->profile, err) &&
           (access_sees(rq, ret->profile.project) ||
            err_set(err, ERR_NOT_FOUND, "there is no profile '%.*s'", SPAN_FMT(shown)));
}

/* --- loading, on a job thread --- */

static bool doc_load(struct request *rq, struct sql *db, struct side *s, struct err *err)
{
    struct store_analysis analysis;
    struct err why = ERR_INIT;
    if (!store_analysis_of(db, &rq->arena, s->id, s->revision, &analysis, &why)) {
        if (s->revision == 0 && why.code == ERR_NOT_FOUND)
            return true;
        *err = why;
        return false;
    }
    return json_parse(analysis.doc, DOC_DEPTH_MAX, &s->doc, err);
}

static void side_release(struct side *s)
{
    classification_free(s->cls);
    export_stacks_release(&s->stacks);
    json_free(s->doc);
    s->cls = NULL;
    s->doc = NULL;
}

/* The second profile may keep the same event in another place. */
static uint32_t column_like(const struct profile *p, const struct profile *like, uint32_t column)
{
    const struct profile_column *want = &like->columns[column];
    struct span event = profile_str(like, want->event);
    for (uint32_t i = 0; i < p->column_count; i++) {
        if (p->columns[i].unit == want->unit && span_eq(profile_str(p, p->columns[i].event), event))
            return i;
    }
    return flame_data_column(p);
}

static bool flame_load(struct request *rq, struct sql *db, struct flame_request *f, struct flame_data_input *in,
                       struct err *err)
{
    uint32_t column = 0;
    for (uint32_t k = f->count; k-- > 0;) { /* the head first: its column is the one that is asked for */
        struct side *s = &f->sides[k];
        if (!export_stacks_load(rq, db, s->id, f->count == 1 ? f->artefact : UINT32_MAX, &s->stacks, err) ||
            !doc_load(rq, db, s, err))
            return false;
        const struct profile *p = s->stacks.a->profile;
        if (k + 1 < f->count)
            column = column_like(p, f->sides[k + 1].stacks.a->profile, column);
        else if (!export_column(p, f->column, &column, err))
            return false;
        enum clock_kind clock = export_column_clock(s->stacks.a, s->doc, column);
        s->cls = export_classify(s->stacks.a, clock, s->doc);
        in->overrides = in->overrides || s->cls->override_count > 0;
        in->sets[k] = (struct flame_data_set){
            .id = s->id, .name = s->profile.name, .file = s->stacks.a, .cls = s->cls, .column = column, .clock = clock
        };
    }
    const struct side *shown = &f->sides[f->count - 1];
    in->set_count = f->count;
    in->lines = f->lines;
    in->project = shown->profile.project;
    in->run = shown->profile.run;
    in->doc = shown->doc;
    in->choices = shown->stacks.choices;
    in->choice_count = shown->stacks.choice_count;
    in->choice = shown->stacks.choice;
    return true;
}

static bool flame_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct flame_request *f = user;
    struct flame_data_input in = { 0 };
    bool ok = flame_load(rq, db, f, &in, err) && flame_data_write(&in, body, err);
    for (uint32_t k = 0; k < f->count; k++)
        side_release(&f->sides[k]);
    return ok;
}

/* What the bytes depend on: uploads never change, and what the analysis adds is fixed with its revision. So an answer
 * stays good whatever else is written to the store. */
static bool key_make(struct request *rq, struct flame_request *f, struct sb *key, struct err *err)
{
    sb_printf(key, "flame %s %s %u %u %d", STET_VERSION, classify_version(), (unsigned)f->column, (unsigned)f->artefact,
              (int)f->lines);
    for (uint32_t k = 0; k < f->count; k++) {
        struct side *s = &f->sides[k];
        struct store_analysis a;
        struct err why = ERR_INIT;
        if (store_analysis_of(rq->db, &rq->arena, s->id, s->revision, &a, &why)) {
            s->revision = a.revision;
        } else if (s->revision != 0 || why.code != ERR_NOT_FOUND) {
            *err = why;
            return false;
        }
        sb_printf(key, "\n%.*s %.*s %lld %s", SPAN_FMT(s->id), SPAN_FMT(s->profile.run), (long long)s->revision,
                  span_is(s->profile.status, "done") ? "done" : "");
    }
    return true;
}

static bool flame_reply(struct request *rq, struct reply *rp, struct flame_request *f, struct err *err)
{
    struct service *sv = rq->service;
    struct sb key = { 0 };
    char etag[24];
    bool ok = key_make(rq, f, &key, err);
    (void)snprintf(etag, sizeof etag, "W/\"%016llx\"", (unsigned long long)span_hash(sb_span(&key)));
    struct span match = rq->header(rq, "If-None-Match");
    bool known = ok && match.ptr && span_find(match, 0, span_of(etag + 2)) < match.len;
    if (ok && !known) {
        rp->shared = cache_get(sv->cache, sb_span(&key));
        (void)atomic_fetch_add(rp->shared ? &sv->metrics.cache_hits : &sv->metrics.cache_misses, 1);
        ok = rp->shared || page_render(rq, flame_render, f, &rp->body, err);
        if (ok && !rp->shared)
            rp->shared = cache_put(sv->cache, sb_span(&key), &rp->body);
    }
    sb_release(&key);
    if (!ok)
        return false;
    reply_type(rp, known ? 304 : 200, known ? NULL : FLAME_DATA_TYPE);
    reply_header(rp, "ETag", span_of(etag));
    reply_header(rp, "Cache-Control", SPAN("private, no-cache"));
    return true;
}

bool h_flame(struct request *rq, struct reply *rp, struct err *err)
{
    struct flame_request f = { .count = 1 };
    return side_find(rq, request_param(rq, "id"), &f.sides[0], err) &&
           request_revision(rq, &f.sides[0].revision, err) && export_index(rq, "column", &f.column, err) &&
           export_index(rq, "artefact", &f.artefact, err) && merge_read(rq, &f.lines, err) &&
           flame_reply(rq, rp, &f, err);
}

bool h_compare_flame(struct request *rq, struct reply *rp, struct err *err)
{
    struct flame_request f = { .count = 2, .artefact = UINT32_MAX };
    static const char *const names[FLAME_DATA_SETS] = { "base", "head" };
    for (uint32_t k = 0; k < FLAME_DATA_SETS; k++) {
        struct span id = pairs_get(&rq->query, names[k]);
        if (!id.ptr || id.len == 0)
            return err_set(err, ERR_BAD_REQUEST, "%s: want the id of a profile", names[k]);
        if (!side_find(rq, id, &f.sides[k], err))
            return false;
    }
    return export_index(rq, "column", &f.column, err) && merge_read(rq, &f.lines, err) && flame_reply(rq, rp, &f, err);
}
