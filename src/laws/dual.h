/* Numbers that carry their derivatives by a device's controls, and of what rounding has made them uncertain.
 *
 * A law is written once, as its formula; its slopes and its size (struct device_function) come with it.
 *   v   the value
 *   d   its derivatives by DUALS variables
 *   e   v is within a few eps of e and of |d| times the variables; a bound to first order, that of a running error
 *       analysis
 * Source: Griewank and Walther, Evaluating Derivatives, 3.1; Higham, Accuracy and Stability of Numerical Algorithms,
 * 3.3. */
#ifndef OPSPICE_DUAL_H
#define OPSPICE_DUAL_H

#include <math.h>
#include <stdint.h>

enum { DUALS = 3 };

struct dual {
    double v, d[DUALS], e;
};

/* A parameter, or what was computed of parameters once: exact. */
static inline struct dual dual_of(double v)
{
    return (struct dual){.v = v};
}

/* The variable `index`. */
static inline struct dual dual_variable(double v, int index)
{
    struct dual x = {.v = v};
    x.d[index] = 1;
    return x;
}

/* f(x), where f(x.v) = v and f'(x.v) = slope. */
static inline struct dual dual_chain(struct dual x, double v, double slope)
{
    struct dual y = {.v = v, .e = fabs(slope) * x.e + fabs(v)};
    for (int k = 0; k < DUALS; k++)
        y.d[k] = x.d[k] == 0 ? 0 : slope * x.d[k];
    return y;
}

static inline struct dual dual_add(struct dual x, struct dual y)
{
    struct dual z = {.v = x.v + y.v};
    z.e = x.e + y.e + fabs(z.v);
    for (int k = 0; k < DUALS; k++)
        z.d[k] = x.d[k] + y.d[k];
    return z;
}

static inline struct dual dual_subtract(struct dual x, struct dual y)
{
    struct dual z = {.v = x.v - y.v};
    z.e = x.e + y.e + fabs(z.v);
    for (int k = 0; k < DUALS; k++)
        z.d[k] = x.d[k] - y.d[k];
    return z;
}

/* x + c */
static inline struct dual dual_shift(struct dual x, double c)
{
    x.v += c;
    x.e += fabs(x.v);
    return x;
}

static inline struct dual dual_scale(double a, struct dual x)
{
    struct dual z = {.v = a * x.v, .e = fabs(a) * x.e + fabs(a * x.v)};
    for (int k = 0; k < DUALS; k++)
        z.d[k] = a * x.d[k];
    return z;
}

static inline struct dual dual_times(struct dual x, struct dual y)
{
    struct dual z = {.v = x.v * y.v};
    z.e = fabs(x.v) * y.e + fabs(y.v) * x.e + fabs(z.v);
    for (int k = 0; k < DUALS; k++)
        z.d[k] = x.d[k] * y.v + x.v * y.d[k];
    return z;
}

static inline struct dual dual_over(struct dual x, struct dual y)
{
    struct dual z = {.v = x.v / y.v};
    z.e = (x.e + fabs(z.v) * y.e) / fabs(y.v) + fabs(z.v);
    for (int k = 0; k < DUALS; k++)
        z.d[k] = (x.d[k] - z.v * y.d[k]) / y.v;
    return z;
}

static inline struct dual dual_square(struct dual x)
{
    return dual_times(x, x);
}

/* x > 0; 0 at 0, with the slopes 0 */
static inline struct dual dual_sqrt(struct dual x)
{
    double root = sqrt(x.v);
    return dual_chain(x, root, root > 0 ? 0.5 / root : 0);
}

static inline struct dual dual_exp(struct dual x)
{
    double e = exp(x.v);
    return dual_chain(x, e, e);
}

/* x^power, x > 0 */
static inline struct dual dual_power(struct dual x, double power)
{
    double v = pow(x.v, power);
    return dual_chain(x, v, power * v / x.v);
}

/* A function of n variables is f at `near`; at x it goes straight on. slope [n], *size as in struct device_function. */
static inline double dual_straight_on(struct dual f, uint32_t n, const double *x, const double *near, double *slope,
                                      double *size)
{
    double value = f.v;
    for (uint32_t k = 0; k < n; k++) {
        slope[k] = f.d[k];
        value += x[k] == near[k] ? 0 : slope[k] * (x[k] - near[k]);
    }
    *size = f.e;
    return value;
}

#endif
