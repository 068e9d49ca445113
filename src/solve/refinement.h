/* When iterative refinement goes on although residuals are within rounding: these do not tell that small conductances
 * beside large ones are served too; steps that still fall do. */
#ifndef OPSPICE_REFINEMENT_H
#define OPSPICE_REFINEMENT_H

#include "util/magnitude.h"
#include <float.h>
#include <stdbool.h>
#include <stdint.h>

/* Is a step with this largest entry, after one with `before`, worth to be made from x[n]? All V. */
static inline bool step_falls(double step, double before, const double *x, int32_t n)
{
    return step < before / 2 && step > DBL_EPSILON * largest_magnitude(x, (size_t)n);
}

#endif
