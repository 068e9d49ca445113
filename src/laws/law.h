/* The law of a diode: its current as a function of its own voltage u. */
#ifndef OPSPICE_LAW_H
#define OPSPICE_LAW_H

#include "laws/curve.h"
#include "util/double_double.h"

/* Law of a diode. Piecewise linear (LTspice's idealised diode; ngspice's sidiode):
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

/* The current of a diode with this law at u, without the multiplier of a constraint. */
double law_current(const struct law *law, double u);

/* The same at a voltage u of twice the precision, with its slope there: the steepest within `near` (V) of u, not that
 * of a constraint. */
struct law_point law_at(const struct law *law, struct dd u, double near);

/* The least and the most current of the law: what it tends to far below 0 V and far above, infinite where it goes on
 * for ever. A diode of this law carries nothing beyond. */
struct law_limits {
    double low, high; /* A */
};

struct law_limits law_limits(const struct law *law);

/* Is the law itself at u, and no straight line instead of what would overflow? */
bool law_covers(const struct law *law, double u);

#endif
