/* The linear network between the clusters of a circuit that ranks share: its matrix, its parts, its answer. */
#ifndef OPSPICE_NETWORK_H
#define OPSPICE_NETWORK_H

#include "grid/clusters.h"
#include "grid/parts.h"
#include "grid/unknowns.h"
#include "linear/multigrid.h"

struct network {
    /* the caller's */
    struct share *share;
    struct grid_answer *answer;
    struct diagnostics *diagnostics;

    struct clusters clusters;
    struct unknowns unknowns;
    struct multigrid *multigrid;
    struct laplacian L; /* what this rank's branches are between the unknowns here, S */
    double *ground;     /* [unknowns] to ground, S */
    struct parts parts; /* that resistors and holders join; a part without ground has 0 V at the node of its label */
    bool is_open;       /* there is such a part, on some rank */

    double *sum[2];     /* [unknowns] A, of what Kirchhoff's law is short of, high and low */
    struct dd *short_of; /* [unknowns] the same, of all ranks */
    double *d;          /* [unknowns] V */
    double *most;       /* [nodes] A, largest current of a branch at each, on all ranks */
};

/* Does a branch hold its voltage? */
static inline bool grid_holds(const struct element *element)
{
    return (element->kind == ELEMENT_VSOURCE || element->kind == ELEMENT_SHORT) && element->a != element->k;
}

/* Unknowns and matrix. */
enum grid_status network_build(struct network *network);

/* Parts that nothing ties to ground: GRID_UNSOLVED where sources drive a current into one of them. */
enum grid_status network_place_parts(struct network *network);

/* Potentials where Kirchhoff's law holds, in the answer; what floats. */
enum grid_status network_iterate(struct network *network);

/* The currents of all branches at these potentials. */
enum grid_status network_currents(struct network *network);

/* Safe on a zeroed struct. */
void network_free(struct network *network);

#endif
