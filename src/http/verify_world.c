/* What a project was told, as far as a decision rests on it: rows of facts, the version of its policies, categories that it
 * corrected, and what is watched. All of it is only ever added to, so a later row is no sign of another hand; a changed or missing one is. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/num.h"
#include "http/overrides.h"
#include "http/verify.h"
#include "store/watch.h"

enum { FROZEN_DEPTH = 16, DOC_DEPTH = 128, ALL = INT32_MAX };

struct world {
    struct sql *db;
    struct verified *v;
    struct json *frozen, *doc; /* NULL when they are no JSON any more */
};

/* --- facts --- */

/* The latest by time holds, of equal times the one that came last; the mark says which that is. */
static bool mark_check(struct world *w, const struct store_given *latest, struct err *err)
{
    struct store_given_mark m = { 0 };
    if (!store_given_mark(w->db, w->v->decision.project, latest->scope, latest->name, &m, err))
        return false;
    if (m.seq != latest->seq || m.time_us != latest->time_us)
        finding_add(&w->v->report, "fact", "fact_now",
                    "fact %.*s: row %lld is marked as the one that holds, it is %lld", SPAN_FMT(latest->name),
                    (long long)m.seq, (long long)latest->seq);
    return true;
}

static bool fact_check(struct world *w, const struct json *told, struct err *err)
{
    struct store_givens past = { 0 };
    struct store_given_past q = { .project = w->v->decision.project,
                                  .name = arena_span(&w->v->arena, json_str(json_get(told, "name"))),
                                  .scope = SPAN(""),
                                  .before_us = -1,
                                  .limit = ALL };
    int64_t seq = (int64_t)json_num(json_get(told, "seq"), 0);
    const struct store_given *row = NULL;
    const struct store_given *latest = NULL;
    bool ok = store_given_history(w->db, &w->v->arena, &q, &past, err);
    for (size_t i = 0; ok && i < past.count; i++) {
        char hash[65];
        basis_told_hash(&past.items[i], hash);
        if (past.items[i].seq == seq && span_is(json_str(json_get(told, "sha256")), hash))
            row = &past.items[i];
    }
    if (ok && !row)
        finding_add(&w->v->report, "fact", "fact", "fact %.*s (row %lld of the project) was changed or is missing",
                    SPAN_FMT(q.name), (long long)seq);
    for (size_t i = 0; row && i < past.count && !latest; i++)
        latest = span_eq(past.items[i].scope, row->scope) ? &past.items[i] : NULL;
    ok = ok && (!latest || mark_check(w, latest, err));
    free(past.items);
    return ok;
}

/* --- policies --- */

static bool policy_check_row(struct world *w, struct err *err)
{
    struct store_policy p;
    struct err none = ERR_INIT;
    char hash[65];
    int64_t version = (int64_t)json_num(json_get(w->frozen, "project_policy_version"), 0);
    if (version <= 0)
        return true;
    if (!store_policy_get(w->db, &w->v->arena, w->v->decision.project, version, &p, &none)) {
        if (none.code != ERR_NOT_FOUND) {
            *err = none;
            return false;
        }
        finding_add(&w->v->report, "policy", "project_policy", "version %lld of the project's policies is missing",
                    (long long)version);
        return true;
    }
    basis_policy_hash(&p, hash);
    if (!span_is(json_str(json_get(w->frozen, "project_policy_row")), hash))
        finding_add(&w->v->report, "policy", "project_policy",
                    "version %lld of the project's policies was changed (text, hash, origin, owner or time)",
                    (long long)version);
    return true;
}

/* --- categories that the project corrected --- */

static bool override_check(struct world *w, const struct json *frozen, struct err *err)
{
    struct store_override o;
    struct err none = ERR_INIT;
    char hash[65];
    struct span id = json_str(json_get(frozen, "id"));
    struct span pattern = json_str(json_get(frozen, "pattern"));
    if (!store_override_get(w->db, &w->v->arena, w->v->decision.project, id, &o, &none)) {
        if (none.code != ERR_NOT_FOUND) {
            *err = none;
            return false;
        }
        finding_add(&w->v->report, "override", "category_override", "correction %.*s ('%.*s') is missing", SPAN_FMT(id),
                    SPAN_FMT(span_sub(pattern, 0, 80)));
        return true;
    }
    override_row_hash(&o, hash);
    if (!span_is(json_str(json_get(frozen, "sha256")), hash))
        finding_add(&w->v->report, "override", "category_override",
                    "correction %.*s ('%.*s') was changed (pattern, category, reason, owner or time)", SPAN_FMT(id),
                    SPAN_FMT(span_sub(pattern, 0, 80)));
    return true;
}

/* --- what is watched --- */

static void watch_differs(struct world *w, const struct store_watch *row, const char *column, struct span was)
{
    finding_add(&w->v->report, "watch", "watch", "%.*s of '%.*s' was changed; it was '%.*s'", SPAN_FMT(span_of(column)),
                SPAN_FMT(span_sub(row->title, 0, 60)), SPAN_FMT(span_sub(was, 0, 100)));
}

static bool globs_same(struct span text, const struct json *globs)
{
    struct json *now = NULL;
    struct err none = ERR_INIT;
    if (text.len == 0 || json_count(globs) == 0)
        return text.len == 0 && json_count(globs) == 0;
    bool same = json_parse(text, FROZEN_DEPTH, &now, &none) && json_count(now) == json_count(globs);
    const struct json *a = same ? json_first(now) : NULL;
    for (const struct json *b = json_first(globs); a && b; a = json_next(a), b = json_next(b))
        same = same && span_eq(json_str(a), json_str(b));
    json_free(now);
    return same;
}

/* Whether the newest entry of the chain about that item says that it fired; what no entry speaks of is as decided. */
static bool said_fired(const struct store_entries *entries, struct span id, bool decided)
{
    bool fired = decided;
    for (size_t i = 0; i < entries->count; i++) {
        struct json *body = NULL;
        struct err none = ERR_INIT;
        if (!span_is(entries->items[i].kind, "watch") ||
            !json_parse(entries->items[i].body, FROZEN_DEPTH, &body, &none))
            continue;
        if (span_eq(json_str(json_get(body, "watch")), id))
            fired = span_is(json_str(json_get(body, "event")), "FIRED");
        json_free(body);
    }
    return fired;
}

static void item_check(struct world *w, const struct json *item, const struct store_watches *rows,
                       const struct store_entries *entries)
{
    struct sb key = { 0 };
    const struct store_watch *row = NULL;
    struct span id = json_str(json_get(item, "id"));
    struct span when = json_str(json_get(item, "when"));
    struct span title = json_str(json_get(item, "title"));
    int64_t date = 0;
    sb_printf(&key, "%.*s/%.*s", SPAN_FMT(json_str(json_get(item, "from"))), SPAN_FMT(id));
    for (size_t i = 0; i < rows->count && !row; i++)
        row = span_is(rows->items[i].origin, "decision") && span_eq(rows->items[i].item, sb_span(&key))
                  ? &rows->items[i]
                  : NULL;
    if (!clock_parse(json_str(json_get(item, "date")), &date))
        date = 0;
    if (!row) {
        finding_add(&w->v->report, "watch", "watch", "'%.*s' is no longer watched, though the decision holds",
                    SPAN_FMT(span_sub(title.len > 0 ? title : sb_span(&key), 0, 80)));
        sb_release(&key);
        return;
    }
    if (!span_eq(row->condition, when))
        watch_differs(w, row, "condition", when);
    if (title.len > 0 && !span_eq(row->title, title))
        watch_differs(w, row, "title", title);
    if (!span_eq(row->kind, json_str(json_get(item, "kind"))))
        watch_differs(w, row, "kind", json_str(json_get(item, "kind")));
    if (!globs_same(row->component, json_get(item, "component")))
        watch_differs(w, row, "component", title);
    if (row->date_us != date)
        watch_differs(w, row, "date", json_str(json_get(item, "date")));
    bool fired = said_fired(entries, id, span_is(json_str(json_get(item, "state")), "fired"));
    if (span_is(row->state, "fired") != fired)
        watch_differs(w, row, "state", fired ? SPAN("fired") : SPAN("clear or unknown"));
    sb_release(&key);
}

/* Watched from the first look at the decision until it is superseded or rejected. */
static bool watch_check(struct world *w, struct err *err)
{
    const struct store_decision *d = &w->v->decision;
    struct store_watches rows = { 0 };
    struct store_entries entries = { 0 };
    struct store_watch_query q = { d->project, d->id, SPAN(""), SPAN(""), SPAN(""), ALL };
    bool watched = false;
    if (d->superseded_by.len > 0 || span_is(d->status, "rejected"))
        return true;
    bool ok = store_watch_based(w->db, d->project, d->id, &watched, err);
    struct err none = ERR_INIT;
    if (ok && watched && !json_parse(d->doc, DOC_DEPTH, &w->doc, &none))
        w->doc = NULL;
    if (ok && watched)
        ok = store_watch_list(w->db, &w->v->arena, &q, &rows, err) &&
             store_ledger_of(w->db, &w->v->arena, d->id, &entries, err);
    for (const struct json *x = json_first(json_get(w->doc, "watch")); ok && watched && x; x = json_next(x)) {
        if (!span_is(json_str(json_get(x, "from")), "project"))
            item_check(w, x, &rows, &entries);
    }
    free(rows.items);
    free(entries.items);
    return ok;
}

bool verify_world(struct sql *db, struct verified *v, struct err *err)
{
    struct world w = { .db = db, .v = v };
    struct err none = ERR_INIT;
    if (!json_parse(v->decision.frozen, FROZEN_DEPTH, &w.frozen, &none))
        w.frozen = NULL;
    bool ok = policy_check_row(&w, err) && watch_check(&w, err);
    for (const struct json *t = json_first(json_get(w.frozen, "told")); ok && t; t = json_next(t))
        ok = fact_check(&w, t, err);
    for (const struct json *o = json_first(json_get(w.frozen, "overrides")); ok && o; o = json_next(o))
        ok = override_check(&w, o, err);
    json_free(w.frozen);
    json_free(w.doc);
    return ok;
}
