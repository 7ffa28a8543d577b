/* rng.h - xoshiro256** 1.0 seeded by splitmix64: the same seed gives the same draws on every machine.
 * Source: Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators". */
#ifndef STET_ROI_RNG_H
#define STET_ROI_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r); /* [0, 1), 53 bits */

#endif
