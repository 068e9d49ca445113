/* src/linear: factor, solution and inverse, against spanning trees counted one by one and against elimination in higher
 * precision. */
#include "fail_alloc.h"
#include "laplacians.h"
#include "linear/cholesky.h"
#include "linear/factor.h"
#include "suites.h"
#include "util/array.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- oracles ----------------------------------------------------------------------------------------------------- */

static int32_t root(const int32_t *up, int32_t i)
{
    while (up[i] != i)
        i = up[i];
    return i;
}

/* Unknown i and those that `chosen` edges tie together; n is ground. False when they close a loop. */
static bool find_trees(const struct conductors *network, uint32_t chosen, int32_t *up)
{
    for (int32_t i = 0; i <= network->n; i++)
        up[i] = i;
    for (size_t e = 0; e < network->edges; e++) {
        if (!(chosen >> e & 1))
            continue;
        const struct conductance *edge = &network->edge[e];
        int32_t a = root(up, edge->i), b = root(up, edge->j == GROUND_UNKNOWN ? network->n : edge->j);
        if (a == b)
            return false;
        up[a] = b;
    }
    return true;
}

/* Entry (i, j) of the inverse by Kirchhoff's theorem of 1847: the weight of pairs of trees, of ground and of i and j,
 * over that of spanning trees. All are sums of products of conductances. */
static long double by_trees(const struct conductors *network, int32_t i, int32_t j)
{
    long double pairs = 0, trees = 0;
    int32_t up[8];
    for (uint32_t chosen = 0; chosen < 1u << network->edges; chosen++) {
        int count = __builtin_popcount(chosen);
        if ((count != network->n && count != network->n - 1) || !find_trees(network, chosen, up))
            continue;
        long double weight = 1;
        for (size_t e = 0; e < network->edges; e++)
            weight *= chosen >> e & 1 ? network->edge[e].g : 1;
        if (count == network->n)
            trees += weight;
        else if (root(up, i) == root(up, j) && root(up, i) != root(up, network->n))
            pairs += weight;
    }
    return pairs / trees;
}

/* x for currents b by elimination of a full matrix, without subtractions and in higher precision, last node first. */
static void by_elimination(const struct conductors *network, const double *b, long double *x)
{
    size_t n = (size_t)network->n;
    long double *c = array_new(n * n, sizeof *c), *g = array_new(n, sizeof *g), *p = array_new(n, sizeof *p);
    for (size_t j = 0; j < n; j++) {
        g[j] = (long double)network->ground[j] + network->anchor[j];
        x[j] = b[j];
        for (int32_t q = network->L.p[j]; q < network->L.p[j + 1]; q++)
            if (network->L.i[q] != (int32_t)j)
                c[j * n + (size_t)network->L.i[q]] = -network->L.x[q];
    }
    for (size_t k = n; k-- > 0;) {
        p[k] = g[k];
        for (size_t i = 0; i < k; i++)
            p[k] += c[k * n + i];
        for (size_t i = 0; i < k; i++) {
            long double share = c[k * n + i] / p[k];
            g[i] += share * g[k];
            x[i] += share * x[k];
            for (size_t j = 0; j < k; j++)
                c[i * n + j] += i == j ? 0 : share * c[k * n + j];
        }
    }
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < k; i++)
            x[k] += c[k * n + i] * x[i];
        x[k] /= p[k];
    }
    free(c);
    free(g);
    free(p);
}

static struct factor *factored(const struct conductors *network, enum factor_care care)
{
    struct factor *factor = factor_new(&network->L, FACTOR_CHOLESKY);
    ck_assert_ptr_nonnull(factor);
    ck_assert_int_eq(factor_refactor_with(factor, care, &network->L, network->ground, network->anchor), FACTOR_OK);
    return factor;
}

/* Each potential to rounding of itself, for a current into one node. */
static void assert_solves(const struct conductors *network, struct factor *factor, double tolerance)
{
    size_t n = (size_t)network->n;
    double *b = array_new(n, sizeof *b), *x = array_new(n, sizeof *x);
    long double *expected = array_new(n, sizeof *expected);
    for (size_t source = 0; source < n; source += 1 + n / 7) {
        b[source] = 1e-3;
        by_elimination(network, b, expected);
        ck_assert_int_eq(factor_solve(factor, b, x), FACTOR_OK);
        for (size_t i = 0; i < n; i++)
            ck_assert_msg(fabsl(x[i] - expected[i]) <= tolerance * expected[i], "n %zu: x%zu %g for %Lg", n, i, x[i],
                          expected[i]);
        b[source] = 0;
    }
    free(b);
    free(x);
    free(expected);
}

/* ---- solutions --------------------------------------------------------------------------------------------------- */

/* Every entry of the inverse of small networks, to rounding of itself, whatever the decades. */
START_TEST(inverse_is_that_of_trees)
{
    struct random random = random_from((uint64_t)_i);
    struct conductors network = random_conductors(&random, 1 + _i % 6, 4, _i % 4 * 10);
    struct factor *factor = factored(&network, FACTOR_FAST);
    ck_assert(factor_is_exact(factor));
    for (int32_t j = 0; j < network.n; j++) {
        double x[6] = {0};
        x[j] = 1;
        ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
        for (int32_t i = 0; i < network.n; i++) {
            long double expected = by_trees(&network, i, j);
            ck_assert_msg(fabsl(x[i] - expected) <= 64 * DBL_EPSILON * expected, "(%d, %d): %g for %Lg", i, j, x[i],
                          expected);
        }
    }
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* With values that change, some of them to 0, and with anchors. */
START_TEST(random_networks_are_solved)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 2 + (int32_t)draw_below(&random, 60);
    struct conductors network = random_conductors(&random, n, draw_below(&random, 200), _i % 5 * 7);
    struct factor *factor = factored(&network, FACTOR_FAST);
    assert_solves(&network, factor, 1e3 * DBL_EPSILON);
    for (size_t e = (size_t)n; e < network.edges; e++)
        network.edge[e].g = e % 3 ? draw_conductance(&random, 10) : 0;
    laplacian_free(&network.L);
    free(network.ground);
    free(network.anchor);
    conductors_build(&network);
    network.anchor[n - 1] = draw_conductance(&random, 10);
    ck_assert_int_eq(factor_refactor(factor, &network.L, network.ground, network.anchor), FACTOR_OK);
    assert_solves(&network, factor, 1e3 * DBL_EPSILON);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

static const struct {
    const char *what;
    double g[3], ground, anchor; /* S, of a ring of three; of node 0; of node 2 */
    enum factor_status status;
} ring_table[] = {
    {"plain", {1, 2, 3}, 4, 0, FACTOR_OK},
    {"an anchor alone", {1, 2, 3}, 0, 4, FACTOR_OK},
    {"no way to ground", {1, 2, 3}, 0, 0, FACTOR_NOT_DEFINITE},
    {"a part without", {0, 2, 0}, 4, 0, FACTOR_NOT_DEFINITE},
    {"each part has one", {0, 2, 0}, 4, 1, FACTOR_OK},
    {"a chain", {1, 0, 3}, 4, 0, FACTOR_OK},
    {"rounding below 0", {1e-20, -2e-20, 3}, 4, 0, FACTOR_OK},
    {"tiny", {1e-300, 1e-300, 1e-300}, 1e-300, 0, FACTOR_OK},
    {"huge", {1e300, 1e300, 1e300}, 1e300, 0, FACTOR_OK},
    {"600 decades", {1e300, 1e-300, 1}, 1e-300, 0, FACTOR_OK},
    {"infinite", {INFINITY, 1, 1}, 1, 0, FACTOR_NOT_DEFINITE},
    {"held at 0 V", {1, 1, 1}, INFINITY, 1, FACTOR_NOT_DEFINITE},
    {"no number", {NAN, 1, 1}, 1, 0, FACTOR_NOT_DEFINITE},
};

/* One factor for all of them, one after another. */
START_TEST(rings_are_told_apart)
{
    struct factor *factor = NULL;
    for (size_t k = 0; k < sizeof ring_table / sizeof *ring_table; k++) {
        struct conductors network = {.n = 3};
        for (int32_t i = 0; i < 3; i++)
            conductors_join(&network, i, (i + 1) % 3, ring_table[k].g[i]);
        conductors_join(&network, 0, GROUND_UNKNOWN, ring_table[k].ground);
        conductors_build(&network);
        network.anchor[2] = ring_table[k].anchor;
        factor = factor ? factor : factor_new(&network.L, FACTOR_CHOLESKY);
        double x[3] = {0, 1e-3, 0};
        enum factor_status status = factor_refactor(factor, &network.L, network.ground, network.anchor);
        ck_assert_msg(status == ring_table[k].status, "%s: status %d", ring_table[k].what, status);
        if (status == FACTOR_OK) {
            ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
            ck_assert_msg(isfinite(x[0]) && isfinite(x[1]) && isfinite(x[2]), "%s", ring_table[k].what);
            double out = x[0] * ring_table[k].ground + x[2] * ring_table[k].anchor;
            ck_assert_msg(fabs(out - 1e-3) <= 1e-15, "%s: %g A", ring_table[k].what, out);
        }
        conductors_free(&network);
    }
    factor_free(factor);
}
END_TEST

/* A node between two large conductances keeps what a difference of them would lose. */
START_TEST(cancellation_is_told)
{
    struct conductors network = {.n = 40};
    for (int32_t i = 1; i < network.n; i++)
        conductors_join(&network, i - 1, i, _i % 2 ? 1e20 : 1e10);
    conductors_join(&network, _i < 2 ? 0 : network.n / 2, GROUND_UNKNOWN, 1);
    conductors_build(&network);
    struct factor *factor = factored(&network, FACTOR_FAST);
    ck_assert_int_eq(factor_cancels(factor), _i % 2);
    assert_solves(&network, factor, 100 * DBL_EPSILON);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

START_TEST(no_unknowns_are_solved)
{
    struct conductors network = {0};
    conductors_build(&network);
    struct factor *factor = factored(&network, FACTOR_BY_SPREAD);
    double none;
    ck_assert_int_eq(factor_solve(factor, &none, &none), FACTOR_OK);
    ck_assert(factor_invert(factor));
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* Below 2^31. */
START_TEST(entries_are_counted)
{
    ck_assert(laplacian_counts(0, 0) && laplacian_counts(INT32_MAX, 0) && !laplacian_counts(INT32_MAX, 1));
    ck_assert(laplacian_counts(1, INT32_MAX / 2) && !laplacian_counts(2, INT32_MAX / 2));
    ck_assert(!laplacian_counts(1 + (size_t)INT32_MAX, 0) && !laplacian_counts(1, SIZE_MAX));
}
END_TEST

static void assert_cholesky_solves(struct cholesky *cholesky, const struct conductors *network)
{
    size_t n = (size_t)network->n;
    double *x = array_new(n, sizeof *x), *y = array_new(n, sizeof *y);
    double *lanes = array_new(n, CHOLESKY_LANES * sizeof *lanes), *work = array_new(n, CHOLESKY_LANES * sizeof *work);
    for (size_t i = 0; i < n; i++)
        x[i] = lanes[i * CHOLESKY_LANES + 3] = (double)(i % 5) - 2;
    ck_assert_int_eq(cholesky_factor(cholesky, &network->L), CHOLESKY_OK);
    ck_assert_int_eq(cholesky_solve(cholesky, x, x), CHOLESKY_OK);
    ck_assert_int_eq(cholesky_solve_lanes(cholesky, lanes, work), CHOLESKY_OK);
    laplacian_apply(&network->L, network->ground, x, y);
    for (size_t i = 0; i < n; i++) {
        ck_assert_double_eq_tol(y[i], (double)(i % 5) - 2, 1e-8);
        ck_assert_double_eq_tol(lanes[i * CHOLESKY_LANES + 3], x[i], 1e-9 * fabs(x[i]) + 1e-12);
    }
    free(x), free(y), free(lanes), free(work);
}

/* Indices of 64 bits, which factors of more than 2^31 entries have, serve with supernodes and without, again too. */
START_TEST(wide_indices_count_the_same)
{
    enum { SIDE = 60 };
    struct random random = random_from((uint64_t)_i);
    struct conductors network = _i == 0 ? grid_conductors(SIDE) : random_conductors(&random, 800, 4000, 1);
    struct cholesky *wide = cholesky_new_wide(&network.L), *narrow = cholesky_new(&network.L, NULL);
    ck_assert(wide && narrow);
    ck_assert_double_eq(cholesky_fill(wide), cholesky_fill(narrow));
    ck_assert_double_eq(cholesky_flops(wide), cholesky_flops(narrow));
    ck_assert(cholesky_order(narrow) && !cholesky_order(wide) && !cholesky_invert(wide));
    assert_cholesky_solves(wide, &network);
    for (size_t e = 0; e < network.edges; e++)
        network.edge[e].g *= 1 + (double)(e % 3);
    conductors_rebuild(&network);
    assert_cholesky_solves(wide, &network);
    assert_cholesky_solves(narrow, &network);
    network.L.x[network.L.d[1]] = -1;
    ck_assert_int_eq(cholesky_factor(wide, &network.L), CHOLESKY_NOT_DEFINITE);
    cholesky_free(wide);
    cholesky_free(narrow);
    conductors_free(&network);
}
END_TEST

static const struct {
    double tie, link; /* S */
    enum factor_care care;
    enum factor_status status;
    bool exact;
} ladder_table[] = {
    {1, 1, FACTOR_BY_SPREAD, FACTOR_OK, false},
    {1, 1, FACTOR_EXACT, FACTOR_OK, true},
    {1e-15, 1, FACTOR_BY_SPREAD, FACTOR_OK, true},
    {1, 1e-15, FACTOR_BY_SPREAD, FACTOR_OK, true},
    {1e-15, 1, FACTOR_FAST, FACTOR_NOT_DEFINITE, false},
    {0, 1, FACTOR_BY_SPREAD, FACTOR_NOT_DEFINITE, true},
    {0, 1, FACTOR_FAST, FACTOR_NOT_DEFINITE, false},
};

/* Subtractions lose the only way to ground; where they would, they are avoided. */
START_TEST(large_networks_are_held)
{
    struct conductors network = long_ladder(ladder_table[_i].tie, ladder_table[_i].link);
    size_t n = (size_t)network.n;
    double *x = array_new(n, sizeof *x);
    struct factor *factor = factor_new(&network.L, FACTOR_CHOLESKY);
    ck_assert_ptr_nonnull(factor);
    for (int turn = 0; turn < 2; turn++) {
        enum factor_status status =
            factor_refactor_with(factor, ladder_table[_i].care, &network.L, network.ground, network.anchor);
        ck_assert_int_eq(status, ladder_table[_i].status);
        ck_assert_int_eq(factor_is_exact(factor), ladder_table[_i].exact);
        if (status != FACTOR_OK)
            continue;
        memset(x, 0, n * sizeof *x);
        x[n - 1] = 1e-3;
        ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
        double first = 1e-3 / ladder_table[_i].tie;
        double last = first + 1e-6 * (double)(n - 2) + 1e-3 / ladder_table[_i].link;
        ck_assert_double_eq_tol(x[0], first, 1e-9 * first);
        ck_assert_double_eq_tol(x[n - 1], last, 1e-9 * last);
    }
    factor_free(factor);
    free(x);
    conductors_free(&network);
}
END_TEST

/* Anchors count where CHOLMOD factors, and A is left as it is. */
START_TEST(anchors_hold_large_networks)
{
    struct conductors network = long_ladder(0, 1);
    size_t n = (size_t)network.n;
    double *x = array_new(n, sizeof *x), diagonal = network.L.x[network.L.d[0]];
    network.anchor[0] = 2;
    struct factor *factor = factored(&network, FACTOR_FAST);
    ck_assert(!factor_is_exact(factor));
    x[n - 1] = 1;
    ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
    ck_assert_double_eq_tol(x[0], 0.5, 1e-9);
    ck_assert_double_eq(network.L.x[network.L.d[0]], diagonal);
    factor_free(factor);
    free(x);
    conductors_free(&network);
}
END_TEST

/* ---- the inverse ------------------------------------------------------------------------------------------------- */

static void assert_resistances(const struct conductors *network, struct factor *factor)
{
    size_t n = (size_t)network->n;
    double *x = array_new(n, sizeof *x);
    ck_assert(factor_invert(factor));
    for (size_t e = 0; e < network->edges; e += 1 + network->edges / 200) {
        int32_t i = network->edge[e].i, j = network->edge[e].j;
        memset(x, 0, n * sizeof *x);
        x[i] = 1;
        if (j != GROUND_UNKNOWN)
            x[j] = -1;
        ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
        double expected = x[i] - (j == GROUND_UNKNOWN ? 0 : x[j]);
        ck_assert_double_eq_tol(factor_resistance(factor, i, j), expected, 1e-8 * expected);
    }
    free(x);
}

START_TEST(resistances_are_those_of_solutions)
{
    struct random random = random_from((uint64_t)_i);
    int32_t n = 1 + (int32_t)draw_below(&random, 150);
    struct conductors network = random_conductors(&random, n, draw_below(&random, 900), 2);
    struct factor *factor = factored(&network, FACTOR_FAST);
    assert_resistances(&network, factor);
    ck_assert_int_eq(factor_refactor(factor, &network.L, network.ground, NULL), FACTOR_OK);
    assert_resistances(&network, factor);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* CHOLMOD's factor, and the mesh in its order. */
START_TEST(resistances_of_large_networks)
{
    static const enum factor_care care[] = {FACTOR_FAST, FACTOR_EXACT};
    struct conductors network = long_ladder(0.01, 1);
    struct factor *factor = factored(&network, care[_i]);
    assert_resistances(&network, factor);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

START_TEST(resistance_that_cancels_is_none)
{
    struct conductors network = {.n = 2};
    conductors_join(&network, 0, 1, 1e9);
    conductors_join(&network, 0, GROUND_UNKNOWN, 1e-9);
    conductors_build(&network);
    struct factor *factor = factored(&network, FACTOR_FAST);
    ck_assert(factor_invert(factor));
    ck_assert(isnan(factor_resistance(factor, 0, 1)));
    ck_assert_double_eq_tol(factor_resistance(factor, 1, GROUND_UNKNOWN), 1e9, 1e-6);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* ---- blocks of right-hand sides ---------------------------------------------------------------------------------- */

/* Small, without supernodes, with them, and iterated: each as by itself. */
START_TEST(blocks_are_single_solutions)
{
    struct random random = random_from((uint64_t)_i);
    struct conductors network = _i == 0   ? grid_conductors(20)
                                : _i == 1 ? grid_conductors(150)
                                : _i == 2 ? random_conductors(&random, 3000, 9000, 1)
                                          : random_conductors(&random, 300, 900, 1);
    enum factor_choice choice = _i == 3 ? FACTOR_MULTIGRID : FACTOR_CHOLESKY;
    size_t n = (size_t)network.n;
    struct factor *factor = factor_new(&network.L, choice);
    ck_assert_ptr_nonnull(factor);
    ck_assert_int_eq(factor_refactor(factor, &network.L, network.ground, network.anchor), FACTOR_OK);
    double *x = array_new(n, FACTOR_LANES * sizeof *x), *work = array_new(n, FACTOR_LANES * sizeof *x);
    double *own = array_new(n * FACTOR_LANES, sizeof *own);
    for (size_t l = 0; l < FACTOR_LANES; l++) {
        for (size_t j = 0; l > 0 && j < n; j++)
            own[l * n + j] = x[j * FACTOR_LANES + l] = random_uniform(&random);
        ck_assert_int_eq(factor_solve(factor, own + l * n, own + l * n), FACTOR_OK);
    }
    ck_assert_int_eq(factor_solve_lanes(factor, x, work), FACTOR_OK);
    for (size_t l = 0; l < FACTOR_LANES; l++)
        for (size_t j = 0; j < n; j++) {
            double found = x[j * FACTOR_LANES + l], is = own[l * n + j];
            ck_assert_msg(fabs(found - is) <= (_i == 3 ? 1e-6 : 1e-11) * fabs(own[l * n]) + 1e-11 * fabs(is),
                          "%zu of column %zu: %.17g for %.17g", j, l, found, is);
        }
    factor_free(factor);
    free(x);
    free(work);
    free(own);
    conductors_free(&network);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* After the analysis, a small network is factored and solved without allocations. */
START_TEST(small_networks_allocate_once)
{
    struct random random = random_from(1);
    struct conductors network = random_conductors(&random, 40, 60, 3);
    struct factor *factor = factored(&network, FACTOR_FAST);
    double x[40] = {1};
    fail_alloc_after(0);
    enum factor_status made = factor_refactor(factor, &network.L, network.ground, network.anchor);
    enum factor_status solved = factor_solve(factor, x, x);
    long asked = fail_alloc_count();
    fail_alloc_off();
    ck_assert_int_eq(made, FACTOR_OK);
    ck_assert_int_eq(solved, FACTOR_OK);
    ck_assert_int_eq(asked, 0);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* From the analysis to the inverse. */
static enum factor_status work(const struct conductors *network, double *x)
{
    static const enum factor_care care[] = {FACTOR_FAST, FACTOR_EXACT};
    struct factor *factor = factor_new(&network->L, FACTOR_CHOLESKY);
    enum factor_status status = factor ? FACTOR_OK : FACTOR_NO_MEMORY;
    for (int turn = 0; turn < 2 && status == FACTOR_OK; turn++) {
        status = factor_refactor_with(factor, care[turn], &network->L, network->ground, network->anchor);
        if (status == FACTOR_OK)
            status = factor_solve(factor, x, x);
        if (status == FACTOR_OK && !factor_invert(factor))
            status = FACTOR_NO_MEMORY;
    }
    factor_free(factor);
    return status;
}

START_TEST(memory_runs_out)
{
    struct conductors network = _i ? long_ladder(1, 1) : grid_conductors(5);
    double *x = array_new((size_t)network.n, sizeof *x);
    network.anchor[0] = 1;
    for (long n = 0, failed = 1; failed; n++) {
        fail_alloc_after(n);
        enum factor_status status = work(&network, x);
        failed = fail_alloc_off();
        ck_assert_int_eq(status, failed ? FACTOR_NO_MEMORY : FACTOR_OK);
    }
    free(x);
    conductors_free(&network);
}
END_TEST

Suite *suite_linear(void)
{
    enum { LADDERS = sizeof ladder_table / sizeof *ladder_table };
    Suite *suite = suite_create("linear");
    TCase *solutions = tcase_create("solutions"), *inverse = tcase_create("inverse"), *memory = tcase_create("memory");
    tcase_add_loop_test(solutions, inverse_is_that_of_trees, 0, 200);
    tcase_add_loop_test(solutions, random_networks_are_solved, 0, 200);
    tcase_add_test(solutions, rings_are_told_apart);
    tcase_add_loop_test(solutions, cancellation_is_told, 0, 4);
    tcase_add_test(solutions, no_unknowns_are_solved);
    tcase_add_test(solutions, entries_are_counted);
    tcase_add_loop_test(solutions, wide_indices_count_the_same, 0, 2);
    tcase_add_loop_test(solutions, large_networks_are_held, 0, LADDERS);
    tcase_add_test(solutions, anchors_hold_large_networks);
    tcase_add_loop_test(solutions, blocks_are_single_solutions, 0, 4);
    tcase_add_loop_test(inverse, resistances_are_those_of_solutions, 0, 40);
    tcase_add_loop_test(inverse, resistances_of_large_networks, 0, 2);
    tcase_add_test(inverse, resistance_that_cancels_is_none);
    tcase_add_test(memory, small_networks_allocate_once);
    tcase_add_loop_test(memory, memory_runs_out, 0, 2);
    suite_add_tcase(suite, solutions);
    suite_add_tcase(suite, inverse);
    suite_add_tcase(suite, memory);
    return suite;
}
