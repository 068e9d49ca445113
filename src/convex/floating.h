/* Potentials that the program leaves open. */
#ifndef OPSPICE_FLOATING_H
#define OPSPICE_FLOATING_H

#include "convex/qp.h"

/* At the minimum, parts that no resistor and no conducting knee ties to ground may be shifted as far as the blocked
 * knees between them stay blocked. Find them; give each the shift that brings its reference (its lowest-numbered
 * unknown) to 0 V or as near as it can come, in the order of the parts.
 *
 * conducts  [knees] of the minimum
 * x         [n] V, shifted in place
 * reference [n] out: the reference unknown of the part when its potential is open, else GROUND_UNKNOWN
 * untied    out: there was a part without such a tie
 * False when memory is out. */
bool floating_settle(const struct qp *qp, const bool *conducts, double *x, int32_t *reference, bool *untied);

#endif
