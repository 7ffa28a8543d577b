#include "http/trend.h"

#include "http/json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"

enum { DOC_DEPTH_MAX = 64, KINDS_MAX = 24, LIMIT_DEFAULT = 100, LIMIT_MAX = 500 };

static void kinds_write(struct jsonw *w, const char *key, const struct json *list)
{
    int n = 0;
    jsonw_arr(w, key);
    for (const struct json *k = json_first(list); k && n < KINDS_MAX; k = json_next(k), n++) {
        jsonw_obj(w, NULL);
        jsonw_str(w, "category", json_str(json_get(k, "category")));
        jsonw_str(w, "words", json_str(json_get(k, "words")));
        jsonw_num(w, "share", json_num(json_get(k, "share_of_wall"), NUM_UNKNOWN));
        jsonw_end_obj(w);
    }
    jsonw_end_arr(w);
}

void trend_of(const struct json *doc, struct sb *out)
{
    const struct json *time = json_get(doc, "time");
    struct jsonw w = { .out = out };
    jsonw_obj(&w, NULL);
    jsonw_num(&w, "wall_s", json_num(json_get(time, "wall_s"), NUM_UNKNOWN));
    kinds_write(&w, "wait", json_get(time, "wait"));
    kinds_write(&w, "idle", json_get(time, "idle"));
    jsonw_num(&w, "queue", json_num(json_get(time, "runq_share"), NUM_UNKNOWN));
    jsonw_num(&w, "throttled", json_num(json_get(time, "throttled_share"), NUM_UNKNOWN));
    jsonw_num(&w, "unknown", json_num(json_get(time, "unknown_share"), NUM_UNKNOWN));
    jsonw_end_obj(&w);
}

struct store_series trend_chosen(const struct request *rq, const struct store_serieses *all)
{
    struct span branch = pairs_get(&rq->query, "branch");
    struct span scenario = pairs_get(&rq->query, "scenario");
    struct store_series s = { .branch = SPAN(""), .scenario = SPAN("") };
    /* One of both given: the newest series that has it. */
    for (size_t i = 0; i < all->count; i++) {
        const struct store_series *one = &all->items[i];
        if ((!branch.ptr || span_eq(one->branch, branch)) && (!scenario.ptr || span_eq(one->scenario, scenario)))
            return *one;
    }
    if (branch.ptr)
        s.branch = branch;
    if (scenario.ptr)
        s.scenario = scenario;
    return s;
}

static void choices_write(struct jsonw *w, struct span project, const struct store_serieses *all)
{
    jsonw_arr(w, "choices");
    for (size_t i = 0; i < all->count; i++) {
        const struct store_series *s = &all->items[i];
        struct sb url = { 0 };
        path_project(&url, project);
        sb_adds(&url, "?branch=");
        url_encode(&url, s->branch);
        sb_adds(&url, "&scenario=");
        url_encode(&url, s->scenario);
        jsonw_obj(w, NULL);
        jsonw_text(w, "branch", s->branch);
        jsonw_text(w, "scenario", s->scenario);
        jsonw_int(w, "runs", s->runs);
        jsonw_str(w, "url", sb_span(&url));
        jsonw_end_obj(w);
        sb_release(&url);
    }
    jsonw_end_arr(w);
}

/* An analysis made before trends were kept: out of its document. */
static void time_write(struct jsonw *w, const struct store_point *p)
{
    struct json *doc = NULL;
    struct err none = ERR_INIT;
    struct sb text = { 0 };
    if (p->trend.len > 0) {
        jsonw_raw(w, "time", p->trend);
    } else if (p->doc.len > 0 && json_parse(p->doc, DOC_DEPTH_MAX, &doc, &none)) {
        trend_of(doc, &text);
        jsonw_raw(w, "time", sb_span(&text));
    } else {
        jsonw_null(w, "time");
    }
    sb_release(&text);
    json_free(doc);
}

static void point_write(struct jsonw *w, struct span project, const struct store_point *p)
{
    struct sb url = { 0 };
    bool known = p->revision > 0;
    path_run(&url, project, p->run);
    jsonw_obj(w, NULL);
    jsonw_str(w, "run", p->run);
    jsonw_str(w, "url", sb_span(&url));
    jsonw_text(w, "commit", p->commit);
    jsonw_time(w, "created", p->created_us);
    jsonw_int(w, "revision", p->revision);
    jsonw_text(w, "gate", p->gate);
    jsonw_text(w, "verdict", p->verdict);
    jsonw_text(w, "headline", p->headline);
    if (known)
        json_share(w, "cpu_share", &p->cpu);
    else
        jsonw_null(w, "cpu_share");
    time_write(w, p);
    jsonw_end_obj(w);
    sb_release(&url);
}

void trend_write(struct jsonw *w, struct span project, const struct store_serieses *all,
                 const struct store_series *chosen, const struct store_points *points)
{
    jsonw_text(w, "branch", chosen->branch);
    jsonw_text(w, "scenario", chosen->scenario);
    jsonw_int(w, "runs", chosen->runs);
    choices_write(w, project, all);
    jsonw_arr(w, "points");
    for (size_t i = 0; i < points->count; i++)
        point_write(w, project, &points->items[i]);
    jsonw_end_arr(w);
}

struct trend_asked {
    int64_t limit;
};

static bool trend_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct trend_asked *asked = user;
    struct span project = request_param(rq, "project");
    struct store_projects found = { 0 };
    struct store_serieses all = { 0 };
    struct store_points points = { 0 };
    struct store_series chosen = { 0 };
    bool ok = name_project(project, err) && store_projects(db, &rq->arena, project, -1, SPAN(""), 1, &found, err) &&
              (found.count > 0 || err_set(err, ERR_NOT_FOUND, "there is no project '%.*s'", SPAN_FMT(project))) &&
              store_series_list(db, &rq->arena, project, &all, err);
    if (ok) {
        chosen = trend_chosen(rq, &all);
        ok = store_trend(db, &rq->arena, project, &chosen, asked->limit, true, &points, err);
    }
    if (ok) {
        struct jsonw w = { .out = body };
        jsonw_obj(&w, NULL);
        jsonw_str(&w, "project", project);
        trend_write(&w, project, &all, &chosen, &points);
        jsonw_end_obj(&w);
    }
    freep(&found.items);
    freep(&all.items);
    freep(&points.items);
    return ok;
}

bool h_trend(struct request *rq, struct reply *rp, struct err *err)
{
    struct span limit = pairs_get(&rq->query, "limit");
    uint64_t n = LIMIT_DEFAULT;
    if (limit.ptr && limit.len > 0 && (!span_to_u64(limit, &n) || n == 0 || n > LIMIT_MAX))
        return err_set(err, ERR_BAD_REQUEST, "limit: want a whole number from 1 to %d", LIMIT_MAX);
    struct trend_asked asked = { .limit = (int64_t)n };
    return page_reply(rq, rp, "application/json", "trend", trend_render, &asked, err);
}
