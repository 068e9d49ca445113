/* The currents of all bends of a program; plain junctions among them by vectors, in batches. */
#ifndef OPSPICE_BENDS_H
#define OPSPICE_BENDS_H

#include "solve/lagrangian.h"

/* tangent [bends] at the voltages of x. */
void bends_touch(const struct qp *qp, const double *x, struct tangent *tangent);

/* The next tangents from x, to which these led: where each bend meets the straight line through what its tangent says
 * there, of a conductance between around [bends] and its own slope; bold: nearer to the former. */
void bends_meet(const struct qp *qp, const double *x, const double *around, bool bold, struct tangent *tangent);

#endif
