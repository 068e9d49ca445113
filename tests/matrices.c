#include "matrices.h"

#include "assertions.h"
#include <float.h>
#include <math.h>
#include <string.h>

void matrix_set_columns(struct matrix *A)
{
    int32_t at = 0;
    for (int32_t j = 0; j < A->n; j++) {
        A->start[j] = at;
        for (int32_t i = 0; i < A->n; i++)
            if (A->entry[i][j]) {
                A->row[at] = i;
                A->value[at] = A->a[i][j];
                A->fine[at++] = dd_from(A->a[i][j]);
            }
    }
    A->start[A->n] = at;
}

void matrix_put(struct matrix *A, int32_t i, int32_t j, double value)
{
    A->entry[i][j] = true;
    A->a[i][j] = value;
}

void matrix_draw_values(struct matrix *A, struct random *random, double decades)
{
    for (int32_t i = 0; i < A->n; i++)
        for (int32_t j = 0; j < A->n; j++)
            if (A->entry[i][j])
                A->a[i][j] = random_uniform(random) < -0.95
                                 ? 0
                                 : random_uniform(random) * pow(10, decades * random_uniform(random));
    matrix_set_columns(A);
}

struct matrix matrix_random(struct random *random, int32_t n, double density, double decades)
{
    struct matrix A = {.n = n};
    int32_t turn = (int32_t)((random_uniform(random) + 1) / 2 * n);
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++)
            A.entry[i][j] = (i + turn) % n == j || random_uniform(random) < 2 * density - 1;
    matrix_draw_values(&A, random, decades);
    return A;
}

double matrix_residual(const struct matrix *A, bool transposed, const struct dd *x, const double *b)
{
    double largest = 0, size = DBL_MIN;
    for (int32_t i = 0; i < A->n; i++) {
        struct dd rest = dd_from(b[i]);
        double terms = fabs(b[i]);
        for (int32_t j = 0; j < A->n; j++) {
            double a = transposed ? A->a[j][i] : A->a[i][j];
            rest = dd_sub(rest, dd_mul_double(x[j], a));
            terms += fabs(a * x[j].hi);
        }
        largest = fmax(largest, fabs(rest.hi) / (transposed ? 1 : fmax(terms, DBL_MIN)));
        size = fmax(size, terms);
    }
    return transposed ? largest / size : largest;
}

double matrix_residual_of_doubles(const struct matrix *A, bool transposed, const double *x, const double *b)
{
    struct dd wide[MOST];
    for (int32_t i = 0; i < A->n; i++)
        wide[i] = dd_from(x[i]);
    return matrix_residual(A, transposed, wide, b);
}

void matrix_draw_side(double *b, int32_t n, struct random *random)
{
    for (int32_t i = 0; i < n; i++)
        b[i] = random_uniform(random);
}

void matrix_check_solutions(struct lu *lu, const struct matrix *A, struct random *random)
{
    double b[MOST], x[MOST];
    matrix_draw_side(b, A->n, random);
    memcpy(x, b, sizeof x);
    lu_solve(lu, x);
    ck_assert_double_le(matrix_residual_of_doubles(A, false, x, b), 1e-7);
    memcpy(x, b, sizeof x);
    lu_solve_transposed(lu, x);
    ck_assert_double_le(matrix_residual_of_doubles(A, true, x, b), 1e-7);
}
