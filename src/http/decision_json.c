/* A decision as the API shows it. The frozen document is copied member by member; what happened since stands beside it,
 * and where both have a name (gate, waivers, superseded_by) the present wins and the frozen one is told apart. */
#include <stdlib.h>

#include "base/jcanon.h"
#include "http/decide.h"
#include "http/json.h"
#include "http/pages.h"
#include "http/waive.h"

enum { DOC_DEPTH_MAX = 128, BODY_DEPTH = 16 };

static void own_members(struct jsonw *w, const struct store_decision *d)
{
    jsonw_str(w, "id", d->id);
    json_url(w, "url", "/decisions/", d->id, "");
    json_url(w, "verify_url", "/api/v1/decisions/", d->id, "/verify");
    jsonw_str(w, "project", d->project);
    jsonw_str(w, "proposal_id", d->proposal);
    jsonw_int(w, "proposal_version", d->version);
    json_url(w, "proposal_url", "/api/v1/proposals/", d->proposal, "");
    json_text(w, "run", d->run);
    json_time(w, "created", d->created_us);
    json_text(w, "by", d->by);
    jsonw_str(w, "status", d->superseded_by.len > 0 ? SPAN("superseded") : d->status);
    jsonw_bool(w, "stale", d->stale);
    json_text(w, "superseded_by", d->superseded_by);
    jsonw_obj(w, "chain");
    jsonw_int(w, "seq", d->seq);
    jsonw_str(w, "prev", d->prev);
    jsonw_str(w, "hash", d->hash);
    jsonw_end_obj(w);
}

void decision_brief(struct jsonw *w, const struct store_decision *d)
{
    jsonw_obj(w, NULL);
    own_members(w, d);
    jsonw_str(w, "verdict", d->verdict);
    jsonw_str(w, "gate", d->gate);
    jsonw_str(w, "summary", d->summary);
    jsonw_end_obj(w);
}

static bool is_own(struct span key)
{
    static const char *const own[] = {
        "id",       "url",          "verify_url", "project",    "proposal_id", "proposal_version", "proposal_url",
        "run",      "created",      "by",         "status",     "stale",       "superseded_by",    "chain",
        "gate",     "gate_decided", "waivers",    "objections", "log",         "outcomes",         "votes",
        "duplicate"
    };
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        if (span_is(key, own[i]))
            return true;
    }
    return false;
}

/* --- what happened since --- */

/* Where its evidence is to be read. */
static void objection_url(struct jsonw *w, struct span project, const struct store_objection *o)
{
    struct sb url = { 0 };
    if (o->run.len > 0)
        path_run(&url, project, o->run);
    else if (o->profile.len > 0)
        path_profile(&url, o->profile, 0);
    jsonw_text(w, "url", sb_span(&url));
    sb_release(&url);
}

static void objections_write(struct jsonw *w, struct span project, const struct store_objections *list)
{
    jsonw_arr(w, "objections");
    for (size_t i = 0; i < list->count; i++) {
        const struct store_objection *o = &list->items[i];
        jsonw_obj(w, NULL);
        jsonw_int(w, "n", o->n);
        jsonw_str(w, "text", o->text);
        json_text(w, "run", o->run);
        json_text(w, "profile", o->profile);
        objection_url(w, project, o);
        json_text(w, "by", o->by);
        json_time(w, "at", o->at_us);
        jsonw_strz(w, "state", o->answer_us ? "answered" : "open");
        json_text(w, "answer", o->answer);
        json_text(w, "answered_by", o->answer_by);
        if (o->answer_us)
            json_time(w, "answered", o->answer_us);
        else
            jsonw_null(w, "answered");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

/* Entries of one kind, newest last, with the members of their body. */
static void entries_write(struct jsonw *w, const char *key, const struct store_entries *all, const char *kind,
                          struct arena *arena)
{
    jsonw_arr(w, key);
    for (size_t i = 0; i < all->count; i++) {
        struct jcanon_member m;
        if (!span_is(all->items[i].kind, kind))
            continue;
        jsonw_obj(w, NULL);
        for (struct span rest = all->items[i].body; jcanon_member_next(&rest, &m);) {
            if (!span_is(m.key, "kind") && !span_is(m.key, "project") && !span_is(m.key, "ref"))
                jsonw_raw(w, arena_dup(arena, m.key), m.value);
        }
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

bool decision_gate(struct sql *db, struct arena *arena, const struct store_decision *d, int64_t now_us,
                   struct span *ret_gate, struct err *err)
{
    struct waive w = { 0 };
    struct json *doc = NULL;
    bool ok = waive_load(db, arena, d->project, now_us, &w, err);
    *ret_gate = d->gate;
    if (ok && w.active > 0) {
        /* Rows of a list come without their document. */
        struct store_decision whole = *d;
        ok = (d->doc.len > 0 || store_decision_get(db, arena, d->id, &whole, err)) &&
             json_parse(whole.doc, DOC_DEPTH_MAX, &doc, err);
        if (ok && waive_opens(&w, doc))
            *ret_gate = SPAN("waived");
    }
    json_free(doc);
    waive_release(&w);
    return ok;
}

static void doc_members(struct jsonw *w, const struct store_decision *d, struct arena *arena)
{
    struct jcanon_member m;
    for (struct span rest = d->doc; jcanon_member_next(&rest, &m);) {
        if (!is_own(m.key))
            jsonw_raw(w, arena_dup(arena, m.key), m.value);
    }
}

bool decision_write(struct sql *db, struct arena *arena, const struct store_decision *d, int64_t now_us, bool duplicate,
                    struct sb *out, struct err *err)
{
    struct waive wv = { 0 };
    struct store_objections objections = { 0 };
    struct store_entries entries = { 0 };
    struct span gate;
    bool ok = decision_gate(db, arena, d, now_us, &gate, err) && waive_load(db, arena, d->project, now_us, &wv, err) &&
              store_objections(db, arena, d->id, &objections, err) && store_ledger_of(db, arena, d->id, &entries, err);
    if (ok) {
        struct jsonw w = { .out = out };
        jsonw_obj(&w, NULL);
        own_members(&w, d);
        jsonw_bool(&w, "duplicate", duplicate);
        jsonw_str(&w, "gate", gate);
        jsonw_str(&w, "gate_decided", d->gate);
        waive_counts(&wv, &w);
        objections_write(&w, d->project, &objections);
        entries_write(&w, "votes", &entries, "vote", arena);
        entries_write(&w, "log", &entries, "watch", arena);
        entries_write(&w, "outcomes", &entries, "outcome", arena);
        doc_members(&w, d, arena);
        jsonw_end_obj(&w);
    }
    waive_release(&wv);
    freep(&objections.items);
    freep(&entries.items);
    return ok;
}

/* --- for reports --- */

static void meta_waivers(struct jsonw *w, const struct waive *wv)
{
    jsonw_arr(w, "waivers");
    for (size_t i = 0; i < wv->list.count; i++) {
        const struct store_waiver *one = &wv->list.items[i];
        const char *state = store_waiver_state(one, wv->now_us);
        jsonw_obj(w, NULL);
        jsonw_str(w, "id", one->id);
        jsonw_str(w, "rule", one->rule);
        json_text(w, "owner", one->owner.len > 0 ? one->owner : one->by);
        jsonw_str(w, "reason", one->reason);
        json_time(w, "until", one->until_us);
        jsonw_strz(w, "state",
                   strcmp(state, "requested") == 0 ? "asked"
                   : strcmp(state, "active") == 0  ? "granted"
                                                   : "expired");
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void meta_entries(struct jsonw *w, const char *key, const struct store_entries *all, const char *event)
{
    jsonw_arr(w, key);
    for (size_t i = 0; i < all->count; i++) {
        struct json *body = NULL;
        struct err none = ERR_INIT;
        if (!span_is(all->items[i].kind, "watch") || !json_parse(all->items[i].body, BODY_DEPTH, &body, &none))
            continue;
        struct span text = json_str(json_get(body, "text"));
        if (span_is(json_str(json_get(body, "event")), event) && strcmp(event, "STALE") == 0) {
            jsonw_str(w, NULL, text);
        } else if (span_is(json_str(json_get(body, "event")), event)) {
            jsonw_obj(w, NULL);
            jsonw_str(w, "text", text);
            json_time(w, "at", all->items[i].at_us);
            jsonw_end_obj(w);
        }
        json_free(body);
    }
    jsonw_end_arr(w);
}

static void meta_links(struct jsonw *w, const struct store_decision *d)
{
    struct sb command = { 0 };
    jsonw_obj(w, "chain");
    jsonw_int(w, "sequence", d->seq);
    jsonw_str(w, "hash", d->hash);
    jsonw_str(w, "previous", d->prev);
    jsonw_end_obj(w);
    sb_printf(&command, "stet verify %.*s", SPAN_FMT(d->id));
    jsonw_str(w, "verify", sb_span(&command));
    jsonw_obj(w, "links");
    json_url(w, "json", "/api/v1/decisions/", d->id, "");
    json_url(w, "markdown", "/api/v1/decisions/", d->id, ".md");
    json_url(w, "html", "/api/v1/decisions/", d->id, ".html");
    json_url(w, "verify", "/api/v1/decisions/", d->id, "/verify");
    jsonw_end_obj(w);
    sb_release(&command);
}

static void meta_head(struct jsonw *w, const struct store_decision *d)
{
    jsonw_str(w, "id", d->id);
    jsonw_int(w, "number", d->seq);
    jsonw_str(w, "project", d->project);
    json_url(w, "project_url", "/projects/", d->project, "");
    jsonw_str(w, "proposal", d->proposal);
    json_url(w, "proposal_url", "/api/v1/proposals/", d->proposal, "");
    jsonw_int(w, "version", d->version);
    jsonw_str(w, "status",
              d->superseded_by.len > 0         ? SPAN("superseded")
              : span_is(d->status, "reopened") ? SPAN("proposed")
                                               : d->status);
    json_time(w, "decided_at", d->created_us);
    json_text(w, "decided_by", d->by);
    if (d->superseded_by.len > 0)
        json_url(w, "superseded_by_url", "/decisions/", d->superseded_by, "");
}

bool decision_meta(struct sql *db, struct arena *arena, const struct store_decision *d, int64_t now_us, struct sb *out,
                   struct err *err)
{
    struct waive wv = { 0 };
    struct store_objections objections = { 0 };
    struct store_entries entries = { 0 };
    bool ok = waive_load(db, arena, d->project, now_us, &wv, err) &&
              store_objections(db, arena, d->id, &objections, err) && store_ledger_of(db, arena, d->id, &entries, err);
    if (ok) {
        struct jsonw w = { .out = out };
        jsonw_obj(&w, NULL);
        meta_head(&w, d);
        if (span_is(d->status, "reopened") && d->superseded_by.len == 0)
            meta_entries(&w, "reopened", &entries, "FIRED");
        if (d->stale)
            meta_entries(&w, "stale", &entries, "STALE");
        objections_write(&w, d->project, &objections);
        meta_waivers(&w, &wv);
        entries_write(&w, "votes", &entries, "vote", arena);
        entries_write(&w, "audit", &entries, "outcome", arena);
        meta_links(&w, d);
        jsonw_end_obj(&w);
    }
    waive_release(&wv);
    freep(&objections.items);
    freep(&entries.items);
    return ok;
}
