/* Numbers of four times the precision of a double: the unevaluated sum of four, largest first, none of which overlaps
 * the next. A relative error of some 2^-205, also where terms cancel. Slow beside struct dd: for what 106 bits do not
 * tell, a current of 1e-16 A at nodes that 1e23 A flow through.
 *
 * Source: Hida, Li, Bailey 2001, "Algorithms for quad-double precision arithmetic". */
#ifndef OPSPICE_QUAD_DOUBLE_H
#define OPSPICE_QUAD_DOUBLE_H

#include "util/double_double.h"

enum { QUAD_PARTS = 4 };

struct qd {
    double part[QUAD_PARTS];
};

static inline struct qd qd_from_dd(struct dd x)
{
    return (struct qd){{x.hi, x.lo}};
}

/* x += y */
static inline void qd_add_double(struct qd *x, double y)
{
    for (int p = 0; p < QUAD_PARTS; p++) {
        struct dd sum = two_sum(x->part[p], y);
        x->part[p] = sum.hi;
        y = sum.lo;
    }
    for (int pass = 0; pass < 2; pass++)
        for (int p = QUAD_PARTS - 1; p > 0; p--) {
            struct dd sum = two_sum(x->part[p - 1], x->part[p]);
            x->part[p - 1] = sum.hi;
            x->part[p] = sum.lo;
        }
}

static inline struct qd qd_add(struct qd x, struct qd y)
{
    for (int p = 0; p < QUAD_PARTS; p++)
        qd_add_double(&x, y.part[p]);
    return x;
}

static inline struct qd qd_negative(struct qd x)
{
    return (struct qd){{-x.part[0], -x.part[1], -x.part[2], -x.part[3]}};
}

static inline struct qd qd_mul_double(struct qd x, double y)
{
    struct qd product = {{0}};
    for (int p = 0; p < QUAD_PARTS; p++) {
        struct dd part = two_product(x.part[p], y);
        qd_add_double(&product, part.hi);
        qd_add_double(&product, part.lo);
    }
    return product;
}

/* x / y, y not 0. */
static inline struct qd qd_div_double(struct qd x, double y)
{
    struct qd quotient = {{0}};
    for (int p = 0; p < QUAD_PARTS + 1; p++) { /* long division: what is left over is divided again */
        double digit = x.part[0] / y;
        struct dd back = two_product(digit, y);
        qd_add_double(&quotient, digit);
        qd_add_double(&x, -back.hi);
        qd_add_double(&x, -back.lo);
    }
    return quotient;
}

/* The two largest parts. */
static inline struct dd qd_value(struct qd x)
{
    return (struct dd){x.part[0], x.part[1]};
}

#endif
