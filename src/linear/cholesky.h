/* Sparse Cholesky factorisation, by SuiteSparse CHOLMOD: the only place that knows it. */
#ifndef OPSPICE_CHOLESKY_H
#define OPSPICE_CHOLESKY_H

#include "linear/laplacian.h"

enum cholesky_status {
    CHOLESKY_OK,
    CHOLESKY_NOT_DEFINITE, /* a pivot was not positive */
    CHOLESKY_NO_MEMORY     /* or more entries than the indices can count */
};

struct cholesky;

/* Order and analyse the pattern of a symmetric matrix (its lower triangle is read). NULL when memory is out or
 * CHOLMOD cannot be loaded. */
struct cholesky *cholesky_new(const struct laplacian *pattern);

/* The same for a matrix that is well conditioned: where it is small it is factored without CHOLMOD, which takes longer
 * to load than a small netlist to solve. */
struct cholesky *cholesky_new_small(const struct laplacian *pattern);

/* Factor the matrix with these values; A has the pattern that was analysed. */
enum cholesky_status cholesky_factor(struct cholesky *cholesky, const struct laplacian *A);

/* Solve A x = b with the last factor; x may be b. [n] */
enum cholesky_status cholesky_solve(struct cholesky *cholesky, const double *b, double *x);

/* From the last factor, the entries of the inverse where the factor has some (Takahashi, Fagan and Chen 1973), in about
 * the time of a factorisation. Sums of positive numbers for a Laplacian. False where there is none: memory is out, or
 * the factor is supernodal or dense. */
bool cholesky_invert(struct cholesky *cholesky);

/* (e_i - e_j)' A^-1 (e_i - e_j), for a Laplacian A the resistance between two nodes, from the inverse; i and j are
 * joined by an entry of A or one of them is GROUND_UNKNOWN. NAN where cancellation leaves nothing of it. */
double cholesky_resistance(const struct cholesky *cholesky, int32_t i, int32_t j);

/* The order of elimination, [n]; NULL: as they are. */
const int32_t *cholesky_order(const struct cholesky *cholesky);

/* Nonzeros of the factor, and floating-point operations of one factorisation, as the analysis predicts them. */
double cholesky_fill(const struct cholesky *cholesky);
double cholesky_flops(const struct cholesky *cholesky);

/* NULL is allowed. */
void cholesky_free(struct cholesky *cholesky);

#endif
