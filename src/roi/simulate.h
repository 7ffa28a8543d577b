/* simulate.h - the draws: many futures of one plan. Private to roi/. */
#ifndef STET_ROI_SIMULATE_H
#define STET_ROI_SIMULATE_H

#include "roi/model.h"
#include "roi/room.h"

struct stage { /* before the plan; without one all stays 0 and nothing is drawn */
    bool used;
    struct quantity months, usd, residual_pf; /* usd absent: people and rate of the plan */
};

struct draws {
    uint32_t n, columns;
    double *cost, *benefit, *npv, *roi, *payback; /* NULL where not known */
    double *kind[BENEFIT_COUNT];
    uint32_t positive, positive_ceiling, positive_done; /* NPV > 0; with free CPU; were nothing to fail */
    double npv_sum, npv_gain_sum;                       /* of all; of those above 0 */
    /* with a stage */
    uint32_t passed, positive_passed, positive_passed_done;
    double kill_sum, residual_sum;
    double *stage_usd;
};

/* In: seed, n > 0. Out: *ret, whose columns are the room's until the next simulation there. The same input gives the
 * same numbers, whatever the room held before. */
void simulate(const struct model *m, const struct stage *stage, uint64_t seed, uint32_t n, struct roi_room *room,
              struct draws *ret);

#endif
