/* Pseudo-random numbers whose state is the caller's: the same seed gives the same numbers on every machine. */
#ifndef OPSPICE_RANDOM_H
#define OPSPICE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

/* Any seed is good; a zeroed struct has seed 0. */
struct random random_from(uint64_t seed);

/* Uniform in [-1, 1). */
double random_uniform(struct random *random);

/* Normal with mean 0 and standard deviation 1. Source: Marsaglia and Bray 1964, the polar method. */
double random_normal(struct random *random);

/* Exponential with this mean. */
double random_exponential(struct random *random, double mean);

/* A number of events of which so many are expected: 0 for an expectation that is not positive. Source: Knuth, The Art
 * of Computer Programming 2, 3.4.1; beyond 1000 the normal distribution takes its place. */
double random_poisson(struct random *random, double mean);

#endif
