/* Cholesky factorisation of matrices so small that neither sparsity nor a library pays. */
#ifndef OPSPICE_DENSE_H
#define OPSPICE_DENSE_H

#include "linear/laplacian.h"

/* LL' = A. L [n * n] out, rows of n, lower triangle. False where a pivot is not positive. A: symmetric, its
 * lower triangle is read. */
bool dense_factor(double *L, const struct laplacian *A);

/* Solve LL'x = b; x may be b. [n] */
void dense_solve(const double *L, int32_t n, const double *b, double *x);

#endif
