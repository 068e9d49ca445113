/* Elimination of nodes without a subtraction, for conductances of many decades.
 *
 * A node with conductances c_i to its neighbours and g to ground, p = g + sum c_i, is replaced by its star-mesh
 * equivalent: c_i c_j / p between these, c_i g / p from each to ground, and its current divided among them as c_i / p.
 * It is the Cholesky factorisation of the Laplacian, but for the pivot, which is a sum of what is left and no
 * difference: so every number in the factor has its full precision, whatever the condition of the matrix, and so has
 * the solution for currents of one sign. Source: Grassmann, Taksar and Heyman 1985, Operations Research 33; O'Cinneide
 * 1993, Numerische Mathematik 65. */
#ifndef OPSPICE_STAR_MESH_H
#define OPSPICE_STAR_MESH_H

#include "linear/laplacian.h"
#include <stddef.h>

struct star_mesh {
    int32_t n;
    int32_t *order;  /* [n] the node that goes at each step */
    int32_t *step;   /* [n] and when a node goes */
    size_t *start;   /* [n + 1] */
    int32_t *row;    /* [start[n]] steps of the neighbours, which go later, increasing */
    double *c;       /* [start[n]] S */
    double *pivot;   /* [n] S */
    double *current; /* [n] work, A */
    size_t row_room, c_room; /* allocated */
};

/* Where nothing within this of the largest conductance ties an unknown to ground, and a factorisation takes less than
 * so many flops, it is worth its price, some ten times that of Cholesky's. */
static const double star_mesh_spread = 1e8, star_mesh_dear = 1e9; /* S/S; flops */

enum star_mesh_status { STAR_MESH_OK, STAR_MESH_NOT_DEFINITE, STAR_MESH_NO_MEMORY };

/* Factor the Laplacian L with the conductances ground and anchor [n] to ground, S. order [n]: of elimination, or NULL:
 * as they are. mesh is zeroed before, or freed. STAR_MESH_NOT_DEFINITE: a part has no way to ground. */
enum star_mesh_status star_mesh_factor(struct star_mesh *mesh, const struct laplacian *L, const double *ground, const double *anchor,
                             const int32_t *order);

/* Potentials x [n] for currents b [n]; x may be b. */
void star_mesh_solve(const struct star_mesh *mesh, const double *b, double *x);

/* Safe on a zeroed struct; leaves it zeroed. */
void star_mesh_free(struct star_mesh *mesh);

#endif
