/* A program with its conducting constraints contracted: unknowns that they hold at a distance from
 * each other become one. */
#ifndef OPSPICE_CONTRACTION_H
#define OPSPICE_CONTRACTION_H

#include "circuit/forest.h"
#include "convex/linear.h"
#include "convex/newton.h"

/* x_i = y[tree of i] + offset of i. Kept with its factor for as long as the same knees conduct. */
struct contraction {
    bool *conducts; /* [knees] the set it was made for */
    uint32_t edges;
    struct forest_edge *edge; /* [edges] conducting constraints; node i + 1 is unknown i, node 0 ground */
    double *value;            /* [edges] their thresholds, V */
    uint32_t *knee;           /* [edges] which knee it is */
    struct forest forest;
    double *offset;       /* [n + 1] V */
    struct qp qp;         /* of y without its ground; no knees, but bends */
    struct linear linear; /* its factor, once solved; without bends */
    bool has_linear;
    struct newton newton; /* with bends */
    struct lagrangian lagrangian;
    bool has_newton, has_lagrangian;
};

/* Contract the constraints of a set of conducting knees; finite knees of the set become conductances. contraction is
 * zeroed before. False when memory is out. */
bool contraction_build(struct contraction *contraction, const struct qp *qp, const bool *conducts);

/* Take over new currents and thresholds of the program, as after qp_update. */
void contraction_update(struct contraction *contraction, const struct qp *qp);

/* Do the thresholds around each loop of conducting constraints add up to zero? */
bool contraction_closes(const struct contraction *contraction);

/* Solve the contracted program. x [n]: potentials that parts without ground keep at their references in, solution out.
 * SOLVE_STALLED: as linear_solve; with bends also where Newton's method did not converge. */
enum solve_status contraction_solve(struct contraction *contraction, double *x, struct solve_info *info);

/* Rounding of the potential of unknown i by the currents into its cluster, V; for a cluster without
 * conductance, on 1 ohm. */
double contraction_noise(const struct contraction *contraction, int32_t i);

/* Safe on a zeroed struct; leaves it zeroed. */
void contraction_free(struct contraction *contraction);

#endif
