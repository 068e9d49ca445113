/* The operating point of a circuit that ranks share: resistors, diodes, sources.
 *
 * Voltage-defined branches hold nodes together (clusters.h); what is left are potentials of clusters, the unknowns
 * (unknowns.h), each of which one rank owns. Kirchhoff's law is summed branch by branch, in double-double, where the
 * branches are, and corrections come from conjugate gradients with multigrid over all ranks (linear/multigrid.h), until
 * what the next one would change is next to nothing beside the largest current at its nodes, as convex/network.h
 * does in one process. Parts that nothing ties to ground have their first node at 0 V. */
#ifndef OPSPICE_GRID_SOLVE_H
#define OPSPICE_GRID_SOLVE_H

#include "grid/share.h"
#include "util/diagnostics.h"

enum grid_status {
    GRID_OK,
    GRID_UNSOLVED, /* no operating point, or none was found: an outcome among the diagnostics of rank 0 says why */
    GRID_NO_MEMORY /* on one rank at least */
};

#define GRID_TIED (-1) /* to ground */

struct grid_answer {
    double *hi, *lo;    /* [nodes] V, copies like owners */
    double *current;    /* [elements] A */
    int64_t *floats;    /* [nodes] number of the node that its potential is relative to, or GRID_TIED */
    bool any_floats;    /* on any rank */
    bool any_shared;    /* currents of voltage-defined branches that form loops are the split of least norm */
    int64_t unknowns;   /* of all ranks */
    int corrections, setups;
    double seconds_setup, seconds_solve;
};

/* answer is zeroed before. The same status on all ranks. */
enum grid_status grid_solve(struct share *share, struct grid_answer *answer, struct diagnostics *diagnostics);

/* Safe on a zeroed struct; leaves it zeroed. */
void grid_answer_free(struct grid_answer *answer);

#endif
