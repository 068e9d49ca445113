/* What the files of branch.h share. */
#ifndef OPSPICE_BRANCH_PARTS_H
#define OPSPICE_BRANCH_PARTS_H

#include "proof/branch.h"

static const double branch_unit = 8 * DBL_EPSILON; /* what a number that is computed is rounded by, of itself */

/* A violation of `amount`, above `allowed` only: V by `volts_each`, relative to `size`. */
void branch_judge(struct branch *branch, double amount, double allowed, double volts_each, double size);

/* A current that its law gives; size: A, of what that was summed from. slope and floor of the branch are there. */
void branch_judge_current(struct branch *branch, double i, struct dd law, double size);

/* A branch that holds `value`, V, to `rounding`. */
struct branch branch_voltage_defined(struct dd u, double value, double rounding, double magnitude);

/* A resistance of either sign. */
struct branch branch_resistor(double ohms, struct dd u, double rounding, double i);

/* What rounding of its potentials leaves a voltage unknown by, V. */
static inline double branch_rounding_of(const struct branch_voltage *voltage)
{
    return branch_rounding * voltage->magnitude + DBL_MIN;
}

#endif
