/* Sparse Cholesky factorisation, by SuiteSparse CHOLMOD: the only place that knows it. */
#ifndef OPSPICE_CHOLESKY_H
#define OPSPICE_CHOLESKY_H

#include "linear/laplacian.h"

enum cholesky_status {
    CHOLESKY_OK,
    CHOLESKY_NOT_DEFINITE, /* a pivot was not positive */
    CHOLESKY_NO_MEMORY
};

struct cholesky;

/* Order and analyse the pattern of a symmetric matrix (its lower triangle is read). given [n]: the order to take, or
 * NULL. NULL when memory is out or CHOLMOD cannot be loaded.
 *
 * Indices have 32 bits, and 64 where the factor has more entries than those count; cholesky_new_wide takes 64
 * whatever the factor is. */
struct cholesky *cholesky_new(const struct laplacian *pattern, const int32_t *given);
struct cholesky *cholesky_new_wide(const struct laplacian *pattern);

/* Factor the matrix with these values; A has the pattern that was analysed. */
enum cholesky_status cholesky_factor(struct cholesky *cholesky, const struct laplacian *A);

/* Solve A x = b with the last factor; x may be b. [n] */
enum cholesky_status cholesky_solve(struct cholesky *cholesky, const double *b, double *x);

/* The same for some right-hand sides side by side, which takes less time than one after the other: x
 * [n][CHOLESKY_LANES] in and out, work of the same size. */
enum { CHOLESKY_LANES = 8 };
enum cholesky_status cholesky_solve_lanes(struct cholesky *cholesky, double *x, double *work);

/* From the last factor, the entries of the inverse where the factor has some (Takahashi, Fagan and Chen 1973), in about
 * the time of a factorisation. Sums of positive numbers for a Laplacian. False where there is none: memory is out, or
 * the factor is supernodal or its indices are wide. */
bool cholesky_invert(struct cholesky *cholesky);

/* The entry of the inverse for unknowns i and j, which are the same or joined by an entry of A; NAN: there is none. */
double cholesky_inverse_entry(const struct cholesky *cholesky, int32_t i, int32_t j);

/* The order of elimination, [n]; NULL where indices are wide. */
const int32_t *cholesky_order(const struct cholesky *cholesky);

/* Nonzeros of the factor, and floating-point operations of one factorisation, as the analysis predicts them. */
double cholesky_fill(const struct cholesky *cholesky);
double cholesky_flops(const struct cholesky *cholesky);

/* NULL is allowed. */
void cholesky_free(struct cholesky *cholesky);

#endif
