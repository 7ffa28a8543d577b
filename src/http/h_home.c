/* `/`: all projects, filtered by name and answer, a page at a time. */
#include <stdlib.h>

#include "base/json.h"
#include "base/num.h"
#include "base/vec.h"
#include "http/decide.h"
#include "http/decision_pages.h"
#include "http/json.h"
#include "http/page_json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "policy/policy.h"
#include "report/pages.h"
#include "version.h"

enum { ROWS_MAX = 50, READ_AT_ONCE = 200, SPARK_RUNS = 20, LOOKED_AT_MAX = 2000 };

struct home {
    struct request *rq;
    struct sql *db;
    struct span words, state;
    struct sb wanted; /* the words without capitals: names have none */
    bool further;     /* not the first page */
    struct attention attention;
    struct store_projects asked; /* that have proposals */
    struct sb rows;              /* members of a JSON array */
    size_t count;
    struct store_project last; /* of the rows */
    bool more;
};

static void home_release(struct home *h)
{
    attention_release(&h->attention);
    freep(&h->asked.items);
    sb_release(&h->rows);
    sb_release(&h->wanted);
}

static bool listed(const struct store_projects *list, struct span name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (span_eq(list->items[i].name, name))
            return true;
    }
    return false;
}

static void spark_write(struct jsonw *w, const struct store_points *points)
{
    jsonw_arr(w, "trend");
    for (size_t i = 0; i < points->count; i++) {
        if (points->items[i].revision > 0)
            json_share(w, NULL, &points->items[i].cpu);
        else
            jsonw_null(w, NULL);
    }
    jsonw_end_arr(w);
}

/* The runs of the newest run's branch and scenario, and whether they moved the gate. */
static bool trend_add(struct home *h, const struct store_project *p, struct jsonw *w, struct err *err)
{
    struct store_points points = { 0 };
    struct store_series series;
    bool ok = p->runs < 2 || (store_series_of(h->db, &h->rq->arena, p->name, p->run, &series, err) &&
                              store_trend(h->db, &h->rq->arena, p->name, &series, SPARK_RUNS, false, &points, err));
    if (ok) {
        spark_write(w, &points);
        attention_gate(&h->attention, p->name, &points);
    }
    freep(&points.items);
    return ok;
}

static bool question_write(struct home *h, const struct store_project *p, struct jsonw *w, struct err *err)
{
    bool decided = false;
    struct project_asked asked = { 0 };
    if (listed(&h->asked, p->name)) {
        if (!page_decided_write(w, h->rq, h->db, p, &decided, err))
            return false;
        if (!decided && !project_asked(h->db, &h->rq->arena, p->name, &asked, err))
            return false;
    }
    if (!decided) {
        json_text(w, "question", asked.title);
        page_brief_write(w, h->rq, &p->newest, p->changed_us);
    }
    return true;
}

/* The colour under which a row is filtered: as the page shows it. */
static struct span row_state(const struct json *row)
{
    struct span gate = json_str(json_get(row, "gate"));
    struct span verdict = json_str(json_get(row, "verdict"));
    if (span_is(gate, "pass") || span_is(gate, "waived"))
        return SPAN("open");
    return span_is(verdict, "insufficient_evidence") ? SPAN("undecided") : SPAN("closed");
}

static bool row_wanted(const struct home *h, const struct store_project *p, struct span members)
{
    struct json *row = NULL;
    struct err none = ERR_INIT;
    if (h->state.len == 0)
        return true;
    if (span_is(h->state, "attention"))
        return attention_has(&h->attention, p->name);
    bool ok = json_parse(members, PAGE_DEPTH_MAX, &row, &none) && span_eq(row_state(row), h->state);
    json_free(row);
    return ok;
}

static bool row_add(struct home *h, const struct store_project *p, struct err *err)
{
    struct sb text = { 0 };
    struct sb url = { 0 };
    struct jsonw w = { .out = &text };
    path_project(&url, p->name);
    jsonw_obj(&w, NULL);
    jsonw_str(&w, "name", p->name);
    jsonw_str(&w, "url", sb_span(&url));
    jsonw_int(&w, "runs", p->runs);
    bool ok = question_write(h, p, &w, err) && trend_add(h, p, &w, err);
    jsonw_end_obj(&w);
    if (ok && row_wanted(h, p, sb_span(&text))) {
        h->more = h->count == ROWS_MAX;
        if (!h->more) {
            if (h->count++ > 0)
                sb_addc(&h->rows, ',');
            sb_add(&h->rows, sb_span(&text));
            h->last = *p;
        }
    }
    sb_release(&text);
    sb_release(&url);
    return ok;
}

/* "TIME~NAME" of the last row of the page before. */
static bool cursor_read(const struct home *h, int64_t *ret_us, struct span *ret_name, struct err *err)
{
    struct span cursor = pairs_get(&h->rq->query, "after");
    struct span us;
    uint64_t n = 0;
    *ret_us = -1;
    *ret_name = SPAN("");
    if (!cursor.ptr || cursor.len == 0)
        return true;
    if (!span_split(cursor, '~', &us, ret_name) || !span_to_u64(us, &n) || n > INT64_MAX)
        return err_set(err, ERR_BAD_REQUEST, "after: want the link of an earlier page");
    *ret_us = (int64_t)n;
    return true;
}

static bool rows_fill(struct home *h, struct err *err)
{
    int64_t before_us = -1;
    struct span before = SPAN("");
    size_t looked_at = 0;
    bool end = false;
    bool ok = cursor_read(h, &before_us, &before, err);
    h->further = before_us >= 0;
    while (ok && !end && !h->more && looked_at < LOOKED_AT_MAX) {
        struct store_projects page = { 0 };
        ok = store_projects(h->db, &h->rq->arena, h->rq->who.project, before_us, before, READ_AT_ONCE, &page, err);
        for (size_t i = 0; ok && i < page.count && !h->more; i++) {
            const struct store_project *p = &page.items[i];
            if (h->wanted.len == 0 || span_find(p->name, 0, sb_span(&h->wanted)) < p->name.len)
                ok = row_add(h, p, err);
            before_us = p->changed_us;
            before = p->name;
        }
        looked_at += page.count;
        end = page.count < READ_AT_ONCE;
        freep(&page.items);
    }
    return ok;
}

/* Of the samples, one of each kind of answer. */
static bool examples_write(struct home *h, struct jsonw *w, struct err *err)
{
    static const char *const cases[] = { "gate-opens", "py-native", "py-http-wait" };
    bool ok = true;
    jsonw_arr(w, "examples");
    for (size_t i = 0; ok && i < ARRAY_LEN(cases); i++) {
        struct store_projects one = { 0 };
        if (!access_sees(h->rq, span_of(cases[i])))
            continue;
        ok = store_projects(h->db, &h->rq->arena, span_of(cases[i]), -1, SPAN(""), 1, &one, err);
        if (ok && one.count > 0 && one.items[0].newest.revision > 0) {
            const struct store_project *p = &one.items[0];
            struct sb url = { 0 };
            path_run(&url, p->name, p->run);
            jsonw_obj(w, NULL);
            jsonw_str(w, "title", p->newest.headline);
            jsonw_str(w, "url", sb_span(&url));
            jsonw_str(w, "text", p->newest.summary);
            jsonw_str(w, "verdict", p->newest.verdict);
            jsonw_str(w, "gate", p->newest.gate);
            jsonw_end_obj(w);
            sb_release(&url);
        }
        freep(&one.items);
    }
    jsonw_end_arr(w);
    return ok;
}

static void more_write(const struct home *h, struct jsonw *w)
{
    struct sb url = { 0 };
    sb_adds(&url, "/?");
    if (h->words.len > 0) {
        sb_adds(&url, "q=");
        url_encode(&url, h->words);
        sb_addc(&url, '&');
    }
    if (h->state.len > 0)
        sb_printf(&url, "state=%.*s&", SPAN_FMT(h->state));
    sb_printf(&url, "after=%lld~", (long long)h->last.changed_us);
    url_encode(&url, h->last.name);
    jsonw_str(w, "more_url", sb_span(&url));
    sb_release(&url);
}

static bool home_write(struct home *h, unsigned long long generation, struct sb *out, struct err *err)
{
    struct jsonw w = { .out = out };
    struct sb all = { 0 };
    struct sb base = { 0 };
    bool ok = true;
    sb_addc(&all, '[');
    sb_add(&all, sb_span(&h->rows));
    sb_addc(&all, ']');
    request_base(h->rq, &base);
    jsonw_obj(&w, NULL);
    json_text(&w, "search", h->words);
    json_text(&w, "state", h->state);
    jsonw_bool(&w, "further", h->further);
    jsonw_raw(&w, "projects", sb_span(&all));
    attention_write(&h->attention, &w);
    if (h->words.len == 0 && h->state.len == 0 && !h->further && config_int(h->rq->service->config, CONFIG_demo))
        ok = examples_write(h, &w, err);
    jsonw_strz(&w, "upload_action", "/upload");
    jsonw_strz(&w, "quick_action", "/answer");
    jsonw_str(&w, "base_url", sb_span(&base));
    if (h->more)
        more_write(h, &w);
    jsonw_int(&w, "generation", (int64_t)generation);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    sb_release(&all);
    sb_release(&base);
    return ok;
}

static bool state_read(const struct request *rq, struct span *ret, struct err *err)
{
    static const char *const states[] = { "", "open", "closed", "undecided", "attention" };
    struct span v = pairs_get(&rq->query, "state");
    *ret = v.ptr ? v : SPAN("");
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (span_is(*ret, states[i]))
            return true;
    }
    return err_set(err, ERR_BAD_REQUEST, "state: want open, closed, undecided or attention");
}

static bool home_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct home h = { .rq = rq, .db = db };
    struct sb in = { 0 };
    unsigned long long generation = atomic_load(&rq->service->generation);
    (void)user;
    struct span words = pairs_get(&rq->query, "q");
    h.words = words.ptr ? span_sub(span_trim(words), 0, 100) : SPAN("");
    for (size_t i = 0; i < h.words.len; i++) {
        char c = h.words.ptr[i];
        sb_addc(&h.wanted, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    bool ok = state_read(rq, &h.state, err) && attention_load(rq, db, SPAN(""), &h.attention, err) &&
              store_asked_projects(db, &rq->arena, rq->who.project, "proposal", &h.asked, err) && rows_fill(&h, err) &&
              home_write(&h, generation, &in, err) && page_from(&in, report_page_home, body, err);
    sb_release(&in);
    home_release(&h);
    return ok;
}

bool h_page_home(struct request *rq, struct reply *rp, struct err *err)
{
    return page_reply(rq, rp, "text/html; charset=utf-8", page_variant(rq), home_render, NULL, err);
}
