/* src/linear: the order of elimination, by the entries that it leaves in the factor. */
#include "laplacians.h"
#include "linear/star_mesh.h"
#include "suites.h"

/* The entries of the factor in the order that is planned, in which every unknown has one place. */
static double fill(const struct conductors *network)
{
    struct star_mesh mesh = {0};
    bool seen[2000] = {false};
    ck_assert_int_le(network->n, 2000);
    ck_assert(star_mesh_plan(&mesh, &network->L, NULL));
    for (int32_t k = 0; k < network->n; k++) {
        int32_t node = mesh.places.order[k];
        ck_assert(node >= 0 && node < network->n && !seen[node] && mesh.places.step[node] == k);
        seen[node] = true;
    }
    double entries = mesh.places.fill;
    star_mesh_free(&mesh);
    return entries;
}

START_TEST(trees_have_no_fill)
{
    struct random random = random_from((uint64_t)_i);
    struct conductors tree = random_conductors(&random, 1 + 100 * _i, 0, 1);
    ck_assert_double_eq(fill(&tree), 2 * tree.n - 1);
    conductors_free(&tree);
}
END_TEST

/* One node that meets all others, or ten: they go last. */
START_TEST(dense_rows_go_last)
{
    struct conductors network = {.n = 1510};
    int32_t hubs = _i ? 10 : 1, others = network.n - hubs;
    for (int32_t i = 0; i < others; i++)
        for (int32_t j = 0; j < hubs; j++)
            conductors_join(&network, i, others + j, 1);
    conductors_join(&network, others, GROUND_UNKNOWN, 1);
    conductors_build(&network);
    ck_assert_double_eq(fill(&network), others * (hubs + 1) + hubs * (hubs + 1) / 2);
    conductors_free(&network);
}
END_TEST

/* Hardly more than what AMD, as CHOLMOD 3 calls it, leaves of the same. */
START_TEST(fill_is_little)
{
    struct random random = random_from(7);
    struct conductors small = grid_conductors(17), large = grid_conductors(30);
    struct conductors tangle = random_conductors(&random, 2000, 6000, 1);
    ck_assert_double_le(fill(&small), 1.05 * 2433);
    ck_assert_double_le(fill(&large), 1.05 * 10231);
    ck_assert_double_le(fill(&tangle), 1.002 * 417163);
    conductors_free(&small);
    conductors_free(&large);
    conductors_free(&tangle);
}
END_TEST

Suite *suite_order(void)
{
    Suite *suite = suite_create("order");
    TCase *order = tcase_create("order");
    tcase_add_loop_test(order, trees_have_no_fill, 0, 10);
    tcase_add_loop_test(order, dense_rows_go_last, 0, 2);
    tcase_add_test(order, fill_is_little);
    suite_add_tcase(suite, order);
    return suite;
}
