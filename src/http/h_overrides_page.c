/* The page of a project's corrections, and its forms: they work without scripts. */
#include <stdlib.h>

#include "base/num.h"
#include "http/body.h"
#include "http/json.h"
#include "http/overrides.h"
#include "http/page_json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "http/spool.h"
#include "http/watch.h"
#include "report/overrides_page.h"
#include "version.h"

#define HTML "text/html; charset=utf-8"

enum { ROWS = 100, REASON_MAX = 2000 };

static void path_overrides(struct sb *out, struct span project)
{
    path_project(out, project);
    sb_adds(out, "/overrides");
}

static void categories_write(struct jsonw *w)
{
    struct err none = ERR_INIT;
    jsonw_arr(w, "categories");
    for (int c = 0; c < CAT_COUNT; c++) {
        if (!classify_override_check(SPAN("name"), (enum category)c, &none))
            continue;
        jsonw_obj(w, NULL);
        jsonw_strz(w, "name", category_name((enum category)c));
        jsonw_strz(w, "words", category_words((enum category)c));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

static void rows_write(struct jsonw *w, const struct store_overrides *list)
{
    size_t n = list->count < ROWS ? list->count : ROWS;
    struct sb url = { 0 };
    jsonw_arr(w, "overrides");
    for (size_t i = 0; i < n; i++) {
        const struct store_override *o = &list->items[i];
        jsonw_obj(w, NULL);
        override_members(w, o);
        sb_reset(&url);
        path_overrides(&url, o->project);
        sb_addc(&url, '/');
        url_encode(&url, o->id);
        sb_adds(&url, "/revoke");
        jsonw_str(w, "revoke_action", sb_span(&url));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
    if (list->count > n) {
        sb_reset(&url);
        path_overrides(&url, list->items[0].project);
        sb_printf(&url, "?cursor=%lld", (long long)list->items[n - 1].seq);
        jsonw_str(w, "more_url", sb_span(&url));
    }
    sb_release(&url);
}

static void asked_write(struct jsonw *w, const struct request *rq)
{
    static const char *const names[] = { "pattern", "kind", "category" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct span v = pairs_get(&rq->query, names[i]);
        json_text(w, names[i], v.ptr ? span_sub(v, 0, OVERRIDE_PATTERN_MAX) : SPAN(""));
    }
}

static bool page_write(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const int64_t *before = user;
    struct span project = request_param(rq, "project");
    struct store_overrides list = { 0 };
    struct sb in = { 0 };
    struct sb url = { 0 };
    struct jsonw w = { .out = &in };
    bool ok = store_override_list(db, &rq->arena, project, OVERRIDES_ALL, *before, ROWS + 1, &list, err);
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", project);
    path_project(&url, project);
    jsonw_str(&w, "project_url", sb_span(&url));
    sb_adds(&url, "/overrides");
    jsonw_str(&w, "action", sb_span(&url));
    asked_write(&w, rq);
    categories_write(&w);
    rows_write(&w, &list);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    ok = ok && page_from(&in, report_page_overrides, body, err);
    sb_release(&url);
    sb_release(&in);
    free(list.items);
    return ok;
}

bool h_page_overrides(struct request *rq, struct reply *rp, struct err *err)
{
    struct store_project p;
    int64_t before = 0;
    struct span cursor = pairs_get(&rq->query, "cursor");
    if (cursor.len > 0 && (!span_to_i64(cursor, &before) || before <= 0))
        return err_set(err, ERR_BAD_REQUEST, "cursor: want that of a link of this page");
    return project_find(rq, request_param(rq, "project"), &p, err) &&
           page_reply(rq, rp, HTML, "overrides", page_write, &before, err);
}

/* --- forms --- */

/* The newest run first, so that what is looked at next is up to date. */
static void changed(struct request *rq, struct reply *rp, struct span project, struct span id)
{
    struct sb url = { 0 };
    struct sb unread = { 0 };
    struct jsonw w = { .out = &unread };
    struct store_run run;
    struct err none = ERR_INIT;
    jsonw_obj(&w, NULL);
    if (store_run_get(rq->db, &rq->arena, project, SPAN(""), &run, &none) && run.profiles > 0)
        (void)analysis_again(rq, &run, &w);
    sb_release(&unread);
    service_told(rq->service, "overrides", project, id);
    reclassify_later(rq->service, project);
    path_overrides(&url, project);
    reply_redirect(rp, sb_span(&url));
    sb_release(&url);
}

static struct span field(struct request *rq, const struct pairs *form, const char *name, size_t max)
{
    struct span v = pairs_get(form, name);
    return v.ptr ? arena_span(&rq->arena, span_sub(span_trim(v), 0, max)) : SPAN("");
}

bool h_form_override(struct request *rq, struct reply *rp, struct err *err)
{
    char id[27];
    struct span body = SPAN("");
    struct pairs form = { 0 };
    struct store_project p;
    struct store_override_put put;
    struct store_override o = { .project = request_param(rq, "project"), .by = rq->who.name, .created_us = rq->now_us };
    bool ok = project_find(rq, o.project, &p, err) &&
              body_small(rq, rq->service->limits.json_body_bytes, &body, err) &&
              pairs_decode(&form, &rq->arena, body, err);
    o.pattern = field(rq, &form, "pattern", OVERRIDE_PATTERN_MAX + 1);
    o.kind = field(rq, &form, "kind", 20);
    o.category = field(rq, &form, "category", 40);
    o.reason = field(rq, &form, "reason", REASON_MAX);
    pairs_release(&form);
    if (!ok || !override_words(&o, err) || !service_id(id, rq->now_us, err))
        return false;
    o.id = span_of(id);
    if (!store_override_put(rq->service->store, &rq->arena, &o, OVERRIDES_STORED_MAX, &put, err))
        return false;
    changed(rq, rp, o.project, put.id);
    return true;
}

bool h_form_override_revoke(struct request *rq, struct reply *rp, struct err *err)
{
    bool was = false;
    struct span project = request_param(rq, "project");
    struct span id = request_param(rq, "id");
    if (!name_project(project, err) ||
        !store_override_revoke(rq->service->store, project, id, rq->who.name, rq->now_us, &was, err))
        return false;
    changed(rq, rp, project, id);
    return true;
}
