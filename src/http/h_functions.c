/* Functions of projects over their runs: as documents, as the page of a project, and the search over all of them. */
#include <stdlib.h>

#include "base/num.h"
#include "base/vec.h"
#include "http/access.h"
#include "http/functions.h"
#include "http/json.h"
#include "http/page_json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/functions_page.h"
#include "version.h"

#define HTML "text/html; charset=utf-8"

enum { LIMIT_DEFAULT = 20, LIMIT_EACH = 5, LIMIT_ALL = 200, PROJECTS_MAX = 200, SHOWN_PROJECTS = 50, OFFSET_MAX = 1000000 };

/* --- what is asked for --- */

struct asked {
    struct span q;
    enum name_match_kind kind;
    bool off;
    size_t limit, offset;
};

static struct span param(const struct request *rq, const char *name)
{
    struct span v = pairs_get(&rq->query, name);
    return v.ptr ? v : SPAN("");
}

static bool number_read(const struct request *rq, const char *name, uint64_t lowest, uint64_t most, size_t *ret,
                        struct err *err)
{
    struct span v = param(rq, name);
    uint64_t n = *ret;
    if (v.len > 0 && (!span_to_u64(v, &n) || n < lowest || n > most))
        return err_set(err, ERR_BAD_REQUEST, "%s: want a whole number from %llu to %llu", name,
                       (unsigned long long)lowest, (unsigned long long)most);
    *ret = (size_t)n;
    return true;
}

static bool asked_read(const struct request *rq, size_t limit, struct asked *a, struct err *err)
{
    struct span match = param(rq, "match");
    struct span clock = param(rq, "clock");
    *a = (struct asked){ .q = span_trim(param(rq, "q")), .limit = limit, .off = span_is(clock, "off") };
    if (match.len > 0 && !name_match_kind_from(match, &a->kind))
        return err_set(err, ERR_BAD_REQUEST, "match: want text, glob or regexp");
    if (clock.len > 0 && !a->off && !span_is(clock, "cpu"))
        return err_set(err, ERR_BAD_REQUEST, "clock: want cpu or off");
    return number_read(rq, "limit", 1, FUNCTION_HITS_MAX, &a->limit, err) &&
           number_read(rq, "cursor", 0, OFFSET_MAX, &a->offset, err);
}

static bool match_make(const struct asked *a, struct name_match **ret, struct err *err)
{
    if (name_match_new(a->kind, a->q, ret, err))
        return true;
    err->code = ERR_BAD_REQUEST;
    return false;
}

/* --- one project --- */

static void asked_write(struct jsonw *w, const struct asked *a)
{
    static const char *const kinds[] = { "text", "glob", "regexp" };
    jsonw_str(w, "q", a->q);
    jsonw_strz(w, "match", kinds[a->kind]);
    jsonw_strz(w, "clock", a->off ? "off" : "cpu");
}

static bool project_write(struct sql *db, struct span project, const struct asked *a, struct jsonw *w, struct err *err)
{
    struct name_match *match = NULL;
    struct function_found found = { 0 };
    struct sb next = { 0 };
    if (!match_make(a, &match, err))
        return false;
    struct function_query q = {
        .project = project, .match = match, .off = a->off, .offset = a->offset, .limit = a->limit, .trend = true
    };
    bool ok = function_search(db, &q, &found, err);
    if (ok) {
        asked_write(w, a);
        jsonw_int(w, "runs", found.run_count);
        jsonw_int(w, "matched", (int64_t)found.matched);
        jsonw_bool(w, "partial", found.partial);
        jsonw_arr(w, "functions");
        for (size_t i = 0; i < found.hit_count; i++)
            function_hit_write(w, &q, &found, &found.hits[i]);
        jsonw_end_arr(w);
        if (a->offset + found.hit_count < found.matched)
            sb_printf(&next, "%zu", a->offset + found.hit_count);
        json_text(w, "next", sb_span(&next));
    }
    sb_release(&next);
    function_found_release(&found);
    name_match_free(match);
    return ok;
}

static bool project_known(struct request *rq, struct sql *db, struct span project, struct err *err)
{
    struct store_projects list = { 0 };
    bool ok = name_project(project, err) && store_projects(db, &rq->arena, project, -1, SPAN(""), 1, &list, err) &&
              (list.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project)));
    free(list.items);
    return ok;
}

static bool functions_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct span project = request_param(rq, "project");
    struct jsonw w = { .out = body };
    if (!project_known(rq, db, project, err))
        return false;
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", project);
    bool ok = project_write(db, project, user, &w, err);
    jsonw_end_obj(&w);
    return ok;
}

bool h_functions(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked a;
    return asked_read(rq, LIMIT_DEFAULT, &a, err) &&
           page_reply(rq, rp, "application/json", "functions", functions_render, &a, err);
}

static void path_functions(struct sb *out, struct span project)
{
    path_project(out, project);
    sb_adds(out, "/functions");
}

static void next_write(struct jsonw *w, struct span project, const struct asked *a, const char *key, size_t offset)
{
    static const char *const kinds[] = { "text", "glob", "regexp" };
    struct sb url = { 0 };
    path_functions(&url, project);
    sb_printf(&url, "?match=%s&clock=%s&cursor=%zu&q=", kinds[a->kind], a->off ? "off" : "cpu", offset);
    url_encode(&url, a->q);
    jsonw_str(w, key, sb_span(&url));
    sb_release(&url);
}

static bool functions_page_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct asked *a = user;
    struct span project = request_param(rq, "project");
    struct sb in = { 0 };
    struct sb url = { 0 };
    struct jsonw w = { .out = &in };
    if (!project_known(rq, db, project, err))
        return false;
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "project", project);
    path_project(&url, project);
    jsonw_str(&w, "project_url", sb_span(&url));
    bool ok = project_write(db, project, a, &w, err);
    jsonw_int(&w, "offset", (int64_t)a->offset);
    next_write(&w, project, a, "page_url", a->offset + a->limit);
    sb_reset(&url);
    path_functions(&url, project);
    jsonw_str(&w, "functions_url", sb_span(&url));
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    ok = ok && page_from(&in, report_page_functions, body, err);
    sb_release(&url);
    sb_release(&in);
    return ok;
}

bool h_page_functions(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked a;
    return asked_read(rq, LIMIT_DEFAULT, &a, err) &&
           page_reply(rq, rp, HTML, "functions", functions_page_render, &a, err);
}

/* --- all projects --- */

static bool names_project(struct span name, struct span words)
{
    struct sb low = { 0 };
    for (size_t i = 0; i < words.len; i++)
        sb_addc(&low, words.ptr[i] >= 'A' && words.ptr[i] <= 'Z' ? (char)(words.ptr[i] + 32) : words.ptr[i]);
    bool in = span_find(name, 0, sb_span(&low)) < name.len;
    sb_release(&low);
    return in;
}

static bool project_add(struct sql *db, struct span project, const struct asked *a, struct name_match *match,
                        struct jsonw *w, int64_t *shown, int64_t *matched, bool *partial, struct err *err)
{
    struct function_found found;
    struct function_query q = { .project = project, .match = match, .off = a->off, .limit = a->limit };
    bool ok = function_search(db, &q, &found, err);
    for (size_t i = 0; ok && i < found.hit_count && *shown < LIMIT_ALL; i++, ++*shown)
        function_hit_write(w, &q, &found, &found.hits[i]);
    *matched += ok ? (int64_t)found.matched : 0;
    *partial = *partial || found.partial;
    function_found_release(&found);
    return ok;
}

/* "projects" whose name holds the words and "functions" of all, at most a->limit a project; none while nothing is asked. */
static bool all_write(struct request *rq, struct sql *db, const struct asked *a, struct jsonw *w, struct err *err)
{
    struct store_projects list = { 0 };
    struct name_match *match = NULL;
    int64_t shown = 0;
    int64_t matched = 0;
    size_t named = 0;
    bool partial = false;
    bool ok = match_make(a, &match, err) &&
              store_projects(db, &rq->arena, rq->who.project, -1, SPAN(""), PROJECTS_MAX + 1, &list, err);
    size_t n = list.count < PROJECTS_MAX ? list.count : PROJECTS_MAX;
    jsonw_arr(w, "projects");
    for (size_t i = 0; ok && i < n && named < SHOWN_PROJECTS; i++) {
        if (a->q.len > 0 && !names_project(list.items[i].name, a->q))
            continue;
        struct sb url = { 0 };
        path_project(&url, list.items[i].name);
        jsonw_obj(w, NULL);
        jsonw_str(w, "name", list.items[i].name);
        jsonw_str(w, "url", sb_span(&url));
        json_text(w, "summary", list.items[i].newest.summary);
        jsonw_end_obj(w);
        sb_release(&url);
        named++;
    }
    jsonw_end_arr(w);
    jsonw_arr(w, "functions");
    for (size_t i = 0; ok && a->q.len > 0 && i < n; i++)
        ok = project_add(db, list.items[i].name, a, match, w, &shown, &matched, &partial, err);
    jsonw_end_arr(w);
    jsonw_int(w, "matched", matched);
    jsonw_bool(w, "partial", partial || list.count > n || matched > shown);
    name_match_free(match);
    free(list.items);
    return ok;
}

static bool all_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct jsonw w = { .out = body };
    jsonw_obj(&w, NULL);
    asked_write(&w, user);
    bool ok = all_write(rq, db, user, &w, err);
    jsonw_end_obj(&w);
    return ok;
}

bool h_functions_all(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked a;
    return asked_read(rq, LIMIT_EACH, &a, err) && page_reply(rq, rp, "application/json", NULL, all_render, &a, err);
}

static bool search_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct asked *a = user;
    struct sb in = { 0 };
    struct jsonw w = { .out = &in };
    jsonw_obj(&w, NULL);
    asked_write(&w, a);
    json_text(&w, "search", a->q);
    bool ok = all_write(rq, db, a, &w, err);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    ok = ok && page_from(&in, report_page_search, body, err);
    sb_release(&in);
    return ok;
}

bool h_page_search(struct request *rq, struct reply *rp, struct err *err)
{
    struct asked a;
    /* Which projects there are differs by who asks: not kept. */
    return asked_read(rq, LIMIT_EACH, &a, err) && page_reply(rq, rp, HTML, NULL, search_render, &a, err);
}
