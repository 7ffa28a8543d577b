/* `/answer?wall_s=&cpu_s=&ops=&op_s=`: what four numbers say by themselves. Nothing is kept: the address is all of it. */
#include <stdlib.h>

#include "advise/advise.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "http/page_json.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/pages.h"
#include "version.h"

static const char *const numbers[] = { "wall_s", "cpu_s", "ops", "op_s" };

static bool facts_read(const struct request *rq, struct fact_set *facts, struct err *err)
{
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        struct span v = pairs_get(&rq->query, numbers[i]);
        v = v.ptr ? span_trim(v) : SPAN("");
        if (v.len == 0)
            continue;
        any = true;
        if (!facts_declare(facts, span_of(numbers[i]), v, "the form", err)) {
            err->code = ERR_BAD_REQUEST;
            return false;
        }
    }
    return any || err_set(err, ERR_BAD_REQUEST,
                          "give one number at least: seconds, CPU seconds, requests or mean "
                          "response time");
}

static bool analysed(struct request *rq, const struct fact_set *facts, struct sb *doc, struct err *err)
{
    struct advise_verdict verdict;
    struct artefact *a = artefact_new();
    struct artefact *const list[] = { a };
    a->name = SPAN("numbers of the form");
    a->format = "declared";
    a->clock = CLOCK_ACCT;
    struct advise_input in = { .artefacts = list,
                               .artefact_count = 1,
                               .declared = facts,
                               .goal = GOAL_LATENCY,
                               .seed = 1,
                               .as_of_us = rq->now_us,
                               .project = SPAN(""),
                               .run = SPAN(""),
                               .process = SPAN(""),
                               .explain = SPAN(""),
                               .platform = SPAN("") };
    bool ok = rq->service->analyse(&in, doc, &verdict, err);
    artefact_free(a);
    if (!ok && err->code == ERR_VALUE)
        err->code = ERR_BAD_REQUEST;
    return ok;
}

static bool answer_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct fact_set *facts = xcalloc(1, sizeof *facts);
    CLEANUP(json_freep) struct json *doc = NULL;
    CLEANUP(json_freep) struct json *meta = NULL;
    struct sb text = { 0 };
    struct sb members = { 0 };
    struct jsonw w = { .out = &members };
    (void)db;
    (void)user;
    jsonw_obj(&w, NULL);
    jsonw_strz(&w, "project", "four numbers");
    jsonw_strz(&w, "run", "not kept");
    jsonw_bool(&w, "read_only", true);
    jsonw_strz(&w, "version", STET_VERSION);
    jsonw_end_obj(&w);
    bool ok = facts_read(rq, facts, err) && analysed(rq, facts, &text, err) &&
              json_parse(sb_span(&text), PAGE_DEPTH_MAX, &doc, err) &&
              json_parse(sb_span(&members), PAGE_DEPTH_MAX, &meta, err) &&
              report_page_report(doc, meta, SPAN(""), body, err);
    sb_release(&text);
    sb_release(&members);
    free(facts);
    return ok;
}

bool h_page_answer(struct request *rq, struct reply *rp, struct err *err)
{
    return page_reply(rq, rp, "text/html; charset=utf-8", NULL, answer_render, NULL, err);
}
