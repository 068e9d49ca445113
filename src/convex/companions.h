/* The currents of all bends of a program; plain junctions among them by vectors, in batches. */
#ifndef OPSPICE_COMPANIONS_H
#define OPSPICE_COMPANIONS_H

#include "convex/lagrangian.h"

/* tangent [bends] at the voltages of x. */
void companions_touch(const struct qp *qp, const double *x, struct companion *tangent);

/* The next tangents from x, to which these led: where each bend meets the straight line through what its tangent says
 * there, of a conductance between around [bends] and its own slope; bold: nearer to the former. */
void companions_meet(const struct qp *qp, const double *x, const double *around, bool bold, struct companion *tangent);

#endif
