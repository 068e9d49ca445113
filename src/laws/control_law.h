/* What a controlled source, a switch, a resistance that depends on the answer does: one quantity, V or A, as a function
 * of n others, its controls x: voltages between nodes, V, and currents of branches, A (struct control of
 * circuit/circuit.h says which).
 *
 *   linear       sum of gain[k] x[k]
 *   polynomial   SPICE2's POLY(n): sum of coefficient times powers of x, in its order of terms (control_law.c)
 *   expression   of the text of a card; a use that is no control is a constant
 *   device       a transfer or a resistive part of a transistor (device.h)
 *
 * then, where there are points, what a table says of that: straight between them and constant beyond its ends; and
 * where it divides, x[0] over that: x[0] is the source's own voltage then, and that a resistance.
 *
 * A switch is a resistance of two values with a memory: on (ron) where x[0] is above on_above, off (roff) where it is
 * below off_below, and between them what it was. Source: ngspice 39 manual, 11.4. */
#ifndef OPSPICE_CONTROL_LAW_H
#define OPSPICE_CONTROL_LAW_H

#include "laws/curve.h"
#include "laws/device.h"
#include "netlist/expression.h"

enum control_law_kind { CONTROL_LINEAR, CONTROL_POLYNOMIAL, CONTROL_EXPRESSION, CONTROL_DEVICE, CONTROL_SWITCH };

#define CONTROL_NONE UINT32_MAX /* a use of an expression that is no control */

struct control_law {
    enum control_law_kind kind;
    uint32_t n;   /* controls */
    bool divides; /* x[0] over what is said above */
    const struct curve_table *table; /* of its value, constant beyond its ends; NULL: none */
    union {
        double *gain; /* [n] */
        struct {
            const double *coefficient; /* [terms] in SPICE2's order; those that are not there are 0 */
            size_t terms;
        } polynomial;
        struct {
            const struct expression *code;
            const uint32_t *control; /* [code->uses] which of the controls it is, or CONTROL_NONE */
            const double *constant;  /* [code->uses] else its value */
            struct random random;    /* where its random numbers begin: the same in each run */
        } expression;
        struct {
            const struct device_function *function; /* of the controls, but for x[0] where it divides */
            const void *law;                        /* of the device */
            bool is_off;                            /* by its card's word */
        } device;
        struct {
            double ron, roff;           /* ohm, > 0 */
            double on_above, off_below; /* of x[0] */
            bool starts_on;             /* at the first point of an analysis */
        } switching;
    };
};

/* The value at some controls. It is within a few eps of size of what is true of them; a sum of products is exact to
 * twice the precision, and its size 0. */
struct control_value {
    struct dd value; /* NAN where there is none */
    double size;
};

/* The doubles of work that one evaluation needs. */
size_t control_law_work(const struct control_law *law);

/* slope[k]: its derivative by x[k], of one side at a corner. x, slope [n]; work [control_law_work(law)]. Not of a
 * switch. */
struct control_value control_law_at(const struct control_law *law, const struct dd *x, double *slope, double *work);

/* The next term in SPICE2's order: 1, x, y, z, xx, xy, xz, yy, yz, zz, xxx and so on. power [n], integers. */
void control_law_next_term(uint32_t n, double *power);

/* Is its value a straight line of its controls: a sum of gains times them and a constant? A switch's is, while it stays
 * on or off. */
bool control_law_is_linear(const struct control_law *law);

/* The same without a constant: a sum of controls by gains. */
static inline bool control_law_is_sum(const struct control_law *law)
{
    return law->kind == CONTROL_LINEAR && !law->divides && !law->table;
}

/* A step of Newton's method from `before` [n], where the law was linearised, to x [n], is shortened to where the
 * tangent still tells something; and x where the first one is made. Only devices have something to say. */
void control_law_limit(const struct control_law *law, const double *before, double *x);
void control_law_begin(const struct control_law *law, double *x);

/* What a switch does at x: its resistance, ohm; `now` where x leaves it what it is. */
double control_law_resistance(const struct control_law *law, double x, double now);

#endif
