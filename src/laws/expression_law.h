/* Expressions of a source's own voltage: B and G cards whose current depends on nothing else.
 *
 * Where the expression is made of straight pieces (max, min, abs, ?:, table, pwl and the like of straight ones), it
 * becomes a table of exactly these; else its value and derivative are taken from it. */
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

/* i(u) and its derivative; NAN where there is no value. s: the voltage of the second node to ground. */
double expression_law_current(const struct expression_law *own, double u, double s, double *slope);

/* For struct function_curve. */
double expression_law_value(const void *own, double u, double *slope);

/* Does the current depend on u alone? */
bool expression_law_is_own(const struct expression_law *own);

enum expression_law_status {
    EXPRESSION_LAW_TABLE, /* straight pieces: the table is filled in */
    EXPRESSION_LAW_CURVED,
    EXPRESSION_LAW_STEP,  /* jumps at *low */
    EXPRESSION_LAW_NO_MEMORY
};

/* The table of an expression made of straight pieces, in the arena. */
enum expression_law_status expression_law_table(const struct expression_law *own, struct arena *arena, struct curve_table *table,
                                          double *low);

/* Does the current rise, or stay, wherever the voltage rises? Else the first interval where it falls, or is not finite.
 * Curved ones are tried at many voltages of both signs. */
bool expression_law_rises(const struct curve *curve, double *low, double *high);

#endif
