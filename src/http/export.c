#include "http/export.h"

#include "base/mask.h"
#include "classify/classify.h"
#include "http/service.h"
#include "profile/codec.h"
#include "report/flame.h"

struct choice {
    const struct limits *lim;
    struct artefact *best;
};

static int rank(const struct artefact *a)
{
    if (!a->profile || a->profile->row_count == 0 || profile_column_default(a->profile) == UINT32_MAX)
        return 0;
    return a->clock == CLOCK_CPU ? 3 : a->clock == CLOCK_WALL ? 2 : 1;
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
    if (rank(a) > 0 && (!c->best || better(a, c->best))) {
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

bool export_flame(const struct artefact *a, enum clock_kind clock, bool standalone, struct sb *out, struct err *err)
{
    struct classify_options opt = { .runtime = a->runtime,
                                    .clock = clock,
                                    .native_visible = a->native_visible == TRI_YES };
    struct classification *cls = classify_profile(a->profile, &opt);
    struct report_flame_options flame = { .title = a->name, .standalone = standalone };
    bool ok = report_flame_svg(a->profile, profile_column_default(a->profile), cls, &flame, out, err);
    classification_free(cls);
    return ok;
}
