#include "report/roi_svg.h"

#include <math.h>

#include "report/dview.h"
#include "report/fmt.h"
#include "report/view_read.h"

enum { WIDTH = 720, LEFT = 52, RIGHT = 16, PLOT_TOP = 52, PLOT_HEIGHT = 170, ROW = 26, ROWS_MAX = 14, BARS_MAX = 400 };

static const char loss[] = "#d99a2b", gain[] = "#3f7fbf", faint[] = "#8a929c";

struct plot {
    struct sb *out;
    struct arena arena;
    const char *ink;
    double lo, hi; /* of the horizontal axis */
    double left;
};

const char *roi_picture_name(enum roi_picture which)
{
    static const char *const names[] = { "npv", "tornado", "payback" };
    return names[which];
}

static double at(const struct plot *p, double value)
{
    double x = p->left + (value - p->lo) / (p->hi - p->lo) * (WIDTH - RIGHT - p->left);
    return fmin(fmax(x, p->left), WIDTH - RIGHT);
}

static void begin(struct plot *p, const char *title, double height, bool standalone)
{
    if (standalone)
        sb_adds(p->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    sb_printf(
        p->out,
        "<svg%s viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\" font-family=\"Verdana, DejaVu Sans, sans-serif\" "
        "font-size=\"11\" fill=\"%s\" role=\"img\" aria-label=\"%s\">\n",
        standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", WIDTH, height, WIDTH, height, p->ink, title);
    if (standalone)
        sb_printf(p->out, "<rect width=\"%d\" height=\"%.0f\" fill=\"#ffffff\"/>\n", WIDTH, height);
    sb_printf(p->out, "<text x=\"4\" y=\"16\" font-weight=\"bold\">%s</text>\n", title);
}

static void text(struct plot *p, double x, double y, const char *anchor, struct span words)
{
    sb_printf(p->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    sb_add_xml(p->out, words);
    sb_adds(p->out, "</text>\n");
}

static void line(struct plot *p, double x1, double y1, double x2, double y2, const char *more)
{
    sb_printf(p->out, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" %s/>\n", x1, y1, x2, y2,
              faint, more);
}

static void box(struct plot *p, double x1, double x2, double y, double height, const char *fill, struct span title)
{
    sb_printf(p->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>", fmin(x1, x2), y,
              fmax(fabs(x2 - x1), 0.5), height, fill);
    sb_add_xml(p->out, title);
    sb_adds(p->out, "</title></rect>\n");
}

/* 1.2 M, 503 k: short enough to stand side by side. */
static struct span money(struct plot *p, double usd)
{
    static const struct {
        double from;
        const char *unit;
    } steps[] = { { 999.5e9, "e12" }, { 999.5e6, " bn" }, { 999.5e3, " M" }, { 999.5, " k" } };
    static const double size[] = { 1e12, 1e9, 1e6, 1e3 };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (fabs(usd) >= steps[i].from)
            return view_printf(&p->arena, "%.3g%s", usd / size[i], steps[i].unit);
    }
    return view_printf(&p->arena, "%.3g", usd);
}

/* Labels of one line, left to right, that would run into each other: the later one is left out. */
static void mark(struct plot *p, double value, const char *name, double *free_from)
{
    double x = at(p, value);
    if (!num_known(value))
        return;
    line(p, x, PLOT_TOP - 6, x, PLOT_TOP + PLOT_HEIGHT, "stroke-dasharray=\"3 3\"");
    struct span words = view_printf(&p->arena, "%s %.*s", name, SPAN_FMT(money(p, value)));
    double half = 3.3 * (double)words.len, middle = fmin(fmax(x, p->left + half), WIDTH - half);
    if (middle - half < *free_from)
        return;
    text(p, middle, PLOT_TOP - 10, "middle", words);
    *free_from = middle + half + 6;
}

static double tallest(const struct json *counts)
{
    double most = 0;
    EACH (c, counts)
        most = fmax(most, json_num(c, 0));
    return most;
}

static bool npv_picture(struct plot *p, const struct json *roi, bool standalone, struct err *err)
{
    const struct json *h = json_get(roi, "histogram"), *counts = json_get(h, "counts"), *npv = json_get(roi, "npv");
    double lo = read_num(h, "lo"), hi = read_num(h, "hi"), most = tallest(counts), i = 0, free_from = 0;
    double n = (double)read_count(counts, BARS_MAX), draws = read_num(roi, "draws"), bottom = PLOT_TOP + PLOT_HEIGHT;
    if (!(hi > lo) || !(most > 0))
        return err_set(err, ERR_EMPTY, "the result holds no distribution of the NPV");
    p->left = RIGHT;
    p->lo = fmin(lo, 0);
    p->hi = fmax(hi, 0);
    begin(p, "Net present value of all outcomes, USD", bottom + 34, standalone);
    EACH (c, counts) {
        if (i >= n)
            break;
        double from = lo + (hi - lo) * i / n, to = lo + (hi - lo) * (i + 1) / n,
               height = json_num(c, 0) / most * PLOT_HEIGHT;
        i++;
        if (height <= 0)
            continue;
        struct span title = view_printf(&p->arena, "%.*s to %.*s: %.3g %% of outcomes", SPAN_FMT(money(p, from)),
                                        SPAN_FMT(money(p, to)), 100 * json_num(c, 0) / draws);
        box(p, at(p, from) + 0.5, at(p, to), bottom - height, height, (from + to) / 2 < 0 ? loss : gain, title);
    }
    line(p, p->left, bottom, WIDTH - RIGHT, bottom, "");
    line(p, at(p, 0), PLOT_TOP, at(p, 0), bottom + 5, "stroke-width=\"2\"");
    mark(p, read_num(npv, "p5"), "P5", &free_from);
    mark(p, read_num(npv, "p50"), "P50", &free_from);
    mark(p, read_num(npv, "p95"), "P95", &free_from);
    text(p, p->left, bottom + 18, "start", money(p, p->lo));
    if (at(p, 0) > p->left + 50 && at(p, 0) < WIDTH - RIGHT - 50)
        text(p, at(p, 0), bottom + 18, "middle", SPAN("0"));
    text(p, WIDTH - RIGHT, bottom + 18, "end", money(p, p->hi));
    struct span chance = view_printf(&p->arena,
                                     "above 0: %.3g %% of %.0f outcomes; the outer 1 %% on each side stand in the "
                                     "last bars",
                                     100 * read_num(roi, "p_roi_pos"), draws);
    text(p, 4, 30, "start", chance);
    return true;
}

static void swing_row(struct plot *p, const struct json *row, double y)
{
    struct span name = dview_name(&p->arena, json_str(json_get(row, "name")));
    double low = read_num(row, "npv_low"), high = read_num(row, "npv_high");
    struct sb ends = { 0 };
    fmt_number(&ends, read_num(row, "low"));
    sb_adds(&ends, " to ");
    fmt_number(&ends, read_num(row, "high"));
    struct span title = view_printf(&p->arena, "%.*s from %s: %.*s to %.*s USD", SPAN_FMT(name), sb_cstr(&ends),
                                    SPAN_FMT(money(p, low)), SPAN_FMT(money(p, high)));
    text(p, p->left - 8, y + 14, "end", view_clean(&p->arena, name, 34));
    double zero = fmin(fmax(0, fmin(low, high)), fmax(low, high));
    if (fmin(low, high) < 0)
        box(p, at(p, fmin(low, high)), at(p, zero), y + 3, 14, loss, title);
    if (fmax(low, high) > 0)
        box(p, at(p, zero), at(p, fmax(low, high)), y + 3, 14, gain, title);
    sb_printf(p->out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"9\" text-anchor=\"end\" fill=\"%s\">", p->left - 8,
              y + 25, faint);
    sb_add_xml(p->out, span_of(sb_cstr(&ends)));
    sb_adds(p->out, "</text>\n");
    sb_release(&ends);
}

static bool tornado_picture(struct plot *p, const struct json *roi, bool standalone, struct err *err)
{
    const struct json *list = json_get(roi, "tornado");
    size_t n = read_count(list, ROWS_MAX), i = 0;
    p->lo = 0;
    p->hi = 0;
    p->left = 250;
    EACH (row, list) {
        double low = json_num(json_get(row, "npv_low"), 0), high = json_num(json_get(row, "npv_high"), 0);
        p->lo = fmin(p->lo, fmin(low, high));
        p->hi = fmax(p->hi, fmax(low, high));
    }
    if (n == 0 || !(p->hi > p->lo))
        return err_set(err, ERR_EMPTY, "no input of the result is uncertain, so there is nothing to compare");
    double bottom = 30 + ROW * 1.15 * (double)n;
    begin(p, "What moves the net present value most, USD", bottom + 30, standalone);
    line(p, at(p, 0), 26, at(p, 0), bottom + 4, "stroke-width=\"2\"");
    EACH (row, list) {
        if (i == n)
            break;
        swing_row(p, row, 26 + ROW * 1.15 * (double)i++);
    }
    text(p, p->left, bottom + 18, "start", money(p, p->lo));
    text(p, WIDTH - RIGHT, bottom + 18, "end", money(p, p->hi));
    return true;
}

static bool payback_picture(struct plot *p, const struct json *roi, bool standalone, struct err *err)
{
    const struct json *curve = json_get(roi, "payback_curve");
    double years = read_num(roi, "horizon_years"), bottom = PLOT_TOP + PLOT_HEIGHT, i = 0, last = NUM_UNKNOWN;
    size_t n = read_count(curve, BARS_MAX);
    if (n < 2 || !(years > 0) || json_kind_of(json_first(curve)) != JSON_NUM)
        return err_set(err, ERR_EMPTY, "the result holds no payback");
    p->left = LEFT;
    p->lo = 0;
    p->hi = years;
    begin(p, "Chance to be paid back, by years after delivery", bottom + 34, standalone);
    for (int step = 0; step <= 4; step++) {
        double y = bottom - PLOT_HEIGHT * step / 4.0;
        line(p, p->left, y, WIDTH - RIGHT, y, step == 0 ? "" : "stroke-opacity=\"0.4\"");
        text(p, p->left - 6, y + 4, "end", view_printf(&p->arena, "%d %%", 25 * step));
    }
    line(p, p->left, bottom - 0.8 * PLOT_HEIGHT, WIDTH - RIGHT, bottom - 0.8 * PLOT_HEIGHT, "stroke-dasharray=\"3 3\"");
    sb_printf(p->out, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", gain);
    EACH (c, curve) {
        if (i >= (double)n)
            break;
        last = json_num(c, 0);
        sb_printf(p->out, "%.1f,%.1f ", at(p, years * i++ / (double)(n - 1)), bottom - PLOT_HEIGHT * last);
    }
    sb_adds(p->out, "\"/>\n");
    for (int step = 0; step <= 5; step++)
        text(p, at(p, years * step / 5), bottom + 18, "middle", view_printf(&p->arena, "%.3g", years * step / 5));
    text(p, 4, 30, "start",
         view_printf(&p->arena,
                     "after %.3g years: %.3g %%; dashed: 80 %%, which the rules ask for; the cost is not discounted "
                     "here",
                     years, 100 * last));
    return true;
}

bool report_roi_svg(const struct json *roi, enum roi_picture which, bool standalone, struct sb *out, struct err *err)
{
    struct plot p = { .out = out, .ink = standalone ? "#14181d" : "currentColor" };
    bool ok = which == ROI_PICTURE_NPV       ? npv_picture(&p, roi, standalone, err)
              : which == ROI_PICTURE_TORNADO ? tornado_picture(&p, roi, standalone, err)
                                             : payback_picture(&p, roi, standalone, err);
    if (ok)
        sb_adds(out, "</svg>\n");
    arena_release(&p.arena);
    return ok;
}
