/* roi_text.h - a result of schema stet/roi/1 for a terminal: cost, benefit by kind, how sure that is, what moves it most,
 * what was filled in and what is missing. The object is the only input; unknown numbers are said to be unknown. */
#ifndef STET_REPORT_ROI_TEXT_H
#define STET_REPORT_ROI_TEXT_H

#include "report/report.h"

/* In:     roi the object, with "proposal" {"title","kind","from","to"} and "staged" (stet/roi-staged/1) where they are
 * Out:    lines appended to out. Errors: ERR_VALUE when it is none */
bool report_roi_text(const struct json *roi, const struct report_text_options *opt, struct sb *out,
                     struct err *err) MUST_CHECK;

#endif
