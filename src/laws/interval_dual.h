/* Intervals that carry intervals of slopes: what a number can be over a box of the variables that it is a function of,
 * and what its difference quotients by each of them can be there. For any two points of the box
 *   f(x) - f(y) = sum of d_k (x_k - y_k),   with some d_k in d[k].
 * The chain rule keeps that, for functions with corners too. Rounded outwards, as interval.h is; where a function of
 * the library underflows an end is the least normal number.
 * Source: Krawczyk and Neumaier 1985, SIAM Journal on Numerical Analysis 22 (interval slopes). */
#ifndef OPSPICE_INTERVAL_DUAL_H
#define OPSPICE_INTERVAL_DUAL_H

#include "laws/dual.h"
#include "laws/interval.h"
#include <float.h>
#include <stdint.h>

struct interval_dual {
    struct interval v, d[DUALS];
};

/* An end that is 0 may be that by underflow. */
static inline struct interval interval_no_underflow(struct interval x)
{
    if (x.high >= 0 && x.high < DBL_MIN)
        x.high = DBL_MIN;
    if (x.low <= 0 && x.low > -DBL_MIN && signbit(x.low))
        x.low = -DBL_MIN;
    return x;
}

static inline struct interval_dual interval_dual_of(double v)
{
    return (struct interval_dual){.v = interval_point(v)};
}

/* The variable `index`. */
static inline struct interval_dual interval_dual_variable(struct interval v, int index)
{
    struct interval_dual x = {.v = v};
    x.d[index] = interval_point(1);
    return x;
}

/* f(x), where v holds f and slope its difference quotients over x.v. */
static inline struct interval_dual interval_dual_chain(struct interval_dual x, struct interval v, struct interval slope)
{
    struct interval_dual y = {.v = v};
    for (int k = 0; k < DUALS; k++)
        y.d[k] = interval_product(slope, x.d[k]);
    return y;
}

static inline struct interval_dual interval_dual_add(struct interval_dual x, struct interval_dual y)
{
    struct interval_dual z = {.v = interval_sum(x.v, y.v)};
    for (int k = 0; k < DUALS; k++)
        z.d[k] = interval_sum(x.d[k], y.d[k]);
    return z;
}

static inline struct interval_dual interval_dual_scale(double a, struct interval_dual x)
{
    return interval_dual_chain(x, interval_product(interval_point(a), x.v), interval_point(a));
}

static inline struct interval_dual interval_dual_subtract(struct interval_dual x, struct interval_dual y)
{
    return interval_dual_add(x, interval_dual_scale(-1, y));
}

/* x + c */
static inline struct interval_dual interval_dual_shift(struct interval_dual x, double c)
{
    x.v = interval_sum(x.v, interval_point(c));
    return x;
}

/* A function of x and y, where v holds its values and by_x, by_y its difference quotients by each. */
static inline struct interval_dual interval_dual_join(struct interval v, struct interval_dual x, struct interval by_x,
                                                      struct interval_dual y, struct interval by_y)
{
    struct interval_dual z = {.v = v};
    for (int k = 0; k < DUALS; k++)
        z.d[k] = interval_sum(interval_product(by_x, x.d[k]), interval_product(by_y, y.d[k]));
    return z;
}

static inline struct interval_dual interval_dual_times(struct interval_dual x, struct interval_dual y)
{
    return interval_dual_join(interval_product(x.v, y.v), x, y.v, y, x.v);
}

/* x / y: whatever there may be where y has 0 inside */
static inline struct interval_dual interval_dual_over(struct interval_dual x, struct interval_dual y)
{
    struct interval_dual z = {.v = interval_quotient(x.v, y.v)};
    for (int k = 0; k < DUALS; k++) {
        struct interval rise = interval_difference(x.d[k], interval_product(z.v, y.d[k]));
        z.d[k] = interval_quotient(rise, y.v);
    }
    return z;
}

/* x^power, x >= 0 */
static inline struct interval_dual interval_dual_power(struct interval_dual x, double power)
{
    x.v.low = fmax(x.v.low, 0);
    struct interval slope = interval_product(interval_point(power), interval_power(x.v, power - 1, false));
    return interval_dual_chain(x, interval_no_underflow(interval_power(x.v, power, false)), slope);
}

static inline struct interval_dual interval_dual_square(struct interval_dual x)
{
    return interval_dual_chain(x, interval_power(x.v, 2, false), interval_product(interval_point(2), x.v));
}

static inline struct interval_dual interval_dual_sqrt(struct interval_dual x)
{
    return interval_dual_power(x, 0.5);
}

static inline struct interval_dual interval_dual_exp(struct interval_dual x)
{
    struct interval e = interval_no_underflow(interval_rising(exp, x.v));
    return interval_dual_chain(x, e, e);
}

/* What is one of both, where these meet without a gap. */
static inline struct interval_dual interval_dual_hull(struct interval_dual x, struct interval_dual y)
{
    struct interval_dual z = {.v = interval_hull(x.v, y.v)};
    for (int k = 0; k < DUALS; k++)
        z.d[k] = interval_hull(x.d[k], y.d[k]);
    return z;
}

/* The greater of x and c; the less of x and y. */
static inline struct interval_dual interval_dual_above(struct interval_dual x, double c)
{
    if (x.v.high <= c)
        return interval_dual_of(c);
    struct interval slope = {x.v.low >= c ? 1 : 0, 1};
    return interval_dual_chain(x, (struct interval){fmax(x.v.low, c), x.v.high}, slope);
}

static inline struct interval_dual interval_dual_least(struct interval_dual x, struct interval_dual y)
{
    if (x.v.high <= y.v.low || y.v.high <= x.v.low)
        return x.v.high <= y.v.low ? x : y;
    struct interval_dual z = interval_dual_hull(x, y);
    z.v.high = fmin(x.v.high, y.v.high);
    return z;
}

/* As a device's function gives it (device.h): the value, and slopes by the first n variables. */
static inline bool interval_dual_put(struct interval_dual x, uint32_t n, struct interval *value, struct interval *slope)
{
    *value = x.v;
    for (uint32_t k = 0; k < n; k++)
        slope[k] = x.d[k];
    return true;
}

#endif
