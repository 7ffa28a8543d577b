#include "report/trend_draw.h"

#include "report/fmt.h"

enum { EDGE = 6 };             /* room at both ends for dots */
static const double ALONE = 3; /* half the width of a band that stands alone */

static bool known(const struct view_share *s)
{
    return num_known(s->est);
}

static bool banded(const struct view_share *s)
{
    return known(s) && num_known(s->lo) && num_known(s->hi);
}

double trend_top(const struct view_share *points, size_t n)
{
    static const double tops[] = { 0.01, 0.02, 0.05, 0.1, 0.2, 0.5 };
    double most = -1;
    for (size_t i = 0; i < n; i++) {
        double hi = banded(&points[i]) ? points[i].hi : points[i].est;
        if (num_known(hi) && hi > most)
            most = hi;
    }
    for (size_t i = 0; most >= 0 && i < ARRAY_LEN(tops); i++) {
        if (most <= tops[i])
            return tops[i];
    }
    return 1;
}

double trend_x(const struct trend_box *box, size_t i, size_t n)
{
    double room = box->width - 2 * EDGE;
    return n < 2 ? box->width / 2 : EDGE + room * (double)i / (double)(n - 1);
}

double trend_y(const struct trend_box *box, double share)
{
    double part = share / box->top;
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    return EDGE + (box->height - 2 * EDGE) * (1 - part);
}

static void point_add(struct sb *out, char letter, double x, double y)
{
    sb_printf(out, "%s%c%.1f %.1f", out->len ? " " : "", letter, x, y);
}

/* Runs from i on that are all banded, or all known. */
static size_t stretch(const struct view_share *points, size_t i, size_t n, bool (*is)(const struct view_share *s))
{
    size_t end = i;
    while (end < n && is(&points[end]))
        end++;
    return end - i;
}

void trend_band(const struct trend_box *box, const struct view_share *points, size_t n, struct sb *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = stretch(points, i, n, banded);
        if (k == 0)
            continue;
        double x = trend_x(box, i, n);
        if (k == 1) {
            point_add(out, 'M', x - ALONE, trend_y(box, points[i].hi));
            point_add(out, 'L', x + ALONE, trend_y(box, points[i].hi));
            point_add(out, 'L', x + ALONE, trend_y(box, points[i].lo));
            point_add(out, 'L', x - ALONE, trend_y(box, points[i].lo));
        }
        for (size_t j = 0; k > 1 && j < k; j++)
            point_add(out, j == 0 ? 'M' : 'L', trend_x(box, i + j, n), trend_y(box, points[i + j].hi));
        for (size_t j = k; k > 1 && j > 0; j--)
            point_add(out, 'L', trend_x(box, i + j - 1, n), trend_y(box, points[i + j - 1].lo));
        sb_adds(out, " Z");
        i += k;
    }
}

void trend_dot(const struct trend_box *box, const struct view_share *points, size_t i, size_t n, struct sb *out)
{
    double y = known(&points[i]) ? trend_y(box, points[i].est) : box->height - EDGE;
    point_add(out, 'M', trend_x(box, i, n), y);
    sb_adds(out, " h0.01");
}

void trend_line(const struct trend_box *box, const struct view_share *points, size_t n, struct sb *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = stretch(points, i, n, known);
        if (k == 1)
            trend_dot(box, points, i, n, out);
        for (size_t j = 0; k > 1 && j < k; j++)
            point_add(out, j == 0 ? 'M' : 'L', trend_x(box, i + j, n), trend_y(box, points[i + j].est));
        i += k;
    }
}

void trend_gaps(const struct trend_box *box, const struct view_share *points, size_t n, struct sb *out)
{
    for (size_t i = 0; i < n; i++) {
        if (known(&points[i]))
            continue;
        point_add(out, 'M', trend_x(box, i, n), box->height);
        sb_printf(out, " V0");
    }
}

void trend_level(const struct trend_box *box, double share, struct sb *out)
{
    if (!num_known(share) || share > box->top || share <= 0)
        return;
    point_add(out, 'M', 0, trend_y(box, share));
    sb_printf(out, " H%.0f", box->width);
}

struct span trend_words(struct arena *a, const struct view_share *points, size_t n)
{
    double lo = NUM_UNKNOWN;
    double hi = NUM_UNKNOWN;
    size_t unknown = 0;
    for (size_t i = 0; i < n; i++) {
        bool band = banded(&points[i]);
        unknown += !known(&points[i]);
        if (!known(&points[i]))
            continue;
        double low = band ? points[i].lo : points[i].est;
        double high = band ? points[i].hi : points[i].est;
        lo = num_known(lo) && lo < low ? lo : low;
        hi = num_known(hi) && hi > high ? hi : high;
    }
    struct sb sb = { 0 };
    sb_printf(&sb, "%zu run%s", n, n == 1 ? "" : "s");
    if (num_known(lo)) {
        sb_adds(&sb, ", ");
        if (hi - lo > 0.0005)
            fmt_percent_range(&sb, lo, hi);
        else
            fmt_percent(&sb, hi);
        if (hi - lo > 0.0005)
            sb_adds(&sb, " %");
    }
    if (unknown > 0 && n > 1 && unknown < n)
        sb_printf(&sb, ", %zu not known", unknown);
    else if (unknown > 0)
        sb_adds(&sb, ", not known");
    struct span words = arena_span(a, sb_span(&sb));
    sb_release(&sb);
    return words;
}
