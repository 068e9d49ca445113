/* Primal-dual interior-point method for the convex program without curved laws.
 *
 * Knee k has the current f > 0 and the room t > 0 that is left before it: t = f / g - s, s = x_i - x_j - c. At the
 * minimum f t = 0 for each; here f t = w v^2 with the local conductance w of the knee and one voltage v for all, which
 * is lowered from step to step while Newton's method follows. In such a step each knee is a conductance
 *
 *   f / (t + f / g)
 *
 * in the pattern of H: a diode neither blocks nor conducts before it is known which, so that those of a long chain
 * close at once, where Newton's method on knees closes one after the other. Takes 10 to 40 factorisations, however many
 * knees there are. Source: Mehrotra 1992, SIAM J. Optimization 2 (predictor and corrector); with weights w: Jansen,
 * Roos, Terlaky and Vial 1996, Mathematics of Operations Research 21 (target-following). */
#ifndef OPSPICE_INTERIOR_POINT_H
#define OPSPICE_INTERIOR_POINT_H

#include "convex/newton.h"

/* newton      of the program, without curved laws
 * lagrangian  of the program: local conductances w, anchors
 * x           start in, near the minimum out            [n]      V
 * conducts    out: the knees that conduct there         [knees]
 * SOLVE_OK; SOLVE_STALLED: x and conducts are where it has come to; SOLVE_NO_MEMORY. */
enum solve_status interior_point_minimise(struct newton *newton, struct lagrangian *lagrangian, double *x,
                                          bool *conducts, struct solve_info *info);

#endif
