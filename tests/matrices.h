/* Random matrices without symmetry for the tests of their LU, and how well they are solved. */
#ifndef OPSPICE_TEST_MATRICES_H
#define OPSPICE_TEST_MATRICES_H

#include "linear/lu.h"
#include "util/random.h"

enum { MOST = 24 }; /* unknowns */

/* A matrix, dense and by columns. */
struct matrix {
    int32_t n;
    bool entry[MOST][MOST];
    double a[MOST][MOST]; /* row, column */
    int32_t start[MOST + 1], row[MOST * MOST];
    double value[MOST * MOST];
    struct dd fine[MOST * MOST];
};

/* An entry; the columns from all of them. */
void matrix_put(struct matrix *A, int32_t i, int32_t j, double value);
void matrix_set_columns(struct matrix *A);

/* Values of many decades for its entries, some of them 0. */
void matrix_draw_values(struct matrix *A, struct random *random, double decades);

/* Entries at random places, of which each row and column has one, with such values. */
struct matrix matrix_random(struct random *random, int32_t n, double density, double decades);

/* b [n] */
void matrix_draw_side(double *b, int32_t n, struct random *random);

/* The largest component of b - Ax, or of b - A'x, over that of the sizes of its terms in any row. */
double matrix_residual(const struct matrix *A, bool transposed, const struct dd *x, const double *b);
double matrix_residual_of_doubles(const struct matrix *A, bool transposed, const double *x, const double *b);

/* A factor solves both, for a random side. */
void matrix_check_solutions(struct lu *lu, const struct matrix *A, struct random *random);

#endif
