/* Shares of watched components, out of evidence that was just read. A component that a thousand decisions watch is looked
 * for once. */
#include <stdlib.h>

#include "base/vec.h"
#include "evidence/evidence.h"
#include "http/overrides.h"
#include "http/watch.h"

enum { GLOBS_MAX = 40, COMPONENTS_MAX = 500 };

struct components {
    struct span text[COMPONENTS_MAX]; /* JSON of the globs: what tells one from another */
    struct evidence_component_spec specs[COMPONENTS_MAX];
    uint32_t count;
};

static bool concerns(const struct watching *w, const struct store_watch *row, const struct watch_evidence *ev)
{
    const struct store_basis *b = row->decision.len > 0 ? watching_basis(w, row->decision) : NULL;
    return row->component.len > 0 && (!b || span_eq(b->scenario, ev->scenario));
}

static bool component_add(struct watching *w, struct components *c, struct span text, struct err *err)
{
    struct json *globs = NULL;
    for (uint32_t i = 0; i < c->count; i++) {
        if (span_eq(c->text[i], text))
            return true;
    }
    if (c->count == COMPONENTS_MAX)
        return true;
    if (!json_parse(text, 4, &globs, err))
        return false;
    struct span *match = ARENA_ARRAY(&w->arena, GLOBS_MAX, struct span);
    struct evidence_component_spec *s = &c->specs[c->count];
    *s = (struct evidence_component_spec){ .name = SPAN("watched"), .match = match, .speed = SPEED_UNKNOWN };
    for (const struct json *g = json_first(globs); g && s->match_count < GLOBS_MAX; g = json_next(g))
        match[s->match_count++] = arena_span(&w->arena, json_str(g));
    json_free(globs);
    if (s->match_count > 0)
        c->text[c->count++] = text;
    return true;
}

static void row_fill(struct store_watch *row, const struct evidence_component *c)
{
    const double share[3] = { c->share.lo, c->share.est, c->share.hi };
    const double gain[3] = { c->gain.lo, c->gain.est, c->gain.hi };
    for (int i = 0; i < 3; i++) {
        row->share[i] = share[i];
        row->native[i] = c->native_share;
        row->gain[i] = gain[i];
    }
}

static bool shares_of(struct watching *w, const struct components *c, const struct watch_evidence *ev, struct err *err)
{
    struct evidence_input in = EVIDENCE_INPUT_DEFAULT;
    struct evidence *e = NULL;
    struct store_watches changed = { 0 };
    in.artefacts = ev->artefacts;
    in.artefact_count = (uint32_t)ev->count;
    in.process = ev->process;
    in.runtime = ev->runtime;
    in.watched = c->specs;
    in.watched_count = c->count;
    struct project_rules rules;
    struct project_overrides corrected = { 0 };
    if (!project_rules_load(w->db, &w->arena, w->project, &rules, err))
        return false;
    bool made = project_overrides_load(w->db, &w->arena, w->project, rules.doc, &corrected, err);
    in.overrides = &corrected.list;
    made = made && evidence_build(&in, &e, err);
    project_overrides_release(&corrected);
    project_rules_release(&rules);
    if (!made)
        return false;
    for (size_t i = 0; i < w->rows.count; i++) {
        for (uint32_t k = 0; k < c->count && k < e->watched_count; k++) {
            if (!concerns(w, &w->rows.items[i], ev) || !span_eq(w->rows.items[i].component, c->text[k]))
                continue;
            row_fill(&w->rows.items[i], &e->watched[k]);
            VEC_PUSH(&changed, w->rows.items[i]);
        }
    }
    bool ok = changed.count == 0 || store_watch_shares(w->store, changed.items, changed.count, err);
    free(changed.items);
    evidence_free(e);
    return ok;
}

bool watching_shares(struct watching *w, const struct watch_evidence *ev, struct err *err)
{
    struct components *c = xcalloc(1, sizeof *c);
    bool ok = true;
    for (size_t i = 0; ok && i < w->rows.count; i++) {
        if (concerns(w, &w->rows.items[i], ev))
            ok = component_add(w, c, w->rows.items[i].component, err);
    }
    ok = ok && (c->count == 0 || shares_of(w, c, ev, err));
    free(c);
    return ok;
}
