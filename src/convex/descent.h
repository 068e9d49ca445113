/* Exact coordinate descent on the augmented Lagrangian.
 *
 * With all others held, Phi is a convex piecewise quadratic function of one unknown, whose derivative is increasing and
 * piecewise linear: its breakpoints are sorted and its root is exact. Bounds (constraints against ground) are not
 * penalised: the root is clamped to them, which is exact. Unknowns without a common branch have the same colour and are
 * updated together. Sweeps forward and backward go over the unknowns themselves, and then over clusters of them that
 * conduct well to each other and move as one: these are further coordinates of the same function, and the same descent.
 * Phi falls with every update. Source: Scellier 2024, section 3; differs in the constraints between nodes, where plain
 * descent stalls and multipliers do not (lagrangian.h), and in the clusters, which are pairwise aggregates (Notay 2010,
 * Electronic Transactions on Numerical Analysis 37) chosen anew as diodes switch. */
#ifndef OPSPICE_DESCENT_H
#define OPSPICE_DESCENT_H

#include "convex/info.h"
#include "convex/lagrangian.h"
#include "util/watch.h"

struct descent {
    int32_t *order;  /* [n] unknowns, colour after colour */
    int32_t *colour; /* [colours + 1] into order */
    int32_t colours;
    bool *exact;     /* [knees] bounds: kept by clamping */
    struct watch *watch; /* or NULL */
    void *block;
};

/* Colour the graph of a program. descent is zeroed before. False when memory is out. */
bool descent_new(struct descent *descent, const struct qp *qp);

/* Sweep until the projected gradient is below `goal` of the terms it is made of, or `sweeps` were made. x in place.
 * threads >= 1 share a colour. SOLVE_OK, SOLVE_STALLED (x is better than it was; or the watch says so) or
 * SOLVE_NO_MEMORY. */
enum solve_status descent_minimise(struct descent *descent, const struct lagrangian *lagrangian, double goal,
                                   int sweeps, int threads, double *x, struct solve_info *info);

/* Which knees conduct at x. conducts [knees] out. */
void descent_conducting(const struct descent *descent, const struct lagrangian *lagrangian, const double *x,
                        bool *conducts);

void descent_free(struct descent *descent);

#endif
