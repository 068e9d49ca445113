/* src/linear: what the LU tells of singular matrices without symmetry. */
#include "matrices.h"
#include "suites.h"
#include <math.h>

/* Where there is no factor, solutions are none. */
static void check_unsolved(struct lu *lu, int32_t n)
{
    double x[MOST] = {0}, y[MOST] = {0};
    struct dd fine[MOST] = {{0, 0}}, transposed[MOST] = {{0, 0}};
    lu_solve(lu, x);
    lu_solve_transposed(lu, y);
    lu_solve_finely(lu, fine);
    lu_solve_transposed_finely(lu, transposed);
    for (int32_t i = 0; i < n; i++)
        ck_assert(isnan(x[i]) && isnan(y[i]) && isnan(fine[i].hi) && isnan(transposed[i].hi));
}

/* Columns that no rows are left for are named, and as many rows. */
START_TEST(structure_is_told)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 6 + _i % 10, wide = 1 + _i % 3;
    struct matrix A = {.n = n}; /* the first `wide` + 1 columns have entries in the last `wide` rows alone */
    for (int32_t j = 0; j < n; j++)
        for (int32_t i = j > wide ? 0 : n - wide; i < n; i++)
            A.entry[i][j] = i == j || random_uniform(&random) < 0.2 || j <= wide;
    matrix_draw_values(&A, &random, 1);
    struct lu *lu = lu_new(n, A.start, A.row);
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_SINGULAR);
    ck_assert_int_eq(lu_refactor_finely(lu, A.fine), LU_SINGULAR);
    ck_assert_int_eq(lu_sign(lu), 0);
    ck_assert(isinf(lu_condition(lu)));
    check_unsolved(lu, n);
    struct lu_singular singular = lu_singular(lu);
    ck_assert_int_eq(singular.reason, LU_STRUCTURE);
    ck_assert_uint_ge(singular.count, 1);
    ck_assert_int_le(singular.column[0], wide);
    lu_free(lu);
}
END_TEST

/* A column that is the sum of others, in one of two blocks: it or one of those is named, and a row of the block. Where
 * the pivots before have made the rounding larger than a factor can know, the condition tells. */
START_TEST(dependent_columns_are_named)
{
    struct random random = random_from((uint64_t)_i);
    enum { HALF = 6, N = 2 * HALF };
    struct matrix A = {.n = N};
    for (int32_t i = 0; i < N; i++)
        for (int32_t j = 0; j < N; j++)
            if (i / HALF >= j / HALF)
                matrix_put(&A, i, j, floor(100 * random_uniform(&random)));
    int32_t from = _i % 2 ? HALF : 0;
    for (int32_t i = 0; i < N; i++) /* in rows of its block: the sum of two */
        if (i / HALF == from / HALF)
            A.a[i][from + 3] = A.a[i][from + 1] + A.a[i][from + 4];
    matrix_set_columns(&A);
    struct lu *lu = lu_new(N, A.start, A.row);
    if (lu_refactor(lu, A.value) == LU_OK) {
        ck_assert_double_ge(lu_condition(lu), 1e12);
        lu_free(lu);
        return;
    }
    struct lu_singular singular = lu_singular(lu);
    ck_assert_int_eq(singular.reason, LU_VALUES);
    ck_assert_uint_eq(singular.count, 1);
    ck_assert(singular.column[0] == from + 1 || singular.column[0] == from + 3 || singular.column[0] == from + 4);
    ck_assert_int_eq(singular.row[0] / HALF, from / HALF);
    A.a[from + 2][from + 3] += 1;
    matrix_set_columns(&A);
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    ck_assert_int_eq(lu_singular(lu).reason, LU_REGULAR);
    matrix_check_solutions(lu, &A, &random);
    lu_free(lu);
}
END_TEST

/* Rank n - 2 by columns of zeros, of any position: just those are named. */
START_TEST(columns_of_zeros_are_named)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 8, one = _i % 8, other = (_i + 1 + _i / 8) % 8;
    struct matrix A = matrix_random(&random, n, 0.9, 0);
    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++)
            matrix_put(&A, i, j, j == one || j == other ? 0 : random_uniform(&random));
    matrix_set_columns(&A);
    struct lu *lu = lu_new(n, A.start, A.row);
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(turn ? lu_refactor_finely(lu, A.fine) : lu_refactor(lu, A.value), LU_SINGULAR);
        struct lu_singular singular = lu_singular(lu);
        ck_assert_uint_eq(singular.count, 2);
        ck_assert(singular.column[0] == one || singular.column[1] == one);
        ck_assert(singular.column[0] == other || singular.column[1] == other);
        ck_assert_int_ne(singular.row[0], singular.row[1]);
    }
    check_unsolved(lu, n);
    lu_free(lu);
}
END_TEST

START_TEST(values_that_are_none_are_named)
{
    static const double none[] = {NAN, INFINITY, -INFINITY};
    struct random random = random_from((uint64_t)_i);
    struct matrix A = matrix_random(&random, 9, 0.5, 1);
    struct lu *lu = lu_new(9, A.start, A.row);
    int32_t place = _i % A.start[9];
    struct lu_singular singular;
    A.value[place] = none[_i % 3];
    *(_i % 2 ? &A.fine[place].hi : &A.fine[place].lo) = none[_i % 3];
    for (int turn = 0; turn < 2; turn++) {
        ck_assert_int_eq(turn ? lu_refactor_finely(lu, A.fine) : lu_refactor(lu, A.value), LU_SINGULAR);
        singular = lu_singular(lu);
        ck_assert_int_eq(singular.reason, LU_NOT_FINITE);
        ck_assert_uint_eq(singular.count, 1);
        ck_assert_int_eq(singular.row[0], A.row[place]);
        ck_assert_int_le(A.start[singular.column[0]], place);
        ck_assert_int_gt(A.start[singular.column[0] + 1], place);
    }
    check_unsolved(lu, 9);
    lu_free(lu);
}
END_TEST

Suite *suite_lu_singular(void)
{
    Suite *suite = suite_create("lu_singular");
    TCase *singular = tcase_create("singular");
    tcase_add_loop_test(singular, structure_is_told, 0, 60);
    tcase_add_loop_test(singular, dependent_columns_are_named, 0, 60);
    tcase_add_loop_test(singular, columns_of_zeros_are_named, 0, 56);
    tcase_add_loop_test(singular, values_that_are_none_are_named, 0, 40);
    suite_add_tcase(suite, singular);
    return suite;
}
