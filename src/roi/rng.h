/* rng.h - xoshiro256** 1.0 seeded by splitmix64: the same seed gives the same draws on every machine.
 * Source: Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators". */
#ifndef STET_ROI_RNG_H
#define STET_ROI_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);

/* Here, and not in rng.c, since a simulation spends much of its time in calls of these. */
static inline uint64_t rng_rotl(uint64_t x, unsigned k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rng_rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotl(s[3], 45);
    return result;
}

/* [0, 1), 53 bits */
static inline double rng_uniform(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1p-53;
}

#endif
