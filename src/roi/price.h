/* price.h - what plain and staged prices share. Private to roi/. */
#ifndef STET_ROI_PRICE_H
#define STET_ROI_PRICE_H

#include "roi/simulate.h"

/* As roi_compute, with a stage before the plan. Out: the draws as well, where ret_draws is not NULL; their
 * columns are those of opt->room, which then is not NULL. */
bool roi_price(const struct roi_plan *plan, const struct roi_evidence *ev, const struct stage *stage,
               const struct roi_options *opt, struct draws *ret_draws, struct roi_result *ret,
               struct err *err) MUST_CHECK;
/* Largest failure probability at which P(NPV > 0) reaches 0.8, when it is p_done without failure; NaN none. */
double roi_pf_opens(double p_done);

#endif
