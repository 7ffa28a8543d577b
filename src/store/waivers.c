/* Waivers: asked for, granted, ended. Entries of the ledger, put together when they are read; time is given. */
#include "base/clock.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "store/ledger.h"

enum { BODY_DEPTH = 8 };

const char *store_waiver_state(const struct store_waiver *w, int64_t now_us)
{
    if (w->ended_us != 0)
        return "ended";
    if (w->until_us <= now_us)
        return "expired";
    return w->granted_us != 0 ? "active" : "requested";
}

static bool entry_fold(const struct store_entry *e, struct arena *arena, struct store_waivers *ret, struct err *err)
{
    struct json *doc = NULL;
    if (!json_parse(e->body, BODY_DEPTH, &doc, err))
        return false;
    struct store_waiver *w = NULL;
    for (size_t i = 0; i < ret->count && !w; i++)
        w = span_eq(ret->items[i].id, e->ref) ? &ret->items[i] : NULL;
    if (span_is(e->kind, "waiver") && !w) {
        struct store_waiver asked = { .id = e->ref,
                                      .project = e->project,
                                      .rule = arena_span(arena, json_str(json_get(doc, "rule"))),
                                      .reason = arena_span(arena, json_str(json_get(doc, "reason"))),
                                      .by = e->by,
                                      .owner = SPAN(""),
                                      .ended_by = SPAN(""),
                                      .asked_us = e->at_us };
        if (clock_parse(json_str(json_get(doc, "until")), &asked.until_us))
            VEC_PUSH(ret, asked);
    } else if (w && span_is(e->kind, "grant")) {
        w->owner = arena_span(arena, json_str(json_get(doc, "owner")));
        w->granted_us = e->at_us;
    } else if (w && span_is(e->kind, "end")) {
        w->ended_by = e->by;
        w->ended_us = e->at_us;
    }
    json_free(doc);
    return true;
}

static bool entries_fold(struct store_entries *all, struct arena *arena, struct store_waivers *ret, struct err *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < all->count; i++)
        ok = entry_fold(&all->items[i], arena, ret, err);
    freep(&all->items);
    return ok;
}

bool store_waivers(struct sql *db, struct arena *arena, struct span project, struct store_waivers *ret, struct err *err)
{
    struct store_entries all = { 0 };
    bool ok = store_ledger_kinds(db, arena, project, "waiver", "grant", "end", &all, err);
    if (!ok)
        freep(&all.items);
    return ok && entries_fold(&all, arena, ret, err);
}

bool store_waiver_get(struct sql *db, struct arena *arena, struct span id, struct store_waiver *ret, struct err *err)
{
    struct store_entries all = { 0 };
    struct store_waivers list = { 0 };
    bool ok = store_ledger_of(db, arena, id, &all, err);
    if (!ok)
        freep(&all.items);
    ok = ok && entries_fold(&all, arena, &list, err);
    if (ok && list.count == 0)
        ok = err_set(err, ERR_NOT_FOUND, "there is no waiver '%.*s'", SPAN_FMT(span_sub(id, 0, 60)));
    if (ok)
        *ret = list.items[0];
    freep(&list.items);
    return ok;
}

/* --- writing --- */

static bool waiver_job(struct sql *db, void *user, struct err *err)
{
    const struct store_waiver *w = user;
    struct sb body = { 0 };
    struct sb until = { 0 };
    struct jsonw j = { .out = &body };
    clock_format(&until, w->until_us);
    jsonw_obj(&j, NULL);
    jsonw_str(&j, "rule", w->rule);
    jsonw_str(&j, "reason", w->reason);
    jsonw_str(&j, "until", sb_span(&until));
    jsonw_end_obj(&j);
    struct store_entry e = { .project = w->project,
                             .kind = SPAN("waiver"),
                             .ref = w->id,
                             .by = w->by,
                             .at_us = w->asked_us,
                             .body = sb_span(&body) };
    bool ok = store_project_ensure(db, w->project, w->asked_us, err) && ledger_append(db, &e, NULL, err);
    sb_release(&body);
    sb_release(&until);
    return ok;
}

bool store_waiver_put(struct store *s, const struct store_waiver *w, struct err *err)
{
    struct store_waiver copy = *w;
    return store_write(s, waiver_job, &copy, err);
}

struct waiver_step {
    struct span id, text, by; /* text: the owner, or why it ends */
    bool grant;
    int64_t now_us;
};

static bool step_job(struct sql *db, void *user, struct err *err)
{
    const struct waiver_step *u = user;
    struct arena arena = { 0 };
    struct store_waiver w;
    struct sb body = { 0 };
    struct jsonw j = { .out = &body };
    bool ok = store_waiver_get(db, &arena, u->id, &w, err);
    const char *state = ok ? store_waiver_state(&w, u->now_us) : "";
    if (ok && strcmp(state, "requested") != 0 && (u->grant || strcmp(state, "active") != 0))
        ok = err_set(err, ERR_CONFLICT, "the waiver is %s already", u->grant && w.granted_us ? "granted" : state);
    jsonw_obj(&j, NULL);
    jsonw_str(&j, u->grant ? "owner" : "text", u->text);
    jsonw_end_obj(&j);
    struct store_entry e = { .project = ok ? w.project : SPAN(""),
                             .kind = u->grant ? SPAN("grant") : SPAN("end"),
                             .ref = u->id,
                             .by = u->by,
                             .at_us = u->now_us,
                             .body = sb_span(&body) };
    ok = ok && ledger_append(db, &e, NULL, err);
    sb_release(&body);
    arena_release(&arena);
    return ok;
}

bool store_waiver_grant(struct store *s, struct span id, struct span owner, struct span by, int64_t now_us,
                        struct err *err)
{
    struct waiver_step u = { id, owner, by, true, now_us };
    return store_write(s, step_job, &u, err);
}

bool store_waiver_end(struct store *s, struct span id, struct span text, struct span by, int64_t now_us,
                      struct err *err)
{
    struct waiver_step u = { id, text, by, false, now_us };
    return store_write(s, step_job, &u, err);
}
