/* src/linear: what is iterated meets the accuracy, and gives way to a factor where it would not. */
#include "fail_alloc.h"
#include "laplacians.h"
#include "linear/factor.h"
#include "linear/support_tree.h"
#include "suites.h"
#include "util/array.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is left of b, 2-norm. b A, x V [n] */
static double rest(const struct conductors *network, const double *b, const double *x)
{
    size_t n = (size_t)network->n;
    double *y = array_new(n, sizeof *y), sum = 0;
    laplacian_apply(&network->L, network->ground, x, y);
    for (size_t i = 0; i < n; i++)
        sum += (b[i] - network->anchor[i] * x[i] - y[i]) * (b[i] - network->anchor[i] * x[i] - y[i]);
    free(y);
    return sqrt(sum);
}

static double norm(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* Currents at random. */
static double *draw_side(const struct conductors *network, struct random *random)
{
    double *b = array_new((size_t)network->n, sizeof *b);
    for (int32_t i = 0; i < network->n; i++)
        b[i] = random_uniform(random);
    return b;
}

/* A solution for random currents, with the values that were given last. */
static void assert_solves(struct factor *factor, const struct conductors *network, struct random *random,
                          double accuracy)
{
    size_t n = (size_t)network->n;
    double *b = draw_side(network, random), *x = array_new(n, sizeof *x);
    memcpy(x, b, n * sizeof *x);
    factor_set_accuracy(factor, accuracy);
    ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
    ck_assert_double_le(factor_residual(factor), accuracy);
    ck_assert_double_le(rest(network, b, x), 2 * fmax(factor_residual(factor), 1e-12) * norm(b, n));
    free(b);
    free(x);
}

static void assert_corrects(struct factor *factor, const struct conductors *network, struct random *random,
                            double accuracy)
{
    ck_assert_int_eq(factor_refactor(factor, &network->L, network->ground, network->anchor), FACTOR_OK);
    assert_solves(factor, network, random, accuracy);
}

/* ---- spanning trees ---------------------------------------------------------------------------------------------- */

/* k lines of 1 S from ground across k others, in each cell a conductance of about g between them. */
static struct conductors crossbar(int32_t k, double g)
{
    struct conductors network = {.n = 2 * k * k};
    for (int32_t row = 0; row < k; row++)
        for (int32_t column = 0; column < k; column++) {
            int32_t word = 2 * (row * k + column), bit = word + 1;
            conductors_join(&network, word, column ? word - 2 : GROUND_UNKNOWN, 1);
            conductors_join(&network, bit, row ? bit - 2 * k : GROUND_UNKNOWN, 1);
            conductors_join(&network, word, bit, g * (1 + (row + 3 * column) % 5));
        }
    conductors_build(&network);
    return network;
}

/* Large enough not to be eliminated by the code of the room alone. */
enum { LINES = 112 };

static struct factor *made(const struct conductors *network, enum factor_choice choice)
{
    struct factor *factor = factor_new(&network->L, choice);
    ck_assert_ptr_nonnull(factor);
    return factor;
}

/* A tree of many decades, small conductances beside it and some to ground. */
START_TEST(support_tree_solves)
{
    struct random random = random_from((uint64_t)_i);
    struct conductors network = random_conductors(&random, 1 + 13 * _i, 0, _i % 4);
    size_t n = (size_t)network.n;
    double least = pow(10, -(_i % 4) - 3);
    for (int e = 0; e < 5 * _i; e++) {
        int32_t i = (int32_t)draw_below(&random, (uint32_t)n), j = (int32_t)draw_below(&random, (uint32_t)n + 1);
        if (i != j)
            conductors_join(&network, i, j == network.n ? GROUND_UNKNOWN : j, least * draw_conductance(&random, 0.5));
    }
    conductors_rebuild(&network);
    network.anchor[n / 2] = _i % 2;
    double *b = draw_side(&network, &random), *x = array_new(n, sizeof *x);
    struct support_tree *tree = support_tree_new(&network.L);
    ck_assert_ptr_nonnull(tree);
    ck_assert_int_eq(support_tree_setup(tree, &network.L, network.ground, network.anchor), ITERATION_OK);
    ck_assert_int_eq(support_tree_solve(tree, 1e-9, b, x), ITERATION_OK);
    ck_assert_double_le(support_tree_residual(tree), 1e-9);
    ck_assert_double_le(rest(&network, b, x), 2e-9 * norm(b, n));
    memset(b, 0, n * sizeof *b);
    ck_assert_int_eq(support_tree_solve(tree, 1e-9, b, b), ITERATION_OK);
    ck_assert_double_eq(norm(b, n), 0);
    b[0] = NAN;
    ck_assert_int_eq(support_tree_solve(tree, 1e-9, b, x), ITERATION_STALLED);
    support_tree_free(tree);
    free(b);
    free(x);
    conductors_free(&network);
}
END_TEST

/* A tree alone takes one iteration, and each potential is right to rounding: there are no subtractions. Currents of
 * all sizes. */
START_TEST(trees_take_one_iteration)
{
    struct random random = random_from((uint64_t)_i);
    struct conductors network = random_conductors(&random, 200, 0, 3);
    double b[200] = {0}, x[200], expected[200];
    struct factor *factor = made(&network, FACTOR_CHOLESKY);
    struct support_tree *tree = support_tree_new(&network.L);
    ck_assert_ptr_nonnull(tree);
    b[_i] = pow(10, 20 * _i - 200);
    ck_assert_int_eq(factor_refactor_with(factor, FACTOR_EXACT, &network.L, network.ground, NULL), FACTOR_OK);
    ck_assert_int_eq(factor_solve(factor, b, expected), FACTOR_OK);
    ck_assert_int_eq(support_tree_setup(tree, &network.L, network.ground, NULL), ITERATION_OK);
    ck_assert_int_eq(support_tree_solve(tree, 1e-6, b, x), ITERATION_OK);
    ck_assert_int_eq(support_tree_iterations(tree), 1);
    for (int i = 0; i < 200; i++)
        ck_assert_double_eq_tol(x[i] / expected[i], 1, 1e-12);
    support_tree_free(tree);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

static bool tree_may_serve(struct conductors network)
{
    bool may = support_tree_may_serve(&network.L);
    conductors_free(&network);
    return may;
}

/* A crossbar is iterated, where right-hand sides are few; not a grid, nor what is a tree alone, nor a crossbar whose
 * cells conduct nearly as well as its lines, or as whole ways along them: of 12 lines in 25 levels, of 112 in 225. */
START_TEST(support_tree_is_chosen)
{
    static const bool chosen[] = {
        [FACTOR_SERIAL] = true, [FACTOR_CHEAPEST] = true, [FACTOR_CHEAPEST_FOR_MANY] = false};
    struct conductors bar = crossbar(LINES, 1e-4);
    for (enum factor_choice choice = FACTOR_CHOLESKY; choice <= FACTOR_CHEAPEST_FOR_MANY; choice++) {
        struct factor *factor = choice == FACTOR_MULTIGRID ? NULL : made(&bar, choice);
        if (factor)
            ck_assert_int_eq(factor_is_iterative(factor), chosen[choice]);
        factor_free(factor);
    }
    conductors_free(&bar);
    ck_assert(!tree_may_serve(grid_conductors(150)) && !tree_may_serve(long_ladder(1, 1)));
    /* the middle cell has 3 g */
    ck_assert(tree_may_serve(crossbar(12, 1. / 3 / 45)) && !tree_may_serve(crossbar(12, 1. / 3 / 22)));
    ck_assert(tree_may_serve(crossbar(LINES, 1. / 3 / 320)) && !tree_may_serve(crossbar(LINES, 1. / 3 / 180)));
}
END_TEST

/* Values of which a tree leaves out too much, which is seen before any iteration, give way to a factor. */
START_TEST(values_leave_the_support_tree)
{
    struct random random = random_from(1);
    struct conductors bar = crossbar(LINES, 1e-4), alike = crossbar(LINES, 0.3);
    struct support_tree *tree = support_tree_new(&bar.L);
    ck_assert_ptr_nonnull(tree);
    ck_assert_int_eq(support_tree_setup(tree, &bar.L, bar.ground, NULL), ITERATION_OK);
    ck_assert_int_eq(support_tree_setup(tree, &alike.L, alike.ground, NULL), ITERATION_STALLED);
    support_tree_free(tree);
    struct factor *factor = made(&bar, FACTOR_SERIAL);
    assert_corrects(factor, &bar, &random, 1e-11);
    ck_assert(factor_is_iterative(factor));
    assert_corrects(factor, &alike, &random, 1e-8);
    ck_assert(!factor_is_iterative(factor));
    factor_free(factor);
    conductors_free(&bar);
    conductors_free(&alike);
}
END_TEST

/* Rails that ties join across, too many and too good for a tree; no way is long, since all middles are joined to one
 * unknown. */
static struct conductors rails(void)
{
    enum { SIDE = 150, HUB = SIDE * SIDE };
    struct conductors network = {.n = HUB + 1};
    for (int32_t i = 0; i < HUB; i++) {
        conductors_join(&network, i, i % SIDE ? i - 1 : GROUND_UNKNOWN, 1 + i % 3);
        if (i >= SIDE)
            conductors_join(&network, i, i - SIDE, 0.01);
        if (i % SIDE == SIDE / 2)
            conductors_join(&network, i, HUB, 0.01);
    }
    conductors_build(&network);
    return network;
}

/* After the first iterations a factor serves. Where differences must not be taken, one does at once. */
START_TEST(slow_support_tree_turns_direct)
{
    struct random random = random_from(1);
    struct conductors network = rails();
    struct factor *factor = made(&network, FACTOR_SERIAL);
    ck_assert(factor_is_iterative(factor));
    assert_corrects(factor, &network, &random, 1e-8);
    ck_assert(!factor_is_iterative(factor));
    factor_free(factor);
    factor = made(&network, FACTOR_SERIAL);
    ck_assert_int_eq(factor_refactor_with(factor, FACTOR_EXACT, &network.L, network.ground, NULL), FACTOR_OK);
    ck_assert(!factor_is_iterative(factor) && factor_is_exact(factor));
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* What was done while memory ran out is right or says so, and can be done again. Frees the factor; NULL is allowed. */
static void assert_recovers(struct factor *factor, enum factor_status status, bool failed,
                            const struct conductors *network, struct random *random)
{
    ck_assert_int_eq(status, failed ? FACTOR_NO_MEMORY : FACTOR_OK);
    if (factor)
        assert_corrects(factor, network, random, 1e-8);
    factor_free(factor);
}

/* Where there is no memory for that factor, there is none until there is, and nothing falls. */
START_TEST(factor_after_a_stall_waits_for_memory)
{
    struct random random = random_from(1);
    struct conductors network = rails();
    double *b = draw_side(&network, &random), *x = draw_side(&network, &random);
    for (long allocations = 0, failed = 1; failed; allocations++) {
        struct factor *factor = made(&network, FACTOR_SERIAL);
        ck_assert_int_eq(factor_refactor(factor, &network.L, network.ground, network.anchor), FACTOR_OK);
        fail_alloc_after(allocations);
        enum factor_status status = factor_solve(factor, b, x);
        failed = fail_alloc_off();
        if (failed)
            ck_assert_int_ne(factor_solve(factor, b, x), FACTOR_NOT_DEFINITE);
        assert_recovers(factor, status, failed, &network, &random);
    }
    free(b);
    free(x);
    conductors_free(&network);
}
END_TEST

/* Solve until a factor serves, at most so often; how often it was not yet. */
static int count_iterated(struct factor *factor, const struct conductors *network, struct random *random, int most)
{
    int solved = 0;
    assert_corrects(factor, network, random, 1e-8);
    for (; solved < most && factor_is_iterative(factor); solved++)
        assert_solves(factor, network, random, 1e-8);
    return solved;
}

/* Where one matrix meets more and more right-hand sides, a factor comes to serve them; the tree stays where there is no
 * memory for it. */
START_TEST(support_tree_gives_way_to_a_factor)
{
    enum { MOST = 300 };
    struct random random = random_from(1);
    struct conductors network = crossbar(LINES, 1e-4);
    struct factor *factor = made(&network, FACTOR_SERIAL);
    int solved = count_iterated(factor, &network, &random, MOST);
    ck_assert_int_gt(solved, 3);
    ck_assert_int_lt(solved, MOST);
    factor_free(factor);
    double *b = draw_side(&network, &random), *x = draw_side(&network, &random);
    factor = made(&network, FACTOR_SERIAL);
    ck_assert_int_eq(count_iterated(factor, &network, &random, solved - 1), solved - 1);
    fail_alloc_after(0);
    enum factor_status status = factor_solve(factor, b, x), next = factor_solve(factor, b, x);
    ck_assert(fail_alloc_off());
    ck_assert_int_eq(status, FACTOR_OK);
    ck_assert_int_eq(next, FACTOR_OK);
    ck_assert(factor_is_iterative(factor));
    assert_solves(factor, &network, &random, 1e-8);
    factor_free(factor);
    free(b);
    free(x);
    conductors_free(&network);
}
END_TEST

/* Lines that stand side by side in two directions: a factor would fill up, and to solve with it takes longer. */
START_TEST(support_tree_stays)
{
    enum { SIDE = 30, LAYER = SIDE * SIDE, MOST = 100 };
    struct random random = random_from(1);
    struct conductors network = {.n = SIDE * LAYER};
    for (int32_t i = 0; i < network.n; i++) {
        conductors_join(&network, i, i < LAYER ? GROUND_UNKNOWN : i - LAYER, 1);
        if (i % SIDE)
            conductors_join(&network, i, i - 1, 1e-4);
        if (i % LAYER >= SIDE)
            conductors_join(&network, i, i - SIDE, 1e-4);
    }
    conductors_build(&network);
    struct factor *factor = made(&network, FACTOR_SERIAL);
    ck_assert_int_eq(count_iterated(factor, &network, &random, MOST), MOST);
    factor_free(factor);
    conductors_free(&network);
}
END_TEST

/* Where there is no memory, for a tree or a factor in its place, that is said; and what failed may be done again. */
START_TEST(memory_for_a_tree_runs_out)
{
    struct random random = random_from(1);
    struct conductors network = crossbar(LINES, 1e-4);
    double *b = draw_side(&network, &random), *x = draw_side(&network, &random);
    for (long allocations = 0, failed = 1; failed; allocations++) {
        fail_alloc_after(allocations);
        struct factor *factor = factor_new(&network.L, FACTOR_SERIAL);
        enum factor_status status =
            factor ? factor_refactor(factor, &network.L, network.ground, network.anchor) : FACTOR_NO_MEMORY;
        if (status == FACTOR_OK)
            status = factor_solve(factor, b, x);
        failed = fail_alloc_off();
        assert_recovers(factor, status, failed, &network, &random);
    }
    free(b);
    free(x);
    conductors_free(&network);
}
END_TEST

/* ---- multigrid ------------------------------------------------------------------------------------------------- */

/* Change a share of the conductances by up to ten times. */
static void change(struct conductors *network, struct random *random, double share)
{
    for (size_t e = 0; e < network->edges; e++)
        if (random_uniform(random) < 2 * share - 1)
            network->edge[e].g *= draw_conductance(random, 1);
    network->anchor[0] = draw_conductance(random, 1);
    conductors_rebuild(network);
}

/* First values, few that change and all, with anchors: what is iterated meets the accuracy. */
START_TEST(multigrid_solves)
{
    struct random random = random_from((uint64_t)_i);
    double decades = _i % 3;
    struct conductors network = _i % 4 == 0 ? grid_conductors(2 + 7 * _i)
                                            : random_conductors(&random, 2 + 300 * _i, 100 * (uint32_t)_i, decades);
    if (!factor_has_multigrid())
        goto end;
    struct factor *factor = factor_new(&network.L, FACTOR_MULTIGRID);
    ck_assert_ptr_nonnull(factor);
    ck_assert(factor_is_iterative(factor) && !factor_is_exact(factor));
    ck_assert_str_eq(factor_kind_name(factor_kind(factor)), "multigrid");
    assert_corrects(factor, &network, &random, 1e-8);
    change(&network, &random, 0.001);
    assert_corrects(factor, &network, &random, 1e-8);
    change(&network, &random, 1);
    assert_corrects(factor, &network, &random, 1e-5);
    ck_assert_int_eq(factor_turn_direct(factor), FACTOR_OK);
    ck_assert(!factor_is_iterative(factor));
    ck_assert_int_eq(factor_kind(factor), factor_is_exact(factor) ? FACTOR_OF_STAR_MESH : FACTOR_OF_CHOLESKY);
    assert_corrects(factor, &network, &random, 1e-8);
    factor_free(factor);
end:
    conductors_free(&network);
}
END_TEST

/* A factor takes over where there is nothing to iterate with; and there is none of what has no answer. */
START_TEST(stalled_multigrid_turns_direct)
{
    struct conductors network = long_ladder(1, 1);
    double *x = array_new((size_t)network.n, sizeof *x);
    struct factor *factor = factor_new(&network.L, FACTOR_MULTIGRID);
    ck_assert_ptr_nonnull(factor);
    network.L.x[network.L.d[7]] = -1;
    ck_assert_int_eq(factor_refactor_with(factor, FACTOR_FAST, &network.L, network.ground, NULL), FACTOR_NOT_DEFINITE);
    ck_assert(!factor_is_iterative(factor));
    network.L.x[network.L.d[7]] = 2000;
    x[network.n - 1] = 1;
    ck_assert_int_eq(factor_refactor(factor, &network.L, network.ground, NULL), FACTOR_OK);
    ck_assert_int_eq(factor_solve(factor, x, x), FACTOR_OK);
    ck_assert_double_eq_tol(x[0], 1, 1e-9);
    factor_free(factor);
    free(x);
    conductors_free(&network);
}
END_TEST

/* As many rows, from ground on, of conductances that are alike. */
static struct conductors strip(int32_t width, int32_t rows)
{
    struct conductors network = {.n = width * rows};
    for (int32_t i = 0; i < network.n; i++) {
        conductors_join(&network, i, i % width ? i - 1 : GROUND_UNKNOWN, 1 + i % 3);
        if (i >= width)
            conductors_join(&network, i, i - width, 2);
    }
    conductors_build(&network);
    return network;
}

/* A tangle whose factor would fill up, and a large grid of conductances that are alike, are iterated; nothing that a
 * factor serves, as a ladder of any length. */
START_TEST(multigrid_is_chosen)
{
    enum { TANGLE = 30000, SIDE = 850, SMALL_SIDE = 150, SHORT_SIDE = 60 };
    struct random random = random_from(1);
    struct conductors network[] = {random_conductors(&random, TANGLE, 3 * TANGLE, 1), strip(SIDE, SIDE),
                                   grid_conductors(SMALL_SIDE), strip(SHORT_SIDE, SIDE * SIDE / SHORT_SIDE)};
    for (int q = 0; q < 4; q++) {
        struct factor *factor = factor_new(&network[q].L, FACTOR_CHEAPEST);
        ck_assert_ptr_nonnull(factor);
        ck_assert_int_eq(factor_is_iterative(factor), q < 2 && factor_has_multigrid());
        factor_free(factor);
        conductors_free(&network[q]);
    }
}
END_TEST

/* Of each 10,000 conductances one at either end does not count. */
START_TEST(outliers_do_not_spread)
{
    enum { N = 20000 };
    struct laplacian L;
    struct conductance *edge = calloc(N, sizeof *edge);
    ck_assert_ptr_nonnull(edge);
    for (int32_t k = 0; k < N - 1; k++)
        edge[k] = (struct conductance){k, k + 1, 1 + k % 3};
    edge[N - 1] = (struct conductance){0, GROUND_UNKNOWN, 1e6};
    for (int outliers = 0; outliers < 4; outliers++) {
        if (outliers > 0)
            edge[1000 * outliers].g = 1e-4;
        ck_assert(laplacian_build(&L, N, edge, N));
        ck_assert_double_eq(laplacian_spread(&L, L.x), outliers < 3 ? 3 : 3e4);
        laplacian_free(&L);
    }
    free(edge);
}
END_TEST

Suite *suite_iterations(void)
{
    Suite *suite = suite_create("iterations");
    TCase *trees = tcase_create("spanning trees"), *multigrid = tcase_create("multigrid");
    tcase_set_timeout(trees, 60);
    tcase_add_loop_test(trees, support_tree_solves, 0, 30);
    tcase_add_loop_test(trees, trees_take_one_iteration, 0, 20);
    tcase_add_test(trees, support_tree_is_chosen);
    tcase_add_test(trees, values_leave_the_support_tree);
    tcase_add_test(trees, slow_support_tree_turns_direct);
    tcase_add_test(trees, factor_after_a_stall_waits_for_memory);
    tcase_add_test(trees, support_tree_gives_way_to_a_factor);
    tcase_add_test(trees, support_tree_stays);
    tcase_add_test(trees, memory_for_a_tree_runs_out);
    tcase_set_timeout(multigrid, 60);
    tcase_add_loop_test(multigrid, multigrid_solves, 0, 13);
    tcase_add_test(multigrid, stalled_multigrid_turns_direct);
    tcase_add_test(multigrid, multigrid_is_chosen);
    tcase_add_test(multigrid, outliers_do_not_spread);
    suite_add_tcase(suite, trees);
    suite_add_tcase(suite, multigrid);
    return suite;
}
