/* The currents of all curved laws of a program; plain junctions among them by vectors, in batches. */
#ifndef OPSPICE_COMPANIONS_H
#define OPSPICE_COMPANIONS_H

#include "convex/lagrangian.h"

/* companion [nonlinears] at the voltages of x. */
void companions_touch(const struct qp *qp, const double *x, struct companion *companion);

/* The next companions from x, to which these led: where each law meets the straight line through what its companion
 * says there, of a conductance between surroundings [nonlinears] and its own slope; bold: nearer to the former. */
void companions_meet(const struct qp *qp, const double *x, const double *surroundings, bool bold,
                     struct companion *companion);

#endif
