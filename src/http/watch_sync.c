/* The list of what is watched, kept in step with the decisions that stand and with the project's document. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"
#include "http/service.h"
#include "http/watch.h"

enum { ALL = INT32_MAX, DOC_DEPTH_MAX = 64 };
static const int64_t day_us = INT64_C(86400) * 1000000;

static int span_order(const void *a, const void *b)
{
    const struct span *x = a;
    const struct span *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int d = n > 0 ? memcmp(x->ptr, y->ptr, n) : 0;
    return d != 0 ? d : x->len < y->len ? -1 : x->len > y->len;
}

static int basis_order(const void *a, const void *b)
{
    return span_order(&((const struct store_basis *)a)->decision, &((const struct store_basis *)b)->decision);
}

static int standing_order(const void *a, const void *b)
{
    return span_order(&(*(const struct store_decision *const *)a)->id, &(*(const struct store_decision *const *)b)->id);
}

const struct store_decision *watching_standing(const struct watching *w, struct span decision)
{
    struct store_decision key = { .id = decision };
    const struct store_decision *at = &key;
    const struct store_decision *const *found =
        w->standing.count > 0 ? bsearch(&at, w->by_id, w->standing.count, sizeof at, standing_order) : NULL;
    return found ? *found : NULL;
}

bool watching_stands(const struct watching *w, struct span decision)
{
    return watching_standing(w, decision) != NULL;
}

const struct store_basis *watching_basis(const struct watching *w, struct span decision)
{
    struct store_basis key = { .decision = decision };
    if (w->bases.count == 0)
        return NULL;
    return bsearch(&key, w->bases.items, w->bases.count, sizeof key, basis_order);
}

bool watching_load(struct watching *w, struct err *err)
{
    struct store_watch_query q = { w->project, SPAN(""), SPAN(""), SPAN(""), SPAN(""), ALL };
    if (!store_decision_list(w->db, &w->arena, w->project, SPAN(""), true, 0, ALL, &w->standing, err) ||
        !store_watch_bases(w->db, &w->arena, w->project, &w->bases, err) ||
        !store_watch_list(w->db, &w->arena, &q, &w->rows, err))
        return false;
    w->by_id = xcalloc(w->standing.count + 1, sizeof *w->by_id);
    for (size_t i = 0; i < w->standing.count; i++)
        w->by_id[i] = &w->standing.items[i];
    qsort(w->by_id, w->standing.count, sizeof *w->by_id, standing_order);
    if (w->bases.count > 0)
        qsort(w->bases.items, w->bases.count, sizeof *w->bases.items, basis_order);
    return true;
}

void watching_release(struct watching *w)
{
    free(w->standing.items);
    free(w->by_id);
    free(w->bases.items);
    free(w->rows.items);
    arena_release(&w->arena);
}

/* --- rows to come --- */

struct sync {
    struct watching *w;
    struct {
        struct store_basis *items;
        size_t count, cap;
    } bases;
    struct store_watches rows;
    struct {
        struct span *items;
        size_t count, cap;
    } removed, fallen;
};

static struct store_watch *row_new(struct sync *s, struct span decision, struct span origin, struct span item)
{
    struct err none = ERR_INIT;
    char id[27] = "";
    struct store_watch row = { .project = s->w->project,
                               .decision = decision,
                               .origin = origin,
                               .item = arena_span(&s->w->arena, item),
                               .title = SPAN(""),
                               .condition = SPAN(""),
                               .component = SPAN(""),
                               .state = SPAN("unknown"),
                               .since_us = s->w->now_us,
                               .fact = SPAN(""),
                               .now = NUM_UNKNOWN,
                               .line = NUM_UNKNOWN,
                               .note = SPAN(""),
                               .by = SPAN(""),
                               .created_us = s->w->now_us };
    for (int i = 0; i < 3; i++)
        row.share[i] = row.native[i] = row.gain[i] = NUM_UNKNOWN;
    /* Without randomness the row has no id and is refused by the store as a second one. */
    if (service_id(id, s->w->now_us, &none))
        row.id = arena_span(&s->w->arena, span_of(id));
    VEC_PUSH(&s->rows, row);
    return &s->rows.items[s->rows.count - 1];
}

static struct span globs_text(struct arena *arena, const struct json *list)
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    if (json_count(list) == 0)
        return SPAN("");
    jsonw_arr(&w, NULL);
    for (const struct json *g = json_first(list); g; g = json_next(g))
        jsonw_str(&w, NULL, json_str(g));
    jsonw_end_arr(&w);
    struct span out = arena_span(arena, sb_span(&text));
    sb_release(&text);
    return out;
}

/* What the decision itself watches; the project's own conditions are watched once for all of them. */
static void rows_of_document(struct sync *s, const struct store_decision *d, const struct json *doc)
{
    struct arena *arena = &s->w->arena;
    for (const struct json *x = json_first(json_get(doc, "watch")); x; x = json_next(x)) {
        struct span from = json_str(json_get(x, "from"));
        if (span_is(from, "project"))
            continue;
        struct sb item = { 0 };
        sb_printf(&item, "%.*s/%.*s", SPAN_FMT(from), SPAN_FMT(json_str(json_get(x, "id"))));
        struct store_watch *row = row_new(s, d->id, SPAN("decision"), sb_span(&item));
        sb_release(&item);
        row->title = arena_span(arena, json_str(json_get(x, "title")));
        row->kind = arena_span(arena, json_str(json_get(x, "kind")));
        row->condition = arena_span(arena, json_str(json_get(x, "when")));
        row->component = globs_text(arena, json_get(x, "component"));
        row->state = arena_span(arena, json_str(json_get(x, "state")));
        row->fact = arena_span(arena, json_str(json_get(x, "fact")));
        row->now = json_num(json_get(x, "now"), NUM_UNKNOWN);
        row->line = json_num(json_get(x, "line"), NUM_UNKNOWN);
        if (!clock_parse(json_str(json_get(x, "date")), &row->date_us))
            row->date_us = 0;
        if (row->title.len == 0)
            row->title = row->condition.len > 0 ? row->condition : row->item;
        row->since_us = d->created_us;
    }
}

static struct span facts_text_of(struct arena *arena, const struct json *doc)
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    jsonw_obj(&w, NULL);
    for (const struct json *v = json_first(json_get(doc, "facts")); v; v = json_next(v)) {
        enum fact_id id;
        if (!fact_find(json_key(v), &id) || json_is_null(v))
            continue;
        if (fact_infos[id].kind == FACT_TEXT)
            jsonw_str(&w, fact_infos[id].name, json_str(v));
        else
            jsonw_num(&w, fact_infos[id].name, json_num(v, NUM_UNKNOWN));
    }
    jsonw_end_obj(&w);
    struct span out = arena_span(arena, sb_span(&text));
    sb_release(&text);
    return out;
}

static bool basis_add(struct sync *s, const struct store_decision *d, const struct json *doc, struct err *err)
{
    struct arena *arena = &s->w->arena;
    struct store_basis b = { .project = s->w->project,
                             .decision = d->id,
                             .run = d->run,
                             .scenario = SPAN(""),
                             .goal = arena_span(arena, json_str(json_get(doc, "goal"))),
                             .made_us = d->created_us,
                             .facts = facts_text_of(arena, doc),
                             .stale = d->stale ? SPAN("told before") : SPAN("") };
    double age = json_num(json_path(doc, "facts.evidence_age_days"), 0);
    int64_t as_of = 0;
    if (!clock_parse(json_str(json_get(doc, "as_of")), &as_of))
        as_of = d->created_us;
    if (json_count(json_get(doc, "artefacts")) > 0)
        b.evidence_us = as_of - (int64_t)(age * (double)day_us);
    if (d->run.len > 0 && !store_watch_scenario(s->w->db, arena, s->w->project, d->run, &b.scenario, err))
        return false;
    VEC_PUSH(&s->bases, b);
    return true;
}

static bool decision_take(struct sync *s, const struct store_decision *listed, struct err *err)
{
    struct arena arena = { 0 };
    struct store_decision d;
    struct json *doc = NULL;
    bool ok = store_decision_get(s->w->db, &arena, listed->id, &d, err) &&
              json_parse(d.doc, DOC_DEPTH_MAX, &doc, err) && basis_add(s, listed, doc, err);
    if (ok)
        rows_of_document(s, listed, doc);
    json_free(doc);
    arena_release(&arena);
    return ok;
}

/* --- the project's document --- */

static bool same_item(const struct store_watch *row, const struct store_watch *want)
{
    return span_eq(row->item, want->item) && span_eq(row->title, want->title) && span_eq(row->kind, want->kind) &&
           span_eq(row->condition, want->condition) && span_eq(row->component, want->component) &&
           row->date_us == want->date_us;
}

static void item_take(struct sync *s, const struct policy_watch *p, bool *kept)
{
    struct watching *w = s->w;
    struct sb globs = { 0 };
    struct jsonw j = { .out = &globs };
    struct store_watch *row = row_new(s, SPAN(""), SPAN("policy"), span_of(p->id));
    jsonw_arr(&j, NULL);
    for (uint32_t i = 0; i < p->component_count; i++)
        jsonw_str(&j, NULL, p->component[i]);
    jsonw_end_arr(&j);
    row->title = arena_span(&w->arena, span_of(p->title));
    row->kind = p->kind == WATCH_WHEN && p->component_count > 0 ? SPAN("share") : span_of(watch_kind_name(p->kind));
    row->condition = p->kind == WATCH_WHEN ? arena_span(&w->arena, p->when) : SPAN("");
    row->component = p->component_count > 0 ? arena_span(&w->arena, sb_span(&globs)) : SPAN("");
    row->date_us = p->kind == WATCH_DATE ? p->date_us : 0;
    if (p->kind != WATCH_WHEN)
        row->state = SPAN("clear");
    sb_release(&globs);
    for (size_t i = 0; i < w->rows.count; i++) {
        if (span_is(w->rows.items[i].origin, "policy") && same_item(&w->rows.items[i], row)) {
            kept[i] = true;
            s->rows.count--; /* it stands there already */
            return;
        }
    }
}

static bool document_take(struct sync *s, struct err *err)
{
    struct watching *w = s->w;
    struct project_rules rules;
    struct err broken = ERR_INIT;
    bool *kept = xcalloc(w->rows.count + 1, sizeof *kept);
    bool ok = project_rules_load(w->db, &w->arena, w->project, &rules, &broken);
    if (!ok && broken.code != ERR_VALUE && broken.code != ERR_MALFORMED)
        *err = broken;
    else
        ok = true;
    for (uint32_t i = 0; ok && rules.doc && i < rules.doc->watch_count; i++)
        item_take(s, &rules.doc->watch[i], kept);
    for (size_t i = 0; ok && i < w->rows.count; i++) {
        if (span_is(w->rows.items[i].origin, "policy") && !kept[i])
            VEC_PUSH(&s->removed, w->rows.items[i].id);
    }
    project_rules_release(&rules);
    free(kept);
    return ok;
}

/* --- rows that go --- */

/* What people set on a decision goes over to the one that took its place. */
static bool row_follow(struct sync *s, const struct store_watch *row, struct err *err)
{
    struct store_decision d;
    struct span at = row->decision;
    for (int i = 0; i < 100; i++) {
        if (!store_decision_get(s->w->db, &s->w->arena, at, &d, err))
            return false;
        if (d.superseded_by.len == 0)
            break;
        at = d.superseded_by;
    }
    VEC_PUSH(&s->removed, row->id);
    VEC_PUSH(&s->fallen, row->decision);
    if (!span_is(row->origin, "api") || !watching_stands(s->w, at))
        return true;
    struct store_watch *copy = row_new(s, at, row->origin, row->item);
    struct store_watch fresh = *copy;
    *copy = *row;
    copy->id = fresh.id;
    copy->decision = at;
    return true;
}

bool watching_sync(struct watching *w, bool *ret_changed, struct err *err)
{
    struct sync s = { .w = w };
    bool ok = document_take(&s, err);
    for (size_t i = 0; ok && i < w->standing.count; i++) {
        if (!watching_basis(w, w->standing.items[i].id))
            ok = decision_take(&s, &w->standing.items[i], err);
    }
    for (size_t i = 0; ok && i < w->rows.count; i++) {
        if (w->rows.items[i].decision.len > 0 && !watching_stands(w, w->rows.items[i].decision))
            ok = row_follow(&s, &w->rows.items[i], err);
    }
    struct store_watch_sync y = { .bases = s.bases.items,
                                  .base_count = s.bases.count,
                                  .rows = s.rows.items,
                                  .row_count = s.rows.count,
                                  .removed = s.removed.items,
                                  .removed_count = s.removed.count,
                                  .fallen = s.fallen.items,
                                  .fallen_count = s.fallen.count,
                                  .now_us = w->now_us };
    *ret_changed = y.base_count + y.row_count + y.removed_count > 0;
    ok = ok && (!*ret_changed || store_watch_sync(w->store, &y, err));
    free(s.bases.items);
    free(s.rows.items);
    free(s.removed.items);
    free(s.fallen.items);
    return ok;
}
