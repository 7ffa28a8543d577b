#include "http/waive.h"

#include "base/jcanon.h"
#include "http/json.h"
#include "http/service.h"

enum { DOC_DEPTH_MAX = 64, LEVEL_PART = 4, LEVEL_WHOLE = 5 };

bool waive_load(struct sql *db, struct arena *arena, struct span project, int64_t now_us, struct waive *ret,
                struct err *err)
{
    *ret = (struct waive){ .now_us = now_us };
    if (!store_waivers(db, arena, project, &ret->list, err))
        return false;
    for (size_t i = 0; i < ret->list.count; i++) {
        const char *state = store_waiver_state(&ret->list.items[i], now_us);
        ret->active += strcmp(state, "active") == 0;
        ret->expired += strcmp(state, "expired") == 0;
        ret->requested += strcmp(state, "requested") == 0;
    }
    return true;
}

void waive_release(struct waive *w)
{
    freep(&w->list.items);
}

void waive_counts(const struct waive *w, struct jsonw *out)
{
    jsonw_obj(out, "waivers");
    jsonw_int(out, "active", w->active);
    jsonw_int(out, "expired", w->expired);
    jsonw_int(out, "requested", w->requested);
    jsonw_end_obj(out);
}

static void moment(struct jsonw *out, const char *key, int64_t us)
{
    if (us != 0)
        json_time(out, key, us);
    else
        jsonw_null(out, key);
}

void waive_write(const struct store_waiver *w, int64_t now_us, struct jsonw *out)
{
    jsonw_obj(out, NULL);
    jsonw_str(out, "id", w->id);
    jsonw_str(out, "project", w->project);
    jsonw_str(out, "rule", w->rule);
    jsonw_str(out, "reason", w->reason);
    jsonw_strz(out, "state", store_waiver_state(w, now_us));
    moment(out, "until", w->until_us);
    json_text(out, "asked_by", w->by);
    moment(out, "asked", w->asked_us);
    json_text(out, "owner", w->owner);
    moment(out, "granted", w->granted_us);
    json_text(out, "ended_by", w->ended_by);
    moment(out, "ended", w->ended_us);
    jsonw_end_obj(out);
}

static bool is_active(const struct waive *w, struct span rule)
{
    for (size_t i = 0; i < w->list.count; i++) {
        if (span_eq(w->list.items[i].rule, rule) &&
            strcmp(store_waiver_state(&w->list.items[i], w->now_us), "active") == 0)
            return true;
    }
    return false;
}

/* What one effect of a fired rule does to a verdict that has to reach `need`. */
struct effects {
    bool closes;
    int floor;
};

static struct effects effects_of(struct span effect, int need)
{
    struct effects e = { false, 0 };
    while (effect.len > 0) {
        size_t end = span_chr(effect, 0, '+');
        struct span one = span_trim(span_sub(effect, 0, end));
        effect = span_from(effect, end + 1);
        int level =
            one.len > 0 && one.ptr[one.len - 1] >= '0' && one.ptr[one.len - 1] <= '5' ? one.ptr[one.len - 1] - '0' : 0;
        if (span_is(one, "undecided") || span_starts(one, SPAN("settle:")) ||
            (span_starts(one, SPAN("ceil:")) && level < need))
            e.closes = true;
        if (span_starts(one, SPAN("floor:")) && level > e.floor)
            e.floor = level;
    }
    return e;
}

static bool rules_waived(const struct waive *w, const struct json *doc)
{
    int need = span_is(json_str(json_path(doc, "proposal.kind")), "full_rewrite") ? LEVEL_WHOLE : LEVEL_PART;
    bool any = false;
    int floor = 0;
    for (const struct json *r = json_first(json_get(doc, "rules")); r; r = json_next(r)) {
        if (json_num(json_get(r, "value"), 0) < 1 || json_bool(json_get(r, "exempted"), false))
            continue;
        struct effects e = effects_of(json_str(json_get(r, "effect")), need);
        if (e.closes && !is_active(w, json_str(json_get(r, "id"))))
            return false;
        any = any || e.closes;
        if (e.floor > floor)
            floor = e.floor;
    }
    return any && floor >= need;
}

bool waive_opens(const struct waive *w, const struct json *doc)
{
    struct span gate = json_str(json_get(doc, "gate"));
    if (w->active == 0 || span_is(gate, "pass") || span_is(gate, "waived"))
        return false;
    return is_active(w, SPAN("gate")) || rules_waived(w, doc);
}

struct span waive_shown(struct arena *arena, struct span doc, const struct waive *w, bool asked, bool opened)
{
    struct sb out = { 0 };
    struct jsonw j = { .out = &out };
    struct jcanon_member m;
    jsonw_obj(&j, NULL);
    for (struct span rest = doc; jcanon_member_next(&rest, &m);) {
        const char *key = arena_dup(arena, m.key);
        if (span_is(m.key, "waivers"))
            continue;
        if (opened && span_is(m.key, "gate"))
            jsonw_strz(&j, "gate", "waived");
        else if (asked && span_is(m.key, "asked"))
            jsonw_bool(&j, "asked", true);
        else
            jsonw_raw(&j, key, m.value);
    }
    waive_counts(w, &j);
    jsonw_end_obj(&j);
    struct span text = arena_span(arena, sb_span(&out));
    sb_release(&out);
    return text;
}

bool waive_doc(struct sql *db, struct arena *arena, const struct store_analysis *a, bool asked, int64_t now_us,
               struct span *ret_doc, struct span *ret_gate, struct err *err)
{
    struct waive w = { 0 };
    struct json *doc = NULL;
    struct span text = service_doc(arena, a);
    bool ok = waive_load(db, arena, a->project, now_us, &w, err);
    bool opened = false;
    if (ok && w.active > 0 && !service_gate_open(a)) {
        ok = json_parse(text, DOC_DEPTH_MAX, &doc, err);
        opened = ok && (asked || json_bool(json_get(doc, "asked"), false)) && waive_opens(&w, doc);
    }
    if (ok)
        *ret_doc = waive_shown(arena, text, &w, asked, opened);
    if (ok && ret_gate)
        *ret_gate = opened ? SPAN("waived") : a->gate;
    json_free(doc);
    waive_release(&w);
    return ok;
}
