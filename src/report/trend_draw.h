/* trend_draw.h - shares over runs as the paths of an SVG: band of the intervals, line of the estimates, gaps where a run
 * does not know. Paths hold numbers and letters alone, so that a template can put them into an attribute; colours and
 * widths are the style sheet's. Coordinates fit a viewBox that is stretched, so strokes must not scale. */
#ifndef STET_REPORT_TREND_DRAW_H
#define STET_REPORT_TREND_DRAW_H

#include "base/sb.h"
#include "report/view.h"

struct trend_box {
    double width, height; /* of the viewBox */
    double top;           /* share at the upper edge, above 0 */
};

/* The least of 1, 2, 5, 10, 20, 50 and 100 % that holds all that is known; 100 % when nothing is. */
double trend_top(const struct view_share *points, size_t n);
/* Where run i of n stands, and a share. */
double trend_x(const struct trend_box *box, size_t i, size_t n);
double trend_y(const struct trend_box *box, double share);

/* Closed areas between lo and hi, one for each row of runs that know both; of a run that stands alone a narrow one. */
void trend_band(const struct trend_box *box, const struct view_share *points, size_t n, struct sb *out);
/* The estimates; a run that stands alone is a dot (round line ends). Never leads over a gap. */
void trend_line(const struct trend_box *box, const struct view_share *points, size_t n, struct sb *out);
/* A mark at the lower edge for each run that does not know. */
void trend_gaps(const struct trend_box *box, const struct view_share *points, size_t n, struct sb *out);
/* A dot at run i, for round or square line ends. */
void trend_dot(const struct trend_box *box, const struct view_share *points, size_t i, size_t n, struct sb *out);
/* A line over the whole width at a share; nothing above the top. */
void trend_level(const struct trend_box *box, double share, struct sb *out);

/* "6 runs, 0.3..1.2 %, 1 not known": what the picture shows, for those who do not see it. */
struct span trend_words(struct arena *a, const struct view_share *points, size_t n);

#endif
