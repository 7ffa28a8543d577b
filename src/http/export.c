#include "http/export.h"

#include "base/mask.h"
#include "classify/classify.h"
#include "http/overrides.h"
#include "http/service.h"
#include "profile/codec.h"
#include "report/flame.h"

struct choice {
    const struct limits *lim;
    struct artefact *best;
};

enum { RANK_NONE, RANK_OTHER, RANK_TIME, RANK_WALL, RANK_CPU };

static int rank(const struct artefact *a)
{
    if (!a->profile || a->profile->row_count == 0)
        return RANK_NONE;
    if (profile_column_default(a->profile) == UINT32_MAX)
        return a->profile->column_count > 0 ? RANK_OTHER : RANK_NONE;
    return a->clock == CLOCK_CPU ? RANK_CPU : a->clock == CLOCK_WALL ? RANK_WALL : RANK_TIME;
}

static bool better(const struct artefact *a, const struct artefact *than)
{
    if (rank(a) != rank(than))
        return rank(a) > rank(than);
    return a->profile && than->profile && a->profile->sample_count > than->profile->sample_count;
}

static bool choose(void *user, struct span blob, struct err *err)
{
    struct choice *c = user;
    struct artefact *a = NULL;
    if (!artefact_decode(blob, c->lim, &a, err))
        return false;
    if (rank(a) >= RANK_TIME && (!c->best || better(a, c->best))) {
        artefact_free(c->best);
        c->best = a;
    } else {
        artefact_free(a);
    }
    return true;
}

static void mask_name(struct profile *p, str_id *name)
{
    struct sb masked = { 0 };
    mask_command(profile_str(p, *name), &masked);
    if (!span_eq(sb_span(&masked), profile_str(p, *name)))
        name->ix = intern_add(&p->strings, sb_span(&masked));
    sb_release(&masked);
}

static void names_mask(struct profile *p)
{
    for (uint32_t i = 0; i < p->process_count; i++) {
        mask_name(p, &p->processes[i].name);
        mask_name(p, &p->processes[i].command);
    }
    for (uint32_t i = 0; i < p->thread_count; i++)
        mask_name(p, &p->threads[i].name);
    /* How py-spy draws a process that has children. */
    for (uint32_t i = 0; i < p->frame_count; i++) {
        if (span_starts(profile_str(p, p->frames[i].func), SPAN("process ")))
            mask_name(p, &p->frames[i].func);
    }
}

bool export_load(struct request *rq, struct sql *db, const struct span *ids, size_t n, struct artefact **ret,
                 struct err *err)
{
    struct choice c = { .lim = &rq->service->limits };
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = store_artefacts(db, ids[i], choose, &c, err);
    if (ok && !c.best)
        ok = err_set(err, ERR_NOT_FOUND, "there are no stacks in this upload");
    if (!ok) {
        artefact_free(c.best);
        return false;
    }
    names_mask(c.best->profile);
    *ret = c.best;
    return true;
}

struct listing {
    struct request *rq;
    struct export_stacks *found;
    uint32_t wanted, index, room;
};

static void listing_add(struct listing *l, const struct artefact *a)
{
    struct export_stacks *f = l->found;
    if (f->choice_count == l->room) {
        l->room = l->room ? l->room * 2 : 4;
        f->choices = xrealloc(f->choices, l->room, sizeof *f->choices);
    }
    f->choices[f->choice_count++] = (struct flame_data_choice){ arena_span(&l->rq->arena, a->name), l->index };
}

static bool list(void *user, struct span blob, struct err *err)
{
    struct listing *l = user;
    struct artefact *a = NULL;
    if (!artefact_decode(blob, &l->rq->service->limits, &a, err))
        return false;
    bool usable = rank(a) > RANK_NONE;
    bool taken = usable && (l->wanted == UINT32_MAX ? !l->found->a || better(a, l->found->a) : l->wanted == l->index);
    if (usable)
        listing_add(l, a);
    if (taken) {
        artefact_free(l->found->a);
        l->found->a = a;
        l->found->choice = l->index;
    } else {
        artefact_free(a);
    }
    l->index++;
    return true;
}

bool export_stacks_load(struct request *rq, struct sql *db, struct span id, uint32_t wanted, struct export_stacks *ret,
                        struct err *err)
{
    struct export_stacks found = { 0 };
    struct listing l = { .rq = rq, .found = &found, .wanted = wanted };
    bool ok = store_artefacts(db, id, list, &l, err);
    if (ok && !found.a && wanted != UINT32_MAX && found.choice_count > 0)
        ok = err_set(err, ERR_NOT_FOUND, "artefact %u of this upload holds no stacks", (unsigned)wanted);
    else if (ok && !found.a)
        ok = err_set(err, ERR_NOT_FOUND, "there are no stacks in this upload");
    if (!ok) {
        export_stacks_release(&found);
        return false;
    }
    names_mask(found.a->profile);
    *ret = found;
    return true;
}

void export_stacks_release(struct export_stacks *s)
{
    artefact_free(s->a);
    freep(&s->choices);
    *s = (struct export_stacks){ 0 };
}

enum clock_kind export_clock(const struct artefact *a, const struct json *doc)
{
    for (const struct json *f = json_first(json_get(doc, "artefacts")); f; f = json_next(f)) {
        if (!span_is(json_str(json_get(f, "sha256")), a->sha256) || !span_eq(json_str(json_get(f, "name")), a->name))
            continue;
        for (const struct json *p = json_first(json_get(f, "problems")); p; p = json_next(p)) {
            if (span_is(json_str(json_get(p, "code")), "clock_inferred"))
                return CLOCK_WALL;
        }
    }
    return a->clock;
}

struct classification *export_classify(const struct artefact *a, enum clock_kind clock, const struct json *doc)
{
    struct arena arena = { 0 };
    struct project_overrides corrected;
    project_overrides_of(doc, &arena, &corrected);
    struct classify_options opt = { .runtime = a->runtime,
                                    .clock = clock,
                                    .native_visible = a->native_visible == TRI_YES,
                                    .overrides = &corrected.list };
    struct classification *cls = classify_profile(a->profile, &opt);
    project_overrides_release(&corrected);
    arena_release(&arena);
    return cls;
}

enum clock_kind export_column_clock(const struct artefact *a, const struct json *doc, uint32_t column)
{
    return column == flame_data_column(a->profile) || column == profile_column_default(a->profile)
               ? export_clock(a, doc)
               : a->profile->columns[column].clock;
}

bool export_flame(const struct artefact *a, uint32_t column, const struct json *doc, bool standalone, struct sb *out,
                  struct err *err)
{
    struct classification *cls = export_classify(a, export_column_clock(a, doc, column), doc);
    struct report_flame_options flame = { .title = a->name, .standalone = standalone };
    bool ok = report_flame_svg(a->profile, column, cls, &flame, out, err);
    classification_free(cls);
    return ok;
}

bool export_index(const struct request *rq, const char *name, uint32_t *ret, struct err *err)
{
    struct span text = pairs_get(&rq->query, name);
    uint64_t n = 0;
    *ret = UINT32_MAX;
    if (!text.ptr || text.len == 0)
        return true;
    if (!span_to_u64(text, &n) || n >= UINT32_MAX)
        return err_set(err, ERR_BAD_REQUEST, "%s: want a whole number from 0", name);
    *ret = (uint32_t)n;
    return true;
}

bool export_column(const struct profile *p, uint32_t asked, uint32_t *ret, struct err *err)
{
    *ret = asked == UINT32_MAX ? flame_data_column(p) : asked;
    return *ret < p->column_count ||
           err_set(err, ERR_BAD_REQUEST, "column: the profile has %u, counted from 0", (unsigned)p->column_count);
}
