/* dview_money.c - the member `roi` in words: what it costs, what it brings, how sure that is. */
#include "report/dview.h"

#include <math.h>
#include <stdio.h>

#include "base/sb.h"
#include "facts/facts.h"
#include "report/fmt.h"
#include "report/view_read.h"

enum { SWINGS_MAX = 40, LINES_MAX = 16, NUMBERS_MAX = 250, CHECKS_MAX = 20, INPUTS_MAX = 40 };

static struct span taken(struct dview *d, struct sb *sb)
{
    struct span kept = view_clean(d->v.arena, sb_span(sb), 400);
    sb_release(sb);
    return kept;
}

static struct dview_quantiles quantiles(const struct json *q)
{
    return (struct dview_quantiles){ read_num(q, "p5"), read_num(q, "p50"), read_num(q, "p80"), read_num(q, "p95") };
}

static void line_add(struct dview *d, const char *key, struct span value)
{
    if (value.len > 0 && d->money_lines_count < LINES_MAX)
        d->money_lines[d->money_lines_count++] = (struct view_pair){ arena_span(d->v.arena, span_of(key)), value };
}

/* "600,000 USD (380,000 to 1.3 million in 9 of 10 outcomes)" */
static struct span usd_line(struct dview *d, const struct dview_quantiles *q)
{
    if (!num_known(q->p50))
        return SPAN("");
    struct span mid = dview_usd(d->v.arena, q->p50);
    if (!num_known(q->p5) || !num_known(q->p95) || q->p95 - q->p5 <= 0.01 * fabs(q->p50))
        return mid;
    struct span lo = dview_usd(d->v.arena, q->p5);
    struct span hi = dview_usd(d->v.arena, q->p95);
    lo.len -= strlen(" USD");
    return view_printf(d->v.arena, "%.*s (9 of 10 outcomes: %.*s to %.*s)", SPAN_FMT(mid), SPAN_FMT(lo), SPAN_FMT(hi));
}

/* Counts of operations: three digits, so that they can be checked by hand. */
static void count_words(struct sb *sb, double n)
{
    if (n >= 1e15)
        sb_printf(sb, "%.2e", n);
    else if (n >= 999.5e9)
        sb_printf(sb, "%.3g trillion", n / 1e12);
    else if (n >= 999.5e6)
        sb_printf(sb, "%.3g billion", n / 1e9);
    else if (n >= 999.5e3)
        sb_printf(sb, "%.3g million", n / 1e6);
    else
        fmt_number(sb, n);
}

/* Years as people say them: "2.5 years", "9.4 months", "7 days". */
static void years_words(struct sb *sb, double years)
{
    if (years >= 1.45) {
        fmt_number(sb, years);
        sb_adds(sb, " years");
    } else if (years >= 1.45 / 12) {
        fmt_number(sb, years * 12);
        sb_adds(sb, " months");
    } else {
        double days = ceil(years * 365.25);
        sb_printf(sb, "%.0f day%s", days, days == 1 ? "" : "s");
    }
}

static void payback_line(struct dview *d)
{
    const struct dview_money *m = &d->money;
    struct sb sb = { 0 };
    if (m->never) {
        sb_adds(&sb, "never");
        if (m->never_below > 0) {
            sb_adds(&sb, " below ");
            count_words(&sb, m->never_below);
            sb_adds(&sb, " operations a year");
        }
    } else if (num_known(m->payback.p50)) {
        years_words(&sb, m->payback.p50);
        sb_adds(&sb, " after delivery at the middle");
    } else if (num_known(m->benefit.p50) && num_known(m->cost.p50)) {
        sb_adds(&sb, "in at least half of the outcomes never");
    }
    if (sb.len > 0 && m->build_years > 0) {
        sb_adds(&sb, "; before that ");
        years_words(&sb, m->build_years);
        sb_adds(&sb, " of building");
    }
    line_add(d, "Paid back", taken(d, &sb));
}

static void breakeven_line(struct dview *d)
{
    const struct dview_money *m = &d->money;
    struct sb sb = { 0 };
    if (m->breakeven > 0) {
        count_words(&sb, m->breakeven);
        sb_adds(&sb, " operations");
        if (m->breakeven_failure > m->breakeven * 1.005) {
            sb_adds(&sb, ", ");
            count_words(&sb, m->breakeven_failure);
            sb_adds(&sb, " with the chance of failure");
        }
        if (m->ops_year > 0) {
            sb_adds(&sb, "; ");
            count_words(&sb, m->ops_year);
            sb_adds(&sb, " a year stated");
        }
    }
    line_add(d, "Break-even", taken(d, &sb));
}

/* None of the draws is not the same as impossible. */
static void chance_words(struct sb *sb, double p, double draws)
{
    if (p == 0 && draws >= 1) {
        sb_adds(sb, "none of ");
        fmt_number(sb, draws);
        sb_adds(sb, " outcomes");
    } else {
        fmt_percent(sb, p);
    }
}

static void chance_line(struct dview *d)
{
    const struct dview_money *m = &d->money;
    struct sb sb = { 0 };
    if (num_known(m->p_pos)) {
        chance_words(&sb, m->p_pos, m->draws);
        if (num_known(m->horizon)) {
            sb_adds(&sb, " within ");
            fmt_number(&sb, m->horizon);
            sb_adds(&sb, " years");
        }
        if (m->pf_default)
            sb_adds(&sb, "; this decides nothing, since the chance of failure was not stated");
        if (m->own_claim)
            sb_adds(&sb, "; rests on the saving that the proposal itself states");
    }
    line_add(d, "Chance to pay back", taken(d, &sb));
    if (num_known(m->p_ceiling)) {
        chance_words(&sb, m->p_ceiling, m->draws);
        line_add(d, "If CPU were free", taken(d, &sb));
    }
    if (num_known(m->pf_opens) && num_known(m->pf_mean)) {
        sb_adds(&sb, "at most ");
        fmt_percent(&sb, m->pf_opens);
        sb_adds(&sb, m->pf_mean <= m->pf_opens && !m->pf_default ? " keeps it open; " : " would open it; ");
        fmt_percent(&sb, m->pf_mean);
        sb_adds(&sb, m->pf_default ? " is assumed" : " is stated");
        line_add(d, "Chance of failure", taken(d, &sb));
    } else if (num_known(m->pf_mean)) {
        fmt_percent(&sb, m->pf_mean);
        sb_adds(&sb, m->pf_default ? ", assumed" : ", stated");
        line_add(d, "Chance of failure", taken(d, &sb));
    }
}

static void lines_make(struct dview *d)
{
    const struct dview_money *m = &d->money;
    d->money_lines = ARENA_ARRAY(d->v.arena, LINES_MAX, struct view_pair);
    struct span cost = usd_line(d, &m->cost);
    line_add(d, "Cost, once", cost.len > 0 || !m->known ? cost : SPAN("not given"));
    line_add(d, "Brings a year", usd_line(d, &m->benefit));
    double extra = m->extra;
    if (num_known(extra) && fabs(extra) >= 0.5)
        line_add(d, "Costs more a year", dview_usd(d->v.arena, extra));
    char net[40] = "Net";
    if (m->horizon > 0 && m->horizon < 1000)
        (void)snprintf(net, sizeof net, "Net over %g year%s", m->horizon, m->horizon == 1 ? "" : "s");
    line_add(d, net, usd_line(d, &m->npv));
    chance_line(d);
    payback_line(d);
    breakeven_line(d);
    if (m->value_of_more > 0)
        line_add(d, "Measuring more",
                 view_printf(d->v.arena, "is worth at most %.*s", SPAN_FMT(dview_usd(d->v.arena, m->value_of_more))));
}

static void tornado_make(const struct json *roi, struct dview *d)
{
    const struct json *list = json_get(roi, "tornado");
    d->tornado = ARENA_ARRAY(d->v.arena, read_count(list, SWINGS_MAX), struct dview_swing);
    EACH (row, list) {
        if (d->tornado_count == SWINGS_MAX)
            break;
        struct sb sb = { 0 };
        struct dview_swing s = { .name = dview_name(d->v.arena, json_str(json_get(row, "name"))),
                                 .npv_low = read_num(row, "npv_low"),
                                 .npv_high = read_num(row, "npv_high") };
        if (num_known(read_num(row, "low")))
            fmt_number(&sb, read_num(row, "low"));
        s.low = taken(d, &sb);
        if (num_known(read_num(row, "high")))
            fmt_number(&sb, read_num(row, "high"));
        s.high = taken(d, &sb);
        d->tornado[d->tornado_count++] = s;
    }
    list = json_get(roi, "checks");
    d->checks = ARENA_ARRAY(d->v.arena, CHECKS_MAX + 1, struct view_pair);
    EACH (row, list) {
        if (d->checks_count == CHECKS_MAX)
            break;
        d->checks[d->checks_count++] = (struct view_pair){
            dview_name(d->v.arena, json_str(json_get(row, "code"))),
            read_text(&d->v, row, "text", 300),
        };
    }
}

/* Members of the proposal of no known name: one line beside the checks of its numbers. */
static void unread_make(const struct json *doc, struct dview *d)
{
    const struct json *list = json_get(doc, "not_read");
    d->unread = ARENA_ARRAY(d->v.arena, read_count(list, INPUTS_MAX), struct view_pair);
    struct sb sb = { 0 };
    EACH (row, list) {
        if (d->unread_count == INPUTS_MAX)
            break;
        struct span path = view_clean(d->v.arena, json_str(row), 120);
        d->unread[d->unread_count++].value = path;
        sb_printf(&sb, "%s%.*s", sb.len > 0 ? ", " : "no member of that name is known, so it is not read: ",
                  SPAN_FMT(path));
    }
    if (sb.len > 0 && d->checks_count <= CHECKS_MAX)
        d->checks[d->checks_count++].value = view_clean(d->v.arena, sb_span(&sb), 300);
    sb_release(&sb);
}

static void number_add(struct dview *d, struct span group, struct span key, const struct json *value)
{
    if (json_kind_of(value) != JSON_NUM || d->numbers_count == NUMBERS_MAX)
        return;
    d->numbers[d->numbers_count++] = (struct view_pair){
        group.len ? view_printf(d->v.arena, "%.*s.%.*s", SPAN_FMT(view_clean(d->v.arena, group, 40)),
                                SPAN_FMT(view_clean(d->v.arena, key, 40)))
                  : view_clean(d->v.arena, key, 60),
        view_printf(d->v.arena, "%.9g", json_num(value, 0)),
    };
}

/* Numbers of the simulation as they were stored; arrays are in the pictures. */
static void numbers_make(const struct json *roi, struct dview *d)
{
    d->numbers = ARENA_ARRAY(d->v.arena, NUMBERS_MAX, struct view_pair);
    EACH (member, roi) {
        if (span_is(json_key(member), "seed")) /* stands among the versions with all its digits */
            continue;
        number_add(d, SPAN(""), json_key(member), member);
        if (json_kind_of(member) != JSON_OBJ)
            continue;
        EACH (inner, member)
            number_add(d, json_key(member), json_key(inner), inner);
    }
}

static struct span default_words(struct dview *d, struct span name, const struct json *value)
{
    struct span words = dview_name(d->v.arena, name);
    double x = json_num(value, NUM_UNKNOWN);
    if (json_kind_of(value) == JSON_STR)
        return view_printf(d->v.arena, "%.*s %.*s", SPAN_FMT(words),
                           SPAN_FMT(view_clean(d->v.arena, json_str(value), 60)));
    if (!num_known(x))
        return words;
    struct sb sb = { 0 };
    if (span_is(name, "speed") || span_is(name, "speed_up")) {
        sb_adds(&sb, "the code becomes ");
        fmt_number(&sb, x);
        sb_adds(&sb, " times faster");
        return taken(d, &sb);
    }
    sb_printf(&sb, "%.*s ", SPAN_FMT(words));
    enum fact_id id;
    bool share = span_ends(name, SPAN("_probability")) || span_ends(name, SPAN("_share")) ||
                 span_ends(name, SPAN("discount_rate"));
    if (fact_find(name, &id))
        fmt_fact(&sb, name, x);
    else if (share && x <= 1)
        fmt_percent(&sb, x);
    else
        fmt_number(&sb, x);
    return taken(d, &sb);
}

static const struct json *default_of(const struct json *roi, struct span name)
{
    EACH (value, json_get(roi, "default_values")) {
        if (span_eq(json_key(value), name))
            return value;
    }
    return NULL;
}

/* Lines of the rules are told as such, apart from what was assumed about cost and benefit. */
static bool is_line(struct span name)
{
    static const char *const lines[] = { "goal", "goal_gain", "min_useful_gain", "cpu_bound_threshold",
                                         "wait_bound_threshold" };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        if (span_is(name, lines[i]))
            return true;
    }
    return false;
}

static void inputs_make(const struct json *doc, struct dview *d)
{
    const struct json *roi = json_get(doc, "roi");
    const struct json *list = json_get(doc, "defaults");
    d->defaults = ARENA_ARRAY(d->v.arena, INPUTS_MAX, struct view_pair);
    EACH (row, list ? list : json_get(roi, "defaults")) {
        if (d->defaults_count == INPUTS_MAX)
            break;
        struct span name = json_kind_of(row) == JSON_STR ? json_str(row) : json_str(json_get(row, "name"));
        if (name.len > 0 && !is_line(name))
            d->defaults[d->defaults_count++].value =
                default_words(d, name, list ? json_get(row, "value") : default_of(roi, name));
    }
    list = json_get(doc, "missing_inputs");
    if (!list)
        list = json_get(doc, "roi_missing");
    if (!list)
        list = json_get(roi, "missing");
    d->missing = ARENA_ARRAY(d->v.arena, INPUTS_MAX, struct view_pair);
    EACH (row, list) {
        if (d->missing_count == INPUTS_MAX)
            break;
        struct span words = dview_name(d->v.arena, json_str(row));
        bool seen = words.len == 0;
        for (size_t i = 0; i < d->missing_count; i++)
            seen = seen || span_eq(d->missing[i].value, words);
        if (!seen)
            d->missing[d->missing_count++].value = words;
    }
}

void dview_money_make(const struct json *doc, struct dview *d)
{
    const struct json *roi = json_get(doc, "roi");
    const struct json *point = json_get(roi, "point");
    inputs_make(doc, d);
    d->money = (struct dview_money){
        .known = json_kind_of(roi) == JSON_OBJ,
        .cost = quantiles(json_get(roi, "cost")),
        .benefit = quantiles(json_get(roi, "benefit")),
        .npv = quantiles(json_get(roi, "npv")),
        .roi = quantiles(json_get(roi, "roi")),
        .payback = quantiles(json_get(roi, "payback")),
        .p_pos = dview_chance(roi, "p_roi_pos"),
        .p_ceiling = dview_chance(roi, "p_roi_pos_ceiling"),
        .build_years = read_num(point, "build_years"),
        .draws = read_num(roi, "draws"),
        .extra = read_num(roi, "annual_cost_extra"),
        .horizon = read_num(roi, "horizon_years"),
        .discount = read_num(roi, "discount_rate"),
        .breakeven = read_num(point, "breakeven_ops"),
        .breakeven_failure = read_num(point, "breakeven_ops_with_failure"),
        .ops_year = read_num(roi, "ops_per_year"),
        .value_of_more = read_num(roi, "value_of_information"),
        .never_below = read_num(point, "never_below_ops_year"),
        .pf_mean = dview_chance(roi, "pf_mean"),
        .pf_opens = dview_chance(roi, "pf_that_opens"),
        .never = json_bool(json_get(point, "never"), false),
        .own_claim = json_bool(json_get(roi, "own_claim"), false),
        .pf_default = json_bool(json_get(roi, "pf_default"), false),
    };
    if (!num_known(d->money.cost.p50))
        d->money.cost.p50 = read_num(point, "cost");
    if (!num_known(d->money.benefit.p50))
        d->money.benefit.p50 = read_num(point, "benefit");
    lines_make(d);
    tornado_make(roi, d);
    unread_make(doc, d);
    numbers_make(roi, d);
}
