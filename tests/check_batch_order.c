/* The order in which the points of a batch are solved. */
#include "analysis/batch_order.h"
#include "suites.h"
#include "util/random.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { ORDERED = 4096 };

static double distance(size_t inputs, const double *one, const double *other)
{
    double sum = 0;
    for (size_t q = 0; q < inputs; q++)
        sum += (one[q] - other[q]) * (one[q] - other[q]);
    return sqrt(sum);
}

/* How far it is from each point to the next, on average; each must be there once. */
static double mean_step(size_t inputs, const double *setting, const size_t *order)
{
    bool seen[ORDERED] = {false};
    double sum = 0;
    for (size_t p = 0; p < ORDERED; p++) {
        ck_assert(order[p] < ORDERED && !seen[order[p]]);
        seen[order[p]] = true;
        sum += p > 0 ? distance(inputs, setting + order[p - 1] * inputs, setting + order[p] * inputs) : 0;
    }
    return sum / (ORDERED - 1);
}

/* Along Hilbert's curve steps are about as long as points are apart; of the centres of all cells of a square each is
 * the neighbour of the next. */
START_TEST(order_goes_to_neighbours)
{
    size_t inputs = (size_t)_i + 1, order[ORDERED];
    struct random random = random_from(20 + inputs);
    double *setting = calloc(ORDERED * inputs, sizeof *setting);
    for (size_t q = 0; q < ORDERED * inputs; q++)
        setting[q] = random_uniform(&random);
    ck_assert(batch_order(ORDERED, inputs, setting, order));
    double apart = 2 * pow(ORDERED, -1 / (double)inputs), step = mean_step(inputs, setting, order);
    double most = inputs == 1 ? 1 : inputs < 6 ? 1.2 : 1.5;
    ck_assert_msg(step < apart * most, "%zu inputs: %g, %g apart", inputs, step, apart);
    for (size_t p = 1; inputs == 1 && p < ORDERED; p++)
        ck_assert(setting[order[p - 1]] <= setting[order[p]]);
    for (size_t p = 0; inputs == 2 && p < ORDERED; p++) {
        setting[2 * p] = (double)(p * 37 % ORDERED / 64);
        setting[2 * p + 1] = (double)(p * 37 % ORDERED % 64) * 1e-3;
    }
    if (inputs == 2) {
        ck_assert(batch_order(ORDERED, 2, setting, order));
        for (size_t p = 1; p < ORDERED; p++) {
            const double *one = setting + 2 * order[p - 1], *other = setting + 2 * order[p];
            ck_assert(fabs(fabs(one[0] - other[0]) + 1e3 * fabs(one[1] - other[1]) - 1) < 1e-9);
        }
    }
    free(setting);
}
END_TEST

/* What does not vary, is no number, is of an immense or a tiny range, is too much: each point is there once. */
START_TEST(order_of_anything)
{
    enum { INPUTS = 20 };
    static const double some[] = {0, -0.0, NAN, INFINITY, -INFINITY, 1, DBL_MAX, -DBL_MAX, DBL_MIN, 5e-324, 1e308, -3};
    struct random random = random_from(5);
    double *setting = calloc(ORDERED * INPUTS, sizeof *setting);
    size_t order[ORDERED];
    for (size_t inputs = 0; inputs <= INPUTS; inputs++) {
        for (size_t q = 0; q < ORDERED * inputs; q++) {
            size_t any = (size_t)((random_uniform(&random) + 1) / 2 * (sizeof some / sizeof *some));
            setting[q] = inputs % 4 == 1 ? 7 : inputs % 4 == 2 ? some[any] : some[any] * DBL_MIN;
        }
        ck_assert(batch_order(ORDERED, inputs, setting, order));
        mean_step(0, setting, order);
        for (size_t p = 0; inputs % 4 == 1 && p < ORDERED; p++)
            ck_assert_uint_eq(order[p], p);
    }
    ck_assert(batch_order(0, 3, setting, order));
    free(setting);
}
END_TEST

Suite *suite_batch_order(void)
{
    Suite *suite = suite_create("batch_order");
    TCase *tests = tcase_create("order");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, order_goes_to_neighbours, 0, 8);
    tcase_add_test(tests, order_of_anything);
    suite_add_tcase(suite, tests);
    return suite;
}
