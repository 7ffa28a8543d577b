/* checks.h - figures of a proposal held against each other and against what is known of projects. Private to roi/. */
#ifndef STET_ROI_CHECKS_H
#define STET_ROI_CHECKS_H

#include "roi/model.h"

void checks_make(const struct model *m, const struct roi_plan *plan, struct roi_result *r);

/* COCOMO II.2000, nominal: person-months and months for source lines without tests. */
double cocomo_effort(double lines);
double cocomo_months(double effort);

#endif
