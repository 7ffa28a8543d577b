/* tornado.h - which input moves the NPV most. Private to roi/. */
#ifndef STET_ROI_TORNADO_H
#define STET_ROI_TORNADO_H

#include "roi/model.h"

/* NPV at both ends of each random input with all others at their medians, the overrun factor at its own, failure by
 * expectation; widest first. Ends: the range that was stated, else P10 and P90. */
void tornado_make(const struct model *m, struct roi_result *r);

#endif
