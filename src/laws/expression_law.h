/* Expressions of a source's own voltage: B and G cards whose current depends on nothing else.
 *
 * That it does, and that the current rises, is shown by the structure of the expression: by lines and enclosures
 * (laws/enclosure.h), never by voltages that are tried. Where the expression is made of straight pieces (max, min, abs,
 * ?:, table, pwl and the like of straight ones), it becomes a table of exactly these; else its value and derivative are
 * taken from it. */
#ifndef OPSPICE_EXPRESSION_LAW_H
#define OPSPICE_EXPRESSION_LAW_H

#include "laws/curve.h"
#include "netlist/expression.h"

/* A compiled expression with what its uses mean: use[q] is slope[q] u + shift[q] s + constant[q], for the nodes of the
 * source at u + s and s. The answer must not depend on s. */
struct expression_law {
    struct expression expression;
    double *slope, *shift, *constant; /* [expression.uses] V/V, V/V, V or what a parameter is */
    struct random random; /* where its random numbers begin: each call has one of its own, the same at all voltages */
};

/* i(u) and its derivative at s = 0; neither need be finite. */
double expression_law_value(const struct expression_law *own, double u, double *slope);

/* Is it the straight line c + d u, of its own voltage? */
bool expression_law_is_line(const struct expression_law *own, double *c, double *d);

enum expression_law_status {
    EXPRESSION_LAW_RISES,     /* or stays, wherever the voltage rises: shown */
    EXPRESSION_LAW_NOT_SHOWN, /* neither that nor the contrary, between low and high */
    EXPRESSION_LAW_FALLS,     /* between low and high: shown; or it has no value there */
    EXPRESSION_LAW_STEP,      /* of straight pieces: jumps at low */
    EXPRESSION_LAW_NOT_OWN,   /* depends on something else, by use */
    EXPRESSION_LAW_NO_MEMORY
};

struct expression_finding {
    double low, high; /* V */
    size_t use;       /* number in expression.use */
};

/* Judge an expression, and make it a curve where it rises or may: CURVE_TABLE, in the arena, or CURVE_FUNCTION.
 *
 * What is asked of it is asked within 1 kV of either sign, and while the current is no larger than 1e90 A; beyond, a
 * curve goes straight on from where the current falls or ends. */
enum expression_law_status expression_law_judge(const struct expression_law *own, struct arena *arena,
                                                struct curve *curve, struct expression_finding *finding);

/* The expression that a curve of functions was made of, or NULL: of none. */
const struct expression_law *expression_law_of(const struct function_curve *function);

/* Does the current of a table rise, or stay, wherever the voltage rises? Else the first segment where it falls. */
bool curve_table_rises(const struct curve_table *table, double *low, double *high);

#endif
