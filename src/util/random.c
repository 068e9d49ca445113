#include "util/random.h"

#include <math.h>

struct random random_from(uint64_t seed)
{
    return (struct random){.state = seed};
}

/* Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", SplitMix64. */
static uint64_t next(struct random *random)
{
    uint64_t bits = random->state += 0x9e3779b97f4a7c15u;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

double random_uniform(struct random *random)
{
    return (double)(next(random) >> 11) * 0x1p-52 - 1.0;
}

double random_normal(struct random *random)
{
    double x, square;
    do {
        x = random_uniform(random);
        double y = random_uniform(random);
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    return x * sqrt(-2.0 * log(square) / square);
}

double random_exponential(struct random *random, double mean)
{
    return -mean * log((1.0 - random_uniform(random)) / 2);
}

double random_poisson(struct random *random, double mean)
{
    static const double large = 1000;
    if (mean > large)
        return fmax(0, nearbyint(mean + sqrt(mean) * random_normal(random)));
    double count = 0;
    for (double time = random_exponential(random, 1); time < mean; time += random_exponential(random, 1))
        count++;
    return count;
}
