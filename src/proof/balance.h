/* What leaves a node, or a group of nodes, and how far that is from nothing (certificate.h). */
#ifndef OPSPICE_BALANCE_H
#define OPSPICE_BALANCE_H

#include "util/magnitude.h"
#include <float.h>
#include <math.h>

static const double balance_of_sums = 64 * DBL_EPSILON; /* of the sum of |i|: each is rounded */

struct balance {
    long double sum;  /* A */
    double magnitude; /* A, sum of |i| */
    double largest;   /* A, of one branch */
};

static inline void balance_add(struct balance *balance, double i)
{
    balance->sum += i;
    balance->magnitude += fabs(i);
    balance->largest = greater(balance->largest, fabs(i));
}

/* What is left over above the floor, over the largest current. *floor: A. */
static inline double balance_relative(const struct balance *balance, double *floor)
{
    double residual = fabs((double)balance->sum);
    *floor = balance_of_sums * balance->magnitude + DBL_MIN;
    if (residual <= *floor && isfinite(*floor))
        return 0;
    double relative = (residual - *floor) / balance->largest;
    return relative > 0 && isfinite(*floor) ? relative : INFINITY;
}

#endif
