/* An order of elimination that keeps the factor of a symmetric matrix sparse: minimum degree.
 *
 * Eliminated unknowns are elements of a quotient graph: an element stands for the clique that its elimination has made.
 * Degrees are bounded from above, unknowns with the same neighbours are one, and elements that lie within another are
 * forgotten. Source: Amestoy, Davis and Duff 1996, SIAM Journal on Matrix Analysis and Applications 17. */
#ifndef OPSPICE_MINIMUM_DEGREE_H
#define OPSPICE_MINIMUM_DEGREE_H

#include "linear/laplacian.h"

/* order [n] out: the unknown that goes at each step. Of A the pattern counts. False when memory is out. */
bool minimum_degree(const struct laplacian *A, int32_t *order);

#endif
