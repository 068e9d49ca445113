/* src/linear: LU of large matrices: the fill that an order leaves, and tails where nearly all is filled. */
#include "fail_alloc.h"
#include "linear/lu.h"
#include "suites.h"
#include "util/array.h"
#include "util/random.h"
#include <math.h>
#include <stdlib.h>

/* Entries of a large matrix, by columns once sorted. */
struct entries {
    int32_t n;
    size_t count, room;
    struct entry {
        int32_t row, column;
        double value;
    } *entry;
    int32_t *start, *row;
    double *value;
};

static void add(struct entries *A, int32_t row, int32_t column, double value)
{
    if (row < 0 || column < 0)
        return;
    ck_assert(array_reserve(&A->entry, &A->room, A->count + 1, sizeof *A->entry));
    A->entry[A->count++] = (struct entry){row, column, value};
}

static void add_conductance(struct entries *A, int32_t i, int32_t j, double g)
{
    add(A, i, i, g);
    add(A, j, j, g);
    add(A, i, j, -g);
    add(A, j, i, -g);
}

static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static struct lu *factored(struct entries *A)
{
    int32_t at = 0;
    A->start = array_new((size_t)A->n + 1, sizeof *A->start);
    A->row = array_new(A->count, sizeof *A->row);
    A->value = array_new(A->count, sizeof *A->value);
    qsort(A->entry, A->count, sizeof *A->entry, by_place);
    for (size_t e = 0; e < A->count; e++) {
        bool again = e > 0 && by_place(&A->entry[e - 1], &A->entry[e]) == 0;
        at += !again;
        A->row[at - 1] = A->entry[e].row;
        A->value[at - 1] += A->entry[e].value;
        A->start[A->entry[e].column + 1] = at;
    }
    struct lu *lu = lu_new(A->n, A->start, A->row);
    ck_assert_ptr_nonnull(lu);
    ck_assert_int_eq(lu_refactor(lu, A->value), LU_OK);
    return lu;
}

static void entries_free(struct entries *A)
{
    free(A->entry);
    free(A->start);
    free(A->row);
    free(A->value);
}

static void add_grid(struct entries *A, int32_t side)
{
    A->n = side * side;
    add(A, 0, 0, 1);
    for (int32_t i = 0; i < A->n; i++) {
        if (i % side + 1 < side)
            add_conductance(A, i, i + 1, 1 + i % 7);
        if (i + side < A->n)
            add_conductance(A, i, i + side, 1 + i % 5);
    }
}

static uint32_t below(struct random *random, uint32_t limit)
{
    return (uint32_t)((random_uniform(random) + 1) / 2 * limit) % limit;
}

static void draw(double *b, int32_t n, struct random *random)
{
    for (int32_t i = 0; i < n; i++)
        b[i] = random_uniform(random);
}

/* ---- fill -------------------------------------------------------------------------------------------------------- */

/* Sources of current and of voltage, controlled by voltages near them, cost a grid of 2500 nodes little. */
START_TEST(controlled_sources_add_little_fill)
{
    enum { SIDE = 50, SOURCES = 30 };
    struct random random = random_from(1);
    struct entries A = {0};
    add_grid(&A, SIDE);
    for (int k = 0; k < SOURCES; k++) {
        int32_t at = (int32_t)below(&random, SIDE * SIDE - 2 * SIDE - 1), current = A.n++;
        add(&A, at, at + SIDE, 0.3);
        add(&A, at + 1, at + SIDE, -0.3);
        add(&A, at + 2, current, 1);
        add(&A, current, at + 2, 1);
        add(&A, current, at + SIDE + 1, -0.5);
    }
    struct lu *lu = factored(&A);
    ck_assert_double_le(lu_fill(lu), 80e3);
    lu_free(lu);
    entries_free(&A);
}
END_TEST

/* Current from one node to another or to a rail, controlled by a node far away, which knows nothing of it. */
START_TEST(transistors_add_little_fill)
{
    enum { N = 12000 };
    struct random random = random_from(1);
    struct entries A = {.n = N + 2};
    add(&A, N, N + 1, 1); /* the rail's voltage source */
    add(&A, N + 1, N, 1);
    for (int32_t k = 0; k < N; k++) {
        int32_t from = random_uniform(&random) < -0.4 ? N : random_uniform(&random) < -0.4 ? -1 : k;
        int32_t to = (k + 1 + (int32_t)below(&random, 20)) % N, control = (k + 1 + (int32_t)below(&random, 400)) % N;
        add_conductance(&A, from, to, 1e-3);
        add(&A, k, k, 1e-4);
        add(&A, control, control, 1e-4);
        add(&A, to, control, 1e-3);
        add(&A, to, from, -1e-3);
        add(&A, from, control, -1e-3);
        add(&A, from, from, 1e-3);
    }
    struct lu *lu = factored(&A);
    ck_assert_double_le(lu_fill(lu), 400e3);
    lu_free(lu);
    entries_free(&A);
}
END_TEST

/* Of stages one after the other, each with an amplifier and feedback, no unknown hangs on a later stage. */
START_TEST(stages_are_blocks)
{
    enum { STAGES = 1000 };
    struct entries A = {.n = 3 * STAGES};
    for (int32_t k = 0; k < STAGES; k++) {
        int32_t inner = 3 * k, out = inner + 1, current = inner + 2;
        add_conductance(&A, inner, out, 1e-3);
        add(&A, inner, inner, 1e-3);
        if (k > 0)
            add(&A, inner, out - 3, -1e-3);
        add(&A, out, current, 1);
        add(&A, current, out, 1);
        add(&A, current, inner, 1e5);
    }
    struct lu *lu = factored(&A);
    ck_assert_int_eq(lu_blocks(lu, NULL, NULL), 2 * STAGES);
    ck_assert_double_le(lu_fill(lu), 5 * STAGES);
    double *x = array_new((size_t)A.n, sizeof *x);
    x[0] = 1e-3; /* 1 V behind 1 kohm */
    lu_solve(lu, x);
    for (int32_t k = 0; k < STAGES; k++)
        ck_assert_double_eq_tol(x[3 * k + 1] * pow(-1 - 2e-5, k + 1), 1, 1e-9);
    free(x);
    lu_free(lu);
    entries_free(&A);
}
END_TEST

/* ---- dense tails ------------------------------------------------------------------------------------------------- */

/* A ring of conductances to ground, each node joined to the next and controlled by far ones: elimination soon fills all
 * that is left of it. */
static struct entries far_couplings(struct random *random, int32_t n, double gain)
{
    struct entries A = {.n = n};
    for (int32_t k = 0; k < n; k++) {
        add(&A, k, k, 1e-3);
        add_conductance(&A, k, (k + 1) % n, 1);
        add(&A, k, (int32_t)below(random, (uint32_t)n), gain * random_uniform(random));
        add(&A, (int32_t)below(random, (uint32_t)n), k, gain * random_uniform(random));
    }
    return A;
}

/* The largest component of b - Ax, A' if transposed. */
static double misfit(const struct entries *A, bool transposed, const struct dd *x, const double *b)
{
    struct dd *rest = array_new((size_t)A->n, sizeof *rest);
    double largest = 0;
    for (int32_t i = 0; i < A->n; i++)
        rest[i] = dd_from(b[i]);
    for (int32_t j = 0; j < A->n; j++)
        for (int32_t q = A->start[j]; q < A->start[j + 1]; q++) {
            int32_t to = transposed ? j : A->row[q], from = transposed ? A->row[q] : j;
            rest[to] = dd_sub(rest[to], dd_mul_double(x[from], A->value[q]));
        }
    for (int32_t i = 0; i < A->n; i++)
        largest = fmax(largest, fabs(rest[i].hi));
    free(rest);
    return largest;
}

static void check_large_solutions(struct lu *lu, const struct entries *A, bool finely, struct random *random)
{
    size_t n = (size_t)A->n;
    double *b = array_new(n, sizeof *b), *x = array_new(n, sizeof *x);
    struct dd *wide = array_new(n, sizeof *wide);
    for (int transposed = 0; transposed < 2; transposed++) {
        draw(b, A->n, random);
        for (size_t i = 0; i < n; i++) {
            x[i] = b[i];
            wide[i] = dd_from(b[i]);
        }
        if (finely)
            (transposed ? lu_solve_transposed_finely : lu_solve_finely)(lu, wide);
        else
            (transposed ? lu_solve_transposed : lu_solve)(lu, x);
        for (size_t i = 0; i < n && !finely; i++)
            wide[i] = dd_from(x[i]);
        ck_assert_double_le(misfit(A, transposed, wide, b), finely ? 1e-26 : 1e-10);
    }
    free(b);
    free(x);
    free(wide);
}

static enum lu_status refactor_finely(struct lu *lu, const struct entries *A)
{
    struct dd *value = array_new((size_t)A->start[A->n], sizeof *value);
    for (int32_t q = 0; q < A->start[A->n]; q++)
        value[q] = dd_from(A->value[q]);
    enum lu_status status = lu_refactor_finely(lu, value);
    free(value);
    return status;
}

/* With values that ask for other pivots too; nothing is allocated then as long as those before the tail serve. */
START_TEST(dense_tails_are_solved)
{
    struct random random = random_from((uint64_t)_i);
    struct entries A = far_couplings(&random, 300 + 50 * (_i % 3), 0.5);
    struct lu *lu = factored(&A);
    ck_assert_double_ge(lu_fill(lu), 64 * 64);
    for (int turn = 0; turn < 3; turn++) {
        check_large_solutions(lu, &A, false, &random);
        int sign = lu_sign(lu);
        ck_assert_int_eq(refactor_finely(lu, &A), LU_OK);
        ck_assert_int_eq(lu_sign(lu), sign);
        check_large_solutions(lu, &A, true, &random);
        for (int32_t q = 0; q < A.start[A.n]; q++)
            A.value[q] *= random_uniform(&random) < -0.95 ? -1 : 1 + 0.1 * random_uniform(&random);
        fail_alloc_after(turn == 0 ? 0 : 1000);
        enum lu_status status = lu_refactor(lu, A.value);
        fail_alloc_off();
        ck_assert(status == LU_OK || turn == 0);
        ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    }
    lu_free(lu);
    entries_free(&A);
}
END_TEST

/* Each row of another sign turns the determinant. */
START_TEST(signs_of_dense_tails)
{
    struct random random = random_from((uint64_t)_i);
    struct entries A = far_couplings(&random, 320, 0.5);
    struct lu *lu = factored(&A);
    int sign = lu_sign(lu);
    ck_assert(sign == 1 || sign == -1);
    for (int32_t row = 0; row < 320; row += 1 + _i) {
        for (int32_t q = 0; q < A.start[A.n]; q++)
            if (A.row[q] == row)
                A.value[q] *= -1;
        sign = -sign;
    }
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    ck_assert_int_eq(lu_sign(lu), sign);
    lu_free(lu);
    entries_free(&A);
}
END_TEST

/* Two equal columns of small integers, far apart: one of them is named. The tail is not asked again. */
START_TEST(singular_dense_tails_are_named)
{
    enum { N = 120 };
    struct random random = random_from((uint64_t)_i);
    struct entries A = {.n = N};
    for (int32_t j = 0; j < N; j++)
        for (int32_t i = 0; i < N; i++)
            add(&A, i, j, i == j ? 2000 : floor(8 * random_uniform(&random)));
    struct lu *lu = factored(&A);
    int32_t one = (int32_t)below(&random, N / 2), other = one + N / 2;
    for (int32_t i = 0; i < N; i++)
        A.value[A.start[other] + i] = A.value[A.start[one] + i];
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_SINGULAR);
    struct lu_singular singular = lu_singular(lu);
    ck_assert_int_eq(singular.reason, LU_VALUES);
    ck_assert_uint_eq(singular.count, 1);
    ck_assert(singular.column[0] == one || singular.column[0] == other);
    ck_assert_int_eq(refactor_finely(lu, &A), LU_SINGULAR);
    singular = lu_singular(lu);
    ck_assert(singular.column[0] == one || singular.column[0] == other);
    A.value[A.start[other] + other] += 1000;
    ck_assert_int_eq(lu_refactor(lu, A.value), LU_OK);
    check_large_solutions(lu, &A, false, &random);
    lu_free(lu);
    entries_free(&A);
}
END_TEST

Suite *suite_lu_large(void)
{
    Suite *suite = suite_create("lu_large");
    TCase *fill = tcase_create("fill"), *tails = tcase_create("tails");
    tcase_add_test(fill, controlled_sources_add_little_fill);
    tcase_add_test(fill, transistors_add_little_fill);
    tcase_add_test(fill, stages_are_blocks);
    tcase_add_loop_test(tails, dense_tails_are_solved, 0, 6);
    tcase_add_loop_test(tails, signs_of_dense_tails, 0, 6);
    tcase_add_loop_test(tails, singular_dense_tails_are_named, 0, 10);
    suite_add_tcase(suite, fill);
    suite_add_tcase(suite, tails);
    return suite;
}
