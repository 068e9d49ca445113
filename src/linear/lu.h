/* Ax = b for a square sparse matrix without symmetry: analyse, refactor, solve, free; in doubles, and in numbers of
 * twice the precision.
 *
 * Rows and columns are numbered by the caller: of modified nodal analysis a column is an unknown (a potential, a
 * current), a row its equation. Rows may be of any scale: each is brought to 1 by a power of two. */
#ifndef OPSPICE_LU_H
#define OPSPICE_LU_H

#include "util/double_double.h"
#include "util/octet.h"
#include <stdbool.h>
#include <stdint.h>

enum lu_status { LU_OK, LU_SINGULAR, LU_NO_MEMORY };

struct lu;

/* Order and analyse a pattern, once for all values. NULL when memory is out.
 *
 * start  [n + 1] of the columns in row; kept by reference, as row is, until lu_free
 * row    [start[n]] of the entries, increasing in each column */
struct lu *lu_new(int32_t n, const int32_t *start, const int32_t *row);

/* The same of a pattern that lacks some of the entries: what value[] has there does not count. absent [start[n]] */
struct lu *lu_new_without(int32_t n, const int32_t *start, const int32_t *row, const bool *absent);

/* Factor A with these values, in the places of row [start[n]]. The first time, and whenever a pivot no longer serves,
 * pivots are chosen and memory may be allocated; otherwise nothing is.
 *
 * LU_SINGULAR: in the rounding of the numbers a column has no pivot, or a value is not finite; lu_singular tells more.
 * After anything but LU_OK there is no factor. */
enum lu_status lu_refactor(struct lu *lu, const double *value);

/* The same, but blocks of the block triangular form, all of whose entries are within `near` of what they were,
 * relative, keep their factors: that of a matrix so near to A, by which an iteration goes on as well. */
enum lu_status lu_refactor_nearly(struct lu *lu, const double *value, double near);

/* b becomes x with Ax = b or A'x = b, with the last factor; NAN where there is none. Allocates nothing. [n] */
void lu_solve(struct lu *lu, double *b);
void lu_solve_transposed(struct lu *lu, double *b);

/* The same in numbers of twice the precision, with a factor and pivots of their own: both factors are there at once. */
enum lu_status lu_refactor_finely(struct lu *lu, const struct dd *value);
void lu_solve_finely(struct lu *lu, struct dd *b);
void lu_solve_transposed_finely(struct lu *lu, struct dd *b);

/* Eight matrices at once, with the pivots of the last lu_refactor, which was LU_OK. value [start[n]]; varies
 * [start[n]]: entries that change from one call to the next, as long as these pivots serve, until lu_octet_forget.
 * Blocks as in lu_refactor_nearly. LU_SINGULAR: a pivot does not serve one of them, or a block has a dense rest; the
 * factor of the last lu_refactor is still there. */
enum lu_status lu_octet_refactor(struct lu *lu, const octet *value, const bool *varies, double near);
void lu_octet_forget(struct lu *lu);

/* Solve with these, after LU_OK: b becomes x, [n]. sign [OCTET] out: as lu_sign. Nothing is allocated. */
void lu_octet_solve(struct lu *lu, octet *b);
void lu_octet_signs(const struct lu *lu, int *sign);

/* The sign of det A, 1 or -1, from the last factorisation of either precision; 0 where that was not LU_OK. */
int lu_sign(const struct lu *lu);

/* An estimate from below, mostly within a factor of 3, of the condition |RA| |(RA)^-1| in the 1-norm, R the scales of
 * rows; INFINITY where there is no factor. From the last lu_refactor: four to ten solutions.
 * Source: Higham 1988, ACM Transactions on Mathematical Software 14, algorithm 4.1. */
double lu_condition(struct lu *lu);

/* Why the last factorisation, of either precision, was LU_SINGULAR. */
enum lu_reason {
    LU_REGULAR,
    LU_STRUCTURE, /* whatever the values: no pairs of all rows and columns have entries */
    LU_VALUES,    /* what a column has in rows without a pivot is nothing or rounding */
    LU_NOT_FINITE /* the entry (row, column) is NAN or infinite */
};

/* The columns without a pivot, which depend on other columns, and the rows that are left over: as many. The rank is at
 * least n - count; it is n - count for LU_STRUCTURE. */
struct lu_singular {
    enum lu_reason reason;
    uint32_t count;             /* 0 for LU_REGULAR, 1 for LU_NOT_FINITE */
    const int32_t *column, *row; /* [count] */
};
struct lu_singular lu_singular(const struct lu *lu);

/* Block triangular form: rows of block b have entries in columns of blocks up to b, so that blocks are solved in
 * increasing order, and within a block each unknown hangs on each other one. Where the structure is singular, the
 * blocks are those with an entry added for each column of lu_singular, in the row beside it.
 *
 * Returns how many there are; of_row and of_column [n] out: the block of each, from 0 on; NULL: not wanted. */
int32_t lu_blocks(const struct lu *lu, int32_t *of_row, int32_t *of_column);

/* Entries of L and U with the diagonal once, of the last lu_refactor. */
double lu_fill(const struct lu *lu);

/* NULL is allowed. */
void lu_free(struct lu *lu);

#endif
