/* Expressions with their derivatives: the algebra of gradients, by n inputs at once (forward differentiation). */
#ifndef OPSPICE_GRADIENT_H
#define OPSPICE_GRADIENT_H

#include "netlist/expression_code.h"

/* What the expression depends on. */
struct gradient_inputs {
    size_t n;
    /* The value of a use, and its derivatives by the inputs [n], which are 0 before. */
    double (*use)(const void *data, size_t use, double *slope);
    const void *data;
    struct random random; /* where its random numbers begin: each call has one of its own, the same in each run */
};

/* The doubles of work that a run with n inputs needs. */
#define GRADIENT_WORK(n) (EXPRESSION_DEPTH * (2 + (n)))

/* The value of the expression; slope[q] is its derivative by input q [n]. Neither need be finite; both are NAN where
 * any operation has no value. At a corner the derivative is that of one side. *size: where the inputs are exact, the
 * value is within a few eps of it, whatever large numbers it is the difference of. work [GRADIENT_WORK(n)]. */
double expression_gradient(const struct expression *expression, const struct gradient_inputs *inputs, double *work,
                           double *slope, double *size);

/* The value of the function of a step of the expression, with the random numbers of that step.
 * argument [step->count] */
double expression_call(const struct expression *expression, struct random start, const struct expression_step *step,
                       const double *argument);

#endif
