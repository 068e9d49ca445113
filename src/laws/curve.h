/* Curved laws: the current of a diode, measured device or monotone source as a function of its own voltage u; of
 * functions, currents of several voltages.
 *
 * A curve is i(u) = g_floor u + r(u), both parts increasing. g_floor, which is the same everywhere, joins the linear
 * part of the program; the functions here are about r(u). All are safe for any finite u: no overflow, no NAN. The
 * co-content, the integral of i(u), is convex because i increases (Millar 1951). */
#ifndef OPSPICE_CURVE_H
#define OPSPICE_CURVE_H

#include "laws/junction.h"
#include "util/double_double.h"
#include <stddef.h>
#include <stdint.h>

enum curve_kind {
    CURVE_JUNCTION, /* exponential diode */
    CURVE_LIMITED,  /* idealised diode with rounded knees or limited currents */
    CURVE_TABLE,    /* straight lines between points */
    CURVE_FUNCTION  /* expressions */
};

/* The most voltages that a law depends on: an element has at most five terminals. */
enum { LAW_VOLTAGES = 4 };

/* LTspice's idealised diode: quadratic over epsilon beyond v_fwd, then straight, or tanh towards limit; and the same in
 * reverse. Conductances in siemens. */
struct limited {
    double g_off;
    struct limited_side {
        double v, g, epsilon, limit; /* V > 0, S, V, A; limit INFINITY: none */
    } forward, reverse;
};

/* u increasing, i not decreasing; straight on beyond the ends. */
struct curve_table {
    size_t points;
    const double *u, *i; /* [points] V, A */
};

/* Currents as functions of n voltages: i [n] A out at u [n] V, slope [n x n] S out, of current j by voltage k in
 * slope[n j + k]; NAN where there is no value. Straight on beyond the range where they are known to be finite. One of
 * its own voltage rises. */
struct function_curve {
    void (*currents)(const void *data, const double *u, double *i, double *slope);
    const void *data;
    uint32_t voltages;
    double low, high; /* V: the range, of each voltage */
};

struct curve {
    enum curve_kind kind;
    bool is_plain;  /* a plain junction: junctions.h */
    bool may_fall;  /* it was not shown to rise: a circuit with it may have several operating points */
    double g_floor; /* S */
    union {
        struct junction junction;
        struct limited limited;
        struct curve_table table;
        struct function_curve function;
    };
};

/* A straight line in place of a curved law: i + g (u' - u) at the voltage u'. */
struct companion {
    double u, i, g; /* V, A, S */
};

/* Its current at another voltage. */
static inline double companion_current(const struct companion *companion, double u)
{
    return companion->i + companion->g * (u - companion->u);
}

/* The largest g_floor and is_plain, once the law is filled in. */
void curve_finish(struct curve *curve);

/* r(u), and its derivative at u (of the steeper side at a corner). Of curves of one voltage, as are curve_meet and
 * curve_limit. */
double curve_current(const struct curve *curve, double u, double *slope);

/* A law at some voltage: current, slope, and the size of what the current was summed from, which tells how exact it is:
 * within a few eps of size, when it is rounded to a double. */
struct law_point {
    struct dd i;        /* A; twice the precision is kept where the law has it, and changes with u without steps */
    double slope, size; /* S, by its own voltage; A */
    double change;      /* A: what voltages that are off by `near` make of it */
};

/* The voltages that a curve depends on. */
static inline uint32_t curve_voltages(const struct curve *curve)
{
    return curve->kind == CURVE_FUNCTION ? curve->function.voltages : 1;
}

/* All of i(u), of u in twice the precision; the slope is the steepest within `near` (V) of u. A table is as exact as
 * its current, size |i|; of the others the slope carries the rounding of u: size |i| + |u| slope.
 * u, near, at [voltages of the curve]. */
void curve_currents(const struct curve *curve, const struct dd *u, const double *near, struct law_point *at);

/* The u at which r(u) + g u = c, for g > 0; r and its slope there. The curve meets a straight line. */
double curve_meet(const struct curve *curve, double g, double c, double *current, double *slope);

/* What the current tends to as u goes to infinity, sign > 0, or to minus infinity; infinite where it goes on for ever.
 * It may be that no finite voltage has that current. */
double curve_limit(const struct curve *curve, double sign);

/* Is u [voltages of the curve] within the range where the law is itself, and not continued in a straight line because
 * it would overflow? */
bool curve_covers(const struct curve *curve, const struct dd *u);

#endif
