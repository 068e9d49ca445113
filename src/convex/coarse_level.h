/* One level of coordinate descent: the function Phi of a program, or its restriction to clusters of unknowns.
 *
 *   Phi(x) = 1/2 x'Lx - b'x + sum 1/2 w max(0, x_i - x_j - c)^2 + sum m R(x_i - x_j + c)   on   low <= x <= high
 *
 * A level is a program whose knees are all finite, with bounds. Restricted to x + Py, where P moves each cluster as
 * one, it is such a function of y again. */
#ifndef OPSPICE_COARSE_LEVEL_H
#define OPSPICE_COARSE_LEVEL_H

#include "convex/qp.h"

struct coarse_level {
    /* knees with their penalties as g and moved thresholds as c; anchors as conductances to ground. It owns L alone */
    struct qp qp;
    double *low, *high;       /* [n] V */
    double *x;                /* [n] V */
    int32_t *start;           /* [n + 2] into knee: */
    uint32_t *knee;           /* [2 knees] the knees at each unknown */
    int32_t *nonlinear_start; /* [n + 2] into nonlinear: */
    uint32_t *nonlinear;      /* [2 nonlinears] the curved laws at each unknown */
    int32_t *cluster;         /* [n] unknown of the coarser level; GROUND_UNKNOWN: does not move */
    struct breakpoint *point; /* [knees] work */
    void *block;              /* all these arrays, and those of qp */
};

/* Room for a level of so many unknowns and at most so many branches; level is zeroed before. False when memory is out.
 */
bool coarse_level_new(struct coarse_level *level, int32_t unknowns, uint32_t knees, uint32_t nonlinears);

/* List the branches at each unknown, once qp is filled. */
void coarse_level_index(struct coarse_level *level);

/* Minimise Phi over x_i alone. point: work of the calling thread, or level->point. */
void coarse_level_relax(struct coarse_level *level, int32_t i, struct breakpoint *point);

/* Sweep forward (or backward) over all unknowns. */
void coarse_level_sweep(struct coarse_level *level, bool forward);

/* -dPhi/dx_i, the current that wants into the node, A; *scale: the sum of the magnitudes it is made of. */
double coarse_level_residual(const struct coarse_level *level, int32_t i, double *scale);

/* The level of clusters of `fine`; its x is 0. coarse is zeroed before. *useful: it has markedly fewer unknowns.
 * False when memory is out. */
bool coarse_level_coarsen(struct coarse_level *coarse, struct coarse_level *fine, bool *useful);

/* x += Py. */
void coarse_level_correct(struct coarse_level *fine, const struct coarse_level *coarse);

/* Safe on a zeroed struct. */
void coarse_level_free(struct coarse_level *level);

/* Most knees at one unknown. */
int32_t coarse_level_most_knees(const struct coarse_level *level);

#endif
