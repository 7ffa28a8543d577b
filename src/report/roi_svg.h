/* roi_svg.h - pictures of a result of schema stet/roi/1 (or the member `roi` of a decision): static SVG with
 * presentation attributes and <title>, no style, no script. The same object gives the same bytes. */
#ifndef STET_REPORT_ROI_SVG_H
#define STET_REPORT_ROI_SVG_H

#include "base/err.h"
#include "base/json.h"
#include "base/sb.h"

enum roi_picture {
    ROI_PICTURE_NPV,     /* distribution of the NPV, loss and gain apart, P5 P50 P95 marked (member histogram) */
    ROI_PICTURE_TORNADO, /* which input moves the NPV most (member tornado) */
    ROI_PICTURE_PAYBACK, /* chance to be paid back by year after delivery (member payback_curve) */
    ROI_PICTURE_COUNT
};
const char *roi_picture_name(enum roi_picture which); /* "npv" "tornado" "payback" */

/* report_roi_svg - one picture, 720 wide.
 * In:     roi the object; standalone: with XML declaration and name space, on white, else for a place inside HTML, in the
 *         colour of the text around it
 * Out:    SVG appended to out. Errors: ERR_EMPTY when the members that it draws are absent or hold nothing */
bool report_roi_svg(const struct json *roi, enum roi_picture which, bool standalone, struct sb *out,
                    struct err *err) MUST_CHECK;

#endif
