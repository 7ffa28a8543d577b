/* compare_rows.c - rows of a comparison in words, once for the terminal, Markdown and the page. */
#include "report/compare_text.h"

#include <math.h>

#include "report/fmt.h"
#include "report/view.h"
#include "report/view_read.h"

/* Two significant digits below ten points, whole ones above. */
void report_points(struct sb *out, double difference)
{
    double x = difference * 100, size = fabs(x);
    const char *sign = x < 0 ? "-" : x > 0 ? "+" : "";
    if (size >= 9.95)
        sb_printf(out, "%s%.0f", sign, size);
    else if (size >= 0.095)
        sb_printf(out, "%s%.1f", sign, size);
    else if (size > 0)
        sb_printf(out, "%s%.2f", sign, size);
    else
        sb_adds(out, "0");
}

static void read_band(const struct json *v, double ret[3])
{
    static const char *const ends[] = { "lo", "est", "hi" };
    for (int i = 0; i < 3; i++)
        ret[i] = json_num(json_get(v, ends[i]), NUM_UNKNOWN);
}

static struct span taken(struct arena *a, struct sb *s)
{
    struct span text = arena_span(a, sb_span(s));
    sb_release(s);
    return text;
}

static struct span value_words(struct arena *a, double x, bool seconds)
{
    struct sb s = { 0 };
    if (!num_known(x))
        return SPAN("not known");
    if (seconds)
        fmt_seconds(&s, x);
    else
        fmt_percent(&s, x);
    return taken(a, &s);
}

/* Nothing where both ends read as the value does. */
static struct span range_words(struct arena *a, const double v[3], bool seconds)
{
    struct sb s = { 0 };
    if (!num_known(v[1]) || v[2] - v[0] <= (seconds ? 0.001 * v[1] : 0.0005))
        return SPAN("");
    if (seconds) {
        fmt_seconds(&s, v[0]);
        sb_adds(&s, " to ");
        fmt_seconds(&s, v[2]);
    } else {
        fmt_percent_range(&s, v[0], v[2]);
    }
    return taken(a, &s);
}

static void signed_seconds(struct sb *out, double x)
{
    sb_adds(out, x < 0 ? "-" : x > 0 ? "+" : "");
    fmt_seconds(out, fabs(x));
}

static struct span change_words(struct arena *a, double x, bool seconds)
{
    struct sb s = { 0 };
    if (!num_known(x))
        return SPAN("");
    if (seconds) {
        signed_seconds(&s, x);
    } else {
        report_points(&s, x);
        sb_adds(&s, " points");
    }
    return taken(a, &s);
}

static struct span change_range(struct arena *a, const double d[3], bool seconds)
{
    struct sb s = { 0 };
    if (!num_known(d[1]))
        return SPAN("");
    for (int i = 0; i < 3; i += 2) {
        sb_adds(&s, i > 0 ? " to " : "");
        if (seconds)
            signed_seconds(&s, d[i]);
        else
            report_points(&s, d[i]);
    }
    return taken(a, &s);
}

struct compare_row report_compare_row(struct arena *a, const struct json *change, struct span words, struct span detail,
                                      bool seconds)
{
    struct compare_row r = { .words = words, .detail = detail, .seconds = seconds };
    read_band(json_get(change, "base"), r.b);
    read_band(json_get(change, "head"), r.h);
    read_band(json_get(change, "difference"), r.d);
    r.base = value_words(a, r.b[1], seconds);
    r.head = value_words(a, r.h[1], seconds);
    r.change = change_words(a, r.d[1], seconds);
    r.base_range = range_words(a, r.b, seconds);
    r.head_range = range_words(a, r.h, seconds);
    r.change_range = change_range(a, r.d, seconds);
    const struct json *more = json_get(change, "more_than_noise");
    r.known = !json_is_null(more);
    r.more = json_bool(more, false);
    r.reason = view_clean(a, json_str(json_get(change, "reason")), 300);
    r.verdict = !r.known ? SPAN("not compared") : r.more ? SPAN("more than noise") : SPAN("within noise");
    return r;
}

const char *report_rule_state(const struct json *rule, const char *key)
{
    double v = json_num(json_get(rule, key), NUM_UNKNOWN);
    return !num_known(v) ? "not known" : v > 0 ? "holds" : "does not hold";
}

bool report_rule_counts(const struct json *rule)
{
    return json_num(json_get(rule, "base"), 0) > 0 || json_num(json_get(rule, "head"), 0) > 0;
}

bool report_compare_alone(const struct json *doc)
{
    static const char *const ends[] = { "base.est", "head.est" };
    const struct json *rules = json_path(doc, "time.rules_share"), *process = json_path(doc, "time.cpu_share");
    bool alone = true;
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        alone = alone && json_num(json_path(rules, ends[i]), -1) == json_num(json_path(process, ends[i]), -2);
    return alone;
}

bool report_compare_notable(const struct json *change)
{
    return json_bool(json_get(change, "more_than_noise"), false) ||
           json_num(json_path(change, "base.est"), 0) >= 0.01 || json_num(json_path(change, "head.est"), 0) >= 0.01;
}
