#include "report/roi_text.h"

#include <math.h>
#include <stdio.h>

#include "report/dview.h"
#include "report/fmt.h"
#include "report/text_page.h"
#include "report/view_read.h"

enum { LABEL = 10, NAME = 32, BAR = 12, TITLE_MAX = 200, ROWS_MAX = 12, WORDS_MAX = 600 };

struct roi_page {
    struct page page;
    struct arena arena;
    const struct json *roi;
};

static void row(struct roi_page *p, const char *label, struct sb *words)
{
    page_label(&p->page, label);
    page_wrap(&p->page, LABEL, view_clean(&p->arena, sb_span(words), WORDS_MAX));
    sb_reset(words);
}

/* Three digits: 503,000, 1.77 million. */
static void usd(struct sb *s, double x)
{
    double size = num_known(x) && x != 0 ? pow(10, floor(log10(fabs(x))) - 2) : 1;
    if (!num_known(x))
        sb_adds(s, "not known");
    else if (fabs(x) >= 999.5e3)
        sb_printf(s, "%.3g %s USD", fabs(x) >= 999.5e6 ? x / 1e9 : x / 1e6, fabs(x) >= 999.5e6 ? "billion" : "million");
    else {
        fmt_number(s, fabs(x) >= 100 ? nearbyint(x / size) * size : x);
        sb_adds(s, " USD");
    }
}

/* 503 k, -1.4 M: where two stand side by side. */
static void short_usd(struct sb *s, double x)
{
    if (fabs(x) >= 999.5e6)
        sb_printf(s, "%.3g bn", x / 1e9);
    else if (fabs(x) >= 999.5e3)
        sb_printf(s, "%.3g M", x / 1e6);
    else if (fabs(x) >= 999.5)
        sb_printf(s, "%.3g k", x / 1e3);
    else
        sb_printf(s, "%.3g", x);
}

/* Counts keep three digits, so that they can be followed by hand. */
static void count(struct sb *s, double n)
{
    if (n >= 999.5e9)
        sb_printf(s, "%.3g", n);
    else if (n >= 999.5e6)
        sb_printf(s, "%.3g billion", n / 1e9);
    else if (n >= 999.5e3)
        sb_printf(s, "%.3g million", n / 1e6);
    else
        fmt_number(s, n);
}

static void spread(struct roi_page *p, struct sb *s, const char *key)
{
    const struct json *q = json_get(p->roi, key);
    double lo = read_num(q, "p5"), mid = read_num(q, "p50"), hi = read_num(q, "p95");
    usd(s, mid);
    if (!num_known(mid) || !num_known(lo) || !num_known(hi) || hi - lo <= 0.01 * fabs(mid))
        return;
    sb_adds(s, " in the middle; 9 of 10 outcomes from ");
    usd(s, lo);
    sb_adds(s, " to ");
    usd(s, hi);
}

static void head(struct roi_page *p, struct sb *s)
{
    const struct json *of = json_get(p->roi, "proposal");
    struct span title = json_str(json_get(of, "title")), kind = json_str(json_get(of, "kind"));
    struct span from = json_str(json_get(of, "from")), to = json_str(json_get(of, "to"));
    page_paint(&p->page, "1");
    page_clean(&p->page, view_clean(&p->arena, title.len > 0 ? title : SPAN("a proposal without a title"), TITLE_MAX));
    page_paint(&p->page, NULL);
    page_add(&p->page, "\n");
    if (kind.len > 0)
        sb_printf(s, "%.*s", SPAN_FMT(kind));
    if (from.len > 0 && to.len > 0)
        sb_printf(s, "%s%.*s to %.*s", s->len > 0 ? ", " : "", SPAN_FMT(from), SPAN_FMT(to));
    sb_adds(s, s->len > 0 ? "; " : "");
    fmt_number(s, read_num(p->roi, "draws"));
    sb_printf(s, " outcomes drawn; over %.3g years at %.3g %% a year", read_num(p->roi, "horizon_years"),
              100 * read_num(p->roi, "discount_rate"));
    page_wrap(&p->page, 0, view_clean(&p->arena, sb_span(s), WORDS_MAX));
    sb_reset(s);
    page_add(&p->page, "\n");
}

static void cost(struct roi_page *p, struct sb *s)
{
    const struct json *point = json_get(p->roi, "point");
    double years = read_num(point, "build_years"), extra = read_num(p->roi, "annual_cost_extra");
    spread(p, s, "cost");
    row(p, "COST", s);
    if (num_known(read_num(point, "cost"))) {
        sb_adds(s, "as planned, without overrun: ");
        usd(s, read_num(point, "cost"));
        sb_adds(s, ", built in ");
        fmt_number(s, years * 12);
        sb_adds(s, " months");
        row(p, "", s);
    }
    if (num_known(extra)) {
        sb_adds(s, "and every year after delivery: ");
        usd(s, extra);
        row(p, "", s);
    }
}

static void benefit(struct roi_page *p, struct sb *s)
{
    static const struct {
        const char *key, *words;
    } kinds[] = { { "time", "time of operations" },
                  { "compute", "CPU hours" },
                  { "memory", "memory" },
                  { "density", "nodes filled better" },
                  { "latency", "faster answers, as stated" },
                  { "incidents", "incidents avoided" },
                  { "other", "other, as stated" } };
    const struct json *by = json_get(p->roi, "by_kind");
    spread(p, s, "benefit");
    if (num_known(read_num(json_get(p->roi, "benefit"), "p50")))
        sb_adds(s, num_known(read_num(p->roi, "annual_cost_extra")) ? ", a year, the yearly extra cost taken off"
                                                                    : ", a year");
    row(p, "BRINGS", s);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        double x = read_num(by, kinds[i].key);
        if (!num_known(x))
            continue;
        page_indent(&p->page, LABEL);
        page_cell(&p->page, span_of(kinds[i].words), NAME - LABEL + 4);
        usd(s, x);
        page_right(&p->page, sb_span(s), 20);
        sb_reset(s);
        page_add(&p->page, "\n");
    }
    if (json_bool(json_get(p->roi, "gain_from_evidence"), false))
        sb_adds(s, "seconds saved are those that the evidence allows, not those claimed");
    else if (num_known(read_num(by, "time")))
        sb_adds(s, "seconds saved are the proposal's own claim");
    if (s->len > 0)
        row(p, "", s);
}

static void returns(struct roi_page *p, struct sb *s)
{
    const struct json *r = json_get(p->roi, "roi");
    double lo = read_num(r, "p5"), mid = read_num(r, "p50"), hi = read_num(r, "p95");
    spread(p, s, "npv");
    row(p, "NET", s);
    if (num_known(mid)) {
        fmt_number(s, mid);
        sb_adds(s, " times the money spent in the middle");
        if (num_known(lo) && num_known(hi)) {
            sb_adds(s, "; 9 of 10 outcomes from ");
            fmt_number(s, lo);
            sb_adds(s, " to ");
            fmt_number(s, hi);
        }
        row(p, "ROI", s);
    }
}

static void chances(struct roi_page *p, struct sb *s)
{
    double pos = read_num(p->roi, "p_roi_pos"), top = read_num(p->roi, "p_roi_pos_ceiling");
    double pf = read_num(p->roi, "pf_mean"), opens = read_num(p->roi, "pf_that_opens");
    fmt_percent(s, pos);
    if (num_known(pos))
        sb_adds(s, pos >= 0.8 ? ", and 80 % is asked for" : ", where 80 % is asked for");
    row(p, "P(ROI>0)", s);
    sb_adds(s, "chance of failure ");
    fmt_percent(s, pf);
    sb_adds(s, json_bool(json_get(p->roi, "pf_default"), false) ? ", assumed and so never deciding" : ", as stated");
    if (num_known(opens)) {
        sb_adds(s, "; 80 % are reached where at most ");
        fmt_percent(s, opens);
        sb_adds(s, " fail");
    } else if (num_known(pos)) {
        sb_adds(s, "; 80 % are not reached even without failure");
    }
    row(p, "", s);
    if (num_known(top)) {
        sb_adds(s, "were all CPU time of the program free: ");
        fmt_percent(s, top);
        if (json_bool(json_get(p->roi, "own_claim"), false))
            sb_adds(s, " (on the proposal's own claim)");
        row(p, "", s);
    }
}

static void payback(struct roi_page *p, struct sb *s)
{
    const struct json *point = json_get(p->roi, "point"), *q = json_get(p->roi, "payback");
    double planned = read_num(point, "payback"), mid = read_num(q, "p50"),
           below = read_num(point, "never_below_ops_year");
    bool priced = num_known(read_num(p->roi, "p_roi_pos"));
    if (priced) {
        if (num_known(mid))
            sb_printf(s, "%.3g years after delivery in the middle", mid);
        else
            sb_adds(s, "never in at least half of the outcomes");
        if (num_known(planned))
            sb_printf(s, "; %.3g years if all goes as planned", planned);
        if (num_known(read_num(point, "payback_discounted")))
            sb_printf(s, ", %.3g with interest", read_num(point, "payback_discounted"));
        else if (num_known(planned))
            sb_adds(s, ", never with interest");
    } else {
        sb_adds(s, "not known");
    }
    row(p, "PAID BACK", s);
    if (json_kind_of(json_get(point, "never")) == JSON_BOOL && json_bool(json_get(point, "never"), false))
        sb_adds(s, "NEVER: what is to be expected a year is less than the interest on the cost");
    if (num_known(below) && below > 0) {
        sb_adds(s, s->len > 0 ? "; that holds below " : "it would never pay below ");
        count(s, below);
        sb_adds(s, " operations a year");
        if (num_known(read_num(p->roi, "ops_per_year"))) {
            sb_adds(s, ", and ");
            count(s, read_num(p->roi, "ops_per_year"));
            sb_adds(s, " are stated");
        }
    }
    if (s->len > 0)
        row(p, "", s);
}

static void breakeven(struct roi_page *p, struct sb *s)
{
    const struct json *point = json_get(p->roi, "point");
    double ops = read_num(point, "breakeven_ops"), failing = read_num(point, "breakeven_ops_with_failure");
    if (num_known(ops)) {
        count(s, ops);
        sb_adds(s, " operations");
        if (num_known(failing)) {
            sb_adds(s, "; ");
            count(s, failing);
            sb_adds(s, " with the chance of failure");
        }
        if (num_known(read_num(point, "npv_zero_ops_year"))) {
            sb_adds(s, "; net is 0 at ");
            count(s, read_num(point, "npv_zero_ops_year"));
            sb_adds(s, " a year");
        }
        row(p, "EVEN AT", s);
    }
    double more = read_num(p->roi, "value_of_information");
    if (num_known(more)) {
        sb_adds(s, "knowing all of this for certain would be worth at most ");
        usd(s, more);
        row(p, "MEASURING", s);
    }
}

static void staged(struct roi_page *p, struct sb *s)
{
    const struct json *st = json_get(p->roi, "staged");
    double after = read_num(st, "p_roi_pos_after");
    if (json_kind_of(st) != JSON_OBJ)
        return;
    sb_printf(s, "%.2g months for ", read_num(st, "prototype_months"));
    usd(s, read_num(st, "prototype_usd"));
    sb_adds(s, ", stopped there in ");
    fmt_percent(s, read_num(st, "p_kill"));
    sb_adds(s, " of the outcomes: worth ");
    usd(s, read_num(st, "worth"));
    sb_adds(s, " more than going ahead at once; P(ROI>0) of what passes it ");
    fmt_percent(s, after);
    sb_adds(s, ", if ");
    fmt_percent(s, read_num(st, "residual_pf"));
    sb_adds(s, json_bool(json_get(st, "residual_default"), false) ? " still fail (assumed)" : " still fail");
    row(p, "PROTOTYPE", s);
}

/* Bars on one scale, from the lower to the higher NPV. */
static void tornado(struct roi_page *p, struct sb *s)
{
    const struct json *list = json_get(p->roi, "tornado");
    double widest = 0;
    int n = 0;
    EACH (swing, list)
        widest = fmax(widest, fabs(read_num(swing, "npv_high") - read_num(swing, "npv_low")));
    if (!(widest > 0))
        return;
    page_add(&p->page, "\nMOVES IT  net (USD) at both ends of an input, all others at their middle\n");
    EACH (swing, list) {
        if (n++ == ROWS_MAX)
            break;
        double low = read_num(swing, "npv_low"), high = read_num(swing, "npv_high");
        page_indent(&p->page, LABEL);
        page_cell(&p->page, dview_name(&p->arena, json_str(json_get(swing, "name"))), NAME);
        page_bar(&p->page, fabs(high - low) / widest, BAR, "34");
        count(s, read_num(swing, "low"));
        sb_adds(s, " to ");
        count(s, read_num(swing, "high"));
        sb_adds(s, ": ");
        short_usd(s, low);
        sb_adds(s, " to ");
        short_usd(s, high);
        page_add(&p->page, " ");
        page_cut(&p->page, view_clean(&p->arena, sb_span(s), WORDS_MAX), LABEL + NAME + BAR + 1);
        page_add(&p->page, "\n");
        sb_reset(s);
    }
}

static void checks(struct roi_page *p, struct sb *s)
{
    bool first = true;
    EACH (check, json_get(p->roi, "checks")) {
        if (first)
            page_add(&p->page, "\n");
        sb_add(s, json_str(json_get(check, "text")));
        row(p, first ? "LOOK AT" : "", s);
        first = false;
    }
    EACH (path, json_get(p->roi, "not_read"))
        sb_printf(s, "%s%.*s", s->len > 0 ? ", " : "not read, no member of that name is known: ",
                  SPAN_FMT(json_str(path)));
    if (s->len > 0)
        row(p, first ? "LOOK AT" : "", s);
}

static void inputs(struct roi_page *p, struct sb *s)
{
    const struct json *values = json_get(p->roi, "default_values");
    page_add(&p->page, "\n");
    EACH (name, json_get(p->roi, "defaults")) {
        sb_adds(s, s->len > 0 ? "; " : "");
        sb_add(s, dview_name(&p->arena, json_str(name)));
        double x = read_num(values, json_str(name).ptr);
        if (num_known(x))
            sb_printf(s, " %.6g", x);
        else if (span_is(json_str(name), "overrun"))
            sb_adds(s, ": as of comparable projects");
    }
    if (s->len > 0)
        row(p, "ASSUMED", s);
    EACH (name, json_get(p->roi, "missing")) {
        sb_adds(s, s->len > 0 ? "; " : "");
        sb_add(s, dview_name(&p->arena, json_str(name)));
        sb_printf(s, " (%.*s)", SPAN_FMT(json_str(name)));
    }
    if (s->len > 0)
        row(p, "MISSING", s);
}

bool report_roi_text(const struct json *roi, const struct report_text_options *opt, struct sb *out, struct err *err)
{
    struct roi_page p = {
        .page = { .out = out, .width = opt->width > 0 ? opt->width : 100, .colour = opt->colour, .ascii = opt->ascii },
        .roi = roi
    };
    struct sb s = { 0 };
    if (!span_is(json_str(json_get(roi, "schema")), "stet/roi/1"))
        return err_set(err, ERR_VALUE, "want a document of schema stet/roi/1");
    head(&p, &s);
    cost(&p, &s);
    benefit(&p, &s);
    returns(&p, &s);
    chances(&p, &s);
    payback(&p, &s);
    breakeven(&p, &s);
    staged(&p, &s);
    tornado(&p, &s);
    checks(&p, &s);
    inputs(&p, &s);
    sb_release(&s);
    arena_release(&p.arena);
    return true;
}
