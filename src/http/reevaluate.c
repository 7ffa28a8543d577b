/* Looking again at a decision: what is watched, its age and drift (http/watch.c), then the engine over what is known now.
 * The stored verdict stays; another answer is logged with the facts that changed, once each way, and re-opens it. */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/vec.h"
#include "http/decide.h"
#include "http/service.h"
#include "http/watch.h"

enum { DOC_DEPTH_MAX = 128, BODY_DEPTH = 16, CHANGES_MAX = 5, POLICIES_MAX = BASIS_PACKS_MAX };
struct looking {
    struct service *s;
    struct sql *db;
    struct arena arena;
    struct store_decision d;
    struct store_entries events; /* of kind watch */
    struct json *then, *now;
    struct span run; /* newest evidence */
    int64_t now_us;
    struct reevaluated *ret;
    struct err *err;
};

/* --- what was logged before --- */

/* The last event about that id: FIRED, CLEARED, STALE, or "" when there was none; *ret_body the caller's. */
static struct span last_event(struct looking *k, const char *id, struct json **ret_body)
{
    *ret_body = NULL;
    for (size_t i = k->events.count; i > 0; i--) {
        struct json *body = NULL;
        struct err none = ERR_INIT;
        if (!json_parse(k->events.items[i - 1].body, BODY_DEPTH, &body, &none))
            continue;
        if (span_is(json_str(json_get(body, "watch")), id)) {
            *ret_body = body;
            return json_str(json_get(body, "event"));
        }
        json_free(body);
    }
    return SPAN("");
}

static bool log_add(struct looking *k, const char *event, const struct sb *members)
{
    k->ret->fired += strcmp(event, "FIRED") == 0;
    k->ret->cleared += strcmp(event, "CLEARED") == 0;
    return store_decision_watch(k->s->store, k->d.id, event, sb_span(members), k->now_us, k->err);
}

static void entry_begin(struct looking *k, struct jsonw *w, const char *id, struct span title)
{
    jsonw_obj(w, NULL);
    jsonw_strz(w, "watch", id);
    jsonw_str(w, "title", title);
    jsonw_str(w, "run", k->run);
}

/* --- the verdict --- */

static void changes_write(struct looking *k, struct jsonw *w, struct sb *text)
{
    int n = 0;
    jsonw_arr(w, "changes");
    for (const struct json *f = json_first(json_get(k->now, "facts")); f && n < CHANGES_MAX; f = json_next(f)) {
        const char *name = arena_dup(&k->arena, json_key(f));
        const struct json *old = json_get(json_get(k->then, "facts"), name);
        double now = json_num(f, NUM_UNKNOWN);
        double was = json_num(old, NUM_UNKNOWN);
        bool same = num_known(now) ? num_known(was) && fabs(now - was) <= 1e-9 * fabs(was) : !num_known(was);
        if (same || strcmp(name, "evidence_age_days") == 0)
            continue;
        n++;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "fact", name);
        jsonw_num(w, "was", was);
        jsonw_num(w, "now", now);
        jsonw_end_obj(w);
        if (num_known(now) && num_known(was))
            sb_printf(text, "; %s from %.4g to %.4g", name, was, now);
        else
            sb_printf(text, num_known(now) ? "; %s is %.4g now" : "; %s is no longer known", name, now);
    }
    jsonw_end_arr(w);
}

static bool verdict_log(struct looking *k, struct span verdict, struct span gate, const char *event)
{
    struct sb body = { 0 };
    struct sb text = { 0 };
    struct jsonw w = { .out = &body };
    entry_begin(k, &w, "verdict", SPAN("the answer"));
    jsonw_str(&w, "verdict", verdict);
    jsonw_str(&w, "gate", gate);
    sb_printf(&text, "the answer would be %.*s (gate %.*s) now, decided was %.*s (gate %.*s)", SPAN_FMT(verdict),
              SPAN_FMT(gate), SPAN_FMT(k->d.verdict), SPAN_FMT(k->d.gate));
    changes_write(k, &w, &text);
    jsonw_str(&w, "text", sb_span(&text));
    jsonw_end_obj(&w);
    bool ok = log_add(k, event, &body);
    sb_release(&body);
    sb_release(&text);
    return ok;
}

static bool verdict_look(struct looking *k)
{
    struct json *body = NULL;
    struct span verdict = json_str(json_get(k->now, "verdict"));
    struct span gate = json_str(json_get(k->now, "gate"));
    struct span event = last_event(k, "verdict", &body);
    bool told = span_is(event, "FIRED") && span_eq(json_str(json_get(body, "verdict")), verdict) &&
                span_eq(json_str(json_get(body, "gate")), gate);
    bool fired = span_is(event, "FIRED");
    json_free(body);
    k->ret->changed = !span_eq(verdict, k->d.verdict) || !span_eq(gate, k->d.gate);
    if (k->ret->changed && !told)
        return verdict_log(k, verdict, gate, "FIRED");
    return k->ret->changed || !fired || verdict_log(k, verdict, gate, "CLEARED");
}

/* --- the engine --- */

/* The packs that it was decided with, beside those that hold now. */
static size_t policies_of(struct looking *k, struct span out[POLICIES_MAX], struct basis_wish *wish)
{
    struct json *frozen = NULL;
    struct err none = ERR_INIT;
    size_t n = 0;
    if (!json_parse(k->d.frozen, BODY_DEPTH, &frozen, &none))
        return 0;
    for (const struct json *p = json_first(json_get(frozen, "packs")); p && n < POLICIES_MAX; p = json_next(p)) {
        struct span name = json_str(json_get(p, "name"));
        if (!span_is(name, "project") && policy_builtin_text(name).ptr)
            out[n++] = arena_span(&k->arena, name);
    }
    wish->draws = (uint32_t)json_num(json_get(frozen, "draws"), 0);
    wish->seed_given = span_to_u64(json_str(json_get(frozen, "seed")), &wish->seed);
    json_free(frozen);
    return n;
}

static bool engine_run(struct looking *k, struct basis *b)
{
    struct sb doc = { 0 };
    struct decide_verdict *v = xcalloc(1, sizeof *v);
    bool ok = basis_decide(&k->s->decider, b, &doc, v, k->err) &&
              json_parse(sb_span(&doc), DOC_DEPTH_MAX, &k->now, k->err) &&
              json_parse(k->d.doc, DOC_DEPTH_MAX, &k->then, k->err);
    sb_release(&doc);
    freep(&v);
    return ok;
}

/* *ret_same: nothing that it was made from has changed. */
static bool look(struct looking *k, bool *ret_same)
{
    struct store_proposal p;
    struct basis b = { 0 };
    struct basis_wish wish = { .run = SPAN("") };
    struct span policy[POLICIES_MAX];
    struct sb frozen = { 0 };
    char key[65];
    wish.policy_count = policies_of(k, policy, &wish);
    wish.policy = policy;
    bool ok = store_proposal_get(k->db, &k->arena, k->d.proposal, k->d.version, &p, k->err) &&
              basis_gather(&k->s->decider, k->db, &p, &wish, k->now_us, &b, k->err);
    if (ok) {
        basis_freeze(&b, &frozen);
        sha256_hex(sb_span(&frozen), key);
        k->run = arena_span(&k->arena, b.run);
        *ret_same = span_is(k->d.input_key, key);
        ok = *ret_same || engine_run(k, &b);
    }
    sb_release(&frozen);
    basis_release(&b);
    return ok;
}

static bool events_load(struct looking *k)
{
    struct store_entries all = { 0 };
    bool ok = store_ledger_of(k->db, &k->arena, k->d.id, &all, k->err);
    for (size_t i = 0; ok && i < all.count; i++) {
        if (span_is(all.items[i].kind, "watch"))
            VEC_PUSH(&k->events, all.items[i]);
    }
    freep(&all.items);
    return ok;
}

static bool reevaluate(struct looking *k)
{
    bool same = false;
    if (k->d.superseded_by.len > 0 || span_is(k->d.status, "rejected"))
        return true;
    if (!events_load(k) || !look(k, &same))
        return false;
    k->ret->looked = !same;
    return same || verdict_look(k);
}

/* The engine's turn, after what is watched was looked at. */
static bool decision_turn(struct service *s, struct sql *db, struct span id, int64_t now_us, struct reevaluated *ret,
                          struct err *err)
{
    struct looking k = { .s = s, .db = db, .now_us = now_us, .ret = ret, .err = err, .run = SPAN("") };
    bool ok = store_decision_get(db, &k.arena, id, &k.d, err) && reevaluate(&k) &&
              store_decision_get(db, &k.arena, id, &k.d, err);
    ret->reopened = ok && span_is(k.d.status, "reopened");
    ret->stale = ok && k.d.stale;
    freep(&k.events.items);
    json_free(k.then);
    json_free(k.now);
    arena_release(&k.arena);
    return ok;
}

bool decision_reevaluate(struct service *s, struct sql *db, struct span id, int64_t now_us, struct reevaluated *ret,
                         struct err *err)
{
    struct arena arena = { 0 };
    struct store_decision d;
    struct watch_result watched = { 0 };
    *ret = (struct reevaluated){ 0 };
    bool ok = store_decision_get(db, &arena, id, &d, err) &&
              watch_project(s->store, db, d.project, NULL, now_us, &watched, err) &&
              decision_turn(s, db, id, now_us, ret, err);
    service_told(s, "decision", ok ? d.project : SPAN(""), id);
    arena_release(&arena);
    return ok;
}

bool decisions_reevaluate(struct service *s, struct sql *db, struct span project, int64_t now_us, int64_t *ret_count,
                          struct err *err)
{
    enum { PART = 200 };
    int64_t before = 0;
    struct watch_result watched = { 0 };
    *ret_count = 0;
    if (!watch_project(s->store, db, project, NULL, now_us, &watched, err))
        return false;
    for (;;) {
        struct arena arena = { 0 };
        struct store_decisions list = { 0 };
        bool ok = store_decision_list(db, &arena, project, SPAN(""), true, before, PART, &list, err);
        for (size_t i = 0; ok && i < list.count && !atomic_load(&s->stopping); i++) {
            struct reevaluated one = { 0 };
            struct err why = ERR_INIT;
            if (!decision_turn(s, db, list.items[i].id, now_us, &one, &why))
                log_event(LOG_WARN, "reevaluate", "decision=%.*s error=\"%s\"", SPAN_FMT(list.items[i].id), why.text);
            ++*ret_count;
            before = list.items[i].seq;
        }
        size_t n = list.count;
        freep(&list.items);
        arena_release(&arena);
        if (!ok || n < PART || atomic_load(&s->stopping)) {
            service_told(s, "decision", project, SPAN(""));
            return ok;
        }
    }
}
