/* Proposals: what proposal_parse refuses is said with a place, each fault with its field; what it takes can be priced
 * with few draws, plain and staged, and gives a document of JSON whose probabilities are probabilities. */
#include "fuzz.h"

#include "base/sb.h"
#include "roi/roi.h"

#include <assert.h>
#include <math.h>

enum { DRAWS = 200, DEPTH_MAX = 20 };

static void is_chance(double p)
{
    assert(!num_known(p) || (p >= 0 && p <= 1));
}

static void is_ordered(const struct roi_quantiles *q)
{
    assert(!num_known(q->p5) || (q->p5 <= q->p50 && q->p50 <= q->p80 && q->p80 <= q->p95));
}

static void result_check(const struct roi_result *r)
{
    struct sb text = { 0 };
    struct jsonw w = { .out = &text };
    struct json *doc = NULL;
    struct err err = ERR_INIT;
    is_chance(r->p_roi_pos);
    is_chance(r->p_roi_pos_ceiling);
    is_chance(r->pf_mean);
    is_ordered(&r->cost);
    is_ordered(&r->npv);
    is_ordered(&r->roi);
    is_ordered(&r->payback);
    assert(!num_known(r->value_of_information) || r->value_of_information >= -1e-6 * fabs(r->npv_mean));
    roi_json(&w, NULL, r);
    bool parsed = json_parse(sb_span(&text), DEPTH_MAX, &doc, &err);
    assert(parsed);
    json_free(doc);
    sb_release(&text);
}

static void price(const struct roi_plan *plan, const struct roi_evidence *ev)
{
    struct roi_options opt = { .seed = 1, .draws = DRAWS, .bins = 16 };
    struct roi_result r;
    struct roi_staged s;
    struct err err = ERR_INIT;
    if (!roi_compute(plan, ev, &opt, &r, &err)) {
        assert(err.code == ERR_VALUE);
        return;
    }
    result_check(&r);
    bool priced = num_known(r.p_roi_pos);
    roi_release(&r);
    err = ERR_INIT;
    if (roi_staged(plan, ev, NULL, &opt, &s, &err)) {
        assert(priced);
        result_check(&s.result);
        is_chance(s.p_kill);
        is_chance(s.p_roi_pos_after);
        roi_staged_release(&s);
    } else {
        assert(!priced || err.code == ERR_VALUE);
    }
}

static void faults_check(const struct field_errors *e, const struct err *err)
{
    assert(err->code != ERR_NONE && err->text[0] != '\0');
    for (size_t i = 0; i < e->count; i++) {
        assert(e->items[i].text[0] != '\0');
        assert(span_is_utf8(span_of(e->items[i].field)) && span_is_utf8(span_of(e->items[i].text)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct field_errors errors = { .items = NULL };
    struct err err = ERR_INIT;
    struct proposal *p = NULL;
    if (!proposal_parse(span_make((const char *)data, size), &p, &errors, &err)) {
        faults_check(&errors, &err);
        assert(p == NULL);
        field_errors_release(&errors);
        return 0;
    }
    assert(errors.count == 0);
    struct roi_evidence ev = ROI_EVIDENCE_NONE;
    struct roi_plan plan = roi_plan_of(p);
    price(&plan, NULL);
    price(&plan, &ev);
    ev.p = ev.q = (struct share){ 0.2, 0.3, 0.9 };
    ev.speed = (struct speed_range){ 0.9, 2, 10 };
    ev.cpu_share_hi = 0.9;
    ev.sized_by_cpu = true;
    price(&plan, &ev);
    for (uint32_t i = 0; i < p->alternative_count && i < 2; i++) {
        struct roi_plan other = roi_plan_of_alternative(p, &p->alternatives[i]);
        price(&other, NULL);
    }
    proposal_free(p);
    return 0;
}
