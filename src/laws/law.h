/* The law of an element of n + 1 terminals: the currents into the first n of them as functions of their n voltages
 * against the last one. Of a diode n = 1: its current as a function of its own voltage u. */
#ifndef OPSPICE_LAW_H
#define OPSPICE_LAW_H

#include "laws/curve.h"
#include "util/double_double.h"
#include <assert.h>
#include <math.h>

/* Piecewise linear (LTspice's idealised diode; ngspice's sidiode):
 *   i = g_off u                                          -v_rev <= u <= v_fwd
 *   i = g_off v_fwd + g_on (u - v_fwd)                    u > v_fwd
 *   i = -g_off v_rev + g_rev (u + v_rev)                  u < -v_rev
 * g_on = INFINITY: u <= v_fwd is a constraint and the current beyond g_off v_fwd its multiplier; g_rev likewise.
 * Or curved: i = g_off u + curve(u), g_off the curve's g_floor; then g_on = g_rev = g_off and v_fwd = v_rev =
 * INFINITY. */
struct law {
    double g_off, g_on, g_rev; /* siemens */
    double v_fwd;              /* V */
    double v_rev;              /* V, INFINITY: no reverse breakdown */
    struct curve *curve;       /* NULL: piecewise linear */
};

/* Is it one straight line? */
static inline bool law_is_line(const struct law *law)
{
    return !law->curve && law->g_on == law->g_off && (law->g_rev == law->g_off || isinf(law->v_rev));
}

/* Is one of its knees a constraint, whose current is no function of the voltage? */
static inline bool law_is_ideal(const struct law *law)
{
    return isinf(law->g_on) || (isinf(law->g_rev) && !isinf(law->v_rev));
}

/* Do two of them hold their voltage, conduct, or do nothing on the same segments? The structures of solvers hang on
 * that. */
static inline bool law_is_like(const struct law *p, const struct law *q)
{
    return (p->g_off > 0) == (q->g_off > 0) && (p->g_on > 0) == (q->g_on > 0) && (p->g_rev > 0) == (q->g_rev > 0) &&
           isinf(p->g_on) == isinf(q->g_on) && isinf(p->g_rev) == isinf(q->g_rev) &&
           isinf(p->v_fwd) == isinf(q->v_fwd) && isinf(p->v_rev) == isinf(q->v_rev) && law_is_line(p) == law_is_line(q);
}

/* How many voltages it depends on, and currents it has. */
static inline uint32_t law_voltages(const struct law *law)
{
    return law->curve ? curve_voltages(law->curve) : 1;
}

/* Was it not shown that its current rises with its voltage? */
static inline bool law_may_fall(const struct law *law)
{
    return law->g_off < 0 || law->g_on < 0 || law->g_rev < 0 || (law->curve && law->curve->may_fall);
}

/* Its currents at voltages of twice the precision, without the multiplier of a constraint; each with its slope, the
 * steepest within `near` (V) of u, not that of a constraint. u, near, at [voltages of the law]. */
void law_currents(const struct law *law, const struct dd *u, const double *near, struct law_point *at);

/* The same of a law of one voltage; and its current alone, to a double's precision. */
static inline struct law_point law_at(const struct law *law, struct dd u, double near)
{
    struct law_point at;
    assert(law_voltages(law) == 1);
    law_currents(law, &u, &near, &at);
    return at;
}

double law_current(const struct law *law, double u);

/* The least and the most current of a law of one voltage: what it tends to far below 0 V and far above, infinite where
 * it goes on for ever. A diode of this law carries nothing beyond. */
struct law_limits {
    double low, high; /* A */
};

struct law_limits law_limits(const struct law *law);

/* Is the law itself at u [voltages of the law], and no straight line instead of what would overflow? */
bool law_covers(const struct law *law, const struct dd *u);

#endif
