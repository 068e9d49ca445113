/* The factors of a matrix with a plan (lu_plan.h), by elimination column after column with partial pivoting, which
 * spends nothing on what is 0; the same for doubles (lu_double) and for numbers of twice the precision (lu_fine).
 *
 * Of each column its own row is the pivot where it is not much smaller than the largest. The pattern of the factors is
 * that of the matrix and of the pivots, entries that happen to be 0 with it: so it serves for other values, as long as
 * the pivots do. What is left of a column after elimination is compared with the rounding of what it was computed from:
 * where it is no more than that, the column has no pivot.
 *
 * Sources: Gilbert and Peierls 1988, SIAM Journal on Scientific and Statistical Computing 9 (the reach of a column);
 * Eisenstat and Liu 1992, SIAM Journal on Matrix Analysis and Applications 13 (symmetric pruning). */
#ifndef OPSPICE_LU_FACTOR_H
#define OPSPICE_LU_FACTOR_H

#include "linear/lu.h"
#include "linear/lu_plan.h"

/* The functions of lu_double and lu_fine, as those of lu.h; the plan is kept by reference. `norm` is that of the scaled
 * matrix, |RA|; `unscale` makes R^-1 b of b [n]. `refactor_nearly` has a factor to begin with, keeps its scales, and is
 * false where a pivot does not serve: then it is gone. */
#define LU_FACTOR(name, number)                                              \
    struct name;                                                             \
    struct name *name##_new(const struct lu_plan *plan);                     \
    enum lu_status name##_refactor(struct name *factor, const number *value); \
    bool name##_refactor_nearly(struct name *factor, const number *value, double near); \
    void name##_solve(struct name *factor, number *b);                       \
    void name##_solve_transposed(struct name *factor, number *b);            \
    int name##_sign(const struct name *factor);                              \
    struct lu_singular name##_singular(const struct name *factor);           \
    double name##_norm(struct name *factor);                                 \
    void name##_unscale(const struct name *factor, number *b);               \
    double name##_fill(const struct name *factor);                           \
    void name##_free(struct name *factor);

LU_FACTOR(lu_double, double)
LU_FACTOR(lu_fine, struct dd)

/* As those of lu.h; `forget` frees what they have made. */
enum lu_status lu_double_octet_refactor(struct lu_double *factor, const octet *value, const bool *varies, double near);
void lu_double_octet_solve(struct lu_double *factor, octet *b);
void lu_double_octet_signs(const struct lu_double *factor, int *sign);
void lu_double_octet_forget(struct lu_double *factor);

#endif
