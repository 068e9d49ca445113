/* The linear network between the clusters of a circuit that ranks share: its matrix, its parts, its answer. */
#ifndef OPSPICE_GRID_NETWORK_H
#define OPSPICE_GRID_NETWORK_H

#include "grid/clusters.h"
#include "grid/diodes.h"
#include "grid/parts.h"
#include "grid/unknowns.h"
#include "linear/multigrid.h"

struct grid_network {
    /* the caller's */
    struct share *share;
    struct diodes *diodes; /* on the lines that they are on */
    struct grid_answer *answer;
    struct diagnostics *diagnostics;

    struct clusters clusters;
    struct unknowns unknowns;
    struct multigrid *multigrid;
    struct laplacian L; /* what this rank's branches are between the unknowns here, S */
    double *slope;      /* [diodes] S, of one, in L */
    double *ground;     /* [unknowns] to ground, S */
    struct parts parts; /* that conductances and voltage-defined branches join; without ground: 0 V at its label's
                         * node */
    bool is_open;       /* there is such a part, on some rank */

    struct dd *short_of; /* [unknowns] A, what Kirchhoff's law is short of, of all ranks */
    double *largest;    /* [unknowns] A, current of a branch there, of all ranks */
    struct dd *x;       /* [unknowns] V */
    double *d;          /* [unknowns] V, the last correction */
    double *b;          /* [unknowns] A, work */
    double *flow;       /* [clusters.branches] A, from a to k */
    double *most;       /* [nodes] A, largest current of a branch at each, on all ranks */
    double *steep;      /* [nodes] A, largest slope times potentials of a branch at each, on all ranks */
};

/* Is a branch a voltage source or a short between two nodes? */
static inline bool grid_holds(const struct element *element)
{
    return element_is_voltage_defined(element) && element->a != element->k;
}

/* The unknowns between the clusters; potentials begin at those of the answer. */
enum grid_status grid_network_build(struct grid_network *network);

/* Do sources drive a current into a part that nothing at all, diodes in whatever direction included, joins to ground?
 * GRID_UNSOLVED then. */
enum grid_status grid_network_check_parts(struct grid_network *network);

/* Potentials where Kirchhoff's law holds, in the answer, and lines of the free diodes there; what floats. */
enum grid_status grid_network_iterate(struct grid_network *network);

/* The currents of all branches at these potentials. */
enum grid_status grid_network_currents(struct grid_network *network);

/* Safe on a zeroed struct; leaves it zeroed. */
void grid_network_free(struct grid_network *network);

#endif
