/* Two runs held against each other, as JSON and as Markdown. */
#include "base/json.h"
#include "http/compare.h"
#include "http/pages.h"
#include "http/routes.h"
#include "http/service.h"
#include "report/compare_text.h"

enum { DOC_DEPTH_MAX = 64 };

struct wanted {
    struct compare_id base, head;
};

static bool wanted_read(struct request *rq, struct wanted *w, struct err *err)
{
    return compare_id_find(rq, rq->db, "base", pairs_get(&rq->query, "base"), &w->base, err) &&
           compare_id_find(rq, rq->db, "head", pairs_get(&rq->query, "head"), &w->head, err);
}

static bool json_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    const struct wanted *w = user;
    return compare_stored(rq, db, &w->base, &w->head, body, err);
}

static bool markdown_render(struct request *rq, struct sql *db, void *user, struct sb *body, struct err *err)
{
    struct sb text = { 0 };
    struct json *doc = NULL;
    bool ok = json_render(rq, db, user, &text, err) && json_parse(sb_span(&text), DOC_DEPTH_MAX, &doc, err) &&
              report_compare_markdown(doc, body, err);
    json_free(doc);
    sb_release(&text);
    return ok;
}

bool h_compare(struct request *rq, struct reply *rp, struct err *err)
{
    struct wanted w;
    if (!wanted_read(rq, &w, err))
        return false;
    if (request_accepts(rq, "text/markdown"))
        return page_reply(rq, rp, "text/markdown; charset=utf-8", "compare md", markdown_render, &w, err);
    return page_reply(rq, rp, "application/json", "compare", json_render, &w, err);
}
