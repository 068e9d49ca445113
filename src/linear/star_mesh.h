/* Elimination of nodes without a subtraction, for conductances of many decades.
 *
 * A node with conductances c_i to its neighbours and g to ground, p = g + sum c_i, is replaced by its star-mesh
 * equivalent: c_i c_j / p between these, c_i g / p from each to ground, and its current divided among them as c_i / p.
 * It is the Cholesky factorisation of the Laplacian, but for the pivot, which is a sum of what is left and no
 * difference: so every number in the factor has its full precision, whatever the condition of the matrix, and so has
 * the solution for currents of one sign. Source: Grassmann, Taksar and Heyman 1985, Operations Research 33; O'Cinneide
 * 1993, Numerische Mathematik 65.
 *
 * Column by column (left-looking), with places found beforehand: an entry costs about what it does in Cholesky's. */
#ifndef OPSPICE_STAR_MESH_H
#define OPSPICE_STAR_MESH_H

#include "linear/elimination.h"
#include "util/double_double.h"

struct star_mesh {
    struct elimination places;
    double *share;   /* [entries] c_i / p, by places.row */
    double *pivot;   /* [n] p, S */
    bool cancels;    /* a pivot is within rounding of its diagonal entry: as a difference it would be lost */
    double *ground;  /* [n] g, S */
    double *joined;  /* [n] work: zero between calls */
    double *current; /* [n] work */
    struct dd *fine; /* [n] work; NULL as long as nobody asked */
    double *inverse; /* [entries] of the inverse, ohm; NULL as long as nobody asked */
    double *own;     /* [n] its diagonal */
    bool *listed;    /* [n] work: false between calls */
    void *block, *inverse_block; /* the arrays of the factor; of the inverse */
};

/* Order and count: mesh->places.fill and .flops are there. given [n]: the order, or NULL. mesh is zeroed before. False
 * when memory is out. */
bool star_mesh_plan(struct star_mesh *mesh, const struct laplacian *A, const int32_t *given);

/* Make room for the numbers. False when memory is out. */
bool star_mesh_lay_out(struct star_mesh *mesh, const struct laplacian *A);

/* Factor the Laplacian with the off-diagonal entries of A and the conductances ground and anchor (NULL: none) to
 * ground, [n] S; negative conductances count as 0. Nothing is allocated. False: a part has no way to ground, or a
 * conductance is not finite. */
bool star_mesh_factor(struct star_mesh *mesh, const struct laplacian *A, const double *ground, const double *anchor);

/* Potentials x [n] for currents b [n]; x may be b. Nothing is allocated. */
void star_mesh_solve(struct star_mesh *mesh, const double *b, double *x);

/* The same in double-double, so that what a node passes on adds up to what it has, and a difference of potentials is
 * not lost beside them: b + b_low into x + x_low, all [n]. For conductances of so many decades that the rounding of
 * shares would be more than what leads to ground. False when memory is out. */
bool star_mesh_solve_finely(struct star_mesh *mesh, const double *b, const double *b_low, double *x, double *x_low);

/* Entries of the inverse where the factor has some, all of them sums of positive numbers. False when memory is out. */
bool star_mesh_invert(struct star_mesh *mesh);

/* The entry of the inverse for unknowns i and j, which are the same or joined by an entry of A; ohm. */
double star_mesh_inverse_entry(const struct star_mesh *mesh, int32_t i, int32_t j);

/* Safe on a zeroed struct; leaves it zeroed. */
void star_mesh_free(struct star_mesh *mesh);

#endif
