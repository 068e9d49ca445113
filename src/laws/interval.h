/* Closed intervals of numbers, rounded outwards: what an operation can give of all the numbers in its operands. Ends
 * may be infinite; nothing here is NAN. 0 times what is infinite is 0. Source: Moore 1966, "Interval Analysis". */
#ifndef OPSPICE_INTERVAL_H
#define OPSPICE_INTERVAL_H

#include "netlist/functions.h"
#include <math.h>

struct interval {
    double low, high;
};

#define INTERVAL_WHOLE ((struct interval){-INFINITY, INFINITY})

static inline struct interval interval_point(double x)
{
    return (struct interval){x, x};
}

static inline bool interval_has(struct interval x, double y)
{
    return x.low <= y && y <= x.high;
}

static inline struct interval interval_hull(struct interval x, struct interval y)
{
    return (struct interval){fmin(x.low, y.low), fmax(x.high, y.high)};
}

/* What both hold, if anything. */
static inline struct interval interval_common(struct interval x, struct interval y)
{
    struct interval common = {fmax(x.low, y.low), fmin(x.high, y.high)};
    return common.low <= common.high ? common : x;
}

/* The largest |y| in it. */
static inline double interval_magnitude(struct interval x)
{
    return fmax(fabs(x.low), fabs(x.high));
}

struct interval interval_negative(struct interval x);
struct interval interval_sum(struct interval x, struct interval y);
struct interval interval_difference(struct interval x, struct interval y);
struct interval interval_product(struct interval x, struct interval y);

/* The whole line where y has 0 inside. */
struct interval interval_quotient(struct interval x, struct interval y);

/* y + g (x - at) */
struct interval interval_line(struct interval y, struct interval g, double at, struct interval x);

/* What was found of a function over an interval, part by part. */
struct interval_found {
    struct interval value, slope;
    bool any;
};

void interval_find(struct interval_found *found, struct interval value, struct interval slope);

/* What a function of one argument (FUNCTION_ONE), and its derivative, can be for x within its domain. Of a derivative:
 * what any difference quotient can be, so it is unbounded where the value may jump. */
struct interval interval_function(const struct function *function, struct interval x);
struct interval interval_slope(const struct function *function, struct interval x);

/* Of a function of the library that rises, or stays. */
struct interval interval_rising(double (*f)(double), struct interval x);

/* Of a function that rises by steps, on both sides of steps at the ends of x. */
struct interval interval_steps(double (*f)(double), struct interval x);

/* |x|^p, with the sign of x or without. The derivative is p times that of p - 1, the other way about. */
struct interval interval_power(struct interval x, double p, bool keeps_sign);

/* Points whose x rise, y [count] at x [count], `stride` doubles apart. */
struct interval_points {
    const double *x, *y;
    size_t stride, count;
};

/* The straight lines between them where x passes, and before the first and beyond the last one flat, or as steep as
 * there; and their slopes. */
struct interval interval_polyline(const struct interval_points *points, bool is_flat_beyond, struct interval x,
                                  struct interval *slope);

/* The points of a table or pwl where x passes, and the slopes between them. The points rise. */
struct interval interval_look_up(const struct function_points *points, struct interval x, struct interval *slope);

#endif
