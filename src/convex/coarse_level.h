/* One level of coordinate descent: the function Phi of a program, or its restriction to clusters of unknowns.
 *
 *   Phi(x) = 1/2 x'Lx - b'x + sum 1/2 w max(0, x_i - x_j - c)^2 + sum m R(x_i - x_j + c)   on   low <= x <= high
 *
 * A level is a program whose knees are all finite, with bounds. Restricted to x + Py, where P moves each cluster as
 * one, it is such a function of y again. */
#ifndef OPSPICE_LEVEL_H
#define OPSPICE_LEVEL_H

#include "convex/qp.h"

struct level {
    /* knees with their penalties as g and moved thresholds as c; anchors as conductances to ground */
    struct qp qp;
    double *low, *high;  /* [n] V */
    double *x;           /* [n] V */
    int32_t *start;      /* [n + 1] into knee: */
    uint32_t *knee;      /* the knees at each unknown */
    int32_t *bend_start; /* [n + 1] into bend: */
    uint32_t *bend;      /* the bends at each unknown */
    int32_t *cluster;    /* [n] unknown of the coarser level; GROUND_UNKNOWN: does not move */
    struct breakpoint *point; /* [most knees at an unknown] work */
};

/* List the knees at each unknown, once qp is filled. False when memory is out. */
bool level_index(struct level *level);

/* Minimise Phi over x_i alone. point: work of the calling thread, or level->point. */
void level_relax(struct level *level, int32_t i, struct breakpoint *point);

/* Sweep forward (or backward) over all unknowns. */
void level_sweep(struct level *level, bool forward);

/* -dPhi/dx_i, the current that wants into the node, A; *scale: the sum of the magnitudes it is made of. */
double level_residual(const struct level *level, int32_t i, double *scale);

/* The level of clusters of `fine`; its x is 0. coarse is zeroed before. *useful: it has markedly fewer unknowns.
 * False when memory is out. */
bool level_coarsen(struct level *coarse, struct level *fine, bool *useful);

/* x += Py. */
void level_correct(struct level *fine, const struct level *coarse);

/* Safe on a zeroed struct. */
void level_free(struct level *level);

/* Most knees at one unknown. */
int32_t level_most_knees(const struct level *level);

#endif
