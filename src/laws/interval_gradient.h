/* Expressions over a box of their inputs: the algebra of interval gradients, by n inputs at once (forward
 * differentiation, in interval_dual.h's sense: what holds of slopes there holds here). */
#ifndef OPSPICE_INTERVAL_GRADIENT_H
#define OPSPICE_INTERVAL_GRADIENT_H

#include "laws/interval.h"
#include "netlist/expression_code.h"

/* What the expression depends on. */
struct interval_inputs {
    size_t n;
    /* What a use can be, and its slopes by the inputs [n], which are 0 before. */
    struct interval (*use)(const void *data, size_t use, struct interval *slope);
    const void *data;
    struct random random; /* as in struct gradient_inputs */
};

/* The intervals of work that a run with n inputs needs. */
#define INTERVAL_WORK(n) (EXPRESSION_DEPTH * (1 + (n)))

/* What the expression can be over the box: *value, and its difference quotients by input q in slope[q] [n]. False where
 * it may have no value somewhere, where a condition is true in one place and not in another, or where a function of
 * several arguments has no such rule. work [INTERVAL_WORK(n)]. */
bool expression_over(const struct expression *expression, const struct interval_inputs *inputs, struct interval *work,
                     struct interval *value, struct interval *slope);

#endif
