/* What needs attention, in words and with the link where something can be done about it. */
#include <stdlib.h>

#include "base/vec.h"
#include "http/json.h"
#include "http/page_json.h"
#include "http/pages.h"
#include "store/decisions.h"

enum { EACH_MAX = 20, ROWS_MAX = 40, OLD_DAYS = 180, LATELY_DAYS = 30 };
static const int64_t DAY_US = INT64_C(86400) * 1000000;

static void row_add(struct attention *a, const char *kind, struct span project, struct span text, struct span url,
                    int64_t at_us)
{
    if (!attention_has(a, project)) {
        struct store_project p = { .name = arena_span(&a->arena, project) };
        VEC_PUSH(&a->projects, p);
    }
    if (a->count == ROWS_MAX) {
        a->left_out++;
        return;
    }
    struct jsonw w = { .out = &a->rows, .comma = a->count > 0 };
    struct sb home = { 0 };
    path_project(&home, project);
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "kind", kind);
    jsonw_str(&w, "project", project);
    jsonw_str(&w, "project_url", sb_span(&home));
    jsonw_str(&w, "text", text);
    jsonw_str(&w, "url", url);
    jsonw_time(&w, "at", at_us);
    jsonw_end_obj(&w);
    sb_release(&home);
    a->count++;
}

static void alert_words(const struct store_alert *x, int64_t now_us, struct sb *out)
{
    struct span title = x->text.len > 0 ? x->text : SPAN("without a title");
    switch (x->kind) {
    case ALERT_FIRED:
        sb_printf(out, "%.*s", SPAN_FMT(title));
        break;
    case ALERT_REOPENED:
        sb_printf(out, "%.*s: decide again", SPAN_FMT(title));
        break;
    case ALERT_STALE:
        sb_printf(out, "%.*s: what it rests on is old or has changed", SPAN_FMT(title));
        break;
    case ALERT_OBJECTION:
        sb_printf(out, "%.*s: %lld without an answer", SPAN_FMT(title), (long long)x->count);
        break;
    case ALERT_FAILED:
        if (x->count == 1)
            sb_printf(out, "%.*s could not be read", SPAN_FMT(title));
        else
            sb_printf(out, "%lld files could not be read, the last one %.*s", (long long)x->count, SPAN_FMT(title));
        break;
    case ALERT_OLD:
        sb_printf(out, "the newest run is %lld days old", (long long)((now_us - x->at_us) / DAY_US));
        break;
    }
}

static const char *alert_kind(enum store_alert_kind kind)
{
    static const char *const names[] = {
        [ALERT_FIRED] = "fired",         [ALERT_REOPENED] = "reopened", [ALERT_STALE] = "stale",
        [ALERT_OBJECTION] = "objection", [ALERT_FAILED] = "failed",     [ALERT_OLD] = "old",
    };
    return names[kind];
}

static void alert_add(struct attention *a, const struct store_alert *x, int64_t now_us)
{
    struct sb text = { 0 };
    struct sb url = { 0 };
    alert_words(x, now_us, &text);
    if (x->decision.len > 0) {
        sb_adds(&url, "/decisions/");
        url_encode(&url, x->decision);
    } else if (x->kind == ALERT_FAILED) {
        path_profile(&url, x->ref, 0);
    } else {
        path_project(&url, x->project);
    }
    row_add(a, alert_kind(x->kind), x->project, sb_span(&text), sb_span(&url), x->at_us);
    sb_release(&text);
    sb_release(&url);
}

/* Waivers that ended by their time, lately: the gate is closed again, and nobody was told. */
static bool waivers_add(struct request *rq, struct sql *db, struct span project, struct attention *a, struct err *err)
{
    struct store_projects with = { 0 };
    bool ok = store_asked_projects(db, &a->arena, project, "waiver", &with, err);
    for (size_t i = 0; ok && i < with.count; i++) {
        struct store_waivers list = { 0 };
        ok = store_waivers(db, &a->arena, with.items[i].name, &list, err);
        for (size_t k = 0; ok && k < list.count; k++) {
            const struct store_waiver *x = &list.items[k];
            struct sb text = { 0 };
            struct sb url = { 0 };
            if (x->granted_us == 0 || strcmp(store_waiver_state(x, rq->now_us), "expired") != 0 ||
                x->until_us < rq->now_us - LATELY_DAYS * DAY_US)
                continue;
            sb_printf(&text, "the waiver of %.*s ended", SPAN_FMT(x->rule));
            path_project(&url, x->project);
            sb_adds(&url, "/proposals");
            row_add(a, "waiver", with.items[i].name, sb_span(&text), sb_span(&url), x->until_us);
            sb_release(&text);
            sb_release(&url);
        }
        freep(&list.items);
    }
    freep(&with.items);
    return ok;
}

bool attention_load(struct request *rq, struct sql *db, struct span project, struct attention *ret, struct err *err)
{
    struct store_alerts list = { 0 };
    *ret = (struct attention){ 0 };
    struct store_alert_query query = { .project = project.len > 0 ? project : rq->who.project,
                                       .failed_after_us = rq->now_us - LATELY_DAYS * DAY_US,
                                       .old_before_us = rq->now_us - OLD_DAYS * DAY_US,
                                       .limit = EACH_MAX };
    bool ok = store_alerts(db, &ret->arena, &query, &list, err);
    for (size_t i = 0; ok && i < list.count; i++)
        alert_add(ret, &list.items[i], rq->now_us);
    freep(&list.items);
    return ok && waivers_add(rq, db, query.project, ret, err);
}

void attention_gate(struct attention *a, struct span project, const struct store_points *points)
{
    if (points->count < 2)
        return;
    const struct store_point *now = &points->items[points->count - 1];
    const struct store_point *before = &points->items[points->count - 2];
    bool open = span_is(now->gate, "pass");
    bool was = span_is(before->gate, "pass");
    bool closed = span_is(now->gate, "fail");
    bool was_closed = span_is(before->gate, "fail");
    if (now->revision == 0 || before->revision == 0 || (open == was && closed == was_closed))
        return;
    struct sb text = { 0 };
    struct sb url = { 0 };
    sb_printf(&text, "the gate is %s with run %.*s, it was %s with the run before",
              open     ? "open"
              : closed ? "closed by evidence"
                       : "not decided",
              SPAN_FMT(now->run),
              was          ? "open"
              : was_closed ? "closed by evidence"
                           : "not decided");
    path_run(&url, project, now->run);
    row_add(a, open ? "opened" : "gate", project, sb_span(&text), sb_span(&url), now->changed_us);
    sb_release(&text);
    sb_release(&url);
}

bool attention_has(const struct attention *a, struct span project)
{
    for (size_t i = 0; i < a->projects.count; i++) {
        if (span_eq(a->projects.items[i].name, project))
            return true;
    }
    return false;
}

void attention_write(const struct attention *a, struct jsonw *w)
{
    struct sb all = { 0 };
    sb_addc(&all, '[');
    sb_add(&all, sb_span(&a->rows));
    sb_addc(&all, ']');
    jsonw_raw(w, "attention", sb_span(&all));
    jsonw_int(w, "attention_left_out", (int64_t)a->left_out);
    sb_release(&all);
}

void attention_release(struct attention *a)
{
    sb_release(&a->rows);
    freep(&a->projects.items);
    arena_release(&a->arena);
}
