#include "http/page_json.h"

#include <stdlib.h>

#include "base/json.h"
#include "http/decide.h"
#include "http/json.h"
#include "store/decisions.h"

enum { KEPT_S = 10 };

const char *page_variant(struct request *rq)
{
    struct sb text = { 0 };
    struct span proto = rq->header(rq, "X-Forwarded-Proto");
    sb_printf(&text, "%lld %.*s %.*s", (long long)(rq->now_us / (KEPT_S * INT64_C(1000000))),
              SPAN_FMT(proto.ptr ? proto : SPAN("")), SPAN_FMT(rq->header(rq, "Host")));
    const char *variant = arena_dup(&rq->arena, sb_span(&text));
    sb_release(&text);
    return variant;
}

void page_age_write(struct jsonw *w, const struct request *rq, int64_t since_us)
{
    int64_t days = (rq->now_us - since_us) / (INT64_C(86400) * 1000000);
    jsonw_int(w, "age_days", days > 0 ? days : 0);
}

static void share_write(struct jsonw *w, const struct store_brief *b)
{
    struct store_share none = { NUM_UNKNOWN, NUM_UNKNOWN, NUM_UNKNOWN };
    json_share(w, "cpu_share", b->revision > 0 ? &b->cpu : &none);
}

void page_brief_write(struct jsonw *w, const struct request *rq, const struct store_brief *b, int64_t changed_us)
{
    jsonw_str(w, "verdict", b->revision > 0 ? b->verdict : SPAN("insufficient_evidence"));
    json_text(w, "headline", b->headline);
    jsonw_str(w, "gate", b->revision > 0 ? b->gate : SPAN("insufficient"));
    jsonw_bool(w, "asked", false);
    share_write(w, b);
    json_text(w, "summary", b->summary);
    json_time(w, "updated", changed_us);
    page_age_write(w, rq, changed_us);
}

bool page_decided_write(struct jsonw *w, struct request *rq, struct sql *db, const struct store_project *p, bool *ret,
                        struct err *err)
{
    struct store_decisions list = { 0 };
    struct store_proposal asked;
    struct span gate;
    bool ok = store_decision_list(db, &rq->arena, p->name, SPAN(""), true, 0, 1, &list, err);
    *ret = ok && list.count > 0;
    if (*ret) {
        const struct store_decision *d = &list.items[0];
        ok = store_proposal_get(db, &rq->arena, d->proposal, d->version, &asked, err) &&
             decision_gate(db, &rq->arena, d, rq->now_us, &gate, err);
        if (ok) {
            jsonw_str(w, "question", asked.title);
            jsonw_bool(w, "decided", true);
            jsonw_str(w, "verdict", d->verdict);
            jsonw_str(w, "gate", gate);
            jsonw_bool(w, "asked", true);
            share_write(w, &p->newest);
            json_text(w, "summary", d->summary);
            json_time(w, "updated", d->changed_us);
            page_age_write(w, rq, d->changed_us);
            json_url(w, "decision_url", "/decisions/", d->id, "");
        }
    }
    freep(&list.items);
    return ok;
}

bool page_from(const struct sb *in, bool (*page)(const struct json *in, struct sb *out, struct err *err),
               struct sb *body, struct err *err)
{
    struct json *doc = NULL;
    bool ok = json_parse(sb_span(in), PAGE_DEPTH_MAX, &doc, err) && page(doc, body, err);
    json_free(doc);
    return ok;
}
