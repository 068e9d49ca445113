/* Ax = b for the Laplacian of a resistive network, behind one interface: analyse, refactor, solve, free.
 *
 * A small network is eliminated without subtractions (star_mesh.h), which is exact whatever its conductances, by code
 * of this room alone: no library is loaded. A large one is factored by CHOLMOD, or without subtractions where
 * conductances of many decades hold it together and that is not too much work. One whose factor would take longer than
 * to iterate has none: it is solved by conjugate gradients, where the caller allows it, to an accuracy that corrections
 * build on: with a spanning tree before them (support_tree.h) or with multigrid (multigrid.h). */
#ifndef OPSPICE_FACTOR_H
#define OPSPICE_FACTOR_H

#include "linear/laplacian.h"

enum factor_status {
    FACTOR_OK,
    FACTOR_NOT_DEFINITE, /* a part has no way to ground, or rounding has taken it away, or a conductance is infinite */
    FACTOR_NO_MEMORY     /* or CHOLMOD cannot be loaded */
};

enum factor_care {
    FACTOR_FAST,      /* the least work: small conductances beside large ones may be lost */
    FACTOR_BY_SPREAD, /* without subtractions where they would lose what ties unknowns to ground */
    FACTOR_EXACT      /* without subtractions; FACTOR_NOT_DEFINITE where that is too much work */
};

/* What may be used for networks that are not small. */
enum factor_choice {
    FACTOR_CHOLESKY,  /* a factor */
    FACTOR_SERIAL,    /* a spanning tree where it promises to be faster; a factor where it stalls */
    FACTOR_CHEAPEST,  /* a spanning tree or multigrid, where they promise to be faster and are there */
    FACTOR_MULTIGRID, /* multigrid, whatever the size; a factor where it stalls */
    FACTOR_CHEAPEST_FOR_MANY /* the cheapest where many right-hand sides follow each matrix; not a user's choice */
};

struct factor;

/* Order and analyse the pattern of A, once for all values. NULL when memory is out or a library that is needed cannot
 * be loaded. */
struct factor *factor_new(const struct laplacian *A, enum factor_choice choice);

/* Is multigrid there to be chosen? Loads it. */
bool factor_has_multigrid(void);

/* Factor A + diag(anchor) with FACTOR_BY_SPREAD, or with the care that is asked for.
 *
 * A       the pattern that was analysed; off-diagonal entries are negatives of conductances, S; those above 0, which
 *         only rounding makes, count as 0
 * ground  conductances to ground, which A's diagonal has too     [n]  S
 * anchor  more of them, which it has not; NULL: none             [n]  S
 *
 * The first factorisation without subtractions of a large pattern allocates, others of small patterns never do. After
 * anything but FACTOR_OK there is no factor. A, ground and anchor stay until the last solve: where iterations stall, a
 * factor takes their place. */
enum factor_status factor_refactor(struct factor *factor, const struct laplacian *A, const double *ground,
                                   const double *anchor);
enum factor_status factor_refactor_with(struct factor *factor, enum factor_care care, const struct laplacian *A,
                                        const double *ground, const double *anchor);

/* x with the last factor; x may be b. A small pattern never fails and allocates nothing. b A, x V [n] */
enum factor_status factor_solve(struct factor *factor, const double *b, double *x);

/* Where there is no factor, solve until the residual is this of b, by norm; 1e-8 to begin with. */
void factor_set_accuracy(struct factor *factor, double accuracy);

/* The largest residual of what has been solved so since then, of b; at most the accuracy. */
double factor_residual(const struct factor *factor);

/* What serves the solves, of factors and of what stands for one; later ones are for larger networks. */
enum factor_kind {
    FACTOR_NONE,
    FACTOR_OF_LU,        /* made elsewhere (lu.h), of what is no Laplacian */
    FACTOR_OF_STAR_MESH, /* elimination without subtractions */
    FACTOR_OF_CHOLESKY,
    FACTOR_BY_TREE,
    FACTOR_BY_MULTIGRID
};

/* NULL: FACTOR_NONE. */
enum factor_kind factor_kind(const struct factor *factor);

/* "none", "lu", "star-mesh", "cholesky", "tree", "multigrid" */
const char *factor_kind_name(enum factor_kind kind);

/* Does it iterate, without a factor? */
bool factor_is_iterative(const struct factor *factor);

/* Take a factor of the last values from now on, however long that takes. */
enum factor_status factor_turn_direct(struct factor *factor);

/* The same for some right-hand sides side by side: x [n][FACTOR_LANES] in and out, work of the same size. */
enum { FACTOR_LANES = 8 };
enum factor_status factor_solve_lanes(struct factor *factor, double *x, double *work);

/* The same in double-double, b + b_low into x + x_low, where the last factorisation was without subtractions
 * (star_mesh_solve_finely); else x_low is 0. The first call allocates. */
enum factor_status factor_solve_finely(struct factor *factor, const double *b, const double *b_low, double *x,
                                       double *x_low);

/* From the last factor, the entries of the inverse where the factor has some (Takahashi, Fagan and Chen 1973), in about
 * the time of a factorisation; sums of positive numbers. False where there is none: memory is out, or CHOLMOD's factor
 * is supernodal. */
bool factor_invert(struct factor *factor);

/* (e_i - e_j)' A^-1 (e_i - e_j): the resistance between two nodes, ohm, from the inverse. i and j are joined by an
 * entry of A or one of them is GROUND_UNKNOWN. NAN where cancellation leaves nothing of it. */
double factor_resistance(const struct factor *factor, int32_t i, int32_t j);

/* Nonzeros of the factor, and floating-point operations of one factorisation, as the analysis predicts them; without a
 * factor those of the matrix, and what takes as long as to solve. */
double factor_fill(const struct factor *factor);
double factor_flops(const struct factor *factor);

/* Was the last factorisation without subtractions, so that it has every conductance to full precision? */
bool factor_is_exact(const struct factor *factor);

/* Has the last factor a pivot that subtractions would have lost in the rounding of its diagonal entry? What steep
 * branches join is then known well from the factor, but not from currents that are sums of theirs. */
bool factor_cancels(const struct factor *factor);

/* NULL is allowed. */
void factor_free(struct factor *factor);

#endif
