/* src/linear: LU of matrices without symmetry, against dense elimination in higher precision; blocks. Of singular ones:
 * check_lu_singular.c. */
#include "fail_alloc.h"
#include "matrices.h"
#include "suites.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Determinant by elimination with partial pivoting; `size` out: the product of the largest entries of the rows. */
static long double determinant(const struct matrix *A, long double *size)
{
    long double M[MOST][MOST], product = 1;
    int32_t n = A->n;
    *size = 1;
    for (int32_t i = 0; i < n; i++) {
        long double largest = 0;
        for (int32_t j = 0; j < n; j++) {
            M[i][j] = A->a[i][j];
            largest = fmaxl(largest, fabsl(M[i][j]));
        }
        *size *= largest;
    }
    for (int32_t k = 0; k < n; k++) {
        int32_t p = k;
        for (int32_t i = k; i < n; i++)
            if (fabsl(M[i][k]) > fabsl(M[p][k]))
                p = i;
        for (int32_t j = 0; j < n && p != k; j++) {
            long double other = M[p][j];
            M[p][j] = M[k][j];
            M[k][j] = other;
        }
        product *= p == k ? M[k][k] : -M[k][k];
        for (int32_t i = k + 1; i < n && M[k][k] != 0; i++)
            for (int32_t j = n - 1; j >= k; j--)
                M[i][j] -= M[i][k] / M[k][k] * M[k][j];
    }
    return product;
}

/* ---- solutions --------------------------------------------------------------------------------------------------- */

static void check_fine_solutions(struct lu *lu, const struct matrix *A, struct random *random, double tolerance)
{
    double b[MOST];
    struct dd x[MOST], y[MOST];
    matrix_draw_side(b, A->n, random);
    for (int32_t i = 0; i < A->n; i++)
        x[i] = y[i] = dd_from(b[i]);
    lu_solve_finely(lu, x);
    ck_assert_double_le(matrix_residual(A, false, x, b), tolerance);
    lu_solve_transposed_finely(lu, y);
    ck_assert_double_le(matrix_residual(A, true, y, b), tolerance);
}

/* Values of one pattern again and again: with pivots kept and with pivots that no longer serve. */
START_TEST(random_matrices_are_solved)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 1 + _i % MOST;
    struct matrix A = matrix_random(&random, n, 0.05 + 0.05 * (_i % 7), 1);
    struct lu *lu = lu_new(n, A.start, A.row);
    ck_assert_ptr_nonnull(lu);
    for (int turn = 0; turn < 6; turn++) {
        long double size, det = determinant(&A, &size);
        enum lu_status status = lu_refactor(lu, A.value);
        if (fabsl(det) > 1e-12L * size) {
            ck_assert_int_eq(status, LU_OK);
            ck_assert_int_eq(lu_sign(lu), det > 0 ? 1 : -1);
            matrix_check_solutions(lu, &A, &random);
            ck_assert_int_eq(lu_refactor_finely(lu, A.fine), LU_OK);
            ck_assert_int_eq(lu_sign(lu), det > 0 ? 1 : -1);
            check_fine_solutions(lu, &A, &random, 1e-22);
            matrix_check_solutions(lu, &A, &random);
        } else if (det == 0) {
            ck_assert_int_eq(status, LU_SINGULAR);
            ck_assert_int_eq(lu_sign(lu), 0);
        }
        matrix_draw_values(&A, &random, turn % 3);
    }
    lu_free(lu);
}
END_TEST

/* A block that has hardly moved keeps its factor; one that has moved gets another. */
START_TEST(near_matrices)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 1 + _i % MOST;
    struct matrix A = matrix_random(&random, n, 0.3, 1);
    struct lu *lu = lu_new(n, A.start, A.row);
    double b[MOST] = {0}, x[MOST], again[MOST];
    long double size, det = determinant(&A, &size);
    if (fabsl(det) > 1e-6L * size) {
        ck_assert_int_eq(lu_refactor_nearly(lu, A.value, 0.5), LU_OK); /* without a factor before it is exact */
        matrix_check_solutions(lu, &A, &random);
        matrix_draw_side(b, n, &random);
        memcpy(x, b, sizeof x);
        lu_solve(lu, x);
        for (int32_t i = 0; i < n; i++)
            for (int32_t j = 0; j < n; j++)
                A.a[i][j] *= 1 + 1e-4 * random_uniform(&random);
        matrix_set_columns(&A);
        ck_assert_int_eq(lu_refactor_nearly(lu, A.value, 1e-3), LU_OK);
        memcpy(again, b, sizeof again);
        lu_solve(lu, again);
        if (lu_blocks(lu, NULL, NULL) == 1)
            ck_assert_int_eq(memcmp(again, x, (size_t)n * sizeof *x), 0);
        ck_assert_int_eq(lu_refactor_nearly(lu, A.value, 1e-9), LU_OK);
        matrix_check_solutions(lu, &A, &random);
    }
    lu_free(lu);
}
END_TEST

/* What is absent does not count, whatever stands there; and it makes no blocks. */
/* Values of one lane, near those of A: entries that vary, and all others as they are. */
static struct matrix lane_of(const struct matrix *A, const bool *varies, octet *value, int lane, double by,
                             struct random *random)
{
    struct matrix own = *A;
    for (int32_t j = 0; j < A->n; j++)
        for (int32_t q = A->start[j]; q < A->start[j + 1]; q++) {
            own.a[A->row[q]][j] *= varies[q] ? 1 + by * random_uniform(random) : 1;
            value[q][lane] = own.a[A->row[q]][j];
        }
    matrix_set_columns(&own);
    return own;
}

/* Eight matrices at once, twice: each is solved, its sign is right, and what has not moved keeps its factor. */
START_TEST(eight_matrices_at_once)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 1 + _i % MOST;
    struct matrix A = matrix_random(&random, n, 0.1 + 0.05 * (_i % 5), 1), lane[OCTET];
    struct lu *lu = lu_new(n, A.start, A.row);
    octet value[MOST * MOST], b[MOST], x[MOST];
    bool varies[MOST * MOST];
    int sign[OCTET];
    long double size;
    for (int32_t q = 0; q < A.start[n]; q++)
        varies[q] = random_uniform(&random) > 0;
    if (fabsl(determinant(&A, &size)) > 1e-4L * size)
        ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    for (int turn = 0; turn < 3 && lu_sign(lu) != 0; turn++) {
        for (int l = 0; l < OCTET; l++)
            lane[l] = lane_of(&A, varies, value, l, turn < 2 ? 1e-3 : 1e-9, &random);
        if (lu_octet_refactor(lu, value, varies, 1e-7) != LU_OK)
            break;
        lu_octet_signs(lu, sign);
        for (int32_t i = 0; i < n; i++)
            for (int l = 0; l < OCTET; l++)
                b[i][l] = x[i][l] = random_uniform(&random);
        lu_octet_solve(lu, x);
        for (int l = 0; l < OCTET; l++) {
            double right[MOST], own[MOST];
            for (int32_t i = 0; i < n; i++) {
                right[i] = b[i][l];
                own[i] = x[i][l];
            }
            ck_assert_double_le(matrix_residual_of_doubles(&lane[l], false, own, right), turn < 2 ? 1e-7 : 0.1);
            ck_assert_int_eq(sign[l], determinant(&lane[l], &size) > 0 ? 1 : -1);
        }
    }
    lu_free(lu);
}
END_TEST

/* A pivot that is nothing in one of eight is refused; the factor of the last matrix alone stays. */
START_TEST(pivots_that_do_not_serve_eight)
{
    const int32_t start[] = {0, 2, 4}, row[] = {0, 1, 0, 1};
    const double alone[] = {2, 1, 1, 3};
    const bool varies[] = {true, true, true, true};
    octet value[4], other[4];
    struct lu *lu = lu_new(2, start, row);
    double b[] = {3, 4};
    ck_assert_int_eq(lu_octet_refactor(lu, value, varies, 0), LU_SINGULAR); /* no pivots yet */
    ck_assert_int_eq(lu_refactor(lu, alone), LU_OK);
    for (int q = 0; q < 4; q++)
        other[q] = value[q] = (octet){0} + alone[q];
    other[0][5] = other[3][5] = 1; /* [1 1; 1 1] */
    ck_assert_int_eq(lu_octet_refactor(lu, other, varies, 0), LU_SINGULAR);
    ck_assert_int_eq(lu_octet_refactor(lu, value, varies, 0), LU_OK);
    lu_solve(lu, b);
    ck_assert_double_eq_tol(b[0], 1, 1e-15);
    ck_assert_double_eq_tol(b[1], 1, 1e-15);
    lu_octet_forget(lu);
    lu_free(lu);
}
END_TEST

/* Most entries are small, others each time: so are the pivots. */
static void scatter(struct random *random, struct matrix *A)
{
    for (int32_t i = 0; i < A->n; i++)
        for (int32_t j = 0; j < A->n; j++)
            if (A->entry[i][j])
                A->a[i][j] = (random_uniform(random) > -0.3 ? 1e-4 : 1) * (1.5 + 0.5 * random_uniform(random));
    matrix_set_columns(A);
}

/* The factors of eight are of the pivots of the last matrix alone, also where those before have not served. */
START_TEST(other_pivots_for_eight)
{
    enum { ROUNDS = 20 };
    struct random random = random_from((uint64_t)_i);
    struct matrix A = matrix_random(&random, 12, 0.2, 0);
    const int32_t entries = A.start[A.n];
    struct lu *lu = lu_new(A.n, A.start, A.row);
    octet value[MOST * MOST], x[MOST];
    bool varies[MOST * MOST];
    double b[MOST], own[MOST];
    memset(varies, true, sizeof varies);
    for (int round = 0; round < ROUNDS; round++) {
        scatter(&random, &A);
        if (lu_refactor(lu, A.value) != LU_OK)
            continue;
        for (int32_t q = 0; q < entries; q++)
            value[q] = (octet){0} + A.value[q];
        if (lu_octet_refactor(lu, value, varies, 0) == LU_OK) {
            for (int32_t i = 0; i < A.n; i++)
                x[i] = (octet){0} + (b[i] = random_uniform(&random));
            lu_octet_solve(lu, x);
            for (int32_t i = 0; i < A.n; i++)
                own[i] = x[i][3];
            ck_assert_double_le(matrix_residual_of_doubles(&A, false, own, b), 1e-3); /* kept pivots may be small */
        }
        scatter(&random, &A);
        for (int32_t q = 0; q < entries; q++)
            value[q] = (octet){0} + A.value[q];
        lu_octet_refactor(lu, value, varies, 0);
    }
    lu_free(lu);
}
END_TEST

START_TEST(absent_entries)
{
    enum { N = 3 };
    const int32_t start[N + 1] = {0, 2, 4, 6}, row[] = {0, 2, 0, 1, 1, 2};
    const double value[] = {2, 1e9, 1, 4, 1, 8};
    const bool absent[] = {false, true, false, false, false, false};
    double x[N] = {5, 9, 8};
    struct lu *whole = lu_new(N, start, row), *lu = lu_new_without(N, start, row, absent);
    ck_assert_int_eq(lu_blocks(whole, NULL, NULL), 1);
    ck_assert_int_eq(lu_blocks(lu, NULL, NULL), N);
    ck_assert_int_eq(lu_refactor(lu, value), LU_OK);
    lu_solve(lu, x);
    ck_assert(x[0] == 1.5 && x[1] == 2 && x[2] == 1);
    lu_free(whole);
    lu_free(lu);
}
END_TEST

START_TEST(nothing_is_solved)
{
    const int32_t start[1] = {0};
    struct lu *lu = lu_new(0, start, NULL);
    ck_assert_ptr_nonnull(lu);
    ck_assert_int_eq(lu_refactor(lu, NULL), LU_OK);
    ck_assert_int_eq(lu_refactor_finely(lu, NULL), LU_OK);
    lu_solve(lu, NULL);
    lu_solve_transposed_finely(lu, NULL);
    ck_assert_int_eq(lu_sign(lu), 1);
    ck_assert_int_eq(lu_blocks(lu, NULL, NULL), 0);
    ck_assert_double_eq(lu_condition(lu), 1);
    lu_free(lu);
    lu_free(NULL);
}
END_TEST

/* Hilbert's matrix, the entries of which are rounded: of condition 1e16 at 12 unknowns, 1e25 at 18. */
START_TEST(hilbert_matrices_are_solved_finely)
{
    struct random random = random_from((uint64_t)_i);
    struct matrix A = {.n = _i};
    for (int32_t i = 0; i < _i; i++)
        for (int32_t j = 0; j < _i; j++)
            matrix_put(&A, i, j, 1.0 / (1 + i + j));
    matrix_set_columns(&A);
    struct lu *lu = lu_new(A.n, A.start, A.row);
    ck_assert_int_eq(lu_refactor_finely(lu, A.fine), LU_OK);
    check_fine_solutions(lu, &A, &random, 1e-27);
    lu_free(lu);
}
END_TEST

/* A chain of conductances that fall by `ratio` from link to link, its strong end hanging in the air: what ties it to
 * ground is lost in the rounding of the first entries. All potentials are sums of positive terms. */
START_TEST(graded_chains_are_solved_finely)
{
    enum { N = 9 };
    double ratio = pow(2, -5 - _i), g[N];
    struct matrix A = {.n = N};
    for (int32_t k = 0; k < N; k++) {
        g[k] = pow(ratio, k);
        matrix_put(&A, k, k, A.a[k][k] + g[k]);
        if (k + 1 == N)
            break;
        matrix_put(&A, k + 1, k + 1, g[k]);
        matrix_put(&A, k, k + 1, -g[k]);
        matrix_put(&A, k + 1, k, -g[k]);
    }
    matrix_set_columns(&A);
    struct lu *lu = lu_new(N, A.start, A.row);
    struct dd x[N] = {{1, 0}};
    ck_assert_int_eq(lu_refactor_finely(lu, A.fine), LU_OK);
    ck_assert_int_eq(lu_sign(lu), 1);
    lu_solve_finely(lu, x);
    double v = 0;
    for (int32_t k = N - 1; k >= 0; k--) {
        v += 1 / g[k];
        ck_assert_double_eq_tol(x[k].hi / v, 1, 1e-15);
    }
    lu_free(lu);
}
END_TEST

/* Rows of all scales, of the smallest numbers and the largest. */
START_TEST(scales_of_rows_do_not_matter)
{
    static const double scale[] = {0x1p-1060, 0x1p1020, 1, 0x1p-500, 0x1p700};
    struct matrix A = {.n = 5};
    double b[5], x[5];
    struct dd fine[5];
    for (int32_t i = 0; i < 5; i++)
        for (int32_t j = 0; j < 5; j++)
            matrix_put(&A, i, j, (i == j ? 8 : 1 + (i + 2 * j) % 3) * scale[i]);
    matrix_set_columns(&A);
    struct lu *lu = lu_new(5, A.start, A.row);
    for (int32_t i = 0; i < 5; i++) {
        b[i] = 0;
        for (int32_t j = 0; j < 5; j++)
            b[i] += A.a[i][j] * (j - 2); /* small integers: exact */
        x[i] = b[i];
        fine[i] = dd_from(b[i]);
    }
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    ck_assert_int_eq(lu_sign(lu), 1);
    lu_solve(lu, x);
    ck_assert_int_eq(lu_refactor_finely(lu, A.fine), LU_OK);
    lu_solve_finely(lu, fine);
    for (int32_t j = 0; j < 5; j++) {
        ck_assert_double_eq_tol(x[j], j - 2, 1e-14);
        ck_assert_double_eq_tol(fine[j].hi, j - 2, 1e-30);
    }
    lu_free(lu);
}
END_TEST

/* |A| |A^-1| of diagonal matrices between 1 and 10^12 apart, turned by one another. */
START_TEST(condition_is_estimated)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 2 + _i % 12;
    struct matrix A = matrix_random(&random, n, 0.6, 0.3);
    struct lu *lu = lu_new(n, A.start, A.row);
    if (lu_refactor(lu, A.value) == LU_OK) {
        double inverse = 0, norm = 0, scale[MOST];
        for (int32_t i = 0; i < n; i++) {
            double largest = 0;
            for (int32_t j = 0; j < n; j++)
                largest = fmax(largest, fabs(A.a[i][j]));
            scale[i] = pow(2, -floor(log2(largest)));
        }
        for (int32_t j = 0; j < n; j++) {
            double x[MOST] = {0}, column = 0, of_inverse = 0;
            x[j] = 1 / scale[j];
            lu_solve(lu, x);
            for (int32_t i = 0; i < n; i++) {
                column += fabs(A.a[i][j]) * scale[i];
                of_inverse += fabs(x[i]);
            }
            norm = fmax(norm, column);
            inverse = fmax(inverse, of_inverse);
        }
        double condition = lu_condition(lu);
        ck_assert_double_le(condition, norm * inverse * (1 + 1e-9));
        ck_assert_double_ge(condition, norm * inverse / 6);
    }
    lu_free(lu);
}
END_TEST

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

/* Rings of 1, 2, 3, ... unknowns, each controlled by the one before, rows and columns mixed up. */
START_TEST(blocks_are_found)
{
    struct random random = random_from((uint64_t)_i);
    enum { RINGS = 6, N = RINGS * (RINGS + 1) / 2 };
    int32_t ring_of[N], row_at[N], column_at[N], first = 0, of_row[N], of_column[N];
    struct matrix A = {.n = N};
    for (int32_t k = 0; k < N; k++) {
        int32_t i = (int32_t)((random_uniform(&random) + 1) / 2 * (k + 1)), j = (_i + k * 5) % N;
        row_at[k] = row_at[i];
        row_at[i] = k;
        column_at[k] = j;
    }
    for (int32_t ring = 0; ring < RINGS; first += ++ring)
        for (int32_t k = 0; k <= ring; k++) {
            ring_of[first + k] = ring;
            matrix_put(&A, row_at[first + k], column_at[first + k], 1);
            matrix_put(&A, row_at[first + k], column_at[first + (k + 1) % (ring + 1)], 3);
            if (ring > 0 && k == 0)
                matrix_put(&A, row_at[first + k], column_at[first - 1], 2);
        }
    matrix_set_columns(&A);
    struct lu *lu = lu_new(N, A.start, A.row);
    ck_assert_int_eq(lu_blocks(lu, of_row, of_column), RINGS);
    for (int32_t k = 0; k < N; k++) {
        ck_assert_int_eq(of_row[row_at[k]], ring_of[k]);
        ck_assert_int_eq(of_column[column_at[k]], ring_of[k]);
    }
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    matrix_check_solutions(lu, &A, &random);
    lu_free(lu);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static enum lu_status work(const struct matrix *A, double *x)
{
    struct lu *lu = lu_new(A->n, A->start, A->row);
    enum lu_status status = lu ? lu_refactor(lu, A->value) : LU_NO_MEMORY;
    if (status == LU_OK)
        status = lu_refactor_finely(lu, A->fine);
    if (status == LU_OK)
        lu_solve(lu, x);
    if (lu && (lu_sign(lu) != 0) != (status == LU_OK))
        status = LU_SINGULAR;
    lu_free(lu);
    return status;
}

START_TEST(memory_runs_out)
{
    struct random random = random_from(3);
    struct matrix A = matrix_random(&random, MOST, 0.2, 1);
    for (int32_t k = 0; k < A.n && _i; k++) { /* with symmetry */
        matrix_put(&A, k, k, 3);
        matrix_put(&A, k, (k + 1) % A.n, 1);
        matrix_put(&A, (k + 1) % A.n, k, 1);
    }
    matrix_set_columns(&A);
    double x[MOST] = {1};
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        enum lu_status status = work(&A, x);
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? LU_NO_MEMORY : LU_OK);
    }
}
END_TEST

START_TEST(memory_is_taken_once)
{
    struct random random = random_from(3);
    struct matrix A = matrix_random(&random, MOST, 0.2, 0);
    struct lu *lu = lu_new(A.n, A.start, A.row);
    double x[MOST] = {1};
    struct dd fine[MOST] = {{1, 0}};
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    ck_assert_int_eq(lu_refactor_finely(lu, A.fine), LU_OK);
    A.value[5] *= 1.01;
    fail_alloc_after(0);
    enum lu_status status = lu_refactor(lu, A.value), status_finely = lu_refactor_finely(lu, A.fine);
    lu_solve(lu, x);
    lu_solve_transposed(lu, x);
    lu_solve_finely(lu, fine);
    lu_solve_transposed_finely(lu, fine);
    double condition = lu_condition(lu);
    long asked = fail_alloc_count();
    fail_alloc_off();
    ck_assert_int_eq(status, LU_OK);
    ck_assert_int_eq(status_finely, LU_OK);
    ck_assert_double_ge(condition, 1);
    ck_assert_int_eq(asked, 0);
    lu_free(lu);
}
END_TEST

Suite *suite_lu(void)
{
    Suite *suite = suite_create("lu");
    TCase *solutions = tcase_create("solutions"), *blocks = tcase_create("blocks"), *memory = tcase_create("memory");
    tcase_add_loop_test(solutions, random_matrices_are_solved, 0, 500);
    tcase_add_loop_test(solutions, near_matrices, 0, 200);
    tcase_add_loop_test(solutions, eight_matrices_at_once, 0, 200);
    tcase_add_test(solutions, pivots_that_do_not_serve_eight);
    tcase_add_loop_test(solutions, other_pivots_for_eight, 0, 200);
    tcase_add_test(solutions, absent_entries);
    tcase_add_test(solutions, nothing_is_solved);
    tcase_add_loop_test(solutions, hilbert_matrices_are_solved_finely, 1, 19);
    tcase_add_loop_test(solutions, graded_chains_are_solved_finely, 0, 6);
    tcase_add_test(solutions, scales_of_rows_do_not_matter);
    tcase_add_loop_test(solutions, condition_is_estimated, 0, 200);
    tcase_add_loop_test(blocks, blocks_are_found, 0, 40);
    tcase_add_loop_test(memory, memory_runs_out, 0, 2);
    tcase_add_test(memory, memory_is_taken_once);
    suite_add_tcase(suite, solutions);
    suite_add_tcase(suite, blocks);
    suite_add_tcase(suite, memory);
    return suite;
}
